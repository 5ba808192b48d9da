#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes the table of status names from the header that defines them: gen_status_names.py HEADER OUTPUT."""
import re
import sys


def main() -> int:
    header, output = sys.argv[1:]
    pattern = re.compile(r"^#define\s+(STATUS_\w+)\s+\(\(NTSTATUS\)(0x[0-9A-Fa-f]{8})L?\)", re.M)
    names = {}
    with open(header, encoding="utf-8") as text:
        for name, value in pattern.findall(text.read()):
            names.setdefault(int(value, 16), name)
    if not names:
        sys.exit(f"{header}: no status found")
    with open(output, "w", encoding="utf-8") as out:
        out.write("/* Generated from ntstatus.h: values in ascending order. */\n")
        for value, name in sorted(names.items()):
            out.write(f'{{0x{value:08X}u, "{name}"}},\n')
    return 0


sys.exit(main())

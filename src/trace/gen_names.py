#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""gen_names.py NTSTATUS_H WINERROR_H OUTPUT: the tables of status, error and HRESULT names, values ascending."""
import re
import sys

STATUS = re.compile(r"^#define\s+((?:STATUS|DBG|RPC_NT)_\w+)\s+\(\(NTSTATUS\)(0x[0-9A-Fa-f]{8})L?\)", re.M)
ERROR = re.compile(r"^#define\s+((?:ERROR|WSA|RPC|OR|DNS)_?\w+)\s+(?:__MSABI_LONG\()?(\d+)\)?L?\s*$", re.M)
RESULT = re.compile(r"^#define\s+(\w+)\s+_HRESULT_TYPEDEF_\((0x[0-9A-Fa-f]+)\)", re.M)


def table(name, pattern, path):
    names = {}
    with open(path, encoding="utf-8", errors="replace") as text:
        for symbol, value in pattern.findall(text.read()):
            names.setdefault(int(value, 0), symbol)
    if len(names) < 100:
        sys.exit(f"{path}: only {len(names)} names for {name}")
    rows = "".join(f'    {{0x{value:08X}u, "{symbol}"}},\n' for value, symbol in sorted(names.items()))
    return f"static const struct name {name}[] = {{\n{rows}}};\n"


def main():
    ntstatus, winerror, output = sys.argv[1:]
    with open(output, "w", encoding="utf-8") as out:
        out.write("/* Generated: names of values, in ascending order. */\n")
        out.write(table("status_names", STATUS, ntstatus))
        out.write(table("error_names", ERROR, winerror))
        out.write(table("result_names", RESULT, winerror))


main()

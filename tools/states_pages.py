#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes docs/states/: one Graphviz file for each machine, and a drawing where `dot` is installed.

usage: states_pages.py WDFHOST FOLDER [--check]
--check: nothing is written; fails when a .dot file is not what the tables say.
"""
import os
import re
import shutil
import subprocess
import sys


def graphs(host):
    """{name: text} of every machine."""
    text = subprocess.run([host, "--states", "--dot"], check=True, capture_output=True, text=True).stdout
    found = {}
    for part in re.findall(r"^digraph .*?^}\n", text, re.M | re.S):
        found[re.match(r'digraph "([^"]+)"', part).group(1)] = part
    return found


def check(folder, found):
    wrong = 0
    for name, text in sorted(found.items()):
        path = os.path.join(folder, name + ".dot")
        try:
            with open(path, encoding="ascii") as file:
                same = file.read() == text
        except FileNotFoundError:
            same = False
        if not same:
            print(f"{path} is not what the table says: run `ninja -C build states-pages`", file=sys.stderr)
            wrong = 1
    return wrong


def write(folder, found):
    os.makedirs(folder, exist_ok=True)
    dot = shutil.which("dot")
    for name, text in found.items():
        path = os.path.join(folder, name + ".dot")
        with open(path, "w", encoding="ascii") as file:
            file.write(text)
        if dot is not None:
            subprocess.run([dot, "-Tsvg", path, "-o", os.path.join(folder, name + ".svg")], check=True)
    return 0


def main():
    if len(sys.argv) < 3:
        print(__doc__, file=sys.stderr)
        return 2
    found = graphs(sys.argv[1])
    return check(sys.argv[2], found) if "--check" in sys.argv[3:] else write(sys.argv[2], found)


if __name__ == "__main__":
    sys.exit(main())

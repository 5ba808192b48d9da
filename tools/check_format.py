#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""check_format.py [ROOT]

Runs clang-format over the C files that git tracks under ROOT and lists those it would change. Exits
with 1 if there is one, with 77 (skipped) when git or the right version of clang-format is not there:
every version has an opinion of its own.
"""
import pathlib
import re
import shutil
import subprocess
import sys

EXIT_SKIPPED = 77
CLANG_FORMAT_MAJOR = 14
BATCH = 50


def find_clang_format():
    """The program's name, or None."""
    for name in (f"clang-format-{CLANG_FORMAT_MAJOR}", "clang-format"):
        if shutil.which(name):
            told = subprocess.run([name, "--version"], stdout=subprocess.PIPE, text=True, check=False)
            version = re.search(r"version (\d+)\.", told.stdout)
            if version and int(version.group(1)) == CLANG_FORMAT_MAJOR:
                return name
    return None


def tracked_files(root):
    listed = subprocess.run(["git", "-C", root, "ls-files", "-z", "*.c", "*.h", "*.cpp", "*.hpp"],
                            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)
    if listed.returncode != 0:
        return []
    names = listed.stdout.decode().split("\0")
    return [n for n in names if n and (root / n).is_file()]


def misformatted(root, names, program):
    """Those of `names` that the program would change."""
    found = []
    for start in range(0, len(names), BATCH):
        batch = names[start:start + BATCH]
        done = subprocess.run([program, "--dry-run", "-Werror", *batch], cwd=root,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
        if done.returncode != 0:
            told = {line.split(":", 1)[0] for line in done.stderr.splitlines()
                    if "[-Wclang-format-violations]" in line}
            found += [n for n in batch if n in told] or [f"({done.stderr.strip()})"]
    return found


def main(arguments):
    root = pathlib.Path(arguments[0] if arguments else pathlib.Path(__file__).parent.parent)
    program = find_clang_format()
    if program is None or shutil.which("git") is None:
        print(f"skipped: clang-format {CLANG_FORMAT_MAJOR} or git is not installed")
        return EXIT_SKIPPED
    names = tracked_files(root)
    if not names:
        print("skipped: no files tracked by git here")
        return EXIT_SKIPPED
    found = misformatted(root, names, program)
    for name in found:
        print(f"{name}: not as clang-format would have it; run: make format")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

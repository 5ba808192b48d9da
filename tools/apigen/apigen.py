#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Generates from api/*.api what drivers and the framework compile, and the coverage page.

  apigen.py headers  OUTDIR API...                      wdf_index.h and one <header>_calls.h per public header
  apigen.py fx       OUTDIR --fx DIR [--depfile F] API...  fx_imports.h, fx_tables.c, fx_missing_functions.c
  apigen.py coverage PAGE --fx DIR --tests DIR [--check] API...
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import emit_docs  # noqa: E402
import emit_fx  # noqa: E402
import emit_headers  # noqa: E402
from model import ApiError, load  # noqa: E402


def write(path, text):
    """Leaves a file that would not change alone, so that nothing is compiled again."""
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")


def sources_below(folder, suffixes=(".c", ".cpp")):
    return sorted(p for p in Path(folder).rglob("*") if p.suffix in suffixes)


def do_headers(options, functions):
    for name, text in emit_headers.headers(functions).items():
        write(Path(options.output) / name, text)


def do_fx(options, functions):
    folder, sources = Path(options.output), sources_below(options.fx)
    present = emit_fx.implemented(sources)
    write(folder / "fx_imports.h", emit_fx.imports_header(functions))
    write(folder / "fx_tables.c", emit_fx.tables_source(functions))
    write(folder / "fx_missing_functions.c", emit_fx.missing_source(functions, present))
    if options.depfile:
        # The folders too: a new file changes its folder's time.
        folders = [Path(options.fx)] + [p for p in Path(options.fx).rglob("*") if p.is_dir()]
        inputs = " ".join(str(p).replace(" ", "\\ ") for p in sources + sorted(folders))
        Path(options.depfile).write_text(f"{options.target}: {inputs}\n", encoding="utf-8")


def do_coverage(options, functions):
    present = emit_fx.implemented(sources_below(options.fx))
    root = Path(options.tests)
    tests = [
        (str(p.relative_to(root)), p.read_text(encoding="utf-8", errors="replace"))
        for p in sources_below(root)
    ]
    page, text = Path(options.output), emit_docs.coverage_page(functions, present, tests)
    if not options.check:
        write(page, text)
    elif not page.exists() or page.read_text(encoding="utf-8") != text:
        raise ApiError(f"{page} is out of date; run `make coverage-page`")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("command", choices=("headers", "fx", "coverage"))
    parser.add_argument("output")
    parser.add_argument("api", nargs="+")
    parser.add_argument("--fx", help="the framework's sources")
    parser.add_argument("--tests", help="the tests' sources")
    parser.add_argument("--depfile")
    parser.add_argument("--target", help="what the depfile is about")
    parser.add_argument("--check", action="store_true", help="write nothing, fail if it would change")
    options = parser.parse_args()
    commands = {"headers": do_headers, "fx": do_fx, "coverage": do_coverage}
    try:
        commands[options.command](options, load(options.api))
    except ApiError as error:
        sys.exit(f"apigen: {error}")


if __name__ == "__main__":
    main()

# SPDX-License-Identifier: MIT
"""docs/coverage.md: which framework functions are there, and which tests call them."""

import re

HEAD = """# Framework functions

Generated from `api/*.api`, `src/fx` and `tests` by `make coverage-page`; a test checks that it is current.

A function counts as implemented when `src/fx` defines it, and as tested by a file under `tests/` that calls it.
What is missing is still in the tables: it logs its name once and returns `STATUS_NOT_SUPPORTED`, `NULL`, 0 or
`FALSE`.

"""


def callers(functions, tests):
    """{function name: [test files that call it, relative to tests/]}."""
    texts = [(name, set(re.findall(r"\b(\w+)\s*\(", text))) for name, text in tests]
    found = {}
    for function in functions:
        names = {function.name, "imp_" + function.name, *function.called_as}
        found[function.name] = sorted(name for name, called in texts if called & names)
    return found


def place(slot):
    return f"{slot.index} ({slot.since[0]}.{slot.since[1]})" if slot else ""


def state(function, present):
    if function.name in present:
        return "yes"
    return "missing" if function.published else "unpublished"


def tested(files):
    if len(files) > 3:
        return ", ".join(files[:3]) + f" and {len(files) - 3} more"
    return ", ".join(files)


def coverage_page(functions, present, tests):
    found = callers(functions, tests)
    have = [f for f in functions if f.name in present]
    done = sum(1 for f in have if found[f.name])
    out = [HEAD, f"{len(functions)} functions: {len(have)} implemented, {done} of them tested.\n\n"]
    out.append("| header | functions | implemented | tested |\n|---|---:|---:|---:|\n")
    headers = sorted({f.header for f in functions})
    for header in headers:
        own = [f for f in functions if f.header == header]
        own_have = [f for f in own if f.name in present]
        own_done = sum(1 for f in own_have if found[f.name])
        out.append(f"| {header} | {len(own)} | {len(own_have)} | {own_done} |\n")
    for header in headers:
        out.append(f"\n## {header}\n\n| function | KMDF | UMDF | implemented | tested by |\n")
        out.append("|---|---|---|---|---|\n")
        for f in (f for f in functions if f.header == header):
            row = (f.name, place(f.km), place(f.um), state(f, present), tested(found[f.name]))
            out.append("| " + " | ".join(row) + " |\n")
    return "".join(out)

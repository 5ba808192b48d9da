#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""gen_bad_handles.py APIGEN FX OUTPUT API...

Writes a C table with a call of every framework function that takes a handle first: bad_handles.c gives each of them
handles that are none.
"""
import re
import sys
from pathlib import Path

sys.path.insert(0, sys.argv[1])

import emit_fx  # noqa: E402
from model import load  # noqa: E402

HANDLE = re.compile(r"WDF(?!CONTEXT)[A-Z]+$")
NOT_POINTERS = {"PHYSICAL_ADDRESS", "POOL_TYPE"}


def argument(parameter):
    """Something of the parameter's type: memory of zeros, or zero."""
    kind = parameter.type
    if kind.endswith("*") or (kind not in NOT_POINTERS and re.match(r"(P|LP)[A-Z]", kind)):
        return f"({kind})(void *)scratch"
    return f"({kind}){{0}}"


def call(function):
    first, *others = function.parameters
    arguments = [f"({first.type})handle", *map(argument, others)]
    return (f"static void\ncall_{function.name}(void *handle)\n{{\n    (void)imp_{function.name}(WdfDriverGlobals, "
            + ", ".join(arguments) + ");\n}\n\n")


def main():
    sources = sorted(Path(sys.argv[2]).rglob("*.c"))
    present = emit_fx.implemented(sources)
    chosen = []
    for function in sorted(load(sys.argv[4:]), key=lambda f: f.name):
        first = function.parameters[0] if function.parameters else None
        if (function.name in present and function.header != "wdfusb.h" and first is not None
                and first.direction == "in" and not first.optional and HANDLE.match(first.type)):
            chosen.append(function)
    text = "".join(map(call, chosen))
    text += "static const struct call calls[] = {\n"
    text += "".join(f'    {{"{f.name}", "{f.parameters[0].type}", call_{f.name}}},\n' for f in chosen)
    text += "};\n"
    Path(sys.argv[3]).write_text(text, encoding="utf-8")


main()

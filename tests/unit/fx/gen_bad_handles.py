#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""gen_bad_handles.py APIGEN FX OUTPUT API...

Writes a C table with a call for each handle that a framework function takes: bad_handles.c gives it handles that are none.
The handles before it are right ones (of objects that are nothing but their type), and structures have their size.
"""
import re
import sys
from pathlib import Path

sys.path.insert(0, sys.argv[1])

import emit_fx  # noqa: E402
from model import load  # noqa: E402

HANDLE = re.compile(r"WDF(?!CONTEXT)[A-Z]+$")
NOT_POINTERS = {"PHYSICAL_ADDRESS", "POOL_TYPE"}


def is_handle(parameter):
    return parameter.direction == "in" and HANDLE.match(parameter.type)


def argument(parameter):
    """Something of the parameter's type: a right handle, memory of zeros, a structure with its size, or zero."""
    kind = parameter.type
    if is_handle(parameter):
        return f"({kind})0" if parameter.optional else f'({kind})right("{kind}")'
    if parameter.note == "sized":
        return f"({kind})sized(sizeof(*({kind})0))"
    if kind.endswith("*") or (kind not in NOT_POINTERS and re.match(r"(P|LP)[A-Z]", kind)):
        return f"({kind})(void *)scratch"
    return f"({kind}){{0}}"


def call(function, tried):
    arguments = [f"({p.type})handle" if p is tried else argument(p) for p in function.parameters]
    return (f"static void\ncall_{function.name}_{tried.name}(void *handle)\n{{\n"
            f"    (void)imp_{function.name}(WdfDriverGlobals, " + ", ".join(arguments) + ");\n}\n\n")


def main():
    sources = sorted(Path(sys.argv[2]).rglob("*.c"))
    present = emit_fx.implemented(sources)
    text, table = "", ""
    for function in sorted(load(sys.argv[4:]), key=lambda f: f.name):
        if function.name not in present or function.header == "wdfusb.h":
            continue
        for tried in filter(is_handle, function.parameters):
            text += call(function, tried)
            table += (f'    {{"{function.name}({tried.name})", "{tried.type}", call_{function.name}_{tried.name}, '
                      f'{"true" if tried.optional else "false"}}},\n')
    text += "static const struct call calls[] = {\n" + table + "};\n"
    Path(sys.argv[3]).write_text(text, encoding="utf-8")


main()

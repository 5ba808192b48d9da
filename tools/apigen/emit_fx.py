# SPDX-License-Identifier: MIT
"""What the framework compiles: prototypes of its entries, the jump tables, and answers for what is missing."""

import re

from emit_headers import BANNER, signature, wrap
from model import table

TABLES = {"km": "kmdf", "um": "umdf"}
_DEFINITION = re.compile(r"^imp_(Wdf\w+)\(", re.M)


def implemented(sources):
    """Names of the functions that the given C sources define: a line starts with `imp_WdfX(`."""
    names = set()
    for source in sources:
        names.update(_DEFINITION.findall(source.read_text(encoding="utf-8")))
    return names


def by_name(functions):
    return sorted(functions, key=lambda f: f.name)


def grouped(functions, text):
    """text(f) of each function; wdfusb.h's are left out while there is no usb.h to give their types."""
    out = [text(f) for f in functions if f.header != "wdfusb.h"]
    usb = [text(f) for f in functions if f.header == "wdfusb.h"]
    return "".join(out + (["\n#if __has_include(<usb.h>)\n", *usb, "#endif\n"] if usb else []))


def prototype(function, ending, separator=" "):
    """`NTSTATUS imp_WdfX(PWDF_DRIVER_GLOBALS DriverGlobals, …)` and the ending."""
    own = signature(function.parameters, annotated=False)
    words = ["PWDF_DRIVER_GLOBALS DriverGlobals"] + ([] if own == "VOID" else own.split(", "))
    returns = function.returns or "ULONG_PTR"
    return wrap(f"{returns}{separator}imp_{function.name}(", words, ")" + ending)


def imports_header(functions):
    """fx_imports.h."""
    out = [BANNER + "#ifndef OPENWDF_FX_IMPORTS_H\n#define OPENWDF_FX_IMPORTS_H\n\n#include <ntddk.h>\n#include <wdf.h>\n#include <wdfminiport.h>\n"]
    out.append("#if __has_include(<usb.h>)\n#include <usb.h>\n#include <wdfusb.h>\n#endif\n")
    out.append("\n/* Every framework function, in the order of fx_function_names. */\nenum fx_function {\n")
    out += [f"    FX_FN_{f.name},\n" for f in by_name(functions)]
    out.append("    FX_FN_COUNT,\n};\n\nextern const char *const fx_function_names[FX_FN_COUNT];\n")
    for mode, name in TABLES.items():
        length = len(table(functions, mode))
        out.append(f"\n#define FX_{name.upper()}_TABLE_LENGTH {length}u\n")
        out.append(f"extern const WDFFUNC fx_{name}_table[FX_{name.upper()}_TABLE_LENGTH];\n")
    out.append("\n/* Says once a function that a driver called what is not there. */\n")
    out.append("void fx_missing(enum fx_function function);\n\n")
    out.append(grouped(by_name(functions), lambda f: prototype(f, ";\n")))
    out.append("\n#endif\n")
    return "".join(out)


def tables_source(functions):
    """fx_tables.c: the jump tables and the names."""
    out = [BANNER + '#include "fx_imports.h"\n\nconst char *const fx_function_names[FX_FN_COUNT] = {\n']
    out += [f'    [FX_FN_{f.name}] = "{f.name}",\n' for f in by_name(functions)]
    out.append("};\n")
    for mode, name in TABLES.items():
        out.append(f"\nconst WDFFUNC fx_{name}_table[FX_{name.upper()}_TABLE_LENGTH] = {{\n")
        entry = "    [{}] = (WDFFUNC)imp_{},\n"
        out.append(
            grouped(table(functions, mode), lambda f, m=mode: entry.format(f.slot(m).index, f.name))
        )
        out.append("};\n")
    return "".join(out)


def failure(function):
    """What a function that is not there returns."""
    if function.returns == "VOID":
        return ""
    if function.returns == "PHYSICAL_ADDRESS":
        return "    return (PHYSICAL_ADDRESS){0};\n"
    if function.returns in ("NTSTATUS", ""):
        # An unpublished entry may return a pointer: then this is one that faults when it is used.
        cast = "" if function.returns else "(ULONG)"
        return f"    return {cast}STATUS_NOT_SUPPORTED;\n"
    return f"    return ({function.returns})0;\n"


def missing_source(functions, present):
    """fx_missing_functions.c: a body for every function that `present` does not name."""

    def body(function):
        head = prototype(function, "\n{\n", separator="\n")
        return f"\n{head}    fx_missing(FX_FN_{function.name});\n{failure(function)}}}\n"

    missing = [f for f in by_name(functions) if f.name not in present]
    return BANNER + '#include "fx_imports.h"\n' + grouped(missing, body)

# SPDX-License-Identifier: MIT
"""WPP's message formats into ours: %N!spec! and a letter for how each argument is recorded (src/trace/layout.h)."""
import re

from .config import CustomType
from .source import Refusal

PRINTF = r"([-+ #0]*)(\*|\d+)?(?:\.(\*|\d+)?)?(I64|I32|I|ll|hh|[lhwztjL])?([diuxXoBbcCsSpPeEfFgGaAZ])"
ITEM = re.compile(r"%%|%!([^!\s\"]*)!|%(\d+)!([^!\"]*)!|%(" + PRINTF + ")|%")

# Names of arguments: (how it is recorded, how it is shown). Found in any case.
NAMED = {
    "status": ("i", "STATUS"), "ntstatus": ("i", "STATUS"), "winerror": ("i", "WINERROR"),
    "winerr": ("i", "WINERROR"), "hresult": ("i", "HRESULT"), "hres": ("i", "HRESULT"),
    "ndis_status": ("i", "STATUS"),
    "bool": ("i", "BOOL"), "boolean": ("i", "BOOL"), "bool8": ("i", "BOOL"), "bool16": ("i", "BOOL"),
    "bool32": ("i", "BOOL"), "irql": ("i", "IRQL"),
    "guid": ("g", "GUID"), "clsid": ("g", "GUID"), "iid": ("g", "GUID"), "libid": ("g", "GUID"),
    "sid": ("S", "SID"),
    "ipaddr": ("i", "IPV4"), "port": ("i", "PORT"),
    "timestamp": ("q", "TIME"), "time": ("q", "TIME"), "date": ("q", "TIME"), "datetime": ("q", "TIME"),
    "delta": ("q", "DURATION"), "due": ("q", "DURATION"), "waittime": ("q", "DURATION"),
    "astr": ("s", "s"), "arstr": ("s", "s"), "wstr": ("w", "s"), "arwstr": ("w", "s"), "ustr": ("U", "s"),
}
# Values of a structure that the driver has: the documented way to trace bytes.
BYTES = CustomType("P", "HEX", "WPP_LOGHEXDUMP", "xstr_t", 2)
# Addresses of fixed-size values.
POINTED = {"ipv6addr": (16, "IPV6"), "macaddr": (6, "MAC")}


class Message:
    """What a trace call says: text, types, and the C expression of each argument."""

    def __init__(self):
        self.text = ""
        self.types = ""
        self.expressions = []  # (letter, C expression)
        self.values = []       # Lists of values, for @K.
        self.letters = []
        self.unknown = set()


class Builder:
    """Translates the pieces of one message: prefix, message, suffix."""

    def __init__(self, configuration, find_enum, context, argument_base=10, shrieks=True, lenient=False):
        self.configuration = configuration
        self.find_enum = find_enum
        self.context = context  # what %!FILE! and its like become
        self.base = argument_base
        self.shrieks = shrieks
        self.lenient = lenient
        self.message = Message()

    def add(self, text, arguments, where):
        """One piece; `where` is the place to name when something is wrong."""
        out, position, index, used = [], 0, 0, set()
        for match in ITEM.finditer(text):
            out.append(text[position:match.start()])
            position = match.end()
            if match.group(0) == "%%":
                out.append("%%")
            elif match.group(0) == "%" and re.match(r"[\s\\.,;:)\]<>=]|$", text[position:]):
                out.append("%%")  # A percent sign that somebody forgot to double.
            elif match.group(0) == "%":
                raise Refusal(f"{where}: %{text[position:position + 6]!s}… in \"{text}\" is not a conversion")
            elif match.group(1) is not None and match.group(1).upper() in self.context:
                out.append(self.context[match.group(1).upper()])
            else:
                number = int(match.group(2)) - self.base if match.group(2) else index
                spec = match.group(1) if match.group(1) is not None else match.group(3)
                taken = [number]
                if spec is None:
                    shown, taken = self.conversion(match.group(4), arguments, number, where, text)
                elif spec == "" and match.group(2):
                    shown, taken = self.conversion("s", arguments, number, where, text)
                else:
                    shown = self.named(spec, arguments, number, where, text)
                out.append(shown)
                used.update(taken)
                index = taken[-1] + 1
        out.append(text[position:])
        self.message.text += "".join(out)

    def argument(self, arguments, number, where, text):
        if number < 0 or number >= len(arguments):
            raise Refusal(f"{where}: \"{text}\" has a conversion for argument {number + 1}, but the call has "
                          f"{len(arguments)}")
        return arguments[number]

    def record(self, letter, expression, limit=""):
        self.message.types += limit + letter
        self.message.letters.append(letter)
        self.message.expressions.append((letter, expression))
        return len(self.message.letters)

    def conversion(self, spec, arguments, number, where, text):
        flags, width, precision, modifier, letter = re.fullmatch(PRINTF, spec).groups()
        taken = []
        text_like = letter in "sS"
        for star, kind in ((width, "i"), (precision, "c" if text_like else "i")):
            if star == "*":
                self.record(kind, self.argument(arguments, number, where, text))
                taken.append(number)
                number += 1
        expression = self.argument(arguments, number, where, text)
        limit = precision if precision and precision != "*" and text_like else ""
        if letter in "diuxXo":
            kind = "q" if modifier in ("I64", "ll", "I", "z", "t", "j") else "i"
        elif letter in "cCBb":
            kind = "i"
        elif letter in "pP":
            kind = "p"
        elif letter == "Z":
            kind = "U" if modifier in ("w", "l") else "Z"
        elif text_like:
            wide = modifier in ("w", "l") or (letter == "S" and modifier != "h")
            kind = "w" if wide else "s"
        else:
            kind = "d"
        place = self.record(kind, expression, limit)
        return f"%{place}!{spec}!", taken + [number]

    def named(self, name, arguments, number, where, text):
        expression = self.argument(arguments, number, where, text)
        custom = self.configuration.types.get(name)
        if custom is None and name.lower() in ("hexdump", "hexbytes"):
            custom = BYTES
        if custom is None and name.lower() in POINTED:
            size, shown = POINTED[name.lower()]
            return f"%{self.record('P', (size, expression))}!{shown}!"
        if custom is None and name.lower() in NAMED:
            kind, shown = NAMED[name.lower()]
            return f"%{self.record(kind, expression)}!{shown}!"
        if custom is None and re.fullmatch(PRINTF, name):
            return self.conversion(name, arguments, number, where, text)[0]
        if custom is None:
            close = [t for t in self.configuration.types if t.lower() == name.lower()]
            custom = self.configuration.types[close[0]] if close else None
        if custom is None:
            values = self.find_enum("_" + name, False) or self.find_enum(name, False)
            if values:
                custom = self.configuration.types[name] = CustomType("i", values=values)
        if custom is None:
            if not self.lenient:
                raise Refusal(f"{where}: %!{name}! in \"{text}\" is neither a type of WPP nor one of CUSTOM_TYPE or "
                              "DEFINE_CPLX_TYPE in the configuration")
            self.message.unknown.add(name)
            return f"%{self.record('i', expression)}!u!"
        if custom.macro:
            for _ in range(custom.slots - 1):
                self.message.types += "P"
                self.message.letters.append("P")
            return f"%{self.record('P', (custom, expression))}!{custom.spec}!"
        values = custom.values
        if custom.enum:
            values = self.find_enum(*custom.enum)
        if values:
            if values not in self.message.values:
                self.message.values.append(values)
            return f"%{self.record('i', expression)}!@{self.message.values.index(values)}!"
        return f"%{self.record(custom.letter, expression)}!{custom.spec or 'd'}!"

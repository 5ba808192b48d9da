# SPDX-License-Identifier: MIT
"""What trace calls look like and what custom types mean: -func, begin_wpp config blocks, .ini files."""
import re

from .source import Refusal, blank_comments, line_of, split_arguments, split_literal


class TraceFunction:
    """A trace function: its parameters in order, and constants it fixes (FUNC Name{LEVEL=x}(MSG,...))."""

    def __init__(self, name, fixed, outside, inside, variadic):
        self.name = name
        self.fixed = fixed        # [(parameter, value)]
        self.outside = outside    # Parameters of the call itself …
        self.inside = inside      # … and those within its inner parentheses; None: there are none.
        self.variadic = variadic

    @property
    def parameters(self):
        return self.outside + (self.inside or [])

    @property
    def conditions(self):
        """The names that form WPP_<...>_ENABLED: constants first, then parameters."""
        return [n for n, _ in self.fixed] + [p for p in self.parameters if p != "MSG"]

    @property
    def condition_values(self):
        return [v for _, v in self.fixed] + [p for p in self.parameters if p != "MSG"]


FUNCTION = re.compile(r"^\s*(\w+)\s*(?:\{([^}]*)\})?\s*\((.*)\)\s*;?\s*$", re.S)


def parse_function(text, where):
    match = FUNCTION.match(text)
    if not match:
        raise Refusal(f"{where}: not a trace function, NAME{{CONSTANT=value}}(PARAMETER,...): {text.strip()!r}")
    name, fixed, inner = match.groups()
    constants = []
    for item in (fixed or "").split(","):
        if not item.strip():
            continue
        key, equals, value = item.partition("=")
        if not equals or not re.fullmatch(r"\s*\w+\s*", key) or not value.strip():
            raise Refusal(f"{where}: {name}: not CONSTANT=value: {item.strip()!r}")
        constants.append((key.strip(), value.strip()))
    outside, inside, variadic = [], None, False
    for part in split_arguments(inner):
        grouped = re.fullmatch(r"\((.*)\)", part, re.S)
        names = split_arguments(grouped.group(1)) if grouped else [part]
        if grouped:
            inside = []
        for each in names:
            if each == "...":
                variadic = True
            elif re.fullmatch(r"[A-Za-z_]\w*", each):
                (inside if grouped else outside).append(each)
            elif each:
                raise Refusal(f"{where}: {name}: not a parameter's name: {each!r}")
    return TraceFunction(name, constants, outside, inside, variadic)


# A type's record letter, and the spec that shows it (src/trace/render.h).
ITEM_SPECS = {
    "ItemLong": ("i", "d"), "ItemULong": ("i", "u"), "ItemULongX": ("i", "x"), "ItemShort": ("i", "hd"),
    "ItemUShort": ("i", "hu"), "ItemChar": ("i", "c"), "ItemUChar": ("i", "u"), "ItemLongLong": ("q", "I64d"),
    "ItemULongLong": ("q", "I64u"), "ItemLongLongX": ("q", "I64x"), "ItemLongLongXX": ("q", "I64X"),
    "ItemPtr": ("p", "p"), "ItemDouble": ("d", "f"), "ItemString": ("s", "s"), "ItemWString": ("w", "s"),
    "ItemNTSTATUS": ("i", "STATUS"), "ItemWINERROR": ("i", "WINERROR"), "ItemHRESULT": ("i", "HRESULT"),
    "ItemNTerror": ("i", "STATUS"), "ItemMerror": ("i", "HRESULT"), "ItemNDIS_STATUS": ("i", "STATUS"),
    "ItemGuid": ("g", "GUID"), "ItemCLSID": ("g", "GUID"), "ItemIID": ("g", "GUID"), "ItemLIBID": ("g", "GUID"),
    "ItemSid": ("S", "SID"), "ItemIPAddr": ("i", "IPV4"), "ItemPort": ("i", "PORT"),
    "ItemTimestamp": ("q", "TIME"), "ItemTimeDelta": ("q", "DURATION"), "ItemWaitTime": ("q", "DURATION"),
    "ItemTimeStamp": ("q", "TIME"), "ItemDouble64": ("d", "f"),
}
# Complex items come as bytes.
BYTE_SPECS = {
    "ItemHEXDump": "HEX", "ItemHexDump": "HEX", "ItemIPV6Addr": "IPV6", "ItemMACAddr": "MAC",
    "ItemPString": "PSTR", "ItemPWString": "PWSTR", "ItemString": "PSTR", "ItemWString": "PWSTR",
    "ItemRString": "PSTR", "ItemRWString": "PWSTR", "ItemDSString": "PSTR", "ItemDSWString": "PWSTR",
    "ItemGuid": "GUID", "ItemSid": "SID", "ItemSockAddr": "SOCKADDR",
}


class CustomType:
    """How an argument of %!name! is recorded and shown."""

    def __init__(self, letter=None, spec=None, macro=None, c_type=None, slots=1, values=None, enum=None):
        self.letter, self.spec = letter, spec
        self.macro, self.c_type, self.slots = macro, c_type, slots  # A complex type's.
        self.values = values  # "l0=Idle,1=Busy" (render.h)
        self.enum = enum      # (name, is a set of bits): looked up in the sources.


KEYWORDS = ("FUNC", "USEPREFIX", "USESUFFIX", "CUSTOM_TYPE", "TYPEMACRO", "DEFINE_CPLX_TYPE", "DEFINE_SIMPLE_TYPE",
            "WPP_FLAGS", "FUNC_", "NOPREFIX")
STATEMENT = re.compile(r"\s*(FUNC|USEPREFIX|USESUFFIX|CUSTOM_TYPE|TYPEMACRO|DEFINE_CPLX_TYPE|DEFINE_SIMPLE_TYPE|"
                       r"DEFINE_FLATTEN_TYPE|WPP_FLAGS)\b(.*)$", re.S)
# What looks like a statement of a word that we do not know.
UNKNOWN = re.compile(r"\s*([A-Z][A-Z_]{3,})\s*\(.*;\s*$", re.S)


def list_values(items, first_is_one):
    values, parts = [], []
    for number, item in enumerate(items):
        value = 1 << number if first_is_one else number
        values.append((value, item.strip().strip('"')))
    for value, name in values:
        parts.append(f"{value}={re.sub(r'[,=]', ' ', name)}")
    return ("b" if first_is_one else "l") + ",".join(parts)


class Configuration:
    """Everything that says how calls look: functions, prefixes, custom types, definitions."""

    def __init__(self):
        self.functions = {}
        self.types = {}
        self.prefixes = {}  # name -> (format, [arguments], where)
        self.suffixes = {}
        self.defines = []   # [(name with parameters, expansion)]
        self.seen = set()
        self.add_function("DoTraceMessage(LEVEL,MSG,...)", "built in")

    def copy(self):
        other = Configuration.__new__(Configuration)
        other.functions, other.types = dict(self.functions), dict(self.types)
        other.prefixes, other.suffixes = dict(self.prefixes), dict(self.suffixes)
        other.defines, other.seen = list(self.defines), set(self.seen)
        return other

    def add_function(self, text, where):
        function = parse_function(text, where)
        self.functions[function.name] = function

    def add_functions(self, text, where):
        """Declarations as -func and WppTraceFunction hold them: separated by ; or blanks."""
        rest = text.strip()
        while rest:
            match = re.match(r"\s*;?\s*(\w+\s*(?:\{[^}]*\})?\s*)\(", rest)
            end, depth = -1, 0
            for index in range(match.end() - 1 if match else 0, len(rest) if match else 0):
                depth += {"(": 1, ")": -1}.get(rest[index], 0)
                if depth == 0:
                    end = index + 1
                    break
            if end < 0:
                raise Refusal(f"{where}: not a trace function, NAME(PARAMETER,...): {rest!r}")
            self.add_function(rest[:end].lstrip("; \t\n"), where)
            rest = rest[end:].lstrip("; \t\n")

    # ---- Blocks ----

    def read_source(self, text, path):
        """The begin_wpp config … end_wpp blocks of a source or header; once for each file."""
        if path in self.seen or "begin_wpp" not in text:
            self.seen.add(path)
            return
        self.seen.add(path)
        position = 0
        while True:
            begin = text.find("begin_wpp", position)
            if begin < 0:
                return
            header = re.match(r"begin_wpp[ \t]+(\w+)[^\n]*", text[begin:])
            end = text.find("end_wpp", begin)
            if end < 0:
                raise Refusal(f"{path}:{line_of(text, begin)}: begin_wpp without end_wpp")
            position = end + 1
            if header and header.group(1).lower() == "config":
                start = begin + header.end()
                self.read_lines(text[start:end], path, line_of(text, start))

    def read_ini(self, text, path):
        """A configuration file: the same statements, // comments."""
        lines = [re.sub(r"^\s*(?:#|;;).*|//.*", "", line) for line in text.split("\n")]
        self.read_lines("\n".join(lines), path, 1)

    def read_lines(self, block, path, first_line):
        statement, start = "", first_line
        for number, line in enumerate(block.split("\n")):
            text = re.sub(r"^\s*(?://+|/\*+|\*+(?!/))?[ \t]?", "", line).replace("*/", "").strip()
            begins = STATEMENT.match(text) is not None or UNKNOWN.match(text) is not None
            if begins or (not text and self.complete(statement)):
                self.read_statement(statement, f"{path}:{start}")
                statement = ""
            if begins:
                start = first_line + number
            if begins or statement:
                statement += text + "\n"
                if re.search(r";\s*(?://.*)?$", text) and self.complete(statement):
                    self.read_statement(statement, f"{path}:{start}")
                    statement = ""
        self.read_statement(statement, f"{path}:{start}")

    @staticmethod
    def complete(statement):
        """Whether its parentheses are closed."""
        bare = re.sub(r"\"(?:\\.|[^\"\\])*\"", "", statement)
        return bare.count("(") <= bare.count(")") and "(" in bare

    def read_statement(self, text, where):
        if not text.strip():
            return
        match = STATEMENT.match(text)
        if not match:
            unknown = UNKNOWN.match(text)
            if unknown:
                raise Refusal(f"{where}: {unknown.group(1)} is not a statement of a WPP configuration block")
            return
        keyword, rest = match.group(1), re.sub(r";\s*(//[^\n]*)?\s*$", "", match.group(2).strip()).strip()
        if keyword == "FUNC":
            self.add_function(rest.lstrip(":"), where)
            return
        body = re.fullmatch(r"\((.*)\)", rest, re.S)
        if not body:
            raise Refusal(f"{where}: {keyword}: not closed by a parenthesis: {rest!r}")
        getattr(self, "read_" + keyword.lower())(body.group(1), where)

    def affix(self, table, body, where, keyword):
        match = re.match(r"\s*(\w+)\s*,(.*)$", body, re.S)
        literal, rest = split_literal(match.group(2)) if match else ("", "")
        if not match or not re.match(r"\s*\"", match.group(2)) or (rest.strip() and not rest.strip().startswith(",")):
            raise Refusal(f"{where}: {keyword}: not (FUNCTION, \"format\", argument...): {body.strip()!r}")
        table[match.group(1)] = (literal, split_arguments(rest.strip()[1:]), where)

    def read_useprefix(self, body, where):
        self.affix(self.prefixes, body, where, "USEPREFIX")

    def read_usesuffix(self, body, where):
        self.affix(self.suffixes, body, where, "USESUFFIX")

    def read_custom_type(self, body, where):
        match = re.match(r"\s*([^,]+?)\s*,\s*(\w+)\s*(?:\((.*)\))?\s*$", body, re.S)
        if not match:
            raise Refusal(f"{where}: CUSTOM_TYPE: not (NAME, Item…(…)): {body.strip()!r}")
        name, item, inner = match.groups()
        if item in ("ItemEnum", "ItemFlagsEnum", "ItemSetEnum"):
            self.types[name] = CustomType("i", enum=((inner or "").strip(), item != "ItemEnum"))
        elif re.match(r"Item(List|Set)", item):
            values = list_values(split_arguments(inner or ""), item.startswith("ItemSet"))
            self.types[name] = CustomType("i", values=values)
        elif item in ITEM_SPECS:
            self.types[name] = CustomType(*ITEM_SPECS[item])
        else:
            raise Refusal(f"{where}: CUSTOM_TYPE {name}: {item} is not known")

    read_typemacro = read_custom_type

    def read_define_cplx_type(self, body, where):
        parts = split_arguments(body)
        if len(parts) < 6 or not re.fullmatch(r"\w+", parts[1]):
            raise Refusal(f"{where}: DEFINE_CPLX_TYPE: not (NAME, MACRO, TYPE, Item, \"format\", _SIGNATURE_, "
                          f"priority, slots): {body.strip()!r}")
        slots = parts[7] if len(parts) > 7 else "1"
        if not re.fullmatch(r"[1-8]", slots):
            raise Refusal(f"{where}: DEFINE_CPLX_TYPE {parts[0]}: not a number of slots from 1 to 8: {slots!r}")
        self.types[parts[0]] = CustomType("P", BYTE_SPECS.get(parts[3], "HEX"), parts[1], parts[2], int(slots))

    read_define_flatten_type = read_define_cplx_type

    def read_define_simple_type(self, body, where):
        parts = split_arguments(body)
        if len(parts) < 4:
            raise Refusal(f"{where}: DEFINE_SIMPLE_TYPE: not (NAME, TYPE, Item, \"format\", …): {body.strip()!r}")
        item = re.match(r"(\w+)(?:\((.*)\))?$", parts[2], re.S)
        if item and item.group(2) is not None:
            self.read_custom_type(f"{parts[0]}, {parts[2]}", where)
            return
        letter, spec = ITEM_SPECS.get(parts[2], (None, None))
        if letter is None:
            letter, spec = ("q" if "64" in parts[3] else "i"), parts[3].strip('"')
        self.types[parts[0]] = CustomType(letter, spec)

    def read_wpp_flags(self, body, where):
        """-DNAME(x)=text or -DNAME(x) text; -func:; -public: and the like change nothing here."""
        match = re.match(r"\s*-D(\w+(?:\([^)]*\))?)\s*=?\s*(.*)$", body, re.S)
        if match:
            self.defines.append((match.group(1), match.group(2).strip()))
            return
        match = re.match(r"\s*-func:(.*)$", body, re.S)
        if match:
            self.add_functions(match.group(1), where)
        elif not re.match(r"\s*-\w+", body):
            raise Refusal(f"{where}: WPP_FLAGS: not an option: {body.strip()!r}")


# ---- Enumerations ----

INTEGER = re.compile(r"\b(0[xX][0-9a-fA-F]+|\d+)[uUlLiI0-9]*\b")


def evaluate(text, known, macros):
    """A constant expression of C's integers; None when it has what we do not know."""
    for _ in range(8):
        names = set(re.findall(r"\b[A-Za-z_]\w*\b", INTEGER.sub("0", re.sub(r"'(?:\\.|[^'])*'", "0", text))))
        if not names:
            break
        for name in names:
            value = known.get(name, macros(name))
            if value is None:
                if name in ("int", "ULONG", "LONG", "DWORD", "UINT32", "UCHAR", "USHORT", "UINT8", "UINT16", "unsigned"):
                    value = ""
                else:
                    return None
            text = re.sub(rf"\b{name}\b", f"({value})" if value != "" else "", str(text))
    text = re.sub(r"\(\s*\)", "", text)
    text = INTEGER.sub(lambda m: str(int(m.group(1), 0) if not re.fullmatch(r"0\d+", m.group(1))
                                     else int(m.group(1), 8)), text)
    if not re.fullmatch(r"[\d\s()|&^~+\-*<>]+", text):
        return None
    try:
        return eval(text, {"__builtins__": {}})  # Only digits and operators are left.
    except (SyntaxError, TypeError, ValueError, ArithmeticError, MemoryError):
        return None


def enumeration(name, bits, text, macros):
    """The list of values of `enum name` in a text, comments blanked; None when it is not there."""
    match = re.search(rf"\benum\s+(?:class\s+|struct\s+)?{re.escape(name)}\b[^{{;]*\{{", text)
    if match:
        body = text[match.end():text.find("}", match.end())]
    else:
        match = re.search(rf"\benum\b[^{{;()]*\{{([^}}]*)\}}\s*(?:\w+\s*,\s*\**\s*)*{re.escape(name)}\b", text)
        if not match:
            return None
        body = match.group(1)
    known, parts, next_value = {}, [], 0
    for item in split_arguments(re.sub(r"^[ \t]*#.*$", "", blank_comments(body), flags=re.M)):
        entry = re.match(r"\s*(\w+)\s*(?:=\s*(.*))?$", item, re.S)
        if not entry:
            continue
        if entry.group(2):
            next_value = evaluate(entry.group(2).strip(), known, macros)
        if next_value is not None:
            known[entry.group(1)] = next_value
            parts.append(f"{next_value & 0xffffffff}={entry.group(1)}")
            next_value += 1
    return ("b" if bits else "l") + ",".join(parts)

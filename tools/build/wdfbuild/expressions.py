# SPDX-License-Identifier: MIT
"""
MSBuild's expressions: $(Property), $(Property.Function(…)), $([Type]::Function(…)), %(Metadata), @(Items), and
the conditions made of them. Follows "MSBuild conditions" and "Property functions" of Microsoft's documentation.
"""
import datetime
import os
import re

from .paths import absolute
from .report import Refusal

NAME = re.compile(r"[A-Za-z_][\w\-]*")


def closing(text, start):
    """The index of the parenthesis that closes the one at start, literals respected; -1 when there is none."""
    depth, quote = 0, None
    for index in range(start, len(text)):
        c = text[index]
        if quote:
            if c == quote:
                quote = None
        elif c in "'\"`" and depth > 1:
            quote = c
        elif c == "(":
            depth += 1
        elif c == ")":
            depth -= 1
            if depth == 0:
                return index
    return -1


def unescape(text):
    """%3B and kin."""
    if "%" not in text:
        return text
    return re.sub(r"%([0-9A-Fa-f]{2})", lambda m: chr(int(m.group(1), 16)), text)


def split_list(text):
    """The entries of a list that ; separates. @(…) keeps its own."""
    if "@(" not in text:
        return [p.strip() for p in text.split(";") if p.strip()]
    parts, depth, current = [], 0, ""
    for c in text:
        depth += (c == "(") - (c == ")")
        if c == ";" and depth <= 0:
            parts.append(current)
            current = ""
        else:
            current += c
    return [p.strip() for p in parts + [current] if p.strip()]


def arguments_of(text):
    """Splits a function's arguments."""
    parts, depth, quote, current = [], 0, None, ""
    for c in text:
        if quote:
            quote = None if c == quote else quote
        elif c in "'\"`":
            quote = c
        elif c == "(":
            depth += 1
        elif c == ")":
            depth -= 1
        if c == "," and depth == 0 and not quote:
            parts.append(current.strip())
            current = ""
        else:
            current += c
    if current.strip() or parts:
        parts.append(current.strip())
    return parts


def number(text):
    """The number a text is, in MSBuild's view, or None."""
    text = text.strip()
    try:
        if re.match(r"^0x[0-9A-Fa-f]+$", text):
            return int(text, 16)
        if re.match(r"^[+-]?(\d+(\.\d*)?|\.\d+)$", text):
            return float(text)
    except ValueError:
        pass
    return None


def version(text):
    """A version's parts, or None."""
    match = re.match(r"^v?(\d+(?:\.\d+){0,3})(?:[-+].*)?$", text.strip())
    return [int(p) for p in match.group(1).split(".")] if match else None


def as_text(value):
    if value is True:
        return "True"
    if value is False:
        return "False"
    if isinstance(value, float) and value == int(value):
        return str(int(value))
    if isinstance(value, list):
        return ";".join(map(as_text, value))
    return "" if value is None else str(value)


def net_format(moment, pattern):
    """DateTime.ToString of .NET, as far as projects use it."""
    names = {"yyyy": "%Y", "yy": "%y", "MM": "%m", "dd": "%d", "HH": "%H", "hh": "%I", "mm": "%M", "ss": "%S"}
    return moment.strftime(re.sub("|".join(sorted(names, key=len, reverse=True)),
                                  lambda m: names[m.group(0)], pattern or "MM/dd/yyyy HH:mm:ss"))


class Moment(datetime.datetime):
    """.NET's DateTime."""


def now():
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    return Moment.fromtimestamp(int(epoch), datetime.timezone.utc) if epoch else Moment.now()


def string_method(value, name, args):
    """A method of .NET's String (and of DateTime, Version) on a value; None when it is not known."""
    lower = name.lower()
    if isinstance(value, Moment):
        return net_format(value, args[0] if args else "") if lower == "tostring" else \
            getattr(value, lower, None) if lower in ("year", "month", "day", "hour", "minute", "second") else None
    if isinstance(value, list):
        return {"length": len(value), "count": len(value)}.get(lower)
    text = as_text(value)
    def integer(index):
        return int(float(args[index]))
    simple = {
        "tolower": text.lower, "toupper": text.upper, "tolowerinvariant": text.lower, "toupperinvariant": text.upper,
        "tostring": lambda: text, "gettype": lambda: "System.String",
        "trim": lambda: text.strip(args[0] if args and args[0] else None),
        "trimstart": lambda: text.lstrip(args[0] if args and args[0] else None),
        "trimend": lambda: text.rstrip(args[0] if args and args[0] else None),
        "replace": lambda: text.replace(args[0], args[1]) if args[0] else text,
        "contains": lambda: args[0] in text,
        "startswith": lambda: text.startswith(args[0]), "endswith": lambda: text.endswith(args[0]),
        "indexof": lambda: text.find(args[0]), "lastindexof": lambda: text.rfind(args[0]),
        "substring": lambda: text[integer(0):] if len(args) == 1 else text[integer(0):integer(0) + integer(1)],
        "remove": lambda: text[:integer(0)] if len(args) == 1 else text[:integer(0)] + text[integer(0) + integer(1):],
        "insert": lambda: text[:integer(0)] + args[1] + text[integer(0):],
        "padleft": lambda: text.rjust(integer(0), args[1] if len(args) > 1 else " "),
        "padright": lambda: text.ljust(integer(0), args[1] if len(args) > 1 else " "),
        "split": lambda: re.split("[" + re.escape("".join(args)) + "]", text) if "".join(args) else [text],
        "equals": lambda: text == args[0], "compareto": lambda: (text > args[0]) - (text < args[0]),
        "length": lambda: len(text), "get_chars": lambda: text[integer(0)],
    }
    if lower in ("major", "minor", "build", "revision"):
        parts = version(text) or []
        position = ("major", "minor", "build", "revision").index(lower)
        return parts[position] if position < len(parts) else -1
    return simple[lower]() if lower in simple else None


def file_above(folder, name):
    """The nearest folder at or above `folder` that holds the file `name`; "" when there is none."""
    folder = absolute(folder, ".")
    while True:
        if os.path.exists(os.path.join(folder, name.replace("\\", "/"))):
            return folder
        if folder == "/":
            return ""
        folder = os.path.dirname(folder)


def compare_versions(a, b):
    a, b = version(a) or [0], version(b) or [0]
    size = max(len(a), len(b))
    a, b = a + [0] * (size - len(a)), b + [0] * (size - len(b))
    return (a > b) - (a < b)


def static_function(kind, name, args, folder):
    """$([Type]::Function(args)); None when it is not known."""
    lower = name.lower()
    kind = kind.lower()

    def numbers():
        return [number(a) or 0 for a in args]

    if kind == "msbuild":
        table = {
            "getdirectorynameoffileabove": lambda: file_above(absolute(folder, args[0]), args[1]),
            "getpathoffileabove": lambda: path_above(args, folder),
            "normalizepath": lambda: absolute(folder, "/".join(args)),
            "normalizedirectory": lambda: absolute(folder, "/".join(args)) + "/",
            "ensuretrailingslash": lambda: args[0] if not args[0] or args[0][-1] in "\\/" else args[0] + "/",
            "makerelative": lambda: os.path.relpath(absolute(folder, args[1]), absolute(folder, args[0])),
            "valueordefault": lambda: args[0] or args[1],
            "escape": lambda: args[0], "unescape": lambda: unescape(args[0]),
            "add": lambda: sum(numbers()), "subtract": lambda: numbers()[0] - numbers()[1],
            "multiply": lambda: numbers()[0] * numbers()[1], "divide": lambda: numbers()[0] / (numbers()[1] or 1),
            "modulo": lambda: numbers()[0] % (numbers()[1] or 1),
            "bitwiseor": lambda: int(numbers()[0]) | int(numbers()[1]),
            "bitwiseand": lambda: int(numbers()[0]) & int(numbers()[1]),
            "isosplatform": lambda: args[0].lower() == "windows",
            "isosunixlike": lambda: False,
            "versionequals": lambda: compare_versions(*args) == 0,
            "versionnotequals": lambda: compare_versions(*args) != 0,
            "versiongreaterthan": lambda: compare_versions(*args) > 0,
            "versiongreaterthanorequals": lambda: compare_versions(*args) >= 0,
            "versionlessthan": lambda: compare_versions(*args) < 0,
            "versionlessthanorequals": lambda: compare_versions(*args) <= 0,
            "getregistryvalue": lambda: "", "getregistryvaluefromview": lambda: "",
            "getmsbuildextensionspath": lambda: "", "getprogramfiles32": lambda: "",
        }
    elif kind == "system.io.path":
        path = (args[0] if args else "").replace("\\", "/")
        table = {
            "combine": lambda: "/".join(a.replace("\\", "/").rstrip("/") for a in args if a),
            "getdirectoryname": lambda: os.path.dirname(path),
            "getfilename": lambda: os.path.basename(path),
            "getfilenamewithoutextension": lambda: os.path.splitext(os.path.basename(path))[0],
            "getextension": lambda: os.path.splitext(path)[1],
            "getfullpath": lambda: absolute(folder, path),
            "changeextension": lambda: os.path.splitext(path)[0] + args[1],
            "ispathrooted": lambda: path.startswith("/") or path[1:2] == ":",
            "directoryseparatorchar": lambda: "/",
            "gettemppath": lambda: "/tmp/",
        }
    elif kind in ("system.io.file", "system.io.directory"):
        table = {
            "exists": lambda: os.path.exists(absolute(folder, args[0])),
            "getparent": lambda: os.path.dirname(absolute(folder, args[0])),
            "readalltext": lambda: read_file(absolute(folder, args[0])),
        }
    elif kind == "system.string":
        table = {
            "isnullorempty": lambda: not args or args[0] == "",
            "isnullorwhitespace": lambda: not args or args[0].strip() == "",
            "copy": lambda: args[0], "new": lambda: args[0], "concat": lambda: "".join(args),
            "join": lambda: args[0].join(args[1:]), "empty": lambda: "",
            "format": lambda: re.sub(r"\{(\d+)[^}]*\}", lambda m: args[1 + int(m.group(1))], args[0]),
        }
    elif kind == "system.datetime":
        table = {"now": now, "utcnow": now, "today": now}
    elif kind == "system.environment":
        table = {"getenvironmentvariable": lambda: os.environ.get(args[0], ""), "machinename": lambda: "",
                 "newline": lambda: "\n", "getfolderpath": lambda: "", "is64bitoperatingsystem": lambda: True}
    elif kind == "system.text.regularexpressions.regex":
        table = {"replace": lambda: re.sub(args[1], re.sub(r"\$(\d)", r"\\\1", args[2]), args[0]),
                 "ismatch": lambda: re.search(args[1], args[0]) is not None}
    elif kind == "system.version":
        table = {"parse": lambda: args[0], "new": lambda: args[0]}
    elif kind in ("system.convert", "system.int32", "system.double"):
        table = {"toint32": lambda: int(number(args[0]) or 0), "tostring": lambda: args[0],
                 "parse": lambda: number(args[0]) or 0}
    elif kind == "system.guid":
        table = {"newguid": lambda: "00000000-0000-0000-0000-000000000000"}
    else:
        return None
    return table[lower]() if lower in table else None


def path_above(args, folder):
    found = file_above(absolute(folder, args[1]) if len(args) > 1 and args[1] else folder, args[0])
    return os.path.join(found, args[0]) if found else ""


def read_file(path):
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read(1 << 20)
    except OSError:
        return ""


class Expander:
    """
    Expands expressions. lookup(name) gives a property's text or None; unknown(name, place) hears of those that
    do not exist; items(type) gives the items of a type for @(…).
    """

    def __init__(self, lookup, unknown, items, folder):
        self.lookup = lookup
        self.unknown = unknown
        self.items = items
        self.folder = folder

    def expand(self, text, place, metadata=None, quiet=False):
        """The text with every expression replaced. metadata(name) -> text for %(name)."""
        if "$(" not in text and "%(" not in text and "@(" not in text:
            return text
        out, position = [], 0
        for match in iter(lambda: re.compile(r"[$%@]\(").search(text, position), None):
            end = closing(text, match.end() - 1)
            if end < 0:
                raise Refusal(f"{place}: {text[match.start():match.start() + 40]!r}: the parenthesis is not closed")
            out.append(text[position:match.start()])
            body = text[match.end():end]
            kind = match.group(0)[0]
            if kind == "$":
                out.append(as_text(self.property(body, place, metadata, quiet)))
            elif kind == "%":
                if metadata is None:
                    out.append(text[match.start():end + 1])
                else:
                    out.append(metadata(body.strip()))
            else:
                out.append(self.item_list(body, place))
            position = end + 1
        out.append(text[position:])
        return "".join(out)

    def item_list(self, body, place):
        match = re.match(r"^\s*([\w\-]+)\s*(?:->\s*'(.*?)'\s*)?(?:,\s*'(.*?)'\s*)?$", body, re.S)
        if not match:
            if re.match(r"^\s*[\w\-]+\s*->", body):
                raise Refusal(f"{place}: @({body.strip()}): this item function is not supported")
            return ""
        separator = match.group(3) if match.group(3) is not None else ";"
        texts = []
        for item in self.items(match.group(1)):
            if match.group(2) is None:
                texts.append(item.include)
            else:
                texts.append(self.expand(match.group(2), place, item.metadata))
        return separator.join(texts)

    def property(self, body, place, metadata, quiet):
        body = body.strip()
        if body.lower().startswith("registry:"):
            return ""
        if body.startswith("["):
            match = re.match(r"^\[\s*([\w.]+)\s*\]::(\w+)", body)
            if not match:
                raise Refusal(f"{place}: $({body}): not a property function")
            args, rest = self.call(body[match.end():], place, metadata, quiet)
            try:
                value = static_function(match.group(1), match.group(2), args, self.folder())
            except (IndexError, ValueError, TypeError, re.error, OverflowError):
                raise Refusal(f"{place}: $({body}): the arguments do not fit the function") from None
            if value is None:
                raise Refusal(f"{place}: $([{match.group(1)}]::{match.group(2)}): this function is not supported")
        else:
            match = NAME.match(body)
            if not match:
                raise Refusal(f"{place}: $({body}): not a property's name")
            value = self.lookup(match.group(0))
            if value is None:
                if not quiet:
                    self.unknown(match.group(0), place)
                value = ""
            rest = body[match.end():]
        return self.methods(value, rest, body, place, metadata, quiet)

    def call(self, text, place, metadata, quiet):
        """(arguments, what follows) of "(…)…"; no arguments without parentheses."""
        if not text.startswith("("):
            return [], text
        end = matching(text)
        if end < 0:
            raise Refusal(f"{place}: {text!r}: the parenthesis is not closed")
        args = []
        for argument in arguments_of(text[1:end]):
            if len(argument) >= 2 and argument[0] in "'\"`" and argument[-1] == argument[0]:
                argument = argument[1:-1]
            args.append(self.expand(argument, place, metadata, quiet))
        return args, text[end + 1:]

    def methods(self, value, rest, body, place, metadata, quiet):
        while rest.strip():
            rest = rest.strip()
            if rest.startswith("["):
                end = rest.find("]")
                if end < 0 or not rest[1:end].strip().lstrip("-").isdigit():
                    raise Refusal(f"{place}: $({body}): not an index: {rest}")
                try:
                    value = value[int(rest[1:end])]
                except IndexError:
                    raise Refusal(f"{place}: $({body}): the index is out of range") from None
                rest = rest[end + 1:]
                continue
            match = re.match(r"^\.(\w+)", rest)
            if not match:
                raise Refusal(f"{place}: $({body}): not understood: {rest}")
            args, rest = self.call(rest[match.end():], place, metadata, quiet)
            try:
                value = string_method(value, match.group(1), args)
            except (IndexError, ValueError, TypeError, re.error):
                raise Refusal(f"{place}: $({body}): the arguments do not fit {match.group(1)}()") from None
            if value is None:
                raise Refusal(f"{place}: $({body}): the function {match.group(1)}() is not supported")
        return value


def matching(text):
    """The index of the parenthesis that closes text[0]; quotes respected."""
    depth, quote = 0, None
    for index, c in enumerate(text):
        if quote:
            quote = None if c == quote else quote
        elif c in "'\"`":
            quote = c
        elif c == "(":
            depth += 1
        elif c == ")":
            depth -= 1
            if depth == 0:
                return index
    return -1


TOKEN = re.compile(r"\s*(?:(==|!=|<=|>=|<|>|!|\(|\))|'([^']*)'|(and|or)\b|([\w.\-+]+))", re.I)


class Condition:
    """One condition, parsed and judged in one pass."""

    def __init__(self, text, place, expander, exists, metadata=None):
        self.text = text
        self.place = place
        self.expander = expander
        self.exists = exists
        self.metadata = metadata
        self.tokens = self.tokenize(text)
        self.position = 0

    def fail(self, what):
        raise Refusal(f"{self.place}: condition {self.text.strip()!r}: {what}")

    def tokenize(self, text):
        tokens, position = [], 0
        while text[position:].strip():
            bare = re.compile(r"\s*([$%@]\()").match(text, position)
            if bare:
                end = closing(text, bare.end() - 1)
                if end < 0:
                    self.fail("a parenthesis is not closed")
                tokens.append(("text", text[bare.start(1):end + 1]))
                position = end + 1
                continue
            match = TOKEN.match(text, position)
            if not match:
                self.fail(f"not understood from {text[position:].strip()[:30]!r}")
            # A literal may hold '…' itself, inside $(…).
            if match.group(2) is not None or text[position:].lstrip().startswith("'"):
                start = text.index("'", position)
                end = self.literal_end(text, start)
                tokens.append(("text", text[start + 1:end]))
                position = end + 1
                continue
            position = match.end()
            if match.group(1):
                tokens.append(("operator", match.group(1)))
            elif match.group(3):
                tokens.append(("word", match.group(3).lower()))
            else:
                tokens.append(("name", match.group(4)))
        return tokens

    def literal_end(self, text, start):
        index = start + 1
        while index < len(text):
            if text[index] == "'":
                return index
            if text[index:index + 2] in ("$(", "%(", "@("):
                end = matching(text[index + 1:])
                if end < 0:
                    self.fail("a parenthesis is not closed")
                index += end + 1
            index += 1
        self.fail("a quote is not closed")
        return -1

    def peek(self):
        return self.tokens[self.position] if self.position < len(self.tokens) else (None, None)

    def take(self):
        token = self.peek()
        self.position += 1
        return token

    def judge(self):
        if not self.tokens:
            return True
        value = self.either()
        if self.position < len(self.tokens):
            self.fail(f"not understood from {self.peek()[1]!r}")
        return value

    def either(self):
        value = self.both()
        while self.peek() == ("word", "or"):
            self.take()
            other = self.both()
            value = value or other
        return value

    def both(self):
        value = self.term()
        while self.peek() == ("word", "and"):
            self.take()
            other = self.term()
            value = value and other
        return value

    def term(self):
        kind, text = self.peek()
        if (kind, text) == ("operator", "!"):
            self.take()
            return not self.term()
        if (kind, text) == ("operator", "("):
            self.take()
            value = self.either()
            self.close()
            return value
        left = self.operand()
        kind, operator = self.peek()
        if kind == "operator" and operator not in "!()":
            self.take()
            return self.compare(left, operator, self.operand())
        return self.truth(left)

    def close(self):
        if self.take() != ("operator", ")"):
            self.fail("a parenthesis is not closed")

    def operand(self):
        kind, text = self.take()
        if kind == "name" and self.peek() == ("operator", "("):
            self.take()
            argument = self.operand()
            self.close()
            if text.lower() == "exists":
                return "true" if argument and self.exists(argument) else "false"
            if text.lower() == "hastrailingslash":
                return "true" if argument[-1:] in ("\\", "/") and argument else "false"
            self.fail(f"the function {text}() is not supported")
        if kind == "name":
            return text
        if kind == "text":
            return unescape(self.expander.expand(text, self.place, self.metadata or (lambda name: ""), quiet=True))
        self.fail("it ends too early" if kind is None else f"{text!r} is not expected here")
        return ""

    def compare(self, left, operator, right):
        a, b = number(left), number(right)
        if operator in ("==", "!="):
            equal = a == b if a is not None and b is not None else left.strip().lower() == right.strip().lower()
            return equal == (operator == "==")
        if a is None or b is None:
            a, b = version(left), version(right)
        if a is None or b is None:
            self.fail(f"{left!r} {operator} {right!r} compares what is not a number")
        if isinstance(a, list) != isinstance(b, list):
            self.fail(f"{left!r} {operator} {right!r} compares a number with a version")
        return {"<": a < b, ">": a > b, "<=": a <= b, ">=": a >= b}[operator]

    def truth(self, text):
        text = text.strip().lower()
        if text in ("true", "on", "yes", "!false", "!off", "!no"):
            return True
        if text in ("false", "off", "no", "!true", "!on", "!yes"):
            return False
        self.fail(f"{text!r} is neither true nor false")
        return False

# SPDX-License-Identifier: MIT
"""
Managed object format (.mof): makes the header that a driver with WMI includes: for each class with data or
methods its GUID, a structure, and each property's number and size. See "MOF Syntax for WMI Data and Event Blocks".
"""
import os
import re

from .paths import display, read_text, write_if_changed
from .report import Refusal

TYPES = {"boolean": "BOOLEAN", "uint8": "UCHAR", "sint8": "CHAR", "char": "CHAR", "uint16": "USHORT", "sint16": "SHORT",
         "uint32": "ULONG", "sint32": "LONG", "uint64": "ULONGLONG", "sint64": "LONGLONG", "real32": "float",
         "real64": "double", "char16": "WCHAR"}
DATETIME_CHARACTERS = 25
FILES_MOST = 50

TOKEN = re.compile(r'\s+|//[^\n]*|/\*.*?\*/|(#\s*pragma[^\n]*)|("(?:\\.|[^"\\])*")|([A-Za-z_$][\w$]*)|(-?0x[0-9A-Fa-f]+|-?\d+)'
                   r"|([\[\](){},;:=.])", re.S | re.I)


class Property:
    def __init__(self, name, kind, array, qualifiers):
        self.name = name
        self.kind = kind          # as the MOF has it, lower case
        self.array = array        # None, 0 (variable) or the number of elements
        self.qualifiers = qualifiers

    @property
    def identifier(self):
        return self.qualifiers.get("wmidataid")


class Class:
    def __init__(self, name, base, qualifiers, place):
        self.name = name
        self.base = base
        self.qualifiers = qualifiers
        self.place = place
        self.properties = []
        self.methods = []         # (name, qualifiers, [Property])


class Parser:
    def __init__(self, path):
        self.classes = []
        self.files = 0
        self.read(path)

    def read(self, path):
        self.files += 1
        if self.files > FILES_MOST:
            raise Refusal(f"{display(path)}: more than {FILES_MOST} included files")
        try:
            text, _ = read_text(path)
        except OSError as error:
            raise Refusal(f"{display(path)}: {error.strerror}") from None
        self.shown, self.text, self.folder = display(path), text, os.path.dirname(path)
        self.tokens = list(self.tokenize())
        self.position = 0
        while self.peek() is not None:
            self.statement()

    def tokenize(self):
        position = 0
        while position < len(self.text):
            match = TOKEN.match(self.text, position)
            if not match:
                self.fail_at(position, f"not understood: {self.text[position:position + 20]!r}")
            for index in range(1, 6):
                if match.group(index):
                    if index > 1:
                        yield match.group(index), position
                    break
            position = match.end()

    def fail_at(self, position, what):
        raise Refusal(f"{self.shown}:{self.text.count(chr(10), 0, position) + 1}: {what}")

    def fail(self, what):
        position = self.tokens[min(self.position, len(self.tokens) - 1)][1] if self.tokens else 0
        self.fail_at(position, what)

    def peek(self, ahead=0):
        index = self.position + ahead
        return self.tokens[index][0] if index < len(self.tokens) else None

    def take(self, expected=None):
        token = self.peek()
        if token is None:
            self.fail("it ends too early")
        if expected is not None and token.lower() != expected:
            self.fail(f"{expected!r} was expected, not {token!r}")
        self.position += 1
        return token

    def statement(self):
        qualifiers = self.qualifiers() if self.peek() == "[" else {}
        word = self.take().lower()
        if word == "class":
            self.class_body(qualifiers)
        elif word == "instance":
            while self.take() != ";":
                if self.peek() == "{":
                    self.skip("{", "}")
        elif word != ";":
            self.position -= 1
            self.fail(f"{self.peek()!r} begins no declaration")

    def skip(self, opening, close):
        depth = 0
        while True:
            token = self.take()
            depth += (token == opening) - (token == close)
            if depth == 0:
                return

    def value(self):
        """A qualifier's value: number, text, word, or a list of those."""
        if self.peek() in ("{", "("):
            close = "}" if self.take() == "{" else ")"
            values = []
            while self.peek() != close:
                values.append(self.value())
                if self.peek() == ",":
                    self.take()
            self.take(close)
            return values
        token = self.take()
        if token.startswith('"'):
            text = token[1:-1]
            while (self.peek() or "").startswith('"'):
                text += self.take()[1:-1]
            return text
        if re.match(r"^-?(0x[0-9A-Fa-f]+|\d+)$", token):
            return int(token, 16 if "x" in token.lower() else 10)
        return token

    def qualifiers(self):
        found = {}
        self.take("[")
        while self.peek() != "]":
            name = self.take().lower()
            value = True
            if self.peek() in ("(", "{"):
                value = self.value()
                if isinstance(value, list) and len(value) == 1:
                    value = value[0]
            while self.peek() == ":":      # Flavours: amended, toinstance …
                self.take()
                while re.match(r"^\w+$", self.peek() or ""):
                    self.take()
            found[name] = value
            if self.peek() == ",":
                self.take()
        self.take("]")
        return found

    def class_body(self, qualifiers):
        place = f"{self.shown}:{self.text.count(chr(10), 0, self.tokens[self.position - 1][1]) + 1}"
        name, base = self.take(), ""
        if self.peek() == ":":
            self.take()
            base = self.take()
        declared = Class(name, base, qualifiers, place)
        declared.header_name = str(qualifiers.get("headername", name))
        declared.guid_name = str(qualifiers.get("guidname1", declared.header_name + "Guid"))
        declared.guid_symbol = str(qualifiers.get("guidname2", declared.header_name + "_GUID"))
        if self.peek() == "{":
            self.take()
            while self.peek() != "}":
                self.member(declared)
            self.take("}")
        self.take(";")
        self.classes.append(declared)

    def size(self):
        """Of an array; a plain number."""
        if not re.match(r"^(0x[0-9A-Fa-f]{1,8}|[1-9]\d{0,8})$", self.peek() or ""):
            self.fail(f"{self.peek()!r} is no array's size")
        return int(self.take(), 0)

    def typed(self, qualifiers):
        kind = self.take().lower()
        if kind == "object" and self.peek() == ":":
            self.take()
            kind = self.take().lower()
        name = self.take()
        array = None
        if self.peek() == "[":
            self.take()
            array = self.size() if self.peek() != "]" else 0
            self.take("]")
        return Property(name, kind, array, qualifiers)

    def member(self, declared):
        qualifiers = self.qualifiers() if self.peek() == "[" else {}
        member = self.typed(qualifiers)
        if self.peek() == "(":
            self.take()
            parameters = []
            while self.peek() != ")":
                inner = self.qualifiers() if self.peek() == "[" else {}
                parameters.append(self.typed(inner))
                if self.peek() == ",":
                    self.take()
            self.take(")")
            declared.methods.append((member.name, qualifiers, parameters))
        else:
            if self.peek() == "=":
                self.take()
                self.value()
            declared.properties.append(member)
        self.take(";")


class Writer:
    """The header of parsed classes."""

    def __init__(self, classes):
        self.classes = {c.name.lower(): c for c in classes}
        self.order = classes
        self.lines = []
        self.done = set()

    def header(self):
        for declared in self.order:
            self.declare(declared)
        return self.lines

    def properties(self, declared):
        """With the base classes' own, by their number."""
        inherited = self.classes.get(declared.base.lower())
        found = (self.properties(inherited) if inherited and inherited is not declared else []) + declared.properties
        return sorted((p for p in found if isinstance(p.identifier, int)), key=lambda p: p.identifier)

    def declare(self, declared):
        if declared.name in self.done or "wmi" not in declared.qualifiers and "guid" not in declared.qualifiers:
            return
        self.done.add(declared.name)
        properties = self.properties(declared)
        for member in properties:
            embedded = self.classes.get(member.kind)
            if embedded:
                self.declare(embedded)
        self.lines.append(f"// {declared.name} - {declared.header_name}")
        self.guid(declared)
        self.values(declared)
        for name, qualifiers, parameters in declared.methods:
            self.method(declared, name, qualifiers, parameters)
        if properties:
            self.structure(declared.header_name, properties)

    def guid(self, declared):
        text = str(declared.qualifiers.get("guid", "")).strip("{}")
        if not re.match(r"^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$", text):
            return
        parts = text.lower().split("-")
        tail = parts[3] + parts[4]
        head = ",".join("0x" + p for p in parts[:3])
        last = ",".join("0x" + tail[i:i + 2] for i in range(0, 16, 2))
        self.lines += [f"#define {declared.guid_name} \\", f"    {{ {head}, {{ {last} }} }}", "",
                       "#if ! (defined(MIDL_PASS))",
                       f"DEFINE_GUID({declared.guid_symbol}, {head}, {last});", "#endif", ""]

    def values(self, declared):
        """Constants that a property's DefineValues names."""
        for member in declared.properties:
            names = member.qualifiers.get("definevalues")
            numbers = member.qualifiers.get("valuemap")
            if isinstance(names, list):
                numbers = numbers if isinstance(numbers, list) else list(range(len(names)))
                self.lines += [f"#define {n} {v}" for n, v in zip(names, numbers)]

    def method(self, declared, name, qualifiers, parameters):
        number = qualifiers.get("wmimethodid")
        if not isinstance(number, int):
            return
        self.lines += ["//", f"// Method id definitions for {declared.name}", f"#define {name} {number}"]
        for direction in ("in", "out"):
            members = [p for p in parameters if direction in p.qualifiers]
            for index, member in enumerate(sorted(members, key=lambda p: p.qualifiers.get("id", 0)), 1):
                member.qualifiers.setdefault("wmidataid", index)
            if members:
                self.structure(f"{name}_{direction.upper()}", sorted(members, key=lambda p: p.identifier))

    def c_type(self, member, place):
        kind = TYPES.get(member.kind)
        if kind is None and self.classes.get(member.kind):
            return self.classes[member.kind].header_name
        if kind is None and member.kind not in ("string", "datetime"):
            raise Refusal(f"{place}: the type {member.kind} of {member.name} is not known")
        return kind

    def structure(self, name, properties):
        self.lines += [f"typedef struct _{name}", "{"]
        last, whole = None, True
        for member in properties:
            kind = self.c_type(member, name)
            count = member.array
            if member.kind == "datetime":
                kind, count = "WCHAR", DATETIME_CHARACTERS
            elif member.kind == "string":
                most = member.qualifiers.get("maxlen")
                kind, count = "WCHAR", (most + 1 if isinstance(most, int) else 0)
            self.lines += [f"    // {member.qualifiers.get('description', '')}".rstrip().replace("\n", " ")]
            if not whole:
                self.lines += ["    // Behind one of variable length: it has no fixed place.",
                               f"    #define {name}_{member.name}_ID {member.identifier}", ""]
                continue
            if count == 0:
                # The first string without a limit has a counted string's name no more: bytes from there on.
                self.lines += ["    CHAR VariableData[1];" if member.kind == "string" else f"    {kind} {member.name}[1];"]
                whole = False
            else:
                self.lines += [f"    {kind} {member.name}{f'[{count}]' if count else ''};"]
                self.lines += [f"    #define {name}_{member.name}_SIZE sizeof({kind}{f'[{count}]' if count else ''})"]
                last = member.name
            self.lines += [f"    #define {name}_{member.name}_ID {member.identifier}", ""]
        self.lines += [f"}} {name}, *P{name};", ""]
        if last and whole:
            self.lines += [f"#define {name}_SIZE (FIELD_OFFSET({name}, {last}) + {name}_{last}_SIZE)", ""]


def header_text(path):
    guard = re.sub(r"\W", "_", os.path.basename(path))
    lines = Writer(Parser(path).classes).header()
    return "\n".join([f"// Made from {os.path.basename(path)}.", f"#ifndef _{guard}_h_", f"#define _{guard}_h_", ""]
                     + lines + ["#endif"]) + "\n"


def compile_mof(source, target):
    write_if_changed(target, header_text(source))

# SPDX-License-Identifier: MIT
"""
Message text files (.mc): makes the header with the numbers, as the message compiler does. The texts are in it too, as
a table that FormatMessage finds in an application (it is what a message table resource is for).
"""
import os
import re

from .paths import display, read_text, write_if_changed
from .report import Refusal

SEVERITIES = {"success": 0, "informational": 1, "warning": 2, "error": 3}
FACILITIES = {"system": 0x0FF, "application": 0xFFF}


class Compiler:
    def __init__(self, text, shown):
        self.shown = shown
        self.lines = text.splitlines()
        self.severities = dict(SEVERITIES)
        self.facilities = dict(FACILITIES)
        self.names = []            # symbolic names of severities and facilities, to be defined
        self.typedef = ""
        self.base = 16
        self.out = []
        self.table = []            # (number, text) of each message, in its first language
        self.last = {}             # facility -> last number
        self.severity, self.facility = "success", "application"
        self.number = 0
        self.position = 0

    def fail(self, what):
        raise Refusal(f"{self.shown}:{self.position}: {what}")

    def compile(self):
        while self.position < len(self.lines):
            line = self.lines[self.position]
            self.position += 1
            if line.startswith(";"):
                self.out.append(line[1:])
            elif line.strip():
                self.statement(line.strip())
        return self.out

    def statement(self, line):
        if re.match(r"^(MessageIdTypedef|SeverityNames|FacilityNames|LanguageNames|OutputBase|MessageIdTypedefMacro)\b", line,
                    re.I):
            while "(" in line and ")" not in line and self.position < len(self.lines):
                line += " " + self.lines[self.position].strip()
                self.position += 1
            self.header(line)
        elif re.match(r"^(MessageId|Severity|Facility|SymbolicName|Language)\s*=", line, re.I):
            self.message(line)
        else:
            self.fail(f"not understood: {line[:60]!r}")

    def header(self, line):
        name, _, value = (p.strip() for p in line.partition("="))
        lower = name.lower()
        if lower == "messageidtypedef":
            self.typedef = value
        elif lower == "outputbase":
            self.base = int(value)
        elif lower in ("severitynames", "facilitynames"):
            table = self.severities if lower[0] == "s" else self.facilities
            for item, number, symbol in re.findall(r"(\w+)\s*=\s*(\w+)\s*(?::\s*(\w+))?", value):
                try:
                    table[item.lower()] = int(number, 0)
                except ValueError:
                    self.fail(f"{item} is {number!r}, not a number")
                if symbol:
                    self.names.append((symbol, table[item.lower()], lower[0]))

    def message(self, line):
        """A message's header lines, then its text in each language."""
        symbol, given = "", ""
        while True:
            for name, value in re.findall(r"(\w+)\s*=\s*([+\w]*)", line):
                lower = name.lower()
                if lower == "messageid":
                    given = value
                elif lower == "severity":
                    self.severity = self.known(self.severities, value)
                elif lower == "facility":
                    self.facility = self.known(self.facilities, value)
                elif lower == "symbolicname":
                    symbol = value
            if re.search(r"\bLanguage\s*=", line, re.I):
                break
            if self.position >= len(self.lines):
                self.fail("the file ends inside a message")
            line = self.lines[self.position].strip()
            self.position += 1
            if line.startswith(";"):
                self.out.append(line[1:])
                line = ""
        self.count(given)
        text = self.text()
        while self.position < len(self.lines) and re.match(r"^\s*Language\s*=", self.lines[self.position], re.I):
            self.position += 1
            self.text()
        self.table.append((self.value(), "".join(line.rstrip() + "\r\n" for line in text)))
        if symbol:
            self.define(symbol, text)

    def known(self, table, value):
        if value.lower() not in table:
            self.fail(f"{value} is not declared")
        return value.lower()

    def count(self, given):
        if given and not given.startswith("+"):
            try:
                self.number = int(given, 0)
            except ValueError:
                self.fail(f"MessageId is {given!r}, not a number")
        else:
            self.number = self.last.get(self.facility, 0) + (int(given[1:], 0) if given else 1)
        self.last[self.facility] = self.number

    def text(self):
        lines = []
        while self.position < len(self.lines):
            line = self.lines[self.position]
            self.position += 1
            if line.rstrip() == ".":
                return lines
            lines.append(line)
        self.fail("the text of a message does not end; a line with a single dot ends it")
        return lines

    def value(self):
        return self.severities[self.severity] << 30 | self.facilities[self.facility] << 16 | self.number

    def define(self, symbol, text):
        value = self.value()
        number = f"0x{value:08X}L" if self.base == 16 else f"{value}L"
        cast = f"(({self.typedef}){number})" if self.typedef else number
        self.out += ["//", f"// MessageId: {symbol}", "//", "// MessageText:", "//"]
        self.out += ["//  " + t.rstrip().rstrip("\\") for t in text]
        self.out += ["//", f"#define {symbol:<32} {cast}", ""]


def literal(text):
    """A C string, in octal where it is not plain."""
    return '"' + "".join(chr(b) if 32 <= b < 127 and b not in b'"\\?' else f"\\{b:03o}" for b in text.encode("utf-8")) + '"'


def message_table(table):
    """What FormatMessage finds in the program: weak, since every file that includes the header has it."""
    if not table:
        return []
    return ["#if !defined(RC_INVOKED) && !defined(__ASSEMBLER__) && !defined(_KERNEL_MODE)",
            "#ifndef OPENWDF_MESSAGE_TABLE", "#define OPENWDF_MESSAGE_TABLE",
            "#ifdef __cplusplus", 'extern "C" {', "#endif",
            "struct owdf_message { unsigned int id; const char *text; };",
            'extern const struct owdf_message owdf_message_table[] __attribute__((weak, visibility("default")));',
            "const struct owdf_message owdf_message_table[] = {",
            *(f"    {{0x{value:08X}u, {literal(text)}}}," for value, text in sorted(table)),
            "    {0, 0},", "};",
            "#ifdef __cplusplus", "}", "#endif", "#endif", "#endif"]


def compile_messages(source, target):
    try:
        text, _ = read_text(source)
    except OSError as error:
        raise Refusal(f"{source}: {error.strerror}") from None
    compiler = Compiler(text, display(source))
    body = compiler.compile()
    head = [f"// Made from {os.path.basename(source)}.", ""]
    head += [f"#define {symbol:<32} 0x{value:X}" for symbol, value, _ in compiler.names]
    write_if_changed(target, "\n".join(head + body + message_table(compiler.table)) + "\n")

# SPDX-License-Identifier: MIT
"""Reading C sources as a preprocessor of trace calls sees them: text, literals, parentheses, includes."""
import bisect
import os
import re


class Refusal(Exception):
    """What was wrong, with the place."""


TOKEN = r"\"(?:\\[\s\S]|[^\"\\\n])*\"|'(?:\\[\s\S]|[^'\\\n])*'"
COMMENT_OR_LITERAL = re.compile(r"//(?:\\\n|[^\n])*|/\*.*?\*/|" + TOKEN, re.S)
LITERAL_OR_BRACKET = re.compile(TOKEN + r"|[()\[\]{},]")
STRING = re.compile(r"\s*(?:L|u8|u|U)?\"((?:\\.|[^\"\\\n])*)\"", re.S)
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]+(?:"([^"\n]+)"|<([^>\n]+)>)', re.M)


def decode(data):
    """The text of a source in whatever encoding it has, with \\n as its line end."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        text = data.decode("utf-16", "replace")
    elif data[1:2] == b"\0" and data[:1] != b"\0":
        text = data.decode("utf-16-le", "replace")
    else:
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = data.decode("latin-1")
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")


def blank_comments(text):
    """The text with comments blanked, lines kept; literals survive."""
    def blank(match):
        token = match.group(0)
        return token if token[0] in "\"'" else re.sub(r"[^\n]", " ", token)
    return COMMENT_OR_LITERAL.sub(blank, text)


def matching_parenthesis(text, start):
    """The index behind the parenthesis that closes the one at start; -1 when there is none."""
    depth = 0
    for match in LITERAL_OR_BRACKET.finditer(text, start):
        token = match.group(0)
        if token == "(":
            depth += 1
        elif token == ")":
            depth -= 1
            if depth == 0:
                return match.end()
    return -1


def split_arguments(text):
    """Splits at top-level commas."""
    parts, depth, begin = [], 0, 0
    for match in LITERAL_OR_BRACKET.finditer(text):
        token = match.group(0)
        if token in "([{":
            depth += 1
        elif token in ")]}":
            depth -= 1
        elif token == "," and depth == 0:
            parts.append(text[begin:match.start()].strip())
            begin = match.end()
    last = text[begin:].strip()
    if last or parts:
        parts.append(last)
    return parts


def split_literal(text, macros=None):
    """
    Leading string literals joined into one text (still escaped), and what follows them. macros(name) may know
    a name as text with literals.
    """
    literal, rest = "", text
    while True:
        match = STRING.match(rest)
        if match:
            literal += match.group(1).replace("\\\n", "")
            rest = rest[match.end():]
            continue
        name = re.match(r"\s*([A-Za-z_]\w*)(?!\w|\s*\()", rest) if macros else None
        known = macros(name.group(1)) if name else None
        if known is None:
            return literal, rest
        rest = " " + known + rest[name.end():]


class Files:
    """Sources and headers, each read once; names are found as Windows finds them, whatever their case."""

    def __init__(self, include_folders=()):
        self.include_folders = list(include_folders)
        self.texts = {}
        self.folders = {}
        self.included = {}

    def read(self, path):
        if path not in self.texts:
            try:
                with open(path, "rb") as file:
                    self.texts[path] = decode(file.read())
            except OSError as error:
                raise Refusal(f"{path}: {error.strerror}") from error
        return self.texts[path]

    def entries(self, folder):
        if folder not in self.folders:
            try:
                self.folders[folder] = {name.lower(): name for name in os.listdir(folder or ".")}
            except OSError:
                self.folders[folder] = {}
        return self.folders[folder]

    def find(self, folder, name):
        """The file of that name in the folder, in any case; None when there is none."""
        exact = os.path.join(folder, name)
        if "\\" not in name and os.path.isfile(exact):
            return exact
        path = os.sep if name.startswith("/") else folder
        for part in re.split(r"[\\/]+", name):
            if part in ("", "."):
                continue
            if part == "..":
                path = os.path.join(path, part)
                continue
            found = self.entries(path).get(part.lower())
            if found is None:
                return None
            path = os.path.join(path, found)
        return path if os.path.isfile(path) else None

    def find_include(self, folder, name, quoted):
        for where in ([folder] if quoted else []) + self.include_folders:
            found = self.find(where, name)
            if found:
                return found
        return None

    def includes(self, path):
        """What a file includes and can be found: (path, its true path, its spelling if only Windows finds it)."""
        if path not in self.included:
            found_list, folder = [], os.path.dirname(path)
            for match in INCLUDE.finditer(self.read(path)):
                name, quoted = match.group(1) or match.group(2), match.group(1) is not None
                found = self.find_include(folder, name, quoted)
                if found and not found.lower().endswith(".tmh"):
                    odd = quoted and not re.search(r"[\\/]", name) and os.path.basename(found) != name
                    found_list.append((found, os.path.realpath(found), name if odd else None))
            self.included[path] = found_list
        return self.included[path]

    def closure(self, path):
        """
        The files that a source includes and that can be found, itself last, and the names that only Windows would
        find, {name: path}.
        """
        order, misspelled, seen = [], {}, {os.path.realpath(path)}

        def visit(file):
            for found, real, odd in self.includes(file):
                if odd:
                    misspelled[odd] = real
                if real not in seen:
                    seen.add(real)
                    visit(found)
            order.append(file)

        visit(path)
        return order, misspelled


class Lines:
    """The line numbers of places in a text."""

    def __init__(self, text):
        self.ends = [m.start() for m in re.finditer("\n", text)]

    def at(self, index):
        return bisect.bisect_left(self.ends, index) + 1


def line_of(text, index):
    return text.count("\n", 0, index) + 1

# SPDX-License-Identifier: MIT
"""What api/*.api says: the functions of the framework, checked and with their places in the tables.

The format is described in api/README.md. Every fault is an ApiError that names file and line.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path

IRQLS = ("PASSIVE", "APC", "DISPATCH", "DIRQL")
DIRECTIONS = {
    word + mark: (word, mark == "?") for word in ("in", "out", "inout") for mark in ("", "?")
}
MODES = ("km", "um")
MAJOR = {"km": 1, "um": 2}

_NAME = re.compile(r"Wdf[A-Za-z0-9]+$")
_IDENTIFIER = re.compile(r"[A-Za-z_]\w*$")
_TYPE = re.compile(r"(const )?[A-Za-z_]\w*\**$")
_NOTE = re.compile(r"(sized|string|bytes\([^()]+\)|count\([^()]+\))$")


class ApiError(Exception):
    """A fault in an .api file; the text starts with its place."""


@dataclass
class Parameter:
    direction: str  # in, out, inout
    optional: bool
    type: str
    name: str
    note: str  # sized, string, bytes(Length), count(Length) or nothing


@dataclass
class Slot:
    """A function's place in one of the tables."""

    index: int
    since: tuple  # (1, 11)


@dataclass
class Function:
    name: str
    header: str  # wdfio.h
    where: str  # file:line
    km: Slot = None
    um: Slot = None
    irql: str = ""  # PASSIVE … DIRQL, or any
    must_check: bool = False
    published: bool = True  # The public headers declare it.
    by_hand: bool = False  # Its header has the wrapper itself.
    returns: str = ""
    fails: list = field(default_factory=list)
    called_as: list = field(default_factory=list)  # Macros that expand to it.
    parameters: list = field(default_factory=list)

    def slot(self, mode):
        return getattr(self, mode)


def _version(text, mode, where):
    match = re.fullmatch(r"(\d+)\.(\d+)", text)
    if not match or int(match[1]) != MAJOR[mode]:
        raise ApiError(f"{where}: '{text}' is no version of the {mode} table")
    return int(match[1]), int(match[2])


def _attributes(function, words, where):
    """Reads `km 152 since 1.0  um 85 since 2.0  irql <= DISPATCH  must-check` in any order."""
    words = list(words)

    def take(what):
        if not words:
            raise ApiError(f"{where}: {what} is missing at the end of the line")
        return words.pop(0)

    while words:
        word = words.pop(0)
        if word in MODES:
            index = take(f"the index after '{word}'")
            if not index.isdigit():
                raise ApiError(f"{where}: '{index}' is no table index")
            if take("'since'") != "since":
                raise ApiError(f"{where}: 'since' must follow '{word} {index}'")
            if function.slot(word):
                raise ApiError(f"{where}: two places in the {word} table")
            since = _version(take("the version after 'since'"), word, where)
            setattr(function, word, Slot(int(index), since))
        elif word == "irql":
            level = take("the level after 'irql'")
            if level == "<=":
                level = take("the level after 'irql <='")
                if level not in IRQLS:
                    raise ApiError(f"{where}: '{level}' is none of {', '.join(IRQLS)}")
            elif level != "any":
                raise ApiError(f"{where}: 'irql' wants '<= LEVEL' or 'any', not '{level}'")
            function.irql = level
        elif word == "must-check":
            function.must_check = True
        elif word == "by-hand":
            function.by_hand = True
        elif word == "unpublished":
            function.published = False
        else:
            raise ApiError(f"{where}: what is '{word}'?")


def _parameter(line, where):
    match = re.match(r"\s*(\S+)\s+((?:const )?\S+)\s+(\S+)(?:\s+(.*))?$", line)
    if not match:
        raise ApiError(f"{where}: a parameter is 'in|out|inout[?] TYPE Name [sized|bytes(…)|…]'")
    direction, type_, name, note = match[1], match[2], match[3], (match[4] or "").strip()
    if not _TYPE.match(type_):
        raise ApiError(f"{where}: '{type_}' is no type")
    if not _IDENTIFIER.match(name):
        raise ApiError(f"{where}: '{name}' is no parameter name")
    if note and not _NOTE.match(note):
        raise ApiError(f"{where}: what is '{note}'?")
    word, optional = DIRECTIONS[direction]
    return Parameter(word, optional, type_, name, note)


def _line(function, line, where):
    """One indented line of an entry."""
    words = line.split()
    if words[0] == "->":
        function.returns = " ".join(words[1:])
        if not _TYPE.match(function.returns):
            raise ApiError(f"{where}: '->' wants one return type")
    elif words[0] == "fails":
        bad = [word for word in words[1:] if not word.startswith("STATUS_")]
        if bad:
            raise ApiError(f"{where}: '{bad[0]}' is no status")
        function.fails += words[1:]
    elif words[0] == "called-as":
        function.called_as += words[1:]
    elif words[0] in DIRECTIONS:
        parameter = _parameter(line, where)
        if parameter.name in (other.name for other in function.parameters):
            raise ApiError(f"{where}: {function.name} has two parameters named {parameter.name}")
        function.parameters.append(parameter)
    else:
        _attributes(function, words, where)


def _check_entry(function):
    where, name = function.where, function.name
    if not function.km and not function.um:
        raise ApiError(f"{where}: {name} has a place in neither table")
    if function.published and not (function.returns and function.irql):
        missing = "return type ('->')" if not function.returns else "'irql'"
        raise ApiError(f"{where}: {name} has no {missing}")
    if not function.published and (function.returns or function.parameters):
        raise ApiError(f"{where}: {name} is unpublished but has a signature")


def parse(text, name):
    """The functions of one file; `name` (wdfio.api) gives the header and stands in messages."""
    functions = []
    for number, raw in enumerate(text.splitlines(), 1):
        line, where = raw.split("#")[0].rstrip(), f"{name}:{number}"
        if not line:
            continue
        if not line[0].isspace():
            words = line.split()
            if words[0] != "fn" or len(words) < 2:
                raise ApiError(f"{where}: an entry starts with 'fn WdfName'")
            if not _NAME.match(words[1]):
                raise ApiError(f"{where}: '{words[1]}' is no name of a framework function")
            functions.append(Function(words[1], Path(name).stem + ".h", where))
            _attributes(functions[-1], words[2:], where)
        elif not functions:
            raise ApiError(f"{where}: this line belongs to no entry")
        else:
            _line(functions[-1], line, where)
    for function in functions:
        _check_entry(function)
    return functions


def check(functions):
    """What must hold over all files: names and places are unique, the tables have no gaps."""
    names = {}
    for function in functions:
        other = names.setdefault(function.name, function)
        if other is not function:
            raise ApiError(f"{function.where}: {function.name} is already at {other.where}")
    for mode in MODES:
        table = {}
        for function in (f for f in functions if f.slot(mode)):
            other = table.setdefault(function.slot(mode).index, function)
            if other is not function:
                raise ApiError(
                    f"{function.where}: {mode} {function.slot(mode).index} is already "
                    f"{other.name}'s ({other.where})"
                )
        for index in range(len(table)):
            if index not in table:
                raise ApiError(f"nobody has place {index} in the {mode} table")


def load(paths):
    """All functions of all files, in the order of file names."""
    functions = []
    for path in sorted(map(Path, paths), key=lambda p: p.name):
        functions += parse(path.read_text(encoding="utf-8"), path.name)
    check(functions)
    return functions


def table(functions, mode):
    """The functions of one table in the order of their places."""
    return sorted((f for f in functions if f.slot(mode)), key=lambda f: f.slot(mode).index)


def table_lengths(functions, mode):
    """[(version, entries)], oldest version first: how long the table was in each version that grew it."""
    lengths, most = [], 0
    for since in sorted({f.slot(mode).since for f in functions if f.slot(mode)}):
        own = (f.slot(mode) for f in functions if f.slot(mode))
        most = 1 + max(slot.index for slot in own if slot.since <= since)
        lengths.append((since, most))
    return lengths

# SPDX-License-Identifier: MIT
"""
Where includes lead, as Microsoft's compiler finds them: whatever the case, with back-slashes, beside the files
that led to the includer. What the compilers here would not find gets a forwarding header, with the name as the
source spells it. Files that they could not read at all are mirrored: copied with the few changes that make them
readable, every include line leading to the right file, and a #line that keeps the place of each message.
"""
import os
import re

from . import fixups
from .paths import read_text

INCLUDE = re.compile(rb'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"\r\n]+)[>"]', re.M)
INCLUDE_TEXT = re.compile(r'^([ \t]*#[ \t]*include[ \t]*)([<"])([^>"\r\n]+)[>"]', re.M)

# A macro with "..." whose expansion has ", __VA_ARGS__": Microsoft's preprocessor drops the comma of an empty list.
VARIADIC = re.compile(r"^[ \t]*#[ \t]*define[ \t]+\w+\([^)\n]*\.\.\.[ \t]*\)(?:[^\n\\]|\\\r?\n|\\[^\n])*", re.M)
COMMA = re.compile(r",(\s*(?:\\\r?\n\s*)*)__VA_ARGS__")
MIGHT_HOLD_COMMA = re.compile(rb",\s*(?:\\\r?\n\s*)*__VA_ARGS__")

# ## beside a sign in a macro: Microsoft's preprocessor pastes anything, which leaves two words as they were.
MACRO = re.compile(r"^[ \t]*#[ \t]*define[ \t](?:[^\n\\]|\\\r?\n|\\[^\n])*", re.M)
BLANK = r"(?:[ \t]|\\\r?\n)*"
PASTE = re.compile(rf"([\"(\[{{=;&*+|<>)\]}}-]{BLANK})##(?={BLANK}\w)|(,{BLANK})##(?={BLANK}(?!__VA_ARGS__)\w)"
                   rf"|(\w{BLANK})##(?={BLANK}[)\](\[{{}},;=])|(#{BLANK}\w+{BLANK})##(?={BLANK}#)")

FILES_MOST = 20000
VERSION = 9      # Of what is remembered of a file; a new kind of knowledge raises it.
WIDE, COMMAS, PASTES, NAMES, TAIL, ATTRIBUTE = "utf-16", "commas", "pastes", "names", "tail", "attribute"

# Code that came from elsewhere hides a word that Microsoft's compiler does not know; OpenWDF's headers need it.
HIDES_ATTRIBUTE = re.compile(rb"^[ \t]*#[ \t]*define[ \t]+__attribute__\b", re.M)


def drops_commas(text):
    return any(COMMA.search(m.group(0)) for m in VARIADIC.finditer(text))


def pastes_signs(text):
    return any(PASTE.search(m.group(0)) for m in MACRO.finditer(text))


def foreign_names(data):
    """Whether a text (bytes) in a Windows code page has letters of it in names, beyond comments and literals."""
    if data.isascii():
        return False
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return not fixups.COMMENT.sub(b"", data).isascii()
    return False


def ascii_names(text):
    """Letters of a Windows code page in names, as C spells them."""
    def spell(match):
        return "".join(c if c.isascii() else f"\\u{ord(c):04x}" for c in match.group(1)) if match.group(1) else match.group(0)
    return re.sub(fixups.COMMENT.pattern.decode() + r"|([^\x00-\x7f]+)", spell, text, flags=re.S)


class Scanner:
    """Knows the include lines of files; remembers them between runs by the files' times."""

    def __init__(self, folders, remembered=None):
        self.folders = folders
        self.remembered = remembered or {}   # path -> [mtime_ns, size, odd, [[quoted, name]], needs, lines, VERSION]
        self.known = {}
        self.of_system = {}     # (first folder, number of folders, name) -> bool

    def look(self, path):
        found = self.known.get(path)
        if found is not None:
            return found
        try:
            status = os.stat(path)
        except OSError:
            return [0, 0, [], [], "", [], VERSION]
        found = self.remembered.get(path)
        if not found or found[-1] != VERSION or found[0] != status.st_mtime_ns or found[1] != status.st_size:
            found = [status.st_mtime_ns, status.st_size] + self.read(path)
        self.known[path] = found
        return found

    def in_system(self, folders, name):
        """Whether OpenWDF has a header of just this name."""
        key = (folders[0] if folders else "", len(folders), name)
        if key not in self.of_system:
            self.of_system[key] = any(os.path.isfile(os.path.join(p, name)) for p in folders)
        return self.of_system[key]

    @staticmethod
    def read(path):
        with open(path, "rb") as file:
            data = file.read()
        odd = []
        if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
            odd.append(WIDE)
            data = data.decode("utf-16", "replace").encode()
        if MIGHT_HOLD_COMMA.search(data) and drops_commas(data.decode("utf-8", "replace")):
            odd.append(COMMAS)
        if b"##" in data and pastes_signs(data.decode("utf-8", "replace")):
            odd.append(PASTES)
        if foreign_names(data):
            odd.append(NAMES)
        if data.endswith(b"\\"):
            odd.append(TAIL)        # A back-slash that continues nothing.
        if HIDES_ATTRIBUTE.search(data):
            odd.append(ATTRIBUTE)
        names = []
        for quote, name in INCLUDE.findall(data):
            entry = [quote == b'"', name.decode("utf-8", "replace").strip()]
            if entry not in names:
                names.append(entry)
        longs = fixups.long_lines(data)
        return [odd, names, fixups.needs(data, longs), longs, VERSION]

    def lines(self, path):
        """[(by quotes, name)] of a file."""
        return self.look(path)[3]

    def odd(self, path):
        """What no compiler (WIDE, NAMES, TAIL, ATTRIBUTE), or not every one (COMMAS, PASTES), reads as Microsoft's does."""
        return self.look(path)[2]

    def needs(self, path):
        """What of its text only a rewriting after the preprocessor makes understandable; see fixups.needs."""
        return self.look(path)[4]

    def long_lines(self, path):
        """The lines that say `long` and mean 32 bits."""
        return self.look(path)[5]


class Unit:
    """What one source includes, directly and not."""

    def __init__(self):
        self.headers = []    # paths of the project's headers it may reach
        self.resolved = {}   # path of a file -> {(by quotes, name as it spells it): path}
        self.forwards = {}   # name as spelled -> path
        self.direct = {}     # name as spelled -> path in an include folder, where the compiler finds it itself
        self.missing = []    # names that nothing here is found for: the build may make them
        self.clashes = False  # one spelling for two files


class Search:
    """How the files of one source are found."""

    def __init__(self, includes, system, scanner, slashes, made=(), precompiled="", stray=None):
        """
        includes: the source's include folders; system: OpenWDF's, where headers are found but not followed;
        slashes: the compiler itself takes a back-slash for a slash (Clang with -fms-extensions does);
        made: headers that the build makes, names in lower case; precompiled: the name of the precompiled header;
        stray(name): a header that lies where nothing leads, or None.
        """
        self.includes = includes
        self.system = system
        self.scanner = scanner
        self.slashes = slashes
        self.made = made
        self.stray = stray
        self.precompiled = precompiled.replace("\\", "/").lower()

    def scan(self, source):
        """
        Follows the includes of a source, textually: a condition around them is not judged, a header too many does no
        harm.
        """
        unit = Unit()
        queue, seen = [(source, ())], {source}
        while queue and len(seen) < FILES_MOST:
            path, above = queue.pop()
            here = os.path.dirname(path)
            # Microsoft's compiler also looks where the files are that led here, the nearest first.
            above = above if here in above else (here,) + above
            for quoted, name in self.scanner.lines(path):
                found = self.find(unit, quoted, name, here, above)
                if found:
                    unit.resolved.setdefault(path, {})[quoted, name] = found
                    if found not in seen:
                        seen.add(found)
                        unit.headers.append(found)
                        queue.append((found, above))
        return unit

    def find(self, unit, quoted, name, here, above):
        """The project's header that is meant; None when it is not the project's. Notes what must be forwarded."""
        spelled = name.replace("\\", "/")
        literal = spelled if self.slashes else name
        # The compiler's own order: the folder of the includer (quotes only), then the include folders. But there the
        # name in another case is meant before the same name in an include folder.
        places = ([here] if quoted else []) + self.includes
        exact = next((os.path.join(p, literal) for p in places if os.path.isfile(os.path.join(p, literal))), None)
        beside = self.first_of([here], spelled) if quoted and exact and os.path.dirname(exact) != here else None
        if exact and (beside is None or beside == os.path.normpath(exact)):
            exact = os.path.normpath(exact)
            if not (quoted and os.path.dirname(exact) == here):
                unit.direct.setdefault(literal, exact)
                unit.clashes |= unit.forwards.get(literal, exact) != exact
            return exact
        if os.path.basename(spelled).lower() in self.made:
            unit.missing.append(literal)
            return None
        in_system = self.scanner.in_system(self.system, literal)
        found = beside or self.first_of(places + (list(above) if quoted else []), spelled)
        if found is None and spelled.lower() == self.precompiled:
            # What a source names as its precompiled header is not looked for as others are.
            found = self.first_of(above, spelled)
        # Windows' headers are no headers of the project, even if one there has the name in another case.
        if in_system and (not found or not quoted):
            return None
        if found is None:
            # The kits have some headers in folders of a version: <ucm/1.0/ucmcx.h>. Here they are all in one.
            found = self.first_of(self.system, spelled) or self.first_of(self.system, spelled.rsplit("/", 1)[-1])
            if found:
                unit.forwards.setdefault(literal, found)
                return None
            found = self.stray(spelled) if self.stray else None
            if found is None:
                unit.missing.append(literal)
                return None
        if unit.forwards.setdefault(literal, found) != found or unit.direct.get(literal, found) != found:
            unit.clashes = True
        return found

    def first_of(self, places, name):
        for place in places:
            found = self.scanner.folders.find(place, name)
            if found and os.path.isfile(found):
                return found
        return None


def oddities(unit, source, scanner):
    """Of a source and all its headers."""
    return {kind for path in [source, *unit.headers] for kind in scanner.odd(path)}


def needs_mirror(unit, source, scanner, compiler):
    """Whether the compiler would not understand the source and its headers where they are."""
    odd = oddities(unit, source, scanner)
    return unit.clashes or bool({WIDE, NAMES, TAIL, ATTRIBUTE} & odd) or bool({COMMAS, PASTES} & odd) and compiler == "gcc"


def mirrored(path, resolved, place, hides_attribute=False):
    """
    A file's text for the mirror. place(path) -> where the mirror has that file; hides_attribute: one of the files
    defines __attribute__, which then is another word in all of them.
    """
    text, encoding = read_text(path)
    if hides_attribute:
        text = re.sub(r"\b__attribute__\b", "owdf_attribute", text)

    def lead(match):
        found = resolved.get((match.group(2) == '"', match.group(3).strip()))
        return f'{match.group(1)}"{place(found)}"' if found else match.group(0)
    text = INCLUDE_TEXT.sub(lead, text)
    text = text[:-1] + "\n" if text.endswith("\\") else text
    if encoding == "latin-1":
        text = ascii_names(text)
    text = MACRO.sub(lambda m: PASTE.sub(lambda p: next(filter(None, p.groups())) + " ", m.group(0)), text)
    text = VARIADIC.sub(lambda m: COMMA.sub(r",\1##__VA_ARGS__", m.group(0)), text)
    return (f'#line 1 "{path}"\n' + text).encode("latin-1" if encoding == "latin-1" else "utf-8")

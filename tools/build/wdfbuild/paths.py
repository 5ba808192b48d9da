# SPDX-License-Identifier: MIT
"""Windows' file names on a file system that tells upper from lower case."""
import os
import re


class Folders:
    """Finds files whatever the case of their names; remembers each folder that it read."""

    def __init__(self):
        self.listed = {}   # folder -> {lower-case name: name}

    def entries(self, folder):
        found = self.listed.get(folder)
        if found is None:
            try:
                found = {}
                for name in sorted(os.listdir(folder or ".")):
                    found.setdefault(name.lower(), name)
            except OSError:
                found = {}
            self.listed[folder] = found
        return found

    def find(self, folder, name):
        """The existing path that the Windows path `name` means, seen from folder; None when there is none."""
        path = absolute(folder, name)
        if os.path.exists(path):
            return path
        current = "/"
        for part in path.split("/")[1:]:
            if not part:
                continue
            if os.path.lexists(os.path.join(current, part)):
                current = os.path.join(current, part)
                continue
            real = self.entries(current).get(part.lower())
            if real is None:
                return None
            current = os.path.join(current, real)
        return current

    def glob(self, folder, pattern):
        """Files that match a pattern of *, ? and **, as paths that begin as the pattern does."""
        parts = [p for p in re.split(r"[\\/]+", pattern)]
        return sorted(self._glob(folder, "", parts))

    def _glob(self, folder, prefix, parts):
        part, rest = parts[0], parts[1:]
        here = absolute(folder, prefix or ".")
        if part == "**":
            if rest:
                yield from self._glob(folder, prefix, rest)
            for name in list(self.entries(here).values()):
                if os.path.isdir(os.path.join(here, name)) and not os.path.islink(os.path.join(here, name)):
                    yield from self._glob(folder, prefix + name + "/", parts if rest else ["**", "*"])
            return
        if not re.search(r"[*?]", part):
            if rest:
                yield from self._glob(folder, prefix + part + "/", rest)
            else:
                found = self.find(here, part)
                if found and os.path.isfile(found):
                    yield prefix + os.path.basename(found)
            return
        wanted = re.compile("".join(".*" if c == "*" else "." if c == "?" else re.escape(c) for c in part) + r"\Z",
                            re.I | re.S)
        if part == "*.*":
            wanted = re.compile(r".*\Z", re.S)
        for name in list(self.entries(here).values()):
            if wanted.match(name):
                full = os.path.join(here, name)
                if rest and os.path.isdir(full):
                    yield from self._glob(folder, prefix + name + "/", rest)
                elif not rest and os.path.isfile(full):
                    yield prefix + name


def absolute(folder, name):
    """A Windows or Linux path, made absolute."""
    name = name.strip().strip('"').replace("\\", "/")
    return os.path.normpath(os.path.join(folder, name))


def display(path):
    """The path as a message names it: seen from here, unless that is a long way up."""
    relative = os.path.relpath(path)
    return path if relative.startswith("../..") else relative


def stem(name):
    """The name without folder and extension, of a Windows or Linux path."""
    return os.path.splitext(re.split(r"[\\/]", name)[-1])[0]


def base(name):
    return re.split(r"[\\/]", name)[-1]


def read_text(path):
    """A text in whatever encoding Windows' tools leave it: (text, encoding)."""
    with open(path, "rb") as file:
        data = file.read()
    if data[:2] == b"\xff\xfe":
        return data[2:].decode("utf-16-le", "replace"), "utf-16-le-bom"
    if data[:2] == b"\xfe\xff":
        return data[2:].decode("utf-16-be", "replace"), "utf-16-be-bom"
    if data[:3] == b"\xef\xbb\xbf":
        return data[3:].decode("utf-8", "replace"), "utf-8-bom"
    try:
        return data.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        return data.decode("latin-1"), "latin-1"


def encode_text(text, encoding):
    """The opposite of read_text."""
    marks = {"utf-16-le-bom": (b"\xff\xfe", "utf-16-le"), "utf-16-be-bom": (b"\xfe\xff", "utf-16-be"),
             "utf-8-bom": (b"\xef\xbb\xbf", "utf-8")}
    mark, codec = marks.get(encoding, (b"", encoding))
    return mark + text.encode(codec)


def write_if_changed(path, data):
    """Writes bytes or text, whole or not at all; an unchanged file keeps its time. True when written."""
    if isinstance(data, str):
        data = data.encode()
    try:
        with open(path, "rb") as file:
            if file.read() == data:
                return False
    except OSError:
        pass
    os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
    temporary = f"{path}.{os.getpid()}.tmp"
    try:
        with open(temporary, "wb") as file:
            file.write(data)
        os.replace(temporary, path)
    except OSError:
        if os.path.exists(temporary):
            os.unlink(temporary)
        raise
    return True

# SPDX-License-Identifier: MIT
"""
Includes that Windows finds and Linux does not: written in another case than the file has, or with back-slashes.
For exactly those a folder of forwarding headers is made, each with the name as the source spells it.
"""
import os
import re

INCLUDE = re.compile(rb'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"\r\n]+)[>"]', re.M)
FILES_MOST = 20000


class Scanner:
    """Knows the include lines of files; remembers them between runs by the files' times."""

    def __init__(self, folders, remembered=None):
        self.folders = folders
        self.remembered = remembered or {}   # path -> [mtime_ns, size, encoding, [[quoted, name]]]
        self.known = {}

    def lines(self, path):
        """[(by quotes, name)] of a file."""
        found = self.known.get(path)
        if found is not None:
            return found[3]
        try:
            status = os.stat(path)
        except OSError:
            return []
        found = self.remembered.get(path)
        if not found or found[0] != status.st_mtime_ns or found[1] != status.st_size:
            with open(path, "rb") as file:
                data = file.read()
            wide = data[:2] in (b"\xff\xfe", b"\xfe\xff")
            if wide:
                data = data.decode("utf-16", "replace").encode()
            names = []
            for quote, name in INCLUDE.findall(data):
                entry = [quote == b'"', name.decode("utf-8", "replace").strip()]
                if entry not in names:
                    names.append(entry)
            found = [status.st_mtime_ns, status.st_size, "utf-16" if wide else "", names]
        self.known[path] = found
        return found[3]

    def is_wide(self, path):
        """Whether it is UTF-16, which no compiler here reads."""
        self.lines(path)
        return self.known.get(path, [0, 0, ""])[2] == "utf-16"


class Unit:
    """What one source includes, directly and not."""

    def __init__(self):
        self.headers = []    # paths of the project's headers it may reach
        self.forwards = {}   # name as spelled -> path
        self.missing = []    # names that nothing here is found for: the build may make them
        self.clashes = []    # (name, path, path): one spelling for two files


def scan_unit(source, includes, system, scanner, slashes, made=(), precompiled=""):
    """
    Follows the includes of a source, textually: a condition around them is not judged, a header too many does no
    harm. includes: the source's include folders; system: OpenWDF's, where headers are found but not followed;
    slashes: the compiler itself takes a back-slash for a slash (Clang with -fms-extensions does);
    made: headers that the build makes, names in lower case; precompiled: the name of the precompiled header, if the source uses one.
    """
    unit = Unit()
    folders = scanner.folders
    queue, seen = [(source, ())], {source}
    while queue and len(seen) < FILES_MOST:
        path, above = queue.pop()
        here = os.path.dirname(path)
        # Microsoft's compiler also looks where the files are that led here, the nearest first.
        above = above if here in above else (here,) + above
        for quoted, name in scanner.lines(path):
            spelled = name.replace("\\", "/")
            # The compiler's own order: the folder of the includer (quotes only), then the include folders.
            places = ([here] if quoted else []) + includes
            literal = spelled if slashes else name
            exact = next((p for p in places if os.path.isfile(os.path.join(p, literal))), None)
            if exact:
                found = os.path.normpath(os.path.join(exact, literal))
            elif os.path.basename(spelled).lower() in made:
                unit.missing.append(literal)
                continue
            else:
                in_system = any(os.path.isfile(os.path.join(p, literal)) for p in system)
                found = None
                for place in places + (list(above) if quoted else []):
                    candidate = folders.find(place, spelled)
                    if candidate and os.path.isfile(candidate):
                        found = candidate
                        break
                # Windows' headers are no headers of the project, even if one there has the name in another case …
                if in_system and (not found or not quoted):
                    continue
                if found is None and spelled.lower() == precompiled.lower():
                    # What a source names as its precompiled header is never looked for in <…>'s folders.
                    found = next((c for c in (folders.find(p, spelled) for p in above) if c), None)
                if found is None:
                    found = next((c for c in (folders.find(p, spelled) for p in system) if c and os.path.isfile(c)), None)
                    if found:
                        unit.forwards.setdefault(literal, found)
                    else:
                        unit.missing.append(literal)
                    continue
                old = unit.forwards.setdefault(literal, found)
                if old != found:
                    unit.clashes.append((name, old, found))
            if found not in seen:
                seen.add(found)
                unit.headers.append(found)
                queue.append((found, above))
    return unit

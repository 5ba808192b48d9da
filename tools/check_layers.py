#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""check_layers.py [ROOT]

Checks the rules of the house that can be read off the sources under ROOT/src:

1. a component includes only headers of the components that ROOT/LAYERS allows it;
2. `*_priv.h` belongs to the folder it is in, to its subfolders, and to the files right above it;
3. src/nt and src/fx include no libc header beyond the freestanding ones and <string.h>;
4. no thread, lock, clock or atomic operation of the system's or the compiler's outside src/sys
   (and src/base/atomic.h), or the simulation would not see it.

Prints one line a violation, as compilers do, and exits with 1 if there is one.
"""
import pathlib
import re
import sys

SOURCES = {".c", ".h", ".cpp", ".hpp", ".inc"}
FREESTANDING = {"limits.h", "stdarg.h", "stdbool.h", "stddef.h", "stdint.h", "string.h"}
NO_LIBC = {"nt", "fx"}

# Who may use the system's own means, and why.
SYSTEM_USERS = ("src/sys/", "src/base/atomic.h")
SYSTEM_MEANS = re.compile(
    r"\b(pthread_\w+|_Thread_local|__thread|thread_local|__atomic_\w+|__sync_\w+|clock_gettime|"
    r"clock_nanosleep|nanosleep|usleep|gettimeofday|timer_create|timerfd_\w+|sem_(?:init|wait|post)|"
    r"SYS_futex|getrandom|std::(?:atomic|mutex|thread|condition_variable)\b)")
SYSTEM_HEADERS = {"pthread.h", "threads.h", "stdatomic.h", "semaphore.h", "linux/futex.h",
                  "atomic", "mutex", "thread", "condition_variable"}

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"\n]+)[>"]', re.M)
COMMENT_OR_STRING = re.compile(
    r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)


def blank(match):
    """Spaces in place of a match, so that line numbers stay."""
    return re.sub(r"[^\n]", " ", match.group())


def without_comments(text):
    return COMMENT_OR_STRING.sub(lambda m: m.group() if m.group()[0] in "\"'" else blank(m), text)


def without_comments_and_strings(text):
    return COMMENT_OR_STRING.sub(blank, text)


def read_layers(path):
    """{component: set of components it may include, itself among them}."""
    layers = {}
    for number, line in enumerate(path.read_text().splitlines(), 1):
        line = line.split("#")[0].strip()
        if not line:
            continue
        name, colon, uses = line.partition(":")
        if not colon:
            raise SystemExit(f"{path}:{number}: not of the form \"component: component …\"")
        layers[name.strip()] = set(uses.split()) | {name.strip()}
    for name, uses in layers.items():
        for used in uses - layers.keys():
            raise SystemExit(f"{path}: {name} uses {used}, which has no line of its own")
    return layers


def find_cycle(layers):
    """A component that can reach itself, or None."""
    done, active = set(), []

    def visit(name):
        if name in active:
            return name
        if name not in done:
            active.append(name)
            for used in sorted(layers[name] - {name}):
                found = visit(used)
                if found:
                    return found
            active.pop()
            done.add(name)
        return None

    return next(filter(None, map(visit, layers)), None)


def windows_headers(root):
    """Names of all headers that drivers may include, the ones made by the build too."""
    include = root / "include"
    names = {p.name for p in include.rglob("*.h")} if include.is_dir() else set()
    names |= {p.relative_to(include / "wdk" / d).as_posix()
              for d in ("km", "shared", "wdf", "um") if (include / "wdk" / d).is_dir()
              for p in (include / "wdk" / d).rglob("*.h")}
    for build in include.rglob("meson.build"):
        names |= set(re.findall(r"'([\w/]+\.h)'", build.read_text()))
    return names


class Checker:
    def __init__(self, root):
        self.root = root
        self.layers = read_layers(root / "LAYERS")
        self.windows = windows_headers(root)
        self.violations = []

    def report(self, path, text, offset, message):
        line = text.count("\n", 0, offset) + 1
        self.violations.append(f"{path}:{line}: {message}")

    def check_component_include(self, path, text, match):
        component = path.split("/")[1]
        header = match.group(2)
        used = header.split("/")[0]
        if "/" not in header or used not in self.layers:
            return
        if used not in self.layers[component]:
            self.report(path, text, match.start(),
                        f"{component} may not include {header}: LAYERS allows it "
                        f"{' '.join(sorted(self.layers[component] - {component})) or 'nothing'}")
        if header.endswith("_priv.h"):
            folder = "src/" + header.rsplit("/", 1)[0]
            if not (path.startswith(folder + "/") or
                    (used == component and folder.rsplit("/", 1)[0] == path.rsplit("/", 1)[0])):
                self.report(path, text, match.start(), f"{header} is private to {folder}/")

    def check_system_include(self, path, text, match):
        component = path.split("/")[1]
        header = match.group(2)
        if component in NO_LIBC and header not in FREESTANDING | self.windows:
            self.report(path, text, match.start(),
                        f"{component} may not include <{header}>: only the freestanding headers, "
                        "<string.h> and Windows' own; ask sys")
        if header in SYSTEM_HEADERS and not path.startswith(SYSTEM_USERS):
            self.report(path, text, match.start(), f"<{header}> outside src/sys: ask sys")

    def check_file(self, path):
        text = (self.root / path).read_text(errors="replace")
        bare = without_comments(text)
        for match in INCLUDE.finditer(bare):
            if match.group(1) == '"':
                self.check_component_include(path, text, match)
            else:
                self.check_system_include(path, text, match)
        if not path.startswith(SYSTEM_USERS):
            for match in SYSTEM_MEANS.finditer(without_comments_and_strings(text)):
                self.report(path, text, match.start(),
                            f"{match.group(1)} outside src/sys: use sys/… or base/atomic.h")

    def check(self):
        cycle = find_cycle(self.layers)
        if cycle:
            self.violations.append(f"LAYERS: {cycle} depends on itself through others")
        for path in sorted((self.root / "src").rglob("*")):
            name = path.relative_to(self.root).as_posix()
            if path.suffix not in SOURCES or not path.is_file() or name.count("/") < 2:
                continue
            if name.split("/")[1] not in self.layers:
                self.violations.append(f"{name}:1: {name.split('/')[1]} has no line in LAYERS")
                continue
            self.check_file(name)
        return self.violations


def main(arguments):
    root = pathlib.Path(arguments[0] if arguments else pathlib.Path(__file__).parent.parent)
    violations = Checker(root).check()
    for violation in violations:
        print(violation)
    return 1 if violations else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

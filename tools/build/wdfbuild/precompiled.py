# SPDX-License-Identifier: MIT
"""
Precompiled headers. Sources of one project mostly begin with the same include, and that header is most of what is to
be read: it is read once. A project need not ask for it, and where its header cannot be precompiled, or its sources need
a rewriting, everything is compiled as it would be without.

The header's edge makes a file of compiler arguments, which the objects' edges name with "@": empty when the header did
not compile on its own. What is wrong then, each source says itself.
"""
import re

from . import fixups

# From how many sources on it takes less time than it saves.
FEWEST = 4

DIRECTIVE = re.compile(rb"^[ \t]*#[ \t]*(\w+)[ \t]*([^\r\n]*)", re.M)


def without_comments(data):
    """Comments are blanks; literals stay as they are."""
    return fixups.COMMENT.sub(lambda m: b" " if m.group(0)[:2] in (b"//", b"/*") else m.group(0), data)


def first_include(data):
    """
    The name in the include that a source begins with, by quotes, or None: then something else comes first, which may be
    a definition that the header looks at.
    """
    match = re.match(rb'\s*#[ \t]*include[ \t]*"([^"\r\n]+)"', without_comments(data.removeprefix(b"\xef\xbb\xbf")))
    return match.group(1).decode("utf-8", "replace").strip() if match else None


def is_guarded(data):
    """Whether a header is empty when it is included again, seen from its text."""
    text = without_comments(data.removeprefix(b"\xef\xbb\xbf")).strip()
    if re.search(rb"^[ \t]*#[ \t]*pragma[ \t]+once\b", text, re.M):
        return True
    match = re.match(rb"#[ \t]*(?:ifndef[ \t]+|if[ \t]+!\s*defined[ \t]*\(?[ \t]*)(\w+)\)?[ \t]*\r?\n\s*#[ \t]*define[ \t]+(\w+)", text)
    if not match or match.group(1) != match.group(2):
        return False
    depth = 0
    directives = list(DIRECTIVE.finditer(text))
    for place, directive in enumerate(directives):
        word = directive.group(1)
        depth += word in (b"if", b"ifdef", b"ifndef")
        depth -= word == b"endif"
        if depth == 0:      # The guard's end: nothing may follow.
            return place == len(directives) - 1 and not text[directive.end():].strip()
    return False


def read(path):
    with open(path, "rb") as file:
        return file.read()


def groups(sources, flags, compiler, find):
    """
    [(header, language, flags, sources)]: which sources begin with which header, compiled alike. sources: those that are
    compiled where they are, without rewriting; flags: {source: its flags}; find(source, name): the file that the
    compiler finds for an include of the source, and the project's header that this is or leads to; or None.
    """
    found = {}
    for source in sources:
        if source.forced:
            continue            # What is forced comes before the first include.
        name = first_include(read(source.path))
        files = find(source, name) if name else None
        if files:
            found.setdefault((files, source.language, tuple(flags[source])), []).append(source)
    result = []
    for ((entered, header), language, words), members in found.items():
        # Clang leaves out everything until the header's include, as Microsoft's compiler does; GCC includes it again.
        if len(members) >= FEWEST and (compiler == "clang" or is_guarded(read(header))):
            result.append((entered, language, list(words), members))
    return result


def making(language, flags, compiler, header):
    """The flags that make a precompiled header."""
    flags = list(flags)
    if "-x" in flags:
        at = flags.index("-x")
        del flags[at:at + 2]
    flags += ["-x", "c++-header" if language == "c++" else "c-header"]
    return flags + through(compiler, header)


def through(compiler, header):
    return ["-Xclang", "-pch-through-header=" + header] if compiler == "clang" else []


def using(compiler, header, wrapper, made):
    """The flags that use it. wrapper: the header that includes it, and nothing else; made: the precompiled header."""
    if compiler == "clang":
        return ["-include-pch", made, *through(compiler, header)]
    return ["-include", wrapper]


def wrapper_text(compiler, header):
    # GCC takes a precompiled header only before everything else: what the flags force comes with it.
    forced = '#include <stddef.h>\n#include "openwdf_compiler.h"\n' if compiler == "gcc" else ""
    return f'{forced}#include "{header}"\n'

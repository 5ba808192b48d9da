# SPDX-License-Identifier: MIT
"""
What is rewritten in preprocessed text only when a compiler refuses it: its words say what and where. In C, definitions
that differ from their declarations, and enumerations whose name a number's type has already; in C++, variables that a goto passes by (fixups.Rewriter), literals where a PVOID is
wanted, specializations without `template<>`, and, with GCC, the offset of an array's element that only the run knows.
"""
import re

CONFLICT = re.compile(rb"conflicting types for ['\xe2\x80\x98]+(\w+)")
STATIC = re.compile(rb"static declaration of ['\xe2\x80\x98]+(\w+)")
# Clang says of what; GCC only that it is another.
RETYPED = re.compile(rb"^([^\n]*?):(\d+):\d+: error: (?:typedef redefinition with different types \('enum |redefinition of typedef )", re.M)
CROSSED = re.compile(rb"crosses initialization of [^\n]*?(\w+)(?: \[\d*\])*(?:'|\xe2\x80\x99)")
CROSSED_POINTER = re.compile(rb"crosses initialization of [^\n]*?\(\* ?(\w+)\)\([^\n]*(?:'|\xe2\x80\x99)")
SPECIALIZED = re.compile(rb"^([^\n]*?):(\d+):\d+: [^\n]*(?:template specialization requires|requires [^\n]*template<>)", re.M)
VARIABLE = re.compile(rb"error: [^\n]* is not (?:usable in )?a constant expression")
# Clang's two lines for a literal as a PVOID: where the call is, and why no function fits.
NO_MATCH = re.compile(rb"^([^\n]*?):(\d+):\d+: [^\n]*no matching [^\n]*\n", re.M)
LITERAL_TO_VOID = re.compile(rb"no known conversion from [^\n]*?'const (?:char|wchar_t|WCHAR|CHAR)\[\d+\]'[^\n]* to [^\n]*?'(?:void \*|P?VOID|LPVOID)'")
# The name that a definition gives; GCC has markers around what a macro stands for.
NAMED = re.compile(r"\}(?:\s|^#[^\n]*\n)*\b(\w+)\b(?:\s|^#[^\n]*\n)*;", re.M)
OFFSET = re.compile(r"__builtin_offsetof\s*\(")
MARKER_LINE = re.compile(r"^#[^\n]*\n", re.M)
LINES = re.compile(r"^#[^\n]*|\n", re.M)
ARGUMENT = re.compile(r"""(?:([(,])|^)(\s*)(L?"(?:[^"\\\n]|\\.)*"(?:\s*L?"(?:[^"\\\n]|\\.)*")*)(?=\s*(?:[,)]|$))""")


def mend(text, errors, cplusplus, rewriter):
    """
    The text without what the compiler refused and Microsoft's takes; errors: the compiler's words (bytes), without
    colours; rewriter: fixups.Rewriter for GCC, None for Clang.
    """
    if not cplusplus:
        for name in {n.decode() for n in STATIC.findall(errors)}:    # Declared without: then that is what it is.
            text = re.sub(r"\bstatic\b([^;{}()]*\b" + re.escape(name) + r"\s*\()", r"\1", text)
        text = named_already(text, places_of(RETYPED, errors))
        names = {n.decode() for n in CONFLICT.findall(errors)}
        return renamed(text, names) if names else text
    crossed = set() if rewriter is None else {n.decode() for n in CROSSED.findall(errors)}
    pointers = set() if rewriter is None else {n.decode() for n in CROSSED_POINTER.findall(errors)}
    crossed |= pointers | {"*" + name for name in pointers}
    if crossed:
        text = rewriter(cplusplus, True, crossed).rewrite(text)
    text = computed(text) if VARIABLE.search(errors) else text
    return specialized(cast_literals(text, literal_places(errors) if rewriter is None else set()), places_of(SPECIALIZED, errors))


def places_of(pattern, errors):
    return {(file.decode("utf-8", "surrogateescape"), int(line)) for file, line in pattern.findall(errors)}


def named_already(text, places):
    """
    `typedef enum { … } ULONG;`, which a macro may say (DEVICE_TYPE is one), without the name where it is refused: for
    Microsoft's compiler both are the same four bytes, and the name stays what it was.
    """
    if not places:
        return text
    offsets, at, edits = {}, 0, []
    for each, place in placed(text):
        if place in places:
            offsets[at] = at + len(each)
        at += len(each)
    for match in NAMED.finditer(text):
        begin = text.rfind("typedef", 0, match.start())
        if any(first <= match.start(1) < end for first, end in offsets.items()) and re.match(r"typedef\s+enum\b", text[begin:begin + 40]):
            edits += [(begin, begin + len("typedef")), match.span(1)]
    for begin, end in sorted(edits, reverse=True):
        text = text[:begin] + " " * (end - begin) + text[end:]
    return text


def computed(text):
    """The offsets of array elements that are no constants, computed as the difference of addresses."""
    result, at = [], 0
    for match in OFFSET.finditer(text):
        depth, end = 1, match.end()
        while depth and end < len(text):
            depth += (text[end] == "(") - (text[end] == ")")
            end += 1
        inside = MARKER_LINE.sub(" ", text[match.end():end - 1])
        kind, _, member = inside.partition(",")
        if re.search(r"\[\s*(?!\d+\s*\])", member):
            lines = "".join(m.group() if m.group().startswith("#") else "\n" for m in LINES.finditer(text, match.start(), end))
            result += [text[at:match.start()], f"((char *)&(({kind.strip()} *)4096)->{' '.join(member.split())} - (char *)4096)", lines]
            at = end
    return "".join([*result, text[at:]])


def literal_places(errors):
    """{(file, line)} of the calls that Clang refuses because a literal is no PVOID."""
    calls = list(NO_MATCH.finditer(errors))
    ends = [call.start() for call in calls[1:]] + [len(errors)]
    return {(call.group(1).decode("utf-8", "surrogateescape"), int(call.group(2)))
            for call, end in zip(calls, ends) if LITERAL_TO_VOID.search(errors, call.end(), end)}


def placed(text):
    """The lines of preprocessed text, each with its place (file, line); a marker has none."""
    file, line = "", 0
    for each in text.splitlines(keepends=True):
        marker = re.match(r'# (\d+) "((?:[^"\\]|\\.)*)"', each)
        if marker:
            file, line = marker.group(2).replace('\\"', '"').replace("\\\\", "\\"), int(marker.group(1))
            yield each, None
        else:
            yield each, (file, line)
            line += 1


def specialized(text, places):
    """Says template<> before the declarations whose names stand at these places."""
    lines = list(placed(text))
    for number, (each, place) in enumerate(lines):
        if place in places and place is not None:
            first = number
            while re.match(r"\s*[\w:]+\s*<", lines[first][0]) and lines[first - 1][1] and \
                    re.match(r"\s*[\w:][^;}]*$", lines[first - 1][0]):
                first -= 1      # The type has a line of its own.
            lines[first] = ("template<> " + lines[first][0], lines[first][1])
    return "".join(each for each, _ in lines)


def cast(match, line, before):
    """One literal; before: what the line follows."""
    opening, space, literal = match.groups()
    if opening is None and before not in "(," or line[:match.start()].rstrip().endswith("sizeof"):
        return match.group(0)
    return f"{opening or ''}{space}(({'wchar_t' if literal.startswith('L') else 'char'} *){literal})"


def cast_literals(text, places):
    """Casts the literals that are whole arguments of the statements that begin at these places."""
    result, left = [], None
    for each, place in placed(text):
        if place is None:
            result.append(each)
            continue
        left = "" if place in places else left
        if left is not None:
            before = left or ","
            each = ARGUMENT.sub(lambda m, line=each, first=before: cast(m, line, first), each)
            left = None if ";" in each else (each.strip() or left or ",")[-1]
        result.append(each)
    return "".join(result)


def renamed(text, names):
    """
    The text with other names for the definitions of these functions, which are not declared as they are defined.
    Callers see the declaration; a second symbol makes both one function.
    """
    between = r"(?:\s|^#[^\n]*\n)*"
    pattern = re.compile(r"\b(" + "|".join(map(re.escape, sorted(names)))
                         + r")(\s*\((?:[^(){};]|\((?:[^()]|\([^()]*\))*\))*\)" + between + r")\{", re.M)
    found = []

    def rename(match):
        found.append(match.group(1))
        return f"__attribute__((used)) owdf_other_{match.group(1)}{match.group(2)}{{"
    text = pattern.sub(rename, text)
    labels = []
    for name in found:
        static = re.search(r"\bstatic\b[^;{}]*\b" + re.escape(name) + r"\b\s*[;(]", text)
        labels.append(f'__asm__("{"" if static else f".globl {name};"}.set {name}, owdf_other_{name}");\n')
    return text + "\n" + "".join(labels)

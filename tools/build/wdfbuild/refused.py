# SPDX-License-Identifier: MIT
"""
What Microsoft's C++ compiler takes and this one has just refused, rewritten at the places that its messages name. On
preprocessed text, as in mends.py:

- a conditional with a value on one side and void on the other becomes void on both
- templates that name what there is not, or only later (GCC; Clang looks into them when somebody uses them)
- a constexpr that makes a pointer of a number is no constant (GCC)
"""
import os
import re

from .tokens import MARKER, TOKEN, Scopes

PLACE = re.compile(r"^(?P<file>[^\n:]+):(?P<line>\d+):(?P<column>\d+): error: (?P<what>[^\n]*)", re.M)
ONE_VOID = re.compile(r"(?:left|right) operand to \? is void, but|operand to the conditional operator is of type .void.")
UNDECLARED = re.compile(r"was not declared in this scope|has not been declared")
POINTER_OF_NUMBER = re.compile(r"reinterpret_cast.{1,3} from integer to pointer")


def mended(text, messages, clang):
    """The text with what the messages, without colours, are about rewritten; the same text when that is nothing we know."""
    places = {}
    for match in PLACE.finditer(messages):
        places.setdefault(match.group("what"), set()).add(
            (match.group("file"), int(match.group("line")), int(match.group("column"))))

    def where(pattern):
        return set().union(*(found for what, found in places.items() if pattern.search(what)))
    voids, undeclared = where(ONE_VOID), where(UNDECLARED)
    if voids:
        text = void_conditionals(text, voids, clang)
    pointers = where(POINTER_OF_NUMBER)
    if not clang and pointers and not voids:
        text = no_constants(text, pointers)
    elif not clang and undeclared and not voids:
        text = unread_templates(text, undeclared)
    return text


def edited(text, edits):
    """edits: (start, end, new), none within another."""
    result, at = [], 0
    for start, end, new in sorted(edits):
        result += [text[at:start], new]
        at = end
    return "".join(result) + text[at:]


class Lines:
    """Where each line of the sources lies in the text; one may be there several times."""

    def __init__(self, text):
        self.text = text
        self.starts = {}        # (file, line) -> offsets
        file, line, at = "", 1, 0
        for part in text.splitlines(keepends=True):
            marker = MARKER.match(part)
            if marker:
                file, line = re.sub(r"\\(.)", r"\1", marker.group(1)), int(part.split()[1])
            else:
                self.starts.setdefault((file, line), []).append(at)
                line += 1
            at += len(part)

    def offsets(self, places):
        for file, line, column in places:
            for start in self.starts.get((file, line), self.starts.get((os.path.normpath(file), line), [])):
                offset = start + column - 1
                # A line may be in pieces, each as far to the right as it was; GCC has macros so.
                if not self.text[start:offset + 1].count("\n") and not self.text[offset:offset + 1].isspace():
                    yield offset


def conditionals(text):
    """[question mark, colon, end] of each conditional expression, as offsets."""
    found, stack = [], []

    def finish(end):
        question = stack.pop()
        if question[1] is not None:
            found.append([question[0], question[1], end])
    for match in TOKEN.finditer(text):
        sign = match.group()
        if match.lastgroup != "sign":
            continue
        if sign in "([{":
            stack.append(sign)
        elif sign in ")]}":
            while stack and isinstance(stack[-1], list):
                finish(match.start())
            if stack:
                stack.pop()
        elif sign == ";":
            while stack and isinstance(stack[-1], list):
                finish(match.start())
        elif sign == ",":
            while stack and isinstance(stack[-1], list) and stack[-1][1] is not None:
                finish(match.start())
        elif sign == "?":
            stack.append([match.start(), None])
        elif sign == ":":
            depth = len(stack)
            while depth and isinstance(stack[depth - 1], list) and stack[depth - 1][1] is not None:
                depth -= 1
            if depth and isinstance(stack[depth - 1], list):
                while len(stack) > depth:
                    finish(match.start())
                stack[-1][1] = match.start()
    return found


def void_conditionals(text, places, clang):
    """Clang names the question mark; GCC a place within the operand that is not void."""
    wanted, all_found = set(), conditionals(text)
    marks = {question: (question, colon, end) for question, colon, end in all_found}
    for offset in Lines(text).offsets(places):
        if clang:
            if offset in marks:
                wanted.add(marks[offset])
            continue
        around = [c for c in marks.values() if c[0] < offset < c[2]]
        if around:
            wanted.add(max(around))
    edits = []
    for question, colon, end in wanted:
        edits += [(question + 1, question + 1, " (void)("), (colon, colon, ") "), (colon + 1, colon + 1, " (void)("),
                  (end, end, ")")]
    return edited(text, edits)


def no_constants(text, places):
    """Functions and variables with one of the places in them, without constexpr: an inline function, a const variable."""
    offsets, edits = sorted(set(Lines(text).offsets(places))), []
    for match in re.finditer(r"\bconstexpr\b", text):
        end, function = declared(text, match.end())
        if any(match.start() < offset < end for offset in offsets):
            edits.append((match.start(), match.end(), "inline" if function else "const"))
    return edited(text, edits)


def declared(text, start):
    """Where the declaration that is going on ends, and whether it is a function with its body."""
    depth, function, parameters = 0, False, False
    for match in TOKEN.finditer(text, start):
        sign = match.group()
        if match.lastgroup != "sign":
            continue
        parameters |= sign == "(" and not depth
        function |= sign == "{" and not depth and parameters
        if sign == "=" and not depth:
            parameters = False
        depth += (sign in "([{") - (sign in ")]}")
        if not depth and (sign == ";" or sign == "}" and function):
            return match.end(), function
    return len(text), function


def closing(text, opened):
    """The offset of the bracket that closes the one at an offset; None when there is none."""
    depth = 0
    for match in TOKEN.finditer(text, opened):
        if match.lastgroup == "sign":
            depth += (match.group() in "([{") - (match.group() in ")]}")
            if depth == 0:
                return match.start()
    return None


def without_markers(text):
    return " ".join(MARKER.sub("", text).split("\n")).strip()


MOVED = 'static_assert(true, "what follows stood further up");\n'
NEVER = "template <class...> struct owdf_never { enum { value = 0 }; };\n"
PARAMETER = re.compile(r"\btemplate\s*<\s*(?:typename|class)\s*(\.\.\.)?\s*(\w+)")


def unread_templates(text, places):
    """
    Templates with one of the places in their bodies are declared where they are and defined at the end, where a
    template is read on Windows: when somebody uses it. What is refused there too has a body that is refused when
    somebody uses it. The lines stay.
    """
    wanted = sorted(set(Lines(text).offsets(places)))
    moved = text.find(MOVED)
    moved = moved if moved >= 0 else len(text)
    scopes, stack, edits, last = Scopes(True), [], [], []
    begin = 0
    for match in TOKEN.finditer(text):
        if match.lastgroup in ("space", "mark_line"):
            continue
        if not scopes.declaration:
            begin = match.start()
        sign = match.group()
        if sign == "{":
            outer, declaration, template = scopes.function, scopes.bare(), "template" in scopes.declaration
            spaces = [name for kind, name in scopes.stack if kind == "space" and name]
            within = any(body.template for body in stack)
            scopes.token(sign)
            body = Body(match.start(), begin, spaces, within or template)
            body.whole = outer is None and scopes.function is not None
            body.movable = not within and "operator" not in declaration and not {":", "~"} & set(declaration)
            stack.append(body)
            continue
        scopes.token(sign)
        if sign == "}" and stack:
            body, end = stack.pop(), match.end()
            if body.template and body.whole and any(body.start < offset < end for offset in wanted):
                if body.begin < moved and body.movable:
                    edits.append((body.start, end, ";" + lines_of(text[body.start:end])))
                    last.append(body.definition(text, end))
                    continue
                heads = [without_markers(text[b.begin:b.start]) for b in [body, *reversed(stack)]]
                found = next((m for m in map(PARAMETER.search, heads) if m), None)
                if found:
                    name = found.group(2) + (found.group(1) or "")
                    edits.append((body.start, end, f'{{ static_assert(owdf_never<{name}>::value, "names what is not declared"); }}'
                                  + lines_of(text[body.start:end])))
    new = edited(text, edits) + (MOVED if last and moved == len(text) else "") + "".join(last)
    return new if "owdf_never" not in new or NEVER in new else NEVER + new


def lines_of(text):
    """Only the line breaks and markers."""
    first, *lines = text.split("\n")
    _ = first
    return "".join("\n" + (line if MARKER.match(line + "\n") else "") for line in lines)


class Body:
    """A pair of braces that is being read."""

    def __init__(self, start, begin, spaces, template):
        self.start, self.begin, self.spaces, self.template = start, begin, spaces, template
        self.whole = self.movable = False

    def definition(self, text, end):
        """The function as it is written outside of its class, with its place in the sources."""
        head = without_markers(text[self.begin:self.start])
        head = re.sub(r"^(?:(?:public|private|protected)\s*:\s*)+", "", head)
        head = re.sub(r"\b(?:virtual|explicit|friend|inline)\b|(?<![<,(])\bstatic\b" if self.spaces else r"\binline\b", "", head)
        opened = parameters(head)
        if opened is None:
            return ""
        name = re.search(r"\w+\s*$", head[:opened])
        close = closing(head, opened)
        head = (head[:name.start()] + "".join(space + "::" for space in self.spaces) + head[name.start():opened]
                + without_defaults(head[opened:close + 1]) + head[close + 1:])
        before = list(MARKER.finditer(text, 0, self.start))
        if not before:
            return head + text[self.start:end] + "\n"
        line = int(before[-1].group().split()[1]) + text.count("\n", before[-1].end(), self.start)
        return f'# {line} "{before[-1].group(1)}"\n' + head + text[self.start:end] + "\n"


def parameters(head):
    """Where a function's parameters begin: after the template's own."""
    depth = 0
    for match in TOKEN.finditer(head):
        sign = match.group()
        depth += (sign == "<") - (sign == ">")
        if sign == "(" and depth == 0 and re.search(r"\w\s*$", head[:match.start()]):
            return match.start()
    return None


def without_defaults(text):
    """A list of parameters without `= value`."""
    result, depth, skip = "", 0, False
    for match in TOKEN.finditer(text):
        sign = match.group()
        if depth == 1 and sign == "=":
            skip = True
        if depth == 1 and sign in (",", ")"):
            skip = False
        depth += (sign in ("(", "[", "{")) - (sign in (")", "]", "}"))
        if not skip:
            result += sign
    return result

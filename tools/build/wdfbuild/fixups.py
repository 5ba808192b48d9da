# SPDX-License-Identifier: MIT
"""
What Microsoft's compiler understands and neither Clang nor GCC does, rewritten in preprocessed text: there every
macro is expanded, and the line markers keep each place's own file and line. Only the project's own lines are
touched, never those of system headers. Rewritten are

- `__FUNCTION__` to a literal, because it may stand between string literals; also `L__FUNCTION__`, `__FUNCTIONW__`
  and `__FUNCSIG__`
- a comma before a closing parenthesis, which an empty __VA_ARGS__ leaves behind (includes.py also mends it)
- `long`, which has 32 bits on Windows and 64 here; `long long` to our 64-bit type
- the suffixes i64 and ui64, and their like
- the address of a cast, `&((T)(x))`, in C
- in C, a function's definition whose parameters differ from its declaration's, or that is static where that is not:
  when the compiler refuses it
- `L` before a literal, which `L#x` in a macro leaves
- a statement `return x` before a brace without its semicolon, in templates that nobody uses, for GCC
- a literal that is an argument where a PVOID is wanted, in C++, when Clang refuses it; a specialization of a template's
  member without `template<>`, when the compiler refuses it
- `__super` to the first base class, `enum x : type` in C, `enum x;` in C++, and C++ variables with an initial value that a goto passes
  by and GCC refuses, for GCC
- `= NULL` of a virtual function to `= 0`; arrays of unsigned short that wide literals fill to arrays of wchar_t: the
  kits compile C++ with a wchar_t that is no type of its own

Doing it twice changes nothing.
"""
import os
import re
import subprocess
import sys

from . import mends, refused
from .tokens import MARKER, TOKEN, Scopes

SUFFIX = re.compile(r"^(0[xX][0-9a-fA-F]+|\d+)([uU]?)[iI](8|16|32|64)$")

# What a source or a header of the project may hold that asks for the rewriting; looked for in the text as it is. What a
# compiler refuses is not here: then the source comes here anyway (plan.py's rules).
NEEDS = re.compile(
    rb"__FUNCTIONW__|__FUNCSIG__|\"[ \t]*__FUNCTION__|__FUNCTION__\s*(?:\\\r?\n\s*)?[\"A-Za-z_]"
    rb"|[A-Za-z_0-9][ \t]+__FUNCTION__\b|#[ \t]*define[ \t]+\w+[ \t]+(?:\([ \t]*)?__FUNCTION__"
    rb"|\b\d\w*[iI](?:8|16|32|64)\b"
    rb"|\bvirtual\b[^;{}]*=\s*NULL\s*;|\bunsigned\s+short\s+\w+\s*\[\w*\]\s*=\s*L\""
    rb"|\b__super\b|\benum\s+\w*\s*:|^[ \t]*enum[ \t]+\w+[ \t]*;|\bL\s*#\s*\w", re.M)
# What asks for another definition on the command line: a main that the standard does not know, in C++; short words of
# annotation, which a user-mode C++ source gets only when it uses them.
ANY_MAIN = re.compile(rb"\b(?:void|VOID)\s+(?:_{1,2}cdecl\s+)?main\s*\(|\bmain\s*\(\s*(?:_[_A-Z]\w+\s+)?(?:U?LONG|DWORD|UINT|unsigned)\b")
SHORT_WORDS = re.compile(rb"\b__(?:in|out|inout)\b")
WIDENS = re.compile(rb"\bL\s*##\s*\w")
# How often a refused text is mended and tried again.
ROUNDS_MOST = 8

COLOURS = re.compile(rb"\x1b\[[\d;]*[mK]")
COMMENT = re.compile(rb'//(?:\\\r?\n|[^\n])*|/\*.*?\*/|"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)*\'', re.S)
LONG = re.compile(rb"\blong\b")

SCALARS = {"bool", "char", "short", "int", "long", "float", "double", "unsigned", "signed", "size_t", "wchar_t", "volatile",
           "const", "auto", "__owdf_int64"}
NO_TYPES = {"return", "delete", "throw", "goto", "case", "else", "typedef", "using", "extern", "static", "operator"}
WORDS_OF_LONG = {"unsigned", "signed", "long", "int", "const", "volatile", "short", "double", "char", "__owdf_int64"}
# The highest value of a type that is not as wide as int, as an enumeration's type is spelled.
ENUM_MOST = {name: most for most, names in (
    ("0x7f", "char|CHAR|INT8|__int8|int8_t"), ("0xff", "unsigned char|UCHAR|UINT8|BYTE|BOOLEAN|unsigned __int8|uint8_t"),
    ("0x7fff", "short|SHORT|INT16|__int16|int16_t"), ("0xffff", "unsigned short|USHORT|UINT16|WORD|WCHAR|unsigned __int16|uint16_t"),
    ("0x7fffffffffffffffL", "long long|LONGLONG|LONG64|INT64|__owdf_int64|int64_t"),
    ("0xffffffffffffffffUL", "unsigned long long|ULONGLONG|ULONG64|UINT64|unsigned __owdf_int64|uint64_t"),
) for name in names.split("|")}


def needs(data, longs=()):
    """
    What a file's text (bytes) holds that may need rewriting: "x", or "w" and "f", which matter together. "m" and "s" need
    a definition each: ANY_MAIN, SHORT_WORDS. longs: long_lines(data).
    """
    found = ("m" if ANY_MAIN.search(data) else "") + ("s" if SHORT_WORDS.search(data) else "")
    if longs or NEEDS.search(data):
        return found + "x"
    return found + ("w" if WIDENS.search(data) else "") + ("f" if b"__FUNCTION__" in data else "")


def needed(found):
    """Whether a source needs it, by what its own text and its headers' hold."""
    return "x" in found or "w" in found and "f" in found


def long_lines(data):
    """The lines of a file (bytes) where `long` means the type that has another width here."""
    if not LONG.search(data):
        return []
    bare = COMMENT.sub(lambda m: b" " + b"\n" * m.group().count(b"\n"), data)
    lines = []
    for number, line in enumerate(bare.split(b"\n"), 1):
        rest = re.sub(rb"\blong\s+long\b|\blong\s+double\b", b"", line)
        if LONG.search(rest) and not re.match(rb"\s*#\s*(pragma|error|warning|include)", rest):
            lines.append(number)
    return lines


class Rewriter:
    """One translation unit."""

    def __init__(self, cplusplus, gcc, crossed=()):
        """crossed: names of variables that the compiler said a goto passes by; with a * before it, one of a pointer."""
        self.cplusplus = cplusplus
        self.gcc = gcc
        self.crossed = crossed
        self.scopes = Scopes(cplusplus)
        self.widths = 0     # of enumerations, so far
        self.forwards = set()   # names of enumerations declared before they are defined

    def rewrite(self, text):
        """The text, rewritten."""
        result, at, own = [], 0, True
        files = {}
        for marker in MARKER.finditer(text):
            # 3: a system header; GCC also says so of a system header's macro that is used in a file of the project, so
            # the first time a file is named counts. Built-in definitions come from files in angle brackets.
            mine = files.setdefault(marker.group(1), "3" not in marker.group(2).split() and not marker.group(1).startswith("<"))
            if mine != own:
                result.append(self.part(text[at:marker.start()], own))
                at, own = marker.start(), mine
        result.append(self.part(text[at:], own))
        return "".join(result)

    def declarations(self, tokens, real):
        """
        `type name = value;` to `type name; name = value;` in functions with a goto: then it may pass by. Only what
        the compiler named, and of it only pointers and types in capitals or of the language, which need no constructor.
        """
        depth, begin, labelled = 0, None, False
        for place in range(len(real)):
            text = self.at(tokens, real, place)
            if text == "{":
                if depth == 0:
                    begin, labelled = place, False
                depth += 1
            elif text == "}":
                depth -= 1
                if depth == 0 and labelled:
                    self.split(tokens, real, begin, place)
            elif text in ("namespace", "extern", "class", "struct") and depth == 1:
                pass
            elif text == "goto":
                labelled = True

    def split(self, tokens, real, begin, end):
        """The declarations of one function's body."""
        place, parens = begin, 0
        while place < end:
            text = self.at(tokens, real, place)
            parens += (text == "(") - (text == ")")
            if parens == 0 and text in ("{", "}", ";") and self.simple(tokens, real, place + 1, end):
                place = self.split_one(tokens, real, place + 1, end)
            elif parens == 0 and text in ("{", "}", ";"):
                place = self.split_list(tokens, real, place + 1, end) or place
            place += 1

    def split_list(self, tokens, real, start, end):
        """
        `TYPE name[] = { … };` and `TYPE name = { … };`: a variable without a value, and then the value. Returns the place
        of what is done, or None.
        """
        name = start + 1
        if not re.match(r"^[A-Z][A-Z0-9_]*$", self.at(tokens, real, start)) or self.at(tokens, real, name) not in self.crossed:
            return None
        equals = name + 1
        while self.at(tokens, real, equals) not in ("=", ";", "{", "(", ",", "") and equals < end:
            equals += 1
        if self.at(tokens, real, equals) != "=" or self.at(tokens, real, equals + 1) != "{":
            return None
        stop, depth = equals + 1, 0
        while stop < end:
            depth += (self.at(tokens, real, stop) == "{") - (self.at(tokens, real, stop) == "}")
            stop += 1
            if depth == 0:
                break
        if self.at(tokens, real, stop) != ";":
            return None
        kind, variable = self.at(tokens, real, start), self.at(tokens, real, name)
        if equals == name + 1:
            tokens[real[equals]][1] = f"; {variable} = {kind}"
            return equals
        value = "".join(t[1] for t in tokens[real[equals + 1]:real[stop - 1] + 1] if t[0] != "mark_line")
        for i in range(real[start], real[stop - 1] + 1):
            tokens[i][1] = "\n" * tokens[i][1].count("\n") if tokens[i][0] == "space" else ""
        tokens[real[start]][1] = (f"__typeof__(({kind}[]){value}) {variable}; [&](const decltype({variable}) &owdf_value) "
                                  f"{{ __builtin_memcpy((void *)&{variable}, &owdf_value, sizeof({variable})); }}(({kind}[]){value})")
        tokens[real[start]][1] = re.sub(r"\s*\n\s*", " ", tokens[real[start]][1])
        return stop

    def split_one(self, tokens, real, start, end):
        equals = next(i for i in range(start, end) if self.at(tokens, real, i) == "=")
        stop, parens = equals + 1, 0
        while parens or self.at(tokens, real, stop) != ";":
            text = self.at(tokens, real, stop)
            parens += (text == "(") - (text == ")")
            stop += 1
        words = [self.at(tokens, real, i) for i in range(start, equals)]
        if stop == equals + 2 and tokens[real[equals + 1]][0] == "number" and words[0] == "const":
            tokens[real[start]][1] = "static const"     # It stays a constant, and its life does not begin here.
            return equals
        if "auto" in words:
            # Without the reference and const that the value may have; numbers and pointers only.
            value = " ".join(self.at(tokens, real, i) for i in range(equals + 1, stop))
            for i in range(start, equals - 1):
                tokens[real[i]][1] = ""
            tokens[real[start]][1] = f"decltype(+({value}))"
        elif words[-2] == "const":
            tokens[real[equals - 2]][1] = ""
        elif words[0] == "const" and "*" not in words:
            tokens[real[start]][1] = ""
        tokens[real[equals]][1] = f"; {words[-1]} ="
        return equals

    def simple(self, tokens, real, place, end):
        """Whether a statement declares one variable that needs no constructor, with a value that is no list."""
        words, start = [], place
        while place < end and (self.is_name(tokens, real, place) or self.at(tokens, real, place) == "*"):
            words.append(self.at(tokens, real, place))
            place += 1
        if len(words) < 2 or self.at(tokens, real, place) != "=" or self.at(tokens, real, place + 1) == "{":
            return False
        if not self.is_name(tokens, real, place - 1) or not self.is_name(tokens, real, start):
            return False
        kind = words[:-1]
        if words[-1] not in self.crossed or kind[0] in NO_TYPES or "static" in kind or "constexpr" in kind:
            return False
        if "*" not in kind and "*" + words[-1] not in self.crossed and not all(w in SCALARS or re.match(r"^[A-Z][A-Z0-9_]*$", w) for w in kind):
            return False
        parens = 0
        for i in range(place, end):     # One variable: no comma outside of parentheses before the semicolon.
            text = self.at(tokens, real, i)
            parens += (text in "([{") - (text in ")]}") if text else 0
            if parens == 0 and text == ",":
                return False
            if parens == 0 and text == ";":
                return True
        return False

    def part(self, text, own):
        if not own or not text.strip():
            return text.replace("__owdf_int64", "long") if not own else text
        tokens = [[m.lastgroup if m.lastgroup != "mark" else "raw", m.group()] for m in TOKEN.finditer(text)]
        real = [i for i, t in enumerate(tokens) if t[0] not in ("space", "mark_line")]
        if self.crossed:
            self.declarations(tokens, real)
        if self.gcc and self.cplusplus:
            self.returns(tokens, real)
        place = 0
        while place < len(real):
            place += self.token(tokens, real, place)
        return "".join(t[1] for t in tokens)

    def returns(self, tokens, real):
        """Ends a return statement that its block's closing brace ends."""
        depth, pending = 0, None
        for place in range(len(real)):
            text = self.at(tokens, real, place)
            if text == "return":
                pending = depth
            elif text == ";" and pending == depth:
                pending = None
            elif text == "{":
                depth += 1
            elif text == "}":
                if pending == depth:
                    tokens[real[place - 1]][1] += ";"
                    pending = None
                depth -= 1

    def token(self, tokens, real, place):
        """Looks at one significant token; returns how many are done."""
        kind, text = token = tokens[real[place]]
        if kind == "name":
            if text in ("__FUNCTION__", "__FUNCSIG__", "__FUNCTIONW__", "L__FUNCTION__", "L__FUNCSIG__"):
                self.function(tokens, real, place)
            elif text == "L" and self.at(tokens, real, place + 1).startswith('"'):
                token[1] = ""
                tokens[real[place + 1]] = ["text", "L" + self.at(tokens, real, place + 1)]
                for i in range(real[place] + 1, real[place + 1]):
                    tokens[i][1] = ""
            elif text in WORDS_OF_LONG:
                return self.long(tokens, real, place)
            elif text == "__super" and self.gcc:
                self.super(token)
            elif text == "enum" and self.gcc:
                if self.cplusplus:
                    self.forward_enumeration(tokens, real, place)
                else:
                    self.enumeration(tokens, real, place)
        elif kind == "number":
            token[1] = SUFFIX.sub(lambda m: m.group(1) + m.group(2) + ("L" if m.group(3) == "64" else ""), text)
        elif text == "," and self.at(tokens, real, place + 1) == ")":
            token[1] = ""
        elif text == "&" and not self.cplusplus:
            self.address(tokens, real, place)
        elif text == "=" and self.cplusplus and "virtual" in self.scopes.declaration and self.scopes.function is None:
            if self.at(tokens, real, place + 1) in ("__null", "NULL") and self.at(tokens, real, place + 2) == ";":
                tokens[real[place + 1]][1] = "0"
        if tokens[real[place]][1]:
            self.scopes.token(tokens[real[place]][1])
        return 1

    def wide_array(self, tokens, real, place):
        """Whether `name[] = L"…"` is there."""
        after = place + (3 if self.at(tokens, real, place + 2) == "]" else 4)
        return self.at(tokens, real, place + 1) == "[" and self.at(tokens, real, after - 1) == "]" and \
            self.at(tokens, real, after) == "=" and self.at(tokens, real, after + 1).startswith('L"')

    @staticmethod
    def at(tokens, real, place):
        return tokens[real[place]][1] if 0 <= place < len(real) else ""

    @staticmethod
    def is_name(tokens, real, place):
        return 0 <= place < len(real) and tokens[real[place]][0] == "name"

    def function(self, tokens, real, place):
        token = tokens[real[place]]
        name = self.scopes.function
        if name is None:
            if token[1] == "__FUNCTION__":
                return          # Outside of a function the compiler says what it thinks of it.
            name = ""
        near = [self.at(tokens, real, place - 1), self.at(tokens, real, place + 1)]
        wide = token[1] in ("__FUNCTIONW__", "L__FUNCTION__", "L__FUNCSIG__") or any(t.startswith('L"') for t in near)
        literal = ("L" if wide else "") + f'"{name}"'
        if self.cplusplus and not wide and near[0] in ("(", ",") and near[1] in (")", ",") and \
                self.at(tokens, real, place - 2) != "sizeof":
            literal = f"((char *){literal})"    # An argument: Microsoft's C++ takes it for a PVOID too.
        token[:] = ["text", literal]

    def long(self, tokens, real, place):
        end = place
        while self.at(tokens, real, end) in WORDS_OF_LONG:
            end += 1
        run = [tokens[real[i]] for i in range(place, end)]
        words = [t[1] for t in run]
        count = words.count("long")
        if "__owdf_int64" in words or count == 2:
            first = True
            for token in run:
                if token[1] in ("long", "__owdf_int64", "int"):
                    token[1] = "long" if first else ""
                    first = False
        elif count == 1 and "double" not in words:
            for token in run:
                if token[1] == "int":
                    token[1] = ""
                elif token[1] == "long":
                    token[1] = "int"
        elif self.cplusplus and "short" in words and "unsigned" in words and self.wide_array(tokens, real, end):
            for token in run:
                if token[1] in ("short", "unsigned"):
                    token[1] = {"short": "", "unsigned": "wchar_t"}[token[1]]
        for token in run:
            if token[1]:
                self.scopes.token(token[1])
        return end - place

    def super(self, token):
        name = self.scopes.function or ""
        for part in reversed(name.split("::")[:-1]):
            if part in self.scopes.bases:
                token[1] = self.scopes.bases[part]
                return

    def enumeration(self, tokens, real, place):
        """
        `enum x : type {` in C. Where the type is not as wide as int, the enumeration becomes the narrowest type for its
        values, and a first value of ours needs just that width.
        """
        at = place + 1
        if self.is_name(tokens, real, at):
            at += 1
        if self.at(tokens, real, at) != ":":
            return
        words = []
        while self.at(tokens, real, at) not in ("{", ";", ""):
            words.append(self.at(tokens, real, at))
            tokens[real[at]][1] = ""
            at += 1
        most = ENUM_MOST.get(" ".join(w for w in words[1:] if w not in ("signed", "int") or len(words) == 2))
        if most is None or self.at(tokens, real, at) != "{" or not self.is_name(tokens, real, at + 1):
            return
        self.widths += 1
        tokens[real[place]][1] = "enum __attribute__((packed))"
        tokens[real[at]][1] = f"{{ owdf_width_{self.widths} = {most},"
        if self.at(tokens, real, at + 2) != "=":
            tokens[real[at + 1]][1] += " = 0"

    def forward_enumeration(self, tokens, real, place):
        """`enum x;` in C++: Microsoft's compiler takes it for one of int."""
        name, after = self.at(tokens, real, place + 1), self.at(tokens, real, place + 2)
        if not self.is_name(tokens, real, place + 1) or after not in (";", "{") or after == "{" and name not in self.forwards:
            return
        self.forwards.add(name)
        tokens[real[place + 1]][1] += " : int"

    def address(self, tokens, real, place):
        """&((T)(x)) and &((T)x): Microsoft's C takes a cast for an lvalue."""
        if self.at(tokens, real, place - 1) not in ("(", ",", "=", "return", ";", "{", "}", "?", ":"):
            return
        if self.at(tokens, real, place + 1) != "(" or self.at(tokens, real, place + 2) != "(":
            return
        at = place + 3
        while self.is_name(tokens, real, at) or self.at(tokens, real, at) == "*":
            at += 1
        if at == place + 3 or self.at(tokens, real, at) != ")":
            return
        close = at
        if self.at(tokens, real, at + 1) == "(" and self.is_name(tokens, real, at + 2) and \
                self.at(tokens, real, at + 3) == ")" and self.at(tokens, real, at + 4) == ")":
            at += 5
        elif self.is_name(tokens, real, at + 1) and self.at(tokens, real, at + 2) == ")":
            at += 3
        else:
            return
        if self.at(tokens, real, at) in ("->", ".", "[", "("):
            return              # The address of a member, then.
        # &((T)(x)) becomes  ((T *)&(x)).
        tokens[real[place]][1] = ""
        tokens[real[close]][1] = "*)&"


def main(arguments):
    """fixups clang|gcc COMPILER FLAGS… -MF DEPFILE -c SOURCE -o OBJECT: preprocess, rewrite, compile."""
    return compile_rewritten(arguments[0] == "clang", arguments[1:])


def language(flags, source):
    for number, flag in enumerate(flags):
        if flag == "-x":
            return flags[number + 1]
    return "c" if source.endswith(".c") or source.endswith(".C") else "c++"


def compile_rewritten(clang, arguments):
    """Runs the compiler in two steps, with the rewriting in between; returns its exit status."""
    flags, source, target = list(arguments), None, None
    for option in ("-c", "-o"):
        at = flags.index(option)
        value = flags[at + 1]
        del flags[at:at + 2]
        if option == "-c":
            source = value
        else:
            target = value
    kind = language(flags, source)
    words = next(i for i, flag in enumerate(flags) if flag.startswith("-"))
    command, rest = flags[:words], flags[words:]
    cplusplus = kind != "c"
    depends = ["-MT", target] if "-MD" in rest else []
    first = subprocess.run([*command, *rest, "-DOPENWDF_FIXUPS=1", "-E", *depends, source], stdout=subprocess.PIPE,
                           check=False)
    if first.returncode != 0:
        return first.returncode
    text = Rewriter(cplusplus, not clang).rewrite(first.stdout.decode("utf-8", "surrogateescape"))
    rewritten, between = text, target + ".i"
    second = without_preprocessor(rest)
    second += ["-Qunused-arguments"] if clang else ["-fpreprocessed"]
    second = [*command, *second, "-x", "c++-cpp-output" if cplusplus else "cpp-output", "-c", between, "-o", target]
    for _ in range(ROUNDS_MOST):
        with open(between, "wb") as file:
            file.write(text.encode("utf-8", "surrogateescape"))
        done = subprocess.run(second, stderr=subprocess.PIPE, check=False)
        mended = text
        if done.returncode != 0:
            said = COLOURS.sub(b"", done.stderr)
            mended = mends.mend(text, said, cplusplus, None if clang else Rewriter)
            # Places are those of the text that was compiled.
            if mended == text and cplusplus:
                mended = refused.mended(text, said.decode("utf-8", "surrogateescape"), clang)
        if mended == text:
            break
        text = mended
    said = os.environ.get("OPENWDF_SAID", "")
    if done.returncode != 0 and said and text == rewritten:
        with open(said, "rb") as file:      # Nothing mended: what was said of the text as it is serves better.
            sys.stderr.buffer.write(file.read())
    else:
        sys.stderr.buffer.write(done.stderr)
    if done.returncode == 0:
        os.unlink(between)
    return done.returncode


def without_preprocessor(flags):
    """The flags that still mean something to preprocessed text."""
    result, skip = [], False
    for flag in flags:
        if skip:
            skip = False
        elif flag in ("-D", "-U", "-I", "-include", "-isystem", "-iquote", "-idirafter", "-MF", "-MT", "-MQ", "-x"):
            skip = True
        elif not flag.startswith(("-D", "-U", "-I", "-isystem", "-iquote", "-idirafter", "-M")):
            result.append(flag)
    return result


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

# SPDX-License-Identifier: MIT
"""The tokens of preprocessed C and C++, and the functions and classes that they are in."""
import re

TOKEN = re.compile(r"""
    (?P<space>[ \t\r\n\f\v]+)
  | (?P<raw>(?:u8|[uUL])?R"(?P<mark>[^ ()\\\t\r\n]*)\(.*?\)(?P=mark)")
  | (?P<text>(?:u8|[uUL])?"(?:[^"\\\n]|\\.)*")
  | (?P<char>[uUL]?'(?:[^'\\\n]|\\.)*')
  | (?P<name>[A-Za-z_$][\w$]*)
  | (?P<number>\.?\d(?:[eEpP][+-]|[\w.'])*)
  | (?P<mark_line>^\#[^\n]*)
  | (?P<sign>::|->|&&|\|\||.)
""", re.X | re.M | re.S)
MARKER = re.compile(r'^# \d+ "((?:[^"\\]|\\.)*)"([ \d]*)\n', re.M)

CLASS_KEYS = {"class", "struct", "union"}
ATTRIBUTES = {"__attribute__", "__declspec", "alignas", "_Alignas", "__asm__", "asm", "noexcept", "throw", "decltype"}


class Scopes:
    """Follows braces, to know the function that a token is in."""

    def __init__(self, cplusplus):
        self.cplusplus = cplusplus
        self.stack = []         # [kind, name]: "space" (namespace, class, extern "C"), "function", "block", "keep"
        self.declaration = []   # significant tokens since the last declaration ended
        self.function = None
        self.bases = {}         # class -> its first base

    def token(self, text):
        if text == "{":
            self.open()
        elif text == "}":
            self.close()
        elif self.function is None:
            if text == ";" and not self.parentheses():
                self.declaration = []
            else:
                self.declaration.append(text)

    def parentheses(self):
        return self.declaration.count("(") - self.declaration.count(")")

    def open(self):
        if self.function is not None:
            self.stack.append(["block", None])
            return
        kind, name = self.classify()
        self.stack.append([kind, name])
        if kind == "function":
            spaces = [n for k, n in self.stack[:-1] if k == "space" and n]
            self.function = "::".join(spaces + [name])
        if kind != "keep":
            self.declaration = []

    def close(self):
        if not self.stack:
            return
        kind, _ = self.stack.pop()
        if kind == "function":
            self.function = None
        if self.function is None and kind != "keep":
            # `struct x { … } f(void) {` is a function too; its name needs only what follows.
            self.declaration = []

    def classify(self):
        words = self.bare()
        if not words:
            return "block", None
        if "namespace" in words[:2]:
            return "space", "".join(w for w in words[words.index("namespace") + 1:] if w != "inline")
        if words[0] == "extern" and words[-1].startswith('"'):
            return "space", ""
        opened = next((i for i, w in enumerate(words) if w == "(" and i), None)
        if opened is not None and "=" not in words[:opened] or opened is not None and "operator" in words[:opened]:
            end = self.closing(words, opened)
            if words[opened - 1] == "operator" and end + 1 < len(words) and words[end + 1] == "(":
                opened, end = end + 1, self.closing(words, end + 1)
            if ":" in words[end:] and self.cplusplus and words[-1] not in (")", "}"):
                return "keep", None     # A member's braces in a constructor's list.
            name = self.name_before(words, opened)
            if name:
                return "function", name
        key = next((i for i, w in enumerate(words) if w in CLASS_KEYS), None)
        if key is not None and "enum" not in words:
            end = words.index(":") if ":" in words else len(words)
            names = [w for w in words[key + 1:end] if re.match(r"[A-Za-z_]", w) and w != "final"]
            name = names[-1] if names else ""
            bases = [w for w in words[end:] if re.match(r"[A-Za-z_]", w)
                     and w not in ("public", "private", "protected", "virtual")]
            if bases:
                self.bases[name] = bases[0]
            return "space", name
        return "block", None

    def bare(self):
        """The declaration without attributes and template parameters."""
        words, result, i = self.declaration, [], 0
        while i < len(words):
            if words[i] in ATTRIBUTES and i + 1 < len(words) and words[i + 1] == "(":
                i = self.closing(words, i + 1) + 1
            elif words[i] == "template" and i + 1 < len(words) and words[i + 1] == "<":
                depth, i = 0, i + 1
                while i < len(words):
                    depth += (words[i] == "<") - (words[i] == ">")
                    i += 1
                    if depth == 0:
                        break
            elif words[i] in ("public", "private", "protected") and i + 1 < len(words) and words[i + 1] == ":":
                result, i = [], i + 2
            else:
                result.append(words[i])
                i += 1
        return result

    @staticmethod
    def closing(words, opened):
        depth = 0
        for i in range(opened, len(words)):
            depth += (words[i] == "(") - (words[i] == ")")
            if depth == 0:
                return i
        return len(words) - 1

    @staticmethod
    def name_before(words, opened):
        start = opened
        if "operator" in words[:opened]:
            start = words.index("operator")
            name = "operator" + "".join(words[start + 1:opened])
        elif re.match(r"[A-Za-z_$]", words[opened - 1]):
            start = opened - 1
            name = words[start]
            if start and words[start - 1] == "~":
                start, name = start - 1, "~" + name
        else:
            return None
        while start >= 2 and words[start - 1] == "::" and re.match(r"[A-Za-z_]", words[start - 2]):
            start -= 2
            name = words[start] + "::" + name
        return name

# SPDX-License-Identifier: MIT
"""
Project files as a tree of elements that know their line. expat does the parsing. A document type is refused:
no project needs one, and entities are how a hostile file makes a parser eat the machine.
"""
import os
import xml.parsers.expat

from .report import Refusal

DEPTH_MOST = 200
SIZE_MOST = 32 << 20


class Element:
    __slots__ = ("tag", "attributes", "children", "text", "line", "file")

    def __init__(self, tag, attributes, line, file):
        self.tag = tag
        self.attributes = attributes
        self.children = []
        self.text = ""
        self.line = line
        self.file = file

    @property
    def place(self):
        return f"{self.file}:{self.line}"

    def get(self, name, default=""):
        return self.attributes.get(name, default)

    def walk(self):
        yield self
        for child in self.children:
            yield from child.walk()


def parse(path, shown=None):
    """The root element of an XML file."""
    shown = shown or path
    try:
        if os.path.getsize(path) > SIZE_MOST:
            raise Refusal(f"{shown}: larger than {SIZE_MOST >> 20} MiB; not a project file")
        with open(path, "rb") as file:
            data = file.read()
    except OSError as error:
        raise Refusal(f"{shown}: {error.strerror}") from None
    return parse_bytes(data, shown)


def parse_bytes(data, shown):
    parser = xml.parsers.expat.ParserCreate(namespace_separator="}")
    parser.buffer_text = True
    stack, roots = [], []

    def start(tag, attributes):
        element = Element(tag.rpartition("}")[2], {k.rpartition("}")[2]: v for k, v in attributes.items()},
                          parser.CurrentLineNumber, shown)
        if len(stack) >= DEPTH_MOST:
            raise Refusal(f"{element.place}: elements more than {DEPTH_MOST} deep")
        (stack[-1].children if stack else roots).append(element)
        stack.append(element)

    def end(_tag):
        stack.pop()

    def text(data):
        if stack:
            stack[-1].text += data

    def doctype(*_):
        raise Refusal(f"{shown}:{parser.CurrentLineNumber}: a document type (DOCTYPE) has no place in a project file")

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = text
    parser.StartDoctypeDeclHandler = doctype
    try:
        parser.Parse(data, True)
    except xml.parsers.expat.ExpatError as error:
        reason = xml.parsers.expat.ErrorString(error.code)
        raise Refusal(f"{shown}:{error.lineno}: broken XML: {reason}") from None
    except (LookupError, ValueError) as error:
        raise Refusal(f"{shown}: broken XML: {error}") from None
    return roots[0]

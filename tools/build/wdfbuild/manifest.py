# SPDX-License-Identifier: MIT
"""
Instrumentation manifests (.man): makes the header with the provider's GUID, the events' descriptors and, for each
event, the documented macros EventWriteSYMBOL and EventEnabledSYMBOL, which call the system's event functions.
"""
import os
import re

from .paths import display, write_if_changed
from .report import Refusal
from .xmltree import parse

LEVELS = {"win:logalways": 0, "win:critical": 1, "win:error": 2, "win:warning": 3, "win:informational": 4, "win:verbose": 5}
OPCODES = {"win:info": 0, "win:start": 1, "win:stop": 2, "win:dc_start": 3, "win:dc_stop": 4, "win:extension": 5,
           "win:reply": 6, "win:resume": 7, "win:suspend": 8, "win:send": 9, "win:receive": 240}
CHANNELS = {"tracelogging": 11, "tracechannel": 0, "system": 8, "application": 9, "security": 10}

# How a field comes in: (C type of the parameter, address of its data, its size). {n} is the parameter's name.
VALUE = ("&{n}", "sizeof({n})")
TYPES = {
    "unicodestring": ("const WCHAR *", "({n} != 0 ? {n} : L\"\")", "(ULONG)owdf_event_wide({n})"),
    "ansistring": ("const char *", "({n} != 0 ? {n} : \"\")", "(ULONG)owdf_event_narrow({n})"),
    "int8": ("signed char",) + VALUE, "uint8": ("unsigned char",) + VALUE, "int16": ("short",) + VALUE,
    "uint16": ("unsigned short",) + VALUE, "int32": ("int",) + VALUE, "uint32": ("unsigned int",) + VALUE,
    "int64": ("long long",) + VALUE, "uint64": ("unsigned long long",) + VALUE, "float": ("float",) + VALUE,
    "double": ("double",) + VALUE, "boolean": ("int",) + VALUE, "hexint32": ("int",) + VALUE,
    "hexint64": ("long long",) + VALUE, "pointer": ("const void *",) + VALUE,
    "guid": ("const void *", "{n}", "16"), "filetime": ("const void *", "{n}", "8"),
    "systemtime": ("const void *", "{n}", "16"), "sid": ("const void *", "{n}", "(8 + 4 * ((const unsigned char *){n})[1])"),
    "binary": ("const void *", "{n}", "(ULONG)({length})"),
}
HEAD = """/* Made from {file}. */
#pragma once
#include <openwdf/events.h>

"""


def identifier(name):
    return re.sub(r"\W", "_", name)


class Provider:
    """One provider element, and the header's lines for it."""

    def __init__(self, element, kernel):
        self.element = element
        self.kernel = kernel
        self.lines = []
        self.tables = {"level": dict(LEVELS), "opcode": dict(OPCODES), "task": {}, "keyword": {}, "channel": dict(CHANNELS)}
        self.templates = {}
        for attribute in ("name", "guid", "symbol"):
            if not element.get(attribute):
                raise Refusal(f"{element.place}: the provider has no {attribute}")
        self.name = identifier(element.get("name"))

    def number(self, element, attribute):
        try:
            return int(element.get(attribute, "0"), 0)
        except ValueError:
            raise Refusal(f"{element.place}: {attribute}={element.get(attribute)!r} is not a number") from None

    def read(self):
        events, channel = [], 16
        for element in self.element.walk():
            if element.tag in ("level", "opcode", "task"):
                self.declare(element.tag, element, self.number(element, "value"))
            elif element.tag == "keyword":
                self.declare("keyword", element, self.number(element, "mask"))
            elif element.tag == "channel":
                value = self.number(element, "value") or channel
                channel = max(channel, value + 1)
                self.declare("channel", element, value, element.get("chid"))
            elif element.tag == "importChannel":
                known = CHANNELS.get(element.get("name").lower(), 0)
                self.declare("channel", element, known, element.get("chid"))
            elif element.tag == "template":
                self.templates[element.get("tid")] = [d for d in element.children if d.tag in ("data", "struct")]
            elif element.tag == "event":
                events.append(element)
        self.guid()
        for event in events:
            self.event(event)
        return self.lines

    def declare(self, kind, element, value, other=""):
        for name in (element.get("name"), other):
            if name:
                self.tables[kind][name.lower()] = value
        if element.get("symbol"):
            self.lines.append(f"#define {element.get('symbol')} 0x{value:x}")

    def guid(self):
        text = self.element.get("guid").strip("{} ")
        if not re.match(r"^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$", text):
            raise Refusal(f"{self.element.place}: the provider's guid is {self.element.get('guid')!r}")
        parts = text.split("-")
        tail = parts[3] + parts[4]
        numbers = ", ".join("0x" + p for p in parts[:3])
        last = ", ".join("0x" + tail[i:i + 2] for i in range(0, 16, 2))
        symbol = self.element.get("symbol")
        self.lines += [
            f"OWDF_EVENT_SHARED const GUID {symbol} = {{{numbers}, {{{last}}}}};",
            f"OWDF_EVENT_SHARED REGHANDLE {self.name}Handle = 0;",
            f"#define EventRegister{self.name}() owdf_event_register(&{symbol}, &{self.name}Handle)",
            f"#define EventUnregister{self.name}() owdf_event_unregister(&{self.name}Handle)", ""]

    def lookup(self, kind, event, default=0):
        name = event.get(kind)
        if not name:
            return default
        if name.lower() not in self.tables[kind]:
            raise Refusal(f"{event.place}: the {kind} {name} is not declared")
        return self.tables[kind][name.lower()]

    def event(self, event):
        symbol = event.get("symbol")
        if not symbol:
            return
        mask = 0
        for name in event.get("keywords").split():
            if name.lower() not in self.tables["keyword"]:
                raise Refusal(f"{event.place}: the keyword {name} is not declared")
            mask |= self.tables["keyword"][name.lower()]
        fields = [self.number(event, "value"), self.number(event, "version"), self.lookup("channel", event),
                  self.lookup("level", event), self.lookup("opcode", event), self.lookup("task", event)]
        template = event.get("template")
        if template and template not in self.templates:
            raise Refusal(f"{event.place}: the template {template} is not declared")
        parameters, data = self.data(self.templates.get(template, []))
        context = "(activity)" if self.kernel else "0"
        listed = "".join(f", {p}" for p in parameters)
        self.lines += [
            f"OWDF_EVENT_SHARED const EVENT_DESCRIPTOR {symbol} = {{{', '.join(map(str, fields))}, 0x{mask:x}}};",
            f"#define EventEnabled{symbol}() owdf_event_enabled({self.name}Handle, &{symbol})",
            f"static inline __attribute__((unused)) ULONG owdf_write_{symbol}(const GUID *activity{listed})", "{"]
        if data:
            self.lines.append(f"    EVENT_DATA_DESCRIPTOR data[{len(data)}];")
            self.lines += [f"    owdf_event_data(&data[{i}], {address}, {size});" for i, (address, size) in enumerate(data)]
        self.lines += [f"    return owdf_event_write({self.name}Handle, &{symbol}, activity, {len(data)}, "
                       f"{'data' if data else '0'});", "}"]
        names = ["activity"] if self.kernel else []
        names += [f"a{i}" for i in range(len(parameters))]
        arguments = ", ".join(f"(a{i})" for i in range(len(parameters)))
        self.lines += [f"#define EventWrite{symbol}({', '.join(names)}) \\",
                       f"    (EventEnabled{symbol}() ? owdf_write_{symbol}({context}{', ' if arguments else ''}{arguments}) : 0)",
                       ""]

    def data(self, elements):
        parameters, data = [], []
        for number, element in enumerate(elements):
            if element.tag == "struct":
                raise Refusal(f"{element.place}: structures in templates are not supported")
            kind = element.get("inType").rpartition(":")[2].lower()
            if kind not in TYPES:
                raise Refusal(f"{element.place}: inType {element.get('inType')!r} is not known")
            c_type, address, size = TYPES[kind]
            name = f"field{number}"
            names = {e.get("name"): f"field{i}" for i, e in enumerate(elements)}
            length = names.get(element.get("length"), element.get("length") or "0")
            count = element.get("count")
            if count:
                c_type, address = f"const {c_type} *", "{n}"
                size = f"(ULONG)(sizeof(*{{n}}) * ({names.get(count, count)}))"
            elif kind in ("unicodestring", "ansistring") and element.get("length"):
                size = f"(ULONG)(sizeof(*{{n}}) * ({length}))"
            parameters.append(f"{c_type} {name}")
            data.append((address.format(n=name, length=length), size.format(n=name, length=length)))
        return parameters, data


def header_text(path, kernel):
    root = parse(path, display(path))
    providers = [e for e in root.walk() if e.tag == "provider" and e.get("guid")]
    if not providers:
        raise Refusal(f"{root.place}: the manifest declares no provider")
    lines = []
    for element in providers:
        lines += Provider(element, kernel).read()
    return HEAD.format(file=os.path.basename(path)) + "\n".join(lines) + "\n"


def compile_manifest(source, target, kernel):
    write_if_changed(target, header_text(source, kernel))

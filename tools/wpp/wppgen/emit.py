# SPDX-License-Identifier: MIT
"""The .tmh file of a source: its trace calls as macros of their lines, and what the viewer needs to know of each."""
import os
import re
import sys

from .config import enumeration
from .formats import Builder
from .source import INCLUDE, Lines, Refusal, blank_comments, matching_parenthesis, split_arguments, split_literal


# Around the name of a macro that the compiler knows, within a message.
MACRO = "\x01"


class Options:
    """What holds for all sources of a run."""

    def __init__(self):
        self.recorder = False
        self.defines = []
        self.control_guid = None
        self.argument_base = 10
        self.module = ""
        self.lenient = False        # An unknown type is a number …
        self.says_unknown = False   # … and is named.
        self.enum_folders = []


class Call:
    """One trace call of a source: where it is and what it says."""

    def __init__(self, function, first, last, values, literal, arguments):
        self.function = function
        self.first, self.last = first, last  # lines
        self.values = values                 # {parameter: its text}
        self.literal = literal
        self.arguments = arguments           # texts behind the parameters

    @property
    def meaning(self):
        return self.literal, len(self.arguments)


class Source:
    """A source that gets a .tmh."""

    unknown = set()     # types, in any source of this run

    def __init__(self, path, files, configuration, options):
        self.path, self.files, self.options = path, files, options
        self.name = os.path.basename(path)
        self.order, self.misspelled = files.closure(path)
        self.configuration = configuration.copy()
        for file in self.order:
            self.configuration.read_source(files.read(file), file)
        self.defined = None
        self.text = blank_comments(files.read(path))

    def tmh_names(self):
        """The .tmh files that the source includes, in its spelling."""
        return [os.path.basename(re.sub(r"\\", "/", m.group(1) or m.group(2)))
                for m in INCLUDE.finditer(self.files.read(self.path)) if (m.group(1) or m.group(2)).lower().endswith(".tmh")]

    # ---- What the sources define ----

    def empty_flags(self):
        """The flags of the control GUIDs that are macros for nothing: they would vanish before WPP_BIT_ is joined to them."""
        flags, empty = set(), set()
        for file in self.order:
            key = "flags of " + file
            if key not in self.files.texts:
                raw = self.files.read(file)
                text = blank_comments(raw) if "WPP_DEFINE_BIT" in raw else ""
                self.files.texts[key] = (re.findall(r"\bWPP_DEFINE_BIT\s*\(\s*(\w+)\s*\)", text),
                                         re.findall(r"^[ \t]*#[ \t]*define[ \t]+(\w+)[ \t\r]*(?://.*)?$", raw, re.M))
            flags.update(self.files.texts[key][0])
            empty.update(self.files.texts[key][1])
        return sorted(flags & empty)

    def macros(self):
        """{name: replacement} of the #defines in what the source includes, for constants and literals."""
        if self.defined is None:
            self.defined = {}
            for file in self.order:
                key = "defines of " + file
                if key not in self.files.texts:
                    found = re.findall(r"^[ \t]*#[ \t]*define[ \t]+(\w+)[ \t]+([^\n\\]+)$",
                                       blank_comments(self.files.read(file)), re.M)
                    self.files.texts[key] = dict(found)
                self.defined.update(self.files.texts[key])
        return self.defined

    def literal_macro(self, name):
        own = {"__FILE__": f'"{self.name}"', "__FUNCTION__": '"%!FUNC!"', "__DATE__": f'"{MACRO}DATE{MACRO}"',
               "__TIME__": f'"{MACRO}TIME{MACRO}"'}
        if name in own:
            return own[name]
        value = self.macros().get(name, "").strip()
        return value if re.match(r'(?:L)?"', value) else None

    def number_macro(self, name):
        value = self.macros().get(name)
        return value.strip() if value and re.match(r"[\w\s()|&^~+\-<>]+$", value.strip()) else None

    def find_enum(self, name, bits):
        """The values of an enumeration: in what the source includes, else in the headers of the kit."""
        for file in reversed(self.order):
            if re.search(rf"\b{re.escape(name)}\b", self.files.read(file)):
                values = enumeration(name, bits, blank_comments(self.files.read(file)), self.number_macro)
                if values:
                    return values
        for folder in self.options.enum_folders:
            for root, _, names in os.walk(folder):
                for each in sorted(names):
                    path = os.path.join(root, each)
                    if each.endswith(".h") and re.search(rf"\b{re.escape(name)}\b", self.files.read(path)):
                        values = enumeration(name, bits, blank_comments(self.files.read(path)), self.number_macro)
                        if values:
                            return values
        return None

    # ---- Calls ----

    def find_calls(self):
        """The trace calls of the source, in order."""
        names = "|".join(sorted(map(re.escape, self.configuration.functions), key=len, reverse=True))
        calls, text = [], self.text
        directives, lines = directive_lines(text), Lines(text)
        for match in re.finditer(rf"(?<![\w.>])({names})\s*\(", text):
            first = lines.at(match.start())
            if first in directives:
                continue
            end = matching_parenthesis(text, match.end() - 1)
            if end < 0:
                raise Refusal(f"{self.path}:{first}: {match.group(1)}: the parenthesis is not closed")
            before = text[max(match.start() - 60, 0):match.start()].rstrip()
            # A declaration, not a call: "void TraceEvents(int level, …"
            if re.search(r"\b(?:void|VOID|int|INT|ULONG|NTSTATUS|static|extern|inline|__inline)$", before):
                continue
            function = self.configuration.functions[match.group(1)]
            calls.append(self.read_call(function, text[match.end():end - 1], first, lines.at(end - 1)))
        return calls

    def read_call(self, function, inside, first, last):
        where = f"{self.path}:{first}: {function.name}"
        arguments = split_arguments(inside)
        if function.inside is not None:
            if len(arguments) < len(function.outside) + 1:
                raise Refusal(f"{where}: too few arguments")
            group = arguments[len(function.outside)]
            if not group.startswith("("):
                raise Refusal(f"{where}: needs double parentheses")
            arguments = arguments[:len(function.outside)] + split_arguments(group[1:-1])
        if arguments == [""]:
            arguments = []
        count = len(function.parameters)
        if len(arguments) < count:
            raise Refusal(f"{where}: {len(arguments)} arguments, where {count} are needed: "
                          f"({', '.join(function.parameters)})")
        values = dict(zip(function.parameters, arguments))
        literal = ""  # Without MSG the prefix and suffix are all there is to say.
        if "MSG" in values:
            literal, rest = split_literal(values["MSG"], self.literal_macro)
            if rest.strip():
                raise Refusal(f"{where}: the message is not a string literal: {values['MSG']!r}")
        return Call(function, first, last, values, literal, arguments[count:])

    # ---- Text ----

    def message(self, call, names):
        """The Message of a call; names: what its arguments are called in the macro."""
        function, where = call.function, f"{self.path}:{call.first}"
        constants = dict(function.fixed)
        level = call.values.get("LEVEL", constants.get("LEVEL", ""))
        flags = call.values.get("FLAGS", call.values.get("FLAG", constants.get("FLAGS", constants.get("FLAG", ""))))
        context = {"FUNC": "%0!FUNC!", "FILE": self.name, "LINE": str(call.first), "STDPREFIX": "", "SPACE": " ",
                   "LEVEL": plain(level), "FLAGS": plain(flags), "MOD": plain(self.options.module) or self.name,
                   "COMPNAME": plain(constants.get("COMPNAME", self.options.module)), "": "!"}
        builder = Builder(self.configuration, self.find_enum, context, self.options.argument_base,
                          lenient=self.options.lenient)
        prefix = self.configuration.prefixes.get(function.name)
        suffix = self.configuration.suffixes.get(function.name)
        if prefix:
            builder.add(prefix[0], prefix[1], prefix[2])
        builder.add(call.literal, names if "MSG" in call.values else [], where)
        if suffix:
            builder.add(suffix[0], suffix[1], suffix[2])
        builder.message.text = builder.message.text.strip()
        for name in builder.message.unknown - self.unknown if self.options.says_unknown else ():
            print(f"wdf-wpp: {where}: %!{name}! is neither a type of WPP nor one of the configuration; shown as a number",
                  file=sys.stderr)
        Source.unknown |= builder.message.unknown
        return builder.message

    def tmh(self):
        calls = self.find_calls()
        ident = re.sub(r"\W", "_", self.name)
        lines = [f"/* Made by wdf-wpp from {self.name}. */"]
        # A flag that is also a macro without a value, for editors that run no preprocessor of traces.
        lines += [f"#undef {name}" for name in self.empty_flags()]
        for name, value in self.options.defines:
            lines += [f"#ifndef {name}", f"#define {name} {value}", "#endif"]
        for name, value in self.configuration.defines:
            lines += [f"#ifndef {name.partition('(')[0]}", f"#define {name} {value}", "#endif"]
        if self.options.control_guid:
            lines += ["#ifndef WPP_CONTROL_GUIDS", "#define WPP_CONTROL_GUIDS WPP_DEFINE_CONTROL_GUID(CtlGuid, "
                      f"{self.options.control_guid}, WPP_DEFINE_BIT(Error) WPP_DEFINE_BIT(Unusual) "
                      "WPP_DEFINE_BIT(Noise))", "#endif"]
        lines += ["#include <openwdf/trace_wpp.h>", "#undef WPP_THIS_FILE", f"#define WPP_THIS_FILE {ident}", CONTROLS]
        used = {}
        for call in calls:
            used.setdefault(call.function.name, call.function)
        for function in used.values():
            lines += self.function_text(function)
        done = {}
        for call in calls:
            lines += self.call_text(call, ident, done)
        return "\n".join(lines) + "\n"

    def function_text(self, function):
        """What the trace function's own name becomes, and defaults for its conditions."""
        names = function.conditions
        condition, listed = "_".join(names), ", ".join(names)
        lines = []

        def default(macro, text):
            lines.extend([f"#ifndef {macro}", f"#define {macro}({listed}) {text}", "#endif"])

        flag = next((n for n in names if n in ("FLAGS", "FLAG")), None)
        level = "LEVEL" if "LEVEL" in names else None
        control = f"WPP_CONTROL(WPP_BIT_##{flag})" if flag else "WPP_CB[0].Control"
        default(f"WPP_{condition}_PRE", "")
        default(f"WPP_{condition}_POST", "")
        if condition not in ("LEVEL", "FLAG", "FLAGS"):
            tests = ([f"WPP_OWDF_FLAG_ON(WPP_BIT_##{flag})"] if flag else []) + \
                ([f"{control}.Level >= ({level})"] if level else [])
            default(f"WPP_{condition}_ENABLED", f"({' && '.join(tests) or 'WPP_CB[0].Control.Level != 0'})")
            default(f"WPP_{condition}_LOGGER", f"({control}.Logger),")
        if self.options.recorder:
            if condition == "LEVEL":
                lines += ["#ifdef WPP_USE_TRACE_LEVELS"]
                self.recorder_defaults(default, condition, None, "LEVEL", "WPP_CB[0].Control")
                lines += ["#endif"]
                flag, level, control = "LEVEL", None, "WPP_CONTROL(WPP_BIT_##LEVEL)"
            self.recorder_defaults(default, condition, flag, level, control)
        lines.append(f"#undef {function.name}")
        lines.append(f"#define {function.name} WPP_OWDF_CALL(WPP_THIS_FILE, __LINE__, {function.name})")
        return lines

    @staticmethod
    def recorder_defaults(default, condition, flag, level, control):
        bit = f"WPP_BIT_##{flag}" if flag else "1"
        wanted = f"(({level}) < TRACE_LEVEL_VERBOSE || {control}.AutoLogVerboseEnabled)" if level else "1"
        default(f"WPP_RECORDER_{condition}_ARGS", f"{control}.AutoLogContext, {level or 0}, {bit}")
        default(f"WPP_RECORDER_{condition}_FILTER", wanted)

    def call_text(self, call, ident, done):
        """The site of a call and the macro(s) for its line(s)."""
        function = call.function
        names = [f"a{i}" for i in range(len(call.arguments))]
        key = (function.name, call.first)
        if done.get((function.name, call.last), call.meaning) != call.meaning or \
                done.get(key, call.meaning) != call.meaning:
            raise Refusal(f"{self.path}:{call.first}: {function.name}: two different messages on one line")
        if key in done:
            return []
        message = self.message(call, names)
        site = f"wpp_site_{call.first}_{function.name}"
        text = re.sub(f"{MACRO}(DATE|TIME){MACRO}", r'" __\1__ "', message.text)
        values = "\\n".join(message.values)
        lines = [f"OWDF_TRACE_SITE struct owdf_trace_site {site} = {{\"{text}\", \"{message.types}\", "
                 f"\"{self.name}\", \"{values}\", 0, {call.first}, 0, {{0, 0}}}};"]
        writer = "owdf_trace_write"
        if any(isinstance(expression, tuple) and not isinstance(expression[0], int)
               for _, expression in message.expressions):
            writer = f"wpp_put_{call.first}_{function.name}"
            lines += staging(writer, message)
        arguments = "".join(", " + expression_text(letter, expression)
                            for letter, expression in message.expressions)
        for line in sorted({call.first, call.last}):
            if (function.name, line) in done:
                continue
            done[(function.name, line)] = call.meaning
            lines += self.macro(f"WPP_CALL_{ident}_{line}_{function.name}", call, names, writer, site, arguments)
        return lines

    def macro(self, name, call, names, writer, site, arguments):
        function = call.function
        condition = "_".join(function.conditions)
        listed = ", ".join(function.condition_values)
        conditions = dict(zip(function.conditions, function.condition_values))
        flag = conditions.get("FLAGS", conditions.get("FLAG", conditions.get("LEVEL") if condition == "LEVEL" else None))
        enabled = f"WPP_{condition}_ENABLED({listed})"
        logger = f"WPP_{condition}_LOGGER({listed})"
        level = "LEVEL" in conditions and conditions["LEVEL"]
        if self.options.recorder:
            wanted = f"WPP_RECORDER_{condition}_FILTER({listed})"
            test = f"({enabled}) || ({wanted})"
            head = f"(({enabled}) ? 1u : 0u) | (({wanted}) ? 2u : 0u), {logger} " \
                   f"WPP_RECORDER_{condition}_ARGS({listed})"
        else:
            test = enabled
            if condition == "LEVEL":
                shown = f"WPP_OWDF_LEVEL_OF_LEVEL({level})"
            else:
                shown = f"(int)({level or 0}), {flag_bit(flag, function.parameters)}"
            head = f"1, {logger} 0, {shown}"
        body = f"WPP_{condition}_PRE({listed}) ((void)(({test}) ? ({writer}(&{site}, __FUNCTION__, {head}" \
               f"{arguments}), 1) : 0)) WPP_{condition}_POST({listed})"
        tail = ["..."] if function.variadic and "MSG" not in function.parameters and not names else names
        if function.inside is None:
            return [f"#undef {name}", f"#define {name}({', '.join(function.parameters + tail)}) {body}"]
        inner = ", ".join(function.outside + function.inside + tail)
        outer = ", ".join(function.outside + ["wpp_group"])
        passed = ", ".join(function.outside + ["WPP_OWDF_UNPACK wpp_group"])
        return [f"#undef {name}", f"#undef {name}_", f"#define {name}_({inner}) {body}",
                f"#define {name}({outer}) WPP_OWDF_APPLY({name}_, ({passed}))"]


def flag_bit(flag, parameters):
    if flag is None or not re.fullmatch(r"\w+", flag):
        return "0"
    return f"WPP_BIT_##{flag}" if flag in parameters else f"WPP_BIT_{flag}"


def plain(text):
    """For use inside a format and a C literal."""
    return re.sub(r"[\"\\\n]", " ", text).replace("%", "%%")


def expression_text(letter, expression):
    if isinstance(expression, tuple):
        if isinstance(expression[0], int):
            return f"{expression[0]}ull, WPP_OWDF_POINTER({expression[1]})"
        return f"({expression[1]})"
    if letter in "iqpc":
        return f"WPP_OWDF_NUMBER({expression})"
    return {"d": f"WPP_OWDF_DOUBLE({expression})", "s": f"WPP_OWDF_TEXT({expression})",
            "w": f"WPP_OWDF_WIDE({expression})"}.get(letter, f"WPP_OWDF_POINTER({expression})")


def staging(name, message):
    """A function through which values of complex types pass, so that their macros can take an address."""
    parameters, passed = [], ""
    for number, (_, expression) in enumerate(message.expressions):
        if isinstance(expression, tuple) and not isinstance(expression[0], int):
            parameters.append(f"{expression[0].c_type} v{number}")
            passed += f" {expression[0].macro}(v{number})"
        elif isinstance(expression, tuple):
            parameters.append(f"unsigned long long n{number}, unsigned long long v{number}")
            passed += f", n{number}, v{number}"
        else:
            parameters.append(f"unsigned long long v{number}")
            passed += f", v{number}"
    return [f"static __inline__ __attribute__((unused)) void {name}(struct owdf_trace_site *site, const char *function,",
            "    unsigned where, unsigned long long logger, void *log, int level, int flag, "
            + ", ".join(parameters) + ")",
            "{", f"    owdf_trace_write(site, function, where, logger, log, level, flag{passed});", "}"]


def directive_lines(text):
    """The numbers of lines that belong to preprocessor directives."""
    lines, inside = set(), False
    for number, line in enumerate(text.split("\n"), 1):
        if inside or line.lstrip().startswith("#"):
            lines.add(number)
            inside = line.rstrip().endswith("\\")
        else:
            inside = False
    return lines


# The control GUIDs, by expanding WPP_CONTROL_GUIDS itself.
CONTROLS = """#if defined(WPP_CONTROL_GUIDS) && !defined(WPP_ALREADY_CONTROLS)
#define WPP_ALREADY_CONTROLS
#undef WPP_DEFINE_CONTROL_GUID
#undef WPP_DEFINE_BIT
#define WPP_DEFINE_BIT(name) WPP_BIT_##name,
#define WPP_DEFINE_CONTROL_GUID(name, guid, bits) WPP_CTL_##name,
enum WPP_CTL_NUM { WPP_CONTROL_GUIDS WPP_LAST_CTL };
#undef WPP_DEFINE_CONTROL_GUID
#define WPP_DEFINE_CONTROL_GUID(name, guid, bits) \\
    WPP_BLOCK_START_##name = WPP_CTL_##name * 0x10000, bits WPP_BLOCK_END_##name,
enum WPP_DEFINE_BIT_NUM { WPP_CONTROL_GUIDS WPP_LAST_BIT };
#undef WPP_DEFINE_CONTROL_GUID
#undef WPP_DEFINE_BIT
#define WPP_DEFINE_BIT(name) " " #name
#define WPP_DEFINE_CONTROL_GUID(name, guid, bits) {#name, #guid, "" bits},
__attribute__((unused)) static const struct owdf_trace_provider wpp_owdf_providers[] = {WPP_CONTROL_GUIDS};
#undef WPP_DEFINE_CONTROL_GUID
#undef WPP_DEFINE_BIT
#ifdef __cplusplus
extern "C" {
#endif
extern WPP_CB_TYPE wpp_owdf_off[OWDF_TRACE_CONTROLS_MAX] OWDF_TRACE_WEAK;
OWDF_TRACE_WEAK WPP_CB_TYPE wpp_owdf_off[OWDF_TRACE_CONTROLS_MAX] = {{{0}}};
extern WPP_CB_TYPE *WPP_GLOBAL_Control OWDF_TRACE_WEAK;
OWDF_TRACE_WEAK WPP_CB_TYPE *WPP_GLOBAL_Control = wpp_owdf_off;
#ifdef __cplusplus
}
#endif
#endif"""

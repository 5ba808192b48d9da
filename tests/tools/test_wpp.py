#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The trace preprocessor: what it makes of a source compiles with both compilers and says what the source meant."""
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
TOOL = os.path.join(ROOT, "tools", "wpp", "wdf-wpp")
sys.path.insert(0, os.path.join(ROOT, "tools", "wpp"))
from wppgen import config, source  # noqa: E402

HEADER = """
#define WPP_CONTROL_GUIDS \\
    WPP_DEFINE_CONTROL_GUID(First, (11111111,2222,3333,4444,555555555555), \\
        WPP_DEFINE_BIT(INIT) WPP_DEFINE_BIT(DATA)) \\
    WPP_DEFINE_CONTROL_GUID(Second, (aaaaaaaa,bbbb,cccc,dddd,eeeeeeeeeeee), \\
        WPP_DEFINE_BIT(OTHER))
#define WPP_LEVEL_FLAGS_LOGGER(lvl,flags) WPP_LEVEL_LOGGER(flags)
#define WPP_LEVEL_FLAGS_ENABLED(lvl,flags) (WPP_LEVEL_ENABLED(flags) && WPP_CONTROL(WPP_BIT_ ## flags).Level >= lvl)
#define WPP_LEVEL_FLAGS_EXP_ENABLED(lvl,flags,exp) WPP_LEVEL_FLAGS_ENABLED(lvl,flags)
#define WPP_LEVEL_FLAGS_EXP_LOGGER(lvl,flags,exp) WPP_LEVEL_LOGGER(flags)
#define WPP_LEVEL_FLAGS_EXP_PRE(lvl,flags,exp) if ((exp) != 0) {
#define WPP_LEVEL_FLAGS_EXP_POST(lvl,flags,exp) ; }
#define WPP__ENABLED() WPP_LEVEL_ENABLED(DATA)
#define WPP__LOGGER() WPP_LEVEL_LOGGER(DATA)
#define PREFIX "pre"
#define BASE 4
enum color { red, green = BASE, blue, last = blue | 0x10 };
enum { unnamed };
typedef enum { small = 1, big } SIZE_OF;
typedef struct xstr { char *_buf; short _len; } xstr_t;
#define WPP_LOGHEXDUMP(x) WPP_LOGPAIR(2, &((x)._len)) WPP_LOGPAIR((x)._len, (x)._buf)
// begin_wpp config
// FUNC TraceEvents(LEVEL, FLAGS, MSG, ...);
// FUNC
//   Info{LEVEL=TRACE_LEVEL_INFORMATION, FLAGS=DATA}(MSG, ...);
// USEPREFIX (Info, "%!STDPREFIX! prefix %d: ", 17);
// FUNC FuncEntry{LEVEL=TRACE_LEVEL_VERBOSE}(FLAGS);
// USEPREFIX (FuncEntry, "--> %!FUNC!");
// FUNC Group(LEVEL, FLAGS, (MSG, ...));
// FUNC Whole((LEVEL, FLAGS, MSG, ...));
// FUNC OnFailure{LEVEL=TRACE_LEVEL_ERROR,FLAGS=INIT}(EXP);
// USESUFFIX (OnFailure, "%!s! is %d", #EXP, EXP);
// FUNC Nothing();
// USESUFFIX (Nothing, "nothing");
// CUSTOM_TYPE(color, ItemEnum(color));
// CUSTOM_TYPE(size, ItemEnum(SIZE_OF));
// CUSTOM_TYPE(list, ItemListLong(Zero, One, "Two"));
// TYPEMACRO(bits, ItemSetLong(A, B));
// DEFINE_CPLX_TYPE(HEXDUMP, WPP_LOGHEXDUMP, xstr_t, ItemHEXDump, "s", _HEX_, 0, 2);
// end_wpp
"""

SOURCE = """
#include "Trace.h"
#include "T.tmh"
/* TraceEvents(in, a, comment) is none. */
static int calls;
static int argument(void) { return ++calls; }
static xstr_t dump(char *p, short n) { xstr_t x = {p, n}; return x; }
int main(void)
{
    char bytes[] = "abc";
    enum color c = blue;
    WPP_INIT_TRACING(0, 0);
    TraceEvents(TRACE_LEVEL_ERROR, INIT, "one %d %s (a, \\"b\\")",
                argument(),
                "text, (with) commas");
    TraceEvents(TRACE_LEVEL_VERBOSE, DATA, "two %!STATUS! in %!FUNC! line %!LINE!", (int)0xC0000001);
    TraceEvents(TRACE_LEVEL_VERBOSE, OTHER, PREFIX " three %!bool! %I64d %.3s %.*s", 1, 5L, "long", 2, "star");
    Info("four %x 100%%", 255);
    FuncEntry(INIT); Group(TRACE_LEVEL_ERROR, DATA, ("five %p %hd", bytes - bytes, 6));
    Whole((TRACE_LEVEL_ERROR, DATA, "six"));
    OnFailure(argument() - 2);
    Nothing();
    TraceEvents(TRACE_LEVEL_ERROR, INIT, "%!color! %!size! %!list! %!bits!", c, 2, 1, 3);
    TraceEvents(TRACE_LEVEL_ERROR, INIT, "%!HEXDUMP! %d %11!d! %10!HEXDUMP!", dump(bytes, 3), 8);
    TraceEvents(TRACE_LEVEL_ERROR, INIT, "%f %!GUID! %wZ", 1.5, bytes, bytes);
    WPP_CLEANUP(0);
    TraceEvents(TRACE_LEVEL_ERROR, INIT, "never %d", argument());
    return calls;
}
"""

# Shows what it is given: provider, level, flag, place, format, types, values of numbers and texts.
RUNTIME = """
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <openwdf/trace.h>
static WPP_CB_TYPE switches[64];
void owdf_trace_register(WPP_CB_TYPE **g, const struct owdf_trace_provider *p, unsigned n, struct owdf_trace_site *s,
                         struct owdf_trace_site *e)
{
    for (unsigned i = 0; i < n; i++) {
        switches[i].Control.Level = 5; switches[i].Control.Flags[0] = ~0u; switches[i].Control.Logger = i + 1;
        switches[i].Control.AutoLogContext = switches;
        printf("%s %s%s\\n", p[i].name, p[i].guid, p[i].bits);
    }
    printf("%d sites\\n", (int)(e - s));
    *g = switches;
}
void owdf_trace_unregister(WPP_CB_TYPE **g, WPP_CB_TYPE *off, unsigned n) { (void)n; *g = off; }
void owdf_trace_write(struct owdf_trace_site *s, const char *f, unsigned where, unsigned long long logger, void *log,
                      int level, int flag, ...)
{
    va_list a;
    printf("%u %llu %d %d:%d %s:%s <%s> %s", where, logger, log != NULL, level, flag, s->file, f, s->format, s->types);
    va_start(a, flag);
    for (const char *t = s->types; *t != 0; t++) {
        unsigned long long v;
        if (*t >= '0' && *t <= '9') continue;
        v = va_arg(a, unsigned long long);
        if (*t == 'i' || *t == 'q' || *t == 'c') printf(" %lld", (long long)v);
        else if (*t == 's') printf(" %s", (const char *)v);
        else if (*t == 'd') { double d; memcpy(&d, &v, 8); printf(" %g", d); }
        else if (*t == 'P') printf(" [%llu]%d", v, va_arg(a, unsigned long long) != 0);
    }
    va_end(a);
    printf(" {%s}\\n", s->values);
}
"""

EXPECTED = [
    "First (11111111,2222,3333,4444,555555555555) INIT DATA",
    "Second (aaaaaaaa,bbbb,cccc,dddd,eeeeeeeeeeee) OTHER",
    "13 sites",
    '1 1 0 2:1 t.c:main <one %1!d! %2!s! (a, "b")> is 1 text, (with) commas {}',
    "1 1 0 5:2 t.c:main <two %1!STATUS! in %0!FUNC! line 16> i -1073741823 {}",
    "1 2 0 5:65537 t.c:main <pre three %1!BOOL! %2!I64d! %3!.3s! %5!.*s!> iq3scs 1 5 long 2 star {}",
    "1 1 0 4:2 t.c:main <prefix %1!d!: four %2!x! 100%%> ii 17 255 {}",
    "1 1 0 5:1 t.c:main <--> %0!FUNC!>  {}",
    "1 1 0 2:2 t.c:main <five %1!p! %2!hd!> pi 6 {}",
    "1 1 0 2:2 t.c:main <six>  {}",
    "1 1 0 0:0 t.c:main <nothing>  {}",
    "1 1 0 2:1 t.c:main <%1!@0! %2!@1! %3!@2! %4!@3!> iiii 5 2 1 3 "
    "{l0=red,4=green,5=blue,21=last\nl1=small,2=big\nl0=Zero,1=One,2=Two\nb1=A,2=B}",
    "1 1 0 2:1 t.c:main <%2!HEX! %3!d! %4!d! %6!HEX!> PPiiPP [2]1 [3]1 8 8 [2]1 [3]1 {}",
    "1 1 0 2:1 t.c:main <%1!f! %2!GUID! %3!wZ!> dgU 1.5 {}",
]


class Folder(unittest.TestCase):
    """A test with a folder and the tool."""

    maxDiff = None

    def setUp(self):
        self.folder = tempfile.mkdtemp()

    def tearDown(self):
        shutil.rmtree(self.folder)

    def write(self, name, text, encoding="utf-8"):
        path = os.path.join(self.folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(text.encode(encoding))

    def read(self, name):
        with open(os.path.join(self.folder, name), encoding="utf-8") as file:
            return file.read()

    def tool(self, *arguments):
        return subprocess.run([TOOL, *arguments], cwd=self.folder, capture_output=True, text=True, check=False)

    def refusal(self, text, header=HEADER):
        self.write("trace.h", header)
        self.write("bad.c", text)
        done = self.tool("-o", "out", "bad.c")
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertFalse(os.path.exists(os.path.join(self.folder, "out", "bad.tmh")))
        return done.stderr


class Compiled(Folder):
    def build_and_run(self, compiler, name="t.c", language=()):
        program = os.path.join(self.folder, "program")
        self.write("runtime.c", RUNTIME)
        subprocess.run(["gcc", "-c", "-I" + os.path.join(ROOT, "include"), "runtime.c", "-o", "runtime.o"],
                       cwd=self.folder, check=True)
        subprocess.run([compiler, *language, "-I" + os.path.join(ROOT, "include"), "-Iout", "-I.", "-Wall", "-Werror",
                        "-Wno-unused", name, "-x", "none", "runtime.o", "-o", program], cwd=self.folder, check=True)
        done = subprocess.run([program], capture_output=True, text=True, check=False)
        return done.returncode, done.stdout

    def check(self, *options, encoding="utf-8", newline="\n"):
        self.write("trace.h", HEADER.replace("\n", newline), encoding)
        self.write("t.c", SOURCE.replace("\n", newline))
        done = self.tool("-o", "out", *options, "t.c")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        if encoding != "utf-8":
            self.write("trace.h", HEADER)  # Compilers want it so; wdf-wpp has read the other.

    def test_calls_say_what_the_source_meant(self):
        self.check()
        for compiler in ("gcc", "clang", "g++", "clang++"):
            if shutil.which(compiler) is None:
                continue
            with self.subTest(compiler):
                language = ("-x", "c++", "-Wno-write-strings", "-Wno-writable-strings") if "+" in compiler else ()
                calls, output = self.build_and_run(compiler, language=language)
                self.assertEqual(calls, 2, "a disabled message evaluates no argument")
                self.assertEqual(output, "\n".join(EXPECTED) + "\n")

    def test_carriage_returns_and_wide_headers(self):
        self.check(newline="\r\n")
        plain = self.read("out/t.tmh")
        self.check(encoding="utf-16")
        self.assertEqual(self.read("out/t.tmh"), plain)
        self.check(encoding="utf-8-sig")
        self.assertEqual(self.read("out/t.tmh"), plain)

    def test_the_recorder_gets_messages_that_no_session_wants(self):
        self.write("trace.h", HEADER)
        self.write("t.c", '#include "trace.h"\n#include "t.tmh"\nint main(void)\n{\n    WPP_INIT_TRACING(0, 0);\n'
                          "    WPP_CONTROL(WPP_BIT_INIT).Level = 0;\n"
                          '    TraceEvents(TRACE_LEVEL_ERROR, INIT, "kept");\n'
                          '    TraceEvents(TRACE_LEVEL_VERBOSE, INIT, "not kept");\n'
                          '    TraceEvents(TRACE_LEVEL_ERROR, OTHER, "both");\n    return 0;\n}\n')
        self.assertEqual(self.tool("-o", "out", "--recorder", "t.c").stderr, "")
        _, output = self.build_and_run("gcc")
        self.assertEqual(output.splitlines()[3:], ["2 1 1 2:1 t.c:main <kept>  {}", "3 2 1 2:65537 t.c:main <both>  {}"])

    def test_levels_instead_of_flags(self):
        self.write("t.c", "#define WPP_CONTROL_GUIDS WPP_DEFINE_CONTROL_GUID(G, (1,2,3,4,5), WPP_DEFINE_BIT(DUMMY))\n"
                          '#define WPP_USE_TRACE_LEVELS\n#include "t.tmh"\nint main(void)\n{\n'
                          "    WPP_INIT_TRACING();\n"
                          '    Log(TRACE_LEVEL_ERROR, "error %d", 1);\n    Log(6, "no");\n    return 0;\n}\n')
        self.assertEqual(self.tool("-o", "out", "--func", "Log(LEVEL,MSG,...)", "t.c").stderr, "")
        _, output = self.build_and_run("gcc")
        self.assertEqual(output.splitlines()[2:], ["1 1 0 2:0 t.c:main <error %1!d!> i 1 {}"])

    def test_a_control_guid_of_the_command_line(self):
        self.write("t.c", '#include "t.tmh"\nint main(void)\n{\n    WPP_INIT_TRACING();\n'
                          '    DoTraceMessage(Noise, "noise");\n    return 0;\n}\n')
        self.assertEqual(self.tool("-o", "out", "--ctl", "00000001-0002-0003-0004-000000000005", "t.c").stderr, "")
        _, output = self.build_and_run("gcc")
        self.assertEqual(output.splitlines(), ["CtlGuid (00000001,0002,0003,0004,000000000005) Error Unusual Noise",
                                               "1 sites", "1 1 0 0:3 t.c:main <noise>  {}"])


class Building(Folder):
    def test_nothing_changes_when_nothing_changed(self):
        self.write("trace.h", HEADER)
        self.write("t.c", SOURCE)
        self.tool("-o", "out", "t.c")
        path = os.path.join(self.folder, "out", "t.tmh")
        os.utime(path, (1, 1))
        self.tool("-o", "out", "t.c")
        self.assertEqual(os.stat(path).st_mtime, 1)
        self.tool("-o", "out", "--force", "t.c")
        self.assertEqual(os.stat(path).st_mtime, 1, "what comes out the same is not written")

    def test_a_changed_header_makes_it_again(self):
        self.write("trace.h", HEADER)
        self.write("t.c", SOURCE)
        self.tool("-o", "out", "--deps", "out/t.d", "t.c")
        self.assertIn("trace.h", self.read("out/t.d"))
        self.write("trace.h", HEADER.replace("prefix %d: ", "changed %d: "))
        self.tool("-o", "out", "t.c")
        self.assertIn("changed %1!d!: four", self.read("out/t.tmh"))

    def test_a_spelling_that_only_windows_finds(self):
        self.write("trace.h", HEADER)
        self.write("Device.c", '#include "TRACE.H"\n#include "device.tmh"\nvoid f(void) { FuncEntry(INIT); }\n')
        self.assertEqual(self.tool("-o", "out", "Device.c").stderr, "")
        self.assertIn("trace.h", self.read("out/TRACE.H"))
        self.assertEqual(self.read("out/device.tmh"), '#include "Device.tmh"\n')

    def test_the_spelling_of_windows_own_tool(self):
        self.write("cfg.h", HEADER)
        self.write("t.c", 'void f(void) { Own(INIT, "x"); Info("y"); }\n')
        done = self.tool("-km", "-func:Own(FLAGS,MSG,...)", "-scan:cfg.h", "-p:Module", "-gen:{km-WdfDefault.tpl}*.tmh",
                         "-odir:out", "-preserveext:.c", "t.c")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn("prefix", self.read("out/t.c.tmh"))

    def test_a_project_says_it_all(self):
        self.write("sub/trace.h", HEADER)
        self.write("a.c", '#include "sub/trace.h"\n#include "a.tmh"\nvoid f(void) { Own(INIT, "x"); }\n')
        self.write("b.c", "void g(void) {}\n")
        self.write("p.vcxproj", """<?xml version="1.0"?><Project xmlns="http://schemas.microsoft.com/developer/msbuild/2003">
<ItemDefinitionGroup Condition="'$(Configuration)|$(Platform)'=='Release|x64'"><ClCompile>
<WppTraceFunction>Wrong(</WppTraceFunction></ClCompile></ItemDefinitionGroup>
<ItemDefinitionGroup><ClCompile><WppEnabled>true</WppEnabled><WppRecorderEnabled>true</WppRecorderEnabled>
<WppTraceFunction>Own(FLAGS,MSG,...);Other((LEVEL,MSG,...))</WppTraceFunction>
<WppScanConfigurationData>sub\\Trace.h</WppScanConfigurationData>
<WppAdditionalOptions>-DX=1 %(WppAdditionalOptions)</WppAdditionalOptions></ClCompile></ItemDefinitionGroup>
<ItemGroup><ClCompile Include="A.c;" /><ClCompile Include="b.c"><WppEnabled>false</WppEnabled></ClCompile></ItemGroup>
</Project>""")
        done = self.tool("--project", "p.vcxproj", "-o", "out")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        text = self.read("out/a.tmh")
        self.assertIn("WPP_RECORDER_FLAGS_ARGS", text)
        self.assertIn("#define X 1", text)
        self.assertFalse(os.path.exists(os.path.join(self.folder, "out", "b.tmh")))

    def test_help_and_wrong_usage(self):
        self.assertIn("--scan FILE", self.tool("--help").stdout)
        self.assertEqual(self.tool("--nothing").returncode, 3)
        self.assertEqual(self.tool("--func").returncode, 3)
        self.assertEqual(self.tool().returncode, 3)


class Refused(Folder):
    def test_an_open_parenthesis(self):
        self.assertIn("bad.c:5: TraceEvents: the parenthesis is not closed", self.refusal(
            '#include "trace.h"\n\nvoid f(void)\n{\n    TraceEvents(1, INIT, "x"\n}\n'))

    def test_one_bad_source_does_not_stop_the_others(self):
        self.write("trace.h", HEADER)
        self.write("bad.c", '#include "trace.h"\nvoid f(void) { TraceEvents(1, INIT); }\n')
        self.write("t.c", SOURCE)
        done = self.tool("-o", "out", "bad.c", "t.c", "none.c")
        self.assertEqual(done.returncode, 1)
        self.assertIn("bad.c:2: TraceEvents: 2 arguments, where 3 are needed", done.stderr)
        self.assertIn("none.c: No such file", done.stderr)
        self.assertTrue(os.path.exists(os.path.join(self.folder, "out", "t.tmh")))

    def test_an_unknown_type(self):
        self.assertIn("bad.c:2: %!NOBODY!", self.refusal(
            '#include "trace.h"\nvoid f(void) { TraceEvents(1, INIT, "%!NOBODY!", 1); }\n'))

    def test_a_flag_that_is_an_empty_macro(self):
        self.write("trace.h", HEADER + "\n#define INIT\r\n#define OTHER 1\n")
        self.write("t.c", '#include "trace.h"\nvoid f(void) { TraceEvents(1, INIT, "x"); }\n')
        self.assertEqual(self.tool("-o", "out", "t.c").returncode, 0)
        with open(os.path.join(self.folder, "out", "t.tmh"), encoding="utf-8") as file:
            self.assertEqual([l for l in file.read().splitlines() if l.startswith("#undef") and l.split()[1] in ("INIT", "OTHER")],
                             ["#undef INIT"])

    def test_an_unknown_type_may_be_a_number(self):
        self.write("trace.h", HEADER)
        self.write("t.c", '#include "trace.h"\nvoid f(void) { TraceEvents(1, INIT, "%!NOBODY! %!NOBODY!", 1, 2); }\n')
        done = self.tool("-o", "out", "--unknown-types", "t.c")
        self.assertEqual(done.returncode, 0)
        self.assertEqual(done.stderr, "wdf-wpp: t.c:2: %!NOBODY! is neither a type of WPP nor one of the configuration; shown as a number\n")
        with open(os.path.join(self.folder, "out", "t.tmh"), encoding="utf-8") as file:
            self.assertIn("%1!u! %2!u!", file.read())

    def test_an_unknown_conversion(self):
        self.assertIn("bad.c:2:", self.refusal('#include "trace.h"\nvoid f(void) { TraceEvents(1, INIT, "%y", 1); }\n'))

    def test_a_conversion_without_argument(self):
        self.assertIn("argument 2, but the call has 1", self.refusal(
            '#include "trace.h"\nvoid f(void) { TraceEvents(1, INIT, "%d %d", 1); }\n'))

    def test_a_message_that_is_no_literal(self):
        self.assertIn("bad.c:2: TraceEvents: the message is not a string literal: 'text'", self.refusal(
            '#include "trace.h"\nvoid f(char *text) { TraceEvents(1, INIT, text); }\n'))

    def test_two_messages_on_a_line(self):
        self.assertIn("bad.c:2: Info: two different messages on one line", self.refusal(
            '#include "trace.h"\nvoid f(void) { Info("a"); Info("b"); }\n'))

    def test_configurations(self):
        for statement, message in (
                ("FUNC Broken(LEVEL", "not a trace function"),
                ("FUNC Broken{LEVEL}(MSG,...);", "not CONSTANT=value"),
                ("USEPREFIX (Info, no format);", "USEPREFIX: not (FUNCTION"),
                ("CUSTOM_TYPE(x, ItemNothing(a));", "ItemNothing is not known"),
                ("DEFINE_CPLX_TYPE(x, y);", "DEFINE_CPLX_TYPE: not (NAME"),
                ("DEFINE_CPLX_TYPE(x, y, z, ItemHEXDump, \"s\", _X_, 0, 99);", "not a number of slots"),
                ("DEFINE_NOTHING(x);", "DEFINE_NOTHING is not a statement"),
                ("WPP_FLAGS(what);", "not an option")):
            with self.subTest(statement):
                header = f"// begin_wpp config\n//\n// {statement}\n// end_wpp\n"
                error = self.refusal('#include "trace.h"\n', header)
                self.assertIn("trace.h:3: ", error)
                self.assertIn(message, error)
        self.assertIn("trace.h:2: begin_wpp without end_wpp", self.refusal('#include "trace.h"\n', "\n// begin_wpp config\n"))

    def test_a_project_that_is_none(self):
        self.write("p.vcxproj", "<Project>")
        done = self.tool("--project", "p.vcxproj")
        self.assertEqual(done.returncode, 1)
        self.assertIn("p.vcxproj: ", done.stderr)


class Parts(unittest.TestCase):
    def test_arguments_split_at_top_level_commas_only(self):
        self.assertEqual(source.split_arguments('a, f(b, c), "d, e", \'"\''), ["a", "f(b, c)", '"d, e"', "'\"'"])

    def test_comments_are_blanked_and_literals_kept(self):
        self.assertEqual(source.blank_comments('a /* x\ny */ "/*z*/" // w'), 'a     \n     "/*z*/"     ')

    def test_enumerations_are_evaluated(self):
        macros = {"FLAG": "0x100"}.get
        self.assertEqual(config.enumeration("E", False, "enum E { a, b = 7, c, d = FLAG | b, e = ~0, f = sizeof(x), g };",
                                            macros), "l0=a,7=b,8=c,263=d,4294967295=e")
        self.assertIsNone(config.enumeration("F", False, "enum E { a };", macros))

    def test_constants_run_no_code(self):
        self.assertIsNone(config.evaluate("__import__('os').getpid()", {}, lambda name: None))
        self.assertIsNone(config.evaluate("1 / 0", {}, lambda name: None))


if __name__ == "__main__":
    unittest.main()

#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The trace preprocessor: what it makes of a source compiles, and says what the source meant."""
import importlib.machinery
import importlib.util
import os
import shutil
import subprocess
import tempfile
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
TOOL = os.path.join(ROOT, "tools", "wpp", "wdf-wpp")
LOADER = importlib.machinery.SourceFileLoader("wdf_wpp", TOOL)
wpp = importlib.util.module_from_spec(importlib.util.spec_from_loader("wdf_wpp", LOADER))
LOADER.exec_module(wpp)

HEADER = """
#define WPP_CONTROL_GUIDS \\
    WPP_DEFINE_CONTROL_GUID(First, (11111111,2222,3333,4444,555555555555), \\
        WPP_DEFINE_BIT(INIT) WPP_DEFINE_BIT(DATA)) \\
    WPP_DEFINE_CONTROL_GUID(Second, (aaaaaaaa,bbbb,cccc,dddd,eeeeeeeeeeee), \\
        WPP_DEFINE_BIT(OTHER))
#define WPP_LEVEL_FLAGS_LOGGER(lvl,flags) WPP_LEVEL_LOGGER(flags)
#define WPP_LEVEL_FLAGS_ENABLED(lvl,flags) (WPP_LEVEL_ENABLED(flags) && WPP_CONTROL(WPP_BIT_ ## flags).Level >= lvl)
// begin_wpp config
// FUNC TraceEvents(LEVEL, FLAGS, MSG, ...);
// FUNC Info{LEVEL=TRACE_LEVEL_INFORMATION, FLAGS=DATA}(MSG, ...);
// USEPREFIX (Info, "%!STDPREFIX! prefix: ");
// FUNC FuncEntry{LEVEL=TRACE_LEVEL_VERBOSE}(FLAGS);
// USEPREFIX (FuncEntry, "--> %!FUNC!");
// end_wpp
"""

SOURCE = """
#include "Trace.h"
#include "t.tmh"
/* TraceEvents(in, a, comment) is none. */
static int calls;
static int argument(void) { return ++calls; }
int main(void)
{
    WPP_INIT_TRACING(0, 0);
    TraceEvents(TRACE_LEVEL_ERROR, INIT, "one %d %s (a, \\"b\\")",
                argument(),
                "text, (with) commas");
    TraceEvents(TRACE_LEVEL_VERBOSE, DATA, "two %!STATUS! in %!FUNC!", (int)0xC0000001);
    TraceEvents(TRACE_LEVEL_VERBOSE, OTHER, "three %!bool! %I64d", 1, 5L);
    Info("four %x %%", 255);
    FuncEntry(INIT);
    WPP_CLEANUP(0);
    TraceEvents(TRACE_LEVEL_ERROR, INIT, "never %d", argument());
    return calls;
}
"""

RUNTIME = """
#include <stdarg.h>
#include <stdio.h>
#include <openwdf/trace.h>
void owdf_trace_register(struct owdf_trace_control *c, unsigned n)
{ for (unsigned i = 0; i < n; i++) { c[i].Control.Level = 5; c[i].Control.Flags[0] = ~0u; printf("%s %s %s\\n", c[i].name, c[i].guid, c[i].bits); } }
void owdf_trace_unregister(struct owdf_trace_control *c, unsigned n)
{ for (unsigned i = 0; i < n; i++) { c[i].Control.Level = 0; c[i].Control.Flags[0] = 0; } }
void owdf_trace_message(const struct owdf_trace_control *c, int level, const char *file, int line, const char *f, const char *format, ...)
{ va_list a; (void)line; printf("%s %d %s %s: ", c->name, level, file, f); va_start(a, format); vprintf(format, a); va_end(a); putchar('\\n'); }
const char *owdf_trace_status(char *b, int s) { sprintf(b, "0x%08x", (unsigned)s); return b; }
const char *owdf_trace_guid(char *b, const void *g) { (void)g; return b; }
const char *owdf_trace_hex(char *b, size_t x, const void *l, size_t n, const void *p) { (void)x; (void)l; (void)n; (void)p; return b; }
"""


class Compiled(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp()
        self.write("trace.h", HEADER)
        self.write("t.c", SOURCE)
        self.write("runtime.c", RUNTIME)

    def tearDown(self):
        shutil.rmtree(self.folder)

    def write(self, name, text):
        with open(os.path.join(self.folder, name), "w", encoding="utf-8") as file:
            file.write(text)

    def tool(self, *arguments):
        return subprocess.run([TOOL, *arguments], cwd=self.folder, capture_output=True, text=True)

    def build_and_run(self, compiler):
        program = os.path.join(self.folder, "t-" + compiler)
        subprocess.run([compiler, "-I" + os.path.join(ROOT, "include"), "-Iout", "-I.", "t.c", "runtime.c", "-Wno-format",
                        "-o", program], cwd=self.folder, check=True)
        done = subprocess.run([program], capture_output=True, text=True)
        return done.returncode, done.stdout.splitlines()

    def test_calls_say_what_the_source_meant(self):
        done = self.tool("-o", "out", "t.c")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        for compiler in ("gcc", "clang"):
            if shutil.which(compiler) is None:
                continue
            calls, lines = self.build_and_run(compiler)
            self.assertEqual(calls, 1, "a disabled message evaluates no argument")
            self.assertEqual(lines, [
                "First 11111111-2222-3333-4444-555555555555 INIT DATA",
                "Second aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee OTHER",
                'First 2 t.c main: one 1 text, (with) commas (a, "b")',
                "First 5 t.c main: two 0xc0000001 in main",
                lines[4],
                "First 4 t.c main:  prefix: four ff %",
                "First 5 t.c main: --> main",
            ])
            self.assertTrue(lines[4].startswith("Second 5 t.c main: three true"))

    def test_nothing_changes_when_nothing_changed(self):
        self.tool("-o", "out", "t.c")
        path = os.path.join(self.folder, "out", "t.tmh")
        os.utime(path, (1, 1))
        self.tool("-o", "out", "t.c")
        self.assertEqual(os.stat(path).st_mtime, 1)

    def test_an_open_parenthesis_is_named_with_its_line(self):
        self.write("bad.c", '#include "trace.h"\n\nvoid f(void)\n{\n    TraceEvents(1, INIT, "x"\n}\n')
        done = self.tool("-o", "out", "bad.c", "t.c")
        self.assertEqual(done.returncode, 1)
        self.assertIn("bad.c:5: TraceEvents: the parenthesis is not closed", done.stderr)
        self.assertFalse(os.path.exists(os.path.join(self.folder, "out", "bad.tmh")))
        self.assertTrue(os.path.exists(os.path.join(self.folder, "out", "t.tmh")))

    def test_a_missing_source_is_named(self):
        done = self.tool("none.c")
        self.assertEqual(done.returncode, 1)
        self.assertIn("none.c: No such file", done.stderr)


class Parts(unittest.TestCase):
    def test_arguments_split_at_top_level_commas_only(self):
        self.assertEqual(wpp.split_arguments('a, f(b, c), "d, e", \'"\''), ["a", "f(b, c)", '"d, e"', "'\"'"])

    def test_numbered_arguments_are_taken_out_of_order(self):
        text, used = wpp.translate("%11!s! %10!d!", ["a", "b"], {}, {})
        self.assertEqual((text, used), ("%s %d", ["(b)", "(a)"]))

    def test_comments_are_blanked_and_literals_kept(self):
        self.assertEqual(wpp.blank_comments('a /* x\ny */ "/*z*/" // w'), 'a     \n     "/*z*/"     ')


if __name__ == "__main__":
    unittest.main()

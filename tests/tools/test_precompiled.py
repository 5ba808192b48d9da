#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Precompiled headers of `wdf build`: which headers, and that a program is the same with and without."""
import glob
import os
import shutil
import subprocess
import unittest

import test_build
from wdfbuild import precompiled

# No guard: Microsoft's compiler never enters it twice.
HEADER = "typedef int NUMBER;\n#ifdef ODD\n#define STEP 100\n#else\n#define STEP 1\n#endif\nstatic const NUMBER Base = 10;\n"
GUARDED = "/* A guard\n follows. */\n#ifndef PCH_H\n#define PCH_H\n" + HEADER + "#endif // PCH_H\n"
MAIN = '#include "pch.h"\nint f0(void), f1(void), f2(void), f3(void), odd(void);\n' \
       "int main(void) { return f0() + f1() + f2() + f3() + odd() == 10 + 11 + 12 + 13 + 110 ? 0 : 1; }\n"
COMPILERS = [c for c in ("clang", "gcc") if shutil.which(c)]


class Texts(unittest.TestCase):
    def test_first_include(self):
        for text, expected in {
                b'#include "a.h"\n': "a.h", b'// x\n/* y\n*/ # include "sub\\a.h"\n': "sub\\a.h", b'\xef\xbb\xbf#include "a.h"': "a.h",
                b"#include <a.h>\n": None, b'#define X\n#include "a.h"\n': None, b'int x;\n#include "a.h"': None, b"": None,
                b'/* #include "a.h" */\n': None, b'#include "a.h\n': None}.items():
            self.assertEqual(precompiled.first_include(text), expected, text)

    def test_guards(self):
        for text, expected in {
                b"#pragma once\nint x;\n": True, b"// x\n#ifndef A\n#define A\nint x;\n#endif\n": True,
                b"#if !defined(A)\n#define A 1\n#if B\n#endif\n#endif // A\n": True, b"#if !defined A\r\n#define A\r\n#endif\r\n": True,
                b"int x;\n": False, b"#ifndef A\n#define B\n#endif\n": False, b"#ifndef A\n#define A\n#endif\nint x;\n": False,
                b"int y;\n#ifndef A\n#define A\n#endif\n": False, b"#ifndef A\n#define A\n#endif\n#define C\n": False,
                b"#ifndef A\n#define A\nint x;\n": False, b"// #pragma once\nint x;\n": False, b"": False}.items():
            self.assertEqual(precompiled.is_guarded(text), expected, text)


@unittest.skipUnless("OPENWDF_WDF" in os.environ, "needs a build without sanitizers")
class Builds(test_build.Case):
    def setUp(self):
        super().setUp()
        self.out = os.path.join(self.folder, "out")
        self.write("src/main.c", MAIN)
        for number in range(4):
            self.write(f"src/f{number}.c", f'// {number}\n#include "pch.h"\nNUMBER f{number}(void);\n'
                                           f"NUMBER f{number}(void) {{ return Base + {number} * STEP; }}\n")
        # What stands before the include means something to the header.
        self.write("src/odd.c", '#define ODD\n#include "pch.h"\nNUMBER odd(void);\nNUMBER odd(void) { return Base + STEP; }\n')
        self.project(test_build.CONFIGURATIONS + '<ItemGroup><ClCompile Include="*.c" /></ItemGroup>', "src/app.vcxproj")

    def build(self, compiler):
        return subprocess.run([os.environ["OPENWDF_WDF"], "build", "src/app.vcxproj", "--" + compiler, "--out", self.out],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False, cwd=self.folder)

    def built(self, compiler):
        done = self.build(compiler)
        self.assertEqual((done.returncode, done.stderr), (0, ""), compiler)
        self.assertEqual(subprocess.run([os.path.join(self.out, "app")], check=False).returncode, 0, compiler)

    def arguments(self):
        """Of the one precompiled header; None when there is none."""
        files = glob.glob(os.path.join(self.out, "obj", "app", "gen", "precompiled", "*.arguments"))
        self.assertLessEqual(len(files), 1)
        if not files:
            return None
        with open(files[0], encoding="utf-8") as file:
            return file.read()

    def each_compiler(self):
        for compiler in COMPILERS:
            shutil.rmtree(self.out, ignore_errors=True)
            yield compiler

    def test_a_header_is_precompiled_once_and_made_again(self):
        for compiler in self.each_compiler():
            self.write("src/pch.h", GUARDED)
            self.built(compiler)
            self.assertIn("precompiled/1.h", self.arguments())
            # Through a header of the header: the objects too are made again.
            self.write("src/deep.h", "#define DEEP 1\n")
            self.write("src/pch.h", GUARDED.replace("= 10", "= 10 * DEEP").replace("typedef", '#include "deep.h"\ntypedef'))
            self.built(compiler)
            self.write("src/deep.h", "#define DEEP 2\n")
            self.assertEqual(self.build(compiler).returncode, 0)
            self.assertEqual(subprocess.run([os.path.join(self.out, "app")], check=False).returncode, 1)

    def test_a_header_without_a_guard(self):
        self.write("src/pch.h", HEADER)
        for compiler in self.each_compiler():
            self.built(compiler)
            self.assertEqual(self.arguments() is None, compiler == "gcc")

    def test_a_header_in_another_case_or_elsewhere(self):
        self.write("src/INC/PCH.H", GUARDED)
        self.project(test_build.CONFIGURATIONS + '<ItemDefinitionGroup><ClCompile><AdditionalIncludeDirectories>inc</AdditionalIncludeDirectories>'
                     '</ClCompile></ItemDefinitionGroup><ItemGroup><ClCompile Include="*.c" /></ItemGroup>', "src/app.vcxproj")
        for compiler in self.each_compiler():
            self.built(compiler)
            self.assertTrue(self.arguments())

    def test_a_header_that_does_not_compile_is_each_sources_matter(self):
        # The sources complain, with its place; a header that is mended later is precompiled.
        for compiler in self.each_compiler():
            self.write("src/pch.h", GUARDED.replace("typedef int", "typedef strange"))
            done = self.build(compiler)
            self.assertEqual(done.returncode, 1)
            self.assertIn("src/pch.h:5:", done.stderr)
            self.assertRegex(done.stderr, r"not built: \w+\.o")
            self.assertEqual(self.arguments(), "")
            self.write("src/pch.h", GUARDED)
            self.built(compiler)
            self.assertTrue(self.arguments())

    def test_a_warning_of_the_header_is_said_once(self):
        self.write("src/pch.h", GUARDED.replace("typedef", "#warning seen\ntypedef"))
        for compiler in self.each_compiler():
            done = self.build(compiler)
            self.assertEqual(done.returncode, 0)
            self.assertEqual(done.stderr.count("seen [-W"), 2, done.stderr)     # The header's own, and odd.c's.

    def test_few_sources_are_not_worth_it(self):
        self.write("src/pch.h", GUARDED)
        os.unlink(os.path.join(self.folder, "src", "f3.c"))
        os.unlink(os.path.join(self.folder, "src", "f2.c"))
        self.write("src/odd.c", '#include "pch.h"\nint f2(void) { return 12; }\nint f3(void) { return 13; }\nint odd(void) { return 110; }\n')
        self.write("src/f1.c", '#include <stddef.h>\n#include "pch.h"\nint f1(void) { return 11; }\n')
        for compiler in self.each_compiler():
            self.built(compiler)
            self.assertIsNone(self.arguments())


if __name__ == "__main__":
    unittest.main(verbosity=1)

#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""`wdf build`'s rewriting of preprocessed text: what is rewritten, what is left alone, and that it runs as on Windows."""
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
TOOL = os.path.join(ROOT, "tools", "build")
sys.path.insert(0, TOOL)

from wdfbuild import fixups, mends  # noqa: E402

WDK = [os.path.join(ROOT, "include", "wdk", folder) for folder in ("shared", "km")]
FLAGS = ["-fPIC", "-fshort-wchar", "-fms-extensions", "-mms-bitfields", "-Wno-multichar"]
COMPILERS = [c for c in ("gcc", "clang") if shutil.which(c)]


def rewrite(text, cplusplus=False, gcc=True):
    return fixups.Rewriter(cplusplus, gcc).rewrite(text)


class Text(unittest.TestCase):
    """Text in, text out."""

    def same(self, text, **options):
        self.assertEqual(rewrite(text, **options), text)

    def test_function_is_a_literal_with_its_name(self):
        self.assertEqual(rewrite('int f(int a) { return g(__FUNCTION__ ": %d", a); }'),
                         'int f(int a) { return g("f" ": %d", a); }')

    def test_function_beside_a_wide_literal_is_wide(self):
        self.assertEqual(rewrite('void f(void) { g(L"[" __FUNCTION__ L"]", L__FUNCTION__, __FUNCTIONW__); }'),
                         'void f(void) { g(L"[" L"f" L"]", L"f", L"f"); }')

    def test_function_of_a_member_is_qualified(self):
        text = ("namespace N { class C : public B { C() : a{1}, b(2) { g(__FUNCTION__); } void m() const { g(__FUNCTION__); } "
                "bool operator==(int) { g(__FUNCTION__); } }; } void N::C::o() { g(__FUNCTION__); } "
                "template <class T> T t(T a) { g(__FUNCTION__); }")
        names = [part.split('"')[0] for part in rewrite(text, cplusplus=True).split('g(((char *)"')[1:]]
        self.assertEqual(names, ["N::C::C", "N::C::m", "N::C::operator==", "N::C::o", "t"])

    def test_function_outside_of_one_is_left(self):
        self.same("const char *x = __FUNCTION__;")

    def test_initializers_and_structures_are_no_functions(self):
        self.assertIn('g("f")', rewrite("struct s { int a; }; struct s x = { 1 }; enum e { A, B };\n"
                                        "struct s *f(int (*cb)(int)) { if (1) { g(__FUNCTION__); } }"))

    def test_comma_of_an_empty_list_goes(self):
        self.assertEqual(rewrite("void f(void) { g(1, ); int a[] = {1, }; }"), "void f(void) { g(1 ); int a[] = {1, }; }")

    def test_comma_in_text_stays(self):
        self.same('void f(void) { g("a, )", \',\'); }')

    def test_long_has_32_bits(self):
        for before, after in (("long a;", "int a;"), ("unsigned long a;", "unsigned int a;"), ("long int a;", "int  a;"),
                              ("unsigned long int a;", "unsigned int  a;"), ("const long *a;", "const int *a;"),
                              ("long long a;", "long  a;"), ("unsigned long long a;", "unsigned long  a;"),
                              ("long double a;", "long double a;"), ("unsigned __owdf_int64 a;", "unsigned long a;"),
                              ("char *longer;", "char *longer;")):
            self.assertEqual(rewrite(before), after)

    def test_null_makes_a_function_pure(self):
        text = "class C { virtual int f(int a) = __null; virtual void g() const = NULL; int *p = __null; };"
        self.assertEqual(rewrite(text, cplusplus=True), text.replace(") = __null", ") = 0").replace("const = NULL", "const = 0"))
        self.same("class C { virtual void f(); }; void g(int **p) { *(p) = __null; }", cplusplus=True)

    def test_wide_literals_fill_arrays_of_unsigned_short(self):
        self.assertEqual(rewrite('const unsigned short a[] = L"x"; static unsigned short b[N] = L"y";', cplusplus=True),
                         'const wchar_t  a[] = L"x"; static wchar_t  b[N] = L"y";')
        self.same("unsigned short a[] = {1}; unsigned short b = 1, c[2];", cplusplus=True)
        self.same('const unsigned short a[] = L"x";')

    def test_system_headers_are_left(self):
        text = ('# 1 "x.c"\n# 1 "/usr/include/y.h" 1 3\nlong a; int f(void) { __FUNCTION__; }\n# 2 "x.c" 2\nlong b;\n')
        self.assertEqual(rewrite(text), text.replace("long b", "int b"))
        self.assertEqual(rewrite('# 1 "y.h" 1 3\ntypedef unsigned __owdf_int64 U;\n'), '# 1 "y.h" 1 3\ntypedef unsigned long U;\n')

    def test_a_macro_of_a_system_header_leaves_a_file_what_it_is(self):
        text = '# 1 "x.c"\nlong a = \n# 1 "x.c" 3 4\n1\n# 1 "x.c"\n; long b;\n'
        self.assertEqual(rewrite(text), text.replace("long", "int"))

    def test_suffixes(self):
        self.assertEqual(rewrite("a = 0x10ui64 + 5i64 + 7i32 + 1UL;"), "a = 0x10uL + 5L + 7 + 1UL;")

    def test_address_of_a_cast_in_c(self):
        self.assertEqual(rewrite("void f(void) { g(a, &((PVOID)(b))); }"), "void f(void) { g(a, ((PVOID*)&(b))); }")
        self.assertEqual(rewrite("void f(void) { g(&((PVOID)b)); }"), "void f(void) { g(((PVOID*)&b)); }")
        self.same("void f(void) { g(&((T)b)->c); x = a & ((T)b); }")
        self.same("void f(void) { g(&((T)(b))); }", cplusplus=True)

    def test_wide_by_stringizing(self):
        self.assertEqual(rewrite('x = L"a" L "b";'), 'x = L"a" L"b";')

    def test_super_is_the_first_base_with_gcc(self):
        text = "struct B { int f(); }; struct D : public B { int f() { return __super::f(); } };"
        self.assertIn("return B::f()", rewrite(text, cplusplus=True))
        self.same(text, cplusplus=True, gcc=False)

    def test_enumeration_with_a_type_in_c_with_gcc(self):
        for before, after in (("enum e : int { A };", "enum e { A };"),
                              ("enum e : unsigned char { A, B } x;",
                               "enum __attribute__((packed)) e { owdf_width_1 = 0xff, A = 0, B } x;"),
                              ("enum : USHORT { A = 3 };", "enum __attribute__((packed)) { owdf_width_1 = 0xffff, A = 3 };"),
                              ("enum e;", "enum e;"), ("x = a ? b : c;", "x = a ? b : c;")):
            self.assertEqual(rewrite(before).split(), after.split())
        self.same("enum e : unsigned char { A };", gcc=False)

    def test_goto_past_a_variable_with_gcc(self):
        text = "int f(int a) { if (a) goto out; void *p = g(1, 2); int n = 1; for (int i = 0; i < 1; i++) h(p); out: return a; }"
        done = fixups.Rewriter(True, True, {"p", "i"}).rewrite(text)
        self.assertEqual(done, text.replace("*p =", "*p ; p ="))
        self.same(text, cplusplus=True)

    def test_a_forward_enumeration_in_cplusplus_with_gcc(self):
        text = "enum a; enum b { B }; enum a { A }; enum c : char; enum a x;"
        done = rewrite(text, cplusplus=True)
        self.assertEqual(done, text.replace("enum a;", "enum a : int;").replace("enum a {", "enum a : int {"))
        self.assertEqual(rewrite(done, cplusplus=True), done)
        self.same(text, cplusplus=True, gcc=False)

    def test_a_return_ends_with_its_block_with_gcc(self):
        self.assertEqual(rewrite("int f() {return ((a)) } int g() { if (a) { return (b){1, 2}; } return c;}", cplusplus=True),
                         "int f() {return ((a)); } int g() { if (a) { return (b){1, 2}; } return c;}")

    def test_literals_of_a_refused_call_are_cast(self):
        text = '# 7 "x.cpp"\nf("a",\n  L"b", g("c"),\n  "d" L"e"); h("f");\nf("g");\n'
        done = mends.cast_literals(text, {("x.cpp", 7)})
        self.assertEqual(done, '# 7 "x.cpp"\nf(((char *)"a"),\n  ((wchar_t *)L"b"), g(((char *)"c")),\n'
                               '  ((char *)"d" L"e")); h(((char *)"f"));\nf("g");\n')
        self.assertEqual(mends.cast_literals(text, set()), text)

    def test_twice_is_once(self):
        text = rewrite('int f(long a) { return g(__FUNCTION__ "x", &((PVOID)(a)), ); }')
        self.assertEqual(rewrite(text), text)

    def test_raw_and_broken_text_does_not_stop_it(self):
        for text in ('const char *x = R"(a " long ) b)";', "}}}} {{", "'", '"', "f(", ") {", "", "\0\xff", "enum", "&((", "L"):
            self.assertIsInstance(rewrite(text, cplusplus=True), str)
            self.assertIsInstance(rewrite(text), str)


class Needs(unittest.TestCase):
    def test_what_asks_for_it(self):
        for text in (b'g(__FUNCTION__ "x")', b"x = 5i64;", b"#define F __FUNCTION__", b"__super::f()",
                     b"L#x", b"__FUNCTIONW__",
                     b"virtual void f() = NULL;", b'unsigned short a[] = L"x";'):
            self.assertTrue(fixups.needed(fixups.needs(text)), text)
        for text in (b"ULONG a;", b'printf("%s", __FUNCTION__);', b"longer = 5;", b"L ## x", b"/* long */", b"goto x;",
                     b"*(p) = NULL;", b"unsigned short a[2];"):
            self.assertFalse(fixups.needed(fixups.needs(text, fixups.long_lines(text))), text)
        self.assertTrue(fixups.needed(fixups.needs(b"long a;", fixups.long_lines(b"long a;"))))
        self.assertTrue(fixups.needed(fixups.needs(b"#define W(x) L ## x") + fixups.needs(b"W(__FUNCTION__)")))

    def test_what_asks_for_a_definition(self):
        for text, found in ((b"void\n__cdecl\nmain(", "m"), (b"VOID main(void)", "m"), (b"int main(_In_ ULONG argc)", "m"),
                            (b"int main(int argc)", ""), (b"void domain(", ""), (b"f(__in int a)", "s"), (b"__in_opt __inner", "")):
            self.assertEqual(fixups.needs(text), found, text)
            self.assertFalse(fixups.needed(found))

    def test_lines_of_long(self):
        text = b"// long\n/* long\nlong */ ULONG a;\nlong b;\nlong long c;\nlong double d;\n#error long way\nchar *e = \"long\"; long f;\n"
        self.assertEqual(fixups.long_lines(text), [4, 8])


class Compiled(unittest.TestCase):
    """The two steps, with the compilers that there are."""

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="fixups-")

    def tearDown(self):
        shutil.rmtree(self.folder)

    def build(self, compiler, name, text, *flags):
        source, target = os.path.join(self.folder, name), os.path.join(self.folder, "x.o")
        with open(source, "w", encoding="utf-8") as file:
            file.write(text)
        words = [compiler, *FLAGS, *flags] + [w for folder in WDK for w in ("-isystem", folder)]
        done = subprocess.run([sys.executable, os.path.join(TOOL, "wdf-build"), "--internal", "fixups", compiler, *words, "-MD", "-MF",
                               target + ".d", "-c", source, "-o", target], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              errors="replace", check=False)
        return done, target

    def run_it(self, compiler, target):
        program = os.path.join(self.folder, "x")
        subprocess.run([compiler, target, "-o", program], check=True)
        return subprocess.run([program], check=False).returncode

    def test_it_runs_as_on_windows(self):
        text = """
#include <openwdf_compiler.h>
typedef unsigned __int64 wide;
struct layout { unsigned long a; long b; unsigned long long c; };
int strcmp(const char *, const char *);
#define NAMED(x) __FUNCTION__ ":" x
int main(void)
{
    wide w = 0xffffffffffui64;
    if (sizeof(struct layout) != 16 || sizeof(long) != 4 || sizeof(w) != 8) return 1;
    if (strcmp(NAMED("x"), "main:x") != 0) return 2;
    if (sizeof(L"" __FUNCTION__) != 10) return 3;
    return 0;
}
"""
        for compiler in COMPILERS:
            done, target = self.build(compiler, "x.c", text)
            self.assertEqual(done.returncode, 0, done.stdout)
            self.assertEqual(self.run_it(compiler, target), 0)
            self.assertFalse(os.path.exists(target + ".i"))
            with open(target + ".d", encoding="utf-8") as file:
                self.assertIn("openwdf_compiler.h", file.read())

    def test_a_definition_may_differ_from_its_declaration(self):
        text = """
typedef int callback(void *a, int b);
callback outside;
static callback inside;
int main(void) { callback *o = outside, *i = inside; return o(0, 1) + i(0, 2) - 3; }
int outside(char *a, int b) { (void)a; return b; }
static int inside(char *a, int b) { (void)a; return b; }
"""
        for compiler in COMPILERS:
            done, target = self.build(compiler, "x.c", text, "-O2")
            self.assertEqual(done.returncode, 0, done.stdout)
            self.assertEqual(self.run_it(compiler, target), 0)

    def test_a_static_definition_of_what_is_declared_without(self):
        text = "int f(int a);\nstatic int f(int a) { return a; }\nint main(void) { return f(0); }\n"
        for compiler in COMPILERS:
            done, target = self.build(compiler, "x.c", text)
            self.assertEqual(done.returncode, 0, done.stdout)
            self.assertEqual(self.run_it(compiler, target), 0)

    def test_what_no_other_compiler_understands_in_c(self):
        text = """
#include <openwdf_compiler.h>
enum small : unsigned char { SMALL_A, SMALL_B };
enum wide : unsigned short { WIDE_A = 7, WIDE_B };
struct sized { enum small a; enum wide b; };
#define WIDE(x) L#x
static int first(int a, ...) { return a; }
static void store(void **p, void *value) { *p = value; }
int main(void)
{
    char *p = 0;
    int list[] = { 1, 2, };
    if (sizeof(struct sized) != 4 || SMALL_A != 0 || SMALL_B != 1 || WIDE_B != 8) return 1;
    if (sizeof(WIDE(abc)) != 8 || WIDE(abc)[2] != 'c') return 2;
    store(&((void *)(p)), list);
    if (p != (char *)list) return 3;
    if (first(4, ) != 4 || sizeof(list) != 8) return 4;
    if (sizeof(1i64) != 8 || 0xffffffffui32 >> 31 != 1 || (unsigned __int64)-1 != 0xffffffffffffffffui64) return 5;
    return sizeof(__FUNCTIONW__) != 10;
}
"""
        for compiler in COMPILERS:
            done, target = self.build(compiler, "x.c", text, *(["-Wno-microsoft"] if compiler == "clang" else []))
            self.assertEqual(done.returncode, 0, done.stdout)
            self.assertEqual(self.run_it(compiler, target), 0)

    def test_what_no_other_compiler_understands_in_cplusplus(self):
        text = """
#include <openwdf_compiler.h>
extern "C" int strcmp(const char *, const char *);
#define SAID __FUNCTION__ "!"
struct base { int number() { return 3; } };
namespace space {
struct derived : public base {
    int number() { return __super::number() + 1; }
    const char *name() { return SAID; }
    template <class T> const char *typed(T) { return SAID; }
};
}
static int taken(void *p) { return *(char *)p; }
long narrow(long a) { return a; }
int main()
{
    space::derived d;
    if (d.number() != 4) return 1;
    if (strcmp(d.name(), "space::derived::name!") != 0 || strcmp(d.typed(1), "space::derived::typed!") != 0) return 2;
    if (taken(__FUNCTION__) != 'm') return 3;
    return sizeof(narrow(1)) != 4;
}
"""
        for compiler in COMPILERS:
            done, target = self.build(compiler, "x.cpp", text, "-std=gnu++17")
            self.assertEqual(done.returncode, 0, done.stdout)
            self.assertEqual(self.run_it(compiler, target), 0)

    def test_an_error_keeps_its_place(self):
        for compiler in COMPILERS:
            done, _ = self.build(compiler, "x.c", "\n\nlong f(void)\n{\n    return nothing;\n}\n")
            self.assertNotEqual(done.returncode, 0)
            self.assertIn("x.c:5:", done.stdout)

    def test_what_compilers_refuse_of_cplusplus(self):
        text = """
enum later;
struct user { later of(); };
enum later { FIRST = 3 };
template <class T> struct access {
    T Read(T *p);
    bool Unused(T a) { return (a == T(0)) };
};
int
access<int>::Read(int *p)
{
    return *p;
}
short access<short>::Read(short *p) { return *p; }
static int touch(void *p, int size) { return ((char *)p)[0] + size; }
typedef struct { int a, b; } ITEM;
static int pass(int a)
{
    int result = 0;
    if (a == 0)
        goto out;
    ITEM items[] = {
        { a, 1 },
        { 2, a },
    };
    ITEM one = { a, a };
    result = items[0].a + items[1].b + (int)(sizeof(items) / sizeof(items[0])) + one.b;
out:
    return result;
}
struct tail { int count; short list[1]; };
static long reach(tail *t) { return __builtin_offsetof(struct tail, list[t->count]) + __builtin_offsetof(struct tail, list); }
int main()
{
    tail t = { 3, { 0 } };
    if (reach(&t) != 14) return 3;
    access<int> i;
    access<short> s;
    int n = 4;
    short m = 5;
    if (i.Read(&n) != 4 || s.Read(&m) != 5) return 1;
    if (touch(L"x",
              sizeof("abc")) != 'x' + 4) return 2;
    return FIRST != 3 || pass(0) != 0 || pass(7) != 23;
}
"""
        for compiler in COMPILERS:
            flags = ["-fms-compatibility", "-fdelayed-template-parsing", "-Wno-microsoft"] if compiler == "clang" else ["-fpermissive"]
            done, target = self.build(compiler, "x.cpp", text, "-std=gnu++17", *flags)
            self.assertEqual(done.returncode, 0, done.stdout)
            self.assertEqual(self.run_it(compiler, target), 0)

    def test_a_goto_may_pass_by_a_variable(self):
        text = ("int f(int a) { if (a) goto out; int *p = &a; *p = 1; const int n = 2; const auto m = a; int *const q = &a; "
                "int b[n]; b[0] = m + *q; a = b[0]; out: return a; }\nint main() { return f(2) - 2 + f(0) - 2; }\n")
        if "gcc" in COMPILERS:
            done, target = self.build("gcc", "x.cpp", text, "-fpermissive")
            self.assertEqual(done.returncode, 0, done.stdout)
            self.assertEqual(self.run_it("gcc", target), 0)

    def cplusplus(self, text, *flags):
        for compiler in COMPILERS:
            done, target = self.build(compiler, "x.cpp", text, *flags)
            self.assertEqual(done.returncode, 0, done.stdout)
            program = os.path.join(self.folder, "x")
            subprocess.run([{"gcc": "g++", "clang": "clang++"}[compiler], target, "-o", program], check=True)
            self.assertEqual(subprocess.run([program], check=False).returncode, 0, compiler)

    def test_a_constexpr_function_may_make_a_pointer_of_a_number(self):
        text = """
typedef void *HANDLE;
constexpr bool is_pipe(HANDLE h) { return h == reinterpret_cast<HANDLE>(0xFFFF0081); }
constexpr int twice(int a) { return 2 * a; }
static_assert(twice(2) == 4, "it stays what it is");
struct pipes {
    constexpr bool other(HANDLE h) const { if (!h) { return false; } return h == reinterpret_cast<HANDLE>(8); }
};
int main()
{
    pipes p;
    return !is_pipe((HANDLE)0xFFFF0081) || is_pipe(0) || !p.other((HANDLE)8);
}
"""
        for compiler in COMPILERS:
            done, target = self.build(compiler, "x.cpp", text, "-std=gnu++17", *(["-Wno-invalid-constexpr"] if compiler == "clang" else []))
            self.assertEqual(done.returncode, 0, done.stdout)
            self.assertEqual(self.run_it(compiler, target), 0)

    def test_a_conditional_may_be_void_on_one_side(self):
        self.cplusplus("static int calls; void v() { calls++; } void o(const char *) { calls++; }\n"
                       "#define CHECK(e) (!(e) ? v(), o(#e), 0 : 1)\n"
                       "void f(void *p) {\n    (p == 0 ? 0 : 1) ? (CHECK(p != 0)) : (v());\n    (p ? v() : 1);\n"
                       "    switch (1 ? 2 : 3) { case 2: p ? 1 : v(); }\n}\n"
                       "int main() { f(0); f(&calls); return calls - 3; }\n")

    def test_a_template_may_name_what_comes_later(self):
        if "gcc" in COMPILERS:
            text = ("struct T { template <class F> int p(int a, F f = F()) { auto r = Later::twice(a); return f(r); } int b; };\n"
                    "template <typename A> static int unused(A a) { Nothing *n; return use(a, n); }\n"
                    "template <typename A> static int used(A a) { return Later::twice(a); }\n"
                    "struct Later { static int twice(int a) { return 2 * a; } };\n"
                    "int main() { T t; return t.p(3, [](int x) { return x - 6; }) + used(1) - 2; }\n")
            done, target = self.build("gcc", "x.cpp", text)
            self.assertEqual(done.returncode, 0, done.stdout)
            program = os.path.join(self.folder, "x")
            subprocess.run(["g++", target, "-o", program], check=True)
            self.assertEqual(subprocess.run([program], check=False).returncode, 0)

    def test_a_name_that_there_is_not_is_named(self):
        for compiler in COMPILERS:
            done, _ = self.build(compiler, "x.cpp", "template <class T> int f(T t) { return nothing(t) + missing; }\n\n"
                                                    "int main() { return f(1); }\n")
            self.assertNotEqual(done.returncode, 0)
            self.assertRegex(done.stdout, r"x\.cpp:[13]:.*(missing|not declared)")


if __name__ == "__main__":
    unittest.main()

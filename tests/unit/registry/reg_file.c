/* SPDX-License-Identifier: MIT */
/* .reg files: what is exported comes back as it was, and a malformed file changes nothing. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <check.h>

#include "base/utf16.h"
#include "registry/registry.h"
#include "sys/memory.h"

#define HEAD "Windows Registry Editor Version 5.00\r\n\r\n"

static struct reg_store *store;
static struct reg_error error;

static void
setup(void)
{
    ck_assert_int_eq(reg_open_memory(&store), 0);
}

static void
teardown(void)
{
    reg_close(store);
}

static reg_key
must_open(const char *path)
{
    reg_key key;

    ck_assert_int_eq(reg_key_open(store, REG_ROOT, path, 0, &key), 0);
    return key;
}

static void
import(const char *text)
{
    int result = reg_import(store, text, strlen(text), &error);

    ck_assert_msg(result == 0, "%s", error.text);
}

static void
expect_value(reg_key key, const char *name, uint32_t type, const void *data, size_t size)
{
    struct reg_value value;

    ck_assert_int_eq(reg_value_get(store, key, name, &value), 0);
    ck_assert_uint_eq(value.type, type);
    ck_assert_uint_eq(value.size, size);
    ck_assert_mem_eq(value.data, data, size);
    reg_value_free(&value);
}

START_TEST(every_kind_of_line_is_understood)
{
    reg_key key;

    import(HEAD "; a comment\r\n"
                "[HKEY_LOCAL_MACHINE\\SOFTWARE\\Acme]\r\n"
                "@=\"default\"\r\n"
                "\"quo\\\"ted\\\\name\"=\"a\\\\b\\\"c\"\r\n"
                "\"number\"=dword:0000002A\r\n"
                "\"bytes\"=hex:00,01,\\\r\n  fe,ff\r\n"
                "\"multi\"=hex(7):61,00,00,00,00,00\r\n"
                "\"none\"=hex(0):\r\n"
                "\"quad\" = hex(b):01,00,00,00,00,00,00,00 ; eight\r\n");
    key = must_open("Machine\\SOFTWARE\\Acme");
    expect_value(key, "", REG_TYPE_SZ, u"default", 16);
    expect_value(key, "quo\"ted\\name", REG_TYPE_SZ, u"a\\b\"c", 12);
    expect_value(key, "number", REG_TYPE_DWORD, "\x2a\0\0\0", 4);
    expect_value(key, "bytes", REG_TYPE_BINARY, "\0\x01\xfe\xff", 4);
    expect_value(key, "multi", REG_TYPE_MULTI_SZ, "a\0\0\0\0\0", 6);
    expect_value(key, "none", REG_TYPE_NONE, "", 0);
    expect_value(key, "quad", REG_TYPE_QWORD, "\x01\0\0\0\0\0\0\0", 8);
}
END_TEST

START_TEST(minus_deletes)
{
    struct reg_value value;
    reg_key key;

    import(HEAD "[HKLM\\SOFTWARE\\A\\B]\n\"x\"=\"1\"\n\"y\"=\"2\"\n");
    import(HEAD "[HKLM\\SOFTWARE\\A\\B]\n\"x\"=-\n\"missing\"=-\n");
    ck_assert_int_eq(reg_value_get(store, must_open("Machine\\SOFTWARE\\A\\B"), "x", &value),
                     -ENOENT);
    import(HEAD "[-HKLM\\SOFTWARE\\A]\n\"ignored\"=\"1\"\n[-HKLM\\SOFTWARE\\NotThere]\n");
    ck_assert_int_eq(reg_key_open(store, REG_ROOT, "Machine\\SOFTWARE\\A", 0, &key), -ENOENT);
}
END_TEST

START_TEST(utf16_and_the_old_format_are_understood)
{
    static const char text[] = HEAD "[HKLM\\SOFTWARE\\Größe]\r\n\"ü\"=\"ß\"\r\n";
    uint16_t units[256];
    size_t count = utf8_to_utf16(units + 1, 255, text, strlen(text));

    units[0] = 0xFEFF;
    ck_assert_int_eq(reg_import(store, units, 2 * (count + 1), &error), 0);
    expect_value(must_open("Machine\\SOFTWARE\\größe"), "Ü", REG_TYPE_SZ, u"ß", 4);
    /* Without its mark too. */
    ck_assert_int_eq(reg_import(store, units + 1, 2 * count, &error), 0);
    import("REGEDIT4\n\n[HKLM\\SOFTWARE\\Old]\n\"m\"=hex(7):61,62,00,00\n");
    expect_value(must_open("Machine\\SOFTWARE\\Old"), "m", REG_TYPE_MULTI_SZ, "a\0b\0\0\0\0\0", 8);
}
END_TEST

START_TEST(a_malformed_file_changes_nothing)
{
    static const struct {
        const char *text;
        const char *message;
    } cases[] = {
        {"", "line 0: a .reg file begins"},
        {"hello\n", "line 1: a .reg file begins"},
        {HEAD "\"x\"=\"1\"\n", "line 3: a value stands before the first key"},
        {HEAD "[HKLM\\SOFTWARE\\Bad]\n\"x\"=\"1\"\njunk\n", "line 5: \"junk\" begins neither"},
        {HEAD "[HKLM\\SOFTWARE\\Bad]\n\"x\"=\"1\n", "line 4: a quote is not closed"},
        {HEAD "[HKLM\\SOFTWARE\\Bad]\n\"x\"\n", "line 4: the name \"x\" is not followed"},
        {HEAD "[HKLM\\SOFTWARE\\Bad]\n\"x\"=dword:zz\n", "line 4: \"zz\" is not a number"},
        {HEAD "[HKLM\\SOFTWARE\\Bad]\n\"x\"=dword:123456789\n", "line 4: \"123456789\" is not"},
        {HEAD "[HKLM\\SOFTWARE\\Bad]\n\"x\"=hex:0g\n", "line 4: \"g\" is not a byte"},
        {HEAD "[HKLM\\SOFTWARE\\Bad]\n\"x\"=hex:001\n", "line 4: \"001\" is not a byte"},
        {HEAD "[HKLM\\SOFTWARE\\Bad]\n\"x\"=hex:00,\\\n", "line 4: the file ends"},
        {HEAD "[HKLM\\SOFTWARE\\Bad]\n\"x\"=hex(:00\n", "line 4: \"hex(\""},
        {HEAD "[HKLM\\SOFTWARE\\Bad]\n\"x\"=\"1\"x\n", "line 4: \"x\" behind the text"},
        {HEAD "[HKLM\\SOFTWARE\\Bad]\n[HKXX\\A]\n", "line 4: \"HKXX\\A\" is not the path"},
        {HEAD "[HKLM\\SOFTWARE\\Bad]\n[HKLM\\A\n", "line 4: a key's name ends"},
        {HEAD "[HKLM\\SOFTWARE\\Bad]\n[-HKLM]\n", "line 4: HKLM: Operation not permitted"},
    };
    reg_key key;
    size_t i;

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        ck_assert_int_ne(reg_import(store, cases[i].text, strlen(cases[i].text), &error), 0);
        ck_assert_msg(strncmp(error.text, cases[i].message, strlen(cases[i].message)) == 0,
                      "case %zu: %s", i, error.text);
        ck_assert_int_eq(reg_key_open(store, REG_ROOT, "Machine\\SOFTWARE\\Bad", 0, &key), -ENOENT);
    }
}
END_TEST

START_TEST(an_export_comes_back_as_it_was)
{
    static const uint16_t odd[] = {'a', 0, 'b', 0xd800, 0};
    char bytes[200];
    reg_key key;
    char *first;
    char *second;
    size_t i;

    for (i = 0; i < sizeof(bytes); i++) {
        bytes[i] = (char)(i * 7);
    }
    ck_assert_int_eq(reg_key_create(store, REG_ROOT, "Machine\\SOFTWARE\\Ex\\Süb", REG_CREATE_PATH,
                                    NULL, &key, NULL),
                     0);
    ck_assert_int_eq(reg_value_set(store, key, "b", REG_TYPE_BINARY, bytes, sizeof(bytes)), 0);
    ck_assert_int_eq(reg_set_number(store, key, "n\"\\", 0xdeadbeef), 0);
    ck_assert_int_eq(reg_set_text(store, key, "", "te\"xt\\"), 0);
    ck_assert_int_eq(reg_set_text(store, key, "lines", "a\r\nb"), 0);
    ck_assert_int_eq(reg_value_set(store, key, "odd", REG_TYPE_SZ, odd, sizeof(odd)), 0);
    ck_assert_int_eq(reg_value_set(store, key, "unended", REG_TYPE_SZ, "x", 1), 0);
    ck_assert_int_eq(reg_value_set(store, key, "own", 0x12345, "x", 1), 0);
    key = must_open("Machine\\SOFTWARE\\Ex");
    ck_assert_int_eq(reg_export(store, key, &first), 0);
    ck_assert_int_eq(reg_key_delete_tree(store, key), 0);
    import(first);
    ck_assert_int_eq(reg_export(store, must_open("Machine\\SOFTWARE\\Ex"), &second), 0);
    ck_assert_str_eq(first, second);
    expect_value(must_open("Machine\\SOFTWARE\\Ex\\Süb"), "b", REG_TYPE_BINARY, bytes,
                 sizeof(bytes));
    expect_value(must_open("Machine\\SOFTWARE\\Ex\\Süb"), "odd", REG_TYPE_SZ, odd, sizeof(odd));
    sys_free(first);
    sys_free(second);
}
END_TEST

static Suite *
reg_file_suite(void)
{
    Suite *suite = suite_create("reg_file");
    TCase *tcase = tcase_create("all");

    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, every_kind_of_line_is_understood);
    tcase_add_test(tcase, minus_deletes);
    tcase_add_test(tcase, utf16_and_the_old_format_are_understood);
    tcase_add_test(tcase, a_malformed_file_changes_nothing);
    tcase_add_test(tcase, an_export_comes_back_as_it_was);
    suite_add_tcase(suite, tcase);
    return suite;
}

int
main(void)
{
    SRunner *runner = srunner_create(reg_file_suite());
    int failed;

    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}

/* SPDX-License-Identifier: MIT */
/* Reading INF files, and finding a device in them. */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "inf/inf.h"

static struct inf *inf;
static struct inf_error error;

static int
parse(const char *text)
{
    return inf_parse("folder/test.inf", text, strlen(text), &inf, &error);
}

static void
teardown(void)
{
    inf_close(inf);
    inf = NULL;
}

#define VERSION                                                                                    \
    "[Version]\nSignature=\"$WINDOWS NT$\"\nClass=Sample\n"                                        \
    "ClassGuid={78A1C341-4539-11d3-B88D-00C04FAD5171}\n"

static const char echo[] =
    VERSION "[Manufacturer]\n%Mfg%=Models,NTx86,NT$ARCH$.10.0...16299\n"
            "[Models.NTx86]\n%Wrong%=Wrong,root\\wrong\n"
            "[Models.NT$ARCH$.10.0...16299]\n"
            "%Desc% = Echo_Install, root\\ECHO, root\\COMPATIBLE ; comment\n"
            "\"Other, device\" = Other_Install, root\\OTHER\n"
            "[Echo_Install.NT.Services]\n"
            "AddService = Helper,,Helper_Service\n"
            "AddService = Echo, %SPSVCINST_ASSOCSERVICE%, Echo_Service\n"
            "[Echo_Service]\nServiceBinary = %13%\\ECHO.sys\n"
            "[Helper_Service]\nServiceBinary = %13%\\helper.sys\n"
            "[Other_Install.NTamd64.Services]\nAddService=Other,2,Other_Service\n"
            "[Other_Install.NTarm64.Services]\nAddService=Other,2,Other_Service\n"
            "[Other_Service]\nServiceBinary=%12%\\other.sys\n"
            "[Strings]\nMfg=\"Some \"\"quoted\"\" company\"\nDesc=\"Echo; device\"\n"
            "SPSVCINST_ASSOCSERVICE=0x00000002\n";

START_TEST(lines_and_fields_are_read)
{
    const struct inf_line *line;

    ck_assert_int_eq(parse("for people\r\n[A]\r\nkey = one , \"two, three\" ,, last\\\r\n  part\r\n"
                           "[b]\nalone\n[a]\nkey2=%x%\n"),
                     0);
    line = inf_find(inf, "a", "KEY");
    ck_assert_ptr_nonnull(line);
    ck_assert_uint_eq(line->number, 3);
    ck_assert_uint_eq(line->field_count, 4);
    ck_assert_str_eq(line->fields[0], "one");
    ck_assert_str_eq(line->fields[1], "two, three");
    ck_assert_str_eq(line->fields[2], "");
    ck_assert_str_eq(line->fields[3], "last  part");
    ck_assert_uint_eq(inf_line_at(inf, "A", 1)->number, 8);
    ck_assert_ptr_null(inf_line_at(inf, "A", 2));
    ck_assert_str_eq(inf_line_at(inf, "B", 0)->fields[0], "alone");
    ck_assert(inf_has_section(inf, "B"));
    ck_assert(!inf_has_section(inf, "C"));
}
END_TEST

START_TEST(utf16_is_read)
{
    static const char text[] = "\xff\xfe[\0A\0]\0\n\0k\0=\0\xe4\0";

    ck_assert_int_eq(inf_parse("x", text, sizeof(text) - 1, &inf, &error), 0);
    ck_assert_str_eq(inf_find(inf, "A", "k")->fields[0], "\xc3\xa4");
}
END_TEST

START_TEST(malformed_line_is_named)
{
    ck_assert_int_eq(parse("[A]\n\n[B\n"), -EINVAL);
    ck_assert_str_eq(error.text, "test.inf:3: a section's name ends with \"]\"");
    ck_assert_int_eq(parse("[A]\nk = \"open\n"), -EINVAL);
    ck_assert_str_eq(error.text, "test.inf:2: a quote is not closed");
}
END_TEST

START_TEST(strings_are_substituted)
{
    const struct inf_line *line;
    char out[32];

    ck_assert_int_eq(parse("[A]\nk=%x% %12%\\y %%\nz=%none%\n[Strings]\nX=value\n"), 0);
    line = inf_find(inf, "A", "k");
    ck_assert_int_eq(inf_expand(inf, line, line->fields[0], out, sizeof(out), &error), 0);
    ck_assert_str_eq(out, "value %12%\\y %");
    ck_assert_int_eq(inf_expand(inf, line, line->fields[0], out, 6, &error), -ENAMETOOLONG);
    line = inf_find(inf, "A", "z");
    ck_assert_int_eq(inf_expand(inf, line, line->fields[0], out, sizeof(out), &error), -ENOENT);
    ck_assert_str_eq(error.text, "test.inf:3: %none% is not defined in [Strings]");
}
END_TEST

START_TEST(first_device_and_its_driver_are_found)
{
    struct inf_device device;

    ck_assert_int_eq(parse(echo), 0);
    ck_assert_msg(inf_select(inf, NULL, &device, &error) == 0, "%s", error.text);
    ck_assert_str_eq(device.description, "Echo; device");
    ck_assert_str_eq(device.hardware_id, "root\\ECHO");
    ck_assert_str_eq(device.service, "Echo");
    ck_assert_str_eq(device.binary, "ECHO.sys");
    ck_assert_str_eq(device.class_name, "Sample");
    ck_assert_str_eq(device.class_guid, "{78A1C341-4539-11d3-B88D-00C04FAD5171}");
    ck_assert_str_eq(device.manufacturer, "Some \"quoted\" company");
}
END_TEST

START_TEST(device_is_found_by_hardware_or_compatible_id)
{
    struct inf_device device;

    ck_assert_int_eq(parse(echo), 0);
    ck_assert_int_eq(inf_select(inf, "ROOT\\other", &device, &error), 0);
    ck_assert_str_eq(device.description, "Other, device");
    ck_assert_str_eq(device.binary, "other.sys");
    ck_assert_int_eq(inf_select(inf, "root\\compatible", &device, &error), 0);
    ck_assert_str_eq(device.service, "Echo");
    ck_assert_int_eq(inf_select(inf, "root\\wrong", &device, &error), -ENOENT);
    ck_assert_ptr_nonnull(strstr(error.text, "root\\wrong"));
}
END_TEST

START_TEST(umdf_driver_is_found_behind_the_reflector)
{
    struct inf_device device;

    ck_assert_int_eq(parse(VERSION
                           "[Manufacturer]\nm=Models,NTamd64,NTarm64\n"
                           "[Models.NTamd64]\nd=I,root\\um\n[Models.NTarm64]\nd=I,root\\um\n"
                           "[I.NT.Services]\nAddService=WUDFRd,2,R\n"
                           "[R]\nServiceBinary=%12%\\WUDFRd.sys\n"
                           "[I.NT.Wdf]\nUmdfService=Um,U\n"
                           "[U]\nServiceBinary=%13%\\um.dll\n"),
                     0);
    ck_assert_msg(inf_select(inf, NULL, &device, &error) == 0, "%s", error.text);
    ck_assert_str_eq(device.service, "Um");
    ck_assert_str_eq(device.binary, "um.dll");
    ck_assert_uint_eq(device.filter_count, 0);
}
END_TEST

START_TEST(umdf_drivers_are_stacked_in_their_order)
{
    struct inf_device device;

    ck_assert_int_eq(parse(VERSION
                           "[Manufacturer]\nm=Models,NTamd64,NTarm64\n"
                           "[Models.NTamd64]\nd=I,root\\um\n[Models.NTarm64]\nd=I,root\\um\n"
                           "[I.NT.Services]\nAddService=WUDFRd,2,R\n"
                           "[R]\nServiceBinary=%12%\\WUDFRd.sys\n"
                           "[I.NT.Wdf]\nUmdfService=Top,T\nUmdfService=Middle,M\n"
                           "UmdfService=Low,L\nUmdfServiceOrder=Elsewhere,Low,Middle,Top\n"
                           "[T]\nServiceBinary=%13%\\top.dll\n"
                           "[M]\nServiceBinary=%13%\\middle.dll\n"
                           "[L]\nServiceBinary=%13%\\low.dll\n"),
                     0);
    ck_assert_msg(inf_select(inf, NULL, &device, &error) == 0, "%s", error.text);
    ck_assert_str_eq(device.service, "Low");
    ck_assert_str_eq(device.binary, "low.dll");
    ck_assert_uint_eq(device.filter_count, 2);
    ck_assert_str_eq(device.filters[0], "middle.dll");
    ck_assert_str_eq(device.filters[1], "top.dll");
}
END_TEST

struct wrong {
    const char *text;
    const char *message;
};

static const struct wrong wrongs[] = {
    {"[Nothing]\n", "Signature"},
    {VERSION, "[Manufacturer] leads to no model"},
    {VERSION "[Manufacturer]\nm=Models,NTx86\n[Models.NTx86]\nd=I,h\n", "leads to no model"},
    {VERSION "[Manufacturer]\nm=Models\n[Models]\nd=I,h\n", "no install section [I]"},
    {VERSION "[Manufacturer]\nm=Models\n[Models]\nd=I,h\n[I]\n", "[I] has neither a .Services"},
    {VERSION "[Manufacturer]\nm=Models\n[Models]\nd=I,h\n[I.Services]\nAddService=a,2,b\n",
     "test.inf:10: AddService: there is no section [b]"},
    {VERSION "[Manufacturer]\nm=Models\n[Models]\nd=I,h\n[I.Services]\nAddService=a,2,b\n[b]\n",
     "test.inf:10: [b] has no ServiceBinary"},
    {VERSION "[Manufacturer]\nm=Models\n[Models]\nd=%I%,h\n", "test.inf:8: %I% is not defined"},
    {VERSION "[Manufacturer]\nm=Models\n[Models]\nd=I,h\n[I.Services]\nAddService=a,2,b\n"
             "[b]\nServiceBinary=%12%\\\n",
     "test.inf:12: ServiceBinary names no file"},
};

START_TEST(what_is_missing_is_named)
{
    struct inf_device device;

    ck_assert_int_eq(parse(wrongs[_i].text), 0);
    ck_assert_int_lt(inf_select(inf, NULL, &device, &error), 0);
    ck_assert_msg(strstr(error.text, wrongs[_i].message) != NULL, "\"%s\"", error.text);
}
END_TEST

/* A valid file with random bytes changed: an answer, never a crash. */
START_TEST(damaged_files_get_an_answer)
{
    unsigned round;

    srand(9);
    for (round = 0; round < 3000; round++) {
        char text[sizeof(echo)];
        struct inf_device device;
        unsigned changes = 1 + (unsigned)rand() % 8;

        memcpy(text, echo, sizeof(echo));
        while (changes-- != 0) {
            text[(size_t)rand() % (sizeof(text) - 1)] = "\0\"%[]=,;\\\n x"[rand() % 12];
        }
        if (inf_parse("x", text, sizeof(text) - 1, &inf, &error) == 0) {
            if (inf_select(inf, NULL, &device, &error) != 0) {
                ck_assert_int_ne(error.text[0], '\0');
            }
        } else {
            ck_assert_int_ne(error.text[0], '\0');
        }
        teardown();
    }
}
END_TEST

int
main(void)
{
    TCase *tcase = tcase_create("inf");
    Suite *suite = suite_create("inf");
    SRunner *runner;
    int failed;

    tcase_add_checked_fixture(tcase, NULL, teardown);
    tcase_add_test(tcase, lines_and_fields_are_read);
    tcase_add_test(tcase, utf16_is_read);
    tcase_add_test(tcase, malformed_line_is_named);
    tcase_add_test(tcase, strings_are_substituted);
    tcase_add_test(tcase, first_device_and_its_driver_are_found);
    tcase_add_test(tcase, device_is_found_by_hardware_or_compatible_id);
    tcase_add_test(tcase, umdf_driver_is_found_behind_the_reflector);
    tcase_add_test(tcase, umdf_drivers_are_stacked_in_their_order);
    tcase_add_loop_test(tcase, what_is_missing_is_named, 0, sizeof(wrongs) / sizeof(wrongs[0]));
    tcase_add_test(tcase, damaged_files_get_an_answer);
    suite_add_tcase(suite, tcase);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}

/* SPDX-License-Identifier: MIT */
/* Lists of providers, levels and flags. */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "trace/filter.h"

static struct trace_filter filter;
static char problem[256];

static const uint8_t guid[16] = {0x20, 0x1e, 0x3f, 0x5c, 0x4d, 0x8a, 0x61, 0x4b,
                                 0x9e, 0x57, 0x0d, 0x2a, 0x6c, 0x81, 0xf3, 0xb4};

static struct trace_selection
select_of(const char *list)
{
    struct trace_selection selection = {.any = false};

    memset(&filter, 0, sizeof(filter));
    ck_assert_int_eq(trace_filter_add(&filter, list, problem, sizeof(problem)), 0);
    trace_filter_select(&filter, "Driver", guid, "INIT IOCTL DATA", &selection, problem,
                        sizeof(problem));
    return selection;
}

START_TEST(a_bare_name_is_everything_of_that_provider)
{
    struct trace_selection s = select_of("driver");

    ck_assert(s.any);
    ck_assert_uint_eq(s.level, TRACE_LEVEL_VERBOSE);
    ck_assert_uint_eq(s.flags[0], UINT32_MAX);
    ck_assert_uint_eq(s.flags[3], UINT32_MAX);
    ck_assert(!select_of("Other").any);
}
END_TEST

START_TEST(guids_name_providers_too)
{
    ck_assert(select_of("5c3f1e20-8a4d-4b61-9e57-0d2a6c81f3b4:2").any);
    ck_assert(select_of("{5C3F1E20-8A4D-4B61-9E57-0D2A6C81F3B4}").any);
    ck_assert(!select_of("6c3f1e20-8a4d-4b61-9e57-0d2a6c81f3b4").any);
}
END_TEST

START_TEST(levels_by_name_or_number)
{
    ck_assert_uint_eq(select_of("Driver:error").level, 2);
    ck_assert_uint_eq(select_of("Driver:0xff").level, 255);
    ck_assert_uint_eq(select_of("Driver::INIT").level, TRACE_LEVEL_VERBOSE);
}
END_TEST

START_TEST(flags_by_name_or_mask)
{
    ck_assert_uint_eq(select_of("Driver:5:INIT|data").flags[0], 5);
    ck_assert_uint_eq(select_of("Driver:5:0x6").flags[0], 6);
    ck_assert_uint_eq(select_of("Driver:5:IOCTL|4").flags[0], 6);
    ck_assert_str_eq(problem, "");
}
END_TEST

START_TEST(items_add_up)
{
    struct trace_selection s = select_of("Driver:2:INIT,Driver:4:DATA other:5");

    ck_assert_uint_eq(s.level, 4);
    ck_assert_uint_eq(s.flags[0], 5);
    ck_assert(trace_selection_passes(&s, 4, 2));
    ck_assert(!trace_selection_passes(&s, 4, 1));
    ck_assert(!trace_selection_passes(&s, 5, 2));
    ck_assert(trace_selection_passes(&s, 1, -1));
}
END_TEST

START_TEST(an_unknown_flag_is_named_with_those_there_are)
{
    (void)select_of("Driver:5:INIT|NONE");
    ck_assert_ptr_nonnull(strstr(problem, "no flag NONE"));
    ck_assert_ptr_nonnull(strstr(problem, "INIT IOCTL DATA"));
}
END_TEST

START_TEST(malformed_lists_are_refused_whole)
{
    static const char *const lists[] = {"Driver:loud", "Driver:256", "Driver:-1",
                                        ":5",          "a,b:x",      "Driver:5x"};

    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
        memset(&filter, 0, sizeof(filter));
        ck_assert_int_eq(trace_filter_add(&filter, lists[i], problem, sizeof(problem)), -EINVAL);
        ck_assert_uint_eq(filter.count, 0);
        ck_assert_uint_ne(strlen(problem), 0);
    }
}
END_TEST

START_TEST(more_items_than_there_is_room_for_are_refused)
{
    char list[4 * TRACE_FILTER_ITEMS_MAX + 8] = "";

    for (int i = 0; i <= TRACE_FILTER_ITEMS_MAX; i++) {
        strcat(list, "a ");
    }
    memset(&filter, 0, sizeof(filter));
    ck_assert_int_eq(trace_filter_add(&filter, list, problem, sizeof(problem)), -EINVAL);
    ck_assert_uint_eq(filter.count, 0);
}
END_TEST

START_TEST(a_guid_is_written_as_it_is_read)
{
    uint8_t bytes[16];
    char text[37];

    ck_assert_int_eq(trace_guid_parse("(5c3f1e20, 8a4d,4b61,9e57, 0d2a6c81f3b4)", bytes), 0);
    ck_assert_mem_eq(bytes, guid, 16);
    trace_guid_text(bytes, text);
    ck_assert_str_eq(text, "5c3f1e20-8a4d-4b61-9e57-0d2a6c81f3b4");
    ck_assert_int_eq(trace_guid_parse("(5c3f1e20,8a4d,4b61,9e57)", bytes), -EINVAL);
    ck_assert_int_eq(trace_guid_parse("{5c3f1e20-8a4d-4b61-9e57-0d2a6c81f3b4", bytes), -EINVAL);
    ck_assert_int_eq(trace_guid_parse("5c3f1e200-8a4d-4b61-9e57-0d2a6c81f3b4", bytes), -EINVAL);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("trace/filter");
    TCase *tcase = tcase_create("all");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_test(tcase, a_bare_name_is_everything_of_that_provider);
    tcase_add_test(tcase, guids_name_providers_too);
    tcase_add_test(tcase, levels_by_name_or_number);
    tcase_add_test(tcase, flags_by_name_or_mask);
    tcase_add_test(tcase, items_add_up);
    tcase_add_test(tcase, an_unknown_flag_is_named_with_those_there_are);
    tcase_add_test(tcase, malformed_lists_are_refused_whole);
    tcase_add_test(tcase, more_items_than_there_is_room_for_are_refused);
    tcase_add_test(tcase, a_guid_is_written_as_it_is_read);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

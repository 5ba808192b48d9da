/* SPDX-License-Identifier: MIT */
/* Messages and events as text, also from records that make no sense. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include <openwdf/trace_events.h>

#include "trace/record.h"
#include "trace/render.h"

static union {
    struct trace_record record;
    uint8_t bytes[TRACE_RECORD_MAX];
} made;
static struct trace_writer to;
static char text[TRACE_LINE_SIZE];

static void
begin(void)
{
    memset(&made, 0, sizeof(made));
    made.record.kind = TRACE_RECORD_MESSAGE;
    to = (struct trace_writer){(uint8_t *)(&made.record + 1), sizeof(made) - sizeof(made.record)};
}

static bool
render(const char *format, const char *types, const char *values)
{
    const struct trace_message_text message = {
        .format = format, .types = types, .values = values, .file = "", .function = "Fn"};

    made.record.size = (uint16_t)((to.at - made.bytes + 7) & ~7);
    return trace_render_message(&message, &made.record, text, sizeof(text));
}

static void
one_number(const char *format, uint64_t value, const char *expected)
{
    begin();
    trace_put_u64(&to, value);
    ck_assert_msg(render(format, "q", "l0=Idle,1=Busy\nb1=Low,2=High"), "%s: %s", format, text);
    ck_assert_str_eq(text, expected);
}

START_TEST(numbers_follow_windows_rules)
{
    one_number("%1!d!", UINT64_C(0xffffffff), "-1");
    one_number("%1!ld!", UINT64_C(0xffffffff), "-1");
    one_number("%1!I64d!", UINT64_C(0xffffffff), "4294967295");
    one_number("%1!I64x!", UINT64_MAX, "ffffffffffffffff");
    one_number("%1!hd!", 0xffff, "-1");
    one_number("%1!hhu!", 0x1ff, "255");
    one_number("%1!08X!|", 0xbeef, "0000BEEF|");
    one_number("%1!-6d!|", 42, "42    |");
    one_number("%1!+.4d!", 42, "+0042");
    one_number("%1!p!", 0x1000, "0x0000000000001000");
    one_number("%1!c!", 'a', "a");
    one_number("100%%", 0, "100%");
    one_number("in %0!FUNC!", 0, "in Fn");
}
END_TEST

START_TEST(named_values_have_their_names)
{
    one_number("%1!STATUS!", 0xC0000022, "0xc0000022(STATUS_ACCESS_DENIED)");
    one_number("%1!STATUS!", 0xE1234567, "0xe1234567");
    one_number("%1!WINERROR!", 5, "5(ERROR_ACCESS_DENIED)");
    one_number("%1!HRESULT!", 0x80070002, "0x80070002(ERROR_FILE_NOT_FOUND)");
    one_number("%1!BOOL!", 2, "TRUE");
    one_number("%1!IRQL!", 2, "DISPATCH_LEVEL");
    one_number("%1!TIME!", UINT64_C(116444736000000000), "1970-01-01 00:00:00.000");
    one_number("%1!TIME!", UINT64_C(133536816000000000), "2024-02-29 12:00:00.000");
    one_number("%1!DURATION!", 90061001, "1~1:01:01.001");
    one_number("%1!IPV4!", 0x0100007f, "127.0.0.1");
    one_number("%1!PORT!", 0x5000, "80");
    one_number("%1!@0!", 1, "Busy");
    one_number("%1!@0!", 7, "7(0x7)");
    one_number("%1!@1!", 3, "Low|High");
}
END_TEST

START_TEST(texts_are_bounded_and_stay_on_their_line)
{
    begin();
    trace_put_bytes(&to, "a\nb\x1b", 4, 100);
    trace_put_bytes(&to, "w\0i\0d\0e\0", 8, 100);
    ck_assert(render("<%1!s!|%2!.2s!|%2!6s!>", "sw", ""));
    ck_assert_str_eq(text, "<a b\\x1b|wi|  wide>");
}
END_TEST

START_TEST(bytes_have_their_forms)
{
    static const uint8_t sid[] = {1, 2, 0, 0, 0, 0, 0, 5, 32, 0, 0, 0, 32, 2, 0, 0};
    static const uint8_t six[16] = {0x20, 1, 0xd, 0xb8, [15] = 1};

    begin();
    trace_put_bytes(&to, sid, sizeof(sid), 100);
    trace_put_bytes(&to, six, sizeof(six), 100);
    trace_put_bytes(&to, six, 6, 100);
    trace_put_bytes(&to, six, 3, 100);
    ck_assert(render("%1!SID! %2!IPV6! %3!MAC! %4!HEX! %4!IPV6!", "SPPP", ""));
    ck_assert_str_eq(text, "S-1-5-32-544 2001:db8::1 20-01-0d-b8-00-00 20 01 0d 20 01 0d");
}
END_TEST

START_TEST(what_makes_no_sense_shows_as_such)
{
    static const char *const formats[] = {"%1!s!",  "%2!d!",    "%1!",    "%",         "%1!d",
                                          "%99!d!", "%1!NONE!", "%1!@9!", "%1!*.*d!q!"};

    for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
        begin();
        trace_put_u64(&to, 1);
        ck_assert_msg(!render(formats[i], "i", ""), "%s", formats[i]);
    }
    /* Widths have a bound. */
    begin();
    trace_put_u64(&to, 1);
    ck_assert(render("%1!99999d!", "i", ""));
    ck_assert_uint_eq(strlen(text), 999);
}
END_TEST

START_TEST(a_record_that_is_too_short_is_noticed)
{
    begin();
    trace_put_bytes(&to, "abcdefgh", 8, 100);
    made.bytes[sizeof(made.record)] = 200; /* More than there is. */
    ck_assert(!render("%1!s!", "s", ""));
    begin();
    ck_assert(!render("%1!d!", "i", ""));
}
END_TEST

START_TEST(formats_can_be_checked)
{
    ck_assert(trace_format_valid("%1!d! %2!s! %3!GUID!", "isg", ""));
    ck_assert(!trace_format_valid("%1!s!", "i", ""));
    ck_assert(!trace_format_valid("%2!d!", "i", ""));
}
END_TEST

/* Whatever a record holds, rendering ends and stays inside. */
START_TEST(no_event_record_leads_out_of_it)
{
    unsigned seed, i;

    for (seed = 1; seed < 20000; seed++) {
        uint32_t state = seed * 2654435761u;

        made.record.kind = seed % 2 == 0 ? TRACE_RECORD_EVENT : TRACE_RECORD_FIELDS;
        made.record.size = (uint16_t)(sizeof(made.record) + 8 * (seed % 40));
        for (i = sizeof(made.record); i < made.record.size; i++) {
            state = state * 1664525u + 1013904223u;
            made.bytes[i] = (uint8_t)(state >> 24) % (seed % 3 == 0 ? 30 : 255);
        }
        (void)trace_render_event(&made.record, text, sizeof(text));
        ck_assert_uint_lt(strlen(text), sizeof(text));
    }
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("trace/render");
    TCase *tcase = tcase_create("all");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_test(tcase, numbers_follow_windows_rules);
    tcase_add_test(tcase, named_values_have_their_names);
    tcase_add_test(tcase, texts_are_bounded_and_stay_on_their_line);
    tcase_add_test(tcase, bytes_have_their_forms);
    tcase_add_test(tcase, what_makes_no_sense_shows_as_such);
    tcase_add_test(tcase, a_record_that_is_too_short_is_noticed);
    tcase_add_test(tcase, formats_can_be_checked);
    tcase_add_test(tcase, no_event_record_leads_out_of_it);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

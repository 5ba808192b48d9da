/* SPDX-License-Identifier: MIT */
/* Calendar arithmetic. */
#include "rtl_fixture.h"

static LARGE_INTEGER
at(LONGLONG ticks)
{
    LARGE_INTEGER time;

    time.QuadPart = ticks;
    return time;
}

static void
expect_fields(LONGLONG ticks, TIME_FIELDS expected)
{
    LARGE_INTEGER time = at(ticks), back;
    TIME_FIELDS fields;

    RtlTimeToTimeFields(&time, &fields);
    ck_assert_int_eq(fields.Year, expected.Year);
    ck_assert_int_eq(fields.Month, expected.Month);
    ck_assert_int_eq(fields.Day, expected.Day);
    ck_assert_int_eq(fields.Hour, expected.Hour);
    ck_assert_int_eq(fields.Minute, expected.Minute);
    ck_assert_int_eq(fields.Second, expected.Second);
    ck_assert_int_eq(fields.Milliseconds, expected.Milliseconds);
    ck_assert_int_eq(fields.Weekday, expected.Weekday);
    fields.Weekday = -1;
    ck_assert(RtlTimeFieldsToTime(&fields, &back));
    ck_assert_int_eq(back.QuadPart, ticks - ticks % 10000);
}

START_TEST(known_moments)
{
    expect_fields(0, (TIME_FIELDS){1601, 1, 1, 0, 0, 0, 0, 1});
    expect_fields(116444736000000000, (TIME_FIELDS){1970, 1, 1, 0, 0, 0, 0, 4});
    expect_fields(116444736000000000 + 951782400LL * 10000000,
                  (TIME_FIELDS){2000, 2, 29, 0, 0, 0, 0, 2});
    expect_fields(116444736000000000 + 1709251199LL * 10000000 + 9990001,
                  (TIME_FIELDS){2024, 2, 29, 23, 59, 59, 999, 4});
    expect_fields(116444736000000000 + 4107542399LL * 10000000,
                  (TIME_FIELDS){2100, 2, 28, 23, 59, 59, 0, 0});
    expect_fields(116444736000000000 + 4107542400LL * 10000000,
                  (TIME_FIELDS){2100, 3, 1, 0, 0, 0, 0, 1});
}
END_TEST

static BOOLEAN
follows(const TIME_FIELDS *day, const TIME_FIELDS *before)
{
    if (day->Weekday != (before->Weekday + 1) % 7) {
        return FALSE;
    }
    if (day->Day != 1) {
        return day->Day == before->Day + 1 && day->Month == before->Month;
    }
    return before->Day >= 28 && day->Month == before->Month % 12 + 1 &&
           day->Year == before->Year + (before->Month == 12);
}

START_TEST(every_day_of_a_thousand_years_follows_the_one_before)
{
    TIME_FIELDS before = {.Year = 1600, .Month = 12, .Day = 31, .Weekday = 0};

    for (LONGLONG day = 0; day < 365242; day++) {
        LARGE_INTEGER time = at(day * 864000000000), back;
        TIME_FIELDS fields;

        RtlTimeToTimeFields(&time, &fields);
        if (!follows(&fields, &before) || !RtlTimeFieldsToTime(&fields, &back) ||
            back.QuadPart != time.QuadPart) {
            ck_abort_msg("%d-%d-%d", fields.Year, fields.Month, fields.Day);
        }
        before = fields;
    }
    ck_assert_int_eq(before.Year, 2600);
}
END_TEST

START_TEST(moments_that_do_not_exist)
{
    static const TIME_FIELDS wrong[] = {
        {1600, 12, 31, 0, 0, 0, 0, 0}, {30828, 1, 1, 0, 0, 0, 0, 0}, {2001, 0, 1, 0, 0, 0, 0, 0},
        {2001, 13, 1, 0, 0, 0, 0, 0},  {2001, 1, 0, 0, 0, 0, 0, 0},  {2001, 2, 29, 0, 0, 0, 0, 0},
        {2100, 2, 29, 0, 0, 0, 0, 0},  {2001, 4, 31, 0, 0, 0, 0, 0}, {2001, 1, 1, 24, 0, 0, 0, 0},
        {2001, 1, 1, 0, 60, 0, 0, 0},  {2001, 1, 1, 0, 0, 60, 0, 0}, {2001, 1, 1, 0, 0, 0, 1000, 0},
        {2001, 1, 1, -1, 0, 0, 0, 0},
    };
    LARGE_INTEGER time = at(77);

    for (size_t i = 0; i < RTL_NUMBER_OF(wrong); i++) {
        TIME_FIELDS fields = wrong[i];

        ck_assert(!RtlTimeFieldsToTime(&fields, &time));
    }
    ck_assert_int_eq(time.QuadPart, 77);
}
END_TEST

START_TEST(seconds_of_other_epochs)
{
    LARGE_INTEGER time;
    ULONG seconds;

    RtlSecondsSince1970ToTime(0xFFFFFFFF, &time);
    ck_assert(RtlTimeToSecondsSince1970(&time, &seconds));
    ck_assert_uint_eq(seconds, 0xFFFFFFFF);
    time.QuadPart += 10000000;
    ck_assert(!RtlTimeToSecondsSince1970(&time, &seconds));
    time.QuadPart = 0;
    ck_assert(!RtlTimeToSecondsSince1970(&time, &seconds));
    RtlSecondsSince1980ToTime(0, &time);
    ck_assert(RtlTimeToSecondsSince1970(&time, &seconds));
    ck_assert_uint_eq(seconds, 315532800);
    ck_assert(RtlTimeToSecondsSince1980(&time, &seconds));
    ck_assert_uint_eq(seconds, 0);
}
END_TEST

int
main(void)
{
    const TTest *const tests[] = {
        known_moments,
        every_day_of_a_thousand_years_follows_the_one_before,
        moments_that_do_not_exist,
        seconds_of_other_epochs,
    };

    return rtl_run("nt/rtl_time", tests, RTL_NUMBER_OF(tests));
}

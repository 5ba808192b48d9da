/* SPDX-License-Identifier: MIT */
/* Bitmaps: documented results, and all searches against a plain array of flags. */
#include "rtl_fixture.h"

#include <string.h>

#define BITS      77 /* No multiple of a word. */
#define NOT_FOUND 0xFFFFFFFFu

static ULONG words[3];
static RTL_BITMAP map;

static void
make(BOOLEAN set)
{
    memset(words, set ? 0xFF : 0, sizeof(words));
    RtlInitializeBitMap(&map, words, BITS);
}

START_TEST(single_bits)
{
    make(FALSE);
    RtlSetBit(&map, 31);
    RtlSetBit(&map, 32);
    ck_assert(RtlTestBit(&map, 31) && RtlCheckBit(&map, 32));
    ck_assert(!RtlTestBit(&map, 30) && !RtlTestBit(&map, 33));
    ck_assert_uint_eq(words[0], 0x80000000);
    ck_assert_uint_eq(words[1], 1);
    RtlClearBit(&map, 31);
    ck_assert(!RtlTestBit(&map, 31));
    ck_assert_uint_eq(RtlNumberOfSetBits(&map), 1);
    ck_assert_uint_eq(RtlNumberOfClearBits(&map), BITS - 1);
}
END_TEST

START_TEST(whole_map_leaves_what_is_behind_it)
{
    make(FALSE);
    RtlSetAllBits(&map);
    ck_assert_uint_eq(RtlNumberOfSetBits(&map), BITS);
    ck_assert_uint_eq(words[2], (1u << (BITS - 64)) - 1);
    make(TRUE);
    RtlClearAllBits(&map);
    ck_assert_uint_eq(RtlNumberOfSetBits(&map), 0);
    ck_assert_uint_eq(words[2], ~((1u << (BITS - 64)) - 1));
}
END_TEST

START_TEST(ranges_across_words)
{
    make(FALSE);
    RtlSetBits(&map, 30, 36);
    ck_assert_uint_eq(RtlNumberOfSetBits(&map), 36);
    ck_assert(RtlAreBitsSet(&map, 30, 36));
    ck_assert(!RtlAreBitsSet(&map, 29, 2));
    ck_assert(!RtlAreBitsSet(&map, 65, 2));
    ck_assert(RtlAreBitsClear(&map, 0, 30));
    ck_assert(RtlAreBitsClear(&map, 66, BITS - 66));
    RtlClearBits(&map, 31, 34);
    ck_assert_uint_eq(RtlNumberOfSetBits(&map), 2);
}
END_TEST

START_TEST(questions_beyond_the_map_are_answered_no)
{
    make(FALSE);
    ck_assert(!RtlAreBitsClear(&map, 70, 8));
    ck_assert(!RtlAreBitsClear(&map, BITS, 1));
    ck_assert(!RtlAreBitsClear(&map, 0, 0));
    ck_assert(!RtlAreBitsClear(&map, 1, NOT_FOUND));
    ck_assert_uint_eq(RtlFindClearBits(&map, BITS + 1, 0), NOT_FOUND);
    ck_assert_uint_eq(RtlFindSetBits(&map, 1, 0), NOT_FOUND);
    RtlSetBits(&map, BITS, 5);
    RtlSetBits(&map, BITS - 1, NOT_FOUND);
    ck_assert_uint_eq(RtlNumberOfSetBits(&map), 1);
    ck_assert_uint_eq(words[2], 1u << (BITS - 1 - 64));
}
END_TEST

START_TEST(the_hint_is_where_a_search_begins_and_the_start_where_it_goes_on)
{
    make(TRUE);
    RtlClearBits(&map, 10, 5);
    RtlClearBits(&map, 40, 5);
    ck_assert_uint_eq(RtlFindClearBits(&map, 5, 0), 10);
    ck_assert_uint_eq(RtlFindClearBits(&map, 5, 20), 40);
    ck_assert_uint_eq(RtlFindClearBits(&map, 5, 50), 10);
    ck_assert_uint_eq(RtlFindClearBits(&map, 5, 41), 10);
    ck_assert_uint_eq(RtlFindClearBits(&map, 6, 0), NOT_FOUND);
    ck_assert_uint_eq(RtlFindClearBits(&map, 1, BITS + 9), 10);
}
END_TEST

START_TEST(find_and_change)
{
    make(FALSE);
    ck_assert_uint_eq(RtlFindClearBitsAndSet(&map, 40, 0), 0);
    ck_assert_uint_eq(RtlFindClearBitsAndSet(&map, 40, 0), NOT_FOUND);
    ck_assert_uint_eq(RtlFindClearBitsAndSet(&map, 37, 0), 40);
    ck_assert_uint_eq(RtlNumberOfClearBits(&map), 0);
    ck_assert_uint_eq(RtlFindSetBitsAndClear(&map, 3, 70), 70);
    ck_assert_uint_eq(RtlNumberOfClearBits(&map), 3);
}
END_TEST

START_TEST(runs)
{
    RTL_BITMAP_RUN runs[3];
    ULONG start;

    make(TRUE);
    RtlClearBits(&map, 3, 1);
    RtlClearBits(&map, 10, 4);
    RtlClearBits(&map, 30, 10);
    RtlClearBits(&map, 75, 2);
    ck_assert_uint_eq(RtlFindFirstRunClear(&map, &start), 1);
    ck_assert_uint_eq(start, 3);
    ck_assert_uint_eq(RtlFindLongestRunClear(&map, &start), 10);
    ck_assert_uint_eq(start, 30);
    ck_assert_uint_eq(RtlFindNextForwardRunClear(&map, 12, &start), 2);
    ck_assert_uint_eq(start, 12);
    ck_assert_uint_eq(RtlFindNextForwardRunClear(&map, 40, &start), 2);
    ck_assert_uint_eq(start, 75);
    ck_assert_uint_eq(RtlFindNextForwardRunClear(&map, BITS, &start), 0);
    ck_assert_uint_eq(RtlFindClearRuns(&map, runs, 3, FALSE), 3);
    ck_assert_uint_eq(runs[0].StartingIndex, 3);
    ck_assert_uint_eq(runs[2].NumberOfBits, 10);
    ck_assert_uint_eq(RtlFindClearRuns(&map, runs, 3, TRUE), 3);
    ck_assert_uint_eq(runs[0].StartingIndex, 30);
    ck_assert_uint_eq(runs[1].StartingIndex, 10);
    ck_assert_uint_eq(runs[2].StartingIndex, 75);
    ck_assert_uint_eq(RtlFindClearRuns(&map, runs, 0, TRUE), 0);
}
END_TEST

START_TEST(a_full_map_has_no_runs)
{
    ULONG start;

    make(FALSE);
    RtlSetAllBits(&map);
    ck_assert_uint_eq(RtlFindLongestRunClear(&map, &start), 0);
    ck_assert_uint_eq(RtlFindFirstRunClear(&map, &start), 0);
    make(FALSE);
    ck_assert_uint_eq(RtlFindLongestRunClear(&map, &start), BITS);
    ck_assert_uint_eq(start, 0);
}
END_TEST

/* What find_bits must find, the slow way. */
static ULONG
slow_find(const UCHAR *flags, ULONG count, ULONG hint)
{
    for (ULONG pass = 0; pass < 2; pass++) {
        for (ULONG i = pass == 0 ? hint : 0; i + count <= BITS; i++) {
            ULONG n = 0;

            while (n < count && flags[i + n] == 0) {
                n++;
            }
            if (n == count) {
                return i;
            }
        }
    }
    return NOT_FOUND;
}

START_TEST(searches_agree_with_the_slow_way)
{
    UCHAR flags[BITS];
    ULONG seed = 7;

    for (int round = 0; round < 500; round++) {
        make(FALSE);
        memset(flags, 0, sizeof(flags));
        for (int i = 0; i < round % 40; i++) {
            ULONG bit = RtlUniform(&seed) % BITS;

            RtlSetBit(&map, bit);
            flags[bit] = 1;
        }
        for (ULONG count = 1; count < 20; count++) {
            ULONG hint = RtlUniform(&seed) % BITS;

            ck_assert_uint_eq(RtlFindClearBits(&map, count, hint), slow_find(flags, count, hint));
        }
    }
}
END_TEST

START_TEST(highest_and_lowest_bit)
{
    ck_assert_int_eq(RtlFindLeastSignificantBit(0), -1);
    ck_assert_int_eq(RtlFindMostSignificantBit(0), -1);
    ck_assert_int_eq(RtlFindLeastSignificantBit(0x8000000000000010), 4);
    ck_assert_int_eq(RtlFindMostSignificantBit(0x8000000000000010), 63);
    ck_assert_int_eq(RtlFindMostSignificantBit(1), 0);
}
END_TEST

int
main(void)
{
    const TTest *const tests[] = {
        single_bits,
        whole_map_leaves_what_is_behind_it,
        ranges_across_words,
        questions_beyond_the_map_are_answered_no,
        the_hint_is_where_a_search_begins_and_the_start_where_it_goes_on,
        find_and_change,
        runs,
        a_full_map_has_no_runs,
        searches_agree_with_the_slow_way,
        highest_and_lowest_bit,
    };

    return rtl_run("nt/rtl_bitmap", tests, RTL_NUMBER_OF(tests));
}

/* SPDX-License-Identifier: MIT */
/* Comparing and summing memory; random numbers; stack traces. */
#include "rtl_fixture.h"

#include <string.h>

START_TEST(compare_counts_equal_bytes)
{
    ck_assert_uint_eq(RtlCompareMemory("abcd", "abcd", 4), 4);
    ck_assert_uint_eq(RtlCompareMemory("abcd", "abxd", 4), 2);
    ck_assert_uint_eq(RtlCompareMemory("abcd", "xbcd", 4), 0);
    ck_assert_uint_eq(RtlCompareMemory("abcd", "xbcd", 0), 0);
    ck_assert(RtlEqualMemory("abcd", "abcd", 4));
    ck_assert(!RtlEqualMemory("abcd", "abcx", 4));
}
END_TEST

START_TEST(compare_with_a_pattern)
{
    ULONG words[4] = {7, 7, 7, 8};

    ck_assert_uint_eq(RtlCompareMemoryUlong(words, 16, 7), 12);
    ck_assert_uint_eq(RtlCompareMemoryUlong(words, 12, 7), 12);
    ck_assert_uint_eq(RtlCompareMemoryUlong(words, 16, 9), 0);
    ck_assert_uint_eq(RtlCompareMemoryUlong(words, 10, 7), 0);
    ck_assert_uint_eq(RtlCompareMemoryUlong((char *)words + 1, 8, 7), 0);
}
END_TEST

START_TEST(filling_and_zeroing)
{
    UCHAR bytes[8];

    RtlFillMemory(bytes, sizeof(bytes), 0xA5);
    ck_assert_uint_eq(bytes[7], 0xA5);
    RtlZeroMemory(bytes, 4);
    ck_assert(RtlIsZeroMemory(bytes, 4));
    ck_assert(!RtlIsZeroMemory(bytes, 5));
    RtlSecureZeroMemory(bytes, sizeof(bytes));
    ck_assert(RtlIsZeroMemory(bytes, sizeof(bytes)));
    RtlMoveMemory(bytes, "12345678", 8);
    RtlMoveMemory(bytes + 1, bytes, 7);
    ck_assert_mem_eq(bytes, "11234567", 8);
}
END_TEST

START_TEST(crc32_has_its_known_value_in_one_piece_or_in_two)
{
    ck_assert_uint_eq(RtlComputeCrc32(0, "123456789", 9), 0xCBF43926);
    ck_assert_uint_eq(RtlComputeCrc32(RtlComputeCrc32(0, "1234", 4), "56789", 5), 0xCBF43926);
    ck_assert_uint_eq(RtlComputeCrc32(0, "", 0), 0);
}
END_TEST

START_TEST(random_numbers_stay_in_their_range_and_spread)
{
    ULONG seed = 1, low = 0, high = 0;

    for (int i = 0; i < 2000; i++) {
        ULONG number = i % 2 ? RtlRandom(&seed) : RtlRandomEx(&seed);

        ck_assert_uint_lt(number, MAXLONG);
        if (number < MAXLONG / 2) {
            low++;
        } else {
            high++;
        }
    }
    ck_assert_uint_gt(low, 800);
    ck_assert_uint_gt(high, 800);
}
END_TEST

START_TEST(uniform_is_its_documented_formula)
{
    ULONG seed = 1, again = 1;

    ck_assert_uint_eq(RtlUniform(&seed), (0x7FFFFFEDull + 0x7FFFFFC3) % 0x7FFFFFFF);
    ck_assert_uint_eq(RtlUniform(&again), seed);
    for (int i = 0; i < 100; i++) {
        ck_assert_uint_eq(RtlUniform(&seed), RtlUniform(&again));
    }
}
END_TEST

static __attribute__((noinline)) USHORT
capture(ULONG skip, PVOID *addresses, ULONG count, ULONG *ret_hash)
{
    USHORT taken = RtlCaptureStackBackTrace(skip, count, addresses, ret_hash);

    __asm__ volatile("" : : : "memory");
    return taken;
}

static BOOLEAN
is_near(PVOID address, const void *function)
{
    return address > function && (ULONG_PTR)address - (ULONG_PTR)function < 4096;
}

START_TEST(stack_traces_begin_with_the_caller)
{
    PVOID all[16] = {0}, skipped[16] = {0};
    ULONG hash, skipped_hash;
    USHORT count = capture(0, all, 16, &hash);

    ck_assert_uint_ge(count, 2);
    ck_assert(is_near(all[0], (const void *)capture));
    ck_assert(is_near(all[1], (const void *)stack_traces_begin_with_the_caller_fn));
    ck_assert_uint_ge(capture(1, skipped, 1, &skipped_hash), 1);
    ck_assert(is_near(skipped[0], (const void *)stack_traces_begin_with_the_caller_fn));
    ck_assert_ptr_null(skipped[1]);
    ck_assert_uint_ne(hash, skipped_hash);
    ck_assert_uint_eq(capture(1000, all, 16, NULL), 0);
}
END_TEST

static __attribute__((noinline)) VOID
callers(PVOID *caller, PVOID *callers_caller)
{
    RtlGetCallersAddress(caller, callers_caller);
    __asm__ volatile("" : : : "memory");
}

START_TEST(callers_are_told)
{
    PVOID caller = NULL, callers_caller = NULL;

    callers(&caller, &callers_caller);
    ck_assert(is_near(caller, (const void *)callers_are_told_fn));
    ck_assert(!is_near(callers_caller, (const void *)callers_are_told_fn));
}
END_TEST

int
main(void)
{
    const TTest *const tests[] = {
        compare_counts_equal_bytes,
        compare_with_a_pattern,
        filling_and_zeroing,
        crc32_has_its_known_value_in_one_piece_or_in_two,
        random_numbers_stay_in_their_range_and_spread,
        uniform_is_its_documented_formula,
        stack_traces_begin_with_the_caller,
        callers_are_told,
    };

    return rtl_run("nt/rtl_memory", tests, RTL_NUMBER_OF(tests));
}

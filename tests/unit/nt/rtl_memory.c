/* SPDX-License-Identifier: MIT */
/* Comparing and summing memory; random numbers; security descriptors. */
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

START_TEST(security_descriptors)
{
    SECURITY_DESCRIPTOR descriptor;
    ACL acl = {0};

    memset(&descriptor, 0xFF, sizeof(descriptor));
    ck_assert(!RtlValidSecurityDescriptor(&descriptor));
    ck_assert_int_eq(RtlCreateSecurityDescriptor(&descriptor, 2), STATUS_UNKNOWN_REVISION);
    ck_assert_int_eq(RtlCreateSecurityDescriptor(&descriptor, SECURITY_DESCRIPTOR_REVISION),
                     STATUS_SUCCESS);
    ck_assert(RtlValidSecurityDescriptor(&descriptor));
    ck_assert_uint_eq(descriptor.Control, 0);
    ck_assert_int_eq(RtlSetDaclSecurityDescriptor(&descriptor, TRUE, &acl, FALSE), STATUS_SUCCESS);
    ck_assert_uint_eq(descriptor.Control, SE_DACL_PRESENT);
    ck_assert_ptr_eq(descriptor.Dacl, &acl);
    ck_assert_int_eq(RtlSetDaclSecurityDescriptor(&descriptor, FALSE, &acl, TRUE), STATUS_SUCCESS);
    ck_assert_uint_eq(descriptor.Control, 0);
    descriptor.Control = SE_SELF_RELATIVE;
    ck_assert_int_eq(RtlSetDaclSecurityDescriptor(&descriptor, TRUE, &acl, FALSE),
                     STATUS_INVALID_SECURITY_DESCR);
    descriptor.Revision = 9;
    ck_assert_int_eq(RtlSetDaclSecurityDescriptor(&descriptor, TRUE, &acl, FALSE),
                     STATUS_UNKNOWN_REVISION);
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
        security_descriptors,
    };

    return rtl_run("nt/rtl_memory", tests, RTL_NUMBER_OF(tests));
}

/* SPDX-License-Identifier: MIT */
/* UNICODE_STRING. */
#include "rtl_fixture.h"

#include <stdlib.h>
#include <string.h>

START_TEST(init_counts_and_points)
{
    UNICODE_STRING string;
    const WCHAR *text = L"abc";

    RtlInitUnicodeString(&string, text);
    ck_assert_uint_eq(string.Length, 6);
    ck_assert_uint_eq(string.MaximumLength, 8);
    ck_assert_ptr_eq(string.Buffer, text);
    RtlInitUnicodeString(&string, NULL);
    ck_assert_uint_eq(string.Length, 0);
    ck_assert_uint_eq(string.MaximumLength, 0);
    ck_assert_ptr_null(string.Buffer);
}
END_TEST

START_TEST(init_of_a_text_too_long_cuts_it_and_the_ex_form_refuses)
{
    UNICODE_STRING string;
    WCHAR *text = malloc(40000 * sizeof(WCHAR));

    for (size_t i = 0; i < 39999; i++) {
        text[i] = 'x';
    }
    text[39999] = 0;
    RtlInitUnicodeString(&string, text);
    ck_assert_uint_le(string.Length, string.MaximumLength);
    ck_assert_uint_ge(string.Length, 65530);
    ck_assert_uint_eq(string.Length % 2, 0);
    ck_assert_int_eq(RtlInitUnicodeStringEx(&string, text), STATUS_NAME_TOO_LONG);
    text[32766] = 0;
    ck_assert_int_eq(RtlInitUnicodeStringEx(&string, text), STATUS_SUCCESS);
    ck_assert_uint_eq(string.Length, 65532);
    ck_assert_uint_eq(string.MaximumLength, 65534);
    free(text);
}
END_TEST

START_TEST(constant_strings)
{
    static const UNICODE_STRING constant = RTL_CONSTANT_STRING(L"abc");
    DECLARE_CONST_UNICODE_STRING(declared, L"abcd");
    DECLARE_UNICODE_STRING_SIZE(sized, 10);

    ck_assert_uint_eq(constant.Length, 6);
    ck_assert_uint_eq(constant.MaximumLength, 8);
    ck_assert_uint_eq(declared.Length, 8);
    ck_assert_uint_eq(sized.Length, 0);
    ck_assert_uint_eq(sized.MaximumLength, 20);
    RtlCopyUnicodeString(&sized, &declared);
    rtl_assert_wide(&sized, L"abcd");
}
END_TEST

START_TEST(copy_takes_what_fits)
{
    UNICODE_STRING from = rtl_wide(L"abc"), to = rtl_wide_room(4);

    RtlCopyUnicodeString(&to, &from);
    rtl_assert_wide(&to, L"ab");
    to = rtl_wide_room(6);
    RtlCopyUnicodeString(&to, &from);
    rtl_assert_wide(&to, L"abc");
    to = rtl_wide_room(10);
    RtlCopyUnicodeString(&to, &from);
    rtl_assert_wide(&to, L"abc");
    ck_assert_uint_eq(to.Buffer[3], 0);
    ck_assert_uint_eq(to.Buffer[4], 0x3F3F);
    RtlCopyUnicodeString(&to, NULL);
    ck_assert_uint_eq(to.Length, 0);
    ck_assert_uint_eq(to.MaximumLength, 10);
}
END_TEST

START_TEST(append_adds_all_or_nothing)
{
    UNICODE_STRING to = rtl_wide_room(12), part = rtl_wide(L"cd");

    ck_assert_int_eq(RtlAppendUnicodeToString(&to, L"ab"), STATUS_SUCCESS);
    ck_assert_int_eq(RtlAppendUnicodeStringToString(&to, &part), STATUS_SUCCESS);
    rtl_assert_wide(&to, L"abcd");
    ck_assert_uint_eq(to.Buffer[4], 0);
    ck_assert_int_eq(RtlAppendUnicodeToString(&to, L"efg"), STATUS_BUFFER_TOO_SMALL);
    rtl_assert_wide(&to, L"abcd");
    ck_assert_int_eq(RtlAppendUnicodeToString(&to, L"ef"), STATUS_SUCCESS);
    rtl_assert_wide(&to, L"abcdef");
    ck_assert_int_eq(RtlAppendUnicodeStringToString(&to, &part), STATUS_BUFFER_TOO_SMALL);
    ck_assert_int_eq(RtlAppendUnicodeToString(&to, L""), STATUS_SUCCESS);
    ck_assert_int_eq(RtlAppendUnicodeToString(&to, NULL), STATUS_SUCCESS);
    rtl_assert_wide(&to, L"abcdef");
}
END_TEST

START_TEST(append_of_an_empty_string_without_a_buffer)
{
    UNICODE_STRING empty = {0}, to = {0};

    ck_assert_int_eq(RtlAppendUnicodeStringToString(&to, &empty), STATUS_SUCCESS);
    ck_assert_uint_eq(to.Length, 0);
}
END_TEST

START_TEST(compare_orders)
{
    UNICODE_STRING abc = rtl_wide(L"abc"), upper = rtl_wide(L"ABC"), ab = rtl_wide(L"ab"),
                   abd = rtl_wide(L"abd"), empty = {0};

    ck_assert_int_eq(RtlCompareUnicodeString(&abc, &abc, FALSE), 0);
    ck_assert_int_gt(RtlCompareUnicodeString(&abc, &upper, FALSE), 0);
    ck_assert_int_eq(RtlCompareUnicodeString(&abc, &upper, TRUE), 0);
    ck_assert_int_gt(RtlCompareUnicodeString(&abc, &ab, FALSE), 0);
    ck_assert_int_lt(RtlCompareUnicodeString(&abc, &abd, TRUE), 0);
    ck_assert_int_lt(RtlCompareUnicodeString(&empty, &abd, TRUE), 0);
    ck_assert_int_eq(RtlCompareUnicodeString(&empty, &empty, TRUE), 0);
    ck_assert_int_lt(RtlCompareUnicodeStrings(L"ab", 1, L"b", 1, FALSE), 0);
}
END_TEST

START_TEST(equality)
{
    UNICODE_STRING a = rtl_wide(L"\u00E4b"), b = rtl_wide(L"\u00C4B"), c = rtl_wide(L"\u00E4");

    ck_assert(RtlEqualUnicodeString(&a, &b, TRUE));
    ck_assert(!RtlEqualUnicodeString(&a, &b, FALSE));
    ck_assert(!RtlEqualUnicodeString(&a, &c, TRUE));
    ck_assert(RtlEqualUnicodeString(&a, &a, FALSE));
}
END_TEST

START_TEST(prefix_and_suffix)
{
    UNICODE_STRING whole = rtl_wide(L"\\Device\\X"), start = rtl_wide(L"\\DEVICE"),
                   end = rtl_wide(L"\\x"), longer = rtl_wide(L"\\Device\\XY"), empty = {0};

    ck_assert(RtlPrefixUnicodeString(&start, &whole, TRUE));
    ck_assert(!RtlPrefixUnicodeString(&start, &whole, FALSE));
    ck_assert(!RtlPrefixUnicodeString(&whole, &start, TRUE));
    ck_assert(!RtlPrefixUnicodeString(&longer, &whole, TRUE));
    ck_assert(RtlPrefixUnicodeString(&empty, &whole, FALSE));
    ck_assert(RtlPrefixUnicodeString(&whole, &whole, FALSE));
    ck_assert(RtlSuffixUnicodeString(&end, &whole, TRUE));
    ck_assert(!RtlSuffixUnicodeString(&end, &whole, FALSE));
    ck_assert(!RtlSuffixUnicodeString(&longer, &whole, TRUE));
}
END_TEST

START_TEST(hash_is_x65599_and_blind_to_case_when_told)
{
    UNICODE_STRING lower = rtl_wide(L"ab"), upper = rtl_wide(L"AB");
    ULONG a, b;

    ck_assert_int_eq(RtlHashUnicodeString(&upper, FALSE, HASH_STRING_ALGORITHM_X65599, &a),
                     STATUS_SUCCESS);
    ck_assert_uint_eq(a, 'A' * 65599u + 'B');
    ck_assert_int_eq(RtlHashUnicodeString(&lower, TRUE, HASH_STRING_ALGORITHM_DEFAULT, &b),
                     STATUS_SUCCESS);
    ck_assert_uint_eq(a, b);
    ck_assert_int_eq(RtlHashUnicodeString(&lower, FALSE, HASH_STRING_ALGORITHM_DEFAULT, &b),
                     STATUS_SUCCESS);
    ck_assert_uint_ne(a, b);
}
END_TEST

START_TEST(hash_refuses_what_is_not_there)
{
    UNICODE_STRING string = rtl_wide(L"a");
    ULONG hash;

    ck_assert_int_eq(RtlHashUnicodeString(NULL, FALSE, 0, &hash), STATUS_INVALID_PARAMETER);
    ck_assert_int_eq(RtlHashUnicodeString(&string, FALSE, 0, NULL), STATUS_INVALID_PARAMETER);
    ck_assert_int_eq(RtlHashUnicodeString(&string, FALSE, 2, &hash), STATUS_INVALID_PARAMETER);
    ck_assert_int_eq(RtlHashUnicodeString(&string, FALSE, HASH_STRING_ALGORITHM_INVALID, &hash),
                     STATUS_INVALID_PARAMETER);
}
END_TEST

START_TEST(case_changes_into_the_given_buffer_or_in_place)
{
    UNICODE_STRING from = rtl_wide(L"aB\u00E4"), to = rtl_wide_room(6), small = rtl_wide_room(4);

    ck_assert_int_eq(RtlUpcaseUnicodeString(&to, &from, FALSE), STATUS_SUCCESS);
    rtl_assert_wide(&to, L"AB\u00C4");
    ck_assert_int_eq(RtlDowncaseUnicodeString(&to, &to, FALSE), STATUS_SUCCESS);
    rtl_assert_wide(&to, L"ab\u00E4");
    ck_assert_int_eq(RtlUpcaseUnicodeString(&small, &from, FALSE), STATUS_BUFFER_OVERFLOW);
    ck_assert_uint_eq(small.Buffer[0], 0x3F3F);
    ck_assert_uint_eq(RtlUpcaseUnicodeChar(L'x'), 'X');
    ck_assert_uint_eq(RtlDowncaseUnicodeChar(L'X'), 'x');
}
END_TEST

START_TEST(case_changes_into_a_new_buffer)
{
    UNICODE_STRING from = rtl_wide(L"aB"), to = {0};

    ck_assert_int_eq(RtlUpcaseUnicodeString(&to, &from, TRUE), STATUS_SUCCESS);
    rtl_assert_wide(&to, L"AB");
    ck_assert_ptr_ne(to.Buffer, from.Buffer);
    RtlFreeUnicodeString(&to);
    ck_assert_ptr_null(to.Buffer);
    ck_assert_uint_eq(to.MaximumLength, 0);
    RtlFreeUnicodeString(&to);
}
END_TEST

START_TEST(duplicates_are_terminated_when_asked)
{
    UNICODE_STRING from = rtl_wide(L"abc"), copy;

    ck_assert_int_eq(RtlDuplicateUnicodeString(0, &from, &copy), STATUS_SUCCESS);
    rtl_assert_wide(&copy, L"abc");
    ck_assert_uint_eq(copy.MaximumLength, 6);
    RtlFreeUnicodeString(&copy);
    ck_assert_int_eq(
        RtlDuplicateUnicodeString(RTL_DUPLICATE_UNICODE_STRING_NULL_TERMINATE, &from, &copy),
        STATUS_SUCCESS);
    rtl_assert_wide(&copy, L"abc");
    ck_assert_uint_eq(copy.MaximumLength, 8);
    ck_assert_uint_eq(copy.Buffer[3], 0);
    RtlFreeUnicodeString(&copy);
}
END_TEST

START_TEST(duplicates_of_nothing)
{
    UNICODE_STRING empty = {0}, copy;

    ck_assert_int_eq(
        RtlDuplicateUnicodeString(RTL_DUPLICATE_UNICODE_STRING_NULL_TERMINATE, &empty, &copy),
        STATUS_SUCCESS);
    ck_assert_ptr_null(copy.Buffer);
    ck_assert_int_eq(
        RtlDuplicateUnicodeString(RTL_DUPLICATE_UNICODE_STRING_NULL_TERMINATE |
                                      RTL_DUPLICATE_UNICODE_STRING_ALLOCATE_NULL_STRING,
                                  &empty, &copy),
        STATUS_SUCCESS);
    ck_assert_ptr_nonnull(copy.Buffer);
    ck_assert_uint_eq(copy.Buffer[0], 0);
    ck_assert_uint_eq(copy.MaximumLength, 2);
    RtlFreeUnicodeString(&copy);
    ck_assert_int_eq(
        RtlDuplicateUnicodeString(RTL_DUPLICATE_UNICODE_STRING_ALLOCATE_NULL_STRING, &empty, &copy),
        STATUS_INVALID_PARAMETER);
    ck_assert_int_eq(RtlDuplicateUnicodeString(4, &empty, &copy), STATUS_INVALID_PARAMETER);
}
END_TEST

START_TEST(validation)
{
    UNICODE_STRING good = rtl_wide(L"ab"), odd = good, over = good, hollow = good;

    odd.Length = 3;
    over.Length = 6;
    hollow.Buffer = NULL;
    ck_assert_int_eq(RtlValidateUnicodeString(0, &good), STATUS_SUCCESS);
    ck_assert_int_eq(RtlValidateUnicodeString(0, NULL), STATUS_SUCCESS);
    ck_assert_int_eq(RtlValidateUnicodeString(1, &good), STATUS_INVALID_PARAMETER);
    ck_assert_int_eq(RtlValidateUnicodeString(0, &odd), STATUS_INVALID_PARAMETER);
    ck_assert_int_eq(RtlValidateUnicodeString(0, &over), STATUS_INVALID_PARAMETER);
    ck_assert_int_eq(RtlValidateUnicodeString(0, &hollow), STATUS_INVALID_PARAMETER);
}
END_TEST

START_TEST(without_memory_nothing_is_allocated)
{
    UNICODE_STRING from = rtl_wide(L"abc"), to = {0};

    rtl_fail_allocations();
    ck_assert_int_eq(RtlUpcaseUnicodeString(&to, &from, TRUE), STATUS_NO_MEMORY);
    ck_assert_int_eq(RtlDuplicateUnicodeString(0, &from, &to), STATUS_NO_MEMORY);
}
END_TEST

int
main(void)
{
    const TTest *const tests[] = {
        init_counts_and_points,
        init_of_a_text_too_long_cuts_it_and_the_ex_form_refuses,
        constant_strings,
        copy_takes_what_fits,
        append_adds_all_or_nothing,
        append_of_an_empty_string_without_a_buffer,
        compare_orders,
        equality,
        prefix_and_suffix,
        hash_is_x65599_and_blind_to_case_when_told,
        hash_refuses_what_is_not_there,
        case_changes_into_the_given_buffer_or_in_place,
        case_changes_into_a_new_buffer,
        duplicates_are_terminated_when_asked,
        duplicates_of_nothing,
        validation,
        without_memory_nothing_is_allocated,
    };

    return rtl_run("nt/rtl_unicode", tests, RTL_NUMBER_OF(tests));
}

/* SPDX-License-Identifier: MIT */
/* What Microsoft's compiler has as functions of its own: bits, turns, products, moves, the processor's name. */
#include "rtl_fixture.h"

#include <intrin.h>
#include <spb.h>

START_TEST(scans_find_the_first_and_the_last_bit)
{
    ULONG index = 77;

    ck_assert(_BitScanForward(&index, 0x80000010) && index == 4);
    ck_assert(_BitScanReverse(&index, 0x80000010) && index == 31);
    ck_assert(_BitScanForward64(&index, 1ULL << 40) && index == 40);
    ck_assert(_BitScanReverse64(&index, 3ULL << 40) && index == 41);
    ck_assert(BitScanForward(&index, 1) && index == 0);
}
END_TEST

START_TEST(scans_of_nothing_find_nothing_and_write_nothing)
{
    ULONG index = 77;

    ck_assert(!_BitScanForward(&index, 0) && !_BitScanReverse(&index, 0));
    ck_assert(!_BitScanForward64(&index, 0) && !_BitScanReverse64(&index, 0));
    ck_assert_uint_eq(index, 77);
}
END_TEST

START_TEST(bit_tests_return_the_old_bit_of_an_array)
{
    LONG bits[2] = {0, 0};
    LONG64 wide[2] = {0, 0};

    ck_assert(!_bittestandset(bits, 37) && bits[1] == 0x20);
    ck_assert(_bittest(bits, 37) && !_bittest(bits, 36));
    ck_assert(_bittestandreset(bits, 37) && bits[1] == 0);
    ck_assert(!_bittestandcomplement(bits, 0) && bits[0] == 1);
    ck_assert(!_bittestandset64(wide, 127) && wide[1] < 0 && _bittest64(wide, 127));
}
END_TEST

START_TEST(counts_and_turns)
{
    ck_assert_uint_eq(__popcnt(0xf0f0), 8);
    ck_assert_uint_eq(__popcnt16((USHORT)0x1ffff), 16);
    ck_assert_uint_eq(__popcnt64(~0ULL), 64);
    ck_assert_uint_eq(__lzcnt16(1), 15);
    ck_assert_uint_eq(__lzcnt(0), 32);
    ck_assert_uint_eq(__lzcnt64(1), 63);
    ck_assert_uint_eq(_rotl(0x80000001U, 1), 3);
    ck_assert_uint_eq(_rotr(1U, 1), 0x80000000U);
    ck_assert_uint_eq(_rotl(5U, 0), 5);
    ck_assert_uint_eq(_rotl(5U, 32), 5);
    ck_assert_uint_eq(_rotl8(0x81, 1), 3);
    ck_assert_uint_eq(_rotr16(1, 1), 0x8000);
    ck_assert(_rotl64(1ULL << 63, 1) == 1);
    ck_assert_uint_eq(_byteswap_ushort(0x1234), 0x3412);
    ck_assert_uint_eq(_byteswap_ulong(0x12345678), 0x78563412);
    ck_assert(_byteswap_uint64(0x0102030405060708ULL) == 0x0807060504030201ULL);
}
END_TEST

START_TEST(products_of_twice_the_width)
{
    ULONG64 high = 0;
    LONG64 signed_high = 0;

    ck_assert(_umul128(~0ULL, 2, &high) == ~1ULL && high == 1);
    ck_assert(_mul128(-3, 2, &signed_high) == -6 && signed_high == -1);
    ck_assert(__umulh(1ULL << 63, 4) == 2);
    ck_assert(__mulh(-1, 1) == -1);
    ck_assert(__emulu(0xffffffffU, 0xffffffffU) == 0xfffffffe00000001ULL);
    ck_assert(__emul(-2, 3) == -6);
}
END_TEST

START_TEST(moves_and_stores_by_element)
{
    ULONG from[3] = {1, 2, 3}, to[3] = {0, 0, 9};
    UCHAR bytes[3] = {0, 0, 9};

    __movsd(to, from, 2);
    ck_assert(to[0] == 1 && to[1] == 2 && to[2] == 9);
    __stosb(bytes, 7, 2);
    ck_assert(bytes[0] == 7 && bytes[1] == 7 && bytes[2] == 9);
}
END_TEST

#ifdef __x86_64__
START_TEST(the_processor_says_who_it_is)
{
    int first[4], again[4];

    __cpuid(first, 0);
    __cpuidex(again, 0, 0);
    ck_assert(first[0] > 0);
    ck_assert_int_eq(memcmp(first, again, sizeof(first)), 0);
    ck_assert(__rdtsc() != 0);
}
END_TEST
#endif

START_TEST(a_list_of_transfers_is_as_its_initializers_say)
{
    SPB_TRANSFER_LIST_AND_ENTRIES(2) list;
    UCHAR command = 1, answer[4];

    SPB_TRANSFER_LIST_INIT(&list.List, 2);
    list.List.Transfers[0] =
        SPB_TRANSFER_LIST_ENTRY_INIT_SIMPLE(SpbTransferDirectionToDevice, 0, &command, 1);
    list.Entries[0] =
        SPB_TRANSFER_LIST_ENTRY_INIT_NON_PAGED(SpbTransferDirectionFromDevice, 5, answer, 4);
    ck_assert_uint_eq(list.List.Size, sizeof(SPB_TRANSFER_LIST));
    ck_assert_uint_eq(list.List.TransferCount, 2);
    ck_assert_int_eq(list.List.Transfers[0].Buffer.Format, SpbTransferBufferFormatSimple);
    ck_assert_ptr_eq(list.List.Transfers[0].Buffer.Simple.Buffer, &command);
    /* The second is where a list of two has it. */
    ck_assert_ptr_eq(&list.Entries[0], list.List.Transfers + 1);
    ck_assert_uint_eq(list.Entries[0].DelayInUs, 5);
    ck_assert_int_eq(list.Entries[0].Buffer.Format, SpbTransferBufferFormatSimpleNonPaged);
}
END_TEST

int
main(void)
{
    const TTest *const tests[] = {
        scans_find_the_first_and_the_last_bit,
        scans_of_nothing_find_nothing_and_write_nothing,
        bit_tests_return_the_old_bit_of_an_array,
        counts_and_turns,
        products_of_twice_the_width,
        moves_and_stores_by_element,
#ifdef __x86_64__
        the_processor_says_who_it_is,
#endif
        a_list_of_transfers_is_as_its_initializers_say,
    };

    return rtl_run("nt/rtl_intrinsics", tests, RTL_NUMBER_OF(tests));
}

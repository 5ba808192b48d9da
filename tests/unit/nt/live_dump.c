/* SPDX-License-Identifier: MIT */
/* Live reports, arrays for a crash dump, tokens: what drivers ask for and rarely use. */
#include "nt_fixture.h"

#include <lkmdtel.h>

#include "nt/se/se.h"

START_TEST(a_live_report_is_logged_once)
{
    static UCHAR block[20] = {0xAB, 0xCD};
    static const GUID guid = {1, 2, 3, {4}};
    HANDLE report = LkmdTelCreateReport(L"Widget", 0x1A2, 1, 2, 3, 4);

    ck_assert_ptr_nonnull(report);
    ck_assert_int_eq(LkmdTelInsertTriageDataBlock(report, block, sizeof(block)), STATUS_SUCCESS);
    ck_assert_int_eq(LkmdTelInsertTriageDataBlock(report, (PVOID)16, 4), STATUS_INVALID_PARAMETER);
    ck_assert_int_eq(LkmdTelInsertTriageDataBlock(report, block, 0), STATUS_INVALID_PARAMETER);
    ck_assert_int_eq(LkmdTelSetSecondaryData(report, &guid, 7, block), STATUS_SUCCESS);
    ck_assert_int_eq(LkmdTelSetSecondaryData(report, NULL, 7, block), STATUS_INVALID_PARAMETER);
    ck_assert_uint_eq(fixture_warnings, 0);
    ck_assert_int_eq(LkmdTelSubmitReport(report), STATUS_SUCCESS);
    ck_assert_uint_eq(fixture_warnings, 2);
    ck_assert_ptr_nonnull(strstr(fixture_last_warning, "20 bytes: ab cd 00"));
    ck_assert_int_eq(LkmdTelSubmitReport(report), STATUS_INVALID_PARAMETER);
    ck_assert_uint_eq(fixture_warnings, 2);
    LkmdTelCloseHandle(report);
    fixture_warnings = 0; /* They were the test's. */
}
END_TEST

START_TEST(an_array_for_a_crash_dump_has_the_room_that_it_was_given)
{
    struct {
        KTRIAGE_DUMP_DATA_ARRAY array;
        KADDRESS_RANGE more[1];
    } room;

    ck_assert_int_eq(KeInitializeTriageDumpDataArray(&room.array, 16), STATUS_INVALID_PARAMETER);
    ck_assert_int_eq(KeInitializeTriageDumpDataArray(&room.array, sizeof(room)), STATUS_SUCCESS);
    ck_assert_uint_eq(room.array.NumBlocksTotal, 2);
    ck_assert_int_eq(KeAddTriageDumpDataBlock(&room.array, &room, 8), STATUS_SUCCESS);
    ck_assert_int_eq(KeAddTriageDumpDataBlock(&room.array, NULL, 8), STATUS_INVALID_PARAMETER);
    ck_assert_int_eq(KeAddTriageDumpDataBlock(&room.array, &room, 4), STATUS_SUCCESS);
    ck_assert_int_eq(KeAddTriageDumpDataBlock(&room.array, &room, 4),
                     STATUS_INSUFFICIENT_RESOURCES);
    ck_assert_uint_eq(room.array.NumBlocksUsed, 2);
    ck_assert_uint_eq(room.array.DataSize, 12);
    ck_assert_uint_eq(room.more[0].Size, 4);
}
END_TEST

START_TEST(only_an_administrators_token_is_one)
{
    ck_assert(SeTokenIsAdmin(se_token(true)));
    ck_assert(!SeTokenIsAdmin(se_token(false)));
    ck_assert(!SeTokenIsAdmin(NULL));
}
END_TEST

int
main(void)
{
    TCase *tests = tcase_create("live_dump");

    tcase_add_checked_fixture(tests, fixture_setup, fixture_teardown);
    tcase_add_test(tests, a_live_report_is_logged_once);
    tcase_add_test(tests, an_array_for_a_crash_dump_has_the_room_that_it_was_given);
    tcase_add_test(tests, only_an_administrators_token_is_one);
    return fixture_run("nt/live_dump", tests);
}

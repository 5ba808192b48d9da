/* SPDX-License-Identifier: MIT */
/* The version that drivers are told. */
#include "rtl_fixture.h"

#include <sdkddkver.h>
#include <string.h>

START_TEST(both_structures_are_filled_by_their_size)
{
    RTL_OSVERSIONINFOEXW info;

    memset(&info, 0xFF, sizeof(info));
    info.dwOSVersionInfoSize = sizeof(RTL_OSVERSIONINFOW);
    ck_assert_int_eq(RtlGetVersion((PRTL_OSVERSIONINFOW)&info), STATUS_SUCCESS);
    ck_assert_uint_eq(info.dwMajorVersion, 10);
    ck_assert_uint_eq(info.dwMinorVersion, 0);
    ck_assert_uint_eq(info.dwPlatformId, VER_PLATFORM_WIN32_NT);
    ck_assert_uint_eq(info.szCSDVersion[0], 0);
    ck_assert_uint_eq(info.wProductType, 0xFF);
    info.dwOSVersionInfoSize = sizeof(info);
    ck_assert_int_eq(RtlGetVersion((PRTL_OSVERSIONINFOW)&info), STATUS_SUCCESS);
    ck_assert_uint_eq(info.dwOSVersionInfoSize, sizeof(info));
    ck_assert_uint_eq(info.wProductType, VER_NT_WORKSTATION);
    info.dwOSVersionInfoSize = 1;
    ck_assert_int_eq(RtlGetVersion((PRTL_OSVERSIONINFOW)&info), STATUS_INVALID_PARAMETER);
}
END_TEST

START_TEST(the_older_function_agrees)
{
    ULONG major, minor, build;

    ck_assert(!PsGetVersion(&major, &minor, &build, NULL));
    ck_assert_uint_eq(major, 10);
    ck_assert_uint_eq(minor, 0);
    ck_assert_uint_ge(build, 19041);
    ck_assert(!PsGetVersion(NULL, NULL, NULL, NULL));
}
END_TEST

START_TEST(ddi_versions)
{
    ck_assert(RtlIsNtDdiVersionAvailable(NTDDI_WIN7));
    ck_assert(RtlIsNtDdiVersionAvailable(NTDDI_WIN10));
    ck_assert(RtlIsNtDdiVersionAvailable(NTDDI_WIN10_VB));
    ck_assert(!RtlIsNtDdiVersionAvailable(NTDDI_WIN10_NI));
    ck_assert(!RtlIsNtDdiVersionAvailable(0x0B000000));
    ck_assert(!RtlIsServicePackVersionInstalled(0x06000200));
}
END_TEST

static NTSTATUS
verify(ULONG major, ULONG minor, ULONG types, UCHAR condition)
{
    RTL_OSVERSIONINFOEXW info = {.dwMajorVersion = major, .dwMinorVersion = minor};

    return RtlVerifyVersionInfo(&info, types, VerSetConditionMask(0, types, condition));
}

START_TEST(requirements_that_hold_and_that_do_not)
{
    const ULONG both = VER_MAJORVERSION | VER_MINORVERSION;

    ck_assert_int_eq(verify(6, 3, both, VER_GREATER_EQUAL), STATUS_SUCCESS);
    ck_assert_int_eq(verify(10, 0, both, VER_GREATER_EQUAL), STATUS_SUCCESS);
    ck_assert_int_eq(verify(10, 0, both, VER_EQUAL), STATUS_SUCCESS);
    ck_assert_int_eq(verify(10, 1, both, VER_GREATER_EQUAL), STATUS_REVISION_MISMATCH);
    ck_assert_int_eq(verify(11, 0, both, VER_GREATER_EQUAL), STATUS_REVISION_MISMATCH);
    ck_assert_int_eq(verify(6, 1, both, VER_EQUAL), STATUS_REVISION_MISMATCH);
    ck_assert_int_eq(verify(10, 0, both, VER_GREATER), STATUS_REVISION_MISMATCH);
    ck_assert_int_eq(verify(6, 9, both, VER_GREATER), STATUS_SUCCESS);
    ck_assert_int_eq(verify(10, 1, both, VER_LESS), STATUS_SUCCESS);
    ck_assert_int_eq(verify(10, 0, VER_MAJORVERSION, VER_LESS_EQUAL), STATUS_SUCCESS);
    ck_assert_int_eq(verify(9, 0, VER_MAJORVERSION, VER_LESS_EQUAL), STATUS_REVISION_MISMATCH);
}
END_TEST

START_TEST(build_product_and_suite)
{
    RTL_OSVERSIONINFOEXW info = {.dwBuildNumber = 14393, .wProductType = VER_NT_SERVER};
    ULONGLONG mask = 0;

    VER_SET_CONDITION(mask, VER_BUILDNUMBER, VER_GREATER_EQUAL);
    ck_assert_int_eq(RtlVerifyVersionInfo(&info, VER_BUILDNUMBER, mask), STATUS_SUCCESS);
    VER_SET_CONDITION(mask, VER_PRODUCT_TYPE, VER_EQUAL);
    ck_assert_int_eq(RtlVerifyVersionInfo(&info, VER_BUILDNUMBER | VER_PRODUCT_TYPE, mask),
                     STATUS_REVISION_MISMATCH);
    info.wProductType = VER_NT_WORKSTATION;
    ck_assert_int_eq(RtlVerifyVersionInfo(&info, VER_BUILDNUMBER | VER_PRODUCT_TYPE, mask),
                     STATUS_SUCCESS);
    info.wSuiteMask = 0x0002;
    mask = VerSetConditionMask(0, VER_SUITENAME, VER_AND);
    ck_assert_int_eq(RtlVerifyVersionInfo(&info, VER_SUITENAME, mask), STATUS_REVISION_MISMATCH);
}
END_TEST

START_TEST(requirements_without_a_condition_are_refused)
{
    RTL_OSVERSIONINFOEXW info = {0};

    ck_assert_int_eq(RtlVerifyVersionInfo(&info, 0, 1), STATUS_INVALID_PARAMETER);
    ck_assert_int_eq(RtlVerifyVersionInfo(&info, VER_MAJORVERSION, 0), STATUS_INVALID_PARAMETER);
    ck_assert_int_eq(RtlVerifyVersionInfo(&info, 0x100, ~0ull), STATUS_INVALID_PARAMETER);
}
END_TEST

int
main(void)
{
    const TTest *const tests[] = {
        both_structures_are_filled_by_their_size,
        the_older_function_agrees,
        ddi_versions,
        requirements_that_hold_and_that_do_not,
        build_product_and_suite,
        requirements_without_a_condition_are_refused,
    };

    return rtl_run("nt/rtl_version", tests, RTL_NUMBER_OF(tests));
}

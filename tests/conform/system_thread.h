/* SPDX-License-Identifier: MIT */
/* System threads of tests, which are drivers: begun and waited for. */
#ifndef OPENWDF_TESTS_SYSTEM_THREAD_H
#define OPENWDF_TESTS_SYSTEM_THREAD_H

#include <ntddk.h>

#include <check.h>

static inline HANDLE
start_thread(PKSTART_ROUTINE routine, PVOID context)
{
    HANDLE handle;

    ck_assert_int_eq(
        PsCreateSystemThread(&handle, THREAD_ALL_ACCESS, NULL, NULL, NULL, routine, context),
        STATUS_SUCCESS);
    return handle;
}

static inline void
join_thread(HANDLE handle)
{
    ck_assert_int_eq(ZwWaitForSingleObject(handle, FALSE, NULL), STATUS_SUCCESS);
    ZwClose(handle);
}

#endif

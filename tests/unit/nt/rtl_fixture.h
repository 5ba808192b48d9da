/* SPDX-License-Identifier: MIT */
/* Each test of the run-time library runs with the executive up, and must leave no pool behind. */
#ifndef OPENWDF_TESTS_UNIT_NT_RTL_FIXTURE_H
#define OPENWDF_TESTS_UNIT_NT_RTL_FIXTURE_H

#include <ntddk.h>

#include <check.h>

/* Runs the tests of a suite; what main returns. */
int rtl_run(const char *suite, const TTest *const *tests, size_t count);

/* From here on, an allocation fails. */
void rtl_fail_allocations(void);

/* Counted strings in fresh memory of exactly their size, so that a memory checker sees every overrun. */
UNICODE_STRING rtl_wide(const WCHAR *text);
STRING rtl_narrow(const char *text);

/* An empty string with room for `size` bytes, filled with '?'. */
UNICODE_STRING rtl_wide_room(USHORT size);
STRING rtl_narrow_room(USHORT size);

void rtl_assert_wide(const UNICODE_STRING *string, const WCHAR *expected);
void rtl_assert_narrow(const STRING *string, const char *expected);

#endif

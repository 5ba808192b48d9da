/* SPDX-License-Identifier: MIT */
/*
 * A framework driver without a module: this program is the driver. It calls the framework through
 * the public headers; the jump table is bound here instead of by the loader.
 */
#ifndef OPENWDF_TESTS_UNIT_FX_FIXTURE_H
#define OPENWDF_TESTS_UNIT_FX_FIXTURE_H

#include <ntddk.h>
#include <wdf.h>

#include <stdbool.h>

/* Brings the executive up and creates the driver object. */
void fixture_open(void);

/* Deletes the driver, takes all down; the test fails when anything leaked. */
void fixture_close(void);

/* The same, and the number of leaks is the result. */
unsigned fixture_close_leaking(void);

/* Waits for deletions that were put off to PASSIVE_LEVEL. */
void fixture_flush(void);

/* Runs fn(argument), which must end in WDF_VIOLATION with this sub-code. */
void fixture_expect_bugcheck(WDF_BUGCHECK_CODES code, void (*fn)(void *argument), void *argument);

/* Parameter 1 to 4 of that bug check. */
ULONG_PTR fixture_bugcheck_parameter(unsigned number);

/* Whether a log line since fixture_open holds the text. */
bool fixture_logged(const char *text);

#endif

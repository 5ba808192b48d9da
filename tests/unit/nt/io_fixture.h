/* SPDX-License-Identifier: MIT */
/*
 * What the tests of nt/io share: the executive up, one WDM driver whose devices call a handler of
 * the test for every IRP, and bug checks that are expected.
 */
#ifndef OPENWDF_TESTS_UNIT_NT_IO_FIXTURE_H
#define OPENWDF_TESTS_UNIT_NT_IO_FIXTURE_H

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <check.h>

#include <ntddk.h>

#include "nt/io/io.h"
#include "nt/io/user.h"

typedef NTSTATUS fixture_handler(PDEVICE_OBJECT device, PIRP irp);

/* The extension of every device of the fixture. */
struct fixture_device {
    fixture_handler *handler;
    PDEVICE_OBJECT lower; /* Of a filter. */
    void *context;        /* The test's. */
};

extern PDRIVER_OBJECT fixture_driver;

/* Checked fixtures: executive and driver up, and down again without a leak. */
void fixture_setup(void);
void fixture_teardown(void);

static inline struct fixture_device *
fixture_of(PDEVICE_OBJECT device)
{
    return device->DeviceExtension;
}

/* A device of the fixture's driver. name NULL: without one. flags: DO_BUFFERED_IO … */
PDEVICE_OBJECT fixture_device(const WCHAR *name, ULONG flags, fixture_handler *handler);

/* A filter device attached on top of `lower`'s stack. */
PDEVICE_OBJECT fixture_filter(PDEVICE_OBJECT lower, fixture_handler *handler);

/* Detaches and deletes a stack from its top down. */
void fixture_delete_stack(PDEVICE_OBJECT bottom);

/* Handlers. */
NTSTATUS fixture_complete(PIRP irp, NTSTATUS status, ULONG_PTR information);
NTSTATUS fixture_succeed(PDEVICE_OBJECT device, PIRP irp);
NTSTATUS fixture_pass(PDEVICE_OBJECT device, PIRP irp);

/* Opens \Device\… by name with the access; asserts that it succeeds. */
struct io_user_file *fixture_open(const WCHAR *name, ACCESS_MASK access);

/* Runs fn(argument) and asserts that it causes bug check `code` (parameter 1 too unless it is -1). */
void fixture_expect_bugcheck(ULONG code, ULONG_PTR parameter1, void (*fn)(void *argument),
                             void *argument);

/* main() of a test program: the tests of one case, each in a process of its own. */
int fixture_run(const char *name, TCase *tests);

static inline UNICODE_STRING
fixture_string(const WCHAR *text)
{
    UNICODE_STRING string;

    RtlInitUnicodeString(&string, text);
    return string;
}

#endif

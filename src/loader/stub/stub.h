/* SPDX-License-Identifier: MIT */
/* What the entry points of the two stubs share. */
#ifndef OPENWDF_LOADER_STUB_STUB_H
#define OPENWDF_LOADER_STUB_STUB_H

#include <ntddk.h>

/* Whether the module is an export driver: a different constant in each of the libraries. */
extern const BOOLEAN stub_is_export;

/*
 * Binds, runs the driver's `entry` (DriverEntry), and sees to it that the module is unbound after the
 * driver's end.
 */
NTSTATUS stub_start(PDRIVER_OBJECT driver_object, PUNICODE_STRING registry_path,
                    PDRIVER_INITIALIZE entry);

#endif

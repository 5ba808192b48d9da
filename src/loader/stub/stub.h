/* SPDX-License-Identifier: MIT */
/* What the entry points of the two stubs share. */
#ifndef OPENWDF_LOADER_STUB_STUB_H
#define OPENWDF_LOADER_STUB_STUB_H

#include <ntddk.h>

/*
 * Binds, runs the driver's DriverEntry, and sees to it that the module is unbound after the
 * driver's end.
 */
NTSTATUS stub_start(PDRIVER_OBJECT driver_object, PUNICODE_STRING registry_path);

#endif

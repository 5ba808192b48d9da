/* SPDX-License-Identifier: MIT */
/* Shared by the files of this folder. */
#ifndef OPENWDF_NT_RTL_RTL_PRIV_H
#define OPENWDF_NT_RTL_RTL_PRIV_H

#include <ntddk.h>

/* Pool for a string that RtlFree…String gives back; `caller` is the driver's code that asked for it. */
PVOID rtl_allocate_string(SIZE_T size, const void *caller);

/*
 * Readies the destination of a conversion that takes `bytes` and a terminator of `unit` bytes. It is
 * allocated, or must be large enough. STATUS_BUFFER_OVERFLOW, STATUS_NO_MEMORY,
 * STATUS_INVALID_PARAMETER_2 when `bytes` cannot be counted in 16 bits.
 */
NTSTATUS rtl_prepare_string(USHORT *maximum_length, PVOID *buffer, SIZE_T bytes, SIZE_T unit,
                            BOOLEAN allocate, const void *caller);

#endif

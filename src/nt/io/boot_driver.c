/* SPDX-License-Identifier: MIT */
/*
 * Early-launch drivers, which are asked about each boot-start driver before it is initialized. A host has no boot
 * phase: its drivers are loaded when their devices are there, and those were chosen by whoever installed them. So a
 * registration is kept, and never asked.
 */
#include "nt/io/io_priv.h"

#define BOOT_TAG 'toBI'

struct boot_callback {
    PBOOT_DRIVER_CALLBACK_FUNCTION function;
    PVOID context;
};

/* NULL: memory is short. IRQL PASSIVE_LEVEL. */
PVOID
IoRegisterBootDriverCallback(PBOOT_DRIVER_CALLBACK_FUNCTION CallbackFunction, PVOID CallbackContext)
{
    struct boot_callback *callback =
        ExAllocatePool2(POOL_FLAG_NON_PAGED, sizeof(*callback), BOOT_TAG);

    if (callback != NULL) {
        callback->function = CallbackFunction;
        callback->context = CallbackContext;
    }
    return callback;
}

VOID
IoUnregisterBootDriverCallback(PVOID CallbackHandle)
{
    ExFreePoolWithTag(CallbackHandle, BOOT_TAG);
}

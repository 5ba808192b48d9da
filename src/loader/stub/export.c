/* SPDX-License-Identifier: MIT */
/*
 * The entry point of an export driver that uses the framework, and whose globals its calls go along
 * with.
 *
 * An export driver has no device and, on Windows, no driver object. Here the loader makes it one: so
 * what it creates in DllInitialize has a parent. What it creates later, on behalf of a driver that
 * called it, belongs to that driver: the nearest caller on the stack whose code is neither this
 * module's nor another export driver's. That needs frame pointers and no tail calls, which the
 * drivers' flags see to. It needs no lock and no hidden state, so calls from several drivers at once
 * do not meet.
 */
#define OWDF_STUB
#include "loader/stub/stub.h"

#include <wdf.h>

#include "loader/bind.h"

/* The driver's. On Windows the memory manager calls them by name. */
NTSTATUS DllInitialize(PUNICODE_STRING RegistryPath);
__attribute__((weak)) NTSTATUS DllUnload(VOID);

__attribute__((visibility("default"))) NTSTATUS FxDllInitialize(PDRIVER_OBJECT DriverObject,
                                                                PUNICODE_STRING RegistryPath);

PWDF_DRIVER_GLOBALS NTAPI OwdfGlobalsOf(PVOID Handle);

const BOOLEAN stub_is_export = TRUE;

static PDRIVER_UNLOAD framework_unload;

/* A frame of this machine's calling convention, when it has a frame pointer. */
struct frame {
    const struct frame *caller;
    const void *return_address;
};

#define FRAME_BYTES_MAX 0x100000 /* A larger one is no frame. */

PWDF_DRIVER_GLOBALS NTAPI
OwdfGlobalsOf(PVOID Handle)
{
    const struct frame *frame = __builtin_frame_address(0);
    PWDF_DRIVER_GLOBALS globals = Handle == NULL ? NULL : OwdfGlobalsOfHandle(Handle);

    if (globals != NULL) {
        return globals;
    }
    for (;;) {
        const struct frame *caller = frame->caller;

        switch (OwdfCallerOf(frame->return_address, &globals)) {
        case OwdfCallerDriver:
            return globals;
        case OwdfCallerBetween:
            break;
        default:
            return WdfDriverGlobals;
        }
        if (caller <= frame || ((ULONG_PTR)caller & (sizeof(void *) - 1)) != 0 ||
            (ULONG_PTR)caller - (ULONG_PTR)frame > FRAME_BYTES_MAX) {
            return WdfDriverGlobals;
        }
        frame = caller;
    }
}

static VOID NTAPI
unload(PDRIVER_OBJECT driver_object)
{
    if (&DllUnload != NULL) {
        (void)DllUnload();
    }
    if (framework_unload != NULL) {
        framework_unload(driver_object);
    }
}

static NTSTATUS
initialize(PDRIVER_OBJECT driver_object, PUNICODE_STRING registry_path)
{
    WDF_DRIVER_CONFIG config;
    NTSTATUS status = STATUS_SUCCESS;

    /* Nothing is bound for a module of which no part includes wdf.h. */
    if (WdfFunctions != NULL) {
        WDF_DRIVER_CONFIG_INIT(&config, NULL);
        config.DriverInitFlags = WdfDriverInitNonPnpDriver;
        status = WdfDriverCreate(driver_object, registry_path, NULL, &config, NULL);
    }
    if (!NT_SUCCESS(status)) {
        return status;
    }
    status = DllInitialize(registry_path);
    framework_unload = driver_object->DriverUnload;
    driver_object->DriverUnload = unload;
    return status;
}

NTSTATUS
FxDllInitialize(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    return stub_start(DriverObject, RegistryPath, initialize);
}

/* SPDX-License-Identifier: MIT */
/* WdfDeviceInit…: the setters. Most return nothing; what they refuse, WdfDeviceCreate reports. */
#include "fx/pnp/device_init.h"

#include <string.h>

#include "fx/core/driver.h"
#include "fx/core/sized.h"
#include "fx_imports.h"
#include "sys/memory.h"

#define INIT_MAGIC 0x74496456u /* "VdIt" */

NTSTATUS
fx_unicode_copy(UNICODE_STRING *to, const UNICODE_STRING *from)
{
    WCHAR *buffer = NULL;
    USHORT length = from == NULL ? 0 : from->Length;

    if (length > UNICODE_STRING_MAX_BYTES - sizeof(WCHAR)) {
        return STATUS_INVALID_PARAMETER;
    }
    if (length != 0) {
        buffer = sys_alloc_zeroed((size_t)length + sizeof(WCHAR));
        if (buffer == NULL) {
            return STATUS_INSUFFICIENT_RESOURCES;
        }
        memcpy(buffer, from->Buffer, length);
    }
    to->Buffer = buffer;
    to->Length = length;
    to->MaximumLength = (USHORT)(buffer == NULL ? 0 : length + sizeof(WCHAR));
    return STATUS_SUCCESS;
}

void
fx_unicode_free(UNICODE_STRING *string)
{
    sys_free(string->Buffer);
    *string = (UNICODE_STRING){0};
}

struct WDFDEVICE_INIT *
fx_device_init_create(struct fx_driver *driver, enum fx_device_kind kind, DEVICE_OBJECT *physical)
{
    struct WDFDEVICE_INIT *init = sys_alloc_zeroed(sizeof(*init));

    if (init == NULL) {
        return NULL;
    }
    init->magic = INIT_MAGIC;
    init->kind = kind;
    init->driver = driver;
    init->physical = physical;
    init->characteristics = FILE_DEVICE_SECURE_OPEN;
    init->read_write_io_type = WdfDeviceIoBuffered;
    init->ioctl_io_type = WdfDeviceIoBuffered;
    init->power_pageable = true;
    init->power_policy_owner = kind == FX_DEVICE_FDO;
    return init;
}

void
fx_device_init_delete(struct WDFDEVICE_INIT *init)
{
    unsigned major;

    if (init == NULL) {
        return;
    }
    for (major = 0; major < FX_MAJOR_COUNT; major++) {
        sys_free(init->preprocess[major].minors);
    }
    fx_unicode_free(&init->name);
    fx_unicode_free(&init->sddl);
    init->magic = 0;
    sys_free(init);
}

struct WDFDEVICE_INIT *
fx_device_init_get(PWDF_DRIVER_GLOBALS driver_globals, PWDFDEVICE_INIT init)
{
    fx_require(driver_globals, init);
    if (init->magic != INIT_MAGIC) {
        fx_bugcheck(fx_globals_of(driver_globals), WDF_INVALID_HANDLE, (ULONG_PTR)init, 0, 0,
                    "%p is no WDFDEVICE_INIT, or it was freed", (void *)init);
    }
    return init;
}

/* A setter without a result refuses its argument. */
static void
refuse(struct WDFDEVICE_INIT *init, NTSTATUS status, const char *what, unsigned value)
{
    fx_log(init->driver->object.globals, "%s: %u is not valid", what, value);
    if (NT_SUCCESS(init->status)) {
        init->status = status;
    }
}

/* Copies attributes that are used later, for each file or request object. */
static void
set_attributes(struct WDFDEVICE_INIT *init, WDF_OBJECT_ATTRIBUTES *to,
               const WDF_OBJECT_ATTRIBUTES *from, const char *what)
{
    memset(to, 0, sizeof(*to));
    if (from == NULL) {
        return;
    }
    if (from->Size != sizeof(*from)) {
        refuse(init, STATUS_INFO_LENGTH_MISMATCH, what, from->Size);
        return;
    }
    *to = *from;
}

VOID
imp_WdfDeviceInitFree(PWDF_DRIVER_GLOBALS DriverGlobals, PWDFDEVICE_INIT DeviceInit)
{
    struct WDFDEVICE_INIT *init = fx_device_init_get(DriverGlobals, DeviceInit);

    if (init->kind != FX_DEVICE_CONTROL) {
        fx_log(fx_globals_of(DriverGlobals), "WdfDeviceInitFree: the framework frees this one");
        return;
    }
    fx_device_init_delete(init);
}

VOID
imp_WdfDeviceInitSetPnpPowerEventCallbacks(PWDF_DRIVER_GLOBALS DriverGlobals,
                                           PWDFDEVICE_INIT DeviceInit,
                                           PWDF_PNPPOWER_EVENT_CALLBACKS PnpPowerEventCallbacks)
{
    struct WDFDEVICE_INIT *init = fx_device_init_get(DriverGlobals, DeviceInit);

    fx_require(DriverGlobals, PnpPowerEventCallbacks);
    if (!fx_sized_copy(&init->pnp, sizeof(init->pnp), PnpPowerEventCallbacks,
                       PnpPowerEventCallbacks->Size,
                       FX_SIZE_THROUGH(WDF_PNPPOWER_EVENT_CALLBACKS, EvtDeviceRelationsQuery))) {
        refuse(init, STATUS_INFO_LENGTH_MISMATCH, "WDF_PNPPOWER_EVENT_CALLBACKS.Size",
               PnpPowerEventCallbacks->Size);
    }
}

VOID
imp_WdfDeviceInitSetPowerPolicyEventCallbacks(
    PWDF_DRIVER_GLOBALS DriverGlobals, PWDFDEVICE_INIT DeviceInit,
    PWDF_POWER_POLICY_EVENT_CALLBACKS PowerPolicyEventCallbacks)
{
    struct WDFDEVICE_INIT *init = fx_device_init_get(DriverGlobals, DeviceInit);

    fx_require(DriverGlobals, PowerPolicyEventCallbacks);
    if (!fx_sized_copy(
            &init->power_policy, sizeof(init->power_policy), PowerPolicyEventCallbacks,
            PowerPolicyEventCallbacks->Size,
            FX_SIZE_THROUGH(WDF_POWER_POLICY_EVENT_CALLBACKS, EvtDeviceWakeFromSxTriggered))) {
        refuse(init, STATUS_INFO_LENGTH_MISMATCH, "WDF_POWER_POLICY_EVENT_CALLBACKS.Size",
               PowerPolicyEventCallbacks->Size);
    }
}

VOID
imp_WdfDeviceInitSetPowerPolicyOwnership(PWDF_DRIVER_GLOBALS DriverGlobals,
                                         PWDFDEVICE_INIT DeviceInit, BOOLEAN IsPowerPolicyOwner)
{
    fx_device_init_get(DriverGlobals, DeviceInit)->power_policy_owner = IsPowerPolicyOwner != FALSE;
}

VOID
imp_WdfDeviceInitSetIoType(PWDF_DRIVER_GLOBALS DriverGlobals, PWDFDEVICE_INIT DeviceInit,
                           WDF_DEVICE_IO_TYPE IoType)
{
    struct WDFDEVICE_INIT *init = fx_device_init_get(DriverGlobals, DeviceInit);

    if (IoType != WdfDeviceIoNeither && IoType != WdfDeviceIoBuffered &&
        IoType != WdfDeviceIoDirect) {
        refuse(init, STATUS_INVALID_PARAMETER, "WdfDeviceInitSetIoType", (unsigned)IoType);
        return;
    }
    init->read_write_io_type = IoType;
}

VOID
imp_WdfDeviceInitSetIoTypeEx(PWDF_DRIVER_GLOBALS DriverGlobals, PWDFDEVICE_INIT DeviceInit,
                             PWDF_IO_TYPE_CONFIG IoTypeConfig)
{
    struct WDFDEVICE_INIT *init = fx_device_init_get(DriverGlobals, DeviceInit);

    fx_require(DriverGlobals, IoTypeConfig);
    if (IoTypeConfig->Size != sizeof(*IoTypeConfig)) {
        refuse(init, STATUS_INFO_LENGTH_MISMATCH, "WDF_IO_TYPE_CONFIG.Size", IoTypeConfig->Size);
        return;
    }
    imp_WdfDeviceInitSetIoType(DriverGlobals, DeviceInit, IoTypeConfig->ReadWriteIoType);
    init->ioctl_io_type = IoTypeConfig->DeviceControlIoType;
    init->direct_transfer_threshold = IoTypeConfig->DirectTransferThreshold;
}

VOID
imp_WdfDeviceInitSetExclusive(PWDF_DRIVER_GLOBALS DriverGlobals, PWDFDEVICE_INIT DeviceInit,
                              BOOLEAN IsExclusive)
{
    fx_device_init_get(DriverGlobals, DeviceInit)->exclusive = IsExclusive != FALSE;
}

VOID
imp_WdfDeviceInitSetPowerNotPageable(PWDF_DRIVER_GLOBALS DriverGlobals, PWDFDEVICE_INIT DeviceInit)
{
    struct WDFDEVICE_INIT *init = fx_device_init_get(DriverGlobals, DeviceInit);

    init->power_pageable = false;
    init->power_pageable_set = true;
}

VOID
imp_WdfDeviceInitSetPowerPageable(PWDF_DRIVER_GLOBALS DriverGlobals, PWDFDEVICE_INIT DeviceInit)
{
    struct WDFDEVICE_INIT *init = fx_device_init_get(DriverGlobals, DeviceInit);

    init->power_pageable = true;
    init->power_pageable_set = true;
}

VOID
imp_WdfDeviceInitSetPowerInrush(PWDF_DRIVER_GLOBALS DriverGlobals, PWDFDEVICE_INIT DeviceInit)
{
    fx_device_init_get(DriverGlobals, DeviceInit)->power_inrush = true;
}

VOID
imp_WdfDeviceInitSetDeviceType(PWDF_DRIVER_GLOBALS DriverGlobals, PWDFDEVICE_INIT DeviceInit,
                               DEVICE_TYPE DeviceType)
{
    fx_device_init_get(DriverGlobals, DeviceInit)->device_type = DeviceType;
}

VOID
imp_WdfDeviceInitSetCharacteristics(PWDF_DRIVER_GLOBALS DriverGlobals, PWDFDEVICE_INIT DeviceInit,
                                    ULONG DeviceCharacteristics, BOOLEAN OrInValues)
{
    struct WDFDEVICE_INIT *init = fx_device_init_get(DriverGlobals, DeviceInit);

    if (!OrInValues) {
        init->characteristics = 0;
    }
    init->characteristics |= DeviceCharacteristics | FILE_DEVICE_SECURE_OPEN;
}

VOID
imp_WdfDeviceInitSetReleaseHardwareOrderOnFailure(
    PWDF_DRIVER_GLOBALS DriverGlobals, PWDFDEVICE_INIT DeviceInit,
    WDF_RELEASE_HARDWARE_ORDER_ON_FAILURE ReleaseHardwareOrderOnFailure)
{
    struct WDFDEVICE_INIT *init = fx_device_init_get(DriverGlobals, DeviceInit);

    if (ReleaseHardwareOrderOnFailure != WdfReleaseHardwareOrderOnFailureEarly &&
        ReleaseHardwareOrderOnFailure != WdfReleaseHardwareOrderOnFailureAfterDescendants) {
        refuse(init, STATUS_INVALID_PARAMETER, "WdfDeviceInitSetReleaseHardwareOrderOnFailure",
               (unsigned)ReleaseHardwareOrderOnFailure);
        return;
    }
    init->release_hardware_late =
        ReleaseHardwareOrderOnFailure == WdfReleaseHardwareOrderOnFailureAfterDescendants;
}

VOID
imp_WdfDeviceInitSetRemoveLockOptions(PWDF_DRIVER_GLOBALS DriverGlobals, PWDFDEVICE_INIT DeviceInit,
                                      PWDF_REMOVE_LOCK_OPTIONS Options)
{
    struct WDFDEVICE_INIT *init = fx_device_init_get(DriverGlobals, DeviceInit);

    fx_require(DriverGlobals, Options);
    if (Options->Size != sizeof(*Options) ||
        (Options->Flags & ~(ULONG)WDF_REMOVE_LOCK_OPTION_ACQUIRE_FOR_IO) != 0) {
        refuse(init, STATUS_INVALID_PARAMETER, "WDF_REMOVE_LOCK_OPTIONS.Flags", Options->Flags);
        return;
    }
    init->remove_lock_for_io = (Options->Flags & WDF_REMOVE_LOCK_OPTION_ACQUIRE_FOR_IO) != 0;
}

NTSTATUS
imp_WdfDeviceInitAssignName(PWDF_DRIVER_GLOBALS DriverGlobals, PWDFDEVICE_INIT DeviceInit,
                            PCUNICODE_STRING DeviceName)
{
    struct WDFDEVICE_INIT *init = fx_device_init_get(DriverGlobals, DeviceInit);
    UNICODE_STRING name;
    NTSTATUS status = fx_unicode_copy(&name, DeviceName);

    if (NT_SUCCESS(status)) {
        fx_unicode_free(&init->name);
        init->name = name;
    }
    return status;
}

NTSTATUS
imp_WdfDeviceInitAssignSDDLString(PWDF_DRIVER_GLOBALS DriverGlobals, PWDFDEVICE_INIT DeviceInit,
                                  PCUNICODE_STRING SDDLString)
{
    struct WDFDEVICE_INIT *init = fx_device_init_get(DriverGlobals, DeviceInit);
    UNICODE_STRING sddl;
    NTSTATUS status = fx_unicode_copy(&sddl, SDDLString);

    if (NT_SUCCESS(status)) {
        fx_unicode_free(&init->sddl);
        init->sddl = sddl;
    }
    return status;
}

VOID
imp_WdfDeviceInitSetDeviceClass(PWDF_DRIVER_GLOBALS DriverGlobals, PWDFDEVICE_INIT DeviceInit,
                                CONST GUID *DeviceClassGuid)
{
    struct WDFDEVICE_INIT *init = fx_device_init_get(DriverGlobals, DeviceInit);

    fx_require(DriverGlobals, DeviceClassGuid);
    init->class_guid = *DeviceClassGuid;
    init->has_class_guid = true;
}

VOID
imp_WdfDeviceInitSetFileObjectConfig(PWDF_DRIVER_GLOBALS DriverGlobals, PWDFDEVICE_INIT DeviceInit,
                                     PWDF_FILEOBJECT_CONFIG FileObjectConfig,
                                     PWDF_OBJECT_ATTRIBUTES FileObjectAttributes)
{
    struct WDFDEVICE_INIT *init = fx_device_init_get(DriverGlobals, DeviceInit);
    ULONG class;

    fx_require(DriverGlobals, FileObjectConfig);
    if (FileObjectConfig->Size != sizeof(*FileObjectConfig)) {
        refuse(init, STATUS_INFO_LENGTH_MISMATCH, "WDF_FILEOBJECT_CONFIG.Size",
               FileObjectConfig->Size);
        return;
    }
    class = (ULONG)FileObjectConfig->FileObjectClass & ~(ULONG)WdfFileObjectCanBeOptional;
    if (class < WdfFileObjectNotRequired || class > WdfFileObjectWdfCannotUseFsContexts) {
        refuse(init, STATUS_INVALID_PARAMETER, "WDF_FILEOBJECT_CONFIG.FileObjectClass",
               (unsigned)FileObjectConfig->FileObjectClass);
        return;
    }
    if ((ULONG)FileObjectConfig->AutoForwardCleanupClose > WdfUseDefault) {
        refuse(init, STATUS_INVALID_PARAMETER, "WDF_FILEOBJECT_CONFIG.AutoForwardCleanupClose",
               (unsigned)FileObjectConfig->AutoForwardCleanupClose);
        return;
    }
    init->has_file_config = true;
    init->file_config = *FileObjectConfig;
    set_attributes(init, &init->file_attributes, FileObjectAttributes,
                   "WDF_OBJECT_ATTRIBUTES.Size of the file objects");
}

VOID
imp_WdfDeviceInitSetRequestAttributes(PWDF_DRIVER_GLOBALS DriverGlobals, PWDFDEVICE_INIT DeviceInit,
                                      PWDF_OBJECT_ATTRIBUTES RequestAttributes)
{
    struct WDFDEVICE_INIT *init = fx_device_init_get(DriverGlobals, DeviceInit);

    fx_require(DriverGlobals, RequestAttributes);
    set_attributes(init, &init->request_attributes, RequestAttributes,
                   "WDF_OBJECT_ATTRIBUTES.Size of the request objects");
}

VOID
imp_WdfDeviceInitSetIoInCallerContextCallback(PWDF_DRIVER_GLOBALS DriverGlobals,
                                              PWDFDEVICE_INIT DeviceInit,
                                              PFN_WDF_IO_IN_CALLER_CONTEXT EvtIoInCallerContext)
{
    fx_device_init_get(DriverGlobals, DeviceInit)->io_in_caller_context = EvtIoInCallerContext;
}

NTSTATUS
imp_WdfDeviceInitAssignWdmIrpPreprocessCallback(
    PWDF_DRIVER_GLOBALS DriverGlobals, PWDFDEVICE_INIT DeviceInit,
    PFN_WDFDEVICE_WDM_IRP_PREPROCESS EvtDeviceWdmIrpPreprocess, UCHAR MajorFunction,
    PUCHAR MinorFunctions, ULONG NumMinorFunctions)
{
    struct WDFDEVICE_INIT *init = fx_device_init_get(DriverGlobals, DeviceInit);
    struct fx_preprocess *entry;
    uint8_t *minors = NULL;

    fx_require(DriverGlobals, EvtDeviceWdmIrpPreprocess);
    if (MajorFunction > IRP_MJ_MAXIMUM_FUNCTION ||
        (MinorFunctions != NULL && (NumMinorFunctions == 0 || NumMinorFunctions > UINT8_MAX))) {
        fx_log(
            fx_globals_of(DriverGlobals),
            "WdfDeviceInitAssignWdmIrpPreprocessCallback: major function 0x%x, %u minor functions",
            MajorFunction, NumMinorFunctions);
        return STATUS_INVALID_PARAMETER;
    }
    entry = &init->preprocess[MajorFunction];
    if (MinorFunctions != NULL) {
        if (entry->minors != NULL) {
            return STATUS_INVALID_DEVICE_REQUEST;
        }
        minors = sys_alloc(NumMinorFunctions);
        if (minors == NULL) {
            return STATUS_INSUFFICIENT_RESOURCES;
        }
        memcpy(minors, MinorFunctions, NumMinorFunctions);
        entry->minors = minors;
        entry->minor_count = (uint8_t)NumMinorFunctions;
    }
    entry->all_minors = MinorFunctions == NULL;
    entry->callback = EvtDeviceWdmIrpPreprocess;
    init->has_preprocess = true;
    return STATUS_SUCCESS;
}

/* SPDX-License-Identifier: MIT */
/* The keys that belong to a driver or a device, opened as framework objects. */
#include "fx/core/driver.h"
#include "fx/misc/registry.h"
#include "fx/pnp/device.h"
#include "fx/pnp/device_init.h"
#include "fx_imports.h"
#include "nt/cm/cm.h"
#include "nt/io/io.h"

#include <string.h>

/* Subkeys of a device's keys, for UMDF drivers; KMDF has the same names for 0. */
#define UM_SUBKEY 256u

/* ---- Drivers ---- */

static NTSTATUS
open_driver_key(PWDF_DRIVER_GLOBALS driver_globals, const char *function, WDFDRIVER driver_handle,
                DRIVER_REGKEY_TYPE type, ACCESS_MASK access, WDF_OBJECT_ATTRIBUTES *attributes,
                WDFKEY *ret_key)
{
    struct fx_driver *driver = fx_handle_get(driver_globals, driver_handle, FX_TYPE_DRIVER);
    struct fx_globals *globals = driver->object.globals;
    struct fx_key *key;
    NTSTATUS status;

    fx_require(driver_globals, ret_key);
    *ret_key = NULL;
    if (globals->is_umdf &&
        (access & (GENERIC_WRITE | GENERIC_ALL | KEY_CREATE_SUB_KEY | WRITE_DAC)) != 0) {
        fx_log(globals, "%s: access 0x%x is not for a UMDF driver", function, access);
        return STATUS_ACCESS_DENIED;
    }
    status = fx_key_create(globals, function, attributes, access, &key);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    return fx_key_finish(key, IoOpenDriverRegistryKey(driver->wdm, type, access, 0, &key->handle),
                         ret_key);
}

NTSTATUS
imp_WdfDriverOpenParametersRegistryKey(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDRIVER Driver,
                                       ACCESS_MASK DesiredAccess,
                                       PWDF_OBJECT_ATTRIBUTES KeyAttributes, WDFKEY *Key)
{
    return open_driver_key(DriverGlobals, "WdfDriverOpenParametersRegistryKey", Driver,
                           DriverRegKeyParameters, DesiredAccess, KeyAttributes, Key);
}

NTSTATUS
imp_WdfDriverOpenPersistentStateRegistryKey(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDRIVER Driver,
                                            ACCESS_MASK DesiredAccess,
                                            PWDF_OBJECT_ATTRIBUTES KeyAttributes, WDFKEY *Key)
{
    return open_driver_key(DriverGlobals, "WdfDriverOpenPersistentStateRegistryKey", Driver,
                           DriverRegKeyPersistentState, DesiredAccess, KeyAttributes, Key);
}

/* ---- Devices ---- */

/* What a UMDF driver may ask for: to read, and to write in the subkey of its own name. */
static NTSTATUS
check_umdf(struct fx_globals *globals, ULONG type, ACCESS_MASK access)
{
    bool subkey = (type & UM_SUBKEY) != 0;
    ACCESS_MASK most = KEY_READ | SYNCHRONIZE | GENERIC_READ | (subkey ? KEY_SET_VALUE : 0);

    if ((type & ~(UM_SUBKEY | PLUGPLAY_REGKEY_DEVICE | PLUGPLAY_REGKEY_DRIVER)) != 0) {
        fx_log(globals, "DeviceInstanceKeyType 0x%x is not for a UMDF driver", type);
        return STATUS_INVALID_PARAMETER;
    }
    if ((access & ~most) != 0) {
        fx_log(globals, "access 0x%x to that key is not for a UMDF driver", access);
        return STATUS_ACCESS_DENIED;
    }
    return STATUS_SUCCESS;
}

/* The subkey named like the driver's service, below the device's key. */
static NTSTATUS
open_service_subkey(struct fx_globals *globals, HANDLE parent, ACCESS_MASK access, HANDLE *ret_key)
{
    UNICODE_STRING name = *io_driver_name(globals->driver_object);
    OBJECT_ATTRIBUTES attributes;

    InitializeObjectAttributes(&attributes, &name, OBJ_CASE_INSENSITIVE | OBJ_KERNEL_HANDLE, parent,
                               NULL);
    return ZwCreateKey(ret_key, access, &attributes, 0, NULL, 0, NULL);
}

static NTSTATUS
open_device_handle(struct fx_globals *globals, DEVICE_OBJECT *physical, ULONG type,
                   ACCESS_MASK access, HANDLE *ret_handle)
{
    bool subkey = globals->is_umdf && (type & UM_SUBKEY) != 0;
    HANDLE device_key;
    NTSTATUS status;

    status =
        IoOpenDeviceRegistryKey(physical, subkey ? type & ~UM_SUBKEY : type, access, &device_key);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    if (!subkey) {
        *ret_handle = device_key;
        return STATUS_SUCCESS;
    }
    status = open_service_subkey(globals, device_key, access, ret_handle);
    (void)ZwClose(device_key);
    return status;
}

static NTSTATUS
open_device_key(PWDF_DRIVER_GLOBALS driver_globals, const char *function, DEVICE_OBJECT *physical,
                ULONG type, ACCESS_MASK access, WDF_OBJECT_ATTRIBUTES *attributes, WDFKEY *ret_key)
{
    struct fx_globals *globals = fx_globals_of(driver_globals);
    NTSTATUS status = STATUS_SUCCESS;
    struct fx_key *key;
    HANDLE handle;

    fx_require(driver_globals, ret_key);
    *ret_key = NULL;
    if (physical == NULL) {
        fx_log(globals, "%s: the device has no physical device", function);
        return STATUS_INVALID_DEVICE_REQUEST;
    }
    if (globals->is_umdf) {
        status = check_umdf(globals, type, access);
    }
    if (NT_SUCCESS(status)) {
        status = fx_key_create(globals, function, attributes, access, &key);
    }
    if (!NT_SUCCESS(status)) {
        return status;
    }
    status = open_device_handle(globals, physical, type, access, &handle);
    if (NT_SUCCESS(status)) {
        key->handle = handle;
    }
    return fx_key_finish(key, status, ret_key);
}

NTSTATUS
imp_WdfDeviceOpenRegistryKey(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDEVICE Device,
                             ULONG DeviceInstanceKeyType, ACCESS_MASK DesiredAccess,
                             PWDF_OBJECT_ATTRIBUTES KeyAttributes, WDFKEY *Key)
{
    struct fx_device *device = fx_handle_get(DriverGlobals, Device, FX_TYPE_DEVICE);

    return open_device_key(DriverGlobals, "WdfDeviceOpenRegistryKey", device->physical,
                           DeviceInstanceKeyType, DesiredAccess, KeyAttributes, Key);
}

NTSTATUS
imp_WdfFdoInitOpenRegistryKey(PWDF_DRIVER_GLOBALS DriverGlobals, PWDFDEVICE_INIT DeviceInit,
                              ULONG DeviceInstanceKeyType, ACCESS_MASK DesiredAccess,
                              PWDF_OBJECT_ATTRIBUTES KeyAttributes, WDFKEY *Key)
{
    struct WDFDEVICE_INIT *init = fx_device_init_get(DriverGlobals, DeviceInit);

    return open_device_key(DriverGlobals, "WdfFdoInitOpenRegistryKey", init->physical,
                           DeviceInstanceKeyType, DesiredAccess, KeyAttributes, Key);
}

/* ---- HKEY_LOCAL_MACHINE\HARDWARE\DEVICEMAP ---- */

/* Nothing there outlives the machine, so whoever is first makes the keys. */
static NTSTATUS
open_devicemap(PCUNICODE_STRING name, ACCESS_MASK access, HANDLE *ret_handle)
{
    UNICODE_STRING names[] = {RTL_CONSTANT_STRING(L"\\Registry\\Machine\\HARDWARE"),
                              RTL_CONSTANT_STRING(L"DEVICEMAP"), *name};
    const unsigned last = sizeof(names) / sizeof(names[0]) - 1;
    HANDLE parent = NULL;
    NTSTATUS status = STATUS_SUCCESS;
    unsigned i;

    for (i = 0; NT_SUCCESS(status) && i <= last; i++) {
        OBJECT_ATTRIBUTES attributes;
        HANDLE key;

        InitializeObjectAttributes(&attributes, &names[i], OBJ_CASE_INSENSITIVE | OBJ_KERNEL_HANDLE,
                                   parent, NULL);
        status = ZwCreateKey(&key, i == last ? access : KEY_CREATE_SUB_KEY, &attributes, 0, NULL,
                             REG_OPTION_VOLATILE, NULL);
        if (parent != NULL) {
            (void)ZwClose(parent);
        }
        parent = key;
    }
    if (NT_SUCCESS(status)) {
        *ret_handle = parent;
    }
    return status;
}

NTSTATUS
imp_WdfDeviceOpenDevicemapKey(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDEVICE Device,
                              PCUNICODE_STRING KeyName, ACCESS_MASK DesiredAccess,
                              PWDF_OBJECT_ATTRIBUTES KeyAttributes, WDFKEY *Key)
{
    const ACCESS_MASK most = KEY_READ | SYNCHRONIZE | GENERIC_READ | KEY_SET_VALUE;
    struct fx_device *device = fx_handle_get(DriverGlobals, Device, FX_TYPE_DEVICE);
    struct fx_globals *globals = device->object.globals;
    struct fx_key *key;
    HANDLE handle;
    NTSTATUS status;

    fx_require(DriverGlobals, Key);
    *Key = NULL;
    fx_require(DriverGlobals, KeyName);
    if (KeyName->Length == 0 || KeyName->Length % sizeof(WCHAR) != 0 || KeyName->Buffer == NULL) {
        fx_log(globals, "WdfDeviceOpenDevicemapKey: the name has %u bytes at %p", KeyName->Length,
               (void *)KeyName->Buffer);
        return STATUS_INVALID_PARAMETER;
    }
    if (globals->is_umdf && (DesiredAccess & ~most) != 0) {
        fx_log(globals, "WdfDeviceOpenDevicemapKey: access 0x%x is not for a UMDF driver",
               DesiredAccess);
        return STATUS_INVALID_PARAMETER;
    }
    status =
        fx_key_create(globals, "WdfDeviceOpenDevicemapKey", KeyAttributes, DesiredAccess, &key);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    status = open_devicemap(KeyName, DesiredAccess, &handle);
    if (NT_SUCCESS(status)) {
        key->handle = handle;
    }
    return fx_key_finish(key, status, Key);
}

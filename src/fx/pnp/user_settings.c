/* SPDX-License-Identifier: MIT */
/*
 * What a user has decided about a device's idling and waking, where its driver leaves that to him: values
 * under "Device Parameters\WDF" of the device's hardware key. The user's own value comes before the one that the
 * driver's INF has set; when there is none the capability is enabled.
 */
#include "fx/core/lock.h"
#include "fx/pnp/device_priv.h"

/* One DWORD of the key; `fallback` when it is missing or of another type. */
static ULONG
read_value(HANDLE key, const WCHAR *name, ULONG fallback)
{
    union {
        KEY_VALUE_PARTIAL_INFORMATION header;
        UCHAR room[sizeof(KEY_VALUE_PARTIAL_INFORMATION) + sizeof(ULONG)];
    } buffer;
    UNICODE_STRING string;
    ULONG length;
    ULONG value;

    RtlInitUnicodeString(&string, name);
    if (!NT_SUCCESS(ZwQueryValueKey(key, &string, KeyValuePartialInformation, &buffer,
                                    sizeof(buffer), &length)) ||
        buffer.header.Type != REG_DWORD || buffer.header.DataLength != sizeof(value)) {
        return fallback;
    }
    RtlCopyMemory(&value, buffer.header.Data, sizeof(value));
    return value;
}

/* The key's subkey WDF; NULL when there is none. */
static HANDLE
open_key(struct fx_device *device)
{
    UNICODE_STRING name = RTL_CONSTANT_STRING(L"WDF");
    OBJECT_ATTRIBUTES attributes;
    HANDLE parameters;
    HANDLE key = NULL;

    if (!NT_SUCCESS(IoOpenDeviceRegistryKey(device->physical, PLUGPLAY_REGKEY_DEVICE, KEY_READ,
                                            &parameters))) {
        return NULL;
    }
    InitializeObjectAttributes(&attributes, &name, OBJ_CASE_INSENSITIVE | OBJ_KERNEL_HANDLE,
                               parameters, NULL);
    if (!NT_SUCCESS(ZwOpenKey(&key, KEY_READ, &attributes))) {
        key = NULL;
    }
    ZwClose(parameters);
    return key;
}

void
fx_policy_read_user_settings(struct fx_device *device)
{
    HANDLE key = open_key(device);
    bool idle;
    bool wake;

    if (key == NULL) {
        return;
    }
    idle = read_value(key, L"IdleInWorkingState",
                      read_value(key, L"WdfDefaultIdleInWorkingState", 1)) != 0;
    wake = read_value(key, L"WakeFromSleepState",
                      read_value(key, L"WdfDefaultWakeFromSleepState", 1)) != 0;
    ZwClose(key);
    fx_lock(&device->lock);
    device->policy.idle_by_user = idle;
    device->policy.wake_by_user = wake;
    fx_unlock(&device->lock);
}

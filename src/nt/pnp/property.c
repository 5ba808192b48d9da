/* SPDX-License-Identifier: MIT */
/* What IoGetDeviceProperty tells about a devnode. */
#include <string.h>

#include "nt/io/io.h"
#include "nt/ob/ob.h"
#include "nt/pnp/pnp_priv.h"

static NTSTATUS
give(const void *data, size_t size, ULONG buffer_length, PVOID buffer, PULONG ret_length)
{
    *ret_length = (ULONG)size;
    if (size > buffer_length) {
        return STATUS_BUFFER_TOO_SMALL;
    }
    memcpy(buffer, data, size);
    return STATUS_SUCCESS;
}

/* `chars` units of text, and a zero. */
static NTSTATUS
give_text(const WCHAR *text, size_t chars, ULONG buffer_length, PVOID buffer, PULONG ret_length)
{
    size_t size = (chars + 1) * sizeof(WCHAR);

    *ret_length = (ULONG)size;
    if (size > buffer_length) {
        return STATUS_BUFFER_TOO_SMALL;
    }
    memcpy(buffer, text, chars * sizeof(WCHAR));
    ((WCHAR *)buffer)[chars] = 0;
    return STATUS_SUCCESS;
}

static size_t
wide_length(const WCHAR *text)
{
    size_t length = 0;

    while (text[length] != 0) {
        length++;
    }
    return length;
}

NTSTATUS
pnp_get_property(PDEVICE_OBJECT pdo, DEVICE_REGISTRY_PROPERTY property, ULONG buffer_length,
                 PVOID buffer, PULONG ret_length)
{
    const struct pnp_devnode *devnode = io_device_devnode(pdo);
    DEVICE_INSTALL_STATE installed = InstallStateInstalled;
    WCHAR name_text[64];
    UNICODE_STRING name = {.Buffer = name_text, .MaximumLength = sizeof(name_text)};
    NTSTATUS status;

    *ret_length = 0;
    switch (property) {
    case DevicePropertyDeviceDescription:
    case DevicePropertyFriendlyName:
        return give_text(devnode->description, wide_length(devnode->description), buffer_length,
                         buffer, ret_length);
    case DevicePropertyHardwareID:
        return give(devnode->hardware_ids, devnode->hardware_ids_bytes, buffer_length, buffer,
                    ret_length);
    case DevicePropertyEnumeratorName:
        return give_text(devnode->instance_path, devnode->enumerator_chars, buffer_length, buffer,
                         ret_length);
    case DevicePropertyPhysicalDeviceObjectName:
        status = ob_query_name(pdo, &name);
        if (!NT_SUCCESS(status)) {
            return status;
        }
        return give_text(name.Buffer, name.Length / sizeof(WCHAR), buffer_length, buffer,
                         ret_length);
    case DevicePropertyInstallState:
        return give(&installed, sizeof(installed), buffer_length, buffer, ret_length);
    default:
        return STATUS_OBJECT_NAME_NOT_FOUND;
    }
}

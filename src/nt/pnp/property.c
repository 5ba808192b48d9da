/* SPDX-License-Identifier: MIT */
/* What IoGetDeviceProperty tells about a devnode. */
#include <string.h>

#include "nt/io/io.h"
#include "nt/ob/ob.h"
#include "nt/pnp/pnp_priv.h"
#include "nt/pnp/resources.h"

/* Where an answer goes. */
struct answer {
    PVOID buffer;
    ULONG size;
    PULONG ret_length;
};

static NTSTATUS
give(const struct answer *answer, const void *data, size_t size)
{
    *answer->ret_length = (ULONG)size;
    if (size > answer->size) {
        return STATUS_BUFFER_TOO_SMALL;
    }
    memcpy(answer->buffer, data, size);
    return STATUS_SUCCESS;
}

/* `chars` units of text, and a zero. */
static NTSTATUS
give_part(const struct answer *answer, const WCHAR *text, size_t chars)
{
    size_t size = (chars + 1) * sizeof(WCHAR);

    *answer->ret_length = (ULONG)size;
    if (size > answer->size) {
        return STATUS_BUFFER_TOO_SMALL;
    }
    memcpy(answer->buffer, text, chars * sizeof(WCHAR));
    ((WCHAR *)answer->buffer)[chars] = 0;
    return STATUS_SUCCESS;
}

/* Text that may be absent: NULL or "". */
static NTSTATUS
give_text(const struct answer *answer, const WCHAR *text)
{
    if (text == NULL || text[0] == 0) {
        return STATUS_OBJECT_NAME_NOT_FOUND;
    }
    return give_part(answer, text, pnp_wide_length(text));
}

static NTSTATUS
give_multi(const struct answer *answer, const WCHAR *multi)
{
    if (multi[0] == 0) {
        return STATUS_OBJECT_NAME_NOT_FOUND;
    }
    return give(answer, multi, pnp_multi_chars(multi) * sizeof(WCHAR));
}

static NTSTATUS
give_guid(const struct answer *answer, const GUID *guid)
{
    UNICODE_STRING text;
    NTSTATUS status = RtlStringFromGUID(guid, &text);

    if (NT_SUCCESS(status)) {
        status = give_part(answer, text.Buffer, text.Length / sizeof(WCHAR));
        RtlFreeUnicodeString(&text);
    }
    return status;
}

static NTSTATUS
give_pdo_name(const struct answer *answer, PDEVICE_OBJECT pdo)
{
    WCHAR buffer[256];
    UNICODE_STRING name = {.Buffer = buffer, .MaximumLength = sizeof(buffer)};
    NTSTATUS status = ob_query_name(pdo, &name);

    return NT_SUCCESS(status) ? give_part(answer, name.Buffer, name.Length / sizeof(WCHAR))
                              : status;
}

static NTSTATUS
give_list(const struct answer *answer, const CM_RESOURCE_LIST *list)
{
    return list == NULL ? STATUS_OBJECT_NAME_NOT_FOUND
                        : give(answer, list, pnp_resource_list_size(list));
}

static NTSTATUS
give_requirements(const struct answer *answer, const IO_RESOURCE_REQUIREMENTS_LIST *list)
{
    return list == NULL ? STATUS_OBJECT_NAME_NOT_FOUND : give(answer, list, list->ListSize);
}

static NTSTATUS
give_bus(const struct answer *answer, const struct pnp_devnode *devnode, const void *data,
         size_t size)
{
    return devnode->has_bus ? give(answer, data, size) : STATUS_OBJECT_NAME_NOT_FOUND;
}

static NTSTATUS
give_removal_policy(const struct answer *answer, const struct pnp_devnode *devnode)
{
    DEVICE_REMOVAL_POLICY policy = RemovalPolicyExpectNoRemoval;

    if (devnode->capabilities.Removable || devnode->capabilities.EjectSupported) {
        policy = devnode->capabilities.SurpriseRemovalOK ? RemovalPolicyExpectSurpriseRemoval
                                                         : RemovalPolicyExpectOrderlyRemoval;
    }
    return give(answer, &policy, sizeof(policy));
}

static NTSTATUS
give_install_state(const struct answer *answer, const struct pnp_devnode *devnode)
{
    DEVICE_INSTALL_STATE state = InstallStateInstalled;

    if (devnode->problem == PNP_PROBLEM_FAILED_INSTALL) {
        state = InstallStateFailedInstall;
    } else if (devnode->problem == PNP_PROBLEM_REINSTALL) {
        state = InstallStateNeedsReinstall;
    }
    return give(answer, &state, sizeof(state));
}

static NTSTATUS
give_enumerator(const struct answer *answer, const struct pnp_devnode *devnode)
{
    size_t chars = 0;

    while (devnode->instance_path[chars] != 0 && devnode->instance_path[chars] != '\\') {
        chars++;
    }
    return give_part(answer, devnode->instance_path, chars);
}

static NTSTATUS
get_locked(const struct pnp_devnode *devnode, DEVICE_REGISTRY_PROPERTY property,
           const struct answer *answer)
{
    WCHAR *const *text = devnode->setup.text;

    switch (property) {
    case DevicePropertyDeviceDescription:
        return give_text(answer, text[PNP_TEXT_DESCRIPTION] != NULL ? text[PNP_TEXT_DESCRIPTION]
                                                                    : devnode->description);
    case DevicePropertyFriendlyName:
        return give_text(answer, text[PNP_TEXT_FRIENDLY_NAME]);
    case DevicePropertyManufacturer:
        return give_text(answer, text[PNP_TEXT_MANUFACTURER]);
    case DevicePropertyClassName:
        return give_text(answer, text[PNP_TEXT_CLASS_NAME]);
    case DevicePropertyDriverKeyName:
        return give_text(answer, text[PNP_TEXT_DRIVER_KEY]);
    case DevicePropertyLocationInformation:
        return give_text(answer, devnode->location);
    case DevicePropertyHardwareID:
        return give_multi(answer, devnode->hardware_ids);
    case DevicePropertyCompatibleIDs:
        return give_multi(answer, devnode->compatible_ids);
    case DevicePropertyContainerID:
        return give_text(answer, devnode->container_id);
    case DevicePropertyEnumeratorName:
        return give_enumerator(answer, devnode);
    case DevicePropertyBusTypeGuid:
        return give_bus(answer, devnode, &devnode->bus.BusTypeGuid, sizeof(GUID));
    case DevicePropertyLegacyBusType:
        return give_bus(answer, devnode, &devnode->bus.LegacyBusType, sizeof(INTERFACE_TYPE));
    case DevicePropertyBusNumber:
        return give_bus(answer, devnode, &devnode->bus.BusNumber, sizeof(ULONG));
    case DevicePropertyAddress:
        return give(answer, &devnode->capabilities.Address, sizeof(ULONG));
    case DevicePropertyUINumber:
        return devnode->capabilities.UINumber != MAXULONG
                   ? give(answer, &devnode->capabilities.UINumber, sizeof(ULONG))
                   : STATUS_OBJECT_NAME_NOT_FOUND;
    case DevicePropertyInstallState:
        return give_install_state(answer, devnode);
    case DevicePropertyRemovalPolicy:
        return give_removal_policy(answer, devnode);
    case DevicePropertyBootConfiguration:
        return give_list(answer, devnode->boot);
    case DevicePropertyBootConfigurationTranslated:
        return give_list(answer, devnode->boot_translated);
    case DevicePropertyAllocatedResources:
        return give_list(answer, devnode->allocated);
    case DevicePropertyResourceRequirements:
        return give_requirements(answer, devnode->filtered != NULL ? devnode->filtered
                                                                   : devnode->requirements);
    default:
        return STATUS_INVALID_PARAMETER_2;
    }
}

NTSTATUS
pnp_get_property(PDEVICE_OBJECT pdo, DEVICE_REGISTRY_PROPERTY property, ULONG buffer_length,
                 PVOID buffer, PULONG ret_length)
{
    const struct pnp_devnode *devnode = io_device_devnode(pdo);
    struct answer answer = {.buffer = buffer, .size = buffer_length, .ret_length = ret_length};
    NTSTATUS status;

    *ret_length = 0;
    if (property == DevicePropertyPhysicalDeviceObjectName) {
        return give_pdo_name(&answer, pdo);
    }
    if (property == DevicePropertyClassGuid) {
        return devnode->setup.has_class ? give_guid(&answer, &devnode->setup.class_guid)
                                        : STATUS_OBJECT_NAME_NOT_FOUND;
    }
    sys_lock_acquire(&pnp_tree_lock);
    status = get_locked(devnode, property, &answer);
    sys_lock_release(&pnp_tree_lock);
    return status;
}

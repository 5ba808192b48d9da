/* SPDX-License-Identifier: MIT */
/* WdfPdoInit…: what a bus driver says about a child before it creates its device. */
#include <string.h>

#include "fx/core/driver.h"
#include "fx/core/sized.h"
#include "fx/pnp/device_init.h"
#include "fx/pnp/pdo.h"
#include "fx_imports.h"
#include "sys/memory.h"

struct fx_pdo *
fx_pdo_create(void)
{
    struct fx_pdo *pdo = sys_alloc_zeroed(sizeof(*pdo));

    if (pdo != NULL) {
        list_init(&pdo->texts);
    }
    return pdo;
}

void
fx_pdo_free(struct fx_pdo *pdo)
{
    struct list *link;

    if (pdo == NULL) {
        return;
    }
    while ((link = list_pop_front(&pdo->texts)) != NULL) {
        struct fx_device_text *text = container_of(link, struct fx_device_text, link);

        fx_unicode_free(&text->description);
        fx_unicode_free(&text->location);
        sys_free(text);
    }
    fx_unicode_free(&pdo->device_id);
    fx_unicode_free(&pdo->instance_id);
    fx_unicode_free(&pdo->container_id);
    sys_free(pdo->hardware_ids.text);
    sys_free(pdo->compatible_ids.text);
    sys_free(pdo);
}

/* The PDO's part of an init structure; NULL and a line in the log when there is none. */
static struct fx_pdo *
get(PWDF_DRIVER_GLOBALS driver_globals, PWDFDEVICE_INIT device_init, const char *function)
{
    struct WDFDEVICE_INIT *init = fx_device_init_get(driver_globals, device_init);

    if (init->pdo == NULL) {
        fx_log(fx_globals_of(driver_globals), "%s: not the initialization of a PDO", function);
    }
    return init->pdo;
}

PWDFDEVICE_INIT
imp_WdfPdoInitAllocate(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDEVICE ParentDevice)
{
    struct fx_device *parent = fx_handle_get(DriverGlobals, ParentDevice, FX_TYPE_DEVICE);
    struct WDFDEVICE_INIT *init;

    if (parent->physical == NULL || parent->kind == FX_DEVICE_MINIPORT) {
        fx_log(fx_globals_of(DriverGlobals), "WdfPdoInitAllocate: %p can have no children",
               ParentDevice);
        return NULL;
    }
    init = fx_device_init_create(parent->driver, FX_DEVICE_PDO, NULL);
    if (init != NULL) {
        init->parent = parent;
    }
    return init;
}

VOID
imp_WdfPdoInitSetEventCallbacks(PWDF_DRIVER_GLOBALS DriverGlobals, PWDFDEVICE_INIT DeviceInit,
                                PWDF_PDO_EVENT_CALLBACKS DispatchTable)
{
    struct WDFDEVICE_INIT *init = fx_device_init_get(DriverGlobals, DeviceInit);
    struct fx_pdo *pdo = get(DriverGlobals, DeviceInit, "WdfPdoInitSetEventCallbacks");

    fx_require(DriverGlobals, DispatchTable);
    if (pdo == NULL) {
        init->status = STATUS_INVALID_DEVICE_REQUEST;
        return;
    }
    if (!fx_sized_copy(&pdo->events, sizeof(pdo->events), DispatchTable, DispatchTable->Size,
                       FX_SIZE_THROUGH(WDF_PDO_EVENT_CALLBACKS, EvtDeviceDisableWakeAtBus))) {
        fx_log(fx_globals_of(DriverGlobals), "WDF_PDO_EVENT_CALLBACKS.Size is %u",
               DispatchTable->Size);
        init->status = STATUS_INFO_LENGTH_MISMATCH;
    }
}

static NTSTATUS
assign(UNICODE_STRING *to, const UNICODE_STRING *from)
{
    UNICODE_STRING copy;
    NTSTATUS status = fx_unicode_copy(&copy, from);

    if (NT_SUCCESS(status)) {
        fx_unicode_free(to);
        *to = copy;
    }
    return status;
}

NTSTATUS
imp_WdfPdoInitAssignDeviceID(PWDF_DRIVER_GLOBALS DriverGlobals, PWDFDEVICE_INIT DeviceInit,
                             PCUNICODE_STRING DeviceID)
{
    struct fx_pdo *pdo = get(DriverGlobals, DeviceInit, "WdfPdoInitAssignDeviceID");

    fx_require(DriverGlobals, DeviceID);
    return pdo == NULL ? STATUS_INVALID_DEVICE_REQUEST : assign(&pdo->device_id, DeviceID);
}

NTSTATUS
imp_WdfPdoInitAssignInstanceID(PWDF_DRIVER_GLOBALS DriverGlobals, PWDFDEVICE_INIT DeviceInit,
                               PCUNICODE_STRING InstanceID)
{
    struct fx_pdo *pdo = get(DriverGlobals, DeviceInit, "WdfPdoInitAssignInstanceID");

    fx_require(DriverGlobals, InstanceID);
    return pdo == NULL ? STATUS_INVALID_DEVICE_REQUEST : assign(&pdo->instance_id, InstanceID);
}

NTSTATUS
imp_WdfPdoInitAssignContainerID(PWDF_DRIVER_GLOBALS DriverGlobals, PWDFDEVICE_INIT DeviceInit,
                                PCUNICODE_STRING ContainerID)
{
    struct fx_pdo *pdo = get(DriverGlobals, DeviceInit, "WdfPdoInitAssignContainerID");

    fx_require(DriverGlobals, ContainerID);
    return pdo == NULL ? STATUS_INVALID_DEVICE_REQUEST : assign(&pdo->container_id, ContainerID);
}

static NTSTATUS
append(struct fx_multi_string *strings, const UNICODE_STRING *one)
{
    size_t chars = one->Length / sizeof(WCHAR);
    WCHAR *text = sys_alloc_zeroed((strings->chars + chars + 2) * sizeof(WCHAR));

    if (text == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    if (strings->chars != 0) {
        memcpy(text, strings->text, strings->chars * sizeof(WCHAR));
    }
    memcpy(text + strings->chars, one->Buffer, one->Length);
    sys_free(strings->text);
    strings->text = text;
    strings->chars += chars + 1;
    return STATUS_SUCCESS;
}

NTSTATUS
imp_WdfPdoInitAddHardwareID(PWDF_DRIVER_GLOBALS DriverGlobals, PWDFDEVICE_INIT DeviceInit,
                            PCUNICODE_STRING HardwareID)
{
    struct fx_pdo *pdo = get(DriverGlobals, DeviceInit, "WdfPdoInitAddHardwareID");

    fx_require(DriverGlobals, HardwareID);
    return pdo == NULL ? STATUS_INVALID_DEVICE_REQUEST : append(&pdo->hardware_ids, HardwareID);
}

NTSTATUS
imp_WdfPdoInitAddCompatibleID(PWDF_DRIVER_GLOBALS DriverGlobals, PWDFDEVICE_INIT DeviceInit,
                              PCUNICODE_STRING CompatibleID)
{
    struct fx_pdo *pdo = get(DriverGlobals, DeviceInit, "WdfPdoInitAddCompatibleID");

    fx_require(DriverGlobals, CompatibleID);
    return pdo == NULL ? STATUS_INVALID_DEVICE_REQUEST : append(&pdo->compatible_ids, CompatibleID);
}

NTSTATUS
imp_WdfPdoInitAddDeviceText(PWDF_DRIVER_GLOBALS DriverGlobals, PWDFDEVICE_INIT DeviceInit,
                            PCUNICODE_STRING DeviceDescription, PCUNICODE_STRING DeviceLocation,
                            LCID LocaleId)
{
    struct fx_pdo *pdo = get(DriverGlobals, DeviceInit, "WdfPdoInitAddDeviceText");
    struct fx_device_text *text;
    NTSTATUS status;

    fx_require(DriverGlobals, DeviceDescription);
    fx_require(DriverGlobals, DeviceLocation);
    if (pdo == NULL) {
        return STATUS_INVALID_DEVICE_REQUEST;
    }
    text = sys_alloc_zeroed(sizeof(*text));
    if (text == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    text->locale = LocaleId;
    status = fx_unicode_copy(&text->description, DeviceDescription);
    if (NT_SUCCESS(status)) {
        status = fx_unicode_copy(&text->location, DeviceLocation);
    }
    if (!NT_SUCCESS(status)) {
        fx_unicode_free(&text->description);
        sys_free(text);
        return status;
    }
    list_push_back(&pdo->texts, &text->link);
    return STATUS_SUCCESS;
}

VOID
imp_WdfPdoInitSetDefaultLocale(PWDF_DRIVER_GLOBALS DriverGlobals, PWDFDEVICE_INIT DeviceInit,
                               LCID LocaleId)
{
    struct fx_pdo *pdo = get(DriverGlobals, DeviceInit, "WdfPdoInitSetDefaultLocale");

    if (pdo != NULL) {
        pdo->default_locale = LocaleId;
    }
}

NTSTATUS
imp_WdfPdoInitAssignRawDevice(PWDF_DRIVER_GLOBALS DriverGlobals, PWDFDEVICE_INIT DeviceInit,
                              CONST GUID *DeviceClassGuid)
{
    struct WDFDEVICE_INIT *init = fx_device_init_get(DriverGlobals, DeviceInit);
    struct fx_pdo *pdo = get(DriverGlobals, DeviceInit, "WdfPdoInitAssignRawDevice");

    fx_require(DriverGlobals, DeviceClassGuid);
    if (pdo == NULL) {
        return STATUS_INVALID_PARAMETER;
    }
    pdo->raw = true;
    init->class_guid = *DeviceClassGuid;
    init->has_class_guid = true;
    if (!init->power_policy_owner_set) {
        init->power_policy_owner = true; /* "The bus driver is the power policy owner." */
    }
    return STATUS_SUCCESS;
}

VOID
imp_WdfPdoInitAllowForwardingRequestToParent(PWDF_DRIVER_GLOBALS DriverGlobals,
                                             PWDFDEVICE_INIT DeviceInit)
{
    struct fx_pdo *pdo = get(DriverGlobals, DeviceInit, "WdfPdoInitAllowForwardingRequestToParent");

    if (pdo != NULL) {
        pdo->forwards_to_parent = true;
    }
}

VOID
imp_WdfPdoInitRemovePowerDependencyOnParent(PWDF_DRIVER_GLOBALS DriverGlobals,
                                            PWDFDEVICE_INIT DeviceInit)
{
    struct fx_pdo *pdo = get(DriverGlobals, DeviceInit, "WdfPdoInitRemovePowerDependencyOnParent");

    if (pdo != NULL) {
        pdo->no_power_dependency = true;
    }
}

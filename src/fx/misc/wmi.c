/* SPDX-License-Identifier: MIT */
/* WDFWMIPROVIDER and WDFWMIINSTANCE. How a device answers is wmi_requests.c. */
#include "fx/misc/wmi.h"

#include <string.h>
#include <wmistr.h>
#include <wmilib.h>

#include "fx/core/lock.h"
#include "fx/pnp/device.h"
#include "fx/pnp/device_init.h"
#include "fx_imports.h"
#include "sys/memory.h"

#define WMI_TAG 'iWxF'

/* ---- The device's part ---- */

static struct fx_wmi *
wmi_of(struct fx_device *device)
{
    struct fx_wmi *fresh;

    if (device->wmi != NULL) {
        return device->wmi;
    }
    fresh = sys_alloc(sizeof(*fresh));
    if (fresh == NULL) {
        return NULL;
    }
    *fresh = (struct fx_wmi){.lock = SYS_LOCK_INIT};
    list_init(&fresh->providers);
    fx_lock(&device->lock);
    fresh->started = device->was_started;
    if (device->wmi == NULL) {
        device->wmi = fresh;
        fresh = NULL;
    }
    fx_unlock(&device->lock);
    sys_free(fresh);
    return device->wmi;
}

static void
take_part(struct fx_device *device)
{
    struct fx_wmi *wmi = device->wmi;
    NTSTATUS status;
    bool due;

    fx_lock(&wmi->lock);
    due = wmi->started && !wmi->registered && !list_empty(&wmi->providers);
    wmi->registered = wmi->registered || due;
    fx_unlock(&wmi->lock);
    if (!due) {
        return;
    }
    status = IoWMIRegistrationControl(device->wdm, WMIREG_ACTION_REGISTER);
    if (!NT_SUCCESS(status)) {
        fx_log(device->object.globals, "the device %p does not take part in WMI: 0x%08x",
               fx_object_handle(&device->object), (unsigned)status);
    }
}

void
fx_wmi_start(struct fx_device *device)
{
    if (device->wmi != NULL) {
        fx_lock(&device->wmi->lock);
        device->wmi->started = true;
        fx_unlock(&device->wmi->lock);
        take_part(device);
    }
}

void
fx_wmi_stop(struct fx_device *device)
{
    struct fx_wmi *wmi = device->wmi;
    bool registered;

    if (wmi == NULL) {
        return;
    }
    fx_lock(&wmi->lock);
    registered = wmi->registered;
    wmi->registered = false;
    wmi->started = false;
    fx_unlock(&wmi->lock);
    if (registered) {
        (void)IoWMIRegistrationControl(device->wdm, WMIREG_ACTION_DEREGISTER);
    }
}

void
fx_wmi_free(struct fx_device *device)
{
    if (device->wmi != NULL) {
        fx_unicode_free(&device->wmi->mof);
        sys_free(device->wmi);
        device->wmi = NULL;
    }
}

NTSTATUS
imp_WdfDeviceAssignMofResourceName(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDEVICE Device,
                                   PCUNICODE_STRING MofResourceName)
{
    struct fx_device *device = fx_handle_get(DriverGlobals, Device, FX_TYPE_DEVICE);
    struct fx_wmi *wmi;
    UNICODE_STRING copy;
    NTSTATUS status;

    fx_require(DriverGlobals, MofResourceName);
    wmi = wmi_of(device);
    status = wmi == NULL ? STATUS_INSUFFICIENT_RESOURCES : fx_unicode_copy(&copy, MofResourceName);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    fx_lock(&wmi->lock);
    if (wmi->mof.Buffer == NULL) {
        wmi->mof = copy;
        copy.Buffer = NULL;
    }
    fx_unlock(&wmi->lock);
    if (copy.Buffer != NULL) {
        fx_log(device->object.globals, "the device %p has a MOF resource's name already",
               fx_object_handle(&device->object));
        fx_unicode_free(&copy);
        return STATUS_INVALID_DEVICE_REQUEST;
    }
    return STATUS_SUCCESS;
}

/* ---- Providers ---- */

static void
provider_dispose(struct fx_object *object)
{
    struct fx_wmi_provider *provider = container_of(object, struct fx_wmi_provider, object);
    struct fx_wmi *wmi = provider->device->wmi;

    fx_lock(&wmi->lock);
    if (!list_empty(&provider->link)) {
        list_remove(&provider->link);
        list_init(&provider->link);
    }
    fx_unlock(&wmi->lock);
}

static const struct fx_class provider_class = {
    .type = FX_TYPE_WMIPROVIDER,
    .name = "WDFWMIPROVIDER",
    .size = sizeof(struct fx_wmi_provider),
    .parent_rule = FX_PARENT_NOT_ALLOWED,
    .passive = true,
    .undeletable = true,
    .dispose = provider_dispose,
};

static bool
has_provider_locked(struct fx_wmi *wmi, const GUID *guid)
{
    struct list *link;

    list_for_each(link, &wmi->providers)
    {
        struct fx_wmi_provider *other = container_of(link, struct fx_wmi_provider, link);

        if (IsEqualGUID(&other->config.Guid, guid)) {
            return true;
        }
    }
    return false;
}

static NTSTATUS
check_provider_config(struct fx_device *device, const WDF_WMI_PROVIDER_CONFIG *config)
{
    struct fx_globals *globals = device->object.globals;

    if (config->Size != sizeof(*config)) {
        fx_log(globals, "WDF_WMI_PROVIDER_CONFIG.Size is %u, not %u", config->Size,
               (unsigned)sizeof(*config));
        return STATUS_INFO_LENGTH_MISMATCH;
    }
    if ((config->Flags & ~(ULONG)WdfWmiProviderValidFlags) != 0 ||
        ((config->Flags & WdfWmiProviderTracing) != 0 && config->MinInstanceBufferSize != 0)) {
        fx_log(globals, "WDF_WMI_PROVIDER_CONFIG.Flags are 0x%x", config->Flags);
        return STATUS_INVALID_PARAMETER;
    }
    if (device->physical == NULL) {
        fx_log(globals, "the device %p has no PDO that would name WMI's instances",
               fx_object_handle(&device->object));
        return STATUS_INVALID_PARAMETER;
    }
    return STATUS_SUCCESS;
}

/* A provider that is not committed yet, in the device's list. */
static NTSTATUS
make_provider(struct fx_device *device, const WDF_WMI_PROVIDER_CONFIG *config,
              const WDF_OBJECT_ATTRIBUTES *attributes, struct fx_wmi_provider **ret_provider)
{
    struct fx_wmi_provider *provider;
    struct fx_wmi *wmi;
    NTSTATUS status = check_provider_config(device, config);

    if (!NT_SUCCESS(status)) {
        return status;
    }
    wmi = wmi_of(device);
    if (wmi == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    status = fx_object_create(&provider_class, device->object.globals, attributes, &device->object,
                              0, &provider);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    provider->device = device;
    provider->config = *config;
    provider->data_enabled = (config->Flags & WdfWmiProviderExpensive) == 0;
    list_init(&provider->link);
    list_init(&provider->instances);
    fx_lock(&wmi->lock);
    if (has_provider_locked(wmi, &config->Guid)) {
        status = STATUS_OBJECT_NAME_COLLISION;
    } else {
        list_push_back(&wmi->providers, &provider->link);
    }
    fx_unlock(&wmi->lock);
    if (!NT_SUCCESS(status)) {
        fx_log(device->object.globals, "the device %p has a provider of that block already",
               fx_object_handle(&device->object));
        (void)fx_object_delete(&provider->object);
        return STATUS_OBJECT_NAME_EXISTS;
    }
    *ret_provider = provider;
    return STATUS_SUCCESS;
}

NTSTATUS
imp_WdfWmiProviderCreate(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDEVICE Device,
                         PWDF_WMI_PROVIDER_CONFIG WmiProviderConfig,
                         PWDF_OBJECT_ATTRIBUTES ProviderAttributes, WDFWMIPROVIDER *WmiProvider)
{
    struct fx_device *device = fx_handle_get(DriverGlobals, Device, FX_TYPE_DEVICE);
    struct fx_wmi_provider *provider;
    NTSTATUS status;

    fx_require(DriverGlobals, WmiProviderConfig);
    fx_require(DriverGlobals, WmiProvider);
    *WmiProvider = NULL;
    status = make_provider(device, WmiProviderConfig, ProviderAttributes, &provider);
    if (status == STATUS_SUCCESS) {
        *WmiProvider = fx_object_commit(&provider->object);
        take_part(device);
    }
    return status;
}

WDFDEVICE
imp_WdfWmiProviderGetDevice(PWDF_DRIVER_GLOBALS DriverGlobals, WDFWMIPROVIDER WmiProvider)
{
    struct fx_wmi_provider *provider =
        fx_handle_get(DriverGlobals, WmiProvider, FX_TYPE_WMIPROVIDER);

    return fx_object_handle(&provider->device->object);
}

BOOLEAN
imp_WdfWmiProviderIsEnabled(PWDF_DRIVER_GLOBALS DriverGlobals, WDFWMIPROVIDER WmiProvider,
                            WDF_WMI_PROVIDER_CONTROL ProviderControl)
{
    struct fx_wmi_provider *provider =
        fx_handle_get(DriverGlobals, WmiProvider, FX_TYPE_WMIPROVIDER);
    struct fx_wmi *wmi = provider->device->wmi;
    bool enabled;

    fx_lock(&wmi->lock);
    enabled = ProviderControl == WdfWmiEventControl      ? provider->events_enabled
              : ProviderControl == WdfWmiInstanceControl ? provider->data_enabled
                                                         : false;
    fx_unlock(&wmi->lock);
    return enabled;
}

ULONGLONG
imp_WdfWmiProviderGetTracingHandle(PWDF_DRIVER_GLOBALS DriverGlobals, WDFWMIPROVIDER WmiProvider)
{
    struct fx_wmi_provider *provider =
        fx_handle_get(DriverGlobals, WmiProvider, FX_TYPE_WMIPROVIDER);
    ULONGLONG handle;

    fx_lock(&provider->device->wmi->lock);
    handle = provider->tracing_handle;
    fx_unlock(&provider->device->wmi->lock);
    return handle;
}

/* ---- Instances ---- */

/* False: it was not registered. */
static bool
withdraw(struct fx_wmi_instance *instance)
{
    struct fx_wmi *wmi = instance->provider->device->wmi;
    bool was_registered;

    fx_lock(&wmi->lock);
    was_registered = !list_empty(&instance->link);
    if (was_registered) {
        list_remove(&instance->link);
        list_init(&instance->link);
    }
    fx_unlock(&wmi->lock);
    return was_registered;
}

static void
instance_dispose(struct fx_object *object)
{
    (void)withdraw(container_of(object, struct fx_wmi_instance, object));
}

static const struct fx_class instance_class = {
    .type = FX_TYPE_WMIINSTANCE,
    .name = "WDFWMIINSTANCE",
    .size = sizeof(struct fx_wmi_instance),
    .parent_rule = FX_PARENT_NOT_ALLOWED,
    .passive = true,
    .dispose = instance_dispose,
};

struct fx_wmi_instance *
fx_wmi_instance_at(struct fx_wmi_provider *provider, ULONG index)
{
    struct fx_wmi_instance *found = NULL;
    struct list *link;

    fx_lock(&provider->device->wmi->lock);
    list_for_each(link, &provider->instances)
    {
        if (index-- == 0) {
            found = container_of(link, struct fx_wmi_instance, link);
            fx_object_ref(&found->object);
            break;
        }
    }
    fx_unlock(&provider->device->wmi->lock);
    return found;
}

static NTSTATUS
check_instance_config(struct fx_globals *globals, const WDF_WMI_INSTANCE_CONFIG *config,
                      const WDF_OBJECT_ATTRIBUTES *attributes)
{
    bool has_context = attributes != NULL && attributes->ContextTypeInfo != NULL;

    if (config->Size != sizeof(*config)) {
        fx_log(globals, "WDF_WMI_INSTANCE_CONFIG.Size is %u, not %u", config->Size,
               (unsigned)sizeof(*config));
        return STATUS_INFO_LENGTH_MISMATCH;
    }
    if ((config->Provider == NULL) == (config->ProviderConfig == NULL)) {
        fx_log(globals, "WDF_WMI_INSTANCE_CONFIG: one of Provider and ProviderConfig is given");
        return STATUS_INVALID_PARAMETER;
    }
    if (config->UseContextForQuery &&
        (!has_context || config->EvtWmiInstanceQueryInstance != NULL ||
         config->EvtWmiInstanceSetInstance != NULL || config->EvtWmiInstanceSetItem != NULL)) {
        fx_log(globals, "WDF_WMI_INSTANCE_CONFIG.UseContextForQuery needs a context and is for "
                        "instances that are read only");
        return STATUS_INVALID_PARAMETER;
    }
    if (config->UseContextForQuery && attributes->ContextSizeOverride > MAXULONG) {
        return STATUS_INTEGER_OVERFLOW;
    }
    return STATUS_SUCCESS;
}

static NTSTATUS
enroll(struct fx_wmi_instance *instance)
{
    struct fx_wmi *wmi = instance->provider->device->wmi;
    NTSTATUS status = STATUS_SUCCESS;

    fx_lock(&wmi->lock);
    if (!list_empty(&instance->link)) {
        status = STATUS_INVALID_DEVICE_REQUEST;
    } else {
        list_push_back(&instance->provider->instances, &instance->link);
    }
    fx_unlock(&wmi->lock);
    return status;
}

/* Its own provider, or one that the driver has made. */
static NTSTATUS
provider_of(PWDF_DRIVER_GLOBALS driver_globals, struct fx_device *device,
            const WDF_WMI_INSTANCE_CONFIG *config, struct fx_wmi_provider **ret_provider)
{
    struct fx_wmi_provider *provider;
    NTSTATUS status;

    if (config->Provider != NULL) {
        provider = fx_handle_get(driver_globals, config->Provider, FX_TYPE_WMIPROVIDER);
        if (provider->device != device) {
            fx_log(device->object.globals, "the provider %p belongs to another device",
                   config->Provider);
            return STATUS_INVALID_PARAMETER;
        }
        *ret_provider = provider;
        return STATUS_SUCCESS;
    }
    status = make_provider(device, config->ProviderConfig, NULL, &provider);
    if (status != STATUS_SUCCESS) {
        return NT_SUCCESS(status) ? STATUS_OBJECT_NAME_COLLISION : status;
    }
    (void)fx_object_commit(&provider->object);
    *ret_provider = provider;
    return STATUS_SUCCESS;
}

NTSTATUS
imp_WdfWmiInstanceCreate(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDEVICE Device,
                         PWDF_WMI_INSTANCE_CONFIG InstanceConfig,
                         PWDF_OBJECT_ATTRIBUTES InstanceAttributes, WDFWMIINSTANCE *Instance)
{
    struct fx_device *device = fx_handle_get(DriverGlobals, Device, FX_TYPE_DEVICE);
    struct fx_wmi_provider *provider;
    struct fx_wmi_instance *instance;
    WDFWMIINSTANCE handle;
    NTSTATUS status;

    fx_require(DriverGlobals, InstanceConfig);
    if (Instance != NULL) {
        *Instance = NULL;
    }
    status = check_instance_config(device->object.globals, InstanceConfig, InstanceAttributes);
    if (NT_SUCCESS(status)) {
        /* Before a provider is made that would stay. */
        status = fx_attributes_check(&instance_class, device->object.globals, InstanceAttributes);
    }
    if (NT_SUCCESS(status)) {
        status = provider_of(DriverGlobals, device, InstanceConfig, &provider);
    }
    if (NT_SUCCESS(status)) {
        status = fx_object_create(&instance_class, device->object.globals, InstanceAttributes,
                                  &provider->object, 0, &instance);
    }
    if (!NT_SUCCESS(status)) {
        return status;
    }
    instance->provider = provider;
    instance->config = *InstanceConfig;
    instance->config.ProviderConfig = NULL;
    list_init(&instance->link);
    if (InstanceConfig->UseContextForQuery) {
        const WDF_OBJECT_CONTEXT_TYPE_INFO *type = InstanceAttributes->ContextTypeInfo;

        instance->data = instance->object.contexts->body;
        instance->data_size = (ULONG)(InstanceAttributes->ContextSizeOverride != 0
                                          ? InstanceAttributes->ContextSizeOverride
                                          : type->ContextSize);
    }
    if (InstanceConfig->Register) {
        (void)enroll(instance);
    }
    handle = fx_object_commit(&instance->object);
    if (Instance != NULL) {
        *Instance = handle;
    }
    take_part(device);
    return STATUS_SUCCESS;
}

NTSTATUS
imp_WdfWmiInstanceRegister(PWDF_DRIVER_GLOBALS DriverGlobals, WDFWMIINSTANCE WmiInstance)
{
    struct fx_wmi_instance *instance =
        fx_handle_get(DriverGlobals, WmiInstance, FX_TYPE_WMIINSTANCE);
    NTSTATUS status = enroll(instance);

    if (!NT_SUCCESS(status)) {
        fx_log(instance->object.globals, "WDFWMIINSTANCE %p is registered already", WmiInstance);
    }
    return status;
}

VOID
imp_WdfWmiInstanceDeregister(PWDF_DRIVER_GLOBALS DriverGlobals, WDFWMIINSTANCE WmiInstance)
{
    struct fx_wmi_instance *instance =
        fx_handle_get(DriverGlobals, WmiInstance, FX_TYPE_WMIINSTANCE);

    if (!withdraw(instance)) {
        fx_log(instance->object.globals, "WDFWMIINSTANCE %p is not registered", WmiInstance);
    }
}

WDFDEVICE
imp_WdfWmiInstanceGetDevice(PWDF_DRIVER_GLOBALS DriverGlobals, WDFWMIINSTANCE WmiInstance)
{
    struct fx_wmi_instance *instance =
        fx_handle_get(DriverGlobals, WmiInstance, FX_TYPE_WMIINSTANCE);

    return fx_object_handle(&instance->provider->device->object);
}

WDFWMIPROVIDER
imp_WdfWmiInstanceGetProvider(PWDF_DRIVER_GLOBALS DriverGlobals, WDFWMIINSTANCE WmiInstance)
{
    struct fx_wmi_instance *instance =
        fx_handle_get(DriverGlobals, WmiInstance, FX_TYPE_WMIINSTANCE);

    return fx_object_handle(&instance->provider->object);
}

/* The instance's number; false: it is not registered. */
static bool
index_of(struct fx_wmi_instance *instance, ULONG *ret_index)
{
    struct fx_wmi *wmi = instance->provider->device->wmi;
    bool found = false;
    ULONG index = 0;
    struct list *link;

    fx_lock(&wmi->lock);
    list_for_each(link, &instance->provider->instances)
    {
        if (link == &instance->link) {
            found = true;
            break;
        }
        index++;
    }
    fx_unlock(&wmi->lock);
    *ret_index = index;
    return found;
}

NTSTATUS
imp_WdfWmiInstanceFireEvent(PWDF_DRIVER_GLOBALS DriverGlobals, WDFWMIINSTANCE WmiInstance,
                            ULONG EventDataSize, PVOID EventData)
{
    struct fx_wmi_instance *instance =
        fx_handle_get(DriverGlobals, WmiInstance, FX_TYPE_WMIINSTANCE);
    struct fx_wmi_provider *provider = instance->provider;
    void *copy = NULL;
    ULONG index;

    if (!index_of(instance, &index)) {
        fx_log(instance->object.globals, "WDFWMIINSTANCE %p is not registered", WmiInstance);
        return STATUS_UNSUCCESSFUL;
    }
    if (EventData != NULL && EventDataSize != 0) {
        copy = ExAllocatePool2(POOL_FLAG_NON_PAGED, EventDataSize, WMI_TAG);
        if (copy == NULL) {
            return STATUS_INSUFFICIENT_RESOURCES;
        }
        memcpy(copy, EventData, EventDataSize);
    }
    return WmiFireEvent(provider->device->wdm, &provider->config.Guid, index,
                        copy != NULL ? EventDataSize : 0, copy);
}

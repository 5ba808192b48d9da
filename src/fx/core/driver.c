/* SPDX-License-Identifier: MIT */
/*
 * The driver object.
 *
 * WdfDriverCreate makes it and takes the dispatch table over, unless the driver is a miniport. It
 * goes with the driver: EvtDriverUnload, then the tree of objects. When DriverEntry fails the I/O
 * manager never calls DriverUnload; fx_globals_delete then deletes the object, so its clean-up
 * runs and EvtDriverUnload does not.
 */
#include "fx/core/driver.h"

#include <string.h>

#include "fx/core/callback.h"
#include "fx/core/lock.h"
#include "fx/core/sized.h"
#include "fx/misc/string.h"
#include "fx/pnp/device.h"
#include "fx_imports.h"

/* What this library is: the newest versions of both frameworks whose contract it follows. */
#define KMDF_LIBRARY_MAJOR 1
#define KMDF_LIBRARY_MINOR 33
#define UMDF_LIBRARY_MAJOR 2
#define UMDF_LIBRARY_MINOR 33

/* Every live driver object, to find one by its WDM driver object. */
static struct {
    struct sys_lock lock; /* Leaf. */
    struct list drivers;  /* struct fx_driver.link */
} registry = {.drivers = {&registry.drivers, &registry.drivers}};

static void
register_driver(struct fx_driver *driver)
{
    fx_lock(&registry.lock);
    list_push_back(&registry.drivers, &driver->link);
    fx_unlock(&registry.lock);
}

static void
unregister_driver(struct fx_driver *driver)
{
    fx_lock(&registry.lock);
    list_remove(&driver->link);
    fx_unlock(&registry.lock);
}

struct fx_driver *
fx_driver_of_wdm(const DRIVER_OBJECT *wdm)
{
    struct fx_driver *found = NULL;
    struct list *link;

    fx_lock(&registry.lock);
    list_for_each(link, &registry.drivers)
    {
        struct fx_driver *driver = container_of(link, struct fx_driver, link);

        if (driver->wdm == wdm) {
            found = driver;
            break;
        }
    }
    fx_unlock(&registry.lock);
    return found;
}

static void
driver_cleaned(struct fx_object *object)
{
    struct fx_driver *driver = container_of(object, struct fx_driver, object);

    unregister_driver(driver);
    if (object->globals->driver == driver) {
        object->globals->driver = NULL;
        object->globals->public.Driver = NULL;
    }
}

static const struct fx_class driver_class = {
    .type = FX_TYPE_DRIVER,
    .name = "WDFDRIVER",
    .size = sizeof(struct fx_driver),
    .parent_rule = FX_PARENT_NOT_ALLOWED,
    .passive = true,
    .execution_level = true,
    .sync_scope = true,
    .undeletable = true,
    .cleaned = driver_cleaned,
};

/* --- What the I/O manager calls -------------------------------------------------------------- */

static NTSTATUS
add_device(DRIVER_OBJECT *wdm, DEVICE_OBJECT *physical)
{
    struct fx_driver *driver = fx_driver_of_wdm(wdm);

    return driver == NULL ? STATUS_NO_SUCH_DEVICE : fx_device_add(driver, physical);
}

/* EvtDriverUnload once, then the whole tree. */
static void
unload(struct fx_driver *driver)
{
    if (driver->config.EvtDriverUnload != NULL && !driver->unload_called) {
        KIRQL irql = fx_callback_begin();

        driver->unload_called = true;
        driver->config.EvtDriverUnload(fx_object_handle(&driver->object));
        fx_callback_end(driver->object.globals, irql, (const void *)driver->config.EvtDriverUnload);
    }
    fx_object_delete_and_wait(&driver->object);
}

static VOID
driver_unload(DRIVER_OBJECT *wdm)
{
    struct fx_driver *driver = fx_driver_of_wdm(wdm);

    if (driver != NULL) {
        unload(driver);
    }
}

static void
take_over_dispatch(struct fx_driver *driver)
{
    DRIVER_OBJECT *wdm = driver->wdm;
    unsigned major;

    for (major = 0; major <= IRP_MJ_MAXIMUM_FUNCTION; major++) {
        wdm->MajorFunction[major] = fx_dispatch;
    }
    wdm->DriverUnload = driver_unload;
    if ((driver->config.DriverInitFlags & WdfDriverInitNonPnpDriver) == 0) {
        wdm->DriverExtension->AddDevice = add_device;
    }
}

/* --- The driver's own calls ------------------------------------------------------------------ */

static NTSTATUS
check_config(struct fx_globals *globals, const WDF_DRIVER_CONFIG *config)
{
    const ULONG known =
        WdfDriverInitNonPnpDriver | WdfDriverInitNoDispatchOverride | WdfVerifyOn | WdfVerifierOn;

    if (config->Size != sizeof(*config)) {
        fx_log(globals, "WDF_DRIVER_CONFIG.Size is %u, not %u", config->Size,
               (unsigned)sizeof(*config));
        return STATUS_INFO_LENGTH_MISMATCH;
    }
    if ((config->DriverInitFlags & ~known) != 0) {
        fx_log(globals, "WDF_DRIVER_CONFIG.DriverInitFlags has unknown bits: 0x%x",
               config->DriverInitFlags);
        return STATUS_INVALID_PARAMETER;
    }
    if ((config->DriverInitFlags & WdfDriverInitNonPnpDriver) != 0 &&
        config->EvtDriverDeviceAdd != NULL) {
        fx_log(globals, "a non-PnP driver must not have EvtDriverDeviceAdd");
        return STATUS_INVALID_PARAMETER;
    }
    return STATUS_SUCCESS;
}

NTSTATUS
imp_WdfDriverCreate(PWDF_DRIVER_GLOBALS DriverGlobals, PDRIVER_OBJECT DriverObject,
                    PCUNICODE_STRING RegistryPath, PWDF_OBJECT_ATTRIBUTES DriverAttributes,
                    PWDF_DRIVER_CONFIG DriverConfig, WDFDRIVER *Driver)
{
    struct fx_globals *globals = fx_globals_of(DriverGlobals);
    struct fx_driver *driver;
    NTSTATUS status;

    fx_require(DriverGlobals, DriverObject);
    fx_require(DriverGlobals, RegistryPath);
    fx_require(DriverGlobals, DriverConfig);
    if (Driver != NULL) {
        *Driver = NULL;
    }
    if (globals->driver != NULL) {
        fx_log(globals, "WdfDriverCreate is called a second time");
        return STATUS_DRIVER_INTERNAL_ERROR;
    }
    status = check_config(globals, DriverConfig);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    status = fx_globals_set_registry_path(globals, RegistryPath);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    status = fx_object_create(&driver_class, globals, DriverAttributes, NULL, 0, &driver);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    driver->wdm = DriverObject;
    driver->config = *DriverConfig;
    /* Before 1.5 these bytes were padding. */
    if (DriverConfig->DriverPoolTag != 0 && fx_built_for(globals, 1, 5)) {
        globals->public.DriverTag = DriverConfig->DriverPoolTag;
    }
    globals->driver_object = DriverObject;
    globals->driver = driver;
    globals->public.Driver = fx_object_commit(&driver->object);
    register_driver(driver);
    if (fx_driver_is_miniport(driver)) {
        /* The port driver owns the dispatch table and the unload routine. */
        globals->public.DisplaceDriverUnload = FALSE;
    } else {
        take_over_dispatch(driver);
        globals->public.DisplaceDriverUnload = TRUE;
    }
    globals->public.DriverFlags |= DriverConfig->DriverInitFlags;
    if (Driver != NULL) {
        *Driver = globals->public.Driver;
    }
    return STATUS_SUCCESS;
}

PWSTR
imp_WdfDriverGetRegistryPath(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDRIVER Driver)
{
    struct fx_driver *driver = fx_handle_get(DriverGlobals, Driver, FX_TYPE_DRIVER);

    return driver->object.globals->registry_path.Buffer;
}

PDRIVER_OBJECT
imp_WdfDriverWdmGetDriverObject(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDRIVER Driver)
{
    struct fx_driver *driver = fx_handle_get(DriverGlobals, Driver, FX_TYPE_DRIVER);

    return driver->wdm;
}

WDFDRIVER
imp_WdfWdmDriverGetWdfDriverHandle(PWDF_DRIVER_GLOBALS DriverGlobals, PDRIVER_OBJECT DriverObject)
{
    fx_require(DriverGlobals, DriverObject);
    return fx_handle_of(fx_driver_of_wdm(DriverObject));
}

NTSTATUS
imp_WdfDriverRetrieveVersionString(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDRIVER Driver,
                                   WDFSTRING String)
{
    static const WCHAR kernel[] = L"Kernel Mode Driver Framework 1.33 (OpenWDF)";
    static const WCHAR user[] = L"User Mode Driver Framework 2.33 (OpenWDF)";
    struct fx_driver *driver = fx_handle_get(DriverGlobals, Driver, FX_TYPE_DRIVER);
    struct fx_string *string = fx_handle_get(DriverGlobals, String, FX_TYPE_STRING);
    bool is_umdf = driver->object.globals->is_umdf;

    return fx_string_set(string, is_umdf ? user : kernel,
                         (is_umdf ? sizeof(user) : sizeof(kernel)) - sizeof(WCHAR));
}

BOOLEAN
imp_WdfDriverIsVersionAvailable(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDRIVER Driver,
                                PWDF_DRIVER_VERSION_AVAILABLE_PARAMS VersionAvailableParams)
{
    struct fx_driver *driver = fx_handle_get(DriverGlobals, Driver, FX_TYPE_DRIVER);
    bool is_umdf = driver->object.globals->is_umdf;
    ULONG major = is_umdf ? UMDF_LIBRARY_MAJOR : KMDF_LIBRARY_MAJOR;
    ULONG minor = is_umdf ? UMDF_LIBRARY_MINOR : KMDF_LIBRARY_MINOR;

    fx_require(DriverGlobals, VersionAvailableParams);
    if (VersionAvailableParams->Size != sizeof(*VersionAvailableParams)) {
        fx_log(fx_globals_of(DriverGlobals), "WDF_DRIVER_VERSION_AVAILABLE_PARAMS.Size is %u",
               VersionAvailableParams->Size);
        return FALSE;
    }
    return VersionAvailableParams->MajorVersion == major &&
           VersionAvailableParams->MinorVersion <= minor;
}

VOID
imp_WdfDriverMiniportUnload(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDRIVER Driver)
{
    struct fx_globals *globals = fx_globals_of(DriverGlobals);
    struct fx_driver *driver = fx_handle_get(DriverGlobals, Driver, FX_TYPE_DRIVER);

    if (!fx_driver_is_miniport(driver)) {
        fx_log(globals, "WdfDriverMiniportUnload: the driver was not created with "
                        "WdfDriverInitNoDispatchOverride");
        return;
    }
    unload(driver);
}

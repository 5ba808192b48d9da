/* SPDX-License-Identifier: MIT */
/* Driver objects: creation, start, unload, and the extensions that class drivers hang on them. */
#include <string.h>

#include "base/log.h"
#include "nt/cm/cm.h"
#include "nt/ex/ex.h"
#include "nt/io/io_priv.h"
#include "nt/ke/ke.h"
#include "nt/ob/ob.h"

#define DRIVER_NAME_MAX 128 /* Characters of a service name. */

static const WCHAR driver_prefix[] = L"\\Driver\\";
static const WCHAR services_prefix[] =
    L"\\Registry\\Machine\\System\\CurrentControlSet\\Services\\";

/* One IoAllocateDriverObjectExtension; what the driver uses follows it. */
struct client_extension {
    struct list link;
    PVOID id;
    _Alignas(16) unsigned char body[];
};

struct io_driver {
    DRIVER_OBJECT object; /* Must be first: the object's body. */
    DRIVER_EXTENSION extension;
    struct ex_pool_owner pool_owner;
    struct sys_lock lock; /* Guards client_extensions. */
    struct list client_extensions;
    UNICODE_STRING registry_path;
    WCHAR registry_path_text[sizeof(services_prefix) / sizeof(WCHAR) + DRIVER_NAME_MAX];
    WCHAR name_text[sizeof(driver_prefix) / sizeof(WCHAR) + DRIVER_NAME_MAX];
    UNICODE_STRING service_name; /* The end of name_text. */
    char ascii_name[DRIVER_NAME_MAX + 1];
    bool started;
};

static void delete_driver(void *body);

struct ob_type io_driver_type = {
    .name = "Driver",
    .delete_object = delete_driver,
    .not_waitable = true,
};

static POBJECT_TYPE driver_type_handle = (POBJECT_TYPE)(void *)&io_driver_type;
POBJECT_TYPE *IoDriverObjectType = &driver_type_handle;

static struct io_driver *
io_driver_of(PDRIVER_OBJECT driver)
{
    return (struct io_driver *)(void *)driver;
}

static void
delete_driver(void *body)
{
    struct io_driver *driver = body;
    struct list *link;

    while ((link = list_pop_front(&driver->client_extensions)) != NULL) {
        ExFreePool(container_of(link, struct client_extension, link));
    }
    ex_pool_owner_remove(&driver->pool_owner);
    driver->object.Type = 0;
}

/* What every dispatch routine is until the driver sets its own. */
static NTSTATUS
invalid_device_request(PDEVICE_OBJECT device, PIRP irp)
{
    return io_complete(irp, STATUS_INVALID_DEVICE_REQUEST);
}

/* Appends prefix and ASCII name to a fixed buffer and makes a string of it. */
static void
make_string(UNICODE_STRING *string, WCHAR *buffer, const WCHAR *prefix, const char *name)
{
    size_t length = 0;

    while (prefix[length] != 0) {
        buffer[length] = prefix[length];
        length++;
    }
    for (; *name != '\0'; name++) {
        buffer[length++] = (WCHAR)(unsigned char)*name;
    }
    buffer[length] = 0;
    RtlInitUnicodeString(string, buffer);
}

NTSTATUS
io_driver_create(const char *name, PDRIVER_OBJECT *ret_driver)
{
    size_t length = strlen(name);
    struct io_driver *driver;
    NTSTATUS status;
    void *body;

    if (length == 0 || length > DRIVER_NAME_MAX || strchr(name, '\\') != NULL) {
        return STATUS_OBJECT_NAME_INVALID;
    }
    status = ob_create(&io_driver_type, sizeof(*driver), &body);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    driver = body;
    list_init(&driver->client_extensions);
    memcpy(driver->ascii_name, name, length + 1);
    ex_pool_owner_add(&driver->pool_owner, driver->ascii_name, 0, 0);
    make_string(&driver->registry_path, driver->registry_path_text, services_prefix, name);
    make_string(&driver->object.DriverName, driver->name_text, driver_prefix, name);
    RtlInitUnicodeString(&driver->service_name,
                         driver->name_text + sizeof(driver_prefix) / sizeof(WCHAR) - 1);
    driver->object.Type = IO_TYPE_DRIVER;
    driver->object.Size = sizeof(DRIVER_OBJECT);
    driver->object.DriverExtension = &driver->extension;
    driver->extension.DriverObject = &driver->object;
    driver->extension.ServiceKeyName = driver->service_name;
    for (unsigned i = 0; i <= IRP_MJ_MAXIMUM_FUNCTION; i++) {
        driver->object.MajorFunction[i] = invalid_device_request;
    }
    status = ob_insert_name(&driver->object.DriverName, driver);
    if (!NT_SUCCESS(status)) {
        ObDereferenceObject(driver);
        return status;
    }
    cm_driver_added(&driver->registry_path);
    *ret_driver = &driver->object;
    return STATUS_SUCCESS;
}

void
io_driver_set_code(PDRIVER_OBJECT driver, uintptr_t start, uintptr_t end)
{
    struct io_driver *self = io_driver_of(driver);

    ex_pool_owner_remove(&self->pool_owner);
    ex_pool_owner_add(&self->pool_owner, self->ascii_name, start, end);
    driver->DriverStart = (PVOID)start;
    driver->DriverSize = (ULONG)(end - start);
}

PDRIVER_OBJECT
io_driver_of_code(const void *address)
{
    struct ex_pool_owner *owner = ex_pool_owner_of_code(address);

    return owner == NULL ? NULL : &container_of(owner, struct io_driver, pool_owner)->object;
}

NTSTATUS
io_driver_start(PDRIVER_OBJECT driver, PDRIVER_INITIALIZE entry)
{
    struct io_driver *self = io_driver_of(driver);
    struct ex_pool_owner *former;
    UNICODE_STRING registry_path;
    NTSTATUS status;
    KIRQL irql;

    /* Windows frees the string after DriverEntry: so do we, that a driver who keeps it is found. */
    status = io_copy_string(&self->registry_path, &registry_path);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    driver->DriverInit = entry;
    former = ke_thread_set_owner(&self->pool_owner);
    status = entry(driver, &registry_path);
    ke_thread_set_owner(former);
    irql = KeGetCurrentIrql();
    if (irql != PASSIVE_LEVEL) {
        io_bugcheck(0xC8 /* IRQL_UNEXPECTED_VALUE */, irql, 0, (ULONG_PTR)entry, 0);
    }
    RtlFreeUnicodeString(&registry_path);
    for (unsigned i = 0; i <= IRP_MJ_MAXIMUM_FUNCTION; i++) {
        if (driver->MajorFunction[i] == NULL) {
            driver->MajorFunction[i] = invalid_device_request;
        }
    }
    if (!NT_SUCCESS(status)) {
        return status;
    }
    self->started = true;
    /* Devices made in DriverEntry are ready; those made later their drivers declare so. */
    sys_lock_acquire(&io_device_lock);
    for (PDEVICE_OBJECT device = driver->DeviceObject; device != NULL;
         device = device->NextDevice) {
        device->Flags &= ~(ULONG)DO_DEVICE_INITIALIZING;
    }
    sys_lock_release(&io_device_lock);
    return status;
}

struct leak_report {
    struct io_driver *driver;
    struct io_driver_leaks *leaks;
};

static void
report_leak(void *argument, const struct ex_pool_leak *leak)
{
    struct leak_report *report = argument;
    char tag[5];

    ex_pool_tag_text(leak->tag, tag);
    base_log(BASE_LOG_WARN, report->driver->ascii_name,
             "leaked %zu bytes of pool, tag '%s', at %p, allocated by the code at %p", leak->size,
             tag, leak->address, leak->caller);
    report->leaks->pool_blocks++;
    report->leaks->pool_bytes += leak->size;
}

struct io_driver_leaks
io_driver_unload(PDRIVER_OBJECT driver)
{
    struct io_driver *self = io_driver_of(driver);
    struct io_driver_leaks leaks = {0};
    struct leak_report report = {self, &leaks};
    struct ex_pool_owner *former;

    if (self->started && driver->DriverUnload != NULL) {
        former = ke_thread_set_owner(&self->pool_owner);
        driver->DriverUnload(driver);
        ke_thread_set_owner(former);
    }
    self->started = false;
    ex_work_queue_flush();
    while (driver->DeviceObject != NULL) {
        PDEVICE_OBJECT device = driver->DeviceObject;

        base_log(BASE_LOG_WARN, self->ascii_name, "left a device behind: %p", (void *)device);
        leaks.devices++;
        io_device_force_delete(device);
        if (driver->DeviceObject == device) {
            base_log(BASE_LOG_WARN, self->ascii_name, "... which is still open");
            break;
        }
    }
    ex_pool_report_leaks(&self->pool_owner, report_leak, &report);
    ob_remove_name(driver);
    ObDereferenceObject(driver);
    return leaks;
}

PUNICODE_STRING
io_driver_registry_path(PDRIVER_OBJECT driver)
{
    return &io_driver_of(driver)->registry_path;
}

const char *
io_driver_ascii_name(PDRIVER_OBJECT driver)
{
    return io_driver_of(driver)->ascii_name;
}

PCUNICODE_STRING
io_driver_name(PDRIVER_OBJECT driver)
{
    return &io_driver_of(driver)->service_name;
}

NTSTATUS
IoAllocateDriverObjectExtension(PDRIVER_OBJECT DriverObject, PVOID ClientIdentificationAddress,
                                ULONG DriverObjectExtensionSize, PVOID *DriverObjectExtension)
{
    struct io_driver *driver = io_driver_of(DriverObject);
    struct client_extension *extension;

    *DriverObjectExtension = NULL;
    if (IoGetDriverObjectExtension(DriverObject, ClientIdentificationAddress) != NULL) {
        return STATUS_OBJECT_NAME_COLLISION;
    }
    extension = ex_pool_allocate(&ex_pool_system, POOL_FLAG_NON_PAGED,
                                 sizeof(*extension) + DriverObjectExtensionSize, 'xDoI',
                                 __builtin_return_address(0));
    if (extension == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    extension->id = ClientIdentificationAddress;
    sys_lock_acquire(&driver->lock);
    list_push_back(&driver->client_extensions, &extension->link);
    sys_lock_release(&driver->lock);
    *DriverObjectExtension = extension->body;
    return STATUS_SUCCESS;
}

PVOID
IoGetDriverObjectExtension(PDRIVER_OBJECT DriverObject, PVOID ClientIdentificationAddress)
{
    struct io_driver *driver = io_driver_of(DriverObject);
    struct list *link;
    PVOID found = NULL;

    sys_lock_acquire(&driver->lock);
    list_for_each(link, &driver->client_extensions)
    {
        struct client_extension *extension = container_of(link, struct client_extension, link);

        if (extension->id == ClientIdentificationAddress) {
            found = extension->body;
            break;
        }
    }
    sys_lock_release(&driver->lock);
    return found;
}

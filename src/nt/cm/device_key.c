/* SPDX-License-Identifier: MIT */
/*
 * The keys of devices, device interfaces and drivers.
 *
 *     Enum\<instance path>\Device Parameters            a device's hardware key
 *     Control\Class\<class guid>\<number>               its software key; Enum\…\Driver names it
 *     Control\DeviceClasses\<guid>\##?#<link>\#<ref>\Device Parameters
 *     Services\<name>\Parameters                        a driver's parameters
 *
 * A device that nobody installed (one of a test, or of `wdf run`) gets its keys when it asks.
 */
#include <string.h>

#include "base/utf16.h"
#include "nt/cm/cm_priv.h"
#include "nt/io/io.h"
#include "nt/pnp/pnp.h"
#include "sys/memory.h"

#define CONTROL_SET "\\Registry\\Machine\\SYSTEM\\CurrentControlSet"

/* The class of devices whose INF names none: "System". */
#define CLASS_DEFAULT "{4d36e97d-e325-11ce-bfc1-08002be10318}"

#define NUMBERS_MAX 10000u

/* Puts the parts one behind the other. */
static NTSTATUS
join(char *path, size_t size, const char *const *parts, size_t count)
{
    size_t used = 0;
    size_t i;

    for (i = 0; i < count; i++) {
        size_t length = strlen(parts[i]);

        if (length >= size - used) {
            return STATUS_NAME_TOO_LONG;
        }
        memcpy(path + used, parts[i], length + 1);
        used += length;
    }
    return STATUS_SUCCESS;
}

static NTSTATUS
enum_path(PDEVICE_OBJECT pdo, char *path, size_t size)
{
    struct pnp_devnode *devnode = pdo == NULL ? NULL : io_device_devnode(pdo);
    char instance[512];
    const WCHAR *wide;
    size_t length;

    if (devnode == NULL) {
        return STATUS_INVALID_PARAMETER;
    }
    wide = pnp_devnode_instance_path(devnode);
    length = utf16_to_utf8(instance, sizeof(instance) - 1, (const uint16_t *)wide,
                           utf16_length((const uint16_t *)wide));
    if (length >= sizeof(instance)) {
        return STATUS_NAME_TOO_LONG;
    }
    instance[length] = '\0';
    return join(path, size, (const char *const[]){CONTROL_SET "\\Enum\\", instance}, 2);
}

static void
number_text(char text[5], unsigned number)
{
    unsigned i;

    for (i = 4; i-- > 0; number /= 10) {
        text[i] = (char)('0' + number % 10);
    }
    text[4] = '\0';
}

/* Gives the device the first free software key of its class and writes that down. */
static int
make_software_key(struct reg_store *store, reg_key device, char *driver, size_t size)
{
    char number[5] = "";
    char *guid = NULL;
    reg_key class_key;
    unsigned n;
    int error = reg_get_text(store, device, "ClassGUID", &guid);
    const char *name = error == 0 ? guid : CLASS_DEFAULT;

    error = reg_key_create(store, REG_ROOT, "Machine\\SYSTEM\\CurrentControlSet\\Control\\Class",
                           REG_CREATE_PATH, NULL, &class_key, NULL);
    error = error != 0 ? error : reg_key_create(store, class_key, name, 0, NULL, &class_key, NULL);
    for (n = 0; error == 0; n++) {
        bool created = false;
        reg_key key;

        number_text(number, n);
        error = n == NUMBERS_MAX
                    ? -ENOSPC
                    : reg_key_create(store, class_key, number, 0, NULL, &key, &created);
        if (created) {
            break;
        }
    }
    if (error == 0 &&
        !NT_SUCCESS(join(driver, size, (const char *const[]){name, "\\", number}, 3))) {
        error = -ENAMETOOLONG;
    }
    error = error != 0 ? error : reg_set_text(store, device, "Driver", driver);
    sys_free(guid);
    return error;
}

/* Control\Class\<what Enum\…\Driver says>. */
static NTSTATUS
software_path(const char *enum_key, char *path, size_t size)
{
    struct reg_store *store = cm_store();
    char driver[128];
    char *text;
    reg_key device;
    int error;

    if (store == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    error = reg_begin(store);
    if (error != 0) {
        return cm_status(error);
    }
    error = reg_key_create(store, REG_ROOT, enum_key + sizeof("\\Registry"), REG_CREATE_PATH, NULL,
                           &device, NULL);
    if (error == 0) {
        error = reg_get_text(store, device, "Driver", &text);
        if (error == 0) {
            error = NT_SUCCESS(join(driver, sizeof(driver), (const char *const[]){text}, 1))
                        ? 0
                        : -ENAMETOOLONG;
            sys_free(text);
        } else if (error == -ENOENT) {
            error = make_software_key(store, device, driver, sizeof(driver));
        }
    }
    if (error != 0) {
        reg_rollback(store);
        return cm_status(error);
    }
    error = reg_commit(store);
    return error != 0 ? cm_status(error)
                      : join(path, size,
                             (const char *const[]){CONTROL_SET "\\Control\\Class\\", driver}, 2);
}

NTSTATUS
cm_device_path(PDEVICE_OBJECT pdo, ULONG type, char *path, size_t size)
{
    char key[REG_PATH_SIZE];
    NTSTATUS status = enum_path(pdo, key, sizeof(key));

    if (!NT_SUCCESS(status)) {
        return status;
    }
    if (type == PLUGPLAY_REGKEY_DEVICE) {
        return join(path, size, (const char *const[]){key, "\\Device Parameters"}, 2);
    }
    return software_path(key, path, size);
}

NTSTATUS
IoOpenDeviceRegistryKey(PDEVICE_OBJECT DeviceObject, ULONG DevInstKeyType,
                        ACCESS_MASK DesiredAccess, PHANDLE DeviceRegKey)
{
    static const char profile[] =
        CONTROL_SET "\\Hardware Profiles\\Current\\System\\CurrentControlSet";
    ULONG type = DevInstKeyType & ~(ULONG)PLUGPLAY_REGKEY_CURRENT_HWPROFILE;
    char path[REG_PATH_SIZE];
    char full[REG_PATH_SIZE];
    NTSTATUS status;

    if (type != PLUGPLAY_REGKEY_DEVICE && type != PLUGPLAY_REGKEY_DRIVER) {
        return STATUS_INVALID_PARAMETER;
    }
    status = cm_device_path(DeviceObject, type, path, sizeof(path));
    if (NT_SUCCESS(status) && type != DevInstKeyType) {
        /* The hardware profile has a tree of its own with the same names. */
        status = join(full, sizeof(full),
                      (const char *const[]){profile, path + sizeof(CONTROL_SET) - 1}, 2);
        return NT_SUCCESS(status) ? cm_open_path(full, DesiredAccess, true, DeviceRegKey) : status;
    }
    return NT_SUCCESS(status) ? cm_open_path(path, DesiredAccess, true, DeviceRegKey) : status;
}

/*
 * \??\ROOT#ECHO#0000#{guid}\reference is kept below
 * DeviceClasses\{guid}\##?#ROOT#ECHO#0000#{guid}\#reference.
 */
NTSTATUS
IoOpenDeviceInterfaceRegistryKey(PUNICODE_STRING SymbolicLinkName, ACCESS_MASK DesiredAccess,
                                 PHANDLE DeviceInterfaceRegKey)
{
    char path[REG_PATH_SIZE];
    char guid[40];
    const char *reference = "";
    NTSTATUS status;
    char *link;
    char *open;
    char *slash;

    if (SymbolicLinkName == NULL || !io_interface_exists(SymbolicLinkName)) {
        return SymbolicLinkName == NULL ? STATUS_INVALID_PARAMETER : STATUS_OBJECT_NAME_NOT_FOUND;
    }
    status = cm_text(SymbolicLinkName, &link);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    slash = strchr(link + 4, '\\'); /* Behind "\??\". */
    if (slash != NULL) {
        *slash = '\0';
        reference = slash + 1;
    }
    open = strrchr(link, '{');
    if (open == NULL || strlen(open) != sizeof(guid) - 2) {
        status = STATUS_INVALID_PARAMETER;
    } else {
        memcpy(guid, open, sizeof(guid) - 1);
        guid[sizeof(guid) - 2] = '\0';
        status =
            join(path, sizeof(path),
                 (const char *const[]){CONTROL_SET "\\Control\\DeviceClasses\\", guid, "\\##?#",
                                       link + 4, "\\#", reference, "\\Device Parameters"},
                 7);
    }
    ExFreePoolWithTag(link, CM_TAG);
    return NT_SUCCESS(status) ? cm_open_path(path, DesiredAccess, true, DeviceInterfaceRegKey)
                              : status;
}

NTSTATUS
IoOpenDriverRegistryKey(PDRIVER_OBJECT DriverObject, DRIVER_REGKEY_TYPE RegKeyType,
                        ACCESS_MASK DesiredAccess, ULONG Flags, PHANDLE DriverRegKey)
{
    static const char *const subkeys[] = {
        [DriverRegKeyParameters] = "\\Parameters",
        [DriverRegKeyPersistentState] = "\\State",
        [DriverRegKeySharedPersistentState] = "\\SharedState",
    };
    char path[REG_PATH_SIZE];
    NTSTATUS status;
    char *service;

    if (DriverObject == NULL || (unsigned)RegKeyType >= sizeof(subkeys) / sizeof(subkeys[0]) ||
        Flags != 0) {
        return STATUS_INVALID_PARAMETER;
    }
    status = cm_text(io_driver_registry_path(DriverObject), &service);
    if (NT_SUCCESS(status)) {
        status = join(path, sizeof(path), (const char *const[]){service, subkeys[RegKeyType]}, 2);
        ExFreePoolWithTag(service, CM_TAG);
    }
    return NT_SUCCESS(status) ? cm_open_path(path, DesiredAccess, true, DriverRegKey) : status;
}

/* SPDX-License-Identifier: MIT */
/*
 * SetupDi's device information sets. A set is filled once, by SetupDiGetClassDevs or by opening devices and
 * interfaces one after the other; what comes and goes afterwards does not change it.
 */
#include "client/win32/device_set.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/number.h"
#include "win32/object.h"

#define DEVICE_SET_MAGIC 0x53446957u

/* --- Numbers and GUIDs ----------------------------------------------------------------------- */

static struct sys_lock numbers_lock;
static char **numbers; /* Ids by number - 1. Only grows. */
static size_t number_count;

DEVINST
device_number(const char *id)
{
    size_t i;
    char **larger;

    sys_lock_acquire(&numbers_lock);
    for (i = 0; i < number_count && strcasecmp(numbers[i], id) != 0; i++) {
    }
    if (i == number_count) {
        larger = realloc(numbers, (number_count + 1) * sizeof(*numbers));
        if (larger != NULL) {
            numbers = larger;
            numbers[number_count] = strdup(id);
            number_count += numbers[number_count] != NULL ? 1 : 0;
        }
    }
    i = i < number_count ? i + 1 : 0;
    sys_lock_release(&numbers_lock);
    return (DEVINST)i;
}

const char *
device_of_number(DEVINST number)
{
    const char *id = NULL;

    sys_lock_acquire(&numbers_lock);
    if (number != 0 && number <= number_count) {
        id = numbers[number - 1]; /* Never freed. */
    }
    sys_lock_release(&numbers_lock);
    return id;
}

void
guid_to_text(const GUID *guid, char text[39])
{
    (void)snprintf(text, 39, "{%08x-%04x-%04x-%02x%02x-%02x%02x%02x%02x%02x%02x}",
                   (unsigned)guid->Data1, guid->Data2, guid->Data3, guid->Data4[0], guid->Data4[1],
                   guid->Data4[2], guid->Data4[3], guid->Data4[4], guid->Data4[5], guid->Data4[6],
                   guid->Data4[7]);
}

bool
guid_from_text(const char *text, GUID *guid)
{
    uint8_t bytes[16];
    size_t digits = 0, i;

    if (strlen(text) != 38 || text[0] != '{' || text[37] != '}') {
        return false;
    }
    memset(bytes, 0, sizeof(bytes));
    for (i = 1; i < 37; i++) {
        unsigned digit = number_digit((unsigned char)text[i]);

        if (i == 9 || i == 14 || i == 19 || i == 24) {
            if (text[i] != '-') {
                return false;
            }
            continue;
        }
        if (digit >= 16) {
            return false;
        }
        bytes[digits / 2] = (uint8_t)(bytes[digits / 2] << 4 | digit);
        digits++;
    }
    guid->Data1 = (ULONG)bytes[0] << 24 | (ULONG)bytes[1] << 16 | (ULONG)bytes[2] << 8 | bytes[3];
    guid->Data2 = (USHORT)(bytes[4] << 8 | bytes[5]);
    guid->Data3 = (USHORT)(bytes[6] << 8 | bytes[7]);
    memcpy(guid->Data4, bytes + 8, 8);
    return true;
}

/* --- Building -------------------------------------------------------------------------------- */

static const size_t text_fields[] = {
    offsetof(struct owdf_device, id),          offsetof(struct owdf_device, description),
    offsetof(struct owdf_device, hardware_id), offsetof(struct owdf_device, service),
    offsetof(struct owdf_device, driver),      offsetof(struct owdf_device, class_name),
    offsetof(struct owdf_device, class_guid),  offsetof(struct owdf_device, manufacturer),
};
#define TEXT_FIELDS (sizeof(text_fields) / sizeof(text_fields[0]))

static const char **
text_field(struct owdf_device *about, size_t field)
{
    return (const char **)(void *)((char *)about + text_fields[field]);
}

size_t
device_set_add(struct device_set *set, const struct owdf_device *about)
{
    struct owdf_device copy = *about;
    struct set_device *larger;
    size_t i, size = 0;
    char *text, *to;

    for (i = 0; i < set->device_count; i++) {
        if (strcasecmp(set->devices[i].about.id, about->id) == 0) {
            return i;
        }
    }
    for (i = 0; i < TEXT_FIELDS; i++) {
        size += strlen(*text_field(&copy, i)) + 1;
    }
    larger = realloc(set->devices, (set->device_count + 1) * sizeof(*larger));
    if (larger == NULL) {
        return (size_t)-1;
    }
    set->devices = larger;
    text = to = malloc(size);
    if (text == NULL) {
        return (size_t)-1;
    }
    for (i = 0; i < TEXT_FIELDS; i++) {
        const char **field = text_field(&copy, i);
        size_t length = strlen(*field) + 1;

        *field = memcpy(to, *field, length);
        to += length;
    }
    larger[set->device_count] = (struct set_device){.text = text, .about = copy};
    return set->device_count++;
}

static bool
add_interface(struct device_set *set, const struct owdf_interface *about, size_t device)
{
    struct set_interface *larger =
        realloc(set->interfaces, (set->interface_count + 1) * sizeof(*larger));
    struct set_interface *added;

    if (larger == NULL) {
        return false;
    }
    set->interfaces = larger;
    added = &larger[set->interface_count];
    *added = (struct set_interface){.path = strdup(about->path), .device = device};
    if (added->path == NULL) {
        return false;
    }
    if (!guid_from_text(about->guid, &added->guid)) {
        free(added->path);
        return false;
    }
    set->interface_count++;
    return true;
}

static void
set_free(struct device_set *set)
{
    size_t i;

    for (i = 0; i < set->device_count; i++) {
        free(set->devices[i].text);
    }
    for (i = 0; i < set->interface_count; i++) {
        free(set->interfaces[i].path);
    }
    free(set->devices);
    free(set->interfaces);
    set->magic = 0;
    free(set);
}

static struct device_set *
set_new(void)
{
    struct device_set *set = calloc(1, sizeof(*set));

    if (set == NULL) {
        w32_fail(ERROR_NOT_ENOUGH_MEMORY);
        return NULL;
    }
    set->magic = DEVICE_SET_MAGIC;
    return set;
}

struct device_set *
device_set_check(HDEVINFO info)
{
    struct device_set *set = info;

    if (info == NULL || info == INVALID_HANDLE_VALUE || set->magic != DEVICE_SET_MAGIC) {
        w32_fail(ERROR_INVALID_HANDLE);
        return NULL;
    }
    return set;
}

/* What the session has of a device; NULL: nothing. The list keeps it. */
static const struct owdf_device *
find_device(const struct owdf_device *list, size_t count, const char *id)
{
    size_t i;

    for (i = 0; i < count; i++) {
        if (strcasecmp(list[i].id, id) == 0) {
            return &list[i];
        }
    }
    return NULL;
}

bool
device_is_of_enumerator(const char *id, const char *enumerator)
{
    size_t length = enumerator == NULL ? 0 : strlen(enumerator);

    return enumerator == NULL ||
           (strncasecmp(id, enumerator, length) == 0 && (id[length] == '\\' || id[length] == 0));
}

/* The devices that serve an interface of the class (NULL: of any), or that are of the set-up class. */
static bool
fill(struct device_set *set, const GUID *guid, const char *enumerator, DWORD flags)
{
    struct owdf_device *devices = NULL;
    struct owdf_interface *interfaces = NULL;
    size_t device_count = 0, interface_count = 0, i;
    char class_text[39];
    bool good;

    if (guid != NULL) {
        guid_to_text(guid, class_text);
    }
    good = owdf_devices(&devices, &device_count) == 0;
    if (good && (flags & DIGCF_DEVICEINTERFACE) != 0) {
        good =
            owdf_interfaces(guid != NULL ? class_text : NULL, &interfaces, &interface_count) == 0;
    }
    for (i = 0; good && i < interface_count; i++) {
        const struct owdf_device *device =
            find_device(devices, device_count, interfaces[i].device_id);
        size_t index;

        if (device == NULL || !device_is_of_enumerator(device->id, enumerator)) {
            continue; /* It went away in between. */
        }
        index = device_set_add(set, device);
        good = index != (size_t)-1 && add_interface(set, &interfaces[i], index);
    }
    for (i = 0; good && (flags & DIGCF_DEVICEINTERFACE) == 0 && i < device_count; i++) {
        if ((guid == NULL || strcasecmp(devices[i].class_guid, class_text) == 0) &&
            device_is_of_enumerator(devices[i].id, enumerator)) {
            good = device_set_add(set, &devices[i]) != (size_t)-1;
        }
    }
    owdf_list_free(devices);
    owdf_list_free(interfaces);
    if (good && (flags & (DIGCF_DEVICEINTERFACE | DIGCF_PRESENT)) == 0) {
        good = device_set_add_absent(set, guid, enumerator);
    }
    return good;
}

static HDEVINFO
get_class_devs(const GUID *guid, const char *enumerator, DWORD flags)
{
    struct device_set *set;

    if (guid == NULL && (flags & DIGCF_ALLCLASSES) == 0) {
        w32_fail(ERROR_INVALID_PARAMETER);
        return INVALID_HANDLE_VALUE;
    }
    set = set_new();
    if (set == NULL) {
        return INVALID_HANDLE_VALUE;
    }
    if (!fill(set, (flags & DIGCF_ALLCLASSES) != 0 ? NULL : guid, enumerator, flags)) {
        set_free(set);
        w32_fail(ERROR_NOT_ENOUGH_MEMORY);
        return INVALID_HANDLE_VALUE;
    }
    return set;
}

HDEVINFO
SetupDiGetClassDevsW(const GUID *ClassGuid, PCWSTR Enumerator, HWND hwndParent, DWORD Flags)
{
    char *enumerator = w32_utf8(Enumerator);
    HDEVINFO set = get_class_devs(ClassGuid, enumerator, Flags);

    (void)hwndParent;
    free(enumerator);
    return set;
}

HDEVINFO
SetupDiGetClassDevsA(const GUID *ClassGuid, PCSTR Enumerator, HWND hwndParent, DWORD Flags)
{
    (void)hwndParent;
    return get_class_devs(ClassGuid, Enumerator, Flags);
}

/* Only this machine, and no set to add to. */
HDEVINFO
SetupDiGetClassDevsExW(const GUID *ClassGuid, PCWSTR Enumerator, HWND hwndParent, DWORD Flags,
                       HDEVINFO DeviceInfoSet, PCWSTR MachineName, PVOID Reserved)
{
    (void)Reserved;
    if (MachineName != NULL || DeviceInfoSet != NULL) {
        w32_fail(ERROR_NOT_SUPPORTED);
        return INVALID_HANDLE_VALUE;
    }
    return SetupDiGetClassDevsW(ClassGuid, Enumerator, hwndParent, Flags);
}

HDEVINFO
SetupDiGetClassDevsExA(const GUID *ClassGuid, PCSTR Enumerator, HWND hwndParent, DWORD Flags,
                       HDEVINFO DeviceInfoSet, PCSTR MachineName, PVOID Reserved)
{
    (void)Reserved;
    if (MachineName != NULL || DeviceInfoSet != NULL) {
        w32_fail(ERROR_NOT_SUPPORTED);
        return INVALID_HANDLE_VALUE;
    }
    return SetupDiGetClassDevsA(ClassGuid, Enumerator, hwndParent, Flags);
}

HDEVINFO
SetupDiCreateDeviceInfoList(const GUID *ClassGuid, HWND hwndParent)
{
    struct device_set *set = set_new();

    (void)ClassGuid;
    (void)hwndParent;
    return set == NULL ? INVALID_HANDLE_VALUE : (HDEVINFO)set;
}

BOOL
SetupDiDestroyDeviceInfoList(HDEVINFO DeviceInfoSet)
{
    struct device_set *set = device_set_check(DeviceInfoSet);

    if (set == NULL) {
        return FALSE;
    }
    set_free(set);
    return TRUE;
}

/* --- Devices --------------------------------------------------------------------------------- */

static BOOL
give_device(struct device_set *set, size_t index, PSP_DEVINFO_DATA data)
{
    if (data == NULL) {
        return TRUE;
    }
    if (data->cbSize != sizeof(*data)) {
        return w32_fail(ERROR_INVALID_USER_BUFFER);
    }
    memset(&data->ClassGuid, 0, sizeof(data->ClassGuid));
    (void)guid_from_text(set->devices[index].about.class_guid, &data->ClassGuid);
    data->DevInst = device_number(set->devices[index].about.id);
    data->Reserved = index + 1;
    return TRUE;
}

struct set_device *
device_set_device(HDEVINFO info, PSP_DEVINFO_DATA data)
{
    struct device_set *set = device_set_check(info);

    if (set == NULL) {
        return NULL;
    }
    if (data == NULL || data->cbSize != sizeof(*data) || data->Reserved == 0 ||
        data->Reserved > set->device_count || set->devices[data->Reserved - 1].removed) {
        w32_fail(ERROR_INVALID_PARAMETER);
        return NULL;
    }
    return &set->devices[data->Reserved - 1];
}

BOOL
SetupDiEnumDeviceInfo(HDEVINFO DeviceInfoSet, DWORD MemberIndex, PSP_DEVINFO_DATA DeviceInfoData)
{
    struct device_set *set = device_set_check(DeviceInfoSet);
    size_t i;

    if (set == NULL) {
        return FALSE;
    }
    if (DeviceInfoData == NULL) {
        return w32_fail(ERROR_INVALID_PARAMETER);
    }
    for (i = 0; i < set->device_count; i++) {
        if (!set->devices[i].removed && MemberIndex-- == 0) {
            return give_device(set, i, DeviceInfoData);
        }
    }
    return w32_fail(ERROR_NO_MORE_ITEMS);
}

BOOL
SetupDiDeleteDeviceInfo(HDEVINFO DeviceInfoSet, PSP_DEVINFO_DATA DeviceInfoData)
{
    struct set_device *device = device_set_device(DeviceInfoSet, DeviceInfoData);

    if (device == NULL) {
        return FALSE;
    }
    device->removed = true;
    return TRUE;
}

static BOOL
open_device(HDEVINFO info, const char *id, PSP_DEVINFO_DATA data)
{
    struct device_set *set = device_set_check(info);
    const struct owdf_device *found;
    struct owdf_device *list;
    size_t count, index;

    if (set == NULL) {
        return FALSE;
    }
    if (id == NULL || owdf_devices(&list, &count) != 0) {
        return w32_fail(id == NULL ? ERROR_INVALID_PARAMETER : ERROR_NOT_ENOUGH_MEMORY);
    }
    found = find_device(list, count, id);
    index = found == NULL ? (size_t)-1 : device_set_add(set, found);
    owdf_list_free(list);
    if (found == NULL) {
        return w32_fail((DWORD)ERROR_NO_SUCH_DEVINST);
    }
    return index == (size_t)-1 ? w32_fail(ERROR_NOT_ENOUGH_MEMORY) : give_device(set, index, data);
}

BOOL
SetupDiOpenDeviceInfoW(HDEVINFO DeviceInfoSet, PCWSTR DeviceInstanceId, HWND hwndParent,
                       DWORD OpenFlags, PSP_DEVINFO_DATA DeviceInfoData)
{
    char *id = w32_utf8(DeviceInstanceId);
    BOOL result = open_device(DeviceInfoSet, id, DeviceInfoData);

    (void)hwndParent;
    (void)OpenFlags;
    free(id);
    return result;
}

BOOL
SetupDiOpenDeviceInfoA(HDEVINFO DeviceInfoSet, PCSTR DeviceInstanceId, HWND hwndParent,
                       DWORD OpenFlags, PSP_DEVINFO_DATA DeviceInfoData)
{
    (void)hwndParent;
    (void)OpenFlags;
    return open_device(DeviceInfoSet, DeviceInstanceId, DeviceInfoData);
}

/* --- Interfaces ------------------------------------------------------------------------------ */

static BOOL
give_interface(struct device_set *set, size_t index, PSP_DEVICE_INTERFACE_DATA data)
{
    if (data == NULL || data->cbSize != sizeof(*data)) {
        return w32_fail(ERROR_INVALID_USER_BUFFER);
    }
    data->InterfaceClassGuid = set->interfaces[index].guid;
    data->Flags = SPINT_ACTIVE;
    data->Reserved = index + 1;
    return TRUE;
}

BOOL
SetupDiEnumDeviceInterfaces(HDEVINFO DeviceInfoSet, PSP_DEVINFO_DATA DeviceInfoData,
                            const GUID *InterfaceClassGuid, DWORD MemberIndex,
                            PSP_DEVICE_INTERFACE_DATA DeviceInterfaceData)
{
    struct device_set *set = device_set_check(DeviceInfoSet);
    struct set_device *device = NULL;
    size_t i;

    if (set == NULL) {
        return FALSE;
    }
    if (DeviceInfoData != NULL) {
        device = device_set_device(DeviceInfoSet, DeviceInfoData);
        if (device == NULL) {
            return FALSE;
        }
    }
    for (i = 0; i < set->interface_count; i++) {
        struct set_interface *candidate = &set->interfaces[i];

        if (!candidate->removed && (device == NULL || &set->devices[candidate->device] == device) &&
            memcmp(InterfaceClassGuid, &candidate->guid, sizeof(GUID)) == 0 && MemberIndex-- == 0) {
            return give_interface(set, i, DeviceInterfaceData);
        }
    }
    return w32_fail(ERROR_NO_MORE_ITEMS);
}

static BOOL
open_interface(HDEVINFO info, const char *path, PSP_DEVICE_INTERFACE_DATA data)
{
    struct device_set *set = device_set_check(info);
    struct owdf_interface *interfaces = NULL;
    struct owdf_device *devices = NULL;
    size_t interface_count = 0, device_count = 0, index = (size_t)-1, i;
    bool known = false;

    if (set == NULL) {
        return FALSE;
    }
    if (path == NULL) {
        return w32_fail(ERROR_INVALID_PARAMETER);
    }
    if (owdf_interfaces(NULL, &interfaces, &interface_count) == 0 &&
        owdf_devices(&devices, &device_count) == 0) {
        for (i = 0; i < interface_count && !known; i++) {
            const struct owdf_device *device;

            if (strcasecmp(interfaces[i].path, path) != 0) {
                continue;
            }
            device = find_device(devices, device_count, interfaces[i].device_id);
            if (device != NULL) {
                known = true;
                index = device_set_add(set, device);
                if (index != (size_t)-1 && !add_interface(set, &interfaces[i], index)) {
                    index = (size_t)-1;
                }
            }
        }
    }
    owdf_list_free(interfaces);
    owdf_list_free(devices);
    if (!known) {
        return w32_fail((DWORD)ERROR_NO_SUCH_DEVICE_INTERFACE);
    }
    if (index == (size_t)-1) {
        return w32_fail(ERROR_NOT_ENOUGH_MEMORY);
    }
    return data == NULL ? TRUE : give_interface(set, set->interface_count - 1, data);
}

BOOL
SetupDiOpenDeviceInterfaceW(HDEVINFO DeviceInfoSet, PCWSTR DevicePath, DWORD OpenFlags,
                            PSP_DEVICE_INTERFACE_DATA DeviceInterfaceData)
{
    char *path = w32_utf8(DevicePath);
    BOOL result = open_interface(DeviceInfoSet, path, DeviceInterfaceData);

    (void)OpenFlags;
    free(path);
    return result;
}

BOOL
SetupDiOpenDeviceInterfaceA(HDEVINFO DeviceInfoSet, PCSTR DevicePath, DWORD OpenFlags,
                            PSP_DEVICE_INTERFACE_DATA DeviceInterfaceData)
{
    (void)OpenFlags;
    return open_interface(DeviceInfoSet, DevicePath, DeviceInterfaceData);
}

/* The interface that the data stands for; NULL and the last error. */
struct set_interface *
device_set_interface(HDEVINFO info, PSP_DEVICE_INTERFACE_DATA data)
{
    struct device_set *set = device_set_check(info);

    if (set == NULL) {
        return NULL;
    }
    if (data == NULL || data->cbSize != sizeof(*data) || data->Reserved == 0 ||
        data->Reserved > set->interface_count || set->interfaces[data->Reserved - 1].removed) {
        w32_fail(ERROR_INVALID_PARAMETER);
        return NULL;
    }
    return &set->interfaces[data->Reserved - 1];
}

BOOL
SetupDiDeleteDeviceInterfaceData(HDEVINFO DeviceInfoSet,
                                 PSP_DEVICE_INTERFACE_DATA DeviceInterfaceData)
{
    struct set_interface *found = device_set_interface(DeviceInfoSet, DeviceInterfaceData);

    if (found == NULL) {
        return FALSE;
    }
    found->removed = true;
    return TRUE;
}

BOOL
SetupDiGetDeviceInterfaceDetailW(HDEVINFO DeviceInfoSet,
                                 PSP_DEVICE_INTERFACE_DATA DeviceInterfaceData,
                                 PSP_DEVICE_INTERFACE_DETAIL_DATA_W DeviceInterfaceDetailData,
                                 DWORD DeviceInterfaceDetailDataSize, PDWORD RequiredSize,
                                 PSP_DEVINFO_DATA DeviceInfoData)
{
    struct set_interface *found = device_set_interface(DeviceInfoSet, DeviceInterfaceData);
    WCHAR *wide;
    DWORD needed;

    if (found == NULL || !give_device(DeviceInfoSet, found->device, DeviceInfoData)) {
        return FALSE;
    }
    wide = w32_wide(found->path);
    if (wide == NULL) {
        return w32_fail(ERROR_NOT_ENOUGH_MEMORY);
    }
    needed = (DWORD)(offsetof(SP_DEVICE_INTERFACE_DETAIL_DATA_W, DevicePath) +
                     ((size_t)lstrlenW(wide) + 1) * sizeof(WCHAR));
    if (RequiredSize != NULL) {
        *RequiredSize = needed;
    }
    if (DeviceInterfaceDetailData == NULL || DeviceInterfaceDetailDataSize < needed) {
        free(wide);
        return w32_fail(ERROR_INSUFFICIENT_BUFFER);
    }
    if (DeviceInterfaceDetailData->cbSize != sizeof(SP_DEVICE_INTERFACE_DETAIL_DATA_W)) {
        free(wide);
        return w32_fail(ERROR_INVALID_USER_BUFFER);
    }
    memcpy(DeviceInterfaceDetailData->DevicePath, wide,
           needed - offsetof(SP_DEVICE_INTERFACE_DETAIL_DATA_W, DevicePath));
    free(wide);
    return TRUE;
}

BOOL
SetupDiGetDeviceInterfaceDetailA(HDEVINFO DeviceInfoSet,
                                 PSP_DEVICE_INTERFACE_DATA DeviceInterfaceData,
                                 PSP_DEVICE_INTERFACE_DETAIL_DATA_A DeviceInterfaceDetailData,
                                 DWORD DeviceInterfaceDetailDataSize, PDWORD RequiredSize,
                                 PSP_DEVINFO_DATA DeviceInfoData)
{
    struct set_interface *found = device_set_interface(DeviceInfoSet, DeviceInterfaceData);
    DWORD needed;

    if (found == NULL || !give_device(DeviceInfoSet, found->device, DeviceInfoData)) {
        return FALSE;
    }
    needed =
        (DWORD)(offsetof(SP_DEVICE_INTERFACE_DETAIL_DATA_A, DevicePath) + strlen(found->path) + 1);
    if (RequiredSize != NULL) {
        *RequiredSize = needed;
    }
    if (DeviceInterfaceDetailData == NULL || DeviceInterfaceDetailDataSize < needed) {
        return w32_fail(ERROR_INSUFFICIENT_BUFFER);
    }
    if (DeviceInterfaceDetailData->cbSize != sizeof(SP_DEVICE_INTERFACE_DETAIL_DATA_A)) {
        return w32_fail(ERROR_INVALID_USER_BUFFER);
    }
    memcpy(DeviceInterfaceDetailData->DevicePath, found->path, strlen(found->path) + 1);
    return TRUE;
}

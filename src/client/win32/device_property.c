/* SPDX-License-Identifier: MIT */
/* What is known of a device, by SetupDi's and the configuration manager's property functions. */
#include "client/win32/device_key.h"
#include "client/win32/device_set.h"

#include <cfgmgr32.h>
#include <initguid.h>

#include <devpkey.h>

#include <stdlib.h>
#include <string.h>

#include "win32/object.h"

const char *
device_text(const struct owdf_device *about, DWORD property)
{
    const char *text = NULL;

    switch (property) {
    case SPDRP_DEVICEDESC:
        text = about->description;
        break;
    case SPDRP_HARDWAREID:
        text = about->hardware_id;
        break;
    case SPDRP_SERVICE:
        text = about->service;
        break;
    case SPDRP_CLASS:
        text = about->class_name;
        break;
    case SPDRP_CLASSGUID:
        text = about->class_guid;
        break;
    case SPDRP_MFG:
        text = about->manufacturer;
        break;
    default:
        break; /* Nothing else is kept of a device yet. */
    }
    return text == NULL || text[0] == 0 ? NULL : text;
}

/* Where the registry keeps them, in the device's key; see docs/registry.md. */
static const char *const value_names[SPDRP_MAXIMUM_PROPERTY] = {
    [SPDRP_DEVICEDESC] = "DeviceDesc",
    [SPDRP_HARDWAREID] = "HardwareID",
    [SPDRP_COMPATIBLEIDS] = "CompatibleIDs",
    [SPDRP_SERVICE] = "Service",
    [SPDRP_CLASS] = "Class",
    [SPDRP_CLASSGUID] = "ClassGUID",
    [SPDRP_DRIVER] = "Driver",
    [SPDRP_CONFIGFLAGS] = "ConfigFlags",
    [SPDRP_MFG] = "Mfg",
    [SPDRP_FRIENDLYNAME] = "FriendlyName",
    [SPDRP_LOCATION_INFORMATION] = "LocationInformation",
    [SPDRP_CAPABILITIES] = "Capabilities",
    [SPDRP_UI_NUMBER] = "UINumber",
    [SPDRP_UPPERFILTERS] = "UpperFilters",
    [SPDRP_LOWERFILTERS] = "LowerFilters",
    [SPDRP_SECURITY] = "Security",
};

static bool
is_string(DWORD type)
{
    return type == REG_SZ || type == REG_MULTI_SZ || type == REG_EXPAND_SZ;
}

/*
 * What the registry has of the device; *size: in, the buffer's; out, what is needed. ERROR_FILE_NOT_FOUND: nothing;
 * ERROR_MORE_DATA.
 */
static LSTATUS
from_registry(const char *id, DWORD property, bool wide, DWORD *type, PBYTE buffer, DWORD *size)
{
    const char *name = property < SPDRP_MAXIMUM_PROPERTY ? value_names[property] : NULL;
    LSTATUS error = ERROR_FILE_NOT_FOUND;
    HKEY key;

    if (name != NULL) {
        error = device_key_open(DEVICE_KEY_ENUM, id, NULL, KEY_READ, false, &key);
    }
    if (error != ERROR_SUCCESS) {
        return error;
    }
    error = device_key_value(key, name, wide, type, buffer, size);
    RegCloseKey(key);
    return error == ERROR_SUCCESS && buffer == NULL ? ERROR_MORE_DATA : error;
}

/* Gives text in the width asked for; a list of one when `list`. */
static BOOL
give(const char *text, bool wide, bool list, PBYTE buffer, DWORD size, PDWORD needed)
{
    WCHAR *units = wide ? w32_wide(text) : NULL;
    size_t unit = wide ? sizeof(WCHAR) : 1;
    size_t bytes;

    if (wide && units == NULL) {
        return w32_fail(ERROR_NOT_ENOUGH_MEMORY);
    }
    bytes = ((wide ? (size_t)lstrlenW(units) : strlen(text)) + 1) * unit;
    if (needed != NULL) {
        *needed = (DWORD)(bytes + (list ? unit : 0));
    }
    if (buffer == NULL || size < bytes + (list ? unit : 0)) {
        free(units);
        return w32_fail(ERROR_INSUFFICIENT_BUFFER);
    }
    memcpy(buffer, wide ? (const void *)units : text, bytes);
    if (list) {
        memset(buffer + bytes, 0, unit);
    }
    free(units);
    return TRUE;
}

/* The first part of the id. */
static BOOL
give_enumerator(const char *id, bool wide, PBYTE buffer, DWORD size, PDWORD needed)
{
    size_t length = strcspn(id, "\\");
    char name[64];

    if (length >= sizeof(name)) {
        return w32_fail(ERROR_INVALID_DATA);
    }
    memcpy(name, id, length);
    name[length] = '\0';
    return give(name, wide, false, buffer, size, needed);
}

static BOOL
registry_property(HDEVINFO info, PSP_DEVINFO_DATA data, DWORD property, PDWORD type, bool wide,
                  PBYTE buffer, DWORD size, PDWORD needed)
{
    struct set_device *device = device_set_device(info, data);
    const char *text;
    bool list = property == SPDRP_HARDWAREID;
    DWORD found = REG_NONE;
    DWORD bytes = size;
    LSTATUS error;

    if (device == NULL) {
        return FALSE;
    }
    if (property == SPDRP_ENUMERATOR_NAME) {
        if (type != NULL) {
            *type = REG_SZ;
        }
        return give_enumerator(device->about.id, wide, buffer, size, needed);
    }
    error = from_registry(device->about.id, property, wide, &found, buffer, &bytes);
    if (error == ERROR_SUCCESS || error == ERROR_MORE_DATA) {
        if (type != NULL) {
            *type = found;
        }
        if (needed != NULL) {
            *needed = bytes;
        }
        return error == ERROR_SUCCESS ? TRUE : w32_fail(ERROR_INSUFFICIENT_BUFFER);
    }
    text = device_text(&device->about, property); /* It is not installed, and runs. */
    if (text == NULL) {
        return w32_fail(ERROR_INVALID_DATA); /* As documented: the device has no such property. */
    }
    if (type != NULL) {
        *type = list ? REG_MULTI_SZ : REG_SZ;
    }
    return give(text, wide, list, buffer, size, needed);
}

BOOL
SetupDiGetDeviceRegistryPropertyW(HDEVINFO DeviceInfoSet, PSP_DEVINFO_DATA DeviceInfoData,
                                  DWORD Property, PDWORD PropertyRegDataType, PBYTE PropertyBuffer,
                                  DWORD PropertyBufferSize, PDWORD RequiredSize)
{
    return registry_property(DeviceInfoSet, DeviceInfoData, Property, PropertyRegDataType, true,
                             PropertyBuffer, PropertyBufferSize, RequiredSize);
}

BOOL
SetupDiGetDeviceRegistryPropertyA(HDEVINFO DeviceInfoSet, PSP_DEVINFO_DATA DeviceInfoData,
                                  DWORD Property, PDWORD PropertyRegDataType, PBYTE PropertyBuffer,
                                  DWORD PropertyBufferSize, PDWORD RequiredSize)
{
    return registry_property(DeviceInfoSet, DeviceInfoData, Property, PropertyRegDataType, false,
                             PropertyBuffer, PropertyBufferSize, RequiredSize);
}

/* Into the registry, where the next start of the device finds it. PropertyBuffer NULL: the value goes. */
static BOOL
set_registry_property(HDEVINFO info, PSP_DEVINFO_DATA data, DWORD property, bool wide,
                      const BYTE *buffer, DWORD size)
{
    static const DWORD lists = 1u << SPDRP_HARDWAREID | 1u << SPDRP_COMPATIBLEIDS |
                               1u << SPDRP_UPPERFILTERS | 1u << SPDRP_LOWERFILTERS;
    static const DWORD numbers = 1u << SPDRP_CONFIGFLAGS;
    static const DWORD fixed =
        1u << SPDRP_CLASS | 1u << SPDRP_CAPABILITIES | 1u << SPDRP_UI_NUMBER | 1u << SPDRP_SECURITY;
    struct set_device *device = device_set_device(info, data);
    const char *name = property < SPDRP_MAXIMUM_PROPERTY ? value_names[property] : NULL;
    DWORD type;
    HKEY key;
    LSTATUS error;

    if (device == NULL) {
        return FALSE;
    }
    if (name == NULL || (fixed & 1u << property) != 0) {
        return w32_fail(ERROR_INVALID_REG_PROPERTY);
    }
    error = device_key_open(DEVICE_KEY_ENUM, device->about.id, NULL, KEY_ALL_ACCESS, false, &key);
    if (error != ERROR_SUCCESS) {
        return w32_fail(error);
    }
    type = (lists & 1u << property) != 0     ? REG_MULTI_SZ
           : (numbers & 1u << property) != 0 ? REG_DWORD
                                             : REG_SZ;
    if (buffer == NULL) {
        error = RegDeleteValueA(key, name);
    } else if (wide && is_string(type)) {
        WCHAR *wide_name = w32_wide(name);

        error = wide_name != NULL ? RegSetValueExW(key, wide_name, 0, type, buffer, size)
                                  : ERROR_NOT_ENOUGH_MEMORY;
        free(wide_name);
    } else {
        error = RegSetValueExA(key, name, 0, type, buffer, size);
    }
    RegCloseKey(key);
    return error == ERROR_SUCCESS ? TRUE : w32_fail(error);
}

BOOL
SetupDiSetDeviceRegistryPropertyW(HDEVINFO DeviceInfoSet, PSP_DEVINFO_DATA DeviceInfoData,
                                  DWORD Property, CONST BYTE *PropertyBuffer,
                                  DWORD PropertyBufferSize)
{
    return set_registry_property(DeviceInfoSet, DeviceInfoData, Property, true, PropertyBuffer,
                                 PropertyBufferSize);
}

BOOL
SetupDiSetDeviceRegistryPropertyA(HDEVINFO DeviceInfoSet, PSP_DEVINFO_DATA DeviceInfoData,
                                  DWORD Property, CONST BYTE *PropertyBuffer,
                                  DWORD PropertyBufferSize)
{
    return set_registry_property(DeviceInfoSet, DeviceInfoData, Property, false, PropertyBuffer,
                                 PropertyBufferSize);
}

static BOOL
instance_id(HDEVINFO info, PSP_DEVINFO_DATA data, bool wide, PVOID buffer, DWORD characters,
            PDWORD needed)
{
    struct set_device *device = device_set_device(info, data);
    DWORD bytes = 0, unit = wide ? sizeof(WCHAR) : 1;
    BOOL result;

    if (device == NULL) {
        return FALSE;
    }
    result = give(device->about.id, wide, false, buffer, characters * unit, &bytes);
    if (needed != NULL) {
        *needed = bytes / unit;
    }
    return result;
}

BOOL
SetupDiGetDeviceInstanceIdW(HDEVINFO DeviceInfoSet, PSP_DEVINFO_DATA DeviceInfoData,
                            PWSTR DeviceInstanceId, DWORD DeviceInstanceIdSize, PDWORD RequiredSize)
{
    return instance_id(DeviceInfoSet, DeviceInfoData, true, DeviceInstanceId, DeviceInstanceIdSize,
                       RequiredSize);
}

BOOL
SetupDiGetDeviceInstanceIdA(HDEVINFO DeviceInfoSet, PSP_DEVINFO_DATA DeviceInfoData,
                            PSTR DeviceInstanceId, DWORD DeviceInstanceIdSize, PDWORD RequiredSize)
{
    return instance_id(DeviceInfoSet, DeviceInfoData, false, DeviceInstanceId, DeviceInstanceIdSize,
                       RequiredSize);
}

/* --- By key ---------------------------------------------------------------------------------- */

static const struct {
    const DEVPROPKEY *key;
    DWORD property;
    DEVPROPTYPE type;
} keys[] = {
    {&DEVPKEY_Device_DeviceDesc, SPDRP_DEVICEDESC, DEVPROP_TYPE_STRING},
    {&DEVPKEY_Device_HardwareIds, SPDRP_HARDWAREID, DEVPROP_TYPE_STRING_LIST},
    {&DEVPKEY_Device_Service, SPDRP_SERVICE, DEVPROP_TYPE_STRING},
    {&DEVPKEY_Device_Class, SPDRP_CLASS, DEVPROP_TYPE_STRING},
    {&DEVPKEY_Device_ClassGuid, SPDRP_CLASSGUID, DEVPROP_TYPE_GUID},
    {&DEVPKEY_Device_Manufacturer, SPDRP_MFG, DEVPROP_TYPE_STRING},
    {&DEVPKEY_NAME, SPDRP_DEVICEDESC, DEVPROP_TYPE_STRING},
    {&DEVPKEY_Device_CompatibleIds, SPDRP_COMPATIBLEIDS, DEVPROP_TYPE_STRING_LIST},
    {&DEVPKEY_Device_Driver, SPDRP_DRIVER, DEVPROP_TYPE_STRING},
    {&DEVPKEY_Device_ConfigFlags, SPDRP_CONFIGFLAGS, DEVPROP_TYPE_UINT32},
    {&DEVPKEY_Device_FriendlyName, SPDRP_FRIENDLYNAME, DEVPROP_TYPE_STRING},
    {&DEVPKEY_Device_LocationInfo, SPDRP_LOCATION_INFORMATION, DEVPROP_TYPE_STRING},
    {&DEVPKEY_Device_UpperFilters, SPDRP_UPPERFILTERS, DEVPROP_TYPE_STRING_LIST},
    {&DEVPKEY_Device_LowerFilters, SPDRP_LOWERFILTERS, DEVPROP_TYPE_STRING_LIST},
};

static bool
same_key(const DEVPROPKEY *a, const DEVPROPKEY *b)
{
    return a->pid == b->pid && memcmp(&a->fmtid, &b->fmtid, sizeof(a->fmtid)) == 0;
}

/* FALSE and the last error: ERROR_NOT_FOUND when the device has no such property. */
static BOOL
property_by_key(const struct owdf_device *about, const DEVPROPKEY *key, DEVPROPTYPE *type,
                PBYTE buffer, DWORD size, PDWORD needed)
{
    const char *text = NULL;
    size_t i;

    if (same_key(key, &DEVPKEY_Device_InstanceId)) {
        *type = DEVPROP_TYPE_STRING;
        return give(about->id, true, false, buffer, size, needed);
    }
    for (i = 0; i < sizeof(keys) / sizeof(keys[0]) && !same_key(keys[i].key, key); i++) {
    }
    if (same_key(key, &DEVPKEY_Device_EnumeratorName)) {
        *type = DEVPROP_TYPE_STRING;
        return give_enumerator(about->id, true, buffer, size, needed);
    }
    if (i < sizeof(keys) / sizeof(keys[0]) && keys[i].type != DEVPROP_TYPE_GUID) {
        DWORD bytes = size;
        LSTATUS error = from_registry(about->id, keys[i].property, true, NULL, buffer, &bytes);

        if (error == ERROR_SUCCESS || error == ERROR_MORE_DATA) {
            *type = keys[i].type;
            if (needed != NULL) {
                *needed = bytes;
            }
            return error == ERROR_SUCCESS ? TRUE : w32_fail(ERROR_INSUFFICIENT_BUFFER);
        }
    }
    if (i < sizeof(keys) / sizeof(keys[0])) {
        text = device_text(about, keys[i].property);
    }
    if (text == NULL) {
        return w32_fail(ERROR_NOT_FOUND);
    }
    *type = keys[i].type;
    if (keys[i].type == DEVPROP_TYPE_GUID) {
        GUID guid;

        if (!guid_from_text(text, &guid)) {
            return w32_fail(ERROR_NOT_FOUND);
        }
        if (needed != NULL) {
            *needed = sizeof(guid);
        }
        if (buffer == NULL || size < sizeof(guid)) {
            return w32_fail(ERROR_INSUFFICIENT_BUFFER);
        }
        memcpy(buffer, &guid, sizeof(guid));
        return TRUE;
    }
    return give(text, true, keys[i].type == DEVPROP_TYPE_STRING_LIST, buffer, size, needed);
}

BOOL
SetupDiGetDevicePropertyW(HDEVINFO DeviceInfoSet, PSP_DEVINFO_DATA DeviceInfoData,
                          const DEVPROPKEY *PropertyKey, DEVPROPTYPE *PropertyType,
                          PBYTE PropertyBuffer, DWORD PropertyBufferSize, PDWORD RequiredSize,
                          DWORD Flags)
{
    struct set_device *device = device_set_device(DeviceInfoSet, DeviceInfoData);

    if (device == NULL) {
        return FALSE;
    }
    if (PropertyKey == NULL || PropertyType == NULL || Flags != 0) {
        return w32_fail(Flags != 0 ? ERROR_INVALID_FLAGS : ERROR_INVALID_DATA);
    }
    return property_by_key(&device->about, PropertyKey, PropertyType, PropertyBuffer,
                           PropertyBufferSize, RequiredSize);
}

/* --- The configuration manager's device nodes ----------------------------------------------------- */

static CONFIGRET
locate(const char *id, PDEVINST instance)
{
    struct owdf_device *list;
    size_t count, i;

    if (instance == NULL) {
        return CR_INVALID_POINTER;
    }
    if (id == NULL) {
        return CR_NO_SUCH_DEVNODE; /* The root of the tree: nobody manages one yet. */
    }
    if (owdf_devices(&list, &count) != 0) {
        return CR_OUT_OF_MEMORY;
    }
    *instance = 0;
    for (i = 0; i < count && *instance == 0; i++) {
        if (strcasecmp(list[i].id, id) == 0) {
            *instance = device_number(list[i].id);
        }
    }
    owdf_list_free(list);
    return *instance != 0 ? CR_SUCCESS : CR_NO_SUCH_DEVNODE;
}

CONFIGRET
CM_Locate_DevNodeW(PDEVINST pdnDevInst, DEVINSTID_W pDeviceID, ULONG ulFlags)
{
    char *id = w32_utf8(pDeviceID);
    CONFIGRET result = locate(id, pdnDevInst);

    (void)ulFlags;
    free(id);
    return result;
}

CONFIGRET
CM_Locate_DevNodeA(PDEVINST pdnDevInst, DEVINSTID_A pDeviceID, ULONG ulFlags)
{
    (void)ulFlags;
    return locate(pDeviceID, pdnDevInst);
}

CONFIGRET
CM_Get_Device_ID_Size(PULONG pulLen, DEVINST dnDevInst, ULONG ulFlags)
{
    const char *id = device_of_number(dnDevInst);
    WCHAR *wide = id == NULL ? NULL : w32_wide(id);

    (void)ulFlags;
    if (pulLen == NULL) {
        free(wide);
        return CR_INVALID_POINTER;
    }
    if (wide == NULL) {
        return id == NULL ? CR_INVALID_DEVNODE : CR_OUT_OF_MEMORY;
    }
    *pulLen = (ULONG)lstrlenW(wide);
    free(wide);
    return CR_SUCCESS;
}

static CONFIGRET
device_id(DEVINST number, bool wide, PVOID buffer, ULONG length)
{
    const char *id = device_of_number(number);

    if (id == NULL) {
        return CR_INVALID_DEVNODE;
    }
    if (buffer == NULL) {
        return CR_INVALID_POINTER;
    }
    return give(id, wide, false, buffer, length * (wide ? (ULONG)sizeof(WCHAR) : 1), NULL)
               ? CR_SUCCESS
               : CR_BUFFER_SMALL;
}

CONFIGRET
CM_Get_Device_IDW(DEVINST dnDevInst, PWSTR Buffer, ULONG BufferLen, ULONG ulFlags)
{
    (void)ulFlags;
    return device_id(dnDevInst, true, Buffer, BufferLen);
}

CONFIGRET
CM_Get_Device_IDA(DEVINST dnDevInst, PSTR Buffer, ULONG BufferLen, ULONG ulFlags)
{
    (void)ulFlags;
    return device_id(dnDevInst, false, Buffer, BufferLen);
}

CONFIGRET
CM_Get_DevNode_PropertyW(DEVINST dnDevInst, const DEVPROPKEY *PropertyKey,
                         DEVPROPTYPE *PropertyType, PBYTE PropertyBuffer, PULONG PropertyBufferSize,
                         ULONG ulFlags)
{
    const char *id = device_of_number(dnDevInst);
    CONFIGRET result = CR_NO_SUCH_DEVNODE;
    struct owdf_device *list;
    size_t count, i;

    (void)ulFlags;
    if (id == NULL) {
        return CR_INVALID_DEVNODE;
    }
    if (PropertyKey == NULL || PropertyType == NULL || PropertyBufferSize == NULL) {
        return CR_INVALID_POINTER;
    }
    if (owdf_devices(&list, &count) != 0) {
        return CR_OUT_OF_MEMORY;
    }
    for (i = 0; i < count; i++) {
        if (strcasecmp(list[i].id, id) == 0) {
            DWORD needed = 0;

            result = property_by_key(&list[i], PropertyKey, PropertyType, PropertyBuffer,
                                     *PropertyBufferSize, &needed)
                         ? CR_SUCCESS
                     : GetLastError() == ERROR_INSUFFICIENT_BUFFER ? CR_BUFFER_SMALL
                                                                   : CR_NO_SUCH_VALUE;
            *PropertyBufferSize = needed;
            break;
        }
    }
    owdf_list_free(list);
    return result;
}

/* Started, or why not. */
CONFIGRET
CM_Get_DevNode_Status(PULONG pulStatus, PULONG pulProblemNumber, DEVINST dnDevInst, ULONG ulFlags)
{
    const char *id = device_of_number(dnDevInst);
    CONFIGRET result = CR_NO_SUCH_DEVNODE;
    struct owdf_device *list;
    size_t count, i;

    (void)ulFlags;
    if (id == NULL) {
        return CR_INVALID_DEVNODE;
    }
    if (pulStatus == NULL || pulProblemNumber == NULL) {
        return CR_INVALID_POINTER;
    }
    if (owdf_devices(&list, &count) != 0) {
        return CR_OUT_OF_MEMORY;
    }
    for (i = 0; i < count; i++) {
        if (strcasecmp(list[i].id, id) == 0) {
            bool started = list[i].problem == 0 && list[i].host_pid != 0;

            *pulStatus = DN_DRIVER_LOADED | DN_DISABLEABLE | DN_REMOVABLE |
                         (started ? DN_STARTED : DN_HAS_PROBLEM);
            *pulProblemNumber = started ? 0 : CM_PROB_FAILED_START;
            result = CR_SUCCESS;
            break;
        }
    }
    owdf_list_free(list);
    return result;
}

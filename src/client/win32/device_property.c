/* SPDX-License-Identifier: MIT */
/* What is known of a device, by SetupDi's and the configuration manager's property functions. */
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

static BOOL
registry_property(HDEVINFO info, PSP_DEVINFO_DATA data, DWORD property, PDWORD type, bool wide,
                  PBYTE buffer, DWORD size, PDWORD needed)
{
    struct set_device *device = device_set_device(info, data);
    const char *text;
    bool list = property == SPDRP_HARDWAREID;

    if (device == NULL) {
        return FALSE;
    }
    text = device_text(&device->about, property);
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

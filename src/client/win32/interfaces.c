/* SPDX-License-Identifier: MIT */
/* Device interfaces by CM_Get_Device_Interface_List. */
#include <windows.h>
#include <cfgmgr32.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openwdf/client.h>

#include "win32/object.h"

/* "{6a2e5a52-0c0b-4c59-9a3e-5d1c7b6b1e01}" */
static void
guid_text(const GUID *guid, char text[39])
{
    snprintf(text, 39, "{%08x-%04x-%04x-%02x%02x-%02x%02x%02x%02x%02x%02x}", (unsigned)guid->Data1,
             guid->Data2, guid->Data3, guid->Data4[0], guid->Data4[1], guid->Data4[2],
             guid->Data4[3], guid->Data4[4], guid->Data4[5], guid->Data4[6], guid->Data4[7]);
}

/* The interfaces of a class, those of one device when device_id is not NULL. */
static CONFIGRET
list_interfaces(const GUID *guid, const char *device_id, struct owdf_interface **ret_list,
                size_t *ret_count)
{
    struct owdf_interface *list;
    size_t count, kept = 0, i;
    char text[39];

    guid_text(guid, text);
    if (owdf_interfaces(text, &list, &count) != 0) {
        return CR_FAILURE;
    }
    for (i = 0; i < count; i++) {
        if (device_id == NULL || strcasecmp(device_id, list[i].device_id) == 0) {
            list[kept++] = list[i];
        }
    }
    *ret_list = list;
    *ret_count = kept;
    return CR_SUCCESS;
}

/*
 * Writes the multi-string of the interfaces' paths: wide, or narrow when `narrow`. `buffer` NULL: only
 * counts. *length: in, the buffer's characters; out, those needed.
 */
static CONFIGRET
interface_list(const GUID *guid, const char *device_id, void *buffer, bool narrow, ULONG *length)
{
    struct owdf_interface *list;
    size_t count, used = 0, i;
    CONFIGRET result;
    ULONG room = *length;

    if (guid == NULL) {
        return CR_INVALID_POINTER;
    }
    result = list_interfaces(guid, device_id, &list, &count);
    if (result != CR_SUCCESS) {
        return result;
    }
    for (i = 0; i < count; i++) {
        WCHAR *wide = w32_wide(list[i].path);
        size_t characters = wide == NULL ? 0 : (size_t)lstrlenW(wide) + 1;

        if (wide == NULL) {
            result = CR_OUT_OF_MEMORY;
            break;
        }
        if (narrow) {
            characters = strlen(list[i].path) + 1;
        }
        if (buffer != NULL && used + characters + 1 <= room) {
            if (narrow) {
                memcpy((char *)buffer + used, list[i].path, characters);
            } else {
                memcpy((WCHAR *)buffer + used, wide, characters * sizeof(WCHAR));
            }
        }
        used += characters;
        free(wide);
    }
    owdf_list_free(list);
    if (result != CR_SUCCESS) {
        return result;
    }
    *length = (ULONG)(used + 1);
    if (buffer == NULL) {
        return CR_SUCCESS;
    }
    if (used + 1 > room) {
        return CR_BUFFER_SMALL;
    }
    if (narrow) {
        ((char *)buffer)[used] = 0;
    } else {
        ((WCHAR *)buffer)[used] = 0;
    }
    return CR_SUCCESS;
}

CONFIGRET
CM_Get_Device_Interface_List_SizeW(PULONG pulLen, LPGUID InterfaceClassGuid, DEVINSTID_W pDeviceID,
                                   ULONG ulFlags)
{
    char *device_id = w32_utf8(pDeviceID);
    CONFIGRET result;

    (void)ulFlags; /* Interfaces that are not present are not kept. */
    if (pulLen == NULL) {
        free(device_id);
        return CR_INVALID_POINTER;
    }
    result = interface_list(InterfaceClassGuid, device_id, NULL, false, pulLen);
    free(device_id);
    return result;
}

CONFIGRET
CM_Get_Device_Interface_List_SizeA(PULONG pulLen, LPGUID InterfaceClassGuid, DEVINSTID_A pDeviceID,
                                   ULONG ulFlags)
{
    (void)ulFlags;
    return pulLen == NULL ? CR_INVALID_POINTER
                          : interface_list(InterfaceClassGuid, pDeviceID, NULL, true, pulLen);
}

CONFIGRET
CM_Get_Device_Interface_ListW(LPGUID InterfaceClassGuid, DEVINSTID_W pDeviceID, PZZWSTR Buffer,
                              ULONG BufferLen, ULONG ulFlags)
{
    char *device_id = w32_utf8(pDeviceID);
    CONFIGRET result;

    (void)ulFlags;
    result = Buffer == NULL
                 ? CR_INVALID_POINTER
                 : interface_list(InterfaceClassGuid, device_id, Buffer, false, &BufferLen);
    free(device_id);
    return result;
}

CONFIGRET
CM_Get_Device_Interface_ListA(LPGUID InterfaceClassGuid, DEVINSTID_A pDeviceID, PZZSTR Buffer,
                              ULONG BufferLen, ULONG ulFlags)
{
    (void)ulFlags;
    return Buffer == NULL ? CR_INVALID_POINTER
                          : interface_list(InterfaceClassGuid, pDeviceID, Buffer, true, &BufferLen);
}

DWORD
CM_MapCrToWin32Err(CONFIGRET CmReturnCode, DWORD DefaultErr)
{
    switch (CmReturnCode) {
    case CR_SUCCESS:
        return ERROR_SUCCESS;
    case CR_OUT_OF_MEMORY:
        return ERROR_NOT_ENOUGH_MEMORY;
    case CR_INVALID_POINTER:
        return ERROR_INVALID_USER_BUFFER;
    case CR_BUFFER_SMALL:
        return ERROR_INSUFFICIENT_BUFFER;
    case CR_NO_SUCH_DEVICE_INTERFACE:
    case CR_NO_SUCH_VALUE:
        return ERROR_NOT_FOUND;
    default:
        return DefaultErr;
    }
}

/* Other machines than this one are not reached. */
CONFIGRET
CM_Get_Device_Interface_List_Size_ExW(PULONG pulLen, LPGUID InterfaceClassGuid,
                                      DEVINSTID_W pDeviceID, ULONG ulFlags, HMACHINE hMachine)
{
    return hMachine != NULL
               ? CR_NO_SUCH_VALUE
               : CM_Get_Device_Interface_List_SizeW(pulLen, InterfaceClassGuid, pDeviceID, ulFlags);
}

CONFIGRET
CM_Get_Device_Interface_List_Size_ExA(PULONG pulLen, LPGUID InterfaceClassGuid,
                                      DEVINSTID_A pDeviceID, ULONG ulFlags, HMACHINE hMachine)
{
    return hMachine != NULL
               ? CR_NO_SUCH_VALUE
               : CM_Get_Device_Interface_List_SizeA(pulLen, InterfaceClassGuid, pDeviceID, ulFlags);
}

CONFIGRET
CM_Get_Device_Interface_List_ExW(LPGUID InterfaceClassGuid, DEVINSTID_W pDeviceID, PZZWSTR Buffer,
                                 ULONG BufferLen, ULONG ulFlags, HMACHINE hMachine)
{
    return hMachine != NULL ? CR_NO_SUCH_VALUE
                            : CM_Get_Device_Interface_ListW(InterfaceClassGuid, pDeviceID, Buffer,
                                                            BufferLen, ulFlags);
}

CONFIGRET
CM_Get_Device_Interface_List_ExA(LPGUID InterfaceClassGuid, DEVINSTID_A pDeviceID, PZZSTR Buffer,
                                 ULONG BufferLen, ULONG ulFlags, HMACHINE hMachine)
{
    return hMachine != NULL ? CR_NO_SUCH_VALUE
                            : CM_Get_Device_Interface_ListA(InterfaceClassGuid, pDeviceID, Buffer,
                                                            BufferLen, ulFlags);
}

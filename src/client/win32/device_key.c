/* SPDX-License-Identifier: MIT */
/*
 * Keys that belong to a device: its hardware key (Enum\<id>\Device Parameters), its software key (what the device's
 * `Driver` value names below Control\Class), those of its interfaces (Control\DeviceClasses).
 */
#include "client/win32/device_key.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/win32/device_set.h"
#include "win32/object.h"

#define CONTROL_SET   "SYSTEM\\CurrentControlSet\\"
#define PARAMETERS    "Device Parameters"
#define KEY_PATH_SIZE 1024

LSTATUS
device_key_open(const char *part, const char *name, const char *below, REGSAM access, bool create,
                HKEY *ret_key)
{
    char path[KEY_PATH_SIZE];
    int length = snprintf(path, sizeof(path), CONTROL_SET "%s\\%s%s%s", part, name,
                          below != NULL ? "\\" : "", below != NULL ? below : "");

    if (length < 0 || (size_t)length >= sizeof(path)) {
        return ERROR_INVALID_PARAMETER;
    }
    return create
               ? RegCreateKeyExA(HKEY_LOCAL_MACHINE, path, 0, NULL, 0, access, NULL, ret_key, NULL)
               : RegOpenKeyExA(HKEY_LOCAL_MACHINE, path, 0, access, ret_key);
}

LSTATUS
device_key_value(HKEY key, const char *name, bool wide, DWORD *type, void *buffer, DWORD *size)
{
    WCHAR *wide_name;
    LSTATUS error;

    if (!wide) {
        return RegQueryValueExA(key, name, NULL, type, buffer, size);
    }
    wide_name = w32_wide(name);
    if (wide_name == NULL) {
        return ERROR_NOT_ENOUGH_MEMORY;
    }
    error = RegQueryValueExW(key, wide_name, NULL, type, buffer, size);
    free(wide_name);
    return error;
}

/* The device's software key as its `Driver` value has it: {class}\0000. */
static LSTATUS
software_key(const char *id, char *name, DWORD size)
{
    HKEY device;
    LSTATUS error = device_key_open(DEVICE_KEY_ENUM, id, NULL, KEY_READ, false, &device);
    DWORD type = 0;

    if (error != ERROR_SUCCESS) {
        return error;
    }
    error = device_key_value(device, "Driver", false, &type, name, &size);
    RegCloseKey(device);
    return error == ERROR_SUCCESS && type != REG_SZ ? ERROR_FILE_NOT_FOUND : error;
}

static LSTATUS
open_of_device(const char *id, bool software, REGSAM access, bool create, HKEY *ret_key)
{
    char name[256];
    LSTATUS error;

    if (!software) {
        HKEY device;

        error = device_key_open(DEVICE_KEY_ENUM, id, NULL, KEY_READ, false, &device);
        if (error != ERROR_SUCCESS) {
            return error; /* The registry has no such device: nothing is made of it. */
        }
        RegCloseKey(device);
        return device_key_open(DEVICE_KEY_ENUM, id, PARAMETERS, access, create, ret_key);
    }
    error = software_key(id, name, sizeof(name));
    return error == ERROR_SUCCESS
               ? device_key_open(DEVICE_KEY_CLASSES, name, NULL, access, create, ret_key)
               : error;
}

static HKEY
dev_reg_key(HDEVINFO info, PSP_DEVINFO_DATA data, DWORD scope, DWORD type, REGSAM access,
            bool create)
{
    struct set_device *device = device_set_device(info, data);
    HKEY key = INVALID_HANDLE_VALUE;
    LSTATUS error;

    if (device == NULL) {
        return INVALID_HANDLE_VALUE;
    }
    if (scope != DICS_FLAG_GLOBAL || (type != DIREG_DEV && type != DIREG_DRV)) {
        w32_fail(scope != DICS_FLAG_GLOBAL ? ERROR_INVALID_FLAGS : ERROR_INVALID_PARAMETER);
        return INVALID_HANDLE_VALUE; /* There are no hardware profiles. */
    }
    error = open_of_device(device->about.id, type == DIREG_DRV, access, create, &key);
    if (error != ERROR_SUCCESS) {
        w32_fail(error == ERROR_FILE_NOT_FOUND ? ERROR_KEY_DOES_NOT_EXIST : (DWORD)error);
        return INVALID_HANDLE_VALUE;
    }
    return key;
}

/* The hardware (DIREG_DEV) or software key (DIREG_DRV); INVALID_HANDLE_VALUE, ERROR_KEY_DOES_NOT_EXIST. */
HKEY
SetupDiOpenDevRegKey(HDEVINFO DeviceInfoSet, PSP_DEVINFO_DATA DeviceInfoData, DWORD Scope,
                     DWORD HwProfile, DWORD KeyType, REGSAM samDesired)
{
    (void)HwProfile;
    return dev_reg_key(DeviceInfoSet, DeviceInfoData, Scope, KeyType, samDesired, false);
}

HKEY
SetupDiCreateDevRegKeyW(HDEVINFO DeviceInfoSet, PSP_DEVINFO_DATA DeviceInfoData, DWORD Scope,
                        DWORD HwProfile, DWORD KeyType, HINF InfHandle, PCWSTR InfSectionName)
{
    (void)HwProfile;
    if (InfHandle != NULL || InfSectionName != NULL) {
        w32_fail(ERROR_NOT_SUPPORTED); /* Sections of INF files are the manager's. */
        return INVALID_HANDLE_VALUE;
    }
    return dev_reg_key(DeviceInfoSet, DeviceInfoData, Scope, KeyType, KEY_ALL_ACCESS, true);
}

/* --- Interfaces ------------------------------------------------------------------------------- */

/*
 * \\?\ROOT#ECHO#0000#{class}\reference is kept below {class}\##?#ROOT#ECHO#0000#{class}\#reference. False: it is no
 * interface's name.
 */
static bool
interface_key_name(const char *path, char *name, size_t size)
{
    const char *link = path + 4;
    const char *slash;
    const char *guid = NULL;
    int length;

    if (strncmp(path, "\\\\?\\", 4) != 0 && strncmp(path, "\\\\.\\", 4) != 0) {
        return false;
    }
    slash = strchr(link, '\\');
    for (const char *at = link; *at != '\0' && (slash == NULL || at < slash); at++) {
        guid = *at == '{' ? at : guid;
    }
    if (guid == NULL || strlen(guid) < 38) {
        return false;
    }
    length = snprintf(name, size, "%.38s\\##?#%.*s\\#%s", guid,
                      (int)(slash != NULL ? (size_t)(slash - link) : strlen(link)), link,
                      slash != NULL ? slash + 1 : "");
    return length > 0 && (size_t)length < size;
}

static LSTATUS
open_of_interface(const char *path, REGSAM access, bool create, HKEY *ret_key)
{
    char name[KEY_PATH_SIZE];

    if (!interface_key_name(path, name, sizeof(name))) {
        return ERROR_INVALID_PARAMETER;
    }
    return device_key_open("Control\\DeviceClasses", name, PARAMETERS, access, create, ret_key);
}

HKEY
SetupDiOpenDeviceInterfaceRegKey(HDEVINFO DeviceInfoSet,
                                 PSP_DEVICE_INTERFACE_DATA DeviceInterfaceData, DWORD Reserved,
                                 REGSAM samDesired)
{
    const struct set_interface *interface =
        device_set_interface(DeviceInfoSet, DeviceInterfaceData);
    HKEY key = INVALID_HANDLE_VALUE;
    LSTATUS error;

    (void)Reserved;
    if (interface == NULL) {
        return INVALID_HANDLE_VALUE;
    }
    error = open_of_interface(interface->path, samDesired, false, &key);
    if (error != ERROR_SUCCESS) {
        w32_fail(error);
        return INVALID_HANDLE_VALUE;
    }
    return key;
}

static CONFIGRET
result_of(LSTATUS error)
{
    switch (error) {
    case ERROR_SUCCESS:
        return CR_SUCCESS;
    case ERROR_FILE_NOT_FOUND:
        return CR_NO_SUCH_REGISTRY_KEY;
    case ERROR_ACCESS_DENIED:
        return CR_ACCESS_DENIED;
    case ERROR_INVALID_PARAMETER:
        return CR_INVALID_DATA;
    default:
        return CR_FAILURE;
    }
}

/* Disposition: RegDisposition_OpenExisting (1) or _OpenAlways (0). */
CONFIGRET
CM_Open_Device_Interface_KeyA(LPCSTR pszDeviceInterface, REGSAM samDesired,
                              REGDISPOSITION Disposition, PHKEY phkDeviceInterface, ULONG ulFlags)
{
    if (pszDeviceInterface == NULL || phkDeviceInterface == NULL) {
        return CR_INVALID_POINTER;
    }
    if (ulFlags != 0) {
        return CR_INVALID_FLAG;
    }
    return result_of(open_of_interface(pszDeviceInterface, samDesired,
                                       Disposition == RegDisposition_OpenAlways,
                                       phkDeviceInterface));
}

CONFIGRET
CM_Open_Device_Interface_KeyW(LPCWSTR pszDeviceInterface, REGSAM samDesired,
                              REGDISPOSITION Disposition, PHKEY phkDeviceInterface, ULONG ulFlags)
{
    char *path = pszDeviceInterface != NULL ? w32_utf8(pszDeviceInterface) : NULL;
    CONFIGRET result =
        CM_Open_Device_Interface_KeyA(path, samDesired, Disposition, phkDeviceInterface, ulFlags);

    free(path);
    return result;
}

/* CM_REGISTRY_HARDWARE: what SetupDi calls DIREG_DEV; CM_REGISTRY_SOFTWARE: DIREG_DRV. */
CONFIGRET
CM_Open_DevNode_Key(DEVINST dnDevNode, REGSAM samDesired, ULONG ulHardwareProfile,
                    REGDISPOSITION Disposition, PHKEY phkDevice, ULONG ulFlags)
{
    const char *id = device_of_number(dnDevNode);

    (void)ulHardwareProfile;
    if (id == NULL) {
        return CR_INVALID_DEVNODE;
    }
    if (phkDevice == NULL) {
        return CR_INVALID_POINTER;
    }
    if (ulFlags != CM_REGISTRY_HARDWARE && ulFlags != CM_REGISTRY_SOFTWARE) {
        return CR_INVALID_FLAG; /* No profiles, no users. */
    }
    return result_of(open_of_device(id, ulFlags == CM_REGISTRY_SOFTWARE, samDesired,
                                    Disposition == RegDisposition_OpenAlways, phkDevice));
}

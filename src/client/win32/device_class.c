/* SPDX-License-Identifier: MIT */
/* Device set-up classes: what the registry has of them below Control\Class. */
#include "client/win32/device_key.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "client/win32/device_set.h"
#include "win32/object.h"

static HKEY
open_class(const GUID *guid, REGSAM access)
{
    char name[39];
    HKEY key = INVALID_HANDLE_VALUE;
    LSTATUS error;

    if (guid != NULL) {
        guid_to_text(guid, name);
        error = device_key_open(DEVICE_KEY_CLASSES, name, NULL, access, false, &key);
    } else {
        error = device_key_open("Control", "Class", NULL, access, false, &key);
    }
    if (error != ERROR_SUCCESS) {
        w32_fail(error == ERROR_FILE_NOT_FOUND ? ERROR_INVALID_CLASS : (DWORD)error);
        return INVALID_HANDLE_VALUE;
    }
    return key;
}

/* ClassGuid NULL: the key that all classes are below. */
HKEY
SetupDiOpenClassRegKey(const GUID *ClassGuid, REGSAM samDesired)
{
    return open_class(ClassGuid, samDesired);
}

HKEY
SetupDiOpenClassRegKeyExW(const GUID *ClassGuid, REGSAM samDesired, DWORD Flags, PCWSTR MachineName,
                          PVOID Reserved)
{
    (void)Reserved;
    if (MachineName != NULL || (Flags & DIOCR_INTERFACE) != 0) {
        w32_fail(ERROR_NOT_SUPPORTED); /* Only this machine's set-up classes. */
        return INVALID_HANDLE_VALUE;
    }
    return open_class(ClassGuid, samDesired);
}

/* A text of the class; *needed in characters with the terminator. */
static BOOL
class_text(const GUID *guid, const char *value, bool wide, void *buffer, DWORD room, PDWORD needed)
{
    DWORD unit = wide ? sizeof(WCHAR) : 1;
    DWORD bytes = room * unit;
    DWORD type = 0;
    HKEY key;
    LSTATUS error;

    if (guid == NULL) {
        return w32_fail(ERROR_INVALID_PARAMETER);
    }
    key = open_class(guid, KEY_READ);
    if (key == INVALID_HANDLE_VALUE) {
        return FALSE;
    }
    error = device_key_value(key, value, wide, &type, buffer, &bytes);
    RegCloseKey(key);
    if (error == ERROR_SUCCESS && type != REG_SZ) {
        error = ERROR_INVALID_DATA;
    }
    if (needed != NULL) {
        *needed = bytes / unit;
    }
    if (error == ERROR_MORE_DATA || (error == ERROR_SUCCESS && buffer == NULL)) {
        return w32_fail(ERROR_INSUFFICIENT_BUFFER);
    }
    return error == ERROR_SUCCESS ? TRUE : w32_fail(error);
}

BOOL
SetupDiClassNameFromGuidW(const GUID *ClassGuid, PWSTR ClassName, DWORD ClassNameSize,
                          PDWORD RequiredSize)
{
    return class_text(ClassGuid, "Class", true, ClassName, ClassNameSize, RequiredSize);
}

BOOL
SetupDiClassNameFromGuidA(const GUID *ClassGuid, PSTR ClassName, DWORD ClassNameSize,
                          PDWORD RequiredSize)
{
    return class_text(ClassGuid, "Class", false, ClassName, ClassNameSize, RequiredSize);
}

/* The default value of the class's key; a class whose INF gave it none is called by its name. */
BOOL
SetupDiGetClassDescriptionW(const GUID *ClassGuid, PWSTR ClassDescription,
                            DWORD ClassDescriptionSize, PDWORD RequiredSize)
{
    return class_text(ClassGuid, "", true, ClassDescription, ClassDescriptionSize, RequiredSize) ||
           (GetLastError() == ERROR_FILE_NOT_FOUND &&
            class_text(ClassGuid, "Class", true, ClassDescription, ClassDescriptionSize,
                       RequiredSize));
}

BOOL
SetupDiGetClassDescriptionA(const GUID *ClassGuid, PSTR ClassDescription,
                            DWORD ClassDescriptionSize, PDWORD RequiredSize)
{
    return class_text(ClassGuid, "", false, ClassDescription, ClassDescriptionSize, RequiredSize) ||
           (GetLastError() == ERROR_FILE_NOT_FOUND &&
            class_text(ClassGuid, "Class", false, ClassDescription, ClassDescriptionSize,
                       RequiredSize));
}

/* Class number `index` of the registry; ERROR_NO_MORE_ITEMS. */
static LSTATUS
class_at(HKEY classes, DWORD index, GUID *guid)
{
    char name[256];
    DWORD length = sizeof(name);
    LSTATUS error = RegEnumKeyExA(classes, index, name, &length, NULL, NULL, NULL, NULL);

    if (error == ERROR_SUCCESS && !guid_from_text(name, guid)) {
        return ERROR_INVALID_DATA; /* Somebody's key that is no class. */
    }
    return error;
}

/* All classes, or those with that name in any case. */
static BOOL
list_classes(const char *name, LPGUID list, DWORD room, PDWORD needed)
{
    HKEY classes = open_class(NULL, KEY_READ);
    LSTATUS error = ERROR_SUCCESS;
    DWORD found = 0;
    char own[256];
    GUID guid;

    if (classes == INVALID_HANDLE_VALUE) {
        return FALSE;
    }
    for (DWORD i = 0; error != ERROR_NO_MORE_ITEMS; i++) {
        error = class_at(classes, i, &guid);
        if (error != ERROR_SUCCESS) {
            continue;
        }
        if (name != NULL && (!SetupDiClassNameFromGuidA(&guid, own, sizeof(own), NULL) ||
                             strcasecmp(own, name) != 0)) {
            continue;
        }
        if (found < room && list != NULL) {
            list[found] = guid;
        }
        found++;
    }
    RegCloseKey(classes);
    if (needed != NULL) {
        *needed = found;
    }
    return found <= room ? TRUE : w32_fail(ERROR_INSUFFICIENT_BUFFER);
}

/* No class is hidden from a list of classes here, whatever Flags exclude. */
BOOL
SetupDiBuildClassInfoList(DWORD Flags, LPGUID ClassGuidList, DWORD ClassGuidListSize,
                          PDWORD RequiredSize)
{
    (void)Flags;
    return list_classes(NULL, ClassGuidList, ClassGuidListSize, RequiredSize);
}

BOOL
SetupDiClassGuidsFromNameA(PCSTR ClassName, LPGUID ClassGuidList, DWORD ClassGuidListSize,
                           PDWORD RequiredSize)
{
    if (ClassName == NULL || RequiredSize == NULL) {
        return w32_fail(ERROR_INVALID_PARAMETER);
    }
    return list_classes(ClassName, ClassGuidList, ClassGuidListSize, RequiredSize);
}

BOOL
SetupDiClassGuidsFromNameW(PCWSTR ClassName, LPGUID ClassGuidList, DWORD ClassGuidListSize,
                           PDWORD RequiredSize)
{
    char *name = ClassName != NULL ? w32_utf8(ClassName) : NULL;
    BOOL result = SetupDiClassGuidsFromNameA(name, ClassGuidList, ClassGuidListSize, RequiredSize);

    free(name);
    return result;
}

/* The same on this machine by its longer name. */
BOOL
SetupDiBuildClassInfoListExW(DWORD Flags, LPGUID ClassGuidList, DWORD ClassGuidListSize,
                             PDWORD RequiredSize, PCWSTR MachineName, PVOID Reserved)
{
    (void)Reserved;
    return MachineName != NULL
               ? w32_fail(ERROR_NOT_SUPPORTED)
               : SetupDiBuildClassInfoList(Flags, ClassGuidList, ClassGuidListSize, RequiredSize);
}

BOOL
SetupDiClassNameFromGuidExW(const GUID *ClassGuid, PWSTR ClassName, DWORD ClassNameSize,
                            PDWORD RequiredSize, PCWSTR MachineName, PVOID Reserved)
{
    (void)Reserved;
    return MachineName != NULL
               ? w32_fail(ERROR_NOT_SUPPORTED)
               : SetupDiClassNameFromGuidW(ClassGuid, ClassName, ClassNameSize, RequiredSize);
}

BOOL
SetupDiGetClassDescriptionExW(const GUID *ClassGuid, PWSTR ClassDescription,
                              DWORD ClassDescriptionSize, PDWORD RequiredSize, PCWSTR MachineName,
                              PVOID Reserved)
{
    (void)Reserved;
    return MachineName != NULL ? w32_fail(ERROR_NOT_SUPPORTED)
                               : SetupDiGetClassDescriptionW(ClassGuid, ClassDescription,
                                                             ClassDescriptionSize, RequiredSize);
}

BOOL
SetupDiClassGuidsFromNameExW(PCWSTR ClassName, LPGUID ClassGuidList, DWORD ClassGuidListSize,
                             PDWORD RequiredSize, PCWSTR MachineName, PVOID Reserved)
{
    (void)Reserved;
    return MachineName != NULL ? w32_fail(ERROR_NOT_SUPPORTED)
                               : SetupDiClassGuidsFromNameW(ClassName, ClassGuidList,
                                                            ClassGuidListSize, RequiredSize);
}

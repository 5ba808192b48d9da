/* SPDX-License-Identifier: MIT */
/* The registry's keys of devices, classes and interfaces. Errors are Win32's; 0 is success. */
#ifndef OPENWDF_CLIENT_WIN32_DEVICE_KEY_H
#define OPENWDF_CLIENT_WIN32_DEVICE_KEY_H

#include <windows.h>

#include <stdbool.h>

/* HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\<part>\<name>[\<below>]; `below` may be NULL. */
LSTATUS device_key_open(const char *part, const char *name, const char *below, REGSAM access,
                        bool create, HKEY *ret_key);

#define DEVICE_KEY_ENUM    "Enum"
#define DEVICE_KEY_CLASSES "Control\\Class"

/* A value in UTF-8 or wide; as RegQueryValueEx. */
LSTATUS device_key_value(HKEY key, const char *name, bool wide, DWORD *type, void *buffer,
                         DWORD *size);

#endif

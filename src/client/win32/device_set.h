/* SPDX-License-Identifier: MIT */
/* Device information sets (HDEVINFO): snapshots of devices and their interfaces. */
#ifndef OPENWDF_CLIENT_WIN32_DEVICE_SET_H
#define OPENWDF_CLIENT_WIN32_DEVICE_SET_H

#include <windows.h>
#include <cfgmgr32.h>
#include <setupapi.h>

#include <stdbool.h>
#include <stdint.h>

#include <openwdf/client.h>

struct set_device {
    char *text; /* One block that the strings are in. */
    struct owdf_device about;
    bool removed;
};

struct set_interface {
    char *path;
    GUID guid;
    size_t device; /* Index. */
    bool removed;
};

struct device_set {
    uint32_t magic;
    struct set_device *devices;
    size_t device_count;
    struct set_interface *interfaces;
    size_t interface_count;
};

/* NULL and ERROR_INVALID_HANDLE when it is none. */
struct device_set *device_set_check(HDEVINFO info);

/* The device that the data stands for; NULL and the last error. */
struct set_device *device_set_device(HDEVINFO info, PSP_DEVINFO_DATA data);

/* The same for an interface. */
struct set_interface *device_set_interface(HDEVINFO info, PSP_DEVICE_INTERFACE_DATA data);

/* The index of the device with this id, added when it is new; (size_t)-1: no memory. */
size_t device_set_add(struct device_set *set, const struct owdf_device *about);

/* Adds what is installed and not there, of a set-up class and an enumerator (NULL: of any). False: no memory. */
bool device_set_add_absent(struct device_set *set, const GUID *guid, const char *enumerator);

/* "ROOT\\ECHO\\0000" is of "ROOT", and of "ROOT\\ECHO"; NULL: of any. */
bool device_is_of_enumerator(const char *id, const char *enumerator);

/* A number for a device, the same as long as the process lives; 0: no memory. And the way back: NULL. */
DEVINST device_number(const char *id);
const char *device_of_number(DEVINST number);

/* "{6a2e5a52-0c0b-4c59-9a3e-5d1c7b6b1e01}"; the reverse takes any case and says whether it was one. */
void guid_to_text(const GUID *guid, char text[39]);
bool guid_from_text(const char *text, GUID *guid);

/* A device's property by the older number (SPDRP_…): UTF-8 text, NULL when it has none. */
const char *device_text(const struct owdf_device *about, DWORD property);

#endif

/* SPDX-License-Identifier: MIT */
/* Devices that are installed and not there: what the registry has of them, for sets that want more than what is present. */
#include <stdio.h>
#include <string.h>

#include "client/win32/device_set.h"

struct absent {
    struct device_set *set;
    const GUID *guid;       /* NULL: all classes. */
    const char *enumerator; /* NULL: all. */
    bool good;
};

/* A text value of a device's key; "": it has none. */
static void
text_value(HKEY key, const char *name, char *text, DWORD size)
{
    DWORD type = 0;

    if (RegQueryValueExA(key, name, NULL, &type, (LPBYTE)text, &size) != ERROR_SUCCESS ||
        (type != REG_SZ && type != REG_MULTI_SZ)) {
        text[0] = '\0';
    }
}

static void
add_absent(struct absent *absent, const char *id, HKEY key)
{
    char description[256], hardware_id[256], service[256], class_name[256], class_guid[64],
        manufacturer[256];
    struct owdf_device about = {
        .id = id,
        .description = description,
        .hardware_id = hardware_id,
        .service = service,
        .driver = "",
        .class_name = class_name,
        .class_guid = class_guid,
        .manufacturer = manufacturer,
    };
    GUID guid;

    text_value(key, "DeviceDesc", description, sizeof(description));
    text_value(key, "HardwareID", hardware_id, sizeof(hardware_id));
    text_value(key, "Service", service, sizeof(service));
    text_value(key, "Class", class_name, sizeof(class_name));
    text_value(key, "ClassGUID", class_guid, sizeof(class_guid));
    text_value(key, "Mfg", manufacturer, sizeof(manufacturer));
    if (!device_is_of_enumerator(id, absent->enumerator) ||
        (absent->guid != NULL &&
         (!guid_from_text(class_guid, &guid) || memcmp(&guid, absent->guid, sizeof(guid)) != 0))) {
        return;
    }
    absent->good = device_set_add(absent->set, &about) != (size_t)-1; /* One that is there stays. */
}

#define ENUM_DEPTH 3 /* Enumerator, device, instance. */

static void
walk_enum(struct absent *absent, HKEY key, const char *id, unsigned depth)
{
    char name[256], below[3 * sizeof(name)];
    DWORD length = sizeof(name);

    for (DWORD i = 0; absent->good &&
                      RegEnumKeyExA(key, i, name, &length, NULL, NULL, NULL, NULL) == ERROR_SUCCESS;
         i++, length = sizeof(name)) {
        HKEY child;

        (void)snprintf(below, sizeof(below), "%s%s%s", id, depth > 1 ? "\\" : "", name);
        if (RegOpenKeyExA(key, name, 0, KEY_READ, &child) != ERROR_SUCCESS) {
            continue; /* It went away. */
        }
        if (depth == ENUM_DEPTH) {
            add_absent(absent, below, child);
        } else {
            walk_enum(absent, child, below, depth + 1);
        }
        RegCloseKey(child);
    }
}

bool
device_set_add_absent(struct device_set *set, const GUID *guid, const char *enumerator)
{
    struct absent absent = {set, guid, enumerator, true};
    HKEY key;

    if (RegOpenKeyExA(HKEY_LOCAL_MACHINE, "SYSTEM\\CurrentControlSet\\Enum", 0, KEY_READ, &key) ==
        ERROR_SUCCESS) {
        walk_enum(&absent, key, "", 1);
        RegCloseKey(key);
    }
    return absent.good;
}

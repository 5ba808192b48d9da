/* SPDX-License-Identifier: MIT */
/* Paths as people write them, and where the store is. */
#include "registry/registry.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/utf16.h"

/* Longer paths before what they begin with: printing takes the first that fits. */
static const struct {
    const char *long_name;
    const char *short_name;
    const char *path;
} hives[] = {
    {"HKEY_CLASSES_ROOT", "HKCR", "Machine\\SOFTWARE\\Classes"},
    {"HKEY_CURRENT_CONFIG", "HKCC",
     "Machine\\SYSTEM\\CurrentControlSet\\Hardware Profiles\\Current"},
    {"HKEY_LOCAL_MACHINE", "HKLM", "Machine"},
    {"HKEY_USERS", "HKU", "User"},
    {"HKEY_CURRENT_USER", "HKCU", NULL}, /* User\<the user's name> */
};

#define HIVES (sizeof(hives) / sizeof(hives[0]))

static const char registry_prefix[] = "\\Registry";

int
reg_user_name(char *name, size_t size)
{
    int n = snprintf(name, size, "S-1-5-21-0-0-0-%u", (unsigned)getuid());

    return n < 0 || (size_t)n >= size ? -ENAMETOOLONG : 0;
}

/* Whether `text` begins with the whole names of `start`; *ret_rest is what follows. */
static bool
begins(const char *text, const char *start, const char **ret_rest)
{
    size_t length = strlen(start);

    if (strncasecmp(text, start, length) != 0 || (text[length] != '\0' && text[length] != '\\')) {
        return false;
    }
    *ret_rest = text + length;
    return true;
}

/* Names without an end are refused here, so that a typing error does not become a key. */
static int
join(const char *base, const char *rest, char *path, size_t size)
{
    size_t length;
    const char *p;
    int n;

    for (p = rest; *p == '\\'; p += 1 + strcspn(p + 1, "\\")) {
        length = strcspn(p + 1, "\\");
        if (length == 0 && p[1] != '\0') {
            return -EINVAL;
        }
        if (utf8_to_utf16(NULL, 0, p + 1, length) > REG_KEY_NAME_MAX) {
            return -ENAMETOOLONG;
        }
    }
    rest += base[0] == '\0' && *rest == '\\';
    n = snprintf(path, size, "%s%s", base, rest);
    if (n < 0 || (size_t)n >= size) {
        return -ENAMETOOLONG;
    }
    if (n > 0 && path[n - 1] == '\\') {
        path[n - 1] = '\0';
    }
    return 0;
}

int
reg_path_parse(const char *text, char *path, size_t size)
{
    char user[80];
    char base[96];
    const char *rest;
    size_t i;

    if (begins(text, registry_prefix, &rest)) {
        return join("", rest, path, size);
    }
    for (i = 0; i < HIVES; i++) {
        if (!begins(text, hives[i].long_name, &rest) && !begins(text, hives[i].short_name, &rest)) {
            continue;
        }
        if (hives[i].path != NULL) {
            return join(hives[i].path, rest, path, size);
        }
        if (reg_user_name(user, sizeof(user)) != 0) {
            return -ENAMETOOLONG;
        }
        (void)snprintf(base, sizeof(base), "User\\%s", user);
        return join(base, rest, path, size);
    }
    return -EINVAL;
}

int
reg_path_print(const char *path, char *text, size_t size)
{
    const char *rest;
    size_t i;
    int n;

    if (!begins(path, registry_prefix, &path)) {
        return -EINVAL;
    }
    path += *path == '\\';
    for (i = 0; i < HIVES; i++) {
        /* What people know is where a key is, not the short ways to it. */
        if (hives[i].path == NULL || strchr(hives[i].path, '\\') != NULL ||
            !begins(path, hives[i].path, &rest)) {
            continue;
        }
        n = snprintf(text, size, "%s%s", hives[i].long_name, rest);
        return n < 0 || (size_t)n >= size ? -ENAMETOOLONG : 0;
    }
    n = snprintf(text, size, "%s%s%s", registry_prefix, *path != '\0' ? "\\" : "", path);
    return n < 0 || (size_t)n >= size ? -ENAMETOOLONG : 0;
}

int
reg_state_dir(char *path, size_t size)
{
    static const struct {
        const char *variable;
        const char *below;
    } places[] = {
        {"OPENWDF_STATE_DIR", ""},
        {"OPENWDF_RUNTIME_DIR", "/state"},
        {NULL, NULL}, /* Root has a place of its own. */
        {"XDG_STATE_HOME", "/openwdf"},
        {"HOME", "/.local/state/openwdf"},
    };
    size_t i;
    int n = -1;

    for (i = 0; n < 0 && i < sizeof(places) / sizeof(places[0]); i++) {
        const char *value = places[i].variable != NULL ? getenv(places[i].variable) : NULL;

        if (places[i].variable == NULL && geteuid() == 0) {
            n = snprintf(path, size, "/var/lib/openwdf");
        } else if (value != NULL && value[0] == '/') {
            n = snprintf(path, size, "%s%s", value, places[i].below);
        }
    }
    return n < 0 ? -ENOENT : (size_t)n >= size ? -ENAMETOOLONG : 0;
}

/* SPDX-License-Identifier: MIT */
/* The driver store: opening, what is in it, who may change it. See mgr_store.h. */
#include "manager/mgr_store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/file.h>
#include <unistd.h>

#include "manager/mgr_store_priv.h"
#include "sys/fd.h"
#include "sys/file.h"
#include "sys/memory.h"

int
store_fail(struct mgr_error *error, int result, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(error->text, sizeof(error->text), format, arguments);
    va_end(arguments);
    return result;
}

/* ---- Open and close ---- */

int
store_lock(struct mgr_store *store, struct mgr_error *error)
{
    int result;

    do {
        result = flock(store->lock, LOCK_EX);
    } while (result != 0 && errno == EINTR);
    return result == 0 ? 0
                       : store_fail(error, -errno, "the driver store cannot be locked: %s",
                                    strerror(errno));
}

void
store_unlock(struct mgr_store *store)
{
    (void)flock(store->lock, LOCK_UN);
}

static int
open_folders(struct mgr_store *store, struct mgr_error *error)
{
    const char *root = getenv("OPENWDF_ROOT");
    char state[MGR_PATH_SIZE - 64];
    char path[MGR_PATH_SIZE + 16];
    int result = reg_state_dir(state, sizeof(state));

    if (result == 0) {
        (void)snprintf(store->folder, sizeof(store->folder), "%s/drivers", state);
        if (root != NULL && root[0] != '\0') {
            (void)snprintf(store->root, sizeof(store->root), "%s", root);
        } else {
            (void)snprintf(store->root, sizeof(store->root), "%s/root", state);
        }
        result = sys_folder_make(store->folder);
        result = result != 0 ? result : sys_folder_make(store->root);
    }
    if (result != 0) {
        return store_fail(error, result, "the state folder cannot be used: %s", strerror(-result));
    }
    (void)snprintf(path, sizeof(path), "%s/.lock", store->folder);
    store->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    return store->lock >= 0 ? 0 : store_fail(error, -errno, "%s: %s", path, strerror(errno));
}

int
mgr_store_open(struct mgr_store **ret_store, struct mgr_error *error)
{
    struct mgr_store *store = sys_alloc_zeroed(sizeof(*store));
    int result;

    if (store == NULL) {
        return store_fail(error, -ENOMEM, "out of memory");
    }
    store->lock = -1;
    result = open_folders(store, error);
    if (result == 0) {
        result = reg_open_default(&store->registry);
        if (result != 0) {
            (void)store_fail(error, result, "the registry cannot be opened: %s", strerror(-result));
        }
    }
    result = result != 0 ? result : store_lock(store, error);
    if (result != 0) {
        mgr_store_close(store);
        return result;
    }
    stage_recover(store);
    store_unlock(store);
    *ret_store = store;
    return 0;
}

void
mgr_store_close(struct mgr_store *store)
{
    if (store == NULL) {
        return;
    }
    reg_close(store->registry);
    sys_fd_close(&store->lock);
    sys_free(store);
}

struct reg_store *
mgr_store_registry(struct mgr_store *store)
{
    return store->registry;
}

/* ---- Lists of texts ---- */

bool
store_list_has(struct reg_store *registry, reg_key key, const char *name, const char *text)
{
    bool found = false;
    const char *at;
    char *texts;

    if (reg_get_texts(registry, key, name, &texts) != 0) {
        return false;
    }
    for (at = texts; *at != '\0' && !found; at += strlen(at) + 1) {
        found = strcasecmp(at, text) == 0;
    }
    sys_free(texts);
    return found;
}

/* The list with `text` at its end, or without it. */
static int
change_list(struct reg_store *registry, reg_key key, const char *name, const char *text, bool add)
{
    const char **list;
    const char *at;
    unsigned count = 0;
    unsigned used = 0;
    char *texts = NULL;
    int result = reg_get_texts(registry, key, name, &texts);

    if (result != 0 && result != -ENOENT) {
        return result;
    }
    for (at = texts; at != NULL && *at != '\0'; at += strlen(at) + 1) {
        count++;
    }
    list = sys_alloc((count + 2) * sizeof(list[0]));
    if (list == NULL) {
        sys_free(texts);
        return -ENOMEM;
    }
    for (at = texts; at != NULL && *at != '\0'; at += strlen(at) + 1) {
        if (strcasecmp(at, text) != 0) {
            list[used++] = at;
        }
    }
    if (add) {
        list[used++] = text;
    }
    list[used] = NULL;
    if (used != 0) {
        result = reg_set_texts(registry, key, name, list);
    } else {
        result = reg_value_delete(registry, key, name);
        result = result == -ENOENT ? 0 : result;
    }
    sys_free((void *)list);
    sys_free(texts);
    return result;
}

int
store_list_add(struct reg_store *registry, reg_key key, const char *name, const char *text)
{
    return store_list_has(registry, key, name, text) ? 0
                                                     : change_list(registry, key, name, text, true);
}

int
store_list_remove(struct reg_store *registry, reg_key key, const char *name, const char *text)
{
    return change_list(registry, key, name, text, false);
}

int
store_list_count(struct reg_store *registry, reg_key key, const char *name)
{
    const char *at;
    char *texts;
    int count = 0;

    if (reg_get_texts(registry, key, name, &texts) != 0) {
        return 0;
    }
    for (at = texts; *at != '\0'; at += strlen(at) + 1) {
        count++;
    }
    sys_free(texts);
    return count;
}

/* ---- What is in it ---- */

/* A text value in a fixed field; "" when there is none. */
static void
get_text(struct reg_store *registry, reg_key key, const char *name, char out[MGR_TEXT_SIZE])
{
    char *text;

    out[0] = '\0';
    if (reg_get_text(registry, key, name, &text) == 0) {
        (void)snprintf(out, MGR_TEXT_SIZE, "%.*s", MGR_TEXT_SIZE - 1, text);
        sys_free(text);
    }
}

int
mgr_store_for_each_package(struct mgr_store *store,
                           int (*fn)(void *argument, const struct mgr_package_entry *entry),
                           void *argument)
{
    struct reg_store *registry = store->registry;
    reg_key packages;
    uint32_t index;
    reg_key key;
    int result = reg_key_open(registry, REG_ROOT, STORE_PACKAGES, 0, &packages);

    for (index = 0; result == 0 && reg_key_at(registry, packages, index, &key) == 0; index++) {
        struct mgr_package_entry entry;

        get_text(registry, key, "PublishedName", entry.published);
        get_text(registry, key, "OriginalName", entry.original);
        get_text(registry, key, "Provider", entry.provider);
        get_text(registry, key, "Class", entry.class_name);
        get_text(registry, key, "DriverVer", entry.version);
        result = fn(argument, &entry);
    }
    return result == -ENOENT ? 0 : result;
}

/* The settings of the device in one entry. */
static void
read_entry(struct reg_store *registry, reg_key key, const char *instance_id,
           struct mgr_device_entry *entry)
{
    uint32_t flags = 0;

    (void)snprintf(entry->instance_id, sizeof(entry->instance_id), "%s", instance_id);
    get_text(registry, key, "FriendlyName", entry->description);
    if (entry->description[0] == '\0') {
        get_text(registry, key, "DeviceDesc", entry->description);
    }
    get_text(registry, key, "Service", entry->service);
    get_text(registry, key, "Class", entry->class_name);
    (void)reg_get_number(registry, key, "ConfigFlags", &flags);
    entry->disabled = (flags & STORE_CONFIG_DISABLED) != 0;
}

int
mgr_store_for_each_root(struct mgr_store *store,
                        int (*fn)(void *argument, const struct mgr_device_entry *entry),
                        void *argument)
{
    struct reg_store *registry = store->registry;
    reg_key root;
    reg_key device;
    reg_key instance;
    uint32_t i;
    uint32_t j;
    int result = reg_key_open(registry, REG_ROOT, STORE_ENUM "\\ROOT", 0, &root);

    for (i = 0; result == 0 && reg_key_at(registry, root, i, &device) == 0; i++) {
        for (j = 0; result == 0 && reg_key_at(registry, device, j, &instance) == 0; j++) {
            struct mgr_device_entry entry;
            char id[MGR_TEXT_SIZE];
            char *path;
            char *hardware;

            /* Devices of `wdf run` have keys too, but nobody installed them. */
            if (reg_get_texts(registry, instance, "HardwareID", &hardware) != 0) {
                continue;
            }
            sys_free(hardware);
            result = reg_key_path(registry, instance, &path);
            if (result != 0) {
                break;
            }
            (void)snprintf(id, sizeof(id), "%s",
                           path + strlen("\\Registry\\Machine\\SYSTEM\\ControlSet001\\Enum\\"));
            sys_free(path);
            read_entry(registry, instance, id, &entry);
            result = fn(argument, &entry);
        }
    }
    return result == -ENOENT ? 0 : result;
}

static int
open_device(struct mgr_store *store, const char *instance_id, reg_key *ret_key)
{
    char path[MGR_PATH_SIZE];

    if (snprintf(path, sizeof(path), "%s\\%s", STORE_ENUM, instance_id) >= (int)sizeof(path)) {
        return -ENAMETOOLONG;
    }
    return reg_key_open(store->registry, REG_ROOT, path, 0, ret_key);
}

int
mgr_store_set_disabled(struct mgr_store *store, const char *instance_id, bool disabled)
{
    struct mgr_error error;
    uint32_t flags = 0;
    reg_key key;
    int result = store_lock(store, &error);

    if (result != 0) {
        return result;
    }
    result = open_device(store, instance_id, &key);
    if (result == 0) {
        (void)reg_get_number(store->registry, key, "ConfigFlags", &flags);
        flags = disabled ? flags | STORE_CONFIG_DISABLED : flags & ~STORE_CONFIG_DISABLED;
        result = reg_set_number(store->registry, key, "ConfigFlags", flags);
    }
    store_unlock(store);
    return result;
}

/* Removes the key and those above it that are empty then, up to Enum. */
static int
remove_device_key(struct reg_store *registry, reg_key key, const char *instance_id)
{
    char path[MGR_PATH_SIZE];
    char *slash;
    int result = reg_key_delete_tree(registry, key);

    (void)snprintf(path, sizeof(path), "%s\\%s", STORE_ENUM, instance_id);
    slash = strrchr(path, '\\');
    if (result == 0 && slash != NULL) {
        *slash = '\0';
        /* ROOT\DEVICE; ROOT itself stays. */
        if (reg_key_open(registry, REG_ROOT, path, 0, &key) == 0) {
            int gone = reg_key_delete(registry, key);

            result = gone == -ENOTEMPTY ? 0 : gone;
        }
    }
    return result;
}

int
mgr_store_remove_device(struct mgr_store *store, const char *instance_id, struct mgr_error *error)
{
    reg_key key;
    int result = store_lock(store, error);

    if (result != 0) {
        return result;
    }
    result = reg_begin(store->registry);
    if (result == 0) {
        result = open_device(store, instance_id, &key);
        if (result == 0 && strncasecmp(instance_id, "ROOT\\", 5) != 0) {
            result = -EPERM;
        }
        result = result != 0 ? result : apply_remove_driver(store, key, instance_id);
        result = result != 0 ? result : remove_device_key(store->registry, key, instance_id);
        if (result != 0) {
            reg_rollback(store->registry);
        } else {
            result = reg_commit(store->registry);
        }
    }
    store_unlock(store);
    if (result != 0) {
        (void)store_fail(error, result, "%s: %s", instance_id,
                         result == -ENOENT  ? "there is no such device"
                         : result == -EPERM ? "it goes when its bus says so"
                                            : strerror(-result));
    }
    return result;
}

/* Where a device's service has its module; a user-mode driver's is that of the lowest in its list. */
static int
open_service(struct reg_store *registry, reg_key device, const char *service, reg_key *ret_key)
{
    char path[MGR_PATH_SIZE];
    char *list;
    reg_key key;
    int result;

    if (strcasecmp(service, INF_REFLECTOR_SERVICE) != 0) {
        (void)snprintf(path, sizeof(path), "%s\\%s", STORE_SERVICES, service);
        return reg_key_open(registry, REG_ROOT, path, 0, ret_key);
    }
    result = reg_key_open(registry, device, "Device Parameters\\WUDF", 0, &key);
    result = result != 0 ? result : reg_get_texts(registry, key, "DriverList", &list);
    if (result == 0) {
        (void)snprintf(path, sizeof(path), "%s\\%s", STORE_UMDF, list);
        sys_free(list);
        result = reg_key_open(registry, REG_ROOT, path, 0, ret_key);
    }
    return result;
}

int
mgr_store_package_of(struct mgr_store *store, const char *instance_id,
                     struct mgr_package *ret_package, struct mgr_error *error)
{
    struct mgr_package package = {.module = ""};
    struct reg_store *registry = store->registry;
    char module[MGR_TEXT_SIZE];
    reg_key service;
    reg_key key;
    int result = open_device(store, instance_id, &key);

    if (result != 0) {
        return store_fail(error, result, "%s: there is no such device", instance_id);
    }
    get_text(registry, key, "DeviceDesc", package.description);
    get_text(registry, key, "HardwareID", package.hardware_id);
    get_text(registry, key, "Service", package.service);
    get_text(registry, key, "Class", package.class_name);
    get_text(registry, key, "ClassGUID", package.class_guid);
    get_text(registry, key, "Mfg", package.manufacturer);
    (void)snprintf(package.device_id, sizeof(package.device_id), "%s", instance_id);
    if (package.service[0] == '\0') {
        return store_fail(error, -ENOENT, "%s: no driver is installed for it", instance_id);
    }
    result = open_service(registry, key, package.service, &service);
    if (result == 0) {
        get_text(registry, service, STORE_MODULE, module);
        result = module[0] == '\0' ? -ENOENT : 0;
    }
    if (result != 0) {
        return store_fail(error, -ENOENT, "%s: its service %s is not installed", instance_id,
                          package.service);
    }
    (void)snprintf(package.module, sizeof(package.module), "%.3500s/%.500s", store->folder, module);
    *ret_package = package;
    return 0;
}

/* SPDX-License-Identifier: MIT */
/*
 * Registry keys of applications and user-mode drivers: opening, making, deleting, listing, waiting for
 * changes. Narrow text is UTF-8. A key can do what it was opened for, as on Windows.
 */
#include "win32/registry.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/atomic.h"
#include "base/utf16.h"
#include "sys/memory.h"
#include "sys/wait.h"
#include "win32/registry_priv.h"

struct key {
    struct w32_object object; /* Must be first. */
    reg_key key;
    REGSAM access;
    struct sys_lock lock;     /* Guards what follows. */
    struct reg_watch *watch;  /* Made by the first RegNotifyChangeKeyValue. */
    bool due;                 /* A change nobody has asked for yet. */
    struct w32_object *event; /* To be set at the next change; referenced. */
    uint32_t changes;         /* Atomic; who waits synchronously sleeps on it. */
};

static struct {
    struct sys_lock lock;
    struct reg_store *own; /* Opened by us. */
    struct reg_store *(*store)(void);
} registry;

/* ---- The store ---- */

void
w32_set_registry(struct reg_store *(*store)(void))
{
    registry.store = store;
}

struct reg_store *
w32_registry(void)
{
    struct reg_store *store;

    if (registry.store != NULL) {
        return registry.store();
    }
    sys_lock_acquire(&registry.lock);
    if (registry.own == NULL && reg_open_default(&registry.own) != 0) {
        registry.own = NULL;
    }
    store = registry.own;
    sys_lock_release(&registry.lock);
    return store;
}

LONG
w32_reg_error(int error)
{
    switch (-error) {
    case 0:
        return ERROR_SUCCESS;
    case ENOENT:
        return ERROR_FILE_NOT_FOUND;
    case ESTALE:
        return ERROR_KEY_DELETED;
    case EINVAL:
    case ENAMETOOLONG:
    case E2BIG:
        return ERROR_INVALID_PARAMETER;
    case ENOTEMPTY:
    case EPERM:
    case EACCES:
        return ERROR_ACCESS_DENIED;
    case ENOTSUP:
        return ERROR_CHILD_MUST_BE_VOLATILE;
    case EEXIST:
        return ERROR_ALREADY_EXISTS;
    case ENOMEM:
        return ERROR_NOT_ENOUGH_MEMORY;
    case ENOSPC:
        return ERROR_DISK_FULL;
    case EUCLEAN:
        return ERROR_REGISTRY_CORRUPT;
    default:
        return ERROR_REGISTRY_IO_FAILED;
    }
}

/* ---- Handles ---- */

/* What a predefined handle stands for; NULL: it is none. */
static const char *
predefined(HKEY handle)
{
    static const char *const names[] = {"HKCR", "HKCU", "HKLM", "HKU", NULL, "HKCC"};
    uintptr_t number = (uintptr_t)handle - (uintptr_t)HKEY_CLASSES_ROOT;

    return number < sizeof(names) / sizeof(names[0]) ? names[number] : NULL;
}

LONG
w32_reg_key(HKEY handle, REGSAM needed, reg_key *ret_key)
{
    const char *name = predefined(handle);
    struct reg_store *store = w32_registry();
    char path[REG_PATH_SIZE];
    struct key *key;
    LONG error;

    if (store == NULL) {
        return ERROR_REGISTRY_IO_FAILED;
    }
    if (name != NULL) {
        (void)reg_path_parse(name, path, sizeof(path));
        return w32_reg_error(
            reg_key_create(store, REG_ROOT, path, REG_CREATE_PATH, NULL, ret_key, NULL));
    }
    key = w32_handle_ref(handle, 1u << W32_KEY);
    if (key == NULL) {
        return ERROR_INVALID_HANDLE;
    }
    *ret_key = key->key;
    error = (key->access & needed) == needed ? ERROR_SUCCESS : ERROR_ACCESS_DENIED;
    w32_object_unref(&key->object);
    return error;
}

LONG
w32_reg_below(HKEY handle, const char *path, REGSAM needed, reg_key *ret_key)
{
    bool itself = path == NULL || path[0] == '\0';
    reg_key base;
    LONG error = w32_reg_key(handle, itself ? needed : 0, &base);

    if (error != ERROR_SUCCESS || itself) {
        *ret_key = base;
        return error;
    }
    if (path[0] == '\\') {
        return ERROR_BAD_PATHNAME;
    }
    return w32_reg_error(reg_key_open(w32_registry(), base, path, 0, ret_key));
}

static bool
never_signaled(const struct w32_object *object, uint64_t thread)
{
    return false;
}

static bool
take_nothing(struct w32_object *object, uint64_t thread)
{
    return false;
}

/* The last handle has gone: nobody hears of changes any more. */
static void
key_closed(struct w32_object *object)
{
    struct key *key = (struct key *)object;

    reg_watch_remove(key->watch);
    key->watch = NULL;
    if (key->event != NULL) {
        /* Documented: closing the key signals the event. */
        w32_event_set(key->event);
        w32_object_unref(key->event);
        key->event = NULL;
    }
}

static REGSAM
specific(REGSAM access)
{
    access |= access & GENERIC_READ ? KEY_READ : 0;
    access |= access & GENERIC_WRITE ? KEY_WRITE : 0;
    access |= access & (GENERIC_ALL | MAXIMUM_ALLOWED) ? KEY_ALL_ACCESS : 0;
    return access;
}

static LONG
new_handle(reg_key number, REGSAM access, PHKEY ret_handle)
{
    struct key *key = w32_object_new(W32_KEY, sizeof(*key));
    HANDLE handle;

    if (key == NULL) {
        return ERROR_NOT_ENOUGH_MEMORY;
    }
    key->object.signaled = never_signaled;
    key->object.take = take_nothing;
    key->object.closed = key_closed;
    key->key = number;
    key->access = specific(access);
    handle = w32_handle_new(&key->object);
    if (handle == NULL) {
        return ERROR_NOT_ENOUGH_MEMORY;
    }
    *ret_handle = (HKEY)handle;
    return ERROR_SUCCESS;
}

REG_API LONG
RegCloseKey(HKEY hKey)
{
    struct key *key;

    if (predefined(hKey) != NULL) {
        return ERROR_SUCCESS;
    }
    key = w32_handle_ref(hKey, 1u << W32_KEY);
    if (key == NULL) {
        return ERROR_INVALID_HANDLE;
    }
    w32_object_unref(&key->object);
    return CloseHandle(hKey) ? ERROR_SUCCESS : ERROR_INVALID_HANDLE;
}

/* ---- Opening and making ---- */

static LONG
open_key(HKEY handle, const char *path, DWORD options, REGSAM access, PHKEY ret_handle)
{
    reg_key base;
    reg_key key;
    LONG error;

    if (ret_handle == NULL) {
        return ERROR_INVALID_PARAMETER;
    }
    *ret_handle = NULL;
    error = w32_reg_key(handle, 0, &base);
    if (error != ERROR_SUCCESS) {
        return error;
    }
    if (path != NULL && path[0] == '\\') {
        return ERROR_BAD_PATHNAME;
    }
    error = w32_reg_error(reg_key_open(w32_registry(), base, path != NULL ? path : "",
                                       options & REG_OPTION_OPEN_LINK ? REG_OPEN_LINK : 0, &key));
    return error == ERROR_SUCCESS ? new_handle(key, access, ret_handle) : error;
}

REG_API LONG
RegOpenKeyExA(HKEY hKey, LPCSTR lpSubKey, DWORD ulOptions, REGSAM samDesired, PHKEY phkResult)
{
    return open_key(hKey, lpSubKey, ulOptions, samDesired, phkResult);
}

REG_API LONG
RegOpenKeyExW(HKEY hKey, LPCWSTR lpSubKey, DWORD ulOptions, REGSAM samDesired, PHKEY phkResult)
{
    char *path = w32_utf8(lpSubKey);
    LONG error = lpSubKey != NULL && path == NULL
                     ? ERROR_NOT_ENOUGH_MEMORY
                     : open_key(hKey, path, ulOptions, samDesired, phkResult);

    free(path);
    return error;
}

REG_API LONG
RegOpenKeyA(HKEY hKey, LPCSTR lpSubKey, PHKEY phkResult)
{
    return open_key(hKey, lpSubKey, 0, MAXIMUM_ALLOWED, phkResult);
}

REG_API LONG
RegOpenKeyW(HKEY hKey, LPCWSTR lpSubKey, PHKEY phkResult)
{
    return RegOpenKeyExW(hKey, lpSubKey, 0, MAXIMUM_ALLOWED, phkResult);
}

REG_API LONG
RegOpenCurrentUser(REGSAM samDesired, PHKEY phkResult)
{
    return open_key(HKEY_CURRENT_USER, "", 0, samDesired, phkResult);
}

/* Makes all keys on the way, as documented. */
static LONG
create_key(HKEY handle, const char *path, const char *class_name, DWORD options, REGSAM access,
           PHKEY ret_handle, LPDWORD ret_disposition)
{
    unsigned flags = REG_CREATE_PATH;
    bool created;
    reg_key base;
    reg_key key;
    LONG error;

    if (ret_handle == NULL || path == NULL) {
        return ERROR_INVALID_PARAMETER;
    }
    *ret_handle = NULL;
    error = w32_reg_key(handle, 0, &base);
    if (error == ERROR_SUCCESS && path[0] == '\\') {
        error = ERROR_BAD_PATHNAME;
    }
    if (error != ERROR_SUCCESS) {
        return error;
    }
    flags |= options & REG_OPTION_VOLATILE ? REG_VOLATILE : 0;
    flags |= options & REG_OPTION_CREATE_LINK ? REG_LINK_KEY : 0;
    error = w32_reg_error(
        reg_key_create(w32_registry(), base, path, flags, class_name, &key, &created));
    if (error == ERROR_SUCCESS) {
        error = new_handle(key, access, ret_handle);
    }
    if (error == ERROR_SUCCESS && ret_disposition != NULL) {
        *ret_disposition = created ? REG_CREATED_NEW_KEY : REG_OPENED_EXISTING_KEY;
    }
    return error;
}

REG_API LONG
RegCreateKeyExA(HKEY hKey, LPCSTR lpSubKey, DWORD Reserved, LPSTR lpClass, DWORD dwOptions,
                REGSAM samDesired, LPSECURITY_ATTRIBUTES lpSecurityAttributes, PHKEY phkResult,
                LPDWORD lpdwDisposition)
{
    return create_key(hKey, lpSubKey, lpClass, dwOptions, samDesired, phkResult, lpdwDisposition);
}

REG_API LONG
RegCreateKeyExW(HKEY hKey, LPCWSTR lpSubKey, DWORD Reserved, LPWSTR lpClass, DWORD dwOptions,
                REGSAM samDesired, LPSECURITY_ATTRIBUTES lpSecurityAttributes, PHKEY phkResult,
                LPDWORD lpdwDisposition)
{
    char *class_name = w32_utf8(lpClass);
    char *path = w32_utf8(lpSubKey);
    LONG error =
        create_key(hKey, path, class_name, dwOptions, samDesired, phkResult, lpdwDisposition);

    free(path);
    free(class_name);
    return error;
}

REG_API LONG
RegCreateKeyA(HKEY hKey, LPCSTR lpSubKey, PHKEY phkResult)
{
    return create_key(hKey, lpSubKey != NULL ? lpSubKey : "", NULL, 0, MAXIMUM_ALLOWED, phkResult,
                      NULL);
}

REG_API LONG
RegCreateKeyW(HKEY hKey, LPCWSTR lpSubKey, PHKEY phkResult)
{
    return RegCreateKeyExW(hKey, lpSubKey != NULL ? lpSubKey : L"", 0, NULL, 0, MAXIMUM_ALLOWED,
                           NULL, phkResult, NULL);
}

/* ---- Deleting ---- */

static LONG
delete_key(HKEY handle, const char *path, bool tree)
{
    reg_key key;
    LONG error;

    if (path == NULL && !tree) {
        return ERROR_INVALID_PARAMETER;
    }
    error = w32_reg_below(handle, path, 0, &key);
    if (error != ERROR_SUCCESS) {
        return error;
    }
    if (path != NULL && path[0] != '\0') {
        return w32_reg_error(tree ? reg_key_delete_tree(w32_registry(), key)
                                  : reg_key_delete(w32_registry(), key));
    }
    if (!tree) {
        return w32_reg_error(reg_key_delete(w32_registry(), key));
    }
    /* What is below it and in it; the key itself stays. */
    for (;;) {
        reg_key below;
        int result = reg_key_at(w32_registry(), key, 0, &below);

        if (result == -ENOENT) {
            break;
        }
        result = result != 0 ? result : reg_key_delete_tree(w32_registry(), below);
        if (result != 0) {
            return w32_reg_error(result);
        }
    }
    for (;;) {
        struct reg_value value;
        int result = reg_value_at(w32_registry(), key, 0, &value);

        if (result == -ENOENT) {
            return ERROR_SUCCESS;
        }
        if (result == 0) {
            result = reg_value_delete(w32_registry(), key, value.name);
            reg_value_free(&value);
        }
        if (result != 0) {
            return w32_reg_error(result);
        }
    }
}

REG_API LONG
RegDeleteKeyA(HKEY hKey, LPCSTR lpSubKey)
{
    return delete_key(hKey, lpSubKey, false);
}

REG_API LONG
RegDeleteKeyExA(HKEY hKey, LPCSTR lpSubKey, REGSAM samDesired, DWORD Reserved)
{
    return delete_key(hKey, lpSubKey, false);
}

REG_API LONG
RegDeleteTreeA(HKEY hKey, LPCSTR lpSubKey)
{
    return delete_key(hKey, lpSubKey, true);
}

static LONG
delete_key_wide(HKEY handle, const WCHAR *wide, bool tree)
{
    char *path = w32_utf8(wide);
    LONG error = delete_key(handle, path, tree);

    free(path);
    return error;
}

REG_API LONG
RegDeleteKeyW(HKEY hKey, LPCWSTR lpSubKey)
{
    return delete_key_wide(hKey, lpSubKey, false);
}

REG_API LONG
RegDeleteKeyExW(HKEY hKey, LPCWSTR lpSubKey, REGSAM samDesired, DWORD Reserved)
{
    return delete_key_wide(hKey, lpSubKey, false);
}

REG_API LONG
RegDeleteTreeW(HKEY hKey, LPCWSTR lpSubKey)
{
    return delete_key_wide(hKey, lpSubKey, true);
}

REG_API LONG
RegFlushKey(HKEY hKey)
{
    reg_key key;
    LONG error = w32_reg_key(hKey, 0, &key);

    return error == ERROR_SUCCESS ? w32_reg_error(reg_flush(w32_registry())) : error;
}

/* ---- Listing ---- */

static void
to_filetime(uint64_t time, PFILETIME ret_time)
{
    if (ret_time != NULL) {
        ret_time->dwLowDateTime = (DWORD)time;
        ret_time->dwHighDateTime = (DWORD)(time >> 32);
    }
}

/* A text for a caller who gave *count characters, the zero included; gets them without. */
static LONG
give_text(const char *text, bool wide, void *out, LPDWORD count)
{
    size_t needed = wide ? utf8_to_utf16(NULL, 0, text, strlen(text)) : strlen(text);

    if (out == NULL || count == NULL) {
        return count == NULL && out != NULL ? ERROR_INVALID_PARAMETER : ERROR_SUCCESS;
    }
    if (*count < needed + 1) {
        return ERROR_MORE_DATA;
    }
    if (wide) {
        (void)utf8_to_utf16(out, needed, text, strlen(text));
        ((uint16_t *)out)[needed] = 0;
    } else {
        memcpy(out, text, needed + 1);
    }
    *count = (DWORD)needed;
    return ERROR_SUCCESS;
}

static LONG
enum_key(HKEY handle, DWORD index, bool wide, void *name_out, LPDWORD name_count, void *class_out,
         LPDWORD class_count, PFILETIME ret_time)
{
    struct reg_store *store = w32_registry();
    struct reg_key_info info;
    char *class_name;
    char *name;
    reg_key subkey;
    reg_key key;
    LONG error = w32_reg_key(handle, KEY_ENUMERATE_SUB_KEYS, &key);
    int result;

    if (error != ERROR_SUCCESS) {
        return error;
    }
    if (name_out == NULL || name_count == NULL) {
        return ERROR_INVALID_PARAMETER;
    }
    result = reg_key_at(store, key, index, &subkey);
    if (result != 0) {
        return result == -ENOENT ? ERROR_NO_MORE_ITEMS : w32_reg_error(result);
    }
    result = reg_key_query(store, subkey, &info);
    result = result != 0 ? result : reg_key_name(store, subkey, &name, &class_name);
    if (result != 0) {
        return w32_reg_error(result);
    }
    error = give_text(name, wide, name_out, name_count);
    if (error == ERROR_SUCCESS) {
        error = give_text(class_name, wide, class_out, class_count);
    }
    to_filetime(info.written_100ns, ret_time);
    sys_free(name);
    sys_free(class_name);
    return error;
}

REG_API LONG
RegEnumKeyExA(HKEY hKey, DWORD dwIndex, LPSTR lpName, LPDWORD lpcchName, LPDWORD lpReserved,
              LPSTR lpClass, LPDWORD lpcchClass, PFILETIME lpftLastWriteTime)
{
    return enum_key(hKey, dwIndex, false, lpName, lpcchName, lpClass, lpcchClass,
                    lpftLastWriteTime);
}

REG_API LONG
RegEnumKeyExW(HKEY hKey, DWORD dwIndex, LPWSTR lpName, LPDWORD lpcchName, LPDWORD lpReserved,
              LPWSTR lpClass, LPDWORD lpcchClass, PFILETIME lpftLastWriteTime)
{
    return enum_key(hKey, dwIndex, true, lpName, lpcchName, lpClass, lpcchClass, lpftLastWriteTime);
}

REG_API LONG
RegEnumKeyA(HKEY hKey, DWORD dwIndex, LPSTR lpName, DWORD cchName)
{
    return enum_key(hKey, dwIndex, false, lpName, &cchName, NULL, NULL, NULL);
}

REG_API LONG
RegEnumKeyW(HKEY hKey, DWORD dwIndex, LPWSTR lpName, DWORD cchName)
{
    return enum_key(hKey, dwIndex, true, lpName, &cchName, NULL, NULL, NULL);
}

static void
give_number(LPDWORD out, uint32_t number)
{
    if (out != NULL) {
        *out = number;
    }
}

static LONG
query_info(HKEY handle, struct reg_key_info *info, bool wide, void *class_out, LPDWORD class_count)
{
    char *class_name;
    char *name;
    reg_key key;
    LONG error = w32_reg_key(handle, KEY_QUERY_VALUE, &key);
    int result;

    if (error != ERROR_SUCCESS) {
        return error;
    }
    result = reg_key_query(w32_registry(), key, info);
    result = result != 0 ? result : reg_key_name(w32_registry(), key, &name, &class_name);
    if (result != 0) {
        return w32_reg_error(result);
    }
    error = give_text(class_name, wide, class_out, class_count);
    sys_free(name);
    sys_free(class_name);
    return error;
}

/* Lengths are in characters without the zero; narrow ones may take three bytes a unit. */
REG_API LONG
RegQueryInfoKeyW(HKEY hKey, LPWSTR lpClass, LPDWORD lpcchClass, LPDWORD lpReserved,
                 LPDWORD lpcSubKeys, LPDWORD lpcbMaxSubKeyLen, LPDWORD lpcbMaxClassLen,
                 LPDWORD lpcValues, LPDWORD lpcbMaxValueNameLen, LPDWORD lpcbMaxValueLen,
                 LPDWORD lpcbSecurityDescriptor, PFILETIME lpftLastWriteTime)
{
    struct reg_key_info info;
    LONG error = query_info(hKey, &info, true, lpClass, lpcchClass);

    if (error == ERROR_SUCCESS) {
        give_number(lpcSubKeys, info.subkeys);
        give_number(lpcbMaxSubKeyLen, info.max_name);
        give_number(lpcbMaxClassLen, info.max_class);
        give_number(lpcValues, info.values);
        give_number(lpcbMaxValueNameLen, info.max_value_name);
        give_number(lpcbMaxValueLen, info.max_data);
        give_number(lpcbSecurityDescriptor, 0);
        to_filetime(info.written_100ns, lpftLastWriteTime);
    }
    return error;
}

REG_API LONG
RegQueryInfoKeyA(HKEY hKey, LPSTR lpClass, LPDWORD lpcchClass, LPDWORD lpReserved,
                 LPDWORD lpcSubKeys, LPDWORD lpcbMaxSubKeyLen, LPDWORD lpcbMaxClassLen,
                 LPDWORD lpcValues, LPDWORD lpcbMaxValueNameLen, LPDWORD lpcbMaxValueLen,
                 LPDWORD lpcbSecurityDescriptor, PFILETIME lpftLastWriteTime)
{
    struct reg_key_info info;
    LONG error = query_info(hKey, &info, false, lpClass, lpcchClass);

    if (error == ERROR_SUCCESS) {
        give_number(lpcSubKeys, info.subkeys);
        give_number(lpcbMaxSubKeyLen, 3 * info.max_name);
        give_number(lpcbMaxClassLen, 3 * info.max_class);
        give_number(lpcValues, info.values);
        give_number(lpcbMaxValueNameLen, 3 * info.max_value_name);
        give_number(lpcbMaxValueLen, 2 * info.max_data);
        give_number(lpcbSecurityDescriptor, 0);
        to_filetime(info.written_100ns, lpftLastWriteTime);
    }
    return error;
}

/* ---- Waiting for changes ---- */

static void
on_change(void *argument, unsigned changes)
{
    struct key *key = argument;
    struct w32_object *event;

    sys_lock_acquire(&key->lock);
    event = key->event;
    key->event = NULL;
    key->due = event == NULL;
    (void)atomic_fetch_add_u32(&key->changes, 1);
    sys_lock_release(&key->lock);
    if (event != NULL) {
        w32_event_set(event);
        w32_object_unref(event);
    }
    sys_wake(&key->changes, UINT32_MAX);
}

/* The key hears of changes from now on; the first call says of which. */
static LONG
listen(struct key *key, DWORD filter, bool subtree)
{
    struct reg_watch *watch;
    int result;

    if (key->watch != NULL) {
        return ERROR_SUCCESS;
    }
    result = reg_watch_add(w32_registry(), key->key,
                           filter & (REG_NOTIFY_CHANGE_NAME | REG_NOTIFY_CHANGE_LAST_SET), subtree,
                           on_change, key, &watch);
    if (result == 0) {
        key->watch = watch;
    }
    return w32_reg_error(result);
}

static LONG
notify(struct key *key, DWORD filter, bool subtree, HANDLE event_handle, bool asynchronous)
{
    struct w32_object *event = NULL;
    uint32_t changes;
    bool due;
    LONG error = listen(key, filter, subtree);

    if (error != ERROR_SUCCESS) {
        return error;
    }
    if (asynchronous) {
        event = w32_handle_ref(event_handle, 1u << W32_EVENT);
        if (event == NULL) {
            return ERROR_INVALID_HANDLE;
        }
        w32_event_reset(event);
    }
    sys_lock_acquire(&key->lock);
    due = key->due;
    key->due = false;
    changes = atomic_load_u32(&key->changes);
    if (asynchronous && !due) {
        struct w32_object *old = key->event;

        key->event = event;
        event = old;
    }
    sys_lock_release(&key->lock);
    if (asynchronous && due) {
        w32_event_set(event);
    }
    if (event != NULL) {
        w32_object_unref(event);
    }
    while (!asynchronous && !due && atomic_load_u32(&key->changes) == changes) {
        (void)sys_wait(&key->changes, changes, SYS_FOREVER);
    }
    if (!asynchronous) {
        sys_lock_acquire(&key->lock);
        key->due = false;
        sys_lock_release(&key->lock);
    }
    return ERROR_SUCCESS;
}

REG_API LONG
RegNotifyChangeKeyValue(HKEY hKey, WINBOOL bWatchSubtree, DWORD dwNotifyFilter, HANDLE hEvent,
                        WINBOOL fAsynchronous)
{
    struct key *key;
    LONG error;

    if (predefined(hKey) != NULL) {
        return ERROR_INVALID_HANDLE; /* A predefined key has no place to remember it. */
    }
    key = w32_handle_ref(hKey, 1u << W32_KEY);
    if (key == NULL) {
        return ERROR_INVALID_HANDLE;
    }
    error = (key->access & KEY_NOTIFY) == 0
                ? ERROR_ACCESS_DENIED
                : notify(key, dwNotifyFilter, bWatchSubtree != 0, hEvent, fAsynchronous != 0);
    w32_object_unref(&key->object);
    return error;
}

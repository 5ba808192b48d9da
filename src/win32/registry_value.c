/* SPDX-License-Identifier: MIT */
/* Values of registry keys. Strings are UTF-16 in the registry; for narrow callers they are UTF-8. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf16.h"
#include "sys/memory.h"
#include "win32/registry_priv.h"

static bool
is_string(DWORD type)
{
    return type == REG_SZ || type == REG_EXPAND_SZ || type == REG_MULTI_SZ;
}

/* The value's bytes as the caller sees them, from malloc. */
static LONG
seen_data(const struct reg_value *value, bool wide, void **ret_data, size_t *ret_size)
{
    bool convert = !wide && is_string(value->type);
    size_t count = value->size / 2;
    size_t size = convert ? utf16_to_utf8(NULL, 0, value->data, count) : value->size;
    void *data = malloc(size + 1);

    if (data == NULL) {
        return ERROR_NOT_ENOUGH_MEMORY;
    }
    if (convert) {
        (void)utf16_to_utf8(data, size, value->data, count);
    } else {
        memcpy(data, value->data, size);
    }
    *ret_data = data;
    *ret_size = size;
    return ERROR_SUCCESS;
}

/* Type and data to whoever asked for them. *size is what there is room for, then what there is. */
static LONG
give_value(const struct reg_value *value, bool wide, LPDWORD ret_type, void *out, LPDWORD size)
{
    size_t needed;
    void *data;
    LONG error;

    if (ret_type != NULL) {
        *ret_type = value->type;
    }
    if (size == NULL) {
        return out == NULL ? ERROR_SUCCESS : ERROR_INVALID_PARAMETER;
    }
    error = seen_data(value, wide, &data, &needed);
    if (error != ERROR_SUCCESS) {
        return error;
    }
    if (out != NULL) {
        if (*size < needed) {
            error = ERROR_MORE_DATA;
        } else {
            memcpy(out, data, needed);
        }
    }
    *size = (DWORD)needed;
    free(data);
    return error;
}

static LONG
get_value(HKEY handle, const char *path, const char *name, struct reg_value *ret_value)
{
    reg_key key;
    LONG error = w32_reg_below(handle, path, KEY_QUERY_VALUE, &key);

    return error == ERROR_SUCCESS ? w32_reg_error(reg_value_get(
                                        w32_registry(), key, name != NULL ? name : "", ret_value))
                                  : error;
}

static LONG
query_value(HKEY handle, const char *name, bool wide, LPDWORD ret_type, void *out, LPDWORD size)
{
    struct reg_value value;
    LONG error = get_value(handle, NULL, name, &value);

    if (error == ERROR_SUCCESS) {
        error = give_value(&value, wide, ret_type, out, size);
        reg_value_free(&value);
    }
    return error;
}

REG_API LONG
RegQueryValueExA(HKEY hKey, LPCSTR lpValueName, LPDWORD lpReserved, LPDWORD lpType, LPBYTE lpData,
                 LPDWORD lpcbData)
{
    return query_value(hKey, lpValueName, false, lpType, lpData, lpcbData);
}

REG_API LONG
RegQueryValueExW(HKEY hKey, LPCWSTR lpValueName, LPDWORD lpReserved, LPDWORD lpType, LPBYTE lpData,
                 LPDWORD lpcbData)
{
    char *name = w32_utf8(lpValueName);
    LONG error = query_value(hKey, name, true, lpType, lpData, lpcbData);

    free(name);
    return error;
}

/* ---- RegGetValue ---- */

#define RT_ANY       0x0000ffffu
#define RT_NONE      0x00000001u
#define RT_SZ        0x00000002u
#define RT_EXPAND_SZ 0x00000004u
#define RT_BINARY    0x00000008u
#define RT_DWORD     0x00000010u
#define RT_MULTI_SZ  0x00000020u
#define RT_QWORD     0x00000040u
#define NO_EXPAND    0x10000000u
#define ZERO_ON_FAIL 0x20000000u

static unsigned
type_flag(DWORD type)
{
    switch (type) {
    case REG_NONE:
        return RT_NONE;
    case REG_SZ:
        return RT_SZ;
    case REG_EXPAND_SZ:
        return RT_EXPAND_SZ;
    case REG_BINARY:
        return RT_BINARY;
    case REG_DWORD:
        return RT_DWORD;
    case REG_MULTI_SZ:
        return RT_MULTI_SZ;
    case REG_QWORD:
        return RT_QWORD;
    default:
        return 0;
    }
}

/* Strings end with a zero (lists with two), whether they do in the registry or not. */
static LONG
terminate(struct reg_value *value)
{
    const uint16_t *units = value->data;
    uint32_t count = value->size / 2;
    uint32_t zeros = value->type == REG_MULTI_SZ ? 2 : 1;
    uint32_t have = 0;
    char *longer;

    while (have < zeros && have < count && units[count - 1 - have] == 0) {
        have++;
    }
    if (have == zeros) {
        return ERROR_SUCCESS;
    }
    longer = sys_alloc_zeroed(2 * (size_t)count + 2 * (size_t)zeros + 4);
    if (longer == NULL) {
        return ERROR_NOT_ENOUGH_MEMORY;
    }
    memcpy(longer, value->data, 2 * (size_t)count);
    sys_free(value->data);
    value->data = longer;
    value->size = 2 * (count + zeros - have);
    return ERROR_SUCCESS;
}

static LONG
check_type(struct reg_value *value, DWORD flags)
{
    DWORD type = value->type;

    /* Without NO_EXPAND an expandable string is a string. */
    if (type == REG_EXPAND_SZ && (flags & NO_EXPAND) == 0) {
        type = REG_SZ;
    }
    if ((flags & RT_ANY) != RT_ANY && (flags & type_flag(type)) == 0) {
        return ERROR_UNSUPPORTED_TYPE;
    }
    if ((type == REG_DWORD && value->size != 4) || (type == REG_QWORD && value->size != 8)) {
        return ERROR_INVALID_DATA;
    }
    value->type = type;
    return is_string(type) ? terminate(value) : ERROR_SUCCESS;
}

static LONG
get_checked(HKEY handle, const char *path, const char *name, DWORD flags, bool wide,
            LPDWORD ret_type, void *out, LPDWORD size)
{
    DWORD room = size != NULL ? *size : 0;
    struct reg_value value;
    LONG error;

    if (out != NULL && size == NULL) {
        return ERROR_INVALID_PARAMETER;
    }
    error = get_value(handle, path, name, &value);
    if (error == ERROR_SUCCESS) {
        error = check_type(&value, flags);
        if (error == ERROR_SUCCESS) {
            error = give_value(&value, wide, ret_type, out, size);
        }
        reg_value_free(&value);
    }
    if (error != ERROR_SUCCESS && out != NULL && (flags & ZERO_ON_FAIL) != 0) {
        memset(out, 0, room);
    }
    return error;
}

REG_API LONG
RegGetValueA(HKEY hkey, LPCSTR lpSubKey, LPCSTR lpValue, DWORD dwFlags, LPDWORD pdwType,
             PVOID pvData, LPDWORD pcbData)
{
    return get_checked(hkey, lpSubKey, lpValue, dwFlags, false, pdwType, pvData, pcbData);
}

REG_API LONG
RegGetValueW(HKEY hkey, LPCWSTR lpSubKey, LPCWSTR lpValue, DWORD dwFlags, LPDWORD pdwType,
             PVOID pvData, LPDWORD pcbData)
{
    char *path = w32_utf8(lpSubKey);
    char *name = w32_utf8(lpValue);
    LONG error = get_checked(hkey, path, name, dwFlags, true, pdwType, pvData, pcbData);

    free(path);
    free(name);
    return error;
}

/* ---- Listing ---- */

static LONG
enum_value(HKEY handle, DWORD index, bool wide, void *name_out, LPDWORD name_count,
           LPDWORD ret_type, void *out, LPDWORD size)
{
    struct reg_value value;
    size_t needed;
    reg_key key;
    LONG error = w32_reg_key(handle, KEY_QUERY_VALUE, &key);
    int result;

    if (error != ERROR_SUCCESS) {
        return error;
    }
    if (name_out == NULL || name_count == NULL) {
        return ERROR_INVALID_PARAMETER;
    }
    result = reg_value_at(w32_registry(), key, index, &value);
    if (result != 0) {
        return result == -ENOENT ? ERROR_NO_MORE_ITEMS : w32_reg_error(result);
    }
    needed = wide ? utf8_to_utf16(NULL, 0, value.name, strlen(value.name)) : strlen(value.name);
    if (*name_count < needed + 1) {
        error = ERROR_MORE_DATA;
    } else {
        if (wide) {
            (void)utf8_to_utf16(name_out, needed, value.name, strlen(value.name));
            ((uint16_t *)name_out)[needed] = 0;
        } else {
            memcpy(name_out, value.name, needed + 1);
        }
        *name_count = (DWORD)needed;
        error = give_value(&value, wide, ret_type, out, size);
    }
    reg_value_free(&value);
    return error;
}

REG_API LONG
RegEnumValueA(HKEY hKey, DWORD dwIndex, LPSTR lpValueName, LPDWORD lpcchValueName,
              LPDWORD lpReserved, LPDWORD lpType, LPBYTE lpData, LPDWORD lpcbData)
{
    return enum_value(hKey, dwIndex, false, lpValueName, lpcchValueName, lpType, lpData, lpcbData);
}

REG_API LONG
RegEnumValueW(HKEY hKey, DWORD dwIndex, LPWSTR lpValueName, LPDWORD lpcchValueName,
              LPDWORD lpReserved, LPDWORD lpType, LPBYTE lpData, LPDWORD lpcbData)
{
    return enum_value(hKey, dwIndex, true, lpValueName, lpcchValueName, lpType, lpData, lpcbData);
}

/* ---- Writing ---- */

/* `path` NULL: the key itself; else a key below it, made if it is missing. */
static LONG
target(HKEY handle, const char *path, reg_key *ret_key)
{
    bool below = path != NULL && path[0] != '\0';
    reg_key base;
    LONG error = w32_reg_key(handle, below ? 0 : KEY_SET_VALUE, &base);

    if (error != ERROR_SUCCESS || !below) {
        *ret_key = base;
        return error;
    }
    return w32_reg_error(
        reg_key_create(w32_registry(), base, path, REG_CREATE_PATH, NULL, ret_key, NULL));
}

static LONG
set_value(HKEY handle, const char *path, const char *name, DWORD type, const void *data, DWORD size,
          bool wide)
{
    uint16_t *units = NULL;
    reg_key key;
    LONG error;

    if (data == NULL && size != 0) {
        return ERROR_INVALID_PARAMETER;
    }
    error = target(handle, path, &key);
    if (error != ERROR_SUCCESS) {
        return error;
    }
    if (!wide && is_string(type) && size != 0) {
        size_t count = utf8_to_utf16(NULL, 0, data, size);

        units = malloc(count * sizeof(units[0]) + 1);
        if (units == NULL) {
            return ERROR_NOT_ENOUGH_MEMORY;
        }
        (void)utf8_to_utf16(units, count, data, size);
        data = units;
        size = (DWORD)(count * sizeof(units[0]));
    }
    error = w32_reg_error(
        reg_value_set(w32_registry(), key, name != NULL ? name : "", type, data, size));
    free(units);
    return error;
}

REG_API LONG
RegSetValueExA(HKEY hKey, LPCSTR lpValueName, DWORD Reserved, DWORD dwType, CONST BYTE *lpData,
               DWORD cbData)
{
    return set_value(hKey, NULL, lpValueName, dwType, lpData, cbData, false);
}

REG_API LONG
RegSetValueExW(HKEY hKey, LPCWSTR lpValueName, DWORD Reserved, DWORD dwType, CONST BYTE *lpData,
               DWORD cbData)
{
    char *name = w32_utf8(lpValueName);
    LONG error = set_value(hKey, NULL, name, dwType, lpData, cbData, true);

    free(name);
    return error;
}

REG_API LONG
RegSetKeyValueA(HKEY hKey, LPCSTR lpSubKey, LPCSTR lpValueName, DWORD dwType, LPCVOID lpData,
                DWORD cbData)
{
    return set_value(hKey, lpSubKey, lpValueName, dwType, lpData, cbData, false);
}

REG_API LONG
RegSetKeyValueW(HKEY hKey, LPCWSTR lpSubKey, LPCWSTR lpValueName, DWORD dwType, LPCVOID lpData,
                DWORD cbData)
{
    char *path = w32_utf8(lpSubKey);
    char *name = w32_utf8(lpValueName);
    LONG error = set_value(hKey, path, name, dwType, lpData, cbData, true);

    free(path);
    free(name);
    return error;
}

static LONG
delete_value(HKEY handle, const char *path, const char *name)
{
    reg_key key;
    LONG error = w32_reg_below(handle, path, KEY_SET_VALUE, &key);

    return error == ERROR_SUCCESS
               ? w32_reg_error(reg_value_delete(w32_registry(), key, name != NULL ? name : ""))
               : error;
}

REG_API LONG
RegDeleteValueA(HKEY hKey, LPCSTR lpValueName)
{
    return delete_value(hKey, NULL, lpValueName);
}

REG_API LONG
RegDeleteValueW(HKEY hKey, LPCWSTR lpValueName)
{
    char *name = w32_utf8(lpValueName);
    LONG error = delete_value(hKey, NULL, name);

    free(name);
    return error;
}

REG_API LONG
RegDeleteKeyValueA(HKEY hKey, LPCSTR lpSubKey, LPCSTR lpValueName)
{
    return delete_value(hKey, lpSubKey, lpValueName);
}

REG_API LONG
RegDeleteKeyValueW(HKEY hKey, LPCWSTR lpSubKey, LPCWSTR lpValueName)
{
    char *path = w32_utf8(lpSubKey);
    char *name = w32_utf8(lpValueName);
    LONG error = delete_value(hKey, path, name);

    free(path);
    free(name);
    return error;
}

/* SPDX-License-Identifier: MIT */
/* Values: bytes with a type under a name, and the texts and numbers they stand for. */
#include "registry/reg_priv.h"

#include <errno.h>
#include <string.h>

#include "base/utf16.h"
#include "sys/memory.h"

#define PADDING 4u /* Zero bytes behind a copy, so that a string without its zero can be read. */

/* ---- Reading ---- */

/* The statement's row as a copy. */
static int
copy_row(sqlite3_stmt *statement, struct reg_value *ret_value)
{
    size_t size = (size_t)sqlite3_column_bytes(statement, 1);
    const void *data = sqlite3_column_blob(statement, 1);
    char *copy = sys_alloc(size + PADDING);
    char *name = reg_column_text(statement, 2);

    if (copy == NULL || name == NULL) {
        sys_free(copy);
        sys_free(name);
        return -ENOMEM;
    }
    if (size != 0) {
        memcpy(copy, data, size);
    }
    memset(copy + size, 0, PADDING);
    *ret_value = (struct reg_value){.type = (uint32_t)sqlite3_column_int64(statement, 0),
                                    .size = (uint32_t)size,
                                    .data = copy,
                                    .name = name};
    return 0;
}

/* Inside reg_enter: the row of a bound statement, or why there is none. */
static int
get_row(struct reg_store *store, reg_key key, sqlite3_stmt *statement, struct reg_value *ret_value)
{
    reg_key parent;
    unsigned flags;
    int result = reg_step(store, statement);

    if (result > 0) {
        result = copy_row(statement, ret_value);
    } else if (result == 0) {
        result = reg_key_get_locked(store, key, &parent, &flags);
        result = result == 0 ? -ENOENT : result;
    }
    (void)sqlite3_reset(statement);
    return result;
}

int
reg_value_get(struct reg_store *store, reg_key key, const char *name, struct reg_value *ret_value)
{
    sqlite3_stmt *statement;
    char *folded;
    char *kept;
    int result = reg_names(name, strlen(name), REG_VALUE_NAME_MAX, false, &kept, &folded);

    if (result != 0) {
        return result;
    }
    result = reg_enter(store, false);
    if (result == 0) {
        statement = reg_prepare(store, REG_VALUE_GET);
        result = -ENOMEM;
        if (statement != NULL) {
            (void)sqlite3_bind_int64(statement, 1, key);
            (void)sqlite3_bind_text(statement, 2, folded, -1, SQLITE_STATIC);
            result = get_row(store, key, statement, ret_value);
        }
        result = reg_leave(store, result);
    }
    sys_free(kept);
    sys_free(folded);
    return result;
}

int
reg_value_at(struct reg_store *store, reg_key key, uint32_t index, struct reg_value *ret_value)
{
    sqlite3_stmt *statement;
    int result = reg_enter(store, false);

    if (result != 0) {
        return result;
    }
    statement = reg_prepare(store, REG_VALUE_AT);
    result = -ENOMEM;
    if (statement != NULL) {
        (void)sqlite3_bind_int64(statement, 1, key);
        (void)sqlite3_bind_int64(statement, 2, index);
        result = get_row(store, key, statement, ret_value);
    }
    return reg_leave(store, result);
}

void
reg_value_free(struct reg_value *value)
{
    sys_free(value->data);
    sys_free(value->name);
    *value = (struct reg_value){.data = NULL};
}

/* ---- Writing ---- */

/* Updates the value or, with a `kept` name, makes it. */
static int
write_row(struct reg_store *store, reg_key key, const char *kept, const char *folded, uint32_t type,
          const void *data, size_t size)
{
    sqlite3_stmt *statement =
        reg_prepare(store, kept != NULL ? REG_VALUE_INSERT : REG_VALUE_UPDATE);
    int result;

    if (statement == NULL) {
        return -ENOMEM;
    }
    (void)sqlite3_bind_int64(statement, 1, key);
    (void)sqlite3_bind_text(statement, 2, folded, -1, SQLITE_STATIC);
    (void)sqlite3_bind_int64(statement, 3, type);
    if (size == 0) {
        (void)sqlite3_bind_zeroblob(statement, 4, 0);
    } else {
        (void)sqlite3_bind_blob64(statement, 4, data, size, SQLITE_STATIC);
    }
    if (kept != NULL) {
        (void)sqlite3_bind_text(statement, 5, kept, -1, SQLITE_STATIC);
    }
    result = reg_step(store, statement);
    (void)sqlite3_reset(statement);
    return result;
}

int
reg_value_set(struct reg_store *store, reg_key key, const char *name, uint32_t type,
              const void *data, size_t size)
{
    reg_key parent;
    unsigned flags;
    char *folded;
    char *kept;
    int result;

    if (size > REG_DATA_MAX) {
        return -E2BIG;
    }
    result = reg_names(name, strlen(name), REG_VALUE_NAME_MAX, false, &kept, &folded);
    if (result != 0) {
        return result;
    }
    result = reg_enter(store, true);
    if (result == 0) {
        result = reg_key_get_locked(store, key, &parent, &flags);
        result = result != 0 ? result : write_row(store, key, NULL, folded, type, data, size);
        if (result == 0 && sqlite3_changes(store->db) == 0) {
            result = write_row(store, key, kept, folded, type, data, size);
        }
        result = result != 0 ? result : reg_changed_locked(store, key, REG_CHANGE_LAST_SET);
        result = reg_leave(store, result);
    }
    sys_free(kept);
    sys_free(folded);
    return result;
}

int
reg_value_delete(struct reg_store *store, reg_key key, const char *name)
{
    sqlite3_stmt *statement;
    reg_key parent;
    unsigned flags;
    char *folded;
    char *kept;
    int result = reg_names(name, strlen(name), REG_VALUE_NAME_MAX, false, &kept, &folded);

    if (result != 0) {
        return result;
    }
    result = reg_enter(store, true);
    if (result == 0) {
        result = reg_key_get_locked(store, key, &parent, &flags);
        statement = result == 0 ? reg_prepare(store, REG_VALUE_DELETE) : NULL;
        if (statement != NULL) {
            (void)sqlite3_bind_int64(statement, 1, key);
            (void)sqlite3_bind_text(statement, 2, folded, -1, SQLITE_STATIC);
            result = reg_step(store, statement);
            (void)sqlite3_reset(statement);
            if (result == 0 && sqlite3_changes(store->db) == 0) {
                result = -ENOENT;
            }
        } else if (result == 0) {
            result = -ENOMEM;
        }
        result = result != 0 ? result : reg_changed_locked(store, key, REG_CHANGE_LAST_SET);
        result = reg_leave(store, result);
    }
    sys_free(kept);
    sys_free(folded);
    return result;
}

/* ---- Texts and numbers ---- */

int
reg_set_number(struct reg_store *store, reg_key key, const char *name, uint32_t number)
{
    const uint8_t bytes[4] = {(uint8_t)number, (uint8_t)(number >> 8), (uint8_t)(number >> 16),
                              (uint8_t)(number >> 24)};

    return reg_value_set(store, key, name, REG_TYPE_DWORD, bytes, sizeof(bytes));
}

int
reg_set_text(struct reg_store *store, reg_key key, const char *name, const char *text)
{
    size_t length = strlen(text);
    size_t count = utf8_to_utf16(NULL, 0, text, length);
    uint16_t *units = sys_alloc((count + 1) * sizeof(units[0]));
    int result = -ENOMEM;

    if (units != NULL) {
        (void)utf8_to_utf16(units, count, text, length);
        units[count] = 0;
        result = reg_value_set(store, key, name, REG_TYPE_SZ, units, (count + 1) * 2);
        sys_free(units);
    }
    return result;
}

int
reg_set_texts(struct reg_store *store, reg_key key, const char *name, const char *const *texts)
{
    size_t total = 1;
    size_t used = 0;
    uint16_t *units;
    size_t i;
    int result;

    for (i = 0; texts[i] != NULL; i++) {
        total += utf8_to_utf16(NULL, 0, texts[i], strlen(texts[i])) + 1;
    }
    units = sys_alloc(total * sizeof(units[0]));
    if (units == NULL) {
        return -ENOMEM;
    }
    for (i = 0; texts[i] != NULL; i++) {
        used += utf8_to_utf16(units + used, total - used, texts[i], strlen(texts[i]));
        units[used++] = 0;
    }
    units[used] = 0;
    result = reg_value_set(store, key, name, REG_TYPE_MULTI_SZ, units, total * 2);
    sys_free(units);
    return result;
}

static bool
is_text(uint32_t type)
{
    return type == REG_TYPE_SZ || type == REG_TYPE_EXPAND_SZ || type == REG_TYPE_MULTI_SZ;
}

int
reg_get_text(struct reg_store *store, reg_key key, const char *name, char **ret_text)
{
    struct reg_value value;
    char *text = NULL;
    size_t count;
    size_t size;
    int result = reg_value_get(store, key, name, &value);

    if (result != 0) {
        return result;
    }
    if (!is_text(value.type)) {
        result = -EPROTOTYPE;
    } else {
        count = utf16_length_most(value.data, value.size / 2);
        size = utf16_to_utf8(NULL, 0, value.data, count);
        text = sys_alloc(size + 1);
        result = text == NULL ? -ENOMEM : 0;
    }
    if (result == 0) {
        (void)utf16_to_utf8(text, size, value.data, count);
        text[size] = '\0';
        *ret_text = text;
    }
    reg_value_free(&value);
    return result;
}

int
reg_get_texts(struct reg_store *store, reg_key key, const char *name, char **ret_texts)
{
    struct reg_value value;
    const uint16_t *units;
    char *texts = NULL;
    size_t count;
    size_t size;
    int result = reg_value_get(store, key, name, &value);

    if (result != 0) {
        return result;
    }
    units = value.data;
    count = value.size / 2;
    if (!is_text(value.type)) {
        result = -EPROTOTYPE;
    } else {
        while (count != 0 && units[count - 1] == 0) {
            count--;
        }
        size = utf16_to_utf8(NULL, 0, units, count);
        texts = sys_alloc(size + 2);
        result = texts == NULL ? -ENOMEM : 0;
    }
    if (result == 0) {
        (void)utf16_to_utf8(texts, size, units, count);
        texts[size] = texts[size + 1] = '\0';
        *ret_texts = texts;
    }
    reg_value_free(&value);
    return result;
}

int
reg_get_number(struct reg_store *store, reg_key key, const char *name, uint32_t *ret_number)
{
    struct reg_value value;
    const uint8_t *bytes;
    int result = reg_value_get(store, key, name, &value);

    if (result != 0) {
        return result;
    }
    bytes = value.data;
    if (value.type != REG_TYPE_DWORD || value.size != 4) {
        result = -EPROTOTYPE;
    } else {
        *ret_number = bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 |
                      (uint32_t)bytes[3] << 24;
    }
    reg_value_free(&value);
    return result;
}

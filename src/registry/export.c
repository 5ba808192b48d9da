/* SPDX-License-Identifier: MIT */
/* The registry as the text of a .reg file, in UTF-8, with the line breaks that Windows' tools want. */
#include "registry/reg_priv.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/utf16.h"
#include "sys/memory.h"

#define LINE_WIDTH 78 /* Bytes in hexadecimal go on in the next line. */

struct text {
    char *bytes;
    size_t used;
    size_t size;
    size_t column;
    int error;
};

static void
add(struct text *text, const char *bytes, size_t count)
{
    if (text->error != 0) {
        return;
    }
    if (text->size - text->used < count + 1) {
        size_t size = 2 * text->size + count + 4096;
        char *more = sys_alloc(size);

        if (more == NULL) {
            text->error = -ENOMEM;
            return;
        }
        if (text->used != 0) {
            memcpy(more, text->bytes, text->used);
        }
        sys_free(text->bytes);
        text->bytes = more;
        text->size = size;
    }
    memcpy(text->bytes + text->used, bytes, count);
    text->used += count;
    text->bytes[text->used] = '\0';
    text->column += count;
}

static void
add_text(struct text *text, const char *bytes)
{
    add(text, bytes, strlen(bytes));
}

static void
end_line(struct text *text)
{
    add_text(text, "\r\n");
    text->column = 0;
}

static void
add_quoted(struct text *text, const char *bytes)
{
    add_text(text, "\"");
    for (; *bytes != '\0'; bytes++) {
        if (*bytes == '"' || *bytes == '\\') {
            add_text(text, "\\");
        }
        add(text, bytes, 1);
    }
    add_text(text, "\"");
}

/* A string that its quoted form brings back as it is: one zero, at the end, and no line break. */
static bool
is_plain_string(const struct reg_value *value)
{
    const uint16_t *units = value->data;
    size_t count = value->size / 2;
    size_t i;

    if (value->type != REG_TYPE_SZ || value->size % 2 != 0 || count == 0 || units[count - 1] != 0) {
        return false;
    }
    for (i = 0; i < count - 1; i++) {
        if (units[i] < 0x20 || (units[i] >= 0xd800 && units[i] <= 0xdfff)) {
            return false;
        }
    }
    return true;
}

static void
add_string(struct text *text, const struct reg_value *value)
{
    size_t count = value->size / 2 - 1;
    size_t size = utf16_to_utf8(NULL, 0, value->data, count);
    char *bytes = sys_alloc(size + 1);

    if (bytes == NULL) {
        text->error = -ENOMEM;
        return;
    }
    (void)utf16_to_utf8(bytes, size, value->data, count);
    bytes[size] = '\0';
    add_quoted(text, bytes);
    sys_free(bytes);
}

static void
add_bytes(struct text *text, const struct reg_value *value)
{
    const uint8_t *bytes = value->data;
    char piece[32];
    uint32_t i;

    if (value->type == REG_TYPE_BINARY) {
        add_text(text, "hex:");
    } else {
        (void)snprintf(piece, sizeof(piece), "hex(%x):", value->type);
        add_text(text, piece);
    }
    for (i = 0; i < value->size; i++) {
        (void)snprintf(piece, sizeof(piece), "%02x%s", bytes[i], i + 1 < value->size ? "," : "");
        if (text->column + strlen(piece) > LINE_WIDTH) {
            add_text(text, "\\");
            end_line(text);
            add_text(text, "  ");
        }
        add_text(text, piece);
    }
}

static void
add_value(struct text *text, const struct reg_value *value)
{
    const uint8_t *bytes = value->data;
    char piece[32];

    if (value->name[0] == '\0') {
        add_text(text, "@");
    } else {
        add_quoted(text, value->name);
    }
    add_text(text, "=");
    if (is_plain_string(value)) {
        add_string(text, value);
    } else if (value->type == REG_TYPE_DWORD && value->size == 4) {
        (void)snprintf(piece, sizeof(piece), "dword:%02x%02x%02x%02x", bytes[3], bytes[2], bytes[1],
                       bytes[0]);
        add_text(text, piece);
    } else {
        add_bytes(text, value);
    }
    end_line(text);
}

static int
add_key(struct text *text, struct reg_store *store, reg_key key)
{
    struct reg_value value;
    char *path;
    char *shown;
    uint32_t index;
    int result = reg_key_path(store, key, &path);

    if (result != 0) {
        return result;
    }
    shown = sys_alloc(strlen(path) + 64);
    result = shown == NULL ? -ENOMEM : reg_path_print(path, shown, strlen(path) + 64);
    if (result == 0) {
        add_text(text, "[");
        add_text(text, shown);
        add_text(text, "]");
        end_line(text);
    }
    sys_free(shown);
    sys_free(path);
    for (index = 0; result == 0; index++) {
        result = reg_value_at(store, key, index, &value);
        if (result == 0) {
            add_value(text, &value);
            reg_value_free(&value);
        }
    }
    end_line(text);
    return result == -ENOENT ? text->error : result;
}

/* The key and all below it. A link is shown as what it is; a file cannot bring it back. */
static int
add_tree(struct text *text, struct reg_store *store, reg_key key, unsigned depth)
{
    struct reg_key_info info;
    uint32_t index;
    int result = reg_key_query(store, key, &info);

    if (result != 0 || (info.flags & REG_LINK_KEY) != 0 || depth > REG_DEPTH_MAX) {
        return result;
    }
    result = add_key(text, store, key);
    for (index = 0; result == 0; index++) {
        reg_key subkey;

        result = reg_key_at(store, key, index, &subkey);
        result = result != 0 ? result : add_tree(text, store, subkey, depth + 1);
    }
    return result == -ENOENT ? 0 : result;
}

int
reg_export(struct reg_store *store, reg_key key, char **ret_text)
{
    struct text text = {.bytes = NULL};
    int result = reg_enter(store, false);

    if (result != 0) {
        return result;
    }
    add_text(&text, "Windows Registry Editor Version 5.00");
    end_line(&text);
    end_line(&text);
    result = reg_leave(store, add_tree(&text, store, key, 0));
    result = result != 0 ? result : text.error;
    if (result != 0) {
        sys_free(text.bytes);
        return result;
    }
    *ret_text = text.bytes;
    return 0;
}

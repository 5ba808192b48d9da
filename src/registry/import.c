/* SPDX-License-Identifier: MIT */
/*
 * Reading .reg files. What is in one comes from anywhere, so nothing in it is trusted: every length
 * is checked, and a file is applied as a whole or not at all.
 *
 *     [HKEY_LOCAL_MACHINE\SOFTWARE\Acme]     makes the key; [-HKEY…] deletes it with all below it
 *     "name"="text"  @="text"                the default value is @
 *     "name"=dword:0000002a   hex:00,01,\    hex(7):…   a backslash continues the bytes
 *     "name"=-                               deletes the value
 */
#include "registry/reg_priv.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/utf16.h"
#include "sys/memory.h"

#define TEXT_SIZE_MAX (64u << 20)

struct reader {
    struct reg_store *store;
    struct reg_error *error;
    char *at;      /* What is left of the text. */
    unsigned line; /* Of `at`, from 1. */
    bool ansi;     /* REGEDIT4: strings in hex(2) and hex(7) are 8-bit. */
    reg_key key;   /* The section's; 0: none, or one that is deleted. */
    bool in_section;
};

static int fail(struct reader *r, int result, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static int
fail(struct reader *r, int result, const char *format, ...)
{
    va_list arguments;
    int n = snprintf(r->error->text, sizeof(r->error->text), "line %u: ", r->line);

    va_start(arguments, format);
    (void)vsnprintf(r->error->text + n, sizeof(r->error->text) - (size_t)n, format, arguments);
    va_end(arguments);
    return result;
}

/* ---- Encodings ---- */

static char *
text_of_utf16(const uint8_t *data, size_t size)
{
    size_t count = size / 2;
    uint16_t *units = sys_alloc(count * 2 + 2);
    char *text = NULL;
    size_t length;
    size_t i;

    if (units == NULL) {
        return NULL;
    }
    for (i = 0; i < count; i++) {
        units[i] = (uint16_t)(data[2 * i] | data[2 * i + 1] << 8);
    }
    length = utf16_to_utf8(NULL, 0, units, count);
    text = sys_alloc(length + 1);
    if (text != NULL) {
        (void)utf16_to_utf8(text, length, units, count);
        text[length] = '\0';
    }
    sys_free(units);
    return text;
}

/* The file as UTF-8. UTF-16 is known by its mark, or by the zero behind its first letter. */
static char *
text_of(const uint8_t *data, size_t size)
{
    char *text;

    if (size >= 2 && data[0] == 0xFF && data[1] == 0xFE) {
        return text_of_utf16(data + 2, size - 2);
    }
    if (size >= 2 && data[0] != 0 && data[1] == 0) {
        return text_of_utf16(data, size);
    }
    if (size >= 3 && memcmp(data, "\xEF\xBB\xBF", 3) == 0) {
        data += 3;
        size -= 3;
    }
    text = sys_alloc(size + 1);
    if (text != NULL) {
        memcpy(text, data, size);
        text[size] = '\0';
    }
    return text;
}

/* ---- Lines ---- */

/* Cuts the next line off, without its break and the blanks around it. NULL: there is none. */
static char *
next_line(struct reader *r)
{
    char *start = r->at;
    char *end;

    if (*start == '\0') {
        return NULL;
    }
    end = start + strcspn(start, "\n");
    r->at = *end == '\n' ? end + 1 : end;
    r->line++;
    while (end > start && (end[-1] == '\r' || end[-1] == ' ' || end[-1] == '\t')) {
        end--;
    }
    *end = '\0';
    return start + strspn(start, " \t");
}

/* A quoted text, its escapes undone in place; *text moves behind it. */
static int
read_quoted(struct reader *r, char **text, const char **ret_value)
{
    char *in = *text + 1;
    char *out = in;

    *ret_value = in;
    for (; *in != '"'; in++) {
        if (*in == '\\' && in[1] != '\0') {
            in++;
        }
        if (*in == '\0') {
            /* A text goes on behind a line break. */
            if (*r->at == '\0') {
                return fail(r, -EINVAL, "a quote is not closed");
            }
            *out++ = '\n';
            in = next_line(r) - 1;
            continue;
        }
        *out++ = *in;
    }
    *text = in + 1;
    *out = '\0';
    return 0;
}

/* ---- Values ---- */

static int
hex_digit(char c)
{
    return isdigit((unsigned char)c)    ? c - '0'
           : isxdigit((unsigned char)c) ? (c | 32) - 'a' + 10
                                        : -1;
}

static int
set_value(struct reader *r, const char *name, uint32_t type, const void *data, size_t size)
{
    int result = r->key == 0 ? 0 : reg_value_set(r->store, r->key, name, type, data, size);

    return result == 0 ? 0 : fail(r, result, "\"%.60s\": %s", name, strerror(-result));
}

static int
set_string(struct reader *r, const char *name, uint32_t type, const char *text, size_t length)
{
    size_t count = utf8_to_utf16(NULL, 0, text, length);
    uint16_t *units = sys_alloc((count + 1) * 2);
    int result;

    if (units == NULL) {
        return fail(r, -ENOMEM, "out of memory");
    }
    (void)utf8_to_utf16(units, count, text, length);
    units[count] = 0;
    /* Bytes of a REG_MULTI_SZ bring their zeros along. */
    result = set_value(r, name, type, units, (count + (type == REG_TYPE_SZ)) * 2);
    sys_free(units);
    return result;
}

static int
read_dword(struct reader *r, const char *name, const char *text)
{
    uint32_t number = 0;
    uint8_t bytes[4];
    size_t i;

    for (i = 0; hex_digit(text[i]) >= 0 && i < 8; i++) {
        number = number << 4 | (uint32_t)hex_digit(text[i]);
    }
    if (i == 0 || text[i + strspn(text + i, " \t")] != '\0') {
        return fail(r, -EINVAL, "\"%.20s\" is not a number of at most 8 hexadecimal digits", text);
    }
    for (i = 0; i < 4; i++) {
        bytes[i] = (uint8_t)(number >> (8 * i));
    }
    return set_value(r, name, REG_TYPE_DWORD, bytes, sizeof(bytes));
}

/* Bytes "01,02,\" into `bytes` in place of the text: they take less room than their digits. */
static int
read_bytes(struct reader *r, char *text, uint8_t **ret_bytes, size_t *ret_size)
{
    size_t room = strlen(text) + strlen(r->at);
    uint8_t *bytes = sys_alloc(room / 2 + 2);
    size_t size = 0;
    int result = 0;

    if (bytes == NULL) {
        return fail(r, -ENOMEM, "out of memory");
    }
    for (;;) {
        text += strspn(text, " \t,");
        if (*text == '\\' && text[1 + strspn(text + 1, " \t")] == '\0') {
            text = next_line(r);
            if (text == NULL) {
                result = fail(r, -EINVAL, "the file ends behind a continued line");
                break;
            }
            continue;
        }
        if (*text == '\0' || *text == ';') {
            break;
        }
        if (hex_digit(text[0]) < 0 || (hex_digit(text[1]) >= 0 && hex_digit(text[2]) >= 0)) {
            result =
                fail(r, -EINVAL, "\"%.8s\" is not a byte of one or two hexadecimal digits", text);
            break;
        }
        bytes[size] = (uint8_t)hex_digit(*text++);
        if (hex_digit(*text) >= 0) {
            bytes[size] = (uint8_t)(bytes[size] << 4 | hex_digit(*text++));
        }
        size++;
    }
    if (result != 0) {
        sys_free(bytes);
        return result;
    }
    *ret_bytes = bytes;
    *ret_size = size;
    return 0;
}

static int
read_hex(struct reader *r, const char *name, char *text)
{
    uint32_t type = REG_TYPE_BINARY;
    uint8_t *bytes = NULL;
    size_t size = 0;
    int result;

    if (*text == '(') {
        int digits;

        type = 0;
        text++;
        for (digits = 0; hex_digit(*text) >= 0 && digits < 8; digits++) {
            type = type << 4 | (uint32_t)hex_digit(*text++);
        }
        if (digits == 0 || *text++ != ')') {
            return fail(r, -EINVAL, "\"hex(\" is followed by no type and \")\"");
        }
    }
    if (*text != ':') {
        return fail(r, -EINVAL, "\"hex\" is not followed by a colon");
    }
    result = read_bytes(r, text + 1, &bytes, &size);
    if (result != 0) {
        return result;
    }
    if (r->ansi && (type == REG_TYPE_EXPAND_SZ || type == REG_TYPE_MULTI_SZ)) {
        result = set_string(r, name, type, (const char *)bytes, size);
    } else {
        result = set_value(r, name, type, bytes, size);
    }
    sys_free(bytes);
    return result;
}

static int
delete_value(struct reader *r, const char *name)
{
    int result = r->key == 0 ? 0 : reg_value_delete(r->store, r->key, name);

    return result == 0 || result == -ENOENT
               ? 0
               : fail(r, result, "\"%.60s\": %s", name, strerror(-result));
}

/* Behind the "=". */
static int
read_data(struct reader *r, const char *name, char *text)
{
    const char *string;
    int result;

    if (*text == '"') {
        result = read_quoted(r, &text, &string);
        if (result != 0) {
            return result;
        }
        text += strspn(text, " \t");
        if (*text != '\0' && *text != ';') {
            return fail(r, -EINVAL, "\"%.20s\" behind the text", text);
        }
        return set_string(r, name, REG_TYPE_SZ, string, strlen(string));
    }
    if (strncasecmp(text, "dword:", 6) == 0) {
        return read_dword(r, name, text + 6);
    }
    if (strncasecmp(text, "hex", 3) == 0) {
        return read_hex(r, name, text + 3);
    }
    if (strcmp(text, "-") == 0) {
        return delete_value(r, name);
    }
    return fail(r, -EINVAL, "\"%.20s\" is neither a text, dword:, hex: nor -", text);
}

static int
read_value(struct reader *r, char *line)
{
    const char *name = "";
    int result;

    if (!r->in_section) {
        return fail(r, -EINVAL, "a value stands before the first key");
    }
    if (*line == '@') {
        line++;
    } else {
        result = read_quoted(r, &line, &name);
        if (result != 0) {
            return result;
        }
    }
    line += strspn(line, " \t");
    if (*line != '=') {
        return fail(r, -EINVAL, "the name \"%.60s\" is not followed by \"=\"", name);
    }
    line++;
    return read_data(r, name, line + strspn(line, " \t"));
}

/* ---- Keys ---- */

static int
read_key(struct reader *r, char *line)
{
    char path[REG_PATH_SIZE];
    char *end = strrchr(line, ']');
    bool deletes = line[1] == '-';
    char *name = line + 1 + deletes;
    int result;

    if (end == NULL || end[1 + strspn(end + 1, " \t")] != '\0') {
        return fail(r, -EINVAL, "a key's name ends with \"]\"");
    }
    *end = '\0';
    result = reg_path_parse(name, path, sizeof(path));
    if (result != 0) {
        return fail(r, result, "\"%.100s\" is not the path of a key", name);
    }
    r->in_section = true;
    r->key = 0;
    if (deletes) {
        reg_key key;

        result = reg_key_open(r->store, REG_ROOT, path, 0, &key);
        result = result != 0 ? result : reg_key_delete_tree(r->store, key);
        result = result == -ENOENT ? 0 : result;
    } else {
        result = reg_key_create(r->store, REG_ROOT, path, REG_CREATE_PATH, NULL, &r->key, NULL);
    }
    return result == 0 ? 0 : fail(r, result, "%.100s: %s", name, strerror(-result));
}

static int
read_lines(struct reader *r)
{
    char *line;
    int result = 0;

    while (result == 0 && (line = next_line(r)) != NULL) {
        if (*line == '[') {
            result = read_key(r, line);
        } else if (*line == '"' || *line == '@') {
            result = read_value(r, line);
        } else if (*line != '\0' && *line != ';') {
            result = fail(r, -EINVAL, "\"%.20s\" begins neither a key nor a value", line);
        }
    }
    return result;
}

static int
read_signature(struct reader *r)
{
    char *line;

    do {
        line = next_line(r);
    } while (line != NULL && *line == '\0');
    if (line != NULL && strcasecmp(line, "Windows Registry Editor Version 5.00") == 0) {
        return 0;
    }
    if (line != NULL && strcasecmp(line, "REGEDIT4") == 0) {
        r->ansi = true;
        return 0;
    }
    return fail(r, -EINVAL, "a .reg file begins with \"Windows Registry Editor Version 5.00\"");
}

int
reg_import(struct reg_store *store, const void *data, size_t size, struct reg_error *error)
{
    struct reader r = {.store = store, .error = error};
    char *text = size > TEXT_SIZE_MAX ? NULL : text_of(data, size);
    int result;

    error->text[0] = '\0';
    if (text == NULL) {
        result = size > TEXT_SIZE_MAX ? -EFBIG : -ENOMEM;
        (void)snprintf(error->text, sizeof(error->text), "%s", strerror(-result));
        return result;
    }
    r.at = text;
    result = reg_begin(store);
    if (result != 0) {
        (void)fail(&r, result, "the registry: %s", strerror(-result));
    } else {
        result = read_signature(&r);
        result = result != 0 ? result : read_lines(&r);
        if (result != 0) {
            reg_rollback(store);
        } else {
            result = reg_commit(store);
            if (result != 0) {
                (void)fail(&r, result, "the registry: %s", strerror(-result));
            }
        }
    }
    sys_free(text);
    return result;
}

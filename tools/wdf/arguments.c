/* SPDX-License-Identifier: MIT */
/* Reading what a person typed: see wdf.h. */
#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "wdf/wdf.h"

int
wdf_parse_number(const char *text, uint64_t most, uint64_t *ret_value)
{
    unsigned long long value;
    char *end;

    if (!isdigit((unsigned char)text[0])) {
        return -EINVAL;
    }
    errno = 0;
    value = strtoull(text, &end, 0);
    if (errno != 0 || *end != '\0' || value > most) {
        return -EINVAL;
    }
    *ret_value = value;
    return 0;
}

/* ---- Control codes ---- */

struct symbol {
    const char *name;
    uint32_t value;
};

/* Device types as the WDK's devioctl.h has them; the common ones. */
static const struct symbol device_types[] = {
    {"BEEP", 0x01},
    {"CD_ROM", 0x02},
    {"CONTROLLER", 0x04},
    {"DISK", 0x07},
    {"FILE_SYSTEM", 0x09},
    {"INPORT_PORT", 0x0a},
    {"KEYBOARD", 0x0b},
    {"MOUSE", 0x0f},
    {"NETWORK", 0x12},
    {"NULL", 0x15},
    {"PARALLEL_PORT", 0x16},
    {"PRINTER", 0x18},
    {"SERIAL_PORT", 0x1b},
    {"SCREEN", 0x1c},
    {"SOUND", 0x1d},
    {"UNKNOWN", 0x22},
    {"BUS_EXTENDER", 0x2a},
    {"MASS_STORAGE", 0x2d},
    {"SMARTCARD", 0x31},
    {"ACPI", 0x32},
    {"BATTERY", 0x29},
    {"KS", 0x2f},
    {"CHANGER", 0x30},
    {"BIOMETRIC", 0x44},
    {NULL, 0},
};

static const struct symbol methods[] = {
    {"BUFFERED", 0}, {"IN_DIRECT", 1}, {"OUT_DIRECT", 2}, {"NEITHER", 3}, {NULL, 0},
};

static const struct symbol accesses[] = {
    {"ANY", 0},          {"ANY_ACCESS", 0},  {"SPECIAL", 0},   {"SPECIAL_ACCESS", 0},
    {"READ", 1},         {"READ_ACCESS", 1}, {"READ_DATA", 1}, {"WRITE", 2},
    {"WRITE_ACCESS", 2}, {"WRITE_DATA", 2},  {NULL, 0},
};

/* One word, with or without its prefix (FILE_DEVICE_, METHOD_, FILE_). */
static int
parse_symbol(const char *text, const struct symbol *symbols, const char *prefix, uint32_t most,
             uint32_t *ret_value)
{
    uint64_t number;

    if (wdf_parse_number(text, most, &number) == 0) {
        *ret_value = (uint32_t)number;
        return 0;
    }
    if (strncasecmp(text, prefix, strlen(prefix)) == 0) {
        text += strlen(prefix);
    }
    for (; symbols->name != NULL; symbols++) {
        if (strcasecmp(symbols->name, text) == 0) {
            *ret_value = symbols->value;
            return 0;
        }
    }
    return -EINVAL;
}

/* READ|WRITE and the like. */
static int
parse_access(char *text, uint32_t *ret_value)
{
    char *state;
    char *word;

    *ret_value = 0;
    for (word = strtok_r(text, "|+", &state); word != NULL; word = strtok_r(NULL, "|+", &state)) {
        uint32_t value;

        if (parse_symbol(word, accesses, "FILE_", 3, &value) != 0) {
            return -EINVAL;
        }
        *ret_value |= value;
    }
    return 0;
}

int
wdf_parse_ioctl(const char *text, uint32_t *ret_code)
{
    char buffer[160];
    char *parts[4];
    size_t count = 0;
    size_t used = 0;
    uint64_t number;
    uint32_t type;
    uint32_t function;
    uint32_t method;
    uint32_t access;
    char *state;
    char *word;

    if (wdf_parse_number(text, UINT32_MAX, &number) == 0) {
        *ret_code = (uint32_t)number;
        return 0;
    }
    if (strncasecmp(text, "CTL_CODE", 8) == 0) {
        text += 8;
    }
    for (; *text != '\0'; text++) {
        if (strchr(" \t()", *text) == NULL) {
            if (used == sizeof(buffer) - 1) {
                return -EINVAL;
            }
            buffer[used++] = *text;
        }
    }
    buffer[used] = '\0';
    for (word = strtok_r(buffer, ",", &state); word != NULL; word = strtok_r(NULL, ",", &state)) {
        if (count == 4) {
            return -EINVAL;
        }
        parts[count++] = word;
    }
    if (count != 4 || parse_symbol(parts[0], device_types, "FILE_DEVICE_", 0xFFFF, &type) != 0 ||
        wdf_parse_number(parts[1], 0xFFF, &number) != 0 ||
        parse_symbol(parts[2], methods, "METHOD_", 3, &method) != 0 ||
        parse_access(parts[3], &access) != 0) {
        return -EINVAL;
    }
    function = (uint32_t)number;
    *ret_code = type << 16 | access << 14 | function << 2 | method;
    return 0;
}

/* ---- Hexadecimal ---- */

static int
hex_digit(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    c = (char)tolower((unsigned char)c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

uint8_t *
wdf_parse_hex(const char *text, size_t *ret_size)
{
    uint8_t *bytes = malloc(strlen(text) / 2 + 1);
    size_t count = 0;

    while (bytes != NULL && *text != '\0') {
        int high;
        int low;

        if (isspace((unsigned char)*text) || *text == ',' || *text == ':') {
            text++;
            continue;
        }
        if (text[0] == '0' && (text[1] == 'x' || text[1] == 'X')) {
            text += 2;
            continue;
        }
        high = hex_digit(text[0]);
        low = high < 0 ? -1 : hex_digit(text[1]);
        if (low < 0) {
            free(bytes);
            return NULL;
        }
        bytes[count++] = (uint8_t)(high << 4 | low);
        text += 2;
    }
    *ret_size = count;
    return bytes;
}

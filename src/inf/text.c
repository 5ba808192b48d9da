/* SPDX-License-Identifier: MIT */
/* The encodings of INF files: UTF-16 with its mark, UTF-8, and the 8-bit code of old files (1252). */
#include <string.h>

#include "base/utf16.h"
#include "inf/inf_priv.h"
#include "sys/memory.h"

static char *
text_from_utf16(const uint8_t *data, size_t size, bool big_endian)
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
        units[i] = (uint16_t)(data[2 * i + big_endian] | data[2 * i + !big_endian] << 8);
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

/* Whether every byte above 0x7F is part of a well-formed sequence. */
static bool
is_utf8(const uint8_t *data, size_t size)
{
    size_t i = 0;

    while (i < size) {
        unsigned more = data[i] < 0x80                       ? 0
                        : data[i] >= 0xC2 && data[i] <= 0xDF ? 1
                        : data[i] >= 0xE0 && data[i] <= 0xEF ? 2
                        : data[i] >= 0xF0 && data[i] <= 0xF4 ? 3
                                                             : 4;

        if (more == 4 || size - i <= more) {
            return false;
        }
        for (i++; more != 0; more--, i++) {
            if ((data[i] & 0xC0) != 0x80) {
                return false;
            }
        }
    }
    return true;
}

static char *
text_from_1252(const uint8_t *data, size_t size)
{
    static const uint16_t upper[32] = {
        0x20ac, 0x81,   0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160,
        0x2039, 0x0152, 0x8d,   0x017d, 0x8f,   0x90,   0x2018, 0x2019, 0x201c, 0x201d, 0x2022,
        0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0x9d,   0x017e, 0x0178,
    };
    char *text = sys_alloc(3 * size + 1);
    size_t used = 0;
    size_t i;

    if (text == NULL) {
        return NULL;
    }
    for (i = 0; i < size; i++) {
        uint32_t code = data[i] >= 0x80 && data[i] < 0xA0 ? upper[data[i] - 0x80] : data[i];
        char bytes[4];
        size_t n = utf8_put(bytes, code);

        memcpy(text + used, bytes, n);
        used += n;
    }
    text[used] = '\0';
    return text;
}

char *
inf_text_of(const uint8_t *data, size_t size)
{
    char *text;

    if (size >= 2 && data[0] == 0xFF && data[1] == 0xFE) {
        return text_from_utf16(data + 2, size - 2, false);
    }
    if (size >= 2 && data[0] == 0xFE && data[1] == 0xFF) {
        return text_from_utf16(data + 2, size - 2, true);
    }
    if (size >= 3 && memcmp(data, "\xEF\xBB\xBF", 3) == 0) {
        data += 3;
        size -= 3;
    }
    if (!is_utf8(data, size)) {
        return text_from_1252(data, size);
    }
    text = sys_alloc(size + 1);
    if (text != NULL) {
        memcpy(text, data, size);
        text[size] = '\0';
    }
    return text;
}

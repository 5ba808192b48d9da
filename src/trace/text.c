/* SPDX-License-Identifier: MIT */
/* Values as text: see text.h. */
#include "trace/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/utf16.h"
#include "trace/filter.h"

void
trace_text_init(struct trace_text *text, char *buffer, size_t size)
{
    *text = (struct trace_text){.buffer = buffer, .size = size};
}

void
trace_text_put(struct trace_text *text, const char *bytes, size_t count)
{
    size_t room = text->size - 1 - text->used;

    if (count > room) {
        count = room;
        text->cut = true;
    }
    memcpy(text->buffer + text->used, bytes, count);
    text->used += count;
}

void
trace_text_format(struct trace_text *text, const char *format, ...)
{
    char piece[512];
    va_list arguments;
    int n;

    va_start(arguments, format);
    n = vsnprintf(piece, sizeof(piece), format, arguments);
    va_end(arguments);
    if (n > 0) {
        trace_text_put(text, piece, (size_t)n < sizeof(piece) ? (size_t)n : sizeof(piece) - 1);
    }
}

void
trace_text_end(struct trace_text *text)
{
    if (text->cut && text->used >= 3) {
        memcpy(text->buffer + text->used - 3, "...", 3);
    }
    while (text->used > 0 && text->buffer[text->used - 1] == ' ') {
        text->used--;
    }
    text->buffer[text->used] = '\0';
}

void
trace_text_hex(struct trace_text *text, const uint8_t *bytes, size_t size)
{
    size_t i;

    for (i = 0; i < size && !text->cut; i++) {
        trace_text_format(text, "%s%02x", i == 0 ? "" : " ", bytes[i]);
    }
}

void
trace_text_guid(struct trace_text *text, const uint8_t *bytes, size_t size)
{
    char guid[37];

    if (size != 16) {
        trace_text_hex(text, bytes, size);
        return;
    }
    trace_guid_text(bytes, guid);
    trace_text_format(text, "{%s}", guid);
}

void
trace_text_sid(struct trace_text *text, const uint8_t *bytes, size_t size)
{
    uint64_t authority = 0;
    unsigned i;

    if (size < 8 || size != 8 + 4 * (size_t)bytes[1]) {
        trace_text_hex(text, bytes, size);
        return;
    }
    for (i = 2; i < 8; i++) {
        authority = authority << 8 | bytes[i];
    }
    trace_text_format(text, "S-%u-%llu", bytes[0], (unsigned long long)authority);
    for (i = 0; i < bytes[1]; i++) {
        uint32_t part;

        memcpy(&part, bytes + 8 + 4 * i, sizeof(part));
        trace_text_format(text, "-%u", part);
    }
}

void
trace_text_ipv6(struct trace_text *text, const uint8_t *bytes, size_t size)
{
    unsigned i, from = 8, length = 0;

    if (size != 16) {
        trace_text_hex(text, bytes, size);
        return;
    }
    /* The longest run of zero groups, two at least, becomes "::". */
    for (i = 0; i < 8; i++) {
        unsigned run = 0;

        while (i + run < 8 && bytes[2 * (i + run)] == 0 && bytes[2 * (i + run) + 1] == 0) {
            run++;
        }
        if (run > length && run > 1) {
            from = i;
            length = run;
        }
    }
    for (i = 0; i < 8; i++) {
        if (i == from) {
            trace_text_put(text, "::", 2);
            i += length - 1;
            continue;
        }
        trace_text_format(text, "%s%x", i == 0 || i == from + length ? "" : ":",
                          bytes[2 * i] << 8 | bytes[2 * i + 1]);
    }
}

void
trace_text_socket_address(struct trace_text *text, const uint8_t *bytes, size_t size)
{
    unsigned family = size >= 2 ? (unsigned)(bytes[0] | bytes[1] << 8) : 0;

    if (family == 2 && size >= 8) {
        trace_text_format(text, "%u.%u.%u.%u:%u", bytes[4], bytes[5], bytes[6], bytes[7],
                          bytes[2] << 8 | bytes[3]);
    } else if (family == 23 && size >= 24) {
        trace_text_put(text, "[", 1);
        trace_text_ipv6(text, bytes + 8, 16);
        trace_text_format(text, "]:%u", bytes[2] << 8 | bytes[3]);
    } else {
        trace_text_hex(text, bytes, size);
    }
}

void
trace_text_narrow(struct trace_text *text, const uint8_t *bytes, size_t size)
{
    size_t i, from = 0;

    /* Control characters would change the terminal, and lines must stay lines. */
    for (i = 0; i < size; i++) {
        if (bytes[i] < 0x20 && bytes[i] != '\t') {
            trace_text_put(text, (const char *)bytes + from, i - from);
            if (bytes[i] != '\n' && bytes[i] != '\r') {
                trace_text_format(text, "\\x%02x", bytes[i]);
            } else {
                trace_text_put(text, " ", 1);
            }
            from = i + 1;
        }
    }
    trace_text_put(text, (const char *)bytes + from, size - from);
}

void
trace_text_wide(struct trace_text *text, const uint8_t *bytes, size_t size)
{
    uint16_t units[64];
    char narrow[sizeof(units) * 3];
    size_t length;

    while (size >= 2) {
        size_t count = size / 2 < 64 ? size / 2 : 64;

        memcpy(units, bytes, count * 2);
        /* A surrogate pair stays together. */
        if (count == 64 && (units[63] & 0xfc00) == 0xd800) {
            count--;
        }
        length = utf16_to_utf8(narrow, sizeof(narrow), units, count);
        trace_text_narrow(text, (const uint8_t *)narrow,
                          length < sizeof(narrow) ? length : sizeof(narrow));
        bytes += count * 2;
        size -= count * 2;
    }
}

/* The civil date of a day since 1601-01-01: eras of 400 years, years that begin in March. */
static void
civil_date(int64_t days, int *year, int *month, int *day)
{
    int64_t era, day_of_era, year_of_era, day_of_year, shifted;

    days += 584694; /* From 0000-03-01 to 1601-01-01. */
    era = days / 146097;
    day_of_era = days % 146097;
    year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    shifted = (5 * day_of_year + 2) / 153;
    *day = (int)(day_of_year - (153 * shifted + 2) / 5 + 1);
    *month = (int)(shifted < 10 ? shifted + 3 : shifted - 9);
    *year = (int)(year_of_era + era * 400 + (*month <= 2));
}

void
trace_text_time(struct trace_text *text, uint64_t time_100ns)
{
    uint64_t seconds = time_100ns / 10000000;
    int year, month, day;

    civil_date((int64_t)(seconds / 86400), &year, &month, &day);
    trace_text_format(text, "%04d-%02d-%02d %02u:%02u:%02u.%03u", year, month, day,
                      (unsigned)(seconds / 3600 % 24), (unsigned)(seconds / 60 % 60),
                      (unsigned)(seconds % 60), (unsigned)(time_100ns / 10000 % 1000));
}

void
trace_text_duration(struct trace_text *text, int64_t milliseconds)
{
    uint64_t ms = milliseconds < 0 ? -(uint64_t)milliseconds : (uint64_t)milliseconds;
    uint64_t seconds = ms / 1000;

    trace_text_format(text, "%s%llu~%u:%02u:%02u.%03u", milliseconds < 0 ? "-" : "",
                      (unsigned long long)(seconds / 86400), (unsigned)(seconds / 3600 % 24),
                      (unsigned)(seconds / 60 % 60), (unsigned)(seconds % 60),
                      (unsigned)(ms % 1000));
}

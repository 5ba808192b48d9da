/* SPDX-License-Identifier: MIT */
/* Lists of providers, levels and flags: see filter.h. No state. */
#include "trace/filter.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char *const level_names[] = {"none",    "critical", "error",
                                          "warning", "info",     "verbose"};

#define LEVELS (sizeof(level_names) / sizeof(level_names[0]))

const char *
trace_level_text(unsigned level, char text[16])
{
    if (level < LEVELS) {
        return level_names[level];
    }
    (void)snprintf(text, 16, "level %u", level & 0xff);
    return text;
}

/* ---- GUIDs ---- */

/* Hexadecimal digits of a group, at most `most`; -1 when there are none or too many. */
static int
read_group(const char **text, unsigned most, uint64_t *ret_value)
{
    unsigned digits = 0;

    *ret_value = 0;
    while (**text == ' ' || **text == '\t') {
        (*text)++;
    }
    for (; isxdigit((unsigned char)**text); (*text)++, digits++) {
        char c = (char)tolower((unsigned char)**text);

        *ret_value = *ret_value << 4 | (uint64_t)(c >= 'a' ? c - 'a' + 10 : c - '0');
    }
    while (**text == ' ' || **text == '\t') {
        (*text)++;
    }
    return digits == 0 || digits > most ? -1 : 0;
}

int
trace_guid_parse(const char *text, uint8_t ret_guid[16])
{
    static const unsigned most[] = {8, 4, 4, 4, 12};
    uint64_t group[5];
    char close = *text == '{' ? '}' : *text == '(' ? ')' : '\0';
    char separator = *text == '(' ? ',' : '-';
    unsigned i;

    text += close != '\0';
    for (i = 0; i < 5; i++) {
        if (read_group(&text, most[i], &group[i]) != 0 || (i < 4 && *text++ != separator)) {
            return -EINVAL;
        }
    }
    if ((close != '\0' && *text++ != close) || *text != '\0') {
        return -EINVAL;
    }
    for (i = 0; i < 4; i++) {
        ret_guid[i] = (uint8_t)(group[0] >> (8 * i));
    }
    ret_guid[4] = (uint8_t)group[1];
    ret_guid[5] = (uint8_t)(group[1] >> 8);
    ret_guid[6] = (uint8_t)group[2];
    ret_guid[7] = (uint8_t)(group[2] >> 8);
    ret_guid[8] = (uint8_t)(group[3] >> 8);
    ret_guid[9] = (uint8_t)group[3];
    for (i = 0; i < 6; i++) {
        ret_guid[10 + i] = (uint8_t)(group[4] >> (8 * (5 - i)));
    }
    return 0;
}

void
trace_guid_text(const uint8_t b[16], char text[37])
{
    (void)snprintf(text, 37, "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x",
                   b[3], b[2], b[1], b[0], b[5], b[4], b[7], b[6], b[8], b[9], b[10], b[11], b[12],
                   b[13], b[14], b[15]);
}

/* ---- Lists ---- */

static int
parse_level(const char *text, uint8_t *ret_level)
{
    char *end;
    unsigned long value;
    size_t i;

    for (i = 0; i < LEVELS; i++) {
        if (strcasecmp(text, level_names[i]) == 0) {
            *ret_level = (uint8_t)i;
            return 0;
        }
    }
    if (strcasecmp(text, "information") == 0) {
        *ret_level = TRACE_LEVEL_INFORMATION;
        return 0;
    }
    value = strtoul(text, &end, 0);
    if (end == text || *end != '\0' || value > 255) {
        return -EINVAL;
    }
    *ret_level = (uint8_t)value;
    return 0;
}

static int
parse_item(const char *text, size_t length, struct trace_filter_item *item, char *problem,
           size_t size)
{
    char copy[TRACE_FILTER_ITEM_SIZE];
    char *level, *flags = NULL;

    if (length >= sizeof(copy)) {
        (void)snprintf(problem, size, "%.40s...: longer than %zu characters", text,
                       sizeof(copy) - 1);
        return -EINVAL;
    }
    memcpy(copy, text, length);
    copy[length] = '\0';
    *item = (struct trace_filter_item){.level = TRACE_LEVEL_VERBOSE};
    level = strchr(copy, ':');
    if (level != NULL) {
        *level++ = '\0';
        flags = strchr(level, ':');
        if (flags != NULL) {
            *flags++ = '\0';
        }
        if (level[0] != '\0' && parse_level(level, &item->level) != 0) {
            (void)snprintf(
                problem, size,
                "%s:%s: not a level: 0 to 255, critical, error, warning, info or verbose", copy,
                level);
            return -EINVAL;
        }
    }
    if (copy[0] == '\0') {
        (void)snprintf(problem, size, "\"%.*s\": no provider", (int)length, text);
        return -EINVAL;
    }
    strcpy(item->provider, copy);
    strcpy(item->flags, flags != NULL ? flags : "");
    return 0;
}

int
trace_filter_add(struct trace_filter *filter, const char *list, char *problem, size_t size)
{
    size_t count = filter->count;

    while (*list != '\0') {
        size_t length = strcspn(list, ", \t\n");

        if (length != 0) {
            if (filter->count == TRACE_FILTER_ITEMS_MAX) {
                (void)snprintf(problem, size, "more than %d items", TRACE_FILTER_ITEMS_MAX);
                filter->count = count;
                return -EINVAL;
            }
            if (parse_item(list, length, &filter->items[filter->count], problem, size) != 0) {
                filter->count = count;
                return -EINVAL;
            }
            filter->count++;
        }
        list += length + (list[length] != '\0');
    }
    return 0;
}

/* ---- What passes ---- */

/* The number of a flag; -1 when the provider has none of that name. */
static int
flag_number(const char *bits, const char *name, size_t length)
{
    int number = 0;

    while (*bits != '\0') {
        size_t width = strcspn(bits, " ");

        if (width == length && strncasecmp(bits, name, length) == 0) {
            return number;
        }
        number += width != 0;
        bits += width + (bits[width] == ' ');
    }
    return -1;
}

static void
select_flag(struct trace_selection *selection, unsigned number)
{
    if (number < 32 * OWDF_TRACE_FLAG_WORDS) {
        selection->flags[number / 32] |= UINT32_C(1) << number % 32;
    }
    if (number < 64) {
        selection->keywords |= UINT64_C(1) << number;
    }
}

static void
select_flags(struct trace_selection *selection, const char *flags, const char *name,
             const char *bits, char *problem, size_t size)
{
    while (*flags != '\0') {
        size_t length = strcspn(flags, "|+");
        char *end;
        unsigned long long mask = strtoull(flags, &end, 0);
        int number = flag_number(bits, flags, length);

        if (number >= 0) {
            select_flag(selection, (unsigned)number);
        } else if (length != 0 && end == flags + length) {
            for (number = 0; number < 64; number++) {
                if ((mask >> number & 1) != 0) {
                    select_flag(selection, (unsigned)number);
                }
            }
        } else if (length != 0 && problem != NULL) {
            (void)snprintf(problem, size, "provider %s has no flag %.*s; it has: %s", name,
                           (int)length, flags, bits);
        }
        flags += length + (flags[length] != '\0');
    }
}

static bool
names_provider(const char *text, const char *name, const uint8_t guid[16])
{
    uint8_t other[16];

    if (strcasecmp(text, "all") == 0 || strcasecmp(text, name) == 0) {
        return true;
    }
    return trace_guid_parse(text, other) == 0 && memcmp(other, guid, 16) == 0;
}

void
trace_filter_select(const struct trace_filter *filter, const char *name, const uint8_t guid[16],
                    const char *bits, struct trace_selection *selection, char *problem, size_t size)
{
    size_t i;

    if (problem != NULL && size != 0) {
        problem[0] = '\0';
    }
    for (i = 0; i < filter->count; i++) {
        const struct trace_filter_item *item = &filter->items[i];

        if (!names_provider(item->provider, name, guid)) {
            continue;
        }
        selection->any = true;
        selection->level = item->level > selection->level ? item->level : selection->level;
        if (item->flags[0] == '\0') {
            memset(selection->flags, 0xff, sizeof(selection->flags));
            selection->keywords = UINT64_MAX;
        } else {
            select_flags(selection, item->flags, name, bits,
                         strcasecmp(item->provider, "all") == 0 ? NULL : problem, size);
        }
    }
}

bool
trace_selection_passes(const struct trace_selection *selection, int level, int flag)
{
    if (!selection->any || level > selection->level) {
        return false;
    }
    if (flag < 0 || flag >= 32 * OWDF_TRACE_FLAG_WORDS) {
        return true;
    }
    return (selection->flags[flag / 32] >> flag % 32 & 1) != 0;
}

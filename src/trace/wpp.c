/* SPDX-License-Identifier: MIT */
/* The run time behind .tmh files; see openwdf/trace.h. */
#include <openwdf/trace.h>

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/format.h"
#include "base/log.h"

/* The bits that a list of names, "A|B", stands for; all when it is empty. Unknown names are said. */
static unsigned
flags_of(const struct owdf_trace_control *control, const char *list, size_t length)
{
    unsigned flags = 0;

    if (length == 0) {
        return ~0u;
    }
    while (length > 0) {
        size_t n = strcspn(list, "|,");
        const char *name = control->bits;
        unsigned bit = 0, found = 0;

        n = n < length ? n : length;
        while (*name != 0) {
            size_t width = strcspn(name, " ");

            if (width == n && memcmp(name, list, n) == 0) {
                found = 1u << bit;
            }
            bit++;
            name += width + (name[width] == ' ');
        }
        if (found == 0) {
            base_log(BASE_LOG_WARN, "trace",
                     "OPENWDF_TRACE: provider %s has no flag %.*s; it has: %s", control->name,
                     (int)n, list, control->bits);
        }
        flags |= found;
        list += n;
        length -= n;
        if (length > 0) {
            list++;
            length--;
        }
    }
    return flags;
}

/* Applies one item, PROVIDER[:LEVEL[:FLAGS]], when it is for this control. */
static void
apply_item(struct owdf_trace_control *control, const char *item, size_t length)
{
    const char *colon = memchr(item, ':', length);
    size_t name_length = colon != NULL ? (size_t)(colon - item) : length;
    const char *rest = item + length;
    unsigned long level = TRACE_LEVEL_VERBOSE;

    if (!(name_length == 3 && memcmp(item, "all", 3) == 0) &&
        !(name_length == strlen(control->name) && memcmp(item, control->name, name_length) == 0)) {
        return;
    }
    if (colon != NULL) {
        char *end;

        level = strtoul(colon + 1, &end, 10);
        if (end == colon + 1 || level > 255) {
            base_log(BASE_LOG_WARN, "trace", "OPENWDF_TRACE: %.*s: not a level from 0 to 255",
                     (int)length, item);
            return;
        }
        rest = end < item + length && *end == ':' ? end + 1 : item + length;
    }
    control->Control.Level = (unsigned char)level;
    control->Control.Flags[0] = flags_of(control, rest, (size_t)(item + length - rest));
}

void
owdf_trace_register(struct owdf_trace_control *controls, unsigned count)
{
    const char *item = getenv("OPENWDF_TRACE");
    unsigned i;

    while (item != NULL && *item != 0) {
        size_t length = strcspn(item, ",");

        for (i = 0; i < count; i++) {
            apply_item(&controls[i], item, length);
        }
        item += length + (item[length] == ',');
    }
}

void
owdf_trace_unregister(struct owdf_trace_control *controls, unsigned count)
{
    unsigned i;

    for (i = 0; i < count; i++) {
        memset(&controls[i].Control, 0, sizeof(controls[i].Control));
    }
}

void
owdf_trace_message(const struct owdf_trace_control *control, int level, const char *file, int line,
                   const char *function, const char *format, ...)
{
    char text[800], line_text[1100];
    va_list arguments;
    size_t length;

    va_start(arguments, format);
    length = format_to_narrow(text, sizeof(text), format, arguments);
    va_end(arguments);
    length = length < sizeof(text) ? length : sizeof(text) - 1;
    while (length > 0 && (text[length - 1] == '\n' || text[length - 1] == '\r')) {
        text[--length] = 0;
    }
    /* Whoever switched the provider on wants to see it, whatever the log's level. */
    snprintf(line_text, sizeof(line_text), "trace: %s %d %s:%d %s: %s\n", control->name, level,
             file, line, function, text);
    base_log_text(line_text);
}

const char *
owdf_trace_status(char buffer[64], int status)
{
    snprintf(buffer, 64, "0x%08x", (unsigned)status);
    return buffer;
}

const char *
owdf_trace_guid(char buffer[40], const void *guid)
{
    uint8_t b[16];

    if (guid == NULL) {
        return "(null)";
    }
    memcpy(b, guid, sizeof(b));
    snprintf(buffer, 40, "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x",
             b[3], b[2], b[1], b[0], b[5], b[4], b[7], b[6], b[8], b[9], b[10], b[11], b[12], b[13],
             b[14], b[15]);
    return buffer;
}

const char *
owdf_trace_hex(char buffer[512], size_t length_size, const void *length, size_t size,
               const void *bytes)
{
    const unsigned char *from = bytes;
    size_t i, used = 0;

    (void)length_size;
    (void)length;
    for (i = 0; i < size && used + 8 < 512; i++) {
        used += (size_t)snprintf(buffer + used, 512 - used, "%s%02x", i == 0 ? "" : " ", from[i]);
    }
    if (i < size) {
        snprintf(buffer + used, 512 - used, " ...");
    }
    return buffer;
}

/* SPDX-License-Identifier: MIT */
/* Names of error values, from the headers that define them. */
#include "trace/names.h"

#include <stddef.h>

struct name {
    uint32_t value;
    const char *text;
};

#include "trace/error_names.inc"

static const char *
find(const struct name *names, size_t count, uint32_t value)
{
    size_t low = 0, high = count;

    while (low < high) {
        size_t middle = (low + high) / 2;

        if (names[middle].value == value) {
            return names[middle].text;
        }
        if (names[middle].value < value) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return NULL;
}

#define FIND(table, value) find(table, sizeof(table) / sizeof((table)[0]), value)

const char *
trace_status_name(uint32_t status)
{
    return FIND(status_names, status);
}

const char *
trace_win32_name(uint32_t error)
{
    return FIND(error_names, error);
}

const char *
trace_hresult_name(uint32_t result)
{
    const char *name = FIND(result_names, result);

    /* FACILITY_WIN32: an error in the lower half. */
    if (name == NULL && result >> 16 == 0x8007) {
        name = trace_win32_name(result & 0xffff);
    }
    return name;
}

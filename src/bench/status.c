/* SPDX-License-Identifier: MIT */
/* Names of status values, for people. */
#include <stdio.h>

#include "base/atomic.h"
#include "bench/bench_priv.h"

static const struct {
    uint32_t value;
    const char *name;
} names[] = {
#include "status_names.inc"
};

/* Recently asked values without a name; a few, so that one message can hold several. */
static char unknown[8][16];
static uint32_t next_unknown;

const char *
bench_status_name(bench_status status)
{
    uint32_t value = (uint32_t)status;
    size_t low = 0;
    size_t high = sizeof(names) / sizeof(names[0]);
    char *text;

    while (low < high) {
        size_t middle = (low + high) / 2;

        if (names[middle].value == value) {
            return names[middle].name;
        }
        if (names[middle].value < value) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    text = unknown[atomic_fetch_add_u32(&next_unknown, 1) % 8];
    snprintf(text, sizeof(unknown[0]), "0x%08X", value);
    return text;
}

/* SPDX-License-Identifier: MIT */
/*
 * Framework functions that are not there yet. Each has a generated body in its place in the jump
 * tables, which comes here and then fails: one line per function, however often drivers call it.
 */
#include "base/atomic.h"
#include "base/log.h"
#include "fx_imports.h"

#define BITS_PER_WORD 32u

static uint32_t told[(FX_FN_COUNT + BITS_PER_WORD - 1) / BITS_PER_WORD];

void
fx_missing(enum fx_function function)
{
    uint32_t bit = 1u << (function % BITS_PER_WORD);

    if ((atomic_fetch_or_u32(&told[function / BITS_PER_WORD], bit) & bit) == 0) {
        base_log(BASE_LOG_ERROR, "fx", "%s is not implemented yet", fx_function_names[function]);
    }
}

/* SPDX-License-Identifier: MIT */
/*
 * Calling the driver. Every event callback runs between fx_callback_begin and fx_callback_end:
 *
 *     KIRQL irql = fx_callback_begin();
 *     timer->callback(handle);
 *     fx_callback_end(globals, irql, (const void *)timer->callback);
 *
 * They check the two promises that callbacks rest on: no internal lock is held (ours), and a
 * callback returns at the IRQL at which it was called (the driver's; WDF_VERIFIER_IRQL_MISMATCH
 * otherwise).
 */
#ifndef OPENWDF_FX_CORE_CALLBACK_H
#define OPENWDF_FX_CORE_CALLBACK_H

#include "fx/core/globals.h"
#include "fx/core/lock.h"

/* The callback came back at another IRQL. */
_Noreturn void fx_callback_irql_mismatch(struct fx_globals *globals, KIRQL before, KIRQL after,
                                         const void *callback);

static inline KIRQL
fx_callback_begin(void)
{
    fx_lock_assert_none_held();
    return KeGetCurrentIrql();
}

static inline void
fx_callback_end(struct fx_globals *globals, KIRQL before, const void *callback)
{
    KIRQL after = KeGetCurrentIrql();

    if (__builtin_expect(after != before, 0)) {
        fx_callback_irql_mismatch(globals, before, after, callback);
    }
}

#endif

/* SPDX-License-Identifier: MIT */
/*
 * How long to spin before sleeping, learned from recent waits.
 *
 * Blocking costs tens of microseconds on two processors; a reply that is about to come is cheaper to
 * spin for. A wait that was satisfied while spinning sets the budget to a few times its length; one
 * that was not halves it. Two sides that both sleep would never learn that they could be fast, so
 * every SPIN_PROBE_INTERVAL-th wait after a miss spins longer. With one processor nobody spins.
 */
#ifndef OPENWDF_IPC_SPIN_H
#define OPENWDF_IPC_SPIN_H

#include <stdbool.h>
#include <stdint.h>

#include "sys/clock.h"
#include "sys/thread.h"

#define SPIN_FLOOR_NS       2000u
#define SPIN_CEILING_NS     50000u
#define SPIN_PROBE_NS       100000u
#define SPIN_PROBE_INTERVAL 8u
#define SPIN_POLLS_PER_TICK 64u /* Polls between two looks at the clock. */

struct ipc_spin {
    uint32_t budget_ns;
    uint32_t misses;
};

static inline uint32_t
ipc_spin_budget(struct ipc_spin *spin)
{
    if (sys_cpu_count() < 2) {
        return 0;
    }
    if (spin->misses % SPIN_PROBE_INTERVAL == SPIN_PROBE_INTERVAL - 1) {
        return SPIN_PROBE_NS;
    }
    return spin->budget_ns < SPIN_FLOOR_NS ? SPIN_FLOOR_NS : spin->budget_ns;
}

static inline void
ipc_spin_hit(struct ipc_spin *spin, uint64_t waited_ns)
{
    uint64_t budget = 2 * waited_ns;

    spin->misses = 0;
    /* Shrinks slowly: one quick reply does not mean that all are. */
    if (budget < spin->budget_ns) {
        budget = spin->budget_ns - (spin->budget_ns - budget) / 8;
    }
    spin->budget_ns = budget > SPIN_CEILING_NS ? SPIN_CEILING_NS : (uint32_t)budget;
}

static inline void
ipc_spin_miss(struct ipc_spin *spin)
{
    spin->misses++;
    spin->budget_ns /= 2;
}

/* Polls ready(argument) for the learned time. Returns whether it became true. */
static inline bool
ipc_spin_until(struct ipc_spin *spin, bool (*ready)(const void *argument), const void *argument)
{
    uint32_t budget_ns;
    uint64_t start_ns;
    uint64_t waited_ns;
    uint32_t i;

    /* The hot case needs no clock at all. */
    if (sys_cpu_count() >= 2) {
        for (i = 0; i < SPIN_POLLS_PER_TICK; i++) {
            if (ready(argument)) {
                spin->misses = 0;
                return true;
            }
            sys_spin_pause();
        }
    } else if (ready(argument)) {
        return true;
    }
    budget_ns = ipc_spin_budget(spin);
    if (budget_ns == 0) {
        return false;
    }
    start_ns = sys_now_ns();
    do {
        for (i = 0; i < SPIN_POLLS_PER_TICK; i++) {
            if (ready(argument)) {
                ipc_spin_hit(spin, sys_now_ns() - start_ns);
                return true;
            }
            sys_spin_pause();
        }
        waited_ns = sys_now_ns() - start_ns;
    } while (waited_ns < budget_ns);
    ipc_spin_miss(spin);
    return false;
}

#endif

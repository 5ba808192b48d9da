/* SPDX-License-Identifier: MIT */
/*
 * A strategy makes every decision of a run; the scheduler only carries them out. One is a table of
 * functions, so that others (priorities, depth-first search) can be added without touching callers.
 *
 * Whatever a strategy answers must follow from the seed and the arguments of its calls alone: never
 * from addresses or real time.
 */
#ifndef OPENWDF_SYS_SIM_STRATEGY_PRIV_H
#define OPENWDF_SYS_SIM_STRATEGY_PRIV_H

#include <stdbool.h>
#include <stdint.h>

enum sim_reason {
    SIM_POINT, /* A choice point that the running thread reached. */
    SIM_YIELD, /* The running thread offers the processor: it spins or polls. */
    SIM_BLOCK, /* The running thread waits. */
    SIM_END,   /* The running thread has ended. */
};

struct sim_strategy {
    const char *name;

    void (*start)(uint64_t seed);

    /* A thread was made. Ordinals count from 1 in creation order. */
    void (*thread_made)(unsigned ordinal);

    /*
     * Which of `count` (at least 2) runnable threads runs next: an index into `ordinals`. `current`
     * is the running thread's index, or `count` when it cannot go on.
     */
    unsigned (*pick_thread)(enum sim_reason reason, const unsigned *ordinals, unsigned count,
                            unsigned current);

    /* Which of `count` (at least 2) waiters on one word is woken. Waiters are in waiting order. */
    unsigned (*pick_waiter)(unsigned count);

    /* Nanoseconds that pass at this choice point beyond the usual. */
    uint64_t (*slip_ns)(void);

    /* Whether a wait returns without cause now, as the contract of sys_wait allows. */
    bool (*wake_spuriously)(void);
};

extern const struct sim_strategy sim_random_walk;

#endif

/* SPDX-License-Identifier: MIT */
/*
 * How long to spin before sleeping, learned from recent waits.
 *
 * Blocking costs tens of microseconds on two processors; a reply that is about to come is cheaper to
 * spin for. What counts is how long a wait took in all, spun or slept: one that spinning could have
 * covered sets the budget to twice its length, so that two sides that both sleep become fast within two
 * requests; a longer one takes a quarter of the budget away, so that a pause is not the end of what was
 * learned. Where spinning fails again and again although the waits are short it is tried every
 * SPIN_PROBE_INTERVAL-th time. With one processor nobody spins.
 *
 * The kernel may put two processes that wake each other on one processor, where spinning only keeps the
 * other side from its work: so a spinner offers its processor now and then, and at once when somebody took
 * it the last time. When that goes on for SPIN_SHARED_WAITS waits, a side that is `mobile` (its thread is
 * ours, so that its affinity may be touched) moves to another processor. And when a third one takes the
 * processor for long, offers cost too much: for SPIN_BAN waits there are none.
 *
 * A peer that slept and had to be woken is another matter: its answer takes a wake-up at least, perhaps on the
 * very processor that spinning would keep from it. Who woke its peer sleeps at once, unless it has learned that
 * the peer is quick all the same. (Offers would not do: who gives up its turn is served late when it wakes up.)
 */
#ifndef OPENWDF_IPC_SPIN_H
#define OPENWDF_IPC_SPIN_H

#include <stdbool.h>
#include <stdint.h>

#include "sys/clock.h"
#include "sys/thread.h"

#define SPIN_FLOOR_NS       2000u
#define SPIN_CEILING_NS     100000u
#define SPIN_PROBE_INTERVAL 16u
#define SPIN_POLLS_PER_TICK 64u      /* Polls between two looks at the clock. */
#define SPIN_YIELD_NS       1000u    /* A yield that took longer let somebody else run. */
#define SPIN_YIELD_LONG_NS  1000000u /* And after so long it was not our peer. */
#define SPIN_BAN            256u
#define SPIN_SHARED_WAITS   32u

struct ipc_spin {
    uint32_t budget_ns;
    uint32_t misses; /* Short waits in a row that spinning did not cover. */
    uint32_t ban;    /* Waits that follow without an offer. */
    uint32_t shared; /* Waits in a row in which somebody took the processor. */
    bool mobile;     /* The owner's, set before the first wait. */
    bool woke; /* The owner's: the peer slept and was woken, so the next wait is for that too. */
};

static inline void
ipc_spin_raise(struct ipc_spin *spin, uint64_t waited_ns)
{
    uint64_t budget = 2 * waited_ns;

    /* Shrinks slowly: one quick reply does not mean that all are. */
    if (budget < spin->budget_ns) {
        budget = spin->budget_ns - (spin->budget_ns - budget) / 8;
    }
    spin->budget_ns = budget > SPIN_CEILING_NS ? SPIN_CEILING_NS : (uint32_t)budget;
}

static inline uint32_t
ipc_spin_budget(const struct ipc_spin *spin)
{
    return spin->budget_ns < SPIN_FLOOR_NS ? SPIN_FLOOR_NS : spin->budget_ns;
}

/* Spinning for so long helped. */
static inline void
ipc_spin_hit(struct ipc_spin *spin, uint64_t waited_ns)
{
    spin->misses = 0;
    ipc_spin_raise(spin, waited_ns);
}

/* It did not; the wait took so long in all, spinning included. */
static inline void
ipc_spin_miss(struct ipc_spin *spin, uint64_t waited_ns)
{
    if (waited_ns > SPIN_CEILING_NS + ipc_spin_budget(spin)) {
        spin->misses = 0;
        spin->budget_ns -= spin->budget_ns / 4;
    } else if (spin->misses++ % SPIN_PROBE_INTERVAL == 0) {
        ipc_spin_raise(spin, waited_ns);
    } else {
        spin->budget_ns /= 2;
    }
}

/* Offers the processor to others. Returns the time after it. */
static inline uint64_t
ipc_spin_yield(struct ipc_spin *spin, uint64_t now_ns)
{
    uint64_t after_ns;

    if (spin->ban != 0) {
        return now_ns;
    }
    sys_thread_yield();
    after_ns = sys_now_ns();
    if (after_ns - now_ns > SPIN_YIELD_LONG_NS) {
        spin->ban = SPIN_BAN;
    } else {
        spin->shared = after_ns - now_ns > SPIN_YIELD_NS ? spin->shared + 1 : 0;
    }
    return after_ns;
}

static inline bool
ipc_spin_poll(bool (*ready)(const void *argument), const void *argument)
{
    uint32_t i;

    for (i = 0; i < SPIN_POLLS_PER_TICK; i++) {
        if (ready(argument)) {
            return true;
        }
        sys_spin_pause();
    }
    return false;
}

/*
 * Polls ready(argument) for the learned time. Returns whether it became true. If not, the caller
 * sleeps, and then says so with ipc_spin_slept(spin, *ret_start_ns).
 */
static inline bool
ipc_spin_until(struct ipc_spin *spin, bool (*ready)(const void *argument), const void *argument,
               uint64_t *ret_start_ns)
{
    bool several = sys_cpu_count() >= 2;
    uint32_t budget_ns;
    uint64_t start_ns;
    uint64_t now_ns;

    /* The hot case needs no clock at all. */
    if (several && spin->shared == 0 && !spin->woke ? ipc_spin_poll(ready, argument)
                                                    : ready(argument)) {
        return true;
    }
    now_ns = start_ns = sys_now_ns();
    *ret_start_ns = start_ns;
    if (!several) {
        return false;
    }
    if (spin->woke) {
        spin->woke = false;
        if (spin->budget_ns <= SPIN_FLOOR_NS) {
            return false;
        }
    }
    spin->ban -= spin->ban != 0;
    if (spin->mobile && spin->shared >= SPIN_SHARED_WAITS) {
        spin->shared = 0;
        sys_thread_move();
    }
    if (spin->shared != 0 && spin->ban != 0) {
        spin->shared++;
        return false;
    }
    budget_ns = ipc_spin_budget(spin);
    while (now_ns - start_ns < budget_ns) {
        now_ns = ipc_spin_yield(spin, now_ns);
        if (ipc_spin_poll(ready, argument)) {
            ipc_spin_hit(spin, sys_now_ns() - start_ns);
            return true;
        }
        now_ns = sys_now_ns();
    }
    return false;
}

/* What was waited for came while the caller slept. */
static inline void
ipc_spin_slept(struct ipc_spin *spin, uint64_t start_ns)
{
    if (spin->shared == 0) {
        ipc_spin_miss(spin, sys_now_ns() - start_ns);
    }
}

#endif

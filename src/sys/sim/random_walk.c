/* SPDX-License-Identifier: MIT */
/*
 * The random walk: each choice is drawn, whatever came before. How often a thread is interrupted at
 * all is drawn once per run: some bugs need a switch at every step, others one switch at the right
 * step and a long undisturbed run after it.
 */
#include "sys/sim/prng_priv.h"
#include "sys/sim/strategy_priv.h"

/* A thread that is preempted loses up to 2^SLIP_BITS_MAX ns. */
#define SLIP_BITS_MAX 14

static struct sim_prng prng;
static uint64_t stay_mask; /* Stay unless all these bits of a draw are 0. */

static void
random_walk_start(uint64_t seed)
{
    static const uint64_t masks[] = {0x0, 0x1, 0x7, 0x3f};

    prng.state = seed;
    stay_mask = masks[sim_prng_next(&prng) % 4];
}

static void
random_walk_thread_made(unsigned ordinal)
{
}

static unsigned
random_walk_pick_thread(enum sim_reason reason, const unsigned *ordinals, unsigned count,
                        unsigned current)
{
    unsigned index;

    if (reason == SIM_POINT && (sim_prng_next(&prng) & stay_mask) != 0) {
        return current;
    }
    if (reason == SIM_YIELD) {
        /* One of the others. */
        index = sim_prng_below(&prng, count - 1);
        return index < current ? index : index + 1;
    }
    return sim_prng_below(&prng, count);
}

static unsigned
random_walk_pick_waiter(unsigned count)
{
    return sim_prng_below(&prng, count);
}

static uint64_t
random_walk_slip_ns(void)
{
    uint64_t draw = sim_prng_next(&prng);

    if ((draw & 63) != 0) {
        return 0;
    }
    return (draw >> 32) & ((UINT64_C(1) << (draw >> 8) % (SLIP_BITS_MAX + 1)) - 1);
}

static bool
random_walk_wake_spuriously(void)
{
    return sim_prng_below(&prng, 64) == 0;
}

const struct sim_strategy sim_random_walk = {
    .name = "random walk",
    .start = random_walk_start,
    .thread_made = random_walk_thread_made,
    .pick_thread = random_walk_pick_thread,
    .pick_waiter = random_walk_pick_waiter,
    .slip_ns = random_walk_slip_ns,
    .wake_spuriously = random_walk_wake_spuriously,
};

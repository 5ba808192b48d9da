/* SPDX-License-Identifier: MIT */
/* SplitMix64: tiny, fast, and any seed is a good one. */
#ifndef OPENWDF_SYS_SIM_PRNG_PRIV_H
#define OPENWDF_SYS_SIM_PRNG_PRIV_H

#include <stdint.h>

struct sim_prng {
    uint64_t state;
};

static inline uint64_t
sim_prng_next(struct sim_prng *prng)
{
    uint64_t z = prng->state += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

/* In [0, count). The bias is below 2^-32 * count. */
static inline unsigned
sim_prng_below(struct sim_prng *prng, unsigned count)
{
    return (unsigned)((sim_prng_next(prng) >> 32) * count >> 32);
}

#endif

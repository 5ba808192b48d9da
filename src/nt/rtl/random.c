/* SPDX-License-Identifier: MIT */
/*
 * Pseudo-random numbers from the caller's seed. RtlUniform is its documented formula and nothing else;
 * RtlRandom and RtlRandomEx mix in the system's randomness, as theirs do, so that equal seeds do not give equal
 * sequences. Under the simulation that too comes from the run's seed.
 */
#include "nt/rtl/rtl_priv.h"

#include "sys/random.h"

#define MODULUS    0x7FFFFFFFu
#define MULTIPLIER 0x7FFFFFEDu
#define INCREMENT  0x7FFFFFC3u

ULONG
RtlUniform(PULONG Seed)
{
    *Seed = (ULONG)(((ULONGLONG)*Seed * MULTIPLIER + INCREMENT) % MODULUS);
    return *Seed;
}

/* 0 to MAXLONG - 1. */
ULONG
RtlRandomEx(PULONG Seed)
{
    return (ULONG)(((ULONGLONG)RtlUniform(Seed) + sys_random_u64() % MODULUS) % MODULUS);
}

ULONG
RtlRandom(PULONG Seed)
{
    return RtlRandomEx(Seed);
}

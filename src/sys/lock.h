/* SPDX-License-Identifier: MIT */
/*
 * The adaptive lock: spins briefly, then sleeps, because a user thread that holds a lock can be
 * preempted. Not recursive. Four bytes, all zero when free: no init call is needed on zeroed memory.
 *
 * The uncontended paths are inline: one compare-and-swap to take, one exchange to give back. Giving
 * back a free lock ends the process.
 */
#ifndef OPENWDF_SYS_LOCK_H
#define OPENWDF_SYS_LOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/atomic.h"

struct sys_lock {
    uint32_t word; /* 0 free, 1 held, 2 held and somebody sleeps on it. */
};

#define SYS_LOCK_INIT                                                                              \
    (struct sys_lock)                                                                              \
    {                                                                                              \
        0                                                                                          \
    }

void sys_lock_acquire_slow(struct sys_lock *lock);
void sys_lock_release_slow(struct sys_lock *lock, uint32_t word);

/* Takes the lock if it is free. */
static inline bool
sys_lock_try(struct sys_lock *lock)
{
    uint32_t expected = 0;

    return atomic_cas_u32(&lock->word, &expected, 1);
}

/* Takes the lock; sleeps if it must. */
static inline void
sys_lock_acquire(struct sys_lock *lock)
{
    if (__builtin_expect(!sys_lock_try(lock), 0)) {
        sys_lock_acquire_slow(lock);
    }
}

/* Gives the lock back. The caller holds it. */
static inline void
sys_lock_release(struct sys_lock *lock)
{
    uint32_t word = atomic_xchg_u32(&lock->word, 0);

    if (__builtin_expect(word != 1, 0)) {
        sys_lock_release_slow(lock, word);
    }
}

/*
 * A lock for a few instructions, which the simulation does not see: taking it is no choice point, so that what
 * is only done once in a process, as tracing's first steps, does not change a seed's run. It spins: hold it
 * briefly, and never while something blocks.
 */
struct sys_quiet_lock {
    uint32_t word;
};

void sys_quiet_lock_acquire_slow(struct sys_quiet_lock *lock);

static inline void
sys_quiet_lock_acquire(struct sys_quiet_lock *lock)
{
    if (__builtin_expect(__atomic_exchange_n(&lock->word, 1, __ATOMIC_ACQUIRE) != 0, 0)) {
        sys_quiet_lock_acquire_slow(lock);
    }
}

static inline void
sys_quiet_lock_release(struct sys_quiet_lock *lock)
{
    __atomic_store_n(&lock->word, 0, __ATOMIC_RELEASE);
}

#endif

/* SPDX-License-Identifier: MIT */
/*
 * The contended paths of the adaptive lock.
 *
 * Word: 0 free, 1 held, 2 held and somebody may sleep on it. A thread that has slept takes the lock
 * with 2, for it cannot know whether others still sleep; that costs at most one needless wake.
 */
#include "sys/lock.h"

#include "base/assert.h"
#include "sys/sys_priv.h"
#include "sys/thread.h"
#include "sys/wait.h"

/* A few microseconds: well below a sleep and wake-up, well above a short critical section. */
#define SPIN_MAX 100

/*
 * Spins while the holder is likely to be running: another processor exists and nobody has given up
 * spinning yet (2). True when the lock was taken.
 */
static bool
spin(struct sys_lock *lock)
{
    for (unsigned turn = 0; turn < SPIN_MAX; turn++) {
        uint32_t word = atomic_load_relaxed_u32(&lock->word);

        if (word == 2) {
            return false;
        }
        if (word == 0 && sys_lock_try(lock)) {
            return true;
        }
        sys_spin_pause();
    }
    return false;
}

void
sys_lock_acquire_slow(struct sys_lock *lock)
{
    /* In the simulation spinning explores nothing that sleeping does not. */
    if (!sys_simulated() && sys_cpu_count() > 1 && spin(lock)) {
        return;
    }
    while (atomic_xchg_u32(&lock->word, 2) != 0) {
        (void)sys_wait_plain(&lock->word, 2, SYS_FOREVER);
    }
}

void
sys_lock_release_slow(struct sys_lock *lock, uint32_t word)
{
    if (word == 0) {
        base_panic("sys", "sys_lock_release: lock %p is not held", (void *)lock);
    }
    /* The next holder may already have freed the lock: only its address is used from here on. */
    sys_wake(&lock->word, 1);
}

void
sys_quiet_lock_acquire_slow(struct sys_quiet_lock *lock)
{
    unsigned turn = 0;

    do {
        if (++turn % SPIN_MAX == 0) {
            sys_thread_yield();
        } else {
            sys_spin_pause();
        }
    } while (__atomic_exchange_n(&lock->word, 1, __ATOMIC_ACQUIRE) != 0);
}

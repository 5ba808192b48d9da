/* SPDX-License-Identifier: MIT */
/*
 * A queue's lock, and the way around it.
 *
 * One word is both the lock and the permission to hand over a request without taking it. When a queue has
 * nothing to wait for and nothing with the driver (fx_queue_is_plain), giving the lock back leaves the
 * word OPEN. An arriving request then takes the queue's one fast request by OPEN -> OPEN|BUSY, and its completion gives it
 * back by OPEN|BUSY -> OPEN: two atomic operations in all, where two lock holds are four.
 *
 * Whoever takes the lock while it is BUSY finds the fast request in `owned`, like any other that the driver
 * has: taking the lock puts it there and closes the way. Its completion then fails to give it back and
 * takes the lock too. So nobody under the lock needs to know of all this.
 *
 *     free words: 0 (closed), OPEN, OPEN|BUSY          held words: HELD, HELD|SLEEPERS
 */
#ifndef OPENWDF_FX_IO_QUEUE_LOCK_H
#define OPENWDF_FX_IO_QUEUE_LOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/atomic.h"
#include "fx/core/lock.h"
#include "sys/wait.h"

#define FX_QUEUE_HELD     1u
#define FX_QUEUE_SLEEPERS 2u /* Somebody sleeps on the word; only while it is held. */
#define FX_QUEUE_OPEN     4u
#define FX_QUEUE_BUSY     8u

struct fx_queue_word {
    uint32_t value; /* Atomic. Zero is free and closed. */
};

/* Takes the lock when it is not free at once. Returns the free word that was there. */
uint32_t fx_queue_word_acquire_slow(struct fx_queue_word *word);

/* Takes the lock; returns the free word that was there: BUSY in it means that the fast request is out. */
static inline uint32_t
fx_queue_word_acquire(struct fx_queue_word *word)
{
    uint32_t found = atomic_load_relaxed_u32(&word->value);

    if (__builtin_expect((found & FX_QUEUE_HELD) != 0 ||
                             !atomic_cas_u32(&word->value, &found, FX_QUEUE_HELD),
                         0)) {
        found = fx_queue_word_acquire_slow(word);
    }
    fx_lock_count(1);
    return found;
}

/* Gives the lock back. `open`: the way around it is free. */
static inline void
fx_queue_word_release(struct fx_queue_word *word, bool open)
{
    fx_lock_count(-1);
    if (__builtin_expect(
            atomic_xchg_u32(&word->value, open ? FX_QUEUE_OPEN : 0) & FX_QUEUE_SLEEPERS, 0)) {
        sys_wake(&word->value, 1);
    }
}

/* Takes the fast request. */
static inline bool
fx_queue_word_enter(struct fx_queue_word *word)
{
    uint32_t expected = FX_QUEUE_OPEN;

    return atomic_load_relaxed_u32(&word->value) == FX_QUEUE_OPEN &&
           atomic_cas_u32(&word->value, &expected, FX_QUEUE_OPEN | FX_QUEUE_BUSY);
}

/* Gives it back; false when somebody has taken the lock meanwhile. */
static inline bool
fx_queue_word_leave(struct fx_queue_word *word)
{
    uint32_t expected = FX_QUEUE_OPEN | FX_QUEUE_BUSY;

    return atomic_cas_u32(&word->value, &expected, FX_QUEUE_OPEN);
}

#endif

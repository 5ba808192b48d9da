/* SPDX-License-Identifier: MIT */
/*
 * A crew: threads that take turns at one source of work (a ring, the control channel). Exactly one of
 * them waits for work. When the one at work is about to sleep inside a driver's callback another
 * takes over, so a callback that blocks delays only the request it serves. Bounded: when all
 * `max_threads` sleep in the driver, work waits.
 */
#ifndef OPENWDF_HOST_HOST_CREW_H
#define OPENWDF_HOST_HOST_CREW_H

#include <stdbool.h>
#include <stdint.h>

#include "base/atomic.h"
#include "sys/lock.h"

struct host_crew {
    const char *name; /* Of the threads. */
    unsigned max_threads;
    /* Waits for work and does it. Returns false when there will be no more: the crew ends. */
    bool (*step)(void *argument);
    /* Called on the last thread that leaves; the crew may be freed in it. May be NULL. */
    void (*gone)(void *argument);
    void *argument;

    struct sys_lock lock;
    uint32_t stop;       /* Atomic. No more steps. */
    uint32_t runnable;   /* Atomic. Threads that do not sleep in a driver and are not parked. */
    uint32_t parked;     /* lock */
    uint32_t total;      /* lock */
    uint32_t park_turns; /* Parked threads sleep on it. */
    uint32_t unparks;    /* lock; parked threads that may go. */
};

/* The crew is zeroed but for the first five members. Starts the first thread. -ENOMEM, -EAGAIN. */
int host_crew_start(struct host_crew *crew);

/* Asks the crew to end; returns at once. `kick` makes a thread that waits in step() look. */
void host_crew_stop(struct host_crew *crew, void (*kick)(void *argument), void *argument);

/*
 * Ends the crew's work: returns when no thread is between steps or at work, except those that sleep
 * in a driver; they leave when they come back. `kick` is called again until it helped.
 */
void host_crew_quiesce(struct host_crew *crew, void (*kick)(void *argument), void *argument);

static inline bool
host_crew_stopping(const struct host_crew *crew)
{
    return atomic_load_u32(&crew->stop) != 0;
}

/* Waits until every thread of every crew has ended. No crew is started meanwhile. */
void host_crew_join_all(void);

/* True when more than one thread is at work: one of them should return from step(). */
static inline bool
host_crew_crowded(const struct host_crew *crew)
{
    return atomic_load_relaxed_u32(&crew->runnable) > 1;
}

/* The argument of the crew that this thread belongs to; NULL: none, or the crew has none. */
void *host_crew_argument(void);

/* Around every call that runs driver code on a crew's thread. */
void host_crew_enter_driver(void);
void host_crew_leave_driver(void);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * A callback that runs at PASSIVE_LEVEL on a system worker thread, for an object that owns it:
 * the core of work items and of passive timers.
 *
 * Requests collapse while one is queued, as documented for work items; a request that comes while
 * the callback runs leads to one more run after it. Runs of the same worker never overlap.
 */
#ifndef OPENWDF_FX_MISC_WORKER_H
#define OPENWDF_FX_MISC_WORKER_H

#include "fx/object/object.h"
#include "nt/ex/ex.h"

struct sys_thread;

struct fx_worker {
    struct ex_work work;
    struct fx_object *object;
    void (*run)(struct fx_object *object);
    struct sys_lock lock; /* Guards all below. Leaf. */
    bool queued;          /* A run is due. */
    bool running;
    bool stopping;             /* The object's clean-up waits for the last run. */
    uint32_t requested;        /* Runs asked for, after collapsing. Wraps. */
    uint32_t finished;         /* Runs that ended; atomic, slept on. Wraps. */
    struct sys_thread *runner; /* While running. */
};

void fx_worker_init(struct fx_worker *worker, struct fx_object *object,
                    void (*run)(struct fx_object *object));

/*
 * Asks for a run. IRQL <= DISPATCH_LEVEL. False: one was queued already, or the object is being
 * stopped and there will be none.
 */
bool fx_worker_enqueue(struct fx_worker *worker);

/*
 * Returns when every run asked for before has ended. PASSIVE_LEVEL. False, at once, when called
 * from the callback itself, which would wait for its own end.
 */
bool fx_worker_flush(struct fx_worker *worker);

/* For class->stop: true when idle; else the last run's end calls fx_object_stopped. */
bool fx_worker_stop(struct fx_worker *worker);

#endif

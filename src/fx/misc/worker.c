/* SPDX-License-Identifier: MIT */
#include "fx/misc/worker.h"

#include "fx/core/lock.h"
#include "sys/thread.h"
#include "sys/wait.h"

static void
worker_run(struct ex_work *work)
{
    struct fx_worker *worker = container_of(work, struct fx_worker, work);
    struct fx_object *object = worker->object;
    bool stopped;

    fx_lock(&worker->lock);
    worker->queued = false;
    worker->running = true;
    worker->runner = sys_thread_self();
    fx_unlock(&worker->lock);

    worker->run(object);

    fx_lock(&worker->lock);
    worker->running = false;
    worker->runner = NULL;
    atomic_store_u32(&worker->finished, worker->finished + 1);
    sys_wake(&worker->finished, UINT32_MAX);
    if (worker->queued) {
        ex_work_queue_insert(&worker->work);
    }
    stopped = worker->stopping && !worker->queued;
    fx_unlock(&worker->lock);
    if (stopped) {
        fx_object_stopped(object);
    }
}

void
fx_worker_init(struct fx_worker *worker, struct fx_object *object,
               void (*run)(struct fx_object *object))
{
    *worker = (struct fx_worker){.object = object, .run = run, .work.run = worker_run};
}

bool
fx_worker_enqueue(struct fx_worker *worker)
{
    bool fresh;

    fx_lock(&worker->lock);
    fresh = !worker->queued && !worker->stopping;
    if (fresh) {
        worker->queued = true;
        worker->requested++;
        if (!worker->running) {
            ex_work_queue_insert(&worker->work);
        }
    }
    fx_unlock(&worker->lock);
    return fresh;
}

bool
fx_worker_flush(struct fx_worker *worker)
{
    uint32_t target;
    uint32_t finished;
    bool is_own;

    fx_lock(&worker->lock);
    target = worker->requested;
    is_own = worker->runner == sys_thread_self();
    fx_unlock(&worker->lock);
    if (is_own) {
        return false;
    }
    while ((int32_t)((finished = atomic_load_u32(&worker->finished)) - target) < 0) {
        (void)sys_wait(&worker->finished, finished, SYS_FOREVER);
    }
    return true;
}

bool
fx_worker_stop(struct fx_worker *worker)
{
    bool idle;

    fx_lock(&worker->lock);
    idle = !worker->queued && !worker->running;
    worker->stopping = true;
    fx_unlock(&worker->lock);
    return idle;
}

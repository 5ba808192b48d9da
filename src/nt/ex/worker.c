/* SPDX-License-Identifier: MIT */
/*
 * System worker threads. A work item goes to a worker that is idle; if there is none, a new one
 * starts, up to a limit. A worker that had nothing to do for a while ends. Items start in the order
 * in which they were queued; since they run on several threads they may end in any order.
 */
#include "nt/ex/ex_priv.h"

#include "nt/ke/ke.h"
#include "sys/clock.h"
#include "sys/memory.h"
#include "sys/thread.h"
#include "sys/wait.h"

/* Enough that items which wait for each other's items get through. */
#define MAX_WORKERS     64u
#define IDLE_TIMEOUT_NS 2000000000u

struct worker {
    struct list link; /* In all or in ended. */
    struct sys_thread *thread;
};

static struct {
    struct sys_lock lock; /* Guards what follows, but for word. */
    LIST_ENTRY queue;     /* WORK_QUEUE_ITEM.List; Flink NULL: not queued. */
    struct list all;      /* Workers that live. */
    struct list ended;    /* Workers to join. */
    unsigned count;       /* Of those that live. */
    unsigned idle;        /* Of those, sleeping on word, or about to look at it. */
    unsigned running;     /* Items that run. */
    uint64_t queued;      /* Items ever queued. */
    uint64_t started;     /* Items ever taken out. */
    bool stop;
    uint32_t word;      /* Changes when there is something to do. */
    uint32_t done_word; /* Changes when an item has ended and somebody flushes. */
    unsigned flushers;
} workers;

void
ex_workers_init(void)
{
    InitializeListHead(&workers.queue);
    list_init(&workers.all);
    list_init(&workers.ended);
    workers.lock = SYS_LOCK_INIT;
    workers.count = workers.idle = workers.running = workers.flushers = 0;
    workers.queued = workers.started = 0;
    workers.stop = false;
}

/* Takes an item out and runs it. The lock is held, before and after. */
static void
run_next_locked(void)
{
    PWORK_QUEUE_ITEM item = CONTAINING_RECORD(workers.queue.Flink, WORK_QUEUE_ITEM, List);
    PWORKER_THREAD_ROUTINE routine = item->WorkerRoutine;
    PVOID parameter = item->Parameter;
    KIRQL irql;

    RemoveEntryList(&item->List);
    item->List.Flink = NULL;
    workers.started++;
    workers.running++;
    sys_lock_release(&workers.lock);
    routine(parameter);
    irql = ke_irql_set(PASSIVE_LEVEL);
    if (irql != PASSIVE_LEVEL) {
        ke_bugcheck(WORKER_THREAD_RETURNED_AT_BAD_IRQL, (ULONG_PTR)routine, irql,
                    (ULONG_PTR)parameter, (ULONG_PTR)item, NULL, (const void *)routine);
    }
    ke_thread_set_owner(NULL);
    sys_lock_acquire(&workers.lock);
    workers.running--;
    if (workers.flushers != 0) {
        atomic_fetch_add_u32(&workers.done_word, 1);
        sys_wake(&workers.done_word, UINT32_MAX);
    }
}

/* Returns false when the worker has been idle for too long, or is to end. The lock is held. */
static bool
wait_for_work_locked(void)
{
    uint64_t deadline_ns = sys_now_ns() + IDLE_TIMEOUT_NS;
    bool in_time = true;

    workers.idle++;
    while (IsListEmpty(&workers.queue) && !workers.stop && in_time) {
        uint32_t word = atomic_load_u32(&workers.word);

        sys_lock_release(&workers.lock);
        in_time = sys_wait(&workers.word, word, deadline_ns) == 0;
        sys_lock_acquire(&workers.lock);
    }
    workers.idle--;
    return !IsListEmpty(&workers.queue);
}

static void
worker_main(void *argument)
{
    struct worker *worker = argument;

    ke_thread_self();
    sys_lock_acquire(&workers.lock);
    do {
        while (!IsListEmpty(&workers.queue)) {
            run_next_locked();
        }
    } while (wait_for_work_locked());
    workers.count--;
    if (!workers.stop) {
        list_remove(&worker->link);
        list_push_back(&workers.ended, &worker->link);
    }
    sys_lock_release(&workers.lock);
}

static void
join(struct worker *worker)
{
    sys_thread_join(worker->thread);
    sys_free(worker);
}

static void
join_ended(void)
{
    for (;;) {
        struct list *link;

        sys_lock_acquire(&workers.lock);
        link = list_pop_front(&workers.ended);
        sys_lock_release(&workers.lock);
        if (link == NULL) {
            return;
        }
        join(container_of(link, struct worker, link));
    }
}

/* The lock is held, so that the worker cannot end before it is known. */
static bool
start_worker_locked(void)
{
    struct worker *worker = sys_alloc_zeroed(sizeof(*worker));

    if (worker == NULL) {
        return false;
    }
    list_push_back(&workers.all, &worker->link);
    workers.count++;
    if (sys_thread_create(&worker->thread, "nt-worker", worker_main, worker) != 0) {
        workers.count--;
        list_remove(&worker->link);
        sys_free(worker);
        return false;
    }
    return true;
}

static void
queue(PWORK_QUEUE_ITEM item, const void *caller)
{
    bool wake = false;
    bool failed = false;
    unsigned waiting;

    ke_irql_check(DISPATCH_LEVEL, caller);
    sys_lock_acquire(&workers.lock);
    if (item->List.Flink != NULL) {
        sys_lock_release(&workers.lock);
        ke_bugcheck(WORKER_INVALID, 2, (ULONG_PTR)item, (ULONG_PTR)item->WorkerRoutine, 0, NULL,
                    caller);
    }
    InsertTailList(&workers.queue, &item->List);
    workers.queued++;
    waiting = (unsigned)(workers.queued - workers.started);
    if (waiting <= workers.idle) {
        wake = true;
        atomic_fetch_add_u32(&workers.word, 1);
    } else if (workers.count < MAX_WORKERS) {
        failed = !start_worker_locked() && workers.count == 0;
    }
    sys_lock_release(&workers.lock);
    if (wake) {
        sys_wake(&workers.word, 1);
    }
    if (failed) {
        ke_bugcheck(NO_PAGES_AVAILABLE, 0, 0, 0, 0, NULL, NULL);
    }
    join_ended();
}

static VOID
run_work(PVOID Parameter)
{
    struct ex_work *work = Parameter;

    work->run(work);
}

void
ex_work_queue_insert(struct ex_work *work)
{
    work->item.WorkerRoutine = run_work;
    work->item.Parameter = work;
    queue(&work->item, __builtin_return_address(0));
}

VOID
ExQueueWorkItem(PWORK_QUEUE_ITEM WorkItem, WORK_QUEUE_TYPE QueueType)
{
    queue(WorkItem, __builtin_return_address(0));
}

void
ex_work_queue_flush(void)
{
    uint64_t goal;

    ke_irql_check(PASSIVE_LEVEL, __builtin_return_address(0));
    sys_lock_acquire(&workers.lock);
    goal = workers.queued;
    workers.flushers++;
    /* Those that run may include later ones: waiting for them too is harmless. */
    while (workers.started < goal || workers.running != 0) {
        uint32_t word = atomic_load_u32(&workers.done_word);

        sys_lock_release(&workers.lock);
        sys_wait(&workers.done_word, word, SYS_FOREVER);
        sys_lock_acquire(&workers.lock);
    }
    workers.flushers--;
    sys_lock_release(&workers.lock);
}

unsigned
ex_worker_count(void)
{
    unsigned count;

    sys_lock_acquire(&workers.lock);
    count = workers.count;
    sys_lock_release(&workers.lock);
    return count;
}

void
ex_workers_fini(void)
{
    struct list *link;

    ex_work_queue_flush();
    sys_lock_acquire(&workers.lock);
    workers.stop = true;
    atomic_fetch_add_u32(&workers.word, 1);
    sys_lock_release(&workers.lock);
    sys_wake(&workers.word, UINT32_MAX);
    /* From here on nobody else touches the list of those that live. */
    while ((link = list_pop_front(&workers.all)) != NULL) {
        join(container_of(link, struct worker, link));
    }
    join_ended();
}

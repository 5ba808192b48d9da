/* SPDX-License-Identifier: MIT */
/*
 * What changes a queue's state: start, stop, drain, purge, and the device's power.
 *
 *     state        accept  dispatch   ends it
 *     ready        yes     yes
 *     stopping     yes     no         what the driver owns is completed or requeued
 *     draining     no      as it was  the same, and nothing waits
 *     purging      no      as it was  the same; what waits, and what is cancelable, is cancelled
 *
 * Start leads back to ready from each. pnp_held is independent: dispatch && !pnp_held delivers.
 */
#include "fx/io/queue.h"
#include "fx/io/io_device.h"
#include "fx/io/reserve.h"
#include "fx/target/iotarget.h"
#include "sys/thread.h"
#include "sys/wait.h"

/* --- Waiting --------------------------------------------------------------------------------- */

enum idle {
    IDLE_DRIVER,   /* The driver owns nothing that it has not acknowledged. */
    IDLE_STOPPED,  /* The driver owns nothing. */
    IDLE_EMPTY,    /* ... and nothing waits. */
    IDLE_UNTOUCHED /* ... and nobody is about to look at the queue. */
};

static bool
is_idle_locked(const struct fx_queue *queue, enum idle what)
{
    switch (what) {
    case IDLE_DRIVER:
        return queue->owned_count == queue->suspended;
    case IDLE_STOPPED:
        return queue->owned_count == 0;
    case IDLE_EMPTY:
        return queue->owned_count == 0 && queue->waiting_count == 0;
    case IDLE_UNTOUCHED:
        return queue->owned_count == 0 && queue->waiting_count == 0 && queue->pins == 0;
    }
    return true;
}

/* A synchronous change from inside a handler of the queue waits for that handler's own request. */
static void
warn_of_deadlock(const struct fx_queue *queue)
{
    for (const struct fx_frame *frame = sys_slot_get(SYS_SLOT_FX_IO); frame != NULL;
         frame = frame->outer) {
        if (frame->queue == queue) {
            fx_log(queue->object.globals,
                   "queue %p is stopped, drained or purged synchronously inside one of its own "
                   "callbacks; this waits for a request that the callback may still own",
                   fx_queue_handle((struct fx_queue *)queue));
            return;
        }
    }
}

static void
wait_until(struct fx_queue *queue, enum idle what)
{
    fx_queue_lock(queue);
    queue->sync_waiters++;
    while (!is_idle_locked(queue, what)) {
        uint32_t seen = atomic_load_u32(&queue->sync_word);

        fx_queue_unlock(queue);
        (void)sys_wait(&queue->sync_word, seen, SYS_FOREVER);
        fx_queue_lock(queue);
    }
    queue->sync_waiters--;
    fx_queue_unlock(queue);
}

void
fx_queue_wait_idle(struct fx_queue *queue)
{
    wait_until(queue, IDLE_UNTOUCHED);
}

static void
set_notice_locked(struct fx_queue *queue, enum fx_queue_change change,
                  PFN_WDF_IO_QUEUE_STATE callback, WDFCONTEXT context)
{
    struct fx_queue_notice *notice = &queue->notices[change];

    if (callback == NULL) {
        return;
    }
    if (notice->callback == NULL) {
        queue->notices_armed++;
    }
    notice->callback = callback;
    notice->context = context;
}

/* --- Cancelling what is there ---------------------------------------------------------------- */

/* Requests to cancel, linked by purge_next. */
struct victims {
    struct fx_request *first;
    struct fx_request **last;
};

static void
victims_add(struct victims *victims, struct fx_request *request)
{
    request->purge_next = NULL;
    *victims->last = request;
    victims->last = &request->purge_next;
}

/* Takes out what waits (for that file object, if one is given). */
static void
collect_waiting_locked(struct fx_queue *queue, const FILE_OBJECT *file, struct victims *victims)
{
    struct list *link;
    struct list *following;

    list_for_each_safe(link, following, &queue->waiting)
    {
        struct fx_request *request = container_of(link, struct fx_request, link);

        if (file != NULL && fx_request_stack(request)->FileObject != file) {
            continue;
        }
        if (IoSetCancelRoutine(request->irp, NULL) == NULL) {
            continue; /* Somebody else cancels it just now. */
        }
        fx_queue_to_canceling_locked(queue, request);
        victims_add(victims, request);
    }
}

/* What the driver made cancelable, or may make so yet, and what it has sent to a target. */
static void
collect_owned_locked(struct fx_queue *queue, struct victims *victims)
{
    struct list *link;

    list_for_each(link, &queue->owned)
    {
        struct fx_request *request = container_of(link, struct fx_request, link);

        switch (fx_request_owner(request)) {
        case FX_OWNER_CANCELABLE:
            if (IoSetCancelRoutine(request->irp, NULL) != NULL) {
                atomic_store_u8(&request->irp->Cancel, TRUE);
                fx_request_set_owner(request, FX_OWNER_CANCELING);
                victims_add(victims, request);
            }
            break;
        case FX_OWNER_TARGET:
            if ((request->power & FX_POWER_PURGING) == 0 && fx_request_hold_sent(request)) {
                request->power |= FX_POWER_PURGING;
                victims_add(victims, request);
            }
            break;
        case FX_OWNER_ARRIVING:
        case FX_OWNER_DRIVER:
            request->power |= FX_POWER_CANCELED;
            break;
        default:
            break;
        }
    }
}

static void
cancel_sent(struct fx_queue *queue, struct fx_request *request)
{
    fx_queue_lock(queue);
    request->power &= ~FX_POWER_PURGING;
    fx_queue_unlock(queue);
    (void)fx_request_cancel_held(request);
}

/* Entered with the lock held, left without it; may call the driver. */
static void
cancel_and_unlock(struct fx_queue *queue, struct victims *victims)
{
    struct fx_request *request = victims->first;

    if (request == NULL) {
        fx_queue_settle_locked(queue);
        fx_queue_unlock_and_run(queue);
        return;
    }
    queue->pins++;
    fx_queue_unlock(queue);
    while (request != NULL) {
        struct fx_request *next = request->purge_next;

        if (fx_request_owner(request) != FX_OWNER_CANCELING) {
            cancel_sent(queue, request);
        } else if (request->flags & FX_REQUEST_MARKED) {
            fx_request_call_cancel(request);
        } else {
            fx_queue_cancel_waiting(queue, request);
        }
        request = next;
    }
    fx_queue_kick(queue);
}

void
fx_queue_cancel_file(struct fx_queue *queue, FILE_OBJECT *file)
{
    struct victims victims = {.last = &victims.first};

    fx_queue_lock(queue);
    collect_waiting_locked(queue, file, &victims);
    cancel_and_unlock(queue, &victims);
}

/* --- The driver's changes -------------------------------------------------------------------- */

void
fx_queue_start(struct fx_queue *queue)
{
    fx_queue_lock(queue);
    queue->accept = !queue->removed;
    queue->dispatch = true;
    queue->purging = queue->removed;
    if (queue->waiting_count != 0 && queue->ready_callback != NULL && !queue->pnp_held) {
        queue->ready_due = true;
        queue->attention = true;
    }
    if (fx_queue_runnable_locked(queue)) {
        fx_queue_run_and_unlock(queue, true);
    } else {
        fx_queue_unlock(queue);
    }
}

void
fx_queue_stop(struct fx_queue *queue, bool purge, PFN_WDF_IO_QUEUE_STATE complete,
              WDFCONTEXT context, enum fx_queue_wait wait)
{
    struct victims victims = {.last = &victims.first};

    if (wait == FX_WAIT) {
        warn_of_deadlock(queue);
    }
    if (purge && queue->reserve != NULL) {
        fx_reserve_purge(queue->reserve); /* First: what ends below would let them in. */
    }
    fx_queue_lock(queue);
    queue->accept = !queue->removed;
    queue->dispatch = false;
    queue->purging = queue->removed;
    set_notice_locked(queue, FX_CHANGE_STOP, complete, context);
    if (purge) {
        collect_waiting_locked(queue, NULL, &victims);
        collect_owned_locked(queue, &victims);
    }
    cancel_and_unlock(queue, &victims);
    if (wait == FX_WAIT) {
        wait_until(queue, IDLE_STOPPED);
    }
}

void
fx_queue_drain(struct fx_queue *queue, PFN_WDF_IO_QUEUE_STATE complete, WDFCONTEXT context,
               enum fx_queue_wait wait)
{
    struct victims none = {.last = &none.first};

    if (wait == FX_WAIT) {
        warn_of_deadlock(queue);
    }
    fx_queue_lock(queue);
    queue->accept = false;
    set_notice_locked(queue, FX_CHANGE_DRAIN, complete, context);
    cancel_and_unlock(queue, &none);
    if (wait == FX_WAIT) {
        wait_until(queue, IDLE_EMPTY);
    }
}

void
fx_queue_purge(struct fx_queue *queue, PFN_WDF_IO_QUEUE_STATE complete, WDFCONTEXT context,
               enum fx_queue_wait wait)
{
    struct victims victims = {.last = &victims.first};

    if (wait == FX_WAIT) {
        warn_of_deadlock(queue);
    }
    fx_queue_lock(queue);
    queue->accept = false;
    queue->purging = true;
    set_notice_locked(queue, FX_CHANGE_PURGE, complete, context);
    collect_waiting_locked(queue, NULL, &victims);
    collect_owned_locked(queue, &victims);
    cancel_and_unlock(queue, &victims);
    if (queue->reserve != NULL) {
        fx_reserve_purge(queue->reserve);
    }
    if (wait == FX_WAIT) {
        wait_until(queue, IDLE_EMPTY);
    }
}

/* --- The device's power ---------------------------------------------------------------------- */

void
fx_queue_power_hold(struct fx_queue *queue)
{
    fx_queue_lock(queue);
    queue->pnp_held = true;
    fx_queue_unlock(queue);
}

/* The next request that the driver holds and has not been told about; referenced. */
static struct fx_request *
next_to_stop(struct fx_queue *queue, ULONG *action)
{
    struct fx_request *found = NULL;
    struct list *link;
    bool arriving;

again:
    arriving = false;
    fx_queue_lock(queue);
    list_for_each(link, &queue->owned)
    {
        struct fx_request *request = container_of(link, struct fx_request, link);
        enum fx_request_owner owner = fx_request_owner(request);

        arriving |= owner == FX_OWNER_ARRIVING;
        if ((request->power & FX_POWER_TOLD) != 0 || owner == FX_OWNER_CANCELING ||
            owner == FX_OWNER_COMPLETED || owner == FX_OWNER_ARRIVING) {
            continue;
        }
        request->power |= FX_POWER_TOLD | FX_POWER_STOPPING;
        if (owner == FX_OWNER_CANCELABLE) {
            *action |= WdfRequestStopRequestCancelable;
        }
        fx_object_ref(&request->object);
        found = request;
        break;
    }
    fx_queue_unlock(queue);
    if (found == NULL && arriving) {
        /* A few instructions, and it is the driver's. */
        sys_thread_yield();
        goto again;
    }
    return found;
}

/* EvtIoStop for each request that the driver has. */
static void
tell_stop(struct fx_queue *queue, WDF_REQUEST_STOP_ACTION_FLAGS action)
{
    struct fx_work work = {.kind = FX_WORK_STOP};

    for (;;) {
        work.action = (ULONG)action;
        work.request = queue->evt_stop == NULL ? NULL : next_to_stop(queue, &work.action);
        if (work.request == NULL) {
            break;
        }
        fx_queue_call(queue, &work);
        fx_queue_lock(queue);
        work.request->power &= ~FX_POWER_STOPPING;
        fx_queue_unlock(queue);
        fx_object_unref(&work.request->object);
    }
}

/* They are told again next time. */
static void
forget_told(struct fx_queue *queue)
{
    struct list *link;

    fx_queue_lock(queue);
    list_for_each(link, &queue->owned)
    {
        container_of(link, struct fx_request, link)->power &= ~FX_POWER_TOLD;
    }
    fx_queue_unlock(queue);
}

void
fx_queue_power_down(struct fx_queue *queue, WDF_REQUEST_STOP_ACTION_FLAGS action)
{
    tell_stop(queue, action);
    wait_until(queue, IDLE_DRIVER);
    forget_told(queue);
}

void
fx_queue_tell_removed(struct fx_queue *queue)
{
    tell_stop(queue, WdfRequestStopActionPurge);
    forget_told(queue);
}

void
fx_queue_stop_acknowledge(struct fx_queue *queue, struct fx_request *request, bool requeue)
{
    bool waits = true;

    fx_queue_lock(queue);
    if (requeue) {
        list_remove(&request->link);
        queue->owned_count--;
        request->power &= ~FX_POWER_TOLD;
        waits = fx_queue_wait_locked(queue, request, true);
    } else if ((request->power & FX_POWER_SUSPENDED) == 0) {
        request->power |= FX_POWER_SUSPENDED;
        queue->suspended++;
    }
    fx_queue_settle_locked(queue);
    queue->pins++;
    fx_queue_unlock(queue);
    if (!waits) {
        fx_queue_cancel_waiting(queue, request);
    }
    fx_queue_kick(queue);
}

/* The next suspended request; referenced. */
static struct fx_request *
next_to_resume(struct fx_queue *queue)
{
    struct fx_request *found = NULL;
    struct list *link;

    fx_queue_lock(queue);
    list_for_each(link, &queue->owned)
    {
        struct fx_request *request = container_of(link, struct fx_request, link);

        if (request->power & FX_POWER_SUSPENDED) {
            request->power &= ~FX_POWER_SUSPENDED;
            queue->suspended--;
            fx_object_ref(&request->object);
            found = request;
            break;
        }
    }
    fx_queue_unlock(queue);
    return found;
}

void
fx_queue_power_up(struct fx_queue *queue)
{
    struct fx_work work = {.kind = FX_WORK_RESUME};

    while ((work.request = next_to_resume(queue)) != NULL) {
        if (queue->evt_resume != NULL) {
            fx_queue_call(queue, &work);
        }
        fx_object_unref(&work.request->object);
    }
    fx_queue_lock(queue);
    queue->pnp_held = false;
    if (queue->waiting_count != 0 && queue->ready_callback != NULL && queue->dispatch) {
        queue->ready_due = true;
        queue->attention = true;
    }
    if (fx_queue_runnable_locked(queue)) {
        fx_queue_run_and_unlock(queue, true);
    } else {
        fx_queue_unlock(queue);
    }
}

void
fx_queue_remove(struct fx_queue *queue)
{
    fx_queue_lock(queue);
    queue->removed = true;
    fx_queue_unlock(queue);
    fx_queue_purge(queue, NULL, NULL, FX_NO_WAIT);
}

void
fx_queue_revive(struct fx_queue *queue)
{
    fx_queue_lock(queue);
    queue->removed = false;
    queue->purging = false;
    queue->accept = true;
    fx_queue_unlock(queue);
}

void
fx_queue_watch(struct fx_queue *queue)
{
    fx_queue_lock(queue);
    queue->watched = true;
    fx_queue_unlock(queue);
}

void
fx_queue_watch_locked(struct fx_queue *queue)
{
    bool busy = queue->owned_count != 0 || queue->waiting_count != 0;

    if (busy == queue->counted) {
        return;
    }
    queue->counted = busy;
    if (busy) {
        fx_policy_reference(queue->device);
    } else {
        fx_policy_release(queue->device);
    }
}

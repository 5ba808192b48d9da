/* SPDX-License-Identifier: MIT */
/*
 * How a queue delivers: where it may run, what comes next, the loop that makes the driver's callbacks, and
 * the arrival of IRPs. The invariants are in queue.h.
 */
#include "fx/io/queue.h"

#include "base/hot.h"
#include "fx/core/callback.h"
#include "fx/io/io_device.h"
#include "fx/io/reserve.h"
#include "sys/thread.h"

/* Callbacks of queues within each other on one thread; deeper, the outermost loop goes on. */
#define FRAME_DEPTH_LIMIT 32u

/* --- Where a queue may run ------------------------------------------------------------------- */

static inline struct fx_frame *
frame_current(void)
{
    return sys_slot_get(SYS_SLOT_FX_IO);
}

static inline void
frame_push(struct sys_thread_slots *slots, struct fx_frame *frame)
{
    struct fx_frame *outer = slots->value[SYS_SLOT_FX_IO];

    frame->first = NULL;
    frame->outer = outer;
    frame->depth = outer == NULL ? 1 : outer->depth + 1;
    slots->value[SYS_SLOT_FX_IO] = frame;
}

static inline void
frame_pop(struct sys_thread_slots *slots, const struct fx_frame *frame)
{
    slots->value[SYS_SLOT_FX_IO] = frame->outer;
}

/* The first queue that was left to the frame; the caller clears deferred_to and unpins under its lock. */
static struct fx_queue *
frame_take_first(struct fx_frame *frame)
{
    struct fx_queue *queue = frame->first;

    if (queue != NULL) {
        frame->first = queue->frame_next;
    }
    return queue;
}

/* The callback on this thread that delivery for `queue` has to wait for; NULL: none. */
static struct fx_frame *
frame_in_the_way(const struct fx_queue *queue, struct fx_frame *innermost, bool may_nest)
{
    bool too_deep = innermost != NULL && innermost->depth >= FRAME_DEPTH_LIMIT;

    for (struct fx_frame *frame = innermost; frame != NULL; frame = frame->outer) {
        if (queue->callback_lock != NULL && frame->lock == queue->callback_lock) {
            return frame;
        }
        if (frame->queue == queue && (!may_nest || too_deep)) {
            return frame;
        }
    }
    return too_deep ? innermost : NULL;
}

static void
work_queue_locked(struct fx_queue *queue)
{
    if (!queue->work_queued) {
        queue->work_queued = true;
        queue->pins++;
        ex_work_queue_insert(&queue->work);
    }
}

/* Leaves the queue to the loop that called this thread's callback `frame`. */
static void
frame_add_locked(struct fx_frame *frame, struct fx_queue *queue)
{
    if (queue->deferred_to == NULL) {
        queue->deferred_to = frame;
        queue->pins++;
        queue->frame_next = NULL;
        if (frame->first == NULL) {
            frame->first = queue;
        } else {
            frame->last->frame_next = queue;
        }
        frame->last = queue;
        return;
    }
    for (frame = frame_current(); frame != NULL; frame = frame->outer) {
        if (queue->deferred_to == frame) {
            return;
        }
    }
    /* Left to another thread, whose callback may take its time. */
    work_queue_locked(queue);
}

/* --- The run loop ---------------------------------------------------------------------------- */

static bool
notice_due_locked(const struct fx_queue *queue, enum fx_queue_change change)
{
    if (queue->notices[change].callback == NULL || queue->owned_count != 0) {
        return false;
    }
    return change == FX_CHANGE_STOP || queue->waiting_count == 0;
}

void
fx_queue_settle_locked(struct fx_queue *queue)
{
    if (queue->sync_waiters != 0) {
        (void)atomic_fetch_add_u32(&queue->sync_word, 1);
        sys_wake(&queue->sync_word, UINT32_MAX);
    }
    if (queue->notices_armed != 0) {
        for (enum fx_queue_change change = 0; change < FX_CHANGE_COUNT; change++) {
            queue->attention |= notice_due_locked(queue, change);
        }
    }
}

/* What to do next. */
static void
pick_locked(struct fx_queue *queue, struct fx_work *work)
{
    work->kind = FX_WORK_NOTHING;
    if (queue->attention) {
        queue->attention = false;
        for (enum fx_queue_change change = 0; change < FX_CHANGE_COUNT; change++) {
            if (notice_due_locked(queue, change)) {
                work->kind = FX_WORK_STATE;
                work->callback = queue->notices[change].callback;
                work->context = queue->notices[change].context;
                queue->notices[change].callback = NULL;
                queue->notices_armed--;
                queue->attention = true; /* There may be more. */
                return;
            }
        }
        if (queue->ready_due && queue->ready_callback != NULL && queue->dispatch &&
            !queue->pnp_held) {
            queue->ready_due = false;
            work->kind = FX_WORK_STATE;
            work->callback = queue->ready_callback;
            work->context = queue->ready_context;
            return;
        }
    }
    if (fx_queue_deliverable_locked(queue)) {
        work->request = fx_queue_take_locked(queue, NULL);
        if (work->request != NULL) {
            work->kind = FX_WORK_DELIVER;
        }
    }
}

/* Calls the request handler of the request's type. */
static inline void
call_handler(struct fx_queue *queue, struct fx_request *request)
{
    const IO_STACK_LOCATION *stack = fx_request_stack(request);
    WDFQUEUE handle = fx_queue_handle(queue);

    switch (request->major) {
    case IRP_MJ_DEVICE_CONTROL:
        if (queue->evt_device_control != NULL) {
            queue->evt_device_control(handle, fx_request_handle(request),
                                      stack->Parameters.DeviceIoControl.OutputBufferLength,
                                      stack->Parameters.DeviceIoControl.InputBufferLength,
                                      stack->Parameters.DeviceIoControl.IoControlCode);
            return;
        }
        break;
    case IRP_MJ_INTERNAL_DEVICE_CONTROL:
        if (queue->evt_internal_device_control != NULL) {
            queue->evt_internal_device_control(handle, fx_request_handle(request),
                                               stack->Parameters.DeviceIoControl.OutputBufferLength,
                                               stack->Parameters.DeviceIoControl.InputBufferLength,
                                               stack->Parameters.DeviceIoControl.IoControlCode);
            return;
        }
        break;
    case IRP_MJ_READ:
        if (queue->evt_read != NULL) {
            queue->evt_read(handle, fx_request_handle(request), stack->Parameters.Read.Length);
            return;
        }
        break;
    case IRP_MJ_WRITE:
        if (queue->evt_write != NULL) {
            queue->evt_write(handle, fx_request_handle(request), stack->Parameters.Write.Length);
            return;
        }
        break;
    default:
        break;
    }
    if (queue->evt_default != NULL) {
        queue->evt_default(handle, fx_request_handle(request));
        return;
    }
    fx_request_finish(request, STATUS_INVALID_DEVICE_REQUEST, IO_NO_INCREMENT);
}

/* Only the verifier asks whether a handler came back at another IRQL: the answer costs as much as the call. */
static inline void
deliver(struct fx_queue *queue, struct fx_request *request)
{
    fx_lock_assert_none_held();
    if (__builtin_expect(queue->careful, 0)) {
        struct fx_globals *globals = queue->object.globals;
        bool region = queue->passive && queue->callback_lock == NULL;
        KIRQL irql = KeGetCurrentIrql();

        if (region) {
            KeEnterCriticalRegion(); /* Documented for callbacks at PASSIVE_LEVEL. */
        }
        call_handler(queue, request);
        fx_callback_end(globals, irql, NULL);
        if (region) {
            KeLeaveCriticalRegion();
        }
        return;
    }
    call_handler(queue, request);
}

static void
call(struct fx_queue *queue, const struct fx_work *work)
{
    struct fx_request *request = work->request;
    PFN_WDF_REQUEST_CANCEL cancel;
    WDFREQUEST handle;

    /* All of a request is read before it becomes the driver's: from then on another thread may complete it. */
    switch (work->kind) {
    case FX_WORK_NOTHING:
    case FX_WORK_DELIVER:
        break;
    case FX_WORK_STATE:
        work->callback(fx_queue_handle(queue), work->context);
        break;
    case FX_WORK_CANCELED_ON_QUEUE:
        handle = fx_request_handle(request);
        fx_request_set_owner(request, FX_OWNER_DRIVER);
        queue->evt_canceled_on_queue(fx_queue_handle(queue), handle);
        break;
    case FX_WORK_CANCEL:
        cancel = request->evt_cancel;
        handle = fx_request_handle(request);
        request->flags &= ~FX_REQUEST_MARKED;
        fx_request_set_owner(request, FX_OWNER_CANCELED);
        cancel(handle);
        break;
    case FX_WORK_STOP:
        queue->evt_stop(fx_queue_handle(queue), fx_request_handle(request), work->action);
        break;
    case FX_WORK_RESUME:
        queue->evt_resume(fx_queue_handle(queue), fx_request_handle(request));
        break;
    }
}

/*
 * Makes the callback in *work. Entered with the lock held, left without. Returns whether there is more for
 * this queue to do; it is pinned then. Otherwise it may be gone: after a callback that nothing but its
 * request kept the queue for, the queue is not looked at.
 */
static inline bool
call_and_unlock(struct fx_queue *queue, const struct fx_work *work, struct fx_frame *frame)
{
    bool again = fx_queue_runnable_locked(queue);
    bool plain = queue->callback_lock == NULL && work->kind == FX_WORK_DELIVER;
    KIRQL irql;

    frame->queue = queue;
    frame->lock = queue->callback_lock;
    if (__builtin_expect(plain, 1)) {
        queue->pins += again;
        fx_queue_unlock(queue);
        deliver(queue, work->request);
    } else {
        queue->pins++;
        fx_queue_unlock(queue);
        irql = fx_callback_lock_acquire(frame->lock);
        if (work->kind == FX_WORK_DELIVER) {
            deliver(queue, work->request);
        } else {
            call(queue, work);
        }
        fx_callback_lock_release(frame->lock, irql);
        again = true; /* Somebody has to unpin it. */
    }
    frame->queue = NULL;
    frame->lock = NULL;
    return again;
}

/*
 * Makes the callback in *work and then all that the queue, and those left to this frame, have to deliver.
 * Entered with the lock held, left without. When nothing keeps the queue it may be gone after a callback:
 * it is not looked at then.
 */
static void
run_in_frame(struct fx_queue *queue, struct fx_work *work, struct fx_frame *frame)
{
    for (;;) {
        bool again = false;

        if (work->kind == FX_WORK_NOTHING) {
            pick_locked(queue, work);
        }
        if (work->kind == FX_WORK_NOTHING) {
            bool ends = fx_queue_ends_locked(queue);

            fx_queue_unlock(queue);
            if (ends) {
                fx_object_stopped(&queue->object);
            }
        } else {
            again = call_and_unlock(queue, work, frame);
        }
        if (again && frame->first == NULL) {
            fx_queue_lock(queue);
        } else {
            if (again) {
                /* Its turn comes after those that wait. */
                fx_queue_lock(queue);
                frame_add_locked(frame, queue);
                queue->pins--;
                fx_queue_unlock(queue);
            }
            queue = frame_take_first(frame);
            if (queue == NULL) {
                return;
            }
            fx_queue_lock(queue);
            queue->deferred_to = NULL;
        }
        queue->pins--;
        fx_queue_settle_locked(queue);
        work->kind = FX_WORK_NOTHING;
    }
}

static void
run(struct fx_queue *queue, struct fx_work *work)
{
    struct sys_thread_slots *slots = sys_slots();
    struct fx_frame frame;

    frame_push(slots, &frame);
    run_in_frame(queue, work, &frame);
    frame_pop(slots, &frame);
}

/* What was left to a frame whose one callback has returned. */
static __attribute__((noinline)) void
run_deferred(struct fx_frame *frame)
{
    struct fx_work work = {.kind = FX_WORK_NOTHING};
    struct fx_queue *queue = frame_take_first(frame);

    fx_queue_lock(queue);
    queue->deferred_to = NULL;
    queue->pins--;
    fx_queue_settle_locked(queue);
    run_in_frame(queue, &work, frame);
}

void
fx_queue_call(struct fx_queue *queue, const struct fx_work *work)
{
    struct fx_work mine = *work;

    fx_queue_lock(queue);
    run(queue, &mine);
}

void
fx_queue_run_and_unlock(struct fx_queue *queue, bool may_nest)
{
    struct fx_frame *frame;
    struct fx_work work = {.kind = FX_WORK_NOTHING};

    if (queue->stopping && !queue->attention && !fx_queue_deliverable_locked(queue)) {
        bool ends = fx_queue_ends_locked(queue);

        fx_queue_unlock(queue);
        if (ends) {
            fx_object_stopped(&queue->object);
        }
        return;
    }
    frame = frame_in_the_way(queue, frame_current(), may_nest);
    if (frame != NULL) {
        frame_add_locked(frame, queue);
        fx_queue_unlock(queue);
        return;
    }
    if (!fx_queue_may_call(queue) ||
        (queue->callback_lock != NULL && fx_callback_lock_is_mine(queue->callback_lock))) {
        work_queue_locked(queue);
        fx_queue_unlock(queue);
        return;
    }
    run(queue, &work);
}

void
fx_queue_work(struct ex_work *item)
{
    struct fx_queue *queue = container_of(item, struct fx_queue, work);
    struct fx_work work = {.kind = FX_WORK_NOTHING};

    fx_queue_lock(queue);
    queue->work_queued = false;
    while (queue->cancels != NULL) {
        work.request = queue->cancels;
        queue->cancels = work.request->next;
        work.kind =
            work.request->flags & FX_REQUEST_MARKED ? FX_WORK_CANCEL : FX_WORK_CANCELED_ON_QUEUE;
        run(queue, &work);
        fx_queue_lock(queue);
    }
    queue->pins--;
    fx_queue_settle_locked(queue);
    fx_queue_unlock_and_run(queue);
}

void
fx_queue_defer_cancel(struct fx_queue *queue, struct fx_request *request)
{
    struct fx_request **end;

    fx_queue_lock(queue);
    request->next = NULL;
    for (end = &queue->cancels; *end != NULL; end = &(*end)->next) {
    }
    *end = request;
    work_queue_locked(queue);
    fx_queue_unlock(queue);
}

/* --- Arrival -------------------------------------------------------------------------------- */

/* Refuses an IRP; its request (NULL: none yet) goes back. */
static void
refuse_irp(IRP *irp, struct fx_request *request, NTSTATUS status)
{
    if (request != NULL) {
        fx_request_dispose(request);
    }
    irp->IoStatus.Status = status;
    irp->IoStatus.Information = 0;
    IoCompleteRequest(irp, IO_NO_INCREMENT);
}

static inline NTSTATUS
refusal(const struct fx_queue *queue)
{
    return queue->removed ? STATUS_NO_SUCH_DEVICE : STATUS_INVALID_DEVICE_STATE;
}

/* Whether a request handler can be called right here. `innermost`: frame_current(). */
static inline bool
runs_here(const struct fx_queue *queue, const struct fx_frame *innermost)
{
    if (__builtin_expect(queue->callback_lock != NULL || queue->passive, 0)) {
        if (!fx_queue_may_call(queue) ||
            (queue->callback_lock != NULL && fx_callback_lock_is_mine(queue->callback_lock))) {
            return false;
        }
    }
    return innermost == NULL || innermost->depth < FRAME_DEPTH_LIMIT;
}

/* Around the lock: see queue_lock.h. The caller has entered. */
static inline void
deliver_fast(struct fx_queue *queue, IRP *irp, uint8_t major, struct sys_thread_slots *slots)
{
    struct fx_request *request = queue->fast;
    struct fx_frame frame;

    fx_request_revive(queue->cache, request);
    fx_request_start(request, irp, major);
    request->flags = FX_REQUEST_DELIVERED;
    fx_request_set_owner(request, FX_OWNER_DRIVER);
    frame_push(slots, &frame);
    frame.queue = queue;
    frame.lock = NULL;
    deliver(queue, request);
    if (__builtin_expect(frame.first != NULL, 0)) {
        frame.queue = NULL;
        run_deferred(&frame);
    }
    frame_pop(slots, &frame);
}

/* Not inlined: the way around the lock then has few registers to save. */
static __attribute__((noinline)) NTSTATUS
add_through_lock(struct fx_queue *queue, IRP *irp, uint8_t major)
{
    struct fx_request *request;
    bool waits;

    fx_queue_lock(queue);
    if (__builtin_expect(queue->reserve != NULL, 0)) {
        fx_queue_unlock(queue);
        return fx_reserve_add_irp(queue->reserve, irp, major);
    }
    request = queue->spare;
    if (__builtin_expect(request == NULL, 0)) {
        fx_queue_unlock(queue);
        request = fx_request_cache_get(queue->cache, queue->device);
        if (request == NULL) {
            refuse_irp(irp, NULL, STATUS_INSUFFICIENT_RESOURCES);
            return STATUS_PENDING;
        }
        fx_queue_lock(queue);
    } else {
        queue->spare = request->next;
        queue->spare_count--;
        fx_request_revive(queue->cache, request);
    }
    if (__builtin_expect(!queue->accept, 0)) {
        NTSTATUS status = refusal(queue);

        fx_queue_unlock(queue);
        refuse_irp(irp, request, status);
        return STATUS_PENDING;
    }
    fx_request_start(request, irp, major);
    request->queue = queue;
    if (queue->waiting_count == 0 && queue->owned_count < queue->limit && queue->dispatch &&
        !queue->pnp_held && runs_here(queue, frame_current())) {
        struct fx_work work;

        work.kind = FX_WORK_DELIVER;
        work.request = request;
        fx_queue_own_locked(queue, request);
        request->flags = FX_REQUEST_DELIVERED;
        run(queue, &work);
        return STATUS_PENDING;
    }
    waits = fx_queue_wait_locked(queue, request, false);
    if (!waits) {
        fx_queue_unlock(queue);
        fx_queue_cancel_waiting(queue, request);
    } else if (fx_queue_runnable_locked(queue)) {
        fx_queue_run_and_unlock(queue, true);
    } else {
        fx_queue_unlock(queue);
    }
    return STATUS_PENDING;
}

BASE_HOT NTSTATUS
fx_queue_add_irp(struct fx_queue *queue, IRP *irp, uint8_t major)
{
    struct sys_thread_slots *slots = sys_slots();

    IoMarkIrpPending(irp);
    if (__builtin_expect(runs_here(queue, slots->value[SYS_SLOT_FX_IO]) &&
                             fx_queue_word_enter(&queue->lock),
                         1)) {
        deliver_fast(queue, irp, major, slots);
        return STATUS_PENDING;
    }
    return add_through_lock(queue, irp, major);
}

/* SPDX-License-Identifier: MIT */
/*
 * Queues: how requests come in, get to the driver, and leave. The invariants are in queue.h; what
 * the driver does to a queue's state is in queue_state.c, the WDF functions are in queue_api.c.
 */
#include "fx/io/queue.h"

#include "fx/core/callback.h"
#include "fx/io/device_io_priv.h"
#include "sys/thread.h"
#include "sys/wait.h"

/* Callbacks of queues within each other on one thread; deeper, the outermost loop goes on. */
#define FRAME_DEPTH_LIMIT 8u

/* --- Where a queue may run ------------------------------------------------------------------- */

static inline struct fx_frame *
frame_current(void)
{
    return sys_slot_get(SYS_SLOT_FX_IO);
}

static inline void
frame_push(struct fx_frame *frame, struct fx_frame *outer)
{
    frame->first = NULL;
    frame->last = &frame->first;
    frame->outer = outer;
    frame->depth = outer == NULL ? 1 : outer->depth + 1;
    sys_slot_set(SYS_SLOT_FX_IO, frame);
}

static inline void
frame_pop(const struct fx_frame *frame)
{
    sys_slot_set(SYS_SLOT_FX_IO, frame->outer);
}

/* The first queue that was left to the frame; the caller clears deferred_to and unpins under its lock. */
static struct fx_queue *
frame_take_first(struct fx_frame *frame)
{
    struct fx_queue *queue = frame->first;

    if (queue != NULL) {
        frame->first = queue->frame_next;
        if (frame->first == NULL) {
            frame->last = &frame->first;
        }
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
        *frame->last = queue;
        frame->last = &queue->frame_next;
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

/* Whether the deletion of the queue can go on: the caller calls fx_object_stopped after the lock. */
static bool
ends_locked(struct fx_queue *queue)
{
    if (!queue->stopping || queue->owned_count != 0 || queue->waiting_count != 0 ||
        queue->pins != 0) {
        return false;
    }
    queue->stopping = false;
    return true;
}

/* The first waiting request (of that file) that is not being cancelled; it is the driver's then. */
static struct fx_request *
take_locked(struct fx_queue *queue, const FILE_OBJECT *file)
{
    struct list *link;

    list_for_each(link, &queue->waiting)
    {
        struct fx_request *request = container_of(link, struct fx_request, link);

        if (file != NULL && fx_request_stack(request)->FileObject != file) {
            continue;
        }
        if (IoSetCancelRoutine(request->irp, NULL) == NULL) {
            continue; /* Its cancel routine has been called and will find it here. */
        }
        list_remove(link);
        queue->waiting_count--;
        fx_queue_own_locked(queue, request);
        request->flags |= FX_REQUEST_DELIVERED;
        return request;
    }
    return NULL;
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
        work->request = take_locked(queue, NULL);
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

    switch (work->kind) {
    case FX_WORK_NOTHING:
    case FX_WORK_DELIVER:
        break;
    case FX_WORK_STATE:
        work->callback(fx_queue_handle(queue), work->context);
        break;
    case FX_WORK_CANCELED_ON_QUEUE:
        fx_request_set_owner(request, FX_OWNER_DRIVER);
        queue->evt_canceled_on_queue(fx_queue_handle(queue), fx_request_handle(request));
        break;
    case FX_WORK_CANCEL:
        cancel = request->evt_cancel;
        request->flags &= ~FX_REQUEST_MARKED;
        fx_request_set_owner(request, FX_OWNER_CANCELED);
        cancel(fx_request_handle(request));
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
            bool ends = ends_locked(queue);

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
    struct fx_frame frame;

    frame_push(&frame, frame_current());
    run_in_frame(queue, work, &frame);
    frame_pop(&frame);
}

/* What was left to a frame whose one callback has returned. */
static void
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
        bool ends = ends_locked(queue);

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

/* PASSIVE_LEVEL: cancel callbacks first, then what can be delivered. */
static void
work_routine(struct ex_work *item)
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

/* --- Cancelling while waiting ---------------------------------------------------------------- */

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

void
fx_queue_cancel_waiting(struct fx_queue *queue, struct fx_request *request)
{
    if ((request->flags & FX_REQUEST_DELIVERED) == 0 || queue->evt_canceled_on_queue == NULL) {
        fx_request_set_owner(request, FX_OWNER_DRIVER);
        fx_request_finish(request, STATUS_CANCELLED, IO_NO_INCREMENT);
        return;
    }
    if (!fx_queue_may_call(queue)) {
        fx_queue_defer_cancel(queue, request);
        return;
    }
    fx_queue_call(queue, &(struct fx_work){.kind = FX_WORK_CANCELED_ON_QUEUE, .request = request});
}

void
fx_queue_to_canceling_locked(struct fx_queue *queue, struct fx_request *request)
{
    list_remove(&request->link);
    queue->waiting_count--;
    fx_queue_own_locked(queue, request);
    fx_request_set_owner(request, FX_OWNER_CANCELING);
}

static VOID
on_cancel_waiting(DEVICE_OBJECT *device, IRP *irp)
{
    struct fx_request *request = irp->Tail.Overlay.DriverContext[0];
    struct fx_queue *queue = request->queue;

    IoReleaseCancelSpinLock(irp->CancelIrql);
    fx_queue_lock(queue);
    fx_queue_to_canceling_locked(queue, request);
    fx_queue_unlock(queue);
    fx_queue_cancel_waiting(queue, request);
}

bool
fx_queue_wait_locked(struct fx_queue *queue, struct fx_request *request, bool at_head)
{
    IRP *irp = request->irp;

    fx_request_set_owner(request, FX_OWNER_QUEUE);
    if (at_head) {
        list_push_front(&queue->waiting, &request->link);
    } else {
        list_push_back(&queue->waiting, &request->link);
    }
    if (queue->waiting_count++ == 0 && queue->ready_callback != NULL) {
        queue->ready_due = true;
        queue->attention |= queue->dispatch && !queue->pnp_held;
    }
    irp->Tail.Overlay.DriverContext[0] = request;
    (void)IoSetCancelRoutine(irp, on_cancel_waiting);
    if ((atomic_load_u8(&irp->Cancel) || queue->purging) && IoSetCancelRoutine(irp, NULL) != NULL) {
        fx_queue_to_canceling_locked(queue, request);
        return false;
    }
    return true;
}

/* --- In -------------------------------------------------------------------------------------- */

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
deliver_fast(struct fx_queue *queue, IRP *irp, uint8_t major, struct fx_frame *outer)
{
    struct fx_request *request = queue->fast;
    struct fx_frame frame;

    fx_request_revive(queue->cache, request);
    fx_request_start(request, irp, major);
    request->flags = FX_REQUEST_DELIVERED;
    fx_request_set_owner(request, FX_OWNER_DRIVER);
    frame_push(&frame, outer);
    frame.queue = queue;
    frame.lock = NULL;
    deliver(queue, request);
    if (__builtin_expect(frame.first != NULL, 0)) {
        frame.queue = NULL;
        run_deferred(&frame);
    }
    frame_pop(&frame);
}

NTSTATUS
fx_queue_add_irp(struct fx_queue *queue, IRP *irp, uint8_t major)
{
    struct fx_frame *outer = frame_current();
    struct fx_request *request;
    bool waits;

    IoMarkIrpPending(irp);
    if (__builtin_expect(runs_here(queue, outer) && fx_queue_word_enter(&queue->lock), 1)) {
        deliver_fast(queue, irp, major, outer);
        return STATUS_PENDING;
    }
    fx_queue_lock(queue);
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
        !queue->pnp_held && runs_here(queue, outer)) {
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

NTSTATUS
fx_queue_add(struct fx_queue *queue, struct fx_request *request)
{
    bool waits;

    fx_queue_lock(queue);
    if (!queue->accept) {
        NTSTATUS status = queue->removed ? STATUS_NO_SUCH_DEVICE : STATUS_WDF_BUSY;

        fx_queue_unlock(queue);
        return status;
    }
    request->queue = queue;
    waits = fx_queue_wait_locked(queue, request, false);
    if (!waits) {
        fx_queue_unlock(queue);
        fx_queue_cancel_waiting(queue, request);
    } else if (fx_queue_runnable_locked(queue)) {
        fx_queue_run_and_unlock(queue, true);
    } else {
        fx_queue_unlock(queue);
    }
    return STATUS_SUCCESS;
}

/* --- Out ------------------------------------------------------------------------------------- */

/* The request is the queue's fast one from now on; it is retired. */
static void
become_fast_locked(struct fx_queue *queue, struct fx_request *request)
{
    request->fast = true;
    request->queue = queue;
    fx_request_set_owner(request, FX_OWNER_ARRIVING);
    queue->fast = request;
}

/*
 * Takes a request off and recycles it, when nobody refers to it. Returns it when that is left to do:
 * finish_release. References are taken under the lock too, by those who find requests in the queue: so
 * either they come first or the request is gone. `retired`: it is the fast request and retired already.
 */
static struct fx_request *
release_locked(struct fx_queue *queue, struct fx_request *request, bool deleted, bool retired)
{
    list_remove(&request->link);
    queue->owned_count--;
    if (__builtin_expect((request->power & FX_POWER_SUSPENDED) != 0, 0)) {
        queue->suspended--;
    }
    request->power = 0;
    if (__builtin_expect((queue->sync_waiters | queue->notices_armed) != 0, 0)) {
        fx_queue_settle_locked(queue);
    }
    if (retired) {
        return NULL;
    }
    if (request->fast) {
        request->fast = false;
        queue->fast = NULL;
    }
    if (deleted || queue->spare_count >= FX_QUEUE_SPARE_LIMIT ||
        !fx_object_retire(&request->object)) {
        return request;
    }
    if (queue->fast == NULL && queue->limit != 0) {
        become_fast_locked(queue, request);
    } else {
        request->next = queue->spare;
        queue->spare = request;
        queue->spare_count++;
    }
    return NULL;
}

/* Without the lock; the queue may be gone. */
static void
finish_release(struct fx_request *request, bool deleted)
{
    if (request == NULL) {
        return;
    }
    if (deleted) {
        fx_object_unref(&request->object);
    } else {
        fx_request_dispose(request);
    }
}

/* Gives the fast request back around the lock. *ret_retired: whether it is retired, also when that failed. */
static inline bool
leave_fast(struct fx_queue *queue, struct fx_request *request, bool deleted, bool *ret_retired)
{
    *ret_retired = request->fast && !deleted && fx_object_retire(&request->object);
    if (!*ret_retired) {
        return false;
    }
    fx_request_set_owner(request, FX_OWNER_ARRIVING);
    return fx_queue_word_leave(&queue->lock);
}

void
fx_queue_done(struct fx_queue *queue, struct fx_request *request, bool deleted)
{
    bool retired;

    if (__builtin_expect(leave_fast(queue, request, deleted, &retired), 1)) {
        return;
    }
    fx_queue_lock(queue);
    request = release_locked(queue, request, deleted, retired);
    fx_queue_unlock_and_run(queue);
    finish_release(request, deleted);
}

struct fx_queue *
fx_queue_release(struct fx_queue *queue, struct fx_request *request, bool deleted)
{
    struct fx_queue *to_run = NULL;
    bool retired;

    if (__builtin_expect(leave_fast(queue, request, deleted, &retired), 1)) {
        return NULL;
    }
    fx_queue_lock(queue);
    request = release_locked(queue, request, deleted, retired);
    if (fx_queue_runnable_locked(queue)) {
        queue->pins++;
        to_run = queue;
    }
    fx_queue_unlock(queue);
    finish_release(request, deleted);
    return to_run;
}

void
fx_queue_kick(struct fx_queue *queue)
{
    if (queue == NULL) {
        return;
    }
    fx_queue_lock(queue);
    queue->pins--;
    fx_queue_settle_locked(queue);
    fx_queue_unlock_and_run(queue);
}

/* --- Sideways -------------------------------------------------------------------------------- */

NTSTATUS
fx_queue_forward(struct fx_queue *from, struct fx_queue *to, struct fx_request *request)
{
    struct fx_queue *first = from < to ? from : to;
    struct fx_queue *second = from < to ? to : from;
    NTSTATUS status = STATUS_SUCCESS;
    bool waits = true;

    fx_queue_lock(first);
    fx_queue_lock(second);
    if (fx_request_owner(request) != FX_OWNER_DRIVER || request->queue != from) {
        status = STATUS_INVALID_DEVICE_REQUEST;
    } else if (!to->accept) {
        status = STATUS_WDF_BUSY;
    } else {
        list_remove(&request->link);
        from->owned_count--;
        if (request->fast) {
            request->fast = false;
            from->fast = NULL;
        }
        request->queue = to;
        waits = fx_queue_wait_locked(to, request, false);
        fx_queue_settle_locked(from);
        from->pins++;
        to->pins++;
    }
    fx_queue_unlock(second);
    fx_queue_unlock(first);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    if (!waits) {
        fx_queue_cancel_waiting(to, request);
    }
    fx_queue_kick(to);
    fx_queue_kick(from);
    return STATUS_SUCCESS;
}

NTSTATUS
fx_queue_requeue(struct fx_queue *queue, struct fx_request *request)
{
    bool waits;

    fx_queue_lock(queue);
    if (fx_request_owner(request) != FX_OWNER_DRIVER || request->queue != queue || !queue->manual) {
        fx_queue_unlock(queue);
        return STATUS_INVALID_DEVICE_REQUEST;
    }
    list_remove(&request->link);
    queue->owned_count--;
    waits = fx_queue_wait_locked(queue, request, true);
    fx_queue_settle_locked(queue);
    queue->pins++;
    fx_queue_unlock(queue);
    if (!waits) {
        fx_queue_cancel_waiting(queue, request);
    }
    fx_queue_kick(queue);
    return STATUS_SUCCESS;
}

/* --- For the driver -------------------------------------------------------------------------- */

NTSTATUS
fx_queue_retrieve(struct fx_queue *queue, FILE_OBJECT *file, struct fx_request **ret_request)
{
    struct fx_request *request = NULL;
    NTSTATUS status;

    fx_queue_lock(queue);
    if (!queue->dispatch || queue->pnp_held) {
        status = STATUS_WDF_PAUSED;
    } else {
        request = take_locked(queue, file);
        status = request == NULL ? STATUS_NO_MORE_ENTRIES : STATUS_SUCCESS;
    }
    fx_queue_unlock(queue);
    if (request != NULL) {
        *ret_request = request;
    }
    return status;
}

NTSTATUS
fx_queue_find(struct fx_queue *queue, struct fx_request *after, FILE_OBJECT *file,
              WDF_REQUEST_PARAMETERS *parameters, struct fx_request **ret_request)
{
    NTSTATUS status = STATUS_NO_MORE_ENTRIES;
    struct list *link;

    fx_queue_lock(queue);
    if (!queue->dispatch || queue->pnp_held) {
        fx_queue_unlock(queue);
        return STATUS_WDF_PAUSED;
    }
    if (after != NULL && (after->queue != queue || fx_request_owner(after) != FX_OWNER_QUEUE)) {
        fx_queue_unlock(queue);
        return STATUS_NOT_FOUND;
    }
    for (link = after == NULL ? queue->waiting.next : after->link.next; link != &queue->waiting;
         link = link->next) {
        struct fx_request *request = container_of(link, struct fx_request, link);

        if (file == NULL || fx_request_stack(request)->FileObject == file) {
            fx_object_ref(&request->object);
            if (parameters != NULL) {
                fx_request_get_parameters(request, parameters);
            }
            *ret_request = request;
            status = STATUS_SUCCESS;
            break;
        }
    }
    fx_queue_unlock(queue);
    return status;
}

NTSTATUS
fx_queue_retrieve_found(struct fx_queue *queue, struct fx_request *found,
                        struct fx_request **ret_request)
{
    NTSTATUS status = STATUS_NOT_FOUND;

    fx_queue_lock(queue);
    if (!queue->dispatch || queue->pnp_held) {
        status = STATUS_WDF_PAUSED;
    } else if (found->queue == queue && fx_request_owner(found) == FX_OWNER_QUEUE &&
               IoSetCancelRoutine(found->irp, NULL) != NULL) {
        list_remove(&found->link);
        queue->waiting_count--;
        fx_queue_own_locked(queue, found);
        found->flags |= FX_REQUEST_DELIVERED;
        *ret_request = found;
        status = STATUS_SUCCESS;
    }
    fx_queue_unlock(queue);
    return status;
}

/* --- Life ------------------------------------------------------------------------------------ */

/* Nothing may come any more; what is there is cancelled, or completed by the driver. */
static bool
queue_stop(struct fx_object *object)
{
    struct fx_queue *queue = (struct fx_queue *)object;
    bool ended;

    if (!queue->known) {
        return true; /* Half made. */
    }
    fx_queue_remove(queue);
    fx_queue_lock(queue);
    queue->stopping = true;
    ended = ends_locked(queue);
    fx_queue_unlock(queue);
    return ended;
}

static void
queue_dispose(struct fx_object *object)
{
    struct fx_queue *queue = (struct fx_queue *)object;

    if (queue->known) {
        fx_io_device_forget_queue(queue);
    }
}

static void
queue_destroy(struct fx_object *object)
{
    struct fx_queue *queue = (struct fx_queue *)object;
    struct fx_request *request;

    if (queue->fast != NULL) {
        fx_request_cache_put(queue->cache, queue->fast);
    }
    while ((request = queue->spare) != NULL) {
        queue->spare = request->next;
        fx_request_cache_put(queue->cache, request);
    }
}

static bool
queue_may_delete(struct fx_object *object)
{
    return !((struct fx_queue *)object)->routed;
}

static struct fx_callback_lock *
queue_callback_lock(struct fx_object *object)
{
    return &((struct fx_queue *)object)->own_lock;
}

static struct fx_callback_lock *
queue_scope_lock(struct fx_object *object)
{
    return ((struct fx_queue *)object)->callback_lock;
}

const struct fx_class fx_class_queue = {
    .type = FX_TYPE_QUEUE,
    .name = "WDFQUEUE",
    .size = sizeof(struct fx_queue),
    .parent_rule = FX_PARENT_OPTIONAL,
    .passive = true,
    .execution_level = true,
    .sync_scope = true,
    .may_delete = queue_may_delete,
    .stop = queue_stop,
    .dispose = queue_dispose,
    .destroy = queue_destroy,
    .callback_lock = queue_callback_lock,
    .scope_lock = queue_scope_lock,
};

NTSTATUS
fx_queue_make_fast(struct fx_queue *queue, struct fx_request_cache *cache)
{
    struct fx_request *request;

    queue->cache = cache;
    if (queue->limit == 0) {
        return STATUS_SUCCESS; /* Nothing is delivered. */
    }
    request = fx_request_cache_get(cache, queue->device);
    if (request == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    if (!fx_object_retire(&request->object)) {
        /* Its context has callbacks: none of these requests can be recycled. */
        request->object.magic = FX_OBJECT_POISON;
        fx_request_cache_put(cache, request);
        return STATUS_SUCCESS;
    }
    become_fast_locked(queue, request);
    return STATUS_SUCCESS;
}

uint32_t
fx_queue_word_acquire_slow(struct fx_queue_word *word)
{
    unsigned spins = sys_cpu_count() > 1 ? 100 : 0;
    uint32_t chain = 0;

    for (;;) {
        uint32_t found = atomic_load_relaxed_u32(&word->value);

        if ((found & FX_QUEUE_HELD) == 0) {
            if (atomic_cas_u32(&word->value, &found, FX_QUEUE_HELD | chain)) {
                return found;
            }
            continue;
        }
        if (spins != 0) {
            spins--;
            sys_spin_pause();
            continue;
        }
        if ((found & FX_QUEUE_SLEEPERS) == 0) {
            if (!atomic_cas_u32(&word->value, &found, found | FX_QUEUE_SLEEPERS)) {
                continue;
            }
            found |= FX_QUEUE_SLEEPERS;
        }
        (void)sys_wait(&word->value, found, SYS_FOREVER);
        chain = FX_QUEUE_SLEEPERS; /* There may be others. */
    }
}

void
fx_queue_init(struct fx_queue *queue, struct fx_device *device, const WDF_IO_QUEUE_CONFIG *config)
{
    bool managed = config->PowerManaged == WdfTrue ||
                   (config->PowerManaged == WdfUseDefault && !device->filter);

    queue->device = device;
    queue->passive = queue->object.execution_level == WdfExecutionLevelPassive;
    queue->careful =
        queue->passive || (queue->object.globals->debug_flags & FX_DEBUG_VERIFIER) != 0;
    fx_callback_lock_init(&queue->own_lock, queue->passive);
    switch (queue->object.sync_scope) {
    case WdfSynchronizationScopeQueue:
        queue->callback_lock = &queue->own_lock;
        break;
    case WdfSynchronizationScopeDevice:
        queue->callback_lock = &device->own_lock;
        break;
    default:
        queue->callback_lock = NULL;
        break;
    }
    queue->manual = config->DispatchType == WdfIoQueueDispatchManual;
    queue->sequential = config->DispatchType == WdfIoQueueDispatchSequential;
    queue->power_managed = managed && device->kind != FX_DEVICE_CONTROL;
    queue->allow_zero_length = config->AllowZeroLengthRequests;
    queue->limit = queue->manual       ? 0
                   : queue->sequential ? 1
                                       : config->Settings.Parallel.NumberOfPresentedRequests;
    queue->evt_default = config->EvtIoDefault;
    queue->evt_read = config->EvtIoRead;
    queue->evt_write = config->EvtIoWrite;
    queue->evt_device_control = config->EvtIoDeviceControl;
    queue->evt_internal_device_control = config->EvtIoInternalDeviceControl;
    queue->evt_stop = config->EvtIoStop;
    queue->evt_resume = config->EvtIoResume;
    queue->evt_canceled_on_queue = config->EvtIoCanceledOnQueue;
    list_init(&queue->waiting);
    list_init(&queue->owned);
    list_init(&queue->device_link);
    queue->accept = true;
    queue->dispatch = true;
    queue->work.run = work_routine;
}

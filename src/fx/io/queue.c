/* SPDX-License-Identifier: MIT */
/*
 * Queues: waiting and being cancelled there, leaving, moving to another queue, being retrieved, and a queue's
 * life. Delivery is in queue_run.c, the states are in queue_state.c, the WDF functions in queue_api.c.
 */
#include "fx/io/queue.h"

#include "base/hot.h"
#include "fx/io/io_device.h"
#include "fx/io/reserve.h"
#include "sys/thread.h"
#include "sys/wait.h"

/* --- The lock -------------------------------------------------------------------------------- */

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

/* --- Waiting, and being cancelled there ------------------------------------------------------ */

struct fx_request *
fx_queue_take_locked(struct fx_queue *queue, const FILE_OBJECT *file)
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

/* Under the lock, which this gives back. */
static void
add_and_unlock(struct fx_queue *queue, struct fx_request *request)
{
    bool waits;

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
}

NTSTATUS
fx_queue_add(struct fx_queue *queue, struct fx_request *request)
{
    fx_queue_lock(queue);
    if (!queue->accept) {
        NTSTATUS status = queue->removed ? STATUS_NO_SUCH_DEVICE : STATUS_WDF_BUSY;

        fx_queue_unlock(queue);
        return status;
    }
    add_and_unlock(queue, request);
    return STATUS_SUCCESS;
}

void
fx_queue_add_admitted(struct fx_queue *queue, struct fx_request *request)
{
    fx_queue_lock(queue);
    add_and_unlock(queue, request);
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
    if (deleted || queue->reserve != NULL || request->cache != queue->cache ||
        queue->spare_count >= FX_QUEUE_SPARE_LIMIT || !fx_object_retire(&request->object)) {
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

/* The ways through the lock are not inlined: the ways around it then have no registers to save. */
static __attribute__((noinline)) void
done_through_lock(struct fx_queue *queue, struct fx_request *request, bool deleted, bool retired)
{
    fx_queue_lock(queue);
    request = release_locked(queue, request, deleted, retired);
    fx_queue_unlock_and_run(queue);
    finish_release(request, deleted);
}

BASE_HOT void
fx_queue_done(struct fx_queue *queue, struct fx_request *request, bool deleted)
{
    bool retired;

    if (__builtin_expect(!leave_fast(queue, request, deleted, &retired), 0)) {
        done_through_lock(queue, request, deleted, retired);
    }
}

static __attribute__((noinline)) struct fx_queue *
release_through_lock(struct fx_queue *queue, struct fx_request *request, bool deleted, bool retired)
{
    struct fx_queue *to_run = NULL;

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

BASE_HOT struct fx_queue *
fx_queue_release(struct fx_queue *queue, struct fx_request *request, bool deleted)
{
    bool retired;

    if (__builtin_expect(leave_fast(queue, request, deleted, &retired), 1)) {
        return NULL;
    }
    return release_through_lock(queue, request, deleted, retired);
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
        request->device = to->device; /* Its parent's, perhaps. */
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
        request = fx_queue_take_locked(queue, file);
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
    ended = fx_queue_ends_locked(queue);
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
    fx_reserve_delete(queue->reserve);
    queue->reserve = NULL;
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
        fx_handle_end(&request->object);
        fx_request_cache_put(cache, request);
        return STATUS_SUCCESS;
    }
    become_fast_locked(queue, request);
    return STATUS_SUCCESS;
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
    queue->work.run = fx_queue_work;
}

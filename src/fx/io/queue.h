/* SPDX-License-Identifier: MIT */
/*
 * WDFQUEUE.
 *
 * A request of a queue is in exactly one of: `waiting` (the framework owns it, with a cancel routine
 * on its IRP) or `owned` (delivered and not completed, wherever the driver has it; or taken out of
 * `waiting` because it was cancelled).
 *
 * Delivery (queue.c): whoever makes a queue runnable under its lock runs it: hands out requests until
 * nothing can be delivered. There is no "dispatcher is busy" flag that could lock others out. Three things keep
 * it from recursing and from breaking synchronization:
 *   - a thread that completes a request inside a callback of the same queue, or of one with the same
 *     callback lock, leaves the next delivery to the loop that called the callback (fx_frame);
 *   - a thread that holds the queue's callback lock for another reason leaves it to the queue's work item;
 *   - so does one whose IRQL is too high for the queue's execution level.
 *
 * What touches the queue without owning one of its requests pins it (fx_queue.pins); a queue's deletion
 * goes on only when it is idle and not pinned.
 *
 * Fast path: a request that comes when the queue has nothing to wait for goes around the lock
 * (queue_lock.h); others cost one lock hold when they come and one when they go. No reference count is touched.
 */
#ifndef OPENWDF_FX_IO_QUEUE_H
#define OPENWDF_FX_IO_QUEUE_H

#include "fx/core/lock.h"
#include "fx/io/queue_lock.h"
#include "fx/io/request.h"
#include "nt/ex/ex.h"

struct fx_reserve;

#define FX_QUEUE_UNLIMITED ((uint32_t)-1)
#define FX_QUEUE_SPARE_LIMIT                                                                       \
    8u /* Requests kept at the queue; the others go to the device's cache. */

/* An asynchronous state change whose EvtIoQueueState callback is outstanding. */
enum fx_queue_change {
    FX_CHANGE_STOP,  /* WdfIoQueueStop, WdfIoQueueStopAndPurge. */
    FX_CHANGE_DRAIN, /* WdfIoQueueDrain. */
    FX_CHANGE_PURGE, /* WdfIoQueuePurge. */
    FX_CHANGE_COUNT,
};

struct fx_queue_notice {
    PFN_WDF_IO_QUEUE_STATE callback; /* NULL: none outstanding. */
    WDFCONTEXT context;
};

/* A callback of the driver's that the run loop makes. */
enum fx_work_kind {
    FX_WORK_NOTHING,
    FX_WORK_DELIVER,           /* The request handler of its type. */
    FX_WORK_STATE,             /* EvtIoQueueState. */
    FX_WORK_CANCELED_ON_QUEUE, /* EvtIoCanceledOnQueue. */
    FX_WORK_CANCEL,            /* EvtRequestCancel. */
    FX_WORK_STOP,              /* EvtIoStop. */
    FX_WORK_RESUME,            /* EvtIoResume. */
};

struct fx_work {
    enum fx_work_kind kind;
    struct fx_request *request;
    PFN_WDF_IO_QUEUE_STATE callback; /* STATE */
    WDFCONTEXT context;              /* STATE */
    ULONG action;                    /* STOP */
};

struct fx_queue {
    struct fx_object object;

    /* --- Constant after creation. --- */
    struct fx_device *device;
    struct fx_request_cache *cache;
    struct fx_callback_lock *callback_lock; /* What synchronizes its callbacks; NULL: nothing. */
    bool manual;
    bool sequential;
    bool power_managed;
    bool allow_zero_length;
    bool passive;   /* Callbacks at PASSIVE_LEVEL. */
    bool careful;   /* Something has to be done around each handler. */
    uint32_t limit; /* Requests that may be with the driver by our delivery. */
    PFN_WDF_IO_QUEUE_IO_DEFAULT evt_default;
    PFN_WDF_IO_QUEUE_IO_READ evt_read;
    PFN_WDF_IO_QUEUE_IO_WRITE evt_write;
    PFN_WDF_IO_QUEUE_IO_DEVICE_CONTROL evt_device_control;
    PFN_WDF_IO_QUEUE_IO_INTERNAL_DEVICE_CONTROL evt_internal_device_control;
    PFN_WDF_IO_QUEUE_IO_STOP evt_stop;
    PFN_WDF_IO_QUEUE_IO_RESUME evt_resume;
    PFN_WDF_IO_QUEUE_IO_CANCELED_ON_QUEUE evt_canceled_on_queue;
    struct fx_callback_lock own_lock; /* For scope Queue. */

    /*
     * Guards all below and the ownership of requests of this queue. Any IRQL up to DISPATCH_LEVEL. Two queues'
     * locks are taken in order of address. Below it: leaf locks of caches and the callback-free parts of nt.
     */
    struct fx_queue_word lock;
    bool accept;    /* New requests may come. */
    bool dispatch;  /* Requests may go to the driver. */
    bool pnp_held;  /* Power-managed, and the device is not in D0. */
    bool removed;   /* The device is being removed: never accepts again. */
    bool purging;   /* Between Purge and Start: what is requeued is cancelled. */
    bool attention; /* A notice or the ready callback is due. */
    bool ready_due; /* The ready callback is due. */
    bool work_queued;
    bool stopping; /* Being deleted: fx_object_stopped is due when it is idle. */
    bool known;    /* To its device. */
    bool watched;  /* Power-managed, and the device detects idleness: what it has keeps it in D0. */
    bool counted;  /* ... and the device's policy knows of it. */
    bool routed;   /* Default queue, or receives a request type: the driver may not delete it. */
    uint32_t waiting_count;
    uint32_t owned_count;
    uint32_t suspended; /* Of owned_count: acknowledged without requeuing. */
    uint32_t pins;
    uint32_t spare_count;
    struct list waiting;
    struct list owned;
    struct fx_request *fast; /* Whose way around the lock it is; NULL: lost to the driver. */
    struct fx_request *spare;
    struct fx_reserve *reserve; /* Set once; NULL: no forward progress is guaranteed. */
    struct fx_request
        *cancels; /* EvtRequestCancel or EvtIoCanceledOnQueue that must run at PASSIVE_LEVEL. */
    PFN_WDF_IO_QUEUE_STATE ready_callback;
    WDFCONTEXT ready_context;
    struct fx_queue_notice notices[FX_CHANGE_COUNT];
    uint32_t notices_armed;
    uint32_t sync_waiters;
    uint32_t sync_word; /* Changes whenever a waiter may have something to look at. */
    struct ex_work work;

    struct fx_frame *deferred_to; /* In that frame's list; NULL: in none. */
    struct fx_queue *frame_next;  /* In a frame's list; its thread's. */
    struct list device_link;      /* In fx_io_device.queues; its lock. */
};

extern const struct fx_class fx_class_queue;

static inline WDFQUEUE
fx_queue_handle(struct fx_queue *queue)
{
    return fx_object_handle(&queue->object);
}

/* One callback of the driver that this thread is in; innermost first, head in SYS_SLOT_FX_IO. */
struct fx_frame {
    struct fx_queue *queue;        /* NULL: between two callbacks. */
    struct fx_callback_lock *lock; /* That the callback runs under. */
    struct fx_queue *first;        /* Queues to run after the callback, pinned. */
    struct fx_queue *last;         /* Of them; only when there is a first one. */
    struct fx_frame *outer;
    uint32_t depth;
};

/* --- Arrival --- */

/* Puts an arriving IRP (marked pending) into the queue and runs it. Returns STATUS_PENDING, always. */
NTSTATUS fx_queue_add_irp(struct fx_queue *queue, IRP *irp, uint8_t major);

/* The same for a request object that the driver has given back (Driver -> Queue). STATUS_WDF_BUSY. */
_Must_inspect_result_ NTSTATUS fx_queue_add(struct fx_queue *queue, struct fx_request *request);

/* The same for one whose IRP came while the queue accepted: a drain still serves it. */
void fx_queue_add_admitted(struct fx_queue *queue, struct fx_request *request);

/* --- Departure --- */

/*
 * The IRP of an owned request has been completed or passed on: forgets the request and runs the
 * queue. `deleted`: the request object has been deleted and the caller's reference goes; otherwise it ends here.
 */
void fx_queue_done(struct fx_queue *queue, struct fx_request *request, bool deleted);

/* The same without running the queue. Returns it, pinned, when it is to be run: fx_queue_kick. */
struct fx_queue *fx_queue_release(struct fx_queue *queue, struct fx_request *request, bool deleted);

/* Unpins and runs. NULL is allowed. */
void fx_queue_kick(struct fx_queue *queue);

/* Driver -> Queue of the same device; see WdfRequestForwardToIoQueue. */
_Must_inspect_result_ NTSTATUS fx_queue_forward(struct fx_queue *from, struct fx_queue *to,
                                                struct fx_request *request);

/* Driver -> head of its own manual queue. */
_Must_inspect_result_ NTSTATUS fx_queue_requeue(struct fx_queue *queue, struct fx_request *request);

/* --- For the driver --- */

/* The first waiting request, of that file object if one is given; STATUS_NO_MORE_ENTRIES, STATUS_WDF_PAUSED. */
_Must_inspect_result_ NTSTATUS fx_queue_retrieve(struct fx_queue *queue, FILE_OBJECT *file,
                                                 struct fx_request **ret_request);
_Must_inspect_result_ NTSTATUS fx_queue_find(struct fx_queue *queue, struct fx_request *after,
                                             FILE_OBJECT *file, WDF_REQUEST_PARAMETERS *parameters,
                                             struct fx_request **ret_request);
_Must_inspect_result_ NTSTATUS fx_queue_retrieve_found(struct fx_queue *queue,
                                                       struct fx_request *found,
                                                       struct fx_request **ret_request);

/* --- State (queue_state.c) --- */

enum fx_queue_wait {
    FX_NO_WAIT,
    FX_WAIT, /* PASSIVE_LEVEL. Until what the driver owns (and, but for stop, what waits) is gone. */
};

void fx_queue_start(struct fx_queue *queue);
void fx_queue_stop(struct fx_queue *queue, bool purge, PFN_WDF_IO_QUEUE_STATE complete,
                   WDFCONTEXT context, enum fx_queue_wait wait);
void fx_queue_drain(struct fx_queue *queue, PFN_WDF_IO_QUEUE_STATE complete, WDFCONTEXT context,
                    enum fx_queue_wait wait);
void fx_queue_purge(struct fx_queue *queue, PFN_WDF_IO_QUEUE_STATE complete, WDFCONTEXT context,
                    enum fx_queue_wait wait);

/* Device power: see device_io.h. */
void fx_queue_power_up(struct fx_queue *queue);
void fx_queue_power_hold(struct fx_queue *queue); /* Deliver no more. */
void fx_queue_power_down(struct fx_queue *queue, WDF_REQUEST_STOP_ACTION_FLAGS action);
void fx_queue_remove(struct fx_queue *queue);
void
fx_queue_tell_removed(struct fx_queue *queue); /* EvtIoStop for what the driver has; no wait. */
void fx_queue_revive(struct fx_queue *queue);  /* The opposite of fx_queue_remove. */
void fx_queue_watch(struct fx_queue *queue);
void fx_queue_wait_idle(struct fx_queue *queue);

/* WdfRequestStopAcknowledge. */
void fx_queue_stop_acknowledge(struct fx_queue *queue, struct fx_request *request, bool requeue);

/* Cancels the waiting requests of that file object. */
void fx_queue_cancel_file(struct fx_queue *queue, FILE_OBJECT *file);

/* --- Between the files of this folder --- */

/* Sets what the configuration says; the object is made, and nobody knows it yet. */
void fx_queue_init(struct fx_queue *queue, struct fx_device *device,
                   const WDF_IO_QUEUE_CONFIG *config);

/* Gives the queue its cache and its fast request. STATUS_INSUFFICIENT_RESOURCES. */
_Must_inspect_result_ NTSTATUS fx_queue_make_fast(struct fx_queue *queue,
                                                  struct fx_request_cache *cache);

/* Whether a request may go around the lock. Under it. */
static inline bool
fx_queue_is_plain(const struct fx_queue *queue)
{
    return queue->owned_count == 0 && queue->waiting_count == 0 && queue->limit != 0 &&
           queue->accept && queue->dispatch && !queue->pnp_held && !queue->attention &&
           !queue->stopping && (queue->sync_waiters | queue->notices_armed) == 0 &&
           queue->fast != NULL && queue->callback_lock == NULL && queue->reserve == NULL &&
           !queue->watched;
}

static inline void
fx_queue_lock(struct fx_queue *queue)
{
    if (__builtin_expect(fx_queue_word_acquire(&queue->lock) & FX_QUEUE_BUSY, 0)) {
        list_push_back(&queue->owned, &queue->fast->link);
        queue->owned_count++;
    }
}

/* Tells the device's power policy when the queue has got its first request, or lost its last. */
void fx_queue_watch_locked(struct fx_queue *queue);

static inline void
fx_queue_unlock(struct fx_queue *queue)
{
    if (__builtin_expect(queue->watched, 0)) {
        fx_queue_watch_locked(queue);
    }
    fx_queue_word_release(&queue->lock, fx_queue_is_plain(queue));
}

/* Whether a request would be delivered. Under the lock. */
static inline bool
fx_queue_deliverable_locked(const struct fx_queue *queue)
{
    return queue->waiting_count != 0 && queue->owned_count < queue->limit && queue->dispatch &&
           !queue->pnp_held;
}

static inline bool
fx_queue_runnable_locked(const struct fx_queue *queue)
{
    return queue->attention || queue->stopping || fx_queue_deliverable_locked(queue);
}

/*
 * Entered with the lock held, left without it. Delivers what can be delivered, here or where it may
 * run. may_nest: even inside a callback of this queue on this thread.
 */
void fx_queue_run_and_unlock(struct fx_queue *queue, bool may_nest);

/* Releases the lock; runs the queue if there is something to do. */
static inline void
fx_queue_unlock_and_run(struct fx_queue *queue)
{
    if (__builtin_expect(fx_queue_runnable_locked(queue), 0)) {
        fx_queue_run_and_unlock(queue, false);
    } else {
        fx_queue_unlock(queue);
    }
}

/* Whether the deletion of the queue can go on: fx_object_stopped is to be called after the lock. */
static inline bool
fx_queue_ends_locked(struct fx_queue *queue)
{
    if (!queue->stopping || queue->owned_count != 0 || queue->waiting_count != 0 ||
        queue->pins != 0) {
        return false;
    }
    queue->stopping = false;
    return true;
}

/* After owned_count, waiting_count or pins went down: wakes waiters, finds due notices. */
void fx_queue_settle_locked(struct fx_queue *queue);

/* Moves a request to `owned`, as the driver's. */
static inline void
fx_queue_own_locked(struct fx_queue *queue, struct fx_request *request)
{
    list_push_back(&queue->owned, &request->link);
    queue->owned_count++;
    fx_request_set_owner(request, FX_OWNER_DRIVER);
}

/*
 * Puts a request into `waiting` and lets it be cancelled there. False when it is cancelled already:
 * the caller calls fx_queue_cancel_waiting after the lock.
 */
_Must_inspect_result_ bool fx_queue_wait_locked(struct fx_queue *queue, struct fx_request *request,
                                                bool at_head);

/* Takes a cancelled request out of `waiting`: it is in `owned`, and nobody's until its end. */
void fx_queue_to_canceling_locked(struct fx_queue *queue, struct fx_request *request);

/*
 * Makes one callback of the driver, synchronized; then runs what it made runnable. Unlocked. The
 * IRQL must fit (fx_queue_may_call).
 */
void fx_queue_call(struct fx_queue *queue, const struct fx_work *work);

/* Whether a callback of this queue may be made at the current IRQL. */
static inline bool
fx_queue_may_call(const struct fx_queue *queue)
{
    return !queue->passive || KeGetCurrentIrql() == PASSIVE_LEVEL;
}

/*
 * Ends a request that was waiting and is cancelled (now `owned`, Canceling): EvtIoCanceledOnQueue if the driver
 * has seen it, else STATUS_CANCELLED. Unlocked.
 */
void fx_queue_cancel_waiting(struct fx_queue *queue, struct fx_request *request);

/*
 * The first waiting request (of that file, if one is given) that is not being cancelled; it is the
 * driver's then. NULL: none.
 */
struct fx_request *fx_queue_take_locked(struct fx_queue *queue, const FILE_OBJECT *file);

/* The work item, at PASSIVE_LEVEL: cancel callbacks first, then what can be delivered. */
void fx_queue_work(struct ex_work *item);

/* Lets the work item make the request's cancel callback at PASSIVE_LEVEL. Unlocked. */
void fx_queue_defer_cancel(struct fx_queue *queue, struct fx_request *request);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * WDFREQUEST: one IRP at one layer, and who owns it.
 *
 * Ownership is one word (fx_request.owner). It changes hands like this, and only like this:
 *
 *     Queue -> Driver            delivered or retrieved            (queue's lock)
 *     Driver -> Queue            forwarded, requeued               (queue's lock)
 *     Driver <-> Cancelable      marked, unmarked                  (request's lock)
 *     Cancelable -> Canceling    somebody cancels: exactly one     (request's lock)
 *     Canceling -> Canceled      EvtRequestCancel is being called
 *     Driver, Canceled -> Target sent;  Target -> Driver on return (the sender; the last hold)
 *     Driver, Canceled -> Completed
 *
 * The request's lock is its queue's, or its device's when it never was in a queue. As long as a request
 * is Cancelable and that lock is held, its IRP exists: the driver cannot complete it without
 * leaving the state first. That is what makes cancelling from outside (purge) safe.
 *
 * Requests that arrive live in caches (fx_request_cache) with their contexts; those that the driver
 * creates are ordinary objects.
 */
#ifndef OPENWDF_FX_IO_REQUEST_H
#define OPENWDF_FX_IO_REQUEST_H

#include <string.h>

#include "fx/mem/memory.h"
#include "fx/pnp/device.h"

struct fx_queue;
struct fx_iotarget;
struct fx_file;
struct fx_reserve;
struct fx_request;

enum fx_request_owner {
    FX_OWNER_NOBODY,   /* In a cache. */
    FX_OWNER_ARRIVING, /* A queue's fast request, on its way to the driver. */
    FX_OWNER_QUEUE,
    FX_OWNER_DRIVER,
    FX_OWNER_CANCELABLE, /* The driver's, with a cancel routine on the IRP. */
    FX_OWNER_CANCELING, /* Cancelled; EvtRequestCancel has not been called yet: nobody may complete. */
    FX_OWNER_CANCELED, /* EvtRequestCancel has been called: the driver completes. */
    FX_OWNER_TARGET,   /* Sent. */
    FX_OWNER_COMPLETED,
};

enum fx_request_kind {
    FX_REQUEST_INCOMING, /* Arrived at a device of the driver's. */
    FX_REQUEST_CREATED,  /* WdfRequestCreate: the IRP is ours. */
    FX_REQUEST_WRAPPED,  /* WdfRequestCreateFromIrp. */
};

/* fx_request.flags: the owner's. */
#define FX_REQUEST_DELIVERED    0x0001u /* The driver has seen it: EvtIoCanceledOnQueue applies. */
#define FX_REQUEST_IN_CONTEXT   0x0002u /* In EvtIoInCallerContext. */
#define FX_REQUEST_CREATE       0x0004u /* A file creation: the file object depends on its end. */
#define FX_REQUEST_FREES_IRP    0x0080u /* WdfRequestCreateFromIrp(RequestFreesIrp). */
#define FX_REQUEST_FORMATTED    0x0100u /* The next stack location is filled in. */
#define FX_REQUEST_IGNORE_STATE 0x0200u /* Sent with IGNORE_TARGET_STATE. */
#define FX_REQUEST_SAVED        0x0800u /* saved_* hold the IRP's own buffers. */
#define FX_REQUEST_EXTRAS       0x1000u /* Something of what completion must take back was used. */
#define FX_REQUEST_INPUT        0x2000u /* memory[FX_INPUT] is live. */
#define FX_REQUEST_OUTPUT       0x4000u
#define FX_REQUEST_SENT_ONCE    0x8000u  /* Was sent, came back. */
#define FX_REQUEST_MDL          0x20000u /* buffer_mdl has some. */
#define FX_REQUEST_MARKED       0x10000u /* evt_cancel is what a canceller calls. */

/* fx_request.power: guarded by the queue's lock. */
#define FX_POWER_STOPPING  0x1u  /* EvtIoStop is being called for it. */
#define FX_POWER_SUSPENDED 0x2u  /* Acknowledged without requeuing: EvtIoResume later. */
#define FX_POWER_PURGING   0x4u  /* Somebody is about to cancel what was sent. */
#define FX_POWER_TOLD      0x8u  /* EvtIoStop was called in this power-down. */
#define FX_POWER_CANCELED  0x10u /* A purge wants it cancelled as soon as it can be. */

enum {
    FX_INPUT,
    FX_OUTPUT
};

/* A memory object for one of the request's own buffers; keeps the request's memory. */
struct fx_request_memory {
    struct fx_memory memory;
    struct fx_request *request;
};

/* The timer of a send with a time limit; made on demand. */
struct fx_request_timer {
    KTIMER timer;
    KDPC dpc;
    struct fx_request *request;
    bool armed;
};

/* What a formatted request refers to at its target, for the completion parameters. */
struct fx_request_io {
    WDF_REQUEST_TYPE type; /* WdfRequestTypeNoFormat when not formatted by WdfIoTargetFormat... */
    ULONG ioctl;
    struct fx_memory *input; /* Referenced. */
    size_t input_offset;
    size_t input_length;
    struct fx_memory *output; /* Referenced. */
    size_t output_offset;
    size_t output_length;
    struct fx_memory *other; /* Referenced: the third of an "internal control, others". */
    void *bounce;            /* A system buffer of ours, for buffered controls with two buffers. */
    size_t bounce_size;      /* Kept while it is big enough. */
    void *bounce_to;         /* Where the output is copied to; NULL: nowhere. */
    size_t bounce_length;    /* At most. */
    MDL *mdl;                /* Ours: describes the buffer of a direct transfer. */
};

struct fx_request {
    struct fx_object object;
    uint32_t owner; /* enum fx_request_owner; atomic. */
    uint32_t flags;
    uint32_t power;
    uint8_t kind; /* enum fx_request_kind */
    uint8_t major;
    bool fast; /* Its queue's fast request (queue_lock.h). */
    IRP *irp;
    struct fx_device *device;       /* NULL for requests that the driver created. */
    struct fx_request_cache *cache; /* NULL for requests that the driver created. */
    struct fx_queue *queue;         /* Where it came from or waits; NULL when none. */
    struct list link;               /* In queue->waiting or queue->owned; its lock. */
    struct fx_request *next;        /* In a cache, or in the queue's list of deferred cancels. */
    struct fx_request *purge_next;
    PFN_WDF_REQUEST_CANCEL evt_cancel;
    struct fx_file *file;         /* FX_REQUEST_CREATE: the file object that it makes. */
    struct fx_reserve *reserve;   /* Where it goes back to; NULL: not a reserved request. */
    struct fx_queue *destination; /* FX_REQUEST_IN_CONTEXT: the queue that was named; or NULL. */

    /* --- Sending. --- */
    PFN_WDF_REQUEST_COMPLETION_ROUTINE completion_routine;
    WDFCONTEXT completion_context;
    struct fx_iotarget *target; /* Where it was sent. */
    struct list target_link;    /* In target->sent or target->waiting; its lock. */
    uint32_t holds;             /* Atomic: 1 for the sent IRP, 1 for each canceller. 0: not sent. */
    uint32_t sync_done;         /* Word that a synchronous sender waits on. */
    uint32_t timed_out;         /* Atomic: the send's timer has fired. */
    bool synchronous;
    NTSTATUS status; /* Of the last send. */
    ULONG_PTR information;
    struct fx_request_io io;
    struct fx_request_timer *timer;
    void *saved_system_buffer;
    MDL *saved_mdl;
    void *saved_user_buffer;
    ULONG saved_irp_flags;

    MDL *buffer_mdl[2]; /* Built for RetrieveInputWdmMdl / Output; freed at completion. */
    struct fx_request_memory memory[2];
};

extern const struct fx_class fx_class_request;

static inline enum fx_request_owner
fx_request_owner(const struct fx_request *request)
{
    return atomic_load_u32(&request->owner);
}

static inline void
fx_request_set_owner(struct fx_request *request, enum fx_request_owner owner)
{
    atomic_store_u32(&request->owner, owner);
}

static inline WDFREQUEST
fx_request_handle(struct fx_request *request)
{
    return fx_object_handle(&request->object);
}

/* --- The cache ------------------------------------------------------------------------------- */

#define FX_REQUEST_CACHE_LIMIT 256u /* Free requests that a device keeps. */

/* Requests of one device with the context of its request attributes. */
struct fx_request_cache {
    struct sys_lock lock; /* Guards the next four. Leaf. Up to DISPATCH_LEVEL. */
    struct fx_request *first;
    uint32_t free_count;
    uint32_t total; /* Allocated and not freed. */
    bool orphaned;  /* The device is gone: what comes back is freed. */
    struct fx_globals *globals;
    size_t size;                      /* Bytes of one. */
    size_t space_offset;              /* Where the context begins. */
    size_t context_offset;            /* Where the driver's bytes begin. */
    size_t context_size;              /* Their number. */
    WDF_OBJECT_ATTRIBUTES attributes; /* Size 0: none. */
};

/* STATUS_INSUFFICIENT_RESOURCES, or what is wrong with the device's request attributes. */
_Must_inspect_result_ NTSTATUS fx_request_cache_create(struct fx_device *device,
                                                       struct fx_request_cache **ret_cache);

/* The device goes. Requests that the driver still references keep the cache until they come back. */
void fx_request_cache_destroy(struct fx_request_cache *cache);

/* One that is live, owned by nobody, without IRP; NULL when there is no memory. */
struct fx_request *fx_request_cache_get(struct fx_request_cache *cache, struct fx_device *device);

/* Gives back one that is dead: retired, or its last reference went. */
void fx_request_cache_put(struct fx_request_cache *cache, struct fx_request *request);

/*
 * Makes a retired request live again, its context zeroed. All that fx_object_retire has checked is as
 * new; what the last life used is in place because completion puts it back.
 */
static inline void
fx_request_revive(struct fx_request_cache *cache, struct fx_request *request)
{
    fx_handle_renew(&request->object);
    request->flags = 0;
    request->completion_routine = NULL;
    if (cache->context_size != 0) {
        memset((uint8_t *)request + cache->context_offset, 0, cache->context_size);
    }
}

/* --- Life ------------------------------------------------------------------------------------ */

/* Attaches an arriving IRP to a fresh request. */
static inline void
fx_request_start(struct fx_request *request, IRP *irp, uint8_t major)
{
    request->irp = irp;
    request->major = major;
}

/* The driver completes: checks that it may. Documented bugcheck otherwise. */
void fx_request_complete(PWDF_DRIVER_GLOBALS driver_globals, struct fx_request *request,
                         NTSTATUS status, CCHAR boost);

/* The framework completes one that nobody else can touch (now). */
void fx_request_finish(struct fx_request *request, NTSTATUS status, CCHAR boost);

/*
 * Ends the request object without completing the IRP, which the caller now owns: SEND_AND_FORGET,
 * EnqueueRequest in a filter. The queue, if any, delivers the next request only when the
 * caller calls fx_queue_kick with the queue that is returned (pinned), which may be NULL.
 */
struct fx_queue *fx_request_forget(struct fx_request *request);

/* Ends the object of a request whose IRP is gone: back to the cache, at once or with the last reference. */
void fx_request_dispose(struct fx_request *request);

/* Bugchecks: the driver used a request that it does not own. */
_Noreturn void fx_request_not_owned(PWDF_DRIVER_GLOBALS driver_globals, struct fx_request *request,
                                    const char *function, NTSTATUS status);

/* The request's lock; see the top. Only for requests that arrived. */
void fx_request_lock(struct fx_request *request);
void fx_request_unlock(struct fx_request *request);

/* --- Cancellation ---------------------------------------------------------------------------- */

/*
 * Calls EvtRequestCancel for a request that the caller brought to Canceling, with the synchronization of its
 * queue or device. At a too high IRQL, later. The queue is pinned by the caller; this unpins it.
 */
void fx_request_call_cancel(struct fx_request *request);

/* --- Buffers --------------------------------------------------------------------------------- */

/* Drops what the retrieve functions made: memory objects, MDLs. Before the IRP is completed. */
void fx_request_release_buffers(struct fx_request *request);

/* Drops what formatting for a target made and referenced; the IRP's own buffers are back in it. */
void fx_request_release_io(struct fx_request *request);

/* Stack location of our layer. Only for incoming requests that are not sent. */
static inline IO_STACK_LOCATION *
fx_request_stack(struct fx_request *request)
{
    return IoGetCurrentIrpStackLocation(request->irp);
}

/* Fills in *parameters from the request's stack location. */
void fx_request_get_parameters(struct fx_request *request, WDF_REQUEST_PARAMETERS *parameters);

#endif

/* SPDX-License-Identifier: MIT */
/* The inside of a device's I/O half, for fx/io and fx/target. */
#ifndef OPENWDF_FX_IO_IO_DEVICE_H
#define OPENWDF_FX_IO_IO_DEVICE_H

#include "fx/io/device_io.h"
#include "fx/io/queue.h"

/*
 * Request types that can have a queue, by their major function: so a table of routes needs no translation. The
 * numbers between them are unused: others never reach a queue.
 */
enum fx_route {
    FX_ROUTE_CREATE = IRP_MJ_CREATE,
    FX_ROUTE_READ = IRP_MJ_READ,
    FX_ROUTE_WRITE = IRP_MJ_WRITE,
    FX_ROUTE_DEVICE_CONTROL = IRP_MJ_DEVICE_CONTROL,
    FX_ROUTE_INTERNAL_DEVICE_CONTROL = IRP_MJ_INTERNAL_DEVICE_CONTROL,
    FX_ROUTE_COUNT,
};

#define FX_ROUTE_MAJORS                                                                            \
    (1u << FX_ROUTE_CREATE | 1u << FX_ROUTE_READ | 1u << FX_ROUTE_WRITE |                          \
     1u << FX_ROUTE_DEVICE_CONTROL | 1u << FX_ROUTE_INTERNAL_DEVICE_CONTROL)

/* One WdfDeviceConfigureWdmIrpDispatchCallback. */
struct fx_irp_dispatch {
    PFN_WDFDEVICE_WDM_IRP_DISPATCH callback; /* NULL: none. */
    WDFCONTEXT context;
};

struct fx_io_device {
    struct fx_device *device;
    struct fx_request_cache *cache;
    bool detour; /* A driver's callback may see requests before their queue does. */
    struct fx_irp_dispatch irp_dispatch[FX_ROUTE_COUNT]; /* Set while the device is being made. */

    /* Where requests of a type go: an own queue, or the default queue; NULL: nowhere. Atomic. */
    base_pointer route[FX_ROUTE_COUNT];

    /* Guards all below, and the ownership of requests that are in no queue. Leaf but for caches. */
    struct sys_lock lock;
    bool routed[FX_ROUTE_COUNT]; /* By WdfDeviceConfigureRequestDispatching. */
    struct fx_queue *default_queue;
    struct list queues;   /* fx_queue.device_link */
    struct list files;    /* fx_file.link: every file object of the device. */
    bool powered;         /* Between start and stop. */
    bool watched;         /* Power-managed queues tell the power policy when they are busy. */
    bool managed_removed; /* The power-managed queues are. */
    uint32_t removed;     /* Atomic to read. */
};

static inline bool
fx_io_is_removed(const struct fx_io_device *io)
{
    return atomic_load_u32(&io->removed) != 0;
}

/* The route of an IRP's major function; -1: none. */
static inline int
fx_route_of_major(uint8_t major)
{
    return major < FX_ROUTE_COUNT && (FX_ROUTE_MAJORS >> major & 1) != 0 ? major : -1;
}

static inline struct fx_queue *
fx_io_route(const struct fx_io_device *io, enum fx_route route)
{
    return atomic_load_ptr((base_pointer *)&io->route[route]);
}

/*
 * Makes a queue known to the device. STATUS_UNSUCCESSFUL when it is to be the default one and there is one.
 */
_Must_inspect_result_ NTSTATUS fx_io_device_add_queue(struct fx_queue *queue, bool is_default);

/* Cancels what waits in the device's queues for that file. */
void fx_io_cancel_file(struct fx_io_device *io, FILE_OBJECT *wdm);

/* A queue is being destroyed. */
void fx_io_device_forget_queue(struct fx_queue *queue);

#endif

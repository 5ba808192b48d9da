/* SPDX-License-Identifier: MIT */
/*
 * The device object (WDFDEVICE): FDOs, filters, control devices, miniport devices.
 *
 * struct fx_device starts with its fx_object; the WDM device object's extension points back to it. What the
 * I/O half needs is written once, by WdfDeviceCreate from WDFDEVICE_INIT, before any IRP can arrive.
 */
#ifndef OPENWDF_FX_PNP_DEVICE_H
#define OPENWDF_FX_PNP_DEVICE_H

#include "fx/object/object.h"
#include "fx/object/callback_lock.h"

struct fx_driver;
struct fx_io_device; /* fx/io's part of a device: queues, file objects, caches. */
struct fx_iotarget;

enum fx_device_kind {
    FX_DEVICE_FDO, /* Function driver's, attached above a PDO. */
    FX_DEVICE_FILTER,
    FX_DEVICE_PDO,
    FX_DEVICE_CONTROL,  /* No PnP; made from WdfControlDeviceInitAllocate. */
    FX_DEVICE_MINIPORT, /* Wraps a WDM device object that somebody else owns. */
};

/* One WdfDeviceInitAssignWdmIrpPreprocessCallback. */
struct fx_preprocess {
    PFN_WDFDEVICE_WDM_IRP_PREPROCESS callback; /* NULL: none for this major function. */
    bool all_minors;
    uint8_t minor_count;
    uint8_t *minors; /* sys_alloc. */
};

#define FX_MAJOR_COUNT (IRP_MJ_MAXIMUM_FUNCTION + 1)

/* Simple PnP state; the table is in pnp_states.c. */
enum fx_pnp_state {
    FX_PNP_CREATED, /* AddDevice succeeded; not started. Control devices: before WdfControlFinishInitializing. */
    FX_PNP_STARTED,
    FX_PNP_STOPPED,
    FX_PNP_QUERY_REMOVE_PENDING,
    FX_PNP_QUERY_STOP_PENDING,
    FX_PNP_FAILED, /* A start failed, or the driver reported failure. */
    FX_PNP_SURPRISE_REMOVED,
    FX_PNP_REMOVED,
    FX_PNP_STATE_COUNT,
};

/* A name the driver gave to the device by WdfDeviceCreateSymbolicLink. */
struct fx_symbolic_link {
    struct list link;
    UNICODE_STRING name;
};

/* A device interface (WdfDeviceCreateDeviceInterface). */
struct fx_interface {
    struct list link;
    GUID guid;
    UNICODE_STRING reference; /* Empty when none. */
    UNICODE_STRING name;      /* The symbolic link; empty until registered. */
    bool enabled;
    bool wanted; /* Enabled whenever the device is started. */
};

struct fx_device {
    struct fx_object object;
    enum fx_device_kind kind;
    struct fx_driver *driver;

    DEVICE_OBJECT *wdm;      /* Ours. */
    DEVICE_OBJECT *attached; /* Next lower in the stack; NULL for control devices and PDOs. */
    DEVICE_OBJECT *physical; /* The stack's PDO; NULL for control devices. */
    struct fx_io_device *io; /* Owned by fx/io. */
    struct fx_iotarget *self_target; /* The local I/O target (WdfDeviceGetIoTarget); fx/target's. */

    /* --- From WDFDEVICE_INIT, constant afterwards. --- */
    WDF_DEVICE_IO_TYPE read_write_io_type; /* Neither, Buffered or Direct. */
    WDF_DEVICE_IO_TYPE ioctl_io_type;
    uint32_t direct_transfer_threshold; /* Bytes, for BufferedOrDirect (UMDF). */
    bool has_file_config;
    WDF_FILEOBJECT_CONFIG file_config;        /* FileObjectClass Invalid when !has_file_config. */
    WDF_OBJECT_ATTRIBUTES file_attributes;    /* Size 0: none given. */
    WDF_OBJECT_ATTRIBUTES request_attributes; /* Size 0: none given. */
    PFN_WDF_IO_IN_CALLER_CONTEXT io_in_caller_context; /* NULL: none. */
    bool filter;
    bool exclusive;
    bool power_pageable;
    bool power_policy_owner;
    bool auto_forward_cleanup_close; /* Resolved AutoForwardCleanupClose. */
    struct fx_preprocess preprocess[FX_MAJOR_COUNT];
    bool has_preprocess;

    /* Automatic synchronization. scope_lock is what device-scope callbacks take: &own_lock, or NULL. */
    struct fx_callback_lock own_lock;
    struct fx_callback_lock *scope_lock;

    /* --- PnP --- */
    WDF_PNPPOWER_EVENT_CALLBACKS pnp;
    WDF_FDO_EVENT_CALLBACKS fdo;
    WDF_POWER_POLICY_EVENT_CALLBACKS power_policy;
    uint32_t pnp_state; /* enum fx_pnp_state; changed under pnp_lock, atomic to read. */
    bool in_d0;         /* EvtDeviceD0Entry has succeeded; under pnp_lock. */
    bool hardware;      /* EvtDevicePrepareHardware has run; under pnp_lock. */
    bool self_managed;  /* EvtDeviceSelfManagedIoInit has been called; under pnp_lock. */
    KMUTEX pnp_lock; /* Serializes the PnP processing of this device. PASSIVE_LEVEL, outermost. */
    struct sys_lock lock;   /* Guards links, interfaces and device_state. Leaf. */
    struct list links;      /* struct fx_symbolic_link */
    struct list interfaces; /* struct fx_interface */
    WDF_DEVICE_STATE device_state;
    UNICODE_STRING name; /* "\Device\..."; empty when unnamed. */
    bool shutdown_registered;
    bool control_finished; /* WdfControlFinishInitializing was called. */
    PFN_WDF_DEVICE_SHUTDOWN_NOTIFICATION shutdown_notification;
    uint32_t alignment_requirement;
};

/* Extension of every WDM device object that we create. */
struct fx_device_extension {
    uint64_t magic;
    struct fx_device *device;
};

#define FX_DEVICE_EXTENSION_MAGIC 0x4f57444656444f31ull

/* The framework device of a WDM device object of ours. */
static inline struct fx_device *
fx_device_of_wdm(DEVICE_OBJECT *wdm)
{
    return ((struct fx_device_extension *)wdm->DeviceExtension)->device;
}

/* The framework device above or equal to an object in the parent chain; NULL when there is none. */
struct fx_device *fx_device_above(struct fx_object *object);

/* Whether power-managed queues of this device may deliver now. */
bool fx_device_is_powered(const struct fx_device *device);

/*
 * Every major function of a framework driver's dispatch table. Preprocess callbacks first, then PnP, power and
 * system control here; create, cleanup, close, read, write, device control, internal device control, flush and
 * shutdown go to fx_io_dispatch; all else is passed down by a filter and refused by others.
 */
NTSTATUS fx_dispatch(DEVICE_OBJECT *wdm, IRP *irp);

/* The same without the preprocess callbacks (WdfDeviceWdmDispatchPreprocessedIrp). */
NTSTATUS fx_dispatch_preprocessed(struct fx_device *device, IRP *irp);

/* Skips our stack location and calls the next lower driver; completes with `status` when there is none. */
NTSTATUS fx_device_pass_down(struct fx_device *device, IRP *irp, NTSTATUS status);

/*
 * What fx/io offers to this folder (declared in fx/io/device_io.h); all at PASSIVE_LEVEL but the last two:
 *
 *   NTSTATUS fx_io_device_create(struct fx_device *device)
 *       Sets device->io. WdfDeviceCreate calls it when every field above the PnP part is set.
 *   void fx_io_device_destroy(struct fx_device *device)
 *       The device's last reference went; device->io may be NULL.
 *   void fx_io_device_start(struct fx_device *device)
 *       Power-managed queues deliver from now on (after EvtDeviceD0Entry), EvtIoResume for what was stopped. Control
 *       devices: called by WdfControlFinishInitializing.
 *   void fx_io_device_stop(struct fx_device *device, bool removing)
 *       Before EvtDeviceD0Exit: power-managed queues deliver no more, EvtIoStop (Suspend, or Purge when removing) for each
 *       request the driver owns; returns when all of those are acknowledged, requeued or completed.
 *   void fx_io_device_purge(struct fx_device *device)
 *       Removal: every queue refuses new requests with STATUS_INVALID_DEVICE_STATE, waiting ones are
 *       cancelled, what the driver owns is waited for. Idempotent.
 *   NTSTATUS fx_io_dispatch(struct fx_device *device, IRP *irp)
 *       One IRP of the I/O majors; returns what the dispatch routine returns.
 *   NTSTATUS fx_io_dispatch_to_queue: see WdfDeviceWdmDispatchIrpToIoQueue; fx/io's own imp_ function.
 */

#endif

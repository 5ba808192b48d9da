/* SPDX-License-Identifier: MIT */
/*
 * The device object (WDFDEVICE): FDOs, filters, control devices, miniport devices.
 *
 * struct fx_device starts with its fx_object; the WDM device object's extension points back to
 * it. What the I/O half needs is written once, by WdfDeviceCreate from WDFDEVICE_INIT, before any
 * IRP can arrive.
 */
#ifndef OPENWDF_FX_PNP_DEVICE_H
#define OPENWDF_FX_PNP_DEVICE_H

#include "fx/object/callback_lock.h"
#include "fx/object/object.h"
#include "fx/pnp/machines.h"
#include "fx/pnp/policy.h"
#include "fx/pnp/power.h"

struct fx_driver;
struct fx_io_device; /* fx/io's part of a device: queues, file objects, caches. */
struct fx_iotarget;
struct fx_wmi;
struct fx_cmreslist;
struct WDFDEVICE_INIT;

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

/* A set of WDM device objects, each referenced. */
struct fx_relations {
    DEVICE_OBJECT **devices; /* sys_alloc. */
    size_t count;
};

#define FX_SPECIAL_FILE_COUNT 8 /* WDF_SPECIAL_FILE_TYPE, of any version. */

struct fx_child_list;
struct fx_pdo; /* A PDO's own part: pdo.h. */

struct fx_device {
    struct fx_object object;
    enum fx_device_kind kind;
    struct fx_driver *driver;
    struct fx_device *parent; /* A PDO's; NULL: none. Constant. */
    struct fx_pdo *pdo;       /* NULL for others. */

    DEVICE_OBJECT *wdm;      /* Ours. */
    DEVICE_OBJECT *attached; /* Next lower in the stack; NULL for control devices and PDOs. */
    DEVICE_OBJECT *physical; /* The stack's PDO; NULL for control devices. */
    struct fx_io_device *io; /* Owned by fx/io. */
    struct fx_wmi *wmi;      /* NULL: it has no providers; fx/misc's. */
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
    bool remove_lock_for_io;
    bool release_hardware_late;
    struct fx_preprocess preprocess[FX_MAJOR_COUNT];
    bool has_preprocess;

    /*
     * Automatic synchronization. scope_lock is what device-scope callbacks take: &own_lock, or
     * NULL.
     */
    struct fx_callback_lock own_lock;
    struct fx_callback_lock *scope_lock;

    /* --- PnP and power; see machines.h. --- */
    WDF_PNPPOWER_EVENT_CALLBACKS pnp;
    WDF_FDO_EVENT_CALLBACKS fdo;
    WDF_POWER_POLICY_EVENT_CALLBACKS power_policy;
    struct fx_machines machines;
    struct fx_power power;
    struct fx_policy policy;
    uint32_t pnp_busy;   /* Atomic: a state-changing PnP IRP is being processed. */
    NTSTATUS pnp_status; /* What the machine answers to the IRP that drives it. */
    KEVENT pnp_answered; /* The machine has answered. */
    bool has_hardware; /* EvtDevicePrepareHardware has been called, EvtDeviceReleaseHardware not. */
    bool preparing;    /* In EvtDevicePrepareHardware. */
    bool self_managed_io;  /* EvtDeviceSelfManagedIoInit has been called. */
    bool self_managed_end; /* EvtDeviceSelfManagedIoFlush has been called. */
    bool was_started;      /* Interfaces created from now on stay disabled. */
    bool query_reference;  /* A query holds the device in D0. */
    uint32_t stop_vetoes;  /* Atomic: WdfDeviceSetStaticStopRemove(FALSE) calls not taken back. */
    uint32_t failed;       /* Atomic: WdfDeviceSetFailed was called, or a callback failed. */
    bool no_restart;       /* WdfDeviceFailedNoRestart. */
    bool failure_reported;
    struct fx_cmreslist *resources_raw;               /* Between prepare and release. */
    struct fx_cmreslist *resources_translated;        /* Between prepare and release. */
    WDF_DEVICE_PNP_CAPABILITIES pnp_capabilities;     /* Size 0: none set. */
    WDF_DEVICE_POWER_CAPABILITIES power_capabilities; /* Size 0: none set. */

    struct sys_lock lock;                   /* Guards the rest. Leaf. */
    struct list children;                   /* fx_device.sibling: PDOs whose parent this is. */
    struct list sibling;                    /* In parent->children; parent->lock. */
    struct fx_child_list *default_children; /* WdfFdoGetDefaultChildList; NULL: none. Constant. */
    struct fx_child_list *static_children;  /* An FDO's. Constant. */
    struct list child_lists;                /* struct fx_child_list; see childlist.h. */
    struct list interrupts;                 /* struct fx_interrupt, by number. */
    uint64_t interrupt_number;              /* Of the last one that was made. */
    struct list queried_interfaces;         /* struct fx_query_interface */
    bool has_bus_information;
    PNP_BUS_INFORMATION bus_information; /* For the children. */
    struct fx_relations removal_relations;
    struct fx_relations ejection_relations;
    struct fx_relations usage_dependents;
    uint32_t special_files[FX_SPECIAL_FILE_COUNT]; /* Atomic: how many are on the device. */
    bool supports_special[FX_SPECIAL_FILE_COUNT];
    bool was_pagable;       /* DO_POWER_PAGABLE, before the first special file. */
    struct list links;      /* struct fx_symbolic_link */
    struct list interfaces; /* struct fx_interface */
    WDF_DEVICE_STATE device_state;

    UNICODE_STRING name; /* "\Device\..."; empty when unnamed. Constant. */
    PFN_WDF_DEVICE_SHUTDOWN_NOTIFICATION shutdown_notification;
    UCHAR shutdown_flags;      /* What is registered with the I/O manager. */
    uint32_t control_finished; /* Atomic: WdfControlFinishInitializing was called. */
};

/*
 * Extension of every WDM device object that we create. A control device can be deleted while
 * files are open, and the WDM device object then outlives ours: `gate` counts the IRPs that are
 * inside and is closed before the device goes. PnP devices need none: they go after their last
 * file.
 */
struct fx_device_extension {
    uint64_t magic;
    struct fx_device *device;
    bool has_gate;
    uint32_t gate; /* Atomic: FX_GATE_CLOSED and the number of IRPs in fx_dispatch. */
};

#define FX_DEVICE_EXTENSION_MAGIC 0x4f57444656444f31ull
#define FX_GATE_CLOSED            0x80000000u

/* The framework device of a WDM device object of ours. */
static inline struct fx_device *
fx_device_of_wdm(DEVICE_OBJECT *wdm)
{
    return ((struct fx_device_extension *)wdm->DeviceExtension)->device;
}

/*
 * AddDevice: calls EvtDriverDeviceAdd for a new device stack whose PDO is `physical`. A filter's
 * refusal becomes success, as documented.
 */
NTSTATUS fx_device_add(struct fx_driver *driver, DEVICE_OBJECT *physical);

/* The framework device above or equal to an object in the parent chain; NULL when there is none. */
struct fx_device *fx_device_above(struct fx_object *object);

/* Whether power-managed queues of this device may deliver now. */
bool fx_device_is_powered(const struct fx_device *device);

/*
 * Every major function of a framework driver's dispatch table. Preprocess callbacks first, then
 * PnP, power and system control here; create, cleanup, close, read, write, device control,
 * internal device control, flush and shutdown go to fx_io_dispatch; all else is passed down by a
 * filter and refused by others.
 */
NTSTATUS fx_dispatch(DEVICE_OBJECT *wdm, IRP *irp);

/* The same without the preprocess callbacks (WdfDeviceWdmDispatchPreprocessedIrp). */
NTSTATUS fx_dispatch_preprocessed(struct fx_device *device, IRP *irp);

/*
 * Skips our stack location and calls the next lower driver; completes with `status` when there is
 * none.
 */
NTSTATUS fx_device_pass_down(struct fx_device *device, IRP *irp, NTSTATUS status);

/*
 * The symbolic link of an interface of the device (interface.c); the text lives as long as the device.
 * STATUS_OBJECT_NAME_NOT_FOUND; STATUS_INVALID_DEVICE_STATE: it has no name before the device starts.
 */
NTSTATUS fx_interface_name(struct fx_device *device, const GUID *guid,
                           const UNICODE_STRING *reference, UNICODE_STRING *ret_name);

#endif

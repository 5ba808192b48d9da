/* SPDX-License-Identifier: MIT */
/* What the files of this folder share. */
#ifndef OPENWDF_NT_IO_IO_PRIV_H
#define OPENWDF_NT_IO_IO_PRIV_H

#include <string.h>

#include "base/atomic.h"
#include "base/bytes.h"
#include "base/list.h"
#include "base/sanitizers.h"
#include "nt/io/io.h"
#include "sys/lock.h"

/* Codes of bugcheck 0xC9, as documented for DRIVER_VERIFIER_IOMANAGER_VIOLATION. */
#define IO_BUGCHECK_VIOLATION         0xC9u
#define IO_VIOLATION_FREE_NOT_AN_IRP  0x01u
#define IO_VIOLATION_FREE_OF_THREAD   0x02u
#define IO_VIOLATION_CALL_NOT_AN_IRP  0x03u
#define IO_VIOLATION_CALL_NO_DEVICE   0x04u
#define IO_VIOLATION_COMPLETE_PENDING 0x06u
#define IO_VIOLATION_COMPLETE_IRQL    0x0Eu
#define IO_VIOLATION_DELETE_ATTACHED  0x201u
#define IO_VIOLATION_DETACH_TWICE     0x202u
#define IO_VIOLATION_FREE_QUEUED      0x20Bu
#define IO_BUGCHECK_MULTIPLE_COMPLETE 0x44u
#define IO_BUGCHECK_NO_STACK          0x35u
#define IO_BUGCHECK_CANCEL_STATE      0x48u
#define IO_BUGCHECK_REMOVE_LOCK       0xC4u

/* Bits of IRP.AllocationFlags, ours to choose. IoReuseIrp keeps all but IO_IRP_WOKE. */
#define IO_IRP_BLOCK 0x80u /* A struct io_irp_block stands before the IRP. */
#define IO_IRP_USER  0x40u /* ... and its owner is a struct io_user_request. */
#define IO_IRP_WOKE  0x08u /* PoSetSystemWake. */

#define IO_IRP_ACTIVITY  0x20u /* The block's activity is set. */
#define IO_IRP_UM_DRIVER 0x10u /* A user-mode driver made it. */

#define IO_IRP_MAGIC_LIVE 0x49725031u
#define IO_IRP_MAGIC_FREE 0x46724565u

/*
 * What stands before an IRP that the I/O manager allocated. A multiple of 16 bytes, so that the IRP
 * keeps the block's alignment.
 */
struct io_irp_block {
    struct list link; /* All blocks that came from memory; lock: irp.c. */
    /* After the last completion routine. NULL: the IRP's creator must take it back before. */
    void (*finish)(struct io_irp_block *block, PIRP irp);
    void *owner;  /* For finish. */
    void *caller; /* Who allocated it, for the leak report. */
    uint32_t magic;
    uint32_t capacity; /* Stack locations there is room for. */
    GUID activity;     /* IO_IRP_ACTIVITY: IoSetActivityIdIrp. */
};

_Static_assert(sizeof(struct io_irp_block) % 16 == 0, "the IRP behind it must be aligned to 16");

static inline PIRP
io_irp_of_block(struct io_irp_block *block)
{
    return (PIRP)(void *)(block + 1);
}

/* Only when AllocationFlags has IO_IRP_BLOCK. */
static inline struct io_irp_block *
io_block_of_irp(PIRP irp)
{
    return (struct io_irp_block *)(void *)irp - 1;
}

/* The cancel routine, which a canceller may be taking out at this moment. */
static inline PDRIVER_CANCEL
io_irp_cancel_routine(PIRP irp)
{
    return (PDRIVER_CANCEL)atomic_load_ptr((base_pointer *)(void *)&irp->CancelRoutine);
}

static inline size_t
io_irp_size(unsigned stack_count)
{
    return sizeof(IRP) + stack_count * sizeof(IO_STACK_LOCATION);
}

/* Zeroes and sets up an IRP with all stack locations unused. */
static inline void
io_irp_setup(PIRP irp, unsigned stack_count, uint8_t allocation_flags)
{
    PIO_STACK_LOCATION location = (PIO_STACK_LOCATION)(void *)(irp + 1);
    const IO_STACK_LOCATION *end = location + stack_count;

    bytes_zero(irp, sizeof(*irp));
    for (; location < end; location++) {
        bytes_zero(location, sizeof(*location));
    }
    irp->Type = IO_TYPE_IRP;
    irp->Size = (USHORT)io_irp_size(stack_count);
    irp->StackCount = (CHAR)stack_count;
    irp->CurrentLocation = (CHAR)(stack_count + 1);
    irp->AllocationFlags = allocation_flags;
    irp->ApcEnvironment = 0;
    InitializeListHead(&irp->ThreadListEntry);
    irp->Tail.Overlay.CurrentStackLocation = location;
}

PIRP io_irp_allocate(unsigned stack_count, void *caller);
void io_irp_free(PIRP irp);

void io_irp_init(void);
void io_irp_fini(void);

/* Reports a driver's misuse and does not return. */
_Noreturn void io_bugcheck(ULONG code, ULONG_PTR p1, ULONG_PTR p2, ULONG_PTR p3, ULONG_PTR p4);

/*
 * Freed IRPs and buffers are used again, unless a memory sanitizer should see every use after a free
 * and every overrun.
 */
#define IO_REUSE_MEMORY (!BASE_ADDRESS_SANITIZER)

/* Devices ------------------------------------------------------------------------------------- */

/* The private part of a device: DEVICE_OBJECT.DeviceObjectExtension points to it. */
struct io_device_extension {
    DEVOBJ_EXTENSION public;     /* Must be first. */
    PDEVICE_OBJECT attached_to;  /* The next lower device; guarded by the device lock. */
    struct pnp_devnode *devnode; /* Of a PDO; atomic. */
    struct list properties;      /* struct property; guarded by the property lock. */
    struct io_power power;       /* Of a PDO. */
    struct list shutdown_link;   /* Registered for shutdown when not empty. */
    LONG start_io_flags;
    LONG start_io_count;
    void (*all_closed)(PDEVICE_OBJECT pdo); /* Of a PDO; guarded by the device lock. */
    bool foreign;                           /* It stands for a device of another host. */
    bool start_pending;  /* A PDO whose IRP_MN_START_DEVICE has not ended: opens are refused. */
    bool delete_pending; /* IoDeleteDevice came; the last close and detach do the rest. */
    bool ended;          /* ... which was done. */
    GUID class_guid;
};

static inline struct io_device_extension *
io_device_extension(PDEVICE_OBJECT device)
{
    return (struct io_device_extension *)(void *)device->DeviceObjectExtension;
}

/* The top of the stack. No lock: attaching and detaching change one pointer. */
static inline PDEVICE_OBJECT
io_device_top(PDEVICE_OBJECT device)
{
    PDEVICE_OBJECT above;

    while ((above = atomic_load_ptr((const base_pointer *)&device->AttachedDevice)) != NULL) {
        device = above;
    }
    return device;
}

/* Guards device lists, attachments and open counts. A leaf lock, IRQL <= DISPATCH_LEVEL. */
extern struct sys_lock io_device_lock;

/* One more open handle: refuses a device that goes, has not started, or is exclusive and open. */
NTSTATUS io_device_open(PDEVICE_OBJECT device);
void io_device_close(PDEVICE_OBJECT device);

/* Removes the device from its driver whatever its state; for drivers that left it behind. */
void io_device_force_delete(PDEVICE_OBJECT device);

extern struct ob_type io_device_type;
extern struct ob_type io_driver_type;
extern struct ob_type io_file_type;

void io_timer_free(PDEVICE_OBJECT device);
void io_property_free_all(PDEVICE_OBJECT device);

NTSTATUS io_interface_init(void);
void io_interface_fini(void);
NTSTATUS io_notify_init(void);
void io_notify_fini(void);
NTSTATUS io_volume_init(void);
void io_volume_fini(void);
void io_shutdown_init(void);

/* Tells the registered drivers of an interface's arrival or departure. PASSIVE_LEVEL. */
void io_notify_interface(const struct io_interface_event *event);

/* A copy in pool, NUL-terminated, freed with RtlFreeUnicodeString. */
NTSTATUS io_copy_string(PCUNICODE_STRING source, PUNICODE_STRING copy);

#endif

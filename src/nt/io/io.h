/* SPDX-License-Identifier: MIT */
/*
 * The I/O manager towards the rest of nt, fx, the loader and the two composition roots: what the
 * documented Io* functions do not offer. The user side of it is in nt/io/user.h.
 */
#ifndef OPENWDF_NT_IO_IO_H
#define OPENWDF_NT_IO_IO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <ntddk.h>

#include "base/atomic.h"
#include "base/list.h"

/* Once per life of the executive, at PASSIVE_LEVEL; called by nt_init and nt_fini. */
NTSTATUS io_init(void);
void io_fini(void);

/*
 * Ordinary files below \SystemRoot and \??\C: (and \DosDevices\C:) live in the folder
 * `path` and nowhere else. NULL: $OPENWDF_ROOT, or, when that is not set, no files at all
 * (STATUS_OBJECT_PATH_NOT_FOUND). The folder is made when it is missing.
 */
NTSTATUS io_set_file_root(const char *path);

/*
 * The names that devices get without asking for one (\Device\0000002a) begin at this number: drivers tell
 * others about them (HARDWARE\DEVICEMAP), so those of processes that share a registry differ.
 */
void io_number_devices_from(uint32_t first);

/* Drivers ------------------------------------------------------------------------------------- */

/*
 * Makes \Driver\<name> with its registry path. Every dispatch routine completes requests with
 * STATUS_INVALID_DEVICE_REQUEST until the driver sets its own. PASSIVE_LEVEL.
 */
NTSTATUS io_driver_create(const char *name, PDRIVER_OBJECT *ret_driver);

/*
 * Tells where the driver's code is, before it runs, so that pool is accounted to it whatever thread
 * allocates. start == end: unknown.
 */
void io_driver_set_code(PDRIVER_OBJECT driver, uintptr_t start, uintptr_t end);

/* The driver whose code holds `address`; NULL: none. Not referenced. */
PDRIVER_OBJECT io_driver_of_code(const void *address);

/*
 * Calls the entry point at PASSIVE_LEVEL. When that fails the driver object is left without
 * devices; the caller still calls io_driver_unload, which then does not call DriverUnload.
 */
NTSTATUS io_driver_start(PDRIVER_OBJECT driver, PDRIVER_INITIALIZE entry);

struct io_driver_leaks {
    unsigned devices;     /* Devices it did not delete. They are deleted. */
    unsigned pool_blocks; /* Pool it did not free; each is reported. It stays allocated. */
    size_t pool_bytes;
};

/*
 * Calls DriverUnload (when the driver started and has one), then releases the object. What the
 * driver left behind is reported in the log and counted. No request may be under way in it.
 */
struct io_driver_leaks io_driver_unload(PDRIVER_OBJECT driver);

/* \Registry\Machine\System\CurrentControlSet\Services\<name>; lives as long as the driver. */
PUNICODE_STRING io_driver_registry_path(PDRIVER_OBJECT driver);

/* The service name. */
PCUNICODE_STRING io_driver_name(PDRIVER_OBJECT driver);
const char *io_driver_ascii_name(PDRIVER_OBJECT driver);

/* Devices ------------------------------------------------------------------------------------- */

struct pnp_devnode;

/* The devnode whose PDO this is; NULL for every other device. It lives as long as the PDO's object. */
struct pnp_devnode *io_device_devnode(PDEVICE_OBJECT device);
void io_device_set_devnode(PDEVICE_OBJECT pdo, struct pnp_devnode *devnode);

/* DEVICE_OBJECT.Flags while others may change bits of them: DO_POWER_PAGABLE comes and goes. */
static inline ULONG
io_device_flags(PDEVICE_OBJECT device)
{
    return atomic_load_relaxed_u32((uint32_t *)&device->Flags);
}

/* What nt/po keeps for a PDO. */
struct io_power {
    struct list requests;               /* The device power IRPs of its stack: power_irp.c. */
    uint32_t waits;                     /* Atomic: IRP_MN_WAIT_WAKE under way. */
    uint32_t woke;                      /* Atomic: it ended the last sleep. */
    struct po_framework *framework;     /* Registered with the power management framework. */
    bool (*signal)(PDEVICE_OBJECT pdo); /* What the bus driver does when the device signals. */
};

struct io_power *io_device_power(PDEVICE_OBJECT pdo);

/* Whether IoDeleteDevice was called for it. */
bool io_device_is_deleted(PDEVICE_OBJECT device);

/*
 * While a PDO's stack has not started, opens fail with STATUS_NO_SUCH_DEVICE and the arrival of its
 * enabled interfaces is not announced; it is when `pending` goes back to false.
 */
void io_device_set_start_pending(PDEVICE_OBJECT pdo, bool pending);

/* Whether a handle to any device of the PDO's stack is open. */
bool io_device_stack_is_open(PDEVICE_OBJECT pdo);

/*
 * Asks for one call of fn when the last handle to the PDO's stack is closed (IRQL <= DISPATCH_LEVEL).
 * Returns true, and does not call, when none is open now. NULL: no more.
 */
bool io_device_set_all_closed(PDEVICE_OBJECT pdo, void (*fn)(PDEVICE_OBJECT pdo));

/* The lowest device of the stack, not referenced. */
PDEVICE_OBJECT io_device_bottom(PDEVICE_OBJECT device);

/*
 * Opens a file on one device of a stack, for the driver above it: IRP_MJ_CREATE and all that follows
 * go to `device` itself. `name` may be empty. ZwClose(*ret_handle) cleans up and closes; *ret_file is
 * referenced. PASSIVE_LEVEL.
 */
NTSTATUS io_open_device(PDEVICE_OBJECT device, PCUNICODE_STRING name, PHANDLE ret_handle,
                        PFILE_OBJECT *ret_file);

/* Sends IRP_MJ_SHUTDOWN to the devices that asked for it, the last registered first. */
void io_shutdown_devices(void);

/*
 * Who makes a device object for a name that nothing here has: one for each open, referenced, which stands for a
 * device of another host (io_device_set_foreign). STATUS_OBJECT_NAME_NOT_FOUND: the name is none of
 * those. NULL: nobody. Set while no driver runs.
 */
void io_set_foreign_finder(NTSTATUS (*find)(PCUNICODE_STRING name, PDEVICE_OBJECT *ret_device));
void io_device_set_foreign(PDEVICE_OBJECT device);
bool io_device_is_foreign(PDEVICE_OBJECT device);

/* Requests of our own ------------------------------------------------------------------------- */

/*
 * Sends `irp` (its next stack location is filled in) to the top of `device`'s stack and waits for
 * it at PASSIVE_LEVEL. The IRP stays the caller's. Returns its final status.
 */
NTSTATUS io_call_and_wait(PDEVICE_OBJECT device, PIRP irp);

/* Completes with `status` and no information; the usual end of a dispatch routine. */
NTSTATUS io_complete(PIRP irp, NTSTATUS status);

/* Device interfaces --------------------------------------------------------------------------- */

struct io_interface_event {
    bool enabled;
    GUID class_guid;
    UNICODE_STRING symbolic_link; /* \??\ROOT#X#0000#{class guid}[\reference] */
    PDEVICE_OBJECT pdo;
};

/*
 * Called after each IoSetDeviceInterfaceState that changed something, at PASSIVE_LEVEL, without
 * locks. One listener (the host publishes interfaces with it); NULL removes it.
 */
void io_interface_set_listener(void (*listener)(void *argument,
                                                const struct io_interface_event *event),
                               void *argument);

/* Whether an interface with this symbolic link is registered. */
bool io_interface_exists(PCUNICODE_STRING symbolic_link);

/*
 * The enabled interfaces of the class, in order of registration: copies the name number `index`
 * into `name` (MaximumLength bytes). STATUS_NO_MORE_ENTRIES past the last.
 */
NTSTATUS io_interface_get(const GUID *class_guid, unsigned index, PUNICODE_STRING name);

/*
 * Calls fn for each interface of the class that listeners know of, in order of registration. Between
 * io_notify_hold and io_notify_release.
 */
void io_interface_for_each(const GUID *class_guid,
                           void (*fn)(void *argument, PCUNICODE_STRING name), void *argument);

/* Disables what interfaces of a PDO its drivers left enabled; pnp calls it when the device goes. */
void io_interface_disable_all(PDEVICE_OBJECT pdo);

/* Forgets all interfaces of a PDO; pnp calls it when the devnode goes. */
void io_interface_remove_all(PDEVICE_OBJECT pdo);

/*
 * Called after each symbolic link that IoCreateSymbolicLink made or IoDeleteSymbolicLink removed, at
 * PASSIVE_LEVEL. When it fails for a link that was made, the link goes again and its maker gets that status. One
 * listener (the host publishes DOS device names with it), set while no driver runs; NULL removes it.
 */
void io_symbolic_link_set_listener(NTSTATUS (*listener)(void *argument, bool created,
                                                        PCUNICODE_STRING name),
                                   void *argument);

/* Hooks of pnp -------------------------------------------------------------------------------- */

struct io_pnp_hooks {
    /* IRQL <= DISPATCH_LEVEL; both only note the request and act later. */
    void (*invalidate_relations)(PDEVICE_OBJECT pdo, DEVICE_RELATION_TYPE type);
    void (*invalidate_state)(PDEVICE_OBJECT pdo);
    void (*request_eject)(PDEVICE_OBJECT pdo);
    /* IoGetDeviceProperty: same contract. */
    NTSTATUS(*get_property)
    (PDEVICE_OBJECT pdo, DEVICE_REGISTRY_PROPERTY property, ULONG buffer_length, PVOID buffer,
     PULONG ret_length);
    /* "ROOT\ECHO\0000": lives as long as the devnode. */
    const WCHAR *(*instance_path)(PDEVICE_OBJECT pdo);
};

void io_set_pnp_hooks(const struct io_pnp_hooks *hooks);

/* Accounting ---------------------------------------------------------------------------------- */

/* IRPs allocated with IoAllocateIrp or IoBuild… and not freed yet. Exact when nothing runs. */
unsigned io_irps_in_use(void);

/* A user-mode driver made the IRP: IRP_UM_DRIVER_INITIATED_IO is set until somebody changes it. */
void io_irp_mark_um_driver(PIRP irp);
bool io_irp_is_um_driver(PIRP irp);

#endif

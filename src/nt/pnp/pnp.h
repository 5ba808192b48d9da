/* SPDX-License-Identifier: MIT */
/*
 * The PnP manager inside a host: devnodes of devices that are enumerated from software, their
 * stacks, and the IRPs that start and remove them.
 *
 * All functions at PASSIVE_LEVEL, from any thread; those that change a devnode take their turn.
 */
#ifndef OPENWDF_NT_PNP_PNP_H
#define OPENWDF_NT_PNP_PNP_H

#include <stdbool.h>
#include <stddef.h>

#include <ntddk.h>

NTSTATUS pnp_init(void);

/* Removes what devnodes are left, reporting them. */
void pnp_fini(void);

struct pnp_devnode;

enum pnp_state {
    PNP_UNINITIALIZED,    /* A PDO without drivers. */
    PNP_ADDED,            /* AddDevice of every driver succeeded. */
    PNP_STARTED,          /* IRP_MN_START_DEVICE succeeded. */
    PNP_SURPRISE_REMOVED, /* The device is gone; IRP_MN_REMOVE_DEVICE waits for open handles. */
    PNP_REMOVED,          /* The stack is taken down; only the PDO is left. */
};

struct pnp_devnode_params {
    const char *instance_id;         /* "ROOT\ECHO\0000": enumerator, device, instance. */
    const char *const *hardware_ids; /* Ends with NULL. NULL: enumerator\device alone. */
    const char *description;         /* What a person reads. NULL: the instance id. */
};

/*
 * The drivers of a stack, each given as its driver object, bottom to top. The function driver may be
 * NULL (a raw device).
 */
struct pnp_stack {
    PDRIVER_OBJECT const *lower_filters;
    size_t lower_filter_count;
    PDRIVER_OBJECT function;
    PDRIVER_OBJECT const *upper_filters;
    size_t upper_filter_count;
};

/*
 * Makes a devnode and its PDO. STATUS_OBJECT_NAME_INVALID (an instance id needs three parts),
 * STATUS_OBJECT_NAME_COLLISION (there is one with this id), STATUS_INSUFFICIENT_RESOURCES.
 */
__attribute__((warn_unused_result)) NTSTATUS
pnp_devnode_create(const struct pnp_devnode_params *params, struct pnp_devnode **ret_devnode);

/* Removes the devnode's stack if there still is one, then the PDO. Handles must be closed. */
void pnp_devnode_delete(struct pnp_devnode *devnode);

/*
 * Builds the stack (AddDevice, bottom to top) and starts it. When a step fails, what was built is
 * removed again from top to bottom (IRP_MN_REMOVE_DEVICE) and that step's status returned.
 */
__attribute__((warn_unused_result)) NTSTATUS pnp_devnode_start(struct pnp_devnode *devnode,
                                                               const struct pnp_stack *stack);

/*
 * Asks the stack whether it may go (IRP_MN_QUERY_REMOVE_DEVICE), then removes it. When a driver
 * refuses, or a handle is open (STATUS_DEVICE_BUSY), IRP_MN_CANCEL_REMOVE_DEVICE is sent and the
 * device stays.
 */
__attribute__((warn_unused_result)) NTSTATUS pnp_devnode_remove(struct pnp_devnode *devnode);

/*
 * The device was pulled out: IRP_MN_SURPRISE_REMOVAL now, IRP_MN_REMOVE_DEVICE when the last handle
 * is closed.
 */
void pnp_devnode_surprise_remove(struct pnp_devnode *devnode);

/* Waits until the stack is taken down after a surprise removal. */
void pnp_devnode_wait_removed(struct pnp_devnode *devnode);

enum pnp_state pnp_devnode_state(const struct pnp_devnode *devnode);
PDEVICE_OBJECT pnp_devnode_pdo(const struct pnp_devnode *devnode);

/* "ROOT\ECHO\0000", 16-bit; lives as long as the devnode. */
const WCHAR *pnp_devnode_instance_path(const struct pnp_devnode *devnode);

/* The devnode with this instance id (any case), or NULL. */
struct pnp_devnode *pnp_devnode_find(const char *instance_id);

/* A PnP IRP to the top of the PDO's stack, completed. `stack` gives minor function and parameters. */
NTSTATUS pnp_send(PDEVICE_OBJECT pdo, const IO_STACK_LOCATION *stack, ULONG_PTR *ret_information);

#endif

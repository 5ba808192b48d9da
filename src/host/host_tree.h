/* SPDX-License-Identifier: MIT */
/*
 * The devices of this host's tree: what the registry says about each, what the manager is told of
 * them, what people ask for them.
 */
#ifndef OPENWDF_HOST_HOST_TREE_H
#define OPENWDF_HOST_HOST_TREE_H

#include <ntddk.h>

#include "ipc/frames.h"
#include "nt/pnp/pnp.h"

/*
 * Drivers and settings of a device, from the registry: the manager is asked to put them there when it
 * has none yet. Loads what is not loaded. For pnp_system.configure.
 */
void host_tree_configure(const struct pnp_identity *identity, struct pnp_setup *setup);

/*
 * What the root bus says of the device: what a device of software can, and with a value WakesFrom (1 to 4) among its
 * parameters what one can that ends the system's sleep, S1 to S4, by a signal.
 */
void host_tree_capabilities(const char *instance_id, DEVICE_CAPABILITIES *capabilities);

/* What the registry has of the device that the frame names: what applications are told. */
void host_tree_describe(struct frame_devnode *devnode);

/* For pnp_system.changed. */
void host_tree_changed(void *context, const struct pnp_status *status, bool gone_for_good);

/* For pnp_system.woken: the manager ends the sleep of all hosts. */
void host_tree_woken(void *context);

/* The device of that instance id as UTF-8, referenced. NULL: there is none. */
struct pnp_devnode *host_tree_find(const char *instance_id);

/* Does what a person asked. STATUS_NO_SUCH_DEVICE, or the status of what was done. */
NTSTATUS host_tree_action(enum frame_action_code action, uint32_t argument,
                          const char *instance_id);

/*
 * Whether the device's stack was built, or could not be built, from something else than what the
 * registry has now: other drivers, none any more, one at last. In an action.
 */
bool host_tree_is_stale(const WCHAR *instance_path);

/* What its stack was built from need not be known any more: it is gone. In an action. */
void host_tree_forget(const char *instance_id);

#endif

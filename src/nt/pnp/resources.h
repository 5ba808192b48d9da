/* SPDX-License-Identifier: MIT */
/* The hardware resources of devnodes: asked for, filtered, assigned, given back. Actions only. */
#ifndef OPENWDF_NT_PNP_RESOURCES_H
#define OPENWDF_NT_PNP_RESOURCES_H

#include "nt/pnp/pnp_priv.h"

/* Asks the bus what the device has (boot configuration) and what it needs. */
void pnp_query_resources(struct pnp_devnode *devnode);

/* Bytes of a list: its descriptors vary in number. */
size_t pnp_resource_list_size(const CM_RESOURCE_LIST *list);

/* Asks again what it needs. */
NTSTATUS pnp_requery_requirements(struct pnp_devnode *devnode);

/*
 * Has the stack filter the requirements and finds ranges that meet them, moving other devices if it
 * must. STATUS_CONFLICTING_ADDRESSES: there are none.
 */
NTSTATUS pnp_assign_resources(struct pnp_devnode *devnode);
/* Takes what the device has already, as its driver says. */
NTSTATUS pnp_claim_boot(struct pnp_devnode *devnode);

void pnp_release_resources(struct pnp_devnode *devnode);

/* The stack said PNP_DEVICE_RESOURCE_REQUIREMENTS_CHANGED. */
void pnp_requirements_changed(struct pnp_devnode *devnode);

/* IRP_MN_START_DEVICE with what was assigned. */
NTSTATUS pnp_start_device(struct pnp_devnode *devnode);

/* Puts those that had PNP_PROBLEM_NORMAL_CONFLICT on the work list when something was given back. */
bool pnp_retry_conflicts(void);

#endif

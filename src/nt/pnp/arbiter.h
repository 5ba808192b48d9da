/* SPDX-License-Identifier: MIT */
/* Who has which range of what; and finding ranges that meet requirements. Actions only. */
#ifndef OPENWDF_NT_PNP_ARBITER_H
#define OPENWDF_NT_PNP_ARBITER_H

#include "nt/pnp/pnp_priv.h"

void pnp_arbiter_init(void);
void pnp_arbiter_fini(void);

/*
 * Finds ranges that meet the requirements and takes them for the devnode. *ret_raw and
 * *ret_translated are lists in pool, NULL when nothing is required. STATUS_CONFLICTING_ADDRESSES:
 * what is left does not do; nothing is taken.
 */
NTSTATUS pnp_arbiter_solve(struct pnp_devnode *devnode,
                           const IO_RESOURCE_REQUIREMENTS_LIST *requirements,
                           CM_RESOURCE_LIST **ret_raw, CM_RESOURCE_LIST **ret_translated);

/* Whether the devnode has a range that the requirements of another one could be met with. */
bool pnp_arbiter_is_in_the_way(const struct pnp_devnode *devnode,
                               const IO_RESOURCE_REQUIREMENTS_LIST *requirements);

/* How much freedom there is: 0 means that every range is fixed. */
uint64_t pnp_arbiter_freedom(const IO_RESOURCE_REQUIREMENTS_LIST *requirements);

/* Takes the devnode's ranges away and keeps them on `aside`; and back. */
void pnp_arbiter_take(struct pnp_devnode *devnode, struct list *aside);
void pnp_arbiter_put_back(struct list *aside);
void pnp_arbiter_drop(struct list *aside);

/* Gives up all ranges of the devnode. True: it had some. */
bool pnp_arbiter_release(struct pnp_devnode *devnode);

/* Whether what a driver handed over is a list at all. */
bool pnp_requirements_valid(const IO_RESOURCE_REQUIREMENTS_LIST *requirements);

/* The translated form of a raw list, in pool; NULL when memory is short. */
CM_RESOURCE_LIST *pnp_translate(const CM_RESOURCE_LIST *raw);

#endif

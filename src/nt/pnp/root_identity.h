/* SPDX-License-Identifier: MIT */
/* Devices of the root bus: what is fixed about each. For root_bus.c. */
#ifndef OPENWDF_NT_PNP_ROOT_IDENTITY_H
#define OPENWDF_NT_PNP_ROOT_IDENTITY_H

#include "nt/pnp/pnp.h"

/* What is fixed about a device. Shared by the PDOs that stand for it one after the other. */
struct root_identity {
    LONG references;
    WCHAR *device_id;
    WCHAR *instance_id;
    WCHAR *hardware_ids;
    WCHAR *compatible_ids;
    WCHAR *description;
    DEVICE_CAPABILITIES capabilities;
    IO_RESOURCE_REQUIREMENTS_LIST *requirements;
    CM_RESOURCE_LIST *boot;
    size_t boot_size;
};

/* With one reference. STATUS_OBJECT_NAME_INVALID, STATUS_INSUFFICIENT_RESOURCES. */
NTSTATUS root_identity_create(const struct pnp_root_params *params,
                              struct root_identity **ret_identity);

/* NULL is allowed. */
void root_identity_unref(struct root_identity *identity);

#endif

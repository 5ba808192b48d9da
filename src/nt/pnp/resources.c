/* SPDX-License-Identifier: MIT */
#include "nt/pnp/resources.h"

size_t
pnp_resource_list_size(const CM_RESOURCE_LIST *list)
{
    const char *at = (const char *)&list->List[0];

    for (ULONG i = 0; i < list->Count; i++) {
        const CM_FULL_RESOURCE_DESCRIPTOR *full = (const void *)at;

        at = (const char *)&full->PartialResourceList
                 .PartialDescriptors[full->PartialResourceList.Count];
    }
    return (size_t)(at - (const char *)list);
}

void
pnp_query_resources(struct pnp_devnode *devnode)
{
}

NTSTATUS
pnp_requery_requirements(struct pnp_devnode *devnode)
{
    return STATUS_SUCCESS;
}

NTSTATUS
pnp_assign_resources(struct pnp_devnode *devnode)
{
    IO_STACK_LOCATION stack = {.MinorFunction = IRP_MN_FILTER_RESOURCE_REQUIREMENTS};
    ULONG_PTR list = 0;
    NTSTATUS status = pnp_send(devnode->pdo, &stack, &list);

    if (NT_SUCCESS(status) && list != 0) {
        ExFreePool((PVOID)list);
    }
    return status == STATUS_NOT_SUPPORTED ? STATUS_SUCCESS : status;
}

void
pnp_release_resources(struct pnp_devnode *devnode)
{
}

void
pnp_requirements_changed(struct pnp_devnode *devnode)
{
}

NTSTATUS
pnp_start_device(struct pnp_devnode *devnode)
{
    return pnp_send_minor(devnode, IRP_MN_START_DEVICE);
}

bool
pnp_retry_conflicts(void)
{
    return false;
}

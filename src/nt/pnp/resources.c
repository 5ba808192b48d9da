/* SPDX-License-Identifier: MIT */
/*
 * A devnode's hardware resources from what its bus says to its START lists, and the rebalance that
 * makes room for a device which finds none.
 */
#include "nt/pnp/resources.h"

#include "base/log.h"
#include "nt/pnp/arbiter.h"

static bool something_was_freed;

size_t
pnp_resource_list_size(const CM_RESOURCE_LIST *list)
{
    const CM_FULL_RESOURCE_DESCRIPTOR *full = &list->List[0];

    for (ULONG i = 0; i < list->Count; i++) {
        const CM_PARTIAL_RESOURCE_DESCRIPTOR *first = full->PartialResourceList.PartialDescriptors;

        full = (const void *)(first + full->PartialResourceList.Count);
    }
    return (size_t)((const char *)full - (const char *)list);
}

/* What the bus says --------------------------------------------------------------------------- */

static NTSTATUS
query_requirements(struct pnp_devnode *devnode, IO_RESOURCE_REQUIREMENTS_LIST **ret_list)
{
    IO_STACK_LOCATION stack = {.MinorFunction = IRP_MN_QUERY_RESOURCE_REQUIREMENTS};
    ULONG_PTR information = 0;
    NTSTATUS status = pnp_send(devnode->pdo, &stack, &information);
    IO_RESOURCE_REQUIREMENTS_LIST *list = (void *)information;

    *ret_list = NULL;
    if (status == STATUS_NOT_SUPPORTED || (NT_SUCCESS(status) && list == NULL)) {
        return STATUS_SUCCESS; /* It needs none. */
    }
    if (NT_SUCCESS(status) && !pnp_requirements_valid(list)) {
        base_log(BASE_LOG_ERROR, "pnp",
                 "%s: its bus reports resource requirements of %u bytes "
                 "that are no list",
                 PNP_NAME(devnode), (unsigned)list->ListSize);
        ExFreePool(list);
        return STATUS_INVALID_PARAMETER;
    }
    *ret_list = NT_SUCCESS(status) ? list : NULL;
    return status;
}

static void
set_list(CM_RESOURCE_LIST **place, CM_RESOURCE_LIST *list)
{
    CM_RESOURCE_LIST *former;

    sys_lock_acquire(&pnp_tree_lock);
    former = *place;
    *place = list;
    sys_lock_release(&pnp_tree_lock);
    pnp_free(former);
}

static void
set_requirements(IO_RESOURCE_REQUIREMENTS_LIST **place, IO_RESOURCE_REQUIREMENTS_LIST *list)
{
    IO_RESOURCE_REQUIREMENTS_LIST *former;

    sys_lock_acquire(&pnp_tree_lock);
    former = *place;
    *place = list;
    sys_lock_release(&pnp_tree_lock);
    pnp_free(former);
}

void
pnp_query_resources(struct pnp_devnode *devnode)
{
    IO_STACK_LOCATION stack = {.MinorFunction = IRP_MN_QUERY_RESOURCES};
    IO_RESOURCE_REQUIREMENTS_LIST *requirements = NULL;
    ULONG_PTR information = 0;

    if (NT_SUCCESS(pnp_send(devnode->pdo, &stack, &information)) && information != 0) {
        set_list(&devnode->boot, (CM_RESOURCE_LIST *)information);
        set_list(&devnode->boot_translated, pnp_translate(devnode->boot));
    }
    devnode->requirements_status = query_requirements(devnode, &requirements);
    set_requirements(&devnode->requirements, requirements);
}

NTSTATUS
pnp_requery_requirements(struct pnp_devnode *devnode)
{
    IO_RESOURCE_REQUIREMENTS_LIST *requirements = NULL;
    NTSTATUS status = query_requirements(devnode, &requirements);

    devnode->requirements_status = status;
    if (NT_SUCCESS(status)) {
        set_requirements(&devnode->requirements, requirements);
        devnode->requirements_changed = true;
    }
    return status;
}

/* What the stack makes of it ------------------------------------------------------------------ */

static void
fix_descriptor(IO_RESOURCE_DESCRIPTOR *to, const CM_PARTIAL_RESOURCE_DESCRIPTOR *from)
{
    to->Type = from->Type;
    to->ShareDisposition = from->ShareDisposition;
    to->Flags = from->Flags;
    switch (from->Type) {
    case CmResourceTypeInterrupt:
        to->u.Interrupt.MinimumVector = from->u.Interrupt.Vector;
        to->u.Interrupt.MaximumVector = from->u.Interrupt.Vector;
        break;
    case CmResourceTypeDma:
        to->u.Dma.MinimumChannel = from->u.Dma.Channel;
        to->u.Dma.MaximumChannel = from->u.Dma.Channel;
        break;
    case CmResourceTypeBusNumber:
        to->u.BusNumber.MinBusNumber = from->u.BusNumber.Start;
        to->u.BusNumber.MaxBusNumber = from->u.BusNumber.Start + from->u.BusNumber.Length - 1;
        to->u.BusNumber.Length = from->u.BusNumber.Length;
        break;
    default:
        to->u.Generic.Length = from->u.Generic.Length;
        to->u.Generic.Alignment = 1;
        to->u.Generic.MinimumAddress = from->u.Generic.Start;
        to->u.Generic.MaximumAddress.QuadPart =
            from->u.Generic.Start.QuadPart + from->u.Generic.Length - 1;
        break;
    }
}

/* A resource list as requirements: exactly this. NULL: memory is short. */
static IO_RESOURCE_REQUIREMENTS_LIST *
requirements_of_list(const CM_RESOURCE_LIST *list)
{
    const CM_PARTIAL_RESOURCE_LIST *partial = &list->List[0].PartialResourceList;
    size_t size =
        sizeof(IO_RESOURCE_REQUIREMENTS_LIST) + partial->Count * sizeof(IO_RESOURCE_DESCRIPTOR);
    IO_RESOURCE_REQUIREMENTS_LIST *requirements = ExAllocatePool2(POOL_FLAG_PAGED, size, PNP_TAG);
    const CM_PARTIAL_RESOURCE_DESCRIPTOR *from;
    IO_RESOURCE_DESCRIPTOR *to;

    if (requirements == NULL) {
        return NULL;
    }
    requirements->ListSize = (ULONG)size;
    requirements->InterfaceType = list->List[0].InterfaceType;
    requirements->BusNumber = list->List[0].BusNumber;
    requirements->AlternativeLists = 1;
    requirements->List[0].Version = 1;
    requirements->List[0].Revision = 1;
    requirements->List[0].Count = partial->Count;
    to = requirements->List[0].Descriptors;
    from = partial->PartialDescriptors;
    for (ULONG i = 0; i < partial->Count; i++) {
        fix_descriptor(to++, from++);
    }
    return requirements;
}

/* A copy of what the stack is to filter, in the documented order of priority. NULL: nothing. */
static NTSTATUS
unfiltered(struct pnp_devnode *devnode, IO_RESOURCE_REQUIREMENTS_LIST **ret_list)
{
    const IO_RESOURCE_REQUIREMENTS_LIST *from =
        devnode->setup.requirements != NULL ? devnode->setup.requirements : devnode->requirements;

    *ret_list = NULL;
    if (from != NULL) {
        *ret_list = pnp_copy(from, from->ListSize);
    } else if (!NT_SUCCESS(devnode->requirements_status)) {
        return devnode->requirements_status;
    } else if (devnode->boot != NULL && devnode->boot->Count != 0) {
        *ret_list = requirements_of_list(devnode->boot);
    } else {
        return STATUS_SUCCESS;
    }
    return *ret_list != NULL ? STATUS_SUCCESS : STATUS_INSUFFICIENT_RESOURCES;
}

static NTSTATUS
filter(struct pnp_devnode *devnode)
{
    IO_STACK_LOCATION stack = {.MinorFunction = IRP_MN_FILTER_RESOURCE_REQUIREMENTS};
    IO_RESOURCE_REQUIREMENTS_LIST *list = NULL;
    IO_RESOURCE_REQUIREMENTS_LIST *filtered;
    ULONG_PTR information;
    NTSTATUS status = unfiltered(devnode, &list);

    if (!NT_SUCCESS(status)) {
        return status;
    }
    stack.Parameters.FilterResourceRequirements.IoResourceRequirementList = list;
    information = (ULONG_PTR)list;
    status = pnp_send(devnode->pdo, &stack, &information);
    filtered = (void *)information;
    if (!NT_SUCCESS(status) && status != STATUS_NOT_SUPPORTED) {
        if (filtered == list) {
            pnp_free(list); /* Else the driver freed it, or the failure is its own leak. */
        }
        return status;
    }
    if (filtered != NULL && filtered != list && !pnp_requirements_valid(filtered)) {
        base_log(BASE_LOG_ERROR, "pnp",
                 "%s: its drivers filtered the resource requirements to "
                 "%u bytes that are no list",
                 PNP_NAME(devnode), (unsigned)filtered->ListSize);
        ExFreePool(filtered);
        return STATUS_INVALID_PARAMETER;
    }
    set_requirements(&devnode->filtered, filtered);
    return STATUS_SUCCESS;
}

/* Rebalance ----------------------------------------------------------------------------------- */

/* A device that takes part in a rebalance; and, for it, what it would get. */
struct mover {
    struct list link;
    struct pnp_devnode *devnode;
    CM_RESOURCE_LIST *raw;
    CM_RESOURCE_LIST *translated;
};

static void
movers_free(struct list *movers)
{
    struct list *link;

    while ((link = list_pop_front(movers)) != NULL) {
        struct mover *mover = container_of(link, struct mover, link);

        pnp_free(mover->raw);
        pnp_free(mover->translated);
        ExFreePoolWithTag(mover, PNP_TAG);
    }
}

static struct mover *
mover_of(struct list *link)
{
    return container_of(link, struct mover, link);
}

/* Inserts by freedom, the least free first. */
static bool
mover_add(struct list *movers, struct pnp_devnode *devnode)
{
    struct mover *mover = ExAllocatePool2(POOL_FLAG_NON_PAGED, sizeof(*mover), PNP_TAG);
    uint64_t freedom;
    struct list *place;

    if (mover == NULL) {
        return false;
    }
    mover->devnode = devnode;
    freedom = pnp_arbiter_freedom(devnode->filtered);
    for (place = movers->next; place != movers; place = place->next) {
        if (pnp_arbiter_freedom(mover_of(place)->devnode->filtered) > freedom) {
            break;
        }
    }
    list_insert_after(place->prev, &mover->link);
    return true;
}

static bool
may_move(const struct pnp_devnode *devnode, const struct pnp_devnode *for_whom)
{
    const struct pnp_devnode *above;

    for (above = for_whom; above != NULL; above = above->parent) {
        if (above == devnode) {
            return false; /* It would stop what is being started below it. */
        }
    }
    return devnode->started && !devnode->surprised && !devnode->stays &&
           devnode->filtered != NULL && pnp_arbiter_freedom(devnode->filtered) != 0 &&
           pnp_arbiter_is_in_the_way(devnode, for_whom->filtered);
}

static bool
add_movers(struct list *movers, struct pnp_devnode *devnode, const struct pnp_devnode *for_whom)
{
    struct pnp_devnode *child;

    if (may_move(devnode, for_whom) && !mover_add(movers, devnode)) {
        return false;
    }
    for (child = pnp_child_first(devnode); child != NULL; child = pnp_child_next(child)) {
        if (!add_movers(movers, child, for_whom)) {
            return false;
        }
    }
    return true;
}

/* Finds new ranges for all, which have none now. */
static NTSTATUS
solve_all(struct list *movers)
{
    NTSTATUS status = STATUS_SUCCESS;
    struct list *link;

    for (link = movers->next; link != movers && NT_SUCCESS(status); link = link->next) {
        struct mover *mover = mover_of(link);

        status = pnp_arbiter_solve(mover->devnode, mover->devnode->filtered, &mover->raw,
                                   &mover->translated);
    }
    return status;
}

/* Asks those that run. The one that refuses stays where it is from now on. */
static bool
ask_to_stop(struct list *movers, const struct pnp_devnode *for_whom)
{
    struct list *link;
    struct list *asked;

    list_for_each(link, movers)
    {
        struct pnp_devnode *devnode = mover_of(link)->devnode;

        if (devnode == for_whom || NT_SUCCESS(pnp_stop_step(devnode, PNP_EV_QUERY_STOP))) {
            continue;
        }
        devnode->stays = true;
        for (asked = link->prev; asked != movers; asked = asked->prev) {
            if (mover_of(asked)->devnode != for_whom) {
                (void)pnp_stop_step(mover_of(asked)->devnode, PNP_EV_CANCEL_STOP);
            }
        }
        return false;
    }
    return true;
}

static void
move_all(struct list *movers, const struct pnp_devnode *for_whom)
{
    struct list *link;

    list_for_each(link, movers)
    {
        if (mover_of(link)->devnode != for_whom) {
            (void)pnp_stop_step(mover_of(link)->devnode, PNP_EV_STOP);
        }
    }
    list_for_each(link, movers)
    {
        struct mover *mover = mover_of(link);

        set_list(&mover->devnode->allocated, mover->raw);
        set_list(&mover->devnode->translated, mover->translated);
        mover->raw = NULL;
        mover->translated = NULL;
    }
    list_for_each(link, movers)
    {
        if (mover_of(link)->devnode != for_whom) {
            (void)pnp_stop_step(mover_of(link)->devnode, PNP_EV_RESTART);
        }
    }
}

/* One attempt. STATUS_RETRY: a device refused, and another arrangement may be found. */
static NTSTATUS
rebalance_once(struct pnp_devnode *devnode)
{
    struct list movers;
    struct list aside;
    struct list *link;
    NTSTATUS status;

    list_init(&movers);
    list_init(&aside);
    if (!add_movers(&movers, pnp_root, devnode) || !mover_add(&movers, devnode)) {
        movers_free(&movers);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    list_for_each(link, &movers)
    {
        pnp_arbiter_take(mover_of(link)->devnode, &aside);
    }
    status = movers.next->next == &movers ? STATUS_CONFLICTING_ADDRESSES : solve_all(&movers);
    if (NT_SUCCESS(status) && !ask_to_stop(&movers, devnode)) {
        status = STATUS_RETRY;
    }
    if (NT_SUCCESS(status)) {
        pnp_arbiter_drop(&aside);
        move_all(&movers, devnode);
    } else {
        list_for_each(link, &movers)
        {
            (void)pnp_arbiter_release(mover_of(link)->devnode);
        }
        pnp_arbiter_put_back(&aside);
    }
    movers_free(&movers);
    return status;
}

static void
clear_stays(struct pnp_devnode *devnode)
{
    struct pnp_devnode *child;

    devnode->stays = false;
    for (child = pnp_child_first(devnode); child != NULL; child = pnp_child_next(child)) {
        clear_stays(child);
    }
}

/* Each refusal takes one device out of the next attempt, so this ends. */
static NTSTATUS
rebalance(struct pnp_devnode *devnode)
{
    NTSTATUS status;

    do {
        status = rebalance_once(devnode);
    } while (status == STATUS_RETRY);
    clear_stays(pnp_root);
    return status;
}

/* Assignment ---------------------------------------------------------------------------------- */

/* The filtered requirements are met; other devices may have moved. */
static NTSTATUS
assign(struct pnp_devnode *devnode)
{
    CM_RESOURCE_LIST *raw = NULL;
    CM_RESOURCE_LIST *translated = NULL;
    NTSTATUS status;

    devnode->requirements_changed = false;
    status = pnp_arbiter_solve(devnode, devnode->filtered, &raw, &translated);
    if (status == STATUS_CONFLICTING_ADDRESSES) {
        return rebalance(devnode);
    }
    if (NT_SUCCESS(status)) {
        set_list(&devnode->allocated, raw);
        set_list(&devnode->translated, translated);
    }
    return status;
}

NTSTATUS
pnp_assign_resources(struct pnp_devnode *devnode)
{
    NTSTATUS status = filter(devnode);

    return NT_SUCCESS(status) ? assign(devnode) : status;
}

NTSTATUS
pnp_claim_boot(struct pnp_devnode *devnode)
{
    IO_RESOURCE_REQUIREMENTS_LIST *requirements;
    CM_RESOURCE_LIST *raw = NULL;
    CM_RESOURCE_LIST *translated = NULL;
    NTSTATUS status;

    if (devnode->boot == NULL || devnode->boot->Count == 0) {
        return STATUS_SUCCESS;
    }
    requirements = requirements_of_list(devnode->boot);
    if (requirements == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    status = pnp_arbiter_solve(devnode, requirements, &raw, &translated);
    ExFreePoolWithTag(requirements, PNP_TAG);
    if (NT_SUCCESS(status)) {
        set_list(&devnode->allocated, raw);
        set_list(&devnode->translated, translated);
    }
    return status;
}

void
pnp_release_resources(struct pnp_devnode *devnode)
{
    something_was_freed = pnp_arbiter_release(devnode) || something_was_freed;
    set_list(&devnode->allocated, NULL);
    set_list(&devnode->translated, NULL);
}

void
pnp_requirements_changed(struct pnp_devnode *devnode)
{
    struct list aside;
    NTSTATUS status;

    devnode->requirements_changed = false;
    if (!NT_SUCCESS(pnp_requery_requirements(devnode)) ||
        !NT_SUCCESS(pnp_stop_step(devnode, PNP_EV_QUERY_STOP))) {
        devnode->requirements_changed = false;
        return; /* "A device that fails a query stop continues to be in an operational state." */
    }
    (void)pnp_stop_step(devnode, PNP_EV_STOP);
    list_init(&aside);
    pnp_arbiter_take(devnode, &aside);
    status = pnp_assign_resources(devnode);
    if (NT_SUCCESS(status)) {
        something_was_freed = something_was_freed || !list_empty(&aside);
        pnp_arbiter_drop(&aside);
        (void)pnp_stop_step(devnode, PNP_EV_RESTART);
        return;
    }
    pnp_arbiter_drop(&aside);
    pnp_will_have(devnode, PNP_PROBLEM_NORMAL_CONFLICT, status);
    pnp_surprise_remove(devnode);
}

NTSTATUS
pnp_start_device(struct pnp_devnode *devnode)
{
    IO_STACK_LOCATION stack = {.MinorFunction = IRP_MN_START_DEVICE};

    stack.Parameters.StartDevice.AllocatedResources = devnode->allocated;
    stack.Parameters.StartDevice.AllocatedResourcesTranslated = devnode->translated;
    return pnp_send(devnode->pdo, &stack, NULL);
}

static bool
add_conflicts(struct pnp_devnode *devnode)
{
    struct pnp_devnode *child;
    bool found = false;

    if (devnode->problem == PNP_PROBLEM_NORMAL_CONFLICT && !devnode->has_stack &&
        !devnode->departed) {
        devnode->needs_configure = true;
        pnp_work_add(devnode);
        found = true;
    }
    for (child = pnp_child_first(devnode); child != NULL; child = pnp_child_next(child)) {
        found = add_conflicts(child) || found;
    }
    return found;
}

bool
pnp_retry_conflicts(void)
{
    if (!something_was_freed || pnp_root == NULL) {
        return false;
    }
    something_was_freed = false;
    return add_conflicts(pnp_root);
}

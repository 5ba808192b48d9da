/* SPDX-License-Identifier: MIT */
/*
 * The arbiter: memory, ports, interrupts, DMA channels and bus numbers, each a line of numbers.
 *
 * A range that is taken excludes others, unless both are shared. What a device above in the tree has
 * does not exclude: a bus hands its own ranges on to its children.
 *
 * A list's requirements are met in the order of their freedom, the least free first; of one requirement's
 * alternatives the preferred ones first; each with the lowest range that fits. When a later requirement cannot be
 * met, the alternatives of the earlier ones are tried.
 */
#include "nt/pnp/arbiter.h"

#include <string.h>

#include "nt/pnp/resources.h"

#define FIRST_MESSAGE 0x10000u  /* Message-signalled interrupts: above all lines. */
#define LOW_MEMORY    0x100000u /* Below 1 MB only who must. */

enum space {
    MEMORY,
    PORT,
    INTERRUPT,
    DMA,
    BUS_NUMBER,
    NOT_ARBITRATED,
};

struct range {
    struct list link;
    struct pnp_devnode *owner; /* A devnode with ranges has a stack: it does not go. */
    enum space space;
    uint64_t start;
    uint64_t end; /* Inclusive. */
    bool shared;
};

/* One descriptor, understood. */
struct wish {
    enum space space;
    uint64_t minimum;
    uint64_t maximum;
    uint64_t length;
    uint64_t alignment;
    bool shared;
};

/* One requirement: a descriptor and its alternatives. */
struct need {
    const IO_RESOURCE_DESCRIPTOR *first;
    ULONG count;
    const IO_RESOURCE_DESCRIPTOR *chosen;
    struct range *range;
};

static struct list ranges;

void
pnp_arbiter_init(void)
{
    list_init(&ranges);
}

void
pnp_arbiter_fini(void)
{
    pnp_arbiter_drop(&ranges);
}

/* What a descriptor asks for ------------------------------------------------------------------ */

static void
understand_large(const IO_RESOURCE_DESCRIPTOR *from, struct wish *wish)
{
    unsigned shift = (from->Flags & CM_RESOURCE_MEMORY_LARGE_40) != 0   ? 8
                     : (from->Flags & CM_RESOURCE_MEMORY_LARGE_48) != 0 ? 16
                     : (from->Flags & CM_RESOURCE_MEMORY_LARGE_64) != 0 ? 32
                                                                        : 0;

    wish->length = (uint64_t)from->u.Memory40.Length40 << shift;
    wish->alignment = (uint64_t)from->u.Memory40.Alignment40 << shift;
}

static void
understand_interrupt(const IO_RESOURCE_DESCRIPTOR *from, struct wish *wish)
{
    wish->minimum = from->u.Interrupt.MinimumVector;
    wish->maximum = from->u.Interrupt.MaximumVector;
    wish->length = 1;
    if ((from->Flags & CM_RESOURCE_INTERRUPT_MESSAGE) != 0) {
        /* As many messages as there are vectors between the two, which count down from the token. */
        wish->length = wish->maximum >= wish->minimum ? wish->maximum - wish->minimum + 1
                                                      : wish->minimum - wish->maximum + 1;
        wish->minimum = FIRST_MESSAGE;
        wish->maximum = MAXULONG - 0x100;
        wish->shared = false;
    }
}

static struct wish
understand(const IO_RESOURCE_DESCRIPTOR *from)
{
    struct wish wish = {
        .space = NOT_ARBITRATED,
        .minimum = (uint64_t)from->u.Generic.MinimumAddress.QuadPart,
        .maximum = (uint64_t)from->u.Generic.MaximumAddress.QuadPart,
        .length = from->u.Generic.Length,
        .alignment = from->u.Generic.Alignment,
        .shared = from->ShareDisposition == CmResourceShareShared,
    };

    switch (from->Type) {
    case CmResourceTypeMemory:
        wish.space = MEMORY;
        break;
    case CmResourceTypeMemoryLarge:
        wish.space = MEMORY;
        understand_large(from, &wish);
        break;
    case CmResourceTypePort:
        wish.space = PORT;
        break;
    case CmResourceTypeInterrupt:
        wish.space = INTERRUPT;
        wish.alignment = 1;
        understand_interrupt(from, &wish);
        break;
    case CmResourceTypeDma:
        wish.space = DMA;
        wish.length = 1;
        wish.alignment = 1;
        wish.minimum = from->u.Dma.MinimumChannel;
        wish.maximum = from->u.Dma.MaximumChannel;
        if ((from->Flags & CM_RESOURCE_DMA_V3) != 0) {
            wish.minimum = wish.maximum = from->u.DmaV3.Channel;
        }
        break;
    case CmResourceTypeBusNumber:
        wish.space = BUS_NUMBER;
        wish.alignment = 1;
        wish.length = from->u.BusNumber.Length;
        wish.minimum = from->u.BusNumber.MinBusNumber;
        wish.maximum = from->u.BusNumber.MaxBusNumber;
        break;
    default:
        break;
    }
    if (wish.alignment == 0) {
        wish.alignment = 1;
    }
    return wish;
}

/* What stands in a list for other reasons than to be met. */
static bool
is_no_need(const IO_RESOURCE_DESCRIPTOR *descriptor)
{
    return descriptor->Type == CmResourceTypeNull || descriptor->Type == CmResourceTypeConfigData;
}

bool
pnp_requirements_valid(const IO_RESOURCE_REQUIREMENTS_LIST *requirements)
{
    const char *end = (const char *)requirements + requirements->ListSize;
    const char *at = (const char *)&requirements->List[0];

    if (requirements->ListSize < offsetof(IO_RESOURCE_REQUIREMENTS_LIST, List)) {
        return false;
    }
    for (ULONG i = 0; i < requirements->AlternativeLists; i++) {
        const IO_RESOURCE_LIST *list = (const void *)at;
        size_t room;

        if ((size_t)(end - at) < offsetof(IO_RESOURCE_LIST, Descriptors)) {
            return false;
        }
        room = (size_t)(end - (const char *)&list->Descriptors[0]);
        if (list->Count > room / sizeof(IO_RESOURCE_DESCRIPTOR)) {
            return false;
        }
        at = (const char *)&list->Descriptors[list->Count];
    }
    return true;
}

static const IO_RESOURCE_LIST *
next_list(const IO_RESOURCE_LIST *list)
{
    return (const void *)&list->Descriptors[list->Count];
}

/* Conflicts ----------------------------------------------------------------------------------- */

static bool
is_above(const struct pnp_devnode *above, const struct pnp_devnode *below)
{
    for (; below != NULL; below = below->parent) {
        if (below == above) {
            return true;
        }
    }
    return false;
}

/* The range that keeps [start, end] from the devnode; NULL: none. */
static const struct range *
conflict(const struct pnp_devnode *devnode, const struct wish *wish, uint64_t start, uint64_t end)
{
    struct list *link;

    list_for_each(link, &ranges)
    {
        const struct range *range = container_of(link, struct range, link);
        bool related = range->owner != devnode &&
                       (is_above(range->owner, devnode) || is_above(devnode, range->owner));

        if (range->space == wish->space && range->start <= end && start <= range->end && !related &&
            !(range->shared && wish->shared)) {
            return range;
        }
    }
    return NULL;
}

static bool
align_up(uint64_t *value, uint64_t alignment)
{
    uint64_t rest = *value % alignment;

    return rest == 0 || !__builtin_add_overflow(*value, alignment - rest, value);
}

/* The lowest start at or above `from`. */
static bool
fit_from(const struct pnp_devnode *devnode, const struct wish *wish, uint64_t from,
         uint64_t *ret_start)
{
    const struct range *other;
    uint64_t start = from;
    uint64_t end;

    do {
        if (!align_up(&start, wish->alignment) ||
            __builtin_add_overflow(start, wish->length - 1, &end) || end > wish->maximum) {
            return false;
        }
        other = conflict(devnode, wish, start, end);
        if (other != NULL && __builtin_add_overflow(other->end, 1, &start)) {
            return false;
        }
    } while (other != NULL);
    *ret_start = start;
    return true;
}

static bool
fit(const struct pnp_devnode *devnode, const struct wish *wish, uint64_t *ret_start)
{
    if (wish->length == 0) {
        return false;
    }
    if (wish->space == MEMORY && wish->minimum < LOW_MEMORY && wish->maximum >= LOW_MEMORY &&
        fit_from(devnode, wish, LOW_MEMORY, ret_start)) {
        return true;
    }
    return fit_from(devnode, wish, wish->minimum, ret_start);
}

static struct range *
take(struct pnp_devnode *devnode, const struct wish *wish, uint64_t start)
{
    struct range *range = ExAllocatePool2(POOL_FLAG_NON_PAGED, sizeof(*range), PNP_TAG);

    if (range != NULL) {
        range->owner = devnode;
        range->space = wish->space;
        range->start = start;
        range->end = start + wish->length - 1;
        range->shared = wish->shared;
        list_push_back(&ranges, &range->link);
    }
    return range;
}

static void
give(struct range *range)
{
    if (range != NULL) {
        list_remove(&range->link);
        ExFreePoolWithTag(range, PNP_TAG);
    }
}

/* Solving ------------------------------------------------------------------------------------- */

static uint64_t
freedom_of(const IO_RESOURCE_DESCRIPTOR *descriptor)
{
    struct wish wish = understand(descriptor);

    if (wish.space == NOT_ARBITRATED || wish.maximum < wish.minimum ||
        wish.maximum - wish.minimum < wish.length - 1) {
        return 0;
    }
    return wish.maximum - wish.minimum - (wish.length - 1);
}

static uint64_t
freedom_of_need(const struct need *need)
{
    uint64_t freedom = need->count - 1;

    for (ULONG i = 0; i < need->count; i++) {
        uint64_t more = freedom_of(&need->first[i]);

        freedom = freedom > MAXLONGLONG - more % MAXLONGLONG ? MAXLONGLONG : freedom + more;
    }
    return freedom;
}

/* Groups the descriptors of a list; NULL when memory is short. */
static struct need *
needs_of(const IO_RESOURCE_LIST *list, ULONG *ret_count)
{
    struct need *needs =
        ExAllocatePool2(POOL_FLAG_NON_PAGED, (list->Count + 1) * sizeof(struct need), PNP_TAG);
    ULONG count = 0;

    for (ULONG i = 0; needs != NULL && i < list->Count; i++) {
        const IO_RESOURCE_DESCRIPTOR *descriptor = &list->Descriptors[i];

        if (is_no_need(descriptor)) {
            continue;
        }
        if ((descriptor->Option & IO_RESOURCE_ALTERNATIVE) != 0 && count != 0 &&
            needs[count - 1].first + needs[count - 1].count == descriptor) {
            needs[count - 1].count++;
        } else {
            needs[count++] = (struct need){.first = descriptor, .count = 1};
        }
    }
    *ret_count = count;
    return needs;
}

/* The place in `needs` that is to be met next: the least free of those not met. */
static struct need *
next_need(struct need *needs, ULONG count)
{
    struct need *best = NULL;

    for (ULONG i = 0; i < count; i++) {
        if (needs[i].chosen == NULL &&
            (best == NULL || freedom_of_need(&needs[i]) < freedom_of_need(best))) {
            best = &needs[i];
        }
    }
    return best;
}

static NTSTATUS meet(struct pnp_devnode *devnode, struct need *needs, ULONG count);

/* One alternative, and all that is left after it. */
static NTSTATUS
try_one(struct pnp_devnode *devnode, struct need *needs, ULONG count, struct need *need,
        const IO_RESOURCE_DESCRIPTOR *descriptor)
{
    struct wish wish = understand(descriptor);
    NTSTATUS status;
    uint64_t start;

    need->chosen = descriptor;
    need->range = NULL;
    if (wish.space != NOT_ARBITRATED) {
        if (!fit(devnode, &wish, &start)) {
            need->chosen = NULL;
            return STATUS_CONFLICTING_ADDRESSES;
        }
        need->range = take(devnode, &wish, start);
        if (need->range == NULL) {
            need->chosen = NULL;
            return STATUS_INSUFFICIENT_RESOURCES;
        }
    }
    status = meet(devnode, needs, count);
    if (!NT_SUCCESS(status)) {
        give(need->range);
        need->range = NULL;
        need->chosen = NULL;
    }
    return status;
}

/* Meets the needs that are not met. The depth is the number of needs. */
static NTSTATUS
meet(struct pnp_devnode *devnode, struct need *needs, ULONG count)
{
    struct need *need = next_need(needs, count);
    NTSTATUS status = STATUS_CONFLICTING_ADDRESSES;

    if (need == NULL) {
        return STATUS_SUCCESS;
    }
    for (int preferred = 1; preferred >= 0; preferred--) {
        for (ULONG i = 0; i < need->count; i++) {
            bool is_preferred = (need->first[i].Option & IO_RESOURCE_PREFERRED) != 0;

            if (is_preferred == (preferred == 1)) {
                status = try_one(devnode, needs, count, need, &need->first[i]);
                if (status != STATUS_CONFLICTING_ADDRESSES) {
                    return status;
                }
            }
        }
    }
    return status;
}

/* Lists ----------------------------------------------------------------------------------------- */

/* Which processors, when there are some of them; else any. */
static KAFFINITY
affinity_of(const IO_RESOURCE_DESCRIPTOR *from)
{
    KAFFINITY wanted = from->u.Interrupt.TargetedProcessors;

    return (wanted & KeQueryActiveProcessors()) != 0 ? wanted : (KAFFINITY)-1;
}

static void
describe_range(CM_PARTIAL_RESOURCE_DESCRIPTOR *to, const IO_RESOURCE_DESCRIPTOR *from,
               const struct range *range)
{
    ULONG length = (ULONG)(range->end - range->start + 1);

    switch (range->space) {
    case MEMORY:
    case PORT:
        to->u.Generic.Start.QuadPart = (LONGLONG)range->start;
        to->u.Generic.Length =
            from->Type == CmResourceTypeMemoryLarge ? from->u.Memory40.Length40 : length;
        break;
    case INTERRUPT:
        if ((from->Flags & CM_RESOURCE_INTERRUPT_MESSAGE) != 0) {
            to->u.MessageInterrupt.Raw.MessageCount = (USHORT)length;
            to->u.MessageInterrupt.Raw.Vector = (ULONG)range->start;
            to->u.MessageInterrupt.Raw.Affinity = affinity_of(from);
        } else {
            to->u.Interrupt.Level = (USHORT)range->start;
            to->u.Interrupt.Vector = (ULONG)range->start;
            to->u.Interrupt.Affinity = affinity_of(from);
        }
        break;
    case DMA:
        if ((from->Flags & CM_RESOURCE_DMA_V3) != 0) {
            to->u.DmaV3.Channel = from->u.DmaV3.Channel;
            to->u.DmaV3.RequestLine = from->u.DmaV3.RequestLine;
            to->u.DmaV3.TransferWidth = (UCHAR)from->u.DmaV3.TransferWidth;
        } else {
            to->u.Dma.Channel = (ULONG)range->start;
        }
        break;
    case BUS_NUMBER:
        to->u.BusNumber.Start = (ULONG)range->start;
        to->u.BusNumber.Length = length;
        break;
    case NOT_ARBITRATED:
        break;
    }
}

static void
describe_need(CM_PARTIAL_RESOURCE_DESCRIPTOR *to, const struct need *need)
{
    const IO_RESOURCE_DESCRIPTOR *from = need->chosen;

    to->Type = from->Type;
    to->ShareDisposition = from->ShareDisposition;
    to->Flags = from->Flags;
    if (need->range != NULL) {
        describe_range(to, from, need->range);
    } else if (from->Type == CmResourceTypeConnection) {
        to->u.Connection.Class = from->u.Connection.Class;
        to->u.Connection.Type = from->u.Connection.Type;
        to->u.Connection.IdLowPart = from->u.Connection.IdLowPart;
        to->u.Connection.IdHighPart = from->u.Connection.IdHighPart;
    } else {
        memcpy(to->u.DevicePrivate.Data, from->u.DevicePrivate.Data,
               sizeof(to->u.DevicePrivate.Data));
    }
}

static CM_RESOURCE_LIST *
make_list(const IO_RESOURCE_REQUIREMENTS_LIST *requirements, const struct need *needs, ULONG count)
{
    size_t size = offsetof(CM_RESOURCE_LIST, List[0].PartialResourceList.PartialDescriptors) +
                  count * sizeof(CM_PARTIAL_RESOURCE_DESCRIPTOR);
    CM_RESOURCE_LIST *list =
        ExAllocatePool2(POOL_FLAG_NON_PAGED, size < sizeof(*list) ? sizeof(*list) : size, PNP_TAG);
    CM_PARTIAL_RESOURCE_DESCRIPTOR *descriptor;

    if (list == NULL) {
        return NULL;
    }
    list->Count = 1;
    list->List[0].InterfaceType = requirements->InterfaceType;
    list->List[0].BusNumber = requirements->BusNumber;
    list->List[0].PartialResourceList.Version = 1;
    list->List[0].PartialResourceList.Revision = 1;
    list->List[0].PartialResourceList.Count = count;
    /* By a pointer: an index would be taken for one within the declared array of one. */
    descriptor = list->List[0].PartialResourceList.PartialDescriptors;
    for (ULONG i = 0; i < count; i++) {
        describe_need(descriptor++, &needs[i]);
    }
    return list;
}

/*
 * An interrupt line becomes a vector and the IRQL of its service routine; all else is the same
 * for the processor as on the bus.
 */
static void
translate(CM_PARTIAL_RESOURCE_DESCRIPTOR *descriptor)
{
    ULONG vector;
    USHORT level;

    if (descriptor->Type != CmResourceTypeInterrupt) {
        return;
    }
    if ((descriptor->Flags & CM_RESOURCE_INTERRUPT_MESSAGE) != 0) {
        vector = descriptor->u.MessageInterrupt.Raw.Vector;
        level = (USHORT)(3 + vector % 8);
        descriptor->u.MessageInterrupt.Translated.Level = level;
        descriptor->u.MessageInterrupt.Translated.Group = 0;
        descriptor->u.MessageInterrupt.Translated.Vector = vector;
    } else {
        vector = descriptor->u.Interrupt.Vector;
        descriptor->u.Interrupt.Level = (USHORT)(3 + vector % 8);
    }
}

CM_RESOURCE_LIST *
pnp_translate(const CM_RESOURCE_LIST *raw)
{
    size_t size = pnp_resource_list_size(raw);
    CM_RESOURCE_LIST *list = pnp_copy(raw, size);
    CM_FULL_RESOURCE_DESCRIPTOR *full;

    if (list == NULL) {
        return NULL;
    }
    full = &list->List[0];
    for (ULONG i = 0; i < list->Count; i++) {
        CM_PARTIAL_RESOURCE_DESCRIPTOR *descriptor = full->PartialResourceList.PartialDescriptors;

        for (ULONG j = 0; j < full->PartialResourceList.Count; j++) {
            translate(descriptor++);
        }
        full = (void *)descriptor;
    }
    return list;
}

/* Lower is better; lists that say nothing keep their order after those that do. */
static ULONG
priority_of(const IO_RESOURCE_LIST *list)
{
    for (ULONG i = 0; i < list->Count; i++) {
        if (list->Descriptors[i].Type == CmResourceTypeConfigData) {
            return list->Descriptors[i].u.ConfigData.Priority;
        }
    }
    return MAXULONG;
}

static NTSTATUS
solve_list(struct pnp_devnode *devnode, const IO_RESOURCE_REQUIREMENTS_LIST *requirements,
           const IO_RESOURCE_LIST *list, CM_RESOURCE_LIST **ret_raw,
           CM_RESOURCE_LIST **ret_translated)
{
    CM_RESOURCE_LIST *raw = NULL;
    ULONG count = 0;
    struct need *needs = needs_of(list, &count);
    NTSTATUS status;

    if (needs == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    status = meet(devnode, needs, count);
    if (NT_SUCCESS(status) && count != 0) {
        raw = make_list(requirements, needs, count);
        *ret_translated = raw != NULL ? pnp_translate(raw) : NULL;
        if (*ret_translated == NULL) {
            pnp_free(raw);
            raw = NULL;
            (void)pnp_arbiter_release(devnode);
            status = STATUS_INSUFFICIENT_RESOURCES;
        }
        *ret_raw = raw;
    }
    ExFreePoolWithTag(needs, PNP_TAG);
    return status;
}

NTSTATUS
pnp_arbiter_solve(struct pnp_devnode *devnode, const IO_RESOURCE_REQUIREMENTS_LIST *requirements,
                  CM_RESOURCE_LIST **ret_raw, CM_RESOURCE_LIST **ret_translated)
{
    NTSTATUS status = STATUS_SUCCESS;
    ULONG done_priority = 0;
    ULONG done_index = 0;
    bool first = true;

    *ret_raw = NULL;
    *ret_translated = NULL;
    /* The lists in the order of (priority, place). */
    for (ULONG n = 0; requirements != NULL && n < requirements->AlternativeLists; n++) {
        const IO_RESOURCE_LIST *list = &requirements->List[0];
        const IO_RESOURCE_LIST *best = NULL;
        ULONG best_index = 0;

        for (ULONG i = 0; i < requirements->AlternativeLists; i++, list = next_list(list)) {
            ULONG priority = priority_of(list);
            bool done = !first && (priority < done_priority ||
                                   (priority == done_priority && i <= done_index));

            if (!done && (best == NULL || priority < priority_of(best))) {
                best = list;
                best_index = i;
            }
        }
        first = false;
        done_priority = priority_of(best);
        done_index = best_index;
        status = solve_list(devnode, requirements, best, ret_raw, ret_translated);
        if (status != STATUS_CONFLICTING_ADDRESSES) {
            break;
        }
    }
    return status;
}

/* Others' ranges ------------------------------------------------------------------------------- */

bool
pnp_arbiter_is_in_the_way(const struct pnp_devnode *devnode,
                          const IO_RESOURCE_REQUIREMENTS_LIST *requirements)
{
    const IO_RESOURCE_LIST *list = &requirements->List[0];
    struct list *link;

    for (ULONG i = 0; i < requirements->AlternativeLists; i++, list = next_list(list)) {
        for (ULONG j = 0; j < list->Count; j++) {
            struct wish wish = understand(&list->Descriptors[j]);

            list_for_each(link, &ranges)
            {
                const struct range *range = container_of(link, struct range, link);

                if (range->owner == devnode && range->space == wish.space &&
                    !is_no_need(&list->Descriptors[j]) && range->start <= wish.maximum &&
                    wish.minimum <= range->end) {
                    return true;
                }
            }
        }
    }
    return false;
}

uint64_t
pnp_arbiter_freedom(const IO_RESOURCE_REQUIREMENTS_LIST *requirements)
{
    const IO_RESOURCE_LIST *list = &requirements->List[0];
    uint64_t freedom = 0;

    for (ULONG i = 0; i < requirements->AlternativeLists; i++, list = next_list(list)) {
        freedom += i != 0;
        for (ULONG j = 0; j < list->Count; j++) {
            uint64_t more =
                is_no_need(&list->Descriptors[j]) ? 0 : freedom_of(&list->Descriptors[j]);

            if (__builtin_add_overflow(freedom, more, &freedom)) {
                return UINT64_MAX;
            }
            freedom += (list->Descriptors[j].Option & IO_RESOURCE_ALTERNATIVE) != 0;
        }
    }
    return freedom;
}

void
pnp_arbiter_take(struct pnp_devnode *devnode, struct list *aside)
{
    struct list *link;
    struct list *following;

    list_for_each_safe(link, following, &ranges)
    {
        if (container_of(link, struct range, link)->owner == devnode) {
            list_remove(link);
            list_push_back(aside, link);
        }
    }
}

void
pnp_arbiter_put_back(struct list *aside)
{
    struct list *link;

    while ((link = list_pop_front(aside)) != NULL) {
        list_push_back(&ranges, link);
    }
}

void
pnp_arbiter_drop(struct list *aside)
{
    struct list *link;

    while ((link = list_pop_front(aside)) != NULL) {
        ExFreePoolWithTag(container_of(link, struct range, link), PNP_TAG);
    }
}

bool
pnp_arbiter_release(struct pnp_devnode *devnode)
{
    struct list aside;
    bool had;

    list_init(&aside);
    pnp_arbiter_take(devnode, &aside);
    had = !list_empty(&aside);
    pnp_arbiter_drop(&aside);
    return had;
}

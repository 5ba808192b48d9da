/* SPDX-License-Identifier: MIT */
/* The interrupts among a devnode's resources. */
#include "nt/pnp/pnp_priv.h"

struct found {
    struct pnp_interrupt *interrupts;
    size_t room;
    size_t count;
    ULONG wanted; /* A vector ... */
    bool has;     /* ... that is among them. */
};

static void
add(struct found *found, const CM_PARTIAL_RESOURCE_DESCRIPTOR *raw,
    const CM_PARTIAL_RESOURCE_DESCRIPTOR *translated)
{
    bool message = (raw->Flags & CM_RESOURCE_INTERRUPT_MESSAGE) != 0;
    ULONG messages = message ? raw->u.MessageInterrupt.Raw.MessageCount : 1;

    for (ULONG i = 0; i < messages; i++) {
        ULONG vector = translated->u.Interrupt.Vector + i; /* Both forms have it here. */

        if (found->count < found->room) {
            found->interrupts[found->count] = (struct pnp_interrupt){
                .vector = vector,
                .irql = (KIRQL)translated->u.Interrupt.Level,
                .mode =
                    (raw->Flags & CM_RESOURCE_INTERRUPT_LATCHED) != 0 ? Latched : LevelSensitive,
                .shared = raw->ShareDisposition == CmResourceShareShared,
                .message = message,
                .group = translated->u.Interrupt.Group,
                .affinity = translated->u.Interrupt.Affinity,
            };
        }
        found->count++;
        found->has = found->has || vector == found->wanted;
    }
}

_Static_assert(offsetof(CM_PARTIAL_RESOURCE_DESCRIPTOR, u.Interrupt.Vector) ==
                   offsetof(CM_PARTIAL_RESOURCE_DESCRIPTOR, u.MessageInterrupt.Translated.Vector),
               "a translated message looks like a line");

/* The translated list has the shape of the raw one: one full descriptor, as the arbiter makes it. */
static void
look(struct pnp_devnode *devnode, struct found *found)
{
    sys_lock_acquire(&pnp_tree_lock);
    if (devnode->allocated != NULL && devnode->translated != NULL &&
        devnode->allocated->Count != 0) {
        const CM_PARTIAL_RESOURCE_LIST *raw = &devnode->allocated->List[0].PartialResourceList;
        const CM_PARTIAL_RESOURCE_DESCRIPTOR *from = raw->PartialDescriptors;
        const CM_PARTIAL_RESOURCE_DESCRIPTOR *to =
            devnode->translated->List[0].PartialResourceList.PartialDescriptors;

        for (ULONG i = 0; i < raw->Count; i++, from++, to++) {
            if (from->Type == CmResourceTypeInterrupt) {
                add(found, from, to);
            }
        }
    }
    sys_lock_release(&pnp_tree_lock);
}

size_t
pnp_interrupts(struct pnp_devnode *devnode, struct pnp_interrupt *interrupts, size_t room)
{
    struct found found = {.interrupts = interrupts, .room = room};

    look(devnode, &found);
    return found.count;
}

static bool
look_at(void *argument, struct pnp_devnode *devnode, const struct pnp_status *status)
{
    struct found *found = argument;

    look(devnode, found);
    return !found->has;
}

bool
pnp_vector_is_given(ULONG vector)
{
    struct found found = {.wanted = vector};

    pnp_tree_walk(look_at, &found);
    return found.has;
}

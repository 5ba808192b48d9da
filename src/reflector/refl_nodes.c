/* SPDX-License-Identifier: MIT */
/* The devices below a stack's own: what applications are told of them. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "reflector/refl_priv.h"
#include "sys/memory.h"

struct refl_node {
    struct list link;
    struct frame_devnode said;
};

static struct refl_node *
find(struct refl_stack *stack, const char *id)
{
    struct list *link;

    list_for_each(link, &stack->nodes)
    {
        struct refl_node *node = container_of(link, struct refl_node, link);

        if (strcasecmp(node->said.text[FRAME_DEVNODE_ID], id) == 0) {
            return node;
        }
    }
    return NULL;
}

static void
forget(struct refl_stack *stack, struct refl_node *node)
{
    names_say_device(&stack->names, stack->device_id, node->said.text[FRAME_DEVNODE_ID],
                     NAMES_DEVICE_REMOVED);
    list_remove(&node->link);
    sys_free(node);
}

/* Listeners in the session hear of what changes. `before`: whether it ran; -1: it is new. */
static void
tell(struct refl_stack *stack, const struct frame_devnode *said, int before)
{
    const char *id = said->text[FRAME_DEVNODE_ID];
    bool started = (said->flags & FRAME_DEVNODE_STARTED) != 0;

    if (before < 0) {
        names_say_device(&stack->names, stack->device_id, id, NAMES_DEVICE_ENUMERATED);
        before = false;
    }
    if (started != (before != 0)) {
        names_say_device(&stack->names, stack->device_id, id,
                         started ? NAMES_DEVICE_STARTED : NAMES_DEVICE_STOPPED);
    }
}

void
refl_nodes_note(struct refl_stack *stack, const struct frame_devnode *said)
{
    struct refl_node *node = find(stack, said->text[FRAME_DEVNODE_ID]);
    int before = -1;

    if ((said->flags & FRAME_DEVNODE_GONE) != 0) {
        if (node != NULL) {
            forget(stack, node);
        }
        return;
    }
    /* Not the root of the host's tree. */
    if (said->text[FRAME_DEVNODE_PARENT][0] == '\0') {
        return;
    }
    if (node != NULL) {
        before = (node->said.flags & FRAME_DEVNODE_STARTED) != 0;
    }
    tell(stack, said, before);
    if (node == NULL) {
        node = sys_alloc_zeroed(sizeof(*node));
        if (node == NULL) {
            return; /* It is not listed; it works. */
        }
        list_push_back(&stack->nodes, &node->link);
    }
    node->said = *said;
}

void
refl_nodes_clear(struct refl_stack *stack)
{
    struct list *link;

    while (!list_empty(&stack->nodes)) {
        /* The last first: children go before their parents. */
        link = stack->nodes.prev;
        forget(stack, container_of(link, struct refl_node, link));
    }
}

static void
describe(const struct frame_devnode *said, struct frame_info_reply *reply)
{
    static const enum frame_devnode_text sources[FRAME_INFO_TEXTS] = {
        [FRAME_INFO_ID] = FRAME_DEVNODE_ID,
        [FRAME_INFO_DESCRIPTION] = FRAME_DEVNODE_DESCRIPTION,
        [FRAME_INFO_HARDWARE_ID] = FRAME_DEVNODE_HARDWARE_ID,
        [FRAME_INFO_SERVICE] = FRAME_DEVNODE_SERVICE,
        [FRAME_INFO_DRIVER] = FRAME_DEVNODE_DRIVER,
        [FRAME_INFO_CLASS_NAME] = FRAME_DEVNODE_CLASS_NAME,
        [FRAME_INFO_CLASS_GUID] = FRAME_DEVNODE_CLASS_GUID,
        [FRAME_INFO_MANUFACTURER] = FRAME_DEVNODE_MANUFACTURER,
    };
    unsigned i;

    for (i = 0; i < FRAME_INFO_TEXTS; i++) {
        memcpy(reply->text[i], said->text[sources[i]], sizeof(reply->text[i]));
    }
    if ((said->flags & FRAME_DEVNODE_STARTED) == 0) {
        reply->problem = said->problem_status < 0 ? said->problem_status : REFL_STATUS_NOT_READY;
    }
}

void
refl_nodes_describe(const struct refl_stack *stack, uint32_t index, struct frame_info_reply *reply)
{
    const struct list *link;

    list_for_each(link, &stack->nodes)
    {
        /* The stack's own is told of by its config. */
        if (strcasecmp(container_of(link, struct refl_node, link)->said.text[FRAME_DEVNODE_ID],
                       stack->device_id) != 0 &&
            --index == 0) {
            describe(&container_of(link, struct refl_node, link)->said, reply);
            return;
        }
    }
}

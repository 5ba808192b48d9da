/* SPDX-License-Identifier: MIT */
/* What hosts report of the devices in them, and the list that people see. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "manager/mgr_tree_priv.h"
#include "sys/clock.h"
#include "sys/memory.h"

struct node *
root_find_node(struct root *root, const char *id)
{
    struct list *link;

    list_for_each(link, &root->nodes)
    {
        struct node *node = container_of(link, struct node, link);

        if (strcasecmp(node->said.text[FRAME_DEVNODE_ID], id) == 0) {
            return node;
        }
    }
    return NULL;
}

void
root_free_nodes(struct root *root)
{
    struct list *link;

    while ((link = list_pop_front(&root->nodes)) != NULL) {
        sys_free(container_of(link, struct node, link));
    }
}

void
root_on_devnode(struct root *root, const struct frame_devnode *said)
{
    struct node *node = root_find_node(root, said->text[FRAME_DEVNODE_ID]);
    bool own = strcasecmp(said->text[FRAME_DEVNODE_ID], root->entry.instance_id) == 0;

    if ((said->flags & FRAME_DEVNODE_GONE) != 0) {
        if (node != NULL) {
            list_remove(&node->link);
            sys_free(node);
        }
        if (own && root->state == ROOT_STARTED) {
            /* Ejected or pulled out: nothing is left to serve. */
            root->state = ROOT_STOPPING;
            mgr_device_remove(root->device);
        }
        return;
    }
    if (node == NULL) {
        node = sys_alloc_zeroed(sizeof(*node));
        if (node == NULL) {
            return; /* It is not shown; it works. */
        }
        list_push_back(&root->nodes, &node->link);
    }
    node->said = *said;
    /* A device that failed is taken down again; why it failed is what people want to know. */
    if (own && (said->problem != CM_PROB_WILL_BE_REMOVED || root->problem == 0)) {
        root->problem = said->problem;
    }
}

static void
put(char field[MGR_TEXT_SIZE], const char *text)
{
    (void)snprintf(field, MGR_TEXT_SIZE, "%.*s", MGR_TEXT_SIZE - 1, text);
}

static const char *
state_name(const struct root *root)
{
    static const char *const names[] = {
        [ROOT_STOPPED] = "Stopped",   [ROOT_STARTING] = "Starting",  [ROOT_STARTED] = "Started",
        [ROOT_STOPPING] = "Stopping", [ROOT_WAITING] = "Restarting",
    };

    return root->state == ROOT_STOPPED && root->entry.disabled ? "Disabled"
           : root->state == ROOT_STOPPED && root->problem != 0 ? "Failed"
                                                               : names[root->state];
}

static uint32_t
flags_of(const struct frame_devnode *said)
{
    return ((said->flags & FRAME_DEVNODE_STARTED) != 0 ? MGR_DEVICE_STARTED : 0) |
           ((said->flags & FRAME_DEVNODE_HIDDEN) != 0 ? MGR_DEVICE_HIDDEN : 0) |
           ((said->flags & FRAME_DEVNODE_ARMED) != 0 ? MGR_DEVICE_ARMED : 0) |
           ((said->flags & FRAME_DEVNODE_WOKE) != 0 ? MGR_DEVICE_WOKE : 0);
}

static void
list_root(struct root *root, uint32_t system,
          void (*fn)(void *argument, const struct mgr_reply *device), void *argument)
{
    struct node *own = root_find_node(root, root->entry.instance_id);
    struct mgr_reply reply = {.kind = MGR_REPLY_DEVICE, .problem = root->problem, .system = system};
    struct list *link;

    put(reply.text[MGR_DEVICE_ID], root->entry.instance_id);
    put(reply.text[MGR_DEVICE_DESCRIPTION], root->entry.description);
    put(reply.text[MGR_DEVICE_SERVICE], root->entry.service);
    put(reply.text[MGR_DEVICE_STATE], state_name(root));
    reply.flags = root->state == ROOT_STARTED ? MGR_DEVICE_STARTED : 0;
    if (root->entry.disabled && root->state == ROOT_STOPPED) {
        reply.problem = CM_PROB_DISABLED;
    } else if (root->entry.service[0] == '\0') {
        reply.problem = CM_PROB_FAILED_INSTALL;
    }
    if (root->device != NULL) {
        reply.host = (int32_t)mgr_device_host_pid(root->device);
    }
    if (own != NULL) {
        put(reply.text[MGR_DEVICE_STATE], own->said.text[FRAME_DEVNODE_STATE]);
        reply.power = own->said.power;
        reply.flags |= flags_of(&own->said) & (MGR_DEVICE_ARMED | MGR_DEVICE_WOKE);
        reply.problem_status = own->said.problem_status;
    }
    fn(argument, &reply);
    list_for_each(link, &root->nodes)
    {
        const struct frame_devnode *said = &container_of(link, struct node, link)->said;

        if (own != NULL && said == &own->said) {
            continue;
        }
        if (said->text[FRAME_DEVNODE_PARENT][0] == '\0') {
            continue; /* The root of the host's own tree. */
        }
        reply = (struct mgr_reply){.kind = MGR_REPLY_DEVICE,
                                   .problem = said->problem,
                                   .problem_status = said->problem_status,
                                   .power = said->power,
                                   .system = system,
                                   .flags = flags_of(said)};
        put(reply.text[MGR_DEVICE_ID], said->text[FRAME_DEVNODE_ID]);
        put(reply.text[MGR_DEVICE_PARENT], said->text[FRAME_DEVNODE_PARENT]);
        put(reply.text[MGR_DEVICE_DESCRIPTION], said->text[FRAME_DEVNODE_DESCRIPTION]);
        put(reply.text[MGR_DEVICE_STATE], said->text[FRAME_DEVNODE_STATE]);
        fn(argument, &reply);
    }
}

void
mgr_tree_list(struct mgr_tree *tree, void (*fn)(void *argument, const struct mgr_reply *device),
              void *argument)
{
    struct list *link;

    list_for_each(link, &tree->roots)
    {
        list_root(container_of(link, struct root, link), tree_system_power(tree), fn, argument);
    }
}

/* ---- Asking hosts for the list ---- */

#define FRESH_MS 1000u /* For a host that is busy: it is listed as it was. */
#define MS       UINT64_C(1000000)

static void
on_deadline(void *argument)
{
    struct waiter *waiter = argument;

    waiter_finish(waiter->tree, waiter, 0, "");
}

void
tree_list_fresh(struct mgr_tree *tree, void *request)
{
    int result = tree_refresh(tree, false);
    struct waiter *waiter;
    struct list *link;

    if (result != 0) {
        tree_answer(tree, request, result, "%s", strerror(-result));
        return;
    }
    waiter = waiter_create(tree, NULL, MGR_LIST, request);
    if (waiter == NULL) {
        return;
    }
    waiter->number = ++tree->last_number;
    list_for_each(link, &tree->roots)
    {
        struct root *root = container_of(link, struct root, link);

        if (root->state == ROOT_STARTED && root->telling == 0 && waiter_count_on(waiter, root)) {
            root->telling = waiter->number;
            if (mgr_device_action(root->device, waiter->number, FRAME_ACTION_TELL, 0, "") != 0) {
                root->telling = 0;
                (void)waiter_count_off(waiter, root);
            }
        }
    }
    ipc_timer_arm(tree->loop, &waiter->deadline, sys_now_ns() + FRESH_MS * MS, on_deadline, waiter);
    waiter_finish_if_answered(tree, waiter);
}

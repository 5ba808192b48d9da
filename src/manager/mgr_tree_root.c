/* SPDX-License-Identifier: MIT */
/* A device of the root bus and its host: start, stop, what the host says, its death and the restart. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "manager/mgr_tree_priv.h"
#include "sys/clock.h"
#include "sys/memory.h"

#define MS UINT64_C(1000000)

static void
root_event(struct root *root, int result, const char *reason)
{
    struct mgr_tree *tree = root->tree;
    struct list *link;
    struct list *next;

    list_for_each_safe(link, next, &tree->waiters)
    {
        struct waiter *waiter = container_of(link, struct waiter, link);
        bool for_start;

        if (waiter->root != root) {
            continue;
        }
        for_start = waiter->operation == MGR_START || waiter->operation == MGR_ENABLE;
        if (root->state == ROOT_STARTED ? for_start : root->state == ROOT_STOPPED) {
            /* Whoever waited for its end has got it, however it came. */
            waiter_finish(tree, waiter, for_start ? result : 0, for_start ? reason : "");
        }
    }
    tree_settled(tree);
}

static void
on_started(void *owner)
{
    struct root *root = owner;

    root->state = ROOT_STARTED;
    root->problem_text[0] = '\0';
    root_event(root, 0, "");
}

static void
on_named(void *owner, const char *guid, const char *name, bool enabled, int error)
{
    struct root *root = owner;
    char text[MGR_TEXT_SIZE * 2];

    if (error != 0) {
        (void)snprintf(text, sizeof(text), "%s cannot be published: %s", name,
                       error == -EEXIST ? "another device has that name" : strerror(-error));
        root->tree->events->line(root->tree->owner, root->entry.instance_id, text);
    }
}

static void
on_opened(void *owner, pid_t pid, const char *name, int32_t status)
{
}

static void
on_closed(void *owner, pid_t pid)
{
}

static void
on_line(void *owner, const char *text)
{
    struct root *root = owner;

    root->tree->events->line(root->tree->owner, root->entry.instance_id, text);
}

static void
on_tree(void *owner, const union frame *frame)
{
    struct root *root = owner;
    struct mgr_tree *tree = root->tree;
    struct list *link;
    struct list *next;
    int32_t status;

    if (frame->header.type == FRAME_DEVNODE) {
        root_on_devnode(root, &frame->devnode);
        return;
    }
    if (frame->header.type == FRAME_WOKEN) {
        tree_woken(root);
        return;
    }
    if (root->telling == frame->header.connection) {
        root->telling = 0;
    }
    list_for_each_safe(link, next, &tree->waiters)
    {
        struct waiter *waiter = container_of(link, struct waiter, link);

        if (waiter->number == 0 || waiter->number != frame->header.connection) {
            continue;
        }
        status =
            frame->header.type == FRAME_WMI_DONE ? frame->wmi.call.status : frame->status.status;
        if (status < 0 && waiter->operation == MGR_WAKE) {
            waiter->result = -EINVAL;
            (void)snprintf(waiter->reason, sizeof(waiter->reason),
                           "nobody waits for its wake-up signal: it is not armed");
        } else if (status < 0 && waiter->operation != MGR_LIST) {
            waiter->result = -EIO;
            (void)snprintf(waiter->reason, sizeof(waiter->reason), "%.200s: status 0x%08x",
                           root->entry.instance_id, (unsigned)status);
        } else if (frame->header.type == FRAME_WMI_DONE && waiter->operation == MGR_WMI &&
                   waiter->request != NULL) {
            tree->events->wmi(tree->owner, waiter->request, &frame->wmi.call);
        }
        (void)waiter_count_off(waiter, root);
        waiter_finish_if_answered(tree, waiter);
        return;
    }
}

/* The host's process is gone; what stood for it goes when nobody is inside it any more. */
static void
reap(void *argument)
{
    struct root *root = argument;

    mgr_device_delete(root->dead);
    root->dead = NULL;
    if (root->doomed) {
        struct mgr_tree *tree = root->tree;

        root_delete(root);
        tree_tell_busy(tree);
    } else if (root->again || (root->state == ROOT_WAITING && root->deaths <= 1)) {
        root->again = false;
        root_start(root);
    }
}

static void
restart_now(void *argument)
{
    struct root *root = argument;

    if (root->state == ROOT_WAITING) {
        root_start(root);
    }
}

/* Whether the policy gives it another chance. */
static bool
may_restart(struct root *root)
{
    uint64_t now = sys_now_ns();

    if (root->deaths == 0 || now - root->first_death_ns > MGR_RESTART_WINDOW_MS * MS) {
        root->deaths = 0;
        root->first_death_ns = now;
    }
    root->deaths++;
    return root->deaths <= MGR_RESTARTS_MAX && !root->tree->quitting;
}

static void
on_ended(void *owner, enum mgr_end how, const char *text, unsigned settled)
{
    struct root *root = owner;
    bool wanted = root->state == ROOT_STOPPING;
    char reason[MGR_TEXT_SIZE];

    (void)settled;
    (void)snprintf(reason, sizeof(reason), "%.250s", text);
    root->dead = root->device;
    root->device = NULL;
    root->telling = 0;
    root_free_nodes(root);
    ipc_timer_arm(root->tree->loop, &root->reaper, 0, reap, root);
    root_fail_actions(root, reason);
    if (how == MGR_END_CRASHED && !wanted && may_restart(root)) {
        root->state = ROOT_WAITING;
        root->tree->events->line(root->tree->owner, root->entry.instance_id,
                                 "its host died and is started again");
        if (root->deaths > 1) {
            ipc_timer_arm(root->tree->loop, &root->timer, sys_now_ns() + MGR_RESTART_DELAY_MS * MS,
                          restart_now, root);
        }
        tree_settled(root->tree);
        return;
    }
    root->state = ROOT_STOPPED;
    if (how == MGR_END_CRASHED && !wanted) {
        root->problem = CM_PROB_FAILED_POST_START;
    } else if (how == MGR_END_NOT_STARTED && root->problem == 0) {
        root->problem = CM_PROB_FAILED_START;
    } else if (wanted) {
        root->problem = 0;
    }
    (void)snprintf(root->problem_text, sizeof(root->problem_text), "%s", wanted ? "" : reason);
    root_event(root, -EIO, reason);
    tree_tell_busy(root->tree);
}

static const struct mgr_device_events device_events = {
    .started = on_started,
    .named = on_named,
    .opened = on_opened,
    .closed = on_closed,
    .line = on_line,
    .ended = on_ended,
    .tree = on_tree,
};

/* Starts the host; when that fails, whoever waits is told. */
void
root_start(struct root *root)
{
    struct mgr_device_config config = {
        .from_registry = true,
        .store = root->tree->store,
        .id = root->entry.instance_id,
        .events = &device_events,
        .owner = root,
    };
    struct mgr_package package;
    struct mgr_error error;
    int result;

    if (root->dead != NULL) {
        root->again = true; /* Its name is taken until the last one is buried. */
        return;
    }
    if (!tree_is_awake(root->tree)) {
        root->state = ROOT_WAITING;
        root->when_awake = true;
        tree_tell_busy(root->tree);
        return;
    }
    result = mgr_store_package_of(root->tree->store, root->entry.instance_id, &package, &error);
    root->problem = result != 0 ? CM_PROB_FAILED_INSTALL : 0;
    config.package = &package;
    if (result == 0) {
        root->state = ROOT_STARTING;
        result = mgr_device_start(root->tree->loop, &config, &root->device, &error);
        root->problem = result != 0 ? CM_PROB_FAILED_START : 0;
    }
    if (result != 0) {
        root->state = ROOT_STOPPED;
        root->device = NULL;
        (void)snprintf(root->problem_text, sizeof(root->problem_text), "%.250s", error.text);
        root_event(root, result, root->problem_text);
    }
    tree_tell_busy(root->tree);
}

void
root_stop(struct root *root)
{
    ipc_timer_disarm(&root->timer);
    if (root->device != NULL) {
        root->state = ROOT_STOPPING;
        mgr_device_remove(root->device);
    } else {
        root->again = false;
        root->state = ROOT_STOPPED;
        root_event(root, 0, "");
        tree_tell_busy(root->tree);
    }
}

void
root_delete(struct root *root)
{
    struct list *link;
    struct list *next;

    root_fail_actions(root, "the device is gone");
    list_for_each_safe(link, next, &root->tree->waiters)
    {
        struct waiter *waiter = container_of(link, struct waiter, link);

        if (waiter->root == root) {
            waiter_finish(root->tree, waiter, -ENOENT, "the device is gone");
        }
    }
    ipc_timer_disarm(&root->timer);
    ipc_timer_disarm(&root->reaper);
    mgr_device_delete(root->device);
    mgr_device_delete(root->dead);
    root_free_nodes(root);
    list_remove(&root->link);
    sys_free(root);
}

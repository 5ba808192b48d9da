/* SPDX-License-Identifier: MIT */
/* What people ask for: of one device, of one host, of all of them. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "manager/mgr_tree_priv.h"

/* Something for a host to do: a waiter with a number. NULL: it is answered already. */
static struct waiter *
wait_for_host(struct mgr_tree *tree, struct root *root, const char *id,
              enum mgr_operation operation, void *request)
{
    struct waiter *waiter;

    if (root == NULL || root->device == NULL) {
        tree_answer(tree, request, -ENOENT, "%.200s: %s", id,
                    root == NULL ? "there is no such device" : "it does not run");
        return NULL;
    }
    waiter = waiter_create(tree, root, operation, request);
    if (waiter != NULL) {
        waiter->number = ++tree->last_number;
        if (!waiter_count_on(waiter, root)) {
            waiter_finish(tree, waiter, -ENOMEM, "out of memory");
            return NULL;
        }
    }
    return waiter;
}

static void
ask_host(struct mgr_tree *tree, struct root *root, enum frame_action_code action, uint32_t argument,
         const char *id, enum mgr_operation operation, void *request)
{
    struct waiter *waiter = wait_for_host(tree, root, id, operation, request);
    int result;

    if (waiter == NULL) {
        return;
    }
    result = mgr_device_action(root->device, waiter->number, action, argument, id);
    if (result != 0) {
        waiter_finish(tree, waiter, result, "its host does not listen");
    }
}

static bool
action_of(enum mgr_operation operation, enum frame_action_code *ret_action)
{
    switch (operation) {
    case MGR_ENABLE:
    case MGR_START:
        *ret_action = FRAME_ACTION_ENABLE;
        return true;
    case MGR_DISABLE:
        *ret_action = FRAME_ACTION_DISABLE;
        return true;
    case MGR_STOP:
    case MGR_REMOVE:
        *ret_action = FRAME_ACTION_REMOVE;
        return true;
    case MGR_EJECT:
        *ret_action = FRAME_ACTION_EJECT;
        return true;
    case MGR_UNPLUG:
        *ret_action = FRAME_ACTION_UNPLUG;
        return true;
    case MGR_RESTART:
        *ret_action = FRAME_ACTION_RESTART;
        return true;
    case MGR_RESCAN:
        *ret_action = FRAME_ACTION_RESCAN;
        return true;
    case MGR_WAKE:
        *ret_action = FRAME_ACTION_WAKE;
        return true;
    default:
        return false;
    }
}

/* A device below a root device: its host does it; what has to last is in the registry. */
static void
ask_child(struct mgr_tree *tree, enum mgr_operation operation, const char *id, void *request)
{
    enum frame_action_code action;

    if (!action_of(operation, &action)) {
        tree_answer(tree, request, -EINVAL, "that cannot be asked for a device");
        return;
    }
    if (operation == MGR_ENABLE || operation == MGR_DISABLE) {
        (void)mgr_store_set_disabled(tree->store, id, operation == MGR_DISABLE);
    }
    ask_host(tree, tree_root_of(tree, id), action, 0, id, operation, request);
}

static void
begin_start(struct root *root, enum mgr_operation operation, void *request)
{
    struct mgr_tree *tree = root->tree;

    if (root->entry.disabled) {
        tree_answer(tree, request, -EPERM, "it is disabled; wdf enable starts it");
    } else if (root->state == ROOT_STARTED) {
        tree_answer(tree, request, 0, "%s", "");
    } else if (waiter_create(tree, root, operation, request) != NULL) {
        root->deaths = 0;
        if (root->state == ROOT_STOPPED || root->state == ROOT_WAITING) {
            ipc_timer_disarm(&root->timer);
            root_start(root);
        }
    }
}

static void
begin_stop(struct root *root, enum mgr_operation operation, void *request)
{
    struct mgr_tree *tree = root->tree;

    if (root->state == ROOT_STOPPED) {
        tree_answer(tree, request, 0, "%s", "");
    } else if (waiter_create(tree, root, operation, request) != NULL &&
               root->state != ROOT_STOPPING) {
        root_stop(root);
    }
}

static void
ask_root(struct root *root, enum mgr_operation operation, void *request)
{
    struct mgr_tree *tree = root->tree;
    const char *id = root->entry.instance_id;
    enum frame_action_code action;

    switch (operation) {
    case MGR_START:
        begin_start(root, operation, request);
        break;
    case MGR_STOP:
        begin_stop(root, operation, request);
        break;
    case MGR_ENABLE:
        (void)mgr_store_set_disabled(tree->store, id, false);
        root->entry.disabled = false;
        begin_start(root, operation, request);
        break;
    case MGR_DISABLE:
        (void)mgr_store_set_disabled(tree->store, id, true);
        root->entry.disabled = true;
        begin_stop(root, operation, request);
        break;
    case MGR_REMOVE: {
        struct mgr_error error;
        int result = mgr_store_remove_device(tree->store, id, &error);

        if (result != 0) {
            tree_answer(tree, request, result, "%.250s", error.text);
        } else {
            begin_stop(root, operation, request);
        }
        break;
    }
    default:
        if (!action_of(operation, &action)) {
            tree_answer(tree, request, -EINVAL, "that cannot be asked for a device");
        } else {
            ask_host(tree, root, action, 0, id, operation, request);
        }
        break;
    }
}

void
waiter_ask_all(struct mgr_tree *tree, struct waiter *waiter, enum frame_action_code action,
               uint32_t argument)
{
    struct list *link;

    waiter->number = ++tree->last_number;
    list_for_each(link, &tree->roots)
    {
        struct root *root = container_of(link, struct root, link);

        if ((root->state == ROOT_STARTED ||
             (root->state == ROOT_STARTING && action == FRAME_ACTION_RECONFIGURE)) &&
            waiter_count_on(waiter, root) &&
            mgr_device_action(root->device, waiter->number, action, argument, "") != 0) {
            (void)waiter_count_off(waiter, root);
        }
    }
    waiter_finish_if_answered(tree, waiter);
}

void
tree_reconfigure(struct mgr_tree *tree, void *request)
{
    struct waiter *waiter = waiter_create(tree, NULL, MGR_REFRESH, request);

    if (waiter != NULL) {
        waiter_ask_all(tree, waiter, FRAME_ACTION_RECONFIGURE, 0);
    }
}

static void
refresh(struct mgr_tree *tree, void *request)
{
    int result;

    if (!tree_is_awake(tree)) {
        tree->system.refresh = true;
        tree_answer(tree, request, -EBUSY, "the system sleeps: it takes effect when that ends");
        return;
    }
    result = tree_refresh(tree, true);
    if (result == 0) {
        tree_reconfigure(tree, request);
    } else {
        tree_answer(tree, request, result, "%s", strerror(-result));
    }
}

/* What a system that sleeps cannot be asked for. */
static bool
needs_awake(enum mgr_operation operation)
{
    return operation == MGR_START || operation == MGR_RESTART || operation == MGR_ENABLE ||
           operation == MGR_EJECT || operation == MGR_RESCAN;
}

static void
quit(struct mgr_tree *tree)
{
    struct list *link;

    tree->quitting = true;
    list_for_each(link, &tree->roots)
    {
        struct root *root = container_of(link, struct root, link);

        if (root->state != ROOT_STOPPED && root->state != ROOT_STOPPING) {
            root_stop(root);
        }
    }
}

void
mgr_tree_ask(struct mgr_tree *tree, enum mgr_operation operation, const char *device,
             uint32_t argument, void *request)
{
    struct root *root;

    switch (operation) {
    case MGR_SLEEP:
        tree_sleep(tree, argument, request);
        return;
    case MGR_RESUME:
        tree_resume(tree, request);
        return;
    case MGR_QUIT:
        quit(tree);
        tree_answer(tree, request, 0, "%s", "");
        return;
    case MGR_REFRESH:
        refresh(tree, request);
        return;
    case MGR_LIST:
        tree_list_fresh(tree, request);
        return;
    default:
        break;
    }
    if (needs_awake(operation) && !tree_is_awake(tree)) {
        tree_answer(tree, request, -EBUSY, "the system sleeps; wdf resume wakes it");
        return;
    }
    (void)tree_refresh(tree, false);
    root = tree_find_root(tree, device);
    if (root != NULL) {
        ask_root(root, operation, request);
    } else {
        ask_child(tree, operation, device, request);
    }
}

void
mgr_tree_wmi(struct mgr_tree *tree, const char *device, const struct frame_wmi_call *call,
             void *request)
{
    struct root *root;
    struct waiter *waiter;
    int result;

    (void)tree_refresh(tree, false);
    root = tree_find_root(tree, device);
    root = root != NULL ? root : tree_root_of(tree, device);
    waiter = wait_for_host(tree, root, device, MGR_WMI, request);
    if (waiter == NULL) {
        return;
    }
    result = mgr_device_wmi(root->device, waiter->number, call, device);
    if (result != 0) {
        waiter_finish(tree, waiter, result, "its host does not listen");
    }
}

/* SPDX-License-Identifier: MIT */
/* The device tree over all hosts: see mgr_tree.h. */
#include "manager/mgr_tree.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/list.h"
#include "manager/mgr_device.h"
#include "sys/clock.h"
#include "sys/memory.h"

#define MS                        UINT64_C(1000000)
#define CM_PROB_FAILED_START      10u
#define CM_PROB_WILL_BE_REMOVED   21u
#define CM_PROB_DISABLED          22u
#define CM_PROB_FAILED_INSTALL    28u
#define CM_PROB_FAILED_POST_START 43u
#define STATUS_WAITS              0x103u

/* A device as its host reports it. */
struct node {
    struct list link;
    struct frame_devnode said;
};

enum root_state {
    ROOT_STOPPED,
    ROOT_STARTING,
    ROOT_STARTED,
    ROOT_STOPPING,
    ROOT_WAITING, /* For its restart. */
};

/* An installed device of the root bus. */
struct root {
    struct list link;
    struct mgr_tree *tree;
    struct mgr_device_entry entry;
    enum root_state state;
    struct mgr_device *device; /* NULL: no host. */
    struct list nodes;         /* Of its host, the device itself among them. */
    uint32_t problem;
    char problem_text[MGR_TEXT_SIZE];
    unsigned deaths;
    uint64_t first_death_ns;
    struct ipc_timer timer;
    struct ipc_timer reaper; /* Deletes a device whose host has ended, outside of its own events. */
    struct mgr_device *dead;
    bool listed; /* Still in the store, in a refresh. */
    bool again; /* To be started again when it is down: it has another driver, or somebody asked. */
    bool doomed; /* Not in the store any more: it goes when it is down. */
};

/* A host that has to answer. */
struct asked {
    struct list link;
    struct root *root;
};

/* A request that waits for a device. */
struct waiter {
    struct list link;
    void *request;
    struct root *root; /* NULL: for a host's ACTION_DONE alone. */
    enum mgr_operation operation;
    uint32_t number;   /* Of the actions it has asked hosts for; 0: none. */
    struct list asked; /* Of struct asked: hosts that have not answered yet. */
    int result;
    char reason[MGR_TEXT_SIZE];
};

struct mgr_tree {
    struct ipc_loop *loop;
    struct mgr_store *store;
    const struct mgr_tree_events *events;
    void *owner;
    struct list roots;
    struct list waiters;
    uint32_t last_number;
    bool busy;
    bool quitting;
};

static void start_root(struct root *root);
static void delete_root(struct root *root);

/* ---- Requests ---- */

static void
finish(struct mgr_tree *tree, struct waiter *waiter, int result, const char *reason)
{
    void *request = waiter->request;
    struct list *link;

    list_remove(&waiter->link);
    while ((link = list_pop_front(&waiter->asked)) != NULL) {
        sys_free(container_of(link, struct asked, link));
    }
    if (request != NULL) {
        tree->events->done(tree->owner, request, result, reason);
    }
    sys_free(waiter); /* The reason may be its own. */
}

static void answer(struct mgr_tree *tree, void *request, int result, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

static void
answer(struct mgr_tree *tree, void *request, int result, const char *format, ...)
{
    char text[MGR_TEXT_SIZE];
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    tree->events->done(tree->owner, request, result, text);
}

static struct waiter *
wait_for(struct mgr_tree *tree, struct root *root, enum mgr_operation operation, void *request)
{
    struct waiter *waiter = sys_alloc_zeroed(sizeof(*waiter));

    if (waiter == NULL) {
        answer(tree, request, -ENOMEM, "out of memory");
        return NULL;
    }
    waiter->request = request;
    waiter->root = root;
    waiter->operation = operation;
    list_init(&waiter->asked);
    list_push_back(&tree->waiters, &waiter->link);
    return waiter;
}

/* The waiter counts on an answer from that host. False: no memory. */
static bool
count_on(struct waiter *waiter, struct root *root)
{
    struct asked *asked = sys_alloc_zeroed(sizeof(*asked));

    if (asked == NULL) {
        return false;
    }
    asked->root = root;
    list_push_back(&waiter->asked, &asked->link);
    return true;
}

/* It does not any more. False: it did not. */
static bool
count_off(struct waiter *waiter, const struct root *root)
{
    struct list *link;

    list_for_each(link, &waiter->asked)
    {
        struct asked *asked = container_of(link, struct asked, link);

        if (asked->root == root) {
            list_remove(link);
            sys_free(asked);
            return true;
        }
    }
    return false;
}

static void
finish_if_all_answered(struct mgr_tree *tree, struct waiter *waiter)
{
    if (list_empty(&waiter->asked)) {
        finish(tree, waiter, waiter->result, waiter->result == 0 ? "" : waiter->reason);
    }
}

void
mgr_tree_forget(struct mgr_tree *tree, void *request)
{
    struct list *link;

    list_for_each(link, &tree->waiters)
    {
        struct waiter *waiter = container_of(link, struct waiter, link);

        if (waiter->request == request) {
            waiter->request = NULL; /* What it asked for goes on. */
        }
    }
}

/* Whether the tree runs anything: the manager may end when it does not. */
static void
tell_busy(struct mgr_tree *tree)
{
    struct list *link;
    bool busy = false;

    list_for_each(link, &tree->roots)
    {
        busy = busy || container_of(link, struct root, link)->state != ROOT_STOPPED;
    }
    if (busy != tree->busy) {
        tree->busy = busy;
        tree->events->busy(tree->owner, busy);
    }
}

/* ---- Nodes ---- */

static struct node *
find_node(struct root *root, const char *id)
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

static void
free_nodes(struct root *root)
{
    struct list *link;

    while ((link = list_pop_front(&root->nodes)) != NULL) {
        sys_free(container_of(link, struct node, link));
    }
}

static struct root *
find_root(struct mgr_tree *tree, const char *id)
{
    struct list *link;

    list_for_each(link, &tree->roots)
    {
        struct root *root = container_of(link, struct root, link);

        if (strcasecmp(root->entry.instance_id, id) == 0) {
            return root;
        }
    }
    return NULL;
}

/* The root device in whose host a device is. */
static struct root *
root_of(struct mgr_tree *tree, const char *id)
{
    struct list *link;

    list_for_each(link, &tree->roots)
    {
        struct root *root = container_of(link, struct root, link);

        if (find_node(root, id) != NULL) {
            return root;
        }
    }
    return NULL;
}

static void
on_devnode(struct root *root, const struct frame_devnode *said)
{
    struct node *node = find_node(root, said->text[FRAME_DEVNODE_ID]);
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

/* ---- Hosts ---- */

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
            finish(tree, waiter, for_start ? result : 0, for_start ? reason : "");
        }
    }
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
        on_devnode(root, &frame->devnode);
        return;
    }
    list_for_each_safe(link, next, &tree->waiters)
    {
        struct waiter *waiter = container_of(link, struct waiter, link);

        if (waiter->number == 0 || waiter->number != frame->header.connection) {
            continue;
        }
        status =
            frame->header.type == FRAME_WMI_DONE ? frame->wmi.call.status : frame->status.status;
        if (status < 0) {
            waiter->result = -EIO;
            (void)snprintf(waiter->reason, sizeof(waiter->reason), "%.200s: status 0x%08x",
                           root->entry.instance_id, (unsigned)status);
        } else if (frame->header.type == FRAME_WMI_DONE && waiter->operation == MGR_WMI &&
                   waiter->request != NULL) {
            tree->events->wmi(tree->owner, waiter->request, &frame->wmi.call);
        }
        (void)count_off(waiter, root);
        finish_if_all_answered(tree, waiter);
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

        delete_root(root);
        tell_busy(tree);
    } else if (root->again || (root->state == ROOT_WAITING && root->deaths <= 1)) {
        root->again = false;
        start_root(root);
    }
}

static void
restart_now(void *argument)
{
    struct root *root = argument;

    if (root->state == ROOT_WAITING) {
        start_root(root);
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

/* Requests whose host died before it could answer. */
static void
fail_actions(struct root *root, const char *text)
{
    struct list *link;
    struct list *next;

    list_for_each_safe(link, next, &root->tree->waiters)
    {
        struct waiter *waiter = container_of(link, struct waiter, link);

        if (count_off(waiter, root)) {
            waiter->result = -EPIPE;
            (void)snprintf(waiter->reason, sizeof(waiter->reason), "%s", text);
            finish_if_all_answered(root->tree, waiter);
        }
    }
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
    free_nodes(root);
    ipc_timer_arm(root->tree->loop, &root->reaper, 0, reap, root);
    fail_actions(root, reason);
    if (how == MGR_END_CRASHED && !wanted && may_restart(root)) {
        root->state = ROOT_WAITING;
        root->tree->events->line(root->tree->owner, root->entry.instance_id,
                                 "its host died and is started again");
        if (root->deaths > 1) {
            ipc_timer_arm(root->tree->loop, &root->timer, sys_now_ns() + MGR_RESTART_DELAY_MS * MS,
                          restart_now, root);
        }
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
    tell_busy(root->tree);
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
static void
start_root(struct root *root)
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
    tell_busy(root->tree);
}

static void
stop_root(struct root *root)
{
    ipc_timer_disarm(&root->timer);
    if (root->device != NULL) {
        root->state = ROOT_STOPPING;
        mgr_device_remove(root->device);
    } else {
        root->again = false;
        root->state = ROOT_STOPPED;
        root_event(root, 0, "");
        tell_busy(root->tree);
    }
}

static void
delete_root(struct root *root)
{
    struct list *link;
    struct list *next;

    fail_actions(root, "the device is gone");
    list_for_each_safe(link, next, &root->tree->waiters)
    {
        struct waiter *waiter = container_of(link, struct waiter, link);

        if (waiter->root == root) {
            finish(root->tree, waiter, -ENOENT, "the device is gone");
        }
    }
    ipc_timer_disarm(&root->timer);
    ipc_timer_disarm(&root->reaper);
    mgr_device_delete(root->device);
    mgr_device_delete(root->dead);
    free_nodes(root);
    list_remove(&root->link);
    sys_free(root);
}

/* ---- What the store has ---- */

static int
see_entry(void *argument, const struct mgr_device_entry *entry)
{
    struct mgr_tree *tree = argument;
    struct root *root = find_root(tree, entry->instance_id);

    if (root == NULL) {
        root = sys_alloc_zeroed(sizeof(*root));
        if (root == NULL) {
            return -ENOMEM;
        }
        root->tree = tree;
        root->state = ROOT_STOPPED;
        list_init(&root->nodes);
        list_push_back(&tree->roots, &root->link);
    } else if (strcasecmp(root->entry.service, entry->service) != 0 && root->device != NULL) {
        root->again = true; /* Another driver. */
        if (root->state != ROOT_STOPPING) {
            stop_root(root);
        }
    }
    root->entry = *entry;
    root->listed = true;
    return 0;
}

/* Compares with the store; starts what is not disabled and does not run. */
static int
refresh(struct mgr_tree *tree, bool start)
{
    struct list *link;
    struct list *next;
    int result;

    list_for_each(link, &tree->roots)
    {
        container_of(link, struct root, link)->listed = false;
    }
    result = mgr_store_for_each_root(tree->store, see_entry, tree);
    list_for_each_safe(link, next, &tree->roots)
    {
        struct root *root = container_of(link, struct root, link);

        if (!root->listed && result == 0) {
            root->doomed = true;
            root->again = false;
            if (root->device == NULL && root->dead == NULL) {
                delete_root(root);
            } else if (root->device != NULL && root->state != ROOT_STOPPING) {
                stop_root(root);
            }
        } else if (start && root->state == ROOT_STOPPED && !root->entry.disabled &&
                   root->entry.service[0] != '\0' && root->problem == 0) {
            start_root(root);
        }
    }
    tell_busy(tree);
    return result;
}

/* ---- Actions ---- */

/* Something for a host to do: a waiter with a number. NULL: it is answered already. */
static struct waiter *
wait_for_host(struct mgr_tree *tree, struct root *root, const char *id,
              enum mgr_operation operation, void *request)
{
    struct waiter *waiter;

    if (root == NULL || root->device == NULL) {
        answer(tree, request, -ENOENT, "%.200s: %s", id,
               root == NULL ? "there is no such device" : "it does not run");
        return NULL;
    }
    waiter = wait_for(tree, root, operation, request);
    if (waiter != NULL) {
        waiter->number = ++tree->last_number;
        if (!count_on(waiter, root)) {
            finish(tree, waiter, -ENOMEM, "out of memory");
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
        finish(tree, waiter, result, "its host does not listen");
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
        answer(tree, request, -EINVAL, "that cannot be asked for a device");
        return;
    }
    if (operation == MGR_ENABLE || operation == MGR_DISABLE) {
        (void)mgr_store_set_disabled(tree->store, id, operation == MGR_DISABLE);
    }
    ask_host(tree, root_of(tree, id), action, 0, id, operation, request);
}

static void
begin_start(struct root *root, enum mgr_operation operation, void *request)
{
    struct mgr_tree *tree = root->tree;

    if (root->entry.disabled) {
        answer(tree, request, -EPERM, "it is disabled; wdf enable starts it");
    } else if (root->state == ROOT_STARTED) {
        answer(tree, request, 0, "%s", "");
    } else if (wait_for(tree, root, operation, request) != NULL) {
        root->deaths = 0;
        if (root->state == ROOT_STOPPED || root->state == ROOT_WAITING) {
            ipc_timer_disarm(&root->timer);
            start_root(root);
        }
    }
}

static void
begin_stop(struct root *root, enum mgr_operation operation, void *request)
{
    struct mgr_tree *tree = root->tree;

    if (root->state == ROOT_STOPPED) {
        answer(tree, request, 0, "%s", "");
    } else if (wait_for(tree, root, operation, request) != NULL && root->state != ROOT_STOPPING) {
        stop_root(root);
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
            answer(tree, request, result, "%.250s", error.text);
        } else {
            begin_stop(root, operation, request);
        }
        break;
    }
    default:
        if (!action_of(operation, &action)) {
            answer(tree, request, -EINVAL, "that cannot be asked for a device");
        } else {
            ask_host(tree, root, action, 0, id, operation, request);
        }
        break;
    }
}

/* Every host does it; done when the last has. */
static void
ask_all(struct mgr_tree *tree, enum mgr_operation operation, enum frame_action_code action,
        uint32_t argument, void *request)
{
    struct waiter *waiter = wait_for(tree, NULL, operation, request);
    struct list *link;

    if (waiter == NULL) {
        return;
    }
    waiter->number = ++tree->last_number;
    list_for_each(link, &tree->roots)
    {
        struct root *root = container_of(link, struct root, link);

        if ((root->state == ROOT_STARTED ||
             (root->state == ROOT_STARTING && action == FRAME_ACTION_RECONFIGURE)) &&
            count_on(waiter, root) &&
            mgr_device_action(root->device, waiter->number, action, argument, "") != 0) {
            (void)count_off(waiter, root);
        }
    }
    finish_if_all_answered(tree, waiter);
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
            stop_root(root);
        }
    }
}

void
mgr_tree_ask(struct mgr_tree *tree, enum mgr_operation operation, const char *device,
             uint32_t argument, void *request)
{
    struct root *root;
    int result;

    switch (operation) {
    case MGR_SLEEP:
        ask_all(tree, operation, FRAME_ACTION_SLEEP, argument, request);
        return;
    case MGR_RESUME:
        ask_all(tree, operation, FRAME_ACTION_RESUME, 0, request);
        return;
    case MGR_QUIT:
        quit(tree);
        answer(tree, request, 0, "%s", "");
        return;
    case MGR_REFRESH:
        result = refresh(tree, true);
        if (result == 0) {
            ask_all(tree, operation, FRAME_ACTION_RECONFIGURE, 0, request);
        } else {
            answer(tree, request, result, "%s", strerror(-result));
        }
        return;
    case MGR_LIST:
        result = refresh(tree, false);
        answer(tree, request, result, "%s", result == 0 ? "" : strerror(-result));
        return;
    default:
        break;
    }
    (void)refresh(tree, false);
    root = find_root(tree, device);
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

    (void)refresh(tree, false);
    root = find_root(tree, device);
    root = root != NULL ? root : root_of(tree, device);
    waiter = wait_for_host(tree, root, device, MGR_WMI, request);
    if (waiter == NULL) {
        return;
    }
    result = mgr_device_wmi(root->device, waiter->number, call, device);
    if (result != 0) {
        finish(tree, waiter, result, "its host does not listen");
    }
}

/* ---- Listing ---- */

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

static void
list_root(struct root *root, void (*fn)(void *argument, const struct mgr_reply *device),
          void *argument)
{
    struct node *own = find_node(root, root->entry.instance_id);
    struct mgr_reply reply = {.kind = MGR_REPLY_DEVICE, .problem = root->problem};
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
                                   .power = said->power};
        reply.flags = (said->flags & FRAME_DEVNODE_STARTED) != 0 ? MGR_DEVICE_STARTED : 0;
        reply.flags |= (said->flags & FRAME_DEVNODE_HIDDEN) != 0 ? MGR_DEVICE_HIDDEN : 0;
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
        list_root(container_of(link, struct root, link), fn, argument);
    }
}

/* ---- Life ---- */

int
mgr_tree_create(struct ipc_loop *loop, struct mgr_store *store,
                const struct mgr_tree_events *events, void *owner, struct mgr_tree **ret_tree)
{
    struct mgr_tree *tree = sys_alloc_zeroed(sizeof(*tree));

    if (tree == NULL) {
        return -ENOMEM;
    }
    tree->loop = loop;
    tree->store = store;
    tree->events = events;
    tree->owner = owner;
    list_init(&tree->roots);
    list_init(&tree->waiters);
    *ret_tree = tree;
    return 0;
}

void
mgr_tree_delete(struct mgr_tree *tree)
{
    if (tree == NULL) {
        return;
    }
    while (!list_empty(&tree->roots)) {
        delete_root(container_of(tree->roots.next, struct root, link));
    }
    while (!list_empty(&tree->waiters)) {
        finish(tree, container_of(tree->waiters.next, struct waiter, link), -ECANCELED,
               "the manager ends");
    }
    sys_free(tree);
}

/* SPDX-License-Identifier: MIT */
/* The device tree over all hosts: see mgr_tree.h. Here it is compared with what the store has. */
#include <errno.h>
#include <strings.h>

#include "manager/mgr_tree_priv.h"
#include "sys/memory.h"

/* Whether the tree runs anything: the manager may end when it does not. */
void
tree_tell_busy(struct mgr_tree *tree)
{
    struct list *link;
    bool busy = !tree_is_awake(tree) && !tree->quitting; /* It remembers the sleep. */

    list_for_each(link, &tree->roots)
    {
        busy = busy || container_of(link, struct root, link)->state != ROOT_STOPPED;
    }
    if (busy != tree->busy) {
        tree->busy = busy;
        tree->events->busy(tree->owner, busy);
    }
}

struct root *
tree_find_root(struct mgr_tree *tree, const char *id)
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
struct root *
tree_root_of(struct mgr_tree *tree, const char *id)
{
    struct list *link;

    list_for_each(link, &tree->roots)
    {
        struct root *root = container_of(link, struct root, link);

        if (root_find_node(root, id) != NULL) {
            return root;
        }
    }
    return NULL;
}

static int
see_entry(void *argument, const struct mgr_device_entry *entry)
{
    struct mgr_tree *tree = argument;
    struct root *root = tree_find_root(tree, entry->instance_id);

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
            root_stop(root);
        }
    }
    root->entry = *entry;
    root->listed = true;
    return 0;
}

/* Compares with the store; starts what is not disabled and does not run. */
int
tree_refresh(struct mgr_tree *tree, bool start)
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
                root_delete(root);
            } else if (root->device != NULL && root->state != ROOT_STOPPING) {
                root_stop(root);
            }
        } else if (start && root->state == ROOT_STOPPED && !root->entry.disabled &&
                   root->entry.service[0] != '\0' && root->problem == 0) {
            root_start(root);
        }
    }
    tree_tell_busy(tree);
    return result;
}

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
    ipc_timer_disarm(&tree->system.step);
    while (!list_empty(&tree->roots)) {
        root_delete(container_of(tree->roots.next, struct root, link));
    }
    while (!list_empty(&tree->waiters)) {
        waiter_finish(tree, container_of(tree->waiters.next, struct waiter, link), -ECANCELED,
                      "the manager ends");
    }
    sys_free(tree);
}

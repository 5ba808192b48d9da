/* SPDX-License-Identifier: MIT */
/* Requests that wait for a device or for answers of hosts. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "manager/mgr_tree_priv.h"
#include "sys/memory.h"

void
waiter_finish(struct mgr_tree *tree, struct waiter *waiter, int result, const char *reason)
{
    void *request = waiter->request;
    struct list *link;

    ipc_timer_disarm(&waiter->deadline);
    list_remove(&waiter->link);
    while ((link = list_pop_front(&waiter->asked)) != NULL) {
        sys_free(container_of(link, struct asked, link));
    }
    if (request != NULL) {
        tree->events->done(tree->owner, request, result, reason);
    }
    sys_free(waiter); /* The reason may be its own. */
}

void
tree_answer(struct mgr_tree *tree, void *request, int result, const char *format, ...)
{
    char text[MGR_TEXT_SIZE];
    va_list arguments;

    if (request == NULL) {
        return;
    }
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    tree->events->done(tree->owner, request, result, text);
}

struct waiter *
waiter_create(struct mgr_tree *tree, struct root *root, enum mgr_operation operation, void *request)
{
    struct waiter *waiter = sys_alloc_zeroed(sizeof(*waiter));

    if (waiter == NULL) {
        tree_answer(tree, request, -ENOMEM, "out of memory");
        return NULL;
    }
    waiter->tree = tree;
    waiter->request = request;
    waiter->root = root;
    waiter->operation = operation;
    list_init(&waiter->asked);
    list_push_back(&tree->waiters, &waiter->link);
    return waiter;
}

/* The waiter counts on an answer from that host. False: no memory. */
bool
waiter_count_on(struct waiter *waiter, struct root *root)
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
bool
waiter_count_off(struct waiter *waiter, const struct root *root)
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

void
waiter_finish_if_answered(struct mgr_tree *tree, struct waiter *waiter)
{
    if (list_empty(&waiter->asked) && waiter->of_system) {
        tree_system_answered(tree, waiter);
    } else if (list_empty(&waiter->asked)) {
        waiter_finish(tree, waiter, waiter->result, waiter->result == 0 ? "" : waiter->reason);
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

/* Requests whose host died before it could answer. */
void
root_fail_actions(struct root *root, const char *text)
{
    struct list *link;
    struct list *next;

    list_for_each_safe(link, next, &root->tree->waiters)
    {
        struct waiter *waiter = container_of(link, struct waiter, link);

        if (waiter_count_off(waiter, root)) {
            if (waiter->operation != MGR_LIST) {
                waiter->result = -EPIPE;
                (void)snprintf(waiter->reason, sizeof(waiter->reason), "%s", text);
            }
            waiter_finish_if_answered(root->tree, waiter);
        }
    }
}

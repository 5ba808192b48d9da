/* SPDX-License-Identifier: MIT */
/*
 * The sleep of the system and its end, over all hosts. All are asked before any goes down; when one refuses, all stay. A host's
 * devices know their own order; devices of different hosts do not depend on each other. A wake-up signal of
 * any device ends the sleep of all, and so does a person.
 */
#include <errno.h>
#include <stdio.h>

#include "manager/mgr_tree_priv.h"

bool
tree_is_awake(const struct mgr_tree *tree)
{
    return tree->system.state == SYSTEM_AWAKE || tree->system.state == SYSTEM_SETTLING;
}

uint32_t
tree_system_power(const struct mgr_tree *tree)
{
    return tree->system.state == SYSTEM_FALLING || tree->system.state == SYSTEM_ASLEEP
               ? tree->system.target
               : 1;
}

static void
go(struct mgr_tree *tree, enum system_state state, enum frame_action_code action, uint32_t argument)
{
    struct waiter *mover = tree->system.mover;

    tree->system.state = state;
    mover->number = 0;
    if (state != SYSTEM_STAYING) {
        mover->result = 0;
    }
    waiter_ask_all(tree, mover, action, argument);
}

static void
end_move(struct mgr_tree *tree, int result, const char *reason)
{
    struct waiter *mover = tree->system.mover;

    tree->system.mover = NULL;
    waiter_finish(tree, mover, result, reason);
}

/* Those that had to wait, and what was installed meanwhile. */
static void
start_waiting(struct mgr_tree *tree)
{
    struct list *link;

    list_for_each(link, &tree->roots)
    {
        struct root *root = container_of(link, struct root, link);

        if (root->when_awake) {
            root->when_awake = false;
            if (root->state == ROOT_WAITING) {
                root_start(root);
            }
        }
    }
    if (tree->system.refresh) {
        tree->system.refresh = false;
        if (tree_refresh(tree, true) == 0) {
            tree_reconfigure(tree, NULL);
        }
    }
}

static void
be_awake(struct mgr_tree *tree)
{
    struct list *link;
    struct list *next;

    tree->system.state = SYSTEM_AWAKE;
    tree->system.woken = false;
    list_for_each_safe(link, next, &tree->waiters)
    {
        struct waiter *waiter = container_of(link, struct waiter, link);

        if (waiter->operation == MGR_RESUME) {
            waiter_finish(tree, waiter, 0, "");
        }
    }
    start_waiting(tree);
    tree_tell_busy(tree);
}

static void
rise(struct mgr_tree *tree)
{
    struct waiter *mover = waiter_create(tree, NULL, MGR_SLEEP, NULL);

    if (mover == NULL) {
        return; /* The next signal finds more memory. */
    }
    mover->of_system = true;
    tree->system.mover = mover;
    go(tree, SYSTEM_RISING, FRAME_ACTION_RESUME, 0);
}

static void
step(void *argument)
{
    struct mgr_tree *tree = argument;
    struct waiter *mover = tree->system.mover;
    char reason[MGR_TEXT_SIZE];

    switch (tree->system.state) {
    case SYSTEM_ASKING:
        if (mover->result == 0) {
            go(tree, SYSTEM_FALLING, FRAME_ACTION_SLEEP, tree->system.target);
        } else {
            go(tree, SYSTEM_STAYING, FRAME_ACTION_STAY, 0);
        }
        break;
    case SYSTEM_STAYING:
        (void)snprintf(reason, sizeof(reason), "%s", mover->reason);
        end_move(tree, mover->result, reason);
        be_awake(tree);
        break;
    case SYSTEM_FALLING:
        tree->system.state = SYSTEM_ASLEEP;
        end_move(tree, 0, ""); /* A host that died on the way sleeps too. */
        tree_tell_busy(tree);
        if (tree->system.woken) {
            rise(tree);
        }
        break;
    case SYSTEM_RISING:
        end_move(tree, 0, "");
        be_awake(tree);
        break;
    default:
        break;
    }
}

/* Not here and now: whoever noticed may be going through the list of waiters. */
void
tree_system_answered(struct mgr_tree *tree, struct waiter *waiter)
{
    (void)waiter;
    ipc_timer_arm(tree->loop, &tree->system.step, 0, step, tree);
}

void
tree_settled(struct mgr_tree *tree)
{
    struct list *link;

    if (tree->system.state != SYSTEM_SETTLING) {
        return;
    }
    list_for_each(link, &tree->roots)
    {
        const struct root *root = container_of(link, struct root, link);

        if (root->state == ROOT_STARTING || root->state == ROOT_STOPPING) {
            return;
        }
    }
    go(tree, SYSTEM_ASKING, FRAME_ACTION_ASK_SLEEP, tree->system.target);
}

void
tree_sleep(struct mgr_tree *tree, uint32_t target, void *request)
{
    if (tree->system.state != SYSTEM_AWAKE) {
        tree_answer(tree, request, -EBUSY, "%s",
                    tree->system.state == SYSTEM_ASLEEP ? "the system sleeps already"
                                                        : "the system goes to sleep or wakes");
        return;
    }
    tree->system.mover = waiter_create(tree, NULL, MGR_SLEEP, request);
    if (tree->system.mover != NULL) {
        tree->system.mover->of_system = true;
        tree->system.target = target;
        tree->system.state = SYSTEM_SETTLING;
        tree_settled(tree);
    }
}

void
tree_resume(struct mgr_tree *tree, void *request)
{
    if (tree->system.state == SYSTEM_AWAKE) {
        tree_answer(tree, request, 0, "%s", "");
    } else if (waiter_create(tree, NULL, MGR_RESUME, request) != NULL) {
        tree->system.woken = true;
        if (tree->system.state == SYSTEM_ASLEEP) {
            rise(tree);
        }
    }
}

void
tree_woken(struct root *root)
{
    struct mgr_tree *tree = root->tree;

    if (tree->system.state == SYSTEM_FALLING || tree->system.state == SYSTEM_ASLEEP) {
        tree->events->line(tree->owner, root->entry.instance_id, "it ends the system's sleep");
        tree->system.woken = true;
        if (tree->system.state == SYSTEM_ASLEEP) {
            rise(tree);
        }
    }
}

/* SPDX-License-Identifier: MIT */
/*
 * The queue of actions: one runs at a time, in order.
 *
 * Whoever asks for an action and finds nobody running runs it himself; the thread that runs goes on
 * until its own action is done, and hands what is left to a system worker. `running` is true from
 * the moment a thread begins to run until it hands over or finds the queue empty, both under the
 * lock; so no action is left behind.
 */
#include "nt/io/io.h"
#include "nt/pnp/pnp_priv.h"
#include "nt/pnp/resources.h"

static struct {
    struct sys_lock lock; /* Guards all of this, and the devnodes' asks. A leaf lock. */
    struct list actions;
    bool running;
    PKTHREAD runner; /* Who runs the action under way; NULL: none is. */
    bool hold;
    struct list held; /* What drivers asked for while it is true. */
    struct ex_work work;
} queue;

static void run_worker(struct ex_work *work);

void
pnp_queue_init(void)
{
    list_init(&queue.actions);
    list_init(&queue.held);
    queue.running = false;
    queue.runner = NULL;
    queue.hold = false;
    queue.work.run = run_worker;
}

static struct pnp_action *
take_locked(void)
{
    struct list *link = list_pop_front(&queue.actions);

    return link != NULL ? container_of(link, struct pnp_action, link) : NULL;
}

static void
set_runner(PKTHREAD thread)
{
    sys_lock_acquire(&queue.lock);
    queue.runner = thread;
    sys_lock_release(&queue.lock);
}

static void
run(struct pnp_action *action)
{
    KEVENT *done = action->done;

    set_runner(KeGetCurrentThread());
    action->run(action);
    pnp_work_run();
    set_runner(NULL);
    if (done != NULL) {
        KeSetEvent(done, IO_NO_INCREMENT, FALSE);
    }
}

/* Runs until the queue is empty, or until `own` is done. The caller has set `running`. */
static void
run_until(const struct pnp_action *own)
{
    bool hand_over = false;

    for (;;) {
        struct pnp_action *action;

        sys_lock_acquire(&queue.lock);
        action = hand_over ? NULL : take_locked();
        if (action == NULL) {
            hand_over = !list_empty(&queue.actions);
            queue.running = hand_over;
        }
        sys_lock_release(&queue.lock);
        if (action == NULL) {
            break;
        }
        run(action);
        hand_over = action == own;
    }
    if (hand_over) {
        ex_work_queue_insert(&queue.work);
    }
}

static void
run_worker(struct ex_work *work)
{
    run_until(NULL);
}

void
pnp_queue_run(struct pnp_action *action)
{
    KEVENT done;
    bool mine;

    KeInitializeEvent(&done, NotificationEvent, FALSE);
    action->done = &done;
    list_init(&action->link);
    sys_lock_acquire(&queue.lock);
    list_push_back(&queue.actions, &action->link);
    mine = !queue.running;
    queue.running = true;
    sys_lock_release(&queue.lock);
    if (mine) {
        run_until(action);
    } else {
        KeWaitForSingleObject(&done, Executive, KernelMode, FALSE, NULL);
    }
}

/* What drivers ask for ------------------------------------------------------------------------ */

static void
run_asked(struct pnp_action *action)
{
    struct pnp_devnode *devnode = container_of(action, struct pnp_devnode, asked);
    unsigned asks;

    sys_lock_acquire(&queue.lock);
    asks = devnode->asks;
    devnode->asks = 0;
    devnode->asked_queued = false;
    sys_lock_release(&queue.lock);
    if ((asks & PNP_ASK_CLOSED) != 0) {
        pnp_closed(devnode);
    }
    if ((asks & PNP_ASK_RENEW) != 0 && devnode->in_tree && !devnode->departed) {
        pnp_root_renew(devnode->pdo);
        pnp_enumerate(pnp_root);
    }
    if ((asks & PNP_ASK_STATE) != 0 && devnode->started) {
        pnp_query_state(devnode);
        if (devnode->failed) {
            pnp_surprise_remove(devnode);
        } else if (devnode->requirements_changed) {
            pnp_requirements_changed(devnode);
        }
    }
    if ((asks & PNP_ASK_RELATIONS) != 0 && devnode->started) {
        devnode->needs_enumerate = true;
        pnp_work_add(devnode);
    }
    if ((asks & PNP_ASK_POWER) != 0 && devnode->started) {
        pnp_free_relations(devnode->power_relations);
        (void)pnp_query_relations(devnode, PowerRelations, &devnode->power_relations);
    }
    if ((asks & PNP_ASK_EJECT) != 0 && devnode->in_tree) {
        (void)pnp_remove_orderly(devnode, PNP_PROBLEM_HELD_FOR_EJECT, true);
    }
    ObDereferenceObject(devnode->pdo);
}

void
pnp_queue_ask(struct pnp_devnode *devnode, unsigned ask)
{
    bool insert;
    bool start = false;

    ObReferenceObject(devnode->pdo);
    sys_lock_acquire(&queue.lock);
    devnode->asks |= ask;
    insert = !devnode->asked_queued;
    if (insert) {
        devnode->asked_queued = true;
        devnode->asked.run = run_asked;
        devnode->asked.done = NULL;
        list_push_back(queue.hold ? &queue.held : &queue.actions, &devnode->asked.link);
        if (!queue.hold) {
            start = !queue.running;
            queue.running = true;
        }
    }
    sys_lock_release(&queue.lock);
    if (!insert) {
        ObDereferenceObject(devnode->pdo);
    }
    if (start) {
        ex_work_queue_insert(&queue.work);
    }
}

/* The power manager --------------------------------------------------------------------------- */

void
pnp_hold(bool hold)
{
    struct list *link;

    sys_lock_acquire(&queue.lock);
    queue.hold = hold;
    while (!hold && (link = list_pop_front(&queue.held)) != NULL) {
        list_push_back(&queue.actions, link); /* This action's thread goes on with them. */
    }
    sys_lock_release(&queue.lock);
}

struct alone {
    struct pnp_action action; /* Must be first. */
    void (*fn)(void *argument);
    void *argument;
};

static void
run_one_alone(struct pnp_action *action)
{
    struct alone *alone = container_of(action, struct alone, action);

    alone->fn(alone->argument);
}

void
pnp_run_alone(void (*fn)(void *argument), void *argument)
{
    struct alone alone = {.action.run = run_one_alone, .fn = fn, .argument = argument};

    pnp_queue_run(&alone.action);
}

bool
pnp_queue_is_mine(void)
{
    bool mine;

    sys_lock_acquire(&queue.lock);
    mine = queue.runner == KeGetCurrentThread();
    sys_lock_release(&queue.lock);
    return mine;
}

/* Quiet --------------------------------------------------------------------------------------- */

static void
run_nothing(struct pnp_action *action)
{
}

void
pnp_queue_wait(void)
{
    bool idle;

    do {
        struct pnp_action action = {.run = run_nothing};

        pnp_queue_run(&action);
        sys_lock_acquire(&queue.lock);
        idle = list_empty(&queue.actions) && !queue.running;
        sys_lock_release(&queue.lock);
    } while (!idle);
}

void
pnp_wait_quiet(void)
{
    pnp_queue_wait();
    ex_work_queue_flush();
    pnp_queue_wait();
}

/* SPDX-License-Identifier: MIT */
/* The parts of the tree among themselves: what a root device, a waiting request and a host's node are. */
#ifndef OPENWDF_MANAGER_MGR_TREE_PRIV_H
#define OPENWDF_MANAGER_MGR_TREE_PRIV_H

#include <stdbool.h>
#include <stdint.h>

#include "base/list.h"
#include "manager/mgr_device.h"
#include "manager/mgr_tree.h"

#define CM_PROB_FAILED_START      10u
#define CM_PROB_WILL_BE_REMOVED   21u
#define CM_PROB_DISABLED          22u
#define CM_PROB_FAILED_INSTALL    28u
#define CM_PROB_FAILED_POST_START 43u

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
    bool doomed;      /* Not in the store any more: it goes when it is down. */
    bool when_awake;  /* It is to be started, and the system sleeps. */
    uint32_t telling; /* FRAME_ACTION_TELL that its host has not answered; 0: none. */
};

/* A host that has to answer. */
struct asked {
    struct list link;
    struct root *root;
};

/* A request that waits for a device. */
struct waiter {
    struct list link;
    struct mgr_tree *tree;
    void *request;
    struct root *root; /* NULL: for a host's ACTION_DONE alone. */
    enum mgr_operation operation;
    uint32_t number;   /* Of the actions it has asked hosts for; 0: none. */
    struct list asked; /* Of struct asked: hosts that have not answered yet. */
    bool of_system;    /* It moves the system from one state to the next. */
    struct ipc_timer deadline;
    int result;
    char reason[MGR_TEXT_SIZE];
};

/* The power of the system that all hosts are. */
enum system_state {
    SYSTEM_AWAKE,
    SYSTEM_SETTLING, /* It is to sleep: devices that start or stop come first. */
    SYSTEM_ASKING,
    SYSTEM_STAYING, /* Somebody has refused. */
    SYSTEM_FALLING,
    SYSTEM_ASLEEP,
    SYSTEM_RISING,
};

struct system {
    enum system_state state;
    uint32_t target; /* SYSTEM_POWER_STATE. */
    bool
        woken; /* A device signalled on the way down, or somebody asked: back as soon as it is down. */
    bool refresh; /* What was installed meanwhile waits. */
    struct waiter *mover;
    struct ipc_timer step; /* The mover's answers are all there. */
};

struct mgr_tree {
    struct ipc_loop *loop;
    struct mgr_store *store;
    const struct mgr_tree_events *events;
    void *owner;
    struct list roots;
    struct list waiters;
    uint32_t last_number;
    struct system system;
    bool busy;
    bool quitting;
};

/* ---- mgr_tree.c ---- */

/* A device of the root bus, and the one in whose host any device is. NULL: there is none. */
struct root *tree_find_root(struct mgr_tree *tree, const char *id);
struct root *tree_root_of(struct mgr_tree *tree, const char *id);

/* Compares with the store; starts what is not disabled and does not run. 0 or a negative errno. */
int tree_refresh(struct mgr_tree *tree, bool start);

/* Whether the tree runs anything: the manager may end when it does not. */
void tree_tell_busy(struct mgr_tree *tree);

/* ---- mgr_tree_waiters.c ---- */

/* Answers a request that has no waiter. NULL: nobody asked. */
void tree_answer(struct mgr_tree *tree, void *request, int result, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* NULL: no memory, and the request is answered. */
struct waiter *waiter_create(struct mgr_tree *tree, struct root *root, enum mgr_operation operation,
                             void *request);

/* Answers its request and frees it. */
void waiter_finish(struct mgr_tree *tree, struct waiter *waiter, int result, const char *reason);

/* The waiter counts on an answer from that host. False: no memory. */
bool waiter_count_on(struct waiter *waiter, struct root *root);

/* It does not any more. False: it did not. */
bool waiter_count_off(struct waiter *waiter, const struct root *root);
void waiter_finish_if_answered(struct mgr_tree *tree, struct waiter *waiter);

/* Requests whose host died before it could answer. */
void root_fail_actions(struct root *root, const char *text);

/* ---- mgr_tree_ask.c ---- */

/* All hosts that run, or start when that matters, are asked for something. */
void waiter_ask_all(struct mgr_tree *tree, struct waiter *waiter, enum frame_action_code action,
                    uint32_t argument);

/* All devices take notice of what was installed. The request may be NULL. */
void tree_reconfigure(struct mgr_tree *tree, void *request);

/* ---- mgr_tree_power.c ---- */

/* Whether devices may start. */
bool tree_is_awake(const struct mgr_tree *tree);
void tree_sleep(struct mgr_tree *tree, uint32_t target, void *request);
void tree_resume(struct mgr_tree *tree, void *request);

/* A device of that host signals wake-up. */
void tree_woken(struct root *root);

/* A device has started or is down: who wants to sleep looks again. */
void tree_settled(struct mgr_tree *tree);

/* SYSTEM_POWER_STATE: where the system is, or where it goes down to. */
uint32_t tree_system_power(const struct mgr_tree *tree);

/* All answers for a waiter that is of_system are there. */
void tree_system_answered(struct mgr_tree *tree, struct waiter *waiter);

/* ---- mgr_tree_nodes.c ---- */

/* Lists what hosts say now, or soon enough; then answers. */
void tree_list_fresh(struct mgr_tree *tree, void *request);

/* A host's devnode by its id; NULL: it has none. */
struct node *root_find_node(struct root *root, const char *id);
void root_free_nodes(struct root *root);

/* A FRAME_DEVNODE has come. */
void root_on_devnode(struct root *root, const struct frame_devnode *said);

/* ---- mgr_tree_root.c ---- */

/* Starts the host; when that fails, whoever waits is told. */
void root_start(struct root *root);
void root_stop(struct root *root);

/* Kills its host; the requests that wait for it are answered. */
void root_delete(struct root *root);

#endif

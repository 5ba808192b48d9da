/* SPDX-License-Identifier: MIT */
/*
 * The device tree over all hosts: the devices of the root bus that are installed, each with its host,
 * and below them what their hosts report. One thread, the loop's.
 */
#ifndef OPENWDF_MANAGER_MGR_TREE_H
#define OPENWDF_MANAGER_MGR_TREE_H

#include <stdbool.h>

#include "ipc/loop.h"
#include "manager/mgr_control.h"
#include "manager/mgr_store.h"

struct mgr_tree;

/*
 * Restart policy: a host that dies is started again at once, and later after MGR_RESTART_DELAY_MS; one
 * that died more than MGR_RESTARTS_MAX times within MGR_RESTART_WINDOW_MS is left, with
 * CM_PROB_FAILED_POST_START, until a person starts it.
 */
#define MGR_RESTARTS_MAX      5u
#define MGR_RESTART_DELAY_MS  500u
#define MGR_RESTART_WINDOW_MS 60000u

struct mgr_tree_events {
    /* A request is done: 0 or a negative errno, and why. */
    void (*done)(void *owner, void *request, int result, const char *reason);
    /* What a request for WMI got; `done` follows. */
    void (*wmi)(void *owner, void *request, const struct frame_wmi_call *call);
    /* A line of a host or its driver. */
    void (*line)(void *owner, const char *device, const char *text);
    /* The last host has ended, or the first is about to start. */
    void (*busy)(void *owner, bool busy);
};

int mgr_tree_create(struct ipc_loop *loop, struct mgr_store *store,
                    const struct mgr_tree_events *events, void *owner, struct mgr_tree **ret_tree);

/* Kills the hosts that are left. NULL is allowed. */
void mgr_tree_delete(struct mgr_tree *tree);

/*
 * Begins what is asked; events->done follows, perhaps before it returns. `request` is the asker's; a
 * request whose asker is gone is forgotten with mgr_tree_forget.
 */
void mgr_tree_ask(struct mgr_tree *tree, enum mgr_operation operation, const char *device,
                  uint32_t argument, void *request);
void mgr_tree_wmi(struct mgr_tree *tree, const char *device, const struct frame_wmi_call *call,
                  void *request);
void mgr_tree_forget(struct mgr_tree *tree, void *request);

/* Calls fn for each device, parents first. */
void mgr_tree_list(struct mgr_tree *tree,
                   void (*fn)(void *argument, const struct mgr_reply *device), void *argument);

#endif

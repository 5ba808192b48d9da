/* SPDX-License-Identifier: MIT */
/*
 * One device: its reflector and its host, from start to end. A host that dies is not restarted yet;
 * that is the restart policy's place.
 */
#ifndef OPENWDF_MANAGER_MGR_DEVICE_H
#define OPENWDF_MANAGER_MGR_DEVICE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "ipc/frames.h"
#include "ipc/loop.h"
#include "manager/mgr_package.h"

struct mgr_device;

enum mgr_end {
    MGR_END_REMOVED,     /* As asked. */
    MGR_END_NOT_STARTED, /* The driver, or the host, refused to start. */
    MGR_END_CRASHED,     /* The host died, or was ended for missing a deadline. */
};

struct mgr_device_events {
    void (*started)(void *owner);
    /* A name came or went; error says why it could not be published (-EEXIST: it is taken). */
    void (*named)(void *owner, const char *guid, const char *name, bool enabled, int error);
    void (*opened)(void *owner, pid_t pid, const char *name, int32_t status);
    void (*closed)(void *owner, pid_t pid);
    /* A line of the host or its driver. */
    void (*line)(void *owner, const char *text);
    /* FRAME_DEVNODE, FRAME_ACTION_DONE, FRAME_WMI_DONE: what it says of its tree. NULL: unheard. */
    void (*tree)(void *owner, const union frame *frame);
    /* The device is gone; `settled` requests were completed for the dead host. Delete it now. */
    void (*ended)(void *owner, enum mgr_end how, const char *text, unsigned settled);
};

struct mgr_store;

struct mgr_device_config {
    const struct mgr_package *package;
    /* The host takes its drivers from the registry instead of package->module and filters. */
    bool from_registry;
    /* Answers the host's questions for drivers of children. NULL: opened when one comes. */
    struct mgr_store *store;
    const char *id; /* NULL: the package's device id with the first free number. */
    const char *filters[MGR_FILTERS_MAX]; /* Upper filters' modules, bottom to top. */
    unsigned filter_count;
    uint32_t critical_timeout_ms; /* 0: one minute. */
    const struct mgr_device_events *events;
    void *owner;
};

/* Starts; events follow on the loop. 0, or a negative errno and *error. */
int mgr_device_start(struct ipc_loop *loop, const struct mgr_device_config *config,
                     struct mgr_device **ret_device, struct mgr_error *error);

/* Asks for an orderly removal; the second time kills the host. `ended` follows. */
void mgr_device_remove(struct mgr_device *device);

/* Asks the host for an action; FRAME_ACTION_DONE with this number follows. -EPIPE: no host. */
int mgr_device_action(struct mgr_device *device, uint32_t number, enum frame_action_code action,
                      uint32_t argument, const char *instance_id);

/* The same; FRAME_WMI_DONE follows. */
int mgr_device_wmi(struct mgr_device *device, uint32_t number, const struct frame_wmi_call *call,
                   const char *instance_id);

/* NULL is allowed. */
void mgr_device_delete(struct mgr_device *device);

const char *mgr_device_id(const struct mgr_device *device);
pid_t mgr_device_host_pid(const struct mgr_device *device);

/* The host's command line, for a person who wants it under a debugger. */
const char *mgr_device_command(const struct mgr_device *device);

#endif

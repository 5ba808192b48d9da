/* SPDX-License-Identifier: MIT */
/*
 * What `wdf` and the manager say to each other: one message a packet, of a fixed size, checked before
 * anybody looks into it. A request gets any number of MGR_REPLY_DEVICE and one MGR_REPLY_DONE.
 *
 * The manager is one process of the user: it holds the lock file `manager.lock` in the runtime folder
 * and listens on `manager.sock` beside it. Whoever needs it starts it.
 */
#ifndef OPENWDF_MANAGER_MGR_CONTROL_H
#define OPENWDF_MANAGER_MGR_CONTROL_H

#include <stddef.h>
#include <stdint.h>

#include "ipc/frames.h"
#include "manager/mgr_package.h"

#define MGR_CONTROL_MAGIC   0x52474d4fu /* "OMGR" */
#define MGR_CONTROL_VERSION 2u

enum mgr_operation {
    MGR_LIST = 1, /* Every device of the tree. */
    MGR_REFRESH, /* An installation happened: starts what is new, restarts what has another driver. */
    MGR_START,
    MGR_STOP,
    MGR_RESTART,
    MGR_ENABLE,
    MGR_DISABLE,
    MGR_REMOVE,
    MGR_EJECT,
    MGR_UNPLUG,
    MGR_RESCAN,
    MGR_SLEEP, /* All hosts; `argument` is the system power state. */
    MGR_RESUME,
    MGR_QUIT, /* Stops every device and ends the manager. */
    MGR_WMI,  /* A struct mgr_wmi_request; MGR_REPLY_WMI comes when it succeeds. */
    MGR_WAKE, /* The device's hardware signals wake-up. */
    MGR_OPERATION_COUNT,
};

struct mgr_request {
    uint32_t magic;
    uint32_t version;
    uint32_t operation;
    uint32_t argument;
    char device[MGR_TEXT_SIZE];
};

struct mgr_wmi_request {
    struct mgr_request head;
    struct frame_wmi_call call;
};

enum mgr_reply_kind {
    MGR_REPLY_DEVICE = 1,
    MGR_REPLY_DONE,
    MGR_REPLY_WMI, /* A struct mgr_wmi_reply. */
};

/* What a device looks like to a person. */
enum mgr_device_text {
    MGR_DEVICE_ID,
    MGR_DEVICE_PARENT,
    MGR_DEVICE_DESCRIPTION,
    MGR_DEVICE_STATE,
    MGR_DEVICE_SERVICE,
    MGR_DEVICE_TEXTS,
};

#define MGR_DEVICE_STARTED 1u
#define MGR_DEVICE_HIDDEN  2u
#define MGR_DEVICE_ARMED   4u /* It waits for a wake-up signal. */
#define MGR_DEVICE_WOKE    8u /* It ended the system's last sleep. */

struct mgr_reply {
    uint32_t magic;
    uint32_t version;
    uint32_t kind;
    int32_t result; /* DONE: 0 or a negative errno. */
    uint32_t flags; /* DEVICE: from here on. */
    uint32_t problem;
    int32_t problem_status;
    uint32_t power;
    int32_t host;    /* Its host process; 0: none. */
    uint32_t system; /* SYSTEM_POWER_STATE of all hosts; PowerSystemWorking unless they sleep. */
    char text[MGR_DEVICE_TEXTS][MGR_TEXT_SIZE]; /* DONE: the first two are one, the reason. */
};

struct mgr_wmi_reply {
    struct mgr_reply head;
    struct frame_wmi_call call;
};

#define MGR_REPLY_REASON_SIZE (2 * MGR_TEXT_SIZE)

/* The paths of socket and lock file; makes the runtime folder. 0 or a negative errno. */
int mgr_control_paths(char *socket_path, char *lock_path, size_t size);

/*
 * Whether `size` bytes are a well-formed request (reply); of MGR_WMI (MGR_REPLY_WMI) all of it is
 * there.
 */
int mgr_request_check(const struct mgr_request *request, size_t size);
int mgr_reply_check(const struct mgr_reply *reply, size_t size);

/* ---- The asking side ---- */

/*
 * Connects to the manager, starting it when there is none. Returns the descriptor. *error says what
 * is in the way.
 */
int mgr_control_connect(struct mgr_error *error);

/* The same, but -ENOENT when no manager runs. */
int mgr_control_connect_running(struct mgr_error *error);

/*
 * One request. `device` is called for each MGR_REPLY_DEVICE (NULL: they are dropped). Returns what the
 * manager says, with *error in words.
 */
int mgr_control_ask(int fd, enum mgr_operation operation, const char *device, uint32_t argument,
                    void (*fn)(void *owner, const struct mgr_reply *device), void *owner,
                    struct mgr_error *error);

/* After MGR_QUIT, when the connection is closed: waits until the manager's process has ended. */
void mgr_control_wait_end(void);

/* The same for MGR_WMI; *call becomes its own answer. */
int mgr_control_wmi(int fd, const char *device, struct frame_wmi_call *call,
                    struct mgr_error *error);

#endif

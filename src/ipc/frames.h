/* SPDX-License-Identifier: MIT */
/*
 * The control channel's vocabulary. Each frame type has exactly one size and number of descriptors;
 * every text in it is a fixed field that ends with a NUL inside the field. channel.h checks all of
 * that before anybody looks into a frame.
 */
#ifndef OPENWDF_IPC_FRAMES_H
#define OPENWDF_IPC_FRAMES_H

#include <stdint.h>

#define FRAME_MAGIC   0x4346574Fu /* "OWFC" */
#define FRAME_VERSION 1u

/* Bytes, with the final NUL. */
#define FRAME_NAME_SIZE 1024u
#define FRAME_TEXT_SIZE 256u
#define FRAME_GUID_SIZE 40u
#define FRAME_IDS_SIZE  2048u /* Of a list of ids: each ends with a NUL, the list with one more. */
#define FRAME_WMI_DATA  4096u

#define FRAME_SLOT_ALL UINT32_MAX

enum frame_type {
    /* Client → reflector, on the device's public socket. */
    FRAME_OPEN = 1,
    FRAME_CANCEL,
    FRAME_CLOSE,
    FRAME_INFO,

    /* Reflector → client. */
    FRAME_OPENED, /* + ring, event receiver */
    FRAME_REFUSED,
    FRAME_CLOSED,
    FRAME_INFO_REPLY,

    /* Reflector → host. */
    FRAME_HOST_OPEN, /* + ring, event sender */
    FRAME_HOST_CANCEL,
    FRAME_HOST_CLEANUP,
    FRAME_HOST_CLOSE,
    FRAME_HOST_REMOVE,

    /* Host → reflector. */
    FRAME_READY,
    FRAME_NAME,
    FRAME_OPEN_DONE,
    FRAME_CANCEL_DONE,
    FRAME_CLEANUP_DONE,
    FRAME_CLOSE_DONE,
    FRAME_REMOVED,
    FRAME_BROKEN,

    /* Manager → host: about devices of its tree. */
    FRAME_HOST_ACTION,
    FRAME_HOST_CONFIGURED,
    FRAME_HOST_WMI,

    /* Host → manager. */
    FRAME_ACTION_DONE,
    FRAME_DEVNODE,
    FRAME_CONFIGURE,
    FRAME_WMI_DONE,
    FRAME_WOKEN, /* One of its devices ends the system's sleep. */

    /*
     * On a connection of their own, which outlives the file that it is about: what happens to that file's
     * device. Each travels from its sender through the reflector, which puts in the connection.
     */
    FRAME_WATCH,       /* Client → reflector → host. */
    FRAME_UNWATCH,     /* Reflector → host: the client is gone. */
    FRAME_WATCHED,     /* Host → reflector → client: from now on, or why not. */
    FRAME_CHANGE,      /* Host → reflector → client. */
    FRAME_CHANGE_DONE, /* Client → reflector → host: every change is answered. */

    FRAME_TYPE_COUNT,
};

struct frame_header {
    uint32_t magic;
    uint16_t type;
    uint16_t version;
    uint32_t size;       /* Of the whole frame. */
    uint32_t connection; /* Between reflector and host: which one; else 0. */
};

/* What IRP_MJ_CREATE carries, in Windows' values. `name` is UTF-8, without the leading \\.\ or \\?\. */
struct frame_open_parameters {
    uint32_t access;
    uint32_t share;
    uint32_t disposition;
    uint32_t options;
    uint32_t attributes;
    uint32_t slots;
    uint64_t arena_size;
    uint32_t um_driver; /* Not 0: the opener is a user-mode driver. */
    uint32_t reserved;
    char name[FRAME_NAME_SIZE];
};

struct frame_open {
    struct frame_header header;
    struct frame_open_parameters open; /* slots and arena_size: a wish. */
};

struct frame_cancel {
    struct frame_header header;
    uint32_t slot; /* FRAME_SLOT_ALL: every request of the connection. */
    uint32_t generation;
};

struct frame_opened {
    struct frame_header header; /* connection: what FRAME_WATCH names. */
    uint32_t slots;
    uint32_t reserved;
    uint64_t arena_size;
    uint64_t information; /* FILE_OPENED, FILE_CREATED, … */
};

/* Also FRAME_OPEN_DONE, FRAME_READY, FRAME_REMOVED, FRAME_CLEANUP_DONE. */
struct frame_status {
    struct frame_header header;
    int32_t status;       /* NTSTATUS. */
    uint32_t outstanding; /* CLEANUP_DONE: requests that the driver has not completed yet. */
    uint64_t information;
};

/* Frames that are only a header: CLOSE, CLOSED, INFO, HOST_CLEANUP, HOST_CLOSE, HOST_REMOVE, … */
struct frame_plain {
    struct frame_header header;
};

enum frame_info_text {
    FRAME_INFO_ID,
    FRAME_INFO_DESCRIPTION,
    FRAME_INFO_HARDWARE_ID,
    FRAME_INFO_SERVICE,
    FRAME_INFO_DRIVER,
    FRAME_INFO_CLASS_NAME,
    FRAME_INFO_CLASS_GUID,
    FRAME_INFO_MANUFACTURER,
    FRAME_INFO_TEXTS,
};

/*
 * FRAME_INFO's header.connection says of which device: 0 is the stack's own, from 1 on those below it.
 * The reply has no FRAME_INFO_ID when there are not so many.
 */
struct frame_info_reply {
    struct frame_header header;
    int32_t host_pid;
    int32_t problem;
    char text[FRAME_INFO_TEXTS][FRAME_TEXT_SIZE];
};

struct frame_host_open {
    struct frame_header header;
    int32_t pid; /* The client's. */
    uint32_t uid;
    struct frame_open_parameters open; /* slots and arena_size: agreed. */
};

/* A name that the driver made or removed. */
struct frame_name {
    struct frame_header header;
    uint32_t enabled;
    uint32_t reserved;
    char guid[FRAME_GUID_SIZE]; /* "{…}" for a device interface, "" for a DOS device name. */
    char name[FRAME_NAME_SIZE]; /* Without \??\ or \\?\. */
};

/* The host gives up on a connection: its client broke the protocol. */
struct frame_broken {
    struct frame_header header;
    char reason[FRAME_TEXT_SIZE];
};

/* What a person can ask for a device. Numbers do not change: they are on a socket. */
enum frame_action_code {
    FRAME_ACTION_ENABLE = 1,
    FRAME_ACTION_DISABLE,
    FRAME_ACTION_REMOVE,
    FRAME_ACTION_EJECT,
    FRAME_ACTION_UNPLUG,
    FRAME_ACTION_RESTART,
    FRAME_ACTION_RESCAN,
    FRAME_ACTION_SLEEP,       /* The host's whole tree; `argument` is the system power state. */
    FRAME_ACTION_RESUME,      /* The same. */
    FRAME_ACTION_RECONFIGURE, /* All devices of the host: what was installed or removed takes effect. */
    FRAME_ACTION_ASK_SLEEP, /* As SLEEP, but only the question; SLEEP or STAY follows an agreement. */
    FRAME_ACTION_STAY,      /* The system does not sleep after all. */
    FRAME_ACTION_WAKE,      /* The device's hardware signals wake-up. */
    FRAME_ACTION_TELL,      /* A FRAME_DEVNODE of each device, as it is now. */
};

/* header.connection is the request's number; FRAME_ACTION_DONE brings it back. */
struct frame_action {
    struct frame_header header;
    uint32_t action;
    uint32_t argument;
    char instance_id[FRAME_TEXT_SIZE]; /* "": the host's own device. */
};

enum frame_devnode_text {
    FRAME_DEVNODE_ID,
    FRAME_DEVNODE_PARENT, /* "": the root of the tree. */
    FRAME_DEVNODE_DESCRIPTION,
    FRAME_DEVNODE_STATE,
    FRAME_DEVNODE_HARDWARE_ID, /* The first. */
    FRAME_DEVNODE_SERVICE,
    FRAME_DEVNODE_DRIVER, /* The function driver's module. */
    FRAME_DEVNODE_CLASS_NAME,
    FRAME_DEVNODE_CLASS_GUID,
    FRAME_DEVNODE_MANUFACTURER,
    FRAME_DEVNODE_TEXTS,
};

#define FRAME_DEVNODE_STARTED 1u
#define FRAME_DEVNODE_GONE    2u /* It is not in the tree any more. */
#define FRAME_DEVNODE_HIDDEN  4u
#define FRAME_DEVNODE_ARMED   8u  /* It waits for a wake-up signal. */
#define FRAME_DEVNODE_WOKE    16u /* It ended the system's last sleep. */

/* A device came, changed or went. */
struct frame_devnode {
    struct frame_header header;
    uint32_t flags;
    uint32_t problem; /* CM_PROB_…; 0: none. */
    int32_t problem_status;
    uint32_t power; /* DEVICE_POWER_STATE. */
    char text[FRAME_DEVNODE_TEXTS][FRAME_TEXT_SIZE];
};

/* Which driver fits? FRAME_HOST_CONFIGURED says whether the registry has the answer now. */
struct frame_configure {
    struct frame_header header; /* connection: the request's number. */
    char instance_id[FRAME_TEXT_SIZE];
    char hardware_ids[FRAME_IDS_SIZE];
    char compatible_ids[FRAME_IDS_SIZE];
};

/* Numbers do not change: they are on a socket. */
enum frame_wmi_operation {
    FRAME_WMI_LIST = 1, /* The answer's data are struct frame_wmi_block. */
    FRAME_WMI_QUERY,
    FRAME_WMI_SET,
    FRAME_WMI_SET_ITEM,
    FRAME_WMI_EXECUTE,
    FRAME_WMI_EVENTS, /* `item` 1: on, 0: off. */
};

struct frame_wmi_block {
    uint8_t guid[16];
    uint32_t instances;
    uint32_t flags; /* WMIREG_FLAG_… */
};

/* A request about a block of data of one device's drivers, and its answer. */
struct frame_wmi_call {
    uint32_t operation;
    int32_t status; /* The answer's NTSTATUS. */
    uint32_t instance;
    uint32_t item; /* Or method. */
    uint8_t guid[16];
    uint32_t size; /* Of the data; at most FRAME_WMI_DATA. */
    uint32_t reserved;
    uint8_t data[FRAME_WMI_DATA];
};

/* Also FRAME_WMI_DONE; header.connection is the request's number. */
struct frame_wmi {
    struct frame_header header;
    char instance_id[FRAME_TEXT_SIZE];
    struct frame_wmi_call call;
};

struct frame_watch {
    struct frame_header header;
    uint32_t target; /* The connection of the open file: FRAME_OPENED's. */
    uint32_t reserved;
};

/* Numbers do not change: they are on a socket, and in openwdf/client.h. */
enum frame_change_kind {
    FRAME_CHANGE_QUERY_REMOVE = 1, /* Can be refused. */
    FRAME_CHANGE_REMOVE_CANCELLED,
    FRAME_CHANGE_REMOVE_PENDING,
    FRAME_CHANGE_REMOVE_COMPLETE,
    FRAME_CHANGE_CUSTOM,
    FRAME_CHANGE_KINDS,
};

#define FRAME_CHANGE_DATA 4096u

/* FRAME_CHANGE_DONE brings `number` back as its information. */
struct frame_change {
    struct frame_header header;
    uint32_t number;
    uint32_t kind;
    uint8_t event[16];   /* The rest: of FRAME_CHANGE_CUSTOM. */
    int32_t name_offset; /* Of a text in the data; -1: there is none. */
    uint32_t size;       /* Of the data. */
    uint8_t data[FRAME_CHANGE_DATA];
};

union frame {
    struct frame_header header;
    struct frame_open open;
    struct frame_cancel cancel;
    struct frame_opened opened;
    struct frame_status status;
    struct frame_info_reply info_reply;
    struct frame_host_open host_open;
    struct frame_name name;
    struct frame_broken broken;
    struct frame_action action;
    struct frame_devnode devnode;
    struct frame_configure configure;
    struct frame_wmi wmi;
    struct frame_watch watch;
    struct frame_change change;
};

#endif

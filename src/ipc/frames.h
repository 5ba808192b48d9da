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
    struct frame_header header;
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
};

#endif

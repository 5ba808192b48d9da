/* SPDX-License-Identifier: MIT */
/* An open device or file, and the requests under way on it. */
#ifndef OPENWDF_WIN32_FILE_H
#define OPENWDF_WIN32_FILE_H

#include "win32/object.h"

#include "win32/device.h"

struct w32_file {
    struct w32_object object;
    const struct w32_device_ops *ops;
    void *device; /* Of ops; NULL: an ordinary file, `fd`. */
    int fd;
    bool overlapped;  /* FILE_FLAG_OVERLAPPED. */
    bool idle_signal; /* The file as a waitable object: set when a request has ended. */
    UCHAR modes;      /* SetFileCompletionNotificationModes */

    struct sys_lock lock; /* Guards the rest; below w32_dispatcher never taken. */
    struct list pending;  /* struct w32_io.link, submitted to the device. */
    struct list backlog;  /* struct w32_io.link, waiting for a slot. In order. */
    struct list ending; /* struct w32_io.ending_link: Internal is written, the event not yet set. */
    uint32_t generation; /* Counts ended requests; a word to wait on. */
    bool pumping;        /* A thread moves requests from the backlog. */
    bool pump_again;     /* There may be room since it looked. */
    bool closing;        /* The last handle is gone: nothing new starts. */
    struct w32_object *port;
    ULONG_PTR key;
};

/* One overlapped request. */
struct w32_io {
    struct w32_apc apc; /* First: for ReadFileEx and WriteFileEx. */
    struct list link;
    struct list ending_link;
    struct w32_file *file; /* A reference. */
    OVERLAPPED *overlapped;
    struct w32_object *event; /* A reference; NULL: none. */
    bool to_port;             /* lpOverlapped->hEvent's low bit was clear. */
    LPOVERLAPPED_COMPLETION_ROUTINE routine;
    struct w32_thread_state *thread; /* Who started it. */
    uint64_t thread_id;
    uint32_t refs;  /* Atomic: its end, and each thread that is giving it to the device. */
    uint64_t token; /* Of the device; 0: in the backlog, or not known yet. */
    bool cancelled; /* In the backlog, and to be ended as cancelled. */
    struct owdf_io io;
};

#endif

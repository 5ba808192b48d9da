/* SPDX-License-Identifier: MIT */
/*
 * The native client library: how a Linux application talks to a device that a WDF driver serves.
 *
 *     struct owdf_result result;
 *     owdf_handle *echo;
 *
 *     if (owdf_open("\\\\.\\Echo", OWDF_OPEN_READ | OWDF_OPEN_WRITE, &echo) == 0) {
 *         owdf_write(echo, "hello", 5, 0, &result);
 *         owdf_close(echo);
 *     }
 *
 * Every function may be called from any thread, also on the same handle, unless it says otherwise.
 * A function that returns int returns 0 (or a count) on success and a negative errno otherwise. What
 * the driver said travels beside it as an NTSTATUS, unchanged, in struct owdf_result.
 *
 * When a device's host process dies, every call that waits returns -EPIPE with the status
 * OWDF_STATUS_DRIVER_PROCESS_TERMINATED, each exactly once; the handle stays valid for owdf_close
 * only. A handle does not survive fork() into the child.
 *
 * Build with `pkg-config --cflags --libs openwdf-client`.
 */
#ifndef OPENWDF_CLIENT_H
#define OPENWDF_CLIENT_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define OWDF_API __attribute__((visibility("default")))

/* One open connection to a device: a file handle. */
typedef struct owdf_handle owdf_handle;

/* Statuses that the library itself gives; all others come from the driver. Values as in ntstatus.h. */
#define OWDF_STATUS_SUCCESS                   ((int32_t)0x00000000)
#define OWDF_STATUS_PENDING                   ((int32_t)0x00000103)
#define OWDF_STATUS_INVALID_PARAMETER         ((int32_t)0xC000000D)
#define OWDF_STATUS_OBJECT_NAME_NOT_FOUND     ((int32_t)0xC0000034)
#define OWDF_STATUS_INSUFFICIENT_RESOURCES    ((int32_t)0xC000009A)
#define OWDF_STATUS_CANCELLED                 ((int32_t)0xC0000120)
#define OWDF_STATUS_DRIVER_PROCESS_TERMINATED ((int32_t)0xC0000450)

/* ---- Opening and closing ----------------------------------------------------------------------- */

#define OWDF_OPEN_READ  0x1u /* GENERIC_READ */
#define OWDF_OPEN_WRITE 0x2u /* GENERIC_WRITE */

/*
 * Opens a device. `path`, in UTF-8, is what a Windows application passes to CreateFile:
 *   \\.\Echo                                    a DOS device name (`Echo` alone means the same)
 *   \\?\ROOT#SAMPLE#0000#{guid}                 a device interface, as owdf_interfaces lists it
 *   \\.\Echo\some\file                          the remainder reaches the driver as the file name
 * Names compare without regard to case. -ENOENT: nobody serves that name. Else see owdf_open_with.
 */
OWDF_API int owdf_open(const char *path, unsigned flags, owdf_handle **ret_handle);

/* All that IRP_MJ_CREATE carries, in Windows' values, and the size of the connection. */
struct owdf_open_options {
    size_t size;          /* sizeof(struct owdf_open_options) */
    uint32_t access;      /* ACCESS_MASK, generic rights already mapped; 0: none asked for. */
    uint32_t share;       /* FILE_SHARE_READ 1, FILE_SHARE_WRITE 2, FILE_SHARE_DELETE 4 */
    uint32_t disposition; /* FILE_OPEN 1, FILE_CREATE 2, FILE_OPEN_IF 3, …; 0 means FILE_OPEN. */
    uint32_t options;     /* FILE_NON_DIRECTORY_FILE 0x40, FILE_SYNCHRONOUS_IO_NONALERT 0x20, … */
    uint32_t attributes;  /* FILE_ATTRIBUTE_… */
    uint32_t depth;       /* Requests in flight at once; rounded up to a power of two; 0: 64. */
    uint64_t arena_size;  /* Bytes for data in flight, committed only when used; 0: 64 MiB. */
};

#define OWDF_DEPTH_MAX      4096u
#define OWDF_ARENA_SIZE_MAX ((uint64_t)1 << 30)

/*
 * The same with everything spelled out. *ret_status (may be NULL) always becomes the NTSTATUS; when
 * the driver refused the open the return value is its errno. -EINVAL: bad option. -ENOENT: no such
 * device. -EPIPE: its host is dead. -EMFILE, -ENOMEM: the system refused.
 */
OWDF_API int owdf_open_with(const char *path, const struct owdf_open_options *options,
                            owdf_handle **ret_handle, int32_t *ret_status);

/*
 * Closes: cancels what is outstanding, waits for the driver's cleanup, as CloseHandle does. No other
 * call on the handle may run or follow; buffers of the handle become invalid. NULL is allowed.
 */
OWDF_API void owdf_close(owdf_handle *handle);

/* ---- Synchronous I/O ---------------------------------------------------------------------------- */

struct owdf_result {
    int32_t status;       /* NTSTATUS as the driver completed the request. */
    uint64_t information; /* Bytes transferred, usually. */
};

/*
 * Each waits until the driver completes the request. Returns 0 when the status is a success or
 * informational one (>= 0), else the status as a negative errno; `ret_result` (may be NULL) is
 * filled in both cases. Warnings such as STATUS_BUFFER_OVERFLOW return an error and still deliver
 * the data that `information` counts. Buffers may overlap nothing that is in flight. A request
 * larger than the arena fails with -EMSGSIZE and STATUS_INSUFFICIENT_RESOURCES.
 */
OWDF_API int owdf_read(owdf_handle *handle, void *buffer, size_t size, uint64_t offset,
                       struct owdf_result *ret_result);
OWDF_API int owdf_write(owdf_handle *handle, const void *buffer, size_t size, uint64_t offset,
                        struct owdf_result *ret_result);
OWDF_API int owdf_ioctl(owdf_handle *handle, uint32_t code, const void *in, size_t in_size,
                        void *out, size_t out_size, struct owdf_result *ret_result);
OWDF_API int owdf_flush(owdf_handle *handle, struct owdf_result *ret_result);

/*
 * Returns when every request that was started on this handle before has been given to the driver (not:
 * completed by it). Requests on one handle arrive in order anyway; this orders them against what is
 * done elsewhere, on another handle for instance.
 */
OWDF_API int owdf_fence(owdf_handle *handle);

/* ---- Asynchronous I/O --------------------------------------------------------------------------- */

enum owdf_operation {
    OWDF_OP_READ = 1,
    OWDF_OP_WRITE = 2,
    OWDF_OP_IOCTL = 3,
    OWDF_OP_FLUSH = 4,
    OWDF_OP_FENCE = 5, /* Ends when the driver has been given all that was started before it. */
    /*
     * Ends when a driver sets an event whose handle it got in a request; the result's information is the
     * handle. One at a time (STATUS_DEVICE_BUSY). For faces that have events to hand out.
     */
    OWDF_OP_NOTICE = 6,
};

/* One request. Buffers stay the library's until the request has been reaped or finished. */
struct owdf_io {
    enum owdf_operation operation;
    uint32_t code;  /* IOCTL only. */
    const void *in; /* WRITE: the data. IOCTL: the input buffer. Unused otherwise. */
    void *out;      /* READ: where data goes. IOCTL: the output buffer. */
    uint32_t in_size;
    uint32_t out_size;
    uint64_t offset; /* READ and WRITE: the byte offset. */
    uint64_t cookie; /* Comes back in owdf_completion. */
};

struct owdf_completion {
    uint64_t cookie;
    uint64_t information;
    uint64_t token;
    int32_t status;
};

/*
 * Starts a request whose end is fetched with owdf_reap. *ret_token (may be NULL) names it for
 * owdf_cancel. Never blocks: -EAGAIN when all `depth` requests are in flight or the arena is full
 * (reap first). -EMSGSIZE: larger than the arena. -EPIPE: the host is dead.
 */
OWDF_API int owdf_submit(owdf_handle *handle, const struct owdf_io *io, uint64_t *ret_token);

/*
 * Fetches up to `max` ended requests, copying data to the callers' buffers where they are not in the
 * arena. Returns how many, 0 when none has ended; never blocks.
 */
OWDF_API int owdf_reap(owdf_handle *handle, struct owdf_completion *completions, unsigned max);

/*
 * Waits until owdf_reap has something to give. timeout_ms < 0: forever; 0: just looks.
 * Returns 1 when there is something, 0 on timeout. -EINTR is not returned.
 */
OWDF_API int owdf_wait(owdf_handle *handle, int timeout_ms);

/*
 * A descriptor for poll/epoll that is readable while owdf_reap has something to give (or the host
 * died). It may be readable without cause. Belongs to the handle: never read or close it. After it
 * was readable, call owdf_reap until it returns less than `max`.
 */
OWDF_API int owdf_poll_fd(owdf_handle *handle);

/*
 * A request whose end is waited for by name: owdf_start, later exactly one owdf_finish that does not
 * return -ETIMEDOUT. Another thread can cancel it between. It does not appear in owdf_reap.
 * owdf_start waits for a free slot and arena space when there is none; owdf_ioctl and its siblings
 * are start and finish in one. owdf_finish: timeout_ms < 0 waits forever; else returns as owdf_read.
 */
OWDF_API int owdf_start(owdf_handle *handle, const struct owdf_io *io, uint64_t *ret_token);
OWDF_API int owdf_finish(owdf_handle *handle, uint64_t token, int timeout_ms,
                         struct owdf_result *ret_result);

/*
 * Asks the driver to cancel one request, or all of the handle (synchronous ones too). Returns at
 * once; the request still ends in its usual way, with STATUS_CANCELLED or with what the driver made
 * of it. -ENOENT: no such request is in flight (any more).
 */
OWDF_API int owdf_cancel(owdf_handle *handle, uint64_t token);
OWDF_API int owdf_cancel_all(owdf_handle *handle);

/*
 * Memory that travels to the driver without a copy. At least page-aligned. Pass it, or any part, as
 * `in` or `out`. NULL when the arena is full. Freed with the handle at the latest. A buffer must not
 * be freed while a request that uses it is in flight.
 */
OWDF_API void *owdf_buffer_alloc(owdf_handle *handle, size_t size);
OWDF_API void owdf_buffer_free(owdf_handle *handle, void *buffer);

/* ---- What happens to an open device ------------------------------------------------------------- */

enum owdf_change_kind {
    OWDF_CHANGE_QUERY_REMOVE = 1, /* It is to go. Close the handle, or refuse with a status < 0. */
    OWDF_CHANGE_REMOVE_CANCELLED, /* It stays: open it again. */
    OWDF_CHANGE_REMOVE_PENDING,   /* Nobody has refused. */
    OWDF_CHANGE_REMOVE_COMPLETE,  /* It is gone, orderly or not. The last one. */
    OWDF_CHANGE_CUSTOM,           /* Its driver reports something of its own. */
};

struct owdf_change {
    enum owdf_change_kind kind;
    uint8_t event[16];   /* CUSTOM, from here on: the GUID as it stands in memory. */
    int32_t name_offset; /* Of a text in the data; -1: none. */
    uint32_t size;
    const void *data;
};

typedef struct owdf_watch owdf_watch;

/*
 * Called on a thread of the watch's own, one change after the other. Whoever does not return in time is
 * not waited for: the device goes. The handle may be closed in it, and owdf_unwatch called. The result
 * matters for QUERY_REMOVE alone: an NTSTATUS, 0 for consent.
 */
typedef int32_t owdf_change_fn(void *context, const struct owdf_change *change);

/*
 * Watches the device that the handle is open to. The watch does not end with the handle: who closed it to
 * let the device go still hears whether it went. -EPIPE: the device is gone. -ENOMEM, -errno.
 */
OWDF_API int owdf_watch_device(owdf_handle *handle, owdf_change_fn *fn, void *context,
                               owdf_watch **ret_watch);

/* Ends it; returns when no call of fn is under way, unless it is called by one. NULL is allowed. */
OWDF_API void owdf_unwatch(owdf_watch *watch);

/* ---- What is there ------------------------------------------------------------------------------ */

/* A device interface that a driver has enabled, or a DOS device name (guid is then ""). */
struct owdf_interface {
    const char *path;      /* For owdf_open: \\?\ROOT#SAMPLE#0000#{guid} or \\.\Echo */
    const char *guid;      /* {xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx}, lower case */
    const char *device_id; /* Instance id of the device that serves it: ROOT\SAMPLE\0000 */
};

/*
 * Lists the enabled interfaces of one class, or of every class when guid is NULL, sorted by path.
 * guid: with or without braces, in any case. An empty list is a success. The list is one block of
 * memory: owdf_list_free releases it.
 */
OWDF_API int owdf_interfaces(const char *guid, struct owdf_interface **ret_list, size_t *ret_count);

/* Lists the DOS device names. */
OWDF_API int owdf_names(struct owdf_interface **ret_list, size_t *ret_count);

struct owdf_device {
    const char *id;          /* ROOT\SAMPLE\0000 */
    const char *description; /* The INF's device description, or the driver's file name. */
    const char *hardware_id; /* The first hardware id; "" when there is none. */
    const char *service;     /* The function driver's service name. */
    const char *driver;      /* The function driver's module path. */
    const char *class_name;  /* The INF's class; "" when there is none. */
    const char *class_guid;  /* The INF's class GUID; "" when there is none. */
    const char *manufacturer;
    int32_t host_pid; /* 0 when the host is dead. */
    int32_t problem;  /* 0 when started, else the NTSTATUS why it is not. */
};

/* Lists the devices that run in this session, sorted by id. */
OWDF_API int owdf_devices(struct owdf_device **ret_list, size_t *ret_count);

OWDF_API void owdf_list_free(void *list);

/* ---- Statuses ----------------------------------------------------------------------------------- */

/* The negative errno for a status; 0 for success and informational ones. -EIO when none fits. */
OWDF_API int owdf_status_to_errno(int32_t status);

/* The Win32 error code, as RtlNtStatusToDosError; ERROR_MR_MID_NOT_FOUND (317) when none fits. */
OWDF_API uint32_t owdf_status_to_win32(int32_t status);

/* "STATUS_CANCELLED", "ERROR_OPERATION_ABORTED"; NULL when the library does not know the name. */
OWDF_API const char *owdf_status_name(int32_t status);
OWDF_API const char *owdf_win32_name(uint32_t error);

#ifdef __cplusplus
}
#endif

#endif

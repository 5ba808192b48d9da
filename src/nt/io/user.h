/* SPDX-License-Identifier: MIT */
/*
 * The user side of the I/O manager: an application's open handle and its requests, issued on its
 * behalf by whoever speaks to the application (the bench, the host's ring server).
 *
 * Rules of life. A file is made, opened, used, cleaned up once, and closed once. IRP_MJ_CLEANUP goes
 * down when the application closes its handle, even with requests outstanding; IRP_MJ_CLOSE follows
 * when the last of them has ended. A request's memory belongs to the caller, who embeds it, and may
 * be used again from its done() on. In steady state nothing here allocates: a request keeps its IRP,
 * its MDL and its system buffer.
 *
 * Everything is called at PASSIVE_LEVEL, from any thread, except where said otherwise.
 */
#ifndef OPENWDF_NT_IO_USER_H
#define OPENWDF_NT_IO_USER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <ntddk.h>

#include "base/atomic.h"
#include "base/list.h"

#define IO_USER_INLINE_BYTES 256 /* System buffers up to this size are part of the request. */
#define IO_USER_KEPT_BYTES   (64u * 1024) /* Larger system buffers are not kept between requests. */

struct io_user_file;
struct io_user_request;
struct io_irp_block;

struct io_user_open {
    PCUNICODE_STRING path; /* A full object name: \Device\X, \??\X, an interface's link name. */
    PDEVICE_OBJECT
    device;              /* Not NULL: this very device, not its stack's top; path is the file's. */
    ACCESS_MASK access;  /* GENERIC_… are mapped to the file rights. 0 is allowed. */
    ULONG share;         /* FILE_SHARE_… */
    ULONG disposition;   /* FILE_OPEN (the usual one), FILE_CREATE … */
    ULONG options;       /* FILE_SYNCHRONOUS_IO_NONALERT, FILE_DIRECTORY_FILE … */
    ULONG attributes;    /* FILE_ATTRIBUTE_… */
    uint64_t process_id; /* The requestor's. */
    bool no_administrator; /* The requestor is none. */
    bool kernel;           /* RequestorMode is KernelMode: a driver opens. */
    bool um_driver;        /* A user-mode driver opens. */
    PFILE_OBJECT related;  /* The open was relative to this file; NULL: to none. */
};

struct io_user_request {
    /*
     * The caller's: set before the request is used; called once per use, IRQL <= DISPATCH_LEVEL. NULL:
     * the caller asks, or waits by io_user_request_wait.
     */
    void (*done)(struct io_user_request *request);

    /* Valid from done() until the next use. */
    NTSTATUS status;
    ULONG_PTR information;

    /* Ours. */
    struct io_user_file *file;
    PDEVICE_OBJECT target; /* The top of the file's stack when the request began. */
    uint32_t state;        /* Atomic; see user.c. 0: idle. */
    uint32_t at_end;       /* What its end has to do besides: END_…, user.c. */
    void *bound;           /* Atomic. The file whose users need not count it; NULL: none. */
    struct list bound_link;
    void *output; /* Where buffered output goes. */
    size_t output_length;
    struct io_irp_block *block; /* The kept IRP; NULL before the first use. */
    PMDL mdl;                   /* The kept MDL, for up to mdl_capacity bytes. */
    size_t mdl_capacity;
    void *system_buffer; /* The kept one, beyond the inline bytes. */
    size_t system_buffer_size;
    _Alignas(16) uint8_t inline_buffer[IO_USER_INLINE_BYTES];
};

/* Zeroed memory is not enough: done must be set. fini frees what the request kept; it is idle. */
void io_user_request_init(struct io_user_request *request,
                          void (*done)(struct io_user_request *request));
void io_user_request_fini(struct io_user_request *request);

/*
 * Finds the device that `open->path` names and makes a file object for it. No driver is called yet.
 * STATUS_OBJECT_NAME_NOT_FOUND, STATUS_OBJECT_PATH_NOT_FOUND, STATUS_OBJECT_TYPE_MISMATCH (the name
 * is not a device's), STATUS_NO_SUCH_DEVICE (it is being deleted), STATUS_ACCESS_DENIED (an
 * exclusive device is open), STATUS_INSUFFICIENT_RESOURCES.
 */
__attribute__((warn_unused_result)) NTSTATUS io_user_file_create(const struct io_user_open *open,
                                                                 struct io_user_file **ret_file);

/* Releases a file that was not opened (or whose open failed). */
void io_user_file_discard(struct io_user_file *file);

/*
 * IRP_MJ_CREATE through the whole stack. When its status is an error the file is not open: only
 * io_user_file_discard may follow.
 */
void io_user_file_open(struct io_user_file *file, struct io_user_request *request);

/*
 * IRP_MJ_CLEANUP: the handle is closed, no new request may be sent. Requests under way may still
 * end. Follows every successful open, once.
 */
void io_user_file_cleanup(struct io_user_file *file, struct io_user_request *request);

/*
 * After the cleanup: gives the file up. IRP_MJ_CLOSE goes down, on this thread or on a system
 * worker, when its last request has ended and no driver references the file object any more.
 * `closed` (may be NULL) is called after it; then the file's memory goes.
 */
void io_user_file_close(struct io_user_file *file, void (*closed)(void *argument), void *argument);

/* The synchronous shapes of the above. */
__attribute__((warn_unused_result)) NTSTATUS io_user_open(const struct io_user_open *open,
                                                          struct io_user_file **ret_file);
/* Cleanup and close; returns when IRP_MJ_CLOSE has been completed. */
void io_user_close(struct io_user_file *file);

/*
 * Transfers. `offset` is in bytes; IO_USER_CURRENT_OFFSET uses and moves the position of a file
 * opened for synchronous I/O.
 */
#define IO_USER_CURRENT_OFFSET INT64_MIN
void io_user_read(struct io_user_request *request, struct io_user_file *file, void *buffer,
                  size_t length, int64_t offset);
void io_user_write(struct io_user_request *request, struct io_user_file *file, const void *buffer,
                   size_t length, int64_t offset);
void io_user_device_control(struct io_user_request *request, struct io_user_file *file,
                            uint32_t code, const void *input, size_t input_length, void *output,
                            size_t output_length);
void io_user_internal_device_control(struct io_user_request *request, struct io_user_file *file,
                                     uint32_t code, const void *input, size_t input_length,
                                     void *output, size_t output_length);
void io_user_flush(struct io_user_request *request, struct io_user_file *file);

/* IRP_MJ_QUERY_INFORMATION and IRP_MJ_SET_INFORMATION, buffered. */
void io_user_query_information(struct io_user_request *request, struct io_user_file *file,
                               FILE_INFORMATION_CLASS information_class, void *buffer,
                               size_t length);
void io_user_set_information(struct io_user_request *request, struct io_user_file *file,
                             FILE_INFORMATION_CLASS information_class, const void *buffer,
                             size_t length);

/*
 * Asks for the cancellation of the use that is under way. May race with its end: then it does
 * nothing. It also does nothing before the request has reached the first driver: a caller who cancels
 * from another thread while the function that sends it has not returned may have to ask again.
 * done() may be called on this thread before this returns. The request's memory must stay valid
 * during the call.
 */
void io_user_cancel(struct io_user_request *request);

/* Whether a use is under way. */
static inline bool
io_user_request_is_idle(const struct io_user_request *request)
{
    return atomic_load_u32(&request->state) == 0;
}

/*
 * Waits until no use is under way (done() may then still be running); false when the deadline came
 * first. PASSIVE_LEVEL.
 */
bool io_user_request_wait(struct io_user_request *request, uint64_t deadline_ns);

/* A request for callers that block. */
struct io_user_waiter {
    struct io_user_request request;
};
void io_user_waiter_init(struct io_user_waiter *waiter);
void io_user_waiter_fini(struct io_user_waiter *waiter);
NTSTATUS io_user_wait(struct io_user_waiter *waiter);

PFILE_OBJECT io_user_file_object(struct io_user_file *file);

/* The requestor of a request that was issued here; 0 for every other IRP. Any IRQL. */
uint64_t io_user_process_id(PIRP irp);

#endif

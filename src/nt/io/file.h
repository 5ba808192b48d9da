/* SPDX-License-Identifier: MIT */
/* File objects inside the I/O manager: a FILE_OBJECT and what the opener asked for. */
#ifndef OPENWDF_NT_IO_FILE_H
#define OPENWDF_NT_IO_FILE_H

#include "base/atomic.h"
#include "nt/io/user.h"

/* The body of an object of io_file_type; drivers see its first member. */
struct io_user_file {
    FILE_OBJECT object;    /* Must be first. */
    uint32_t users;        /* Opener and requests under way, see user.c; they hold one reference. */
    struct list bound;     /* io_user_request.bound_link of those that users does not count. */
    PDEVICE_OBJECT direct; /* Where requests go; NULL: to the top of the stack, as usual. */
    ACCESS_MASK granted;
    ULONG share;
    ULONG disposition;
    ULONG options;
    ULONG attributes;
    uint64_t process_id;
    bool kernel;
    bool um_driver;
    bool by_handle;  /* The opener is its handles: the last one's end is the opener's leave. */
    bool counted;    /* It is one of its device's open handles. */
    bool opened;     /* IRP_MJ_CREATE succeeded: IRP_MJ_CLOSE is due. */
    bool cleaned_up; /* IRP_MJ_CLEANUP was sent. */
    void (*closed)(void *argument);
    void *closed_argument;
    PVOID path; /* Pool; the object's FileName points into it. */
    IO_SECURITY_CONTEXT security;
    ACCESS_STATE access_state; /* Of IRP_MJ_CREATE: whose token it was. */
    bool administrator;
    struct io_user_waiter control; /* Create, cleanup and close when they are synchronous. */
};

/* A user goes. The last one gives the users' reference back. IRQL <= DISPATCH_LEVEL. */
static inline void
io_user_file_leave(struct io_user_file *file)
{
    if (atomic_fetch_sub_u32(&file->users, 1) == 1) {
        ObDereferenceObject(&file->object);
    }
}

/* The opener, who is a user, leaves. */
void io_user_opener_leaves(struct io_user_file *file);

/* Sends IRP_MJ_CLOSE; the object is being deleted. */
void io_user_send_close(struct io_user_file *file, struct io_user_request *request);

#endif

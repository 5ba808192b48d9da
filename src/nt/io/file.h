/* SPDX-License-Identifier: MIT */
/* File objects inside the I/O manager: a FILE_OBJECT and what the opener asked for. */
#ifndef OPENWDF_NT_IO_FILE_H
#define OPENWDF_NT_IO_FILE_H

#include "nt/io/user.h"

/* The body of an object of io_file_type; drivers see its first member. */
struct io_user_file {
    FILE_OBJECT object; /* Must be first. */
    ACCESS_MASK granted;
    ULONG share;
    ULONG disposition;
    ULONG options;
    ULONG attributes;
    uint64_t process_id;
    bool kernel;
    bool counted;    /* It is one of its device's open handles. */
    bool opened;     /* IRP_MJ_CREATE succeeded: IRP_MJ_CLOSE is due. */
    bool cleaned_up; /* IRP_MJ_CLEANUP was sent. */
    void (*closed)(void *argument);
    void *closed_argument;
    PVOID path; /* Pool; the object's FileName points into it. */
    IO_SECURITY_CONTEXT security;
    struct io_user_waiter control; /* Create, cleanup and close when they are synchronous. */
};

/* Sends IRP_MJ_CLOSE; the object is being deleted. */
void io_user_send_close(struct io_user_file *file, struct io_user_request *request);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * WDFFILEOBJECT: an open of the device, as this driver sees it. Made when a file creation arrives (unless the
 * driver wants none), deleted after EvtFileClose, or when the creation fails; then without EvtFileCleanup
 * and EvtFileClose.
 */
#ifndef OPENWDF_FX_IO_FILE_H
#define OPENWDF_FX_IO_FILE_H

#include "fx/pnp/device.h"

struct fx_request;

struct fx_file {
    struct fx_object object;
    struct fx_device *device;
    FILE_OBJECT *wdm; /* NULL: the creation came without one. */
    struct list link; /* In fx_io_device.files; its lock. */
    struct fx_file
        *related; /* The open was relative to it; referenced. NULL: to none that we know. */
};

static inline WDFFILEOBJECT
fx_file_handle(struct fx_file *file)
{
    return file == NULL ? NULL : fx_object_handle(&file->object);
}

/* The file object that the device made for the WDM file object; NULL when there is none. */
struct fx_file *fx_file_find(struct fx_device *device, FILE_OBJECT *wdm);

/* IRP_MJ_CREATE, IRP_MJ_CLEANUP, IRP_MJ_CLOSE. */
NTSTATUS fx_file_create(struct fx_device *device, IRP *irp);
NTSTATUS fx_file_cleanup(struct fx_device *device, IRP *irp);
NTSTATUS fx_file_close(struct fx_device *device, IRP *irp);

/* A file creation is being completed with that status. */
void fx_file_create_ends(struct fx_request *request, NTSTATUS status);

#endif

/* SPDX-License-Identifier: MIT */
/* Plug and Play notification, as pnp and whoever knows of other hosts see it. */
#ifndef OPENWDF_NT_IO_NOTIFY_H
#define OPENWDF_NT_IO_NOTIFY_H

#include <stdbool.h>

#include <ntddk.h>

/* What is told of a device to those who registered for it. */
enum io_target_event {
    IO_TARGET_QUERY_REMOVE, /* Can be refused. */
    IO_TARGET_REMOVE_CANCELLED,
    IO_TARGET_REMOVE_PENDING, /* Nobody has refused; it goes. Not for drivers. */
    IO_TARGET_REMOVE_COMPLETE,
    IO_TARGET_CUSTOM, /* A driver's own. */
};

/*
 * Tells those who registered for the target device, in order (GUID_TARGET_DEVICE_QUERY_REMOVE …): first
 * the drivers here, then everybody else (tell_others). Returns the first refusal. PASSIVE_LEVEL.
 */
NTSTATUS io_notify_removal(PDEVICE_OBJECT pdo, enum io_target_event event);

/* Other hosts --------------------------------------------------------------------------------- */

/* What only the composition root knows. Members may be NULL. PASSIVE_LEVEL. */
struct io_notify_system {
    /*
     * Begins to watch the other hosts' interfaces of a class, and calls `found` for each that is there.
     * Each that comes or goes later is told by io_notify_foreign_interface. Called between io_notify_hold
     * and io_notify_release: nothing may be told from elsewhere meanwhile.
     */
    void (*watch_class)(const GUID *class_guid,
                        void (*found)(void *argument, PCUNICODE_STRING name), void *argument);
    /*
     * An event of a device of ours for applications and drivers of other hosts who registered for it.
     * custom: of IO_TARGET_CUSTOM; else NULL. Returns a refusal of a query, after a bounded time.
     */
    NTSTATUS(*tell_others)
    (PDEVICE_OBJECT pdo, enum io_target_event event,
     const TARGET_DEVICE_CUSTOM_NOTIFICATION *custom);
    /* Somebody registers for a file. *ret_watch stays NULL when its device is one of ours. */
    NTSTATUS (*watch_file)(PFILE_OBJECT file, void **ret_watch);
    /* He does not any more. May be called by a callback that the watch led to. */
    void (*unwatch_file)(void *watch);
};

/* NULL: there is only this process. Set while no driver runs. */
void io_notify_set_system(const struct io_notify_system *system);

/*
 * Between the two nobody registers for a class, and no interface's state is told: what a registration
 * finds and what it hears of later fit together. Not recursive.
 */
void io_notify_hold(void);
void io_notify_release(void);

/* An interface of another host came or went. Held. */
void io_notify_foreign_interface(const GUID *class_guid, bool arrival, PCUNICODE_STRING name);

/*
 * What another host says of a device that `pdo` stands for here: as io_notify_removal, for the drivers
 * here alone. custom: of IO_TARGET_CUSTOM, its FileObject is set for each; else NULL.
 */
NTSTATUS io_notify_foreign_target(PDEVICE_OBJECT pdo, enum io_target_event event,
                                  TARGET_DEVICE_CUSTOM_NOTIFICATION *custom);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * Hearing of device interfaces and devices that come and go in the session, whichever process serves
 * them: each change is a line of the file `events` in the runtime folder, written under the folder's
 * lock together with the change itself. So all listeners hear all changes, in one order, and what a
 * listener knew when it began is exactly what was before the first change that it hears of.
 *
 * Interfaces are heard of by class: only those of classes that were asked for. A watch is used by one
 * thread at a time.
 */
#ifndef OPENWDF_IPC_NAMES_WATCH_H
#define OPENWDF_IPC_NAMES_WATCH_H

#include "ipc/frames.h"
#include "ipc/names.h"

struct names_watch;

struct names_event {
    enum names_event_kind kind;
    char guid[FRAME_GUID_SIZE];      /* Of the interface's class; "" for a device. */
    char name[NAMES_NAME_SIZE];      /* The interface's name, or the device's instance id. */
    char device_id[NAMES_NAME_SIZE]; /* Of the stack that serves it. */
};

typedef void names_event_fn(void *argument, const struct names_event *event);

/* Hears of what happens from now on. Returns 0 or a negative errno. */
int names_watch_open(const struct names *names, struct names_watch **ret_watch);

/* NULL is allowed. */
void names_watch_close(struct names_watch *watch);

/* Readable when there may be something to hear: call names_watch_poll then. */
int names_watch_fd(const struct names_watch *watch);

/* Calls fn for each event that has not been heard yet. */
void names_watch_poll(struct names_watch *watch, names_event_fn *fn, void *argument);

/*
 * From now on interfaces of the class are heard of. Polls first, so that names_watch_known has what there
 * is at this moment. Asking again is allowed. guid: in any form. -EINVAL, -ENOMEM, -errno.
 */
int names_watch_class(struct names_watch *watch, const char *guid, names_event_fn *fn,
                      void *argument);

/* From now on interfaces of every class are heard of; what there is is not known by that. */
void names_watch_all(struct names_watch *watch, names_event_fn *fn, void *argument);

/* The interfaces of a watched class that are there, as far as events were heard. See names_for_each. */
int names_watch_known(struct names_watch *watch, const char *guid, names_fn *fn, void *argument);

#endif

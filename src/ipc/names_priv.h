/* SPDX-License-Identifier: MIT */
/* What names.c and the journal of its events share. */
#ifndef OPENWDF_IPC_NAMES_PRIV_H
#define OPENWDF_IPC_NAMES_PRIV_H

#include "ipc/names.h"

/* Locks the folder: returns a descriptor, whose close gives the lock back, or a negative errno. */
int names_lock(const struct names *names);

/* The device id that a socket's file name stands for; room for NAMES_NAME_SIZE. */
int names_device_of(const char *stack, char *device_id);

/*
 * Tells all who watch. guid: of the interface's class, normalized; "" for a device. `stack`: the socket's
 * file name. The caller holds the folder's lock. What cannot be written is reported in the log.
 */
void journal_append(const struct names *names, enum names_event_kind kind, const char *guid,
                    const char *name, const char *stack);

#endif

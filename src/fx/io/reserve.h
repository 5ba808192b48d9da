/* SPDX-License-Identifier: MIT */
/*
 * Guaranteed forward progress: requests that a queue keeps for when memory is short.
 *
 * A reserved request is an ordinary one but for its end: its object, contexts and children stay, and
 * it goes back to the reserve. An IRP that needs one while all are out waits, with a cancel routine,
 * until one comes back. Whatever is out, and every IRP that waits, pins the queue.
 */
#ifndef OPENWDF_FX_IO_RESERVE_H
#define OPENWDF_FX_IO_RESERVE_H

#include "fx/io/queue.h"

struct fx_reserve {
    struct fx_queue *queue;
    WDF_IO_QUEUE_FORWARD_PROGRESS_POLICY policy;

    /* Guarded by the queue's lock. */
    struct fx_request *free; /* By fx_request.next. */
    LIST_ENTRY irps;         /* Tail.Overlay.ListEntry of those that wait, oldest first. */
};

/* An IRP, marked pending, arrives at a queue that has a reserve. Returns STATUS_PENDING. */
NTSTATUS fx_reserve_add_irp(struct fx_reserve *reserve, IRP *irp, uint8_t major);

/* A reserved request is through: the next IRP gets it, or it waits for one. */
void fx_reserve_give_back(struct fx_request *request);

/* The queue is purged: what waits for a reserved request ends. */
void fx_reserve_purge(struct fx_reserve *reserve);

/* Deletes the reserved requests, none of which is out. NULL is allowed. PASSIVE_LEVEL. */
void fx_reserve_delete(struct fx_reserve *reserve);

#endif

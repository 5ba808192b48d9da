/* SPDX-License-Identifier: MIT */
/*
 * The reflector of one device stack: its face to the world. It owns the public socket, so opens
 * outlive a host; hands rings to clients and host; forwards cancel, cleanup and close; times what is
 * critical; and when the host dies settles everything outstanding, exactly once each.
 *
 * Runs on the thread of its loop. Never blocks: a host or client that does not read is cut off.
 */
#ifndef OPENWDF_REFLECTOR_REFL_STACK_H
#define OPENWDF_REFLECTOR_REFL_STACK_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "ipc/frames.h"
#include "ipc/loop.h"

struct refl_stack;

/* UMDF's reflector gives critical operations one minute. */
#define REFL_CRITICAL_TIMEOUT_MS 60000u

/* Open connections of one stack at once. */
#define REFL_CONNECTIONS_MAX 4096u

#define REFL_STATUS_SUCCESS           ((int32_t)0)
#define REFL_STATUS_TERMINATED        ((int32_t)0xC0000450) /* STATUS_DRIVER_PROCESS_TERMINATED */
#define REFL_STATUS_NOT_READY         ((int32_t)0xC00000A3) /* STATUS_DEVICE_NOT_READY */
#define REFL_STATUS_NO_RESOURCES      ((int32_t)0xC000009A) /* STATUS_INSUFFICIENT_RESOURCES */
#define REFL_STATUS_INVALID_PARAMETER ((int32_t)0xC000000D) /* STATUS_INVALID_PARAMETER */

/* What the owner (the manager) is told. All members must be set. */
struct refl_events {
    /* The host started the stack, or failed to. */
    void (*ready)(void *owner, int32_t status);
    /* A name came or went. error: 0, or why it could not be published (-EEXIST: somebody has it). */
    void (*named)(void *owner, const char *guid, const char *name, bool enabled, int error);
    void (*opened)(void *owner, pid_t pid, const char *name, int32_t status);
    void (*closed)(void *owner, pid_t pid);
    /* The host removed the stack in good order and will exit. */
    void (*removed)(void *owner, int32_t status);
    /* The host must be ended: it missed a deadline or broke the protocol. */
    void (*condemned)(void *owner, const char *reason);
    /* FRAME_DEVNODE, FRAME_CONFIGURE, FRAME_ACTION_DONE: about the host's tree. NULL: nobody cares. */
    void (*tree)(void *owner, const union frame *frame);
};

struct refl_config {
    const char *device_id;
    const char *texts[FRAME_INFO_TEXTS]; /* FRAME_INFO_ID is device_id's; NULL: "". Copied. */
    uint32_t critical_timeout_ms;        /* 0: REFL_CRITICAL_TIMEOUT_MS. */
    const struct refl_events *events;
    void *owner;
};

/*
 * Makes the runtime folder when it is missing and listens. -EADDRINUSE: another process serves that
 * device id. -ENOMEM, -errno.
 */
int refl_stack_create(struct ipc_loop *loop, const struct refl_config *config,
                      struct refl_stack **ret_stack);

/* Closes every connection and withdraws every name. NULL is allowed. */
void refl_stack_delete(struct refl_stack *stack);

/* A host serves from now on, through `control`, which becomes the reflector's. Times its start. */
int refl_stack_attach_host(struct refl_stack *stack, int control, pid_t pid);

/*
 * The host process has ended (the kernel said so). Completes everything outstanding with
 * REFL_STATUS_TERMINATED, wakes the waiters, withdraws the names. Returns how many requests were
 * outstanding. Opens fail until another host is attached.
 */
unsigned refl_stack_host_died(struct refl_stack *stack);

/*
 * Takes no more opens, closes every connection, then asks the host to remove the stack: timed;
 * refl_events.removed follows. -EPIPE: no host.
 */
int refl_stack_remove(struct refl_stack *stack);

/* A frame about the host's tree: FRAME_HOST_ACTION, FRAME_HOST_CONFIGURED. -EPIPE: no host. */
int refl_stack_tell(struct refl_stack *stack, union frame *frame, enum frame_type type);

/* Open connections. */
unsigned refl_stack_connections(const struct refl_stack *stack);

#endif

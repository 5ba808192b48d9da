/* SPDX-License-Identifier: MIT */
/*
 * A small event loop for the control path: descriptors and deadlines on one thread. What a callback
 * removes is not called any more, also not for events that were already fetched.
 */
#ifndef OPENWDF_IPC_LOOP_H
#define OPENWDF_IPC_LOOP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/list.h"

struct ipc_loop {
    int poll_fd;
    bool stopped;
    struct list timers; /* Of struct ipc_timer, the earliest first. */
    struct list sources;
    struct list removed; /* Sources that events of this round may still point to. */
};

struct ipc_source;

typedef void ipc_source_fn(void *argument);
typedef void ipc_timer_fn(void *argument);

/* Embedded in its owner. Zeroed: not armed. */
struct ipc_timer {
    struct list link;
    uint64_t deadline_ns;
    ipc_timer_fn *fn;
    void *argument;
    bool armed;
};

int ipc_loop_init(struct ipc_loop *loop);
void ipc_loop_fini(struct ipc_loop *loop);

/* Calls fn while fd is readable or hung up. The descriptor stays the caller's. -ENOMEM, -errno. */
int ipc_loop_watch(struct ipc_loop *loop, int fd, ipc_source_fn *fn, void *argument,
                   struct ipc_source **ret_source);

/* Before the descriptor is closed. NULL is allowed. */
void ipc_loop_unwatch(struct ipc_loop *loop, struct ipc_source *source);

/* Calls fn once at or after deadline_ns. Arming again replaces. */
void ipc_timer_arm(struct ipc_loop *loop, struct ipc_timer *timer, uint64_t deadline_ns,
                   ipc_timer_fn *fn, void *argument);
void ipc_timer_disarm(struct ipc_timer *timer);

/* Serves until ipc_loop_stop. 0 or a negative errno. */
int ipc_loop_run(struct ipc_loop *loop);
void ipc_loop_stop(struct ipc_loop *loop);

#endif

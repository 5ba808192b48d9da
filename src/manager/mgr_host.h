/* SPDX-License-Identifier: MIT */
/* One host process: its start, what it says, its end. */
#ifndef OPENWDF_MANAGER_MGR_HOST_H
#define OPENWDF_MANAGER_MGR_HOST_H

#include <sys/types.h>

#include "ipc/loop.h"
#include "sys/process.h"

struct mgr_host;

struct mgr_host_events {
    /* A line that the host or its driver wrote, without the line break. */
    void (*line)(void *owner, const char *text);
    /* The process has ended and all its lines were told. */
    void (*ended)(void *owner, const struct sys_process_status *status);
};

/*
 * Starts `argv` (argv[0] is the program's path; envp may be NULL: as here) with its end of a control channel as descriptor
 * MGR_HOST_CONTROL_FD. Its output comes as lines. It dies with the calling thread. *ret_control is
 * the other end, the caller's. -ENOENT: no such program.
 */
#define MGR_HOST_CONTROL_FD 3
int mgr_host_start(struct ipc_loop *loop, char *const *argv, char *const *envp,
                   const struct mgr_host_events *events, void *owner, struct mgr_host **ret_host,
                   int *ret_control);

pid_t mgr_host_pid(const struct mgr_host *host);

/* Kills the process; `ended` follows. */
void mgr_host_kill(struct mgr_host *host);

/* Kills it when it still runs, and waits. No more events. NULL is allowed. */
void mgr_host_delete(struct mgr_host *host);

/*
 * Where wdfhost is: $OPENWDF_HOST, beside the calling program, its libexec folder, or the build tree
 * it runs from. -ENOENT.
 */
int mgr_host_program(char *path, size_t size);

#endif

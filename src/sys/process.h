/* SPDX-License-Identifier: MIT */
/* Child processes: started with exactly the descriptors they are given, watched by descriptor. */
#ifndef OPENWDF_SYS_PROCESS_H
#define OPENWDF_SYS_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SYS_PROCESS_FD_MAX 32

struct sys_process_fd {
    int fd; /* Of this process. */
    int as; /* Its number in the child. */
};

struct sys_process_params {
    const char *path;  /* The program; not looked up in PATH. */
    char *const *argv; /* argv[0] too; ends with NULL. */
    char *const *envp; /* Ends with NULL. NULL: this process's environment. */

    /*
     * The child's descriptors beside 0, 1 and 2, which it inherits unless they are named here. All
     * others are closed in the child.
     */
    const struct sys_process_fd *fds;
    size_t fd_count; /* At most SYS_PROCESS_FD_MAX. */

    /*
     * The child is killed when the *thread* that started it ends: use it from threads that live as
     * long as the process.
     */
    bool die_with_parent;

    /* The child leads a process group of its own: Ctrl-C in the terminal does not reach it. */
    bool own_group;
};

struct sys_process {
    int pid;
    int fd; /* Of the process; see sys_process_fd. -1 when there is none. */
    bool ended;
    int code;   /* Valid when ended. */
    int signal; /* Valid when ended. */
};

struct sys_process_status {
    int code;   /* Exit code; -1 when a signal ended it. */
    int signal; /* The signal that ended it; 0 when it exited. */
};

/*
 * Starts a process. Returns 0, or the negative errno of what failed, the child's exec included
 * (-ENOENT: no such program). Nothing is left behind on failure.
 */
int sys_process_spawn(const struct sys_process_params *params, struct sys_process *ret_process);

/* A descriptor that gets readable when the process has ended. Stays the process's. */
int sys_process_fd(const struct sys_process *process);

/*
 * Waits until the process has ended or until deadline_ns; `0` asks without waiting. Returns 0,
 * -ETIMEDOUT, or another negative errno. May be called again after it returned 0. ret_status may be
 * NULL.
 */
int sys_process_wait(struct sys_process *process, uint64_t deadline_ns,
                     struct sys_process_status *ret_status);

/* Sends a signal. Returns 0 or -ESRCH when the process has ended. Never hits another process. */
int sys_process_kill(const struct sys_process *process, int signal);

/* Forgets the process. One that still runs goes on. */
void sys_process_fini(struct sys_process *process);

/* The user in whose name this process runs. */
uint32_t sys_process_user(void);

#endif

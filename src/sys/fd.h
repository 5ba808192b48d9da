/* SPDX-License-Identifier: MIT */
/*
 * Descriptors: events, waiting for readiness, sockets that carry descriptors. Not for simulated
 * threads: whoever blocks here blocks the whole simulation. All descriptors are closed on exec.
 */
#ifndef OPENWDF_SYS_FD_H
#define OPENWDF_SYS_FD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Descriptors in one message. */
#define SYS_FD_PASS_MAX 16

/* Closes *fd unless it is -1, and makes it -1. */
void sys_fd_close(int *fd);

/* 0 or a negative errno. */
int sys_fd_set_nonblocking(int fd);

/* An event that is readable while set. Returns the descriptor or a negative errno. */
int sys_event_create(void);
void sys_event_set(int fd);

/* Clears the event; true when it was set. Never blocks. */
bool sys_event_clear(int fd);

#define SYS_FD_READABLE 1u
#define SYS_FD_WRITABLE 2u
#define SYS_FD_HANGUP   4u /* Closed by the peer, or in error. Reported always. */

/*
 * Waits until the descriptor is ready for one of `events`, or until deadline_ns. Returns the events
 * that are ready, 0 after the deadline, or a negative errno.
 */
int sys_fd_wait(int fd, unsigned events, uint64_t deadline_ns);

/* A set of descriptors to wait for. Returns its descriptor or a negative errno. */
int sys_poll_create(void);

/* Adds (or changes) a descriptor with the events to wait for; `tag` comes back with them. */
int sys_poll_add(int poll, int fd, unsigned events, uint64_t tag);
int sys_poll_remove(int poll, int fd);

struct sys_poll_event {
    uint64_t tag;
    unsigned events;
};

/*
 * Waits until one of the set is ready, or until deadline_ns. Returns how many it stored, 0 after
 * the deadline, or a negative errno.
 */
int sys_poll_wait(int poll, struct sys_poll_event *ret_events, size_t max, uint64_t deadline_ns);

/* A connected pair of sockets that keeps message boundaries. 0 or a negative errno. */
int sys_socket_pair(int ret_fds[2]);

/*
 * Sends one message with descriptors, which stay the caller's. Returns 0, -EAGAIN when the socket is
 * full and nonblocking, -EPIPE when the peer is gone, or another negative errno. No SIGPIPE.
 */
int sys_fd_send(int socket, const void *data, size_t size, const int *fds, size_t fd_count);

/*
 * Receives one message and at most fd_max descriptors into ret_fds; the rest of the array becomes
 * -1. Returns the message's size, 0 when the peer has closed, -EMSGSIZE when the message is longer
 * than `size` or carries more descriptors (all of them are closed then), or a negative errno.
 */
long sys_fd_receive(int socket, void *buffer, size_t size, int *ret_fds, size_t fd_max);

#endif

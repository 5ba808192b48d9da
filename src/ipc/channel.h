/* SPDX-License-Identifier: MIT */
/*
 * Frames over SOCK_SEQPACKET sockets, with descriptor passing. A received frame has the right magic,
 * version, type for this direction, size and number of descriptors, and terminated texts; anything
 * else is -EPROTO, the descriptors that came with it closed.
 */
#ifndef OPENWDF_IPC_CHANNEL_H
#define OPENWDF_IPC_CHANNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "ipc/frames.h"

#define CHANNEL_FDS_MAX 2

/* Who may send what. */
enum frame_sender {
    FRAME_FROM_CLIENT = 1,
    FRAME_FROM_REFLECTOR = 2, /* To a client. */
    FRAME_FROM_MANAGER = 4,   /* The reflector, to a host. */
    FRAME_FROM_HOST = 8,
};

/* A connected pair, closed on exec. */
int channel_pair(int fds[2]);

/* Binds and listens / connects at a path of the file system. Returns the descriptor. */
int channel_listen(const char *path);
int channel_connect(const char *path);

/* Accepts; neither the listener nor what it returns blocks. -EAGAIN: nobody. */
int channel_accept(int listener);

/* The peer's process and user, as the kernel knows them. */
int channel_peer(int fd, pid_t *ret_pid, uid_t *ret_uid);

/*
 * Completes the header (magic, version, size) for the type and sends. fds: exactly as many as the
 * type carries. -EAGAIN: full, and the socket does not block. -EPIPE: the peer is gone.
 */
int channel_send(int fd, union frame *frame, enum frame_type type, const int *fds);

/*
 * Receives one frame from that sender. Returns 1, 0 at the end of the connection, or a negative
 * errno (-EAGAIN when nothing is there and the socket does not block). fds: room for
 * CHANNEL_FDS_MAX; entries that the frame does not carry become -1.
 */
int channel_receive(int fd, union frame *frame, enum frame_sender sender, int *fds);

/* The check alone, for `size` bytes from that sender with `fd_count` descriptors: 0 or -EPROTO. */
int frame_check(const union frame *frame, size_t size, enum frame_sender sender, unsigned fd_count);

/* "OPEN", "HOST_CANCEL" …; "?" for what is none. */
const char *frame_type_name(unsigned type);

#endif

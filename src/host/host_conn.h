/* SPDX-License-Identifier: MIT */
/*
 * One client's connection in the host: a file object, the ring, and a crew that turns ring entries
 * into I/O requests. The client is not trusted: whatever breaks the ring's protocol ends this
 * connection and nothing else.
 */
#ifndef OPENWDF_HOST_HOST_CONN_H
#define OPENWDF_HOST_HOST_CONN_H

#include <stdint.h>

#include <ntddk.h>

#include "ipc/frames.h"

struct host_conn;

/* What a connection says; called on its threads. The functions send frames to the reflector. */
struct host_conn_events {
    /* Called once. With a failure nothing follows, and the id is free again. */
    void (*open_done)(void *owner, uint32_t id, int32_t status, uint64_t information);
    void (*cleanup_done)(void *owner, uint32_t id, uint32_t outstanding);
    /* The close is through; the id is free again. */
    void (*close_done)(void *owner, uint32_t id);
    void (*broken)(void *owner, uint32_t id, const char *reason);
};

/* Threads of one connection that may sleep in the driver at once. */
#define HOST_CONN_THREADS_MAX 16u

/* Once, before the first connection. */
void host_conn_init(void);

/*
 * Maps the ring and starts to open: open_done follows. The descriptors become the connection's, also
 * on failure. -EPROTO: not a ring of that geometry. -ENOMEM, -EAGAIN.
 */
int host_conn_create(const struct frame_host_open *open, const int *fds,
                     const struct host_conn_events *events, void *owner,
                     struct host_conn **ret_conn);

void host_conn_ref(struct host_conn *conn);
void host_conn_unref(struct host_conn *conn);

/* The PDO below the file, or the device that has none; NULL when it is not open. Referenced. */
PDEVICE_OBJECT host_conn_device(struct host_conn *conn);

/* Cancels one request, or all for FRAME_SLOT_ALL (the open too). Calls the driver. */
void host_conn_cancel(struct host_conn *conn, uint32_t slot, uint32_t generation);

/* Takes no more entries, then sends the cleanup: cleanup_done follows. Once, when open. */
void host_conn_cleanup(struct host_conn *conn);

/*
 * After the cleanup: close_done follows when the last request has ended. Then, as after an open that
 * failed, the connection goes with the last reference of its finders.
 */
void host_conn_close(struct host_conn *conn);

#endif

/* SPDX-License-Identifier: MIT */
/* What refl_stack.c and refl_conn.c share. One thread: no locks. */
#ifndef OPENWDF_REFLECTOR_REFL_PRIV_H
#define OPENWDF_REFLECTOR_REFL_PRIV_H

#include "base/list.h"
#include "ipc/channel.h"
#include "ipc/names.h"
#include "ipc/ring.h"
#include "reflector/refl_stack.h"

enum refl_conn_state {
    REFL_CONN_GREETING, /* Accepted; the client has not asked for anything yet. */
    REFL_CONN_OPENING,  /* The driver has the create. */
    REFL_CONN_OPEN,
    REFL_CONN_CLEANING, /* The driver has the cleanup. */
    REFL_CONN_CLOSING,  /* The driver gets the close when its last request has ended. */
    REFL_CONN_WATCHING, /* No file: it hears of what happens to another connection's device. */
    REFL_CONN_STATES,
};

enum refl_conn_event {
    REFL_ON_OPEN, /* From the client. */
    REFL_ON_CANCEL,
    REFL_ON_CLOSE,
    REFL_ON_INFO,
    REFL_ON_WATCH,
    REFL_ON_CHANGE_DONE,
    REFL_ON_GONE,      /* The client's socket ended, or the client broke the protocol. */
    REFL_ON_OPEN_DONE, /* From the host. */
    REFL_ON_CLEANUP_DONE,
    REFL_ON_CLOSE_DONE,
    REFL_ON_BROKEN,
    REFL_ON_WATCHED,
    REFL_ON_CHANGE,
    REFL_ON_HOST_DIED,
    REFL_ON_EVENTS,
};

struct refl_conn {
    struct list link; /* stack->connections */
    struct refl_stack *stack;
    enum refl_conn_state state;
    uint32_t id; /* Index into stack->table and a serial number. */
    pid_t pid;
    uid_t uid;
    int control; /* To the client; -1 when it is gone. */
    struct ipc_source *source;
    struct ring ring; /* .memory NULL until OPENING. */
    int ring_fd;      /* Until the client has it. */
    int event_receiver;
    char *name;
    unsigned cancels; /* Not answered by the host yet. */
    struct ipc_timer cancel_timer;
    struct ipc_timer cleanup_timer; /* Of the cleanup, then of what it left outstanding. */
};

/* A frame that did not fit into the host's socket. */
struct refl_pending {
    struct list link;
    union frame frame;
    enum frame_type type;
    int fds[CHANNEL_FDS_MAX];
};

struct refl_stack {
    struct ipc_loop *loop;
    struct names names;
    char device_id[FRAME_TEXT_SIZE];
    char texts[FRAME_INFO_TEXTS][FRAME_TEXT_SIZE];
    uint64_t critical_timeout_ns;
    const struct refl_events *events;
    void *owner;

    int listener;
    struct ipc_source *listener_source;

    int host; /* Control socket; -1: no host. */
    struct ipc_source *host_source;
    pid_t host_pid;
    bool starting; /* The host has not said READY yet. */
    bool ready;
    bool removing; /* Waits for the last connection to go. */
    int32_t problem;
    struct list pending;         /* Of struct refl_pending: sent before anything else. */
    struct ipc_timer host_timer; /* Start and remove. */

    struct list early_names; /* Interfaces that wait for READY. */
    struct list nodes; /* Of struct refl_node: devices below the stack's own (refl_nodes.c). */

    struct list connections;
    unsigned connection_count;
    struct refl_conn *table[REFL_CONNECTIONS_MAX];
    uint32_t next_serial;
};

/* Sends to the host, at once or when it has read more. fds stay the caller's. -EPIPE: no host. */
int refl_host_send(struct refl_stack *stack, union frame *frame, enum frame_type type,
                   const int *fds);
void refl_host_condemn(struct refl_stack *stack, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Goes on with a removal, when there is one, after a connection has gone. */
void refl_stack_try_remove(struct refl_stack *stack);

/* What the host says of its tree. */
void refl_nodes_note(struct refl_stack *stack, const struct frame_devnode *said);
void refl_nodes_clear(struct refl_stack *stack);

/* Describes the index-th device below the stack's own, from 1 on; nothing when there are fewer. */
void refl_nodes_describe(const struct refl_stack *stack, uint32_t index,
                         struct frame_info_reply *reply);

/* Takes over a client's socket. */
void refl_conn_accept(struct refl_stack *stack, int control);

/* Something for a connection; frame may be NULL for events without one. May free it. */
void refl_conn_event(struct refl_conn *conn, enum refl_conn_event event, const union frame *frame);

/* The host answered a cancel. */
void refl_conn_cancel_done(struct refl_conn *conn);

/* The connection of that id, or NULL. */
struct refl_conn *refl_conn_find(struct refl_stack *stack, uint32_t id);

void refl_conn_free(struct refl_conn *conn);

#endif

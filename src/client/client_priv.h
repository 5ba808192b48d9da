/* SPDX-License-Identifier: MIT */
/*
 * What the client library keeps for an open connection. Everything here is private memory; of the
 * shared ring only what ring_client_* returned is believed.
 *
 * Locks: `lock` guards the free slots and the arena; `reap_lock` the completion ring. Neither is held
 * while waiting or copying data; reap_lock is taken first.
 */
#ifndef OPENWDF_CLIENT_CLIENT_PRIV_H
#define OPENWDF_CLIENT_CLIENT_PRIV_H

#include <stdbool.h>
#include <stdint.h>

#include "ipc/arena.h"
#include "ipc/channel.h"
#include "ipc/names.h"
#include "ipc/ring.h"
#include "ipc/ring_wait.h"
#include "openwdf/client.h"
#include "sys/lock.h"

#define CLIENT_HANDLE_MAGIC 0x4857444fu /* "ODWH" */

/* How long a waiter sleeps before it looks whether the manager is still there. */
#define CLIENT_PEER_CHECK_NS 1000000000ull

/* Not 0: what this process opens, a user-mode driver opens. */
extern uint32_t client_um_driver;

enum client_slot_mode {
    CLIENT_SLOT_FREE,
    CLIENT_SLOT_NAMED,  /* Ends with owdf_finish. */
    CLIENT_SLOT_REAPED, /* Ends with owdf_reap. */
};

struct client_slot {
    uint32_t mode;       /* enum client_slot_mode; atomic, because cancel looks at it. */
    uint32_t generation; /* Atomic for the same reason. */
    uint32_t next_free;
    uint32_t in_block; /* Arena offsets of copies we made; ARENA_NONE: none. */
    uint32_t out_block;
    uint32_t out_size;
    bool out_inline;
    bool out_whole; /* The driver had the caller's buffer itself: copy back all of it, always. */
    void *out;
    bool woke; /* The server slept when it was submitted. */
    uint64_t cookie;
    struct ipc_spin spin;
};

struct owdf_handle {
    uint32_t magic;
    int control; /* Socket to the reflector. */
    uint32_t id; /* What the reflector calls the connection. */
    int event;   /* Readable when armed and something ended; for ever once all senders died. */
    struct ring ring;
    struct ring_client client;
    struct client_slot *slots;

    struct sys_lock lock;
    uint32_t free_head; /* Index of the first free slot; ring slots: none. */
    uint32_t in_flight;
    uint32_t reaped_taken; /* Slots that were taken to be reaped; atomic, for its readers. */
    struct arena arena;
    uint32_t released; /* Counts; waiters for a slot or arena space sleep on it. */
    uint32_t release_waiters;

    struct sys_lock reap_lock;
    uint32_t reaped_ended;     /* How many of them have been; atomic, for its readers. */
    uint32_t scan_next;        /* After the host's death. */
    bool polled;               /* owdf_poll_fd was called: keep the event armed or signalled. */
    struct sys_lock spin_lock; /* Only ever tried. Guards reap_spin. */
    struct ipc_spin reap_spin;
};

/* Whether host or manager are gone. `look` also asks the socket. Settles everything when so. */
bool client_dead(owdf_handle *handle, bool look);

static inline bool
client_handle_valid(const owdf_handle *handle)
{
    return handle != NULL && handle->magic == CLIENT_HANDLE_MAGIC;
}

#endif

/* SPDX-License-Identifier: MIT */
/*
 * Sleeping and waking on a ring. Each side spins for a learned time (spin.h), publishes that it
 * sleeps, looks once more, and only then sleeps; so a side that sees nobody asleep need not wake.
 */
#ifndef OPENWDF_IPC_RING_WAIT_H
#define OPENWDF_IPC_RING_WAIT_H

#include <stdbool.h>
#include <stdint.h>

#include "ipc/ring.h"
#include "ipc/spin.h"

/*
 * Client: waits until the slot is COMPLETED: first by spinning for the learned time (start_ns: see
 * ipc_spin_slept; left out when the submission had to wake the server), then by sleeping until deadline_ns (SYS_FOREVER: no limit; -ETIMEDOUT, the request
 * untouched).
 */
bool ring_spin_completed(const struct ring_client *client, uint32_t slot, uint32_t generation,
                         struct ipc_spin *spin, struct ring_result *ret_result,
                         uint64_t *ret_start_ns);
int ring_sleep_completed(const struct ring_client *client, uint32_t slot, uint32_t generation,
                         uint64_t deadline_ns, struct ring_result *ret_result);

/* Client: wakes the host's server if it sleeps, and returns whether. After each submission. */
bool ring_wake_server(struct ring *ring);

/*
 * Server: waits until an entry is there, or *stop is not 0, at most longest_ns. One thread at a time.
 * Returns whether an entry is there.
 */
bool ring_wait_submitted(const struct ring_server *server, struct ipc_spin *spin,
                         const uint32_t *stop, uint64_t longest_ns);

/*
 * Makes ring_wait_submitted look at *stop. A client can hide that the server sleeps, and a wake can
 * come just before the sleep: repeat until the server has answered.
 */
void ring_kick_server(struct ring *ring);

/* Server: does what ring_server_complete asked for. sender: see ipc_event_pair. */
void ring_wake_client(struct ring *ring, uint32_t slot, enum ring_wake wake, int sender);

/* Reflector: ring_settle, and wakes everybody who waits for a slot. */
unsigned ring_settle_and_wake(struct ring *ring, int32_t status);

/*
 * The event a client polls is one end of a socket pair: *ret_receiver goes to the client, *ret_sender
 * to the host. (An eventfd would not do: its blocking mode and its counter are shared by all who
 * hold it, so a client could make its host block.) When every sender is closed the receiver is
 * readable for ever. Returns 0 or a negative errno. Both are closed on exec.
 */
int ipc_event_pair(int *ret_receiver, int *ret_sender);

/* Makes the receiver readable. Never blocks. */
void ipc_event_signal(int sender);

/* Makes the receiver unreadable again. Returns false when every sender is gone. */
bool ipc_event_drain(int receiver);

#endif

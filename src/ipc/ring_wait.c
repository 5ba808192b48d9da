/* SPDX-License-Identifier: MIT */
/* Sleeping and waking on a ring: see ring_wait.h. */
#include "ipc/ring_wait.h"

#include <errno.h>
#include <sys/socket.h>

#include "base/atomic.h"
#include "base/hot.h"
#include "sys/wait.h"

/* ---- Client ---- */

struct completion_wait {
    const uint32_t *word;
    uint32_t completed;
};

static bool
completion_ready(const void *argument)
{
    const struct completion_wait *wait = argument;

    return atomic_load_u32(wait->word) == wait->completed;
}

bool
ring_spin_completed(const struct ring_client *client, uint32_t slot, uint32_t generation,
                    struct ipc_spin *spin, struct ring_result *ret_result, uint64_t *ret_start_ns)
{
    struct completion_wait wait = {&client->ring->slots[slot].state,
                                   ring_word(generation, RING_COMPLETED)};

    return ipc_spin_until(spin, completion_ready, &wait, ret_start_ns) &&
           ring_client_completed(client, slot, generation, ret_result);
}

BASE_HOT int
ring_sleep_completed(const struct ring_client *client, uint32_t slot, uint32_t generation,
                     uint64_t deadline_ns, struct ring_result *ret_result)
{
    uint32_t *word = &client->ring->slots[slot].state;

    while (!ring_client_completed(client, slot, generation, ret_result)) {
        uint32_t seen = atomic_load_u32(word);

        if (seen == ring_word(generation, RING_COMPLETED)) {
            continue;
        }
        if ((seen & RING_SLEEPING) == 0 && !atomic_cas_u32(word, &seen, seen | RING_SLEEPING)) {
            continue;
        }
        if (sys_wait_shared(word, seen | RING_SLEEPING, deadline_ns) == -ETIMEDOUT) {
            return ring_client_completed(client, slot, generation, ret_result) ? 0 : -ETIMEDOUT;
        }
    }
    return 0;
}

BASE_HOT bool
ring_wake_server(struct ring *ring)
{
    uint32_t *sleeps = &ring->header->server_sleeps;

    if (atomic_load_u32(sleeps) == 0 || atomic_xchg_u32(sleeps, 0) == 0) {
        return false;
    }
    sys_wake_shared(sleeps, 1);
    return true;
}

/* ---- Server ---- */

struct submission_wait {
    const struct ring_server *server;
    const uint32_t *stop;
};

static BASE_HOT bool
submission_ready(const void *argument)
{
    const struct submission_wait *wait = argument;

    return ring_server_ready(wait->server) || atomic_load_u32(wait->stop) != 0;
}

BASE_HOT bool
ring_wait_submitted(const struct ring_server *server, struct ipc_spin *spin, const uint32_t *stop,
                    uint64_t longest_ns)
{
    uint32_t *sleeps = &server->ring->header->server_sleeps;
    struct submission_wait wait = {server, stop};
    uint64_t start_ns;

    if (!ipc_spin_until(spin, submission_ready, &wait, &start_ns)) {
        (void)atomic_xchg_u32(sleeps, 1);
        if (!submission_ready(&wait)) {
            (void)sys_wait_shared(sleeps, 1, start_ns + longest_ns);
        }
        atomic_store_u32(sleeps, 0);
        ipc_spin_slept(spin, start_ns);
    }
    return ring_server_ready(server);
}

void
ring_kick_server(struct ring *ring)
{
    (void)atomic_xchg_u32(&ring->header->server_sleeps, 0);
    sys_wake_shared(&ring->header->server_sleeps, UINT32_MAX);
}

BASE_HOT void
ring_wake_client(struct ring *ring, uint32_t slot, enum ring_wake wake, int sender)
{
    if (wake == RING_WAKE_SLOT) {
        sys_wake_shared(&ring->slots[slot].state, UINT32_MAX);
    } else if (wake == RING_WAKE_EVENT) {
        ipc_event_signal(sender);
    }
}

/* ---- Reflector ---- */

static void
settle_wake(void *argument, uint32_t *state_word)
{
    (void)argument;
    sys_wake_shared(state_word, UINT32_MAX);
}

unsigned
ring_settle_and_wake(struct ring *ring, int32_t status)
{
    return ring_settle(ring, status, settle_wake, NULL);
}

/* ---- Events ---- */

int
ipc_event_pair(int *ret_receiver, int *ret_sender)
{
    int fds[2];

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) != 0) {
        return -errno;
    }
    *ret_receiver = fds[0];
    *ret_sender = fds[1];
    return 0;
}

void
ipc_event_signal(int sender)
{
    /* Fails when the buffer is full, and then the other end is readable anyway. */
    (void)send(sender, "", 1, MSG_DONTWAIT | MSG_NOSIGNAL);
}

bool
ipc_event_drain(int receiver)
{
    char bytes[64];
    ssize_t n;

    do {
        n = recv(receiver, bytes, sizeof(bytes), MSG_DONTWAIT);
    } while (n == (ssize_t)sizeof(bytes) || (n < 0 && errno == EINTR));
    return n > 0 || (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK));
}

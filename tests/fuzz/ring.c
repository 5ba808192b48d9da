/* SPDX-License-Identifier: MIT */
/*
 * What a hostile peer writes into a ring: the input is laid over the whole of the shared memory, then
 * each role does its work. Whatever a role accepts must lie in bounds.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "ipc/ring.h"
#include "sys/memory.h"

#define SLOTS 4u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
require(int condition)
{
    if (!condition) {
        abort();
    }
}

static void
check_request(const struct ring *ring, uint32_t slot, const struct ring_request *request)
{
    require(slot < ring->geometry.slots);
    require(request->operation >= RING_OP_READ && request->operation <= RING_OP_LAST);
    require((request->flags & RING_IN_INLINE) != 0
                ? request->in_size <= RING_PAYLOAD_SIZE
                : (uint64_t)request->in_offset + request->in_size <= ring->geometry.arena_size);
    require((request->flags & RING_OUT_INLINE) != 0
                ? request->out_size <= RING_PAYLOAD_SIZE
                : (uint64_t)request->out_offset + request->out_size <= ring->geometry.arena_size);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static void *memory;
    struct ring_geometry geometry;
    struct ring_server server;
    struct ring_client client;
    struct ring_request request;
    struct ring_result result = {.status = 0};
    struct ring ring;
    uint32_t slot;
    unsigned i;

    (void)ring_geometry_init(&geometry, SLOTS, RING_ARENA_MIN);
    if (memory == NULL) {
        memory = sys_pages_alloc(geometry.total_size);
    }
    memset(memory, 0, geometry.arena_offset);
    memcpy(memory, data, size < geometry.arena_offset ? size : geometry.arena_offset);
    ring_attach(&ring, &geometry, memory);
    require(ring_server_init(&server, &ring) == 0);
    for (i = 0; i < 2 * SLOTS && ring_server_pop(&server, &slot, &request) == 1; i++) {
        check_request(&ring, slot, &request);
        if (i % 2 == 0) {
            (void)ring_server_complete(&server, slot, request.flags, &result, "x", 1);
        }
    }
    ring_server_fini(&server);

    ring_client_init(&client, &ring);
    for (i = 0; i < 2 * SLOTS; i++) {
        int got = ring_client_reap(&client, &slot);

        if (got == 1) {
            require(slot < SLOTS);
            (void)ring_client_completed(&client, slot, 0, &result);
            (void)ring_client_release(&client, slot, 0);
        } else if (got == 0) {
            break;
        }
    }
    (void)ring_settle(&ring, RING_STATUS_DRIVER_PROCESS_TERMINATED, NULL, NULL);
    require(ring_outstanding(&ring) == 0);
    return 0;
}

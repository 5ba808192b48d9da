/* SPDX-License-Identifier: MIT */
/* The protocol core of the ring: see ring.h. Nothing here waits, wakes or allocates but the server's
 * private table. */
#include "ipc/ring.h"

#include <errno.h>
#include <string.h>

#include "base/assert.h"
#include "base/atomic.h"
#include "base/bytes.h"
#include "base/hot.h"
#include "sys/memory.h"

/* A peer that flips the state word under us can make a compare-and-swap fail; not for ever. */
#define RING_CAS_TRIES 8

/* About as many requests as a cache line takes to come. */
#define RING_PREFETCH_AHEAD 2u

static size_t
round_up(size_t value, size_t unit)
{
    return (value + unit - 1) / unit * unit;
}

static bool
is_power_of_two(uint64_t value)
{
    return value != 0 && (value & (value - 1)) == 0;
}

static void
geometry_lay_out(struct ring_geometry *geometry, uint32_t slots, uint64_t arena_size)
{
    size_t entries_size = round_up(slots * sizeof(uint64_t), 128);

    *geometry = (struct ring_geometry){.slots = slots, .arena_size = arena_size};
    geometry->submissions_offset = round_up(sizeof(struct ring_header), 128);
    geometry->completions_offset = geometry->submissions_offset + entries_size;
    geometry->slots_offset = geometry->completions_offset + entries_size;
    geometry->arena_offset =
        round_up(geometry->slots_offset + slots * sizeof(struct ring_slot), 4096);
    geometry->total_size = geometry->arena_offset + arena_size;
}

int
ring_geometry_init(struct ring_geometry *geometry, uint32_t depth, uint64_t arena_size)
{
    uint32_t slots = RING_SLOTS_MIN;
    uint64_t arena = RING_ARENA_MIN;

    depth = depth == 0 ? RING_SLOTS_DEFAULT : depth;
    arena_size = arena_size == 0 ? RING_ARENA_DEFAULT : arena_size;
    if (depth > RING_SLOTS_MAX || arena_size > RING_ARENA_MAX) {
        return -EINVAL;
    }
    while (slots < depth) {
        slots *= 2;
    }
    while (arena < arena_size) {
        arena *= 2;
    }
    geometry_lay_out(geometry, slots, arena);
    return 0;
}

int
ring_geometry_accept(struct ring_geometry *geometry, uint32_t slots, uint64_t arena_size)
{
    if (slots < RING_SLOTS_MIN || slots > RING_SLOTS_MAX || !is_power_of_two(slots) ||
        arena_size < RING_ARENA_MIN || arena_size > RING_ARENA_MAX ||
        !is_power_of_two(arena_size)) {
        return -EPROTO;
    }
    geometry_lay_out(geometry, slots, arena_size);
    return 0;
}

void
ring_attach(struct ring *ring, const struct ring_geometry *geometry, void *memory)
{
    uint8_t *base = memory;

    ring->geometry = *geometry;
    ring->memory = memory;
    ring->header = memory;
    ring->submissions = (uint64_t *)(void *)(base + geometry->submissions_offset);
    ring->completions = (uint64_t *)(void *)(base + geometry->completions_offset);
    ring->slots = (struct ring_slot *)(void *)(base + geometry->slots_offset);
    ring->arena = base + geometry->arena_offset;
}

void
ring_format(struct ring *ring)
{
    ring->header->magic = RING_MAGIC;
    ring->header->version = RING_VERSION;
    ring->header->slots = ring->geometry.slots;
    ring->header->arena_size = ring->geometry.arena_size;
}

int
ring_map(struct ring *ring, const struct ring_geometry *geometry, int fd)
{
    void *memory;
    int error = sys_shm_map(fd, geometry->total_size, &memory);

    if (error != 0) {
        return error;
    }
    ring_attach(ring, geometry, memory);
    if (atomic_load_relaxed_u32(&ring->header->magic) != RING_MAGIC ||
        atomic_load_relaxed_u32(&ring->header->version) != RING_VERSION) {
        ring_unmap(ring);
        return -EPROTO;
    }
    return 0;
}

void
ring_unmap(struct ring *ring)
{
    if (ring->memory != NULL) {
        sys_shm_unmap(ring->memory, ring->geometry.total_size);
        ring->memory = NULL;
    }
}

bool
ring_host_dead(const struct ring *ring)
{
    return atomic_load_u32(&ring->header->host_dead) != 0;
}

/* ---- Entries: a turn number and a slot in one word ---- */

static bool
entry_ready(const struct ring *ring, const uint64_t *entries, uint32_t turn)
{
    uint64_t entry = atomic_load_u64(&entries[turn & (ring->geometry.slots - 1)]);

    return (uint32_t)(entry >> 32) == turn + 1;
}

/* 1 and the slot, 0 when the turn has not come, -EPROTO when the entry names no slot. */
static int
entry_get(const struct ring *ring, const uint64_t *entries, uint32_t turn, uint32_t *ret_slot)
{
    uint64_t entry = atomic_load_u64(&entries[turn & (ring->geometry.slots - 1)]);

    if ((uint32_t)(entry >> 32) != turn + 1) {
        return 0;
    }
    if ((uint32_t)entry >= ring->geometry.slots) {
        return -EPROTO;
    }
    *ret_slot = (uint32_t)entry;
    return 1;
}

/*
 * Fetches the slots of the entries that follow into the cache while the one before them is served: whoever
 * wrote them last was another processor. What an entry claims is a hint here, and checked as such.
 */
static void
entries_prefetch(const struct ring *ring, const uint64_t *entries, uint32_t turn)
{
    uint32_t ahead = turn + RING_PREFETCH_AHEAD;
    uint64_t entry = atomic_load_relaxed_u64(&entries[ahead & (ring->geometry.slots - 1)]);

    if ((uint32_t)(entry >> 32) == ahead + 1 && (uint32_t)entry < ring->geometry.slots) {
        __builtin_prefetch(&ring->slots[(uint32_t)entry], 1);
    }
}

/*
 * Never overtakes the consumer: there are as many entries as slots, and a slot has at most one entry
 * in each ring, because its owner gives it back only after the entry was consumed. An exchange, not a
 * store: what is looked at after it (does the other side sleep, is it dead) is looked at after it.
 */
static void
entry_put(struct ring *ring, uint64_t *entries, uint32_t turn, uint32_t slot)
{
    uint64_t entry = (uint64_t)(turn + 1) << 32 | slot;

    (void)atomic_xchg_u64(&entries[turn & (ring->geometry.slots - 1)], entry);
}

/* ---- Client ---- */

void
ring_client_init(struct ring_client *client, struct ring *ring)
{
    *client = (struct ring_client){.ring = ring};
}

/*
 * Completes a slot in place of a dead host. Whoever wins the compare-and-swap has settled it; the
 * status is written before, which is harmless to a loser because all settlers write the same.
 */
static bool
settle_slot(struct ring_slot *slot, uint32_t word, int32_t status, bool *ret_sleeping)
{
    uint32_t generation = word >> RING_GENERATION_SHIFT;
    int tries;

    for (tries = 0; tries < RING_CAS_TRIES; tries++) {
        enum ring_state state = ring_word_state(word);

        if ((state != RING_SUBMITTED && state != RING_TAKEN) ||
            word >> RING_GENERATION_SHIFT != generation) {
            return false;
        }
        atomic_store_relaxed_u32((uint32_t *)&slot->status, (uint32_t)status);
        atomic_store_relaxed_u64(&slot->information, 0);
        if (atomic_cas_u32(&slot->state, &word, ring_word(generation, RING_COMPLETED))) {
            *ret_sleeping = (word & RING_SLEEPING) != 0;
            return true;
        }
    }
    return false;
}

BASE_HOT int
ring_client_submit(struct ring_client *client, uint32_t slot, uint32_t generation,
                   const struct ring_request *request, const void *payload)
{
    struct ring_slot *s = &client->ring->slots[slot];

    if (atomic_load_u32(&s->state) != ring_word(generation, RING_FREE)) {
        return -EPROTO;
    }
    s->operation = (uint16_t)request->operation;
    s->flags = (uint16_t)request->flags;
    s->code = request->code;
    s->in_size = request->in_size;
    s->out_size = request->out_size;
    s->in_offset = request->in_offset;
    s->out_offset = request->out_offset;
    s->file_offset = request->file_offset;
    if ((request->flags & RING_IN_INLINE) != 0 && request->in_size != 0) {
        base_assert(request->in_size <= RING_PAYLOAD_SIZE);
        bytes_copy_few(s->payload, payload, request->in_size);
    }
    atomic_store_u32(&s->state, ring_word(generation, RING_SUBMITTED));
    entry_put(client->ring, client->ring->submissions,
              atomic_fetch_add_u32(&client->submit_turn, 1), slot);

    /* The reflector sets host_dead before it scans; so either it sees our slot or we see it dead. */
    if (atomic_load_u32(&client->ring->header->host_dead) != 0) {
        bool sleeping;

        (void)settle_slot(s, ring_word(generation, RING_SUBMITTED),
                          RING_STATUS_DRIVER_PROCESS_TERMINATED, &sleeping);
    }
    return 0;
}

BASE_HOT bool
ring_client_completed(const struct ring_client *client, uint32_t slot, uint32_t generation,
                      struct ring_result *ret_result)
{
    struct ring_slot *s = &client->ring->slots[slot];

    if (atomic_load_u32(&s->state) != ring_word(generation, RING_COMPLETED)) {
        return false;
    }
    ret_result->status = (int32_t)atomic_load_relaxed_u32((uint32_t *)&s->status);
    ret_result->information = atomic_load_relaxed_u64(&s->information);
    return true;
}

BASE_HOT uint32_t
ring_client_release(struct ring_client *client, uint32_t slot, uint32_t generation)
{
    uint32_t next = (generation + 1) & RING_GENERATION_MASK;

    atomic_store_u32(&client->ring->slots[slot].state, ring_word(next, RING_FREE));
    return next;
}

bool
ring_client_reap_ready(const struct ring_client *client)
{
    return entry_ready(client->ring, client->ring->completions,
                       atomic_load_relaxed_u32(&client->reap_turn));
}

BASE_HOT int
ring_client_reap(struct ring_client *client, uint32_t *ret_slot)
{
    int result = entry_get(client->ring, client->ring->completions, client->reap_turn, ret_slot);

    if (result != 0) {
        entries_prefetch(client->ring, client->ring->completions, client->reap_turn);
        atomic_store_relaxed_u32(&client->reap_turn, client->reap_turn + 1);
    }
    return result;
}

/* ---- Server ---- */

int
ring_server_init(struct ring_server *server, struct ring *ring)
{
    *server = (struct ring_server){.ring = ring};
    server->held = sys_alloc_zeroed(ring->geometry.slots * sizeof(server->held[0]));
    return server->held == NULL ? -ENOMEM : 0;
}

void
ring_server_fini(struct ring_server *server)
{
    sys_free(server->held);
    server->held = NULL;
}

BASE_HOT bool
ring_server_ready(const struct ring_server *server)
{
    return entry_ready(server->ring, server->ring->submissions,
                       atomic_load_relaxed_u32(&server->pop_turn));
}

/*
 * SUBMITTED → TAKEN, keeping the client's sleeping flag. Returns the new word or 0. Nobody sleeps on the word of
 * an asynchronous request, and the reflector touches it only when there is no host any more: no need to swap.
 */
static uint32_t
slot_take(struct ring_slot *slot, uint32_t word, bool async)
{
    int tries;

    if (async && (word & (RING_STATE_MASK | RING_SLEEPING)) == RING_SUBMITTED) {
        word = (word & ~(uint32_t)RING_STATE_MASK) | RING_TAKEN;
        atomic_store_u32(&slot->state, word);
        return word;
    }
    for (tries = 0; tries < RING_CAS_TRIES && ring_word_state(word) == RING_SUBMITTED; tries++) {
        uint32_t taken = (word & ~(uint32_t)RING_STATE_MASK) | RING_TAKEN;

        if (atomic_cas_u32(&slot->state, &word, taken)) {
            return taken & ~(uint32_t)RING_SLEEPING;
        }
    }
    return 0;
}

static bool
range_fits(uint64_t offset, uint64_t size, uint64_t limit)
{
    return offset <= limit && size <= limit - offset;
}

/* Copies each field once; after this nothing of the slot is read again. */
static void
slot_copy(const struct ring_slot *slot, struct ring_request *request)
{
    request->operation = (enum ring_operation)atomic_load_relaxed_u16(&slot->operation);
    request->flags = atomic_load_relaxed_u16(&slot->flags);
    request->code = atomic_load_relaxed_u32(&slot->code);
    request->in_size = atomic_load_relaxed_u32(&slot->in_size);
    request->out_size = atomic_load_relaxed_u32(&slot->out_size);
    request->in_offset = atomic_load_relaxed_u32(&slot->in_offset);
    request->out_offset = atomic_load_relaxed_u32(&slot->out_offset);
    request->file_offset = atomic_load_relaxed_u64(&slot->file_offset);
}

static bool
request_valid(const struct ring_geometry *geometry, const struct ring_request *request)
{
    if ((uint32_t)request->operation == 0 || (uint32_t)request->operation > RING_OP_LAST ||
        (request->flags & ~(uint32_t)RING_FLAGS_ALL) != 0) {
        return false;
    }
    if ((request->flags & RING_IN_INLINE) != 0) {
        if (request->in_size > RING_PAYLOAD_SIZE) {
            return false;
        }
    } else if (!range_fits(request->in_offset, request->in_size, geometry->arena_size)) {
        return false;
    }
    if ((request->flags & RING_OUT_INLINE) != 0) {
        return request->out_size <= RING_PAYLOAD_SIZE;
    }
    return range_fits(request->out_offset, request->out_size, geometry->arena_size);
}

BASE_HOT int
ring_server_pop(struct ring_server *server, uint32_t *ret_slot, struct ring_request *ret_request)
{
    struct ring *ring = server->ring;
    struct ring_request request;
    uint32_t slot;
    uint32_t word;
    uint32_t taken;
    int result = entry_get(ring, ring->submissions, server->pop_turn, &slot);

    if (result <= 0) {
        return result;
    }
    entries_prefetch(ring, ring->submissions, server->pop_turn);
    if (atomic_load_u32(&server->held[slot]) != 0) {
        return -EPROTO;
    }
    word = atomic_load_u32(&ring->slots[slot].state);
    slot_copy(&ring->slots[slot], &request);
    if (ring_word_state(word) != RING_SUBMITTED || !request_valid(&ring->geometry, &request)) {
        return -EPROTO;
    }
    taken = slot_take(&ring->slots[slot], word, (request.flags & RING_ASYNC) != 0);
    if (taken == 0) {
        return -EPROTO;
    }
    atomic_store_u32(&server->held[slot], taken);
    atomic_store_relaxed_u32(&server->pop_turn, server->pop_turn + 1);
    *ret_slot = slot;
    *ret_request = request;
    return 1;
}

bool
ring_server_held(const struct ring_server *server, uint32_t slot)
{
    return atomic_load_u32(&server->held[slot]) != 0;
}

bool
ring_server_holds(const struct ring_server *server, uint32_t slot, uint32_t generation)
{
    return atomic_load_u32(&server->held[slot]) == ring_word(generation, RING_TAKEN);
}

uint32_t
ring_server_generation(const struct ring_server *server, uint32_t slot)
{
    return atomic_load_u32(&server->held[slot]) >> RING_GENERATION_SHIFT;
}

static enum ring_wake
entry_put_completion(struct ring_server *server, uint32_t slot)
{
    struct ring *ring = server->ring;

    entry_put(ring, ring->completions, atomic_fetch_add_u32(&server->complete_turn, 1), slot);
    if (atomic_load_u32(&ring->header->client_armed) != 0 &&
        atomic_xchg_u32(&ring->header->client_armed, 0) != 0) {
        return RING_WAKE_EVENT;
    }
    return RING_WAKE_NOBODY;
}

BASE_HOT enum ring_wake
ring_server_complete(struct ring_server *server, uint32_t slot, uint32_t flags,
                     const struct ring_result *result, const void *payload, size_t payload_size)
{
    struct ring *ring = server->ring;
    struct ring_slot *s = &ring->slots[slot];
    uint32_t held = atomic_load_u32(&server->held[slot]);
    uint32_t expected = held;
    uint32_t completed = (held & ~(uint32_t)RING_STATE_MASK) | RING_COMPLETED;
    enum ring_wake wake = RING_WAKE_NOBODY;
    int tries;

    base_assert(held != 0 && payload_size <= RING_PAYLOAD_SIZE);
    if (payload_size != 0) {
        bytes_copy_few(s->payload, payload, payload_size);
    }
    atomic_store_relaxed_u32((uint32_t *)&s->status, (uint32_t)result->status);
    atomic_store_relaxed_u64(&s->information, result->information);

    /* From here on the client may reuse the slot, so what we hold privately goes first. */
    atomic_store_u32(&server->held[slot], 0);
    if ((flags & RING_ASYNC) != 0) {
        atomic_store_u32(&s->state, completed); /* As in slot_take. */
        return entry_put_completion(server, slot);
    }
    for (tries = 0; tries < RING_CAS_TRIES; tries++) {
        if (atomic_cas_u32(&s->state, &expected, completed)) {
            wake = (expected & RING_SLEEPING) != 0 ? RING_WAKE_SLOT : RING_WAKE_NOBODY;
            break;
        }
        if ((expected & ~(uint32_t)RING_SLEEPING) != held) {
            return RING_WAKE_NOBODY; /* The client broke its own connection. */
        }
    }
    return wake;
}

/* ---- Reflector ---- */

unsigned
ring_settle(struct ring *ring, int32_t status, void (*wake)(void *argument, uint32_t *state_word),
            void *argument)
{
    unsigned settled = 0;
    uint32_t i;

    (void)atomic_xchg_u32(&ring->header->host_dead, 1);
    for (i = 0; i < ring->geometry.slots; i++) {
        struct ring_slot *slot = &ring->slots[i];
        bool sleeping = false;

        if (settle_slot(slot, atomic_load_u32(&slot->state), status, &sleeping)) {
            settled++;
            if (sleeping && wake != NULL) {
                wake(argument, &slot->state);
            }
        }
    }
    return settled;
}

bool
ring_slot_outstanding(const struct ring *ring, uint32_t slot)
{
    const struct ring_slot *s = &ring->slots[slot];
    enum ring_state state = ring_word_state(atomic_load_u32(&s->state));

    return (state == RING_SUBMITTED || state == RING_TAKEN) &&
           atomic_load_relaxed_u16(&s->operation) <= RING_OP_LAST_OF_DRIVER;
}

unsigned
ring_outstanding(const struct ring *ring)
{
    unsigned outstanding = 0;
    uint32_t i;

    for (i = 0; i < ring->geometry.slots; i++) {
        outstanding += ring_slot_outstanding(ring, i);
    }
    return outstanding;
}

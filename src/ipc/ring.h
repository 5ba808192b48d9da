/* SPDX-License-Identifier: MIT */
/*
 * The ring: one piece of shared memory per open connection, mapped by the client, the host and the
 * reflector. This file is the protocol core: layout and state transitions, without any waiting, so
 * that it also runs under the simulation. ring_wait.h adds sleeping and waking.
 *
 * A request lives in a slot. Its state word says at any instant, with either side dead, who has it:
 *
 *     FREE --client--> SUBMITTED --host--> TAKEN --host--> COMPLETED --client--> FREE (next generation)
 *                           \________________\____reflector, once the host is dead____/
 *
 * Every transition of a slot that two sides may want (all but those from FREE and COMPLETED, which only
 * the client owns) is one compare-and-swap that includes the generation, so each request is settled
 * exactly once and a late transition of an earlier life cannot hit a later one. The host's transitions of an
 * asynchronous request are plain stores: nobody sleeps on its word, and nobody settles while the host lives.
 *
 * No side trusts another. Geometry is agreed over the control channel and kept privately; nothing in
 * shared memory is used as an index, offset or length before it was copied once and checked against
 * it. Whoever breaks the protocol hurts only its own connection (-EPROTO).
 */
#ifndef OPENWDF_IPC_RING_H
#define OPENWDF_IPC_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RING_MAGIC         0x52464457u /* "WDFR" */
#define RING_VERSION       1u
#define RING_SLOTS_MIN     2u
#define RING_SLOTS_MAX     4096u
#define RING_SLOTS_DEFAULT 64u
#define RING_ARENA_MIN     ((uint64_t)64 << 10)
#define RING_ARENA_MAX     ((uint64_t)1 << 30)
#define RING_ARENA_DEFAULT ((uint64_t)64 << 20)

/* Bytes that travel inside a slot; the first 16 cost no extra cache line. */
#define RING_PAYLOAD_SIZE 80u

/* STATUS_DRIVER_PROCESS_TERMINATED: what a request gets whose host died. */
#define RING_STATUS_DRIVER_PROCESS_TERMINATED ((int32_t)0xC0000450)

enum ring_state {
    RING_FREE = 0,
    RING_SUBMITTED = 1,
    RING_TAKEN = 2,
    RING_COMPLETED = 3,
    RING_STATE_MASK = 7,
    RING_SLEEPING = 8, /* Flag: the client sleeps on the state word. */
};

#define RING_GENERATION_SHIFT 4
#define RING_GENERATION_MASK  0x0FFFFFFFu

static inline uint32_t
ring_word(uint32_t generation, enum ring_state state)
{
    return generation << RING_GENERATION_SHIFT | (uint32_t)state;
}

static inline enum ring_state
ring_word_state(uint32_t word)
{
    return (enum ring_state)(word & RING_STATE_MASK);
}

enum ring_operation {
    RING_OP_READ = 1,
    RING_OP_WRITE = 2,
    RING_OP_IOCTL = 3,
    RING_OP_FLUSH = 4,
    RING_OP_FENCE = 5, /* For the server itself: completed when it is met, in order. */
    RING_OP_NOTICE =
        6, /* For the server itself: ends when a driver has set an event of the client's. */
    RING_OP_LAST = RING_OP_NOTICE,
    RING_OP_LAST_OF_DRIVER = RING_OP_FLUSH,
};

enum ring_flags {
    RING_ASYNC = 1,     /* Wants an entry in the completion ring. */
    RING_IN_INLINE = 2, /* The input is in the slot's payload. */
    RING_OUT_INLINE =
        4, /* The output goes to the slot's payload (where the input may have been). */
    RING_FLAGS_ALL = 7,
};

/* In shared memory. Two cache lines; a request with at most 16 bytes of data uses the first only. */
struct ring_slot {
    uint32_t state;
    uint16_t operation;
    uint16_t flags;
    uint32_t code;
    uint32_t in_size;
    uint32_t out_size;
    uint32_t in_offset; /* Into the arena, unless inline. */
    uint32_t out_offset;
    int32_t status;
    uint64_t file_offset;
    uint64_t information;
    uint8_t payload[RING_PAYLOAD_SIZE];
};

/*
 * In shared memory. An entry is one 64-bit word: the sequence number of its turn in the upper half,
 * the slot in the lower. The consumer polls the entry itself; there is no separate tail.
 */
struct ring_header {
    uint32_t magic;
    uint32_t version;
    uint32_t slots;
    uint32_t reserved;
    uint64_t arena_size;
    uint8_t pad0[64 - 24];
    uint32_t server_sleeps; /* The host's server sleeps on this word. Client: 1 → 0 and wake. */
    uint32_t host_dead;     /* Written by the reflector, before it settles. */
    uint8_t pad1[64 - 8];
    uint32_t
        client_armed; /* The client wants the event descriptor signalled. Host: 1 → 0, signal. */
    uint8_t pad2[64 - 4];
};

_Static_assert(sizeof(struct ring_slot) == 128, "a slot is two cache lines");
_Static_assert(offsetof(struct ring_slot, payload) == 48, "16 payload bytes share the first line");
_Static_assert(sizeof(struct ring_header) == 192, "one line per direction");

/* What both sides agreed on, privately kept, and where that puts things. */
struct ring_geometry {
    uint32_t slots; /* A power of two; also the entries of each ring. */
    uint64_t arena_size;
    size_t slots_offset;
    size_t submissions_offset;
    size_t completions_offset;
    size_t arena_offset;
    size_t total_size;
};

/*
 * Rounds a wish (0: the default) to a geometry. -EINVAL when it is out of bounds: depth above
 * RING_SLOTS_MAX or arena_size above RING_ARENA_MAX.
 */
int ring_geometry_init(struct ring_geometry *geometry, uint32_t depth, uint64_t arena_size);

/* The same for values that a peer agreed to: -EPROTO unless they are exactly a valid geometry. */
int ring_geometry_accept(struct ring_geometry *geometry, uint32_t slots, uint64_t arena_size);

/* One side's view of a mapped ring. */
struct ring {
    struct ring_geometry geometry;
    struct ring_header *header;
    struct ring_slot *slots;
    uint64_t *submissions;
    uint64_t *completions;
    uint8_t *arena;
    void *memory;
};

/* Lays the view over geometry->total_size bytes at memory. */
void ring_attach(struct ring *ring, const struct ring_geometry *geometry, void *memory);

/* Maps the descriptor, attaches, and checks the header. The descriptor stays the caller's. */
int ring_map(struct ring *ring, const struct ring_geometry *geometry, int fd);
void ring_unmap(struct ring *ring);

/* Writes the header of fresh, zeroed memory. */
void ring_format(struct ring *ring);

/* A request by value, as one side copied it. */
struct ring_request {
    enum ring_operation operation;
    uint32_t flags;
    uint32_t code;
    uint32_t in_size;
    uint32_t out_size;
    uint32_t in_offset;
    uint32_t out_offset;
    uint64_t file_offset;
};

struct ring_result {
    int32_t status;
    uint64_t information;
};

/* ---- Client: owns FREE and COMPLETED slots ------------------------------------------------------ */

struct ring_client {
    struct ring *ring;
    uint32_t submit_turn; /* Next turn in the submission ring; taken atomically. */
    uint32_t reap_turn;   /* Next turn in the completion ring; guarded by the caller. */
};

void ring_client_init(struct ring_client *client, struct ring *ring);

/*
 * Makes the caller's FREE slot `slot` of that generation SUBMITTED and enters it into the submission
 * ring. `payload` is copied when RING_IN_INLINE is set. -EPROTO: the slot was not FREE, somebody
 * broke the protocol. When the host turns out to be dead the slot is settled at once (still 0).
 */
int ring_client_submit(struct ring_client *client, uint32_t slot, uint32_t generation,
                       const struct ring_request *request, const void *payload);

/* True when the slot of that generation is COMPLETED; *ret_result then is what the host said. */
bool ring_client_completed(const struct ring_client *client, uint32_t slot, uint32_t generation,
                           struct ring_result *ret_result);

/* Gives a COMPLETED slot back and returns its next generation. */
uint32_t ring_client_release(struct ring_client *client, uint32_t slot, uint32_t generation);

/*
 * Takes the next entry of the completion ring. Returns 1 and the slot, 0 when there is none,
 * -EPROTO when the entry names no slot. What the entry claims is a hint: check the slot itself.
 */
int ring_client_reap(struct ring_client *client, uint32_t *ret_slot);

/* True when ring_client_reap would not return 0. */
bool ring_client_reap_ready(const struct ring_client *client);

bool ring_host_dead(const struct ring *ring);

/* ---- Server: the host's side -------------------------------------------------------------------- */

struct ring_server {
    struct ring *ring;
    uint32_t pop_turn;      /* Guarded by the caller. */
    uint32_t complete_turn; /* Next turn in the completion ring; taken atomically. */
    uint32_t *held; /* Per slot: state word while the host holds it, 0 otherwise. Private. */
};

/* -ENOMEM. */
int ring_server_init(struct ring_server *server, struct ring *ring);
void ring_server_fini(struct ring_server *server);

/* True when ring_server_pop would not return 0. */
bool ring_server_ready(const struct ring_server *server);

/*
 * Takes the next entry, makes its slot TAKEN, copies and checks the request. Returns 1 with the slot
 * and the request, 0 when there is none, -EPROTO when the client broke the protocol: any index,
 * operation, flag, offset or length out of range, or a slot that is not SUBMITTED.
 * One caller at a time.
 */
int ring_server_pop(struct ring_server *server, uint32_t *ret_slot,
                    struct ring_request *ret_request);

/* Whether the host holds a slot, at all or of that generation; and the generation it holds. */
bool ring_server_held(const struct ring_server *server, uint32_t slot);
bool ring_server_holds(const struct ring_server *server, uint32_t slot, uint32_t generation);
uint32_t ring_server_generation(const struct ring_server *server, uint32_t slot);

/* What ring_server_complete asks its caller to do. */
enum ring_wake {
    RING_WAKE_NOBODY = 0,
    RING_WAKE_SLOT = 1,  /* The client sleeps on the slot's state word. */
    RING_WAKE_EVENT = 2, /* The client armed the event descriptor. */
};

/*
 * Completes a slot that the host holds: payload (may be NULL) is copied into the slot, then status
 * and information are published. Any thread. Completing twice is the host's own fault and asserts.
 */
enum ring_wake ring_server_complete(struct ring_server *server, uint32_t slot, uint32_t flags,
                                    const struct ring_result *result, const void *payload,
                                    size_t payload_size);

/* ---- Reflector: after the host's death ---------------------------------------------------------- */

/*
 * Marks the host dead and completes every SUBMITTED and TAKEN slot with `status`. Calls wake (may be
 * NULL) for each slot on which the client sleeps. Returns how many it settled. May be called again.
 */
unsigned ring_settle(struct ring *ring, int32_t status,
                     void (*wake)(void *argument, uint32_t *state_word), void *argument);

/* Whether the slot's request is with the host now, and for its driver. A client can lie here; it is for reports. */
bool ring_slot_outstanding(const struct ring *ring, uint32_t slot);

/* How many are. */
unsigned ring_outstanding(const struct ring *ring);

#endif

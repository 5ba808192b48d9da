/* SPDX-License-Identifier: MIT */
/*
 * Rings of threads: see layout.h for how readers keep up. A ring has one writer at a time; when its thread
 * ends, it goes to the next new one with what it holds. A record that a fault interrupts was never committed
 * and is overwritten.
 */
#include "trace/record.h"

#include <string.h>

#include "base/atomic.h"
#include "sys/clock.h"
#include "sys/memory.h"
#include "sys/thread.h"
#include "trace/file.h"

struct trace_thread {
    struct trace_ring *rings[TRACE_RING_CLASSES];
    struct sys_quick_clock clock;
    uint32_t number;
    bool has_activity;
    uint8_t activity[16];
    struct trace_thread *next; /* Of those without a thread. Under the file's lock. */
};

static struct trace_thread *idle_threads; /* Under the file's lock. */

static const size_t ring_sizes[TRACE_RING_CLASSES] = {
    [TRACE_RING_SESSION] = TRACE_SESSION_RING_SIZE,
    [TRACE_RING_RECORDER] = TRACE_RECORDER_RING_SIZE,
    [TRACE_RING_ERRORS] = TRACE_ERRORS_RING_SIZE,
};

/* ---- Threads ---- */

static void
thread_ended(void *value)
{
    struct trace_thread *thread = value;

    trace_file_lock();
    thread->next = idle_threads;
    idle_threads = thread;
    trace_file_unlock();
}

static struct trace_thread *
thread_attach(void)
{
    struct trace_thread *thread;

    trace_file_lock();
    thread = idle_threads;
    if (thread != NULL) {
        idle_threads = thread->next;
    } else {
        thread = sys_alloc_zeroed(sizeof(*thread));
    }
    trace_file_unlock();
    if (thread != NULL) {
        thread->next = NULL;
        thread->has_activity = false;
        thread->number = (uint32_t)sys_thread_id(sys_thread_self());
        sys_slot_set_destructor(SYS_SLOT_TRACE, thread_ended);
        sys_slot_set(SYS_SLOT_TRACE, thread);
    }
    return thread;
}

struct trace_thread *
trace_thread_self(void)
{
    struct trace_thread *thread = sys_slot_get(SYS_SLOT_TRACE);

    return __builtin_expect(thread != NULL, 1) ? thread : thread_attach();
}

uint64_t
trace_thread_now(struct trace_thread *thread)
{
    return sys_quick_now_ns(&thread->clock);
}

uint32_t
trace_thread_number(const struct trace_thread *thread)
{
    return thread->number;
}

const void *
trace_thread_activity(void)
{
    struct trace_thread *thread = sys_slot_get(SYS_SLOT_TRACE);

    return thread != NULL && thread->has_activity ? thread->activity : NULL;
}

void
trace_thread_set_activity(const uint8_t id[16])
{
    struct trace_thread *thread = trace_thread_self();

    if (thread != NULL) {
        memcpy(thread->activity, id, sizeof(thread->activity));
        thread->has_activity = true;
    }
}

/* ---- Rings ---- */

static struct trace_ring *
ring_create(struct trace_thread *thread, enum trace_ring_class which)
{
    struct trace_ring *ring = NULL;
    uint64_t offset;
    void *memory;

    trace_file_lock();
    if (trace_file_is_open() &&
        trace_file_reserve_locked(sizeof(*ring) + ring_sizes[which], &memory, &offset) == 0) {
        ring = memory;
        *ring = (struct trace_ring){
            .magic = TRACE_RING_MAGIC, .ring_class = which, .size = ring_sizes[which]};
        trace_file_publish_locked(TRACE_CHUNK_RING, offset, sizeof(*ring) + ring_sizes[which]);
        thread->rings[which] = ring;
    }
    trace_file_unlock();
    return ring;
}

static uint8_t *
ring_data(struct trace_ring *ring, uint64_t position)
{
    return (uint8_t *)(ring + 1) + position % ring->size;
}

struct trace_record *
trace_record_begin(struct trace_thread *thread, enum trace_ring_class which, size_t least,
                   size_t *ret_room)
{
    struct trace_ring *ring = thread->rings[which];
    uint64_t head;
    size_t left;

    if (__builtin_expect(ring == NULL, 0)) {
        ring = ring_create(thread, which);
        if (ring == NULL) {
            return NULL;
        }
    }
    head = ring->head;
    left = TRACE_BLOCK_SIZE - (size_t)(head % TRACE_BLOCK_SIZE);
    if (left < least) {
        struct trace_record *pad = (struct trace_record *)ring_data(ring, head);

        atomic_store_relaxed_u64(&ring->reserve, head + left + TRACE_RECORD_MAX);
        atomic_fence_release();
        pad->size = (uint16_t)left;
        pad->kind = TRACE_RECORD_PAD;
        head += left;
        atomic_store_u64(&ring->head, head);
        left = TRACE_BLOCK_SIZE;
    } else {
        atomic_store_relaxed_u64(&ring->reserve, head + TRACE_RECORD_MAX);
        atomic_fence_release();
    }
    *ret_room = left < TRACE_RECORD_MAX ? left : TRACE_RECORD_MAX;
    return (struct trace_record *)ring_data(ring, head);
}

void
trace_record_commit(struct trace_thread *thread, enum trace_ring_class which,
                    const struct trace_record *record)
{
    struct trace_ring *ring = thread->rings[which];

    atomic_store_u64(&ring->head, ring->head + record->size);
}

/* ---- Bytes ---- */

void
trace_put_u64(struct trace_writer *to, uint64_t value)
{
    memcpy(to->at, &value, sizeof(value));
    to->at += sizeof(value);
    to->room -= sizeof(value);
}

void
trace_put_bytes(struct trace_writer *to, const void *bytes, size_t size, size_t budget)
{
    uint16_t length = TRACE_ABSENT;

    if (bytes != NULL) {
        size_t taken = size < budget ? size : budget;

        taken = taken < TRACE_RECORD_MAX ? taken : TRACE_RECORD_MAX;
        length = (uint16_t)(taken | (taken < size ? TRACE_CUT : 0));
        memcpy(to->at + sizeof(length), bytes, taken);
        memcpy(to->at, &length, sizeof(length));
        to->at += sizeof(length) + taken;
        to->room -= sizeof(length) + taken;
        return;
    }
    memcpy(to->at, &length, sizeof(length));
    to->at += sizeof(length);
    to->room -= sizeof(length);
}

/* SPDX-License-Identifier: MIT */
/* The calling thread's rings, and putting records into them. */
#ifndef OPENWDF_TRACE_RECORD_H
#define OPENWDF_TRACE_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "trace/layout.h"

/* Data of a ring, in bytes. Whole blocks. */
#define TRACE_SESSION_RING_SIZE  ((size_t)16 * TRACE_BLOCK_SIZE)
#define TRACE_RECORDER_RING_SIZE ((size_t)8 * TRACE_BLOCK_SIZE)
#define TRACE_ERRORS_RING_SIZE   ((size_t)4 * TRACE_BLOCK_SIZE)

struct trace_thread;

/* The calling thread's; NULL when there is no memory for one. */
struct trace_thread *trace_thread_self(void);

/*
 * Room for a record of at least `least` bytes with its header, in the thread's ring of that class. Returns
 * where it goes, 8-byte aligned, and *ret_room bytes that may be written there; NULL when there is no ring.
 * Nobody sees it before trace_record_commit.
 */
struct trace_record *trace_record_begin(struct trace_thread *thread, enum trace_ring_class which,
                                        size_t least, size_t *ret_room);

/* The record that was begun last is whole: record->size bytes. */
void trace_record_commit(struct trace_thread *thread, enum trace_ring_class which,
                         const struct trace_record *record);

/* The time for a record of the thread. */
uint64_t trace_thread_now(struct trace_thread *thread);

/* The number that records of the thread carry. */
uint32_t trace_thread_number(const struct trace_thread *thread);

/* The thread's activity id (16 bytes); NULL when it never had one. */
const void *trace_thread_activity(void);
void trace_thread_set_activity(const uint8_t id[16]);

/* Which ring a message of the recorder goes to. */
static inline enum trace_ring_class
trace_recorder_class(int level)
{
    return level == 1 || level == 2 ? TRACE_RING_ERRORS : TRACE_RING_RECORDER;
}

/* Appends bytes to a record that is being made: 16 bits of length first, as layout.h says. */
struct trace_writer {
    uint8_t *at;
    size_t room;
};

void trace_put_u64(struct trace_writer *to, uint64_t value);

/* At most `budget` bytes with their length; what is cut off is marked. bytes NULL: absent. */
void trace_put_bytes(struct trace_writer *to, const void *bytes, size_t size, size_t budget);

#endif

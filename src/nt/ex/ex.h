/* SPDX-License-Identifier: MIT */
/* The executive towards the rest of nt, fx, the loader and the composition roots. */
#ifndef OPENWDF_NT_EX_EX_H
#define OPENWDF_NT_EX_EX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <ntddk.h>

#include "base/list.h"
#include "sys/lock.h"

NTSTATUS ex_init(void);

/* Waits for work items that are queued or run, ends the workers, reports pool that is left. */
void ex_fini(void);

/* Pool accounting ----------------------------------------------------------------------------- */

/*
 * Somebody who allocates pool: a driver, or the system. A block belongs to the owner that was named
 * explicitly; else to the one whose module holds the call; else to the thread's current owner
 * (ke_thread_set_owner); else to the system.
 */
struct ex_pool_owner {
    const char *name;
    uintptr_t text_start; /* The module's code; 0, 0: found only by name and by thread. */
    uintptr_t text_end;
    struct list link; /* In the list of owners. */
    struct sys_lock lock;
    struct list blocks; /* Guarded by lock. */
    size_t bytes;       /* Guarded by lock. */
    size_t count;       /* Guarded by lock. */
    size_t peak_bytes;  /* Guarded by lock. */
};

/* Before the driver's first instruction. `name` must live as long as the owner. */
void ex_pool_owner_add(struct ex_pool_owner *owner, const char *name, uintptr_t text_start,
                       uintptr_t text_end);

/* After the driver's last instruction. Blocks that are left pass to the system. */
void ex_pool_owner_remove(struct ex_pool_owner *owner);

/* The owner whose code holds `address`; NULL when none does. */
struct ex_pool_owner *ex_pool_owner_of_code(const void *address);

/* Whoever has no name. */
extern struct ex_pool_owner ex_pool_system;

struct ex_pool_leak {
    void *address;
    size_t size;
    ULONG tag;
    const void *caller; /* Return address of the call that allocated it. */
};

/* Calls sink for every block the owner holds, oldest first; returns how many there are. */
size_t ex_pool_report_leaks(struct ex_pool_owner *owner,
                            void (*sink)(void *argument, const struct ex_pool_leak *leak),
                            void *argument);

/*
 * Allocates on behalf of an owner (fx, for a driver's memory objects). `caller` is what a leak
 * report names. Flags and failures as ExAllocatePool2, but it never raises. NULL owner: by caller.
 */
void *ex_pool_allocate(struct ex_pool_owner *owner, POOL_FLAGS flags, size_t size, ULONG tag,
                       const void *caller);

/* Bytes that were asked for. Bugchecks when it is no pool block. */
size_t ex_pool_block_size(const void *block);

/*
 * Asked before every allocation; true makes it fail. NULL: none. For tests, set while all is
 * quiet.
 */
void ex_pool_set_failure_hook(bool (*hook)(void *argument, size_t size, ULONG tag,
                                           const void *caller),
                              void *argument);

/*
 * Whether the hook wants an allocation to fail that does not come from the pool: what a kernel would
 * take from there, so that tests of scarcity see it.
 */
bool ex_pool_refuses(size_t size, ULONG tag);

/* "Echo", or "?cho" where a character cannot be shown. */
void ex_pool_tag_text(ULONG tag, char text[5]);

/* Lookaside lists keep free blocks unless a memory checker should see each use. Default: not under
 * the address sanitizer. Affects lists initialized later. */
void ex_lookaside_set_caching(bool caching);

/* Work items ---------------------------------------------------------------------------------- */

/*
 * Runs once at PASSIVE_LEVEL on a system worker thread; may free itself or be queued again. Zeroed
 * but for `run` before its first use.
 */
struct ex_work {
    WORK_QUEUE_ITEM item;
    void (*run)(struct ex_work *work);
};

/*
 * The work is not queued (bugcheck). IRQL <= DISPATCH_LEVEL. Items start in order; they run in
 * parallel.
 */
void ex_work_queue_insert(struct ex_work *work);

/* Waits until everything that was queued before has run. PASSIVE_LEVEL, not on a worker. */
void ex_work_queue_flush(void);

/* Worker threads alive. */
unsigned ex_worker_count(void);

/* The events of ZwCreateEvent. */
struct ob_type;
extern struct ob_type ex_event_type;
extern struct ob_type ex_callback_type;

#endif

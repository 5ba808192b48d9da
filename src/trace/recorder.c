/* SPDX-License-Identifier: MIT */
/*
 * Logs of the inflight recorder: see recorder.h and wpprecorder.h. A log's structure is never freed, so that a
 * driver that logs to one that it has deleted meets its mark and not foreign memory.
 */
#include "trace/recorder.h"

#include <openwdf/trace_recorder.h>

#include <stdio.h>
#include <string.h>

#include "base/atomic.h"
#include "base/log.h"
#include "sys/lock.h"
#include "sys/memory.h"
#include "trace/file.h"

#define LIVE    UINT32_C(0x676f4c52)
#define DELETED UINT32_C(0x64656c52)

#define STATUS_SUCCESS                0
#define STATUS_INSUFFICIENT_RESOURCES ((int)0xC000009A)
#define STATUS_INVALID_PARAMETER      ((int)0xC000000D)

struct owdf_recorder_log {
    uint32_t magic;
    uint16_t id;
    struct owdf_recorder_log *next; /* Of the deleted ones. */
};

static struct owdf_recorder_log default_log = {.magic = LIVE};

static struct {
    struct sys_quiet_lock lock; /* Guards the rest. Before the file's lock. */
    struct owdf_recorder_log *deleted;
    uint16_t last_id;
} logs;

void *
trace_recorder_default(void)
{
    return &default_log;
}

bool
trace_recorder_log_id(void *log, uint16_t *ret_id)
{
    struct owdf_recorder_log *own = log;

    if (own == NULL || (uintptr_t)own % _Alignof(struct owdf_recorder_log) != 0 ||
        atomic_load_relaxed_u32(&own->magic) != LIVE) {
        return false;
    }
    *ret_id = own->id;
    return true;
}

static void
describe(const struct owdf_recorder_log *log, const char *identifier)
{
    const char *strings[] = {identifier};

    trace_file_lock();
    (void)trace_file_add_meta_locked(TRACE_META_LOG, log->id, 0, NULL, strings, 1);
    trace_file_unlock();
}

int
owdf_recorder_log_create(const char *identifier, struct owdf_recorder_log **ret_log)
{
    struct owdf_recorder_log *log;

    if (!trace_file_is_open()) {
        /* WPP_INIT_TRACING comes first. */
        return STATUS_INVALID_PARAMETER;
    }
    sys_quiet_lock_acquire(&logs.lock);
    log = logs.deleted;
    if (log != NULL) {
        logs.deleted = log->next;
    } else if (logs.last_id != UINT16_MAX) {
        log = sys_alloc_zeroed(sizeof(*log));
        if (log != NULL) {
            log->id = ++logs.last_id;
        }
    }
    sys_quiet_lock_release(&logs.lock);
    if (log == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    describe(log, identifier);
    atomic_store_u32(&log->magic, LIVE);
    *ret_log = log;
    return STATUS_SUCCESS;
}

void
owdf_recorder_log_delete(struct owdf_recorder_log *log)
{
    uint16_t id;

    if (log == &default_log || !trace_recorder_log_id(log, &id)) {
        base_log(BASE_LOG_WARN, "trace", "WppRecorderLogDelete: %p is not a log that was created",
                 (void *)log);
        return;
    }
    atomic_store_u32(&log->magic, DELETED);
    sys_quiet_lock_acquire(&logs.lock);
    log->next = logs.deleted;
    logs.deleted = log;
    sys_quiet_lock_release(&logs.lock);
}

void
owdf_recorder_log_rename(struct owdf_recorder_log *log, const char *identifier)
{
    uint16_t id;

    if (log != &default_log && trace_recorder_log_id(log, &id)) {
        describe(log, identifier);
    }
}

void
owdf_recorder_configure(WPP_CB_TYPE *switches, unsigned count, int default_log_wanted)
{
    unsigned i;

    if (switches[0].Control.Active == 0) {
        return; /* Without WPP_INIT_TRACING nothing is recorded. */
    }
    for (i = 0; i < count; i++) {
        switches[i].Control.AutoLogContext = default_log_wanted != 0 ? &default_log : NULL;
    }
}

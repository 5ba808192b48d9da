/* SPDX-License-Identifier: MIT */
/*
 * Telling providers that their switches have changed. Whoever changes them from outside raises the trace
 * file's generation; one thread of ours sleeps on it. A callback runs under the list's lock, so that after its
 * removal it runs no more.
 */
#include <errno.h>
#include <string.h>

#include "base/atomic.h"
#include "sys/lock.h"
#include "sys/memory.h"
#include "sys/sim.h"
#include "sys/thread.h"
#include "sys/wait.h"
#include "trace/etw.h"
#include "trace/file.h"

struct watched {
    struct watched *next;
    WPP_CB_TYPE *switches;
    uint8_t guid[16];
    trace_enable_callback *callback;
    void *context;
    uint8_t level; /* As they were told last. */
    uint64_t keywords;
};

static struct {
    struct sys_lock lock; /* Guards the list; held while a callback runs. */
    struct watched *first;
    bool thread;
} watch;

static void
tell_locked(struct watched *watched)
{
    struct owdf_trace_switches *control = &watched->switches->Control;
    uint8_t level = atomic_load_relaxed_u8((uint8_t *)&control->Level);
    uint64_t keywords = atomic_load_relaxed_u64((uint64_t *)&control->Keywords);

    if (level == watched->level && keywords == watched->keywords) {
        return;
    }
    watched->level = level;
    watched->keywords = keywords;
    watched->callback(watched->guid, level != 0, level, keywords, 0, NULL, watched->context);
}

static void
run(void *argument)
{
    const uint32_t *generation = argument;
    struct watched *watched;

    for (;;) {
        uint32_t seen = atomic_load_u32(generation);

        sys_lock_acquire(&watch.lock);
        for (watched = watch.first; watched != NULL; watched = watched->next) {
            tell_locked(watched);
        }
        sys_lock_release(&watch.lock);
        (void)sys_wait_shared(generation, seen, SYS_FOREVER);
    }
}

static void
start_locked(void)
{
    struct sys_thread *thread;

    if (!watch.thread && !sys_sim_active() &&
        sys_thread_create(&thread, "trace-watch", run, &trace_file_header()->generation) == 0) {
        sys_thread_detach(thread);
        watch.thread = true;
    }
}

int
trace_watch_add(WPP_CB_TYPE *switches, const void *guid, trace_enable_callback *callback,
                void *context)
{
    struct watched *watched = sys_alloc_zeroed(sizeof(*watched));

    if (watched == NULL) {
        return -ENOMEM;
    }
    watched->switches = switches;
    memcpy(watched->guid, guid, sizeof(watched->guid));
    watched->callback = callback;
    watched->context = context;
    sys_lock_acquire(&watch.lock);
    watched->next = watch.first;
    watch.first = watched;
    tell_locked(watched);
    start_locked();
    sys_lock_release(&watch.lock);
    return 0;
}

void
trace_watch_remove(WPP_CB_TYPE *switches)
{
    struct watched **place, *watched = NULL;

    sys_lock_acquire(&watch.lock);
    for (place = &watch.first; *place != NULL; place = &(*place)->next) {
        if ((*place)->switches == switches) {
            watched = *place;
            *place = watched->next;
            break;
        }
    }
    sys_lock_release(&watch.lock);
    sys_free(watched);
}

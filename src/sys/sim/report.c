/* SPDX-License-Identifier: MIT */
/* What a run that failed tells: each thread, what it waits on, and where. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "sys/sim/sched_priv.h"
#include "sys/wait.h"

#define FRAMES_MAX 16

/* The file's name and the offset in it, which addr2line takes; the symbol where it is exported. */
static void
report_frame(const void *address)
{
    Dl_info info;
    const char *file;

    if (dladdr(address, &info) == 0 || info.dli_fname == NULL) {
        base_log(BASE_LOG_ERROR, "sim", "        %p", address);
        return;
    }
    file = strrchr(info.dli_fname, '/');
    base_log(BASE_LOG_ERROR, "sim", "        %s+0x%tx %s", file != NULL ? file + 1 : info.dli_fname,
             (const char *)address - (const char *)info.dli_fbase,
             info.dli_sname != NULL ? info.dli_sname : "");
}

static void
describe(const struct sim_thread *thread, char *text, size_t size)
{
    int length;

    if (thread->state == SIM_READY) {
        snprintf(text, size, "can run");
        return;
    }
    if (thread->joined != NULL) {
        length = snprintf(text, size, "waits for the end of thread %u '%s'",
                          thread->joined->ordinal, thread->joined->thread.name);
    } else if (thread->word != NULL) {
        length = snprintf(text, size, "waits on the word at %p (now %" PRIu32 ")",
                          (const void *)thread->word, *thread->word);
    } else {
        length = snprintf(text, size, "sleeps");
    }
    if (thread->deadline_ns != SYS_FOREVER && length > 0 && (size_t)length < size) {
        snprintf(text + length, size - (size_t)length, " until %" PRIu64 " ns",
                 thread->deadline_ns);
    }
}

static void
report_thread(const struct sim_thread *thread)
{
    void *frames[FRAMES_MAX];
    size_t count = sim_fiber_backtrace(&thread->fiber, frames, FRAMES_MAX);
    char text[128];

    describe(thread, text, sizeof(text));
    base_log(BASE_LOG_ERROR, "sim", "    thread %u '%s' %s, since %" PRIu64 " ns", thread->ordinal,
             thread->thread.name, text, thread->since_ns);
    for (size_t i = 0; i < count; i++) {
        report_frame(frames[i]);
    }
}

void
sim_report(void)
{
    const struct sim_thread *main_thread = container_of(sim.threads.next, struct sim_thread, all);
    struct list *link;

    base_log(BASE_LOG_ERROR, "sim",
             "%s with seed %" PRIu64 " after %" PRIu64 " steps, at %" PRIu64 " ns%s",
             sim.outcome == SYS_SIM_DEADLOCK ? "deadlock" : "livelock", sim.config.seed, sim.steps,
             sim.now_ns,
             main_thread->state == SIM_ENDED ? "; main has ended, but others have not" : "");
    list_for_each(link, &sim.threads)
    {
        const struct sim_thread *thread = container_of(link, struct sim_thread, all);

        if (thread->state != SIM_ENDED) {
            report_thread(thread);
        }
    }
}

/* SPDX-License-Identifier: MIT */
/*
 * What the public functions of sys share with the two back ends.
 *
 * The public functions choose the back end at run time: base_sim_point is set only while a
 * simulation runs, so a real process pays one predicted branch. Real threads may go on living beside
 * a simulation; hence the second look at who is calling.
 */
#ifndef OPENWDF_SYS_SYS_PRIV_H
#define OPENWDF_SYS_SYS_PRIV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/atomic.h"
#include "base/sanitizers.h"
#include "sys/thread.h"

#define SYS_THREAD_NAME_SIZE 16

/* Of every thread, real or simulated. Instrumented frames are several times larger. */
#if BASE_ADDRESS_SANITIZER || BASE_THREAD_SANITIZER
#define SYS_THREAD_STACK_SIZE ((size_t)4 << 20)
#else
#define SYS_THREAD_STACK_SIZE ((size_t)1 << 20)
#endif

/* The head of every thread; each back end appends its own part. */
struct sys_thread {
    struct sys_thread_slots slots; /* First. */
    bool simulated;
    bool in_sleep_hook;
    char name[SYS_THREAD_NAME_SIZE];
    uint64_t id;
    sys_thread_fn *fn;
    void *argument;
    base_pointer sleep_hook; /* void (*)(void *, bool) */
    base_pointer sleep_hook_argument;
};

/* True on a simulated thread. */
static inline bool
sys_simulated(void)
{
    if (__builtin_expect(__atomic_load_n(&base_sim_point, __ATOMIC_RELAXED) == NULL, 1)) {
        return false;
    }
    return sys_current != NULL && sys_current->simulated;
}

void sys_thread_init(struct sys_thread *thread, const char *name, sys_thread_fn *fn,
                     void *argument);

/* Calls the destructors of the calling thread's slots. */
void sys_thread_destroy_slots(void);

/* sys_wait without the sleep hook. */
int sys_wait_plain(const uint32_t *word, uint32_t expected, uint64_t deadline_ns);

#endif

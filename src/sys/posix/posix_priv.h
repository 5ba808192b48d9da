/* SPDX-License-Identifier: MIT */
/* The back end of a real process: system threads, futexes, the system's clock. */
#ifndef OPENWDF_SYS_POSIX_POSIX_PRIV_H
#define OPENWDF_SYS_POSIX_POSIX_PRIV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "sys/clock.h"
#include "sys/thread.h"

#define NS_PER_SECOND UINT64_C(1000000000)

int posix_thread_create(struct sys_thread **ret_thread, const char *name, sys_thread_fn *fn,
                        void *argument);
void posix_thread_join(struct sys_thread *thread);
void posix_thread_detach(struct sys_thread *thread);
_Noreturn void posix_thread_exit(void);

/* Gives the calling thread, which sys did not create, a struct sys_thread. */
void posix_thread_adopt(void);

void posix_thread_yield(void);
void posix_thread_move(void);
void posix_pause(void);
unsigned posix_cpu_count(void);

/* `shared`: the word lies in memory that processes share. */
int posix_wait(const uint32_t *word, uint32_t expected, uint64_t deadline_ns, bool shared);
void posix_wake(const uint32_t *word, uint32_t count, bool shared);

uint64_t posix_now_ns(void);
uint64_t posix_quick_now_ns(struct sys_quick_clock *clock);
uint64_t posix_wallclock_100ns(void);
void posix_sleep_until(uint64_t deadline_ns);
void posix_stall_ns(uint64_t duration_ns);

void posix_random_bytes(void *buffer, size_t size);

static inline struct timespec
posix_timespec(uint64_t ns)
{
    return (struct timespec){.tv_sec = (time_t)(ns / NS_PER_SECOND),
                             .tv_nsec = (long)(ns % NS_PER_SECOND)};
}

#endif

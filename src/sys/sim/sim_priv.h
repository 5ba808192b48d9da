/* SPDX-License-Identifier: MIT */
/*
 * The simulation back end, seen from the public functions of sys. All but join and detach of an
 * ended thread are called on simulated threads only.
 */
#ifndef OPENWDF_SYS_SIM_SIM_PRIV_H
#define OPENWDF_SYS_SIM_SIM_PRIV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sys/thread.h"

/* What sys_cpu_count() says inside a run. */
#define SIM_CPU_COUNT 2

int sim_thread_create(struct sys_thread **ret_thread, const char *name, sys_thread_fn *fn,
                      void *argument);
void sim_thread_join(struct sys_thread *thread);
void sim_thread_detach(struct sys_thread *thread);
_Noreturn void sim_thread_exit(void);

/* A choice point at which another thread runs, if one can. */
void sim_yield(void);

int sim_wait(const uint32_t *word, uint32_t expected, uint64_t deadline_ns);
void sim_wake(const uint32_t *word, uint32_t count);

/* Time is a choice point: a loop that polls the clock makes progress. */
uint64_t sim_now_ns(void);
uint64_t sim_wallclock_100ns(void);
void sim_sleep_until(uint64_t deadline_ns);
void sim_sleep_for(uint64_t duration_ns);

uint64_t sim_random_u64(void);

#endif

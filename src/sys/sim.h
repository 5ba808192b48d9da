/* SPDX-License-Identifier: MIT */
/*
 * The simulation back end: threads run one at a time under a seeded scheduler, time is virtual.
 *
 * Everything that runs inside sys_sim_run, on threads started with sys_thread_create, goes through
 * the same sys functions as in a real process; nobody above sys can tell the difference. Every
 * synchronization operation (locks, waits, wakes, and read-modify-write atomics) is a choice point.
 */
#ifndef OPENWDF_SYS_SIM_H
#define OPENWDF_SYS_SIM_H

#include <stdbool.h>
#include <stdint.h>

struct sys_sim_config {
    uint64_t seed;
    uint64_t max_steps;   /* Choice points before the run is called a livelock; 0: 100 million. */
    uint64_t max_time_ns; /* Virtual time before the run is called stuck; 0: one virtual year. */
    bool trace;           /* Prints each switch. */
};

enum sys_sim_outcome {
    SYS_SIM_DONE,     /* Every simulated thread ended. */
    SYS_SIM_DEADLOCK, /* All threads wait and no deadline is pending. The report names each. */
    SYS_SIM_LIVELOCK, /* max_steps or max_time_ns reached. */
};

struct sys_sim_result {
    enum sys_sim_outcome outcome;
    uint64_t steps;
    uint64_t virtual_ns;
    uint64_t digest; /* A hash over every choice made: equal seeds give equal digests. */
};

/*
 * Runs main_fn(argument) as the first simulated thread and returns when all simulated threads have
 * ended, or on deadlock or livelock. The failing seed is printed then. Not reentrant.
 */
struct sys_sim_result sys_sim_run(const struct sys_sim_config *config, void (*main_fn)(void *),
                                  void *argument);

/* True on a simulated thread. */
bool sys_sim_active(void);

/* The seed of the run, for messages of failing tests; 0 outside a run. */
uint64_t sys_sim_seed(void);

/* Jumps virtual time forward by duration_ns while others run; a sleep. Only inside a run. */
void sys_sim_advance(uint64_t duration_ns);

#endif

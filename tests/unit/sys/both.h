/* SPDX-License-Identifier: MIT */
/* Runs one test body on real threads and over many seeds of the simulation. */
#ifndef OPENWDF_TESTS_UNIT_SYS_BOTH_H
#define OPENWDF_TESTS_UNIT_SYS_BOTH_H

#include <check.h>

#include "sys/sim.h"
#include "sys/thread.h"

#define SEEDS 300

static inline void
run_seeds(void (*body)(void *), void *argument, uint64_t seeds)
{
    for (uint64_t seed = 1; seed <= seeds; seed++) {
        struct sys_sim_config config = {.seed = seed};
        struct sys_sim_result result = sys_sim_run(&config, body, argument);

        ck_assert_msg(result.outcome == SYS_SIM_DONE, "seed %lu", (unsigned long)seed);
    }
}

static inline void
run_both(void (*body)(void *), void *argument)
{
    body(argument);
    run_seeds(body, argument, SEEDS);
}

static inline struct sys_thread *
start_thread(const char *name, sys_thread_fn *fn, void *argument)
{
    struct sys_thread *thread = NULL;

    ck_assert_int_eq(sys_thread_create(&thread, name, fn, argument), 0);
    return thread;
}

/* main() of every test program here. */
static inline int
run_suite(Suite *suite)
{
    SRunner *runner = srunner_create(suite);
    int failed;

    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}

#endif

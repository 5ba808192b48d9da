/* SPDX-License-Identifier: MIT */
/*
 * The life of objects under many schedules: one round of the race for each seed, with an
 * executive of its own.
 */
#include <check.h>
#include <stdlib.h>

#include "fixture.h"
#include "object_race.h"
#include "sys/sim.h"

#define SEEDS 300

static void
one_round(void *unused)
{
    fixture_open();
    object_race_run();
    fixture_close();
}

START_TEST(concurrent_deletion_dereference_and_adding_keep_every_rule)
{
    unsigned seed;

    for (seed = 1; seed <= SEEDS; seed++) {
        struct sys_sim_config config = {.seed = seed};
        struct sys_sim_result result = sys_sim_run(&config, one_round, NULL);

        ck_assert_msg(result.outcome == SYS_SIM_DONE, "seed %u", seed);
    }
}
END_TEST

START_TEST(a_seed_repeats_its_run)
{
    struct sys_sim_config config = {.seed = 4711};
    struct sys_sim_result first = sys_sim_run(&config, one_round, NULL);
    struct sys_sim_result second = sys_sim_run(&config, one_round, NULL);

    ck_assert_uint_eq(first.digest, second.digest);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("sim/object");
    TCase *tests = tcase_create("object");
    SRunner *runner;
    int failed;

    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, concurrent_deletion_dereference_and_adding_keep_every_rule);
    tcase_add_test(tests, a_seed_repeats_its_run);
    suite_add_tcase(suite, tests);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

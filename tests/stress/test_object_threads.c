/* SPDX-License-Identifier: MIT */
/* The life of objects with real threads. */
#include <check.h>
#include <stdlib.h>

#include "fixture.h"
#include "object_race.h"

#define ROUNDS 200

START_TEST(threads_delete_dereference_and_extend_one_tree)
{
    unsigned i;

    for (i = 0; i < ROUNDS; i++) {
        object_race_run();
    }
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("stress/object");
    TCase *tests = tcase_create("object");
    SRunner *runner;
    int failed;

    tcase_set_timeout(tests, 60);
    tcase_add_checked_fixture(tests, fixture_open, fixture_close);
    tcase_add_test(tests, threads_delete_dereference_and_extend_one_tree);
    suite_add_tcase(suite, tests);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

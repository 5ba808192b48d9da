/* SPDX-License-Identifier: MIT */
/* Tests that run inside the simulation, each with a bench of its own: time is virtual, order repeats. */
#ifndef OPENWDF_TESTS_PNP_TEST_H
#define OPENWDF_TESTS_PNP_TEST_H

#include <stdlib.h>
#include <string.h>

#include "pnp_fixture.h"

static void
pnp_test_inside(void *argument)
{
    void (*body)(void) = *(void (**)(void))argument;

    pnp_open();
    body();
    pnp_close();
}

/* PNP_TEST(name) { ... } */
#define PNP_TEST(name)                                                                             \
    static void name##_body(void);                                                                 \
    START_TEST(name)                                                                               \
    {                                                                                              \
        void (*body)(void) = name##_body;                                                          \
        struct bench_simulation simulation = {.seed = 1};                                          \
        ck_assert(bench_simulate(&simulation, pnp_test_inside, &body, NULL));                      \
    }                                                                                              \
    END_TEST                                                                                       \
    static void name##_body(void)

/* The device's events since the last time. */
#define EXPECT(text)   ck_assert_str_eq(pnp_events(), text)
#define SUCCEEDS(call) ck_assert_int_eq(call, STATUS_SUCCESS)

static inline int
pnp_run(const char *name, const TTest *const *tests, size_t count)
{
    Suite *suite = suite_create(name);
    TCase *tcase = tcase_create(name);
    SRunner *runner;
    int failed;

    for (size_t i = 0; i < count; i++) {
        tcase_add_test(tcase, tests[i]);
    }
    tcase_set_timeout(tcase, 60);
    suite_add_tcase(suite, tcase);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

#define PNP_RUN(name, ...)                                                                         \
    int main(void)                                                                                 \
    {                                                                                              \
        const TTest *const tests[] = {__VA_ARGS__};                                                \
        return pnp_run(name, tests, sizeof(tests) / sizeof(tests[0]));                             \
    }

#endif

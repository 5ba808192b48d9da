/* SPDX-License-Identifier: MIT */
/* What a waiter learns: see ipc/spin.h. */
#include "ipc/spin.h"

#include <check.h>
#include <stdlib.h>

#define LONG_NS  5000000u
#define SHORT_NS 25000u

START_TEST(one_short_sleep_is_enough_to_spin_for_the_next)
{
    struct ipc_spin spin = {0};

    ipc_spin_miss(&spin, SHORT_NS);
    ck_assert_uint_ge(spin.budget_ns, SHORT_NS);
}
END_TEST

START_TEST(after_long_waits_one_short_sleep_is_enough_too)
{
    struct ipc_spin spin = {0};
    unsigned i;

    for (i = 0; i < 37; i++) {
        ipc_spin_miss(&spin, LONG_NS);
    }
    ck_assert_uint_lt(spin.budget_ns, SPIN_FLOOR_NS);
    ipc_spin_miss(&spin, SHORT_NS);
    ck_assert_uint_ge(spin.budget_ns, SHORT_NS);
}
END_TEST

START_TEST(one_long_wait_does_not_forget_what_was_learned)
{
    struct ipc_spin spin = {0};

    ipc_spin_hit(&spin, SHORT_NS);
    ipc_spin_miss(&spin, LONG_NS);
    ck_assert_uint_ge(spin.budget_ns, SHORT_NS);
}
END_TEST

START_TEST(many_long_waits_end_the_spinning)
{
    struct ipc_spin spin = {.budget_ns = SPIN_CEILING_NS};
    unsigned i;

    for (i = 0; i < 16; i++) {
        ipc_spin_miss(&spin, LONG_NS);
    }
    ck_assert_uint_le(spin.budget_ns, SPIN_FLOOR_NS);
}
END_TEST

/* Such as two sides on one busy processor: the waits are short, but only because the waiter sleeps. */
START_TEST(spinning_that_never_helps_is_only_probed)
{
    struct ipc_spin spin = {0};
    uint64_t spun_ns = 0;
    unsigned i;

    for (i = 0; i < 10 * SPIN_PROBE_INTERVAL; i++) {
        spun_ns += spin.budget_ns;
        ipc_spin_miss(&spin, spin.budget_ns + SHORT_NS);
    }
    ck_assert_uint_le(spun_ns / i, SHORT_NS / 2);
}
END_TEST

START_TEST(the_budget_is_bounded)
{
    struct ipc_spin spin = {0};

    ipc_spin_hit(&spin, LONG_NS);
    ck_assert_uint_le(spin.budget_ns, SPIN_CEILING_NS);
}
END_TEST

static bool
never(const void *argument)
{
    (void)argument;
    return false;
}

static bool
always(const void *argument)
{
    (void)argument;
    return true;
}

START_TEST(what_is_there_is_seen_at_once_and_what_is_not_within_bounds)
{
    struct ipc_spin spin = {0};
    uint64_t start_ns = 0;

    ck_assert(ipc_spin_until(&spin, always, NULL, &start_ns));
    ck_assert_uint_eq(start_ns, 0);
    ck_assert(!ipc_spin_until(&spin, never, NULL, &start_ns));
    ck_assert_uint_ne(start_ns, 0);
}
END_TEST

START_TEST(only_who_is_mobile_leaves_a_shared_processor)
{
    struct ipc_spin still = {.ban = SPIN_BAN, .shared = SPIN_SHARED_WAITS};
    struct ipc_spin mobile = still;
    uint64_t start_ns;

    mobile.mobile = true;
    ck_assert(!ipc_spin_until(&still, never, NULL, &start_ns));
    ck_assert_uint_eq(still.shared, SPIN_SHARED_WAITS + 1);
    ck_assert(!ipc_spin_until(&mobile, never, NULL, &start_ns));
    ck_assert_uint_eq(mobile.shared, 0);
}
END_TEST

START_TEST(where_offers_cost_too_much_who_shares_a_processor_sleeps)
{
    struct ipc_spin spin = {.budget_ns = SPIN_CEILING_NS, .ban = SPIN_BAN, .shared = 1};
    uint64_t start_ns;

    ck_assert(!ipc_spin_until(&spin, never, NULL, &start_ns));
    ck_assert_uint_eq(spin.ban, SPIN_BAN - 1);
    ck_assert_uint_eq(spin.shared, 2);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("ipc/spin");
    TCase *tcase = tcase_create("spin");
    SRunner *runner;
    int failed;

    tcase_add_test(tcase, one_short_sleep_is_enough_to_spin_for_the_next);
    tcase_add_test(tcase, after_long_waits_one_short_sleep_is_enough_too);
    tcase_add_test(tcase, one_long_wait_does_not_forget_what_was_learned);
    tcase_add_test(tcase, many_long_waits_end_the_spinning);
    tcase_add_test(tcase, spinning_that_never_helps_is_only_probed);
    tcase_add_test(tcase, the_budget_is_bounded);
    tcase_add_test(tcase, what_is_there_is_seen_at_once_and_what_is_not_within_bounds);
    tcase_add_test(tcase, only_who_is_mobile_leaves_a_shared_processor);
    tcase_add_test(tcase, where_offers_cost_too_much_who_shares_a_processor_sleeps);
    suite_add_tcase(suite, tcase);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

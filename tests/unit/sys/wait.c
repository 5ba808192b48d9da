/* SPDX-License-Identifier: MIT */
/* Waiting on a word, on real threads and in the simulation. */
#include <errno.h>
#include <signal.h>

#include "both.h"
#include "base/atomic.h"
#include "sys/clock.h"
#include "sys/wait.h"

#define ROUNDS 20

static uint32_t turn;
static uint32_t gate;
static uint32_t passed;

static void
wait_until(uint32_t *word, uint32_t wanted)
{
    uint32_t value;

    while ((value = atomic_load_u32(word)) != wanted) {
        ck_assert_int_eq(sys_wait(word, value, SYS_FOREVER), 0);
    }
}

static void
pong(void *argument)
{
    for (uint32_t round = 0; round < ROUNDS; round++) {
        wait_until(&turn, round * 2 + 1);
        atomic_store_u32(&turn, round * 2 + 2);
        sys_wake(&turn, 1);
    }
}

static void
ping_pong(void *argument)
{
    struct sys_thread *other;

    turn = 0;
    other = start_thread("pong", pong, NULL);
    for (uint32_t round = 0; round < ROUNDS; round++) {
        wait_until(&turn, round * 2);
        atomic_store_u32(&turn, round * 2 + 1);
        sys_wake(&turn, 1);
    }
    sys_thread_join(other);
    ck_assert_uint_eq(turn, ROUNDS * 2);
}

START_TEST(every_wake_reaches_the_other_side)
{
    run_both(ping_pong, NULL);
}
END_TEST

static void
pass_gate(void *argument)
{
    wait_until(&gate, 1);
    atomic_fetch_add_u32(&passed, 1);
}

static void
open_gate(void *argument)
{
    struct sys_thread *threads[4];

    gate = 0;
    passed = 0;
    for (unsigned i = 0; i < 4; i++) {
        threads[i] = start_thread("gate", pass_gate, NULL);
    }
    atomic_store_u32(&gate, 1);
    sys_wake(&gate, UINT32_MAX);
    for (unsigned i = 0; i < 4; i++) {
        sys_thread_join(threads[i]);
    }
    ck_assert_uint_eq(passed, 4);
}

START_TEST(wake_all_wakes_all)
{
    run_both(open_gate, NULL);
}
END_TEST

static void
time_out(void *argument)
{
    uint32_t word = 5;
    uint64_t deadline = sys_now_ns() + 1000000;
    int result;

    do {
        result = sys_wait(&word, 5, deadline);
    } while (result == 0);
    ck_assert_int_eq(result, -ETIMEDOUT);
    ck_assert_uint_ge(sys_now_ns(), deadline);
}

START_TEST(a_wait_times_out_at_its_deadline_not_before)
{
    run_both(time_out, NULL);
}
END_TEST

static void
wait_for_difference(void *argument)
{
    uint32_t word = 5;

    ck_assert_int_eq(sys_wait(&word, 4, SYS_FOREVER), 0);
    ck_assert_int_eq(sys_wait(&word, 4, 0), 0);
}

START_TEST(a_different_value_does_not_wait)
{
    run_both(wait_for_difference, NULL);
}
END_TEST

static void
poll_once(void *argument)
{
    uint32_t word = 5;

    ck_assert_int_eq(sys_wait(&word, 5, 0), -ETIMEDOUT);
}

START_TEST(a_deadline_in_the_past_polls)
{
    run_both(poll_once, NULL);
}
END_TEST

START_TEST(shared_wait_honours_value_and_deadline)
{
    uint32_t word = 1;

    ck_assert_int_eq(sys_wait_shared(&word, 0, SYS_FOREVER), 0);
    ck_assert_int_eq(sys_wait_shared(&word, 1, sys_now_ns() + 1000), -ETIMEDOUT);
    sys_wake_shared(&word, 1);
}
END_TEST

static void
call_shared_wait(void *argument)
{
    uint32_t word = 1;

    sys_wait_shared(&word, 1, SYS_FOREVER);
}

START_TEST(shared_wait_in_the_simulation_aborts)
{
    run_seeds(call_shared_wait, NULL, 1);
}
END_TEST

static unsigned sleeps;
static unsigned wakes;

static void
count_sleep(void *argument, bool sleeping)
{
    uint32_t other = 1;

    ck_assert_ptr_eq(argument, &sleeps);
    *(sleeping ? &sleeps : &wakes) += 1;
    /* Waits inside the hook are not reported. */
    ck_assert_int_eq(sys_wait(&other, 0, SYS_FOREVER), 0);
    (void)sys_wait(&other, 1, sys_now_ns() + 100);
}

static void
sleep_with_hook(void *argument)
{
    uint32_t word = 1;

    sleeps = 0;
    wakes = 0;
    sys_thread_set_sleep_hook(sys_thread_self(), count_sleep, &sleeps);
    (void)sys_wait(&word, 0, SYS_FOREVER);
    ck_assert_uint_eq(sleeps, 0);
    (void)sys_wait(&word, 1, sys_now_ns() + 1000);
    ck_assert_uint_eq(sleeps, 1);
    ck_assert_uint_eq(wakes, 1);
    sys_thread_set_sleep_hook(sys_thread_self(), NULL, NULL);
    (void)sys_wait(&word, 1, sys_now_ns() + 1000);
    ck_assert_uint_eq(sleeps, 1);
}

START_TEST(the_sleep_hook_sees_each_sleep_once)
{
    run_both(sleep_with_hook, NULL);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("sys/wait");
    TCase *tests = tcase_create("wait");

    tcase_add_test(tests, every_wake_reaches_the_other_side);
    tcase_add_test(tests, wake_all_wakes_all);
    tcase_add_test(tests, a_wait_times_out_at_its_deadline_not_before);
    tcase_add_test(tests, a_different_value_does_not_wait);
    tcase_add_test(tests, a_deadline_in_the_past_polls);
    tcase_add_test(tests, shared_wait_honours_value_and_deadline);
    tcase_add_test_raise_signal(tests, shared_wait_in_the_simulation_aborts, SIGABRT);
    tcase_add_test(tests, the_sleep_hook_sees_each_sleep_once);
    tcase_set_timeout(tests, 60);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}

/* SPDX-License-Identifier: MIT */
/* The simulation itself: it finds planted bugs, replays them, and jumps over time. */
#include <stdio.h>
#include <string.h>

#include "both.h"
#include "base/atomic.h"
#include "base/log.h"
#include "base/sanitizers.h"
#include "sys/clock.h"
#include "sys/lock.h"
#include "sys/random.h"
#include "sys/wait.h"

#define SEEDS_FOR_A_BUG 200

static uint32_t counter;
static uint32_t flag;
static uint32_t sleeping;
static char log_text[8192];

static void
keep_log(void *context, enum base_log_level level, const char *component, const char *message)
{
    strncat(log_text, message, sizeof(log_text) - strlen(log_text) - 2);
    strcat(log_text, "\n");
}

static void
capture_log(void)
{
    log_text[0] = '\0';
    base_log_set_sink(keep_log, NULL);
}

static struct sys_sim_result
run(uint64_t seed, void (*body)(void *))
{
    struct sys_sim_config config = {.seed = seed};

    return sys_sim_run(&config, body, NULL);
}

/* Planted bug: read, then write, with a step of the others possible in between. */
static void
increment_carelessly(void *argument)
{
    uint32_t value = atomic_load_u32(&counter);

    value++;
    (void)atomic_fetch_add_u32(&flag, 1);
    atomic_store_u32(&counter, value);
}

static void
lose_update(void *argument)
{
    struct sys_thread *a;
    struct sys_thread *b;

    counter = 0;
    a = start_thread("a", increment_carelessly, NULL);
    b = start_thread("b", increment_carelessly, NULL);
    sys_thread_join(a);
    sys_thread_join(b);
}

START_TEST(a_lost_update_is_found_and_replayed)
{
    uint64_t found = 0;
    unsigned correct = 0;
    struct sys_sim_result first;

    for (uint64_t seed = 1; seed <= SEEDS_FOR_A_BUG; seed++) {
        struct sys_sim_result result = run(seed, lose_update);

        ck_assert_int_eq(result.outcome, SYS_SIM_DONE);
        if (counter == 1 && found == 0) {
            found = seed;
            first = result;
        }
        correct += counter == 2;
    }
    ck_assert_uint_ne(found, 0);
    ck_assert_uint_ne(correct, 0);

    for (unsigned again = 0; again < 3; again++) {
        struct sys_sim_result result = run(found, lose_update);

        ck_assert_uint_eq(counter, 1);
        ck_assert_uint_eq(result.digest, first.digest);
        ck_assert_uint_eq(result.steps, first.steps);
        ck_assert_uint_eq(result.virtual_ns, first.virtual_ns);
    }
}
END_TEST

/* Planted bug: announces that it sleeps without looking at the flag again. */
static void
sleep_carelessly(void *argument)
{
    if (atomic_load_u32(&flag) == 0) {
        atomic_xchg_u32(&sleeping, 1);
        while (atomic_load_u32(&sleeping) == 1) {
            (void)sys_wait(&sleeping, 1, SYS_FOREVER);
        }
    }
}

static void
miss_wakeup(void *argument)
{
    struct sys_thread *sleeper;

    flag = 0;
    sleeping = 0;
    sleeper = start_thread("sleeper", sleep_carelessly, NULL);
    atomic_xchg_u32(&flag, 1);
    if (atomic_xchg_u32(&sleeping, 0) == 1) {
        sys_wake(&sleeping, 1);
    }
    sys_thread_join(sleeper);
}

START_TEST(a_missed_wakeup_is_a_deadlock_that_names_the_sleeper)
{
    uint64_t seed = 1;
    struct sys_sim_result result;
    char expected[64];

    capture_log();
    while ((result = run(seed, miss_wakeup)).outcome == SYS_SIM_DONE) {
        ck_assert_uint_lt(++seed, SEEDS_FOR_A_BUG);
    }
    ck_assert_int_eq(result.outcome, SYS_SIM_DEADLOCK);
    snprintf(expected, sizeof(expected), "deadlock with seed %lu ", (unsigned long)seed);
    ck_assert_ptr_nonnull(strstr(log_text, expected));
    ck_assert_ptr_nonnull(strstr(log_text, "'sleeper' waits on the word at"));
    ck_assert_ptr_nonnull(strstr(log_text, "'main' waits for the end of thread 2 'sleeper'"));
    ck_assert_uint_eq(run(seed, miss_wakeup).digest, result.digest);
}
END_TEST

static void
wait_forever(void *argument)
{
    for (;;) {
        (void)sys_wait(&flag, 0, SYS_FOREVER);
    }
}

static void
leave_thread_behind(void *argument)
{
    flag = 0;
    sys_thread_detach(start_thread("left behind", wait_forever, NULL));
}

START_TEST(a_thread_that_outlives_main_and_waits_is_reported)
{
    capture_log();
    ck_assert_int_eq(run(1, leave_thread_behind).outcome, SYS_SIM_DEADLOCK);
    ck_assert_ptr_nonnull(strstr(log_text, "main has ended, but others have not"));
    ck_assert_ptr_nonnull(strstr(log_text, "thread 2 'left behind'"));
    ck_assert_ptr_null(strstr(log_text, "'main' "));
}
END_TEST

static void
spin_forever(void *argument)
{
    for (;;) {
        sys_spin_pause();
    }
}

START_TEST(a_livelock_ends_at_the_bound_of_steps)
{
    struct sys_sim_config config = {.seed = 1, .max_steps = 1000};

    capture_log();
    ck_assert_int_eq(sys_sim_run(&config, spin_forever, NULL).outcome, SYS_SIM_LIVELOCK);
    ck_assert_ptr_nonnull(strstr(log_text, "livelock with seed 1"));
}
END_TEST

START_TEST(a_stuck_run_ends_at_the_bound_of_time)
{
    struct sys_sim_config config = {.seed = 1, .max_time_ns = 1000000};

    capture_log();
    ck_assert_int_eq(sys_sim_run(&config, spin_forever, NULL).outcome, SYS_SIM_LIVELOCK);
}
END_TEST

static void
sleep_a_day(void *argument)
{
    uint64_t start = sys_now_ns();
    uint64_t wall = sys_wallclock_100ns();

    sys_sim_advance(UINT64_C(86400) * 1000000000);
    ck_assert_uint_ge(sys_now_ns() - start, UINT64_C(86400) * 1000000000);
    ck_assert_uint_lt(sys_now_ns() - start, UINT64_C(86401) * 1000000000);
    ck_assert_uint_ge(sys_wallclock_100ns() - wall, UINT64_C(86400) * 10000000);
    sys_sleep_until(start + UINT64_C(2) * 86400 * 1000000000);
    sys_stall_ns(UINT64_C(86400) * 1000000000);
    ck_assert_uint_ge(sys_now_ns() - start, UINT64_C(3) * 86400 * 1000000000);
}

START_TEST(time_jumps_when_all_wait)
{
    struct sys_sim_result result = run(1, sleep_a_day);

    ck_assert_int_eq(result.outcome, SYS_SIM_DONE);
    ck_assert_uint_lt(result.steps, 1000);
    ck_assert_uint_ge(result.virtual_ns, UINT64_C(3) * 86400 * 1000000000);
}
END_TEST

static uint32_t order[3];
static uint32_t order_count;

static void
sleep_and_note(void *argument)
{
    uint32_t index = *(uint32_t *)argument;

    sys_sleep_until(sys_now_ns() + UINT64_C(1000000000) * index);
    order[atomic_fetch_add_u32(&order_count, 1)] = index;
}

static void
sleep_in_order(void *argument)
{
    static uint32_t indices[3] = {2, 1, 0};
    struct sys_thread *threads[3];

    order_count = 0;
    for (unsigned i = 0; i < 3; i++) {
        threads[i] = start_thread("sleeper", sleep_and_note, &indices[i]);
    }
    for (unsigned i = 0; i < 3; i++) {
        sys_thread_join(threads[i]);
    }
    for (uint32_t i = 0; i < 3; i++) {
        ck_assert_uint_eq(order[i], i);
    }
}

START_TEST(sleepers_wake_in_the_order_of_their_deadlines)
{
    run_seeds(sleep_in_order, NULL, SEEDS);
}
END_TEST

static void
poll_a_second(void *argument)
{
    uint64_t deadline = sys_now_ns() + 1000000000;

    while (sys_now_ns() < deadline) {
        sys_spin_pause();
    }
}

START_TEST(a_thread_that_polls_the_clock_gets_there)
{
    ck_assert_uint_lt(run(1, poll_a_second).steps, 100000);
}
END_TEST

static uint64_t drawn[2];

static void
draw(void *argument)
{
    drawn[0] = sys_random_u64();
    sys_random_bytes(&drawn[1], sizeof(drawn[1]));
}

START_TEST(random_numbers_follow_from_the_seed)
{
    uint64_t kept[2];

    run(7, draw);
    memcpy(kept, drawn, sizeof(kept));
    run(7, draw);
    ck_assert_mem_eq(kept, drawn, sizeof(kept));
    run(8, draw);
    ck_assert_uint_ne(kept[0], drawn[0]);
    ck_assert_uint_ne(kept[1], drawn[1]);
}
END_TEST

START_TEST(seeds_give_different_schedules)
{
    uint64_t digest = run(1, lose_update).digest;
    unsigned same = 0;

    for (uint64_t seed = 2; seed <= 50; seed++) {
        same += run(seed, lose_update).digest == digest;
    }
    ck_assert_uint_lt(same, 10);
}
END_TEST

static void
look_at_state(void *argument)
{
    ck_assert(sys_sim_active());
    ck_assert_uint_eq(sys_sim_seed(), 99);
}

START_TEST(active_is_true_inside_a_run_only)
{
    ck_assert(!sys_sim_active());
    run(99, look_at_state);
    ck_assert(!sys_sim_active());
    ck_assert_uint_eq(sys_sim_seed(), 0);
}
END_TEST

static void
use_vectors(void *argument)
{
    volatile double x = 1.5;

    for (unsigned i = 0; i < 20; i++) {
        x = x * 2.0;
        sys_thread_yield();
        x = x / 2.0;
    }
    ck_assert(x == 1.5);
}

static void
use_many_threads(void *argument)
{
    struct sys_thread *threads[100];

    for (unsigned i = 0; i < 100; i++) {
        threads[i] = start_thread("one of many", use_vectors, NULL);
    }
    for (unsigned i = 0; i < 100; i++) {
        sys_thread_join(threads[i]);
    }
}

START_TEST(a_hundred_threads_at_once)
{
    run_seeds(use_many_threads, NULL, 3);
}
END_TEST

static struct sys_lock first_lock;
static struct sys_lock second_lock;

static void
take_both(struct sys_lock *one, struct sys_lock *other)
{
    sys_lock_acquire(one);
    sys_lock_acquire(other);
    sys_lock_release(other);
    sys_lock_release(one);
}

static void
take_second_first(void *argument)
{
    take_both(&second_lock, &first_lock);
}

static void
lock_crosswise(void *argument)
{
    struct sys_thread *other;

    first_lock = second_lock = SYS_LOCK_INIT;
    other = start_thread("crosswise", take_second_first, NULL);
    take_both(&first_lock, &second_lock);
    sys_thread_join(other);
}

START_TEST(locks_taken_crosswise_deadlock)
{
    uint64_t seed = 1;

    capture_log();
    while (run(seed, lock_crosswise).outcome == SYS_SIM_DONE) {
        ck_assert_uint_lt(++seed, SEEDS_FOR_A_BUG);
    }
    ck_assert_ptr_nonnull(strstr(log_text, "'crosswise' waits on the word"));
}
END_TEST

static void
end_unjoined(void *argument)
{
}

static void
forget_thread(void *argument)
{
    start_thread("forgotten", end_unjoined, NULL);
}

START_TEST(a_thread_neither_joined_nor_detached_is_reported)
{
    capture_log();
    ck_assert_int_eq(run(1, forget_thread).outcome, SYS_SIM_DONE);
    ck_assert_ptr_nonnull(strstr(log_text, "'forgotten' ended, but nobody joined"));
}
END_TEST

#if BASE_THREAD_SANITIZER
/* What its processes exit with after a report. */
#define THREAD_SANITIZER_EXIT 66

static unsigned racy;

static void
race(void *argument)
{
    racy++;
    sys_thread_yield();
    racy++;
}

static void
race_with_another(void *argument)
{
    struct sys_thread *other = start_thread("racer", race, NULL);

    race(NULL);
    sys_thread_join(other);
}

START_TEST(switches_do_not_hide_a_data_race)
{
    run_seeds(race_with_another, NULL, 10);
}
END_TEST
#endif

int
main(void)
{
    Suite *suite = suite_create("sys/sim");
    TCase *tests = tcase_create("sim");

    tcase_add_test(tests, a_lost_update_is_found_and_replayed);
    tcase_add_test(tests, a_missed_wakeup_is_a_deadlock_that_names_the_sleeper);
    tcase_add_test(tests, a_thread_that_outlives_main_and_waits_is_reported);
    tcase_add_test(tests, a_livelock_ends_at_the_bound_of_steps);
    tcase_add_test(tests, a_stuck_run_ends_at_the_bound_of_time);
    tcase_add_test(tests, time_jumps_when_all_wait);
    tcase_add_test(tests, sleepers_wake_in_the_order_of_their_deadlines);
    tcase_add_test(tests, a_thread_that_polls_the_clock_gets_there);
    tcase_add_test(tests, random_numbers_follow_from_the_seed);
    tcase_add_test(tests, seeds_give_different_schedules);
    tcase_add_test(tests, active_is_true_inside_a_run_only);
    tcase_add_test(tests, a_hundred_threads_at_once);
    tcase_add_test(tests, locks_taken_crosswise_deadlock);
    tcase_add_test(tests, a_thread_neither_joined_nor_detached_is_reported);
#if BASE_THREAD_SANITIZER
    tcase_add_exit_test(tests, switches_do_not_hide_a_data_race, THREAD_SANITIZER_EXIT);
#endif
    tcase_set_timeout(tests, 60);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}

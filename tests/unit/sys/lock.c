/* SPDX-License-Identifier: MIT */
/* The adaptive lock, on real threads and in the simulation. */
#include <signal.h>

#include "both.h"
#include "sys/lock.h"

#define THREADS 3
#define TURNS   40

static struct sys_lock lock;
static unsigned counter;
static uint32_t inside;

static void
count(void *argument)
{
    for (unsigned turn = 0; turn < TURNS; turn++) {
        unsigned value;

        sys_lock_acquire(&lock);
        value = counter;
        ck_assert_uint_eq(atomic_fetch_add_u32(&inside, 1), 0);
        sys_thread_yield();
        ck_assert_uint_eq(atomic_fetch_sub_u32(&inside, 1), 1);
        counter = value + 1;
        sys_lock_release(&lock);
    }
}

static void
count_on_threads(void *argument)
{
    struct sys_thread *threads[THREADS];

    counter = 0;
    for (unsigned i = 0; i < THREADS; i++) {
        threads[i] = start_thread("counter", count, NULL);
    }
    for (unsigned i = 0; i < THREADS; i++) {
        sys_thread_join(threads[i]);
    }
    ck_assert_uint_eq(counter, THREADS * TURNS);
    ck_assert_uint_eq(lock.word, 0);
}

START_TEST(one_holder_at_a_time_and_no_update_lost)
{
    run_both(count_on_threads, NULL);
}
END_TEST

START_TEST(a_held_lock_is_not_taken_by_try)
{
    struct sys_lock one = SYS_LOCK_INIT;

    ck_assert(sys_lock_try(&one));
    ck_assert(!sys_lock_try(&one));
    sys_lock_release(&one);
    ck_assert(sys_lock_try(&one));
}
END_TEST

START_TEST(releasing_a_free_lock_aborts)
{
    struct sys_lock one = SYS_LOCK_INIT;

    sys_lock_release(&one);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("sys/lock");
    TCase *tests = tcase_create("lock");

    tcase_add_test(tests, one_holder_at_a_time_and_no_update_lost);
    tcase_add_test(tests, a_held_lock_is_not_taken_by_try);
    tcase_add_test_raise_signal(tests, releasing_a_free_lock_aborts, SIGABRT);
    tcase_set_timeout(tests, 60);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}

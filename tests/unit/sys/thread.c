/* SPDX-License-Identifier: MIT */
/* Threads and their slots, on real threads and in the simulation. */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>

#include "both.h"
#include "base/atomic.h"
#include "sys/wait.h"

static uint32_t destroyed;
static uint32_t done;

static void
count_destruction(void *value)
{
    ck_assert_ptr_eq(value, &destroyed);
    ck_assert_ptr_null(sys_slot_get(SYS_SLOT_KE));
    atomic_fetch_add_u32(&destroyed, 1);
}

static void
set_slots(void *argument)
{
    ck_assert_ptr_null(sys_slot_get(SYS_SLOT_KE));
    ck_assert_ptr_null(sys_slot_get(SYS_SLOT_FX));
    sys_slot_set(SYS_SLOT_KE, &destroyed);
    sys_slot_set(SYS_SLOT_FX, argument);
    sys_thread_yield();
    ck_assert_ptr_eq(sys_slot_get(SYS_SLOT_KE), &destroyed);
    ck_assert_ptr_eq(sys_slot_get(SYS_SLOT_FX), argument);
}

static void
use_slots(void *argument)
{
    struct sys_thread *a;
    struct sys_thread *b;
    int x;

    destroyed = 0;
    sys_slot_set_destructor(SYS_SLOT_KE, count_destruction);
    a = start_thread("a", set_slots, &x);
    b = start_thread("b", set_slots, &destroyed);
    sys_thread_join(a);
    sys_thread_join(b);
    ck_assert_uint_eq(destroyed, 2);
    ck_assert_ptr_null(sys_slot_get(SYS_SLOT_FX));
}

START_TEST(slots_are_per_thread_and_destroyed_at_its_end)
{
    run_both(use_slots, NULL);
}
END_TEST

static void
exit_early(void *argument)
{
    sys_slot_set(SYS_SLOT_KE, &destroyed);
    if (argument != NULL) {
        sys_thread_exit();
    }
    ck_abort_msg("not reached");
}

static void
exit_thread(void *argument)
{
    destroyed = 0;
    sys_slot_set_destructor(SYS_SLOT_KE, count_destruction);
    sys_thread_join(start_thread("exits", exit_early, &destroyed));
    ck_assert_uint_eq(destroyed, 1);
}

START_TEST(exit_ends_the_thread_and_destroys_its_slots)
{
    run_both(exit_thread, NULL);
}
END_TEST

static void
tell_done(void *argument)
{
    atomic_store_u32(&done, 1);
    sys_wake(&done, 1);
}

static void
detach(void *argument)
{
    done = 0;
    sys_thread_detach(start_thread("detached", tell_done, NULL));
    while (atomic_load_u32(&done) == 0) {
        (void)sys_wait(&done, 0, SYS_FOREVER);
    }
}

START_TEST(a_detached_thread_runs_to_its_end)
{
    run_both(detach, NULL);
}
END_TEST

static void
store_self(void *argument)
{
    *(uint64_t *)argument = sys_thread_id(sys_thread_self());
}

static void
compare_ids(void *argument)
{
    uint64_t id = 0;
    struct sys_thread *thread = start_thread("id", store_self, &id);
    uint64_t outside = sys_thread_id(thread);

    sys_thread_join(thread);
    ck_assert_uint_ne(id, 0);
    ck_assert_uint_eq(id, outside);
    ck_assert_uint_ne(id, sys_thread_id(sys_thread_self()));
    ck_assert_ptr_eq(sys_thread_self(), sys_thread_self());
}

START_TEST(ids_differ_and_are_the_same_from_both_sides)
{
    run_both(compare_ids, NULL);
}
END_TEST

static void *
foreign(void *argument)
{
    ck_assert_ptr_null(sys_slot_get(SYS_SLOT_KE));
    ck_assert_ptr_nonnull(sys_thread_self());
    sys_slot_set(SYS_SLOT_KE, &destroyed);
    return NULL;
}

START_TEST(a_foreign_thread_is_adopted_and_its_slots_destroyed)
{
    pthread_t thread;

    destroyed = 0;
    sys_slot_set_destructor(SYS_SLOT_KE, count_destruction);
    ck_assert_int_eq(pthread_create(&thread, NULL, foreign, NULL), 0);
    pthread_join(thread, NULL);
    ck_assert_uint_eq(destroyed, 1);
}
END_TEST

START_TEST(a_thread_that_moves_may_use_the_same_processors_as_before)
{
    cpu_set_t before;
    cpu_set_t after;

    ck_assert_int_eq(sched_getaffinity(0, sizeof(before), &before), 0);
    sys_thread_move();
    ck_assert_int_eq(sched_getaffinity(0, sizeof(after), &after), 0);
    ck_assert(CPU_EQUAL(&before, &after));
}
END_TEST

START_TEST(there_is_at_least_one_processor)
{
    ck_assert_uint_ge(sys_cpu_count(), 1);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("sys/thread");
    TCase *tests = tcase_create("thread");

    tcase_add_test(tests, slots_are_per_thread_and_destroyed_at_its_end);
    tcase_add_test(tests, exit_ends_the_thread_and_destroys_its_slots);
    tcase_add_test(tests, a_detached_thread_runs_to_its_end);
    tcase_add_test(tests, ids_differ_and_are_the_same_from_both_sides);
    tcase_add_test(tests, a_foreign_thread_is_adopted_and_its_slots_destroyed);
    tcase_add_test(tests, a_thread_that_moves_may_use_the_same_processors_as_before);
    tcase_add_test(tests, there_is_at_least_one_processor);
    tcase_set_timeout(tests, 60);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}

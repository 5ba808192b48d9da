/* SPDX-License-Identifier: MIT */
/* Generic tables, and one-time initialization. */
#include "rtl_fixture.h"

#include <stdlib.h>

#include "sys/sim.h"
#include "sys/thread.h"

struct row {
    ULONG key;
    ULONG value;
};

static unsigned allocated;

static RTL_GENERIC_COMPARE_RESULTS
compare(PRTL_GENERIC_TABLE table, PVOID first, PVOID second)
{
    ULONG a = ((struct row *)first)->key, b = ((struct row *)second)->key;

    return a < b ? GenericLessThan : a > b ? GenericGreaterThan : GenericEqual;
}

static PVOID
allocate(PRTL_GENERIC_TABLE table, CLONG size)
{
    ck_assert_ptr_eq(table->TableContext, &allocated);
    allocated++;
    return malloc(size);
}

static VOID
release(PRTL_GENERIC_TABLE table, PVOID memory)
{
    allocated--;
    free(memory);
}

static PVOID
allocate_nothing(PRTL_GENERIC_TABLE table, CLONG size)
{
    return NULL;
}

static struct row *
insert(PRTL_GENERIC_TABLE table, ULONG key, BOOLEAN *ret_new)
{
    struct row row = {key, key * 10};

    return RtlInsertElementGenericTable(table, &row, sizeof(row), ret_new);
}

static BOOLEAN
remove_key(PRTL_GENERIC_TABLE table, ULONG key)
{
    struct row row = {key, 0};

    return RtlDeleteElementGenericTable(table, &row);
}

static struct row *
lookup(PRTL_GENERIC_TABLE table, ULONG key)
{
    struct row row = {key, 0};

    return RtlLookupElementGenericTable(table, &row);
}

START_TEST(elements_are_found_until_they_are_deleted)
{
    RTL_GENERIC_TABLE table;
    BOOLEAN is_new;

    RtlInitializeGenericTable(&table, compare, allocate, release, &allocated);
    ck_assert(RtlIsGenericTableEmpty(&table));
    ck_assert_uint_eq(insert(&table, 5, &is_new)->value, 50);
    ck_assert(is_new);
    lookup(&table, 5)->value = 99;
    ck_assert_uint_eq(insert(&table, 5, &is_new)->value, 99);
    ck_assert(!is_new);
    ck_assert_uint_eq(RtlNumberGenericTableElements(&table), 1);
    ck_assert_ptr_null(lookup(&table, 4));
    ck_assert(!remove_key(&table, 4));
    ck_assert(remove_key(&table, 5));
    ck_assert_ptr_null(lookup(&table, 5));
    ck_assert(RtlIsGenericTableEmpty(&table));
    ck_assert_uint_eq(allocated, 0);
}
END_TEST

START_TEST(a_table_without_memory_takes_nothing)
{
    RTL_GENERIC_TABLE table;
    BOOLEAN is_new = TRUE;

    RtlInitializeGenericTable(&table, compare, allocate_nothing, release, &allocated);
    ck_assert_ptr_null(insert(&table, 1, &is_new));
    ck_assert(!is_new);
    ck_assert(RtlIsGenericTableEmpty(&table));
}
END_TEST

START_TEST(enumeration_goes_by_key_and_get_by_insertion)
{
    static const ULONG keys[] = {30, 10, 20, 50, 40};
    RTL_GENERIC_TABLE table;
    struct row *row;
    PVOID restart = NULL;
    ULONG expected = 10;

    RtlInitializeGenericTable(&table, compare, allocate, release, &allocated);
    for (size_t i = 0; i < RTL_NUMBER_OF(keys); i++) {
        (void)insert(&table, keys[i], NULL);
    }
    for (row = RtlEnumerateGenericTable(&table, TRUE); row != NULL;
         row = RtlEnumerateGenericTable(&table, FALSE)) {
        ck_assert_uint_eq(row->key, expected);
        expected += 10;
    }
    ck_assert_uint_eq(expected, 60);
    while ((row = RtlEnumerateGenericTableWithoutSplaying(&table, &restart)) != NULL) {
        expected -= 10;
    }
    ck_assert_uint_eq(expected, 10);
    for (ULONG i = 0; i < RTL_NUMBER_OF(keys); i++) {
        row = RtlGetElementGenericTable(&table, i);
        ck_assert_uint_eq(row->key, keys[i]);
    }
    ck_assert_ptr_null(RtlGetElementGenericTable(&table, RTL_NUMBER_OF(keys)));
    while ((row = RtlGetElementGenericTable(&table, 0)) != NULL) {
        ck_assert(RtlDeleteElementGenericTable(&table, row));
    }
    ck_assert_uint_eq(allocated, 0);
}
END_TEST

START_TEST(a_table_agrees_with_a_set_of_flags)
{
    static UCHAR present[200];
    RTL_GENERIC_TABLE table;
    ULONG seed = 3, count = 0;

    RtlInitializeGenericTable(&table, compare, allocate, release, &allocated);
    for (int i = 0; i < 5000; i++) {
        ULONG key = RtlUniform(&seed) % 200;
        BOOLEAN is_new;

        if (RtlUniform(&seed) % 2 == 0) {
            ck_assert_uint_eq(insert(&table, key, &is_new)->key, key);
            ck_assert_int_eq(is_new, !present[key]);
            count += is_new;
            present[key] = 1;
        } else {
            ck_assert_int_eq(remove_key(&table, key), present[key]);
            count -= present[key];
            present[key] = 0;
        }
        ck_assert_uint_eq(RtlNumberGenericTableElements(&table), count);
        ck_assert_uint_eq(allocated, count);
    }
    for (ULONG key = 0; key < 200; key++) {
        ck_assert_int_eq(lookup(&table, key) != NULL, present[key]);
        ck_assert_int_eq(remove_key(&table, key), present[key]);
    }
    ck_assert_uint_eq(allocated, 0);
}
END_TEST

/* One-time initialization ---------------------------------------------------------------------- */

static RTL_RUN_ONCE once;
static unsigned runs;
static ULONG outcome = TRUE;

static ULONG
initialize(PRTL_RUN_ONCE run_once, PVOID parameter, PVOID *context)
{
    ck_assert_ptr_eq(run_once, &once);
    runs++;
    *context = parameter;
    return outcome;
}

START_TEST(initialization_runs_once_and_again_after_a_failure)
{
    static ULONG data;
    PVOID context = NULL;

    RtlRunOnceInitialize(&once);
    outcome = FALSE;
    ck_assert(!NT_SUCCESS(RtlRunOnceExecuteOnce(&once, initialize, NULL, &context)));
    outcome = TRUE;
    ck_assert_int_eq(RtlRunOnceExecuteOnce(&once, initialize, &data, &context), STATUS_SUCCESS);
    ck_assert_ptr_eq(context, &data);
    context = NULL;
    ck_assert_int_eq(RtlRunOnceExecuteOnce(&once, initialize, &outcome, &context), STATUS_SUCCESS);
    ck_assert_ptr_eq(context, &data);
    ck_assert_uint_eq(runs, 2);
}
END_TEST

START_TEST(begin_and_complete)
{
    static ULONG data;
    PVOID context = NULL;

    RtlRunOnceInitialize(&once);
    ck_assert_int_eq(RtlRunOnceBeginInitialize(&once, RTL_RUN_ONCE_CHECK_ONLY, &context),
                     STATUS_UNSUCCESSFUL);
    ck_assert_int_eq(RtlRunOnceBeginInitialize(&once, 0, &context), STATUS_PENDING);
    ck_assert_int_eq(RtlRunOnceComplete(&once, 0, (PVOID)1), STATUS_INVALID_PARAMETER_3);
    ck_assert_int_eq(RtlRunOnceComplete(&once, RTL_RUN_ONCE_INIT_FAILED, &data),
                     STATUS_INVALID_PARAMETER_2);
    ck_assert_int_eq(RtlRunOnceComplete(&once, 0, &data), STATUS_SUCCESS);
    ck_assert_int_eq(RtlRunOnceBeginInitialize(&once, RTL_RUN_ONCE_CHECK_ONLY, &context),
                     STATUS_SUCCESS);
    ck_assert_ptr_eq(context, &data);
    ck_assert_int_eq(RtlRunOnceComplete(&once, 0, &data), STATUS_UNSUCCESSFUL);
}
END_TEST

START_TEST(of_two_asynchronous_attempts_one_wins)
{
    static ULONG first, second;
    PVOID context;

    RtlRunOnceInitialize(&once);
    ck_assert_int_eq(RtlRunOnceBeginInitialize(&once, RTL_RUN_ONCE_ASYNC, &context),
                     STATUS_PENDING);
    ck_assert_int_eq(RtlRunOnceBeginInitialize(&once, RTL_RUN_ONCE_ASYNC, &context),
                     STATUS_PENDING);
    ck_assert_int_eq(RtlRunOnceComplete(&once, RTL_RUN_ONCE_ASYNC, &second), STATUS_SUCCESS);
    ck_assert(!NT_SUCCESS(RtlRunOnceComplete(&once, RTL_RUN_ONCE_ASYNC, &first)));
    ck_assert_int_eq(RtlRunOnceBeginInitialize(&once, RTL_RUN_ONCE_ASYNC, &context),
                     STATUS_SUCCESS);
    ck_assert_ptr_eq(context, &second);
}
END_TEST

static void
racer(void *argument)
{
    PVOID context = NULL;

    ck_assert_int_eq(RtlRunOnceExecuteOnce(&once, initialize, argument, &context), STATUS_SUCCESS);
    ck_assert_ptr_eq(context, argument);
}

static void
race(void *argument)
{
    struct sys_thread *threads[3];

    RtlRunOnceInitialize(&once);
    runs = 0;
    for (size_t i = 0; i < RTL_NUMBER_OF(threads); i++) {
        ck_assert_int_eq(sys_thread_create(&threads[i], "racer", racer, argument), 0);
    }
    for (size_t i = 0; i < RTL_NUMBER_OF(threads); i++) {
        sys_thread_join(threads[i]);
    }
    ck_assert_uint_eq(runs, 1);
}

START_TEST(racing_threads_see_one_initialization)
{
    static ULONG data;

    race(&data);
    for (uint64_t seed = 1; seed <= 300; seed++) {
        struct sys_sim_config config = {.seed = seed};

        ck_assert_msg(sys_sim_run(&config, race, &data).outcome == SYS_SIM_DONE, "seed %lu", seed);
    }
}
END_TEST

int
main(void)
{
    const TTest *const tests[] = {
        elements_are_found_until_they_are_deleted,
        a_table_without_memory_takes_nothing,
        enumeration_goes_by_key_and_get_by_insertion,
        a_table_agrees_with_a_set_of_flags,
        initialization_runs_once_and_again_after_a_failure,
        begin_and_complete,
        of_two_asynchronous_attempts_one_wins,
        racing_threads_see_one_initialization,
    };

    return rtl_run("nt/rtl_table", tests, RTL_NUMBER_OF(tests));
}

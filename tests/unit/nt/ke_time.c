/* SPDX-License-Identifier: MIT */
/* Timers and DPCs, in virtual time where it matters how late it is. */
#include "nt_fixture.h"

static KTIMER timer;
static KDPC dpc;
static uint32_t runs;
static uint32_t bad_irql;

static VOID
count_runs(PKDPC Dpc, PVOID DeferredContext, PVOID SystemArgument1, PVOID SystemArgument2)
{
    if (KeGetCurrentIrql() != DISPATCH_LEVEL) {
        atomic_fetch_add_u32(&bad_irql, 1);
    }
    atomic_fetch_add_u32(&runs, 1);
}

static void
sleep_ms(LONGLONG ms)
{
    LARGE_INTEGER interval = fixture_time(MS(ms));

    ck_assert_int_eq(KeDelayExecutionThread(KernelMode, FALSE, &interval), STATUS_SUCCESS);
}

static void
simulated(void (*body)(void))
{
    fixture_teardown();
    fixture_over_seeds(20, body);
    fixture_setup();
}

START_TEST(dpc_runs_once_however_often_it_is_queued)
{
    runs = bad_irql = 0;
    KeInitializeDpc(&dpc, count_runs, NULL);
    KeInsertQueueDpc(&dpc, NULL, NULL);
    KeFlushQueuedDpcs();
    ck_assert_uint_eq(runs, 1);
    ck_assert_uint_eq(bad_irql, 0);
    ck_assert(!KeRemoveQueueDpc(&dpc));
    ck_assert(KeInsertQueueDpc(&dpc, NULL, NULL));
    KeFlushQueuedDpcs();
    ck_assert_uint_eq(runs, 2);
}
END_TEST

static KEVENT inside;
static KEVENT go_on;
static ULONG_PTR order;

static VOID
hold_the_processor(PKDPC Dpc, PVOID DeferredContext, PVOID SystemArgument1, PVOID SystemArgument2)
{
    KeSetEvent(&inside, 0, FALSE);
    while (KeReadStateEvent(&go_on) == 0) {
        sys_thread_yield();
    }
}

static VOID
note_order(PKDPC Dpc, PVOID DeferredContext, PVOID SystemArgument1, PVOID SystemArgument2)
{
    order = order * 10 + (ULONG_PTR)DeferredContext;
    if (DeferredContext == (PVOID)1) {
        ck_assert_ptr_eq(SystemArgument1, (PVOID)11);
        ck_assert_ptr_eq(SystemArgument2, (PVOID)12);
    }
}

START_TEST(queued_dpcs_run_in_order_important_ones_first)
{
    KDPC holder;
    KDPC dpcs[4];

    order = 0;
    KeInitializeEvent(&inside, NotificationEvent, FALSE);
    KeInitializeEvent(&go_on, NotificationEvent, FALSE);
    KeInitializeDpc(&holder, hold_the_processor, NULL);
    KeInsertQueueDpc(&holder, NULL, NULL);
    fixture_wait(&inside, -1);
    for (ULONG_PTR i = 0; i < 4; i++) {
        KeInitializeDpc(&dpcs[i], note_order, (PVOID)(i + 1));
    }
    KeSetImportanceDpc(&dpcs[2], HighImportance);
    for (ULONG_PTR i = 0; i < 4; i++) {
        ck_assert(KeInsertQueueDpc(&dpcs[i], (PVOID)(10 * (i + 1) + 1), (PVOID)(10 * (i + 1) + 2)));
        ck_assert(!KeInsertQueueDpc(&dpcs[i], (PVOID)99, (PVOID)99));
    }
    ck_assert(KeRemoveQueueDpc(&dpcs[1]));
    ck_assert_uint_eq(ke_dpc_count(), 3);
    KeSetEvent(&go_on, 0, FALSE);
    KeFlushQueuedDpcs();
    ck_assert_uint_eq(order, 314);
}
END_TEST

static VOID
returns_at_passive(PKDPC Dpc, PVOID DeferredContext, PVOID SystemArgument1, PVOID SystemArgument2)
{
    KeLowerIrql(PASSIVE_LEVEL);
}

START_TEST(dpc_that_changes_the_irql_is_a_bug_check)
{
    KeInitializeDpc(&dpc, returns_at_passive, NULL);
    KeInsertQueueDpc(&dpc, NULL, NULL);
    KeFlushQueuedDpcs();
}
END_TEST

static VOID
note_irql(PKDPC Dpc, PVOID DeferredContext, PVOID SystemArgument1, PVOID SystemArgument2)
{
    *(KIRQL *)DeferredContext = KeGetCurrentIrql();
}

START_TEST(threaded_dpc_runs_at_passive_level)
{
    KIRQL irql = HIGH_LEVEL;

    KeInitializeThreadedDpc(&dpc, note_irql, &irql);
    KeInsertQueueDpc(&dpc, NULL, NULL);
    KeFlushQueuedDpcs();
    ck_assert_uint_eq(irql, PASSIVE_LEVEL);
}
END_TEST

/* Timers --------------------------------------------------------------------------------------- */

static void
expires_in_time(void)
{
    uint64_t start = sys_now_ns();

    KeInitializeTimer(&timer);
    ck_assert(!KeSetTimer(&timer, fixture_time(MS(30)), NULL));
    ck_assert(!KeReadStateTimer(&timer));
    ck_assert_uint_eq(ke_timer_count(), 1);
    ck_assert_int_eq(fixture_wait(&timer, 29), STATUS_TIMEOUT);
    ck_assert_int_eq(fixture_wait(&timer, -1), STATUS_SUCCESS);
    ck_assert_uint_ge(sys_now_ns() - start, 30000000);
    ck_assert_uint_lt(sys_now_ns() - start, 31000000);
    ck_assert(KeReadStateTimer(&timer));
    ck_assert_uint_eq(ke_timer_count(), 0);
}

START_TEST(timer_expires_in_time_and_stays_set)
{
    simulated(expires_in_time);
}
END_TEST

static void
runs_periodically(void)
{
    runs = bad_irql = 0;
    KeInitializeTimerEx(&timer, SynchronizationTimer);
    KeInitializeDpc(&dpc, count_runs, NULL);
    KeSetTimerEx(&timer, fixture_time(MS(10)), 20, &dpc);
    sleep_ms(95);
    ck_assert(KeCancelTimer(&timer));
    KeFlushQueuedDpcs();
    ck_assert_uint_eq(runs, 5); /* At 10, 30, 50, 70, 90 ms. */
    ck_assert_uint_eq(bad_irql, 0);
    sleep_ms(100);
    ck_assert_uint_eq(runs, 5);
}

START_TEST(periodic_timer_queues_its_dpc_each_period)
{
    simulated(runs_periodically);
}
END_TEST

static void
setting_again(void)
{
    runs = 0;
    KeInitializeTimer(&timer);
    KeInitializeDpc(&dpc, count_runs, NULL);
    ck_assert(!KeSetTimer(&timer, fixture_time(MS(10)), &dpc));
    ck_assert(KeSetTimer(&timer, fixture_time(MS(50)), &dpc));
    sleep_ms(40);
    ck_assert_uint_eq(runs, 0);
    sleep_ms(11);
    KeFlushQueuedDpcs();
    ck_assert_uint_eq(runs, 1);
    ck_assert(!KeCancelTimer(&timer));
}

START_TEST(setting_a_timer_again_replaces_its_time)
{
    simulated(setting_again);
}
END_TEST

static void
many_timers(void)
{
    KTIMER timers[20];
    PVOID objects[20];
    KWAIT_BLOCK blocks[20];
    uint64_t start = sys_now_ns();

    for (int i = 0; i < 20; i++) {
        KeInitializeTimer(&timers[i]);
        KeSetTimer(&timers[i], fixture_time(MS((i * 7) % 20 + 1)), NULL);
        objects[i] = &timers[i];
    }
    for (int i = 1; i <= 20; i++) {
        PVOID *first = &objects[0];
        NTSTATUS status = KeWaitForMultipleObjects(20, first, WaitAny, Executive, KernelMode, FALSE,
                                                   NULL, blocks);

        ck_assert_int_lt(status, 20);
        ck_assert_int_eq((status * 7) % 20 + 1, i);
        ck_assert_uint_eq((sys_now_ns() - start) / 1000000, i);
        KeInitializeTimer(&timers[status]); /* Out of the game. */
    }
}

START_TEST(timers_expire_in_the_order_of_their_times)
{
    simulated(many_timers);
}
END_TEST

static void
due_already(void)
{
    KeInitializeTimer(&timer);
    ck_assert(!KeSetTimer(&timer, fixture_time(1), NULL)); /* In the year 1601. */
    ck_assert(KeReadStateTimer(&timer));
}

START_TEST(time_in_the_past_expires_at_once)
{
    due_already();
}
END_TEST

/* EX_TIMER ------------------------------------------------------------------------------------- */

static VOID
count_expiries(PEX_TIMER Timer, PVOID Context)
{
    atomic_fetch_add_u32(Context, 1);
}

static VOID
count_deletion(PVOID Context)
{
    atomic_fetch_add_u32(Context, 100);
}

static VOID
delete_myself(PEX_TIMER Timer, PVOID Context)
{
    atomic_fetch_add_u32(Context, 1);
    ExDeleteTimer(Timer, TRUE, FALSE, NULL);
}

static void
allocated_timers(void)
{
    EXT_DELETE_PARAMETERS parameters;
    PEX_TIMER ex_timer = ExAllocateTimer(count_expiries, &runs, 0);

    runs = 0;
    ck_assert_ptr_nonnull(ex_timer);
    ck_assert(!ExSetTimer(ex_timer, MS(5), 10 * 10000, NULL));
    sleep_ms(26);
    KeFlushQueuedDpcs();
    ck_assert_uint_eq(runs, 3);
    ck_assert_int_eq(fixture_wait(ex_timer, 0), STATUS_SUCCESS);
    ExInitializeDeleteTimerParameters(&parameters);
    parameters.DeleteCallback = count_deletion;
    parameters.DeleteContext = &runs;
    ck_assert(ExDeleteTimer(ex_timer, TRUE, TRUE, &parameters));
    ck_assert_uint_eq(runs, 103);

    runs = 0;
    ex_timer = ExAllocateTimer(delete_myself, &runs, EX_TIMER_HIGH_RESOLUTION);
    ExSetTimer(ex_timer, MS(1), 10000, NULL);
    sleep_ms(20);
    ck_assert_uint_eq(runs, 1);

    /* Deleted without being cancelled: it expires once more. */
    runs = 0;
    ex_timer = ExAllocateTimer(count_expiries, &runs, EX_TIMER_NOTIFICATION);
    ExSetTimer(ex_timer, MS(5), 0, NULL);
    ck_assert(!ExDeleteTimer(ex_timer, FALSE, FALSE, NULL));
    sleep_ms(10);
    KeFlushQueuedDpcs();
    ck_assert_uint_eq(runs, 1);
}

START_TEST(allocated_timers_expire_and_are_deleted_in_every_way)
{
    simulated(allocated_timers);
}
END_TEST

static void
clocks_agree(void)
{
    LARGE_INTEGER frequency;
    LARGE_INTEGER before = KeQueryPerformanceCounter(&frequency);
    LARGE_INTEGER system_before;
    LARGE_INTEGER system_after;
    LARGE_INTEGER after;

    KeQuerySystemTime(&system_before);
    sleep_ms(1000);
    after = KeQueryPerformanceCounter(NULL);
    KeQuerySystemTime(&system_after);
    /* Steps of the simulation take a little time of their own. */
    ck_assert_int_ge(after.QuadPart - before.QuadPart, frequency.QuadPart);
    ck_assert_int_lt(after.QuadPart - before.QuadPart, frequency.QuadPart + 100);
    ck_assert_int_ge(system_after.QuadPart - system_before.QuadPart, 10000000);
    ck_assert_int_lt(system_after.QuadPart - system_before.QuadPart, 10000100);
}

START_TEST(clocks_agree_about_a_second)
{
    simulated(clocks_agree);
}
END_TEST

int
main(void)
{
    TCase *tests = tcase_create("time");

    tcase_add_checked_fixture(tests, fixture_setup, fixture_teardown);
    tcase_add_test(tests, dpc_runs_once_however_often_it_is_queued);
    tcase_add_test(tests, queued_dpcs_run_in_order_important_ones_first);
    tcase_add_test_raise_signal(tests, dpc_that_changes_the_irql_is_a_bug_check, SIGABRT);
    tcase_add_test(tests, threaded_dpc_runs_at_passive_level);
    tcase_add_test(tests, timer_expires_in_time_and_stays_set);
    tcase_add_test(tests, periodic_timer_queues_its_dpc_each_period);
    tcase_add_test(tests, setting_a_timer_again_replaces_its_time);
    tcase_add_test(tests, timers_expire_in_the_order_of_their_times);
    tcase_add_test(tests, time_in_the_past_expires_at_once);
    tcase_add_test(tests, allocated_timers_expire_and_are_deleted_in_every_way);
    tcase_add_test(tests, clocks_agree_about_a_second);
    return fixture_run("nt/ke_time", tests);
}

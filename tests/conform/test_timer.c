/* SPDX-License-Identifier: MIT */
/* Timers, DPCs and work items, in virtual time. */
#include "io_fixture.h"

#include <stdlib.h>
#include <string.h>

#include "events.h"

static struct {
    WDF_TIMER_CONFIG config;
    WDF_OBJECT_ATTRIBUTES attributes; /* ParentObject is set when it is NULL. */
    bool delete_in_callback;
    bool restart_in_callback;
    NTSTATUS status;
    WDFTIMER timer;
    unsigned calls;
    KIRQL irql;
} test;

/* Calls so far; what the callbacks wrote before is seen after it. */
static unsigned
calls(void)
{
    return __atomic_load_n(&test.calls, __ATOMIC_ACQUIRE);
}

static VOID
on_timer(WDFTIMER timer)
{
    test.irql = KeGetCurrentIrql();
    __atomic_fetch_add(&test.calls, 1, __ATOMIC_RELEASE);
    events_note("timer");
    ck_assert_ptr_eq(timer, test.timer);
    if (test.delete_in_callback) {
        WdfObjectDelete(timer);
        events_note("deleted");
    }
    if (test.restart_in_callback && calls() < 3) {
        WdfTimerStart(timer, WDF_REL_TIMEOUT_IN_MS(10));
    }
}

static VOID
on_cleanup(WDFOBJECT object)
{
    events_note(KeGetCurrentIrql() == PASSIVE_LEVEL ? "cleanup" : "cleanup-high");
}

static NTSTATUS
add_timer(WDFDEVICE device)
{
    if (test.attributes.ParentObject == NULL) {
        test.attributes.ParentObject = device;
    }
    test.attributes.EvtCleanupCallback = on_cleanup;
    test.status = WdfTimerCreate(&test.config, &test.attributes, &test.timer);
    return STATUS_SUCCESS;
}

static const struct io_hooks timer_hooks = {.add = add_timer, .no_file = true};

static void
prepare(ULONG period_ms)
{
    events_clear();
    memset(&test, 0, sizeof(test));
    if (period_ms == 0) {
        WDF_TIMER_CONFIG_INIT(&test.config, on_timer);
    } else {
        WDF_TIMER_CONFIG_INIT_PERIODIC(&test.config, on_timer, period_ms);
    }
    WDF_OBJECT_ATTRIBUTES_INIT(&test.attributes);
}

/* Each test runs as one simulated life, so that time is exact and costs nothing. */
static void
simulate(void (*body)(void *unused))
{
    const struct bench_simulation simulation = {.seed = 1};

    ck_assert(bench_simulate(&simulation, body, NULL, NULL));
}

static void
one_shot(void *unused)
{
    prepare(0);
    io_open(&timer_hooks);
    ck_assert_int_eq(test.status, STATUS_SUCCESS);
    ck_assert_ptr_eq(WdfTimerGetParentObject(test.timer), io.handle);
    ck_assert(!WdfTimerStart(test.timer, WDF_REL_TIMEOUT_IN_MS(20)));
    bench_advance(io.bench, 15);
    ck_assert_uint_eq(calls(), 0);
    ck_assert(WdfTimerStart(test.timer, WDF_REL_TIMEOUT_IN_MS(20))); /* Starts over. */
    bench_advance(io.bench, 15);
    ck_assert_uint_eq(calls(), 0);
    bench_advance(io.bench, 10);
    ck_assert_uint_eq(calls(), 1);
    ck_assert_uint_eq(test.irql, DISPATCH_LEVEL);
    bench_advance(io.bench, 100);
    ck_assert_uint_eq(calls(), 1);
    ck_assert(!WdfTimerStop(test.timer, TRUE));
    io_close();
}

START_TEST(a_timer_fires_once_at_dispatch_level_after_its_due_time)
{
    simulate(one_shot);
}
END_TEST

static void
periodic(void *unused)
{
    prepare(10);
    io_open(&timer_hooks);
    WdfTimerStart(test.timer, WDF_REL_TIMEOUT_IN_MS(10));
    bench_advance(io.bench, 55);
    ck_assert_uint_eq(calls(), 5);
    ck_assert(WdfTimerStop(test.timer, TRUE));
    bench_advance(io.bench, 50);
    ck_assert_uint_eq(calls(), 5);
    io_close();
}

START_TEST(a_periodic_timer_fires_until_it_is_stopped)
{
    simulate(periodic);
}
END_TEST

static void
restarted(void *unused)
{
    prepare(0);
    test.restart_in_callback = true;
    io_open(&timer_hooks);
    WdfTimerStart(test.timer, WDF_REL_TIMEOUT_IN_MS(10));
    bench_advance(io.bench, 100);
    ck_assert_uint_eq(calls(), 3);
    io_close();
}

START_TEST(a_callback_may_restart_its_timer)
{
    simulate(restarted);
}
END_TEST

static void
passive(void *unused)
{
    prepare(0);
    test.attributes.ExecutionLevel = WdfExecutionLevelPassive;
    io_open(&timer_hooks);
    ck_assert_int_eq(test.status, STATUS_SUCCESS);
    WdfTimerStart(test.timer, WDF_REL_TIMEOUT_IN_MS(10));
    bench_advance(io.bench, 20);
    bench_run_until_idle(io.bench);
    ck_assert_uint_eq(calls(), 1);
    ck_assert_uint_eq(test.irql, PASSIVE_LEVEL);
    io_close();
}

START_TEST(a_passive_timer_calls_at_passive_level)
{
    simulate(passive);
}
END_TEST

static void
deleted_by_callback(void *at_passive)
{
    prepare(0);
    test.delete_in_callback = true;
    if (at_passive != NULL) {
        test.attributes.ExecutionLevel = WdfExecutionLevelPassive;
    }
    io_open(&timer_hooks);
    WdfTimerStart(test.timer, WDF_REL_TIMEOUT_IN_MS(10));
    bench_advance(io.bench, 20);
    bench_run_until_idle(io.bench);
    io_close();
    /* The clean-up waits for the callback that asked for it. */
    ck_assert_str_eq(events_text(), "timer deleted cleanup ");
}

START_TEST(a_callback_may_delete_its_timer)
{
    const struct bench_simulation simulation = {.seed = 1};

    ck_assert(bench_simulate(&simulation, deleted_by_callback, NULL, NULL));
    ck_assert(bench_simulate(&simulation, deleted_by_callback, (void *)1, NULL));
}
END_TEST

static void
removed_while_running(void *unused)
{
    prepare(1);
    io_open(&timer_hooks);
    WdfTimerStart(test.timer, WDF_REL_TIMEOUT_IN_MS(1));
    bench_advance(io.bench, 5);
    io_close();
    events_clear();
    ck_assert_uint_ge(calls(), 1);
}

START_TEST(removing_the_device_stops_its_timers)
{
    simulate(removed_while_running);
    ck_assert_str_eq(events_text(), "");
}
END_TEST

static void
wrong_configurations(void *unused)
{
    WDFTIMER timer;

    prepare(10);
    io_open(&timer_hooks);
    test.attributes.ExecutionLevel = WdfExecutionLevelPassive;
    ck_assert_int_eq(WdfTimerCreate(&test.config, &test.attributes, &timer),
                     STATUS_INVALID_PARAMETER);
    test.attributes.ExecutionLevel = WdfExecutionLevelInheritFromParent;
    test.config.UseHighResolutionTimer = WdfTrue;
    test.config.TolerableDelay = 1;
    ck_assert_int_eq(WdfTimerCreate(&test.config, &test.attributes, &timer),
                     STATUS_INVALID_PARAMETER);
    test.config.Size = 3;
    ck_assert_int_eq(WdfTimerCreate(&test.config, &test.attributes, &timer),
                     STATUS_INFO_LENGTH_MISMATCH);
    io_close();
}

START_TEST(impossible_timers_are_refused)
{
    simulate(wrong_configurations);
}
END_TEST

/* --- Automatic serialization ----------------------------------------------------------------- */

static WDF_OBJECT_ATTRIBUTES device_attributes;

static void
serialized_with_the_device(void *unused)
{
    struct io_hooks hooks = timer_hooks;

    prepare(0);
    WDF_OBJECT_ATTRIBUTES_INIT(&device_attributes);
    device_attributes.SynchronizationScope = WdfSynchronizationScopeDevice;
    hooks.device_attributes = &device_attributes;
    io_open(&hooks);
    ck_assert_int_eq(test.status, STATUS_SUCCESS);
    WdfTimerStart(test.timer, WDF_REL_TIMEOUT_IN_MS(1));
    WdfObjectAcquireLock(io.handle);
    ck_assert_uint_eq(KeGetCurrentIrql(), DISPATCH_LEVEL);
    KeStallExecutionProcessor(5000);
    ck_assert_uint_eq(calls(), 0);
    WdfObjectReleaseLock(io.handle);
    ck_assert_uint_eq(KeGetCurrentIrql(), PASSIVE_LEVEL);
    bench_advance(io.bench, 5);
    ck_assert_uint_eq(calls(), 1);
    io_close();
}

START_TEST(a_serialized_callback_waits_for_the_devices_lock)
{
    simulate(serialized_with_the_device);
}
END_TEST

static void
incompatible_levels(void *unused)
{
    struct io_hooks hooks = timer_hooks;
    WDF_WORKITEM_CONFIG item_config;
    WDF_OBJECT_ATTRIBUTES attributes;
    WDF_DPC_CONFIG dpc_config;
    WDFWORKITEM item;
    WDFDPC dpc;

    prepare(0);
    WDF_OBJECT_ATTRIBUTES_INIT(&device_attributes);
    device_attributes.SynchronizationScope = WdfSynchronizationScopeDevice;
    device_attributes.ExecutionLevel = WdfExecutionLevelPassive;
    hooks.device_attributes = &device_attributes;
    io_open(&hooks);
    ck_assert_int_eq(test.status, STATUS_WDF_INCOMPATIBLE_EXECUTION_LEVEL);
    WDF_OBJECT_ATTRIBUTES_INIT(&attributes);
    attributes.ParentObject = io.handle;
    WDF_DPC_CONFIG_INIT(&dpc_config, (PFN_WDF_DPC)on_timer);
    ck_assert_int_eq(WdfDpcCreate(&dpc_config, &attributes, &dpc),
                     STATUS_WDF_INCOMPATIBLE_EXECUTION_LEVEL);
    WDF_WORKITEM_CONFIG_INIT(&item_config, (PFN_WDF_WORKITEM)on_timer);
    ck_assert_int_eq(WdfWorkItemCreate(&item_config, &attributes, &item), STATUS_SUCCESS);
    WdfObjectAcquireLock(io.handle);
    ck_assert_uint_eq(KeGetCurrentIrql(), PASSIVE_LEVEL);
    ck_assert(KeAreApcsDisabled());
    WdfObjectReleaseLock(io.handle);
    io_close();
}

START_TEST(serialization_across_execution_levels_is_refused)
{
    simulate(incompatible_levels);
}
END_TEST

/* --- Work items and DPCs --------------------------------------------------------------------- */

static struct {
    WDFWORKITEM item;
    WDFDPC dpc;
    unsigned runs;
    bool delete_in_callback;
} work;

static VOID
on_work(WDFWORKITEM item)
{
    LARGE_INTEGER delay = {.QuadPart = WDF_REL_TIMEOUT_IN_MS(5)};

    ck_assert_uint_eq(KeGetCurrentIrql(), PASSIVE_LEVEL);
    events_note("work");
    KeDelayExecutionThread(KernelMode, FALSE, &delay);
    __atomic_fetch_add(&work.runs, 1, __ATOMIC_RELEASE);
    if (work.delete_in_callback) {
        WdfObjectDelete(item);
    }
    events_note("done");
}

static VOID
on_dpc(WDFDPC dpc)
{
    ck_assert_uint_eq(KeGetCurrentIrql(), DISPATCH_LEVEL);
    events_note("dpc");
}

static NTSTATUS
add_work(WDFDEVICE device)
{
    WDF_WORKITEM_CONFIG item_config;
    WDF_OBJECT_ATTRIBUTES attributes;
    WDF_DPC_CONFIG dpc_config;
    NTSTATUS status;

    WDF_OBJECT_ATTRIBUTES_INIT(&attributes);
    attributes.ParentObject = device;
    attributes.EvtCleanupCallback = on_cleanup;
    WDF_WORKITEM_CONFIG_INIT(&item_config, on_work);
    status = WdfWorkItemCreate(&item_config, &attributes, &work.item);
    if (NT_SUCCESS(status)) {
        WDF_DPC_CONFIG_INIT(&dpc_config, on_dpc);
        status = WdfDpcCreate(&dpc_config, &attributes, &work.dpc);
    }
    return status;
}

static const struct io_hooks work_hooks = {.add = add_work, .no_file = true};

static void
work_runs(void *unused)
{
    events_clear();
    memset(&work, 0, sizeof(work));
    io_open(&work_hooks);
    WdfWorkItemFlush(work.item); /* Nothing queued: returns at once. */
    WdfWorkItemEnqueue(work.item);
    WdfWorkItemEnqueue(work.item);
    WdfWorkItemFlush(work.item);
    ck_assert_uint_ge(__atomic_load_n(&work.runs, __ATOMIC_ACQUIRE), 1);
    ck_assert_uint_le(__atomic_load_n(&work.runs, __ATOMIC_ACQUIRE), 2);
    io_close();
}

START_TEST(flush_returns_after_the_callback_and_requests_collapse)
{
    simulate(work_runs);
}
END_TEST

static void
work_deletes_itself(void *unused)
{
    events_clear();
    memset(&work, 0, sizeof(work));
    work.delete_in_callback = true;
    io_open(&work_hooks);
    WdfObjectDelete(work.dpc);
    events_clear();
    WdfWorkItemEnqueue(work.item);
    bench_run_until_idle(io.bench);
    io_close();
    ck_assert_str_eq(events_text(), "work done cleanup ");
}

START_TEST(a_work_item_may_delete_itself_and_is_cleaned_up_afterwards)
{
    simulate(work_deletes_itself);
}
END_TEST

static void
deletion_waits(void *unused)
{
    events_clear();
    memset(&work, 0, sizeof(work));
    io_open(&work_hooks);
    WdfObjectDelete(work.dpc);
    events_clear();
    WdfWorkItemEnqueue(work.item);
    io_close();
    ck_assert_str_eq(events_text(), "work done cleanup ");
}

START_TEST(a_queued_work_item_runs_before_its_cleanup)
{
    simulate(deletion_waits);
}
END_TEST

static void
dpc_runs(void *unused)
{
    KIRQL irql;

    events_clear();
    memset(&work, 0, sizeof(work));
    io_open(&work_hooks);
    KeRaiseIrql(DISPATCH_LEVEL, &irql);
    ck_assert(WdfDpcEnqueue(work.dpc));
    KeLowerIrql(irql);
    (void)WdfDpcCancel(work.dpc, TRUE);
    events_clear();
    ck_assert(WdfDpcEnqueue(work.dpc));
    bench_run_until_idle(io.bench);
    ck_assert_str_eq(events_text(), "dpc ");
    ck_assert_ptr_eq(WdfDpcGetParentObject(work.dpc), io.handle);
    io_close();
}

START_TEST(a_dpc_runs_once_for_each_time_it_is_queued)
{
    simulate(dpc_runs);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("conform/timer");
    TCase *tests = tcase_create("timer");
    SRunner *runner;
    int failed;

    tcase_add_test(tests, a_timer_fires_once_at_dispatch_level_after_its_due_time);
    tcase_add_test(tests, a_periodic_timer_fires_until_it_is_stopped);
    tcase_add_test(tests, a_callback_may_restart_its_timer);
    tcase_add_test(tests, a_passive_timer_calls_at_passive_level);
    tcase_add_test(tests, a_callback_may_delete_its_timer);
    tcase_add_test(tests, removing_the_device_stops_its_timers);
    tcase_add_test(tests, impossible_timers_are_refused);
    tcase_add_test(tests, a_serialized_callback_waits_for_the_devices_lock);
    tcase_add_test(tests, serialization_across_execution_levels_is_refused);
    tcase_add_test(tests, flush_returns_after_the_callback_and_requests_collapse);
    tcase_add_test(tests, a_work_item_may_delete_itself_and_is_cleaned_up_afterwards);
    tcase_add_test(tests, a_queued_work_item_runs_before_its_cleanup);
    tcase_add_test(tests, a_dpc_runs_once_for_each_time_it_is_queued);
    suite_add_tcase(suite, tests);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

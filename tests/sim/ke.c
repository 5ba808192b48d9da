/* SPDX-License-Identifier: MIT */
/*
 * The kernel core's races over simulated interleavings: waits for several objects, timers against
 * their cancellation, abandoned mutexes, flushed DPCs, rundown, resources, callbacks.
 */
#include "../unit/nt/nt_fixture.h"

#define SEEDS 300

static struct sys_thread *threads[4];

static void
start_threads(int count, void (*fn)(void *argument))
{
    for (int i = 0; i < count; i++) {
        threads[i] = fixture_start(fn, (void *)(uintptr_t)i);
    }
}

static void
join_threads(int count)
{
    for (int i = 0; i < count; i++) {
        sys_thread_join(threads[i]);
    }
}

/* Waits for several ---------------------------------------------------------------------------- */

/* Two forks, two who need both: a wait that took one and kept it would never end. */
static KSEMAPHORE forks[2];
static uint32_t eating;
static uint32_t meals;

static void
dines(void *argument)
{
    /* One takes the left first, one the right. */
    PVOID objects[2] = {&forks[(uintptr_t)argument % 2], &forks[1 - (uintptr_t)argument % 2]};

    for (int i = 0; i < 3; i++) {
        ck_assert_int_eq(
            KeWaitForMultipleObjects(2, objects, WaitAll, Executive, KernelMode, FALSE, NULL, NULL),
            STATUS_SUCCESS);
        ck_assert_uint_eq(atomic_fetch_add_u32(&eating, 1), 0);
        atomic_fetch_add_u32(&meals, 1);
        atomic_fetch_sub_u32(&eating, 1);
        KeReleaseSemaphore(&forks[0], 0, 1, FALSE);
        KeReleaseSemaphore(&forks[1], 0, 1, FALSE);
    }
}

static void
wait_for_all(void)
{
    eating = meals = 0;
    KeInitializeSemaphore(&forks[0], 1, 1);
    KeInitializeSemaphore(&forks[1], 1, 1);
    start_threads(3, dines);
    join_threads(3);
    ck_assert_uint_eq(meals, 9);
}

START_TEST(wait_for_all_is_atomic)
{
    fixture_over_seeds(SEEDS, wait_for_all);
}
END_TEST

/* Not before all are set, and with all of them. */
static KEVENT wanted[3];
static uint32_t is_set[3];

static void
sets_one(void *argument)
{
    uintptr_t index = (uintptr_t)argument;

    atomic_store_u32(&is_set[index], 1);
    KeSetEvent(&wanted[index], 0, FALSE);
}

static void
wait_for_three(void)
{
    PVOID objects[3] = {&wanted[0], &wanted[1], &wanted[2]};

    for (int i = 0; i < 3; i++) {
        is_set[i] = 0;
        KeInitializeEvent(&wanted[i], i == 1 ? NotificationEvent : SynchronizationEvent, FALSE);
    }
    start_threads(3, sets_one);
    ck_assert_int_eq(
        KeWaitForMultipleObjects(3, objects, WaitAll, Executive, KernelMode, FALSE, NULL, NULL),
        STATUS_SUCCESS);
    for (int i = 0; i < 3; i++) {
        ck_assert_uint_eq(atomic_load_u32(&is_set[i]), 1);
        ck_assert_int_eq(KeReadStateEvent(&wanted[i]), i == 1);
    }
    join_threads(3);
}

START_TEST(wait_for_all_ends_when_the_last_is_set)
{
    fixture_over_seeds(SEEDS, wait_for_three);
}
END_TEST

/*
 * Each token is taken by exactly one waiter, whatever else he waits for and for how long. Waits time
 * out in the very moment in which tokens are put.
 */
static KEVENT tokens[2];
static uint32_t taken;
static uint32_t put;
static LARGE_INTEGER moments[4]; /* Absolute. */

static void
takes_tokens(void *argument)
{
    PVOID objects[2] = {&tokens[0], &tokens[1]};

    for (int i = 0; i < 4; i++) {
        NTSTATUS status = KeWaitForMultipleObjects(2, objects, WaitAny, Executive, KernelMode,
                                                   FALSE, &moments[i], NULL);

        if (status != STATUS_TIMEOUT) {
            ck_assert_int_lt(status, 2);
            atomic_fetch_add_u32(&taken, 1);
        }
    }
}

static void
wait_for_any(void)
{
    LARGE_INTEGER now;

    taken = put = 0;
    KeQuerySystemTime(&now);
    for (int i = 0; i < 4; i++) {
        moments[i].QuadPart = now.QuadPart - (i + 1) * MS(10);
    }
    KeInitializeEvent(&tokens[0], SynchronizationEvent, FALSE);
    KeInitializeEvent(&tokens[1], SynchronizationEvent, FALSE);
    start_threads(3, takes_tokens);
    for (int i = 0; i < 4; i++) {
        KeDelayExecutionThread(KernelMode, FALSE, &moments[i]);
        put += KeSetEvent(&tokens[i % 2], 0, FALSE) == 0 ? 1 : 0;
    }
    join_threads(3);
    taken += (uint32_t)(KeReadStateEvent(&tokens[0]) + KeReadStateEvent(&tokens[1]));
    ck_assert_uint_eq(taken, put);
}

START_TEST(synchronization_event_is_taken_once_even_when_waits_time_out)
{
    fixture_over_seeds(SEEDS, wait_for_any);
}
END_TEST

/* Mutexes -------------------------------------------------------------------------------------- */

static KMUTEX mutex;
static uint32_t abandoned;
static uint32_t holders;

static void
takes_it_and_sometimes_ends(void *argument)
{
    for (int i = 0; i < 2; i++) {
        NTSTATUS status = fixture_wait(&mutex, -1);

        abandoned += status == STATUS_ABANDONED ? 1 : 0; /* Under the mutex. */
        ck_assert_uint_eq(atomic_fetch_add_u32(&holders, 1), 0);
        atomic_fetch_sub_u32(&holders, 1);
        if (i == 1) {
            return;
        }
        KeReleaseMutex(&mutex, FALSE);
    }
}

static void
mutexes(void)
{
    abandoned = holders = 0;
    KeInitializeMutex(&mutex, 0);
    start_threads(3, takes_it_and_sometimes_ends);
    join_threads(3);
    abandoned += fixture_wait(&mutex, -1) == STATUS_ABANDONED ? 1 : 0;
    KeReleaseMutex(&mutex, FALSE);
    ck_assert_uint_eq(abandoned, 3);
}

START_TEST(each_abandonment_of_a_mutex_is_reported_once)
{
    fixture_over_seeds(SEEDS, mutexes);
}
END_TEST

/* Timers, DPCs --------------------------------------------------------------------------------- */

struct timed {
    KTIMER timer;
    KDPC dpc;
    uint32_t alive;
    uint32_t runs;
};

static VOID
timed_dpc(PKDPC Dpc, PVOID DeferredContext, PVOID SystemArgument1, PVOID SystemArgument2)
{
    struct timed *timed = DeferredContext;

    ck_assert_uint_eq(atomic_load_u32(&timed->alive), 1);
    atomic_fetch_add_u32(&timed->runs, 1);
}

/* The documented way to free a timer: cancel, flush. The timer races with it. */
static void
cancels_a_timer(void *argument)
{
    for (int i = 0; i < 3; i++) {
        struct timed *timed = ExAllocatePool2(POOL_FLAG_NON_PAGED, sizeof(*timed), 'remT');
        LARGE_INTEGER pause = fixture_time(-10000 + i);
        BOOLEAN was_set;

        KeInitializeTimerEx(&timed->timer, SynchronizationTimer);
        KeInitializeDpc(&timed->dpc, timed_dpc, timed);
        timed->alive = 1;
        KeSetTimerEx(&timed->timer, fixture_time(MS(1)), i == 2 ? 1 : 0, &timed->dpc);
        KeDelayExecutionThread(KernelMode, FALSE, &pause);
        was_set = KeCancelTimer(&timed->timer);
        KeFlushQueuedDpcs();
        if (i != 2) {
            ck_assert_uint_eq(timed->runs, was_set ? 0 : 1);
        }
        atomic_store_u32(&timed->alive, 0);
        ExFreePool(timed);
    }
}

static void
timers(void)
{
    start_threads(2, cancels_a_timer);
    join_threads(2);
}

START_TEST(cancelled_and_flushed_timer_may_be_freed)
{
    fixture_over_seeds(SEEDS, timers);
}
END_TEST

static VOID
count_expiries(PEX_TIMER Timer, PVOID Context)
{
    ck_assert_uint_eq(*(uint32_t *)Context, 0);
}

static void
deletes_a_timer(void *argument)
{
    uint32_t gone = 0;
    PEX_TIMER timer = ExAllocateTimer(count_expiries, &gone, 0);
    LARGE_INTEGER pause = fixture_time(MS(1));

    ExSetTimer(timer, MS(1), 10000, NULL);
    KeDelayExecutionThread(KernelMode, FALSE, &pause);
    ExDeleteTimer(timer, TRUE, TRUE, NULL);
    gone = 1;
    KeDelayExecutionThread(KernelMode, FALSE, &pause);
}

static void
allocated_timers(void)
{
    start_threads(2, deletes_a_timer);
    join_threads(2);
}

START_TEST(deleted_timer_calls_back_no_more)
{
    fixture_over_seeds(SEEDS, allocated_timers);
}
END_TEST

static KDPC shared_dpc;
static uint32_t queued;
static uint32_t ran;
static uint32_t running;

static VOID
shared_routine(PKDPC Dpc, PVOID DeferredContext, PVOID SystemArgument1, PVOID SystemArgument2)
{
    ck_assert_uint_eq(atomic_fetch_add_u32(&running, 1), 0);
    atomic_fetch_add_u32(&ran, 1);
    atomic_fetch_sub_u32(&running, 1);
}

static void
queues_dpcs(void *argument)
{
    for (int i = 0; i < 3; i++) {
        if (KeInsertQueueDpc(&shared_dpc, NULL, NULL)) {
            atomic_fetch_add_u32(&queued, 1);
        }
        if (i == 1 && KeRemoveQueueDpc(&shared_dpc)) {
            atomic_fetch_sub_u32(&queued, 1);
        }
    }
}

static void
dpcs(void)
{
    queued = ran = running = 0;
    KeInitializeDpc(&shared_dpc, shared_routine, NULL);
    start_threads(3, queues_dpcs);
    join_threads(3);
    KeFlushQueuedDpcs();
    ck_assert_uint_eq(ran, queued);
}

START_TEST(dpc_runs_once_for_each_time_it_was_queued)
{
    fixture_over_seeds(SEEDS, dpcs);
}
END_TEST

/* The executive -------------------------------------------------------------------------------- */

static PEX_RUNDOWN_REF guarded; /* Freed once it is run down. */
static uint32_t refused;

static void
enters(void *argument)
{
    struct {
        EX_RUNDOWN_REF rundown;
        uint32_t alive;
    } *object = (void *)guarded;

    if (!ExAcquireRundownProtection(&object->rundown)) {
        atomic_fetch_add_u32(&refused, 1);
        return;
    }
    ck_assert_uint_eq(atomic_load_u32(&object->alive), 1);
    ExReleaseRundownProtection(&object->rundown);
}

static void
rundown(void)
{
    struct {
        EX_RUNDOWN_REF rundown;
        uint32_t alive;
    } object = {.alive = 1};

    ExInitializeRundownProtection(&object.rundown);
    guarded = &object.rundown;
    start_threads(3, enters);
    ExWaitForRundownProtectionRelease(&object.rundown);
    atomic_store_u32(&object.alive, 0);
    join_threads(3);
}

START_TEST(nobody_is_inside_after_rundown)
{
    fixture_over_seeds(SEEDS, rundown);
}
END_TEST

static ERESOURCE resource;
static EX_PUSH_LOCK push_lock;
static FAST_MUTEX fast_mutex;
static uint32_t readers;
static uint32_t writers;

static void
reads_or_writes(void *argument)
{
    for (int i = 0; i < 2; i++) {
        bool write = ((uintptr_t)argument + (unsigned)i) % 2 == 0;

        if (write) {
            ExEnterCriticalRegionAndAcquireResourceExclusive(&resource);
            ck_assert_uint_eq(atomic_load_u32(&readers), 0);
            ck_assert_uint_eq(atomic_fetch_add_u32(&writers, 1), 0);
            atomic_fetch_sub_u32(&writers, 1);
        } else {
            ExEnterCriticalRegionAndAcquireResourceShared(&resource);
            atomic_fetch_add_u32(&readers, 1);
            ck_assert(ExAcquireResourceSharedLite(&resource, TRUE));
            ck_assert_uint_eq(atomic_load_u32(&writers), 0);
            ExReleaseResourceLite(&resource);
            atomic_fetch_sub_u32(&readers, 1);
        }
        ExReleaseResourceAndLeaveCriticalRegion(&resource);
    }
}

static void
resources(void)
{
    readers = writers = 0;
    ExInitializeResourceLite(&resource);
    start_threads(3, reads_or_writes);
    join_threads(3);
    ExDeleteResourceLite(&resource);
}

START_TEST(resource_excludes_writers_and_gets_everybody_through)
{
    fixture_over_seeds(SEEDS, resources);
}
END_TEST

static void
locks_and_unlocks(void *argument)
{
    for (int i = 0; i < 2; i++) {
        ExAcquirePushLockExclusive(&push_lock);
        ck_assert_uint_eq(atomic_fetch_add_u32(&writers, 1), 0);
        atomic_fetch_sub_u32(&writers, 1);
        ExReleasePushLockExclusive(&push_lock);
        ExAcquirePushLockShared(&push_lock);
        ck_assert_uint_eq(atomic_load_u32(&writers), 0);
        ExReleasePushLockShared(&push_lock);
        ExAcquireFastMutex(&fast_mutex);
        ck_assert_uint_eq(atomic_fetch_add_u32(&readers, 1), 0);
        atomic_fetch_sub_u32(&readers, 1);
        ExReleaseFastMutex(&fast_mutex);
    }
}

static void
locks(void)
{
    readers = writers = 0;
    ExInitializePushLock(&push_lock);
    ExInitializeFastMutex(&fast_mutex);
    start_threads(3, locks_and_unlocks);
    join_threads(3);
    ck_assert_uint_eq(push_lock, 0);
}

START_TEST(push_locks_and_fast_mutexes_exclude)
{
    fixture_over_seeds(SEEDS, locks);
}
END_TEST

static PVOID registration;
static uint32_t unregistered;

static VOID
must_be_registered(PVOID CallbackContext, PVOID Argument1, PVOID Argument2)
{
    ck_assert_uint_eq(atomic_load_u32(&unregistered), 0);
    sys_thread_yield();
    ck_assert_uint_eq(atomic_load_u32(&unregistered), 0);
}

static void
notifies(void *argument)
{
    UNICODE_STRING name = fixture_string(L"\\Callback\\PowerState");
    OBJECT_ATTRIBUTES attributes;
    PCALLBACK_OBJECT callback;

    InitializeObjectAttributes(&attributes, &name, OBJ_CASE_INSENSITIVE, NULL, NULL);
    ck_assert_int_eq(ExCreateCallback(&callback, &attributes, FALSE, TRUE), STATUS_SUCCESS);
    if (argument == NULL) {
        ExUnregisterCallback(registration);
        atomic_store_u32(&unregistered, 1);
    } else {
        ExNotifyCallback(callback, NULL, NULL);
    }
    ObDereferenceObject(callback);
}

static void
callbacks(void)
{
    UNICODE_STRING name = fixture_string(L"\\Callback\\PowerState");
    OBJECT_ATTRIBUTES attributes;
    PCALLBACK_OBJECT callback;

    unregistered = 0;
    InitializeObjectAttributes(&attributes, &name, OBJ_CASE_INSENSITIVE, NULL, NULL);
    ExCreateCallback(&callback, &attributes, FALSE, TRUE);
    registration = ExRegisterCallback(callback, must_be_registered, NULL);
    start_threads(3, notifies);
    join_threads(3);
    ObDereferenceObject(callback);
}

START_TEST(unregistered_callback_is_not_running)
{
    fixture_over_seeds(SEEDS, callbacks);
}
END_TEST

static uint32_t work_runs;

static void
run_and_free(struct ex_work *work)
{
    ExFreePool(work);
    atomic_fetch_add_u32(&work_runs, 1);
}

static void
queues_work(void *argument)
{
    LARGE_INTEGER pause = fixture_time(MS(1990 + 5 * (LONGLONG)(uintptr_t)argument));

    for (int i = 0; i < 3; i++) {
        struct ex_work *work = ExAllocatePool2(POOL_FLAG_NON_PAGED, sizeof(*work), 'kroW');

        work->run = run_and_free;
        ex_work_queue_insert(work);
        if (i == 1) {
            /* About as long as an idle worker stays. */
            KeDelayExecutionThread(KernelMode, FALSE, &pause);
        }
    }
}

static void
work(void)
{
    work_runs = 0;
    start_threads(3, queues_work);
    join_threads(3);
    ex_work_queue_flush();
    ck_assert_uint_eq(work_runs, 9);
}

START_TEST(work_runs_though_workers_come_and_go)
{
    fixture_over_seeds(SEEDS, work);
}
END_TEST

/* The first one waits for the second one. */
static KEVENT second_ran;
static struct ex_work first_work;
static struct ex_work second_work;

static void
run_first(struct ex_work *item)
{
    ck_assert_int_eq(fixture_wait(&second_ran, -1), STATUS_SUCCESS);
}

static void
run_second(struct ex_work *item)
{
    KeSetEvent(&second_ran, 0, FALSE);
}

static void
dependent_work(void)
{
    KeInitializeEvent(&second_ran, NotificationEvent, FALSE);
    first_work = (struct ex_work){.run = run_second};
    ex_work_queue_insert(&first_work); /* From here on a worker is idle, or soon. */
    ex_work_queue_flush();
    KeClearEvent(&second_ran);
    first_work = (struct ex_work){.run = run_first};
    second_work = (struct ex_work){.run = run_second};
    ex_work_queue_insert(&first_work);
    ex_work_queue_insert(&second_work);
    ex_work_queue_flush();
}

START_TEST(work_that_waits_for_later_work_gets_through)
{
    fixture_over_seeds(SEEDS, dependent_work);
}
END_TEST

static VOID
ends_soon(PVOID context)
{
    PsTerminateSystemThread(STATUS_SUCCESS);
}

static void
system_threads(void)
{
    for (int i = 0; i < 3; i++) {
        HANDLE handle;
        PVOID thread;

        ck_assert_int_eq(PsCreateSystemThread(&handle, 0, NULL, NULL, NULL, ends_soon, NULL),
                         STATUS_SUCCESS);
        ObReferenceObjectByHandle(handle, 0, *PsThreadType, KernelMode, &thread, NULL);
        ZwClose(handle);
        if (i != 1) {
            ck_assert_int_eq(fixture_wait(thread, -1), STATUS_SUCCESS);
        }
        ObDereferenceObject(thread);
    }
}

START_TEST(threads_are_gone_after_the_end_of_the_executive)
{
    fixture_over_seeds(SEEDS, system_threads);
}
END_TEST

int
main(void)
{
    TCase *tests = tcase_create("ke");

    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, wait_for_all_is_atomic);
    tcase_add_test(tests, synchronization_event_is_taken_once_even_when_waits_time_out);
    tcase_add_test(tests, each_abandonment_of_a_mutex_is_reported_once);
    tcase_add_test(tests, cancelled_and_flushed_timer_may_be_freed);
    tcase_add_test(tests, deleted_timer_calls_back_no_more);
    tcase_add_test(tests, dpc_runs_once_for_each_time_it_was_queued);
    tcase_add_test(tests, nobody_is_inside_after_rundown);
    tcase_add_test(tests, resource_excludes_writers_and_gets_everybody_through);
    tcase_add_test(tests, push_locks_and_fast_mutexes_exclude);
    tcase_add_test(tests, unregistered_callback_is_not_running);
    tcase_add_test(tests, work_runs_though_workers_come_and_go);
    tcase_add_test(tests, wait_for_all_ends_when_the_last_is_set);
    tcase_add_test(tests, work_that_waits_for_later_work_gets_through);
    tcase_add_test(tests, threads_are_gone_after_the_end_of_the_executive);
    return fixture_run("sim/ke", tests);
}

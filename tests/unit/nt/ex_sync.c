/* SPDX-License-Identifier: MIT */
/* The executive's own synchronization: fast mutexes, resources, push locks, rundown protection. */
#include "nt_fixture.h"

static FAST_MUTEX fast_mutex;
static KGUARDED_MUTEX guarded_mutex;
static EX_SPIN_LOCK spin_lock;
static EX_PUSH_LOCK push_lock;
static ERESOURCE resource;
static EX_RUNDOWN_REF rundown;
static unsigned counter;

static void
on_three_threads(void (*fn)(void *argument))
{
    struct sys_thread *threads[3];

    counter = 0;
    for (int i = 0; i < 3; i++) {
        threads[i] = fixture_start(fn, NULL);
    }
    for (int i = 0; i < 3; i++) {
        sys_thread_join(threads[i]);
    }
    ck_assert_uint_eq(counter, 600);
}

static void
counts_under_mutexes(void *argument)
{
    for (int i = 0; i < 200; i++) {
        ExAcquireFastMutex(&fast_mutex);
        ck_assert_uint_eq(KeGetCurrentIrql(), APC_LEVEL);
        KeAcquireGuardedMutex(&guarded_mutex);
        counter++;
        KeReleaseGuardedMutex(&guarded_mutex);
        ExReleaseFastMutex(&fast_mutex);
        ck_assert_uint_eq(KeGetCurrentIrql(), PASSIVE_LEVEL);
    }
}

static void
takes_the_fast_mutex_twice(void *argument)
{
    ExAcquireFastMutex(&fast_mutex);
    ExAcquireFastMutex(&fast_mutex);
}

START_TEST(fast_and_guarded_mutexes_exclude)
{
    ExInitializeFastMutex(&fast_mutex);
    KeInitializeGuardedMutex(&guarded_mutex);
    on_three_threads(counts_under_mutexes);
    ck_assert(ExTryToAcquireFastMutex(&fast_mutex));
    ck_assert(!ExTryToAcquireFastMutex(&fast_mutex));
    ExReleaseFastMutex(&fast_mutex);
    fixture_expect_bugcheck(MUTEX_ALREADY_OWNED, takes_the_fast_mutex_twice, NULL);
}
END_TEST

static void
reads_and_writes(void *argument)
{
    for (int i = 0; i < 200; i++) {
        unsigned before;
        KIRQL irql = ExAcquireSpinLockShared(&spin_lock);

        before = counter;
        sys_spin_pause();
        ck_assert_uint_eq(counter, before);
        ExReleaseSpinLockShared(&spin_lock, irql);
        irql = ExAcquireSpinLockExclusive(&spin_lock);
        counter++;
        ExReleaseSpinLockExclusive(&spin_lock, irql);
        ExAcquirePushLockShared(&push_lock);
        ExReleasePushLockShared(&push_lock);
    }
}

START_TEST(reader_writer_locks_exclude_writers)
{
    spin_lock = 0;
    ExInitializePushLock(&push_lock);
    on_three_threads(reads_and_writes);
    ck_assert_int_eq(spin_lock, 0);
    ck_assert_uint_eq(push_lock, 0);
}
END_TEST

START_TEST(the_only_sharer_may_become_exclusive)
{
    KIRQL irql = ExAcquireSpinLockShared(&spin_lock);

    ExAcquireSpinLockSharedAtDpcLevel(&spin_lock);
    ck_assert(!ExTryConvertSharedSpinLockExclusive(&spin_lock));
    ExReleaseSpinLockSharedFromDpcLevel(&spin_lock);
    ck_assert(ExTryConvertSharedSpinLockExclusive(&spin_lock));
    ExReleaseSpinLockExclusive(&spin_lock, irql);
}
END_TEST

static void
counts_under_the_push_lock(void *argument)
{
    for (int i = 0; i < 200; i++) {
        ExAcquirePushLockExclusive(&push_lock);
        counter++;
        ExReleasePushLockExclusive(&push_lock);
    }
}

START_TEST(push_lock_excludes)
{
    ExInitializePushLock(&push_lock);
    on_three_threads(counts_under_the_push_lock);
}
END_TEST

static void
releases_a_free_push_lock(void *argument)
{
    ExReleasePushLockExclusive(&push_lock);
}

START_TEST(releasing_what_is_free_is_a_bug_check)
{
    ExInitializePushLock(&push_lock);
    fixture_expect_bugcheck(SPIN_LOCK_NOT_OWNED, releases_a_free_push_lock, NULL);
}
END_TEST

/* Resources ------------------------------------------------------------------------------------ */

static BOOLEAN got_exclusive;
static BOOLEAN got_shared;

static void
tries_the_resource(void *argument)
{
    got_exclusive = ExAcquireResourceExclusiveLite(&resource, FALSE);
    if (got_exclusive) {
        ExReleaseResourceLite(&resource);
    }
    got_shared = ExAcquireResourceSharedLite(&resource, FALSE);
    if (got_shared) {
        ExReleaseResourceLite(&resource);
    }
}

static void
releases_the_resource(void *argument)
{
    ExReleaseResourceLite(&resource);
}

START_TEST(resource_is_shared_or_exclusive_and_recursive)
{
    ExInitializeResourceLite(&resource);
    ck_assert(ExAcquireResourceSharedLite(&resource, TRUE));
    ck_assert(ExAcquireResourceSharedLite(&resource, TRUE));
    ck_assert_uint_eq(ExIsResourceAcquiredSharedLite(&resource), 2);
    sys_thread_join(fixture_start(tries_the_resource, NULL));
    ck_assert(!got_exclusive);
    ck_assert(got_shared);
    ExReleaseResourceLite(&resource);
    ExReleaseResourceLite(&resource);

    ck_assert(ExAcquireResourceExclusiveLite(&resource, TRUE));
    ck_assert(ExAcquireResourceSharedLite(&resource, TRUE));
    ck_assert(ExIsResourceAcquiredExclusiveLite(&resource));
    sys_thread_join(fixture_start(tries_the_resource, NULL));
    ck_assert(!got_exclusive);
    ck_assert(!got_shared);
    ExReleaseResourceLite(&resource);
    ExConvertExclusiveToSharedLite(&resource);
    sys_thread_join(fixture_start(tries_the_resource, NULL));
    ck_assert(!got_exclusive);
    ck_assert(got_shared);
    ExReleaseResourceLite(&resource);
    fixture_expect_bugcheck(RESOURCE_NOT_OWNED, releases_the_resource, NULL);
    ExDeleteResourceLite(&resource);
}
END_TEST

static void
uses_the_resource(void *argument)
{
    for (int i = 0; i < 200; i++) {
        unsigned before;

        ExEnterCriticalRegionAndAcquireResourceExclusive(&resource);
        counter++;
        ExReleaseResourceAndLeaveCriticalRegion(&resource);
        ExEnterCriticalRegionAndAcquireResourceShared(&resource);
        before = counter;
        sys_thread_yield();
        ck_assert_uint_eq(counter, before);
        ExReleaseResourceAndLeaveCriticalRegion(&resource);
    }
}

START_TEST(resource_excludes)
{
    ExInitializeResourceLite(&resource);
    on_three_threads(uses_the_resource);
    ExDeleteResourceLite(&resource);
}
END_TEST

/* Rundown protection --------------------------------------------------------------------------- */

static uint32_t inside;
static uint32_t gone;

static void
enters_until_it_is_run_down(void *argument)
{
    while (ExAcquireRundownProtection(&rundown)) {
        atomic_fetch_add_u32(&inside, 1);
        ck_assert_uint_eq(atomic_load_u32(&gone), 0);
        sys_thread_yield();
        ck_assert_uint_eq(atomic_load_u32(&gone), 0);
        ExReleaseRundownProtection(&rundown);
    }
}

START_TEST(rundown_waits_for_those_inside_and_lets_nobody_in_again)
{
    struct sys_thread *threads[3];

    inside = gone = 0;
    ExInitializeRundownProtection(&rundown);
    for (int i = 0; i < 3; i++) {
        threads[i] = fixture_start(enters_until_it_is_run_down, NULL);
    }
    while (atomic_load_u32(&inside) < 10) {
        sys_thread_yield();
    }
    ExWaitForRundownProtectionRelease(&rundown);
    atomic_store_u32(&gone, 1);
    for (int i = 0; i < 3; i++) {
        sys_thread_join(threads[i]);
    }
    ck_assert(!ExAcquireRundownProtection(&rundown));
    ExWaitForRundownProtectionRelease(&rundown);
    ExReInitializeRundownProtection(&rundown);
    ck_assert(ExAcquireRundownProtection(&rundown));
    ExReleaseRundownProtection(&rundown);
}
END_TEST

static void
releases_rundown(void *argument)
{
    ExReleaseRundownProtection(&rundown);
}

START_TEST(leaving_without_entering_is_a_bug_check)
{
    ExInitializeRundownProtection(&rundown);
    fixture_expect_bugcheck(REFERENCE_BY_POINTER, releases_rundown, NULL);
    ExRundownCompleted(&rundown);
    fixture_expect_bugcheck(REFERENCE_BY_POINTER, releases_rundown, NULL);
}
END_TEST

int
main(void)
{
    TCase *tests = tcase_create("sync");

    tcase_add_checked_fixture(tests, fixture_setup, fixture_teardown);
    tcase_add_test(tests, fast_and_guarded_mutexes_exclude);
    tcase_add_test(tests, reader_writer_locks_exclude_writers);
    tcase_add_test(tests, the_only_sharer_may_become_exclusive);
    tcase_add_test(tests, push_lock_excludes);
    tcase_add_test(tests, releasing_what_is_free_is_a_bug_check);
    tcase_add_test(tests, resource_is_shared_or_exclusive_and_recursive);
    tcase_add_test(tests, resource_excludes);
    tcase_add_test(tests, rundown_waits_for_those_inside_and_lets_nobody_in_again);
    tcase_add_test(tests, leaving_without_entering_is_a_bug_check);
    return fixture_run("nt/ex_sync", tests);
}

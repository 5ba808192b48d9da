/* SPDX-License-Identifier: MIT */
/*
 * The I/O manager's races over simulated interleavings: cancellation against completion, a file's
 * close against its last request, a remove lock's users against the removal.
 */
#include <stdlib.h>
#include <string.h>

#include <check.h>

#include <ntddk.h>

#include "base/atomic.h"
#include "nt/io/io.h"
#include "nt/io/user.h"
#include "nt/nt.h"
#include "sys/sim.h"
#include "sys/thread.h"
#include "sys/wait.h"

#define SEEDS    1000
#define REQUESTS 3
#define ROUNDS   3

/* Runs fn once for each seed, the executive up around it; each run must end by itself. */
static void
over_seeds(void (*fn)(void *argument))
{
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        struct sys_sim_config config = {.seed = seed};
        struct sys_sim_result result = sys_sim_run(&config, fn, NULL);

        ck_assert_msg(result.outcome == SYS_SIM_DONE, "seed %lu did not end", seed);
    }
}

static struct sys_thread *
start(void (*fn)(void *argument), void *argument)
{
    struct sys_thread *thread = NULL;

    ck_assert_int_eq(sys_thread_create(&thread, "test", fn, argument), 0);
    return thread;
}

/* The driver: a cancel-safe queue of all it gets. --------------------------------------------- */

static PDRIVER_OBJECT driver;
static PDEVICE_OBJECT device;
static IO_CSQ queue;
static KSPIN_LOCK queue_lock;
static LIST_ENTRY queued;
static uint32_t closes;
static uint32_t completed_by_driver;
static uint32_t cancelled_by_driver;

static VOID
csq_insert(PIO_CSQ csq, PIRP irp)
{
    InsertTailList(&queued, &irp->Tail.Overlay.ListEntry);
}

static VOID
csq_remove(PIO_CSQ csq, PIRP irp)
{
    RemoveEntryList(&irp->Tail.Overlay.ListEntry);
}

static PIRP
csq_peek(PIO_CSQ csq, PIRP irp, PVOID context)
{
    PLIST_ENTRY next = irp == NULL ? queued.Flink : irp->Tail.Overlay.ListEntry.Flink;

    return next == &queued ? NULL : CONTAINING_RECORD(next, IRP, Tail.Overlay.ListEntry);
}

static VOID
csq_acquire(PIO_CSQ csq, PKIRQL irql)
{
    KeAcquireSpinLock(&queue_lock, irql);
}

static VOID
csq_release(PIO_CSQ csq, KIRQL irql)
{
    KeReleaseSpinLock(&queue_lock, irql);
}

static void
complete(PIRP irp, NTSTATUS status)
{
    irp->IoStatus.Status = status;
    irp->IoStatus.Information = 0;
    IoCompleteRequest(irp, IO_NO_INCREMENT);
}

static VOID
csq_cancelled(PIO_CSQ csq, PIRP irp)
{
    atomic_fetch_add_u32(&cancelled_by_driver, 1);
    complete(irp, STATUS_CANCELLED);
}

static NTSTATUS
dispatch(PDEVICE_OBJECT self, PIRP irp)
{
    switch (IoGetCurrentIrpStackLocation(irp)->MajorFunction) {
    case IRP_MJ_READ:
        IoCsqInsertIrp(&queue, irp, NULL);
        return STATUS_PENDING;
    case IRP_MJ_CLOSE:
        atomic_fetch_add_u32(&closes, 1);
        break;
    }
    complete(irp, STATUS_SUCCESS);
    return STATUS_SUCCESS;
}

static NTSTATUS
entry(PDRIVER_OBJECT self, PUNICODE_STRING registry_path)
{
    UNICODE_STRING name;

    for (unsigned i = 0; i <= IRP_MJ_MAXIMUM_FUNCTION; i++) {
        self->MajorFunction[i] = dispatch;
    }
    RtlInitUnicodeString(&name, L"\\Device\\Sim");
    return IoCreateDevice(self, 0, &name, FILE_DEVICE_UNKNOWN, 0, FALSE, &device);
}

static void
up(void)
{
    ck_assert_int_eq(nt_init(NULL), STATUS_SUCCESS);
    closes = completed_by_driver = cancelled_by_driver = 0;
    InitializeListHead(&queued);
    KeInitializeSpinLock(&queue_lock);
    ck_assert_int_eq(IoCsqInitialize(&queue, csq_insert, csq_remove, csq_peek, csq_acquire,
                                     csq_release, csq_cancelled),
                     STATUS_SUCCESS);
    ck_assert_int_eq(io_driver_create("sim", &driver), STATUS_SUCCESS);
    ck_assert_int_eq(io_driver_start(driver, entry), STATUS_SUCCESS);
}

static void
down(void)
{
    struct io_driver_leaks leaks;

    IoDeleteDevice(device);
    leaks = io_driver_unload(driver);
    ck_assert_uint_eq(leaks.devices, 0);
    ck_assert_uint_eq(io_irps_in_use(), 0);
    nt_fini();
}

static struct io_user_file *
open_file(void)
{
    UNICODE_STRING name;
    struct io_user_open open = {.path = &name, .access = GENERIC_READ, .disposition = FILE_OPEN};
    struct io_user_file *file = NULL;

    RtlInitUnicodeString(&name, L"\\Device\\Sim");
    ck_assert_int_eq(io_user_open(&open, &file), STATUS_SUCCESS);
    return file;
}

/* Cancellation against completion ------------------------------------------------------------- */

static struct {
    struct io_user_request request;
    uint32_t done;
    char byte;
} requests[REQUESTS];

static uint32_t ended; /* Requests that have ended in this round. */

static void
count(struct io_user_request *request)
{
    for (unsigned i = 0; i < REQUESTS; i++) {
        if (request == &requests[i].request) {
            atomic_fetch_add_u32(&requests[i].done, 1);
        }
    }
    atomic_fetch_add_u32(&ended, 1);
}

static void
cancel_all(void *argument)
{
    for (unsigned i = 0; i < REQUESTS; i++) {
        io_user_cancel(&requests[i].request);
    }
}

static void
complete_until_ended(void *argument)
{
    while (atomic_load_u32(&ended) < REQUESTS) {
        PIRP irp = IoCsqRemoveNextIrp(&queue, NULL);

        if (irp != NULL) {
            atomic_fetch_add_u32(&completed_by_driver, 1);
            complete(irp, STATUS_SUCCESS);
        } else {
            sys_thread_yield();
        }
    }
}

static void
race_cancel_and_completion(void *argument)
{
    struct io_user_file *file;

    up();
    file = open_file();
    memset(requests, 0, sizeof(requests));
    for (unsigned i = 0; i < REQUESTS; i++) {
        io_user_request_init(&requests[i].request, count);
    }
    for (unsigned round = 1; round <= ROUNDS; round++) {
        struct sys_thread *canceller;
        struct sys_thread *completer;

        atomic_store_u32(&ended, 0);
        completer = start(complete_until_ended, NULL);
        canceller = start(cancel_all, NULL);
        for (unsigned i = 0; i < REQUESTS; i++) {
            io_user_read(&requests[i].request, file, &requests[i].byte, 1, 0);
        }
        sys_thread_join(canceller);
        sys_thread_join(completer);
        for (unsigned i = 0; i < REQUESTS; i++) {
            NTSTATUS status = requests[i].request.status;

            ck_assert_uint_eq(atomic_load_u32(&requests[i].done), round);
            ck_assert(status == STATUS_SUCCESS || status == STATUS_CANCELLED);
        }
    }
    ck_assert_uint_eq(completed_by_driver + cancelled_by_driver, REQUESTS * ROUNDS);
    for (unsigned i = 0; i < REQUESTS; i++) {
        io_user_request_fini(&requests[i].request);
    }
    io_user_close(file);
    ck_assert_uint_eq(closes, 1);
    down();
}

START_TEST(each_request_ends_once_however_cancel_and_completion_race)
{
    over_seeds(race_cancel_and_completion);
}
END_TEST

/* Close against the last request -------------------------------------------------------------- */

static uint32_t closed;

static void
note_closed(void *argument)
{
    /* Every request has ended, done() included. */
    ck_assert_uint_eq(atomic_load_u32(&ended), REQUESTS);
    ck_assert_uint_eq(atomic_load_u32(&closes), 1);
    atomic_store_u32(&closed, 1);
}

static void
close_file(void *argument)
{
    struct io_user_waiter waiter;

    io_user_waiter_init(&waiter);
    io_user_file_cleanup(argument, &waiter.request);
    (void)io_user_wait(&waiter);
    io_user_waiter_fini(&waiter);
    io_user_file_close(argument, note_closed, NULL);
}

static void
race_close_and_completion(void *argument)
{
    struct io_user_file *file;
    struct sys_thread *closer;
    struct sys_thread *completer;

    up();
    file = open_file();
    memset(requests, 0, sizeof(requests));
    atomic_store_u32(&ended, 0);
    atomic_store_u32(&closed, 0);
    for (unsigned i = 0; i < REQUESTS; i++) {
        io_user_request_init(&requests[i].request, count);
        io_user_read(&requests[i].request, file, &requests[i].byte, 1, 0);
    }
    closer = start(close_file, file);
    completer = start(complete_until_ended, NULL);
    sys_thread_join(closer);
    sys_thread_join(completer);
    while (atomic_load_u32(&closed) == 0) {
        sys_thread_yield();
    }
    for (unsigned i = 0; i < REQUESTS; i++) {
        io_user_request_fini(&requests[i].request);
    }
    down();
}

START_TEST(the_close_comes_after_the_last_request_whoever_is_last)
{
    over_seeds(race_close_and_completion);
}
END_TEST

/* The same with requests that were used before, one of them waited for. */

static void
note_closed_idle(void *argument)
{
    for (unsigned i = 0; i < REQUESTS; i++) {
        ck_assert(io_user_request_is_idle(&requests[i].request));
    }
    ck_assert_uint_eq(atomic_load_u32(&closes), 1);
    atomic_store_u32(&closed, 1);
}

static void
close_idle(void *argument)
{
    io_user_file_close(argument, note_closed_idle, NULL);
}

static void
complete_all(void *argument)
{
    for (unsigned left = REQUESTS; left > 0;) {
        PIRP irp = IoCsqRemoveNextIrp(&queue, NULL);

        if (irp != NULL) {
            complete(irp, STATUS_SUCCESS);
            left--;
        } else {
            sys_thread_yield();
        }
    }
}

static void
wait_and_fini(void *argument)
{
    struct io_user_request *request = argument;

    ck_assert(io_user_request_wait(request, SYS_FOREVER));
    ck_assert_int_eq(request->status, STATUS_SUCCESS);
    io_user_request_fini(request);
}

static void
send_all(struct io_user_file *file)
{
    for (unsigned i = 0; i < REQUESTS; i++) {
        io_user_read(&requests[i].request, file, &requests[i].byte, 1, 0);
    }
}

static void
race_close_and_requests_used_before(void *argument)
{
    struct sys_thread *threads[3];
    struct io_user_file *file;

    up();
    file = open_file();
    memset(requests, 0, sizeof(requests));
    atomic_store_u32(&closed, 0);
    for (unsigned i = 0; i < REQUESTS; i++) {
        io_user_request_init(&requests[i].request, NULL);
    }
    for (unsigned i = 0; i < 2; i++) {
        send_all(file);
        complete_all(NULL);
    }
    send_all(file);
    threads[0] = start(close_idle, file);
    threads[1] = start(complete_all, NULL);
    threads[2] = start(wait_and_fini, &requests[0].request);
    for (unsigned i = 0; i < 3; i++) {
        sys_thread_join(threads[i]);
    }
    while (atomic_load_u32(&closed) == 0) {
        sys_thread_yield();
    }
    for (unsigned i = 1; i < REQUESTS; i++) {
        io_user_request_fini(&requests[i].request);
    }
    down();
}

START_TEST(the_close_comes_after_requests_that_were_used_before)
{
    over_seeds(race_close_and_requests_used_before);
}
END_TEST

/* Remove locks -------------------------------------------------------------------------------- */

static IO_REMOVE_LOCK remove_lock;
static uint32_t inside;
static uint32_t removed;

static void
use_the_device(void *argument)
{
    while (NT_SUCCESS(IoAcquireRemoveLock(&remove_lock, NULL))) {
        atomic_fetch_add_u32(&inside, 1);
        ck_assert_uint_eq(atomic_load_u32(&removed), 0);
        atomic_fetch_sub_u32(&inside, 1);
        IoReleaseRemoveLock(&remove_lock, NULL);
    }
}

static void
race_use_and_removal(void *argument)
{
    struct sys_thread *users[2];

    up();
    IoInitializeRemoveLock(&remove_lock, 0, 0, 0);
    atomic_store_u32(&inside, 0);
    atomic_store_u32(&removed, 0);
    for (unsigned i = 0; i < 2; i++) {
        users[i] = start(use_the_device, NULL);
    }
    ck_assert_int_eq(IoAcquireRemoveLock(&remove_lock, NULL), STATUS_SUCCESS);
    IoReleaseRemoveLockAndWait(&remove_lock, NULL);
    ck_assert_uint_eq(atomic_load_u32(&inside), 0);
    atomic_store_u32(&removed, 1);
    for (unsigned i = 0; i < 2; i++) {
        sys_thread_join(users[i]);
    }
    down();
}

START_TEST(the_removal_waits_for_every_user)
{
    over_seeds(race_use_and_removal);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("sim/io");
    TCase *tests = tcase_create("races");
    SRunner *runner;
    int failed;

    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, each_request_ends_once_however_cancel_and_completion_race);
    tcase_add_test(tests, the_close_comes_after_the_last_request_whoever_is_last);
    tcase_add_test(tests, the_close_comes_after_requests_that_were_used_before);
    tcase_add_test(tests, the_removal_waits_for_every_user);
    suite_add_tcase(suite, tests);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* SPDX-License-Identifier: MIT */
/*
 * Completion, cancellation, purging and sending race in every order that some hundred seeds find: each
 * request ends exactly once, nobody waits for ever, and nothing is left. Drivers that break the rules
 * are caught in some of the orders.
 *
 * OPENWDF_SIM_SEED=<seed> runs that one seed, OPENWDF_SIM_SEEDS=<n> the seeds 1 to n.
 */
#include "io_fixture.h"
#include "system_thread.h"

#include <stdlib.h>
#include <unistd.h>

#define SEEDS    300u
#define REQUESTS 3u

/* --- The driver: hands each request to a worker, cancelable ---------------------------------- */

static WDFQUEUE queue;

/* A request between the worker and EvtRequestCancel; the lock decides. */
static struct slot {
    WDFREQUEST request; /* NULL: nobody's turn any more. */
    unsigned completed;
    bool cancel_called;
    bool worker_done;
} slots[REQUESTS];

static WDFSPINLOCK lock;
static unsigned delivered;
static unsigned cancel_calls;
static bool careless; /* The worker completes without unmarking first. */

static struct slot *
slot_of(WDFREQUEST request)
{
    for (unsigned i = 0; i < REQUESTS; i++) {
        if (slots[i].request == request) {
            return &slots[i];
        }
    }
    /* Only a careless worker takes a request from under EvtRequestCancel. */
    ck_assert(careless);
    return NULL;
}

static void
complete(struct slot *slot, NTSTATUS status)
{
    WDFREQUEST request = slot->request;

    slot->completed++;
    slot->request = NULL;
    WdfSpinLockRelease(lock);
    WdfRequestComplete(request, status);
}

/* Whoever comes second of EvtRequestCancel and a worker that lost completes. */
static VOID
on_cancel(WDFREQUEST Request)
{
    struct slot *slot;

    WdfSpinLockAcquire(lock);
    slot = slot_of(Request);
    cancel_calls++;
    if (slot == NULL) {
        WdfSpinLockRelease(lock);
        return;
    }
    slot->cancel_called = true;
    if (slot->worker_done) {
        complete(slot, STATUS_CANCELLED);
    } else {
        WdfSpinLockRelease(lock);
    }
}

static VOID
on_control(WDFQUEUE Queue, WDFREQUEST Request, size_t OutputBufferLength, size_t InputBufferLength,
           ULONG IoControlCode)
{
    struct slot *slot;

    WdfSpinLockAcquire(lock);
    slot = &slots[delivered++];
    slot->request = Request;
    if (!NT_SUCCESS(WdfRequestMarkCancelableEx(Request, on_cancel))) {
        complete(slot, STATUS_CANCELLED);
        return;
    }
    WdfSpinLockRelease(lock);
}

static void
work_on(struct slot *slot)
{
    WdfSpinLockAcquire(lock);
    if (slot->request == NULL) {
        slot->worker_done = true; /* Too early or too late: a canceller is on its own. */
        WdfSpinLockRelease(lock);
        return;
    }
    if (careless || WdfRequestUnmarkCancelable(slot->request) != STATUS_CANCELLED) {
        complete(slot, STATUS_SUCCESS);
    } else if (slot->cancel_called) {
        complete(slot, STATUS_CANCELLED);
    } else {
        slot->worker_done = true;
        WdfSpinLockRelease(lock);
    }
}

static NTSTATUS
add_queue(WDFDEVICE device)
{
    WDF_IO_QUEUE_CONFIG config;

    WDF_IO_QUEUE_CONFIG_INIT_DEFAULT_QUEUE(&config, WdfIoQueueDispatchParallel);
    config.EvtIoDeviceControl = on_control;
    queue = io_queue(device, &config, WDF_NO_OBJECT_ATTRIBUTES);
    return WdfSpinLockCreate(WDF_NO_OBJECT_ATTRIBUTES, &lock);
}

/* --- Running seeds --------------------------------------------------------------------------- */

static uint64_t current_seed;

static void
open_device(void)
{
    memset(slots, 0, sizeof(slots));
    delivered = 0;
    io_open(&(struct io_hooks){.add = add_queue});
}

/* Runs fn under each seed. */
static void
for_seeds(void (*fn)(void *argument))
{
    const char *only = getenv("OPENWDF_SIM_SEED");
    uint64_t first = only == NULL ? 1 : strtoull(only, NULL, 0);
    const char *count = getenv("OPENWDF_SIM_SEEDS");
    uint64_t last = only != NULL ? first : count != NULL ? strtoull(count, NULL, 0) : SEEDS;

    for (current_seed = first; current_seed <= last; current_seed++) {
        const struct bench_simulation simulation = {.seed = current_seed};

        ck_assert_msg(bench_simulate(&simulation, fn, NULL, NULL), "seed %lu",
                      (unsigned long)current_seed);
    }
}

/* --- Cancelling against completing ----------------------------------------------------------- */

static struct bench_request *requests[REQUESTS];

static VOID
worker(PVOID context)
{
    for (unsigned i = 0; i < REQUESTS; i++) {
        work_on(&slots[i]);
    }
    PsTerminateSystemThread(STATUS_SUCCESS);
}

static VOID
canceller(PVOID context)
{
    for (unsigned i = 0; i < REQUESTS; i++) {
        bench_request_cancel(requests[i]);
    }
    PsTerminateSystemThread(STATUS_SUCCESS);
}

static unsigned successes;
static unsigned cancellations;

static void
reap_all(void)
{
    for (unsigned i = 0; i < REQUESTS; i++) {
        NTSTATUS status = io_reap(requests[i]);

        ck_assert_msg(status == STATUS_SUCCESS || status == STATUS_CANCELLED, "seed %lu: %s",
                      (unsigned long)current_seed, bench_status_name(status));
        successes += status == STATUS_SUCCESS;
        cancellations += status == STATUS_CANCELLED;
    }
    for (unsigned i = 0; i < delivered; i++) {
        ck_assert_msg(slots[i].completed == 1, "seed %lu: request %u completed %u times",
                      (unsigned long)current_seed, i, slots[i].completed);
    }
}

static void
race_cancel(void *argument)
{
    HANDLE threads[2];

    open_device();
    for (unsigned i = 0; i < REQUESTS; i++) {
        requests[i] = io_send(IO_TEST(i));
    }
    threads[0] = start_thread(worker, NULL);
    threads[1] = start_thread(canceller, NULL);
    join_thread(threads[0]);
    join_thread(threads[1]);
    reap_all();
    io_close();
}

START_TEST(cancel_and_completion_have_exactly_one_winner)
{
    for_seeds(race_cancel);
    if (getenv("OPENWDF_SIM_SEED") == NULL) {
        ck_assert_uint_gt(successes, 0);
        ck_assert_uint_gt(cancellations, 0);
    }
}
END_TEST

/* --- Purging against everything -------------------------------------------------------------- */

static VOID
purger(PVOID context)
{
    WdfIoQueuePurgeSynchronously(queue);
    PsTerminateSystemThread(STATUS_SUCCESS);
}

static VOID
sender(PVOID context)
{
    for (unsigned i = 0; i < REQUESTS; i++) {
        bench_request_ioctl(requests[i], io.file, IO_TEST(i), NULL, 0, NULL, 0);
    }
    PsTerminateSystemThread(STATUS_SUCCESS);
}

static void
race_purge(void *argument)
{
    HANDLE threads[3];
    unsigned ended = 0;

    open_device();
    for (unsigned i = 0; i < REQUESTS; i++) {
        requests[i] = bench_request_create(io.bench, NULL, NULL);
    }
    threads[0] = start_thread(sender, NULL);
    threads[1] = start_thread(purger, NULL);
    threads[2] = start_thread(worker, NULL);
    for (unsigned i = 0; i < 3; i++) {
        join_thread(threads[i]);
    }
    /* What came too late for the worker is the driver's no more: the purge has cancelled it. */
    for (unsigned i = 0; i < REQUESTS; i++) {
        NTSTATUS status = io_reap(requests[i]);

        ended += status == STATUS_SUCCESS || status == STATUS_CANCELLED ||
                 status == STATUS_INVALID_DEVICE_STATE;
    }
    ck_assert_msg(ended == REQUESTS, "seed %lu", (unsigned long)current_seed);
    for (unsigned i = 0; i < delivered; i++) {
        ck_assert_uint_eq(slots[i].completed, 1);
    }
    ck_assert(WDF_IO_QUEUE_PURGED(WdfIoQueueGetState(queue, NULL, NULL)));
    io_close();
}

START_TEST(purge_ends_when_all_requests_have_ended)
{
    for_seeds(race_purge);
}
END_TEST

/* --- Retrieving against cancelling in the queue ---------------------------------------------- */

static NTSTATUS
add_manual(WDFDEVICE device)
{
    WDF_IO_QUEUE_CONFIG config;

    WDF_IO_QUEUE_CONFIG_INIT_DEFAULT_QUEUE(&config, WdfIoQueueDispatchManual);
    queue = io_queue(device, &config, WDF_NO_OBJECT_ATTRIBUTES);
    return STATUS_SUCCESS;
}

static VOID
retriever(PVOID context)
{
    WDFREQUEST request;

    while (NT_SUCCESS(WdfIoQueueRetrieveNextRequest(queue, &request))) {
        if (context == NULL || !NT_SUCCESS(WdfRequestRequeue(request))) {
            WdfRequestComplete(request, STATUS_SUCCESS);
        }
        context = NULL;
    }
    PsTerminateSystemThread(STATUS_SUCCESS);
}

static void
race_retrieve(void *argument)
{
    HANDLE threads[3];

    delivered = 0;
    io_open(&(struct io_hooks){.add = add_manual});
    for (unsigned i = 0; i < REQUESTS; i++) {
        requests[i] = io_send(IO_TEST(i));
    }
    threads[0] = start_thread(retriever, &queue);
    threads[1] = start_thread(canceller, NULL);
    threads[2] = start_thread(retriever, NULL);
    for (unsigned i = 0; i < 3; i++) {
        join_thread(threads[i]);
    }
    reap_all();
    io_close();
}

START_TEST(retrieving_and_cancelling_have_exactly_one_winner)
{
    for_seeds(race_retrieve);
}
END_TEST

/* --- Sequential delivery from many threads --------------------------------------------------- */

static LONG inside;
static unsigned handled;

static VOID
on_sequential(WDFQUEUE Queue, WDFREQUEST Request, size_t OutputBufferLength,
              size_t InputBufferLength, ULONG IoControlCode)
{
    ck_assert_int_eq(InterlockedIncrement(&inside), 1);
    handled++;
    InterlockedDecrement(&inside);
    WdfRequestComplete(Request, STATUS_SUCCESS);
}

static NTSTATUS
add_sequential(WDFDEVICE device)
{
    WDF_IO_QUEUE_CONFIG config;

    WDF_IO_QUEUE_CONFIG_INIT_DEFAULT_QUEUE(&config, WdfIoQueueDispatchSequential);
    config.EvtIoDeviceControl = on_sequential;
    queue = io_queue(device, &config, WDF_NO_OBJECT_ATTRIBUTES);
    return STATUS_SUCCESS;
}

static VOID
sync_sender(PVOID context)
{
    for (unsigned i = 0; i < 3; i++) {
        assert_status(io_control(IO_TEST(i)), STATUS_SUCCESS);
    }
    PsTerminateSystemThread(STATUS_SUCCESS);
}

static VOID
stop_and_start(PVOID context)
{
    WdfIoQueueStopSynchronously(queue);
    ck_assert(WDF_IO_QUEUE_STOPPED(WdfIoQueueGetState(queue, NULL, NULL)));
    WdfIoQueueStart(queue);
    PsTerminateSystemThread(STATUS_SUCCESS);
}

static void
race_sequential(void *argument)
{
    HANDLE threads[3];

    handled = 0;
    io_open(&(struct io_hooks){.add = add_sequential});
    threads[0] = start_thread(sync_sender, NULL);
    threads[1] = start_thread(sync_sender, NULL);
    threads[2] = start_thread(stop_and_start, NULL);
    for (unsigned i = 0; i < 3; i++) {
        join_thread(threads[i]);
    }
    ck_assert_uint_eq(handled, 6);
    io_close();
}

START_TEST(sequential_queue_never_has_two_in_the_handler)
{
    for_seeds(race_sequential);
}
END_TEST

/* --- Sent to a target ------------------------------------------------------------------------ */

/* The driver below keeps what it gets, cancelable, for a thread that completes it. */
static struct {
    KSPIN_LOCK lock;
    IRP *irps[REQUESTS];
    unsigned count;
    DEVICE_OBJECT *next;
} below;

/* Takes an IRP out of the table; false when it is not there. */
static bool
below_take_locked(const IRP *irp)
{
    for (unsigned i = 0; i < below.count; i++) {
        if (below.irps[i] == irp) {
            below.irps[i] = below.irps[--below.count];
            return true;
        }
    }
    return false;
}

static void
below_finish(IRP *irp, NTSTATUS status)
{
    irp->IoStatus.Status = status;
    irp->IoStatus.Information = 0;
    IoCompleteRequest(irp, IO_NO_INCREMENT);
}

static VOID
below_cancel(PDEVICE_OBJECT device, PIRP irp)
{
    KIRQL irql;

    IoReleaseCancelSpinLock(irp->CancelIrql);
    KeAcquireSpinLock(&below.lock, &irql);
    ck_assert(below_take_locked(irp));
    KeReleaseSpinLock(&below.lock, irql);
    below_finish(irp, STATUS_CANCELLED);
}

static NTSTATUS
below_control(PDEVICE_OBJECT device, PIRP irp)
{
    bool cancelled;
    KIRQL irql;

    KeAcquireSpinLock(&below.lock, &irql);
    IoMarkIrpPending(irp);
    (void)IoSetCancelRoutine(irp, below_cancel);
    cancelled =
        __atomic_load_n(&irp->Cancel, __ATOMIC_ACQUIRE) && IoSetCancelRoutine(irp, NULL) != NULL;
    if (!cancelled) {
        below.irps[below.count++] = irp;
    }
    KeReleaseSpinLock(&below.lock, irql);
    if (cancelled) {
        below_finish(irp, STATUS_CANCELLED);
    }
    return STATUS_PENDING;
}

/* Completes one that is not being cancelled; false when there is none. */
static bool
below_complete_one(void)
{
    IRP *irp = NULL;
    KIRQL irql;

    KeAcquireSpinLock(&below.lock, &irql);
    for (unsigned i = 0; i < below.count && irp == NULL; i++) {
        if (IoSetCancelRoutine(below.irps[i], NULL) != NULL) {
            irp = below.irps[i];
        }
    }
    if (irp != NULL) {
        (void)below_take_locked(irp);
    }
    KeReleaseSpinLock(&below.lock, irql);
    if (irp != NULL) {
        below_finish(irp, STATUS_SUCCESS);
    }
    return irp != NULL;
}

static NTSTATUS
below_pass(PDEVICE_OBJECT device, PIRP irp)
{
    bool removing = IoGetCurrentIrpStackLocation(irp)->MinorFunction == IRP_MN_REMOVE_DEVICE;
    DEVICE_OBJECT *next = below.next;
    NTSTATUS status;

    IoSkipCurrentIrpStackLocation(irp);
    status = IoCallDriver(next, irp);
    if (removing) {
        IoDetachDevice(next);
        IoDeleteDevice(device);
    }
    return status;
}

static NTSTATUS
below_add(PDRIVER_OBJECT driver, PDEVICE_OBJECT physical)
{
    DEVICE_OBJECT *device;
    NTSTATUS status = IoCreateDevice(driver, 0, NULL, FILE_DEVICE_UNKNOWN, 0, FALSE, &device);

    if (NT_SUCCESS(status)) {
        below.next = IoAttachDeviceToDeviceStack(device, physical);
        device->Flags |= DO_BUFFERED_IO;
        device->Flags &= ~(ULONG)DO_DEVICE_INITIALIZING;
    }
    return status;
}

static VOID
below_unload(PDRIVER_OBJECT driver)
{
}

static bench_status
below_entry(PDRIVER_OBJECT driver, PUNICODE_STRING path)
{
    KeInitializeSpinLock(&below.lock);
    below.count = 0;
    driver->DriverExtension->AddDevice = below_add;
    driver->DriverUnload = below_unload;
    driver->MajorFunction[IRP_MJ_DEVICE_CONTROL] = below_control;
    driver->MajorFunction[IRP_MJ_PNP] = below_pass;
    return STATUS_SUCCESS;
}

static WDFREQUEST sent[REQUESTS];
static unsigned sent_count;
static unsigned returned;

static VOID
on_sent_complete(WDFREQUEST Request, WDFIOTARGET Target, PWDF_REQUEST_COMPLETION_PARAMS Params,
                 WDFCONTEXT Context)
{
    WdfSpinLockAcquire(lock);
    returned++;
    WdfSpinLockRelease(lock);
    WdfRequestComplete(Request, Params->IoStatus.Status);
}

static VOID
on_forward(WDFQUEUE Queue, WDFREQUEST Request, size_t OutputBufferLength, size_t InputBufferLength,
           ULONG IoControlCode)
{
    WDF_REQUEST_SEND_OPTIONS options;

    WDF_REQUEST_SEND_OPTIONS_INIT(&options, 0);
    if (IoControlCode == IO_TEST(1)) {
        WDF_REQUEST_SEND_OPTIONS_SET_TIMEOUT(&options, WDF_REL_TIMEOUT_IN_US(50));
    }
    WdfObjectReference(Request);
    WdfSpinLockAcquire(lock);
    sent[sent_count++] = Request;
    WdfSpinLockRelease(lock);
    WdfRequestFormatRequestUsingCurrentType(Request);
    WdfRequestSetCompletionRoutine(Request, on_sent_complete, NULL);
    if (!WdfRequestSend(Request, WdfDeviceGetIoTarget(io.handle), &options)) {
        WdfSpinLockAcquire(lock);
        returned++;
        WdfSpinLockRelease(lock);
        WdfRequestComplete(Request, WdfRequestGetStatus(Request));
    }
}

static NTSTATUS
add_forwarding(WDFDEVICE device)
{
    WDF_IO_QUEUE_CONFIG config;

    WDF_IO_QUEUE_CONFIG_INIT_DEFAULT_QUEUE(&config, WdfIoQueueDispatchParallel);
    config.EvtIoDeviceControl = on_forward;
    queue = io_queue(device, &config, WDF_NO_OBJECT_ATTRIBUTES);
    return WdfSpinLockCreate(WDF_NO_OBJECT_ATTRIBUTES, &lock);
}

static VOID
cancel_sent(PVOID context)
{
    for (unsigned i = 0; i < REQUESTS; i++) {
        WDFREQUEST request;

        WdfSpinLockAcquire(lock);
        request = sent[i];
        WdfSpinLockRelease(lock);
        if (request != NULL) {
            (void)WdfRequestCancelSentRequest(request);
        }
    }
    PsTerminateSystemThread(STATUS_SUCCESS);
}

static VOID
stop_target(PVOID context)
{
    WDFIOTARGET target = WdfDeviceGetIoTarget(io.handle);

    WdfIoTargetStop(target, WdfIoTargetCancelSentIo);
    assert_status(WdfIoTargetStart(target), STATUS_SUCCESS);
    PsTerminateSystemThread(STATUS_SUCCESS);
}

static VOID
complete_below(PVOID context)
{
    bool ended;

    do {
        (void)below_complete_one();
        WdfSpinLockAcquire(lock);
        ended = returned == REQUESTS;
        WdfSpinLockRelease(lock);
        if (!ended) {
            LARGE_INTEGER moment = {.QuadPart = -10 * (1 + (LONGLONG)(current_seed % 100))};

            KeDelayExecutionThread(KernelMode, FALSE, &moment);
        }
    } while (!ended);
    PsTerminateSystemThread(STATUS_SUCCESS);
}

static void
race_sent(void *argument)
{
    struct bench_driver *lower;
    HANDLE threads[4];

    memset(sent, 0, sizeof(sent));
    sent_count = 0;
    returned = 0;
    delivered = 0;
    io_bench();
    ck_assert(bench_ok(bench_driver_load_entry(io.bench, "below", below_entry, &lower)));
    io_start(&(struct io_hooks){.add = add_forwarding, .lower = lower});
    for (unsigned i = 0; i < REQUESTS; i++) {
        requests[i] = bench_request_create(io.bench, NULL, NULL);
    }
    threads[0] = start_thread(sender, NULL);
    threads[1] = start_thread(cancel_sent, NULL);
    threads[2] = start_thread(stop_target, NULL);
    threads[3] = start_thread(complete_below, NULL);
    for (unsigned i = 0; i < 4; i++) {
        join_thread(threads[i]);
    }
    for (unsigned i = 0; i < REQUESTS; i++) {
        NTSTATUS status = io_reap(requests[i]);

        ck_assert_msg(status == STATUS_SUCCESS || status == STATUS_CANCELLED ||
                          status == STATUS_IO_TIMEOUT,
                      "seed %lu: %s", (unsigned long)current_seed, bench_status_name(status));
        WdfObjectDereference(sent[i]);
    }
    ck_assert_uint_eq(returned, REQUESTS);
    io_close();
}

START_TEST(sent_request_comes_back_once_whoever_cancels_it)
{
    for_seeds(race_sent);
}
END_TEST

/* --- Rules broken ---------------------------------------------------------------------------- */

static void
work_carelessly(void *argument)
{
    for (unsigned i = 0; i < REQUESTS; i++) {
        work_on(&slots[i]);
    }
}

static void
break_the_rule(void *argument)
{
    HANDLE thread;

    careless = true;
    open_device();
    for (unsigned i = 0; i < REQUESTS; i++) {
        requests[i] = io_send(IO_TEST(i));
    }
    thread = start_thread(canceller, NULL);
    if (bench_expect_bugcheck(0x10D, work_carelessly, NULL)) {
        ck_assert_uint_eq(bench_bugcheck_parameter(1), WDF_QUEUE_FATAL_ERROR);
        _exit(EXIT_SUCCESS); /* What the driver held stays held: this process is done. */
    }
    /* Only when EvtRequestCancel had been called for each: completing was allowed then. */
    join_thread(thread);
    ck_assert_msg(cancel_calls == REQUESTS, "completing a cancelable request went unnoticed");
    reap_all();
    io_close();
}

START_TEST(completing_without_unmarking_is_caught)
{
    const struct bench_simulation simulation = {.seed = (uint64_t)_i + 1};

    ck_assert(bench_simulate(&simulation, break_the_rule, NULL, NULL));
}
END_TEST

static void
fill(TCase *tests)
{
    tcase_set_timeout(tests, 120);
    tcase_add_test(tests, cancel_and_completion_have_exactly_one_winner);
    tcase_add_test(tests, purge_ends_when_all_requests_have_ended);
    tcase_add_test(tests, retrieving_and_cancelling_have_exactly_one_winner);
    tcase_add_test(tests, sequential_queue_never_has_two_in_the_handler);
    tcase_add_test(tests, sent_request_comes_back_once_whoever_cancels_it);
    tcase_add_loop_test(tests, completing_without_unmarking_is_caught, 0, 20);
}

int
main(void)
{
    return io_main("sim request", fill);
}

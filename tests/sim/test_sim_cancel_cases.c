/* SPDX-License-Identifier: MIT */
/*
 * The pattern that UMDF's cancellation walk-through draws, in every order that a schedule can produce:
 * a driver sends a request's work to its hardware, lets the request be cancelled meanwhile, and must
 * complete it exactly once, and not before both EvtRequestCancel (if it runs) and the hardware are
 * through with it:
 *
 *     1   the work ends; nobody cancels
 *     2a  EvtRequestCancel runs before the work's end: it aborts the work, whose end completes
 *     2b  it runs after the work's end was seen: that end has left the completion to it
 *
 * For each kind of queue and each locking model. OPENWDF_SIM_SEED=<seed> runs that one seed,
 * OPENWDF_SIM_SEEDS=<n> the seeds 1 to n.
 */
#include "io_fixture.h"
#include "system_thread.h"

#include <stdlib.h>
#include <unistd.h>

#define REQUESTS 3u

/* --- Queues and locks ------------------------------------------------------------------------ */

struct model {
    WDF_IO_QUEUE_DISPATCH_TYPE dispatch;
    WDF_SYNCHRONIZATION_SCOPE scope;
};

static const struct model models[] = {
    {WdfIoQueueDispatchSequential, WdfSynchronizationScopeNone},
    {WdfIoQueueDispatchSequential, WdfSynchronizationScopeDevice},
    {WdfIoQueueDispatchSequential, WdfSynchronizationScopeQueue},
    {WdfIoQueueDispatchParallel, WdfSynchronizationScopeNone},
    {WdfIoQueueDispatchParallel, WdfSynchronizationScopeDevice},
    {WdfIoQueueDispatchParallel, WdfSynchronizationScopeQueue},
    {WdfIoQueueDispatchManual, WdfSynchronizationScopeNone},
    {WdfIoQueueDispatchManual, WdfSynchronizationScopeDevice},
};

static const struct model *model;
static WDFQUEUE queue;
static WDFSPINLOCK own_lock; /* For scope None. */

/* The lock that the framework holds while it calls us, or our own where it holds none. */
static void
acquire(void)
{
    if (model->scope == WdfSynchronizationScopeNone) {
        WdfSpinLockAcquire(own_lock);
    } else {
        WdfObjectAcquireLock(model->scope == WdfSynchronizationScopeDevice ? (WDFOBJECT)io.handle
                                                                           : (WDFOBJECT)queue);
    }
}

static void
release(void)
{
    if (model->scope == WdfSynchronizationScopeNone) {
        WdfSpinLockRelease(own_lock);
    } else {
        WdfObjectReleaseLock(model->scope == WdfSynchronizationScopeDevice ? (WDFOBJECT)io.handle
                                                                           : (WDFOBJECT)queue);
    }
}

/* In a callback that the framework synchronizes the lock is held already. */
static void
acquire_in_callback(void)
{
    if (model->scope == WdfSynchronizationScopeNone) {
        acquire();
    }
}

static void
release_in_callback(void)
{
    if (model->scope == WdfSynchronizationScopeNone) {
        release();
    }
}

/* --- The driver ------------------------------------------------------------------------------ */

enum progress {
    WORKING,
    CANCEL_INVOKED,
    WORK_ENDED, /* Before EvtRequestCancel, which will complete. */
};

typedef struct work {
    enum progress progress;
    unsigned completed;
    bool begun;
    KEVENT begins; /* Set when the hardware gets the work, or none will come. */
    KEVENT aborts; /* Set when the work is aborted. */
    WDFREQUEST request;
} WORK;

static WORK works[REQUESTS];
static unsigned started; /* Atomic enough: under the driver's lock. */
static unsigned seen_plain, seen_2a, seen_2b;

static WORK *
work_of(WDFREQUEST request)
{
    for (unsigned i = 0; i < started; i++) {
        if (works[i].request == request && works[i].completed == 0) {
            return &works[i];
        }
    }
    ck_abort_msg("EvtRequestCancel for a request that has been completed");
}

static void
complete(WORK *work, NTSTATUS status)
{
    WDFREQUEST request = work->request;

    ck_assert_uint_eq(work->completed, 0);
    work->completed++;
    WdfRequestComplete(request, status);
}

static VOID
on_cancel(WDFREQUEST Request)
{
    WORK *work;

    acquire_in_callback();
    work = work_of(Request);
    if (work->progress == WORK_ENDED) {
        seen_2b++;
        release_in_callback();
        complete(work, STATUS_CANCELLED);
        return;
    }
    work->progress = CANCEL_INVOKED;
    KeSetEvent(&work->aborts, IO_NO_INCREMENT, FALSE);
    release_in_callback();
}

/* The hardware is through, in a thread of its own. */
static void
work_ended(WORK *work)
{
    acquire();
    if (WdfRequestUnmarkCancelable(work->request) != STATUS_CANCELLED) {
        seen_plain++;
        release();
        complete(work, STATUS_SUCCESS);
    } else if (work->progress == CANCEL_INVOKED) {
        seen_2a++;
        release();
        complete(work, STATUS_CANCELLED);
    } else {
        work->progress = WORK_ENDED;
        release();
    }
}

static VOID
hardware(PVOID context)
{
    WORK *work = context;
    LARGE_INTEGER little = {.QuadPart = -10};

    (void)KeWaitForSingleObject(&work->begins, Executive, KernelMode, FALSE, NULL);
    if (!work->begun) {
        PsTerminateSystemThread(STATUS_SUCCESS);
    }
    /* Ends by itself after a while, or because it is aborted. */
    (void)KeWaitForSingleObject(&work->aborts, Executive, KernelMode, FALSE, &little);
    work_ended(work);
    PsTerminateSystemThread(STATUS_SUCCESS);
}

static void
begin_work(WDFREQUEST request, bool in_callback)
{
    WORK *work;

    in_callback ? acquire_in_callback() : acquire();
    work = &works[started];
    work->request = request;
    started++;
    if (!NT_SUCCESS(WdfRequestMarkCancelableEx(request, on_cancel))) {
        in_callback ? release_in_callback() : release();
        complete(work, STATUS_CANCELLED);
        return;
    }
    work->begun = true;
    KeSetEvent(&work->begins, IO_NO_INCREMENT, FALSE);
    in_callback ? release_in_callback() : release();
}

static VOID
on_control(WDFQUEUE Queue, WDFREQUEST Request, size_t OutputBufferLength, size_t InputBufferLength,
           ULONG IoControlCode)
{
    begin_work(Request, true);
}

static NTSTATUS
add_queue(WDFDEVICE device)
{
    WDF_OBJECT_ATTRIBUTES attributes;
    WDF_IO_QUEUE_CONFIG config;

    WDF_IO_QUEUE_CONFIG_INIT_DEFAULT_QUEUE(&config, model->dispatch);
    if (model->dispatch != WdfIoQueueDispatchManual) {
        config.EvtIoDeviceControl = on_control;
    }
    WDF_OBJECT_ATTRIBUTES_INIT(&attributes);
    attributes.SynchronizationScope = model->scope == WdfSynchronizationScopeDevice
                                          ? WdfSynchronizationScopeInheritFromParent
                                          : model->scope;
    queue = io_queue(device, &config, &attributes);
    return WdfSpinLockCreate(WDF_NO_OBJECT_ATTRIBUTES, &own_lock);
}

/* --- A run ----------------------------------------------------------------------------------- */

static uint64_t current_seed;
static struct bench_request *requests[REQUESTS];

static VOID
canceller(PVOID context)
{
    for (unsigned i = 0; i < REQUESTS; i++) {
        if (((current_seed >> i) & 3) != 0) { /* Some are left alone. */
            bench_request_cancel(requests[i]);
        }
    }
    PsTerminateSystemThread(STATUS_SUCCESS);
}

/* Takes requests out of a manual queue. */
static VOID
retriever(PVOID context)
{
    WDFREQUEST request;

    while (NT_SUCCESS(WdfIoQueueRetrieveNextRequest(queue, &request))) {
        begin_work(request, false);
    }
    PsTerminateSystemThread(STATUS_SUCCESS);
}

static void
race(void *argument)
{
    WDF_OBJECT_ATTRIBUTES device_attributes;
    struct io_hooks hooks = {.add = add_queue};
    HANDLE hardware_threads[REQUESTS];
    HANDLE threads[2];

    memset(works, 0, sizeof(works));
    started = 0;
    if (model->scope == WdfSynchronizationScopeDevice) {
        WDF_OBJECT_ATTRIBUTES_INIT(&device_attributes);
        device_attributes.SynchronizationScope = WdfSynchronizationScopeDevice;
        hooks.device_attributes = &device_attributes;
    }
    io_open(&hooks);
    for (unsigned i = 0; i < REQUESTS; i++) {
        KeInitializeEvent(&works[i].begins, NotificationEvent, FALSE);
        KeInitializeEvent(&works[i].aborts, NotificationEvent, FALSE);
        hardware_threads[i] = start_thread(hardware, &works[i]);
    }
    for (unsigned i = 0; i < REQUESTS; i++) {
        requests[i] = io_send(IO_TEST(i));
    }
    threads[0] = start_thread(canceller, NULL);
    if (model->dispatch == WdfIoQueueDispatchManual) {
        threads[1] = start_thread(retriever, NULL);
        join_thread(threads[1]);
    }
    join_thread(threads[0]);
    for (unsigned i = 0; i < REQUESTS; i++) {
        NTSTATUS status = io_reap(requests[i]);

        ck_assert_msg(status == STATUS_SUCCESS || status == STATUS_CANCELLED, "seed %lu: %s",
                      (unsigned long)current_seed, bench_status_name(status));
    }
    for (unsigned i = 0; i < REQUESTS; i++) {
        KeSetEvent(&works[i].begins, IO_NO_INCREMENT, FALSE);
        join_thread(hardware_threads[i]);
    }
    for (unsigned i = 0; i < started; i++) {
        ck_assert_msg(works[i].completed == 1, "seed %lu: request %u completed %u times",
                      (unsigned long)current_seed, i, works[i].completed);
    }
    io_close();
}

static uint64_t
number_from(const char *variable, uint64_t otherwise)
{
    const char *text = getenv(variable);

    return text == NULL ? otherwise : strtoull(text, NULL, 0);
}

START_TEST(every_order_completes_once_and_not_too_early)
{
    uint64_t first = number_from("OPENWDF_SIM_SEED", 1);
    uint64_t last =
        getenv("OPENWDF_SIM_SEED") != NULL ? first : number_from("OPENWDF_SIM_SEEDS", 1000);

    model = &models[_i];
    for (current_seed = first; current_seed <= last; current_seed++) {
        const struct bench_simulation simulation = {.seed = current_seed};

        ck_assert_msg(bench_simulate(&simulation, race, NULL, NULL), "model %d, seed %lu", _i,
                      (unsigned long)current_seed);
    }
    if (first != last) {
        /* The schedules reached each of the three. */
        ck_assert_uint_gt(seen_plain, 0);
        ck_assert_uint_gt(seen_2a, 0);
        ck_assert_uint_gt(seen_2b, 0);
    }
}
END_TEST

static void
fill(TCase *tests)
{
    tcase_set_timeout(tests, 600);
    tcase_add_loop_test(tests, every_order_completes_once_and_not_too_early, 0,
                        RTL_NUMBER_OF(models));
}

int
main(void)
{
    return io_main("sim cancel cases", fill);
}

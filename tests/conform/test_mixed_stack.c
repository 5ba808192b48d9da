/* SPDX-License-Identifier: MIT */
/*
 * Stacks of one to eight filters, WDM drivers and framework drivers in every order, over a WDM function
 * driver: requests go down and come back through each layer, in order, once. The program is the
 * framework filter; it is in a stack as often as the pattern says.
 */
#include <ntddk.h>
#include <wdf.h>

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openwdf/bench.h>

#include "io_fixture.h"

#define LAYERS_MAX 8

#define CODE_NORMAL CTL_CODE(FILE_DEVICE_UNKNOWN, 0x801, METHOD_BUFFERED, FILE_ANY_ACCESS)
#define CODE_PEND   CTL_CODE(FILE_DEVICE_UNKNOWN, 0x802, METHOD_BUFFERED, FILE_ANY_ACCESS)

NTSTATUS FxDriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath);

/* What happened: "d3" the request went down through layer 3, "c3" it came back, "b" the bottom. */
static char events[8 * LAYERS_MAX];

static void
note(char what, int layer)
{
    size_t used = strlen(events);

    snprintf(events + used, sizeof(events) - used, "%c%d", what, layer);
}

/* How a layer passes requests on. */
enum manner {
    OBSERVE,     /* With a completion routine. */
    FORGET,      /* Without. */
    SYNCHRONOUS, /* Waits for the lower driver. Framework filters only. */
    CONTROLS,    /* Has a handler for device control only. */
};

static enum manner manner;
static int next_layer; /* Of the device that is being added; the lowest filter is 1. */

/* --- The bottom ------------------------------------------------------------------------------ */

static PETHREAD bottom_thread;
static IRP *pending;
static DEVICE_OBJECT *bottom;

typedef struct extension {
    DEVICE_OBJECT *next;
    int layer;
} EXTENSION;

static NTSTATUS
finish(IRP *irp, NTSTATUS status, ULONG_PTR information)
{
    irp->IoStatus.Status = status;
    irp->IoStatus.Information = information;
    IoCompleteRequest(irp, IO_NO_INCREMENT);
    return status;
}

static VOID
cancel_pending(PDEVICE_OBJECT device, PIRP irp)
{
    IoReleaseCancelSpinLock(irp->CancelIrql);
    pending = NULL;
    finish(irp, STATUS_CANCELLED, 0);
}

static NTSTATUS
bottom_io(PDEVICE_OBJECT device, PIRP irp)
{
    IO_STACK_LOCATION *stack = IoGetCurrentIrpStackLocation(irp);

    switch (stack->MajorFunction) {
    case IRP_MJ_CREATE:
    case IRP_MJ_CLEANUP:
    case IRP_MJ_CLOSE:
        return finish(irp, STATUS_SUCCESS, 0);
    default:
        break;
    }
    strcat(events, "b");
    bottom_thread = PsGetCurrentThread();
    if (stack->MajorFunction == IRP_MJ_DEVICE_CONTROL &&
        stack->Parameters.DeviceIoControl.IoControlCode == CODE_PEND) {
        IoMarkIrpPending(irp);
        pending = irp;
        (void)IoSetCancelRoutine(irp, cancel_pending);
        return STATUS_PENDING;
    }
    if (stack->MajorFunction == IRP_MJ_READ) {
        memset(irp->AssociatedIrp.SystemBuffer, 'r', stack->Parameters.Read.Length);
        return finish(irp, STATUS_SUCCESS, stack->Parameters.Read.Length);
    }
    if (stack->MajorFunction == IRP_MJ_WRITE) {
        return finish(irp, STATUS_SUCCESS, stack->Parameters.Write.Length);
    }
    return finish(irp, STATUS_DEVICE_NOT_READY, 0);
}

/* --- What both WDM drivers do ---------------------------------------------------------------- */

static NTSTATUS
pass_pnp(PDEVICE_OBJECT device, PIRP irp)
{
    EXTENSION *extension = device->DeviceExtension;
    DEVICE_OBJECT *next = extension->next;
    bool removing = IoGetCurrentIrpStackLocation(irp)->MinorFunction == IRP_MN_REMOVE_DEVICE;
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
pass_power(PDEVICE_OBJECT device, PIRP irp)
{
    EXTENSION *extension = device->DeviceExtension;

    PoStartNextPowerIrp(irp);
    IoSkipCurrentIrpStackLocation(irp);
    return PoCallDriver(extension->next, irp);
}

static NTSTATUS
add_wdm(PDRIVER_OBJECT driver, PDEVICE_OBJECT physical, int layer, DEVICE_OBJECT **ret_device)
{
    EXTENSION *extension;
    NTSTATUS status =
        IoCreateDevice(driver, sizeof(*extension), NULL, FILE_DEVICE_UNKNOWN, 0, FALSE, ret_device);

    if (!NT_SUCCESS(status)) {
        return status;
    }
    extension = (*ret_device)->DeviceExtension;
    extension->layer = layer;
    extension->next = IoAttachDeviceToDeviceStack(*ret_device, physical);
    (*ret_device)->Flags |= DO_BUFFERED_IO;
    (*ret_device)->Flags &= ~(ULONG)DO_DEVICE_INITIALIZING;
    return STATUS_SUCCESS;
}

static VOID
unload_nothing(PDRIVER_OBJECT driver)
{
}

static void
fill_dispatch(PDRIVER_OBJECT driver, PDRIVER_DISPATCH io, PDRIVER_ADD_DEVICE add)
{
    for (int major = 0; major <= IRP_MJ_MAXIMUM_FUNCTION; major++) {
        driver->MajorFunction[major] = io;
    }
    driver->MajorFunction[IRP_MJ_PNP] = pass_pnp;
    driver->MajorFunction[IRP_MJ_SYSTEM_CONTROL] = pass_pnp;
    driver->MajorFunction[IRP_MJ_POWER] = pass_power;
    driver->DriverExtension->AddDevice = add;
    driver->DriverUnload = unload_nothing;
}

static GUID const stack_guid = {
    0x2c9d3c11, 0x7e6a, 0x4d53, {0x8e, 0x01, 0x93, 0x5d, 0x11, 0x42, 0x6a, 0xb0}};

static NTSTATUS
bottom_add(PDRIVER_OBJECT driver, PDEVICE_OBJECT physical)
{
    UNICODE_STRING name;
    NTSTATUS status = add_wdm(driver, physical, 0, &bottom);

    if (!NT_SUCCESS(status)) {
        return status;
    }
    status = IoRegisterDeviceInterface(physical, &stack_guid, NULL, &name);
    if (NT_SUCCESS(status)) {
        status = IoSetDeviceInterfaceState(&name, TRUE);
        RtlFreeUnicodeString(&name);
    }
    return status;
}

static bench_status
bottom_entry(PDRIVER_OBJECT driver, PUNICODE_STRING path)
{
    fill_dispatch(driver, bottom_io, bottom_add);
    return STATUS_SUCCESS;
}

/* --- The WDM filter -------------------------------------------------------------------------- */

static NTSTATUS
wdm_completed(PDEVICE_OBJECT device, PIRP irp, PVOID context)
{
    EXTENSION *extension = device->DeviceExtension;

    if (irp->PendingReturned) {
        IoMarkIrpPending(irp);
    }
    note('c', extension->layer);
    return STATUS_CONTINUE_COMPLETION;
}

static NTSTATUS
wdm_io(PDEVICE_OBJECT device, PIRP irp)
{
    EXTENSION *extension = device->DeviceExtension;
    UCHAR major = IoGetCurrentIrpStackLocation(irp)->MajorFunction;

    if (major == IRP_MJ_CREATE || major == IRP_MJ_CLEANUP || major == IRP_MJ_CLOSE) {
        IoSkipCurrentIrpStackLocation(irp);
        return IoCallDriver(extension->next, irp);
    }
    note('d', extension->layer);
    if (manner == FORGET) {
        IoSkipCurrentIrpStackLocation(irp);
        return IoCallDriver(extension->next, irp);
    }
    IoCopyCurrentIrpStackLocationToNext(irp);
    IoSetCompletionRoutine(irp, wdm_completed, NULL, TRUE, TRUE, TRUE);
    return IoCallDriver(extension->next, irp);
}

static NTSTATUS
wdm_add(PDRIVER_OBJECT driver, PDEVICE_OBJECT physical)
{
    DEVICE_OBJECT *device;

    return add_wdm(driver, physical, next_layer++, &device);
}

static bench_status
wdm_entry(PDRIVER_OBJECT driver, PUNICODE_STRING path)
{
    fill_dispatch(driver, wdm_io, wdm_add);
    return STATUS_SUCCESS;
}

/* --- The framework filter -------------------------------------------------------------------- */

typedef struct layer_context {
    int layer;
} LAYER_CONTEXT;

WDF_DECLARE_CONTEXT_TYPE_WITH_NAME(LAYER_CONTEXT, LayerContext)

static VOID
fx_completed(WDFREQUEST Request, WDFIOTARGET Target, PWDF_REQUEST_COMPLETION_PARAMS Params,
             WDFCONTEXT Context)
{
    note('c', ((LAYER_CONTEXT *)Context)->layer);
    WdfRequestComplete(Request, Params->IoStatus.Status);
}

static VOID
fx_io(WDFQUEUE Queue, WDFREQUEST Request)
{
    WDFDEVICE device = WdfIoQueueGetDevice(Queue);
    WDFIOTARGET target = WdfDeviceGetIoTarget(device);
    LAYER_CONTEXT *context = LayerContext(device);
    WDF_REQUEST_SEND_OPTIONS options;

    note('d', context->layer);
    WdfRequestFormatRequestUsingCurrentType(Request);
    switch (manner) {
    case OBSERVE:
    case CONTROLS:
        WdfRequestSetCompletionRoutine(Request, fx_completed, context);
        ck_assert(WdfRequestSend(Request, target, WDF_NO_SEND_OPTIONS));
        break;
    case FORGET:
        WDF_REQUEST_SEND_OPTIONS_INIT(&options, WDF_REQUEST_SEND_OPTION_SEND_AND_FORGET);
        ck_assert(WdfRequestSend(Request, target, &options));
        break;
    default: {
        PETHREAD sender = PsGetCurrentThread();

        WDF_REQUEST_SEND_OPTIONS_INIT(&options, WDF_REQUEST_SEND_OPTION_SYNCHRONOUS);
        ck_assert(WdfRequestSend(Request, target, &options));
        /* It ran on this thread and had come back when WdfRequestSend looked: nobody slept. */
        ck_assert_ptr_eq(bottom_thread, sender);
        note('c', context->layer);
        WdfRequestComplete(Request, WdfRequestGetStatus(Request));
        break;
    }
    }
}

static VOID
fx_control(WDFQUEUE Queue, WDFREQUEST Request, size_t out, size_t in, ULONG code)
{
    fx_io(Queue, Request);
}

static NTSTATUS
fx_add(WDFDRIVER driver, PWDFDEVICE_INIT init)
{
    WDF_OBJECT_ATTRIBUTES attributes;
    WDF_IO_QUEUE_CONFIG config;
    WDFDEVICE device;
    NTSTATUS status;

    WdfFdoInitSetFilter(init);
    WDF_OBJECT_ATTRIBUTES_INIT_CONTEXT_TYPE(&attributes, LAYER_CONTEXT);
    status = WdfDeviceCreate(&init, &attributes, &device);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    LayerContext(device)->layer = next_layer++;
    WDF_IO_QUEUE_CONFIG_INIT_DEFAULT_QUEUE(&config, WdfIoQueueDispatchParallel);
    if (manner == CONTROLS) {
        config.EvtIoDeviceControl = fx_control;
    } else {
        config.EvtIoDefault = fx_io;
    }
    return WdfIoQueueCreate(device, &config, WDF_NO_OBJECT_ATTRIBUTES, WDF_NO_HANDLE);
}

DRIVER_INITIALIZE DriverEntry;

NTSTATUS
DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    WDF_DRIVER_CONFIG config;

    WDF_DRIVER_CONFIG_INIT(&config, fx_add);
    return WdfDriverCreate(DriverObject, RegistryPath, WDF_NO_OBJECT_ATTRIBUTES, &config,
                           WDF_NO_HANDLE);
}

/* --- Stacks ---------------------------------------------------------------------------------- */

static struct bench *bench;
static struct bench_driver *bottom_driver, *wdm_driver, *fx_driver;
static struct bench_device *device;
static struct bench_file *file;

static void
must(bench_status status)
{
    ck_assert_msg(bench_ok(status), "%s: %s\n%s", bench_status_name(status), bench_error(),
                  bench_output(bench));
}

static void
load_drivers(void)
{
    must(bench_create(NULL, &bench));
    must(bench_driver_load_entry(bench, "bottom", bottom_entry, &bottom_driver));
    must(bench_driver_load_entry(bench, "wdmfilter", wdm_entry, &wdm_driver));
    must(bench_driver_load_entry(bench, "fxfilter", (bench_entry_fn *)FxDriverEntry, &fx_driver));
}

static void
unload_drivers(void)
{
    ck_assert_uint_eq(bench_driver_unload(fx_driver), 0);
    ck_assert_uint_eq(bench_driver_unload(wdm_driver), 0);
    ck_assert_uint_eq(bench_driver_unload(bottom_driver), 0);
    ck_assert_uint_eq(bench_destroy(bench), 0);
}

/* Bit i of the pattern: layer i + 1 is a framework filter. */
static void
open_stack(unsigned layers, unsigned pattern)
{
    struct bench_driver *filters[LAYERS_MAX + 1] = {NULL};
    struct bench_device_params params = {.function = bottom_driver, .upper_filters = filters};

    for (unsigned i = 0; i < layers; i++) {
        filters[i] = (pattern >> i & 1) != 0 ? fx_driver : wdm_driver;
    }
    next_layer = 1;
    must(bench_device_add(bench, &params, &device));
    ck_assert_int_eq(next_layer, (int)layers + 1);
    must(bench_open_interface(bench, (const struct _GUID *)&stack_guid, 0, BENCH_READ | BENCH_WRITE,
                              &file));
}

static void
close_stack(void)
{
    bench_close(file);
    must(bench_device_remove(device));
}

/* Every layer down, the bottom, and those back up that observe. */
static void
check_events(unsigned layers, bool comes_back)
{
    char expected[sizeof(events)] = "";
    size_t used = 0;

    for (int layer = (int)layers; layer > 0; layer--) {
        used += (size_t)snprintf(expected + used, sizeof(expected) - used, "d%d", layer);
    }
    used += (size_t)snprintf(expected + used, sizeof(expected) - used, "b");
    for (int layer = 1; comes_back && layer <= (int)layers; layer++) {
        used += (size_t)snprintf(expected + used, sizeof(expected) - used, "c%d", layer);
    }
    ck_assert_str_eq(events, expected);
    events[0] = '\0';
}

static void
check_requests(unsigned layers, bool comes_back)
{
    char buffer[8] = "........";
    size_t size = 0;

    must(bench_read(file, buffer, 8, &size));
    ck_assert_uint_eq(size, 8);
    ck_assert_int_eq(memcmp(buffer, "rrrrrrrr", 8), 0);
    check_events(layers, comes_back);
    must(bench_write(file, "abc", 3, &size));
    ck_assert_uint_eq(size, 3);
    check_events(layers, comes_back);
    assert_status(bench_ioctl(file, CODE_NORMAL, NULL, 0, NULL, 0, NULL), STATUS_DEVICE_NOT_READY);
    check_events(layers, comes_back);
}

static void
check_all_patterns(enum manner how)
{
    manner = how;
    load_drivers();
    for (unsigned layers = 1; layers <= LAYERS_MAX; layers++) {
        for (unsigned pattern = 0; pattern < 1u << layers; pattern++) {
            open_stack(layers, pattern);
            check_requests(layers, how == OBSERVE);
            close_stack();
        }
    }
    unload_drivers();
}

START_TEST(observing_layers_see_requests_go_down_and_come_back_in_order)
{
    check_all_patterns(OBSERVE);
}
END_TEST

START_TEST(forgetting_layers_see_requests_go_down_only)
{
    check_all_patterns(FORGET);
}
END_TEST

/* What a filter's default queue has no handler for goes past it. */
START_TEST(filters_without_a_handler_are_passed_by)
{
    char buffer[4] = "";
    size_t size = 0;

    manner = CONTROLS;
    load_drivers();
    open_stack(2, 3);
    must(bench_read(file, buffer, 4, &size));
    ck_assert_uint_eq(size, 4);
    ck_assert_str_eq(events, "b");
    events[0] = '\0';
    must(bench_write(file, "abc", 3, &size));
    ck_assert_str_eq(events, "b");
    events[0] = '\0';
    assert_status(bench_ioctl(file, CODE_NORMAL, NULL, 0, NULL, 0, NULL), STATUS_DEVICE_NOT_READY);
    check_events(2, true);
    assert_status(bench_internal_ioctl(file, CODE_NORMAL, NULL, 0, NULL, 0, NULL),
                  STATUS_DEVICE_NOT_READY);
    ck_assert_str_eq(events, "b");
    events[0] = '\0';
    close_stack();
    unload_drivers();
}
END_TEST

START_TEST(synchronous_sends_stay_on_the_callers_thread)
{
    manner = SYNCHRONOUS;
    load_drivers();
    for (unsigned layers = 1; layers <= LAYERS_MAX; layers++) {
        open_stack(layers, (1u << layers) - 1);
        check_requests(layers, true);
        close_stack();
    }
    unload_drivers();
}
END_TEST

START_TEST(cancellation_reaches_the_bottom_through_every_pattern)
{
    load_drivers();
    for (unsigned pattern = 0; pattern < 1u << 5; pattern++) {
        struct bench_request *request;

        manner = pattern % 2 != 0 ? OBSERVE : FORGET;
        open_stack(5, pattern);
        request = bench_request_create(bench, NULL, NULL);
        bench_request_ioctl(request, file, CODE_PEND, NULL, 0, NULL, 0);
        ck_assert_ptr_nonnull(pending);
        ck_assert(!bench_request_is_done(request));
        bench_request_cancel(request);
        assert_status(bench_request_wait(request, -1, NULL), STATUS_CANCELLED);
        check_events(5, manner == OBSERVE);
        bench_request_delete(request);
        close_stack();
    }
    unload_drivers();
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("mixed_stack");
    TCase *tests = tcase_create("mixed_stack");
    SRunner *runner;
    int failed;

    tcase_add_test(tests, observing_layers_see_requests_go_down_and_come_back_in_order);
    tcase_add_test(tests, forgetting_layers_see_requests_go_down_only);
    tcase_add_test(tests, filters_without_a_handler_are_passed_by);
    tcase_add_test(tests, synchronous_sends_stay_on_the_callers_thread);
    tcase_add_test(tests, cancellation_reaches_the_bottom_through_every_pattern);
    suite_add_tcase(suite, tests);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

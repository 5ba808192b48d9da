/* SPDX-License-Identifier: MIT */
/* Remote I/O targets: opening in each way, sending, closing, and what happens when the device goes. */
#include "io_fixture.h"

#include <string.h>

/* --- Another device: a WDM driver with a named FDO ------------------------------------------- */

#define OTHER_NAME L"\\Device\\ConformOther"

typedef struct other_extension {
    DEVICE_OBJECT *next;
} OTHER_EXTENSION;

static struct {
    unsigned creates, cleanups, closes, requests;
    FILE_OBJECT *file;  /* Of the last request. */
    ACCESS_MASK access; /* Of the last create. */
    USHORT share;
    ULONG disposition;
    IRP *pending; /* A read waits here until it is cancelled. */
    NTSTATUS query_remove;
    struct bench_device *device;
    struct bench_driver *driver;
    DEVICE_OBJECT *wdm;
} other;

static NTSTATUS
finish(IRP *irp, NTSTATUS status, ULONG_PTR information)
{
    irp->IoStatus.Status = status;
    irp->IoStatus.Information = information;
    IoCompleteRequest(irp, IO_NO_INCREMENT);
    return status;
}

static NTSTATUS
other_file(PDEVICE_OBJECT device, PIRP irp)
{
    IO_STACK_LOCATION *stack = IoGetCurrentIrpStackLocation(irp);

    if (stack->MajorFunction == IRP_MJ_CREATE) {
        other.creates++;
        other.access = stack->Parameters.Create.SecurityContext->DesiredAccess;
        other.share = stack->Parameters.Create.ShareAccess;
        other.disposition = stack->Parameters.Create.Options >> 24;
    } else if (stack->MajorFunction == IRP_MJ_CLEANUP) {
        other.cleanups++;
    } else {
        other.closes++;
    }
    return finish(irp, STATUS_SUCCESS, stack->MajorFunction == IRP_MJ_CREATE ? FILE_OPENED : 0);
}

static VOID
other_cancel(PDEVICE_OBJECT device, PIRP irp)
{
    IoReleaseCancelSpinLock(irp->CancelIrql);
    other.pending = NULL;
    finish(irp, STATUS_CANCELLED, 0);
}

static NTSTATUS
other_io(PDEVICE_OBJECT device, PIRP irp)
{
    IO_STACK_LOCATION *stack = IoGetCurrentIrpStackLocation(irp);

    other.requests++;
    other.file = stack->FileObject;
    if (stack->MajorFunction == IRP_MJ_READ) {
        IoMarkIrpPending(irp);
        other.pending = irp;
        (void)IoSetCancelRoutine(irp, other_cancel);
        return STATUS_PENDING;
    }
    if (stack->MajorFunction == IRP_MJ_WRITE) {
        return finish(irp, STATUS_SUCCESS, stack->Parameters.Write.Length);
    }
    return finish(irp, STATUS_SUCCESS, 0);
}

/* {a8e7c0a1-...}: a direct-call interface of the device. */
static const GUID other_guid = {
    0xa8e7c0a1, 0x11d2, 0x4b0c, {0x92, 0x6e, 0x5d, 0x13, 0x7c, 0x2a, 0x40, 0x9f}};

typedef struct other_interface {
    INTERFACE header;
    int (*answer)(void);
} OTHER_INTERFACE;

static int
answer(void)
{
    return 42;
}

static void
nothing(PVOID context)
{
}

static NTSTATUS
other_pnp(PDEVICE_OBJECT device, PIRP irp)
{
    OTHER_EXTENSION *extension = device->DeviceExtension;
    IO_STACK_LOCATION *stack = IoGetCurrentIrpStackLocation(irp);
    DEVICE_OBJECT *next = extension->next;
    bool removing = stack->MinorFunction == IRP_MN_REMOVE_DEVICE;
    NTSTATUS status;

    if (stack->MinorFunction == IRP_MN_QUERY_REMOVE_DEVICE && !NT_SUCCESS(other.query_remove)) {
        return finish(irp, other.query_remove, 0);
    }
    if (stack->MinorFunction == IRP_MN_QUERY_INTERFACE &&
        IsEqualGUID(stack->Parameters.QueryInterface.InterfaceType, &other_guid)) {
        OTHER_INTERFACE *interface = (OTHER_INTERFACE *)stack->Parameters.QueryInterface.Interface;

        interface->header.Size = sizeof(*interface);
        interface->header.Version = stack->Parameters.QueryInterface.Version;
        interface->header.InterfaceReference = nothing;
        interface->header.InterfaceDereference = nothing;
        interface->answer = answer;
        return finish(irp, STATUS_SUCCESS, 0);
    }
    IoSkipCurrentIrpStackLocation(irp);
    status = IoCallDriver(next, irp);
    if (removing) {
        IoDetachDevice(next);
        IoDeleteDevice(device);
    }
    return status;
}

static NTSTATUS
other_power(PDEVICE_OBJECT device, PIRP irp)
{
    OTHER_EXTENSION *extension = device->DeviceExtension;

    PoStartNextPowerIrp(irp);
    IoSkipCurrentIrpStackLocation(irp);
    return PoCallDriver(extension->next, irp);
}

static NTSTATUS
other_add(PDRIVER_OBJECT driver, PDEVICE_OBJECT physical)
{
    UNICODE_STRING name = RTL_CONSTANT_STRING(OTHER_NAME);
    OTHER_EXTENSION *extension;
    NTSTATUS status = IoCreateDevice(driver, sizeof(*extension), &name, FILE_DEVICE_UNKNOWN, 0,
                                     FALSE, &other.wdm);

    if (!NT_SUCCESS(status)) {
        return status;
    }
    extension = other.wdm->DeviceExtension;
    extension->next = IoAttachDeviceToDeviceStack(other.wdm, physical);
    other.wdm->Flags |= DO_BUFFERED_IO;
    other.wdm->Flags &= ~(ULONG)DO_DEVICE_INITIALIZING;
    return STATUS_SUCCESS;
}

static VOID
other_unload(PDRIVER_OBJECT driver)
{
}

static bench_status
other_entry(PDRIVER_OBJECT driver, PUNICODE_STRING path)
{
    for (int major = 0; major <= IRP_MJ_MAXIMUM_FUNCTION; major++) {
        driver->MajorFunction[major] = other_io;
    }
    driver->DriverExtension->AddDevice = other_add;
    driver->DriverUnload = other_unload;
    driver->MajorFunction[IRP_MJ_CREATE] = other_file;
    driver->MajorFunction[IRP_MJ_CLEANUP] = other_file;
    driver->MajorFunction[IRP_MJ_CLOSE] = other_file;
    driver->MajorFunction[IRP_MJ_PNP] = other_pnp;
    driver->MajorFunction[IRP_MJ_SYSTEM_CONTROL] = other_pnp;
    driver->MajorFunction[IRP_MJ_POWER] = other_power;
    return STATUS_SUCCESS;
}

/* --- The driver under test ------------------------------------------------------------------- */

static WDFIOTARGET target;

static void
start(void)
{
    struct bench_device_params params = {.instance_id = "ROOT\\OTHER\\0000"};

    memset(&other, 0, sizeof(other));
    io_bench();
    ck_assert(bench_ok(bench_driver_load_entry(io.bench, "other", other_entry, &other.driver)));
    params.function = other.driver;
    ck_assert_msg(bench_ok(bench_device_add(io.bench, &params, &other.device)), "%s",
                  bench_error());
    io_start(&(struct io_hooks){.no_file = true});
    assert_status(WdfIoTargetCreate(io.handle, WDF_NO_OBJECT_ATTRIBUTES, &target), STATUS_SUCCESS);
}

static void
end(void)
{
    if (other.device != NULL) {
        assert_status(bench_device_remove(other.device), STATUS_SUCCESS);
    }
    bench_run_until_idle(io.bench);
    assert_status(bench_device_remove(io.device), STATUS_SUCCESS);
    io.device = NULL;
    ck_assert_uint_eq(bench_driver_unload(other.driver), 0);
    io_close();
    ck_assert_uint_eq(other.creates, other.closes);
    ck_assert_uint_eq(other.creates, other.cleanups);
}

static void
init_by_name(WDF_IO_TARGET_OPEN_PARAMS *params)
{
    UNICODE_STRING name = RTL_CONSTANT_STRING(OTHER_NAME);

    WDF_IO_TARGET_OPEN_PARAMS_INIT_OPEN_BY_NAME(params, &name, GENERIC_READ | GENERIC_WRITE);
}

static void
open_by_name(void)
{
    WDF_IO_TARGET_OPEN_PARAMS params;

    init_by_name(&params);
    assert_status(WdfIoTargetOpen(target, &params), STATUS_SUCCESS);
}

static NTSTATUS
write_to_target(void)
{
    WDF_MEMORY_DESCRIPTOR memory;
    ULONG_PTR written;
    char text[] = "hello";

    WDF_MEMORY_DESCRIPTOR_INIT_BUFFER(&memory, text, 5);
    return WdfIoTargetSendWriteSynchronously(target, NULL, &memory, NULL, NULL, &written);
}

START_TEST(is_closed_until_it_is_opened)
{
    start();
    ck_assert_int_eq(WdfIoTargetGetState(target), WdfIoTargetClosed);
    ck_assert_ptr_null(WdfIoTargetWdmGetTargetDeviceObject(target));
    ck_assert_ptr_null(WdfIoTargetWdmGetTargetFileHandle(target));
    assert_status(write_to_target(), STATUS_INVALID_DEVICE_STATE);
    assert_status(WdfIoTargetStart(target), STATUS_INVALID_DEVICE_STATE);
    ck_assert_ptr_eq(WdfIoTargetGetDevice(target), io.handle);
    end();
}
END_TEST

START_TEST(open_by_name_opens_a_file_and_starts)
{
    WDF_IO_TARGET_OPEN_PARAMS params;

    start();
    init_by_name(&params);
    params.ShareAccess = FILE_SHARE_READ;
    assert_status(WdfIoTargetOpen(target, &params), STATUS_SUCCESS);
    ck_assert_int_eq(WdfIoTargetGetState(target), WdfIoTargetStarted);
    ck_assert_uint_eq(params.FileInformation, FILE_OPENED);
    ck_assert_uint_eq(other.creates, 1);
    ck_assert_uint_eq(other.share, FILE_SHARE_READ);
    ck_assert_uint_eq(other.disposition, FILE_OPEN);
    ck_assert_uint_ne(other.access & FILE_WRITE_DATA, 0);
    ck_assert_ptr_eq(WdfIoTargetWdmGetTargetDeviceObject(target), other.wdm);
    ck_assert_ptr_eq(WdfIoTargetWdmGetTargetPhysicalDevice(target), bench_device_pdo(other.device));
    ck_assert_ptr_nonnull(WdfIoTargetWdmGetTargetFileHandle(target));
    assert_status(write_to_target(), STATUS_SUCCESS);
    ck_assert_ptr_eq(other.file, WdfIoTargetWdmGetTargetFileObject(target));
    WdfIoTargetClose(target);
    ck_assert_uint_eq(other.closes, 1);
    end();
}
END_TEST

START_TEST(closed_target_can_be_opened_again_and_deleted_open)
{
    WDF_IO_TARGET_OPEN_PARAMS params;

    start();
    open_by_name();
    init_by_name(&params);
    assert_status(WdfIoTargetOpen(target, &params), STATUS_INVALID_DEVICE_STATE);
    WdfIoTargetClose(target);
    ck_assert_int_eq(WdfIoTargetGetState(target), WdfIoTargetClosed);
    WdfIoTargetClose(target);
    open_by_name();
    WdfObjectDelete(target);
    ck_assert_uint_eq(other.closes, 2);
    end();
}
END_TEST

START_TEST(open_refuses_bad_parameters_with_their_status)
{
    UNICODE_STRING missing = RTL_CONSTANT_STRING(L"\\Device\\NobodyHasThis");
    WDF_IO_TARGET_OPEN_PARAMS params;

    start();
    WDF_IO_TARGET_OPEN_PARAMS_INIT_OPEN_BY_NAME(&params, &missing, GENERIC_READ);
    assert_status(WdfIoTargetOpen(target, &params), STATUS_OBJECT_NAME_NOT_FOUND);
    ck_assert_ptr_nonnull(strstr(bench_output(io.bench), "NobodyHasThis"));
    params.Size = 3;
    assert_status(WdfIoTargetOpen(target, &params), STATUS_INFO_LENGTH_MISMATCH);
    WDF_IO_TARGET_OPEN_PARAMS_INIT_EXISTING_DEVICE(&params, NULL);
    assert_status(WdfIoTargetOpen(target, &params), STATUS_INVALID_PARAMETER);
    params.Type = 77;
    assert_status(WdfIoTargetOpen(target, &params), STATUS_INVALID_PARAMETER);
    WDF_IO_TARGET_OPEN_PARAMS_INIT_REOPEN(&params);
    ck_assert_int_eq(WdfIoTargetGetState(target), WdfIoTargetClosed);
    end();
}
END_TEST

START_TEST(never_opened_target_cannot_be_reopened)
{
    WDF_IO_TARGET_OPEN_PARAMS params;

    start();
    WDF_IO_TARGET_OPEN_PARAMS_INIT_REOPEN(&params);
    assert_status(WdfIoTargetOpen(target, &params), STATUS_INVALID_DEVICE_STATE);
    end();
}
END_TEST

START_TEST(existing_device_gets_requests_with_the_given_file)
{
    WDF_IO_TARGET_OPEN_PARAMS params;
    UNICODE_STRING name = RTL_CONSTANT_STRING(OTHER_NAME);
    DEVICE_OBJECT *device;
    FILE_OBJECT *file;

    start();
    assert_status(IoGetDeviceObjectPointer(&name, FILE_READ_DATA, &file, &device), STATUS_SUCCESS);
    WDF_IO_TARGET_OPEN_PARAMS_INIT_EXISTING_DEVICE(&params, device);
    params.TargetFileObject = file;
    assert_status(WdfIoTargetOpen(target, &params), STATUS_SUCCESS);
    ck_assert_ptr_null(WdfIoTargetWdmGetTargetFileHandle(target));
    assert_status(write_to_target(), STATUS_SUCCESS);
    ck_assert_ptr_eq(other.file, file);
    WdfObjectDelete(target);
    ObDereferenceObject(file);
    end();
}
END_TEST

START_TEST(parent_must_be_below_the_device)
{
    WDF_OBJECT_ATTRIBUTES attributes;
    WDFIOTARGET second;

    start();
    WDF_OBJECT_ATTRIBUTES_INIT(&attributes);
    attributes.ParentObject = WdfGetDriver();
    assert_status(WdfIoTargetCreate(io.handle, &attributes, &second),
                  STATUS_INVALID_DEVICE_REQUEST);
    ck_assert_ptr_null(second);
    end();
}
END_TEST

static void
close_local(void *argument)
{
    WdfIoTargetClose(WdfDeviceGetIoTarget(io.handle));
}

START_TEST(local_target_cannot_be_closed)
{
    start();
    io_expect_bugcheck(WDF_INVALID_HANDLE, close_local, NULL);
}
END_TEST

/* --- Requests under way ---------------------------------------------------------------------- */

static WDFREQUEST sent;
static NTSTATUS sent_status;

static VOID
on_sent(WDFREQUEST Request, WDFIOTARGET Target, PWDF_REQUEST_COMPLETION_PARAMS Params,
        WDFCONTEXT Context)
{
    sent_status = Params->IoStatus.Status;
}

static void
send_read(void)
{
    WDF_OBJECT_ATTRIBUTES attributes;
    WDFMEMORY memory;

    sent_status = STATUS_PENDING;
    assert_status(WdfRequestCreate(WDF_NO_OBJECT_ATTRIBUTES, target, &sent), STATUS_SUCCESS);
    WDF_OBJECT_ATTRIBUTES_INIT(&attributes);
    attributes.ParentObject = sent;
    assert_status(WdfMemoryCreate(&attributes, NonPagedPoolNx, 0, 16, &memory, NULL),
                  STATUS_SUCCESS);
    assert_status(WdfIoTargetFormatRequestForRead(target, sent, memory, NULL, NULL),
                  STATUS_SUCCESS);
    WdfRequestSetCompletionRoutine(sent, on_sent, NULL);
    ck_assert(WdfRequestSend(sent, target, NULL));
}

START_TEST(close_cancels_what_was_sent)
{
    start();
    open_by_name();
    send_read();
    ck_assert_ptr_nonnull(other.pending);
    WdfIoTargetClose(target);
    assert_status(sent_status, STATUS_CANCELLED);
    WdfObjectDelete(sent);
    end();
}
END_TEST

START_TEST(deletion_cancels_what_was_sent)
{
    start();
    open_by_name();
    send_read();
    WdfObjectDelete(target);
    assert_status(sent_status, STATUS_CANCELLED);
    ck_assert_uint_eq(other.closes, 1);
    WdfObjectDelete(sent);
    end();
}
END_TEST

/* --- The device goes ------------------------------------------------------------------------- */

START_TEST(removal_of_the_device_closes_the_target_by_itself)
{
    start();
    open_by_name();
    send_read();
    assert_status(bench_device_remove(other.device), STATUS_SUCCESS);
    other.device = NULL;
    assert_status(sent_status, STATUS_CANCELLED);
    ck_assert_int_eq(WdfIoTargetGetState(target), WdfIoTargetClosed);
    WdfObjectDelete(sent);
    end();
}
END_TEST

START_TEST(canceled_removal_reopens_the_target_by_itself)
{
    start();
    open_by_name();
    other.query_remove = STATUS_UNSUCCESSFUL;
    ck_assert(!bench_ok(bench_device_remove(other.device)));
    ck_assert_int_eq(WdfIoTargetGetState(target), WdfIoTargetStarted);
    ck_assert_uint_eq(other.creates, 2);
    ck_assert_uint_eq(other.closes, 1);
    assert_status(write_to_target(), STATUS_SUCCESS);
    other.query_remove = STATUS_SUCCESS;
    WdfIoTargetClose(target);
    end();
}
END_TEST

static char order[64];
static NTSTATUS query_answer;

static NTSTATUS
on_query_remove(WDFIOTARGET IoTarget)
{
    strcat(order, "query ");
    ck_assert_ptr_eq(IoTarget, target);
    if (NT_SUCCESS(query_answer)) {
        WdfIoTargetCloseForQueryRemove(IoTarget);
        ck_assert_int_eq(WdfIoTargetGetState(target), WdfIoTargetClosedForQueryRemove);
    }
    return query_answer;
}

static VOID
on_remove_canceled(WDFIOTARGET IoTarget)
{
    WDF_IO_TARGET_OPEN_PARAMS params;

    strcat(order, "canceled ");
    if (WdfIoTargetGetState(IoTarget) == WdfIoTargetStarted) {
        return; /* We refused. */
    }
    WDF_IO_TARGET_OPEN_PARAMS_INIT_REOPEN(&params);
    assert_status(WdfIoTargetOpen(IoTarget, &params), STATUS_SUCCESS);
}

static VOID
on_remove_complete(WDFIOTARGET IoTarget)
{
    strcat(order, "complete ");
    WdfIoTargetClose(IoTarget);
}

static void
open_with_callbacks(void)
{
    WDF_IO_TARGET_OPEN_PARAMS params;

    order[0] = '\0';
    init_by_name(&params);
    params.EvtIoTargetQueryRemove = on_query_remove;
    params.EvtIoTargetRemoveCanceled = on_remove_canceled;
    params.EvtIoTargetRemoveComplete = on_remove_complete;
    assert_status(WdfIoTargetOpen(target, &params), STATUS_SUCCESS);
}

START_TEST(driver_is_asked_and_told_of_a_removal)
{
    start();
    open_with_callbacks();
    assert_status(bench_device_remove(other.device), STATUS_SUCCESS);
    other.device = NULL;
    ck_assert_str_eq(order, "query complete ");
    ck_assert_int_eq(WdfIoTargetGetState(target), WdfIoTargetClosed);
    end();
}
END_TEST

START_TEST(driver_can_refuse_a_removal)
{
    start();
    open_with_callbacks();
    query_answer = STATUS_UNSUCCESSFUL;
    ck_assert(!bench_ok(bench_device_remove(other.device)));
    ck_assert_int_eq(WdfIoTargetGetState(target), WdfIoTargetStarted);
    ck_assert_ptr_nonnull(strstr(order, "query "));
    ck_assert_ptr_null(strstr(order, "complete"));
    query_answer = STATUS_SUCCESS;
    WdfIoTargetClose(target);
    end();
}
END_TEST

START_TEST(driver_reopens_after_a_canceled_removal)
{
    start();
    open_with_callbacks();
    other.query_remove = STATUS_UNSUCCESSFUL;
    ck_assert(!bench_ok(bench_device_remove(other.device)));
    ck_assert_str_eq(order, "query canceled ");
    ck_assert_int_eq(WdfIoTargetGetState(target), WdfIoTargetStarted);
    /* The new registration counts. */
    other.query_remove = STATUS_SUCCESS;
    assert_status(bench_device_remove(other.device), STATUS_SUCCESS);
    other.device = NULL;
    ck_assert_str_eq(order, "query canceled query complete ");
    end();
}
END_TEST

START_TEST(surprise_removal_tells_of_completion_only)
{
    start();
    open_with_callbacks();
    bench_device_surprise_remove(other.device);
    other.device = NULL;
    bench_run_until_idle(io.bench);
    ck_assert_str_eq(order, "complete ");
    ck_assert_int_eq(WdfIoTargetGetState(target), WdfIoTargetClosed);
    end();
}
END_TEST

/* --- Asking the device ----------------------------------------------------------------------- */

START_TEST(properties_are_those_of_the_targets_device)
{
    WCHAR text[64];
    ULONG length = 0;
    WDFMEMORY memory;
    size_t size;

    start();
    assert_status(
        WdfIoTargetQueryTargetProperty(target, DevicePropertyHardwareID, 0, NULL, &length),
        STATUS_INVALID_DEVICE_REQUEST);
    open_by_name();
    assert_status(WdfIoTargetQueryTargetProperty(target, DevicePropertyHardwareID, sizeof(text),
                                                 text, &length),
                  STATUS_SUCCESS);
    ck_assert_int_eq(memcmp(text, L"ROOT\\OTHER", 10 * sizeof(WCHAR)), 0);
    assert_status(WdfIoTargetAllocAndQueryTargetProperty(target, DevicePropertyHardwareID,
                                                         NonPagedPoolNx, WDF_NO_OBJECT_ATTRIBUTES,
                                                         &memory),
                  STATUS_SUCCESS);
    ck_assert_int_eq(memcmp(WdfMemoryGetBuffer(memory, &size), text, length), 0);
    ck_assert_uint_eq(size, length);
    WdfObjectDelete(memory);
    WdfIoTargetClose(target);
    end();
}
END_TEST

START_TEST(interface_of_the_target_is_called_directly)
{
    static const GUID unknown = {0x1, 0x2, 0x3, {4}};
    OTHER_INTERFACE interface;

    start();
    assert_status(WdfIoTargetQueryForInterface(target, &other_guid, &interface.header,
                                               sizeof(interface), 1, NULL),
                  STATUS_INVALID_DEVICE_STATE);
    open_by_name();
    assert_status(WdfIoTargetQueryForInterface(target, &other_guid, &interface.header,
                                               sizeof(interface), 1, NULL),
                  STATUS_SUCCESS);
    ck_assert_int_eq(interface.answer(), 42);
    assert_status(WdfIoTargetQueryForInterface(target, &unknown, &interface.header,
                                               sizeof(interface), 1, NULL),
                  STATUS_NOT_SUPPORTED);
    WdfIoTargetClose(target);
    end();
}
END_TEST

static void
fill(TCase *tests)
{
    tcase_add_test(tests, is_closed_until_it_is_opened);
    tcase_add_test(tests, open_by_name_opens_a_file_and_starts);
    tcase_add_test(tests, closed_target_can_be_opened_again_and_deleted_open);
    tcase_add_test(tests, open_refuses_bad_parameters_with_their_status);
    tcase_add_test(tests, never_opened_target_cannot_be_reopened);
    tcase_add_test(tests, existing_device_gets_requests_with_the_given_file);
    tcase_add_test(tests, parent_must_be_below_the_device);
    tcase_add_test(tests, local_target_cannot_be_closed);
    tcase_add_test(tests, close_cancels_what_was_sent);
    tcase_add_test(tests, deletion_cancels_what_was_sent);
    tcase_add_test(tests, removal_of_the_device_closes_the_target_by_itself);
    tcase_add_test(tests, canceled_removal_reopens_the_target_by_itself);
    tcase_add_test(tests, driver_is_asked_and_told_of_a_removal);
    tcase_add_test(tests, driver_can_refuse_a_removal);
    tcase_add_test(tests, driver_reopens_after_a_canceled_removal);
    tcase_add_test(tests, surprise_removal_tells_of_completion_only);
    tcase_add_test(tests, properties_are_those_of_the_targets_device);
    tcase_add_test(tests, interface_of_the_target_is_called_directly);
}

int
main(void)
{
    return io_main("target_remote", fill);
}

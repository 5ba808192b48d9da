/* SPDX-License-Identifier: MIT */
/* IRPs that drivers build, cancel-safe queues, remove locks, work items, StartIo, notifications. */
#include "io_fixture.h"

#define NAME L"\\Device\\Services"

static PDEVICE_OBJECT device;

/* Built IRPs ---------------------------------------------------------------------------------- */

static PIRP held;
static NTSTATUS answer;

static NTSTATUS
echo(PDEVICE_OBJECT self, PIRP irp)
{
    PIO_STACK_LOCATION stack = IoGetCurrentIrpStackLocation(irp);
    ULONG length = stack->Parameters.DeviceIoControl.OutputBufferLength;

    if (stack->MajorFunction == IRP_MJ_READ) {
        length = stack->Parameters.Read.Length;
        memset(irp->AssociatedIrp.SystemBuffer, 'r', length);
    }
    if (answer == STATUS_PENDING) {
        IoMarkIrpPending(irp);
        held = irp;
        return STATUS_PENDING;
    }
    return fixture_complete(irp, answer, length);
}

static void
setup(void)
{
    fixture_setup();
    answer = STATUS_SUCCESS;
    device = fixture_device(NAME, DO_BUFFERED_IO, echo);
}

static void
teardown(void)
{
    fixture_delete_stack(device);
    fixture_teardown();
}

START_TEST(a_built_device_control_ends_with_status_output_and_event)
{
    ULONG code = CTL_CODE(FILE_DEVICE_UNKNOWN, 1, METHOD_BUFFERED, FILE_ANY_ACCESS);
    char buffer[4] = "abc";
    char output[4] = "...";
    IO_STATUS_BLOCK iosb = {0};
    KEVENT event;
    PIRP irp;

    KeInitializeEvent(&event, NotificationEvent, FALSE);
    irp = IoBuildDeviceIoControlRequest(code, device, buffer, 4, output, 4, FALSE, &event, &iosb);
    ck_assert_ptr_nonnull(irp);
    ck_assert_int_eq(IoCallDriver(device, irp), STATUS_SUCCESS);
    ck_assert_int_ne(KeReadStateEvent(&event), 0);
    ck_assert_int_eq(iosb.Status, STATUS_SUCCESS);
    ck_assert_uint_eq(iosb.Information, 4);
    ck_assert_str_eq(output, "abc");
}
END_TEST

START_TEST(a_built_read_that_pends_ends_later)
{
    char buffer[4] = "...";
    IO_STATUS_BLOCK iosb = {0};
    LARGE_INTEGER offset = {.QuadPart = 0};
    KEVENT event;
    PIRP irp;

    KeInitializeEvent(&event, NotificationEvent, FALSE);
    answer = STATUS_PENDING;
    irp = IoBuildSynchronousFsdRequest(IRP_MJ_READ, device, buffer, 3, &offset, &event, &iosb);
    ck_assert_int_eq(IoCallDriver(device, irp), STATUS_PENDING);
    ck_assert_int_eq(KeReadStateEvent(&event), 0);
    fixture_complete(held, STATUS_SUCCESS, 2);
    ck_assert_int_ne(KeReadStateEvent(&event), 0);
    ck_assert_str_eq(buffer, "rr.");
}
END_TEST

START_TEST(direct_and_neither_methods_describe_the_callers_buffers)
{
    ULONG direct = CTL_CODE(FILE_DEVICE_UNKNOWN, 1, METHOD_OUT_DIRECT, FILE_ANY_ACCESS);
    ULONG neither = CTL_CODE(FILE_DEVICE_UNKNOWN, 1, METHOD_NEITHER, FILE_ANY_ACCESS);
    char input[4] = "in";
    char output[64] = "out";
    IO_STATUS_BLOCK iosb;
    KEVENT event;
    PIRP irp;

    KeInitializeEvent(&event, NotificationEvent, FALSE);
    irp = IoBuildDeviceIoControlRequest(direct, device, input, 4, output, 64, TRUE, &event, &iosb);
    ck_assert_uint_eq(IoGetNextIrpStackLocation(irp)->MajorFunction,
                      IRP_MJ_INTERNAL_DEVICE_CONTROL);
    ck_assert_ptr_eq(MmGetSystemAddressForMdlSafe(irp->MdlAddress, NormalPagePriority), output);
    ck_assert_uint_eq(MmGetMdlByteCount(irp->MdlAddress), 64);
    ck_assert_str_eq(irp->AssociatedIrp.SystemBuffer, "in");
    (void)IoCallDriver(device, irp);
    irp = IoBuildDeviceIoControlRequest(neither, device, input, 4, output, 64, FALSE, NULL, &iosb);
    ck_assert_ptr_eq(irp->UserBuffer, output);
    ck_assert_ptr_eq(IoGetNextIrpStackLocation(irp)->Parameters.DeviceIoControl.Type3InputBuffer,
                     input);
    (void)IoCallDriver(device, irp);
}
END_TEST

/* Work items ---------------------------------------------------------------------------------- */

static KEVENT ran;
static KIRQL ran_at;
static unsigned runs;

static VOID
work(PDEVICE_OBJECT self, PVOID context)
{
    ck_assert_ptr_eq(self, device);
    ran_at = KeGetCurrentIrql();
    IoFreeWorkItem(context);
    KeSetEvent(&ran, IO_NO_INCREMENT, FALSE);
}

static VOID
work_again(PVOID object, PVOID context, PIO_WORKITEM item)
{
    ck_assert_ptr_eq(object, fixture_driver);
    if (++runs < 3) {
        IoQueueWorkItemEx(item, work_again, DelayedWorkQueue, context);
    } else {
        KeSetEvent(&ran, IO_NO_INCREMENT, FALSE);
    }
}

START_TEST(a_work_item_may_free_or_queue_itself)
{
    PIO_WORKITEM item = IoAllocateWorkItem(device);
    PIO_WORKITEM own = malloc(IoSizeofWorkItem());

    KeInitializeEvent(&ran, SynchronizationEvent, FALSE);
    IoQueueWorkItem(item, work, DelayedWorkQueue, item);
    KeWaitForSingleObject(&ran, Executive, KernelMode, FALSE, NULL);
    ck_assert_uint_eq(ran_at, PASSIVE_LEVEL);
    IoInitializeWorkItem(fixture_driver, own);
    IoQueueWorkItemEx(own, work_again, DelayedWorkQueue, NULL);
    KeWaitForSingleObject(&ran, Executive, KernelMode, FALSE, NULL);
    ck_assert_uint_eq(runs, 3);
    IoUninitializeWorkItem(own);
    free(own);
}
END_TEST

/* Remove locks -------------------------------------------------------------------------------- */

static void
release_too_often(void *lock)
{
    IoReleaseRemoveLock((PIO_REMOVE_LOCK)lock, NULL);
    IoReleaseRemoveLock((PIO_REMOVE_LOCK)lock, NULL);
}

START_TEST(a_remove_lock_refuses_after_the_removal_and_notices_extra_releases)
{
    IO_REMOVE_LOCK lock;

    IoInitializeRemoveLock(&lock, 'tseT', 0, 0);
    ck_assert_int_eq(IoAcquireRemoveLock(&lock, NULL), STATUS_SUCCESS);
    IoReleaseRemoveLockAndWait(&lock, NULL);
    ck_assert_int_eq(IoAcquireRemoveLock(&lock, NULL), STATUS_DELETE_PENDING);
    IoInitializeRemoveLock(&lock, 'tseT', 0, 0);
    fixture_expect_bugcheck(0xC4, 0xD9, release_too_often, &lock);
}
END_TEST

/* StartIo ------------------------------------------------------------------------------------- */

static PIRP started[8];
static unsigned start_count;

static VOID
start_io(PDEVICE_OBJECT self, PIRP irp)
{
    ck_assert_uint_eq(KeGetCurrentIrql(), DISPATCH_LEVEL);
    started[start_count++] = irp;
}

static VOID
cancel_packet(PDEVICE_OBJECT self, PIRP irp)
{
    KIRQL irql = irp->CancelIrql;

    ck_assert(KeRemoveEntryDeviceQueue(&self->DeviceQueue, &irp->Tail.Overlay.DeviceQueueEntry));
    IoReleaseCancelSpinLock(irql);
    fixture_complete(irp, STATUS_CANCELLED, 0);
}

static NTSTATUS
stop(PDEVICE_OBJECT self, PIRP irp, PVOID context)
{
    return STATUS_MORE_PROCESSING_REQUIRED;
}

START_TEST(start_io_gets_one_packet_at_a_time_and_queued_ones_can_be_cancelled)
{
    PIRP irps[3];
    KIRQL irql;

    fixture_driver->DriverStartIo = start_io;
    for (unsigned i = 0; i < 3; i++) {
        irps[i] = IoAllocateIrp(1, FALSE);
        IoSetCompletionRoutine(irps[i], stop, NULL, TRUE, TRUE, TRUE);
        IoSetNextIrpStackLocation(irps[i]);
        IoGetCurrentIrpStackLocation(irps[i])->DeviceObject = device;
        IoMarkIrpPending(irps[i]);
        IoStartPacket(device, irps[i], NULL, cancel_packet);
    }
    ck_assert_uint_eq(start_count, 1);
    ck_assert_ptr_eq(started[0], irps[0]);
    ck_assert(IoCancelIrp(irps[1]));
    ck_assert_int_eq(irps[1]->IoStatus.Status, STATUS_CANCELLED);
    KeRaiseIrql(DISPATCH_LEVEL, &irql);
    IoStartNextPacket(device, TRUE);
    ck_assert_uint_eq(start_count, 2);
    ck_assert_ptr_eq(started[1], irps[2]);
    IoStartNextPacket(device, TRUE);
    KeLowerIrql(irql);
    ck_assert_uint_eq(start_count, 2);
    ck_assert_ptr_null(device->CurrentIrp);
    for (unsigned i = 0; i < 3; i++) {
        IoSetCancelRoutine(irps[i], NULL);
        IoFreeIrp(irps[i]);
    }
}
END_TEST

/* Stacks -------------------------------------------------------------------------------------- */

static void
delete_attached(void *filter)
{
    IoDeleteDevice(filter);
}

static void
detach(void *target)
{
    IoDetachDevice(target);
}

START_TEST(deleting_an_attached_device_and_detaching_nothing_are_bugchecks)
{
    PDEVICE_OBJECT filter = fixture_filter(device, fixture_pass);

    fixture_expect_bugcheck(0xC9, 0x201, delete_attached, filter);
    IoDetachDevice(device);
    fixture_expect_bugcheck(0xC9, 0x202, detach, device);
    IoDeleteDevice(filter);
}
END_TEST

/* The documented order of a removal: pass it down, then detach, then delete. */
START_TEST(a_device_deleted_under_its_filter_lives_until_the_detach)
{
    PDEVICE_OBJECT lower = fixture_device(NULL, 0, fixture_succeed);
    PDEVICE_OBJECT filter = fixture_filter(lower, fixture_pass);

    IoDeleteDevice(lower);
    ck_assert_ptr_eq(lower->AttachedDevice, filter);
    ck_assert_int_eq(lower->Type, IO_TYPE_DEVICE);
    IoDetachDevice(lower);
    ck_assert_ptr_eq(fixture_driver->DeviceObject, filter);
    IoDeleteDevice(filter);
    ck_assert_ptr_eq(fixture_driver->DeviceObject, device);
}
END_TEST

START_TEST(the_stack_knows_its_neighbours)
{
    PDEVICE_OBJECT first = fixture_filter(device, fixture_pass);
    PDEVICE_OBJECT second = fixture_filter(device, fixture_pass);
    PDEVICE_OBJECT found;

    ck_assert_ptr_eq(fixture_of(second)->lower, first);
    ck_assert_ptr_eq(IoGetAttachedDevice(device), second);
    found = IoGetLowerDeviceObject(second);
    ck_assert_ptr_eq(found, first);
    ObDereferenceObject(found);
    found = IoGetDeviceAttachmentBaseRef(second);
    ck_assert_ptr_eq(found, device);
    ObDereferenceObject(found);
    ck_assert_ptr_null(IoGetLowerDeviceObject(device));
}
END_TEST

static unsigned shutdowns;

static NTSTATUS
count_shutdown(PDEVICE_OBJECT self, PIRP irp)
{
    if (IoGetCurrentIrpStackLocation(irp)->MajorFunction == IRP_MJ_SHUTDOWN) {
        shutdowns++;
    }
    return fixture_succeed(self, irp);
}

START_TEST(shutdown_reaches_those_who_asked_once)
{
    PDEVICE_OBJECT other = fixture_device(NULL, 0, count_shutdown);

    fixture_of(device)->handler = count_shutdown;
    ck_assert_int_eq(IoRegisterShutdownNotification(device), STATUS_SUCCESS);
    ck_assert_int_eq(IoRegisterShutdownNotification(other), STATUS_SUCCESS);
    IoUnregisterShutdownNotification(other);
    io_shutdown_devices();
    ck_assert_uint_eq(shutdowns, 1);
    IoDeleteDevice(other);
}
END_TEST

START_TEST(an_extension_of_the_driver_object_is_found_by_its_key)
{
    static int key;
    PVOID extension;
    PVOID second;

    ck_assert_int_eq(IoAllocateDriverObjectExtension(fixture_driver, &key, 100, &extension),
                     STATUS_SUCCESS);
    ck_assert_ptr_eq(IoGetDriverObjectExtension(fixture_driver, &key), extension);
    ck_assert_int_eq(IoAllocateDriverObjectExtension(fixture_driver, &key, 100, &second),
                     STATUS_OBJECT_NAME_COLLISION);
    ck_assert_ptr_null(IoGetDriverObjectExtension(fixture_driver, &second));
}
END_TEST

int
main(void)
{
    TCase *tests = tcase_create("services");

    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, a_built_device_control_ends_with_status_output_and_event);
    tcase_add_test(tests, a_built_read_that_pends_ends_later);
    tcase_add_test(tests, direct_and_neither_methods_describe_the_callers_buffers);
    tcase_add_test(tests, a_work_item_may_free_or_queue_itself);
    tcase_add_test(tests, a_remove_lock_refuses_after_the_removal_and_notices_extra_releases);
    tcase_add_test(tests, start_io_gets_one_packet_at_a_time_and_queued_ones_can_be_cancelled);
    tcase_add_test(tests, deleting_an_attached_device_and_detaching_nothing_are_bugchecks);
    tcase_add_test(tests, a_device_deleted_under_its_filter_lives_until_the_detach);
    tcase_add_test(tests, the_stack_knows_its_neighbours);
    tcase_add_test(tests, shutdown_reaches_those_who_asked_once);
    tcase_add_test(tests, an_extension_of_the_driver_object_is_found_by_its_key);
    return fixture_run("nt/io/services", tests);
}

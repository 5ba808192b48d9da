/* SPDX-License-Identifier: MIT */
/* IRPs in a stack: completion routines, pending, resuming, and misuse. */
#include "io_fixture.h"

#define LAYERS 3

static PDEVICE_OBJECT bottom;
static PDEVICE_OBJECT filters[LAYERS];
static PIRP held; /* The IRP a handler kept. */

/* What completion routines saw, in order. */
static struct {
    PDEVICE_OBJECT device;
    bool pending;
    UCHAR location;
    NTSTATUS status;
} calls[16];
static unsigned call_count;

static NTSTATUS
record(PDEVICE_OBJECT device, PIRP irp, PVOID context)
{
    calls[call_count].device = device;
    calls[call_count].pending = irp->PendingReturned;
    calls[call_count].location = (UCHAR)irp->CurrentLocation;
    calls[call_count].status = irp->IoStatus.Status;
    call_count++;
    if (irp->PendingReturned && device != NULL) {
        IoMarkIrpPending(irp);
    }
    return STATUS_CONTINUE_COMPLETION;
}

static NTSTATUS
stop(PDEVICE_OBJECT device, PIRP irp, PVOID context)
{
    (void)record(device, irp, context);
    return STATUS_MORE_PROCESSING_REQUIRED;
}

static NTSTATUS
pass_and_record(PDEVICE_OBJECT device, PIRP irp)
{
    IoCopyCurrentIrpStackLocationToNext(irp);
    IoSetCompletionRoutine(irp, record, NULL, TRUE, TRUE, TRUE);
    return IoCallDriver(fixture_of(device)->lower, irp);
}

static NTSTATUS
pass_and_stop(PDEVICE_OBJECT device, PIRP irp)
{
    IoCopyCurrentIrpStackLocationToNext(irp);
    IoSetCompletionRoutine(irp, stop, NULL, TRUE, TRUE, TRUE);
    (void)IoCallDriver(fixture_of(device)->lower, irp);
    held = irp;
    IoMarkIrpPending(irp);
    return STATUS_PENDING;
}

static NTSTATUS
hold(PDEVICE_OBJECT device, PIRP irp)
{
    IoMarkIrpPending(irp);
    held = irp;
    return STATUS_PENDING;
}

static void
build(fixture_handler *lowest, fixture_handler *middle)
{
    bottom = fixture_device(NULL, 0, lowest);
    for (unsigned i = 0; i < LAYERS; i++) {
        filters[i] = fixture_filter(bottom, middle);
    }
    ck_assert_int_eq(filters[LAYERS - 1]->StackSize, LAYERS + 1);
    call_count = 0;
}

/* An IRP of our own for the stack, with a routine that keeps it. */
static PIRP
make_irp(void)
{
    PDEVICE_OBJECT top = IoGetAttachedDevice(bottom);
    PIRP irp = IoAllocateIrp(top->StackSize, FALSE);

    ck_assert_ptr_nonnull(irp);
    IoGetNextIrpStackLocation(irp)->MajorFunction = IRP_MJ_DEVICE_CONTROL;
    IoSetCompletionRoutine(irp, stop, NULL, TRUE, TRUE, TRUE);
    return irp;
}

START_TEST(completion_routines_run_from_the_bottom_up_each_at_its_own_location)
{
    PIRP irp;

    build(fixture_succeed, pass_and_record);
    irp = make_irp();
    ck_assert_int_eq(IoCallDriver(IoGetAttachedDevice(bottom), irp), STATUS_SUCCESS);
    ck_assert_uint_eq(call_count, LAYERS + 1);
    for (unsigned i = 0; i < LAYERS; i++) {
        ck_assert_ptr_eq(calls[i].device, filters[i]);
        ck_assert_uint_eq(calls[i].location, i + 2);
        ck_assert(!calls[i].pending);
    }
    /* The creator has no location and no device. */
    ck_assert_ptr_null(calls[LAYERS].device);
    ck_assert_uint_eq(calls[LAYERS].location, LAYERS + 2);
    IoFreeIrp(irp);
    fixture_delete_stack(bottom);
}
END_TEST

START_TEST(pending_reaches_every_layer_above)
{
    PIRP irp;

    build(hold, pass_and_record);
    irp = make_irp();
    ck_assert_int_eq(IoCallDriver(IoGetAttachedDevice(bottom), irp), STATUS_PENDING);
    ck_assert_uint_eq(call_count, 0);
    fixture_complete(held, STATUS_SUCCESS, 0);
    ck_assert_uint_eq(call_count, LAYERS + 1);
    for (unsigned i = 0; i <= LAYERS; i++) {
        ck_assert(calls[i].pending);
    }
    IoFreeIrp(irp);
    fixture_delete_stack(bottom);
}
END_TEST

START_TEST(pending_passes_layers_without_completion_routine)
{
    PIRP irp;

    build(hold, fixture_pass);
    irp = make_irp();
    ck_assert_int_eq(IoCallDriver(IoGetAttachedDevice(bottom), irp), STATUS_PENDING);
    fixture_complete(held, STATUS_SUCCESS, 0);
    ck_assert_uint_eq(call_count, 1);
    ck_assert(calls[0].pending);
    IoFreeIrp(irp);
    fixture_delete_stack(bottom);
}
END_TEST

START_TEST(more_processing_required_stops_and_completing_again_resumes_above)
{
    PIRP irp;

    build(fixture_succeed, pass_and_record);
    fixture_of(filters[1])->handler = pass_and_stop;
    irp = make_irp();
    ck_assert_int_eq(IoCallDriver(IoGetAttachedDevice(bottom), irp), STATUS_PENDING);
    ck_assert_uint_eq(call_count, 2);
    ck_assert_ptr_eq(calls[1].device, filters[1]);
    /* The filter owns it again: its own location is the current one. */
    ck_assert_ptr_eq(IoGetCurrentIrpStackLocation(held)->DeviceObject, filters[1]);
    fixture_complete(held, STATUS_DEVICE_NOT_READY, 0);
    ck_assert_uint_eq(call_count, 4);
    ck_assert_ptr_eq(calls[2].device, filters[2]);
    ck_assert_int_eq(calls[2].status, STATUS_DEVICE_NOT_READY);
    ck_assert(calls[2].pending);
    IoFreeIrp(irp);
    fixture_delete_stack(bottom);
}
END_TEST

/* Sends an IRP whose filter asks for its routine under one condition; returns whether it ran. */
static bool
routine_runs(NTSTATUS status, bool cancelled, BOOLEAN success, BOOLEAN error, BOOLEAN cancel)
{
    PIRP irp = IoAllocateIrp(2, FALSE);
    unsigned before = call_count;
    bool ran;

    ck_assert_ptr_nonnull(irp);
    IoSetCompletionRoutine(irp, stop, NULL, TRUE, TRUE, TRUE);
    IoSetNextIrpStackLocation(irp);
    IoGetCurrentIrpStackLocation(irp)->DeviceObject = bottom;
    IoCopyCurrentIrpStackLocationToNext(irp);
    IoSetCompletionRoutine(irp, record, NULL, success, error, cancel);
    IoSetNextIrpStackLocation(irp);
    irp->Cancel = cancelled;
    fixture_complete(irp, status, 0);
    ran = call_count == before + 2;
    call_count = before;
    IoFreeIrp(irp);
    return ran;
}

START_TEST(a_completion_routine_runs_when_its_conditions_say_so)
{
    bottom = fixture_device(NULL, 0, fixture_succeed);
    ck_assert(routine_runs(STATUS_SUCCESS, false, TRUE, FALSE, FALSE));
    ck_assert(!routine_runs(STATUS_SUCCESS, false, FALSE, TRUE, TRUE));
    ck_assert(routine_runs(STATUS_UNSUCCESSFUL, false, FALSE, TRUE, FALSE));
    ck_assert(!routine_runs(STATUS_UNSUCCESSFUL, false, TRUE, FALSE, TRUE));
    ck_assert(routine_runs(STATUS_CANCELLED, true, FALSE, FALSE, TRUE));
    ck_assert(routine_runs(STATUS_SUCCESS, true, FALSE, FALSE, TRUE));
    IoDeleteDevice(bottom);
}
END_TEST

START_TEST(forwarding_synchronously_gives_the_irp_back)
{
    PIRP irp;

    build(fixture_succeed, fixture_pass);
    irp = IoAllocateIrp((CCHAR)(filters[LAYERS - 1]->StackSize + 1), FALSE);
    IoSetNextIrpStackLocation(irp);
    IoGetCurrentIrpStackLocation(irp)->MajorFunction = IRP_MJ_PNP;
    ck_assert(IoForwardIrpSynchronously(filters[LAYERS - 1], irp));
    ck_assert_int_eq(irp->IoStatus.Status, STATUS_SUCCESS);
    ck_assert_int_eq(irp->CurrentLocation, irp->StackCount);
    IoFreeIrp(irp);
    fixture_delete_stack(bottom);
}
END_TEST

START_TEST(a_reused_irp_is_as_new)
{
    PIRP irp = IoAllocateIrp(2, FALSE);

    irp->MdlAddress = (PMDL)irp;
    irp->Cancel = TRUE;
    IoSetNextIrpStackLocation(irp);
    IoReuseIrp(irp, STATUS_NOT_SUPPORTED);
    ck_assert_ptr_null(irp->MdlAddress);
    ck_assert(!irp->Cancel);
    ck_assert_int_eq(irp->CurrentLocation, 3);
    ck_assert_int_eq(irp->StackCount, 2);
    ck_assert_int_eq(irp->IoStatus.Status, STATUS_NOT_SUPPORTED);
    IoFreeIrp(irp);
}
END_TEST

START_TEST(irps_are_counted_until_they_are_freed)
{
    PIRP irps[20];

    for (unsigned i = 0; i < 20; i++) {
        irps[i] = IoAllocateIrp((CCHAR)(i % 5 + 1), FALSE);
    }
    ck_assert_uint_eq(io_irps_in_use(), 20);
    for (unsigned i = 0; i < 20; i++) {
        IoFreeIrp(irps[i]);
    }
    ck_assert_uint_eq(io_irps_in_use(), 0);
}
END_TEST

START_TEST(the_last_associated_irp_completes_its_master)
{
    PIRP master;
    PIRP first;
    PIRP second;

    build(hold, fixture_pass);
    master = make_irp();
    IoSetNextIrpStackLocation(master);
    master->AssociatedIrp.IrpCount = 2;
    master->IoStatus.Status = STATUS_SUCCESS;
    first = IoMakeAssociatedIrp(master, 1);
    second = IoMakeAssociatedIrp(master, 1);
    IoSetNextIrpStackLocation(first);
    IoSetNextIrpStackLocation(second);
    fixture_complete(first, STATUS_SUCCESS, 0);
    ck_assert_uint_eq(call_count, 0);
    fixture_complete(second, STATUS_SUCCESS, 0);
    ck_assert_uint_eq(call_count, 1);
    IoFreeIrp(master);
    fixture_delete_stack(bottom);
}
END_TEST

/* Misuse -------------------------------------------------------------------------------------- */

static void
complete_it(void *irp)
{
    fixture_complete(irp, STATUS_SUCCESS, 0);
}

static void
complete_it_as_pending(void *irp)
{
    fixture_complete(irp, STATUS_PENDING, 0);
}

static void
complete_it_too_high(void *irp)
{
    KIRQL irql;

    KeRaiseIrql(DISPATCH_LEVEL + 1, &irql);
    fixture_complete(irp, STATUS_SUCCESS, 0);
}

static void
call_with_it(void *irp)
{
    (void)IoCallDriver(bottom, irp);
}

static void
free_it(void *irp)
{
    IoFreeIrp(irp);
}

static VOID
never_called(PDEVICE_OBJECT device, PIRP irp)
{
    ck_abort_msg("the cancel routine ran");
}

START_TEST(completing_twice_is_a_bugcheck)
{
    PIRP irp;

    build(fixture_succeed, fixture_pass);
    irp = make_irp();
    (void)IoCallDriver(IoGetAttachedDevice(bottom), irp);
    fixture_expect_bugcheck(0x44, (ULONG_PTR)irp, complete_it, irp);
}
END_TEST

START_TEST(completing_a_freed_irp_is_a_bugcheck)
{
    /* Memory that is still ours, as a driver's own allocation would be. */
    static struct {
        IRP irp;
        IO_STACK_LOCATION stack[1];
    } own;

    IoInitializeIrp(&own.irp, sizeof(own), 1);
    own.irp.Type = 0;
    fixture_expect_bugcheck(0x44, (ULONG_PTR)&own.irp, complete_it, &own.irp);
}
END_TEST

START_TEST(completing_with_a_cancel_routine_set_is_a_bugcheck)
{
    PIRP irp;

    build(hold, fixture_pass);
    irp = make_irp();
    IoSetNextIrpStackLocation(irp);
    IoSetCancelRoutine(irp, never_called);
    fixture_expect_bugcheck(0x48, (ULONG_PTR)irp, complete_it, irp);
}
END_TEST

START_TEST(completing_as_pending_is_a_bugcheck)
{
    PIRP irp;

    build(hold, fixture_pass);
    irp = make_irp();
    IoSetNextIrpStackLocation(irp);
    fixture_expect_bugcheck(0xC9, 0x06, complete_it_as_pending, irp);
}
END_TEST

START_TEST(completing_above_dispatch_level_is_a_bugcheck)
{
    PIRP irp;

    build(hold, fixture_pass);
    irp = make_irp();
    IoSetNextIrpStackLocation(irp);
    fixture_expect_bugcheck(0xC9, 0x0E, complete_it_too_high, irp);
}
END_TEST

START_TEST(running_out_of_stack_locations_is_a_bugcheck)
{
    PIRP irp = IoAllocateIrp(1, FALSE);

    bottom = fixture_device(NULL, 0, fixture_succeed);
    IoSetNextIrpStackLocation(irp);
    fixture_expect_bugcheck(0x35, (ULONG_PTR)irp, call_with_it, irp);
}
END_TEST

START_TEST(sending_what_is_no_irp_is_a_bugcheck)
{
    static IRP zeroes;

    bottom = fixture_device(NULL, 0, fixture_succeed);
    fixture_expect_bugcheck(0xC9, 0x03, call_with_it, &zeroes);
}
END_TEST

START_TEST(freeing_an_irp_that_is_queued_is_a_bugcheck)
{
    PIRP irp = IoAllocateIrp(1, FALSE);

    IoSetCancelRoutine(irp, never_called);
    fixture_expect_bugcheck(0xC9, 0x20B, free_it, irp);
}
END_TEST

START_TEST(freeing_what_was_not_allocated_is_a_bugcheck)
{
    static struct {
        IRP irp;
        IO_STACK_LOCATION stack[1];
    } own;

    IoInitializeIrp(&own.irp, sizeof(own), 1);
    fixture_expect_bugcheck(0xC9, 0x01, free_it, &own.irp);
}
END_TEST

START_TEST(freeing_an_irp_of_a_thread_is_a_bugcheck)
{
    KEVENT event;
    IO_STATUS_BLOCK iosb;
    PIRP irp;

    bottom = fixture_device(NULL, 0, fixture_succeed);
    KeInitializeEvent(&event, NotificationEvent, FALSE);
    irp = IoBuildDeviceIoControlRequest(0, bottom, NULL, 0, NULL, 0, FALSE, &event, &iosb);
    fixture_expect_bugcheck(0xC9, 0x02, free_it, irp);
}
END_TEST

/* --- Activity ids -------------------------------------------------------------------------------- */

START_TEST(an_irp_keeps_its_activity_id_over_reuse)
{
    static const GUID one = {1, 2, 3, {4, 5, 6, 7, 8, 9, 10, 11}};
    static GUID of_thread = {9, 9, 9, {9}};
    PIRP irp = IoAllocateIrp(2, FALSE);
    GUID id;

    ck_assert_int_eq(IoGetActivityIdIrp(irp, &id), STATUS_NOT_FOUND);
    ck_assert_int_eq(IoSetActivityIdIrp(irp, NULL),
                     STATUS_NOT_SUPPORTED); /* The thread has none. */
    ck_assert_int_eq(IoSetActivityIdIrp(irp, &one), STATUS_SUCCESS);
    IoReuseIrp(irp, STATUS_SUCCESS);
    ck_assert_int_eq(IoGetActivityIdIrp(irp, &id), STATUS_SUCCESS);
    ck_assert(IsEqualGUID(&id, &one));
    ck_assert_ptr_null(IoGetActivityIdThread());
    ck_assert_ptr_null(IoSetActivityIdThread(&of_thread));
    ck_assert_ptr_eq(IoGetActivityIdThread(), &of_thread);
    ck_assert_int_eq(IoSetActivityIdIrp(irp, NULL), STATUS_SUCCESS);
    ck_assert_int_eq(IoGetActivityIdIrp(irp, &id), STATUS_SUCCESS);
    ck_assert(IsEqualGUID(&id, &of_thread));
    IoClearActivityIdThread(NULL);
    ck_assert_ptr_null(IoGetActivityIdThread());
    IoFreeIrp(irp);
    irp = IoAllocateIrp(2, FALSE); /* The same memory, may be. */
    ck_assert_int_eq(IoGetActivityIdIrp(irp, &id), STATUS_NOT_FOUND);
    IoFreeIrp(irp);
}
END_TEST

START_TEST(an_irp_in_a_drivers_memory_has_no_place_for_an_activity_id)
{
    static _Alignas(16) unsigned char memory[sizeof(IRP) + sizeof(IO_STACK_LOCATION)];
    static const GUID one = {1, 2, 3, {4}};
    PIRP irp = (PIRP)(void *)memory;
    GUID id;

    IoInitializeIrp(irp, sizeof(memory), 1);
    ck_assert_int_eq(IoSetActivityIdIrp(irp, &one), STATUS_UNSUCCESSFUL);
    ck_assert_int_eq(IoGetActivityIdIrp(irp, &id), STATUS_NOT_FOUND);
}
END_TEST

int
main(void)
{
    TCase *tests = tcase_create("irp");
    TCase *misuse = tcase_create("misuse");

    tcase_add_checked_fixture(tests, fixture_setup, fixture_teardown);
    tcase_add_test(tests, an_irp_keeps_its_activity_id_over_reuse);
    tcase_add_test(tests, an_irp_in_a_drivers_memory_has_no_place_for_an_activity_id);
    tcase_add_test(tests, completion_routines_run_from_the_bottom_up_each_at_its_own_location);
    tcase_add_test(tests, pending_reaches_every_layer_above);
    tcase_add_test(tests, pending_passes_layers_without_completion_routine);
    tcase_add_test(tests, more_processing_required_stops_and_completing_again_resumes_above);
    tcase_add_test(tests, a_completion_routine_runs_when_its_conditions_say_so);
    tcase_add_test(tests, forwarding_synchronously_gives_the_irp_back);
    tcase_add_test(tests, a_reused_irp_is_as_new);
    tcase_add_test(tests, irps_are_counted_until_they_are_freed);
    tcase_add_test(tests, the_last_associated_irp_completes_its_master);

    /* A bug check leaves things as they are: no teardown. */
    tcase_add_checked_fixture(misuse, fixture_setup, NULL);
    tcase_add_test(misuse, completing_twice_is_a_bugcheck);
    tcase_add_test(misuse, completing_a_freed_irp_is_a_bugcheck);
    tcase_add_test(misuse, completing_with_a_cancel_routine_set_is_a_bugcheck);
    tcase_add_test(misuse, completing_as_pending_is_a_bugcheck);
    tcase_add_test(misuse, completing_above_dispatch_level_is_a_bugcheck);
    tcase_add_test(misuse, running_out_of_stack_locations_is_a_bugcheck);
    tcase_add_test(misuse, sending_what_is_no_irp_is_a_bugcheck);
    tcase_add_test(misuse, freeing_an_irp_that_is_queued_is_a_bugcheck);
    tcase_add_test(misuse, freeing_what_was_not_allocated_is_a_bugcheck);
    tcase_add_test(misuse, freeing_an_irp_of_a_thread_is_a_bugcheck);
    return fixture_run("nt/io/irp", tests) | fixture_run("nt/io/irp misuse", misuse);
}

/* SPDX-License-Identifier: MIT */
/* IoConnectInterrupt and IoConnectInterruptEx: by vector, by line, by message, for a device that was given them. */
#include "io_fixture.h"
#include "nt/ke/interrupt.h"
#include "nt/pnp/pnp.h"
#include "wdm_kit.h"

#define ALL_PROCESSORS ((KAFFINITY)-1)

static const struct kit_driver drivers[] = {
    {"disk", 'F', KIT_FUNCTION, "ROOT\\DISK", PNP_FUNCTION, .failing_minor = 0xFF},
};

static void
setup(void)
{
    fixture_setup();
    kit_setup(drivers, 1);
}

static void
teardown(void)
{
    ck_assert_uint_eq(kit_teardown(), 0);
    fixture_teardown();
}

/* A device that is given `lines` lines from vector 5 on and `messages` messages. */
static struct pnp_devnode *
add(ULONG lines, ULONG messages)
{
    union {
        IO_RESOURCE_REQUIREMENTS_LIST head;
        unsigned char
            bytes[sizeof(IO_RESOURCE_REQUIREMENTS_LIST) + 7 * sizeof(IO_RESOURCE_DESCRIPTOR)];
    } list = {.head = {.ListSize = sizeof(list), .InterfaceType = PNPBus, .AlternativeLists = 1}};
    struct pnp_root_params params = {.instance_id = "ROOT\\DISK\\0", .requirements = &list.head};
    IO_RESOURCE_DESCRIPTOR *descriptor = list.head.List[0].Descriptors;
    struct pnp_devnode *devnode = NULL;

    list.head.List[0].Version = 1;
    list.head.List[0].Revision = 1;
    list.head.List[0].Count = lines + (messages != 0);
    for (ULONG i = 0; i < lines; i++) {
        *descriptor++ = (IO_RESOURCE_DESCRIPTOR){
            .Type = CmResourceTypeInterrupt,
            .Flags = CM_RESOURCE_INTERRUPT_LATCHED,
            .ShareDisposition = CmResourceShareDeviceExclusive,
            .u.Interrupt.MinimumVector = 5 + i,
            .u.Interrupt.MaximumVector = 5 + i,
        };
    }
    if (messages != 0) {
        *descriptor = (IO_RESOURCE_DESCRIPTOR){
            .Type = CmResourceTypeInterrupt,
            .Flags = CM_RESOURCE_INTERRUPT_LATCHED | CM_RESOURCE_INTERRUPT_MESSAGE,
            .ShareDisposition = CmResourceShareDeviceExclusive,
            .u.Interrupt.MinimumVector = CM_RESOURCE_INTERRUPT_MESSAGE_TOKEN - messages + 1,
            .u.Interrupt.MaximumVector = CM_RESOURCE_INTERRUPT_MESSAGE_TOKEN,
        };
    }
    ck_assert_int_eq(pnp_root_add(&params, &devnode), STATUS_SUCCESS);
    return devnode;
}

static struct {
    unsigned lines;
    unsigned messages;
    ULONG last_message;
    KIRQL irql;
    PVOID context;
} seen;

static BOOLEAN
on_line(PKINTERRUPT interrupt, PVOID context)
{
    seen.lines++;
    seen.irql = KeGetCurrentIrql();
    seen.context = context;
    return TRUE;
}

static BOOLEAN
on_message(PKINTERRUPT interrupt, PVOID context, ULONG message)
{
    seen.messages++;
    seen.last_message = message;
    seen.irql = KeGetCurrentIrql();
    seen.context = context;
    return TRUE;
}

static void
pulse(ULONG vector)
{
    ck_assert(ke_interrupt_pulse(vector));
    ke_interrupts_wait();
}

static void
disconnect(ULONG version, PVOID context)
{
    IO_DISCONNECT_INTERRUPT_PARAMETERS parameters = {.Version = version,
                                                     .ConnectionContext.Generic = context};

    IoDisconnectInterruptEx(&parameters);
    ck_assert_uint_eq(ke_interrupts_connected(), 0);
}

static IO_CONNECT_INTERRUPT_PARAMETERS
fully(struct pnp_devnode *devnode, PKINTERRUPT *interrupt)
{
    return (IO_CONNECT_INTERRUPT_PARAMETERS){
        .Version = CONNECT_FULLY_SPECIFIED,
        .FullySpecified = {.PhysicalDeviceObject = pnp_devnode_pdo(devnode),
                           .InterruptObject = interrupt,
                           .ServiceRoutine = on_line,
                           .ServiceContext = &seen,
                           .Vector = 5,
                           .Irql = 8,
                           .SynchronizeIrql = 8,
                           .InterruptMode = Latched,
                           .ProcessorEnableMask = ALL_PROCESSORS}};
}

START_TEST(what_is_given_can_be_asked_for)
{
    struct pnp_devnode *devnode = add(2, 3);
    struct pnp_interrupt interrupts[8];

    ck_assert_uint_eq(pnp_interrupts(devnode, interrupts, 8), 5);
    ck_assert_uint_eq(pnp_interrupts(devnode, NULL, 0), 5);
    ck_assert_uint_eq(interrupts[1].vector, 6);
    ck_assert_uint_gt(interrupts[1].irql, DISPATCH_LEVEL);
    ck_assert_int_eq(interrupts[1].mode, Latched);
    ck_assert(!interrupts[1].message);
    ck_assert(interrupts[2].message);
    ck_assert_uint_eq(interrupts[4].vector, interrupts[2].vector + 2);
    ck_assert(pnp_vector_is_given(interrupts[4].vector));
    ck_assert(!pnp_vector_is_given(interrupts[4].vector + 1));
    ck_assert(!pnp_vector_is_given(7));
    pnp_devnode_unref(devnode);
}
END_TEST

START_TEST(a_vector_that_is_fully_specified)
{
    struct pnp_devnode *devnode = add(1, 0);
    PKINTERRUPT interrupt = NULL;
    IO_CONNECT_INTERRUPT_PARAMETERS parameters = fully(devnode, &interrupt);

    memset(&seen, 0, sizeof(seen));
    ck_assert_int_eq(IoConnectInterruptEx(&parameters), STATUS_SUCCESS);
    ck_assert_uint_eq(parameters.Version, CONNECT_FULLY_SPECIFIED);
    ck_assert_ptr_nonnull(interrupt);
    pulse(5);
    ck_assert_uint_eq(seen.lines, 1);
    ck_assert_uint_eq(seen.irql, 8);
    ck_assert_ptr_eq(seen.context, &seen);
    disconnect(CONNECT_FULLY_SPECIFIED, interrupt);
    parameters = fully(devnode, &interrupt);
    parameters.Version = CONNECT_FULLY_SPECIFIED_GROUP;
    ck_assert_int_eq(IoConnectInterruptEx(&parameters), STATUS_SUCCESS);
    disconnect(CONNECT_FULLY_SPECIFIED_GROUP, interrupt);
    pnp_devnode_unref(devnode);
}
END_TEST

#define REFUSED(status, change)                                                                    \
    do {                                                                                           \
        IO_CONNECT_INTERRUPT_PARAMETERS parameters = fully(devnode, &interrupt);                   \
        parameters.change;                                                                         \
        ck_assert_int_eq(IoConnectInterruptEx(&parameters), status);                               \
        ck_assert_ptr_null(interrupt);                                                             \
    } while (0)

START_TEST(wrong_parameters_are_refused)
{
    struct pnp_devnode *devnode = add(1, 0);
    PKINTERRUPT interrupt = NULL;
    KSPIN_LOCK lock;

    KeInitializeSpinLock(&lock);
    REFUSED(STATUS_INVALID_PARAMETER_1, Version = 77);
    REFUSED(STATUS_INVALID_PARAMETER, FullySpecified.PhysicalDeviceObject = NULL);
    REFUSED(STATUS_INVALID_PARAMETER, FullySpecified.InterruptObject = NULL);
    REFUSED(STATUS_INVALID_PARAMETER, FullySpecified.ServiceRoutine = NULL);
    REFUSED(STATUS_INVALID_PARAMETER, FullySpecified.SynchronizeIrql = 7);
    REFUSED(STATUS_INVALID_PARAMETER_10, FullySpecified.ProcessorEnableMask = 0);
    REFUSED(STATUS_NOT_FOUND, FullySpecified.Vector = 6);
    {
        IO_CONNECT_INTERRUPT_PARAMETERS parameters = fully(devnode, &interrupt);

        parameters.FullySpecified.Irql = PASSIVE_LEVEL;
        parameters.FullySpecified.SynchronizeIrql = PASSIVE_LEVEL;
        parameters.FullySpecified.SpinLock = &lock;
        ck_assert_int_eq(IoConnectInterruptEx(&parameters), STATUS_INVALID_PARAMETER);
        parameters.FullySpecified.SpinLock = NULL;
        memset(&seen, 0, sizeof(seen));
        ck_assert_int_eq(IoConnectInterruptEx(&parameters), STATUS_SUCCESS);
        pulse(5);
        ck_assert_uint_eq(seen.lines, 1);
        ck_assert_uint_eq(seen.irql, PASSIVE_LEVEL);
        disconnect(CONNECT_FULLY_SPECIFIED, interrupt);
    }
    pnp_devnode_unref(devnode);
}
END_TEST

START_TEST(the_old_call_needs_no_device)
{
    PKINTERRUPT interrupt = NULL;

    memset(&seen, 0, sizeof(seen));
    ck_assert_int_eq(
        IoConnectInterrupt(&interrupt, on_line, &seen, NULL, 14, 9, 9, Latched, FALSE, 0, FALSE),
        STATUS_INVALID_PARAMETER);
    ck_assert_int_eq(
        IoConnectInterrupt(&interrupt, on_line, &seen, NULL, 14, 9, 9, Latched, FALSE, 1, FALSE),
        STATUS_SUCCESS);
    pulse(14);
    ck_assert_uint_eq(seen.lines, 1);
    ck_assert_uint_eq(seen.irql, 9);
    IoDisconnectInterrupt(interrupt);
    ck_assert_uint_eq(ke_interrupts_connected(), 0);
}
END_TEST

static IO_CONNECT_INTERRUPT_PARAMETERS
by_line(struct pnp_devnode *devnode, PKINTERRUPT *interrupt)
{
    return (IO_CONNECT_INTERRUPT_PARAMETERS){
        .Version = CONNECT_LINE_BASED,
        .LineBased = {.PhysicalDeviceObject = pnp_devnode_pdo(devnode),
                      .InterruptObject = interrupt,
                      .ServiceRoutine = on_line,
                      .ServiceContext = &seen}};
}

START_TEST(one_routine_serves_all_lines_of_a_device)
{
    struct pnp_devnode *devnode = add(2, 0);
    struct pnp_interrupt interrupts[2];
    PKINTERRUPT interrupt = NULL;
    IO_CONNECT_INTERRUPT_PARAMETERS parameters = by_line(devnode, &interrupt);
    KIRQL highest;

    memset(&seen, 0, sizeof(seen));
    (void)pnp_interrupts(devnode, interrupts, 2);
    highest = interrupts[0].irql > interrupts[1].irql ? interrupts[0].irql : interrupts[1].irql;
    ck_assert_int_eq(IoConnectInterruptEx(&parameters), STATUS_SUCCESS);
    pulse(5);
    ck_assert_uint_eq(seen.irql, highest);
    pulse(6);
    ck_assert_uint_eq(seen.irql, highest);
    ck_assert_uint_eq(seen.lines, 2);
    disconnect(CONNECT_LINE_BASED, interrupt);
    parameters = by_line(devnode, &interrupt);
    parameters.LineBased.SynchronizeIrql = 13; /* It is higher: it counts. */
    ck_assert_int_eq(IoConnectInterruptEx(&parameters), STATUS_SUCCESS);
    pulse(5);
    ck_assert_uint_eq(seen.irql, 13);
    disconnect(CONNECT_LINE_BASED, interrupt);
    parameters.LineBased.ServiceRoutine = NULL;
    ck_assert_int_eq(IoConnectInterruptEx(&parameters), STATUS_INVALID_PARAMETER);
    pnp_devnode_unref(devnode);
}
END_TEST

START_TEST(lines_are_not_for_who_has_messages_or_nothing)
{
    struct pnp_devnode *devnode = add(0, 2);
    struct pnp_root_params nothing = {.instance_id = "ROOT\\DISK\\1"};
    struct pnp_devnode *bare = NULL;
    PKINTERRUPT interrupt = NULL;
    IO_CONNECT_INTERRUPT_PARAMETERS parameters = by_line(devnode, &interrupt);

    ck_assert_int_eq(IoConnectInterruptEx(&parameters), STATUS_INVALID_DEVICE_REQUEST);
    ck_assert_int_eq(pnp_root_add(&nothing, &bare), STATUS_SUCCESS);
    parameters = by_line(bare, &interrupt);
    ck_assert_int_eq(IoConnectInterruptEx(&parameters), STATUS_NOT_FOUND);
    pnp_devnode_unref(bare);
    pnp_devnode_unref(devnode);
}
END_TEST

static IO_CONNECT_INTERRUPT_PARAMETERS
by_message(struct pnp_devnode *devnode, PVOID *context, PKSERVICE_ROUTINE fall_back)
{
    return (IO_CONNECT_INTERRUPT_PARAMETERS){
        .Version = CONNECT_MESSAGE_BASED,
        .MessageBased = {.PhysicalDeviceObject = pnp_devnode_pdo(devnode),
                         .ConnectionContext.Generic = context,
                         .MessageServiceRoutine = on_message,
                         .ServiceContext = &seen,
                         .FallBackServiceRoutine = fall_back}};
}

START_TEST(each_message_has_its_entry)
{
    struct pnp_devnode *devnode = add(0, 3);
    PVOID context = NULL;
    IO_CONNECT_INTERRUPT_PARAMETERS parameters = by_message(devnode, &context, on_line);
    IO_REPORT_INTERRUPT_ACTIVE_STATE_PARAMETERS state = {.Version = CONNECT_MESSAGE_BASED};
    PIO_INTERRUPT_MESSAGE_INFO info;
    IO_INTERRUPT_MESSAGE_INFO_ENTRY *entry;

    memset(&seen, 0, sizeof(seen));
    ck_assert_int_eq(IoConnectInterruptEx(&parameters), STATUS_SUCCESS);
    ck_assert_uint_eq(parameters.Version, CONNECT_MESSAGE_BASED);
    info = context;
    ck_assert_uint_eq(info->MessageCount, 3);
    entry = info->MessageInfo;
    for (ULONG i = 0; i < 3; i++, entry++) {
        pulse(entry->Vector);
        ck_assert_uint_eq(seen.last_message, i);
        ck_assert_uint_eq(seen.irql, info->UnifiedIrql);
        ck_assert_uint_ge(info->UnifiedIrql, entry->Irql);
        ck_assert_ptr_nonnull(entry->InterruptObject);
        ck_assert_int_eq(entry->Mode, Latched);
    }
    ck_assert_uint_eq(seen.messages, 3);
    state.ConnectionContext.InterruptMessageTable = info;
    IoReportInterruptInactive(&state);
    ck_assert(!ke_interrupt_pulse(info->MessageInfo[0].Vector));
    IoReportInterruptActive(&state);
    pulse(info->MessageInfo[0].Vector);
    ck_assert_uint_eq(seen.messages, 4);
    disconnect(CONNECT_MESSAGE_BASED, context);
    pnp_devnode_unref(devnode);
}
END_TEST

START_TEST(messages_are_served_at_passive_level_when_asked_for)
{
    struct pnp_devnode *devnode = add(0, 2);
    PVOID context = NULL;
    IO_CONNECT_INTERRUPT_PARAMETERS parameters = by_message(devnode, &context, on_line);
    KSPIN_LOCK lock;

    KeInitializeSpinLock(&lock);
    parameters.Version = CONNECT_MESSAGE_BASED_PASSIVE;
    parameters.MessageBased.SpinLock = &lock;
    ck_assert_int_eq(IoConnectInterruptEx(&parameters), STATUS_INVALID_PARAMETER);
    parameters.MessageBased.SpinLock = NULL;
    parameters.MessageBased.SynchronizeIrql = DISPATCH_LEVEL + 1;
    ck_assert_int_eq(IoConnectInterruptEx(&parameters), STATUS_INVALID_PARAMETER);
    parameters.MessageBased.SynchronizeIrql = PASSIVE_LEVEL;
    memset(&seen, 0, sizeof(seen));
    seen.irql = HIGH_LEVEL;
    ck_assert_int_eq(IoConnectInterruptEx(&parameters), STATUS_SUCCESS);
    ck_assert_uint_eq(parameters.Version, CONNECT_MESSAGE_BASED_PASSIVE);
    ck_assert_uint_eq(((PIO_INTERRUPT_MESSAGE_INFO)context)->UnifiedIrql, PASSIVE_LEVEL);
    ck_assert(ke_interrupt_pulse(((PIO_INTERRUPT_MESSAGE_INFO)context)->MessageInfo[1].Vector));
    /* A thread of the line's serves it; its end is waited for. */
    disconnect(CONNECT_MESSAGE_BASED_PASSIVE, context);
    if (seen.messages != 0) {
        ck_assert_uint_eq(seen.last_message, 1);
        ck_assert_uint_eq(seen.irql, PASSIVE_LEVEL);
    }
    pnp_devnode_unref(devnode);
}
END_TEST

START_TEST(a_device_without_messages_gets_the_fall_back)
{
    struct pnp_devnode *devnode = add(1, 0);
    PVOID context = NULL;
    IO_CONNECT_INTERRUPT_PARAMETERS parameters = by_message(devnode, &context, on_line);

    memset(&seen, 0, sizeof(seen));
    ck_assert_int_eq(IoConnectInterruptEx(&parameters), STATUS_SUCCESS);
    ck_assert_uint_eq(parameters.Version, CONNECT_LINE_BASED);
    pulse(5);
    ck_assert_uint_eq(seen.lines, 1);
    ck_assert_uint_eq(seen.messages, 0);
    disconnect(parameters.Version, context);
    parameters = by_message(devnode, &context, NULL);
    ck_assert_int_eq(IoConnectInterruptEx(&parameters), STATUS_NOT_FOUND);
    pnp_devnode_unref(devnode);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("nt/io_interrupt");
    TCase *tests = tcase_create("interrupt");
    SRunner *runner;
    int failed;

    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, what_is_given_can_be_asked_for);
    tcase_add_test(tests, a_vector_that_is_fully_specified);
    tcase_add_test(tests, wrong_parameters_are_refused);
    tcase_add_test(tests, the_old_call_needs_no_device);
    tcase_add_test(tests, one_routine_serves_all_lines_of_a_device);
    tcase_add_test(tests, lines_are_not_for_who_has_messages_or_nothing);
    tcase_add_test(tests, each_message_has_its_entry);
    tcase_add_test(tests, messages_are_served_at_passive_level_when_asked_for);
    tcase_add_test(tests, a_device_without_messages_gets_the_fall_back);
    suite_add_tcase(suite, tests);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}

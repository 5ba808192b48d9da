/* SPDX-License-Identifier: MIT */
/*
 * Connecting drivers' service routines to their devices' interrupts. A device's messages are
 * interrupt objects of their own that share one lock; its lines are one object.
 */
#include "nt/ke/interrupt.h"

#include "nt/io/io_priv.h"
#include "nt/pnp/pnp.h"

#define INTERRUPT_TAG 'tnIK'

/* Where messages are written to on x64. */
#define MESSAGE_ADDRESS 0xFEE00000u

/* What IO_INTERRUPT_MESSAGE_INFO stands behind. */
struct message_table {
    KSPIN_LOCK lock; /* Of all messages, unless the driver has one. */
    IO_INTERRUPT_MESSAGE_INFO info;
};

/* The interrupts of a device: in pool, NULL with a count of 0. */
static NTSTATUS
interrupts_of(PDEVICE_OBJECT pdo, struct pnp_interrupt **ret_interrupts, size_t *ret_count)
{
    struct pnp_devnode *devnode = pnp_devnode_of(pdo);
    size_t room = 0;
    size_t count = devnode != NULL ? pnp_interrupts(devnode, NULL, 0) : 0;

    *ret_interrupts = NULL;
    *ret_count = 0;
    if (count != 0) {
        *ret_interrupts = ExAllocatePool2(POOL_FLAG_NON_PAGED, count * sizeof(struct pnp_interrupt),
                                          INTERRUPT_TAG);
        room = *ret_interrupts != NULL ? count : 0;
        count = pnp_interrupts(devnode, *ret_interrupts, room);
    }
    if (devnode != NULL) {
        pnp_devnode_unref(devnode);
    }
    if (count > room) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    *ret_count = count;
    return count != 0 ? STATUS_SUCCESS : STATUS_NOT_FOUND;
}

/* Fully specified ----------------------------------------------------------------------------- */

static NTSTATUS
connect_vector(const IO_CONNECT_INTERRUPT_FULLY_SPECIFIED_PARAMETERS *from)
{
    struct ke_interrupt_params params = {
        .routine = from->ServiceRoutine,
        .context = from->ServiceContext,
        .lock = from->SpinLock,
        .irql = from->SynchronizeIrql,
        .mode = from->InterruptMode,
        .shared = from->ShareVector,
        .vectors = &from->Vector,
        .count = 1,
    };

    if (from->InterruptObject == NULL || from->ServiceRoutine == NULL ||
        from->SynchronizeIrql < from->Irql || from->SynchronizeIrql > HIGH_LEVEL) {
        return STATUS_INVALID_PARAMETER;
    }
    if (from->SynchronizeIrql == PASSIVE_LEVEL && from->SpinLock != NULL) {
        return STATUS_INVALID_PARAMETER; /* It is synchronized by an event of the system's. */
    }
    return ke_interrupt_connect(&params, from->InterruptObject);
}

static NTSTATUS
connect_fully_specified(const IO_CONNECT_INTERRUPT_FULLY_SPECIFIED_PARAMETERS *from)
{
    if (from->PhysicalDeviceObject == NULL) {
        return STATUS_INVALID_PARAMETER;
    }
    if ((from->ProcessorEnableMask & KeQueryActiveProcessors()) == 0) {
        return STATUS_INVALID_PARAMETER_10;
    }
    if (!pnp_vector_is_given(from->Vector)) {
        return STATUS_NOT_FOUND;
    }
    return connect_vector(from);
}

NTSTATUS
IoConnectInterrupt(PKINTERRUPT *InterruptObject, PKSERVICE_ROUTINE ServiceRoutine,
                   PVOID ServiceContext, PKSPIN_LOCK SpinLock, ULONG Vector, KIRQL Irql,
                   KIRQL SynchronizeIrql, KINTERRUPT_MODE InterruptMode, BOOLEAN ShareVector,
                   KAFFINITY ProcessorEnableMask, BOOLEAN FloatingSave)
{
    IO_CONNECT_INTERRUPT_FULLY_SPECIFIED_PARAMETERS parameters = {
        .InterruptObject = InterruptObject,
        .ServiceRoutine = ServiceRoutine,
        .ServiceContext = ServiceContext,
        .SpinLock = SpinLock,
        .SynchronizeIrql = SynchronizeIrql,
        .FloatingSave = FloatingSave,
        .ShareVector = ShareVector,
        .Vector = Vector,
        .Irql = Irql,
        .InterruptMode = InterruptMode,
        .ProcessorEnableMask = ProcessorEnableMask,
    };

    if ((ProcessorEnableMask & KeQueryActiveProcessors()) == 0) {
        return STATUS_INVALID_PARAMETER;
    }
    return connect_vector(&parameters);
}

/* Lines --------------------------------------------------------------------------------------- */

static bool
has_messages(const struct pnp_interrupt *interrupts, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (interrupts[i].message) {
            return true;
        }
    }
    return false;
}

/* "The system uses this value only if it is greater than the maximum IRQL of the set of interrupts." */
static KIRQL
highest_irql(const struct pnp_interrupt *interrupts, size_t count, KIRQL synchronize)
{
    KIRQL highest = synchronize;

    for (size_t i = 0; i < count; i++) {
        highest = interrupts[i].irql > highest ? interrupts[i].irql : highest;
    }
    return highest;
}

static NTSTATUS
connect_lines(const IO_CONNECT_INTERRUPT_LINE_BASED_PARAMETERS *from, bool passive,
              const struct pnp_interrupt *interrupts, size_t count)
{
    ULONG *vectors = ExAllocatePool2(POOL_FLAG_NON_PAGED, count * sizeof(ULONG), INTERRUPT_TAG);
    struct ke_interrupt_params params = {
        .routine = from->ServiceRoutine,
        .context = from->ServiceContext,
        .lock = from->SpinLock,
        .irql = passive ? PASSIVE_LEVEL : highest_irql(interrupts, count, from->SynchronizeIrql),
        .mode = interrupts[0].mode,
        .shared = interrupts[0].shared,
        .vectors = vectors,
        .count = count,
    };
    NTSTATUS status = STATUS_INVALID_PARAMETER;

    if (vectors == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    for (size_t i = 0; i < count; i++) {
        vectors[i] = interrupts[i].vector;
    }
    if (params.irql != PASSIVE_LEVEL || from->SpinLock == NULL) {
        status = ke_interrupt_connect(&params, from->InterruptObject);
    }
    ExFreePoolWithTag(vectors, INTERRUPT_TAG);
    return status;
}

static NTSTATUS
connect_line_based(const IO_CONNECT_INTERRUPT_LINE_BASED_PARAMETERS *from)
{
    struct pnp_interrupt *interrupts;
    NTSTATUS status;
    size_t count;

    if (from->PhysicalDeviceObject == NULL || from->InterruptObject == NULL ||
        from->ServiceRoutine == NULL) {
        return STATUS_INVALID_PARAMETER;
    }
    status = interrupts_of(from->PhysicalDeviceObject, &interrupts, &count);
    if (NT_SUCCESS(status)) {
        status = has_messages(interrupts, count) ? STATUS_INVALID_DEVICE_REQUEST
                                                 : connect_lines(from, false, interrupts, count);
    }
    if (interrupts != NULL) {
        ExFreePoolWithTag(interrupts, INTERRUPT_TAG);
    }
    return status;
}

/* Messages ------------------------------------------------------------------------------------ */

static void
disconnect_messages(PIO_INTERRUPT_MESSAGE_INFO info)
{
    IO_INTERRUPT_MESSAGE_INFO_ENTRY *entry = info->MessageInfo;

    for (ULONG i = 0; i < info->MessageCount; i++, entry++) {
        if (entry->InterruptObject != NULL) {
            ke_interrupt_disconnect(entry->InterruptObject);
        }
    }
    ExFreePoolWithTag(CONTAINING_RECORD(info, struct message_table, info), INTERRUPT_TAG);
}

static struct message_table *
make_table(const struct pnp_interrupt *interrupts, size_t count, KIRQL irql)
{
    struct message_table *table = ExAllocatePool2(
        POOL_FLAG_NON_PAGED, sizeof(*table) + count * sizeof(IO_INTERRUPT_MESSAGE_INFO_ENTRY),
        INTERRUPT_TAG);
    IO_INTERRUPT_MESSAGE_INFO_ENTRY *entry;

    if (table == NULL) {
        return NULL;
    }
    KeInitializeSpinLock(&table->lock);
    table->info.UnifiedIrql = irql;
    table->info.MessageCount = (ULONG)count;
    entry = table->info.MessageInfo;
    for (size_t i = 0; i < count; i++) {
        *entry++ = (IO_INTERRUPT_MESSAGE_INFO_ENTRY){
            .MessageAddress.QuadPart = MESSAGE_ADDRESS,
            .TargetProcessorSet = interrupts[i].affinity,
            .MessageData = interrupts[i].vector,
            .Vector = interrupts[i].vector,
            .Irql = interrupts[i].irql,
            .Mode = Latched,
            .Polarity = InterruptActiveHigh,
        };
    }
    return table;
}

static NTSTATUS
connect_messages(const IO_CONNECT_INTERRUPT_MESSAGE_BASED_PARAMETERS *from, bool passive,
                 const struct pnp_interrupt *interrupts, size_t count)
{
    KIRQL irql = passive ? PASSIVE_LEVEL : highest_irql(interrupts, count, from->SynchronizeIrql);
    struct message_table *table = make_table(interrupts, count, irql);
    IO_INTERRUPT_MESSAGE_INFO_ENTRY *entry;
    NTSTATUS status = STATUS_SUCCESS;

    if (table == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    *from->ConnectionContext.InterruptMessageTable = &table->info; /* A routine may look at it. */
    entry = table->info.MessageInfo;
    for (size_t i = 0; i < count && NT_SUCCESS(status); i++, entry++) {
        struct ke_interrupt_params params = {
            .message_routine = from->MessageServiceRoutine,
            .message_id = (ULONG)i,
            .context = from->ServiceContext,
            .lock = passive                  ? NULL
                    : from->SpinLock != NULL ? from->SpinLock
                                             : &table->lock,
            .irql = irql,
            .mode = Latched,
            .shared = interrupts[i].shared,
            .vectors = &interrupts[i].vector,
            .count = 1,
        };

        status = ke_interrupt_connect(&params, &entry->InterruptObject);
    }
    if (!NT_SUCCESS(status)) {
        *from->ConnectionContext.Generic = NULL;
        disconnect_messages(&table->info);
    }
    return status;
}

/* A device that has lines only gets the fall-back routine, when there is one. */
static NTSTATUS
connect_message_based(PIO_CONNECT_INTERRUPT_PARAMETERS parameters)
{
    IO_CONNECT_INTERRUPT_MESSAGE_BASED_PARAMETERS from = parameters->MessageBased;
    IO_CONNECT_INTERRUPT_LINE_BASED_PARAMETERS lines = {
        .PhysicalDeviceObject = from.PhysicalDeviceObject,
        .InterruptObject = from.ConnectionContext.InterruptObject,
        .ServiceRoutine = from.FallBackServiceRoutine,
        .ServiceContext = from.ServiceContext,
        .SpinLock = from.SpinLock,
        .SynchronizeIrql = from.SynchronizeIrql,
        .FloatingSave = from.FloatingSave,
    };
    const bool passive = parameters->Version == CONNECT_MESSAGE_BASED_PASSIVE;
    struct pnp_interrupt *interrupts;
    NTSTATUS status;
    size_t count;

    if (from.PhysicalDeviceObject == NULL || from.ConnectionContext.Generic == NULL ||
        from.MessageServiceRoutine == NULL) {
        return STATUS_INVALID_PARAMETER;
    }
    if (passive && (from.SpinLock != NULL || from.SynchronizeIrql != PASSIVE_LEVEL)) {
        return STATUS_INVALID_PARAMETER; /* It is synchronized by an event of the system's. */
    }
    status = interrupts_of(from.PhysicalDeviceObject, &interrupts, &count);
    if (NT_SUCCESS(status) && has_messages(interrupts, count)) {
        status = connect_messages(&from, passive, interrupts, count);
    } else if (NT_SUCCESS(status) && from.FallBackServiceRoutine == NULL) {
        status = STATUS_NOT_FOUND;
    } else if (NT_SUCCESS(status)) {
        parameters->Version = CONNECT_LINE_BASED;
        status = connect_lines(&lines, passive, interrupts, count);
    }
    if (interrupts != NULL) {
        ExFreePoolWithTag(interrupts, INTERRUPT_TAG);
    }
    return status;
}

static bool
is_message_based(ULONG version)
{
    return version == CONNECT_MESSAGE_BASED || version == CONNECT_MESSAGE_BASED_PASSIVE;
}

/* Any version --------------------------------------------------------------------------------- */

NTSTATUS
IoConnectInterruptEx(PIO_CONNECT_INTERRUPT_PARAMETERS Parameters)
{
    switch (Parameters->Version) {
    case CONNECT_FULLY_SPECIFIED:
    case CONNECT_FULLY_SPECIFIED_GROUP:
        return connect_fully_specified(&Parameters->FullySpecified);
    case CONNECT_LINE_BASED:
        return connect_line_based(&Parameters->LineBased);
    case CONNECT_MESSAGE_BASED:
    case CONNECT_MESSAGE_BASED_PASSIVE:
        return connect_message_based(Parameters);
    default:
        return STATUS_INVALID_PARAMETER_1;
    }
}

VOID
IoDisconnectInterrupt(PKINTERRUPT InterruptObject)
{
    ke_interrupt_disconnect(InterruptObject);
}

VOID
IoDisconnectInterruptEx(PIO_DISCONNECT_INTERRUPT_PARAMETERS Parameters)
{
    if (is_message_based(Parameters->Version)) {
        disconnect_messages(Parameters->ConnectionContext.InterruptMessageTable);
    } else {
        ke_interrupt_disconnect(Parameters->ConnectionContext.InterruptObject);
    }
}

static void
report(const IO_REPORT_INTERRUPT_ACTIVE_STATE_PARAMETERS *parameters, bool active)
{
    PIO_INTERRUPT_MESSAGE_INFO info = parameters->ConnectionContext.InterruptMessageTable;
    IO_INTERRUPT_MESSAGE_INFO_ENTRY *entry;

    if (!is_message_based(parameters->Version)) {
        ke_interrupt_set_active(parameters->ConnectionContext.InterruptObject, active);
        return;
    }
    entry = info->MessageInfo;
    for (ULONG i = 0; i < info->MessageCount; i++, entry++) {
        ke_interrupt_set_active(entry->InterruptObject, active);
    }
}

VOID
IoReportInterruptActive(PIO_REPORT_INTERRUPT_ACTIVE_STATE_PARAMETERS Parameters)
{
    report(Parameters, true);
}

VOID
IoReportInterruptInactive(PIO_REPORT_INTERRUPT_ACTIVE_STATE_PARAMETERS Parameters)
{
    report(Parameters, false);
}

/* SPDX-License-Identifier: MIT */
/*
 * Interrupt objects: how they are made, what they are given, when and at what IRQL their callbacks
 * run, what their lock keeps apart. In simulated time: an interrupt is served by another
 * thread, bench_wait_quiet is after it.
 */
#include <stdio.h>

#include "events.h"
#include "pnp_test.h"

static struct bench_device *bench_dev;

/* One interrupt of the test's driver, and what its callbacks saw. */
struct irq {
    WDF_INTERRUPT_CONFIG config;
    WDF_OBJECT_ATTRIBUTES attributes;
    WDFINTERRUPT handle;
    NTSTATUS status; /* Of its creation. */
    const char *name;
    bool release_line; /* The service routine makes the hardware let go, if it held: */
    struct bench_device *device;
    unsigned index;
    bool dpc;  /* The service routine queues the DPC, */
    bool work; /* ... the work item. */
    NTSTATUS enable_status;
    NTSTATUS disable_status;
    unsigned served;
    LONG deferred;
    ULONG message;
    KIRQL isr_irql;
    KIRQL enable_irql;
    KIRQL deferred_irql;
    BOOLEAN queued;
    BOOLEAN queued_again;
    WDFOBJECT associated;
    PKINTERRUPT wdm_in_isr;
};

static struct irq irqs[8];
static unsigned irq_count;

static const struct bench_resource edge_line = {
    .kind = BENCH_INTERRUPT, .minimum = 5, .maximum = 5, .flags = CM_RESOURCE_INTERRUPT_LATCHED};
static const struct bench_resource level_line = {
    .kind = BENCH_INTERRUPT, .minimum = 10, .maximum = 10, .shared = true};

#define MESSAGES(n)                                                                                \
    {                                                                                              \
        .kind = BENCH_INTERRUPT, .minimum = CM_RESOURCE_INTERRUPT_MESSAGE_TOKEN - (n) + 1,         \
        .maximum = CM_RESOURCE_INTERRUPT_MESSAGE_TOKEN,                                            \
        .flags = CM_RESOURCE_INTERRUPT_MESSAGE | CM_RESOURCE_INTERRUPT_LATCHED                     \
    }

static struct irq *
irq_of(WDFINTERRUPT handle)
{
    for (unsigned i = 0; i < irq_count; i++) {
        if (irqs[i].handle == handle) {
            return &irqs[i];
        }
    }
    ck_abort_msg("unknown interrupt");
}

static void
note(const struct irq *irq, const char *what)
{
    char text[64];

    snprintf(text, sizeof(text), "%s%s", what, irq->name != NULL ? irq->name : "");
    events_note(text);
}

/* --- The driver's callbacks --------------------------------------------------------------------- */

static BOOLEAN
on_isr(WDFINTERRUPT interrupt, ULONG message)
{
    struct irq *irq = irq_of(interrupt);

    note(irq, "isr");
    irq->served++;
    irq->message = message;
    irq->isr_irql = KeGetCurrentIrql();
    irq->wdm_in_isr = WdfInterruptWdmGetInterrupt(interrupt);
    if (irq->dpc) {
        irq->queued = WdfInterruptQueueDpcForIsr(interrupt);
        irq->queued_again = WdfInterruptQueueDpcForIsr(interrupt);
    }
    if (irq->work) {
        irq->queued = WdfInterruptQueueWorkItemForIsr(interrupt);
        irq->queued_again = WdfInterruptQueueWorkItemForIsr(interrupt);
    }
    if (irq->release_line) {
        SUCCEEDS(bench_interrupt_hold(irq->device, irq->index, false));
        irq->release_line = false;
        return TRUE;
    }
    return FALSE;
}

static VOID
on_dpc(WDFINTERRUPT interrupt, WDFOBJECT associated)
{
    struct irq *irq = irq_of(interrupt);

    note(irq, "dpc");
    irq->deferred++;
    irq->deferred_irql = KeGetCurrentIrql();
    irq->associated = associated;
}

static VOID
on_work(WDFINTERRUPT interrupt, WDFOBJECT associated)
{
    on_dpc(interrupt, associated);
}

static NTSTATUS
on_enable(WDFINTERRUPT interrupt, WDFDEVICE device)
{
    struct irq *irq = irq_of(interrupt);

    ck_assert_ptr_eq(device, WdfInterruptGetDevice(interrupt));
    ck_assert_ptr_nonnull(WdfInterruptWdmGetInterrupt(interrupt));
    note(irq, "enable");
    irq->enable_irql = KeGetCurrentIrql();
    return irq->enable_status;
}

static NTSTATUS
on_disable(WDFINTERRUPT interrupt, WDFDEVICE device)
{
    struct irq *irq = irq_of(interrupt);

    ck_assert_ptr_eq(device, WdfInterruptGetDevice(interrupt));
    ck_assert_ptr_nonnull(WdfInterruptWdmGetInterrupt(interrupt));
    ck_assert_uint_eq(KeGetCurrentIrql(), irq->enable_irql);
    note(irq, "disable");
    return irq->disable_status;
}

static VOID
on_irq_cleanup(WDFOBJECT object)
{
    ck_assert_uint_eq(KeGetCurrentIrql(), PASSIVE_LEVEL);
    note(irq_of(object), "irq-cleanup");
}

/* A new interrupt for the next device; the caller changes its configuration. */
static struct irq *
new_irq(const char *name)
{
    struct irq *irq = &irqs[irq_count++];

    *irq = (struct irq){.name = name, .status = 1};
    WDF_INTERRUPT_CONFIG_INIT(&irq->config, on_isr, NULL);
    irq->config.EvtInterruptEnable = on_enable;
    irq->config.EvtInterruptDisable = on_disable;
    WDF_OBJECT_ATTRIBUTES_INIT(&irq->attributes);
    return irq;
}

static void
create_irqs(struct pnp_node *node)
{
    for (unsigned i = 0; i < irq_count; i++) {
        if (irqs[i].status == 1) {
            irqs[i].status = WdfInterruptCreate(node->device, &irqs[i].config, &irqs[i].attributes,
                                                &irqs[i].handle);
        }
    }
}

/* The device starts with the interrupts that were made ready. */
static void
start(struct pnp_node *node, const struct bench_resource *resources, size_t count)
{
    node->created = create_irqs;
    node->resources = resources;
    node->resource_count = count;
    SUCCEEDS(pnp_add(NULL, node, NULL, &bench_dev));
    for (unsigned i = 0; i < irq_count; i++) {
        irqs[i].device = bench_dev;
        SUCCEEDS(irqs[i].status);
    }
}

static void
begin(void)
{
    irq_count = 0;
}

static void
interrupt(unsigned index)
{
    SUCCEEDS(bench_interrupt(bench_dev, index));
    bench_wait_quiet(pnp_bench);
}

/* What was deferred may have run already when the routine asks for it again. */
static void
begins_with(const char *text)
{
    ck_assert_int_eq(strncmp(pnp_events(), text, strlen(text)), 0);
}

static void
remove_device(void)
{
    SUCCEEDS(bench_device_remove(bench_dev));
    (void)pnp_events();
}

/* --- The order of things ------------------------------------------------------------------------ */

PNP_TEST(callbacks_come_between_d0entry_and_post_and_between_pre_and_d0exit)
{
    struct pnp_node node = {0};
    WDF_OBJECT_ATTRIBUTES *attributes;

    begin();
    new_irq("-a");
    new_irq("-b");
    attributes = &irqs[0].attributes;
    attributes->EvtCleanupCallback = on_irq_cleanup;
    start(&node, (struct bench_resource[]){edge_line, level_line}, 2);
    EXPECT("prepare d0entry:D3Final enable-a enable-b post:D3Final init ");
    SUCCEEDS(bench_device_stop(bench_dev));
    EXPECT("query-stop suspend pre:D3Final disable-b disable-a d0exit:D3Final release ");
    SUCCEEDS(bench_device_start(bench_dev));
    EXPECT("prepare d0entry:D3Final enable-a enable-b post:D3Final restart ");
    SUCCEEDS(bench_device_remove(bench_dev));
    EXPECT("query-remove suspend pre:D3Final disable-b disable-a d0exit:D3Final release flush "
           "cleanup irq-cleanup-a object-cleanup ");
}

PNP_TEST(a_routine_runs_at_dirql_its_dpc_at_dispatch_level)
{
    struct pnp_node node = {0};
    struct irq *irq;

    begin();
    irq = new_irq("");
    irq->config.EvtInterruptDpc = on_dpc;
    irq->dpc = true;
    start(&node, &edge_line, 1);
    (void)pnp_events();
    interrupt(0);
    begins_with("isr dpc ");
    ck_assert_int_eq(irq->deferred, 1 + irq->queued_again);
    ck_assert_uint_gt(irq->isr_irql, DISPATCH_LEVEL);
    ck_assert_uint_eq(irq->enable_irql, irq->isr_irql);
    ck_assert_uint_eq(irq->deferred_irql, DISPATCH_LEVEL);
    ck_assert_ptr_eq(irq->associated, node.device);
    ck_assert(irq->queued);
    ck_assert_ptr_nonnull(irq->wdm_in_isr);
    ck_assert_uint_eq(irq->message, 0);
    interrupt(0);
    ck_assert_uint_eq(irq->served, 2);
    ck_assert_int_eq(bench_interrupt(bench_dev, 1), STATUS_NOT_FOUND);
    ck_assert_int_eq(bench_interrupt_hold(bench_dev, 1, true), STATUS_NOT_FOUND);
    remove_device();
}

/* The DPC runs on one thread, held up here by the test's own lock of the same IRQL. */
PNP_TEST(a_dpc_is_queued_once_until_it_runs)
{
    struct pnp_node node = {0};
    struct irq *irq;

    begin();
    irq = new_irq("");
    irq->config.EvtInterruptDpc = on_dpc;
    irq->config.AutomaticSerialization = TRUE;
    node.scope_device = true;
    start(&node, &edge_line, 1);
    WdfObjectAcquireLock(node.device); /* The DPC waits for it. */
    ck_assert(WdfInterruptQueueDpcForIsr(irq->handle));
    bench_advance(pnp_bench, 1);
    ck_assert_int_eq(irq->deferred, 0);
    ck_assert(WdfInterruptQueueDpcForIsr(irq->handle)); /* The first one has begun. */
    ck_assert(!WdfInterruptQueueDpcForIsr(irq->handle));
    WdfObjectReleaseLock(node.device);
    bench_wait_quiet(pnp_bench);
    ck_assert_int_eq(irq->deferred, 2);
    remove_device();
}

PNP_TEST(work_items_run_at_passive_level_from_either_kind_of_routine)
{
    struct pnp_node node = {0};
    struct irq *high;
    struct irq *low;

    begin();
    high = new_irq("-high");
    high->config.EvtInterruptWorkItem = on_work;
    high->work = true;
    low = new_irq("-low");
    low->config.EvtInterruptWorkItem = on_work;
    low->config.PassiveHandling = TRUE;
    low->work = true;
    start(&node, (struct bench_resource[]){edge_line, level_line}, 2);
    (void)pnp_events();
    interrupt(0);
    begins_with("isr-high dpc-high ");
    ck_assert_int_eq(high->deferred, 1 + high->queued_again);
    ck_assert_uint_eq(high->deferred_irql, PASSIVE_LEVEL);
    ck_assert_ptr_eq(high->associated, node.device);
    ck_assert(high->queued);
    low->release_line = true;
    low->index = 1;
    SUCCEEDS(bench_interrupt_hold(bench_dev, 1, true));
    bench_wait_quiet(pnp_bench);
    begins_with("isr-low dpc-low ");
    ck_assert_int_eq(low->deferred, 1 + low->queued_again);
    ck_assert_uint_eq(low->isr_irql, PASSIVE_LEVEL);
    ck_assert_uint_eq(low->enable_irql, PASSIVE_LEVEL);
    ck_assert_uint_eq(low->deferred_irql, PASSIVE_LEVEL);
    ck_assert(low->queued);
    remove_device();
}

static KEVENT work_begun;
static KEVENT work_may_end;
static unsigned works;

static VOID
on_held_work(WDFINTERRUPT Interrupt, WDFOBJECT AssociatedObject)
{
    if (works++ == 0) {
        KeSetEvent(&work_begun, 0, FALSE);
        (void)KeWaitForSingleObject(&work_may_end, Executive, KernelMode, FALSE, NULL);
    }
}

static BOOLEAN
queue_at_dirql(WDFINTERRUPT interrupt)
{
    BOOLEAN queued;

    WdfInterruptAcquireLock(interrupt);
    ck_assert_uint_gt(KeGetCurrentIrql(), DISPATCH_LEVEL);
    queued = WdfInterruptQueueWorkItemForIsr(interrupt);
    WdfInterruptReleaseLock(interrupt);
    KeFlushQueuedDpcs();
    return queued;
}

/* At DIRQL an internal DPC comes first; what the call answers is about the work item all the same. */
PNP_TEST(a_work_item_is_queued_once_until_it_runs_whoever_asks)
{
    struct pnp_node node = {0};
    struct irq *irq;

    begin();
    KeInitializeEvent(&work_begun, NotificationEvent, FALSE);
    KeInitializeEvent(&work_may_end, NotificationEvent, FALSE);
    irq = new_irq("");
    irq->config.EvtInterruptWorkItem = on_held_work;
    start(&node, &edge_line, 1);
    ck_assert(queue_at_dirql(irq->handle));
    (void)KeWaitForSingleObject(&work_begun, Executive, KernelMode, FALSE, NULL);
    ck_assert(queue_at_dirql(irq->handle)); /* The first one has begun. */
    ck_assert(!queue_at_dirql(irq->handle));
    ck_assert(!WdfInterruptQueueWorkItemForIsr(irq->handle));
    KeSetEvent(&work_may_end, 0, FALSE);
    bench_wait_quiet(pnp_bench);
    ck_assert_uint_eq(works, 2);
    ck_assert(WdfInterruptQueueWorkItemForIsr(irq->handle));
    bench_wait_quiet(pnp_bench);
    ck_assert_uint_eq(works, 3);
    remove_device();
}

/* --- Resources ---------------------------------------------------------------------------------- */

PNP_TEST(info_is_what_the_device_was_given_between_prepare_and_release)
{
    struct pnp_node node = {0};
    WDF_INTERRUPT_INFO info;

    begin();
    new_irq("-a");
    new_irq("-b")->config.PassiveHandling = TRUE;
    new_irq("-c"); /* There is none for it. */
    start(&node, (struct bench_resource[]){edge_line, level_line}, 2);
    EXPECT("prepare d0entry:D3Final enable-a enable-b post:D3Final init ");
    WDF_INTERRUPT_INFO_INIT(&info);
    WdfInterruptGetInfo(irqs[0].handle, &info);
    ck_assert_uint_eq(info.Vector, 5);
    ck_assert_uint_eq(info.Irql, irqs[0].enable_irql);
    ck_assert_int_eq(info.Mode, Latched);
    ck_assert_uint_eq(info.ShareDisposition, CmResourceShareDeviceExclusive);
    ck_assert(!info.MessageSignaled);
    ck_assert_uint_ne(info.TargetProcessorSet, 0);
    WdfInterruptGetInfo(irqs[1].handle, &info);
    ck_assert_uint_eq(info.Vector, 10);
    ck_assert_uint_eq(info.Irql, PASSIVE_LEVEL);
    ck_assert_int_eq(info.Mode, LevelSensitive);
    ck_assert_uint_eq(info.ShareDisposition, CmResourceShareShared);
    WdfInterruptGetInfo(irqs[2].handle, &info);
    ck_assert_uint_eq(info.Vector, 0);
    ck_assert_ptr_nonnull(WdfInterruptWdmGetInterrupt(irqs[0].handle));
    ck_assert_ptr_null(WdfInterruptWdmGetInterrupt(irqs[2].handle));
    SUCCEEDS(bench_device_stop(bench_dev));
    ck_assert_ptr_null(WdfInterruptWdmGetInterrupt(irqs[0].handle));
    WdfInterruptGetInfo(irqs[0].handle, &info);
    ck_assert_uint_eq(info.Vector, 0);
    ck_assert_uint_eq(info.Size, sizeof(info));
    SUCCEEDS(bench_device_start(bench_dev));
    remove_device();
}

/* One descriptor of two messages, then one more, as a device with both capabilities would have. */
PNP_TEST(each_message_is_an_interrupt_of_its_own)
{
    struct pnp_node node = {0};
    WDF_INTERRUPT_INFO info;

    begin();
    for (unsigned i = 0; i < 4; i++) {
        new_irq("");
    }
    start(&node, (struct bench_resource[]){MESSAGES(2), MESSAGES(1)}, 2);
    (void)pnp_events();
    WDF_INTERRUPT_INFO_INIT(&info);
    for (unsigned i = 0; i < 3; i++) {
        interrupt(i);
        ck_assert_uint_eq(irqs[i].served, 1);
        ck_assert_uint_eq(irqs[i].message, i);
        WdfInterruptGetInfo(irqs[i].handle, &info);
        ck_assert(info.MessageSignaled);
        ck_assert_uint_eq(info.MessageNumber, i);
    }
    ck_assert_int_eq(bench_interrupt(bench_dev, 3), STATUS_NOT_FOUND);
    ck_assert_uint_eq(irqs[3].served, 0);
    remove_device();
}

static NTSTATUS
prepare_irqs(struct pnp_node *node, WDFCMRESLIST raw, WDFCMRESLIST translated)
{
    for (unsigned i = 0; i < irq_count; i++) {
        ULONG index = i < WdfCmResourceListGetCount(raw) ? i : 0; /* The last ones share one. */

        irqs[i].config.InterruptRaw = WdfCmResourceListGetDescriptor(raw, index);
        irqs[i].config.InterruptTranslated = WdfCmResourceListGetDescriptor(translated, index);
        irqs[i].status =
            WdfInterruptCreate(node->device, &irqs[i].config, &irqs[i].attributes, &irqs[i].handle);
    }
    return STATUS_SUCCESS;
}

PNP_TEST(interrupts_may_be_made_in_prepare_hardware_and_go_with_the_hardware)
{
    struct pnp_node node = {
        .prepare = prepare_irqs,
        .resources = (struct bench_resource[]){MESSAGES(2), edge_line},
        .resource_count = 2,
    };

    begin();
    for (unsigned i = 0; i < 3; i++) {
        new_irq(i == 0 ? "-m0" : i == 1 ? "-line" : "-m1");
        irqs[i].attributes.EvtCleanupCallback = on_irq_cleanup;
    }
    SUCCEEDS(pnp_add(NULL, &node, NULL, &bench_dev));
    EXPECT("prepare d0entry:D3Final enable-m0 enable-line enable-m1 post:D3Final init ");
    interrupt(0);
    interrupt(1);
    interrupt(2);
    EXPECT("isr-m0 isr-m1 isr-line ");
    ck_assert_uint_eq(irqs[0].message, 0);
    ck_assert_uint_eq(irqs[2].message, 1);
    SUCCEEDS(bench_device_stop(bench_dev));
    EXPECT("query-stop suspend pre:D3Final disable-m1 disable-line disable-m0 d0exit:D3Final "
           "release irq-cleanup-m0 irq-cleanup-line irq-cleanup-m1 ");
    SUCCEEDS(bench_device_start(bench_dev));
    EXPECT("prepare d0entry:D3Final enable-m0 enable-line enable-m1 post:D3Final restart ");
    remove_device();
}

static void
set_policies(struct pnp_node *node)
{
    WDF_INTERRUPT_EXTENDED_POLICY policy;

    create_irqs(node);
    WdfInterruptSetPolicy(irqs[0].handle, WdfIrqPolicySpecifiedProcessors, WdfIrqPriorityHigh, 1);
    WDF_INTERRUPT_EXTENDED_POLICY_INIT(&policy);
    policy.Policy = WdfIrqPolicySpecifiedProcessors;
    policy.Priority = WdfIrqPriorityLow;
    policy.TargetProcessorSetAndGroup.Mask = 1;
    WdfInterruptSetExtendedPolicy(irqs[1].handle, &policy);
    policy.TargetProcessorSetAndGroup.Mask = 0; /* None that there is: any. */
    WdfInterruptSetExtendedPolicy(irqs[2].handle, &policy);
}

PNP_TEST(policies_and_sharing_reach_the_resources)
{
    struct pnp_node node = {
        .created = set_policies,
        .resources = (struct bench_resource[]){edge_line, level_line, MESSAGES(1)},
        .resource_count = 3,
    };
    WDF_INTERRUPT_INFO info;

    begin();
    new_irq("")->config.ShareVector = WdfTrue;
    new_irq("")->config.ShareVector = WdfFalse;
    new_irq("");
    SUCCEEDS(pnp_add(NULL, &node, NULL, &bench_dev));
    WDF_INTERRUPT_INFO_INIT(&info);
    WdfInterruptGetInfo(irqs[0].handle, &info);
    ck_assert_uint_eq(info.TargetProcessorSet, 1);
    ck_assert_uint_eq(info.ShareDisposition, CmResourceShareShared);
    WdfInterruptGetInfo(irqs[1].handle, &info);
    ck_assert_uint_eq(info.TargetProcessorSet, 1);
    ck_assert_uint_eq(info.ShareDisposition, CmResourceShareDeviceExclusive);
    WdfInterruptGetInfo(irqs[2].handle, &info);
    ck_assert_uint_eq(info.TargetProcessorSet, (KAFFINITY)-1);
    remove_device();
}

/* --- Levels ------------------------------------------------------------------------------------- */

PNP_TEST(devices_share_a_level_triggered_line)
{
    struct pnp_node nodes[2] = {{.prefix = "1"}, {.prefix = "2"}};
    struct bench_device *devices[2];

    begin();
    new_irq("-1");
    start(&nodes[0], &level_line, 1);
    devices[0] = bench_dev;
    new_irq("-2");
    start(&nodes[1], &level_line, 1);
    devices[1] = bench_dev;
    irqs[0].device = devices[0];
    (void)pnp_events();
    irqs[1].release_line = true;
    SUCCEEDS(bench_interrupt_hold(devices[1], 0, true));
    bench_wait_quiet(pnp_bench);
    EXPECT("isr-1 isr-2 "); /* "If the vector is being shared, the system calls another routine." */
    irqs[0].release_line = true;
    SUCCEEDS(bench_interrupt_hold(devices[0], 0, true));
    bench_wait_quiet(pnp_bench);
    EXPECT("isr-1 ");
    SUCCEEDS(bench_device_remove(devices[0]));
    remove_device();
}

/* --- The lock ----------------------------------------------------------------------------------- */

static struct {
    unsigned inside;
    unsigned isr;
    unsigned dpc;
    unsigned passive;
    unsigned synchronized;
    unsigned result;
} counted;

static void
count(unsigned *where)
{
    ck_assert_uint_eq(counted.inside++, 0);
    KeStallExecutionProcessor(1); /* Others may run now. */
    ++*where;
    ck_assert_uint_eq(--counted.inside, 0);
}

static BOOLEAN
counting_isr(WDFINTERRUPT handle, ULONG message)
{
    count(&counted.isr);
    (void)WdfInterruptQueueDpcForIsr(handle);
    return TRUE;
}

static VOID
counting_dpc(WDFINTERRUPT handle, WDFOBJECT associated)
{
    WdfInterruptAcquireLock(handle);
    ck_assert_uint_gt(KeGetCurrentIrql(), DISPATCH_LEVEL);
    count(&counted.dpc);
    WdfInterruptReleaseLock(handle);
    ck_assert_uint_eq(KeGetCurrentIrql(), DISPATCH_LEVEL);
}

static BOOLEAN
counting_synchronized(WDFINTERRUPT handle, WDFCONTEXT context)
{
    ck_assert_uint_eq(*(unsigned *)context, 77);
    count(&counted.synchronized);
    return counted.synchronized % 2 != 0;
}

PNP_TEST(the_lock_keeps_routine_dpc_and_other_code_apart)
{
    struct pnp_node node = {0};
    unsigned argument = 77;
    struct irq *irq;

    begin();
    memset(&counted, 0, sizeof(counted));
    irq = new_irq("");
    irq->config.EvtInterruptIsr = counting_isr;
    irq->config.EvtInterruptDpc = counting_dpc;
    start(&node, &edge_line, 1);
    for (unsigned i = 0; i < 10; i++) {
        SUCCEEDS(bench_interrupt(bench_dev, 0));
        WdfInterruptAcquireLock(irq->handle);
        ck_assert_uint_eq(KeGetCurrentIrql(), irq->enable_irql);
        count(&counted.passive);
        WdfInterruptReleaseLock(irq->handle);
        ck_assert_uint_eq(KeGetCurrentIrql(), PASSIVE_LEVEL);
        counted.result += WdfInterruptSynchronize(irq->handle, counting_synchronized, &argument);
    }
    bench_wait_quiet(pnp_bench);
    ck_assert_uint_eq(counted.passive, 10);
    ck_assert_uint_eq(counted.synchronized, 10);
    ck_assert_uint_eq(counted.result, 5);
    ck_assert_uint_ge(counted.isr, 1);
    ck_assert_uint_ge(counted.dpc, 1);
    remove_device();
}

PNP_TEST(interrupts_that_share_a_spin_lock_take_it_at_the_highest_irql)
{
    struct pnp_node node = {0};
    KIRQL highest;

    begin();
    new_irq("");
    new_irq("");
    node.init = NULL;
    SUCCEEDS(WdfSpinLockCreate(WDF_NO_OBJECT_ATTRIBUTES, &irqs[0].config.SpinLock));
    irqs[1].config.SpinLock = irqs[0].config.SpinLock;
    start(&node, (struct bench_resource[]){edge_line, level_line}, 2);
    ck_assert_uint_eq(irqs[0].enable_irql, irqs[1].enable_irql);
    interrupt(0);
    highest = irqs[0].isr_irql;
    ck_assert_uint_eq(highest, irqs[0].enable_irql);
    WdfInterruptAcquireLock(irqs[0].handle);
    SUCCEEDS(bench_interrupt(bench_dev, 1)); /* The other's routine waits for the same lock. */
    KeStallExecutionProcessor(1);
    ck_assert_uint_eq(irqs[1].served, 0);
    WdfInterruptReleaseLock(irqs[0].handle);
    bench_wait_quiet(pnp_bench);
    ck_assert_uint_eq(irqs[1].served, 1);
    ck_assert_uint_eq(irqs[1].isr_irql, highest);
    WdfObjectDelete(irqs[0].config.SpinLock); /* The interrupts have references. */
    interrupt(0);
    remove_device();
}

PNP_TEST(a_passive_interrupt_is_locked_by_the_drivers_wait_lock)
{
    struct pnp_node node = {0};
    LONGLONG now = 0;
    struct irq *irq;

    begin();
    irq = new_irq("");
    irq->config.PassiveHandling = TRUE;
    SUCCEEDS(WdfWaitLockCreate(WDF_NO_OBJECT_ATTRIBUTES, &irq->config.WaitLock));
    start(&node, &edge_line, 1);
    ck_assert(WdfInterruptTryToAcquireLock(irq->handle));
    ck_assert(KeAreApcsDisabled());
    ck_assert_int_eq(WdfWaitLockAcquire(irq->config.WaitLock, &now), STATUS_TIMEOUT);
    SUCCEEDS(bench_interrupt(bench_dev, 0));
    bench_advance(pnp_bench, 5);
    ck_assert_uint_eq(irq->served, 0);
    WdfInterruptReleaseLock(irq->handle);
    ck_assert(!KeAreApcsDisabled());
    bench_wait_quiet(pnp_bench);
    ck_assert_uint_eq(irq->served, 1);
    WdfInterruptAcquireLock(irq->handle);
    ck_assert_uint_eq(KeGetCurrentIrql(), PASSIVE_LEVEL);
    WdfInterruptReleaseLock(irq->handle);
    (void)WdfWaitLockAcquire(irq->config.WaitLock, NULL);
    ck_assert(!WdfInterruptTryToAcquireLock(irq->handle));
    WdfWaitLockRelease(irq->config.WaitLock);
    WdfObjectDelete(irq->config.WaitLock);
    remove_device();
}

/* --- Failures ----------------------------------------------------------------------------------- */

PNP_TEST(a_driver_that_cannot_enable_its_interrupt_does_not_start)
{
    struct pnp_node node = {.created = create_irqs, .resource_count = 2};

    begin();
    new_irq("-a");
    new_irq("-b")->enable_status = STATUS_DEVICE_DATA_ERROR;
    node.resources = (struct bench_resource[]){edge_line, level_line};
    ck_assert_int_eq(pnp_add(NULL, &node, NULL, &bench_dev), STATUS_DEVICE_DATA_ERROR);
    EXPECT("prepare d0entry:D3Final enable-a enable-b disable-b disable-a d0exit:D3Final release "
           "object-cleanup ");
}

PNP_TEST(a_failure_after_the_interrupts_are_enabled_disables_them)
{
    struct pnp_node node = {.created = create_irqs, .resource_count = 1, .resources = &edge_line};

    begin();
    new_irq("");
    node.fail[MONITOR_POST_INTERRUPTS_ENABLED] = 1;
    ck_assert_int_eq(pnp_add(NULL, &node, NULL, &bench_dev), STATUS_DEVICE_DATA_ERROR);
    EXPECT("prepare d0entry:D3Final enable post:D3Final disable d0exit:D3Final release "
           "object-cleanup ");
}

/* --- Low power ---------------------------------------------------------------------------------- */

static void
set_idle(struct pnp_node *node, WDF_POWER_POLICY_S0_IDLE_CAPABILITIES capabilities)
{
    WDF_DEVICE_POWER_POLICY_IDLE_SETTINGS_INIT(&node->idle, capabilities);
    node->idle.IdleTimeout = 1000;
    node->idle.Enabled = WdfTrue;
    node->idle.DxState = PowerDeviceD2;
}

PNP_TEST(in_low_power_interrupts_are_disconnected)
{
    struct pnp_node node = {0};

    begin();
    new_irq("-a");
    new_irq("-b")->config.ReportInactiveOnPowerDown = WdfTrue;
    set_idle(&node, IdleCannotWakeFromS0);
    start(&node, (struct bench_resource[]){edge_line, level_line}, 2);
    (void)pnp_events();
    bench_advance(pnp_bench, 1100);
    EXPECT("suspend pre:D2 disable-b disable-a d0exit:D2 ");
    ck_assert_int_eq(bench_interrupt(bench_dev, 0), STATUS_DEVICE_NOT_READY);
    irqs[1].release_line = true;
    irqs[1].index = 1;
    SUCCEEDS(bench_interrupt_hold(bench_dev, 1, true)); /* Inactive: it waits. */
    bench_wait_quiet(pnp_bench);
    EXPECT("");
    SUCCEEDS(WdfDeviceStopIdle(node.device, TRUE));
    bench_wait_quiet(pnp_bench);
    ck_assert_uint_eq(irqs[1].served, 1);
    ck_assert_ptr_nonnull(strstr(pnp_events(), "enable-a "));
    interrupt(0);
    ck_assert_uint_eq(irqs[0].served, 1);
    WdfDeviceResumeIdle(node.device);
    remove_device();
}

static void
not_pageable(struct pnp_node *node, PWDFDEVICE_INIT init)
{
    WdfDeviceInitSetPowerNotPageable(init);
}

PNP_TEST(interrupts_of_drivers_that_are_not_pageable_stay_connected)
{
    struct pnp_node node = {.init = not_pageable};

    begin();
    new_irq("");
    set_idle(&node, IdleCannotWakeFromS0);
    start(&node, &edge_line, 1);
    (void)pnp_events();
    bench_advance(pnp_bench, 1100);
    EXPECT("suspend pre:D2 disable d0exit:D2 ");
    ck_assert_ptr_null(WdfInterruptWdmGetInterrupt(irqs[0].handle));
    interrupt(0);
    EXPECT("isr ");
    SUCCEEDS(WdfDeviceStopIdle(node.device, TRUE));
    WdfDeviceResumeIdle(node.device);
    bench_advance(pnp_bench, 1100); /* Low again: removed from there. */
    (void)pnp_events();
    bench_device_surprise_remove(bench_dev);
    (void)pnp_events();
}

/* "When the device interrupts, the framework calls EvtDeviceD0Entry and EvtInterruptIsr." */
PNP_TEST(a_wake_interrupt_brings_the_device_back)
{
    struct pnp_node node = {.prepare = prepare_irqs,
                            .resources = &level_line,
                            .resource_count = 1,
                            .wakes_from = 3,
                            .no_wake_callbacks = true};

    begin();
    new_irq("")->config.PassiveHandling = TRUE;
    irqs[0].config.CanWakeDevice = TRUE;
    set_idle(&node, IdleCanWakeFromS0);
    SUCCEEDS(pnp_add(NULL, &node, NULL, &bench_dev));
    irqs[0].device = bench_dev;
    (void)pnp_events();
    bench_advance(pnp_bench, 1100);
    EXPECT("suspend pre:D2 d0exit:D2 "); /* It is not disabled. */
    irqs[0].release_line = true;
    SUCCEEDS(bench_interrupt_hold(bench_dev, 0, true));
    pnp_await("restart ");
    bench_wait_quiet(pnp_bench);
    ck_assert_uint_eq(irqs[0].served, 1);
    ck_assert_ptr_eq(strstr(events_text(), "d0entry:D2 "), events_text());
    bench_advance(pnp_bench, 1100); /* And low again. */
    (void)pnp_events();
    SUCCEEDS(bench_device_remove(bench_dev));
    ck_assert_ptr_nonnull(strstr(pnp_events(), "disable "));
}

static void
start_waking(struct pnp_node *node, const struct bench_resource *line)
{
    node->prepare = prepare_irqs;
    node->resources = line;
    node->resource_count = 1;
    node->wakes_from = 3;
    begin();
    new_irq("")->config.PassiveHandling = TRUE;
    irqs[0].config.CanWakeDevice = TRUE;
    SUCCEEDS(pnp_add(NULL, node, NULL, &bench_dev));
    irqs[0].device = bench_dev;
    (void)pnp_events();
}

/* D0, the service routine, the wake callbacks, "the normal power-up callback sequence". */
PNP_TEST(a_wake_interrupt_is_a_wake_up_signal)
{
    struct pnp_node node = {0};

    set_idle(&node, IdleCanWakeFromS0);
    start_waking(&node, &level_line);
    bench_advance(pnp_bench, 1100);
    EXPECT("suspend arm-s0 pre:D2 d0exit:D2 ");
    irqs[0].release_line = true;
    SUCCEEDS(bench_interrupt_hold(bench_dev, 0, true));
    pnp_await("restart ");
    bench_wait_quiet(pnp_bench);
    EXPECT("d0entry:D2 isr post:D2 triggered-s0 disarm-s0 restart ");
    bench_advance(pnp_bench, 1100); /* The next time it is no interrupt. */
    EXPECT("suspend arm-s0 pre:D2 d0exit:D2 ");
    SUCCEEDS(WdfDeviceStopIdle(node.device, TRUE));
    pnp_await("restart ");
    EXPECT("d0entry:D2 post:D2 disarm-s0 restart ");
    WdfDeviceResumeIdle(node.device);
    remove_device();
}

PNP_TEST(a_wake_interrupt_wakes_a_sleeping_system)
{
    struct pnp_node node = {0};

    WDF_DEVICE_POWER_POLICY_WAKE_SETTINGS_INIT(&node.wake);
    set_idle(&node, IdleCanWakeFromS0);
    start_waking(&node, &level_line);
    for (unsigned i = 0; i < 2; i++) {
        SUCCEEDS(bench_sleep(pnp_bench, 3));
        EXPECT("suspend arm-sx pre:D3 d0exit:D3 ");
        irqs[0].release_line = true;
        SUCCEEDS(bench_interrupt_hold(bench_dev, 0, true));
        bench_wait_quiet(pnp_bench);
        pnp_await("restart ");
        ck_assert_uint_eq(bench_system_state(pnp_bench), 0);
        EXPECT("d0entry:D3 isr post:D3 triggered-sx disarm-sx restart ");
    }
    remove_device();
}

/* Its driver does not want it to: it is served when the system is awake for other reasons. */
PNP_TEST(a_wake_interrupt_wakes_no_system_when_the_device_is_not_armed)
{
    struct pnp_node node = {0};

    set_idle(&node, IdleCanWakeFromS0);
    start_waking(&node, &level_line);
    SUCCEEDS(bench_sleep(pnp_bench, 3));
    EXPECT("suspend pre:D3 d0exit:D3 ");
    irqs[0].release_line = true;
    SUCCEEDS(bench_interrupt_hold(bench_dev, 0, true));
    bench_advance(pnp_bench, 1000);
    ck_assert_uint_eq(bench_system_state(pnp_bench), 3);
    EXPECT("");
    bench_resume(pnp_bench);
    pnp_await("restart ");
    EXPECT("d0entry:D3 isr post:D3 restart ");
    remove_device();
}

PNP_TEST(a_wake_interrupt_of_a_device_that_cannot_come_back_is_given_up)
{
    struct pnp_node node = {.prepare = prepare_irqs,
                            .resources = &edge_line,
                            .resource_count = 1,
                            .wakes_from = 3,
                            .no_wake_callbacks = true};

    begin();
    new_irq("")->config.PassiveHandling = TRUE;
    irqs[0].config.CanWakeDevice = TRUE;
    set_idle(&node, IdleCanWakeFromS0);
    SUCCEEDS(pnp_add(NULL, &node, NULL, &bench_dev));
    bench_advance(pnp_bench, 1100);
    (void)pnp_events();
    node.fail[MONITOR_D0_ENTRY] = 1;
    SUCCEEDS(bench_interrupt(bench_dev, 0));
    pnp_await(
        "disable "); /* "The framework disconnects the interrupt and calls EvtInterruptDisable." */
    bench_wait_quiet(pnp_bench);
    ck_assert_uint_eq(irqs[0].served, 0);
    bench_device_surprise_remove(bench_dev);
    (void)pnp_events();
}

/* --- By hand ------------------------------------------------------------------------------------ */

PNP_TEST(a_driver_may_enable_disable_and_report_by_itself)
{
    struct pnp_node node = {0};

    begin();
    new_irq("");
    start(&node, &edge_line, 1);
    (void)pnp_events();
    WdfInterruptDisable(irqs[0].handle);
    WdfInterruptEnable(irqs[0].handle);
    EXPECT("disable enable ");
    WdfInterruptReportInactive(irqs[0].handle);
    ck_assert_int_eq(bench_interrupt(bench_dev, 0), STATUS_DEVICE_NOT_READY);
    WdfInterruptReportActive(irqs[0].handle);
    interrupt(0);
    EXPECT("isr ");
    remove_device();
}

PNP_TEST(an_interrupt_that_is_deleted_is_served_no_more)
{
    struct pnp_node node = {0};

    begin();
    new_irq("-a")->attributes.EvtCleanupCallback = on_irq_cleanup;
    new_irq("-b");
    start(&node, (struct bench_resource[]){edge_line, level_line}, 2);
    (void)pnp_events();
    WdfObjectDelete(irqs[0].handle);
    EXPECT("irq-cleanup-a ");
    ck_assert_int_eq(bench_interrupt(bench_dev, 0), STATUS_DEVICE_NOT_READY);
    SUCCEEDS(bench_device_stop(bench_dev));
    EXPECT("query-stop suspend pre:D3Final disable-b d0exit:D3Final release ");
    SUCCEEDS(bench_device_start(bench_dev));
    remove_device();
}

/* --- What is refused ---------------------------------------------------------------------------- */

static struct pnp_node *trying;

/* Tries to create an interrupt with the change that the test made, in EvtDriverDeviceAdd. */
static NTSTATUS
try_create(void (*change)(WDF_INTERRUPT_CONFIG *config, WDF_OBJECT_ATTRIBUTES *attributes))
{
    WDF_OBJECT_ATTRIBUTES attributes;
    WDF_INTERRUPT_CONFIG config;
    WDFINTERRUPT handle = (WDFINTERRUPT)1;
    NTSTATUS status;

    WDF_INTERRUPT_CONFIG_INIT(&config, on_isr, NULL);
    WDF_OBJECT_ATTRIBUTES_INIT(&attributes);
    change(&config, &attributes);
    status = WdfInterruptCreate(trying->device, &config, &attributes, &handle);
    if (!NT_SUCCESS(status)) {
        ck_assert_ptr_null(handle);
    }
    return status;
}

#define CHANGE(name, statements)                                                                   \
    static void name(WDF_INTERRUPT_CONFIG *config, WDF_OBJECT_ATTRIBUTES *attributes)              \
    {                                                                                              \
        (void)config;                                                                              \
        (void)attributes;                                                                          \
        statements;                                                                                \
    }

static WDFSPINLOCK a_spin_lock;
static WDFWAITLOCK a_wait_lock;
static CM_PARTIAL_RESOURCE_DESCRIPTOR a_descriptor = {.Type = CmResourceTypeInterrupt};
static CM_PARTIAL_RESOURCE_DESCRIPTOR a_port = {.Type = CmResourceTypePort};

CHANGE(nothing, )
CHANGE(wrong_size, config->Size = sizeof(*config) + 8)
CHANGE(no_routine, config->EvtInterruptIsr = NULL)
CHANGE(both, config->EvtInterruptDpc = on_dpc; config->EvtInterruptWorkItem = on_work)
CHANGE(passive_spin_lock, config->PassiveHandling = TRUE; config->SpinLock = a_spin_lock)
CHANGE(wait_lock_at_dirql, config->WaitLock = a_wait_lock)
CHANGE(wake_at_dirql, config->CanWakeDevice = TRUE)
CHANGE(wake_too_early, config->CanWakeDevice = TRUE; config->PassiveHandling = TRUE)
CHANGE(raw_alone, config->InterruptRaw = &a_descriptor)
CHANGE(a_ports, config->InterruptRaw = &a_port; config->InterruptTranslated = &a_port)
CHANGE(too_early, config->InterruptRaw = &a_descriptor; config->InterruptTranslated = &a_descriptor)
CHANGE(parent_without_serialization, attributes->ParentObject = trying->device)
CHANGE(work_below_dispatch, config->EvtInterruptWorkItem = on_work;
       config->AutomaticSerialization = TRUE)
CHANGE(wrong_parent, attributes->ParentObject = a_spin_lock; config->AutomaticSerialization = TRUE)

static void
try_all(struct pnp_node *node)
{
    trying = node;
    SUCCEEDS(WdfSpinLockCreate(WDF_NO_OBJECT_ATTRIBUTES, &a_spin_lock));
    SUCCEEDS(WdfWaitLockCreate(WDF_NO_OBJECT_ATTRIBUTES, &a_wait_lock));
    ck_assert_int_eq(try_create(wrong_size), STATUS_INFO_LENGTH_MISMATCH);
    ck_assert_int_eq(try_create(no_routine), STATUS_INVALID_PARAMETER);
    ck_assert_int_eq(try_create(both), STATUS_INVALID_PARAMETER);
    ck_assert_int_eq(try_create(passive_spin_lock), STATUS_INVALID_PARAMETER);
    ck_assert_int_eq(try_create(wait_lock_at_dirql), STATUS_INVALID_PARAMETER);
    ck_assert_int_eq(try_create(wake_at_dirql), STATUS_INVALID_PARAMETER);
    ck_assert_int_eq(try_create(wake_too_early), STATUS_INVALID_DEVICE_STATE);
    ck_assert_int_eq(try_create(raw_alone), STATUS_INVALID_PARAMETER);
    ck_assert_int_eq(try_create(a_ports), STATUS_INVALID_PARAMETER);
    ck_assert_int_eq(try_create(too_early), STATUS_INVALID_PARAMETER);
    ck_assert_int_eq(try_create(parent_without_serialization), STATUS_INVALID_PARAMETER);
    ck_assert_int_eq(try_create(work_below_dispatch), STATUS_WDF_INCOMPATIBLE_EXECUTION_LEVEL);
    ck_assert_int_eq(try_create(wrong_parent), STATUS_WDF_PARENT_ASSIGNMENT_NOT_ALLOWED);
    SUCCEEDS(try_create(nothing));
    WdfObjectDelete(a_spin_lock);
    WdfObjectDelete(a_wait_lock);
}

static NTSTATUS
try_in_prepare(struct pnp_node *node, WDFCMRESLIST raw, WDFCMRESLIST translated)
{
    trying = node;
    ck_assert_int_eq(try_create(nothing), STATUS_INVALID_DEVICE_STATE);
    return STATUS_SUCCESS;
}

PNP_TEST(what_cannot_be_is_refused)
{
    struct pnp_node node = {.created = try_all,
                            .prepare = try_in_prepare,
                            .resources = &edge_line,
                            .resource_count = 1};

    SUCCEEDS(pnp_add(NULL, &node, NULL, &bench_dev));
    ck_assert_int_eq(try_create(nothing), STATUS_INVALID_DEVICE_STATE); /* It was started. */
    remove_device();
}

static struct pnp_node *misused;

static void
acquire_twice(void *argument)
{
    WdfInterruptAcquireLock(irqs[0].handle);
    WdfInterruptAcquireLock(irqs[0].handle);
}

static void
release_unheld(void *argument)
{
    WdfInterruptReleaseLock(irqs[1].handle);
}

static void
queue_no_work(void *argument)
{
    (void)WdfInterruptQueueWorkItemForIsr(irqs[0].handle);
}

static void
queue_no_dpc(void *argument)
{
    (void)WdfInterruptQueueDpcForIsr(irqs[0].handle);
}

static void
try_at_dirql(void *argument)
{
    (void)WdfInterruptTryToAcquireLock(irqs[0].handle);
}

static void
wrong_handle(void *argument)
{
    (void)WdfInterruptGetDevice((WDFINTERRUPT)misused->device);
}

static void
no_routine_to_synchronize(void *argument)
{
    (void)WdfInterruptSynchronize(irqs[0].handle, NULL, NULL);
}

static void
expect(unsigned code, void (*fn)(void *argument))
{
    ck_assert(bench_expect_bugcheck(0x10D, fn, NULL));
    ck_assert_uint_eq(bench_bugcheck_parameter(1), code);
}

START_TEST(misuse_is_a_violation)
{
    struct pnp_node node = {0};

    pnp_open();
    begin();
    new_irq("-a");
    new_irq("-b");
    start(&node, (struct bench_resource[]){edge_line, level_line}, 2);
    misused = &node;
    expect(WDF_INVALID_INTERRUPT, queue_no_work);
    expect(WDF_INVALID_INTERRUPT, queue_no_dpc);
    expect(WDF_INVALID_LOCK_OPERATION, release_unheld);
    expect(WDF_INVALID_LOCK_OPERATION, try_at_dirql);
    expect(WDF_INVALID_HANDLE, wrong_handle);
    expect(WDF_REQUIRED_PARAMETER_IS_NULL, no_routine_to_synchronize);
    expect(WDF_RECURSIVE_LOCK, acquire_twice); /* It holds the lock from here on. */
    WdfInterruptReleaseLock(irqs[0].handle);
    remove_device();
    pnp_close();
}
END_TEST

PNP_RUN("conform/interrupt", callbacks_come_between_d0entry_and_post_and_between_pre_and_d0exit,
        a_routine_runs_at_dirql_its_dpc_at_dispatch_level, a_dpc_is_queued_once_until_it_runs,
        work_items_run_at_passive_level_from_either_kind_of_routine,
        a_work_item_is_queued_once_until_it_runs_whoever_asks,
        info_is_what_the_device_was_given_between_prepare_and_release,
        each_message_is_an_interrupt_of_its_own,
        interrupts_may_be_made_in_prepare_hardware_and_go_with_the_hardware,
        policies_and_sharing_reach_the_resources, devices_share_a_level_triggered_line,
        the_lock_keeps_routine_dpc_and_other_code_apart,
        interrupts_that_share_a_spin_lock_take_it_at_the_highest_irql,
        a_passive_interrupt_is_locked_by_the_drivers_wait_lock,
        a_driver_that_cannot_enable_its_interrupt_does_not_start,
        a_failure_after_the_interrupts_are_enabled_disables_them,
        in_low_power_interrupts_are_disconnected,
        interrupts_of_drivers_that_are_not_pageable_stay_connected,
        a_wake_interrupt_brings_the_device_back, a_wake_interrupt_is_a_wake_up_signal,
        a_wake_interrupt_wakes_a_sleeping_system,
        a_wake_interrupt_wakes_no_system_when_the_device_is_not_armed,
        a_wake_interrupt_of_a_device_that_cannot_come_back_is_given_up,
        a_driver_may_enable_disable_and_report_by_itself,
        an_interrupt_that_is_deleted_is_served_no_more, what_cannot_be_is_refused,
        misuse_is_a_violation)

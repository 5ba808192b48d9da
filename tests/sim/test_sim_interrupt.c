/* SPDX-License-Identifier: MIT */
/*
 * A device interrupts at any time, while its driver works with what belongs to the interrupt in its service routine,
 * its DPC, a request's callback and a thread of its own, and while the device is stopped, started, put to sleep and
 * pulled out, in every order that some hundred seeds find. What is guarded by the interrupt's lock is never
 * touched by two, and what the device has produced reaches the driver once.
 *
 * OPENWDF_SIM_SEED=<seed> runs that one seed.
 */
#include <stdio.h>
#include <stdlib.h>

#include "pnp_test.h"

#define SEEDS 400u

/*
 * The hardware: a counter of items that are ready, and the line that it holds while there are some. The
 * register is read and cleared by the service routine alone.
 */
static struct {
    struct bench_device *device;
    unsigned produced;
    unsigned ready; /* The register. */
    bool enabled;   /* It may interrupt. */
    int lock;       /* The register's; a few instructions. */
} hardware;

/* The driver. What the interrupt's lock guards: */
static struct {
    WDFINTERRUPT interrupt;
    int inside;
    unsigned taken; /* From the register, and: */
    unsigned handed_on;
    unsigned looks;
    unsigned deferred; /* Runs of the DPC or work item. */
    bool passive;
    bool level;
} driver;

static void
come_in(void)
{
    ck_assert_int_eq(driver.inside++, 0);
    KeStallExecutionProcessor(1); /* Others run. */
}

static void
come_out(void)
{
    ck_assert_int_eq(--driver.inside, 0);
}

static void
lock_register(void)
{
    while (__atomic_exchange_n(&hardware.lock, 1, __ATOMIC_ACQUIRE) != 0) {
    }
}

static void
unlock_register(void)
{
    __atomic_store_n(&hardware.lock, 0, __ATOMIC_RELEASE);
}

/* The device has one more; what comes while it may not interrupt stays in the register. */
static void
produce(void)
{
    bool enabled;

    lock_register();
    hardware.produced++;
    hardware.ready++;
    enabled = hardware.enabled;
    unlock_register();
    if (!enabled) {
        return;
    }
    if (driver.level) {
        (void)bench_interrupt_hold(hardware.device, 0, true);
    } else {
        (void)bench_interrupt(hardware.device, 0);
    }
}

/* Reading the register clears it, and the line goes down. */
static unsigned
read_register(void)
{
    unsigned ready;

    if (driver.level && hardware.device != NULL) { /* Nothing is held while it is being added. */
        (void)bench_interrupt_hold(hardware.device, 0, false);
    }
    lock_register();
    ready = hardware.ready;
    hardware.ready = 0;
    unlock_register();
    return ready;
}

static BOOLEAN
on_isr(WDFINTERRUPT interrupt, ULONG message)
{
    unsigned ready;

    come_in();
    ready = read_register();
    driver.taken += ready;
    if (driver.passive) {
        (void)WdfInterruptQueueWorkItemForIsr(interrupt);
    } else {
        ck_assert_uint_gt(KeGetCurrentIrql(), DISPATCH_LEVEL);
        (void)WdfInterruptQueueDpcForIsr(interrupt);
    }
    come_out();
    return ready != 0;
}

static void
hand_on(WDFINTERRUPT interrupt)
{
    WdfInterruptAcquireLock(interrupt);
    come_in();
    driver.handed_on += driver.taken;
    driver.taken = 0;
    driver.deferred++;
    come_out();
    WdfInterruptReleaseLock(interrupt);
}

static VOID
on_dpc(WDFINTERRUPT interrupt, WDFOBJECT associated)
{
    ck_assert_uint_eq(KeGetCurrentIrql(), DISPATCH_LEVEL);
    hand_on(interrupt);
}

static VOID
on_work(WDFINTERRUPT interrupt, WDFOBJECT associated)
{
    ck_assert_uint_eq(KeGetCurrentIrql(), PASSIVE_LEVEL);
    hand_on(interrupt);
}

static BOOLEAN
look(WDFINTERRUPT interrupt, WDFCONTEXT context)
{
    come_in();
    driver.looks++;
    come_out();
    return TRUE;
}

static void
set_enabled(bool enabled)
{
    lock_register();
    hardware.enabled = enabled;
    unlock_register();
}

/* What was produced meanwhile is found in the register. */
static NTSTATUS
on_enable(WDFINTERRUPT interrupt, WDFDEVICE device)
{
    come_in();
    set_enabled(true);
    driver.taken += read_register();
    come_out();
    return STATUS_SUCCESS;
}

static NTSTATUS
on_disable(WDFINTERRUPT interrupt, WDFDEVICE device)
{
    come_in();
    set_enabled(false);
    driver.taken += read_register();
    come_out();
    return STATUS_SUCCESS;
}

static void
created(struct pnp_node *node)
{
    WDF_INTERRUPT_CONFIG config;

    WDF_INTERRUPT_CONFIG_INIT(&config, on_isr, driver.passive ? NULL : on_dpc);
    config.EvtInterruptWorkItem = driver.passive ? on_work : NULL;
    config.PassiveHandling = driver.passive;
    config.EvtInterruptEnable = on_enable;
    config.EvtInterruptDisable = on_disable;
    SUCCEEDS(
        WdfInterruptCreate(node->device, &config, WDF_NO_OBJECT_ATTRIBUTES, &driver.interrupt));
}

static VOID
produce_some(PVOID context)
{
    for (unsigned i = 0; i < 6; i++) {
        produce();
        KeStallExecutionProcessor(1);
    }
}

static VOID
look_at_it(PVOID context)
{
    for (unsigned i = 0; i < 4; i++) {
        (void)WdfInterruptSynchronize(driver.interrupt, look, NULL);
        WdfInterruptAcquireLock(driver.interrupt);
        come_in();
        driver.looks++;
        come_out();
        WdfInterruptReleaseLock(driver.interrupt);
    }
}

static void
run(PKSTART_ROUTINE *routine, HANDLE *thread)
{
    SUCCEEDS(PsCreateSystemThread(thread, THREAD_ALL_ACCESS, NULL, NULL, NULL, routine, NULL));
}

static void
join(HANDLE thread)
{
    SUCCEEDS(ZwWaitForSingleObject(thread, FALSE, NULL));
    ZwClose(thread);
}

static const struct bench_resource edge = {
    .kind = BENCH_INTERRUPT, .minimum = 5, .maximum = 5, .flags = CM_RESOURCE_INTERRUPT_LATCHED};
static const struct bench_resource level = {.kind = BENCH_INTERRUPT, .minimum = 6, .maximum = 6};

static void
start(struct pnp_node *node)
{
    memset(&hardware, 0, sizeof(hardware));
    *node = (struct pnp_node){
        .created = created, .resources = driver.level ? &level : &edge, .resource_count = 1};
    SUCCEEDS(pnp_add(NULL, node, NULL, &hardware.device));
}

static void
forget(void)
{
    memset(&driver, 0, sizeof(driver));
}

/* --- In D0 -------------------------------------------------------------------------------------- */

static void
working(void)
{
    struct pnp_node node;
    HANDLE threads[3];

    start(&node);
    run(produce_some, &threads[0]);
    run(produce_some, &threads[1]);
    run(look_at_it, &threads[2]);
    for (unsigned i = 0; i < 3; i++) {
        join(threads[i]);
    }
    bench_wait_quiet(pnp_bench);
    ck_assert_uint_eq(hardware.produced, 12);
    ck_assert_uint_eq(driver.handed_on, 12);
    ck_assert_uint_eq(driver.taken, 0);
    ck_assert_uint_eq(driver.looks, 8);
    ck_assert_uint_ge(driver.deferred, 1);
    SUCCEEDS(bench_device_remove(hardware.device));
}

/* --- While the device goes down and up ----------------------------------------------------------- */

static void
moving(void)
{
    struct pnp_node node;
    HANDLE thread;

    start(&node);
    run(produce_some, &thread);
    SUCCEEDS(bench_device_stop(hardware.device));
    SUCCEEDS(bench_device_start(hardware.device));
    SUCCEEDS(bench_sleep(pnp_bench, 3));
    bench_resume(pnp_bench);
    join(thread);
    bench_wait_quiet(pnp_bench);
    if (driver.level) { /* An edge may be lost between the routine and nobody. */
        ck_assert_uint_eq(hardware.ready, 0);
    }
    ck_assert_uint_eq(driver.handed_on + driver.taken + hardware.ready, 6);
    SUCCEEDS(bench_device_remove(hardware.device));
}

/* --- While it is pulled out ----------------------------------------------------------------------- */

static VOID
pull_out(PVOID context)
{
    bench_device_surprise_remove(context);
}

/* The bench's device goes with it; the hardware is another one that speaks to the same line. */
static void
leaving(void)
{
    struct pnp_node node;
    HANDLE thread;

    start(&node);
    for (unsigned i = 0; i < 3; i++) {
        produce();
    }
    SUCCEEDS(PsCreateSystemThread(&thread, THREAD_ALL_ACCESS, NULL, NULL, NULL, pull_out,
                                  hardware.device));
    join(thread);
    bench_wait_quiet(pnp_bench);
    ck_assert_uint_le(driver.handed_on, 3);
}

/* --- Over seeds ---------------------------------------------------------------------------------- */

static void
over_seeds(void (*fn)(void), bool passive, bool is_level)
{
    const char *one = getenv("OPENWDF_SIM_SEED");
    uint64_t first = one != NULL ? strtoull(one, NULL, 0) : 1;
    uint64_t last = one != NULL ? first : SEEDS;

    for (uint64_t seed = first; seed <= last; seed++) {
        struct bench_simulation simulation = {.seed = seed};

        forget();
        driver.passive = passive;
        driver.level = is_level;
        ck_assert_msg(bench_simulate(&simulation, pnp_test_inside, &fn, NULL),
                      "seed %lu did not end", seed);
    }
}

#define OVER_SEEDS(name, fn, passive, is_level)                                                    \
    START_TEST(name)                                                                               \
    {                                                                                              \
        over_seeds(fn, passive, is_level);                                                         \
    }                                                                                              \
    END_TEST

OVER_SEEDS(edges_in_d0, working, false, false)
OVER_SEEDS(levels_in_d0, working, false, true)
OVER_SEEDS(passive_edges_in_d0, working, true, false)
OVER_SEEDS(passive_levels_in_d0, working, true, true)
OVER_SEEDS(edges_while_moving, moving, false, false)
OVER_SEEDS(levels_while_moving, moving, false, true)
OVER_SEEDS(passive_levels_while_moving, moving, true, true)
OVER_SEEDS(edges_while_leaving, leaving, false, false)
OVER_SEEDS(passive_edges_while_leaving, leaving, true, false)

PNP_RUN("sim/interrupt", edges_in_d0, levels_in_d0, passive_edges_in_d0, passive_levels_in_d0,
        edges_while_moving, levels_while_moving, passive_levels_while_moving, edges_while_leaving,
        passive_edges_while_leaving)

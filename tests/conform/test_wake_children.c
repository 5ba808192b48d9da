/* SPDX-License-Identifier: MIT */
/*
 * Wake-up that passes a bus: "ArmForWakeIfChildrenAreArmedForWake", "IndicateChildWakeOnParentWake", and
 * EvtDeviceArmWakeFromSxWithReason.
 */
#include "pnp_test.h"

static struct bench_device *device;
static struct pnp_node bus, pdo, fn;

static NTSTATUS arm_status;

static NTSTATUS
on_arm_with_reason(WDFDEVICE handle, BOOLEAN enabled, BOOLEAN children)
{
    static const char *const reasons[2][2] = {{"none", "children"}, {"device", "both"}};

    ck_assert_uint_eq(KeGetCurrentIrql(), PASSIVE_LEVEL);
    ck_assert(enabled == TRUE || enabled == FALSE);
    ck_assert(children == TRUE || children == FALSE);
    pnp_note(pnp_node_of(handle), "arm-sx", reasons[enabled][children]);
    return arm_status;
}

static VOID
on_disarm(WDFDEVICE handle)
{
    pnp_note(pnp_node_of(handle), "disarm-sx", NULL);
}

static VOID
on_triggered(WDFDEVICE handle)
{
    pnp_note(pnp_node_of(handle), "triggered-sx", NULL);
}

static void
init_bus(struct pnp_node *node, PWDFDEVICE_INIT init)
{
    WDF_POWER_POLICY_EVENT_CALLBACKS callbacks;

    WDF_POWER_POLICY_EVENT_CALLBACKS_INIT(&callbacks);
    callbacks.EvtDeviceArmWakeFromSxWithReason = on_arm_with_reason;
    callbacks.EvtDeviceDisarmWakeFromSx = on_disarm;
    callbacks.EvtDeviceWakeFromSxTriggered = on_triggered;
    WdfDeviceInitSetPowerPolicyEventCallbacks(init, &callbacks);
}

/* A bus whose own wake is as said, and a child that is armed or not. */
static void
open_stack(WDF_TRI_STATE enabled, bool arms_for_children, bool indicates, bool child_armed)
{
    arm_status = STATUS_SUCCESS;
    bus = (struct pnp_node){
        .prefix = "bus", .bus = true, .no_self_managed_io = true, .init = init_bus};
    WDF_DEVICE_POWER_POLICY_WAKE_SETTINGS_INIT(&bus.wake);
    bus.wake.Enabled = enabled;
    bus.wake.ArmForWakeIfChildrenAreArmedForWake = arms_for_children;
    bus.wake.IndicateChildWakeOnParentWake = indicates;
    pdo = (struct pnp_node){.prefix = "pdo",
                            .serial = 1,
                            .function = &fn,
                            .can_wake = true,
                            .no_self_managed_io = true};
    fn = (struct pnp_node){.prefix = "fn", .no_self_managed_io = true};
    if (child_armed) {
        WDF_DEVICE_POWER_POLICY_WAKE_SETTINGS_INIT(&fn.wake);
    }
    SUCCEEDS(
        pnp_add_like(&(struct bench_device_params){.wakes_from = 3}, NULL, &bus, NULL, &device));
    pnp_plug(&bus, &pdo);
    bench_wait_quiet(pnp_bench);
    ck_assert_str_eq(bench_device_state(pnp_child_device(&pdo)), "Started");
    (void)pnp_events();
}

static void
end(void)
{
    SUCCEEDS(bench_device_remove(device));
}

#define CHILD_ARMED "pdo.enable-wake fn.arm-sx fn.pre:D2 fn.d0exit:D2 pdo.pre:D2 pdo.d0exit:D2 "
#define CHILD_DOWN  "fn.pre:D3 fn.d0exit:D3 pdo.pre:D3 pdo.d0exit:D3 "
#define BUS_DOWN    "bus.pre:D3 bus.d0exit:D3 "
#define BUS_UP      "bus.d0entry:D3 bus.post:D3 "
#define CHILD_UP    "pdo.d0entry:D2 pdo.post:D2 fn.d0entry:D2 fn.post:D2 "

PNP_TEST(a_bus_is_armed_for_its_children_when_it_says_so)
{
    open_stack(WdfFalse, true, false, true);
    SUCCEEDS(bench_sleep(pnp_bench, 3));
    EXPECT(CHILD_ARMED "bus.arm-sx:children " BUS_DOWN);
    bench_resume(pnp_bench);
    bench_wait_quiet(pnp_bench);
    EXPECT(BUS_UP "bus.disarm-sx pdo.disable-wake " CHILD_UP "fn.disarm-sx ");
    end();
}

/* "If NT_SUCCESS(status) equals FALSE, the framework calls EvtDeviceDisarmWakeFromSx": then it sleeps unarmed. */
PNP_TEST(a_bus_that_cannot_be_armed_is_disarmed_and_sleeps)
{
    open_stack(WdfTrue, false, false, false);
    arm_status = STATUS_UNSUCCESSFUL;
    SUCCEEDS(bench_sleep(pnp_bench, 3));
    EXPECT(CHILD_DOWN "bus.arm-sx:device bus.disarm-sx " BUS_DOWN);
    ck_assert(!bench_device_wake(device));
    bench_resume(pnp_bench);
    bench_wait_quiet(pnp_bench);
    ck_assert_ptr_null(strstr(pnp_events(), "disarm"));
    end();
}

PNP_TEST(a_bus_is_not_armed_when_no_child_is)
{
    open_stack(WdfFalse, true, false, false);
    SUCCEEDS(bench_sleep(pnp_bench, 3));
    EXPECT(CHILD_DOWN BUS_DOWN);
    bench_resume(pnp_bench);
    bench_wait_quiet(pnp_bench);
    end();
}

PNP_TEST(a_bus_is_not_armed_for_its_children_unless_it_says_so)
{
    open_stack(WdfFalse, false, false, true);
    SUCCEEDS(bench_sleep(pnp_bench, 3));
    EXPECT(CHILD_ARMED BUS_DOWN);
    bench_resume(pnp_bench);
    bench_wait_quiet(pnp_bench);
    end();
}

PNP_TEST(both_reasons_are_told)
{
    open_stack(WdfTrue, true, false, true);
    SUCCEEDS(bench_sleep(pnp_bench, 3));
    EXPECT(CHILD_ARMED "bus.arm-sx:both " BUS_DOWN);
    bench_resume(pnp_bench);
    bench_wait_quiet(pnp_bench);
    end();
}

PNP_TEST(a_bus_that_is_enabled_itself_needs_no_child)
{
    open_stack(WdfTrue, true, false, false);
    SUCCEEDS(bench_sleep(pnp_bench, 3));
    EXPECT(CHILD_DOWN "bus.arm-sx:device " BUS_DOWN);
    bench_resume(pnp_bench);
    bench_wait_quiet(pnp_bench);
    end();
}

/* "... the EvtDeviceWakeFromSxTriggered callback function in the parent device's driver only". */
PNP_TEST(a_signal_at_the_bus_is_the_buss_alone)
{
    open_stack(WdfTrue, false, false, true);
    SUCCEEDS(bench_sleep(pnp_bench, 3));
    (void)pnp_events();
    ck_assert(bench_device_wake(device));
    bench_wait_quiet(pnp_bench);
    EXPECT(BUS_UP "bus.triggered-sx bus.disarm-sx pdo.disable-wake " CHILD_UP "fn.disarm-sx ");
    ck_assert_uint_eq(bench_system_state(pnp_bench), 0);
    end();
}

/* "... and in the driver for each wake-enabled child device". */
PNP_TEST(a_signal_at_the_bus_is_passed_to_its_children_when_it_says_so)
{
    open_stack(WdfTrue, false, true, true);
    SUCCEEDS(bench_sleep(pnp_bench, 3));
    (void)pnp_events();
    ck_assert(bench_device_wake(device));
    bench_wait_quiet(pnp_bench);
    EXPECT(BUS_UP "bus.triggered-sx bus.disarm-sx pdo.disable-wake " CHILD_UP
                  "fn.triggered-sx fn.disarm-sx ");
    end();
}

PNP_RUN("conform/wake_children", a_bus_is_armed_for_its_children_when_it_says_so,
        a_bus_that_cannot_be_armed_is_disarmed_and_sleeps, a_bus_is_not_armed_when_no_child_is,
        a_bus_is_not_armed_for_its_children_unless_it_says_so, both_reasons_are_told,
        a_bus_that_is_enabled_itself_needs_no_child, a_signal_at_the_bus_is_the_buss_alone,
        a_signal_at_the_bus_is_passed_to_its_children_when_it_says_so)

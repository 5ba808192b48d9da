/* SPDX-License-Identifier: MIT */
/* The power management framework: components' conditions and states, the device's power. */
#include <stdio.h>

#include "io_fixture.h"
#include "nt/pnp/pnp.h"
#include "nt/po/po.h"
#include "wdm_kit.h"

#define COMPONENTS 3u
#define MS         10000u

static const struct kit_driver drivers[1] = {
    {"bus", 'B', KIT_BUS, "ROOT\\BUS", PNP_FUNCTION, .failing_minor = 0xFF}};

static struct pnp_devnode *devnode;
static POHANDLE handle;
static KSPIN_LOCK story_lock;
static char story[1024];
static bool hold_idle;  /* The driver does not complete the idle condition, */
static bool hold_state; /* ... an Fx state, */
static bool hold_power; /* ... the device's power. */

static void
tell(const char *format, unsigned component, unsigned state)
{
    char text[32];
    KIRQL irql;

    (void)snprintf(text, sizeof(text), format, component, state);
    KeAcquireSpinLock(&story_lock, &irql);
    ck_assert_uint_lt(strlen(story) + strlen(text), sizeof(story));
    strcat(story, text);
    KeReleaseSpinLock(&story_lock, irql);
}

static VOID
on_active(PVOID context, ULONG component)
{
    tell("active%u ", component, 0);
}

static VOID
on_idle(PVOID context, ULONG component)
{
    tell("idle%u ", component, 0);
    if (!hold_idle) {
        PoFxCompleteIdleCondition(handle, component);
    }
}

static VOID
on_state(PVOID context, ULONG component, ULONG state)
{
    tell("%u:F%u ", component, state);
    if (!hold_state) {
        PoFxCompleteIdleState(handle, component);
    }
}

static VOID
on_required(PVOID context)
{
    tell("required ", 0, 0);
    if (!hold_power) {
        PoFxReportDevicePoweredOn(handle);
    }
}

static VOID
on_not_required(PVOID context)
{
    tell("not-required ", 0, 0);
    if (!hold_power) {
        PoFxCompleteDevicePowerNotRequired(handle);
    }
}

static PO_FX_COMPONENT_IDLE_STATE states[] = {
    {0, 0, 100}, {10 * MS, 100 * MS, 50}, {100 * MS, 1000 * MS, 1}};

static union {
    PO_FX_DEVICE_V2 head;
    char room[sizeof(PO_FX_DEVICE_V2) + COMPONENTS * sizeof(PO_FX_COMPONENT_V2)];
} device;

/* It is more than the one that is declared. */
static PO_FX_COMPONENT_V2 *
component(ULONG index)
{
    return (PO_FX_COMPONENT_V2 *)(void *)(device.room + offsetof(PO_FX_DEVICE_V2, Components)) +
           index;
}

static void
describe(ULONG count)
{
    memset(&device, 0, sizeof(device));
    device.head = (PO_FX_DEVICE_V2){
        .Version = PO_FX_VERSION_V2,
        .ComponentActiveConditionCallback = on_active,
        .ComponentIdleConditionCallback = on_idle,
        .ComponentIdleStateCallback = on_state,
        .DevicePowerRequiredCallback = on_required,
        .DevicePowerNotRequiredCallback = on_not_required,
        .ComponentCount = count,
    };
    for (ULONG i = 0; i < count; i++) {
        component(i)->IdleStateCount = 3;
        component(i)->DeepestWakeableIdleState = 1;
        component(i)->IdleStates = states;
    }
}

static NTSTATUS
try_register(void)
{
    return PoFxRegisterDevice(pnp_devnode_pdo(devnode), (PPO_FX_DEVICE)(void *)&device, &handle);
}

static void
setup(void)
{
    fixture_setup();
    kit_setup(drivers, 1);
    devnode = kit_add("ROOT\\BUS\\0000");
    KeInitializeSpinLock(&story_lock);
    story[0] = '\0';
    hold_idle = hold_state = hold_power = false;
    describe(1);
}

static void
teardown(void)
{
    pnp_devnode_unref(devnode);
    ck_assert_uint_eq(kit_teardown(), 0);
    fixture_teardown();
}

static void
expect(const char *text)
{
    pnp_wait_quiet();
    ck_assert_str_eq(story, text);
    story[0] = '\0';
}

static void
begin(ULONG count)
{
    describe(count);
    ck_assert_int_eq(try_register(), STATUS_SUCCESS);
    PoFxSetDeviceIdleTimeout(handle, UINT64_MAX); /* The device stays in D0. */
    expect("");
}

static void
end(void)
{
    PoFxUnregisterDevice(handle);
    pnp_wait_quiet();
}

START_TEST(a_component_that_nobody_uses_goes_to_its_deepest_state)
{
    begin(1);
    PoFxStartDevicePowerManagement(handle);
    expect("idle0 0:F2 ");
    PoFxActivateComponent(handle, 0, PO_FX_FLAG_ASYNC_ONLY);
    expect("0:F0 active0 ");
    PoFxActivateComponent(handle, 0, 0);
    PoFxIdleComponent(handle, 0, 0);
    expect(""); /* It is in use still. */
    PoFxIdleComponent(handle, 0, 0);
    expect("idle0 0:F2 ");
    end();
}
END_TEST

/* "If the driver requires a component to be in the active condition immediately ..." */
START_TEST(a_component_that_is_used_before_the_start_stays_active)
{
    begin(1);
    PoFxActivateComponent(handle, 0, 0);
    PoFxStartDevicePowerManagement(handle);
    expect("");
    end();
}
END_TEST

START_TEST(hints_decide_how_deep_it_goes)
{
    begin(1);
    PoFxSetComponentLatency(handle, 0, 50 * MS);
    PoFxStartDevicePowerManagement(handle);
    expect("idle0 0:F1 ");
    /* Never from one low state to another. */
    PoFxSetComponentLatency(handle, 0, 500 * MS);
    expect("0:F0 0:F2 ");
    PoFxSetComponentWake(handle, 0, TRUE);
    expect("0:F0 0:F1 ");
    PoFxSetComponentResidency(handle, 0, 99 * MS);
    expect("0:F0 ");
    PoFxSetComponentWake(handle, 0, FALSE);
    expect("");
    PoFxSetComponentResidency(handle, 0, UINT64_MAX);
    expect("0:F2 ");
    end();
}
END_TEST

START_TEST(a_driver_may_take_its_time)
{
    begin(1);
    hold_idle = hold_state = true;
    PoFxStartDevicePowerManagement(handle);
    expect("idle0 ");
    PoFxActivateComponent(handle, 0, 0);
    expect(""); /* It is idle first. */
    PoFxCompleteIdleCondition(handle, 0);
    expect("active0 ");
    PoFxIdleComponent(handle, 0, 0);
    expect("idle0 ");
    PoFxCompleteIdleCondition(handle, 0);
    expect("0:F2 ");
    PoFxActivateComponent(handle, 0, 0);
    expect("");
    PoFxCompleteIdleState(handle, 0);
    expect("0:F0 ");
    PoFxCompleteIdleState(handle, 0);
    expect("active0 ");
    end();
}
END_TEST

/* "These callbacks occur in the same thread as the call to PoFxActivateComponent." */
START_TEST(a_blocking_call_returns_when_the_condition_is_reached)
{
    begin(1);
    PoFxStartDevicePowerManagement(handle);
    expect("idle0 0:F2 ");
    PoFxActivateComponent(handle, 0, PO_FX_FLAG_BLOCKING);
    ck_assert_str_eq(story, "0:F0 active0 ");
    story[0] = '\0';
    PoFxIdleComponent(handle, 0, PO_FX_FLAG_BLOCKING);
    ck_assert_int_eq(strncmp(story, "idle0 ", 6), 0);
    end();
}
END_TEST

START_TEST(providers_are_active_before_and_idle_after_their_dependents)
{
    ULONG providers[] = {1, 2};
    ULONG deeper[] = {2};

    describe(3);
    component(0)->ProviderCount = 2;
    component(0)->Providers = providers;
    component(1)->ProviderCount = 1;
    component(1)->Providers = deeper;
    ck_assert_int_eq(try_register(), STATUS_SUCCESS);
    PoFxSetDeviceIdleTimeout(handle, UINT64_MAX);
    PoFxStartDevicePowerManagement(handle);
    pnp_wait_quiet();
    ck_assert_ptr_ne(strstr(story, "idle1 "), NULL);
    ck_assert(strstr(story, "idle0 ") < strstr(story, "idle1 "));
    ck_assert(strstr(story, "idle1 ") < strstr(story, "idle2 "));
    story[0] = '\0';
    PoFxActivateComponent(handle, 0, 0);
    pnp_wait_quiet();
    ck_assert_ptr_ne(strstr(story, "active2 "), NULL);
    ck_assert(strstr(story, "active2 ") < strstr(story, "active1 "));
    ck_assert(strstr(story, "active1 ") < strstr(story, "active0 "));
    end();

    deeper[0] = 0; /* A circle. */
    ck_assert_int_eq(try_register(), STATUS_INVALID_PARAMETER);
    deeper[0] = 2;
    providers[0] = 2; /* Twice the same. */
    ck_assert_int_eq(try_register(), STATUS_INVALID_PARAMETER);
    providers[0] = 3; /* There is none. */
    ck_assert_int_eq(try_register(), STATUS_INVALID_PARAMETER);
}
END_TEST

START_TEST(a_device_whose_components_are_idle_may_leave_d0)
{
    begin(2);
    PoFxActivateComponent(handle, 1, 0);
    PoFxSetDeviceIdleTimeout(handle, 0);
    PoFxStartDevicePowerManagement(handle);
    expect("idle0 0:F2 ");
    PoFxIdleComponent(handle, 1, 0);
    expect("idle1 1:F2 not-required ");
    PoFxActivateComponent(handle, 0, PO_FX_FLAG_BLOCKING);
    expect("required 0:F0 active0 ");
    PoFxIdleComponent(handle, 0, 0);
    expect("idle0 0:F2 not-required ");
    hold_power = true;
    PoFxActivateComponent(handle, 1, 0);
    expect("required ");
    PoFxReportDevicePoweredOn(handle);
    expect("1:F0 active1 ");
    PoFxIdleComponent(handle, 1, 0);
    expect("idle1 1:F2 not-required ");
    PoFxActivateComponent(handle, 1, 0);
    expect("");
    PoFxCompleteDevicePowerNotRequired(handle);
    expect("required ");
    PoFxReportDevicePoweredOn(handle);
    expect("1:F0 active1 ");
    end();
}
END_TEST

START_TEST(nothing_is_accessed_while_the_system_sleeps)
{
    begin(1);
    PoFxStartDevicePowerManagement(handle);
    expect("idle0 0:F2 ");
    ck_assert_int_eq(po_system_sleep(PowerSystemSleeping3, PowerActionSleep, false),
                     STATUS_SUCCESS);
    PoFxActivateComponent(handle, 0, 0);
    expect("");
    po_system_resume();
    expect("");
    PoFxReportDevicePoweredOn(handle); /* The device is in D0 again. */
    expect("0:F0 active0 ");
    PoFxSetDeviceIdleTimeout(handle, 0);
    PoFxIdleComponent(handle, 0, 0);
    expect("idle0 0:F2 not-required ");
    ck_assert_int_eq(po_system_sleep(PowerSystemSleeping3, PowerActionSleep, false),
                     STATUS_SUCCESS);
    po_system_resume();
    PoFxReportDevicePoweredOn(handle); /* It need not be there still, and is not told twice. */
    expect("");
    PoFxActivateComponent(handle, 0, 0);
    expect("required 0:F0 active0 ");
    end();
}
END_TEST

START_TEST(what_makes_no_sense_is_not_registered)
{
    PO_FX_DEVICE_V1 old = {.Version = 9, .ComponentCount = 1};

    old.Components[0] = (PO_FX_COMPONENT_V1){.IdleStateCount = 3, .IdleStates = states};
    ck_assert_int_eq(
        PoFxRegisterDevice(pnp_devnode_pdo(devnode), (PPO_FX_DEVICE)(void *)&old, &handle),
        STATUS_INVALID_PARAMETER);
    old.Version = PO_FX_VERSION_V1;
    ck_assert_int_eq(PoFxRegisterDevice(NULL, (PPO_FX_DEVICE)(void *)&old, &handle),
                     STATUS_INVALID_PARAMETER);
    old.Components[0].DeepestWakeableIdleState = 3;
    ck_assert_int_eq(
        PoFxRegisterDevice(pnp_devnode_pdo(devnode), (PPO_FX_DEVICE)(void *)&old, &handle),
        STATUS_INVALID_PARAMETER);
    old.Components[0].DeepestWakeableIdleState = 0;
    ck_assert_int_eq(
        PoFxRegisterDevice(pnp_devnode_pdo(devnode), (PPO_FX_DEVICE)(void *)&old, &handle),
        STATUS_SUCCESS);
    /* It has no callbacks at all: everything happens by itself. */
    PoFxStartDevicePowerManagement(handle);
    PoFxActivateComponent(handle, 0, PO_FX_FLAG_BLOCKING);
    PoFxIdleComponent(handle, 0, PO_FX_FLAG_BLOCKING);
    ck_assert_int_eq(PoFxPowerControl(handle, NULL, NULL, 0, NULL, 0, NULL), STATUS_NOT_SUPPORTED);
    end();
    describe(0);
    ck_assert_int_eq(try_register(), STATUS_INVALID_PARAMETER);
    describe(1);
    component(0)->IdleStateCount = 0;
    ck_assert_int_eq(try_register(), STATUS_INVALID_PARAMETER);
}
END_TEST

static void
register_again(void *none)
{
    (void)try_register();
}

static void
idle_unused(void *none)
{
    PoFxIdleComponent(handle, 0, 0);
}

/* "... is a fatal error and causes a bug check." */
START_TEST(a_device_is_not_registered_twice)
{
    begin(1);
    fixture_expect_bugcheck(INTERNAL_POWER_ERROR, 0x601, register_again, NULL);
    PoFxStartDevicePowerManagement(handle);
    expect("idle0 0:F2 ");
    fixture_expect_bugcheck(INTERNAL_POWER_ERROR, 0x602, idle_unused, NULL);
    end();
}
END_TEST

int
main(void)
{
    TCase *tests = tcase_create("framework");

    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, a_component_that_nobody_uses_goes_to_its_deepest_state);
    tcase_add_test(tests, a_component_that_is_used_before_the_start_stays_active);
    tcase_add_test(tests, hints_decide_how_deep_it_goes);
    tcase_add_test(tests, a_driver_may_take_its_time);
    tcase_add_test(tests, a_blocking_call_returns_when_the_condition_is_reached);
    tcase_add_test(tests, providers_are_active_before_and_idle_after_their_dependents);
    tcase_add_test(tests, a_device_whose_components_are_idle_may_leave_d0);
    tcase_add_test(tests, nothing_is_accessed_while_the_system_sleeps);
    tcase_add_test(tests, what_makes_no_sense_is_not_registered);
    tcase_add_test(tests, a_device_is_not_registered_twice);
    return fixture_run("nt/po/framework", tests);
}

/* SPDX-License-Identifier: MIT */
/*
 * "Supporting Functional Power States": a device whose idle timeout the system manages, as one component of the power
 * management framework.
 */
#include "pnp_test.h"

#define UP   "prepare d0entry:D3Final post:D3Final registered init "
#define IDLE 100
#define MS   10000u

static struct bench_device *device;
static struct pnp_node node;
static POHANDLE handle;
static bool hold_idle;
static NTSTATUS register_status;
static NTSTATUS assign_status;
static void (*change)(WDF_POWER_FRAMEWORK_SETTINGS *settings);

static VOID
on_active(PVOID context, ULONG component)
{
    ck_assert_ptr_eq(context, &node);
    ck_assert_uint_eq(component, 0);
    pnp_note(context, "active", NULL);
}

static VOID
on_idle(PVOID context, ULONG component)
{
    pnp_note(context, "idle", NULL);
    if (!hold_idle) {
        PoFxCompleteIdleCondition(handle, component);
    }
}

static VOID
on_state(PVOID context, ULONG component, ULONG state)
{
    static const char *const names[] = {"F0", "F1", "F2"};

    pnp_note(context, "state", names[state]);
    PoFxCompleteIdleState(handle, component);
}

static NTSTATUS
on_registered(WDFDEVICE wdf, POHANDLE po)
{
    ck_assert_uint_eq(KeGetCurrentIrql(), PASSIVE_LEVEL);
    handle = po;
    pnp_note(pnp_node_of(wdf), "registered", NULL);
    PoFxSetComponentLatency(po, 0, 50 * MS);
    return register_status;
}

static VOID
on_unregister(WDFDEVICE wdf, POHANDLE po)
{
    ck_assert_ptr_eq(po, handle);
    pnp_note(pnp_node_of(wdf), "unregister", NULL);
}

static void
assign(struct pnp_node *self)
{
    /* Gone when the call returns. */
    PO_FX_COMPONENT_IDLE_STATE states[] = {
        {0, 0, 0}, {10 * MS, 100 * MS, 0}, {100 * MS, 1000 * MS, 0}};
    PO_FX_COMPONENT component = {.IdleStateCount = 3, .IdleStates = states};
    WDF_POWER_FRAMEWORK_SETTINGS settings;

    WDF_POWER_FRAMEWORK_SETTINGS_INIT(&settings);
    settings.EvtDeviceWdmPostPoFxRegisterDevice = on_registered;
    settings.EvtDeviceWdmPrePoFxUnregisterDevice = on_unregister;
    settings.Component = &component;
    settings.ComponentActiveConditionCallback = on_active;
    settings.ComponentIdleConditionCallback = on_idle;
    settings.ComponentIdleStateCallback = on_state;
    settings.PoFxDeviceContext = self;
    if (change != NULL) {
        change(&settings);
    }
    assign_status = WdfDeviceWdmAssignPowerFrameworkSettings(self->device, &settings);
    memset(states, 0xff, sizeof(states));
}

static void
make(void)
{
    node = (struct pnp_node){.created = assign};
    hold_idle = false;
    register_status = STATUS_SUCCESS;
    change = NULL;
    WDF_DEVICE_POWER_POLICY_IDLE_SETTINGS_INIT(&node.idle, IdleCannotWakeFromS0);
    node.idle.IdleTimeoutType = SystemManagedIdleTimeoutWithHint;
    node.idle.IdleTimeout = IDLE;
    node.idle.DxState = PowerDeviceD2;
}

static void
start(void)
{
    SUCCEEDS(pnp_add(NULL, &node, NULL, &device));
    SUCCEEDS(assign_status);
}

/* F0 needs D0, and nothing else of what is called on the way up. */
static void
is_back(const char *up)
{
    const char *events = pnp_events();
    const char *state = strstr(events, "state:F0 ");

    ck_assert_int_eq(strncmp(events, up, strlen(up)), 0);
    ck_assert_ptr_nonnull(strstr(events, "restart "));
    ck_assert_ptr_nonnull(state);
    ck_assert_ptr_nonnull(strstr(state, "active "));
}

static void
end(void)
{
    SUCCEEDS(bench_device_remove(device));
    ck_assert_ptr_nonnull(strstr(pnp_events(), "release unregister flush cleanup "));
}

PNP_TEST(the_component_goes_before_the_device_and_comes_after_it)
{
    make();
    start();
    bench_wait_quiet(pnp_bench);
    EXPECT(UP "idle state:F1 ");
    bench_advance(pnp_bench, IDLE + IDLE / 2);
    EXPECT("suspend pre:D2 d0exit:D2 ");
    SUCCEEDS(WdfDeviceStopIdle(node.device, TRUE));
    pnp_await("active ");
    bench_wait_quiet(pnp_bench);
    is_back("d0entry:D2 post:D2 ");
    bench_advance(pnp_bench, 100 * IDLE);
    EXPECT("");
    WdfDeviceResumeIdle(node.device);
    bench_wait_quiet(pnp_bench);
    EXPECT("idle state:F1 ");
    end();
}

/* "The driver must call PoFxCompleteIdleCondition after the last EvtIoQueueState": until then nothing goes on. */
PNP_TEST(a_driver_that_is_not_done_keeps_the_device_in_d0)
{
    make();
    hold_idle = true;
    start();
    bench_advance(pnp_bench, 10 * IDLE);
    EXPECT(UP "idle ");
    PoFxCompleteIdleCondition(handle, 0);
    bench_advance(pnp_bench, IDLE + IDLE / 2);
    EXPECT("state:F1 suspend pre:D2 d0exit:D2 ");
    end();
}

PNP_TEST(a_device_that_is_used_before_its_timeout_stays)
{
    make();
    start();
    bench_advance(pnp_bench, IDLE / 2);
    EXPECT(UP "idle state:F1 ");
    SUCCEEDS(WdfDeviceStopIdle(node.device, TRUE));
    bench_wait_quiet(pnp_bench);
    EXPECT("state:F0 active ");
    WdfDeviceResumeIdle(node.device);
    bench_advance(pnp_bench, IDLE / 2);
    EXPECT("idle state:F1 ");
    bench_advance(pnp_bench, IDLE);
    EXPECT("suspend pre:D2 d0exit:D2 ");
    end();
}

PNP_TEST(the_system_sleeps_and_the_power_manager_hears_of_d0)
{
    make();
    start();
    bench_wait_quiet(pnp_bench);
    (void)pnp_events();
    SUCCEEDS(bench_sleep(pnp_bench, 3));
    EXPECT("suspend pre:D3 d0exit:D3 ");
    ck_assert_int_eq(WdfDeviceStopIdle(node.device, FALSE), STATUS_PENDING);
    bench_advance(pnp_bench, 10 * IDLE);
    EXPECT("");
    bench_resume(pnp_bench);
    bench_wait_quiet(pnp_bench);
    is_back("d0entry:D3 post:D3 ");
    WdfDeviceResumeIdle(node.device);
    bench_advance(pnp_bench, IDLE + IDLE / 2);
    EXPECT("idle state:F1 suspend pre:D2 d0exit:D2 ");
    /* The device was down already. */
    SUCCEEDS(bench_sleep(pnp_bench, 3));
    bench_resume(pnp_bench);
    bench_wait_quiet(pnp_bench);
    (void)pnp_events();
    SUCCEEDS(WdfDeviceStopIdle(node.device, TRUE));
    pnp_await("active ");
    WdfDeviceResumeIdle(node.device);
    end();
}

static void
only_defaults(WDF_POWER_FRAMEWORK_SETTINGS *settings)
{
    WDF_POWER_FRAMEWORK_SETTINGS_INIT(settings);
}

PNP_TEST(settings_need_not_say_anything)
{
    make();
    change = only_defaults;
    start();
    bench_advance(pnp_bench, IDLE + IDLE / 2);
    EXPECT("prepare d0entry:D3Final post:D3Final init suspend pre:D2 d0exit:D2 ");
    SUCCEEDS(WdfDeviceStopIdle(node.device, TRUE));
    pnp_await("restart ");
    WdfDeviceResumeIdle(node.device);
    SUCCEEDS(bench_device_remove(device));
}

/* "If failure is returned, the framework in turn will fail IRP_MN_START_DEVICE." */
PNP_TEST(a_driver_that_cannot_use_the_registration_does_not_start)
{
    make();
    register_status = STATUS_UNSUCCESSFUL;
    ck_assert_int_eq(pnp_add(NULL, &node, NULL, &device), STATUS_UNSUCCESSFUL);
    EXPECT("prepare d0entry:D3Final post:D3Final registered pre:D3Final d0exit:D3Final release "
           "object-cleanup ");
}

static void
no_state(WDF_POWER_FRAMEWORK_SETTINGS *settings)
{
    settings->Component->IdleStateCount = 0;
}

static void
no_size(WDF_POWER_FRAMEWORK_SETTINGS *settings)
{
    settings->Size = 4;
}

PNP_TEST(settings_are_checked)
{
    make();
    change = no_state;
    SUCCEEDS(pnp_add(NULL, &node, NULL, &device));
    ck_assert_int_eq(assign_status, STATUS_INVALID_PARAMETER);
    change = no_size;
    assign(&node);
    ck_assert_int_eq(assign_status, STATUS_INFO_LENGTH_MISMATCH);
    change = NULL;
    assign(&node); /* It is registered. */
    ck_assert_int_eq(assign_status, STATUS_INVALID_DEVICE_REQUEST);
    SUCCEEDS(bench_device_remove(device));
    (void)pnp_events();

    make();
    node.not_owner = true;
    node.idle.Size = 0;
    SUCCEEDS(pnp_add(NULL, &node, NULL, &device));
    ck_assert_int_eq(assign_status, STATUS_INVALID_DEVICE_REQUEST);
    SUCCEEDS(bench_device_remove(device));
}

PNP_RUN("conform/power_framework", the_component_goes_before_the_device_and_comes_after_it,
        a_driver_that_is_not_done_keeps_the_device_in_d0,
        a_device_that_is_used_before_its_timeout_stays,
        the_system_sleeps_and_the_power_manager_hears_of_d0, settings_need_not_say_anything,
        a_driver_that_cannot_use_the_registration_does_not_start, settings_are_checked)

/* SPDX-License-Identifier: MIT */
/*
 * WdfDeviceInitRegisterPnpStateChangeCallback and its power and power policy siblings: "when the machine changes
 * from state a to state b: a's leave-state callback, b's enter-state callback, the change, b's
 * post-process-state callback". Here all states of a machine are watched at once.
 */
#include "pnp_test.h"

#define MOVES 256

static struct bench_device *device;
static struct pnp_node node;

/* A machine as its callbacks tell of it. */
struct watched {
    WDF_STATE_NOTIFICATION_TYPE expected; /* The next. */
    unsigned from;                        /* Of the move under way. */
    unsigned to;
    unsigned at;
    unsigned path[MOVES]; /* States that were reached since the test last looked. */
    unsigned length;
};

static struct watched pnp, power, policy;
static int lock_word; /* Guards them; held for a few instructions only. */

static void
lock(void)
{
    while (__atomic_exchange_n(&lock_word, 1, __ATOMIC_ACQUIRE) != 0) {
    }
}

static void
unlock(void)
{
    __atomic_store_n(&lock_word, 0, __ATOMIC_RELEASE);
}

/* Each move is told three times, in this order and consistently. */
static void
heard(struct watched *watched, WDF_STATE_NOTIFICATION_TYPE type, unsigned current, unsigned next,
      unsigned now)
{
    ck_assert_uint_eq(KeGetCurrentIrql(), PASSIVE_LEVEL);
    lock();
    ck_assert_msg(type == watched->expected, "state 0x%x: type %u instead of %u", current,
                  (unsigned)type, (unsigned)watched->expected);
    switch (type) {
    case StateNotificationLeaveState:
        ck_assert_uint_eq(watched->at, current);
        watched->from = current;
        watched->to = next;
        watched->expected = StateNotificationEnterState;
        break;
    case StateNotificationEnterState:
        ck_assert_uint_eq(current, watched->from);
        ck_assert(next == watched->to || watched->at == 0);
        watched->to = next;
        ck_assert_uint_eq(now, watched->from); /* The change comes after it. */
        watched->expected = StateNotificationPostProcessState;
        break;
    default:
        ck_assert_uint_eq(current, watched->to);
        ck_assert_uint_eq(now, watched->to);
        ck_assert_uint_lt(watched->length, MOVES);
        watched->path[watched->length++] = watched->at = current;
        watched->expected = StateNotificationLeaveState;
        break;
    }
    unlock();
}

static VOID
on_pnp(WDFDEVICE handle, PCWDF_DEVICE_PNP_NOTIFICATION_DATA data)
{
    heard(&pnp, data->Type, data->Data.EnterState.CurrentState, data->Data.EnterState.NewState,
          WdfDeviceGetDevicePnpState(handle));
}

static VOID
on_power(WDFDEVICE handle, PCWDF_DEVICE_POWER_NOTIFICATION_DATA data)
{
    heard(&power, data->Type, data->Data.EnterState.CurrentState, data->Data.EnterState.NewState,
          WdfDeviceGetDevicePowerState(handle));
}

static VOID
on_policy(WDFDEVICE handle, PCWDF_DEVICE_POWER_POLICY_NOTIFICATION_DATA data)
{
    heard(&policy, data->Type, data->Data.EnterState.CurrentState, data->Data.EnterState.NewState,
          WdfDeviceGetDevicePowerPolicyState(handle));
}

static void
watch_all(struct pnp_node *unused, PWDFDEVICE_INIT init)
{
    for (unsigned state = WdfDevStatePnpObjectCreated + 1; state < WdfDevStatePnpNull; state++) {
        SUCCEEDS(WdfDeviceInitRegisterPnpStateChangeCallback(init, (WDF_DEVICE_PNP_STATE)state,
                                                             on_pnp, StateNotificationAllStates));
    }
    for (unsigned state = WdfDevStatePowerObjectCreated + 1; state < WdfDevStatePowerNull;
         state++) {
        SUCCEEDS(WdfDeviceInitRegisterPowerStateChangeCallback(
            init, (WDF_DEVICE_POWER_STATE)state, on_power, StateNotificationAllStates));
    }
    for (unsigned state = WdfDevStatePwrPolObjectCreated + 1; state < WdfDevStatePwrPolNull;
         state++) {
        SUCCEEDS(WdfDeviceInitRegisterPowerPolicyStateChangeCallback(
            init, (WDF_DEVICE_POWER_POLICY_STATE)state, on_policy, StateNotificationAllStates));
    }
}

/* The state that a machine begins in, ObjectCreated, is left without a word: it cannot be registered. */
static void
prepare_watched(void)
{
    pnp = power = policy = (struct watched){.expected = StateNotificationEnterState};
    pnp.from = WdfDevStatePnpObjectCreated;
    power.from = WdfDevStatePowerObjectCreated;
    policy.from = WdfDevStatePwrPolObjectCreated;
    node = (struct pnp_node){.init = watch_all};
}

static void
open_watched(void)
{
    prepare_watched();
    SUCCEEDS(pnp_add(NULL, &node, NULL, &device));
}

/* What the machine went through since the last time. */
static void
expect_path(struct watched *watched, const unsigned *path, unsigned length)
{
    lock();
    for (unsigned i = 0; i < length && i < watched->length; i++) {
        ck_assert_msg(watched->path[i] == path[i], "step %u: state 0x%x instead of 0x%x", i,
                      watched->path[i], path[i]);
    }
    ck_assert_uint_eq(watched->length, length);
    ck_assert_int_eq(watched->expected, StateNotificationLeaveState);
    watched->length = 0;
    unlock();
}

static void
forget_paths(void)
{
    lock();
    pnp.length = power.length = policy.length = 0;
    unlock();
}

static unsigned
length_of(const struct watched *watched)
{
    unsigned length;

    lock();
    length = watched->length;
    unlock();
    return length;
}

#define EXPECT_PATH(watched, ...)                                                                  \
    do {                                                                                           \
        static const unsigned path[] = {__VA_ARGS__};                                              \
        expect_path(&(watched), path, sizeof(path) / sizeof(path[0]));                             \
    } while (0)

PNP_TEST(the_way_up_and_the_way_down)
{
    open_watched();
    EXPECT_PATH(pnp, WdfDevStatePnpInit, WdfDevStatePnpHardwareAvailable,
                WdfDevStatePnpEnableInterfaces, WdfDevStatePnpStarted);
    EXPECT_PATH(power, WdfDevStatePowerStopped, WdfDevStatePowerStartingCheckDeviceType,
                WdfDevStatePowerD0Starting, WdfDevStatePowerD0StartingConnectInterrupt,
                WdfDevStatePowerD0StartingPostHardwareEnabled,
                WdfDevStatePowerD0StartingStartSelfManagedIo, WdfDevStatePowerDecideD0State,
                WdfDevStatePowerD0);
    EXPECT_PATH(policy, WdfDevStatePwrPolStarting, WdfDevStatePwrPolStartingSucceeded,
                WdfDevStatePwrPolStartingDecideS0Wake, WdfDevStatePwrPolStarted);
    SUCCEEDS(bench_device_remove(device));
    EXPECT_PATH(pnp, WdfDevStatePnpQueryRemoveStaticCheck, WdfDevStatePnpQueryRemoveAskDriver,
                WdfDevStatePnpQueryRemoveEnsureDeviceAwake, WdfDevStatePnpQueryRemovePending,
                WdfDevStatePnpQueriedRemoving, WdfDevStatePnpRemovingDisableInterfaces,
                WdfDevStatePnpRemovedWaitForChildren, WdfDevStatePnpRemovedChildrenRemoved,
                WdfDevStatePnpCheckForDevicePresence, WdfDevStatePnpFdoRemoved,
                WdfDevStatePnpRemoved);
    EXPECT_PATH(power, WdfDevStatePowerGotoD3Stopped, WdfDevStatePowerGotoStopped,
                WdfDevStatePowerStopped);
}

PNP_TEST(idle_and_back)
{
    open_watched();
    WDF_DEVICE_POWER_POLICY_IDLE_SETTINGS_INIT(&node.idle, IdleCannotWakeFromS0);
    node.idle.IdleTimeout = 100;
    SUCCEEDS(WdfDeviceAssignS0IdleSettings(node.device, &node.idle));
    bench_wait_quiet(pnp_bench);
    forget_paths();
    bench_advance(pnp_bench, 150);
    EXPECT_PATH(power, WdfDevStatePowerGotoDx, WdfDevStatePowerGotoDxIoStopped, WdfDevStatePowerDx);
    EXPECT_PATH(policy, WdfDevStatePwrPolIdleCapableDeviceIdle, WdfDevStatePwrPolTimerExpiredNoWake,
                WdfDevStatePwrPolTimerExpiredNoWakeCompletePowerDown,
                WdfDevStatePwrPolWaitingUnarmedQueryIdle, WdfDevStatePwrPolWaitingUnarmed);
    SUCCEEDS(WdfDeviceStopIdle(node.device, TRUE));
    bench_wait_quiet(pnp_bench);
    EXPECT_PATH(power, WdfDevStatePowerCheckParentState, WdfDevStatePowerWaking,
                WdfDevStatePowerWakingConnectInterrupt, WdfDevStatePowerWakingPostHardwareEnabled,
                WdfDevStatePowerStartSelfManagedIo, WdfDevStatePowerDecideD0State,
                WdfDevStatePowerD0);
    EXPECT_PATH(policy, WdfDevStatePwrPolWaitingUnarmedQueryIdle, WdfDevStatePwrPolS0NoWakePowerUp,
                WdfDevStatePwrPolS0NoWakeCompletePowerUp, WdfDevStatePwrPolStartingDecideS0Wake,
                WdfDevStatePwrPolStartedIdleCapable);
    ck_assert_uint_eq(length_of(&pnp), 0);
    WdfDeviceResumeIdle(node.device);
    SUCCEEDS(bench_device_remove(device));
}

PNP_TEST(sleep_and_back)
{
    open_watched();
    forget_paths();
    SUCCEEDS(bench_sleep(pnp_bench, 3));
    EXPECT_PATH(power, WdfDevStatePowerGotoDx, WdfDevStatePowerGotoDxIoStopped, WdfDevStatePowerDx);
    EXPECT_PATH(policy, WdfDevStatePwrPolSleeping, WdfDevStatePwrPolSleepingNoWakePowerDown,
                WdfDevStatePwrPolSleepingNoWakeCompletePowerDown,
                WdfDevStatePwrPolSystemAsleepNoWake);
    bench_resume(pnp_bench);
    bench_wait_quiet(pnp_bench);
    EXPECT_PATH(power, WdfDevStatePowerCheckParentState, WdfDevStatePowerWaking,
                WdfDevStatePowerWakingConnectInterrupt, WdfDevStatePowerWakingPostHardwareEnabled,
                WdfDevStatePowerStartSelfManagedIo, WdfDevStatePowerDecideD0State,
                WdfDevStatePowerD0);
    ck_assert_int_eq(WdfDeviceGetDevicePowerPolicyState(node.device), WdfDevStatePwrPolStarted);
    SUCCEEDS(bench_device_remove(device));
}

PNP_TEST(a_rebalance)
{
    open_watched();
    forget_paths();
    SUCCEEDS(bench_device_stop(device));
    EXPECT_PATH(pnp, WdfDevStatePnpQueryStopStaticCheck, WdfDevStatePnpQueryStopAskDriver,
                WdfDevStatePnpQueryStopEnsureDeviceAwake, WdfDevStatePnpQueryStopPending,
                WdfDevStatePnpStartedStopping, WdfDevStatePnpStopped);
    SUCCEEDS(bench_device_start(device));
    EXPECT_PATH(pnp, WdfDevStatePnpStartingFromStopped, WdfDevStatePnpRestarting,
                WdfDevStatePnpStarted);
    SUCCEEDS(bench_device_remove(device));
}

PNP_TEST(a_query_that_is_cancelled)
{
    open_watched();
    forget_paths();
    node.fail[MONITOR_QUERY_REMOVE] = 1;
    ck_assert_int_eq(bench_device_remove(device), STATUS_DEVICE_DATA_ERROR);
    EXPECT_PATH(pnp, WdfDevStatePnpQueryRemoveStaticCheck, WdfDevStatePnpQueryRemoveAskDriver,
                WdfDevStatePnpQueryCanceled, WdfDevStatePnpStarted);
    ck_assert_uint_eq(length_of(&power), 0);
    SUCCEEDS(bench_device_remove(device));
}

PNP_TEST(a_failed_start)
{
    prepare_watched();
    node.fail[MONITOR_D0_ENTRY] = 1;
    ck_assert_int_eq(pnp_add(NULL, &node, NULL, &device), STATUS_DEVICE_DATA_ERROR);
    EXPECT_PATH(power, WdfDevStatePowerStopped, WdfDevStatePowerStartingCheckDeviceType,
                WdfDevStatePowerD0Starting, WdfDevStatePowerInitialPowerUpFailedDerefParent,
                WdfDevStatePowerInitialPowerUpFailed, WdfDevStatePowerStopped);
}

/* --- Who hears what --------------------------------------------------------------------------------- */

static _Atomic unsigned heard_d0;
static _Atomic unsigned heard_types;

static VOID
on_d0(WDFDEVICE handle, PCWDF_DEVICE_POWER_NOTIFICATION_DATA data)
{
    heard_d0++;
    heard_types |= data->Type;
}

static void
watch_leaving_d0(struct pnp_node *unused, PWDFDEVICE_INIT init)
{
    SUCCEEDS(WdfDeviceInitRegisterPowerStateChangeCallback(init, WdfDevStatePowerD0, on_d0,
                                                           StateNotificationLeaveState));
}

PNP_TEST(only_the_types_asked_for_are_told)
{
    heard_d0 = heard_types = 0;
    node = (struct pnp_node){.init = watch_leaving_d0};
    SUCCEEDS(pnp_add(NULL, &node, NULL, &device));
    ck_assert_uint_eq(heard_d0, 0);
    SUCCEEDS(bench_sleep(pnp_bench, 3));
    ck_assert_uint_eq(heard_d0, 1);
    bench_resume(pnp_bench);
    bench_wait_quiet(pnp_bench);
    SUCCEEDS(bench_device_remove(device));
    ck_assert_uint_eq(heard_d0, 2);
    ck_assert_uint_eq(heard_types, StateNotificationLeaveState);
}

static VOID
on_no_pnp(WDFDEVICE handle, PCWDF_DEVICE_PNP_NOTIFICATION_DATA data)
{
    ck_abort_msg("a callback that was refused is called");
}

static void
register_badly(struct pnp_node *unused, PWDFDEVICE_INIT init)
{
    ck_assert_int_eq(
        WdfDeviceInitRegisterPnpStateChangeCallback(init, WdfDevStatePnpStarted, on_no_pnp, 0),
        STATUS_INVALID_PARAMETER);
    ck_assert_int_eq(
        WdfDeviceInitRegisterPnpStateChangeCallback(init, WdfDevStatePnpStarted, on_no_pnp, 8),
        STATUS_INVALID_PARAMETER);
    ck_assert_int_eq(WdfDeviceInitRegisterPnpStateChangeCallback(
                         init, WdfDevStatePnpNull, on_no_pnp, StateNotificationAllStates),
                     STATUS_INVALID_PARAMETER);
    ck_assert_int_eq(
        WdfDeviceInitRegisterPowerStateChangeCallback(
            init, (WDF_DEVICE_POWER_STATE)WdfDevStatePnpStarted, on_d0, StateNotificationAllStates),
        STATUS_INVALID_PARAMETER);
    ck_assert_int_eq(WdfDeviceInitRegisterPowerPolicyStateChangeCallback(
                         init, WdfDevStatePwrPolStarted, NULL, StateNotificationAllStates),
                     STATUS_INVALID_PARAMETER);
}

PNP_TEST(what_is_no_state_is_refused)
{
    heard_d0 = 0;
    node = (struct pnp_node){.init = register_badly};
    SUCCEEDS(pnp_add(NULL, &node, NULL, &device));
    SUCCEEDS(bench_device_remove(device));
    ck_assert_uint_eq(heard_d0, 0);
}

PNP_RUN("conform/pnp_notices", the_way_up_and_the_way_down, idle_and_back, sleep_and_back,
        a_rebalance, a_query_that_is_cancelled, a_failed_start, only_the_types_asked_for_are_told,
        what_is_no_state_is_refused)

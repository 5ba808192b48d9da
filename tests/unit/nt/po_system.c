/* SPDX-License-Identifier: MIT */
/* The system's sleep over the device tree, wake-up, and device power IRPs. */
#include <stdio.h>

#include "base/atomic.h"
#include "io_fixture.h"
#include "nt/ex/ex.h"
#include "nt/pnp/pnp.h"
#include "nt/po/po.h"
#include "wdm_kit.h"

enum {
    BUS,
    HUB,
    DISK,
    FILTER,
    DRIVERS
};

static const struct kit_driver drivers[DRIVERS] = {
    [BUS] = {"bus", 'B', KIT_BUS, "ROOT\\BUS", PNP_FUNCTION, .failing_minor = 0xFF},
    [HUB] = {"hub", 'H', KIT_BUS, "KIT\\HUB", PNP_FUNCTION, .failing_minor = 0xFF},
    [DISK] = {"disk", 'F', KIT_FUNCTION, "KIT\\DISK", PNP_FUNCTION, .failing_minor = 0xFF},
    [FILTER] = {"filter", 'U', KIT_FILTER, "KIT\\FULL", PNP_UPPER_DEVICE_FILTER,
                .failing_minor = 0xFF},
};

static struct pnp_devnode *bus;

static void
setup(void)
{
    fixture_setup();
    kit_setup(drivers, DRIVERS);
    bus = kit_add("ROOT\\BUS\\0000");
    ck_assert_ptr_nonnull(bus);
    kit_clear();
}

static void
teardown(void)
{
    po_system_resume();
    pnp_devnode_unref(bus);
    ck_assert_uint_eq(kit_teardown(), 0);
    fixture_teardown();
}

static void
expect(const char *story)
{
    ck_assert_str_eq(kit_story, story);
    kit_clear();
}

static NTSTATUS
sleep_s3(void)
{
    return po_system_sleep(PowerSystemSleeping3, PowerActionSleep, false);
}

static struct pnp_devnode *
devnode_of(struct kit_slot *slot)
{
    struct pnp_devnode *devnode = pnp_devnode_of(slot->pdo);

    ck_assert_ptr_nonnull(devnode);
    return devnode;
}

/* bus <- hub <- disk */
static struct kit_slot *
build(struct pnp_devnode **ret_hub)
{
    struct kit_slot *disk;

    *ret_hub = devnode_of(kit_plug(bus, "KIT\\HUB"));
    disk = kit_plug(*ret_hub, "KIT\\DISK");
    kit_clear();
    return disk;
}

/* --- Order ----------------------------------------------------------------------------------- */

START_TEST(children_sleep_before_and_wake_after_their_parents)
{
    struct pnp_devnode *hub;

    build(&hub);
    ck_assert_int_eq(sleep_s3(), STATUS_SUCCESS);
    expect("DISK0:FQ3 HUB0:HQ3 BUS0000:BQ3 "
           "DISK0:FS3 DISK0:FD3 HUB0:HS3 HUB0:HD3 BUS0000:BS3 BUS0000:BD3 ");
    ck_assert_int_eq(po_system_state(), PowerSystemSleeping3);
    ck_assert_int_eq(sleep_s3(), STATUS_INVALID_DEVICE_STATE);
    po_system_resume();
    expect("BUS0000:BS0 BUS0000:BD0 HUB0:HS0 HUB0:HD0 DISK0:FS0 DISK0:FD0 ");
    ck_assert_int_eq(po_system_state(), PowerSystemWorking);
    po_system_resume(); /* It does not sleep. */
    expect("");
    pnp_devnode_unref(hub);
}
END_TEST

START_TEST(a_refusal_is_told_to_those_that_were_asked)
{
    struct pnp_devnode *hub;

    build(&hub);
    kit_drivers[HUB].query_power = STATUS_DEVICE_BUSY;
    ck_assert_int_eq(sleep_s3(), STATUS_DEVICE_BUSY);
    expect("DISK0:FQ3 HUB0:HQ3 HUB0:HS0 HUB0:HD0 DISK0:FS0 DISK0:FD0 ");
    ck_assert_int_eq(po_system_state(), PowerSystemWorking);
    /* Whoever presses the power button does not ask. */
    ck_assert_int_eq(po_system_sleep(PowerSystemShutdown, PowerActionShutdownOff, true),
                     STATUS_SUCCESS);
    expect("DISK0:FS5 DISK0:FD3 HUB0:HS5 HUB0:HD3 BUS0000:BS5 BUS0000:BD3 ");
    ck_assert_int_eq(po_system_sleep(PowerSystemWorking, PowerActionNone, true),
                     STATUS_INVALID_PARAMETER_1);
    pnp_devnode_unref(hub);
}
END_TEST

START_TEST(the_question_and_the_sleep_may_come_apart)
{
    struct pnp_devnode *hub;
    struct kit_slot *disk = build(&hub);

    ck_assert_int_eq(po_system_ask(PowerSystemSleeping3, PowerActionSleep), STATUS_SUCCESS);
    expect("DISK0:FQ3 HUB0:HQ3 BUS0000:BQ3 ");
    ck_assert_int_eq(po_system_state(), PowerSystemWorking);
    ck_assert_int_eq(po_system_ask(PowerSystemSleeping3, PowerActionSleep),
                     STATUS_INVALID_DEVICE_STATE);
    /* What a bus has to say waits for the answer. */
    kit_unplug(hub, disk);
    expect("");
    po_system_stay();
    pnp_wait_quiet();
    expect("BUS0000:BS0 BUS0000:BD0 HUB0:HS0 HUB0:HD0 DISK0:FS0 DISK0:FD0 DISK0:F! DISK0:Fr ");
    po_system_stay(); /* Nobody has asked. */
    expect("");

    kit_drivers[HUB].query_power = STATUS_DEVICE_BUSY;
    ck_assert_int_eq(po_system_ask(PowerSystemSleeping3, PowerActionSleep), STATUS_DEVICE_BUSY);
    expect("HUB0:HQ3 HUB0:HS0 HUB0:HD0 ");
    po_system_stay();
    expect("");
    kit_drivers[HUB].query_power = STATUS_SUCCESS;
    ck_assert_int_eq(po_system_ask(PowerSystemSleeping3, PowerActionSleep), STATUS_SUCCESS);
    kit_clear();
    ck_assert_int_eq(po_system_sleep(PowerSystemSleeping3, PowerActionSleep, true), STATUS_SUCCESS);
    expect("HUB0:HS3 HUB0:HD3 BUS0000:BS3 BUS0000:BD3 ");
    pnp_devnode_unref(hub);
}
END_TEST

START_TEST(filters_see_system_irps_and_devices_without_drivers_complete_them)
{
    struct kit_slot *raw = kit_plug_quietly(bus, "KIT\\UNKNOWN");

    raw->raw_ok = true;
    kit_drivers[DISK].fits = "KIT\\FULL";
    kit_plug(bus, "KIT\\FULL");
    kit_clear();
    ck_assert_int_eq(sleep_s3(), STATUS_SUCCESS);
    expect(
        "FULL1:UQ3 FULL1:FQ3 BUS0000:BQ3 FULL1:US3 FULL1:FS3 FULL1:FD3 BUS0000:BS3 BUS0000:BD3 ");
}
END_TEST

START_TEST(power_relations_order_devices_that_are_no_relatives)
{
    struct kit_slot *first = kit_plug(bus, "KIT\\DISK");
    struct kit_slot *second = kit_plug(bus, "KIT\\DISK");

    kit_clear();
    ck_assert_int_eq(sleep_s3(), STATUS_SUCCESS);
    po_system_resume();
    kit_clear();
    /* The second one needs the first: that one is turned on before and off after it. */
    kit_drivers[DISK].power_relation = first->pdo;
    IoInvalidateDeviceRelations(second->pdo, PowerRelations);
    pnp_wait_quiet();
    kit_drivers[DISK].power_relation = NULL;
    ck_assert_int_eq(po_system_sleep(PowerSystemSleeping3, PowerActionSleep, true), STATUS_SUCCESS);
    expect("DISK1:FS3 DISK1:FD3 DISK0:FS3 DISK0:FD3 BUS0000:BS3 BUS0000:BD3 ");
    po_system_resume();
    expect("BUS0000:BS0 BUS0000:BD0 DISK0:FS0 DISK0:FD0 DISK1:FS0 DISK1:FD0 ");
    /* And the other way round. */
    kit_drivers[DISK].power_relation = second->pdo;
    IoInvalidateDeviceRelations(first->pdo, PowerRelations);
    pnp_wait_quiet();
    kit_drivers[DISK].power_relation = NULL;
    IoInvalidateDeviceRelations(second->pdo, PowerRelations);
    pnp_wait_quiet();
    ck_assert_int_eq(po_system_sleep(PowerSystemSleeping3, PowerActionSleep, true), STATUS_SUCCESS);
    expect("DISK0:FS3 DISK0:FD3 DISK1:FS3 DISK1:FD3 BUS0000:BS3 BUS0000:BD3 ");
}
END_TEST

START_TEST(power_relations_that_go_in_a_circle_do_not_hold_the_system)
{
    struct kit_slot *first = kit_plug(bus, "KIT\\DISK");
    struct kit_slot *second = kit_plug(bus, "KIT\\DISK");

    kit_drivers[DISK].power_relation = first->pdo;
    IoInvalidateDeviceRelations(second->pdo, PowerRelations);
    pnp_wait_quiet();
    kit_drivers[DISK].power_relation = second->pdo;
    IoInvalidateDeviceRelations(first->pdo, PowerRelations);
    pnp_wait_quiet();
    kit_drivers[DISK].power_relation = NULL;
    ck_assert_int_eq(sleep_s3(), STATUS_SUCCESS);
    po_system_resume();
    ck_assert_int_eq(po_system_state(), PowerSystemWorking);
}
END_TEST

/* --- With PnP -------------------------------------------------------------------------------- */

START_TEST(what_happens_to_a_bus_while_the_system_sleeps_is_seen_when_it_wakes)
{
    struct pnp_devnode *hub;
    struct kit_slot *disk = build(&hub);

    ck_assert_int_eq(sleep_s3(), STATUS_SUCCESS);
    kit_clear();
    kit_unplug(hub, disk);
    expect("");
    po_system_resume();
    pnp_wait_quiet();
    expect("BUS0000:BS0 BUS0000:BD0 HUB0:HS0 HUB0:HD0 DISK0:FS0 DISK0:FD0 DISK0:F! DISK0:Fr ");
    pnp_devnode_unref(hub);
}
END_TEST

/* --- Wake-up --------------------------------------------------------------------------------- */

static struct kit_slot *
plug_waking(void)
{
    struct kit_slot *slot = kit_plug_quietly(bus, "KIT\\DISK");

    slot->wakes = true;
    kit_drivers[DISK].arms_wake = true;
    kit_bus_changed(bus);
    kit_clear();
    return slot;
}

START_TEST(a_signal_wakes_the_system)
{
    struct kit_slot *slot = plug_waking();

    ck_assert(po_device_wake_armed(slot->pdo));
    ck_assert(!po_device_wake_armed(pnp_devnode_pdo(bus)));
    ck_assert_int_eq(sleep_s3(), STATUS_SUCCESS);
    kit_clear();
    ck_assert(!po_device_woke_system(slot->pdo));
    ck_assert(kit_wake(slot));
    ck_assert(po_wait_awake(-1));
    pnp_wait_quiet();
    ck_assert_ptr_nonnull(strstr(kit_story, "DISK0:Fw "));
    /* The disk's own D0 may come anywhere between. */
    ck_assert_ptr_nonnull(strstr(kit_story, "BUS0000:BS0 "));
    ck_assert_ptr_nonnull(strstr(strstr(kit_story, "BUS0000:BS0 "), "DISK0:FS0 "));
    ck_assert_int_eq(po_system_state(), PowerSystemWorking);
    ck_assert(po_device_woke_system(slot->pdo));
    ck_assert(!po_device_woke_system(pnp_devnode_pdo(bus)));
    /* The driver armed it again. */
    ck_assert_int_eq(sleep_s3(), STATUS_SUCCESS);
    ck_assert(!po_device_woke_system(slot->pdo));
    ck_assert(kit_wake(slot));
    ck_assert(po_wait_awake(-1));
    pnp_wait_quiet();
}
END_TEST

START_TEST(a_signal_while_the_system_works_wakes_the_device_alone)
{
    struct kit_slot *slot = plug_waking();

    ck_assert(kit_wake(slot));
    pnp_wait_quiet();
    expect("DISK0:Fw DISK0:FD0 ");
    ck_assert_int_eq(po_system_state(), PowerSystemWorking);
}
END_TEST

START_TEST(a_device_that_goes_gives_up_its_wake_irp)
{
    struct kit_slot *slot = plug_waking();

    kit_unplug(bus, slot);
    expect("DISK0:F! DISK0:Fr ");
    ck_assert_uint_eq(kit_pdo_count(), 0);
}
END_TEST

START_TEST(the_root_bus_completes_wake_irps_of_devices_that_can_wake)
{
    DEVICE_CAPABILITIES capabilities = {
        .Size = sizeof(capabilities),
        .Version = 1,
        .SystemWake = PowerSystemSleeping3,
        .DeviceWake = PowerDeviceD2,
    };
    struct pnp_root_params params = {.instance_id = "ROOT\\WAKER\\0000",
                                     .capabilities = &capabilities};
    struct pnp_devnode *devnode = NULL;

    kit_drivers[DISK].fits = "ROOT\\WAKER";
    kit_drivers[DISK].arms_wake = true;
    ck_assert_int_eq(pnp_root_add(&params, &devnode), STATUS_SUCCESS);
    pnp_wait_quiet();
    kit_clear();
    ck_assert(pnp_root_signal_wake(devnode));
    pnp_wait_quiet();
    expect("WAKER0000:Fw WAKER0000:FD0 ");
    ck_assert(!pnp_root_signal_wake(bus));
    pnp_devnode_unref(devnode);
}
END_TEST

START_TEST(a_wake_irp_is_marked_as_what_woke_the_system)
{
    PIRP irp = IoAllocateIrp(1, FALSE);

    ck_assert(!PoGetSystemWake(irp));
    PoSetSystemWake(irp);
    ck_assert(PoGetSystemWake(irp));
    IoReuseIrp(irp, STATUS_SUCCESS);
    ck_assert(!PoGetSystemWake(irp));
    IoFreeIrp(irp);
}
END_TEST

/* --- Power settings -------------------------------------------------------------------------- */

static PVOID setting_handle;
static bool unregister_in_callback;

static NTSTATUS
on_setting(LPCGUID guid, PVOID value, ULONG size, PVOID context)
{
    ck_assert_uint_eq(size, sizeof(ULONG));
    ck_assert_int_eq(KeGetCurrentIrql(), PASSIVE_LEVEL);
    kit_tell("%s%u ", (const char *)context, *(ULONG *)value);
    if (unregister_in_callback) {
        ck_assert_int_eq(PoUnregisterPowerSettingCallback(setting_handle), STATUS_SUCCESS);
    }
    return STATUS_SUCCESS;
}

START_TEST(a_power_setting_is_told_at_once_and_when_it_changes)
{
    static const GUID unknown = {1, 2, 3, {4}};
    PVOID lid;
    PVOID other;

    ck_assert_int_eq(PoRegisterPowerSettingCallback(NULL, &GUID_CONSOLE_DISPLAY_STATE, on_setting,
                                                    "display", &setting_handle),
                     STATUS_SUCCESS);
    ck_assert_int_eq(
        PoRegisterPowerSettingCallback(NULL, &GUID_LIDSWITCH_STATE_CHANGE, on_setting, "lid", &lid),
        STATUS_SUCCESS);
    ck_assert_int_eq(PoRegisterPowerSettingCallback(NULL, &unknown, on_setting, "other", &other),
                     STATUS_SUCCESS);
    ck_assert_str_eq(kit_story, "display1 lid1 ");
    ck_assert_int_eq(sleep_s3(), STATUS_SUCCESS);
    ex_work_queue_flush();
    ck_assert_ptr_nonnull(strstr(kit_story, "display0 "));
    kit_clear();
    po_system_resume();
    pnp_wait_quiet();
    ck_assert_ptr_nonnull(strstr(kit_story, "display1 "));
    ck_assert_ptr_null(strstr(kit_story, "lid"));
    ck_assert_int_eq(PoUnregisterPowerSettingCallback(setting_handle), STATUS_SUCCESS);
    ck_assert_int_eq(PoUnregisterPowerSettingCallback(lid), STATUS_SUCCESS);
    ck_assert_int_eq(PoUnregisterPowerSettingCallback(other), STATUS_SUCCESS);
    kit_clear();
    ck_assert_int_eq(sleep_s3(), STATUS_SUCCESS);
    po_system_resume();
    pnp_wait_quiet();
    ck_assert_ptr_null(strstr(kit_story, "display"));
}
END_TEST

START_TEST(a_power_settings_callback_may_unregister_itself)
{
    unregister_in_callback = true;
    ck_assert_int_eq(PoRegisterPowerSettingCallback(NULL, &GUID_ACDC_POWER_SOURCE, on_setting,
                                                    "source", &setting_handle),
                     STATUS_SUCCESS);
    expect("source0 ");
}
END_TEST

/* --- Device power IRPs ----------------------------------------------------------------------- */

static KSEMAPHORE completed;
static uint32_t completions;

static VOID
on_done(PDEVICE_OBJECT pdo, UCHAR minor, POWER_STATE state, PVOID context, PIO_STATUS_BLOCK iosb)
{
    kit_tell("%s%d ", (const char *)context, (int)state.DeviceState - 1);
    atomic_fetch_add_u32(&completions, 1);
    KeReleaseSemaphore(&completed, IO_NO_INCREMENT, 1, FALSE);
}

static void
request(PDEVICE_OBJECT pdo, DEVICE_POWER_STATE state, const char *name)
{
    POWER_STATE power = {.DeviceState = state};

    ck_assert_int_eq(
        PoRequestPowerIrp(pdo, IRP_MN_SET_POWER, power, on_done, (PVOID)(ULONG_PTR)name, NULL),
        STATUS_PENDING);
}

static void
wait_completed(unsigned count)
{
    while (count-- > 0) {
        KeWaitForSingleObject(&completed, Executive, KernelMode, FALSE, NULL);
    }
}

START_TEST(a_device_has_one_power_irp_at_a_time)
{
    struct kit_slot *slot = kit_plug(bus, "KIT\\DISK");

    KeInitializeSemaphore(&completed, 0, MAXLONG);
    kit_drivers[DISK].power_ms = 5;
    kit_clear();
    request(slot->pdo, PowerDeviceD3, "done");
    request(slot->pdo, PowerDeviceD0, "done");
    request(slot->pdo, PowerDeviceD2, "done");
    wait_completed(3);
    expect("DISK0:FD3 done3 DISK0:FD0 done0 DISK0:FD2 done2 ");
}
END_TEST

START_TEST(devices_that_draw_current_come_up_one_after_the_other)
{
    struct kit_slot *first = kit_plug(bus, "KIT\\DISK");
    struct kit_slot *second = kit_plug(bus, "KIT\\DISK");

    KeInitializeSemaphore(&completed, 0, MAXLONG);
    first->pdo->Flags |= DO_POWER_INRUSH;
    second->pdo->Flags |= DO_POWER_INRUSH;
    kit_drivers[DISK].power_ms = 5;
    kit_clear();
    request(first->pdo, PowerDeviceD0, "a");
    request(second->pdo, PowerDeviceD0, "b");
    wait_completed(2);
    expect("DISK0:FD0 a0 DISK1:FD0 b0 ");
}
END_TEST

START_TEST(only_power_irps_are_requested)
{
    POWER_STATE power = {.DeviceState = PowerDeviceD0};

    ck_assert_int_eq(
        PoRequestPowerIrp(pnp_devnode_pdo(bus), IRP_MN_POWER_SEQUENCE, power, NULL, NULL, NULL),
        STATUS_INVALID_PARAMETER_2);
}
END_TEST

int
main(void)
{
    TCase *tests = tcase_create("system");

    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, children_sleep_before_and_wake_after_their_parents);
    tcase_add_test(tests, a_refusal_is_told_to_those_that_were_asked);
    tcase_add_test(tests, the_question_and_the_sleep_may_come_apart);
    tcase_add_test(tests, filters_see_system_irps_and_devices_without_drivers_complete_them);
    tcase_add_test(tests, power_relations_order_devices_that_are_no_relatives);
    tcase_add_test(tests, power_relations_that_go_in_a_circle_do_not_hold_the_system);
    tcase_add_test(tests, what_happens_to_a_bus_while_the_system_sleeps_is_seen_when_it_wakes);
    tcase_add_test(tests, a_signal_wakes_the_system);
    tcase_add_test(tests, a_signal_while_the_system_works_wakes_the_device_alone);
    tcase_add_test(tests, a_device_that_goes_gives_up_its_wake_irp);
    tcase_add_test(tests, the_root_bus_completes_wake_irps_of_devices_that_can_wake);
    tcase_add_test(tests, a_wake_irp_is_marked_as_what_woke_the_system);
    tcase_add_test(tests, a_power_setting_is_told_at_once_and_when_it_changes);
    tcase_add_test(tests, a_power_settings_callback_may_unregister_itself);
    tcase_add_test(tests, a_device_has_one_power_irp_at_a_time);
    tcase_add_test(tests, devices_that_draw_current_come_up_one_after_the_other);
    tcase_add_test(tests, only_power_irps_are_requested);
    return fixture_run("nt/po/system", tests);
}

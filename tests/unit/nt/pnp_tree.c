/* SPDX-License-Identifier: MIT */
/* The device tree: children of buses, removals over the tree, problems. */
#include <stdio.h>

#include "io_fixture.h"
#include "base/fsm.h"
#include "nt/ex/ex.h"
#include "nt/ke/ke.h"
#include "nt/pnp/pnp.h"
#include "wdm_kit.h"

enum {
    BUS,
    HUB,
    DISK,
    DISK_LOWER,
    DISK_UPPER,
    DISK_LOWER_CLASS,
    DISK_UPPER_CLASS,
    DRIVERS
};

static const struct kit_driver drivers[DRIVERS] = {
    [BUS] = {"bus", 'B', KIT_BUS, "ROOT\\BUS", PNP_FUNCTION, .failing_minor = 0xFF},
    [HUB] = {"hub", 'H', KIT_BUS, "KIT\\HUB", PNP_FUNCTION, .failing_minor = 0xFF},
    [DISK] = {"disk", 'F', KIT_FUNCTION, "KIT\\DISK", PNP_FUNCTION, .failing_minor = 0xFF},
    [DISK_LOWER] = {"lower", 'l', KIT_FILTER, "KIT\\FULL", PNP_LOWER_DEVICE_FILTER,
                    .failing_minor = 0xFF},
    [DISK_UPPER] = {"upper", 'u', KIT_FILTER, "KIT\\FULL", PNP_UPPER_DEVICE_FILTER,
                    .failing_minor = 0xFF},
    [DISK_LOWER_CLASS] = {"lowerclass", 'L', KIT_FILTER, "KIT\\FULL", PNP_LOWER_CLASS_FILTER,
                          .failing_minor = 0xFF},
    [DISK_UPPER_CLASS] = {"upperclass", 'U', KIT_FILTER, "KIT\\FULL", PNP_UPPER_CLASS_FILTER,
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
    ck_assert_str_eq(kit_story, "BUS0000:Ba BUS0000:Bs ");
    kit_clear();
}

static void
teardown(void)
{
    pnp_devnode_unref(bus);
    ck_assert_uint_eq(kit_teardown(), 0);
    fixture_teardown();
}

/* What the story is since the last time. */
static void
expect(const char *story)
{
    ck_assert_str_eq(kit_story, story);
    kit_clear();
}

static struct pnp_devnode *
devnode_of(struct kit_slot *slot)
{
    struct pnp_devnode *devnode = slot->pdo != NULL ? pnp_devnode_of(slot->pdo) : NULL;

    ck_assert_ptr_nonnull(devnode);
    return devnode;
}

static struct pnp_status
status_of(struct pnp_devnode *devnode)
{
    struct pnp_status status;

    pnp_devnode_status(devnode, &status);
    return status;
}

static void
expect_state(struct pnp_devnode *devnode, const char *state, enum pnp_problem problem)
{
    ck_assert_str_eq(status_of(devnode).state, state);
    ck_assert_int_eq(status_of(devnode).problem, problem);
}

/* --- Coming ---------------------------------------------------------------------------------- */

START_TEST(a_child_is_started_when_its_bus_reports_it_and_removed_when_it_does_not)
{
    struct kit_slot *slot = kit_plug(bus, "KIT\\DISK");
    struct pnp_devnode *disk = devnode_of(slot);

    expect("DISK0:Fa DISK0:Fs ");
    expect_state(disk, "Started", PNP_PROBLEM_NONE);
    kit_unplug(bus, slot);
    expect("DISK0:F! DISK0:Fr ");
    ck_assert(status_of(disk).gone);
    ck_assert_uint_eq(kit_pdo_count(), 0);
    pnp_devnode_unref(disk);
}
END_TEST

START_TEST(several_come_in_the_order_of_the_report_and_others_stay)
{
    struct kit_slot *first = kit_plug_quietly(bus, "KIT\\DISK");

    kit_plug_quietly(bus, "KIT\\DISK");
    kit_bus_changed(bus);
    expect("DISK0:Fa DISK0:Fs DISK1:Fa DISK1:Fs ");
    kit_plug(bus, "KIT\\DISK");
    expect("DISK2:Fa DISK2:Fs ");
    kit_unplug_quietly(first);
    kit_plug(bus, "KIT\\DISK");
    /* Who leaves makes room for who comes. */
    expect("DISK0:F! DISK0:Fr DISK0:Fa DISK0:Fs ");
}
END_TEST

START_TEST(a_stack_is_built_by_roles_from_the_bottom)
{
    /* The function driver of the full stack is the disk driver under another id. */
    kit_drivers[DISK].fits = "KIT\\FULL";
    kit_unplug(bus, kit_plug(bus, "KIT\\FULL"));
    expect("FULL0:la FULL0:La FULL0:Fa FULL0:ua FULL0:Ua "
           "FULL0:ls FULL0:Ls FULL0:Fs FULL0:us FULL0:Us "
           "FULL0:U! FULL0:u! FULL0:F! FULL0:L! FULL0:l! "
           "FULL0:Ur FULL0:ur FULL0:Fr FULL0:Lr FULL0:lr ");
}
END_TEST

START_TEST(instance_ids_are_unique_over_the_system)
{
    struct pnp_devnode *other = kit_add("ROOT\\BUS\\0001");
    struct pnp_devnode *first = devnode_of(kit_plug(bus, "KIT\\DISK"));
    struct pnp_devnode *second = devnode_of(kit_plug(other, "KIT\\DISK"));
    UNICODE_STRING a = fixture_string(pnp_devnode_instance_path(first));
    UNICODE_STRING b = fixture_string(pnp_devnode_instance_path(second));
    UNICODE_STRING prefix = fixture_string(L"KIT\\DISK\\2&");

    /* Both buses call it 0; something of the bus is put before it. */
    ck_assert(!RtlEqualUnicodeString(&a, &b, TRUE));
    ck_assert(RtlPrefixUnicodeString(&prefix, &a, FALSE));
    ck_assert_int_eq(a.Buffer[a.Length / sizeof(WCHAR) - 1], '0');
    pnp_devnode_unref(first);
    pnp_devnode_unref(second);
    pnp_devnode_unref(other);
}
END_TEST

START_TEST(an_id_that_is_unique_is_left_alone_and_two_of_them_are_a_problem)
{
    struct pnp_devnode *other = kit_add("ROOT\\BUS\\0001");
    struct kit_slot *slot = kit_plug_quietly(bus, "KIT\\DISK");
    struct kit_slot *same;
    struct pnp_devnode *first;
    struct pnp_devnode *second;
    UNICODE_STRING expected = fixture_string(L"KIT\\DISK\\0");
    UNICODE_STRING path;

    slot->unique = true;
    kit_bus_changed(bus);
    first = devnode_of(slot);
    path = fixture_string(pnp_devnode_instance_path(first));
    ck_assert(RtlEqualUnicodeString(&path, &expected, FALSE));
    same = kit_plug_quietly(other, "KIT\\DISK");
    snprintf(same->instance, sizeof(same->instance), "0");
    same->unique = true;
    kit_bus_changed(other);
    second = devnode_of(same);
    expect_state(second, "Uninitialized", PNP_PROBLEM_DUPLICATE_DEVICE);
    expect_state(first, "Started", PNP_PROBLEM_NONE);
    kit_unplug(other, same);
    pnp_devnode_unref(first);
    pnp_devnode_unref(second);
    pnp_devnode_unref(other);
}
END_TEST

START_TEST(a_device_without_a_driver_has_a_problem_and_a_raw_one_runs)
{
    struct kit_slot *slot = kit_plug(bus, "KIT\\UNKNOWN");
    struct kit_slot *raw = kit_plug_quietly(bus, "KIT\\UNKNOWN");
    struct pnp_devnode *unknown = devnode_of(slot);

    expect_state(unknown, "Initialized", PNP_PROBLEM_FAILED_INSTALL);
    raw->raw_ok = true;
    kit_bus_changed(bus);
    {
        struct pnp_devnode *devnode = devnode_of(raw);

        expect_state(devnode, "Started", PNP_PROBLEM_NONE);
        ck_assert(!status_of(devnode).has_drivers);
        pnp_devnode_unref(devnode);
    }
    /* A driver is found for it later. */
    kit_drivers[DISK].fits = "KIT\\UNKNOWN";
    ck_assert_int_eq(pnp_devnode_enable(unknown), STATUS_SUCCESS);
    expect("UNKNOWN0:Fa UNKNOWN0:Fs ");
    kit_unplug(bus, slot);
    expect("UNKNOWN0:F! UNKNOWN0:Fr ");
    kit_unplug(bus, raw);
    ck_assert_uint_eq(kit_pdo_count(), 0);
    pnp_devnode_unref(unknown);
}
END_TEST

START_TEST(a_device_without_drivers_goes_by_a_single_remove)
{
    struct kit_slot *slot = kit_plug(bus, "KIT\\UNKNOWN");

    kit_unplug(bus, slot);
    expect("");
    ck_assert_uint_eq(kit_pdo_count(), 0);
}
END_TEST

START_TEST(buses_nest)
{
    struct kit_slot *slot = kit_plug(bus, "KIT\\HUB");
    struct pnp_devnode *hub = devnode_of(slot);
    struct kit_slot *inner = kit_plug(hub, "KIT\\HUB");
    struct pnp_devnode *inner_hub = devnode_of(inner);

    kit_plug(inner_hub, "KIT\\DISK");
    expect("HUB0:Ha HUB0:Hs HUB0:Ha HUB0:Hs DISK0:Fa DISK0:Fs ");
    kit_unplug(bus, slot);
    /* All hear of it, then all are removed; those below before those above. */
    expect("DISK0:F! HUB0:H! HUB0:H! DISK0:Fr HUB0:Hr HUB0:Hr ");
    ck_assert_uint_eq(kit_pdo_count(), 0);
    pnp_devnode_unref(hub);
    pnp_devnode_unref(inner_hub);
}
END_TEST

/* --- Failures -------------------------------------------------------------------------------- */

START_TEST(failures_on_the_way_up_have_their_numbers)
{
    struct kit_slot *slot;
    struct pnp_devnode *disk;

    kit_drivers[DISK].add_status = STATUS_INSUFFICIENT_RESOURCES;
    slot = kit_plug(bus, "KIT\\DISK");
    disk = devnode_of(slot);
    expect_state(disk, "Removed", PNP_PROBLEM_FAILED_ADD);
    ck_assert_int_eq(status_of(disk).problem_status, STATUS_INSUFFICIENT_RESOURCES);
    kit_drivers[DISK].add_status = STATUS_SUCCESS;
    kit_drivers[DISK].failing_minor = IRP_MN_START_DEVICE;
    kit_drivers[DISK].failure = STATUS_IO_TIMEOUT;
    kit_drivers[DISK].failures_left = 2;
    ck_assert_int_eq(pnp_devnode_enable(disk), STATUS_IO_TIMEOUT);
    expect("DISK0:Fa DISK0:Fx DISK0:Fr ");
    expect_state(disk, "Removed", PNP_PROBLEM_FAILED_START);
    kit_drivers[DISK].failure = STATUS_PNP_REBOOT_REQUIRED;
    ck_assert_int_eq(pnp_devnode_enable(disk), STATUS_PNP_REBOOT_REQUIRED);
    expect_state(disk, "Removed", PNP_PROBLEM_NEED_RESTART);
    kit_clear();
    ck_assert_int_eq(pnp_devnode_enable(disk), STATUS_SUCCESS);
    expect_state(disk, "Started", PNP_PROBLEM_NONE);
    expect("DISK0:Fa DISK0:Fs ");
    /* Its PDO was never deleted: it is the same device. */
    ck_assert_ptr_eq(slot->pdo, pnp_devnode_pdo(disk));
    pnp_devnode_unref(disk);
}
END_TEST

static const struct {
    PNP_DEVICE_STATE state;
    enum pnp_problem problem;
} reports[] = {
    {PNP_DEVICE_FAILED, PNP_PROBLEM_FAILED_POST_START},
    {PNP_DEVICE_REMOVED, PNP_PROBLEM_DEVICE_NOT_THERE},
    {PNP_DEVICE_DISABLED, PNP_PROBLEM_HARDWARE_DISABLED},
};

START_TEST(what_drivers_report_after_the_start_removes_the_device)
{
    struct kit_slot *slot;
    struct pnp_devnode *disk;

    kit_drivers[DISK].device_state = reports[_i].state;
    slot = kit_plug(bus, "KIT\\DISK");
    disk = devnode_of(slot);
    expect("DISK0:Fa DISK0:Fs DISK0:F! DISK0:Fr ");
    expect_state(disk, "Removed", reports[_i].problem);
    /* And so when they report it later. */
    kit_drivers[DISK].device_state = 0;
    ck_assert_int_eq(pnp_devnode_enable(disk), STATUS_SUCCESS);
    kit_clear();
    kit_drivers[DISK].device_state = reports[_i].state;
    IoInvalidateDeviceState(slot->pdo);
    pnp_wait_quiet();
    expect("DISK0:F! DISK0:Fr ");
    expect_state(disk, "Removed", reports[_i].problem);
    pnp_devnode_unref(disk);
}
END_TEST

START_TEST(a_hidden_device_is_marked_and_a_needed_one_is_not_disabled)
{
    struct kit_slot *slot = kit_plug(bus, "KIT\\DISK");
    struct pnp_devnode *disk = devnode_of(slot);

    kit_drivers[DISK].device_state = PNP_DEVICE_DONT_DISPLAY_IN_UI | PNP_DEVICE_NOT_DISABLEABLE;
    IoInvalidateDeviceState(slot->pdo);
    pnp_wait_quiet();
    ck_assert(status_of(disk).hidden);
    kit_clear();
    ck_assert_int_eq(pnp_devnode_disable(disk), STATUS_NOT_SUPPORTED);
    /* Nor is what it hangs on. */
    ck_assert_int_eq(pnp_devnode_disable(bus), STATUS_NOT_SUPPORTED);
    expect("");
    kit_drivers[DISK].device_state = 0;
    IoInvalidateDeviceState(slot->pdo);
    pnp_wait_quiet();
    ck_assert_int_eq(pnp_devnode_disable(disk), STATUS_SUCCESS);
    pnp_devnode_unref(disk);
}
END_TEST

/* --- Going in order -------------------------------------------------------------------------- */

START_TEST(children_are_asked_and_removed_before_their_parent)
{
    struct pnp_devnode *hub = devnode_of(kit_plug(bus, "KIT\\HUB"));

    kit_plug(hub, "KIT\\DISK");
    kit_clear();
    ck_assert_int_eq(pnp_devnode_disable(bus), STATUS_SUCCESS);
    expect("DISK0:Fq HUB0:Hq BUS0000:Bq DISK0:Fr HUB0:Hr BUS0000:Br ");
    expect_state(bus, "Removed", PNP_PROBLEM_DISABLED);
    ck_assert(status_of(hub).gone);
    ck_assert_int_eq(pnp_devnode_enable(bus), STATUS_SUCCESS);
    expect("BUS0000:Ba BUS0000:Bs ");
    pnp_devnode_unref(hub);
}
END_TEST

START_TEST(a_refusal_cancels_for_all_that_were_asked)
{
    struct pnp_devnode *hub = devnode_of(kit_plug(bus, "KIT\\HUB"));
    struct pnp_devnode *disk = devnode_of(kit_plug(hub, "KIT\\DISK"));

    kit_clear();
    kit_drivers[HUB].failing_minor = IRP_MN_QUERY_REMOVE_DEVICE;
    kit_drivers[HUB].failure = STATUS_DEVICE_BUSY;
    kit_drivers[HUB].failures_left = 1;
    ck_assert_int_eq(pnp_devnode_remove(bus), STATUS_DEVICE_BUSY);
    expect("DISK0:Fq HUB0:Hq HUB0:Hc DISK0:Fc ");
    expect_state(disk, "Started", PNP_PROBLEM_NONE);
    expect_state(hub, "Started", PNP_PROBLEM_NONE);
    expect_state(bus, "Started", PNP_PROBLEM_NONE);
    ck_assert_int_eq(pnp_devnode_remove(bus), STATUS_SUCCESS);
    ck_assert(status_of(bus).gone);
    pnp_devnode_unref(disk);
    pnp_devnode_unref(hub);
}
END_TEST

START_TEST(a_removed_child_comes_back_with_a_rescan)
{
    struct pnp_devnode *disk = devnode_of(kit_plug(bus, "KIT\\DISK"));

    kit_clear();
    ck_assert_int_eq(pnp_devnode_remove(disk), STATUS_SUCCESS);
    expect("DISK0:Fq DISK0:Fr ");
    expect_state(disk, "Removed", PNP_PROBLEM_WILL_BE_REMOVED);
    kit_bus_changed(bus); /* Nothing has changed. */
    expect("");
    pnp_devnode_rescan(bus);
    expect("DISK0:Fa DISK0:Fs ");
    expect_state(disk, "Started", PNP_PROBLEM_NONE);
    pnp_devnode_unref(disk);
}
END_TEST

START_TEST(removal_relations_go_too)
{
    struct pnp_devnode *first = devnode_of(kit_plug(bus, "KIT\\DISK"));
    struct pnp_devnode *second = devnode_of(kit_plug(bus, "KIT\\DISK"));

    kit_clear();
    kit_drivers[DISK].removal_relation = pnp_devnode_pdo(second);
    ck_assert_int_eq(pnp_devnode_disable(first), STATUS_SUCCESS);
    expect("DISK1:Fq DISK0:Fq DISK1:Fr DISK0:Fr ");
    expect_state(first, "Removed", PNP_PROBLEM_DISABLED);
    expect_state(second, "Removed", PNP_PROBLEM_WILL_BE_REMOVED);
    kit_drivers[DISK].removal_relation = NULL;
    pnp_devnode_unref(first);
    pnp_devnode_unref(second);
}
END_TEST

/* --- Handles --------------------------------------------------------------------------------- */

static struct io_user_file *
open_device(unsigned index)
{
    WCHAR buffer[200];
    UNICODE_STRING name = {.Buffer = buffer, .MaximumLength = sizeof(buffer)};
    struct io_user_open open = {.path = &name, .disposition = FILE_OPEN};
    struct io_user_file *file = NULL;

    ck_assert_int_eq(io_interface_get(&kit_class, index, &name), STATUS_SUCCESS);
    ck_assert_int_eq(io_user_open(&open, &file), STATUS_SUCCESS);
    return file;
}

START_TEST(an_open_child_keeps_its_bus)
{
    struct io_user_file *file;

    kit_drivers[DISK].interface = true;
    kit_plug(bus, "KIT\\DISK");
    file = open_device(0);
    kit_clear();
    ck_assert_int_eq(pnp_devnode_remove(bus), STATUS_DEVICE_BUSY);
    expect("DISK0:Fq DISK0:Fc ");
    io_user_close(file);
    ck_assert_int_eq(pnp_devnode_remove(bus), STATUS_SUCCESS);
}
END_TEST

START_TEST(a_pulled_out_bus_waits_for_the_last_handle_to_its_child)
{
    struct kit_slot *slot = kit_plug(bus, "KIT\\HUB");
    struct pnp_devnode *hub = devnode_of(slot);
    struct pnp_devnode *disk;
    struct io_user_file *file;

    kit_drivers[DISK].interface = true;
    disk = devnode_of(kit_plug(hub, "KIT\\DISK"));
    file = open_device(0);
    kit_clear();
    kit_unplug(bus, slot);
    expect("DISK0:F! HUB0:H! ");
    expect_state(disk, "RemovePendingCloses", PNP_PROBLEM_NONE);
    io_user_close(file);
    pnp_devnode_wait_removed(hub);
    pnp_wait_quiet();
    expect("DISK0:Fr HUB0:Hr ");
    ck_assert_uint_eq(kit_pdo_count(), 0);
    pnp_devnode_unref(hub);
    pnp_devnode_unref(disk);
}
END_TEST

START_TEST(a_device_that_is_plugged_in_again_does_not_wait_for_its_former_self)
{
    struct kit_slot *slot;
    struct io_user_file *file;
    struct pnp_devnode *former;
    struct pnp_devnode *now;

    kit_drivers[DISK].interface = true;
    slot = kit_plug(bus, "KIT\\DISK");
    former = devnode_of(slot);
    file = open_device(0);
    kit_clear();
    kit_unplug(bus, slot);
    slot = kit_plug(bus, "KIT\\DISK");
    expect("DISK0:F! DISK0:Fa DISK0:Fs ");
    now = pnp_devnode_find(pnp_devnode_instance_path(former));
    ck_assert_ptr_ne(now, former);
    expect_state(now, "Started", PNP_PROBLEM_NONE);
    io_user_close(open_device(0));
    io_user_close(file);
    pnp_wait_quiet();
    expect("DISK0:Fr ");
    expect_state(now, "Started", PNP_PROBLEM_NONE);
    ck_assert_uint_eq(kit_pdo_count(), 1);
    pnp_devnode_unref(now);
    pnp_devnode_unref(former);
}
END_TEST

START_TEST(an_orderly_removal_does_not_pass_a_device_that_waits_for_handles)
{
    struct io_user_file *file;
    struct kit_slot *slot;

    kit_drivers[DISK].interface = true;
    slot = kit_plug(bus, "KIT\\DISK");
    file = open_device(0);
    kit_unplug(bus, slot);
    kit_clear();
    ck_assert_int_eq(pnp_devnode_remove(bus), STATUS_DEVICE_BUSY);
    expect("");
    io_user_close(file);
    pnp_wait_quiet();
    ck_assert_int_eq(pnp_devnode_remove(bus), STATUS_SUCCESS);
    expect("DISK0:Fr BUS0000:Bq BUS0000:Br ");
}
END_TEST

/* --- Ejection -------------------------------------------------------------------------------- */

START_TEST(the_bus_ejects_what_it_can_eject)
{
    struct kit_slot *slot = kit_plug_quietly(bus, "KIT\\HUB");
    struct pnp_devnode *hub;

    slot->eject_supported = true;
    kit_bus_changed(bus);
    hub = devnode_of(slot);
    kit_plug(hub, "KIT\\DISK");
    kit_clear();
    IoRequestDeviceEject(slot->pdo);
    pnp_wait_quiet();
    expect("DISK0:Fq HUB0:Hq DISK0:Fr HUB0:Hr HUB0:Be ");
    ck_assert(status_of(hub).gone);
    ck_assert_uint_eq(kit_pdo_count(), 0);
    pnp_devnode_unref(hub);
}
END_TEST

START_TEST(what_can_only_be_pulled_out_is_held)
{
    struct kit_slot *slot = kit_plug_quietly(bus, "KIT\\DISK");
    struct pnp_devnode *disk;

    slot->removable = true;
    kit_bus_changed(bus);
    disk = devnode_of(slot);
    kit_clear();
    ck_assert_int_eq(pnp_devnode_eject(disk), STATUS_SUCCESS);
    expect("DISK0:Fq DISK0:Fr ");
    expect_state(disk, "Removed", PNP_PROBLEM_HELD_FOR_EJECT);
    pnp_devnode_rescan(bus);
    expect_state(disk, "Removed", PNP_PROBLEM_HELD_FOR_EJECT);
    kit_unplug(bus, slot);
    ck_assert(status_of(disk).gone);
    pnp_devnode_unref(disk);
    disk = devnode_of(kit_plug(bus, "KIT\\DISK"));
    ck_assert_int_eq(pnp_devnode_eject(disk), STATUS_INVALID_DEVICE_REQUEST);
    expect_state(disk, "Started", PNP_PROBLEM_NONE);
    pnp_devnode_unref(disk);
}
END_TEST

/* --- Stop ------------------------------------------------------------------------------------ */

START_TEST(a_tree_is_stopped_from_below_and_started_from_above)
{
    struct pnp_devnode *disk = devnode_of(kit_plug(bus, "KIT\\DISK"));

    kit_clear();
    ck_assert_int_eq(pnp_devnode_query_stop(bus), STATUS_SUCCESS);
    expect("DISK0:Ft BUS0000:Bt ");
    pnp_devnode_cancel_stop(bus);
    expect("BUS0000:Bk DISK0:Fk ");
    ck_assert_int_eq(pnp_devnode_query_stop(bus), STATUS_SUCCESS);
    ck_assert_int_eq(pnp_devnode_stop(bus), STATUS_SUCCESS);
    expect("DISK0:Ft BUS0000:Bt DISK0:Fp BUS0000:Bp ");
    expect_state(disk, "Stopped", PNP_PROBLEM_NONE);
    ck_assert_int_eq(pnp_devnode_remove(disk), STATUS_INVALID_DEVICE_STATE);
    ck_assert_int_eq(pnp_devnode_start(bus), STATUS_SUCCESS);
    expect("BUS0000:Bs DISK0:Fs ");
    expect_state(disk, "Started", PNP_PROBLEM_NONE);
    pnp_devnode_unref(disk);
}
END_TEST

START_TEST(a_refused_stop_leaves_all_running)
{
    struct pnp_devnode *disk = devnode_of(kit_plug(bus, "KIT\\DISK"));

    kit_clear();
    kit_drivers[BUS].failing_minor = IRP_MN_QUERY_STOP_DEVICE;
    kit_drivers[BUS].failure = STATUS_UNSUCCESSFUL;
    kit_drivers[BUS].failures_left = 1;
    ck_assert_int_eq(pnp_devnode_query_stop(bus), STATUS_UNSUCCESSFUL);
    expect("DISK0:Ft BUS0000:Bt BUS0000:Bk DISK0:Fk ");
    expect_state(disk, "Started", PNP_PROBLEM_NONE);
    pnp_devnode_unref(disk);
}
END_TEST

START_TEST(a_device_that_does_not_restart_is_removed_as_by_surprise)
{
    struct pnp_devnode *disk = devnode_of(kit_plug(bus, "KIT\\DISK"));

    kit_clear();
    ck_assert_int_eq(pnp_devnode_query_stop(disk), STATUS_SUCCESS);
    ck_assert_int_eq(pnp_devnode_stop(disk), STATUS_SUCCESS);
    kit_drivers[DISK].failing_minor = IRP_MN_START_DEVICE;
    kit_drivers[DISK].failure = STATUS_IO_TIMEOUT;
    kit_drivers[DISK].failures_left = 1;
    ck_assert_int_eq(pnp_devnode_start(disk), STATUS_IO_TIMEOUT);
    expect("DISK0:Ft DISK0:Fp DISK0:Fx DISK0:F! DISK0:Fr ");
    expect_state(disk, "Removed", PNP_PROBLEM_FAILED_START);
    pnp_devnode_unref(disk);
}
END_TEST

/* --- Misuse ---------------------------------------------------------------------------------- */

static void
plug_bad_id(void *argument)
{
    kit_plug_quietly(bus, argument);
    pnp_devnode_rescan(bus); /* Nothing else is going on: it runs on this thread. */
}

START_TEST(an_illegal_id_is_a_bug_check)
{
    fixture_expect_bugcheck(0xCA, 3, plug_bad_id, (void *)(uintptr_t) "KIT\\A,B");
    exit(0); /* The action never ends. */
}
END_TEST

/* --- What is said of a devnode --------------------------------------------------------------- */

static void
expect_text(struct pnp_devnode *devnode, DEVICE_REGISTRY_PROPERTY property, const WCHAR *expected)
{
    UNICODE_STRING wanted = fixture_string(expected);
    UNICODE_STRING found;
    WCHAR text[200];
    ULONG length = 0;

    ck_assert_int_eq(
        IoGetDeviceProperty(pnp_devnode_pdo(devnode), property, sizeof(text), text, &length),
        STATUS_SUCCESS);
    found = fixture_string(text);
    ck_assert(RtlEqualUnicodeString(&found, &wanted, FALSE));
}

START_TEST(properties_come_from_the_bus_and_the_system)
{
    struct pnp_devnode *disk = devnode_of(kit_plug(bus, "KIT\\DISK"));
    PDEVICE_OBJECT pdo = pnp_devnode_pdo(disk);
    DEVICE_REMOVAL_POLICY policy = 0;
    DEVICE_INSTALL_STATE installed = 9;
    ULONG value = 0;
    ULONG length = 0;
    WCHAR ids[32];

    expect_text(disk, DevicePropertyEnumeratorName, L"KIT");
    ck_assert_int_eq(IoGetDeviceProperty(pdo, DevicePropertyHardwareID, sizeof(ids), ids, &length),
                     STATUS_SUCCESS);
    ck_assert_uint_eq(length, 20); /* KIT\DISK and two zeros. */
    ck_assert_int_eq(IoGetDeviceProperty(pdo, DevicePropertyCompatibleIDs, 4, ids, &length),
                     STATUS_BUFFER_TOO_SMALL);
    ck_assert_uint_eq(length, 18);
    ck_assert_int_eq(IoGetDeviceProperty(pdo, DevicePropertyAddress, 4, &value, &length),
                     STATUS_SUCCESS);
    ck_assert_uint_eq(value, 7);
    ck_assert_int_eq(
        IoGetDeviceProperty(pdo, DevicePropertyRemovalPolicy, sizeof(policy), &policy, &length),
        STATUS_SUCCESS);
    ck_assert_int_eq(policy, RemovalPolicyExpectNoRemoval);
    ck_assert_int_eq(IoGetDeviceProperty(pdo, DevicePropertyInstallState, sizeof(installed),
                                         &installed, &length),
                     STATUS_SUCCESS);
    ck_assert_int_eq(installed, InstallStateInstalled);
    ck_assert_int_eq(IoGetDeviceProperty(pdo, DevicePropertyClassName, sizeof(ids), ids, &length),
                     STATUS_OBJECT_NAME_NOT_FOUND);
    ck_assert_int_eq(IoGetDeviceProperty(pdo, 0x77, sizeof(ids), ids, &length),
                     STATUS_INVALID_PARAMETER_2);
    pnp_devnode_unref(disk);
}
END_TEST

/* --- Re-enumeration of oneself --------------------------------------------------------------- */

START_TEST(a_device_of_the_root_bus_can_have_itself_enumerated_again)
{
    static const GUID reenumerate_self = {
        0x2aeb0243, 0x6a6e, 0x486b, {0x82, 0xfc, 0xd8, 0x15, 0xf6, 0xb9, 0x70, 0x06}};
    REENUMERATE_SELF_INTERFACE_STANDARD interface = {.Size = sizeof(interface)};
    IO_STACK_LOCATION query = {.MinorFunction = IRP_MN_QUERY_INTERFACE};
    struct pnp_devnode *now;

    query.Parameters.QueryInterface.InterfaceType = &reenumerate_self;
    query.Parameters.QueryInterface.Size = sizeof(interface);
    query.Parameters.QueryInterface.Version = 1;
    query.Parameters.QueryInterface.Interface = (PINTERFACE)&interface;
    ck_assert_int_eq(pnp_send(pnp_devnode_pdo(bus), &query, NULL), STATUS_SUCCESS);
    interface.SurpriseRemoveAndReenumerateSelf(interface.Context);
    interface.InterfaceDereference(interface.Context);
    pnp_wait_quiet();
    expect("BUS0000:B! BUS0000:Br BUS0000:Ba BUS0000:Bs ");
    now = pnp_devnode_find(pnp_devnode_instance_path(bus));
    ck_assert_ptr_nonnull(now);
    ck_assert_ptr_ne(now, bus);
    pnp_devnode_unref(now);
}
END_TEST

/* --- Scarcity -------------------------------------------------------------------------------- */

static unsigned allocations_left;

static bool
fail_allocation(void *argument, size_t size, ULONG tag, const void *caller)
{
    if (allocations_left == 0) {
        return true;
    }
    allocations_left--;
    return false;
}

START_TEST(memory_may_end_at_any_step)
{
    bool started = false;

    for (unsigned n = 0; !started; n++) {
        struct kit_slot *slot = kit_plug_quietly(bus, "KIT\\DISK");
        struct pnp_devnode *disk;

        ck_assert_uint_lt(n, 200);
        allocations_left = n;
        ex_pool_set_failure_hook(fail_allocation, NULL);
        pnp_devnode_rescan(bus);
        ex_pool_set_failure_hook(NULL, NULL);
        /* What was left out comes with the next look, or with a new start. */
        pnp_devnode_rescan(bus);
        disk = devnode_of(slot);
        started = allocations_left != 0;
        ck_assert_int_eq(pnp_devnode_enable(disk), STATUS_SUCCESS);
        expect_state(disk, "Started", PNP_PROBLEM_NONE);
        pnp_devnode_unref(disk);
        kit_unplug(bus, slot);
        ck_assert_uint_eq(kit_pdo_count(), 0);
        kit_clear();
    }
}
END_TEST

/* --- Devices that drivers report ------------------------------------------------------------- */

START_TEST(a_detected_device_is_started_without_being_added)
{
    CM_RESOURCE_LIST resources = {.Count = 1};
    CM_PARTIAL_RESOURCE_DESCRIPTOR *port = resources.List[0].PartialResourceList.PartialDescriptors;
    PDEVICE_OBJECT pdo = NULL;
    PDEVICE_OBJECT other = NULL;
    PDEVICE_OBJECT given = fixture_device(NULL, 0, fixture_succeed);
    UNICODE_STRING path;
    UNICODE_STRING expected = fixture_string(L"ROOT\\FIXTURE\\0001");
    struct pnp_devnode *devnode;

    resources.List[0].InterfaceType = Isa;
    resources.List[0].PartialResourceList.Count = 1;
    port->Type = CmResourceTypePort;
    port->u.Port.Start.QuadPart = 0x378;
    port->u.Port.Length = 8;
    ck_assert_int_eq(
        IoReportDetectedDevice(fixture_driver, Isa, 0, 0, &resources, NULL, FALSE, &pdo),
        STATUS_SUCCESS);
    devnode = pnp_devnode_of(pdo);
    expect_state(devnode, "Started", PNP_PROBLEM_NONE);
    {
        WCHAR ids[64];
        ULONG length = 0;
        UNICODE_STRING found;
        UNICODE_STRING first = fixture_string(L"DETECTEDIsa\\fixture");

        ck_assert_int_eq(
            IoGetDeviceProperty(pdo, DevicePropertyCompatibleIDs, sizeof(ids), ids, &length),
            STATUS_SUCCESS);
        found = fixture_string(ids);
        ck_assert(RtlEqualUnicodeString(&found, &first, FALSE));
    }
    pnp_devnode_unref(devnode);
    /* What one has another one cannot have; the resources of a second one were reported before. */
    ck_assert_int_eq(
        IoReportDetectedDevice(fixture_driver, Isa, 0, 0, &resources, NULL, FALSE, &other),
        STATUS_CONFLICTING_ADDRESSES);
    ck_assert_ptr_null(other);
    ck_assert_int_eq(
        IoReportDetectedDevice(fixture_driver, Isa, 0, 0, &resources, NULL, TRUE, &other),
        STATUS_SUCCESS);
    devnode = pnp_devnode_of(other);
    path = fixture_string(pnp_devnode_instance_path(devnode));
    ck_assert(RtlEqualUnicodeString(&path, &expected, FALSE));
    ck_assert_int_eq(pnp_devnode_remove(devnode), STATUS_SUCCESS);
    ck_assert(status_of(devnode).gone);
    pnp_devnode_unref(devnode);
    ck_assert_int_eq(IoReportDetectedDevice(fixture_driver, Isa, 0, 0, NULL, NULL, FALSE, &given),
                     STATUS_NOT_SUPPORTED);
    IoDeleteDevice(given);
}
END_TEST

START_TEST(a_device_that_a_driver_reports_of_itself_is_configured_once)
{
    struct pnp_devnode *devnode;

    kit_drivers[DISK].fits = "ROOT\\fixture";
    ck_assert_int_eq(IoReportRootDevice(fixture_driver), STATUS_SUCCESS);
    pnp_wait_quiet();
    devnode = pnp_devnode_find(L"ROOT\\FIXTURE\\0000");
    ck_assert_ptr_nonnull(devnode);
    expect_state(devnode, "Started", PNP_PROBLEM_NONE);
    kit_clear();
    ck_assert_int_eq(IoReportRootDevice(fixture_driver), STATUS_SUCCESS);
    pnp_wait_quiet();
    expect("");
    ck_assert_ptr_null(pnp_devnode_find(L"ROOT\\FIXTURE\\0001"));
    ck_assert_int_eq(pnp_devnode_remove(devnode), STATUS_SUCCESS);
    pnp_devnode_unref(devnode);
}
END_TEST

static KEVENT ejected;
static NTSTATUS eject_status;

static VOID
on_ejected(NTSTATUS status, PVOID context)
{
    eject_status = status;
    KeSetEvent(&ejected, IO_NO_INCREMENT, FALSE);
}

START_TEST(who_asks_for_an_ejection_hears_its_end)
{
    struct kit_slot *slot = kit_plug(bus, "KIT\\DISK");

    KeInitializeEvent(&ejected, SynchronizationEvent, FALSE);
    ck_assert_int_eq(IoRequestDeviceEjectEx(slot->pdo, on_ejected, NULL, fixture_driver),
                     STATUS_SUCCESS);
    KeWaitForSingleObject(&ejected, Executive, KernelMode, FALSE, NULL);
    ck_assert_int_eq(eject_status, STATUS_INVALID_DEVICE_REQUEST);
    kit_clear();
    kit_unplug_quietly(slot);
    ck_assert_int_eq(IoSynchronousInvalidateDeviceRelations(pnp_devnode_pdo(bus), BusRelations),
                     STATUS_SUCCESS);
    expect("DISK0:F! DISK0:Fr ");
}
END_TEST

START_TEST(the_machine_is_sound)
{
    char fault[200] = "";

    ck_assert_msg(fsm_table_check(&pnp_devnode_table, fault, sizeof(fault)), "%s", fault);
}
END_TEST

int
main(void)
{
    TCase *tests = tcase_create("tree");

    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, a_child_is_started_when_its_bus_reports_it_and_removed_when_it_does_not);
    tcase_add_test(tests, several_come_in_the_order_of_the_report_and_others_stay);
    tcase_add_test(tests, a_stack_is_built_by_roles_from_the_bottom);
    tcase_add_test(tests, instance_ids_are_unique_over_the_system);
    tcase_add_test(tests, an_id_that_is_unique_is_left_alone_and_two_of_them_are_a_problem);
    tcase_add_test(tests, a_device_without_a_driver_has_a_problem_and_a_raw_one_runs);
    tcase_add_test(tests, a_device_without_drivers_goes_by_a_single_remove);
    tcase_add_test(tests, buses_nest);
    tcase_add_test(tests, failures_on_the_way_up_have_their_numbers);
    tcase_add_loop_test(tests, what_drivers_report_after_the_start_removes_the_device, 0, 3);
    tcase_add_test(tests, a_hidden_device_is_marked_and_a_needed_one_is_not_disabled);
    tcase_add_test(tests, children_are_asked_and_removed_before_their_parent);
    tcase_add_test(tests, a_refusal_cancels_for_all_that_were_asked);
    tcase_add_test(tests, a_removed_child_comes_back_with_a_rescan);
    tcase_add_test(tests, removal_relations_go_too);
    tcase_add_test(tests, an_open_child_keeps_its_bus);
    tcase_add_test(tests, a_pulled_out_bus_waits_for_the_last_handle_to_its_child);
    tcase_add_test(tests, a_device_that_is_plugged_in_again_does_not_wait_for_its_former_self);
    tcase_add_test(tests, an_orderly_removal_does_not_pass_a_device_that_waits_for_handles);
    tcase_add_test(tests, the_bus_ejects_what_it_can_eject);
    tcase_add_test(tests, what_can_only_be_pulled_out_is_held);
    tcase_add_test(tests, a_tree_is_stopped_from_below_and_started_from_above);
    tcase_add_test(tests, a_refused_stop_leaves_all_running);
    tcase_add_test(tests, a_device_that_does_not_restart_is_removed_as_by_surprise);
    tcase_add_test(tests, an_illegal_id_is_a_bug_check);
    tcase_add_test(tests, properties_come_from_the_bus_and_the_system);
    tcase_add_test(tests, a_device_of_the_root_bus_can_have_itself_enumerated_again);
    tcase_add_test(tests, memory_may_end_at_any_step);
    tcase_add_test(tests, a_detected_device_is_started_without_being_added);
    tcase_add_test(tests, a_device_that_a_driver_reports_of_itself_is_configured_once);
    tcase_add_test(tests, who_asks_for_an_ejection_hears_its_end);
    tcase_add_test(tests, the_machine_is_sound);
    return fixture_run("nt/pnp/tree", tests);
}

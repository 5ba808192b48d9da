/* SPDX-License-Identifier: MIT */
/*
 * "Supporting Special Files": who is asked when a paging, hibernation or dump file comes on a device, who
 * hears that it came to nothing, and what a device with one may not do: be stopped, be removed, idle.
 */
#include "pnp_test.h"

static struct bench_device *device;
static WDF_SPECIAL_FILE_TYPE refused; /* What a driver with usage_ex cannot have; "fn" only. */
static unsigned supported;            /* Bits of WDF_SPECIAL_FILE_TYPE. */

static const char *const names[] = {"?", "paging", "hibernation", "dump", "boot"};

/* --- The drivers ----------------------------------------------------------------------------------- */

static void
note(WDFDEVICE handle, WDF_SPECIAL_FILE_TYPE type, BOOLEAN in_path)
{
    char text[32];

    ck_assert_uint_eq(KeGetCurrentIrql(), PASSIVE_LEVEL);
    (void)snprintf(text, sizeof(text), "%c%s", in_path ? '+' : '-', names[type]);
    pnp_note(pnp_node_of(handle), "usage", text);
}

static VOID
on_usage(WDFDEVICE handle, WDF_SPECIAL_FILE_TYPE type, BOOLEAN in_path)
{
    note(handle, type, in_path);
}

static NTSTATUS
on_usage_ex(WDFDEVICE handle, WDF_SPECIAL_FILE_TYPE type, BOOLEAN in_path)
{
    note(handle, type, in_path);
    return in_path && type == refused ? STATUS_DEVICE_BUSY : STATUS_SUCCESS;
}

static void
with_usage(const struct pnp_node *node, WDF_PNPPOWER_EVENT_CALLBACKS *callbacks)
{
    callbacks->EvtDeviceUsageNotification = on_usage;
}

static void
with_usage_ex(const struct pnp_node *node, WDF_PNPPOWER_EVENT_CALLBACKS *callbacks)
{
    callbacks->EvtDeviceUsageNotificationEx = on_usage_ex;
}

static void
support(struct pnp_node *node)
{
    for (WDF_SPECIAL_FILE_TYPE type = WdfSpecialFilePaging; type < WdfSpecialFileMax; type++) {
        if ((supported & (1u << type)) != 0) {
            WdfDeviceSetSpecialFileSupport(node->device, type, TRUE);
        }
    }
}

#define ALL                                                                                        \
    (1u << WdfSpecialFilePaging | 1u << WdfSpecialFileHibernation | 1u << WdfSpecialFileDump)

static struct pnp_node
storage(const char *prefix)
{
    struct pnp_node node = {
        .prefix = prefix, .no_self_managed_io = true, .callbacks = with_usage, .created = support};

    refused = WdfSpecialFileUndefined;
    supported = ALL;
    return node;
}

static void
end(void)
{
    SUCCEEDS(bench_device_remove(device));
}

/* --- Who is asked ---------------------------------------------------------------------------------- */

PNP_TEST(support_is_disabled_until_the_driver_enables_it)
{
    struct pnp_node node = storage("fn");

    supported = 1u << WdfSpecialFilePaging;
    SUCCEEDS(pnp_add(NULL, &node, NULL, &device));
    (void)pnp_events();
    ck_assert(!bench_ok(bench_device_special_file(device, BENCH_DUMP_FILE, true)));
    ck_assert(!bench_ok(bench_device_special_file(device, BENCH_HIBERNATION_FILE, true)));
    ck_assert(!bench_ok(bench_device_special_file(device, BENCH_BOOT_FILE, true)));
    EXPECT("");
    SUCCEEDS(bench_device_special_file(device, BENCH_PAGING_FILE, true));
    EXPECT("fn.usage:+paging ");
    SUCCEEDS(bench_device_special_file(device, BENCH_PAGING_FILE, false));
    EXPECT("fn.usage:-paging ");
    end();
}

PNP_TEST(a_stack_is_told_from_the_bottom_when_all_agree)
{
    struct pnp_node lower = storage("lo");
    struct pnp_node upper = storage("up");
    struct pnp_node node = storage("fn");

    lower.filter = upper.filter = true;
    lower.created = upper.created = NULL; /* Filters leave the decision to those below them. */
    SUCCEEDS(pnp_add(&lower, &node, &upper, &device));
    (void)pnp_events();
    SUCCEEDS(bench_device_special_file(device, BENCH_DUMP_FILE, true));
    EXPECT("lo.usage:+dump fn.usage:+dump up.usage:+dump ");
    SUCCEEDS(bench_device_special_file(device, BENCH_DUMP_FILE, false));
    EXPECT("lo.usage:-dump fn.usage:-dump up.usage:-dump ");
    end();
}

PNP_TEST(a_driver_that_refuses_undoes_it_below)
{
    struct pnp_node lower = storage("lo");
    struct pnp_node upper = storage("up");
    struct pnp_node node = storage("fn");

    lower.filter = upper.filter = true;
    node.callbacks = with_usage_ex;
    refused = WdfSpecialFilePaging;
    SUCCEEDS(pnp_add(&lower, &node, &upper, &device));
    (void)pnp_events();
    ck_assert_int_eq(bench_device_special_file(device, BENCH_PAGING_FILE, true),
                     STATUS_DEVICE_BUSY);
    EXPECT("lo.usage:+paging fn.usage:+paging lo.usage:-paging ");
    SUCCEEDS(bench_device_special_file(device, BENCH_DUMP_FILE, true));
    EXPECT("lo.usage:+dump fn.usage:+dump up.usage:+dump ");
    SUCCEEDS(bench_device_special_file(device, BENCH_DUMP_FILE, false));
    (void)pnp_events();
    end();
}

/* "If one device is dependent on another device when supporting special files." */
PNP_TEST(a_device_that_another_depends_on_is_told_before_it)
{
    struct pnp_node other = storage("other");
    struct pnp_node node = storage("fn");
    struct bench_device *other_device;

    SUCCEEDS(pnp_add(NULL, &other, NULL, &other_device));
    SUCCEEDS(pnp_add(NULL, &node, NULL, &device));
    SUCCEEDS(WdfDeviceAddDependentUsageDeviceObject(node.device, other.pdo));
    (void)pnp_events();
    SUCCEEDS(bench_device_special_file(device, BENCH_PAGING_FILE, true));
    EXPECT("other.usage:+paging fn.usage:+paging ");
    ck_assert(!bench_ok(bench_device_remove(other_device)));
    SUCCEEDS(bench_device_special_file(device, BENCH_PAGING_FILE, false));
    EXPECT("other.usage:-paging fn.usage:-paging ");
    WdfDeviceRemoveDependentUsageDeviceObject(node.device, other.pdo);
    SUCCEEDS(bench_device_special_file(device, BENCH_PAGING_FILE, true));
    EXPECT("fn.usage:+paging ");
    SUCCEEDS(bench_device_special_file(device, BENCH_PAGING_FILE, false));
    SUCCEEDS(bench_device_remove(other_device));
    end();
}

PNP_TEST(who_was_told_hears_when_another_or_the_driver_refuses)
{
    struct pnp_node first = storage("first");
    struct pnp_node second = storage("second");
    struct pnp_node node = storage("fn");
    struct bench_device *first_device, *second_device;

    node.callbacks = second.callbacks = with_usage_ex;
    refused = WdfSpecialFileDump;
    SUCCEEDS(pnp_add(NULL, &first, NULL, &first_device));
    SUCCEEDS(pnp_add(NULL, &second, NULL, &second_device));
    SUCCEEDS(pnp_add(NULL, &node, NULL, &device));
    SUCCEEDS(WdfDeviceAddDependentUsageDeviceObject(node.device, first.pdo));
    (void)pnp_events();
    ck_assert_int_eq(bench_device_special_file(device, BENCH_DUMP_FILE, true), STATUS_DEVICE_BUSY);
    EXPECT("first.usage:+dump fn.usage:+dump first.usage:-dump ");
    SUCCEEDS(WdfDeviceAddDependentUsageDeviceObject(node.device, second.pdo));
    ck_assert_int_eq(bench_device_special_file(device, BENCH_DUMP_FILE, true), STATUS_DEVICE_BUSY);
    EXPECT("first.usage:+dump second.usage:+dump first.usage:-dump ");
    end();
    SUCCEEDS(bench_device_remove(first_device));
    SUCCEEDS(bench_device_remove(second_device));
}

/* "A bus driver [calls it] for each child device that can support special files"; the parent's stack is told. */
PNP_TEST(a_childs_special_file_is_its_parents_too)
{
    struct pnp_node bus = storage("bus");
    struct pnp_node pdo = storage("pdo");
    struct pnp_node fn = storage("fn");

    bus.bus = true;
    pdo.serial = 1;
    pdo.function = &fn;
    SUCCEEDS(pnp_add(NULL, &bus, NULL, &device));
    pnp_plug(&bus, &pdo);
    bench_wait_quiet(pnp_bench);
    (void)pnp_events();
    SUCCEEDS(bench_device_special_file(pnp_child_device(&pdo), BENCH_PAGING_FILE, true));
    EXPECT("bus.usage:+paging pdo.usage:+paging fn.usage:+paging ");
    ck_assert(!bench_ok(bench_device_stop(device)));
    ck_assert(!bench_ok(bench_device_remove(device)));
    EXPECT("");
    SUCCEEDS(bench_device_special_file(pnp_child_device(&pdo), BENCH_PAGING_FILE, false));
    EXPECT("bus.usage:-paging pdo.usage:-paging fn.usage:-paging ");
    end();
}

/* Pulled out with its file: nothing of it is left with its parent. */
PNP_TEST(a_child_that_goes_takes_its_special_files_along)
{
    struct pnp_node bus = storage("bus");
    struct pnp_node pdo = storage("pdo");
    struct pnp_node fn = storage("fn");

    bus.bus = true;
    pdo.serial = 1;
    pdo.function = &fn;
    SUCCEEDS(pnp_add(NULL, &bus, NULL, &device));
    pnp_plug(&bus, &pdo);
    bench_wait_quiet(pnp_bench);
    SUCCEEDS(bench_device_special_file(pnp_child_device(&pdo), BENCH_PAGING_FILE, true));
    SUCCEEDS(bench_device_special_file(pnp_child_device(&pdo), BENCH_DUMP_FILE, true));
    (void)pnp_events();
    ck_assert(pnp_unplug(&bus, &pdo));
    bench_wait_quiet(pnp_bench);
    ck_assert_ptr_nonnull(strstr(pnp_events(), "bus.usage:-paging bus.usage:-dump "));
    SUCCEEDS(bench_device_stop(device));
    SUCCEEDS(bench_device_start(device));
    end();
}

/* --- What such a device may not do ------------------------------------------------------------------ */

PNP_TEST(a_device_with_a_special_file_is_neither_removed_nor_stopped_nor_disabled)
{
    struct pnp_node node = storage("fn");

    SUCCEEDS(pnp_add(NULL, &node, NULL, &device));
    SUCCEEDS(bench_device_special_file(device, BENCH_PAGING_FILE, true));
    SUCCEEDS(bench_device_special_file(device, BENCH_PAGING_FILE, true)); /* They are counted. */
    bench_wait_quiet(pnp_bench);
    (void)pnp_events();
    ck_assert(!bench_ok(bench_device_remove(device)));
    ck_assert(!bench_ok(bench_device_stop(device)));
    ck_assert_int_eq(bench_device_disable(device), STATUS_NOT_SUPPORTED);
    SUCCEEDS(bench_device_special_file(device, BENCH_PAGING_FILE, false));
    ck_assert(!bench_ok(bench_device_remove(device)));
    EXPECT("fn.usage:-paging "); /* The driver's own EvtDeviceQueryRemove is not asked. */
    SUCCEEDS(bench_device_special_file(device, BENCH_PAGING_FILE, false));
    bench_wait_quiet(pnp_bench);
    SUCCEEDS(bench_device_stop(device));
    SUCCEEDS(bench_device_start(device));
    SUCCEEDS(bench_device_disable(device));
    end();
}

PNP_TEST(a_device_with_a_dump_file_stays_in_d0)
{
    struct pnp_node node = storage("fn");

    WDF_DEVICE_POWER_POLICY_IDLE_SETTINGS_INIT(&node.idle, IdleCannotWakeFromS0);
    node.idle.IdleTimeout = 100;
    SUCCEEDS(pnp_add(NULL, &node, NULL, &device));
    (void)pnp_events();
    SUCCEEDS(bench_device_special_file(device, BENCH_DUMP_FILE, true));
    bench_advance(pnp_bench, 1000);
    EXPECT("fn.usage:+dump ");
    SUCCEEDS(bench_device_special_file(device, BENCH_DUMP_FILE, false));
    bench_advance(pnp_bench, 150);
    EXPECT("fn.usage:-dump fn.pre:D3 fn.d0exit:D3 ");
    SUCCEEDS(bench_device_special_file(device, BENCH_DUMP_FILE, true));
    pnp_await("fn.post");
    EXPECT("fn.usage:+dump fn.d0entry:D3 fn.post:D3 ");
    SUCCEEDS(bench_device_special_file(device, BENCH_DUMP_FILE, false));
    end();
}

PNP_TEST(its_code_is_not_paged_while_the_file_is_there)
{
    struct pnp_node node = storage("fn");
    DEVICE_OBJECT *wdm;

    SUCCEEDS(pnp_add(NULL, &node, NULL, &device));
    wdm = WdfDeviceWdmGetDeviceObject(node.device);
    ck_assert((wdm->Flags & DO_POWER_PAGABLE) != 0);
    SUCCEEDS(bench_device_special_file(device, BENCH_PAGING_FILE, true));
    ck_assert((wdm->Flags & DO_POWER_PAGABLE) == 0);
    SUCCEEDS(bench_device_special_file(device, BENCH_DUMP_FILE, true));
    SUCCEEDS(bench_device_special_file(device, BENCH_PAGING_FILE, false));
    ck_assert((wdm->Flags & DO_POWER_PAGABLE) == 0);
    SUCCEEDS(bench_device_special_file(device, BENCH_DUMP_FILE, false));
    ck_assert((wdm->Flags & DO_POWER_PAGABLE) != 0);
    end();
}

/* "PrepareForHibernation: the driver must not shut off the device": it writes the file. */
PNP_TEST(a_device_with_the_hibernation_file_prepares_and_is_not_shut_off)
{
    struct pnp_node node = storage("fn");

    SUCCEEDS(pnp_add(NULL, &node, NULL, &device));
    SUCCEEDS(bench_device_special_file(device, BENCH_HIBERNATION_FILE, true));
    (void)pnp_events();
    SUCCEEDS(bench_sleep(pnp_bench, 4));
    EXPECT("fn.pre:Hibernate fn.d0exit:Hibernate ");
    bench_resume(pnp_bench);
    bench_wait_quiet(pnp_bench);
    EXPECT("fn.d0entry:Hibernate fn.post:Hibernate ");
    SUCCEEDS(bench_sleep(pnp_bench, 3)); /* Another sleep is none of that. */
    EXPECT("fn.pre:D3 fn.d0exit:D3 ");
    bench_resume(pnp_bench);
    bench_wait_quiet(pnp_bench);
    SUCCEEDS(bench_device_special_file(device, BENCH_HIBERNATION_FILE, false));
    (void)pnp_events();
    SUCCEEDS(bench_sleep(pnp_bench, 4));
    EXPECT("fn.pre:D3 fn.d0exit:D3 ");
    bench_resume(pnp_bench);
    bench_wait_quiet(pnp_bench);
    end();
}

PNP_TEST(a_device_that_is_gone_takes_none)
{
    struct pnp_node node = storage("fn");
    struct bench_file *file;

    SUCCEEDS(pnp_add(NULL, &node, NULL, &device));
    ck_assert_int_eq(bench_device_special_file(device, (enum bench_special_file)5, true),
                     STATUS_INVALID_PARAMETER);
    SUCCEEDS(bench_device_special_file(device, BENCH_PAGING_FILE, true));
    SUCCEEDS(bench_open_interface(pnp_bench, &pnp_interface, 0, BENCH_READ, &file));
    (void)pnp_events();
    bench_device_surprise_remove(device); /* It is not asked. */
    EXPECT("fn.surprise fn.pre:D3Final fn.d0exit:D3Final fn.release ");
    bench_close(file);
    pnp_await("object-cleanup");
}

PNP_RUN("conform/pnp_usage", support_is_disabled_until_the_driver_enables_it,
        a_stack_is_told_from_the_bottom_when_all_agree, a_driver_that_refuses_undoes_it_below,
        a_device_that_another_depends_on_is_told_before_it,
        who_was_told_hears_when_another_or_the_driver_refuses,
        a_childs_special_file_is_its_parents_too, a_child_that_goes_takes_its_special_files_along,
        a_device_with_a_special_file_is_neither_removed_nor_stopped_nor_disabled,
        a_device_with_a_dump_file_stays_in_d0, its_code_is_not_paged_while_the_file_is_there,
        a_device_with_the_hibernation_file_prepares_and_is_not_shut_off,
        a_device_that_is_gone_takes_none)

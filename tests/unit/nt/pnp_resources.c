/* SPDX-License-Identifier: MIT */
/* Hardware resources: what a device is given, whom it conflicts with, who makes room for it. */
#include <stdio.h>

#include "io_fixture.h"
#include "nt/ex/ex.h"
#include "nt/pnp/arbiter.h"
#include "nt/pnp/pnp.h"
#include "wdm_kit.h"

static const struct kit_driver drivers[] = {
    {"disk", 'F', KIT_FUNCTION, "ROOT\\DISK", PNP_FUNCTION, .failing_minor = 0xFF},
};

static struct kit_driver *const disk = &kit_drivers[0];

static void
setup(void)
{
    fixture_setup();
    kit_setup(drivers, 1);
}

static void
teardown(void)
{
    ck_assert_uint_eq(kit_teardown(), 0);
    fixture_teardown();
}

/* --- Lists ----------------------------------------------------------------------------------- */

/* Room for 16 descriptors. */
union wanted {
    IO_RESOURCE_REQUIREMENTS_LIST head;
    unsigned char
        bytes[sizeof(IO_RESOURCE_REQUIREMENTS_LIST) + 15 * sizeof(IO_RESOURCE_DESCRIPTOR)];
};

static void
begin(union wanted *list)
{
    memset(list, 0, sizeof(*list));
    list->head.ListSize = sizeof(*list);
    list->head.InterfaceType = PNPBus;
    list->head.AlternativeLists = 1;
    list->head.List[0].Version = 1;
    list->head.List[0].Revision = 1;
}

static IO_RESOURCE_DESCRIPTOR *
want(union wanted *list, UCHAR type, ULONG length, uint64_t minimum, uint64_t maximum)
{
    IO_RESOURCE_DESCRIPTOR *first = list->head.List[0].Descriptors;
    IO_RESOURCE_DESCRIPTOR *descriptor = &first[list->head.List[0].Count++];

    descriptor->Type = type;
    descriptor->ShareDisposition = CmResourceShareDeviceExclusive;
    switch (type) {
    case CmResourceTypeInterrupt:
        descriptor->u.Interrupt.MinimumVector = (ULONG)minimum;
        descriptor->u.Interrupt.MaximumVector = (ULONG)maximum;
        break;
    case CmResourceTypeDma:
        descriptor->u.Dma.MinimumChannel = (ULONG)minimum;
        descriptor->u.Dma.MaximumChannel = (ULONG)maximum;
        break;
    case CmResourceTypeBusNumber:
        descriptor->u.BusNumber.Length = length;
        descriptor->u.BusNumber.MinBusNumber = (ULONG)minimum;
        descriptor->u.BusNumber.MaxBusNumber = (ULONG)maximum;
        break;
    default:
        descriptor->u.Generic.Length = length;
        descriptor->u.Generic.Alignment = 1;
        descriptor->u.Generic.MinimumAddress.QuadPart = (LONGLONG)minimum;
        descriptor->u.Generic.MaximumAddress.QuadPart = (LONGLONG)maximum;
        break;
    }
    return descriptor;
}

static struct pnp_devnode *
add(const char *id, const union wanted *list)
{
    struct pnp_root_params params = {.instance_id = id, .requirements = &list->head};
    struct pnp_devnode *devnode = NULL;

    ck_assert_int_eq(pnp_root_add(&params, &devnode), STATUS_SUCCESS);
    return devnode;
}

/* Descriptor number `index` of what the devnode was given. */
static CM_PARTIAL_RESOURCE_DESCRIPTOR
given(struct pnp_devnode *devnode, ULONG index)
{
    unsigned char buffer[1024];
    CM_RESOURCE_LIST *list = (void *)buffer;
    CM_PARTIAL_RESOURCE_DESCRIPTOR *first;
    ULONG length = 0;

    ck_assert_int_eq(IoGetDeviceProperty(pnp_devnode_pdo(devnode), DevicePropertyAllocatedResources,
                                         sizeof(buffer), buffer, &length),
                     STATUS_SUCCESS);
    ck_assert_uint_eq(list->Count, 1);
    ck_assert_uint_lt(index, list->List[0].PartialResourceList.Count);
    first = list->List[0].PartialResourceList.PartialDescriptors;
    return first[index];
}

static uint64_t
start_of(struct pnp_devnode *devnode, ULONG index)
{
    return (uint64_t)given(devnode, index).u.Generic.Start.QuadPart;
}

static enum pnp_problem
problem_of(struct pnp_devnode *devnode)
{
    struct pnp_status status;

    pnp_devnode_status(devnode, &status);
    return status.problem;
}

/* --- Assignment ------------------------------------------------------------------------------ */

START_TEST(each_kind_is_given_as_it_is_asked_for)
{
    union wanted list;
    struct pnp_devnode *devnode;

    begin(&list);
    want(&list, CmResourceTypeMemory, 0x1000, 0, 0xFFFFFFFF)->u.Memory.Alignment = 0x1000;
    want(&list, CmResourceTypePort, 8, 0x300, 0x3FF);
    want(&list, CmResourceTypeInterrupt, 0, 5, 7);
    want(&list, CmResourceTypeDma, 0, 3, 3);
    want(&list, CmResourceTypeBusNumber, 4, 1, 255);
    want(&list, CmResourceTypeDevicePrivate, 0, 0, 0)->u.DevicePrivate.Data[1] = 77;
    want(&list, CmResourceTypeConfigData, 0, 0, 0);
    devnode = add("ROOT\\DISK\\0", &list);
    ck_assert_uint_eq(start_of(devnode, 0), 0x100000); /* Not below 1 MB without need. */
    ck_assert_uint_eq(given(devnode, 0).u.Memory.Length, 0x1000);
    ck_assert_uint_eq(start_of(devnode, 1), 0x300);
    ck_assert_uint_eq(given(devnode, 2).u.Interrupt.Vector, 5);
    ck_assert_uint_eq(given(devnode, 2).u.Interrupt.Level, 5);
    ck_assert_uint_eq(given(devnode, 3).u.Dma.Channel, 3);
    ck_assert_uint_eq(given(devnode, 4).u.BusNumber.Start, 1);
    ck_assert_uint_eq(given(devnode, 4).u.BusNumber.Length, 4);
    ck_assert_uint_eq(given(devnode, 5).Type, CmResourceTypeDevicePrivate);
    ck_assert_uint_eq(given(devnode, 5).u.DevicePrivate.Data[1], 77);
    pnp_devnode_unref(devnode);
}
END_TEST

static CM_RESOURCE_LIST *started_raw;
static CM_RESOURCE_LIST *started_translated;

static void
see_start(void *context, PDEVICE_OBJECT pdo, UCHAR major, const IO_STACK_LOCATION *stack,
          NTSTATUS status)
{
    if (major == IRP_MJ_PNP && stack->MinorFunction == IRP_MN_START_DEVICE) {
        started_raw = stack->Parameters.StartDevice.AllocatedResources;
        started_translated = stack->Parameters.StartDevice.AllocatedResourcesTranslated;
    }
}

START_TEST(the_start_carries_raw_and_translated_lists_or_none)
{
    struct pnp_system system = {.irp_done = see_start};
    struct pnp_root_params params = {.instance_id = "ROOT\\DISK\\1"};
    struct pnp_devnode *devnode = NULL;
    union wanted list;

    pnp_set_system(&system);
    begin(&list);
    want(&list, CmResourceTypeInterrupt, 0, 9, 9);
    pnp_devnode_unref(add("ROOT\\DISK\\0", &list));
    ck_assert_ptr_nonnull(started_raw);
    ck_assert_ptr_nonnull(started_translated);
    ck_assert_uint_eq(
        started_raw->List[0].PartialResourceList.PartialDescriptors[0].u.Interrupt.Level, 9);
    /* An interrupt's level is an IRQL after the translation. */
    ck_assert_uint_gt(
        started_translated->List[0].PartialResourceList.PartialDescriptors[0].u.Interrupt.Level,
        DISPATCH_LEVEL);
    ck_assert_int_eq(pnp_root_add(&params, &devnode), STATUS_SUCCESS);
    ck_assert_ptr_null(started_raw);
    ck_assert_ptr_null(started_translated);
    pnp_devnode_unref(devnode);
}
END_TEST

START_TEST(ranges_do_not_overlap_unless_both_are_shared)
{
    struct pnp_devnode *devnodes[4];
    union wanted list;

    begin(&list);
    want(&list, CmResourceTypePort, 8, 0x300, 0x30F);
    devnodes[0] = add("ROOT\\DISK\\0", &list);
    devnodes[1] = add("ROOT\\DISK\\1", &list);
    ck_assert_uint_eq(start_of(devnodes[0], 0), 0x300);
    ck_assert_uint_eq(start_of(devnodes[1], 0), 0x308);
    devnodes[2] = add("ROOT\\DISK\\2", &list);
    ck_assert_int_eq(problem_of(devnodes[2]), PNP_PROBLEM_NORMAL_CONFLICT);
    /* It starts by itself when another one leaves. */
    ck_assert_int_eq(pnp_devnode_disable(devnodes[0]), STATUS_SUCCESS);
    ck_assert_int_eq(problem_of(devnodes[2]), PNP_PROBLEM_NONE);
    ck_assert_uint_eq(start_of(devnodes[2], 0), 0x300);
    ck_assert_int_eq(pnp_devnode_enable(devnodes[0]), STATUS_CONFLICTING_ADDRESSES);
    begin(&list);
    want(&list, CmResourceTypeInterrupt, 0, 4, 4)->ShareDisposition = CmResourceShareShared;
    devnodes[3] = add("ROOT\\DISK\\3", &list);
    pnp_devnode_unref(add("ROOT\\DISK\\4", &list));
    ck_assert_int_eq(problem_of(devnodes[3]), PNP_PROBLEM_NONE);
    list.head.List[0].Descriptors[0].ShareDisposition = CmResourceShareDeviceExclusive;
    pnp_devnode_unref(devnodes[3]);
    devnodes[3] = add("ROOT\\DISK\\5", &list);
    ck_assert_int_eq(problem_of(devnodes[3]), PNP_PROBLEM_NORMAL_CONFLICT);
    for (unsigned i = 0; i < 4; i++) {
        pnp_devnode_unref(devnodes[i]);
    }
}
END_TEST

START_TEST(alternatives_are_tried_in_order_the_preferred_first)
{
    struct pnp_devnode *devnodes[3];
    union wanted list;

    begin(&list);
    want(&list, CmResourceTypePort, 8, 0x3F8, 0x3FF);
    want(&list, CmResourceTypePort, 8, 0x2F8, 0x2FF)->Option = IO_RESOURCE_ALTERNATIVE;
    want(&list, CmResourceTypePort, 8, 0x2E8, 0x2EF)->Option =
        IO_RESOURCE_ALTERNATIVE | IO_RESOURCE_PREFERRED;
    for (unsigned i = 0; i < 3; i++) {
        char id[] = "ROOT\\DISK\\0";

        id[10] = (char)('0' + i);
        devnodes[i] = add(id, &list);
    }
    ck_assert_uint_eq(start_of(devnodes[0], 0), 0x2E8);
    ck_assert_uint_eq(start_of(devnodes[1], 0), 0x3F8);
    ck_assert_uint_eq(start_of(devnodes[2], 0), 0x2F8);
    for (unsigned i = 0; i < 3; i++) {
        pnp_devnode_unref(devnodes[i]);
    }
}
END_TEST

START_TEST(the_less_free_requirement_is_met_first)
{
    struct pnp_devnode *devnode;
    union wanted list;

    begin(&list);
    want(&list, CmResourceTypePort, 8, 0x300, 0x3FF);
    want(&list, CmResourceTypePort, 8, 0x300, 0x307);
    devnode = add("ROOT\\DISK\\0", &list);
    ck_assert_uint_eq(start_of(devnode, 0), 0x308);
    ck_assert_uint_eq(start_of(devnode, 1), 0x300);
    pnp_devnode_unref(devnode);
}
END_TEST

START_TEST(of_alternative_lists_the_one_with_the_best_priority_is_tried_first)
{
    struct pnp_devnode *first;
    struct pnp_devnode *second;
    union wanted list;
    IO_RESOURCE_DESCRIPTOR *descriptors;
    IO_RESOURCE_DESCRIPTOR port;
    IO_RESOURCE_LIST *other;

    begin(&list);
    want(&list, CmResourceTypeConfigData, 0, 0, 0)->u.ConfigData.Priority = 0x3000;
    want(&list, CmResourceTypePort, 1, 0x10, 0x10);
    descriptors = list.head.List[0].Descriptors;
    port = descriptors[1];
    other = (void *)&descriptors[2];
    other->Version = 1;
    other->Revision = 1;
    other->Count = 2;
    descriptors = other->Descriptors;
    descriptors[0].Type = CmResourceTypeConfigData;
    descriptors[0].u.ConfigData.Priority = 0x1000;
    descriptors[1] = port;
    descriptors[1].u.Port.MinimumAddress.QuadPart = 0x20;
    descriptors[1].u.Port.MaximumAddress.QuadPart = 0x20;
    list.head.AlternativeLists = 2;
    first = add("ROOT\\DISK\\0", &list);
    second = add("ROOT\\DISK\\1", &list);
    ck_assert_uint_eq(start_of(first, 0), 0x20);
    ck_assert_uint_eq(start_of(second, 0), 0x10);
    pnp_devnode_unref(first);
    pnp_devnode_unref(second);
}
END_TEST

START_TEST(a_boot_configuration_is_kept_when_nothing_is_required)
{
    CM_RESOURCE_LIST boot = {.Count = 1};
    struct pnp_root_params params = {.instance_id = "ROOT\\DISK\\0", .boot = &boot};
    struct pnp_devnode *devnode = NULL;

    boot.List[0].InterfaceType = Isa;
    boot.List[0].PartialResourceList.Count = 1;
    boot.List[0].PartialResourceList.PartialDescriptors[0].Type = CmResourceTypePort;
    boot.List[0].PartialResourceList.PartialDescriptors[0].u.Port.Start.QuadPart = 0x60;
    boot.List[0].PartialResourceList.PartialDescriptors[0].u.Port.Length = 1;
    ck_assert_int_eq(pnp_root_add(&params, &devnode), STATUS_SUCCESS);
    ck_assert_uint_eq(start_of(devnode, 0), 0x60);
    pnp_devnode_unref(devnode);
}
END_TEST

/* --- Rebalance ------------------------------------------------------------------------------- */

START_TEST(a_device_moves_to_make_room)
{
    struct pnp_devnode *flexible;
    struct pnp_devnode *fixed;
    union wanted list;

    begin(&list);
    want(&list, CmResourceTypePort, 8, 0x300, 0x30F);
    flexible = add("ROOT\\DISK\\0", &list);
    ck_assert_uint_eq(start_of(flexible, 0), 0x300);
    kit_clear();
    begin(&list);
    want(&list, CmResourceTypePort, 4, 0x304, 0x307);
    fixed = add("ROOT\\DISK\\1", &list);
    ck_assert_str_eq(kit_story, "DISK1:Fa DISK0:Ft DISK0:Fp DISK0:Fs DISK1:Fs ");
    ck_assert_uint_eq(start_of(flexible, 0), 0x308);
    ck_assert_uint_eq(start_of(fixed, 0), 0x304);
    pnp_devnode_unref(flexible);
    pnp_devnode_unref(fixed);
}
END_TEST

START_TEST(a_device_that_refuses_stays_and_the_new_one_has_a_conflict)
{
    struct pnp_devnode *flexible;
    struct pnp_devnode *fixed;
    union wanted list;

    begin(&list);
    want(&list, CmResourceTypePort, 8, 0x300, 0x30F);
    flexible = add("ROOT\\DISK\\0", &list);
    kit_clear();
    disk->failing_minor = IRP_MN_QUERY_STOP_DEVICE;
    disk->failure = STATUS_UNSUCCESSFUL;
    disk->failures_left = 1;
    begin(&list);
    want(&list, CmResourceTypePort, 4, 0x304, 0x307);
    fixed = add("ROOT\\DISK\\1", &list);
    ck_assert_str_eq(kit_story, "DISK1:Fa DISK0:Ft DISK0:Fk DISK1:Fr ");
    ck_assert_uint_eq(start_of(flexible, 0), 0x300);
    ck_assert_int_eq(problem_of(fixed), PNP_PROBLEM_NORMAL_CONFLICT);
    /* The next attempt finds it willing. */
    ck_assert_int_eq(pnp_devnode_enable(fixed), STATUS_SUCCESS);
    ck_assert_uint_eq(start_of(flexible, 0), 0x308);
    pnp_devnode_unref(flexible);
    pnp_devnode_unref(fixed);
}
END_TEST

START_TEST(nobody_is_stopped_when_it_would_not_help)
{
    struct pnp_devnode *fixed;
    union wanted list;

    begin(&list);
    want(&list, CmResourceTypePort, 8, 0x300, 0x30F);
    pnp_devnode_unref(add("ROOT\\DISK\\0", &list));
    kit_clear();
    begin(&list);
    want(&list, CmResourceTypePort, 12, 0x304, 0x30F);
    fixed = add("ROOT\\DISK\\1", &list);
    ck_assert_str_eq(kit_story, "DISK1:Fa DISK1:Fr ");
    ck_assert_int_eq(problem_of(fixed), PNP_PROBLEM_NORMAL_CONFLICT);
    pnp_devnode_unref(fixed);
}
END_TEST

START_TEST(changed_requirements_are_met_by_a_stop_and_a_start)
{
    struct pnp_devnode *devnode;
    union wanted list;

    begin(&list);
    want(&list, CmResourceTypePort, 8, 0x300, 0x30F);
    devnode = add("ROOT\\DISK\\0", &list);
    kit_clear();
    disk->device_state = PNP_DEVICE_RESOURCE_REQUIREMENTS_CHANGED;
    IoInvalidateDeviceState(pnp_devnode_pdo(devnode));
    pnp_wait_quiet();
    ck_assert_str_eq(kit_story, "DISK0:Ft DISK0:Fp DISK0:Fs ");
    ck_assert_uint_eq(start_of(devnode, 0), 0x300);
    disk->device_state = 0;
    pnp_devnode_unref(devnode);
}
END_TEST

/* --- Lists that are none --------------------------------------------------------------------- */

START_TEST(lists_of_drivers_are_checked)
{
    union wanted list;

    begin(&list);
    want(&list, CmResourceTypePort, 8, 0x300, 0x30F);
    ck_assert(pnp_requirements_valid(&list.head));
    list.head.List[0].Count = 17;
    ck_assert(!pnp_requirements_valid(&list.head));
    list.head.List[0].Count = MAXULONG;
    ck_assert(!pnp_requirements_valid(&list.head));
    list.head.List[0].Count = 1;
    list.head.AlternativeLists = 100;
    ck_assert(!pnp_requirements_valid(&list.head));
    list.head.AlternativeLists = 1;
    list.head.ListSize = 8;
    ck_assert(!pnp_requirements_valid(&list.head));
}
END_TEST

/* Lengths and limits at the ends of the number line find a place or none, and end. */
START_TEST(extreme_ranges_end)
{
    static const struct {
        ULONG length;
        uint64_t minimum;
        uint64_t maximum;
        ULONG alignment;
        bool fits;
    } cases[] = {
        {1, UINT64_MAX, UINT64_MAX, 1, true},
        {2, UINT64_MAX, UINT64_MAX, 1, false},
        {0, 0, UINT64_MAX, 1, false},
        {1, 5, 4, 1, false},
        {16, UINT64_MAX - 8, UINT64_MAX, 16, false},
        {0xFFFFFFFF, 0, 0xFFFFFFFE, 1, true},
    };

    for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct pnp_devnode *devnode;
        union wanted list;

        begin(&list);
        want(&list, CmResourceTypeMemory, cases[i].length, cases[i].minimum, cases[i].maximum)
            ->u.Memory.Alignment = cases[i].alignment;
        devnode = add("ROOT\\DISK\\0", &list);
        ck_assert_int_eq(problem_of(devnode) == PNP_PROBLEM_NONE, cases[i].fits);
        pnp_devnode_unplug(devnode);
        pnp_devnode_unref(devnode);
    }
}
END_TEST

int
main(void)
{
    TCase *tests = tcase_create("resources");

    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, each_kind_is_given_as_it_is_asked_for);
    tcase_add_test(tests, the_start_carries_raw_and_translated_lists_or_none);
    tcase_add_test(tests, ranges_do_not_overlap_unless_both_are_shared);
    tcase_add_test(tests, alternatives_are_tried_in_order_the_preferred_first);
    tcase_add_test(tests, the_less_free_requirement_is_met_first);
    tcase_add_test(tests, of_alternative_lists_the_one_with_the_best_priority_is_tried_first);
    tcase_add_test(tests, a_boot_configuration_is_kept_when_nothing_is_required);
    tcase_add_test(tests, a_device_moves_to_make_room);
    tcase_add_test(tests, a_device_that_refuses_stays_and_the_new_one_has_a_conflict);
    tcase_add_test(tests, nobody_is_stopped_when_it_would_not_help);
    tcase_add_test(tests, changed_requirements_are_met_by_a_stop_and_a_start);
    tcase_add_test(tests, lists_of_drivers_are_checked);
    tcase_add_test(tests, extreme_ranges_end);
    return fixture_run("nt/pnp/resources", tests);
}

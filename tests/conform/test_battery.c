/* SPDX-License-Identifier: MIT */
/* A battery's miniclass driver over the battery class. */
#include <initguid.h>

#include "pnp_test.h"

#include <batclass.h>

static void *battery; /* The class's. */
static struct bench_device *device;
static struct bench_file *file;

/* What the driver's battery is like. The class asks on a thread of its own. */
static KSPIN_LOCK lock; /* Guards cell. */
static struct {
    ULONG tag;
    BATTERY_STATUS status;
    NTSTATUS set_notify;
    unsigned notices;
    unsigned disables;
    KIRQL irql;
} cell;

/* The statements under the lock. */
#define LOCKED(...)                                                                                \
    do {                                                                                           \
        KIRQL irql_;                                                                               \
        KeAcquireSpinLock(&lock, &irql_);                                                          \
        __VA_ARGS__;                                                                               \
        KeReleaseSpinLock(&lock, irql_);                                                           \
    } while (0)

static ULONG
current_tag(void)
{
    ULONG tag;

    LOCKED(tag = cell.tag);
    return tag;
}

static NTSTATUS
on_tag(PVOID context, PULONG tag)
{
    KIRQL irql = KeGetCurrentIrql();

    ck_assert_ptr_eq(context, &cell);
    LOCKED(cell.irql = irql);
    *tag = current_tag();
    return *tag != BATTERY_TAG_INVALID ? STATUS_SUCCESS : STATUS_NO_SUCH_DEVICE;
}

static NTSTATUS
on_information(PVOID context, ULONG tag, BATTERY_QUERY_INFORMATION_LEVEL level, LONG rate,
               PVOID buffer, ULONG length, PULONG returned)
{
    BATTERY_INFORMATION information = {.DesignedCapacity = 5000, .CycleCount = 12};

    if (tag != current_tag()) {
        return STATUS_NO_SUCH_DEVICE;
    }
    if (level != BatteryInformation) {
        return STATUS_NOT_SUPPORTED;
    }
    *returned = sizeof(information);
    if (length < sizeof(information)) {
        return STATUS_BUFFER_TOO_SMALL;
    }
    memcpy(buffer, &information, sizeof(information));
    return STATUS_SUCCESS;
}

static NTSTATUS
on_status(PVOID context, ULONG tag, PBATTERY_STATUS status)
{
    LOCKED(*status = cell.status);
    return tag == current_tag() ? STATUS_SUCCESS : STATUS_NO_SUCH_DEVICE;
}

static NTSTATUS
on_set_notify(PVOID context, ULONG tag, PBATTERY_NOTIFY notify)
{
    NTSTATUS status;

    LOCKED(cell.notices++; status = cell.set_notify);
    return status;
}

static NTSTATUS
on_disable_notify(PVOID context)
{
    LOCKED(cell.disables++);
    return STATUS_SUCCESS;
}

static NTSTATUS
on_control(WDFDEVICE wdf, PIRP irp)
{
    NTSTATUS status = BatteryClassIoctl(battery, irp);

    if (status == STATUS_NOT_SUPPORTED) {
        IoSkipCurrentIrpStackLocation(irp);
        status = WdfDeviceWdmDispatchPreprocessedIrp(wdf, irp);
    }
    return status;
}

static void
init(struct pnp_node *node, PWDFDEVICE_INIT device_init)
{
    SUCCEEDS(WdfDeviceInitAssignWdmIrpPreprocessCallback(device_init, on_control,
                                                         IRP_MJ_DEVICE_CONTROL, NULL, 0));
}

static NTSTATUS
prepare(struct pnp_node *node, WDFCMRESLIST raw, WDFCMRESLIST translated)
{
    BATTERY_MINIPORT_INFO info = {
        .MajorVersion = BATTERY_CLASS_MAJOR_VERSION,
        .Context = &cell,
        .QueryTag = on_tag,
        .QueryInformation = on_information,
        .QueryStatus = on_status,
        .SetStatusNotify = on_set_notify,
        .DisableStatusNotify = on_disable_notify,
        .Pdo = WdfDeviceWdmGetPhysicalDevice(node->device),
    };

    return BatteryClassInitializeDevice(&info, &battery);
}

static void
start(struct pnp_node *node)
{
    memset(&cell, 0, sizeof(cell));
    KeInitializeSpinLock(&lock);
    cell.tag = 7;
    cell.status = (BATTERY_STATUS){.PowerState = BATTERY_DISCHARGING, .Capacity = 400};
    node->init = init;
    node->prepare = prepare;
    SUCCEEDS(pnp_add(NULL, node, NULL, &device));
    SUCCEEDS(
        bench_open_interface(pnp_bench, &GUID_DEVICE_BATTERY, 0, BENCH_READ | BENCH_WRITE, &file));
}

static void
end(void)
{
    bench_close(file);
    SUCCEEDS(BatteryClassUnload(battery));
    SUCCEEDS(bench_device_remove(device));
}

static bench_status
ask(uint32_t code, const void *in, size_t in_size, void *out, size_t out_size, size_t *size)
{
    return bench_ioctl(file, code, in, in_size, out, out_size, size);
}

PNP_TEST(tag_information_and_status_are_the_drivers)
{
    struct pnp_node node = {0};
    BATTERY_QUERY_INFORMATION query = {.BatteryTag = 7};
    BATTERY_WAIT_STATUS wait = {.BatteryTag = 7};
    BATTERY_INFORMATION information;
    BATTERY_STATUS status;
    ULONG tag = 0;
    size_t size = 0;

    start(&node);
    SUCCEEDS(ask(IOCTL_BATTERY_QUERY_TAG, NULL, 0, &tag, sizeof(tag), &size));
    ck_assert_uint_eq(tag, 7);
    ck_assert_uint_eq(cell.irql, PASSIVE_LEVEL); /* It was asked on our own thread. */
    SUCCEEDS(ask(IOCTL_BATTERY_QUERY_INFORMATION, &query, sizeof(query), &information,
                 sizeof(information), &size));
    ck_assert_uint_eq(size, sizeof(information));
    ck_assert_uint_eq(information.DesignedCapacity, 5000);
    query.InformationLevel = BatteryTemperature;
    ck_assert_int_eq(ask(IOCTL_BATTERY_QUERY_INFORMATION, &query, sizeof(query), &information,
                         sizeof(information), &size),
                     STATUS_INVALID_DEVICE_REQUEST);
    SUCCEEDS(ask(IOCTL_BATTERY_QUERY_STATUS, &wait, sizeof(wait), &status, sizeof(status), &size));
    ck_assert_uint_eq(status.Capacity, 400);
    wait.BatteryTag = 6;
    ck_assert_int_eq(
        ask(IOCTL_BATTERY_QUERY_STATUS, &wait, sizeof(wait), &status, sizeof(status), &size),
        STATUS_NO_SUCH_DEVICE);
    ck_assert_int_eq(ask(IOCTL_BATTERY_QUERY_STATUS, &wait, 8, &status, sizeof(status), &size),
                     STATUS_INFO_LENGTH_MISMATCH);
    /* Another's request goes the driver's own way. */
    ck_assert_int_eq(ask(IOCTL_GET_WAKE_ALARM_VALUE, NULL, 0, NULL, 0, &size),
                     STATUS_INVALID_DEVICE_REQUEST);
    end();
}

static const BATTERY_WAIT_STATUS unchanged = {
    .BatteryTag = 7,
    .Timeout = 60000,
    .PowerState = BATTERY_DISCHARGING,
    .LowCapacity = 300,
    .HighCapacity = 500,
};

static struct bench_request *
begin_wait(const BATTERY_WAIT_STATUS *wait, BATTERY_STATUS *status)
{
    struct bench_request *request = bench_request_create(pnp_bench, NULL, NULL);

    bench_request_ioctl(request, file, IOCTL_BATTERY_QUERY_STATUS, wait, sizeof(*wait), status,
                        sizeof(*status));
    bench_advance(pnp_bench, 1000);
    return request;
}

PNP_TEST(a_status_request_waits_for_a_change)
{
    struct pnp_node node = {0};
    BATTERY_STATUS status = {0};
    struct bench_request *request;
    size_t size = 0;
    unsigned count;

    start(&node);
    request = begin_wait(&unchanged, &status);
    ck_assert(!bench_request_is_done(request));
    LOCKED(count = cell.notices);
    ck_assert_uint_eq(count, 1);
    LOCKED(cell.status.Capacity = 450); /* Not enough of a change. */
    SUCCEEDS(BatteryClassStatusNotify(battery));
    bench_advance(pnp_bench, 10);
    ck_assert(!bench_request_is_done(request));
    LOCKED(cell.status.Capacity = 299);
    SUCCEEDS(BatteryClassStatusNotify(battery));
    SUCCEEDS(bench_request_wait(request, -1, &size));
    ck_assert_uint_eq(status.Capacity, 299);
    LOCKED(count = cell.disables);
    ck_assert_uint_eq(count, 1);
    bench_request_delete(request);
    end();
}

PNP_TEST(its_time_may_be_over)
{
    struct pnp_node node = {0};
    BATTERY_STATUS status = {0};
    struct bench_request *request;

    start(&node);
    request = begin_wait(&unchanged, &status);
    bench_advance(pnp_bench, 58000);
    ck_assert(!bench_request_is_done(request));
    bench_advance(pnp_bench, 2000);
    SUCCEEDS(bench_request_wait(request, -1, NULL));
    ck_assert_uint_eq(status.Capacity, 400);
    bench_request_delete(request);
    end();
}

PNP_TEST(a_driver_that_gives_no_notice_is_polled)
{
    struct pnp_node node = {0};
    BATTERY_STATUS status = {0};
    struct bench_request *request;

    start(&node);
    LOCKED(cell.set_notify = STATUS_NOT_SUPPORTED);
    request = begin_wait(&unchanged, &status);
    LOCKED(cell.status.PowerState = BATTERY_POWER_ON_LINE | BATTERY_CHARGING);
    bench_advance(pnp_bench, 6000);
    SUCCEEDS(bench_request_wait(request, -1, NULL));
    ck_assert_uint_eq(status.PowerState, BATTERY_POWER_ON_LINE | BATTERY_CHARGING);
    bench_request_delete(request);
    end();
}

PNP_TEST(a_tag_request_waits_for_a_battery)
{
    struct pnp_node node = {0};
    ULONG timeout = 10000;
    ULONG tag = 0;
    struct bench_request *request = bench_request_create(pnp_bench, NULL, NULL);

    start(&node);
    LOCKED(cell.tag = BATTERY_TAG_INVALID);
    ck_assert_int_eq(ask(IOCTL_BATTERY_QUERY_TAG, NULL, 0, &tag, sizeof(tag), NULL),
                     STATUS_NO_SUCH_DEVICE);
    bench_request_ioctl(request, file, IOCTL_BATTERY_QUERY_TAG, &timeout, sizeof(timeout), &tag,
                        sizeof(tag));
    bench_advance(pnp_bench, 100);
    ck_assert(!bench_request_is_done(request));
    LOCKED(cell.tag = 8);
    SUCCEEDS(BatteryClassStatusNotify(battery));
    SUCCEEDS(bench_request_wait(request, -1, NULL));
    ck_assert_uint_eq(tag, 8);
    LOCKED(cell.tag = BATTERY_TAG_INVALID);
    bench_request_ioctl(request, file, IOCTL_BATTERY_QUERY_TAG, &timeout, sizeof(timeout), &tag,
                        sizeof(tag));
    ck_assert_int_eq(bench_request_wait(request, -1, NULL), STATUS_NO_SUCH_DEVICE);
    bench_request_delete(request);
    end();
}

PNP_TEST(what_waits_can_be_cancelled_and_ends_with_the_battery)
{
    struct pnp_node node = {0};
    BATTERY_STATUS status[2];
    struct bench_request *first;
    struct bench_request *second;

    start(&node);
    first = begin_wait(&unchanged, &status[0]);
    second = begin_wait(&unchanged, &status[1]);
    bench_request_cancel(first);
    ck_assert_int_eq(bench_request_wait(first, -1, NULL), STATUS_CANCELLED);
    ck_assert(!bench_request_is_done(second));
    SUCCEEDS(BatteryClassUnload(battery));
    ck_assert_int_eq(bench_request_wait(second, -1, NULL), STATUS_DEVICE_REMOVED);
    bench_request_delete(first);
    bench_request_delete(second);
    bench_close(file);
    SUCCEEDS(bench_device_remove(device));
}

PNP_RUN("conform/battery", tag_information_and_status_are_the_drivers,
        a_status_request_waits_for_a_change, its_time_may_be_over,
        a_driver_that_gives_no_notice_is_polled, a_tag_request_waits_for_a_battery,
        what_waits_can_be_cancelled_and_ends_with_the_battery)

/* SPDX-License-Identifier: MIT */
/*
 * PnP and power IRPs that fail: a WDM filter of the bench's own at the bottom of every stack, above
 * the PDO. What fails there looks to the drivers above like a bus that refuses.
 */
#include <string.h>

#include "base/utf16.h"
#include "bench/bench_priv.h"
#include "nt/io/io.h"
#include "nt/pnp/pnp.h"
#include "sys/memory.h"

/* What is to fail. */
struct fault {
    struct list link;
    char path[256]; /* "": of every device. */
    UCHAR major;
    UCHAR minor;
    NTSTATUS status;
    unsigned left;
};

struct filter {
    PDEVICE_OBJECT self;
    PDEVICE_OBJECT lower;
    PDEVICE_OBJECT pdo;
};

static struct {
    struct sys_lock lock; /* Guards the list. A leaf lock. */
    struct list faults;
    PDRIVER_OBJECT driver;
} faults;

static bool
concerns(const struct fault *fault, PDEVICE_OBJECT pdo)
{
    struct pnp_devnode *devnode;
    bool same = true;
    const WCHAR *path;
    size_t i;

    if (fault->path[0] == '\0') {
        return true;
    }
    devnode = pnp_devnode_of(pdo);
    path = pnp_devnode_instance_path(devnode);
    for (i = 0; same && (path[i] != 0 || fault->path[i] != '\0'); i++) {
        same = utf16_upcase(path[i]) == utf16_upcase((unsigned char)fault->path[i]);
    }
    pnp_devnode_unref(devnode);
    return same;
}

/* The status with which this IRP is to fail; STATUS_SUCCESS: it is not. */
static NTSTATUS
fault_of(PDEVICE_OBJECT pdo, const IO_STACK_LOCATION *stack)
{
    NTSTATUS status = STATUS_SUCCESS;
    struct list *link;

    sys_lock_acquire(&faults.lock);
    list_for_each(link, &faults.faults)
    {
        struct fault *fault = container_of(link, struct fault, link);

        if (fault->left != 0 && fault->major == stack->MajorFunction &&
            fault->minor == stack->MinorFunction && concerns(fault, pdo)) {
            fault->left--;
            status = fault->status;
            break;
        }
    }
    sys_lock_release(&faults.lock);
    return status;
}

static NTSTATUS
remove_filter(struct filter *filter, PIRP irp)
{
    PDEVICE_OBJECT self = filter->self;
    PDEVICE_OBJECT lower = filter->lower;
    NTSTATUS status;

    IoSkipCurrentIrpStackLocation(irp);
    status = IoCallDriver(lower, irp);
    IoDetachDevice(lower);
    IoDeleteDevice(self);
    return status;
}

static NTSTATUS
dispatch(PDEVICE_OBJECT device, PIRP irp)
{
    struct filter *filter = device->DeviceExtension;
    const IO_STACK_LOCATION *stack = IoGetCurrentIrpStackLocation(irp);
    bool is_remove =
        stack->MajorFunction == IRP_MJ_PNP && stack->MinorFunction == IRP_MN_REMOVE_DEVICE;
    NTSTATUS status = STATUS_SUCCESS;

    if (stack->MajorFunction == IRP_MJ_PNP || stack->MajorFunction == IRP_MJ_POWER) {
        status = is_remove ? STATUS_SUCCESS : fault_of(filter->pdo, stack);
    }
    if (!NT_SUCCESS(status)) {
        irp->IoStatus.Status = status;
        IoCompleteRequest(irp, IO_NO_INCREMENT);
        return status;
    }
    if (is_remove) {
        return remove_filter(filter, irp);
    }
    IoSkipCurrentIrpStackLocation(irp);
    return IoCallDriver(filter->lower, irp);
}

static NTSTATUS
add_device(PDRIVER_OBJECT driver, PDEVICE_OBJECT pdo)
{
    struct filter *filter;
    PDEVICE_OBJECT device;
    NTSTATUS status =
        IoCreateDevice(driver, sizeof(*filter), NULL, FILE_DEVICE_UNKNOWN, 0, FALSE, &device);

    if (!NT_SUCCESS(status)) {
        return status;
    }
    filter = device->DeviceExtension;
    filter->self = device;
    filter->pdo = pdo;
    filter->lower = IoAttachDeviceToDeviceStack(device, pdo);
    if (filter->lower == NULL) {
        IoDeleteDevice(device);
        return STATUS_NO_SUCH_DEVICE;
    }
    device->Flags |= filter->lower->Flags & (DO_BUFFERED_IO | DO_DIRECT_IO | DO_POWER_PAGABLE);
    device->Flags &= ~(ULONG)DO_DEVICE_INITIALIZING;
    return STATUS_SUCCESS;
}

static NTSTATUS
entry(PDRIVER_OBJECT driver, PUNICODE_STRING registry_path)
{
    for (unsigned i = 0; i <= IRP_MJ_MAXIMUM_FUNCTION; i++) {
        driver->MajorFunction[i] = dispatch;
    }
    driver->DriverExtension->AddDevice = add_device;
    return STATUS_SUCCESS;
}

void *
bench_faults_driver(void)
{
    return faults.driver;
}

bench_status
bench_faults_init(const struct bench_params *params)
{
    NTSTATUS status;

    list_init(&faults.faults);
    if (params == NULL || !params->faults) {
        return STATUS_SUCCESS;
    }
    status = io_driver_create("BenchFaults", &faults.driver);
    return NT_SUCCESS(status) ? io_driver_start(faults.driver, entry) : status;
}

void
bench_faults_fini(void)
{
    struct list *link;

    if (faults.driver != NULL) {
        (void)io_driver_unload(faults.driver);
        faults.driver = NULL;
    }
    while ((link = list_pop_front(&faults.faults)) != NULL) {
        sys_free(container_of(link, struct fault, link));
    }
}

bench_status
bench_fail_irp(struct bench *bench, const char *instance_id, uint8_t major, uint8_t minor,
               bench_status status, unsigned count)
{
    struct fault *fault;

    if (faults.driver == NULL || bench_ok(status)) {
        return bench_fail(STATUS_INVALID_PARAMETER, faults.driver == NULL
                                                        ? "the bench was made without faults"
                                                        : "that status is a success");
    }
    fault = sys_alloc_zeroed(sizeof(*fault));
    if (fault == NULL) {
        return bench_fail(STATUS_INSUFFICIENT_RESOURCES, "out of memory");
    }
    if (instance_id != NULL) {
        strncpy(fault->path, instance_id, sizeof(fault->path) - 1);
    }
    fault->major = major;
    fault->minor = minor;
    fault->status = status;
    fault->left = count;
    sys_lock_acquire(&faults.lock);
    list_push_back(&faults.faults, &fault->link);
    sys_lock_release(&faults.lock);
    return STATUS_SUCCESS;
}

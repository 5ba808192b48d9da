/* SPDX-License-Identifier: MIT */
/*
 * Where the I/O manager enters: one routine for every major function of every framework device.
 *
 * What reads, writes and controls pass here is a chain of jumps: the rest is not inlined, so that
 * there are no registers to save.
 */
#include "fx/core/callback.h"
#include "base/hot.h"
#include "fx/io/device_io.h"
#include "fx/misc/wmi.h"
#include "fx/pnp/device_priv.h"
#include "fx_imports.h"

NTSTATUS
fx_device_pass_down(struct fx_device *device, IRP *irp, NTSTATUS status)
{
    if (device->attached == NULL) {
        irp->IoStatus.Status = status;
        IoCompleteRequest(irp, IO_NO_INCREMENT);
        return status;
    }
    IoSkipCurrentIrpStackLocation(irp);
    return IoCallDriver(device->attached, irp);
}

static __attribute__((noinline)) NTSTATUS
dispatch_shutdown(struct fx_device *device, IRP *irp)
{
    if (device->shutdown_notification != NULL) {
        return fx_control_shutdown(device, irp);
    }
    return fx_device_pass_down(device, irp, STATUS_INVALID_DEVICE_REQUEST);
}

static __attribute__((noinline)) NTSTATUS
dispatch_system_control(struct fx_device *device, IRP *irp)
{
    if (device->wmi != NULL) {
        return fx_wmi_dispatch(device, irp);
    }
    return fx_device_pass_down(device, irp, irp->IoStatus.Status);
}

static __attribute__((noinline)) NTSTATUS
dispatch_not_io(struct fx_device *device, IRP *irp)
{
    switch (IoGetCurrentIrpStackLocation(irp)->MajorFunction) {
    case IRP_MJ_PNP:
        return fx_pnp_dispatch(device, irp);
    case IRP_MJ_POWER:
        return fx_power_dispatch(device, irp);
    case IRP_MJ_SYSTEM_CONTROL:
        return dispatch_system_control(device, irp);
    case IRP_MJ_SHUTDOWN:
        return dispatch_shutdown(device, irp);
    default:
        return fx_io_dispatch(device, irp);
    }
}

BASE_HOT NTSTATUS
fx_dispatch_preprocessed(struct fx_device *device, IRP *irp)
{
    /* These are few and together: fx_io_dispatch knows the others. */
    if (__builtin_expect(IoGetCurrentIrpStackLocation(irp)->MajorFunction >= IRP_MJ_SHUTDOWN, 0)) {
        return dispatch_not_io(device, irp);
    }
    return fx_io_dispatch(device, irp);
}

static bool
wants_preprocess(const struct fx_preprocess *entry, UCHAR minor)
{
    unsigned i;

    if (entry->callback == NULL) {
        return false;
    }
    if (entry->all_minors) {
        return true;
    }
    for (i = 0; i < entry->minor_count; i++) {
        if (entry->minors[i] == minor) {
            return true;
        }
    }
    return false;
}

static __attribute__((noinline)) NTSTATUS
dispatch_with_preprocess(struct fx_device *device, IRP *irp)
{
    IO_STACK_LOCATION *stack = IoGetCurrentIrpStackLocation(irp);

    if (stack->MajorFunction < FX_MAJOR_COUNT &&
        wants_preprocess(&device->preprocess[stack->MajorFunction], stack->MinorFunction)) {
        PFN_WDFDEVICE_WDM_IRP_PREPROCESS callback =
            device->preprocess[stack->MajorFunction].callback;
        struct fx_globals *globals = device->object.globals;
        KIRQL irql = fx_callback_begin();
        NTSTATUS status = callback(fx_object_handle(&device->object), irp);

        fx_callback_end(globals, irql, (const void *)callback);
        return status;
    }
    return fx_dispatch_preprocessed(device, irp);
}

static inline NTSTATUS
dispatch(struct fx_device *device, IRP *irp)
{
    if (__builtin_expect(device->has_preprocess, 0)) {
        return dispatch_with_preprocess(device, irp);
    }
    return fx_dispatch_preprocessed(device, irp);
}

/* The framework device is gone, or the driver made this device object without the framework. */
static __attribute__((noinline)) NTSTATUS
dispatch_to_nobody(IRP *irp, NTSTATUS status)
{
    UCHAR major = IoGetCurrentIrpStackLocation(irp)->MajorFunction;

    if (major == IRP_MJ_CLEANUP || major == IRP_MJ_CLOSE) {
        status = STATUS_SUCCESS; /* These cannot fail. */
    }
    irp->IoStatus.Status = status;
    irp->IoStatus.Information = 0;
    IoCompleteRequest(irp, IO_NO_INCREMENT);
    return status;
}

static bool
enter_gate(struct fx_device_extension *extension)
{
    uint32_t gate = atomic_load_u32(&extension->gate);

    do {
        if ((gate & FX_GATE_CLOSED) != 0) {
            return false;
        }
    } while (!atomic_cas_u32(&extension->gate, &gate, gate + 1));
    return true;
}

static __attribute__((noinline)) NTSTATUS
dispatch_through_gate(struct fx_device_extension *extension, IRP *irp)
{
    NTSTATUS status;

    if (!enter_gate(extension)) {
        return dispatch_to_nobody(irp, STATUS_NO_SUCH_DEVICE);
    }
    status = dispatch(extension->device, irp);
    if (atomic_fetch_sub_u32(&extension->gate, 1) == (FX_GATE_CLOSED | 1)) {
        fx_object_stopped(&extension->device->object);
    }
    return status;
}

BASE_HOT NTSTATUS
fx_dispatch(DEVICE_OBJECT *wdm, IRP *irp)
{
    struct fx_device_extension *extension = wdm->DeviceExtension;

    if (__builtin_expect(extension == NULL || extension->magic != FX_DEVICE_EXTENSION_MAGIC, 0)) {
        return dispatch_to_nobody(irp, STATUS_INVALID_DEVICE_REQUEST);
    }
    if (extension->has_gate) {
        return dispatch_through_gate(extension, irp);
    }
    return dispatch(extension->device, irp);
}

/*
 * The driver has skipped or copied the stack location, as if for the next driver. That next
 * "driver" is the framework on the same device.
 */
NTSTATUS
imp_WdfDeviceWdmDispatchPreprocessedIrp(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDEVICE Device,
                                        PIRP Irp)
{
    struct fx_device *device = fx_handle_get(DriverGlobals, Device, FX_TYPE_DEVICE);

    fx_require(DriverGlobals, Irp);
    IoSetNextIrpStackLocation(Irp);
    IoGetCurrentIrpStackLocation(Irp)->DeviceObject = device->wdm;
    return fx_dispatch_preprocessed(device, Irp);
}

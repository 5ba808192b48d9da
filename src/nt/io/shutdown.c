/* SPDX-License-Identifier: MIT */
/* Shutdown notification: IRP_MJ_SHUTDOWN for the devices that asked for it. */
#include "nt/io/io_priv.h"

/* Guarded by io_device_lock. Each entry references its device. */
static struct list devices;

void
io_shutdown_init(void)
{
    list_init(&devices);
}

NTSTATUS
IoRegisterShutdownNotification(PDEVICE_OBJECT DeviceObject)
{
    struct io_device_extension *private = io_device_extension(DeviceObject);

    sys_lock_acquire(&io_device_lock);
    if (list_empty(&private->shutdown_link)) {
        ObReferenceObject(DeviceObject);
        list_push_front(&devices, &private->shutdown_link);
        DeviceObject->Flags |= DO_SHUTDOWN_REGISTERED;
    }
    sys_lock_release(&io_device_lock);
    return STATUS_SUCCESS;
}

NTSTATUS
IoRegisterLastChanceShutdownNotification(PDEVICE_OBJECT DeviceObject)
{
    struct io_device_extension *private = io_device_extension(DeviceObject);

    sys_lock_acquire(&io_device_lock);
    if (list_empty(&private->shutdown_link)) {
        ObReferenceObject(DeviceObject);
        list_push_back(&devices, &private->shutdown_link);
        DeviceObject->Flags |= DO_SHUTDOWN_REGISTERED;
    }
    sys_lock_release(&io_device_lock);
    return STATUS_SUCCESS;
}

VOID
IoUnregisterShutdownNotification(PDEVICE_OBJECT DeviceObject)
{
    struct io_device_extension *private = io_device_extension(DeviceObject);
    bool registered;

    sys_lock_acquire(&io_device_lock);
    registered = !list_empty(&private->shutdown_link);
    list_remove(&private->shutdown_link);
    DeviceObject->Flags &= ~(ULONG)DO_SHUTDOWN_REGISTERED;
    sys_lock_release(&io_device_lock);
    if (registered) {
        ObDereferenceObject(DeviceObject);
    }
}

/* The first registered device, taken from the list with its reference; NULL when there is none. */
static PDEVICE_OBJECT
take_first(void)
{
    struct list *link;
    PDEVICE_OBJECT device = NULL;

    sys_lock_acquire(&io_device_lock);
    link = list_pop_front(&devices);
    if (link != NULL) {
        device = container_of(link, struct io_device_extension, shutdown_link)->public.DeviceObject;
        device->Flags &= ~(ULONG)DO_SHUTDOWN_REGISTERED;
    }
    sys_lock_release(&io_device_lock);
    return device;
}

void
io_shutdown_devices(void)
{
    PDEVICE_OBJECT device;

    while ((device = take_first()) != NULL) {
        PDEVICE_OBJECT top = IoGetAttachedDeviceReference(device);
        PIRP irp = io_irp_allocate((unsigned)top->StackSize, __builtin_return_address(0));

        if (irp != NULL) {
            IoGetNextIrpStackLocation(irp)->MajorFunction = IRP_MJ_SHUTDOWN;
            (void)io_call_and_wait(top, irp);
            io_irp_free(irp);
        }
        ObDereferenceObject(top);
        ObDereferenceObject(device);
    }
}

/* SPDX-License-Identifier: MIT */
/* What drivers ask of the PnP manager and wait for, or hear the end of. */
#include "base/log.h"
#include "nt/io/io.h"
#include "nt/pnp/pnp_priv.h"

NTSTATUS
IoSynchronousInvalidateDeviceRelations(PDEVICE_OBJECT DeviceObject, DEVICE_RELATION_TYPE Type)
{
    struct pnp_devnode *devnode = io_device_devnode(DeviceObject);

    if (devnode == NULL || !devnode->started) {
        return STATUS_UNSUCCESSFUL;
    }
    if (pnp_queue_is_mine()) {
        base_log(BASE_LOG_ERROR, "pnp",
                 "%s: IoSynchronousInvalidateDeviceRelations from within a PnP request would wait "
                 "for itself",
                 PNP_NAME(devnode));
        return STATUS_INVALID_DEVICE_REQUEST;
    }
    IoInvalidateDeviceRelations(DeviceObject, Type);
    pnp_queue_wait();
    return STATUS_SUCCESS;
}

struct eject {
    struct ex_work work;
    PDEVICE_OBJECT pdo;    /* Referenced. */
    PDRIVER_OBJECT driver; /* The same. */
    PIO_DEVICE_EJECT_CALLBACK callback;
    PVOID context;
};

static void
run_eject(struct ex_work *work)
{
    struct eject *eject = container_of(work, struct eject, work);
    NTSTATUS status = pnp_devnode_eject(io_device_devnode(eject->pdo));

    if (eject->callback != NULL) {
        eject->callback(status, eject->context);
    }
    ObDereferenceObject(eject->pdo);
    ObDereferenceObject(eject->driver);
    ExFreePoolWithTag(eject, PNP_TAG);
}

NTSTATUS
IoRequestDeviceEjectEx(PDEVICE_OBJECT PhysicalDeviceObject, PIO_DEVICE_EJECT_CALLBACK Callback,
                       PVOID Context, PDRIVER_OBJECT DriverObject)
{
    struct eject *eject;

    if (io_device_devnode(PhysicalDeviceObject) == NULL) {
        return STATUS_INVALID_DEVICE_REQUEST;
    }
    eject = ExAllocatePool2(POOL_FLAG_NON_PAGED, sizeof(*eject), PNP_TAG);
    if (eject == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    ObReferenceObject(PhysicalDeviceObject);
    ObReferenceObject(DriverObject);
    eject->pdo = PhysicalDeviceObject;
    eject->driver = DriverObject;
    eject->callback = Callback;
    eject->context = Context;
    eject->work.run = run_eject;
    ex_work_queue_insert(&eject->work);
    return STATUS_SUCCESS;
}

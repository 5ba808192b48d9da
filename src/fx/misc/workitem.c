/* SPDX-License-Identifier: MIT */
/* WDFWORKITEM: a driver's callback at PASSIVE_LEVEL. */
#include "fx/core/callback.h"
#include "fx/core/sized.h"
#include "fx/misc/worker.h"
#include "fx/object/callback_lock.h"
#include "fx/pnp/device.h"
#include "fx_imports.h"

struct fx_workitem {
    struct fx_object object;
    PFN_WDF_WORKITEM callback;
    struct fx_callback_lock *lock; /* Automatic synchronization; NULL: none. */
    struct fx_worker worker;
};

static void
workitem_run(struct fx_object *object)
{
    struct fx_workitem *item = container_of(object, struct fx_workitem, object);
    KIRQL irql = fx_callback_lock_acquire(item->lock);
    KIRQL before = fx_callback_begin();

    item->callback(fx_object_handle(object));
    fx_callback_end(object->globals, before, (const void *)item->callback);
    fx_callback_lock_release(item->lock, irql);
}

static bool
workitem_stop(struct fx_object *object)
{
    return fx_worker_stop(&container_of(object, struct fx_workitem, object)->worker);
}

static const struct fx_class workitem_class = {
    .type = FX_TYPE_WORKITEM,
    .name = "WDFWORKITEM",
    .size = sizeof(struct fx_workitem),
    .parent_rule = FX_PARENT_REQUIRED,
    .passive = true,
    .stop = workitem_stop,
};

NTSTATUS
imp_WdfWorkItemCreate(PWDF_DRIVER_GLOBALS DriverGlobals, PWDF_WORKITEM_CONFIG Config,
                      PWDF_OBJECT_ATTRIBUTES Attributes, WDFWORKITEM *WorkItem)
{
    struct fx_globals *globals = fx_globals_of(DriverGlobals);
    struct fx_callback_lock *lock = NULL;
    struct fx_workitem *item;
    struct fx_object *parent;
    NTSTATUS status;

    fx_require(DriverGlobals, Config);
    fx_require(DriverGlobals, WorkItem);
    *WorkItem = NULL;
    if (Config->Size != sizeof(*Config)) {
        fx_log(globals, "WDF_WORKITEM_CONFIG.Size is %u, not %u", Config->Size,
               (unsigned)sizeof(*Config));
        return STATUS_INFO_LENGTH_MISMATCH;
    }
    if (Config->EvtWorkItemFunc == NULL) {
        fx_log(globals, "WdfWorkItemCreate: EvtWorkItemFunc is NULL");
        return STATUS_INVALID_PARAMETER;
    }
    status = fx_attributes_check(&workitem_class, globals, Attributes);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    parent = fx_attributes_parent(globals, Attributes, NULL);
    if (fx_device_above(parent) == NULL) {
        fx_log(globals, "WdfWorkItemCreate: no device is above the parent %p",
               Attributes->ParentObject);
        return STATUS_INVALID_DEVICE_REQUEST;
    }
    if (Config->AutomaticSerialization) {
        lock = fx_callback_lock_of(parent);
        if (lock != NULL && !lock->passive) {
            fx_log(globals, "WdfWorkItemCreate: AutomaticSerialization needs a parent with "
                            "WdfExecutionLevelPassive");
            return STATUS_WDF_INCOMPATIBLE_EXECUTION_LEVEL;
        }
    }
    status = fx_object_create(&workitem_class, globals, Attributes, NULL, 0, &item);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    item->callback = Config->EvtWorkItemFunc;
    item->lock = lock;
    fx_worker_init(&item->worker, &item->object, workitem_run);
    *WorkItem = fx_object_commit(&item->object);
    return STATUS_SUCCESS;
}

VOID
imp_WdfWorkItemEnqueue(PWDF_DRIVER_GLOBALS DriverGlobals, WDFWORKITEM WorkItem)
{
    struct fx_workitem *item = fx_handle_get(DriverGlobals, WorkItem, FX_TYPE_WORKITEM);

    fx_worker_enqueue(&item->worker);
}

WDFOBJECT
imp_WdfWorkItemGetParentObject(PWDF_DRIVER_GLOBALS DriverGlobals, WDFWORKITEM WorkItem)
{
    struct fx_workitem *item = fx_handle_get(DriverGlobals, WorkItem, FX_TYPE_WORKITEM);

    return fx_handle_of(item->object.parent);
}

VOID
imp_WdfWorkItemFlush(PWDF_DRIVER_GLOBALS DriverGlobals, WDFWORKITEM WorkItem)
{
    struct fx_workitem *item = fx_handle_get(DriverGlobals, WorkItem, FX_TYPE_WORKITEM);

    if (!fx_worker_flush(&item->worker)) {
        fx_log(fx_globals_of(DriverGlobals),
               "WdfWorkItemFlush is called from the callback of %p itself: it would wait forever",
               WorkItem);
    }
}

/* SPDX-License-Identifier: MIT */
/* WDFDPC: a driver's callback at DISPATCH_LEVEL. */
#include "fx/core/callback.h"
#include "fx/object/callback_lock.h"
#include "fx/pnp/device.h"
#include "fx_imports.h"

struct fx_dpc {
    struct fx_object object;
    PFN_WDF_DPC callback;
    struct fx_callback_lock *lock; /* Automatic synchronization; NULL: none. */
    KDPC kdpc;
};

static VOID
dpc_routine(PKDPC Dpc, PVOID Context, PVOID Argument1, PVOID Argument2)
{
    struct fx_dpc *dpc = Context;
    KIRQL irql = fx_callback_lock_acquire(dpc->lock);
    KIRQL before = fx_callback_begin();

    dpc->callback(fx_object_handle(&dpc->object));
    fx_callback_end(dpc->object.globals, before, (const void *)dpc->callback);
    fx_callback_lock_release(dpc->lock, irql);
}

/* At PASSIVE_LEVEL, so never inside the DPC itself. */
static bool
dpc_stop(struct fx_object *object)
{
    struct fx_dpc *dpc = container_of(object, struct fx_dpc, object);

    (void)KeRemoveQueueDpc(&dpc->kdpc);
    KeFlushQueuedDpcs();
    return true;
}

static const struct fx_class dpc_class = {
    .type = FX_TYPE_DPC,
    .name = "WDFDPC",
    .size = sizeof(struct fx_dpc),
    .parent_rule = FX_PARENT_REQUIRED,
    .passive = true,
    .stop = dpc_stop,
};

NTSTATUS
imp_WdfDpcCreate(PWDF_DRIVER_GLOBALS DriverGlobals, PWDF_DPC_CONFIG Config,
                 PWDF_OBJECT_ATTRIBUTES Attributes, WDFDPC *Dpc)
{
    struct fx_globals *globals = fx_globals_of(DriverGlobals);
    struct fx_callback_lock *lock = NULL;
    struct fx_object *parent;
    struct fx_dpc *dpc;
    NTSTATUS status;

    fx_require(DriverGlobals, Config);
    fx_require(DriverGlobals, Dpc);
    *Dpc = NULL;
    if (Config->Size != sizeof(*Config)) {
        fx_log(globals, "WDF_DPC_CONFIG.Size is %u, not %u", Config->Size,
               (unsigned)sizeof(*Config));
        return STATUS_INFO_LENGTH_MISMATCH;
    }
    if (Config->EvtDpcFunc == NULL) {
        fx_log(globals, "WdfDpcCreate: EvtDpcFunc is NULL");
        return STATUS_INVALID_PARAMETER;
    }
    status = fx_attributes_check(&dpc_class, globals, Attributes);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    parent = fx_attributes_parent(globals, Attributes, NULL);
    if (fx_device_above(parent) == NULL) {
        fx_log(globals, "WdfDpcCreate: no device is above the parent %p", Attributes->ParentObject);
        return STATUS_INVALID_DEVICE_REQUEST;
    }
    if (Config->AutomaticSerialization) {
        lock = fx_callback_lock_of(parent);
        if (lock != NULL && lock->passive) {
            fx_log(globals, "WdfDpcCreate: AutomaticSerialization with a parent of "
                            "WdfExecutionLevelPassive");
            return STATUS_WDF_INCOMPATIBLE_EXECUTION_LEVEL;
        }
    }
    status = fx_object_create(&dpc_class, globals, Attributes, NULL, 0, &dpc);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    dpc->callback = Config->EvtDpcFunc;
    dpc->lock = lock;
    KeInitializeDpc(&dpc->kdpc, dpc_routine, dpc);
    *Dpc = fx_object_commit(&dpc->object);
    return STATUS_SUCCESS;
}

BOOLEAN
imp_WdfDpcEnqueue(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDPC Dpc)
{
    struct fx_dpc *dpc = fx_handle_get(DriverGlobals, Dpc, FX_TYPE_DPC);

    if (fx_object_is_deleting(&dpc->object)) {
        return FALSE;
    }
    return KeInsertQueueDpc(&dpc->kdpc, NULL, NULL);
}

BOOLEAN
imp_WdfDpcCancel(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDPC Dpc, BOOLEAN Wait)
{
    struct fx_dpc *dpc = fx_handle_get(DriverGlobals, Dpc, FX_TYPE_DPC);
    BOOLEAN was_queued = KeRemoveQueueDpc(&dpc->kdpc);

    if (Wait && !was_queued) {
        KeFlushQueuedDpcs();
    }
    return was_queued;
}

WDFOBJECT
imp_WdfDpcGetParentObject(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDPC Dpc)
{
    struct fx_dpc *dpc = fx_handle_get(DriverGlobals, Dpc, FX_TYPE_DPC);

    return fx_handle_of(dpc->object.parent);
}

PKDPC
imp_WdfDpcWdmGetDpc(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDPC Dpc)
{
    struct fx_dpc *dpc = fx_handle_get(DriverGlobals, Dpc, FX_TYPE_DPC);

    return &dpc->kdpc;
}

/* SPDX-License-Identifier: MIT */
/* WdfObject…: general objects and what can be asked of every object. */
#include "fx/object/object.h"

#include "fx/core/driver.h"
#include "fx_imports.h"

static const struct fx_class general_class = {
    .type = FX_TYPE_OBJECT,
    .name = "WDFOBJECT",
    .size = sizeof(struct fx_object),
    .parent_rule = FX_PARENT_OPTIONAL,
    .execution_level = true,
};

NTSTATUS
imp_WdfObjectCreate(PWDF_DRIVER_GLOBALS DriverGlobals, PWDF_OBJECT_ATTRIBUTES Attributes,
                    WDFOBJECT *Object)
{
    struct fx_object *object;
    NTSTATUS status;

    fx_require(DriverGlobals, Object);
    *Object = NULL;
    status = fx_object_create(&general_class, fx_globals_of(DriverGlobals), Attributes, NULL, 0,
                              &object);
    if (NT_SUCCESS(status)) {
        *Object = fx_object_commit(object);
    }
    return status;
}

static bool
may_delete(struct fx_object *object)
{
    const struct fx_class *class = object->class;

    return class->may_delete != NULL ? class->may_delete(object) : !class->undeletable;
}

VOID
imp_WdfObjectDelete(PWDF_DRIVER_GLOBALS DriverGlobals, WDFOBJECT Object)
{
    struct fx_object *object = fx_handle_get(DriverGlobals, Object, FX_TYPE_OBJECT);

    if (!may_delete(object)) {
        fx_bugcheck(fx_globals_of(DriverGlobals), WDF_OBJECT_ERROR, (ULONG_PTR)Object, 0, 0,
                    "WdfObjectDelete: the framework deletes this %s, %p; a driver must not",
                    fx_type_name(object->type), Object);
    }
    (void)fx_object_delete(object);
}

NTSTATUS
imp_WdfObjectQuery(PWDF_DRIVER_GLOBALS DriverGlobals, WDFOBJECT Object, CONST GUID *Guid,
                   ULONG QueryBufferLength, PVOID QueryBuffer)
{
    (void)fx_handle_get(DriverGlobals, Object, FX_TYPE_OBJECT);
    fx_require(DriverGlobals, Guid);
    /* "The WdfObjectQuery method is not implemented": no GUID is known. */
    return STATUS_NOT_IMPLEMENTED;
}

/* SPDX-License-Identifier: MIT */
/* For whom an export driver works: by the code that called it, by the object it was given. */
#include "fx/core/globals.h"
#include "fx/object/object.h"
#include "loader/bind.h"
#include "nt/io/io.h"

OWDF_CALLER NTAPI
OwdfCallerOf(const VOID *Address, PWDF_DRIVER_GLOBALS *ComponentGlobals)
{
    PDRIVER_OBJECT driver = io_driver_of_code(Address);
    struct fx_globals *globals = driver == NULL ? NULL : fx_globals_of_driver(driver);

    *ComponentGlobals = NULL;
    if (driver == NULL) {
        return OwdfCallerUnknown;
    }
    if (globals == NULL || globals->is_export) {
        return OwdfCallerBetween;
    }
    *ComponentGlobals = &globals->public;
    return OwdfCallerDriver;
}

PWDF_DRIVER_GLOBALS NTAPI
OwdfGlobalsOfHandle(PVOID Handle)
{
    const struct fx_object *object = fx_handle_address(Handle);

    return fx_handle_is(Handle, FX_TYPE_OBJECT) ? &object->globals->public : NULL;
}

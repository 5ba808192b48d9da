/* SPDX-License-Identifier: MIT */
/* What only a user-mode driver asks about a file object. */
#include "fx/io/file.h"
#include "fx_imports.h"

/* NULL: the file was not opened relative to another one of this device, or that one is closed. */
WDFFILEOBJECT
imp_WdfFileObjectGetRelatedFileObject(PWDF_DRIVER_GLOBALS DriverGlobals, WDFFILEOBJECT FileObject)
{
    struct fx_file *file = fx_handle_get(DriverGlobals, FileObject, FX_TYPE_FILEOBJECT);
    struct fx_file *related = file->related;

    if (related == NULL || fx_object_is_deleting(&related->object)) {
        return NULL;
    }
    return fx_file_handle(related);
}

/* SPDX-License-Identifier: MIT */
/* Which presentation lock a callback takes, and the driver's own use of it. */
#include "fx/object/callback_lock.h"

#include "fx/object/object.h"
#include "fx_imports.h"

struct fx_callback_lock *
fx_callback_lock_of(struct fx_object *object)
{
    for (; object != NULL; object = object->parent) {
        if (object->class->scope_lock != NULL) {
            return object->class->scope_lock(object);
        }
    }
    return NULL;
}

/* The lock that belongs to a device or queue, whatever its scope; bugchecks for other types. */
static struct fx_callback_lock *
driver_lock(PWDF_DRIVER_GLOBALS driver_globals, WDFOBJECT handle)
{
    struct fx_object *object = fx_handle_get(driver_globals, handle, FX_TYPE_OBJECT);

    if (object->class->callback_lock == NULL) {
        fx_bugcheck(fx_globals_of(driver_globals), WDF_INVALID_LOCK_OPERATION, (ULONG_PTR)handle, 0,
                    0, "the %s %p has no synchronization lock", fx_type_name(object->type), handle);
    }
    return object->class->callback_lock(object);
}

VOID
imp_WdfObjectAcquireLock(PWDF_DRIVER_GLOBALS DriverGlobals, WDFOBJECT Object)
{
    struct fx_callback_lock *lock = driver_lock(DriverGlobals, Object);
    KIRQL irql;

    if (fx_callback_lock_is_mine(lock) && lock->driver_held) {
        fx_bugcheck(fx_globals_of(DriverGlobals), WDF_RECURSIVE_LOCK, (ULONG_PTR)Object, 0, 0,
                    "WdfObjectAcquireLock: this thread holds the lock of %p already", Object);
    }
    irql = fx_callback_lock_acquire(lock);
    lock->driver_irql = irql;
    lock->driver_held = true;
}

VOID
imp_WdfObjectReleaseLock(PWDF_DRIVER_GLOBALS DriverGlobals, WDFOBJECT Object)
{
    struct fx_callback_lock *lock = driver_lock(DriverGlobals, Object);

    if (!fx_callback_lock_is_mine(lock) || !lock->driver_held) {
        fx_bugcheck(fx_globals_of(DriverGlobals), WDF_INVALID_LOCK_OPERATION, (ULONG_PTR)Object, 1,
                    0, "WdfObjectReleaseLock: this thread does not hold the lock of %p", Object);
    }
    lock->driver_held = false;
    fx_callback_lock_release(lock, lock->driver_irql);
}

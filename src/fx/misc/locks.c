/* SPDX-License-Identifier: MIT */
/* WDFSPINLOCK and WDFWAITLOCK: the locks that drivers make for themselves. */
#include "fx/misc/locks.h"

#include "fx_imports.h"
#include "sys/thread.h"

/* --- Spin locks ------------------------------------------------------------------------------ */

struct fx_spinlock {
    struct fx_object object;
    KSPIN_LOCK lock;
    KIRQL irql;         /* Before the lock was taken; the owner's. */
    base_pointer owner; /* struct sys_thread; atomic. */
};

static const struct fx_class spinlock_class = {
    .type = FX_TYPE_SPINLOCK,
    .name = "WDFSPINLOCK",
    .size = sizeof(struct fx_spinlock),
    .parent_rule = FX_PARENT_OPTIONAL,
};

NTSTATUS
imp_WdfSpinLockCreate(PWDF_DRIVER_GLOBALS DriverGlobals, PWDF_OBJECT_ATTRIBUTES SpinLockAttributes,
                      WDFSPINLOCK *SpinLock)
{
    struct fx_spinlock *lock;
    NTSTATUS status;

    fx_require(DriverGlobals, SpinLock);
    *SpinLock = NULL;
    status = fx_object_create(&spinlock_class, fx_globals_of(DriverGlobals), SpinLockAttributes,
                              NULL, 0, &lock);
    if (NT_SUCCESS(status)) {
        KeInitializeSpinLock(&lock->lock);
        *SpinLock = fx_object_commit(&lock->object);
    }
    return status;
}

VOID
imp_WdfSpinLockAcquire(PWDF_DRIVER_GLOBALS DriverGlobals, WDFSPINLOCK SpinLock)
{
    struct fx_spinlock *lock = fx_handle_get(DriverGlobals, SpinLock, FX_TYPE_SPINLOCK);
    base_pointer self = (base_pointer)sys_thread_self();
    KIRQL irql;

    if (atomic_load_relaxed_ptr(&lock->owner) == self) {
        fx_bugcheck(fx_globals_of(DriverGlobals), WDF_RECURSIVE_LOCK, (ULONG_PTR)SpinLock, 0, 0,
                    "WdfSpinLockAcquire: this thread holds %p already", SpinLock);
    }
    KeAcquireSpinLock(&lock->lock, &irql);
    lock->irql = irql;
    atomic_store_relaxed_ptr(&lock->owner, self);
}

VOID
imp_WdfSpinLockRelease(PWDF_DRIVER_GLOBALS DriverGlobals, WDFSPINLOCK SpinLock)
{
    struct fx_spinlock *lock = fx_handle_get(DriverGlobals, SpinLock, FX_TYPE_SPINLOCK);

    if (atomic_load_relaxed_ptr(&lock->owner) != (base_pointer)sys_thread_self()) {
        fx_bugcheck(fx_globals_of(DriverGlobals), WDF_INVALID_LOCK_OPERATION, (ULONG_PTR)SpinLock,
                    1, 0, "WdfSpinLockRelease: this thread does not hold %p", SpinLock);
    }
    atomic_store_relaxed_ptr(&lock->owner, NULL);
    KeReleaseSpinLock(&lock->lock, lock->irql);
}

KSPIN_LOCK *
fx_spinlock_lock(struct fx_object *spinlock)
{
    return &container_of(spinlock, struct fx_spinlock, object)->lock;
}

/* --- Wait locks ------------------------------------------------------------------------------ */

struct fx_waitlock {
    struct fx_object object;
    struct fx_wait_mutex mutex;
};

static const struct fx_class waitlock_class = {
    .type = FX_TYPE_WAITLOCK,
    .name = "WDFWAITLOCK",
    .size = sizeof(struct fx_waitlock),
    .parent_rule = FX_PARENT_OPTIONAL,
};

void
fx_wait_mutex_init(struct fx_wait_mutex *mutex)
{
    KeInitializeEvent(&mutex->free, SynchronizationEvent, TRUE);
}

bool
fx_wait_mutex_is_mine(const struct fx_wait_mutex *mutex)
{
    return atomic_load_relaxed_ptr(&mutex->owner) == (base_pointer)sys_thread_self();
}

NTSTATUS
fx_wait_mutex_acquire(struct fx_wait_mutex *mutex, LARGE_INTEGER *timeout)
{
    NTSTATUS status;

    KeEnterCriticalRegion();
    status = KeWaitForSingleObject(&mutex->free, Executive, KernelMode, FALSE, timeout);
    if (status != STATUS_SUCCESS) {
        KeLeaveCriticalRegion();
        return status;
    }
    atomic_store_relaxed_ptr(&mutex->owner, (base_pointer)sys_thread_self());
    return STATUS_SUCCESS;
}

void
fx_wait_mutex_release(struct fx_wait_mutex *mutex)
{
    atomic_store_relaxed_ptr(&mutex->owner, NULL);
    (void)KeSetEvent(&mutex->free, IO_NO_INCREMENT, FALSE);
    KeLeaveCriticalRegion();
}

struct fx_wait_mutex *
fx_waitlock_mutex(struct fx_object *waitlock)
{
    return &container_of(waitlock, struct fx_waitlock, object)->mutex;
}

NTSTATUS
imp_WdfWaitLockCreate(PWDF_DRIVER_GLOBALS DriverGlobals, PWDF_OBJECT_ATTRIBUTES LockAttributes,
                      WDFWAITLOCK *Lock)
{
    struct fx_waitlock *lock;
    NTSTATUS status;

    fx_require(DriverGlobals, Lock);
    *Lock = NULL;
    status = fx_object_create(&waitlock_class, fx_globals_of(DriverGlobals), LockAttributes, NULL,
                              0, &lock);
    if (NT_SUCCESS(status)) {
        fx_wait_mutex_init(&lock->mutex);
        *Lock = fx_object_commit(&lock->object);
    }
    return status;
}

NTSTATUS
imp_WdfWaitLockAcquire(PWDF_DRIVER_GLOBALS DriverGlobals, WDFWAITLOCK Lock, PLONGLONG Timeout)
{
    struct fx_waitlock *lock = fx_handle_get(DriverGlobals, Lock, FX_TYPE_WAITLOCK);
    LARGE_INTEGER timeout = {.QuadPart = Timeout == NULL ? 0 : *Timeout};

    if (Timeout == NULL && fx_wait_mutex_is_mine(&lock->mutex)) {
        fx_bugcheck(fx_globals_of(DriverGlobals), WDF_RECURSIVE_LOCK, (ULONG_PTR)Lock, 0, 0,
                    "WdfWaitLockAcquire: this thread holds %p already", Lock);
    }
    return fx_wait_mutex_acquire(&lock->mutex, Timeout == NULL ? NULL : &timeout);
}

VOID
imp_WdfWaitLockRelease(PWDF_DRIVER_GLOBALS DriverGlobals, WDFWAITLOCK Lock)
{
    struct fx_waitlock *lock = fx_handle_get(DriverGlobals, Lock, FX_TYPE_WAITLOCK);

    if (!fx_wait_mutex_is_mine(&lock->mutex)) {
        fx_bugcheck(fx_globals_of(DriverGlobals), WDF_INVALID_LOCK_OPERATION, (ULONG_PTR)Lock, 1, 0,
                    "WdfWaitLockRelease: this thread does not hold %p", Lock);
    }
    fx_wait_mutex_release(&lock->mutex);
}

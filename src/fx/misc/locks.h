/* SPDX-License-Identifier: MIT */
/* The inside of WDFSPINLOCK and WDFWAITLOCK, for interrupts that are synchronized by them. */
#ifndef OPENWDF_FX_MISC_LOCKS_H
#define OPENWDF_FX_MISC_LOCKS_H

#include "fx/object/object.h"

/* A mutual exclusion at PASSIVE_LEVEL; its owner is in a critical region. */
struct fx_wait_mutex {
    KEVENT free;        /* A synchronization event: set while nobody holds it. */
    base_pointer owner; /* struct sys_thread; atomic. */
};

void fx_wait_mutex_init(struct fx_wait_mutex *mutex);

/* `timeout` NULL: no limit. STATUS_TIMEOUT and others of KeWaitForSingleObject: it is not taken. */
NTSTATUS fx_wait_mutex_acquire(struct fx_wait_mutex *mutex, LARGE_INTEGER *timeout);
void fx_wait_mutex_release(struct fx_wait_mutex *mutex);

bool fx_wait_mutex_is_mine(const struct fx_wait_mutex *mutex);

/* Of a WDFWAITLOCK, of a WDFSPINLOCK. */
struct fx_wait_mutex *fx_waitlock_mutex(struct fx_object *waitlock);
KSPIN_LOCK *fx_spinlock_lock(struct fx_object *spinlock);

#endif

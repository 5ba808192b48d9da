/* SPDX-License-Identifier: MIT */
/*
 * Remove locks: a count of users that a device's removal waits for. The count starts at one, which
 * IoReleaseRemoveLockAndWait gives back, so it can reach zero only after the removal began.
 */
#include "base/atomic.h"
#include "nt/io/io_priv.h"

static IO_REMOVE_LOCK_COMMON_BLOCK *
common(PIO_REMOVE_LOCK lock)
{
    return &lock->Common;
}

static void
drop(IO_REMOVE_LOCK_COMMON_BLOCK *block)
{
    LONG left = InterlockedDecrement(&block->IoCount);

    if (left == 0) {
        KeSetEvent(&block->RemoveEvent, IO_NO_INCREMENT, FALSE);
    } else if (left < 0) {
        /* Released more often than acquired. */
        io_bugcheck(IO_BUGCHECK_REMOVE_LOCK, 0xD9, (ULONG_PTR)block, (ULONG_PTR)left, 0);
    }
}

VOID
IoInitializeRemoveLockEx(PIO_REMOVE_LOCK Lock, ULONG AllocateTag, ULONG MaxLockedMinutes,
                         ULONG HighWatermark, ULONG RemlockSize)
{
    IO_REMOVE_LOCK_COMMON_BLOCK *block = common(Lock);

    atomic_store_u8(&block->Removed, FALSE);
    block->IoCount = 1;
    KeInitializeEvent(&block->RemoveEvent, SynchronizationEvent, FALSE);
}

NTSTATUS
IoAcquireRemoveLockEx(PIO_REMOVE_LOCK RemoveLock, PVOID Tag, PCSTR File, ULONG Line,
                      ULONG RemlockSize)
{
    IO_REMOVE_LOCK_COMMON_BLOCK *block = common(RemoveLock);

    InterlockedIncrement(&block->IoCount);
    if (atomic_load_u8(&block->Removed)) {
        drop(block);
        return STATUS_DELETE_PENDING;
    }
    return STATUS_SUCCESS;
}

VOID
IoReleaseRemoveLockEx(PIO_REMOVE_LOCK RemoveLock, PVOID Tag, ULONG RemlockSize)
{
    drop(common(RemoveLock));
}

VOID
IoReleaseRemoveLockAndWaitEx(PIO_REMOVE_LOCK RemoveLock, PVOID Tag, ULONG RemlockSize)
{
    IO_REMOVE_LOCK_COMMON_BLOCK *block = common(RemoveLock);

    atomic_store_u8(&block->Removed, TRUE);
    atomic_fence();
    InterlockedDecrement(&block->IoCount);           /* The caller's own. */
    if (InterlockedDecrement(&block->IoCount) > 0) { /* The first one. */
        KeWaitForSingleObject(&block->RemoveEvent, Executive, KernelMode, FALSE, NULL);
    }
}

/* SPDX-License-Identifier: MIT */
/*
 * Sequenced lists. A pop must read the link of an entry that another thread may just have popped
 * and freed; that is harmless in a kernel and an error under a memory checker. So each list has a
 * lock, which spins, in the upper half of the word whose lower 16 bits are the depth.
 */
#include "nt/ex/ex.h"

_Static_assert(sizeof(SLIST_HEADER) == 16, "the layout is public");

struct slist {
    uint16_t depth;
    uint16_t sequence;
    struct sys_lock lock;
    SLIST_ENTRY *first;
};

static struct slist *
slist_of(PSLIST_HEADER head)
{
    return (struct slist *)(void *)head;
}

PSLIST_ENTRY
ExpInterlockedPushEntrySList(PSLIST_HEADER ListHead, PSLIST_ENTRY ListEntry)
{
    struct slist *list = slist_of(ListHead);
    PSLIST_ENTRY former;

    if (((ULONG_PTR)ListEntry & 15) != 0) {
        ExRaiseStatus(STATUS_DATATYPE_MISALIGNMENT);
    }
    sys_lock_acquire(&list->lock);
    former = list->first;
    ListEntry->Next = former;
    list->first = ListEntry;
    atomic_store_relaxed_u16(&list->depth, (uint16_t)(list->depth + 1));
    sys_lock_release(&list->lock);
    return former;
}

PSLIST_ENTRY
ExpInterlockedPopEntrySList(PSLIST_HEADER ListHead)
{
    struct slist *list = slist_of(ListHead);
    PSLIST_ENTRY entry;

    sys_lock_acquire(&list->lock);
    entry = list->first;
    if (entry != NULL) {
        list->first = entry->Next;
        list->sequence++;
        atomic_store_relaxed_u16(&list->depth, (uint16_t)(list->depth - 1));
    }
    sys_lock_release(&list->lock);
    return entry;
}

PSLIST_ENTRY
ExpInterlockedFlushSList(PSLIST_HEADER ListHead)
{
    struct slist *list = slist_of(ListHead);
    PSLIST_ENTRY entry;

    sys_lock_acquire(&list->lock);
    entry = list->first;
    list->first = NULL;
    list->sequence++;
    atomic_store_relaxed_u16(&list->depth, 0);
    sys_lock_release(&list->lock);
    return entry;
}

#undef ExQueryDepthSList
USHORT
ExQueryDepthSList(PSLIST_HEADER SListHead)
{
    return atomic_load_relaxed_u16(&slist_of(SListHead)->depth);
}

/* Lists under a spin lock of the caller's. "Callable at any IRQL": the lock may raise it. ------ */

static KIRQL
lock(PKSPIN_LOCK spin_lock)
{
    KIRQL irql = KeGetCurrentIrql();

    if (irql < DISPATCH_LEVEL) {
        return KeAcquireSpinLockRaiseToDpc(spin_lock);
    }
    KeAcquireSpinLockAtDpcLevel(spin_lock);
    return irql;
}

static void
unlock(PKSPIN_LOCK spin_lock, KIRQL irql)
{
    KeReleaseSpinLock(spin_lock, irql);
}

PLIST_ENTRY
ExInterlockedInsertHeadList(PLIST_ENTRY ListHead, PLIST_ENTRY ListEntry, PKSPIN_LOCK Lock)
{
    KIRQL irql = lock(Lock);
    PLIST_ENTRY first = ListHead->Flink;

    InsertHeadList(ListHead, ListEntry);
    unlock(Lock, irql);
    return first == ListHead ? NULL : first;
}

PLIST_ENTRY
ExInterlockedInsertTailList(PLIST_ENTRY ListHead, PLIST_ENTRY ListEntry, PKSPIN_LOCK Lock)
{
    KIRQL irql = lock(Lock);
    PLIST_ENTRY last = ListHead->Blink;

    InsertTailList(ListHead, ListEntry);
    unlock(Lock, irql);
    return last == ListHead ? NULL : last;
}

PLIST_ENTRY
ExInterlockedRemoveHeadList(PLIST_ENTRY ListHead, PKSPIN_LOCK Lock)
{
    KIRQL irql = lock(Lock);
    PLIST_ENTRY entry = IsListEmpty(ListHead) ? NULL : RemoveHeadList(ListHead);

    unlock(Lock, irql);
    return entry;
}

PSINGLE_LIST_ENTRY
ExInterlockedPopEntryList(PSINGLE_LIST_ENTRY ListHead, PKSPIN_LOCK Lock)
{
    KIRQL irql = lock(Lock);
    PSINGLE_LIST_ENTRY entry = PopEntryList(ListHead);

    unlock(Lock, irql);
    return entry;
}

PSINGLE_LIST_ENTRY
ExInterlockedPushEntryList(PSINGLE_LIST_ENTRY ListHead, PSINGLE_LIST_ENTRY ListEntry,
                           PKSPIN_LOCK Lock)
{
    KIRQL irql = lock(Lock);
    PSINGLE_LIST_ENTRY former = ListHead->Next;

    PushEntryList(ListHead, ListEntry);
    unlock(Lock, irql);
    return former;
}

LARGE_INTEGER
ExInterlockedAddLargeInteger(PLARGE_INTEGER Addend, LARGE_INTEGER Increment, PKSPIN_LOCK Lock)
{
    LARGE_INTEGER former;

    former.QuadPart = atomic_fetch_add_i64(&Addend->QuadPart, Increment.QuadPart);
    return former;
}

ULONG
ExInterlockedAddUlong(PULONG Addend, ULONG Increment, PKSPIN_LOCK Lock)
{
    return atomic_fetch_add_u32(Addend, Increment);
}

/* SPDX-License-Identifier: MIT */
/*
 * Resources: held shared by many or exclusively by one, again and again by the same thread. Who
 * waits for exclusive access keeps new sharers out (but not those who share already). All of it is
 * guarded by the resource's spin lock word; who waits sleeps on a number that each release
 * changes.
 */
#include "nt/ex/ex_priv.h"

#include <string.h>

#include "nt/ke/ke.h"
#include "sys/memory.h"
#include "sys/wait.h"

#define OWNED_EXCLUSIVE  0x80u /* In Flag. */
#define FIRST_TABLE_SIZE 4u

_Static_assert(sizeof(ERESOURCE) == 104, "the layout is public");

#define CALLER __builtin_return_address(0)

static void
lock(PERESOURCE resource)
{
    sys_lock_acquire((struct sys_lock *)(void *)&resource->SpinLock);
}

static void
unlock(PERESOURCE resource)
{
    sys_lock_release((struct sys_lock *)(void *)&resource->SpinLock);
}

/* What waiters sleep on. */
static uint32_t *
turn_of(PERESOURCE resource)
{
    return (uint32_t *)(void *)&resource->Reserved2;
}

static bool
is_exclusive(PERESOURCE resource)
{
    return (resource->Flag & OWNED_EXCLUSIVE) != 0;
}

static ERESOURCE_THREAD
self(void)
{
    return (ERESOURCE_THREAD)KeGetCurrentThread();
}

/* Sharers -------------------------------------------------------------------------------------- */

/* The entry of a thread, or (thread 0) a free one; NULL: none. The first entry holds the size. */
static POWNER_ENTRY
find_entry(PERESOURCE resource, ERESOURCE_THREAD thread)
{
    ULONG size = resource->OwnerTable != NULL ? resource->OwnerTable[0].TableSize : 0;

    for (ULONG i = 1; i < size; i++) {
        if (resource->OwnerTable[i].OwnerThread == thread) {
            return &resource->OwnerTable[i];
        }
    }
    return NULL;
}

static POWNER_ENTRY
free_entry(PERESOURCE resource)
{
    POWNER_ENTRY found = find_entry(resource, 0);
    ULONG old_size;
    ULONG size;
    POWNER_ENTRY table;

    if (found != NULL) {
        return found;
    }
    old_size = resource->OwnerTable != NULL ? resource->OwnerTable[0].TableSize : 0;
    size = old_size != 0 ? 2 * old_size : FIRST_TABLE_SIZE;
    table = sys_alloc_zeroed(size * sizeof(*table));
    if (table == NULL) {
        return NULL;
    }
    if (old_size != 0) {
        memcpy(table, resource->OwnerTable, old_size * sizeof(*table));
    }
    table[0].TableSize = size;
    sys_free(resource->OwnerTable);
    resource->OwnerTable = table;
    return find_entry(resource, 0);
}

/* Acquiring ------------------------------------------------------------------------------------ */

enum manner {
    EXCLUSIVE,
    SHARED,
    SHARED_STARVE_EXCLUSIVE,   /* Before those who wait for exclusive access. */
    SHARED_WAIT_FOR_EXCLUSIVE, /* After them, even if the thread shares already. */
};

static bool
share(PERESOURCE resource, ERESOURCE_THREAD thread, enum manner manner)
{
    bool others_first = resource->NumberOfExclusiveWaiters != 0;
    POWNER_ENTRY entry = find_entry(resource, thread);

    if (is_exclusive(resource) || (others_first && manner == SHARED_WAIT_FOR_EXCLUSIVE) ||
        (others_first && manner == SHARED && entry == NULL)) {
        return false;
    }
    if (entry == NULL) {
        entry = free_entry(resource);
        if (entry == NULL) {
            return false;
        }
        entry->OwnerThread = thread;
        entry->OwnerCount = 0;
        resource->ActiveEntries++;
    }
    entry->OwnerCount++;
    resource->ActiveCount = 1;
    return true;
}

static bool
try_acquire(PERESOURCE resource, ERESOURCE_THREAD thread, enum manner manner)
{
    if (is_exclusive(resource) && resource->OwnerEntry.OwnerThread == thread) {
        resource->OwnerEntry.OwnerCount++;
        return true;
    }
    if (manner != EXCLUSIVE) {
        return share(resource, thread, manner);
    }
    if (resource->ActiveEntries != 0) {
        return false;
    }
    resource->Flag |= OWNED_EXCLUSIVE;
    resource->OwnerEntry.OwnerThread = thread;
    resource->OwnerEntry.OwnerCount = 1;
    resource->ActiveEntries = 1;
    resource->ActiveCount = 1;
    return true;
}

static BOOLEAN
acquire(PERESOURCE resource, enum manner manner, BOOLEAN wait, const void *caller)
{
    PULONG waiters = manner == EXCLUSIVE ? &resource->NumberOfExclusiveWaiters
                                         : &resource->NumberOfSharedWaiters;
    ERESOURCE_THREAD thread = self();
    bool acquired;

    ke_irql_check(wait ? APC_LEVEL : DISPATCH_LEVEL, caller);
    lock(resource);
    acquired = try_acquire(resource, thread, manner);
    if (!acquired && wait) {
        resource->ContentionCount++;
        (*waiters)++;
        do {
            uint32_t turn = atomic_load_u32(turn_of(resource));

            unlock(resource);
            sys_wait(turn_of(resource), turn, SYS_FOREVER);
            lock(resource);
            /* Do not count the caller among those it lets pass. */
            (*waiters)--;
            acquired = try_acquire(resource, thread, manner);
            *waiters += acquired ? 0 : 1;
        } while (!acquired);
    }
    unlock(resource);
    return acquired;
}

/* Somebody else may now have what he waits for. */
static void
unlock_and_wake(PERESOURCE resource)
{
    bool wake = resource->NumberOfSharedWaiters != 0 || resource->NumberOfExclusiveWaiters != 0;
    uint32_t *turn = turn_of(resource);

    if (wake) {
        atomic_fetch_add_u32(turn, 1);
    }
    unlock(resource);
    if (wake) {
        sys_wake(turn, UINT32_MAX);
    }
}

static void
release(PERESOURCE resource, ERESOURCE_THREAD thread, const void *caller)
{
    POWNER_ENTRY entry;

    lock(resource);
    entry = is_exclusive(resource) ? &resource->OwnerEntry : find_entry(resource, thread);
    if (entry == NULL || entry->OwnerThread != thread) {
        unlock(resource);
        ke_bugcheck(RESOURCE_NOT_OWNED, (ULONG_PTR)resource, thread,
                    (ULONG_PTR)resource->OwnerTable, is_exclusive(resource) ? 1 : 3, NULL, caller);
    }
    if (--entry->OwnerCount != 0) {
        unlock(resource);
        return;
    }
    entry->OwnerThread = 0;
    resource->Flag &= (USHORT)~OWNED_EXCLUSIVE;
    resource->ActiveEntries--;
    resource->ActiveCount = resource->ActiveEntries != 0;
    unlock_and_wake(resource);
}

/* The documented functions --------------------------------------------------------------------- */

NTSTATUS
ExInitializeResourceLite(PERESOURCE Resource)
{
    memset(Resource, 0, sizeof(*Resource));
    InitializeListHead(&Resource->SystemResourcesList);
    return STATUS_SUCCESS;
}

NTSTATUS
ExDeleteResourceLite(PERESOURCE Resource)
{
    sys_free(Resource->OwnerTable);
    Resource->OwnerTable = NULL;
    return STATUS_SUCCESS;
}

NTSTATUS
ExReinitializeResourceLite(PERESOURCE Resource)
{
    ExDeleteResourceLite(Resource);
    return ExInitializeResourceLite(Resource);
}

BOOLEAN
ExAcquireResourceSharedLite(PERESOURCE Resource, BOOLEAN Wait)
{
    return acquire(Resource, SHARED, Wait, CALLER);
}

BOOLEAN
ExAcquireResourceExclusiveLite(PERESOURCE Resource, BOOLEAN Wait)
{
    return acquire(Resource, EXCLUSIVE, Wait, CALLER);
}

BOOLEAN
ExAcquireSharedStarveExclusive(PERESOURCE Resource, BOOLEAN Wait)
{
    return acquire(Resource, SHARED_STARVE_EXCLUSIVE, Wait, CALLER);
}

BOOLEAN
ExAcquireSharedWaitForExclusive(PERESOURCE Resource, BOOLEAN Wait)
{
    return acquire(Resource, SHARED_WAIT_FOR_EXCLUSIVE, Wait, CALLER);
}

PVOID
ExEnterCriticalRegionAndAcquireResourceShared(PERESOURCE Resource)
{
    KeEnterCriticalRegion();
    acquire(Resource, SHARED, TRUE, CALLER);
    return NULL;
}

PVOID
ExEnterCriticalRegionAndAcquireResourceExclusive(PERESOURCE Resource)
{
    KeEnterCriticalRegion();
    acquire(Resource, EXCLUSIVE, TRUE, CALLER);
    return NULL;
}

VOID
ExReleaseResourceAndLeaveCriticalRegion(PERESOURCE Resource)
{
    release(Resource, self(), CALLER);
    KeLeaveCriticalRegion();
}

VOID
ExReleaseResourceLite(PERESOURCE Resource)
{
    release(Resource, self(), CALLER);
}

VOID
ExReleaseResourceForThreadLite(PERESOURCE Resource, ERESOURCE_THREAD ResourceThreadId)
{
    release(Resource, ResourceThreadId, CALLER);
}

/* From now on the resource is given back with ExReleaseResourceForThreadLite(OwnerPointer). */
VOID
ExSetResourceOwnerPointer(PERESOURCE Resource, PVOID OwnerPointer)
{
    POWNER_ENTRY entry;

    lock(Resource);
    entry = is_exclusive(Resource) ? &Resource->OwnerEntry : find_entry(Resource, self());
    if (entry != NULL && entry->OwnerThread == self()) {
        entry->OwnerThread = (ERESOURCE_THREAD)OwnerPointer;
    }
    unlock(Resource);
}

VOID
ExConvertExclusiveToSharedLite(PERESOURCE Resource)
{
    OWNER_ENTRY owner;
    POWNER_ENTRY entry;

    lock(Resource);
    owner = Resource->OwnerEntry;
    if (!is_exclusive(Resource) || owner.OwnerThread != self()) {
        unlock(Resource);
        ke_bugcheck(RESOURCE_NOT_OWNED, (ULONG_PTR)Resource, self(),
                    (ULONG_PTR)Resource->OwnerTable, 1, NULL, CALLER);
    }
    entry = free_entry(Resource);
    if (entry != NULL) {
        Resource->Flag &= (USHORT)~OWNED_EXCLUSIVE;
        Resource->OwnerEntry = (OWNER_ENTRY){0};
        entry->OwnerThread = owner.OwnerThread;
        entry->OwnerCount = owner.OwnerCount;
    }
    /* Without memory for the entry it stays exclusive, which excludes more but harms nobody. */
    unlock_and_wake(Resource);
}

BOOLEAN
ExIsResourceAcquiredExclusiveLite(PERESOURCE Resource)
{
    BOOLEAN owned;

    lock(Resource);
    owned = is_exclusive(Resource) && Resource->OwnerEntry.OwnerThread == self();
    unlock(Resource);
    return owned;
}

/* How many times the caller has it, shared or exclusively. */
ULONG
ExIsResourceAcquiredSharedLite(PERESOURCE Resource)
{
    POWNER_ENTRY entry;
    ULONG count = 0;

    lock(Resource);
    entry = is_exclusive(Resource) ? &Resource->OwnerEntry : find_entry(Resource, self());
    if (entry != NULL && entry->OwnerThread == self()) {
        count = entry->OwnerCount;
    }
    unlock(Resource);
    return count;
}

ULONG
ExGetExclusiveWaiterCount(PERESOURCE Resource)
{
    ULONG count;

    lock(Resource);
    count = Resource->NumberOfExclusiveWaiters;
    unlock(Resource);
    return count;
}

ULONG
ExGetSharedWaiterCount(PERESOURCE Resource)
{
    ULONG count;

    lock(Resource);
    count = Resource->NumberOfSharedWaiters;
    unlock(Resource);
    return count;
}

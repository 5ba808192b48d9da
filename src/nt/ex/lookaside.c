/* SPDX-License-Identifier: MIT */
/*
 * Lookaside lists: fixed-size blocks, up to Depth of them kept for the next allocation. Under a
 * memory checker none is kept, so that it sees each block being freed.
 */
#include "nt/ex/ex_priv.h"

#include "base/atomic.h"
#include "base/sanitizers.h"

#include "nt/ke/ke.h"

/* What a list keeps at most; the requested depth "is reserved and must be zero". */
#define KEPT_BLOCKS 64

static bool caching = !BASE_ADDRESS_SANITIZER;

void
ex_lookaside_set_caching(bool enabled)
{
    caching = enabled;
}

#define CALLER __builtin_return_address(0)

/* The three kinds of list have one layout. */
typedef GENERAL_LOOKASIDE_POOL LIST;

static LIST *
list_of(void *lookaside)
{
    return lookaside;
}

static void
setup(LIST *list, ULONG type, SIZE_T size, ULONG tag)
{
    RtlZeroMemory(list, sizeof(*list));
    ExInitializeSListHead(&list->ListHead);
    list->Depth = caching ? KEPT_BLOCKS : 0;
    list->MaximumDepth = EX_MAXIMUM_LOOKASIDE_DEPTH_BASE;
    list->Type = (POOL_TYPE)type;
    list->Tag = tag;
    list->Size = (ULONG)(size < sizeof(SLIST_ENTRY) ? sizeof(SLIST_ENTRY) : size);
    InitializeListHead(&list->ListEntry);
}

static void
setup_plain(LIST *list, ULONG type, ULONG flags, SIZE_T size, ULONG tag,
            PALLOCATE_FUNCTION allocate, PFREE_FUNCTION release)
{
    setup(list, type | (flags & POOL_NX_ALLOCATION) | (flags & POOL_RAISE_IF_ALLOCATION_FAILURE),
          size, tag);
    list->Allocate = allocate; /* NULL: pool, on behalf of whoever asks the list. */
    list->Free = release;
}

static PVOID
pop(LIST *list)
{
    (void)atomic_fetch_add_u32(&list->TotalAllocates, 1);
    if (list->Depth != 0) {
        PVOID entry = InterlockedPopEntrySList(&list->ListHead);

        if (entry != NULL) {
            return entry;
        }
    }
    (void)atomic_fetch_add_u32(&list->AllocateMisses, 1);
    return NULL;
}

static bool
push(LIST *list, PVOID entry)
{
    (void)atomic_fetch_add_u32(&list->TotalFrees, 1);
    if (QueryDepthSList(&list->ListHead) >= list->Depth) {
        (void)atomic_fetch_add_u32(&list->FreeMisses, 1);
        return false;
    }
    InterlockedPushEntrySList(&list->ListHead, entry);
    return true;
}

static PVOID
allocate_plain(LIST *list, const void *caller)
{
    PVOID entry = pop(list);

    if (entry != NULL) {
        return entry;
    }
    return list->Allocate != NULL
               ? list->Allocate(list->Type, list->Size, list->Tag)
               : ex_pool_allocate_by_type((ULONG)list->Type, list->Size, list->Tag, caller);
}

static void
release_plain(LIST *list, PVOID entry, const void *caller)
{
    if (list->Free != NULL) {
        list->Free(entry);
    } else {
        ex_pool_free(entry, list->Tag, caller);
    }
}

static void
free_plain(LIST *list, PVOID entry, const void *caller)
{
    if (!push(list, entry)) {
        release_plain(list, entry, caller);
    }
}

static void
flush_plain(LIST *list, const void *caller)
{
    PSLIST_ENTRY entry = InterlockedFlushSList(&list->ListHead);

    while (entry != NULL) {
        PSLIST_ENTRY next = entry->Next;

        release_plain(list, entry, caller);
        entry = next;
    }
}

VOID
ExInitializeNPagedLookasideList(PNPAGED_LOOKASIDE_LIST Lookaside, PALLOCATE_FUNCTION Allocate,
                                PFREE_FUNCTION Free, ULONG Flags, SIZE_T Size, ULONG Tag,
                                USHORT Depth)
{
    setup_plain(list_of(Lookaside), NonPagedPool, Flags, Size, Tag, Allocate, Free);
}

VOID
ExDeleteNPagedLookasideList(PNPAGED_LOOKASIDE_LIST Lookaside)
{
    flush_plain(list_of(Lookaside), CALLER);
}

PVOID
ExAllocateFromNPagedLookasideList(PNPAGED_LOOKASIDE_LIST Lookaside)
{
    return allocate_plain(list_of(Lookaside), CALLER);
}

VOID
ExFreeToNPagedLookasideList(PNPAGED_LOOKASIDE_LIST Lookaside, PVOID Entry)
{
    free_plain(list_of(Lookaside), Entry, CALLER);
}

VOID
ExInitializePagedLookasideList(PPAGED_LOOKASIDE_LIST Lookaside, PALLOCATE_FUNCTION Allocate,
                               PFREE_FUNCTION Free, ULONG Flags, SIZE_T Size, ULONG Tag,
                               USHORT Depth)
{
    setup_plain(list_of(Lookaside), PagedPool, Flags, Size, Tag, Allocate, Free);
}

VOID
ExDeletePagedLookasideList(PPAGED_LOOKASIDE_LIST Lookaside)
{
    flush_plain(list_of(Lookaside), CALLER);
}

PVOID
ExAllocateFromPagedLookasideList(PPAGED_LOOKASIDE_LIST Lookaside)
{
    ke_irql_check(APC_LEVEL, CALLER);
    return allocate_plain(list_of(Lookaside), CALLER);
}

VOID
ExFreeToPagedLookasideList(PPAGED_LOOKASIDE_LIST Lookaside, PVOID Entry)
{
    ke_irql_check(APC_LEVEL, CALLER);
    free_plain(list_of(Lookaside), Entry, CALLER);
}

/* The extended kind: its functions get the list, and it may raise. ----------------------------- */

static VOID
release_ex(PLOOKASIDE_LIST_EX list, PVOID entry, const void *caller)
{
    if (list->L.FreeEx != NULL) {
        list->L.FreeEx(entry, list);
    } else {
        ex_pool_free(entry, list->L.Tag, caller);
    }
}

NTSTATUS
ExInitializeLookasideListEx(PLOOKASIDE_LIST_EX Lookaside, PALLOCATE_FUNCTION_EX Allocate,
                            PFREE_FUNCTION_EX Free, POOL_TYPE PoolType, ULONG Flags, SIZE_T Size,
                            ULONG Tag, USHORT Depth)
{
    const ULONG both =
        EX_LOOKASIDE_LIST_EX_FLAGS_RAISE_ON_FAIL | EX_LOOKASIDE_LIST_EX_FLAGS_FAIL_NO_RAISE;
    ULONG type = (ULONG)PoolType;

    if ((Flags & ~both) != 0 || Flags == both) {
        return STATUS_INVALID_PARAMETER_5;
    }
    if (Depth != 0) {
        return STATUS_INVALID_PARAMETER_8;
    }
    if (Flags & EX_LOOKASIDE_LIST_EX_FLAGS_RAISE_ON_FAIL) {
        type |= POOL_RAISE_IF_ALLOCATION_FAILURE;
    }
    setup(&Lookaside->L, type, Size, Tag);
    Lookaside->L.AllocateEx = Allocate;
    Lookaside->L.FreeEx = Free;
    return STATUS_SUCCESS;
}

VOID
ExFlushLookasideListEx(PLOOKASIDE_LIST_EX Lookaside)
{
    PSLIST_ENTRY entry = InterlockedFlushSList(&Lookaside->L.ListHead);

    while (entry != NULL) {
        PSLIST_ENTRY next = entry->Next;

        release_ex(Lookaside, entry, CALLER);
        entry = next;
    }
}

VOID
ExDeleteLookasideListEx(PLOOKASIDE_LIST_EX Lookaside)
{
    ExFlushLookasideListEx(Lookaside);
}

PVOID
ExAllocateFromLookasideListEx(PLOOKASIDE_LIST_EX Lookaside)
{
    PVOID entry = pop(&Lookaside->L);

    if (entry != NULL) {
        return entry;
    }
    return Lookaside->L.AllocateEx != NULL
               ? Lookaside->L.AllocateEx(Lookaside->L.Type, Lookaside->L.Size, Lookaside->L.Tag,
                                         Lookaside)
               : ex_pool_allocate_by_type((ULONG)Lookaside->L.Type, Lookaside->L.Size,
                                          Lookaside->L.Tag, CALLER);
}

VOID
ExFreeToLookasideListEx(PLOOKASIDE_LIST_EX Lookaside, PVOID Entry)
{
    if (!push(&Lookaside->L, Entry)) {
        release_ex(Lookaside, Entry, CALLER);
    }
}

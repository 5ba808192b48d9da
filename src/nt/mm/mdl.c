/* SPDX-License-Identifier: MIT */
/*
 * Memory descriptor lists. There is one address space and nothing is paged out, so locking checks
 * that the memory is there, and mapping gives the address that it has. The flags are kept as
 * Windows keeps them: drivers look at some of them.
 */
#include "nt/mm/mm_priv.h"

#include <string.h>

#include "nt/ex/ex.h"
#include "nt/ke/ke.h"
#include "sys/memory.h"

/* First parameters of DRIVER_VERIFIER_DETECTED_VIOLATION. */
#define VIOLATION_UNLOCK_NOT_LOCKED    0x7Cu
#define VIOLATION_UNLOCK_NONPAGED_POOL 0x7Du

static uint32_t mdl_count;

#define CALLER __builtin_return_address(0)

void
mm_mdls_init(void)
{
    mdl_count = 0;
}

void
mm_mdls_fini(void)
{
}

unsigned
mm_mdl_count(void)
{
    return atomic_load_u32(&mdl_count);
}

static void *
address_of(const MDL *mdl)
{
    return (char *)mdl->StartVa + mdl->ByteOffset;
}

static ULONG
page_count(const MDL *mdl)
{
    return ADDRESS_AND_SIZE_TO_SPAN_PAGES(address_of(mdl), (ULONG_PTR)mdl->ByteCount);
}

static void
fill_page_numbers(PMDL mdl)
{
    mm_page_numbers(mdl->StartVa, page_count(mdl), MmGetMdlPfnArray(mdl));
}

SIZE_T
MmSizeOfMdl(PVOID Base, SIZE_T Length)
{
    return sizeof(MDL) + (((ULONG_PTR)Base & (PAGE_SIZE - 1)) + Length + PAGE_SIZE - 1) /
                             PAGE_SIZE * sizeof(PFN_NUMBER);
}

static PMDL
mdl_new(void *address, ULONG length, const void *caller)
{
    PMDL mdl = ex_pool_allocate(NULL, POOL_FLAG_NON_PAGED, MmSizeOfMdl(address, length), MM_MDL_TAG,
                                caller);

    if (mdl != NULL) {
        MmInitializeMdl(mdl, address, length);
    }
    return mdl;
}

PMDL
IoAllocateMdl(PVOID VirtualAddress, ULONG Length, BOOLEAN SecondaryBuffer, BOOLEAN ChargeQuota,
              PIRP Irp)
{
    PMDL mdl = mdl_new(VirtualAddress, Length, CALLER);

    if (mdl == NULL) {
        return NULL;
    }
    atomic_fetch_add_u32(&mdl_count, 1);
    if (Irp != NULL) {
        PMDL *end = &Irp->MdlAddress;

        while (SecondaryBuffer && *end != NULL) {
            end = &(*end)->Next;
        }
        *end = mdl;
    }
    return mdl;
}

VOID
IoFreeMdl(PMDL Mdl)
{
    if ((Mdl->MdlFlags & (MDL_IO_SPACE | MDL_PARTIAL)) == MDL_IO_SPACE) {
        MmUnmapIoSpace(Mdl->StartVa, Mdl->ByteCount); /* It has its own mapping. */
    }
    MmPrepareMdlForReuse(Mdl);
    atomic_fetch_sub_u32(&mdl_count, 1);
    ExFreePoolWithTag(Mdl, MM_MDL_TAG);
}

PMDL
MmCreateMdl(PMDL MemoryDescriptorList, PVOID Base, SIZE_T Length)
{
    if (Length > MAXULONG) {
        return NULL;
    }
    if (MemoryDescriptorList == NULL) {
        return mdl_new(Base, (ULONG)Length, CALLER);
    }
    MmInitializeMdl(MemoryDescriptorList, Base, Length);
    return MemoryDescriptorList;
}

VOID
MmBuildMdlForNonPagedPool(PMDLX MemoryDescriptorList)
{
    fill_page_numbers(MemoryDescriptorList);
    MemoryDescriptorList->Process = NULL;
    MemoryDescriptorList->MappedSystemVa = address_of(MemoryDescriptorList);
    MemoryDescriptorList->MdlFlags |= MDL_SOURCE_IS_NONPAGED_POOL;
}

/* Raises STATUS_ACCESS_VIOLATION when the memory is not there, or cannot be written. */
VOID
MmProbeAndLockPages(PMDLX MemoryDescriptorList, KPROCESSOR_MODE AccessMode,
                    LOCK_OPERATION Operation)
{
    PMDL mdl = MemoryDescriptorList;
    void *address = address_of(mdl);
    bool write = Operation != IoReadAccess;

    ke_irql_check(DISPATCH_LEVEL, CALLER);
    if (!(write ? sys_memory_writable(address, mdl->ByteCount)
                : sys_memory_readable(address, mdl->ByteCount))) {
        ULONG_PTR parameters[2] = {write, (ULONG_PTR)address};

        ke_raise(STATUS_ACCESS_VIOLATION, CALLER, 2, parameters);
    }
    fill_page_numbers(mdl);
    mdl->Process = AccessMode == UserMode ? (void *)PsGetCurrentProcess() : NULL;
    mdl->MdlFlags |= MDL_PAGES_LOCKED | (write ? MDL_WRITE_OPERATION : 0);
}

VOID
MmUnlockPages(PMDLX MemoryDescriptorList)
{
    CSHORT flags = MemoryDescriptorList->MdlFlags;

    if ((flags & MDL_PAGES_LOCKED) == 0 || (flags & MDL_SOURCE_IS_NONPAGED_POOL) != 0) {
        ke_bugcheck(DRIVER_VERIFIER_DETECTED_VIOLATION,
                    flags & MDL_SOURCE_IS_NONPAGED_POOL ? VIOLATION_UNLOCK_NONPAGED_POOL
                                                        : VIOLATION_UNLOCK_NOT_LOCKED,
                    (ULONG_PTR)MemoryDescriptorList, (USHORT)flags, 0, NULL, CALLER);
    }
    MemoryDescriptorList->MdlFlags &=
        (CSHORT) ~(MDL_PAGES_LOCKED | MDL_WRITE_OPERATION | MDL_MAPPED_TO_SYSTEM_VA);
    MemoryDescriptorList->MappedSystemVa = NULL;
}

PVOID
MmMapLockedPagesSpecifyCache(PMDLX MemoryDescriptorList, KPROCESSOR_MODE AccessMode,
                             MEMORY_CACHING_TYPE CacheType, PVOID RequestedAddress,
                             ULONG BugCheckOnFailure, ULONG Priority)
{
    PMDL mdl = MemoryDescriptorList;

    if (AccessMode == UserMode) {
        /*
         * "If AccessMode is UserMode": the caller's address space, which is ours; no flag changes.
         */
        return address_of(mdl);
    }
    mdl->MappedSystemVa = address_of(mdl);
    mdl->MdlFlags |= MDL_MAPPED_TO_SYSTEM_VA;
    if (mdl->MdlFlags & MDL_PARTIAL) {
        mdl->MdlFlags |= MDL_PARTIAL_HAS_BEEN_MAPPED;
    }
    return mdl->MappedSystemVa;
}

PVOID
MmMapLockedPages(PMDL MemoryDescriptorList, KPROCESSOR_MODE AccessMode)
{
    return MmMapLockedPagesSpecifyCache(MemoryDescriptorList, AccessMode, MmCached, NULL, TRUE,
                                        HighPagePriority);
}

VOID
MmUnmapLockedPages(PVOID BaseAddress, PMDLX MemoryDescriptorList)
{
    PMDL mdl = MemoryDescriptorList;

    if ((mdl->MdlFlags & MDL_MAPPED_TO_SYSTEM_VA) == 0 || BaseAddress != mdl->MappedSystemVa) {
        return; /* A user mapping. */
    }
    mdl->MdlFlags &= (CSHORT) ~(MDL_MAPPED_TO_SYSTEM_VA | MDL_PARTIAL_HAS_BEEN_MAPPED);
    mdl->MappedSystemVa = NULL;
}

VOID
IoBuildPartialMdl(PMDL SourceMdl, PMDL TargetMdl, PVOID VirtualAddress, ULONG Length)
{
    const CSHORT inherited = MDL_SOURCE_IS_NONPAGED_POOL | MDL_MAPPED_TO_SYSTEM_VA | MDL_IO_SPACE;
    ULONG offset = (ULONG)((char *)VirtualAddress - (char *)address_of(SourceMdl));
    ULONG capacity = ((USHORT)TargetMdl->Size - (ULONG)sizeof(MDL)) / sizeof(PFN_NUMBER);
    ULONG first_page;

    if (Length == 0) {
        Length = SourceMdl->ByteCount - offset;
    }
    if (ADDRESS_AND_SIZE_TO_SPAN_PAGES(VirtualAddress, (ULONG_PTR)Length) > capacity ||
        offset > SourceMdl->ByteCount || Length > SourceMdl->ByteCount - offset) {
        ke_bugcheck(TARGET_MDL_TOO_SMALL, (ULONG_PTR)SourceMdl, (ULONG_PTR)TargetMdl,
                    (ULONG_PTR)VirtualAddress, Length, NULL, CALLER);
    }
    TargetMdl->Process = SourceMdl->Process;
    TargetMdl->StartVa = PAGE_ALIGN(VirtualAddress);
    TargetMdl->ByteOffset = BYTE_OFFSET(VirtualAddress);
    TargetMdl->ByteCount = Length;
    TargetMdl->MdlFlags = (CSHORT)((SourceMdl->MdlFlags & inherited) | MDL_PARTIAL);
    if (TargetMdl->MdlFlags & MDL_MAPPED_TO_SYSTEM_VA) {
        /* Its mapping is the source's, and not to be taken down with it. */
        TargetMdl->MdlFlags |= MDL_PARENT_MAPPED_SYSTEM_VA;
    }
    TargetMdl->MappedSystemVa = TargetMdl->MdlFlags & inherited ? VirtualAddress : NULL;
    first_page = (ULONG)(((char *)TargetMdl->StartVa - (char *)SourceMdl->StartVa) / PAGE_SIZE);
    memcpy(MmGetMdlPfnArray(TargetMdl), MmGetMdlPfnArray(SourceMdl) + first_page,
           page_count(TargetMdl) * sizeof(PFN_NUMBER));
}

/* Pages without an address of their own: here they have one, which mapping them gives. --------- */

PMDL
MmAllocatePagesForMdlEx(PHYSICAL_ADDRESS LowAddress, PHYSICAL_ADDRESS HighAddress,
                        PHYSICAL_ADDRESS SkipBytes, SIZE_T TotalBytes,
                        MEMORY_CACHING_TYPE CacheType, ULONG Flags)
{
    size_t size = ROUND_TO_PAGES(TotalBytes);
    PMDL mdl;
    void *pages;

    ke_irql_check(DISPATCH_LEVEL, CALLER);
    if (size == 0 || size > MAXULONG) {
        return NULL;
    }
    pages = sys_pages_alloc(size);
    if (pages == NULL) {
        return NULL;
    }
    mdl = mdl_new(pages, (ULONG)size, CALLER);
    if (mdl == NULL) {
        sys_pages_free(pages, size);
        return NULL;
    }
    fill_page_numbers(mdl);
    mdl->MdlFlags |= MDL_PAGES_LOCKED;
    return mdl;
}

PMDL
MmAllocatePagesForMdl(PHYSICAL_ADDRESS LowAddress, PHYSICAL_ADDRESS HighAddress,
                      PHYSICAL_ADDRESS SkipBytes, SIZE_T TotalBytes)
{
    return MmAllocatePagesForMdlEx(LowAddress, HighAddress, SkipBytes, TotalBytes, MmCached, 0);
}

PMDL
MmAllocateNodePagesForMdlEx(PHYSICAL_ADDRESS LowAddress, PHYSICAL_ADDRESS HighAddress,
                            PHYSICAL_ADDRESS SkipBytes, SIZE_T TotalBytes,
                            MEMORY_CACHING_TYPE CacheType, ULONG IdealNode, ULONG Flags)
{
    return MmAllocatePagesForMdlEx(LowAddress, HighAddress, SkipBytes, TotalBytes, CacheType,
                                   Flags);
}

/* The driver frees the MDL itself, with ExFreePool. */
VOID
MmFreePagesFromMdl(PMDLX MemoryDescriptorList)
{
    sys_pages_free(MemoryDescriptorList->StartVa, MemoryDescriptorList->ByteCount);
    MemoryDescriptorList->StartVa = NULL;
    MemoryDescriptorList->MappedSystemVa = NULL;
    MemoryDescriptorList->MdlFlags &= (CSHORT) ~(MDL_PAGES_LOCKED | MDL_MAPPED_TO_SYSTEM_VA);
}

/* Device memory ------------------------------------------------------------------------------- */

/* The MDL has a mapping of its own, which goes with it. */
NTSTATUS
MmAllocateMdlForIoSpace(PMM_PHYSICAL_ADDRESS_LIST PhysicalAddressList, SIZE_T NumberOfEntries,
                        PMDL *NewMdl)
{
    const MM_PHYSICAL_ADDRESS_LIST *list = PhysicalAddressList;
    PHYSICAL_ADDRESS end = list[0].PhysicalAddress;
    SIZE_T size = 0;
    void *base;
    PMDL mdl;

    ke_irql_check(DISPATCH_LEVEL, CALLER);
    if (NumberOfEntries == 0) {
        return STATUS_INVALID_PARAMETER_2;
    }
    for (SIZE_T i = 0; i < NumberOfEntries; i++) {
        if (BYTE_OFFSET((ULONG_PTR)list[i].PhysicalAddress.QuadPart) != 0 ||
            BYTE_OFFSET(list[i].NumberOfBytes) != 0 ||
            list[i].NumberOfBytes > MAXULONG - (PAGE_SIZE - 1) - size) {
            return STATUS_INVALID_PARAMETER_1;
        }
        if (list[i].PhysicalAddress.QuadPart != end.QuadPart) {
            /* Mappings come from whoever has the device: pieces of it cannot be put together. */
            return STATUS_INSUFFICIENT_RESOURCES;
        }
        size += list[i].NumberOfBytes;
        end.QuadPart += (LONGLONG)list[i].NumberOfBytes;
    }
    base = MmMapIoSpace(list[0].PhysicalAddress, size, MmNonCached);
    if (base == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    mdl = mdl_new(base, (ULONG)size, CALLER);
    if (mdl == NULL) {
        MmUnmapIoSpace(base, size);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    atomic_fetch_add_u32(&mdl_count, 1);
    for (ULONG i = 0; i < page_count(mdl); i++) {
        MmGetMdlPfnArray(mdl)[i] = ((ULONG64)list[0].PhysicalAddress.QuadPart >> PAGE_SHIFT) + i;
    }
    mdl->MdlFlags |= MDL_IO_SPACE | MDL_PAGES_LOCKED;
    *NewMdl = mdl;
    return STATUS_SUCCESS;
}

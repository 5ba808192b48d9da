/* SPDX-License-Identifier: MIT */
/* Questions about addresses, and what is left of paging: nothing is paged. */
#include "nt/mm/mm_priv.h"

#include "nt/ke/ke.h"
#include "sys/memory.h"

/* The user part of the address space is all that a Linux process has. */
#define USER_PROBE_ADDRESS 0x00007FFFFFFFF000u
#define SYSTEM_RANGE_START 0xFFFF800000000000u

PVOID MmHighestUserAddress = (PVOID)(ULONG_PTR)(USER_PROBE_ADDRESS - 1);
PVOID MmSystemRangeStart = (PVOID)(ULONG_PTR)SYSTEM_RANGE_START;
ULONG_PTR MmUserProbeAddress = USER_PROBE_ADDRESS;

#define CALLER __builtin_return_address(0)

NTSTATUS
mm_init(void)
{
    mm_mdls_init();
    mm_contiguous_init();
    mm_io_space_init();
    return STATUS_SUCCESS;
}

void
mm_fini(void)
{
    mm_io_space_fini();
    mm_contiguous_fini();
    mm_mdls_fini();
}

/* Alignment and range only: the access itself raises if the memory is not there. */
static void
probe(ULONG_PTR address, SIZE_T length, ULONG alignment, bool write, const void *caller)
{
    ULONG_PTR parameters[2] = {write, address};

    if ((address & (alignment - 1)) != 0) {
        ke_raise(STATUS_DATATYPE_MISALIGNMENT, caller, 0, NULL);
    }
    if (address + length < address || address + length > USER_PROBE_ADDRESS) {
        ke_raise(STATUS_ACCESS_VIOLATION, caller, 2, parameters);
    }
}

/* "If Length is zero, the routine does no checking of the address." */
VOID
ProbeForRead(const volatile VOID *Address, SIZE_T Length, ULONG Alignment)
{
    ke_irql_check(APC_LEVEL, CALLER);
    if (Length != 0) {
        probe((ULONG_PTR)Address, Length, Alignment, false, CALLER);
    }
}

VOID
ProbeForWrite(volatile VOID *Address, SIZE_T Length, ULONG Alignment)
{
    ULONG_PTR parameters[2] = {1, (ULONG_PTR)Address};

    ke_irql_check(APC_LEVEL, CALLER);
    if (Length == 0) {
        return;
    }
    probe((ULONG_PTR)Address, Length, Alignment, true, CALLER);
    if (!sys_memory_writable((void *)(ULONG_PTR)Address, Length)) {
        ke_raise(STATUS_ACCESS_VIOLATION, CALLER, 2, parameters);
    }
}

BOOLEAN
MmIsAddressValid(PVOID VirtualAddress)
{
    return sys_memory_readable(VirtualAddress, 1);
}

/* Memory of this process stays: securing it means finding out that it is there. */
HANDLE
MmSecureVirtualMemory(PVOID Address, SIZE_T Size, ULONG ProbeMode)
{
    bool there = ProbeMode == PAGE_READWRITE ? sys_memory_writable(Address, Size)
                                             : sys_memory_readable(Address, Size);

    return there ? Address : NULL;
}

VOID
MmUnsecureVirtualMemory(HANDLE SecureHandle)
{
}

MM_SYSTEMSIZE
MmQuerySystemSize(VOID)
{
    return MmLargeSystem;
}

BOOLEAN
MmIsThisAnNtAsSystem(VOID)
{
    return FALSE;
}

BOOLEAN
MmIsDriverVerifying(PDRIVER_OBJECT DriverObject)
{
    return FALSE;
}

LOGICAL
MmIsDriverVerifyingByAddress(PVOID AddressWithinSection)
{
    return FALSE;
}

PVOID
MmLockPagableDataSection(PVOID AddressWithinSection)
{
    return AddressWithinSection;
}

VOID
MmLockPagableSectionByHandle(PVOID ImageSectionHandle)
{
}

VOID
MmUnlockPagableImageSection(PVOID ImageSectionHandle)
{
}

PVOID
MmPageEntireDriver(PVOID AddressWithinSection)
{
    return AddressWithinSection;
}

VOID
MmResetDriverPaging(PVOID AddressWithinSection)
{
}

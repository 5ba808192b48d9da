/* SPDX-License-Identifier: MIT */
/* MDLs, physical addresses, device memory. */
#include "nt_fixture.h"

static char buffer[3 * PAGE_SIZE];

START_TEST(mdl_describes_its_buffer)
{
    char *start = buffer + 100;
    PMDL mdl = IoAllocateMdl(start, 2 * PAGE_SIZE, FALSE, FALSE, NULL);

    ck_assert_ptr_nonnull(mdl);
    ck_assert_uint_eq(mm_mdl_count(), 1);
    ck_assert_ptr_eq(MmGetMdlVirtualAddress(mdl), start);
    ck_assert_uint_eq(MmGetMdlByteCount(mdl), 2 * PAGE_SIZE);
    ck_assert_uint_eq(MmGetMdlByteOffset(mdl), (ULONG_PTR)start % PAGE_SIZE);
    MmBuildMdlForNonPagedPool(mdl);
    ck_assert_ptr_eq(MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority), start);
    for (unsigned i = 0; i < ADDRESS_AND_SIZE_TO_SPAN_PAGES(start, 2 * PAGE_SIZE); i++) {
        PHYSICAL_ADDRESS address = MmGetPhysicalAddress((char *)PAGE_ALIGN(start) + i * PAGE_SIZE);

        ck_assert_uint_eq(MmGetMdlPfnArray(mdl)[i], (ULONG64)address.QuadPart >> PAGE_SHIFT);
    }
    IoFreeMdl(mdl);
    ck_assert_uint_eq(mm_mdl_count(), 0);
}
END_TEST

START_TEST(mdls_hang_on_their_irp)
{
    PIRP irp = IoAllocateIrp(1, FALSE);
    PMDL first = IoAllocateMdl(buffer, 10, FALSE, FALSE, irp);
    PMDL second = IoAllocateMdl(buffer + 10, 10, TRUE, FALSE, irp);

    ck_assert_ptr_eq(irp->MdlAddress, first);
    ck_assert_ptr_eq(first->Next, second);
    irp->MdlAddress = NULL;
    IoFreeMdl(first);
    IoFreeMdl(second);
    IoFreeIrp(irp);
}
END_TEST

static NTSTATUS
lock(PMDL mdl, LOCK_OPERATION operation)
{
    volatile NTSTATUS status = STATUS_SUCCESS;

    __try {
        MmProbeAndLockPages(mdl, UserMode, operation);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        status = GetExceptionCode();
    }
    return status;
}

START_TEST(locking_probes_the_memory)
{
    PMDL bad = IoAllocateMdl((PVOID)0x1000, 10, FALSE, FALSE, NULL);
    PMDL constant = IoAllocateMdl((PVOID)(ULONG_PTR) "constant", 8, FALSE, FALSE, NULL);

    ck_assert_int_eq(lock(bad, IoReadAccess), STATUS_ACCESS_VIOLATION);
    ck_assert_int_eq(lock(constant, IoWriteAccess), STATUS_ACCESS_VIOLATION);
    ck_assert_int_eq(lock(constant, IoReadAccess), STATUS_SUCCESS);
    ck_assert_int_ne(constant->MdlFlags & MDL_PAGES_LOCKED, 0);
    MmUnlockPages(constant);
    IoFreeMdl(bad);
    IoFreeMdl(constant);
}
END_TEST

static void
unlocks(void *argument)
{
    MmUnlockPages(argument);
}

START_TEST(unlocking_what_is_not_locked_is_a_bug_check)
{
    PMDL mdl = IoAllocateMdl(buffer, 10, FALSE, FALSE, NULL);

    fixture_expect_bugcheck(DRIVER_VERIFIER_DETECTED_VIOLATION, unlocks, mdl);
    ck_assert_uint_eq(fixture_bugcheck.parameter[0], 0x7C);
    MmBuildMdlForNonPagedPool(mdl);
    fixture_expect_bugcheck(DRIVER_VERIFIER_DETECTED_VIOLATION, unlocks, mdl);
    ck_assert_uint_eq(fixture_bugcheck.parameter[0], 0x7D);
    IoFreeMdl(mdl);
}
END_TEST

static PMDL source;
static PMDL target;

static void
builds_too_large(void *argument)
{
    IoBuildPartialMdl(source, target, buffer, 3 * PAGE_SIZE);
}

START_TEST(partial_mdl_is_a_window_on_its_source)
{
    source = IoAllocateMdl(buffer, sizeof(buffer), FALSE, FALSE, NULL);
    target = IoAllocateMdl(buffer + PAGE_SIZE + 5, 100, FALSE, FALSE, NULL);
    MmBuildMdlForNonPagedPool(source);
    IoBuildPartialMdl(source, target, buffer + PAGE_SIZE + 5, 100);
    ck_assert_ptr_eq(MmGetSystemAddressForMdlSafe(target, NormalPagePriority),
                     buffer + PAGE_SIZE + 5);
    ck_assert_uint_eq(MmGetMdlByteCount(target), 100);
    ck_assert_uint_eq(MmGetMdlPfnArray(target)[0],
                      (ULONG64)MmGetPhysicalAddress(buffer + PAGE_SIZE + 5).QuadPart >> PAGE_SHIFT);
    MmPrepareMdlForReuse(target);
    fixture_expect_bugcheck(TARGET_MDL_TOO_SMALL, builds_too_large, NULL);
    IoFreeMdl(target);
    IoFreeMdl(source);
}
END_TEST

START_TEST(pages_of_an_mdl_can_be_mapped_and_freed)
{
    PHYSICAL_ADDRESS low = {.QuadPart = 0};
    PHYSICAL_ADDRESS high = {.QuadPart = -1};
    PMDL mdl = MmAllocatePagesForMdlEx(low, high, low, 10000, MmCached, 0);
    char *memory;

    ck_assert_ptr_nonnull(mdl);
    ck_assert_uint_eq(MmGetMdlByteCount(mdl), 3 * PAGE_SIZE);
    memory = MmMapLockedPagesSpecifyCache(mdl, KernelMode, MmCached, NULL, FALSE, 0);
    memset(memory, 1, 3 * PAGE_SIZE);
    MmUnmapLockedPages(memory, mdl);
    MmFreePagesFromMdl(mdl);
    ExFreePool(mdl);
}
END_TEST

/* Contiguous memory ---------------------------------------------------------------------------- */

static void
free_contiguous(void *argument)
{
    MmFreeContiguousMemory(argument);
}

START_TEST(contiguous_memory_is_where_the_device_can_reach_it)
{
    PHYSICAL_ADDRESS none = {.QuadPart = 0};
    PHYSICAL_ADDRESS highest = {.QuadPart = 0xFFFFFFFF};
    PHYSICAL_ADDRESS isa = {.QuadPart = 0xFFFFFF};
    PHYSICAL_ADDRESS boundary = {.QuadPart = 0x10000};
    char *blocks[8];
    char *low = MmAllocateContiguousMemory(100, isa);

    ck_assert_ptr_nonnull(low);
    ck_assert_int_lt(MmGetPhysicalAddress(low).QuadPart, 0x1000000);
    for (int i = 0; i < 8; i++) {
        PHYSICAL_ADDRESS address;

        blocks[i] =
            MmAllocateContiguousMemorySpecifyCache(0x3000, none, highest, boundary, MmNonCached);
        ck_assert_ptr_nonnull(blocks[i]);
        address = MmGetPhysicalAddress(blocks[i]);
        ck_assert_int_eq(address.QuadPart / 0x10000, (address.QuadPart + 0x2FFF) / 0x10000);
        ck_assert_int_lt(address.QuadPart, highest.QuadPart);
        address = MmGetPhysicalAddress(blocks[i] + 0x2001);
        ck_assert_ptr_eq(mm_physical_to_virtual(address), blocks[i] + 0x2001);
        for (int j = 0; j < i; j++) {
            ck_assert_int_ne(MmGetPhysicalAddress(blocks[j]).QuadPart,
                             MmGetPhysicalAddress(blocks[i]).QuadPart);
        }
    }
    ck_assert_ptr_null(
        MmAllocateContiguousMemorySpecifyCache(0x20000, none, highest, boundary, MmNonCached));
    for (int i = 0; i < 8; i++) {
        MmFreeContiguousMemory(blocks[i]);
    }
    MmFreeContiguousMemory(low);
    fixture_expect_bugcheck(BAD_POOL_CALLER, free_contiguous, buffer);
    ck_assert_uint_eq(fixture_bugcheck.parameter[0], 0x60);
}
END_TEST

/* Device memory -------------------------------------------------------------------------------- */

static unsigned mapped;

static void *
map(void *argument, PHYSICAL_ADDRESS address, size_t size, MEMORY_CACHING_TYPE caching)
{
    if (address.QuadPart != 0xF0000000 || caching != MmNonCached) {
        return NULL;
    }
    mapped++;
    return argument;
}

static void
unmap(void *argument, void *base, size_t size)
{
    ck_assert_ptr_eq(base, argument);
    mapped--;
}

static void
unmaps_what_is_not_mapped(void *argument)
{
    MmUnmapIoSpace(buffer, 1);
}

START_TEST(device_memory_comes_from_its_provider)
{
    static const struct mm_io_space_provider provider = {map, unmap, buffer};
    PHYSICAL_ADDRESS ours = {.QuadPart = 0xF0000000};
    PHYSICAL_ADDRESS other = {.QuadPart = 0x1000};

    ck_assert_ptr_null(MmMapIoSpace(ours, 16, MmNonCached));
    mm_set_io_space_provider(&provider);
    ck_assert_ptr_null(MmMapIoSpace(other, 16, MmNonCached));
    ck_assert_ptr_eq(MmMapIoSpace(ours, 16, MmNonCached), buffer);
    ck_assert_ptr_eq(MmMapIoSpaceEx(ours, 32, PAGE_READWRITE | PAGE_NOCACHE), buffer);
    ck_assert_ptr_null(MmMapIoSpaceEx(ours, 32, PAGE_NOCACHE));
    ck_assert_uint_eq(mapped, 2);
    MmUnmapIoSpace(buffer, 16);
    MmUnmapIoSpace(buffer, 32);
    ck_assert_uint_eq(mapped, 0);
    fixture_expect_bugcheck(MEMORY_MANAGEMENT, unmaps_what_is_not_mapped, NULL);
}
END_TEST

START_TEST(addresses_are_valid_or_not)
{
    ck_assert(MmIsAddressValid(buffer));
    ck_assert(!MmIsAddressValid((PVOID)8));
}
END_TEST

int
main(void)
{
    TCase *tests = tcase_create("mm");

    tcase_add_checked_fixture(tests, fixture_setup, fixture_teardown);
    tcase_add_test(tests, mdl_describes_its_buffer);
    tcase_add_test(tests, mdls_hang_on_their_irp);
    tcase_add_test(tests, locking_probes_the_memory);
    tcase_add_test(tests, unlocking_what_is_not_locked_is_a_bug_check);
    tcase_add_test(tests, partial_mdl_is_a_window_on_its_source);
    tcase_add_test(tests, pages_of_an_mdl_can_be_mapped_and_freed);
    tcase_add_test(tests, contiguous_memory_is_where_the_device_can_reach_it);
    tcase_add_test(tests, device_memory_comes_from_its_provider);
    tcase_add_test(tests, addresses_are_valid_or_not);
    return fixture_run("nt/mm", tests);
}

/* SPDX-License-Identifier: MIT */
/* Pages. Reserved pages are there from the start: commitment is the system's, on first use. */
#include "win32/object.h"

#include <stdlib.h>
#include <sys/mman.h>

/* The sizes of what VirtualAlloc gave: munmap must be told. Under w32_dispatcher. */
struct region {
    struct list link;
    char *base;
    size_t size;
};

static struct list regions = {&regions, &regions};

static int
protection(DWORD protect)
{
    switch (protect & 0xff) {
    case PAGE_NOACCESS:
        return PROT_NONE;
    case PAGE_READONLY:
        return PROT_READ;
    case PAGE_EXECUTE:
        return PROT_EXEC;
    case PAGE_EXECUTE_READ:
        return PROT_READ | PROT_EXEC;
    case PAGE_EXECUTE_READWRITE:
        return PROT_READ | PROT_WRITE | PROT_EXEC;
    default:
        return PROT_READ | PROT_WRITE;
    }
}

/* Under w32_dispatcher: the region that holds the address. */
static struct region *
find_locked(const char *address)
{
    struct list *link;

    list_for_each(link, &regions)
    {
        struct region *region = container_of(link, struct region, link);

        if (address >= region->base && address < region->base + region->size) {
            return region;
        }
    }
    return NULL;
}

LPVOID
VirtualAlloc(LPVOID lpAddress, SIZE_T dwSize, DWORD flAllocationType, DWORD flProtect)
{
    struct region *region;
    size_t size = (dwSize + 4095) & ~(size_t)4095;
    void *base;

    if (dwSize == 0 || (flAllocationType & (MEM_COMMIT | MEM_RESERVE)) == 0) {
        w32_fail(ERROR_INVALID_PARAMETER);
        return NULL;
    }
    if (lpAddress != NULL && (flAllocationType & MEM_RESERVE) == 0) {
        /* Commits pages that were reserved. */
        if (mprotect((void *)((ULONG_PTR)lpAddress & ~(ULONG_PTR)4095), size,
                     protection(flProtect)) != 0) {
            w32_fail(ERROR_INVALID_ADDRESS);
            return NULL;
        }
        return lpAddress;
    }
    region = malloc(sizeof(*region));
    base = region == NULL
               ? MAP_FAILED
               : mmap(lpAddress, size,
                      (flAllocationType & MEM_COMMIT) != 0 ? protection(flProtect) : PROT_NONE,
                      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (base == MAP_FAILED || (lpAddress != NULL && base != lpAddress)) {
        if (base != MAP_FAILED) {
            munmap(base, size);
        }
        free(region);
        w32_fail(lpAddress != NULL ? ERROR_INVALID_ADDRESS : ERROR_NOT_ENOUGH_MEMORY);
        return NULL;
    }
    region->base = base;
    region->size = size;
    sys_lock_acquire(&w32_dispatcher);
    list_push_back(&regions, &region->link);
    sys_lock_release(&w32_dispatcher);
    return base;
}

BOOL
VirtualFree(LPVOID lpAddress, SIZE_T dwSize, DWORD dwFreeType)
{
    struct region *region;
    bool whole;

    sys_lock_acquire(&w32_dispatcher);
    region = find_locked(lpAddress);
    whole = region != NULL && dwFreeType == MEM_RELEASE && region->base == (char *)lpAddress &&
            dwSize == 0;
    if (whole) {
        list_remove(&region->link);
    }
    sys_lock_release(&w32_dispatcher);
    if (whole) {
        munmap(region->base, region->size);
        free(region);
        return TRUE;
    }
    if (region == NULL || dwFreeType != MEM_DECOMMIT) {
        return w32_fail(region == NULL ? ERROR_INVALID_ADDRESS : ERROR_INVALID_PARAMETER);
    }
    return madvise(lpAddress, dwSize, MADV_DONTNEED) == 0 &&
                   mprotect(lpAddress, dwSize, PROT_NONE) == 0
               ? TRUE
               : w32_fail(ERROR_INVALID_ADDRESS);
}

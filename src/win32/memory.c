/* SPDX-License-Identifier: MIT */
/* The process heap, local and global memory: all of it malloc's. */
#include "win32/object.h"

#include <malloc.h>
#include <stdlib.h>
#include <string.h>

static LPVOID
allocate(SIZE_T size, bool zeroed)
{
    LPVOID memory = zeroed ? calloc(1, size == 0 ? 1 : size) : malloc(size == 0 ? 1 : size);

    if (memory == NULL) {
        w32_fail(ERROR_NOT_ENOUGH_MEMORY);
    }
    return memory;
}

HANDLE
GetProcessHeap(VOID)
{
    static char heap;

    return &heap;
}

LPVOID
HeapAlloc(HANDLE hHeap, DWORD dwFlags, SIZE_T dwBytes)
{
    (void)hHeap;
    return allocate(dwBytes, (dwFlags & HEAP_ZERO_MEMORY) != 0);
}

LPVOID
HeapReAlloc(HANDLE hHeap, DWORD dwFlags, LPVOID lpMem, SIZE_T dwBytes)
{
    size_t old = malloc_usable_size(lpMem);
    char *memory = realloc(lpMem, dwBytes == 0 ? 1 : dwBytes);

    (void)hHeap;
    if (memory == NULL) {
        w32_fail(ERROR_NOT_ENOUGH_MEMORY);
        return NULL;
    }
    if ((dwFlags & HEAP_ZERO_MEMORY) != 0 && dwBytes > old) {
        memset(memory + old, 0, dwBytes - old);
    }
    return memory;
}

BOOL
HeapFree(HANDLE hHeap, DWORD dwFlags, LPVOID lpMem)
{
    (void)hHeap;
    (void)dwFlags;
    free(lpMem);
    return TRUE;
}

HLOCAL
LocalAlloc(UINT uFlags, SIZE_T uBytes)
{
    return allocate(uBytes, (uFlags & LMEM_ZEROINIT) != 0);
}

HLOCAL
LocalFree(HLOCAL hMem)
{
    free(hMem);
    return NULL;
}

HGLOBAL
GlobalAlloc(UINT uFlags, SIZE_T dwBytes)
{
    return allocate(dwBytes, (uFlags & GMEM_ZEROINIT) != 0);
}

HGLOBAL
GlobalFree(HGLOBAL hMem)
{
    free(hMem);
    return NULL;
}

/* SPDX-License-Identifier: MIT */
/* Memory of the process, and whether it can be touched. */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/futex.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/assert.h"
#include "sys/memory.h"

#define MALLOC_ALIGNMENT 16

void *
sys_alloc(size_t size)
{
    return malloc(size != 0 ? size : 1);
}

void *
sys_alloc_zeroed(size_t size)
{
    return calloc(1, size != 0 ? size : 1);
}

void *
sys_alloc_aligned(size_t size, size_t alignment)
{
    void *memory;

    base_assert(alignment != 0 && (alignment & (alignment - 1)) == 0);
    if (alignment <= MALLOC_ALIGNMENT) {
        return sys_alloc(size);
    }
    return posix_memalign(&memory, alignment, size != 0 ? size : 1) == 0 ? memory : NULL;
}

void
sys_free(void *memory)
{
    free(memory);
}

size_t
sys_page_size(void)
{
    return (size_t)sysconf(_SC_PAGESIZE);
}

static size_t
round_to_pages(size_t size)
{
    size_t page = sys_page_size();

    return (size + page - 1) & ~(page - 1);
}

static void *
map_pages(size_t size, int protection, int flags)
{
    size_t rounded = round_to_pages(size);
    void *memory;

    if (rounded == 0) {
        return NULL;
    }
    memory = mmap(NULL, rounded, protection, MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0);
    return memory != MAP_FAILED ? memory : NULL;
}

void *
sys_pages_alloc(size_t size)
{
    return map_pages(size, PROT_READ | PROT_WRITE, 0);
}

void *
sys_pages_reserve(size_t size)
{
    return map_pages(size, PROT_NONE, MAP_NORESERVE);
}

void
sys_pages_free(void *memory, size_t size)
{
    if (memory != NULL) {
        munmap(memory, round_to_pages(size));
    }
}

/*
 * The probes ask the kernel to touch the word: it answers EFAULT where we would get a signal. Both
 * futex operations are chosen to wake nobody and to leave the memory as it is, also while other
 * threads use it, and no sandbox forbids them.
 */

/* Compares the word and would requeue no waiter. */
static bool
word_readable(uintptr_t address)
{
    uint32_t other = 0;
    long result =
        syscall(SYS_futex, address, FUTEX_CMP_REQUEUE | FUTEX_PRIVATE_FLAG, 0, NULL, &other, 0);

    return result >= 0 || errno == EAGAIN;
}

/* Adds 0 to the word atomically. It may wake a waiter on it, which re-checks and sleeps again. */
static bool
word_writable(uintptr_t address)
{
    uint32_t own = 0;
    long result = syscall(SYS_futex, &own, FUTEX_WAKE_OP | FUTEX_PRIVATE_FLAG, 0, NULL, address,
                          FUTEX_OP(FUTEX_OP_ADD, 0, FUTEX_OP_CMP_EQ, 0));

    return result >= 0;
}

/* One aligned word of each page speaks for the page. */
static bool
probe(uintptr_t address, size_t size, bool (*word_ok)(uintptr_t))
{
    uintptr_t page = sys_page_size();
    uintptr_t last = address + size - 1;
    int saved_errno = errno;
    bool ok = size == 0 || last >= address;

    for (uintptr_t at = address & ~(uintptr_t)3; ok && size != 0;) {
        ok = word_ok(at);
        at = (at & ~(page - 1)) + page;
        if (at > last || at == 0) {
            break;
        }
    }
    errno = saved_errno;
    return ok;
}

bool
sys_memory_readable(const void *address, size_t size)
{
    return probe((uintptr_t)address, size, word_readable);
}

bool
sys_memory_writable(void *address, size_t size)
{
    return probe((uintptr_t)address, size, word_writable);
}

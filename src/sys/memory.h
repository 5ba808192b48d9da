/* SPDX-License-Identifier: MIT */
/* Memory of the process, and memory that processes share. */
#ifndef OPENWDF_SYS_MEMORY_H
#define OPENWDF_SYS_MEMORY_H

#include <stdbool.h>
#include <stddef.h>

/* At least 16-byte aligned, not zeroed; NULL when there is none. Size 0 gives a unique pointer. */
void *sys_alloc(size_t size);
void *sys_alloc_zeroed(size_t size);

/* alignment: a power of two. Freed by sys_free too. */
void *sys_alloc_aligned(size_t size, size_t alignment);

/* NULL is allowed. */
void sys_free(void *memory);

/* Whole pages, zeroed, for stacks and user-visible mappings. Size is rounded up. NULL on failure. */
void *sys_pages_alloc(size_t size);
/* Address space, whole pages, that nothing is behind: any access faults. Freed by sys_pages_free. */
void *sys_pages_reserve(size_t size);
void sys_pages_free(void *memory, size_t size);
size_t sys_page_size(void);

/*
 * A shared memory object of exactly `size` bytes, sealed against shrinking and growing, closed on
 * exec. Returns its descriptor or a negative errno. `name` is for debuggers.
 */
int sys_shm_create(const char *name, size_t size);

/*
 * Maps a shared memory object that a peer sent. Checks first that it is sealed against shrinking
 * (else a peer could make us fault) and has at least `size` bytes: -EINVAL otherwise.
 */
int sys_shm_map(int fd, size_t size, void **ret_memory);
void sys_shm_unmap(void *memory, size_t size);

/* Whether [address, address + size) can be read (written) without a fault. Never faults itself. */
bool sys_memory_readable(const void *address, size_t size);
bool sys_memory_writable(void *address, size_t size);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * The client's allocator for the ring's data arena: a buddy system over pages. All its bookkeeping
 * is private; the arena itself holds nothing but data. The caller locks.
 */
#ifndef OPENWDF_IPC_ARENA_H
#define OPENWDF_IPC_ARENA_H

#include <stdint.h>

#define ARENA_UNIT_SHIFT 12
#define ARENA_ORDERS     20
#define ARENA_NONE       UINT32_MAX

struct arena {
    uint32_t units;                    /* A power of two. */
    uint32_t free_heads[ARENA_ORDERS]; /* First free block of 2^order units; ARENA_NONE: none. */
    uint32_t *next;                    /* Per unit: links of the free lists. */
    uint32_t *prev;
    uint8_t *order; /* Per unit: order + 1 of the block that begins there; high bit: it is free. */
};

/* size: a power of two, at least one unit. -ENOMEM. */
int arena_init(struct arena *arena, uint64_t size);
void arena_fini(struct arena *arena);

/* Offset of at least `size` bytes, page-aligned. -EAGAIN: full now. -EMSGSIZE: never fits. */
int64_t arena_alloc(struct arena *arena, uint64_t size);

/* Frees what arena_alloc returned. -EINVAL when no allocated block begins at that offset. */
int arena_free(struct arena *arena, uint64_t offset);

#endif

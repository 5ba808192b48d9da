/* SPDX-License-Identifier: MIT */
/* The arena allocator: see arena.h. */
#include "ipc/arena.h"

#include <errno.h>
#include <stdbool.h>

#include "sys/memory.h"

#define ORDER_FREE 0x80u

static void
block_push(struct arena *arena, uint32_t unit, unsigned order)
{
    uint32_t head = arena->free_heads[order];

    arena->next[unit] = head;
    arena->prev[unit] = ARENA_NONE;
    if (head != ARENA_NONE) {
        arena->prev[head] = unit;
    }
    arena->free_heads[order] = unit;
    arena->order[unit] = (uint8_t)((order + 1) | ORDER_FREE);
}

static void
block_unlink(struct arena *arena, uint32_t unit, unsigned order)
{
    uint32_t next = arena->next[unit];
    uint32_t prev = arena->prev[unit];

    if (prev == ARENA_NONE) {
        arena->free_heads[order] = next;
    } else {
        arena->next[prev] = next;
    }
    if (next != ARENA_NONE) {
        arena->prev[next] = prev;
    }
    arena->order[unit] = 0;
}

int
arena_init(struct arena *arena, uint64_t size)
{
    unsigned order = 0;
    unsigned i;

    *arena = (struct arena){.units = (uint32_t)(size >> ARENA_UNIT_SHIFT)};
    arena->next = sys_alloc(arena->units * sizeof(arena->next[0]));
    arena->prev = sys_alloc(arena->units * sizeof(arena->prev[0]));
    arena->order = sys_alloc_zeroed(arena->units);
    if (arena->next == NULL || arena->prev == NULL || arena->order == NULL) {
        arena_fini(arena);
        return -ENOMEM;
    }
    for (i = 0; i < ARENA_ORDERS; i++) {
        arena->free_heads[i] = ARENA_NONE;
    }
    while ((uint32_t)1 << order < arena->units) {
        order++;
    }
    block_push(arena, 0, order);
    return 0;
}

void
arena_fini(struct arena *arena)
{
    sys_free(arena->next);
    sys_free(arena->prev);
    sys_free(arena->order);
    *arena = (struct arena){0};
}

int64_t
arena_alloc(struct arena *arena, uint64_t size)
{
    uint64_t units = (size + ((1u << ARENA_UNIT_SHIFT) - 1)) >> ARENA_UNIT_SHIFT;
    unsigned order = 0;
    unsigned found;
    uint32_t unit;

    if (size > (uint64_t)arena->units << ARENA_UNIT_SHIFT) {
        return -EMSGSIZE;
    }
    while ((uint64_t)1 << order < units) {
        order++;
    }
    found = order;
    while (found < ARENA_ORDERS && arena->free_heads[found] == ARENA_NONE) {
        found++;
    }
    if (found == ARENA_ORDERS) {
        return -EAGAIN;
    }
    unit = arena->free_heads[found];
    block_unlink(arena, unit, found);
    while (found > order) {
        found--;
        block_push(arena, unit + ((uint32_t)1 << found), found);
    }
    arena->order[unit] = (uint8_t)(order + 1);
    return (int64_t)unit << ARENA_UNIT_SHIFT;
}

int
arena_free(struct arena *arena, uint64_t offset)
{
    uint32_t unit = (uint32_t)(offset >> ARENA_UNIT_SHIFT);
    unsigned order;

    if (offset % (1u << ARENA_UNIT_SHIFT) != 0 || offset >> ARENA_UNIT_SHIFT >= arena->units ||
        arena->order[unit] == 0 || (arena->order[unit] & ORDER_FREE) != 0) {
        return -EINVAL;
    }
    order = arena->order[unit] - 1u;
    arena->order[unit] = 0;
    while ((uint32_t)1 << order < arena->units) {
        uint32_t buddy = unit ^ ((uint32_t)1 << order);

        if (arena->order[buddy] != ((order + 1) | ORDER_FREE)) {
            break;
        }
        block_unlink(arena, buddy, order);
        unit = unit < buddy ? unit : buddy;
        order++;
    }
    block_push(arena, unit, order);
    return 0;
}

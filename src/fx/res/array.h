/* SPDX-License-Identifier: MIT */
/* A growing array of structures of one size, in order. The owner serializes. */
#ifndef OPENWDF_FX_RES_ARRAY_H
#define OPENWDF_FX_RES_ARRAY_H

#include "fx/object/object.h"

struct fx_array {
    char *items; /* sys_alloc. */
    ULONG count;
    ULONG room;
    ULONG size; /* Of one, in bytes. */
};

static inline void *
fx_array_at(const struct fx_array *array, ULONG index)
{
    return index < array->count ? array->items + (size_t)index * array->size : NULL;
}

/*
 * Copies *item in front of the one at `index`; WDF_INSERT_AT_END or the count: behind all.
 * STATUS_ARRAY_BOUNDS_EXCEEDED, STATUS_INSUFFICIENT_RESOURCES.
 */
_Must_inspect_result_ NTSTATUS fx_array_insert(struct fx_array *array, ULONG index,
                                               const void *item);

/* False when there is none at `index`. */
bool fx_array_remove(struct fx_array *array, ULONG index);

/* The first that is equal, byte for byte; the count when there is none. */
ULONG fx_array_find(const struct fx_array *array, const void *item);

void fx_array_free(struct fx_array *array);

#endif

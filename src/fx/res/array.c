/* SPDX-License-Identifier: MIT */
#include "fx/res/array.h"

#include <string.h>

#include "sys/memory.h"

static bool
make_room(struct fx_array *array)
{
    ULONG room = array->room == 0 ? 4 : array->room * 2;
    char *items;

    if (array->count < array->room) {
        return true;
    }
    items = sys_alloc((size_t)room * array->size);
    if (items == NULL) {
        return false;
    }
    if (array->count != 0) {
        memcpy(items, array->items, (size_t)array->count * array->size);
    }
    sys_free(array->items);
    array->items = items;
    array->room = room;
    return true;
}

NTSTATUS
fx_array_insert(struct fx_array *array, ULONG index, const void *item)
{
    char *place;

    if (index == WDF_INSERT_AT_END) {
        index = array->count;
    }
    if (index > array->count) {
        return STATUS_ARRAY_BOUNDS_EXCEEDED;
    }
    if (!make_room(array)) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    place = array->items + (size_t)index * array->size;
    memmove(place + array->size, place, (size_t)(array->count - index) * array->size);
    memcpy(place, item, array->size);
    array->count++;
    return STATUS_SUCCESS;
}

bool
fx_array_remove(struct fx_array *array, ULONG index)
{
    char *place = fx_array_at(array, index);

    if (place == NULL) {
        return false;
    }
    array->count--;
    memmove(place, place + array->size, (size_t)(array->count - index) * array->size);
    return true;
}

ULONG
fx_array_find(const struct fx_array *array, const void *item)
{
    ULONG i;

    for (i = 0; i < array->count && memcmp(fx_array_at(array, i), item, array->size) != 0; i++) {
    }
    return i;
}

void
fx_array_free(struct fx_array *array)
{
    sys_free(array->items);
    array->items = NULL;
    array->count = array->room = 0;
}

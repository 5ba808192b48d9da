/* SPDX-License-Identifier: MIT */
/*
 * Structures that grow with the framework's version carry their size first. A driver built for an
 * older version passes a shorter one: what it does not know reads as zero.
 */
#ifndef OPENWDF_FX_CORE_SIZED_H
#define OPENWDF_FX_CORE_SIZED_H

#include <ntddk.h>

#include <stdbool.h>
#include <string.h>

/*
 * Copies a driver's structure of `from_size` bytes into ours. False when the size is not one that
 * some version has: smaller than `oldest` or bigger than ours.
 */
static inline bool
fx_sized_copy(void *to, size_t to_size, const void *from, ULONG from_size, size_t oldest)
{
    if (from_size < oldest || from_size > to_size) {
        return false;
    }
    memset(to, 0, to_size);
    memcpy(to, from, from_size);
    *(ULONG *)to = (ULONG)to_size;
    return true;
}

/* The bytes of a structure up to the end of the member: its size before the next member came. */
#define FX_SIZE_THROUGH(type, member)                                                              \
    ((offsetof(type, member) + sizeof(((type *)0)->member) + sizeof(void *) - 1) &                 \
     ~(sizeof(void *) - 1))

#endif

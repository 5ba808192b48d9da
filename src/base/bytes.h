/* SPDX-License-Identifier: MIT */
/*
 * Filling and copying a few bytes on paths where a call of the C library costs more than the bytes do: it takes
 * the registers with it.
 */
#ifndef OPENWDF_BASE_BYTES_H
#define OPENWDF_BASE_BYTES_H

#include <stddef.h>
#include <string.h>

/* Zeroes `size` bytes, a constant of some hundreds. Compilers make a slow loop of one memset that large. */
static inline __attribute__((always_inline)) void
bytes_zero(void *start, size_t size)
{
    unsigned char *at = start;

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC unroll 8
#endif
    for (; size >= 64; at += 64, size -= 64) {
        memset(at, 0, 64);
    }
    memset(at, 0, size);
}

/* Copies `size` bytes, usually less than 17. */
static inline __attribute__((always_inline)) void
bytes_copy_few(void *to, const void *from, size_t size)
{
    unsigned char *to_end = (unsigned char *)to + size;
    const unsigned char *from_end = (const unsigned char *)from + size;

    if (__builtin_expect(size - 4 > 12, 0)) { /* Less than 4 or more than 16. */
        memcpy(to, from, size);
    } else if (size < 8) {
        unsigned first, last;

        memcpy(&first, from, 4);
        memcpy(&last, from_end - 4, 4);
        memcpy(to, &first, 4);
        memcpy(to_end - 4, &last, 4);
    } else {
        unsigned long first, last;

        memcpy(&first, from, 8);
        memcpy(&last, from_end - 8, 8);
        memcpy(to, &first, 8);
        memcpy(to_end - 8, &last, 8);
    }
}

#endif

/* SPDX-License-Identifier: MIT */
/* Hardware towards the rest of nt, the buses and the composition roots. */
#ifndef OPENWDF_NT_HAL_HAL_H
#define OPENWDF_NT_HAL_HAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <ntddk.h>

NTSTATUS hal_init(void);

/* Ranges that are left end here. */
void hal_fini(void);

enum hal_space {
    HAL_PORT,
    HAL_MEMORY,
};

/* Registers that somebody plays. */
struct hal_registers {
    enum hal_space space;
    uint64_t base;
    uint64_t length;
    /* Of HAL_MEMORY: the range is this memory, `length` bytes; the functions are not used. */
    void *memory;
    /*
     * An access of `width` bytes (1, 2, 4, 8) that lies in the range, `offset` from its base. On the thread and at
     * the IRQL of whoever makes it, several at once. NULL: read as all ones, written without effect.
     */
    uint64_t (*read)(void *argument, uint64_t offset, unsigned width);
    void (*write)(void *argument, uint64_t offset, unsigned width, uint64_t value);
    void *argument;
};

/* STATUS_INVALID_PARAMETER: a range that cannot be; STATUS_CONFLICTING_ADDRESSES: somebody plays a part of it. */
NTSTATUS hal_play(const struct hal_registers *registers);

/*
 * The range that begins at `base` is nobody's from now on. Returns when none of its functions runs; so not from
 * inside of one. Views that are mapped stay: what has functions floats, what has memory is the memory. False:
 * there is no such range.
 */
bool hal_stop(enum hal_space space, uint64_t base);

/* Where a driver sees [address, address + size) of played memory. NULL: it is not all in one range. */
void *hal_map(uint64_t address, size_t size);
void hal_unmap(void *base);

/* One access. Nobody there: all ones; `value` is cut to the width. */
uint64_t hal_read(enum hal_space space, uint64_t address, unsigned width);
void hal_write(enum hal_space space, uint64_t address, unsigned width, uint64_t value);

#endif

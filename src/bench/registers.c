/* SPDX-License-Identifier: MIT */
/* Registers that a test plays. */
#include "bench/bench_priv.h"
#include "nt/hal/hal.h"

static bool
space_of(enum bench_resource_kind kind, enum hal_space *ret_space)
{
    *ret_space = kind == BENCH_PORT ? HAL_PORT : HAL_MEMORY;
    return kind == BENCH_PORT || kind == BENCH_MEMORY;
}

bench_status
bench_play_registers(struct bench *bench, const struct bench_registers *registers)
{
    struct hal_registers played = {
        .base = registers->base,
        .length = registers->length,
        .memory = registers->memory,
        .read = registers->read,
        .write = registers->write,
        .argument = registers->argument,
    };
    NTSTATUS status = STATUS_INVALID_PARAMETER;

    if (space_of(registers->kind, &played.space)) {
        status = hal_play(&played);
    }
    if (!NT_SUCCESS(status)) {
        return bench_fail(status, "registers at 0x%llx, 0x%llx bytes, cannot be played",
                          (unsigned long long)registers->base,
                          (unsigned long long)registers->length);
    }
    return STATUS_SUCCESS;
}

bench_status
bench_stop_registers(struct bench *bench, enum bench_resource_kind kind, uint64_t base)
{
    enum hal_space space;

    if (!space_of(kind, &space) || !hal_stop(space, base)) {
        return bench_fail(STATUS_NOT_FOUND, "no registers are played at 0x%llx",
                          (unsigned long long)base);
    }
    return STATUS_SUCCESS;
}

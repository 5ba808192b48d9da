/* SPDX-License-Identifier: MIT */
/*
 * Atomic operations, the only ones the project uses. Sequentially consistent unless the name says
 * otherwise. Read-modify-write operations are choice points of the simulation: while a simulation
 * runs, base_sim_point is set and called before each of them; otherwise it costs one predicted branch.
 */
#ifndef OPENWDF_BASE_ATOMIC_H
#define OPENWDF_BASE_ATOMIC_H

#include <stdbool.h>
#include <stdint.h>

extern void (*base_sim_point)(void);

static inline void
atomic_choice_point(void)
{
    void (*point)(void) = __atomic_load_n(&base_sim_point, __ATOMIC_RELAXED);

    if (__builtin_expect(point != 0, 0)) {
        point();
    }
}

#define BASE_ATOMIC_OPS(suffix, type)                                                              \
    static inline type atomic_load_##suffix(const type *p)                                         \
    {                                                                                              \
        return __atomic_load_n(p, __ATOMIC_ACQUIRE);                                               \
    }                                                                                              \
    static inline type atomic_load_relaxed_##suffix(const type *p)                                 \
    {                                                                                              \
        return __atomic_load_n(p, __ATOMIC_RELAXED);                                               \
    }                                                                                              \
    static inline void atomic_store_##suffix(type *p, type value)                                  \
    {                                                                                              \
        __atomic_store_n(p, value, __ATOMIC_RELEASE);                                              \
    }                                                                                              \
    static inline void atomic_store_relaxed_##suffix(type *p, type value)                          \
    {                                                                                              \
        __atomic_store_n(p, value, __ATOMIC_RELAXED);                                              \
    }                                                                                              \
    static inline type atomic_xchg_##suffix(type *p, type value)                                   \
    {                                                                                              \
        atomic_choice_point();                                                                     \
        return __atomic_exchange_n(p, value, __ATOMIC_SEQ_CST);                                    \
    }                                                                                              \
    /* On failure *expected becomes the value found. */                                            \
    static inline bool atomic_cas_##suffix(type *p, type *expected, type desired)                  \
    {                                                                                              \
        atomic_choice_point();                                                                     \
        return __atomic_compare_exchange_n(p, expected, desired, false, __ATOMIC_SEQ_CST,          \
                                           __ATOMIC_SEQ_CST);                                      \
    }

#define BASE_ATOMIC_ARITHMETIC(suffix, type)                                                       \
    /* These return the value before the operation. */                                             \
    static inline type atomic_fetch_add_##suffix(type *p, type value)                              \
    {                                                                                              \
        atomic_choice_point();                                                                     \
        return __atomic_fetch_add(p, value, __ATOMIC_SEQ_CST);                                     \
    }                                                                                              \
    static inline type atomic_fetch_sub_##suffix(type *p, type value)                              \
    {                                                                                              \
        atomic_choice_point();                                                                     \
        return __atomic_fetch_sub(p, value, __ATOMIC_SEQ_CST);                                     \
    }                                                                                              \
    static inline type atomic_fetch_or_##suffix(type *p, type value)                               \
    {                                                                                              \
        atomic_choice_point();                                                                     \
        return __atomic_fetch_or(p, value, __ATOMIC_SEQ_CST);                                      \
    }                                                                                              \
    static inline type atomic_fetch_and_##suffix(type *p, type value)                              \
    {                                                                                              \
        atomic_choice_point();                                                                     \
        return __atomic_fetch_and(p, value, __ATOMIC_SEQ_CST);                                     \
    }

typedef void *base_pointer;

BASE_ATOMIC_OPS(u8, uint8_t)
BASE_ATOMIC_OPS(u16, uint16_t)
BASE_ATOMIC_OPS(u32, uint32_t)
BASE_ATOMIC_OPS(u64, uint64_t)
BASE_ATOMIC_OPS(i32, int32_t)
BASE_ATOMIC_OPS(i64, int64_t)
BASE_ATOMIC_OPS(ptr, base_pointer)
BASE_ATOMIC_ARITHMETIC(u32, uint32_t)
BASE_ATOMIC_ARITHMETIC(u64, uint64_t)
BASE_ATOMIC_ARITHMETIC(i32, int32_t)
BASE_ATOMIC_ARITHMETIC(i64, int64_t)

#undef BASE_ATOMIC_OPS
#undef BASE_ATOMIC_ARITHMETIC

/* A full fence: what one side publishes before it, the other sees after its own. */
static inline void
atomic_fence(void)
{
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
}

/* What was stored before it is seen by whoever sees what is stored after it. Costs nothing on x86. */
static inline void
atomic_fence_release(void)
{
    __atomic_thread_fence(__ATOMIC_RELEASE);
}

#endif

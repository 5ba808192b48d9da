/* SPDX-License-Identifier: MIT */
/* The Interlocked family: sequentially consistent, whatever the suffix says. Included by <ntdef.h>. */
#ifndef OPENWDF_INTERLOCKED_H
#define OPENWDF_INTERLOCKED_H

#ifdef __cplusplus
extern "C" {
#endif

#define OWDF_INTERLOCKED_RMW(name, type, operation)                                                \
    OWDF_INLINE type name(type volatile *Target, type Value)                                       \
    {                                                                                              \
        return operation;                                                                          \
    }
#define OWDF_INTERLOCKED_SET(suffix, type)                                                         \
    OWDF_INLINE type InterlockedIncrement##suffix(type volatile *Addend)                           \
    {                                                                                              \
        return __atomic_add_fetch(Addend, 1, __ATOMIC_SEQ_CST);                                    \
    }                                                                                              \
    OWDF_INLINE type InterlockedDecrement##suffix(type volatile *Addend)                           \
    {                                                                                              \
        return __atomic_sub_fetch(Addend, 1, __ATOMIC_SEQ_CST);                                    \
    }                                                                                              \
    OWDF_INTERLOCKED_RMW(InterlockedExchange##suffix, type,                                        \
                         __atomic_exchange_n(Target, Value, __ATOMIC_SEQ_CST))                     \
    OWDF_INTERLOCKED_RMW(InterlockedExchangeAdd##suffix, type,                                     \
                         __atomic_fetch_add(Target, Value, __ATOMIC_SEQ_CST))                      \
    OWDF_INTERLOCKED_RMW(InterlockedAdd##suffix, type,                                             \
                         __atomic_add_fetch(Target, Value, __ATOMIC_SEQ_CST))                      \
    OWDF_INTERLOCKED_RMW(InterlockedAnd##suffix, type,                                             \
                         __atomic_fetch_and(Target, Value, __ATOMIC_SEQ_CST))                      \
    OWDF_INTERLOCKED_RMW(InterlockedOr##suffix, type,                                              \
                         __atomic_fetch_or(Target, Value, __ATOMIC_SEQ_CST))                       \
    OWDF_INTERLOCKED_RMW(InterlockedXor##suffix, type,                                             \
                         __atomic_fetch_xor(Target, Value, __ATOMIC_SEQ_CST))                      \
    OWDF_INLINE type InterlockedCompareExchange##suffix(type volatile *Destination, type Exchange, \
                                                        type Comparand)                            \
    {                                                                                              \
        __atomic_compare_exchange_n(Destination, &Comparand, Exchange, 0, __ATOMIC_SEQ_CST,        \
                                    __ATOMIC_SEQ_CST);                                             \
        return Comparand;                                                                          \
    }

OWDF_INTERLOCKED_SET(, LONG)
OWDF_INTERLOCKED_SET(64, LONG64)
OWDF_INTERLOCKED_SET(16, SHORT)
OWDF_INTERLOCKED_RMW(InterlockedExchange8, char,
                     __atomic_exchange_n(Target, Value, __ATOMIC_SEQ_CST))
OWDF_INTERLOCKED_RMW(InterlockedAnd8, char, __atomic_fetch_and(Target, Value, __ATOMIC_SEQ_CST))
OWDF_INTERLOCKED_RMW(InterlockedOr8, char, __atomic_fetch_or(Target, Value, __ATOMIC_SEQ_CST))
OWDF_INTERLOCKED_RMW(InterlockedXor8, char, __atomic_fetch_xor(Target, Value, __ATOMIC_SEQ_CST))

#undef OWDF_INTERLOCKED_SET
#undef OWDF_INTERLOCKED_RMW

/* Not for the compiler's own use: C drivers pass pointers to pointers of any type. */
OWDF_INLINE PVOID
owdf_interlocked_exchange_pointer(void *Target, const volatile void *Value)
{
    return __atomic_exchange_n((PVOID volatile *)Target, (PVOID)(ULONG_PTR)Value, __ATOMIC_SEQ_CST);
}

OWDF_INLINE PVOID
owdf_interlocked_compare_exchange_pointer(void *Destination, const volatile void *Exchange,
                                          const volatile void *Comparand)
{
    PVOID seen = (PVOID)(ULONG_PTR)Comparand;

    __atomic_compare_exchange_n((PVOID volatile *)Destination, &seen, (PVOID)(ULONG_PTR)Exchange, 0,
                                __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
    return seen;
}

#define InterlockedExchangePointer(Target, Value)                                                  \
    owdf_interlocked_exchange_pointer((void *)(ULONG_PTR)(Target), (Value))
#define InterlockedCompareExchangePointer(Destination, Exchange, Comparand)                        \
    owdf_interlocked_compare_exchange_pointer((void *)(ULONG_PTR)(Destination), (Exchange),        \
                                              (Comparand))

OWDF_INLINE UCHAR
InterlockedBitTestAndSet(LONG volatile *Base, LONG Bit)
{
    LONG mask = (LONG)(1U << (Bit & 31));

    return (__atomic_fetch_or(Base + (Bit >> 5), mask, __ATOMIC_SEQ_CST) & mask) != 0;
}

OWDF_INLINE UCHAR
InterlockedBitTestAndReset(LONG volatile *Base, LONG Bit)
{
    LONG mask = (LONG)(1U << (Bit & 31));

    return (__atomic_fetch_and(Base + (Bit >> 5), ~mask, __ATOMIC_SEQ_CST) & mask) != 0;
}

#define InterlockedIncrementAcquire              InterlockedIncrement
#define InterlockedIncrementRelease              InterlockedIncrement
#define InterlockedIncrementNoFence              InterlockedIncrement
#define InterlockedDecrementAcquire              InterlockedDecrement
#define InterlockedDecrementRelease              InterlockedDecrement
#define InterlockedDecrementNoFence              InterlockedDecrement
#define InterlockedIncrementNoFence64            InterlockedIncrement64
#define InterlockedDecrementNoFence64            InterlockedDecrement64
#define InterlockedExchangeNoFence               InterlockedExchange
#define InterlockedExchangeAcquire               InterlockedExchange
#define InterlockedExchangeNoFence64             InterlockedExchange64
#define InterlockedExchangeAddNoFence            InterlockedExchangeAdd
#define InterlockedExchangeAddNoFence64          InterlockedExchangeAdd64
#define InterlockedAddNoFence                    InterlockedAdd
#define InterlockedAddNoFence64                  InterlockedAdd64
#define InterlockedAndAcquire                    InterlockedAnd
#define InterlockedAndRelease                    InterlockedAnd
#define InterlockedAndNoFence                    InterlockedAnd
#define InterlockedOrAcquire                     InterlockedOr
#define InterlockedOrRelease                     InterlockedOr
#define InterlockedOrNoFence                     InterlockedOr
#define InterlockedCompareExchangeAcquire        InterlockedCompareExchange
#define InterlockedCompareExchangeRelease        InterlockedCompareExchange
#define InterlockedCompareExchangeNoFence        InterlockedCompareExchange
#define InterlockedCompareExchangeAcquire64      InterlockedCompareExchange64
#define InterlockedCompareExchangeRelease64      InterlockedCompareExchange64
#define InterlockedCompareExchangeNoFence64      InterlockedCompareExchange64
#define InterlockedExchangePointerNoFence        InterlockedExchangePointer
#define InterlockedCompareExchangePointerAcquire InterlockedCompareExchangePointer
#define InterlockedCompareExchangePointerRelease InterlockedCompareExchangePointer
#define InterlockedCompareExchangePointerNoFence InterlockedCompareExchangePointer
#define InterlockedAndAffinity                   InterlockedAnd64
#define InterlockedOrAffinity                    InterlockedOr64
#define InterlockedIncrementSizeT(a)             InterlockedIncrement64((LONG64 volatile *)(a))
#define InterlockedDecrementSizeT(a)             InterlockedDecrement64((LONG64 volatile *)(a))

#define _InterlockedIncrement              InterlockedIncrement
#define _InterlockedIncrement16            InterlockedIncrement16
#define _InterlockedIncrement64            InterlockedIncrement64
#define _InterlockedDecrement              InterlockedDecrement
#define _InterlockedDecrement16            InterlockedDecrement16
#define _InterlockedDecrement64            InterlockedDecrement64
#define _InterlockedExchange               InterlockedExchange
#define _InterlockedExchange64             InterlockedExchange64
#define _InterlockedExchangeAdd            InterlockedExchangeAdd
#define _InterlockedExchangeAdd64          InterlockedExchangeAdd64
#define _InterlockedAnd                    InterlockedAnd
#define _InterlockedAnd8                   InterlockedAnd8
#define _InterlockedAnd64                  InterlockedAnd64
#define _InterlockedOr                     InterlockedOr
#define _InterlockedOr8                    InterlockedOr8
#define _InterlockedOr64                   InterlockedOr64
#define _InterlockedXor                    InterlockedXor
#define _InterlockedXor64                  InterlockedXor64
#define _InterlockedCompareExchange        InterlockedCompareExchange
#define _InterlockedCompareExchange16      InterlockedCompareExchange16
#define _InterlockedCompareExchange64      InterlockedCompareExchange64
#define _InterlockedExchangePointer        InterlockedExchangePointer
#define _InterlockedCompareExchangePointer InterlockedCompareExchangePointer
#define _interlockedbittestandset          InterlockedBitTestAndSet
#define _interlockedbittestandreset        InterlockedBitTestAndReset

/* Single accesses with a stated order. */
#define OWDF_ORDERED_ACCESS(suffix, type)                                                          \
    OWDF_INLINE type Read##suffix##Acquire(type const volatile *Source)                            \
    {                                                                                              \
        return __atomic_load_n(Source, __ATOMIC_ACQUIRE);                                          \
    }                                                                                              \
    OWDF_INLINE type Read##suffix##NoFence(type const volatile *Source)                            \
    {                                                                                              \
        return __atomic_load_n(Source, __ATOMIC_RELAXED);                                          \
    }                                                                                              \
    OWDF_INLINE type Read##suffix##Raw(type const volatile *Source)                                \
    {                                                                                              \
        return __atomic_load_n(Source, __ATOMIC_RELAXED);                                          \
    }                                                                                              \
    OWDF_INLINE void Write##suffix##Release(type volatile *Destination, type Value)                \
    {                                                                                              \
        __atomic_store_n(Destination, Value, __ATOMIC_RELEASE);                                    \
    }                                                                                              \
    OWDF_INLINE void Write##suffix##NoFence(type volatile *Destination, type Value)                \
    {                                                                                              \
        __atomic_store_n(Destination, Value, __ATOMIC_RELAXED);                                    \
    }                                                                                              \
    OWDF_INLINE void Write##suffix##Raw(type volatile *Destination, type Value)                    \
    {                                                                                              \
        __atomic_store_n(Destination, Value, __ATOMIC_RELAXED);                                    \
    }
OWDF_ORDERED_ACCESS(8, signed char)
OWDF_ORDERED_ACCESS(UChar, UCHAR)
OWDF_ORDERED_ACCESS(Boolean, BOOLEAN)
OWDF_ORDERED_ACCESS(16, SHORT)
OWDF_ORDERED_ACCESS(UShort, USHORT)
OWDF_ORDERED_ACCESS(, LONG)
OWDF_ORDERED_ACCESS(ULong, ULONG)
OWDF_ORDERED_ACCESS(64, LONG64)
OWDF_ORDERED_ACCESS(ULong64, ULONG64)
OWDF_ORDERED_ACCESS(Pointer, PVOID)
#undef OWDF_ORDERED_ACCESS

#ifdef __x86_64__
#define YieldProcessor() __builtin_ia32_pause()
#else
#define YieldProcessor() __asm__ __volatile__("yield" ::: "memory")
#endif
#define MemoryBarrier()               __atomic_thread_fence(__ATOMIC_SEQ_CST)
#define KeMemoryBarrier()             __atomic_thread_fence(__ATOMIC_SEQ_CST)
#define KeMemoryBarrierWithoutFence() __atomic_signal_fence(__ATOMIC_SEQ_CST)
#define _ReadWriteBarrier()           __atomic_signal_fence(__ATOMIC_SEQ_CST)
#define _ReadBarrier()                __atomic_signal_fence(__ATOMIC_SEQ_CST)
#define _WriteBarrier()               __atomic_signal_fence(__ATOMIC_SEQ_CST)
#define BarrierAfterRead()            __atomic_signal_fence(__ATOMIC_SEQ_CST)
#define PreFetchCacheLine(l, a)       __builtin_prefetch(a)
#define PrefetchForWrite(p)           __builtin_prefetch((p), 1)

#ifdef __cplusplus
}
#endif

#endif

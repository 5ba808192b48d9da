/* SPDX-License-Identifier: MIT */
/*
 * The compiler's own functions that drivers get from <wdm.h> or <intrin.h>: bits, bytes, wide products, memory.
 * They are macros over functions of ours, because the compilers' own headers (<x86intrin.h>) use some of
 * the names. The Interlocked family is in openwdf_interlocked.h.
 */
#ifndef OPENWDF_INTRINSICS_H
#define OPENWDF_INTRINSICS_H

#include <basetsd.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The first bit that is set, from below or from above; 0 if there is none, and then no index. */
OWDF_INLINE unsigned char
owdf_bit_scan_forward(unsigned int *index, unsigned int mask)
{
    if (mask == 0) {
        return 0;
    }
    *index = (unsigned int)__builtin_ctz(mask);
    return 1;
}

OWDF_INLINE unsigned char
owdf_bit_scan_reverse(unsigned int *index, unsigned int mask)
{
    if (mask == 0) {
        return 0;
    }
    *index = 31U - (unsigned int)__builtin_clz(mask);
    return 1;
}

OWDF_INLINE unsigned char
owdf_bit_scan_forward64(unsigned int *index, unsigned __int64 mask)
{
    if (mask == 0) {
        return 0;
    }
    *index = (unsigned int)__builtin_ctzl(mask);
    return 1;
}

OWDF_INLINE unsigned char
owdf_bit_scan_reverse64(unsigned int *index, unsigned __int64 mask)
{
    if (mask == 0) {
        return 0;
    }
    *index = 63U - (unsigned int)__builtin_clzl(mask);
    return 1;
}
#define _BitScanForward(index, mask)   owdf_bit_scan_forward(index, mask)
#define _BitScanReverse(index, mask)   owdf_bit_scan_reverse(index, mask)
#define _BitScanForward64(index, mask) owdf_bit_scan_forward64(index, mask)
#define _BitScanReverse64(index, mask) owdf_bit_scan_reverse64(index, mask)
#define BitScanForward                 _BitScanForward
#define BitScanReverse                 _BitScanReverse
#define BitScanForward64               _BitScanForward64
#define BitScanReverse64               _BitScanReverse64

/* One bit of an array of bits: its old value, and what becomes of it. Not atomic. */
#define OWDF_BIT_TEST(name, type, bits, after)                                                     \
    OWDF_INLINE unsigned char name(type *base, type offset)                                        \
    {                                                                                              \
        unsigned type *word = (unsigned type *)base + offset / bits;                               \
        unsigned type bit = (unsigned type)1 << (offset % bits);                                   \
        unsigned char old = (*word & bit) != 0;                                                    \
                                                                                                   \
        after;                                                                                     \
        return old;                                                                                \
    }
OWDF_BIT_TEST(owdf_bit_set, int, 32, *word |= bit)
OWDF_BIT_TEST(owdf_bit_reset, int, 32, *word &= ~bit)
OWDF_BIT_TEST(owdf_bit_complement, int, 32, *word ^= bit)
OWDF_BIT_TEST(owdf_bit_set64, __int64, 64, *word |= bit)
OWDF_BIT_TEST(owdf_bit_reset64, __int64, 64, *word &= ~bit)
OWDF_BIT_TEST(owdf_bit_complement64, __int64, 64, *word ^= bit)
#undef OWDF_BIT_TEST

OWDF_INLINE unsigned char
owdf_bit_test(const int *base, int offset)
{
    return (unsigned char)(((unsigned int)base[offset / 32] >> (offset % 32)) & 1);
}

OWDF_INLINE unsigned char
owdf_bit_test64(const __int64 *base, __int64 offset)
{
    return (unsigned char)(((unsigned __int64)base[offset / 64] >> (offset % 64)) & 1);
}
#define _bittest(base, offset)                owdf_bit_test(base, offset)
#define _bittestandset(base, offset)          owdf_bit_set(base, offset)
#define _bittestandreset(base, offset)        owdf_bit_reset(base, offset)
#define _bittestandcomplement(base, offset)   owdf_bit_complement(base, offset)
#define _bittest64(base, offset)              owdf_bit_test64(base, offset)
#define _bittestandset64(base, offset)        owdf_bit_set64(base, offset)
#define _bittestandreset64(base, offset)      owdf_bit_reset64(base, offset)
#define _bittestandcomplement64(base, offset) owdf_bit_complement64(base, offset)
#define BitTest                               _bittest
#define BitTestAndSet                         _bittestandset
#define BitTestAndReset                       _bittestandreset
#define BitTestAndComplement                  _bittestandcomplement
#define BitTest64                             _bittest64
#define BitTestAndSet64                       _bittestandset64
#define BitTestAndReset64                     _bittestandreset64
#define BitTestAndComplement64                _bittestandcomplement64

/* How many bits are set; how many zeros are above the highest. */
#define __popcnt16(v) ((unsigned short)__builtin_popcount((unsigned short)(v)))
#define __popcnt(v)   ((unsigned int)__builtin_popcount(v))
#define __popcnt64(v) ((unsigned __int64)__builtin_popcountl(v))

OWDF_INLINE unsigned int
owdf_leading_zeros(unsigned int value)
{
    return value == 0 ? 32U : (unsigned int)__builtin_clz(value);
}

OWDF_INLINE unsigned __int64
owdf_leading_zeros64(unsigned __int64 value)
{
    return value == 0 ? 64U : (unsigned __int64)__builtin_clzl(value);
}
#define __lzcnt16(v) ((unsigned short)(owdf_leading_zeros((unsigned short)(v)) - 16))
#define __lzcnt(v)   owdf_leading_zeros(v)
#define __lzcnt64(v) owdf_leading_zeros64(v)

/* Turned bytes, and turned words. */
#undef _byteswap_ushort
#undef _byteswap_ulong
#undef _byteswap_uint64
#define _byteswap_ushort(v) __builtin_bswap16(v)
#define _byteswap_ulong(v)  __builtin_bswap32(v)
#define _byteswap_uint64(v) __builtin_bswap64(v)

#define OWDF_ROTATE(name, type, bits, up, down)                                                    \
    OWDF_INLINE type name(type value, int shift)                                                   \
    {                                                                                              \
        unsigned int by = (unsigned int)shift & (bits - 1);                                        \
                                                                                                   \
        return (type)((value up by) | (value down((bits - by) & (bits - 1))));                     \
    }
OWDF_ROTATE(owdf_rotate_left8, unsigned char, 8U, <<, >>)
OWDF_ROTATE(owdf_rotate_right8, unsigned char, 8U, >>, <<)
OWDF_ROTATE(owdf_rotate_left16, unsigned short, 16U, <<, >>)
OWDF_ROTATE(owdf_rotate_right16, unsigned short, 16U, >>, <<)
OWDF_ROTATE(owdf_rotate_left, unsigned int, 32U, <<, >>)
OWDF_ROTATE(owdf_rotate_right, unsigned int, 32U, >>, <<)
OWDF_ROTATE(owdf_rotate_left64, unsigned __int64, 64U, <<, >>)
OWDF_ROTATE(owdf_rotate_right64, unsigned __int64, 64U, >>, <<)
#undef OWDF_ROTATE
#define _rotl8(v, n)  owdf_rotate_left8(v, n)
#define _rotr8(v, n)  owdf_rotate_right8(v, n)
#define _rotl16(v, n) owdf_rotate_left16(v, n)
#define _rotr16(v, n) owdf_rotate_right16(v, n)
#define _rotl64(v, n) owdf_rotate_left64(v, n)
#define _rotr64(v, n) owdf_rotate_right64(v, n)
#undef _rotl
#undef _rotr
#undef _lrotl
#undef _lrotr
#define _rotl(v, n)   owdf_rotate_left(v, n)
#define _rotr(v, n)   owdf_rotate_right(v, n)
#define _lrotl(v, n)  owdf_rotate_left(v, n)
#define _lrotr(v, n)  owdf_rotate_right(v, n)
#define RotateLeft8   _rotl8
#define RotateLeft16  _rotl16
#define RotateLeft32  _rotl
#define RotateLeft64  _rotl64
#define RotateRight8  _rotr8
#define RotateRight16 _rotr16
#define RotateRight32 _rotr
#define RotateRight64 _rotr64

/* Products of twice the width. */
OWDF_INLINE unsigned __int64
owdf_multiply_unsigned(unsigned __int64 a, unsigned __int64 b, unsigned __int64 *high)
{
    unsigned __int128 product = (unsigned __int128)a * b;

    *high = (unsigned __int64)(product >> 64);
    return (unsigned __int64)product;
}

OWDF_INLINE __int64
owdf_multiply_signed(__int64 a, __int64 b, __int64 *high)
{
    __int128 product = (__int128)a * b;

    *high = (__int64)(product >> 64);
    return (__int64)product;
}
#define _umul128(a, b, high) owdf_multiply_unsigned(a, b, high)
#define _mul128(a, b, high)  owdf_multiply_signed(a, b, high)
#define UnsignedMultiply128  _umul128
#define Multiply128          _mul128
#define __umulh(a, b)        ((unsigned __int64)(((unsigned __int128)(a) * (b)) >> 64))
#define __mulh(a, b)         ((__int64)(((__int128)(a) * (b)) >> 64))
#define UnsignedMultiplyHigh __umulh
#define MultiplyHigh         __mulh
#define __emul(a, b)         ((__int64)(int)(a) * (int)(b))
#define __emulu(a, b)        ((unsigned __int64)(unsigned int)(a) * (unsigned int)(b))
#define __ll_lshift(v, n)    ((unsigned __int64)(v) << ((n)&63))
#define __ull_rshift(v, n)   ((unsigned __int64)(v) >> ((n)&63))
#define __ll_rshift(v, n)    ((__int64)(v) >> ((n)&63))

/* Memory, an element at a time, in rising order. */
#define OWDF_MOVE(name, type)                                                                      \
    OWDF_INLINE void owdf_move_##name(type *to, const type *from, size_t count)                    \
    {                                                                                              \
        volatile type *destination = to;                                                           \
        const volatile type *source = from;                                                        \
                                                                                                   \
        while (count-- != 0) {                                                                     \
            *destination++ = *source++;                                                            \
        }                                                                                          \
    }                                                                                              \
    OWDF_INLINE void owdf_store_##name(type *to, type value, size_t count)                         \
    {                                                                                              \
        volatile type *destination = to;                                                           \
                                                                                                   \
        while (count-- != 0) {                                                                     \
            *destination++ = value;                                                                \
        }                                                                                          \
    }
OWDF_MOVE(byte, unsigned char)
OWDF_MOVE(word, unsigned short)
OWDF_MOVE(dword, unsigned int)
OWDF_MOVE(qword, unsigned __int64)
#undef OWDF_MOVE
#define __movsb(to, from, count)  owdf_move_byte(to, from, count)
#define __movsw(to, from, count)  owdf_move_word(to, from, count)
#define __movsd(to, from, count)  owdf_move_dword(to, from, count)
#define __movsq(to, from, count)  owdf_move_qword(to, from, count)
#define __stosb(to, value, count) owdf_store_byte(to, value, count)
#define __stosw(to, value, count) owdf_store_word(to, value, count)
#define __stosd(to, value, count) owdf_store_dword(to, value, count)
#define __stosq(to, value, count) owdf_store_qword(to, value, count)

/* What only keeps the compiler from moving accesses. */
#define _ReadBarrier()  __atomic_signal_fence(__ATOMIC_SEQ_CST)
#define _WriteBarrier() __atomic_signal_fence(__ATOMIC_SEQ_CST)
#ifndef _ReadWriteBarrier
#define _ReadWriteBarrier() __atomic_signal_fence(__ATOMIC_SEQ_CST)
#endif

#ifdef __x86_64__
/* Processor identification: EAX, EBX, ECX and EDX of a leaf. */
OWDF_INLINE void
owdf_cpuid(int registers[4], int leaf, int part)
{
    __asm__ __volatile__("cpuid"
                         : "=a"(registers[0]), "=b"(registers[1]), "=c"(registers[2]),
                           "=d"(registers[3])
                         : "a"(leaf), "c"(part));
}
/* <cpuid.h> has a __cpuid of its own, with five arguments. */
#ifndef __cpuid
#define __cpuid(registers, leaf) owdf_cpuid(registers, leaf, 0)
#endif
#define __cpuidex(registers, leaf, part) owdf_cpuid(registers, leaf, part)
#ifndef __rdtsc
#define __rdtsc() __builtin_ia32_rdtsc()
#endif
#define __nop() __asm__ __volatile__("nop")
#endif

#ifdef __cplusplus
}
#endif

#endif

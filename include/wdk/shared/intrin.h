/* SPDX-License-Identifier: MIT */
/* Every intrinsic function: the processor's from the compiler's own header, the rest from ours. */
#ifndef __INTRIN_H_
#define __INTRIN_H_

#include <openwdf_compiler.h>

#ifdef __x86_64__
/* Names that both have. */
#undef __rdtsc
#undef _rotl
#undef _rotr
#undef _lrotl
#undef _lrotr
#undef __cpuid
#undef __cpuidex
#undef __lzcnt16
#undef __lzcnt
#undef __lzcnt64
#include <x86intrin.h>
#undef __rdtsc
#undef _rotl
#undef _rotr
#undef _lrotl
#undef _lrotr
#define __rdtsc() __builtin_ia32_rdtsc()
#ifdef OPENWDF_INTRINSICS_H
/* Clang has them as macros of its own, for processors that have the instruction. */
#undef __lzcnt16
#undef __lzcnt
#undef __lzcnt64
#define _rotl(v, n)                      owdf_rotate_left(v, n)
#define _rotr(v, n)                      owdf_rotate_right(v, n)
#define _lrotl(v, n)                     owdf_rotate_left(v, n)
#define _lrotr(v, n)                     owdf_rotate_right(v, n)
#define __cpuid(registers, leaf)         owdf_cpuid(registers, leaf, 0)
#define __cpuidex(registers, leaf, part) owdf_cpuid(registers, leaf, part)
#define __lzcnt16(v)                     ((unsigned short)(owdf_leading_zeros((unsigned short)(v)) - 16))
#define __lzcnt(v)                       owdf_leading_zeros(v)
#define __lzcnt64(v)                     owdf_leading_zeros64(v)
#endif
#endif

#include <ntdef.h>
#include <openwdf_interlocked.h>
#include <openwdf_intrinsics.h>

#endif

/* SPDX-License-Identifier: MIT */
/* The limits that the safe-integer headers name. Windows' LONG has 32 bits, whatever <limits.h> says here. */
#ifndef OPENWDF_LIMITS_H
#define OPENWDF_LIMITS_H

#ifndef INT8_MIN
#define INT8_MIN (-127 - 1)
#endif
#ifndef SHORT_MIN
#define SHORT_MIN (-32768)
#endif
#ifndef INT16_MIN
#define INT16_MIN (-32767 - 1)
#endif
#ifndef INT_MIN
#define INT_MIN (-2147483647 - 1)
#endif
#ifndef INT32_MIN
#define INT32_MIN (-2147483647 - 1)
#endif
#ifndef LONGLONG_MIN
#define LONGLONG_MIN (-9223372036854775807L - 1)
#endif
#ifndef LONG64_MIN
#define LONG64_MIN (-9223372036854775807L - 1)
#endif
#ifndef INT64_MIN
#define INT64_MIN (-9223372036854775807L - 1)
#endif
#ifndef INT_PTR_MIN
#define INT_PTR_MIN (-9223372036854775807L - 1)
#endif
#ifndef LONG_PTR_MIN
#define LONG_PTR_MIN (-9223372036854775807L - 1)
#endif
#ifndef PTRDIFF_T_MIN
#define PTRDIFF_T_MIN (-9223372036854775807L - 1)
#endif
#ifndef SSIZE_T_MIN
#define SSIZE_T_MIN (-9223372036854775807L - 1)
#endif
#ifndef INT8_MAX
#define INT8_MAX 127
#endif
#ifndef UINT8_MAX
#define UINT8_MAX 0xff
#endif
#ifndef BYTE_MAX
#define BYTE_MAX 0xff
#endif
#ifndef SHORT_MAX
#define SHORT_MAX 32767
#endif
#ifndef INT16_MAX
#define INT16_MAX 32767
#endif
#ifndef USHORT_MAX
#define USHORT_MAX 0xffff
#endif
#ifndef UINT16_MAX
#define UINT16_MAX 0xffff
#endif
#ifndef WORD_MAX
#define WORD_MAX 0xffff
#endif
#ifndef INT_MAX
#define INT_MAX 2147483647
#endif
#ifndef INT32_MAX
#define INT32_MAX 2147483647
#endif
#ifndef UINT_MAX
#define UINT_MAX 0xffffffffU
#endif
#ifndef UINT32_MAX
#define UINT32_MAX 0xffffffffU
#endif
#ifndef DWORD_MAX
#define DWORD_MAX 0xffffffffU
#endif
#ifndef LONGLONG_MAX
#define LONGLONG_MAX 9223372036854775807L
#endif
#ifndef LONG64_MAX
#define LONG64_MAX 9223372036854775807L
#endif
#ifndef INT64_MAX
#define INT64_MAX 9223372036854775807L
#endif
#ifndef ULONGLONG_MAX
#define ULONGLONG_MAX 0xffffffffffffffffUL
#endif
#ifndef DWORDLONG_MAX
#define DWORDLONG_MAX 0xffffffffffffffffUL
#endif
#ifndef ULONG64_MAX
#define ULONG64_MAX 0xffffffffffffffffUL
#endif
#ifndef DWORD64_MAX
#define DWORD64_MAX 0xffffffffffffffffUL
#endif
#ifndef UINT64_MAX
#define UINT64_MAX 0xffffffffffffffffUL
#endif
#ifndef INT_PTR_MAX
#define INT_PTR_MAX 9223372036854775807L
#endif
#ifndef UINT_PTR_MAX
#define UINT_PTR_MAX 0xffffffffffffffffUL
#endif
#ifndef LONG_PTR_MAX
#define LONG_PTR_MAX 9223372036854775807L
#endif
#ifndef ULONG_PTR_MAX
#define ULONG_PTR_MAX 0xffffffffffffffffUL
#endif
#ifndef DWORD_PTR_MAX
#define DWORD_PTR_MAX 0xffffffffffffffffUL
#endif
#ifndef PTRDIFF_T_MAX
#define PTRDIFF_T_MAX 9223372036854775807L
#endif
#ifndef SIZE_T_MAX
#define SIZE_T_MAX 0xffffffffffffffffUL
#endif
#ifndef SSIZE_T_MAX
#define SSIZE_T_MAX 9223372036854775807L
#endif
#ifndef _SIZE_T_MAX
#define _SIZE_T_MAX 0xffffffffffffffffUL
#endif

/* What the functions leave behind when they refuse. */
#define INT8_ERROR      (-1)
#define UINT8_ERROR     0xff
#define BYTE_ERROR      0xff
#define SHORT_ERROR     (-1)
#define INT16_ERROR     (-1)
#define USHORT_ERROR    0xffff
#define UINT16_ERROR    0xffff
#define WORD_ERROR      0xffff
#define INT_ERROR       (-1)
#define INT32_ERROR     (-1)
#define UINT_ERROR      0xffffffffU
#define UINT32_ERROR    0xffffffffU
#define LONG_ERROR      (-1)
#define ULONG_ERROR     0xffffffffU
#define DWORD_ERROR     0xffffffffU
#define LONGLONG_ERROR  (-1L)
#define LONG64_ERROR    (-1L)
#define INT64_ERROR     (-1L)
#define ULONGLONG_ERROR 0xffffffffffffffffUL
#define DWORDLONG_ERROR 0xffffffffffffffffUL
#define ULONG64_ERROR   0xffffffffffffffffUL
#define UINT64_ERROR    0xffffffffffffffffUL
#define INT_PTR_ERROR   (-1L)
#define UINT_PTR_ERROR  0xffffffffffffffffUL
#define LONG_PTR_ERROR  (-1L)
#define ULONG_PTR_ERROR 0xffffffffffffffffUL
#define SIZE_T_ERROR    0xffffffffffffffffUL
#define SSIZE_T_ERROR   (-1L)

#undef LONG_MIN
#undef LONG_MAX
#undef ULONG_MAX
#define LONG_MIN  (-2147483647 - 1)
#define LONG_MAX  2147483647
#define ULONG_MAX 0xffffffffU

#endif

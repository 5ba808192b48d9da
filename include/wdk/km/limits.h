/* SPDX-License-Identifier: MIT */
/* The C library's <limits.h>, with Windows' long. */
#include_next <limits.h>

#undef LONG_MIN
#undef LONG_MAX
#undef ULONG_MAX
#define LONG_MIN  (-2147483647 - 1)
#define LONG_MAX  2147483647
#define ULONG_MAX 0xffffffffU

/* SPDX-License-Identifier: MIT */
/* Microsoft's older name of <new>. */
#include <new>

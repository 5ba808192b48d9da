/* SPDX-License-Identifier: MIT */
/* Before evntrace.h: kernel drivers see its kernel half, whichever of Windows' headers they have included. */
#if defined(_KERNEL_MODE) && !defined(_EVNTRACE_KERNEL_MODE)
#define _EVNTRACE_KERNEL_MODE
#endif

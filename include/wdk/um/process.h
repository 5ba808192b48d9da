/* SPDX-License-Identifier: MIT */
/* Threads of the C run time. */
#ifndef _INC_PROCESS
#define _INC_PROCESS

#include <windows.h>

#define _beginthreadex(security, stack, start, argument, flags, id)                                \
    ((uintptr_t)CreateThread((security), (stack), (LPTHREAD_START_ROUTINE)(start), (argument),     \
                             (flags), (LPDWORD)(id)))
#define _endthreadex(code) ExitThread(code)

#endif

/* SPDX-License-Identifier: MIT */
/* Companion targets: what a KMDF driver sends tasks to its companion through. */
#ifndef OWDF_WDFCOMPANIONTARGET_H
#define OWDF_WDFCOMPANIONTARGET_H

WDF_EXTERN_C_START

#define WDF_TRACE_ID ('TRAC')

typedef enum _WDF_TASK_SEND_OPTIONS_FLAGS {
    WDF_TASK_SEND_OPTION_TIMEOUT = 0x00000001,
    WDF_TASK_SEND_OPTION_SYNCHRONOUS = 0x00000002,
} WDF_TASK_SEND_OPTIONS_FLAGS;

typedef struct _WDF_TASK_SEND_OPTIONS {
    ULONG Size;
    ULONG Flags;
    LONGLONG Timeout;
} WDF_TASK_SEND_OPTIONS, *PWDF_TASK_SEND_OPTIONS;

OWDF_INLINE VOID
WDF_TASK_SEND_OPTIONS_INIT(_Out_ PWDF_TASK_SEND_OPTIONS Options, _In_ ULONG Flags)
{
    OWDF_INIT(Options);
    Options->Flags = Flags;
}

WDF_EXTERN_C_END

#include "wdfcompaniontarget_calls.h"

#endif

/* SPDX-License-Identifier: MIT */
/* Deferred procedure calls. */
#ifndef OWDF_WDFDPC_H
#define OWDF_WDFDPC_H

WDF_EXTERN_C_START

typedef VOID NTAPI EVT_WDF_DPC(_In_ WDFDPC Dpc);
typedef EVT_WDF_DPC *PFN_WDF_DPC;

typedef struct _WDF_DPC_CONFIG {
    ULONG Size;
    PFN_WDF_DPC EvtDpcFunc;
    BOOLEAN AutomaticSerialization;
} WDF_DPC_CONFIG, *PWDF_DPC_CONFIG;

OWDF_INLINE VOID
WDF_DPC_CONFIG_INIT(_Out_ PWDF_DPC_CONFIG Config, _In_ PFN_WDF_DPC EvtDpcFunc)
{
    OWDF_INIT(Config);
    Config->EvtDpcFunc = EvtDpcFunc;
    Config->AutomaticSerialization = TRUE;
}

WDF_EXTERN_C_END

#include "wdfdpc_calls.h"

#endif

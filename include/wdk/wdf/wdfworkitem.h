/* SPDX-License-Identifier: MIT */
/* Work items: code that must run at PASSIVE_LEVEL. */
#ifndef OWDF_WDFWORKITEM_H
#define OWDF_WDFWORKITEM_H

WDF_EXTERN_C_START

typedef VOID NTAPI EVT_WDF_WORKITEM(_In_ WDFWORKITEM WorkItem);
typedef EVT_WDF_WORKITEM *PFN_WDF_WORKITEM;

typedef struct _WDF_WORKITEM_CONFIG {
    ULONG Size;
    PFN_WDF_WORKITEM EvtWorkItemFunc;
    BOOLEAN AutomaticSerialization;
} WDF_WORKITEM_CONFIG, *PWDF_WORKITEM_CONFIG;

OWDF_INLINE VOID
WDF_WORKITEM_CONFIG_INIT(_Out_ PWDF_WORKITEM_CONFIG Config, _In_ PFN_WDF_WORKITEM EvtWorkItemFunc)
{
    OWDF_INIT(Config);
    Config->EvtWorkItemFunc = EvtWorkItemFunc;
    Config->AutomaticSerialization = TRUE;
}

WDF_EXTERN_C_END

#include "wdfworkitem_calls.h"

#endif

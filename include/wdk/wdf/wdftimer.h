/* SPDX-License-Identifier: MIT */
/* Timers. */
#ifndef OWDF_WDFTIMER_H
#define OWDF_WDFTIMER_H

WDF_EXTERN_C_START

#define TolerableDelayUnlimited ((ULONG)-1)

typedef VOID NTAPI EVT_WDF_TIMER(_In_ WDFTIMER Timer);
typedef EVT_WDF_TIMER *PFN_WDF_TIMER;

typedef struct _WDF_TIMER_CONFIG {
    ULONG Size;
    PFN_WDF_TIMER EvtTimerFunc;
    ULONG Period;
    BOOLEAN AutomaticSerialization;
#if OWDF_WDF_MINOR >= 9
    ULONG TolerableDelay;
#endif
#if OWDF_WDF_MINOR >= 13
    DECLSPEC_ALIGN(8) BOOLEAN UseHighResolutionTimer;
#endif
} WDF_TIMER_CONFIG, *PWDF_TIMER_CONFIG;

OWDF_INLINE VOID
WDF_TIMER_CONFIG_INIT(_Out_ PWDF_TIMER_CONFIG Config, _In_ PFN_WDF_TIMER EvtTimerFunc)
{
    OWDF_INIT(Config);
    Config->EvtTimerFunc = EvtTimerFunc;
    Config->Period = 0;
    Config->AutomaticSerialization = TRUE;
#if OWDF_WDF_MINOR >= 9
    Config->TolerableDelay = 0;
#endif
}

OWDF_INLINE VOID
WDF_TIMER_CONFIG_INIT_PERIODIC(_Out_ PWDF_TIMER_CONFIG Config, _In_ PFN_WDF_TIMER EvtTimerFunc,
                               _In_ LONG Period)
{
    OWDF_INIT(Config);
    Config->EvtTimerFunc = EvtTimerFunc;
    Config->Period = Period;
    Config->AutomaticSerialization = TRUE;
#if OWDF_WDF_MINOR >= 9
    Config->TolerableDelay = 0;
#endif
}

WDF_EXTERN_C_END

#include "wdftimer_calls.h"

#endif

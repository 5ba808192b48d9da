/* SPDX-License-Identifier: MIT */
/* The multimedia timers' clock: milliseconds, and how fine they are. Declared; OpenWDF does not have the timers. */
#ifndef _INC_TIMEAPI
#define _INC_TIMEAPI

#include <windows.h>

typedef UINT MMRESULT;

#define TIMERR_NOERROR 0
#define TIMERR_NOCANDO 97

typedef struct timecaps_tag {
    UINT wPeriodMin;
    UINT wPeriodMax;
} TIMECAPS, *PTIMECAPS, *LPTIMECAPS;

#ifdef __cplusplus
extern "C" {
#endif

OWDF_EXPORT DWORD timeGetTime(void);
OWDF_EXPORT MMRESULT timeGetDevCaps(LPTIMECAPS ptc, UINT cbtc);
OWDF_EXPORT MMRESULT timeBeginPeriod(UINT uPeriod);
OWDF_EXPORT MMRESULT timeEndPeriod(UINT uPeriod);

#ifdef __cplusplus
}
#endif

#endif

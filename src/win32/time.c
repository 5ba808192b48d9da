/* SPDX-License-Identifier: MIT */
/* Ticks, performance counter, calendar. */
#include "win32/object.h"

#include <time.h>

#include "sys/clock.h"

#define HUNDRED_NS_PER_SECOND 10000000u
#define EPOCH_1601_TO_1970    11644473600u /* Seconds. */

ULONGLONG
GetTickCount64(VOID)
{
    return sys_now_ns() / 1000000u;
}

DWORD
GetTickCount(VOID)
{
    return (DWORD)GetTickCount64();
}

BOOL
QueryPerformanceCounter(LARGE_INTEGER *lpPerformanceCount)
{
    lpPerformanceCount->QuadPart = (LONGLONG)(sys_now_ns() / 100u);
    return TRUE;
}

BOOL
QueryPerformanceFrequency(LARGE_INTEGER *lpFrequency)
{
    lpFrequency->QuadPart = HUNDRED_NS_PER_SECOND;
    return TRUE;
}

static void
from_tm(SYSTEMTIME *to, const struct tm *from, unsigned milliseconds)
{
    to->wYear = (WORD)(from->tm_year + 1900);
    to->wMonth = (WORD)(from->tm_mon + 1);
    to->wDayOfWeek = (WORD)from->tm_wday;
    to->wDay = (WORD)from->tm_mday;
    to->wHour = (WORD)from->tm_hour;
    to->wMinute = (WORD)from->tm_min;
    to->wSecond = (WORD)from->tm_sec;
    to->wMilliseconds = (WORD)milliseconds;
}

/* Fills from a count of 100 ns since 1601, in UTC or local time. */
static BOOL
from_count(SYSTEMTIME *to, uint64_t count, bool local)
{
    time_t seconds = (time_t)(count / HUNDRED_NS_PER_SECOND) - (time_t)EPOCH_1601_TO_1970;
    struct tm parts;

    if ((local ? localtime_r(&seconds, &parts) : gmtime_r(&seconds, &parts)) == NULL) {
        return w32_fail(ERROR_INVALID_PARAMETER);
    }
    from_tm(to, &parts, (unsigned)(count % HUNDRED_NS_PER_SECOND / 10000u));
    return TRUE;
}

VOID
GetSystemTime(LPSYSTEMTIME lpSystemTime)
{
    (void)from_count(lpSystemTime, sys_wallclock_100ns(), false);
}

VOID
GetLocalTime(LPSYSTEMTIME lpSystemTime)
{
    (void)from_count(lpSystemTime, sys_wallclock_100ns(), true);
}

VOID
GetSystemTimeAsFileTime(LPFILETIME lpSystemTimeAsFileTime)
{
    uint64_t now = sys_wallclock_100ns();

    lpSystemTimeAsFileTime->dwLowDateTime = (DWORD)now;
    lpSystemTimeAsFileTime->dwHighDateTime = (DWORD)(now >> 32);
}

BOOL
FileTimeToSystemTime(const FILETIME *lpFileTime, LPSYSTEMTIME lpSystemTime)
{
    return from_count(lpSystemTime,
                      (uint64_t)lpFileTime->dwHighDateTime << 32 | lpFileTime->dwLowDateTime,
                      false);
}

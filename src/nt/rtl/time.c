/* SPDX-License-Identifier: MIT */
/* Calendar arithmetic. A time counts 100 ns since 1 January 1601, a Monday; all of it is UTC. */
#include "nt/rtl/rtl_priv.h"

#include <stdbool.h>

#define TICKS_PER_MS         10000LL
#define TICKS_PER_SECOND     10000000LL
#define MS_PER_DAY           86400000LL
#define DAYS_PER_400_YEARS   146097
#define SECONDS_1601_TO_1970 11644473600LL
#define SECONDS_1601_TO_1980 11960006400LL
#define YEAR_LAST            30827

static const USHORT days_before[2][13] = {
    {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365},
    {0, 31, 60, 91, 121, 152, 182, 213, 244, 274, 305, 335, 366},
};

static bool
is_leap(int year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

/* Days from 1 January 1601 to 1 January of a year. */
static int
days_to_year(int year)
{
    int passed = year - 1601;

    return passed * 365 + passed / 4 - passed / 100 + passed / 400;
}

VOID
RtlTimeToTimeFields(PLARGE_INTEGER Time, PTIME_FIELDS TimeFields)
{
    LONGLONG ms = Time->QuadPart / TICKS_PER_MS;
    int days = (int)(ms / MS_PER_DAY), in_day = (int)(ms % MS_PER_DAY);
    int year = 1601 + (int)((LONGLONG)days * 400 / DAYS_PER_400_YEARS);
    int month = 1;

    /* The estimate is at most one year off. */
    while (days_to_year(year) > days) {
        year--;
    }
    while (days_to_year(year + 1) <= days) {
        year++;
    }
    TimeFields->Weekday = (CSHORT)((days + 1) % 7);
    days -= days_to_year(year);
    while (days_before[is_leap(year)][month] <= days) {
        month++;
    }
    TimeFields->Year = (CSHORT)year;
    TimeFields->Month = (CSHORT)month;
    TimeFields->Day = (CSHORT)(days - days_before[is_leap(year)][month - 1] + 1);
    TimeFields->Hour = (CSHORT)(in_day / 3600000);
    TimeFields->Minute = (CSHORT)(in_day / 60000 % 60);
    TimeFields->Second = (CSHORT)(in_day / 1000 % 60);
    TimeFields->Milliseconds = (CSHORT)(in_day % 1000);
}

/* The weekday is ignored. FALSE when there is no such moment. */
BOOLEAN
RtlTimeFieldsToTime(PTIME_FIELDS TimeFields, PLARGE_INTEGER Time)
{
    const TIME_FIELDS *f = TimeFields;
    const USHORT *before;
    LONGLONG days;

    if (f->Year < 1601 || f->Year > YEAR_LAST || f->Month < 1 || f->Month > 12 || f->Day < 1 ||
        f->Hour < 0 || f->Hour > 23 || f->Minute < 0 || f->Minute > 59 || f->Second < 0 ||
        f->Second > 59 || f->Milliseconds < 0 || f->Milliseconds > 999) {
        return FALSE;
    }
    before = days_before[is_leap(f->Year)];
    if (f->Day > before[f->Month] - before[f->Month - 1]) {
        return FALSE;
    }
    days = days_to_year(f->Year) + before[f->Month - 1] + f->Day - 1;
    Time->QuadPart = (days * MS_PER_DAY + f->Hour * 3600000LL + f->Minute * 60000LL +
                      f->Second * 1000LL + f->Milliseconds) *
                     TICKS_PER_MS;
    return TRUE;
}

/* FALSE when the seconds since the epoch are no 32-bit number. */
static BOOLEAN
to_seconds(LONGLONG time, LONGLONG epoch, ULONG *ret_seconds)
{
    LONGLONG seconds = time / TICKS_PER_SECOND - epoch;

    if (seconds < 0 || seconds > (LONGLONG)0xFFFFFFFF) {
        return FALSE;
    }
    *ret_seconds = (ULONG)seconds;
    return TRUE;
}

BOOLEAN
RtlTimeToSecondsSince1970(PLARGE_INTEGER Time, PULONG ElapsedSeconds)
{
    return to_seconds(Time->QuadPart, SECONDS_1601_TO_1970, ElapsedSeconds);
}

VOID
RtlSecondsSince1970ToTime(ULONG ElapsedSeconds, PLARGE_INTEGER Time)
{
    Time->QuadPart = (SECONDS_1601_TO_1970 + ElapsedSeconds) * TICKS_PER_SECOND;
}

BOOLEAN
RtlTimeToSecondsSince1980(PLARGE_INTEGER Time, PULONG ElapsedSeconds)
{
    return to_seconds(Time->QuadPart, SECONDS_1601_TO_1980, ElapsedSeconds);
}

VOID
RtlSecondsSince1980ToTime(ULONG ElapsedSeconds, PLARGE_INTEGER Time)
{
    Time->QuadPart = (SECONDS_1601_TO_1980 + ElapsedSeconds) * TICKS_PER_SECOND;
}

/* SPDX-License-Identifier: MIT */
/* The clocks that drivers read. */
#include "nt/ke/ke_priv.h"

#include "sys/clock.h"

/* What Windows reports: a clock interrupt every 15.625 ms, a performance counter of 10 MHz. */
#define TICK_100NS            156250u
#define PERFORMANCE_FREQUENCY 10000000

LARGE_INTEGER
KeQueryPerformanceCounter(PLARGE_INTEGER PerformanceFrequency)
{
    LARGE_INTEGER counter;

    if (PerformanceFrequency != NULL) {
        PerformanceFrequency->QuadPart = PERFORMANCE_FREQUENCY;
    }
    counter.QuadPart = (LONGLONG)(sys_now_ns() / 100);
    return counter;
}

ULONGLONG
KeQueryInterruptTime(VOID)
{
    return sys_now_ns() / 100;
}

ULONG64
KeQueryInterruptTimePrecise(PULONG64 QpcTimeStamp)
{
    ULONG64 now = sys_now_ns() / 100;

    *QpcTimeStamp = now;
    return now;
}

ULONGLONG
KeQueryUnbiasedInterruptTime(VOID)
{
    return KeQueryInterruptTime();
}

ULONG64
KeQueryUnbiasedInterruptTimePrecise(PULONG64 QpcTimeStamp)
{
    return KeQueryInterruptTimePrecise(QpcTimeStamp);
}

VOID
KeQuerySystemTime(PLARGE_INTEGER CurrentTime)
{
    CurrentTime->QuadPart = (LONGLONG)sys_wallclock_100ns();
}

VOID
KeQuerySystemTimePrecise(PLARGE_INTEGER CurrentTime)
{
    KeQuerySystemTime(CurrentTime);
}

VOID
KeQueryTickCount(PLARGE_INTEGER CurrentCount)
{
    CurrentCount->QuadPart = (LONGLONG)(sys_now_ns() / 100 / TICK_100NS);
}

ULONG
KeQueryTimeIncrement(VOID)
{
    return TICK_100NS;
}

VOID
KeStallExecutionProcessor(ULONG MicroSeconds)
{
    sys_stall_ns((uint64_t)MicroSeconds * 1000);
}

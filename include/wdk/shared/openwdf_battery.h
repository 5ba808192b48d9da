/* SPDX-License-Identifier: MIT */
/* What the battery class's header of mingw-w64 uses and does not define. */
#ifndef OPENWDF_BATTERY_H
#define OPENWDF_BATTERY_H

#include <ntdef.h>

typedef struct {
    ULONG Granularity;
    ULONG Capacity;
} BATTERY_REPORTING_SCALE, *PBATTERY_REPORTING_SCALE;

#endif

/* SPDX-License-Identifier: MIT */
/*
 * What is newer in <poclass.h> than the header that the build lets through: interfaces of thermal and power
 * management. Outside the include guard stand the GUIDs, which are declared once and defined once.
 */
#include <guiddef.h>

DEFINE_GUID(GUID_DEVINTERFACE_THERMAL_COOLING, 0xdbe4373d, 0x3c81, 0x40cb, 0xac, 0xe4, 0xe0, 0xe5,
            0xd0, 0x5f, 0x0c, 0x9f);
DEFINE_GUID(GUID_DEVINTERFACE_THERMAL_MANAGER, 0x927ec093, 0x69a4, 0x4bc0, 0xbd, 0x02, 0x71, 0x16,
            0x64, 0x71, 0x44, 0x63);
DEFINE_GUID(GUID_DEVINTERFACE_POWER_LIMIT, 0x8f366301, 0x091e, 0x4056, 0xb9, 0x2f, 0x95, 0x8b, 0x27,
            0x62, 0x5f, 0xce);
DEFINE_GUID(GUID_DEVINTERFACE_TEMPERATURE_SENSOR, 0x2a6c8538, 0x7895, 0x4d56, 0x85, 0x67, 0x79,
            0x5d, 0x38, 0x44, 0x85, 0x8a);

#ifndef OPENWDF_POCLASS_H
#define OPENWDF_POCLASS_H

#include <ntdef.h>

#ifdef _WDMDDK_

typedef VOID DEVICE_ACTIVE_COOLING(PVOID Context, BOOLEAN Engaged);
typedef VOID DEVICE_PASSIVE_COOLING(PVOID Context, ULONG Percentage);

typedef NTSTATUS QUERY_POWER_LIMIT_ATTRIBUTES(PVOID Context, ULONG BufferCount, PVOID Buffer,
                                              PULONG AttributeCount);
typedef QUERY_POWER_LIMIT_ATTRIBUTES *PQUERY_POWER_LIMIT_ATTRIBUTES;
typedef NTSTATUS SET_POWER_LIMIT(PVOID Context, ULONG ValueCount, PVOID Values);
typedef SET_POWER_LIMIT *PSET_POWER_LIMIT;
typedef NTSTATUS QUERY_POWER_LIMIT(PVOID Context, ULONG ValueCount, PVOID Values);
typedef QUERY_POWER_LIMIT *PQUERY_POWER_LIMIT;

typedef struct _POWER_LIMIT_INTERFACE {
    USHORT Size;
    USHORT Version;
    PVOID Context;
    PINTERFACE_REFERENCE InterfaceReference;
    PINTERFACE_DEREFERENCE InterfaceDereference;
    ULONG DomainCount;
    PQUERY_POWER_LIMIT_ATTRIBUTES QueryAttributes;
    PSET_POWER_LIMIT SetPowerLimit;
    PQUERY_POWER_LIMIT QueryPowerLimit;
} POWER_LIMIT_INTERFACE, *PPOWER_LIMIT_INTERFACE;
#define POWER_LIMIT_INTERFACE_VERSION 1

#endif

#endif

/* SPDX-License-Identifier: MIT */
/*
 * What drivers are told of the system they run on: Windows 10, version 22H2, a workstation (10.0.19045,
 * platform VER_PLATFORM_WIN32_NT, no service pack). DDI versions are available up to that of version 2004,
 * on which 22H2 stands.
 */
#include "nt/rtl/rtl_priv.h"

#include <stdbool.h>
#include <string.h>

#include <sdkddkver.h>

#define MAJOR               10
#define MINOR               0
#define BUILD               19045
#define SUITE_SINGLE_USERTS 0x0100

static const RTL_OSVERSIONINFOEXW version = {
    .dwMajorVersion = MAJOR,
    .dwMinorVersion = MINOR,
    .dwBuildNumber = BUILD,
    .dwPlatformId = VER_PLATFORM_WIN32_NT,
    .wSuiteMask = SUITE_SINGLE_USERTS,
    .wProductType = VER_NT_WORKSTATION,
};

/* Fills the short or the long structure, as dwOSVersionInfoSize says. */
NTSTATUS
RtlGetVersion(PRTL_OSVERSIONINFOW lpVersionInformation)
{
    ULONG size = lpVersionInformation->dwOSVersionInfoSize;

    if (size != sizeof(RTL_OSVERSIONINFOW) && size != sizeof(RTL_OSVERSIONINFOEXW)) {
        return STATUS_INVALID_PARAMETER;
    }
    memcpy(lpVersionInformation, &version, size);
    lpVersionInformation->dwOSVersionInfoSize = size;
    return STATUS_SUCCESS;
}

/* TRUE: a checked build, which this is not. */
BOOLEAN
PsGetVersion(PULONG MajorVersion, PULONG MinorVersion, PULONG BuildNumber,
             PUNICODE_STRING CSDVersion)
{
    if (MajorVersion != NULL) {
        *MajorVersion = MAJOR;
    }
    if (MinorVersion != NULL) {
        *MinorVersion = MINOR;
    }
    if (BuildNumber != NULL) {
        *BuildNumber = BUILD;
    }
    if (CSDVersion != NULL) {
        CSDVersion->Length = 0;
    }
    return FALSE;
}

BOOLEAN
RtlIsNtDdiVersionAvailable(ULONG Version)
{
    return Version <= NTDDI_WIN10_VB;
}

/* Windows 10 has no service packs, so only the system itself, without one, is there. */
BOOLEAN
RtlIsServicePackVersionInstalled(ULONG Version)
{
    return Version == NTDDI_WIN10;
}

/* Conditions ---------------------------------------------------------------------------------- */

static unsigned
condition_of(ULONGLONG mask, ULONG type)
{
    return (unsigned)(mask >> __builtin_ctz(type) * VER_NUM_BITS_PER_CONDITION_MASK) &
           VER_CONDITION_MASK;
}

/* Sets the condition of every type in TypeMask. */
ULONGLONG
VerSetConditionMask(ULONGLONG ConditionMask, ULONG TypeMask, UCHAR Condition)
{
    ULONG type;

    for (type = 1; type <= VER_PRODUCT_TYPE; type <<= 1) {
        if ((TypeMask & type) != 0) {
            ConditionMask |= (ULONGLONG)(Condition & VER_CONDITION_MASK)
                             << __builtin_ctz(type) * VER_NUM_BITS_PER_CONDITION_MASK;
        }
    }
    return ConditionMask;
}

static bool
holds(ULONG current, unsigned condition, ULONG wanted)
{
    switch (condition) {
    case VER_EQUAL:
        return current == wanted;
    case VER_GREATER:
        return current > wanted;
    case VER_GREATER_EQUAL:
        return current >= wanted;
    case VER_LESS:
        return current < wanted;
    case VER_LESS_EQUAL:
        return current <= wanted;
    default:
        return false;
    }
}

static bool
suites_hold(unsigned condition, ULONG wanted)
{
    return condition == VER_AND ? (version.wSuiteMask & wanted) == wanted
                                : condition == VER_OR && (version.wSuiteMask & wanted) != 0;
}

struct requirement {
    ULONG type;
    ULONG current;
    ULONG wanted;
};

/*
 * Major, minor and service-pack numbers are one number with several places: a place counts only while those
 * before it are equal.
 */
static bool
hierarchy_holds(const struct requirement *places, size_t count, ULONG types, ULONGLONG conditions)
{
    bool result = true;
    size_t i;

    for (i = 0; i < count; i++) {
        if ((types & places[i].type) != 0) {
            result = holds(places[i].current, condition_of(conditions, places[i].type),
                           places[i].wanted);
            if (places[i].current != places[i].wanted) {
                break;
            }
        }
    }
    return result;
}

/* STATUS_REVISION_MISMATCH: a requirement is not met. */
NTSTATUS
RtlVerifyVersionInfo(PRTL_OSVERSIONINFOEXW VersionInfo, ULONG TypeMask, ULONGLONG ConditionMask)
{
    const RTL_OSVERSIONINFOEXW *info = VersionInfo;
    const struct requirement places[] = {
        {VER_MAJORVERSION, version.dwMajorVersion, info->dwMajorVersion},
        {VER_MINORVERSION, version.dwMinorVersion, info->dwMinorVersion},
        {VER_SERVICEPACKMAJOR, version.wServicePackMajor, info->wServicePackMajor},
        {VER_SERVICEPACKMINOR, version.wServicePackMinor, info->wServicePackMinor},
    };
    const struct requirement others[] = {
        {VER_BUILDNUMBER, version.dwBuildNumber, info->dwBuildNumber},
        {VER_PLATFORMID, version.dwPlatformId, info->dwPlatformId},
        {VER_PRODUCT_TYPE, version.wProductType, info->wProductType},
    };
    ULONG type;
    size_t i;

    if (TypeMask == 0 || TypeMask >= VER_PRODUCT_TYPE << 1) {
        return STATUS_INVALID_PARAMETER;
    }
    for (type = 1; type <= VER_PRODUCT_TYPE; type <<= 1) {
        if ((TypeMask & type) != 0 && condition_of(ConditionMask, type) == 0) {
            return STATUS_INVALID_PARAMETER;
        }
    }
    for (i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        if ((TypeMask & others[i].type) != 0 &&
            !holds(others[i].current, condition_of(ConditionMask, others[i].type),
                   others[i].wanted)) {
            return STATUS_REVISION_MISMATCH;
        }
    }
    if ((TypeMask & VER_SUITENAME) != 0 &&
        !suites_hold(condition_of(ConditionMask, VER_SUITENAME), info->wSuiteMask)) {
        return STATUS_REVISION_MISMATCH;
    }
    return hierarchy_holds(places, sizeof(places) / sizeof(places[0]), TypeMask, ConditionMask)
               ? STATUS_SUCCESS
               : STATUS_REVISION_MISMATCH;
}

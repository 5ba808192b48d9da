/* SPDX-License-Identifier: MIT */
/* The rest: local time, identifiers, features, firmware variables. */
#include "nt/ex/ex_priv.h"

#include "nt/ke/ke.h"
#include "sys/random.h"

/*
 * The executive's time zone is UTC, whatever the machine's: results do not depend on where it
 * runs.
 */
VOID
ExSystemTimeToLocalTime(PLARGE_INTEGER SystemTime, PLARGE_INTEGER LocalTime)
{
    *LocalTime = *SystemTime;
}

VOID
ExLocalTimeToSystemTime(PLARGE_INTEGER LocalTime, PLARGE_INTEGER SystemTime)
{
    *SystemTime = *LocalTime;
}

/* Version 4: random. */
NTSTATUS
ExUuidCreate(GUID *Uuid)
{
    sys_random_bytes(Uuid, sizeof(*Uuid));
    Uuid->Data3 = (Uuid->Data3 & 0x0FFF) | 0x4000;
    Uuid->Data4[0] = (Uuid->Data4[0] & 0x3F) | 0x80;
    return STATUS_SUCCESS;
}

/* A thread that serves an application was in user mode before. */
KPROCESSOR_MODE
ExGetPreviousMode(VOID)
{
    return PsGetCurrentProcessId() == PsGetProcessId(PsGetCurrentProcess()) ? KernelMode : UserMode;
}

/* What every x64 processor has. */
BOOLEAN
ExIsProcessorFeaturePresent(ULONG ProcessorFeature)
{
    switch (ProcessorFeature) {
#if defined(__x86_64__)
    case PF_MMX_INSTRUCTIONS_AVAILABLE:
    case PF_XMMI_INSTRUCTIONS_AVAILABLE:
    case PF_XMMI64_INSTRUCTIONS_AVAILABLE:
    case PF_RDTSC_INSTRUCTION_AVAILABLE:
    case PF_PAE_ENABLED:
#endif
    case PF_COMPARE_EXCHANGE_DOUBLE:
    case PF_NX_ENABLED:
        return TRUE;
#if defined(__x86_64__)
    case PF_SSE3_INSTRUCTIONS_AVAILABLE:
        return __builtin_cpu_supports("sse3") != 0;
#endif
    default:
        return FALSE;
    }
}

BOOLEAN
ExVerifySuite(SUITE_TYPE SuiteType)
{
    return FALSE;
}

/* "STATUS_NOT_IMPLEMENTED: this function is not supported on this platform": there is no UEFI. */
NTSTATUS
ExGetFirmwareEnvironmentVariable(PUNICODE_STRING VariableName, LPGUID VendorGuid, PVOID Value,
                                 PULONG ValueLength, PULONG Attributes)
{
    return STATUS_NOT_IMPLEMENTED;
}

NTSTATUS
ExSetFirmwareEnvironmentVariable(PUNICODE_STRING VariableName, LPGUID VendorGuid, PVOID Value,
                                 ULONG ValueLength, ULONG Attributes)
{
    return STATUS_NOT_IMPLEMENTED;
}

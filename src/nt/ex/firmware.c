/* SPDX-License-Identifier: MIT */
/* Calls into the firmware's run time. A process has no firmware below it. */
#include <ntddk.h>
#include <prminterface.h>

/* STATUS_NOT_SUPPORTED: the platform has no Platform Runtime Mechanism. */
NTSTATUS
ExGetPrmInterface(ULONG Version, PPRM_INTERFACE InterfaceOut)
{
    return Version == 0 || InterfaceOut == NULL ? STATUS_INVALID_PARAMETER : STATUS_NOT_SUPPORTED;
}

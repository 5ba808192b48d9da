/* SPDX-License-Identifier: MIT */
/* Live kernel dumps on a driver's request. */
#ifndef _LKMDTEL_H_
#define _LKMDTEL_H_

#include <wdm.h>

#ifdef __cplusplus
extern "C" {
#endif

NTKERNELAPI HANDLE LkmdTelCreateReport(PCWSTR ComponentName, ULONG BugCheckCode, ULONG_PTR P1,
                                       ULONG_PTR P2, ULONG_PTR P3, ULONG_PTR P4);
NTKERNELAPI NTSTATUS LkmdTelSetSecondaryData(HANDLE TelemetryHandle, LPCGUID SecondaryDataGuid,
                                             ULONG SecondaryDataSize, PVOID SecondaryDataBuffer);
NTKERNELAPI NTSTATUS LkmdTelInsertTriageDataBlock(HANDLE TelemetryHandle, PVOID Address,
                                                  SIZE_T Length);
NTKERNELAPI NTSTATUS LkmdTelSubmitReport(HANDLE TelemetryHandle);
NTKERNELAPI VOID LkmdTelCloseHandle(HANDLE TelemetryHandle);

#ifdef __cplusplus
}
#endif

#endif

/* SPDX-License-Identifier: MIT */
/* Companions: the UMDF half of a KMDF driver that talks to a companion. */
#ifndef OWDF_WDFCOMPANION_H
#define OWDF_WDFCOMPANION_H

WDF_EXTERN_C_START

#define WDF_TRACE_ID ('TRAC')

typedef enum _WDF_TASK_QUEUE_DISPATCH_TYPE {
    WdfTaskQueueDispatchInvalid = 0,
    WdfTaskQueueDispatchSequential,
    WdfTaskQueueDispatchParallel,
    WdfTaskQueueDispatchMax,
} WDF_TASK_QUEUE_DISPATCH_TYPE;

typedef NTSTATUS NTAPI
EVT_WDF_COMPANION_PRE_PREPARE_HARDWARE(_In_ WDFCOMPANION Companion, _In_ WDFCMRESLIST ResourcesRaw,
                                       _In_ WDFCMRESLIST ResourcesTranslated);
typedef EVT_WDF_COMPANION_PRE_PREPARE_HARDWARE *PFN_WDF_COMPANION_PRE_PREPARE_HARDWARE;

typedef NTSTATUS NTAPI EVT_WDF_COMPANION_POST_RELEASE_HARDWARE(
    _In_ WDFCOMPANION Companion, _In_ WDFCMRESLIST ResourcesTranslated);
typedef EVT_WDF_COMPANION_POST_RELEASE_HARDWARE *PFN_WDF_COMPANION_POST_RELEASE_HARDWARE;

typedef NTSTATUS NTAPI EVT_WDF_COMPANION_PRE_D0_ENTRY(_In_ WDFCOMPANION Companion,
                                                      _In_ WDF_POWER_DEVICE_STATE PreviousState);
typedef EVT_WDF_COMPANION_PRE_D0_ENTRY *PFN_WDF_COMPANION_PRE_D0_ENTRY;

typedef NTSTATUS NTAPI EVT_WDF_COMPANION_POST_D0_EXIT(_In_ WDFCOMPANION Companion,
                                                      _In_ WDF_POWER_DEVICE_STATE TargetState);
typedef EVT_WDF_COMPANION_POST_D0_EXIT *PFN_WDF_COMPANION_POST_D0_EXIT;

typedef struct _WDF_COMPANION_EVENT_CALLBACKS {
    ULONG Size;
    PFN_WDF_COMPANION_PRE_D0_ENTRY EvtCompanionPreD0Entry;
    PFN_WDF_COMPANION_POST_D0_EXIT EvtCompanionPostD0Exit;
    PFN_WDF_COMPANION_PRE_PREPARE_HARDWARE EvtCompanionPrePrepareHardware;
    PFN_WDF_COMPANION_POST_RELEASE_HARDWARE EvtCompanionPostReleaseHardware;
} WDF_COMPANION_EVENT_CALLBACKS, *PWDF_COMPANION_EVENT_CALLBACKS;

OWDF_INLINE VOID
WDF_COMPANION_EVENT_CALLBACKS_INIT(_Out_ PWDF_COMPANION_EVENT_CALLBACKS Callbacks)
{
    OWDF_INIT(Callbacks);
}

typedef NTSTATUS NTAPI EVT_WDF_TASK_QUEUE_TASK_EXECUTE_SYNC(
    _In_ WDFTASKQUEUE Queue, _In_opt_ PVOID InputBuffer, _Out_opt_ PVOID OutputBuffer,
    _In_ size_t InputBufferLength, _In_ size_t OutputBufferLength, _In_ size_t *BytesWritten,
    _In_ ULONG TaskOperationCode);
typedef EVT_WDF_TASK_QUEUE_TASK_EXECUTE_SYNC *PFN_WDF_TASK_QUEUE_TASK_EXECUTE_SYNC;

typedef struct _WDF_TASK_QUEUE_CONFIG {
    ULONG Size;
    USHORT TaskQueueId;
    WDF_TASK_QUEUE_DISPATCH_TYPE DispatchType;
    PFN_WDF_TASK_QUEUE_TASK_EXECUTE_SYNC EvtTaskExecuteSync;
} WDF_TASK_QUEUE_CONFIG, *PWDF_TASK_QUEUE_CONFIG;

OWDF_INLINE VOID
WDF_TASK_QUEUE_CONFIG_INIT(_Out_ PWDF_TASK_QUEUE_CONFIG Config, _In_ USHORT TaskQueueId,
                           _In_ WDF_TASK_QUEUE_DISPATCH_TYPE DispatchType)
{
    OWDF_INIT(Config);
    Config->TaskQueueId = TaskQueueId;
    Config->DispatchType = DispatchType;
}

WDF_EXTERN_C_END

#include "wdfcompanion_calls.h"

#endif

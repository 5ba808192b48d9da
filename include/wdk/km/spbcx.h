/* SPDX-License-Identifier: MIT */
/*
 * Controllers of simple peripheral buses (SpbCx). Declared so that their drivers compile; OpenWDF does not have the
 * class extension, and the loader names these functions when a driver needs one.
 */
#ifndef _SPBCX_H_
#define _SPBCX_H_

#include <wdm.h>
#include <wdf.h>
#include <spb.h>

#ifdef __cplusplus
extern "C" {
#endif

DECLARE_HANDLE(SPBTARGET);
DECLARE_HANDLE(SPBREQUEST);

typedef VOID EVT_SPB_CONTROLLER_LOCK(WDFDEVICE Controller, SPBTARGET Target,
                                     SPBREQUEST LockRequest);
typedef EVT_SPB_CONTROLLER_LOCK *PFN_SPB_CONTROLLER_LOCK;
typedef VOID EVT_SPB_CONTROLLER_UNLOCK(WDFDEVICE Controller, SPBTARGET Target,
                                       SPBREQUEST UnlockRequest);
typedef EVT_SPB_CONTROLLER_UNLOCK *PFN_SPB_CONTROLLER_UNLOCK;
typedef VOID EVT_SPB_CONTROLLER_READ(WDFDEVICE Controller, SPBTARGET Target, SPBREQUEST Request,
                                     size_t Length);
typedef EVT_SPB_CONTROLLER_READ *PFN_SPB_CONTROLLER_READ;
typedef VOID EVT_SPB_CONTROLLER_WRITE(WDFDEVICE Controller, SPBTARGET Target, SPBREQUEST Request,
                                      size_t Length);
typedef EVT_SPB_CONTROLLER_WRITE *PFN_SPB_CONTROLLER_WRITE;
typedef VOID EVT_SPB_CONTROLLER_SEQUENCE(WDFDEVICE Controller, SPBTARGET Target, SPBREQUEST Request,
                                         ULONG TransferCount);
typedef EVT_SPB_CONTROLLER_SEQUENCE *PFN_SPB_CONTROLLER_SEQUENCE;
typedef VOID EVT_SPB_CONTROLLER_OTHER(WDFDEVICE Controller, SPBTARGET Target, SPBREQUEST Request,
                                      size_t OutputBufferLength, size_t InputBufferLength,
                                      ULONG IoControlCode);
typedef EVT_SPB_CONTROLLER_OTHER *PFN_SPB_CONTROLLER_OTHER;
typedef NTSTATUS EVT_SPB_TARGET_CONNECT(WDFDEVICE Controller, SPBTARGET Target);
typedef EVT_SPB_TARGET_CONNECT *PFN_SPB_TARGET_CONNECT;
typedef VOID EVT_SPB_TARGET_DISCONNECT(WDFDEVICE Controller, SPBTARGET Target);
typedef EVT_SPB_TARGET_DISCONNECT *PFN_SPB_TARGET_DISCONNECT;

typedef struct _SPB_CONTROLLER_CONFIG {
    ULONG Size;
    WDF_IO_QUEUE_DISPATCH_TYPE ControllerDispatchType;
    WDF_TRI_STATE PowerManaged;
    PFN_SPB_TARGET_CONNECT EvtSpbTargetConnect;
    PFN_SPB_TARGET_DISCONNECT EvtSpbTargetDisconnect;
    PFN_SPB_CONTROLLER_LOCK EvtSpbControllerLock;
    PFN_SPB_CONTROLLER_UNLOCK EvtSpbControllerUnlock;
    PFN_SPB_CONTROLLER_READ EvtSpbIoRead;
    PFN_SPB_CONTROLLER_WRITE EvtSpbIoWrite;
    PFN_SPB_CONTROLLER_SEQUENCE EvtSpbIoSequence;
} SPB_CONTROLLER_CONFIG, *PSPB_CONTROLLER_CONFIG;

OWDF_INLINE VOID
SPB_CONTROLLER_CONFIG_INIT(PSPB_CONTROLLER_CONFIG Config)
{
    RtlZeroMemory(Config, sizeof(*Config));
    Config->Size = sizeof(*Config);
    Config->ControllerDispatchType = WdfIoQueueDispatchSequential;
    Config->PowerManaged = WdfUseDefault;
}

/* A request: where it stands in a sequence, and what it is. */
typedef enum _SPB_REQUEST_SEQUENCE_POSITION {
    SpbRequestSequencePositionInvalid = 0,
    SpbRequestSequencePositionSingle,
    SpbRequestSequencePositionFirst,
    SpbRequestSequencePositionContinue,
    SpbRequestSequencePositionLast,
    SpbRequestSequencePositionMax
} SPB_REQUEST_SEQUENCE_POSITION, *PSPB_REQUEST_SEQUENCE_POSITION;

typedef enum _SPB_REQUEST_TYPE {
    SpbRequestTypeUndefined = 0,
    SpbRequestTypeRead,
    SpbRequestTypeWrite,
    SpbRequestTypeSequence,
    SpbRequestTypeLockController,
    SpbRequestTypeUnlockController,
    SpbRequestTypeLockConnection,
    SpbRequestTypeUnlockConnection,
    SpbRequestTypeOther,
    SpbRequestTypeMax
} SPB_REQUEST_TYPE, *PSPB_REQUEST_TYPE;

typedef struct _SPB_REQUEST_PARAMETERS {
    ULONG Size;
    SPB_REQUEST_TYPE Type;
    SPB_REQUEST_SEQUENCE_POSITION Position;
    SPB_TRANSFER_DIRECTION PreviousTransferDirection;
    size_t Length;
    ULONG SequenceTransferCount;
} SPB_REQUEST_PARAMETERS, *PSPB_REQUEST_PARAMETERS;

typedef struct SPB_TRANSFER_DESCRIPTOR {
    ULONG Size;
    SPB_TRANSFER_DIRECTION Direction;
    size_t TransferLength;
    ULONG DelayInUs;
} SPB_TRANSFER_DESCRIPTOR, *PSPB_TRANSFER_DESCRIPTOR;

typedef struct _SPB_CONNECTION_PARAMETERS {
    ULONG Size;
    PVOID ConnectionTag;
    PVOID ConnectionParameters;
} SPB_CONNECTION_PARAMETERS, *PSPB_CONNECTION_PARAMETERS;

#define OWDF_SPB_INIT(name, argument)                                                              \
    OWDF_INLINE VOID name##_INIT(P##name argument)                                                 \
    {                                                                                              \
        RtlZeroMemory(argument, sizeof(*argument));                                                \
        argument->Size = sizeof(*argument);                                                        \
    }
OWDF_SPB_INIT(SPB_REQUEST_PARAMETERS, Parameters)
OWDF_SPB_INIT(SPB_TRANSFER_DESCRIPTOR, Descriptor)
OWDF_SPB_INIT(SPB_CONNECTION_PARAMETERS, Parameters)
#undef OWDF_SPB_INIT

NTKERNELAPI NTSTATUS SpbDeviceInitConfig(PWDFDEVICE_INIT DeviceInit);
NTKERNELAPI NTSTATUS SpbDeviceInitialize(WDFDEVICE FxDevice, PSPB_CONTROLLER_CONFIG Config);
NTKERNELAPI VOID SpbControllerSetIoOtherCallback(WDFDEVICE FxDevice,
                                                 PFN_SPB_CONTROLLER_OTHER EvtSpbControllerIoOther,
                                                 PFN_WDF_IO_IN_CALLER_CONTEXT EvtIoInCallerContext);
NTKERNELAPI VOID SpbControllerSetRequestAttributes(WDFDEVICE FxDevice,
                                                   PWDF_OBJECT_ATTRIBUTES RequestAttributes);
NTKERNELAPI VOID SpbControllerSetTargetAttributes(WDFDEVICE FxDevice,
                                                  PWDF_OBJECT_ATTRIBUTES ObjectAttributes);
NTKERNELAPI NTSTATUS SpbRequestCaptureIoOtherTransferList(SPBREQUEST Request);
NTKERNELAPI VOID SpbRequestComplete(SPBREQUEST Request, NTSTATUS CompletionStatus);
NTKERNELAPI WDFDEVICE SpbRequestGetController(SPBREQUEST SpbRequest);
NTKERNELAPI SPBTARGET SpbRequestGetTarget(SPBREQUEST SpbRequest);
NTKERNELAPI VOID SpbRequestGetParameters(SPBREQUEST SpbRequest, PSPB_REQUEST_PARAMETERS Parameters);
NTKERNELAPI VOID SpbRequestGetTransferParameters(SPBREQUEST SpbRequest, ULONG Index,
                                                 PSPB_TRANSFER_DESCRIPTOR TransferDescriptor,
                                                 PMDL *TransferBuffer);
NTKERNELAPI VOID SpbTargetGetConnectionParameters(SPBTARGET Target,
                                                  PSPB_CONNECTION_PARAMETERS Parameters);
NTKERNELAPI WDFFILEOBJECT SpbTargetGetFileObject(SPBTARGET Target);

#ifdef __cplusplus
}
#endif

#endif

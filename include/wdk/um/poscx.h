/* SPDX-License-Identifier: MIT */
/*
 * Points of service (PosCx). Declared so that their drivers compile; OpenWDF does not have the class extension, and the
 * loader names these functions when a driver needs one.
 */
#ifndef _POSCX_H_
#define _POSCX_H_

#include <windows.h>
#include <wdf.h>
#include <pointofservicedriverinterface.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef VOID EVT_POS_CX_DEVICE_OWNERSHIP_CHANGE(WDFDEVICE device, WDFFILEOBJECT oldOwnerFileObj,
                                                WDFFILEOBJECT newOwnerFileObj);
typedef EVT_POS_CX_DEVICE_OWNERSHIP_CHANGE *PFN_POS_CX_DEVICE_OWNERSHIP_CHANGE;
typedef NTSTATUS EVT_POS_CX_DEVICE_REMOTE_CLAIM(WDFDEVICE device, ULONG deviceInterfaceTag);
typedef EVT_POS_CX_DEVICE_REMOTE_CLAIM *PFN_POS_CX_DEVICE_REMOTE_CLAIM;
typedef NTSTATUS EVT_POS_CX_DEVICE_REMOTE_RELEASE(WDFDEVICE device, ULONG deviceInterfaceTag);
typedef EVT_POS_CX_DEVICE_REMOTE_RELEASE *PFN_POS_CX_DEVICE_REMOTE_RELEASE;
typedef VOID EVT_POS_CX_DEVICE_REMOTE_RETAIN(WDFDEVICE device, ULONG deviceInterfaceTag);
typedef EVT_POS_CX_DEVICE_REMOTE_RETAIN *PFN_POS_CX_DEVICE_REMOTE_RETAIN;

typedef struct _POS_CX_ATTRIBUTES {
    ULONG Size;
    PFN_POS_CX_DEVICE_OWNERSHIP_CHANGE EvtDeviceOwnershipChange;
    PFN_POS_CX_DEVICE_REMOTE_CLAIM EvtDeviceRemoteClaim;
    PFN_POS_CX_DEVICE_REMOTE_RELEASE EvtDeviceRemoteRelease;
    PFN_POS_CX_DEVICE_REMOTE_RETAIN EvtDeviceRemoteRetain;
} POS_CX_ATTRIBUTES, *PPOS_CX_ATTRIBUTES;

OWDF_INLINE VOID
POS_CX_ATTRIBUTES_INIT(PPOS_CX_ATTRIBUTES PosCxAttrPtr)
{
    RtlZeroMemory(PosCxAttrPtr, sizeof(*PosCxAttrPtr));
    PosCxAttrPtr->Size = sizeof(*PosCxAttrPtr);
}

/* Whom an event is for, and before which others it comes. */
typedef enum _POS_CX_EVENT_DEST {
    POS_CX_EVENT_DEST_INVALID = 0,
    POS_CX_EVENT_DEST_DEVICE_OWNER,
    POS_CX_EVENT_DEST_ALL,
    POS_CX_EVENT_DEST__MAX
} POS_CX_EVENT_DEST;

typedef enum _POS_CX_EVENT_PRIORITY {
    POS_CX_EVENT_PRIORITY_INVALID = 0,
    POS_CX_EVENT_PRIORITY_DATA,
    POS_CX_EVENT_PRIORITY_CONTROL,
    POS_CX_EVENT_PRIORITY__MAX
} POS_CX_EVENT_PRIORITY;

/* The documentation has no numbers for these; the order is its. */
typedef enum _POS_CX_EVENT_ATTRIBUTES {
    POS_CX_EVENT_ATTR_DATA = 1,
    POS_CX_EVENT_ATTR_CONTROL,
    POS_CX_EVENT_ATTR_BCAST_CONTROL
} POS_CX_EVENT_ATTRIBUTES;

OWDF_EXPORT NTSTATUS PosCxInit(WDFDEVICE device, PPOS_CX_ATTRIBUTES posCxAttrPtr);
OWDF_EXPORT NTSTATUS PosCxOpen(WDFDEVICE device, WDFFILEOBJECT fileObject,
                               ULONG deviceInterfaceTag);
OWDF_EXPORT NTSTATUS PosCxClose(WDFDEVICE device, WDFFILEOBJECT fileObject);
OWDF_EXPORT NTSTATUS PosCxClaimDevice(WDFDEVICE device, WDFREQUEST request);
OWDF_EXPORT NTSTATUS PosCxReleaseDevice(WDFDEVICE device, WDFFILEOBJECT fileObject);
OWDF_EXPORT NTSTATUS PosCxRetainDevice(WDFDEVICE device, WDFREQUEST request);
OWDF_EXPORT NTSTATUS PosCxRemoteRequestRelease(WDFDEVICE device, ULONG deviceInterfaceTag);
OWDF_EXPORT BOOLEAN PosCxIsDeviceOwner(WDFDEVICE device, WDFFILEOBJECT fileObject);
OWDF_EXPORT BOOLEAN PosCxIsPosApp(WDFDEVICE device, WDFFILEOBJECT fileObject);
OWDF_EXPORT NTSTATUS PosCxMarkPosApp(WDFDEVICE device, WDFFILEOBJECT fileObject, BOOLEAN isPosApp);
OWDF_EXPORT ULONG PosCxGetDeviceInterfaceTag(WDFFILEOBJECT fileObject);
OWDF_EXPORT NTSTATUS PosCxGetPendingEvent(WDFDEVICE device, WDFREQUEST request);
OWDF_EXPORT NTSTATUS PosCxPutPendingEvent(WDFDEVICE device, ULONG deviceInterfaceTag,
                                          PosEventType eventType, size_t rawEventDataSize,
                                          PVOID rawEventDataPtr, POS_CX_EVENT_ATTRIBUTES eventAttr);
OWDF_EXPORT NTSTATUS PosCxPutPendingEventMemory(WDFDEVICE device, ULONG deviceInterfaceTag,
                                                WDFMEMORY eventMemory,
                                                POS_CX_EVENT_ATTRIBUTES eventAttr);
OWDF_EXPORT NTSTATUS PosCxCleanupEvents(WDFDEVICE device, WDFFILEOBJECT fileObject);
OWDF_EXPORT NTSTATUS PosCxCleanPendingRequests(WDFDEVICE device, WDFFILEOBJECT callerFileObj,
                                               NTSTATUS completionStatus);

#ifdef __cplusplus
}
#endif

#endif

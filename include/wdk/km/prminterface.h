/* SPDX-License-Identifier: MIT */
/* The Platform Runtime Mechanism: calls into handlers of the firmware. */
#ifndef _PRMINTERFACE_H_
#define _PRMINTERFACE_H_

#include <wdm.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef NTSTATUS PRM_INVOKE_HANDLER(LPGUID HandlerGuid, PVOID ParameterBuffer, ULONG_PTR Reserved,
                                    PULONG64 EfiStatus);
typedef PRM_INVOKE_HANDLER *PPRM_INVOKE_HANDLER;
typedef NTSTATUS PRM_QUERY_HANDLER(LPGUID HandlerGuid, PBOOLEAN Found);
typedef PRM_QUERY_HANDLER *PPRM_QUERY_HANDLER;
typedef NTSTATUS PRM_LOCK_MODULE(LPGUID HandlerGuid);
typedef PRM_LOCK_MODULE *PPRM_LOCK_MODULE;
typedef NTSTATUS PRM_UNLOCK_MODULE(LPGUID HandlerGuid);
typedef PRM_UNLOCK_MODULE *PPRM_UNLOCK_MODULE;

typedef struct _PRM_INTERFACE {
    ULONG Version;
    PPRM_UNLOCK_MODULE UnlockModule;
    PPRM_LOCK_MODULE LockModule;
    PPRM_INVOKE_HANDLER InvokeHandler;
    PPRM_QUERY_HANDLER QueryHandler;
} PRM_INTERFACE, *PPRM_INTERFACE;

NTKERNELAPI NTSTATUS ExGetPrmInterface(ULONG Version, PPRM_INTERFACE InterfaceOut);

#ifdef __cplusplus
}
#endif

#endif

/* SPDX-License-Identifier: MIT */
/* File objects: one per open of a device. */
#ifndef OWDF_WDFFILEOBJECT_H
#define OWDF_WDFFILEOBJECT_H

WDF_EXTERN_C_START

typedef enum _WDF_FILE_INFORMATION_CLASS {
    WdfFileInformationDirectory = 1,
    WdfFileInformationFullDirectory,
    WdfFileInformationBothDirectory,
    WdfFileInformationBasic,
    WdfFileInformationStandard,
    WdfFileInformationInternal,
    WdfFileInformationEa,
    WdfFileInformationAccess,
    WdfFileInformationName,
    WdfFileInformationRename,
    WdfFileInformationLink,
    WdfFileInformationNames,
    WdfFileInformationDisposition,
    WdfFileInformationPosition,
    WdfFileInformationFullEa,
    WdfFileInformationMode,
    WdfFileInformationAlignment,
    WdfFileInformationAll,
    WdfFileInformationAllocation,
    WdfFileInformationEndOfFile,
    WdfFileInformationAlternateName,
    WdfFileInformationStream,
    WdfFileInformationPipe,
    WdfFileInformationPipeLocal,
    WdfFileInformationPipeRemote,
    WdfFileInformationMailslotQuery,
    WdfFileInformationMailslotSet,
    WdfFileInformationCompression,
    WdfFileInformationObjectId,
    WdfFileInformationCompletion,
    WdfFileInformationMoveCluster,
    WdfFileInformationQuota,
    WdfFileInformationReparsePoint,
    WdfFileInformationNetworkOpen,
    WdfFileInformationAttributeTag,
    WdfFileInformationTracking,
    WdfFileInformationIdBothDirectory,
    WdfFileInformationIdFullDirectory,
    WdfFileInformationValidDataLength,
    WdfFileInformationShortName,
    WdfFileInformationIoCompletionNotification,
    WdfFileInformationIoStatusBlockRange,
    WdfFileInformationIoPriorityHint,
    WdfFileInformationSfioReserve,
    WdfFileInformationSfioVolume,
    WdfFileInformationHardLink,
    WdfFileInformationProcessIdsUsingFile,
    WdfFileInformationNormalizedName,
    WdfFileInformationNetworkPhysicalName,
    WdfFileInformationIdGlobalTxDirectory,
    WdfFileInformationIsRemoteDevice,
    WdfFileInformationAttributeCache,
    WdfFileInformationMaximum,
} WDF_FILE_INFORMATION_CLASS, *PWDF_FILE_INFORMATION_CLASS;

WDF_EXTERN_C_END

#include "wdffileobject_calls.h"

#endif

/* SPDX-License-Identifier: MIT */
/*
 * What sensors' drivers do with their lists. Declared so that they compile; the library belongs to SensorsCx, which
 * OpenWDF does not have, and the loader names these functions when a driver needs one.
 */
#ifndef _SENSORSUTILS_H_
#define _SENSORSUTILS_H_

#include <windows.h>
#include <wdf.h>
#include <devpropdef.h>
#include <math.h>
#include <propvarutil.h>
#include <sensorsdef.h>
#include <sensorsstructures.h>

#define MILLISECONDS_FROM_100NANOSECONDS(durationNanoS) ((durationNanoS) / (1000 * 10))
#define MILLISECONDS_TO_100NANOSECONDS(durationMs)      ((durationMs)*1000 * 10)

#ifdef __cplusplus
extern "C" {
#endif

/* Milliseconds of the performance counter. */
OWDF_EXPORT NTSTATUS GetPerformanceTime(PULONG TimeMs);

OWDF_EXPORT HRESULT InitPropVariantFromFloat(FLOAT fltVal, PROPVARIANT *ppropvar);
OWDF_EXPORT HRESULT InitPropVariantFromCLSIDArray(GUID *members, ULONG size, PROPVARIANT *ppropvar);
OWDF_EXPORT NTSTATUS PropVariantGetInformation(const PROPVARIANT *PropVariantValue,
                                               PULONG PropVariantOffset, PULONG PropVariantSize,
                                               PVOID *PropVariantPointer,
                                               DEVPROPTYPE *RemappedType);

/* The value of a key; STATUS_NOT_FOUND when the list does not have it. */
OWDF_EXPORT NTSTATUS PropKeyFindKeyGetPropVariant(PSENSOR_COLLECTION_LIST pList,
                                                  const PROPERTYKEY *pKey, BOOLEAN TypeCheck,
                                                  PROPVARIANT *pValue);
OWDF_EXPORT NTSTATUS PropKeyFindKeySetPropVariant(PSENSOR_COLLECTION_LIST pList,
                                                  const PROPERTYKEY *pKey, BOOLEAN TypeCheck,
                                                  const PROPVARIANT *pValue);
OWDF_EXPORT NTSTATUS PropKeyFindKeyGetFileTime(PSENSOR_COLLECTION_LIST pList,
                                               const PROPERTYKEY *pKey, FILETIME *pRetValue);
OWDF_EXPORT NTSTATUS PropKeyFindKeyGetGuid(PSENSOR_COLLECTION_LIST pList, const PROPERTYKEY *pKey,
                                           GUID *pRetValue);
OWDF_EXPORT NTSTATUS PropKeyFindKeyGetBool(PSENSOR_COLLECTION_LIST pList, const PROPERTYKEY *pKey,
                                           BOOL *pRetValue);
OWDF_EXPORT NTSTATUS PropKeyFindKeyGetUlong(PSENSOR_COLLECTION_LIST pList, const PROPERTYKEY *pKey,
                                            ULONG *pRetValue);
OWDF_EXPORT NTSTATUS PropKeyFindKeyGetUshort(PSENSOR_COLLECTION_LIST pList, const PROPERTYKEY *pKey,
                                             USHORT *pRetValue);
OWDF_EXPORT NTSTATUS PropKeyFindKeyGetFloat(PSENSOR_COLLECTION_LIST pList, const PROPERTYKEY *pKey,
                                            FLOAT *pRetValue);
OWDF_EXPORT NTSTATUS PropKeyFindKeyGetDouble(PSENSOR_COLLECTION_LIST pList, const PROPERTYKEY *pKey,
                                             DOUBLE *pRetValue);
OWDF_EXPORT NTSTATUS PropKeyFindKeyGetInt32(PSENSOR_COLLECTION_LIST pList, const PROPERTYKEY *pKey,
                                            INT32 *pRetValue);
OWDF_EXPORT NTSTATUS PropKeyFindKeyGetInt64(PSENSOR_COLLECTION_LIST pList, const PROPERTYKEY *pKey,
                                            INT64 *pRetValue);
OWDF_EXPORT NTSTATUS PropKeyFindKeyGetNthUlong(PSENSOR_COLLECTION_LIST pList,
                                               const PROPERTYKEY *pKey, UINT32 Occurrence,
                                               ULONG *pRetValue);
OWDF_EXPORT NTSTATUS PropKeyFindKeyGetNthUshort(PSENSOR_COLLECTION_LIST pList,
                                                const PROPERTYKEY *pKey, UINT32 Occurrence,
                                                USHORT *pRetValue);
OWDF_EXPORT NTSTATUS PropKeyFindKeyGetNthInt64(PSENSOR_COLLECTION_LIST pList,
                                               const PROPERTYKEY *pKey, UINT32 Occurrence,
                                               INT64 *pRetValue);

OWDF_EXPORT BOOLEAN IsKeyPresentInPropertyList(PSENSOR_PROPERTY_LIST pList,
                                               const PROPERTYKEY *pKey);
OWDF_EXPORT BOOLEAN IsKeyPresentInCollectionList(PSENSOR_COLLECTION_LIST pList,
                                                 const PROPERTYKEY *pKey);
OWDF_EXPORT BOOLEAN IsCollectionListSame(PSENSOR_COLLECTION_LIST ListA,
                                         PSENSOR_COLLECTION_LIST ListB);
OWDF_EXPORT BOOLEAN IsSensorSubscribed(PSENSOR_COLLECTION_LIST subscriptionList, GUID currentType);
OWDF_EXPORT BOOLEAN IsGUIDPresentInList(const GUID *guidArray, ULONG arrayLength,
                                        const GUID *guidElem);
OWDF_EXPORT BOOLEAN EvaluateActivityThresholds(PSENSOR_COLLECTION_LIST newSample,
                                               PSENSOR_COLLECTION_LIST oldSample,
                                               PSENSOR_COLLECTION_LIST thresholds);

OWDF_EXPORT NTSTATUS PropertiesListCopy(PSENSOR_PROPERTY_LIST Target, PSENSOR_PROPERTY_LIST Source);
OWDF_EXPORT ULONG PropertiesListGetFillableCount(ULONG BufferSizeBytes);
OWDF_EXPORT ULONG CollectionsListGetFillableCount(ULONG BufferSizeBytes);
OWDF_EXPORT ULONG CollectionsListGetMarshalledSize(PSENSOR_COLLECTION_LIST Collection);
OWDF_EXPORT ULONG
CollectionsListGetMarshalledSizeWithoutSerialization(PSENSOR_COLLECTION_LIST Collection);
OWDF_EXPORT NTSTATUS CollectionsListCopyAndMarshall(PSENSOR_COLLECTION_LIST Target,
                                                    PSENSOR_COLLECTION_LIST Source);
OWDF_EXPORT NTSTATUS CollectionsListMarshall(PSENSOR_COLLECTION_LIST Target);
OWDF_EXPORT NTSTATUS CollectionsListUpdateMarshalledPointer(PSENSOR_COLLECTION_LIST Collection);
OWDF_EXPORT NTSTATUS CollectionsListSortSubscribedActivitiesByConfidence(
    PSENSOR_COLLECTION_LIST thresholds, PSENSOR_COLLECTION_LIST pCollection);
OWDF_EXPORT NTSTATUS SensorCollectionGetAt(ULONG Index, PSENSOR_COLLECTION_LIST pSensorsList,
                                           PROPERTYKEY *pKey, PROPVARIANT *pValue);

OWDF_EXPORT NTSTATUS SerializationBufferAllocate(ULONG SizeInBytes, BYTE **pBuffer);
OWDF_EXPORT VOID SerializationBufferFree(BYTE *Buffer);
OWDF_EXPORT ULONG CollectionsListGetSerializedSize(PSENSOR_COLLECTION_LIST Collection);
OWDF_EXPORT NTSTATUS CollectionsListSerializeToBuffer(PSENSOR_COLLECTION_LIST SourceCollection,
                                                      ULONG TargetBufferSizeInBytes,
                                                      BYTE *TargetBuffer);
OWDF_EXPORT NTSTATUS
CollectionsListAllocateBufferAndSerialize(PSENSOR_COLLECTION_LIST SourceCollection,
                                          PULONG pTargetBufferSizeInBytes, BYTE **pTargetBuffer);
OWDF_EXPORT NTSTATUS CollectionsListDeserializeFromBuffer(ULONG SourceBufferSizeInBytes,
                                                          const BYTE *SourceBuffer,
                                                          PSENSOR_COLLECTION_LIST TargetCollection);

#ifdef __cplusplus
}
#endif

#endif

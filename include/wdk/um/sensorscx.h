/* SPDX-License-Identifier: MIT */
/*
 * Sensors' drivers (SensorsCx). Declared so that they compile; OpenWDF does not have the class extension, and the loader
 * names these functions when a driver needs one.
 */
#ifndef _SENSORSCX_H_
#define _SENSORSCX_H_

#include <windows.h>
#include <wdf.h>
#include <propvarutil.h>
#include <sensorsdef.h>

#ifdef __cplusplus
extern "C" {
#endif

DECLARE_HANDLE(SENSOROBJECT);
typedef SENSOROBJECT *PSENSOROBJECT;

/* What the class extension asks of a driver. */
typedef NTSTATUS EVT_SENSOR_DRIVER_START_SENSOR(SENSOROBJECT Sensor);
typedef EVT_SENSOR_DRIVER_START_SENSOR *PFN_SENSOR_DRIVER_START_SENSOR;
typedef NTSTATUS EVT_SENSOR_DRIVER_STOP_SENSOR(SENSOROBJECT Sensor);
typedef EVT_SENSOR_DRIVER_STOP_SENSOR *PFN_SENSOR_DRIVER_STOP_SENSOR;
typedef NTSTATUS EVT_SENSOR_DRIVER_GET_SUPPORTED_DATA_FIELDS(SENSOROBJECT Sensor,
                                                             PSENSOR_PROPERTY_LIST pDataFields,
                                                             PULONG pSize);
typedef EVT_SENSOR_DRIVER_GET_SUPPORTED_DATA_FIELDS *PFN_SENSOR_DRIVER_GET_SUPPORTED_DATA_FIELDS;
typedef NTSTATUS EVT_SENSOR_DRIVER_GET_DATA_FIELD_PROPERTIES(SENSOROBJECT Sensor,
                                                             const PROPERTYKEY *pDataField,
                                                             PSENSOR_COLLECTION_LIST pProperties,
                                                             PULONG pSize);
typedef EVT_SENSOR_DRIVER_GET_DATA_FIELD_PROPERTIES *PFN_SENSOR_DRIVER_GET_DATA_FIELD_PROPERTIES;
typedef NTSTATUS EVT_SENSOR_DRIVER_GET_DATA_INTERVAL(SENSOROBJECT Sensor, PULONG pDataRateMs);
typedef EVT_SENSOR_DRIVER_GET_DATA_INTERVAL *PFN_SENSOR_DRIVER_GET_DATA_INTERVAL;
typedef NTSTATUS EVT_SENSOR_DRIVER_SET_DATA_INTERVAL(SENSOROBJECT Sensor, ULONG DataRateMs);
typedef EVT_SENSOR_DRIVER_SET_DATA_INTERVAL *PFN_SENSOR_DRIVER_SET_DATA_INTERVAL;
typedef NTSTATUS EVT_SENSOR_DRIVER_GET_DATA_THRESHOLDS(SENSOROBJECT Sensor,
                                                       PSENSOR_COLLECTION_LIST pThresholds,
                                                       PULONG pSize);
typedef EVT_SENSOR_DRIVER_GET_DATA_THRESHOLDS *PFN_SENSOR_DRIVER_GET_DATA_THRESHOLDS;
typedef NTSTATUS EVT_SENSOR_DRIVER_SET_DATA_THRESHOLDS(SENSOROBJECT Sensor,
                                                       PSENSOR_COLLECTION_LIST pThresholds);
typedef EVT_SENSOR_DRIVER_SET_DATA_THRESHOLDS *PFN_SENSOR_DRIVER_SET_DATA_THRESHOLDS;
typedef NTSTATUS EVT_SENSOR_DRIVER_GET_PROPERTIES(SENSOROBJECT Sensor,
                                                  PSENSOR_COLLECTION_LIST pProperties,
                                                  PULONG pSize);
typedef EVT_SENSOR_DRIVER_GET_PROPERTIES *PFN_SENSOR_DRIVER_GET_PROPERTIES;
typedef NTSTATUS EVT_SENSOR_DRIVER_DEVICE_IO_CONTROL(SENSOROBJECT Sensor, WDFREQUEST Request,
                                                     size_t OutputBufferLength,
                                                     size_t InputBufferLength, ULONG IoControlCode);
typedef EVT_SENSOR_DRIVER_DEVICE_IO_CONTROL *PFN_SENSOR_DRIVER_DEVICE_IO_CONTROL;
typedef NTSTATUS EVT_SENSOR_DRIVER_START_SENSOR_HISTORY(SENSOROBJECT Sensor);
typedef EVT_SENSOR_DRIVER_START_SENSOR_HISTORY *PFN_SENSOR_DRIVER_START_SENSOR_HISTORY;
typedef NTSTATUS EVT_SENSOR_DRIVER_STOP_SENSOR_HISTORY(SENSOROBJECT Sensor);
typedef EVT_SENSOR_DRIVER_STOP_SENSOR_HISTORY *PFN_SENSOR_DRIVER_STOP_SENSOR_HISTORY;
typedef NTSTATUS EVT_SENSOR_DRIVER_CLEAR_SENSOR_HISTORY(SENSOROBJECT Sensor);
typedef EVT_SENSOR_DRIVER_CLEAR_SENSOR_HISTORY *PFN_SENSOR_DRIVER_CLEAR_SENSOR_HISTORY;
typedef NTSTATUS EVT_SENSOR_DRIVER_START_HISTORY_RETRIEVAL(SENSOROBJECT Sensor,
                                                           PSENSOR_COLLECTION_LIST pHistory,
                                                           ULONG HistorySizeInBytes);
typedef EVT_SENSOR_DRIVER_START_HISTORY_RETRIEVAL *PFN_SENSOR_DRIVER_START_HISTORY_RETRIEVAL;
typedef NTSTATUS EVT_SENSOR_DRIVER_CANCEL_HISTORY_RETRIEVAL(SENSOROBJECT Sensor,
                                                            PULONG pBytesWritten);
typedef EVT_SENSOR_DRIVER_CANCEL_HISTORY_RETRIEVAL *PFN_SENSOR_DRIVER_CANCEL_HISTORY_RETRIEVAL;
typedef NTSTATUS EVT_SENSOR_DRIVER_SET_BATCH_LATENCY(SENSOROBJECT Sensor, ULONG BatchLatencyMs);
typedef EVT_SENSOR_DRIVER_SET_BATCH_LATENCY *PFN_SENSOR_DRIVER_SET_BATCH_LATENCY;
typedef NTSTATUS EVT_SENSOR_DRIVER_START_STATE_CHANGE_NOTIFICATION(SENSOROBJECT Sensor);
typedef EVT_SENSOR_DRIVER_START_STATE_CHANGE_NOTIFICATION
    *PFN_SENSOR_DRIVER_START_STATE_CHANGE_NOTIFICATION;
typedef NTSTATUS EVT_SENSOR_DRIVER_STOP_STATE_CHANGE_NOTIFICATION(SENSOROBJECT Sensor);
typedef EVT_SENSOR_DRIVER_STOP_STATE_CHANGE_NOTIFICATION
    *PFN_SENSOR_DRIVER_STOP_STATE_CHANGE_NOTIFICATION;
typedef NTSTATUS EVT_SENSOR_DRIVER_ENABLE_WAKE(SENSOROBJECT Sensor);
typedef EVT_SENSOR_DRIVER_ENABLE_WAKE *PFN_SENSOR_DRIVER_ENABLE_WAKE;
typedef NTSTATUS EVT_SENSOR_DRIVER_DISABLE_WAKE(SENSOROBJECT Sensor);
typedef EVT_SENSOR_DRIVER_DISABLE_WAKE *PFN_SENSOR_DRIVER_DISABLE_WAKE;

typedef struct _SENSOR_CONTROLLER_CONFIG {
    ULONG Size;
    WDF_TRI_STATE DriverIsPowerPolicyOwner;
    PFN_SENSOR_DRIVER_START_SENSOR EvtSensorStart;
    PFN_SENSOR_DRIVER_STOP_SENSOR EvtSensorStop;
    PFN_SENSOR_DRIVER_GET_SUPPORTED_DATA_FIELDS EvtSensorGetSupportedDataFields;
    PFN_SENSOR_DRIVER_GET_DATA_FIELD_PROPERTIES EvtSensorGetDataFieldProperties;
    PFN_SENSOR_DRIVER_GET_DATA_INTERVAL EvtSensorGetDataInterval;
    PFN_SENSOR_DRIVER_SET_DATA_INTERVAL EvtSensorSetDataInterval;
    PFN_SENSOR_DRIVER_GET_DATA_THRESHOLDS EvtSensorGetDataThresholds;
    PFN_SENSOR_DRIVER_SET_DATA_THRESHOLDS EvtSensorSetDataThresholds;
    PFN_SENSOR_DRIVER_GET_PROPERTIES EvtSensorGetProperties;
    PFN_SENSOR_DRIVER_DEVICE_IO_CONTROL EvtSensorDeviceIoControl;
    PFN_SENSOR_DRIVER_START_SENSOR_HISTORY EvtSensorStartHistory;
    PFN_SENSOR_DRIVER_STOP_SENSOR_HISTORY EvtSensorStopHistory;
    PFN_SENSOR_DRIVER_CLEAR_SENSOR_HISTORY EvtSensorClearHistory;
    PFN_SENSOR_DRIVER_START_HISTORY_RETRIEVAL EvtSensorStartHistoryRetrieval;
    PFN_SENSOR_DRIVER_CANCEL_HISTORY_RETRIEVAL EvtSensorCancelHistoryRetrieval;
    PFN_SENSOR_DRIVER_SET_BATCH_LATENCY EvtSensorSetBatchLatency;
    PFN_SENSOR_DRIVER_START_STATE_CHANGE_NOTIFICATION EvtSensorStartStateChangeNotification;
    PFN_SENSOR_DRIVER_STOP_STATE_CHANGE_NOTIFICATION EvtSensorStopStateChangeNotification;
    PFN_SENSOR_DRIVER_ENABLE_WAKE EvtSensorEnableWake;
    PFN_SENSOR_DRIVER_DISABLE_WAKE EvtSensorDisableWake;
} SENSOR_CONTROLLER_CONFIG, *PSENSOR_CONTROLLER_CONFIG;

typedef struct _SENSOR_CONFIG {
    ULONG Size;
    PSENSOR_COLLECTION_LIST pEnumerationList;
} SENSOR_CONFIG, *PSENSOR_CONFIG;

OWDF_INLINE VOID
SENSOR_CONTROLLER_CONFIG_INIT(PSENSOR_CONTROLLER_CONFIG pConfig)
{
    RtlZeroMemory(pConfig, sizeof(*pConfig));
    pConfig->Size = sizeof(*pConfig);
    pConfig->DriverIsPowerPolicyOwner = WdfUseDefault;
}

OWDF_INLINE VOID
SENSOR_CONFIG_INIT(PSENSOR_CONFIG pConfig)
{
    RtlZeroMemory(pConfig, sizeof(*pConfig));
    pConfig->Size = sizeof(*pConfig);
}

OWDF_EXPORT NTSTATUS SensorsCxDeviceInitConfig(PWDFDEVICE_INIT pFxDeviceInit,
                                               PWDF_OBJECT_ATTRIBUTES pFdoAttributes, ULONG Flags);
OWDF_EXPORT NTSTATUS SensorsCxDeviceInitialize(WDFDEVICE FxDevice,
                                               PSENSOR_CONTROLLER_CONFIG pSensorConfig);
OWDF_EXPORT NTSTATUS SensorsCxDeviceGetSensorList(WDFDEVICE FxDevice, PSENSOROBJECT pSensorList,
                                                  PULONG pListCount);
OWDF_EXPORT NTSTATUS SensorsCxSensorCreate(WDFDEVICE FxDevice,
                                           PWDF_OBJECT_ATTRIBUTES pSensorAttributes,
                                           PSENSOROBJECT pSensor);
OWDF_EXPORT NTSTATUS SensorsCxSensorInitialize(SENSOROBJECT Sensor, PSENSOR_CONFIG pSensorConfig);
OWDF_EXPORT VOID SensorsCxSensorDataReady(SENSOROBJECT Sensor, PSENSOR_COLLECTION_LIST pSensorData);
OWDF_EXPORT VOID SensorsCxSensorHistoryRetrievalCompleted(SENSOROBJECT Sensor, ULONG BytesWritten,
                                                          NTSTATUS InStatus);
OWDF_EXPORT VOID SensorsCxStateChange(SENSOROBJECT Sensor, SENSOR_STATE State);

#ifdef __cplusplus
}
#endif

#endif

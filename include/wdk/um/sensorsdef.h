/* SPDX-License-Identifier: MIT */
/*
 * Sensors, for their drivers and what reads them: kinds, properties, data fields, and the lists that carry them. The
 * documentation has the names, and the GUIDs of categories and kinds. It does not have
 * the keys' numbers and the enumerations' values: those are as in the public metadata of Win32 (enumerations) and a
 * public copy of the kit's header (keys).
 */
#ifndef _SENSORSDEF_H_
#define _SENSORSDEF_H_

#include <windows.h>

/* Whoever includes this header has the GUIDs and keys: drivers rely on it. */
#include <initguid.h>
#include <propidl.h>
#include <propkeydef.h>

#ifdef __cplusplus
extern "C" {
#endif

DEFINE_GUID(GUID_SensorCategory_All, 0xc317c286, 0xc468, 0x4288, 0x99, 0x75, 0xd4, 0xc4, 0x58, 0x7c,
            0x44, 0x2c);
DEFINE_GUID(GUID_SensorCategory_Biometric, 0xca19690f, 0xa2c7, 0x477d, 0xa9, 0x9e, 0x99, 0xec, 0x6e,
            0x2b, 0x56, 0x48);
DEFINE_GUID(GUID_SensorCategory_Electrical, 0xfb73fcd8, 0xfc4a, 0x483c, 0xac, 0x58, 0x27, 0xb6,
            0x91, 0xc6, 0xbe, 0xff);
DEFINE_GUID(GUID_SensorCategory_Environmental, 0x323439aa, 0x7f66, 0x492b, 0xba, 0x0c, 0x73, 0xe9,
            0xaa, 0x0a, 0x65, 0xd5);
DEFINE_GUID(GUID_SensorCategory_Light, 0x17a665c0, 0x9063, 0x4216, 0xb2, 0x02, 0x5c, 0x7a, 0x25,
            0x5e, 0x18, 0xce);
DEFINE_GUID(GUID_SensorCategory_Location, 0xbfa794e4, 0xf964, 0x4fdb, 0x90, 0xf6, 0x51, 0x05, 0x6b,
            0xfe, 0x4b, 0x44);
DEFINE_GUID(GUID_SensorCategory_Mechanical, 0x8d131d68, 0x8ef7, 0x4656, 0x80, 0xb5, 0xcc, 0xcb,
            0xd9, 0x37, 0x91, 0xc5);
DEFINE_GUID(GUID_SensorCategory_Motion, 0xcd09daf1, 0x3b2e, 0x4c3d, 0xb5, 0x98, 0xb5, 0xe5, 0xff,
            0x93, 0xfd, 0x46);
DEFINE_GUID(GUID_SensorCategory_Orientation, 0x9e6c04b6, 0x96fe, 0x4954, 0xb7, 0x26, 0x68, 0x68,
            0x2a, 0x47, 0x3f, 0x69);
DEFINE_GUID(GUID_SensorCategory_Other, 0x2c90e7a9, 0xf4c9, 0x4fa2, 0xaf, 0x37, 0x56, 0xd4, 0x71,
            0xfe, 0x5a, 0x3d);
DEFINE_GUID(GUID_SensorCategory_PersonalActivity, 0xf1609081, 0x1e12, 0x412b, 0xa1, 0x4d, 0xcb,
            0xb0, 0xe9, 0x5b, 0xd2, 0xe5);
DEFINE_GUID(GUID_SensorCategory_Scanner, 0xb000e77e, 0xf5b5, 0x420f, 0x81, 0x5d, 0x02, 0x70, 0xa7,
            0x26, 0xf2, 0x70);
DEFINE_GUID(GUID_SensorCategory_Unsupported, 0x2beae7fa, 0x19b0, 0x48c5, 0xa1, 0xf6, 0xb5, 0x48,
            0x0d, 0xc2, 0x06, 0xb0);

DEFINE_GUID(GUID_SensorType_Accelerometer3D, 0xc2fb0f5f, 0xe2d2, 0x4c78, 0xbc, 0xd0, 0x35, 0x2a,
            0x95, 0x82, 0x81, 0x9d);
DEFINE_GUID(GUID_SensorType_ActivityDetection, 0x9d9e0118, 0x1807, 0x4f2e, 0x96, 0xe4, 0x2c, 0xe5,
            0x71, 0x42, 0xe1, 0x96);
DEFINE_GUID(GUID_SensorType_AmbientLight, 0x97f115c8, 0x599a, 0x4153, 0x88, 0x94, 0xd2, 0xd1, 0x28,
            0x99, 0x91, 0x8a);
DEFINE_GUID(GUID_SensorType_Barometer, 0x0e903829, 0xff8a, 0x4a93, 0x97, 0xdf, 0x3d, 0xcb, 0xde,
            0x40, 0x22, 0x88);
DEFINE_GUID(GUID_SensorType_Custom, 0xe83af229, 0x8640, 0x4d18, 0xa2, 0x13, 0xe2, 0x26, 0x75, 0xeb,
            0xb2, 0xc3);
DEFINE_GUID(GUID_SensorType_FloorElevation, 0xade4987f, 0x7ac4, 0x4dfa, 0x97, 0x22, 0x0a, 0x02,
            0x71, 0x81, 0xc7, 0x47);
DEFINE_GUID(GUID_SensorType_GeomagneticOrientation, 0xe77195f8, 0x2d1f, 0x4823, 0x97, 0x1b, 0x1c,
            0x44, 0x67, 0x55, 0x6c, 0x9d);
DEFINE_GUID(GUID_SensorType_GravityVector, 0x03b52c73, 0xbb76, 0x463f, 0x95, 0x24, 0x38, 0xde, 0x76,
            0xeb, 0x70, 0x0b);
DEFINE_GUID(GUID_SensorType_Gyrometer3D, 0x09485f5a, 0x759e, 0x42c2, 0xbd, 0x4b, 0xa3, 0x49, 0xb7,
            0x5c, 0x86, 0x43);
DEFINE_GUID(GUID_SensorType_HingeAngle, 0x82358065, 0xf4c4, 0x4da1, 0xb2, 0x72, 0x13, 0xc2, 0x33,
            0x32, 0xa2, 0x07);
DEFINE_GUID(GUID_SensorType_Humidity, 0x5c72bf67, 0xbd7e, 0x4257, 0x99, 0x0b, 0x98, 0xa3, 0xba,
            0x3b, 0x40, 0x0a);
DEFINE_GUID(GUID_SensorType_LinearAccelerometer, 0x038b0283, 0x97b4, 0x41c8, 0xbc, 0x24, 0x5f, 0xf1,
            0xaa, 0x48, 0xfe, 0xc7);
DEFINE_GUID(GUID_SensorType_Magnetometer3D, 0x55e5effb, 0x15c7, 0x40df, 0x86, 0x98, 0xa8, 0x4b,
            0x7c, 0x86, 0x3c, 0x53);
DEFINE_GUID(GUID_SensorType_Orientation, 0xcdb5d8f7, 0x3cfd, 0x41c8, 0x85, 0x42, 0xcc, 0xe6, 0x22,
            0xcf, 0x5d, 0x6e);
DEFINE_GUID(GUID_SensorType_Pedometer, 0xb19f89af, 0xe3eb, 0x444b, 0x8d, 0xea, 0x20, 0x25, 0x75,
            0xa7, 0x15, 0x99);
DEFINE_GUID(GUID_SensorType_Proximity, 0x5220dae9, 0x3179, 0x4430, 0x9f, 0x90, 0x06, 0x26, 0x6d,
            0x2a, 0x34, 0xde);
DEFINE_GUID(GUID_SensorType_RelativeOrientation, 0x40993b51, 0x4706, 0x44dc, 0x98, 0xd5, 0xc9, 0x20,
            0xc0, 0x37, 0xff, 0xab);
DEFINE_GUID(GUID_SensorType_SimpleDeviceOrientation, 0x86a19291, 0x0482, 0x402c, 0xbf, 0x4c, 0xad,
            0xda, 0xc5, 0x2b, 0x1c, 0x39);
DEFINE_GUID(GUID_SensorType_Temperature, 0x04fd0ec4, 0xd5da, 0x45fa, 0x95, 0xa9, 0x5d, 0xb3, 0x8e,
            0xe1, 0x93, 0x06);

/* Properties of a sensor, for which it is enumerated and which it is asked for. */
#define OWDF_SENSOR_PROPERTY(name, number)                                                         \
    DEFINE_PROPERTYKEY(name, 0xd4247382, 0x969d, 0x4f24, 0xbb, 0x14, 0xfb, 0x96, 0x71, 0x87, 0x0b, \
                       0xbf, number)
OWDF_SENSOR_PROPERTY(DEVPKEY_Sensor_Type, 2);
OWDF_SENSOR_PROPERTY(DEVPKEY_Sensor_Category, 3);
OWDF_SENSOR_PROPERTY(DEVPKEY_Sensor_ConnectionType, 4);
OWDF_SENSOR_PROPERTY(DEVPKEY_Sensor_IsPrimary, 5);
OWDF_SENSOR_PROPERTY(DEVPKEY_Sensor_Name, 6);
OWDF_SENSOR_PROPERTY(DEVPKEY_Sensor_Manufacturer, 7);
OWDF_SENSOR_PROPERTY(DEVPKEY_Sensor_Model, 8);
OWDF_SENSOR_PROPERTY(DEVPKEY_Sensor_PersistentUniqueId, 9);
OWDF_SENSOR_PROPERTY(DEVPKEY_Sensor_VendorDefinedSubType, 10);
OWDF_SENSOR_PROPERTY(PKEY_Sensor_Type, 2);
OWDF_SENSOR_PROPERTY(PKEY_Sensor_State, 20);
OWDF_SENSOR_PROPERTY(PKEY_Sensor_MinimumDataInterval_Ms, 21);
OWDF_SENSOR_PROPERTY(PKEY_Sensor_MaximumDataFieldSize_Bytes, 22);
OWDF_SENSOR_PROPERTY(PKEY_Sensor_Power_Milliwatts, 23);
OWDF_SENSOR_PROPERTY(PKEY_SensorHistory_MaxSize_Bytes, 24);
OWDF_SENSOR_PROPERTY(PKEY_SensorHistory_Interval_Ms, 25);
OWDF_SENSOR_PROPERTY(PKEY_SensorHistory_MaximumRecordSize_Bytes, 26);
OWDF_SENSOR_PROPERTY(PKEY_Sensor_FifoReservedSize_Samples, 27);
OWDF_SENSOR_PROPERTY(PKEY_Sensor_FifoMaxSize_Samples, 28);
OWDF_SENSOR_PROPERTY(PKEY_Sensor_WakeCapable, 29);
OWDF_SENSOR_PROPERTY(PKEY_LightSensor_ResponseCurve, 30);
OWDF_SENSOR_PROPERTY(DEVPKEY_LightSensor_AutoBrightnessPreferred, 31);
OWDF_SENSOR_PROPERTY(DEVPKEY_LightSensor_ColorCapable, 32);
OWDF_SENSOR_PROPERTY(PKEY_OrientationSensor_GyroscopeUsed, 40);
OWDF_SENSOR_PROPERTY(PKEY_SensorDataField_Resolution, 50);
OWDF_SENSOR_PROPERTY(PKEY_SensorDataField_RangeMinimum, 51);
OWDF_SENSOR_PROPERTY(PKEY_SensorDataField_RangeMaximum, 52);
OWDF_SENSOR_PROPERTY(PKEY_SensorData_SupportedActivityStates, 60);
OWDF_SENSOR_PROPERTY(PKEY_SensorData_MinimumDetectionIntervals_Ms, 61);
OWDF_SENSOR_PROPERTY(PKEY_SensorData_SupportedStepTypes, 70);
OWDF_SENSOR_PROPERTY(DEVPKEY_Sensor_ProximityType, 80);
OWDF_SENSOR_PROPERTY(DEVPKEY_Sensor_HumanPresenceDetectionType, 81);
OWDF_SENSOR_PROPERTY(PKEY_Sensor_Proximity_SensorCapabilities, 82);
#undef OWDF_SENSOR_PROPERTY

/* Fields of what it measures. */
#define OWDF_SENSOR_DATA(name, number)                                                             \
    DEFINE_PROPERTYKEY(PKEY_SensorData_##name, 0xc458f8a7, 0x4ae8, 0x4777, 0x96, 0x07, 0x2e, 0x9b, \
                       0xdd, 0x65, 0x11, 0x0a, number)
OWDF_SENSOR_DATA(Timestamp, 2);
OWDF_SENSOR_DATA(IsValid, 3);
OWDF_SENSOR_DATA(AccelerationX_Gs, 10);
OWDF_SENSOR_DATA(AccelerationY_Gs, 11);
OWDF_SENSOR_DATA(AccelerationZ_Gs, 12);
OWDF_SENSOR_DATA(MagneticFieldStrengthX_Microteslas, 20);
OWDF_SENSOR_DATA(MagneticFieldStrengthY_Microteslas, 21);
OWDF_SENSOR_DATA(MagneticFieldStrengthZ_Microteslas, 22);
OWDF_SENSOR_DATA(MagnetometerAccuracy, 23);
OWDF_SENSOR_DATA(Shake, 33);
OWDF_SENSOR_DATA(AngularVelocityX_DegreesPerSecond, 40);
OWDF_SENSOR_DATA(AngularVelocityY_DegreesPerSecond, 41);
OWDF_SENSOR_DATA(AngularVelocityZ_DegreesPerSecond, 42);
OWDF_SENSOR_DATA(LightLevel_Lux, 60);
OWDF_SENSOR_DATA(LightTemperature_Kelvins, 61);
OWDF_SENSOR_DATA(LightChromaticityX, 62);
OWDF_SENSOR_DATA(LightChromaticityY, 63);
OWDF_SENSOR_DATA(LightLevel_Lux_Threshold_AbsoluteDifference, 64);
OWDF_SENSOR_DATA(QuaternionW, 70);
OWDF_SENSOR_DATA(QuaternionX, 71);
OWDF_SENSOR_DATA(QuaternionY, 72);
OWDF_SENSOR_DATA(QuaternionZ, 73);
OWDF_SENSOR_DATA(DeclinationAngle_Degrees, 74);
OWDF_SENSOR_DATA(LinearAccelerationX_Gs, 75);
OWDF_SENSOR_DATA(LinearAccelerationY_Gs, 76);
OWDF_SENSOR_DATA(LinearAccelerationZ_Gs, 77);
OWDF_SENSOR_DATA(CorrectedAngularVelocityX_DegreesPerSecond, 78);
OWDF_SENSOR_DATA(CorrectedAngularVelocityY_DegreesPerSecond, 79);
OWDF_SENSOR_DATA(CorrectedAngularVelocityZ_DegreesPerSecond, 80);
OWDF_SENSOR_DATA(RotationAngle_Degrees, 81);
OWDF_SENSOR_DATA(ProximityDetection, 90);
OWDF_SENSOR_DATA(ProximityDistanceMillimeters, 91);
OWDF_SENSOR_DATA(AtmosphericPressure_Bars, 100);
OWDF_SENSOR_DATA(Temperature_Celsius, 101);
OWDF_SENSOR_DATA(RelativeHumidity_Percent, 102);
OWDF_SENSOR_DATA(SimpleDeviceOrientation, 120);
OWDF_SENSOR_DATA(CurrentActivityState, 130);
OWDF_SENSOR_DATA(CurrentActivityStateConfidence_Percentage, 131);
OWDF_SENSOR_DATA(SubscribedActivityStates, 132);
OWDF_SENSOR_DATA(ActivityStream, 133);
OWDF_SENSOR_DATA(ConfidenceThreshold_Percentage, 134);
OWDF_SENSOR_DATA(PedometerStepType, 140);
OWDF_SENSOR_DATA(PedometerStepCount, 141);
OWDF_SENSOR_DATA(PedometerStepDuration_Ms, 142);
OWDF_SENSOR_DATA(PedometerReset, 143);
OWDF_SENSOR_DATA(CustomValue0, 160);
OWDF_SENSOR_DATA(CustomValue1, 161);
OWDF_SENSOR_DATA(CustomValue2, 162);
OWDF_SENSOR_DATA(CustomValue3, 163);
OWDF_SENSOR_DATA(CustomValue4, 164);
OWDF_SENSOR_DATA(CustomValue5, 165);
OWDF_SENSOR_DATA(CustomValue6, 166);
OWDF_SENSOR_DATA(CustomValue7, 167);
OWDF_SENSOR_DATA(CustomValue8, 168);
OWDF_SENSOR_DATA(CustomValue9, 169);
OWDF_SENSOR_DATA(CustomValue10, 170);
OWDF_SENSOR_DATA(CustomValue11, 171);
OWDF_SENSOR_DATA(CustomValue12, 172);
OWDF_SENSOR_DATA(CustomValue13, 173);
OWDF_SENSOR_DATA(CustomValue14, 174);
OWDF_SENSOR_DATA(CustomValue15, 175);
OWDF_SENSOR_DATA(CustomValue16, 176);
OWDF_SENSOR_DATA(CustomValue17, 177);
OWDF_SENSOR_DATA(CustomValue18, 178);
OWDF_SENSOR_DATA(CustomValue19, 179);
OWDF_SENSOR_DATA(CustomValue20, 180);
OWDF_SENSOR_DATA(CustomValue21, 181);
OWDF_SENSOR_DATA(CustomValue22, 182);
OWDF_SENSOR_DATA(CustomValue23, 183);
OWDF_SENSOR_DATA(CustomValue24, 184);
OWDF_SENSOR_DATA(CustomValue25, 185);
OWDF_SENSOR_DATA(CustomValue26, 186);
OWDF_SENSOR_DATA(CustomValue27, 187);
OWDF_SENSOR_DATA(CustomValue28, 188);
OWDF_SENSOR_DATA(HingeAngle, 300);
#undef OWDF_SENSOR_DATA

typedef enum SENSOR_STATE {
    SensorState_Initializing = 0,
    SensorState_Idle,
    SensorState_Active,
    SensorState_Error
} SENSOR_STATE;

typedef enum SENSOR_CONNECTION_TYPES {
    SensorConnectionType_Integrated = 0,
    SensorConnectionType_Attached,
    SensorConnectionType_External
} SENSOR_CONNECTION_TYPES;

typedef enum ACTIVITY_STATE_COUNT {
    ActivityStateCount = 8
} ACTIVITY_STATE_COUNT;

typedef enum ACTIVITY_STATE {
    ActivityState_Unknown = 0x01,
    ActivityState_Stationary = 0x02,
    ActivityState_Fidgeting = 0x04,
    ActivityState_Walking = 0x08,
    ActivityState_Running = 0x10,
    ActivityState_InVehicle = 0x20,
    ActivityState_Biking = 0x40,
    ActivityState_Idle = 0x80,
    ActivityState_Max = 1 << ActivityStateCount,
    ActivityState_Force_Dword = (int)0xFFFFFFFF
} ACTIVITY_STATE;

typedef enum MAGNETOMETER_ACCURACY {
    MagnetometerAccuracy_Unknown = 0,
    MagnetometerAccuracy_Unreliable,
    MagnetometerAccuracy_Approximate,
    MagnetometerAccuracy_High
} MAGNETOMETER_ACCURACY;

typedef enum PEDOMETER_STEP_TYPE_COUNT {
    PedometerStepTypeCount = 3
} PEDOMETER_STEP_TYPE_COUNT;

typedef enum PEDOMETER_STEP_TYPE {
    PedometerStepType_Unknown = 0x01,
    PedometerStepType_Walking = 0x02,
    PedometerStepType_Running = 0x04,
    PedometerStepType_Max = 1 << PedometerStepTypeCount,
    PedometerStepType_Force_Dword = (int)0xFFFFFFFF
} PEDOMETER_STEP_TYPE;

typedef enum PROXIMITY_TYPE {
    ProximityType_ObjectProximity = 0,
    ProximityType_HumanProximity = 1,
    ProximityType_Force_Dword = (int)0xFFFFFFFF
} PROXIMITY_TYPE;

typedef enum HUMAN_PRESENCE_DETECTION_TYPE {
    HumanPresenceDetectionType_VendorDefinedNonBiometric = 0x01,
    HumanPresenceDetectionType_VendorDefinedBiometric = 0x02,
    HumanPresenceDetectionType_FacialBiometric = 0x04,
    HumanPresenceDetectionType_AudioBiometric = 0x08,
    HumanPresenceDetectionType_Force_Dword = (int)0xFFFFFFFF
} HUMAN_PRESENCE_DETECTION_TYPE;

typedef enum SIMPLE_DEVICE_ORIENTATION {
    SimpleDeviceOrientation_NotRotated = 0,
    SimpleDeviceOrientation_Rotated90DegreesCounterclockwise,
    SimpleDeviceOrientation_Rotated180DegreesCounterclockwise,
    SimpleDeviceOrientation_Rotated270DegreesCounterclockwise,
    SimpleDeviceOrientation_Faceup,
    SimpleDeviceOrientation_Facedown
} SIMPLE_DEVICE_ORIENTATION;

/* Lists: their first member is the size in bytes of what is allocated, and List has room for more than one. */
typedef struct SENSOR_VALUE_PAIR {
    PROPERTYKEY Key;
    PROPVARIANT Value;
} SENSOR_VALUE_PAIR, *PSENSOR_VALUE_PAIR;

typedef struct SENSOR_COLLECTION_LIST {
    ULONG AllocatedSizeInBytes;
    ULONG Count;
    SENSOR_VALUE_PAIR List[1];
} SENSOR_COLLECTION_LIST, *PSENSOR_COLLECTION_LIST;

typedef struct SENSOR_PROPERTY_LIST {
    ULONG AllocatedSizeInBytes;
    ULONG Count;
    PROPERTYKEY List[1];
} SENSOR_PROPERTY_LIST, *PSENSOR_PROPERTY_LIST;

#define SENSOR_COLLECTION_LIST_HEADER_SIZE ((ULONG)FIELD_OFFSET(SENSOR_COLLECTION_LIST, List))
#define SENSOR_PROPERTY_LIST_HEADER_SIZE   ((ULONG)FIELD_OFFSET(SENSOR_PROPERTY_LIST, List))

OWDF_INLINE VOID
SENSOR_COLLECTION_LIST_INIT(PSENSOR_COLLECTION_LIST pCollectionList, ULONG CollectionListSize)
{
    RtlZeroMemory(pCollectionList, CollectionListSize);
    pCollectionList->AllocatedSizeInBytes = CollectionListSize;
}

OWDF_INLINE ULONG
SENSOR_COLLECTION_LIST_SIZE(ULONG Count)
{
    return (ULONG)(SENSOR_COLLECTION_LIST_HEADER_SIZE + Count * sizeof(SENSOR_VALUE_PAIR));
}

OWDF_INLINE ULONG
SENSOR_COLLECTION_LIST_CALCULATE_MAX_COUNT(PSENSOR_COLLECTION_LIST pCollectionList)
{
    return pCollectionList == NULL ||
                   pCollectionList->AllocatedSizeInBytes < SENSOR_COLLECTION_LIST_HEADER_SIZE
               ? 0
               : (ULONG)((pCollectionList->AllocatedSizeInBytes -
                          SENSOR_COLLECTION_LIST_HEADER_SIZE) /
                         sizeof(SENSOR_VALUE_PAIR));
}

OWDF_INLINE VOID
SENSOR_PROPERTY_LIST_INIT(PSENSOR_PROPERTY_LIST pPropertyList, ULONG PropertyListSize)
{
    RtlZeroMemory(pPropertyList, PropertyListSize);
    pPropertyList->AllocatedSizeInBytes = PropertyListSize;
}

OWDF_INLINE ULONG
SENSOR_PROPERTY_LIST_SIZE(ULONG Count)
{
    return (ULONG)(SENSOR_PROPERTY_LIST_HEADER_SIZE + Count * sizeof(PROPERTYKEY));
}

OWDF_INLINE ULONG
SENSOR_PROPERTY_LIST_CALCULATE_MAX_COUNT(PSENSOR_PROPERTY_LIST pPropertyList)
{
    return pPropertyList == NULL ||
                   pPropertyList->AllocatedSizeInBytes < SENSOR_PROPERTY_LIST_HEADER_SIZE
               ? 0
               : (ULONG)((pPropertyList->AllocatedSizeInBytes - SENSOR_PROPERTY_LIST_HEADER_SIZE) /
                         sizeof(PROPERTYKEY));
}

#ifdef __cplusplus
}
#endif

#endif

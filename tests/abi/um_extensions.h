/* SPDX-License-Identifier: MIT */
/*
 * The headers of user-mode class extensions compile, as C and as C++, and what is documented of their structures and
 * values holds. The compiler is most of the test; the program makes the values that sensors are described by.
 */
#include <windows.h>

#include <initguid.h>
#include <wdf.h>

#include <nfccx.h>
#include <poscx.h>
#include <sensorscx.h>
#include <sensorsdriversutils.h>
#include <sensorsutils.h>
#include <timeapi.h>

#include <math3dhelper.h>

#include <stdio.h>

#define SIZE(type, bytes)          C_ASSERT(sizeof(type) == (bytes))
#define PLACE(type, field, offset) C_ASSERT(FIELD_OFFSET(type, field) == (offset))
#define VALUE(name, expected)      C_ASSERT((name) == (expected))

/* Values of any type. */
SIZE(PROPVARIANT, 24);
PLACE(PROPVARIANT, caul.pElems, 16);
SIZE(PROPERTYKEY, 20);
VALUE(VT_CLSID, 72);

/* Sensors. */
SIZE(SENSOR_VALUE_PAIR, 48);
PLACE(SENSOR_COLLECTION_LIST, List, 8);
PLACE(SENSOR_PROPERTY_LIST, List, 8);
SIZE(SENSOR_CONTROLLER_CONFIG, 8 + 20 * 8);
SIZE(SENSOR_CONFIG, 16);
SIZE(MATRIX3X3, 36);
SIZE(ACTIVITY_STATE, 4);
VALUE(ActivityState_Max, 0x100);
VALUE(I2C_REQUEST_SIZE(4), 5);
VALUE(MILLISECONDS_FROM_100NANOSECONDS(20000), 2);

/* Points of service, near field communication. */
PLACE(PosBarcodeScannerDataReceivedEventData, DataType, 8);
SIZE(PosBarcodeScannerCapabilitiesType2, 20);
SIZE(NFC_CX_CLIENT_CONFIG, 48);
VALUE(NFC_CX_DRIVER_ENABLE_EEPROM_WRITE_PROTECTION, 0x40);

static int failures;

static void
expect(int holds, const char *what)
{
    if (!holds) {
        printf("%s\n", what);
        failures++;
    }
}

static void
values(void)
{
    PROPVARIANT value;
    ULONG curve[2] = {7, 9};
    const WCHAR name[] = L"barometer";

    expect(InitPropVariantFromUInt32(5, &value) == S_OK && value.vt == VT_UI4 && value.ulVal == 5,
           "a number");
    expect(InitPropVariantFromBoolean(TRUE, &value) == S_OK && value.boolVal == VARIANT_TRUE,
           "a truth");
    expect(InitPropVariantFromString(name, &value) == S_OK && value.vt == VT_LPWSTR &&
               value.pwszVal != name && memcmp(value.pwszVal, name, sizeof(name)) == 0,
           "a text is copied");
    CoTaskMemFree(value.pwszVal);
#ifdef __cplusplus
    expect(InitPropVariantFromCLSID(GUID_SensorType_Pedometer, &value) == S_OK &&
               IsEqualGUID(*value.puuid, GUID_SensorType_Pedometer),
           "a GUID is copied");
#else
    expect(InitPropVariantFromCLSID(&GUID_SensorType_Pedometer, &value) == S_OK &&
               IsEqualGUID(value.puuid, &GUID_SensorType_Pedometer),
           "a GUID is copied");
#endif
    CoTaskMemFree(value.puuid);
    expect(InitPropVariantFromUInt32Vector(curve, 2, &value) == S_OK &&
               value.vt == (VT_VECTOR | VT_UI4) && value.caul.cElems == 2 &&
               value.caul.pElems[1] == 9,
           "a vector is copied");
    CoTaskMemFree(value.caul.pElems);
}

static void
lists(void)
{
    union {
        SENSOR_COLLECTION_LIST list;
        BYTE bytes[8 + 3 * 48];
    } room;

    expect(SENSOR_COLLECTION_LIST_SIZE(3) == sizeof(room.bytes), "the size of a list");
    room.list.Count = 7;
    SENSOR_COLLECTION_LIST_INIT(&room.list, sizeof(room.bytes));
    expect(room.list.AllocatedSizeInBytes == sizeof(room.bytes) && room.list.Count == 0,
           "a list begins empty");
    expect(SENSOR_COLLECTION_LIST_CALCULATE_MAX_COUNT(&room.list) == 3, "what fits into a list");
    expect(SENSOR_PROPERTY_LIST_SIZE(2) == 8 + 2 * 20, "the size of a list of keys");
    expect(PKEY_SensorData_PedometerReset.pid == 143 &&
               !IsEqualPropertyKey(PKEY_SensorData_Timestamp, PKEY_SensorData_IsValid),
           "keys");
}

static void
configurations(void)
{
    SENSOR_CONTROLLER_CONFIG sensors;
    POS_CX_ATTRIBUTES points;
    NFC_CX_CLIENT_CONFIG nfc;

    SENSOR_CONTROLLER_CONFIG_INIT(&sensors);
    POS_CX_ATTRIBUTES_INIT(&points);
    NFC_CX_CLIENT_CONFIG_INIT(&nfc, NFC_CX_TRANSPORT_SPI);
    expect(sensors.Size == sizeof(sensors) && sensors.DriverIsPowerPolicyOwner == WdfUseDefault,
           "a sensor's configuration");
    expect(points.EvtDeviceOwnershipChange == NULL, "a point of service's");
    expect(nfc.BusType == NFC_CX_TRANSPORT_SPI && nfc.PowerIdleTimeout == 1000, "an NFC device's");
}

int
main(void)
{
    values();
    lists();
    configurations();
#ifdef __cplusplus
    expect(FloatEq(RealModulo(-90, 360), 270), "an angle");
#endif
    return failures != 0;
}

/* SPDX-License-Identifier: MIT */
/*
 * GNSS devices: what the location service and a driver exchange for capabilities, fixes, assistance, commands, errors
 * and NMEA sentences. Requests of the network, geofences, breadcrumbs and SUPL's configuration have their control
 * codes here, and not their structures. The documentation has no numbers: the codes, the commands and the kinds of
 * session are those of the header's published copies.
 */
#ifndef _GNSSDRIVER_H_
#define _GNSSDRIVER_H_

#include <devioctl.h>
#include <guiddef.h>
#ifdef _KERNEL_MODE
#include <ntdef.h>
typedef struct _FILETIME {
    ULONG dwLowDateTime;
    ULONG dwHighDateTime;
} FILETIME, *PFILETIME;
#else
#include <windef.h>
#endif

DEFINE_GUID(GUID_DEVINTERFACE_GNSS, 0x3336e5e4, 0x018a, 0x4669, 0x84, 0xc5, 0xbd, 0x05, 0xf3, 0xbd,
            0x36, 0x8b);

#define GNSS_DRIVER_VERSION_1   1
#define GNSS_DRIVER_VERSION_2   2
#define GNSS_DRIVER_VERSION_3   3
#define GNSS_DRIVER_VERSION_4   4
#define GNSS_DRIVER_VERSION_5   5
#define GNSS_DRIVER_VERSION_6   6
#define GNSS_DRIVER_DDK_VERSION GNSS_DRIVER_VERSION_6

#define OWDF_GNSS_CODE(n)                          CTL_CODE(FILE_DEVICE_UNKNOWN, n, METHOD_BUFFERED, FILE_ANY_ACCESS)
#define IOCTL_GNSS_SEND_PLATFORM_CAPABILITY        OWDF_GNSS_CODE(0x001)
#define IOCTL_GNSS_GET_DEVICE_CAPABILITY           OWDF_GNSS_CODE(0x002)
#define IOCTL_GNSS_SEND_DRIVERCOMMAND              OWDF_GNSS_CODE(0x003)
#define IOCTL_GNSS_START_FIXSESSION                OWDF_GNSS_CODE(0x010)
#define IOCTL_GNSS_MODIFY_FIXSESSION               OWDF_GNSS_CODE(0x011)
#define IOCTL_GNSS_STOP_FIXSESSION                 OWDF_GNSS_CODE(0x012)
#define IOCTL_GNSS_GET_FIXDATA                     OWDF_GNSS_CODE(0x013)
#define IOCTL_GNSS_INJECT_AGNSS                    OWDF_GNSS_CODE(0x020)
#define IOCTL_GNSS_LISTEN_AGNSS                    OWDF_GNSS_CODE(0x030)
#define IOCTL_GNSS_LISTEN_ERROR                    OWDF_GNSS_CODE(0x031)
#define IOCTL_GNSS_LISTEN_NI                       OWDF_GNSS_CODE(0x040)
#define IOCTL_GNSS_SET_SUPL_HSLP                   OWDF_GNSS_CODE(0x041)
#define IOCTL_GNSS_CONFIG_SUPL_CERT                OWDF_GNSS_CODE(0x042)
#define IOCTL_GNSS_RESPOND_NI                      OWDF_GNSS_CODE(0x043)
#define IOCTL_GNSS_EXECUTE_CWTEST                  OWDF_GNSS_CODE(0x044)
#define IOCTL_GNSS_EXECUTE_SELFTEST                OWDF_GNSS_CODE(0x045)
#define IOCTL_GNSS_GET_CHIPSETINFO                 OWDF_GNSS_CODE(0x046)
#define IOCTL_GNSS_LISTEN_NMEA                     OWDF_GNSS_CODE(0x047)
#define IOCTL_GNSS_SET_V2UPL_CONFIG                OWDF_GNSS_CODE(0x048)
#define IOCTL_GNSS_CREATE_GEOFENCE                 OWDF_GNSS_CODE(0x050)
#define IOCTL_GNSS_DELETE_GEOFENCE                 OWDF_GNSS_CODE(0x051)
#define IOCTL_GNSS_LISTEN_GEOFENCE_ALERT           OWDF_GNSS_CODE(0x052)
#define IOCTL_GNSS_LISTEN_GEOFENCES_TRACKINGSTATUS OWDF_GNSS_CODE(0x053)
#define IOCTL_GNSS_LISTEN_DRIVER_REQUEST           OWDF_GNSS_CODE(0x060)
#define IOCTL_GNSS_START_BREADCRUMBING             OWDF_GNSS_CODE(0x070)
#define IOCTL_GNSS_STOP_BREADCRUMBING              OWDF_GNSS_CODE(0x071)
#define IOCTL_GNSS_LISTEN_BREADCRUMBING_ALERT      OWDF_GNSS_CODE(0x072)
#define IOCTL_GNSS_POP_BREADCRUMBS                 OWDF_GNSS_CODE(0x073)

/* What the platform and the device can do. */
#define GNSS_AGNSSFORMAT_XTRA1    0x01
#define GNSS_AGNSSFORMAT_XTRA2    0x02
#define GNSS_AGNSSFORMAT_LTO      0x04
#define GNSS_AGNSSFORMAT_XTRA3    0x08
#define GNSS_AGNSSFORMAT_XTRA3_1  0x10
#define GNSS_AGNSSFORMAT_XTRA3_2  0x20
#define GNSS_AGNSSFORMAT_XTRA_INT 0x40

#define GNSS_GEOFENCESUPPORT_SUPPORTED 0x01
#define GNSS_GEOFENCESUPPORT_CIRCLE    0x02

#define BREADCRUMBING_UNSUPPORTED 0x00
#define BREADCRUMBING_VERSION_1   0x01

typedef struct {
    ULONG MajorVersion;
    ULONG MinorVersion;
} GNSS_SUPL_VERSION, *PGNSS_SUPL_VERSION;

typedef struct {
    ULONG Size;
    ULONG Version;
    BOOL SupportAgnssInjection;
    ULONG AgnssFormatSupported;
    BYTE Unused[516];
} GNSS_PLATFORM_CAPABILITY, *PGNSS_PLATFORM_CAPABILITY;

typedef struct {
    ULONG Size;
    ULONG Version;
    BOOL SupportMultipleFixSessions;
    BOOL SupportMultipleAppSessions;
    BOOL RequireAGnssInjection;
    ULONG AgnssFormatSupported;
    ULONG AgnssFormatPreferred;
    BOOL SupportDistanceTracking;
    BOOL SupportContinuousTracking;
    ULONG Reserved1;
    BOOL Reserved2;
    BOOL Reserved3;
    BOOL Reserved4;
    BOOL Reserved5;
    ULONG GeofencingSupport;
    BOOL Reserved6;
    BOOL Reserved7;
    BOOL SupportCpLocation;
    BOOL SupportUplV2;
    BOOL SupportSuplV1;
    BOOL SupportSuplV2;
    GNSS_SUPL_VERSION SupportedSuplVersion;
    ULONG MaxGeofencesSupported;
    BOOL SupportMultipleSuplRootCert;
    ULONG GnssBreadCrumbPayloadVersion;
    ULONG MaxGnssBreadCrumbFixes;
    BYTE Unused[496];
} GNSS_DEVICE_CAPABILITY, *PGNSS_DEVICE_CAPABILITY;

typedef struct {
    ULONG Size;
    ULONG Version;
    WCHAR ManufacturerID[25];
    WCHAR HardwareID[25];
    WCHAR FirmwareVersion[20];
    BYTE Unused[512];
} GNSS_CHIPSETINFO, *PGNSS_CHIPSETINFO;

/* Commands. */
#define GNSS_SATELLITE_ANY     0x00
#define GNSS_SATELLITE_GPS     0x01
#define GNSS_SATELLITE_GLONASS 0x02
#define GNSS_SATELLITE_BEIDOU  0x04
#define GNSS_SATELLITE_GALILEO 0x08

#define GNSS_OPERMODE_ANY    0x00
#define GNSS_OPERMODE_MSA    0x01
#define GNSS_OPERMODE_MSB    0x02
#define GNSS_OPERMODE_MSS    0x04
#define GNSS_OPERMODE_CELLID 0x08
#define GNSS_OPERMODE_AFLT   0x10
#define GNSS_OPERMODE_OTDOA  0x20

#define GNSS_NMEALOGGING_NONE 0x00
#define GNSS_NMEALOGGING_ALL  0xFF

typedef enum {
    GNSS_SetLocationServiceEnabled = 1,
    GNSS_SetLocationNIRequestAllowed = 2,
    GNSS_ForceSatelliteSystem = 3,
    GNSS_ForceOperationMode = 4,
    GNSS_ResetEngine = 9,
    GNSS_ClearAgnssData = 10,
    GNSS_SetSuplVersion = 12,
    GNSS_SetNMEALogging = 13,
    GNSS_SetUplServerAccessInterval = 14,
    GNSS_SetNiTimeoutInterval = 15,
    GNSS_ResetGeofencesTracking = 16,
    GNSS_SetSuplVersion2 = 17,
    GNSS_CustomCommand = 0x0100
} GNSS_DRIVERCOMMAND_TYPE;

typedef struct {
    ULONG Size;
    ULONG Version;
    GNSS_DRIVERCOMMAND_TYPE CommandType;
    ULONG Reserved;
    ULONG CommandDataSize;
    BYTE Unused[512];
    BYTE CommandData[ANYSIZE_ARRAY];
} GNSS_DRIVERCOMMAND_PARAM, *PGNSS_DRIVERCOMMAND_PARAM;

/* Sessions. */
typedef enum {
    GNSS_FixSession_SingleShot = 1,
    GNSS_FixSession_DistanceTracking = 2,
    GNSS_FixSession_ContinuousTracking = 3,
    GNSS_FixSession_LKG = 4
} GNSS_FIXSESSIONTYPE;

typedef struct {
    ULONG Size;
    ULONG Version;
    ULONG ResponseTime;
} GNSS_SINGLESHOT_PARAM, *PGNSS_SINGLESHOT_PARAM;

typedef struct {
    ULONG Size;
    ULONG Version;
    ULONG MovementThreshold;
} GNSS_DISTANCETRACKING_PARAM, *PGNSS_DISTANCETRACKING_PARAM;

typedef struct {
    ULONG Size;
    ULONG Version;
    ULONG PreferredInterval;
} GNSS_CONTINUOUSTRACKING_PARAM, *PGNSS_CONTINUOUSTRACKING_PARAM;

typedef struct {
    ULONG Size;
    ULONG Version;
} GNSS_LKGFIX_PARAM, *PGNSS_LKGFIX_PARAM;

typedef struct {
    ULONG Size;
    ULONG Version;
    ULONG FixSessionID;
    GNSS_FIXSESSIONTYPE SessionType;
    ULONG HorizontalAccuracy;
    ULONG HorizontalConfidence;
    ULONG Reserved[9];
    ULONG FixLevelOfDetails;
    union {
        GNSS_SINGLESHOT_PARAM SingleShotParam;
        GNSS_DISTANCETRACKING_PARAM DistanceParam;
        GNSS_CONTINUOUSTRACKING_PARAM ContinuousParam;
        GNSS_LKGFIX_PARAM LkgFixParam;
        BYTE UnusedParam[268];
    };
    BYTE Unused[256];
} GNSS_FIXSESSION_PARAM, *PGNSS_FIXSESSION_PARAM;

typedef struct {
    ULONG Size;
    ULONG Version;
    ULONG FixSessionID;
    BYTE Unused[512];
} GNSS_STOPFIXSESSION_PARAM, *PGNSS_STOPFIXSESSION_PARAM;

/* Fixes. */
#define GNSS_FIXDETAIL_BASIC     0x01
#define GNSS_FIXDETAIL_ACCURACY  0x02
#define GNSS_FIXDETAIL_SATELLITE 0x04
#define GNSS_MAX_SATELLITE       64

typedef struct {
    ULONG Size;
    ULONG Version;
    DOUBLE Latitude;
    DOUBLE Longitude;
    DOUBLE Altitude;
    DOUBLE Speed;
    DOUBLE Heading;
} GNSS_FIXDATA_BASIC, *PGNSS_FIXDATA_BASIC;

typedef struct {
    ULONG Size;
    ULONG Version;
    ULONG HorizontalAccuracy;
    ULONG HorizontalErrorMajorAxis;
    ULONG HorizontalErrorMinorAxis;
    ULONG HorizontalErrorAngle;
    ULONG HeadingAccuracy;
    ULONG AltitudeAccuracy;
    ULONG SpeedAccuracy;
    ULONG HorizontalConfidence;
    ULONG HeadingConfidence;
    ULONG AltitudeConfidence;
    ULONG SpeedConfidence;
    FLOAT PositionDilutionOfPrecision;
    FLOAT HorizontalDilutionOfPrecision;
    FLOAT VerticalDilutionOfPrecision;
} GNSS_FIXDATA_ACCURACY, *PGNSS_FIXDATA_ACCURACY;

typedef struct {
    ULONG SatelliteId;
    BOOL UsedInPositiong;
    DOUBLE Elevation;
    DOUBLE Azimuth;
    DOUBLE SignalToNoiseRatio;
} GNSS_SATELLITEINFO, *PGNSS_SATELLITEINFO;

typedef struct {
    ULONG Size;
    ULONG Version;
    ULONG SatelliteCount;
    GNSS_SATELLITEINFO SatelliteArray[GNSS_MAX_SATELLITE];
} GNSS_FIXDATA_SATELLITE, *PGNSS_FIXDATA_SATELLITE;

typedef struct {
    ULONG Size;
    ULONG Version;
    ULONG FixSessionID;
    FILETIME FixTimeStamp;
    BOOL IsFinalFix;
    NTSTATUS FixStatus;
    ULONG FixLevelOfDetails;
    GNSS_FIXDATA_BASIC BasicData;
    GNSS_FIXDATA_ACCURACY AccuracyData;
    GNSS_FIXDATA_SATELLITE SatelliteData;
} GNSS_FIXDATA, *PGNSS_FIXDATA;

/* Events. */
typedef enum {
    GNSS_AGNSS_TimeInjection = 1,
    GNSS_AGNSS_PositionInjection = 2,
    GNSS_AGNSS_BlobInjection = 3
} GNSS_AGNSS_REQUEST_TYPE;

typedef struct {
    ULONG Size;
    ULONG Version;
    GNSS_AGNSS_REQUEST_TYPE RequestType;
    ULONG BlobFormat;
} GNSS_AGNSS_REQUEST_PARAM, *PGNSS_AGNSS_REQUEST_PARAM;

typedef struct {
    ULONG Size;
    ULONG Version;
    ULONG ErrorCode;
    BOOL IsRecoverable;
    WCHAR ErrorDescription[256];
    BYTE Unused[512];
} GNSS_ERRORINFO, *PGNSS_ERRORINFO;

typedef struct {
    ULONG Size;
    ULONG Version;
    CHAR NmeaSentences[256];
} GNSS_NMEA_DATA, *PGNSS_NMEA_DATA;

typedef enum {
    SUPL_CONFIG_DATA = 1
} GNSS_DRIVER_REQUEST;

typedef struct {
    ULONG Size;
    ULONG Version;
    GNSS_DRIVER_REQUEST Request;
    ULONG RequestFlag;
} GNSS_DRIVER_REQUEST_DATA, *PGNSS_DRIVER_REQUEST_DATA;

typedef enum {
    GNSS_Event_FixAvailable = 1,
    GNSS_Event_RequireAgnss = 2,
    GNSS_Event_Error = 3,
    GNSS_Event_NiRequest = 12,
    GNSS_Event_NmeaData = 13,
    GNSS_Event_GeofenceAlertData = 14,
    GNSS_Event_GeofencesTrackingStatus = 15,
    GNSS_Event_DriverRequest = 16,
    GNSS_Event_BreadcrumbAlertEvent = 17,
    GNSS_Event_FixAvailable_2 = 18,
    GNSS_Event_Custom = 0x8000
} GNSS_EVENT_TYPE;

typedef struct {
    ULONG Size;
    ULONG Version;
    GNSS_EVENT_TYPE EventType;
    ULONG EventDataSize;
    BYTE Unused[512];
    union {
        GNSS_FIXDATA FixData;
        GNSS_AGNSS_REQUEST_PARAM AgnssRequest;
        GNSS_ERRORINFO ErrorInformation;
        GNSS_NMEA_DATA NmeaData;
        GNSS_DRIVER_REQUEST_DATA DriverRequestData;
        BYTE CustomData[ANYSIZE_ARRAY];
    };
} GNSS_EVENT, *PGNSS_EVENT;

#endif

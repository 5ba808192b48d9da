/* SPDX-License-Identifier: MIT */
/*
 * Points of service: what Windows asks of their drivers. The documentation names these without their numbers
 * and sizes: enumerators are numbered in its order, and where something else had to be chosen that is said beside it.
 */
#ifndef _POINTOFSERVICEDRIVERINTERFACE_H_
#define _POINTOFSERVICEDRIVERINTERFACE_H_

#include <windows.h>
#include <winioctl.h>
#include <pointofservicecommontypes.h>

DEFINE_GUID(GUID_DEVINTERFACE_POS_SCANNER, 0xc243ffbd, 0x3afc, 0x45e9, 0xb3, 0xd3, 0x2b, 0xa1, 0x8b,
            0xc7, 0xeb, 0xc5);
DEFINE_GUID(GUID_DEVINTERFACE_POS_MSR, 0x2a9fe532, 0x0cdc, 0x44f9, 0x98, 0x27, 0x76, 0x19, 0x2f,
            0x2c, 0xa2, 0xfb);

/* Of the interface: a major and a minor number. */
#define POS_VERSION_1_0 0x00010000
#define POS_VERSION_1_1 0x00010001
#define POS_VERSION_1_2 0x00010002
#ifndef POS_DRIVER_VERSION
#define POS_DRIVER_VERSION POS_VERSION_1_2
#endif

OWDF_POS_ENUM PosDeviceControlType{Invalid = 0,
                                   GetProperty,
                                   SetProperty,
                                   ClaimDevice,
                                   ReleaseDevice,
                                   RetainDevice,
                                   RetrieveStatistics,
                                   ResetStatistics,
                                   UpdateStatistics,
                                   CheckHealth,
                                   GetDeviceBasics,
                                   BarcodeScannerInjectEvent,
                                   MsrRetrieveDeviceAuthentication,
                                   MsrAuthenticateDevice,
                                   MsrDeAuthenticateDevice,
                                   MsrUpdateKey,
                                   StartBarcodeScannerSoftwareTrigger,
                                   StopBarcodeScannerSoftwareTrigger,
                                   BarcodeScannerGetSymbologyAttributes,
                                   BarcodeScannerSetSymbologyAttributes};

OWDF_POS_ENUM PosEventType{InvalidEvent = 0,
                           ReleaseDeviceRequested,
                           StatusUpdated,
                           BarcodeScannerTriggerPressed,
                           BarcodeScannerTriggerReleased,
                           BarcodeScannerDataReceived,
                           BarcodeScannerErrorOccurred,
                           BarcodeScannerImagePreviewReceived,
                           MagneticStripeReaderDataReceived,
                           MagneticStripeReaderErrorOccurred};

OWDF_POS_ENUM PosPropertyId{IsEnabled = 0,
                            IsDisabledOnDataReceived,
                            PowerState,
                            BarcodeScannerIsDecodeDataEnabled,
                            BarcodeScannerCapabilities,
                            BarcodeScannerSupportedSymbologies,
                            BarcodeScannerActiveSymbologies,
                            BarcodeScannerSupportedProfiles,
                            BarcodeScannerActiveProfile,
                            MagneticStripeReaderIsDecodeDataEnabled,
                            MagneticStripeReaderCapabilities,
                            MagneticStripeReaderSupportedCardTypes,
                            MagneticStripeReaderDeviceAuthenticationProtocol,
                            MagneticStripeReaderErrorReportingType,
                            MagneticStripeReaderTracksToRead,
                            MagneticStripeReaderIsTransmitSentinelsEnabled,
                            MagneticStripeReaderIsDeviceAuthenticated,
                            MagneticStripeReaderDataEncryptionAlgorithm,
                            BarcodeScannerVideoDeviceId};

OWDF_POS_ENUM MsrAuthenticationProtocolType{MsrAuthenticationProtocolType_None = 0,
                                            MsrAuthenticationProtocolType_ChallengeResponse};

OWDF_POS_ENUM MsrCardType{MsrCardType_Unknown = 0, MsrCardType_Bank, MsrCardType_Aamva,
                          MsrCardType_ExtendedBase};

OWDF_POS_ENUM MsrDataEncryption{MsrDataEncryption_None = 0, MsrDataEncryption_3DEA_DUKPT,
                                MsrDataEncryption_AES, MsrDataEncryption_ExtendedBase};

OWDF_POS_ENUM MsrErrorReportingType{MsrErrorReportingType_CardLevel = 0,
                                    MsrErrorReportingType_TrackLevel};

OWDF_POS_ENUM MsrStatisticsEntryType{MsrStatisticsEntryType_Invalid = 0,
                                     MsrStatisticsEntryType_HoursPoweredCount,
                                     MsrStatisticsEntryType_CommunicationErrorCount,
                                     MsrStatisticsEntryType_GoodReadCount,
                                     MsrStatisticsEntryType_FailedReadCount,
                                     MsrStatisticsEntryType_UnreadableCardCount,
                                     MsrStatisticsEntryType_GoodWriteCount,
                                     MsrStatisticsEntryType_FailedWriteCount,
                                     MsrStatisticsEntryType_MissingStartSentinelTrack1Count,
                                     MsrStatisticsEntryType_ParityLRCErrorTrack1Count,
                                     MsrStatisticsEntryType_MissingStartSentinelTrack2Count,
                                     MsrStatisticsEntryType_ParityLRCErrorTrack2Count,
                                     MsrStatisticsEntryType_MissingStartSentinelTrack3Count,
                                     MsrStatisticsEntryType_ParityLRCErrorTrack3Count,
                                     MsrStatisticsEntryType_MissingStartSentinelTrack4Count,
                                     MsrStatisticsEntryType_ParityLRCErrorTrack4Count,
                                     MsrStatisticsEntryType_GoodCardAuthenticationDataCount,
                                     MsrStatisticsEntryType_FailedCardAuthenticationDataCount,
                                     MsrStatisticsEntryType_ChallengeRequestCount,
                                     MsrStatisticsEntryType_GoodDeviceAuthenticationCount,
                                     MsrStatisticsEntryType_FailedDeviceAuthenticationCount,
                                     MsrStatisticsEntryType_Count};

OWDF_POS_ENUM MsrStatusUpdateType{
    MsrStatusUpdateType_Online = 0,      MsrStatusUpdateType_Off,
    MsrStatusUpdateType_Offline,         MsrStatusUpdateType_OffOrOffline,
    MsrStatusUpdateType_Unauthenticated, MsrStatusUpdateType_Authenticated,
    MsrStatusUpdateType_Extended};

OWDF_POS_ENUM MsrTrackErrorType{
    MsrTrackErrorType_Unknown = 0,        MsrTrackErrorType_None,
    MsrTrackErrorType_StartSentinelError, MsrTrackErrorType_EndSentinelError,
    MsrTrackErrorType_ParityError,        MsrTrackErrorType_LrcError};

OWDF_POS_ENUM MsrTrackIds{MsrTrackIds_None = 0, MsrTrackIds_Track1 = 1, MsrTrackIds_Track2 = 2,
                          MsrTrackIds_Track3 = 4, MsrTrackIds_Track4 = 8};
#ifdef __cplusplus
DEFINE_ENUM_FLAG_OPERATORS(MsrTrackIds)
#endif

#ifndef __cplusplus
typedef enum PosEventType PosEventType;
typedef enum MsrCardType MsrCardType;
typedef enum MsrDataEncryption MsrDataEncryption;
typedef enum MsrTrackErrorType MsrTrackErrorType;
#endif

/* Control codes are in the order of PosDeviceControlType; their base is ours. */
#define OWDF_POS_CODE(n)                                                                           \
    CTL_CODE(FILE_DEVICE_UNKNOWN, 0x800 + (n), METHOD_BUFFERED, FILE_ANY_ACCESS)
#define IOCTL_POINT_OF_SERVICE_GET_PROPERTY                             OWDF_POS_CODE(1)
#define IOCTL_POINT_OF_SERVICE_SET_PROPERTY                             OWDF_POS_CODE(2)
#define IOCTL_POINT_OF_SERVICE_CLAIM_DEVICE                             OWDF_POS_CODE(3)
#define IOCTL_POINT_OF_SERVICE_RELEASE_DEVICE                           OWDF_POS_CODE(4)
#define IOCTL_POINT_OF_SERVICE_RETAIN_DEVICE                            OWDF_POS_CODE(5)
#define IOCTL_POINT_OF_SERVICE_RETRIEVE_STATISTICS                      OWDF_POS_CODE(6)
#define IOCTL_POINT_OF_SERVICE_RESET_STATISTICS                         OWDF_POS_CODE(7)
#define IOCTL_POINT_OF_SERVICE_UPDATE_STATISTICS                        OWDF_POS_CODE(8)
#define IOCTL_POINT_OF_SERVICE_CHECK_HEALTH                             OWDF_POS_CODE(9)
#define IOCTL_POINT_OF_SERVICE_GET_DEVICE_BASICS                        OWDF_POS_CODE(10)
#define IOCTL_POINT_OF_SERVICE_MSR_RETRIEVE_DEVICE_AUTHENTICATION       OWDF_POS_CODE(12)
#define IOCTL_POINT_OF_SERVICE_MSR_AUTHENTICATE_DEVICE                  OWDF_POS_CODE(13)
#define IOCTL_POINT_OF_SERVICE_MSR_DEAUTHENTICATE_DEVICE                OWDF_POS_CODE(14)
#define IOCTL_POINT_OF_SERVICE_MSR_UPDATE_KEY                           OWDF_POS_CODE(15)
#define IOCTL_POINT_OF_SERVICE_START_BARCODE_SCANNER_SOFTWARE_TRIGGER   OWDF_POS_CODE(16)
#define IOCTL_POINT_OF_SERVICE_STOP_BARCODE_SCANNER_SOFTWARE_TRIGGER    OWDF_POS_CODE(17)
#define IOCTL_POINT_OF_SERVICE_BARCODE_SCANNER_GET_SYMBOLOGY_ATTRIBUTES OWDF_POS_CODE(18)
#define IOCTL_POINT_OF_SERVICE_BARCODE_SCANNER_SET_SYMBOLOGY_ATTRIBUTES OWDF_POS_CODE(19)

typedef struct _PosDeviceBasicsType {
    UINT32 Version;
    PosDeviceType DeviceType;
    UINT32 RecommendedBufferSize;
} PosDeviceBasicsType;

typedef struct _PosStringType {
    UINT32 DataLengthInBytes; /* The text follows, without a final zero. */
} PosStringType;

typedef struct _PosProfileType {
    UINT32 BufferSize;
    UINT32 ProfileCount;
} PosProfileType;

typedef struct _PosStatisticsHeader {
    UINT32 EntryCount;
    PosDeviceInformation DeviceInformation;
    UINT32 DataLength;
} PosStatisticsHeader;

typedef struct _PosValueStatisticsEntry {
    WCHAR EntryName[OWDF_POS_TEXT];
    LONG Value;
} PosValueStatisticsEntry;

/* Events. */
typedef struct _PosEventDataHeader {
    PosEventType EventType;
    UINT32 DataLength;
} PosEventDataHeader, PosBarcodeScannerImagePreviewEventData;

typedef struct _PosStatusUpdatedEventData {
    PosEventDataHeader Header;
    UINT32 Status;
    UINT32 ExtendedStatus;
} PosStatusUpdatedEventData;

/* Scanners of bar codes. */
typedef struct _PosBarcodeScannerCapabilitiesType {
    DriverUnifiedPosPowerReportingType PowerReportingType;
    BOOL IsStatisticsReportingSupported;
    BOOL IsStatisticsUpdatingSupported;
    BOOL IsImagePreviewSupported;
} PosBarcodeScannerCapabilitiesType;

typedef struct _PosBarcodeScannerCapabilitiesType2 {
    PosBarcodeScannerCapabilitiesType PosBarcodeScannerCapabilities;
    BOOL IsSoftwareTriggerSupported;
} PosBarcodeScannerCapabilitiesType2;

typedef struct _PosBarcodeScanDataTypeData {
    UINT32 dataLengthInBytes;
    UINT32 scanDataTypes_0;
} PosBarcodeScanDataTypeData;

typedef struct _PosBarcodeScannerDataReceivedEventData {
    PosEventDataHeader Header;
    BarcodeSymbology DataType;
    UINT32 ScanDataLength;
    UINT32 ScanDataLabelLength;
} PosBarcodeScannerDataReceivedEventData;

typedef struct _PosBarcodeScannerErrorOccurredEventData {
    PosEventDataHeader Header;
    BOOL IsRetriable;
    DriverUnifiedPosErrorSeverity Severity;
    UINT32 VendorErrorCode;
    DriverUnifiedPosErrorReason Reason;
    UINT32 ExtendedReason;
    UINT32 MessageLength;
    PosBarcodeScannerDataReceivedEventData PartialData;
} PosBarcodeScannerErrorOccurredEventData;

/* Readers of magnetic stripes; these lengths are ours. */
#define MSR_TRACK_SIZE                           256
#define MSR_CARD_AUTHENTICATION_DATA_SIZE        256
#define MSR_ADDITIONAL_SECURITY_INFORMATION_SIZE 256
#define MSR_CARD_TYPE_MAX_COUNT                  32
#define MSR_CHALLENGE_SIZE                       16
#define MSR_SESSION_ID_SIZE                      16
#define MSR_KEY_SIZE                             64
#define OWDF_MSR_MESSAGE_SIZE                    256

typedef struct _PosMagneticStripeReaderCapabilitiesType {
    DriverUnifiedPosPowerReportingType PowerReportingType;
    BOOL IsStatisticsReportingSupported;
    BOOL IsStatisticsUpdatingSupported;
    UINT32 CardAuthenticationLength;
    MsrDataEncryption SupportedEncryptionAlgorithms;
    DriverMagneticStripeReaderAuthenticationLevel AuthenticationLevel;
    BOOL IsIsoSupported;
    BOOL IsJisOneSupported;
    BOOL IsJisTwoSupported;
    BOOL IsTrackDataMaskingSupported;
    BOOL IsTransmitSentinelsSupported;
} PosMagneticStripeReaderCapabilitiesType;

typedef struct _MSR_SUPPORTED_CARD_TYPES {
    UINT32 Count;
    UINT32 CardTypes[MSR_CARD_TYPE_MAX_COUNT];
} MSR_SUPPORTED_CARD_TYPES, *PMSR_SUPPORTED_CARD_TYPES;

typedef struct _MSR_RETRIEVE_DEVICE_AUTHENTICATION_DATA {
    BYTE KeySerialNumber[MSR_CHALLENGE_SIZE];
    BYTE Challenge1[MSR_CHALLENGE_SIZE];
    BYTE Challenge2[MSR_CHALLENGE_SIZE];
} MSR_RETRIEVE_DEVICE_AUTHENTICATION_DATA, *PMSR_RETRIEVE_DEVICE_AUTHENTICATION_DATA;

typedef struct _MSR_AUTHENTICATE_DEVICE {
    UINT32 Size;
    BYTE Challenge1[MSR_CHALLENGE_SIZE];
    BYTE SessionId[MSR_SESSION_ID_SIZE];
} MSR_AUTHENTICATE_DEVICE, *PMSR_AUTHENTICATE_DEVICE;

typedef struct _MSR_DEAUTHENTICATE_DEVICE {
    BYTE Challenge2[MSR_CHALLENGE_SIZE];
} MSR_DEAUTHENTICATE_DEVICE, *PMSR_DEAUTHENTICATE_DEVICE;

typedef struct _MSR_UPDATE_KEY {
    UINT32 KeyLength;
    UINT32 KeyNameLength;
    BYTE Key[MSR_KEY_SIZE];
    BYTE KeyName[MSR_KEY_SIZE];
} MSR_UPDATE_KEY, *PMSR_UPDATE_KEY;

typedef struct _MSR_DATA_RECEIVED {
    MsrCardType CardType;
    UINT32 Track1EncryptedDataLength;
    UINT32 Track2EncryptedDataLength;
    UINT32 Track3EncryptedDataLength;
    UINT32 Track4EncryptedDataLength;
    BYTE Track1EncryptedData[MSR_TRACK_SIZE];
    BYTE Track2EncryptedData[MSR_TRACK_SIZE];
    BYTE Track3EncryptedData[MSR_TRACK_SIZE];
    BYTE Track4EncryptedData[MSR_TRACK_SIZE];
    UINT32 Track1MaskedDataLength;
    UINT32 Track2MaskedDataLength;
    UINT32 Track3MaskedDataLength;
    UINT32 Track4MaskedDataLength;
    BYTE Track1MaskedData[MSR_TRACK_SIZE];
    BYTE Track2MaskedData[MSR_TRACK_SIZE];
    BYTE Track3MaskedData[MSR_TRACK_SIZE];
    BYTE Track4MaskedData[MSR_TRACK_SIZE];
    UINT32 Track1DiscretionaryDataLength;
    UINT32 Track2DiscretionaryDataLength;
    BYTE Track1DiscretionaryData[MSR_TRACK_SIZE];
    BYTE Track2DiscretionaryData[MSR_TRACK_SIZE];
    UINT32 CardAuthenicationDataLength;
    UINT32 CardAuthenticationDataAbsoluteLength;
    BYTE CardAuthenicationData[MSR_CARD_AUTHENTICATION_DATA_SIZE];
    UINT32 AdditionalSecurityInformationLength;
    BYTE AdditionalSecurityInformation[MSR_ADDITIONAL_SECURITY_INFORMATION_SIZE];
} MSR_DATA_RECEIVED, *PMSR_DATA_RECEIVED;

typedef struct _MSR_ERROR_EVENT {
    PosEventDataHeader Header;
    MsrTrackErrorType Track1Status;
    MsrTrackErrorType Track2Status;
    MsrTrackErrorType Track3Status;
    MsrTrackErrorType Track4Status;
    DriverUnifiedPosErrorSeverity Severity;
    DriverUnifiedPosErrorReason Reason;
    UINT32 ExtendedReason;
    MSR_DATA_RECEIVED CardData;
    WCHAR Message[OWDF_MSR_MESSAGE_SIZE];
} MSR_ERROR_EVENT, *PMSR_ERROR_EVENT;

#endif

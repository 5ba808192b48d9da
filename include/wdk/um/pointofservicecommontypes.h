/* SPDX-License-Identifier: MIT */
/*
 * Points of service: what their drivers and Windows' applications share. The documentation names these without their numbers
 * and sizes: enumerators are numbered in its order, and where something else had to be chosen that is said beside it.
 */
#ifndef _POINTOFSERVICECOMMONTYPES_H_
#define _POINTOFSERVICECOMMONTYPES_H_

#include <windows.h>

/* Enumerations whose names are too short to be everybody's. */
#ifdef __cplusplus
#define OWDF_POS_ENUM enum class
#else
#define OWDF_POS_ENUM enum
#endif

OWDF_POS_ENUM PosDeviceType{PosDeviceType_Unknown = 0, PosDeviceType_BarcodeScanner,
                            PosDeviceType_MagneticStripeReader, PosDeviceType_Max};

OWDF_POS_ENUM DriverUnifiedPosErrorSeverity{
    UnknownErrorSeverity = 0, Warning, Recoverable, Unrecoverable, AssistanceRequired, Fatal};

OWDF_POS_ENUM DriverUnifiedPosErrorReason{UnknownErrorReason = 0,
                                          NoService,
                                          Disabled,
                                          Illegal,
                                          NoHardware,
                                          Closed,
                                          Offline,
                                          Failure,
                                          Timeout,
                                          Busy,
                                          Extended};

OWDF_POS_ENUM DriverUnifiedPosHealthCheckLevel{UnknownHealthCheckLevel = 0, POSInternal, External,
                                               Interactive};

OWDF_POS_ENUM DriverUnifiedPosPowerReportingType{UnknownPowerReportingType = 0, Standard, Advanced};

OWDF_POS_ENUM DriverUnifiedPosPowerState{PowerStateUnknown = 0, PowerStateOnline, PowerStateOff,
                                         PowerStateOffline, PowerStateOffOffline};

OWDF_POS_ENUM DriverMagneticStripeReaderAuthenticationLevel{NotSupported = 0, Optional, Required};

OWDF_POS_ENUM BarcodeStatus{BarcodeStatusUpdateType_Online = 0, BarcodeStatusUpdateType_Off,
                            BarcodeStatusUpdateType_Offline, BarcodeStatusUpdateType_OffOrOffline,
                            BarcodeStatusUpdateType_Extended};

OWDF_POS_ENUM BarcodeSymbology{PosUnknown = 0,
                               Ean8,
                               Ean8Add2,
                               Ean8Add5,
                               Eanv,
                               EanvAdd2,
                               EanvAdd5,
                               Ean13,
                               Ean13Add2,
                               Ean13Add5,
                               Isbn,
                               IsbnAdd5,
                               Ismn,
                               IsmnAdd2,
                               IsmnAdd5,
                               Issn,
                               IssnAdd2,
                               IssnAdd5,
                               Ean99,
                               Ean99Add2,
                               Ean99Add5,
                               Upca,
                               UpcaAdd2,
                               UpcaAdd5,
                               Upce,
                               UpceAdd2,
                               UpceAdd5,
                               UpcCoupon,
                               TfStd,
                               TfDis,
                               TfInt,
                               TfInd,
                               TfMat,
                               TfIata,
                               Gs1DatabarType1,
                               Gs1DatabarType2,
                               Gs1DatabarType3,
                               Code39,
                               Code39Ex,
                               Trioptic39,
                               Code32,
                               Pzn,
                               Code93,
                               Code93Ex,
                               Code128,
                               Gs1128,
                               Gs1128Coupon,
                               UccEan128,
                               Sisac,
                               Isbt,
                               Codabar,
                               Code11,
                               Msi,
                               Plessey,
                               Telepen,
                               Code16k,
                               CodablockA,
                               CodablockF,
                               Codablock128,
                               Code49,
                               Aztec,
                               DataCode,
                               DataMatrix,
                               HanXin,
                               Maxicode,
                               MicroPdf417,
                               MicroQr,
                               Pdf417,
                               Qr,
                               MsTag,
                               Ccab,
                               Ccc,
                               Tlc39,
                               AusPost,
                               CanPost,
                               ChinaPost,
                               DutchKix,
                               InfoMail,
                               ItalianPost25,
                               ItalianPost39,
                               JapanPost,
                               KoreanPost,
                               SwedenPost,
                               UkPost,
                               UsIntelligent,
                               UsIntelligentPkg,
                               UsPlanet,
                               UsPostNet,
                               Us4StateFics,
                               OcrA,
                               OcrB,
                               Micr,
                               Gs1DWCode,
                               ExtendedBase};

OWDF_POS_ENUM BarcodeSymbologyDecodeLengthType{DecodeLengthType_AnyLength = 0,
                                               DecodeLengthType_Discrete, DecodeLengthType_Range};

#ifndef __cplusplus
typedef enum PosDeviceType PosDeviceType;
typedef enum DriverUnifiedPosErrorSeverity DriverUnifiedPosErrorSeverity;
typedef enum DriverUnifiedPosErrorReason DriverUnifiedPosErrorReason;
typedef enum DriverUnifiedPosPowerReportingType DriverUnifiedPosPowerReportingType;
typedef enum DriverMagneticStripeReaderAuthenticationLevel
    DriverMagneticStripeReaderAuthenticationLevel;
typedef enum BarcodeSymbology BarcodeSymbology;
typedef enum BarcodeSymbologyDecodeLengthType BarcodeSymbologyDecodeLengthType;
#endif

/* Texts of a device's statistics; the length is ours. */
#define OWDF_POS_TEXT 64

typedef struct _PosDeviceInformation {
    WCHAR UnifiedPOSVersion[OWDF_POS_TEXT];
    WCHAR DeviceCategory[OWDF_POS_TEXT];
    WCHAR ManufacturerName[OWDF_POS_TEXT];
    WCHAR ModelName[OWDF_POS_TEXT];
    WCHAR SerialNumber[OWDF_POS_TEXT];
    WCHAR ManufactureDate[OWDF_POS_TEXT];
    WCHAR MechanicalRevision[OWDF_POS_TEXT];
    WCHAR FirmwareRevision[OWDF_POS_TEXT];
    WCHAR Interface[OWDF_POS_TEXT];
    WCHAR InstallationDate[OWDF_POS_TEXT];
} PosDeviceInformation;

typedef struct _BarcodeSymbologyAttributesData {
    BarcodeSymbology Symbology;
    BOOL IsCheckDigitValidationSupported;
    BOOL IsCheckDigitValidationEnabled;
    BOOL IsCheckDigitTransmissionSupported;
    BOOL IsCheckDigitTransmissionEnabled;
    BOOL IsDecodeLengthSupported;
    BarcodeSymbologyDecodeLengthType DecodeLengthType;
    UINT32 DecodeLength1;
    UINT32 DecodeLength2;
} BarcodeSymbologyAttributesData;

#endif

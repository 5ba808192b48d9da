/* SPDX-License-Identifier: MIT */
/*
 * Smart card readers: what a reader driver shares with the smart card library. OpenWDF has no smart card library;
 * drivers compile, and the loader names the functions of it that they call.
 */
#ifndef _SMCLIB_
#define _SMCLIB_

#include <wdm.h>
#include <winsmcrd.h>

#ifdef __cplusplus
extern "C" {
#endif

#define SMCLIB_VERSION          0x0150
#define SMCLIB_VERSION_REQUIRED 0x0100
#define SMARTCARD_POOL_TAG      'CMSS'

/* What a reader driver serves: places in ReaderFunction. */
#define RDF_CARD_POWER     0
#define RDF_TRANSMIT       1
#define RDF_CARD_EJECT     2
#define RDF_READER_SWALLOW 3
#define RDF_IOCTL_VENDOR   4
#define RDF_CARD_TRACKING  5
#define RDF_SET_PROTOCOL   6
#define RDF_DEVICE_CONTROL 7
#define RDF_ATR_PARSE      15

/* Lengths. */
#define SCARD_T0_HEADER_LENGTH   7
#define SCARD_T0_CMD_LENGTH      5
#define SCARD_T1_PROLOGUE_LENGTH 3
#define SCARD_T1_EPILOGUE_LENGTH 2
#define SCARD_T1_MAX_IFS         254
#define MAXIMUM_ATR_LENGTH       33
#define MAXIMUM_OEM_NAMES        3
#define MAX_RECONNECT_RETRIES    5
#define MIN_BUFFER_SIZE          288
#define MAXIMUM_SERIALNO_LENGTH  32
#define MAX_VENDOR_NAME_LENGTH   32
#define MAX_IFD_TYPE_LENGTH      32

/* How much the debug output says. */
#define DEBUG_IOCTL    0x00000001UL
#define DEBUG_ATR      0x00000002UL
#define DEBUG_PROTOCOL 0x00000004UL
#define DEBUG_DRIVER   0x00000008UL
#define DEBUG_TRACE    0x00000010UL
#define DEBUG_ERROR    0x00000020UL
#define DEBUG_INFO     DEBUG_ERROR
#define DEBUG_BREAK    0x80000000UL
#define DEBUG_PERF     0x00000040UL
#define DEBUG_ALL                                                                                  \
    (DEBUG_IOCTL | DEBUG_ATR | DEBUG_PROTOCOL | DEBUG_DRIVER | DEBUG_TRACE | DEBUG_INFO)

#if DBG
NTKERNELAPI ULONG SmartcardGetDebugLevel(VOID);
NTKERNELAPI VOID SmartcardSetDebugLevel(ULONG Level);
#define SmartcardDebug(LEVEL, STRING)                                                              \
    do {                                                                                           \
        if ((LEVEL) & (DEBUG_ERROR | SmartcardGetDebugLevel())) {                                  \
            DbgPrint STRING;                                                                       \
        }                                                                                          \
    } while (0)
#else
#define SmartcardDebug(LEVEL, STRING) ((void)0)
#endif

typedef struct _SMARTCARD_EXTENSION SMARTCARD_EXTENSION, *PSMARTCARD_EXTENSION;

typedef struct _VENDOR_ATTR {
    struct {
        USHORT Length;
        UCHAR Buffer[MAX_VENDOR_NAME_LENGTH];
    } VendorName;
    struct {
        USHORT Length;
        UCHAR Buffer[MAX_IFD_TYPE_LENGTH];
    } IfdType;
    ULONG UnitNo;
    struct {
        USHORT BuildNumber;
        UCHAR VersionMinor;
        UCHAR VersionMajor;
    } IfdVersion;
    struct {
        USHORT Length;
        UCHAR Buffer[MAXIMUM_SERIALNO_LENGTH];
    } IfdSerialNo;
    ULONG Reserved[25];
} VENDOR_ATTR, *PVENDOR_ATTR;

typedef struct _SMARTCARD_REQUEST {
    PUCHAR Buffer;
    ULONG BufferSize;
    ULONG BufferLength;
} SMARTCARD_REQUEST, *PSMARTCARD_REQUEST;

typedef struct _SMARTCARD_REPLY {
    PUCHAR Buffer;
    ULONG BufferSize;
    ULONG BufferLength;
} SMARTCARD_REPLY, *PSMARTCARD_REPLY;

typedef struct _CLOCK_RATE_CONVERSION {
    const ULONG F;
    const ULONG fs;
} CLOCK_RATE_CONVERSION, *PCLOCK_RATE_CONVERSION;

typedef struct _BIT_RATE_ADJUSTMENT {
    const ULONG DNumerator;
    const ULONG DDivisor;
} BIT_RATE_ADJUSTMENT, *PBIT_RATE_ADJUSTMENT;

typedef enum _ACTIVE_PROTOCOL {
    PROTOCOL_T0,
    PROTOCOL_T1
} ACTIVE_PROTOCOL, *PACTIVE_PROTOCOL;

#define PTS_TYPE_DEFAULT 0x00
#define PTS_TYPE_OPTIMAL 0x01
#define PTS_TYPE_USER    0x02

typedef struct _PTS_DATA {
    UCHAR Type;
    UCHAR Fl;
    UCHAR Dl;
    ULONG CLKFrequency;
    ULONG DataRate;
    UCHAR StopBits;
} PTS_DATA, *PPTS_DATA;

typedef struct _SCARD_CARD_CAPABILITIES {
    BOOLEAN InversConvention;
    ULONG etu;
    struct {
        UCHAR Buffer[64];
        UCHAR Length;
    } ATR;
    struct {
        UCHAR Buffer[16];
        UCHAR Length;
    } HistoricalChars;
    PCLOCK_RATE_CONVERSION ClockRateConversion;
    PBIT_RATE_ADJUSTMENT BitRateAdjustment;
    UCHAR Fl;
    UCHAR Dl;
    UCHAR II;
    UCHAR P;
    UCHAR N;
    ULONG GT;
    struct {
        ULONG Supported;
        ULONG Selected;
    } Protocol;
    struct {
        UCHAR WI;
        ULONG WT;
    } T0;
    struct {
        UCHAR IFSC;
        UCHAR CWI;
        UCHAR BWI;
        UCHAR EDC;
        ULONG CWT;
        ULONG BWT;
        ULONG BGT;
    } T1;
    PTS_DATA PtsData;
    UCHAR Reserved[100 - sizeof(PTS_DATA)];
} SCARD_CARD_CAPABILITIES, *PSCARD_CARD_CAPABILITIES;

typedef struct _SCARD_READER_CAPABILITIES {
    ULONG SupportedProtocols;
    ULONG Reserved;
    ULONG ReaderType;
    ULONG MechProperties;
    ULONG CurrentState;
    ULONG Channel;
    struct {
        ULONG Default;
        ULONG Max;
    } CLKFrequency;
    struct {
        ULONG Default;
        ULONG Max;
    } DataRate;
    ULONG MaxIFSD;
    ULONG PowerMgmtSupport;
    ULONG CardConfiscated;
    struct {
        PULONG List;
        UCHAR Entries;
    } DataRatesSupported;
    struct {
        PULONG List;
        UCHAR Entries;
    } CLKFrequenciesSupported;
    UCHAR Reserved1[100 - sizeof(ULONG_PTR) - 2 * sizeof(UCHAR)];
} SCARD_READER_CAPABILITIES, *PSCARD_READER_CAPABILITIES;

typedef struct _T0_DATA {
    ULONG Lc;
    ULONG Le;
} T0_DATA, *PT0_DATA;

typedef struct _T1_DATA {
    UCHAR IFSC;
    UCHAR IFSD;
    ULONG BytesReceived;
    ULONG BytesSent;
    ULONG BytesToSend;
    ULONG LastError;
    BOOLEAN MoreData;
    UCHAR NAD;
    ULONG OriginalState;
    UCHAR Resend;
    UCHAR Resynch;
    UCHAR RSN;
    UCHAR SSN;
    ULONG State;
    UCHAR Wtx;
    PUCHAR ReplyData;
    BOOLEAN WaitForReply;
    ULONG InfBytesSent;
    UCHAR Reserved[100 - sizeof(PUCHAR) - sizeof(BOOLEAN) - sizeof(ULONG)];
} T1_DATA, *PT1_DATA;

/* What only the kernel's side of a reader has. */
typedef struct _OS_DEP_DATA {
    PDEVICE_OBJECT DeviceObject;
    PIRP CurrentIrp;
    PIRP NotificationIrp;
    KSPIN_LOCK SpinLock;
    KMUTEX Mutex;
    PVOID RemoveLock;
} OS_DEP_DATA, *POS_DEP_DATA;

typedef struct _READER_EXTENSION *PREADER_EXTENSION;
typedef struct _PERF_INFO *PPERF_INFO;

struct _SMARTCARD_EXTENSION {
    ULONG Version;
    VENDOR_ATTR VendorAttr;
    NTSTATUS (*ReaderFunction[16])(PSMARTCARD_EXTENSION);
    SCARD_CARD_CAPABILITIES CardCapabilities;
    ULONG LastError;
    struct {
        PULONG Information;
        PUCHAR RequestBuffer;
        ULONG RequestBufferLength;
        PUCHAR ReplyBuffer;
        ULONG ReplyBufferLength;
    } IoRequest;
    ULONG MajorIoControlCode;
    ULONG MinorIoControlCode;
    POS_DEP_DATA OsData;
    SCARD_READER_CAPABILITIES ReaderCapabilities;
    PREADER_EXTENSION ReaderExtension;
    SMARTCARD_REPLY SmartcardReply;
    SMARTCARD_REQUEST SmartcardRequest;
    T0_DATA T0;
    T1_DATA T1;
    PPERF_INFO PerfInfo;
    ULONG Reserved[25 - sizeof(PPERF_INFO)];
};

NTKERNELAPI NTSTATUS SmartcardInitialize(PSMARTCARD_EXTENSION SmartcardExtension);
NTKERNELAPI VOID SmartcardExit(PSMARTCARD_EXTENSION SmartcardExtension);
NTKERNELAPI NTSTATUS SmartcardCreateLink(PUNICODE_STRING LinkName, PUNICODE_STRING DeviceName);
NTKERNELAPI NTSTATUS SmartcardDeviceControl(PSMARTCARD_EXTENSION SmartcardExtension, PIRP Irp);
NTKERNELAPI VOID SmartcardCompleteCardTracking(PSMARTCARD_EXTENSION SmartcardExtension);
NTKERNELAPI NTSTATUS SmartcardUpdateCardCapabilities(PSMARTCARD_EXTENSION SmartcardExtension);
NTKERNELAPI VOID SmartcardInitializeCardCapabilities(PSMARTCARD_EXTENSION SmartcardExtension);
NTKERNELAPI NTSTATUS SmartcardRawRequest(PSMARTCARD_EXTENSION SmartcardExtension);
NTKERNELAPI NTSTATUS SmartcardRawReply(PSMARTCARD_EXTENSION SmartcardExtension);
NTKERNELAPI NTSTATUS SmartcardT0Request(PSMARTCARD_EXTENSION SmartcardExtension);
NTKERNELAPI NTSTATUS SmartcardT0Reply(PSMARTCARD_EXTENSION SmartcardExtension);
NTKERNELAPI NTSTATUS SmartcardT1Request(PSMARTCARD_EXTENSION SmartcardExtension);
NTKERNELAPI NTSTATUS SmartcardT1Reply(PSMARTCARD_EXTENSION SmartcardExtension);
NTKERNELAPI VOID SmartcardInvertData(PUCHAR Buffer, ULONG Length);
NTKERNELAPI NTSTATUS SmartcardAcquireRemoveLock(PSMARTCARD_EXTENSION SmartcardExtension);
NTKERNELAPI VOID SmartcardReleaseRemoveLock(PSMARTCARD_EXTENSION SmartcardExtension);
NTKERNELAPI VOID SmartcardReleaseRemoveLockAndWait(PSMARTCARD_EXTENSION SmartcardExtension);
NTKERNELAPI VOID SmartcardLogError(PVOID Object, NTSTATUS ErrorCode, PUNICODE_STRING Insertion,
                                   ULONG DumpData);

#ifdef __cplusplus
}
#endif

#endif

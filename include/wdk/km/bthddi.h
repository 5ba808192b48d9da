/* SPDX-License-Identifier: MIT */
/*
 * Request blocks (BRBs) that profile drivers send to the Bluetooth driver stack. The documentation has the structures;
 * the numbers are as public code that uses them has them. OpenWDF has no Bluetooth: the query for the interface fails.
 */
#ifndef __BTHDDI_H__
#define __BTHDDI_H__

#include <wdm.h>
#include <bthdef.h>

#define BTHDDI_PROFILE_DRIVER_INTERFACE_VERSION_FOR_QI 0x0200

#define BTHPORT_CONTEXT_SIZE        4
#define BTHPORT_RESERVED_FIELD_SIZE 2
#define MAX_L2CAP_PING_DATA_LENGTH  44
#ifndef BTH_MAX_SERVICE_NAME_SIZE
#define BTH_MAX_SERVICE_NAME_SIZE 256
#endif

typedef PVOID L2CAP_CHANNEL_HANDLE, *PL2CAP_CHANNEL_HANDLE;
typedef PVOID L2CAP_SERVER_HANDLE, *PL2CAP_SERVER_HANDLE;
typedef PVOID SCO_CHANNEL_HANDLE, *PSCO_CHANNEL_HANDLE;
typedef PVOID SCO_SERVER_HANDLE, *PSCO_SERVER_HANDLE;
typedef USHORT CONNECTION_HANDLE, *PCONNECTION_HANDLE;

typedef enum _BRB_TYPE {
    BRB_HCI_GET_LOCAL_BD_ADDR = 0x0001,
    BRB_L2CA_REGISTER_SERVER = 0x0100,
    BRB_L2CA_UNREGISTER_SERVER = 0x0101,
    BRB_L2CA_OPEN_CHANNEL = 0x0102,
    BRB_L2CA_OPEN_CHANNEL_RESPONSE = 0x0103,
    BRB_L2CA_CLOSE_CHANNEL = 0x0104,
    BRB_L2CA_ACL_TRANSFER = 0x0105,
    BRB_L2CA_UPDATE_CHANNEL = 0x0106,
    BRB_L2CA_PING = 0x0107,
    BRB_L2CA_INFO_REQUEST = 0x0108,
    BRB_REGISTER_PSM = 0x0109,
    BRB_UNREGISTER_PSM = 0x010a,
    BRB_SCO_REGISTER_SERVER = 0x0200,
    BRB_SCO_UNREGISTER_SERVER = 0x0201,
    BRB_SCO_OPEN_CHANNEL = 0x0202,
    BRB_SCO_OPEN_CHANNEL_RESPONSE = 0x0203,
    BRB_SCO_CLOSE_CHANNEL = 0x0204,
    BRB_SCO_TRANSFER = 0x0205,
    BRB_SCO_GET_CHANNEL_INFO = 0x0207,
    BRB_SCO_GET_SYSTEM_INFO = 0x0209,
    BRB_SCO_FLUSH_CHANNEL = 0x020a,
    BRB_SCO_OPEN_UNMANAGED_CHANNEL = 0x0210,
    BRB_SCO_OPEN_UNMANAGED_CHANNEL_RESPONSE = 0x0211,
    BRB_L2CA_OPEN_ENHANCED_CHANNEL = 0x0212,
    BRB_L2CA_OPEN_ENHANCED_CHANNEL_RESPONSE = 0x0213,
    BRB_ACL_GET_MODE = 0x0300,
    BRB_ACL_ENTER_ACTIVE_MODE = 0x0301,
    BRB_STORED_LINK_KEY = 0x0310,
    BRB_GET_DEVICE_INTERFACE_STRING = 0x0320
} BRB_TYPE;

typedef enum _BRB_VERSION {
    BLUETOOTH_V1 = 0,
    BLUETOOTH_V2
} BRB_VERSION;

typedef struct _BRB_HEADER {
    LIST_ENTRY ListEntry;
    ULONG Length;
    USHORT Version;
    USHORT Type;
    ULONG BthportFlags;
    NTSTATUS Status;
    BTHSTATUS BtStatus;
    PVOID Context[BTHPORT_CONTEXT_SIZE];
    PVOID ClientContext[BTHPORT_CONTEXT_SIZE];
    ULONG Reserved[BTHPORT_RESERVED_FIELD_SIZE];
} BRB_HEADER, *PBRB_HEADER;

/* L2CAP: limits, defaults, flags. */
#define L2CAP_MIN_MTU     48
#define L2CAP_MAX_MTU     0xFFFF
#define L2CAP_DEFAULT_MTU 672

#define L2CAP_MIN_FLUSHTO      1
#define L2CAP_MAX_FLUSHTO      0xFFFF
#define L2CAP_DEFAULT_FLUSHTO  L2CAP_MAX_FLUSHTO
#define L2CAP_INFINITE_FLUSHTO L2CAP_MAX_FLUSHTO

#define L2CAP_RAF_BASIC_MODE                   0x00
#define L2CAP_RAF_ENHANCED_RETRANSMISSION_MODE 0x03
#define L2CAP_RAF_STREAMING_MODE               0x04
#define L2CAP_RAF_DEFAULT_MAX_PDU_SIZE         0x1F40
#define L2CAP_RAF_DEFAULT_TX_WINDOW_SIZE       0x3F
#define L2CAP_RAF_DEFAULT_MAXTRANSMIT          0x10

#define CFG_MTU       0x01
#define CFG_FLUSHTO   0x02
#define CFG_QOS       0x04
#define CFG_EXTRA     0x08
#define CFG_LINKTO    0x10
#define CFG_QOS_LOCAL 0x20
#define CFG_ENHANCED  0x40
#define CFG_FCS       0x80

#define CM_BASIC                   0x01
#define CM_RETRANSMISSION_AND_FLOW 0x02
#define CM_STREAMING               0x04

#define CF_ROLE_EITHER        0x00000000
#define CF_ROLE_SLAVE         0x00000001
#define CF_ROLE_MASTER        0x00000002
#define CF_QUEUE_KEEP_OLD     0x00000020
#define CF_QUEUE_KEEP_NEW     0x00000040
#define CF_LINK_NOTHING       0x00010000
#define CF_LINK_AUTHENTICATED 0x00020000
#define CF_LINK_ENCRYPTED     0x00040000
#define CF_LINK_SUPPRESS_PIN  0x00080000

#define CALLBACK_DISCONNECT       0x01
#define CALLBACK_CONFIG_QOS       0x02
#define CALLBACK_CONFIG_EXTRA_OUT 0x04
#define CALLBACK_CONFIG_EXTRA_IN  0x08
#define CALLBACK_RECONFIG         0x10
#define CALLBACK_ROLE_CHANGE      0x20

#define CONNECT_RSP_RESULT_SUCCESS        0
#define CONNECT_RSP_RESULT_PENDING        1
#define CONNECT_RSP_RESULT_PSM_NEG        2
#define CONNECT_RSP_RESULT_SECURITY_BLOCK 3
#define CONNECT_RSP_RESULT_NO_RESOURCES   4

#define CONNECT_RSP_STATUS_NO_INFORMATION         0
#define CONNECT_RSP_STATUS_AUTHENTICATION_PENDING 1
#define CONNECT_RSP_STATUS_AUTHORIZATION_PENDING  2

#define CONFIG_STATUS_SUCCESS           0
#define CONFIG_STATUS_INVALID_PARAMETER 1
#define CONFIG_STATUS_REJECT            2
#define CONFIG_STATUS_UNKNOWN_OPTION    3
#define CONFIG_STATUS_DISCONNECT        0xFFF

#define ACL_TRANSFER_DIRECTION_OUT 0x00
#define ACL_TRANSFER_DIRECTION_IN  0x01
#define ACL_SHORT_TRANSFER_OK      0x02
#define ACL_TRANSFER_TIMEOUT       0x04

typedef UCHAR CO_TYPE, *PCO_TYPE;
typedef UCHAR CO_LENGTH, *PCO_LENGTH;
typedef USHORT CO_MTU, *PCO_MTU;
typedef USHORT CO_FLUSHTO, *PCO_FLUSHTO;
typedef UCHAR CO_FCS, *PCO_FCS;
typedef USHORT CO_EXTENDED_WINDOW_SIZE, *PCO_EXTENDED_WINDOW_SIZE;

typedef struct _L2CAP_CONFIG_RANGE {
    USHORT Min;
    USHORT Max;
} L2CAP_CONFIG_RANGE, *PL2CAP_CONFIG_RANGE;

typedef struct _L2CAP_CONFIG_VALUE_RANGE {
    USHORT Min;
    USHORT Preferred;
    USHORT Max;
} L2CAP_CONFIG_VALUE_RANGE, *PL2CAP_CONFIG_VALUE_RANGE;

/* As they go over the air. */
#include <pshpack1.h>
typedef struct _L2CAP_FLOWSPEC {
    UCHAR Flags;
    UCHAR ServiceType;
    ULONG TokenRate;
    ULONG TokenBucketSize;
    ULONG PeakBandwidth;
    ULONG Latency;
    ULONG DelayVariation;
} L2CAP_FLOWSPEC, *PL2CAP_FLOWSPEC;

typedef struct _L2CAP_RETRANSMISSION_AND_FLOW_CONTROL {
    UCHAR Mode;
    UCHAR TxWindowSize;
    UCHAR MaxTransmit;
    USHORT RetransmissionTO;
    USHORT MonitorTO;
    USHORT MaxPDUSize;
} L2CAP_RETRANSMISSION_AND_FLOW_CONTROL, *PL2CAP_RETRANSMISSION_AND_FLOW_CONTROL;

typedef struct _L2CAP_EXTENDED_FLOW_SPEC {
    UCHAR Identifier;
    UCHAR ServiceType;
    USHORT MaxSDUSize;
    ULONG SDUInterArrivalTime;
    ULONG AccessLatency;
    ULONG FlushTimeout;
} L2CAP_EXTENDED_FLOW_SPEC, *PL2CAP_EXTENDED_FLOW_SPEC;

typedef struct _CO_HEADER {
    CO_TYPE Type;
    CO_LENGTH Length;
} CO_HEADER;
#include <poppack.h>

typedef struct _L2CAP_CONFIG_OPTION {
    CO_HEADER Header;
    VOID UNALIGNED *DynamicBuffer;
    UCHAR FixedBuffer[4];
    USHORT Flags;
} L2CAP_CONFIG_OPTION, *PL2CAP_CONFIG_OPTION;

typedef struct _CHANNEL_CONFIG_PARAMETERS {
    ULONG Flags;
    CO_MTU Mtu;
    CO_FLUSHTO FlushTO;
    ULONG NumExtraOptions;
    PL2CAP_CONFIG_OPTION ExtraOptions;
    L2CAP_FLOWSPEC Flow;
} CHANNEL_CONFIG_PARAMETERS, *PCHANNEL_CONFIG_PARAMETERS;

typedef struct _CHANNEL_CONFIG_PARAMETERS_ENHANCED {
    ULONG Flags;
    CO_MTU Mtu;
    CO_FLUSHTO FlushTO;
    ULONG NumExtraOptions;
    PL2CAP_CONFIG_OPTION ExtraOptions;
    L2CAP_FLOWSPEC Flow;
    L2CAP_RETRANSMISSION_AND_FLOW_CONTROL RetransmissionAndFlow;
    CO_FCS Fcs;
    L2CAP_EXTENDED_FLOW_SPEC ExtendedFlowSpec;
    CO_EXTENDED_WINDOW_SIZE ExtendedWindowSize;
} CHANNEL_CONFIG_PARAMETERS_ENHANCED, *PCHANNEL_CONFIG_PARAMETERS_ENHANCED;

typedef struct _CHANNEL_CONFIG_RESULTS {
    CHANNEL_CONFIG_PARAMETERS Params;
    ULONG ExtraOptionsBufferSize;
} CHANNEL_CONFIG_RESULTS, *PCHANNEL_CONFIG_RESULTS;

typedef struct _CHANNEL_CONFIG_RESULTS_ENHANCED {
    CHANNEL_CONFIG_PARAMETERS_ENHANCED Params;
    ULONG ExtraOptionsBufferSize;
} CHANNEL_CONFIG_RESULTS_ENHANCED, *PCHANNEL_CONFIG_RESULTS_ENHANCED;

/* What the stack tells a driver. */
typedef enum _INDICATION_CODE {
    IndicationAddReference = 0,
    IndicationReleaseReference,
    IndicationRemoteConnect,
    IndicationRemoteDisconnect,
    IndicationRemoteConfigRequest,
    IndicationRemoteConfigResponse,
    IndicationFreeExtraOptions,
    IndicationRecvPacket,
    IndicationPairDevice,
    IndicationUnpairDevice,
    IndicationUnpersonalizeDevice,
    IndicationRemoteConnectLE
} INDICATION_CODE, *PINDICATION_CODE;

typedef enum _L2CAP_DISCONNECT_REASON {
    HciDisconnect = 0,
    L2capDisconnectRequest,
    RadioPoweredDown,
    HardwareRemoval
} L2CAP_DISCONNECT_REASON;

#define OWDF_INDICATION(name, params)                                                              \
    typedef struct _##name {                                                                       \
        L2CAP_CHANNEL_HANDLE ConnectionHandle;                                                     \
        BTH_ADDR BtAddress;                                                                        \
        union {                                                                                    \
            struct {                                                                               \
                struct {                                                                           \
                    USHORT PSM;                                                                    \
                } Request;                                                                         \
            } Connect;                                                                             \
            struct {                                                                               \
                params CurrentParams;                                                              \
                params RequestedParams;                                                            \
                params ResponseParams;                                                             \
                USHORT Response;                                                                   \
            } ConfigRequest;                                                                       \
            struct {                                                                               \
                params CurrentParams;                                                              \
                params RequestedParams;                                                            \
                params RejectedParams;                                                             \
                PCO_TYPE UnknownTypes;                                                             \
                ULONG NumUnknownTypes;                                                             \
                params NewRequestParams;                                                           \
                USHORT Response;                                                                   \
            } ConfigResponse;                                                                      \
            struct {                                                                               \
                ULONG NumExtraOptions;                                                             \
                PL2CAP_CONFIG_OPTION ExtraOptions;                                                 \
            } FreeExtraOptions;                                                                    \
            struct {                                                                               \
                L2CAP_DISCONNECT_REASON Reason;                                                    \
                BOOLEAN CloseNow;                                                                  \
            } Disconnect;                                                                          \
            struct {                                                                               \
                ULONG PacketLength;                                                                \
                ULONG TotalQueueLength;                                                            \
            } RecvPacket;                                                                          \
            PVOID Reserved;                                                                        \
        } Parameters;                                                                              \
    } name, *P##name
OWDF_INDICATION(INDICATION_PARAMETERS, CHANNEL_CONFIG_PARAMETERS);
OWDF_INDICATION(INDICATION_PARAMETERS_ENHANCED, CHANNEL_CONFIG_PARAMETERS_ENHANCED);
#undef OWDF_INDICATION

typedef VOID (*PFNBTHPORT_INDICATION_CALLBACK)(PVOID Context, INDICATION_CODE Indication,
                                               PINDICATION_PARAMETERS Parameters);
typedef VOID (*PFNBTHPORT_INDICATION_CALLBACK_ENHANCED)(PVOID Context, INDICATION_CODE Indication,
                                                        PINDICATION_PARAMETERS_ENHANCED Parameters);

/* L2CAP's request blocks. */
struct _BRB_L2CA_REGISTER_SERVER {
    BRB_HEADER Hdr;
    BTH_ADDR BtAddress;
    USHORT PSM;
    ULONG IndicationFlags;
    PFNBTHPORT_INDICATION_CALLBACK IndicationCallback;
    PVOID IndicationCallbackContext;
    PVOID ReferenceObject;
    L2CAP_SERVER_HANDLE ServerHandle;
};

struct _BRB_L2CA_UNREGISTER_SERVER {
    BRB_HEADER Hdr;
    BTH_ADDR BtAddress;
    PVOID ServerHandle;
    USHORT Psm;
};

struct _BRB_L2CA_OPEN_CHANNEL {
    BRB_HEADER Hdr;
    L2CAP_CHANNEL_HANDLE ChannelHandle;
    union {
        struct {
            USHORT Response;
            USHORT ResponseStatus;
        };
        USHORT Psm;
    };
    ULONG ChannelFlags;
    BTH_ADDR BtAddress;
    struct {
        ULONG Flags;
        L2CAP_CONFIG_VALUE_RANGE Mtu;
        L2CAP_CONFIG_VALUE_RANGE FlushTO;
        L2CAP_FLOWSPEC Flow;
        USHORT LinkTO;
        ULONG NumExtraOptions;
        PL2CAP_CONFIG_OPTION ExtraOptions;
        struct {
            UCHAR ServiceType;
            ULONG Latency;
        } LocalQos;
    } ConfigOut;
    struct {
        ULONG Flags;
        L2CAP_CONFIG_VALUE_RANGE Mtu;
        L2CAP_CONFIG_RANGE FlushTO;
    } ConfigIn;
    ULONG CallbackFlags;
    PFNBTHPORT_INDICATION_CALLBACK Callback;
    PVOID CallbackContext;
    PVOID ReferenceObject;
    CHANNEL_CONFIG_RESULTS OutResults;
    CHANNEL_CONFIG_RESULTS InResults;
    UCHAR IncomingQueueDepth;
};

struct _BRB_L2CA_OPEN_ENHANCED_CHANNEL {
    BRB_HEADER Hdr;
    L2CAP_CHANNEL_HANDLE ChannelHandle;
    union {
        struct {
            USHORT Response;
            USHORT ResponseStatus;
        };
        USHORT Psm;
    };
    ULONG ChannelFlags;
    BTH_ADDR BtAddress;
    struct {
        ULONG Flags;
        L2CAP_CONFIG_VALUE_RANGE Mtu;
        L2CAP_CONFIG_VALUE_RANGE FlushTO;
        L2CAP_FLOWSPEC Flow;
        USHORT LinkTO;
        ULONG NumExtraOptions;
        PL2CAP_CONFIG_OPTION ExtraOptions;
        struct {
            UCHAR ServiceType;
            ULONG Latency;
        } LocalQos;
        struct {
            ULONG Flags;
            L2CAP_RETRANSMISSION_AND_FLOW_CONTROL RetransmissionAndFlow;
        } ModeConfig;
        USHORT Fcs;
        L2CAP_EXTENDED_FLOW_SPEC ExtendedFlowSpec;
        USHORT ExtendedWindowSize;
    } ConfigOut;
    struct {
        ULONG Flags;
        L2CAP_CONFIG_VALUE_RANGE Mtu;
        L2CAP_CONFIG_RANGE FlushTO;
    } ConfigIn;
    ULONG CallbackFlags;
    PFNBTHPORT_INDICATION_CALLBACK_ENHANCED Callback;
    PVOID CallbackContext;
    PVOID ReferenceObject;
    CHANNEL_CONFIG_RESULTS_ENHANCED OutResults;
    CHANNEL_CONFIG_RESULTS_ENHANCED InResults;
    UCHAR IncomingQueueDepth;
    PVOID Reserved;
};

struct _BRB_L2CA_CLOSE_CHANNEL {
    BRB_HEADER Hdr;
    BTH_ADDR BtAddress;
    L2CAP_CHANNEL_HANDLE ChannelHandle;
};

struct _BRB_L2CA_ACL_TRANSFER {
    BRB_HEADER Hdr;
    BTH_ADDR BtAddress;
    L2CAP_CHANNEL_HANDLE ChannelHandle;
    ULONG TransferFlags;
    ULONG BufferSize;
    PVOID Buffer;
    PMDL BufferMDL;
    LONGLONG Timeout;
    ULONG RemainingBufferSize;
};

struct _BRB_L2CA_UPDATE_CHANNEL {
    BRB_HEADER Hdr;
    BTH_ADDR BtAddress;
    L2CAP_CHANNEL_HANDLE ChannelHandle;
    ULONG NewChannelFlags;
    ULONG FailedChannelFlags;
};

struct _BRB_L2CA_PING {
    BRB_HEADER Hdr;
    BTH_ADDR BtAddress;
    UCHAR PingRequestLength;
    UCHAR PingRequestData[MAX_L2CAP_PING_DATA_LENGTH];
    UCHAR PingResponseLength;
    UCHAR PingResponseData[MAX_L2CAP_PING_DATA_LENGTH];
};

struct _BRB_GET_LOCAL_BD_ADDR {
    BRB_HEADER Hdr;
    BTH_ADDR BtAddress;
};

struct _BRB_GET_DEVICE_INTERFACE_STRING {
    BRB_HEADER Hdr;
    PWCHAR DeviceInterfaceString;
    ULONG DeviceInterfaceStringCbLength;
};

struct _BRB_PSM {
    BRB_HEADER Hdr;
    USHORT Psm;
};

#include <openwdf_bthsco.h>

typedef enum _ACL_MODE {
    ACL_MODE_ACTIVE = 0,
    ACL_MODE_HOLD,
    ACL_MODE_SNIFF,
    ACL_MODE_PARK,
    ACL_MODE_ENTER_ACTIVE,
    ACL_MODE_ENTER_HOLD,
    ACL_MODE_ENTER_SNIFF,
    ACL_MODE_ENTER_PARK,
    ACL_DISCONNECTED
} ACL_MODE;

struct _BRB_ACL_GET_MODE {
    BRB_HEADER Hdr;
    BTH_ADDR BtAddress;
    ACL_MODE AclMode;
};

struct _BRB_ACL_ENTER_ACTIVE_MODE {
    BRB_HEADER Hdr;
    BTH_ADDR BtAddress;
};

typedef struct _BRB {
    union {
        struct _BRB_HEADER BrbHeader;
        struct _BRB_GET_DEVICE_INTERFACE_STRING BrbGetDeviceInterfaceString;
        struct _BRB_L2CA_REGISTER_SERVER BrbL2caRegisterServer;
        struct _BRB_L2CA_UNREGISTER_SERVER BrbL2caUnregisterServer;
        struct _BRB_L2CA_OPEN_CHANNEL BrbL2caOpenChannel;
        struct _BRB_L2CA_CLOSE_CHANNEL BrbL2caCloseChannel;
        struct _BRB_L2CA_PING BrbL2caPing;
        struct _BRB_L2CA_ACL_TRANSFER BrbL2caAclTransfer;
        struct _BRB_GET_LOCAL_BD_ADDR BrbGetLocalBdAddress;
        struct _BRB_PSM BrbPsm;
        struct _BRB_L2CA_UPDATE_CHANNEL BrbL2caUpdateChannel;
        struct _BRB_SCO_REGISTER_SERVER BrbScoRegisterServer;
        struct _BRB_SCO_UNREGISTER_SERVER BrbScoUnregisterServer;
        struct _BRB_SCO_OPEN_CHANNEL BrbScoOpenChannel;
        struct _BRB_SCO_CLOSE_CHANNEL BrbScoCloseChannel;
        struct _BRB_SCO_FLUSH_CHANNEL BrbScoFlushChannel;
        struct _BRB_SCO_TRANSFER BrbScoTransfer;
        struct _BRB_SCO_GET_CHANNEL_INFO BrbScoGetChannelInfo;
        struct _BRB_SCO_GET_SYSTEM_INFO BrbScoGetSystemInfo;
        struct _BRB_ACL_GET_MODE BrbAclGetMode;
        struct _BRB_ACL_ENTER_ACTIVE_MODE BrbAclEnterActiveMode;
        struct _BRB_L2CA_OPEN_ENHANCED_CHANNEL BrbL2caOpenEnhancedChannel;
    };
} BRB, *PBRB;

/* What a service's device was enumerated for. */
typedef enum _ENUMERATOR_ACTION {
    ENUMERATOR_ACTION_CREATE = 0,
    ENUMERATOR_ACTION_REMOVE,
    ENUMERATOR_ACTION_DESTROY,
    ENUMERATOR_ACTION_MAX
} ENUMERATOR_ACTION, *PENUMERATOR_ACTION;

typedef enum _ENUMERATOR_TYPE {
    ENUMERATOR_TYPE_PROTOCOL = 0,
    ENUMERATOR_TYPE_SERVICE,
    ENUMERATOR_TYPE_DEVICE,
    ENUMERATOR_TYPE_MAX
} ENUMERATOR_TYPE, *PENUMERATOR_TYPE;

#define BTH_ENUMERATORFL_INCOMING 0x01
#define BTH_ENUMERATORFL_OUTGOING 0x02

typedef struct _BTH_ENUMERATOR_INFO {
    ENUMERATOR_TYPE EnumeratorType;
    ENUMERATOR_ACTION Action;
    ULONG Port;
    ULONG Flags;
    GUID Guid;
    ULONG InstanceId;
    WCHAR InstanceIdStr[BTH_MAX_SERVICE_NAME_SIZE];
    USHORT Vid;
    USHORT Pid;
    USHORT Mfg;
    USHORT LocalMfg;
    USHORT VidType;
    WCHAR ServiceName[BTH_MAX_SERVICE_NAME_SIZE];
    CHAR SdpPriLangServiceName[BTH_MAX_SERVICE_NAME_SIZE];
    WCHAR DeviceString[BTH_MAX_SERVICE_NAME_SIZE];
} BTH_ENUMERATOR_INFO, *PBTH_ENUMERATOR_INFO;

/* The interface by which request blocks are made. */
typedef PBRB (*PFNBTH_ALLOCATE_BRB)(BRB_TYPE brbType, ULONG tag);
typedef VOID (*PFNBTH_FREE_BRB)(PBRB pBrb);
typedef VOID (*PFNBTH_INITIALIZE_BRB)(PBRB pBrb, BRB_TYPE brbType);
typedef VOID (*PFNBTH_REUSE_BRB)(PBRB pBrb, BRB_TYPE brbType);
typedef BOOLEAN (*PFNBTH_IS_BLUETOOTH_VERSION_AVAILABLE)(UCHAR MajorVersion, UCHAR MinorVersion);

typedef struct _BTH_PROFILE_DRIVER_INTERFACE {
    INTERFACE Interface;
    PFNBTH_ALLOCATE_BRB BthAllocateBrb;
    PFNBTH_FREE_BRB BthFreeBrb;
    PFNBTH_INITIALIZE_BRB BthInitializeBrb;
    PFNBTH_REUSE_BRB BthReuseBrb;
    PFNBTH_IS_BLUETOOTH_VERSION_AVAILABLE IsBluetoothVersionAvailable;
} BTH_PROFILE_DRIVER_INTERFACE, *PBTH_PROFILE_DRIVER_INTERFACE;

#endif

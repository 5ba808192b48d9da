/* SPDX-License-Identifier: MIT */
/*
 * Interfaces of the Bluetooth driver stack for records of service discovery: making and reading them. OpenWDF has no
 * Bluetooth: the query for one of these interfaces fails.
 */
#ifndef __BTHSDPDDI_H__
#define __BTHSDPDDI_H__

#include <wdm.h>
#include <sdpnode.h>

#define BTHDDI_SDP_PARSE_INTERFACE_VERSION_FOR_QI 0x0100
#define BTHDDI_SDP_NODE_INTERFACE_VERSION_FOR_QI  0x0100

#ifdef __cplusplus
extern "C" {
#endif

typedef PSDP_TREE_ROOT_NODE (*PCREATENODETREEROOT)(ULONG tag);
typedef PSDP_NODE (*PCREATENODENIL)(ULONG tag);
typedef PSDP_NODE (*PCREATENODEBOOLEAN)(SDP_BOOLEAN bVal, ULONG tag);
typedef PSDP_NODE (*PCREATENODEUINT8)(UCHAR ucVal, ULONG tag);
typedef PSDP_NODE (*PCREATENODEUINT16)(USHORT usVal, ULONG tag);
typedef PSDP_NODE (*PCREATENODEUINT32)(ULONG ulVal, ULONG tag);
typedef PSDP_NODE (*PCREATENODEUINT64)(ULONGLONG ullVal, ULONG tag);
typedef PSDP_NODE (*PCREATENODEUINT128)(PSDP_ULARGE_INTEGER_16 puli16Val, ULONG tag);
typedef PSDP_NODE (*PCREATENODEINT8)(CHAR cVal, ULONG tag);
typedef PSDP_NODE (*PCREATENODEINT16)(SHORT sVal, ULONG tag);
typedef PSDP_NODE (*PCREATENODEINT32)(LONG lVal, ULONG tag);
typedef PSDP_NODE (*PCREATENODEINT64)(LONGLONG llVal, ULONG tag);
typedef PSDP_NODE (*PCREATENODEINT128)(PSDP_LARGE_INTEGER_16 uil16Val, ULONG tag);
typedef PSDP_NODE (*PCREATENODEUUID16)(USHORT uuidVal2, ULONG tag);
typedef PSDP_NODE (*PCREATENODEUUID32)(ULONG uuidVal4, ULONG tag);
typedef PSDP_NODE (*PCREATENODEUUID128)(const GUID *uuid, ULONG tag);
typedef PSDP_NODE (*PCREATENODESTRING)(PCHAR string, ULONG stringLength, ULONG tag);
typedef PSDP_NODE (*PCREATENODEURL)(PCHAR url, ULONG urlLength, ULONG tag);
typedef PSDP_NODE (*PCREATENODEALTERNATIVE)(ULONG tag);
typedef PSDP_NODE (*PCREATENODESEQUENCE)(ULONG tag);
typedef NTSTATUS (*PFREETREE)(PSDP_TREE_ROOT_NODE Tree);
typedef NTSTATUS (*PADDATTRIBUTETOTREEE)(PSDP_TREE_ROOT_NODE Tree, USHORT AttribId,
                                         PSDP_NODE AttribValue, ULONG tag);
typedef NTSTATUS (*PAPPENDNODETOCONTAINERNODE)(PSDP_NODE Parent, PSDP_NODE Node);

typedef struct _BTHDDI_SDP_NODE_INTERFACE {
    INTERFACE Interface;
    PCREATENODETREEROOT SdpCreateNodeTree;
    PFREETREE SdpFreeTree;
    PCREATENODENIL SdpCreateNodeNil;
    PCREATENODEBOOLEAN SdpCreateNodeBoolean;
    PCREATENODEUINT8 SdpCreateNodeUint8;
    PCREATENODEUINT16 SdpCreateNodeUint16;
    PCREATENODEUINT32 SdpCreateNodeUint32;
    PCREATENODEUINT64 SdpCreateNodeUint64;
    PCREATENODEUINT128 SdpCreateNodeUint128;
    PCREATENODEINT8 SdpCreateNodeInt8;
    PCREATENODEINT16 SdpCreateNodeInt16;
    PCREATENODEINT32 SdpCreateNodeInt32;
    PCREATENODEINT64 SdpCreateNodeInt64;
    PCREATENODEINT128 SdpCreateNodeInt128;
    PCREATENODEUUID16 SdpCreateNodeUuid16;
    PCREATENODEUUID32 SdpCreateNodeUuid32;
    PCREATENODEUUID128 SdpCreateNodeUuid128;
    PCREATENODESTRING SdpCreateNodeString;
    PCREATENODEURL SdpCreateNodeUrl;
    PCREATENODEALTERNATIVE SdpCreateNodeAlternative;
    PCREATENODESEQUENCE SdpCreateNodeSequence;
    PADDATTRIBUTETOTREEE SdpAddAttributeToTree;
    PAPPENDNODETOCONTAINERNODE SdpAppendNodeToContainerNode;
} BTHDDI_SDP_NODE_INTERFACE, *PBTHDDI_SDP_NODE_INTERFACE;

typedef NTSTATUS (*PVALIDATESTREAM)(PUCHAR Stream, ULONG Size, PULONG_PTR ErrorByte);
typedef NTSTATUS (*PCONVERTSTREAMTOTREE)(PUCHAR Stream, ULONG Size, PSDP_TREE_ROOT_NODE *Node,
                                         ULONG tag);
typedef NTSTATUS (*PCONVERTTREETOSTREAM)(PSDP_TREE_ROOT_NODE Root, PUCHAR *Stream, PULONG Size,
                                         ULONG tag);
typedef VOID (*PBYTESWAPUUID128)(GUID *pUuidFrom, GUID *pUuiidTo);
typedef VOID (*PBYTESWAPUINT128)(PSDP_ULARGE_INTEGER_16 pInUint128,
                                 PSDP_ULARGE_INTEGER_16 pOutUint128);
typedef ULONGLONG (*PBYTESWAPUINT64)(ULONGLONG uint64);
typedef VOID (*PRETRIEVEUUID128)(PUCHAR Stream, GUID *uuid128);
typedef VOID (*PRETRIEVEUINT128)(PUCHAR Stream, PSDP_ULARGE_INTEGER_16 pUint128);
typedef VOID (*PRETRIEVEUINT64)(PUCHAR Stream, PULONGLONG pUint16);
typedef NTSTATUS (*PFINDATTRIBUTEINTREE)(PSDP_TREE_ROOT_NODE Tree, USHORT AttribId,
                                         PSDP_NODE *Attribute);
typedef VOID (*PGETNEXTELEMENT)(PUCHAR Stream, ULONG StreamSize, PUCHAR CurrentElement,
                                PUCHAR *NextElement, PULONG NextElementSize);

typedef struct _BTHDDI_SDP_PARSE_INTERFACE {
    INTERFACE Interface;
    PVALIDATESTREAM SdpValidateStream;
    PCONVERTSTREAMTOTREE SdpConvertStreamToTree;
    PCONVERTTREETOSTREAM SdpConvertTreeToStream;
    PFREETREE SdpFreeTree;
    PBYTESWAPUUID128 SdpByteSwapUuid128;
    PBYTESWAPUINT128 SdpByteSwapUint128;
    PBYTESWAPUINT64 SdpByteSwapUint64;
    PRETRIEVEUUID128 SdpRetrieveUuid128;
    PRETRIEVEUINT128 SdpRetrieveUint128;
    PRETRIEVEUINT64 SdpRetrieveUint64;
    PFINDATTRIBUTEINTREE SdpFindAttributeInTree;
    PGETNEXTELEMENT SdpGetNextElement;
    PVOID Reserved1;
    PVOID Reserved2;
    PVOID Reserved3;
    PVOID Reserved4;
} BTHDDI_SDP_PARSE_INTERFACE, *PBTHDDI_SDP_PARSE_INTERFACE;

#ifdef __cplusplus
}
#endif

#endif

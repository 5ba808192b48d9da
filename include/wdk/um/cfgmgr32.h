/* SPDX-License-Identifier: MIT */
/* The configuration manager: looking devices up by interface. */
#ifndef _CFGMGR32_H_
#define _CFGMGR32_H_

#include <windef.h>
#include <winbase.h>
#include <devpropdef.h>

#if defined(__cplusplus)
extern "C" {
#endif

#define CMAPI WINBASEAPI

typedef DWORD RETURN_TYPE;
typedef RETURN_TYPE CONFIGRET;
typedef DWORD DEVNODE, DEVINST;
typedef DEVNODE *PDEVNODE, *PDEVINST;
typedef WCHAR *DEVNODEID_W, *DEVINSTID_W;
typedef CHAR *DEVNODEID_A, *DEVINSTID_A;

#define CR_SUCCESS                  0x00000000
#define CR_DEFAULT                  0x00000001
#define CR_OUT_OF_MEMORY            0x00000002
#define CR_INVALID_POINTER          0x00000003
#define CR_INVALID_FLAG             0x00000004
#define CR_INVALID_DEVNODE          0x00000005
#define CR_INVALID_DEVINST          CR_INVALID_DEVNODE
#define CR_NO_SUCH_DEVNODE          0x0000000D
#define CR_NO_SUCH_DEVINST          CR_NO_SUCH_DEVNODE
#define CR_FAILURE                  0x00000013
#define CR_BUFFER_SMALL             0x0000001A
#define CR_CALL_NOT_IMPLEMENTED     0x00000020
#define CR_INVALID_DEVICE_ID        0x0000001E
#define CR_INVALID_DATA             0x0000001F
#define CR_NO_SUCH_VALUE            0x00000025
#define CR_NO_SUCH_DEVICE_INTERFACE 0x00000037

#define CM_GET_DEVICE_INTERFACE_LIST_PRESENT     0x00000000
#define CM_GET_DEVICE_INTERFACE_LIST_ALL_DEVICES 0x00000001

#define MAX_DEVICE_ID_LEN  200
#define MAX_DEVNODE_ID_LEN MAX_DEVICE_ID_LEN

/* Length in characters, with the final empty string, of the list that the next function returns. */
CMAPI CONFIGRET CM_Get_Device_Interface_List_SizeW(PULONG pulLen, LPGUID InterfaceClassGuid,
                                                   DEVINSTID_W pDeviceID, ULONG ulFlags);
CMAPI CONFIGRET CM_Get_Device_Interface_List_SizeA(PULONG pulLen, LPGUID InterfaceClassGuid,
                                                   DEVINSTID_A pDeviceID, ULONG ulFlags);
CMAPI CONFIGRET CM_Get_Device_Interface_ListW(LPGUID InterfaceClassGuid, DEVINSTID_W pDeviceID,
                                              PZZWSTR Buffer, ULONG BufferLen, ULONG ulFlags);
CMAPI CONFIGRET CM_Get_Device_Interface_ListA(LPGUID InterfaceClassGuid, DEVINSTID_A pDeviceID,
                                              PZZSTR Buffer, ULONG BufferLen, ULONG ulFlags);
CMAPI DWORD CM_MapCrToWin32Err(CONFIGRET CmReturnCode, DWORD DefaultErr);

#ifdef UNICODE
#define CM_Get_Device_Interface_List_Size CM_Get_Device_Interface_List_SizeW
#define CM_Get_Device_Interface_List      CM_Get_Device_Interface_ListW
#else
#define CM_Get_Device_Interface_List_Size CM_Get_Device_Interface_List_SizeA
#define CM_Get_Device_Interface_List      CM_Get_Device_Interface_ListA
#endif

#if defined(__cplusplus)
}
#endif

#endif

/* SPDX-License-Identifier: MIT */
/* What is newer in <cfgmgr32.h> than the header that the build lets through (include/wdk/mingw). */
#ifndef OPENWDF_CFGMGR32_H
#define OPENWDF_CFGMGR32_H

#ifdef __cplusplus
extern "C" {
#endif

/* Notifications of interfaces and devices that come and go. */
CMAPI CONFIGRET WINAPI CM_Register_Notification(PCM_NOTIFY_FILTER pFilter, PVOID pContext,
                                                PCM_NOTIFY_CALLBACK pCallback,
                                                PHCMNOTIFICATION pNotifyContext);
CMAPI CONFIGRET WINAPI CM_Unregister_Notification(HCMNOTIFICATION NotifyContext);
/* Of one interface, by its symbolic link. */
CMAPI CONFIGRET WINAPI CM_Open_Device_Interface_KeyW(LPCWSTR pszDeviceInterface, REGSAM samDesired,
                                                     REGDISPOSITION Disposition,
                                                     PHKEY phkDeviceInterface, ULONG ulFlags);
CMAPI CONFIGRET WINAPI CM_Open_Device_Interface_KeyA(LPCSTR pszDeviceInterface, REGSAM samDesired,
                                                     REGDISPOSITION Disposition,
                                                     PHKEY phkDeviceInterface, ULONG ulFlags);
CMAPI CONFIGRET WINAPI CM_Delete_Device_Interface_KeyW(LPCWSTR pszDeviceInterface, ULONG ulFlags);
#ifdef UNICODE
#define CM_Open_Device_Interface_Key CM_Open_Device_Interface_KeyW
#else
#define CM_Open_Device_Interface_Key CM_Open_Device_Interface_KeyA
#endif
#ifdef DEVPROPKEY_DEFINED
CMAPI CONFIGRET WINAPI CM_Get_Device_Interface_PropertyW(LPCWSTR pszDeviceInterface,
                                                         const DEVPROPKEY *PropertyKey,
                                                         DEVPROPTYPE *PropertyType,
                                                         PBYTE PropertyBuffer,
                                                         PULONG PropertyBufferSize, ULONG ulFlags);
#define CM_Get_Device_Interface_Property CM_Get_Device_Interface_PropertyW
#endif

CMAPI DWORD WINAPI CM_MapCrToWin32Err(CONFIGRET CmReturnCode, DWORD DefaultErr);

#ifdef __cplusplus
}
#endif

#endif

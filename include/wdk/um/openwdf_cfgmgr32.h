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
CMAPI DWORD WINAPI CM_MapCrToWin32Err(CONFIGRET CmReturnCode, DWORD DefaultErr);

#ifdef __cplusplus
}
#endif

#endif

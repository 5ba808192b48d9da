/* SPDX-License-Identifier: MIT */
/* Power notifications for programs and user-mode drivers. */
#ifndef _POWRPROF_H_
#define _POWRPROF_H_

#include <windows.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef PVOID HPOWERNOTIFY, *PHPOWERNOTIFY;
typedef ULONG(CALLBACK DEVICE_NOTIFY_CALLBACK_ROUTINE)(PVOID Context, ULONG Type, PVOID Setting);
typedef DEVICE_NOTIFY_CALLBACK_ROUTINE *PDEVICE_NOTIFY_CALLBACK_ROUTINE;

typedef struct _DEVICE_NOTIFY_SUBSCRIBE_PARAMETERS {
    PDEVICE_NOTIFY_CALLBACK_ROUTINE Callback;
    PVOID Context;
} DEVICE_NOTIFY_SUBSCRIBE_PARAMETERS, *PDEVICE_NOTIFY_SUBSCRIBE_PARAMETERS;

#ifndef DEVICE_NOTIFY_CALLBACK
#define DEVICE_NOTIFY_CALLBACK 2
#endif

WINBASEAPI DWORD PowerSettingRegisterNotification(LPCGUID SettingGuid, DWORD Flags,
                                                  HANDLE Recipient,
                                                  PHPOWERNOTIFY RegistrationHandle);
WINBASEAPI DWORD PowerSettingUnregisterNotification(HPOWERNOTIFY RegistrationHandle);
WINBASEAPI DWORD PowerRegisterSuspendResumeNotification(DWORD Flags, HANDLE Recipient,
                                                        PHPOWERNOTIFY RegistrationHandle);
WINBASEAPI DWORD PowerUnregisterSuspendResumeNotification(HPOWERNOTIFY RegistrationHandle);

#ifdef __cplusplus
}
#endif

#endif

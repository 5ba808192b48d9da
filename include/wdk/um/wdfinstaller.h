/* SPDX-License-Identifier: MIT */
/*
 * The framework's co-installer as installing programs call it: they load WdfCoInstallerNNNNN.dll and ask for
 * these functions by name. Here the framework is there already; see LoadLibrary.
 */
#ifndef _WDFINSTALLER_H_
#define _WDFINSTALLER_H_

#include <windows.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct _WDF_COINSTALLER_INSTALL_OPTIONS {
    ULONG Size;
    BOOL ShowRebootPrompt;
} WDF_COINSTALLER_INSTALL_OPTIONS, *PWDF_COINSTALLER_INSTALL_OPTIONS;

static inline VOID
WDF_COINSTALLER_INSTALL_OPTIONS_INIT(PWDF_COINSTALLER_INSTALL_OPTIONS ClientOptions)
{
    ClientOptions->Size = sizeof(*ClientOptions);
    ClientOptions->ShowRebootPrompt = FALSE;
}

WINBASEAPI ULONG WINAPI WdfPreDeviceInstall(LPCWSTR InfPath, LPCWSTR InfSectionName);
typedef ULONG(WINAPI *PFN_WDFPREDEVICEINSTALL)(LPCWSTR InfPath, LPCWSTR InfSectionName);

WINBASEAPI ULONG WINAPI WdfPreDeviceInstallEx(LPCWSTR InfPath, LPCWSTR InfSectionName,
                                              PWDF_COINSTALLER_INSTALL_OPTIONS ClientOptions);
typedef ULONG(WINAPI *PFN_WDFPREDEVICEINSTALLEX)(LPCWSTR InfPath, LPCWSTR InfSectionName,
                                                 PWDF_COINSTALLER_INSTALL_OPTIONS ClientOptions);

WINBASEAPI ULONG WINAPI WdfPostDeviceInstall(LPCWSTR InfPath, LPCWSTR InfSectionName);
typedef ULONG(WINAPI *PFN_WDFPOSTDEVICEINSTALL)(LPCWSTR InfPath, LPCWSTR InfSectionName);

WINBASEAPI ULONG WINAPI WdfPreDeviceRemove(LPCWSTR InfPath, LPCWSTR InfSectionName);
typedef ULONG(WINAPI *PFN_WDFPREDEVICEREMOVE)(LPCWSTR InfPath, LPCWSTR InfSectionName);

WINBASEAPI ULONG WINAPI WdfPostDeviceRemove(LPCWSTR InfPath, LPCWSTR InfSectionName);
typedef ULONG(WINAPI *PFN_WDFPOSTDEVICEREMOVE)(LPCWSTR InfPath, LPCWSTR InfSectionName);

#ifdef __cplusplus
}
#endif

#endif

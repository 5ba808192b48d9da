/* SPDX-License-Identifier: MIT */
/* The entry points of the framework's co-installer, for installation programs. */
#ifndef OWDF_WDFINSTALLER_H
#define OWDF_WDFINSTALLER_H

#ifndef WDF_EXTERN_C
#ifdef __cplusplus
#define WDF_EXTERN_C       extern "C"
#define WDF_EXTERN_C_START extern "C" {
#define WDF_EXTERN_C_END   }
#else
#define WDF_EXTERN_C
#define WDF_EXTERN_C_START
#define WDF_EXTERN_C_END
#endif
#endif

WDF_EXTERN_C_START

typedef struct _WDF_COINSTALLER_INSTALL_OPTIONS {
    ULONG Size;
    BOOL ShowRebootPrompt;
} WDF_COINSTALLER_INSTALL_OPTIONS, *PWDF_COINSTALLER_INSTALL_OPTIONS;

OWDF_INLINE VOID
WDF_COINSTALLER_INSTALL_OPTIONS_INIT(_Out_ PWDF_COINSTALLER_INSTALL_OPTIONS ClientOptions)
{
    RtlZeroMemory(ClientOptions, sizeof(*ClientOptions));
    ClientOptions->Size = sizeof(*ClientOptions);
}

/* Each takes the INF's path and the name of its section, or NULL. Programs look them up by name. */
ULONG WINAPI WdfPreDeviceInstall(_In_ LPCWSTR InfPath, _In_opt_ LPCWSTR InfSectionName);
typedef ULONG(WINAPI *PFN_WDFPREDEVICEINSTALL)(_In_ LPCWSTR InfPath,
                                               _In_opt_ LPCWSTR InfSectionName);

ULONG WINAPI WdfPreDeviceInstallEx(_In_ LPCWSTR InfPath, _In_opt_ LPCWSTR InfSectionName,
                                   _In_ PWDF_COINSTALLER_INSTALL_OPTIONS ClientOptions);
typedef ULONG(WINAPI *PFN_WDFPREDEVICEINSTALLEX)(
    _In_ LPCWSTR InfPath, _In_opt_ LPCWSTR InfSectionName,
    _In_ PWDF_COINSTALLER_INSTALL_OPTIONS ClientOptions);

ULONG WINAPI WdfPostDeviceInstall(_In_ LPCWSTR InfPath, _In_opt_ LPCWSTR InfSectionName);
typedef ULONG(WINAPI *PFN_WDFPOSTDEVICEINSTALL)(_In_ LPCWSTR InfPath,
                                                _In_opt_ LPCWSTR InfSectionName);

ULONG WINAPI WdfPreDeviceRemove(_In_ LPCWSTR InfPath, _In_opt_ LPCWSTR InfSectionName);
typedef ULONG(WINAPI *PFN_WDFPREDEVICEREMOVE)(_In_ LPCWSTR InfPath,
                                              _In_opt_ LPCWSTR InfSectionName);

ULONG WINAPI WdfPostDeviceRemove(_In_ LPCWSTR InfPath, _In_opt_ LPCWSTR InfSectionName);
typedef ULONG(WINAPI *PFN_WDFPOSTDEVICEREMOVE)(_In_ LPCWSTR InfPath,
                                               _In_opt_ LPCWSTR InfSectionName);

WDF_EXTERN_C_END

#endif

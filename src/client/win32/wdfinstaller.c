/* SPDX-License-Identifier: MIT */
/*
 * What a program that installs a driver without PnP finds in WdfCoInstallerNNNNN.dll. The co-installer brings the
 * framework to the machine; here it is there, so each function has nothing to do but to look at its arguments.
 */
#include <wdfinstaller.h>

static ULONG
check(LPCWSTR path, LPCWSTR section)
{
    if (path == NULL || section == NULL) {
        return ERROR_INVALID_PARAMETER;
    }
    return GetFileAttributesW(path) == INVALID_FILE_ATTRIBUTES ? GetLastError() : ERROR_SUCCESS;
}

ULONG WINAPI
WdfPreDeviceInstall(LPCWSTR InfPath, LPCWSTR InfSectionName)
{
    return check(InfPath, InfSectionName);
}

ULONG WINAPI
WdfPreDeviceInstallEx(LPCWSTR InfPath, LPCWSTR InfSectionName,
                      PWDF_COINSTALLER_INSTALL_OPTIONS ClientOptions)
{
    if (ClientOptions == NULL || ClientOptions->Size != sizeof(*ClientOptions)) {
        return ERROR_INVALID_PARAMETER;
    }
    return check(InfPath, InfSectionName);
}

ULONG WINAPI
WdfPostDeviceInstall(LPCWSTR InfPath, LPCWSTR InfSectionName)
{
    return check(InfPath, InfSectionName);
}

ULONG WINAPI
WdfPreDeviceRemove(LPCWSTR InfPath, LPCWSTR InfSectionName)
{
    return check(InfPath, InfSectionName);
}

ULONG WINAPI
WdfPostDeviceRemove(LPCWSTR InfPath, LPCWSTR InfSectionName)
{
    return check(InfPath, InfSectionName);
}

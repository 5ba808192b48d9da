/* SPDX-License-Identifier: MIT */
/*
 * The service control manager. There is no database of services to change here: `wdf run` starts devices.
 * Opening the manager succeeds, so that programs get as far as saying what they wanted; every change
 * is refused with ERROR_ACCESS_DENIED, and every service is unknown.
 */
#include "win32/object.h"

static char manager;

SC_HANDLE
OpenSCManagerW(LPCWSTR lpMachineName, LPCWSTR lpDatabaseName, DWORD dwDesiredAccess)
{
    (void)lpMachineName;
    (void)lpDatabaseName;
    (void)dwDesiredAccess;
    return (SC_HANDLE)(void *)&manager;
}

SC_HANDLE
OpenSCManagerA(LPCSTR lpMachineName, LPCSTR lpDatabaseName, DWORD dwDesiredAccess)
{
    (void)lpMachineName;
    (void)lpDatabaseName;
    (void)dwDesiredAccess;
    return (SC_HANDLE)(void *)&manager;
}

SC_HANDLE
OpenServiceW(SC_HANDLE hSCManager, LPCWSTR lpServiceName, DWORD dwDesiredAccess)
{
    (void)hSCManager;
    (void)lpServiceName;
    (void)dwDesiredAccess;
    w32_fail(ERROR_SERVICE_DOES_NOT_EXIST);
    return NULL;
}

SC_HANDLE
OpenServiceA(SC_HANDLE hSCManager, LPCSTR lpServiceName, DWORD dwDesiredAccess)
{
    (void)lpServiceName;
    return OpenServiceW(hSCManager, NULL, dwDesiredAccess);
}

SC_HANDLE
CreateServiceW(SC_HANDLE hSCManager, LPCWSTR lpServiceName, LPCWSTR lpDisplayName,
               DWORD dwDesiredAccess, DWORD dwServiceType, DWORD dwStartType, DWORD dwErrorControl,
               LPCWSTR lpBinaryPathName, LPCWSTR lpLoadOrderGroup, LPDWORD lpdwTagId,
               LPCWSTR lpDependencies, LPCWSTR lpServiceStartName, LPCWSTR lpPassword)
{
    w32_fail(ERROR_ACCESS_DENIED);
    return NULL;
}

SC_HANDLE
CreateServiceA(SC_HANDLE hSCManager, LPCSTR lpServiceName, LPCSTR lpDisplayName,
               DWORD dwDesiredAccess, DWORD dwServiceType, DWORD dwStartType, DWORD dwErrorControl,
               LPCSTR lpBinaryPathName, LPCSTR lpLoadOrderGroup, LPDWORD lpdwTagId,
               LPCSTR lpDependencies, LPCSTR lpServiceStartName, LPCSTR lpPassword)
{
    w32_fail(ERROR_ACCESS_DENIED);
    return NULL;
}

BOOL
StartServiceW(SC_HANDLE hService, DWORD dwNumServiceArgs, LPCWSTR *lpServiceArgVectors)
{
    return w32_fail(ERROR_INVALID_HANDLE);
}

BOOL
StartServiceA(SC_HANDLE hService, DWORD dwNumServiceArgs, LPCSTR *lpServiceArgVectors)
{
    return w32_fail(ERROR_INVALID_HANDLE);
}

BOOL
ControlService(SC_HANDLE hService, DWORD dwControl, LPSERVICE_STATUS lpServiceStatus)
{
    return w32_fail(ERROR_INVALID_HANDLE);
}

BOOL
QueryServiceStatus(SC_HANDLE hService, LPSERVICE_STATUS lpServiceStatus)
{
    return w32_fail(ERROR_INVALID_HANDLE);
}

BOOL
DeleteService(SC_HANDLE hService)
{
    return w32_fail(ERROR_INVALID_HANDLE);
}

BOOL
CloseServiceHandle(SC_HANDLE hSCObject)
{
    return hSCObject == (SC_HANDLE)(void *)&manager ? TRUE : w32_fail(ERROR_INVALID_HANDLE);
}

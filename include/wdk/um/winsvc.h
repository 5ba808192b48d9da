/* SPDX-License-Identifier: MIT */
/*
 * The service control manager as driver applications use it: to install, start and stop a driver.
 * Devices are started by `wdf run`; these calls find no database to change and say so.
 */
#ifndef _WINSVC_
#define _WINSVC_

#include <windef.h>

#if defined(__cplusplus)
extern "C" {
#endif

#define SC_MANAGER_CONNECT           0x0001
#define SC_MANAGER_CREATE_SERVICE    0x0002
#define SC_MANAGER_ENUMERATE_SERVICE 0x0004
#define SC_MANAGER_ALL_ACCESS        0xF003F
#define SERVICE_QUERY_CONFIG         0x0001
#define SERVICE_CHANGE_CONFIG        0x0002
#define SERVICE_QUERY_STATUS         0x0004
#define SERVICE_START                0x0010
#define SERVICE_STOP                 0x0020
#define SERVICE_ALL_ACCESS           0xF01FF
#define SERVICE_CONTROL_STOP         0x00000001
#define SERVICE_CONTROL_PAUSE        0x00000002
#define SERVICE_CONTROL_CONTINUE     0x00000003
#define SERVICE_CONTROL_INTERROGATE  0x00000004
#define SERVICE_STOPPED              0x00000001
#define SERVICE_START_PENDING        0x00000002
#define SERVICE_STOP_PENDING         0x00000003
#define SERVICE_RUNNING              0x00000004

DECLARE_HANDLE(SC_HANDLE);
typedef SC_HANDLE *LPSC_HANDLE;

typedef struct _SERVICE_STATUS {
    DWORD dwServiceType;
    DWORD dwCurrentState;
    DWORD dwControlsAccepted;
    DWORD dwWin32ExitCode;
    DWORD dwServiceSpecificExitCode;
    DWORD dwCheckPoint;
    DWORD dwWaitHint;
} SERVICE_STATUS, *LPSERVICE_STATUS;

WINBASEAPI SC_HANDLE OpenSCManagerW(LPCWSTR lpMachineName, LPCWSTR lpDatabaseName,
                                    DWORD dwDesiredAccess);
WINBASEAPI SC_HANDLE OpenSCManagerA(LPCSTR lpMachineName, LPCSTR lpDatabaseName,
                                    DWORD dwDesiredAccess);
WINBASEAPI SC_HANDLE OpenServiceW(SC_HANDLE hSCManager, LPCWSTR lpServiceName,
                                  DWORD dwDesiredAccess);
WINBASEAPI SC_HANDLE OpenServiceA(SC_HANDLE hSCManager, LPCSTR lpServiceName,
                                  DWORD dwDesiredAccess);
WINBASEAPI SC_HANDLE CreateServiceW(SC_HANDLE hSCManager, LPCWSTR lpServiceName,
                                    LPCWSTR lpDisplayName, DWORD dwDesiredAccess,
                                    DWORD dwServiceType, DWORD dwStartType, DWORD dwErrorControl,
                                    LPCWSTR lpBinaryPathName, LPCWSTR lpLoadOrderGroup,
                                    LPDWORD lpdwTagId, LPCWSTR lpDependencies,
                                    LPCWSTR lpServiceStartName, LPCWSTR lpPassword);
WINBASEAPI SC_HANDLE CreateServiceA(SC_HANDLE hSCManager, LPCSTR lpServiceName,
                                    LPCSTR lpDisplayName, DWORD dwDesiredAccess,
                                    DWORD dwServiceType, DWORD dwStartType, DWORD dwErrorControl,
                                    LPCSTR lpBinaryPathName, LPCSTR lpLoadOrderGroup,
                                    LPDWORD lpdwTagId, LPCSTR lpDependencies,
                                    LPCSTR lpServiceStartName, LPCSTR lpPassword);
WINBASEAPI BOOL StartServiceW(SC_HANDLE hService, DWORD dwNumServiceArgs,
                              LPCWSTR *lpServiceArgVectors);
WINBASEAPI BOOL StartServiceA(SC_HANDLE hService, DWORD dwNumServiceArgs,
                              LPCSTR *lpServiceArgVectors);
WINBASEAPI BOOL ControlService(SC_HANDLE hService, DWORD dwControl,
                               LPSERVICE_STATUS lpServiceStatus);
WINBASEAPI BOOL QueryServiceStatus(SC_HANDLE hService, LPSERVICE_STATUS lpServiceStatus);
WINBASEAPI BOOL DeleteService(SC_HANDLE hService);
WINBASEAPI BOOL CloseServiceHandle(SC_HANDLE hSCObject);

#ifdef UNICODE
#define OpenSCManager OpenSCManagerW
#define OpenService   OpenServiceW
#define CreateService CreateServiceW
#define StartService  StartServiceW
#else
#define OpenSCManager OpenSCManagerA
#define OpenService   OpenServiceA
#define CreateService CreateServiceA
#define StartService  StartServiceA
#endif

#if defined(__cplusplus)
}
#endif

#endif

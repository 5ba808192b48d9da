/* SPDX-License-Identifier: MIT */
/*
 * The service control manager for drivers: a program registers a driver module, starts it in a host of its own,
 * stops and removes it. Handles are pointers to a small block; the store keeps everything else.
 */
#include <windows.h>

#include <stdlib.h>
#include <string.h>

#include "client/win32/service_store.h"
#include "win32/object.h"

#define SCM_MAGIC     0x53434d5fu
#define SERVICE_MAGIC 0x5356435fu

struct sc_handle {
    uint32_t magic;
    char name[SERVICE_NAME_SIZE]; /* Of a service. */
};

static struct sc_handle *
handle_check(SC_HANDLE handle, uint32_t magic)
{
    struct sc_handle *block = (struct sc_handle *)(void *)handle;

    if (block == NULL || block->magic != magic) {
        w32_fail(ERROR_INVALID_HANDLE);
        return NULL;
    }
    return block;
}

static SC_HANDLE
handle_new(uint32_t magic, const char *name)
{
    struct sc_handle *block = calloc(1, sizeof(*block));

    if (block == NULL) {
        w32_fail(ERROR_NOT_ENOUGH_MEMORY);
        return NULL;
    }
    block->magic = magic;
    if (name != NULL) {
        strcpy(block->name, name);
    }
    return (SC_HANDLE)(void *)block;
}

static BOOL
result(uint32_t error)
{
    return error == 0 ? TRUE : w32_fail(error);
}

/* --- The manager ----------------------------------------------------------------------------- */

SC_HANDLE
OpenSCManagerA(LPCSTR lpMachineName, LPCSTR lpDatabaseName, DWORD dwDesiredAccess)
{
    (void)lpDatabaseName;
    (void)dwDesiredAccess;
    if (lpMachineName != NULL && lpMachineName[0] != 0) {
        w32_fail(RPC_S_SERVER_UNAVAILABLE); /* Only this machine has one. */
        return NULL;
    }
    return handle_new(SCM_MAGIC, NULL);
}

SC_HANDLE
OpenSCManagerW(LPCWSTR lpMachineName, LPCWSTR lpDatabaseName, DWORD dwDesiredAccess)
{
    (void)lpDatabaseName;
    return OpenSCManagerA(lpMachineName != NULL && lpMachineName[0] != 0 ? "other" : NULL, NULL,
                          dwDesiredAccess);
}

BOOL
CloseServiceHandle(SC_HANDLE hSCObject)
{
    struct sc_handle *block = (struct sc_handle *)(void *)hSCObject;

    if (block == NULL || (block->magic != SCM_MAGIC && block->magic != SERVICE_MAGIC)) {
        return w32_fail(ERROR_INVALID_HANDLE);
    }
    block->magic = 0;
    free(block);
    return TRUE;
}

/* Copies a caller's text; false when it is too long or has what a record's line cannot hold. */
static bool
copy_text(char *to, size_t size, const char *from)
{
    size_t length = from == NULL ? 0 : strlen(from);

    if (length >= size || (from != NULL && strpbrk(from, "\r\n") != NULL)) {
        return false;
    }
    memcpy(to, from == NULL ? "" : from, length + 1);
    return true;
}

SC_HANDLE
CreateServiceA(SC_HANDLE hSCManager, LPCSTR lpServiceName, LPCSTR lpDisplayName,
               DWORD dwDesiredAccess, DWORD dwServiceType, DWORD dwStartType, DWORD dwErrorControl,
               LPCSTR lpBinaryPathName, LPCSTR lpLoadOrderGroup, LPDWORD lpdwTagId,
               LPCSTR lpDependencies, LPCSTR lpServiceStartName, LPCSTR lpPassword)
{
    struct service_record *record, old;
    SC_HANDLE handle = NULL;
    uint32_t error;

    (void)dwDesiredAccess;
    (void)lpLoadOrderGroup;
    (void)lpdwTagId;
    (void)lpDependencies;
    (void)lpServiceStartName;
    (void)lpPassword;
    if (handle_check(hSCManager, SCM_MAGIC) == NULL) {
        return NULL;
    }
    if (dwServiceType != SERVICE_KERNEL_DRIVER && dwServiceType != SERVICE_FILE_SYSTEM_DRIVER) {
        w32_fail(ERROR_NOT_SUPPORTED); /* Programs are services of the system's own manager here. */
        return NULL;
    }
    if (lpServiceName == NULL || lpBinaryPathName == NULL || dwStartType > SERVICE_DISABLED) {
        w32_fail(lpServiceName == NULL ? ERROR_INVALID_NAME : ERROR_INVALID_PARAMETER);
        return NULL;
    }
    record = calloc(1, sizeof(*record));
    if (record == NULL) {
        w32_fail(ERROR_NOT_ENOUGH_MEMORY);
        return NULL;
    }
    record->type = dwServiceType;
    record->start = dwStartType;
    record->error_control = dwErrorControl;
    if (!copy_text(record->name, sizeof(record->name), lpServiceName) ||
        !copy_text(record->display, sizeof(record->display), lpDisplayName) ||
        !copy_text(record->binary, sizeof(record->binary), lpBinaryPathName)) {
        error = ERROR_INVALID_NAME;
    } else {
        error = service_write(record, false);
        if (error == ERROR_SERVICE_EXISTS && service_read(record->name, &old) == 0 && old.marked) {
            error = ERROR_SERVICE_MARKED_FOR_DELETE;
        }
    }
    if (error == 0) {
        handle = handle_new(SERVICE_MAGIC, record->name);
    } else {
        w32_fail(error);
    }
    free(record);
    return handle;
}

SC_HANDLE
CreateServiceW(SC_HANDLE hSCManager, LPCWSTR lpServiceName, LPCWSTR lpDisplayName,
               DWORD dwDesiredAccess, DWORD dwServiceType, DWORD dwStartType, DWORD dwErrorControl,
               LPCWSTR lpBinaryPathName, LPCWSTR lpLoadOrderGroup, LPDWORD lpdwTagId,
               LPCWSTR lpDependencies, LPCWSTR lpServiceStartName, LPCWSTR lpPassword)
{
    char *name = w32_utf8(lpServiceName), *display = w32_utf8(lpDisplayName);
    char *binary = w32_utf8(lpBinaryPathName);
    SC_HANDLE handle;

    (void)lpLoadOrderGroup;
    (void)lpDependencies;
    (void)lpServiceStartName;
    (void)lpPassword;
    handle = CreateServiceA(hSCManager, name, display, dwDesiredAccess, dwServiceType, dwStartType,
                            dwErrorControl, binary, NULL, lpdwTagId, NULL, NULL, NULL);
    free(name);
    free(display);
    free(binary);
    return handle;
}

SC_HANDLE
OpenServiceA(SC_HANDLE hSCManager, LPCSTR lpServiceName, DWORD dwDesiredAccess)
{
    struct service_record record;
    uint32_t error;

    (void)dwDesiredAccess;
    if (handle_check(hSCManager, SCM_MAGIC) == NULL) {
        return NULL;
    }
    error = lpServiceName == NULL ? ERROR_INVALID_NAME : service_read(lpServiceName, &record);
    if (error != 0) {
        w32_fail(error);
        return NULL;
    }
    return handle_new(SERVICE_MAGIC, record.name);
}

SC_HANDLE
OpenServiceW(SC_HANDLE hSCManager, LPCWSTR lpServiceName, DWORD dwDesiredAccess)
{
    char *name = w32_utf8(lpServiceName);
    SC_HANDLE handle = OpenServiceA(hSCManager, name, dwDesiredAccess);

    free(name);
    return handle;
}

/* --- A service ------------------------------------------------------------------------------- */

BOOL
StartServiceW(SC_HANDLE hService, DWORD dwNumServiceArgs, LPCWSTR *lpServiceArgVectors)
{
    struct sc_handle *block = handle_check(hService, SERVICE_MAGIC);
    struct service_record record;
    uint32_t error;

    (void)dwNumServiceArgs; /* Drivers get none. */
    (void)lpServiceArgVectors;
    if (block == NULL) {
        return FALSE;
    }
    w32_order(NULL);
    error = service_read(block->name, &record);
    return result(error != 0 ? error : service_start(&record));
}

BOOL
StartServiceA(SC_HANDLE hService, DWORD dwNumServiceArgs, LPCSTR *lpServiceArgVectors)
{
    (void)lpServiceArgVectors;
    return StartServiceW(hService, dwNumServiceArgs, NULL);
}

static BOOL
describe(const char *name, SERVICE_STATUS *status)
{
    struct service_record record;
    uint32_t error = service_read(name, &record);
    bool runs;

    if (error != 0) {
        return w32_fail(error);
    }
    runs = service_runs(name);
    *status = (SERVICE_STATUS){
        .dwServiceType = record.type,
        .dwCurrentState = runs ? SERVICE_RUNNING : SERVICE_STOPPED,
        .dwControlsAccepted = runs ? SERVICE_ACCEPT_STOP : 0,
    };
    return TRUE;
}

BOOL
QueryServiceStatus(SC_HANDLE hService, LPSERVICE_STATUS lpServiceStatus)
{
    struct sc_handle *block = handle_check(hService, SERVICE_MAGIC);

    if (block == NULL) {
        return FALSE;
    }
    return lpServiceStatus == NULL ? w32_fail(ERROR_INVALID_PARAMETER)
                                   : describe(block->name, lpServiceStatus);
}

BOOL
QueryServiceStatusEx(SC_HANDLE hService, SC_STATUS_TYPE InfoLevel, LPBYTE lpBuffer, DWORD cbBufSize,
                     LPDWORD pcbBytesNeeded)
{
    struct sc_handle *block = handle_check(hService, SERVICE_MAGIC);
    SERVICE_STATUS_PROCESS process;
    SERVICE_STATUS status;

    if (block == NULL) {
        return FALSE;
    }
    if (InfoLevel != SC_STATUS_PROCESS_INFO) {
        return w32_fail(ERROR_INVALID_LEVEL);
    }
    if (pcbBytesNeeded != NULL) {
        *pcbBytesNeeded = sizeof(process);
    }
    if (lpBuffer == NULL || cbBufSize < sizeof(process)) {
        return w32_fail(ERROR_INSUFFICIENT_BUFFER);
    }
    if (!describe(block->name, &status)) {
        return FALSE;
    }
    memset(&process, 0, sizeof(process));
    memcpy(&process, &status, sizeof(status)); /* The one begins with the other. */
    memcpy(lpBuffer, &process, sizeof(process));
    return TRUE;
}

BOOL
ControlService(SC_HANDLE hService, DWORD dwControl, LPSERVICE_STATUS lpServiceStatus)
{
    struct sc_handle *block = handle_check(hService, SERVICE_MAGIC);
    struct service_record record;
    uint32_t error;

    if (block == NULL) {
        return FALSE;
    }
    if (dwControl != SERVICE_CONTROL_STOP && dwControl != SERVICE_CONTROL_INTERROGATE) {
        return w32_fail(ERROR_INVALID_SERVICE_CONTROL);
    }
    error = service_read(block->name, &record);
    if (error == 0 && dwControl == SERVICE_CONTROL_STOP) {
        w32_order(NULL);
        error = service_stop(block->name);
    } else if (error == 0 && !service_runs(block->name)) {
        error = ERROR_SERVICE_NOT_ACTIVE;
    }
    if (lpServiceStatus != NULL) {
        (void)describe(block->name, lpServiceStatus);
    }
    if (error == 0 && record.marked && dwControl == SERVICE_CONTROL_STOP) {
        (void)service_remove(block->name);
    }
    return result(error);
}

/* At once when it does not run; else when it is stopped, and until then it is marked. */
BOOL
DeleteService(SC_HANDLE hService)
{
    struct sc_handle *block = handle_check(hService, SERVICE_MAGIC);
    struct service_record record;
    uint32_t error;

    if (block == NULL) {
        return FALSE;
    }
    error = service_read(block->name, &record);
    if (error != 0) {
        return w32_fail(error);
    }
    if (record.marked) {
        return w32_fail(ERROR_SERVICE_MARKED_FOR_DELETE);
    }
    if (!service_runs(block->name)) {
        return result(service_remove(block->name));
    }
    record.marked = true;
    return result(service_write(&record, true));
}

/* --- Programs that are services ------------------------------------------------------------------- */

/* As documented for a program that the manager did not start: it runs as an ordinary one. */
BOOL
StartServiceCtrlDispatcherW(const SERVICE_TABLE_ENTRYW *lpServiceStartTable)
{
    (void)lpServiceStartTable;
    return w32_fail(ERROR_FAILED_SERVICE_CONTROLLER_CONNECT);
}

BOOL
StartServiceCtrlDispatcherA(const SERVICE_TABLE_ENTRYA *lpServiceStartTable)
{
    (void)lpServiceStartTable;
    return w32_fail(ERROR_FAILED_SERVICE_CONTROLLER_CONNECT);
}

SERVICE_STATUS_HANDLE
RegisterServiceCtrlHandlerW(LPCWSTR lpServiceName, LPHANDLER_FUNCTION lpHandlerProc)
{
    (void)lpServiceName;
    (void)lpHandlerProc;
    w32_fail(ERROR_FAILED_SERVICE_CONTROLLER_CONNECT);
    return NULL;
}

SERVICE_STATUS_HANDLE
RegisterServiceCtrlHandlerA(LPCSTR lpServiceName, LPHANDLER_FUNCTION lpHandlerProc)
{
    (void)lpServiceName;
    return RegisterServiceCtrlHandlerW(NULL, lpHandlerProc);
}

BOOL
SetServiceStatus(SERVICE_STATUS_HANDLE hServiceStatus, LPSERVICE_STATUS lpServiceStatus)
{
    (void)hServiceStatus;
    (void)lpServiceStatus;
    return w32_fail(ERROR_INVALID_HANDLE);
}

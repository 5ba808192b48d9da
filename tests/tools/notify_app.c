/* SPDX-License-Identifier: MIT */
/*
 * An application that hears of devices, once by callbacks and once by a window, and says so. It opens what comes and
 * closes it when it is asked to; with the argument "refuse" it refuses. Ends when its input does.
 */
#include <windows.h>
#include <cfgmgr32.h>
#include <dbt.h>

#include <stdio.h>
#include <string.h>

#include "notify_public.h"

static BOOL refuse;
static HWND window;
static HANDLE device = INVALID_HANDLE_VALUE; /* Of the window's thread. */
static HDEVNOTIFY device_notify;

static void
say(const char *who, const char *what)
{
    printf("%s %s\n", who, what);
    fflush(stdout);
}

static DWORD CALLBACK
on_event(HCMNOTIFICATION notification, PVOID context, CM_NOTIFY_ACTION action,
         PCM_NOTIFY_EVENT_DATA data, DWORD size)
{
    static const char *const names[] = {
        "arrival",  "removal", "query",      "failed",  "pending",
        "complete", "custom",  "enumerated", "started", "removed",
    };

    (void)notification;
    (void)size;
    if (data->FilterType == CM_NOTIFY_FILTER_TYPE_DEVICEHANDLE &&
        action == CM_NOTIFY_ACTION_DEVICECUSTOMEVENT) {
        say("callback", (const char *)data->u.DeviceHandle.Data);
    } else {
        say(context, names[action]);
    }
    if (action == CM_NOTIFY_ACTION_DEVICEQUERYREMOVE) {
        if (refuse) {
            return ERROR_CANCELLED;
        }
        /* The other handle is the window's: it is closed there. */
    }
    return ERROR_SUCCESS;
}

static void
open_device(const WCHAR *path)
{
    DEV_BROADCAST_HANDLE filter = {.dbch_size = sizeof(filter),
                                   .dbch_devicetype = DBT_DEVTYP_HANDLE};
    static HCMNOTIFICATION notification;
    CM_NOTIFY_FILTER cm = {.cbSize = sizeof(cm), .FilterType = CM_NOTIFY_FILTER_TYPE_DEVICEHANDLE};

    device = CreateFileW(path, GENERIC_READ | GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_WRITE,
                         NULL, OPEN_EXISTING, 0, NULL);
    filter.dbch_handle = device;
    device_notify = RegisterDeviceNotificationW(window, &filter, DEVICE_NOTIFY_WINDOW_HANDLE);
    cm.u.DeviceHandle.hTarget = device;
    say("window", device != INVALID_HANDLE_VALUE && device_notify != NULL &&
                          CM_Register_Notification(&cm, (PVOID) "callback", on_event,
                                                   &notification) == CR_SUCCESS
                      ? "opened"
                      : "not opened");
}

static LRESULT
on_handle(WPARAM event)
{
    switch (event) {
    case DBT_DEVICEQUERYREMOVE:
        say("window", "query");
        CloseHandle(device);
        return TRUE;
    case DBT_DEVICEQUERYREMOVEFAILED:
        say("window", "failed");
        return TRUE;
    case DBT_DEVICEREMOVEPENDING:
        say("window", "pending");
        return TRUE;
    case DBT_DEVICEREMOVECOMPLETE:
        say("window", "complete");
        UnregisterDeviceNotification(device_notify);
        return TRUE;
    case DBT_CUSTOMEVENT:
        say("window", "custom");
        return TRUE;
    default:
        return TRUE;
    }
}

static LRESULT CALLBACK
window_proc(HWND hwnd, UINT message, WPARAM w, LPARAM l)
{
    const DEV_BROADCAST_HDR *header = (const DEV_BROADCAST_HDR *)l;

    if (message == WM_DESTROY) {
        PostQuitMessage(0);
    }
    if (message != WM_DEVICECHANGE || header == NULL) {
        return DefWindowProcW(hwnd, message, w, l);
    }
    if (header->dbch_devicetype == DBT_DEVTYP_HANDLE) {
        return on_handle(w);
    }
    say("window", w == DBT_DEVICEARRIVAL ? "arrival" : "removal");
    if (w == DBT_DEVICEARRIVAL) {
        open_device(((const DEV_BROADCAST_DEVICEINTERFACE_W *)header)->dbcc_name);
    }
    return TRUE;
}

int
main(int argc, char **argv)
{
    DEV_BROADCAST_DEVICEINTERFACE_W filter = {.dbcc_size = sizeof(filter),
                                              .dbcc_devicetype = DBT_DEVTYP_DEVICEINTERFACE,
                                              .dbcc_classguid = guid_single};
    CM_NOTIFY_FILTER interfaces = {.cbSize = sizeof(interfaces),
                                   .FilterType = CM_NOTIFY_FILTER_TYPE_DEVICEINTERFACE};
    CM_NOTIFY_FILTER instances = {.cbSize = sizeof(instances),
                                  .Flags = CM_NOTIFY_FILTER_FLAG_ALL_DEVICE_INSTANCES,
                                  .FilterType = CM_NOTIFY_FILTER_TYPE_DEVICEINSTANCE};
    WNDCLASSW class = {.lpfnWndProc = window_proc, .lpszClassName = L"NotifyApp"};
    HCMNOTIFICATION first, second;
    MSG msg;

    refuse = argc > 1 && strcmp(argv[1], "refuse") == 0;
    interfaces.u.DeviceInterface.ClassGuid = guid_single;
    if (RegisterClassW(&class) == 0 ||
        (window = CreateWindowExW(0, L"NotifyApp", L"Notify", WS_OVERLAPPEDWINDOW | WS_VISIBLE, 0,
                                  0, 0, 0, NULL, NULL, NULL, NULL)) == NULL ||
        RegisterDeviceNotificationW(window, &filter, DEVICE_NOTIFY_WINDOW_HANDLE) == NULL ||
        CM_Register_Notification(&interfaces, (PVOID) "interface", on_event, &first) !=
            CR_SUCCESS ||
        CM_Register_Notification(&instances, (PVOID) "device", on_event, &second) != CR_SUCCESS) {
        return 1;
    }
    say("app", "ready");
    while (GetMessageW(&msg, NULL, 0, 0) > 0) {
        DispatchMessageW(&msg);
    }
    if (CM_Unregister_Notification(first) != CR_SUCCESS ||
        CM_Unregister_Notification(second) != CR_SUCCESS ||
        CM_Unregister_Notification(second) != CR_INVALID_DATA) {
        return 2;
    }
    return 0;
}

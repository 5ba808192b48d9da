/* SPDX-License-Identifier: MIT */
/*
 * RegisterDeviceNotification: WM_DEVICECHANGE for a window. What happens to an open device is sent, and its
 * window's answer waited for, by the device's own watch; of interfaces the window hears before what is
 * posted to it.
 */
#include "client/win32/notification_window.h"

#include <windows.h>
#include <dbt.h>

#include <stdlib.h>
#include <string.h>

#include "client/win32/notification.h"
#include "win32/object.h"
#include "win32/user.h"

struct target {
    HWND window;
    HANDLE handle; /* Of the device that the application watches. */
    bool unicode;
};

/* What a window is told of an interface; from malloc. */
static void *
interface_message(const struct target *target, const CM_NOTIFY_EVENT_DATA *data)
{
    const WCHAR *link = data->u.DeviceInterface.SymbolicLink;
    char *narrow = target->unicode ? NULL : w32_utf8(link);
    size_t bytes = target->unicode  ? ((size_t)lstrlenW(link) + 1) * sizeof(WCHAR)
                   : narrow != NULL ? strlen(narrow) + 1
                                    : 0;
    DEV_BROADCAST_DEVICEINTERFACE_W *message =
        bytes == 0 ? NULL : calloc(1, sizeof(*message) + bytes);

    if (message != NULL) {
        message->dbcc_size = (DWORD)(offsetof(DEV_BROADCAST_DEVICEINTERFACE_W, dbcc_name) + bytes);
        message->dbcc_devicetype = DBT_DEVTYP_DEVICEINTERFACE;
        message->dbcc_classguid = data->u.DeviceInterface.ClassGuid;
        memcpy(message->dbcc_name, target->unicode ? (const void *)link : narrow, bytes);
    }
    free(narrow);
    return message;
}

static void *
handle_message(struct client_registration *registration, const struct target *target,
               const CM_NOTIFY_EVENT_DATA *data)
{
    DEV_BROADCAST_HANDLE *message = calloc(1, sizeof(*message) + data->u.DeviceHandle.DataSize);

    if (message != NULL) {
        message->dbch_size = (DWORD)(sizeof(*message) + data->u.DeviceHandle.DataSize);
        message->dbch_devicetype = DBT_DEVTYP_HANDLE;
        message->dbch_handle = target->handle;
        message->dbch_hdevnotify = (HDEVNOTIFY)(void *)registration;
        message->dbch_eventguid = data->u.DeviceHandle.EventGuid;
        message->dbch_nameoffset = data->u.DeviceHandle.NameOffset;
        memcpy(message->dbch_data, data->u.DeviceHandle.Data, data->u.DeviceHandle.DataSize);
    }
    return message;
}

static DWORD
tell_window(struct client_registration *registration, void *context, CM_NOTIFY_ACTION action,
            CM_NOTIFY_EVENT_DATA *data, DWORD size)
{
    static const WPARAM events[] = {
        [CM_NOTIFY_ACTION_DEVICEINTERFACEARRIVAL] = DBT_DEVICEARRIVAL,
        [CM_NOTIFY_ACTION_DEVICEINTERFACEREMOVAL] = DBT_DEVICEREMOVECOMPLETE,
        [CM_NOTIFY_ACTION_DEVICEQUERYREMOVE] = DBT_DEVICEQUERYREMOVE,
        [CM_NOTIFY_ACTION_DEVICEQUERYREMOVEFAILED] = DBT_DEVICEQUERYREMOVEFAILED,
        [CM_NOTIFY_ACTION_DEVICEREMOVEPENDING] = DBT_DEVICEREMOVEPENDING,
        [CM_NOTIFY_ACTION_DEVICEREMOVECOMPLETE] = DBT_DEVICEREMOVECOMPLETE,
        [CM_NOTIFY_ACTION_DEVICECUSTOMEVENT] = DBT_CUSTOMEVENT,
    };
    const struct target *target = context;
    LRESULT answer;
    void *message;

    (void)size;
    if (data->FilterType == CM_NOTIFY_FILTER_TYPE_DEVICEINTERFACE) {
        message = interface_message(target, data);
        if (message != NULL) {
            (void)w32_user_notify(target->window, WM_DEVICECHANGE, events[action], message);
        }
        return ERROR_SUCCESS;
    }
    message = handle_message(registration, target, data);
    if (message == NULL) {
        return ERROR_SUCCESS;
    }
    answer = user_send(target->window, WM_DEVICECHANGE, events[action], (LPARAM)message, true);
    free(message);
    return answer == BROADCAST_QUERY_DENY ? ERROR_CANCELLED : ERROR_SUCCESS;
}

/* The documented filter as the other API's; false and the last error when it is none. */
static bool
decode(const void *given, DWORD flags, CM_NOTIFY_FILTER *filter)
{
    const DEV_BROADCAST_HDR *header = given;

    memset(filter, 0, sizeof(*filter));
    filter->cbSize = sizeof(*filter);
    if (header == NULL || header->dbch_size < sizeof(*header)) {
        return w32_fail(ERROR_INVALID_PARAMETER);
    }
    switch (header->dbch_devicetype) {
    case DBT_DEVTYP_DEVICEINTERFACE:
        filter->FilterType = CM_NOTIFY_FILTER_TYPE_DEVICEINTERFACE;
        if ((flags & DEVICE_NOTIFY_ALL_INTERFACE_CLASSES) != 0) {
            filter->Flags = CM_NOTIFY_FILTER_FLAG_ALL_INTERFACE_CLASSES;
        } else if (header->dbch_size >= offsetof(DEV_BROADCAST_DEVICEINTERFACE_W, dbcc_name)) {
            filter->u.DeviceInterface.ClassGuid =
                ((const DEV_BROADCAST_DEVICEINTERFACE_W *)given)->dbcc_classguid;
        } else {
            return w32_fail(ERROR_INVALID_PARAMETER);
        }
        return true;
    case DBT_DEVTYP_HANDLE:
        if (header->dbch_size < offsetof(DEV_BROADCAST_HANDLE, dbch_hdevnotify)) {
            return w32_fail(ERROR_INVALID_PARAMETER);
        }
        filter->FilterType = CM_NOTIFY_FILTER_TYPE_DEVICEHANDLE;
        filter->u.DeviceHandle.hTarget = ((const DEV_BROADCAST_HANDLE *)given)->dbch_handle;
        return true;
    default:
        return w32_fail(ERROR_INVALID_DATA);
    }
}

HDEVNOTIFY
RegisterDeviceNotificationW(HANDLE hRecipient, LPVOID NotificationFilter, DWORD Flags)
{
    struct client_notified notified = {.fn = tell_window, .release = free};
    struct client_registration *registration = NULL;
    CM_NOTIFY_FILTER filter;
    struct target *target;
    CONFIGRET result;

    if (!decode(NotificationFilter, Flags, &filter)) {
        return NULL;
    }
    if ((Flags & DEVICE_NOTIFY_SERVICE_HANDLE) != 0 || !IsWindow((HWND)hRecipient)) {
        w32_fail((Flags & DEVICE_NOTIFY_SERVICE_HANDLE) != 0 ? ERROR_NOT_SUPPORTED
                                                             : ERROR_INVALID_WINDOW_HANDLE);
        return NULL;
    }
    target = calloc(1, sizeof(*target));
    if (target == NULL) {
        w32_fail(ERROR_NOT_ENOUGH_MEMORY);
        return NULL;
    }
    target->window = (HWND)hRecipient;
    target->unicode = IsWindowUnicode((HWND)hRecipient);
    target->handle = filter.FilterType == CM_NOTIFY_FILTER_TYPE_DEVICEHANDLE
                         ? filter.u.DeviceHandle.hTarget
                         : NULL;
    notified.context = target;
    result = client_register(&filter, &notified, &registration);
    if (result != CR_SUCCESS) {
        free(target);
        w32_fail(result == CR_OUT_OF_MEMORY ? ERROR_NOT_ENOUGH_MEMORY : ERROR_INVALID_DATA);
    }
    return (HDEVNOTIFY)(void *)registration;
}

HDEVNOTIFY
RegisterDeviceNotificationA(HANDLE hRecipient, LPVOID NotificationFilter, DWORD Flags)
{
    return RegisterDeviceNotificationW(hRecipient, NotificationFilter, Flags);
}

/* Not waited for: a window may end its registration while it is told of something. */
BOOL
UnregisterDeviceNotification(HDEVNOTIFY Handle)
{
    return client_unregister((struct client_registration *)(void *)Handle, false) ||
           w32_fail(ERROR_INVALID_HANDLE);
}

/* ---- What all windows without a parent get ---- */

static void
tell_of_nodes(HWND window)
{
    (void)w32_user_notify(window, WM_DEVICECHANGE, DBT_DEVNODES_CHANGED, NULL);
}

static void
on_any_change(void)
{
    w32_user_top_windows(tell_of_nodes);
}

static void
on_first_window(void)
{
    client_on_any_change(on_any_change);
}

void
client_win32_windows_init(void)
{
    w32_user_on_first_window(on_first_window);
}

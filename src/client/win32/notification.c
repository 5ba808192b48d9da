/* SPDX-License-Identifier: MIT */
/*
 * CM_Register_Notification. Interfaces and device instances are heard of from the session's journal, by one
 * thread for the process, in order; what happens to an open device from that device's own watch.
 *
 * An event carries a number: a registration is told of those that came after it.
 */
#include "client/win32/notification.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <openwdf/client.h>

#include "base/atomic.h"
#include "base/list.h"
#include "client/win32/device.h"
#include "ipc/names_watch.h"
#include "sys/fd.h"
#include "sys/lock.h"
#include "sys/thread.h"
#include "sys/wait.h"
#include "win32/object.h"

struct client_registration {
    struct list link;
    struct client_notified notified;
    CM_NOTIFY_FILTER_TYPE type;
    char guid[FRAME_GUID_SIZE]; /* Interfaces: of this class; "": of all. */
    char *instance;             /* UTF-8; NULL: all devices. */
    owdf_watch *watch;          /* An open device's. */
    uint64_t number;            /* Events from this one on. */
    unsigned references;
    bool dead;
    unsigned running;
    struct sys_thread *runner; /* Of the call that began last. */
    uint32_t idle;             /* Counts calls that ended; who waits sleeps on it. */
};

/* An event that has not been told yet. */
struct event {
    struct list link;
    uint64_t number;
    struct names_event said;
};

static struct {
    struct sys_lock lock; /* Guards everything here and the registrations. */
    struct list registrations;
    struct list events;
    uint64_t last_number;
    struct names_watch *watch; /* NULL: nobody has asked yet. */
    int poll;
    int kick; /* An event: there is something to tell. */
    void (*on_any_change)(void);
} hub = {.registrations = {&hub.registrations, &hub.registrations},
         .events = {&hub.events, &hub.events}};

/* ---- Life ---- */

static void
unref_locked(struct client_registration *registration)
{
    if (--registration->references != 0) {
        return;
    }
    list_remove(&registration->link);
    if (registration->notified.release != NULL) {
        registration->notified.release(registration->notified.context);
    }
    free(registration->instance);
    free(registration);
}

/* Calls it, unless it has been ended. The caller references it. */
static DWORD
call(struct client_registration *registration, CM_NOTIFY_ACTION action, CM_NOTIFY_EVENT_DATA *data,
     DWORD size)
{
    DWORD answer;

    sys_lock_acquire(&hub.lock);
    if (registration->dead) {
        sys_lock_release(&hub.lock);
        return ERROR_SUCCESS;
    }
    registration->running++;
    registration->runner = sys_thread_self();
    sys_lock_release(&hub.lock);
    answer =
        registration->notified.fn(registration, registration->notified.context, action, data, size);
    sys_lock_acquire(&hub.lock);
    registration->running--;
    (void)atomic_fetch_add_u32(&registration->idle, 1);
    sys_wake(&registration->idle, UINT32_MAX);
    sys_lock_release(&hub.lock);
    return answer;
}

/* ---- Interfaces and instances ---- */

static bool
concerns(const struct client_registration *registration, const struct event *event)
{
    bool interface = event->said.kind <= NAMES_INTERFACE_REMOVED;

    if (registration->dead || registration->number > event->number) {
        return false;
    }
    if (registration->type == CM_NOTIFY_FILTER_TYPE_DEVICEINTERFACE) {
        return interface &&
               (registration->guid[0] == '\0' || strcmp(registration->guid, event->said.guid) == 0);
    }
    return registration->type == CM_NOTIFY_FILTER_TYPE_DEVICEINSTANCE && !interface &&
           event->said.kind != NAMES_DEVICE_STOPPED &&
           (registration->instance == NULL ||
            strcasecmp(registration->instance, event->said.name) == 0);
}

/* What an event is to an application; from malloc. */
static CM_NOTIFY_EVENT_DATA *
event_data(const struct names_event *said, CM_NOTIFY_ACTION *ret_action, DWORD *ret_size)
{
    static const CM_NOTIFY_ACTION actions[NAMES_EVENT_KINDS] = {
        [NAMES_INTERFACE_ARRIVED] = CM_NOTIFY_ACTION_DEVICEINTERFACEARRIVAL,
        [NAMES_INTERFACE_REMOVED] = CM_NOTIFY_ACTION_DEVICEINTERFACEREMOVAL,
        [NAMES_DEVICE_ENUMERATED] = CM_NOTIFY_ACTION_DEVICEINSTANCEENUMERATED,
        [NAMES_DEVICE_STARTED] = CM_NOTIFY_ACTION_DEVICEINSTANCESTARTED,
        [NAMES_DEVICE_REMOVED] = CM_NOTIFY_ACTION_DEVICEINSTANCEREMOVED,
    };
    bool interface = said->kind <= NAMES_INTERFACE_REMOVED;
    char text[NAMES_NAME_SIZE + 4];
    CM_NOTIFY_EVENT_DATA *data;
    WCHAR *wide;
    size_t bytes;

    (void)snprintf(text, sizeof(text), "%s%s", interface ? "\\\\?\\" : "", said->name);
    wide = w32_wide(text);
    if (wide == NULL) {
        return NULL;
    }
    bytes = ((size_t)lstrlenW(wide) + 1) * sizeof(WCHAR);
    data = calloc(1, sizeof(*data) + bytes);
    if (data != NULL) {
        data->FilterType = interface ? CM_NOTIFY_FILTER_TYPE_DEVICEINTERFACE
                                     : CM_NOTIFY_FILTER_TYPE_DEVICEINSTANCE;
        if (interface) {
            unsigned d[11];

            (void)sscanf(said->guid, "{%8x-%4x-%4x-%2x%2x-%2x%2x%2x%2x%2x%2x}", &d[0], &d[1], &d[2],
                         &d[3], &d[4], &d[5], &d[6], &d[7], &d[8], &d[9], &d[10]);
            data->u.DeviceInterface.ClassGuid.Data1 = d[0];
            data->u.DeviceInterface.ClassGuid.Data2 = (USHORT)d[1];
            data->u.DeviceInterface.ClassGuid.Data3 = (USHORT)d[2];
            for (unsigned i = 0; i < 8; i++) {
                data->u.DeviceInterface.ClassGuid.Data4[i] = (UCHAR)d[3 + i];
            }
            memcpy(data->u.DeviceInterface.SymbolicLink, wide, bytes);
            *ret_size =
                (DWORD)(offsetof(CM_NOTIFY_EVENT_DATA, u.DeviceInterface.SymbolicLink) + bytes);
        } else {
            memcpy(data->u.DeviceInstance.InstanceId, wide, bytes);
            *ret_size =
                (DWORD)(offsetof(CM_NOTIFY_EVENT_DATA, u.DeviceInstance.InstanceId) + bytes);
        }
        *ret_action = actions[said->kind];
    }
    free(wide);
    return data;
}

/* Tells all whom it concerns; each is referenced while he is. */
static void
tell(const struct event *event)
{
    CM_NOTIFY_ACTION action = CM_NOTIFY_ACTION_MAX;
    CM_NOTIFY_EVENT_DATA *data;
    struct list *link;
    DWORD size = 0;

    data = event_data(&event->said, &action, &size);
    if (data == NULL) {
        return;
    }
    sys_lock_acquire(&hub.lock);
    for (link = hub.registrations.next; link != &hub.registrations;) {
        struct client_registration *registration =
            container_of(link, struct client_registration, link);

        if (!concerns(registration, event)) {
            link = link->next;
            continue;
        }
        registration->references++;
        sys_lock_release(&hub.lock);
        (void)call(registration, action, data, size);
        sys_lock_acquire(&hub.lock);
        link = link->next; /* Its place is kept while it is referenced. */
        unref_locked(registration);
    }
    sys_lock_release(&hub.lock);
    free(data);
}

/* Under the lock. */
static void
collect(void *argument, const struct names_event *said)
{
    struct event *event = malloc(sizeof(*event));

    (void)argument;
    if (event != NULL) {
        event->said = *said;
        event->number = ++hub.last_number;
        list_push_back(&hub.events, &event->link);
    }
}

static void
tell_collected(void)
{
    void (*on_any_change)(void);
    bool devices = false;

    for (;;) {
        struct list *link;

        sys_lock_acquire(&hub.lock);
        link = list_pop_front(&hub.events);
        on_any_change = hub.on_any_change;
        sys_lock_release(&hub.lock);
        if (link == NULL) {
            break;
        }
        devices =
            devices || container_of(link, struct event, link)->said.kind > NAMES_INTERFACE_REMOVED;
        tell(container_of(link, struct event, link));
        free(container_of(link, struct event, link));
    }
    if (devices && on_any_change != NULL) {
        on_any_change();
    }
}

static void
hub_main(void *argument)
{
    struct sys_poll_event events[2];

    (void)argument;
    for (;;) {
        if (sys_poll_wait(hub.poll, events, 2, SYS_FOREVER) < 0) {
            return;
        }
        (void)sys_event_clear(hub.kick);
        sys_lock_acquire(&hub.lock);
        names_watch_poll(hub.watch, collect, NULL);
        sys_lock_release(&hub.lock);
        tell_collected();
    }
}

/* Under the lock: the thread lives as long as the process. */
static int
hub_start_locked(void)
{
    struct sys_thread *thread;
    struct names names;
    int error;

    if (hub.watch != NULL) {
        return 0;
    }
    error = names_open(&names, true);
    error = error != 0 ? error : names_watch_open(&names, &hub.watch);
    if (error != 0) {
        hub.watch = NULL;
        return error;
    }
    hub.poll = sys_poll_create();
    hub.kick = sys_event_create();
    error = hub.poll < 0   ? hub.poll
            : hub.kick < 0 ? hub.kick
                           : sys_poll_add(hub.poll, names_watch_fd(hub.watch), SYS_FD_READABLE, 0);
    error = error != 0 ? error : sys_poll_add(hub.poll, hub.kick, SYS_FD_READABLE, 1);
    error = error != 0 ? error : sys_thread_create(&thread, "owdf-notify", hub_main, NULL);
    if (error == 0) {
        sys_thread_detach(thread);
        return 0;
    }
    sys_fd_close(&hub.poll);
    sys_fd_close(&hub.kick);
    names_watch_close(hub.watch);
    hub.watch = NULL;
    return error;
}

void
client_on_any_change(void (*fn)(void))
{
    sys_lock_acquire(&hub.lock);
    hub.on_any_change = fn;
    (void)hub_start_locked();
    sys_lock_release(&hub.lock);
}

/* ---- Open devices ---- */

static int32_t
on_change(void *context, const struct owdf_change *change)
{
    static const CM_NOTIFY_ACTION actions[] = {
        [OWDF_CHANGE_QUERY_REMOVE] = CM_NOTIFY_ACTION_DEVICEQUERYREMOVE,
        [OWDF_CHANGE_REMOVE_CANCELLED] = CM_NOTIFY_ACTION_DEVICEQUERYREMOVEFAILED,
        [OWDF_CHANGE_REMOVE_PENDING] = CM_NOTIFY_ACTION_DEVICEREMOVEPENDING,
        [OWDF_CHANGE_REMOVE_COMPLETE] = CM_NOTIFY_ACTION_DEVICEREMOVECOMPLETE,
        [OWDF_CHANGE_CUSTOM] = CM_NOTIFY_ACTION_DEVICECUSTOMEVENT,
    };
    struct client_registration *registration = context;
    CM_NOTIFY_EVENT_DATA *data = calloc(1, sizeof(*data) + change->size);
    DWORD answer = ERROR_SUCCESS;

    if (data == NULL) {
        return 0;
    }
    data->FilterType = CM_NOTIFY_FILTER_TYPE_DEVICEHANDLE;
    data->u.DeviceHandle.NameOffset = change->name_offset;
    data->u.DeviceHandle.DataSize = change->size;
    memcpy(&data->u.DeviceHandle.EventGuid, change->event, sizeof(data->u.DeviceHandle.EventGuid));
    if (change->size != 0) {
        memcpy(data->u.DeviceHandle.Data, change->data, change->size);
    }
    answer = call(registration, actions[change->kind], data,
                  (DWORD)(offsetof(CM_NOTIFY_EVENT_DATA, u.DeviceHandle.Data) + change->size));
    free(data);
    /* "ERROR_CANCELLED if the callback vetoes": STATUS_UNSUCCESSFUL for the driver's side. */
    return change->kind == OWDF_CHANGE_QUERY_REMOVE && answer != ERROR_SUCCESS ? (int32_t)0xC0000001
                                                                               : 0;
}

static CONFIGRET
watch_handle(struct client_registration *registration, HANDLE target)
{
    struct w32_object *object = w32_handle_ref(target, 1u << W32_FILE);
    owdf_handle *handle = object != NULL ? client_win32_handle(object) : NULL;
    int error = handle == NULL
                    ? -EINVAL
                    : owdf_watch_device(handle, on_change, registration, &registration->watch);

    if (object != NULL) {
        w32_object_unref(object);
    }
    return error == 0         ? CR_SUCCESS
           : error == -ENOMEM ? CR_OUT_OF_MEMORY
           : error == -EPIPE  ? CR_NO_SUCH_DEVINST
                              : CR_INVALID_DATA;
}

/* ---- Registering ---- */

static CONFIGRET
watch_names_locked(struct client_registration *registration)
{
    int error = hub_start_locked();

    if (error == 0 && registration->type == CM_NOTIFY_FILTER_TYPE_DEVICEINTERFACE) {
        if (registration->guid[0] == '\0') {
            names_watch_all(hub.watch, collect, NULL);
        } else {
            error = names_watch_class(hub.watch, registration->guid, collect, NULL);
        }
    } else if (error == 0) {
        names_watch_poll(hub.watch, collect, NULL);
    }
    if (error == 0) {
        registration->number = hub.last_number + 1;
        sys_event_set(hub.kick);
    }
    return error == 0 ? CR_SUCCESS : error == -ENOMEM ? CR_OUT_OF_MEMORY : CR_FAILURE;
}

static CONFIGRET
decode(struct client_registration *registration, const CM_NOTIFY_FILTER *filter)
{
    const GUID *guid = &filter->u.DeviceInterface.ClassGuid;

    if (filter->cbSize != sizeof(*filter) || filter->Reserved != 0) {
        return CR_INVALID_DATA;
    }
    registration->type = filter->FilterType;
    switch (filter->FilterType) {
    case CM_NOTIFY_FILTER_TYPE_DEVICEINTERFACE:
        if ((filter->Flags & CM_NOTIFY_FILTER_FLAG_ALL_INTERFACE_CLASSES) == 0) {
            (void)snprintf(registration->guid, sizeof(registration->guid),
                           "{%08x-%04x-%04x-%02x%02x-%02x%02x%02x%02x%02x%02x}",
                           (unsigned)guid->Data1, guid->Data2, guid->Data3, guid->Data4[0],
                           guid->Data4[1], guid->Data4[2], guid->Data4[3], guid->Data4[4],
                           guid->Data4[5], guid->Data4[6], guid->Data4[7]);
        }
        return CR_SUCCESS;
    case CM_NOTIFY_FILTER_TYPE_DEVICEINSTANCE:
        if ((filter->Flags & CM_NOTIFY_FILTER_FLAG_ALL_DEVICE_INSTANCES) == 0) {
            registration->instance = w32_utf8(filter->u.DeviceInstance.InstanceId);
            return registration->instance == NULL ? CR_OUT_OF_MEMORY : CR_SUCCESS;
        }
        return CR_SUCCESS;
    case CM_NOTIFY_FILTER_TYPE_DEVICEHANDLE:
        return filter->Flags != 0 ? CR_INVALID_FLAG : CR_SUCCESS;
    default:
        return CR_INVALID_DATA;
    }
}

CONFIGRET
client_register(const CM_NOTIFY_FILTER *filter, const struct client_notified *notified,
                struct client_registration **ret_registration)
{
    struct client_registration *registration = calloc(1, sizeof(*registration));
    CONFIGRET result;

    if (registration == NULL) {
        return CR_OUT_OF_MEMORY;
    }
    registration->references = 1;
    registration->notified = *notified;
    result = decode(registration, filter);
    if (result != CR_SUCCESS) {
        free(registration->instance);
        free(registration);
        return result;
    }
    *ret_registration = registration;
    sys_lock_acquire(&hub.lock);
    list_push_back(&hub.registrations, &registration->link);
    if (registration->type != CM_NOTIFY_FILTER_TYPE_DEVICEHANDLE) {
        registration->number = UINT64_MAX; /* Of nothing that has happened. */
        result = watch_names_locked(registration);
    }
    sys_lock_release(&hub.lock);
    if (registration->type == CM_NOTIFY_FILTER_TYPE_DEVICEHANDLE) {
        result = watch_handle(registration, filter->u.DeviceHandle.hTarget);
    }
    if (result != CR_SUCCESS) {
        *ret_registration = NULL;
        registration->notified.release = NULL; /* The caller's still. */
        (void)client_unregister(registration, false);
    }
    return result;
}

static bool
is_live_locked(const struct client_registration *registration)
{
    struct list *link;

    list_for_each(link, &hub.registrations)
    {
        const struct client_registration *other =
            container_of(link, struct client_registration, link);

        if (other == registration) {
            return !other->dead;
        }
    }
    return false;
}

/* A watch is waited for; without `wait` somebody else does that. */
static void
end_watch(void *argument)
{
    struct client_registration *registration = argument;

    owdf_unwatch(registration->watch);
    sys_lock_acquire(&hub.lock);
    unref_locked(registration);
    sys_lock_release(&hub.lock);
}

bool
client_unregister(struct client_registration *registration, bool wait)
{
    struct sys_thread *thread;
    bool own;

    sys_lock_acquire(&hub.lock);
    if (!is_live_locked(registration)) {
        sys_lock_release(&hub.lock);
        return false;
    }
    registration->dead = true;
    own = registration->running != 0 && registration->runner == sys_thread_self();
    while (wait && !own && registration->running != 0) {
        uint32_t idle = atomic_load_u32(&registration->idle);

        sys_lock_release(&hub.lock);
        (void)sys_wait(&registration->idle, idle, SYS_FOREVER);
        sys_lock_acquire(&hub.lock);
    }
    if (registration->watch == NULL) {
        unref_locked(registration);
        sys_lock_release(&hub.lock);
        return true;
    }
    sys_lock_release(&hub.lock);
    if (!wait && !own && sys_thread_create(&thread, "owdf-unwatch", end_watch, registration) == 0) {
        sys_thread_detach(thread);
    } else {
        end_watch(registration);
    }
    return true;
}

/* ---- The documented functions ---- */

struct callback {
    PCM_NOTIFY_CALLBACK fn;
    PVOID context;
};

static DWORD
call_back(struct client_registration *registration, void *context, CM_NOTIFY_ACTION action,
          CM_NOTIFY_EVENT_DATA *data, DWORD size)
{
    const struct callback *callback = context;

    return callback->fn((HCMNOTIFICATION)(void *)registration, callback->context, action, data,
                        size);
}

CONFIGRET
CM_Register_Notification(PCM_NOTIFY_FILTER pFilter, PVOID pContext, PCM_NOTIFY_CALLBACK pCallback,
                         PHCMNOTIFICATION pNotifyContext)
{
    struct client_notified notified = {.fn = call_back, .release = free};
    struct callback *callback;
    CONFIGRET result;

    if (pFilter == NULL || pCallback == NULL || pNotifyContext == NULL) {
        return CR_INVALID_POINTER;
    }
    callback = malloc(sizeof(*callback));
    if (callback == NULL) {
        return CR_OUT_OF_MEMORY;
    }
    *callback = (struct callback){.fn = pCallback, .context = pContext};
    notified.context = callback;
    result = client_register(pFilter, &notified, (struct client_registration **)pNotifyContext);
    if (result != CR_SUCCESS) {
        free(callback);
    }
    return result;
}

CONFIGRET
CM_Unregister_Notification(HCMNOTIFICATION NotifyContext)
{
    return client_unregister((struct client_registration *)(void *)NotifyContext, true)
               ? CR_SUCCESS
               : CR_INVALID_DATA;
}

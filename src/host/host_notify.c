/* SPDX-License-Identifier: MIT */
/*
 * The other hosts' interfaces: see host_notify.h. A thread reads the session's journal from the first
 * registration on. The watch is used under io_notify_hold alone.
 */
#include "host/host_notify.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/atomic.h"
#include "base/log.h"
#include "base/utf16.h"
#include "host/host_remote.h"
#include "host/host_watch.h"
#include "ipc/names_watch.h"
#include "nt/io/notify.h"
#include "sys/fd.h"
#include "sys/thread.h"
#include "sys/wait.h"

static struct {
    const char *device_id;
    struct names_watch *watch;
    struct sys_thread *thread;
    int poll;
    int stop; /* An event. */
} notify = {.poll = -1, .stop = -1};

enum {
    TAG_WATCH,
    TAG_STOP
};

/* ---- Between the two spellings ---- */

static bool
guid_parse(const char *text, GUID *guid)
{
    unsigned a, b, c, d[8];

    if (sscanf(text, "{%8x-%4x-%4x-%2x%2x-%2x%2x%2x%2x%2x%2x}", &a, &b, &c, &d[0], &d[1], &d[2],
               &d[3], &d[4], &d[5], &d[6], &d[7]) != 11) {
        return false;
    }
    guid->Data1 = a;
    guid->Data2 = (USHORT)b;
    guid->Data3 = (USHORT)c;
    for (unsigned i = 0; i < 8; i++) {
        guid->Data4[i] = (UCHAR)d[i];
    }
    return true;
}

static void
guid_format(const GUID *g, char text[FRAME_GUID_SIZE])
{
    (void)snprintf(text, FRAME_GUID_SIZE, "{%08x-%04x-%04x-%02x%02x-%02x%02x%02x%02x%02x%02x}",
                   (unsigned)g->Data1, g->Data2, g->Data3, g->Data4[0], g->Data4[1], g->Data4[2],
                   g->Data4[3], g->Data4[4], g->Data4[5], g->Data4[6], g->Data4[7]);
}

/* The interface's symbolic link as drivers know it; `text` has room for it. */
static void
link_name(const char *name, WCHAR *text, size_t room, PUNICODE_STRING link)
{
    char full[NAMES_NAME_SIZE + 4];
    size_t length;

    (void)snprintf(full, sizeof(full), "\\??\\%s", name);
    length = utf8_to_utf16((uint16_t *)text, room, full, strlen(full));
    link->Buffer = text;
    link->Length = (USHORT)((length < room ? length : room) * sizeof(WCHAR));
    link->MaximumLength = link->Length;
}

/* ---- What is heard ---- */

static void
on_event(void *argument, const struct names_event *event)
{
    WCHAR text[NAMES_NAME_SIZE + 4];
    UNICODE_STRING link;
    GUID guid;

    (void)argument;
    if (event->kind > NAMES_INTERFACE_REMOVED ||
        strcasecmp(event->device_id, notify.device_id) == 0 || !guid_parse(event->guid, &guid)) {
        return;
    }
    link_name(event->name, text, NAMES_NAME_SIZE + 4, &link);
    io_notify_foreign_interface(&guid, event->kind == NAMES_INTERFACE_ARRIVED, &link);
}

static void
thread_main(void *argument)
{
    struct sys_poll_event events[2];
    bool stop = false;

    (void)argument;
    while (!stop) {
        int count = sys_poll_wait(notify.poll, events, 2, SYS_FOREVER);

        for (int i = 0; i < count; i++) {
            if (events[i].tag == TAG_STOP) {
                stop = true;
            } else {
                io_notify_hold();
                names_watch_poll(notify.watch, on_event, NULL);
                io_notify_release();
            }
        }
    }
}

/* Held. */
static int
begin(void)
{
    struct names names;
    int error = names_open(&names, true);

    error = error != 0 ? error : names_watch_open(&names, &notify.watch);
    if (error != 0) {
        return error;
    }
    notify.poll = sys_poll_create();
    notify.stop = sys_event_create();
    error = notify.poll < 0   ? notify.poll
            : notify.stop < 0 ? notify.stop
                              : sys_poll_add(notify.poll, names_watch_fd(notify.watch),
                                             SYS_FD_READABLE, TAG_WATCH);
    error = error != 0 ? error : sys_poll_add(notify.poll, notify.stop, SYS_FD_READABLE, TAG_STOP);
    error = error != 0 ? error : sys_thread_create(&notify.thread, "wdf-notify", thread_main, NULL);
    return error;
}

struct finder {
    void (*found)(void *argument, PCUNICODE_STRING name);
    void *argument;
};

static int
on_known(void *argument, const char *guid, const char *name, const char *device_id)
{
    const struct finder *finder = argument;
    WCHAR text[NAMES_NAME_SIZE + 4];
    UNICODE_STRING link;

    (void)guid;
    if (strcasecmp(device_id, notify.device_id) != 0) {
        link_name(name, text, NAMES_NAME_SIZE + 4, &link);
        finder->found(finder->argument, &link);
    }
    return 0;
}

static void
end(void)
{
    names_watch_close(notify.watch);
    notify.watch = NULL;
    sys_fd_close(&notify.poll);
    sys_fd_close(&notify.stop);
}

static void
watch_class(const GUID *class_guid, void (*found)(void *argument, PCUNICODE_STRING name),
            void *argument)
{
    struct finder finder = {.found = found, .argument = argument};
    char guid[FRAME_GUID_SIZE];
    int error = 0;

    guid_format(class_guid, guid);
    if (notify.watch == NULL) {
        error = begin();
        if (error != 0) {
            end();
        }
    }
    error = error != 0 ? error : names_watch_class(notify.watch, guid, on_event, NULL);
    error = error != 0 ? error : names_watch_known(notify.watch, guid, on_known, &finder);
    if (error != 0) {
        base_log(BASE_LOG_ERROR, "host", "nothing is heard of other hosts' interfaces %s: %s", guid,
                 strerror(-error));
    }
}

/* ---- Life ---- */

void
host_notify_start(const char *device_id)
{
    static const struct io_notify_system system = {
        .watch_class = watch_class,
        .tell_others = host_watch_tell,
        .watch_file = host_remote_watch,
        .unwatch_file = host_remote_unwatch,
    };

    notify.device_id = device_id;
    io_notify_set_system(&system);
}

void
host_notify_stop(void)
{
    io_notify_set_system(NULL);
    if (notify.thread != NULL) {
        sys_event_set(notify.stop);
        sys_thread_join(notify.thread);
        notify.thread = NULL;
        end();
    }
    host_remote_stop();
    host_watch_end();
}

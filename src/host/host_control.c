/* SPDX-License-Identifier: MIT */
/* The host's end of the control channel: see host_control.h. */
#include "host/host_control.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include <ntddk.h>

#include "base/atomic.h"
#include "base/log.h"
#include "host/host_conn.h"
#include "host/host_crew.h"
#include "host/host_tree.h"
#include "host/host_watch.h"
#include "host/host_wmi.h"
#include "ipc/channel.h"
#include "sys/lock.h"
#include "sys/wait.h"

/* As many as a reflector has; an id's lower bits are its index. */
#define CONNECTIONS_MAX 4096u

/* Critical operations that may sleep in the driver at once. */
#define CONTROL_THREADS_MAX 16u

enum control_end {
    CONTROL_RUNS,
    CONTROL_REMOVE, /* The reflector asked for the device's removal. */
    CONTROL_GONE,   /* The reflector is gone. */
};

static struct {
    int socket;
    struct host_crew crew;
    struct sys_lock lock; /* table */
    struct host_conn *table[CONNECTIONS_MAX];
    uint32_t ids[CONNECTIONS_MAX];
    uint32_t end;      /* enum control_end; atomic; the main thread sleeps on it. */
    uint32_t question; /* The number of the one that is open; guarded by `lock`. */
    uint32_t answered; /* Atomic; who asks sleeps on it. */
    int32_t answer;    /* Guarded by `lock`. */
} control;

static void
end(enum control_end why)
{
    atomic_store_u32(&control.end, why);
    sys_wake(&control.end, UINT32_MAX);
    if (why == CONTROL_GONE) {
        /* Nobody will answer a question any more. */
        sys_lock_acquire(&control.lock);
        control.answer = STATUS_DEVICE_NOT_READY;
        atomic_store_u32(&control.answered, 1);
        sys_lock_release(&control.lock);
        sys_wake(&control.answered, UINT32_MAX);
    }
}

/* ---- To the reflector ---- */

static void
say(union frame *frame, enum frame_type type)
{
    int error = channel_send(control.socket, frame, type, NULL);

    if (error != 0 && error != -EPIPE) {
        base_log(BASE_LOG_ERROR, "host", "cannot send %s to the reflector: %s",
                 frame_type_name(type), strerror(-error));
    }
}

static void
say_status(enum frame_type type, uint32_t id, int32_t status, uint32_t outstanding,
           uint64_t information)
{
    union frame frame = {.status = {.header.connection = id,
                                    .status = status,
                                    .outstanding = outstanding,
                                    .information = information}};

    say(&frame, type);
}

void
host_control_say_ready(int32_t status)
{
    say_status(FRAME_READY, 0, status, 0, 0);
}

void
host_control_say_removed(int32_t status)
{
    say_status(FRAME_REMOVED, 0, status, 0, 0);
}

void
host_control_say_name(bool enabled, const char *guid, const char *name)
{
    union frame frame = {.name = {.enabled = enabled}};

    (void)snprintf(frame.name.guid, sizeof(frame.name.guid), "%s", guid);
    if (strlen(name) >= sizeof(frame.name.name)) {
        base_log(BASE_LOG_WARN, "host", "a device name of %zu bytes is too long to be published",
                 strlen(name));
        return;
    }
    strcpy(frame.name.name, name);
    say(&frame, FRAME_NAME);
}

void
host_control_say_devnode(const struct frame_devnode *devnode)
{
    union frame frame = {.devnode = *devnode};

    say(&frame, FRAME_DEVNODE);
}

void
host_control_say_woken(void)
{
    union frame frame = {.header.connection = 0};

    say(&frame, FRAME_WOKEN);
}

void
host_control_say_change(uint32_t id, const struct frame_change *change)
{
    union frame frame = {.change = *change};

    frame.header.connection = id;
    say(&frame, FRAME_CHANGE);
}

static void
configured(uint32_t number, int32_t status)
{
    sys_lock_acquire(&control.lock);
    if (number == control.question) {
        control.answer = status;
        atomic_store_u32(&control.answered, 1);
    }
    sys_lock_release(&control.lock);
    sys_wake(&control.answered, UINT32_MAX);
}

int32_t
host_control_configure(const struct frame_configure *question)
{
    union frame frame = {.configure = *question};
    int32_t answer;

    sys_lock_acquire(&control.lock);
    frame.header.connection = ++control.question;
    atomic_store_u32(&control.answered, 0);
    sys_lock_release(&control.lock);
    say(&frame, FRAME_CONFIGURE);
    while (atomic_load_u32(&control.answered) == 0) {
        if (atomic_load_u32(&control.end) == CONTROL_GONE) {
            return STATUS_DEVICE_NOT_READY;
        }
        (void)sys_wait(&control.answered, 0, SYS_FOREVER);
    }
    sys_lock_acquire(&control.lock);
    answer = control.answer;
    sys_lock_release(&control.lock);
    return answer;
}

/* ---- Connections ---- */

/* The connection of that id, with a reference; NULL when it is not there (any more). */
static struct host_conn *
conn_find(uint32_t id)
{
    uint32_t index = id % CONNECTIONS_MAX;
    struct host_conn *conn = NULL;

    sys_lock_acquire(&control.lock);
    if (control.table[index] != NULL && control.ids[index] == id) {
        conn = control.table[index];
        host_conn_ref(conn);
    }
    sys_lock_release(&control.lock);
    return conn;
}

static void
conn_forget(uint32_t id)
{
    sys_lock_acquire(&control.lock);
    control.table[id % CONNECTIONS_MAX] = NULL;
    sys_lock_release(&control.lock);
}

static void
conn_open_done(void *owner, uint32_t id, int32_t status, uint64_t information)
{
    (void)owner;
    if (status < 0) {
        conn_forget(id);
    }
    say_status(FRAME_OPEN_DONE, id, status, 0, information);
}

static void
conn_cleanup_done(void *owner, uint32_t id, uint32_t outstanding)
{
    (void)owner;
    say_status(FRAME_CLEANUP_DONE, id, STATUS_SUCCESS, outstanding, 0);
}

static void
conn_close_done(void *owner, uint32_t id)
{
    union frame frame = {.header.connection = id};

    (void)owner;
    conn_forget(id);
    say(&frame, FRAME_CLOSE_DONE);
}

static void
conn_broken(void *owner, uint32_t id, const char *reason)
{
    union frame frame = {.broken.header.connection = id};

    (void)owner;
    (void)snprintf(frame.broken.reason, sizeof(frame.broken.reason), "%s", reason);
    say(&frame, FRAME_BROKEN);
}

static const struct host_conn_events conn_events = {
    .open_done = conn_open_done,
    .cleanup_done = conn_cleanup_done,
    .close_done = conn_close_done,
    .broken = conn_broken,
};

static void
on_open(const struct frame_host_open *open, const int *fds)
{
    uint32_t index = open->header.connection % CONNECTIONS_MAX;
    struct host_conn *conn = NULL;
    int error;

    /* Held over the start, so that what the connection says at once finds its place filled. */
    sys_lock_acquire(&control.lock);
    error = host_conn_create(open, fds, &conn_events, NULL, &conn);
    if (error == 0) {
        control.table[index] = conn;
        control.ids[index] = open->header.connection;
    }
    sys_lock_release(&control.lock);
    if (error != 0) {
        base_log(BASE_LOG_ERROR, "host", "cannot serve an open of \"%s\": %s", open->open.name,
                 strerror(-error));
        say_status(FRAME_OPEN_DONE, open->header.connection, STATUS_INSUFFICIENT_RESOURCES, 0, 0);
    }
}

static void
on_cancel(uint32_t id, const struct frame_cancel *cancel)
{
    struct host_conn *conn = conn_find(id);
    union frame frame = {.header.connection = id};

    if (conn != NULL) {
        host_conn_cancel(conn, cancel->slot, cancel->generation);
        host_conn_unref(conn);
    }
    say(&frame, FRAME_CANCEL_DONE);
}

static void
on_conn(uint32_t id, void (*operation)(struct host_conn *conn))
{
    struct host_conn *conn = conn_find(id);

    if (conn != NULL) {
        operation(conn);
        host_conn_unref(conn);
    }
}

/* Somebody wants to hear of a connection's device. */
static void
on_watch(uint32_t id, uint32_t target)
{
    struct host_conn *conn = conn_find(target);
    PDEVICE_OBJECT device = NULL;

    if (conn != NULL) {
        device = host_conn_device(conn);
        host_conn_unref(conn);
    }
    say_status(FRAME_WATCHED, id,
               device != NULL ? host_watch_add(id, device) : STATUS_NO_SUCH_DEVICE, 0, 0);
}

/* Drivers sleep in it, and it asks the manager itself: another thread listens meanwhile. */
static void
on_action(const struct frame_action *action)
{
    NTSTATUS status;

    host_crew_enter_driver();
    status = host_tree_action((enum frame_action_code)action->action, action->argument,
                              action->instance_id);
    host_crew_leave_driver();
    say_status(FRAME_ACTION_DONE, action->header.connection, status, 0, 0);
}

/* ---- The crew ---- */

static bool
control_step(void *argument)
{
    int fds[CHANNEL_FDS_MAX];
    union frame frame;
    int result;

    (void)argument;
    result = channel_receive(control.socket, &frame, FRAME_FROM_MANAGER, fds);
    if (result != 1) {
        if (result != 0) {
            base_log(BASE_LOG_ERROR, "host", "the control channel failed: %s", strerror(-result));
        }
        end(CONTROL_GONE);
        return false;
    }
    switch ((enum frame_type)frame.header.type) {
    case FRAME_HOST_OPEN:
        on_open(&frame.host_open, fds);
        break;
    case FRAME_HOST_CANCEL:
        on_cancel(frame.header.connection, &frame.cancel);
        break;
    case FRAME_HOST_CLEANUP:
        on_conn(frame.header.connection, host_conn_cleanup);
        break;
    case FRAME_HOST_CLOSE:
        on_conn(frame.header.connection, host_conn_close);
        break;
    case FRAME_HOST_REMOVE:
        end(CONTROL_REMOVE);
        break;
    case FRAME_HOST_ACTION:
        on_action(&frame.action);
        break;
    case FRAME_HOST_WMI:
        host_crew_enter_driver();
        host_wmi_run(frame.wmi.instance_id, &frame.wmi.call);
        host_crew_leave_driver();
        say(&frame, FRAME_WMI_DONE);
        break;
    case FRAME_WATCH:
        on_watch(frame.header.connection, frame.watch.target);
        break;
    case FRAME_UNWATCH:
        host_watch_remove(frame.header.connection);
        break;
    case FRAME_CHANGE_DONE:
        host_watch_answer(frame.header.connection, frame.status.information, frame.status.status);
        break;
    case FRAME_HOST_CONFIGURED:
        configured(frame.header.connection, frame.status.status);
        break;
    default:
        break;
    }
    return true;
}

int
host_control_start(int socket)
{
    control.socket = socket;
    control.crew = (struct host_crew){
        .name = "wdf-control", .max_threads = CONTROL_THREADS_MAX, .step = control_step};
    return host_crew_start(&control.crew);
}

void
host_control_stop(void)
{
    (void)shutdown(control.socket, SHUT_RD);
}

bool
host_control_wait_remove(void)
{
    uint32_t why;

    while ((why = atomic_load_u32(&control.end)) == CONTROL_RUNS) {
        (void)sys_wait(&control.end, CONTROL_RUNS, SYS_FOREVER);
    }
    return why == CONTROL_REMOVE;
}

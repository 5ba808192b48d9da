/* SPDX-License-Identifier: MIT */
/*
 * The devices behind CreateFile's handles: the client library's, over their rings. The ends of overlapped
 * requests are fetched by one reaper thread for the process.
 */
#include <windows.h>

#include "client/win32/device.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/atomic.h"
#include "client/client_priv.h"
#include "registry/registry.h"
#include "sys/lock.h"
#include "sys/thread.h"
#include "sys/wait.h"
#include "win32/device.h"
#include "win32/event.h"
#include "win32/file.h"

struct device {
    owdf_handle *handle;
    struct w32_file *watcher; /* NULL: no overlapped requests. */
    uint32_t noticing;        /* Atomic: a notice was asked for; the reaper hears of its end. */
};

/* No OVERLAPPED of an application has this address. */
#define NOTICE_COOKIE UINT64_MAX

/* Asks to be told when the driver sets an event of ours. Without room for it nothing is told. */
static void
notice_ask(struct device *device)
{
    const struct owdf_io io = {.operation = OWDF_OP_NOTICE, .cookie = NOTICE_COOKIE};

    (void)owdf_submit(device->handle, &io, NULL);
}

/* --- The reaper ------------------------------------------------------------------------------ */

/*
 * One thread for the process sleeps in epoll on the descriptors of all overlapped handles. A file is taken
 * out by a message to that thread, so that no event for it is under way when it goes.
 */
static struct {
    struct sys_lock lock;
    int epoll; /* -1: not started. */
    int kick;  /* eventfd */
    struct sys_thread *thread;
    uint32_t turn; /* Grows when the thread has obeyed a kick. */
} reaper = {.epoll = -1, .kick = -1};

static void
reap(struct device *device)
{
    struct owdf_completion ended[32];
    int count, i;

    do {
        count = owdf_reap(device->handle, ended, sizeof(ended) / sizeof(ended[0]));
        for (i = 0; i < count; i++) {
            if (ended[i].cookie == NOTICE_COOKIE) {
                if (ended[i].status == 0) {
                    w32_event_set_by_handle((void *)(uintptr_t)ended[i].information);
                    notice_ask(device);
                }
                continue;
            }
            w32_file_ended(device->watcher, ended[i].cookie, ended[i].status, ended[i].information);
        }
        if (device->watcher != NULL) {
            w32_file_room(device->watcher);
        }
    } while (count > 0);
}

static void
reaper_main(void *argument)
{
    struct epoll_event events[16];
    int count, i;

    (void)argument;
    for (;;) {
        bool kicked = false;

        count = epoll_wait(reaper.epoll, events, 16, -1);
        for (i = 0; i < count; i++) {
            if (events[i].data.ptr == NULL) {
                kicked = true;
            } else {
                reap(events[i].data.ptr);
            }
        }
        if (kicked) {
            uint64_t value;

            (void)!read(reaper.kick, &value, sizeof(value));
            (void)atomic_fetch_add_u32(&reaper.turn, 1);
            sys_wake(&reaper.turn, UINT32_MAX);
        }
    }
}

/* Under reaper.lock: starts the thread. It lives as long as the process. */
static int
reaper_start_locked(void)
{
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL};
    int error;

    reaper.epoll = epoll_create1(EPOLL_CLOEXEC);
    reaper.kick = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (reaper.epoll < 0 || reaper.kick < 0 ||
        epoll_ctl(reaper.epoll, EPOLL_CTL_ADD, reaper.kick, &event) != 0) {
        error = -errno;
    } else {
        error = sys_thread_create(&reaper.thread, "owdf-reaper", reaper_main, NULL);
    }
    if (error != 0) {
        if (reaper.epoll >= 0) {
            close(reaper.epoll);
        }
        if (reaper.kick >= 0) {
            close(reaper.kick);
        }
        reaper.epoll = reaper.kick = -1;
    }
    return error;
}

static int
reaper_add(struct device *device)
{
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = device};
    int error = 0;

    sys_lock_acquire(&reaper.lock);
    if (reaper.epoll < 0) {
        error = reaper_start_locked();
    }
    if (error == 0 &&
        epoll_ctl(reaper.epoll, EPOLL_CTL_ADD, owdf_poll_fd(device->handle), &event) != 0) {
        error = -errno;
    }
    sys_lock_release(&reaper.lock);
    return error;
}

static void
reaper_remove(struct device *device)
{
    uint64_t one = 1;
    uint32_t turn;

    (void)epoll_ctl(reaper.epoll, EPOLL_CTL_DEL, owdf_poll_fd(device->handle), NULL);
    if (sys_thread_self() == reaper.thread) {
        return; /* Closed from a callback of ours: nothing can be under way but this. */
    }
    /* Events that epoll_wait has already returned may name the file: let that round end. */
    turn = atomic_load_u32(&reaper.turn);
    (void)!write(reaper.kick, &one, sizeof(one));
    while (atomic_load_u32(&reaper.turn) == turn) {
        (void)sys_wait(&reaper.turn, turn, SYS_FOREVER);
    }
}

/* --- The operations -------------------------------------------------------------------------- */

static int
device_open(const char *path, const struct owdf_open_options *options, struct w32_file *watcher,
            void **ret_device, int32_t *ret_status)
{
    struct device *device = calloc(1, sizeof(*device));
    int error;

    if (device == NULL) {
        return -ENOMEM;
    }
    device->watcher = watcher;
    error = owdf_open_with(path, options, &device->handle, ret_status);
    if (error == 0 && watcher != NULL) {
        error = reaper_add(device);
        if (error != 0) {
            owdf_close(device->handle);
        }
    }
    if (error != 0) {
        free(device);
        return error;
    }
    *ret_device = device;
    return 0;
}

static void
device_quiet(void *device)
{
    reaper_remove(device);
}

/*
 * A request may carry the handle of an event, which the driver then sets: from the first request on that
 * is sent while the application has events, somebody listens.
 */
static void
listen_for_events(struct device *device)
{
    if (__builtin_expect(w32_event_count() == 0 || atomic_load_u32(&device->noticing) != 0, 1) ||
        atomic_xchg_u32(&device->noticing, 1) != 0) {
        return;
    }
    if (device->watcher != NULL || reaper_add(device) == 0) {
        notice_ask(device);
    }
}

static void
device_close(void *opaque)
{
    struct device *device = opaque;

    if (device->watcher == NULL && atomic_load_u32(&device->noticing) != 0) {
        reaper_remove(device);
    }
    owdf_close(device->handle);
    free(device);
}

static int
device_request(void *device, const struct owdf_io *io, struct owdf_result *ret_result)
{
    owdf_handle *handle = ((struct device *)device)->handle;
    uint64_t token;
    int error;

    listen_for_events(device);
    error = owdf_start(handle, io, &token);
    if (error == 0) {
        /* What it returns says again, as an errno, how the request ended. */
        (void)owdf_finish(handle, token, -1, ret_result);
    }
    return error;
}

static int
device_submit(void *device, const struct owdf_io *io, uint64_t *ret_token)
{
    listen_for_events(device);
    return owdf_submit(((struct device *)device)->handle, io, ret_token);
}

static int
device_cancel(void *device, uint64_t token)
{
    return owdf_cancel(((struct device *)device)->handle, token);
}

static int
device_cancel_all(void *device)
{
    return owdf_cancel_all(((struct device *)device)->handle);
}

static int
device_fence(void *device)
{
    return owdf_fence(((struct device *)device)->handle);
}

static const struct w32_device_ops operations;

owdf_handle *
client_win32_handle(void *object)
{
    struct w32_file *file = object;

    return file->ops != &operations || file->device == NULL
               ? NULL
               : ((struct device *)file->device)->handle;
}

/* What C: stands for is what it is to drivers: $OPENWDF_ROOT, else `root` in the state folder. */
static void
set_file_root(void)
{
    static char path[4096];
    char state[4000];
    const char *root = getenv("OPENWDF_ROOT");

    if (root == NULL && reg_state_dir(state, sizeof(state)) == 0) {
        (void)snprintf(path, sizeof(path), "%s/root", state);
        root = path;
    }
    w32_set_file_root(root);
}

static const struct w32_device_ops operations = {
    .open = device_open,
    .quiet = device_quiet,
    .close = device_close,
    .request = device_request,
    .submit = device_submit,
    .cancel = device_cancel,
    .cancel_all = device_cancel_all,
    .fence = device_fence,
};

void
client_opens_as_driver(void)
{
    client_um_driver = 1;
}

void
client_win32_init(void)
{
    w32_set_devices(&operations);
    set_file_root();
}

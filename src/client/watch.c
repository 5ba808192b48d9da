/* SPDX-License-Identifier: MIT */
/*
 * What happens to an open device: see openwdf/client.h. A watch has a connection of its own to the
 * device's reflector, and a thread that reads it. The connection's end is the device's: its host died,
 * or nobody serves it any more.
 *
 * Three hold a watch: its thread, its owner, and whoever makes it until it is made. The last one to leave frees
 * it: so its owner may end it in its first call already.
 */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/atomic.h"
#include "client/client_priv.h"
#include "sys/memory.h"
#include "sys/thread.h"
#include "sys/wait.h"

struct owdf_watch {
    int control;
    owdf_change_fn *fn;
    void *context;
    base_pointer self; /* Atomic: its thread, once it runs. */
    uint32_t unwanted; /* Atomic: fn is not called any more. */
    uint32_t quiet;    /* Atomic: nor is it under way; its owner sleeps on it. */
    uint32_t holders;  /* Atomic. */
};

static void
leave(owdf_watch *watch)
{
    if (atomic_fetch_sub_u32(&watch->holders, 1) == 1) {
        close(watch->control);
        sys_free(watch);
    }
}

static void
answer(owdf_watch *watch, uint32_t number, int32_t status)
{
    union frame frame = {.status = {.status = status, .information = number}};

    (void)channel_send(watch->control, &frame, FRAME_CHANGE_DONE, NULL);
}

/* Calls the owner, unless he has left. */
static int32_t
tell(owdf_watch *watch, const struct owdf_change *change)
{
    return atomic_load_u32(&watch->unwanted) != 0 ? OWDF_STATUS_SUCCESS
                                                  : watch->fn(watch->context, change);
}

static void
watch_main(void *argument)
{
    owdf_watch *watch = argument;
    bool complete = false;
    int fds[CHANNEL_FDS_MAX];
    union frame frame;

    atomic_store_ptr(&watch->self, sys_thread_self());
    while (!complete && channel_receive(watch->control, &frame, FRAME_FROM_REFLECTOR, fds) == 1) {
        struct owdf_change change = {
            .kind = (enum owdf_change_kind)frame.change.kind,
            .name_offset = frame.change.name_offset,
            .size = frame.change.size,
            .data = frame.change.data,
        };
        uint32_t number = frame.change.number;

        if (frame.header.type != FRAME_CHANGE) {
            break; /* A reflector that says anything else is none. */
        }
        memcpy(change.event, frame.change.event, sizeof(change.event));
        complete = change.kind == OWDF_CHANGE_REMOVE_COMPLETE;
        answer(watch, number, tell(watch, &change));
    }
    if (!complete) {
        const struct owdf_change end = {.kind = OWDF_CHANGE_REMOVE_COMPLETE, .name_offset = -1};

        (void)tell(watch, &end);
    }
    atomic_store_u32(&watch->quiet, 1);
    sys_wake(&watch->quiet, UINT32_MAX);
    leave(watch);
}

/* Another connection to whoever is at the other end of this one. */
static int
connect_beside(int control)
{
    struct sockaddr_un address;
    socklen_t size = sizeof(address);

    memset(&address, 0, sizeof(address));
    if (getpeername(control, (struct sockaddr *)&address, &size) != 0) {
        return -errno;
    }
    address.sun_path[sizeof(address.sun_path) - 1] = '\0';
    return channel_connect(address.sun_path);
}

/* Asks for it and waits for the answer. */
static int
begin(int control, uint32_t target)
{
    union frame frame = {.watch = {.target = target}};
    int fds[CHANNEL_FDS_MAX];
    int result = channel_send(control, &frame, FRAME_WATCH, NULL);

    result = result != 0 ? result : channel_receive(control, &frame, FRAME_FROM_REFLECTOR, fds);
    if (result < 0) {
        return result;
    }
    if (result == 0 || frame.header.type == FRAME_REFUSED) {
        return -EPIPE;
    }
    return frame.header.type != FRAME_WATCHED ? -EPROTO : owdf_status_to_errno(frame.status.status);
}

int
owdf_watch_device(owdf_handle *handle, owdf_change_fn *fn, void *context, owdf_watch **ret_watch)
{
    struct sys_thread *thread;
    owdf_watch *watch;
    int error;

    if (!client_handle_valid(handle) || fn == NULL || ret_watch == NULL) {
        return -EINVAL;
    }
    watch = sys_alloc_zeroed(sizeof(*watch));
    if (watch == NULL) {
        return -ENOMEM;
    }
    watch->fn = fn;
    watch->context = context;
    watch->holders = 3;
    watch->control = connect_beside(handle->control);
    error = watch->control < 0 ? watch->control : begin(watch->control, handle->id);
    if (error == 0) {
        *ret_watch = watch; /* Before the thread calls fn. */
        error = sys_thread_create(&thread, "owdf-watch", watch_main, watch);
    }
    if (error == 0) {
        sys_thread_detach(thread);
        leave(watch);
        return 0;
    }
    if (watch->control >= 0) {
        close(watch->control);
    }
    sys_free(watch);
    return error == -ENOENT || error == -ECONNREFUSED ? -EPIPE : error;
}

void
owdf_unwatch(owdf_watch *watch)
{
    if (watch == NULL) {
        return;
    }
    atomic_store_u32(&watch->unwanted, 1);
    (void)shutdown(watch->control, SHUT_RDWR); /* Its thread sees the end of the connection. */
    while (atomic_load_ptr(&watch->self) != sys_thread_self() &&
           atomic_load_u32(&watch->quiet) == 0) {
        (void)sys_wait(&watch->quiet, 0, SYS_FOREVER);
    }
    leave(watch);
}

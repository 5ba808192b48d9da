/* SPDX-License-Identifier: MIT */
/* Completion ports, and the reaper thread that feeds them. */
#include "client/win32/file.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/atomic.h"
#include "sys/thread.h"
#include "sys/wait.h"

struct w32_packet {
    struct list link;
    OVERLAPPED_ENTRY entry;
    int32_t status;
};

struct w32_port {
    struct w32_object object;
    struct list packets; /* struct w32_packet.link; under w32_dispatcher. */
};

static bool
port_signaled(const struct w32_object *object, uint64_t thread)
{
    (void)thread;
    return !list_empty(&container_of(object, const struct w32_port, object)->packets);
}

static bool
port_take(struct w32_object *object, uint64_t thread)
{
    (void)object;
    (void)thread;
    return false;
}

static void
port_destroy(struct w32_object *object)
{
    struct w32_port *port = container_of(object, struct w32_port, object);
    struct list *link;

    while ((link = list_pop_front(&port->packets)) != NULL) {
        free(container_of(link, struct w32_packet, link));
    }
}

BOOL
w32_port_post(struct w32_object *port, ULONG_PTR key, DWORD bytes, OVERLAPPED *overlapped,
              int32_t status)
{
    struct w32_packet *packet = malloc(sizeof(*packet));

    if (packet == NULL) {
        return w32_fail(ERROR_NOT_ENOUGH_MEMORY);
    }
    packet->status = status;
    packet->entry = (OVERLAPPED_ENTRY){
        .lpCompletionKey = key,
        .lpOverlapped = overlapped,
        .Internal = (ULONG_PTR)(uint32_t)status,
        .dwNumberOfBytesTransferred = bytes,
    };
    sys_lock_acquire(&w32_dispatcher);
    list_push_back(&container_of(port, struct w32_port, object)->packets, &packet->link);
    w32_wake_locked(port);
    sys_lock_release(&w32_dispatcher);
    return TRUE;
}

/* Ties a file to a port; a file has one port for life. */
static BOOL
port_attach(struct w32_port *port, HANDLE handle, ULONG_PTR key)
{
    struct w32_file *file = w32_handle_ref(handle, 1u << W32_FILE);
    bool attached = false;

    if (file == NULL) {
        return FALSE;
    }
    if (file->overlapped) {
        sys_lock_acquire(&file->lock);
        if (file->port == NULL) {
            w32_object_ref(&port->object);
            file->port = &port->object;
            file->key = key;
            attached = true;
        }
        sys_lock_release(&file->lock);
    }
    w32_object_unref(&file->object);
    return attached ? TRUE : w32_fail(ERROR_INVALID_PARAMETER);
}

HANDLE
CreateIoCompletionPort(HANDLE FileHandle, HANDLE ExistingCompletionPort, ULONG_PTR CompletionKey,
                       DWORD NumberOfConcurrentThreads)
{
    struct w32_port *port;
    BOOL attached;

    (void)NumberOfConcurrentThreads; /* The scheduler here needs no such advice. */
    if (ExistingCompletionPort != NULL) {
        port = w32_handle_ref(ExistingCompletionPort, 1u << W32_PORT);
        if (port == NULL) {
            return NULL;
        }
        attached = port_attach(port, FileHandle, CompletionKey);
        w32_object_unref(&port->object);
        return attached ? ExistingCompletionPort : NULL;
    }
    port = w32_object_new(W32_PORT, sizeof(*port));
    if (port == NULL) {
        return NULL;
    }
    port->object.signaled = port_signaled;
    port->object.take = port_take;
    port->object.destroy = port_destroy;
    list_init(&port->packets);
    if (FileHandle != INVALID_HANDLE_VALUE && !port_attach(port, FileHandle, CompletionKey)) {
        w32_object_unref(&port->object);
        return NULL;
    }
    return w32_handle_new(&port->object);
}

/* Takes the oldest packet, waiting for one; NULL after setting the last error. */
static struct w32_packet *
port_next(struct w32_port *port, DWORD milliseconds)
{
    struct w32_object *object = &port->object;
    uint64_t deadline = w32_deadline(milliseconds);

    for (;;) {
        struct list *link;

        sys_lock_acquire(&w32_dispatcher);
        link = list_pop_front(&port->packets);
        sys_lock_release(&w32_dispatcher);
        if (link != NULL) {
            return container_of(link, struct w32_packet, link);
        }
        /* Several threads may be woken for one packet; who loses waits on. */
        if (milliseconds == 0 ||
            w32_wait(&object, 1, false, milliseconds, false) != WAIT_OBJECT_0) {
            w32_fail(WAIT_TIMEOUT);
            return NULL;
        }
        if (milliseconds != INFINITE) {
            uint64_t now = w32_deadline(0);

            milliseconds = now >= deadline ? 0 : (DWORD)((deadline - now) / 1000000u + 1);
        }
    }
}

BOOL
GetQueuedCompletionStatus(HANDLE CompletionPort, LPDWORD lpNumberOfBytesTransferred,
                          PULONG_PTR lpCompletionKey, LPOVERLAPPED *lpOverlapped,
                          DWORD dwMilliseconds)
{
    struct w32_port *port = w32_handle_ref(CompletionPort, 1u << W32_PORT);
    struct w32_packet *packet;
    int32_t status;

    *lpOverlapped = NULL;
    if (port == NULL) {
        return FALSE;
    }
    packet = port_next(port, dwMilliseconds);
    w32_object_unref(&port->object);
    if (packet == NULL) {
        return FALSE;
    }
    *lpNumberOfBytesTransferred = packet->entry.dwNumberOfBytesTransferred;
    *lpCompletionKey = packet->entry.lpCompletionKey;
    *lpOverlapped = packet->entry.lpOverlapped;
    status = packet->status;
    free(packet);
    return status >= 0 ? TRUE : w32_fail(owdf_status_to_win32(status));
}

BOOL
GetQueuedCompletionStatusEx(HANDLE CompletionPort, LPOVERLAPPED_ENTRY lpCompletionPortEntries,
                            ULONG ulCount, PULONG ulNumEntriesRemoved, DWORD dwMilliseconds,
                            BOOL fAlertable)
{
    struct w32_port *port;
    struct w32_packet *packet;
    ULONG count = 0;

    (void)fAlertable;
    if (lpCompletionPortEntries == NULL || ulCount == 0 || ulNumEntriesRemoved == NULL) {
        return w32_fail(ERROR_INVALID_PARAMETER);
    }
    port = w32_handle_ref(CompletionPort, 1u << W32_PORT);
    if (port == NULL) {
        return FALSE;
    }
    while (count < ulCount && (packet = port_next(port, count == 0 ? dwMilliseconds : 0)) != NULL) {
        lpCompletionPortEntries[count++] = packet->entry;
        free(packet);
    }
    w32_object_unref(&port->object);
    *ulNumEntriesRemoved = count;
    return count > 0 ? TRUE : FALSE;
}

BOOL
PostQueuedCompletionStatus(HANDLE CompletionPort, DWORD dwNumberOfBytesTransferred,
                           ULONG_PTR dwCompletionKey, LPOVERLAPPED lpOverlapped)
{
    struct w32_object *port = w32_handle_ref(CompletionPort, 1u << W32_PORT);
    BOOL posted;

    if (port == NULL) {
        return FALSE;
    }
    /* A posted OVERLAPPED means whatever the poster wants: it is passed on and not looked into. */
    posted = w32_port_post(port, dwCompletionKey, dwNumberOfBytesTransferred, lpOverlapped, 0);
    w32_object_unref(port);
    return posted;
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
                w32_file_reap(events[i].data.ptr);
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

BOOL
w32_reaper_add(struct w32_file *file)
{
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = file};
    int error = 0;

    sys_lock_acquire(&reaper.lock);
    if (reaper.epoll < 0) {
        error = reaper_start_locked();
    }
    if (error == 0 &&
        epoll_ctl(reaper.epoll, EPOLL_CTL_ADD, owdf_poll_fd(file->device), &event) != 0) {
        error = -errno;
    }
    sys_lock_release(&reaper.lock);
    return error == 0 ? TRUE : w32_fail(ERROR_NO_SYSTEM_RESOURCES);
}

void
w32_reaper_remove(struct w32_file *file)
{
    uint64_t one = 1;
    uint32_t turn;

    (void)epoll_ctl(reaper.epoll, EPOLL_CTL_DEL, owdf_poll_fd(file->device), NULL);
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

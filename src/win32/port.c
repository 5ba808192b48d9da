/* SPDX-License-Identifier: MIT */
/* Completion ports. */
#include "win32/file.h"

#include <stdlib.h>

#include "base/atomic.h"

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

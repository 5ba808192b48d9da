/* SPDX-License-Identifier: MIT */
/*
 * One client's connection: see host_conn.h.
 *
 * References: one for the open file, which outlives every request, one for the crew, one for whoever
 * found the connection by its id. Cancelling races with a request's end and the reuse of its slot: a canceller looks at the generation and pins
 * the request under the pop lock; whoever pops a new request in the same slot waits until it is not
 * pinned any more. So a cancel hits the request it was meant for, or nothing.
 */
#include "host/host_conn.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <ntddk.h>

#include "base/atomic.h"
#include "base/bytes.h"
#include "base/hot.h"
#include "base/utf16.h"
#include "host/host_crew.h"
#include "host/host_notice.h"
#include "ipc/ring.h"
#include "ipc/ring_wait.h"
#include "nt/ex/app_event.h"
#include "nt/io/io.h"
#include "nt/io/user.h"
#include "nt/ke/ke.h"
#include "sys/memory.h"
#include "sys/process.h"
#include "sys/wait.h"

/* Entries that a thread takes before it looks whether it should park. */
#define ENTRIES_PER_STEP 64u

/* Only so that a thread looks around once in a while, should a client have hidden that it sleeps. */
#define SERVER_LOOK_NS 60000000000ull

struct host_request {
    struct io_user_request io;
    struct host_conn *conn;
    uint32_t slot;
    uint32_t flags; /* enum ring_flags */
    uint32_t out_size;
    uint32_t pins;          /* Atomic. Cancellers that use io; waited for before reuse. */
    uint32_t cancel_wanted; /* Atomic. Generation + 1 that shall be cancelled; 0: none. */
    uint8_t in_payload[RING_PAYLOAD_SIZE];
    uint8_t out_payload[RING_PAYLOAD_SIZE];
};

struct host_conn {
    uint32_t id;
    uint32_t references; /* Atomic. */
    const struct host_conn_events *events;
    void *owner;
    struct ring ring;
    struct ring_server server;
    int event_sender;
    struct host_crew crew;
    struct ipc_spin spin;
    uint32_t
        woke_client; /* Atomic. It slept when its last request ended: so it asks nothing yet. */
    struct sys_lock pop_lock; /* server.pop_turn; marks and pins. Never held in a driver. */
    bool broken;              /* pop_lock */
    uint32_t opened;          /* Atomic. The create succeeded. */
    uint32_t open_failed;     /* Atomic; publishes open_status. */
    NTSTATUS open_status;
    uint32_t close_waits_for; /* Atomic. */
    struct io_user_file *file;
    struct io_user_request control; /* Create, then cleanup. */
    int64_t process_id;
    bool administrator;     /* Who opens is root, or who runs the host. */
    uint32_t open_begun;    /* Atomic. */
    uint32_t open_unwanted; /* Atomic. The client has left already. */
    struct frame_open_parameters open;
    struct host_notice notice;
    struct host_request *requests; /* One for each slot. */
};

/* ---- Life ---- */

static void
conn_free(struct host_conn *conn)
{
    uint32_t i;

    for (i = 0; conn->requests != NULL && i < conn->ring.geometry.slots; i++) {
        io_user_request_fini(&conn->requests[i].io);
    }
    io_user_request_fini(&conn->control);
    host_notice_fini(&conn->notice);
    ring_server_fini(&conn->server);
    ring_unmap(&conn->ring);
    sys_free(conn->requests);
    if (conn->event_sender >= 0) {
        close(conn->event_sender);
    }
    sys_free(conn);
}

void
host_conn_ref(struct host_conn *conn)
{
    (void)atomic_fetch_add_u32(&conn->references, 1);
}

void
host_conn_unref(struct host_conn *conn)
{
    if (atomic_fetch_sub_u32(&conn->references, 1) == 1) {
        conn_free(conn);
    }
}

/* IRP_MJ_CLOSE has been completed. */
static void
file_closed(void *argument)
{
    struct host_conn *conn = argument;

    conn->events->close_done(conn->owner, conn->id);
    host_conn_unref(conn);
}

/*
 * As for a system call on Windows, the file stays open while a thread is in the driver on its behalf,
 * even when the request it brought has ended: the close waits for the crew, and so does the word that
 * an open failed.
 */
static void
close_when_nobody_is_inside(struct host_conn *conn)
{
    if (atomic_fetch_sub_u32(&conn->close_waits_for, 1) == 1) {
        io_user_file_close(conn->file, file_closed, conn);
    }
}

static void
crew_gone(void *argument)
{
    struct host_conn *conn = argument;

    if (atomic_load_u32(&conn->open_failed) != 0) {
        if (conn->file != NULL) {
            io_user_file_discard(conn->file);
        }
        conn->events->open_done(conn->owner, conn->id, conn->open_status, 0);
        host_conn_unref(conn);
    } else {
        close_when_nobody_is_inside(conn);
    }
    host_conn_unref(conn);
}

/* ---- Requests ---- */

/* The driver has completed a request. Any thread, IRQL <= DISPATCH_LEVEL. */
static BASE_HOT void
request_done(struct io_user_request *io)
{
    struct host_request *request = CONTAINING_RECORD(io, struct host_request, io);
    struct host_conn *conn = request->conn;
    struct ring_result result = {.status = io->status, .information = io->information};
    uint32_t slot = request->slot;
    size_t payload_size = 0;
    enum ring_wake wake;

    if ((request->flags & RING_OUT_INLINE) != 0 && !NT_ERROR(io->status)) {
        payload_size =
            io->information < request->out_size ? (size_t)io->information : request->out_size;
    }
    /* From here on the slot, and with it `request`, may be in use again. */
    wake = ring_server_complete(&conn->server, slot, request->flags, &result, request->out_payload,
                                payload_size);
    if (wake != RING_WAKE_NOBODY) {
        ring_wake_client(&conn->ring, slot, wake, conn->event_sender);
        atomic_store_relaxed_u32(&conn->woke_client, 1);
    }
}

static void
request_end(struct host_request *request, NTSTATUS status, uint64_t information)
{
    request->io.status = status;
    request->io.information = information;
    request_done(&request->io);
}

/* ---- Events of the application ---- */

/* What a thread serves. */
static void *
current_application(void)
{
    struct host_conn *conn = host_crew_argument();

    if (conn != NULL) {
        host_conn_ref(conn);
    }
    return conn;
}

static void
set_application_event(void *application, HANDLE handle)
{
    struct host_conn *conn = application;
    struct host_request *request = host_notice_tell(&conn->notice, (uint64_t)(ULONG_PTR)handle);

    if (request != NULL) {
        request_end(request, STATUS_SUCCESS, (uint64_t)(ULONG_PTR)handle);
    }
}

static void
unref_application(void *application)
{
    host_conn_unref(application);
}

void
host_conn_init(void)
{
    static const struct ex_app_events events = {
        .current = current_application,
        .set = set_application_event,
        .unref = unref_application,
    };

    ex_app_events_register(&events);
}

static void
notice_wait(struct host_conn *conn, struct host_request *request)
{
    uint64_t handle;
    bool refused;

    if (host_notice_wait(&conn->notice, request, &handle, &refused)) {
        request_end(request, STATUS_SUCCESS, handle);
    } else if (refused) {
        request_end(request, STATUS_DEVICE_BUSY, 0);
    }
}

static BASE_HOT void
request_send(struct host_conn *conn, struct host_request *request, const struct ring_request *ring)
{
    const void *in = (ring->flags & RING_IN_INLINE) != 0 ? request->in_payload
                                                         : conn->ring.arena + ring->in_offset;
    void *out = (ring->flags & RING_OUT_INLINE) != 0 ? request->out_payload
                                                     : conn->ring.arena + ring->out_offset;

    switch (ring->operation) {
    case RING_OP_READ:
        io_user_read(&request->io, conn->file, out, ring->out_size, (int64_t)ring->file_offset);
        break;
    case RING_OP_WRITE:
        io_user_write(&request->io, conn->file, in, ring->in_size, (int64_t)ring->file_offset);
        break;
    case RING_OP_IOCTL:
        io_user_device_control(&request->io, conn->file, ring->code, in, ring->in_size, out,
                               ring->out_size);
        break;
    case RING_OP_FLUSH:
        io_user_flush(&request->io, conn->file);
        break;
    case RING_OP_FENCE:
        /* Everything before it has been given to the driver: nothing else was asked. */
        request_end(request, STATUS_SUCCESS, 0);
        break;
    case RING_OP_NOTICE:
        notice_wait(conn, request);
        break;
    }
}

static void
request_cancel(struct host_conn *conn, uint32_t slot, uint32_t generation)
{
    struct host_request *request = &conn->requests[slot];
    uint32_t state;
    bool held;

    sys_lock_acquire(&conn->pop_lock);
    held = ring_server_holds(&conn->server, slot, generation);
    state = atomic_load_u32(&conn->ring.slots[slot].state) & ~(uint32_t)RING_SLEEPING;
    if (held) {
        (void)atomic_fetch_add_u32(&request->pins, 1);
    }
    /* It may be on its way into the driver, or not even popped: whoever sends it looks here. */
    if (held || state == ring_word(generation, RING_SUBMITTED)) {
        (void)atomic_xchg_u32(&request->cancel_wanted, generation + 1);
    }
    sys_lock_release(&conn->pop_lock);
    if (held) {
        if (host_notice_take(&conn->notice, request, false) != NULL) {
            request_end(request, STATUS_CANCELLED, 0);
        } else {
            host_crew_enter_driver();
            io_user_cancel(&request->io);
            host_crew_leave_driver();
        }
        (void)atomic_fetch_sub_u32(&request->pins, 1);
        sys_wake(&request->pins, UINT32_MAX);
    }
}

PDEVICE_OBJECT
host_conn_device(struct host_conn *conn)
{
    PDEVICE_OBJECT device;

    /* There is a file until its close, which the control channel brings after the frame that asks. */
    if (atomic_load_u32(&conn->opened) == 0) {
        return NULL;
    }
    device = io_device_bottom(io_user_file_object(conn->file)->DeviceObject);
    ObReferenceObject(device);
    return device;
}

void
host_conn_cancel(struct host_conn *conn, uint32_t slot, uint32_t generation)
{
    uint32_t i;

    if (slot < conn->ring.geometry.slots) {
        request_cancel(conn, slot, generation);
        return;
    }
    if (slot != FRAME_SLOT_ALL) {
        return;
    }
    if (atomic_load_u32(&conn->opened) == 0) {
        atomic_store_u32(&conn->open_unwanted, 1);
        host_crew_enter_driver();
        io_user_cancel(&conn->control);
        host_crew_leave_driver();
        return;
    }
    for (i = 0; i < conn->ring.geometry.slots; i++) {
        uint32_t state = atomic_load_u32(&conn->ring.slots[i].state);

        if (ring_server_held(&conn->server, i)) {
            request_cancel(conn, i, ring_server_generation(&conn->server, i));
        } else if (ring_word_state(state) == RING_SUBMITTED) {
            request_cancel(conn, i, state >> RING_GENERATION_SHIFT);
        }
    }
}

/* ---- Serving the ring ---- */

enum pop_outcome {
    POP_NOTHING,
    POP_REQUEST,
    POP_BROKEN,
};

static enum pop_outcome
pop(struct host_conn *conn, uint32_t *ret_slot, struct ring_request *ret_ring, bool *ret_cancelled)
{
    struct host_request *request;
    uint32_t wanted;
    int result;

    sys_lock_acquire(&conn->pop_lock);
    result = conn->broken || host_crew_stopping(&conn->crew)
                 ? 0
                 : ring_server_pop(&conn->server, ret_slot, ret_ring);
    if (result == 1) {
        request = &conn->requests[*ret_slot];
        wanted = atomic_load_u32(&request->cancel_wanted);
        *ret_cancelled = false;
        if (wanted != 0) {
            *ret_cancelled = wanted == ring_server_generation(&conn->server, *ret_slot) + 1;
            atomic_store_u32(&request->cancel_wanted, 0);
        }
    } else if (result < 0) {
        conn->broken = true;
    }
    sys_lock_release(&conn->pop_lock);
    return result == 0 ? POP_NOTHING : result < 0 ? POP_BROKEN : POP_REQUEST;
}

static BASE_HOT void
serve(struct host_conn *conn, uint32_t slot, const struct ring_request *ring, bool cancelled)
{
    struct host_request *request = &conn->requests[slot];
    uint32_t generation = ring_server_generation(&conn->server, slot);
    uint32_t pins;

    while ((pins = atomic_load_u32(&request->pins)) != 0) {
        (void)sys_wait(&request->pins, pins, SYS_FOREVER);
    }
    request->flags = ring->flags;
    request->out_size = ring->out_size;
    if ((ring->flags & RING_IN_INLINE) != 0 && ring->in_size != 0) {
        bytes_copy_few(request->in_payload, conn->ring.slots[slot].payload, ring->in_size);
    }
    if (cancelled) {
        request_end(request, STATUS_CANCELLED, 0);
        return;
    }
    host_crew_enter_driver();
    request_send(conn, request, ring);
    host_crew_leave_driver();
    if (atomic_load_u32(&request->cancel_wanted) == generation + 1) {
        request_cancel(conn, slot, generation);
    }
}

/* ---- Opening ---- */

static void
kick(void *argument)
{
    struct host_conn *conn = argument;

    ring_kick_server(&conn->ring);
}

static void
open_fail(struct host_conn *conn, NTSTATUS status)
{
    conn->open_status = status;
    atomic_store_u32(&conn->open_failed, 1);
    host_crew_stop(&conn->crew, kick, conn);
}

/* The create has ended. Nobody has the ring but us before open_done says that it succeeded. */
static void
open_ended(struct io_user_request *io)
{
    struct host_conn *conn = CONTAINING_RECORD(io, struct host_conn, control);

    if (NT_SUCCESS(io->status)) {
        atomic_store_u32(&conn->opened, 1);
        conn->events->open_done(conn->owner, conn->id, io->status, io->information);
    } else {
        open_fail(conn, io->status);
    }
}

static NTSTATUS
file_create(struct host_conn *conn)
{
    /* A UTF-8 byte never takes more than one unit. */
    static const char prefix[] = "\\??\\";
    WCHAR path[FRAME_NAME_SIZE + sizeof(prefix)];
    UNICODE_STRING name = {.Buffer = path, .MaximumLength = sizeof(path)};
    size_t length = sizeof(prefix) - 1;
    struct io_user_open open = {
        .path = &name,
        .access = conn->open.access,
        .share = conn->open.share,
        .disposition = conn->open.disposition,
        .options = conn->open.options,
        .attributes = conn->open.attributes,
        .process_id = (uint64_t)conn->process_id,
        .no_administrator = !conn->administrator,
        .um_driver = conn->open.um_driver != 0,
    };

    (void)utf8_to_utf16((uint16_t *)path, length, prefix, length);
    length += utf8_to_utf16((uint16_t *)path + length, FRAME_NAME_SIZE, conn->open.name,
                            strlen(conn->open.name));
    name.Length = (USHORT)(length * sizeof(WCHAR));
    return io_user_file_create(&open, &conn->file);
}

static void
conn_open(struct host_conn *conn)
{
    NTSTATUS status = file_create(conn);

    if (!NT_SUCCESS(status)) {
        open_fail(conn, status);
        return;
    }
    host_crew_enter_driver();
    io_user_file_open(conn->file, &conn->control);
    /* A cancel that came before the driver had the create did nothing. */
    if (atomic_load_u32(&conn->open_unwanted) != 0 && atomic_load_u32(&conn->opened) == 0) {
        io_user_cancel(&conn->control);
    }
    host_crew_leave_driver();
}

/* ---- The crew ---- */

static BASE_HOT bool
crew_step(void *argument)
{
    struct host_conn *conn = argument;
    struct ring_request ring;
    bool cancelled = false;
    unsigned served;
    uint32_t slot;

    (void)ke_thread_set_process_id((HANDLE)(intptr_t)conn->process_id);
    if (atomic_load_u32(&conn->open_begun) == 0 && atomic_xchg_u32(&conn->open_begun, 1) == 0) {
        conn_open(conn);
        return true;
    }
    if (atomic_load_relaxed_u32(&conn->woke_client) != 0) {
        atomic_store_relaxed_u32(&conn->woke_client, 0);
        conn->spin.woke = true;
    }
    if (!ring_wait_submitted(&conn->server, &conn->spin, &conn->crew.stop, SERVER_LOOK_NS)) {
        return true;
    }
    for (served = 0; served < ENTRIES_PER_STEP; served++) {
        enum pop_outcome outcome = pop(conn, &slot, &ring, &cancelled);

        if (outcome == POP_BROKEN) {
            conn->events->broken(conn->owner, conn->id, "the client broke the ring's protocol");
            return false;
        }
        if (outcome == POP_NOTHING) {
            break;
        }
        serve(conn, slot, &ring, cancelled);
        if (host_crew_crowded(&conn->crew)) {
            break; /* Somebody took over while the driver slept. */
        }
    }
    return true;
}

/* ---- Called by the control channel ---- */

static int
conn_prepare(struct host_conn *conn, const struct frame_host_open *open, int ring_fd)
{
    struct ring_geometry geometry;
    uint32_t i;
    int error = ring_geometry_accept(&geometry, open->open.slots, open->open.arena_size);

    error = error != 0 ? error : ring_map(&conn->ring, &geometry, ring_fd);
    error = error != 0 ? error : ring_server_init(&conn->server, &conn->ring);
    if (error != 0) {
        return error;
    }
    conn->requests = sys_alloc_aligned(geometry.slots * sizeof(conn->requests[0]),
                                       _Alignof(struct host_request));
    if (conn->requests == NULL) {
        return -ENOMEM;
    }
    memset(conn->requests, 0, geometry.slots * sizeof(conn->requests[0]));
    for (i = 0; i < geometry.slots; i++) {
        conn->requests[i].conn = conn;
        conn->requests[i].slot = i;
        io_user_request_init(&conn->requests[i].io, request_done);
    }
    return 0;
}

int
host_conn_create(const struct frame_host_open *open, const int *fds,
                 const struct host_conn_events *events, void *owner, struct host_conn **ret_conn)
{
    struct host_conn *conn = sys_alloc_zeroed(sizeof(*conn));
    int error = conn == NULL ? -ENOMEM : 0;

    if (error == 0) {
        conn->id = open->header.connection;
        conn->references = 2;      /* The file's and the crew's. */
        conn->close_waits_for = 2; /* The crew's end and the reflector's word. */
        conn->events = events;
        conn->owner = owner;
        conn->event_sender = fds[1];
        conn->process_id = open->pid;
        conn->administrator = open->uid == 0 || open->uid == sys_process_user();
        conn->spin.mobile = true;
        conn->open = open->open;
        io_user_request_init(&conn->control, open_ended);
        conn->crew = (struct host_crew){.name = "wdf-ring",
                                        .max_threads = HOST_CONN_THREADS_MAX,
                                        .step = crew_step,
                                        .gone = crew_gone,
                                        .argument = conn};
        error = conn_prepare(conn, open, fds[0]);
    } else {
        close(fds[1]);
    }
    close(fds[0]);
    if (error == 0) {
        *ret_conn = conn; /* Before the crew can say anything about it. */
        error = host_crew_start(&conn->crew);
    }
    if (error != 0 && conn != NULL) {
        conn_free(conn);
    }
    return error;
}

static void
cleanup_ended(struct io_user_request *io)
{
    struct host_conn *conn = CONTAINING_RECORD(io, struct host_conn, control);
    uint32_t outstanding = 0;
    uint32_t i;

    for (i = 0; i < conn->ring.geometry.slots; i++) {
        outstanding += ring_server_held(&conn->server, i);
    }
    conn->events->cleanup_done(conn->owner, conn->id, outstanding);
}

void
host_conn_cleanup(struct host_conn *conn)
{
    struct host_request *notice;

    host_crew_quiesce(&conn->crew, kick, conn);
    notice = host_notice_take(&conn->notice, NULL, true);
    if (notice != NULL) {
        request_end(notice, STATUS_CANCELLED, 0);
    }
    io_user_request_fini(&conn->control);
    io_user_request_init(&conn->control, cleanup_ended);
    host_crew_enter_driver();
    io_user_file_cleanup(conn->file, &conn->control);
    host_crew_leave_driver();
}

void
host_conn_close(struct host_conn *conn)
{
    host_crew_enter_driver();
    close_when_nobody_is_inside(conn);
    host_crew_leave_driver();
}

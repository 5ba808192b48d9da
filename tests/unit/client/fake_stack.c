/* SPDX-License-Identifier: MIT */
#include "fake_stack.h"

#include <check.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/atomic.h"
#include "ipc/channel.h"
#include "ipc/ring.h"
#include "ipc/ring_wait.h"
#include "reflector/refl_stack.h"
#include "sys/clock.h"
#include "sys/fd.h"
#include "sys/lock.h"
#include "sys/thread.h"
#include "sys/wait.h"

#define STATUS_CANCELLED     ((int32_t)0xC0000120)
#define STATUS_ACCESS_DENIED ((int32_t)0xC0000022)
#define CONNECTIONS_MAX      64
#define PATIENCE_NS          20000000000ull

struct fake_conn {
    bool used;
    uint32_t id;
    struct ring ring;
    struct ring_server server;
    int sender;
    uint32_t stop;
    pthread_t thread;
    struct sys_lock lock; /* pended */
    struct ring_request pended[RING_SLOTS_MAX];
};

enum command {
    COMMAND_STOP,
    COMMAND_HOST_DIED,
};

static struct {
    char folder[64];
    struct ipc_loop loop;
    struct refl_stack *stack;
    pthread_t loop_thread;
    pthread_t host_thread;
    int commands[2];
    int host; /* The host's end. */
    uint32_t host_dead;
    uint32_t ignore_cleanup;
    uint32_t pending;
    uint32_t connections;
    uint32_t done; /* Commands that were carried out. */
    char condemned[256];
    uint32_t condemnations; /* Publishes `condemned`. */
    struct fake_conn conns[CONNECTIONS_MAX];
} fake;

/* ---- The host ---- */

static void
finish(struct fake_conn *conn, uint32_t slot, const struct ring_request *request, int32_t status,
       uint64_t information, const void *payload, size_t payload_size)
{
    struct ring_result result = {.status = status, .information = information};
    enum ring_wake wake =
        ring_server_complete(&conn->server, slot, request->flags, &result, payload, payload_size);

    ring_wake_client(&conn->ring, slot, wake, conn->sender);
}

static void
serve_ioctl(struct fake_conn *conn, uint32_t slot, const struct ring_request *request,
            const uint8_t *in, uint8_t *out)
{
    bool inline_out = (request->flags & RING_OUT_INLINE) != 0;
    uint32_t count = request->in_size < request->out_size ? request->in_size : request->out_size;
    struct fake_result wanted;
    uint32_t i;

    switch (request->code) {
    case FAKE_ECHO:
        memmove(out, in, count);
        finish(conn, slot, request, 0, count, out, inline_out ? count : 0);
        break;
    case FAKE_PEND:
        sys_lock_acquire(&conn->lock);
        conn->pended[slot] = *request;
        sys_lock_release(&conn->lock);
        (void)atomic_fetch_add_u32(&fake.pending, 1);
        break;
    case FAKE_RESULT:
        memcpy(&wanted, in, sizeof(wanted));
        memset(out, 'r', request->out_size);
        finish(conn, slot, request, wanted.status, wanted.information, out,
               inline_out ? request->out_size : 0);
        break;
    case FAKE_ECHO_DIRECT:
        for (i = 0; i < request->out_size; i++) {
            out[i]++;
        }
        finish(conn, slot, request, 0, 0, NULL, 0);
        break;
    default:
        finish(conn, slot, request, (int32_t)0xC0000010, 0, NULL, 0);
        break;
    }
}

static void
serve(struct fake_conn *conn, uint32_t slot, const struct ring_request *request)
{
    uint8_t in_copy[RING_PAYLOAD_SIZE];
    uint8_t out_copy[RING_PAYLOAD_SIZE];
    bool inline_in = (request->flags & RING_IN_INLINE) != 0;
    bool inline_out = (request->flags & RING_OUT_INLINE) != 0;
    const uint8_t *in = inline_in ? in_copy : conn->ring.arena + request->in_offset;
    uint8_t *out = inline_out ? out_copy : conn->ring.arena + request->out_offset;
    int32_t sum = 0;
    uint32_t i;

    memcpy(in_copy, conn->ring.slots[slot].payload, sizeof(in_copy));
    switch (request->operation) {
    case RING_OP_READ:
        for (i = 0; i < request->out_size; i++) {
            out[i] = (uint8_t)(request->file_offset + i);
        }
        finish(conn, slot, request, 0, request->out_size, out, inline_out ? request->out_size : 0);
        break;
    case RING_OP_WRITE:
        for (i = 0; i < request->in_size; i++) {
            sum += in[i];
        }
        finish(conn, slot, request, sum, request->in_size, NULL, 0);
        break;
    case RING_OP_IOCTL:
        serve_ioctl(conn, slot, request, in, out);
        break;
    case RING_OP_FLUSH:
    case RING_OP_FENCE:
    case RING_OP_NOTICE:
        finish(conn, slot, request, 0, 0, NULL, 0);
        break;
    }
}

static void
say(enum frame_type type, uint32_t id, int32_t status)
{
    union frame frame = {.status = {.header.connection = id, .status = status}};

    (void)channel_send(fake.host, &frame, type, NULL);
}

static void *
ring_main(void *argument)
{
    struct fake_conn *conn = argument;
    struct ipc_spin spin = {0};

    while (atomic_load_u32(&conn->stop) == 0) {
        struct ring_request request;
        uint32_t slot;
        int result;

        (void)ring_wait_submitted(&conn->server, &spin, &conn->stop, 1000000000);
        while (atomic_load_u32(&conn->stop) == 0 &&
               (result = ring_server_pop(&conn->server, &slot, &request)) != 0) {
            if (result < 0) {
                union frame frame = {.broken.header.connection = conn->id};

                (void)channel_send(fake.host, &frame, FRAME_BROKEN, NULL);
                return NULL;
            }
            serve(conn, slot, &request);
        }
    }
    return NULL;
}

static void
conn_stop(struct fake_conn *conn)
{
    atomic_store_u32(&conn->stop, 1);
    ring_kick_server(&conn->ring);
    pthread_join(conn->thread, NULL);
}

static void
conn_free(struct fake_conn *conn)
{
    ring_server_fini(&conn->server);
    ring_unmap(&conn->ring);
    sys_fd_close(&conn->sender);
    conn->used = false;
}

static void
on_open(const struct frame_host_open *open, const int *fds)
{
    struct ring_geometry geometry;
    struct fake_conn *conn = fake.conns;

    if (strstr(open->open.name, "denied") != NULL) {
        close(fds[0]);
        close(fds[1]);
        say(FRAME_OPEN_DONE, open->header.connection, STATUS_ACCESS_DENIED);
        return;
    }
    while (conn->used) {
        conn++;
    }
    memset(conn, 0, sizeof(*conn));
    conn->used = true;
    conn->id = open->header.connection;
    conn->sender = fds[1];
    if (ring_geometry_accept(&geometry, open->open.slots, open->open.arena_size) != 0 ||
        ring_map(&conn->ring, &geometry, fds[0]) != 0 ||
        ring_server_init(&conn->server, &conn->ring) != 0 ||
        pthread_create(&conn->thread, NULL, ring_main, conn) != 0) {
        abort();
    }
    close(fds[0]);
    say(FRAME_OPEN_DONE, conn->id, 0);
}

static void
cancel(struct fake_conn *conn, uint32_t slot, uint32_t generation)
{
    struct ring_request request;

    sys_lock_acquire(&conn->lock);
    request = conn->pended[slot];
    if (request.operation != 0 &&
        (generation == UINT32_MAX || ring_server_holds(&conn->server, slot, generation))) {
        conn->pended[slot].operation = (enum ring_operation)0;
    } else {
        request.operation = (enum ring_operation)0;
    }
    sys_lock_release(&conn->lock);
    if (request.operation != 0) {
        (void)atomic_fetch_sub_u32(&fake.pending, 1);
        finish(conn, slot, &request, STATUS_CANCELLED, 0, NULL, 0);
    }
}

static void
cancel_all(struct fake_conn *conn)
{
    uint32_t slot;

    for (slot = 0; slot < conn->ring.geometry.slots; slot++) {
        cancel(conn, slot, UINT32_MAX);
    }
}

static void
host_frame(const union frame *frame, const int *fds)
{
    struct fake_conn *conn = fake.conns;

    if (frame->header.type == FRAME_HOST_OPEN) {
        on_open(&frame->host_open, fds);
        return;
    }
    if (frame->header.type == FRAME_HOST_REMOVE) {
        say(FRAME_REMOVED, 0, 0);
        return;
    }
    while (!conn->used || conn->id != frame->header.connection) {
        conn++;
        ck_assert_ptr_ne(conn, fake.conns + CONNECTIONS_MAX);
    }
    switch ((enum frame_type)frame->header.type) {
    case FRAME_HOST_CANCEL:
        if (frame->cancel.slot == FRAME_SLOT_ALL) {
            cancel_all(conn);
        } else if (frame->cancel.slot < conn->ring.geometry.slots) {
            cancel(conn, frame->cancel.slot, frame->cancel.generation);
        }
        say(FRAME_CANCEL_DONE, conn->id, 0);
        break;
    case FRAME_HOST_CLEANUP:
        if (atomic_load_u32(&fake.ignore_cleanup) != 0) {
            break;
        }
        conn_stop(conn);
        cancel_all(conn);
        say(FRAME_CLEANUP_DONE, conn->id, 0);
        break;
    case FRAME_HOST_CLOSE: {
        uint32_t id = conn->id;

        conn_free(conn);
        say(FRAME_CLOSE_DONE, id, 0);
        break;
    }
    default:
        break;
    }
}

static void *
host_main(void *argument)
{
    (void)argument;
    for (;;) {
        union frame frame;
        int fds[CHANNEL_FDS_MAX];

        if (channel_receive(fake.host, &frame, FRAME_FROM_MANAGER, fds) != 1) {
            break;
        }
        host_frame(&frame, fds);
    }
    return NULL;
}

/* ---- The manager ---- */

static void
on_ready(void *owner, int32_t status)
{
}

static void
on_named(void *owner, const char *guid, const char *name, bool enabled, int error)
{
}

static void
on_opened(void *owner, pid_t pid, const char *name, int32_t status)
{
    ck_assert_int_eq(pid, getpid());
    if (status >= 0) {
        (void)atomic_fetch_add_u32(&fake.connections, 1);
    }
}

static void
on_closed(void *owner, pid_t pid)
{
    (void)atomic_fetch_sub_u32(&fake.connections, 1);
}

static void
on_removed(void *owner, int32_t status)
{
}

static void
on_condemned(void *owner, const char *reason)
{
    (void)snprintf(fake.condemned, sizeof(fake.condemned), "%s", reason);
    (void)atomic_fetch_add_u32(&fake.condemnations, 1);
    (void)refl_stack_host_died(fake.stack);
}

static const struct refl_events events = {
    .ready = on_ready,
    .named = on_named,
    .opened = on_opened,
    .closed = on_closed,
    .removed = on_removed,
    .condemned = on_condemned,
};

static void
on_command(void *argument)
{
    char command = 0;

    (void)argument;
    ck_assert_int_eq(read(fake.commands[0], &command, 1), 1);
    switch ((enum command)command) {
    case COMMAND_HOST_DIED:
        (void)refl_stack_host_died(fake.stack);
        break;
    case COMMAND_STOP:
        ipc_loop_stop(&fake.loop);
        break;
    }
    (void)atomic_fetch_add_u32(&fake.done, 1);
    sys_wake(&fake.done, UINT32_MAX);
}

static void
command(enum command what)
{
    uint32_t done = atomic_load_u32(&fake.done);
    char byte = (char)what;

    ck_assert_int_eq(write(fake.commands[1], &byte, 1), 1);
    while (atomic_load_u32(&fake.done) == done) {
        (void)sys_wait(&fake.done, done, SYS_FOREVER);
    }
}

static void *
loop_main(void *argument)
{
    (void)argument;
    ck_assert_int_eq(ipc_loop_run(&fake.loop), 0);
    return NULL;
}

static bool
started(void)
{
    char path[128];

    (void)snprintf(path, sizeof(path), "%s/interfaces/" FAKE_GUID, fake.folder);
    return access(path, F_OK) == 0;
}

void
fake_stack_start(uint32_t critical_timeout_ms)
{
    struct refl_config config = {
        .device_id = FAKE_ID,
        .texts = {[FRAME_INFO_DESCRIPTION] = "A fake", [FRAME_INFO_HARDWARE_ID] = "ROOT\\FAKE"},
        .critical_timeout_ms = critical_timeout_ms,
        .events = &events};
    union frame frame = {.name = {.enabled = 1, .name = "Fake"}};
    struct ipc_source *source;
    int control[2];

    memset(&fake, 0, sizeof(fake));
    strcpy(fake.folder, "/tmp/openwdf-fake-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(fake.folder));
    setenv("OPENWDF_RUNTIME_DIR", fake.folder, 1);
    ck_assert_int_eq(ipc_loop_init(&fake.loop), 0);
    ck_assert_int_eq(refl_stack_create(&fake.loop, &config, &fake.stack), 0);
    ck_assert_int_eq(channel_pair(control), 0);
    fake.host = control[1];
    ck_assert_int_eq(refl_stack_attach_host(fake.stack, control[0], getpid()), 0);
    ck_assert_int_eq(pipe(fake.commands), 0);
    ck_assert_int_eq(ipc_loop_watch(&fake.loop, fake.commands[0], on_command, NULL, &source), 0);
    ck_assert_int_eq(pthread_create(&fake.loop_thread, NULL, loop_main, NULL), 0);
    ck_assert_int_eq(pthread_create(&fake.host_thread, NULL, host_main, NULL), 0);
    ck_assert_int_eq(channel_send(fake.host, &frame, FRAME_NAME, NULL), 0);
    strcpy(frame.name.guid, FAKE_GUID);
    strcpy(frame.name.name, "ROOT#FAKE#0000#" FAKE_GUID);
    say(FRAME_READY, 0, 0);
    ck_assert_int_eq(channel_send(fake.host, &frame, FRAME_NAME, NULL), 0);
    fake_wait_until(started);
}

static void
host_stop(void)
{
    unsigned i;

    if (atomic_xchg_u32(&fake.host_dead, 1) != 0) {
        return;
    }
    (void)shutdown(fake.host, SHUT_RDWR);
    pthread_join(fake.host_thread, NULL);
    for (i = 0; i < CONNECTIONS_MAX; i++) {
        if (fake.conns[i].used) {
            if (atomic_load_u32(&fake.conns[i].stop) == 0) {
                conn_stop(&fake.conns[i]);
            }
            conn_free(&fake.conns[i]);
        }
    }
}

void
fake_stack_kill_host(void)
{
    host_stop();
    command(COMMAND_HOST_DIED);
}

void
fake_stack_ignore_cleanup(void)
{
    atomic_store_u32(&fake.ignore_cleanup, 1);
}

void
fake_stack_stop(void)
{
    char text[128];

    command(COMMAND_STOP);
    pthread_join(fake.loop_thread, NULL);
    refl_stack_delete(fake.stack);
    host_stop();
    sys_fd_close(&fake.host);
    ipc_loop_fini(&fake.loop);
    sys_fd_close(&fake.commands[0]);
    sys_fd_close(&fake.commands[1]);
    (void)snprintf(text, sizeof(text), "rm -rf %s", fake.folder);
    ck_assert_int_eq(system(text), 0);
}

unsigned
fake_stack_connections(void)
{
    return atomic_load_u32(&fake.connections);
}

unsigned
fake_stack_pending(void)
{
    return atomic_load_u32(&fake.pending);
}

const char *
fake_stack_condemned(void)
{
    return atomic_load_u32(&fake.condemnations) != 0 ? fake.condemned : "";
}

void
fake_wait_until(bool (*condition)(void))
{
    uint64_t limit_ns = sys_now_ns() + PATIENCE_NS;

    while (!condition()) {
        ck_assert_msg(sys_now_ns() < limit_ns, "waited in vain");
        sys_thread_yield();
    }
}

/* SPDX-License-Identifier: MIT */
/*
 * One client's connection, from accept to close. The table at the end says what each state does with
 * each event; an event that a state does not list is a broken protocol: the client's connection ends,
 * or the host is condemned, depending on who sent it.
 */
#include "reflector/refl_priv.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/atomic.h"
#include "ipc/ring_wait.h"
#include "sys/clock.h"
#include "sys/fd.h"
#include "sys/memory.h"

/* How many outstanding requests a report names, each in at most 32 bytes. */
#define OUTSTANDING_NAMED 4u
#define OUTSTANDING_SIZE  (OUTSTANDING_NAMED * 32u + 32u)

#define SERIAL_SHIFT 12
_Static_assert(REFL_CONNECTIONS_MAX == 1u << SERIAL_SHIFT, "an id is an index and a serial number");

typedef void conn_action(struct refl_conn *conn, const union frame *frame);

/* ---- Ids ---- */

static int
id_assign(struct refl_conn *conn)
{
    struct refl_stack *stack = conn->stack;
    uint32_t i;

    for (i = 0; i < REFL_CONNECTIONS_MAX; i++) {
        uint32_t serial = stack->next_serial++;
        uint32_t index = serial % REFL_CONNECTIONS_MAX;

        if (stack->table[index] == NULL) {
            stack->table[index] = conn;
            conn->id = serial;
            return 0;
        }
    }
    return -EMFILE;
}

struct refl_conn *
refl_conn_find(struct refl_stack *stack, uint32_t id)
{
    struct refl_conn *conn = stack->table[id % REFL_CONNECTIONS_MAX];

    return conn != NULL && conn->id == id ? conn : NULL;
}

/* ---- Life ---- */

/* Gives up the client: whatever it still waits for ends when it sees the sockets close. */
static void
client_drop(struct refl_conn *conn)
{
    ipc_loop_unwatch(conn->stack->loop, conn->source);
    conn->source = NULL;
    sys_fd_close(&conn->control);
}

void
refl_conn_free(struct refl_conn *conn)
{
    client_drop(conn);
    ipc_timer_disarm(&conn->cancel_timer);
    ipc_timer_disarm(&conn->cleanup_timer);
    sys_fd_close(&conn->ring_fd);
    sys_fd_close(&conn->event_receiver);
    ring_unmap(&conn->ring);
    sys_free(conn->name);
    list_remove(&conn->link);
    conn->stack->table[conn->id % REFL_CONNECTIONS_MAX] = NULL;
    conn->stack->connection_count--;
    sys_free(conn);
}

static void
client_send(struct refl_conn *conn, union frame *frame, enum frame_type type, const int *fds)
{
    /* A client that does not read its own answers loses the connection. */
    if (conn->control >= 0 && channel_send(conn->control, frame, type, fds) != 0) {
        client_drop(conn);
    }
}

static void
client_refuse(struct refl_conn *conn, int32_t status)
{
    union frame frame = {.status = {.status = status}};

    client_send(conn, &frame, FRAME_REFUSED, NULL);
}

static void
client_say_closed(struct refl_conn *conn)
{
    union frame frame = {0};

    client_send(conn, &frame, FRAME_CLOSED, NULL);
    client_drop(conn);
}

/* ---- What a client wants ---- */

/* Makes the ring and its event. On success fds are what the host gets: ring, event sender. */
static int
ring_make(struct refl_conn *conn, const struct frame_open_parameters *open, int *fds)
{
    struct ring_geometry geometry;
    void *memory;
    int error = ring_geometry_init(&geometry, open->slots, open->arena_size);

    if (error != 0) {
        return error;
    }
    conn->ring_fd = sys_shm_create("openwdf-ring", geometry.total_size);
    if (conn->ring_fd < 0) {
        return conn->ring_fd;
    }
    error = sys_shm_map(conn->ring_fd, geometry.total_size, &memory);
    if (error != 0) {
        return error;
    }
    ring_attach(&conn->ring, &geometry, memory);
    ring_format(&conn->ring);
    fds[0] = conn->ring_fd;
    return ipc_event_pair(&conn->event_receiver, &fds[1]);
}

static int32_t
status_of_errno(int error)
{
    return error == -EINVAL  ? REFL_STATUS_INVALID_PARAMETER
           : error == -EPIPE ? REFL_STATUS_TERMINATED
                             : REFL_STATUS_NO_RESOURCES;
}

static void
act_open(struct refl_conn *conn, const union frame *frame)
{
    struct refl_stack *stack = conn->stack;
    const struct frame_open_parameters *wish = &frame->open.open;
    int fds[CHANNEL_FDS_MAX] = {-1, -1};
    union frame request = {0};
    int error = 0;

    if (stack->host < 0 || !stack->ready) {
        client_refuse(conn, stack->host < 0 ? REFL_STATUS_TERMINATED : REFL_STATUS_NOT_READY);
        refl_conn_free(conn);
        return;
    }
    conn->name = sys_alloc(strlen(wish->name) + 1);
    if (conn->name != NULL) {
        strcpy(conn->name, wish->name);
        error = ring_make(conn, wish, fds);
    } else {
        error = -ENOMEM;
    }
    if (error == 0) {
        request.host_open.header.connection = conn->id;
        request.host_open.pid = conn->pid;
        request.host_open.uid = conn->uid;
        request.host_open.open = *wish;
        request.host_open.open.slots = conn->ring.geometry.slots;
        request.host_open.open.arena_size = conn->ring.geometry.arena_size;
        error = refl_host_send(stack, &request, FRAME_HOST_OPEN, fds);
    }
    sys_fd_close(&fds[1]);
    if (error != 0) {
        client_refuse(conn, status_of_errno(error));
        refl_conn_free(conn);
        return;
    }
    conn->state = REFL_CONN_OPENING;
}

/*
 * A watch is about the device of a file that the same process has open now. The connection it names is
 * the client's word: of somebody else's it learns nothing.
 */
static void
act_watch(struct refl_conn *conn, const union frame *frame)
{
    struct refl_stack *stack = conn->stack;
    struct refl_conn *target = refl_conn_find(stack, frame->watch.target);
    union frame request = {.watch = {.header.connection = conn->id, .target = frame->watch.target}};

    if (target == NULL || target->state != REFL_CONN_OPEN || target->pid != conn->pid ||
        target->uid != conn->uid || refl_host_send(stack, &request, FRAME_WATCH, NULL) != 0) {
        client_refuse(conn, REFL_STATUS_INVALID_PARAMETER);
        refl_conn_free(conn);
        return;
    }
    conn->state = REFL_CONN_WATCHING;
}

/* Between host and client, in both directions, with the connection put in. */
static void
act_pass_to_client(struct refl_conn *conn, const union frame *frame)
{
    union frame copy = *frame;

    copy.header.connection = 0;
    client_send(conn, &copy, (enum frame_type)frame->header.type, NULL);
    if (conn->control < 0) {
        refl_conn_event(conn, REFL_ON_GONE, NULL);
    }
}

static void
act_pass_to_host(struct refl_conn *conn, const union frame *frame)
{
    union frame copy = *frame;

    copy.header.connection = conn->id;
    (void)refl_host_send(conn->stack, &copy, (enum frame_type)frame->header.type, NULL);
}

static void
act_unwatch(struct refl_conn *conn, const union frame *frame)
{
    union frame request = {.header.connection = conn->id};

    (void)frame;
    (void)refl_host_send(conn->stack, &request, FRAME_UNWATCH, NULL);
    refl_conn_free(conn);
}

static void
act_info(struct refl_conn *conn, const union frame *frame)
{
    struct refl_stack *stack = conn->stack;
    union frame reply = {.info_reply = {.header.connection = frame->header.connection,
                                        .host_pid = stack->host < 0 ? 0 : stack->host_pid}};

    if (frame->header.connection == 0) {
        reply.info_reply.problem = stack->problem;
        memcpy(reply.info_reply.text, stack->texts, sizeof(reply.info_reply.text));
    } else {
        refl_nodes_describe(stack, frame->header.connection, &reply.info_reply);
    }
    client_send(conn, &reply, FRAME_INFO_REPLY, NULL);
}

static void
act_free(struct refl_conn *conn, const union frame *frame)
{
    (void)frame;
    refl_conn_free(conn);
}

static void
cancel_late(void *argument)
{
    struct refl_conn *conn = argument;

    refl_host_condemn(conn->stack,
                      "the driver did not return from cancelling requests of process %d",
                      (int)conn->pid);
}

static void
host_cancel(struct refl_conn *conn, uint32_t slot, uint32_t generation)
{
    union frame request = {
        .cancel = {.header.connection = conn->id, .slot = slot, .generation = generation}};

    if (refl_host_send(conn->stack, &request, FRAME_HOST_CANCEL, NULL) == 0 &&
        conn->cancels++ == 0) {
        ipc_timer_arm(conn->stack->loop, &conn->cancel_timer,
                      sys_now_ns() + conn->stack->critical_timeout_ns, cancel_late, conn);
    }
}

static void
act_cancel(struct refl_conn *conn, const union frame *frame)
{
    /* One for each slot is all that makes sense; more would only fill the host's queue. */
    if (conn->cancels > conn->ring.geometry.slots) {
        refl_conn_event(conn, REFL_ON_GONE, NULL);
        return;
    }
    host_cancel(conn, frame->cancel.slot, frame->cancel.generation);
}

void
refl_conn_cancel_done(struct refl_conn *conn)
{
    if (conn->cancels == 0) {
        refl_host_condemn(conn->stack, "the host answered a cancel that was never asked");
        return;
    }
    ipc_timer_disarm(&conn->cancel_timer);
    if (--conn->cancels != 0) {
        ipc_timer_arm(conn->stack->loop, &conn->cancel_timer,
                      sys_now_ns() + conn->stack->critical_timeout_ns, cancel_late, conn);
    }
}

static void
cleanup_late(void *argument)
{
    struct refl_conn *conn = argument;

    refl_host_condemn(conn->stack, "the driver did not finish the cleanup for process %d in time",
                      (int)conn->pid);
}

static void
cleanup_begin(struct refl_conn *conn)
{
    union frame request = {.header.connection = conn->id};

    conn->state = REFL_CONN_CLEANING;
    (void)refl_host_send(conn->stack, &request, FRAME_HOST_CLEANUP, NULL);
    ipc_timer_arm(conn->stack->loop, &conn->cleanup_timer,
                  sys_now_ns() + conn->stack->critical_timeout_ns, cleanup_late, conn);
}

static void
act_close(struct refl_conn *conn, const union frame *frame)
{
    (void)frame;
    cleanup_begin(conn);
}

static void
act_gone(struct refl_conn *conn, const union frame *frame)
{
    (void)frame;
    client_drop(conn);
    cleanup_begin(conn);
}

/* The client left while the driver still thinks about the create. */
static void
act_gone_opening(struct refl_conn *conn, const union frame *frame)
{
    (void)frame;
    client_drop(conn);
    host_cancel(conn, FRAME_SLOT_ALL, 0);
}

static void
act_drop(struct refl_conn *conn, const union frame *frame)
{
    (void)frame;
    client_drop(conn);
}

/* ---- What the host answers ---- */

static void
act_open_done(struct refl_conn *conn, const union frame *frame)
{
    struct refl_stack *stack = conn->stack;
    int32_t status = frame->status.status;
    int fds[CHANNEL_FDS_MAX] = {conn->ring_fd, conn->event_receiver};
    union frame reply = {.opened = {.header.connection = conn->id,
                                    .slots = conn->ring.geometry.slots,
                                    .arena_size = conn->ring.geometry.arena_size,
                                    .information = frame->status.information}};

    stack->events->opened(stack->owner, conn->pid, conn->name, status);
    if (status < 0) {
        client_refuse(conn, status);
        refl_conn_free(conn);
        refl_stack_try_remove(stack);
        return;
    }
    conn->state = REFL_CONN_OPEN;
    client_send(conn, &reply, FRAME_OPENED, fds);
    sys_fd_close(&conn->ring_fd);
    sys_fd_close(&conn->event_receiver);
    if (conn->control < 0) {
        cleanup_begin(conn);
    }
}

/* Names a few of the requests that the host has; what stands in the slots is the client's word. */
static void
describe_outstanding(const struct refl_conn *conn, char *text, size_t size)
{
    static const char *const names[] = {"?", "read", "write", "device control", "flush"};
    size_t used = 0;
    unsigned found = 0;
    uint32_t i;

    text[0] = '\0';
    for (i = 0; i < conn->ring.geometry.slots; i++) {
        const struct ring_slot *slot = &conn->ring.slots[i];
        unsigned operation = atomic_load_relaxed_u16(&slot->operation);

        if (!ring_slot_outstanding(&conn->ring, i) || ++found > OUTSTANDING_NAMED) {
            continue;
        }
        /* Read a second time: the client can have changed it. */
        operation = operation <= RING_OP_LAST_OF_DRIVER ? operation : 0;
        used += (size_t)snprintf(text + used, size - used, "%s%s", found > 1 ? ", " : "",
                                 names[operation]);
        if (operation == RING_OP_IOCTL) {
            used += (size_t)snprintf(text + used, size - used, " 0x%x",
                                     (unsigned)atomic_load_relaxed_u32(&slot->code));
        }
    }
    if (found > OUTSTANDING_NAMED) {
        (void)snprintf(text + used, size - used, " and %u more", found - OUTSTANDING_NAMED);
    }
}

/*
 * Cancellation is critical: an application that has gone, or has closed its handle, must not stay half there
 * for as long as a driver likes.
 */
static void
kept_late(void *argument)
{
    struct refl_conn *conn = argument;
    char outstanding[OUTSTANDING_SIZE];

    describe_outstanding(conn, outstanding, sizeof(outstanding));
    refl_host_condemn(conn->stack,
                      "the driver did not complete in time what process %d left when it closed: %s",
                      (int)conn->pid, outstanding);
}

static void
act_cleanup_done(struct refl_conn *conn, const union frame *frame)
{
    union frame request = {.header.connection = conn->id};

    ipc_timer_disarm(&conn->cleanup_timer);
    conn->state = REFL_CONN_CLOSING;
    /* CloseHandle waits for the cleanup, not for requests that the driver chooses to keep. */
    if (frame->status.outstanding != 0) {
        client_say_closed(conn);
        ipc_timer_arm(conn->stack->loop, &conn->cleanup_timer,
                      sys_now_ns() + conn->stack->critical_timeout_ns, kept_late, conn);
    }
    (void)refl_host_send(conn->stack, &request, FRAME_HOST_CLOSE, NULL);
}

static void
act_close_done(struct refl_conn *conn, const union frame *frame)
{
    struct refl_stack *stack = conn->stack;
    pid_t pid = conn->pid;

    (void)frame;
    /* What the host never took will not be taken any more. */
    (void)ring_settle_and_wake(&conn->ring, REFL_STATUS_TERMINATED);
    client_say_closed(conn);
    refl_conn_free(conn);
    stack->events->closed(stack->owner, pid);
    refl_stack_try_remove(stack);
}

static void
act_host_died_opening(struct refl_conn *conn, const union frame *frame)
{
    (void)frame;
    client_refuse(conn, REFL_STATUS_TERMINATED);
    refl_conn_free(conn);
}

static void
act_host_died_closing(struct refl_conn *conn, const union frame *frame)
{
    (void)frame;
    client_say_closed(conn);
    refl_conn_free(conn);
}

/* clang-format off */
static conn_action *const actions[REFL_CONN_STATES][REFL_ON_EVENTS] = {
    [REFL_CONN_GREETING] = {
        [REFL_ON_OPEN]         = act_open,
        [REFL_ON_INFO]         = act_info,
        [REFL_ON_WATCH]        = act_watch,
        [REFL_ON_GONE]         = act_free,
        [REFL_ON_HOST_DIED]    = act_host_died_opening,
    },
    [REFL_CONN_OPENING] = {
        [REFL_ON_GONE]         = act_gone_opening,
        [REFL_ON_OPEN_DONE]    = act_open_done,
        [REFL_ON_HOST_DIED]    = act_host_died_opening,
    },
    [REFL_CONN_OPEN] = {
        [REFL_ON_CANCEL]       = act_cancel,
        [REFL_ON_CLOSE]        = act_close,
        [REFL_ON_INFO]         = act_info,
        [REFL_ON_GONE]         = act_gone,
        [REFL_ON_BROKEN]       = act_gone,
        [REFL_ON_HOST_DIED]    = act_free,          /* After its slots were settled. */
    },
    [REFL_CONN_CLEANING] = {
        [REFL_ON_CANCEL]       = act_cancel,
        [REFL_ON_GONE]         = act_drop,
        [REFL_ON_BROKEN]       = act_drop,          /* Came while we began the cleanup. */
        [REFL_ON_CLEANUP_DONE] = act_cleanup_done,
        [REFL_ON_HOST_DIED]    = act_host_died_closing,
    },
    [REFL_CONN_CLOSING] = {
        [REFL_ON_GONE]         = act_drop,
        [REFL_ON_BROKEN]       = act_drop,
        [REFL_ON_CLOSE_DONE]   = act_close_done,
        [REFL_ON_HOST_DIED]    = act_host_died_closing,
    },
    [REFL_CONN_WATCHING] = {
        [REFL_ON_CHANGE_DONE]  = act_pass_to_host,
        [REFL_ON_GONE]         = act_unwatch,
        [REFL_ON_WATCHED]      = act_pass_to_client,
        [REFL_ON_CHANGE]       = act_pass_to_client,
        [REFL_ON_HOST_DIED]    = act_free,          /* The end of the connection is the device's. */
    },
};
/* clang-format on */

void
refl_conn_event(struct refl_conn *conn, enum refl_conn_event event, const union frame *frame)
{
    conn_action *action = actions[conn->state][event];

    if (action != NULL) {
        action(conn, frame);
    } else if (event < REFL_ON_GONE) {
        actions[conn->state][REFL_ON_GONE](conn, NULL);
    } else {
        refl_host_condemn(conn->stack, "the host sent %s for a connection in state %d",
                          frame != NULL ? frame_type_name(frame->header.type) : "nothing",
                          (int)conn->state);
    }
}

/* ---- The client's socket ---- */

static enum refl_conn_event
event_of_frame(enum frame_type type)
{
    switch (type) {
    case FRAME_OPEN:
        return REFL_ON_OPEN;
    case FRAME_CANCEL:
        return REFL_ON_CANCEL;
    case FRAME_CLOSE:
        return REFL_ON_CLOSE;
    case FRAME_INFO:
        return REFL_ON_INFO;
    case FRAME_WATCH:
        return REFL_ON_WATCH;
    case FRAME_CHANGE_DONE:
        return REFL_ON_CHANGE_DONE;
    default:
        return REFL_ON_GONE;
    }
}

static void
client_readable(void *argument)
{
    struct refl_conn *conn = argument;
    int fds[CHANNEL_FDS_MAX];
    union frame frame;
    int result = channel_receive(conn->control, &frame, FRAME_FROM_CLIENT, fds);

    if (result == -EAGAIN) {
        return;
    }
    if (result == 1) {
        refl_conn_event(conn, event_of_frame((enum frame_type)frame.header.type), &frame);
    } else {
        refl_conn_event(conn, REFL_ON_GONE, NULL);
    }
}

void
refl_conn_accept(struct refl_stack *stack, int control)
{
    struct refl_conn *conn = sys_alloc_zeroed(sizeof(*conn));

    if (conn == NULL || stack->connection_count == REFL_CONNECTIONS_MAX) {
        sys_fd_close(&control);
        sys_free(conn);
        return;
    }
    conn->stack = stack;
    conn->control = control;
    conn->ring_fd = -1;
    conn->event_receiver = -1;
    list_init(&conn->cancel_timer.link);
    list_init(&conn->cleanup_timer.link);
    list_push_back(&stack->connections, &conn->link);
    stack->connection_count++;
    (void)id_assign(conn);
    if (channel_peer(control, &conn->pid, &conn->uid) != 0 ||
        ipc_loop_watch(stack->loop, control, client_readable, conn, &conn->source) != 0) {
        refl_conn_free(conn);
    }
}

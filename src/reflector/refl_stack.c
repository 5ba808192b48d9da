/* SPDX-License-Identifier: MIT */
/* The stack as a whole, and its side towards the host: see refl_stack.h. */
#include "reflector/refl_stack.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "ipc/ring_wait.h"
#include "reflector/refl_priv.h"
#include "sys/clock.h"
#include "sys/fd.h"
#include "sys/memory.h"

#define NS_PER_MS 1000000ull

/* ---- Towards the host ---- */

static void
pending_free(struct refl_pending *pending)
{
    unsigned i;

    for (i = 0; i < CHANNEL_FDS_MAX; i++) {
        sys_fd_close(&pending->fds[i]);
    }
    sys_free(pending);
}

static int
pending_add(struct refl_stack *stack, const union frame *frame, enum frame_type type,
            const int *fds)
{
    struct refl_pending *pending = sys_alloc(sizeof(*pending));
    unsigned i;

    if (pending == NULL) {
        return -ENOMEM;
    }
    pending->frame = *frame;
    pending->type = type;
    list_push_back(&stack->pending, &pending->link);
    for (i = 0; i < CHANNEL_FDS_MAX; i++) {
        pending->fds[i] = fds != NULL ? fcntl(fds[i], F_DUPFD_CLOEXEC, 3) : -1;
    }
    return 0;
}

/* The host answers each of our frames, so whatever is pending goes out after one of its answers. */
static void
pending_flush(struct refl_stack *stack)
{
    while (!list_empty(&stack->pending)) {
        struct refl_pending *pending = container_of(stack->pending.next, struct refl_pending, link);

        if (channel_send(stack->host, &pending->frame, pending->type, pending->fds) == -EAGAIN) {
            return;
        }
        list_remove(&pending->link);
        pending_free(pending);
    }
}

int
refl_host_send(struct refl_stack *stack, union frame *frame, enum frame_type type, const int *fds)
{
    int error;

    if (stack->host < 0) {
        return -EPIPE;
    }
    if (!list_empty(&stack->pending)) {
        return pending_add(stack, frame, type, fds);
    }
    error = channel_send(stack->host, frame, type, fds);
    return error == -EAGAIN ? pending_add(stack, frame, type, fds) : error;
}

void
refl_host_condemn(struct refl_stack *stack, const char *format, ...)
{
    char reason[FRAME_TEXT_SIZE];
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(reason, sizeof(reason), format, arguments);
    va_end(arguments);
    stack->events->condemned(stack->owner, reason);
}

int
refl_stack_tell(struct refl_stack *stack, union frame *frame, enum frame_type type)
{
    return refl_host_send(stack, frame, type, NULL);
}

/* ---- From the host ---- */

/* A name of a stack that has not started yet. */
struct early_name {
    struct list link;
    struct frame_name name;
};

static void host_named(struct refl_stack *stack, const struct frame_name *name);

static void
early_names_clear(struct refl_stack *stack)
{
    struct list *link;

    while ((link = list_pop_front(&stack->early_names)) != NULL) {
        sys_free(container_of(link, struct early_name, link));
    }
}

static void
early_name_forget(struct refl_stack *stack, const struct frame_name *name)
{
    struct list *link;

    list_for_each(link, &stack->early_names)
    {
        struct early_name *early = container_of(link, struct early_name, link);

        if (strcasecmp(early->name.guid, name->guid) == 0 &&
            strcasecmp(early->name.name, name->name) == 0) {
            list_remove(link);
            sys_free(early);
            return;
        }
    }
}

/* What was enabled while the stack started: whoever hears of it now can open it. */
static void
early_names_publish(struct refl_stack *stack)
{
    struct list *link;

    while ((link = list_pop_front(&stack->early_names)) != NULL) {
        struct early_name *early = container_of(link, struct early_name, link);

        host_named(stack, &early->name);
        sys_free(early);
    }
}

/* Interfaces are announced to listeners by being published: not before opens are taken. */
static bool
keep_for_later(struct refl_stack *stack, const struct frame_name *name)
{
    struct early_name *early = NULL;

    if (!stack->starting || name->guid[0] == '\0') {
        return false;
    }
    if (name->enabled == 0) {
        early_name_forget(stack, name);
        return true;
    }
    early = sys_alloc(sizeof(*early));
    if (early == NULL) {
        return false;
    }
    early->name = *name;
    list_push_back(&stack->early_names, &early->link);
    return true;
}

static void
host_named(struct refl_stack *stack, const struct frame_name *name)
{
    int error = 0;

    if (keep_for_later(stack, name)) {
        return;
    }
    if (name->enabled != 0) {
        error = names_publish(&stack->names, stack->device_id, name->guid, name->name);
    } else {
        names_withdraw(&stack->names, stack->device_id, name->guid, name->name);
    }
    stack->events->named(stack->owner, name->guid, name->name, name->enabled != 0, error);
}

static void
host_ready(struct refl_stack *stack, int32_t status)
{
    ipc_timer_disarm(&stack->host_timer);
    stack->ready = status >= 0;
    stack->starting = false;
    stack->problem = status >= 0 ? 0 : status;
    if (stack->ready) {
        early_names_publish(stack);
    } else {
        early_names_clear(stack);
    }
    stack->events->ready(stack->owner, status);
}

static void
host_frame(struct refl_stack *stack, const union frame *frame)
{
    struct refl_conn *conn;

    switch ((enum frame_type)frame->header.type) {
    case FRAME_READY:
        host_ready(stack, frame->status.status);
        return;
    case FRAME_NAME:
        host_named(stack, &frame->name);
        return;
    case FRAME_REMOVED:
        ipc_timer_disarm(&stack->host_timer);
        stack->ready = false;
        stack->events->removed(stack->owner, frame->status.status);
        return;
    case FRAME_DEVNODE:
        refl_nodes_note(stack, &frame->devnode);
        /* fall through */
    case FRAME_CONFIGURE:
    case FRAME_ACTION_DONE:
    case FRAME_WMI_DONE:
    case FRAME_WOKEN:
        if (stack->events->tree != NULL) {
            stack->events->tree(stack->owner, frame);
        }
        return;
    default:
        break;
    }
    conn = refl_conn_find(stack, frame->header.connection);
    if (conn == NULL) {
        /* These may come after the connection they are for has gone. */
        if (frame->header.type != FRAME_CANCEL_DONE && frame->header.type != FRAME_WATCHED &&
            frame->header.type != FRAME_CHANGE) {
            refl_host_condemn(stack, "the host sent %s for a connection that is not there",
                              frame_type_name(frame->header.type));
        }
        return;
    }
    switch ((enum frame_type)frame->header.type) {
    case FRAME_OPEN_DONE:
        refl_conn_event(conn, REFL_ON_OPEN_DONE, frame);
        break;
    case FRAME_CANCEL_DONE:
        refl_conn_cancel_done(conn);
        break;
    case FRAME_CLEANUP_DONE:
        refl_conn_event(conn, REFL_ON_CLEANUP_DONE, frame);
        break;
    case FRAME_CLOSE_DONE:
        refl_conn_event(conn, REFL_ON_CLOSE_DONE, frame);
        break;
    case FRAME_BROKEN:
        refl_conn_event(conn, REFL_ON_BROKEN, frame);
        break;
    case FRAME_WATCHED:
        refl_conn_event(conn, REFL_ON_WATCHED, frame);
        break;
    case FRAME_CHANGE:
        refl_conn_event(conn, REFL_ON_CHANGE, frame);
        break;
    default:
        break;
    }
}

/* No more from this host. What is outstanding is settled when the process itself has ended. */
static void
host_detach(struct refl_stack *stack)
{
    struct list *link;

    ipc_loop_unwatch(stack->loop, stack->host_source);
    stack->host_source = NULL;
    sys_fd_close(&stack->host);
    ipc_timer_disarm(&stack->host_timer);
    stack->ready = false;
    early_names_clear(stack);
    refl_nodes_clear(stack);
    while ((link = list_pop_front(&stack->pending)) != NULL) {
        pending_free(container_of(link, struct refl_pending, link));
    }
}

static void
host_readable(void *argument)
{
    struct refl_stack *stack = argument;
    int fds[CHANNEL_FDS_MAX];
    union frame frame;
    int result = channel_receive(stack->host, &frame, FRAME_FROM_HOST, fds);

    if (result == -EAGAIN) {
        return;
    }
    if (result != 1) {
        host_detach(stack);
        if (result != 0) {
            refl_host_condemn(stack, "the host sent a malformed frame");
        }
        return;
    }
    host_frame(stack, &frame);
    if (stack->host >= 0) {
        pending_flush(stack);
    }
}

static void
start_late(void *argument)
{
    refl_host_condemn(argument, "the driver did not start its device in time");
}

static void
remove_late(void *argument)
{
    refl_host_condemn(argument, "the driver did not remove its device in time");
}

int
refl_stack_attach_host(struct refl_stack *stack, int control, pid_t pid)
{
    int error = sys_fd_set_nonblocking(control);

    if (error == 0) {
        error = ipc_loop_watch(stack->loop, control, host_readable, stack, &stack->host_source);
    }
    if (error != 0) {
        sys_fd_close(&control);
        return error;
    }
    stack->host = control;
    stack->host_pid = pid;
    stack->starting = true;
    stack->problem = REFL_STATUS_NOT_READY;
    ipc_timer_arm(stack->loop, &stack->host_timer, sys_now_ns() + stack->critical_timeout_ns,
                  start_late, stack);
    return 0;
}

/* Whether a connection has a file. Those that only watch hear of the removal. */
static bool
has_files(const struct refl_stack *stack)
{
    const struct list *link;

    list_for_each(link, &stack->connections)
    {
        if (container_of(link, struct refl_conn, link)->state != REFL_CONN_WATCHING) {
            return true;
        }
    }
    return false;
}

/* The removal goes to the host when the last connection is closed. */
void
refl_stack_try_remove(struct refl_stack *stack)
{
    union frame frame = {0};

    if (stack->removing && !has_files(stack)) {
        stack->removing = false;
        (void)refl_host_send(stack, &frame, FRAME_HOST_REMOVE, NULL);
    }
}

int
refl_stack_remove(struct refl_stack *stack)
{
    struct list *link;
    struct list *following;

    if (stack->host < 0) {
        return -EPIPE;
    }
    stack->ready = false;
    stack->problem = REFL_STATUS_NOT_READY;
    stack->removing = true;
    ipc_timer_arm(stack->loop, &stack->host_timer, sys_now_ns() + stack->critical_timeout_ns,
                  remove_late, stack);
    ipc_loop_unwatch(stack->loop, stack->listener_source);
    stack->listener_source = NULL;
    list_for_each_safe(link, following, &stack->connections)
    {
        struct refl_conn *conn = container_of(link, struct refl_conn, link);

        if (conn->state != REFL_CONN_WATCHING) {
            refl_conn_event(conn, REFL_ON_GONE, NULL);
        }
    }
    refl_stack_try_remove(stack);
    return 0;
}

unsigned
refl_stack_host_died(struct refl_stack *stack)
{
    struct list *link;
    struct list *following;
    unsigned settled = 0;

    /* What the host said before it died still counts. */
    while (stack->host >= 0) {
        int fds[CHANNEL_FDS_MAX];
        union frame frame;

        if (channel_receive(stack->host, &frame, FRAME_FROM_HOST, fds) != 1) {
            break;
        }
        host_frame(stack, &frame);
    }
    host_detach(stack);
    stack->host_pid = 0;
    stack->problem = stack->problem == 0 ? REFL_STATUS_TERMINATED : stack->problem;
    list_for_each_safe(link, following, &stack->connections)
    {
        struct refl_conn *conn = container_of(link, struct refl_conn, link);

        if (conn->ring.memory != NULL) {
            /* Counted before: clients help to settle as soon as they see the host dead. */
            settled += ring_outstanding(&conn->ring);
            (void)ring_settle_and_wake(&conn->ring, REFL_STATUS_TERMINATED);
        }
        refl_conn_event(conn, REFL_ON_HOST_DIED, NULL);
    }
    return settled;
}

/* ---- The public socket ---- */

static void
listener_readable(void *argument)
{
    struct refl_stack *stack = argument;
    int control = channel_accept(stack->listener);

    if (control >= 0) {
        refl_conn_accept(stack, control);
    }
}

static void
copy_texts(struct refl_stack *stack, const struct refl_config *config)
{
    unsigned i;

    (void)snprintf(stack->device_id, sizeof(stack->device_id), "%s", config->device_id);
    for (i = 0; i < FRAME_INFO_TEXTS; i++) {
        const char *text = i == FRAME_INFO_ID ? config->device_id : config->texts[i];

        (void)snprintf(stack->texts[i], sizeof(stack->texts[i]), "%s", text != NULL ? text : "");
    }
}

int
refl_stack_create(struct ipc_loop *loop, const struct refl_config *config,
                  struct refl_stack **ret_stack)
{
    struct refl_stack *stack = sys_alloc_zeroed(sizeof(*stack));
    uint32_t timeout_ms =
        config->critical_timeout_ms != 0 ? config->critical_timeout_ms : REFL_CRITICAL_TIMEOUT_MS;
    int error;

    if (stack == NULL) {
        return -ENOMEM;
    }
    stack->loop = loop;
    stack->events = config->events;
    stack->owner = config->owner;
    stack->critical_timeout_ns = timeout_ms * NS_PER_MS;
    stack->host = -1;
    stack->listener = -1;
    stack->problem = REFL_STATUS_NOT_READY;
    list_init(&stack->pending);
    list_init(&stack->connections);
    list_init(&stack->nodes);
    list_init(&stack->early_names);
    list_init(&stack->host_timer.link);
    copy_texts(stack, config);
    error = names_open(&stack->names, true);
    if (error == 0) {
        stack->listener = names_listen(&stack->names, stack->device_id);
        error = stack->listener < 0 ? stack->listener : 0;
    }
    if (error == 0) {
        error = ipc_loop_watch(loop, stack->listener, listener_readable, stack,
                               &stack->listener_source);
    }
    if (error != 0) {
        refl_stack_delete(stack);
        return error;
    }
    *ret_stack = stack;
    return 0;
}

void
refl_stack_delete(struct refl_stack *stack)
{
    struct list *link;
    struct list *following;

    if (stack == NULL) {
        return;
    }
    host_detach(stack);
    list_for_each_safe(link, following, &stack->connections)
    {
        struct refl_conn *conn = container_of(link, struct refl_conn, link);

        if (conn->ring.memory != NULL) {
            (void)ring_settle_and_wake(&conn->ring, REFL_STATUS_TERMINATED);
        }
        refl_conn_free(conn);
    }
    ipc_loop_unwatch(stack->loop, stack->listener_source);
    if (stack->listener >= 0) {
        sys_fd_close(&stack->listener);
        names_forget_stack(&stack->names, stack->device_id);
    }
    sys_free(stack);
}

unsigned
refl_stack_connections(const struct refl_stack *stack)
{
    return stack->connection_count;
}

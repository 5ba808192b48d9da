/* SPDX-License-Identifier: MIT */
/*
 * wdfmgr: the manager of a user's devices. Started by `wdf` when there is none; a second one finds the
 * first's lock and ends. It detaches itself and ends with status 0 when it listens; it goes when no
 * device runs and nobody has asked anything for IDLE_MS.
 *
 *     wdfmgr [--foreground]
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/list.h"
#include "base/log.h"
#include "ipc/channel.h"
#include "manager/mgr_control.h"
#include "manager/mgr_tree.h"
#include "sys/clock.h"
#include "sys/memory.h"

#define IDLE_MS     3000u
#define CLIENTS_MAX 64u
#define MS          UINT64_C(1000000)

/* Somebody who asks. One request at a time. */
struct client {
    struct list link;
    struct server *server;
    int fd;
    struct ipc_source *source;
    enum mgr_operation operation; /* 0: nothing is asked. */
    bool gone;
};

struct server {
    struct ipc_loop loop;
    struct mgr_store *store;
    struct mgr_tree *tree;
    int lock;
    int listener;
    int signals;
    struct list clients;
    unsigned client_count;
    struct ipc_timer idle;
    bool busy;
    bool quitting;
};

/* ---- Idle ---- */

static void
on_idle(void *argument)
{
    struct server *server = argument;

    if (!server->busy && list_empty(&server->clients)) {
        ipc_loop_stop(&server->loop);
    }
}

static void
check_idle(struct server *server)
{
    if (server->busy || !list_empty(&server->clients)) {
        ipc_timer_disarm(&server->idle);
    } else {
        ipc_timer_arm(&server->loop, &server->idle,
                      server->quitting ? 0 : sys_now_ns() + IDLE_MS * MS, on_idle, server);
    }
}

/* ---- Clients ---- */

static void
client_delete(struct client *client)
{
    struct server *server = client->server;

    mgr_tree_forget(server->tree, client);
    ipc_loop_unwatch(&server->loop, client->source);
    (void)close(client->fd);
    list_remove(&client->link);
    server->client_count--;
    sys_free(client);
    check_idle(server);
}

/* Blocks when the asker does not read, but only for the socket's send timeout. */
static void
reply_sized(struct client *client, struct mgr_reply *message, size_t size)
{
    message->magic = MGR_CONTROL_MAGIC;
    message->version = MGR_CONTROL_VERSION;
    if (!client->gone && send(client->fd, message, size, MSG_NOSIGNAL) != (ssize_t)size) {
        client->gone = true;
    }
}

static void
reply(struct client *client, struct mgr_reply *message)
{
    reply_sized(client, message, sizeof(*message));
}

static void
on_wmi(void *owner, void *request, const struct frame_wmi_call *call)
{
    struct mgr_wmi_reply message = {.head = {.kind = MGR_REPLY_WMI}, .call = *call};

    (void)owner;
    reply_sized(request, &message.head, sizeof(message));
}

static void
send_device(void *argument, const struct mgr_reply *device)
{
    struct mgr_reply message = *device;

    reply(argument, &message);
}

static void
on_done(void *owner, void *request, int result, const char *reason)
{
    struct mgr_reply message = {.kind = MGR_REPLY_DONE, .result = result};
    struct client *client = request;
    struct server *server = owner;

    if (client->operation == MGR_LIST && result == 0) {
        mgr_tree_list(server->tree, send_device, client);
    }
    client->operation = 0;
    (void)snprintf((char *)message.text, MGR_REPLY_REASON_SIZE, "%s", reason);
    reply(client, &message);
}

static void
on_request(void *argument)
{
    struct client *client = argument;
    struct server *server = client->server;
    union {
        struct mgr_request head;
        struct mgr_wmi_request wmi;
    } request;
    ssize_t n = recv(client->fd, &request, sizeof(request), MSG_DONTWAIT);

    if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
        return;
    }
    if (n <= 0 || client->gone || client->operation != 0 ||
        mgr_request_check(&request.head, (size_t)n) != 0) {
        client_delete(client);
        return;
    }
    client->operation = (enum mgr_operation)request.head.operation;
    if (client->operation == MGR_WMI) {
        mgr_tree_wmi(server->tree, request.head.device, &request.wmi.call, client);
        return;
    }
    if (client->operation == MGR_QUIT) {
        server->quitting = true;
    }
    mgr_tree_ask(server->tree, client->operation, request.head.device, request.head.argument,
                 client);
}

static void
on_connection(void *argument)
{
    const struct timeval timeout = {.tv_sec = 5};
    struct server *server = argument;
    int fd = channel_accept(server->listener);
    struct client *client;
    uid_t uid;
    pid_t pid;

    if (fd < 0) {
        return;
    }
    /* The folder is the user's alone; this is for who gets in nevertheless. */
    if (channel_peer(fd, &pid, &uid) != 0 || (uid != getuid() && uid != 0) ||
        server->client_count == CLIENTS_MAX) {
        (void)close(fd);
        return;
    }
    client = sys_alloc_zeroed(sizeof(*client));
    if (client == NULL) {
        (void)close(fd);
        return;
    }
    (void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof(timeout));
    (void)fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK);
    client->server = server;
    client->fd = fd;
    list_push_back(&server->clients, &client->link);
    server->client_count++;
    if (ipc_loop_watch(&server->loop, fd, on_request, client, &client->source) != 0) {
        client_delete(client);
        return;
    }
    check_idle(server);
}

/* ---- The tree ---- */

static void
on_line(void *owner, const char *device, const char *text)
{
    base_log(BASE_LOG_WARN, "manager", "%s: %s", device, text);
}

static void
on_busy(void *owner, bool busy)
{
    struct server *server = owner;

    server->busy = busy;
    check_idle(server);
}

static const struct mgr_tree_events tree_events = {
    .done = on_done, .wmi = on_wmi, .line = on_line, .busy = on_busy};

static void
on_signal(void *argument)
{
    struct server *server = argument;
    struct signalfd_siginfo info;

    if (read(server->signals, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
        ipc_loop_stop(&server->loop);
    }
}

/* ---- Start ---- */

static int
watch_signals(struct server *server)
{
    struct ipc_source *source;
    sigset_t set;

    (void)signal(SIGPIPE, SIG_IGN);
    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGINT);
    (void)sigaddset(&set, SIGTERM);
    (void)sigaddset(&set, SIGHUP);
    (void)sigprocmask(SIG_BLOCK, &set, NULL);
    server->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    return server->signals < 0
               ? -errno
               : ipc_loop_watch(&server->loop, server->signals, on_signal, server, &source);
}

/* 1: another manager has the lock. */
static int
take_lock(struct server *server, const char *path)
{
    server->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (server->lock < 0) {
        return -errno;
    }
    if (flock(server->lock, LOCK_EX | LOCK_NB) != 0) {
        return errno == EWOULDBLOCK ? 1 : -errno;
    }
    return 0;
}

static int
serve(struct server *server, const char *socket_path)
{
    struct ipc_source *source;
    struct mgr_error error;
    int result = mgr_store_open(&server->store, &error);

    if (result != 0) {
        (void)fprintf(stderr, "wdfmgr: %s\n", error.text);
        return result;
    }
    result = ipc_loop_init(&server->loop);
    result = result != 0 ? result : watch_signals(server);
    result = result != 0 ? result
                         : mgr_tree_create(&server->loop, server->store, &tree_events, server,
                                           &server->tree);
    if (result == 0) {
        (void)unlink(socket_path); /* We have the lock: it is a dead one's. */
        server->listener = channel_listen(socket_path);
        result = server->listener < 0 ? server->listener
                                      : ipc_loop_watch(&server->loop, server->listener,
                                                       on_connection, server, &source);
    }
    return result;
}

/* The asker's child ends when we listen; we go on without a terminal. */
static pid_t
detach(int *ret_ready)
{
    int fds[2];
    pid_t pid;

    if (pipe2(fds, O_CLOEXEC) != 0) {
        return -1;
    }
    pid = fork();
    if (pid > 0) {
        char status = 1;

        (void)close(fds[1]);
        if (read(fds[0], &status, 1) != 1) {
            status = 1;
        }
        _exit(status);
    }
    (void)close(fds[0]);
    *ret_ready = fds[1];
    if (pid == 0) {
        (void)setsid();
        (void)!chdir("/");
    }
    return pid;
}

static void
leave_terminal(const char *log_path)
{
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    int log = open(log_path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600);

    if (null >= 0) {
        (void)dup2(null, STDIN_FILENO);
        (void)dup2(null, STDOUT_FILENO);
    }
    if (log >= 0) {
        (void)dup2(log, STDERR_FILENO);
    }
}

int
main(int argc, char **argv)
{
    struct server server = {.lock = -1, .listener = -1, .signals = -1};
    bool foreground = argc == 2 && strcmp(argv[1], "--foreground") == 0;
    char socket_path[MGR_PATH_SIZE];
    char lock_path[MGR_PATH_SIZE];
    char log_path[MGR_PATH_SIZE + 8];
    char good = 0;
    int ready = -1;
    int result;

    if (argc > 1 && !foreground) {
        (void)fprintf(stderr, "usage: wdfmgr [--foreground]\n");
        return 3;
    }
    list_init(&server.clients);
    result = mgr_control_paths(socket_path, lock_path, sizeof(socket_path));
    if (result != 0) {
        (void)fprintf(stderr, "wdfmgr: the runtime folder cannot be used: %s\n", strerror(-result));
        return 1;
    }
    if (!foreground && detach(&ready) < 0) {
        (void)fprintf(stderr, "wdfmgr: %s\n", strerror(errno));
        return 1;
    }
    result = take_lock(&server, lock_path);
    if (result == 1) {
        (void)!write(ready, &good, 1); /* There is one: all is well. */
        return 0;
    }
    result = result != 0 ? result : serve(&server, socket_path);
    if (result != 0) {
        (void)fprintf(stderr, "wdfmgr: %s\n", strerror(-result));
        return 1;
    }
    if (!foreground) {
        (void)snprintf(log_path, sizeof(log_path), "%.*s.log",
                       (int)(strlen(lock_path) - strlen(".lock")), lock_path);
        leave_terminal(log_path);
    }
    (void)!write(ready, &good, 1);
    (void)close(ready);
    check_idle(&server);
    result = ipc_loop_run(&server.loop);
    (void)unlink(socket_path);
    while (!list_empty(&server.clients)) {
        client_delete(container_of(server.clients.next, struct client, link));
    }
    mgr_tree_delete(server.tree);
    mgr_store_close(server.store);
    ipc_loop_fini(&server.loop);
    return result == 0 ? 0 : 1;
}

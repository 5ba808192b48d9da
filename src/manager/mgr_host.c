/* SPDX-License-Identifier: MIT */
/* One host process: see mgr_host.h. */
#include "manager/mgr_host.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ipc/channel.h"
#include "sys/fd.h"
#include "sys/memory.h"
#include "sys/wait.h"

#define LINE_SIZE 4096 /* Longer lines are told in pieces. */

struct mgr_host {
    struct ipc_loop *loop;
    const struct mgr_host_events *events;
    void *owner;
    struct sys_process process;
    struct ipc_source *process_source;
    int output;
    struct ipc_source *output_source;
    char line[LINE_SIZE];
    size_t line_length;
};

/* ---- What it says ---- */

static void
line_end(struct mgr_host *host)
{
    host->line[host->line_length] = '\0';
    host->line_length = 0;
    host->events->line(host->owner, host->line);
}

static void
output_add(struct mgr_host *host, const char *bytes, size_t count)
{
    size_t i;

    for (i = 0; i < count; i++) {
        if (bytes[i] == '\n' || host->line_length == LINE_SIZE - 1) {
            line_end(host);
        }
        if (bytes[i] != '\n' && bytes[i] != '\r') {
            host->line[host->line_length++] = bytes[i];
        }
    }
}

/* Reads once. True when there may be more at once. */
static bool
output_read(struct mgr_host *host)
{
    char bytes[LINE_SIZE];
    ssize_t n = read(host->output, bytes, sizeof(bytes));

    if (n > 0) {
        output_add(host, bytes, (size_t)n);
        return true;
    }
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
        return errno == EINTR;
    }
    ipc_loop_unwatch(host->loop, host->output_source);
    host->output_source = NULL;
    return false;
}

static void
output_readable(void *argument)
{
    (void)output_read(argument);
}

/* ---- Its end ---- */

static void
process_ended(void *argument)
{
    struct mgr_host *host = argument;
    struct sys_process_status status;

    if (sys_process_wait(&host->process, 0, &status) != 0) {
        return;
    }
    ipc_loop_unwatch(host->loop, host->process_source);
    host->process_source = NULL;
    while (host->output_source != NULL && output_read(host)) {
    }
    if (host->line_length != 0) {
        line_end(host);
    }
    host->events->ended(host->owner, &status);
}

/* ---- Its start ---- */

static int
spawn(struct mgr_host *host, char *const *argv, char *const *envp, int control, int output)
{
    const struct sys_process_fd fds[] = {
        {.fd = output, .as = STDOUT_FILENO},
        {.fd = output, .as = STDERR_FILENO},
        {.fd = control, .as = MGR_HOST_CONTROL_FD},
    };
    const struct sys_process_params params = {
        .path = argv[0],
        .argv = argv,
        .envp = envp,
        .fds = fds,
        .fd_count = sizeof(fds) / sizeof(fds[0]),
        .die_with_parent = true,
        .own_group = true,
    };

    return sys_process_spawn(&params, &host->process);
}

int
mgr_host_start(struct ipc_loop *loop, char *const *argv, char *const *envp,
               const struct mgr_host_events *events, void *owner, struct mgr_host **ret_host,
               int *ret_control)
{
    struct mgr_host *host = sys_alloc_zeroed(sizeof(*host));
    int control[2] = {-1, -1};
    int output[2] = {-1, -1};
    int error;

    if (host == NULL) {
        return -ENOMEM;
    }
    *host = (struct mgr_host){
        .loop = loop, .events = events, .owner = owner, .output = -1, .process = {.fd = -1}};
    error = channel_pair(control);
    if (error == 0 && pipe2(output, O_CLOEXEC) != 0) {
        error = -errno;
    }
    error = error != 0 ? error : sys_fd_set_nonblocking(output[0]);
    error = error != 0 ? error : spawn(host, argv, envp, control[1], output[1]);
    sys_fd_close(&control[1]);
    sys_fd_close(&output[1]);
    host->output = output[0];
    if (error == 0) {
        error = ipc_loop_watch(loop, host->output, output_readable, host, &host->output_source);
    }
    if (error == 0) {
        error = ipc_loop_watch(loop, sys_process_fd(&host->process), process_ended, host,
                               &host->process_source);
    }
    if (error != 0) {
        sys_fd_close(&control[0]);
        mgr_host_delete(host);
        return error;
    }
    *ret_host = host;
    *ret_control = control[0];
    return 0;
}

pid_t
mgr_host_pid(const struct mgr_host *host)
{
    return host->process.pid;
}

void
mgr_host_kill(struct mgr_host *host)
{
    (void)sys_process_kill(&host->process, SIGKILL);
}

void
mgr_host_delete(struct mgr_host *host)
{
    if (host == NULL) {
        return;
    }
    ipc_loop_unwatch(host->loop, host->process_source);
    ipc_loop_unwatch(host->loop, host->output_source);
    if (host->process.pid != 0) {
        if (!host->process.ended) {
            (void)sys_process_kill(&host->process, SIGKILL);
            (void)sys_process_wait(&host->process, SYS_FOREVER, NULL);
        }
        sys_process_fini(&host->process);
    }
    sys_fd_close(&host->output);
    sys_free(host);
}

int
mgr_host_program(char *path, size_t size)
{
    /* Beside us; as installed; in the build tree, seen from tools/wdf and from tests/unit/x. */
    static const char *const places[] = {"wdfhost", "../libexec/openwdf/wdfhost",
                                         "../../src/host/wdfhost", "../../../src/host/wdfhost"};
    const char *configured = getenv("OPENWDF_HOST");
    char self[4096];
    ssize_t n;
    size_t i;

    if (configured != NULL && configured[0] != '\0') {
        (void)snprintf(path, size, "%s", configured);
        return access(path, X_OK) == 0 ? 0 : -errno;
    }
    n = readlink("/proc/self/exe", self, sizeof(self) - 1);
    if (n < 0) {
        return -errno;
    }
    self[n] = '\0';
    *strrchr(self, '/') = '\0';
    for (i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        int length = snprintf(path, size, "%s/%s", self, places[i]);

        if (length > 0 && (size_t)length < size && access(path, X_OK) == 0) {
            return 0;
        }
    }
    return -ENOENT;
}

/* SPDX-License-Identifier: MIT */
/* The way to the manager: see mgr_control.h. */
#include "manager/mgr_control.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ipc/channel.h"
#include "ipc/names.h"
#include "sys/clock.h"
#include "sys/process.h"

#define START_TIMEOUT_NS (UINT64_C(10) * 1000000000)
#define RETRY_NS         (UINT64_C(5) * 1000000)

static int
fail(struct mgr_error *error, int result, const char *what)
{
    (void)snprintf(error->text, sizeof(error->text), "%.300s: %s", what, strerror(-result));
    return result;
}

int
mgr_control_paths(char *socket_path, char *lock_path, size_t size)
{
    struct names names;
    int result = names_open(&names, true);

    if (result != 0) {
        return result;
    }
    if (snprintf(socket_path, size, "%s/manager.sock", names.root) >= (int)size ||
        snprintf(lock_path, size, "%s/manager.lock", names.root) >= (int)size) {
        return -ENAMETOOLONG;
    }
    return 0;
}

static bool
is_call(const void *message, size_t size, size_t whole, size_t call_offset)
{
    return size == whole &&
           ((const struct frame_wmi_call *)(const void *)((const char *)message + call_offset))
                   ->size <= FRAME_WMI_DATA;
}

int
mgr_request_check(const struct mgr_request *request, size_t size)
{
    if (size < sizeof(*request) || request->magic != MGR_CONTROL_MAGIC ||
        request->version != MGR_CONTROL_VERSION || request->operation == 0 ||
        request->operation >= MGR_OPERATION_COUNT ||
        memchr(request->device, 0, sizeof(request->device)) == NULL) {
        return -EPROTO;
    }
    if (request->operation == MGR_WMI) {
        return is_call(request, size, sizeof(struct mgr_wmi_request),
                       offsetof(struct mgr_wmi_request, call))
                   ? 0
                   : -EPROTO;
    }
    return size == sizeof(*request) ? 0 : -EPROTO;
}

int
mgr_reply_check(const struct mgr_reply *reply, size_t size)
{
    unsigned i;

    if (size < sizeof(*reply) || reply->magic != MGR_CONTROL_MAGIC ||
        reply->version != MGR_CONTROL_VERSION) {
        return -EPROTO;
    }
    if (reply->kind == MGR_REPLY_WMI) {
        return is_call(reply, size, sizeof(struct mgr_wmi_reply),
                       offsetof(struct mgr_wmi_reply, call))
                   ? 0
                   : -EPROTO;
    }
    if (size != sizeof(*reply) ||
        (reply->kind != MGR_REPLY_DEVICE && reply->kind != MGR_REPLY_DONE)) {
        return -EPROTO;
    }
    for (i = 0; i < MGR_DEVICE_TEXTS; i++) {
        /* A reason runs over the first two. */
        if (memchr(reply->text[i], 0, MGR_TEXT_SIZE) == NULL &&
            !(reply->kind == MGR_REPLY_DONE && i == 0)) {
            return -EPROTO;
        }
    }
    return 0;
}

/* wdfmgr: $OPENWDF_MANAGER, beside us, as installed, in the build tree. */
static int
manager_program(char *path, size_t size)
{
    static const char *const places[] = {"wdfmgr", "../libexec/openwdf/wdfmgr",
                                         "../../src/manager/wdfmgr", "../../../src/manager/wdfmgr"};
    const char *configured = getenv("OPENWDF_MANAGER");
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

/* It detaches itself: what we start ends at once, with 0 when the manager listens. */
static int
start_manager(struct mgr_error *error)
{
    char program[MGR_PATH_SIZE];
    char *argv[] = {program, NULL};
    const struct sys_process_params params = {.path = program, .argv = argv};
    struct sys_process_status status;
    struct sys_process process;
    int result = manager_program(program, sizeof(program));

    if (result != 0) {
        return fail(error, result, "cannot find wdfmgr");
    }
    result = sys_process_spawn(&params, &process);
    if (result != 0) {
        return fail(error, result, program);
    }
    result = sys_process_wait(&process, sys_now_ns() + START_TIMEOUT_NS, &status);
    sys_process_fini(&process);
    if (result != 0) {
        return fail(error, result, "the manager does not come up");
    }
    if (status.code != 0) {
        (void)snprintf(error->text, sizeof(error->text), "the manager ended with status %d",
                       status.code);
        return -EIO;
    }
    return 0;
}

int
mgr_control_connect_running(struct mgr_error *error)
{
    char socket_path[MGR_PATH_SIZE];
    char lock_path[MGR_PATH_SIZE];
    int result = mgr_control_paths(socket_path, lock_path, sizeof(socket_path));

    if (result != 0) {
        return fail(error, result, "the runtime folder cannot be used");
    }
    result = channel_connect(socket_path);
    if (result == -ECONNREFUSED) {
        result = -ENOENT;
    }
    return result >= 0 ? result : fail(error, result, "no manager runs");
}

int
mgr_control_connect(struct mgr_error *error)
{
    uint64_t deadline = sys_now_ns() + START_TIMEOUT_NS;
    int fd = mgr_control_connect_running(error);

    while (fd == -ENOENT && sys_now_ns() < deadline) {
        /* Two may start one at a time; the second finds the first's lock and ends well. */
        int result = start_manager(error);

        if (result != 0) {
            return result;
        }
        fd = mgr_control_connect_running(error);
        if (fd == -ENOENT) {
            sys_sleep_until(sys_now_ns() + RETRY_NS);
        }
    }
    return fd;
}

void
mgr_control_wait_end(void)
{
    char socket_path[MGR_PATH_SIZE];
    char lock_path[MGR_PATH_SIZE];
    int lock = -1;

    if (mgr_control_paths(socket_path, lock_path, sizeof(socket_path)) == 0) {
        lock = open(lock_path, O_RDONLY | O_CLOEXEC);
    }
    if (lock >= 0) {
        /* A manager has it to its end, when all its hosts have ended. */
        while (flock(lock, LOCK_SH) != 0 && errno == EINTR) {
        }
        (void)close(lock);
    }
}

/* What follows a request. Calls fn for each reply before the last. */
static int
hear(int fd, enum mgr_operation operation, void (*fn)(void *owner, const struct mgr_reply *reply),
     void *owner, struct mgr_error *error)
{
    for (;;) {
        union {
            struct mgr_reply head;
            struct mgr_wmi_reply wmi;
        } reply;
        ssize_t n = recv(fd, &reply, sizeof(reply), 0);

        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            /* Asked to end, it may be gone before its answer is. */
            return operation == MGR_QUIT
                       ? 0
                       : fail(error, n < 0 ? -errno : -EPIPE, "the manager is gone");
        }
        if (mgr_reply_check(&reply.head, (size_t)n) != 0) {
            return fail(error, -EPROTO, "the manager's answer");
        }
        if (reply.head.kind == MGR_REPLY_DONE) {
            (void)snprintf(error->text, sizeof(error->text), "%.*s", MGR_REPLY_REASON_SIZE - 1,
                           (const char *)reply.head.text);
            return reply.head.result;
        }
        if (fn != NULL && (reply.head.kind == MGR_REPLY_WMI) == (operation == MGR_WMI)) {
            fn(owner, &reply.head);
        }
    }
}

static int
begin(struct mgr_request *request, enum mgr_operation operation, const char *device,
      uint32_t argument, struct mgr_error *error)
{
    *request = (struct mgr_request){.magic = MGR_CONTROL_MAGIC,
                                    .version = MGR_CONTROL_VERSION,
                                    .operation = (uint32_t)operation,
                                    .argument = argument};
    if (strlen(device) >= sizeof(request->device)) {
        return fail(error, -ENAMETOOLONG, device);
    }
    strcpy(request->device, device);
    return 0;
}

static int
say(int fd, const void *message, size_t size, struct mgr_error *error)
{
    return send(fd, message, size, MSG_NOSIGNAL) == (ssize_t)size
               ? 0
               : fail(error, -errno, "the manager is gone");
}

int
mgr_control_ask(int fd, enum mgr_operation operation, const char *device, uint32_t argument,
                void (*fn)(void *owner, const struct mgr_reply *device), void *owner,
                struct mgr_error *error)
{
    struct mgr_request request;
    int result = begin(&request, operation, device, argument, error);

    result = result != 0 ? result : say(fd, &request, sizeof(request), error);
    return result != 0 ? result : hear(fd, operation, fn, owner, error);
}

static void
take_call(void *owner, const struct mgr_reply *reply)
{
    *(struct frame_wmi_call *)owner = ((const struct mgr_wmi_reply *)(const void *)reply)->call;
}

int
mgr_control_wmi(int fd, const char *device, struct frame_wmi_call *call, struct mgr_error *error)
{
    struct mgr_wmi_request request = {.call = *call};
    int result = begin(&request.head, MGR_WMI, device, 0, error);

    result = result != 0 ? result : say(fd, &request, sizeof(request), error);
    return result != 0 ? result : hear(fd, MGR_WMI, take_call, call, error);
}

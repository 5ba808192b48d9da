/* SPDX-License-Identifier: MIT */
/* One device's reflector and host: see mgr_device.h. */
#include "manager/mgr_device.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "manager/mgr_host.h"
#include "manager/mgr_ports.h"
#include "manager/mgr_store.h"
#include "openwdf/client.h"
#include "manager/mgr_sanitizer.h"
#include "reflector/refl_stack.h"
#include "sys/memory.h"

#define INSTANCES_MAX 1000u
#define ARGUMENTS_MAX (12 + 2 * MGR_FILTERS_MAX)
#define TEXT_SIZE     1024
#define COMMAND_SIZE  8192
#define CRASH_PREFIX  "wdfhost: crash: " /* See host/host_crash.h. */

struct mgr_device {
    struct ipc_loop *loop;
    const struct mgr_device_events *events;
    void *owner;
    char id[MGR_TEXT_SIZE];
    struct refl_stack *reflector;
    struct mgr_host *host;
    struct mgr_store *store;
    bool made_port; /* Its COM number goes with it. */
    bool own_store; /* We opened it. */
    bool ready;
    bool removing;
    bool removed;
    int32_t start_status;
    char condemned[TEXT_SIZE]; /* Why we killed it; "" when we did not. */
    char crash[TEXT_SIZE];     /* Its last words, when it said them in the known form. */
    char command[COMMAND_SIZE];
};

/* ---- From the reflector ---- */

static void
on_ready(void *owner, int32_t status)
{
    struct mgr_device *device = owner;

    device->start_status = status;
    device->ready = status >= 0;
    if (device->ready) {
        device->events->started(device->owner);
    }
}

static void
on_named(void *owner, const char *guid, const char *name, bool enabled, int error)
{
    struct mgr_device *device = owner;

    device->events->named(device->owner, guid, name, enabled, error);
}

static void
on_opened(void *owner, pid_t pid, const char *name, int32_t status)
{
    struct mgr_device *device = owner;

    device->events->opened(device->owner, pid, name, status);
}

static void
on_closed(void *owner, pid_t pid)
{
    struct mgr_device *device = owner;

    device->events->closed(device->owner, pid);
}

static void
on_removed(void *owner, int32_t status)
{
    struct mgr_device *device = owner;

    (void)status;
    device->removed = true;
}

static void
on_condemned(void *owner, const char *reason)
{
    struct mgr_device *device = owner;

    if (device->condemned[0] == '\0') {
        (void)snprintf(device->condemned, sizeof(device->condemned), "%s", reason);
        mgr_host_kill(device->host);
    }
}

/* The ids of a list as an array that ends with NULL. */
static void
id_list(const char *ids, const char *list[FRAME_IDS_SIZE / 2 + 1])
{
    unsigned count = 0;

    for (; *ids != '\0'; ids += strlen(ids) + 1) {
        list[count++] = ids;
    }
    list[count] = NULL;
}

/*
 * A driver for a device that a bus of the host found. The answer is in the registry, which the host
 * reads; here it is only put there.
 */
static void
configure(struct mgr_device *device, const struct frame_configure *question)
{
    union frame reply = {.status.header.connection = question->header.connection};
    const char *compatible[FRAME_IDS_SIZE / 2 + 1];
    const char *hardware[FRAME_IDS_SIZE / 2 + 1];
    struct mgr_error error;
    int result = 0;

    if (device->store == NULL) {
        result = mgr_store_open(&device->store, &error);
        device->own_store = result == 0;
    }
    if (result == 0) {
        id_list(question->hardware_ids, hardware);
        id_list(question->compatible_ids, compatible);
        result =
            mgr_store_configure(device->store, question->instance_id, hardware, compatible, &error);
    }
    if (result != 0 && result != -ENOENT) {
        device->events->line(device->owner, error.text);
    }
    reply.status.status = result == 0 ? REFL_STATUS_SUCCESS : REFL_STATUS_NOT_READY;
    (void)refl_stack_tell(device->reflector, &reply, FRAME_HOST_CONFIGURED);
}

static void
on_tree(void *owner, const union frame *frame)
{
    struct mgr_device *device = owner;

    if (frame->header.type == FRAME_CONFIGURE) {
        configure(device, &frame->configure);
    } else if (device->events->tree != NULL) {
        device->events->tree(device->owner, frame);
    }
}

static const struct refl_events reflector_events = {
    .ready = on_ready,
    .named = on_named,
    .opened = on_opened,
    .closed = on_closed,
    .removed = on_removed,
    .condemned = on_condemned,
    .tree = on_tree,
};

/* ---- From the host process ---- */

static void
on_line(void *owner, const char *text)
{
    struct mgr_device *device = owner;

    if (strncmp(text, CRASH_PREFIX, strlen(CRASH_PREFIX)) == 0) {
        (void)snprintf(device->crash, sizeof(device->crash), "%s", text + strlen(CRASH_PREFIX));
    }
    device->events->line(device->owner, text);
}

/* For reports: what a status is called, as far as that is known. */
static const char *
status_name(int32_t status)
{
    const char *name = owdf_status_name(status);

    return name != NULL ? name : "status";
}

static void
describe_death(const struct mgr_device *device, const struct sys_process_status *status, char *text)
{
    if (device->condemned[0] != '\0') {
        (void)snprintf(text, TEXT_SIZE, "%.900s; the host was ended", device->condemned);
    } else if (device->crash[0] != '\0') {
        (void)snprintf(text, TEXT_SIZE, "%s", device->crash);
    } else if (status->signal != 0) {
        (void)snprintf(text, TEXT_SIZE, "signal %d (%s)", status->signal,
                       strsignal(status->signal));
    } else {
        (void)snprintf(text, TEXT_SIZE, "the host exited with status %d", status->code);
    }
}

static void
on_ended(void *owner, const struct sys_process_status *status)
{
    struct mgr_device *device = owner;
    unsigned settled = refl_stack_host_died(device->reflector);
    char text[TEXT_SIZE];
    enum mgr_end how;

    if (device->removed && status->signal == 0 && status->code == 0) {
        how = MGR_END_REMOVED;
        text[0] = '\0';
    } else if (device->start_status < 0) {
        how = MGR_END_NOT_STARTED;
        (void)snprintf(text, sizeof(text), "%s (0x%08x)", status_name(device->start_status),
                       (unsigned)device->start_status);
    } else if (!device->ready && status->signal == 0 && device->condemned[0] == '\0') {
        how = MGR_END_NOT_STARTED;
        (void)snprintf(text, sizeof(text), "the host exited with status %d", status->code);
    } else {
        how = MGR_END_CRASHED;
        describe_death(device, status, text);
    }
    device->events->ended(device->owner, how, text, settled);
}

static const struct mgr_host_events host_events = {.line = on_line, .ended = on_ended};

/* ---- Start ---- */

static int
fail(struct mgr_error *error, int result, const char *what, const char *which)
{
    (void)snprintf(error->text, sizeof(error->text), "%s%s%.300s: %s", what,
                   which[0] != '\0' ? " " : "", which, strerror(-result));
    return result;
}

/* Listens as the device; without a wish for its id takes the first free instance number. */
static int
reflector_start(struct mgr_device *device, const struct mgr_device_config *config,
                struct mgr_error *error)
{
    const struct mgr_package *package = config->package;
    struct refl_config refl = {
        .device_id = device->id,
        .texts = {[FRAME_INFO_DESCRIPTION] = package->description,
                  [FRAME_INFO_HARDWARE_ID] = package->hardware_id,
                  [FRAME_INFO_SERVICE] = package->service,
                  [FRAME_INFO_DRIVER] = package->module,
                  [FRAME_INFO_CLASS_NAME] = package->class_name,
                  [FRAME_INFO_CLASS_GUID] = package->class_guid,
                  [FRAME_INFO_MANUFACTURER] = package->manufacturer},
        .critical_timeout_ms = config->critical_timeout_ms,
        .events = &reflector_events,
        .owner = device,
    };
    unsigned instance;
    int result = -EADDRINUSE;

    if (config->id != NULL) {
        (void)snprintf(device->id, sizeof(device->id), "%s", config->id);
        result = refl_stack_create(device->loop, &refl, &device->reflector);
    }
    for (instance = 0; config->id == NULL && result == -EADDRINUSE && instance < INSTANCES_MAX;
         instance++) {
        (void)snprintf(device->id, sizeof(device->id), "%.240s\\%04u", package->device_id,
                       instance);
        result = refl_stack_create(device->loop, &refl, &device->reflector);
    }
    return result == 0 ? 0 : fail(error, result, "cannot serve the device", device->id);
}

static void
command_add(struct mgr_device *device, const char *argument)
{
    size_t used = strlen(device->command);

    (void)snprintf(device->command + used, sizeof(device->command) - used, "%s'%s'",
                   used != 0 ? " " : "", argument);
}

/* Whether one of the device's modules was built with a sanitizer, and its run time. */
static bool
needs_sanitizer(const struct mgr_device_config *config, char *path, size_t size)
{
    bool found = mgr_sanitizer_runtime(config->package->module, path, size);
    unsigned i;

    for (i = 0; !found && i < config->filter_count; i++) {
        found = mgr_sanitizer_runtime(config->filters[i], path, size);
    }
    return found;
}

static int
host_start(struct mgr_device *device, const struct mgr_device_config *config,
           struct mgr_error *error)
{
    const struct mgr_package *package = config->package;
    char program[MGR_PATH_SIZE];
    char control_number[16];
    char runtime[MGR_PATH_SIZE];
    const char *argv[ARGUMENTS_MAX];
    unsigned count = 0;
    unsigned i;
    int control;
    int result = mgr_host_program(program, sizeof(program));

    if (result != 0) {
        return fail(error, result, "cannot find wdfhost", "");
    }
    (void)snprintf(control_number, sizeof(control_number), "%d", MGR_HOST_CONTROL_FD);
    argv[count++] = program;
    argv[count++] = "--control";
    argv[count++] = control_number;
    argv[count++] = "--device";
    argv[count++] = device->id;
    if (!config->from_registry) {
        argv[count++] = "--driver";
        argv[count++] = package->module;
    }
    argv[count++] = "--description";
    argv[count++] = package->description;
    if (package->hardware_id[0] != '\0') {
        argv[count++] = "--hardware-id";
        argv[count++] = package->hardware_id;
    }
    for (i = 0; i < config->filter_count; i++) {
        argv[count++] = "--filter";
        argv[count++] = config->filters[i];
    }
    for (i = 0; i < count; i++) {
        command_add(device, argv[i]);
    }
    argv[count] = NULL;
    if (!needs_sanitizer(config, runtime, sizeof(runtime))) {
        result = mgr_host_start(device->loop, (char *const *)(uintptr_t)argv, NULL, &host_events,
                                device, &device->host, &control);
    } else {
        char **environment = mgr_sanitizer_environment(runtime);

        result = environment == NULL
                     ? -ENOMEM
                     : mgr_host_start(device->loop, (char *const *)(uintptr_t)argv, environment,
                                      &host_events, device, &device->host, &control);
        mgr_sanitizer_environment_free(environment);
    }
    if (result != 0) {
        return fail(error, result, "cannot start", program);
    }
    result = refl_stack_attach_host(device->reflector, control, mgr_host_pid(device->host));
    return result == 0 ? 0 : fail(error, result, "cannot serve the host", "");
}

int
mgr_device_start(struct ipc_loop *loop, const struct mgr_device_config *config,
                 struct mgr_device **ret_device, struct mgr_error *error)
{
    struct mgr_device *device = sys_alloc_zeroed(sizeof(*device));
    int result;

    if (device == NULL) {
        return fail(error, -ENOMEM, "device", "");
    }
    device->loop = loop;
    device->events = config->events;
    device->owner = config->owner;
    device->store = config->store;
    result = reflector_start(device, config, error);
    if (result == 0 && !config->from_registry) {
        /* For one that is not installed the class installer has not run. */
        result = ports_begin(device->id, config->package->class_guid, config->package->description,
                             &device->made_port);
        result = result == 0 ? 0 : fail(error, result, "no COM number for", device->id);
    }
    result = result != 0 ? result : host_start(device, config, error);
    if (result != 0) {
        mgr_device_delete(device);
        return result;
    }
    *ret_device = device;
    return 0;
}

void
mgr_device_remove(struct mgr_device *device)
{
    if (device->removing) {
        on_condemned(device, "asked to end at once");
        return;
    }
    device->removing = true;
    if (refl_stack_remove(device->reflector) != 0) {
        mgr_host_kill(device->host);
    }
}

int
mgr_device_action(struct mgr_device *device, uint32_t number, enum frame_action_code action,
                  uint32_t argument, const char *instance_id)
{
    union frame frame = {
        .action = {.header.connection = number, .action = (uint32_t)action, .argument = argument}};

    (void)snprintf(frame.action.instance_id, sizeof(frame.action.instance_id), "%s", instance_id);
    return refl_stack_tell(device->reflector, &frame, FRAME_HOST_ACTION);
}

int
mgr_device_wmi(struct mgr_device *device, uint32_t number, const struct frame_wmi_call *call,
               const char *instance_id)
{
    union frame frame = {.wmi = {.header.connection = number, .call = *call}};

    (void)snprintf(frame.wmi.instance_id, sizeof(frame.wmi.instance_id), "%s", instance_id);
    return refl_stack_tell(device->reflector, &frame, FRAME_HOST_WMI);
}

void
mgr_device_delete(struct mgr_device *device)
{
    if (device == NULL) {
        return;
    }
    mgr_host_delete(device->host);
    refl_stack_delete(device->reflector);
    if (device->made_port) {
        ports_end(device->id);
    }
    if (device->own_store) {
        mgr_store_close(device->store);
    }
    sys_free(device);
}

const char *
mgr_device_id(const struct mgr_device *device)
{
    return device->id;
}

pid_t
mgr_device_host_pid(const struct mgr_device *device)
{
    return mgr_host_pid(device->host);
}

const char *
mgr_device_command(const struct mgr_device *device)
{
    return device->command;
}

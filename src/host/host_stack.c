/* SPDX-License-Identifier: MIT */
/* The device stack of this host: see host_stack.h. One thread, the main one. */
#include "host/host_stack.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/utf16.h"
#include "host/host_control.h"
#include "host/host_drivers.h"
#include "host/host_notify.h"
#include "host/host_tree.h"
#include "ipc/frames.h"
#include "ipc/names.h"
#include "loader/module.h"
#include "nt/io/io.h"
#include "openwdf/client.h"
#include "nt/pnp/pnp.h"

struct loaded {
    struct module *module;
    PDRIVER_OBJECT driver;
};

static struct {
    struct loaded modules[HOST_MODULES_MAX];
    size_t module_count;
    const char *device_id;
    struct pnp_devnode *devnode; /* Referenced. */
} stack;

/* For reports: what a status is called, as far as that is known. */
static const char *
status_name(int32_t status)
{
    const char *name = owdf_status_name(status);

    return name != NULL ? name : "status";
}

/* ---- Names ---- */

/* What follows \??\, \DosDevices\, \GLOBAL??\ or \DosDevices\Global\, as UTF-8. False: none. */
static bool
dos_name(PCUNICODE_STRING name, char *text, size_t size)
{
    static const char *const prefixes[] = {"\\??\\", "\\DosDevices\\", "\\GLOBAL??\\"};
    char full[FRAME_NAME_SIZE * 3];
    size_t length = utf16_to_utf8(full, sizeof(full) - 1, (const uint16_t *)name->Buffer,
                                  name->Length / sizeof(WCHAR));
    const char *rest = NULL;
    size_t i;

    if (length >= sizeof(full)) {
        return false;
    }
    full[length] = '\0';
    for (i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
        if (strncasecmp(full, prefixes[i], strlen(prefixes[i])) == 0) {
            rest = full + strlen(prefixes[i]);
        }
    }
    if (rest == NULL) {
        return false;
    }
    if (strncasecmp(rest, "Global\\", 7) == 0) {
        rest += 7;
    }
    return snprintf(text, size, "%s", rest) < (int)size && text[0] != '\0';
}

/*
 * The reflector publishes what it is told, but after the driver has gone on: so the name is taken here first, while
 * its maker can still be told that somebody else has it. Taking a name twice for one device does nothing.
 */
static NTSTATUS
take_name(const char *text)
{
    struct names names;
    int error = names_open(&names, false);

    error = error != 0 ? error : names_publish(&names, stack.device_id, "", text);
    return error == -EEXIST ? STATUS_OBJECT_NAME_COLLISION : STATUS_SUCCESS;
}

static NTSTATUS
on_symbolic_link(void *argument, bool created, PCUNICODE_STRING name)
{
    char text[FRAME_NAME_SIZE];

    NTSTATUS status = STATUS_SUCCESS;

    (void)argument;
    if (dos_name(name, text, sizeof(text))) {
        status = created ? take_name(text) : STATUS_SUCCESS;
        host_control_say_name(created, "", text); /* A collision too: it is reported there. */
    }
    return status;
}

static void
on_interface(void *argument, const struct io_interface_event *event)
{
    const GUID *g = &event->class_guid;
    char guid[FRAME_GUID_SIZE];
    char text[FRAME_NAME_SIZE];

    (void)argument;
    (void)snprintf(guid, sizeof(guid), "{%08x-%04x-%04x-%02x%02x-%02x%02x%02x%02x%02x%02x}",
                   (unsigned)g->Data1, g->Data2, g->Data3, g->Data4[0], g->Data4[1], g->Data4[2],
                   g->Data4[3], g->Data4[4], g->Data4[5], g->Data4[6], g->Data4[7]);
    if (dos_name(&event->symbolic_link, text, sizeof(text))) {
        host_control_say_name(event->enabled, guid, text);
    }
}

/* ---- Modules ---- */

static NTSTATUS
module_load(const char *path, struct loaded *loaded)
{
    struct module_error error = {.text = ""};
    NTSTATUS status = module_open(path, &loaded->module, &error);

    if (!NT_SUCCESS(status)) {
        base_log(BASE_LOG_ERROR, "host", "%s", error.text);
        return status;
    }
    status = io_driver_create(module_name(loaded->module), &loaded->driver);
    if (!NT_SUCCESS(status)) {
        base_log(BASE_LOG_ERROR, "host", "%s: no driver object \"%s\": %s (0x%08x)", path,
                 module_name(loaded->module), status_name(status), (unsigned)status);
        return status;
    }
    status = module_start(loaded->module, loaded->driver);
    if (!NT_SUCCESS(status)) {
        base_log(BASE_LOG_ERROR, "host", "%s: DriverEntry failed with %s (0x%08x)", path,
                 status_name(status), (unsigned)status);
    }
    return status;
}

static void
modules_unload(void)
{
    while (stack.module_count != 0) {
        struct loaded *loaded = &stack.modules[--stack.module_count];

        if (loaded->driver != NULL) {
            (void)io_driver_unload(loaded->driver);
        }
        module_close(loaded->module);
        *loaded = (struct loaded){NULL};
    }
}

static NTSTATUS
modules_load(const struct host_stack_params *params)
{
    NTSTATUS status = STATUS_SUCCESS;
    size_t i;

    for (i = 0; NT_SUCCESS(status) && i < params->module_count; i++) {
        stack.module_count++;
        status = module_load(params->modules[i], &stack.modules[i]);
    }
    return status;
}

/* ---- The device ---- */

/* The drivers that the command line names are those of its one device; the registry has all others. */
static void
configure(void *context, const struct pnp_identity *identity, struct pnp_setup *setup)
{
    bool complete = true;
    size_t i;

    (void)context;
    if (!identity->is_root_enumerated || stack.module_count == 0) {
        host_tree_configure(identity, setup);
        return;
    }
    for (i = 0; i < stack.module_count; i++) {
        complete =
            complete && pnp_setup_add_driver(setup, i == 0 ? PNP_FUNCTION : PNP_UPPER_DEVICE_FILTER,
                                             stack.modules[i].driver);
    }
    if (!complete) {
        pnp_setup_set_problem(setup, PNP_PROBLEM_OUT_OF_MEMORY, STATUS_INSUFFICIENT_RESOURCES);
    }
}

static void
release(void *context, PDRIVER_OBJECT driver)
{
    (void)context;
    host_driver_release(driver);
}

static NTSTATUS
device_start(const struct host_stack_params *params)
{
    struct pnp_root_params node = {
        .instance_id = params->device_id,
        .hardware_ids = params->hardware_ids,
        .description = params->description,
    };
    DEVICE_CAPABILITIES capabilities;
    struct pnp_status result;
    NTSTATUS status;

    host_tree_capabilities(params->device_id, &capabilities);
    node.capabilities = &capabilities;
    if (stack.module_count != 0 && stack.modules[0].driver->DriverExtension->AddDevice == NULL) {
        base_log(BASE_LOG_INFO, "host", "%s has no AddDevice: it runs without a PnP device",
                 module_name(stack.modules[0].module));
        return STATUS_SUCCESS;
    }
    status = pnp_root_add(&node, &stack.devnode);
    if (!NT_SUCCESS(status)) {
        base_log(BASE_LOG_ERROR, "host", "no devnode \"%s\": %s (0x%08x)", params->device_id,
                 status_name(status), (unsigned)status);
        return status;
    }
    pnp_devnode_status(stack.devnode, &result);
    if (result.problem != PNP_PROBLEM_NONE) {
        base_log(BASE_LOG_ERROR, "host", "the drivers did not start %s: %s (0x%08x), %s",
                 params->device_id, status_name(result.problem_status),
                 (unsigned)result.problem_status, pnp_problem_name(result.problem));
        return result.problem_status;
    }
    return STATUS_SUCCESS;
}

NTSTATUS
host_stack_start(const struct host_stack_params *params)
{
    static const struct pnp_system system = {.configure = configure,
                                             .release = release,
                                             .changed = host_tree_changed,
                                             .woken = host_tree_woken};
    NTSTATUS status;

    pnp_set_system(&system);
    stack.device_id = params->device_id;
    io_symbolic_link_set_listener(on_symbolic_link, NULL);
    io_interface_set_listener(on_interface, NULL);
    host_notify_start(params->device_id);
    status = modules_load(params);
    if (NT_SUCCESS(status)) {
        status = device_start(params);
    }
    if (!NT_SUCCESS(status)) {
        host_stack_stop();
    }
    return status;
}

void
host_stack_stop(void)
{
    if (stack.devnode != NULL) {
        NTSTATUS status = pnp_devnode_remove(stack.devnode);

        /* A driver may refuse an orderly removal; ours is going to happen. */
        if (!NT_SUCCESS(status)) {
            base_log(BASE_LOG_WARN, "host",
                     "a driver refused the removal (%s (0x%08x)): surprise removal",
                     status_name(status), (unsigned)status);
            pnp_devnode_unplug(stack.devnode);
            pnp_devnode_wait_removed(stack.devnode);
        }
        pnp_wait_quiet();
        pnp_devnode_unref(stack.devnode);
        stack.devnode = NULL;
    }
    modules_unload();
    host_drivers_unload();
    host_notify_stop();
    io_interface_set_listener(NULL, NULL);
    io_symbolic_link_set_listener(NULL, NULL);
}

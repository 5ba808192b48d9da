/* SPDX-License-Identifier: MIT */
/*
 * wdfhost: the process of one device stack. Started by the manager, never by a person:
 *
 *     wdfhost --control FD --device ID [--driver MODULE [--filter MODULE]…]
 *             [--hardware-id ID]… [--description TEXT]
 *
 * Exit status: 0 after an orderly removal, 1 when the device did not start, 3 for a wrong command
 * line. A driver's crash ends it with the signal (host_crash.h).
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <ntddk.h>

#include "base/log.h"
#include "client/win32/device.h"
#include "host/host_conn.h"
#include "host/host_control.h"
#include "host/host_crash.h"
#include "host/host_crew.h"
#include "host/host_remote.h"
#include "host/host_stack.h"
#include "host/host_states.h"
#include "ipc/names.h"
#include "nt/cm/cm.h"
#include "nt/io/io.h"
#include "nt/nt.h"
#include "nt/rtl/rtl.h"
#include "registry/registry.h"
#include "sys/file.h"
#include "win32/registry.h"
#include "trace/trace.h"

/* A process id has 22 bits: with these, the numbers of up to 512 devices are no other process's. */
#define DEVICE_NUMBER_BITS 9
#define HARDWARE_IDS_MAX   32

enum {
    EXIT_NOT_STARTED = 1,
    EXIT_USAGE = 3,
};

struct arguments {
    int control;
    const char *driver;
    const char *filters[HOST_MODULES_MAX];
    size_t filter_count;
    const char *hardware_ids[HARDWARE_IDS_MAX + 1];
    size_t hardware_id_count;
    const char *device;
    const char *description;
};

static int
usage(const char *problem)
{
    (void)fprintf(stderr, "wdfhost: %s (it is started by `wdf run`)\n", problem);
    return EXIT_USAGE;
}

static int
parse(int argc, char **argv, struct arguments *arguments)
{
    static const struct option options[] = {
        {"control", required_argument, NULL, 'c'},
        {"device", required_argument, NULL, 'i'},
        {"driver", required_argument, NULL, 'd'},
        {"filter", required_argument, NULL, 'f'},
        {"hardware-id", required_argument, NULL, 'h'},
        {"description", required_argument, NULL, 't'},
        {NULL, 0, NULL, 0},
    };
    int option;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        switch (option) {
        case 'c':
            arguments->control = atoi(optarg);
            break;
        case 'i':
            arguments->device = optarg;
            break;
        case 'd':
            arguments->driver = optarg;
            break;
        case 'f':
            if (arguments->filter_count == HOST_MODULES_MAX - 1) {
                return usage("too many filters");
            }
            arguments->filters[arguments->filter_count++] = optarg;
            break;
        case 'h':
            if (arguments->hardware_id_count == HARDWARE_IDS_MAX) {
                return usage("too many hardware ids");
            }
            arguments->hardware_ids[arguments->hardware_id_count++] = optarg;
            break;
        case 't':
            arguments->description = optarg;
            break;
        default:
            return usage("unknown option");
        }
    }
    if (arguments->control < 0 || arguments->device == NULL ||
        (arguments->driver == NULL && arguments->filter_count != 0)) {
        return usage("--control and --device are required; --filter needs --driver");
    }
    return 0;
}

static void
stack_params(const struct arguments *arguments, struct host_stack_params *params)
{
    *params = (struct host_stack_params){
        .device_id = arguments->device,
        .hardware_ids = arguments->hardware_id_count != 0 ? arguments->hardware_ids : NULL,
        .description = arguments->description,
    };
    if (arguments->driver == NULL) {
        return;
    }
    params->modules[params->module_count++] = arguments->driver;
    memcpy(&params->modules[1], arguments->filters,
           arguments->filter_count * sizeof(arguments->filters[0]));
    params->module_count += arguments->filter_count;
}

/* $OPENWDF_BREAKPOINTS=continue: a driver's break points are reported and passed over. */
static void
set_breakpoints(void)
{
    const char *wish = getenv("OPENWDF_BREAKPOINTS");

    rtl_set_pass_breaks(wish != NULL && strcmp(wish, "continue") == 0);
}

/*
 * The folder that drivers see as \??\C: and \SystemRoot's parent: $OPENWDF_ROOT, else `root` in the state
 * folder, where installations put files for drivers. A driver that opens no files does not miss it.
 */
static void
set_file_root(void)
{
    char path[4096];
    char state[4000];
    const char *root = getenv("OPENWDF_ROOT");
    NTSTATUS status;

    if (root == NULL && reg_state_dir(state, sizeof(state)) == 0 && sys_folder_make(state) == 0) {
        (void)snprintf(path, sizeof(path), "%s/root", state);
        root = path;
    }
    status = root == NULL ? STATUS_OBJECT_PATH_NOT_FOUND : io_set_file_root(root);
    if (!NT_SUCCESS(status)) {
        base_log(BASE_LOG_WARN, "host", "drivers will find no files: %s: status 0x%08x",
                 root == NULL ? "no state folder" : root, (unsigned)status);
    }
}

/* The registry that all hosts of the user share. A driver runs without it too, on one in memory. */
static void
set_registry(void)
{
    struct reg_store *store;
    int error = reg_open_default(&store);

    if (error != 0) {
        base_log(BASE_LOG_WARN, "host", "the registry cannot be used, changes will be lost: %s",
                 strerror(-error));
        return;
    }
    cm_set_store(store);
    w32_set_registry(cm_store);
}

/* Opens the trace file in the runtime folder: `wdf trace` finds it there. */
static void
start_trace(const char *device)
{
    char path[NAMES_PATH_SIZE + 8];
    const char *directory = getenv("OPENWDF_TRACE_DIR");
    struct names names;
    int error;

    if (directory == NULL && names_open(&names, true) == 0) {
        (void)snprintf(path, sizeof(path), "%s/trace", names.root);
        directory = path;
    }
    error = trace_start(directory, device);
    if (error != 0) {
        base_log(BASE_LOG_WARN, "host", "nothing will be traced: %s", strerror(-error));
    }
}

int
main(int argc, char **argv)
{
    struct nt_params nt = {.bugcheck_handler = host_crash_bugcheck};
    struct arguments arguments = {.control = -1};
    struct host_stack_params params;
    NTSTATUS status;
    int error;

    if (argc > 1 && strcmp(argv[1], "--states") == 0) {
        return host_states_main(argc, argv);
    }
    error = parse(argc, argv, &arguments);
    if (error != 0) {
        return error;
    }
    stack_params(&arguments, &params);
    host_crash_install(arguments.driver != NULL ? arguments.driver : arguments.device,
                       arguments.device);
    start_trace(arguments.device);
    status = nt_init(&nt);
    if (!NT_SUCCESS(status)) {
        base_log(BASE_LOG_ERROR, "host", "the executive did not start: status 0x%08x",
                 (unsigned)status);
        return EXIT_NOT_STARTED;
    }
    set_breakpoints();
    set_file_root();
    io_number_devices_from((uint32_t)getpid() << DEVICE_NUMBER_BITS);
    host_conn_init();
    host_remote_start(); /* Before there is a registry that its driver's key would stay in. */
    set_registry();
    client_win32_init(); /* User-mode drivers open devices as applications do. */
    client_opens_as_driver();
    error = host_control_start(arguments.control);
    if (error != 0) {
        base_log(BASE_LOG_ERROR, "host", "no thread for the control channel: %s", strerror(-error));
        return EXIT_NOT_STARTED;
    }
    status = host_stack_start(&params);
    host_control_say_ready(status);
    if (!NT_SUCCESS(status)) {
        host_control_stop();
        host_crew_join_all();
        nt_fini();
        trace_ends("not started");
        return EXIT_NOT_STARTED;
    }
    if (!host_control_wait_remove()) {
        _exit(EXIT_SUCCESS); /* Nobody is left to serve; threads of the driver may still run. */
    }
    host_stack_stop();
    host_control_stop();
    host_crew_join_all();
    nt_fini();
    trace_ends("removed");
    host_control_say_removed(STATUS_SUCCESS);
    return EXIT_SUCCESS;
}

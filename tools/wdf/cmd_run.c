/* SPDX-License-Identifier: MIT */
/* wdf run: starts a driver's device in a host process and tells what happens. */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "openwdf/client.h"
#include "manager/mgr_device.h"
#include "sys/clock.h"
#include "wdf/trace_view.h"
#include "wdf/wdf.h"

static const char usage[] =
    "usage: wdf run [OPTION]... DRIVER.inf|DRIVER.so\n\n"
    "Starts the driver's device in a host process of its own, prints the device's names and what\n"
    "happens, and answers the look-ups of applications meanwhile. Ctrl-C removes the device;\n"
    "once more, a second or more later, ends the host at once.\n\n"
    "  --id ID              instance id, e.g. ROOT\\ECHO\\0000 (default: from the INF or file "
    "name)\n"
    "  --hardware-id ID     which of the INF's devices; for a module, the device's hardware id\n"
    "  --filter MODULE      an upper filter above the driver; may be repeated, bottom to top\n"
    "  --timeout SECONDS    for critical operations: start, cancel, cleanup, remove (default 60)\n"
    "  --ready-fd FD        writes \"ready\\n\" to this descriptor when the device has started\n"
    "  --quiet              prints only what goes wrong\n"
    "  --verbose            also prints opens, closes and the host's command line\n\n"
    "exit status: 0 removed as asked; 1 the device did not start; 2 the host died; 3 wrong usage\n";

/* A signal this soon after another is the same request. */
#define SECOND_SIGNAL_NS 1000000000ull

/* Of the inflight recorder, after a host's death. */
#define CRASH_MESSAGES 16

struct run {
    struct ipc_loop loop;
    struct mgr_device *device;
    int signals;
    uint64_t asked_ns; /* When a signal last asked for the end; 0: none did. */
    int ready_fd;
    bool quiet;
    bool verbose;
    enum wdf_exit result;
};

/* ---- What happens ---- */

static void say(const struct run *run, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void
say(const struct run *run, const char *format, ...)
{
    va_list arguments;

    if (run->quiet) {
        return;
    }
    va_start(arguments, format);
    (void)vprintf(format, arguments);
    va_end(arguments);
    (void)fflush(stdout);
}

static void
on_started(void *owner)
{
    struct run *run = owner;

    say(run, "ready: %s in host process %d\n", mgr_device_id(run->device),
        (int)mgr_device_host_pid(run->device));
    if (run->ready_fd >= 0) {
        (void)!write(run->ready_fd, "ready\n", 6);
        close(run->ready_fd);
        run->ready_fd = -1;
    }
}

static void
on_named(void *owner, const char *guid, const char *name, bool enabled, int error)
{
    struct run *run = owner;
    bool interface = guid[0] != '\0';

    if (error == -EEXIST) {
        (void)fprintf(stderr, "wdf run: %s is taken by another device that runs\n", name);
    } else if (error != 0) {
        (void)fprintf(stderr, "wdf run: cannot publish %s: %s\n", name, strerror(-error));
    } else if (interface) {
        say(run, "interface %s %s: \\\\?\\%s\n", guid, enabled ? "enabled" : "disabled", name);
    } else {
        say(run, "name %s: \\\\.\\%s\n", enabled ? "made" : "removed", name);
    }
}

/* For reports: what a status is called, as far as that is known. */
static const char *
status_name(int32_t status)
{
    const char *name = owdf_status_name(status);

    return name != NULL ? name : "status";
}

static void
on_opened(void *owner, pid_t pid, const char *name, int32_t status)
{
    const struct run *run = owner;

    if (run->verbose) {
        say(run, "process %d opens %s: %s (0x%08x)\n", (int)pid, name, status_name(status),
            (unsigned)status);
    }
}

static void
on_closed(void *owner, pid_t pid)
{
    const struct run *run = owner;

    if (run->verbose) {
        say(run, "process %d closed\n", (int)pid);
    }
}

static void
on_line(void *owner, const char *text)
{
    (void)owner;
    (void)fprintf(stderr, "%s\n", text);
}

static void
on_ended(void *owner, enum mgr_end how, const char *text, unsigned settled)
{
    struct run *run = owner;

    switch (how) {
    case MGR_END_REMOVED:
        say(run, "removed: %s\n", mgr_device_id(run->device));
        run->result = WDF_EXIT_OK;
        break;
    case MGR_END_NOT_STARTED:
        (void)fprintf(stderr, "wdf run: %s did not start: %s\n", mgr_device_id(run->device), text);
        run->result = WDF_EXIT_FAILED;
        break;
    case MGR_END_CRASHED:
        (void)fprintf(stderr, "wdf run: the host of %s died: %s\n", mgr_device_id(run->device),
                      text);
        if (settled != 0) {
            (void)fprintf(stderr,
                          "wdf run: %u outstanding request%s got "
                          "STATUS_DRIVER_PROCESS_TERMINATED\n",
                          settled, settled == 1 ? "" : "s");
        }
        trace_show_tail(stderr, (uint32_t)mgr_device_host_pid(run->device), CRASH_MESSAGES,
                        "wdf run: what its drivers recorded last:");
        run->result = WDF_EXIT_CRASHED;
        break;
    }
    ipc_loop_stop(&run->loop);
}

static const struct mgr_device_events device_events = {
    .started = on_started,
    .named = on_named,
    .opened = on_opened,
    .closed = on_closed,
    .line = on_line,
    .ended = on_ended,
};

/* ---- Signals ---- */

static void
on_signal(void *argument)
{
    struct run *run = argument;
    struct signalfd_siginfo info;

    if (read(run->signals, &info, sizeof(info)) != (ssize_t)sizeof(info)) {
        return;
    }
    /* The second time ends the host at once; but timeout(1) and shells deliver one request twice. */
    if (run->asked_ns == 0 || sys_now_ns() - run->asked_ns > SECOND_SIGNAL_NS) {
        run->asked_ns = sys_now_ns();
        mgr_device_remove(run->device);
    }
}

static int
catch_signals(struct run *run)
{
    struct ipc_source *source;
    sigset_t set;

    (void)signal(SIGPIPE, SIG_IGN);
    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGINT);
    (void)sigaddset(&set, SIGTERM);
    (void)sigaddset(&set, SIGHUP);
    (void)sigprocmask(SIG_BLOCK, &set, NULL);
    run->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    return run->signals < 0 ? -errno
                            : ipc_loop_watch(&run->loop, run->signals, on_signal, run, &source);
}

/* ---- Command line ---- */

struct run_arguments {
    const char *path;
    const char *hardware_id;
    struct mgr_device_config config;
};

static int
parse_option(int option, struct run *run, struct run_arguments *arguments)
{
    uint64_t number;

    switch (option) {
    case 'i':
        arguments->config.id = optarg;
        return 0;
    case 'h':
        arguments->hardware_id = optarg;
        return 0;
    case 'f':
        if (arguments->config.filter_count == MGR_FILTERS_MAX) {
            return wdf_usage_error("run", "more than %d filters", MGR_FILTERS_MAX);
        }
        arguments->config.filters[arguments->config.filter_count++] = optarg;
        return 0;
    case 't':
        if (wdf_parse_number(optarg, 86400, &number) != 0 || number == 0) {
            return wdf_usage_error("run", "--timeout takes seconds, not \"%s\"", optarg);
        }
        arguments->config.critical_timeout_ms = (uint32_t)number * 1000;
        return 0;
    case 'r':
        if (wdf_parse_number(optarg, INT32_MAX, &number) != 0) {
            return wdf_usage_error("run", "--ready-fd takes a descriptor, not \"%s\"", optarg);
        }
        run->ready_fd = (int)number;
        return 0;
    case 'q':
        run->quiet = true;
        return 0;
    case 'v':
        run->verbose = true;
        return 0;
    default:
        return WDF_EXIT_USAGE;
    }
}

/* 0, or the exit status + 1 to leave with. */
static int
parse(int argc, char **argv, struct run *run, struct run_arguments *arguments)
{
    static const struct option options[] = {
        {"id", required_argument, NULL, 'i'},
        {"hardware-id", required_argument, NULL, 'h'},
        {"filter", required_argument, NULL, 'f'},
        {"timeout", required_argument, NULL, 't'},
        {"ready-fd", required_argument, NULL, 'r'},
        {"quiet", no_argument, NULL, 'q'},
        {"verbose", no_argument, NULL, 'v'},
        {"help", no_argument, NULL, '?' + 256},
        {NULL, 0, NULL, 0},
    };
    int option;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        int error;

        if (option == '?' + 256) {
            (void)fputs(usage, stdout);
            return WDF_EXIT_OK + 1;
        }
        error = parse_option(option, run, arguments);
        if (error != 0) {
            return error + 1;
        }
    }
    if (argc - optind != 1) {
        return wdf_usage_error("run", argc == optind ? "which driver?" : "one driver at a time") +
               1;
    }
    arguments->path = argv[optind];
    return 0;
}

/* The INF's filters, below those of the command line. */
static bool
add_filters(struct mgr_device_config *config, const struct mgr_package *package)
{
    unsigned i;

    if (package->filter_count + config->filter_count > MGR_FILTERS_MAX) {
        return false;
    }
    for (i = config->filter_count; i > 0; i--) {
        config->filters[i - 1 + package->filter_count] = config->filters[i - 1];
    }
    for (i = 0; i < package->filter_count; i++) {
        config->filters[i] = package->filters[i];
    }
    config->filter_count += package->filter_count;
    return true;
}

int
wdf_run(int argc, char **argv)
{
    struct run run = {.signals = -1, .ready_fd = -1, .result = WDF_EXIT_FAILED};
    struct run_arguments arguments = {
        .config = {.events = &device_events, .owner = &run},
    };
    struct mgr_package package;
    struct mgr_error error;
    int result = parse(argc, argv, &run, &arguments);

    if (result != 0) {
        return result - 1;
    }
    if (mgr_package_open(arguments.path, arguments.hardware_id, &package, &error) != 0) {
        (void)fprintf(stderr, "wdf run: %s\n", error.text);
        return WDF_EXIT_FAILED;
    }
    arguments.config.package = &package;
    if (!add_filters(&arguments.config, &package)) {
        return wdf_usage_error("run", "more than %d filters", MGR_FILTERS_MAX);
    }
    result = ipc_loop_init(&run.loop);
    result = result != 0 ? result : catch_signals(&run);
    if (result != 0) {
        (void)fprintf(stderr, "wdf run: %s\n", strerror(-result));
        return WDF_EXIT_FAILED;
    }
    if (mgr_device_start(&run.loop, &arguments.config, &run.device, &error) != 0) {
        (void)fprintf(stderr, "wdf run: %s\n", error.text);
        ipc_loop_fini(&run.loop);
        return WDF_EXIT_FAILED;
    }
    say(&run, "starting %s (%s)\n", mgr_device_id(run.device), package.description);
    if (run.verbose) {
        say(&run, "host: %s\n", mgr_device_command(run.device));
    }
    result = ipc_loop_run(&run.loop);
    if (result != 0) {
        (void)fprintf(stderr, "wdf run: %s\n", strerror(-result));
        run.result = WDF_EXIT_FAILED;
    }
    mgr_device_delete(run.device);
    ipc_loop_fini(&run.loop);
    close(run.signals);
    return run.result;
}

/* SPDX-License-Identifier: MIT */
/* The `wdf` command. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "wdf/wdf.h"

struct command {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *summary;
};

static const struct command commands[] = {
    {"new", wdf_new, "begin a driver: sources, INF and project file"},
    {"build", wdf_build, "build a Visual Studio driver project as it is"},
    {"run", wdf_run, "start a driver's device in a host process"},
    {"debug", wdf_debug, "the same under gdb, stopped in DriverEntry"},
    {"states", wdf_states, "show the framework's state machines"},
    {"io", wdf_io, "read, write and control a device from the shell"},
    {"install", wdf_install, "install a driver package and start its devices"},
    {"uninstall", wdf_uninstall, "remove a driver package completely"},
    {"devices", wdf_devices, "list devices, their states and problems"},
    {"start", wdf_action, "start a device"},
    {"stop", wdf_action, "stop a device; it stays installed"},
    {"restart", wdf_action, "stop and start a device"},
    {"enable", wdf_action, "let a disabled device run again"},
    {"disable", wdf_action, "stop a device and keep it from running"},
    {"remove", wdf_action, "remove a device"},
    {"eject", wdf_action, "eject a device"},
    {"unplug", wdf_action, "pull a device out by surprise"},
    {"rescan", wdf_action, "ask a bus for its devices again"},
    {"power", wdf_power, "show the power state of the system and of devices"},
    {"sleep", wdf_action, "put all devices to sleep, as the system would"},
    {"resume", wdf_action, "wake them"},
    {"wake", wdf_action, "have a device's hardware signal wake-up"},
    {"wmi", wdf_wmi, "blocks of data that drivers provide: list, query, set, execute"},
    {"reg", wdf_reg, "show and change the registry"},
    {"trace", wdf_trace, "what drivers say by WPP, TraceLogging and ETW"},
};

#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

int
wdf_usage_error(const char *command, const char *format, ...)
{
    va_list arguments;

    (void)fprintf(stderr, "wdf %s: ", command);
    va_start(arguments, format);
    (void)vfprintf(stderr, format, arguments);
    va_end(arguments);
    (void)fprintf(stderr, " (see wdf %s --help)\n", command);
    return WDF_EXIT_USAGE;
}

static void
help(FILE *to)
{
    size_t i;

    (void)fprintf(to, "usage: wdf COMMAND [ARGUMENT]...\n\n"
                      "Runs Windows drivers (WDF) in user space and talks to their devices.\n\n"
                      "commands:\n");
    for (i = 0; i < COMMANDS; i++) {
        (void)fprintf(to, "  %-10s%s\n", commands[i].name, commands[i].summary);
    }
    (void)fprintf(to, "\n`wdf COMMAND --help` tells more.\n");
}

int
main(int argc, char **argv)
{
    size_t i;

    if (argc < 2) {
        help(stderr);
        return WDF_EXIT_USAGE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "help") == 0) {
        help(stdout);
        return WDF_EXIT_OK;
    }
    if (strcmp(argv[1], "--version") == 0) {
        (void)printf("wdf " OPENWDF_VERSION "\n");
        return WDF_EXIT_OK;
    }
    for (i = 0; i < COMMANDS; i++) {
        if (strcmp(argv[1], commands[i].name) == 0) {
            return commands[i].run(argc - 1, argv + 1);
        }
    }
    (void)fprintf(stderr, "wdf: there is no command \"%s\" (see wdf --help)\n", argv[1]);
    return WDF_EXIT_USAGE;
}

/* SPDX-License-Identifier: MIT */
/* wdf install, wdf uninstall: driver packages in the store of this user. */
#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "manager/mgr_control.h"
#include "manager/mgr_store.h"
#include "wdf/wdf.h"

static const char install_text[] =
    "usage: wdf install [OPTION]... PACKAGE.inf\n\n"
    "Installs a driver package: its files go into the driver store, its driver to every device "
    "that\n"
    "it fits better than what the device has. For a package whose INF is for a device of the root "
    "bus\n"
    "(root\\...), one such device is made unless there is one already. The devices are started.\n"
    "Killed at any instant, the package is installed or it is not.\n\n"
    "  --device HWID   makes a new device with this hardware id, though there may be others\n"
    "  --no-device     makes none\n"
    "  --no-start      starts none\n"
    "  --quiet         says only what goes wrong\n\n"
    "The driver's module is looked for beside the INF: echo.sys is echo.so.\n";

static const char uninstall_text[] =
    "usage: wdf uninstall PACKAGE\n\n"
    "Removes a package completely: PACKAGE is its name in the store (oem0.inf, see wdf devices\n"
    "--packages), or the name or path of the INF it was installed from. Devices of the root bus\n"
    "stop and go with their driver; others get the next best driver there is.\n";

static int
fail(const char *command, const char *text)
{
    (void)fprintf(stderr, "wdf %s: %s\n", command, text);
    return WDF_EXIT_FAILED;
}

static void
note(void *argument, const char *text)
{
    const bool *quiet = argument;

    if (!*quiet) {
        (void)fprintf(stderr, "note: %s\n", text);
    }
}

/* Running devices follow what is installed; one that does not is told of, and is no failure. */
static void
refresh(int fd, const char *command)
{
    struct mgr_error error;

    if (mgr_control_ask(fd, MGR_REFRESH, "", 0, NULL, NULL, &error) != 0) {
        (void)fprintf(stderr, "wdf %s: a device in use keeps its driver until wdf restart: %s\n",
                      command, error.text);
    }
}

/* Tells the manager, if need be starting it; then waits for the device that was made. */
static int
start(const char *device, bool quiet)
{
    struct mgr_error error;
    int fd = mgr_control_connect(&error);
    int result = fd;

    if (fd >= 0) {
        refresh(fd, "install");
        if (device[0] != '\0') {
            result = mgr_control_ask(fd, MGR_START, device, 0, NULL, NULL, &error);
        }
        (void)close(fd);
    }
    if (result < 0) {
        (void)fprintf(stderr, "wdf install: it is installed, but %s%sdid not start: %s\n", device,
                      device[0] != '\0' ? " " : "its device ", error.text);
        return WDF_EXIT_FAILED;
    }
    if (!quiet && device[0] != '\0') {
        (void)printf("started %s\n", device);
    }
    return WDF_EXIT_OK;
}

static int
install(const struct mgr_install_params *params, bool start_it, bool quiet)
{
    struct mgr_installed installed;
    struct mgr_store *store;
    struct mgr_error error;
    int result = mgr_store_open(&store, &error);

    if (result != 0) {
        return fail("install", error.text);
    }
    result = mgr_store_install(store, params, &installed, &error);
    mgr_store_close(store);
    if (result != 0) {
        return fail("install", error.text);
    }
    if (!quiet) {
        (void)printf("installed %s as %s; %u device%s\n", params->path, installed.published,
                     installed.devices, installed.devices == 1 ? "" : "s");
        if (installed.device[0] != '\0') {
            (void)printf("made %s\n", installed.device);
        }
        (void)fflush(stdout);
    }
    return start_it && installed.devices != 0 ? start(installed.device, quiet) : WDF_EXIT_OK;
}

int
wdf_install(int argc, char **argv)
{
    static const struct option options[] = {
        {"device", required_argument, NULL, 'd'}, {"no-device", no_argument, NULL, 'n'},
        {"no-start", no_argument, NULL, 's'},     {"quiet", no_argument, NULL, 'q'},
        {"help", no_argument, NULL, 'h'},         {NULL, 0, NULL, 0},
    };
    bool quiet = false;
    bool start_it = true;
    struct mgr_install_params params = {.note = note, .note_argument = &quiet};
    int option;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        switch (option) {
        case 'd':
            params.device = MGR_DEVICE_NEW;
            params.hardware_id = optarg;
            break;
        case 'n':
            params.device = MGR_DEVICE_NONE;
            break;
        case 's':
            start_it = false;
            break;
        case 'q':
            quiet = true;
            break;
        case 'h':
            (void)fputs(install_text, stdout);
            return WDF_EXIT_OK;
        default:
            return WDF_EXIT_USAGE;
        }
    }
    if (argc - optind != 1) {
        return wdf_usage_error("install", argc == optind ? "which INF?" : "one INF at a time");
    }
    params.path = argv[optind];
    return install(&params, start_it, quiet);
}

int
wdf_uninstall(int argc, char **argv)
{
    static const struct option options[] = {
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    struct mgr_store *store;
    struct mgr_error error;
    int option;
    int result;
    int fd;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option == 'h') {
            (void)fputs(uninstall_text, stdout);
            return WDF_EXIT_OK;
        }
        return WDF_EXIT_USAGE;
    }
    if (argc - optind != 1) {
        return wdf_usage_error("uninstall", "which package?");
    }
    result = mgr_store_open(&store, &error);
    if (result != 0) {
        return fail("uninstall", error.text);
    }
    result = mgr_store_uninstall(store, argv[optind], &error);
    mgr_store_close(store);
    if (result != 0) {
        return fail("uninstall", error.text);
    }
    /* Hosts of devices that are gone end; a manager that does not run has none. */
    fd = mgr_control_connect_running(&error);
    if (fd >= 0) {
        refresh(fd, "uninstall");
        (void)close(fd);
    }
    return WDF_EXIT_OK;
}

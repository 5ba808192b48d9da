/* SPDX-License-Identifier: MIT */
/* wdf devices and power, and what can be asked for a device: start, stop, enable, disable, remove, eject … */
#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "manager/mgr_control.h"
#include "manager/mgr_store.h"
#include "wdf/wdf.h"

#define DEVICES_MAX 100000u

static const char devices_text[] =
    "usage: wdf devices [--tree] [--all]\n"
    "       wdf devices --packages\n\n"
    "Lists the devices that are installed and those below them, with their states and problems.\n\n"
    "  --tree       draws who is below whom\n"
    "  --all        hidden devices too\n"
    "  --packages   lists the driver packages in the store instead\n";

static const char power_text[] =
    "usage: wdf power [DEVICE]\n"
    "       wdf power --armed | --woke\n\n"
    "Shows the power state of the system and of the devices that run: D0 is on, D3 is off.\n\n"
    "  --armed   only devices that are armed to wake themselves or the system\n"
    "  --woke    only devices that ended the system's last sleep\n\n"
    "wdf sleep, resume and wake change it. A device that is idle goes down, and comes up with\n"
    "the next request, by itself.\n";

/* ---- Problems ---- */

/* Numbers and meanings as Windows documents them. */
static const struct {
    uint32_t number;
    const char *name;
    const char *text;
} problems[] = {
    {1, "CM_PROB_NOT_CONFIGURED", "it is not configured"},
    {3, "CM_PROB_OUT_OF_MEMORY", "memory is short"},
    {9, "CM_PROB_INVALID_DATA", "its bus reports invalid ids"},
    {10, "CM_PROB_FAILED_START", "it cannot start"},
    {12, "CM_PROB_NORMAL_CONFLICT", "it does not get the resources it needs"},
    {14, "CM_PROB_NEED_RESTART", "the system has to start anew"},
    {18, "CM_PROB_REINSTALL", "its driver has to be installed again"},
    {19, "CM_PROB_REGISTRY", "its settings in the registry are damaged"},
    {21, "CM_PROB_WILL_BE_REMOVED", "it is being removed"},
    {22, "CM_PROB_DISABLED", "it is disabled"},
    {24, "CM_PROB_DEVICE_NOT_THERE", "it is not there"},
    {28, "CM_PROB_FAILED_INSTALL", "no driver is installed for it"},
    {29, "CM_PROB_HARDWARE_DISABLED", "its firmware disables it"},
    {31, "CM_PROB_FAILED_ADD", "its driver refuses it"},
    {32, "CM_PROB_DISABLED_SERVICE", "its driver's service is disabled"},
    {33, "CM_PROB_TRANSLATION_FAILED", "its resources cannot be translated"},
    {37, "CM_PROB_FAILED_DRIVER_ENTRY", "its driver's DriverEntry failed"},
    {38, "CM_PROB_DRIVER_FAILED_PRIOR_UNLOAD", "its driver is still loaded"},
    {39, "CM_PROB_DRIVER_FAILED_LOAD", "its driver cannot be loaded"},
    {40, "CM_PROB_DRIVER_SERVICE_KEY_INVALID", "its driver's service is not installed"},
    {42, "CM_PROB_DUPLICATE_DEVICE", "there is another one with its id"},
    {43, "CM_PROB_FAILED_POST_START", "it reported a failure after its start, or its host died"},
    {44, "CM_PROB_HALTED", "it was halted"},
    {45, "CM_PROB_PHANTOM", "it is not connected"},
    {46, "CM_PROB_SYSTEM_SHUTDOWN", "the system shuts down"},
    {47, "CM_PROB_HELD_FOR_EJECT", "it may be taken out"},
    {48, "CM_PROB_DRIVER_BLOCKED", "its driver is blocked"},
};

/* ---- Listing ---- */

struct listing {
    struct mgr_reply *devices;
    size_t count;
    size_t capacity;
    bool failed;
};

static void
collect(void *owner, const struct mgr_reply *device)
{
    struct listing *listing = owner;

    if (listing->count == listing->capacity) {
        size_t capacity = listing->capacity == 0 ? 32 : 2 * listing->capacity;
        struct mgr_reply *bigger =
            capacity > DEVICES_MAX ? NULL : realloc(listing->devices, capacity * sizeof(*bigger));

        if (bigger == NULL) {
            listing->failed = true;
            return;
        }
        listing->devices = bigger;
        listing->capacity = capacity;
    }
    listing->devices[listing->count++] = *device;
}

static void
show_device(const struct mgr_reply *device, const char *indent)
{
    const char *description = device->text[MGR_DEVICE_DESCRIPTION];
    size_t i;

    (void)printf("%s%s", indent, device->text[MGR_DEVICE_ID]);
    if (description[0] != '\0' && strcasecmp(description, device->text[MGR_DEVICE_ID]) != 0) {
        (void)printf("  \"%s\"", description);
    }
    (void)printf("  %s", device->text[MGR_DEVICE_STATE]);
    if ((device->flags & MGR_DEVICE_STARTED) != 0 && device->power >= 1 && device->power <= 4) {
        (void)printf(" D%u", device->power - 1);
    }
    if ((device->flags & MGR_DEVICE_ARMED) != 0) {
        (void)printf("  armed for wake-up");
    }
    if ((device->flags & MGR_DEVICE_WOKE) != 0) {
        (void)printf("  woke the system");
    }
    if (device->host != 0) {
        (void)printf("  host %d", device->host);
    }
    for (i = 0; i < sizeof(problems) / sizeof(problems[0]); i++) {
        if (problems[i].number == device->problem) {
            (void)printf("  problem %u (%s): %s", device->problem, problems[i].name,
                         problems[i].text);
        }
    }
    if (device->problem_status < 0) {
        (void)printf(", status 0x%08x", (unsigned)device->problem_status);
    }
    (void)putchar('\n');
}

static bool
is_below(const struct listing *listing, size_t child, const char *parent)
{
    return strcasecmp(listing->devices[child].text[MGR_DEVICE_PARENT], parent) == 0;
}

static void
show_below(const struct listing *listing, const char *parent, const char *indent, bool all,
           unsigned depth)
{
    size_t last = listing->count;
    size_t i;

    for (i = 0; i < listing->count; i++) {
        if (is_below(listing, i, parent)) {
            last = i;
        }
    }
    for (i = 0; i < listing->count && depth < 64; i++) {
        const struct mgr_reply *device = &listing->devices[i];
        char own[256];
        char below[256];

        if (!is_below(listing, i, parent) || (!all && (device->flags & MGR_DEVICE_HIDDEN) != 0)) {
            continue;
        }
        (void)snprintf(own, sizeof(own), "%.200s%s", indent,
                       depth == 0  ? ""
                       : i == last ? "└─ "
                                   : "├─ ");
        (void)snprintf(below, sizeof(below), "%.200s%s", indent,
                       depth == 0  ? ""
                       : i == last ? "   "
                                   : "│  ");
        show_device(device, own);
        show_below(listing, device->text[MGR_DEVICE_ID], below, all, depth + 1);
    }
}

/* What the manager knows of all devices; false when it does not say, and that is said. */
static bool
list_devices(const char *command, struct listing *listing)
{
    struct mgr_error error;
    int fd = mgr_control_connect(&error);
    int result = fd;

    if (fd >= 0) {
        result = mgr_control_ask(fd, MGR_LIST, "", 0, collect, listing, &error);
        (void)close(fd);
    }
    if (result < 0 || listing->failed) {
        (void)fprintf(stderr, "wdf %s: %s\n", command,
                      listing->failed ? "there are too many devices" : error.text);
        free(listing->devices);
        return false;
    }
    return true;
}

static int
show_devices(bool tree, bool all)
{
    struct listing listing = {.devices = NULL};
    size_t i;

    if (!list_devices("devices", &listing)) {
        return WDF_EXIT_FAILED;
    }
    if (tree) {
        show_below(&listing, "", "", all, 0);
    } else {
        for (i = 0; i < listing.count; i++) {
            if (all || (listing.devices[i].flags & MGR_DEVICE_HIDDEN) == 0) {
                show_device(&listing.devices[i], "");
            }
        }
    }
    free(listing.devices);
    return WDF_EXIT_OK;
}

/* `flag`: only devices with it, without a line for the system; 0: all. `only`: one device, or NULL. */
static int
show_power(uint32_t flag, const char *only)
{
    struct listing listing = {.devices = NULL};
    bool found = false;
    uint32_t system;
    size_t i;

    if (!list_devices("power", &listing)) {
        return WDF_EXIT_FAILED;
    }
    system = listing.count != 0 ? listing.devices[0].system : 1; /* Each says the same. */
    if (flag == 0 && only == NULL) {
        (void)printf("S%u  the system%s\n", system - 1, system == 1 ? "" : ", asleep");
    }
    for (i = 0; i < listing.count; i++) {
        const struct mgr_reply *device = &listing.devices[i];

        if (only != NULL && strcasecmp(device->text[MGR_DEVICE_ID], only) != 0) {
            continue;
        }
        found = true;
        if ((device->flags & MGR_DEVICE_STARTED) == 0 || device->power < 1 || device->power > 4) {
            if (only != NULL) {
                (void)printf("--  %s  does not run\n", device->text[MGR_DEVICE_ID]);
            }
            continue;
        }
        if (flag != 0 && (device->flags & flag) == 0) {
            continue;
        }
        (void)printf("D%u  %s%s%s\n", device->power - 1, device->text[MGR_DEVICE_ID],
                     (device->flags & MGR_DEVICE_ARMED) != 0 ? "  armed for wake-up" : "",
                     (device->flags & MGR_DEVICE_WOKE) != 0 ? "  woke the system" : "");
    }
    free(listing.devices);
    if (only != NULL && !found) {
        (void)fprintf(stderr, "wdf power: there is no device %s\n", only);
        return WDF_EXIT_FAILED;
    }
    return WDF_EXIT_OK;
}

static int
show_package(void *argument, const struct mgr_package_entry *entry)
{
    (void)argument;
    (void)printf("%s  %s  %s  %s  \"%s\"\n", entry->published, entry->original,
                 entry->class_name[0] != '\0' ? entry->class_name : "-",
                 entry->version[0] != '\0' ? entry->version : "-", entry->provider);
    return 0;
}

static int
show_packages(void)
{
    struct mgr_store *store;
    struct mgr_error error;
    int result = mgr_store_open(&store, &error);

    if (result != 0) {
        (void)fprintf(stderr, "wdf devices: %s\n", error.text);
        return WDF_EXIT_FAILED;
    }
    result = mgr_store_for_each_package(store, show_package, NULL);
    mgr_store_close(store);
    return result == 0 ? WDF_EXIT_OK : WDF_EXIT_FAILED;
}

int
wdf_devices(int argc, char **argv)
{
    static const struct option options[] = {
        {"tree", no_argument, NULL, 't'},
        {"all", no_argument, NULL, 'a'},
        {"packages", no_argument, NULL, 'p'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    bool packages = false;
    bool tree = false;
    bool all = false;
    int option;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option == 'h') {
            (void)fputs(devices_text, stdout);
            return WDF_EXIT_OK;
        }
        if (option == '?') {
            return WDF_EXIT_USAGE;
        }
        tree = tree || option == 't';
        all = all || option == 'a';
        packages = packages || option == 'p';
    }
    if (argc != optind) {
        return wdf_usage_error("devices", "it takes no arguments");
    }
    return packages ? show_packages() : show_devices(tree, all);
}

int
wdf_power(int argc, char **argv)
{
    static const struct option options[] = {
        {"armed", no_argument, NULL, 'a'},
        {"woke", no_argument, NULL, 'w'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    uint32_t flag = 0;
    int option;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option == 'h') {
            (void)fputs(power_text, stdout);
            return WDF_EXIT_OK;
        }
        if (option == '?') {
            return WDF_EXIT_USAGE;
        }
        flag |= option == 'a' ? MGR_DEVICE_ARMED : MGR_DEVICE_WOKE;
    }
    if (argc - optind > 1 || (argc != optind && flag != 0)) {
        return wdf_usage_error("power", "one device, or --armed, or --woke");
    }
    return show_power(flag, argc == optind ? NULL : argv[optind]);
}

/* ---- Actions ---- */

static const struct {
    const char *name;
    enum mgr_operation operation;
    const char *text;
} actions[] = {
    {"start", MGR_START,
     "Starts a device that does not run. A host that died too often gets new chances."},
    {"stop", MGR_STOP,
     "Removes a device's stack in good order. It stays installed; wdf start brings it back.\n"
     "With --all stops every device, and the manager ends."},
    {"restart", MGR_RESTART, "Removes a device's stack and builds it anew."},
    {"enable", MGR_ENABLE, "Lets a device run again that wdf disable stopped, and starts it."},
    {"disable", MGR_DISABLE, "Stops a device, and keeps it from running until wdf enable."},
    {"remove", MGR_REMOVE,
     "Removes a device: one of the root bus for good, another one until its bus\n"
     "is scanned again (wdf rescan)."},
    {"eject", MGR_EJECT, "Removes a device with what has to go with it, and has its bus eject it."},
    {"unplug", MGR_UNPLUG, "Pulls a device out without asking it: surprise removal."},
    {"rescan", MGR_RESCAN, "Asks a bus for its devices again."},
    {"sleep", MGR_SLEEP,
     "Puts the devices of all hosts to sleep as the system would: S1, S2, S3 or S4\n"
     "(default S3). All are asked first; when a driver refuses, all stay awake. The sleep\n"
     "lasts until wdf resume, or until a device that is armed for it signals wake-up."},
    {"resume", MGR_RESUME, "Wakes what wdf sleep put to sleep."},
    {"wake", MGR_WAKE,
     "Has a device's hardware signal wake-up, as a key pressed or a packet come in: a device\n"
     "that sleeps alone returns to D0, and a system that sleeps wakes with all its devices.\n"
     "The device has to be armed for it (wdf devices shows which are)."},
};

#define ACTIONS (sizeof(actions) / sizeof(actions[0]))

static int
ask(const char *command, enum mgr_operation operation, const char *device, uint32_t argument)
{
    struct mgr_error error;
    int fd = mgr_control_connect(&error);
    int result = fd;

    if (fd >= 0) {
        result = mgr_control_ask(fd, operation, device, argument, NULL, NULL, &error);
        (void)close(fd);
    }
    if (result < 0) {
        (void)fprintf(stderr, "wdf %s: %s\n", command,
                      error.text[0] != '\0' ? error.text : strerror(-result));
        return WDF_EXIT_FAILED;
    }
    return WDF_EXIT_OK;
}

/* S3 is PowerSystemSleeping3, which is 4. */
static bool
parse_state(const char *text, uint32_t *ret_state)
{
    if (text == NULL) {
        *ret_state = 4;
        return true;
    }
    if ((text[0] != 'S' && text[0] != 's') || text[1] < '1' || text[1] > '4' || text[2] != '\0') {
        return false;
    }
    *ret_state = (uint32_t)(text[1] - '0') + 1;
    return true;
}

static int
stop_all(void)
{
    struct mgr_error error;
    int fd = mgr_control_connect_running(&error);
    int result;

    if (fd < 0) {
        return WDF_EXIT_OK; /* There is nobody to stop. */
    }
    result = mgr_control_ask(fd, MGR_QUIT, "", 0, NULL, NULL, &error);
    (void)close(fd);
    if (result == 0) {
        mgr_control_wait_end(); /* Who starts devices right after this meets no remains. */
    }
    return result == 0 ? WDF_EXIT_OK : WDF_EXIT_FAILED;
}

int
wdf_action(int argc, char **argv)
{
    static const struct option options[] = {
        {"all", no_argument, NULL, 'a'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    bool system_wide;
    bool all = false;
    uint32_t state = 0;
    size_t which;
    int option;
    int count;

    for (which = 0; which < ACTIONS && strcmp(actions[which].name, argv[0]) != 0; which++) {
    }
    system_wide = actions[which].operation == MGR_SLEEP || actions[which].operation == MGR_RESUME;
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option == 'h') {
            (void)printf("usage: wdf %s %s\n\n%s\n", argv[0],
                         actions[which].operation == MGR_SLEEP  ? "[S1|S2|S3|S4]"
                         : actions[which].operation == MGR_STOP ? "DEVICE | --all"
                         : system_wide                          ? ""
                                                                : "DEVICE",
                         actions[which].text);
            return WDF_EXIT_OK;
        }
        if (option == '?') {
            return WDF_EXIT_USAGE;
        }
        all = true;
    }
    count = argc - optind;
    if (all) {
        return actions[which].operation == MGR_STOP && count == 0
                   ? stop_all()
                   : wdf_usage_error(argv[0], "--all is for stop, without a device");
    }
    if (system_wide) {
        if (count > (actions[which].operation == MGR_SLEEP) ||
            !parse_state(count != 0 ? argv[optind] : NULL, &state)) {
            return wdf_usage_error(argv[0], "\"%s\" is not S1, S2, S3 or S4", argv[optind]);
        }
        return ask(argv[0], actions[which].operation, "", state);
    }
    if (count != 1) {
        return wdf_usage_error(argv[0], count == 0 ? "which device?" : "one device at a time");
    }
    return ask(argv[0], actions[which].operation, argv[optind], 0);
}

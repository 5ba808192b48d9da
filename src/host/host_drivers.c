/* SPDX-License-Identifier: MIT */
/* Drivers by service: see host_drivers.h. The list is touched by the PnP manager's actions alone. */
#include "host/host_drivers.h"

#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "ipc/frames.h"
#include "loader/module.h"
#include "nt/cm/cm.h"
#include "nt/io/io.h"
#include "sys/memory.h"

#define SERVICE_DEMAND  3u /* Start */
#define SERVICE_DISABLE 4u

struct driver {
    struct driver *next;
    struct driver *next_leaving;
    char service[FRAME_TEXT_SIZE];
    char path[HOST_PATH_SIZE];
    const char *prefix; /* Where the service is. */
    struct module *module;
    PDRIVER_OBJECT object;
    unsigned users; /* Stacks that it is in. */
    bool entry_failed;
    bool leaving; /* It is being unloaded: its name is not free yet. */
};

static struct driver *drivers;

/* ---- Reading ---- */

char *
host_reg_text(reg_key key, const char *name)
{
    char *text;

    return reg_get_text(cm_store(), key, name, &text) == 0 ? text : NULL;
}

bool
host_reg_open(const char *prefix, const char *name, reg_key *ret_key)
{
    char path[HOST_PATH_SIZE];

    return snprintf(path, sizeof(path), "%s%s", prefix, name) < (int)sizeof(path) &&
           reg_key_open(cm_store(), REG_ROOT, path, 0, ret_key) == 0;
}

/* OpenWdfModule is relative to the store's folder. */
void
host_driver_find(const char *prefix, const char *service, struct host_driver_place *ret_place)
{
    char state[HOST_PATH_SIZE / 2];
    uint32_t start = SERVICE_DEMAND;
    reg_key key;
    char *module;

    *ret_place = (struct host_driver_place){.prefix = prefix};
    if (!host_reg_open(prefix, service, &key)) {
        return;
    }
    (void)reg_get_number(cm_store(), key, "Start", &start);
    ret_place->disabled = start == SERVICE_DISABLE;
    module = host_reg_text(key, "OpenWdfModule");
    if (module != NULL && reg_state_dir(state, sizeof(state)) == 0 &&
        snprintf(ret_place->path, sizeof(ret_place->path), "%s/drivers/%s", state, module) >=
            (int)sizeof(ret_place->path)) {
        ret_place->path[0] = '\0';
    }
    sys_free(module);
}

/* ---- Loading ---- */

static NTSTATUS
load(struct driver *driver)
{
    struct module_error error = {.text = ""};
    NTSTATUS status = module_open(driver->path, &driver->module, &error);

    if (!NT_SUCCESS(status)) {
        base_log(BASE_LOG_ERROR, "host", "%s", error.text);
        return status;
    }
    status = io_driver_create(driver->service, &driver->object);
    if (!NT_SUCCESS(status)) {
        base_log(BASE_LOG_ERROR, "host", "%s: no driver object \"%s\": status 0x%08x", driver->path,
                 driver->service, (unsigned)status);
        return status;
    }
    status = module_start(driver->module, driver->object);
    if (!NT_SUCCESS(status)) {
        driver->entry_failed = true;
        base_log(BASE_LOG_ERROR, "host", "%s: DriverEntry failed with status 0x%08x", driver->path,
                 (unsigned)status);
    }
    return status;
}

static void
unload(struct driver *driver)
{
    if (driver->object != NULL) {
        (void)io_driver_unload(driver->object);
    }
    module_close(driver->module);
}

static struct driver *
find_service(const char *service)
{
    struct driver *driver;

    for (driver = drivers; driver != NULL; driver = driver->next) {
        if (strcasecmp(driver->service, service) == 0) {
            return driver;
        }
    }
    return NULL;
}

static struct driver *
create(const char *service, const struct host_driver_place *place, enum pnp_problem *ret_problem,
       NTSTATUS *ret_status)
{
    struct driver *driver = sys_alloc_zeroed(sizeof(*driver));

    if (driver == NULL) {
        *ret_problem = PNP_PROBLEM_OUT_OF_MEMORY;
        *ret_status = STATUS_INSUFFICIENT_RESOURCES;
        return NULL;
    }
    (void)snprintf(driver->service, sizeof(driver->service), "%s", service);
    memcpy(driver->path, place->path, sizeof(driver->path));
    driver->prefix = place->prefix;
    *ret_status = load(driver);
    if (!NT_SUCCESS(*ret_status)) {
        *ret_problem =
            driver->entry_failed ? PNP_PROBLEM_FAILED_DRIVER_ENTRY : PNP_PROBLEM_DRIVER_FAILED_LOAD;
        unload(driver);
        sys_free(driver);
        return NULL;
    }
    driver->next = drivers;
    drivers = driver;
    return driver;
}

PDRIVER_OBJECT
host_driver_get(const char *service, const struct host_driver_place *place,
                enum pnp_problem *ret_problem, NTSTATUS *ret_status)
{
    struct driver *driver = find_service(service);

    if (place->path[0] == '\0') {
        base_log(BASE_LOG_ERROR, "host", "the service %s is not installed, or has no module",
                 service);
        *ret_problem = PNP_PROBLEM_DRIVER_SERVICE_KEY_INVALID;
        *ret_status = STATUS_OBJECT_NAME_NOT_FOUND;
        return NULL;
    }
    if (place->disabled) {
        *ret_problem = PNP_PROBLEM_DISABLED_SERVICE;
        *ret_status = STATUS_PLUGPLAY_NO_DEVICE;
        return NULL;
    }
    if (driver != NULL &&
        (driver->leaving || (driver->users == 0 && strcmp(driver->path, place->path) != 0))) {
        /* A former version, which nobody uses, has yet to be swept out. */
        *ret_problem = PNP_PROBLEM_DRIVER_FAILED_PRIOR_UNLOAD;
        *ret_status = STATUS_IMAGE_ALREADY_LOADED;
        return NULL;
    }
    if (driver == NULL) {
        driver = create(service, place, ret_problem, ret_status);
    } else if (strcmp(driver->path, place->path) != 0) {
        base_log(BASE_LOG_WARN, "host",
                 "%s is in use: a device gets the version that is loaded, not the installed one",
                 service);
    }
    if (driver == NULL) {
        return NULL;
    }
    driver->users++;
    return driver->object;
}

void
host_driver_release(PDRIVER_OBJECT object)
{
    struct driver *driver;

    for (driver = drivers; driver != NULL; driver = driver->next) {
        if (driver->object == object) {
            driver->users--;
            return;
        }
    }
}

/* ---- Unloading ---- */

static void
choose_stale(void *argument)
{
    struct driver **chain = argument;
    struct driver *driver;

    for (driver = drivers; driver != NULL; driver = driver->next) {
        struct host_driver_place place;

        if (driver->users != 0 || driver->leaving) {
            continue;
        }
        host_driver_find(driver->prefix, driver->service, &place);
        if (strcmp(driver->path, place.path) != 0) {
            driver->leaving = true;
            driver->next_leaving = *chain;
            *chain = driver;
        }
    }
}

static void
unlink_chain(void *argument)
{
    struct driver *driver;
    struct driver **at;

    for (driver = argument; driver != NULL; driver = driver->next_leaving) {
        for (at = &drivers; *at != driver; at = &(*at)->next) {
        }
        *at = driver->next;
    }
}

void
host_drivers_sweep(void)
{
    struct driver *chain = NULL;
    struct driver *driver;

    pnp_run_alone(choose_stale, &chain);
    for (driver = chain; driver != NULL; driver = driver->next_leaving) {
        unload(driver);
    }
    pnp_run_alone(unlink_chain, chain);
    while ((driver = chain) != NULL) {
        chain = driver->next_leaving;
        sys_free(driver);
    }
}

void
host_drivers_unload(void)
{
    while (drivers != NULL) {
        struct driver *driver = drivers;

        drivers = driver->next;
        unload(driver);
        sys_free(driver);
    }
}

/* SPDX-License-Identifier: MIT */
/*
 * The drivers that devices of this host's tree need: services of the registry, their modules loaded
 * once for all devices. For the PnP manager's actions, but for the functions that say otherwise.
 */
#ifndef OPENWDF_HOST_HOST_DRIVERS_H
#define OPENWDF_HOST_HOST_DRIVERS_H

#include <stdbool.h>

#include <ntddk.h>

#include "nt/pnp/pnp.h"
#include "registry/registry.h"

#define HOST_CONTROL  "Machine\\SYSTEM\\CurrentControlSet"
#define HOST_SERVICES HOST_CONTROL "\\Services\\"
#define HOST_UMDF     "Machine\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\\WUDF\\Services\\"

#define HOST_PATH_SIZE 4096

/* Where a service's module is. */
struct host_driver_place {
    const char *prefix;        /* Under which the service is. */
    bool disabled;             /* Start is SERVICE_DISABLED. */
    char path[HOST_PATH_SIZE]; /* "": there is no such service, or it has no module. */
};

/* `prefix` is HOST_SERVICES or HOST_UMDF. */
void host_driver_find(const char *prefix, const char *service, struct host_driver_place *ret_place);

/*
 * The driver, loaded when it is not yet; for host_driver_release. NULL: *ret_problem and *ret_status
 * say what the device has for it. A service whose driver is in use keeps its module, wherever the
 * registry says that it is now.
 */
PDRIVER_OBJECT host_driver_get(const char *service, const struct host_driver_place *place,
                               enum pnp_problem *ret_problem, NTSTATUS *ret_status);

/* For pnp_system.release; a driver that is not from here is nobody's. It stays loaded. */
void host_driver_release(PDRIVER_OBJECT driver);

/*
 * Unloads what no device uses and what the registry has not any more, or somewhere else. Not in an
 * action: a driver's unloading waits for the system's workers, which may run one.
 */
void host_drivers_sweep(void);

/* Unloads all. No device is left. */
void host_drivers_unload(void);

/* A text of the registry for sys_free; NULL: none. */
char *host_reg_text(reg_key key, const char *name);

/* The key `prefix` and `name`, one after the other, name. */
bool host_reg_open(const char *prefix, const char *name, reg_key *ret_key);

#endif

/* SPDX-License-Identifier: MIT */
/* COM numbers of devices of the classes Ports and Modem. See mgr_ports.c. */
#ifndef OPENWDF_MANAGER_MGR_PORTS_H
#define OPENWDF_MANAGER_MGR_PORTS_H

#include <stdbool.h>
#include <stddef.h>

#include "registry/registry.h"

/*
 * Gives the device with that key a COM number, unless its class is another, or it is a printer's port. A
 * PortName that the INF or somebody wrote stays, and its number is taken. Otherwise `had` ("COM3", or ""), else
 * the lowest number that is free. Inside a transaction of the caller's. software: 0 when there is none.
 * ret_made (may be NULL): whether the name is new. 0, -ENOSPC, or what the registry says.
 */
int ports_take(struct reg_store *registry, reg_key device, reg_key software, const char *class_guid,
               const char *description, const char *had, bool *ret_made);

/* The device's number is free again; its name, or "", for a ports_take that follows. */
int ports_give_back(struct reg_store *registry, reg_key device, char *ret_had, size_t size);

/*
 * The same for a device that is not installed: in the user's registry, each as a transaction. The name goes with
 * ports_end when ports_begin made it, so that nothing is left behind.
 */
int ports_begin(const char *instance_id, const char *class_guid, const char *description,
                bool *ret_made);
void ports_end(const char *instance_id);

#endif

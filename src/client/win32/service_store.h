/* SPDX-License-Identifier: MIT */
/*
 * The session's driver services: what the service control manager keeps of them, and their running. A folder
 * of the runtime folder, until a manager keeps it:
 *
 *     services/<name in lower case>        the record: a line `key=value` each
 *     services/<name in lower case>.run    locked as long as the driver runs; holds its runner's process id
 *
 * Failures are Win32 errors; 0 is success.
 */
#ifndef OPENWDF_CLIENT_WIN32_SERVICE_STORE_H
#define OPENWDF_CLIENT_WIN32_SERVICE_STORE_H

#include <stdbool.h>
#include <stdint.h>

#define SERVICE_NAME_SIZE 128
#define SERVICE_PATH_SIZE 4096

struct service_record {
    char name[SERVICE_NAME_SIZE]; /* In its own spelling. */
    char display[SERVICE_NAME_SIZE];
    char binary[SERVICE_PATH_SIZE]; /* As it was given. */
    uint32_t type;
    uint32_t start;
    uint32_t error_control;
    bool marked; /* To be deleted when it stops. */
};

uint32_t service_read(const char *name, struct service_record *record);
/* ERROR_SERVICE_EXISTS unless `replace`. */
uint32_t service_write(const struct service_record *record, bool replace);
uint32_t service_remove(const char *name);

bool service_runs(const char *name);

/* Loads the driver in a host of its own; returns when DriverEntry has succeeded or failed. */
uint32_t service_start(const struct service_record *record);
/* Ends it: unload and all; returns when the host has gone. */
uint32_t service_stop(const char *name);

#endif

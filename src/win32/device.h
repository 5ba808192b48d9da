/* SPDX-License-Identifier: MIT */
/*
 * How CreateFile gets at devices. Who composes the program says so once, at its start: the client library over
 * its rings, the bench by calls. Without it no path leads to a device.
 */
#ifndef OPENWDF_WIN32_DEVICE_H
#define OPENWDF_WIN32_DEVICE_H

#include <stdint.h>

#include <openwdf/client.h>

struct w32_file;

/* Failures are negative errnos, as in openwdf/client.h; statuses are NTSTATUS values. */
struct w32_device_ops {
    /*
     * `watcher` is NULL for a handle whose requests are synchronous; else it hears of the ends of submitted
     * requests until quiet() has returned. On failure *ret_status may hold the driver's reason.
     */
    int (*open)(const char *path, const struct owdf_open_options *options, struct w32_file *watcher,
                void **ret_device, int32_t *ret_status);
    void (*quiet)(void *device);
    void (*close)(void *device);

    /* Returns when the request has ended. */
    int (*request)(void *device, const struct owdf_io *io, struct owdf_result *ret_result);
    /* -EAGAIN: no room now; w32_file_room follows when there is. */
    int (*submit)(void *device, const struct owdf_io *io, uint64_t *ret_token);
    int (*cancel)(void *device, uint64_t token);
    int (*cancel_all)(void *device);
    /* Returns when the driver has been given all that was submitted before. */
    int (*fence)(void *device);
};

void w32_set_devices(const struct w32_device_ops *ops);

/* The folder that drives ("C:") stand for; the text stays the caller's. NULL: there are no drives. */
void w32_set_file_root(const char *path);

/* From the provider, on any thread, not under a lock of its own: a submitted request has ended. */
void w32_file_ended(struct w32_file *file, uint64_t cookie, int32_t status, uint64_t information);
void w32_file_room(struct w32_file *file);

#endif

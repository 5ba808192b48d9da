/* SPDX-License-Identifier: MIT */
/*
 * The host's end of the control channel. Critical operations have a crew of their own: a cleanup that
 * blocks in the driver does not hold up a cancel.
 */
#ifndef OPENWDF_HOST_HOST_CONTROL_H
#define OPENWDF_HOST_HOST_CONTROL_H

#include <stdbool.h>
#include <stdint.h>

/* Begins to serve the socket. Once per process. -ENOMEM, -EAGAIN. */
int host_control_start(int socket);

/* Tells the reflector that the device started, or why not. */
void host_control_say_ready(int32_t status);

/* Publishes or withdraws a name (UTF-8; guid "" for a DOS device name). */
void host_control_say_name(bool enabled, const char *guid, const char *name);

struct frame_configure;
struct frame_devnode;

/* Tells the manager of a device of the tree. */
void host_control_say_devnode(const struct frame_devnode *devnode);

/* A device of this host ends the system's sleep. */
void host_control_say_woken(void);

/* Asks the manager for a device's driver and waits. STATUS_SUCCESS: the registry has it now. */
int32_t host_control_configure(const struct frame_configure *question);

struct frame_change;

/* Tells a watch's connection of a change. */
void host_control_say_change(uint32_t id, const struct frame_change *change);

/* Waits until the reflector wants the device removed, or has gone: then returns false. */
bool host_control_wait_remove(void);

/* Takes no more frames; the crew ends. What is said still arrives. */
void host_control_stop(void);

void host_control_say_removed(int32_t status);

#endif

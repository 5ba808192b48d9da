/* SPDX-License-Identifier: MIT */
/* The application's events, for whoever sets them on behalf of a driver. */
#ifndef OPENWDF_WIN32_EVENT_H
#define OPENWDF_WIN32_EVENT_H

#include <stdint.h>

/* Events that the application has. */
uint32_t w32_event_count(void);

/* Sets the event; does nothing when the handle is none of an event (any more). Any thread. */
void w32_event_set_by_handle(void *handle);

#endif

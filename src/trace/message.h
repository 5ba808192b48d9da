/* SPDX-License-Identifier: MIT */
/* Recording messages from inside the trace library. */
#ifndef OPENWDF_TRACE_MESSAGE_H
#define OPENWDF_TRACE_MESSAGE_H

#include <stdarg.h>
#include <stdint.h>

#include <openwdf/trace.h>

/* As owdf_trace_write, for a recorder log that is known by number. */
void trace_message_put(struct owdf_trace_site *site, const char *function, unsigned where,
                       uint64_t logger, uint16_t log, int level, int flag, va_list arguments);

/* Describes messages that are not a driver's. */
void trace_sites_register(struct owdf_trace_site *first, struct owdf_trace_site *end);

#endif

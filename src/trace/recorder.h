/* SPDX-License-Identifier: MIT */
/*
 * The inflight recorder: what a driver built with it says is kept, the latest messages of each thread, without
 * anybody having asked. Logs that drivers create are labels: all messages lie in the threads' recorder rings.
 */
#ifndef OPENWDF_TRACE_RECORDER_H
#define OPENWDF_TRACE_RECORDER_H

#include <stdbool.h>
#include <stdint.h>

/* The handle of the default log. */
void *trace_recorder_default(void);

/* The number of a log; false when the handle is none: NULL, or a log that was deleted. */
bool trace_recorder_log_id(void *log, uint16_t *ret_id);

#endif

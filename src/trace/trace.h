/* SPDX-License-Identifier: MIT */
/* What hosts and the bench call: the trace file's beginning and end, and the framework's own messages. */
#ifndef OPENWDF_TRACE_TRACE_H
#define OPENWDF_TRACE_TRACE_H

#include <stddef.h>

/*
 * Opens this process's trace file and takes part in the process's log (base/log.h): its messages become those of
 * the provider "OpenWDF", whose flags are components; the recorder keeps errors, warnings and information
 * whether or not anybody looks. directory, name: as trace_file_open. 0 or a negative errno. Once is enough.
 */
int trace_start(const char *directory, const char *name);

/* How this process ends, for whoever reads its file later. Safe in a signal handler. */
void trace_ends(const char *text);

#endif

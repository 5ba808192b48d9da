/* SPDX-License-Identifier: MIT */
/* What wpprecorder.h stands on: logs of the inflight recorder. Drivers include wpprecorder.h. */
#ifndef OPENWDF_TRACE_RECORDER_PUBLIC_H
#define OPENWDF_TRACE_RECORDER_PUBLIC_H

#include <openwdf/trace.h>

#ifdef __cplusplus
extern "C" {
#endif

struct owdf_recorder_log;

/*
 * Makes a log. identifier: what `wdf trace show --recorder` calls it. An NTSTATUS: STATUS_INVALID_PARAMETER before
 * WPP_INIT_TRACING, STATUS_INSUFFICIENT_RESOURCES. PASSIVE_LEVEL … DISPATCH_LEVEL.
 */
OWDF_TRACE_API int owdf_recorder_log_create(const char *identifier,
                                            struct owdf_recorder_log **ret_log);

/* Messages that still name the log are not recorded any more. A handle that is none is reported. */
OWDF_TRACE_API void owdf_recorder_log_delete(struct owdf_recorder_log *log);
OWDF_TRACE_API void owdf_recorder_log_rename(struct owdf_recorder_log *log, const char *identifier);

/* Whether a module's messages go to the default log. */
OWDF_TRACE_API void owdf_recorder_configure(WPP_CB_TYPE *switches, unsigned count,
                                            int default_log_wanted);

#ifdef __cplusplus
}
#endif

#endif

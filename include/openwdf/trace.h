/* SPDX-License-Identifier: MIT */
/*
 * The run time of software tracing (WPP). A .tmh file made by `wdf wpp` includes this; a driver's
 * source does not. A provider is silent until OPENWDF_TRACE names it: see owdf_trace_register.
 */
#ifndef OPENWDF_TRACE_H
#define OPENWDF_TRACE_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

#define OWDF_TRACE_API __attribute__((visibility("default")))

/* One control GUID's switches; WPP_CONTROL(bit) names them. All zero: off. */
struct owdf_trace_switches {
    unsigned char Level;   /* TRACE_LEVEL_… up to which messages pass. */
    unsigned int Flags[1]; /* A bit for each WPP_DEFINE_BIT. */
    unsigned long Logger;
};

typedef struct owdf_trace_control {
    struct owdf_trace_switches Control;
    const char *name; /* As in WPP_DEFINE_CONTROL_GUID. */
    const char *guid;
    const char *bits; /* Names of the flags, separated by spaces, lowest bit first. */
} WPP_PROJECT_CONTROL_BLOCK;

/* Every .tmh of a module defines the controls; the module has them once. */
#define OWDF_TRACE_CONTROLS __attribute__((weak, visibility("hidden")))

/*
 * Announces a module's providers and sets their switches from the environment:
 * OPENWDF_TRACE is a comma-separated list of PROVIDER[:LEVEL[:FLAG|FLAG...]]; PROVIDER is a control GUID's
 * name or "all"; LEVEL is 1 (critical) to 5 (verbose), 5 when missing; all flags when missing.
 * PASSIVE_LEVEL.
 */
OWDF_TRACE_API void owdf_trace_register(struct owdf_trace_control *controls, unsigned count);

/* Switches them off again. */
OWDF_TRACE_API void owdf_trace_unregister(struct owdf_trace_control *controls, unsigned count);

/* Writes one message by Windows' format rules to standard error, past the log's level. Any IRQL. */
OWDF_TRACE_API void owdf_trace_message(const struct owdf_trace_control *control, int level,
                                       const char *file, int line, const char *function,
                                       const char *format, ...);

/* Values as text in the caller's buffer, which they return. */
OWDF_TRACE_API const char *owdf_trace_status(char buffer[64], int status);
OWDF_TRACE_API const char *owdf_trace_guid(char buffer[40], const void *guid);
/* Two pairs as WPP_LOGPAIR gives them: the length's, unused, and the bytes'. */
OWDF_TRACE_API const char *owdf_trace_hex(char buffer[512], size_t length_size, const void *length,
                                          size_t size, const void *bytes);

#ifdef __cplusplus
}
#endif

#define WPP_LOGPAIR(size, pointer) , (size_t)(size), (const void *)(pointer)

#define WPP_CONTROL(bit)   (WPP_CB[(bit) >> 16].Control)
#define WPP_OWDF_MASK(bit) (1u << ((bit)&31))
#define WPP_LEVEL_ENABLED(flag)                                                                    \
    ((WPP_CONTROL(WPP_BIT_##flag).Flags[0] & WPP_OWDF_MASK(WPP_BIT_##flag)) != 0)
#define WPP_FLAG_ENABLED(flag)  WPP_LEVEL_ENABLED(flag)
#define WPP_FLAGS_ENABLED(flag) WPP_LEVEL_ENABLED(flag)
#define WPP_LEVEL_LOGGER(flag)  (WPP_CONTROL(WPP_BIT_##flag).Logger),
#define WPP_FLAG_LOGGER(flag)   WPP_LEVEL_LOGGER(flag)

#define WPP_INIT_TRACING(...) owdf_trace_register(WPP_CB, sizeof(WPP_CB) / sizeof(WPP_CB[0]))
#define WPP_CLEANUP(...)      owdf_trace_unregister(WPP_CB, sizeof(WPP_CB) / sizeof(WPP_CB[0]))

/* WPP_CALL_<file>_<line>: the macro that the .tmh defines for a call. */
#define WPP_OWDF_CALL(file, line)  WPP_OWDF_CALL_(file, line)
#define WPP_OWDF_CALL_(file, line) WPP_CALL_##file##_##line

#ifndef TRACE_LEVEL_NONE
#define TRACE_LEVEL_NONE        0
#define TRACE_LEVEL_CRITICAL    1
#define TRACE_LEVEL_FATAL       1
#define TRACE_LEVEL_ERROR       2
#define TRACE_LEVEL_WARNING     3
#define TRACE_LEVEL_INFORMATION 4
#define TRACE_LEVEL_VERBOSE     5
#endif

#endif

/* SPDX-License-Identifier: MIT */
/*
 * The run time of software tracing (WPP). Drivers do not call it: the macros of trace_wpp.h do, which a .tmh file
 * made by `wdf-wpp` includes. docs/tracing.md tells the whole.
 *
 * WPP_GLOBAL_Control points to the module's switches, one block a control GUID. Until WPP_INIT_TRACING they
 * are all off; afterwards they lie in the process's trace file, where `wdf trace` changes them.
 */
#ifndef OPENWDF_TRACE_H
#define OPENWDF_TRACE_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Spelled so, since some drivers define __attribute__ away, for a compiler that has none. */
#define OWDF_TRACE_API __attribute((visibility("default")))

#define OWDF_TRACE_FLAG_WORDS   4  /* 128 flags a control GUID. */
#define OWDF_TRACE_CONTROLS_MAX 64 /* Control GUIDs of a module. */

/* One control GUID's switches; WPP_CONTROL(bit) names them. All zero: off. */
struct owdf_trace_switches {
    volatile unsigned char Level;        /* TRACE_LEVEL_… up to which messages pass. */
    unsigned char Active;                /* A module is registered. */
    unsigned char AutoLogVerboseEnabled; /* The recorder keeps verbose messages too. */
    unsigned char OwnLevel;              /* What the process itself wants, whatever the sessions. */
    unsigned char Reserved[4];
    volatile unsigned int Flags[OWDF_TRACE_FLAG_WORDS]; /* A bit for each WPP_DEFINE_BIT. */
    volatile unsigned long long Keywords;               /* For events: any of these passes. */
    unsigned long long Logger; /* The provider's number in this process, plus one. */
    void *AutoLogContext;      /* The default recorder log. */
    unsigned int OwnFlags[OWDF_TRACE_FLAG_WORDS];
    unsigned long long OwnKeywords;
    unsigned long long Reserved2[7];
};

typedef union {
    struct owdf_trace_switches Control;
} WPP_PROJECT_CONTROL_BLOCK, WPP_CB_TYPE;

/* What WPP_CONTROL_GUIDS says of one provider. */
struct owdf_trace_provider {
    const char *name;
    const char *guid; /* "(11111111,2222,3333,4444,555555555555)", as it stands in the source. */
    const char *bits; /* Names of the flags, each behind a blank, lowest bit first. */
};

/* A trace call of a source: what the viewer needs. A module's are in its section owdf_trace_sites. */
struct owdf_trace_site {
    const char *format;   /* Text with %N!…!, N counting arguments from 1. */
    const char *types;    /* How each argument is recorded: src/trace/layout.h. */
    const char *file;     /* Without its folder. */
    const char *values;   /* Names of enumerations' values, one list a line. */
    const char *function; /* Known once it has spoken. */
    unsigned int line;
    unsigned int id; /* In this process; 0: not registered. */
    unsigned long long reserved[2];
} __attribute((aligned(64)));

#define OWDF_TRACE_SITE __attribute((section("owdf_trace_sites"), unused)) static
#define OWDF_TRACE_WEAK __attribute((weak, visibility("hidden")))

extern struct owdf_trace_site __start_owdf_trace_sites[] OWDF_TRACE_WEAK;
extern struct owdf_trace_site __stop_owdf_trace_sites[] OWDF_TRACE_WEAK;

/*
 * Announces a module's providers and messages, and makes *global point to its switches, which are set from the
 * sessions that `wdf trace` has started and from OPENWDF_TRACE, a comma-separated list of
 * PROVIDER[:LEVEL[:FLAG|FLAG...]]: messages that this list asks for also go to standard error at once.
 * Calling it again changes nothing. PASSIVE_LEVEL.
 */
OWDF_TRACE_API void owdf_trace_register(WPP_CB_TYPE **global,
                                        const struct owdf_trace_provider *providers, unsigned count,
                                        struct owdf_trace_site *sites,
                                        struct owdf_trace_site *sites_end);

/* Switches them off; *global becomes `off`. */
OWDF_TRACE_API void owdf_trace_unregister(WPP_CB_TYPE **global, WPP_CB_TYPE *off, unsigned count);

/*
 * Records one message. where: 1 for sessions, 2 for the recorder, or both; logger: the provider's
 * switches' Logger; log: the recorder log; flag: its WPP_BIT_…, 0 for none. Then one unsigned long long an
 * argument as site->types says, two for each pair. Any IRQL; never blocks, never allocates after the thread's
 * first message.
 */
OWDF_TRACE_API void owdf_trace_write(struct owdf_trace_site *site, const char *function,
                                     unsigned where, unsigned long long logger, void *log,
                                     int level, int flag, ...);

/* The bits of a double, for owdf_trace_write. */
static inline __attribute((unused)) unsigned long long
owdf_trace_double(double value)
{
    unsigned long long bits;

    __builtin_memcpy(&bits, &value, sizeof(bits));
    return bits;
}

#ifdef __cplusplus
}
#endif

#ifndef TRACE_LEVEL_NONE
#define TRACE_LEVEL_NONE        0
#define TRACE_LEVEL_CRITICAL    1
#define TRACE_LEVEL_FATAL       1
#define TRACE_LEVEL_ERROR       2
#define TRACE_LEVEL_WARNING     3
#define TRACE_LEVEL_INFORMATION 4
#define TRACE_LEVEL_VERBOSE     5
#define TRACE_LEVEL_RESERVED6   6
#define TRACE_LEVEL_RESERVED7   7
#define TRACE_LEVEL_RESERVED8   8
#define TRACE_LEVEL_RESERVED9   9
#endif

#endif

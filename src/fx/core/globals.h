/* SPDX-License-Identifier: MIT */
/*
 * Driver globals: one block per bound driver module. Its public part, WDF_DRIVER_GLOBALS, comes
 * first and is what the driver passes with every call; default parents, tags, version and
 * statistics hang on it.
 *
 * Created when a module binds, deleted when it is unloaded; outlives all objects of that driver.
 */
#ifndef OPENWDF_FX_CORE_GLOBALS_H
#define OPENWDF_FX_CORE_GLOBALS_H

#include <ntddk.h>
#include <wdf.h>

#include <stdbool.h>
#include <stdint.h>

#include "base/list.h"
#include "nt/ex/ex.h"
#include "sys/lock.h"

struct fx_driver;
struct fx_object;

/* What the loader knows about a module when it binds. */
struct fx_bind_params {
    const char *component_name; /* UTF-8, the driver's short name: "echo". */
    DRIVER_OBJECT *driver_object;
    const UNICODE_STRING *registry_path; /* Copied. */
    uint32_t major;                      /* Framework version that the driver was built for. */
    uint32_t minor;
    uint32_t build;
    uint32_t table_length; /* Entries of its function table. */
    bool is_umdf;
    bool is_export; /* It works for the drivers that link it. */
};

/* fx_globals.debug_flags */
#define FX_DEBUG_TRACK_REFERENCES 0x1u /* Keep tag, file and line of each driver reference. */
#define FX_DEBUG_VERIFIER         0x2u /* The verifier's table is in use. */

struct fx_globals {
    WDF_DRIVER_GLOBALS public; /* First: PWDF_DRIVER_GLOBALS points here. */
    uint32_t magic;
    uint32_t debug_flags;
    struct fx_driver *driver; /* NULL until WdfDriverCreate. */
    DRIVER_OBJECT *driver_object;
    UNICODE_STRING registry_path;
    uint32_t major;
    uint32_t minor;
    uint32_t build;
    bool is_umdf;
    bool is_export;
    struct list link; /* In the list of all. */

    struct sys_lock lock; /* Guards objects, object_count and the queue of deferred work. Leaf. */
    struct list objects;  /* Every listed object (fx_object.listed). */
    uint32_t object_count;

    /* Deletions waiting for PASSIVE_LEVEL, oldest first; one work item drains them. */
    struct fx_object *deferred_first;
    struct fx_object *deferred_last;
    struct ex_work deferred_work;
    uint32_t deferred_active; /* 1 while the work item is queued or runs; waited on. */
};

/* STATUS_INSUFFICIENT_RESOURCES on failure. */
_Must_inspect_result_ NTSTATUS fx_globals_create(const struct fx_bind_params *params,
                                                 struct fx_globals **ret_globals);

/*
 * Ends the driver's life in the framework: deletes the driver object if it is still there
 * (EvtCleanup, not EvtDriverUnload), reports what leaked, frees. NULL is allowed. PASSIVE_LEVEL.
 * Returns the number of leaked objects.
 */
unsigned fx_globals_delete(struct fx_globals *globals);

/* The globals of the module whose driver object that is; NULL: it is not bound (any more). */
struct fx_globals *fx_globals_of_driver(const DRIVER_OBJECT *driver_object);

/* Replaces the registry path by a copy, terminated by a NUL. STATUS_INSUFFICIENT_RESOURCES. */
_Must_inspect_result_ NTSTATUS fx_globals_set_registry_path(struct fx_globals *globals,
                                                            const UNICODE_STRING *path);

static inline struct fx_globals *
fx_globals_of(PWDF_DRIVER_GLOBALS driver_globals)
{
    return (struct fx_globals *)(void *)driver_globals;
}

/* Whether the driver was built for that version or a later one. */
static inline bool
fx_built_for(const struct fx_globals *globals, uint32_t major, uint32_t minor)
{
    return globals->major > major || (globals->major == major && globals->minor >= minor);
}

/*
 * The driver broke a rule: WDF_VIOLATION with the documented sub-code and parameters. `globals`
 * may be NULL; a line that names the driver and says what was wrong is logged first.
 */
_Noreturn void fx_bugcheck(struct fx_globals *globals, WDF_BUGCHECK_CODES code,
                           ULONG_PTR parameter2, ULONG_PTR parameter3, ULONG_PTR parameter4,
                           const char *format, ...) __attribute__((format(printf, 6, 7)));

/* A required parameter is NULL; `name` is the parameter's, `caller` the driver's code address. */
_Noreturn void fx_bugcheck_null(PWDF_DRIVER_GLOBALS driver_globals, const char *name,
                                const void *caller);

/*
 * One line for the driver's developer: why a call was refused, with the offending value. Says the
 * driver's name. Ends without newline.
 */
void fx_log(struct fx_globals *globals, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif

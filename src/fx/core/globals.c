/* SPDX-License-Identifier: MIT */
/*
 * Driver globals: birth at bind time, death at unload; and how the framework says that a driver
 * is wrong.
 */
#include "fx/core/globals.h"

#include <stdarg.h>
#include <string.h>

#include "base/assert.h"
#include "base/log.h"
#include "fx/core/callback.h"
#include "fx/core/driver.h"
#include "fx/object/object.h"
#include "nt/ke/ke.h"
#include "sys/memory.h"

#define GLOBALS_MAGIC 0x626c4758u /* "XGlb" */

/* The documented code, in its numeric form so that no header has to name it. */
#define WDF_VIOLATION_CODE 0x0000010D

/*
 * "A default pool tag that uses the first four characters of the service name; when it begins
 * with WDF, the next four; when fewer than four are available, FxDr."
 */
static ULONG
default_tag(const char *name)
{
    size_t length = strlen(name);
    ULONG tag = 0;
    unsigned i;

    if (length >= 3 && (name[0] | 0x20) == 'w' && (name[1] | 0x20) == 'd' &&
        (name[2] | 0x20) == 'f') {
        name += 3;
        length -= 3;
    }
    if (length < 4) {
        name = "FxDr";
    }
    for (i = 0; i < 4; i++) {
        tag |= (ULONG)(unsigned char)name[i] << (8 * i);
    }
    return tag;
}

NTSTATUS
fx_globals_set_registry_path(struct fx_globals *globals, const UNICODE_STRING *path)
{
    size_t length = path == NULL ? 0 : path->Length;
    WCHAR *buffer = sys_alloc_zeroed(length + sizeof(WCHAR));

    if (buffer == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    if (length != 0) {
        memcpy(buffer, path->Buffer, length);
    }
    sys_free(globals->registry_path.Buffer);
    globals->registry_path.Buffer = buffer;
    globals->registry_path.Length = (USHORT)length;
    globals->registry_path.MaximumLength = (USHORT)(length + sizeof(WCHAR));
    return STATUS_SUCCESS;
}

/* Every module that is bound. */
static struct {
    struct sys_lock lock; /* Leaf. */
    struct list list;     /* fx_globals.link; zero before the first. */
} bound;

static void
remember(struct fx_globals *globals)
{
    fx_lock(&bound.lock);
    if (bound.list.next == NULL) {
        list_init(&bound.list);
    }
    list_push_back(&bound.list, &globals->link);
    fx_unlock(&bound.lock);
}

static void
forget(struct fx_globals *globals)
{
    fx_lock(&bound.lock);
    list_remove(&globals->link);
    fx_unlock(&bound.lock);
}

struct fx_globals *
fx_globals_of_driver(const DRIVER_OBJECT *driver_object)
{
    struct fx_globals *found = NULL;
    struct list *link;

    fx_lock(&bound.lock);
    for (link = bound.list.next; link != NULL && link != &bound.list; link = link->next) {
        struct fx_globals *globals = container_of(link, struct fx_globals, link);

        if (globals->driver_object == driver_object) {
            found = globals;
            break;
        }
    }
    fx_unlock(&bound.lock);
    return found;
}

NTSTATUS
fx_globals_create(const struct fx_bind_params *params, struct fx_globals **ret_globals)
{
    struct fx_globals *globals = sys_alloc_zeroed(sizeof(*globals));
    const char *name = params->component_name != NULL ? params->component_name : "";
    NTSTATUS status;

    if (globals == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    status = fx_globals_set_registry_path(globals, params->registry_path);
    if (!NT_SUCCESS(status)) {
        sys_free(globals);
        return status;
    }
    globals->magic = GLOBALS_MAGIC;
    globals->debug_flags = FX_DEBUG_TRACK_REFERENCES;
    globals->driver_object = params->driver_object;
    globals->major = params->major;
    globals->minor = params->minor;
    globals->build = params->build;
    globals->is_umdf = params->is_umdf;
    globals->is_export = params->is_export;
    globals->public.DriverTag = default_tag(name);
    strncpy(globals->public.DriverName, name, sizeof(globals->public.DriverName) - 1);
    globals->public.DriverName[sizeof(globals->public.DriverName) - 1] = '\0';
    list_init(&globals->objects);
    globals->deferred_work.run = fx_object_run_deferred;
    remember(globals);
    *ret_globals = globals;
    return STATUS_SUCCESS;
}

/* Gives back what the driver leaked, so that one driver's fault does not grow the process. */
static void
free_leaked_objects(struct fx_globals *globals)
{
    struct list *link;

    while ((link = list_pop_front(&globals->objects)) != NULL) {
        fx_object_abandon(container_of(link, struct fx_object, listed));
    }
}

unsigned
fx_globals_delete(struct fx_globals *globals)
{
    unsigned leaked;

    if (globals == NULL) {
        return 0;
    }
    base_assert(globals->magic == GLOBALS_MAGIC);
    forget(globals);
    if (globals->driver != NULL) {
        fx_object_delete_and_wait(&globals->driver->object);
    }
    fx_object_flush_deferred(globals);
    leaked = fx_object_report_leaks(globals);
    free_leaked_objects(globals);
    sys_free(globals->registry_path.Buffer);
    globals->magic = 0;
    sys_free(globals);
    return leaked;
}

/* --- Saying what is wrong -------------------------------------------------------------------- */

static const char *
driver_name(const struct fx_globals *globals)
{
    return globals == NULL || globals->public.DriverName[0] == '\0' ? "driver"
                                                                    : globals->public.DriverName;
}

static void
log_line(enum base_log_level level, const struct fx_globals *globals, const char *format,
         va_list arguments)
{
    char line[256];
    size_t used = 0;
    const char *from;

    /* "name: message", with the name's percent signs made harmless. */
    for (from = driver_name(globals); *from != '\0' && used < 64; from++) {
        line[used++] = *from == '%' ? '_' : *from;
    }
    line[used++] = ':';
    line[used++] = ' ';
    for (from = format; *from != '\0' && used < sizeof(line) - 1; from++) {
        line[used++] = *from;
    }
    line[used] = '\0';
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    base_log_va(level, "fx", line, arguments);
#pragma GCC diagnostic pop
}

void
fx_log(struct fx_globals *globals, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    log_line(BASE_LOG_WARN, globals, format, arguments);
    va_end(arguments);
}

void
fx_bugcheck(struct fx_globals *globals, WDF_BUGCHECK_CODES code, ULONG_PTR parameter2,
            ULONG_PTR parameter3, ULONG_PTR parameter4, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    log_line(BASE_LOG_ERROR, globals, format, arguments);
    va_end(arguments);
    ke_bugcheck(WDF_VIOLATION_CODE, (ULONG_PTR)code, parameter2, parameter3, parameter4,
                driver_name(globals), __builtin_return_address(0));
}

void
fx_bugcheck_null(PWDF_DRIVER_GLOBALS driver_globals, const char *name, const void *caller)
{
    fx_bugcheck(fx_globals_of(driver_globals), WDF_REQUIRED_PARAMETER_IS_NULL, 0, (ULONG_PTR)caller,
                0, "the required parameter %s is NULL", name);
}

void
fx_callback_irql_mismatch(struct fx_globals *globals, KIRQL before, KIRQL after,
                          const void *callback)
{
    fx_bugcheck(globals, WDF_VERIFIER_IRQL_MISMATCH, before, after, 0,
                "the callback at %p was called at IRQL %u and returned at IRQL %u", callback,
                (unsigned)before, (unsigned)after);
}

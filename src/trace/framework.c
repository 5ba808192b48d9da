/* SPDX-License-Identifier: MIT */
/* The process's own log as the provider "OpenWDF": see trace.h. */
#include <stdarg.h>
#include <string.h>

#include "base/atomic.h"
#include "base/log.h"
#include "trace/file.h"
#include "trace/message.h"
#include "trace/provider.h"
#include "trace/trace.h"

#define COMPONENTS "fx nt io pnp fsm loader host trace bench sim verifier umdf1 bus ipc registry"

static const uint8_t framework_guid[16] = {0x7d, 0x1c, 0x5e, 0x0f, 0x52, 0x6a, 0x3b, 0x4c,
                                           0x9d, 0x0e, 0x6f, 0x57, 0x44, 0x46, 0x4c, 0x67};

static struct owdf_trace_site framework_site = {
    .format = "%1!s!: %2!s!", .types = "ss", .file = "", .values = "", .function = ""};

static WPP_CB_TYPE *switches;

/* The number of a component's flag, counted from 1; 0 when it has none. */
static int
flag_of(const char *component)
{
    const char *at = COMPONENTS;
    size_t length = strlen(component);
    int number = 1;

    while (*at != '\0') {
        size_t width = strcspn(at, " ");

        if (width == length && memcmp(at, component, length) == 0) {
            return number;
        }
        number++;
        at += width + (at[width] == ' ');
    }
    return 0;
}

static void
record(int level, unsigned where, const char *component, int flag, ...)
{
    va_list arguments;

    va_start(arguments, flag);
    trace_message_put(&framework_site, component, where, switches->Control.Logger, 0, level, flag,
                      arguments);
    va_end(arguments);
}

static bool
flag_on(int flag)
{
    unsigned bit = (unsigned)flag - 1;

    return flag == 0 ||
           (atomic_load_relaxed_u32((uint32_t *)&switches->Control.Flags[bit / 32]) >> bit % 32 &
            1) != 0;
}

static int
enabled_level(void)
{
    return atomic_load_relaxed_u8((uint8_t *)&switches->Control.Level);
}

/* base_log's levels are error … debug, ours 2 … 5. */
static void
on_log(enum base_log_level log_level, const char *component, const char *message)
{
    int level = (int)log_level + TRACE_LEVEL_ERROR, flag = flag_of(component);
    unsigned where = level < TRACE_LEVEL_VERBOSE ? TRACE_WHERE_RECORDER : 0;

    if (level <= enabled_level() && flag_on(flag)) {
        where |= TRACE_WHERE_SESSION;
    }
    if (where != 0) {
        record(level, where, component, flag, (unsigned long long)(uintptr_t)component,
               (unsigned long long)(uintptr_t)message);
    }
}

static bool
wants(enum base_log_level log_level)
{
    int level = (int)log_level + TRACE_LEVEL_ERROR;

    return level < TRACE_LEVEL_VERBOSE || level <= enabled_level();
}

int
trace_start(const char *directory, const char *name)
{
    static const struct trace_provider provider = {.name = "OpenWDF", .bits = COMPONENTS};
    struct trace_provider own = provider;
    int error = trace_file_open(directory, name);

    if (error != 0 || switches != NULL) {
        return error;
    }
    memcpy(own.guid, framework_guid, sizeof(own.guid));
    trace_sites_register(&framework_site, &framework_site + 1);
    switches = trace_providers_add(&own, 1, "");
    if (switches == NULL) {
        return -12; /* ENOMEM */
    }
    base_log_set_tap(on_log, wants);
    return 0;
}

void
trace_ends(const char *text)
{
    trace_file_set_end(text);
}

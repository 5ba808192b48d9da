/* SPDX-License-Identifier: MIT */
/*
 * Messages are formatted on the caller's stack; a line leaves in one write(), so that lines of
 * several threads and processes do not mix.
 */
#include "base/log.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/atomic.h"

#define LEVEL_UNSET UINT32_MAX

struct sink {
    base_log_sink *write;
    void *context;
};

static void stderr_sink(void *context, enum base_log_level level, const char *component,
                        const char *message);

static const struct sink default_sink = {stderr_sink, NULL};

/* Two places, used in turn: a reader of the former one never sees a half-written pair. */
static struct sink sinks[2];
static uint32_t sink_turn;
static base_pointer current_sink;

static uint32_t current_level = LEVEL_UNSET;

/* The tap; tap_wants is set last. */
static void (*tap_write)(enum base_log_level level, const char *component, const char *message);
static base_pointer tap_wants;

static const char *const level_names[] = {
    [BASE_LOG_ERROR] = "error",
    [BASE_LOG_WARN] = "warn",
    [BASE_LOG_INFO] = "info",
    [BASE_LOG_DEBUG] = "debug",
};

/*
 * Simulated threads share the real one's errno. None looks at it across a choice point, so that is no race,
 * whatever ThreadSanitizer thinks, which knows them as threads.
 */
__attribute__((no_sanitize("thread"), noinline)) static int
errno_read(void)
{
    return errno;
}

__attribute__((no_sanitize("thread"), noinline)) static void
errno_write(int value)
{
    errno = value;
}

const char *
base_log_level_name(enum base_log_level level)
{
    return (unsigned)level <= BASE_LOG_DEBUG ? level_names[level] : "?";
}

static void
stderr_sink(void *context, enum base_log_level level, const char *component, const char *message)
{
    char line[BASE_LOG_MESSAGE_MAX + 64];
    int length = snprintf(line, sizeof(line), "openwdf: %s: %.32s: %s\n",
                          base_log_level_name(level), component, message);

    if (length > 0 && write(STDERR_FILENO, line, (size_t)length) < 0) {
        /* Nobody left to tell. */
        return;
    }
}

static uint32_t
level_from_environment(void)
{
    const char *name = getenv("OPENWDF_LOG");

    for (uint32_t level = 0; name != NULL && level <= BASE_LOG_DEBUG; level++) {
        if (strcmp(name, level_names[level]) == 0) {
            return level;
        }
    }
    return BASE_LOG_WARN;
}

static bool
reaches_sink(enum base_log_level level)
{
    uint32_t current = atomic_load_relaxed_u32(&current_level);

    if (__builtin_expect(current == LEVEL_UNSET, 0)) {
        current = level_from_environment();
        atomic_store_relaxed_u32(&current_level, current);
    }
    return (uint32_t)level <= current;
}

static bool
reaches_tap(enum base_log_level level)
{
    bool (*wants)(enum base_log_level) = (bool (*)(enum base_log_level))atomic_load_ptr(&tap_wants);

    return wants != NULL && wants(level);
}

bool
base_log_enabled(enum base_log_level level)
{
    return reaches_sink(level) || reaches_tap(level);
}

void
base_log_set_tap(void (*tap)(enum base_log_level level, const char *component, const char *message),
                 bool (*wants)(enum base_log_level level))
{
    tap_write = tap;
    atomic_store_ptr(&tap_wants, (void *)wants);
}

void
base_log_set_level(enum base_log_level level)
{
    atomic_store_relaxed_u32(&current_level, (uint32_t)level);
}

void
base_log_set_sink(base_log_sink *sink, void *context)
{
    struct sink *place = &sinks[sink_turn++ % 2];

    if (sink == NULL) {
        atomic_store_ptr(&current_sink, NULL);
        return;
    }
    place->write = sink;
    place->context = context;
    atomic_store_ptr(&current_sink, place);
}

void
base_log_va(enum base_log_level level, const char *component, const char *format, va_list arguments)
{
    char message[BASE_LOG_MESSAGE_MAX];
    int saved_errno = errno_read();
    bool to_sink = reaches_sink(level), to_tap = reaches_tap(level);

    if (!to_sink && !to_tap) {
        return;
    }

    const struct sink *sink = atomic_load_ptr(&current_sink);
    int length = vsnprintf(message, sizeof(message), format, arguments);

    if (length < 0) {
        strcpy(message, "(message cannot be formatted)");
    } else if ((size_t)length >= sizeof(message)) {
        strcpy(message + sizeof(message) - 4, "...");
    }
    if (to_tap) {
        tap_write(level, component, message);
    }
    if (sink == NULL) {
        sink = &default_sink;
    }
    if (to_sink) {
        sink->write(sink->context, level, component, message);
    }
    errno_write(saved_errno);
}

void
base_log(enum base_log_level level, const char *component, const char *format, ...)
{
    va_list arguments;

    if (!base_log_enabled(level)) {
        return;
    }
    va_start(arguments, format);
    base_log_va(level, component, format, arguments);
    va_end(arguments);
}

void
base_log_text(const char *text)
{
    int saved_errno = errno_read();

    if (write(STDERR_FILENO, text, strlen(text)) < 0) {
        /* Nobody left to tell. */
    }
    errno_write(saved_errno);
}

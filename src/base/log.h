/* SPDX-License-Identifier: MIT */
/*
 * Diagnostics for people. One sink for the process; the default one writes to standard error.
 * Never allocates, may be called from any thread and in any state.
 */
#ifndef OPENWDF_BASE_LOG_H
#define OPENWDF_BASE_LOG_H

#include <stdarg.h>
#include <stdbool.h>

enum base_log_level {
    BASE_LOG_ERROR, /* Something failed that should not have. */
    BASE_LOG_WARN,  /* It works, but somebody should look: a rule broken, a resource leaked. */
    BASE_LOG_INFO,  /* What a user follows along with. */
    BASE_LOG_DEBUG, /* What a developer follows along with. */
};

/* The longest message a sink sees, with its terminator; longer ones end in "...". */
#define BASE_LOG_MESSAGE_MAX 1024

/* Gets a formatted message without a line break. Called on any thread, several at once. */
typedef void base_log_sink(void *context, enum base_log_level level, const char *component,
                           const char *message);

/*
 * Logs one line. `component` is the folder's name: "fx", "loader". Messages above the current level
 * cost a load and a compare.
 */
void base_log(enum base_log_level level, const char *component, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void base_log_va(enum base_log_level level, const char *component, const char *format,
                 va_list arguments) __attribute__((format(printf, 3, 0)));

/*
 * Text that is not ours, such as a driver's own debug output: goes to standard error as it is, in one
 * piece, past levels and sink.
 */
void base_log_text(const char *text);

/* Whether base_log(level, …) would reach the sink or the tap. */
bool base_log_enabled(enum base_log_level level);

/*
 * The most talkative level that reaches the sink. Until it is set: that of the environment variable
 * OPENWDF_LOG (error, warn, info, debug), or warn.
 */
void base_log_set_level(enum base_log_level level);

/*
 * Replaces the sink; NULL: the default one. For start-up and tests: messages on their way on other
 * threads may still reach the former sink.
 */
void base_log_set_sink(base_log_sink *sink, void *context);

/*
 * Somebody who gets messages beside the sink, by a level of its own: `wants` says whether one of that
 * level; both may be called on any thread, several at once. Set once, at start-up.
 */
void base_log_set_tap(void (*tap)(enum base_log_level level, const char *component,
                                  const char *message),
                      bool (*wants)(enum base_log_level level));

/* "error", "warn", "info", "debug". */
const char *base_log_level_name(enum base_log_level level);

#endif

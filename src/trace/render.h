/* SPDX-License-Identifier: MIT */
/*
 * Text of records. Formats, types and records may come from a file that anybody wrote: whatever they say,
 * reading stays inside what is given, and what makes no sense shows as such.
 *
 * A format is text with %%, %0!FUNC! for the function's name, and %N!spec!, N the argument's number from 1. spec is what follows the % of a printf
 * conversion (Windows' rules: "08I64x", "-10.8s"; a * takes the argument before), or a name of the table in
 * render.c (STATUS, GUID, …), or @K: the names of list K of the site's values, one list a line:
 * "l0=Idle,1=Busy" for one of them, "b1=Read,2=Write" for bits.
 */
#ifndef OPENWDF_TRACE_RENDER_H
#define OPENWDF_TRACE_RENDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "trace/layout.h"

#define TRACE_LINE_SIZE 6144

struct trace_message_text {
    const char *format;
    const char *types;
    const char *values;
    const char *file;
    const char *function; /* NULL: not known. */
    uint32_t line;
};

/*
 * The message of a TRACE_RECORD_MESSAGE, without line ends at its end. record->size bytes are readable. False
 * when arguments are missing or malformed; the text says so in their place.
 */
bool trace_render_message(const struct trace_message_text *text, const struct trace_record *record,
                          char *buffer, size_t size);

/* The text of an event record (ETW or TraceLogging). */
bool trace_render_event(const struct trace_record *record, char *buffer, size_t size);

/* "Provider error file.c:12 Function: message" */
void trace_render_short(const char *provider, unsigned level, const struct trace_message_text *text,
                        const char *message, char *line, size_t size);

/* Whether the format's conversions make sense and the types have an argument for each. */
bool trace_format_valid(const char *format, const char *types, const char *values);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * What drivers print and what the layers report: given to the caller's hook, or kept. Any thread may
 * print, at any IRQL.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "bench/bench_priv.h"
#include "nt/rtl/rtl.h"
#include "sys/memory.h"

#define KEPT_BYTES_MAX (1024 * 1024) /* Output beyond this is not kept. */
#define LINE_BYTES     1024          /* A longer line reaches the hook in pieces. */

static struct {
    struct sys_lock lock; /* Guards the text. A leaf lock. */
    char *text;
    size_t length;
    size_t capacity;
    char *shown; /* What bench_output returned last. */
    void (*hook)(void *argument, const char *line);
    void *argument;
    bool verbose;
    bool warnings; /* Warnings are shown: nobody could ask for them any more. */
} output;

static void
grow_locked(size_t needed)
{
    size_t capacity = output.capacity == 0 ? 4096 : output.capacity;
    char *text;

    while (capacity < needed) {
        capacity *= 2;
    }
    if (capacity == output.capacity || capacity > KEPT_BYTES_MAX) {
        return;
    }
    text = sys_alloc(capacity);
    if (text == NULL) {
        return;
    }
    if (output.length != 0) {
        memcpy(text, output.text, output.length);
    }
    sys_free(output.text);
    output.text = text;
    output.capacity = capacity;
}

/* Appends what there is room for. */
static void
keep(const char *text)
{
    size_t bytes = strlen(text);

    sys_lock_acquire(&output.lock);
    grow_locked(output.length + bytes);
    if (bytes > output.capacity - output.length) {
        bytes = output.capacity - output.length;
    }
    if (bytes != 0) {
        memcpy(output.text + output.length, text, bytes);
        output.length += bytes;
    }
    sys_lock_release(&output.lock);
}

/* Gives the hook each line of the text. */
static void
give_lines(const char *text)
{
    while (*text != '\0') {
        size_t bytes = strcspn(text, "\n");
        char line[LINE_BYTES];
        size_t taken = bytes < sizeof(line) ? bytes : sizeof(line) - 1;

        memcpy(line, text, taken);
        line[taken] = '\0';
        output.hook(output.argument, line);
        text += taken + (taken == bytes && text[bytes] == '\n');
    }
}

static void
put(const char *text)
{
    if (output.verbose) {
        fputs(text, stderr);
    }
    if (output.hook != NULL) {
        give_lines(text);
    } else {
        keep(text);
    }
}

static void
debug_output(void *context, const char *text)
{
    put(text);
}

static void
log_sink(void *context, enum base_log_level level, const char *component, const char *message)
{
    char line[BASE_LOG_MESSAGE_MAX + 64];

    snprintf(line, sizeof(line), "%s: %s\n", component, message);
    put(line);
    if (output.warnings && level <= BASE_LOG_WARN && output.hook == NULL && !output.verbose) {
        fputs(line, stderr);
    }
}

void
bench_output_trace(void *context, const char *line)
{
    char text[LINE_BYTES + 16];

    (void)context;
    (void)snprintf(text, sizeof(text), "trace: %.*s\n", LINE_BYTES, line);
    put(text);
}

void
bench_output_show_warnings(void)
{
    output.warnings = true;
}

void
bench_output_init(const struct bench_params *params)
{
    memset(&output, 0, sizeof(output));
    output.verbose = getenv("OPENWDF_VERBOSE") != NULL;
    if (params != NULL) {
        output.hook = params->output;
        output.argument = params->output_argument;
        output.verbose = output.verbose || params->verbose;
    }
    base_log_set_level(BASE_LOG_DEBUG);
    base_log_set_sink(log_sink, NULL);
    rtl_set_debug_output(debug_output, NULL);
}

void
bench_output_fini(void)
{
    rtl_set_debug_output(NULL, NULL);
    base_log_set_sink(NULL, NULL);
    base_log_set_level(BASE_LOG_WARN);
    sys_free(output.text);
    sys_free(output.shown);
    output.text = NULL;
    output.shown = NULL;
    output.length = 0;
    output.capacity = 0;
}

const char *
bench_output(struct bench *bench)
{
    const char *result = "";

    sys_lock_acquire(&output.lock);
    sys_free(output.shown);
    output.shown = output.length != 0 ? sys_alloc(output.length + 1) : NULL;
    if (output.shown != NULL) {
        memcpy(output.shown, output.text, output.length);
        output.shown[output.length] = '\0';
        result = output.shown;
    }
    sys_lock_release(&output.lock);
    return result;
}

void
bench_output_clear(struct bench *bench)
{
    sys_lock_acquire(&output.lock);
    output.length = 0;
    sys_lock_release(&output.lock);
}

/* SPDX-License-Identifier: MIT */
/* What drivers print: given to the caller's hook, or kept. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "bench/bench_priv.h"
#include "sys/memory.h"

#define KEPT_BYTES_MAX (1024 * 1024) /* Output beyond this is not kept. */

static struct {
    struct sys_lock lock; /* Guards the text. A leaf lock: anybody may print. */
    char *text;
    size_t length;
    size_t capacity;
    char *shown; /* What bench_output returned last. */
    void (*hook)(void *argument, const char *line);
    void *argument;
    bool verbose;
} output;

/* Appends a line; drops it when there is no room. */
static void
keep(const char *component, const char *message)
{
    size_t bytes = strlen(component) + 2 + strlen(message) + 1;

    sys_lock_acquire(&output.lock);
    if (output.length + bytes + 1 > output.capacity && output.capacity < KEPT_BYTES_MAX) {
        size_t capacity = output.capacity == 0 ? 4096 : output.capacity * 2;
        char *text = sys_alloc(capacity);

        if (text != NULL) {
            if (output.length != 0) {
                memcpy(text, output.text, output.length);
            }
            sys_free(output.text);
            output.text = text;
            output.capacity = capacity;
        }
    }
    if (output.length + bytes + 1 <= output.capacity) {
        output.length +=
            (size_t)snprintf(output.text + output.length, output.capacity - output.length,
                             "%s: %s\n", component, message);
    }
    sys_lock_release(&output.lock);
}

static void
sink(void *context, enum base_log_level level, const char *component, const char *message)
{
    char line[BASE_LOG_MESSAGE_MAX + 64];

    if (output.verbose) {
        fprintf(stderr, "%s: %s\n", component, message);
    }
    if (output.hook != NULL) {
        snprintf(line, sizeof(line), "%s: %s", component, message);
        output.hook(output.argument, line);
    } else {
        keep(component, message);
    }
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
    base_log_set_sink(sink, NULL);
}

void
bench_output_fini(void)
{
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

/* SPDX-License-Identifier: MIT */
/* The providers of this process and what messages they have. */
#ifndef OPENWDF_TRACE_PROVIDER_H
#define OPENWDF_TRACE_PROVIDER_H

#include <stdbool.h>
#include <stdint.h>

#include <openwdf/trace.h>

#include "trace/filter.h"

struct trace_provider {
    const char *name;
    const char *bits; /* Names of the flags, separated by blanks. */
    uint8_t guid[16];
    struct trace_selection echo; /* What OPENWDF_TRACE shows at once. */
};

/*
 * Makes `count` providers known and gives them their switches, one behind the other. module: whose they are;
 * one that was known before, of the same module, gets its former place. NULL when there is no memory or no
 * place left, which is said.
 */
WPP_CB_TYPE *trace_providers_add(const struct trace_provider *providers, unsigned count,
                                 const char *module);

/* Switches them off. */
void trace_providers_remove(WPP_CB_TYPE *switches, unsigned count);

/* By its number (a switches' Logger - 1); NULL when there is none. */
const struct trace_provider *trace_provider_find(uint64_t number);

/* Lets a list (filter.h) be shown at once, as OPENWDF_TRACE does; "" or NULL: none. 0 or -EINVAL. */
int trace_echo_set(const char *list, char *problem, size_t size);

/*
 * Where such messages go: one line without its end. NULL: to standard error. For start-up and tests.
 */
void trace_echo_set_sink(void (*sink)(void *argument, const char *line), void *argument);
void trace_echo_line(const char *line);

/* Looks at the sessions again, for providers that are registered. */
void trace_providers_refresh(void);

#endif

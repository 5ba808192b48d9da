/* SPDX-License-Identifier: MIT */
/*
 * What somebody wants to see: a list of PROVIDER[:LEVEL[:FLAG|FLAG...]], separated by commas or blanks.
 *
 * PROVIDER is a provider's name, its GUID (with or without braces) or "all". LEVEL is 0 to 255 or critical,
 * error, warning, info, verbose; verbose when it is missing. FLAG is a flag's name or a number (a mask, as 0x5);
 * all flags when there is none. Names match whatever their case.
 */
#ifndef OPENWDF_TRACE_FILTER_H
#define OPENWDF_TRACE_FILTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <openwdf/trace.h>

#define TRACE_FILTER_ITEMS_MAX 64
#define TRACE_FILTER_ITEM_SIZE 512

struct trace_filter_item {
    char provider[TRACE_FILTER_ITEM_SIZE];
    char flags[TRACE_FILTER_ITEM_SIZE]; /* As it was written; "" for all. */
    uint8_t level;
};

struct trace_filter {
    struct trace_filter_item items[TRACE_FILTER_ITEMS_MAX];
    size_t count;
};

/* What passes of one provider; level 0 and no flags: nothing. */
struct trace_selection {
    bool any; /* An item names the provider. */
    uint8_t level;
    uint32_t flags[OWDF_TRACE_FLAG_WORDS];
    uint64_t keywords; /* The same flags as an event's keywords; ~0 for all. */
};

/* Adds the items of a list. 0, or -EINVAL with the reason in `problem`. Nothing is added then. */
int trace_filter_add(struct trace_filter *filter, const char *list, char *problem, size_t size);

/*
 * Adds to *selection what the filter lets pass of a provider. bits: names of its flags, separated by blanks.
 * A flag that it does not have is named in `problem` (may be NULL), else *problem is "".
 */
void trace_filter_select(const struct trace_filter *filter, const char *name,
                         const uint8_t guid[16], const char *bits,
                         struct trace_selection *selection, char *problem, size_t size);

/* Whether a message passes; flag: its number, or -1. */
bool trace_selection_passes(const struct trace_selection *selection, int level, int flag);

/* "{xxxxxxxx-…}", with or without braces, or "(x,x,x,x,x)" as sources have it. 0 or -EINVAL. */
int trace_guid_parse(const char *text, uint8_t ret_guid[16]);

/* Writes xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx. */
void trace_guid_text(const uint8_t guid[16], char text[37]);

/* "critical", …, or "level 7" in `text`. */
const char *trace_level_text(unsigned level, char text[16]);

#endif

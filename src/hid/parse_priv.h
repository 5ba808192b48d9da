/* SPDX-License-Identifier: MIT */
/* The state of a parse, as the item tables of the HID specification have it. */
#ifndef OPENWDF_HID_PARSE_PRIV_H
#define OPENWDF_HID_PARSE_PRIV_H

#include "hid/preparsed.h"

#define HID_REPORT_BITS_MAX (8u * (MAXUSHORT - 1u))

struct hid_globals {
    USAGE page;
    LONG logical_min;
    LONG logical_max;
    LONG physical_min;
    LONG physical_max;
    ULONG unit;
    ULONG unit_exponent;
    ULONG report_size;
    ULONG report_count;
    UCHAR report_id;
};

/* Growing arrays. */
struct hid_array {
    void *items;
    size_t count;
    size_t room;
};

/* A new item, zeroed; NULL: memory is short. */
void *hid_array_add(struct hid_array *array, size_t item_size);

/* A local item: a usage, a string index, a designator index, or a range of them. */
struct hid_local {
    USAGE page; /* 0: the global one, when the main item comes. */
    USHORT min;
    USHORT max;
    bool is_range;
    bool is_alias;
    bool is_other_name;
};

struct hid_locals {
    struct hid_array usages; /* struct hid_local */
    struct hid_array strings;
    struct hid_array designators;
    bool has_min[3]; /* A minimum waits for its maximum. */
    struct hid_local pending[3];
    bool in_set;
    unsigned in_set_count;
};

struct hid_parse {
    struct hid_globals globals;
    struct hid_array stack; /* struct hid_globals, pushed. */
    struct hid_locals locals;
    struct hid_array fields; /* Of the top-level collection. */
    struct hid_array nodes;
    ULONG data_indices[HID_REPORT_TYPES];
    unsigned depth;
    USHORT link; /* The innermost collection. */
    struct {
        bool used;
        UCHAR collection;
        ULONG bits[HID_REPORT_TYPES];
    } reports[256];
    struct hid_parsed *parsed;
};

/* An input, output or feature item with these data bits. */
NTSTATUS hid_main_item(struct hid_parse *parse, HIDP_REPORT_TYPE type, USHORT bits);

#endif

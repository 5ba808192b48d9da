/* SPDX-License-Identifier: MIT */
/*
 * Preparsed data: one block, without pointers, so that it may be copied between driver and application. Its fields
 * stand in the order of the descriptor; those of one kind and type are what the capability arrays list.
 */
#ifndef OPENWDF_HID_PREPARSED_H
#define OPENWDF_HID_PREPARSED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <ntdef.h>
#include <ntstatus.h>

#include <hidusage.h>

#include <hidpi.h>

#define HID_MAGIC        0x44505048u /* "HPPD" */
#define HID_REPORT_TYPES 3u

/* One entry of a capability array: a usage or a range of them, and where it is in the report. */
struct hid_field {
    USAGE page;
    USAGE usage_min;
    USAGE usage_max;
    USHORT string_min;
    USHORT string_max;
    USHORT designator_min;
    USHORT designator_max;
    USHORT index; /* The first of its data indices. */
    USHORT link;
    USHORT bits; /* The main item's data: HIDP_BUTTON_CAPS.BitField. */
    UCHAR type;  /* HIDP_REPORT_TYPE */
    UCHAR report_id;
    bool is_button;
    bool is_array;      /* The report has which usages are on, not which are not. */
    bool is_alias;      /* One of several usages of one control, */
    bool is_other_name; /* ... and not the preferred one. */
    ULONG bit;          /* Where it begins in the report, whose first byte is the report's id. */
    ULONG bit_size;     /* Of one control. */
    ULONG count;        /* Controls; of an array: places. */
    LONG array_first;   /* Of an array: the value that stands for usage_min. */
    LONG logical_min;
    LONG logical_max;
    LONG physical_min;
    LONG physical_max;
    ULONG unit;
    ULONG unit_exponent;
};

struct hid_node {
    USAGE usage;
    USAGE page;
    USHORT parent;
    USHORT children;
    USHORT next_sibling;
    USHORT first_child;
    USHORT last_child;
    UCHAR type;
};

struct _HIDP_PREPARSED_DATA {
    uint32_t magic;
    uint32_t size; /* Of the whole block. */
    USHORT report_length[HID_REPORT_TYPES];
    USHORT data_indices[HID_REPORT_TYPES];
    uint32_t field_count;
    uint32_t node_count; /* The first is the collection itself. */
    /* struct hid_field[field_count], struct hid_node[node_count] */
};

static inline struct hid_field *
hid_fields(const struct _HIDP_PREPARSED_DATA *data)
{
    return (struct hid_field *)(data + 1);
}

static inline struct hid_node *
hid_nodes(const struct _HIDP_PREPARSED_DATA *data)
{
    return (struct hid_node *)(hid_fields(data) + data->field_count);
}

/* How many usages the field has. */
static inline ULONG
hid_usages(const struct hid_field *field)
{
    return (ULONG)field->usage_max - field->usage_min + 1;
}

/* Several controls of one usage, or too many bits for a number: HidP_GetUsageValueArray's. */
static inline bool
hid_is_value_array(const struct hid_field *field)
{
    return !field->is_button &&
           (field->bit_size > 32 || (hid_usages(field) == 1 && field->count > 1));
}

/* Parsing -------------------------------------------------------------------------------------- */

struct hid_report {
    UCHAR id;
    UCHAR collection;                /* From 1. */
    USHORT length[HID_REPORT_TYPES]; /* With the id's byte; 0: there is none. */
};

struct hid_parsed {
    PHIDP_PREPARSED_DATA *collections; /* One for each top-level collection. */
    size_t collection_count;
    struct hid_report *reports;
    size_t report_count;
    size_t error_offset; /* Of the item that could not be. */
};

/*
 * Takes a report descriptor apart. STATUS_NO_DATA_DETECTED: it has no collection; STATUS_COULD_NOT_INTERPRET: it is
 * malformed, at error_offset; STATUS_INSUFFICIENT_RESOURCES. Nothing is left behind then.
 */
NTSTATUS hid_parse(const UCHAR *descriptor, size_t length, struct hid_parsed *ret_parsed);
void hid_parsed_free(struct hid_parsed *parsed);

/* Of use to the functions ---------------------------------------------------------------------- */

/* HIDP_STATUS_INVALID_PREPARSED_DATA, HIDP_STATUS_INVALID_REPORT_TYPE. */
NTSTATUS hid_check(const struct _HIDP_PREPARSED_DATA *data, HIDP_REPORT_TYPE type);

/* The same, and a report of this length: HIDP_STATUS_REPORT_DOES_NOT_EXIST, HIDP_STATUS_INVALID_REPORT_LENGTH. */
NTSTATUS hid_check_report(const struct _HIDP_PREPARSED_DATA *data, HIDP_REPORT_TYPE type,
                          ULONG length);

/* Whether the field is in that link collection: 0 is any, HIDP_LINK_COLLECTION_ROOT the top-level one itself. */
bool hid_is_linked(const struct hid_field *field, USHORT link);

/*
 * The field of `type` with that usage, a button or not, whose report id is the report's. A report without id may
 * become the field's when `assign` is set. NULL: *ret_status is HIDP_STATUS_USAGE_NOT_FOUND or
 * HIDP_STATUS_INCOMPATIBLE_REPORT_ID.
 */
const struct hid_field *hid_find(const struct _HIDP_PREPARSED_DATA *data, HIDP_REPORT_TYPE type,
                                 bool button, USAGE page, USHORT link, USAGE usage, UCHAR *report,
                                 bool assign, NTSTATUS *ret_status);

/* What a place of an array has; and whether that stands for one of the field's usages, and for which. */
int64_t hid_array_value(const struct hid_field *field, const UCHAR *report, ULONG place);
bool hid_array_usage(const struct hid_field *field, int64_t value, USAGE *ret_usage);

/* Up to 32 bits from a bit on. */
ULONG hid_get_bits(const UCHAR *report, ULONG bit, ULONG size);
void hid_put_bits(UCHAR *report, ULONG bit, ULONG size, ULONG value);

#endif

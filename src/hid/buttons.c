/* SPDX-License-Identifier: MIT */
/*
 * Buttons: a bit for each, or an array whose places have the numbers of those that are on. Of several names of one
 * button, the first is told.
 */
#include "hid/preparsed.h"

#include <string.h>

int64_t
hid_array_value(const struct hid_field *field, const UCHAR *report, ULONG place)
{
    ULONG value = hid_get_bits(report, field->bit + place * field->bit_size, field->bit_size);

    if (field->logical_min < 0 && field->bit_size < 32 && (value >> (field->bit_size - 1)) != 0) {
        return (int64_t)value - (1ll << field->bit_size);
    }
    return field->logical_min < 0 ? (int32_t)value : (int64_t)value;
}

bool
hid_array_usage(const struct hid_field *field, int64_t value, USAGE *ret_usage)
{
    int64_t number = value - field->array_first;

    if (number < 0 || number >= hid_usages(field) || value > field->logical_max) {
        return false;
    }
    *ret_usage = (USAGE)(field->usage_min + number);
    return true;
}

/* Where the caller's list is filled; what does not fit is counted. */
struct collecting {
    USAGE *usages;
    USAGE_AND_PAGE *pairs;
    ULONG room;
    ULONG found;
};

static void
collect(struct collecting *to, const struct hid_field *field, USAGE usage)
{
    if (usage == 0) {
        return; /* "Undefined": no button. */
    }
    if (to->found < to->room && to->pairs != NULL) {
        to->pairs[to->found] = (USAGE_AND_PAGE){usage, field->page};
    } else if (to->found < to->room) {
        to->usages[to->found] = usage;
    }
    to->found++;
}

static void
collect_field(struct collecting *to, const struct hid_field *field, const UCHAR *report)
{
    USAGE usage;

    for (ULONG i = 0; i < field->count; i++) {
        if (field->is_array) {
            if (hid_array_usage(field, hid_array_value(field, report, i), &usage)) {
                collect(to, field, usage);
            }
        } else if (hid_get_bits(report, field->bit + i, 1) != 0) {
            /* More bits than usages: the last one's. */
            collect(
                to, field,
                (USAGE)(field->usage_min + (i < hid_usages(field) ? i : hid_usages(field) - 1)));
        }
    }
}

/* page 0: all. */
static NTSTATUS
get_all(HIDP_REPORT_TYPE type, USAGE page, USHORT link, struct collecting *to, PULONG length,
        const struct _HIDP_PREPARSED_DATA *data, const UCHAR *report, ULONG report_length)
{
    NTSTATUS status = hid_check_report(data, type, report_length);
    const struct hid_field *field;
    bool is_elsewhere = false;
    bool is_here = false;

    if (status != HIDP_STATUS_SUCCESS) {
        return status;
    }
    to->room = *length;
    field = hid_fields(data);
    for (uint32_t i = 0; i < data->field_count; i++, field++) {
        if (field->type != type || !field->is_button || (page != 0 && field->page != page) ||
            !hid_is_linked(field, link)) {
            continue;
        }
        if (field->report_id != report[0]) {
            is_elsewhere = true;
            continue;
        }
        is_here = true;
        if (!field->is_other_name) {
            collect_field(to, field, report);
        }
    }
    if (!is_here) {
        return is_elsewhere ? HIDP_STATUS_INCOMPATIBLE_REPORT_ID : HIDP_STATUS_USAGE_NOT_FOUND;
    }
    *length = to->found;
    return to->found <= to->room ? HIDP_STATUS_SUCCESS : HIDP_STATUS_BUFFER_TOO_SMALL;
}

/* *UsageLength: in, the list's; out, how many buttons are on. */
NTSTATUS
HidP_GetUsages(HIDP_REPORT_TYPE ReportType, USAGE UsagePage, USHORT LinkCollection,
               PUSAGE UsageList, PULONG UsageLength, PHIDP_PREPARSED_DATA PreparsedData,
               PCHAR Report, ULONG ReportLength)
{
    struct collecting to = {.usages = UsageList};

    /* Page 0 has no usages; only the other form takes it for all pages. */
    return get_all(ReportType, UsagePage != 0 ? UsagePage : MAXUSHORT, LinkCollection, &to,
                   UsageLength, PreparsedData, (const UCHAR *)Report, ReportLength);
}

NTSTATUS
HidP_GetUsagesEx(HIDP_REPORT_TYPE ReportType, USHORT LinkCollection, PUSAGE_AND_PAGE ButtonList,
                 ULONG *UsageLength, PHIDP_PREPARSED_DATA PreparsedData, PCHAR Report,
                 ULONG ReportLength)
{
    struct collecting to = {.pairs = ButtonList};

    return get_all(ReportType, 0, LinkCollection, &to, UsageLength, PreparsedData,
                   (const UCHAR *)Report, ReportLength);
}

/* How many buttons of the page (0: of all) HidP_GetUsages may return; 0 for what is wrong. */
ULONG
HidP_MaxUsageListLength(HIDP_REPORT_TYPE ReportType, USAGE UsagePage,
                        PHIDP_PREPARSED_DATA PreparsedData)
{
    const struct hid_field *field;
    const struct hid_field *former = NULL;
    ULONG most = 0;

    if (hid_check(PreparsedData, ReportType) != HIDP_STATUS_SUCCESS) {
        return 0;
    }
    field = hid_fields(PreparsedData);
    for (uint32_t i = 0; i < PreparsedData->field_count; i++, field++) {
        if (field->type != ReportType || !field->is_button || field->is_other_name ||
            (UsagePage != 0 && field->page != UsagePage)) {
            continue;
        }
        /* The places of an array are there once, whatever number of usages shares them. */
        if (former == NULL || !field->is_array || former->bit != field->bit ||
            former->report_id != field->report_id) {
            most += field->count;
        }
        former = field->is_array ? field : former;
    }
    return most;
}

/* One usage ------------------------------------------------------------------------------------- */

/* The place of an array that has the value; false: none has. */
static bool
find_place(const struct hid_field *field, const UCHAR *report, int64_t value, ULONG *ret_place)
{
    for (ULONG i = 0; i < field->count; i++) {
        if (hid_array_value(field, report, i) == value) {
            *ret_place = i;
            return true;
        }
    }
    return false;
}

/*
 * What a place has that has no usage: 0, if that stands for none; else a value out of the logical range (8: "out of
 * range of logical minimum and maximum is considered a null value").
 */
static ULONG
nothing(const struct _HIDP_PREPARSED_DATA *data, const struct hid_field *field)
{
    const struct hid_field *other = hid_fields(data);
    USAGE usage;

    for (uint32_t i = 0; i < data->field_count; i++, other++) {
        if (other->is_array && other->type == field->type && other->bit == field->bit &&
            other->report_id == field->report_id && hid_array_usage(other, 0, &usage) &&
            usage != 0) {
            return field->logical_min > 0 ? 0 : (ULONG)field->logical_max + 1;
        }
    }
    return 0;
}

static NTSTATUS
set_one(const struct _HIDP_PREPARSED_DATA *data, const struct hid_field *field, USAGE usage,
        UCHAR *report, bool on)
{
    ULONG number = (ULONG)(usage - field->usage_min);
    int64_t value = (int64_t)field->array_first + number;
    ULONG empty = nothing(data, field);
    ULONG place;

    if (!field->is_array) {
        if (!on && hid_get_bits(report, field->bit + number, 1) == 0) {
            return HIDP_STATUS_BUTTON_NOT_PRESSED;
        }
        hid_put_bits(report, field->bit + number, 1, on);
        return HIDP_STATUS_SUCCESS;
    }
    if (on && find_place(field, report, value, &place)) {
        return HIDP_STATUS_SUCCESS; /* It is on. */
    }
    if (on) {
        if (!find_place(field, report, empty, &place)) {
            return HIDP_STATUS_BUFFER_TOO_SMALL;
        }
        hid_put_bits(report, field->bit + place * field->bit_size, field->bit_size, (ULONG)value);
        return HIDP_STATUS_SUCCESS;
    }
    if (!find_place(field, report, value, &place)) {
        return HIDP_STATUS_BUTTON_NOT_PRESSED;
    }
    hid_put_bits(report, field->bit + place * field->bit_size, field->bit_size, empty);
    return HIDP_STATUS_SUCCESS;
}

static NTSTATUS
set_all(HIDP_REPORT_TYPE type, USAGE page, USHORT link, const USAGE *usages, PULONG length,
        const struct _HIDP_PREPARSED_DATA *data, UCHAR *report, ULONG report_length, bool on)
{
    NTSTATUS status = hid_check_report(data, type, report_length);
    ULONG count = *length;

    for (ULONG i = 0; i < count && status == HIDP_STATUS_SUCCESS; i++) {
        const struct hid_field *field =
            hid_find(data, type, true, page, link, usages[i], report, true, &status);

        if (field != NULL) {
            status = set_one(data, field, usages[i], report, on);
        }
        *length = status == HIDP_STATUS_SUCCESS ? count : i; /* The one that could not be. */
    }
    return status;
}

/* A report whose id is 0 becomes the report of the first usage. *UsageLength: at a failure, which usage it was. */
NTSTATUS
HidP_SetUsages(HIDP_REPORT_TYPE ReportType, USAGE UsagePage, USHORT LinkCollection,
               PUSAGE UsageList, PULONG UsageLength, PHIDP_PREPARSED_DATA PreparsedData,
               PCHAR Report, ULONG ReportLength)
{
    return set_all(ReportType, UsagePage, LinkCollection, UsageList, UsageLength, PreparsedData,
                   (UCHAR *)Report, ReportLength, true);
}

NTSTATUS
HidP_UnsetUsages(HIDP_REPORT_TYPE ReportType, USAGE UsagePage, USHORT LinkCollection,
                 PUSAGE UsageList, PULONG UsageLength, PHIDP_PREPARSED_DATA PreparsedData,
                 PCHAR Report, ULONG ReportLength)
{
    return set_all(ReportType, UsagePage, LinkCollection, UsageList, UsageLength, PreparsedData,
                   (UCHAR *)Report, ReportLength, false);
}

/* What is new in one list of usages, and what is gone; lists end with 0 where they are not full. ----- */

static bool
has(const USAGE_AND_PAGE *list, ULONG length, USAGE_AND_PAGE wanted)
{
    for (ULONG i = 0; i < length && list[i].Usage != 0; i++) {
        if (list[i].Usage == wanted.Usage && list[i].UsagePage == wanted.UsagePage) {
            return true;
        }
    }
    return false;
}

static void
subtract(const USAGE_AND_PAGE *from, const USAGE_AND_PAGE *other, USAGE_AND_PAGE *to, ULONG length)
{
    ULONG found = 0;

    for (ULONG i = 0; i < length && from[i].Usage != 0; i++) {
        if (!has(other, length, from[i])) {
            to[found++] = from[i];
        }
    }
    for (; found < length; found++) {
        to[found] = (USAGE_AND_PAGE){0, 0};
    }
}

NTSTATUS
HidP_UsageAndPageListDifference(PUSAGE_AND_PAGE PreviousUsageList, PUSAGE_AND_PAGE CurrentUsageList,
                                PUSAGE_AND_PAGE BreakUsageList, PUSAGE_AND_PAGE MakeUsageList,
                                ULONG UsageListLength)
{
    subtract(PreviousUsageList, CurrentUsageList, BreakUsageList, UsageListLength);
    subtract(CurrentUsageList, PreviousUsageList, MakeUsageList, UsageListLength);
    return HIDP_STATUS_SUCCESS;
}

static bool
has_usage(const USAGE *list, ULONG length, USAGE wanted)
{
    for (ULONG i = 0; i < length && list[i] != 0; i++) {
        if (list[i] == wanted) {
            return true;
        }
    }
    return false;
}

static void
subtract_usages(const USAGE *from, const USAGE *other, USAGE *to, ULONG length)
{
    ULONG found = 0;

    for (ULONG i = 0; i < length && from[i] != 0; i++) {
        if (!has_usage(other, length, from[i])) {
            to[found++] = from[i];
        }
    }
    memset(to + found, 0, (length - found) * sizeof(*to));
}

NTSTATUS
HidP_UsageListDifference(PUSAGE PreviousUsageList, PUSAGE CurrentUsageList, PUSAGE BreakUsageList,
                         PUSAGE MakeUsageList, ULONG UsageListLength)
{
    subtract_usages(PreviousUsageList, CurrentUsageList, BreakUsageList, UsageListLength);
    subtract_usages(CurrentUsageList, PreviousUsageList, MakeUsageList, UsageListLength);
    return HIDP_STATUS_SUCCESS;
}

/* SPDX-License-Identifier: MIT */
/* Values: numbers of up to 32 bits, and arrays of them for one usage. */
#include "hid/preparsed.h"

#include <string.h>

#define HAS_NULL 0x40u

/* The value's field; a single control of up to 32 bits. */
static NTSTATUS
find_single(HIDP_REPORT_TYPE type, USAGE page, USHORT link, USAGE usage,
            const struct _HIDP_PREPARSED_DATA *data, UCHAR *report, ULONG length, bool assign,
            const struct hid_field **ret_field)
{
    NTSTATUS status = hid_check_report(data, type, length);

    if (status != HIDP_STATUS_SUCCESS) {
        return status;
    }
    *ret_field = hid_find(data, type, false, page, link, usage, report, assign, &status);
    if (*ret_field != NULL && hid_is_value_array(*ret_field)) {
        return HIDP_STATUS_IS_VALUE_ARRAY;
    }
    return status;
}

/* Where the usage's control begins; those of a range stand side by side. */
static ULONG
bit_of(const struct hid_field *field, USAGE usage)
{
    return field->bit + (ULONG)(usage - field->usage_min) * field->bit_size;
}

/* As it stands in the report, without a sign. */
NTSTATUS
HidP_GetUsageValue(HIDP_REPORT_TYPE ReportType, USAGE UsagePage, USHORT LinkCollection, USAGE Usage,
                   PULONG UsageValue, PHIDP_PREPARSED_DATA PreparsedData, PCHAR Report,
                   ULONG ReportLength)
{
    const struct hid_field *field;
    NTSTATUS status = find_single(ReportType, UsagePage, LinkCollection, Usage, PreparsedData,
                                  (UCHAR *)Report, ReportLength, false, &field);

    if (status == HIDP_STATUS_SUCCESS) {
        *UsageValue = hid_get_bits((UCHAR *)Report, bit_of(field, Usage), field->bit_size);
    }
    return status;
}

NTSTATUS
HidP_SetUsageValue(HIDP_REPORT_TYPE ReportType, USAGE UsagePage, USHORT LinkCollection, USAGE Usage,
                   ULONG UsageValue, PHIDP_PREPARSED_DATA PreparsedData, PCHAR Report,
                   ULONG ReportLength)
{
    const struct hid_field *field;
    NTSTATUS status = find_single(ReportType, UsagePage, LinkCollection, Usage, PreparsedData,
                                  (UCHAR *)Report, ReportLength, true, &field);

    if (status == HIDP_STATUS_SUCCESS) {
        hid_put_bits((UCHAR *)Report, bit_of(field, Usage), field->bit_size, UsageValue);
    }
    return status;
}

static bool
has_null(const struct hid_field *field)
{
    return (field->bits & HAS_NULL) != 0;
}

/* "If both … are 0, the physical extents are the logical ones" (6.2.2.7). False: they make no sense. */
static bool
extents(const struct hid_field *field, int64_t *ret_min, int64_t *ret_max)
{
    bool given = field->physical_min != 0 || field->physical_max != 0;

    *ret_min = given ? field->physical_min : field->logical_min;
    *ret_max = given ? field->physical_max : field->logical_max;
    return field->logical_max > field->logical_min && *ret_max > *ret_min;
}

static int64_t
scale(int64_t value, int64_t from_min, int64_t from_max, int64_t to_min, int64_t to_max)
{
    /* 33 bits times 33 bits, so in 128. */
    return to_min +
           (int64_t)((__int128)(value - from_min) * (to_max - to_min) / (from_max - from_min));
}

/* With its sign, and scaled from the logical to the physical range. */
NTSTATUS
HidP_GetScaledUsageValue(HIDP_REPORT_TYPE ReportType, USAGE UsagePage, USHORT LinkCollection,
                         USAGE Usage, PLONG UsageValue, PHIDP_PREPARSED_DATA PreparsedData,
                         PCHAR Report, ULONG ReportLength)
{
    const struct hid_field *field;
    int64_t min;
    int64_t max;
    int64_t value;
    NTSTATUS status = find_single(ReportType, UsagePage, LinkCollection, Usage, PreparsedData,
                                  (UCHAR *)Report, ReportLength, false, &field);

    if (status != HIDP_STATUS_SUCCESS) {
        return status;
    }
    if (!extents(field, &min, &max)) {
        return HIDP_STATUS_BAD_LOG_PHY_VALUES;
    }
    value = hid_get_bits((UCHAR *)Report, bit_of(field, Usage), field->bit_size);
    if (field->logical_min < 0 && (value >> (field->bit_size - 1)) != 0) {
        value -= 1ll << field->bit_size;
    }
    if (value < field->logical_min || value > field->logical_max) {
        *UsageValue = 0;
        return has_null(field) ? HIDP_STATUS_NULL : HIDP_STATUS_VALUE_OUT_OF_RANGE;
    }
    *UsageValue = (LONG)scale(value, field->logical_min, field->logical_max, min, max);
    return HIDP_STATUS_SUCCESS;
}

/* A value out of the logical range, if the control's bits can have one. */
static ULONG
null_value(const struct hid_field *field)
{
    if (field->logical_min < 0) {
        return 1u << (field->bit_size - 1); /* The least of all. */
    }
    return (ULONG)((1ull << field->bit_size) - 1);
}

/* A value out of the physical range is the control's null, if it has one. */
NTSTATUS
HidP_SetScaledUsageValue(HIDP_REPORT_TYPE ReportType, USAGE UsagePage, USHORT LinkCollection,
                         USAGE Usage, LONG UsageValue, PHIDP_PREPARSED_DATA PreparsedData,
                         PCHAR Report, ULONG ReportLength)
{
    const struct hid_field *field;
    int64_t min;
    int64_t max;
    ULONG value;
    NTSTATUS status = find_single(ReportType, UsagePage, LinkCollection, Usage, PreparsedData,
                                  (UCHAR *)Report, ReportLength, true, &field);

    if (status != HIDP_STATUS_SUCCESS) {
        return status;
    }
    if (!extents(field, &min, &max)) {
        return HIDP_STATUS_BAD_LOG_PHY_VALUES;
    }
    if (UsageValue >= min && UsageValue <= max) {
        value = (ULONG)scale(UsageValue, min, max, field->logical_min, field->logical_max);
    } else if (has_null(field)) {
        value = null_value(field);
        status = HIDP_STATUS_NULL;
    } else {
        return HIDP_STATUS_VALUE_OUT_OF_RANGE;
    }
    hid_put_bits((UCHAR *)Report, bit_of(field, Usage), field->bit_size, value);
    return status;
}

/* Arrays ---------------------------------------------------------------------------------------- */

/* Those of one usage. */
static ULONG
array_bits(const struct hid_field *field)
{
    return field->bit_size * (hid_usages(field) == 1 ? field->count : 1);
}

static NTSTATUS
find_array(HIDP_REPORT_TYPE type, USAGE page, USHORT link, USAGE usage,
           const struct _HIDP_PREPARSED_DATA *data, UCHAR *report, ULONG length, USHORT room,
           bool assign, const struct hid_field **ret_field)
{
    NTSTATUS status = hid_check_report(data, type, length);

    if (status != HIDP_STATUS_SUCCESS) {
        return status;
    }
    *ret_field = hid_find(data, type, false, page, link, usage, report, assign, &status);
    if (*ret_field == NULL) {
        return status;
    }
    if (!hid_is_value_array(*ret_field)) {
        return HIDP_STATUS_NOT_VALUE_ARRAY;
    }
    return (array_bits(*ret_field) + 7) / 8 <= room ? HIDP_STATUS_SUCCESS
                                                    : HIDP_STATUS_BUFFER_TOO_SMALL;
}

static void
copy_bits(UCHAR *to, ULONG to_bit, const UCHAR *from, ULONG from_bit, ULONG size)
{
    while (size != 0) {
        ULONG now = size < 32 ? size : 32;

        hid_put_bits(to, to_bit, now, hid_get_bits(from, from_bit, now));
        to_bit += now;
        from_bit += now;
        size -= now;
    }
}

/* The values one after the other, each as many bits as in the report; what is left of the last byte is 0. */
NTSTATUS
HidP_GetUsageValueArray(HIDP_REPORT_TYPE ReportType, USAGE UsagePage, USHORT LinkCollection,
                        USAGE Usage, PCHAR UsageValue, USHORT UsageValueByteLength,
                        PHIDP_PREPARSED_DATA PreparsedData, PCHAR Report, ULONG ReportLength)
{
    const struct hid_field *field;
    NTSTATUS status =
        find_array(ReportType, UsagePage, LinkCollection, Usage, PreparsedData, (UCHAR *)Report,
                   ReportLength, UsageValueByteLength, false, &field);

    if (status == HIDP_STATUS_SUCCESS) {
        memset(UsageValue, 0, (array_bits(field) + 7) / 8);
        copy_bits((UCHAR *)UsageValue, 0, (UCHAR *)Report, bit_of(field, Usage), array_bits(field));
    }
    return status;
}

NTSTATUS
HidP_SetUsageValueArray(HIDP_REPORT_TYPE ReportType, USAGE UsagePage, USHORT LinkCollection,
                        USAGE Usage, PCHAR UsageValue, USHORT UsageValueByteLength,
                        PHIDP_PREPARSED_DATA PreparsedData, PCHAR Report, ULONG ReportLength)
{
    const struct hid_field *field;
    NTSTATUS status = find_array(ReportType, UsagePage, LinkCollection, Usage, PreparsedData,
                                 (UCHAR *)Report, ReportLength, UsageValueByteLength, true, &field);

    if (status == HIDP_STATUS_SUCCESS) {
        copy_bits((UCHAR *)Report, bit_of(field, Usage), (UCHAR *)UsageValue, 0, array_bits(field));
    }
    return status;
}

/* All zero, and the null of each control that has one. */
NTSTATUS
HidP_InitializeReportForID(HIDP_REPORT_TYPE ReportType, UCHAR ReportID,
                           PHIDP_PREPARSED_DATA PreparsedData, PCHAR Report, ULONG ReportLength)
{
    NTSTATUS status = hid_check_report(PreparsedData, ReportType, ReportLength);
    const struct hid_field *field;
    bool found = false;

    if (status != HIDP_STATUS_SUCCESS) {
        return status;
    }
    field = hid_fields(PreparsedData);
    for (uint32_t i = 0; i < PreparsedData->field_count; i++, field++) {
        if (field->type != ReportType || field->report_id != ReportID) {
            continue;
        }
        if (!found) {
            found = true;
            memset(Report, 0, ReportLength);
            Report[0] = (CHAR)ReportID;
        }
        for (ULONG j = 0;
             has_null(field) && !field->is_button && field->bit_size <= 32 && j < field->count;
             j++) {
            hid_put_bits((UCHAR *)Report, field->bit + j * field->bit_size, field->bit_size,
                         null_value(field));
        }
    }
    return found ? HIDP_STATUS_SUCCESS : HIDP_STATUS_REPORT_DOES_NOT_EXIST;
}

/* SPDX-License-Identifier: MIT */
/*
 * Report descriptors and reports: nothing is read or written beyond a report, the arrays that are filled are as long as
 * was said before, and what is set is what is read. The descriptor is the input up to a byte 0xC1 (reserved in
 * descriptors), the report what follows.
 */
#include <stdlib.h>
#include <string.h>

#include "hid/preparsed.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
require(int condition)
{
    if (!condition) {
        abort();
    }
}

static void
try_values(PHIDP_PREPARSED_DATA data, HIDP_REPORT_TYPE type, CHAR *report, USHORT length)
{
    USHORT count = 64;
    HIDP_VALUE_CAPS *caps = malloc(count * sizeof(*caps));
    NTSTATUS status = HidP_GetValueCaps(type, caps, &count, data);

    count = count < 64 ? count : 64;
    for (USHORT i = 0; status != HIDP_STATUS_USAGE_NOT_FOUND && i < count; i++) {
        USAGE usage = caps[i].Range.UsageMax;
        ULONG value = 0;
        LONG scaled;

        report[0] = (CHAR)caps[i].ReportID;
        if (HidP_GetUsageValue(type, caps[i].UsagePage, 0, usage, &value, data, report, length) ==
            HIDP_STATUS_SUCCESS) {
            ULONG again = ~value;

            require(HidP_SetUsageValue(type, caps[i].UsagePage, 0, usage, value, data, report,
                                       length) == HIDP_STATUS_SUCCESS);
            require(HidP_GetUsageValue(type, caps[i].UsagePage, 0, usage, &again, data, report,
                                       length) == HIDP_STATUS_SUCCESS);
            require(again == value);
        }
        if (HidP_GetScaledUsageValue(type, caps[i].UsagePage, 0, usage, &scaled, data, report,
                                     length) == HIDP_STATUS_SUCCESS) {
            HidP_SetScaledUsageValue(type, caps[i].UsagePage, 0, usage, scaled, data, report,
                                     length);
        }
        if ((ULONG)caps[i].BitSize * caps[i].ReportCount <= 8u * MAXUSHORT) {
            USHORT bytes = (USHORT)(((ULONG)caps[i].BitSize * caps[i].ReportCount + 7) / 8);
            CHAR *array = malloc(bytes != 0 ? bytes : 1);

            if (HidP_GetUsageValueArray(type, caps[i].UsagePage, 0, usage, array, bytes, data,
                                        report, length) == HIDP_STATUS_SUCCESS) {
                require(HidP_SetUsageValueArray(type, caps[i].UsagePage, 0, usage, array, bytes,
                                                data, report, length) == HIDP_STATUS_SUCCESS);
            }
            free(array);
        }
    }
    free(caps);
}

static void
try_buttons(PHIDP_PREPARSED_DATA data, HIDP_REPORT_TYPE type, CHAR *report, USHORT length)
{
    ULONG most = HidP_MaxUsageListLength(type, 0, data);
    ULONG count = most;
    USAGE_AND_PAGE *on = malloc(most != 0 ? most * sizeof(*on) : 1);
    HIDP_DATA *list;
    NTSTATUS status = HidP_GetUsagesEx(type, 0, on, &count, data, report, length);

    require(status != HIDP_STATUS_BUFFER_TOO_SMALL);
    for (ULONG i = 0; status == HIDP_STATUS_SUCCESS && i < count && i < 16; i++) {
        ULONG one = 1;

        require(HidP_SetUsages(type, on[i].UsagePage, 0, &on[i].Usage, &one, data, report,
                               length) != HIDP_STATUS_USAGE_NOT_FOUND);
        HidP_UnsetUsages(type, on[i].UsagePage, 0, &on[i].Usage, &one, data, report, length);
    }
    free(on);
    count = HidP_MaxDataListLength(type, data);
    list = malloc(count != 0 ? count * sizeof(*list) : 1);
    status = HidP_GetData(type, list, &count, data, report, length);
    require(status != HIDP_STATUS_BUFFER_TOO_SMALL);
    if (status == HIDP_STATUS_SUCCESS) {
        HidP_SetData(type, list, &count, data, report, length);
    }
    free(list);
}

static void
try_report(PHIDP_PREPARSED_DATA data, HIDP_REPORT_TYPE type, USHORT length, const uint8_t *bytes,
           size_t size)
{
    CHAR *report;

    if (length == 0) {
        return;
    }
    report = calloc(1, length);
    memcpy(report, bytes, size < length ? size : length);
    try_buttons(data, type, report, length);
    try_values(data, type, report, length);
    HidP_InitializeReportForID(type, size != 0 ? bytes[0] : 0, data, report, length);
    free(report);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *cut = size != 0 ? memchr(data, 0xC1, size) : NULL;
    size_t length = cut != NULL ? (size_t)(cut - data) : size;
    const uint8_t *rest = cut != NULL ? cut + 1 : data + size;
    struct hid_parsed parsed;
    UCHAR *copy = malloc(length != 0 ? length : 1);
    NTSTATUS status;

    if (length != 0) {
        memcpy(copy, data, length);
    }
    status = hid_parse(copy, length, &parsed);
    free(copy);
    require(parsed.error_offset <= length);
    require(NT_SUCCESS(status) == (parsed.collection_count != 0));
    for (size_t i = 0; i < parsed.collection_count; i++) {
        HIDP_CAPS caps;

        require(HidP_GetCaps(parsed.collections[i], &caps) == HIDP_STATUS_SUCCESS);
        try_report(parsed.collections[i], HidP_Input, caps.InputReportByteLength, rest,
                   (size_t)(data + size - rest));
        try_report(parsed.collections[i], HidP_Output, caps.OutputReportByteLength, rest,
                   (size_t)(data + size - rest));
        try_report(parsed.collections[i], HidP_Feature, caps.FeatureReportByteLength, rest,
                   (size_t)(data + size - rest));
    }
    hid_parsed_free(&parsed);
    return 0;
}

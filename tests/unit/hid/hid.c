/* SPDX-License-Identifier: MIT */
/* Report descriptors taken apart, and what reports say of them. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "descriptors.h"

static struct hid_parsed parsed;
static PHIDP_PREPARSED_DATA data;
static HIDP_CAPS caps;

/* In memory of exactly its size. */
static NTSTATUS
parse(const UCHAR *descriptor, size_t length)
{
    UCHAR *copy = malloc(length);
    NTSTATUS status;

    memcpy(copy, descriptor, length);
    status = hid_parse(copy, length, &parsed);
    free(copy);
    data = parsed.collection_count != 0 ? parsed.collections[0] : NULL;
    if (data != NULL) {
        ck_assert_int_eq(HidP_GetCaps(data, &caps), HIDP_STATUS_SUCCESS);
    }
    return status;
}

#define PARSE(descriptor) ck_assert_int_eq(parse(descriptor, sizeof(descriptor)), STATUS_SUCCESS)

static void
end(void)
{
    hid_parsed_free(&parsed);
}

START_TEST(a_mouse_has_buttons_and_values)
{
    HIDP_BUTTON_CAPS buttons[2];
    HIDP_VALUE_CAPS values[3];
    HIDP_LINK_COLLECTION_NODE nodes[2];
    ULONG node_count = 1;
    USHORT count = 2;

    PARSE(mouse);
    ck_assert_uint_eq(caps.UsagePage, 1);
    ck_assert_uint_eq(caps.Usage, 2);
    ck_assert_uint_eq(caps.InputReportByteLength, 5);
    ck_assert_uint_eq(caps.OutputReportByteLength, 0);
    ck_assert_uint_eq(caps.NumberInputButtonCaps, 1);
    ck_assert_uint_eq(caps.NumberInputValueCaps, 3);
    ck_assert_uint_eq(caps.NumberInputDataIndices, 6);
    ck_assert_int_eq(HidP_GetButtonCaps(HidP_Input, buttons, &count, data), HIDP_STATUS_SUCCESS);
    ck_assert_uint_eq(count, 1);
    ck_assert_uint_eq(buttons[0].UsagePage, 9);
    ck_assert(buttons[0].IsRange && buttons[0].IsAbsolute && !buttons[0].IsAlias);
    ck_assert_uint_eq(buttons[0].Range.UsageMin, 1);
    ck_assert_uint_eq(buttons[0].Range.UsageMax, 3);
    ck_assert_uint_eq(buttons[0].Range.DataIndexMax, 2);
    ck_assert_uint_eq(buttons[0].LinkCollection, 1);
    ck_assert_uint_eq(buttons[0].LinkUsage, 1);
    count = 3;
    ck_assert_int_eq(HidP_GetValueCaps(HidP_Input, values, &count, data), HIDP_STATUS_SUCCESS);
    ck_assert_uint_eq(values[2].NotRange.Usage, 0x38);
    ck_assert_uint_eq(values[2].NotRange.DataIndex, 5);
    ck_assert(!values[2].IsAbsolute && !values[2].IsRange);
    ck_assert_int_eq(values[2].LogicalMin, -127);
    ck_assert_uint_eq(values[2].BitSize, 8);
    count = 1;
    ck_assert_int_eq(HidP_GetValueCaps(HidP_Input, values, &count, data),
                     HIDP_STATUS_BUFFER_TOO_SMALL);
    ck_assert_uint_eq(count, 3);
    count = 3;
    ck_assert_int_eq(HidP_GetSpecificValueCaps(HidP_Input, 1, 0, 0x31, values, &count, data),
                     HIDP_STATUS_SUCCESS);
    ck_assert_uint_eq(count, 1);
    ck_assert_int_eq(HidP_GetSpecificValueCaps(HidP_Input, 1, 0, 0x39, values, &count, data),
                     HIDP_STATUS_USAGE_NOT_FOUND);
    ck_assert_int_eq(HidP_GetLinkCollectionNodes(nodes, &node_count, data),
                     HIDP_STATUS_BUFFER_TOO_SMALL);
    ck_assert_uint_eq(node_count, 2);
    ck_assert_int_eq(HidP_GetLinkCollectionNodes(nodes, &node_count, data), HIDP_STATUS_SUCCESS);
    ck_assert_uint_eq(nodes[0].NumberOfChildren, 1);
    ck_assert_uint_eq(nodes[0].FirstChild, 1);
    ck_assert_uint_eq(nodes[0].CollectionType, 1);
    ck_assert_uint_eq(nodes[1].Parent, 0);
    ck_assert_uint_eq(nodes[1].LinkUsage, 1);
    end();
}
END_TEST

START_TEST(a_report_says_which_buttons_are_on_and_the_values)
{
    CHAR report[5] = {0, 5, 10, -3, 0};
    USAGE usages[3];
    ULONG count = 3;
    ULONG value;
    LONG scaled;

    PARSE(mouse);
    ck_assert_uint_eq(HidP_MaxUsageListLength(HidP_Input, 9, data), 3);
    ck_assert_int_eq(HidP_GetUsages(HidP_Input, 9, 0, usages, &count, data, report, 5),
                     HIDP_STATUS_SUCCESS);
    ck_assert_uint_eq(count, 2);
    ck_assert_uint_eq(usages[0], 1);
    ck_assert_uint_eq(usages[1], 3);
    count = 1;
    ck_assert_int_eq(HidP_GetUsages(HidP_Input, 9, 0, usages, &count, data, report, 5),
                     HIDP_STATUS_BUFFER_TOO_SMALL);
    ck_assert_uint_eq(count, 2);
    ck_assert_int_eq(HidP_GetUsages(HidP_Input, 8, 0, usages, &count, data, report, 5),
                     HIDP_STATUS_USAGE_NOT_FOUND);
    ck_assert_int_eq(HidP_GetUsages(HidP_Input, 9, 0, usages, &count, data, report, 4),
                     HIDP_STATUS_INVALID_REPORT_LENGTH);
    ck_assert_int_eq(HidP_GetUsages(HidP_Output, 9, 0, usages, &count, data, report, 5),
                     HIDP_STATUS_REPORT_DOES_NOT_EXIST);
    ck_assert_int_eq(HidP_GetUsages(3, 9, 0, usages, &count, data, report, 5),
                     HIDP_STATUS_INVALID_REPORT_TYPE);
    ck_assert_int_eq(HidP_GetUsageValue(HidP_Input, 1, 0, 0x31, &value, data, report, 5),
                     HIDP_STATUS_SUCCESS);
    ck_assert_uint_eq(value, 0xFD); /* As it stands there. */
    ck_assert_int_eq(HidP_GetScaledUsageValue(HidP_Input, 1, 0, 0x31, &scaled, data, report, 5),
                     HIDP_STATUS_SUCCESS);
    ck_assert_int_eq(scaled, -3);
    report[2] = -128;
    ck_assert_int_eq(HidP_GetScaledUsageValue(HidP_Input, 1, 0, 0x30, &scaled, data, report, 5),
                     HIDP_STATUS_VALUE_OUT_OF_RANGE);
    /* In another link collection there is none. */
    ck_assert_int_eq(
        HidP_GetUsageValue(HidP_Input, 1, HIDP_LINK_COLLECTION_ROOT, 0x31, &value, data, report, 5),
        HIDP_STATUS_USAGE_NOT_FOUND);
    end();
}
END_TEST

START_TEST(an_array_has_the_numbers_of_what_is_on)
{
    CHAR report[9] = {0};
    CHAR lamps[2] = {0};
    USAGE usages[8] = {4, 0xE1, 5};
    USAGE lamp = 2;
    ULONG one = 1;
    ULONG count = 1;

    PARSE(keyboard);
    ck_assert_uint_eq(caps.InputReportByteLength, 9);
    ck_assert_uint_eq(caps.OutputReportByteLength, 2);
    ck_assert_uint_eq(HidP_MaxUsageListLength(HidP_Input, 7, data), 14);
    count = 3;
    ck_assert_int_eq(HidP_SetUsages(HidP_Input, 7, 0, usages, &count, data, report, 9),
                     HIDP_STATUS_SUCCESS);
    ck_assert_mem_eq(report, ((CHAR[]){0, 2, 0, 4, 5, 0, 0, 0, 0}), 9);
    count = 8;
    ck_assert_int_eq(HidP_GetUsages(HidP_Input, 7, 0, usages, &count, data, report, 9),
                     HIDP_STATUS_SUCCESS);
    ck_assert_uint_eq(count, 3);
    ck_assert_uint_eq(usages[0], 0xE1);
    ck_assert_uint_eq(usages[1], 4);
    ck_assert_int_eq(HidP_UnsetUsages(HidP_Input, 7, 0, &usages[1], &one, data, report, 9),
                     HIDP_STATUS_SUCCESS);
    ck_assert_int_eq(report[3], 0);
    ck_assert_int_eq(HidP_UnsetUsages(HidP_Input, 7, 0, &usages[1], &one, data, report, 9),
                     HIDP_STATUS_BUTTON_NOT_PRESSED);
    ck_assert_uint_eq(one, 0); /* The one that failed. */
    memcpy(report, ((CHAR[]){0, 0, 0, 10, 11, 12, 13, 14, 15}), 9);
    usages[0] = 11;
    usages[1] = 40;
    count = 2;
    ck_assert_int_eq(HidP_SetUsages(HidP_Input, 7, 0, usages, &count, data, report, 9),
                     HIDP_STATUS_BUFFER_TOO_SMALL);
    ck_assert_uint_eq(count, 1);
    one = 1;
    ck_assert_int_eq(HidP_SetUsages(HidP_Output, 8, 0, &lamp, &one, data, lamps, 2),
                     HIDP_STATUS_SUCCESS);
    ck_assert_int_eq(lamps[1], 2);
    end();
}
END_TEST

START_TEST(reports_are_known_by_their_ids)
{
    CHAR report[7] = {0};
    CHAR serial[5];
    USAGE on = 0x10;
    ULONG one = 1;
    ULONG value;
    LONG scaled;

    PARSE(panel);
    ck_assert_uint_eq(caps.FeatureReportByteLength, 7); /* Report 2's. */
    ck_assert_uint_eq(parsed.report_count, 2);
    ck_assert_uint_eq(parsed.reports[0].length[HidP_Feature], 3);
    /* The first usage makes a report of the empty one. */
    ck_assert_int_eq(HidP_SetUsages(HidP_Feature, 0xFF00, 0, &on, &one, data, report, 7),
                     HIDP_STATUS_SUCCESS);
    ck_assert_int_eq(report[0], 1);
    ck_assert_int_eq(HidP_SetUsageValue(HidP_Feature, 0xFF00, 0, 0x11, 100, data, report, 7),
                     HIDP_STATUS_SUCCESS);
    ck_assert_mem_eq(report, ((CHAR[]){1, 1, 100, 0, 0, 0, 0}), 7);
    ck_assert_int_eq(
        HidP_GetScaledUsageValue(HidP_Feature, 0xFF00, 0, 0x11, &scaled, data, report, 7),
        HIDP_STATUS_SUCCESS);
    ck_assert_int_eq(scaled, 500);
    ck_assert_int_eq(HidP_SetScaledUsageValue(HidP_Feature, 0xFF00, 0, 0x11, 1001, data, report, 7),
                     HIDP_STATUS_NULL);
    ck_assert_uint_eq((UCHAR)report[2], 0xFF);
    ck_assert_int_eq(
        HidP_GetScaledUsageValue(HidP_Feature, 0xFF00, 0, 0x11, &scaled, data, report, 7),
        HIDP_STATUS_NULL);
    ck_assert_int_eq(HidP_GetUsageValue(HidP_Feature, 0xFF00, 0, 0x21, &value, data, report, 7),
                     HIDP_STATUS_INCOMPATIBLE_REPORT_ID);

    ck_assert_int_eq(HidP_InitializeReportForID(HidP_Feature, 1, data, report, 7),
                     HIDP_STATUS_SUCCESS);
    ck_assert_mem_eq(report, ((CHAR[]){1, 0, -1, 0, 0, 0, 0}), 7);
    ck_assert_int_eq(HidP_InitializeReportForID(HidP_Feature, 3, data, report, 7),
                     HIDP_STATUS_REPORT_DOES_NOT_EXIST);
    ck_assert_int_eq(HidP_InitializeReportForID(HidP_Feature, 2, data, report, 7),
                     HIDP_STATUS_SUCCESS);
    ck_assert_int_eq(
        HidP_SetUsageValueArray(HidP_Feature, 0xFF00, 0, 0x20, "hello", 5, data, report, 7),
        HIDP_STATUS_SUCCESS);
    ck_assert_int_eq(
        HidP_GetUsageValueArray(HidP_Feature, 0xFF00, 0, 0x20, serial, 4, data, report, 7),
        HIDP_STATUS_BUFFER_TOO_SMALL);
    ck_assert_int_eq(
        HidP_GetUsageValueArray(HidP_Feature, 0xFF00, 0, 0x20, serial, 5, data, report, 7),
        HIDP_STATUS_SUCCESS);
    ck_assert_mem_eq(serial, ((CHAR[]){'h', 'e', 'l', 'l', 'o' & 7}), 5); /* 35 bits. */
    ck_assert_int_eq(HidP_GetUsageValue(HidP_Feature, 0xFF00, 0, 0x20, &value, data, report, 7),
                     HIDP_STATUS_IS_VALUE_ARRAY);
    ck_assert_int_eq(
        HidP_GetUsageValueArray(HidP_Feature, 0xFF00, 0, 0x21, serial, 5, data, report, 7),
        HIDP_STATUS_NOT_VALUE_ARRAY);
    ck_assert_int_eq(HidP_SetScaledUsageValue(HidP_Feature, 0xFF00, 0, 0x21, -500, data, report, 7),
                     HIDP_STATUS_SUCCESS);
    ck_assert_int_eq(
        HidP_GetScaledUsageValue(HidP_Feature, 0xFF00, 0, 0x21, &scaled, data, report, 7),
        HIDP_STATUS_SUCCESS);
    ck_assert_int_le(abs(scaled + 500), 1);
    /* Its neighbour is as it was. */
    ck_assert_int_eq(
        HidP_GetUsageValueArray(HidP_Feature, 0xFF00, 0, 0x20, serial, 5, data, report, 7),
        HIDP_STATUS_SUCCESS);
    ck_assert_int_eq(serial[0], 'h');
    end();
}
END_TEST

START_TEST(controls_have_data_indices)
{
    CHAR report[5] = {0, 2, 7, 8, 9};
    HIDP_DATA list[6];
    ULONG count = 6;

    PARSE(mouse);
    ck_assert_uint_eq(HidP_MaxDataListLength(HidP_Input, data), 6);
    ck_assert_int_eq(HidP_GetData(HidP_Input, list, &count, data, report, 5), HIDP_STATUS_SUCCESS);
    ck_assert_uint_eq(count, 4);
    ck_assert_uint_eq(list[0].DataIndex, 1);
    ck_assert(list[0].On);
    ck_assert_uint_eq(list[3].DataIndex, 5);
    ck_assert_uint_eq(list[3].RawValue, 9);
    list[0].On = FALSE;
    list[1] = (HIDP_DATA){.DataIndex = 4, .RawValue = 77};
    count = 2;
    ck_assert_int_eq(HidP_SetData(HidP_Input, list, &count, data, report, 5), HIDP_STATUS_SUCCESS);
    ck_assert_mem_eq(report, ((CHAR[]){0, 0, 7, 77, 9}), 5);
    list[1].DataIndex = 6;
    list[0].DataIndex = 0;
    list[0].On = TRUE;
    ck_assert_int_eq(HidP_SetData(HidP_Input, list, &count, data, report, 5),
                     HIDP_STATUS_DATA_INDEX_OUT_OF_RANGE);
    ck_assert_uint_eq(count, 1);
    count = 3;
    ck_assert_int_eq(HidP_GetData(HidP_Input, list, &count, data, report, 5),
                     HIDP_STATUS_BUFFER_TOO_SMALL);
    ck_assert_uint_eq(count, 4);
    end();
}
END_TEST

START_TEST(names_of_one_control_are_aliases)
{
    static const UCHAR aliased[] = {
        0x05, 0x0C, 0x09, 0x01, 0xA1, 0x01,             /* consumer */
        0xA9, 0x01, 0x09, 0x40, 0x09, 0x41, 0xA9, 0x00, /* 0x40, by another name 0x41 */
        0x09, 0x50,                                     /* 0x50 */
        0x15, 0x00, 0x25, 0x01, 0x75, 0x01, 0x95, 0x02, 0x81,
        0x02, 0x75, 0x06, 0x95, 0x01, 0x81, 0x03, 0xC0,
    };
    HIDP_BUTTON_CAPS buttons[3];
    CHAR report[2] = {0, 1};
    USAGE usages[3];
    ULONG length = 3;
    USHORT count = 3;

    PARSE(aliased);
    ck_assert_int_eq(HidP_GetButtonCaps(HidP_Input, buttons, &count, data), HIDP_STATUS_SUCCESS);
    ck_assert_uint_eq(count, 3);
    ck_assert(buttons[0].IsAlias && buttons[1].IsAlias && !buttons[2].IsAlias);
    ck_assert_int_eq(HidP_GetUsages(HidP_Input, 0x0C, 0, usages, &length, data, report, 2),
                     HIDP_STATUS_SUCCESS);
    ck_assert_uint_eq(length, 1);
    ck_assert_uint_eq(usages[0], 0x40);
    usages[0] = 0x50;
    usages[1] = 0x41;
    length = 2;
    report[1] = 0;
    ck_assert_int_eq(HidP_SetUsages(HidP_Input, 0x0C, 0, usages, &length, data, report, 2),
                     HIDP_STATUS_SUCCESS);
    ck_assert_int_eq(report[1], 3);
    end();
}
END_TEST

START_TEST(changes_are_what_one_list_has_and_the_other_has_not)
{
    USAGE before[4] = {4, 5, 6, 0};
    USAGE now[4] = {6, 9, 4, 0};
    USAGE gone[4];
    USAGE new[4];

    ck_assert_int_eq(HidP_UsageListDifference(before, now, gone, new, 4), HIDP_STATUS_SUCCESS);
    ck_assert_mem_eq(gone, ((USAGE[]){5, 0, 0, 0}), sizeof(gone));
    ck_assert_mem_eq(new, ((USAGE[]){9, 0, 0, 0}), sizeof(new));
}
END_TEST

static const struct {
    const char *what;
    UCHAR bytes[24];
    size_t length;
    NTSTATUS status;
    size_t offset;
} malformed[] = {
    {"nothing", {0}, 0, STATUS_NO_DATA_DETECTED, 0},
    {"no collection", {0x05, 0x01}, 2, STATUS_NO_DATA_DETECTED, 2},
    {"an item without its data", {0xA1, 0x01, 0x26, 0xFF}, 4, STATUS_COULD_NOT_INTERPRET, 2},
    {"a collection that does not end", {0xA1, 0x01}, 2, STATUS_COULD_NOT_INTERPRET, 2},
    {"an end without a collection", {0xC0}, 1, STATUS_COULD_NOT_INTERPRET, 0},
    {"an item outside of all", {0x75, 8, 0x95, 1, 0x81, 2}, 6, STATUS_COULD_NOT_INTERPRET, 4},
    {"report 0", {0xA1, 0x01, 0x85, 0, 0xC0}, 5, STATUS_COULD_NOT_INTERPRET, 2},
    {"a pop without a push", {0xB4}, 1, STATUS_COULD_NOT_INTERPRET, 0},
    {"a maximum without a minimum", {0xA1, 1, 0x29, 3, 0xC0}, 5, STATUS_COULD_NOT_INTERPRET, 2},
    {"a maximum below the minimum",
     {0xA1, 1, 0x19, 9, 0x29, 3, 0xC0},
     7,
     STATUS_COULD_NOT_INTERPRET,
     4},
    {"a set that does not end",
     {0xA1, 1, 0xA9, 1, 0x09, 1, 0x81, 2, 0xC0},
     9,
     STATUS_COULD_NOT_INTERPRET,
     6},
    {"a report that is too long",
     {0xA1, 1, 0x77, 0xFF, 0xFF, 0xFF, 0x7F, 0x97, 0xFF, 0xFF, 0xFF, 0x7F, 0x81, 2, 0xC0},
     15,
     STATUS_COULD_NOT_INTERPRET,
     12},
    {"a long item beyond the end", {0xFE, 9, 0, 1, 2}, 5, STATUS_COULD_NOT_INTERPRET, 0},
    {"a report of two collections",
     {0xA1, 1, 0x75, 8, 0x95, 1, 0x81, 3, 0xC0, 0xA1, 1, 0x81, 3, 0xC0},
     14,
     STATUS_COULD_NOT_INTERPRET,
     11},
};

START_TEST(what_is_malformed_is_refused_with_its_place)
{
    for (size_t i = 0; i < sizeof(malformed) / sizeof(malformed[0]); i++) {
        NTSTATUS status = parse(malformed[i].bytes, malformed[i].length);

        ck_assert_msg(status == malformed[i].status, "%s: %x", malformed[i].what, status);
        ck_assert_msg(parsed.error_offset == malformed[i].offset, "%s: at %zu", malformed[i].what,
                      parsed.error_offset);
        ck_assert_uint_eq(parsed.collection_count, 0);
    }
    ck_assert_int_eq(HidP_GetCaps(NULL, &caps), HIDP_STATUS_INVALID_PREPARSED_DATA);
}
END_TEST

START_TEST(a_device_has_several_collections)
{
    static const UCHAR two[] = {
        0x05, 0x01, 0x09, 0x02, 0xA1, 0x01, 0x85, 0x01, 0x09, 0x30,
        0x75, 0x08, 0x95, 0x01, 0x25, 0x7F, 0x81, 0x02, 0xC0, /* a mouse, report 1 */
        0x09, 0x06, 0xA1, 0x01, 0x85, 0x02, 0x85, 0x03, 0x09, 0x31,
        0x95, 0x02, 0xB1, 0x02, 0xC0, /* a keyboard, report 3 */
    };

    PARSE(two);
    ck_assert_uint_eq(parsed.collection_count, 2);
    ck_assert_uint_eq(caps.FeatureReportByteLength, 0);
    ck_assert_int_eq(HidP_GetCaps(parsed.collections[1], &caps), HIDP_STATUS_SUCCESS);
    ck_assert_uint_eq(caps.Usage, 6);
    ck_assert_uint_eq(caps.InputReportByteLength, 0);
    ck_assert_uint_eq(caps.FeatureReportByteLength, 3);
    ck_assert_uint_eq(parsed.report_count, 2);
    ck_assert_uint_eq(parsed.reports[1].id, 3);
    ck_assert_uint_eq(parsed.reports[1].collection, 2);
    end();
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("hid");
    TCase *tests = tcase_create("hid");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_test(tests, a_mouse_has_buttons_and_values);
    tcase_add_test(tests, a_report_says_which_buttons_are_on_and_the_values);
    tcase_add_test(tests, an_array_has_the_numbers_of_what_is_on);
    tcase_add_test(tests, reports_are_known_by_their_ids);
    tcase_add_test(tests, controls_have_data_indices);
    tcase_add_test(tests, names_of_one_control_are_aliases);
    tcase_add_test(tests, changes_are_what_one_list_has_and_the_other_has_not);
    tcase_add_test(tests, what_is_malformed_is_refused_with_its_place);
    tcase_add_test(tests, a_device_has_several_collections);
    suite_add_tcase(suite, tests);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

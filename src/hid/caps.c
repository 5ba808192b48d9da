/* SPDX-License-Identifier: MIT */
/* What a collection has: its lengths and counts, its link collections, its buttons and values. */
#include "hid/preparsed.h"

#include <string.h>

NTSTATUS
hid_check(const struct _HIDP_PREPARSED_DATA *data, HIDP_REPORT_TYPE type)
{
    if (data == NULL || data->magic != HID_MAGIC) {
        return HIDP_STATUS_INVALID_PREPARSED_DATA;
    }
    return (unsigned)type < HID_REPORT_TYPES ? HIDP_STATUS_SUCCESS
                                             : HIDP_STATUS_INVALID_REPORT_TYPE;
}

NTSTATUS
hid_check_report(const struct _HIDP_PREPARSED_DATA *data, HIDP_REPORT_TYPE type, ULONG length)
{
    NTSTATUS status = hid_check(data, type);

    if (status != HIDP_STATUS_SUCCESS) {
        return status;
    }
    if (data->report_length[type] == 0) {
        return HIDP_STATUS_REPORT_DOES_NOT_EXIST;
    }
    return length == data->report_length[type] ? HIDP_STATUS_SUCCESS
                                               : HIDP_STATUS_INVALID_REPORT_LENGTH;
}

bool
hid_is_linked(const struct hid_field *field, USHORT link)
{
    return link == HIDP_LINK_COLLECTION_UNSPECIFIED ||
           field->link == (link == HIDP_LINK_COLLECTION_ROOT ? 0 : link);
}

const struct hid_field *
hid_find(const struct _HIDP_PREPARSED_DATA *data, HIDP_REPORT_TYPE type, bool button, USAGE page,
         USHORT link, USAGE usage, UCHAR *report, bool assign, NTSTATUS *ret_status)
{
    const struct hid_field *field = hid_fields(data);

    *ret_status = HIDP_STATUS_USAGE_NOT_FOUND;
    for (uint32_t i = 0; i < data->field_count; i++, field++) {
        if (field->type != type || field->is_button != button || field->page != page ||
            usage < field->usage_min || usage > field->usage_max || !hid_is_linked(field, link)) {
            continue;
        }
        if (assign && report[0] == 0) {
            report[0] = field->report_id;
        }
        if (report[0] == field->report_id) {
            *ret_status = HIDP_STATUS_SUCCESS;
            return field;
        }
        *ret_status = HIDP_STATUS_INCOMPATIBLE_REPORT_ID;
    }
    return NULL;
}

ULONG
hid_get_bits(const UCHAR *report, ULONG bit, ULONG size)
{
    uint64_t value = 0;
    ULONG bytes = (bit % 8 + size + 7) / 8;

    for (ULONG i = 0; i < bytes; i++) {
        value |= (uint64_t)report[bit / 8 + i] << (8 * i);
    }
    return (ULONG)(value >> (bit % 8)) & (ULONG)((1ull << size) - 1);
}

void
hid_put_bits(UCHAR *report, ULONG bit, ULONG size, ULONG value)
{
    for (ULONG i = 0; i < size; i++, bit++) {
        UCHAR mask = (UCHAR)(1u << (bit % 8));

        report[bit / 8] = (UCHAR)((report[bit / 8] & ~mask) | ((value >> i) & 1 ? mask : 0));
    }
}

/* Capability arrays ----------------------------------------------------------------------------- */

static USHORT
count(const struct _HIDP_PREPARSED_DATA *data, HIDP_REPORT_TYPE type, bool button)
{
    const struct hid_field *field = hid_fields(data);
    unsigned found = 0;

    for (uint32_t i = 0; i < data->field_count; i++, field++) {
        found += field->type == type && field->is_button == button;
    }
    return (USHORT)found; /* Each has a data index, and those are 16 bits. */
}

/* The lengths count the report id's byte, whether the device sends one or not. Any IRQL. */
NTSTATUS
HidP_GetCaps(PHIDP_PREPARSED_DATA PreparsedData, PHIDP_CAPS Capabilities)
{
    NTSTATUS status = hid_check(PreparsedData, HidP_Input);
    const struct _HIDP_PREPARSED_DATA *data = PreparsedData;

    if (status != HIDP_STATUS_SUCCESS) {
        return status;
    }
    memset(Capabilities, 0, sizeof(*Capabilities));
    Capabilities->Usage = hid_nodes(data)[0].usage;
    Capabilities->UsagePage = hid_nodes(data)[0].page;
    Capabilities->InputReportByteLength = data->report_length[HidP_Input];
    Capabilities->OutputReportByteLength = data->report_length[HidP_Output];
    Capabilities->FeatureReportByteLength = data->report_length[HidP_Feature];
    Capabilities->NumberLinkCollectionNodes = (USHORT)data->node_count;
    Capabilities->NumberInputButtonCaps = count(data, HidP_Input, true);
    Capabilities->NumberInputValueCaps = count(data, HidP_Input, false);
    Capabilities->NumberInputDataIndices = data->data_indices[HidP_Input];
    Capabilities->NumberOutputButtonCaps = count(data, HidP_Output, true);
    Capabilities->NumberOutputValueCaps = count(data, HidP_Output, false);
    Capabilities->NumberOutputDataIndices = data->data_indices[HidP_Output];
    Capabilities->NumberFeatureButtonCaps = count(data, HidP_Feature, true);
    Capabilities->NumberFeatureValueCaps = count(data, HidP_Feature, false);
    Capabilities->NumberFeatureDataIndices = data->data_indices[HidP_Feature];
    return HIDP_STATUS_SUCCESS;
}

/* *LinkCollectionNodesLength: in, the array's; out, what is needed or was written. */
NTSTATUS
HidP_GetLinkCollectionNodes(PHIDP_LINK_COLLECTION_NODE LinkCollectionNodes,
                            PULONG LinkCollectionNodesLength, PHIDP_PREPARSED_DATA PreparsedData)
{
    NTSTATUS status = hid_check(PreparsedData, HidP_Input);
    ULONG room = *LinkCollectionNodesLength;
    const struct hid_node *nodes;

    if (status != HIDP_STATUS_SUCCESS) {
        return status;
    }
    *LinkCollectionNodesLength = PreparsedData->node_count;
    if (room < PreparsedData->node_count) {
        return HIDP_STATUS_BUFFER_TOO_SMALL;
    }
    nodes = hid_nodes(PreparsedData);
    for (uint32_t i = 0; i < PreparsedData->node_count; i++) {
        LinkCollectionNodes[i] = (HIDP_LINK_COLLECTION_NODE){
            .LinkUsage = nodes[i].usage,
            .LinkUsagePage = nodes[i].page,
            .Parent = nodes[i].parent,
            .NumberOfChildren = nodes[i].children,
            .NextSibling = nodes[i].next_sibling,
            .FirstChild = nodes[i].first_child,
            .CollectionType = nodes[i].type,
        };
    }
    return HIDP_STATUS_SUCCESS;
}

/* 0 is any page, any usage, any link collection. */
static bool
is_meant(const struct hid_field *field, HIDP_REPORT_TYPE type, bool button, USAGE page, USHORT link,
         USAGE usage)
{
    return field->type == type && field->is_button == button &&
           (page == 0 || field->page == page) &&
           (usage == 0 || (usage >= field->usage_min && usage <= field->usage_max)) &&
           hid_is_linked(field, link);
}

static void
fill_button(const struct _HIDP_PREPARSED_DATA *data, const struct hid_field *field,
            HIDP_BUTTON_CAPS *caps)
{
    const struct hid_node *link = &hid_nodes(data)[field->link];

    memset(caps, 0, sizeof(*caps));
    caps->UsagePage = field->page;
    caps->ReportID = field->report_id;
    caps->IsAlias = field->is_alias;
    caps->BitField = field->bits;
    caps->LinkCollection = field->link;
    caps->LinkUsage = link->usage;
    caps->LinkUsagePage = link->page;
    caps->IsRange = field->usage_min != field->usage_max;
    caps->IsStringRange = field->string_min != field->string_max;
    caps->IsDesignatorRange = field->designator_min != field->designator_max;
    caps->IsAbsolute = (field->bits & 4) == 0;
    caps->Range.UsageMin = field->usage_min;
    caps->Range.UsageMax = field->usage_max; /* Of a single one, both are it. */
    caps->Range.StringMin = field->string_min;
    caps->Range.StringMax = field->string_max;
    caps->Range.DesignatorMin = field->designator_min;
    caps->Range.DesignatorMax = field->designator_max;
    caps->Range.DataIndexMin = field->index;
    caps->Range.DataIndexMax = (USHORT)(field->index + hid_usages(field) - 1);
}

static void
fill_value(const struct _HIDP_PREPARSED_DATA *data, const struct hid_field *field,
           HIDP_VALUE_CAPS *caps)
{
    const struct hid_node *link = &hid_nodes(data)[field->link];

    memset(caps, 0, sizeof(*caps));
    caps->UsagePage = field->page;
    caps->ReportID = field->report_id;
    caps->IsAlias = field->is_alias;
    caps->BitField = field->bits;
    caps->LinkCollection = field->link;
    caps->LinkUsage = link->usage;
    caps->LinkUsagePage = link->page;
    caps->IsRange = field->usage_min != field->usage_max;
    caps->IsStringRange = field->string_min != field->string_max;
    caps->IsDesignatorRange = field->designator_min != field->designator_max;
    caps->IsAbsolute = (field->bits & 4) == 0;
    caps->HasNull = (field->bits & 0x40) != 0;
    caps->BitSize = (USHORT)field->bit_size;
    caps->ReportCount = (USHORT)field->count;
    caps->UnitsExp = field->unit_exponent;
    caps->Units = field->unit;
    caps->LogicalMin = field->logical_min;
    caps->LogicalMax = field->logical_max;
    caps->PhysicalMin = field->physical_min;
    caps->PhysicalMax = field->physical_max;
    caps->Range.UsageMin = field->usage_min;
    caps->Range.UsageMax = field->usage_max;
    caps->Range.StringMin = field->string_min;
    caps->Range.StringMax = field->string_max;
    caps->Range.DesignatorMin = field->designator_min;
    caps->Range.DesignatorMax = field->designator_max;
    caps->Range.DataIndexMin = field->index;
    caps->Range.DataIndexMax = (USHORT)(field->index + hid_usages(field) - 1);
}

static NTSTATUS
list(HIDP_REPORT_TYPE type, bool button, USAGE page, USHORT link, USAGE usage, void *caps,
     PUSHORT length, const struct _HIDP_PREPARSED_DATA *data)
{
    NTSTATUS status = hid_check(data, type);
    const struct hid_field *field;
    USHORT room = *length;
    USHORT found = 0;

    if (status != HIDP_STATUS_SUCCESS) {
        return status;
    }
    field = hid_fields(data);
    for (uint32_t i = 0; i < data->field_count; i++, field++) {
        if (!is_meant(field, type, button, page, link, usage)) {
            continue;
        }
        if (found < room && button) {
            fill_button(data, field, (HIDP_BUTTON_CAPS *)caps + found);
        } else if (found < room) {
            fill_value(data, field, (HIDP_VALUE_CAPS *)caps + found);
        }
        found++;
    }
    *length = found;
    if (found == 0) {
        return HIDP_STATUS_USAGE_NOT_FOUND;
    }
    return found <= room ? HIDP_STATUS_SUCCESS : HIDP_STATUS_BUFFER_TOO_SMALL;
}

/* *ButtonCapsLength: in, the array's; out, how many there are. 0 for page, link and usage: any. */
NTSTATUS
HidP_GetSpecificButtonCaps(HIDP_REPORT_TYPE ReportType, USAGE UsagePage, USHORT LinkCollection,
                           USAGE Usage, PHIDP_BUTTON_CAPS ButtonCaps, PUSHORT ButtonCapsLength,
                           PHIDP_PREPARSED_DATA PreparsedData)
{
    return list(ReportType, true, UsagePage, LinkCollection, Usage, ButtonCaps, ButtonCapsLength,
                PreparsedData);
}

NTSTATUS
HidP_GetSpecificValueCaps(HIDP_REPORT_TYPE ReportType, USAGE UsagePage, USHORT LinkCollection,
                          USAGE Usage, PHIDP_VALUE_CAPS ValueCaps, PUSHORT ValueCapsLength,
                          PHIDP_PREPARSED_DATA PreparsedData)
{
    return list(ReportType, false, UsagePage, LinkCollection, Usage, ValueCaps, ValueCapsLength,
                PreparsedData);
}

NTSTATUS
HidP_GetButtonCaps(HIDP_REPORT_TYPE ReportType, PHIDP_BUTTON_CAPS ButtonCaps,
                   PUSHORT ButtonCapsLength, PHIDP_PREPARSED_DATA PreparsedData)
{
    return list(ReportType, true, 0, 0, 0, ButtonCaps, ButtonCapsLength, PreparsedData);
}

NTSTATUS
HidP_GetValueCaps(HIDP_REPORT_TYPE ReportType, PHIDP_VALUE_CAPS ValueCaps, PUSHORT ValueCapsLength,
                  PHIDP_PREPARSED_DATA PreparsedData)
{
    return list(ReportType, false, 0, 0, 0, ValueCaps, ValueCapsLength, PreparsedData);
}

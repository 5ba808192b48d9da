/* SPDX-License-Identifier: MIT */
/* Items: what comes one after the other in a report descriptor (HID 1.11, 6.2.2). */
#include "hid/parse_priv.h"

#include <stdlib.h>
#include <string.h>

#include "sys/memory.h"

#define LONG_ITEM       0xFEu
#define DEPTH_MAX       64u  /* Collections within collections, and pushed states. */
#define COLLECTIONS_MAX 255u /* Top-level ones: HIDP_COLLECTION_DESC counts them in a byte. */

/* Types and tags, as one byte without the size. */
enum {
    MAIN_INPUT = 0x80,
    MAIN_OUTPUT = 0x90,
    MAIN_COLLECTION = 0xA0,
    MAIN_FEATURE = 0xB0,
    MAIN_END_COLLECTION = 0xC0,
    GLOBAL_USAGE_PAGE = 0x04,
    GLOBAL_LOGICAL_MIN = 0x14,
    GLOBAL_LOGICAL_MAX = 0x24,
    GLOBAL_PHYSICAL_MIN = 0x34,
    GLOBAL_PHYSICAL_MAX = 0x44,
    GLOBAL_UNIT_EXPONENT = 0x54,
    GLOBAL_UNIT = 0x64,
    GLOBAL_REPORT_SIZE = 0x74,
    GLOBAL_REPORT_ID = 0x84,
    GLOBAL_REPORT_COUNT = 0x94,
    GLOBAL_PUSH = 0xA4,
    GLOBAL_POP = 0xB4,
    LOCAL_USAGE = 0x08,
    LOCAL_USAGE_MIN = 0x18,
    LOCAL_USAGE_MAX = 0x28,
    LOCAL_DESIGNATOR = 0x38,
    LOCAL_DESIGNATOR_MIN = 0x48,
    LOCAL_DESIGNATOR_MAX = 0x58,
    LOCAL_STRING = 0x78,
    LOCAL_STRING_MIN = 0x88,
    LOCAL_STRING_MAX = 0x98,
    LOCAL_DELIMITER = 0xA8,
};

struct item {
    unsigned tag;
    unsigned size;
    uint32_t value;
    LONG signed_value;
};

void *
hid_array_add(struct hid_array *array, size_t item_size)
{
    if (array->count == array->room) {
        size_t room = array->room != 0 ? 2 * array->room : 8;
        void *items = sys_alloc_zeroed(room * item_size);

        if (items == NULL) {
            return NULL;
        }
        if (array->count != 0) {
            memcpy(items, array->items, array->count * item_size);
        }
        sys_free(array->items);
        array->items = items;
        array->room = room;
    }
    return (char *)array->items + item_size * array->count++;
}

static void
array_free(struct hid_array *array)
{
    sys_free(array->items);
    *array = (struct hid_array){0};
}

static void
locals_reset(struct hid_locals *locals)
{
    array_free(&locals->usages);
    array_free(&locals->strings);
    array_free(&locals->designators);
    *locals = (struct hid_locals){0};
}

/* Local items ----------------------------------------------------------------------------------- */

static NTSTATUS
add_local(struct hid_locals *locals, struct hid_array *array, const struct hid_local *item)
{
    struct hid_local *local = hid_array_add(array, sizeof(*local));

    if (local == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    *local = *item;
    if (locals->in_set && array == &locals->usages) {
        local->is_alias = true;
        local->is_other_name = locals->in_set_count++ != 0;
        if (local->min != local->max) {
            return STATUS_COULD_NOT_INTERPRET; /* "Ranges may not be used in a delimited set." */
        }
    }
    return STATUS_SUCCESS;
}

/* A usage of four bytes has its page in it. */
static struct hid_local
local_of(const struct item *item)
{
    return (struct hid_local){
        .page = item->size == 4 ? (USAGE)(item->value >> 16) : 0,
        .min = (USHORT)item->value,
        .max = (USHORT)item->value,
    };
}

static NTSTATUS
local_range(struct hid_locals *locals, struct hid_array *array, unsigned which, bool is_max,
            const struct item *item)
{
    struct hid_local local = local_of(item);

    if (!is_max) {
        locals->pending[which] = local;
        locals->has_min[which] = true;
        return STATUS_SUCCESS;
    }
    if (!locals->has_min[which] || locals->pending[which].min > local.max ||
        (local.page != 0 && locals->pending[which].page != 0 &&
         local.page != locals->pending[which].page)) {
        return STATUS_COULD_NOT_INTERPRET;
    }
    locals->has_min[which] = false;
    local.min = locals->pending[which].min;
    local.page = local.page != 0 ? local.page : locals->pending[which].page;
    local.is_range = true;
    return add_local(locals, array, &local);
}

static NTSTATUS
delimiter(struct hid_locals *locals, const struct item *item)
{
    if ((item->value == 1) == locals->in_set || item->value > 1) {
        return STATUS_COULD_NOT_INTERPRET; /* Opened twice, or closed and not open. */
    }
    locals->in_set = item->value == 1;
    locals->in_set_count = 0;
    return STATUS_SUCCESS;
}

static NTSTATUS
local_item(struct hid_parse *parse, const struct item *item)
{
    struct hid_locals *locals = &parse->locals;
    struct hid_local local = local_of(item);

    switch (item->tag) {
    case LOCAL_USAGE:
        return add_local(locals, &locals->usages, &local);
    case LOCAL_USAGE_MIN:
    case LOCAL_USAGE_MAX:
        return local_range(locals, &locals->usages, 0, item->tag == LOCAL_USAGE_MAX, item);
    case LOCAL_DESIGNATOR:
        return add_local(locals, &locals->designators, &local);
    case LOCAL_DESIGNATOR_MIN:
    case LOCAL_DESIGNATOR_MAX:
        return local_range(locals, &locals->designators, 1, item->tag == LOCAL_DESIGNATOR_MAX,
                           item);
    case LOCAL_STRING:
        return add_local(locals, &locals->strings, &local);
    case LOCAL_STRING_MIN:
    case LOCAL_STRING_MAX:
        return local_range(locals, &locals->strings, 2, item->tag == LOCAL_STRING_MAX, item);
    case LOCAL_DELIMITER:
        return delimiter(locals, item);
    default:
        return STATUS_SUCCESS; /* Reserved. */
    }
}

/* Global items ---------------------------------------------------------------------------------- */

static NTSTATUS
push(struct hid_parse *parse)
{
    struct hid_globals *pushed;

    if (parse->stack.count == DEPTH_MAX) {
        return STATUS_COULD_NOT_INTERPRET;
    }
    pushed = hid_array_add(&parse->stack, sizeof(*pushed));
    if (pushed == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    *pushed = parse->globals;
    return STATUS_SUCCESS;
}

static NTSTATUS
pop(struct hid_parse *parse)
{
    if (parse->stack.count == 0) {
        return STATUS_COULD_NOT_INTERPRET;
    }
    parse->globals = ((struct hid_globals *)parse->stack.items)[--parse->stack.count];
    return STATUS_SUCCESS;
}

static NTSTATUS
global_item(struct hid_parse *parse, const struct item *item)
{
    struct hid_globals *globals = &parse->globals;

    switch (item->tag) {
    case GLOBAL_USAGE_PAGE:
        globals->page = (USAGE)item->value;
        break;
    case GLOBAL_LOGICAL_MIN:
        globals->logical_min = item->signed_value;
        break;
    case GLOBAL_LOGICAL_MAX:
        globals->logical_max = item->signed_value;
        break;
    case GLOBAL_PHYSICAL_MIN:
        globals->physical_min = item->signed_value;
        break;
    case GLOBAL_PHYSICAL_MAX:
        globals->physical_max = item->signed_value;
        break;
    case GLOBAL_UNIT_EXPONENT:
        globals->unit_exponent = item->value;
        break;
    case GLOBAL_UNIT:
        globals->unit = item->value;
        break;
    case GLOBAL_REPORT_SIZE:
        globals->report_size = item->value;
        break;
    case GLOBAL_REPORT_COUNT:
        globals->report_count = item->value;
        break;
    case GLOBAL_REPORT_ID:
        if (item->value == 0 || item->value > 255) {
            return STATUS_COULD_NOT_INTERPRET; /* "Report ID zero is reserved." */
        }
        globals->report_id = (UCHAR)item->value;
        break;
    case GLOBAL_PUSH:
        return push(parse);
    case GLOBAL_POP:
        return pop(parse);
    default:
        break; /* Reserved. */
    }
    return STATUS_SUCCESS;
}

/* Collections ----------------------------------------------------------------------------------- */

static NTSTATUS
begin_collection(struct hid_parse *parse, UCHAR type)
{
    const struct hid_local *usage = parse->locals.usages.items;
    struct hid_node *node;
    USHORT number = (USHORT)parse->nodes.count;

    if (parse->depth == DEPTH_MAX || parse->nodes.count == MAXUSHORT - 1u ||
        (parse->depth == 0 && parse->parsed->collection_count == COLLECTIONS_MAX)) {
        return STATUS_COULD_NOT_INTERPRET;
    }
    node = hid_array_add(&parse->nodes, sizeof(*node));
    if (node == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    node->type = type;
    node->page = parse->globals.page;
    if (usage != NULL) {
        node->usage = usage->min;
        node->page = usage->page != 0 ? usage->page : node->page;
    }
    if (parse->depth != 0) {
        struct hid_node *nodes = parse->nodes.items;
        struct hid_node *parent = &nodes[parse->link];

        if (parent->children++ == 0) {
            parent->first_child = number;
        } else {
            nodes[parent->last_child].next_sibling = number;
        }
        parent->last_child = number;
        node->parent = parse->link;
    }
    parse->link = number;
    parse->depth++;
    return STATUS_SUCCESS;
}

static USHORT
report_length(const struct hid_parse *parse, unsigned id, unsigned type)
{
    ULONG bits = parse->reports[id].bits[type];

    return bits != 0 ? (USHORT)(1 + (bits + 7) / 8) : 0;
}

/* The top-level collection is whole: its block. */
static NTSTATUS
finish_collection(struct hid_parse *parse)
{
    struct hid_parsed *parsed = parse->parsed;
    size_t size = sizeof(struct _HIDP_PREPARSED_DATA) +
                  parse->fields.count * sizeof(struct hid_field) +
                  parse->nodes.count * sizeof(struct hid_node);
    struct hid_array collections = {parsed->collections, parsed->collection_count,
                                    parsed->collection_count};
    struct _HIDP_PREPARSED_DATA *data = sys_alloc_zeroed(size);
    PHIDP_PREPARSED_DATA *place = NULL;

    if (data != NULL) {
        place = hid_array_add(&collections, sizeof(*place));
    }
    if (place == NULL) {
        sys_free(data);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    data->magic = HID_MAGIC;
    data->size = (uint32_t)size;
    data->field_count = (uint32_t)parse->fields.count;
    data->node_count = (uint32_t)parse->nodes.count;
    if (parse->fields.count != 0) {
        memcpy(hid_fields(data), parse->fields.items,
               parse->fields.count * sizeof(struct hid_field));
    }
    memcpy(hid_nodes(data), parse->nodes.items, parse->nodes.count * sizeof(struct hid_node));
    for (unsigned type = 0; type < HID_REPORT_TYPES; type++) {
        data->data_indices[type] = (USHORT)parse->data_indices[type];
        for (unsigned id = 0; id < 256; id++) {
            if (parse->reports[id].used &&
                parse->reports[id].collection == parsed->collection_count + 1 &&
                report_length(parse, id, type) > data->report_length[type]) {
                data->report_length[type] = report_length(parse, id, type);
            }
        }
    }
    *place = data;
    parsed->collections = collections.items;
    parsed->collection_count++;
    array_free(&parse->fields);
    array_free(&parse->nodes);
    memset(parse->data_indices, 0, sizeof(parse->data_indices));
    return STATUS_SUCCESS;
}

static NTSTATUS
end_collection(struct hid_parse *parse)
{
    const struct hid_node *nodes = parse->nodes.items;

    if (parse->depth == 0) {
        return STATUS_COULD_NOT_INTERPRET;
    }
    parse->link = nodes[parse->link].parent;
    return --parse->depth == 0 ? finish_collection(parse) : STATUS_SUCCESS;
}

static NTSTATUS
main_item(struct hid_parse *parse, const struct item *item)
{
    NTSTATUS status = STATUS_SUCCESS;

    if (parse->locals.in_set) {
        return STATUS_COULD_NOT_INTERPRET; /* The set of names was never closed. */
    }
    switch (item->tag) {
    case MAIN_INPUT:
        status = hid_main_item(parse, HidP_Input, (USHORT)item->value);
        break;
    case MAIN_OUTPUT:
        status = hid_main_item(parse, HidP_Output, (USHORT)item->value);
        break;
    case MAIN_FEATURE:
        status = hid_main_item(parse, HidP_Feature, (USHORT)item->value);
        break;
    case MAIN_COLLECTION:
        status = begin_collection(parse, (UCHAR)item->value);
        break;
    case MAIN_END_COLLECTION:
        status = end_collection(parse);
        break;
    default:
        break; /* Reserved. */
    }
    locals_reset(&parse->locals);
    return status;
}

/* The whole ------------------------------------------------------------------------------------- */

/* The item at `at`; its length, or 0: it is not whole. */
static size_t
read_item(const UCHAR *at, size_t left, struct item *item)
{
    static const UCHAR sizes[] = {0, 1, 2, 4};

    item->tag = at[0] & 0xFCu;
    item->size = sizes[at[0] & 3];
    item->value = 0;
    if (at[0] == LONG_ITEM) { /* None is defined: they are passed over. */
        item->tag = 0x0C;
        item->size = 0;
        return left >= 3 && left - 3 >= at[1] ? 3u + at[1] : 0;
    }
    if (left < 1u + item->size) {
        return 0;
    }
    for (unsigned i = 0; i < item->size; i++) {
        item->value |= (uint32_t)at[1 + i] << (8 * i);
    }
    item->signed_value = item->size == 1   ? (int8_t)item->value
                         : item->size == 2 ? (int16_t)item->value
                                           : (int32_t)item->value;
    return 1u + item->size;
}

static NTSTATUS
parse_items(struct hid_parse *parse, const UCHAR *descriptor, size_t length)
{
    size_t at = 0;

    while (at < length) {
        struct item item;
        size_t size = read_item(descriptor + at, length - at, &item);
        NTSTATUS status = size != 0 ? STATUS_SUCCESS : STATUS_COULD_NOT_INTERPRET;

        if (NT_SUCCESS(status)) {
            switch (item.tag & 0x0C) {
            case 0x00:
                status = main_item(parse, &item);
                break;
            case 0x04:
                status = global_item(parse, &item);
                break;
            case 0x08:
                status = local_item(parse, &item);
                break;
            default:
                break; /* Reserved. */
            }
        }
        if (!NT_SUCCESS(status)) {
            parse->parsed->error_offset = at;
            return status;
        }
        at += size;
    }
    parse->parsed->error_offset = length;
    if (parse->depth != 0) {
        return STATUS_COULD_NOT_INTERPRET;
    }
    return parse->parsed->collection_count != 0 ? STATUS_SUCCESS : STATUS_NO_DATA_DETECTED;
}

static NTSTATUS
list_reports(struct hid_parse *parse)
{
    struct hid_array reports = {0};

    for (unsigned id = 0; id < 256; id++) {
        struct hid_report *report;

        if (!parse->reports[id].used) {
            continue;
        }
        report = hid_array_add(&reports, sizeof(*report));
        if (report == NULL) {
            array_free(&reports);
            return STATUS_INSUFFICIENT_RESOURCES;
        }
        report->id = (UCHAR)id;
        report->collection = parse->reports[id].collection;
        for (unsigned type = 0; type < HID_REPORT_TYPES; type++) {
            report->length[type] = report_length(parse, id, type);
        }
    }
    parse->parsed->reports = reports.items;
    parse->parsed->report_count = reports.count;
    return STATUS_SUCCESS;
}

NTSTATUS
hid_parse(const UCHAR *descriptor, size_t length, struct hid_parsed *ret_parsed)
{
    struct hid_parse *parse = sys_alloc_zeroed(sizeof(*parse));
    struct hid_parsed parsed = {0};
    NTSTATUS status;

    if (parse == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    parse->parsed = &parsed;
    status = parse_items(parse, descriptor, length);
    if (NT_SUCCESS(status)) {
        status = list_reports(parse);
    }
    locals_reset(&parse->locals);
    array_free(&parse->fields);
    array_free(&parse->nodes);
    array_free(&parse->stack);
    sys_free(parse);
    if (!NT_SUCCESS(status)) {
        size_t offset = parsed.error_offset;

        hid_parsed_free(&parsed);
        parsed.error_offset = offset;
    }
    *ret_parsed = parsed;
    return status;
}

void
hid_parsed_free(struct hid_parsed *parsed)
{
    for (size_t i = 0; i < parsed->collection_count; i++) {
        sys_free(parsed->collections[i]);
    }
    sys_free(parsed->collections);
    sys_free(parsed->reports);
    *parsed = (struct hid_parsed){0};
}

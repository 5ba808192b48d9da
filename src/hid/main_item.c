/* SPDX-License-Identifier: MIT */
/*
 * Main items: the controls that an item declares get the usages that came before it. "If there are fewer usages than
 * controls, the last usage applies to all that remain" (6.2.2.8).
 */
#include "hid/parse_priv.h"

#define ITEM_CONSTANT (1u << 0)
#define ITEM_VARIABLE (1u << 1)

/* The next of string or designator indices, for `cover` usages. */
struct cursor {
    const struct hid_local *item;
    size_t left; /* With *item. */
    USHORT used; /* Of a range. */
};

static struct cursor
cursor_of(const struct hid_array *array)
{
    return (struct cursor){.item = array->items, .left = array->count};
}

static void
take(struct cursor *cursor, ULONG cover, USHORT *ret_min, USHORT *ret_max)
{
    ULONG there;

    *ret_min = 0;
    *ret_max = 0;
    if (cursor->left == 0) {
        return;
    }
    there = (ULONG)cursor->item->max - cursor->item->min + 1 - cursor->used;
    *ret_min = (USHORT)(cursor->item->min + cursor->used);
    *ret_max = (USHORT)(*ret_min + (cover < there ? cover : there) - 1);
    cursor->used = (USHORT)(cursor->used + (*ret_max - *ret_min + 1));
    if (*ret_max == cursor->item->max) {
        cursor->used = 0;
        if (cursor->left > 1) {
            cursor->left--;
            cursor->item++;
        } else if (cursor->item->is_range) {
            cursor->left = 0;
        } /* A single one goes on. */
    }
}

/* What all fields of the item have in common. */
static void
common(const struct hid_parse *parse, HIDP_REPORT_TYPE type, USHORT bits, struct hid_field *field)
{
    const struct hid_globals *globals = &parse->globals;

    field->type = (UCHAR)type;
    field->bits = bits;
    field->report_id = globals->report_id;
    field->link = parse->link;
    field->is_array = (bits & ITEM_VARIABLE) == 0;
    field->is_button = field->is_array || globals->report_size == 1;
    field->bit_size = globals->report_size;
    field->logical_min = globals->logical_min;
    field->logical_max = globals->logical_max;
    field->physical_min = globals->physical_min;
    field->physical_max = globals->physical_max;
    field->unit = globals->unit;
    field->unit_exponent = globals->unit_exponent;
}

static NTSTATUS
add(struct hid_parse *parse, const struct hid_field *like, const struct hid_local *usage,
    USHORT min, USHORT max, ULONG bit, ULONG count, struct cursor *strings,
    struct cursor *designators)
{
    struct hid_field *field = hid_array_add(&parse->fields, sizeof(*field));
    ULONG *indices = &parse->data_indices[like->type];
    ULONG usages = (ULONG)max - min + 1;

    if (field == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    *field = *like;
    field->page = usage->page != 0 ? usage->page : parse->globals.page;
    field->usage_min = min;
    field->usage_max = max;
    field->is_alias = usage->is_alias;
    field->is_other_name = usage->is_other_name;
    field->bit = bit;
    field->count = count;
    take(strings, usages, &field->string_min, &field->string_max);
    take(designators, usages, &field->designator_min, &field->designator_max);
    if (*indices + usages > MAXUSHORT) {
        return STATUS_COULD_NOT_INTERPRET;
    }
    field->index = (USHORT)*indices;
    *indices += usages;
    return STATUS_SUCCESS;
}

/* The number of the last usage that is not another name of the one before it. */
static size_t
last_of(const struct hid_array *usages)
{
    const struct hid_local *items = usages->items;
    size_t last = usages->count;

    while (last > 0 && items[last - 1].is_other_name) {
        last--;
    }
    return last - 1;
}

/* Each usage has its control. */
static NTSTATUS
variable_item(struct hid_parse *parse, const struct hid_field *like, ULONG bit)
{
    const struct hid_array *usages = &parse->locals.usages;
    const struct hid_local *usage = usages->items;
    struct cursor strings = cursor_of(&parse->locals.strings);
    struct cursor designators = cursor_of(&parse->locals.designators);
    ULONG left = parse->globals.report_count;
    size_t last = last_of(usages);
    ULONG before = bit; /* Where the control of the set of names began. */
    NTSTATUS status = STATUS_SUCCESS;

    for (size_t i = 0; i < usages->count && NT_SUCCESS(status); i++, usage++) {
        ULONG cover = (ULONG)usage->max - usage->min + 1;
        bool is_last = i == last;
        ULONG count;

        if (usage->is_other_name) {
            status =
                add(parse, like, usage, usage->min, usage->min, before, 1, &strings, &designators);
            continue;
        }
        if (left == 0) {
            break; /* More usages than controls. */
        }
        cover = cover < left ? cover : left;
        count = is_last && cover == 1 ? left : cover;
        before = bit;
        status = add(parse, like, usage, usage->min, (USHORT)(usage->min + cover - 1), bit, count,
                     &strings, &designators);
        bit += count * like->bit_size;
        left -= count;
        if (NT_SUCCESS(status) && is_last && left != 0) { /* The last of a range goes on. */
            status =
                add(parse, like, usage, usage->max, usage->max, bit, left, &strings, &designators);
        }
    }
    return status;
}

/* Each of the item's places has the number of a usage that is on. */
static NTSTATUS
array_item(struct hid_parse *parse, struct hid_field *like, ULONG bit)
{
    const struct hid_array *usages = &parse->locals.usages;
    const struct hid_local *usage = usages->items;
    struct cursor strings = cursor_of(&parse->locals.strings);
    struct cursor designators = cursor_of(&parse->locals.designators);
    int64_t first = parse->globals.logical_min;
    NTSTATUS status = STATUS_SUCCESS;

    if (like->bit_size > 32) {
        return STATUS_COULD_NOT_INTERPRET;
    }
    for (size_t i = 0; i < usages->count && NT_SUCCESS(status); i++, usage++) {
        if (first > INT32_MAX) {
            return STATUS_COULD_NOT_INTERPRET;
        }
        like->array_first = (LONG)first;
        status = add(parse, like, usage, usage->min, usage->max, bit, parse->globals.report_count,
                     &strings, &designators);
        if (!usage->is_other_name) {
            first += (int64_t)usage->max - usage->min + 1;
        }
    }
    return status;
}

NTSTATUS
hid_main_item(struct hid_parse *parse, HIDP_REPORT_TYPE type, USHORT bits)
{
    const struct hid_globals *globals = &parse->globals;
    ULONG *length = &parse->reports[globals->report_id].bits[type];
    uint64_t size = (uint64_t)globals->report_size * globals->report_count;
    struct hid_field like = {0};
    ULONG bit;

    if (parse->depth == 0 || size > HID_REPORT_BITS_MAX - *length) {
        return STATUS_COULD_NOT_INTERPRET;
    }
    if (parse->reports[globals->report_id].used &&
        parse->reports[globals->report_id].collection != parse->parsed->collection_count + 1) {
        return STATUS_COULD_NOT_INTERPRET; /* A report is one collection's. */
    }
    parse->reports[globals->report_id].used = true;
    parse->reports[globals->report_id].collection = (UCHAR)(parse->parsed->collection_count + 1);
    bit = 8 + *length; /* The id is before all. */
    *length += (ULONG)size;
    if (size == 0 || (bits & ITEM_CONSTANT) != 0) {
        return STATUS_SUCCESS; /* Padding. */
    }
    if (globals->report_size > MAXUSHORT || globals->report_count > MAXUSHORT) {
        return STATUS_COULD_NOT_INTERPRET; /* The capability arrays cannot say it. */
    }
    common(parse, type, bits, &like);
    return like.is_array ? array_item(parse, &like, bit) : variable_item(parse, &like, bit);
}

/* SPDX-License-Identifier: MIT */
/* Events as text: see render.h. The record may be anybody's; every length is checked against what is left. */
#include <string.h>

#include <openwdf/trace_events.h>

#include "trace/names.h"
#include "trace/render.h"
#include "trace/text.h"

struct input {
    const uint8_t *at;
    size_t left;
};

static bool
take(struct input *in, size_t size, const uint8_t **ret_bytes)
{
    if (size > in->left) {
        return false;
    }
    *ret_bytes = in->at;
    in->at += size;
    in->left -= size;
    return true;
}

static bool
take_bytes(struct input *in, const uint8_t **ret_bytes, size_t *ret_size, bool *ret_cut)
{
    const uint8_t *bytes;
    uint16_t length;

    if (!take(in, sizeof(length), &bytes)) {
        return false;
    }
    memcpy(&length, bytes, sizeof(length));
    *ret_cut = length != TRACE_ABSENT && (length & TRACE_CUT) != 0;
    *ret_size = length == TRACE_ABSENT ? 0 : length & ~TRACE_CUT;
    *ret_bytes = NULL;
    return length == TRACE_ABSENT || take(in, *ret_size, ret_bytes);
}

struct field {
    unsigned kind;
    unsigned size;
    bool array;
    const uint8_t *name;
    size_t name_size;
    const uint8_t *bytes; /* NULL: absent. */
    size_t byte_count;
    uint64_t number;
    bool cut;
};

static void
put_number(struct trace_text *out, unsigned kind, unsigned size, uint64_t number)
{
    unsigned shift = size >= 8 || size == 0 ? 0 : 64 - 8 * size;
    double value;
    float single;

    number = number << shift >> shift;
    switch (kind) {
    case OWDF_FIELD_SIGNED:
        trace_text_format(out, "%lld", (long long)(number << shift) >> shift);
        break;
    case OWDF_FIELD_HEX:
        trace_text_format(out, "0x%llx", (unsigned long long)number);
        break;
    case OWDF_FIELD_FLOAT:
        memcpy(&single, &number, sizeof(single));
        memcpy(&value, &number, sizeof(value));
        trace_text_format(out, "%g", size == 4 ? (double)single : value);
        break;
    case OWDF_FIELD_BOOL:
        trace_text_format(out, "%s", number != 0 ? "true" : "false");
        break;
    case OWDF_FIELD_POINTER:
        trace_text_format(out, "0x%016llX", (unsigned long long)number);
        break;
    case OWDF_FIELD_WIN32:
        trace_text_format(out, "%u(%s)", (unsigned)number,
                          trace_win32_name((uint32_t)number) ?: "?");
        break;
    case OWDF_FIELD_STATUS:
        trace_text_format(out, "0x%08x(%s)", (unsigned)number,
                          trace_status_name((uint32_t)number) ?: "?");
        break;
    case OWDF_FIELD_HRESULT:
        trace_text_format(out, "0x%08x(%s)", (unsigned)number,
                          trace_hresult_name((uint32_t)number) ?: "?");
        break;
    case OWDF_FIELD_FILETIME:
        trace_text_time(out, number);
        break;
    case OWDF_FIELD_IPV4:
        trace_text_format(out, "%u.%u.%u.%u", (unsigned)number & 255, (unsigned)number >> 8 & 255,
                          (unsigned)number >> 16 & 255, (unsigned)number >> 24 & 255);
        break;
    case OWDF_FIELD_PORT:
        trace_text_format(out, "%u", (unsigned)((number & 255) << 8 | (number >> 8 & 255)));
        break;
    default:
        trace_text_format(out, "%llu", (unsigned long long)number);
    }
}

static void
put_systemtime(struct trace_text *out, const uint8_t *bytes, size_t size)
{
    uint16_t part[8];

    if (size != sizeof(part)) {
        trace_text_hex(out, bytes, size);
        return;
    }
    memcpy(part, bytes, sizeof(part));
    trace_text_format(out, "%04u-%02u-%02u %02u:%02u:%02u.%03u", part[0], part[1], part[3], part[4],
                      part[5], part[6], part[7]);
}

static void
put_array(struct trace_text *out, const struct field *field)
{
    unsigned size = field->size;
    size_t i;

    trace_text_put(out, "[", 1);
    for (i = 0; size != 0 && i + size <= field->byte_count; i += size) {
        trace_text_put(out, ", ", i == 0 ? 0 : 2);
        if (size == 16) {
            trace_text_guid(out, field->bytes + i, 16);
        } else {
            uint64_t number = 0;

            memcpy(&number, field->bytes + i, size < 8 ? size : 8);
            put_number(out, field->kind, size, number);
        }
    }
    trace_text_put(out, "]", 1);
}

static void
put_value(struct trace_text *out, const struct field *field)
{
    uint16_t unit = (uint16_t)field->number;

    if (field->array) {
        put_array(out, field);
        return;
    }
    switch (field->kind) {
    case OWDF_FIELD_TEXT:
        trace_text_put(out, "\"", 1);
        trace_text_narrow(out, field->bytes, field->byte_count);
        trace_text_put(out, "\"", 1);
        break;
    case OWDF_FIELD_WIDE:
        trace_text_put(out, "\"", 1);
        trace_text_wide(out, field->bytes, field->byte_count);
        trace_text_put(out, "\"", 1);
        break;
    case OWDF_FIELD_CHAR:
        trace_text_put(out, "'", 1);
        trace_text_wide(out, (const uint8_t *)&unit, 2);
        trace_text_put(out, "'", 1);
        break;
    case OWDF_FIELD_GUID:
        trace_text_guid(out, field->bytes, field->byte_count);
        break;
    case OWDF_FIELD_SID:
        trace_text_sid(out, field->bytes, field->byte_count);
        break;
    case OWDF_FIELD_SOCKADDR:
        trace_text_socket_address(out, field->bytes, field->byte_count);
        break;
    case OWDF_FIELD_IPV6:
        trace_text_ipv6(out, field->bytes, field->byte_count);
        break;
    case OWDF_FIELD_SYSTEMTIME:
        put_systemtime(out, field->bytes, field->byte_count);
        break;
    case OWDF_FIELD_BINARY:
        trace_text_hex(out, field->bytes, field->byte_count);
        break;
    default:
        put_number(out, field->kind, field->size, field->number);
    }
}

/* Whether a field's value is bytes with their length, not a number. */
static bool
has_bytes(unsigned kind)
{
    return kind == OWDF_FIELD_TEXT || kind == OWDF_FIELD_WIDE || kind == OWDF_FIELD_BINARY ||
           kind == OWDF_FIELD_GUID || kind == OWDF_FIELD_SID || kind == OWDF_FIELD_SOCKADDR ||
           kind == OWDF_FIELD_IPV6 || kind == OWDF_FIELD_SYSTEMTIME;
}

static bool
take_field(struct input *in, struct field *field)
{
    const uint8_t *head, *number;
    bool cut;

    if (!take(in, 4, &head) || head[0] == OWDF_FIELD_END || head[0] >= OWDF_FIELD_COUNT ||
        head[1] > 16) {
        return false;
    }
    *field = (struct field){.kind = head[0], .size = head[1], .array = (head[2] & 1) != 0};
    if (!take_bytes(in, &field->name, &field->name_size, &cut)) {
        return false;
    }
    if (has_bytes(field->kind) || field->array) {
        return take_bytes(in, &field->bytes, &field->byte_count, &field->cut);
    }
    if (!take(in, 8, &number)) {
        return false;
    }
    memcpy(&field->number, number, 8);
    return true;
}

/* "Name a=1 b={ c=2 }" */
static bool
render_fields(struct input in, struct trace_text *out)
{
    const uint8_t *name;
    size_t name_size;
    struct field field;
    unsigned open[8], depth = 0;
    bool cut;

    if (!take_bytes(&in, &name, &name_size, &cut)) {
        return false;
    }
    trace_text_narrow(out, name, name_size);
    /* Less than a field's header is what fills the record up to 8 bytes. */
    while (in.left >= 8 && in.at[0] != OWDF_FIELD_END) {
        if (!take_field(&in, &field)) {
            return false;
        }
        trace_text_put(out, " ", out->used == 0 ? 0 : 1);
        trace_text_narrow(out, field.name, field.name_size);
        if (field.kind == OWDF_FIELD_IGNORED) {
            continue;
        }
        trace_text_put(out, "=", field.name_size == 0 ? 0 : 1);
        if (field.kind == OWDF_FIELD_STRUCT && depth < 8 && field.number != 0) {
            trace_text_put(out, "{", 1);
            open[depth++] = (unsigned)(field.number < 128 ? field.number : 128);
            continue;
        }
        if (field.bytes == NULL && (has_bytes(field.kind) || field.array)) {
            trace_text_put(out, "(null)", 6);
        } else {
            put_value(out, &field);
        }
        trace_text_put(out, "...", field.cut ? 3 : 0);
        while (depth > 0 && --open[depth - 1] == 0) {
            trace_text_put(out, " }", 2);
            depth--;
        }
    }
    return true;
}

static bool
render_descriptor(struct input in, bool activity, struct trace_text *out)
{
    const uint8_t *d, *bytes;
    uint64_t keywords;
    size_t size;
    bool cut;

    if (!take(&in, 16, &d)) {
        return false;
    }
    memcpy(&keywords, d + 8, sizeof(keywords));
    trace_text_format(out, "event %u version %u", d[0] | d[1] << 8, d[2]);
    if ((d[6] | d[7]) != 0) {
        trace_text_format(out, " task %u", d[6] | d[7] << 8);
    }
    if (d[5] != 0) {
        trace_text_format(out, " opcode %u", d[5]);
    }
    if (keywords != 0) {
        trace_text_format(out, " keywords 0x%llx", (unsigned long long)keywords);
    }
    if (activity) {
        if (!take(&in, 16, &bytes)) {
            return false;
        }
        trace_text_format(out, " activity ");
        trace_text_guid(out, bytes, 16);
    }
    if (!take_bytes(&in, &bytes, &size, &cut)) {
        return false;
    }
    if (size != 0) {
        trace_text_put(out, ": ", 2);
        trace_text_hex(out, bytes, size);
        trace_text_put(out, " ...", cut ? 4 : 0);
    }
    return true;
}

bool
trace_render_event(const struct trace_record *record, char *buffer, size_t size)
{
    struct input in = {.at = (const uint8_t *)(record + 1), .left = record->size - sizeof(*record)};
    struct trace_text out;
    bool whole;

    trace_text_init(&out, buffer, size);
    whole = record->kind == TRACE_RECORD_FIELDS ? render_fields(in, &out)
                                                : render_descriptor(in, record->site == 1, &out);
    if (!whole) {
        trace_text_format(&out, " (malformed)");
    }
    trace_text_end(&out);
    return whole;
}

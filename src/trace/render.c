/* SPDX-License-Identifier: MIT */
/* Messages as text: see render.h. Every size comes from the record, every number of a spec has a bound. */
#include "trace/render.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trace/filter.h"
#include "trace/names.h"
#include "trace/text.h"

#define ARGUMENTS_MAX 64
#define SPEC_MAX      64
#define WIDTH_MAX     999

struct argument {
    char type;
    bool absent;
    bool cut;
    uint64_t number;
    const uint8_t *bytes;
    size_t size;
};

/* ---- Arguments ---- */

static bool
is_number(char type)
{
    return type != '\0' && strchr("iqpdc", type) != NULL;
}

/* Reads one argument. False when the record is too short for it. */
static bool
read_argument(const uint8_t **at, const uint8_t *end, struct argument *argument)
{
    size_t left = (size_t)(end - *at);
    uint16_t length;

    if (is_number(argument->type)) {
        if (left < 8) {
            return false;
        }
        memcpy(&argument->number, *at, 8);
        *at += 8;
        return true;
    }
    if (left < sizeof(length)) {
        return false;
    }
    memcpy(&length, *at, sizeof(length));
    *at += sizeof(length);
    if (length == TRACE_ABSENT) {
        argument->absent = true;
        return true;
    }
    argument->cut = (length & TRACE_CUT) != 0;
    argument->size = length & ~TRACE_CUT;
    if (argument->size > left - sizeof(length)) {
        return false;
    }
    argument->bytes = *at;
    *at += argument->size;
    return true;
}

/* All arguments that the types name. Returns how many were there. */
static unsigned
read_arguments(const char *types, const struct trace_record *record, struct argument *arguments)
{
    const uint8_t *at = (const uint8_t *)(record + 1);
    const uint8_t *end = (const uint8_t *)record + record->size;
    unsigned count = 0;

    for (; *types != '\0' && count < ARGUMENTS_MAX; types++) {
        if (*types >= '0' && *types <= '9') {
            continue;
        }
        arguments[count] = (struct argument){.type = *types};
        if (!read_argument(&at, end, &arguments[count])) {
            break;
        }
        count++;
    }
    return count;
}

/* ---- printf ---- */

struct conversion {
    char flags[6];
    int width;     /* -1: none. */
    int precision; /* -1: none. */
    unsigned bits; /* Of a number. */
    bool wide;
    char letter;
};

static int
read_count(const char **spec, const struct argument *star, bool *used_star)
{
    int value = 0;

    if (**spec == '*') {
        (*spec)++;
        *used_star = true;
        value = star != NULL ? (int)(int32_t)star->number : -1;
        return value > WIDTH_MAX ? WIDTH_MAX : value;
    }
    for (; **spec >= '0' && **spec <= '9'; (*spec)++) {
        value = value * 10 + (**spec - '0');
        value = value > WIDTH_MAX ? WIDTH_MAX : value;
    }
    return value;
}

static void
read_modifiers(const char **spec, struct conversion *conversion)
{
    conversion->bits = 32;
    for (;; (*spec)++) {
        switch (**spec) {
        case 'h':
            conversion->bits = conversion->bits == 16 ? 8 : 16;
            break;
        case 'I':
            if (strncmp(*spec, "I32", 3) == 0) {
                *spec += 2;
                break;
            }
            conversion->bits = 64;
            *spec += strncmp(*spec, "I64", 3) == 0 ? 2 : 0;
            break;
        case 'l':
            conversion->wide = true;
            if ((*spec)[1] == 'l') {
                conversion->bits = 64;
                (*spec)++;
            }
            break;
        case 'w':
            conversion->wide = true;
            break;
        case 'z':
        case 't':
        case 'j':
        case 'L':
            conversion->bits = 64;
            break;
        default:
            return;
        }
    }
}

/* Takes a spec apart. stars: the arguments before it, as many as there are. False when it is none. */
static bool
read_conversion(const char *spec, const struct argument *stars, unsigned star_count,
                struct conversion *conversion)
{
    const char *asterisk = strchr(spec, '*');
    unsigned needed = asterisk == NULL ? 0 : strchr(asterisk + 1, '*') != NULL ? 2 : 1;
    const struct argument *star = needed != 0 ? stars - needed : NULL;
    size_t flags = 0;
    bool used = false;

    if (needed > star_count) {
        return false;
    }
    *conversion = (struct conversion){.width = -1, .precision = -1};
    for (; *spec != '\0' && strchr("-+ #0", *spec) != NULL; spec++) {
        if (flags < sizeof(conversion->flags) - 1 && strchr(conversion->flags, *spec) == NULL) {
            conversion->flags[flags++] = *spec;
        }
    }
    if (*spec == '*' || (*spec >= '1' && *spec <= '9')) {
        conversion->width = read_count(&spec, star, &used);
        star = used && star != NULL && needed == 2 ? star + 1 : star;
    }
    if (*spec == '.') {
        spec++;
        conversion->precision = read_count(&spec, star, &used);
    }
    read_modifiers(&spec, conversion);
    conversion->letter = *spec;
    return *spec != '\0' && spec[1] == '\0' && strchr("diuxXoBbcCsSpPeEfFgGaAZ", *spec) != NULL;
}

static void
put_padded(struct trace_text *out, const struct conversion *conversion, const char *piece,
           size_t length)
{
    int pad = conversion->width - (int)length;
    bool left = strchr(conversion->flags, '-') != NULL;

    while (!left && pad-- > 0) {
        trace_text_put(out, " ", 1);
    }
    trace_text_put(out, piece, length);
    while (left && pad-- > 0) {
        trace_text_put(out, " ", 1);
    }
}

static void
put_integer(struct trace_text *out, const struct conversion *c, uint64_t value)
{
    unsigned shift = 64 - c->bits;
    char format[24], piece[WIDTH_MAX * 2 + 32], letter = c->letter == 'i' ? 'd' : c->letter;
    int n;

    value =
        letter == 'd' ? (uint64_t)((int64_t)(value << shift) >> shift) : value << shift >> shift;
    (void)snprintf(format, sizeof(format), "%%%s%s%sll%c", c->flags, c->width >= 0 ? "*" : "",
                   c->precision >= 0 ? ".*" : "", letter);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    if (c->width >= 0 && c->precision >= 0) {
        n = snprintf(piece, sizeof(piece), format, c->width, c->precision, value);
    } else if (c->width >= 0 || c->precision >= 0) {
        n = snprintf(piece, sizeof(piece), format, c->width >= 0 ? c->width : c->precision, value);
    } else {
        n = snprintf(piece, sizeof(piece), format, value);
    }
#pragma GCC diagnostic pop
    trace_text_put(out, piece, n > 0 ? (size_t)n : 0);
}

static void
put_double(struct trace_text *out, const struct conversion *c, uint64_t bits)
{
    char format[24], piece[WIDTH_MAX * 2 + 512];
    double value;
    int n;

    memcpy(&value, &bits, sizeof(value));
    (void)snprintf(format, sizeof(format), "%%%s*.*%c", c->flags, c->letter);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    n = snprintf(piece, sizeof(piece), format, c->width >= 0 ? c->width : 0,
                 c->precision >= 0 ? c->precision : 6, value);
#pragma GCC diagnostic pop
    trace_text_put(out, piece, n > 0 && (size_t)n < sizeof(piece) ? (size_t)n : 0);
}

static void
put_character(struct trace_text *out, const struct conversion *c, uint64_t value)
{
    char piece[8];
    struct trace_text text;
    uint16_t unit = (uint16_t)value;

    trace_text_init(&text, piece, sizeof(piece));
    if (c->letter == 'C' || c->wide) {
        trace_text_wide(&text, (const uint8_t *)&unit, 2);
    } else {
        trace_text_narrow(&text, (const uint8_t *)&unit, 1);
    }
    put_padded(out, c, piece, text.used);
}

static void
put_text(struct trace_text *out, const struct conversion *c, const struct argument *argument)
{
    char piece[TRACE_RECORD_MAX * 3 / 2 + 16];
    struct trace_text text;
    bool wide = argument->type == 'w' || argument->type == 'U';
    size_t size = argument->size, most;

    if (argument->absent) {
        put_padded(out, c, "(null)", 6);
        return;
    }
    most = c->precision >= 0 ? (size_t)c->precision * (wide ? 2 : 1) : SIZE_MAX;
    trace_text_init(&text, piece, sizeof(piece));
    if (wide) {
        trace_text_wide(&text, argument->bytes, size < most ? size : most);
    } else {
        trace_text_narrow(&text, argument->bytes, size < most ? size : most);
    }
    if (argument->cut && most > size) {
        trace_text_put(&text, "...", 3);
    }
    put_padded(out, c, piece, text.used);
}

static bool
put_printf(struct trace_text *out, const char *spec, const struct argument *argument,
           unsigned before)
{
    struct conversion conversion;

    if (!read_conversion(spec, argument, before, &conversion)) {
        return false;
    }
    if (conversion.width < -1) { /* A negative * means the left. */
        conversion.width = -conversion.width > WIDTH_MAX ? WIDTH_MAX : -conversion.width;
        if (strchr(conversion.flags, '-') == NULL && strlen(conversion.flags) < 5) {
            strcat(conversion.flags, "-");
        }
    }
    switch (conversion.letter) {
    case 'd':
    case 'i':
    case 'u':
    case 'x':
    case 'X':
    case 'o':
        if (!is_number(argument->type)) {
            return false;
        }
        put_integer(out, &conversion, argument->number);
        return true;
    case 'p':
    case 'P':
        trace_text_format(out, "0x%016llX", (unsigned long long)argument->number);
        return is_number(argument->type);
    case 'c':
    case 'C':
        put_character(out, &conversion, argument->number);
        return is_number(argument->type);
    case 's':
    case 'S':
    case 'Z':
        if (is_number(argument->type)) {
            return false;
        }
        put_text(out, &conversion, argument);
        return true;
    default:
        if (argument->type != 'd') {
            return false;
        }
        put_double(out, &conversion, argument->number);
        return true;
    }
}

/* ---- Names ---- */

static void
put_named_value(struct trace_text *out, const char *format, uint64_t value, const char *name)
{
    trace_text_format(out, format[0] == 'x' ? "0x%08x" : "%u", (unsigned)value);
    if (name != NULL) {
        trace_text_format(out, "(%s)", name);
    }
}

static void
put_status(struct trace_text *out, const struct argument *a)
{
    put_named_value(out, "x", a->number, trace_status_name((uint32_t)a->number));
}

static void
put_win32(struct trace_text *out, const struct argument *a)
{
    put_named_value(out, "u", a->number, trace_win32_name((uint32_t)a->number));
}

static void
put_hresult(struct trace_text *out, const struct argument *a)
{
    put_named_value(out, "x", a->number, trace_hresult_name((uint32_t)a->number));
}

static void
put_bool(struct trace_text *out, const struct argument *a)
{
    trace_text_format(out, "%s", a->number != 0 ? "TRUE" : "FALSE");
}

static void
put_irql(struct trace_text *out, const struct argument *a)
{
    static const char *const names[] = {"PASSIVE_LEVEL", "APC_LEVEL", "DISPATCH_LEVEL"};
    unsigned irql = (unsigned)a->number & 0xff;

    if (irql < 3) {
        trace_text_format(out, "%s", names[irql]);
    } else {
        trace_text_format(out, "IRQL %u", irql);
    }
}

static void
put_time(struct trace_text *out, const struct argument *a)
{
    trace_text_time(out, a->number);
}

static void
put_duration(struct trace_text *out, const struct argument *a)
{
    trace_text_duration(out, (int64_t)a->number);
}

static void
put_ipv4(struct trace_text *out, const struct argument *a)
{
    trace_text_format(out, "%u.%u.%u.%u", (unsigned)a->number & 0xff,
                      (unsigned)(a->number >> 8) & 0xff, (unsigned)(a->number >> 16) & 0xff,
                      (unsigned)(a->number >> 24) & 0xff);
}

static void
put_port(struct trace_text *out, const struct argument *a)
{
    trace_text_format(out, "%u", (unsigned)((a->number & 0xff) << 8 | (a->number >> 8 & 0xff)));
}

static void
put_mac(struct trace_text *out, const struct argument *a)
{
    size_t i;

    for (i = 0; i < a->size; i++) {
        trace_text_format(out, "%s%02x", i == 0 ? "" : "-", a->bytes[i]);
    }
}

#define BYTES_PUTTER(name, put)                                                                    \
    static void name(struct trace_text *out, const struct argument *a)                             \
    {                                                                                              \
        put(out, a->bytes, a->size);                                                               \
    }

BYTES_PUTTER(put_guid, trace_text_guid)
BYTES_PUTTER(put_sid, trace_text_sid)
BYTES_PUTTER(put_hex, trace_text_hex)
BYTES_PUTTER(put_ipv6, trace_text_ipv6)
BYTES_PUTTER(put_narrow, trace_text_narrow)
BYTES_PUTTER(put_wide, trace_text_wide)
BYTES_PUTTER(put_socket_address, trace_text_socket_address)

struct named {
    const char *name;
    bool number;
    void (*put)(struct trace_text *out, const struct argument *argument);
};

static const struct named named[] = {
    {"STATUS", true, put_status},
    {"WINERROR", true, put_win32},
    {"HRESULT", true, put_hresult},
    {"BOOL", true, put_bool},
    {"IRQL", true, put_irql},
    {"TIME", true, put_time},
    {"DURATION", true, put_duration},
    {"IPV4", true, put_ipv4},
    {"PORT", true, put_port},
    {"GUID", false, put_guid},
    {"SID", false, put_sid},
    {"HEX", false, put_hex},
    {"IPV6", false, put_ipv6},
    {"MAC", false, put_mac},
    {"PSTR", false, put_narrow},
    {"PWSTR", false, put_wide},
    {"SOCKADDR", false, put_socket_address},
};

static const struct named *
find_named(const char *spec)
{
    size_t i;

    for (i = 0; i < sizeof(named) / sizeof(named[0]); i++) {
        if (strcmp(named[i].name, spec) == 0) {
            return &named[i];
        }
    }
    return NULL;
}

/* ---- Lists of values ---- */

/* List number `index`; NULL when there are not so many. */
static const char *
find_list(const char *values, unsigned long index)
{
    while (index-- > 0 && values != NULL) {
        values = strchr(values, '\n');
        values = values != NULL ? values + 1 : NULL;
    }
    return values != NULL && *values != '\0' ? values : NULL;
}

/* Goes to the next "value=name" of a list. False at its end. */
static bool
next_value(const char **list, uint64_t *value, const char **name, size_t *length)
{
    char *end;

    if (**list == ',') {
        (*list)++;
    }
    if (**list == '\0' || **list == '\n') {
        return false;
    }
    *value = strtoull(*list, &end, 0);
    if (*end != '=') {
        return false;
    }
    *name = end + 1;
    *length = strcspn(*name, ",\n");
    *list = *name + *length;
    return true;
}

static void
put_listed(struct trace_text *out, const char *list, uint64_t number)
{
    bool bits = *list == 'b', any = false;
    const char *name;
    uint64_t value;
    size_t length;

    number &= UINT32_MAX;
    for (list++; next_value(&list, &value, &name, &length);) {
        value &= UINT32_MAX;
        if (bits ? value != 0 && (number & value) == value : number == value) {
            trace_text_format(out, "%s", any ? "|" : "");
            trace_text_put(out, name, length);
            any = true;
            if (!bits) {
                return;
            }
        }
    }
    if (!any) {
        trace_text_format(out, "%u(0x%x)", (unsigned)number, (unsigned)number);
    }
}

/* ---- Messages ---- */

/* Takes "%N!spec!" at *format apart, behind the %. False when it is none; *format is behind it then. */
static bool
read_item(const char **format, unsigned *number, char spec[SPEC_MAX])
{
    const char *at = *format;
    size_t length;

    *number = 0;
    for (; *at >= '0' && *at <= '9' && *number < 1000; at++) {
        *number = *number * 10 + (unsigned)(*at - '0');
    }
    if (*at != '!' || at == *format) {
        return false;
    }
    length = strcspn(++at, "!");
    if (at[length] != '!' || length >= SPEC_MAX) {
        return false;
    }
    memcpy(spec, at, length);
    spec[length] = '\0';
    *format = at + length + 1;
    return true;
}

static bool
put_item(struct trace_text *out, const char *spec, const char *values,
         const struct argument *argument, unsigned before)
{
    const struct named *entry;

    if (spec[0] == '@') {
        const char *list = find_list(values, strtoul(spec + 1, NULL, 10));

        if (list == NULL || !is_number(argument->type)) {
            return false;
        }
        put_listed(out, list, argument->number);
        return true;
    }
    entry = find_named(spec);
    if (entry == NULL) {
        return put_printf(out, spec, argument, before);
    }
    if (entry->number != is_number(argument->type)) {
        return false;
    }
    if (argument->absent) {
        trace_text_put(out, "(null)", 6);
        return true;
    }
    entry->put(out, argument);
    if (argument->cut) {
        trace_text_put(out, " ...", 4);
    }
    return true;
}

bool
trace_render_message(const struct trace_message_text *text, const struct trace_record *record,
                     char *buffer, size_t size)
{
    struct argument arguments[ARGUMENTS_MAX];
    unsigned count = read_arguments(text->types, record, arguments), number;
    const char *format = text->format;
    char spec[SPEC_MAX];
    struct trace_text out;
    bool whole = true;

    trace_text_init(&out, buffer, size);
    while (*format != '\0') {
        size_t plain = strcspn(format, "%");

        trace_text_narrow(&out, (const uint8_t *)format, plain);
        format += plain;
        if (*format == '\0') {
            break;
        }
        format++;
        if (*format == '%') {
            trace_text_put(&out, "%", 1);
            format++;
        } else if (!read_item(&format, &number, spec)) {
            trace_text_put(&out, "%", 1);
            whole = false;
        } else if (number == 0 && strcmp(spec, "FUNC") == 0) {
            const char *function = text->function != NULL ? text->function : "?";

            trace_text_put(&out, function, strlen(function));
        } else if (number == 0 || number > count ||
                   !put_item(&out, spec, text->values, &arguments[number - 1], number - 1)) {
            trace_text_format(&out, "%%%u!%s!", number, spec);
            whole = false;
        }
    }
    trace_text_end(&out);
    return whole;
}

bool
trace_format_valid(const char *format, const char *types, const char *values)
{
    _Alignas(8) uint8_t bytes[sizeof(struct trace_record) + ARGUMENTS_MAX * 8];
    struct trace_record *record = (struct trace_record *)bytes;
    struct trace_message_text text = {
        .format = format, .types = types, .values = values, .file = "", .function = NULL};
    char line[TRACE_LINE_SIZE];

    /* A record of zeroes has every number 0 and every text empty. */
    memset(bytes, 0, sizeof(bytes));
    record->size = sizeof(bytes);
    return trace_render_message(&text, record, line, sizeof(line));
}

void
trace_render_short(const char *provider, unsigned level, const struct trace_message_text *text,
                   const char *message, char *line, size_t size)
{
    char level_name[16];
    struct trace_text out;

    trace_text_init(&out, line, size);
    trace_text_format(&out, "%s %s", provider, trace_level_text(level, level_name));
    if (text->file[0] != '\0') {
        trace_text_format(&out, " %.200s:%u", text->file, text->line);
    }
    if (text->function != NULL && text->function[0] != '\0') {
        trace_text_format(&out, " %.200s", text->function);
    }
    trace_text_put(&out, ": ", 2);
    trace_text_put(&out, message, strlen(message));
    trace_text_end(&out);
}

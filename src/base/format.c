/* SPDX-License-Identifier: MIT */
/* See format.h. One pass over the format; each conversion is parsed into a struct conversion. */
#include "base/format.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/utf16.h"

enum length {
    LENGTH_NONE,
    LENGTH_CHAR,    /* hh */
    LENGTH_SHORT,   /* h */
    LENGTH_WIDE,    /* l, w */
    LENGTH_64,      /* ll, I64, j */
    LENGTH_32,      /* I32 */
    LENGTH_POINTER, /* I, z, t */
};

struct conversion {
    bool left, plus, space, alternate, zero;
    bool w; /* The prefix was w: %wZ. */
    int width;
    int precision; /* -1: none given. */
    enum length length;
    char type;
};

/* A counted string, narrow or wide, as the kernel has it. Length in bytes. */
struct counted_string {
    uint16_t length;
    uint16_t maximum;
    const void *buffer;
};

/* Where the format is read and the text goes. */
struct state {
    const char *narrow;   /* The format, or */
    const uint16_t *wide; /* this one. */
    format_sink *sink;
    void *context;
    size_t written;
    va_list arguments;
};

static uint32_t
peek(const struct state *state)
{
    return state->wide != NULL ? *state->wide : (unsigned char)*state->narrow;
}

static void
advance(struct state *state)
{
    if (state->wide != NULL) {
        state->wide++;
    } else {
        state->narrow++;
    }
}

static void
emit(struct state *state, const char *bytes, size_t count)
{
    if (count > 0) {
        state->sink(state->context, bytes, count);
        state->written += count;
    }
}

static void
emit_repeated(struct state *state, char byte, int count)
{
    char bytes[64];

    memset(bytes, byte, sizeof(bytes));
    while (count > 0) {
        size_t n = count < (int)sizeof(bytes) ? (size_t)count : sizeof(bytes);

        emit(state, bytes, n);
        count -= (int)n;
    }
}

/* Emits text of `characters` columns, padded to the width. */
static void
emit_padded_start(struct state *state, const struct conversion *c, size_t characters)
{
    if (!c->left) {
        emit_repeated(state, c->zero ? '0' : ' ', c->width - (int)characters);
    }
}

static void
emit_padded_end(struct state *state, const struct conversion *c, size_t characters)
{
    if (c->left) {
        emit_repeated(state, ' ', c->width - (int)characters);
    }
}

/* --- Strings and characters ------------------------------------------------------------------ */

static void
emit_narrow_text(struct state *state, const struct conversion *c, const char *text, size_t count)
{
    emit_padded_start(state, c, count);
    emit(state, text, count);
    emit_padded_end(state, c, count);
}

static void
emit_wide_text(struct state *state, const struct conversion *c, const uint16_t *text, size_t count)
{
    size_t i = 0;

    emit_padded_start(state, c, count);
    while (i < count) {
        char bytes[4];
        size_t units = i + 1 < count && text[i] >= 0xD800 && text[i] < 0xDC00 ? 2 : 1;

        if (units == 2 && (text[i + 1] < 0xDC00 || text[i + 1] >= 0xE000)) {
            units = 1;
        }
        emit(state, bytes, utf16_to_utf8(bytes, sizeof(bytes), text + i, units));
        i += units;
    }
    emit_padded_end(state, c, count);
}

static size_t
narrow_length(const char *text, size_t most)
{
    size_t length = 0;

    while (length < most && text[length] != 0) {
        length++;
    }
    return length;
}

/* Whether %s, %c (or %S, %C) mean wide text here. */
static bool
is_wide(const struct state *state, const struct conversion *c)
{
    bool capital = c->type == 'S' || c->type == 'C';

    if (c->length == LENGTH_SHORT) {
        return false;
    }
    if (c->length == LENGTH_WIDE) {
        return true;
    }
    return (state->wide != NULL) != capital;
}

static void
emit_string(struct state *state, const struct conversion *c)
{
    const void *text = va_arg(state->arguments, const void *);
    size_t most = c->precision < 0 ? SIZE_MAX : (size_t)c->precision;

    if (text == NULL) {
        emit_narrow_text(state, c, "(null)", most < 6 ? most : 6);
    } else if (is_wide(state, c)) {
        emit_wide_text(state, c, text, utf16_length_most(text, most));
    } else {
        emit_narrow_text(state, c, text, narrow_length(text, most));
    }
}

static void
emit_counted_string(struct state *state, const struct conversion *c)
{
    const struct counted_string *string = va_arg(state->arguments, const struct counted_string *);
    size_t most = c->precision < 0 ? SIZE_MAX : (size_t)c->precision;
    size_t count;

    if (string == NULL || string->buffer == NULL) {
        emit_narrow_text(state, c, "(null)", 6);
    } else if (c->w || c->length == LENGTH_WIDE) {
        count = string->length / sizeof(uint16_t);
        emit_wide_text(state, c, string->buffer, count < most ? count : most);
    } else {
        count = string->length;
        emit_narrow_text(state, c, string->buffer, count < most ? count : most);
    }
}

static void
emit_character(struct state *state, const struct conversion *c)
{
    int value = va_arg(state->arguments, int);

    if (is_wide(state, c)) {
        uint16_t unit = (uint16_t)value;

        emit_wide_text(state, c, &unit, 1);
    } else {
        char byte = (char)value;

        emit_narrow_text(state, c, &byte, 1);
    }
}

/* --- Numbers --------------------------------------------------------------------------------- */

/* The next argument as 64 bits, sign-extended when `is_signed`. */
static uint64_t
next_integer(struct state *state, const struct conversion *c, bool is_signed)
{
    uint32_t value;

    if (c->length == LENGTH_64 || c->length == LENGTH_POINTER) {
        return va_arg(state->arguments, uint64_t);
    }
    value = va_arg(state->arguments, uint32_t);
    if (c->length == LENGTH_SHORT) {
        return is_signed ? (uint64_t)(int16_t)value : (uint16_t)value;
    }
    if (c->length == LENGTH_CHAR) {
        return is_signed ? (uint64_t)(int8_t)value : (uint8_t)value;
    }
    return is_signed ? (uint64_t)(int32_t)value : value;
}

/* Digits of value, last one at end[-1]; returns how many. */
static size_t
digits_of(uint64_t value, unsigned base, bool upper, char *end)
{
    const char *digits = upper ? "0123456789ABCDEF" : "0123456789abcdef";
    char *p = end;

    while (value != 0) {
        *--p = digits[value % base];
        value /= base;
    }
    return (size_t)(end - p);
}

/* Prefix (sign or 0x), zeros up to the precision or width, digits. */
static void
emit_number(struct state *state, const struct conversion *c, const char *prefix, uint64_t value,
            unsigned base, bool upper)
{
    char buffer[24];
    char *end = buffer + sizeof(buffer);
    size_t count = digits_of(value, base, upper, end);
    int least = c->precision < 0 ? 1 : c->precision;
    int zeros = least > (int)count ? least - (int)count : 0;
    int taken = (int)strlen(prefix) + (int)count + zeros;

    if (c->zero && !c->left && c->precision < 0 && c->width > taken) {
        zeros += c->width - taken;
        taken = c->width;
    }
    if (!c->left) {
        emit_repeated(state, ' ', c->width - taken);
    }
    emit(state, prefix, strlen(prefix));
    emit_repeated(state, '0', zeros);
    emit(state, end - count, count);
    if (c->left) {
        emit_repeated(state, ' ', c->width - taken);
    }
}

static void
emit_signed(struct state *state, const struct conversion *c)
{
    int64_t value = (int64_t)next_integer(state, c, true);
    uint64_t magnitude = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;

    emit_number(state, c,
                value < 0  ? "-"
                : c->plus  ? "+"
                : c->space ? " "
                           : "",
                magnitude, 10, false);
}

static void
emit_unsigned(struct state *state, const struct conversion *c)
{
    uint64_t value = next_integer(state, c, false);
    bool hex = c->type == 'x' || c->type == 'X';
    const char *prefix = "";

    if (c->alternate && value != 0) {
        prefix = hex ? (c->type == 'X' ? "0X" : "0x") : c->type == 'o' ? "0" : "";
    }
    emit_number(state, c, prefix, value, hex ? 16 : c->type == 'o' ? 8 : 10, c->type == 'X');
}

static void
emit_pointer(struct state *state, const struct conversion *c)
{
    struct conversion as_number = *c;

    as_number.precision = 16;
    emit_number(state, &as_number, c->alternate ? "0X" : "",
                (uint64_t)va_arg(state->arguments, void *), 16, true);
}

static void
emit_floating(struct state *state, const struct conversion *c)
{
    char format[16] = "%";
    char text[512]; /* 309 digits before the point, at most 64 behind it, or the width. */
    char *p = format + 1;
    int precision = c->precision > 64 ? 64 : c->precision;
    int width = c->width > 500 ? 500 : c->width;
    int count;

    if (c->left) {
        *p++ = '-';
    }
    if (c->plus) {
        *p++ = '+';
    }
    if (c->space) {
        *p++ = ' ';
    }
    if (c->alternate) {
        *p++ = '#';
    }
    if (c->zero) {
        *p++ = '0';
    }
    memcpy(p, "*.*", 3);
    p += 3;
    *p++ = c->type;
    *p = 0;
    /* A negative precision means none, so the format is the same with and without. */
    count =
        snprintf(text, sizeof(text), format, width, precision, va_arg(state->arguments, double));
    if (count > 0) {
        emit(state, text, (size_t)count < sizeof(text) ? (size_t)count : sizeof(text) - 1);
    }
}

/* --- The format ------------------------------------------------------------------------------ */

static void
parse_flags(struct state *state, struct conversion *c)
{
    for (;; advance(state)) {
        switch (peek(state)) {
        case '-':
            c->left = true;
            break;
        case '+':
            c->plus = true;
            break;
        case ' ':
            c->space = true;
            break;
        case '#':
            c->alternate = true;
            break;
        case '0':
            c->zero = true;
            break;
        default:
            return;
        }
    }
}

/* A number, or `*`: an argument. Bounded, so that no format makes us pad for minutes. */
static int
parse_number(struct state *state)
{
    const int most = 32767;
    int value = 0;

    if (peek(state) == '*') {
        advance(state);
        value = va_arg(state->arguments, int);
        return value > most ? most : value < -most ? -most : value;
    }
    while (peek(state) >= '0' && peek(state) <= '9') {
        value = value * 10 + (int)(peek(state) - '0');
        value = value > most ? most : value;
        advance(state);
    }
    return value;
}

/* I64, I32 or I. The I has been read. */
static enum length
parse_i(struct state *state)
{
    struct state ahead;

    memcpy(&ahead, state, sizeof(ahead));
    if (peek(&ahead) == '6' || peek(&ahead) == '3') {
        bool is_64 = peek(&ahead) == '6';

        advance(&ahead);
        if (peek(&ahead) == (is_64 ? '4' : '2')) {
            advance(state);
            advance(state);
            return is_64 ? LENGTH_64 : LENGTH_32;
        }
    }
    return LENGTH_POINTER;
}

static void
parse_length(struct state *state, struct conversion *c)
{
    uint32_t first = peek(state);

    switch (first) {
    case 'h':
        advance(state);
        c->length = LENGTH_SHORT;
        if (peek(state) == 'h') {
            advance(state);
            c->length = LENGTH_CHAR;
        }
        return;
    case 'l':
        advance(state);
        c->length = LENGTH_WIDE;
        if (peek(state) == 'l') {
            advance(state);
            c->length = LENGTH_64;
        }
        return;
    case 'w':
        advance(state);
        c->length = LENGTH_WIDE;
        c->w = true;
        return;
    case 'I':
        advance(state);
        c->length = parse_i(state);
        return;
    case 'j':
        advance(state);
        c->length = LENGTH_64;
        return;
    case 'z':
    case 't':
        advance(state);
        c->length = LENGTH_POINTER;
        return;
    case 'L':
        advance(state); /* long double is double there. */
        return;
    default:
        return;
    }
}

static void
convert(struct state *state, const struct conversion *c)
{
    switch (c->type) {
    case 'd':
    case 'i':
        emit_signed(state, c);
        break;
    case 'u':
    case 'x':
    case 'X':
    case 'o':
        emit_unsigned(state, c);
        break;
    case 'p':
        emit_pointer(state, c);
        break;
    case 's':
    case 'S':
        emit_string(state, c);
        break;
    case 'c':
    case 'C':
        emit_character(state, c);
        break;
    case 'Z':
        emit_counted_string(state, c);
        break;
    case 'e':
    case 'E':
    case 'f':
    case 'F':
    case 'g':
    case 'G':
    case 'a':
    case 'A':
        emit_floating(state, c);
        break;
    case 'n':
        (void)va_arg(state->arguments, void *); /* Refused: it would be a write. */
        break;
    default:
        emit(state, &c->type, c->type != 0); /* Unknown, and %%: the character itself. */
        break;
    }
}

static void
format_conversion(struct state *state)
{
    struct conversion c = {.precision = -1};

    parse_flags(state, &c);
    c.width = parse_number(state);
    if (c.width < 0) {
        c.left = true;
        c.width = -c.width;
    }
    if (peek(state) == '.') {
        advance(state);
        c.precision = parse_number(state);
    }
    parse_length(state, &c);
    c.type = peek(state) < 0x80 ? (char)peek(state) : 0;
    if (peek(state) != 0) {
        advance(state);
    }
    convert(state, &c);
}

/* Literal text up to the next % or the end. */
static void
format_literal(struct state *state)
{
    if (state->wide == NULL) {
        size_t count = strcspn(state->narrow, "%");

        emit(state, state->narrow, count);
        state->narrow += count;
    } else {
        static const struct conversion plain;
        size_t count = 0;

        while (state->wide[count] != 0 && state->wide[count] != '%') {
            count++;
        }
        emit_wide_text(state, &plain, state->wide, count);
        state->wide += count;
    }
}

static void
format_all(struct state *state)
{
    while (peek(state) != 0) {
        if (peek(state) == '%') {
            advance(state);
            format_conversion(state);
        } else {
            format_literal(state);
        }
    }
}

size_t
format_narrow(format_sink *sink, void *context, const char *format, va_list arguments)
{
    struct state state = {.narrow = format, .sink = sink, .context = context};

    va_copy(state.arguments, arguments);
    format_all(&state);
    va_end(state.arguments);
    return state.written;
}

size_t
format_wide(format_sink *sink, void *context, const uint16_t *format, va_list arguments)
{
    struct state state = {.wide = format, .sink = sink, .context = context};

    va_copy(state.arguments, arguments);
    format_all(&state);
    va_end(state.arguments);
    return state.written;
}

/* --- Buffers --------------------------------------------------------------------------------- */

struct narrow_buffer {
    char *text;
    size_t size, used, needed;
};

static void
narrow_put(void *context, const char *bytes, size_t count)
{
    struct narrow_buffer *to = context;
    size_t room = to->size - to->used;
    size_t n = count < room ? count : room;

    if (n > 0) {
        memcpy(to->text + to->used, bytes, n);
        to->used += n;
    }
    to->needed += count;
}

size_t
format_fill_narrow(char *buffer, size_t size, const char *format, va_list arguments)
{
    struct narrow_buffer to = {.text = buffer, .size = size};

    (void)format_narrow(narrow_put, &to, format, arguments);
    return to.needed;
}

size_t
format_to_narrow(char *buffer, size_t size, const char *format, va_list arguments)
{
    struct narrow_buffer to = {.text = buffer, .size = size > 0 ? size - 1 : 0};

    (void)format_narrow(narrow_put, &to, format, arguments);
    if (size > 0) {
        buffer[to.used] = 0;
    }
    return to.needed;
}

struct wide_buffer {
    uint16_t *text;
    size_t size, used, needed;
};

static void
wide_put(void *context, const char *bytes, size_t count)
{
    struct wide_buffer *to = context;
    size_t room = to->size - to->used;
    size_t units;

    if (room > 0 && room < count) { /* Never more units than bytes: else it fits. */
        to->text[to->size - 1] = 0; /* Stays zero when a pair does not fit there. */
    }
    units = utf8_to_utf16(room > 0 ? to->text + to->used : NULL, room, bytes, count);
    to->needed += units;
    if (units <= room) {
        to->used += units;
        return;
    }
    if (room > 0 && to->text[to->size - 1] == 0) {
        to->size--; /* Nothing that follows may take the place of half a pair. */
    }
    to->used = to->size;
}

size_t
format_fill_wide(uint16_t *buffer, size_t size, const uint16_t *format, va_list arguments)
{
    struct wide_buffer to = {.text = buffer, .size = size};

    (void)format_wide(wide_put, &to, format, arguments);
    return to.needed;
}

size_t
format_to_wide(uint16_t *buffer, size_t size, const uint16_t *format, va_list arguments)
{
    struct wide_buffer to = {.text = buffer, .size = size > 0 ? size - 1 : 0};

    (void)format_wide(wide_put, &to, format, arguments);
    if (size > 0) {
        buffer[to.used] = 0;
    }
    return to.needed;
}

/* SPDX-License-Identifier: MIT */
/* Formatted input; scan.h has the rules. One engine for narrow and wide: the format is read unit by unit. */
#include "crt/scan.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"

#define CRT          __attribute__((visibility("default")))
#define NUMBER_CHARS 128 /* Of one number in the input; more is not one. */

struct scan {
    scan_source *source;
    void *context;
    bool secure;
    bool wide_format;
    const void *format;
    size_t at; /* In the format, in characters. */
    int stored;
    bool ended; /* The input ended where a conversion wanted more. */
};

struct conversion {
    bool discard;
    size_t width;   /* 0: not given. */
    unsigned bytes; /* Of the integer or floating-point object: 1, 2, 4, 8. */
    bool wide;      /* Strings. */
    bool floats_long;
    uint32_t type;
};

static uint32_t
format_at(const struct scan *scan, size_t at)
{
    return scan->wide_format ? ((const uint16_t *)scan->format)[at]
                             : ((const unsigned char *)scan->format)[at];
}

static bool
is_space(int32_t c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static int32_t
peek(struct scan *scan)
{
    return scan->source(scan->context, false);
}

static void
take(struct scan *scan)
{
    (void)scan->source(scan->context, true);
}

static void
skip_space(struct scan *scan)
{
    while (is_space(peek(scan))) {
        take(scan);
    }
}

/* The part of a conversion between % and its letter. Leaves scan->at behind the letter. */
static struct conversion
parse_conversion(struct scan *scan)
{
    struct conversion conversion = {.bytes = 4, .wide = scan->wide_format};
    bool sized = false;
    uint32_t c;

    if (format_at(scan, scan->at) == '*') {
        conversion.discard = true;
        scan->at++;
    }
    while ((c = format_at(scan, scan->at)) >= '0' && c <= '9') {
        conversion.width = conversion.width * 10 + (c - '0');
        scan->at++;
    }
    for (;; scan->at++) {
        c = format_at(scan, scan->at);
        if (c == 'h') {
            conversion.bytes = conversion.bytes == 2 ? 1 : 2;
            conversion.wide = false;
            sized = true;
        } else if (c == 'l' || c == 'w' || c == 'L') {
            conversion.bytes = conversion.floats_long && c == 'l' ? 8 : 4;
            conversion.floats_long = true;
            conversion.wide = true;
            sized = true;
        } else if (c == 'j' || c == 'z' || c == 't') {
            conversion.bytes = 8;
        } else if (c == 'I') {
            uint32_t a = format_at(scan, scan->at + 1);
            uint32_t b = a == 0 ? 0 : format_at(scan, scan->at + 2);

            conversion.bytes = a == '3' && b == '2' ? 4 : 8;
            scan->at += (a == '6' && b == '4') || (a == '3' && b == '2') ? 2 : 0;
        } else {
            break;
        }
    }
    conversion.type = c;
    if (c != 0) {
        scan->at++;
    }
    if ((c == 'S' || c == 'C') && !sized) {
        conversion.wide = !scan->wide_format;
    }
    return conversion;
}

static void
store_integer(void *to, unsigned bytes, uint64_t value)
{
    /* Little-endian, as everything here. */
    memcpy(to, &value, bytes);
}

/* Takes what belongs to a number into text. */
static size_t
take_number(struct scan *scan, const struct conversion *conversion, bool floats, char *text)
{
    size_t most = conversion->width != 0 && conversion->width < NUMBER_CHARS - 1 ? conversion->width
                                                                                 : NUMBER_CHARS - 1;
    bool hexadecimal =
        conversion->type == 'x' || conversion->type == 'X' || conversion->type == 'p';
    bool any_base = conversion->type == 'i';
    size_t used = 0, digits = 0;
    int32_t c;

    while (used < most && (c = peek(scan)) != SCAN_END && c < 0x80) {
        unsigned value = number_digit((uint32_t)c);
        bool sign = (c == '+' || c == '-') &&
                    (used == 0 || (floats && (text[used - 1] == 'e' || text[used - 1] == 'E')));
        bool prefix = (c == 'x' || c == 'X') && digits == 1 && text[used - 1] == '0' &&
                      (hexadecimal || any_base);

        if (prefix) {
            hexadecimal = true;
        } else if (floats) {
            if (!sign && value > 9 && c != '.' && !((c == 'e' || c == 'E') && digits > 0)) {
                break;
            }
        } else if (!sign && value >= (hexadecimal ? 16u : conversion->type == 'o' ? 8u : 10u)) {
            break;
        }
        digits += value < 16 && !sign ? 1 : 0;
        text[used++] = (char)c;
        take(scan);
    }
    text[used] = 0;
    return digits;
}

static bool
scan_integer(struct scan *scan, const struct conversion *conversion, void *to)
{
    unsigned base = conversion->type == 'i'                              ? 0
                    : conversion->type == 'o'                            ? 8
                    : conversion->type == 'd' || conversion->type == 'u' ? 10
                                                                         : 16;
    char text[NUMBER_CHARS];
    struct number number;

    skip_space(scan);
    if (take_number(scan, conversion, false, text) == 0) {
        scan->ended = peek(scan) == SCAN_END && text[0] == 0;
        return false;
    }
    number = number_parse_narrow(text, strlen(text), base, NUMBER_PREFIX_C);
    if (!conversion->discard) {
        store_integer(to, conversion->type == 'p' ? 8 : conversion->bytes,
                      number.negative ? 0 - number.magnitude : number.magnitude);
    }
    return true;
}

static bool
scan_float(struct scan *scan, const struct conversion *conversion, void *to)
{
    char text[NUMBER_CHARS];

    skip_space(scan);
    if (take_number(scan, conversion, true, text) == 0) {
        scan->ended = peek(scan) == SCAN_END && text[0] == 0;
        return false;
    }
    if (!conversion->discard) {
        double value = strtod(text, NULL);
        float narrow = (float)value;

        if (conversion->floats_long) {
            memcpy(to, &value, sizeof(value));
        } else {
            memcpy(to, &narrow, sizeof(narrow));
        }
    }
    return true;
}

/* Whether a character is in the set that starts at `at`, right behind the bracket. */
static bool
in_set(const struct scan *scan, size_t at, size_t end, uint32_t c)
{
    bool inverted = format_at(scan, at) == '^';
    size_t i;

    for (i = at + (inverted ? 1 : 0); i < end; i++) {
        uint32_t low = format_at(scan, i), high = low;

        if (i + 2 < end && format_at(scan, i + 1) == '-') {
            high = format_at(scan, i + 2);
            i += 2;
        }
        if (c >= low && c <= high) {
            return !inverted;
        }
    }
    return inverted;
}

/* %s, %c and %[. In the secure variants a text that does not fit ends the scan and leaves "". */
static bool
scan_text(struct scan *scan, const struct conversion *conversion, void *to, size_t room)
{
    bool characters = conversion->type == 'c' || conversion->type == 'C';
    bool set = conversion->type == '[';
    size_t most = conversion->width != 0 ? conversion->width : characters ? 1 : SIZE_MAX;
    size_t start = scan->at, end = scan->at, used = 0;
    bool fits = true;
    int32_t c;

    if (set) {
        /* A bracket that comes first is one of the set. */
        end += format_at(scan, end) == '^' ? 1 : 0;
        end += format_at(scan, end) == ']' ? 1 : 0;
        while (format_at(scan, end) != ']' && format_at(scan, end) != 0) {
            end++;
        }
        scan->at = end + (format_at(scan, end) != 0 ? 1 : 0);
    } else if (!characters) {
        skip_space(scan);
    }
    while (used < most && (c = peek(scan)) != SCAN_END &&
           (set ? in_set(scan, start, end, (uint32_t)c) : characters || !is_space(c))) {
        if (!conversion->discard) {
            fits = fits && used + (characters ? 0 : 1) < room;
            if (fits && conversion->wide) {
                ((uint16_t *)to)[used] = (uint16_t)c;
            } else if (fits) {
                ((char *)to)[used] = (char)c;
            }
        }
        used++;
        take(scan);
    }
    if (used == 0 || (characters && used < most)) {
        scan->ended = peek(scan) == SCAN_END;
        return false;
    }
    if (!conversion->discard && (!characters || !fits)) {
        if (conversion->wide) {
            ((uint16_t *)to)[fits ? used : 0] = 0;
        } else {
            ((char *)to)[fits ? used : 0] = 0;
        }
    }
    return fits;
}

static int
scan(struct scan *scan, va_list *arguments)
{
    static const char integers[] = "diuxXop", floats[] = "eEfgGa", texts[] = "sScC[";
    uint32_t c;

    while ((c = format_at(scan, scan->at)) != 0) {
        struct conversion conversion;
        void *to = NULL;
        size_t room = SIZE_MAX;
        bool found;

        scan->at++;
        if (is_space((int32_t)c)) {
            skip_space(scan);
            continue;
        }
        if (c != '%' || format_at(scan, scan->at) == '%') {
            scan->at += c == '%' ? 1 : 0;
            if (peek(scan) != (int32_t)c) {
                scan->ended = peek(scan) == SCAN_END;
                break;
            }
            take(scan);
            continue;
        }
        conversion = parse_conversion(scan);
        if (conversion.type == 0 || conversion.type >= 0x80) {
            break;
        }
        if (!conversion.discard) {
            to = va_arg(*arguments, void *);
        }
        if (conversion.type == 'n') {
            break; /* As in the printf family: not supported. */
        }
        if (strchr(integers, (int)conversion.type) != NULL) {
            found = scan_integer(scan, &conversion, to);
        } else if (strchr(floats, (int)conversion.type) != NULL) {
            found = scan_float(scan, &conversion, to);
        } else if (strchr(texts, (int)conversion.type) != NULL) {
            if (scan->secure && !conversion.discard) {
                room = va_arg(*arguments, unsigned);
            }
            found = scan_text(scan, &conversion, to, room);
        } else {
            break;
        }
        if (!found) {
            break;
        }
        scan->stored += conversion.discard ? 0 : 1;
    }
    return scan->stored == 0 && scan->ended ? -1 : scan->stored;
}

int
scan_narrow(scan_source *source, void *context, bool secure, const char *format, va_list *arguments)
{
    struct scan state = {.source = source, .context = context, .secure = secure, .format = format};

    return scan(&state, arguments);
}

int
scan_wide(scan_source *source, void *context, bool secure, const uint16_t *format,
          va_list *arguments)
{
    struct scan state = {.source = source,
                         .context = context,
                         .secure = secure,
                         .wide_format = true,
                         .format = format};

    return scan(&state, arguments);
}

/* --- From strings ---------------------------------------------------------------------------- */

static int32_t
narrow_source(void *context, bool take_it)
{
    const unsigned char **text = context;
    int32_t c = **text;

    if (c == 0) {
        return SCAN_END;
    }
    *text += take_it ? 1 : 0;
    return c;
}

static int32_t
wide_source(void *context, bool take_it)
{
    const uint16_t **text = context;
    int32_t c = **text;

    if (c == 0) {
        return SCAN_END;
    }
    *text += take_it ? 1 : 0;
    return c;
}

CRT int owdf_sscanf(const char *text, const char *format, ...);
CRT int owdf_sscanf_s(const char *text, const char *format, ...);
CRT int owdf_swscanf(const uint16_t *text, const uint16_t *format, ...);
CRT int owdf_swscanf_s(const uint16_t *text, const uint16_t *format, ...);

#define SCAN(engine, source, secure)                                                               \
    va_list arguments;                                                                             \
    int result;                                                                                    \
                                                                                                   \
    va_start(arguments, format);                                                                   \
    result = engine(source, &text, secure, format, &arguments);                                    \
    va_end(arguments);                                                                             \
    return result

int
owdf_sscanf(const char *text, const char *format, ...)
{
    SCAN(scan_narrow, narrow_source, false);
}

int
owdf_sscanf_s(const char *text, const char *format, ...)
{
    SCAN(scan_narrow, narrow_source, true);
}

int
owdf_swscanf(const uint16_t *text, const uint16_t *format, ...)
{
    SCAN(scan_wide, wide_source, false);
}

int
owdf_swscanf_s(const uint16_t *text, const uint16_t *format, ...)
{
    SCAN(scan_wide, wide_source, true);
}

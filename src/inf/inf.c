/* SPDX-License-Identifier: MIT */
/* Reading INF files: see inf.h. What a file says about a device is in device.c. */
#include "inf/inf.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/utf16.h"
#include "inf/inf_priv.h"
#include "sys/memory.h"

#if defined(__aarch64__)
#define ARCHITECTURE "arm64"
#else
#define ARCHITECTURE "amd64"
#endif

/* A line with its place in the file. The texts are in inf->text. */
struct line {
    struct inf_line line;
    const char *section;
    const char *fields[]; /* field_count of them. */
};

struct inf {
    char *name;
    char *text; /* UTF-8; the parser ends each token with a NUL in place. */
    struct line **lines;
    unsigned line_count;
    unsigned line_capacity;
    const char **sections; /* Names of all, empty ones too. */
    unsigned section_count;
};

int
inf_fail(const struct inf *inf, unsigned line, struct inf_error *error, int result,
         const char *format, ...)
{
    const char *slash = strrchr(inf->name, '/');
    const char *name = slash != NULL ? slash + 1 : inf->name;
    va_list arguments;
    int n;

    if (line != 0) {
        n = snprintf(error->text, sizeof(error->text), "%s:%u: ", name, line);
    } else {
        n = snprintf(error->text, sizeof(error->text), "%s: ", name);
    }
    va_start(arguments, format);
    if (n >= 0 && (size_t)n < sizeof(error->text)) {
        (void)vsnprintf(error->text + n, sizeof(error->text) - (size_t)n, format, arguments);
    }
    va_end(arguments);
    return result;
}

/* ---- Encodings ---- */

static char *
text_from_utf16(const uint8_t *data, size_t size, bool big_endian)
{
    size_t count = size / 2;
    uint16_t *units = sys_alloc(count * 2 + 2);
    char *text = NULL;
    size_t length;
    size_t i;

    if (units == NULL) {
        return NULL;
    }
    for (i = 0; i < count; i++) {
        units[i] = (uint16_t)(data[2 * i + big_endian] | data[2 * i + !big_endian] << 8);
    }
    length = utf16_to_utf8(NULL, 0, units, count);
    text = sys_alloc(length + 1);
    if (text != NULL) {
        (void)utf16_to_utf8(text, length, units, count);
        text[length] = '\0';
    }
    sys_free(units);
    return text;
}

/* The file as UTF-8. 8-bit text that is not UTF-8 passes as it is. */
static char *
text_of(const uint8_t *data, size_t size)
{
    char *text;

    if (size >= 2 && data[0] == 0xFF && data[1] == 0xFE) {
        return text_from_utf16(data + 2, size - 2, false);
    }
    if (size >= 2 && data[0] == 0xFE && data[1] == 0xFF) {
        return text_from_utf16(data + 2, size - 2, true);
    }
    if (size >= 3 && memcmp(data, "\xEF\xBB\xBF", 3) == 0) {
        data += 3;
        size -= 3;
    }
    text = sys_alloc(size + 1);
    if (text != NULL) {
        memcpy(text, data, size);
        text[size] = '\0';
    }
    return text;
}

/* Puts this machine's architecture, which is shorter, in each place of $ARCH$. */
static void
replace_architecture(char *text)
{
    static const char variable[] = "$ARCH$";
    size_t length = sizeof(variable) - 1;
    char *out = text;

    _Static_assert(sizeof(ARCHITECTURE) <= sizeof(variable), "it is replaced in place");
    while (*text != '\0') {
        if (*text == '$' && strncasecmp(text, variable, length) == 0) {
            memcpy(out, ARCHITECTURE, sizeof(ARCHITECTURE) - 1);
            out += sizeof(ARCHITECTURE) - 1;
            text += length;
        } else {
            *out++ = *text++;
        }
    }
    *out = '\0';
}

/* ---- Lines ---- */

static bool
is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

static char *
trim(char *start, char *end)
{
    while (start < end && is_blank(*start)) {
        start++;
    }
    while (end > start && is_blank(end[-1])) {
        end--;
    }
    *end = '\0';
    return start;
}

/* Takes quotes off a field in place: "" inside them is one quote. */
static void
unquote(char *text)
{
    char *out = text;
    bool quoted = false;

    for (; *text != '\0'; text++) {
        if (*text != '"') {
            *out++ = *text;
        } else if (quoted && text[1] == '"') {
            *out++ = '"';
            text++;
        } else {
            quoted = !quoted;
        }
    }
    *out = '\0';
}

/*
 * Joins continued lines and takes the comment off, in place: returns the end of the logical line and
 * where the next one begins. A backslash at a line's end continues it.
 */
static char *
logical_line(char *start, char **ret_next, unsigned *number, bool *ret_open_quote)
{
    char *in = start;
    char *out = start;
    bool quoted = false;
    bool comment = false;

    for (; *in != '\0' && *in != '\n'; in++) {
        if (*in == '"' && !comment) {
            quoted = !quoted;
        }
        if (*in == ';' && !quoted) {
            comment = true;
        }
        if (*in == '\\' && !comment && !quoted) {
            char *ahead = in + 1;

            while (is_blank(*ahead)) {
                ahead++;
            }
            if (*ahead == '\n' || (*ahead == ';' && strchr(ahead, '\n') != NULL)) {
                in = strchr(ahead, '\n');
                (*number)++;
                continue;
            }
        }
        if (!comment) {
            *out++ = *in;
        }
    }
    *ret_open_quote = quoted;
    *ret_next = *in == '\n' ? in + 1 : in;
    if (*in == '\n') {
        (*number)++;
    }
    return out;
}

/* Splits at commas outside quotes; returns the count or -1 when there are too many. */
static int
split_fields(char *text, const char **fields)
{
    bool quoted = false;
    int count = 0;
    char *start = text;
    char *p;

    if (*text == '\0') {
        return 0;
    }
    for (p = text;; p++) {
        char c = *p;

        if (c == '"') {
            quoted = !quoted;
        }
        if (c != '\0' && (c != ',' || quoted)) {
            continue;
        }
        if (count == INF_FIELDS_MAX) {
            return -1;
        }
        start = trim(start, p);
        unquote(start);
        fields[count++] = start;
        if (c == '\0') {
            return count;
        }
        start = p + 1;
    }
}

static int
add_line(struct inf *inf, const char *section, unsigned number, char *key, const char **fields,
         unsigned field_count)
{
    struct line *line;

    if (inf->line_count == inf->line_capacity) {
        unsigned capacity = inf->line_capacity == 0 ? 64 : 2 * inf->line_capacity;
        struct line **lines = sys_alloc(capacity * sizeof(lines[0]));

        if (lines == NULL) {
            return -ENOMEM;
        }
        if (inf->line_count != 0) {
            memcpy(lines, inf->lines, inf->line_count * sizeof(lines[0]));
        }
        sys_free(inf->lines);
        inf->lines = lines;
        inf->line_capacity = capacity;
    }
    line = sys_alloc(sizeof(*line) + field_count * sizeof(line->fields[0]));
    if (line == NULL) {
        return -ENOMEM;
    }
    line->section = section;
    if (field_count != 0) {
        memcpy(line->fields, fields, field_count * sizeof(fields[0]));
    }
    line->line = (struct inf_line){
        .number = number, .key = key, .fields = line->fields, .field_count = field_count};
    inf->lines[inf->line_count++] = line;
    return 0;
}

static int
add_section(struct inf *inf, const char *section)
{
    const char **sections = sys_alloc((inf->section_count + 1) * sizeof(sections[0]));

    if (sections == NULL) {
        return -ENOMEM;
    }
    if (inf->section_count != 0) {
        memcpy(sections, inf->sections, inf->section_count * sizeof(sections[0]));
    }
    sys_free(inf->sections);
    inf->sections = sections;
    inf->sections[inf->section_count++] = section;
    return 0;
}

/* The first "=" outside quotes. */
static char *
find_equals(char *text)
{
    bool quoted = false;

    for (; *text != '\0'; text++) {
        if (*text == '"') {
            quoted = !quoted;
        } else if (*text == '=' && !quoted) {
            return text;
        }
    }
    return NULL;
}

static int
parse_entry(struct inf *inf, const char *section, unsigned number, char *text,
            struct inf_error *error)
{
    const char *fields[INF_FIELDS_MAX];
    char *equals = find_equals(text);
    char *key = text + strlen(text); /* "" */
    char *values = text;
    int count;

    if (equals != NULL) {
        key = trim(text, equals);
        unquote(key);
        values = equals + 1;
        values = trim(values, values + strlen(values));
    }
    count = split_fields(values, fields);
    if (count < 0) {
        return inf_fail(inf, number, error, -EINVAL, "more than %d fields", INF_FIELDS_MAX);
    }
    return add_line(inf, section, number, key, fields, (unsigned)count);
}

static int
parse_text(struct inf *inf, struct inf_error *error)
{
    const char *section = NULL;
    unsigned number = 1;
    char *next = inf->text;
    int result = 0;

    while (result == 0 && *next != '\0') {
        unsigned first = number;
        char *start = next;
        bool open_quote;
        char *end = logical_line(start, &next, &number, &open_quote);

        start = trim(start, end);
        if (*start == '\0') {
            continue;
        }
        if (*start == '[') {
            char *close = strchr(start, ']');

            if (close == NULL || close[1] != '\0') {
                return inf_fail(inf, first, error, -EINVAL, "a section's name ends with \"]\"");
            }
            section = trim(start + 1, close);
            result = add_section(inf, section);
        } else if (section == NULL) {
            continue; /* What stands before the first section is for people. */
        } else if (open_quote) {
            return inf_fail(inf, first, error, -EINVAL, "a quote is not closed");
        } else {
            result = parse_entry(inf, section, first, start, error);
        }
    }
    return result;
}

int
inf_parse(const char *name, const void *data, size_t size, struct inf **ret_inf,
          struct inf_error *error)
{
    struct inf *inf = sys_alloc_zeroed(sizeof(*inf));
    int result = inf == NULL ? -ENOMEM : 0;

    error->text[0] = '\0';
    if (result == 0) {
        inf->name = sys_alloc(strlen(name) + 1);
        inf->text = text_of(data, size);
        result = inf->name == NULL || inf->text == NULL ? -ENOMEM : 0;
    }
    if (result == 0) {
        strcpy(inf->name, name);
        replace_architecture(inf->text);
        result = parse_text(inf, error);
    }
    if (result != 0) {
        inf_close(inf);
        return result;
    }
    *ret_inf = inf;
    return 0;
}

int
inf_open(const char *path, struct inf **ret_inf, struct inf_error *error)
{
    FILE *file = fopen(path, "rb");
    size_t size = 0;
    int result;
    char *data;

    if (file == NULL) {
        result = -errno;
        (void)snprintf(error->text, sizeof(error->text), "%s: %s", path, strerror(-result));
        return result;
    }
    data = sys_alloc(INF_FILE_SIZE_MAX + 1);
    result = data == NULL ? -ENOMEM : 0;
    if (result == 0) {
        size = fread(data, 1, INF_FILE_SIZE_MAX + 1, file);
        result = ferror(file) ? -EIO : size > INF_FILE_SIZE_MAX ? -EFBIG : 0;
    }
    (void)fclose(file);
    if (result != 0) {
        (void)snprintf(error->text, sizeof(error->text), "%s: %s", path, strerror(-result));
    } else {
        result = inf_parse(path, data, size, ret_inf, error);
    }
    sys_free(data);
    return result;
}

void
inf_close(struct inf *inf)
{
    unsigned i;

    if (inf == NULL) {
        return;
    }
    for (i = 0; i < inf->line_count; i++) {
        sys_free(inf->lines[i]);
    }
    sys_free(inf->lines);
    sys_free(inf->sections);
    sys_free(inf->text);
    sys_free(inf->name);
    sys_free(inf);
}

/* ---- Looking up ---- */

bool
inf_has_section(const struct inf *inf, const char *section)
{
    unsigned i;

    for (i = 0; i < inf->section_count; i++) {
        if (strcasecmp(inf->sections[i], section) == 0) {
            return true;
        }
    }
    return false;
}

const struct inf_line *
inf_line_at(const struct inf *inf, const char *section, unsigned index)
{
    unsigned i;

    for (i = 0; i < inf->line_count; i++) {
        if (strcasecmp(inf->lines[i]->section, section) == 0 && index-- == 0) {
            return &inf->lines[i]->line;
        }
    }
    return NULL;
}

const struct inf_line *
inf_find(const struct inf *inf, const char *section, const char *key)
{
    unsigned i;

    for (i = 0; i < inf->line_count; i++) {
        if (strcasecmp(inf->lines[i]->section, section) == 0 &&
            strcasecmp(inf->lines[i]->line.key, key) == 0) {
            return &inf->lines[i]->line;
        }
    }
    return NULL;
}

static bool
all_digits(const char *text, size_t length)
{
    size_t i;

    for (i = 0; i < length; i++) {
        if (!isdigit((unsigned char)text[i])) {
            return false;
        }
    }
    return length != 0;
}

/* What stands for %name%: the name itself with its signs for a folder number; NULL: undefined. */
static const char *
string_value(const struct inf *inf, const char *name)
{
    const struct inf_line *line = inf_find(inf, "Strings", name);

    return line == NULL ? NULL : line->field_count != 0 ? line->fields[0] : "";
}

int
inf_expand(const struct inf *inf, const struct inf_line *line, const char *text, char *out,
           size_t size, struct inf_error *error)
{
    size_t used = 0;

    while (*text != '\0') {
        char name[INF_TEXT_SIZE];
        const char *piece = text;
        size_t length = 1;
        const char *close = *text == '%' ? strchr(text + 1, '%') : NULL;

        if (close == text + 1) {
            text += 2; /* %% is one per cent sign. */
        } else if (close != NULL && all_digits(text + 1, (size_t)(close - text - 1))) {
            length = (size_t)(close - text) + 1;
            text = close + 1;
        } else if (close != NULL && (size_t)(close - text) < sizeof(name)) {
            memcpy(name, text + 1, (size_t)(close - text - 1));
            name[close - text - 1] = '\0';
            piece = string_value(inf, name);
            if (piece == NULL) {
                return inf_fail(inf, line->number, error, -ENOENT,
                                "%%%s%% is not defined in [Strings]", name);
            }
            length = strlen(piece);
            text = close + 1;
        } else {
            text++;
        }
        if (length >= size - used) {
            return inf_fail(inf, line->number, error, -ENAMETOOLONG, "\"%.40s…\" is too long", out);
        }
        memcpy(out + used, piece, length);
        used += length;
        out[used] = '\0';
    }
    out[used] = '\0';
    return 0;
}

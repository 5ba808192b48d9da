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

#include "inf/inf_priv.h"
#include "sys/memory.h"

struct section {
    const char *name;
    struct inf_line *lines; /* In the order of the file. The texts are in inf->text. */
    unsigned line_count;
    unsigned line_capacity;
};

struct inf {
    char *name;
    char *text; /* UTF-8; the parser ends each token with a NUL in place. */
    struct section *sections;
    unsigned section_count;
    unsigned section_capacity;
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

/*
 * What templates (.inx) leave to the build: the architecture, and the versions of the frameworks that
 * are here. What stands for a variable is shorter than it.
 */
static void
replace_variables(char *text)
{
    static const struct {
        const char *variable;
        const char *value;
    } variables[] = {
        {"$ARCH$", INF_ARCHITECTURE},          {"$KMDFVERSION$", "1.33"},
        {"$KMDFCOINSTALLERVERSION$", "01033"}, {"$UMDFVERSION$", "2.33.0"},
        {"$UMDFCOINSTALLERVERSION$", "02033"},
    };
    char *out = text;
    size_t i;

    while (*text != '\0') {
        for (i = 0; *text == '$' && i < sizeof(variables) / sizeof(variables[0]); i++) {
            size_t length = strlen(variables[i].variable);

            if (strncasecmp(text, variables[i].variable, length) == 0) {
                memcpy(out, variables[i].value, strlen(variables[i].value));
                out += strlen(variables[i].value);
                text += length;
                break;
            }
        }
        if (*text != '$' || i == sizeof(variables) / sizeof(variables[0])) {
            *out++ = *text;
            text += *text != '\0';
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

/* Room for one more of `count` elements of `size` bytes; the array doubles. */
static int
grow(void **array, unsigned count, unsigned *capacity, size_t size)
{
    unsigned wanted = *capacity == 0 ? 8 : 2 * *capacity;
    void *bigger;

    if (count < *capacity) {
        return 0;
    }
    bigger = sys_alloc_zeroed(wanted * size);
    if (bigger == NULL) {
        return -ENOMEM;
    }
    if (count != 0) {
        memcpy(bigger, *array, count * size);
    }
    sys_free(*array);
    *array = bigger;
    *capacity = wanted;
    return 0;
}

static struct section *
find_section(const struct inf *inf, const char *name)
{
    unsigned i;

    for (i = 0; i < inf->section_count; i++) {
        if (strcasecmp(inf->sections[i].name, name) == 0) {
            return &inf->sections[i];
        }
    }
    return NULL;
}

static int
add_line(struct section *section, unsigned number, char *key, const char **fields,
         unsigned field_count)
{
    const char **copy = field_count == 0 ? NULL : sys_alloc(field_count * sizeof(fields[0]));
    int result = field_count != 0 && copy == NULL ? -ENOMEM : 0;

    if (result == 0) {
        result = grow((void **)&section->lines, section->line_count, &section->line_capacity,
                      sizeof(section->lines[0]));
    }
    if (result != 0) {
        sys_free((void *)copy);
        return result;
    }
    if (field_count != 0) {
        memcpy(copy, fields, field_count * sizeof(fields[0]));
    }
    section->lines[section->line_count++] =
        (struct inf_line){.number = number, .key = key, .fields = copy, .field_count = field_count};
    return 0;
}

/* A section that appears twice is one section. */
static int
add_section(struct inf *inf, const char *name, unsigned *ret_index)
{
    struct section *section = find_section(inf, name);
    int result = 0;

    if (section == NULL) {
        result = grow((void **)&inf->sections, inf->section_count, &inf->section_capacity,
                      sizeof(inf->sections[0]));
        if (result == 0) {
            section = &inf->sections[inf->section_count++];
            section->name = name;
        }
    }
    if (result == 0) {
        *ret_index = (unsigned)(section - inf->sections);
    }
    return result;
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
parse_entry(struct inf *inf, unsigned section, unsigned number, char *text, struct inf_error *error)
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
    return add_line(&inf->sections[section], number, key, fields, (unsigned)count);
}

static int
parse_text(struct inf *inf, struct inf_error *error)
{
    bool in_section = false;
    unsigned section = 0;
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
            result = add_section(inf, trim(start + 1, close), &section);
            in_section = true;
        } else if (!in_section) {
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
        inf->text = inf_text_of(data, size);
        result = inf->name == NULL || inf->text == NULL ? -ENOMEM : 0;
    }
    if (result == 0) {
        strcpy(inf->name, name);
        replace_variables(inf->text);
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
    unsigned j;

    if (inf == NULL) {
        return;
    }
    for (i = 0; i < inf->section_count; i++) {
        for (j = 0; j < inf->sections[i].line_count; j++) {
            sys_free((void *)(uintptr_t)inf->sections[i].lines[j].fields);
        }
        sys_free(inf->sections[i].lines);
    }
    sys_free(inf->sections);
    sys_free(inf->text);
    sys_free(inf->name);
    sys_free(inf);
}

/* ---- Looking up ---- */

bool
inf_has_section(const struct inf *inf, const char *section)
{
    return find_section(inf, section) != NULL;
}

const char *
inf_section_at(const struct inf *inf, unsigned index)
{
    return index < inf->section_count ? inf->sections[index].name : NULL;
}

const char *
inf_name(const struct inf *inf)
{
    const char *slash = strrchr(inf->name, '/');

    return slash != NULL ? slash + 1 : inf->name;
}

const struct inf_line *
inf_line_at(const struct inf *inf, const char *section, unsigned index)
{
    const struct section *found = find_section(inf, section);

    return found != NULL && index < found->line_count ? &found->lines[index] : NULL;
}

const struct inf_line *
inf_find(const struct inf *inf, const char *section, const char *key)
{
    const struct section *found = find_section(inf, section);
    unsigned i;

    for (i = 0; found != NULL && i < found->line_count; i++) {
        if (strcasecmp(found->lines[i].key, key) == 0) {
            return &found->lines[i];
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

/*
 * What stands for %name%; NULL: undefined. The strings of the language that we speak (US English) come
 * before those without a language; those of others are better than none.
 */
static const char *
string_value(const struct inf *inf, const char *name)
{
    const struct inf_line *line = inf_find(inf, "Strings.0409", name);
    unsigned i;

    if (line == NULL) {
        line = inf_find(inf, "Strings", name);
    }
    for (i = 0; line == NULL && i < inf->section_count; i++) {
        if (strncasecmp(inf->sections[i].name, "Strings.", 8) == 0) {
            line = inf_find(inf, inf->sections[i].name, name);
        }
    }
    return line == NULL ? NULL : line->field_count != 0 ? line->fields[0] : "";
}

static int
expand(const struct inf *inf, const struct inf_line *line, const char *text, char *out, size_t size,
       bool keep_unknown, struct inf_error *error)
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
            length = piece != NULL ? strlen(piece) : (size_t)(close - text) + 1;
            if (piece == NULL && keep_unknown) {
                piece = text;
            } else if (piece == NULL) {
                return inf_fail(inf, line->number, error, -ENOENT,
                                "%%%s%% is not defined in [Strings]", name);
            }
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

int
inf_expand(const struct inf *inf, const struct inf_line *line, const char *text, char *out,
           size_t size, struct inf_error *error)
{
    return expand(inf, line, text, out, size, false, error);
}

int
inf_expand_known(const struct inf *inf, const struct inf_line *line, const char *text, char *out,
                 size_t size, struct inf_error *error)
{
    return expand(inf, line, text, out, size, true, error);
}

int
inf_field(const struct inf *inf, const struct inf_line *line, unsigned index, char *out,
          size_t size, struct inf_error *error)
{
    return inf_expand(inf, line, index < line->field_count ? line->fields[index] : "", out, size,
                      error);
}

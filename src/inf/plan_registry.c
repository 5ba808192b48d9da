/* SPDX-License-Identifier: MIT */
/* AddReg, DelReg, AddProperty and DelProperty: lines that end as values. */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/utf16.h"
#include "inf/plan_priv.h"
#include "sys/memory.h"

enum {
    REG_NONE,
    REG_SZ,
    REG_EXPAND_SZ,
    REG_BINARY,
    REG_DWORD,
    REG_MULTI_SZ = 7,
    REG_QWORD = 11,
};

/* The bits of the flags that are a type. */
#define TYPE_MASK           0xFFFF0001u
#define TYPE_SZ             0x00000000u
#define TYPE_BINARY         0x00000001u
#define TYPE_MULTI_SZ       0x00010000u
#define TYPE_DWORD          0x00010001u
#define TYPE_EXPAND_SZ      0x00020000u
#define TYPE_NONE           0x00020001u
#define TYPE_QWORD          0x000B0001u
#define DELREG_MULTI_STRING 0x00018002u /* DelReg: a string out of a REG_MULTI_SZ. */

struct value {
    uint32_t type;
    const void *data;
    uint32_t size;
};

/* ---- Values ---- */

static int
no_value(struct planner *p, const struct inf_line *line, const char *text, const char *what)
{
    return inf_fail(p->inf, line->number, p->error, -EINVAL, "\"%.40s\" is not %s", text, what);
}

/* Strings from field `first` on, each with its zero; `many`: and one more at the end. */
static int
read_strings(struct planner *p, const struct inf_line *line, unsigned first, bool many,
             struct value *value)
{
    unsigned last = many ? line->field_count : first + 1;
    uint16_t *units = NULL;
    size_t used = 0;
    size_t room = 0;
    unsigned i;
    int result = 0;

    for (i = first; result == 0 && (i < last || i == first); i++) {
        const char *text;
        size_t count;
        uint16_t *bigger;

        result = plan_field_known(p, line, i, &text);
        if (result != 0) {
            break;
        }
        count = utf8_to_utf16(NULL, 0, text, strlen(text));
        if (many && count == 0) {
            continue; /* A REG_MULTI_SZ has no empty strings. */
        }
        if (used + count + 2 > room) {
            room = 2 * room + count + 64;
            bigger = sys_alloc(room * sizeof(units[0]));
            if (bigger == NULL) {
                result = -ENOMEM;
                break;
            }
            if (used != 0) {
                memcpy(bigger, units, used * sizeof(units[0]));
            }
            sys_free(units);
            units = bigger;
        }
        (void)utf8_to_utf16(units + used, count, text, strlen(text));
        used += count;
        units[used++] = 0;
    }
    if (result == 0) {
        static const uint16_t zero = 0;

        if (many && used != 0) {
            units[used++] = 0;
        }
        value->size = (uint32_t)((used != 0 ? used : 1) * sizeof(units[0]));
        value->data = plan_keep(p, used != 0 ? units : &zero, value->size);
        result = value->data == NULL ? -ENOMEM : 0;
    }
    sys_free(units);
    return result;
}

/* Bytes, a field each: hexadecimal with or without 0x. */
static int
read_bytes(struct planner *p, const struct inf_line *line, unsigned first, struct value *value)
{
    unsigned count = line->field_count > first ? line->field_count - first : 0;
    uint8_t *bytes = sys_alloc(count + 1);
    unsigned used = 0;
    unsigned i;
    int result = bytes == NULL ? -ENOMEM : 0;

    for (i = 0; result == 0 && i < count; i++) {
        const char *text;
        char *end;
        unsigned long number;

        result = plan_field(p, line, first + i, &text);
        if (result != 0) {
            break;
        }
        if (text[0] == '\0') {
            if (count == 1) {
                break;
            }
            continue; /* A comma too many, as at the end of a continued line. */
        }
        number = isxdigit((unsigned char)text[0]) ? strtoul(text, &end, 16) : 0x100;
        if (number > 0xFF || *end != '\0') {
            result = no_value(p, line, text, "a byte in hexadecimal");
            break;
        }
        bytes[used++] = (uint8_t)number;
    }
    if (result == 0) {
        value->data = plan_keep(p, bytes, used);
        value->size = used;
        result = value->data == NULL ? -ENOMEM : 0;
    }
    sys_free(bytes);
    return result;
}

/* A number of `size` bytes: one field, or its bytes, a field each. */
static int
read_number(struct planner *p, const struct inf_line *line, unsigned first, uint32_t size,
            struct value *value)
{
    uint64_t number;
    uint8_t bytes[8];
    const char *text;
    uint32_t i;
    int result;

    if (line->field_count >= first + size) {
        result = read_bytes(p, line, first, value);
        return result != 0 || value->size == size
                   ? result
                   : no_value(p, line, line->fields[first], "a number");
    }
    result = plan_field(p, line, first, &text);
    if (result != 0) {
        return result;
    }
    if (inf_number(text, &number) != 0) {
        return no_value(p, line, text, "a number");
    }
    if (size == 4 && number > UINT32_MAX && number < UINT64_MAX - INT32_MAX) {
        return no_value(p, line, text, "a number of 32 bits");
    }
    for (i = 0; i < size; i++) {
        bytes[i] = (uint8_t)(number >> (8 * i));
    }
    value->data = plan_keep(p, bytes, size);
    value->size = size;
    return value->data == NULL ? -ENOMEM : 0;
}

static int
read_value(struct planner *p, const struct inf_line *line, unsigned first, uint32_t flags,
           struct value *value)
{
    switch (flags & TYPE_MASK) {
    case TYPE_SZ:
        value->type = REG_SZ;
        return read_strings(p, line, first, false, value);
    case TYPE_EXPAND_SZ:
        value->type = REG_EXPAND_SZ;
        return read_strings(p, line, first, false, value);
    case TYPE_MULTI_SZ:
        value->type = REG_MULTI_SZ;
        return read_strings(p, line, first, true, value);
    case TYPE_DWORD:
        value->type = REG_DWORD;
        return read_number(p, line, first, 4, value);
    case TYPE_QWORD:
        value->type = REG_QWORD;
        return read_number(p, line, first, 8, value);
    case TYPE_NONE:
        value->type = REG_NONE;
        return read_bytes(p, line, first, value);
    case TYPE_BINARY:
        value->type = REG_BINARY;
        return read_bytes(p, line, first, value);
    default:
        /* A type of one's own: its number in the high word, its data as bytes. */
        if ((flags & TYPE_BINARY) == 0) {
            return inf_fail(p->inf, line->number, p->error, -EINVAL,
                            "the flags 0x%08x are no type of value", flags);
        }
        value->type = flags >> 16;
        return read_bytes(p, line, first, value);
    }
}

/* ---- AddReg, DelReg ---- */

static int
read_root(struct planner *p, const struct inf_line *line, const struct plan_owner *owner,
          enum inf_root *ret_root)
{
    static const struct {
        const char *name;
        enum inf_root root;
    } roots[] = {
        {"HKLM", INF_ROOT_HKLM},
        {"HKCR", INF_ROOT_HKCR},
        {"HKCU", INF_ROOT_HKCU},
        {"HKU", INF_ROOT_HKU},
    };
    const char *text;
    size_t i;
    int result = plan_field(p, line, 0, &text);

    if (result != 0) {
        return result;
    }
    if (strcasecmp(text, "HKR") == 0) {
        *ret_root = owner->root;
        return 0;
    }
    for (i = 0; i < sizeof(roots) / sizeof(roots[0]); i++) {
        if (strcasecmp(text, roots[i].name) == 0) {
            *ret_root = roots[i].root;
            return 0;
        }
    }
    return inf_fail(p->inf, line->number, p->error, -EINVAL,
                    "\"%.40s\" is not HKR, HKLM, HKCR, HKCU or HKU", text);
}

/* One line: reg-root, [subkey], [value-entry-name], [flags], [value][, …] */
static int
read_line(struct planner *p, const struct inf_line *line, const struct plan_owner *owner,
          bool remove)
{
    bool has_name = line->field_count > 2 && line->fields[2][0] != '\0';
    struct inf_registry entry = {.remove = remove,
                                 .line = line->number,
                                 .owner = owner->name,
                                 .interface = owner->interface,
                                 .subkey = "",
                                 .type = REG_SZ};
    struct inf_registry *place;
    struct value value = {.type = REG_SZ};
    int result = read_root(p, line, owner, &entry.root);

    result = result != 0 ? result : plan_field_known(p, line, 1, &entry.subkey);
    result = result != 0 ? result : plan_field_known(p, line, 2, &entry.name);
    result = result != 0 ? result : plan_number(p, line, 3, &entry.flags);
    if (result != 0) {
        return result;
    }
    if (remove) {
        if ((entry.flags & DELREG_MULTI_STRING) == DELREG_MULTI_STRING) {
            result = read_strings(p, line, 4, false, &value);
            entry.flags = INF_REG_APPEND; /* One string of a list: the reverse of appending. */
            value.type = REG_MULTI_SZ;
        } else if (!has_name) {
            entry.name = NULL; /* The whole key. */
        }
    } else if ((entry.flags & (INF_REG_KEY_ONLY | 0x2000u)) != 0) {
        entry.flags |= INF_REG_KEY_ONLY;
        entry.name = NULL;
    } else if (!has_name && line->field_count < 5) {
        /* Only a key, unless a value for its default name is given. */
        if ((entry.flags & INF_REG_DELETE) == 0) {
            entry.flags |= INF_REG_KEY_ONLY;
        }
        entry.name = NULL;
    } else if ((entry.flags & INF_REG_DELETE) == 0) {
        if ((entry.flags & INF_REG_APPEND) != 0 && (entry.flags & TYPE_MASK) != TYPE_MULTI_SZ) {
            return inf_fail(p->inf, line->number, p->error, -EINVAL,
                            "the flags 0x%08x append to what is no REG_MULTI_SZ", entry.flags);
        }
        result = read_value(p, line, 4, entry.flags, &value);
    }
    if (result != 0) {
        return result;
    }
    entry.type = value.type;
    entry.data = value.data;
    entry.size = value.size;
    place = PLAN_ADD(p, registry);
    if (place == NULL) {
        return -ENOMEM;
    }
    *place = entry;
    return 0;
}

static int
missing_section(struct planner *p, const struct inf_line *line, const char *section)
{
    return inf_fail(p->inf, line->number, p->error, -ENOENT, "%.40s: there is no section [%.100s]",
                    line->key, section);
}

int
plan_registry(struct planner *p, const struct inf_line *line, const struct plan_owner *owner,
              bool remove)
{
    unsigned i;

    for (i = 0; i < line->field_count; i++) {
        const struct inf_line *entry;
        const char *section;
        unsigned index;
        int result = plan_field(p, line, i, &section);

        if (result == 0 && section[0] != '\0' && !inf_has_section(p->inf, section)) {
            result = missing_section(p, line, section);
        }
        for (index = 0; result == 0 && (entry = inf_line_at(p->inf, section, index)) != NULL;
             index++) {
            if (entry->field_count != 0) {
                result = read_line(p, entry, owner, remove);
            }
        }
        if (result != 0) {
            return result;
        }
    }
    return 0;
}

/* ---- AddProperty, DelProperty ---- */

/* DEVPROP_TYPE_…; the others are bytes. */
enum {
    PROPERTY_UINT32 = 0x07,
    PROPERTY_UINT64 = 0x09,
    PROPERTY_BOOLEAN = 0x11,
    PROPERTY_STRING = 0x12,
    PROPERTY_STRING_LIST = 0x2012,
};

static int
read_property_value(struct planner *p, const struct inf_line *line, struct inf_property *property)
{
    struct value value = {.type = 0};
    int result;

    switch (property->type) {
    case PROPERTY_STRING:
        result = read_strings(p, line, 4, false, &value);
        break;
    case PROPERTY_STRING_LIST:
        result = read_strings(p, line, 4, true, &value);
        break;
    case PROPERTY_UINT32:
        result = read_number(p, line, 4, 4, &value);
        break;
    case PROPERTY_UINT64:
        result = read_number(p, line, 4, 8, &value);
        break;
    default:
        result = read_bytes(p, line, 4, &value);
        break;
    }
    property->data = value.data;
    property->size = value.size;
    return result;
}

/* property-name,,,[flags],value or {guid},id,type,[flags],value */
static int
read_property(struct planner *p, const struct inf_line *line, bool remove)
{
    struct inf_property property = {.line = line->number, .remove = remove};
    struct inf_property *place;
    const char *name;
    int result = plan_field(p, line, 0, &name);

    if (result != 0) {
        return result;
    }
    if (name[0] == '{') {
        property.guid = name;
        result = plan_number(p, line, 1, &property.id);
        result = result != 0 || remove ? result : plan_number(p, line, 2, &property.type);
        if (result == 0 && property.id < 2) {
            result = no_value(p, line, line->field_count > 1 ? line->fields[1] : "",
                              "a property's number (2 or more)");
        }
    } else {
        property.name = name;
        property.type = PROPERTY_STRING;
    }
    if (result == 0 && !remove) {
        result = plan_number(p, line, 3, &property.flags);
        result = result != 0 ? result : read_property_value(p, line, &property);
    }
    if (result != 0) {
        return result;
    }
    place = PLAN_ADD(p, properties);
    if (place == NULL) {
        return -ENOMEM;
    }
    *place = property;
    return 0;
}

int
plan_properties(struct planner *p, const struct inf_line *line, bool remove)
{
    unsigned i;

    for (i = 0; i < line->field_count; i++) {
        const struct inf_line *entry;
        const char *section;
        unsigned index;
        int result = plan_field(p, line, i, &section);

        if (result == 0 && section[0] != '\0' && !inf_has_section(p->inf, section)) {
            result = missing_section(p, line, section);
        }
        for (index = 0; result == 0 && (entry = inf_line_at(p->inf, section, index)) != NULL;
             index++) {
            result = read_property(p, entry, remove);
        }
        if (result != 0) {
            return result;
        }
    }
    return 0;
}

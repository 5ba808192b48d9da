/* SPDX-License-Identifier: MIT */
/*
 * `wdf reg`: the registry from the shell.
 *
 *     wdf reg query KEY [VALUE] [--tree]        wdf reg add KEY [VALUE [DATA]] [--type TYPE]
 *     wdf reg delete KEY [VALUE]                wdf reg export KEY [FILE]      wdf reg import FILE
 */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/utf16.h"
#include "registry/registry.h"
#include "sys/memory.h"
#include "wdf/wdf.h"

#define IMPORT_SIZE_MAX (64u << 20)
#define COMMAND         "reg"

static const char help_text[] =
    "usage: wdf reg query KEY [VALUE] [--tree]\n"
    "       wdf reg add KEY [VALUE [DATA]] [--type sz|expand_sz|multi_sz|dword|qword|binary|none]\n"
    "       wdf reg delete KEY [VALUE]\n"
    "       wdf reg export KEY [FILE]\n"
    "       wdf reg import FILE\n"
    "\n"
    "Shows and changes the registry that drivers and applications see. KEY is HKLM\\..., "
    "HKCU\\...,\n"
    "HKCR\\..., HKU\\..., HKCC\\... (long names too) or \\Registry\\Machine\\...; VALUE \"\" is a "
    "key's\n"
    "default value. Without VALUE, delete removes the key with all below it.\n"
    "\n"
    "  --tree      query: the keys below it too\n"
    "  --type      add: the value's type; without it dword for a number, sz for other text.\n"
    "              multi_sz takes its strings as separate arguments, binary takes hexadecimal "
    "bytes\n"
    "\n"
    "export writes a .reg file (standard output without FILE), import applies one as a whole or,\n"
    "when it is malformed, not at all. - as FILE is the standard input.\n"
    "The store is registry.db in $OPENWDF_STATE_DIR, by default ~/.local/state/openwdf.\n";

static const char *const type_names[] = {
    "none", "sz",       "expand_sz",     "binary",     "dword", "dword_big_endian",
    "link", "multi_sz", "resource_list", "descriptor", "list",  "qword",
};

#define TYPES (sizeof(type_names) / sizeof(type_names[0]))

static int fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

static int
fail(const char *format, ...)
{
    va_list arguments;

    (void)fputs("wdf reg: ", stderr);
    va_start(arguments, format);
    (void)vfprintf(stderr, format, arguments);
    va_end(arguments);
    (void)fputc('\n', stderr);
    return WDF_EXIT_FAILED;
}

static const char *
error_text(int error)
{
    return error == -ENOENT    ? "there is no such key or value"
           : error == -EBUSY   ? "another program does not finish its change of the registry"
           : error == -EUCLEAN ? "the registry's file is damaged, or none of this version"
                               : strerror(-error);
}

/* ---- Showing ---- */

static void
show_wide(const uint16_t *units, size_t count)
{
    size_t size = utf16_to_utf8(NULL, 0, units, count);
    char *text = sys_alloc(size + 1);

    if (text != NULL) {
        (void)utf16_to_utf8(text, size, units, count);
        (void)fwrite(text, 1, size, stdout);
        sys_free(text);
    }
}

/* The strings of a REG_MULTI_SZ, "\0" between them, as Windows' tool shows them. */
static void
show_strings(const uint16_t *units, size_t count)
{
    size_t at = 0;

    while (at < count && units[at] != 0) {
        size_t length = utf16_length_most(units + at, count - at);

        if (at != 0) {
            (void)fputs("\\0", stdout);
        }
        show_wide(units + at, length);
        at += length + 1;
    }
}

static void
show_data(const struct reg_value *value)
{
    const uint8_t *bytes = value->data;
    uint64_t number = 0;
    uint32_t i;

    if (value->type == REG_TYPE_SZ || value->type == REG_TYPE_EXPAND_SZ ||
        value->type == REG_TYPE_LINK) {
        show_wide(value->data, utf16_length_most(value->data, value->size / 2));
    } else if (value->type == REG_TYPE_MULTI_SZ) {
        show_strings(value->data, value->size / 2);
    } else if ((value->type == REG_TYPE_DWORD && value->size == 4) ||
               (value->type == REG_TYPE_QWORD && value->size == 8)) {
        for (i = value->size; i-- > 0;) {
            number = number << 8 | bytes[i];
        }
        (void)printf("0x%" PRIx64, number);
    } else {
        for (i = 0; i < value->size; i++) {
            (void)printf("%02x", bytes[i]);
        }
    }
}

static void
show_value(const struct reg_value *value)
{
    char number[16];
    const char *type = number;

    (void)snprintf(number, sizeof(number), "0x%x", value->type);
    if (value->type < TYPES) {
        type = type_names[value->type];
    }
    (void)printf("    %s    %s    ", value->name[0] != '\0' ? value->name : "(Default)", type);
    show_data(value);
    (void)putchar('\n');
}

static int
show_name(struct reg_store *store, reg_key key)
{
    char shown[2 * REG_PATH_SIZE];
    char *path;
    int result = reg_key_path(store, key, &path);

    if (result == 0) {
        result = reg_path_print(path, shown, sizeof(shown));
        (void)printf("%s\n", result == 0 ? shown : path);
        sys_free(path);
    }
    return result;
}

static int
show_key(struct reg_store *store, reg_key key, bool tree)
{
    struct reg_value value;
    struct reg_key_info info;
    uint32_t index;
    int result = reg_key_query(store, key, &info);

    result = result != 0 ? result : show_name(store, key);
    for (index = 0; result == 0 && (result = reg_value_at(store, key, index, &value)) == 0;
         index++) {
        show_value(&value);
        reg_value_free(&value);
    }
    result = result == -ENOENT ? 0 : result;
    if (result == 0 && index != 0) {
        (void)putchar('\n');
    }
    for (index = 0; result == 0 && index < info.subkeys; index++) {
        reg_key subkey;

        result = reg_key_at(store, key, index, &subkey);
        if (result == 0) {
            result = tree ? show_key(store, subkey, true) : show_name(store, subkey);
        }
    }
    return result;
}

/* ---- The commands ---- */

static int
parse_key(const char *text, char *path)
{
    int result = reg_path_parse(text, path, REG_PATH_SIZE);

    return result == 0 ? 0
                       : wdf_usage_error(COMMAND,
                                         "\"%s\" is not a key; one begins with HKLM\\, HKCU\\, "
                                         "HKCR\\, HKU\\, HKCC\\ or \\Registry\\",
                                         text);
}

static int
open_key(struct reg_store *store, const char *text, unsigned flags, reg_key *ret_key)
{
    char path[REG_PATH_SIZE];
    int result = parse_key(text, path);

    if (result != 0) {
        return result;
    }
    result = reg_key_open(store, REG_ROOT, path, flags, ret_key);
    return result == 0 ? 0 : fail("%s: %s", text, error_text(result));
}

static int
query(struct reg_store *store, int argc, char **argv, bool tree)
{
    struct reg_value value;
    reg_key key;
    int result;

    if (argc != 1 && argc != 2) {
        return wdf_usage_error(COMMAND, "query takes a key and perhaps a value");
    }
    result = open_key(store, argv[0], 0, &key);
    if (result != 0) {
        return result;
    }
    if (argc == 1) {
        result = show_key(store, key, tree);
    } else {
        result = reg_value_get(store, key, argv[1], &value);
        if (result == 0) {
            show_value(&value);
            reg_value_free(&value);
        }
    }
    return result == 0 ? WDF_EXIT_OK
                       : fail("%s%s%s: %s", argv[0], argc == 2 ? ", " : "",
                              argc == 2 ? argv[1] : "", error_text(result));
}

/* A number that DATA is, and nothing else. */
static bool
is_number(const char *text, uint64_t most, uint64_t *ret_number)
{
    return wdf_parse_number(text, most, ret_number) == 0;
}

static int
set_number(struct reg_store *store, reg_key key, const char *name, unsigned type, const char *text)
{
    size_t size = type == REG_TYPE_QWORD ? 8 : 4;
    uint8_t bytes[8];
    uint64_t number;
    size_t i;

    if (!is_number(text, size == 8 ? UINT64_MAX : UINT32_MAX, &number)) {
        return -EINVAL;
    }
    for (i = 0; i < size; i++) {
        bytes[i] = (uint8_t)(number >> (8 * i));
    }
    return reg_value_set(store, key, name, type, bytes, size);
}

static int
set_text(struct reg_store *store, reg_key key, const char *name, unsigned type, const char *text)
{
    size_t count = utf8_to_utf16(NULL, 0, text, strlen(text));
    uint16_t *units = sys_alloc((count + 1) * 2);
    int result = -ENOMEM;

    if (units != NULL) {
        (void)utf8_to_utf16(units, count, text, strlen(text));
        units[count] = 0;
        result = reg_value_set(store, key, name, type, units, (count + 1) * 2);
        sys_free(units);
    }
    return result;
}

static int
set_bytes(struct reg_store *store, reg_key key, const char *name, unsigned type, const char *text)
{
    size_t size = 0;
    uint8_t *bytes = text[0] == '\0' ? NULL : wdf_parse_hex(text, &size);
    int result = text[0] != '\0' && bytes == NULL
                     ? -EINVAL
                     : reg_value_set(store, key, name, type, bytes, size);

    free(bytes);
    return result;
}

/* argv: the data, and for multi_sz as many as there are; NULL behind the last. */
static int
set_value(struct reg_store *store, reg_key key, const char *name, unsigned type, int argc,
          char **argv)
{
    const char *text = argc != 0 ? argv[0] : "";

    switch (type) {
    case REG_TYPE_SZ:
    case REG_TYPE_EXPAND_SZ:
        return set_text(store, key, name, type, text);
    case REG_TYPE_MULTI_SZ:
        return reg_set_texts(store, key, name, (const char *const *)argv);
    case REG_TYPE_DWORD:
    case REG_TYPE_QWORD:
        return set_number(store, key, name, type, argc != 0 ? text : "0");
    default:
        return set_bytes(store, key, name, type, text);
    }
}

static int
add(struct reg_store *store, int argc, char **argv, const char *type_name)
{
    char path[REG_PATH_SIZE];
    unsigned type = REG_TYPE_SZ;
    uint64_t number;
    reg_key key;
    int result;

    if (argc < 1) {
        return wdf_usage_error(COMMAND, "add takes a key");
    }
    if (type_name != NULL) {
        for (type = 0; type < TYPES && strcasecmp(type_names[type], type_name) != 0; type++) {
        }
        if (strncasecmp(type_name, "reg_", 4) == 0) {
            for (type = 0; type < TYPES && strcasecmp(type_names[type], type_name + 4) != 0;
                 type++) {
            }
        }
        if (type == TYPES) {
            return wdf_usage_error(COMMAND, "there is no type \"%s\"", type_name);
        }
    } else if (argc == 3 && is_number(argv[2], UINT32_MAX, &number)) {
        type = REG_TYPE_DWORD;
    }
    if (argc > 3 && type != REG_TYPE_MULTI_SZ) {
        return wdf_usage_error(COMMAND, "add takes one DATA, unless --type is multi_sz");
    }
    result = parse_key(argv[0], path);
    if (result != 0) {
        return result;
    }
    result = reg_begin(store);
    if (result == 0) {
        result = reg_key_create(store, REG_ROOT, path, REG_CREATE_PATH, NULL, &key, NULL);
        if (result == 0 && argc > 1) {
            result = set_value(store, key, argv[1], type, argc - 2, argv + 2);
        }
        if (result != 0) {
            reg_rollback(store);
        } else {
            result = reg_commit(store);
        }
    }
    if (result == -EINVAL && argc > 2) {
        return wdf_usage_error(COMMAND, "\"%s\" is no %s", argv[2], type_names[type]);
    }
    return result == 0 ? WDF_EXIT_OK : fail("%s: %s", argv[0], error_text(result));
}

static int
delete_tree_or_value(struct reg_store *store, int argc, char **argv)
{
    reg_key key;
    int result;

    if (argc != 1 && argc != 2) {
        return wdf_usage_error(COMMAND, "delete takes a key and perhaps a value");
    }
    result = open_key(store, argv[0], argc == 1 ? REG_OPEN_LINK : 0, &key);
    if (result != 0) {
        return result;
    }
    result = argc == 1 ? reg_key_delete_tree(store, key) : reg_value_delete(store, key, argv[1]);
    return result == 0 ? WDF_EXIT_OK
                       : fail("%s%s%s: %s", argv[0], argc == 2 ? ", " : "",
                              argc == 2 ? argv[1] : "", error_text(result));
}

static int export(struct reg_store *store, int argc, char **argv)
{
    bool to_stdout = argc == 1 || strcmp(argv[1], "-") == 0;
    reg_key key;
    FILE *file;
    char *text;
    int result;

    if (argc != 1 && argc != 2) {
        return wdf_usage_error(COMMAND, "export takes a key and perhaps a file");
    }
    result = open_key(store, argv[0], 0, &key);
    if (result != 0) {
        return result;
    }
    result = reg_export(store, key, &text);
    if (result != 0) {
        return fail("%s: %s", argv[0], error_text(result));
    }
    file = to_stdout ? stdout : fopen(argv[1], "wb");
    if (file == NULL || fputs(text, file) == EOF || fflush(file) != 0) {
        result = fail("%s: %s", to_stdout ? "standard output" : argv[1], strerror(errno));
    }
    if (file != NULL && !to_stdout && fclose(file) != 0 && result == 0) {
        result = fail("%s: %s", argv[1], strerror(errno));
    }
    sys_free(text);
    return result;
}

static int
import(struct reg_store *store, int argc, char **argv)
{
    bool from_stdin = argc == 1 && strcmp(argv[0], "-") == 0;
    struct reg_error error;
    size_t size;
    FILE *file;
    char *data;
    int result;

    if (argc != 1) {
        return wdf_usage_error(COMMAND, "import takes a file");
    }
    file = from_stdin ? stdin : fopen(argv[0], "rb");
    if (file == NULL) {
        return fail("%s: %s", argv[0], strerror(errno));
    }
    data = sys_alloc(IMPORT_SIZE_MAX + 1);
    size = data != NULL ? fread(data, 1, IMPORT_SIZE_MAX + 1, file) : 0;
    if (data == NULL || ferror(file) || size > IMPORT_SIZE_MAX) {
        result = fail("%s: %s", argv[0],
                      data == NULL   ? "out of memory"
                      : ferror(file) ? "cannot be read"
                                     : "more than 64 MiB");
    } else {
        result = reg_import(store, data, size, &error) == 0
                     ? WDF_EXIT_OK
                     : fail("%s: %s; nothing was changed", argv[0], error.text);
    }
    sys_free(data);
    if (!from_stdin) {
        (void)fclose(file);
    }
    return result;
}

static int
run(struct reg_store *store, const char *verb, int argc, char **argv, const char *type, bool tree)
{
    if (strcmp(verb, "query") == 0) {
        return query(store, argc, argv, tree);
    }
    if (strcmp(verb, "add") == 0) {
        return add(store, argc, argv, type);
    }
    if (strcmp(verb, "delete") == 0) {
        return delete_tree_or_value(store, argc, argv);
    }
    if (strcmp(verb, "export") == 0) {
        return export(store, argc, argv);
    }
    if (strcmp(verb, "import") == 0) {
        return import(store, argc, argv);
    }
    return wdf_usage_error(COMMAND, "there is no command \"%s\"", verb);
}

int
wdf_reg(int argc, char **argv)
{
    static const struct option options[] = {
        {"tree", no_argument, NULL, 't'},
        {"type", required_argument, NULL, 'y'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    struct reg_store *store;
    const char *type = NULL;
    bool tree = false;
    int option;
    int result;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option == 'h') {
            (void)fputs(help_text, stdout);
            return WDF_EXIT_OK;
        }
        if (option == '?') {
            return WDF_EXIT_USAGE;
        }
        tree = tree || option == 't';
        type = option == 'y' ? optarg : type;
    }
    if (optind == argc) {
        (void)fputs(help_text, stderr);
        return WDF_EXIT_USAGE;
    }
    result = reg_open_default(&store);
    if (result != 0) {
        return fail("the registry cannot be opened: %s", error_text(result));
    }
    result = run(store, argv[optind], argc - optind - 1, argv + optind + 1, type, tree);
    reg_close(store);
    return result;
}

/* SPDX-License-Identifier: MIT */
/* wdf io: a device from the shell. */
#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "openwdf/client.h"
#include "wdf/wdf.h"

static const char usage[] =
    "usage: wdf io DEVICE read  [--size N] [--offset N]\n"
    "       wdf io DEVICE write [DATA] [--offset N]\n"
    "       wdf io DEVICE ioctl CODE [DATA] [--out-size N]\n"
    "       wdf io DEVICE flush\n"
    "       wdf io --list\n\n"
    "DEVICE: \\\\.\\Name, Name, \\\\?\\interface path, {interface class guid} (its first device) "
    "or an\n"
    "instance id such as ROOT\\ECHO\\0000 (its first name).\n"
    "CODE: a number, CTL_CODE(FILE_DEVICE_UNKNOWN, 0x800, METHOD_BUFFERED, FILE_ANY_ACCESS), or\n"
    "shorter UNKNOWN,0x800,BUFFERED,ANY.\n\n"
    "data to the device (write: standard input when none is given; ioctl: none):\n"
    "  --text TEXT       these characters\n"
    "  --hex DIGITS      these bytes: \"01 02 ff\", 0102ff\n"
    "  --in FILE         a file's content; - is standard input\n\n"
    "data from the device:\n"
    "  --size N          read: at most N bytes (default 4096)\n"
    "  --out-size N      ioctl: size of the output buffer (default 0)\n"
    "  --as FORM         raw, text, hex, dump (default: dump on a terminal, else raw)\n\n"
    "  --timeout MS      cancels the request after that time\n"
    "  --access RIGHTS   open for read, write, both (default) or none\n"
    "  --verbose         prints the status of a success too\n\n"
    "exit status: 0 success; 1 the request failed; 3 wrong usage; 4 the device cannot be opened\n";

enum output_form {
    OUTPUT_AUTOMATIC,
    OUTPUT_RAW,
    OUTPUT_TEXT,
    OUTPUT_HEX,
    OUTPUT_DUMP,
};

struct io_arguments {
    const char *device;
    const char *verb;
    uint32_t code;
    uint64_t size;
    uint64_t out_size;
    uint64_t offset;
    uint64_t timeout_ms;
    unsigned open_flags;
    enum output_form form;
    bool list;
    bool verbose;
    bool has_data;
    uint8_t *data;
    size_t data_size;
};

/* ---- Data in ---- */

static uint8_t *
read_stream(FILE *file, size_t *ret_size)
{
    size_t capacity = 4096;
    size_t size = 0;
    uint8_t *data = malloc(capacity);

    while (data != NULL) {
        size_t n = fread(data + size, 1, capacity - size, file);

        size += n;
        if (n == 0) {
            *ret_size = size;
            return data;
        }
        if (size == capacity) {
            uint8_t *bigger = realloc(data, capacity * 2);

            if (bigger == NULL) {
                break;
            }
            data = bigger;
            capacity *= 2;
        }
    }
    free(data);
    return NULL;
}

static int
data_from_file(struct io_arguments *arguments, const char *path)
{
    FILE *file = strcmp(path, "-") == 0 ? stdin : fopen(path, "rb");

    if (file == NULL) {
        return wdf_usage_error("io", "%s: %s", path, strerror(errno));
    }
    arguments->data = read_stream(file, &arguments->data_size);
    arguments->has_data = true;
    if (file != stdin) {
        (void)fclose(file);
    }
    return arguments->data != NULL ? 0 : wdf_usage_error("io", "%s: out of memory", path);
}

static int
data_from_text(struct io_arguments *arguments, const char *text, bool hex)
{
    arguments->has_data = true;
    if (hex) {
        arguments->data = wdf_parse_hex(text, &arguments->data_size);
        return arguments->data != NULL
                   ? 0
                   : wdf_usage_error("io", "\"%s\" is not hexadecimal bytes", text);
    }
    arguments->data = (uint8_t *)strdup(text);
    arguments->data_size = strlen(text);
    return arguments->data != NULL ? 0 : wdf_usage_error("io", "out of memory");
}

/* ---- Data out ---- */

void
wdf_print_dump(const uint8_t *data, size_t size)
{
    size_t i;
    size_t j;

    for (i = 0; i < size; i += 16) {
        (void)printf("%08zx ", i);
        for (j = i; j < i + 16; j++) {
            if (j < size) {
                (void)printf(" %02x", data[j]);
            } else {
                (void)printf("   ");
            }
        }
        (void)printf("  ");
        for (j = i; j < i + 16 && j < size; j++) {
            (void)putchar(data[j] >= 0x20 && data[j] < 0x7f ? data[j] : '.');
        }
        (void)putchar('\n');
    }
}

static int
print_data(enum output_form form, const uint8_t *data, size_t size)
{
    size_t i;

    if (form == OUTPUT_AUTOMATIC) {
        form = isatty(STDOUT_FILENO) ? OUTPUT_DUMP : OUTPUT_RAW;
    }
    switch (form) {
    case OUTPUT_DUMP:
        wdf_print_dump(data, size);
        break;
    case OUTPUT_HEX:
        for (i = 0; i < size; i++) {
            (void)printf("%02x", data[i]);
        }
        (void)putchar('\n');
        break;
    case OUTPUT_TEXT:
        (void)fwrite(data, 1, size, stdout);
        (void)putchar('\n');
        break;
    default:
        (void)fwrite(data, 1, size, stdout);
        break;
    }
    if (fflush(stdout) != 0) {
        (void)fprintf(stderr, "wdf io: cannot write the output: %s\n", strerror(errno));
        return WDF_EXIT_FAILED;
    }
    return WDF_EXIT_OK;
}

static void
print_status(const char *what, int32_t status, int error)
{
    const char *name = owdf_status_name(status);
    uint32_t win32 = owdf_status_to_win32(status);
    const char *win32_name = owdf_win32_name(win32);

    (void)fprintf(stderr, "wdf io: %s: %s (0x%08x), %s (%u): %s\n", what,
                  name != NULL ? name : "status", (unsigned)status,
                  win32_name != NULL ? win32_name : "Win32 error", win32,
                  error != 0 ? strerror(-error) : "success");
}

/* ---- Which device ---- */

static int
list_all(void)
{
    struct owdf_device *devices;
    struct owdf_interface *list;
    size_t count;
    size_t i;

    if (owdf_devices(&devices, &count) != 0) {
        (void)fprintf(stderr, "wdf io: cannot list the devices\n");
        return WDF_EXIT_FAILED;
    }
    for (i = 0; i < count; i++) {
        (void)printf("device %s (%s), host process %d%s\n", devices[i].id, devices[i].description,
                     devices[i].host_pid, devices[i].problem != 0 ? ", not started" : "");
    }
    owdf_list_free(devices);
    if (owdf_names(&list, &count) == 0) {
        for (i = 0; i < count; i++) {
            (void)printf("name %s of %s\n", list[i].path, list[i].device_id);
        }
        owdf_list_free(list);
    }
    if (owdf_interfaces(NULL, &list, &count) == 0) {
        for (i = 0; i < count; i++) {
            (void)printf("interface %s %s of %s\n", list[i].guid, list[i].path, list[i].device_id);
        }
        owdf_list_free(list);
    }
    return WDF_EXIT_OK;
}

/* The first path of a list whose device id matches (NULL: any), for free(). */
static char *
first_path(struct owdf_interface *list, size_t count, const char *device_id)
{
    char *path = NULL;
    size_t i;

    for (i = 0; path == NULL && i < count; i++) {
        if (device_id == NULL || strcasecmp(list[i].device_id, device_id) == 0) {
            path = strdup(list[i].path);
        }
    }
    owdf_list_free(list);
    return path;
}

/* What a person may call a device, as a path for owdf_open, for free(). */
static char *
device_path(const char *device)
{
    struct owdf_interface *list;
    char *path = NULL;
    size_t count;

    if (device[0] == '{') {
        path = owdf_interfaces(device, &list, &count) == 0 ? first_path(list, count, NULL) : NULL;
    } else if (device[0] != '\\' && strchr(device, '\\') != NULL) {
        path = owdf_names(&list, &count) == 0 ? first_path(list, count, device) : NULL;
        if (path == NULL && owdf_interfaces(NULL, &list, &count) == 0) {
            path = first_path(list, count, device);
        }
    }
    return path != NULL ? path : strdup(device);
}

static owdf_handle *
open_device(const struct io_arguments *arguments)
{
    struct owdf_open_options options = {
        .size = sizeof(options),
        .access = ((arguments->open_flags & OWDF_OPEN_READ) != 0 ? 0x00120089u : 0) |
                  ((arguments->open_flags & OWDF_OPEN_WRITE) != 0 ? 0x00120116u : 0),
        .share = 7,
    };
    char *path = device_path(arguments->device);
    owdf_handle *handle = NULL;
    int32_t status;
    int error;

    if (path == NULL) {
        return NULL;
    }
    error = owdf_open_with(path, &options, &handle, &status);
    if (error == -ENOENT && status == OWDF_STATUS_OBJECT_NAME_NOT_FOUND) {
        (void)fprintf(stderr, "wdf io: nobody serves %s (see wdf io --list)\n", arguments->device);
    } else if (error != 0) {
        print_status("the open failed", status, error);
    }
    free(path);
    return handle;
}

/* ---- The request ---- */

static int
transfer(owdf_handle *handle, struct io_arguments *arguments)
{
    struct owdf_io io = {.offset = arguments->offset,
                         .code = arguments->code,
                         .in = arguments->data,
                         .in_size = (uint32_t)arguments->data_size};
    struct owdf_result result = {0};
    uint8_t *out;
    uint64_t token;
    int exit_status = WDF_EXIT_OK;
    int error;

    if (strcmp(arguments->verb, "read") == 0) {
        io.operation = OWDF_OP_READ;
        io.out_size = (uint32_t)arguments->size;
    } else if (strcmp(arguments->verb, "write") == 0) {
        io.operation = OWDF_OP_WRITE;
    } else if (strcmp(arguments->verb, "flush") == 0) {
        io.operation = OWDF_OP_FLUSH;
    } else {
        io.operation = OWDF_OP_IOCTL;
        io.out_size = (uint32_t)arguments->out_size;
    }
    out = calloc(1, (size_t)io.out_size + 1);
    if (out == NULL) {
        (void)fprintf(stderr, "wdf io: out of memory\n");
        return WDF_EXIT_FAILED;
    }
    io.out = out;
    error = owdf_start(handle, &io, &token);
    if (error != 0) {
        (void)fprintf(stderr, "wdf io: the request cannot be sent: %s\n", strerror(-error));
        free(out);
        return WDF_EXIT_FAILED;
    }
    error = owdf_finish(handle, token, arguments->timeout_ms != 0 ? (int)arguments->timeout_ms : -1,
                        &result);
    if (error == -ETIMEDOUT && arguments->timeout_ms != 0) {
        (void)owdf_cancel(handle, token);
        error = owdf_finish(handle, token, -1, &result);
    }
    /* A warning such as STATUS_BUFFER_OVERFLOW comes with data. */
    if (io.out_size != 0 && (uint32_t)result.status >> 30 != 3) {
        uint64_t count = result.information < io.out_size ? result.information : io.out_size;

        exit_status = print_data(arguments->form, out, (size_t)count);
    }
    if (error != 0 || arguments->verbose) {
        print_status(arguments->verb, result.status, error);
    }
    if (arguments->verbose) {
        (void)fprintf(stderr, "wdf io: information %llu\n", (unsigned long long)result.information);
    }
    free(out);
    return error != 0 ? WDF_EXIT_FAILED : exit_status;
}

/* ---- Command line ---- */

static int
parse_form(const char *text, enum output_form *ret_form)
{
    static const char *const names[] = {
        [OUTPUT_RAW] = "raw", [OUTPUT_TEXT] = "text", [OUTPUT_HEX] = "hex", [OUTPUT_DUMP] = "dump"};
    int i;

    for (i = OUTPUT_RAW; i <= OUTPUT_DUMP; i++) {
        if (strcmp(text, names[i]) == 0) {
            *ret_form = (enum output_form)i;
            return 0;
        }
    }
    return wdf_usage_error("io", "--as takes raw, text, hex or dump, not \"%s\"", text);
}

static int
parse_rights(const char *text, unsigned *ret_flags)
{
    if (strcmp(text, "read") == 0) {
        *ret_flags = OWDF_OPEN_READ;
    } else if (strcmp(text, "write") == 0) {
        *ret_flags = OWDF_OPEN_WRITE;
    } else if (strcmp(text, "both") == 0) {
        *ret_flags = OWDF_OPEN_READ | OWDF_OPEN_WRITE;
    } else if (strcmp(text, "none") == 0) {
        *ret_flags = 0;
    } else {
        return wdf_usage_error("io", "--access takes read, write, both or none, not \"%s\"", text);
    }
    return 0;
}

static int
parse_size(const char *option, uint64_t most, uint64_t *ret_value)
{
    return wdf_parse_number(optarg, most, ret_value) == 0
               ? 0
               : wdf_usage_error("io", "%s takes a number up to %llu, not \"%s\"", option,
                                 (unsigned long long)most, optarg);
}

static int
parse_option(int option, struct io_arguments *arguments)
{
    switch (option) {
    case 's':
        return parse_size("--size", UINT32_MAX, &arguments->size);
    case 'O':
        return parse_size("--out-size", UINT32_MAX, &arguments->out_size);
    case 'o':
        return parse_size("--offset", INT64_MAX, &arguments->offset);
    case 'm':
        return parse_size("--timeout", INT32_MAX, &arguments->timeout_ms);
    case 't':
        return data_from_text(arguments, optarg, false);
    case 'x':
        return data_from_text(arguments, optarg, true);
    case 'i':
        return data_from_file(arguments, optarg);
    case 'a':
        return parse_form(optarg, &arguments->form);
    case 'r':
        return parse_rights(optarg, &arguments->open_flags);
    case 'l':
        arguments->list = true;
        return 0;
    case 'v':
        arguments->verbose = true;
        return 0;
    default:
        return WDF_EXIT_USAGE;
    }
}

static int
parse_words(int count, char **words, struct io_arguments *arguments)
{
    static const char *const verbs[] = {"read", "write", "ioctl", "flush"};
    bool ioctl;
    size_t i;

    if (arguments->list) {
        return count == 0 ? 0 : wdf_usage_error("io", "--list takes no device");
    }
    if (count < 2) {
        return wdf_usage_error("io", count == 0 ? "which device?" : "read, write, ioctl or flush?");
    }
    arguments->device = words[0];
    for (i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
        if (strcmp(words[1], verbs[i]) == 0) {
            arguments->verb = verbs[i];
        }
    }
    if (arguments->verb == NULL) {
        return wdf_usage_error("io", "\"%s\" is not read, write, ioctl or flush", words[1]);
    }
    ioctl = strcmp(arguments->verb, "ioctl") == 0;
    if (count > (ioctl ? 3 : 2)) {
        return wdf_usage_error("io", "what is \"%s\"?", words[ioctl ? 3 : 2]);
    }
    if (ioctl && (count < 3 || wdf_parse_ioctl(words[2], &arguments->code) != 0)) {
        return wdf_usage_error("io",
                               count < 3 ? "which control code?" : "\"%s\" is no control code",
                               count < 3 ? "" : words[2]);
    }
    return 0;
}

/* 0, or the exit status + 1 to leave with. */
static int
parse(int argc, char **argv, struct io_arguments *arguments)
{
    static const struct option options[] = {
        {"size", required_argument, NULL, 's'},
        {"out-size", required_argument, NULL, 'O'},
        {"offset", required_argument, NULL, 'o'},
        {"timeout", required_argument, NULL, 'm'},
        {"text", required_argument, NULL, 't'},
        {"hex", required_argument, NULL, 'x'},
        {"in", required_argument, NULL, 'i'},
        {"as", required_argument, NULL, 'a'},
        {"access", required_argument, NULL, 'r'},
        {"list", no_argument, NULL, 'l'},
        {"verbose", no_argument, NULL, 'v'},
        {"help", no_argument, NULL, '?' + 256},
        {NULL, 0, NULL, 0},
    };
    int option;
    int error;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option == '?' + 256) {
            (void)fputs(usage, stdout);
            return WDF_EXIT_OK + 1;
        }
        error = parse_option(option, arguments);
        if (error != 0) {
            return error + 1;
        }
    }
    error = parse_words(argc - optind, argv + optind, arguments);
    if (error == 0 && !arguments->list && strcmp(arguments->verb, "write") == 0 &&
        !arguments->has_data) {
        error = data_from_file(arguments, "-");
    }
    return error != 0 ? error + 1 : 0;
}

int
wdf_io(int argc, char **argv)
{
    struct io_arguments arguments = {
        .size = 4096,
        .open_flags = OWDF_OPEN_READ | OWDF_OPEN_WRITE,
    };
    owdf_handle *handle;
    int result = parse(argc, argv, &arguments);

    if (result != 0) {
        result--;
    } else if (arguments.list) {
        result = list_all();
    } else if (arguments.data_size > UINT32_MAX) {
        result = wdf_usage_error("io", "more than 4 GiB at once");
    } else {
        handle = open_device(&arguments);
        result = handle != NULL ? transfer(handle, &arguments) : WDF_EXIT_NO_DEVICE;
        owdf_close(handle);
    }
    free(arguments.data);
    return result;
}

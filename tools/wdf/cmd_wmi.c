/* SPDX-License-Identifier: MIT */
/*
 * `wdf wmi`: what the drivers of an installed device provide by WMI.
 *
 *     wdf wmi list DEVICE                            wdf wmi query DEVICE BLOCK
 *     wdf wmi set DEVICE BLOCK DATA [--item ID]      wdf wmi execute DEVICE BLOCK METHOD [DATA]
 *     wdf wmi events DEVICE BLOCK on|off
 */
#include <getopt.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "manager/mgr_control.h"
#include "wdf/wdf.h"

#define COMMAND "wmi"

/* WMIREG_FLAG_… */
#define FLAG_EXPENSIVE  0x00000001u
#define FLAG_EVENT_ONLY 0x00000040u
#define FLAG_TRACED     0x00080000u

static const char help_text[] =
    "usage: wdf wmi list DEVICE\n"
    "       wdf wmi query DEVICE BLOCK [--raw]\n"
    "       wdf wmi set DEVICE BLOCK DATA [--item ID]\n"
    "       wdf wmi execute DEVICE BLOCK METHOD [DATA] [--raw]\n"
    "       wdf wmi events DEVICE BLOCK on|off\n"
    "\n"
    "Asks the drivers of an installed device for the blocks of data that they provide by WMI.\n"
    "BLOCK is a GUID, with /N behind it for another instance than the first, 0. DATA are\n"
    "hexadecimal bytes, \"01 02 ff\" or 0102ff.\n"
    "\n"
    "  --item ID   set: this data item alone\n"
    "  --raw       the bytes as they are, not a dump\n";

/* "{5f5d5f2a-…}" or without braces, then perhaps "/2". */
static bool
parse_block(const char *text, struct frame_wmi_call *call)
{
    static const char pattern[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
    /* Where the text's bytes go: the first three groups are little-endian numbers. */
    static const unsigned char place[16] = {3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15};
    bool braces = *text == '{';
    unsigned digits = 0;
    uint64_t instance = 0;
    size_t i;

    text += braces;
    memset(call->guid, 0, sizeof(call->guid));
    for (i = 0; pattern[i] != '\0'; i++, text++) {
        static const char hex[] = "0123456789abcdef";
        const char *digit = *text == '\0' ? NULL : strchr(hex, *text | 0x20);

        if (pattern[i] == '-' ? *text != '-' : digit == NULL) {
            return false;
        }
        if (pattern[i] != '-') {
            uint8_t *byte = &call->guid[place[digits / 2]];

            *byte = (uint8_t)(*byte << 4 | (digit - hex));
            digits++;
        }
    }
    if (braces && *text++ != '}') {
        return false;
    }
    if (*text == '/') {
        if (wdf_parse_number(text + 1, UINT32_MAX, &instance) != 0) {
            return false;
        }
    } else if (*text != '\0') {
        return false;
    }
    call->instance = (uint32_t)instance;
    return true;
}

static bool
parse_data(const char *text, struct frame_wmi_call *call)
{
    size_t size;
    uint8_t *data = wdf_parse_hex(text, &size);
    bool fits = data != NULL && size <= sizeof(call->data);

    if (fits) {
        memcpy(call->data, data, size);
        call->size = (uint32_t)size;
    }
    free(data);
    return fits;
}

static void
show_blocks(const struct frame_wmi_call *call)
{
    size_t offset;

    for (offset = 0; offset + sizeof(struct frame_wmi_block) <= call->size;
         offset += sizeof(struct frame_wmi_block)) {
        struct frame_wmi_block block;
        const uint8_t *b = block.guid;

        memcpy(&block, call->data + offset, sizeof(block));
        (void)printf("{%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x}"
                     "  %" PRIu32 " instance%s%s%s%s\n",
                     b[3], b[2], b[1], b[0], b[5], b[4], b[7], b[6], b[8], b[9], b[10], b[11],
                     b[12], b[13], b[14], b[15], block.instances, block.instances == 1 ? "" : "s",
                     (block.flags & FLAG_EVENT_ONLY) != 0 ? "  events only" : "",
                     (block.flags & FLAG_EXPENSIVE) != 0 ? "  expensive" : "",
                     (block.flags & FLAG_TRACED) != 0 ? "  traced" : "");
    }
}

/* The words after DEVICE into the call. False: said what is wrong. */
static bool
parse_call(int count, char **words, struct frame_wmi_call *call)
{
    uint64_t number = 0;

    if (call->operation == FRAME_WMI_LIST) {
        return true;
    }
    if (!parse_block(words[0], call)) {
        (void)wdf_usage_error(COMMAND, "\"%s\" is not a GUID, or a GUID and /N", words[0]);
        return false;
    }
    if (call->operation == FRAME_WMI_EVENTS) {
        call->item = strcmp(words[1], "on") == 0;
        if (!call->item && strcmp(words[1], "off") != 0) {
            (void)wdf_usage_error(COMMAND, "\"%s\" is not on or off", words[1]);
            return false;
        }
        return true;
    }
    if (call->operation == FRAME_WMI_EXECUTE) {
        if (wdf_parse_number(words[1], UINT32_MAX, &number) != 0) {
            (void)wdf_usage_error(COMMAND, "\"%s\" is not a method's number", words[1]);
            return false;
        }
        call->item = (uint32_t)number;
    }
    if (count > (call->operation == FRAME_WMI_EXECUTE ? 2 : 1) &&
        !parse_data(words[count - 1], call)) {
        (void)wdf_usage_error(COMMAND, "\"%s\" is not hexadecimal bytes, or more than %u",
                              words[count - 1], FRAME_WMI_DATA);
        return false;
    }
    return true;
}

static int
run(const char *device, struct frame_wmi_call *call, bool raw)
{
    struct mgr_error error;
    int fd = mgr_control_connect(&error);
    int result = fd;

    if (fd >= 0) {
        result = mgr_control_wmi(fd, device, call, &error);
        (void)close(fd);
    }
    if (result < 0) {
        (void)fprintf(stderr, "wdf " COMMAND ": %s\n", error.text);
        return WDF_EXIT_FAILED;
    }
    if (call->operation == FRAME_WMI_LIST) {
        show_blocks(call);
    } else if (raw) {
        (void)fwrite(call->data, 1, call->size, stdout);
    } else if (call->size != 0) {
        wdf_print_dump(call->data, call->size);
    }
    return WDF_EXIT_OK;
}

static const struct verb {
    const char *name;
    enum frame_wmi_operation operation;
    int least; /* Words after DEVICE. */
    int most;
} verbs[] = {
    {"list", FRAME_WMI_LIST, 0, 0},     {"query", FRAME_WMI_QUERY, 1, 1},
    {"set", FRAME_WMI_SET, 2, 2},       {"execute", FRAME_WMI_EXECUTE, 2, 3},
    {"events", FRAME_WMI_EVENTS, 2, 2},
};

#define VERBS (sizeof(verbs) / sizeof(verbs[0]))

int
wdf_wmi(int argc, char **argv)
{
    static const struct option options[] = {
        {"item", required_argument, NULL, 'i'},
        {"raw", no_argument, NULL, 'r'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    struct frame_wmi_call call = {.operation = 0};
    const char *item = NULL;
    bool raw = false;
    uint64_t number;
    size_t which;
    int option;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        switch (option) {
        case 'i':
            item = optarg;
            break;
        case 'r':
            raw = true;
            break;
        case 'h':
            (void)fputs(help_text, stdout);
            return WDF_EXIT_OK;
        default:
            return WDF_EXIT_USAGE;
        }
    }
    argc -= optind;
    argv += optind;
    for (which = 0; which < VERBS && (argc == 0 || strcmp(verbs[which].name, argv[0]) != 0);
         which++) {
    }
    if (which == VERBS) {
        return wdf_usage_error(COMMAND, "list, query, set, execute or events?");
    }
    if (argc - 2 < verbs[which].least || argc - 2 > verbs[which].most) {
        return wdf_usage_error(
            COMMAND, argc < 2 ? "which device?" : "%s: too few or too many words", argv[0]);
    }
    call.operation = verbs[which].operation;
    if (!parse_call(argc - 2, argv + 2, &call)) {
        return WDF_EXIT_USAGE;
    }
    if (item != NULL) {
        if (call.operation != FRAME_WMI_SET || wdf_parse_number(item, UINT32_MAX, &number) != 0) {
            return wdf_usage_error(COMMAND, "--item is for set, and a number");
        }
        call.operation = FRAME_WMI_SET_ITEM;
        call.item = (uint32_t)number;
    }
    return run(argv[1], &call, raw);
}

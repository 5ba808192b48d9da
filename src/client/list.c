/* SPDX-License-Identifier: MIT */
/*
 * What is there: names, interfaces and devices of the session. A list is one block of memory: the
 * array, and behind it the texts its elements point to.
 */
#include "client/client_priv.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "sys/memory.h"

struct entry {
    struct entry *next;
    char guid[FRAME_GUID_SIZE];
    char device_id[NAMES_NAME_SIZE];
    char path[NAMES_NAME_SIZE + 8];
};

struct collector {
    struct entry *first;
    size_t count;
    size_t text_size;
    const char *prefix;
};

/*
 * The device whose interface that is: the name has its id, with '#' for '\\', before the class. The
 * stack that serves it serves those of all devices below its own too.
 */
static void
interface_owner(const char *name, char *id, size_t size)
{
    char *at;

    (void)snprintf(id, size, "%s", name);
    at = strrchr(id, '#');
    if (at != NULL) {
        *at = '\0';
    }
    for (at = id; *at != '\0'; at++) {
        *at = *at == '#' ? '\\' : *at;
    }
}

static int
collect(void *argument, const char *guid, const char *name, const char *device_id)
{
    struct collector *collector = argument;
    struct entry *entry;

    /* Interfaces are in the folder of names too; they are listed with their class. */
    if (guid[0] == '\0' && strchr(name, '#') != NULL && strchr(name, '{') != NULL) {
        return 0;
    }
    entry = sys_alloc_zeroed(sizeof(*entry));
    if (entry == NULL) {
        return -ENOMEM;
    }
    strncpy(entry->guid, guid, sizeof(entry->guid) - 1);
    if (guid[0] != '\0') {
        interface_owner(name, entry->device_id, sizeof(entry->device_id));
    } else {
        strncpy(entry->device_id, device_id, sizeof(entry->device_id) - 1);
    }
    strcpy(entry->path, collector->prefix);
    strncat(entry->path, name, NAMES_NAME_SIZE - 1);
    entry->next = collector->first;
    collector->first = entry;
    collector->count++;
    collector->text_size +=
        strlen(entry->guid) + strlen(entry->device_id) + strlen(entry->path) + 3;
    return 0;
}

static int
compare_interfaces(const void *a, const void *b)
{
    const struct owdf_interface *x = a;
    const struct owdf_interface *y = b;

    return strcasecmp(x->path, y->path);
}

static const char *
append_text(char **cursor, const char *text)
{
    char *start = *cursor;
    size_t size = strlen(text) + 1;

    memcpy(start, text, size);
    *cursor += size;
    return start;
}

static int
list_of(struct collector *collector, int error, struct owdf_interface **ret_list, size_t *ret_count)
{
    struct owdf_interface *list = NULL;
    struct entry *entry;
    size_t i = 0;
    char *cursor;

    if (error == 0) {
        list = sys_alloc(collector->count * sizeof(*list) + collector->text_size + 1);
        error = list == NULL ? -ENOMEM : 0;
    }
    cursor = list == NULL ? NULL : (char *)(list + collector->count);
    while ((entry = collector->first) != NULL) {
        collector->first = entry->next;
        if (list != NULL) {
            list[i].path = append_text(&cursor, entry->path);
            list[i].guid = append_text(&cursor, entry->guid);
            list[i].device_id = append_text(&cursor, entry->device_id);
            i++;
        }
        sys_free(entry);
    }
    if (error == 0) {
        qsort(list, collector->count, sizeof(*list), compare_interfaces);
        *ret_list = list;
        *ret_count = collector->count;
    }
    return error;
}

static int
list_names(const char *guid, const char *prefix, struct owdf_interface **ret_list,
           size_t *ret_count)
{
    struct collector collector = {.prefix = prefix};
    struct names names;
    int error;

    if (ret_list == NULL || ret_count == NULL) {
        return -EINVAL;
    }
    error = names_open(&names, false);
    if (error == 0) {
        error = names_for_each(&names, guid, collect, &collector);
    } else if (error == -ENOENT) {
        error = 0; /* Nothing was ever started in this session. */
    }
    return list_of(&collector, error, ret_list, ret_count);
}

int
owdf_interfaces(const char *guid, struct owdf_interface **ret_list, size_t *ret_count)
{
    char normal[FRAME_GUID_SIZE];

    if (guid != NULL && names_normalize_guid(guid, normal) != 0) {
        return -EINVAL;
    }
    return list_names(guid != NULL ? normal : "", "\\\\?\\", ret_list, ret_count);
}

int
owdf_names(struct owdf_interface **ret_list, size_t *ret_count)
{
    return list_names(NULL, "\\\\.\\", ret_list, ret_count);
}

void
owdf_list_free(void *list)
{
    sys_free(list);
}

/* ---- Devices ---- */

#define DEVICES_MAX 1024

struct device_entry {
    struct device_entry *next;
    struct frame_info_reply info;
};

struct device_collector {
    const struct names *names;
    struct device_entry *first;
    size_t count;
};

/* Asks for the index-th device of a stack. False: there are not so many, or nobody answers. */
static bool
ask_device(int control, uint32_t index, struct device_collector *collector)
{
    union frame frame = {.header.connection = index};
    int fds[CHANNEL_FDS_MAX];
    struct device_entry *entry;

    if (collector->count == DEVICES_MAX || channel_send(control, &frame, FRAME_INFO, NULL) != 0 ||
        channel_receive(control, &frame, FRAME_FROM_REFLECTOR, fds) != 1 ||
        frame.header.type != FRAME_INFO_REPLY || frame.info_reply.text[FRAME_INFO_ID][0] == '\0') {
        return false;
    }
    entry = sys_alloc_zeroed(sizeof(*entry));
    if (entry != NULL) {
        entry->info = frame.info_reply;
        entry->next = collector->first;
        collector->first = entry;
        collector->count++;
    }
    return entry != NULL;
}

static int
collect_devices(void *argument, const char *guid, const char *name, const char *device_id)
{
    struct device_collector *collector = argument;
    int control = names_connect_stack(collector->names, device_id);
    uint32_t index;

    (void)guid;
    (void)name;
    if (control < 0) {
        return 0; /* Gone meanwhile. */
    }
    for (index = 0; ask_device(control, index, collector); index++) {
    }
    close(control);
    return 0;
}

static int
compare_devices(const void *a, const void *b)
{
    const struct owdf_device *x = a;
    const struct owdf_device *y = b;

    return strcasecmp(x->id, y->id);
}

static void
device_fill(struct owdf_device *device, const struct frame_info_reply *info, char **cursor)
{
    *device = (struct owdf_device){
        .id = append_text(cursor, info->text[FRAME_INFO_ID]),
        .description = append_text(cursor, info->text[FRAME_INFO_DESCRIPTION]),
        .hardware_id = append_text(cursor, info->text[FRAME_INFO_HARDWARE_ID]),
        .service = append_text(cursor, info->text[FRAME_INFO_SERVICE]),
        .driver = append_text(cursor, info->text[FRAME_INFO_DRIVER]),
        .class_name = append_text(cursor, info->text[FRAME_INFO_CLASS_NAME]),
        .class_guid = append_text(cursor, info->text[FRAME_INFO_CLASS_GUID]),
        .manufacturer = append_text(cursor, info->text[FRAME_INFO_MANUFACTURER]),
        .host_pid = info->host_pid,
        .problem = info->problem,
    };
}

int
owdf_devices(struct owdf_device **ret_list, size_t *ret_count)
{
    struct device_collector collector = {0};
    struct owdf_device *list;
    struct device_entry *entry;
    struct names names;
    size_t i = 0;
    char *cursor;
    int error;

    if (ret_list == NULL || ret_count == NULL) {
        return -EINVAL;
    }
    error = names_open(&names, false);
    if (error == 0) {
        collector.names = &names;
        (void)names_for_each_stack(&names, collect_devices, &collector);
    } else if (error != -ENOENT) {
        return error;
    }
    list = sys_alloc(collector.count * (sizeof(*list) + FRAME_INFO_TEXTS * FRAME_TEXT_SIZE) + 1);
    cursor = list == NULL ? NULL : (char *)(list + collector.count);
    while ((entry = collector.first) != NULL) {
        collector.first = entry->next;
        if (list != NULL) {
            device_fill(&list[i++], &entry->info, &cursor);
        }
        sys_free(entry);
    }
    if (list == NULL) {
        return -ENOMEM;
    }
    qsort(list, collector.count, sizeof(*list), compare_devices);
    *ret_list = list;
    *ret_count = collector.count;
    return 0;
}

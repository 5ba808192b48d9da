/* SPDX-License-Identifier: MIT */
/* The control channel: see channel.h. */
#include "ipc/channel.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "sys/fd.h"

#define LISTEN_BACKLOG 64

struct frame_rule {
    const char *name;
    uint16_t size;
    uint8_t senders; /* enum frame_sender, or-ed. */
    uint8_t fds;
    uint16_t text_offset;
    uint16_t text_size;
    uint16_t text_count;
};

#define PLAIN(n, from)                                                                             \
    {                                                                                              \
        .name = n, .size = sizeof(struct frame_plain), .senders = from                             \
    }
#define STATUS(n, from)                                                                            \
    {                                                                                              \
        .name = n, .size = sizeof(struct frame_status), .senders = from                            \
    }

/* clang-format off */
static const struct frame_rule frame_rules[FRAME_TYPE_COUNT] = {
    [FRAME_OPEN] = {"OPEN", sizeof(struct frame_open), FRAME_FROM_CLIENT, 0,
                    offsetof(struct frame_open, open.name), FRAME_NAME_SIZE, 1},
    [FRAME_CANCEL] = {"CANCEL", sizeof(struct frame_cancel), FRAME_FROM_CLIENT, 0, 0, 0, 0},
    [FRAME_CLOSE]        = PLAIN("CLOSE", FRAME_FROM_CLIENT),
    [FRAME_INFO]         = PLAIN("INFO", FRAME_FROM_CLIENT),

    [FRAME_OPENED] = {"OPENED", sizeof(struct frame_opened), FRAME_FROM_REFLECTOR, 2, 0, 0, 0},
    [FRAME_REFUSED]      = STATUS("REFUSED", FRAME_FROM_REFLECTOR),
    [FRAME_CLOSED]       = PLAIN("CLOSED", FRAME_FROM_REFLECTOR),
    [FRAME_INFO_REPLY] = {"INFO_REPLY", sizeof(struct frame_info_reply), FRAME_FROM_REFLECTOR, 0,
                          offsetof(struct frame_info_reply, text), FRAME_TEXT_SIZE, FRAME_INFO_TEXTS},

    [FRAME_HOST_OPEN] = {"HOST_OPEN", sizeof(struct frame_host_open), FRAME_FROM_MANAGER, 2,
                         offsetof(struct frame_host_open, open.name), FRAME_NAME_SIZE, 1},
    [FRAME_HOST_CANCEL] = {"HOST_CANCEL", sizeof(struct frame_cancel), FRAME_FROM_MANAGER, 0, 0, 0, 0},
    [FRAME_HOST_CLEANUP] = PLAIN("HOST_CLEANUP", FRAME_FROM_MANAGER),
    [FRAME_HOST_CLOSE]   = PLAIN("HOST_CLOSE", FRAME_FROM_MANAGER),
    [FRAME_HOST_REMOVE]  = PLAIN("HOST_REMOVE", FRAME_FROM_MANAGER),

    [FRAME_READY]        = STATUS("READY", FRAME_FROM_HOST),
    [FRAME_NAME] = {"NAME", sizeof(struct frame_name), FRAME_FROM_HOST, 0,
                    offsetof(struct frame_name, name), FRAME_NAME_SIZE, 1},
    [FRAME_OPEN_DONE]    = STATUS("OPEN_DONE", FRAME_FROM_HOST),
    [FRAME_CANCEL_DONE]  = PLAIN("CANCEL_DONE", FRAME_FROM_HOST),
    [FRAME_CLEANUP_DONE] = STATUS("CLEANUP_DONE", FRAME_FROM_HOST),
    [FRAME_CLOSE_DONE]   = PLAIN("CLOSE_DONE", FRAME_FROM_HOST),
    [FRAME_REMOVED]      = STATUS("REMOVED", FRAME_FROM_HOST),
    [FRAME_BROKEN] = {"BROKEN", sizeof(struct frame_broken), FRAME_FROM_HOST, 0,
                      offsetof(struct frame_broken, reason), FRAME_TEXT_SIZE, 1},

    [FRAME_HOST_ACTION] = {"HOST_ACTION", sizeof(struct frame_action), FRAME_FROM_MANAGER, 0,
                           offsetof(struct frame_action, instance_id), FRAME_TEXT_SIZE, 1},
    [FRAME_HOST_CONFIGURED] = STATUS("HOST_CONFIGURED", FRAME_FROM_MANAGER),
    [FRAME_ACTION_DONE]     = STATUS("ACTION_DONE", FRAME_FROM_HOST),
    [FRAME_DEVNODE] = {"DEVNODE", sizeof(struct frame_devnode), FRAME_FROM_HOST, 0,
                       offsetof(struct frame_devnode, text), FRAME_TEXT_SIZE, FRAME_DEVNODE_TEXTS},
    [FRAME_HOST_WMI] = {"HOST_WMI", sizeof(struct frame_wmi), FRAME_FROM_MANAGER, 0,
                        offsetof(struct frame_wmi, instance_id), FRAME_TEXT_SIZE, 1},
    [FRAME_WMI_DONE] = {"WMI_DONE", sizeof(struct frame_wmi), FRAME_FROM_HOST, 0,
                        offsetof(struct frame_wmi, instance_id), FRAME_TEXT_SIZE, 1},
    [FRAME_WOKEN]        = PLAIN("WOKEN", FRAME_FROM_HOST),
    [FRAME_WATCH] = {"WATCH", sizeof(struct frame_watch), FRAME_FROM_CLIENT | FRAME_FROM_MANAGER, 0, 0, 0, 0},
    [FRAME_UNWATCH]         = PLAIN("UNWATCH", FRAME_FROM_MANAGER),
    [FRAME_WATCHED]         = STATUS("WATCHED", FRAME_FROM_HOST | FRAME_FROM_REFLECTOR),
    [FRAME_CHANGE] = {"CHANGE", sizeof(struct frame_change), FRAME_FROM_HOST | FRAME_FROM_REFLECTOR, 0, 0, 0, 0},
    [FRAME_CHANGE_DONE]     = STATUS("CHANGE_DONE", FRAME_FROM_CLIENT | FRAME_FROM_MANAGER),
    [FRAME_CONFIGURE] = {"CONFIGURE", sizeof(struct frame_configure), FRAME_FROM_HOST, 0,
                         offsetof(struct frame_configure, instance_id), FRAME_TEXT_SIZE, 1},
};
/* clang-format on */

const char *
frame_type_name(unsigned type)
{
    return type < FRAME_TYPE_COUNT && frame_rules[type].name != NULL ? frame_rules[type].name : "?";
}

/* Whether a list of ids ends inside its field. */
static bool
is_list(const char ids[FRAME_IDS_SIZE])
{
    size_t i = 0;

    while (i < FRAME_IDS_SIZE && ids[i] != '\0') {
        const char *end = memchr(ids + i, 0, FRAME_IDS_SIZE - i);

        if (end == NULL) {
            return false;
        }
        i = (size_t)(end - ids) + 1;
    }
    return i < FRAME_IDS_SIZE;
}

static bool
is_change(const struct frame_change *change)
{
    return change->kind != 0 && change->kind < FRAME_CHANGE_KINDS &&
           change->size <= FRAME_CHANGE_DATA &&
           (change->name_offset == -1 ||
            (change->name_offset >= 0 && (uint32_t)change->name_offset < change->size));
}

int
frame_check(const union frame *frame, size_t size, enum frame_sender sender, unsigned fd_count)
{
    const struct frame_header *header = &frame->header;
    const struct frame_rule *rule;
    unsigned i;

    if (size < sizeof(*header) || header->magic != FRAME_MAGIC ||
        header->version != FRAME_VERSION || header->type >= FRAME_TYPE_COUNT) {
        return -EPROTO;
    }
    rule = &frame_rules[header->type];
    if ((rule->senders & sender) == 0 || rule->size != size || header->size != size ||
        rule->fds != fd_count) {
        return -EPROTO;
    }
    for (i = 0; i < rule->text_count; i++) {
        const char *text = (const char *)frame + rule->text_offset + (size_t)i * rule->text_size;

        if (memchr(text, 0, rule->text_size) == NULL) {
            return -EPROTO;
        }
    }
    if (header->type == FRAME_CONFIGURE &&
        (!is_list(frame->configure.hardware_ids) || !is_list(frame->configure.compatible_ids))) {
        return -EPROTO;
    }
    if ((header->type == FRAME_HOST_WMI || header->type == FRAME_WMI_DONE) &&
        frame->wmi.call.size > FRAME_WMI_DATA) {
        return -EPROTO;
    }
    if (header->type == FRAME_CHANGE && !is_change(&frame->change)) {
        return -EPROTO;
    }
    /* The one frame with a second text. */
    if (header->type == FRAME_NAME && memchr(frame->name.guid, 0, FRAME_GUID_SIZE) == NULL) {
        return -EPROTO;
    }
    return 0;
}

int
channel_pair(int fds[2])
{
    return sys_socket_pair(fds);
}

static int
socket_address(struct sockaddr_un *address, const char *path)
{
    *address = (struct sockaddr_un){.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof(address->sun_path)) {
        return -ENAMETOOLONG;
    }
    strcpy(address->sun_path, path);
    return 0;
}

int
channel_listen(const char *path)
{
    struct sockaddr_un address;
    int error = socket_address(&address, path);
    int fd;

    if (error != 0) {
        return error;
    }
    fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) {
        return -errno;
    }
    if (bind(fd, (struct sockaddr *)&address, sizeof(address)) != 0 ||
        listen(fd, LISTEN_BACKLOG) != 0) {
        error = -errno;
        close(fd);
        return error;
    }
    return fd;
}

int
channel_connect(const char *path)
{
    struct sockaddr_un address;
    int error = socket_address(&address, path);
    int fd;

    if (error != 0) {
        return error;
    }
    fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return -errno;
    }
    while (connect(fd, (struct sockaddr *)&address, sizeof(address)) != 0) {
        if (errno != EINTR) {
            error = -errno;
            close(fd);
            return error;
        }
    }
    return fd;
}

int
channel_accept(int listener)
{
    int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

    return fd < 0 ? -errno : fd;
}

int
channel_peer(int fd, pid_t *ret_pid, uid_t *ret_uid)
{
    struct ucred credentials;
    socklen_t size = sizeof(credentials);

    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0) {
        return -errno;
    }
    *ret_pid = credentials.pid;
    *ret_uid = credentials.uid;
    return 0;
}

int
channel_send(int fd, union frame *frame, enum frame_type type, const int *fds)
{
    const struct frame_rule *rule = &frame_rules[type];

    frame->header.magic = FRAME_MAGIC;
    frame->header.version = FRAME_VERSION;
    frame->header.type = (uint16_t)type;
    frame->header.size = rule->size;
    return sys_fd_send(fd, frame, rule->size, fds, rule->fds);
}

int
channel_receive(int fd, union frame *frame, enum frame_sender sender, int *fds)
{
    long size = sys_fd_receive(fd, frame, sizeof(*frame), fds, CHANNEL_FDS_MAX);
    unsigned count = 0;
    unsigned i;

    /*
     * It went without reading all that it was sent: the kernel says so once, before what it said itself, which
     * is still there.
     */
    if (size == -ECONNRESET) {
        size = sys_fd_receive(fd, frame, sizeof(*frame), fds, CHANNEL_FDS_MAX);
    }
    if (size == -EMSGSIZE) {
        return -EPROTO;
    }
    if (size <= 0) {
        return size == -ECONNRESET ? 0 : (int)size;
    }
    for (i = 0; i < CHANNEL_FDS_MAX; i++) {
        count += fds[i] >= 0;
    }
    if (frame_check(frame, (size_t)size, sender, count) != 0) {
        for (i = 0; i < CHANNEL_FDS_MAX; i++) {
            sys_fd_close(&fds[i]);
        }
        return -EPROTO;
    }
    return 1;
}

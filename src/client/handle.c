/* SPDX-License-Identifier: MIT */
/* Opening and closing: see openwdf/client.h. */
#include "client/client_priv.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "base/atomic.h"
#include "sys/memory.h"

/* What GENERIC_READ and GENERIC_WRITE map to for files (IoGetFileObjectGenericMapping). */
#define FILE_GENERIC_READ  0x00120089u
#define FILE_GENERIC_WRITE 0x00120116u
#define FILE_SHARE_ALL     7u
#define FILE_OPEN          1u

/* Set once, before the first open. */
uint32_t client_um_driver;

static int
handle_prepare(owdf_handle *handle, int ring_fd, const struct frame_opened *opened)
{
    struct ring_geometry geometry;
    uint32_t i;
    int error = ring_geometry_accept(&geometry, opened->slots, opened->arena_size);

    error = error != 0 ? error : ring_map(&handle->ring, &geometry, ring_fd);
    error = error != 0 ? error : arena_init(&handle->arena, geometry.arena_size);
    if (error != 0) {
        return error;
    }
    handle->slots = sys_alloc_zeroed(geometry.slots * sizeof(handle->slots[0]));
    if (handle->slots == NULL) {
        return -ENOMEM;
    }
    for (i = 0; i < geometry.slots; i++) {
        handle->slots[i].next_free = i + 1;
    }
    ring_client_init(&handle->client, &handle->ring);
    return 0;
}

static void
handle_free(owdf_handle *handle)
{
    handle->magic = 0;
    arena_fini(&handle->arena);
    ring_unmap(&handle->ring);
    sys_free(handle->slots);
    if (handle->control >= 0) {
        close(handle->control);
    }
    if (handle->event >= 0) {
        close(handle->event);
    }
    sys_free(handle);
}

static int
open_frame(union frame *frame, const struct owdf_open_options *options, const char *name)
{
    struct frame_open_parameters *open = &frame->open.open;

    if (strlen(name) >= sizeof(open->name)) {
        return -ENAMETOOLONG;
    }
    memset(frame, 0, sizeof(*frame));
    *open = (struct frame_open_parameters){
        .access = options->access,
        .share = options->share,
        .disposition = options->disposition != 0 ? options->disposition : FILE_OPEN,
        .options = options->options,
        .attributes = options->attributes,
        .slots = options->depth,
        .arena_size = options->arena_size,
        .um_driver = client_um_driver,
    };
    strcpy(open->name, name);
    return 0;
}

/* Asks the reflector, waits for its answer. On success ret_fds are the ring and the event. */
static int
open_exchange(int control, union frame *frame, int *ret_fds, int32_t *ret_status)
{
    int error = channel_send(control, frame, FRAME_OPEN, NULL);
    int result;

    if (error != 0) {
        return error;
    }
    result = channel_receive(control, frame, FRAME_FROM_REFLECTOR, ret_fds);
    if (result < 0) {
        return result;
    }
    if (result == 0) {
        *ret_status = OWDF_STATUS_DRIVER_PROCESS_TERMINATED;
        return -EPIPE;
    }
    if (frame->header.type == FRAME_REFUSED) {
        *ret_status = frame->status.status;
        error = owdf_status_to_errno(frame->status.status);
        return error != 0 ? error : -EPROTO;
    }
    return frame->header.type == FRAME_OPENED ? 0 : -EPROTO;
}

static int32_t
status_of_errno(int error)
{
    switch (-error) {
    case 0:
        return OWDF_STATUS_SUCCESS;
    case ENOENT:
        return OWDF_STATUS_OBJECT_NAME_NOT_FOUND;
    case EINVAL:
    case ENAMETOOLONG:
        return OWDF_STATUS_INVALID_PARAMETER;
    case EPIPE:
        return OWDF_STATUS_DRIVER_PROCESS_TERMINATED;
    default:
        return OWDF_STATUS_INSUFFICIENT_RESOURCES;
    }
}

int
owdf_open_with(const char *path, const struct owdf_open_options *options, owdf_handle **ret_handle,
               int32_t *ret_status)
{
    int32_t status = OWDF_STATUS_SUCCESS;
    int fds[CHANNEL_FDS_MAX] = {-1, -1};
    owdf_handle *handle = NULL;
    const char *name = NULL;
    struct names names;
    union frame frame;
    int control = -1;
    int error;

    if (path == NULL || options == NULL || ret_handle == NULL ||
        options->size != sizeof(*options) || options->depth > OWDF_DEPTH_MAX ||
        options->arena_size > OWDF_ARENA_SIZE_MAX) {
        error = -EINVAL;
        goto out;
    }
    error = names_open(&names, false);
    control = error != 0 ? error : names_connect(&names, path, &name);
    if (control < 0) {
        error = control;
        goto out;
    }
    error = open_frame(&frame, options, name);
    error = error != 0 ? error : open_exchange(control, &frame, fds, &status);
    if (error != 0) {
        goto out;
    }
    handle = sys_alloc_zeroed(sizeof(*handle));
    if (handle == NULL) {
        error = -ENOMEM;
        goto out;
    }
    handle->magic = CLIENT_HANDLE_MAGIC;
    handle->control = control;
    handle->event = fds[1];
    handle->id = frame.header.connection;
    control = -1;
    fds[1] = -1;
    error = handle_prepare(handle, fds[0], &frame.opened);
    if (error != 0) {
        handle_free(handle);
        goto out;
    }
    *ret_handle = handle;
out:
    if (fds[0] >= 0) {
        close(fds[0]);
    }
    if (fds[1] >= 0) {
        close(fds[1]);
    }
    if (control >= 0) {
        close(control);
    }
    if (ret_status != NULL) {
        *ret_status = status != OWDF_STATUS_SUCCESS ? status : status_of_errno(error);
    }
    return error;
}

int
owdf_open(const char *path, unsigned flags, owdf_handle **ret_handle)
{
    struct owdf_open_options options = {
        .size = sizeof(options),
        .access = ((flags & OWDF_OPEN_READ) != 0 ? FILE_GENERIC_READ : 0) |
                  ((flags & OWDF_OPEN_WRITE) != 0 ? FILE_GENERIC_WRITE : 0),
        .share = FILE_SHARE_ALL,
    };

    if ((flags & ~(OWDF_OPEN_READ | OWDF_OPEN_WRITE)) != 0) {
        return -EINVAL;
    }
    return owdf_open_with(path, &options, ret_handle, NULL);
}

void
owdf_close(owdf_handle *handle)
{
    int fds[CHANNEL_FDS_MAX];
    union frame frame = {0};

    if (!client_handle_valid(handle)) {
        return;
    }
    /* The reflector answers when the driver's cleanup is done, or has given up on the host. */
    if (channel_send(handle->control, &frame, FRAME_CLOSE, NULL) == 0) {
        (void)channel_receive(handle->control, &frame, FRAME_FROM_REFLECTOR, fds);
    }
    handle_free(handle);
}

bool
client_dead(owdf_handle *handle, bool look)
{
    struct pollfd control = {.fd = handle->control, .events = POLLIN};

    if (ring_host_dead(&handle->ring)) {
        return true;
    }
    /* The reflector sends nothing unasked: what is readable is the end. */
    if (!look || poll(&control, 1, 0) != 1) {
        return false;
    }
    (void)ring_settle_and_wake(&handle->ring, OWDF_STATUS_DRIVER_PROCESS_TERMINATED);
    return true;
}

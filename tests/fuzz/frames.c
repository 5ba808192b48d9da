/* SPDX-License-Identifier: MIT */
/* Control frames: the first byte says who sends, the second how many descriptors come along. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "ipc/channel.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static union frame frame;
    static uint8_t after[FRAME_NAME_SIZE];
    size_t length;

    if (size < 2 || size - 2 > sizeof(frame)) {
        return 0;
    }
    memset(&frame, 'x', sizeof(frame));
    memset(after, 'x', sizeof(after));
    memcpy(&frame, data + 2, size - 2);
    if (frame_check(&frame, size - 2, (enum frame_sender)(1 << data[0] % 4), data[1]) != 0) {
        return 0;
    }
    /* What passed can be read as what it says it is. */
    switch ((enum frame_type)frame.header.type) {
    case FRAME_OPEN:
        length = strlen(frame.open.open.name);
        break;
    case FRAME_HOST_OPEN:
        length = strlen(frame.host_open.open.name);
        break;
    case FRAME_NAME:
        length = strlen(frame.name.name) + strlen(frame.name.guid);
        break;
    case FRAME_BROKEN:
        length = strlen(frame.broken.reason);
        break;
    default:
        length = 0;
        break;
    }
    if (length > size) {
        abort();
    }
    return 0;
}

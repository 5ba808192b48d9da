/* SPDX-License-Identifier: MIT */
/* Saved traces: see stream.h. The reader trusts nothing but its own sizes. */
#include "trace/stream.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct head {
    uint32_t magic;
    uint32_t version;
};

/* ---- Writing ---- */

static int
put(FILE *to, const void *bytes, size_t size)
{
    return fwrite(bytes, 1, size, to) == size ? 0 : errno != 0 ? -errno : -EIO;
}

int
trace_stream_begin(FILE *to)
{
    const struct head head = {TRACE_STREAM_MAGIC, TRACE_STREAM_VERSION};

    return put(to, &head, sizeof(head));
}

static int
put_frame(FILE *to, enum trace_frame_kind kind, uint16_t number, const void *body, size_t size)
{
    const struct trace_frame frame = {
        .size = (uint32_t)(sizeof(frame) + size), .kind = (uint16_t)kind, .process = number};
    int error = put(to, &frame, sizeof(frame));

    return error != 0 ? error : put(to, body, size);
}

int
trace_stream_process(FILE *to, uint16_t number, const struct trace_process *process)
{
    return put_frame(to, TRACE_FRAME_PROCESS, number, process, sizeof(*process));
}

int
trace_stream_meta(FILE *to, uint16_t number, const struct trace_meta_entry *entry)
{
    return put_frame(to, TRACE_FRAME_META, number, entry, entry->size);
}

int
trace_stream_record(FILE *to, uint16_t number, const struct trace_record *record)
{
    return put_frame(to, TRACE_FRAME_RECORD, number, record, record->size);
}

int
trace_stream_lost(FILE *to, uint16_t number, uint64_t count)
{
    return put_frame(to, TRACE_FRAME_LOST, number, &count, sizeof(count));
}

/* ---- Reading ---- */

struct known_process {
    struct trace_process process;
    struct trace_catalog *catalog;
};

struct stream {
    struct known_process *processes[TRACE_STREAM_PROCESSES];
    const struct trace_stream_events *events;
    void *argument;
};

static int
introduce(struct stream *stream, uint16_t number, const uint8_t *body, size_t size)
{
    struct known_process *known;

    if (number >= TRACE_STREAM_PROCESSES || size != sizeof(known->process) ||
        stream->processes[number] != NULL) {
        return -EBADMSG;
    }
    known = calloc(1, sizeof(*known));
    if (known == NULL || (known->catalog = trace_catalog_create()) == NULL) {
        free(known);
        return -ENOMEM;
    }
    memcpy(&known->process, body, sizeof(known->process));
    known->process.name[TRACE_NAME_SIZE - 1] = '\0';
    stream->processes[number] = known;
    return 0;
}

static int
take_record(struct stream *stream, struct known_process *known, const uint8_t *body, size_t size)
{
    _Alignas(8) uint8_t copy[TRACE_RECORD_MAX];
    const struct trace_record *record = (const struct trace_record *)copy;

    if (size < sizeof(*record) || size > sizeof(copy)) {
        return -EBADMSG;
    }
    memcpy(copy, body, size);
    if (record->size != size || record->kind == TRACE_RECORD_PAD ||
        record->kind > TRACE_RECORD_FIELDS) {
        return -EBADMSG;
    }
    stream->events->record(stream->argument, &known->process, known->catalog, record);
    return 0;
}

static int
take_frame(struct stream *stream, const struct trace_frame *frame, const uint8_t *body, size_t size)
{
    struct known_process *known;
    uint64_t count;
    int error;

    if (frame->kind == TRACE_FRAME_PROCESS) {
        return introduce(stream, frame->process, body, size);
    }
    known = frame->process < TRACE_STREAM_PROCESSES ? stream->processes[frame->process] : NULL;
    if (known == NULL) {
        return -EBADMSG;
    }
    switch (frame->kind) {
    case TRACE_FRAME_META:
        error = trace_catalog_add(known->catalog, body, size);
        return error == -EINVAL ? -EBADMSG : error;
    case TRACE_FRAME_RECORD:
        return take_record(stream, known, body, size);
    case TRACE_FRAME_LOST:
        if (size != sizeof(count)) {
            return -EBADMSG;
        }
        memcpy(&count, body, sizeof(count));
        stream->events->lost(stream->argument, &known->process, count);
        return 0;
    default:
        return -EBADMSG;
    }
}

static int
read_frames(FILE *from, struct stream *stream, uint8_t *body, uint64_t *ret_offset)
{
    struct trace_frame frame;
    int error = 0;

    while (error == 0 && fread(&frame, 1, sizeof(frame), from) == sizeof(frame)) {
        size_t size = frame.size - sizeof(frame);

        if (frame.size < sizeof(frame) || frame.size % 8 != 0 ||
            frame.size > TRACE_STREAM_FRAME_MAX) {
            return -EBADMSG;
        }
        if (fread(body, 1, size, from) != size) {
            return 0;
        }
        error = take_frame(stream, &frame, body, size);
        *ret_offset += error == 0 ? frame.size : 0;
    }
    return error;
}

int
trace_stream_read(FILE *from, const struct trace_stream_events *events, void *argument,
                  uint64_t *ret_offset)
{
    struct stream *stream = calloc(1, sizeof(*stream));
    uint8_t *body = malloc(TRACE_STREAM_FRAME_MAX);
    struct head head;
    int error = 0;
    size_t i;

    *ret_offset = 0;
    if (stream == NULL || body == NULL) {
        error = -ENOMEM;
    } else if (fread(&head, 1, sizeof(head), from) != sizeof(head) ||
               head.magic != TRACE_STREAM_MAGIC) {
        error = -EINVAL;
    } else if (head.version != TRACE_STREAM_VERSION) {
        error = -EPROTO;
    } else {
        stream->events = events;
        stream->argument = argument;
        *ret_offset = sizeof(head);
        error = read_frames(from, stream, body, ret_offset);
    }
    for (i = 0; stream != NULL && i < TRACE_STREAM_PROCESSES; i++) {
        if (stream->processes[i] != NULL) {
            trace_catalog_delete(stream->processes[i]->catalog);
            free(stream->processes[i]);
        }
    }
    free(stream);
    free(body);
    return error;
}

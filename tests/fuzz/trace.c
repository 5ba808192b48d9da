/* SPDX-License-Identifier: MIT */
/*
 * Trace files and saved traces, which anybody may have written. The first byte chooses: a saved trace as it is; a
 * process's file, whose chunk table is made to fit the input, so that the fuzzer reaches rings and entries.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "trace/stream.h"

static void
on_saved(void *argument, const struct trace_process *process, const struct trace_catalog *catalog,
         const struct trace_record *record)
{
    char text[TRACE_LINE_SIZE];

    (void)argument;
    (void)process;
    trace_catalog_render(catalog, record, text, sizeof(text));
}

static void
on_lost(void *argument, const struct trace_process *process, uint64_t count)
{
    (void)argument;
    (void)process;
    (void)count;
}

static void
saved(const uint8_t *data, size_t size)
{
    static const struct trace_stream_events events = {on_saved, on_lost};
    uint64_t offset;
    FILE *from = size != 0 ? fmemopen((void *)(uintptr_t)data, size, "r") : NULL;

    if (from != NULL) {
        (void)trace_stream_read(from, &events, NULL, &offset);
        (void)fclose(from);
    }
}

static void
on_record(void *argument, const struct trace_record *record)
{
    char text[TRACE_LINE_SIZE];

    trace_catalog_render(trace_reader_catalog(argument), record, text, sizeof(text));
}

/* header | meta chunk with all the input | ring chunk with all the input */
static void
process_file(const uint8_t *data, size_t size)
{
    static struct trace_file_header header;
    struct trace_meta_header meta = {.used = size / 8 * 8};
    struct trace_ring ring = {.magic = TRACE_RING_MAGIC, .size = 4 * TRACE_BLOCK_SIZE};
    size_t data_size = size < ring.size ? size : ring.size, meta_at = sizeof(header);
    size_t ring_at = meta_at + sizeof(meta) + size;
    int fd = memfd_create("fuzz", MFD_CLOEXEC);
    struct trace_reader *reader;
    struct owdf_trace_switches switches;

    header = (struct trace_file_header){
        .magic = TRACE_FILE_MAGIC, .version = TRACE_FILE_VERSION, .chunk_count = 3};
    header.chunks[0] = (struct trace_chunk){TRACE_CHUNK_META, 0, meta_at, sizeof(meta) + size};
    header.chunks[1] = (struct trace_chunk){TRACE_CHUNK_RING, 0, ring_at, sizeof(ring) + ring.size};
    if (size >= sizeof(struct trace_chunk)) {
        memcpy(&header.chunks[2], data, sizeof(struct trace_chunk));
    }
    ring.head = size % 3 == 0 ? data_size : ring.size + size;
    ring.reserve = ring.head + size % 5 * 1000;
    if (fd < 0 || ftruncate(fd, (off_t)(ring_at + sizeof(ring) + ring.size)) != 0) {
        abort();
    }
    (void)!pwrite(fd, &header, sizeof(header), 0);
    (void)!pwrite(fd, &meta, sizeof(meta), (off_t)meta_at);
    (void)!pwrite(fd, data, size, (off_t)(meta_at + sizeof(meta)));
    (void)!pwrite(fd, &ring, sizeof(ring), (off_t)ring_at);
    (void)!pwrite(fd, data, data_size, (off_t)(ring_at + sizeof(ring)));
    if (trace_reader_open_fd(fd, &reader) == 0) {
        (void)trace_reader_read(reader, ~0u, on_record, NULL, reader);
        (void)trace_reader_read(reader, ~0u, on_record, NULL, reader);
        (void)trace_reader_switches(reader, 1, &switches);
        trace_reader_close(reader);
    }
    close(fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0) {
        return 0;
    }
    if (data[0] % 2 == 0) {
        saved(data + 1, size - 1);
    } else {
        process_file(data + 1, size - 1);
    }
    return 0;
}

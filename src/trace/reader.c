/* SPDX-License-Identifier: MIT */
/*
 * Reading a process's trace file: see reader.h and layout.h. Everything is copied with pread before it is
 * looked at: the file may change, and may shrink, while we read it.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openwdf/trace.h>

#include "base/atomic.h"
#include "sys/wait.h"
#include "trace/reader.h"

#define META_CHUNK_MAX ((size_t)16 << 20)

struct ring_cursor {
    uint64_t position;
    bool began;
};

struct meta_cursor {
    uint64_t position;
};

struct trace_reader {
    int fd;
    struct trace_file_header header; /* As it was read last. */
    struct trace_catalog *catalog;
    struct ring_cursor rings[TRACE_CHUNKS_MAX];
    struct meta_cursor metas[TRACE_CHUNKS_MAX];
    uint64_t overwritten;
};

/* All of the bytes, or -EIO. */
static int
read_at(const struct trace_reader *reader, uint64_t offset, void *to, size_t size)
{
    uint8_t *at = to;

    if (offset > INT64_MAX - size) {
        return -EIO;
    }
    while (size != 0) {
        ssize_t n = pread(reader->fd, at, size, (off_t)offset);

        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            return -EIO;
        }
        at += n;
        size -= (size_t)n;
        offset += (uint64_t)n;
    }
    return 0;
}

static int
refresh(struct trace_reader *reader)
{
    struct trace_file_header *header = &reader->header;
    int error = read_at(reader, 0, header, sizeof(*header));

    if (error != 0 || header->magic != TRACE_FILE_MAGIC) {
        return error == 0 || header->magic != TRACE_FILE_MAGIC ? -EINVAL : error;
    }
    header->name[sizeof(header->name) - 1] = '\0';
    header->end[sizeof(header->end) - 1] = '\0';
    if (header->version != TRACE_FILE_VERSION) {
        return -EPROTO;
    }
    if (header->chunk_count > TRACE_CHUNKS_MAX) {
        return -EINVAL;
    }
    return 0;
}

static int
open_owned(int fd, struct trace_reader **ret_reader)
{
    struct trace_reader *reader = calloc(1, sizeof(*reader));
    int error;

    if (reader == NULL || (reader->catalog = trace_catalog_create()) == NULL) {
        free(reader);
        close(fd);
        return -ENOMEM;
    }
    reader->fd = fd;
    error = refresh(reader);
    if (error != 0) {
        trace_reader_close(reader);
        return error;
    }
    *ret_reader = reader;
    return 0;
}

int
trace_reader_open(const char *path, struct trace_reader **ret_reader)
{
    int fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    struct stat status;

    if (fd < 0 && errno == EACCES) {
        fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    }
    if (fd < 0) {
        return -errno;
    }
    if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) {
        close(fd);
        return -EINVAL;
    }
    return open_owned(fd, ret_reader);
}

int
trace_reader_open_fd(int fd, struct trace_reader **ret_reader)
{
    int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);

    return copy < 0 ? -errno : open_owned(copy, ret_reader);
}

void
trace_reader_close(struct trace_reader *reader)
{
    if (reader != NULL) {
        close(reader->fd);
        trace_catalog_delete(reader->catalog);
        free(reader);
    }
}

uint32_t
trace_reader_pid(const struct trace_reader *reader)
{
    return reader->header.pid;
}

const char *
trace_reader_name(const struct trace_reader *reader)
{
    return reader->header.name;
}

const char *
trace_reader_end(const struct trace_reader *reader)
{
    return reader->header.end;
}

bool
trace_reader_alive(const struct trace_reader *reader)
{
    if (flock(reader->fd, LOCK_SH | LOCK_NB) == 0) {
        (void)flock(reader->fd, LOCK_UN);
        return false;
    }
    return true;
}

uint64_t
trace_reader_lost(const struct trace_reader *reader)
{
    return reader->header.lost + reader->overwritten;
}

uint64_t
trace_reader_started(const struct trace_reader *reader)
{
    return reader->header.wallclock;
}

uint64_t
trace_reader_wallclock(const struct trace_reader *reader, uint64_t time_ns)
{
    int64_t since = (int64_t)(time_ns - reader->header.clock_ns);

    return reader->header.wallclock + (uint64_t)(since / 100);
}

const struct trace_catalog *
trace_reader_catalog(const struct trace_reader *reader)
{
    return reader->catalog;
}

/* ---- Meta ---- */

static int
read_meta(struct trace_reader *reader, const struct trace_chunk *chunk, struct meta_cursor *cursor,
          trace_entry_fn *fn, void *argument)
{
    struct trace_meta_header header;
    uint8_t *bytes;
    size_t size, at = 0;
    int error;

    if (chunk->size < sizeof(header) || chunk->size > META_CHUNK_MAX) {
        return -EINVAL;
    }
    error = read_at(reader, chunk->offset, &header, sizeof(header));
    if (error != 0) {
        return error;
    }
    if (header.used > chunk->size - sizeof(header) || header.used < cursor->position) {
        return -EINVAL;
    }
    size = (size_t)(header.used - cursor->position);
    if (size == 0) {
        return 0;
    }
    bytes = malloc(size);
    if (bytes == NULL) {
        return -ENOMEM;
    }
    error = read_at(reader, chunk->offset + sizeof(header) + cursor->position, bytes, size);
    while (error == 0 && size - at >= sizeof(struct trace_meta_entry)) {
        struct trace_meta_entry entry;

        memcpy(&entry, bytes + at, sizeof(entry));
        if (entry.size < sizeof(entry) || entry.size % 8 != 0 || entry.size > size - at) {
            error = -EINVAL;
            break;
        }
        error = trace_catalog_add(reader->catalog, bytes + at, entry.size);
        if (error == 0 && fn != NULL) {
            fn(argument, (const struct trace_meta_entry *)(bytes + at));
        }
        error = error == -EINVAL ? 0 : error; /* One that we do not know. */
        at += entry.size;
    }
    if (error == 0) {
        cursor->position += at;
    }
    free(bytes);
    return error;
}

/* ---- Rings ---- */

static bool
ring_valid(const struct trace_ring *ring, const struct trace_chunk *chunk)
{
    return ring->magic == TRACE_RING_MAGIC && ring->ring_class < TRACE_RING_CLASSES &&
           ring->size >= 2 * TRACE_BLOCK_SIZE && ring->size % TRACE_BLOCK_SIZE == 0 &&
           ring->size <= TRACE_RING_LARGEST && chunk->size == sizeof(*ring) + ring->size &&
           ring->head <= UINT64_MAX / 2 && ring->reserve <= UINT64_MAX / 2;
}

/* The first position that is whole and begins a record; *cursor counts what came before it as lost. */
static uint64_t
oldest(const struct trace_ring *ring)
{
    uint64_t reserve = ring->reserve > ring->head ? ring->reserve : ring->head;
    uint64_t from = reserve > ring->size ? reserve - ring->size : 0;

    from = (from + TRACE_BLOCK_SIZE - 1) / TRACE_BLOCK_SIZE * TRACE_BLOCK_SIZE;
    return from < ring->head ? from : ring->head;
}

/* Copies [from, to) of a ring. */
static int
copy_ring(const struct trace_reader *reader, const struct trace_chunk *chunk,
          const struct trace_ring *ring, uint64_t from, uint64_t to, uint8_t *bytes)
{
    uint64_t data = chunk->offset + sizeof(*ring);
    uint64_t at = from % ring->size;
    size_t first = (size_t)(to - from < ring->size - at ? to - from : ring->size - at);
    int error = read_at(reader, data + at, bytes, first);

    return error != 0 ? error : read_at(reader, data, bytes + first, (size_t)(to - from) - first);
}

/* Whether a record may begin at that position: its size stays inside its block. */
static bool
record_fits(const struct trace_record *record, uint64_t position, size_t left)
{
    size_t block_left = TRACE_BLOCK_SIZE - (size_t)(position % TRACE_BLOCK_SIZE);

    if (record->size < 8 || record->size % 8 != 0 || record->size > block_left ||
        record->size > left) {
        return false;
    }
    return record->kind == TRACE_RECORD_PAD ||
           (record->size >= sizeof(*record) && record->size <= TRACE_RECORD_MAX &&
            record->kind <= TRACE_RECORD_FIELDS);
}

static void
give_records(struct trace_reader *reader, const uint8_t *bytes, uint64_t from, uint64_t to,
             uint64_t valid, trace_record_fn *fn, void *argument)
{
    _Alignas(8) uint8_t copy[TRACE_RECORD_MAX];
    uint64_t position = from;

    while (to - position >= 8) {
        struct trace_record head = {.size = 0};
        size_t left = (size_t)(to - position);

        memcpy(&head, bytes + (position - from), left < sizeof(head) ? left : sizeof(head));
        if (position < valid || !record_fits(&head, position, left)) {
            /* Overwritten while we copied, or never right: on with the next block. */
            position = (position / TRACE_BLOCK_SIZE + 1) * TRACE_BLOCK_SIZE;
            reader->overwritten++;
            if (position >= to) {
                return;
            }
            continue;
        }
        if (head.kind != TRACE_RECORD_PAD) {
            memcpy(copy, bytes + (position - from), head.size);
            fn(argument, (const struct trace_record *)copy);
        }
        position += head.size;
    }
}

static int
read_ring(struct trace_reader *reader, const struct trace_chunk *chunk, struct ring_cursor *cursor,
          unsigned classes, trace_record_fn *fn, void *argument)
{
    struct trace_ring ring, after;
    uint64_t from, valid;
    uint8_t *bytes;
    int error =
        chunk->size < sizeof(ring) ? -EINVAL : read_at(reader, chunk->offset, &ring, sizeof(ring));

    if (error != 0 || !ring_valid(&ring, chunk)) {
        return error != 0 ? error : -EINVAL;
    }
    if ((classes & TRACE_CLASS(ring.ring_class)) == 0) {
        return 0;
    }
    from = oldest(&ring);
    if (cursor->began && cursor->position >= from) {
        from = cursor->position;
    } else if (cursor->began && cursor->position < from) {
        reader->overwritten++; /* How many is not known: blocks are gone. */
    }
    if (fn == NULL || from >= ring.head) {
        cursor->began = true;
        cursor->position = ring.head;
        return 0;
    }
    bytes = malloc((size_t)(ring.head - from));
    if (bytes == NULL) {
        return -ENOMEM;
    }
    error = copy_ring(reader, chunk, &ring, from, ring.head, bytes);
    error = error != 0 ? error : read_at(reader, chunk->offset, &after, sizeof(after));
    if (error == 0) {
        after.size = ring.size;
        valid = after.reserve > ring.size && after.reserve <= UINT64_MAX / 2
                    ? after.reserve - ring.size
                    : 0;
        cursor->began = true;
        cursor->position = ring.head;
        give_records(reader, bytes, from, ring.head, valid, fn, argument);
    }
    free(bytes);
    return error;
}

static int
read_chunks(struct trace_reader *reader, unsigned classes, trace_record_fn *fn,
            trace_entry_fn *entry_fn, void *argument)
{
    int error = refresh(reader);
    uint32_t i;

    for (i = 0; error == 0 && i < reader->header.chunk_count; i++) {
        if (reader->header.chunks[i].kind == TRACE_CHUNK_META) {
            error =
                read_meta(reader, &reader->header.chunks[i], &reader->metas[i], entry_fn, argument);
        }
    }
    for (i = 0; error == 0 && i < reader->header.chunk_count; i++) {
        if (reader->header.chunks[i].kind == TRACE_CHUNK_RING) {
            error = read_ring(reader, &reader->header.chunks[i], &reader->rings[i], classes, fn,
                              argument);
        }
    }
    return error;
}

int
trace_reader_read(struct trace_reader *reader, unsigned classes, trace_record_fn *fn,
                  trace_entry_fn *entry_fn, void *argument)
{
    return read_chunks(reader, classes, fn, entry_fn, argument);
}

int
trace_reader_skip(struct trace_reader *reader, unsigned classes)
{
    return read_chunks(reader, classes, NULL, NULL, NULL);
}

/* ---- Switches ---- */

static int
switches_offset(const struct trace_reader *reader, uint32_t number, uint64_t *ret_offset)
{
    uint32_t i;

    for (i = 0; i < reader->header.chunk_count; i++) {
        const struct trace_chunk *chunk = &reader->header.chunks[i];

        if (chunk->kind == TRACE_CHUNK_SWITCHES &&
            number < chunk->size / sizeof(struct owdf_trace_switches)) {
            *ret_offset = chunk->offset + number * sizeof(struct owdf_trace_switches);
            return 0;
        }
    }
    return -EINVAL;
}

bool
trace_reader_switches(struct trace_reader *reader, uint32_t number,
                      struct owdf_trace_switches *ret_switches)
{
    uint64_t offset;

    return switches_offset(reader, number, &offset) == 0 &&
           read_at(reader, offset, ret_switches, sizeof(*ret_switches)) == 0;
}

static int
write_at(const struct trace_reader *reader, uint64_t offset, const void *bytes, size_t size)
{
    ssize_t n = pwrite(reader->fd, bytes, size, (off_t)offset);

    return n == (ssize_t)size ? 0 : n < 0 ? -errno : -EIO;
}

int
trace_reader_set_switches(struct trace_reader *reader, uint32_t number, uint8_t level,
                          const uint32_t *flags, uint64_t keywords)
{
    uint64_t offset;
    int error = switches_offset(reader, number, &offset);

    if (error == 0) {
        error = write_at(reader, offset + offsetof(struct owdf_trace_switches, Flags), flags,
                         sizeof(uint32_t) * OWDF_TRACE_FLAG_WORDS);
    }
    if (error == 0) {
        error = write_at(reader, offset + offsetof(struct owdf_trace_switches, Keywords), &keywords,
                         sizeof(keywords));
    }
    if (error == 0) {
        error = write_at(reader, offset + offsetof(struct owdf_trace_switches, Level), &level,
                         sizeof(level));
    }
    return error;
}

void
trace_reader_notify(struct trace_reader *reader)
{
    struct trace_file_header *header =
        mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, reader->fd, 0);

    /* A living process's file never shrinks; one that is dead needs no word. */
    if (header != MAP_FAILED) {
        if (trace_reader_alive(reader)) {
            (void)atomic_fetch_add_u32(&header->generation, 1);
            sys_wake_shared(&header->generation, UINT32_MAX);
        }
        munmap(header, 4096);
    }
}

/* SPDX-License-Identifier: MIT */
/* This process's trace file: see file.h. It only grows; what was mapped once stays mapped. */
#include "trace/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/atomic.h"
#include "base/log.h"
#include "sys/clock.h"
#include "sys/lock.h"

#define PAGE       4096u
#define META_CHUNK ((size_t)64 * 1024)

static struct {
    struct sys_quiet_lock lock; /* Guards all below, and the file's growth. A leaf lock. */
    uint32_t open;              /* Set when the rest is valid. */
    int fd;
    uint64_t size;
    struct trace_file_header *header;
    WPP_CB_TYPE *switches;
    struct trace_meta_header *meta; /* The chunk that is being filled. */
    size_t meta_size;
    char directory[TRACE_PATH_SIZE];
} file = {.fd = -1};

static size_t
round_up(size_t size, size_t unit)
{
    return (size + unit - 1) / unit * unit;
}

/* ---- The folder ---- */

struct dead_file {
    char name[256];
    struct timespec written;
};

static int
newest_first(const void *a, const void *b)
{
    const struct dead_file *one = a, *other = b;

    if (one->written.tv_sec != other->written.tv_sec) {
        return one->written.tv_sec < other->written.tv_sec ? 1 : -1;
    }
    return (one->written.tv_nsec < other->written.tv_nsec) -
           (one->written.tv_nsec > other->written.tv_nsec);
}

/* Whether nobody holds the file's lock any more. */
static bool
is_dead(int folder, const char *name, struct timespec *ret_written)
{
    int fd = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    struct stat status;
    bool dead;

    if (fd < 0) {
        return false;
    }
    dead = fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && flock(fd, LOCK_SH | LOCK_NB) == 0;
    *ret_written = status.st_mtim;
    close(fd);
    return dead;
}

/* Removes the oldest files of the dead beyond TRACE_FILES_KEPT. */
static void
prune(const char *directory)
{
    struct dead_file *dead = NULL;
    size_t count = 0, room = 0;
    DIR *folder = opendir(directory);
    struct dirent *entry;

    while (folder != NULL && (entry = readdir(folder)) != NULL) {
        size_t length = strlen(entry->d_name);
        struct timespec written;

        if (length <= sizeof(TRACE_FILE_SUFFIX) || length >= sizeof(dead->name) ||
            strcmp(entry->d_name + length + 1 - sizeof(TRACE_FILE_SUFFIX), TRACE_FILE_SUFFIX) !=
                0 ||
            !is_dead(dirfd(folder), entry->d_name, &written)) {
            continue;
        }
        if (count == room) {
            struct dead_file *more = realloc(dead, (room = room * 2 + 16) * sizeof(*dead));

            if (more == NULL) {
                break;
            }
            dead = more;
        }
        strcpy(dead[count].name, entry->d_name);
        dead[count++].written = written;
    }
    if (count > TRACE_FILES_KEPT) {
        qsort(dead, count, sizeof(*dead), newest_first);
        while (count > TRACE_FILES_KEPT) {
            (void)unlinkat(dirfd(folder), dead[--count].name, 0);
        }
    }
    free(dead);
    if (folder != NULL) {
        closedir(folder);
    }
}

/* The folder and its parents up to the last that exists, for us alone. */
static int
make_directory(const char *directory)
{
    struct stat status;
    char *slash;
    char path[TRACE_PATH_SIZE];

    if (mkdir(directory, 0700) != 0 && errno == ENOENT) {
        (void)snprintf(path, sizeof(path), "%s", directory);
        slash = strrchr(path, '/');
        if (slash == NULL || slash == path) {
            return -ENOENT;
        }
        *slash = '\0';
        if (make_directory(path) != 0) {
            return -ENOENT;
        }
        (void)mkdir(directory, 0700);
    }
    if (stat(directory, &status) != 0) {
        return -errno;
    }
    if (!S_ISDIR(status.st_mode)) {
        return -ENOTDIR;
    }
    /* Who may write to it could make us record what we did not mean to, or read what is not theirs. */
    return status.st_uid == geteuid() && (status.st_mode & 022) == 0 ? 0 : -EPERM;
}

/* Opens a file of ours in the folder. Returns its descriptor or a negative errno. */
static int
create_in(const char *directory)
{
    char path[TRACE_PATH_SIZE + 64];
    unsigned attempt;
    int error = make_directory(directory);

    if (error != 0) {
        return error;
    }
    prune(directory);
    for (attempt = 0; attempt < 1000; attempt++) {
        int fd;

        (void)snprintf(path, sizeof(path), "%s/%d-%u" TRACE_FILE_SUFFIX, directory, (int)getpid(),
                       attempt);
        fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (fd >= 0) {
            (void)flock(fd, LOCK_EX | LOCK_NB);
            return fd;
        }
        if (errno != EEXIST) {
            return -errno;
        }
    }
    return -EEXIST;
}

/* ---- Growth ---- */

int
trace_file_reserve_locked(size_t size, void **ret_memory, uint64_t *ret_offset)
{
    size_t rounded = round_up(size, PAGE);
    void *memory;
    int error;

    if (file.header != NULL && file.header->chunk_count == TRACE_CHUNKS_MAX) {
        return -ENOSPC;
    }
    /* The blocks now, or a full file system would end us with SIGBUS later. */
    error = posix_fallocate(file.fd, (off_t)file.size, (off_t)rounded);
    if (error != 0) {
        return -error;
    }
    memory = mmap(NULL, rounded, PROT_READ | PROT_WRITE, MAP_SHARED, file.fd, (off_t)file.size);
    if (memory == MAP_FAILED) {
        return -errno;
    }
    *ret_memory = memory;
    *ret_offset = file.size;
    file.size += rounded;
    return 0;
}

void
trace_file_publish_locked(enum trace_chunk_kind kind, uint64_t offset, size_t size)
{
    struct trace_file_header *header = file.header;

    header->chunks[header->chunk_count] =
        (struct trace_chunk){.kind = kind, .offset = offset, .size = size};
    atomic_store_u32(&header->chunk_count, header->chunk_count + 1);
}

int
trace_file_add_chunk_locked(enum trace_chunk_kind kind, size_t size, void **ret_memory)
{
    uint64_t offset = 0;
    int error = trace_file_reserve_locked(size, ret_memory, &offset);

    if (error == 0) {
        trace_file_publish_locked(kind, offset, size);
    }
    return error;
}

int
trace_file_add_meta_locked(enum trace_meta_kind kind, uint32_t id, uint32_t line,
                           const uint8_t *guid, const char *const *strings, size_t count)
{
    size_t size = sizeof(struct trace_meta_entry) + (guid != NULL ? 16 : 0), i;
    struct trace_meta_entry *entry;
    uint64_t used;
    char *to;

    for (i = 0; i < count; i++) {
        size += (strings[i] != NULL ? strlen(strings[i]) : 0) + 1;
    }
    size = round_up(size, 8);
    if (size > TRACE_META_ENTRY_MAX) {
        return -E2BIG;
    }
    if (file.meta == NULL || file.meta->used + size > file.meta_size - sizeof(*file.meta)) {
        void *memory;
        int error = trace_file_add_chunk_locked(TRACE_CHUNK_META, META_CHUNK, &memory);

        if (error != 0) {
            return error;
        }
        file.meta = memory;
        file.meta_size = META_CHUNK;
    }
    used = file.meta->used;
    entry = (struct trace_meta_entry *)((uint8_t *)(file.meta + 1) + used);
    *entry = (struct trace_meta_entry){
        .size = (uint32_t)size, .kind = (uint16_t)kind, .id = id, .line = line};
    to = (char *)(entry + 1);
    if (guid != NULL) {
        memcpy(to, guid, 16);
        to += 16;
    }
    for (i = 0; i < count; i++) {
        size_t length = (strings[i] != NULL ? strlen(strings[i]) : 0) + 1;

        memcpy(to, strings[i] != NULL ? strings[i] : "", length);
        to += length;
    }
    atomic_store_u64(&file.meta->used, used + size);
    return 0;
}

/* ---- Opening ---- */

static void
program_name(char *name, size_t size)
{
    char path[TRACE_PATH_SIZE];
    ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 1);
    const char *slash;

    path[n > 0 ? n : 0] = '\0';
    slash = strrchr(path, '/');
    (void)snprintf(name, size, "%.100s", slash != NULL ? slash + 1 : path);
}

/* Writes header and switches into the empty file. */
static int
fill_locked(const char *name)
{
    uint64_t offset = 0;
    void *memory = NULL;
    int error;

    file.size = 0;
    file.header = NULL;
    error = trace_file_reserve_locked(sizeof(*file.header), &memory, &offset);
    if (error != 0) {
        return error;
    }
    file.header = memory;
    if (name != NULL) {
        (void)snprintf(file.header->name, sizeof(file.header->name), "%s", name);
    } else {
        program_name(file.header->name, sizeof(file.header->name));
    }
    file.header->pid = (uint32_t)getpid();
    file.header->clock_ns = sys_now_ns();
    file.header->wallclock = sys_wallclock_100ns();
    error = trace_file_add_chunk_locked(TRACE_CHUNK_SWITCHES,
                                        TRACE_PROVIDERS_MAX * sizeof(WPP_CB_TYPE), &memory);
    if (error != 0) {
        return error;
    }
    file.switches = memory;
    file.header->version = TRACE_FILE_VERSION;
    atomic_store_u32(&file.header->magic, TRACE_FILE_MAGIC);
    return 0;
}

static int
open_locked(const char *directory, const char *name)
{
    int error;

    if (directory == NULL) {
        directory = getenv("OPENWDF_TRACE_DIR");
    }
    if (directory != NULL && directory[0] != '\0') {
        (void)snprintf(file.directory, sizeof(file.directory), "%s", directory);
        file.fd = create_in(file.directory);
        error = file.fd < 0 ? file.fd : fill_locked(name);
        if (error == 0) {
            return 0;
        }
        base_log(BASE_LOG_WARN, "trace", "%s: %s: `wdf trace` will not see this process",
                 file.directory, strerror(-error));
        file.directory[0] = '\0';
    }
    if (file.fd >= 0) {
        close(file.fd);
    }
    file.fd = memfd_create("owdf-trace", MFD_CLOEXEC);
    return file.fd < 0 ? -errno : fill_locked(name);
}

int
trace_file_open(const char *directory, const char *name)
{
    int error = 0;

    sys_quiet_lock_acquire(&file.lock);
    if (file.open == 0) {
        error = open_locked(directory, name);
        if (error == 0) {
            atomic_store_u32(&file.open, 1);
        }
    }
    sys_quiet_lock_release(&file.lock);
    return error;
}

bool
trace_file_is_open(void)
{
    return atomic_load_u32(&file.open) != 0;
}

const char *
trace_file_directory(void)
{
    return trace_file_is_open() ? file.directory : "";
}

int
trace_file_descriptor(void)
{
    return trace_file_is_open() ? file.fd : -1;
}

struct trace_file_header *
trace_file_header(void)
{
    return file.header;
}

WPP_CB_TYPE *
trace_file_switches(void)
{
    return file.switches;
}

void
trace_file_lock(void)
{
    sys_quiet_lock_acquire(&file.lock);
}

void
trace_file_unlock(void)
{
    sys_quiet_lock_release(&file.lock);
}

void
trace_file_count_lost(void)
{
    if (trace_file_is_open()) {
        (void)atomic_fetch_add_u64(&file.header->lost, 1);
    }
}

void
trace_file_set_end(const char *text)
{
    if (trace_file_is_open()) {
        size_t length = strlen(text);

        length = length < TRACE_END_SIZE - 1 ? length : TRACE_END_SIZE - 1;
        memcpy(file.header->end, text, length);
        file.header->end[length] = '\0';
    }
}

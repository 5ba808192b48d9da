/* SPDX-License-Identifier: MIT */
/*
 * The journal of what comes and goes, and those who read it: see names_watch.h.
 *
 *     owdf-events <position>      where this file begins in the count of bytes ever written
 *     +I <{guid}> <name> <stack>  a device interface arrived (-I: went)
 *     +D - <instance id> <stack>  a device was found (-D: is gone; *D: started; !D: does not run)
 *     >                           it goes on in the next file
 *
 * Names are encoded, so a line has no other blanks. A file that has grown to JOURNAL_MAX is renamed to
 * `events.old` and its successor takes its place; a reader that missed a whole file compares what there
 * is with what it knew. Writers hold the folder's lock, readers do not: they take whole lines only.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/list.h"
#include "base/log.h"
#include "ipc/names_priv.h"
#include "ipc/names_watch.h"
#include "sys/fd.h"
#include "sys/file.h"
#include "sys/memory.h"

#define JOURNAL_MAX (64 * 1024) /* Bytes of one file, about. */
#define LINE_SIZE   2048        /* Of the longest line, with its end. */
#define PATH_SIZE   (NAMES_PATH_SIZE + 32)
#define BLOCK_SIZE  (16 * 1024)
#define HEADER      "owdf-events "
#define SUCCESSOR   '>'

static const char kind_marks[NAMES_EVENT_KINDS][3] = {
    [NAMES_INTERFACE_ARRIVED] = "+I", [NAMES_INTERFACE_REMOVED] = "-I",
    [NAMES_DEVICE_ENUMERATED] = "+D", [NAMES_DEVICE_STARTED] = "*D",
    [NAMES_DEVICE_STOPPED] = "!D",    [NAMES_DEVICE_REMOVED] = "-D",
};

/* ---- Writing ---- */

static void
journal_path(const struct names *names, const char *file, char path[PATH_SIZE])
{
    (void)snprintf(path, PATH_SIZE, "%s/%s", names->root, file);
}

static int
write_all(int fd, const char *text, size_t length)
{
    ssize_t n = write(fd, text, length);

    return n == (ssize_t)length ? 0 : n < 0 ? -errno : -ENOSPC;
}

/* The file that is written to, made when it is missing. The caller holds the lock. */
static int
journal_open_locked(const struct names *names, off_t *ret_size)
{
    char path[PATH_SIZE];
    char header[64];
    struct stat st;
    int error = 0;
    int fd;

    journal_path(names, "events", path);
    fd = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) {
        return -errno;
    }
    if (fstat(fd, &st) != 0) {
        error = -errno;
    } else if (st.st_size == 0) {
        st.st_size = snprintf(header, sizeof(header), HEADER "0\n");
        error = write_all(fd, header, (size_t)st.st_size);
    }
    if (error != 0) {
        (void)close(fd);
        return error;
    }
    *ret_size = st.st_size;
    return fd;
}

/* The position that a file's header tells; its length in *ret_length. -EINVAL: it has none. */
static int
read_header(int fd, uint64_t *ret_base, size_t *ret_length)
{
    char text[64];
    ssize_t n = pread(fd, text, sizeof(text) - 1, 0);
    char *end;

    if (n < 0) {
        return -errno;
    }
    text[n] = '\0';
    if (strncmp(text, HEADER, sizeof(HEADER) - 1) != 0) {
        return -EINVAL;
    }
    *ret_base = strtoull(text + sizeof(HEADER) - 1, &end, 10);
    if (*end != '\n') {
        return -EINVAL;
    }
    *ret_length = (size_t)(end - text) + 1;
    return 0;
}

/* Begins a new file; gives the old one's descriptor back for it. */
static int
rotate_locked(const struct names *names, int fd, off_t size)
{
    static const char last[] = {SUCCESSOR, '\n'};
    char path[PATH_SIZE];
    char old_path[PATH_SIZE];
    char new_path[PATH_SIZE];
    char header[64];
    uint64_t base = 0;
    size_t length;
    int fresh;
    int n;

    journal_path(names, "events", path);
    journal_path(names, "events.old", old_path);
    journal_path(names, "events.new", new_path);
    if (read_header(fd, &base, &length) != 0) {
        base = 0;
    }
    fresh = open(new_path, O_RDWR | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fresh < 0) {
        return fd; /* It grows on. */
    }
    n = snprintf(header, sizeof(header), HEADER "%" PRIu64 "\n",
                 base + (uint64_t)size + sizeof(last));
    if (write_all(fresh, header, (size_t)n) != 0 || rename(path, old_path) != 0 ||
        rename(new_path, path) != 0) {
        (void)close(fresh);
        return fd;
    }
    /* Last: whoever reads it finds the successor, once he has had the lock. */
    (void)write_all(fd, last, sizeof(last));
    (void)close(fd);
    return fresh;
}

void
journal_append(const struct names *names, enum names_event_kind kind, const char *guid,
               const char *name, const char *stack)
{
    char encoded[NAMES_NAME_SIZE];
    char line[LINE_SIZE];
    off_t size = 0;
    int error = names_encode(name, false, encoded, sizeof(encoded));
    int length;
    int fd;

    if (error == 0) {
        fd = journal_open_locked(names, &size);
        error = fd < 0 ? fd : 0;
    }
    if (error == 0 && size > JOURNAL_MAX) {
        fd = rotate_locked(names, fd, size);
    }
    if (error == 0) {
        char end = '\n';

        /* A writer may have died in the middle of a line: that one is nothing. */
        (void)!pread(fd, &end, 1, size - 1);
        length = snprintf(line, sizeof(line), "%s%s %s %s %s\n", end == '\n' ? "" : "\n",
                          kind_marks[kind], guid[0] != '\0' ? guid : "-", encoded, stack);
        error = length >= (int)sizeof(line) ? -ENAMETOOLONG : write_all(fd, line, (size_t)length);
        (void)close(fd);
    }
    if (error != 0) {
        base_log(BASE_LOG_ERROR, "names", "nobody is told that %s came or went: %s", name,
                 strerror(-error));
    }
}

/* ---- Reading ---- */

/* A device interface of a watched class that is there. */
struct known {
    struct list link;
    bool seen;  /* In a comparison: it is there. */
    bool fresh; /* The same: nobody has been told of it yet. */
    char name[NAMES_NAME_SIZE];
    char device_id[NAMES_NAME_SIZE];
};

struct watched_class {
    struct list link;
    char guid[FRAME_GUID_SIZE];
    struct list known;
};

struct names_watch {
    struct names names;
    struct list classes;
    bool all; /* Classes that are not among them too. */
    int journal;
    int notice;    /* Readable when the journal's file was written to. */
    uint64_t base; /* Of the file. */
    off_t offset;  /* What was read of it. */
    char block[BLOCK_SIZE];
};

static struct watched_class *
find_class(struct names_watch *watch, const char *guid)
{
    struct list *link;

    list_for_each(link, &watch->classes)
    {
        struct watched_class *watched = container_of(link, struct watched_class, link);

        if (strcmp(watched->guid, guid) == 0) {
            return watched;
        }
    }
    return NULL;
}

static struct known *
find_known(struct watched_class *watched, const char *name)
{
    struct list *link;

    list_for_each(link, &watched->known)
    {
        struct known *known = container_of(link, struct known, link);

        if (strcasecmp(known->name, name) == 0) {
            return known;
        }
    }
    return NULL;
}

static struct known *
add_known(struct watched_class *watched, const char *name, const char *device_id)
{
    struct known *known = sys_alloc_zeroed(sizeof(*known));

    if (known != NULL) {
        (void)snprintf(known->name, sizeof(known->name), "%s", name);
        (void)snprintf(known->device_id, sizeof(known->device_id), "%s", device_id);
        list_push_back(&watched->known, &known->link);
    }
    return known;
}

static void
forget(struct known *known)
{
    list_remove(&known->link);
    sys_free(known);
}

/* Whether it is for the listener; keeps what is known up to date. */
static bool
note(struct names_watch *watch, const struct names_event *event)
{
    struct watched_class *watched;
    struct known *known;

    if (event->kind > NAMES_INTERFACE_REMOVED) {
        return true;
    }
    watched = find_class(watch, event->guid);
    if (watched == NULL) {
        return watch->all;
    }
    known = find_known(watched, event->name);
    if (event->kind == NAMES_INTERFACE_ARRIVED) {
        return known == NULL && add_known(watched, event->name, event->device_id) != NULL;
    }
    if (known != NULL) {
        forget(known);
    }
    return known != NULL;
}

/* Decodes a line; false: it is none of ours, or nothing that can be. */
static bool
parse(char *line, struct names_event *event)
{
    char *field[4];
    char *rest = line;
    unsigned i;

    for (i = 0; i < 4; i++) {
        field[i] = strsep(&rest, " ");
        if (field[i] == NULL || field[i][0] == '\0') {
            return false;
        }
    }
    for (i = 0; i < NAMES_EVENT_KINDS && strcmp(field[0], kind_marks[i]) != 0; i++) {
    }
    if (i == NAMES_EVENT_KINDS || rest != NULL) {
        return false;
    }
    event->kind = (enum names_event_kind)i;
    event->guid[0] = '\0';
    if (event->kind <= NAMES_INTERFACE_REMOVED &&
        names_normalize_guid(field[1], event->guid) != 0) {
        return false;
    }
    return names_decode(field[2], event->name, sizeof(event->name)) == 0 &&
           strlen(field[3]) < NAMES_NAME_SIZE && names_device_of(field[3], event->device_id) == 0;
}

/* ---- What a reader missed ---- */

static int
compare_one(void *argument, const char *guid, const char *name, const char *device_id)
{
    struct watched_class *watched = argument;
    struct known *known = find_known(watched, name);

    (void)guid;
    if (known == NULL) {
        known = add_known(watched, name, device_id);
        if (known == NULL) {
            return -ENOMEM;
        }
        known->fresh = true;
    }
    known->seen = true;
    return 0;
}

static void
say(const struct watched_class *watched, const struct known *known, enum names_event_kind kind,
    names_event_fn *fn, void *argument)
{
    struct names_event event = {.kind = kind};

    (void)snprintf(event.guid, sizeof(event.guid), "%s", watched->guid);
    (void)snprintf(event.name, sizeof(event.name), "%s", known->name);
    (void)snprintf(event.device_id, sizeof(event.device_id), "%s", known->device_id);
    fn(argument, &event);
}

static void
compare(struct names_watch *watch, names_event_fn *fn, void *argument)
{
    struct list *class_link;
    struct list *link;
    struct list *next;

    list_for_each(class_link, &watch->classes)
    {
        struct watched_class *watched = container_of(class_link, struct watched_class, link);

        list_for_each(link, &watched->known)
        {
            container_of(link, struct known, link)->seen = false;
        }
        (void)names_for_each(&watch->names, watched->guid, compare_one, watched);
        list_for_each_safe(link, next, &watched->known)
        {
            struct known *known = container_of(link, struct known, link);

            if (!known->seen) {
                say(watched, known, NAMES_INTERFACE_REMOVED, fn, argument);
                forget(known);
            }
        }
        list_for_each(link, &watched->known)
        {
            struct known *known = container_of(link, struct known, link);

            if (known->fresh) {
                known->fresh = false;
                say(watched, known, NAMES_INTERFACE_ARRIVED, fn, argument);
            }
        }
    }
}

/* ---- The watch ---- */

/* Opens the file that is written to now. `at_end`: what is in it has happened before. */
static int
open_current(struct names_watch *watch, bool at_end)
{
    char path[PATH_SIZE];
    off_t size = 0;
    size_t header = 0;
    int lock = names_lock(&watch->names);
    int notice = -1;
    int error;
    int fd;

    if (lock < 0) {
        return lock;
    }
    journal_path(&watch->names, "events", path);
    fd = journal_open_locked(&watch->names, &size);
    error = fd < 0 ? fd : read_header(fd, &watch->base, &header);
    if (error == 0) {
        notice = sys_file_watch(path);
        error = notice < 0 ? notice : 0;
    }
    (void)close(lock);
    if (error != 0) {
        sys_fd_close(&fd);
        return error;
    }
    if (watch->notice >= 0) {
        /* The descriptor that the owner polls stays the same one. */
        error = dup3(notice, watch->notice, O_CLOEXEC) < 0 ? -errno : 0;
        (void)close(notice);
        notice = watch->notice;
    }
    sys_fd_close(&watch->journal);
    watch->journal = fd;
    watch->notice = notice;
    watch->offset = at_end ? size : (off_t)header;
    return error;
}

int
names_watch_open(const struct names *names, struct names_watch **ret_watch)
{
    struct names_watch *watch = sys_alloc_zeroed(sizeof(*watch));
    int error;

    if (watch == NULL) {
        return -ENOMEM;
    }
    watch->names = *names;
    watch->journal = -1;
    watch->notice = -1;
    list_init(&watch->classes);
    error = open_current(watch, true);
    if (error != 0) {
        names_watch_close(watch);
        return error;
    }
    *ret_watch = watch;
    return 0;
}

void
names_watch_close(struct names_watch *watch)
{
    struct list *link;

    if (watch == NULL) {
        return;
    }
    while ((link = list_pop_front(&watch->classes)) != NULL) {
        struct watched_class *watched = container_of(link, struct watched_class, link);

        while (!list_empty(&watched->known)) {
            forget(container_of(watched->known.next, struct known, link));
        }
        sys_free(watched);
    }
    sys_fd_close(&watch->journal);
    sys_fd_close(&watch->notice);
    sys_free(watch);
}

int
names_watch_fd(const struct names_watch *watch)
{
    return watch->notice;
}

/* The end of a file: goes on with the next. False: there is none that can be read. */
static bool
follow(struct names_watch *watch, names_event_fn *fn, void *argument)
{
    uint64_t expected = watch->base + (uint64_t)watch->offset;
    int error = open_current(watch, false);

    if (error != 0) {
        base_log(BASE_LOG_ERROR, "names", "nothing more is heard of devices: %s", strerror(-error));
        return false;
    }
    if (watch->base != expected) {
        off_t size = lseek(watch->journal, 0, SEEK_END);

        watch->offset = size > watch->offset ? size : watch->offset;
        compare(watch, fn, argument);
    }
    return true;
}

void
names_watch_poll(struct names_watch *watch, names_event_fn *fn, void *argument)
{
    struct names_event event;
    ssize_t n;

    sys_file_watch_clear(watch->notice);
    while ((n = pread(watch->journal, watch->block, sizeof(watch->block), watch->offset)) > 0) {
        char *line = watch->block;
        char *end;

        while ((end = memchr(line, '\n', (size_t)(watch->block + n - line))) != NULL) {
            *end = '\0';
            watch->offset += end + 1 - line;
            if (line[0] == SUCCESSOR && line[1] == '\0') {
                if (!follow(watch, fn, argument)) {
                    return;
                }
                line = NULL;
                break;
            }
            if (parse(line, &event) && note(watch, &event)) {
                fn(argument, &event);
            }
            line = end + 1;
        }
        if (line == watch->block) {
            if (n < (ssize_t)sizeof(watch->block)) {
                return; /* A line that is being written. */
            }
            watch->offset += n; /* No line of ours is so long. */
        }
    }
}

static int
add_one(void *argument, const char *guid, const char *name, const char *device_id)
{
    (void)guid;
    return add_known(argument, name, device_id) == NULL ? -ENOMEM : 0;
}

int
names_watch_class(struct names_watch *watch, const char *guid, names_event_fn *fn, void *argument)
{
    char normal[FRAME_GUID_SIZE];
    struct watched_class *watched;
    int error = names_normalize_guid(guid, normal);

    if (error != 0) {
        return error;
    }
    names_watch_poll(watch, fn, argument);
    if (find_class(watch, normal) != NULL) {
        return 0;
    }
    watched = sys_alloc_zeroed(sizeof(*watched));
    if (watched == NULL) {
        return -ENOMEM;
    }
    strcpy(watched->guid, normal);
    list_init(&watched->known);
    /*
     * Events between the poll and the look into the folder are in both: `note` hears of an arrival that is
     * known already, and of a removal that is not, and passes over them.
     */
    error = names_for_each(&watch->names, normal, add_one, watched);
    list_push_back(&watch->classes, &watched->link);
    return error;
}

void
names_watch_all(struct names_watch *watch, names_event_fn *fn, void *argument)
{
    names_watch_poll(watch, fn, argument);
    watch->all = true;
}

int
names_watch_known(struct names_watch *watch, const char *guid, names_fn *fn, void *argument)
{
    char normal[FRAME_GUID_SIZE];
    struct watched_class *watched;
    struct list *link;
    int result = names_normalize_guid(guid, normal);

    watched = result == 0 ? find_class(watch, normal) : NULL;
    if (watched == NULL) {
        return result;
    }
    list_for_each(link, &watched->known)
    {
        const struct known *known = container_of(link, struct known, link);

        result = fn(argument, normal, known->name, known->device_id);
        if (result != 0) {
            break;
        }
    }
    return result;
}

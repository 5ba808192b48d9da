/* SPDX-License-Identifier: MIT */
/* Reading several trace files at once: see trace_view.h. */
#include "wdf/trace_view.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "ipc/names.h"
#include "trace/stream.h"

#define WALLCLOCK_EPOCH UINT64_C(116444736000000000)
/* Clocks of processes that started within one boot agree about when it was, up to this. */
#define SAME_BOOT_NS INT64_C(2000000000)

struct process {
    struct trace_reader *reader;
    char file[256];
    uint16_t number;
    int64_t boot_ns; /* The wall-clock time, in ns, at which the records' clock began. */
    bool saved;      /* Introduced in the saved trace. */
    uint64_t lost;   /* As it was told last. */
    struct trace_selection *selections[TRACE_PROVIDERS_MAX];
    struct trace_view *view;
};

struct pending {
    uint64_t key; /* ns, comparable between processes. */
    uint64_t order;
    struct process *process;
    struct trace_record *record;
};

struct trace_view {
    const struct trace_view_params *params;
    struct process **processes;
    size_t process_count;
    struct pending *pending;
    size_t pending_count;
    size_t pending_room;
    uint64_t order;
    uint64_t messages;
    int error;
};

int
trace_directory(char *path, size_t size)
{
    const char *directory = getenv("OPENWDF_TRACE_DIR");
    struct names names;

    if (directory != NULL && directory[0] != '\0') {
        (void)snprintf(path, size, "%s", directory);
        return 0;
    }
    if (names_open(&names, true) != 0) {
        return -ENOENT;
    }
    (void)snprintf(path, size, "%s/trace", names.root);
    return 0;
}

/* ---- Folder ---- */

static bool
is_trace_file(const char *name)
{
    size_t length = strlen(name), suffix = sizeof(TRACE_FILE_SUFFIX) - 1;

    return length > suffix && length < 256 &&
           strcmp(name + length - suffix, TRACE_FILE_SUFFIX) == 0;
}

static int
open_in(const char *directory, const char *name, struct trace_reader **ret_reader)
{
    char path[TRACE_DIRECTORY_SIZE + 260];

    (void)snprintf(path, sizeof(path), "%s/%s", directory, name);
    return trace_reader_open(path, ret_reader);
}

int
trace_for_each_process(const char *directory,
                       void (*fn)(void *argument, struct trace_reader *reader), void *argument)
{
    DIR *folder = opendir(directory);
    struct dirent *entry;
    struct trace_reader *reader;

    if (folder == NULL) {
        return errno == ENOENT ? 0 : -errno;
    }
    while ((entry = readdir(folder)) != NULL) {
        if (is_trace_file(entry->d_name) && open_in(directory, entry->d_name, &reader) == 0) {
            fn(argument, reader);
            trace_reader_close(reader);
        }
    }
    closedir(folder);
    return 0;
}

unsigned
trace_remove_dead(const char *directory)
{
    DIR *folder = opendir(directory);
    struct trace_reader *reader;
    struct dirent *entry;
    unsigned removed = 0;

    while (folder != NULL && (entry = readdir(folder)) != NULL) {
        if (is_trace_file(entry->d_name) && open_in(directory, entry->d_name, &reader) == 0) {
            if (!trace_reader_alive(reader) && unlinkat(dirfd(folder), entry->d_name, 0) == 0) {
                removed++;
            }
            trace_reader_close(reader);
        }
    }
    if (folder != NULL) {
        closedir(folder);
    }
    return removed;
}

/* ---- Processes ---- */

struct trace_view *
trace_view_create(const struct trace_view_params *params)
{
    struct trace_view *view = calloc(1, sizeof(*view));

    if (view != NULL) {
        view->params = params;
    }
    return view;
}

static void
process_delete(struct process *process)
{
    size_t i;

    for (i = 0; i < TRACE_PROVIDERS_MAX; i++) {
        free(process->selections[i]);
    }
    trace_reader_close(process->reader);
    free(process);
}

void
trace_view_delete(struct trace_view *view)
{
    size_t i;

    if (view == NULL) {
        return;
    }
    for (i = 0; i < view->process_count; i++) {
        process_delete(view->processes[i]);
    }
    for (i = 0; i < view->pending_count; i++) {
        free(view->pending[i].record);
    }
    free(view->processes);
    free(view->pending);
    free(view);
}

static bool
wanted(const struct trace_view_params *params, const struct trace_reader *reader)
{
    return (params->pid == 0 || trace_reader_pid(reader) == params->pid) &&
           (params->name == NULL || strcasestr(trace_reader_name(reader), params->name) != NULL) &&
           (!params->living || trace_reader_alive(reader));
}

static bool
known(const struct trace_view *view, const char *file)
{
    size_t i;

    for (i = 0; i < view->process_count; i++) {
        if (strcmp(view->processes[i]->file, file) == 0) {
            return true;
        }
    }
    return false;
}

static void
add_process(struct trace_view *view, const char *file, struct trace_reader *reader)
{
    struct process **more =
        realloc(view->processes, (view->process_count + 1) * sizeof(*view->processes));
    struct process *process = more != NULL ? calloc(1, sizeof(*process)) : NULL;

    if (more != NULL) {
        view->processes = more;
    }
    if (process == NULL || view->process_count == TRACE_STREAM_PROCESSES) {
        free(process);
        trace_reader_close(reader);
        return;
    }
    process->reader = reader;
    process->view = view;
    process->number = (uint16_t)view->process_count;
    process->boot_ns = (int64_t)(trace_reader_wallclock(reader, 0) * 100);
    (void)snprintf(process->file, sizeof(process->file), "%s", file);
    view->processes[view->process_count++] = process;
    if (view->params->only_new) {
        (void)trace_reader_skip(reader, view->params->classes);
        process->lost = trace_reader_lost(reader);
    }
}

int
trace_view_scan(struct trace_view *view)
{
    DIR *folder = opendir(view->params->directory);
    struct trace_reader *reader;
    struct dirent *entry;

    if (folder == NULL) {
        return errno == ENOENT ? 0 : -errno;
    }
    while ((entry = readdir(folder)) != NULL) {
        if (!is_trace_file(entry->d_name) || known(view, entry->d_name) ||
            open_in(view->params->directory, entry->d_name, &reader) != 0) {
            continue;
        }
        if (wanted(view->params, reader)) {
            add_process(view, entry->d_name, reader);
        } else {
            trace_reader_close(reader);
        }
    }
    closedir(folder);
    return 0;
}

/* ---- Records ---- */

static bool
passes(struct process *process, const struct trace_record *record)
{
    const struct trace_filter *filter = process->view->params->filter;
    const struct trace_catalog_provider *provider =
        trace_catalog_provider(trace_reader_catalog(process->reader), record->provider);
    struct trace_selection **selection;

    if (filter == NULL) {
        return true;
    }
    if (provider == NULL) {
        return false;
    }
    selection = &process->selections[record->provider];
    if (*selection == NULL) {
        *selection = calloc(1, sizeof(**selection));
        if (*selection == NULL) {
            return false;
        }
        trace_filter_select(filter, provider->name, provider->guid, provider->bits, *selection,
                            NULL, 0);
    }
    if (record->kind == TRACE_RECORD_MESSAGE) {
        return trace_selection_passes(*selection, record->level,
                                      record->keywords < TRACE_FLAG_NONE ? (int)record->keywords
                                                                         : -1);
    }
    return (*selection)->any && record->level <= (*selection)->level &&
           (record->keywords == 0 || (record->keywords & (*selection)->keywords) != 0);
}

static uint64_t
key_of(const struct trace_view *view, const struct process *process, uint64_t time_ns)
{
    int64_t first = view->processes[0]->boot_ns, own = process->boot_ns;
    int64_t apart = own > first ? own - first : first - own;

    return time_ns + (uint64_t)(apart < SAME_BOOT_NS ? first : own);
}

static void
on_record(void *argument, const struct trace_record *record)
{
    struct process *process = argument;
    struct trace_view *view = process->view;

    if (!passes(process, record)) {
        return;
    }
    if (view->pending_count == view->pending_room) {
        size_t room = view->pending_room * 2 + 1024;
        struct pending *more = realloc(view->pending, room * sizeof(*more));

        if (more == NULL) {
            view->error = -ENOMEM;
            return;
        }
        view->pending = more;
        view->pending_room = room;
    }
    view->pending[view->pending_count] =
        (struct pending){.key = key_of(view, process, record->time_ns),
                         .order = view->order++,
                         .process = process,
                         .record = malloc(record->size)};
    if (view->pending[view->pending_count].record == NULL) {
        view->error = -ENOMEM;
        return;
    }
    memcpy(view->pending[view->pending_count++].record, record, record->size);
}

static void
introduce(struct process *process)
{
    FILE *saved = process->view->params->saved;
    struct trace_process head = {.clock_ns = 0,
                                 .wallclock = trace_reader_wallclock(process->reader, 0),
                                 .pid = trace_reader_pid(process->reader)};

    if (saved != NULL && !process->saved) {
        process->saved = true;
        (void)snprintf(head.name, sizeof(head.name), "%s", trace_reader_name(process->reader));
        process->view->error = trace_stream_process(saved, process->number, &head);
    }
}

static void
on_entry(void *argument, const struct trace_meta_entry *entry)
{
    struct process *process = argument;

    introduce(process);
    if (process->view->params->saved != NULL && process->view->error == 0) {
        process->view->error =
            trace_stream_meta(process->view->params->saved, process->number, entry);
    }
}

static int
compare(const void *a, const void *b)
{
    const struct pending *one = a, *other = b;

    if (one->key != other->key) {
        return one->key < other->key ? -1 : 1;
    }
    return one->order < other->order ? -1 : 1;
}

void
trace_view_line(FILE *to, uint64_t wallclock, uint32_t pid, const char *process,
                const struct trace_catalog *catalog, const struct trace_record *record)
{
    const struct trace_catalog_provider *provider =
        trace_catalog_provider(catalog, record->provider);
    const struct trace_message_text nowhere = {.file = ""}, *site = NULL;
    char message[TRACE_LINE_SIZE], line[TRACE_LINE_SIZE + 512];
    const char *log = record->log != 0 ? trace_catalog_log(catalog, record->log) : NULL;
    time_t seconds = (time_t)((wallclock - WALLCLOCK_EPOCH) / 10000000);
    struct tm local = {0};

    if (record->kind == TRACE_RECORD_MESSAGE) {
        site = trace_catalog_site(catalog, record->site);
    }
    trace_catalog_render(catalog, record, message, sizeof(message));
    trace_render_short(provider != NULL ? provider->name : "?", record->level,
                       site != NULL ? site : &nowhere, message, line, sizeof(line));
    (void)localtime_r(&seconds, &local);
    (void)fprintf(to, "%02d:%02d:%02d.%06u %s[%u.%u] ", local.tm_hour, local.tm_min, local.tm_sec,
                  (unsigned)(wallclock / 10 % 1000000), process, pid, record->thread);
    if (log != NULL) {
        (void)fprintf(to, "{%s} ", log);
    }
    (void)fprintf(to, "%s\n", line);
}

static void
give(struct trace_view *view, const struct pending *pending)
{
    const struct trace_reader *reader = pending->process->reader;

    if (view->messages++ == 0 && view->params->heading != NULL && view->params->text != NULL) {
        (void)fprintf(view->params->text, "%s\n", view->params->heading);
    }
    introduce(pending->process);
    if (view->params->saved != NULL && view->error == 0) {
        view->error =
            trace_stream_record(view->params->saved, pending->process->number, pending->record);
    }
    if (view->params->text != NULL) {
        trace_view_line(view->params->text,
                        trace_reader_wallclock(reader, pending->record->time_ns),
                        trace_reader_pid(reader), trace_reader_name(reader),
                        trace_reader_catalog(reader), pending->record);
    }
}

static void
tell_lost(struct process *process)
{
    uint64_t lost = trace_reader_lost(process->reader);
    const struct trace_view_params *params = process->view->params;

    if (lost == process->lost) {
        return;
    }
    if (params->saved != NULL && process->saved && process->view->error == 0) {
        process->view->error =
            trace_stream_lost(params->saved, process->number, lost - process->lost);
    }
    if (params->text != NULL && params->last == 0) {
        (void)fprintf(params->text,
                      "-- messages of %s[%u] were lost here: overwritten before they were read\n",
                      trace_reader_name(process->reader), trace_reader_pid(process->reader));
    }
    process->lost = lost;
}

void
trace_view_poll(struct trace_view *view, uint64_t settled_ns)
{
    size_t i, given = 0;
    uint64_t settled = settled_ns == UINT64_MAX || view->process_count == 0
                           ? UINT64_MAX
                           : settled_ns + (uint64_t)view->processes[0]->boot_ns;

    for (i = 0; i < view->process_count; i++) {
        struct process *process = view->processes[i];

        (void)trace_reader_read(process->reader, view->params->classes, on_record, on_entry,
                                process);
        tell_lost(process);
    }
    qsort(view->pending, view->pending_count, sizeof(*view->pending), compare);
    if (view->params->last != 0 && view->pending_count > view->params->last) {
        given = view->pending_count - view->params->last;
        for (i = 0; i < given; i++) {
            free(view->pending[i].record);
        }
    }
    for (; given < view->pending_count && view->pending[given].key < settled; given++) {
        give(view, &view->pending[given]);
        free(view->pending[given].record);
    }
    view->pending_count -= given;
    if (given != 0) {
        memmove(view->pending, view->pending + given, view->pending_count * sizeof(*view->pending));
    }
    if (view->params->text != NULL) {
        (void)fflush(view->params->text);
    }
    if (view->params->saved != NULL && fflush(view->params->saved) != 0 && view->error == 0) {
        view->error = -errno;
    }
}

void
trace_view_end(struct trace_view *view)
{
    trace_view_poll(view, UINT64_MAX);
}

size_t
trace_view_processes(const struct trace_view *view)
{
    return view->process_count;
}

uint64_t
trace_view_messages(const struct trace_view *view)
{
    return view->messages;
}

int
trace_view_error(const struct trace_view *view)
{
    return view->error;
}

void
trace_show_tail(FILE *to, uint32_t pid, size_t count, const char *heading)
{
    char directory[TRACE_DIRECTORY_SIZE];
    struct trace_view_params params = {
        .directory = directory,
        .classes = TRACE_CLASS(TRACE_RING_RECORDER) | TRACE_CLASS(TRACE_RING_ERRORS),
        .pid = pid,
        .text = to,
        .heading = heading,
        .last = count,
    };
    struct trace_view *view = trace_view_create(&params);

    if (view != NULL && trace_directory(directory, sizeof(directory)) == 0 &&
        trace_view_scan(view) == 0) {
        trace_view_end(view);
    }
    trace_view_delete(view);
}

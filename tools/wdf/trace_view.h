/* SPDX-License-Identifier: MIT */
/* Messages of several processes in the order of their time: for `wdf trace` and for what a dead host said last. */
#ifndef OPENWDF_TOOLS_TRACE_VIEW_H
#define OPENWDF_TOOLS_TRACE_VIEW_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "trace/filter.h"
#include "trace/reader.h"

#define TRACE_DIRECTORY_SIZE 560

/* Writes the trace folder's path: $OPENWDF_TRACE_DIR, else `trace` in the runtime folder. 0 or -ENOENT. */
int trace_directory(char *path, size_t size);

struct trace_view;

struct trace_view_params {
    const char *directory;
    unsigned classes;                  /* TRACE_CLASS(…) of the rings to read. */
    const struct trace_filter *filter; /* NULL: everything. */
    bool living;                       /* Only processes that run. */
    uint32_t pid;                      /* Only this one; 0: any. */
    const char *name;                  /* Only processes with this in their name; NULL: any. */
    FILE *text;                        /* Gets a line a message; NULL: none. */
    FILE *saved;                       /* Gets a saved trace; NULL: none. */
    bool only_new;                     /* Without what was recorded before. */
    const char *heading;               /* A line before the first message; NULL: none. */
    size_t last; /* Only the last so many messages, with trace_view_end; 0: all. */
};

/* NULL when there is no memory. The params must live as long. */
struct trace_view *trace_view_create(const struct trace_view_params *params);
void trace_view_delete(struct trace_view *view);

/* Looks for processes that it does not know yet. 0, or a negative errno for the folder. */
int trace_view_scan(struct trace_view *view);

/* Reads what is new and gives out what is older than `settled_ns`, in order; UINT64_MAX: all. */
void trace_view_poll(struct trace_view *view, uint64_t settled_ns);

/* Gives out the rest and says what was lost. */
void trace_view_end(struct trace_view *view);

/* How many processes it reads, and messages it gave out. */
size_t trace_view_processes(const struct trace_view *view);
uint64_t trace_view_messages(const struct trace_view *view);

/* Whether writing failed; a negative errno. */
int trace_view_error(const struct trace_view *view);

/* One line of text: time, process, provider, place, message. */
void trace_view_line(FILE *to, uint64_t wallclock, uint32_t pid, const char *process,
                     const struct trace_catalog *catalog, const struct trace_record *record);

/* Calls fn for each trace file that can be read. */
int trace_for_each_process(const char *directory,
                           void (*fn)(void *argument, struct trace_reader *reader), void *argument);

/*
 * Writes the last `count` messages that the inflight recorder kept of a process, behind `heading`; nothing when there
 * are none.
 */
void trace_show_tail(FILE *to, uint32_t pid, size_t count, const char *heading);

/* Removes the trace files of processes that have ended. Returns how many. */
unsigned trace_remove_dead(const char *directory);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * Reading what processes recorded: trace files of processes, alive or dead, and saved traces. Both may have been
 * written by anybody; whatever they hold, a reader stays inside its buffers and either says what is wrong or
 * skips what makes no sense, counting it.
 */
#ifndef OPENWDF_TRACE_READER_H
#define OPENWDF_TRACE_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <openwdf/trace.h>

#include "trace/layout.h"
#include "trace/render.h"

/* What is known of one process: filled from meta entries. */
struct trace_catalog;

struct trace_catalog *trace_catalog_create(void);
void trace_catalog_delete(struct trace_catalog *catalog);

/* Takes one entry; `size` bytes are readable. 0, -EINVAL when it is malformed, -ENOMEM. */
int trace_catalog_add(struct trace_catalog *catalog, const void *entry, size_t size);

struct trace_catalog_provider {
    const char *name;
    const char *bits;
    const char *module;
    uint8_t guid[16];
};

/* NULL when there is none of that number. */
const struct trace_catalog_provider *trace_catalog_provider(const struct trace_catalog *catalog,
                                                            uint32_t number);
/* NULL when there is none. */
const struct trace_message_text *trace_catalog_site(const struct trace_catalog *catalog,
                                                    uint32_t id);
const char *trace_catalog_log(const struct trace_catalog *catalog, uint32_t id);

/* The text of a record; never NULL pointers, whatever the catalog lacks. */
void trace_catalog_render(const struct trace_catalog *catalog, const struct trace_record *record,
                          char *buffer, size_t size);

/* ---- Trace files of processes ---- */

struct trace_reader;

/* Opens a trace file. 0, -EINVAL: it is none, -EPROTO: of another version, or another negative errno. */
int trace_reader_open(const char *path, struct trace_reader **ret_reader);

/* The same for a descriptor, which the reader takes a duplicate of. */
int trace_reader_open_fd(int fd, struct trace_reader **ret_reader);
void trace_reader_close(struct trace_reader *reader);

uint32_t trace_reader_pid(const struct trace_reader *reader);
const char *trace_reader_name(const struct trace_reader *reader);

/* How it ended; "" while it runs or when it was killed. */
const char *trace_reader_end(const struct trace_reader *reader);

/* Whether the process still runs. */
bool trace_reader_alive(const struct trace_reader *reader);

/* What the process had no ring for, and what was overwritten or damaged before we read it. */
uint64_t trace_reader_lost(const struct trace_reader *reader);

/* When it began to trace: 100 ns since 1601. */
uint64_t trace_reader_started(const struct trace_reader *reader);

/* Wall-clock time, 100 ns since 1601, of a record's time. */
uint64_t trace_reader_wallclock(const struct trace_reader *reader, uint64_t time_ns);

const struct trace_catalog *trace_reader_catalog(const struct trace_reader *reader);

/*
 * Calls fn for each record that is new since the last call, of rings of that class, ring by ring; then returns 0,
 * or a negative errno. Meta entries that are new are in the catalog before; entry_fn (may be NULL) gets each.
 */
typedef void trace_record_fn(void *argument, const struct trace_record *record);
typedef void trace_entry_fn(void *argument, const struct trace_meta_entry *entry);
int trace_reader_read(struct trace_reader *reader, unsigned classes, trace_record_fn *fn,
                      trace_entry_fn *entry_fn, void *argument);

/* Skips what is there: the next read gives what comes from now on. */
int trace_reader_skip(struct trace_reader *reader, unsigned classes);

#define TRACE_CLASS(which) (1u << (which))

/* A provider's switches as they are. False when there is none of that number. */
bool trace_reader_switches(struct trace_reader *reader, uint32_t number,
                           struct owdf_trace_switches *ret_switches);

/* Sets a provider's level, flags and keywords in the running process. 0 or a negative errno. */
int trace_reader_set_switches(struct trace_reader *reader, uint32_t number, uint8_t level,
                              const uint32_t *flags, uint64_t keywords);

/* Wakes the process's watcher, which tells providers with a callback. After all switches are set. */
void trace_reader_notify(struct trace_reader *reader);

#endif

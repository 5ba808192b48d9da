/* SPDX-License-Identifier: MIT */
/*
 * This process's trace file: see layout.h. It lies in the trace folder, so that others can read it while we
 * run and after we died; without a folder it is memory that only this process sees.
 *
 * Readers tell the living from the dead by the file's lock, which ends with the process.
 */
#ifndef OPENWDF_TRACE_FILE_H
#define OPENWDF_TRACE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <openwdf/trace.h>

#include "trace/layout.h"

/* Dead processes whose files are kept; older ones are removed when a process starts. */
#define TRACE_FILES_KEPT 16

#define TRACE_PATH_SIZE 640

/*
 * Opens the file; later calls do nothing. directory NULL: $OPENWDF_TRACE_DIR, else none; it is made (mode 0700)
 * when it is missing. name: the device or the program; NULL: the program. A folder that cannot be used is said
 * once, and memory serves. 0 or a negative errno when that fails too.
 */
int trace_file_open(const char *directory, const char *name);

/* Whether the file is open. */
bool trace_file_is_open(void);

/* The folder; "" when there is none. */
const char *trace_file_directory(void);

/* For reading our own records; -1 when it is not open. */
int trace_file_descriptor(void);

struct trace_file_header *trace_file_header(void);
WPP_CB_TYPE *trace_file_switches(void);

/* The lock under which the file grows; a leaf lock. */
void trace_file_lock(void);
void trace_file_unlock(void);

/* Adds a chunk of zeroes; *ret_memory stays mapped. The caller holds the lock. 0 or a negative errno. */
int trace_file_add_chunk_locked(enum trace_chunk_kind kind, size_t size, void **ret_memory);

/* The same, in two steps, for a chunk that must be filled before readers see it. */
int trace_file_reserve_locked(size_t size, void **ret_memory, uint64_t *ret_offset);
void trace_file_publish_locked(enum trace_chunk_kind kind, uint64_t offset, size_t size);

/*
 * Appends an entry. guid: 16 bytes, for a provider; strings: `count` of them, NULL is "". The caller holds the
 * lock. 0, -E2BIG when it is longer than an entry may be, or another negative errno.
 */
int trace_file_add_meta_locked(enum trace_meta_kind kind, uint32_t id, uint32_t line,
                               const uint8_t *guid, const char *const *strings, size_t count);

/* One message found no place. */
void trace_file_count_lost(void);

/* Says how the process ends. Safe in a signal handler. */
void trace_file_set_end(const char *text);

#endif

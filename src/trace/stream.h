/* SPDX-License-Identifier: MIT */
/*
 * A saved trace: what processes recorded, one frame after the other, with all that is needed to show it.
 *
 *     "OWTS" version
 *     frame*            {size, kind, process}: PROCESS introduces a number for a process, META and RECORD are
 *                       entries and records as in layout.h, LOST counts what is missing at that point
 */
#ifndef OPENWDF_TRACE_STREAM_H
#define OPENWDF_TRACE_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "trace/layout.h"
#include "trace/reader.h"

#define TRACE_STREAM_MAGIC     UINT32_C(0x5354574f) /* "OWTS" */
#define TRACE_STREAM_VERSION   1u
#define TRACE_STREAM_PROCESSES 4096u
#define TRACE_STREAM_FRAME_MAX (TRACE_META_ENTRY_MAX + 64u)

enum trace_frame_kind {
    TRACE_FRAME_PROCESS = 1,
    TRACE_FRAME_META = 2,
    TRACE_FRAME_RECORD = 3,
    TRACE_FRAME_LOST = 4,
};

struct trace_frame {
    uint32_t size; /* With this header; a multiple of 8. */
    uint16_t kind;
    uint16_t process;
};

struct trace_process {
    uint64_t clock_ns;
    uint64_t wallclock;
    uint32_t pid;
    uint32_t reserved;
    char name[TRACE_NAME_SIZE];
};

/* Each writes one frame. 0 or a negative errno. */
int trace_stream_begin(FILE *to);
int trace_stream_process(FILE *to, uint16_t number, const struct trace_process *process);
int trace_stream_meta(FILE *to, uint16_t number, const struct trace_meta_entry *entry);
int trace_stream_record(FILE *to, uint16_t number, const struct trace_record *record);
int trace_stream_lost(FILE *to, uint16_t number, uint64_t count);

struct trace_stream_events {
    /* Valid until trace_stream_read returns; the catalog has what came before the record. */
    void (*record)(void *argument, const struct trace_process *process,
                   const struct trace_catalog *catalog, const struct trace_record *record);
    void (*lost)(void *argument, const struct trace_process *process, uint64_t count);
};

/*
 * Reads a saved trace to its end. 0, -EINVAL: it is none, -EPROTO: of another version, -EBADMSG: it is damaged
 * at *ret_offset (what came before has been given); a frame that is cut off at the end is no error, for a
 * collector may have been killed.
 */
int trace_stream_read(FILE *from, const struct trace_stream_events *events, void *argument,
                      uint64_t *ret_offset);

#endif

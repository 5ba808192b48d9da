/* SPDX-License-Identifier: MIT */
/*
 * The trace file of a process: what its threads record, and what a reader needs to make text of it. The
 * process maps the file and writes with plain stores; whoever reads it, also after the process has died, uses
 * pread and trusts nothing. All numbers are little-endian as in memory.
 *
 *     header            magic, the process, a table of chunks
 *     switches chunk    one struct owdf_trace_switches a provider; `wdf trace` writes levels and flags here,
 *                       and the drivers' trace macros look at the same bytes
 *     meta chunks       entries: providers, messages (format, file, line), functions, logs
 *     ring chunks       records, one writing thread at a time
 *
 * A ring is a number of blocks; a record never crosses a block's end, so that a reader that comes late finds
 * the beginning of a record at each block's beginning. `reserve` is raised before bytes are overwritten,
 * `head` after they are whole: a reader copies what is below head, then looks at reserve, and drops what lay
 * more than a ring's size below it.
 *
 * A saved trace (stream.h) holds the same entries and records one after the other.
 */
#ifndef OPENWDF_TRACE_LAYOUT_H
#define OPENWDF_TRACE_LAYOUT_H

#include <stdint.h>

#define TRACE_FILE_MAGIC   UINT32_C(0x5254574f) /* "OWTR" */
#define TRACE_FILE_VERSION 1u
#define TRACE_FILE_SUFFIX  ".owtrace"

#define TRACE_CHUNKS_MAX    2000u /* Chunks in a file. */
#define TRACE_PROVIDERS_MAX 512u  /* Providers of a process. */
#define TRACE_NAME_SIZE     128u
#define TRACE_END_SIZE      256u

enum trace_chunk_kind {
    TRACE_CHUNK_SWITCHES = 1,
    TRACE_CHUNK_META = 2,
    TRACE_CHUNK_RING = 3,
};

struct trace_chunk {
    uint32_t kind;
    uint32_t reserved;
    uint64_t offset;
    uint64_t size;
};

struct trace_file_header {
    uint32_t magic;
    uint32_t version;
    uint32_t pid;
    uint32_t chunk_count; /* Raised when the chunk is whole. */
    uint64_t clock_ns;    /* The records' clock, and … */
    uint64_t wallclock;   /* … 100 ns since 1601-01-01 UTC, at the same instant. */
    uint64_t lost;        /* Messages for which there was no ring. */
    uint32_t generation; /* Raised, and sleepers on it woken, when somebody has changed switches. */
    uint32_t reserved;
    char name[TRACE_NAME_SIZE]; /* The device or the program. */
    char end[TRACE_END_SIZE]; /* How the process ended; "" while it runs, or when it was killed. */
    struct trace_chunk chunks[TRACE_CHUNKS_MAX];
};

/* ---- Meta ---- */

struct trace_meta_header {
    uint64_t used; /* Bytes of entries behind this header; raised when an entry is whole. */
};

enum trace_meta_kind {
    TRACE_META_PROVIDER = 1, /* id; 16 bytes of GUID; "name" "flag names" "module" */
    TRACE_META_SITE = 2,     /* id; line; "format" "types" "file" "values" */
    TRACE_META_FUNCTION = 3, /* id of a site; "function" */
    TRACE_META_LOG = 4,      /* id; "identifier" */
};

#define TRACE_META_ENTRY_MAX 32768u

struct trace_meta_entry {
    uint32_t size; /* With this header; a multiple of 8. */
    uint16_t kind;
    uint16_t reserved;
    uint32_t id;
    uint32_t line;
    /* Then the GUID of a provider, then the strings with their terminators. */
};

/* ---- Rings ---- */

#define TRACE_BLOCK_SIZE   8192u
#define TRACE_RECORD_MAX   4096u
#define TRACE_RING_MAGIC   UINT32_C(0x474e4952)
#define TRACE_RING_LARGEST (UINT64_C(1) << 26)

enum trace_ring_class {
    TRACE_RING_SESSION, /* What sessions asked for. */
    TRACE_RING_RECORDER, /* The inflight recorder: the latest messages, whether anybody asked or not. */
    TRACE_RING_ERRORS, /* Its errors, which a flood of others does not push out. */
    TRACE_RING_CLASSES,
};

struct trace_ring {
    uint32_t magic;
    uint32_t ring_class;
    uint64_t size; /* Of the data behind this header: a multiple of the block's size. */
    uint64_t head;
    uint64_t reserve;
    uint64_t pad[4];
};

enum trace_record_kind {
    TRACE_RECORD_PAD = 0,     /* Up to the block's end; only size counts. */
    TRACE_RECORD_MESSAGE = 1, /* site's arguments. */
    TRACE_RECORD_EVENT =
        2, /* ETW: an EVENT_DESCRIPTOR (16 bytes), when site is 1 an activity's GUID, the data. */
    TRACE_RECORD_FIELDS = 3, /* TraceLogging: name, then typed and named fields. */
};

#define TRACE_WHERE_SESSION  1u
#define TRACE_WHERE_RECORDER 2u
#define TRACE_FLAG_NONE      255u

struct trace_record {
    uint16_t size; /* With this header; a multiple of 8. */
    uint8_t kind;
    uint8_t level;
    uint32_t site;
    uint64_t time_ns;
    uint32_t thread;
    uint16_t provider;
    uint16_t log;      /* The recorder log; 0: the default one, or none. */
    uint64_t keywords; /* A message: its flag's number; an event: its keywords. */
};

/*
 * Arguments of a message, by its site's types: one letter each, after a decimal limit where the format has one.
 *
 *     i q p d   8 bytes: 32-bit number, 64-bit number, pointer, double
 *     c         8 bytes: how many characters the next string may have
 *     s w       narrow, wide text        Z U  ANSI_STRING, UNICODE_STRING
 *     g         GUID: 16 bytes           S    SID            P  a WPP_LOGPAIR
 *
 * All but the numbers begin with 16 bits: TRACE_ABSENT for a null pointer, else the bytes that follow, with
 * TRACE_CUT when there were more.
 */
#define TRACE_ABSENT 0xffffu
#define TRACE_CUT    0x8000u

#endif

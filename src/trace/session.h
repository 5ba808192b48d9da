/* SPDX-License-Identifier: MIT */
/*
 * Sessions: who wants to see what. A session is a file in the trace folder's `sessions`, written whole by
 * `wdf trace start` and read by each process that registers a provider; processes that run already get
 * their switches changed in their trace files by the command itself. Each does its part after having made its
 * own known, so whichever comes first, the switches are set.
 *
 *     provider ITEM         as in filter.h; one a line
 *     output PATH           where the session's collector writes
 *     collector PID
 */
#ifndef OPENWDF_TRACE_SESSION_H
#define OPENWDF_TRACE_SESSION_H

#include <stdbool.h>
#include <stddef.h>

#include "trace/filter.h"

#define TRACE_SESSION_NAME_SIZE 64
#define TRACE_SESSION_PATH_SIZE 1024

struct trace_session {
    char name[TRACE_SESSION_NAME_SIZE];
    char output[TRACE_SESSION_PATH_SIZE]; /* "" for none. */
    int collector;                        /* 0 for none. */
    struct trace_filter filter;
};

/* Letters, digits, '-', '_' and '.', not at the beginning. */
bool trace_session_name_valid(const char *name);

/* 0, -ENOENT, -EINVAL when the file is malformed, or another negative errno. */
int trace_session_read(const char *directory, const char *name, struct trace_session *session);

/* Writes the session's file. exclusive: -EEXIST when there is one. */
int trace_session_write(const char *directory, const struct trace_session *session, bool exclusive);

int trace_session_remove(const char *directory, const char *name);

/* Calls fn for each session that can be read, until it returns non-zero, and returns that. */
int trace_session_for_each(const char *directory,
                           int (*fn)(void *argument, const struct trace_session *session),
                           void *argument);

/* What all sessions together let pass of a provider. */
void trace_session_select(const char *directory, const char *name, const uint8_t guid[16],
                          const char *bits, struct trace_selection *selection);

#endif

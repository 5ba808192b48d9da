/* SPDX-License-Identifier: MIT */
/* Files of sessions: see session.h. Written beside and renamed, so a reader sees a whole one. */
#include "trace/session.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_SIZE 1024
#define FILE_MAX  (64 * 1024)

bool
trace_session_name_valid(const char *name)
{
    size_t i;

    for (i = 0; name[i] != '\0'; i++) {
        if (!isalnum((unsigned char)name[i]) && strchr("-_.", name[i]) == NULL) {
            return false;
        }
    }
    return i != 0 && i < TRACE_SESSION_NAME_SIZE && name[0] != '.';
}

static void
session_path(char *path, const char *directory, const char *name)
{
    (void)snprintf(path, PATH_SIZE, "%.700s/sessions/%.100s", directory, name);
}

static int
parse_line(struct trace_session *session, char *line)
{
    char *value = strchr(line, ' ');
    char problem[256];

    if (value == NULL) {
        return -EINVAL;
    }
    *value++ = '\0';
    if (strcmp(line, "provider") == 0) {
        return trace_filter_add(&session->filter, value, problem, sizeof(problem));
    }
    if (strcmp(line, "output") == 0 && strlen(value) < sizeof(session->output)) {
        strcpy(session->output, value);
        return 0;
    }
    if (strcmp(line, "collector") == 0) {
        session->collector = atoi(value);
        return session->collector > 1 ? 0 : -EINVAL;
    }
    return -EINVAL;
}

int
trace_session_read(const char *directory, const char *name, struct trace_session *session)
{
    char path[PATH_SIZE], *text, *line, *rest;
    int fd, error = 0;
    ssize_t n;

    if (!trace_session_name_valid(name)) {
        return -EINVAL;
    }
    session_path(path, directory, name);
    fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0) {
        return -errno;
    }
    text = malloc(FILE_MAX);
    n = text != NULL ? read(fd, text, FILE_MAX - 1) : -1;
    close(fd);
    if (n < 0) {
        free(text);
        return -EIO;
    }
    text[n] = '\0';
    memset(session, 0, sizeof(*session));
    strcpy(session->name, name);
    for (line = strtok_r(text, "\n", &rest); line != NULL && error == 0;
         line = strtok_r(NULL, "\n", &rest)) {
        error = parse_line(session, line);
    }
    free(text);
    return error;
}

static void
write_text(FILE *to, const struct trace_session *session)
{
    char level[16];
    size_t i;

    for (i = 0; i < session->filter.count; i++) {
        const struct trace_filter_item *item = &session->filter.items[i];

        (void)snprintf(level, sizeof(level), "%u", item->level);
        (void)fprintf(to, "provider %s:%s:%s\n", item->provider, level, item->flags);
    }
    if (session->output[0] != '\0') {
        (void)fprintf(to, "output %s\n", session->output);
    }
    if (session->collector != 0) {
        (void)fprintf(to, "collector %d\n", session->collector);
    }
}

int
trace_session_write(const char *directory, const struct trace_session *session, bool exclusive)
{
    char path[PATH_SIZE], temporary[PATH_SIZE];
    FILE *to;
    int fd, error = 0;

    if (!trace_session_name_valid(session->name)) {
        return -EINVAL;
    }
    (void)snprintf(path, sizeof(path), "%.700s/sessions", directory);
    (void)mkdir(directory, 0700);
    (void)mkdir(path, 0700);
    session_path(path, directory, session->name);
    (void)snprintf(temporary, sizeof(temporary), "%.700s/sessions/.%.100s.%d", directory,
                   session->name, (int)getpid());
    fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    to = fd >= 0 ? fdopen(fd, "w") : NULL;
    if (to == NULL) {
        return -errno;
    }
    write_text(to, session);
    if (fclose(to) != 0 ||
        (exclusive ? link(temporary, path) != 0 : rename(temporary, path) != 0)) {
        error = -errno;
    }
    (void)unlink(temporary);
    return error;
}

int
trace_session_remove(const char *directory, const char *name)
{
    char path[PATH_SIZE];

    if (!trace_session_name_valid(name)) {
        return -EINVAL;
    }
    session_path(path, directory, name);
    return unlink(path) == 0 ? 0 : -errno;
}

int
trace_session_for_each(const char *directory,
                       int (*fn)(void *argument, const struct trace_session *session),
                       void *argument)
{
    struct trace_session *session;
    char path[PATH_SIZE];
    struct dirent *entry;
    DIR *folder;
    int result = 0;

    (void)snprintf(path, sizeof(path), "%.700s/sessions", directory);
    folder = directory[0] != '\0' ? opendir(path) : NULL;
    session = folder != NULL ? malloc(sizeof(*session)) : NULL;
    while (session != NULL && result == 0 && (entry = readdir(folder)) != NULL) {
        if (trace_session_read(directory, entry->d_name, session) == 0) {
            result = fn(argument, session);
        }
    }
    free(session);
    if (folder != NULL) {
        closedir(folder);
    }
    return result;
}

struct selecting {
    const char *name;
    const uint8_t *guid;
    const char *bits;
    struct trace_selection *selection;
};

static int
select_session(void *argument, const struct trace_session *session)
{
    struct selecting *s = argument;

    trace_filter_select(&session->filter, s->name, s->guid, s->bits, s->selection, NULL, 0);
    return 0;
}

void
trace_session_select(const char *directory, const char *name, const uint8_t guid[16],
                     const char *bits, struct trace_selection *selection)
{
    struct selecting s = {name, guid, bits, selection};

    (void)trace_session_for_each(directory, select_session, &s);
}

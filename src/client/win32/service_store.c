/* SPDX-License-Identifier: MIT */
/* Records and runners of driver services; see service_store.h. */
#include "client/win32/service_store.h"

#include <windows.h>

#include <ctype.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ipc/names.h"
#include "sys/process.h"
#include "sys/wait.h"
#include "win32/object.h"

#define PATH_SIZE  (NAMES_PATH_SIZE + SERVICE_NAME_SIZE + 32)
#define FD_LOCK    3 /* In the runner. */
#define FD_READY   4
#define READY_TEXT "ready\n"

/* The path of a service's file; false when a service cannot have that name. */
static bool
file_path(const char *name, const char *suffix, char path[PATH_SIZE], bool make_folder)
{
    char lower[SERVICE_NAME_SIZE];
    struct names names;
    size_t i;

    for (i = 0; name[i] != 0; i++) {
        if (i + 1 == sizeof(lower) ||
            (!isalnum((unsigned char)name[i]) && strchr("_-{}#&$ ", name[i]) == NULL)) {
            return false;
        }
        lower[i] = (char)tolower((unsigned char)name[i]);
    }
    lower[i] = 0;
    if (i == 0 || names_open(&names, make_folder) != 0) {
        return false;
    }
    if (make_folder) {
        (void)snprintf(path, PATH_SIZE, "%s/services", names.root);
        if (mkdir(path, 0700) != 0 && errno != EEXIST) {
            return false;
        }
    }
    (void)snprintf(path, PATH_SIZE, "%s/services/%s%s", names.root, lower, suffix);
    return true;
}

static void
take(char *to, size_t size, const char *value)
{
    (void)snprintf(to, size, "%s", value);
}

uint32_t
service_read(const char *name, struct service_record *record)
{
    char path[PATH_SIZE], line[SERVICE_PATH_SIZE + 32];
    FILE *file;

    memset(record, 0, sizeof(*record));
    if (!file_path(name, "", path, false)) {
        return ERROR_SERVICE_DOES_NOT_EXIST;
    }
    file = fopen(path, "re");
    if (file == NULL) {
        return ERROR_SERVICE_DOES_NOT_EXIST;
    }
    while (fgets(line, sizeof(line), file) != NULL) {
        char *value = strchr(line, '=');

        line[strcspn(line, "\n")] = 0;
        if (value == NULL) {
            continue;
        }
        *value++ = 0;
        if (strcmp(line, "name") == 0) {
            take(record->name, sizeof(record->name), value);
        } else if (strcmp(line, "display") == 0) {
            take(record->display, sizeof(record->display), value);
        } else if (strcmp(line, "binary") == 0) {
            take(record->binary, sizeof(record->binary), value);
        } else if (strcmp(line, "type") == 0) {
            record->type = (uint32_t)strtoul(value, NULL, 10);
        } else if (strcmp(line, "start") == 0) {
            record->start = (uint32_t)strtoul(value, NULL, 10);
        } else if (strcmp(line, "error_control") == 0) {
            record->error_control = (uint32_t)strtoul(value, NULL, 10);
        } else if (strcmp(line, "marked") == 0) {
            record->marked = value[0] == '1';
        }
    }
    (void)fclose(file);
    return record->name[0] != 0 ? 0 : ERROR_SERVICE_DOES_NOT_EXIST;
}

uint32_t
service_write(const struct service_record *record, bool replace)
{
    char path[PATH_SIZE], temporary[PATH_SIZE + 16];
    FILE *file;
    int fd;
    bool good;

    if (!file_path(record->name, "", path, true)) {
        return ERROR_INVALID_NAME;
    }
    (void)snprintf(temporary, sizeof(temporary), "%s.XXXXXX", path);
    fd = mkstemp(temporary);
    file = fd < 0 ? NULL : fdopen(fd, "w");
    if (file == NULL) {
        if (fd >= 0) {
            close(fd);
            (void)unlink(temporary);
        }
        return w32_errno(errno);
    }
    (void)fprintf(file, "name=%s\ndisplay=%s\nbinary=%s\ntype=%u\nstart=%u\nerror_control=%u\n",
                  record->name, record->display, record->binary, record->type, record->start,
                  record->error_control);
    (void)fprintf(file, "marked=%d\n", record->marked ? 1 : 0);
    good = !ferror(file);
    good = fclose(file) == 0 && good;
    /* link refuses what exists; rename replaces it. */
    if (good && (replace ? rename(temporary, path) : link(temporary, path)) != 0) {
        good = false;
    }
    if (!good || !replace) {
        int error = errno;

        (void)unlink(temporary);
        errno = error;
    }
    return good ? 0 : errno == EEXIST ? ERROR_SERVICE_EXISTS : w32_errno(errno);
}

uint32_t
service_remove(const char *name)
{
    char path[PATH_SIZE];

    if (!file_path(name, "", path, false) || unlink(path) != 0) {
        return ERROR_SERVICE_DOES_NOT_EXIST;
    }
    if (file_path(name, ".run", path, false)) {
        (void)unlink(path);
    }
    return 0;
}

/* --- Running --------------------------------------------------------------------------------- */

/* The runner's process id, 0 when none runs. *ret_lock (may be NULL): its file, to wait on. */
static pid_t
runner(const char *name, int *ret_lock)
{
    char path[PATH_SIZE], text[24];
    pid_t pid = 0;
    ssize_t n;
    int fd;

    if (!file_path(name, ".run", path, false)) {
        return 0;
    }
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return 0;
    }
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        n = read(fd, text, sizeof(text) - 1);
        text[n > 0 ? n : 0] = 0;
        pid = (pid_t)strtol(text, NULL, 10);
    }
    if (pid > 0 && ret_lock != NULL) {
        *ret_lock = fd;
    } else {
        close(fd);
    }
    return pid > 0 ? pid : 0;
}

bool
service_runs(const char *name)
{
    return runner(name, NULL) != 0;
}

/* The `wdf` command: configured, or where it is seen from this library or program. */
static bool
find_wdf(char *path, size_t size)
{
    static const char *const places[] = {"../../tools/wdf/wdf", "../bin/wdf", "../../bin/wdf",
                                         "wdf"};
    const char *configured = getenv("OPENWDF_WDF");
    char folder[SERVICE_PATH_SIZE];
    Dl_info about;
    char *slash;
    size_t i;

    if (configured != NULL) {
        (void)snprintf(path, size, "%s", configured);
        return access(path, X_OK) == 0;
    }
    if (dladdr((void *)(ULONG_PTR)find_wdf, &about) == 0 ||
        realpath(about.dli_fname, folder) == NULL) {
        return false;
    }
    slash = strrchr(folder, '/');
    *slash = 0;
    for (i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        (void)snprintf(path, size, "%s/%s", folder, places[i]);
        if (access(path, X_OK) == 0) {
            return true;
        }
    }
    return false;
}

/* The module behind a binary path: quotes and \??\ go, a drive and .sys are as for any file. */
static char *
module_path(const char *binary)
{
    char *path = strdup(binary[0] == '"' ? binary + 1 : binary);

    if (path == NULL) {
        return NULL;
    }
    path[strcspn(path, "\"")] = 0;
    if (strncmp(path, "\\??\\", 4) == 0) {
        memmove(path, path + 4, strlen(path + 4) + 1);
    }
    return w32_path(path);
}

/* Opens and locks the service's run file; a Win32 error. */
static uint32_t
lock_run_file(const char *name, int *ret_fd)
{
    char path[PATH_SIZE];
    int fd;

    if (!file_path(name, ".run", path, true)) {
        return ERROR_INVALID_NAME;
    }
    fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0) {
        return w32_errno(errno);
    }
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        close(fd);
        return ERROR_SERVICE_ALREADY_RUNNING;
    }
    *ret_fd = fd;
    return 0;
}

/* Starts the runner with the lock; reads from it whether the driver is ready. */
static uint32_t
launch(const struct service_record *record, const char *wdf, char *module, int lock)
{
    char id[SERVICE_NAME_SIZE + 32], log_path[PATH_SIZE], pid[24], ready[16] = "";
    char *argv[] = {(char *)"wdf",
                    (char *)"run",
                    (char *)"--quiet",
                    (char *)"--ready-fd",
                    (char *)"4",
                    (char *)"--id",
                    id,
                    module,
                    NULL};
    struct sys_process_fd fds[4] = {{lock, FD_LOCK}};
    struct sys_process_params params = {
        .path = wdf, .argv = argv, .fds = fds, .fd_count = 4, .own_group = true};
    struct sys_process process;
    int pipe_fds[2], log, error;
    ssize_t n;

    (void)snprintf(id, sizeof(id), "ROOT\\LEGACY_%s\\0000", record->name);
    if (!file_path(record->name, ".log", log_path, true)) {
        return ERROR_INVALID_NAME;
    }
    log = open(log_path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (log < 0 || pipe2(pipe_fds, O_CLOEXEC) != 0) {
        error = errno;
        if (log >= 0) {
            close(log);
        }
        return w32_errno(error);
    }
    fds[1] = (struct sys_process_fd){pipe_fds[1], FD_READY};
    fds[2] = (struct sys_process_fd){log, STDOUT_FILENO};
    fds[3] = (struct sys_process_fd){log, STDERR_FILENO};
    error = sys_process_spawn(&params, &process);
    close(pipe_fds[1]);
    close(log);
    if (error != 0) {
        close(pipe_fds[0]);
        return w32_errno(-error);
    }
    n = snprintf(pid, sizeof(pid), "%d\n", process.pid);
    (void)!ftruncate(lock, 0);
    (void)!pwrite(lock, pid, (size_t)n, 0);
    n = read(pipe_fds[0], ready, sizeof(ready) - 1);
    close(pipe_fds[0]);
    ready[n > 0 ? n : 0] = 0;
    if (strcmp(ready, READY_TEXT) == 0) {
        (void)unlink(log_path); /* What goes on being written there is nobody's any more. */
        return 0;
    }
    (void)sys_process_wait(&process, SYS_FOREVER, NULL);
    return ERROR_GEN_FAILURE; /* The log says why. */
}

uint32_t
service_start(const struct service_record *record)
{
    char wdf[SERVICE_PATH_SIZE + 32];
    char *module;
    uint32_t error;
    int lock = -1;

    if (record->marked) {
        return ERROR_SERVICE_MARKED_FOR_DELETE;
    }
    if (record->start == SERVICE_DISABLED) {
        return ERROR_SERVICE_DISABLED;
    }
    module = module_path(record->binary);
    if (module == NULL || access(module, R_OK) != 0) {
        free(module);
        return ERROR_FILE_NOT_FOUND;
    }
    if (!find_wdf(wdf, sizeof(wdf))) {
        free(module);
        return ERROR_SERVICE_NOT_FOUND; /* OPENWDF_WDF says where the command is. */
    }
    error = lock_run_file(record->name, &lock);
    if (error == 0) {
        error = launch(record, wdf, module, lock);
        close(lock);
    }
    free(module);
    return error;
}

uint32_t
service_stop(const char *name)
{
    int lock = -1;
    pid_t pid = runner(name, &lock);

    if (pid == 0) {
        return ERROR_SERVICE_NOT_ACTIVE;
    }
    if (kill(pid, SIGINT) != 0 && errno != ESRCH) {
        close(lock);
        return w32_errno(errno);
    }
    while (flock(lock, LOCK_EX) != 0 && errno == EINTR) {
    }
    close(lock);
    (void)waitpid(pid, NULL, WNOHANG); /* Ours, when this process started it. */
    return 0;
}

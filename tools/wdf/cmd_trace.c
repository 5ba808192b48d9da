/* SPDX-License-Identifier: MIT */
/* wdf trace: who traces, switching it on and off, and showing it. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/file.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sys/clock.h"
#include "trace/session.h"
#include "trace/stream.h"
#include "wdf/trace_view.h"
#include "wdf/wdf.h"

static const char usage[] =
    "usage: wdf trace list\n"
    "       wdf trace start [-s SESSION] [-o FILE] ITEM...\n"
    "       wdf trace stop [SESSION]... | --all\n"
    "       wdf trace follow [--process WHICH] [ITEM]...\n"
    "       wdf trace show [--recorder] [--last N] [--process WHICH | FILE] [ITEM]...\n"
    "       wdf trace clear\n\n"
    "Shows what drivers say by WPP, TraceLogging and ETW, from all hosts, in the order of time.\n\n"
    "ITEM is PROVIDER[:LEVEL[:FLAG|FLAG...]]: a provider's name or GUID, or all; a level from 1 to "
    "255 or\n"
    "critical, error, warning, info, verbose (the default); flags by name or as a number (default: "
    "all).\n"
    "The provider OpenWDF is the framework's own log.\n\n"
    "  list      the processes, their providers with what is switched on, and the sessions\n"
    "  start     begins a session: hosts that run and those that come later record what the items "
    "say;\n"
    "            with -o all of it goes to FILE, else the latest of each thread is kept for show\n"
    "  stop      ends sessions (default: the one without a name)\n"
    "  follow    a session until Ctrl-C, shown as it happens (default: all)\n"
    "  show      what a saved FILE or the hosts hold; a host that died too\n"
    "    --recorder      the inflight recorder's messages, which nobody had to switch on, and the\n"
    "                    framework's\n"
    "    --last N        only the last N\n"
    "    --process WHICH a process id, or part of a device id; without it those that run, or when "
    "there is\n"
    "                    none, the one that ended last\n"
    "  clear     removes what dead hosts left\n\n"
    "exit status: 0; 1 it failed, or there is no such session or process; 3 wrong usage\n";

#define DEFAULT_SESSION "default"

/* What is younger may still be followed by something older from another thread. */
#define SETTLE_NS     UINT64_C(20000000)
#define POLL_NS       UINT64_C(20000000)
#define STOP_WAIT_MS  10000
#define RESCAN_ROUNDS 5

static int
failure(const char *format, ...)
{
    va_list arguments;

    (void)fprintf(stderr, "wdf trace: ");
    va_start(arguments, format);
    (void)vfprintf(stderr, format, arguments);
    va_end(arguments);
    (void)fprintf(stderr, "\n");
    return WDF_EXIT_FAILED;
}

/* The trace folder, or an exit status. */
static int
find_directory(char *directory)
{
    return trace_directory(directory, TRACE_DIRECTORY_SIZE) == 0
               ? WDF_EXIT_OK
               : failure("there is no runtime folder; set XDG_RUNTIME_DIR");
}

/* ---- Applying the sessions to running processes ---- */

struct applying {
    const char *directory;
    const struct trace_filter *check; /* Says unknown flags; NULL: nothing. */
    unsigned matched;                 /* Providers that `check` names. */
};

static void
set_provider(struct applying *applying, struct trace_reader *reader, uint32_t number,
             const struct trace_catalog_provider *provider)
{
    struct trace_selection selection = {.any = false}, check = {.any = false};
    struct owdf_trace_switches now;
    char problem[512] = "";
    unsigned i;

    if (!trace_reader_switches(reader, number, &now) || now.Active == 0) {
        return;
    }
    trace_session_select(applying->directory, provider->name, provider->guid, provider->bits,
                         &selection);
    selection.level = now.OwnLevel > selection.level ? now.OwnLevel : selection.level;
    selection.keywords |= now.OwnKeywords;
    for (i = 0; i < OWDF_TRACE_FLAG_WORDS; i++) {
        selection.flags[i] |= now.OwnFlags[i];
    }
    (void)trace_reader_set_switches(reader, number, selection.level, selection.flags,
                                    selection.keywords);
    if (applying->check != NULL) {
        trace_filter_select(applying->check, provider->name, provider->guid, provider->bits, &check,
                            problem, sizeof(problem));
        applying->matched += check.any;
        if (problem[0] != '\0') {
            (void)fprintf(stderr, "wdf trace: %s\n", problem);
        }
    }
}

static void
apply_to(void *argument, struct trace_reader *reader)
{
    const struct trace_catalog *catalog = trace_reader_catalog(reader);
    uint32_t number;

    if (!trace_reader_alive(reader) || trace_reader_skip(reader, 0) != 0) {
        return;
    }
    for (number = 0; number < TRACE_PROVIDERS_MAX; number++) {
        const struct trace_catalog_provider *provider = trace_catalog_provider(catalog, number);

        if (provider != NULL) {
            set_provider(argument, reader, number, provider);
        }
    }
    trace_reader_notify(reader);
}

/* Sets the switches of all processes from the sessions. Returns the providers that `check` names. */
static unsigned
apply_sessions(const char *directory, const struct trace_filter *check)
{
    struct applying applying = {.directory = directory, .check = check};

    (void)trace_for_each_process(directory, apply_to, &applying);
    return applying.matched;
}

/* ---- list ---- */

static void
list_flags(const struct owdf_trace_switches *switches, const char *bits)
{
    unsigned number = 0;
    bool any = false;

    while (*bits != '\0') {
        size_t width = strcspn(bits, " ");

        if (number < 32 * OWDF_TRACE_FLAG_WORDS &&
            (switches->Flags[number / 32] >> number % 32 & 1) != 0) {
            (void)printf("%s%.*s", any ? "|" : ":", (int)width, bits);
            any = true;
        }
        number++;
        bits += width + (bits[width] == ' ');
    }
}

static void
list_process(void *argument, struct trace_reader *reader)
{
    const struct trace_catalog *catalog = trace_reader_catalog(reader);
    bool alive = trace_reader_alive(reader);
    uint32_t number;

    (*(unsigned *)argument)++;
    if (trace_reader_skip(reader, 0) != 0) {
        return;
    }
    (void)printf("%s, process %u%s%s\n", trace_reader_name(reader), trace_reader_pid(reader),
                 alive                                 ? ""
                 : trace_reader_end(reader)[0] != '\0' ? ", ended: "
                                                       : ", ended: killed",
                 alive ? "" : trace_reader_end(reader));
    for (number = 0; number < TRACE_PROVIDERS_MAX; number++) {
        const struct trace_catalog_provider *provider = trace_catalog_provider(catalog, number);
        struct owdf_trace_switches switches;
        char guid[37], level[16];

        if (provider == NULL || !trace_reader_switches(reader, number, &switches) ||
            (alive && switches.Active == 0)) {
            continue;
        }
        trace_guid_text(provider->guid, guid);
        (void)printf("  %-24s {%s} ", provider->name, guid);
        if (!alive || switches.Level == 0) {
            (void)printf("%s", alive ? "off" : "");
        } else {
            (void)printf("%s", trace_level_text(switches.Level, level));
            list_flags(&switches, provider->bits);
        }
        if (provider->bits[0] != '\0') {
            (void)printf("\n%29sflags: %s", "", provider->bits);
        }
        (void)printf("\n");
    }
}

static int
list_session(void *argument, const struct trace_session *session)
{
    char level[16];
    size_t i;

    (*(unsigned *)argument)++;
    (void)printf("session %s:", session->name);
    for (i = 0; i < session->filter.count; i++) {
        const struct trace_filter_item *item = &session->filter.items[i];

        (void)printf(" %s:%s%s%s", item->provider, trace_level_text(item->level, level),
                     item->flags[0] != '\0' ? ":" : "", item->flags);
    }
    (void)printf("%s%s\n", session->output[0] != '\0' ? " > " : "", session->output);
    return 0;
}

static int
do_list(int argc, char **argv)
{
    char directory[TRACE_DIRECTORY_SIZE];
    unsigned processes = 0, sessions = 0;
    int error = find_directory(directory);

    if (argc != 1) {
        return wdf_usage_error("trace", "list takes no argument, not \"%s\"", argv[1]);
    }
    if (error != WDF_EXIT_OK) {
        return error;
    }
    error = trace_for_each_process(directory, list_process, &processes);
    if (error != 0) {
        return failure("%s: %s", directory, strerror(-error));
    }
    (void)trace_session_for_each(directory, list_session, &sessions);
    if (processes == 0) {
        (void)printf("no host traces\n");
    }
    return WDF_EXIT_OK;
}

/* ---- Following ---- */

/* A descriptor that is readable when the user wants the end. */
static int
catch_end(void)
{
    sigset_t set;

    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGINT);
    (void)sigaddset(&set, SIGTERM);
    (void)sigaddset(&set, SIGHUP);
    (void)sigprocmask(SIG_BLOCK, &set, NULL);
    return signalfd(-1, &set, SFD_CLOEXEC);
}

static bool
end_wanted(int signals, uint64_t wait_ns)
{
    struct pollfd poll_fd = {.fd = signals, .events = POLLIN};

    return poll(&poll_fd, 1, (int)(wait_ns / 1000000)) > 0;
}

/* Reads until `session` is gone (when `watch` is set) or a signal comes. */
static void
follow(struct trace_view *view, const char *directory, const struct trace_session *session,
       bool watch, int signals)
{
    struct trace_session *now = malloc(sizeof(*now));
    unsigned round = 0;
    bool last = false;

    while (!last && now != NULL) {
        last = end_wanted(signals, POLL_NS) || trace_view_error(view) != 0 ||
               (watch && trace_session_read(directory, session->name, now) == -ENOENT);
        if (last || round++ % RESCAN_ROUNDS == 0) {
            (void)trace_view_scan(view);
        }
        trace_view_poll(view, sys_now_ns() - SETTLE_NS);
    }
    free(now);
}

static int
do_follow(int argc, char **argv)
{
    static const struct option options[] = {{"process", required_argument, NULL, 'p'},
                                            {"help", no_argument, NULL, 'h'},
                                            {NULL, 0, NULL, 0}};
    char directory[TRACE_DIRECTORY_SIZE], problem[512];
    struct trace_session *session = calloc(1, sizeof(*session));
    struct trace_view_params params = {.directory = directory,
                                       .classes = TRACE_CLASS(TRACE_RING_SESSION),
                                       .text = stdout,
                                       .only_new = true};
    struct trace_view *view;
    int option, signals, error = find_directory(directory);
    char *end;

    while ((option = getopt_long(argc, argv, "p:", options, NULL)) != -1) {
        if (option != 'p') {
            free(session);
            return wdf_usage_error("trace", "follow: wrong option");
        }
        params.pid = (uint32_t)strtoul(optarg, &end, 10);
        params.name = *end != '\0' ? optarg : NULL;
        params.pid = *end != '\0' ? 0 : params.pid;
    }
    if (session == NULL || error != WDF_EXIT_OK) {
        free(session);
        return error != WDF_EXIT_OK ? error : failure("out of memory");
    }
    for (; optind < argc || session->filter.count == 0; optind++) {
        if (trace_filter_add(&session->filter, optind < argc ? argv[optind] : "all", problem,
                             sizeof(problem)) != 0) {
            free(session);
            return wdf_usage_error("trace", "%s", problem);
        }
    }
    (void)snprintf(session->name, sizeof(session->name), "follow-%d", (int)getpid());
    params.filter = &session->filter;
    signals = catch_end();
    view = trace_view_create(&params);
    if (view == NULL || signals < 0) {
        free(session);
        return failure("out of memory");
    }
    /* Processes that are there give what they record from now on, later ones everything. */
    (void)trace_view_scan(view);
    params.only_new = false;
    error = trace_session_write(directory, session, false);
    if (error != 0) {
        error = failure("%s/sessions/%s: %s", directory, session->name, strerror(-error));
    } else {
        (void)apply_sessions(directory, &session->filter);
        (void)fprintf(stderr, "following; Ctrl-C ends\n");
        follow(view, directory, session, false, signals);
        (void)trace_session_remove(directory, session->name);
        (void)apply_sessions(directory, NULL);
        trace_view_end(view);
    }
    trace_view_delete(view);
    close(signals);
    free(session);
    return error;
}

/* ---- start ---- */

/* The process that writes a session's file, until the session is gone. */
static int
collect(const char *directory, struct trace_session *session, FILE *saved)
{
    struct trace_view_params params = {.directory = directory,
                                       .classes = TRACE_CLASS(TRACE_RING_SESSION),
                                       .filter = &session->filter,
                                       .saved = saved,
                                       .only_new = true};
    struct trace_view *view = trace_view_create(&params);
    int signals = catch_end(), error;

    if (view == NULL || signals < 0) {
        return -ENOMEM;
    }
    (void)trace_view_scan(view);
    params.only_new = false;
    session->collector = (int)getpid();
    error = trace_session_write(directory, session, true);
    if (error == 0) {
        error = trace_stream_begin(saved);
    }
    if (error == 0) {
        (void)apply_sessions(directory, NULL);
        (void)!write(STDOUT_FILENO, "r", 1); /* Whoever started us may go. */
        (void)close(STDOUT_FILENO);
        follow(view, directory, session, true, signals);
        (void)trace_session_remove(directory, session->name);
        (void)apply_sessions(directory, NULL);
        trace_view_end(view);
        error = trace_view_error(view);
    }
    trace_view_delete(view);
    close(signals);
    return error;
}

/* Starts the collector and waits until it listens. 0 or a negative errno. */
static int
start_collector(const char *directory, struct trace_session *session)
{
    int ready[2], fd, error = 0;
    char answer = 0;
    pid_t pid;
    FILE *saved;

    fd = open(session->output, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0) {
        return -errno;
    }
    /* Held until the file is whole: `stop` waits for it. */
    if (flock(fd, LOCK_EX | LOCK_NB) != 0 || ftruncate(fd, 0) != 0) {
        error = errno == EWOULDBLOCK ? -EBUSY : -errno;
        close(fd);
        return error;
    }
    if (pipe2(ready, O_CLOEXEC) != 0) {
        error = -errno;
        close(fd);
        return error;
    }
    pid = fork();
    if (pid == 0) {
        int null = open("/dev/null", O_RDWR);

        (void)setsid();
        (void)dup2(null, STDIN_FILENO);
        (void)dup2(ready[1], STDOUT_FILENO);
        (void)dup2(null, STDERR_FILENO);
        close(ready[0]);
        close(ready[1]);
        saved = fdopen(fd, "w");
        error = saved != NULL ? collect(directory, session, saved) : -ENOMEM;
        if (saved != NULL && fclose(saved) != 0) {
            error = -EIO;
        }
        answer = error == -EEXIST ? 'e' : 'f';
        (void)!write(STDOUT_FILENO, &answer, 1);
        _exit(error != 0);
    }
    close(ready[1]);
    close(fd);
    if (pid < 0 || read(ready[0], &answer, 1) != 1 || answer != 'r') {
        error = pid < 0 ? -errno : answer == 'e' ? -EEXIST : -EIO;
        if (pid > 0) {
            (void)waitpid(pid, NULL, 0);
        }
    }
    close(ready[0]);
    return error;
}

static int
begin_session(const char *directory, struct trace_session *session)
{
    unsigned matched;
    int error;

    if (session->output[0] != '\0') {
        error = start_collector(directory, session);
    } else {
        error = trace_session_write(directory, session, true);
    }
    if (error == -EEXIST) {
        return failure("session %s runs already; `wdf trace stop %s` ends it", session->name,
                       session->name);
    }
    if (error == -EBUSY) {
        return failure("%s: another session writes to it", session->output);
    }
    if (error != 0) {
        return failure("%s: %s", session->output[0] != '\0' ? session->output : directory,
                       strerror(-error));
    }
    matched = apply_sessions(directory, &session->filter);
    (void)printf("session %s started; %u provider%s running now match%s\n", session->name, matched,
                 matched == 1 ? "" : "s", matched == 1 ? "es" : "");
    return WDF_EXIT_OK;
}

/* Makes a path that means the same in any folder. */
static int
absolute(const char *path, char *ret_path, size_t size)
{
    char folder[TRACE_SESSION_PATH_SIZE];

    if (path[0] == '/') {
        return snprintf(ret_path, size, "%s", path) < (int)size ? 0 : -ENAMETOOLONG;
    }
    if (getcwd(folder, sizeof(folder)) == NULL) {
        return -errno;
    }
    return snprintf(ret_path, size, "%s/%s", folder, path) < (int)size ? 0 : -ENAMETOOLONG;
}

static int
do_start(int argc, char **argv)
{
    static const struct option options[] = {{"session", required_argument, NULL, 's'},
                                            {"output", required_argument, NULL, 'o'},
                                            {NULL, 0, NULL, 0}};
    char directory[TRACE_DIRECTORY_SIZE], problem[512];
    struct trace_session *session = calloc(1, sizeof(*session));
    int option, status = session != NULL ? WDF_EXIT_OK : failure("out of memory");

    if (session != NULL) {
        strcpy(session->name, DEFAULT_SESSION);
    }
    while (status == WDF_EXIT_OK &&
           (option = getopt_long(argc, argv, "s:o:", options, NULL)) != -1) {
        if (option == 's' && trace_session_name_valid(optarg)) {
            strcpy(session->name, optarg);
        } else if (option == 's') {
            status = wdf_usage_error("trace", "\"%s\" is no session's name: letters, digits, - _ .",
                                     optarg);
        } else if (option != 'o' ||
                   absolute(optarg, session->output, sizeof(session->output)) != 0 ||
                   strchr(session->output, '\n') != NULL) {
            status = wdf_usage_error("trace", "start: wrong option or path");
        }
    }
    for (; status == WDF_EXIT_OK && optind < argc; optind++) {
        if (trace_filter_add(&session->filter, argv[optind], problem, sizeof(problem)) != 0) {
            status = wdf_usage_error("trace", "%s", problem);
        }
    }
    if (status == WDF_EXIT_OK && session->filter.count == 0) {
        status =
            wdf_usage_error("trace", "start: no provider; `wdf trace list` shows those that run");
    }
    if (status == WDF_EXIT_OK) {
        status = find_directory(directory);
    }
    if (status == WDF_EXIT_OK) {
        status = begin_session(directory, session);
    }
    free(session);
    return status;
}

/* ---- stop ---- */

/* Waits until the collector has written all. */
static int
wait_for_collector(const struct trace_session *session)
{
    int fd = open(session->output, O_RDONLY | O_CLOEXEC), waited;

    if (fd < 0) {
        return -errno;
    }
    for (waited = 0; waited < STOP_WAIT_MS; waited += 10) {
        if (flock(fd, LOCK_SH | LOCK_NB) == 0) {
            close(fd);
            return 0;
        }
        sys_sleep_until(sys_now_ns() + 10000000);
    }
    close(fd);
    return -ETIMEDOUT;
}

static int
stop_session(const char *directory, const char *name)
{
    struct trace_session *session = malloc(sizeof(*session));
    int error = session != NULL ? trace_session_read(directory, name, session) : -ENOMEM;
    int waited = 0;

    if (error == -ENOENT || (error == -EINVAL && !trace_session_name_valid(name))) {
        free(session);
        return failure("there is no session %s", name);
    }
    (void)trace_session_remove(directory, name);
    (void)apply_sessions(directory, NULL);
    if (error == 0 && session->output[0] != '\0') {
        waited = wait_for_collector(session);
    }
    if (waited != 0) {
        error = failure("%s: %s", session->output,
                        waited == -ETIMEDOUT ? "the collector does not end" : strerror(-waited));
    } else {
        (void)printf("session %s stopped%s%s\n", name,
                     error == 0 && session->output[0] != '\0' ? "; saved in " : "",
                     error == 0 ? session->output : "");
        error = WDF_EXIT_OK;
    }
    free(session);
    return error;
}

struct stopping {
    const char *directory;
    char names[64][TRACE_SESSION_NAME_SIZE];
    unsigned count;
};

static int
note_session(void *argument, const struct trace_session *session)
{
    struct stopping *stopping = argument;

    strcpy(stopping->names[stopping->count++], session->name);
    return stopping->count == 64;
}

static int
do_stop(int argc, char **argv)
{
    static struct stopping stopping;
    char directory[TRACE_DIRECTORY_SIZE];
    int status = find_directory(directory), one, i;
    unsigned n;

    if (status != WDF_EXIT_OK) {
        return status;
    }
    if (argc == 2 && strcmp(argv[1], "--all") == 0) {
        do {
            stopping.count = 0;
            (void)trace_session_for_each(directory, note_session, &stopping);
            for (n = 0; n < stopping.count; n++) {
                one = stop_session(directory, stopping.names[n]);
                status = one != WDF_EXIT_OK ? one : status;
            }
        } while (stopping.count == 64);
        return status;
    }
    if (argc == 1) {
        return stop_session(directory, DEFAULT_SESSION);
    }
    for (i = 1; i < argc; i++) {
        if (argv[i][0] == '-') {
            return wdf_usage_error("trace", "stop has no option %s but --all", argv[i]);
        }
        one = stop_session(directory, argv[i]);
        status = one != WDF_EXIT_OK ? one : status;
    }
    return status;
}

/* ---- show ---- */

struct showing {
    const struct trace_filter *filter;
    uint64_t count;
};

static void
show_record(void *argument, const struct trace_process *process,
            const struct trace_catalog *catalog, const struct trace_record *record)
{
    const struct showing *showing = argument;
    const struct trace_catalog_provider *provider =
        trace_catalog_provider(catalog, record->provider);
    struct trace_selection selection = {.any = false};

    if (showing->filter->count != 0) {
        if (provider == NULL) {
            return;
        }
        trace_filter_select(showing->filter, provider->name, provider->guid, provider->bits,
                            &selection, NULL, 0);
        if (!trace_selection_passes(&selection, record->level,
                                    record->keywords < TRACE_FLAG_NONE ? (int)record->keywords
                                                                       : -1)) {
            return;
        }
    }
    trace_view_line(stdout, process->wallclock + (record->time_ns - process->clock_ns) / 100,
                    process->pid, process->name, catalog, record);
}

static void
show_lost(void *argument, const struct trace_process *process, uint64_t count)
{
    (void)argument;
    (void)count;
    (void)printf("-- messages of %s[%u] were lost here: overwritten before they were saved\n",
                 process->name, process->pid);
}

static int
show_saved(const char *path, const struct trace_filter *filter)
{
    static const struct trace_stream_events events = {.record = show_record, .lost = show_lost};
    struct showing showing = {.filter = filter};
    FILE *from = fopen(path, "re");
    uint64_t offset;
    int error;

    if (from == NULL) {
        return failure("%s: %s", path, strerror(errno));
    }
    error = trace_stream_read(from, &events, &showing, &offset);
    (void)fclose(from);
    switch (error) {
    case 0:
        return WDF_EXIT_OK;
    case -EINVAL:
        return failure("%s is not a saved trace", path);
    case -EPROTO:
        return failure("%s was saved by another version", path);
    case -EBADMSG:
        return failure("%s is damaged at byte %llu", path, (unsigned long long)offset);
    default:
        return failure("%s: %s", path, strerror(-error));
    }
}

struct latest {
    bool alive;
    uint32_t pid;
    uint64_t began;
};

static void
find_latest(void *argument, struct trace_reader *reader)
{
    struct latest *latest = argument;
    latest->alive |= trace_reader_alive(reader);
    if (trace_reader_started(reader) >= latest->began) {
        latest->began = trace_reader_started(reader);
        latest->pid = trace_reader_pid(reader);
    }
}

static int
show_processes(struct trace_view_params *params, bool which)
{
    struct latest latest = {.alive = false};
    struct trace_view *view;
    int error;

    if (!which) {
        (void)trace_for_each_process(params->directory, find_latest, &latest);
        params->living = latest.alive;
        params->pid = latest.alive ? 0 : latest.pid;
    }
    view = trace_view_create(params);
    if (view == NULL) {
        return failure("out of memory");
    }
    error = trace_view_scan(view);
    if (error != 0) {
        error = failure("%s: %s", params->directory, strerror(-error));
    } else if (trace_view_processes(view) == 0) {
        error = failure("%s", which ? "no such process has traced" : "no host has traced");
    } else {
        trace_view_end(view);
        if (trace_view_messages(view) == 0) {
            (void)fprintf(stderr, "nothing recorded; `wdf trace start` records, --recorder shows "
                                  "what is recorded anyway\n");
        }
        error = WDF_EXIT_OK;
    }
    trace_view_delete(view);
    return error;
}

static int
do_show(int argc, char **argv)
{
    static const struct option options[] = {{"recorder", no_argument, NULL, 'r'},
                                            {"last", required_argument, NULL, 'n'},
                                            {"process", required_argument, NULL, 'p'},
                                            {NULL, 0, NULL, 0}};
    char directory[TRACE_DIRECTORY_SIZE], problem[512], *end;
    static struct trace_filter filter;
    struct trace_view_params params = {
        .directory = directory, .classes = TRACE_CLASS(TRACE_RING_SESSION), .text = stdout};
    const char *which = NULL, *file = NULL;
    uint64_t number;
    int option, status;

    while ((option = getopt_long(argc, argv, "rn:p:", options, NULL)) != -1) {
        switch (option) {
        case 'r':
            params.classes = TRACE_CLASS(TRACE_RING_RECORDER) | TRACE_CLASS(TRACE_RING_ERRORS);
            break;
        case 'n':
            if (wdf_parse_number(optarg, 1000000000, &number) != 0 || number == 0) {
                return wdf_usage_error("trace", "--last takes a number, not \"%s\"", optarg);
            }
            params.last = (size_t)number;
            break;
        case 'p':
            which = optarg;
            break;
        default:
            return wdf_usage_error("trace", "show: wrong option");
        }
    }
    for (; optind < argc; optind++) {
        if (access(argv[optind], F_OK) == 0 && file == NULL && which == NULL) {
            file = argv[optind];
        } else if (strchr(argv[optind], '/') != NULL) {
            return failure("%s: %s", argv[optind], strerror(ENOENT));
        } else if (trace_filter_add(&filter, argv[optind], problem, sizeof(problem)) != 0) {
            return wdf_usage_error("trace", "%s", problem);
        }
    }
    if (file != NULL) {
        return show_saved(file, &filter);
    }
    status = find_directory(directory);
    if (status != WDF_EXIT_OK) {
        return status;
    }
    if (which != NULL) {
        params.pid = (uint32_t)strtoul(which, &end, 10);
        params.name = *end != '\0' ? which : NULL;
        params.pid = *end != '\0' ? 0 : params.pid;
    }
    params.filter = filter.count != 0 ? &filter : NULL;
    return show_processes(&params, which != NULL);
}

/* ---- clear ---- */

static int
do_clear(int argc, char **argv)
{
    char directory[TRACE_DIRECTORY_SIZE];
    int status = find_directory(directory);
    unsigned removed = 0;

    if (argc != 1) {
        return wdf_usage_error("trace", "clear takes no argument, not \"%s\"", argv[1]);
    }
    if (status == WDF_EXIT_OK) {
        removed = trace_remove_dead(directory);
        (void)printf("removed what %u dead process%s left\n", removed, removed == 1 ? "" : "es");
    }
    return status;
}

/* ---- The command ---- */

int
wdf_trace(int argc, char **argv)
{
    static const struct {
        const char *name;
        int (*run)(int argc, char **argv);
    } commands[] = {{"list", do_list},     {"start", do_start}, {"stop", do_stop},
                    {"follow", do_follow}, {"show", do_show},   {"clear", do_clear}};
    int i;
    size_t n;

    for (i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0) {
            (void)fputs(usage, stdout);
            return WDF_EXIT_OK;
        }
    }
    if (argc < 2) {
        return wdf_usage_error("trace", "what: list, start, stop, follow, show or clear?");
    }
    for (n = 0; n < sizeof(commands) / sizeof(commands[0]); n++) {
        if (strcmp(argv[1], commands[n].name) == 0) {
            return commands[n].run(argc - 1, argv + 1);
        }
    }
    return wdf_usage_error("trace", "there is no \"%s\"; list, start, stop, follow, show, clear",
                           argv[1]);
}

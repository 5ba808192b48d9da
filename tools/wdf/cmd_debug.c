/* SPDX-License-Identifier: MIT */
/*
 * wdf debug: `wdf run` under gdb. gdb follows into the host process, where the driver is; what `wdf run`
 * does beside it, answering applications, goes on without gdb.
 */
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "wdf/wdf.h"

static const char usage[] =
    "usage: wdf debug [OPTION]... DRIVER.inf|DRIVER.so\n\n"
    "Starts the driver's device as `wdf run` does, with gdb on the host process. gdb stops in\n"
    "DriverEntry, with the driver's source; from there it is gdb: break, next, backtrace ...\n"
    "Ctrl-C stops the driver. `quit` ends the host, and with it the device.\n\n"
    "  --break WHERE    stops there too: a function, or FILE:LINE; as often as needed\n"
    "  --no-entry       does not stop in DriverEntry\n"
    "  --command TEXT   a command for gdb before the driver starts; as often as needed\n"
    "  --gdb PROGRAM    the debugger (default: gdb)\n\n"
    "Every other option is one of `wdf run`: --id, --hardware-id, --filter, --verbose ...\n"
    "Critical operations have no time limit unless --timeout gives one.\n\n"
    "exit status: gdb's; 1 gdb cannot be started; 3 wrong usage\n";

#define FIXED_WORDS   32      /* Those that each call has; see fixed below. */
#define WORDS_EACH    2       /* -ex COMMAND. */
#define COMMAND_MOST  512     /* Characters of one of gdb's commands. */
#define LONG_TIMEOUT  "86400" /* A day, in seconds: the debugger's user may take their time. */
#define PROBLEM_WORDS "wdf debug: "

/* gdb's command line as it grows. */
struct words {
    char **list;
    size_t count;
};

static void
add(struct words *words, const char *word)
{
    words->list[words->count++] = (char *)word;
}

static void
add_command(struct words *words, const char *command)
{
    add(words, "-ex");
    add(words, command);
}

/* "break WHERE", for free(); NULL when there is no memory or WHERE is too long. */
static char *
break_command(const char *where)
{
    char *text = malloc(COMMAND_MOST);

    if (text != NULL && snprintf(text, COMMAND_MOST, "break %s", where) >= COMMAND_MOST) {
        free(text);
        text = NULL;
    }
    return text;
}

/* What gdb is told before anything of the user's. */
static void
add_preparation(struct words *words)
{
    static const char *const commands[] = {
        "set breakpoint pending on",   /* The driver is loaded later. */
        "set follow-fork-mode child",  /* Into the host process … */
        "set detach-on-fork on",       /* … and the other goes on. */
        "set print thread-events off", /* The host has many. */
        "set print inferior-events off", "handle SIGPIPE nostop noprint pass",
    };
    size_t i;

    for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
        add_command(words, commands[i]);
    }
}

/*
 * Sorts the arguments: ours become commands in `gdb`, the rest goes to `run`. WDF_EXIT_OK or
 * WDF_EXIT_USAGE.
 */
static enum wdf_exit
read_arguments(int argc, char **argv, struct words *gdb, struct words *run,
               const char **ret_program)
{
    bool entry = true;
    bool driver = false;
    int i;

    for (i = 1; i < argc; i++) {
        const char *word = argv[i];
        bool with_value = strcmp(word, "--break") == 0 || strcmp(word, "--command") == 0 ||
                          strcmp(word, "--gdb") == 0;

        if (with_value && ++i == argc) {
            (void)wdf_usage_error("debug", "%s needs a value", word);
            return WDF_EXIT_USAGE;
        }
        if (strcmp(word, "--break") == 0) {
            char *command = break_command(argv[i]);

            if (command == NULL) {
                (void)wdf_usage_error("debug", "--break %.40s… is too long", argv[i]);
                return WDF_EXIT_USAGE;
            }
            add_command(gdb, command);
        } else if (strcmp(word, "--command") == 0) {
            add_command(gdb, argv[i]);
        } else if (strcmp(word, "--gdb") == 0) {
            *ret_program = argv[i];
        } else if (strcmp(word, "--no-entry") == 0) {
            entry = false;
        } else {
            driver = driver || word[0] != '-';
            add(run, word);
        }
    }
    if (!driver) {
        (void)wdf_usage_error("debug", "which driver?");
        return WDF_EXIT_USAGE;
    }
    if (entry) {
        add_command(gdb, "break DriverEntry");
    }
    return WDF_EXIT_OK;
}

int
wdf_debug(int argc, char **argv)
{
    size_t room = FIXED_WORDS + (size_t)argc * WORDS_EACH;
    struct words gdb = {.list = calloc(room, sizeof(char *))};
    struct words run = {.list = calloc(room, sizeof(char *))};
    const char *program = "gdb";
    char self[PATH_MAX];
    ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
    enum wdf_exit result;
    size_t i;

    if (argc > 1 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)) {
        (void)fputs(usage, stdout);
        return WDF_EXIT_OK;
    }
    if (gdb.list == NULL || run.list == NULL || n < 0) {
        (void)fprintf(stderr, PROBLEM_WORDS "%s\n", strerror(n < 0 ? errno : ENOMEM));
        return WDF_EXIT_FAILED;
    }
    self[n] = '\0';
    add(&gdb, program);
    add(&gdb, "-q");
    add_preparation(&gdb);
    result = read_arguments(argc, argv, &gdb, &run, &program);
    if (result == WDF_EXIT_OK) {
        gdb.list[0] = (char *)program;
        add_command(&gdb, "run");
        add(&gdb, "--args");
        add(&gdb, self);
        add(&gdb, "run");
        add(&gdb, "--timeout");
        add(&gdb, LONG_TIMEOUT);
        for (i = 0; i < run.count; i++) {
            add(&gdb, run.list[i]);
        }
        (void)execvp(program, gdb.list);
        (void)fprintf(stderr, PROBLEM_WORDS "%s: %s%s\n", program, strerror(errno),
                      errno == ENOENT ? " (is it installed?)" : "");
        result = WDF_EXIT_FAILED;
    }
    /* What the commands point to goes with the process. */
    free(gdb.list);
    free(run.list);
    return result;
}

/* SPDX-License-Identifier: MIT */
/* wdf states: the framework's machines, as wdfhost has them; this file finds it and becomes it. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "manager/mgr_host.h"
#include "wdf/wdf.h"

#define WORDS_MAX 16

static const char help_text[] =
    "usage: wdf states [--dot] [MACHINE]...\n"
    "\n"
    "Shows the state machines of a device: for each state where it leads to by itself (->), on "
    "which event,\n"
    "what is looked at later and what means nothing there. Machines: pnp, policy and\n"
    "power of a framework device; devnode of the PnP manager.\n"
    "\n"
    "  --dot    graphs for Graphviz: wdf states --dot pnp | dot -Tsvg >pnp.svg\n";

int
wdf_states(int argc, char **argv)
{
    char *words[WORDS_MAX + 1] = {"wdfhost", "--states"};
    char program[PATH_MAX];
    int count = 2;
    int error;

    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0) {
            (void)fputs(help_text, stdout);
            return WDF_EXIT_OK;
        }
        if (argv[i][0] == '-' && (strcmp(argv[i], "--dot") != 0 || i != 1)) {
            return wdf_usage_error("states", "%s is no option here", argv[i]);
        }
        if (count == WORDS_MAX) {
            return wdf_usage_error("states", "more than %d words", WORDS_MAX - 2);
        }
        words[count++] = argv[i];
    }
    error = mgr_host_program(program, sizeof(program));
    if (error == 0) {
        (void)execv(program, words);
        error = -errno;
    }
    (void)fprintf(stderr, "wdf states: wdfhost: %s\n", strerror(-error));
    return WDF_EXIT_FAILED;
}

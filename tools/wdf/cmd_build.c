/* SPDX-License-Identifier: MIT */
/*
 * wdf new, wdf build: a Python program of ours, installed beside the host. This file finds it, tells it
 * which OpenWDF it belongs to, and becomes it.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "wdf/wdf.h"

#define PROGRAM     "wdf-build"
#define PACKAGES    "OPENWDF_PKG_CONFIG_PATH"
#define WORDS_FIXED 6 /* python3 -I -S PROGRAM COMMAND, and the NULL. */

/* Where the program and the pkg-config files are, seen from the folder of `wdf`. */
struct place {
    const char *program;
    const char *packages;
};

static const struct place places[] = {
    /* As installed; in the build tree. */
    {"../" OPENWDF_LIBEXECDIR "/openwdf/" PROGRAM, "../" OPENWDF_LIBDIR "/pkgconfig"},
    {OPENWDF_SOURCE_ROOT "/tools/build/" PROGRAM, OPENWDF_BUILD_ROOT "/meson-uninstalled"},
};

static int
own_folder(char folder[PATH_MAX])
{
    ssize_t n = readlink("/proc/self/exe", folder, PATH_MAX - 1);
    char *slash;

    if (n < 0) {
        return -errno;
    }
    folder[n] = '\0';
    slash = strrchr(folder, '/');
    if (slash != NULL) {
        *slash = '\0';
    }
    return 0;
}

static void
join(char path[PATH_MAX], const char *folder, const char *name)
{
    if (name[0] == '/') {
        (void)snprintf(path, PATH_MAX, "%s", name);
    } else {
        (void)snprintf(path, PATH_MAX, "%.2000s/%.1000s", folder, name);
    }
}

/* Finds the program and names the pkg-config files to it. 0 or a negative errno. */
static int
find_program(char program[PATH_MAX])
{
    char folder[PATH_MAX];
    char packages[PATH_MAX];
    char real[PATH_MAX];
    int result = own_folder(folder);
    size_t i;

    if (result != 0) {
        return result;
    }
    /* The build tree's command must not take an installation's headers. */
    i = strcmp(folder, OPENWDF_BUILD_ROOT "/tools/wdf") == 0 ? 1 : 0;
    join(program, folder, places[i].program);
    join(packages, folder, places[i].packages);
    if (access(program, R_OK) != 0) {
        return -errno;
    }
    if (getenv(PACKAGES) == NULL && realpath(packages, real) != NULL &&
        setenv(PACKAGES, real, 1) != 0) {
        return -errno;
    }
    return 0;
}

static int
become(const char *command, int argc, char **argv)
{
    char program[PATH_MAX];
    char **words = calloc((size_t)argc + WORDS_FIXED, sizeof(*words));
    int result = find_program(program);
    size_t count = 0;
    int i;

    if (words == NULL || result != 0) {
        (void)fprintf(stderr, "wdf %s: cannot find %s: %s\n", command, PROGRAM,
                      strerror(words == NULL ? ENOMEM : -result));
        free(words);
        return WDF_EXIT_FAILED;
    }
    words[count++] = (char *)"python3";
    /* Neither the user's own modules nor the site's: nothing but ours, and a quick start. */
    words[count++] = (char *)"-I";
    words[count++] = (char *)"-S";
    words[count++] = program;
    words[count++] = (char *)command;
    for (i = 1; i < argc; i++) {
        words[count++] = argv[i];
    }
    (void)execvp(words[0], words);
    (void)fprintf(stderr, "wdf %s: python3: %s\n", command, strerror(errno));
    free(words);
    return WDF_EXIT_FAILED;
}

int
wdf_new(int argc, char **argv)
{
    return become("new", argc, argv);
}

int
wdf_build(int argc, char **argv)
{
    return become("build", argc, argv);
}

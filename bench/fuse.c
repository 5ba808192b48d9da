/* SPDX-License-Identifier: MIT */
/*
 * The same 4-byte request over FUSE, the usual way to serve a device's file from user space: a file system
 * whose one file answers reads of four bytes, without the page cache.
 *
 *     fuse [--quick]
 */
#define FUSE_USE_VERSION 35
#include <fuse.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "harness.h"

static int
fs_getattr(const char *path, struct stat *about, struct fuse_file_info *info)
{
    (void)info;
    memset(about, 0, sizeof(*about));
    if (strcmp(path, "/") == 0) {
        about->st_mode = S_IFDIR | 0755;
        about->st_nlink = 2;
    } else if (strcmp(path, "/device") == 0) {
        about->st_mode = S_IFREG | 0666;
        about->st_nlink = 1;
        about->st_size = 4096;
    } else {
        return -ENOENT;
    }
    return 0;
}

static int
fs_open(const char *path, struct fuse_file_info *info)
{
    info->direct_io = 1;
    return strcmp(path, "/device") == 0 ? 0 : -ENOENT;
}

static int
fs_read(const char *path, char *buffer, size_t size, off_t offset, struct fuse_file_info *info)
{
    static uint32_t value;

    (void)path;
    (void)offset;
    (void)info;
    value++;
    memcpy(buffer, &value, size < 4 ? size : 4);
    return size < 4 ? (int)size : 4;
}

static const struct fuse_operations operations = {
    .getattr = fs_getattr, .open = fs_open, .read = fs_read};

/* The file system's process. */
static void
serve(char *mount)
{
    char *arguments[] = {"fuse", "-f", "-s", mount, NULL};

    prctl(PR_SET_PDEATHSIG, SIGTERM);
    (void)!freopen("/dev/null", "w", stderr);
    _exit(fuse_main(4, arguments, &operations, NULL));
}

int
main(int argc, char **argv)
{
    char mount[] = "/tmp/openwdf-fuse-XXXXXX", path[64];
    uint64_t count, start, i;
    double ns;
    pid_t server;
    int fd = -1, tries;

    harness_arguments(argc, argv);
    if (access("/dev/fuse", R_OK | W_OK) != 0) {
        harness_skip("f-baseline", "FUSE request", "no /dev/fuse to open");
        return 0;
    }
    if (mkdtemp(mount) == NULL) {
        perror("fuse: mkdtemp");
        return 1;
    }
    server = fork();
    if (server == 0) {
        serve(mount);
    }
    snprintf(path, sizeof(path), "%s/device", mount);
    for (tries = 0; tries < 200 && fd < 0 && waitpid(server, NULL, WNOHANG) == 0; tries++) {
        struct timespec pause = {0, 10000000};

        nanosleep(&pause, NULL);
        fd = open(path, O_RDONLY);
    }
    if (fd < 0) {
        harness_skip("f-baseline", "FUSE request", "the file system could not be mounted");
    } else {
        uint32_t value;

        count = harness_count(50000);
        start = harness_now();
        for (i = 0; i < count; i++) {
            if (pread(fd, &value, 4, 0) != 4) {
                perror("fuse: pread");
                break;
            }
        }
        ns = (double)(harness_now() - start) / (double)count;
        close(fd);
        harness_note("f-baseline", "FUSE request", ns / 1000, "us",
                     "4-byte direct_io read, one after another");
    }
    kill(server, SIGTERM);
    waitpid(server, NULL, 0);
    rmdir(mount);
    return 0;
}

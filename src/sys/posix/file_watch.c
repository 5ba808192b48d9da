/* SPDX-License-Identifier: MIT */
/* Files that are watched, folders that are made on the way, and the machine's start. */
#define _GNU_SOURCE
#include "sys/file.h"

#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

int
sys_folder_make(const char *path)
{
    char part[PATH_MAX];
    size_t length = strlen(path);
    size_t i;

    if (length == 0 || length >= sizeof(part)) {
        return length == 0 ? -EINVAL : -ENAMETOOLONG;
    }
    memcpy(part, path, length + 1);
    for (i = 1; i <= length; i++) {
        if (path[i] != '/' && path[i] != '\0') {
            continue;
        }
        part[i] = '\0';
        if (mkdir(part, 0700) < 0 && errno != EEXIST) {
            return -errno;
        }
        part[i] = path[i];
    }
    return 0;
}

int
sys_file_watch(const char *path)
{
    int fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    int error;

    if (fd < 0) {
        return -errno;
    }
    if (inotify_add_watch(fd, path, IN_MODIFY) < 0) {
        error = -errno;
        (void)close(fd);
        return error;
    }
    return fd;
}

void
sys_file_watch_clear(int fd)
{
    char events[4096] __attribute__((aligned(8)));

    while (read(fd, events, sizeof(events)) > 0) {
    }
}

int
sys_boot_id(char text[SYS_BOOT_ID_SIZE])
{
    int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
    ssize_t count;

    if (fd < 0) {
        return -errno;
    }
    count = read(fd, text, SYS_BOOT_ID_SIZE - 1);
    (void)close(fd);
    if (count < 0) {
        return -EIO;
    }
    text[count] = '\0';
    text[strcspn(text, "\n")] = '\0';
    return 0;
}

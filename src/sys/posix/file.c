/* SPDX-License-Identifier: MIT */
/* Files below one folder. Every part of a path is opened relative to the one before it. */
#define _GNU_SOURCE
#include "sys/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sys/posix/posix_priv.h"

#define EPOCH_DIFFERENCE_S UINT64_C(11644473600) /* From 1601 to 1970. */

int
sys_root_open(const char *path)
{
    int fd;

    if (mkdir(path, 0777) < 0 && errno != EEXIST) {
        return -errno;
    }
    fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    return fd < 0 ? -errno : fd;
}

/* Copies the next part of *path to `part` and moves past it. 0, or -EINVAL for one that is bad. */
static int
next_part(const char **path, char part[NAME_MAX + 1])
{
    size_t length = strcspn(*path, "/");

    if (length == 0 || length > NAME_MAX) {
        return length == 0 ? -EINVAL : -ENAMETOOLONG;
    }
    memcpy(part, *path, length);
    part[length] = '\0';
    *path += length;
    if (**path == '/') {
        (*path)++;
        if (**path == '\0') {
            return -EINVAL;
        }
    }
    return strcmp(part, ".") == 0 || strcmp(part, "..") == 0 ? -EINVAL : 0;
}

/* Puts the name as it is on the medium into `part`; leaves it alone when there is none like it. */
static void
match_case(int folder, char part[NAME_MAX + 1])
{
    struct stat info;
    struct dirent *entry;
    DIR *listing;
    int fd;

    if (fstatat(folder, part, &info, AT_SYMLINK_NOFOLLOW) == 0) {
        return;
    }
    fd = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    listing = fd < 0 ? NULL : fdopendir(fd);
    if (listing == NULL) {
        if (fd >= 0) {
            close(fd);
        }
        return;
    }
    while ((entry = readdir(listing)) != NULL) {
        if (strcasecmp(entry->d_name, part) == 0) {
            strcpy(part, entry->d_name);
            break;
        }
    }
    closedir(listing);
}

/*
 * Opens the folder that holds the last part of the path, which is left in `part` ("" for the root
 * itself). Returns a descriptor of the caller's own.
 */
static int
open_parent(int root, const char *path, char part[NAME_MAX + 1])
{
    int folder = fcntl(root, F_DUPFD_CLOEXEC, 0);
    int error;

    part[0] = '\0';
    if (folder < 0) {
        return -errno;
    }
    while (*path != '\0') {
        if (part[0] != '\0') {
            int next = openat(folder, part, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

            error = errno;
            close(folder);
            if (next < 0) {
                return error == ENOENT ? -ENOTDIR : -error;
            }
            folder = next;
        }
        error = next_part(&path, part);
        if (error != 0) {
            close(folder);
            return error;
        }
        match_case(folder, part);
    }
    return folder;
}

static int
open_flags(unsigned flags)
{
    int result = O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;

    if ((flags & (SYS_FILE_READ | SYS_FILE_WRITE)) == (SYS_FILE_READ | SYS_FILE_WRITE)) {
        result |= O_RDWR;
    } else {
        result |= (flags & SYS_FILE_WRITE) ? O_WRONLY : O_RDONLY;
    }
    result |= (flags & SYS_FILE_CREATE) ? O_CREAT : 0;
    result |= (flags & SYS_FILE_EXCLUSIVE) ? O_EXCL : 0;
    result |= (flags & SYS_FILE_TRUNCATE) ? O_TRUNC : 0;
    return result;
}

int
sys_file_open_beneath(int root, const char *path, unsigned flags)
{
    char part[NAME_MAX + 1];
    int folder = open_parent(root, path, part);
    struct stat info;
    int fd;

    if (folder < 0) {
        return folder;
    }
    if (part[0] == '\0' || (flags & SYS_FILE_DIRECTORY)) {
        fd = 0;
        if (part[0] != '\0' && (flags & SYS_FILE_CREATE) && mkdirat(folder, part, 0777) < 0 &&
            (errno != EEXIST || (flags & SYS_FILE_EXCLUSIVE))) {
            fd = -errno;
        }
        if (fd == 0) {
            fd = openat(folder, part[0] == '\0' ? "." : part,
                        O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
            fd = fd < 0 ? -errno : fd;
        }
        close(folder);
        return fd;
    }
    fd = openat(folder, part, open_flags(flags), 0666);
    fd = fd < 0 ? -errno : fd;
    close(folder);
    /* A pipe, a socket or a device in the folder is none of a driver's business. */
    if (fd >= 0 && (fstat(fd, &info) < 0 || !(S_ISREG(info.st_mode) || S_ISDIR(info.st_mode)))) {
        close(fd);
        return -EACCES;
    }
    return fd;
}

int
sys_file_remove_beneath(int root, const char *path)
{
    char part[NAME_MAX + 1];
    int folder = open_parent(root, path, part);
    int result = 0;

    if (folder < 0) {
        return folder;
    }
    if (part[0] == '\0') {
        result = -EBUSY;
    } else if (unlinkat(folder, part, 0) < 0 &&
               (errno != EISDIR || unlinkat(folder, part, AT_REMOVEDIR) < 0)) {
        result = -errno;
    }
    close(folder);
    return result;
}

long
sys_file_read(int fd, void *buffer, size_t size, uint64_t offset)
{
    size_t done = 0;

    while (done < size) {
        ssize_t count = pread(fd, (char *)buffer + done, size - done, (off_t)(offset + done));

        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count < 0) {
            return -errno;
        }
        if (count == 0) {
            break;
        }
        done += (size_t)count;
    }
    return (long)done;
}

long
sys_file_write(int fd, const void *buffer, size_t size, uint64_t offset)
{
    size_t done = 0;

    while (done < size) {
        ssize_t count =
            pwrite(fd, (const char *)buffer + done, size - done, (off_t)(offset + done));

        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count < 0) {
            return -errno;
        }
        done += (size_t)count;
    }
    return (long)done;
}

int
sys_file_query(int fd, struct sys_file_info *ret_info)
{
    struct stat info;

    if (fstat(fd, &info) < 0) {
        return -errno;
    }
    *ret_info = (struct sys_file_info){
        .size = (uint64_t)info.st_size,
        .allocated = (uint64_t)info.st_blocks * 512,
        .written_100ns = ((uint64_t)info.st_mtim.tv_sec + EPOCH_DIFFERENCE_S) * 10000000 +
                         (uint64_t)info.st_mtim.tv_nsec / 100,
        .directory = S_ISDIR(info.st_mode),
        .read_only = (info.st_mode & 0222) == 0,
    };
    return 0;
}

int
sys_file_resize(int fd, uint64_t size)
{
    return ftruncate(fd, (off_t)size) < 0 ? -errno : 0;
}

int
sys_file_flush(int fd)
{
    return fsync(fd) < 0 ? -errno : 0;
}

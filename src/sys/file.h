/* SPDX-License-Identifier: MIT */
/*
 * Files below one folder, and nowhere else: paths are walked a part at a time, symbolic links are not
 * followed, and "." and ".." are refused. Names are found whatever their case, as on Windows.
 */
#ifndef OPENWDF_SYS_FILE_H
#define OPENWDF_SYS_FILE_H

#include <errno.h> /* What the functions below return, negated. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SYS_FILE_READ      1u
#define SYS_FILE_WRITE     2u
#define SYS_FILE_CREATE    4u /* Made when it is missing. */
#define SYS_FILE_EXCLUSIVE 8u /* With CREATE: -EEXIST when it is there. */
#define SYS_FILE_TRUNCATE  16u
#define SYS_FILE_DIRECTORY 32u /* It must be a folder; with CREATE one is made. */

struct sys_file_info {
    uint64_t size;
    uint64_t allocated;     /* Bytes on the medium. */
    uint64_t written_100ns; /* Last write: 100 ns since 1601-01-01 UTC. */
    bool directory;
    bool read_only;
};

/* Opens the folder `path`, made when it is missing. Returns its descriptor or a negative errno. */
int sys_root_open(const char *path);

/*
 * Opens `path` below the folder: parts separated by '/', none at the start. "" is the folder itself.
 * Returns a descriptor, or -ENOENT (the last part is missing), -ENOTDIR (a part before it is missing
 * or no folder), -EINVAL (a part is empty, "." or ".."), -ELOOP (a symbolic link), or another one.
 */
int sys_file_open_beneath(int root, const char *path, unsigned flags);

/* Removes the file or empty folder. Same errors. */
int sys_file_remove_beneath(int root, const char *path);

/* Bytes transferred (0 at the end of the file), or a negative errno. */
long sys_file_read(int fd, void *buffer, size_t size, uint64_t offset);
long sys_file_write(int fd, const void *buffer, size_t size, uint64_t offset);

/* 0 or a negative errno. */
int sys_file_query(int fd, struct sys_file_info *ret_info);
int sys_file_resize(int fd, uint64_t size);
int sys_file_flush(int fd);

/* Makes the folder `path`, and those above it, for this user alone, where they are missing. */
int sys_folder_make(const char *path);

/* A descriptor that is readable when the file was written to since the last clear; or -errno. */
int sys_file_watch(const char *path);
void sys_file_watch_clear(int fd);

/* A text that is another one each time the machine starts. 0 or a negative errno. */
#define SYS_BOOT_ID_SIZE 40
int sys_boot_id(char text[SYS_BOOT_ID_SIZE]);

#endif

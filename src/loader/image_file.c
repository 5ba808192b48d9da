/* SPDX-License-Identifier: MIT */
#include "loader/image_file.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <link.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

NTSTATUS
image_file_map(const char *path, struct image_file *ret_file, const char **ret_problem)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat info;
    void *bytes;

    if (fd < 0) {
        *ret_problem = strerror(errno);
        return STATUS_OBJECT_NAME_NOT_FOUND;
    }
    if (fstat(fd, &info) != 0 || !S_ISREG(info.st_mode) || info.st_size == 0) {
        *ret_problem = S_ISDIR(info.st_mode)   ? "it is a folder"
                       : S_ISREG(info.st_mode) ? "the file is empty"
                                               : "not a regular file";
        close(fd);
        return STATUS_INVALID_IMAGE_FORMAT;
    }
    bytes = mmap(NULL, (size_t)info.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    close(fd);
    if (bytes == MAP_FAILED) {
        *ret_problem = strerror(errno);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    ret_file->bytes = bytes;
    ret_file->size = (size_t)info.st_size;
    return STATUS_SUCCESS;
}

void
image_file_unmap(struct image_file *file)
{
    munmap(file->bytes, file->size);
}

/* Opens `library` in one folder of a DT_RUNPATH list; $ORIGIN is the module's own folder. */
static void *
open_in_folder(const char *folder, size_t length, const char *module_path, const char *library)
{
    const char *slash = strrchr(module_path, '/');
    char full[PATH_MAX];
    char origin[PATH_MAX] = ".";
    int written;

    if (slash != NULL) {
        snprintf(origin, sizeof(origin), "%.*s", (int)(slash - module_path), module_path);
    }
    if (length >= 7 && strncmp(folder, "$ORIGIN", 7) == 0) {
        written = snprintf(full, sizeof(full), "%s%.*s/%s", origin, (int)(length - 7), folder + 7,
                           library);
    } else if (length >= 9 && strncmp(folder, "${ORIGIN}", 9) == 0) {
        written = snprintf(full, sizeof(full), "%s%.*s/%s", origin, (int)(length - 9), folder + 9,
                           library);
    } else {
        written = snprintf(full, sizeof(full), "%.*s/%s", (int)length, folder, library);
    }
    if (written < 0 || (size_t)written >= sizeof(full)) {
        return NULL;
    }
    return dlopen(full, RTLD_NOW | RTLD_LOCAL);
}

void *
image_file_open_needed(const struct elf_image *image, const char *module_path, const char *library)
{
    static const int64_t tags[] = {DT_RUNPATH, DT_RPATH};
    void *handle;

    for (size_t i = 0; i < sizeof(tags) / sizeof(tags[0]); i++) {
        size_t cursor = 0;
        const char *folders;

        while ((folders = elf_image_dynamic_string(image, tags[i], &cursor)) != NULL) {
            while (*folders != '\0') {
                size_t length = strcspn(folders, ":");

                handle = open_in_folder(folders, length, module_path, library);
                if (handle != NULL) {
                    return handle;
                }
                folders += length + (folders[length] == ':');
            }
        }
    }
    return dlopen(library, RTLD_NOW | RTLD_LOCAL);
}

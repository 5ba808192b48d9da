/* SPDX-License-Identifier: MIT */
/* Module files on the disk: mapping one to read it, opening the libraries that it names. */
#ifndef OPENWDF_LOADER_IMAGE_FILE_H
#define OPENWDF_LOADER_IMAGE_FILE_H

#include <ntddk.h>

#include <stddef.h>

#include "base/sanitizers.h"
#include "loader/elf_image.h"

/* Sanitizer builds keep modules mapped: a report made at exit can still name their functions. */
#define IMAGE_FILE_KEEP_MAPPED (BASE_ADDRESS_SANITIZER || BASE_THREAD_SANITIZER)

struct image_file {
    void *bytes;
    size_t size;
};

/*
 * Maps a file for reading. On failure *ret_problem says why: STATUS_OBJECT_NAME_NOT_FOUND (it cannot
 * be opened), STATUS_INVALID_IMAGE_FORMAT (no regular file, or empty), STATUS_INSUFFICIENT_RESOURCES.
 */
__attribute__((warn_unused_result)) NTSTATUS
image_file_map(const char *path, struct image_file *ret_file, const char **ret_problem);
void image_file_unmap(struct image_file *file);

/*
 * Opens a library that the module at `module_path` names, as the dynamic linker would look for it.
 * NULL: dlerror() says why.
 */
void *image_file_open_needed(const struct elf_image *image, const char *module_path,
                             const char *library);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * Reading an ELF file without trusting it: every offset, count and string is checked against the
 * file's size before it is used. Knows nothing of drivers.
 */
#ifndef OPENWDF_LOADER_ELF_IMAGE_H
#define OPENWDF_LOADER_ELF_IMAGE_H

#include <elf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct elf_image {
    const uint8_t *bytes;
    size_t size;
    const Elf64_Sym *symbols; /* The dynamic symbol table; entry 0 is void. */
    size_t symbol_count;
    const char *strings; /* Its strings: NUL-terminated at strings[strings_size - 1]. */
    size_t strings_size;
    const Elf64_Dyn *dynamic;
    size_t dynamic_count;
};

/*
 * Checks `size` bytes and fills *ret_image with pointers into them. `bytes` must be aligned to 8.
 * Returns NULL, or what is wrong with the file as the end of the sentence "the file …".
 */
const char *elf_image_parse(const void *bytes, size_t size, struct elf_image *ret_image);

/* The name of a symbol; "" when its name lies outside the string table. */
const char *elf_image_symbol_name(const struct elf_image *image, const Elf64_Sym *symbol);

/* Whether the image defines the global symbol `name`. */
bool elf_image_defines(const struct elf_image *image, const char *name);

/*
 * Walks the string values of the dynamic entries with `tag` (DT_NEEDED, DT_RUNPATH …). *cursor
 * starts at 0. Returns NULL after the last.
 */
const char *elf_image_dynamic_string(const struct elf_image *image, int64_t tag, size_t *cursor);

#endif

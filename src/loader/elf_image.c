/* SPDX-License-Identifier: MIT */
/*
 * Reading an ELF file without trusting it. The dynamic symbol table is found through the section
 * headers, which every linker writes for shared objects: they alone give its size directly.
 */
#include <string.h>

#include "loader/elf_image.h"

#if defined(__x86_64__)
#define MACHINE EM_X86_64
#elif defined(__aarch64__)
#define MACHINE EM_AARCH64
#else
#error "which ELF machine is this?"
#endif

/* The part [offset, offset + size) of the file, aligned for an 8-byte type; NULL if it is not in. */
static const void *
image_range(const uint8_t *bytes, size_t file_size, uint64_t offset, uint64_t size)
{
    if (offset > file_size || size > file_size - offset || offset % 8 != 0) {
        return NULL;
    }
    return bytes + offset;
}

static const char *
check_header(const Elf64_Ehdr *header, size_t size)
{
    if (size < EI_NIDENT || memcmp(header->e_ident, ELFMAG, SELFMAG) != 0) {
        return "is not an ELF file";
    }
    if (header->e_ident[EI_CLASS] != ELFCLASS64) {
        return "is not a 64-bit ELF file";
    }
    if (header->e_ident[EI_DATA] != ELFDATA2LSB) {
        return "is not a little-endian ELF file";
    }
    if (size < sizeof(*header)) {
        return "is cut off inside its ELF header";
    }
    if (header->e_machine != MACHINE) {
        return "was built for another processor architecture";
    }
    if (header->e_type != ET_DYN) {
        return "is an ELF file but not a shared object (link it with -shared)";
    }
    return NULL;
}

/* The string table that section `index` names. It must end in NUL. */
static const char *
find_strings(struct elf_image *image, const Elf64_Shdr *sections, size_t count, uint32_t index)
{
    const Elf64_Shdr *section;

    if (index >= count) {
        return "has a damaged section table";
    }
    section = &sections[index];
    if (section->sh_type != SHT_STRTAB || section->sh_size == 0 ||
        section->sh_offset > image->size || section->sh_size > image->size - section->sh_offset) {
        return "has a damaged string table";
    }
    image->strings = (const char *)image->bytes + section->sh_offset;
    image->strings_size = section->sh_size;
    if (image->strings[image->strings_size - 1] != '\0') {
        return "has a string table without an end";
    }
    return NULL;
}

const char *
elf_image_parse(const void *bytes, size_t size, struct elf_image *ret_image)
{
    struct elf_image image = {.bytes = bytes, .size = size};
    const Elf64_Ehdr *header = bytes;
    const Elf64_Shdr *sections;
    const char *problem;

    problem = check_header(header, size);
    if (problem != NULL) {
        return problem;
    }
    if (header->e_shentsize != sizeof(Elf64_Shdr) || header->e_shnum == 0) {
        return "has no section table";
    }
    sections =
        image_range(bytes, size, header->e_shoff, (uint64_t)header->e_shnum * sizeof(Elf64_Shdr));
    if (sections == NULL) {
        return "is cut off before its section table";
    }
    for (size_t i = 0; i < header->e_shnum; i++) {
        const Elf64_Shdr *section = &sections[i];

        if (section->sh_type == SHT_DYNSYM) {
            image.symbols = image_range(bytes, size, section->sh_offset, section->sh_size);
            image.symbol_count = section->sh_size / sizeof(Elf64_Sym);
            if (image.symbols == NULL) {
                return "is cut off inside its symbol table";
            }
            problem = find_strings(&image, sections, header->e_shnum, section->sh_link);
            if (problem != NULL) {
                return problem;
            }
        } else if (section->sh_type == SHT_DYNAMIC) {
            image.dynamic = image_range(bytes, size, section->sh_offset, section->sh_size);
            image.dynamic_count = section->sh_size / sizeof(Elf64_Dyn);
            if (image.dynamic == NULL) {
                return "is cut off inside its dynamic section";
            }
        }
    }
    if (image.symbols == NULL || image.dynamic == NULL) {
        return "has no dynamic symbol table";
    }
    *ret_image = image;
    return NULL;
}

const char *
elf_image_symbol_name(const struct elf_image *image, const Elf64_Sym *symbol)
{
    return symbol->st_name < image->strings_size ? image->strings + symbol->st_name : "";
}

bool
elf_image_defines(const struct elf_image *image, const char *name)
{
    for (size_t i = 1; i < image->symbol_count; i++) {
        const Elf64_Sym *symbol = &image->symbols[i];

        if (symbol->st_shndx != SHN_UNDEF && ELF64_ST_BIND(symbol->st_info) != STB_LOCAL &&
            strcmp(elf_image_symbol_name(image, symbol), name) == 0) {
            return true;
        }
    }
    return false;
}

const char *
elf_image_dynamic_string(const struct elf_image *image, int64_t tag, size_t *cursor)
{
    while (*cursor < image->dynamic_count) {
        const Elf64_Dyn *entry = &image->dynamic[(*cursor)++];

        if (entry->d_tag == DT_NULL) {
            *cursor = image->dynamic_count;
        } else if (entry->d_tag == tag && entry->d_un.d_val < image->strings_size) {
            return image->strings + entry->d_un.d_val;
        }
    }
    return NULL;
}

/* SPDX-License-Identifier: MIT */
/*
 * Reads a module's dynamic section. The file is a user's: every offset is checked against its size before
 * it is used, and a file that makes no sense needs no run time; the host will say what is wrong with it.
 */
#include <elf.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "manager/mgr_sanitizer.h"
#include "sys/memory.h"

extern char **environ;

#define PRELOAD "LD_PRELOAD="

/* Those that take over malloc and threads, and so must be there from the start. */
static const char *const runtimes[] = {"libasan.so", "libtsan.so", "libclang_rt.asan-",
                                       "libclang_rt.tsan-"};

/* A module's bytes. */
struct image {
    const uint8_t *bytes;
    size_t size;
};

/* The part of the file, or NULL when it is not all there. */
static const void *
part(const struct image *image, uint64_t offset, uint64_t size)
{
    return offset <= image->size && size <= image->size - offset ? image->bytes + offset : NULL;
}

static const Elf64_Phdr *
program_headers(const struct image *image, unsigned *ret_count)
{
    const Elf64_Ehdr *header = part(image, 0, sizeof(*header));

    if (header == NULL || memcmp(header->e_ident, ELFMAG, SELFMAG) != 0 ||
        header->e_ident[EI_CLASS] != ELFCLASS64 || header->e_phentsize != sizeof(Elf64_Phdr) ||
        header->e_phoff % _Alignof(Elf64_Phdr) != 0) {
        return NULL;
    }
    *ret_count = header->e_phnum;
    return part(image, header->e_phoff, (uint64_t)header->e_phnum * sizeof(Elf64_Phdr));
}

/* What is at an address of the loaded module, to the end of its segment. */
static const char *
at_address(const struct image *image, uint64_t address, uint64_t *ret_size)
{
    unsigned count = 0;
    const Elf64_Phdr *segments = program_headers(image, &count);
    unsigned i;

    for (i = 0; segments != NULL && i < count; i++) {
        const Elf64_Phdr *segment = &segments[i];

        if (segment->p_type == PT_LOAD && address >= segment->p_vaddr &&
            address - segment->p_vaddr < segment->p_filesz) {
            uint64_t into = address - segment->p_vaddr;

            *ret_size = segment->p_filesz - into;
            if (into > UINT64_MAX - segment->p_offset) {
                return NULL;
            }
            return part(image, segment->p_offset + into, *ret_size);
        }
    }
    return NULL;
}

static const Elf64_Dyn *
dynamic_section(const struct image *image, size_t *ret_count)
{
    unsigned count = 0;
    const Elf64_Phdr *segments = program_headers(image, &count);
    unsigned i;

    for (i = 0; segments != NULL && i < count; i++) {
        if (segments[i].p_type == PT_DYNAMIC && segments[i].p_offset % _Alignof(Elf64_Dyn) == 0) {
            *ret_count = segments[i].p_filesz / sizeof(Elf64_Dyn);
            return part(image, segments[i].p_offset, segments[i].p_filesz);
        }
    }
    return NULL;
}

/* A text of the string table, or NULL when it does not end there. */
static const char *
text_at(const char *strings, uint64_t size, uint64_t offset)
{
    return offset < size && memchr(strings + offset, '\0', size - offset) != NULL ? strings + offset
                                                                                  : NULL;
}

static bool
is_runtime(const char *name)
{
    size_t i;

    for (i = 0; i < sizeof(runtimes) / sizeof(runtimes[0]); i++) {
        if (strncmp(name, runtimes[i], strlen(runtimes[i])) == 0) {
            return true;
        }
    }
    return false;
}

/* The library in the first folder of the run path that holds it; else its name, for the linker to find. */
static bool
locate(const char *name, const char *run_path, char *path, size_t size)
{
    while (run_path != NULL && *run_path != '\0') {
        size_t length = strcspn(run_path, ":");
        int n = snprintf(path, size, "%.*s/%s", (int)length, run_path, name);

        if (n > 0 && (size_t)n < size && run_path[0] == '/' && access(path, R_OK) == 0) {
            return true;
        }
        run_path += length + (run_path[length] == ':' ? 1 : 0);
    }
    return (size_t)snprintf(path, size, "%s", name) < size;
}

static bool
find_runtime(const struct image *image, char *path, size_t size)
{
    const char *name = NULL;
    const char *run_path = NULL;
    const char *strings = NULL;
    uint64_t strings_size = 0;
    size_t count = 0;
    const Elf64_Dyn *entries = dynamic_section(image, &count);
    size_t i;

    for (i = 0; entries != NULL && i < count; i++) {
        if (entries[i].d_tag == DT_STRTAB) {
            strings = at_address(image, entries[i].d_un.d_ptr, &strings_size);
        }
    }
    for (i = 0; strings != NULL && i < count && entries[i].d_tag != DT_NULL; i++) {
        const char *text = text_at(strings, strings_size, entries[i].d_un.d_val);

        if (text != NULL && entries[i].d_tag == DT_NEEDED && is_runtime(text)) {
            name = text;
        } else if (text != NULL &&
                   (entries[i].d_tag == DT_RUNPATH || entries[i].d_tag == DT_RPATH)) {
            run_path = text;
        }
    }
    return name != NULL && locate(name, run_path, path, size);
}

bool
mgr_sanitizer_runtime(const char *module, char *path, size_t size)
{
    struct stat status;
    bool found = false;
    int fd = open(module, O_RDONLY | O_CLOEXEC);

    if (fd < 0) {
        return false;
    }
    if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && status.st_size > 0) {
        struct image image = {.size = (size_t)status.st_size};
        void *bytes = mmap(NULL, image.size, PROT_READ, MAP_PRIVATE, fd, 0);

        if (bytes != MAP_FAILED) {
            image.bytes = bytes;
            found = find_runtime(&image, path, size);
            (void)munmap(bytes, image.size);
        }
    }
    (void)close(fd);
    return found;
}

char **
mgr_sanitizer_environment(const char *library)
{
    const char *old = "";
    size_t count = 0;
    size_t used = 0;
    size_t size;
    char **copy;
    char *preload;
    size_t i;

    while (environ[count] != NULL) {
        count++;
    }
    copy = sys_alloc_zeroed((count + 2) * sizeof(*copy));
    for (i = 0; copy != NULL && i < count; i++) {
        if (strncmp(environ[i], PRELOAD, strlen(PRELOAD)) == 0) {
            old = environ[i] + strlen(PRELOAD);
        } else {
            copy[1 + used++] = environ[i];
        }
    }
    size = strlen(PRELOAD) + strlen(library) + 1 + strlen(old) + 1;
    preload = sys_alloc_zeroed(size);
    if (copy == NULL || preload == NULL) {
        sys_free(copy);
        sys_free(preload);
        return NULL;
    }
    (void)snprintf(preload, size, PRELOAD "%s%s%s", library, old[0] != '\0' ? ":" : "", old);
    copy[0] = preload;
    return copy;
}

void
mgr_sanitizer_environment_free(char **environment)
{
    if (environment != NULL) {
        sys_free(environment[0]); /* The others are this process's own. */
        sys_free(environment);
    }
}

/* SPDX-License-Identifier: MIT */
/*
 * Driver modules. Everything that can be known about the file is checked before the dynamic linker
 * sees it, because that one stops at the first missing symbol and runs constructors on the way.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <link.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "loader/elf_image.h"
#include "loader/export_driver.h"
#include "loader/image_file.h"
#include "loader/module.h"
#include "nt/io/io.h"
#include "nt/ke/ke.h"

#define MAX_NEEDED 64 /* Libraries one module may name; more is refused. */

/* Entry points by preference. */
static const struct {
    const char *symbol;
    enum module_kind kind;
} entries[] = {
    {"FxDriverEntry", MODULE_STUB},
    {"FxDriverEntryUm", MODULE_STUB_UM},
    {"DriverEntry", MODULE_DRIVER},
};

#define ENTRY_COUNT (sizeof(entries) / sizeof(entries[0]))

struct module {
    void *handle;
    void *entry; /* A function; its type depends on the kind. */
    enum module_kind kind;
    char *path;
    char name[NAME_MAX + 1];
    struct export_set *exports; /* What it needs, once it was started. */
};

/* The libraries a module names, opened so that their symbols can be looked up. */
struct needed_libraries {
    void *handles[MAX_NEEDED];
    size_t count;
};

static void __attribute__((format(printf, 2, 3)))
error_append(struct module_error *error, const char *format, ...)
{
    size_t used = strlen(error->text);
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(error->text + used, sizeof(error->text) - used, format, arguments);
    va_end(arguments);
}

static void
close_needed(struct needed_libraries *needed)
{
    while (needed->count > 0) {
        dlclose(needed->handles[--needed->count]);
    }
}

static NTSTATUS
open_all_needed(const struct elf_image *image, const char *path, struct needed_libraries *needed,
                struct module_error *error)
{
    NTSTATUS status = STATUS_SUCCESS;
    size_t cursor = 0;
    const char *library;

    while ((library = elf_image_dynamic_string(image, DT_NEEDED, &cursor)) != NULL) {
        void *handle = NULL;

        if (needed->count < MAX_NEEDED) {
            handle = image_file_open_needed(image, path, library);
        }
        if (handle != NULL) {
            needed->handles[needed->count++] = handle;
            continue;
        }
        if (NT_SUCCESS(status)) {
            error_append(error, "%s needs a library that cannot be loaded:", path);
        }
        error_append(error, "\n  %s: %s", library,
                     needed->count < MAX_NEEDED ? dlerror() : "too many libraries");
        status = STATUS_DLL_NOT_FOUND;
    }
    return status;
}

static bool
symbol_provided(const struct needed_libraries *needed, const char *name)
{
    dlerror();
    if (dlsym(RTLD_DEFAULT, name) != NULL || dlerror() == NULL) {
        return true;
    }
    for (size_t i = 0; i < needed->count; i++) {
        if (dlsym(needed->handles[i], name) != NULL) {
            return true;
        }
    }
    return false;
}

/* What MmGetSystemRoutineAddress finds: the executive's names, which begin with a capital, and not the C library's. */
static void *
find_routine(void *argument, const char *name)
{
    (void)argument;
    return name[0] >= 'A' && name[0] <= 'Z' ? dlsym(RTLD_DEFAULT, name) : NULL;
}

/* Names every strong undefined symbol that neither this process nor a needed library provides. */
static NTSTATUS
check_undefined(const struct elf_image *image, const char *path,
                const struct needed_libraries *needed, struct module_error *error)
{
    size_t missing = 0;

    for (int pass = 0; pass < 2; pass++) {
        if (pass == 1 && missing > 0) {
            error_append(error, "%s needs %zu function%s that nothing here provides:", path,
                         missing, missing == 1 ? "" : "s");
        }
        for (size_t i = 1; i < image->symbol_count && (pass == 0 || missing > 0); i++) {
            const Elf64_Sym *symbol = &image->symbols[i];
            const char *name = elf_image_symbol_name(image, symbol);

            if (symbol->st_shndx != SHN_UNDEF || ELF64_ST_BIND(symbol->st_info) != STB_GLOBAL ||
                *name == '\0' || symbol_provided(needed, name)) {
                continue;
            }
            if (pass == 0) {
                missing++;
            } else {
                error_append(error, "\n  %s", name);
            }
        }
    }
    return missing == 0 ? STATUS_SUCCESS : STATUS_ENTRYPOINT_NOT_FOUND;
}

static NTSTATUS
check_file(const char *path, size_t *ret_entry, struct module_error *error)
{
    struct needed_libraries needed = {.count = 0};
    struct elf_image image;
    const char *problem;
    size_t entry = 0;
    struct image_file file;
    NTSTATUS status;

    status = image_file_map(path, &file, &problem);
    if (!NT_SUCCESS(status)) {
        error_append(
            error, status == STATUS_INVALID_IMAGE_FORMAT ? "%s: not a driver module: %s" : "%s: %s",
            path, problem);
        return status;
    }
    problem = elf_image_parse(file.bytes, file.size, &image);
    if (problem != NULL) {
        error_append(error, "%s: not a driver module: the file %s", path, problem);
        status = STATUS_INVALID_IMAGE_FORMAT;
        goto done;
    }
    while (entry < ENTRY_COUNT && !elf_image_defines(&image, entries[entry].symbol)) {
        entry++;
    }
    if (entry == ENTRY_COUNT) {
        error_append(error,
                     "%s: not a driver module: it exports no FxDriverEntry, FxDriverEntryUm "
                     "or DriverEntry",
                     path);
        status = STATUS_DRIVER_ENTRYPOINT_NOT_FOUND;
        goto done;
    }
    *ret_entry = entry;
    status = open_all_needed(&image, path, &needed, error);
    if (NT_SUCCESS(status)) {
        status = check_undefined(&image, path, &needed, error);
    }
    close_needed(&needed);

done:
    image_file_unmap(&file);
    return status;
}

/* "echo" for "/x/echo.so". */
static void
set_name(struct module *module, const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *base = slash != NULL ? slash + 1 : path;
    size_t length = strcspn(base, ".");

    snprintf(module->name, sizeof(module->name), "%.*s", (int)length, base);
}

NTSTATUS
module_open(const char *path, struct module **ret_module, struct module_error *error)
{
    struct module *module;
    size_t entry;
    char *full;
    NTSTATUS status;

    error->text[0] = '\0';
    /* The dynamic linker searches its own folders for a name without a slash. */
    full = realpath(path, NULL);
    if (full == NULL) {
        error_append(error, "%s: %s", path, strerror(errno));
        return STATUS_OBJECT_NAME_NOT_FOUND;
    }
    module = calloc(1, sizeof(*module));
    if (module == NULL) {
        error_append(error, "%s: out of memory", path);
        free(full);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    module->path = full;
    set_name(module, path);
    status = check_file(full, &entry, error);
    if (!NT_SUCCESS(status)) {
        goto fail;
    }
    module->handle = dlopen(full, RTLD_NOW | RTLD_LOCAL);
    if (module->handle == NULL) {
        error_append(error, "%s: %s", path, dlerror());
        status = STATUS_UNSUCCESSFUL;
        goto fail;
    }
    ke_set_routine_resolver(find_routine, NULL);
    module->kind = entries[entry].kind;
    module->entry = dlsym(module->handle, entries[entry].symbol);
    if (module->entry == NULL) {
        error_append(error, "%s: %s", path, dlerror());
        status = STATUS_DRIVER_ENTRYPOINT_NOT_FOUND;
        goto fail;
    }
    *ret_module = module;
    return STATUS_SUCCESS;

fail:
    module_close(module);
    return status;
}

void
module_close(struct module *module)
{
    if (module == NULL) {
        return;
    }
    if (module->handle != NULL && !IMAGE_FILE_KEEP_MAPPED) {
        dlclose(module->handle);
    }
    export_release(module->exports);
    free(module->path);
    free(module);
}

enum module_kind
module_kind(const struct module *module)
{
    return module->kind;
}

/* The entry point of user-mode drivers; the first two arguments are for other hosts than ours. */
typedef NTSTATUS entry_um(PVOID loader_interface, PVOID context, PVOID driver_object,
                          PUNICODE_STRING registry_path);

/* The key under which a driver object keeps its module for start_um. */
static const char start_um_key;

static NTSTATUS
start_um(PDRIVER_OBJECT driver, PUNICODE_STRING registry_path)
{
    entry_um **entry = IoGetDriverObjectExtension(driver, (PVOID)(uintptr_t)&start_um_key);

    return (*entry)(NULL, NULL, driver, registry_path);
}

NTSTATUS
module_start(struct module *module, PDRIVER_OBJECT driver)
{
    uintptr_t start;
    uintptr_t end;
    PVOID extension;
    NTSTATUS status = export_acquire(module->path, &module->exports);

    if (!NT_SUCCESS(status)) {
        return status;
    }
    module_code_range(module->entry, &start, &end);
    io_driver_set_code(driver, start, end);
    if (module->kind != MODULE_STUB_UM) {
        return io_driver_start(driver, (PDRIVER_INITIALIZE)module->entry);
    }
    status = IoAllocateDriverObjectExtension(driver, (PVOID)(uintptr_t)&start_um_key,
                                             sizeof(module->entry), &extension);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    *(void **)extension = module->entry;
    return io_driver_start(driver, start_um);
}

void *
module_symbol(const struct module *module, const char *name)
{
    return dlsym(module->handle, name);
}

struct code_search {
    uintptr_t address;
    uintptr_t start;
    uintptr_t end;
};

/* dl_iterate_phdr: stops at the image whose executable segment holds the address. */
static int
match_image(struct dl_phdr_info *info, size_t size, void *data)
{
    struct code_search *search = data;

    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &info->dlpi_phdr[i];
        uintptr_t start = info->dlpi_addr + segment->p_vaddr;

        if (segment->p_type == PT_LOAD && (segment->p_flags & PF_X) && search->address >= start &&
            search->address < start + segment->p_memsz) {
            search->start = start;
            search->end = start + segment->p_memsz;
            return 1;
        }
    }
    return 0;
}

void
module_code_range(const void *address, uintptr_t *ret_start, uintptr_t *ret_end)
{
    struct code_search search = {.address = (uintptr_t)address};

    (void)dl_iterate_phdr(match_image, &search);
    *ret_start = search.start;
    *ret_end = search.end;
}

const char *
module_name(const struct module *module)
{
    return module->name;
}

const char *
module_path(const struct module *module)
{
    return module->path;
}

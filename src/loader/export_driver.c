/* SPDX-License-Identifier: MIT */
/*
 * Export drivers. The table is touched while a driver is loaded or unloaded, which the composition
 * roots do one at a time.
 */
#include "loader/export_driver.h"

#include <dlfcn.h>
#include <link.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/list.h"
#include "base/log.h"
#include "loader/image_file.h"
#include "loader/module.h"
#include "nt/io/io.h"

#define DEPTH_MAX 16 /* Export drivers that need each other in a chain. */

/* As the memory manager calls it; FxDllInitialize, the framework stub's, also gets a driver object. */
typedef NTSTATUS dll_initialize(PUNICODE_STRING registry_path);
typedef NTSTATUS dll_unload(void);

struct export_driver {
    struct list link;
    unsigned references;
    void *handle;
    const struct link_map *map; /* Its identity. */
    char name[64];
    PDRIVER_OBJECT driver;
    struct export_set *needs;
};

struct export_set {
    size_t count;
    struct export_driver *drivers[];
};

static struct list loaded = {&loaded, &loaded};

/* A function that the image itself defines, not one of its libraries. */
static void *
own_symbol(void *handle, const struct link_map *map, const char *name)
{
    void *symbol = dlsym(handle, name);
    Dl_info info;

    return symbol != NULL && dladdr(symbol, &info) != 0 && (uintptr_t)info.dli_fbase == map->l_addr
               ? symbol
               : NULL;
}

static const struct link_map *
map_of(void *handle)
{
    struct link_map *map = NULL;

    return dlinfo(handle, RTLD_DI_LINKMAP, &map) == 0 ? map : NULL;
}

/* --- The driver's routines ------------------------------------------------------------------- */

static const char entry_key; /* Under which a driver object keeps its DllInitialize. */

static void
unload_plain(PDRIVER_OBJECT driver)
{
    dll_unload **routine = IoGetDriverObjectExtension(driver, (PVOID)(uintptr_t)&entry_key);

    if (routine[1] != NULL) {
        (void)routine[1]();
    }
}

/* An export driver without the framework, in the shape of a DriverEntry. */
static NTSTATUS
initialize_plain(PDRIVER_OBJECT driver, PUNICODE_STRING registry_path)
{
    dll_initialize **routine = IoGetDriverObjectExtension(driver, (PVOID)(uintptr_t)&entry_key);

    driver->DriverUnload = unload_plain;
    return routine[0](registry_path);
}

static NTSTATUS
start(struct export_driver *export)
{
    void *framework = own_symbol(export->handle, export->map, "FxDllInitialize");
    void *plain = own_symbol(export->handle, export->map, "DllInitialize");
    uintptr_t code_start;
    uintptr_t code_end;
    PVOID extension;
    NTSTATUS status;

    module_code_range(plain, &code_start, &code_end);
    io_driver_set_code(export->driver, code_start, code_end);
    if (framework != NULL) {
        PDRIVER_INITIALIZE entry;

        memcpy(&entry, &framework, sizeof(entry));
        return io_driver_start(export->driver, entry);
    }
    status = IoAllocateDriverObjectExtension(export->driver, (PVOID)(uintptr_t)&entry_key,
                                             2 * sizeof(void *), &extension);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    ((void **)extension)[0] = plain;
    ((void **)extension)[1] = own_symbol(export->handle, export->map, "DllUnload");
    return io_driver_start(export->driver, initialize_plain);
}

/* --- Life ------------------------------------------------------------------------------------ */

static void
unload(struct export_driver *export)
{
    if (--export->references != 0) {
        return;
    }
    list_remove(&export->link);
    if (export->driver != NULL) {
        (void)io_driver_unload(export->driver);
    }
    if (!IMAGE_FILE_KEEP_MAPPED) {
        dlclose(export->handle);
    }
    export_release(export->needs);
    free(export);
}

void
export_release(struct export_set *set)
{
    if (set == NULL) {
        return;
    }
    while (set->count > 0) {
        unload(set->drivers[--set->count]);
    }
    free(set);
}

static NTSTATUS acquire(const char *path, unsigned depth, struct export_set **ret_set);

static struct export_driver *
find(const struct link_map *map)
{
    struct list *link;

    list_for_each(link, &loaded)
    {
        struct export_driver *export = container_of(link, struct export_driver, link);

        if (export->map == map) {
            return export;
        }
    }
    return NULL;
}

/* "common" for "/x/common.so". */
static void
name_of(const char *path, char *name, size_t size)
{
    const char *slash = strrchr(path, '/');
    const char *base = slash != NULL ? slash + 1 : path;

    snprintf(name, size, "%.*s", (int)strcspn(base, "."), base);
}

/* Takes over the handle. */
static NTSTATUS
load(void *handle, const struct link_map *map, unsigned depth, struct export_driver **ret_export)
{
    struct export_driver *export = find(map);
    NTSTATUS status;

    if (export != NULL) {
        dlclose(handle);
        export->references++;
        *ret_export = export;
        return STATUS_SUCCESS;
    }
    export = calloc(1, sizeof(*export));
    if (export == NULL) {
        dlclose(handle);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    export->references = 1;
    export->handle = handle;
    export->map = map;
    name_of(map->l_name, export->name, sizeof(export->name));
    list_push_back(&loaded, &export->link);
    status = acquire(map->l_name, depth + 1, &export->needs);
    if (NT_SUCCESS(status)) {
        status = io_driver_create(export->name, &export->driver);
    }
    if (NT_SUCCESS(status)) {
        status = start(export);
    }
    if (!NT_SUCCESS(status)) {
        base_log(BASE_LOG_ERROR, "loader", "the export driver %s cannot be used: 0x%08x",
                 export->name, (unsigned)status);
        unload(export);
        return status;
    }
    *ret_export = export;
    return STATUS_SUCCESS;
}

/* Adds the library to the set if it is an export driver. Takes over the handle. */
static NTSTATUS
consider(void *handle, unsigned depth, struct export_set *set)
{
    const struct link_map *map = map_of(handle);
    struct export_driver *export;
    NTSTATUS status;

    if (map == NULL || own_symbol(handle, map, "DllInitialize") == NULL) {
        dlclose(handle);
        return STATUS_SUCCESS;
    }
    status = load(handle, map, depth, &export);
    if (NT_SUCCESS(status)) {
        set->drivers[set->count++] = export;
    }
    return status;
}

static size_t
count_needed(const struct elf_image *image)
{
    size_t cursor = 0;
    size_t count = 0;

    while (elf_image_dynamic_string(image, DT_NEEDED, &cursor) != NULL) {
        count++;
    }
    return count;
}

static NTSTATUS
acquire_needed(const struct elf_image *image, const char *path, unsigned depth,
               struct export_set **ret_set)
{
    size_t count = count_needed(image);
    struct export_set *set = calloc(1, sizeof(*set) + count * sizeof(set->drivers[0]));
    NTSTATUS status = set == NULL ? STATUS_INSUFFICIENT_RESOURCES : STATUS_SUCCESS;
    size_t cursor = 0;
    const char *library;

    while (NT_SUCCESS(status) &&
           (library = elf_image_dynamic_string(image, DT_NEEDED, &cursor)) != NULL) {
        void *handle = image_file_open_needed(image, path, library);

        status = handle == NULL ? STATUS_DLL_NOT_FOUND : consider(handle, depth, set);
    }
    if (!NT_SUCCESS(status) || set->count == 0) {
        export_release(set);
        set = NULL;
    }
    *ret_set = set;
    return status;
}

static NTSTATUS
acquire(const char *path, unsigned depth, struct export_set **ret_set)
{
    struct image_file file;
    struct elf_image image;
    const char *problem;
    NTSTATUS status;

    *ret_set = NULL;
    if (depth > DEPTH_MAX) {
        base_log(BASE_LOG_ERROR, "loader", "%s: more than %u export drivers need each other", path,
                 DEPTH_MAX);
        return STATUS_DLL_NOT_FOUND;
    }
    status = image_file_map(path, &file, &problem);
    if (!NT_SUCCESS(status)) {
        base_log(BASE_LOG_ERROR, "loader", "%s: %s", path, problem);
        return status;
    }
    problem = elf_image_parse(file.bytes, file.size, &image);
    status = problem == NULL ? acquire_needed(&image, path, depth, ret_set)
                             : STATUS_INVALID_IMAGE_FORMAT;
    image_file_unmap(&file);
    return status;
}

NTSTATUS
export_acquire(const char *path, struct export_set **ret_set)
{
    return acquire(path, 0, ret_set);
}

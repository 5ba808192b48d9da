/* SPDX-License-Identifier: MIT */
/*
 * The files of packages: into the store before the transaction that installs, out of it after the one
 * that removes. A folder's name ends with a hash of what is in it, so two packages never share one.
 */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "manager/mgr_store_priv.h"
#include "sys/file.h"
#include "sys/memory.h"

#define FILES_MAX     1024 /* Of one package. */
#define FILE_SIZE_MAX ((uint64_t)1 << 30)
#define HASH_START    UINT64_C(0xcbf29ce484222325) /* FNV-1a: names, it does not protect. */
#define HASH_PRIME    UINT64_C(0x100000001b3)

void
store_note(const struct stage *stage, const char *format, ...)
{
    va_list arguments;
    char text[512];

    if (stage->note == NULL) {
        return;
    }
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    stage->note(stage->note_argument, text);
}

/* ---- Finding ---- */

/* The file of that name in the folder, in any case. -ENOENT. */
static int
find_file(const char *folder, const char *name, char *file, size_t size)
{
    DIR *directory = opendir(folder);
    struct dirent *item;
    int result = -ENOENT;

    if (directory == NULL) {
        return -errno;
    }
    while ((item = readdir(directory)) != NULL) {
        if (strcasecmp(item->d_name, name) == 0 &&
            snprintf(file, size, "%s", item->d_name) < (int)size) {
            result = 0;
            if (strcmp(item->d_name, name) == 0) {
                break; /* As it is written is best. */
            }
        }
    }
    closedir(directory);
    return result;
}

int
stage_find_module(const char *folder, const char *binary, char *file, size_t size)
{
    char wanted[MGR_TEXT_SIZE];
    const char *dot = strrchr(binary, '.');

    (void)snprintf(wanted, sizeof(wanted), "%.*s.so",
                   (int)(dot != NULL ? dot - binary : (long)strlen(binary)), binary);
    return find_file(folder, wanted, file, size);
}

/* ---- What belongs to the package ---- */

struct file_list {
    char *names[FILES_MAX];
    unsigned count;
};

static int
list_add(struct file_list *list, const char *name)
{
    unsigned i;

    for (i = 0; i < list->count; i++) {
        if (strcmp(list->names[i], name) == 0) {
            return 0;
        }
    }
    if (list->count == FILES_MAX) {
        return -E2BIG;
    }
    list->names[list->count] = strdup(name);
    return list->names[list->count++] == NULL ? -ENOMEM : 0;
}

struct gather {
    struct stage *stage;
    struct file_list *list;
    bool any;
};

/* A driver's file: its module has to be there. */
static int
gather_driver(struct gather *gather, const char *binary)
{
    struct stage *stage = gather->stage;
    const char *name = inf_binary_name(binary);
    char file[MGR_TEXT_SIZE];
    int result;

    if (name == NULL || strcasecmp(name, INF_REFLECTOR_BINARY) == 0) {
        return 0; /* The reflector is ours. */
    }
    result = stage_find_module(stage->source, name, file, sizeof(file));
    if (result == -ENOENT) {
        return store_fail(stage->error, -ENOENT,
                          "the INF's driver is %.100s, but there is no module for it in %.300s",
                          name, stage->source);
    }
    return result != 0 ? result : list_add(gather->list, file);
}

static int
gather_plan(struct gather *gather, const struct inf_plan *plan)
{
    struct stage *stage = gather->stage;
    unsigned i;
    int result = 0;

    for (i = 0; result == 0 && i < plan->services_count; i++) {
        if (!plan->services[i].remove && plan->services[i].name[0] != '\0') {
            result = gather_driver(gather, plan->services[i].binary);
        }
    }
    for (i = 0; result == 0 && i < plan->wdf_services_count; i++) {
        if (plan->wdf_services[i].umdf) {
            result = gather_driver(gather, plan->wdf_services[i].binary);
        }
    }
    for (i = 0; result == 0 && i < plan->files_count; i++) {
        const struct inf_file *item = &plan->files[i];
        char file[MGR_TEXT_SIZE];

        if (item->remove || item->rename) {
            continue;
        }
        if (find_file(stage->source, item->source, file, sizeof(file)) == 0 ||
            stage_find_module(stage->source, item->source, file, sizeof(file)) == 0) {
            result = list_add(gather->list, file);
        } else {
            store_note(stage, "%s is not in the package and is passed over", item->source);
        }
    }
    return result;
}

static int
gather_model(void *argument, const struct inf_model *model)
{
    struct gather *gather = argument;
    struct inf_error error;
    struct inf_plan plan;
    unsigned i;
    int result = inf_plan_install(gather->stage->inf, model->install, NULL, &plan, &error);

    if (result != 0) {
        return store_fail(gather->stage->error, result, "%s", error.text);
    }
    gather->any = true;
    for (i = 0; i < plan.notes_count; i++) {
        store_note(gather->stage, "%s", plan.notes[i].text);
    }
    result = gather_plan(gather, &plan);
    inf_plan_free(&plan);
    return result;
}

static int
gather_files(struct stage *stage, struct file_list *list)
{
    struct gather gather = {.stage = stage, .list = list};
    struct inf_model none = {.install = "DefaultInstall"};
    struct inf_error error = {.text = ""};
    int result = list_add(list, stage->inf_file);

    stage->error->text[0] = '\0';
    result = result != 0 ? result : inf_for_each_model(stage->inf, gather_model, &gather, &error);
    if (result == 0 && !gather.any) {
        result = gather_model(&gather, &none);
    }
    if (result != 0 && stage->error->text[0] == '\0') {
        (void)store_fail(stage->error, result, "%s",
                         error.text[0] != '\0' ? error.text : strerror(-result));
    }
    return result;
}

/* ---- Copying ---- */

/* Copies and goes on hashing; what it has written is on the medium. */
static int
copy_file(const char *from, const char *to, uint64_t *hash)
{
    int in = open(from, O_RDONLY | O_CLOEXEC);
    int out = in < 0 ? -1 : open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0700);
    char *buffer = sys_alloc(1 << 16);
    uint64_t size = 0;
    ssize_t n = 0;
    int result = in < 0 || out < 0 ? -errno : buffer == NULL ? -ENOMEM : 0;

    while (result == 0 && (n = read(in, buffer, 1 << 16)) > 0) {
        ssize_t i;

        size += (uint64_t)n;
        if (size > FILE_SIZE_MAX) {
            result = -EFBIG;
        } else if (write(out, buffer, (size_t)n) != n) {
            result = errno != 0 ? -errno : -EIO;
        }
        for (i = 0; hash != NULL && i < n; i++) {
            *hash = (*hash ^ (uint8_t)buffer[i]) * HASH_PRIME;
        }
    }
    if (result == 0 && (n < 0 || fsync(out) != 0)) {
        result = -errno;
    }
    if (in >= 0) {
        (void)close(in);
    }
    if (out >= 0) {
        (void)close(out);
    }
    sys_free(buffer);
    return result;
}

/* Removes a folder with its files; there are no folders in it. */
static void
remove_folder(const char *path)
{
    char file[MGR_PATH_SIZE];
    DIR *directory = opendir(path);
    struct dirent *item;

    if (directory == NULL) {
        return;
    }
    while ((item = readdir(directory)) != NULL) {
        if (strcmp(item->d_name, ".") != 0 && strcmp(item->d_name, "..") != 0) {
            (void)snprintf(file, sizeof(file), "%.3500s/%.300s", path, item->d_name);
            (void)unlink(file);
        }
    }
    closedir(directory);
    (void)rmdir(path);
}

void
stage_remove(struct mgr_store *store, const char *name)
{
    char path[MGR_PATH_SIZE];

    (void)snprintf(path, sizeof(path), "%.3500s/%.300s", store->folder, name);
    remove_folder(path);
}

static void
sync_folder(const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd >= 0) {
        (void)fsync(fd);
        (void)close(fd);
    }
}

/* Into a folder that nobody knows yet; then it gets its name, which says what is in it. */
static int
copy_all(struct stage *stage, const struct file_list *list)
{
    char working[MGR_PATH_SIZE];
    char final[MGR_PATH_SIZE];
    uint64_t hash = HASH_START;
    const char *dot = strrchr(stage->inf_file, '.');
    unsigned i;
    size_t j;
    int result;

    (void)snprintf(working, sizeof(working), "%.3500s/.new-%d", stage->store->folder,
                   (int)getpid());
    remove_folder(working);
    result = sys_folder_make(working);
    for (i = 0; result == 0 && i < list->count; i++) {
        char from[MGR_PATH_SIZE];
        char to[MGR_PATH_SIZE];

        for (j = 0; j <= strlen(list->names[i]); j++) {
            hash = (hash ^ (uint8_t)list->names[i][j]) * HASH_PRIME;
        }
        (void)snprintf(from, sizeof(from), "%.3500s/%.300s", stage->source, list->names[i]);
        (void)snprintf(to, sizeof(to), "%.3500s/%.300s", working, list->names[i]);
        result = copy_file(from, to, &hash);
        if (result != 0) {
            (void)store_fail(stage->error, result, "%s: %s", from, strerror(-result));
        }
    }
    (void)snprintf(stage->name, sizeof(stage->name), "%.*s.inf_amd64_%016llx",
                   (int)(dot != NULL && dot - stage->inf_file < 150 ? dot - stage->inf_file : 100),
                   stage->inf_file, (unsigned long long)hash);
    for (j = 0; stage->name[j] != '\0'; j++) {
        stage->name[j] = (char)tolower((unsigned char)stage->name[j]);
    }
    (void)snprintf(final, sizeof(final), "%.3500s/%.300s", stage->store->folder, stage->name);
    if (result == 0) {
        sync_folder(working);
        if (rename(working, final) != 0) {
            result = errno == EEXIST || errno == ENOTEMPTY ? 0 : -errno;
            stage->was_there = result == 0;
        }
        sync_folder(stage->store->folder);
    }
    remove_folder(working);
    return result;
}

int
stage_copy(struct stage *stage)
{
    struct file_list list = {.count = 0};
    unsigned i;
    int result = gather_files(stage, &list);

    result = result != 0 ? result : copy_all(stage, &list);
    if (result != 0 && stage->error->text[0] == '\0') {
        (void)store_fail(stage->error, result, "the package cannot be copied: %s",
                         strerror(-result));
    }
    for (i = 0; i < list.count; i++) {
        free(list.names[i]);
    }
    return result;
}

/* ---- Files outside the package ---- */

int
stage_target(const struct inf_file *file, char *path, size_t size)
{
    static const struct {
        int dirid;
        const char *folder;
    } folders[] = {
        {10, "Windows"},
        {11, "Windows/System32"},
        {12, "Windows/System32/drivers"},
        {17, "Windows/INF"},
        {18, "Windows/Help"},
        {20, "Windows/Fonts"},
        {24, ""},
        {30, ""},
        {50, "Windows/System"},
        {51, "Windows/System32/spool"},
        {53, "Users/Default"},
        {54, ""},
        {55, "Windows/System32/spool/prtprocs"},
        {16419, "ProgramData"},
        {16420, "Windows"},
        {16421, "Windows/System32"},
        {16422, "Program Files"},
        {16425, "Windows/SysWOW64"},
        {16426, "Program Files (x86)"},
        {16427, "Program Files/Common Files"},
    };
    const char *subdir = file->subdir;
    const char *part;
    size_t i;
    int n = -1;

    if (file->dirid == 13 || file->dirid == 1) {
        return -ENOENT;
    }
    if (file->dirid == -1) {
        /* An absolute path: what follows its drive. */
        subdir = subdir[0] != '\0' && subdir[1] == ':' ? subdir + 2 : subdir;
        subdir += *subdir == '\\';
        n = snprintf(path, size, "%s/%s", subdir, file->target);
    }
    for (i = 0; n < 0 && i < sizeof(folders) / sizeof(folders[0]); i++) {
        if (folders[i].dirid == file->dirid) {
            n = snprintf(path, size, "%s%s%s/%s", folders[i].folder, subdir[0] != '\0' ? "/" : "",
                         subdir, file->target);
        }
    }
    if (n < 0 || (size_t)n >= size) {
        return -EINVAL;
    }
    for (i = 0; path[i] != '\0'; i++) {
        path[i] = path[i] == '\\' ? '/' : path[i];
    }
    /* Nothing leads out of the folder. */
    for (part = path; part != NULL; part = strchr(part, '/')) {
        part += *part == '/';
        if (strncmp(part, "..", 2) == 0 && (part[2] == '/' || part[2] == '\0')) {
            return -EINVAL;
        }
    }
    return 0;
}

/* "target|source" of a package: copies it to where drivers look for it. */
static int
place_file(struct mgr_store *store, const char *package, const char *entry)
{
    char from[MGR_PATH_SIZE];
    char to[MGR_PATH_SIZE];
    char file[MGR_TEXT_SIZE];
    char folder[MGR_PATH_SIZE];
    const char *bar = strchr(entry, '|');
    char *slash;
    int result;

    if (bar == NULL) {
        return -EINVAL;
    }
    (void)snprintf(folder, sizeof(folder), "%.3500s/%.300s", store->folder, package);
    result = find_file(folder, bar + 1, file, sizeof(file));
    if (result != 0) {
        result = stage_find_module(folder, bar + 1, file, sizeof(file));
    }
    if (result != 0) {
        return 0; /* It was not in the package; that was said then. */
    }
    (void)snprintf(from, sizeof(from), "%.3000s/%.300s", folder, file);
    (void)snprintf(to, sizeof(to), "%.3000s/%.*s", store->root, (int)(bar - entry), entry);
    slash = strrchr(to, '/');
    *slash = '\0';
    result = sys_folder_make(to);
    *slash = '/';
    return result != 0 ? result : copy_file(from, to, NULL);
}

/* ---- Recovery ---- */

/* Files that packages have outside the store and that are not there yet. */
static void
place_pending(struct mgr_store *store)
{
    struct reg_store *registry = store->registry;
    reg_key packages;
    reg_key key;
    uint32_t index;

    if (reg_key_open(registry, REG_ROOT, STORE_PACKAGES, 0, &packages) != 0) {
        return;
    }
    for (index = 0; reg_key_at(registry, packages, index, &key) == 0; index++) {
        const char *at;
        char *class_name;
        char *files;
        char *name;
        int result = 0;

        if (reg_get_texts(registry, key, "PendingFiles", &files) != 0) {
            continue;
        }
        if (reg_key_name(registry, key, &name, &class_name) == 0) {
            for (at = files; *at != '\0' && result == 0; at += strlen(at) + 1) {
                result = place_file(store, name, at);
            }
            if (result == 0) {
                (void)reg_value_delete(registry, key, "PendingFiles");
            }
            sys_free(name);
            sys_free(class_name);
        }
        sys_free(files);
    }
}

/* Files of packages that are gone. */
static void
remove_pending(struct mgr_store *store)
{
    char path[MGR_PATH_SIZE];
    const char *at;
    char *files;
    reg_key key;

    if (reg_key_open(store->registry, REG_ROOT, "Machine\\SYSTEM\\DriverDatabase", 0, &key) != 0 ||
        reg_get_texts(store->registry, key, "PendingRemovals", &files) != 0) {
        return;
    }
    for (at = files; *at != '\0'; at += strlen(at) + 1) {
        (void)snprintf(path, sizeof(path), "%.3000s/%.1000s", store->root, at);
        (void)unlink(path);
    }
    sys_free(files);
    (void)reg_value_delete(store->registry, key, "PendingRemovals");
}

/* Folders of packages that were never installed, or are not any more. */
static void
remove_strangers(struct mgr_store *store)
{
    DIR *directory = opendir(store->folder);
    struct dirent *item;
    reg_key packages = 0;
    reg_key key;

    if (directory == NULL) {
        return;
    }
    (void)reg_key_open(store->registry, REG_ROOT, STORE_PACKAGES, 0, &packages);
    while ((item = readdir(directory)) != NULL) {
        if (strcmp(item->d_name, ".") == 0 || strcmp(item->d_name, "..") == 0 ||
            strcmp(item->d_name, ".lock") == 0) {
            continue;
        }
        if (packages == 0 ||
            reg_key_open(store->registry, packages, item->d_name, 0, &key) == -ENOENT) {
            stage_remove(store, item->d_name);
        }
    }
    closedir(directory);
}

void
stage_recover(struct mgr_store *store)
{
    remove_strangers(store);
    remove_pending(store);
    place_pending(store);
}

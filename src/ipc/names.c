/* SPDX-License-Identifier: MIT */
/*
 * The session's name folder: see names.h. Changes are made under an flock on the folder, so that two
 * processes that start at once do not remove each other's entries as stale. Look-ups take no lock.
 */
#include "ipc/names.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ipc/channel.h"
#include "ipc/names_priv.h"

#define PATH_SIZE (NAMES_PATH_SIZE + NAMES_NAME_SIZE + 128)

/* ---- Encoding ---- */

static bool
plain_character(unsigned char c)
{
    return isalnum(c) || strchr("#&-_{}.", c) != NULL;
}

int
names_encode(const char *name, bool fold_case, char *out, size_t size)
{
    size_t used = 0;
    size_t i;

    for (i = 0; name[i] != '\0'; i++) {
        unsigned char c = (unsigned char)name[i];

        if (used + 4 > size) {
            return -ENAMETOOLONG;
        }
        if (plain_character(c) && !(c == '.' && i == 0)) {
            out[used++] = (char)(fold_case ? tolower(c) : c);
        } else {
            used += (size_t)snprintf(out + used, 4, "%%%02x", c);
        }
    }
    out[used] = '\0';
    return used == 0 ? -EINVAL : 0;
}

static int
hex_digit(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    c = (char)tolower((unsigned char)c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

int
names_decode(const char *encoded, char *out, size_t size)
{
    size_t used = 0;

    for (; *encoded != '\0'; encoded++) {
        char c = *encoded;

        if (used + 1 >= size) {
            return -ENAMETOOLONG;
        }
        if (c == '%') {
            int high = hex_digit(encoded[1]);
            int low = high < 0 ? -1 : hex_digit(encoded[2]);

            if (low < 0 || high * 16 + low == 0) {
                return -EINVAL;
            }
            c = (char)(high * 16 + low);
            encoded += 2;
        }
        out[used++] = c;
    }
    out[used] = '\0';
    return 0;
}

int
names_normalize_guid(const char *guid, char *out)
{
    static const char shape[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
    bool braced = guid[0] == '{';
    size_t i;

    guid += braced;
    out[0] = '{';
    for (i = 0; i < sizeof(shape) - 1; i++) {
        bool fits = shape[i] == '-' ? guid[i] == '-' : isxdigit((unsigned char)guid[i]) != 0;

        if (!fits) {
            return -EINVAL;
        }
        out[i + 1] = (char)tolower((unsigned char)guid[i]);
    }
    if (strcmp(guid + i, braced ? "}" : "") != 0) {
        return -EINVAL;
    }
    strcpy(out + i + 1, "}");
    return 0;
}

/* ---- The folder ---- */

static int
path_join(char *path, const char *a, const char *b, const char *c)
{
    int n = snprintf(path, PATH_SIZE, "%s/%s%s%s", a, b, c[0] != '\0' ? "/" : "", c);

    return n < 0 || n >= PATH_SIZE ? -ENAMETOOLONG : 0;
}

static int
make_folder(const char *path)
{
    return mkdir(path, 0700) != 0 && errno != EEXIST ? -errno : 0;
}

/* The folder is ours and nobody else may write to it; else names in it prove nothing. */
static int
check_folder(const char *path)
{
    struct stat st;

    if (lstat(path, &st) != 0) {
        return -errno;
    }
    if (!S_ISDIR(st.st_mode)) {
        return -ENOTDIR;
    }
    return st.st_uid != geteuid() || (st.st_mode & 022) != 0 ? -EPERM : 0;
}

int
names_open(struct names *names, bool create)
{
    static const char *const folders[] = {"stacks", "names", "interfaces"};
    const char *configured = getenv("OPENWDF_RUNTIME_DIR");
    const char *session = getenv("XDG_RUNTIME_DIR");
    char path[PATH_SIZE];
    size_t i;
    int n;
    int error;

    if (configured != NULL && configured[0] != '\0') {
        n = snprintf(names->root, sizeof(names->root), "%s", configured);
    } else if (session != NULL && session[0] != '\0') {
        n = snprintf(names->root, sizeof(names->root), "%s/openwdf", session);
    } else {
        n = snprintf(names->root, sizeof(names->root), "/tmp/openwdf-%u", (unsigned)geteuid());
    }
    if (n < 0 || (size_t)n >= sizeof(names->root)) {
        return -ENAMETOOLONG;
    }
    if (create && (error = make_folder(names->root)) != 0) {
        return error;
    }
    error = check_folder(names->root);
    for (i = 0; error == 0 && create && i < sizeof(folders) / sizeof(folders[0]); i++) {
        error = path_join(path, names->root, folders[i], "");
        error = error != 0 ? error : make_folder(path);
    }
    return error;
}

int
names_lock(const struct names *names)
{
    int fd = open(names->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd < 0) {
        return -errno;
    }
    while (flock(fd, LOCK_EX) != 0) {
        if (errno != EINTR) {
            int error = -errno;

            close(fd);
            return error;
        }
    }
    return fd;
}

static int
stack_file(const char *device_id, char *file)
{
    int error = names_encode(device_id, false, file, NAMES_NAME_SIZE - sizeof(".sock"));
    char *c;

    if (error != 0) {
        return error;
    }
    /* Instance ids are written in upper case, and compare without regard to it. */
    for (c = file; *c != '\0'; c++) {
        *c = (char)toupper((unsigned char)*c);
    }
    strcat(file, ".sock");
    return 0;
}

int
names_socket_path(const struct names *names, const char *device_id, char *path, size_t size)
{
    char file[NAMES_NAME_SIZE];
    int error = stack_file(device_id, file);
    int n;

    if (error != 0) {
        return error;
    }
    n = snprintf(path, size, "%s/stacks/%s", names->root, file);
    return n < 0 || (size_t)n >= size ? -ENAMETOOLONG : 0;
}

/* 0 and the target's two parts: the socket's file name and the spelling. */
static int
read_entry(const char *path, char *stack, char *spelling)
{
    char target[PATH_SIZE];
    ssize_t n = readlink(path, target, sizeof(target) - 1);
    char *slash;

    if (n < 0) {
        return -errno;
    }
    target[n] = '\0';
    slash = strchr(target, '/');
    if (slash == NULL || slash == target || (size_t)(slash - target) >= NAMES_NAME_SIZE) {
        return -EINVAL;
    }
    *slash = '\0';
    strcpy(stack, target);
    return names_decode(slash + 1, spelling, NAMES_NAME_SIZE);
}

static int
connect_stack_file(const struct names *names, const char *stack)
{
    char path[PATH_SIZE];
    int error = path_join(path, names->root, "stacks", stack);

    return error != 0 ? error : channel_connect(path);
}

static bool
stack_alive(const struct names *names, const char *stack)
{
    int fd = connect_stack_file(names, stack);

    if (fd >= 0) {
        close(fd);
    }
    /* A full backlog is a sign of life. */
    return fd >= 0 || fd == -EAGAIN;
}

/* Removes the entries of one folder that point to that socket. guid: of its class; NULL: none. */
static void
sweep_folder(const struct names *names, const char *folder, const char *guid, const char *stack)
{
    DIR *directory = opendir(folder);
    struct dirent *item;

    if (directory == NULL) {
        return;
    }
    while ((item = readdir(directory)) != NULL) {
        char path[PATH_SIZE];
        char entry_stack[NAMES_NAME_SIZE];
        char spelling[NAMES_NAME_SIZE];

        if (item->d_name[0] != '.' && path_join(path, folder, item->d_name, "") == 0 &&
            read_entry(path, entry_stack, spelling) == 0 && strcmp(entry_stack, stack) == 0 &&
            unlink(path) == 0 && guid != NULL) {
            journal_append(names, NAMES_INTERFACE_REMOVED, guid, spelling, stack);
        }
    }
    closedir(directory);
}

/* Removes whatever points to that socket, and the socket. The caller holds the folder's lock. */
static void
sweep_stack(const struct names *names, const char *stack)
{
    char folder[PATH_SIZE];
    char path[PATH_SIZE];
    DIR *directory;
    struct dirent *item;

    if (path_join(folder, names->root, "names", "") == 0) {
        sweep_folder(names, folder, NULL, stack);
    }
    if (path_join(folder, names->root, "interfaces", "") == 0 &&
        (directory = opendir(folder)) != NULL) {
        while ((item = readdir(directory)) != NULL) {
            if (item->d_name[0] != '.' && path_join(path, folder, item->d_name, "") == 0) {
                sweep_folder(names, path, item->d_name, stack);
                (void)rmdir(path);
            }
        }
        closedir(directory);
    }
    if (path_join(path, names->root, "stacks", stack) == 0) {
        (void)unlink(path);
    }
}

/* Sweeps a stack that did not answer, unless it lives by now. */
static void
sweep_if_dead(const struct names *names, const char *stack)
{
    int lock = names_lock(names);

    if (lock >= 0) {
        if (!stack_alive(names, stack)) {
            sweep_stack(names, stack);
        }
        close(lock);
    }
}

int
names_listen(const struct names *names, const char *device_id)
{
    char stack[NAMES_NAME_SIZE];
    char path[PATH_SIZE];
    int error = stack_file(device_id, stack);
    int lock;
    int fd;

    error = error != 0 ? error : path_join(path, names->root, "stacks", stack);
    if (error != 0) {
        return error;
    }
    lock = names_lock(names);
    if (lock < 0) {
        return lock;
    }
    if (stack_alive(names, stack)) {
        fd = -EADDRINUSE;
    } else {
        sweep_stack(names, stack);
        fd = channel_listen(path);
    }
    close(lock);
    return fd;
}

void
names_forget_stack(const struct names *names, const char *device_id)
{
    char stack[NAMES_NAME_SIZE];
    int lock;

    if (stack_file(device_id, stack) != 0) {
        return;
    }
    lock = names_lock(names);
    if (lock >= 0) {
        sweep_stack(names, stack);
        close(lock);
    }
}

/* ---- Publishing ---- */

/* `first` gets the part of a name before its first backslash. */
static int
first_component(const char *name, char *first, size_t size)
{
    size_t n = strcspn(name, "\\/");

    if (n == 0) {
        return -EINVAL;
    }
    if (n >= size) {
        return -ENAMETOOLONG;
    }
    memcpy(first, name, n);
    first[n] = '\0';
    return 0;
}

/*
 * Makes one entry; one of a dead stack is in nobody's way. The caller holds the lock. 1: it was there
 * already.
 */
static int
publish_entry(const struct names *names, const char *folder, const char *name, const char *stack)
{
    char file[NAMES_NAME_SIZE];
    char spelling[NAMES_NAME_SIZE];
    char target[PATH_SIZE];
    char path[PATH_SIZE];
    char other[NAMES_NAME_SIZE];
    int error = names_encode(name, true, file, sizeof(file));

    error = error != 0 ? error : names_encode(name, false, spelling, sizeof(spelling));
    error = error != 0 ? error : path_join(target, stack, spelling, "");
    error = error != 0 ? error : path_join(path, folder, file, "");
    if (error != 0) {
        return error;
    }
    if (symlink(target, path) == 0) {
        return 0;
    }
    if (errno != EEXIST) {
        return -errno;
    }
    if (read_entry(path, other, spelling) == 0) {
        if (strcmp(other, stack) == 0) {
            return 1;
        }
        if (stack_alive(names, other)) {
            return -EEXIST;
        }
        sweep_stack(names, other);
    } else {
        (void)unlink(path);
    }
    return symlink(target, path) != 0 ? -errno : 0;
}

/* Whether there was such an entry. */
static bool
withdraw_entry(const char *folder, const char *name, const char *stack)
{
    char file[NAMES_NAME_SIZE];
    char path[PATH_SIZE];
    char owner[NAMES_NAME_SIZE];
    char spelling[NAMES_NAME_SIZE];

    return names_encode(name, true, file, sizeof(file)) == 0 &&
           path_join(path, folder, file, "") == 0 && read_entry(path, owner, spelling) == 0 &&
           strcmp(owner, stack) == 0 && unlink(path) == 0;
}

int
names_publish(const struct names *names, const char *device_id, const char *guid, const char *name)
{
    char stack[NAMES_NAME_SIZE];
    char first[NAMES_NAME_SIZE];
    char folder[PATH_SIZE];
    char normal[FRAME_GUID_SIZE];
    bool interface = guid != NULL && guid[0] != '\0';
    int error = stack_file(device_id, stack);
    int lock;

    error = error != 0 ? error : first_component(name, first, sizeof(first));
    if (error == 0 && interface) {
        error = names_normalize_guid(guid, normal);
    }
    if (error != 0) {
        return error;
    }
    lock = names_lock(names);
    if (lock < 0) {
        return lock;
    }
    error = path_join(folder, names->root, "names", "");
    error = error != 0 ? error : publish_entry(names, folder, first, stack);
    if (error >= 0 && interface) {
        error = path_join(folder, names->root, "interfaces", normal);
        error = error != 0 ? error : make_folder(folder);
        error = error != 0 ? error : publish_entry(names, folder, name, stack);
        if (error == 0) {
            journal_append(names, NAMES_INTERFACE_ARRIVED, normal, name, stack);
        }
    }
    close(lock);
    return error > 0 ? 0 : error;
}

/* Whether an interface of the class still begins with that first component. */
static bool
component_in_use(const char *folder, const char *first)
{
    DIR *directory = opendir(folder);
    size_t length = strlen(first);
    struct dirent *item;
    bool found = false;

    if (directory == NULL) {
        return false;
    }
    while (!found && (item = readdir(directory)) != NULL) {
        char name[NAMES_NAME_SIZE];

        found = item->d_name[0] != '.' && names_decode(item->d_name, name, sizeof(name)) == 0 &&
                strncasecmp(name, first, length) == 0 &&
                (name[length] == '\0' || name[length] == '\\' || name[length] == '/');
    }
    closedir(directory);
    return found;
}

void
names_withdraw(const struct names *names, const char *device_id, const char *guid, const char *name)
{
    char stack[NAMES_NAME_SIZE];
    char first[NAMES_NAME_SIZE];
    char folder[PATH_SIZE];
    char normal[FRAME_GUID_SIZE];
    bool used = false;
    int lock;

    if (stack_file(device_id, stack) != 0 || first_component(name, first, sizeof(first)) != 0) {
        return;
    }
    lock = names_lock(names);
    if (lock < 0) {
        return;
    }
    if (guid != NULL && guid[0] != '\0' && names_normalize_guid(guid, normal) == 0 &&
        path_join(folder, names->root, "interfaces", normal) == 0) {
        if (withdraw_entry(folder, name, stack)) {
            journal_append(names, NAMES_INTERFACE_REMOVED, normal, name, stack);
        }
        used = component_in_use(folder, first);
        (void)rmdir(folder);
    }
    if (!used && path_join(folder, names->root, "names", "") == 0) {
        (void)withdraw_entry(folder, first, stack);
    }
    close(lock);
}

void
names_say_device(const struct names *names, const char *device_id, const char *instance_id,
                 enum names_event_kind kind)
{
    char stack[NAMES_NAME_SIZE];
    int lock;

    if (stack_file(device_id, stack) != 0 || instance_id[0] == '\0') {
        return;
    }
    lock = names_lock(names);
    if (lock >= 0) {
        journal_append(names, kind, "", instance_id, stack);
        close(lock);
    }
}

/* ---- Looking up ---- */

static const char *
skip_prefix(const char *path)
{
    static const char *const prefixes[] = {"\\\\.\\",        "\\\\?\\", "\\??\\",
                                           "\\DosDevices\\", "//./",    "//?/"};
    size_t i;

    for (i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
        size_t n = strlen(prefixes[i]);

        if (strncasecmp(path, prefixes[i], n) == 0) {
            return path + n;
        }
    }
    return path;
}

int
names_connect(const struct names *names, const char *path, const char **ret_name)
{
    const char *name = skip_prefix(path);
    char first[NAMES_NAME_SIZE];
    char file[NAMES_NAME_SIZE];
    char entry[PATH_SIZE];
    char stack[NAMES_NAME_SIZE];
    char spelling[NAMES_NAME_SIZE];
    int error = first_component(name, first, sizeof(first));
    int fd;

    error = error != 0 ? error : names_encode(first, true, file, sizeof(file));
    error = error != 0 ? error : path_join(entry, names->root, "names", file);
    error = error != 0 ? error : read_entry(entry, stack, spelling);
    if (error != 0) {
        return error == -EINVAL ? -ENOENT : error;
    }
    fd = connect_stack_file(names, stack);
    if (fd == -ECONNREFUSED || fd == -ENOENT) {
        sweep_if_dead(names, stack);
        return -ENOENT;
    }
    if (fd >= 0) {
        *ret_name = name;
    }
    return fd;
}

int
names_connect_stack(const struct names *names, const char *device_id)
{
    char stack[NAMES_NAME_SIZE];
    int fd = stack_file(device_id, stack);

    fd = fd != 0 ? fd : connect_stack_file(names, stack);
    if (fd == -ECONNREFUSED) {
        sweep_if_dead(names, stack);
        return -ENOENT;
    }
    return fd;
}

int
names_device_of(const char *stack, char *device_id)
{
    size_t n = strlen(stack);
    char encoded[NAMES_NAME_SIZE];

    if (n <= 5 || n >= sizeof(encoded) || strcmp(stack + n - 5, ".sock") != 0) {
        return -EINVAL;
    }
    memcpy(encoded, stack, n - 5);
    encoded[n - 5] = '\0';
    return names_decode(encoded, device_id, NAMES_NAME_SIZE);
}

static int
visit_folder(const struct names *names, const char *folder, const char *guid, names_fn *fn,
             void *argument)
{
    DIR *directory = opendir(folder);
    struct dirent *item;
    int result = 0;

    if (directory == NULL) {
        return 0;
    }
    while (result == 0 && (item = readdir(directory)) != NULL) {
        char path[PATH_SIZE];
        char stack[NAMES_NAME_SIZE];
        char name[NAMES_NAME_SIZE];
        char device_id[NAMES_NAME_SIZE];

        if (item->d_name[0] == '.' || path_join(path, folder, item->d_name, "") != 0 ||
            read_entry(path, stack, name) != 0 || names_device_of(stack, device_id) != 0) {
            continue;
        }
        if (!stack_alive(names, stack)) {
            sweep_if_dead(names, stack);
            continue;
        }
        result = fn(argument, guid, name, device_id);
    }
    closedir(directory);
    return result;
}

int
names_for_each(const struct names *names, const char *guid, names_fn *fn, void *argument)
{
    char folder[PATH_SIZE];
    char path[PATH_SIZE];
    char normal[FRAME_GUID_SIZE];
    DIR *directory;
    struct dirent *item;
    int result;

    if (guid == NULL) {
        result = path_join(folder, names->root, "names", "");
        return result != 0 ? result : visit_folder(names, folder, "", fn, argument);
    }
    result = guid[0] != '\0' ? names_normalize_guid(guid, normal) : 0;
    result = result != 0 ? result : path_join(folder, names->root, "interfaces", "");
    if (result != 0) {
        return result;
    }
    directory = opendir(folder);
    if (directory == NULL) {
        return 0;
    }
    while (result == 0 && (item = readdir(directory)) != NULL) {
        if (item->d_name[0] != '.' && (guid[0] == '\0' || strcmp(item->d_name, normal) == 0) &&
            path_join(path, folder, item->d_name, "") == 0) {
            result = visit_folder(names, path, item->d_name, fn, argument);
        }
    }
    closedir(directory);
    return result;
}

int
names_for_each_stack(const struct names *names, names_fn *fn, void *argument)
{
    char folder[PATH_SIZE];
    DIR *directory;
    struct dirent *item;
    int result = path_join(folder, names->root, "stacks", "");

    directory = result != 0 ? NULL : opendir(folder);
    if (directory == NULL) {
        return result;
    }
    while (result == 0 && (item = readdir(directory)) != NULL) {
        char device_id[NAMES_NAME_SIZE];

        if (names_device_of(item->d_name, device_id) == 0) {
            result = fn(argument, "", "", device_id);
        }
    }
    closedir(directory);
    return result;
}

/* SPDX-License-Identifier: MIT */
/* From a file that a person names to a device's configuration: see mgr_package.h. */
#include "manager/mgr_package.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "inf/inf.h"

static int fail(struct mgr_error *error, int result, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static int
fail(struct mgr_error *error, int result, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(error->text, sizeof(error->text), format, arguments);
    va_end(arguments);
    return result;
}

static void
copy_text(char *to, const char *from)
{
    (void)snprintf(to, MGR_TEXT_SIZE, "%.*s", MGR_TEXT_SIZE - 1, from);
}

static void
upcase(char *text)
{
    for (; *text != '\0'; text++) {
        *text = (char)toupper((unsigned char)*text);
    }
}

/* The file name without folder and suffix. */
static void
stem_of(const char *path, char *out)
{
    const char *slash = strrchr(path, '/');
    char *dot;

    copy_text(out, slash != NULL ? slash + 1 : path);
    dot = strrchr(out, '.');
    if (dot != NULL && dot != out) {
        *dot = '\0';
    }
}

static int
absolute(const char *path, char *out, struct mgr_error *error)
{
    char *real = realpath(path, NULL);
    int result = 0;

    if (real == NULL) {
        return fail(error, -errno, "%s: %s", path, strerror(errno));
    }
    if (strlen(real) >= MGR_PATH_SIZE) {
        result = fail(error, -ENAMETOOLONG, "%s: the path is too long", path);
    } else {
        strcpy(out, real);
    }
    free(real);
    return result;
}

/* A module says little about itself: ROOT\<FILE NAME>. */
static int
package_of_module(const char *path, struct mgr_package *package, struct mgr_error *error)
{
    int result = absolute(path, package->module, error);

    if (result != 0) {
        return result;
    }
    stem_of(path, package->service);
    copy_text(package->description, package->service);
    (void)snprintf(package->device_id, sizeof(package->device_id), "ROOT\\%.200s",
                   package->service);
    upcase(package->device_id);
    copy_text(package->hardware_id, package->device_id);
    return 0;
}

/* `binary` (ECHO.sys) as a module (echo.so) in the folder, without regard to case. */
static int
module_beside(const char *folder, const char *binary, char *out, struct mgr_error *error)
{
    char wanted[MGR_TEXT_SIZE + 4];
    char stem[MGR_TEXT_SIZE];
    char path[MGR_PATH_SIZE];
    DIR *directory = opendir(folder);
    struct dirent *item;
    int result = -ENOENT;

    if (directory == NULL) {
        return fail(error, -errno, "%s: %s", folder, strerror(errno));
    }
    stem_of(binary, stem);
    (void)snprintf(wanted, sizeof(wanted), "%s.so", stem);
    while (result == -ENOENT && (item = readdir(directory)) != NULL) {
        if (strcasecmp(item->d_name, wanted) == 0) {
            (void)snprintf(path, sizeof(path), "%.2000s/%.500s", folder, item->d_name);
            result = absolute(path, out, error);
        }
    }
    closedir(directory);
    return result != -ENOENT
               ? result
               : fail(error, -ENOENT, "the INF's driver is %s, but there is no %s in %s", binary,
                      wanted, folder);
}

static int
package_of_inf(const char *path, const char *hardware_id, struct mgr_package *package,
               struct mgr_error *error)
{
    struct inf_device device;
    struct inf_error inf_error;
    struct inf *inf;
    char folder[MGR_PATH_SIZE];
    char *slash;
    unsigned i;
    int result = inf_open(path, &inf, &inf_error);

    if (result != 0) {
        return fail(error, result, "%s", inf_error.text);
    }
    result = inf_select(inf, hardware_id, &device, &inf_error);
    inf_close(inf);
    if (result != 0) {
        return fail(error, result, "%s", inf_error.text);
    }
    result = absolute(path, folder, error);
    if (result != 0) {
        return result;
    }
    slash = strrchr(folder, '/');
    *(slash == folder ? slash + 1 : slash) = '\0';
    copy_text(package->description, device.description);
    copy_text(package->hardware_id, device.hardware_id);
    copy_text(package->service, device.service);
    copy_text(package->class_name, device.class_name);
    copy_text(package->class_guid, device.class_guid);
    copy_text(package->manufacturer, device.manufacturer);
    /* A root-enumerated device's hardware id begins with its enumerator; others run on root too. */
    if (strncasecmp(device.hardware_id, "root\\", 5) == 0 &&
        strchr(device.hardware_id + 5, '\\') == NULL) {
        copy_text(package->device_id, device.hardware_id);
    } else {
        (void)snprintf(package->device_id, sizeof(package->device_id), "ROOT\\%.200s",
                       device.service);
    }
    upcase(package->device_id);
    result = module_beside(folder, device.binary, package->module, error);
    for (i = 0; result == 0 && i < device.filter_count && i < MGR_FILTERS_MAX; i++) {
        result = module_beside(folder, device.filters[i], package->filters[i], error);
        package->filter_count++;
    }
    return result;
}

int
mgr_package_open(const char *path, const char *hardware_id, struct mgr_package *ret_package,
                 struct mgr_error *error)
{
    struct mgr_package package = {.module = ""};
    const char *dot = strrchr(path, '.');
    int result;

    if (dot != NULL && (strcasecmp(dot, ".inf") == 0 || strcasecmp(dot, ".inx") == 0)) {
        result = package_of_inf(path, hardware_id, &package, error);
    } else {
        result = package_of_module(path, &package, error);
        if (result == 0 && hardware_id != NULL) {
            copy_text(package.hardware_id, hardware_id);
        }
    }
    if (result == 0) {
        *ret_package = package;
    }
    return result;
}

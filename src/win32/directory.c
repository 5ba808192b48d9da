/* SPDX-License-Identifier: MIT */
/* Files by name: paths, folders, copying and deleting. */
#include "win32/object.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "win32/device.h"

static const char
    *file_root; /* What drives are; set at the program's start. NULL: there are none. */

void
w32_set_file_root(const char *path)
{
    file_root = path;
}

/* Whether a module of here is what is asked for as a driver or library of Windows: echo.so for ECHO.sys. */
static bool
is_module_of(const char *entry, const char *name)
{
    const char *dot = strrchr(name, '.');
    size_t stem = dot == NULL ? 0 : (size_t)(dot - name);

    return dot != NULL && (strcasecmp(dot, ".sys") == 0 || strcasecmp(dot, ".dll") == 0) &&
           strncasecmp(entry, name, stem) == 0 && strcmp(entry + stem, ".so") == 0;
}

/* The entry of `folder` that `name` means: in any case; for the last name of a path, a module too. NULL: none. */
static char *
find_entry(const char *folder, const char *name, bool last)
{
    DIR *entries = opendir(folder);
    char *found = NULL;
    struct dirent *entry;
    bool exact = false;

    while (entries != NULL && !exact && (entry = readdir(entries)) != NULL) {
        exact = strcasecmp(entry->d_name, name) == 0;
        if (exact || (last && found == NULL && is_module_of(entry->d_name, name))) {
            free(found);
            found = strdup(entry->d_name);
        }
    }
    if (entries != NULL) {
        (void)closedir(entries);
    }
    return found;
}

/*
 * Names are found in any case, and modules by the suffix that they have on Windows. `path` becomes that of
 * the file or folder that is there, as far as there is one.
 */
static char *
find_file(char *path)
{
    size_t length = path[0] == '/';
    char *at = path + length;

    if (access(path, F_OK) == 0) {
        return path;
    }
    while (*at != 0) {
        size_t name = strcspn(at, "/");
        char rest = at[name];
        char *found = NULL;

        at[name] = 0;
        if (name != 0 && access(path, F_OK) != 0) {
            char before = at[0];

            at[0] = 0;
            found = strdup(length == 0 ? "." : path);
            at[0] = before;
            if (found != NULL) {
                char *folder = found;

                found = find_entry(folder, at, rest == 0);
                free(folder);
            }
            if (found == NULL) {
                at[name] = rest;
                return path;
            }
        }
        at[name] = rest;
        if (found != NULL) {
            char *whole;
            int made = asprintf(&whole, "%.*s%s%s", (int)length, path, found, at + name);

            name = strlen(found);
            free(found);
            if (made < 0) {
                return path;
            }
            free(path);
            path = whole;
        }
        length += name + (rest != 0);
        at = path + length;
    }
    return path;
}

char *
w32_path(char *path)
{
    char *c;

    if (path == NULL) {
        return NULL;
    }
    if (path[0] != 0 && path[1] == ':' && file_root != NULL) {
        char *whole;

        if (asprintf(&whole, "%s/%s", file_root, path + 2) < 0) {
            whole = NULL;
        }
        free(path);
        path = whole;
    }
    for (c = path; c != NULL && *c != 0; c++) {
        if (*c == '\\') {
            *c = '/';
        }
    }
    return path == NULL ? NULL : find_file(path);
}

static BOOL
done(int result)
{
    return result == 0 ? TRUE : w32_fail(w32_errno(errno));
}

/* Each function twice, wide and narrow: `path` is a file's here, freed afterwards. */
#define ON_PATH(function, call)                                                                    \
    BOOL function##W(LPCWSTR name)                                                                 \
    {                                                                                              \
        char *path = w32_path(w32_utf8(name));                                                     \
        BOOL result = path == NULL ? w32_fail(ERROR_INVALID_PARAMETER) : done(call(path));         \
                                                                                                   \
        free(path);                                                                                \
        return result;                                                                             \
    }                                                                                              \
    BOOL function##A(LPCSTR name)                                                                  \
    {                                                                                              \
        char *path = w32_path(name == NULL ? NULL : strdup(name));                                 \
        BOOL result = path == NULL ? w32_fail(ERROR_INVALID_PARAMETER) : done(call(path));         \
                                                                                                   \
        free(path);                                                                                \
        return result;                                                                             \
    }

ON_PATH(DeleteFile, unlink)
ON_PATH(RemoveDirectory, rmdir)

static BOOL
make_folder(char *path)
{
    BOOL result;

    if (path == NULL) {
        return w32_fail(ERROR_INVALID_PARAMETER);
    }
    result = mkdir(path, 0777) == 0 ? TRUE
                                    : w32_fail(errno == EEXIST   ? ERROR_ALREADY_EXISTS
                                               : errno == ENOENT ? ERROR_PATH_NOT_FOUND
                                                                 : w32_errno(errno));
    free(path);
    return result;
}

BOOL
CreateDirectoryW(LPCWSTR lpPathName, LPSECURITY_ATTRIBUTES lpSecurityAttributes)
{
    (void)lpSecurityAttributes;
    return make_folder(w32_path(w32_utf8(lpPathName)));
}

BOOL
CreateDirectoryA(LPCSTR lpPathName, LPSECURITY_ATTRIBUTES lpSecurityAttributes)
{
    (void)lpSecurityAttributes;
    return make_folder(w32_path(lpPathName == NULL ? NULL : strdup(lpPathName)));
}

static DWORD
attributes(char *path)
{
    struct stat about;
    DWORD result;

    if (path == NULL) {
        w32_fail(ERROR_INVALID_PARAMETER);
        return INVALID_FILE_ATTRIBUTES;
    }
    if (stat(path, &about) != 0) {
        w32_fail(w32_errno(errno));
        result = INVALID_FILE_ATTRIBUTES;
    } else {
        result = S_ISDIR(about.st_mode) ? FILE_ATTRIBUTE_DIRECTORY : FILE_ATTRIBUTE_NORMAL;
        if ((about.st_mode & S_IWUSR) == 0) {
            result = (result & ~(DWORD)FILE_ATTRIBUTE_NORMAL) | FILE_ATTRIBUTE_READONLY;
        }
    }
    free(path);
    return result;
}

DWORD
GetFileAttributesW(LPCWSTR lpFileName)
{
    return attributes(w32_path(w32_utf8(lpFileName)));
}

DWORD
GetFileAttributesA(LPCSTR lpFileName)
{
    return attributes(w32_path(lpFileName == NULL ? NULL : strdup(lpFileName)));
}

/* Takes over both paths. A copy that fails leaves no file behind. */
static BOOL
copy(char *from, char *to, BOOL fail_if_exists)
{
    FILE *in = from == NULL ? NULL : fopen(from, "rbe");
    FILE *out = in == NULL || to == NULL ? NULL : fopen(to, fail_if_exists ? "wbxe" : "wbe");
    char buffer[16384];
    size_t count;
    bool good = out != NULL;
    int error = errno;

    while (good && (count = fread(buffer, 1, sizeof(buffer), in)) > 0) {
        good = fwrite(buffer, 1, count, out) == count;
        error = errno;
    }
    if (in != NULL) {
        good = good && !ferror(in);
        (void)fclose(in);
    }
    if (out != NULL) {
        if (fclose(out) != 0 && good) {
            good = false;
            error = errno;
        }
        if (!good) {
            (void)unlink(to);
        }
    }
    free(from);
    free(to);
    return good ? TRUE : w32_fail(w32_errno(error));
}

BOOL
CopyFileW(LPCWSTR lpExistingFileName, LPCWSTR lpNewFileName, BOOL bFailIfExists)
{
    return copy(w32_path(w32_utf8(lpExistingFileName)), w32_path(w32_utf8(lpNewFileName)),
                bFailIfExists);
}

BOOL
CopyFileA(LPCSTR lpExistingFileName, LPCSTR lpNewFileName, BOOL bFailIfExists)
{
    return copy(w32_path(lpExistingFileName == NULL ? NULL : strdup(lpExistingFileName)),
                w32_path(lpNewFileName == NULL ? NULL : strdup(lpNewFileName)), bFailIfExists);
}

/* The text in a caller's buffer: its length; what the buffer must hold when it is too small. */
static UINT
give_wide(const WCHAR *text, LPWSTR buffer, UINT size)
{
    UINT length = (UINT)lstrlenW(text);

    if (size <= length) {
        return length + 1;
    }
    memcpy(buffer, text, (length + 1) * sizeof(WCHAR));
    return length;
}

static UINT
give_narrow(const char *text, LPSTR buffer, UINT size)
{
    UINT length = (UINT)strlen(text);

    if (size <= length) {
        return length + 1;
    }
    memcpy(buffer, text, length + 1);
    return length;
}

UINT
GetSystemDirectoryW(LPWSTR lpBuffer, UINT uSize)
{
    return give_wide(L"C:\\Windows\\System32", lpBuffer, uSize);
}

UINT
GetSystemDirectoryA(LPSTR lpBuffer, UINT uSize)
{
    return give_narrow("C:\\Windows\\System32", lpBuffer, uSize);
}

UINT
GetWindowsDirectoryW(LPWSTR lpBuffer, UINT uSize)
{
    return give_wide(L"C:\\Windows", lpBuffer, uSize);
}

UINT
GetWindowsDirectoryA(LPSTR lpBuffer, UINT uSize)
{
    return give_narrow("C:\\Windows", lpBuffer, uSize);
}

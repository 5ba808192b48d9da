/* SPDX-License-Identifier: MIT */
/* Code pages (there is one: UTF-8), string helpers, modules and directories. */
#include "win32/object.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/utf16.h"

/* WCHAR is the compiler's 16-bit wchar_t here; base knows it as uint16_t. */
static const uint16_t *
units(const WCHAR *text)
{
    return (const uint16_t *)(const void *)text;
}

char *
w32_utf8(const WCHAR *text)
{
    size_t count, needed;
    char *copy;

    if (text == NULL) {
        return NULL;
    }
    count = utf16_length(units(text));
    needed = utf16_to_utf8(NULL, 0, units(text), count);
    copy = malloc(needed + 1);
    if (copy != NULL) {
        (void)utf16_to_utf8(copy, needed, units(text), count);
        copy[needed] = 0;
    }
    return copy;
}

WCHAR *
w32_wide(const char *text)
{
    size_t count = strlen(text);
    size_t needed = utf8_to_utf16(NULL, 0, text, count);
    WCHAR *copy = malloc((needed + 1) * sizeof(WCHAR));

    if (copy != NULL) {
        (void)utf8_to_utf16((uint16_t *)(void *)copy, needed, text, count);
        copy[needed] = 0;
    }
    return copy;
}

int
MultiByteToWideChar(UINT CodePage, DWORD dwFlags, LPCSTR lpMultiByteStr, int cbMultiByte,
                    LPWSTR lpWideCharStr, int cchWideChar)
{
    size_t count, needed;

    (void)CodePage;
    (void)dwFlags;
    if (lpMultiByteStr == NULL || cbMultiByte == 0 || cchWideChar < 0) {
        return w32_fail(ERROR_INVALID_PARAMETER);
    }
    count = cbMultiByte < 0 ? strlen(lpMultiByteStr) + 1 : (size_t)cbMultiByte;
    needed = utf8_to_utf16((uint16_t *)(void *)lpWideCharStr, (size_t)cchWideChar, lpMultiByteStr,
                           count);
    if (cchWideChar > 0 && needed > (size_t)cchWideChar) {
        return w32_fail(ERROR_INSUFFICIENT_BUFFER);
    }
    return (int)needed;
}

int
WideCharToMultiByte(UINT CodePage, DWORD dwFlags, LPCWSTR lpWideCharStr, int cchWideChar,
                    LPSTR lpMultiByteStr, int cbMultiByte, LPCSTR lpDefaultChar,
                    LPBOOL lpUsedDefaultChar)
{
    size_t count, needed;

    (void)CodePage;
    (void)dwFlags;
    (void)lpDefaultChar;
    if (lpUsedDefaultChar != NULL) {
        *lpUsedDefaultChar = FALSE;
    }
    if (lpWideCharStr == NULL || cchWideChar == 0 || cbMultiByte < 0) {
        return w32_fail(ERROR_INVALID_PARAMETER);
    }
    count = cchWideChar < 0 ? utf16_length(units(lpWideCharStr)) + 1 : (size_t)cchWideChar;
    needed = utf16_to_utf8(lpMultiByteStr, (size_t)cbMultiByte, units(lpWideCharStr), count);
    if (cbMultiByte > 0 && needed > (size_t)cbMultiByte) {
        return w32_fail(ERROR_INSUFFICIENT_BUFFER);
    }
    return (int)needed;
}

int
lstrlenW(LPCWSTR lpString)
{
    return lpString == NULL ? 0 : (int)utf16_length(units(lpString));
}

int
lstrlenA(LPCSTR lpString)
{
    return lpString == NULL ? 0 : (int)strlen(lpString);
}

int
lstrcmpW(LPCWSTR lpString1, LPCWSTR lpString2)
{
    return utf16_compare(units(lpString1), utf16_length(units(lpString1)), units(lpString2),
                         utf16_length(units(lpString2)), false);
}

int
lstrcmpA(LPCSTR lpString1, LPCSTR lpString2)
{
    return strcmp(lpString1, lpString2);
}

/* Copies a path out as Windows does: its length, or the room it needs when that is too little. */
static DWORD
give_narrow(const char *text, DWORD size, LPSTR buffer)
{
    size_t length = strlen(text);

    if (buffer == NULL || size <= length) {
        return (DWORD)length + 1;
    }
    memcpy(buffer, text, length + 1);
    return (DWORD)length;
}

static DWORD
give_wide(const char *text, DWORD size, LPWSTR buffer)
{
    WCHAR *wide = w32_wide(text);
    DWORD length;

    if (wide == NULL) {
        return (DWORD)w32_fail(ERROR_NOT_ENOUGH_MEMORY);
    }
    length = (DWORD)lstrlenW(wide);
    if (buffer == NULL || size <= length) {
        length++;
    } else {
        memcpy(buffer, wide, (length + 1) * sizeof(WCHAR));
    }
    free(wide);
    return length;
}

DWORD
GetCurrentDirectoryA(DWORD nBufferLength, LPSTR lpBuffer)
{
    char path[4096];

    return getcwd(path, sizeof(path)) == NULL ? (DWORD)w32_fail(ERROR_PATH_NOT_FOUND)
                                              : give_narrow(path, nBufferLength, lpBuffer);
}

DWORD
GetCurrentDirectoryW(DWORD nBufferLength, LPWSTR lpBuffer)
{
    char path[4096];

    return getcwd(path, sizeof(path)) == NULL ? (DWORD)w32_fail(ERROR_PATH_NOT_FOUND)
                                              : give_wide(path, nBufferLength, lpBuffer);
}

/* The program itself has a handle; other modules are not looked up by name. */
static char program;

HMODULE
GetModuleHandleA(LPCSTR lpModuleName)
{
    if (lpModuleName != NULL && !w32_names_system(lpModuleName)) {
        w32_fail(ERROR_MOD_NOT_FOUND);
        return NULL;
    }
    return (HMODULE)(void *)&program;
}

HMODULE
GetModuleHandleW(LPCWSTR lpModuleName)
{
    char *name = w32_utf8(lpModuleName);
    HMODULE module = GetModuleHandleA(lpModuleName == NULL ? NULL : name == NULL ? "" : name);

    free(name);
    return module;
}

/* The running program's path in path[4096]. */
static bool
program_path(HMODULE module, char *path)
{
    ssize_t length;

    if (module != NULL && module != (HMODULE)(void *)&program) {
        return w32_fail(ERROR_MOD_NOT_FOUND);
    }
    length = readlink("/proc/self/exe", path, 4095);
    if (length < 0) {
        return w32_fail(ERROR_GEN_FAILURE);
    }
    path[length] = 0;
    return true;
}

DWORD
GetModuleFileNameA(HMODULE hModule, LPSTR lpFilename, DWORD nSize)
{
    char path[4096];

    return program_path(hModule, path) ? give_narrow(path, nSize, lpFilename) : 0;
}

DWORD
GetModuleFileNameW(HMODULE hModule, LPWSTR lpFilename, DWORD nSize)
{
    char path[4096];

    return program_path(hModule, path) ? give_wide(path, nSize, lpFilename) : 0;
}

/* Standard streams as file handles; they are duplicates, so closing one closes nothing else. */
HANDLE
GetStdHandle(DWORD nStdHandle)
{
    static const char *const paths[] = {"/dev/stdin", "/dev/stdout", "/dev/stderr"};
    DWORD index = STD_INPUT_HANDLE - nStdHandle;
    static HANDLE handles[3];

    if (index > 2) {
        w32_fail(ERROR_INVALID_HANDLE);
        return INVALID_HANDLE_VALUE;
    }
    if (handles[index] == NULL) {
        handles[index] = CreateFileA(paths[index], index == 0 ? GENERIC_READ : GENERIC_WRITE, 0,
                                     NULL, OPEN_EXISTING, 0, NULL);
    }
    return handles[index];
}

/* --- lstr… ----------------------------------------------------------------------------------- */

int
lstrcmpiW(LPCWSTR lpString1, LPCWSTR lpString2)
{
    return utf16_compare((const uint16_t *)lpString1, (size_t)lstrlenW(lpString1),
                         (const uint16_t *)lpString2, (size_t)lstrlenW(lpString2), true);
}

int
lstrcmpiA(LPCSTR lpString1, LPCSTR lpString2)
{
    return strcasecmp(lpString1 == NULL ? "" : lpString1, lpString2 == NULL ? "" : lpString2);
}

/* At most iMaxLength characters, the final zero among them. */
LPWSTR
lstrcpynW(LPWSTR lpString1, LPCWSTR lpString2, int iMaxLength)
{
    int i;

    if (lpString1 == NULL || iMaxLength <= 0) {
        return NULL;
    }
    for (i = 0; i + 1 < iMaxLength && lpString2[i] != 0; i++) {
        lpString1[i] = lpString2[i];
    }
    lpString1[i] = 0;
    return lpString1;
}

LPSTR
lstrcpynA(LPSTR lpString1, LPCSTR lpString2, int iMaxLength)
{
    size_t length;

    if (lpString1 == NULL || iMaxLength <= 0) {
        return NULL;
    }
    length = strnlen(lpString2, (size_t)iMaxLength - 1);
    memcpy(lpString1, lpString2, length);
    lpString1[length] = 0;
    return lpString1;
}

/* --- What kind of character ------------------------------------------------------------------ */

BOOL
IsCharAlphaA(CHAR ch)
{
    return isalpha((unsigned char)ch) != 0;
}

BOOL
IsCharAlphaNumericA(CHAR ch)
{
    return isalnum((unsigned char)ch) != 0;
}

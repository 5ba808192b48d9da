/* SPDX-License-Identifier: MIT */
/* Shared objects by LoadLibrary. Windows' own libraries are what this process exports. */
#include "win32/object.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Libraries of Windows whose functions, as far as they are there, are this process's. */
bool
w32_names_system(const char *name)
{
    static const char *const system[] = {"kernel32", "kernelbase", "ntdll",  "advapi32", "user32",
                                         "setupapi", "cfgmgr32",   "hid",    "ole32",    "ws2_32",
                                         "winusb",   "newdev",     "rpcrt4", "sechost",  "mincore"};
    const char *dot = strrchr(name, '.');
    size_t length = dot == NULL ? strlen(name) : (size_t)(dot - name);
    size_t i;

    for (i = 0; i < sizeof(system) / sizeof(system[0]); i++) {
        if (strlen(system[i]) == length && strncasecmp(name, system[i], length) == 0) {
            return true;
        }
    }
    return false;
}

/* The framework's co-installer, of whatever version and wherever the program has it: this process has its functions. */
static bool
names_coinstaller(const char *name)
{
    const char *slash = strpbrk(name, "\\/") == NULL ? NULL : name + strlen(name);

    while (slash != NULL && slash[-1] != '\\' && slash[-1] != '/') {
        slash--;
    }
    return strncasecmp(slash == NULL ? name : slash, "WdfCoInstaller", 14) == 0;
}

/* Takes over `name`. */
static HMODULE
load(char *name)
{
    void *module = NULL;

    if (name == NULL) {
        w32_fail(ERROR_INVALID_PARAMETER);
        return NULL;
    }
    if (w32_names_system(name) || names_coinstaller(name)) {
        module = GetModuleHandleA(NULL);
    } else {
        name = w32_path(name);
        module = name == NULL ? NULL : dlopen(name, RTLD_NOW | RTLD_LOCAL);
    }
    free(name);
    if (module == NULL) {
        w32_fail(ERROR_MOD_NOT_FOUND);
    }
    return module;
}

HMODULE
LoadLibraryW(LPCWSTR lpLibFileName)
{
    return load(w32_utf8(lpLibFileName));
}

HMODULE
LoadLibraryA(LPCSTR lpLibFileName)
{
    return load(lpLibFileName == NULL ? NULL : strdup(lpLibFileName));
}

HMODULE
LoadLibraryExW(LPCWSTR lpLibFileName, HANDLE hFile, DWORD dwFlags)
{
    (void)hFile;
    if ((dwFlags & LOAD_LIBRARY_AS_DATAFILE) != 0) {
        w32_fail(ERROR_MOD_NOT_FOUND); /* There are no resources in shared objects. */
        return NULL;
    }
    return LoadLibraryW(lpLibFileName);
}

HMODULE
LoadLibraryExA(LPCSTR lpLibFileName, HANDLE hFile, DWORD dwFlags)
{
    (void)hFile;
    if ((dwFlags & LOAD_LIBRARY_AS_DATAFILE) != 0) {
        w32_fail(ERROR_MOD_NOT_FOUND);
        return NULL;
    }
    return LoadLibraryA(lpLibFileName);
}

BOOL
FreeLibrary(HMODULE hLibModule)
{
    if (hLibModule == GetModuleHandleA(NULL)) {
        return TRUE;
    }
    return hLibModule != NULL && dlclose(hLibModule) == 0 ? TRUE : w32_fail(ERROR_INVALID_HANDLE);
}

FARPROC
GetProcAddress(HMODULE hModule, LPCSTR lpProcName)
{
    void *function = NULL;

    if ((ULONG_PTR)lpProcName > 0xffff) { /* Else a number: there are none here. */
        function = dlsym(hModule == NULL || hModule == GetModuleHandleA(NULL) ? RTLD_DEFAULT
                                                                              : (void *)hModule,
                         lpProcName);
    }
    if (function == NULL) {
        w32_fail(ERROR_PROC_NOT_FOUND);
    }
    return (FARPROC)(ULONG_PTR)function;
}

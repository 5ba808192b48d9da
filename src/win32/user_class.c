/* SPDX-License-Identifier: MIT */
/* Window classes: see user.h. A class is found by name and by the module that registered it; built-in ones by all. */
#include "win32/user_class.h"

#include <stdlib.h>

#include "win32/object.h"

#define ATOM_FIRST 0xC000

static struct list classes = {&classes, &classes};
static ATOM last_atom = ATOM_FIRST;

WCHAR *
user_copy(const WCHAR *text)
{
    size_t bytes = text == NULL ? 0 : ((size_t)lstrlenW(text) + 1) * sizeof(WCHAR);
    WCHAR *copy = text == NULL ? NULL : malloc(bytes);

    if (copy != NULL) {
        memcpy(copy, text, bytes);
    }
    return copy;
}

WCHAR *
user_wide(const char *text)
{
    return text == NULL ? NULL : w32_wide(text);
}

static bool
is_atom(const void *name)
{
    return ((ULONG_PTR)name >> 16) == 0;
}

struct user_class *
user_class_locked(const WCHAR *name, HINSTANCE instance)
{
    struct user_class *found = NULL;
    struct list *link;

    list_for_each(link, &classes)
    {
        struct user_class *class = container_of(link, struct user_class, link);
        bool named = is_atom(name) ? class->atom == (ATOM)(ULONG_PTR)name
                                   : lstrcmpiW(class->name, name) == 0;

        if (named && (found == NULL || class->instance == instance)) {
            found = class;
        }
    }
    return found;
}

static ATOM
register_class(const WNDCLASSEXW *given, WCHAR *name, bool unicode)
{
    struct user_class *class = calloc(1, sizeof(*class));
    struct user_class *other;

    if (class == NULL || name == NULL || given->lpfnWndProc == NULL) {
        free(class);
        free(name);
        return (ATOM)w32_fail(given->lpfnWndProc == NULL ? ERROR_INVALID_PARAMETER
                                                         : ERROR_NOT_ENOUGH_MEMORY);
    }
    class->given = *given;
    class->instance = given->hInstance;
    class->name = name;
    class->unicode = unicode;
    sys_lock_acquire(&w32_user);
    other = user_class_locked(name, given->hInstance);
    if (other != NULL && other->instance == given->hInstance) {
        sys_lock_release(&w32_user);
        free(class);
        free(name);
        return (ATOM)w32_fail(ERROR_CLASS_ALREADY_EXISTS);
    }
    class->atom = ++last_atom;
    list_push_back(&classes, &class->link);
    sys_lock_release(&w32_user);
    return class->atom;
}

void
user_class_register_builtin(const WCHAR *name, WNDPROC proc, int extra)
{
    const WNDCLASSEXW given = {.cbSize = sizeof(given), .lpfnWndProc = proc, .cbWndExtra = extra};

    (void)register_class(&given, user_copy(name), true);
}

ATOM
RegisterClassExW(CONST WNDCLASSEXW *lpwcx)
{
    user_controls_register();
    if (lpwcx == NULL || lpwcx->cbSize != sizeof(*lpwcx) || is_atom(lpwcx->lpszClassName)) {
        return (ATOM)w32_fail(ERROR_INVALID_PARAMETER);
    }
    return register_class(lpwcx, user_copy(lpwcx->lpszClassName), true);
}

ATOM
RegisterClassExA(CONST WNDCLASSEXA *lpwcx)
{
    WNDCLASSEXW wide;

    user_controls_register();
    if (lpwcx == NULL || lpwcx->cbSize != sizeof(*lpwcx) || is_atom(lpwcx->lpszClassName)) {
        return (ATOM)w32_fail(ERROR_INVALID_PARAMETER);
    }
    memcpy(&wide, lpwcx, sizeof(wide)); /* Alike but for the texts' characters. */
    return register_class(&wide, user_wide(lpwcx->lpszClassName), false);
}

/*
 * The two shapes differ by the size in front and the small icon at the end; those for the two kinds of characters are
 * alike.
 */
static void
extend(const WNDCLASSW *class, WNDCLASSEXW *ret_extended)
{
    *ret_extended = (WNDCLASSEXW){
        .cbSize = sizeof(*ret_extended),
        .style = class->style,
        .lpfnWndProc = class->lpfnWndProc,
        .cbClsExtra = class->cbClsExtra,
        .cbWndExtra = class->cbWndExtra,
        .hInstance = class->hInstance,
        .lpszMenuName = class->lpszMenuName,
        .lpszClassName = class->lpszClassName,
    };
}

ATOM
RegisterClassW(CONST WNDCLASSW *lpWndClass)
{
    WNDCLASSEXW extended;

    if (lpWndClass == NULL) {
        return (ATOM)w32_fail(ERROR_INVALID_PARAMETER);
    }
    extend(lpWndClass, &extended);
    return RegisterClassExW(&extended);
}

ATOM
RegisterClassA(CONST WNDCLASSA *lpWndClass)
{
    WNDCLASSEXW extended;

    if (lpWndClass == NULL) {
        return (ATOM)w32_fail(ERROR_INVALID_PARAMETER);
    }
    extend((const WNDCLASSW *)(const void *)lpWndClass, &extended);
    return RegisterClassExA((const WNDCLASSEXA *)(const void *)&extended);
}

BOOL
UnregisterClassW(LPCWSTR lpClassName, HINSTANCE hInstance)
{
    struct user_class *class;
    DWORD error = ERROR_CLASS_DOES_NOT_EXIST;

    sys_lock_acquire(&w32_user);
    class = lpClassName == NULL ? NULL : user_class_locked(lpClassName, hInstance);
    if (class != NULL && class->instance == hInstance) {
        error = class->windows != 0 ? ERROR_CLASS_HAS_WINDOWS : ERROR_SUCCESS;
    }
    if (error == ERROR_SUCCESS) {
        list_remove(&class->link);
    }
    sys_lock_release(&w32_user);
    if (error != ERROR_SUCCESS) {
        return w32_fail(error);
    }
    free(class->name);
    free(class);
    return TRUE;
}

BOOL
UnregisterClassA(LPCSTR lpClassName, HINSTANCE hInstance)
{
    WCHAR *wide = is_atom(lpClassName) ? NULL : user_wide(lpClassName);
    BOOL done =
        UnregisterClassW(wide != NULL ? wide : (LPCWSTR)(const void *)lpClassName, hInstance);

    free(wide);
    return done;
}

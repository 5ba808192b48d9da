/* SPDX-License-Identifier: MIT */
/* Windows: their making, their end, what they keep, and the way of a message to their procedure. See user.h. */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "win32/object.h"
#include "win32/user_class.h"
#include "win32/user_window.h"

static struct list windows = {&windows, &windows};
static uintptr_t last_number = 0x10000;
static void (*on_first_window)(void);
static bool had_first_window;

struct user_window *
user_window_locked(HWND window)
{
    struct list *link;

    list_for_each(link, &windows)
    {
        struct user_window *found = container_of(link, struct user_window, link);

        if (found->number == (uintptr_t)window) {
            return found;
        }
    }
    return NULL;
}

struct user_window *
user_dirty_locked(const struct user_queue *queue, HWND window)
{
    struct list *link;

    list_for_each(link, &windows)
    {
        struct user_window *found = container_of(link, struct user_window, link);

        if (found->queue == queue && found->invalid && found->visible &&
            (window == NULL || found->number == (uintptr_t)window)) {
            return found;
        }
    }
    return NULL;
}

HWND
user_child_locked(const struct user_window *parent, LONG_PTR id)
{
    struct list *link;

    list_for_each(link, &windows)
    {
        const struct user_window *child = container_of(link, struct user_window, link);

        if (child->parent == parent && child->id == id) {
            return (HWND)child->number;
        }
    }
    return NULL;
}

struct user_window *
user_active_locked(const struct user_queue *queue)
{
    struct user_window *active = NULL;
    struct list *link;

    list_for_each(link, &windows)
    {
        struct user_window *window = container_of(link, struct user_window, link);

        if (window->queue == queue && window->parent == NULL && window->visible &&
            !window->disabled && !window->destroying) {
            active = window;
        }
    }
    return active;
}

struct user_window *
user_window_find_locked(bool (*fn)(const struct user_window *window, const void *argument),
                        const void *argument)
{
    struct list *link;

    list_for_each(link, &windows)
    {
        struct user_window *window = container_of(link, struct user_window, link);

        if (fn(window, argument)) {
            return window;
        }
    }
    return NULL;
}

void
w32_user_on_first_window(void (*fn)(void))
{
    on_first_window = fn;
}

void
w32_user_top_windows(void (*fn)(HWND window))
{
    uintptr_t numbers[64];
    struct list *link;
    size_t count = 0;

    sys_lock_acquire(&w32_user);
    list_for_each(link, &windows)
    {
        const struct user_window *window = container_of(link, struct user_window, link);

        if (window->parent == NULL && count < sizeof(numbers) / sizeof(numbers[0])) {
            numbers[count++] = window->number;
        }
    }
    sys_lock_release(&w32_user);
    for (size_t i = 0; i < count; i++) {
        fn((HWND)numbers[i]);
    }
}

/* ---- To the procedure ---- */

static bool
takes_text(UINT message)
{
    return message == WM_SETTEXT || message == LB_ADDSTRING || message == LB_INSERTSTRING ||
           message == LB_FINDSTRING || message == LB_FINDSTRINGEXACT ||
           message == LB_SELECTSTRING || message == CB_ADDSTRING || message == CB_INSERTSTRING ||
           message == CB_FINDSTRING || message == CB_SELECTSTRING || message == EM_REPLACESEL;
}

/* A message with text in the other spelling than the window's. */
static LRESULT
call_across_text(WNDPROC proc, HWND window, UINT message, WPARAM w, LPARAM l, bool to_wide)
{
    union {
        char narrow[USER_TEXT_MAX * 3];
        WCHAR wide[USER_TEXT_MAX];
    } text;
    LRESULT result;
    int length;

    if (takes_text(message) && l != 0) {
        if (to_wide) {
            (void)MultiByteToWideChar(CP_ACP, 0, (const char *)l, -1, text.wide, USER_TEXT_MAX);
            text.wide[USER_TEXT_MAX - 1] = 0;
        } else {
            (void)WideCharToMultiByte(CP_ACP, 0, (const WCHAR *)l, -1, text.narrow,
                                      sizeof(text.narrow), NULL, NULL);
            text.narrow[sizeof(text.narrow) - 1] = 0;
        }
        return proc(window, message, w, (LPARAM)&text);
    }
    if (message == WM_GETTEXT && w != 0) {
        memset(&text, 0, sizeof(WCHAR));
        result = proc(window, message, USER_TEXT_MAX, (LPARAM)&text);
        if (to_wide) { /* The window is wide, who asks is not. */
            length = WideCharToMultiByte(CP_ACP, 0, text.wide, (int)result, (char *)l, (int)w - 1,
                                         NULL, NULL);
            ((char *)l)[length] = 0;
        } else {
            length =
                MultiByteToWideChar(CP_ACP, 0, text.narrow, (int)result, (WCHAR *)l, (int)w - 1);
            ((WCHAR *)l)[length] = 0;
        }
        return length;
    }
    if ((message == LB_GETTEXT || message == CB_GETLBTEXT) && to_wide) {
        result = proc(window, message, w, (LPARAM)text.wide);
        return result < 0 ? result
                          : WideCharToMultiByte(CP_ACP, 0, text.wide, -1, (char *)l, USER_TEXT_MAX,
                                                NULL, NULL) -
                                1;
    }
    return proc(window, message, w, l);
}

LRESULT
user_call(HWND window, UINT message, WPARAM w, LPARAM l, bool unicode)
{
    struct user_window *found;
    WNDPROC proc = NULL;
    bool wide = true;

    sys_lock_acquire(&w32_user);
    found = user_window_locked(window);
    if (found != NULL) {
        proc = found->proc;
        wide = found->unicode;
    }
    sys_lock_release(&w32_user);
    if (proc == NULL) {
        return 0;
    }
    return wide == unicode ? proc(window, message, w, l)
                           : call_across_text(proc, window, message, w, l, wide);
}

LRESULT
CallWindowProcW(WNDPROC lpPrevWndFunc, HWND hWnd, UINT Msg, WPARAM wParam, LPARAM lParam)
{
    return lpPrevWndFunc == NULL ? 0 : lpPrevWndFunc(hWnd, Msg, wParam, lParam);
}

LRESULT
CallWindowProcA(WNDPROC lpPrevWndFunc, HWND hWnd, UINT Msg, WPARAM wParam, LPARAM lParam)
{
    return CallWindowProcW(lpPrevWndFunc, hWnd, Msg, wParam, lParam);
}

/* ---- Making ---- */

/* What CreateWindowEx was given, with wide texts, and the narrow ones for who wants those. */
struct creation {
    CREATESTRUCTW wide;
    const char *narrow_class, *narrow_title;
};

/* Under w32_user. Takes the texts. */
static struct user_window *
window_new_locked(struct user_class *class, const struct creation *creation,
                  struct user_queue *queue)
{
    const CREATESTRUCTW *given = &creation->wide;
    size_t extra = (size_t) class->given.cbWndExtra;
    struct user_window *window = calloc(1, sizeof(*window) + extra);

    if (window == NULL) {
        return NULL;
    }
    window->number = last_number += 4;
    window->queue = queue;
    queue->references++;
    window->class = class;
    class->windows++;
    window->proc = class->given.lpfnWndProc;
    window->unicode = class->unicode;
    window->style = given->style;
    window->ex_style = given->dwExStyle;
    window->instance = given->hInstance;
    window->items.selected = -1;
    window->extra_size = extra;
    window->place.right = given->cx == CW_USEDEFAULT ? 640 : given->cx;
    window->place.bottom = given->cy == CW_USEDEFAULT ? 480 : given->cy;
    if ((given->style & WS_CHILD) != 0) {
        window->parent = user_window_locked(given->hwndParent);
        window->id = (LONG_PTR)given->hMenu;
    } else {
        window->owner = given->hwndParent;
    }
    list_push_back(&windows, &window->link);
    return window;
}

static void
tell_first(bool top)
{
    bool first;

    sys_lock_acquire(&w32_user);
    first = top && !had_first_window;
    had_first_window = had_first_window || top;
    sys_lock_release(&w32_user);
    if (first && on_first_window != NULL) {
        on_first_window();
    }
}

static HWND
create(struct creation *creation, const WCHAR *class_name)
{
    struct user_queue *queue = user_queue();
    CREATESTRUCTW shown = creation->wide;
    struct user_window *window = NULL;
    struct user_class *class;
    DWORD error = ERROR_NOT_ENOUGH_MEMORY;
    bool child = (creation->wide.style & WS_CHILD) != 0;
    HWND handle;
    bool unicode;

    user_controls_register();
    sys_lock_acquire(&w32_user);
    class = user_class_locked(class_name, creation->wide.hInstance);
    if (class == NULL) {
        error = ERROR_CANNOT_FIND_WND_CLASS;
    } else if (child && user_window_locked(creation->wide.hwndParent) == NULL) {
        error = creation->wide.hwndParent == NULL ? ERROR_TLW_WITH_WSCHILD
                                                  : ERROR_INVALID_WINDOW_HANDLE;
    } else if (queue != NULL) {
        window = window_new_locked(class, creation, queue);
    }
    handle = window == NULL ? NULL : (HWND)window->number;
    unicode = window != NULL && window->unicode;
    sys_lock_release(&w32_user);
    if (handle == NULL) {
        w32_fail(error);
        return NULL;
    }
    if (!unicode) {
        shown.lpszClass = (LPCWSTR)(const void *)creation->narrow_class;
        shown.lpszName = (LPCWSTR)(const void *)creation->narrow_title;
    }
    if (!user_call(handle, WM_NCCREATE, 0, (LPARAM)&shown, unicode) ||
        user_call(handle, WM_CREATE, 0, (LPARAM)&shown, unicode) == -1) {
        (void)DestroyWindow(handle);
        return NULL;
    }
    tell_first(!child);
    if (child && (creation->wide.style & WS_CHILD) != 0 &&
        (creation->wide.dwExStyle & WS_EX_NOPARENTNOTIFY) == 0) {
        (void)user_send(creation->wide.hwndParent, WM_PARENTNOTIFY,
                        MAKEWPARAM(WM_CREATE, (WORD)(ULONG_PTR)creation->wide.hMenu),
                        (LPARAM)handle, true);
    }
    if ((creation->wide.style & WS_VISIBLE) != 0) {
        (void)ShowWindow(handle, SW_SHOW);
    }
    return handle;
}

static bool
is_atom(const void *name)
{
    return ((ULONG_PTR)name >> 16) == 0;
}

HWND
CreateWindowExW(DWORD dwExStyle, LPCWSTR lpClassName, LPCWSTR lpWindowName, DWORD dwStyle, int X,
                int Y, int nWidth, int nHeight, HWND hWndParent, HMENU hMenu, HINSTANCE hInstance,
                LPVOID lpParam)
{
    char *class_text = is_atom(lpClassName) ? NULL : w32_utf8(lpClassName);
    char *title = w32_utf8(lpWindowName);
    struct creation creation = {
        .wide = {.lpCreateParams = lpParam,
                 .hInstance = hInstance,
                 .hMenu = hMenu,
                 .hwndParent = hWndParent,
                 .cy = nHeight,
                 .cx = nWidth,
                 .y = Y,
                 .x = X,
                 .style = (LONG)dwStyle,
                 .lpszName = lpWindowName,
                 .lpszClass = lpClassName,
                 .dwExStyle = dwExStyle},
        .narrow_class = class_text != NULL ? class_text : (const char *)(const void *)lpClassName,
        .narrow_title = title,
    };
    HWND window = NULL;

    if (lpClassName == NULL) {
        w32_fail(ERROR_CANNOT_FIND_WND_CLASS);
    } else {
        window = create(&creation, lpClassName);
    }
    free(class_text);
    free(title);
    return window;
}

HWND
CreateWindowExA(DWORD dwExStyle, LPCSTR lpClassName, LPCSTR lpWindowName, DWORD dwStyle, int X,
                int Y, int nWidth, int nHeight, HWND hWndParent, HMENU hMenu, HINSTANCE hInstance,
                LPVOID lpParam)
{
    WCHAR *class_text = is_atom(lpClassName) ? NULL : user_wide(lpClassName);
    WCHAR *title = user_wide(lpWindowName);
    HWND window = CreateWindowExW(
        dwExStyle, class_text != NULL ? class_text : (LPCWSTR)(const void *)lpClassName, title,
        dwStyle, X, Y, nWidth, nHeight, hWndParent, hMenu, hInstance, lpParam);

    free(class_text);
    free(title);
    return window;
}

/* ---- The end ---- */

/* One that the window is the parent or owner of; NULL: none is left. */
static HWND
dependent_of(HWND window)
{
    HWND found = NULL;
    struct list *link;

    sys_lock_acquire(&w32_user);
    list_for_each(link, &windows)
    {
        const struct user_window *other = container_of(link, struct user_window, link);

        if (!other->destroying &&
            ((other->parent != NULL && other->parent->number == (uintptr_t)window) ||
             other->owner == window)) {
            found = (HWND)other->number;
            break;
        }
    }
    sys_lock_release(&w32_user);
    return found;
}

static void
free_window(struct user_window *window)
{
    user_items_clear(window);
    free(window->text);
    free(window);
}

/* Out of the list, with all that points to it. */
static void
unlink_locked(struct user_window *window)
{
    struct list *link;

    user_drop_messages_locked(window);
    list_for_each(link, &windows)
    {
        struct user_window *other = container_of(link, struct user_window, link);

        if (other->parent == window) {
            other->parent = NULL; /* Of another thread: it outlives its parent. */
        }
    }
    list_remove(&window->link);
    window->class->windows--;
    user_queue_unref_locked(window->queue);
}

void
user_windows_end_locked(struct user_queue *queue)
{
    struct list *link;
    struct list *next;

    list_for_each_safe(link, next, &windows)
    {
        struct user_window *window = container_of(link, struct user_window, link);

        if (window->queue == queue) {
            unlink_locked(window);
            free_window(window);
        }
    }
}

BOOL
DestroyWindow(HWND hWnd)
{
    struct user_queue *queue = user_queue();
    struct user_window *window;
    HWND dependent;

    sys_lock_acquire(&w32_user);
    window = user_window_locked(hWnd);
    if (window == NULL || window->queue != queue || window->destroying) {
        sys_lock_release(&w32_user);
        return w32_fail(window == NULL ? ERROR_INVALID_WINDOW_HANDLE : ERROR_ACCESS_DENIED);
    }
    window->destroying = true;
    sys_lock_release(&w32_user);
    (void)user_call(hWnd, WM_DESTROY, 0, 0, true);
    while ((dependent = dependent_of(hWnd)) != NULL && DestroyWindow(dependent)) {
    }
    (void)user_call(hWnd, WM_NCDESTROY, 0, 0, true);
    sys_lock_acquire(&w32_user);
    unlink_locked(window);
    sys_lock_release(&w32_user);
    free_window(window);
    return TRUE;
}

/* ---- What a window keeps ---- */

/* Where SetWindowLongPtr's index is kept; NULL: nowhere. */
static LONG_PTR *
place_of_locked(struct user_window *window, int index, size_t size)
{
    switch (index) {
    case GWLP_USERDATA:
        return &window->user_data;
    case GWL_STYLE:
        return &window->style;
    case GWL_EXSTYLE:
        return &window->ex_style;
    case GWLP_ID:
        return &window->id;
    case GWLP_HINSTANCE:
        return (LONG_PTR *)(void *)&window->instance;
    case GWLP_WNDPROC:
        return (LONG_PTR *)(void *)&window->proc;
    default:
        break;
    }
    if (window->dialog != NULL && index >= 0) {
        return index == DWLP_MSGRESULT ? &window->dialog_result
               : index == DWLP_DLGPROC ? (LONG_PTR *)(void *)&window->dialog
               : index == DWLP_USER    ? &window->dialog_user
                                       : NULL;
    }
    return index >= 0 && (size_t)index + size <= window->extra_size
               ? (LONG_PTR *)(void *)(window->extra + index)
               : NULL;
}

/* Reads what is there and, with `value`, writes. */
static LONG_PTR
long_of(HWND handle, int index, const LONG_PTR *value, size_t size)
{
    struct user_window *window;
    LONG_PTR *place = NULL;
    LONG_PTR former = 0;

    sys_lock_acquire(&w32_user);
    window = user_window_locked(handle);
    if (window != NULL && index == GWLP_HWNDPARENT) {
        former =
            window->parent != NULL ? (LONG_PTR)window->parent->number : (LONG_PTR)window->owner;
        sys_lock_release(&w32_user);
        return former;
    }
    if (window != NULL) {
        place = place_of_locked(window, index, size);
    }
    if (place != NULL) {
        memcpy(&former, place, size);
        if (size == sizeof(LONG)) {
            former = (LONG)former;
        }
        if (value != NULL) {
            memcpy(place, value, index < 0 ? sizeof(*value) : size);
        }
    }
    sys_lock_release(&w32_user);
    if (place == NULL) {
        w32_fail(window == NULL ? ERROR_INVALID_WINDOW_HANDLE : ERROR_INVALID_INDEX);
    }
    return former;
}

LONG_PTR
GetWindowLongPtrW(HWND hWnd, int nIndex)
{
    return long_of(hWnd, nIndex, NULL, sizeof(LONG_PTR));
}

LONG_PTR
GetWindowLongPtrA(HWND hWnd, int nIndex)
{
    return GetWindowLongPtrW(hWnd, nIndex);
}

LONG_PTR
SetWindowLongPtrW(HWND hWnd, int nIndex, LONG_PTR dwNewLong)
{
    return long_of(hWnd, nIndex, &dwNewLong, sizeof(LONG_PTR));
}

LONG_PTR
SetWindowLongPtrA(HWND hWnd, int nIndex, LONG_PTR dwNewLong)
{
    return SetWindowLongPtrW(hWnd, nIndex, dwNewLong);
}

LONG
GetWindowLongW(HWND hWnd, int nIndex)
{
    return (LONG)long_of(hWnd, nIndex, NULL, sizeof(LONG));
}

LONG
GetWindowLongA(HWND hWnd, int nIndex)
{
    return GetWindowLongW(hWnd, nIndex);
}

LONG
SetWindowLongW(HWND hWnd, int nIndex, LONG dwNewLong)
{
    LONG_PTR value = dwNewLong;

    return (LONG)long_of(hWnd, nIndex, &value, sizeof(LONG));
}

LONG
SetWindowLongA(HWND hWnd, int nIndex, LONG dwNewLong)
{
    return SetWindowLongW(hWnd, nIndex, dwNewLong);
}

/* ---- Text ---- */

/* What DefWindowProc does of a window's text, in its class's spelling. */
static LRESULT
set_text(HWND handle, const void *text, bool unicode)
{
    WCHAR *copy = unicode ? user_copy(text) : user_wide(text);
    struct user_window *window;

    sys_lock_acquire(&w32_user);
    window = user_window_locked(handle);
    if (window != NULL) {
        WCHAR *former = window->text;

        window->text = copy;
        copy = former;
    }
    sys_lock_release(&w32_user);
    free(copy);
    return window != NULL;
}

static LRESULT
get_text(HWND handle, size_t room, void *buffer, bool unicode)
{
    struct user_window *window;
    LRESULT length = 0;

    sys_lock_acquire(&w32_user);
    window = user_window_locked(handle);
    if (window != NULL && window->text != NULL) {
        const WCHAR *text = window->text;

        if (unicode) {
            length = lstrlenW(text);
            if (buffer != NULL && room != 0) {
                length = (size_t)length >= room ? (LRESULT)room - 1 : length;
                memcpy(buffer, text, (size_t)length * sizeof(WCHAR));
            }
        } else {
            char *narrow = w32_utf8(text);

            length = narrow == NULL ? 0 : (LRESULT)strlen(narrow);
            if (buffer != NULL && room != 0 && narrow != NULL) {
                length = (size_t)length >= room ? (LRESULT)room - 1 : length;
                memcpy(buffer, narrow, (size_t)length);
            }
            free(narrow);
        }
    }
    sys_lock_release(&w32_user);
    if (buffer != NULL && room != 0) {
        if (unicode) {
            ((WCHAR *)buffer)[length] = 0;
        } else {
            ((char *)buffer)[length] = 0;
        }
    }
    return length;
}

static LRESULT
default_proc(HWND hWnd, UINT message, WPARAM w, LPARAM l, bool unicode)
{
    switch (message) {
    case WM_NCCREATE:
        if (((const CREATESTRUCTW *)l)->lpszName != NULL) {
            (void)set_text(hWnd, ((const CREATESTRUCTW *)l)->lpszName, unicode);
        }
        return TRUE;
    case WM_SETTEXT:
        return set_text(hWnd, (const void *)l, unicode);
    case WM_GETTEXT:
        return get_text(hWnd, w, (void *)l, unicode);
    case WM_GETTEXTLENGTH:
        return get_text(hWnd, 0, NULL, unicode);
    case WM_CLOSE:
        (void)DestroyWindow(hWnd);
        return 0;
    case WM_PAINT:
        (void)ValidateRect(hWnd, NULL);
        return 0;
    case WM_QUERYENDSESSION:
    case WM_QUERYOPEN:
    case WM_DEVICECHANGE: /* "TRUE to grant the request." */
    case WM_POWERBROADCAST:
        return TRUE;
    case WM_ERASEBKGND:
        return TRUE;
    default:
        return 0;
    }
}

LRESULT
DefWindowProcW(HWND hWnd, UINT Msg, WPARAM wParam, LPARAM lParam)
{
    return default_proc(hWnd, Msg, wParam, lParam, true);
}

LRESULT
DefWindowProcA(HWND hWnd, UINT Msg, WPARAM wParam, LPARAM lParam)
{
    return default_proc(hWnd, Msg, wParam, lParam, false);
}

BOOL
SetWindowTextW(HWND hWnd, LPCWSTR lpString)
{
    return user_send(hWnd, WM_SETTEXT, 0, (LPARAM)lpString, true) > 0;
}

BOOL
SetWindowTextA(HWND hWnd, LPCSTR lpString)
{
    return user_send(hWnd, WM_SETTEXT, 0, (LPARAM)lpString, false) > 0;
}

int
GetWindowTextW(HWND hWnd, LPWSTR lpString, int nMaxCount)
{
    if (lpString == NULL || nMaxCount <= 0) {
        return 0;
    }
    lpString[0] = 0;
    return (int)user_send(hWnd, WM_GETTEXT, (WPARAM)nMaxCount, (LPARAM)lpString, true);
}

int
GetWindowTextA(HWND hWnd, LPSTR lpString, int nMaxCount)
{
    if (lpString == NULL || nMaxCount <= 0) {
        return 0;
    }
    lpString[0] = 0;
    return (int)user_send(hWnd, WM_GETTEXT, (WPARAM)nMaxCount, (LPARAM)lpString, false);
}

int
GetWindowTextLengthW(HWND hWnd)
{
    return (int)user_send(hWnd, WM_GETTEXTLENGTH, 0, 0, true);
}

int
GetWindowTextLengthA(HWND hWnd)
{
    return (int)user_send(hWnd, WM_GETTEXTLENGTH, 0, 0, false);
}

/* SPDX-License-Identifier: MIT */
/*
 * What of windows has to do with a screen. Where a function only arranges what would be seen it succeeds and
 * does nothing; text that would be drawn goes to the standard output; what would have to hand out a picture, a
 * menu or a pointer's place fails as documented.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "win32/object.h"
#include "win32/user.h"
#include "win32/user_window.h"

void
user_show_text(const WCHAR *text)
{
    char *narrow = w32_utf8(text);

    if (narrow != NULL) {
        (void)printf("%s\n", narrow);
        (void)fflush(stdout);
    }
    free(narrow);
}

/* ---- Showing ---- */

static void
show_title(HWND window)
{
    WCHAR title[256] = L"[";
    int length = GetWindowTextW(window, title + 1, 254);

    if (length > 0) {
        title[1 + length] = L']';
        title[2 + length] = 0;
        user_show_text(title);
    }
}

BOOL
ShowWindow(HWND hWnd, int nCmdShow)
{
    struct user_window *window;
    bool show = nCmdShow != SW_HIDE;
    bool before, first, top;
    RECT place;

    sys_lock_acquire(&w32_user);
    window = user_window_locked(hWnd);
    if (window == NULL) {
        sys_lock_release(&w32_user);
        return w32_fail(ERROR_INVALID_WINDOW_HANDLE);
    }
    before = window->visible;
    first = show && !window->shown;
    top = window->parent == NULL;
    window->visible = show;
    window->shown = window->shown || show;
    window->invalid = window->invalid || first;
    place = window->place;
    sys_lock_release(&w32_user);
    if (before != show) {
        (void)user_send(hWnd, WM_SHOWWINDOW, show, 0, true);
    }
    if (first) {
        (void)user_send(hWnd, WM_SIZE, SIZE_RESTORED, MAKELPARAM(place.right, place.bottom), true);
    }
    if (first && top) {
        show_title(hWnd);
        user_input_start();
    }
    return before;
}

BOOL
UpdateWindow(HWND hWnd)
{
    struct user_window *window;
    bool paint;

    sys_lock_acquire(&w32_user);
    window = user_window_locked(hWnd);
    paint = window != NULL && window->visible && window->invalid;
    sys_lock_release(&w32_user);
    if (paint) {
        (void)user_send(hWnd, WM_PAINT, 0, 0, true);
    }
    return window != NULL;
}

static BOOL
set_invalid(HWND handle, bool invalid)
{
    struct user_window *window;

    sys_lock_acquire(&w32_user);
    window = user_window_locked(handle);
    if (window != NULL) {
        window->invalid = invalid;
        user_queue_wake(window->queue);
    }
    sys_lock_release(&w32_user);
    return window != NULL;
}

BOOL
InvalidateRect(HWND hWnd, CONST RECT *lpRect, BOOL bErase)
{
    return set_invalid(hWnd, true);
}

BOOL
ValidateRect(HWND hWnd, CONST RECT *lpRect)
{
    return set_invalid(hWnd, false);
}

BOOL
MoveWindow(HWND hWnd, int X, int Y, int nWidth, int nHeight, BOOL bRepaint)
{
    struct user_window *window;

    sys_lock_acquire(&w32_user);
    window = user_window_locked(hWnd);
    if (window != NULL) {
        window->place = (RECT){.left = X, .top = Y, .right = nWidth, .bottom = nHeight};
    }
    sys_lock_release(&w32_user);
    return window != NULL || w32_fail(ERROR_INVALID_WINDOW_HANDLE);
}

BOOL
SetWindowPos(HWND hWnd, HWND hWndInsertAfter, int X, int Y, int cx, int cy, UINT uFlags)
{
    if ((uFlags & (SWP_SHOWWINDOW | SWP_HIDEWINDOW)) != 0) {
        (void)ShowWindow(hWnd, (uFlags & SWP_SHOWWINDOW) != 0 ? SW_SHOW : SW_HIDE);
    }
    return (uFlags & SWP_NOSIZE) != 0 ? IsWindow(hWnd) : MoveWindow(hWnd, X, Y, cx, cy, FALSE);
}

BOOL
GetClientRect(HWND hWnd, LPRECT lpRect)
{
    struct user_window *window;

    sys_lock_acquire(&w32_user);
    window = user_window_locked(hWnd);
    if (window != NULL) {
        *lpRect = (RECT){.right = window->place.right, .bottom = window->place.bottom};
    }
    sys_lock_release(&w32_user);
    return window != NULL || w32_fail(ERROR_INVALID_WINDOW_HANDLE);
}

BOOL
GetWindowRect(HWND hWnd, LPRECT lpRect)
{
    return GetClientRect(hWnd, lpRect);
}

/* ---- What there is ---- */

BOOL
IsWindow(HWND hWnd)
{
    bool found;

    sys_lock_acquire(&w32_user);
    found = user_window_locked(hWnd) != NULL;
    sys_lock_release(&w32_user);
    return found;
}

BOOL
IsWindowVisible(HWND hWnd)
{
    const struct user_window *window;
    bool visible;

    sys_lock_acquire(&w32_user);
    window = user_window_locked(hWnd);
    visible =
        window != NULL && window->visible && (window->parent == NULL || window->parent->visible);
    sys_lock_release(&w32_user);
    return visible;
}

BOOL
IsWindowUnicode(HWND hWnd)
{
    const struct user_window *window;
    bool unicode;

    sys_lock_acquire(&w32_user);
    window = user_window_locked(hWnd);
    unicode = window != NULL && window->unicode;
    sys_lock_release(&w32_user);
    return unicode;
}

BOOL
IsWindowEnabled(HWND hWnd)
{
    const struct user_window *window;
    bool enabled;

    sys_lock_acquire(&w32_user);
    window = user_window_locked(hWnd);
    enabled = window != NULL && !window->disabled;
    sys_lock_release(&w32_user);
    return enabled;
}

BOOL
EnableWindow(HWND hWnd, BOOL bEnable)
{
    struct user_window *window;
    bool was_disabled = false;

    sys_lock_acquire(&w32_user);
    window = user_window_locked(hWnd);
    if (window != NULL) {
        was_disabled = window->disabled;
        window->disabled = !bEnable;
    }
    sys_lock_release(&w32_user);
    return was_disabled;
}

HWND
GetParent(HWND hWnd)
{
    const struct user_window *window;
    HWND parent = NULL;

    sys_lock_acquire(&w32_user);
    window = user_window_locked(hWnd);
    if (window != NULL) {
        parent = window->parent != NULL ? (HWND)window->parent->number : window->owner;
    }
    sys_lock_release(&w32_user);
    return parent;
}

BOOL
IsChild(HWND hWndParent, HWND hWnd)
{
    const struct user_window *window;
    bool below = false;

    sys_lock_acquire(&w32_user);
    window = user_window_locked(hWnd);
    while (window != NULL && !below) {
        window = window->parent;
        below = window != NULL && window->number == (uintptr_t)hWndParent;
    }
    sys_lock_release(&w32_user);
    return below;
}

DWORD
GetWindowThreadProcessId(HWND hWnd, LPDWORD lpdwProcessId)
{
    const struct user_window *window;
    DWORD thread = 0;

    sys_lock_acquire(&w32_user);
    window = user_window_locked(hWnd);
    if (window != NULL) {
        thread = window->queue->thread;
    }
    sys_lock_release(&w32_user);
    if (thread != 0 && lpdwProcessId != NULL) {
        *lpdwProcessId = GetCurrentProcessId();
    }
    return thread;
}

struct wish {
    const WCHAR *class_name, *title;
};

static bool
is_wanted(const struct user_window *window, const void *argument)
{
    const struct wish *wish = argument;

    return window->parent == NULL &&
           (wish->class_name == NULL || lstrcmpiW(window->class->name, wish->class_name) == 0) &&
           (wish->title == NULL ||
            (window->text != NULL && lstrcmpiW(window->text, wish->title) == 0));
}

HWND
FindWindowW(LPCWSTR lpClassName, LPCWSTR lpWindowName)
{
    const struct wish wish = {.class_name = lpClassName, .title = lpWindowName};
    const struct user_window *window;
    HWND found;

    sys_lock_acquire(&w32_user);
    window = user_window_find_locked(is_wanted, &wish);
    found = window == NULL ? NULL : (HWND)window->number;
    sys_lock_release(&w32_user);
    return found;
}

HWND
FindWindowA(LPCSTR lpClassName, LPCSTR lpWindowName)
{
    WCHAR *class_name = user_wide(lpClassName);
    WCHAR *title = user_wide(lpWindowName);
    HWND window = FindWindowW(class_name, title);

    free(class_name);
    free(title);
    return window;
}

/* ---- Nobody's focus ---- */

HWND
SetFocus(HWND hWnd)
{
    return NULL;
}

HWND
GetFocus(VOID)
{
    return NULL;
}

BOOL
SetForegroundWindow(HWND hWnd)
{
    return FALSE; /* "If the window was not brought to the foreground, the return value is zero." */
}

HWND
GetForegroundWindow(VOID)
{
    return NULL;
}

HWND
GetActiveWindow(VOID)
{
    struct user_queue *queue = user_queue();
    const struct user_window *window;
    HWND active = NULL;

    sys_lock_acquire(&w32_user);
    window = queue == NULL ? NULL : user_active_locked(queue);
    active = window == NULL ? NULL : (HWND)window->number;
    sys_lock_release(&w32_user);
    return active;
}

/* ---- Drawing ---- */

HDC
GetDC(HWND hWnd)
{
    return (HDC)(hWnd != NULL ? (ULONG_PTR)hWnd : 1);
}

int
ReleaseDC(HWND hWnd, HDC hDC)
{
    return 1;
}

HDC
BeginPaint(HWND hWnd, LPPAINTSTRUCT lpPaint)
{
    if (lpPaint == NULL || !ValidateRect(hWnd, NULL)) {
        return NULL;
    }
    memset(lpPaint, 0, sizeof(*lpPaint));
    lpPaint->hdc = GetDC(hWnd);
    (void)GetClientRect(hWnd, &lpPaint->rcPaint);
    return lpPaint->hdc;
}

BOOL
EndPaint(HWND hWnd, CONST PAINTSTRUCT *lpPaint)
{
    return TRUE;
}

/* Texts come with their length, and may have no end. */
static void
show_wide(const WCHAR *text, int length)
{
    WCHAR *copy = NULL;

    if (text != NULL && length < 0) {
        length = lstrlenW(text);
    }
    if (text != NULL && length > 0) {
        copy = calloc((size_t)length + 1, sizeof(*copy));
    }
    if (copy != NULL) {
        memcpy(copy, text, (size_t)length * sizeof(*copy));
        user_show_text(copy);
    }
    free(copy);
}

static void
show_narrow(const char *text, int length)
{
    if (text != NULL) {
        (void)printf("%.*s\n", length < 0 ? (int)strlen(text) : length, text);
        (void)fflush(stdout);
    }
}

BOOL
TextOutW(HDC hdc, int x, int y, LPCWSTR lpString, int c)
{
    show_wide(lpString, c);
    return TRUE;
}

BOOL
TextOutA(HDC hdc, int x, int y, LPCSTR lpString, int c)
{
    show_narrow(lpString, c);
    return TRUE;
}

int
DrawTextW(HDC hdc, LPCWSTR lpchText, int cchText, LPRECT lprc, UINT format)
{
    if ((format & DT_CALCRECT) == 0) {
        show_wide(lpchText, cchText);
    }
    return 1;
}

int
DrawTextA(HDC hdc, LPCSTR lpchText, int cchText, LPRECT lprc, UINT format)
{
    if ((format & DT_CALCRECT) == 0) {
        show_narrow(lpchText, cchText);
    }
    return 1;
}

/* The system's brushes, pens and fonts: numbers that nobody looks behind. */
HGDIOBJ
GetStockObject(int i)
{
    return i >= 0 && i <= STOCK_LAST ? (HGDIOBJ)(ULONG_PTR)(i + 1) : NULL;
}

BOOL
MessageBeep(UINT uType)
{
    return TRUE;
}

/* ---- What resources would have ---- */

HICON
LoadIconW(HINSTANCE hInstance, LPCWSTR lpIconName)
{
    w32_fail(ERROR_RESOURCE_NAME_NOT_FOUND);
    return NULL;
}

HICON
LoadIconA(HINSTANCE hInstance, LPCSTR lpIconName)
{
    return LoadIconW(hInstance, NULL);
}

HCURSOR
LoadCursorW(HINSTANCE hInstance, LPCWSTR lpCursorName)
{
    w32_fail(ERROR_RESOURCE_NAME_NOT_FOUND);
    return NULL;
}

HCURSOR
LoadCursorA(HINSTANCE hInstance, LPCSTR lpCursorName)
{
    return LoadCursorW(hInstance, NULL);
}

HCURSOR
SetCursor(HCURSOR hCursor)
{
    return NULL;
}

/* What a class is drawn with. */
ULONG_PTR
SetClassLongPtrW(HWND hWnd, int nIndex, LONG_PTR dwNewLong)
{
    return 0;
}

ULONG_PTR
SetClassLongPtrA(HWND hWnd, int nIndex, LONG_PTR dwNewLong)
{
    return 0;
}

HMENU
GetMenu(HWND hWnd)
{
    return NULL; /* "If the window has no menu." Its commands are given by number. */
}

HMENU
GetSystemMenu(HWND hWnd, BOOL bRevert)
{
    return NULL;
}

BOOL
DrawMenuBar(HWND hWnd)
{
    return TRUE;
}

DWORD
CheckMenuItem(HMENU hMenu, UINT uIDCheckItem, UINT uCheck)
{
    return (DWORD)-1; /* "If the menu item does not exist." */
}

BOOL
EnableMenuItem(HMENU hMenu, UINT uIDEnableItem, UINT uEnable)
{
    return -1;
}

int
GetSystemMetrics(int nIndex)
{
    return 0; /* "If the function fails." A screen has no size. */
}

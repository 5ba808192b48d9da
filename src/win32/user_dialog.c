/* SPDX-License-Identifier: MIT */
/*
 * Dialogs and message boxes. Resources are not built here: a dialog of a template that only a resource has
 * gets each of its items when the program first names it, an edit control that holds whatever is put there.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "win32/object.h"
#include "win32/user.h"
#include "win32/user_window.h"

LRESULT
DefDlgProcW(HWND hDlg, UINT Msg, WPARAM wParam, LPARAM lParam)
{
    struct user_window *window;
    DLGPROC proc = NULL;
    INT_PTR handled = 0;
    LRESULT result = 0;

    sys_lock_acquire(&w32_user);
    window = user_window_locked(hDlg);
    if (window != NULL) {
        proc = window->dialog;
        window->dialog_result = 0;
    }
    sys_lock_release(&w32_user);
    if (proc != NULL) {
        handled = proc(hDlg, Msg, wParam, lParam);
    }
    if (Msg == WM_INITDIALOG || Msg == WM_CTLCOLORDLG) {
        return handled;
    }
    if (handled != 0) {
        sys_lock_acquire(&w32_user);
        window = user_window_locked(hDlg);
        result = window == NULL ? 0 : window->dialog_result;
        sys_lock_release(&w32_user);
        return result;
    }
    if (Msg == WM_CLOSE) {
        /* "The system sends the dialog box procedure a WM_COMMAND with IDCANCEL." */
        (void)PostMessageW(hDlg, WM_COMMAND, IDCANCEL, 0);
        return 0;
    }
    return DefWindowProcW(hDlg, Msg, wParam, lParam);
}

LRESULT
DefDlgProcA(HWND hDlg, UINT Msg, WPARAM wParam, LPARAM lParam)
{
    return DefDlgProcW(hDlg, Msg, wParam, lParam);
}

/* ---- Making and running ---- */

static HWND
make(HINSTANCE instance, const void *template, HWND owner, DLGPROC proc, LPARAM parameter,
     bool visible)
{
    struct user_window *window;
    WCHAR title[64] = L"dialog";
    HWND dialog;

    if (proc == NULL) {
        w32_fail(ERROR_INVALID_PARAMETER);
        return NULL;
    }
    if (((ULONG_PTR) template >> 16) == 0) {
        char text[32];

        (void)snprintf(text, sizeof(text), "dialog %u", (unsigned)(ULONG_PTR) template);
        (void)MultiByteToWideChar(CP_UTF8, 0, text, -1, title, 64);
    }
    dialog = CreateWindowExW(0, L"#32770", title, WS_POPUP | WS_CAPTION, 0, 0, 0, 0, owner, NULL,
                             instance, NULL);
    if (dialog == NULL) {
        return NULL;
    }
    sys_lock_acquire(&w32_user);
    window = user_window_locked(dialog);
    window->dialog = proc;
    window->items_on_demand = true;
    sys_lock_release(&w32_user);
    (void)user_call(dialog, WM_INITDIALOG, 0, parameter, true);
    if (visible && IsWindow(dialog)) {
        (void)ShowWindow(dialog, SW_SHOW);
    }
    return dialog;
}

static bool
has_ended(HWND dialog, INT_PTR *ret_result)
{
    struct user_window *window;
    bool ended;

    sys_lock_acquire(&w32_user);
    window = user_window_locked(dialog);
    ended = window == NULL || window->ended;
    *ret_result = window == NULL ? -1 : window->dialog_end;
    sys_lock_release(&w32_user);
    return ended;
}

static INT_PTR
run(HINSTANCE instance, const void *template, HWND owner, DLGPROC proc, LPARAM parameter)
{
    HWND dialog;
    INT_PTR result = -1;
    bool was_enabled = owner != NULL && IsWindowEnabled(owner);
    MSG msg;

    if (owner != NULL && !IsWindow(owner)) {
        return w32_fail(ERROR_INVALID_WINDOW_HANDLE);
    }
    dialog = make(instance, template, owner, proc, parameter, true);
    if (dialog == NULL) {
        return -1;
    }
    if (was_enabled) {
        (void)EnableWindow(owner, FALSE);
    }
    while (!has_ended(dialog, &result)) {
        if (GetMessageW(&msg, NULL, 0, 0) <= 0) {
            PostQuitMessage((int)msg.wParam); /* For the loop that we are in. */
            break;
        }
        (void)TranslateMessage(&msg);
        (void)DispatchMessageW(&msg);
    }
    if (was_enabled) {
        (void)EnableWindow(owner, TRUE);
    }
    (void)DestroyWindow(dialog);
    return result;
}

INT_PTR
DialogBoxParamW(HINSTANCE hInstance, LPCWSTR lpTemplateName, HWND hWndParent, DLGPROC lpDialogFunc,
                LPARAM dwInitParam)
{
    return run(hInstance, lpTemplateName, hWndParent, lpDialogFunc, dwInitParam);
}

INT_PTR
DialogBoxParamA(HINSTANCE hInstance, LPCSTR lpTemplateName, HWND hWndParent, DLGPROC lpDialogFunc,
                LPARAM dwInitParam)
{
    return run(hInstance, lpTemplateName, hWndParent, lpDialogFunc, dwInitParam);
}

HWND
CreateDialogParamW(HINSTANCE hInstance, LPCWSTR lpTemplateName, HWND hWndParent,
                   DLGPROC lpDialogFunc, LPARAM dwInitParam)
{
    return make(hInstance, lpTemplateName, hWndParent, lpDialogFunc, dwInitParam, false);
}

HWND
CreateDialogParamA(HINSTANCE hInstance, LPCSTR lpTemplateName, HWND hWndParent,
                   DLGPROC lpDialogFunc, LPARAM dwInitParam)
{
    return make(hInstance, lpTemplateName, hWndParent, lpDialogFunc, dwInitParam, false);
}

BOOL
EndDialog(HWND hDlg, INT_PTR nResult)
{
    struct user_window *window;

    sys_lock_acquire(&w32_user);
    window = user_window_locked(hDlg);
    if (window != NULL) {
        window->ended = true;
        window->dialog_end = nResult;
        user_queue_wake(window->queue);
    }
    sys_lock_release(&w32_user);
    /* Whoever runs it looks after each message: there must be one more. */
    return window == NULL ? w32_fail(ERROR_INVALID_WINDOW_HANDLE)
                          : PostMessageW(hDlg, WM_NULL, 0, 0);
}

/* No key moves between a dialog's items. */
BOOL
IsDialogMessageW(HWND hDlg, LPMSG lpMsg)
{
    if (lpMsg == NULL || lpMsg->hwnd == NULL ||
        (lpMsg->hwnd != hDlg && !IsChild(hDlg, lpMsg->hwnd))) {
        return FALSE;
    }
    (void)TranslateMessage(lpMsg);
    (void)DispatchMessageW(lpMsg);
    return TRUE;
}

BOOL
IsDialogMessageA(HWND hDlg, LPMSG lpMsg)
{
    return IsDialogMessageW(hDlg, lpMsg);
}

/* ---- Items ---- */

HWND
GetDlgItem(HWND hDlg, int nIDDlgItem)
{
    struct user_window *window;
    HINSTANCE instance = NULL;
    bool on_demand = false;
    HWND item = NULL;

    sys_lock_acquire(&w32_user);
    window = user_window_locked(hDlg);
    if (window != NULL) {
        item = user_child_locked(window, nIDDlgItem);
        on_demand = window->items_on_demand && window->queue == user_queue();
        instance = window->instance;
    }
    sys_lock_release(&w32_user);
    if (item == NULL && on_demand) {
        item = CreateWindowExW(WS_EX_NOPARENTNOTIFY, L"Edit", NULL, WS_CHILD, 0, 0, 0, 0, hDlg,
                               (HMENU)(LONG_PTR)nIDDlgItem, instance, NULL);
    }
    if (item == NULL) {
        w32_fail(window == NULL ? ERROR_INVALID_WINDOW_HANDLE : ERROR_CONTROL_ID_NOT_FOUND);
    }
    return item;
}

int
GetDlgCtrlID(HWND hWnd)
{
    return (int)GetWindowLongPtrW(hWnd, GWLP_ID);
}

LRESULT
SendDlgItemMessageW(HWND hDlg, int nIDDlgItem, UINT Msg, WPARAM wParam, LPARAM lParam)
{
    HWND item = GetDlgItem(hDlg, nIDDlgItem);

    return item == NULL ? 0 : SendMessageW(item, Msg, wParam, lParam);
}

LRESULT
SendDlgItemMessageA(HWND hDlg, int nIDDlgItem, UINT Msg, WPARAM wParam, LPARAM lParam)
{
    HWND item = GetDlgItem(hDlg, nIDDlgItem);

    return item == NULL ? 0 : SendMessageA(item, Msg, wParam, lParam);
}

BOOL
SetDlgItemTextW(HWND hDlg, int nIDDlgItem, LPCWSTR lpString)
{
    HWND item = GetDlgItem(hDlg, nIDDlgItem);

    return item != NULL && SetWindowTextW(item, lpString);
}

BOOL
SetDlgItemTextA(HWND hDlg, int nIDDlgItem, LPCSTR lpString)
{
    HWND item = GetDlgItem(hDlg, nIDDlgItem);

    return item != NULL && SetWindowTextA(item, lpString);
}

UINT
GetDlgItemTextW(HWND hDlg, int nIDDlgItem, LPWSTR lpString, int cchMax)
{
    HWND item = GetDlgItem(hDlg, nIDDlgItem);

    return item == NULL ? 0 : (UINT)GetWindowTextW(item, lpString, cchMax);
}

UINT
GetDlgItemTextA(HWND hDlg, int nIDDlgItem, LPSTR lpString, int cchMax)
{
    HWND item = GetDlgItem(hDlg, nIDDlgItem);

    return item == NULL ? 0 : (UINT)GetWindowTextA(item, lpString, cchMax);
}

BOOL
SetDlgItemInt(HWND hDlg, int nIDDlgItem, UINT uValue, BOOL bSigned)
{
    char text[16];

    (void)snprintf(text, sizeof(text), bSigned ? "%d" : "%u", uValue);
    return SetDlgItemTextA(hDlg, nIDDlgItem, text);
}

UINT
GetDlgItemInt(HWND hDlg, int nIDDlgItem, BOOL *lpTranslated, BOOL bSigned)
{
    char text[32] = "";
    long long value;
    char *end;
    bool good;

    (void)GetDlgItemTextA(hDlg, nIDDlgItem, text, sizeof(text));
    value = strtoll(text, &end, 10);
    good = end != text && *end == '\0' &&
           (bSigned ? value >= INT32_MIN && value <= INT32_MAX
                    : value >= 0 && value <= (long long)UINT32_MAX);
    if (lpTranslated != NULL) {
        *lpTranslated = good;
    }
    return good ? (UINT)value : 0;
}

BOOL
CheckDlgButton(HWND hDlg, int nIDButton, UINT uCheck)
{
    struct user_window *window;
    HWND item = GetDlgItem(hDlg, nIDButton);

    sys_lock_acquire(&w32_user);
    window = user_window_locked(item);
    if (window != NULL) {
        window->check = (LONG)uCheck;
    }
    sys_lock_release(&w32_user);
    return window != NULL;
}

UINT
IsDlgButtonChecked(HWND hDlg, int nIDButton)
{
    struct user_window *window;
    HWND item = GetDlgItem(hDlg, nIDButton);
    UINT check = 0;

    sys_lock_acquire(&w32_user);
    window = user_window_locked(item);
    if (window != NULL) {
        check = (UINT)window->check;
    }
    sys_lock_release(&w32_user);
    return check;
}

BOOL
CheckRadioButton(HWND hDlg, int nIDFirstButton, int nIDLastButton, int nIDCheckButton)
{
    for (int id = nIDFirstButton; id <= nIDLastButton; id++) {
        (void)CheckDlgButton(hDlg, id, id == nIDCheckButton ? BST_CHECKED : BST_UNCHECKED);
    }
    return TRUE;
}

/* ---- Message boxes ---- */

/* The button that Enter would press. */
static int
default_answer(UINT type)
{
    static const int buttons[][3] = {
        [MB_OK] = {IDOK},
        [MB_OKCANCEL] = {IDOK, IDCANCEL},
        [MB_ABORTRETRYIGNORE] = {IDABORT, IDRETRY, IDIGNORE},
        [MB_YESNOCANCEL] = {IDYES, IDNO, IDCANCEL},
        [MB_YESNO] = {IDYES, IDNO},
        [MB_RETRYCANCEL] = {IDRETRY, IDCANCEL},
        [MB_CANCELTRYCONTINUE] = {IDCANCEL, IDTRYAGAIN, IDCONTINUE},
    };
    UINT shape = type & MB_TYPEMASK;
    UINT index = (type & MB_DEFMASK) >> 8;

    if (shape >= sizeof(buttons) / sizeof(buttons[0])) {
        return 0;
    }
    return index < 3 && buttons[shape][index] != 0 ? buttons[shape][index] : buttons[shape][0];
}

int
MessageBoxA(HWND hWnd, LPCSTR lpText, LPCSTR lpCaption, UINT uType)
{
    int answer = default_answer(uType);

    if (answer == 0) {
        return w32_fail(ERROR_INVALID_MSGBOX_STYLE);
    }
    (void)fflush(stdout);
    (void)fprintf(stderr, "%s: %s\n", lpCaption != NULL ? lpCaption : "Error",
                  lpText != NULL ? lpText : "");
    return answer;
}

int
MessageBoxW(HWND hWnd, LPCWSTR lpText, LPCWSTR lpCaption, UINT uType)
{
    char *text = w32_utf8(lpText);
    char *caption = w32_utf8(lpCaption);
    int answer = MessageBoxA(hWnd, text, caption, uType);

    free(text);
    free(caption);
    return answer;
}

int
MessageBoxExW(HWND hWnd, LPCWSTR lpText, LPCWSTR lpCaption, UINT uType, WORD wLanguageId)
{
    return MessageBoxW(hWnd, lpText, lpCaption, uType);
}

int
MessageBoxExA(HWND hWnd, LPCSTR lpText, LPCSTR lpCaption, UINT uType, WORD wLanguageId)
{
    return MessageBoxA(hWnd, lpText, lpCaption, uType);
}

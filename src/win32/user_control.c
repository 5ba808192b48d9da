/* SPDX-License-Identifier: MIT */
/*
 * The built-in controls, as far as they have a meaning without a screen: what they hold, what they answer, and
 * that what they are given to show is said on the standard output.
 */
#include <stdlib.h>
#include <string.h>

#include "win32/object.h"
#include "win32/user_class.h"

/* ---- Items ---- */

static void
free_text(struct user_items *items)
{
    for (unsigned i = 0; i < items->count; i++) {
        free(items->text[i]);
    }
    items->count = 0;
    items->selected = -1;
}

void
user_items_clear(struct user_window *window)
{
    free_text(&window->items);
    free(window->items.text);
    free(window->items.data);
    window->items.text = NULL;
    window->items.data = NULL;
    window->items.room = 0;
}

static bool
make_room(struct user_items *items)
{
    unsigned room = items->room == 0 ? 16 : items->room * 2;
    WCHAR **text;
    LPARAM *data;

    if (items->count < items->room) {
        return true;
    }
    text = realloc(items->text, room * sizeof(*text));
    items->text = text != NULL ? text : items->text;
    data = text == NULL ? NULL : realloc(items->data, room * sizeof(*data));
    items->data = data != NULL ? data : items->data;
    if (data == NULL) {
        return false;
    }
    items->room = room;
    return true;
}

/* Takes the text. Before `index`; -1: at the end. */
static LRESULT
insert(struct user_items *items, LONG_PTR index, WCHAR *text)
{
    unsigned at = index < 0 ? items->count : (unsigned)index;

    if (at > items->count || text == NULL || !make_room(items)) {
        free(text);
        return at > items->count ? LB_ERR : LB_ERRSPACE;
    }
    memmove(items->text + at + 1, items->text + at, (items->count - at) * sizeof(*items->text));
    memmove(items->data + at + 1, items->data + at, (items->count - at) * sizeof(*items->data));
    items->text[at] = text;
    items->data[at] = 0;
    items->count++;
    items->selected += items->selected >= (int)at;
    return at;
}

static LRESULT delete (struct user_items *items, WPARAM at)
{
    if (at >= items->count) {
        return LB_ERR;
    }
    free(items->text[at]);
    items->count--;
    memmove(items->text + at, items->text + at + 1, (items->count - at) * sizeof(*items->text));
    memmove(items->data + at, items->data + at + 1, (items->count - at) * sizeof(*items->data));
    if (items->selected == (int)at) {
        items->selected = -1;
    }
    items->selected -= items->selected > (int)at;
    return items->count;
}

/* Whether one text begins with another (is it, when `whole`), whatever the case. */
static bool
matches(WCHAR *own, const WCHAR *text, bool whole)
{
    size_t length = (size_t)lstrlenW(text);
    WCHAR *end = own + length;
    WCHAR kept;
    bool same;

    if ((size_t)lstrlenW(own) < length || (whole && *end != 0)) {
        return false;
    }
    kept = *end;
    *end = 0;
    same = lstrcmpiW(own, text) == 0;
    *end = kept;
    return same;
}

/* The first that matches, after `after`. */
static LRESULT
find(const struct user_items *items, LONG_PTR after, const WCHAR *text, bool whole)
{
    for (unsigned i = 0; i < items->count; i++) {
        unsigned at = (unsigned)((after + 1 + (LONG_PTR)i) % (LONG_PTR)items->count);

        if (matches(items->text[at], text, whole)) {
            return at;
        }
    }
    return LB_ERR;
}

static LRESULT
items_message_locked(struct user_items *items, UINT message, WPARAM w, LPARAM l, WCHAR **copy)
{
    LRESULT found;

    switch (message) {
    case LB_ADDSTRING:
    case LB_INSERTSTRING:
        found = insert(items, message == LB_ADDSTRING ? -1 : (LONG_PTR)w, *copy);
        *copy = NULL;
        return found;
    case LB_DELETESTRING:
        return delete (items, w);
    case LB_RESETCONTENT:
        free_text(items);
        return 0;
    case LB_GETCOUNT:
        return items->count;
    case LB_GETCURSEL:
        return items->selected;
    case LB_SETCURSEL:
        items->selected = (LONG_PTR)w >= 0 && w < items->count ? (int)w : -1;
        return items->selected;
    case LB_GETTEXT:
    case LB_GETTEXTLEN:
        if (w >= items->count) {
            return LB_ERR;
        }
        if (message == LB_GETTEXT && l != 0) {
            memcpy((WCHAR *)l, items->text[w],
                   ((size_t)lstrlenW(items->text[w]) + 1) * sizeof(WCHAR));
        }
        return lstrlenW(items->text[w]);
    case LB_GETITEMDATA:
        return w < items->count ? items->data[w] : LB_ERR;
    case LB_SETITEMDATA:
        if (w >= items->count) {
            return LB_ERR;
        }
        items->data[w] = l;
        return 0;
    case LB_FINDSTRING:
    case LB_FINDSTRINGEXACT:
    case LB_SELECTSTRING:
        found = l == 0 ? LB_ERR
                       : find(items, (LONG_PTR)w, (const WCHAR *)l, message == LB_FINDSTRINGEXACT);
        if (message == LB_SELECTSTRING && found >= 0) {
            items->selected = (int)found;
        }
        return found;
    default:
        return 0;
    }
}

static LRESULT
items_message(HWND handle, UINT message, WPARAM w, LPARAM l)
{
    bool adds = message == LB_ADDSTRING || message == LB_INSERTSTRING;
    WCHAR *copy = adds ? user_copy((const WCHAR *)l) : NULL;
    struct user_window *window;
    LRESULT result = LB_ERR;

    sys_lock_acquire(&w32_user);
    window = user_window_locked(handle);
    if (window != NULL) {
        result = items_message_locked(&window->items, message, w, l, &copy);
    }
    sys_lock_release(&w32_user);
    free(copy);
    if (adds && result >= 0) {
        user_show_text((const WCHAR *)l);
    }
    return result;
}

static LRESULT
list_proc(HWND window, UINT message, WPARAM w, LPARAM l)
{
    return message >= LB_ADDSTRING && message < LB_MSGMAX ? items_message(window, message, w, l)
                                                          : DefWindowProcW(window, message, w, l);
}

static LRESULT
combo_proc(HWND window, UINT message, WPARAM w, LPARAM l)
{
    static const struct {
        UINT combo, list;
    } same[] = {
        {CB_ADDSTRING, LB_ADDSTRING},       {CB_INSERTSTRING, LB_INSERTSTRING},
        {CB_DELETESTRING, LB_DELETESTRING}, {CB_RESETCONTENT, LB_RESETCONTENT},
        {CB_GETCOUNT, LB_GETCOUNT},         {CB_GETCURSEL, LB_GETCURSEL},
        {CB_SETCURSEL, LB_SETCURSEL},       {CB_GETLBTEXT, LB_GETTEXT},
        {CB_GETLBTEXTLEN, LB_GETTEXTLEN},   {CB_GETITEMDATA, LB_GETITEMDATA},
        {CB_SETITEMDATA, LB_SETITEMDATA},   {CB_FINDSTRING, LB_FINDSTRING},
        {CB_SELECTSTRING, LB_SELECTSTRING}, {CB_FINDSTRINGEXACT, LB_FINDSTRINGEXACT},
    };

    for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++) {
        if (same[i].combo == message) {
            return items_message(window, same[i].list, w, l);
        }
    }
    return DefWindowProcW(window, message, w, l);
}

/* ---- Text ---- */

static bool
is_multiline(HWND window)
{
    return (GetWindowLongPtrW(window, GWL_STYLE) & ES_MULTILINE) != 0;
}

static LRESULT
replace_selection(HWND window, const WCHAR *text)
{
    int before = GetWindowTextLengthW(window);
    size_t length = (size_t)lstrlenW(text);
    WCHAR *whole = calloc((size_t)before + length + 1, sizeof(WCHAR));

    if (whole != NULL) {
        (void)GetWindowTextW(window, whole, before + 1);
        memcpy(whole + before, text, length * sizeof(WCHAR));
        (void)DefWindowProcW(window, WM_SETTEXT, 0, (LPARAM)whole);
        user_show_text(text);
    }
    free(whole);
    return 0;
}

static LRESULT
edit_proc(HWND window, UINT message, WPARAM w, LPARAM l)
{
    switch (message) {
    case EM_REPLACESEL: /* What is selected without a mouse is the end. */
        return l == 0 ? 0 : replace_selection(window, (const WCHAR *)l);
    case WM_SETTEXT:
        if (is_multiline(window) && l != 0) {
            user_show_text((const WCHAR *)l);
        }
        break;
    default:
        break;
    }
    return DefWindowProcW(window, message, w, l);
}

static LRESULT
static_proc(HWND window, UINT message, WPARAM w, LPARAM l)
{
    const WCHAR *text = message == WM_SETTEXT  ? (const WCHAR *)l
                        : message == WM_CREATE ? ((const CREATESTRUCTW *)l)->lpszName
                                               : NULL;

    if (text != NULL) {
        user_show_text(text);
    }
    return DefWindowProcW(window, message, w, l);
}

static LRESULT
button_proc(HWND handle, UINT message, WPARAM w, LPARAM l)
{
    struct user_window *window;
    LRESULT check = 0;

    switch (message) {
    case BM_SETCHECK:
    case BM_GETCHECK:
        sys_lock_acquire(&w32_user);
        window = user_window_locked(handle);
        if (window != NULL && message == BM_SETCHECK) {
            window->check = (LONG)w;
        } else if (window != NULL) {
            check = window->check;
        }
        sys_lock_release(&w32_user);
        return check;
    case BM_CLICK:
        return user_send(GetParent(handle), WM_COMMAND,
                         MAKEWPARAM((WORD)GetWindowLongPtrW(handle, GWLP_ID), BN_CLICKED),
                         (LPARAM)handle, true);
    default:
        return DefWindowProcW(handle, message, w, l);
    }
}

/* ---- Registering ---- */

void
user_controls_register(void)
{
    static struct sys_lock lock;
    static bool done;

    sys_lock_acquire(&lock);
    if (!done) {
        done = true;
        user_class_register_builtin(L"Button", button_proc, 0);
        user_class_register_builtin(L"Edit", edit_proc, 0);
        user_class_register_builtin(L"Static", static_proc, 0);
        user_class_register_builtin(L"ListBox", list_proc, 0);
        user_class_register_builtin(L"ComboBox", combo_proc, 0);
        user_class_register_builtin(L"#32770", DefDlgProcW, DLGWINDOWEXTRA);
    }
    sys_lock_release(&lock);
}

/* SPDX-License-Identifier: MIT */
/*
 * Windows without a screen: classes, windows, and the message queues of threads. What a window would show
 * goes to the standard output, what its user would do comes from the standard input (user_input.c).
 *
 * One lock, w32_user, guards classes, windows and queues; no window procedure runs under it. A window
 * belongs to the thread that made it, and its procedure runs there. A HWND is a number that finds its window
 * as long as that lives.
 */
#ifndef OPENWDF_WIN32_USER_H
#define OPENWDF_WIN32_USER_H

#include <windows.h>

#include <stdbool.h>
#include <stdint.h>

#include "base/list.h"
#include "sys/lock.h"

#define USER_TEXT_MAX 4096 /* Characters of a text that is converted on the way. */

struct user_class {
    struct list link;
    ATOM atom;
    HINSTANCE instance;
    WNDCLASSEXW given; /* Its texts are `name` and `menu`. */
    WCHAR *name;
    bool unicode;
    unsigned windows;
};

/* What a built-in control keeps. */
struct user_items {
    WCHAR **text;
    LPARAM *data;
    unsigned count;
    unsigned room;
    int selected; /* -1: none. */
};

struct user_window {
    struct list link;         /* Of all windows, the oldest first. */
    uintptr_t number;         /* Its HWND. */
    struct user_queue *queue; /* Referenced. NULL: it is being destroyed. */
    struct user_class *class;
    struct user_window *parent;
    HWND owner;
    WNDPROC proc;
    bool unicode;
    bool visible;
    bool shown; /* WM_SIZE has told its size. */
    bool invalid;
    bool destroying;
    bool disabled;
    LONG_PTR style, ex_style, id, user_data;
    HINSTANCE instance;
    RECT place;
    WCHAR *text;
    /* Of a dialog. */
    DLGPROC dialog;
    LONG_PTR dialog_result, dialog_user, dialog_end;
    bool ended;
    bool items_on_demand; /* There was no template: items are there when somebody names them. */
    LONG check;           /* Of a button. */
    struct user_items items;
    size_t extra_size;
    unsigned char extra[];
};

/* A message that its sender waits for, or that nobody does. */
struct user_send {
    uint32_t references; /* Atomic. */
    uint32_t done;       /* Atomic; 2: its window went. */
    LRESULT result;
    struct user_queue *sender; /* Whose `changed` is to change. NULL: nobody waits. */
};

struct user_message {
    struct list link;
    MSG msg;
    struct user_send *send; /* NULL: posted. */
    void *payload;          /* From malloc; freed after it was handled. NULL: none. */
    bool unicode;           /* Sent by a W function. */
};

struct user_timer {
    struct list link;
    HWND window;
    UINT_PTR id;
    uint64_t due_ns;
    uint64_t period_ns;
    TIMERPROC proc;
};

struct user_queue {
    uint32_t references; /* Under w32_user. */
    uint32_t changed;    /* Atomic; the thread sleeps on it. */
    DWORD thread;
    struct list link; /* Of all queues. */
    struct list sent; /* Before all posted ones. */
    struct list posted;
    struct list timers;
    uint64_t timer_ids;
    bool quit;
    int quit_code;
    bool gone; /* Its thread has ended. */
};

extern struct sys_lock w32_user;

/* Under w32_user. NULL: there is none. */
struct user_window *user_window_locked(HWND window);
void user_queue_unref_locked(struct user_queue *queue);
void user_queue_wake(struct user_queue *queue);
void user_queues_wake_locked(void);

/* The calling thread's; made on first use. NULL: no memory. */
struct user_queue *user_queue(void);

/* The windows of a thread that ends: their procedures are not called any more. Under w32_user. */
void user_windows_end_locked(struct user_queue *queue);

/* Its windows' and timers' thread ends. */
void user_thread_ends(struct user_queue *queue);

/* Messages of a window that goes are dropped, those who wait for them wake. Under w32_user. */
void user_drop_messages_locked(struct user_window *window);

/* A window of the queue that wants to be painted; of those only `window` unless that is NULL. */
struct user_window *user_dirty_locked(const struct user_queue *queue, HWND window);

/* Calls a window's procedure on this thread, which owns it. */
LRESULT user_call(HWND window, UINT message, WPARAM w, LPARAM l, bool unicode);

/* SendMessage for both spellings. */
LRESULT user_send(HWND window, UINT message, WPARAM w, LPARAM l, bool unicode);

/*
 * Like SendNotifyMessage, with data that the message owns (from malloc): the window's thread handles it before what
 * is posted. False: no such window, no memory; the data are freed.
 */
bool w32_user_notify(HWND window, UINT message, WPARAM w, void *payload);

/* The procedure of the built-in classes that this is one of; NULL: none. */
WNDPROC user_control_proc(const WCHAR *class_name);
void user_controls_register(void);
void user_items_clear(struct user_window *window);

/* Says on the standard output what a window shows. */
void user_show_text(const WCHAR *text);

/* One line of the standard input has become a message of the queue; false: there is none yet. */
bool user_input_take(struct user_queue *queue);

/* The standard input is looked at from now on: the thread has something to show. */
void user_input_start(void);

/* Called once, when the first window without a parent has been made. */
void w32_user_on_first_window(void (*fn)(void));

/* Calls fn for each window without a parent. Not under w32_user. */
void w32_user_top_windows(void (*fn)(HWND window));

/* A copy from malloc; NULL for NULL or no memory. */
WCHAR *user_copy(const WCHAR *text);
WCHAR *user_wide(const char *text);

#endif

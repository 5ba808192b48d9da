/* SPDX-License-Identifier: MIT */
/*
 * What the user of a window without a screen does: lines of the standard input (docs/notifications.md).
 *
 *     command ID              the menu command, or a click on the dialog's button
 *     text ID words…          the item's text becomes that
 *     select ID INDEX         the list's item, by its place
 *     check ID 0|1            the button's state
 *     message MSG WPARAM LPARAM
 *     close
 *
 * A line is for the window that is active when its turn comes: when its thread has nothing else to do. So what
 * follows a command finds the dialog that the command has opened. The input is read only while a window
 * shows.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/atomic.h"
#include "sys/thread.h"
#include "win32/object.h"
#include "win32/user.h"
#include "win32/user_window.h"

struct line {
    struct list link;
    char text[];
};

/* Under w32_user. */
static struct list lines = {&lines, &lines};
static bool started;

static void
reader_main(void *argument)
{
    char *text = NULL;
    size_t room = 0;
    ssize_t length;

    (void)argument;
    while ((length = getline(&text, &room, stdin)) >= 0) {
        struct line *line = malloc(sizeof(*line) + (size_t)length + 1);

        if (line == NULL) {
            break;
        }
        memcpy(line->text, text, (size_t)length + 1);
        line->text[strcspn(line->text, "\r\n")] = '\0';
        sys_lock_acquire(&w32_user);
        list_push_back(&lines, &line->link);
        user_queues_wake_locked();
        sys_lock_release(&w32_user);
    }
    free(text);
}

void
user_input_start(void)
{
    struct sys_thread *thread;
    bool first;

    sys_lock_acquire(&w32_user);
    first = !started;
    started = true;
    sys_lock_release(&w32_user);
    if (first && sys_thread_create(&thread, "owdf-input", reader_main, NULL) == 0) {
        sys_thread_detach(thread);
    }
}

static void
usage(const char *line)
{
    (void)fflush(stdout);
    (void)fprintf(stderr,
                  "\"%s\" is none of: command ID, text ID words, select ID INDEX, check ID 0|1, "
                  "message MSG WPARAM LPARAM, close\n",
                  line);
}

static void
select_item(HWND window, int id, long index)
{
    HWND item = GetDlgItem(window, id);

    if (item != NULL) {
        (void)SendMessageW(item, LB_SETCURSEL, (WPARAM)index, 0);
        (void)SendMessageW(item, CB_SETCURSEL, (WPARAM)index, 0);
        (void)PostMessageW(window, WM_COMMAND, MAKEWPARAM((WORD)id, LBN_SELCHANGE), (LPARAM)item);
    }
}

/* The next word as a number, of any base that C has. False: it is none. */
static bool
number(const char **line, long long *ret_value)
{
    char *end;

    *ret_value = strtoll(*line, &end, 0);
    if (end == *line || (*end != '\0' && *end != ' ')) {
        return false;
    }
    *line = end + strspn(end, " ");
    return true;
}

/* Whether the line begins with the word; goes behind it. */
static bool
word(const char **line, const char *expected)
{
    size_t length = strlen(expected);

    if (strncmp(*line, expected, length) != 0 ||
        ((*line)[length] != '\0' && (*line)[length] != ' ')) {
        return false;
    }
    *line += length + strspn(*line + length, " ");
    return true;
}

/* On the thread of the window. */
static void
obey(HWND window, const char *line)
{
    const char *rest = line + strspn(line, " ");
    long long a, b, c;

    if (*rest == '\0') {
        return;
    }
    if (word(&rest, "close") && *rest == '\0') {
        (void)PostMessageW(window, WM_CLOSE, 0, 0);
    } else if (word(&rest, "command") && number(&rest, &a)) {
        (void)PostMessageW(window, WM_COMMAND, (WPARAM)(WORD)a, 0);
    } else if (word(&rest, "text") && number(&rest, &a)) {
        (void)SetDlgItemTextA(window, (int)a, rest);
    } else if (word(&rest, "select") && number(&rest, &a) && number(&rest, &b)) {
        select_item(window, (int)a, (long)b);
    } else if (word(&rest, "check") && number(&rest, &a) && number(&rest, &b)) {
        (void)CheckDlgButton(window, (int)a, b != 0 ? BST_CHECKED : BST_UNCHECKED);
    } else if (word(&rest, "message") && number(&rest, &a) && number(&rest, &b) &&
               number(&rest, &c)) {
        (void)PostMessageW(window, (UINT)a, (WPARAM)b, (LPARAM)c);
    } else {
        usage(line);
    }
}

bool
user_input_take(struct user_queue *queue)
{
    struct user_window *active;
    struct list *link = NULL;
    HWND window = NULL;

    sys_lock_acquire(&w32_user);
    active = list_empty(&lines) ? NULL : user_active_locked(queue);
    if (active != NULL) {
        window = (HWND)active->number;
        link = list_pop_front(&lines);
    }
    sys_lock_release(&w32_user);
    if (link == NULL) {
        return false;
    }
    obey(window, container_of(link, struct line, link)->text);
    free(container_of(link, struct line, link));
    return true;
}

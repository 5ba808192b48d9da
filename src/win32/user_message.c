/* SPDX-License-Identifier: MIT */
/*
 * The message queues of threads: see user.h. A thread that waits for a sent message's end handles what
 * is sent to it meanwhile, so that two windows may ask each other.
 */
#include "win32/user.h"

#include <stdlib.h>
#include <string.h>

#include "base/atomic.h"
#include "sys/clock.h"
#include "sys/wait.h"
#include "win32/object.h"

#define NS_PER_MS UINT64_C(1000000)

struct sys_lock w32_user;
static struct list queues = {&queues, &queues};

/* ---- Queues ---- */

/* A thread's, while it lives; or NULL. */
static struct user_queue *
queue_locked(DWORD thread)
{
    struct list *link;

    list_for_each(link, &queues)
    {
        struct user_queue *queue = container_of(link, struct user_queue, link);

        if (queue->thread == thread && !queue->gone) {
            return queue;
        }
    }
    return NULL;
}

void
user_queue_unref_locked(struct user_queue *queue)
{
    if (--queue->references == 0) {
        list_remove(&queue->link);
        free(queue);
    }
}

void
user_queue_wake(struct user_queue *queue)
{
    (void)atomic_fetch_add_u32(&queue->changed, 1);
    sys_wake(&queue->changed, UINT32_MAX);
}

void
user_queues_wake_locked(void)
{
    struct list *link;

    list_for_each(link, &queues)
    {
        user_queue_wake(container_of(link, struct user_queue, link));
    }
}

struct user_queue *
user_queue(void)
{
    struct w32_thread_state *thread = w32_thread();
    struct user_queue *queue = thread->user_queue;

    if (queue == NULL) {
        queue = calloc(1, sizeof(*queue));
        if (queue != NULL) {
            queue->references = 1;
            queue->thread = thread->number;
            list_init(&queue->sent);
            list_init(&queue->posted);
            list_init(&queue->timers);
            sys_lock_acquire(&w32_user);
            list_push_back(&queues, &queue->link);
            sys_lock_release(&w32_user);
            thread->user_queue = queue;
        }
    }
    return queue;
}

/* ---- Messages ---- */

static void
send_unref(struct user_send *send)
{
    if (atomic_fetch_sub_u32(&send->references, 1) == 1) {
        free(send);
    }
}

/* Under w32_user: the sender's queue outlives his waiting. */
static void
send_done_locked(struct user_send *send, LRESULT result, uint32_t done)
{
    send->result = result;
    atomic_store_u32(&send->done, done);
    if (send->sender != NULL) {
        user_queue_wake(send->sender);
    }
}

/* Of a message that has been handled or dropped. */
static void
message_free_locked(struct user_message *message)
{
    if (message->send != NULL) {
        if (atomic_load_u32(&message->send->done) == 0) {
            send_done_locked(message->send, 0, 2);
        }
        send_unref(message->send);
    }
    free(message->payload);
    free(message);
}

static void
drop_locked(struct list *messages, HWND window)
{
    struct list *link;
    struct list *next;

    list_for_each_safe(link, next, messages)
    {
        struct user_message *message = container_of(link, struct user_message, link);

        if (window == NULL || message->msg.hwnd == window) {
            list_remove(link);
            message_free_locked(message);
        }
    }
}

static void
kill_timers_locked(struct user_queue *queue, HWND window)
{
    struct list *link;
    struct list *next;

    list_for_each_safe(link, next, &queue->timers)
    {
        struct user_timer *timer = container_of(link, struct user_timer, link);

        if (window == NULL || timer->window == window) {
            list_remove(link);
            free(timer);
        }
    }
}

void
user_drop_messages_locked(struct user_window *window)
{
    HWND handle = (HWND)window->number;

    drop_locked(&window->queue->sent, handle);
    drop_locked(&window->queue->posted, handle);
    kill_timers_locked(window->queue, handle);
}

void
user_thread_ends(struct user_queue *queue)
{
    sys_lock_acquire(&w32_user);
    queue->gone = true;
    user_windows_end_locked(queue);
    drop_locked(&queue->sent, NULL);
    drop_locked(&queue->posted, NULL);
    kill_timers_locked(queue, NULL);
    user_queue_unref_locked(queue);
    sys_lock_release(&w32_user);
}

static struct user_message *
message_new(HWND window, UINT code, WPARAM w, LPARAM l)
{
    struct user_message *message = calloc(1, sizeof(*message));

    if (message != NULL) {
        message->msg.hwnd = window;
        message->msg.message = code;
        message->msg.wParam = w;
        message->msg.lParam = l;
        message->msg.time = (DWORD)(sys_now_ns() / NS_PER_MS);
    }
    return message;
}

/* ---- Sending ---- */

/* The next message that was sent to this thread is handled. False: there is none. */
static bool
handle_sent(struct user_queue *queue)
{
    struct user_message *message;
    struct list *link;
    LRESULT result;

    sys_lock_acquire(&w32_user);
    link = list_pop_front(&queue->sent);
    sys_lock_release(&w32_user);
    if (link == NULL) {
        return false;
    }
    message = container_of(link, struct user_message, link);
    result = user_call(message->msg.hwnd, message->msg.message, message->msg.wParam,
                       message->msg.lParam, message->unicode);
    sys_lock_acquire(&w32_user);
    if (message->send != NULL) {
        send_done_locked(message->send, result, 1);
    }
    message_free_locked(message);
    sys_lock_release(&w32_user);
    return true;
}

/* Puts it before the owner's other work. False: no such window. */
static bool
enqueue_sent(struct user_message *message, struct user_send *send)
{
    struct user_window *window;

    sys_lock_acquire(&w32_user);
    window = user_window_locked(message->msg.hwnd);
    if (window == NULL || window->queue->gone) {
        sys_lock_release(&w32_user);
        return false;
    }
    message->send = send;
    list_push_back(&window->queue->sent, &message->link);
    user_queue_wake(window->queue);
    sys_lock_release(&w32_user);
    return true;
}

/* To a window of another thread; `deadline` for the answer. */
static bool
send_across(HWND window, UINT code, WPARAM w, LPARAM l, bool unicode, uint64_t deadline,
            LRESULT *ret_result)
{
    struct user_queue *queue = user_queue();
    struct user_message *message = message_new(window, code, w, l);
    struct user_send *send = calloc(1, sizeof(*send));
    bool done = false;

    if (queue == NULL || message == NULL || send == NULL) {
        free(message);
        free(send);
        return w32_fail(ERROR_NOT_ENOUGH_MEMORY);
    }
    message->unicode = unicode;
    send->references = 2;
    send->sender = queue;
    if (!enqueue_sent(message, send)) {
        free(message);
        free(send);
        return w32_fail(ERROR_INVALID_WINDOW_HANDLE);
    }
    for (;;) {
        uint32_t changed = atomic_load_u32(&queue->changed);

        if (atomic_load_u32(&send->done) != 0) {
            done = true;
            break;
        }
        if (handle_sent(queue)) {
            continue;
        }
        if (sys_now_ns() >= deadline) {
            break;
        }
        (void)sys_wait(&queue->changed, changed, deadline);
    }
    sys_lock_acquire(&w32_user);
    send->sender = NULL;
    done = atomic_load_u32(&send->done) != 0;
    *ret_result = done ? send->result : 0;
    sys_lock_release(&w32_user);
    send_unref(send);
    return done || w32_fail(ERROR_TIMEOUT);
}

/* Whose window it is; 0: nobody's. */
static DWORD
owner_of(HWND window)
{
    struct user_window *found;
    DWORD thread = 0;

    sys_lock_acquire(&w32_user);
    found = user_window_locked(window);
    if (found != NULL) {
        thread = found->queue->thread;
    }
    sys_lock_release(&w32_user);
    return thread;
}

LRESULT
user_send(HWND window, UINT message, WPARAM w, LPARAM l, bool unicode)
{
    DWORD thread = owner_of(window);
    LRESULT result = 0;

    if (thread == 0) {
        w32_fail(ERROR_INVALID_WINDOW_HANDLE);
        return 0;
    }
    if (thread == GetCurrentThreadId()) {
        return user_call(window, message, w, l, unicode);
    }
    (void)send_across(window, message, w, l, unicode, SYS_FOREVER, &result);
    return result;
}

bool
w32_user_notify(HWND window, UINT code, WPARAM w, void *payload)
{
    struct user_message *message = message_new(window, code, w, (LPARAM)payload);

    if (message == NULL) {
        free(payload);
        return false;
    }
    message->payload = payload;
    message->unicode = true;
    if (!enqueue_sent(message, NULL)) {
        free(message);
        free(payload);
        return false;
    }
    return true;
}

LRESULT
SendMessageW(HWND hWnd, UINT Msg, WPARAM wParam, LPARAM lParam)
{
    return user_send(hWnd, Msg, wParam, lParam, true);
}

LRESULT
SendMessageA(HWND hWnd, UINT Msg, WPARAM wParam, LPARAM lParam)
{
    return user_send(hWnd, Msg, wParam, lParam, false);
}

static LRESULT
send_timeout(HWND window, UINT message, WPARAM w, LPARAM l, UINT timeout_ms, PDWORD_PTR ret_result,
             bool unicode)
{
    DWORD thread = owner_of(window);
    LRESULT result = 0;

    if (thread == 0) {
        return w32_fail(ERROR_INVALID_WINDOW_HANDLE);
    }
    if (thread == GetCurrentThreadId()) {
        result = user_call(window, message, w, l, unicode);
    } else if (!send_across(window, message, w, l, unicode, w32_deadline(timeout_ms), &result)) {
        return 0;
    }
    if (ret_result != NULL) {
        *ret_result = (DWORD_PTR)result;
    }
    return 1;
}

LRESULT
SendMessageTimeoutW(HWND hWnd, UINT Msg, WPARAM wParam, LPARAM lParam, UINT fuFlags, UINT uTimeout,
                    PDWORD_PTR lpdwResult)
{
    return send_timeout(hWnd, Msg, wParam, lParam, uTimeout, lpdwResult, true);
}

LRESULT
SendMessageTimeoutA(HWND hWnd, UINT Msg, WPARAM wParam, LPARAM lParam, UINT fuFlags, UINT uTimeout,
                    PDWORD_PTR lpdwResult)
{
    return send_timeout(hWnd, Msg, wParam, lParam, uTimeout, lpdwResult, false);
}

static BOOL
send_notify(HWND window, UINT code, WPARAM w, LPARAM l, bool unicode)
{
    struct user_message *message;

    if (owner_of(window) == GetCurrentThreadId()) {
        (void)user_call(window, code, w, l, unicode);
        return TRUE;
    }
    message = message_new(window, code, w, l);
    if (message == NULL) {
        return w32_fail(ERROR_NOT_ENOUGH_MEMORY);
    }
    message->unicode = unicode;
    if (!enqueue_sent(message, NULL)) {
        free(message);
        return w32_fail(ERROR_INVALID_WINDOW_HANDLE);
    }
    return TRUE;
}

BOOL
SendNotifyMessageW(HWND hWnd, UINT Msg, WPARAM wParam, LPARAM lParam)
{
    return send_notify(hWnd, Msg, wParam, lParam, true);
}

BOOL
SendNotifyMessageA(HWND hWnd, UINT Msg, WPARAM wParam, LPARAM lParam)
{
    return send_notify(hWnd, Msg, wParam, lParam, false);
}

/* ---- Posting ---- */

static BOOL
post(struct user_message *message, DWORD thread)
{
    struct user_window *window = NULL;
    struct user_queue *queue;

    if (message == NULL) {
        return w32_fail(ERROR_NOT_ENOUGH_MEMORY);
    }
    sys_lock_acquire(&w32_user);
    if (message->msg.hwnd != NULL) {
        window = user_window_locked(message->msg.hwnd);
        queue = window == NULL || window->queue->gone ? NULL : window->queue;
    } else {
        queue = queue_locked(thread);
    }
    if (queue != NULL) {
        list_push_back(&queue->posted, &message->link);
        user_queue_wake(queue);
    }
    sys_lock_release(&w32_user);
    if (queue == NULL) {
        DWORD error =
            message->msg.hwnd != NULL ? ERROR_INVALID_WINDOW_HANDLE : ERROR_INVALID_THREAD_ID;

        free(message);
        return w32_fail(error);
    }
    return TRUE;
}

BOOL
PostMessageW(HWND hWnd, UINT Msg, WPARAM wParam, LPARAM lParam)
{
    if (hWnd == NULL && user_queue() == NULL) {
        return w32_fail(ERROR_NOT_ENOUGH_MEMORY);
    }
    return post(message_new(hWnd, Msg, wParam, lParam), GetCurrentThreadId());
}

BOOL
PostMessageA(HWND hWnd, UINT Msg, WPARAM wParam, LPARAM lParam)
{
    return PostMessageW(hWnd, Msg, wParam, lParam);
}

BOOL
PostThreadMessageW(DWORD idThread, UINT Msg, WPARAM wParam, LPARAM lParam)
{
    return post(message_new(NULL, Msg, wParam, lParam), idThread);
}

BOOL
PostThreadMessageA(DWORD idThread, UINT Msg, WPARAM wParam, LPARAM lParam)
{
    return PostThreadMessageW(idThread, Msg, wParam, lParam);
}

VOID
PostQuitMessage(int nExitCode)
{
    struct user_queue *queue = user_queue();

    if (queue != NULL) {
        sys_lock_acquire(&w32_user);
        queue->quit = true;
        queue->quit_code = nExitCode;
        user_queue_wake(queue);
        sys_lock_release(&w32_user);
    }
}

/* ---- Timers ---- */

static struct user_timer *
find_timer_locked(struct user_queue *queue, HWND window, UINT_PTR id)
{
    struct list *link;

    list_for_each(link, &queue->timers)
    {
        struct user_timer *timer = container_of(link, struct user_timer, link);

        if (timer->window == window && timer->id == id) {
            return timer;
        }
    }
    return NULL;
}

UINT_PTR
SetTimer(HWND hWnd, UINT_PTR nIDEvent, UINT uElapse, TIMERPROC lpTimerFunc)
{
    struct user_queue *own = user_queue();
    struct user_timer *fresh = calloc(1, sizeof(*fresh));
    struct user_queue *queue = own;
    struct user_timer *timer;

    if (own == NULL || fresh == NULL) {
        free(fresh);
        return (UINT_PTR)w32_fail(ERROR_NOT_ENOUGH_MEMORY);
    }
    sys_lock_acquire(&w32_user);
    if (hWnd != NULL) {
        struct user_window *window = user_window_locked(hWnd);

        if (window == NULL) {
            sys_lock_release(&w32_user);
            free(fresh);
            return (UINT_PTR)w32_fail(ERROR_INVALID_WINDOW_HANDLE);
        }
        queue = window->queue;
    }
    timer = find_timer_locked(queue, hWnd, nIDEvent);
    if (timer == NULL) {
        timer = fresh;
        fresh = NULL;
        timer->window = hWnd;
        timer->id = hWnd != NULL ? nIDEvent : ++queue->timer_ids;
        list_push_back(&queue->timers, &timer->link);
    }
    uElapse = uElapse < USER_TIMER_MINIMUM ? USER_TIMER_MINIMUM : uElapse;
    timer->period_ns = (uint64_t)uElapse * NS_PER_MS;
    timer->due_ns = sys_now_ns() + timer->period_ns;
    timer->proc = lpTimerFunc;
    nIDEvent = timer->id;
    user_queue_wake(queue);
    sys_lock_release(&w32_user);
    free(fresh);
    return nIDEvent != 0 ? nIDEvent : 1;
}

BOOL
KillTimer(HWND hWnd, UINT_PTR uIDEvent)
{
    struct user_queue *queue = user_queue();
    struct user_timer *timer = NULL;

    sys_lock_acquire(&w32_user);
    if (hWnd != NULL) {
        struct user_window *window = user_window_locked(hWnd);

        queue = window == NULL ? NULL : window->queue;
    }
    if (queue != NULL) {
        timer = find_timer_locked(queue, hWnd, uIDEvent);
    }
    if (timer != NULL) {
        list_remove(&timer->link);
    }
    sys_lock_release(&w32_user);
    free(timer);
    return timer != NULL || w32_fail(ERROR_INVALID_PARAMETER);
}

/* The first timer that is due becomes *msg and begins anew. Else *ret_due_ns is when one will be. */
static bool
take_timer_locked(struct user_queue *queue, MSG *msg, uint64_t *ret_due_ns)
{
    uint64_t now = sys_now_ns();
    struct list *link;

    *ret_due_ns = SYS_FOREVER;
    list_for_each(link, &queue->timers)
    {
        struct user_timer *timer = container_of(link, struct user_timer, link);

        if (timer->due_ns <= now) {
            timer->due_ns = now + timer->period_ns;
            *msg = (MSG){.hwnd = timer->window,
                         .message = WM_TIMER,
                         .wParam = timer->id,
                         .lParam = (LPARAM)timer->proc,
                         .time = (DWORD)(now / NS_PER_MS)};
            list_remove(link);
            list_push_back(&queue->timers, link); /* Others have their turn. */
            return true;
        }
        if (timer->due_ns < *ret_due_ns) {
            *ret_due_ns = timer->due_ns;
        }
    }
    return false;
}

/* ---- Getting ---- */

static bool
wanted(const MSG *msg, HWND window, UINT first, UINT last)
{
    bool fits = window == NULL || msg->hwnd == window ||
                (window == (HWND)(LONG_PTR)-1 && msg->hwnd == NULL);

    return fits && ((first == 0 && last == 0) || (msg->message >= first && msg->message <= last));
}

/* What a thread gets next: what is posted, the end, paint, timers, in this order as documented. */
static bool
take_locked(struct user_queue *queue, MSG *msg, HWND window, UINT first, UINT last, bool remove,
            uint64_t *ret_due_ns)
{
    struct user_window *dirty;
    struct list *link;

    list_for_each(link, &queue->posted)
    {
        struct user_message *message = container_of(link, struct user_message, link);

        if (wanted(&message->msg, window, first, last)) {
            *msg = message->msg;
            if (remove) {
                list_remove(link);
                message_free_locked(message);
            }
            return true;
        }
    }
    *ret_due_ns = SYS_FOREVER;
    if (queue->quit) {
        *msg = (MSG){.message = WM_QUIT, .wParam = (WPARAM)queue->quit_code};
        queue->quit = !remove;
        return true;
    }
    dirty = user_dirty_locked(queue, window);
    if (dirty != NULL) {
        *msg = (MSG){.hwnd = (HWND)dirty->number, .message = WM_PAINT};
        if (wanted(msg, window, first, last)) {
            return true;
        }
    }
    return take_timer_locked(queue, msg, ret_due_ns) && wanted(msg, window, first, last);
}

/* Waits when `wait`; false: there is none. */
static bool
get(MSG *msg, HWND window, UINT first, UINT last, bool remove, bool wait)
{
    struct user_queue *queue = user_queue();
    uint64_t due_ns = SYS_FOREVER;

    while (queue != NULL) {
        uint32_t changed = atomic_load_u32(&queue->changed);
        bool found;

        while (handle_sent(queue)) {
        }
        sys_lock_acquire(&w32_user);
        found = take_locked(queue, msg, window, first, last, remove, &due_ns);
        sys_lock_release(&w32_user);
        if (found) {
            return true;
        }
        if (user_input_take(queue)) {
            continue;
        }
        if (!wait) {
            return false;
        }
        w32_order(NULL);
        (void)sys_wait(&queue->changed, changed, due_ns);
    }
    return false;
}

BOOL
GetMessageW(LPMSG lpMsg, HWND hWnd, UINT wMsgFilterMin, UINT wMsgFilterMax)
{
    if (lpMsg == NULL) {
        w32_fail(ERROR_INVALID_PARAMETER);
        return -1;
    }
    if (hWnd != NULL && hWnd != (HWND)(LONG_PTR)-1 && owner_of(hWnd) == 0) {
        w32_fail(ERROR_INVALID_WINDOW_HANDLE);
        return -1;
    }
    return get(lpMsg, hWnd, wMsgFilterMin, wMsgFilterMax, true, true) ? lpMsg->message != WM_QUIT
                                                                      : -1;
}

BOOL
GetMessageA(LPMSG lpMsg, HWND hWnd, UINT wMsgFilterMin, UINT wMsgFilterMax)
{
    return GetMessageW(lpMsg, hWnd, wMsgFilterMin, wMsgFilterMax);
}

BOOL
PeekMessageW(LPMSG lpMsg, HWND hWnd, UINT wMsgFilterMin, UINT wMsgFilterMax, UINT wRemoveMsg)
{
    return lpMsg != NULL &&
           get(lpMsg, hWnd, wMsgFilterMin, wMsgFilterMax, (wRemoveMsg & PM_REMOVE) != 0, false);
}

BOOL
PeekMessageA(LPMSG lpMsg, HWND hWnd, UINT wMsgFilterMin, UINT wMsgFilterMax, UINT wRemoveMsg)
{
    return PeekMessageW(lpMsg, hWnd, wMsgFilterMin, wMsgFilterMax, wRemoveMsg);
}

BOOL
WaitMessage(VOID)
{
    MSG msg;

    return get(&msg, NULL, 0, 0, false, true);
}

/* There is no keyboard whose keys would become characters. */
BOOL
TranslateMessage(CONST MSG *lpMsg)
{
    return FALSE;
}

static LRESULT
dispatch(const MSG *msg, bool unicode)
{
    if (msg->message == WM_TIMER && msg->lParam != 0) {
        ((TIMERPROC)msg->lParam)(msg->hwnd, WM_TIMER, msg->wParam, msg->time);
        return 0;
    }
    return msg->hwnd == NULL
               ? 0
               : user_call(msg->hwnd, msg->message, msg->wParam, msg->lParam, unicode);
}

LRESULT
DispatchMessageW(CONST MSG *lpMsg)
{
    return dispatch(lpMsg, true);
}

LRESULT
DispatchMessageA(CONST MSG *lpMsg)
{
    return dispatch(lpMsg, false);
}

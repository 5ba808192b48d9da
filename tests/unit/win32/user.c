/* SPDX-License-Identifier: MIT */
/* Windows without a screen: messages, timers, dialogs, controls. */
#include <windows.h>

#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static UINT heard[64]; /* The messages that the window got, in order. */
static unsigned heard_count;
static HWND peer;

static LRESULT CALLBACK
window_proc(HWND window, UINT message, WPARAM w, LPARAM l)
{
    if (heard_count < 64) {
        heard[heard_count++] = message;
    }
    switch (message) {
    case WM_CREATE:
        return l != 0 && ((CREATESTRUCTW *)l)->lpCreateParams == (LPVOID)(ULONG_PTR)13 ? -1 : 0;
    case WM_USER:
        return (LRESULT)w + l;
    case WM_USER + 1: /* Asks back whoever asks. */
        return SendMessageW(peer, WM_USER, 40, 2);
    case WM_DESTROY:
        PostQuitMessage(7);
        return 0;
    default:
        return DefWindowProcW(window, message, w, l);
    }
}

static void
register_class(void)
{
    WNDCLASSW class = {.lpfnWndProc = window_proc, .lpszClassName = L"Test", .cbWndExtra = 16};

    ck_assert_uint_ne(RegisterClassW(&class), 0);
}

static HWND
make_window(void *parameter)
{
    return CreateWindowExW(0, L"test", L"Title", WS_OVERLAPPEDWINDOW, 0, 0, 10, 10, NULL, NULL,
                           NULL, parameter);
}

START_TEST(a_window_is_made_told_and_destroyed_in_the_documented_order)
{
    HWND window;
    MSG msg;

    register_class();
    window = make_window(NULL);
    ck_assert_ptr_nonnull(window);
    ck_assert_uint_eq(heard_count, 2);
    ck_assert_uint_eq(heard[0], WM_NCCREATE);
    ck_assert_uint_eq(heard[1], WM_CREATE);
    heard_count = 0;
    ck_assert_int_eq(SendMessageW(window, WM_CLOSE, 0, 0), 0);
    ck_assert_uint_eq(heard[0], WM_CLOSE);
    ck_assert_uint_eq(heard[1], WM_DESTROY);
    ck_assert_uint_eq(heard[2], WM_NCDESTROY);
    ck_assert(!IsWindow(window));
    ck_assert_int_eq(GetMessageW(&msg, NULL, 0, 0), 0);
    ck_assert_uint_eq(msg.message, WM_QUIT);
    ck_assert_uint_eq(msg.wParam, 7);
    ck_assert_int_eq(PostMessageW(window, WM_USER, 0, 0), FALSE);
    ck_assert_uint_eq(GetLastError(), ERROR_INVALID_WINDOW_HANDLE);
}
END_TEST

START_TEST(a_window_that_refuses_to_be_made_is_none)
{
    register_class();
    ck_assert_ptr_null(make_window((void *)(ULONG_PTR)13));
    ck_assert_uint_eq(heard[heard_count - 1], WM_NCDESTROY);
    ck_assert_ptr_null(CreateWindowExW(0, L"Nobody", L"", 0, 0, 0, 0, 0, NULL, NULL, NULL, NULL));
    ck_assert_uint_eq(GetLastError(), ERROR_CANNOT_FIND_WND_CLASS);
    ck_assert(UnregisterClassW(L"Test", NULL));
    ck_assert(!UnregisterClassW(L"Test", NULL));
}
END_TEST

START_TEST(messages_come_in_order_and_the_end_last)
{
    HWND window;
    MSG msg;

    register_class();
    window = make_window(NULL);
    PostQuitMessage(3);
    ck_assert(PostMessageW(window, WM_USER + 10, 1, 2));
    ck_assert(PostThreadMessageW(GetCurrentThreadId(), WM_APP, 3, 4));
    ck_assert(PeekMessageW(&msg, NULL, 0, 0, PM_NOREMOVE));
    ck_assert_uint_eq(msg.message, WM_USER + 10);
    /* A filter takes what it wants out of the middle. */
    ck_assert(PeekMessageW(&msg, NULL, WM_APP, WM_APP, PM_REMOVE));
    ck_assert_ptr_null(msg.hwnd);
    ck_assert_int_eq(GetMessageW(&msg, NULL, 0, 0), TRUE);
    ck_assert_uint_eq(msg.message, WM_USER + 10);
    ck_assert_ptr_eq(msg.hwnd, window);
    ck_assert_uint_eq(msg.wParam, 1);
    ck_assert_int_eq(msg.lParam, 2);
    ck_assert_int_eq(GetMessageW(&msg, NULL, 0, 0), FALSE);
    ck_assert_uint_eq(msg.wParam, 3);
    ck_assert(!PeekMessageW(&msg, NULL, 0, 0, PM_REMOVE));
    ck_assert(!PostThreadMessageW(0xFFFFFF, WM_APP, 0, 0));
    ck_assert_uint_eq(GetLastError(), ERROR_INVALID_THREAD_ID);
}
END_TEST

static VOID CALLBACK
timer_proc(HWND window, UINT message, UINT_PTR id, DWORD time)
{
    heard[heard_count++] = (UINT)id;
}

START_TEST(timers_tick_until_they_are_killed)
{
    UINT_PTR id;
    HWND window;
    MSG msg;

    register_class();
    window = make_window(NULL);
    ck_assert_uint_eq(SetTimer(window, 5, 1, NULL), 5);
    for (int i = 0; i < 3; i++) {
        ck_assert_int_eq(GetMessageW(&msg, window, 0, 0), TRUE);
        ck_assert_uint_eq(msg.message, WM_TIMER);
        ck_assert_uint_eq(msg.wParam, 5);
    }
    ck_assert(KillTimer(window, 5));
    ck_assert(!KillTimer(window, 5));
    id = SetTimer(NULL, 0, 1, timer_proc);
    heard_count = 0;
    ck_assert_int_eq(GetMessageW(&msg, NULL, 0, 0), TRUE);
    (void)DispatchMessageW(&msg);
    ck_assert_uint_eq(heard[0], id);
    ck_assert(KillTimer(NULL, id));
}
END_TEST

static DWORD WINAPI
window_thread(LPVOID ready)
{
    MSG msg;

    peer = make_window(NULL);
    ck_assert(SetEvent((HANDLE)ready));
    while (GetMessageW(&msg, NULL, 0, 0) > 0) {
        (void)DispatchMessageW(&msg);
    }
    return (DWORD)msg.wParam;
}

START_TEST(threads_send_to_each_other_s_windows_at_the_same_time)
{
    HANDLE ready = CreateEventW(NULL, FALSE, FALSE, NULL);
    HWND other, own;
    HANDLE thread;
    DWORD code;

    register_class();
    thread = CreateThread(NULL, 0, window_thread, ready, 0, NULL);
    ck_assert_uint_eq(WaitForSingleObject(ready, INFINITE), WAIT_OBJECT_0);
    other = peer;
    ck_assert_int_eq(SendMessageW(other, WM_USER, 1, 2), 3);
    own = make_window(NULL);
    peer = own; /* The other window's answer needs ours. */
    for (int i = 0; i < 100; i++) {
        ck_assert_int_eq(SendMessageW(other, WM_USER + 1, 0, 0), 42);
    }
    ck_assert(PostMessageW(other, WM_CLOSE, 0, 0));
    ck_assert_uint_eq(WaitForSingleObject(thread, INFINITE), WAIT_OBJECT_0);
    ck_assert(GetExitCodeThread(thread, &code));
    ck_assert_uint_eq(code, 7);
    ck_assert_int_eq(SendMessageW(other, WM_USER, 1, 2), 0);
}
END_TEST

static DWORD WINAPI
silent_thread(LPVOID ready)
{
    HANDLE *events = ready;

    peer = make_window(NULL);
    ck_assert(SetEvent(events[0]));
    ck_assert_uint_eq(WaitForSingleObject(events[1], INFINITE), WAIT_OBJECT_0);
    return 0;
}

START_TEST(a_silent_thread_holds_nobody_for_ever)
{
    HANDLE events[2] = {CreateEventW(NULL, FALSE, FALSE, NULL),
                        CreateEventW(NULL, FALSE, FALSE, NULL)};
    HANDLE thread;
    DWORD_PTR result;

    register_class();
    thread = CreateThread(NULL, 0, silent_thread, events, 0, NULL);
    ck_assert_uint_eq(WaitForSingleObject(events[0], INFINITE), WAIT_OBJECT_0);
    ck_assert_int_eq(SendMessageTimeoutW(peer, WM_USER, 1, 2, SMTO_ABORTIFHUNG, 20, &result), 0);
    ck_assert_uint_eq(GetLastError(), ERROR_TIMEOUT);
    ck_assert(SendNotifyMessageW(peer, WM_USER, 1, 2)); /* Goes with the queue. */
    ck_assert(SetEvent(events[1]));
    /* Its windows go with it: who waits now is told. */
    ck_assert_int_eq(SendMessageW(peer, WM_USER, 1, 2), 0);
    ck_assert_uint_eq(WaitForSingleObject(thread, INFINITE), WAIT_OBJECT_0);
    ck_assert(!IsWindow(peer));
}
END_TEST

START_TEST(text_is_the_same_in_both_spellings)
{
    WCHAR wide[16];
    char narrow[16];
    HWND window;

    register_class();
    window = make_window(NULL);
    ck_assert_int_eq(GetWindowTextA(window, narrow, 16), 5);
    ck_assert_str_eq(narrow, "Title");
    ck_assert(SetWindowTextA(window, "h\xc3\xa9llo"));
    ck_assert_int_eq(GetWindowTextW(window, wide, 16), 5);
    ck_assert_uint_eq(wide[1], 0xE9);
    ck_assert_int_eq(GetWindowTextLengthW(window), 5);
    ck_assert_int_eq(GetWindowTextW(window, wide, 3), 2);
    ck_assert_uint_eq(wide[2], 0);
}
END_TEST

START_TEST(a_window_keeps_values_where_they_are_documented)
{
    HWND window;

    register_class();
    window = make_window(NULL);
    ck_assert_int_eq(SetWindowLongPtrW(window, GWLP_USERDATA, 0x123456789AL), 0);
    ck_assert_int_eq(GetWindowLongPtrW(window, GWLP_USERDATA), 0x123456789AL);
    ck_assert_int_eq(SetWindowLongPtrW(window, 8, 77), 0);
    ck_assert_int_eq(GetWindowLongPtrW(window, 8), 77);
    ck_assert_int_eq(GetWindowLongPtrW(window, 0), 0);
    SetLastError(0);
    ck_assert_int_eq(SetWindowLongPtrW(window, 16, 1), 0);
    ck_assert_uint_eq(GetLastError(), ERROR_INVALID_INDEX);
    ck_assert_int_eq(GetWindowLongPtrW(window, GWLP_WNDPROC), (LONG_PTR)window_proc);
}
END_TEST

/* The numbers of the two items of the dialog. */
#define NUMBER 10
#define CHOICE 11

static INT_PTR CALLBACK
dialog_proc(HWND dialog, UINT message, WPARAM w, LPARAM l)
{
    BOOL good;

    switch (message) {
    case WM_INITDIALOG:
        ck_assert_int_eq(l, 99);
        ck_assert(SetDlgItemInt(dialog, NUMBER, 12, FALSE));
        return TRUE;
    case WM_COMMAND:
        if (w == IDOK) {
            UINT number = GetDlgItemInt(dialog, NUMBER, &good, FALSE);

            ck_assert(EndDialog(dialog, good ? (INT_PTR)number : -2));
        } else if (w == IDCANCEL) {
            ck_assert(EndDialog(dialog, -3));
        }
        return TRUE;
    default:
        return FALSE;
    }
}

/* The standard input as somebody would type it. */
static void
type(const char *text)
{
    int fds[2];

    ck_assert_int_eq(pipe(fds), 0);
    ck_assert_int_eq(write(fds[1], text, strlen(text)), (ssize_t)strlen(text));
    ck_assert_int_eq(close(fds[1]), 0);
    ck_assert_int_eq(dup2(fds[0], STDIN_FILENO), STDIN_FILENO);
}

START_TEST(a_dialog_is_answered_by_lines_of_the_input)
{
    register_class();
    type("nonsense\ntext 10 4711\ncommand 1\nclose\n");
    ck_assert_int_eq(DialogBoxParamW(NULL, MAKEINTRESOURCEW(5), NULL, dialog_proc, 99), 4711);
    /* What is left is the next one's. */
    ck_assert_int_eq(DialogBoxParamW(NULL, MAKEINTRESOURCEW(5), NULL, dialog_proc, 99), -3);
}
END_TEST

START_TEST(a_list_keeps_its_items)
{
    char text[16];
    HWND list, parent;

    register_class();
    parent = make_window(NULL);
    list = CreateWindowExA(0, "listbox", NULL, WS_CHILD, 0, 0, 0, 0, parent, (HMENU)3, NULL, NULL);
    ck_assert_ptr_nonnull(list);
    ck_assert_ptr_eq(GetDlgItem(parent, 3), list);
    ck_assert_ptr_eq(GetParent(list), parent);
    ck_assert_int_eq(SendMessageA(list, LB_ADDSTRING, 0, (LPARAM) "two"), 0);
    ck_assert_int_eq(SendMessageW(list, LB_INSERTSTRING, 0, (LPARAM)L"one"), 0);
    ck_assert_int_eq(SendMessageA(list, LB_INSERTSTRING, 9, (LPARAM) "far"), LB_ERR);
    ck_assert_int_eq(SendMessageA(list, LB_GETCOUNT, 0, 0), 2);
    ck_assert_int_eq(SendMessageA(list, LB_GETTEXT, 1, (LPARAM)text), 3);
    ck_assert_str_eq(text, "two");
    ck_assert_int_eq(SendMessageA(list, LB_FINDSTRING, (WPARAM)-1, (LPARAM) "TW"), 1);
    ck_assert_int_eq(SendMessageA(list, LB_FINDSTRINGEXACT, (WPARAM)-1, (LPARAM) "TW"), LB_ERR);
    ck_assert_int_eq(SendMessageA(list, LB_SETITEMDATA, 1, 55), 0);
    ck_assert_int_eq(SendMessageA(list, LB_SETCURSEL, 1, 0), 1);
    ck_assert_int_eq(SendMessageA(list, LB_DELETESTRING, 0, 0), 1);
    ck_assert_int_eq(SendMessageA(list, LB_GETCURSEL, 0, 0), 0);
    ck_assert_int_eq(SendMessageA(list, LB_GETITEMDATA, 0, 0), 55);
    ck_assert(DestroyWindow(parent));
    ck_assert(!IsWindow(list));
}
END_TEST

START_TEST(a_message_box_has_its_default_answer)
{
    ck_assert_int_eq(MessageBoxA(NULL, "text", "caption", MB_OK), IDOK);
    ck_assert_int_eq(MessageBoxW(NULL, L"text", L"caption", MB_YESNO), IDYES);
    ck_assert_int_eq(MessageBoxA(NULL, "text", NULL, MB_YESNOCANCEL | MB_DEFBUTTON3), IDCANCEL);
    ck_assert_int_eq(MessageBoxA(NULL, "text", NULL, 0xF), 0);
}
END_TEST

static void
setup(void)
{
    heard_count = 0;
}

int
main(void)
{
    Suite *suite = suite_create("win32/user");
    TCase *tcase = tcase_create("user");
    SRunner *runner;
    int failed;

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, setup, NULL);
    tcase_add_test(tcase, a_window_is_made_told_and_destroyed_in_the_documented_order);
    tcase_add_test(tcase, a_window_that_refuses_to_be_made_is_none);
    tcase_add_test(tcase, messages_come_in_order_and_the_end_last);
    tcase_add_test(tcase, timers_tick_until_they_are_killed);
    tcase_add_test(tcase, threads_send_to_each_other_s_windows_at_the_same_time);
    tcase_add_test(tcase, a_silent_thread_holds_nobody_for_ever);
    tcase_add_test(tcase, text_is_the_same_in_both_spellings);
    tcase_add_test(tcase, a_window_keeps_values_where_they_are_documented);
    tcase_add_test(tcase, a_dialog_is_answered_by_lines_of_the_input);
    tcase_add_test(tcase, a_list_keeps_its_items);
    tcase_add_test(tcase, a_message_box_has_its_default_answer);
    suite_add_tcase(suite, tcase);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

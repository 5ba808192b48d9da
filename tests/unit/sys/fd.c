/* SPDX-License-Identifier: MIT */
/* Descriptors: events, readiness, messages. */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "both.h"
#include "sys/clock.h"
#include "sys/fd.h"
#include "sys/wait.h"

static bool
is_open(int fd)
{
    return fcntl(fd, F_GETFD) >= 0;
}

START_TEST(an_event_is_readable_until_cleared)
{
    int fd = sys_event_create();

    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(sys_fd_wait(fd, SYS_FD_READABLE, 0), 0);
    ck_assert(!sys_event_clear(fd));
    sys_event_set(fd);
    sys_event_set(fd);
    ck_assert_int_eq(sys_fd_wait(fd, SYS_FD_READABLE, SYS_FOREVER), SYS_FD_READABLE);
    ck_assert(sys_event_clear(fd));
    ck_assert(!sys_event_clear(fd));
    sys_fd_close(&fd);
    ck_assert_int_eq(fd, -1);
    sys_fd_close(&fd);
}
END_TEST

START_TEST(waiting_ends_at_the_deadline)
{
    int fd = sys_event_create();
    uint64_t deadline = sys_now_ns() + 1000000;

    ck_assert_int_eq(sys_fd_wait(fd, SYS_FD_READABLE, deadline), 0);
    ck_assert_uint_ge(sys_now_ns(), deadline);
    ck_assert_int_eq(sys_fd_wait(999, SYS_FD_READABLE, 0), -EBADF);
    sys_fd_close(&fd);
}
END_TEST

START_TEST(a_set_tells_which_is_ready)
{
    struct sys_poll_event events[4];
    int poll = sys_poll_create();
    int a = sys_event_create();
    int b = sys_event_create();
    uint64_t deadline = sys_now_ns() + 1000000;

    ck_assert_int_eq(sys_poll_add(poll, a, SYS_FD_READABLE, 1), 0);
    ck_assert_int_eq(sys_poll_add(poll, b, SYS_FD_READABLE, 2), 0);
    ck_assert_int_eq(sys_poll_add(poll, b, SYS_FD_READABLE, 3), 0);
    ck_assert_int_eq(sys_poll_wait(poll, events, 4, deadline), 0);
    ck_assert_uint_ge(sys_now_ns(), deadline);
    sys_event_set(b);
    ck_assert_int_eq(sys_poll_wait(poll, events, 4, SYS_FOREVER), 1);
    ck_assert_uint_eq(events[0].tag, 3);
    ck_assert_uint_eq(events[0].events, SYS_FD_READABLE);
    ck_assert_int_eq(sys_poll_remove(poll, b), 0);
    ck_assert_int_eq(sys_poll_remove(poll, b), -ENOENT);
    ck_assert_int_eq(sys_poll_wait(poll, events, 4, 0), 0);
    sys_fd_close(&a);
    sys_fd_close(&b);
    sys_fd_close(&poll);
}
END_TEST

START_TEST(descriptors_travel_with_a_message)
{
    int sockets[2];
    int event = sys_event_create();
    int got[2];
    char buffer[16];

    ck_assert_int_eq(sys_socket_pair(sockets), 0);
    ck_assert_int_eq(sys_fd_send(sockets[0], "hello", 5, &event, 1), 0);
    ck_assert_int_eq(sys_fd_receive(sockets[1], buffer, sizeof(buffer), got, 2), 5);
    ck_assert_mem_eq(buffer, "hello", 5);
    ck_assert_int_ge(got[0], 0);
    ck_assert_int_eq(got[1], -1);
    ck_assert_int_eq(fcntl(got[0], F_GETFD), FD_CLOEXEC);
    sys_event_set(event);
    ck_assert(sys_event_clear(got[0]));
    sys_fd_close(&got[0]);

    sys_fd_close(&sockets[0]);
    ck_assert_int_eq(sys_fd_receive(sockets[1], buffer, sizeof(buffer), got, 2), 0);
    ck_assert_int_eq(sys_fd_send(sockets[1], "x", 1, NULL, 0), -EPIPE);
    ck_assert((sys_fd_wait(sockets[1], SYS_FD_READABLE, SYS_FOREVER) & SYS_FD_HANGUP) != 0);
    sys_fd_close(&sockets[1]);
    sys_fd_close(&event);
}
END_TEST

START_TEST(a_message_that_does_not_fit_leaves_no_descriptor)
{
    int sockets[2];
    int fds[3];
    int got[1];
    char buffer[4];
    int next;

    ck_assert_int_eq(sys_socket_pair(sockets), 0);
    fds[0] = fds[1] = fds[2] = sys_event_create();
    next = sys_event_create();
    sys_fd_close(&next);

    ck_assert_int_eq(sys_fd_send(sockets[0], "abc", 3, fds, 3), 0);
    ck_assert_int_eq(sys_fd_receive(sockets[1], buffer, sizeof(buffer), got, 1), -EMSGSIZE);
    ck_assert_int_eq(got[0], -1);
    ck_assert_int_eq(sys_fd_send(sockets[0], "abcdefg", 7, fds, 1), 0);
    ck_assert_int_eq(sys_fd_receive(sockets[1], buffer, sizeof(buffer), got, 1), -EMSGSIZE);
    ck_assert_int_eq(got[0], -1);
    ck_assert(!is_open(fds[0] + 1));

    ck_assert_int_eq(sys_fd_set_nonblocking(sockets[1]), 0);
    ck_assert_int_eq(sys_fd_receive(sockets[1], buffer, sizeof(buffer), got, 1), -EAGAIN);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("sys/fd");
    TCase *tests = tcase_create("fd");

    tcase_add_test(tests, an_event_is_readable_until_cleared);
    tcase_add_test(tests, waiting_ends_at_the_deadline);
    tcase_add_test(tests, a_set_tells_which_is_ready);
    tcase_add_test(tests, descriptors_travel_with_a_message);
    tcase_add_test(tests, a_message_that_does_not_fit_leaves_no_descriptor);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}

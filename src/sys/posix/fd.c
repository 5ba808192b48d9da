/* SPDX-License-Identifier: MIT */
/* Descriptors: eventfd, poll, epoll, and messages with descriptors over Unix sockets. */
#define _GNU_SOURCE
#include "sys/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/assert.h"
#include "sys/posix/posix_priv.h"
#include "sys/wait.h"

#define POLL_BATCH_MAX 32

void
sys_fd_close(int *fd)
{
    if (*fd >= 0) {
        close(*fd);
        *fd = -1;
    }
}

int
sys_fd_set_nonblocking(int fd)
{
    int flags = fcntl(fd, F_GETFL);

    if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0) {
        return -errno;
    }
    return 0;
}

int
sys_event_create(void)
{
    int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);

    return fd >= 0 ? fd : -errno;
}

void
sys_event_set(int fd)
{
    const uint64_t one = 1;

    /* EAGAIN: the counter is full, so the event is set. */
    while (write(fd, &one, sizeof(one)) < 0 && errno == EINTR) {
    }
}

bool
sys_event_clear(int fd)
{
    uint64_t count;
    ssize_t got;

    do {
        got = read(fd, &count, sizeof(count));
    } while (got < 0 && errno == EINTR);
    return got == sizeof(count);
}

/* What is left until the deadline, for ppoll and epoll_pwait2; NULL: forever. */
static const struct timespec *
remaining(uint64_t deadline_ns, struct timespec *storage)
{
    uint64_t now_ns;

    if (deadline_ns == SYS_FOREVER) {
        return NULL;
    }
    now_ns = deadline_ns != 0 ? posix_now_ns() : 0;
    *storage = posix_timespec(deadline_ns > now_ns ? deadline_ns - now_ns : 0);
    return storage;
}

int
sys_fd_wait(int fd, unsigned events, uint64_t deadline_ns)
{
    struct pollfd item = {.fd = fd};
    struct timespec left;
    int count;

    item.events = (short)(((events & SYS_FD_READABLE) ? POLLIN : 0) |
                          ((events & SYS_FD_WRITABLE) ? POLLOUT : 0));
    do {
        count = ppoll(&item, 1, remaining(deadline_ns, &left), NULL);
    } while (count < 0 && errno == EINTR);
    if (count <= 0) {
        return count < 0 ? -errno : 0;
    }
    if (item.revents & POLLNVAL) {
        return -EBADF;
    }
    return ((item.revents & POLLIN) ? (int)SYS_FD_READABLE : 0) |
           ((item.revents & POLLOUT) ? (int)SYS_FD_WRITABLE : 0) |
           ((item.revents & (POLLHUP | POLLERR)) ? (int)SYS_FD_HANGUP : 0);
}

int
sys_poll_create(void)
{
    int fd = epoll_create1(EPOLL_CLOEXEC);

    return fd >= 0 ? fd : -errno;
}

int
sys_poll_add(int poll, int fd, unsigned events, uint64_t tag)
{
    struct epoll_event event = {.data.u64 = tag};

    event.events = ((events & SYS_FD_READABLE) ? (uint32_t)EPOLLIN : 0) |
                   ((events & SYS_FD_WRITABLE) ? (uint32_t)EPOLLOUT : 0);
    if (epoll_ctl(poll, EPOLL_CTL_ADD, fd, &event) == 0 ||
        (errno == EEXIST && epoll_ctl(poll, EPOLL_CTL_MOD, fd, &event) == 0)) {
        return 0;
    }
    return -errno;
}

int
sys_poll_remove(int poll, int fd)
{
    return epoll_ctl(poll, EPOLL_CTL_DEL, fd, NULL) == 0 ? 0 : -errno;
}

/* epoll counts in milliseconds; rounding up keeps a deadline from being met too early. */
static int
remaining_ms(uint64_t deadline_ns)
{
    struct timespec left;
    const struct timespec *limit = remaining(deadline_ns, &left);

    if (limit == NULL) {
        return -1;
    }
    if (limit->tv_sec > 1000000) {
        return 1000000000;
    }
    return (int)(limit->tv_sec * 1000 + (limit->tv_nsec + 999999) / 1000000);
}

static void
translate(const struct epoll_event *from, struct sys_poll_event *to)
{
    to->tag = from->data.u64;
    to->events = ((from->events & EPOLLIN) ? SYS_FD_READABLE : 0) |
                 ((from->events & EPOLLOUT) ? SYS_FD_WRITABLE : 0) |
                 ((from->events & (EPOLLHUP | EPOLLERR)) ? SYS_FD_HANGUP : 0);
}

int
sys_poll_wait(int poll, struct sys_poll_event *ret_events, size_t max, uint64_t deadline_ns)
{
    struct epoll_event events[POLL_BATCH_MAX];
    int count;

    base_assert(max > 0);
    do {
        count = epoll_wait(poll, events, max < POLL_BATCH_MAX ? (int)max : POLL_BATCH_MAX,
                           remaining_ms(deadline_ns));
    } while (count < 0 && errno == EINTR);
    if (count < 0) {
        return -errno;
    }
    for (int i = 0; i < count; i++) {
        translate(&events[i], &ret_events[i]);
    }
    return count;
}

int
sys_socket_pair(int ret_fds[2])
{
    return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ret_fds) == 0 ? 0 : -errno;
}

union control {
    struct cmsghdr header; /* Aligns. */
    char bytes[CMSG_SPACE(SYS_FD_PASS_MAX * sizeof(int))];
};

int
sys_fd_send(int socket, const void *data, size_t size, const int *fds, size_t fd_count)
{
    struct iovec part = {.iov_base = (void *)(uintptr_t)data, .iov_len = size};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    union control control;
    ssize_t sent;

    base_assert(fd_count <= SYS_FD_PASS_MAX);
    if (fd_count > 0) {
        memset(&control, 0, sizeof(control));
        message.msg_control = &control;
        message.msg_controllen = CMSG_SPACE(fd_count * sizeof(int));
        control.header.cmsg_level = SOL_SOCKET;
        control.header.cmsg_type = SCM_RIGHTS;
        control.header.cmsg_len = CMSG_LEN(fd_count * sizeof(int));
        memcpy(CMSG_DATA(&control.header), fds, fd_count * sizeof(int));
    }
    do {
        sent = sendmsg(socket, &message, MSG_NOSIGNAL);
    } while (sent < 0 && errno == EINTR);
    return sent >= 0 ? 0 : -errno;
}

/* Takes the descriptors out of a received message. How many there were: more than max are closed. */
static size_t
take_fds(struct msghdr *message, int *ret_fds, size_t max)
{
    size_t count = 0;

    for (struct cmsghdr *header = CMSG_FIRSTHDR(message); header != NULL;
         header = CMSG_NXTHDR(message, header)) {
        size_t size = header->cmsg_len - CMSG_LEN(0);

        if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) {
            continue;
        }
        for (size_t at = 0; at + sizeof(int) <= size; at += sizeof(int), count++) {
            int fd;

            memcpy(&fd, CMSG_DATA(header) + at, sizeof(fd));
            if (count < max) {
                ret_fds[count] = fd;
            } else {
                close(fd);
            }
        }
    }
    return count;
}

long
sys_fd_receive(int socket, void *buffer, size_t size, int *ret_fds, size_t fd_max)
{
    struct iovec part = {.iov_base = buffer, .iov_len = size};
    union control control;
    struct msghdr message = {.msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = &control,
                             .msg_controllen = sizeof(control)};
    ssize_t got;
    size_t count;

    for (size_t i = 0; i < fd_max; i++) {
        ret_fds[i] = -1;
    }
    do {
        got = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
    } while (got < 0 && errno == EINTR);
    if (got < 0) {
        return -errno;
    }
    count = take_fds(&message, ret_fds, fd_max);
    if (count > fd_max || (message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0) {
        for (size_t i = 0; i < fd_max; i++) {
            sys_fd_close(&ret_fds[i]);
        }
        return -EMSGSIZE;
    }
    return got;
}

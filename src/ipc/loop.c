/* SPDX-License-Identifier: MIT */
/* The control path's event loop: see loop.h. */
#include "ipc/loop.h"

#include <errno.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "sys/clock.h"
#include "sys/memory.h"

#define EVENTS_PER_ROUND 16

struct ipc_source {
    struct list link;
    int fd;
    ipc_source_fn *fn; /* NULL: removed in this round. */
    void *argument;
};

int
ipc_loop_init(struct ipc_loop *loop)
{
    *loop = (struct ipc_loop){.epoll_fd = epoll_create1(EPOLL_CLOEXEC)};
    list_init(&loop->timers);
    list_init(&loop->sources);
    list_init(&loop->removed);
    return loop->epoll_fd < 0 ? -errno : 0;
}

static void
free_all(struct list *sources)
{
    struct list *link;

    while ((link = list_pop_front(sources)) != NULL) {
        sys_free(container_of(link, struct ipc_source, link));
    }
}

void
ipc_loop_fini(struct ipc_loop *loop)
{
    if (loop->epoll_fd >= 0) {
        close(loop->epoll_fd);
        loop->epoll_fd = -1;
    }
    free_all(&loop->sources);
    free_all(&loop->removed);
}

int
ipc_loop_watch(struct ipc_loop *loop, int fd, ipc_source_fn *fn, void *argument,
               struct ipc_source **ret_source)
{
    struct ipc_source *source = sys_alloc(sizeof(*source));
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = source};

    if (source == NULL) {
        return -ENOMEM;
    }
    *source = (struct ipc_source){.fd = fd, .fn = fn, .argument = argument};
    if (epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, fd, &event) != 0) {
        int error = -errno;

        sys_free(source);
        return error;
    }
    list_push_back(&loop->sources, &source->link);
    *ret_source = source;
    return 0;
}

void
ipc_loop_unwatch(struct ipc_loop *loop, struct ipc_source *source)
{
    if (source == NULL) {
        return;
    }
    (void)epoll_ctl(loop->epoll_fd, EPOLL_CTL_DEL, source->fd, NULL);
    source->fn = NULL;
    list_remove(&source->link);
    list_push_back(&loop->removed, &source->link);
}

void
ipc_timer_arm(struct ipc_loop *loop, struct ipc_timer *timer, uint64_t deadline_ns,
              ipc_timer_fn *fn, void *argument)
{
    struct list *position;

    ipc_timer_disarm(timer);
    timer->deadline_ns = deadline_ns;
    timer->fn = fn;
    timer->argument = argument;
    timer->armed = true;
    /* Most timers have the same length, so the place is near the end. */
    for (position = loop->timers.prev; position != &loop->timers; position = position->prev) {
        if (container_of(position, struct ipc_timer, link)->deadline_ns <= deadline_ns) {
            break;
        }
    }
    list_insert_after(position, &timer->link);
}

void
ipc_timer_disarm(struct ipc_timer *timer)
{
    if (timer->armed) {
        list_remove(&timer->link);
        timer->armed = false;
    }
}

static void
run_timers(struct ipc_loop *loop)
{
    uint64_t now_ns = sys_now_ns();

    while (!list_empty(&loop->timers)) {
        struct ipc_timer *timer = container_of(loop->timers.next, struct ipc_timer, link);

        if (timer->deadline_ns > now_ns) {
            return;
        }
        ipc_timer_disarm(timer);
        timer->fn(timer->argument);
    }
}

static int
next_timeout_ms(const struct ipc_loop *loop)
{
    uint64_t now_ns;
    uint64_t deadline_ns;
    uint64_t wait_ms;

    if (list_empty(&loop->timers)) {
        return -1;
    }
    now_ns = sys_now_ns();
    deadline_ns = container_of(loop->timers.next, struct ipc_timer, link)->deadline_ns;
    if (deadline_ns <= now_ns) {
        return 0;
    }
    wait_ms = (deadline_ns - now_ns + 999999) / 1000000;
    return wait_ms > 3600000 ? 3600000 : (int)wait_ms;
}

int
ipc_loop_run(struct ipc_loop *loop)
{
    loop->stopped = false;
    while (!loop->stopped) {
        struct epoll_event events[EVENTS_PER_ROUND];
        int n = epoll_wait(loop->epoll_fd, events, EVENTS_PER_ROUND, next_timeout_ms(loop));
        int i;

        if (n < 0 && errno != EINTR) {
            return -errno;
        }
        for (i = 0; i < n && !loop->stopped; i++) {
            struct ipc_source *source = events[i].data.ptr;

            if (source->fn != NULL) {
                source->fn(source->argument);
            }
        }
        free_all(&loop->removed);
        if (!loop->stopped) {
            run_timers(loop);
        }
    }
    return 0;
}

void
ipc_loop_stop(struct ipc_loop *loop)
{
    loop->stopped = true;
}

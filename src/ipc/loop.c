/* SPDX-License-Identifier: MIT */
/* The control path's event loop: see loop.h. */
#include "ipc/loop.h"

#include <errno.h>

#include "sys/clock.h"
#include "sys/fd.h"
#include "sys/memory.h"
#include "sys/wait.h"

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
    *loop = (struct ipc_loop){.poll_fd = sys_poll_create()};
    list_init(&loop->timers);
    list_init(&loop->sources);
    list_init(&loop->removed);
    return loop->poll_fd < 0 ? loop->poll_fd : 0;
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
    sys_fd_close(&loop->poll_fd);
    free_all(&loop->sources);
    free_all(&loop->removed);
}

int
ipc_loop_watch(struct ipc_loop *loop, int fd, ipc_source_fn *fn, void *argument,
               struct ipc_source **ret_source)
{
    struct ipc_source *source = sys_alloc(sizeof(*source));
    int error;

    if (source == NULL) {
        return -ENOMEM;
    }
    *source = (struct ipc_source){.fd = fd, .fn = fn, .argument = argument};
    error = sys_poll_add(loop->poll_fd, fd, SYS_FD_READABLE, (uint64_t)(uintptr_t)source);
    if (error != 0) {
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
    (void)sys_poll_remove(loop->poll_fd, source->fd);
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

static uint64_t
next_deadline(const struct ipc_loop *loop)
{
    return list_empty(&loop->timers)
               ? SYS_FOREVER
               : container_of(loop->timers.next, struct ipc_timer, link)->deadline_ns;
}

int
ipc_loop_run(struct ipc_loop *loop)
{
    while (!loop->stopped) {
        struct sys_poll_event events[EVENTS_PER_ROUND];
        int n = sys_poll_wait(loop->poll_fd, events, EVENTS_PER_ROUND, next_deadline(loop));
        int i;

        if (n < 0 && n != -EINTR) {
            return n;
        }
        for (i = 0; i < n && !loop->stopped; i++) {
            struct ipc_source *source = (struct ipc_source *)(uintptr_t)events[i].tag;

            if (source->fn != NULL) {
                source->fn(source->argument);
            }
        }
        free_all(&loop->removed);
        if (!loop->stopped) {
            run_timers(loop);
        }
    }
    loop->stopped = false;
    return 0;
}

void
ipc_loop_stop(struct ipc_loop *loop)
{
    loop->stopped = true;
}

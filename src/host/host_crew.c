/* SPDX-License-Identifier: MIT */
/* Threads that take turns: see host_crew.h. */
#include "host/host_crew.h"

#include <errno.h>

#include "base/atomic.h"
#include "base/hot.h"
#include "base/list.h"
#include "base/log.h"
#include "sys/clock.h"
#include "sys/memory.h"
#include "sys/thread.h"
#include "sys/wait.h"

/* How often a quiescing crew is kicked again while a thread has not noticed. */
#define KICK_INTERVAL_NS 1000000ull

/* A thread of a crew; in SYS_SLOT_HOST. */
struct crew_member {
    struct list link; /* threads.ended */
    struct sys_thread *thread;
    struct host_crew *crew;
    bool in_driver;
    bool lent; /* Sleeps in the driver: does not count as runnable. */
};

/* All threads of all crews, so that the process can end without any of them. */
static struct {
    struct sys_lock lock;
    uint32_t live;     /* Atomic; those that have not come to `ended`. */
    struct list ended; /* lock; of struct crew_member: to be joined. */
    bool ready;        /* lock; `ended` is initialized. */
} threads;

static void crew_main(void *argument);

static void
threads_join_ended(void)
{
    struct list *link;

    for (;;) {
        struct crew_member *member;

        sys_lock_acquire(&threads.lock);
        link = threads.ready ? list_pop_front(&threads.ended) : NULL;
        sys_lock_release(&threads.lock);
        if (link == NULL) {
            return;
        }
        member = container_of(link, struct crew_member, link);
        sys_thread_join(member->thread);
        sys_free(member);
    }
}

/* The last thing a thread does: hands itself over to be joined. */
static void
thread_end(struct crew_member *member)
{
    sys_lock_acquire(&threads.lock);
    if (!threads.ready) {
        list_init(&threads.ended);
        threads.ready = true;
    }
    list_push_back(&threads.ended, &member->link);
    sys_lock_release(&threads.lock);
    (void)atomic_fetch_sub_u32(&threads.live, 1);
    sys_wake(&threads.live, UINT32_MAX);
}

void
host_crew_join_all(void)
{
    uint32_t live;

    while ((live = atomic_load_u32(&threads.live)) != 0) {
        (void)sys_wait(&threads.live, live, SYS_FOREVER);
    }
    threads_join_ended();
}

static void
runnable_changed(struct host_crew *crew)
{
    if (host_crew_stopping(crew)) {
        sys_wake(&crew->runnable, UINT32_MAX);
    }
}

static int
thread_start(struct host_crew *crew)
{
    struct crew_member *member = sys_alloc_zeroed(sizeof(*member));
    struct sys_thread *thread;
    int error;

    threads_join_ended();
    if (member == NULL) {
        return -ENOMEM;
    }
    member->crew = crew;
    (void)atomic_fetch_add_u32(&threads.live, 1);
    error = sys_thread_create(&thread, crew->name, crew_main, member);
    if (error != 0) {
        (void)atomic_fetch_sub_u32(&threads.live, 1);
        sys_free(member);
    }
    return error;
}

int
host_crew_start(struct host_crew *crew)
{
    int error;

    crew->runnable = 1;
    crew->total = 1;
    error = thread_start(crew);
    if (error != 0) {
        crew->runnable = 0;
        crew->total = 0;
    }
    return error;
}

/* ---- Taking over ---- */

/* The caller is about to sleep in a driver: somebody else goes on with the work. */
static void
crew_lend(struct host_crew *crew)
{
    bool start = false;

    sys_lock_acquire(&crew->lock);
    if (atomic_fetch_sub_u32(&crew->runnable, 1) == 1 && !host_crew_stopping(crew)) {
        if (crew->parked > crew->unparks) {
            crew->unparks++;
            (void)atomic_fetch_add_u32(&crew->runnable, 1);
            (void)atomic_fetch_add_u32(&crew->park_turns, 1);
            sys_wake(&crew->park_turns, 1);
        } else if (crew->total < crew->max_threads) {
            crew->total++;
            (void)atomic_fetch_add_u32(&crew->runnable, 1);
            start = true;
        }
    }
    sys_lock_release(&crew->lock);
    if (start && thread_start(crew) != 0) {
        sys_lock_acquire(&crew->lock);
        crew->total--;
        (void)atomic_fetch_sub_u32(&crew->runnable, 1);
        sys_lock_release(&crew->lock);
        base_log(BASE_LOG_WARN, "host", "%s: no thread to take over while a driver sleeps",
                 crew->name);
    }
    runnable_changed(crew);
}

static void
sleep_hook(void *argument, bool sleeping)
{
    struct crew_member *member = argument;

    if (!member->in_driver) {
        return;
    }
    member->in_driver = false; /* Our own locks below must not come here again. */
    if (sleeping && !member->lent) {
        member->lent = true;
        crew_lend(member->crew);
    } else if (!sleeping && member->lent) {
        member->lent = false;
        (void)atomic_fetch_add_u32(&member->crew->runnable, 1);
    }
    member->in_driver = true;
}

BASE_HOT void
host_crew_enter_driver(void)
{
    struct crew_member *member = sys_slot_get(SYS_SLOT_HOST);

    if (member != NULL) {
        member->in_driver = true;
    }
}

BASE_HOT void
host_crew_leave_driver(void)
{
    struct crew_member *member = sys_slot_get(SYS_SLOT_HOST);

    if (member != NULL) {
        member->in_driver = false;
    }
}

void *
host_crew_argument(void)
{
    struct crew_member *member = sys_slot_get(SYS_SLOT_HOST);

    return member == NULL ? NULL : member->crew->argument;
}

/* ---- A thread's life ---- */

/* When somebody took over meanwhile, one of the two waits until it is needed again. */
static BASE_HOT void
park_if_too_many(struct host_crew *crew)
{
    if (atomic_load_relaxed_u32(&crew->runnable) < 2) {
        return;
    }
    sys_lock_acquire(&crew->lock);
    if (atomic_load_u32(&crew->runnable) < 2 || host_crew_stopping(crew)) {
        sys_lock_release(&crew->lock);
        return;
    }
    (void)atomic_fetch_sub_u32(&crew->runnable, 1);
    crew->parked++;
    while (crew->unparks == 0 && !host_crew_stopping(crew)) {
        uint32_t turns = atomic_load_u32(&crew->park_turns);

        sys_lock_release(&crew->lock);
        (void)sys_wait(&crew->park_turns, turns, SYS_FOREVER);
        sys_lock_acquire(&crew->lock);
    }
    crew->parked--;
    if (crew->unparks != 0) {
        crew->unparks--; /* Whoever unparked us counted us as runnable. */
    } else {
        (void)atomic_fetch_add_u32(&crew->runnable, 1);
    }
    sys_lock_release(&crew->lock);
}

/* No more steps for anybody; those who are parked leave. */
static void
stop_parked(struct host_crew *crew)
{
    sys_lock_acquire(&crew->lock);
    atomic_store_u32(&crew->stop, 1);
    (void)atomic_fetch_add_u32(&crew->park_turns, 1);
    sys_wake(&crew->park_turns, UINT32_MAX);
    sys_lock_release(&crew->lock);
}

static BASE_HOT void
crew_main(void *argument)
{
    struct crew_member *member = argument;
    struct host_crew *crew = member->crew;
    void (*gone)(void *) = crew->gone;
    void *gone_argument = crew->argument;
    bool last;

    member->thread = sys_thread_self();
    sys_slot_set(SYS_SLOT_HOST, member);
    sys_thread_set_sleep_hook(member->thread, sleep_hook, member);
    while (!host_crew_stopping(crew)) {
        if (!crew->step(crew->argument)) {
            stop_parked(crew);
            break;
        }
        park_if_too_many(crew);
    }
    sys_thread_set_sleep_hook(member->thread, NULL, NULL);
    sys_slot_set(SYS_SLOT_HOST, NULL);

    /* The quiescer waits for runnable to become 0; the crew's memory stays until `gone`. */
    sys_lock_acquire(&crew->lock);
    (void)atomic_fetch_sub_u32(&crew->runnable, 1);
    sys_wake(&crew->runnable, UINT32_MAX);
    last = --crew->total == 0;
    sys_lock_release(&crew->lock);
    if (last && gone != NULL) {
        gone(gone_argument);
    }
    thread_end(member);
}

void
host_crew_stop(struct host_crew *crew, void (*kick)(void *argument), void *argument)
{
    stop_parked(crew);
    kick(argument);
}

void
host_crew_quiesce(struct host_crew *crew, void (*kick)(void *argument), void *argument)
{
    uint32_t runnable;

    host_crew_stop(crew, kick, argument);
    while ((runnable = atomic_load_u32(&crew->runnable)) != 0) {
        (void)sys_wait(&crew->runnable, runnable, sys_now_ns() + KICK_INTERVAL_NS);
        kick(argument);
    }
}

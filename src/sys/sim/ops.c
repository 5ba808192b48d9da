/* SPDX-License-Identifier: MIT */
/* The operations of sys on simulated threads. Each begins with a choice point. */
#include <errno.h>

#include "base/assert.h"
#include "sys/memory.h"
#include "sys/sim/sched_priv.h"
#include "sys/sim/sim_priv.h"
#include "sys/wait.h"

/* Virtual wall-clock time begins at 2020-01-01 00:00 UTC. */
#define WALLCLOCK_START_100NS UINT64_C(132223104000000000)

int
sim_thread_create(struct sys_thread **ret_thread, const char *name, sys_thread_fn *fn,
                  void *argument)
{
    struct sim_thread *thread = sim_thread_new(name, fn, argument);

    if (thread == NULL) {
        return -ENOMEM;
    }
    *ret_thread = &thread->thread;
    sim_step(SIM_POINT);
    return 0;
}

void
sim_thread_join(struct sys_thread *thread)
{
    struct sim_thread *joined = sim_thread_of(thread);

    base_assert(sys_simulated() && !joined->released);
    joined->released = true;
    sim_step(SIM_POINT);
    while (joined->state != SIM_ENDED) {
        sim_block(NULL, joined, SYS_FOREVER);
    }
    sim_tsan_acquire(joined);
    list_remove(&joined->all);
    sys_free(joined);
}

/* The structure stays until the end of the run. */
void
sim_thread_detach(struct sys_thread *thread)
{
    base_assert(!sim_thread_of(thread)->released);
    sim_thread_of(thread)->released = true;
}

void
sim_yield(void)
{
    sim_step(SIM_YIELD);
}

int
sim_wait(const uint32_t *word, uint32_t expected, uint64_t deadline_ns)
{
    sim_step(SIM_POINT);
    /* No choice point from here to the sleep: the comparison is atomic with it. */
    if (__atomic_load_n(word, __ATOMIC_ACQUIRE) != expected) {
        return 0;
    }
    if (deadline_ns <= sim.now_ns) {
        return -ETIMEDOUT;
    }
    if (sim.strategy->wake_spuriously()) {
        sim_decided(SIM_BLOCK);
        return 0;
    }
    return sim_block(word, NULL, deadline_ns) ? 0 : -ETIMEDOUT;
}

static unsigned
count_waiters(const uint32_t *word)
{
    struct list *link;
    unsigned count = 0;

    list_for_each(link, &sim.waiting)
    {
        count += container_of(link, struct sim_thread, waiting)->word == word;
    }
    return count;
}

static struct sim_thread *
find_waiter(const uint32_t *word, unsigned index)
{
    struct list *link;

    list_for_each(link, &sim.waiting)
    {
        struct sim_thread *thread = container_of(link, struct sim_thread, waiting);

        if (thread->word == word && index-- == 0) {
            return thread;
        }
    }
    base_panic("sim", "a strategy picked a waiter that does not exist");
}

void
sim_wake(const uint32_t *word, uint32_t count)
{
    unsigned waiters;

    sim_step(SIM_POINT);
    waiters = count_waiters(word);
    for (; count > 0 && waiters > 0; count--, waiters--) {
        unsigned index = waiters > 1 ? sim.strategy->pick_waiter(waiters) : 0;
        struct sim_thread *woken = find_waiter(word, index);

        sim_decided(woken->ordinal);
        sim_make_ready(woken, false);
    }
    /* The woken may overtake what the waker does next. */
    sim_step(SIM_POINT);
}

uint64_t
sim_now_ns(void)
{
    sim_step(SIM_POINT);
    return sim.now_ns;
}

uint64_t
sim_wallclock_100ns(void)
{
    return WALLCLOCK_START_100NS + sim_now_ns() / 100;
}

void
sim_sleep_until(uint64_t deadline_ns)
{
    sim_step(SIM_POINT);
    while (sim.now_ns < deadline_ns) {
        sim_block(NULL, NULL, deadline_ns);
    }
}

void
sim_sleep_for(uint64_t duration_ns)
{
    uint64_t deadline_ns = sim.now_ns + duration_ns;

    sim_sleep_until(deadline_ns >= duration_ns ? deadline_ns : SYS_FOREVER);
}

uint64_t
sim_random_u64(void)
{
    return sim_prng_next(&sim.random);
}

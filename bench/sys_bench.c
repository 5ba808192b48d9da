/* SPDX-License-Identifier: MIT */
/*
 * What the primitives of sys cost, in nanoseconds per operation. The simulation's figures are what
 * one choice point costs, without and with a switch.
 */
#include <stdio.h>

#include "base/atomic.h"
#include "sys/clock.h"
#include "sys/lock.h"
#include "sys/sim.h"
#include "sys/thread.h"
#include "sys/wait.h"

#define TURNS     10000000u
#define SIM_TURNS 2000000u

static struct sys_lock lock;
static uint32_t word;

static void
empty_loop(void)
{
    for (unsigned i = 0; i < TURNS; i++) {
        __asm__ volatile("" ::: "memory");
    }
}

static void
lock_unlock(void)
{
    for (unsigned i = 0; i < TURNS; i++) {
        sys_lock_acquire(&lock);
        sys_lock_release(&lock);
    }
}

static void
slot_get(void)
{
    for (unsigned i = 0; i < TURNS; i++) {
        void *volatile value = sys_slot_get(SYS_SLOT_KE);

        (void)value;
    }
}

static void
thread_self(void)
{
    for (unsigned i = 0; i < TURNS; i++) {
        void *volatile value = sys_thread_self();

        (void)value;
    }
}

static void
atomic_add(void)
{
    for (unsigned i = 0; i < TURNS; i++) {
        atomic_fetch_add_u32(&word, 1);
    }
}

static void
wake_nobody(void)
{
    for (unsigned i = 0; i < TURNS / 10; i++) {
        sys_wake(&word, 1);
    }
}

static void
now(void)
{
    for (unsigned i = 0; i < TURNS / 10; i++) {
        (void)sys_now_ns();
    }
}

static void
measure(const char *name, void (*run)(void), unsigned turns)
{
    uint64_t start = sys_now_ns();
    uint64_t elapsed;

    run();
    elapsed = sys_now_ns() - start;
    printf("%-36s %8.2f ns\n", name, (double)elapsed / turns);
}

static void
yield_in_a_loop(void *argument)
{
    for (unsigned i = 0; i < SIM_TURNS; i++) {
        sys_thread_yield();
    }
}

static void
yield_between_two(void *argument)
{
    struct sys_thread *other;

    if (sys_thread_create(&other, "other", yield_in_a_loop, NULL) != 0) {
        return;
    }
    yield_in_a_loop(NULL);
    sys_thread_join(other);
}

static void
measure_sim(const char *name, void (*run)(void *))
{
    struct sys_sim_config config = {.seed = 1};
    uint64_t start = sys_now_ns();
    struct sys_sim_result result = sys_sim_run(&config, run, NULL);

    printf("%-36s %8.2f ns\n", name, (double)(sys_now_ns() - start) / (double)result.steps);
}

static void
do_nothing(void *argument)
{
}

static void
measure_sim_runs(void)
{
    uint64_t start = sys_now_ns();

    for (unsigned seed = 1; seed <= 10000; seed++) {
        struct sys_sim_config config = {.seed = seed};

        (void)sys_sim_run(&config, do_nothing, NULL);
    }
    printf("%-36s %8.2f ns\n", "simulation: an empty run", (double)(sys_now_ns() - start) / 10000);
}

int
main(void)
{
    (void)sys_thread_self();
    measure("empty loop", empty_loop, TURNS);
    measure("atomic add", atomic_add, TURNS);
    measure("lock and unlock, uncontended", lock_unlock, TURNS);
    measure("slot get", slot_get, TURNS);
    measure("thread self", thread_self, TURNS);
    measure("now", now, TURNS / 10);
    measure("wake, nobody waits", wake_nobody, TURNS / 10);
    measure_sim("simulation: choice point, no switch", yield_in_a_loop);
    measure_sim("simulation: choice point and switch", yield_between_two);
    measure_sim_runs();
    return 0;
}

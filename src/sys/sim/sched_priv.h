/* SPDX-License-Identifier: MIT */
/* The scheduler's state; for the files of this folder. */
#ifndef OPENWDF_SYS_SIM_SCHED_PRIV_H
#define OPENWDF_SYS_SIM_SCHED_PRIV_H

#include <stdbool.h>
#include <stdint.h>

#include "base/list.h"
#include "sys/sim.h"
#include "sys/sim/fiber_priv.h"
#include "sys/sim/prng_priv.h"
#include "sys/sim/strategy_priv.h"
#include "sys/sys_priv.h"

enum sim_state {
    SIM_READY, /* In sim.ready; one of these runs. */
    SIM_WAITS, /* In sim.waiting, for a word, a time or a thread's end. */
    SIM_ENDED,
};

struct sim_thread {
    struct sys_thread thread; /* First. */
    struct sim_fiber fiber;
    struct list all;     /* In sim.threads. */
    struct list waiting; /* In sim.waiting. */
    enum sim_state state;
    unsigned ordinal;     /* From 1, in creation order: main's is 1. */
    unsigned ready_index; /* While SIM_READY. */
    bool released;        /* Joined or detached. */

    /* While SIM_WAITS. */
    const uint32_t *word;            /* NULL: no word. */
    const struct sim_thread *joined; /* NULL: no thread. */
    uint64_t deadline_ns;
    uint64_t since_ns;
    bool timed_out; /* How the last wait ended. */
};

struct sim {
    bool running;
    struct sys_sim_config config;
    const struct sim_strategy *strategy;
    struct sim_prng random; /* For sys_random_*; apart from the strategy's. */

    struct sim_fiber root; /* The stack that sys_sim_run was called on. */
    struct sys_thread *root_thread;

    struct list threads;         /* All of the run, in creation order; ended ones too. */
    struct sim_thread *current;  /* The one that runs. */
    struct sim_thread *departed; /* Ended just now; its stack is free after the switch. */
    unsigned thread_count;       /* Made so far. */
    unsigned live;               /* Not ended. */

    struct sim_thread **ready; /* Runnable ones, the running one among them. */
    unsigned *ready_ordinals;  /* ready[i]->ordinal, as strategies see them. */
    unsigned ready_count;
    unsigned ready_max;

    struct list waiting;       /* In waiting order. */
    uint64_t next_deadline_ns; /* The earliest among the waiting. */

    uint64_t now_ns;
    uint64_t idle_step_ns; /* See idle_step(). */
    unsigned points_since_yield;
    uint64_t steps;
    uint64_t digest;
    enum sys_sim_outcome outcome;
};

extern struct sim sim;

static inline struct sim_thread *
sim_thread_of(struct sys_thread *thread)
{
    return (struct sim_thread *)thread;
}

/* A choice point of the running thread: SIM_POINT or SIM_YIELD. */
void sim_step(enum sim_reason reason);

/*
 * The running thread waits for a word, a thread's end, or just the deadline, until sim_make_ready.
 * False after the deadline.
 */
bool sim_block(const uint32_t *word, const struct sim_thread *joined, uint64_t deadline_ns);

/* Ends a wait. */
void sim_make_ready(struct sim_thread *thread, bool timed_out);

/* Makes a thread and its stack; it runs when it is chosen. NULL without memory. */
struct sim_thread *sim_thread_new(const char *name, sys_thread_fn *fn, void *argument);

/* Mixes a decision into the digest. */
void sim_decided(uint64_t decision);

/* Tells what every thread of a failed run was doing. */
void sim_report(void);

#endif

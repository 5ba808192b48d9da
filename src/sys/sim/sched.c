/* SPDX-License-Identifier: MIT */
/*
 * The scheduler and the run.
 *
 * There is no scheduler thread: whoever reaches a choice point decides here, on its own stack, who
 * goes on, and switches there. All state is in `sim`, touched by the one system thread that called
 * sys_sim_run.
 *
 * A run depends on its seed and on the program alone. Nothing here may look at an address (but for
 * equality) or at real time.
 */
#define _GNU_SOURCE
#include "sys/sim/sched_priv.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/assert.h"
#include "base/log.h"
#include "base/sanitizers.h"
#include "sys/memory.h"
#include "sys/sim/sim_priv.h"
#include "sys/wait.h"

#define DEFAULT_MAX_STEPS   UINT64_C(100000000)
#define DEFAULT_MAX_TIME_NS (UINT64_C(365) * 24 * 3600 * 1000000000)

/* Time that passes at each choice point. */
#define STEP_NS 10

/* The longest jump of a thread that polls while all others wait. */
#define IDLE_STEP_MAX_NS UINT64_C(1000000)

/* A thread that passes more choice points than this between two yields is working, not polling. */
#define POLL_POINTS_MAX 8

/* Time at the start, so that code which subtracts from "now" is not surprised. */
#define START_NS UINT64_C(1000000000)

/* Ids of simulated threads, apart from those of real ones. */
#define THREAD_ID_BASE UINT64_C(0x80000000)

/* The simulation's own files are not instrumented for the thread sanitizer: the build says SIM_TSAN. */
#if BASE_ADDRESS_SANITIZER || defined(SIM_TSAN)
#define SIM_SANITIZER 1
#include <sanitizer/common_interface_defs.h>
#endif

struct sim sim;

void
sim_decided(uint64_t decision)
{
    uint64_t mixed = (sim.digest ^ decision) * UINT64_C(0x9fb21c651e98df25);

    sim.digest = mixed ^ (mixed >> 32);
}

/* Runnable and waiting threads. */

static void
ready_add(struct sim_thread *thread)
{
    thread->state = SIM_READY;
    thread->ready_index = sim.ready_count;
    sim.ready[sim.ready_count] = thread;
    sim.ready_ordinals[sim.ready_count] = thread->ordinal;
    sim.ready_count++;
}

static void
ready_remove(struct sim_thread *thread)
{
    struct sim_thread *last = sim.ready[--sim.ready_count];

    sim.ready[thread->ready_index] = last;
    sim.ready_ordinals[thread->ready_index] = last->ordinal;
    last->ready_index = thread->ready_index;
}

/* Room for one more runnable thread; so making a thread ready never fails. */
static bool
ready_reserve(void)
{
    unsigned max = sim.ready_max != 0 ? sim.ready_max * 2 : 16;
    struct sim_thread **threads;
    unsigned *ordinals;

    if (sim.live < sim.ready_max) {
        return true;
    }
    threads = sys_alloc(max * sizeof(struct sim_thread *));
    ordinals = sys_alloc(max * sizeof(unsigned));
    if (threads == NULL || ordinals == NULL) {
        sys_free(threads);
        sys_free(ordinals);
        return false;
    }
    if (sim.ready_count > 0) {
        memcpy(threads, sim.ready, sim.ready_count * sizeof(struct sim_thread *));
        memcpy(ordinals, sim.ready_ordinals, sim.ready_count * sizeof(unsigned));
    }
    sys_free(sim.ready);
    sys_free(sim.ready_ordinals);
    sim.ready = threads;
    sim.ready_ordinals = ordinals;
    sim.ready_max = max;
    return true;
}

static void
find_next_deadline(void)
{
    struct list *link;

    sim.next_deadline_ns = SYS_FOREVER;
    list_for_each(link, &sim.waiting)
    {
        struct sim_thread *thread = container_of(link, struct sim_thread, waiting);

        if (thread->deadline_ns < sim.next_deadline_ns) {
            sim.next_deadline_ns = thread->deadline_ns;
        }
    }
}

void
sim_make_ready(struct sim_thread *thread, bool timed_out)
{
    list_remove(&thread->waiting);
    thread->timed_out = timed_out;
    thread->word = NULL;
    thread->joined = NULL;
    ready_add(thread);
    if (thread->deadline_ns == sim.next_deadline_ns) {
        find_next_deadline();
    }
}

/* Time. */

static void
expire(void)
{
    struct list *link;
    struct list *following;

    list_for_each_safe(link, following, &sim.waiting)
    {
        struct sim_thread *thread = container_of(link, struct sim_thread, waiting);

        if (thread->deadline_ns <= sim.now_ns) {
            sim_make_ready(thread, true);
        }
    }
}

/*
 * A thread that polls while all others wait would need millions of steps to see a deadline come; its
 * steps grow, but never past the next deadline. It may do a little between two yields, such as
 * reading the clock.
 */
static uint64_t
idle_step(enum sim_reason reason)
{
    uint64_t step;

    if (reason == SIM_POINT && ++sim.points_since_yield <= POLL_POINTS_MAX) {
        return STEP_NS;
    }
    if (reason != SIM_YIELD || sim.ready_count != 1) {
        sim.idle_step_ns = STEP_NS;
        return STEP_NS;
    }
    sim.points_since_yield = 0;
    step = sim.idle_step_ns;
    if (sim.idle_step_ns < IDLE_STEP_MAX_NS) {
        sim.idle_step_ns *= 2;
    }
    if (sim.next_deadline_ns > sim.now_ns && step > sim.next_deadline_ns - sim.now_ns) {
        step = sim.next_deadline_ns - sim.now_ns;
    }
    return step;
}

static void
pass_time(enum sim_reason reason)
{
    sim.now_ns += idle_step(reason) + sim.strategy->slip_ns();
    if (sim.next_deadline_ns <= sim.now_ns) {
        expire();
    }
}

/* Nobody can run: jumps to the earliest deadline. False: there is none. */
static bool
jump(void)
{
    if (sim.next_deadline_ns == SYS_FOREVER) {
        return false;
    }
    sim.now_ns = sim.next_deadline_ns;
    expire();
    return true;
}

/* Choices. */

static void
trace(const struct sim_thread *next, enum sim_reason reason)
{
    static const char *const reasons[] = {"point", "yield", "block", "end"};

    fprintf(stderr, "sim: step %llu at %llu ns: %u %s -> %u %s (%s)\n",
            (unsigned long long)sim.steps, (unsigned long long)sim.now_ns, sim.current->ordinal,
            sim.current->thread.name, next->ordinal, next->thread.name, reasons[reason]);
}

static bool
within_bounds(void)
{
    return sim.steps < sim.config.max_steps && sim.now_ns - START_NS < sim.config.max_time_ns;
}

/* Whose turn it is; NULL when the run is over. */
static struct sim_thread *
choose(enum sim_reason reason)
{
    unsigned current = sim.current->state == SIM_READY ? sim.current->ready_index : 0;
    unsigned index = 0;

    sim.steps++;
    pass_time(reason);
    if (sim.ready_count == 0 && !jump()) {
        sim.outcome = SYS_SIM_DEADLOCK;
        return NULL;
    }
    if (!within_bounds()) {
        sim.outcome = SYS_SIM_LIVELOCK;
        return NULL;
    }
    if (sim.ready_count > 1) {
        if (sim.current->state != SIM_READY) {
            current = sim.ready_count;
        }
        index = sim.strategy->pick_thread(reason, sim.ready_ordinals, sim.ready_count, current);
    }
    sim_decided((uint64_t)sim.ready_ordinals[index] << 2 | reason);
    if (__builtin_expect(sim.config.trace, 0) && sim.ready[index] != sim.current) {
        trace(sim.ready[index], reason);
    }
    return sim.ready[index];
}

/* First thing after every switch: the stack of a thread that ended is no longer in use. */
static void
after_switch(void)
{
    if (sim.departed != NULL) {
        sim_fiber_fini(&sim.departed->fiber);
        sim.departed = NULL;
    }
}

/* Where to go on: the thread's stack, or the root's when the run is over. */
static struct sim_fiber *
enter(struct sim_thread *next)
{
    sim.current = next;
    sys_current = next != NULL ? &next->thread : sim.root_thread;
    return next != NULL ? &next->fiber : &sim.root;
}

static void
reschedule(enum sim_reason reason)
{
    struct sim_thread *from = sim.current;
    struct sim_thread *next = choose(reason);

    if (next != from) {
        sim_fiber_switch(&from->fiber, enter(next));
        after_switch();
    }
}

void
sim_step(enum sim_reason reason)
{
    reschedule(reason);
}

bool
sim_block(const uint32_t *word, const struct sim_thread *joined, uint64_t deadline_ns)
{
    struct sim_thread *self = sim.current;

    self->word = word;
    self->joined = joined;
    self->deadline_ns = deadline_ns;
    self->since_ns = sim.now_ns;
    self->state = SIM_WAITS;
    ready_remove(self);
    list_push_back(&sim.waiting, &self->waiting);
    if (deadline_ns < sim.next_deadline_ns) {
        sim.next_deadline_ns = deadline_ns;
    }
    reschedule(SIM_BLOCK);
    return !self->timed_out;
}

/* Threads. */

static void
thread_main(void)
{
    struct sim_thread *self = sim.current;

    sim_fiber_entered();
    after_switch();
    sim_tsan_acquire(self);
    self->thread.fn(self->thread.argument);
    sys_thread_destroy_slots();
    sim_thread_exit();
}

struct sim_thread *
sim_thread_new(const char *name, sys_thread_fn *fn, void *argument)
{
    struct sim_thread *thread = ready_reserve() ? sys_alloc_zeroed(sizeof(*thread)) : NULL;

    if (thread == NULL) {
        return NULL;
    }
    sys_thread_init(&thread->thread, name, fn, argument);
    if (sim_fiber_init(&thread->fiber, thread->thread.name, thread_main) != 0) {
        sys_free(thread);
        return NULL;
    }
    thread->ordinal = ++sim.thread_count;
    thread->thread.simulated = true;
    thread->thread.id = THREAD_ID_BASE + thread->ordinal;
    list_push_back(&sim.threads, &thread->all);
    list_init(&thread->waiting);
    sim.live++;
    ready_add(thread);
    sim.strategy->thread_made(thread->ordinal);
    sim_tsan_release(thread);
    return thread;
}

static void
wake_joiner(const struct sim_thread *ended)
{
    struct list *link;

    list_for_each(link, &sim.waiting)
    {
        struct sim_thread *thread = container_of(link, struct sim_thread, waiting);

        if (thread->joined == ended) {
            sim_make_ready(thread, false);
            return;
        }
    }
}

void
sim_thread_exit(void)
{
    struct sim_thread *self = sim.current;
    struct sim_thread *next = NULL;

    sim_tsan_release(self);
    sim_tsan_release(&sim);
    self->state = SIM_ENDED;
    ready_remove(self);
    sim.live--;
    wake_joiner(self);
    if (sim.live > 0) {
        next = choose(SIM_END);
    }
    sim.departed = self;
    sim_fiber_leave(&self->fiber, enter(next));
}

/* The run. */

static void
point(void)
{
    if (sys_simulated()) {
        sim_step(SIM_POINT);
    }
}

/* So that an assertion or a sanitizer that ends the process leaves the seed behind. */
static void
print_seed(void)
{
    char line[80];
    int length = snprintf(line, sizeof(line), "openwdf: sim: seed %llu was running\n",
                          (unsigned long long)sim.config.seed);

    if (sim.running && write(STDERR_FILENO, line, (size_t)length) < 0) {
        return;
    }
}

static void
on_abort(int signal)
{
    print_seed();
}

/* Installs on_abort unless the program has its own; restores SIG_DFL. */
static void
watch_abort(bool on)
{
    struct sigaction old;
    struct sigaction new = {.sa_handler = on ? on_abort : SIG_DFL};

    sigaction(SIGABRT, NULL, &old);
    if (old.sa_handler == (on ? SIG_DFL : on_abort)) {
        sigaction(SIGABRT, &new, NULL);
    }
#ifdef SIM_SANITIZER
    if (on) {
        __sanitizer_set_death_callback(print_seed);
    }
#endif
}

static void
start_run(const struct sys_sim_config *config)
{
    base_assert(!sim.running);
    memset(&sim, 0, sizeof(sim));
    sim.running = true;
    sim.config = *config;
    if (sim.config.max_steps == 0) {
        sim.config.max_steps = DEFAULT_MAX_STEPS;
    }
    if (sim.config.max_time_ns == 0) {
        sim.config.max_time_ns = DEFAULT_MAX_TIME_NS;
    }
    sim.strategy = &sim_random_walk;
    sim.strategy->start(config->seed);
    sim.random.state = ~config->seed;
    sim.now_ns = START_NS;
    sim.idle_step_ns = STEP_NS;
    sim.next_deadline_ns = SYS_FOREVER;
    sim.root_thread = sys_current;
    list_init(&sim.threads);
    list_init(&sim.waiting);
    sim_fiber_init_root(&sim.root);
}

/* Whatever the threads did, ended or abandoned, happened before the end of the run. */
static void
settle_threads(void)
{
    struct list *link;

    list_for_each(link, &sim.threads)
    {
        struct sim_thread *thread = container_of(link, struct sim_thread, all);

        if (thread->state != SIM_ENDED) {
            sim_tsan_release_for(&thread->fiber, &sim);
        }
    }
    sim_tsan_acquire(&sim);
}

static void
end_run(void)
{
    struct list *link;

    while ((link = list_pop_front(&sim.threads)) != NULL) {
        struct sim_thread *thread = container_of(link, struct sim_thread, all);

        if (thread->state == SIM_ENDED && !thread->released && thread->ordinal != 1) {
            base_log(BASE_LOG_WARN, "sim", "thread '%s' ended, but nobody joined or detached it",
                     thread->thread.name);
        }
        sim_fiber_fini(&thread->fiber);
        sys_free(thread);
    }
    sys_free(sim.ready);
    sys_free(sim.ready_ordinals);
    sim.ready = NULL;
    sim.ready_ordinals = NULL;
    sim.running = false;
}

struct sys_sim_result
sys_sim_run(const struct sys_sim_config *config, void (*main_fn)(void *), void *argument)
{
    struct sim_thread *main_thread;

    start_run(config);
    main_thread = sim_thread_new("main", main_fn, argument);
    if (main_thread == NULL) {
        base_panic("sim", "no memory for the first thread");
    }
    watch_abort(true);
    __atomic_store_n(&base_sim_point, point, __ATOMIC_RELAXED);
    sim_fiber_switch(&sim.root, enter(main_thread));
    __atomic_store_n(&base_sim_point, NULL, __ATOMIC_RELAXED);
    after_switch();
    watch_abort(false);
    settle_threads();
    if (sim.outcome != SYS_SIM_DONE) {
        sim_report();
    }
    end_run();
    return (struct sys_sim_result){.outcome = sim.outcome,
                                   .steps = sim.steps,
                                   .virtual_ns = sim.now_ns - START_NS,
                                   .digest = sim.digest};
}

bool
sys_sim_active(void)
{
    return sys_simulated();
}

uint64_t
sys_sim_seed(void)
{
    return sim.running ? sim.config.seed : 0;
}

void
sys_sim_advance(uint64_t duration_ns)
{
    base_assert(sys_simulated());
    sim_sleep_for(duration_ns);
}

/* SPDX-License-Identifier: MIT */
/*
 * Threads, and the per-thread state that upper layers hang on them.
 *
 * Under the simulation many simulated threads share one thread of the system, so `_Thread_local` is
 * wrong everywhere but inside sys: whatever belongs to a thread lives in one of its slots.
 */
#ifndef OPENWDF_SYS_THREAD_H
#define OPENWDF_SYS_THREAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Signals are taken on a stack of this size, so that the overflow of a thread's own can be reported. */
#define SYS_SIGNAL_STACK_SIZE ((size_t)64 << 10)

struct sys_thread;

typedef void sys_thread_fn(void *argument);

/* One pointer per upper layer and thread; NULL until set. */
enum sys_slot {
    SYS_SLOT_TRACE,  /* trace: the thread's rings. First: given back after all others. */
    SYS_SLOT_KE,     /* nt: struct ke_thread (IRQL, KTHREAD, wait block state). */
    SYS_SLOT_FX,     /* fx: per-thread framework state (callback nesting, verifier). */
    SYS_SLOT_FX_IO,  /* fx/io: the queue callbacks that a thread is in. */
    SYS_SLOT_HOST,   /* host/bench: what a thread serves. */
    SYS_SLOT_CLIENT, /* client: last error of the Win32 face. */
    SYS_SLOT_COUNT,
};

/*
 * Starts a thread that runs fn(argument). `name` (at most 15 bytes are shown) is for debuggers.
 * Returns 0 and the thread, which the caller must join or detach; -EAGAIN or -ENOMEM otherwise.
 */
int sys_thread_create(struct sys_thread **ret_thread, const char *name, sys_thread_fn *fn,
                      void *argument);

/* Waits until the thread has ended and releases it. A thread must not join itself. */
void sys_thread_join(struct sys_thread *thread);

/* Lets the thread release itself when it ends. */
void sys_thread_detach(struct sys_thread *thread);

/* Ends the calling thread, which sys_thread_create made. Slot destructors run. */
_Noreturn void sys_thread_exit(void);

/* The calling thread; one that sys did not create is adopted on its first call. Never NULL. */
struct sys_thread *sys_thread_self(void);

/* A number unique among the process's threads over its life; never 0. */
uint64_t sys_thread_id(const struct sys_thread *thread);

/* The head of every struct sys_thread. Only for the two functions below. */
struct sys_thread_slots {
    void *value[SYS_SLOT_COUNT];
};

/*
 * The calling thread; NULL until a foreign thread is adopted. The simulation swaps it with each
 * switch. All simulated threads share one thread of the system, so its address may be cached.
 */
extern _Thread_local struct sys_thread *sys_current
    __attribute__((tls_model("initial-exec"), visibility("hidden")));

/* The calling thread's slots, for who uses one several times in a row. Valid as long as the thread. */
static inline struct sys_thread_slots *
sys_slots(void)
{
    struct sys_thread *self = sys_current;

    return (struct sys_thread_slots *)(__builtin_expect(self != NULL, 1) ? self
                                                                         : sys_thread_self());
}

/* The calling thread's slot. Two loads: call it as often as needed. */
static inline void *
sys_slot_get(enum sys_slot slot)
{
    const struct sys_thread_slots *self = (const struct sys_thread_slots *)sys_current;

    return __builtin_expect(self != NULL, 1) ? self->value[slot] : NULL;
}

static inline void
sys_slot_set(enum sys_slot slot, void *value)
{
    struct sys_thread *self = sys_current;

    if (__builtin_expect(self == NULL, 0)) {
        self = sys_thread_self();
    }
    ((struct sys_thread_slots *)self)->value[slot] = value;
}

/* Runs on the thread that ends, for a slot that is not NULL. Set once, at start-up. */
void sys_slot_set_destructor(enum sys_slot slot, void (*destructor)(void *value));

/*
 * Called on a thread just before it sleeps in sys_wait and after it woke (`sleeping` true, false).
 * A host uses it to start another server thread while a driver's callback blocks. NULL: none.
 */
void sys_thread_set_sleep_hook(struct sys_thread *thread,
                               void (*hook)(void *argument, bool sleeping), void *argument);

/* Offers the processor to others; a choice point under the simulation. */
void sys_thread_yield(void);

/* Moves the calling thread to another processor than its present one, if it may use others. A hint. */
void sys_thread_move(void);

/* One step of a spin loop (a pause instruction; under the simulation, a choice point). */
void sys_spin_pause(void);

/* Processors this process may run on, at least 1. Constant over the process's life. */
unsigned sys_cpu_count(void);

#endif

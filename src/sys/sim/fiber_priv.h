/* SPDX-License-Identifier: MIT */
/*
 * Switching between stacks in user space. Hand-written for x86-64 and AArch64 (switch_*.S), ucontext
 * elsewhere; address and thread sanitizer are told of each switch.
 */
#ifndef OPENWDF_SYS_SIM_FIBER_PRIV_H
#define OPENWDF_SYS_SIM_FIBER_PRIV_H

#include <stddef.h>

#if !defined(__x86_64__) && !defined(__aarch64__) && !defined(SIM_FIBER_UCONTEXT)
#define SIM_FIBER_UCONTEXT 1
#endif

#ifdef SIM_FIBER_UCONTEXT
#include <ucontext.h>
#endif

struct sim_fiber {
    void *sp;    /* While switched out. */
    void *stack; /* Lowest usable address. NULL for the stack that sys_sim_run was called on. */
    size_t stack_size;
#ifdef SIM_FIBER_UCONTEXT
    ucontext_t context;
#endif
    /* The sanitizers' view. */
    const void *bottom;
    size_t size;
    void *fake_stack;
    void *tsan;
};

/* Makes the fiber of the calling stack. */
void sim_fiber_init_root(struct sim_fiber *fiber);

/* Makes a fiber whose first switch calls entry(), which must not return. 0 or -ENOMEM. */
int sim_fiber_init(struct sim_fiber *fiber, const char *name, void (*entry)(void));

/* Must not be the running fiber's. */
void sim_fiber_fini(struct sim_fiber *fiber);

/* Leaves `from`, which is running, for `to`. Returns when somebody switches back. */
void sim_fiber_switch(struct sim_fiber *from, struct sim_fiber *to);

/* The same from a fiber that never runs again. */
_Noreturn void sim_fiber_leave(struct sim_fiber *from, struct sim_fiber *to);

/* First call of every entry(). */
void sim_fiber_entered(void);

/*
 * Collects up to `max` return addresses of a switched-out fiber, innermost first, by its frame
 * pointers. Returns how many; 0 where that is not possible.
 */
size_t sim_fiber_backtrace(const struct sim_fiber *fiber, void **ret_addresses, size_t max);

/* Happens-before edges that a real thread library would give; see fiber.c. */
void sim_tsan_release(void *object);
void sim_tsan_acquire(void *object);

/* A release in the name of a fiber that does not run, and never will again. */
void sim_tsan_release_for(struct sim_fiber *fiber, void *object);

#endif

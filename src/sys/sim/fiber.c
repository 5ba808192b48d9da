/* SPDX-License-Identifier: MIT */
/*
 * Stacks and switches.
 *
 * Stacks are mapped with a guard page below, so an overflow faults, and kept for the next run: a
 * test of hundreds of seeds maps each once.
 *
 * Thread sanitizer: switches are told as unsynchronized, so that the order in which the scheduler
 * happens to run threads does not hide a race between them. Happens-before comes from the program's
 * atomics, as on real threads, and from thread creation, end and join (sim_tsan_*). This folder
 * itself is compiled without instrumentation: it has no concurrency.
 */
#define _GNU_SOURCE
#include "sys/sim/fiber_priv.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

#include "base/assert.h"
#include "base/sanitizers.h"
#include "sys/memory.h"
#include "sys/sys_priv.h"

#if BASE_ADDRESS_SANITIZER
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif
#ifdef SIM_TSAN
#include <sanitizer/tsan_interface.h>
#endif

/* The thread sanitizer forgets what a stack's former owner wrote only when the memory is new. */
#ifdef SIM_TSAN
#define STACKS_KEPT_MAX 0
#else
#define STACKS_KEPT_MAX 64
#endif

static void *stacks_kept[STACKS_KEPT_MAX + 1];
static unsigned stacks_kept_count;

/* Whom we came from; it learns its stack bounds after the switch. */
static struct sim_fiber *previous;

#ifndef SIM_FIBER_UCONTEXT
void sim_fiber_swap(void **ret_sp, void *sp);
void sim_fiber_start(void);
#endif

static void *
stack_new(size_t size)
{
    size_t guard = sys_page_size();
    char *memory;

    if (stacks_kept_count > 0) {
        return stacks_kept[--stacks_kept_count];
    }
    memory = mmap(NULL, guard + size, PROT_READ | PROT_WRITE,
                  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
    if (memory == MAP_FAILED) {
        return NULL;
    }
    mprotect(memory, guard, PROT_NONE);
    return memory + guard;
}

static void
stack_delete(void *stack, size_t size)
{
#if BASE_ADDRESS_SANITIZER
    /* Frames of a thread that did not return from them leave their red zones. */
    __asan_unpoison_memory_region(stack, size);
#endif
    if (stacks_kept_count + 1 <= STACKS_KEPT_MAX) {
        stacks_kept[stacks_kept_count++] = stack;
        return;
    }
    munmap((char *)stack - sys_page_size(), sys_page_size() + size);
}

/* Lays out the frame that the first sim_fiber_swap to it takes off. */
static void
prepare(struct sim_fiber *fiber, void (*entry)(void))
{
#ifdef SIM_FIBER_UCONTEXT
    getcontext(&fiber->context);
    fiber->context.uc_stack.ss_sp = fiber->stack;
    fiber->context.uc_stack.ss_size = fiber->stack_size;
    fiber->context.uc_link = NULL;
    makecontext(&fiber->context, entry, 0);
#elif defined(__x86_64__)
    uint64_t *frame = (uint64_t *)(void *)((char *)fiber->stack + fiber->stack_size) - 10;
    uint32_t mxcsr;
    uint16_t x87;

    memset(frame, 0, 10 * sizeof(*frame));
    __asm__ volatile("stmxcsr %0" : "=m"(mxcsr));
    __asm__ volatile("fnstcw %0" : "=m"(x87));
    frame[0] = (uint64_t)x87 << 32 | mxcsr;
    frame[4] = (uint64_t)(uintptr_t)entry;           /* r12 */
    frame[7] = (uint64_t)(uintptr_t)sim_fiber_start; /* Return address; then 16-byte aligned. */
    fiber->sp = frame;
#else
    uint64_t *frame = (uint64_t *)(void *)((char *)fiber->stack + fiber->stack_size) - 20;

    memset(frame, 0, 20 * sizeof(*frame));
    frame[1] = (uint64_t)(uintptr_t)sim_fiber_start; /* x30 */
    frame[2] = (uint64_t)(uintptr_t)entry;           /* x19 */
    fiber->sp = frame;
#endif
}

void
sim_fiber_init_root(struct sim_fiber *fiber)
{
    memset(fiber, 0, sizeof(*fiber));
#ifdef SIM_TSAN
    fiber->tsan = __tsan_get_current_fiber();
#endif
}

int
sim_fiber_init(struct sim_fiber *fiber, const char *name, void (*entry)(void))
{
    memset(fiber, 0, sizeof(*fiber));
    fiber->stack = stack_new(SYS_THREAD_STACK_SIZE);
    if (fiber->stack == NULL) {
        return -ENOMEM;
    }
    fiber->stack_size = SYS_THREAD_STACK_SIZE;
    fiber->bottom = fiber->stack;
    fiber->size = fiber->stack_size;
    prepare(fiber, entry);
#ifdef SIM_TSAN
    fiber->tsan = __tsan_create_fiber(0);
    __tsan_set_fiber_name(fiber->tsan, name);
#endif
    return 0;
}

void
sim_fiber_fini(struct sim_fiber *fiber)
{
    if (fiber->stack == NULL) {
        return;
    }
#ifdef SIM_TSAN
    __tsan_destroy_fiber(fiber->tsan);
#endif
    stack_delete(fiber->stack, fiber->stack_size);
    fiber->stack = NULL;
}

static void
leaving(struct sim_fiber *from, struct sim_fiber *to, void **fake_stack)
{
    previous = from;
#if BASE_ADDRESS_SANITIZER
    __sanitizer_start_switch_fiber(fake_stack, to->bottom, to->size);
#endif
#ifdef SIM_TSAN
    __tsan_switch_to_fiber(to->tsan, __tsan_switch_to_fiber_no_sync);
#endif
}

static void
arrived(void *fake_stack)
{
#if BASE_ADDRESS_SANITIZER
    __sanitizer_finish_switch_fiber(fake_stack, &previous->bottom, &previous->size);
#endif
}

static void
swap(struct sim_fiber *from, struct sim_fiber *to)
{
#ifdef SIM_FIBER_UCONTEXT
    swapcontext(&from->context, &to->context);
#else
    sim_fiber_swap(&from->sp, to->sp);
#endif
}

void
sim_fiber_switch(struct sim_fiber *from, struct sim_fiber *to)
{
    leaving(from, to, &from->fake_stack);
    swap(from, to);
    arrived(from->fake_stack);
}

void
sim_fiber_leave(struct sim_fiber *from, struct sim_fiber *to)
{
    leaving(from, to, NULL);
    swap(from, to);
    __builtin_unreachable();
}

void
sim_fiber_entered(void)
{
    arrived(NULL);
}

void
sim_tsan_release(void *object)
{
#ifdef SIM_TSAN
    __tsan_release(object);
#endif
}

void
sim_tsan_acquire(void *object)
{
#ifdef SIM_TSAN
    __tsan_acquire(object);
#endif
}

void
sim_tsan_release_for(struct sim_fiber *fiber, void *object)
{
#ifdef SIM_TSAN
    void *self = __tsan_get_current_fiber();

    __tsan_switch_to_fiber(fiber->tsan, __tsan_switch_to_fiber_no_sync);
    __tsan_release(object);
    __tsan_switch_to_fiber(self, __tsan_switch_to_fiber_no_sync);
#endif
}

/* The frame pointer that sim_fiber_swap saved; 0 where the layout is not ours. */
static uintptr_t
saved_frame_pointer(const struct sim_fiber *fiber)
{
#ifdef SIM_FIBER_UCONTEXT
    return 0;
#elif defined(__x86_64__)
    return (uintptr_t)((const uint64_t *)fiber->sp)[6];
#else
    return (uintptr_t)((const uint64_t *)fiber->sp)[0];
#endif
}

__attribute__((no_sanitize("address"))) size_t
sim_fiber_backtrace(const struct sim_fiber *fiber, void **ret_addresses, size_t max)
{
    uintptr_t low = (uintptr_t)fiber->stack;
    uintptr_t high = low + fiber->stack_size - 2 * sizeof(uintptr_t);
    uintptr_t frame;
    size_t count = 0;

    if (fiber->stack == NULL) {
        return 0;
    }
    frame = saved_frame_pointer(fiber);
    while (count < max && frame >= low && frame <= high && frame % sizeof(uintptr_t) == 0) {
        const uintptr_t *words = (const uintptr_t *)frame;

        if (words[1] == 0) {
            break;
        }
        ret_addresses[count++] = (void *)words[1];
        low = frame + 1; /* Frames grow towards higher addresses only. */
        frame = words[0];
    }
    return count;
}

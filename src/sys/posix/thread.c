/* SPDX-License-Identifier: MIT */
/*
 * System threads. A thread has two references: the creator's, dropped by join or detach, and its
 * own, dropped when it ends. Adopted threads have only the latter.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "base/assert.h"
#include "base/list.h"
#include "sys/memory.h"
#include "sys/posix/posix_priv.h"
#include "sys/sys_priv.h"

struct posix_thread {
    struct sys_thread thread; /* First. */
    pthread_t handle;
    uint32_t references;
    bool adopted;
    void *signal_stack; /* NULL: none of ours. */
    jmp_buf end;        /* Back to thread_main. */
};

static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t end_key; /* Its destructor runs at the end of every thread of ours. */
static uint64_t next_id;

static struct posix_thread *
posix_thread_of(struct sys_thread *thread)
{
    return (struct posix_thread *)thread;
}

static void
posix_thread_unref(struct posix_thread *thread)
{
    if (atomic_fetch_sub_u32(&thread->references, 1) == 1) {
        sys_free(thread);
    }
}

/* Foreign keys' destructors may have called us after our turn; the value is then set again. */
static void
thread_ended(void *value)
{
    struct posix_thread *thread = value;

    sys_current = &thread->thread;
    sys_thread_destroy_slots();
    sys_current = NULL;
    posix_thread_unref(thread);
}

static void
make_key(void)
{
    int error = pthread_key_create(&end_key, thread_ended);

    base_assert(error == 0);
}

static struct posix_thread *
posix_thread_new(uint32_t references)
{
    struct posix_thread *thread = sys_alloc_zeroed(sizeof(*thread));

    if (thread == NULL) {
        return NULL;
    }
    pthread_once(&once, make_key);
    thread->references = references;
    thread->thread.id = atomic_fetch_add_u64(&next_id, 1) + 1;
    return thread;
}

static void
enter_thread(struct posix_thread *thread)
{
    sys_current = &thread->thread;
    if (pthread_setspecific(end_key, thread) != 0) {
        base_panic("sys", "no memory for thread-specific data");
    }
}

/* A sanitizer may have set one for its own threads; then that serves. */
static void
signal_stack_enter(struct posix_thread *thread)
{
    stack_t stack;

    if (sigaltstack(NULL, &stack) != 0 || (stack.ss_flags & SS_DISABLE) == 0) {
        return;
    }
    stack = (stack_t){.ss_size = SYS_SIGNAL_STACK_SIZE};
    stack.ss_sp = mmap(NULL, stack.ss_size, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
    if (stack.ss_sp == MAP_FAILED) {
        return;
    }
    if (sigaltstack(&stack, NULL) != 0) {
        munmap(stack.ss_sp, stack.ss_size);
        return;
    }
    thread->signal_stack = stack.ss_sp;
}

static void
signal_stack_leave(struct posix_thread *thread)
{
    if (thread->signal_stack != NULL) {
        (void)sigaltstack(&(stack_t){.ss_flags = SS_DISABLE}, NULL);
        munmap(thread->signal_stack, SYS_SIGNAL_STACK_SIZE);
        thread->signal_stack = NULL;
    }
}

static void *
thread_main(void *argument)
{
    struct posix_thread *thread = argument;

    enter_thread(thread);
    signal_stack_enter(thread);
    pthread_setname_np(pthread_self(), thread->thread.name);
    if (setjmp(thread->end) == 0) {
        thread->thread.fn(thread->thread.argument);
        sys_thread_destroy_slots();
    }
    signal_stack_leave(thread);
    return NULL;
}

static int
start(struct posix_thread *thread)
{
    pthread_attr_t attributes;
    int error;

    if (pthread_attr_init(&attributes) != 0) {
        return -ENOMEM;
    }
    pthread_attr_setstacksize(&attributes, SYS_THREAD_STACK_SIZE);
    error = pthread_create(&thread->handle, &attributes, thread_main, thread);
    pthread_attr_destroy(&attributes);
    return -error;
}

int
posix_thread_create(struct sys_thread **ret_thread, const char *name, sys_thread_fn *fn,
                    void *argument)
{
    struct posix_thread *thread = posix_thread_new(2);
    int error;

    if (thread == NULL) {
        return -ENOMEM;
    }
    sys_thread_init(&thread->thread, name, fn, argument);
    error = start(thread);
    if (error != 0) {
        sys_free(thread);
        return error;
    }
    *ret_thread = &thread->thread;
    return 0;
}

void
posix_thread_join(struct sys_thread *thread)
{
    struct posix_thread *joined = posix_thread_of(thread);

    base_assert(!joined->adopted);
    pthread_join(joined->handle, NULL);
    posix_thread_unref(joined);
}

void
posix_thread_detach(struct sys_thread *thread)
{
    struct posix_thread *detached = posix_thread_of(thread);

    base_assert(!detached->adopted);
    pthread_detach(detached->handle);
    posix_thread_unref(detached);
}

/*
 * Jumps to thread_main instead of calling pthread_exit: that would unwind, and meet noexcept frames
 * of C++ drivers, for which unwinding is the end of the process.
 */
void
posix_thread_exit(void)
{
    struct posix_thread *self = posix_thread_of(sys_thread_self());

    if (self->adopted) {
        base_panic("sys", "sys_thread_exit: this thread was not made by sys_thread_create");
    }
    longjmp(self->end, 1);
}

void
posix_thread_adopt(void)
{
    struct posix_thread *thread = posix_thread_new(1);

    if (thread == NULL) {
        base_panic("sys", "no memory to adopt a thread");
    }
    thread->handle = pthread_self();
    thread->adopted = true;
    if (pthread_getname_np(thread->handle, thread->thread.name, SYS_THREAD_NAME_SIZE) != 0) {
        thread->thread.name[0] = '\0';
    }
    enter_thread(thread);
}

void
posix_thread_yield(void)
{
    sched_yield();
}

void
posix_thread_move(void)
{
    int cpu = sched_getcpu();
    cpu_set_t allowed;
    cpu_set_t others;

    if (cpu < 0 || cpu >= CPU_SETSIZE || sched_getaffinity(0, sizeof(allowed), &allowed) != 0) {
        return;
    }
    others = allowed;
    CPU_CLR(cpu, &others);
    if (CPU_COUNT(&others) != 0 && sched_setaffinity(0, sizeof(others), &others) == 0) {
        (void)sched_setaffinity(0, sizeof(allowed), &allowed);
    }
}

void
posix_pause(void)
{
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("isb" ::: "memory");
#else
    __asm__ volatile("" ::: "memory");
#endif
}

unsigned
posix_cpu_count(void)
{
    static uint32_t count;
    uint32_t known = atomic_load_relaxed_u32(&count);
    cpu_set_t set;

    if (known == 0) {
        known = sched_getaffinity(0, sizeof(set), &set) == 0 ? (uint32_t)CPU_COUNT(&set) : 1;
        atomic_store_relaxed_u32(&count, known);
    }
    return known;
}

/* SPDX-License-Identifier: MIT */
/* Threads: what both back ends have in common, and the choice between them. */
#include "sys/thread.h"

#include <string.h>

#include "base/assert.h"
#include "sys/posix/posix_priv.h"
#include "sys/sim/sim_priv.h"
#include "sys/sys_priv.h"

/* A destructor may set another slot again; after this many rounds such values are abandoned. */
#define DESTRUCTOR_ROUNDS 4

_Thread_local struct sys_thread *sys_current __attribute__((tls_model("initial-exec")));

static base_pointer slot_destructors[SYS_SLOT_COUNT];

void
sys_thread_init(struct sys_thread *thread, const char *name, sys_thread_fn *fn, void *argument)
{
    thread->fn = fn;
    thread->argument = argument;
    strncpy(thread->name, name != NULL ? name : "thread", sizeof(thread->name) - 1);
}

/* Upper layers first: what they leave behind may still need the layers below. */
static bool
destroy_slots_once(void)
{
    bool found = false;

    for (int slot = SYS_SLOT_COUNT - 1; slot >= 0; slot--) {
        void *value = sys_current->slots.value[slot];
        void *destructor = atomic_load_ptr(&slot_destructors[slot]);

        sys_current->slots.value[slot] = NULL;
        if (value != NULL && destructor != NULL) {
            ((void (*)(void *))destructor)(value);
            found = true;
        }
    }
    return found;
}

void
sys_thread_destroy_slots(void)
{
    for (int round = 0; round < DESTRUCTOR_ROUNDS && destroy_slots_once(); round++) {
    }
}

int
sys_thread_create(struct sys_thread **ret_thread, const char *name, sys_thread_fn *fn,
                  void *argument)
{
    if (sys_simulated()) {
        return sim_thread_create(ret_thread, name, fn, argument);
    }
    return posix_thread_create(ret_thread, name, fn, argument);
}

void
sys_thread_join(struct sys_thread *thread)
{
    base_assert(thread != sys_current);
    if (thread->simulated) {
        sim_thread_join(thread);
    } else {
        posix_thread_join(thread);
    }
}

void
sys_thread_detach(struct sys_thread *thread)
{
    if (thread->simulated) {
        sim_thread_detach(thread);
    } else {
        posix_thread_detach(thread);
    }
}

void
sys_thread_exit(void)
{
    sys_thread_destroy_slots();
    if (sys_simulated()) {
        sim_thread_exit();
    }
    posix_thread_exit();
}

struct sys_thread *
sys_thread_self(void)
{
    if (__builtin_expect(sys_current == NULL, 0)) {
        posix_thread_adopt();
    }
    return sys_current;
}

uint64_t
sys_thread_id(const struct sys_thread *thread)
{
    return thread->id;
}

void
sys_slot_set_destructor(enum sys_slot slot, void (*destructor)(void *value))
{
    atomic_store_ptr(&slot_destructors[slot], (void *)destructor);
}

void
sys_thread_set_sleep_hook(struct sys_thread *thread, void (*hook)(void *argument, bool sleeping),
                          void *argument)
{
    atomic_store_ptr(&thread->sleep_hook, NULL);
    atomic_store_ptr(&thread->sleep_hook_argument, argument);
    atomic_store_ptr(&thread->sleep_hook, (void *)hook);
}

void
sys_thread_yield(void)
{
    if (sys_simulated()) {
        sim_yield();
    } else {
        posix_thread_yield();
    }
}

void
sys_thread_move(void)
{
    /* A simulated thread has no processor. */
    if (!sys_simulated()) {
        posix_thread_move();
    }
}

void
sys_spin_pause(void)
{
    if (sys_simulated()) {
        sim_yield();
    } else {
        posix_pause();
    }
}

unsigned
sys_cpu_count(void)
{
    /* The same on every machine, so that a seed replays anywhere. */
    return sys_simulated() ? SIM_CPU_COUNT : posix_cpu_count();
}

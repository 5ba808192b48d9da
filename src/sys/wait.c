/* SPDX-License-Identifier: MIT */
/* Waiting on a word: the sleep hook, and the choice between the back ends. */
#include "sys/wait.h"

#include "base/assert.h"
#include "base/hot.h"
#include "sys/posix/posix_priv.h"
#include "sys/sim/sim_priv.h"
#include "sys/sys_priv.h"

typedef void sleep_hook(void *argument, bool sleeping);

int
sys_wait_plain(const uint32_t *word, uint32_t expected, uint64_t deadline_ns)
{
    if (sys_simulated()) {
        return sim_wait(word, expected, deadline_ns);
    }
    return posix_wait(word, expected, deadline_ns, false);
}

/* The hook may itself take locks and wait; those waits do not count. */
static int
wait_hooked(const uint32_t *word, uint32_t expected, uint64_t deadline_ns, sleep_hook *hook)
{
    struct sys_thread *self = sys_current;
    void *argument = atomic_load_ptr(&self->sleep_hook_argument);
    int result;

    self->in_sleep_hook = true;
    hook(argument, true);
    self->in_sleep_hook = false;
    result = sys_wait_plain(word, expected, deadline_ns);
    self->in_sleep_hook = true;
    hook(argument, false);
    self->in_sleep_hook = false;
    return result;
}

int
sys_wait(const uint32_t *word, uint32_t expected, uint64_t deadline_ns)
{
    struct sys_thread *self = sys_current;

    if (self != NULL && !self->in_sleep_hook) {
        sleep_hook *hook = (sleep_hook *)atomic_load_ptr(&self->sleep_hook);

        if (hook != NULL && deadline_ns != 0 && atomic_load_u32(word) == expected) {
            return wait_hooked(word, expected, deadline_ns, hook);
        }
    }
    return sys_wait_plain(word, expected, deadline_ns);
}

void
sys_wake(const uint32_t *word, uint32_t count)
{
    if (sys_simulated()) {
        sim_wake(word, count);
    } else {
        posix_wake(word, count, false);
    }
}

BASE_HOT int
sys_wait_shared(const uint32_t *word, uint32_t expected, uint64_t deadline_ns)
{
    if (sys_simulated()) {
        base_panic("sys", "sys_wait_shared: a simulated thread cannot wait for other processes");
    }
    return posix_wait(word, expected, deadline_ns, true);
}

BASE_HOT void
sys_wake_shared(const uint32_t *word, uint32_t count)
{
    if (sys_simulated()) {
        base_panic("sys", "sys_wake_shared: a simulated thread cannot wake other processes");
    }
    posix_wake(word, count, true);
}

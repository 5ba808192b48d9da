/* SPDX-License-Identifier: MIT */
/*
 * The floor under every isolated round trip: two processes, one word of shared memory each way, nothing
 * else. One form spins on both sides, the other sleeps on futexes on both.
 */
#include "harness.h"

#include <linux/futex.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

struct shared {
    _Alignas(64) uint32_t ping;
    uint32_t
        spins; /* Between runs the other process sleeps on it: it must not cost us a processor. */
    _Alignas(64) uint32_t pong;
};

struct pingpong {
    struct shared *shared;
    pid_t child;
    uint32_t turn;
    bool blocking;
    cpu_set_t allowed;
};

static void
pause_cpu(void)
{
#if defined(__x86_64__)
    __builtin_ia32_pause();
#endif
}

static void
futex(uint32_t *word, int operation, uint32_t value)
{
    syscall(SYS_futex, word, operation, value, NULL, NULL, 0);
}

/* Waits until the word has the value. */
static void
await(uint32_t *word, uint32_t value, bool blocking)
{
    uint32_t now;

    while ((now = __atomic_load_n(word, __ATOMIC_ACQUIRE)) != value) {
        if (blocking) {
            futex(word, FUTEX_WAIT, now);
        } else {
            pause_cpu();
        }
    }
}

static void
post(uint32_t *word, uint32_t value, bool blocking)
{
    __atomic_store_n(word, value, __ATOMIC_RELEASE);
    if (blocking) {
        futex(word, FUTEX_WAKE, 1);
    }
}

/*
 * Runs the calling process on the n-th processor of `allowed` only. Two that never sleep must not meet on one:
 * each turn would take two time slices.
 */
static void
pin(const cpu_set_t *allowed, int n)
{
    cpu_set_t one;
    int cpu;

    for (cpu = 0; cpu < CPU_SETSIZE; cpu++) {
        if (CPU_ISSET(cpu, allowed) && n-- == 0) {
            CPU_ZERO(&one);
            CPU_SET(cpu, &one);
            sched_setaffinity(0, sizeof(one), &one);
            return;
        }
    }
}

static void
answer_for_ever(struct shared *shared, bool blocking)
{
    uint32_t turn;

    for (turn = 1;; turn++) {
        while (!blocking && __atomic_load_n(&shared->ping, __ATOMIC_ACQUIRE) != turn) {
            if (__atomic_load_n(&shared->spins, __ATOMIC_ACQUIRE) == 0) {
                futex(&shared->spins, FUTEX_WAIT, 0);
            }
            pause_cpu();
        }
        await(&shared->ping, turn, blocking);
        post(&shared->pong, turn, blocking);
    }
}

struct pingpong *
pingpong_start(bool blocking)
{
    struct pingpong *p = calloc(1, sizeof(*p));

    p->blocking = blocking;
    sched_getaffinity(0, sizeof(p->allowed), &p->allowed);
    p->shared =
        mmap(NULL, sizeof(*p->shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    p->child = p->shared == MAP_FAILED ? -1 : fork();
    if (p->child < 0) {
        free(p);
        return NULL;
    }
    if (p->child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (!blocking) {
            pin(&p->allowed, 1);
        }
        answer_for_ever(p->shared, blocking);
    }
    return p;
}

void
pingpong_run(void *pingpong, uint64_t count)
{
    struct pingpong *p = pingpong;

    __atomic_store_n(&p->shared->spins, 1, __ATOMIC_RELEASE);
    if (!p->blocking) {
        pin(&p->allowed, 0);
        futex(&p->shared->spins, FUTEX_WAKE, 1);
    }
    while (count-- > 0) {
        p->turn++;
        post(&p->shared->ping, p->turn, p->blocking);
        await(&p->shared->pong, p->turn, p->blocking);
    }
    __atomic_store_n(&p->shared->spins, 0, __ATOMIC_RELEASE);
    if (!p->blocking) {
        sched_setaffinity(0, sizeof(p->allowed), &p->allowed);
    }
}

void
pingpong_stop(struct pingpong *p)
{
    kill(p->child, SIGKILL);
    waitpid(p->child, NULL, 0);
    munmap(p->shared, sizeof(*p->shared));
    free(p);
}

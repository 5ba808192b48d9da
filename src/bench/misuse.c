/* SPDX-License-Identifier: MIT */
/* Expected bug checks, failing allocations, simulated runs, and time. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "bench/bench_priv.h"
#include "nt/ex/ex.h"
#include "nt/pnp/pnp.h"
#include "nt/ke/interrupt.h"
#include "nt/ke/ke.h"
#include "sys/clock.h"
#include "sys/memory.h"
#include "sys/sim.h"
#include "sys/thread.h"

#define IDLE_ROUNDS 4 /* Work that queues work that queues … is followed this far. */

/* For a thread that has no memory for one of its own. */
static struct bench_thread no_memory;

struct bench_thread *
bench_thread_self(void)
{
    struct bench_thread *self = sys_slot_get(SYS_SLOT_HOST);

    if (self == NULL) {
        self = sys_alloc_zeroed(sizeof(*self));
        if (self == NULL) {
            return &no_memory;
        }
        sys_slot_set_destructor(SYS_SLOT_HOST, sys_free);
        sys_slot_set(SYS_SLOT_HOST, self);
    }
    return self;
}

bench_status
bench_fail(bench_status status, const char *format, ...)
{
    struct bench_thread *self = bench_thread_self();
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(self->error, sizeof(self->error), format, arguments);
    va_end(arguments);
    return status;
}

const char *
bench_error(void)
{
    return bench_thread_self()->error;
}

/* Bug checks ---------------------------------------------------------------------------------- */

void
bench_bugcheck_handler(const struct ke_bugcheck *bugcheck, void *context)
{
    struct bench_thread *self = bench_thread_self();
    sigjmp_buf *target = self->expecting;

    self->seen_code = bugcheck->code;
    for (unsigned i = 0; i < 4; i++) {
        self->parameter[i] = bugcheck->parameter[i];
    }
    if (target != NULL && bugcheck->code == self->expected_code) {
        self->expecting = NULL;
        siglongjmp(*target, 1);
    }
    fprintf(stderr, "*** BUGCHECK 0x%08X %s (0x%lX, 0x%lX, 0x%lX, 0x%lX)%s%s\n", bugcheck->code,
            bugcheck->name, bugcheck->parameter[0], bugcheck->parameter[1], bugcheck->parameter[2],
            bugcheck->parameter[3], bugcheck->driver != NULL ? " caused by " : "",
            bugcheck->driver != NULL ? bugcheck->driver : "");
}

bool
bench_expect_bugcheck(uint32_t code, void (*fn)(void *argument), void *argument)
{
    struct bench_thread *self = bench_thread_self();
    sigjmp_buf *volatile outer = self->expecting;
    volatile KIRQL irql = KeGetCurrentIrql();
    sigjmp_buf here;
    bool left;

    self->expected_code = code;
    self->seen_code = 0;
    left = sigsetjmp(here, 0) != 0;
    if (!left) {
        self->expecting = &here;
        fn(argument);
    }
    self = bench_thread_self();
    self->expecting = outer;
    if (left) {
        ke_irql_set(irql);
    }
    return left;
}

uint64_t
bench_bugcheck_parameter(unsigned number)
{
    return number >= 1 && number <= 4 ? bench_thread_self()->parameter[number - 1] : 0;
}

/* Pool ---------------------------------------------------------------------------------------- */

static bool
pool_hook(void *argument, size_t size, ULONG tag, const void *caller)
{
    struct bench *bench = argument;

    return bench->pool_fail(bench->pool_fail_argument, size, tag);
}

void
bench_set_pool_failure(struct bench *bench, bool (*fail)(void *argument, size_t size, uint32_t tag),
                       void *argument)
{
    bench->pool_fail = fail;
    bench->pool_fail_argument = argument;
    ex_pool_set_failure_hook(fail != NULL ? pool_hook : NULL, bench);
}

/* Time ---------------------------------------------------------------------------------------- */

void
bench_run_until_idle(struct bench *bench)
{
    for (unsigned i = 0; i < IDLE_ROUNDS; i++) {
        ke_interrupts_wait();
        KeFlushQueuedDpcs();
        pnp_wait_quiet();
    }
    KeFlushQueuedDpcs();
}

void
bench_advance(struct bench *bench, uint64_t milliseconds)
{
    sys_sleep_until(sys_now_ns() + milliseconds * UINT64_C(1000000));
}

bool
bench_simulate(const struct bench_simulation *simulation, void (*fn)(void *argument),
               void *argument, uint64_t *ret_digest)
{
    struct sys_sim_config config = {.seed = simulation->seed, .max_steps = simulation->max_steps};
    struct sys_sim_result result;

    /* What happens once in a process must not happen in the first of two equal runs. */
    bench_trace_init();
    result = sys_sim_run(&config, fn, argument);
    if (ret_digest != NULL) {
        *ret_digest = result.digest;
    }
    return result.outcome == SYS_SIM_DONE;
}

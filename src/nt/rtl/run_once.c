/* SPDX-License-Identifier: MIT */
/*
 * One-time initialization. The one pointer's two low bits are the state: 0 nobody began, 1 one runs and
 * others wait, 2 done; the rest is the context, which hence has its two low bits clear.
 */
#include <ntddk.h>

#include "base/atomic.h"
#include "sys/wait.h"

#define STATE_MASK    3ul
#define STATE_FREE    0ul
#define STATE_RUNNING 1ul
#define STATE_DONE    2ul

static uint64_t *
word(PRTL_RUN_ONCE once)
{
    return (uint64_t *)(void *)once;
}

/* sys_wait wants 32 bits: the low half holds the state. */
static const uint32_t *
wait_word(PRTL_RUN_ONCE once)
{
    return (const uint32_t *)(const void *)once;
}

VOID
RtlRunOnceInitialize(PRTL_RUN_ONCE RunOnce)
{
    RunOnce->Ptr = NULL;
}

/* STATUS_SUCCESS: done; STATUS_PENDING: the caller initializes, then calls RtlRunOnceComplete. */
NTSTATUS
RtlRunOnceBeginInitialize(PRTL_RUN_ONCE RunOnce, ULONG Flags, PVOID *Context)
{
    for (;;) {
        uint64_t seen = atomic_load_u64(word(RunOnce));

        if ((seen & STATE_MASK) == STATE_DONE) {
            if (Context != NULL) {
                *Context = (PVOID)(seen & ~STATE_MASK);
            }
            return STATUS_SUCCESS;
        }
        if ((Flags & RTL_RUN_ONCE_CHECK_ONLY) != 0) {
            return STATUS_UNSUCCESSFUL;
        }
        if ((Flags & RTL_RUN_ONCE_ASYNC) != 0) {
            return STATUS_PENDING;
        }
        if ((seen & STATE_MASK) == STATE_RUNNING) {
            sys_wait(wait_word(RunOnce), (uint32_t)seen, SYS_FOREVER);
        } else if (atomic_cas_u64(word(RunOnce), &seen, STATE_RUNNING)) {
            return STATUS_PENDING;
        }
    }
}

NTSTATUS
RtlRunOnceComplete(PRTL_RUN_ONCE RunOnce, ULONG Flags, PVOID Context)
{
    uint64_t expected = (Flags & RTL_RUN_ONCE_ASYNC) != 0 ? STATE_FREE : STATE_RUNNING;
    uint64_t value = (uint64_t)Context | STATE_DONE;

    if (((uint64_t)Context & STATE_MASK) != 0) {
        return STATUS_INVALID_PARAMETER_3;
    }
    if ((Flags & RTL_RUN_ONCE_INIT_FAILED) != 0) {
        if (Context != NULL || (Flags & RTL_RUN_ONCE_ASYNC) != 0) {
            return STATUS_INVALID_PARAMETER_2;
        }
        value = STATE_FREE;
    }
    if (!atomic_cas_u64(word(RunOnce), &expected, value)) {
        return STATUS_UNSUCCESSFUL;
    }
    sys_wake(wait_word(RunOnce), UINT32_MAX);
    return STATUS_SUCCESS;
}

NTSTATUS
RtlRunOnceExecuteOnce(PRTL_RUN_ONCE RunOnce, PRTL_RUN_ONCE_INIT_FN InitFn, PVOID Parameter,
                      PVOID *Context)
{
    NTSTATUS status = RtlRunOnceBeginInitialize(RunOnce, 0, Context);
    PVOID made = NULL;

    if (status != STATUS_PENDING) {
        return status;
    }
    if (InitFn(RunOnce, Parameter, &made) == 0) {
        RtlRunOnceComplete(RunOnce, RTL_RUN_ONCE_INIT_FAILED, NULL);
        return STATUS_UNSUCCESSFUL;
    }
    status = RtlRunOnceComplete(RunOnce, 0, made);
    if (NT_SUCCESS(status) && Context != NULL) {
        *Context = made;
    }
    return status;
}

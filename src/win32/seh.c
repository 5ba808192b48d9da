/* SPDX-License-Identifier: MIT */
/*
 * Structured exceptions in an application: what crt/seh.c wants of a program. Part of libopenwdf-client only; in a host
 * and in the bench the kernel brings it.
 */
#include "win32/object.h"

#include <ntstatus.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/atomic.h"
#include "sys/fault.h"
#include "sys/thread.h"

static void
on_fault(const struct sys_fault *fault)
{
    struct w32_thread_state *state = sys_slot_get(SYS_SLOT_CLIENT);
    ULONG_PTR parameters[2] = {fault->kind == SYS_FAULT_WRITE     ? EXCEPTION_WRITE_FAULT
                               : fault->kind == SYS_FAULT_EXECUTE ? EXCEPTION_EXECUTE_FAULT
                                                                  : EXCEPTION_READ_FAULT,
                               (ULONG_PTR)fault->address};

    if (state == NULL || state->seh.top == NULL) {
        return;
    }
    if (fault->kind == SYS_FAULT_DIVIDE) {
        crt_seh_raise(STATUS_INTEGER_DIVIDE_BY_ZERO, fault->instruction, 0, NULL);
    }
    crt_seh_raise(STATUS_ACCESS_VIOLATION, fault->instruction, 2, parameters);
}

/* The first block of the process makes faults exceptions; programs without one keep their signals. */
struct crt_seh *
crt_seh_self(void)
{
    static uint32_t prepared;

    if (atomic_load_u32(&prepared) == 0 && atomic_xchg_u32(&prepared, 1) == 0) {
        sys_fault_set_handler(on_fault);
    }
    return &w32_thread()->seh;
}

/* On Windows the process ends with the code as its exit status, and a report; a core file says more. */
void
crt_seh_unhandled(const EXCEPTION_RECORD *record)
{
    fprintf(stderr, "openwdf: unhandled exception 0x%08x at %p\n", (unsigned)record->ExceptionCode,
            record->ExceptionAddress);
    abort();
}

void *
crt_seh_alloc(size_t size)
{
    void *memory = malloc(size);

    if (memory == NULL) {
        abort();
    }
    return memory;
}

void
crt_seh_free(void *memory)
{
    free(memory);
}

/* SPDX-License-Identifier: MIT */
/* Structured exceptions in the kernel: raising, faults of the processor, and the end when nobody handles one. */
#include "nt/ke/ke_priv.h"

#include "sys/fault.h"
#include "sys/memory.h"

struct crt_seh *
crt_seh_self(void)
{
    return &ke_thread_self()->seh;
}

void
crt_seh_unhandled(const EXCEPTION_RECORD *record)
{
    ke_bugcheck(KMODE_EXCEPTION_NOT_HANDLED, (ULONG)record->ExceptionCode,
                (ULONG_PTR)record->ExceptionAddress, record->ExceptionInformation[0],
                record->ExceptionInformation[1], NULL, record->ExceptionAddress);
}

void *
crt_seh_alloc(size_t size)
{
    void *memory = sys_alloc(size);

    if (memory == NULL) {
        ke_bugcheck(NO_PAGES_AVAILABLE, 0, 0, 0, 0, NULL, NULL);
    }
    return memory;
}

void
crt_seh_free(void *memory)
{
    sys_free(memory);
}

void
ke_raise(NTSTATUS code, const void *address, ULONG parameter_count, const ULONG_PTR *parameters)
{
    crt_seh_raise(code, address, parameter_count, parameters);
}

bool
ke_has_exception_frame(void)
{
    struct ke_thread *thread = sys_slot_get(SYS_SLOT_KE);

    return thread != NULL && thread->seh.top != NULL;
}

static void
on_fault(const struct sys_fault *fault)
{
    ULONG_PTR parameters[2] = {0, (ULONG_PTR)fault->address};

    if (!ke_has_exception_frame()) {
        return;
    }
    switch (fault->kind) {
    case SYS_FAULT_DIVIDE:
        ke_raise(STATUS_INTEGER_DIVIDE_BY_ZERO, fault->instruction, 0, NULL);
    case SYS_FAULT_WRITE:
        parameters[0] = 1;
        break;
    case SYS_FAULT_EXECUTE:
        parameters[0] = 8;
        break;
    case SYS_FAULT_READ:
        break;
    }
    ke_raise(STATUS_ACCESS_VIOLATION, fault->instruction, 2, parameters);
}

void
ke_seh_init(void)
{
    sys_fault_set_handler(on_fault);
}

void
ke_seh_fini(void)
{
    sys_fault_set_handler(NULL);
}

/* What drivers raise --------------------------------------------------------------------------- */

VOID
ExRaiseStatus(NTSTATUS Status)
{
    ke_raise(Status, __builtin_return_address(0), 0, NULL);
}

VOID
ExRaiseAccessViolation(VOID)
{
    ke_raise(STATUS_ACCESS_VIOLATION, __builtin_return_address(0), 0, NULL);
}

VOID
ExRaiseDatatypeMisalignment(VOID)
{
    ke_raise(STATUS_DATATYPE_MISALIGNMENT, __builtin_return_address(0), 0, NULL);
}

/* SPDX-License-Identifier: MIT */
/*
 * IRQL, per thread. A thread at DISPATCH_LEVEL is not kept from being preempted, and others may be
 * at DISPATCH_LEVEL at the same time, as on a machine with many processors: drivers must lock.
 */
#include "nt/ke/ke_priv.h"

KIRQL
KeGetCurrentIrql(VOID)
{
    return ke_irql();
}

KIRQL
KfRaiseIrql(KIRQL NewIrql)
{
    struct ke_thread *thread = ke_thread_self();
    KIRQL old = thread->irql;

    if (__builtin_expect(NewIrql < old || NewIrql > HIGH_LEVEL, 0)) {
        ke_bugcheck(IRQL_NOT_GREATER_OR_EQUAL, NewIrql, old, 0,
                    (ULONG_PTR)__builtin_return_address(0), NULL, __builtin_return_address(0));
    }
    thread->irql = NewIrql;
    return old;
}

VOID
KeLowerIrql(KIRQL NewIrql)
{
    struct ke_thread *thread = ke_thread_self();

    if (__builtin_expect(NewIrql > thread->irql, 0)) {
        ke_bugcheck(IRQL_NOT_LESS_OR_EQUAL, NewIrql, thread->irql, 0,
                    (ULONG_PTR)__builtin_return_address(0), NULL, __builtin_return_address(0));
    }
    thread->irql = NewIrql;
}

KIRQL
KeRaiseIrqlToDpcLevel(VOID)
{
    struct ke_thread *thread = ke_thread_self();
    KIRQL old = thread->irql;

    if (__builtin_expect(old > DISPATCH_LEVEL, 0)) {
        ke_bugcheck(IRQL_NOT_GREATER_OR_EQUAL, DISPATCH_LEVEL, old, 0,
                    (ULONG_PTR)__builtin_return_address(0), NULL, __builtin_return_address(0));
    }
    thread->irql = DISPATCH_LEVEL;
    return old;
}

KIRQL
KeRaiseIrqlToSynchLevel(VOID)
{
    return KeRaiseIrqlToDpcLevel();
}

KIRQL
ke_irql_set(KIRQL irql)
{
    struct ke_thread *thread = ke_thread_self();
    KIRQL old = thread->irql;

    thread->irql = irql;
    return old;
}

void
ke_irql_check(KIRQL highest, const void *caller)
{
    KIRQL irql = ke_thread_self()->irql;

    if (__builtin_expect(irql > highest, 0)) {
        ke_bugcheck(IRQL_NOT_LESS_OR_EQUAL, (ULONG_PTR)caller, irql, 0, (ULONG_PTR)caller, NULL,
                    caller);
    }
}

/* SPDX-License-Identifier: MIT */
/*
 * Processors as drivers see them: one group, one node, as many as the process may run on. Threads
 * are spread over the numbers; two threads at DISPATCH_LEVEL may have the same number at once, so a
 * number is a hint for spreading data, not a lock.
 */
#include "nt/ke/ke_priv.h"

static ULONG
count(void)
{
    ULONG cpus = sys_cpu_count();

    return cpus < MAXIMUM_PROCESSORS ? cpus : MAXIMUM_PROCESSORS;
}

ULONG
KeGetCurrentProcessorNumberEx(PPROCESSOR_NUMBER ProcNumber)
{
    ULONG number = (ULONG)(ke_thread_self()->id % count());

    if (ProcNumber != NULL) {
        *ProcNumber = (PROCESSOR_NUMBER){.Number = (UCHAR)number};
    }
    return number;
}

NTSTATUS
KeGetProcessorNumberFromIndex(ULONG ProcIndex, PPROCESSOR_NUMBER ProcNumber)
{
    if (ProcIndex >= count()) {
        return STATUS_INVALID_PARAMETER;
    }
    *ProcNumber = (PROCESSOR_NUMBER){.Number = (UCHAR)ProcIndex};
    return STATUS_SUCCESS;
}

ULONG
KeGetProcessorIndexFromNumber(PPROCESSOR_NUMBER ProcNumber)
{
    if (ProcNumber->Group != 0 || ProcNumber->Number >= count()) {
        return INVALID_PROCESSOR_INDEX;
    }
    return ProcNumber->Number;
}

KAFFINITY
KeQueryActiveProcessors(VOID)
{
    ULONG cpus = count();

    return cpus == MAXIMUM_PROCESSORS ? ~(KAFFINITY)0 : ((KAFFINITY)1 << cpus) - 1;
}

ULONG
KeQueryActiveProcessorCount(KAFFINITY *ActiveProcessors)
{
    if (ActiveProcessors != NULL) {
        *ActiveProcessors = KeQueryActiveProcessors();
    }
    return count();
}

ULONG
KeQueryActiveProcessorCountEx(USHORT GroupNumber)
{
    return GroupNumber == 0 || GroupNumber == ALL_PROCESSOR_GROUPS ? count() : 0;
}

ULONG
KeQueryMaximumProcessorCount(VOID)
{
    return count();
}

ULONG
KeQueryMaximumProcessorCountEx(USHORT GroupNumber)
{
    return KeQueryActiveProcessorCountEx(GroupNumber);
}

USHORT
KeQueryActiveGroupCount(VOID)
{
    return 1;
}

USHORT
KeQueryMaximumGroupCount(VOID)
{
    return 1;
}

KAFFINITY
KeQueryGroupAffinity(USHORT GroupNumber)
{
    return GroupNumber == 0 ? KeQueryActiveProcessors() : 0;
}

USHORT
KeQueryHighestNodeNumber(VOID)
{
    return 0;
}

USHORT
KeGetCurrentNodeNumber(VOID)
{
    return 0;
}

VOID
KeQueryNodeActiveAffinity(USHORT NodeNumber, PGROUP_AFFINITY Affinity, PUSHORT Count)
{
    if (Affinity != NULL) {
        *Affinity = (GROUP_AFFINITY){.Mask = KeQueryGroupAffinity(NodeNumber)};
    }
    if (Count != NULL) {
        *Count = NodeNumber == 0 ? (USHORT)count() : 0;
    }
}

USHORT
KeQueryNodeMaximumProcessorCount(USHORT NodeNumber)
{
    return NodeNumber == 0 ? (USHORT)count() : 0;
}

/* "On x64 these do nothing and succeed": the compiler's code keeps the registers. */
NTSTATUS
KeSaveFloatingPointState(PKFLOATING_SAVE FloatSave)
{
    return STATUS_SUCCESS;
}

NTSTATUS
KeRestoreFloatingPointState(PKFLOATING_SAVE FloatSave)
{
    return STATUS_SUCCESS;
}

NTSTATUS
KeSaveExtendedProcessorState(ULONG64 Mask, PXSTATE_SAVE XStateSave)
{
    return STATUS_SUCCESS;
}

VOID
KeRestoreExtendedProcessorState(PXSTATE_SAVE XStateSave)
{
}

/* A thread's stack is large from the start. */
NTSTATUS
KeExpandKernelStackAndCallout(PEXPAND_STACK_CALLOUT Callout, PVOID Parameter, SIZE_T Size)
{
    return KeExpandKernelStackAndCalloutEx(Callout, Parameter, Size, FALSE, NULL);
}

NTSTATUS
KeExpandKernelStackAndCalloutEx(PEXPAND_STACK_CALLOUT Callout, PVOID Parameter, SIZE_T Size,
                                BOOLEAN Wait, PVOID Context)
{
    if (Size > MAXIMUM_EXPANSION_SIZE) {
        return STATUS_INVALID_PARAMETER_3;
    }
    Callout(Parameter);
    return STATUS_SUCCESS;
}

/*
 * Runs the function once, as the only one of its kind, at IPI_LEVEL. Others are not stopped: a
 * driver that counts on all processors being here at once is not served by this.
 */
ULONG_PTR
KeIpiGenericCall(PKIPI_BROADCAST_WORKER BroadcastFunction, ULONG_PTR Context)
{
    static struct sys_lock lock;
    ULONG_PTR result;
    KIRQL irql;

    sys_lock_acquire(&lock);
    irql = ke_irql_set(IPI_LEVEL);
    result = BroadcastFunction(Context);
    ke_irql_set(irql);
    sys_lock_release(&lock);
    return result;
}

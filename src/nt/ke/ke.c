/* SPDX-License-Identifier: MIT */
/* The kernel core's start and end. */
#include "nt/ke/ke_priv.h"

static struct {
    void *(*find)(void *argument, const char *name);
    void *argument;
} resolver;

NTSTATUS
ke_init(void)
{
    NTSTATUS status;

    ke_dispatcher_lock = SYS_LOCK_INIT;
    status = ke_threads_init();
    if (status != STATUS_SUCCESS) {
        return status;
    }
    ke_timers_init();
    ke_processor_init();
    ke_interrupts_init();
    ke_seh_init();
    return STATUS_SUCCESS;
}

void
ke_fini(void)
{
    ke_interrupts_fini();
    ke_threads_join();
    ke_timers_fini();
    ke_processor_fini();
    ke_timers_fini(); /* What the last DPCs have set. */
    ke_seh_fini();
    ke_threads_fini();
    ke_bugcheck_fini();
    resolver.find = NULL;
}

void
ke_set_routine_resolver(void *(*find)(void *argument, const char *name), void *argument)
{
    resolver.find = find;
    resolver.argument = argument;
}

PVOID
MmGetSystemRoutineAddress(PUNICODE_STRING SystemRoutineName)
{
    char name[128];
    size_t length = SystemRoutineName->Length / sizeof(WCHAR);

    if (resolver.find == NULL || length >= sizeof(name)) {
        return NULL;
    }
    for (size_t i = 0; i < length; i++) {
        WCHAR c = SystemRoutineName->Buffer[i];

        if (c == 0 || c > 0x7E) {
            return NULL;
        }
        name[i] = (char)c;
    }
    name[length] = 0;
    return resolver.find(resolver.argument, name);
}

/* The debugger that drivers ask about is a kernel debugger: there is none. */
static BOOLEAN debugger_not_present = TRUE;
static BOOLEAN debugger_enabled = FALSE;
BOOLEAN *KdDebuggerNotPresent = &debugger_not_present;
BOOLEAN *KdDebuggerEnabled = &debugger_enabled;

BOOLEAN
KdRefreshDebuggerNotPresent(VOID)
{
    return TRUE;
}

NTSTATUS
KdDisableDebugger(VOID)
{
    return STATUS_DEBUGGER_INACTIVE;
}

NTSTATUS
KdEnableDebugger(VOID)
{
    return STATUS_DEBUGGER_INACTIVE;
}

/* SPDX-License-Identifier: MIT */
/* The kernel core towards the rest of nt, fx, the loader and the composition roots. */
#ifndef OPENWDF_NT_KE_KE_H
#define OPENWDF_NT_KE_KE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <ntddk.h>

#include "sys/thread.h"

struct ex_pool_owner;
struct ke_thread;

NTSTATUS ke_init(void);

/* Runs what DPCs are queued, drops timers, ends the processor threads. System threads of drivers
 * that still run are named and waited for. */
void ke_fini(void);

/* Threads ------------------------------------------------------------------------------------- */

/* Makes the calling thread known to ke. */
struct ke_thread *ke_thread_adopt(void);

/* The calling thread, which becomes known to ke by its first call. Never NULL. */
static inline struct ke_thread *
ke_thread_self(void)
{
    struct ke_thread *thread = sys_slot_get(SYS_SLOT_KE);

    return __builtin_expect(thread != NULL, 1) ? thread : ke_thread_adopt();
}

/* The head of every struct ke_thread, for ke_irql. */
struct ke_thread_head {
    DISPATCHER_HEADER header; /* Signaled when the thread has ended. */
    uint32_t magic;
    KIRQL irql;
};

/* KeGetCurrentIrql without a call. A thread that ke does not know has not raised anything. */
static inline KIRQL
ke_irql(void)
{
    const struct ke_thread_head *thread = sys_slot_get(SYS_SLOT_KE);

    return __builtin_expect(thread != NULL, 1) ? thread->irql : PASSIVE_LEVEL;
}

/* On whose behalf the calling thread runs from now on (NULL: nobody's); returns the former one. */
struct ex_pool_owner *ke_thread_set_owner(struct ex_pool_owner *owner);
struct ex_pool_owner *ke_thread_owner(void);

/* Whom PsGetCurrentProcessId names (NULL: the system); returns the former one. For a host that
 * serves a request in the name of an application. */
HANDLE ke_thread_set_process_id(HANDLE process_id);

/* The calling thread's activity id, the caller's memory; the second one returns the former. NULL: none. */
GUID *ke_thread_activity(void);
GUID *ke_thread_set_activity(GUID *activity);

/* Ends an alertable wait of the thread with STATUS_ALERTED, or its next one. */
void ke_thread_alert(struct ke_thread *thread);

/*
 * A thread of our own that runs fn(context) at PASSIVE_LEVEL. `name` is for debuggers. `ret_thread`
 * gets a reference to the thread object: wait on it, then ObDereferenceObject.
 */
NTSTATUS ke_thread_create(const char *name, void (*fn)(void *context), void *context,
                          PKTHREAD *ret_thread);

/*
 * From now on fn(event) follows every KeSetEvent and KePulseEvent, on the same thread at its IRQL. For
 * events that stand for one elsewhere; whoever sets one holds a reference. One fn for all.
 */
void ke_event_forward(PKEVENT event, void (*fn)(PKEVENT event));

/* How many objects a wait may name without a wait block array of the caller's. */
#define KE_BUILTIN_WAIT_BLOCKS 4

/* IRQL ---------------------------------------------------------------------------------------- */

/* Sets the IRQL without any check: for those who call a driver at a documented level. */
KIRQL ke_irql_set(KIRQL irql);

/* Bugchecks with IRQL_NOT_LESS_OR_EQUAL when the IRQL is above `highest`. */
void ke_irql_check(KIRQL highest, const void *caller);

/* Bug checks ---------------------------------------------------------------------------------- */

struct ke_bugcheck {
    ULONG code;
    ULONG_PTR parameter[4];
    const char *name;   /* "BAD_POOL_CALLER"; "UNKNOWN" for a code that has none. */
    const char *driver; /* Who caused it, as far as is known; NULL: nobody in particular. */
    const void *caller; /* The code address that asked for it. */
};

/*
 * The handler gets every bug check on the thread that caused it, with no internal lock held. It may
 * leave by a long jump or end the process; when it returns the process aborts. NULL: the default
 * one, which logs one report.
 */
void ke_bugcheck_set_handler(void (*handler)(const struct ke_bugcheck *bugcheck, void *context),
                             void *context);

/* KeBugCheckEx for a driver that is known. `driver` NULL: found by `caller`. */
/*
 * The call in a driver that led to `place`: the place itself when it is a driver's code, else the return address of
 * the innermost frame that is, from frame_pointer upwards. NULL: no driver is on the stack.
 */
const void *ke_driver_call(const void *place, const void *frame_pointer);

_Noreturn void ke_bugcheck(ULONG code, ULONG_PTR p1, ULONG_PTR p2, ULONG_PTR p3, ULONG_PTR p4,
                           const char *driver, const void *caller);

const char *ke_bugcheck_name(ULONG code);

/* Exceptions ---------------------------------------------------------------------------------- */

/* Raises a structured exception on the calling thread. Bugchecks when nobody handles it. */
_Noreturn void ke_raise(NTSTATUS code, const void *address, ULONG parameter_count,
                        const ULONG_PTR *parameters);

/* True when a __try block is open on the calling thread. */
bool ke_has_exception_frame(void);

/* Timers, DPCs -------------------------------------------------------------------------------- */

/* Converts a wait's or a timer's due time (100 ns; negative: relative; else system time). */
uint64_t ke_deadline_ns(LONGLONG due_time);

/* As KeSetTimerEx with a deadline; a period of 0 means once. */
bool ke_timer_set(PKTIMER timer, uint64_t deadline_ns, uint64_t period_100ns, PKDPC dpc);

/* In the list of timers: set and not expired, or periodic. */
bool ke_timer_is_set(PKTIMER timer);

/* DPCs queued and not started. */
uint32_t ke_dpc_count(void);

/* Timers set and not expired. */
uint32_t ke_timer_count(void);

/* MmGetSystemRoutineAddress asks it. `name` is ASCII. NULL: nothing is found. */
void ke_set_routine_resolver(void *(*resolver)(void *argument, const char *name), void *argument);

extern struct ob_type ke_thread_type;
extern struct ob_type ke_process_type;

#endif

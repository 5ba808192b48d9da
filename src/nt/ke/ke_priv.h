/* SPDX-License-Identifier: MIT */
/*
 * What the files of this folder (and ex, mm, ob where they need a thread's inside) share.
 *
 * Locks, outermost first:
 *   ke_dispatcher_lock   all dispatcher objects, wait blocks, timers, lists of owned mutexes
 *   ke_processor.lock    the queue of DPCs
 *   controller.lock      interrupt lines and what is connected to them
 *   ke_threads.lock      the list of threads
 * None is held while driver code runs.
 */
#ifndef OPENWDF_NT_KE_KE_PRIV_H
#define OPENWDF_NT_KE_KE_PRIV_H

#include "base/list.h"
#include "crt/seh.h"
#include "nt/ke/ke.h"
#include "sys/lock.h"
#include "sys/thread.h"

#define KE_THREAD_MAGIC 0x6B546872u

enum ke_wait_state {
    KE_WAIT_NONE,
    KE_WAIT_WAITING,   /* Its wait blocks are in the lists of the objects. */
    KE_WAIT_SATISFIED, /* They are not; somebody is about to set `wake`, or has. */
};

/*
 * The body of a thread object: PKTHREAD and PETHREAD point to it. A field without a remark belongs
 * to the thread itself.
 */
struct ke_thread {
    struct ke_thread_head; /* Its fields are this structure's. Must be first. */
    bool system;           /* Made by PsCreateSystemThread or ke_thread_create. */
    bool ended; /* A system thread that may be joined; guarded by the lock of the list. */
    uint64_t id;
    struct ex_pool_owner *owner;
    int32_t critical_regions;
    int32_t guarded_regions;
    int32_t priority;
    int32_t base_increment;
    KAFFINITY affinity;
    HANDLE process_id;
    GUID *activity; /* NULL: none. */
    int32_t exit_status;

    /* The wait under way; guarded by ke_dispatcher_lock but for `wake`. */
    uint32_t wake; /* Set to 1 as the last thing a waker does to this structure. */
    enum ke_wait_state wait_state;
    NTSTATUS wait_status;
    WAIT_TYPE wait_type;
    ULONG wait_count;
    KWAIT_BLOCK *wait_blocks;
    struct ke_thread *wake_next;
    bool alerted;
    bool alertable;
    LIST_ENTRY mutants; /* KMUTANT.MutantListEntry of those it owns. */
    KWAIT_BLOCK builtin_blocks[KE_BUILTIN_WAIT_BLOCKS];

    /* Structured exceptions. */
    struct crt_seh seh;

    /* A system thread's start. */
    PKSTART_ROUTINE start;
    PVOID start_context;
    struct sys_thread *sys_thread;
    struct list link; /* In ke_threads; guarded by its lock. */
};

extern struct sys_lock ke_dispatcher_lock;

/* Threads whose wait is over and who have not been told. Told after the dispatcher lock is given
 * back: a waiter that goes on may free the object it waited for. */
struct ke_wake_list {
    struct ke_thread *head;
    struct ke_thread **tail;
};

static inline void
ke_wake_list_init(struct ke_wake_list *list)
{
    list->head = NULL;
    list->tail = &list->head;
}

/* Tells them. No lock is held. */
void ke_wake_all(struct ke_wake_list *list);

/* Ends the waits that the object's state allows to end. */
void ke_signal_locked(DISPATCHER_HEADER *object, struct ke_wake_list *woken);

/* Bugchecks when the object was never initialized, or is of another type. */
void ke_object_check(const void *object, unsigned lowest_type, unsigned highest_type,
                     const void *caller);

static inline void
ke_object_init(DISPATCHER_HEADER *header, unsigned type, size_t size, LONG state)
{
    header->Lock = 0;
    header->Type = (UCHAR)type;
    header->Size = (UCHAR)(size / sizeof(LONG));
    header->SignalState = state;
    InitializeListHead(&header->WaitListHead);
}

/* thread.c */
NTSTATUS ke_threads_init(void);
void ke_threads_join(void);
void ke_threads_fini(void);

/* timer.c */
void ke_timers_init(void);
void ke_timers_fini(void);

/* Expires what is due; returns the deadline of the next timer, or SYS_FOREVER. */
uint64_t ke_timers_expire(void);

/* dpc.c */
void ke_processor_init(void);
void ke_processor_fini(void);

/* Makes the processor's thread look at its timers and DPCs, starting it if need be. */
void ke_processor_kick(void);

/* KeInsertQueueDpc without the kick. */
bool ke_dpc_insert(PKDPC dpc, PVOID argument1, PVOID argument2);

/* spinlock.c: the lock alone, at any IRQL. */
void ke_spin_lock_acquire(PKSPIN_LOCK lock, const void *caller);
void ke_spin_lock_release(PKSPIN_LOCK lock, const void *caller);

/* interrupt.c */
void ke_interrupts_init(void);
void ke_interrupts_fini(void);

/* mutex.c: those that the ending thread owns become abandoned. */
void ke_mutants_abandon(struct ke_thread *thread);

/* seh.c */
void ke_seh_init(void);
void ke_seh_fini(void);

/* bugcheck.c */
void ke_bugcheck_fini(void);

#endif

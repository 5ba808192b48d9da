/* SPDX-License-Identifier: MIT */
/*
 * Bug checks: the end of a host whose driver broke a rule. One report says what, where and who; a
 * handler (a test's, a host's) may take it from there.
 */
#include "nt/ke/ke_priv.h"

#include "base/log.h"
#include "nt/ex/ex.h"
#include "nt/rtl/rtl.h"

static struct {
    void (*handler)(const struct ke_bugcheck *bugcheck, void *context);
    void *context;
    struct sys_lock lock;
    bool initialized;
    LIST_ENTRY callbacks;        /* Guarded by lock. */
    LIST_ENTRY reason_callbacks; /* Guarded by lock. */
    uint32_t calling;            /* Callbacks run: a bug check in one of them runs none. */
} bugcheck;

/* Frames between a driver's call and the place in the framework that finds fault with it. */
#define CALL_DEPTH_MAX 32

static void
report(const struct ke_bugcheck *check, void *context)
{
    base_log(BASE_LOG_ERROR, "nt",
             "*** BUG CHECK 0x%08X %s (0x%016lX, 0x%016lX, 0x%016lX, 0x%016lX)%s%s, at %p",
             check->code, check->name, check->parameter[0], check->parameter[1],
             check->parameter[2], check->parameter[3], check->driver != NULL ? " by driver " : "",
             check->driver != NULL ? check->driver : "", check->caller);
}

void
ke_bugcheck_set_handler(void (*handler)(const struct ke_bugcheck *bugcheck, void *context),
                        void *context)
{
    bugcheck.handler = handler;
    bugcheck.context = context;
}

static void
run_callbacks(void)
{
    KIRQL irql = ke_irql_set(HIGH_LEVEL);
    LIST_ENTRY *entry;

    for (entry = bugcheck.callbacks.Flink; entry != &bugcheck.callbacks; entry = entry->Flink) {
        PKBUGCHECK_CALLBACK_RECORD record =
            CONTAINING_RECORD(entry, KBUGCHECK_CALLBACK_RECORD, Entry);

        record->State = BufferStarted;
        record->CallbackRoutine(record->Buffer, record->Length);
        record->State = BufferFinished;
    }
    ke_irql_set(irql);
}

const void *
ke_driver_call(const void *place, const void *frame_pointer)
{
    void *frames[CALL_DEPTH_MAX];
    unsigned count;
    unsigned i;

    if (ex_pool_owner_of_code(place) != NULL) {
        return place;
    }
    count = rtl_walk_frames(frame_pointer, frames, CALL_DEPTH_MAX);
    for (i = 0; i < count; i++) {
        if (ex_pool_owner_of_code(frames[i]) != NULL) {
            return frames[i];
        }
    }
    return NULL;
}

void
ke_bugcheck(ULONG code, ULONG_PTR p1, ULONG_PTR p2, ULONG_PTR p3, ULONG_PTR p4, const char *driver,
            const void *caller)
{
    const void *call = ke_driver_call(caller, __builtin_frame_address(0));
    struct ke_bugcheck check = {
        .code = code,
        .parameter = {p1, p2, p3, p4},
        .name = ke_bugcheck_name(code),
        .driver = driver,
        .caller = call != NULL ? call : caller,
    };

    if (check.driver == NULL) {
        struct ex_pool_owner *owner = ex_pool_owner_of_code(check.caller);

        owner = owner != NULL ? owner : ke_thread_owner();
        check.driver = owner != NULL ? owner->name : NULL;
    }
    if (bugcheck.initialized && atomic_xchg_u32(&bugcheck.calling, 1) == 0) {
        run_callbacks();
        atomic_store_u32(&bugcheck.calling, 0);
    }
    if (bugcheck.handler != NULL) {
        bugcheck.handler(&check, bugcheck.context);
    } else {
        report(&check, NULL);
    }
    __builtin_abort();
}

VOID
KeBugCheckEx(ULONG BugCheckCode, ULONG_PTR BugCheckParameter1, ULONG_PTR BugCheckParameter2,
             ULONG_PTR BugCheckParameter3, ULONG_PTR BugCheckParameter4)
{
    ke_bugcheck(BugCheckCode, BugCheckParameter1, BugCheckParameter2, BugCheckParameter3,
                BugCheckParameter4, NULL, __builtin_return_address(0));
}

VOID
KeBugCheck(ULONG BugCheckCode)
{
    ke_bugcheck(BugCheckCode, 0, 0, 0, 0, NULL, __builtin_return_address(0));
}

/* Callbacks: run in order of registration, without the lock, at HIGH_LEVEL. -------------------- */

static void
lock(void)
{
    sys_lock_acquire(&bugcheck.lock);
    if (!bugcheck.initialized) {
        InitializeListHead(&bugcheck.callbacks);
        InitializeListHead(&bugcheck.reason_callbacks);
        bugcheck.initialized = true;
    }
}

BOOLEAN
KeRegisterBugCheckCallback(PKBUGCHECK_CALLBACK_RECORD CallbackRecord,
                           PKBUGCHECK_CALLBACK_ROUTINE CallbackRoutine, PVOID Buffer, ULONG Length,
                           PUCHAR Component)
{
    BOOLEAN added;

    lock();
    added = CallbackRecord->State == BufferEmpty;
    if (added) {
        CallbackRecord->CallbackRoutine = CallbackRoutine;
        CallbackRecord->Buffer = Buffer;
        CallbackRecord->Length = Length;
        CallbackRecord->Component = Component;
        CallbackRecord->State = BufferInserted;
        InsertTailList(&bugcheck.callbacks, &CallbackRecord->Entry);
    }
    sys_lock_release(&bugcheck.lock);
    return added;
}

BOOLEAN
KeDeregisterBugCheckCallback(PKBUGCHECK_CALLBACK_RECORD CallbackRecord)
{
    BOOLEAN removed;

    lock();
    removed = CallbackRecord->State != BufferEmpty;
    if (removed) {
        CallbackRecord->State = BufferEmpty;
        RemoveEntryList(&CallbackRecord->Entry);
    }
    sys_lock_release(&bugcheck.lock);
    return removed;
}

/* Registered, but never called: there is no crash dump to add to. */
BOOLEAN
KeRegisterBugCheckReasonCallback(PKBUGCHECK_REASON_CALLBACK_RECORD CallbackRecord,
                                 PKBUGCHECK_REASON_CALLBACK_ROUTINE CallbackRoutine,
                                 KBUGCHECK_CALLBACK_REASON Reason, PUCHAR Component)
{
    BOOLEAN added;

    lock();
    added = CallbackRecord->State == BufferEmpty;
    if (added) {
        CallbackRecord->CallbackRoutine = CallbackRoutine;
        CallbackRecord->Reason = Reason;
        CallbackRecord->Component = Component;
        CallbackRecord->State = BufferInserted;
        InsertTailList(&bugcheck.reason_callbacks, &CallbackRecord->Entry);
    }
    sys_lock_release(&bugcheck.lock);
    return added;
}

BOOLEAN
KeDeregisterBugCheckReasonCallback(PKBUGCHECK_REASON_CALLBACK_RECORD CallbackRecord)
{
    BOOLEAN removed;

    lock();
    removed = CallbackRecord->State != BufferEmpty;
    if (removed) {
        CallbackRecord->State = BufferEmpty;
        RemoveEntryList(&CallbackRecord->Entry);
    }
    sys_lock_release(&bugcheck.lock);
    return removed;
}

void
ke_bugcheck_fini(void)
{
    bugcheck.handler = NULL;
    bugcheck.context = NULL;
    bugcheck.initialized = false;
    bugcheck.calling = 0;
}

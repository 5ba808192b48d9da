/* SPDX-License-Identifier: MIT */
/*
 * Structured exceptions: what the macros of <excpt.h> call.
 *
 * A frame's state says who leaves its block: the block itself (IN_BODY), an exception (RAISED: the
 * frame is off the list, the record is the thread's), or `return`, `goto`, `break` (LEAVING).
 *
 * The last one is the hard one, because the compiler has already begun to leave: it called the
 * frame's cleanup. Only what follows the block knows whether that is a __finally, which must run
 * first. So the cleanup jumps there, and whoever is there jumps back when it is done; the cleanup
 * then returns into the exit that was under way. In between calls are made over the stack where the
 * cleanup's own frame lies: it is saved and put back.
 */
#include "nt/ke/ke_priv.h"

#include <string.h>

#include "sys/fault.h"
#include "sys/memory.h"

#define STATE_RAISED  2u
#define STATE_LEAVING 3u
#define STATE_DONE    4u

/* Both know what comes after a __finally block; the first field tells them apart. */
enum after_kind {
    AFTER_EXCEPTION,
    AFTER_EXIT
};

struct seh_exception {
    enum after_kind kind;
    EXCEPTION_RECORD record;
};

struct seh_exit {
    enum after_kind kind;
    char *low; /* The part of the stack that was saved. */
    size_t size;
    char *copy;
    void *jump[5];
};

void siglongjmp(void *jump, int value) __attribute__((noreturn));

static _Noreturn void
unhandled(const EXCEPTION_RECORD *record)
{
    ke_bugcheck(KMODE_EXCEPTION_NOT_HANDLED, (ULONG)record->ExceptionCode,
                (ULONG_PTR)record->ExceptionAddress, record->ExceptionInformation[0],
                record->ExceptionInformation[1], NULL, record->ExceptionAddress);
}

/* Jumps to the innermost frame with what is in the thread's record. */
static _Noreturn void
dispatch(struct ke_thread *thread)
{
    struct owdf_seh_frame *frame = thread->seh_top;

    if (frame == NULL) {
        unhandled(&thread->seh_record);
    }
    thread->seh_top = frame->outer;
    frame->state = STATE_RAISED;
    siglongjmp(frame->jump, 1);
}

void
ke_raise(NTSTATUS code, const void *address, ULONG parameter_count, const ULONG_PTR *parameters)
{
    struct ke_thread *thread = ke_thread_self();
    EXCEPTION_RECORD *record = &thread->seh_record;

    memset(record, 0, sizeof(*record));
    record->ExceptionCode = code;
    record->ExceptionFlags = EXCEPTION_NONCONTINUABLE;
    record->ExceptionAddress = (PVOID)(ULONG_PTR)address;
    record->NumberParameters = parameter_count;
    for (ULONG i = 0; i < parameter_count && i < EXCEPTION_MAXIMUM_PARAMETERS; i++) {
        record->ExceptionInformation[i] = parameters[i];
    }
    dispatch(thread);
}

bool
ke_has_exception_frame(void)
{
    struct ke_thread *thread = sys_slot_get(SYS_SLOT_KE);

    return thread != NULL && thread->seh_top != NULL;
}

/* Called by the macros ------------------------------------------------------------------------- */

void
owdf_seh_enter(struct owdf_seh_frame *frame)
{
    struct ke_thread *thread = ke_thread_self();

    frame->outer = thread->seh_top;
    frame->state = OWDF_SEH_IN_BODY;
    frame->leaving = NULL;
    thread->seh_top = frame;
}

/* A frame inside this one that is still on the list was jumped over. */
static void
leave_list(struct owdf_seh_frame *frame)
{
    frame->state = STATE_DONE;
    ke_thread_self()->seh_top = frame->outer;
}

static _Noreturn void exit_go_on(struct seh_exit *leaving);

/* 1: an exception, whose filter is to be asked. */
int
owdf_seh_end_except(struct owdf_seh_frame *frame)
{
    unsigned state = frame->state;

    if (state == OWDF_SEH_IN_BODY) {
        leave_list(frame);
        return 0;
    }
    if (state == STATE_LEAVING) {
        exit_go_on(frame->leaving);
    }
    frame->state = STATE_DONE;
    return 1;
}

int
owdf_seh_filter(int disposition)
{
    if (disposition == EXCEPTION_CONTINUE_SEARCH) {
        dispatch(ke_thread_self());
    }
    if (disposition < 0) {
        ke_raise(STATUS_NONCONTINUABLE_EXCEPTION, ke_thread_self()->seh_record.ExceptionAddress, 0,
                 NULL);
    }
    return 1;
}

void
owdf_seh_end_finally(struct owdf_seh_frame *frame)
{
    struct ke_thread *thread = ke_thread_self();
    struct seh_exception *exception;

    thread->seh_after = NULL;
    thread->seh_abnormal = frame->state != OWDF_SEH_IN_BODY;
    if (frame->state == OWDF_SEH_IN_BODY) {
        leave_list(frame);
        return;
    }
    if (frame->state == STATE_LEAVING) {
        thread->seh_after = frame->leaving;
    } else {
        exception = sys_alloc(sizeof(*exception));
        if (exception == NULL) {
            unhandled(&thread->seh_record);
        }
        exception->kind = AFTER_EXCEPTION;
        exception->record = thread->seh_record;
        thread->seh_after = exception;
    }
    frame->state = STATE_DONE;
}

struct owdf_seh_finally
owdf_seh_begin_finally(void)
{
    struct ke_thread *thread = ke_thread_self();
    struct owdf_seh_finally block = {
        .pending = 1, .abnormal = thread->seh_abnormal, .after = thread->seh_after};

    thread->seh_after = NULL;
    return block;
}

/*
 * The block has ended, or was left. Left means that it gave a new direction: on Windows too this
 * ends the unwinding that was under way.
 */
void
owdf_seh_finally_done(struct owdf_seh_finally *finally_block)
{
    struct ke_thread *thread = ke_thread_self();
    void *after = finally_block->after;
    bool ended = finally_block->pending == 0;

    finally_block->after = NULL;
    if (*(enum after_kind *)after == AFTER_EXIT) {
        struct seh_exit *leaving = after;

        if (ended) {
            exit_go_on(leaving);
        }
        sys_free(leaving->copy);
        sys_free(leaving);
        return;
    }
    if (ended) {
        thread->seh_record = ((struct seh_exception *)after)->record;
        sys_free(after);
        dispatch(thread);
    }
    sys_free(after);
}

int
owdf_seh_code(void)
{
    return ke_thread_self()->seh_record.ExceptionCode;
}

struct _EXCEPTION_POINTERS *
owdf_seh_pointers(void)
{
    struct ke_thread *thread = ke_thread_self();

    thread->seh_pointers.ExceptionRecord = &thread->seh_record;
    thread->seh_pointers.ContextRecord = NULL;
    return &thread->seh_pointers;
}

/* Leaving early -------------------------------------------------------------------------------- */

/* These functions run while the stack is being exchanged: no tool may put code of its own in. */
#if defined(__clang__)
#define UNTOUCHED __attribute__((noinline, disable_sanitizer_instrumentation))
#else
#define UNTOUCHED                                                                                  \
    __attribute__((noinline, no_sanitize_address, no_sanitize_thread, no_sanitize_undefined))
#endif

static UNTOUCHED void
copy(volatile char *to, const volatile char *from, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        to[i] = from[i];
    }
}

/* Runs below the part of the stack that it puts back. */
static _Noreturn UNTOUCHED void
restore_and_jump(struct seh_exit *leaving)
{
    copy(leaving->low, leaving->copy, leaving->size);
    __builtin_longjmp(leaving->jump, 1);
}

static _Noreturn UNTOUCHED void
exit_go_on(struct seh_exit *leaving)
{
    char *here = __builtin_frame_address(0);
    size_t distance = here > leaving->low ? (size_t)(here - leaving->low) : 0;
    volatile char *room = __builtin_alloca(distance + 256);

    room[0] = 0;
    restore_and_jump(leaving);
}

#if !defined(__x86_64__)
#error "Say where a function's frame ends on this processor, for __finally after an early return."
#endif

/* The saved frame pointer and the return address belong to the frame. */
#define FRAME_END ((char *)__builtin_frame_address(0) + 16)

UNTOUCHED void
owdf_seh_left(struct owdf_seh_frame *frame)
{
    struct seh_exit *volatile leaving = sys_alloc(sizeof(*leaving));
    char *low = __builtin_alloca(16);
    size_t size = (size_t)(FRAME_END - low);

    ke_thread_self()->seh_top = frame->outer;
    frame->state = STATE_LEAVING;
    frame->leaving = leaving;
    if (leaving == NULL || (leaving->copy = sys_alloc(size)) == NULL) {
        ke_bugcheck(NO_PAGES_AVAILABLE, 0, 0, 0, 0, NULL, NULL);
    }
    leaving->kind = AFTER_EXIT;
    leaving->low = low;
    leaving->size = size;
    if (__builtin_setjmp(leaving->jump) == 0) {
        copy(leaving->copy, low, size);
        siglongjmp(frame->jump, 1);
    }
    /* `frame` is not to be touched: its place may serve another variable since. */
    sys_free(leaving->copy);
    sys_free(leaving);
}

/* Faults --------------------------------------------------------------------------------------- */

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

VOID
RtlRaiseException(PEXCEPTION_RECORD ExceptionRecord)
{
    struct ke_thread *thread = ke_thread_self();

    thread->seh_record = *ExceptionRecord;
    if (thread->seh_record.ExceptionAddress == NULL) {
        thread->seh_record.ExceptionAddress = __builtin_return_address(0);
    }
    dispatch(thread);
}

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
 * then returns into the exit that was under way. Two things have to be as they were for that:
 *
 * - the stack below the function's frame, where the cleanup's own frame lies and calls are made
 *   meanwhile;
 * - what the compiler noted in the function's frame about the way out, which it overwrites where it
 *   takes the jump for the normal end of the block. No line of the driver runs from there to the
 *   begin of the __finally block: so whatever has changed by then is the compiler's, and is put
 *   back; whatever changes later is the driver's, and stays.
 */
#include "nt/ke/ke_priv.h"

#include <string.h>

#include "sys/fault.h"
#include "sys/memory.h"

#define STATE_IN_BODY 1u
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
    char *low;          /* The stack from here ... */
    size_t size;        /* ... to the end of the function's frame. */
    size_t callee_size; /* The part of it that is not the function's. */
    char *copy;         /* As it was. */
    char *restore;      /* For each byte: to be put back. */
    void *jump[5];
};

void siglongjmp(void *jump, int value) __attribute__((noreturn));

/*
 * There when the address sanitizer is: it then forgets what it knows of the frames that are left.
 */
void __asan_handle_no_return(void) __attribute__((weak));

static _Noreturn void
unhandled(const EXCEPTION_RECORD *record)
{
    ke_bugcheck(KMODE_EXCEPTION_NOT_HANDLED, (ULONG)record->ExceptionCode,
                (ULONG_PTR)record->ExceptionAddress, record->ExceptionInformation[0],
                record->ExceptionInformation[1], NULL, record->ExceptionAddress);
}

static _Noreturn void
jump_to(struct owdf_seh_frame *frame)
{
    if (frame->kind == OWDF_SEH_LIBRARY) {
        siglongjmp(frame->jump, 1);
    }
    if (__asan_handle_no_return != NULL) {
        __asan_handle_no_return();
    }
    __builtin_longjmp((void **)frame->jump, 1);
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
    jump_to(frame);
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
owdf_seh_enter(struct owdf_seh_frame *frame, void *function, int kind)
{
    struct ke_thread *thread = ke_thread_self();

    frame->outer = thread->seh_top;
    frame->state = STATE_IN_BODY;
    frame->leaving = NULL;
    frame->function = function;
    frame->kind = kind;
    thread->seh_top = frame;
}

/* A frame inside this one that is still on the list was jumped over. */
static void
leave_list(struct owdf_seh_frame *frame)
{
    frame->state = STATE_DONE;
    ke_thread_self()->seh_top = frame->outer;
}

static void find_changes(struct seh_exit *leaving);
static _Noreturn void exit_go_on(struct seh_exit *leaving);

/* 1: an exception, whose filter is to be asked. */
int
owdf_seh_end_except(struct owdf_seh_frame *frame)
{
    unsigned state = frame->state;

    if (state == STATE_IN_BODY) {
        leave_list(frame);
        return 0;
    }
    if (state == STATE_LEAVING) {
        find_changes(frame->leaving);
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
    thread->seh_abnormal = frame->state != STATE_IN_BODY;
    if (frame->state == STATE_IN_BODY) {
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
    if (block.after != NULL && *(enum after_kind *)block.after == AFTER_EXIT) {
        find_changes(block.after);
    }
    return block;
}

/* What was under way when the block began goes on. 0: nothing was. */
int
owdf_seh_end_finally_block(struct owdf_seh_finally *finally_block)
{
    struct ke_thread *thread = ke_thread_self();
    void *after = finally_block->after;

    if (after == NULL) {
        return 0;
    }
    finally_block->after = NULL;
    if (*(enum after_kind *)after == AFTER_EXIT) {
        exit_go_on(after);
    }
    thread->seh_record = ((struct seh_exception *)after)->record;
    sys_free(after);
    dispatch(thread);
}

static void
exit_free(struct seh_exit *leaving)
{
    sys_free(leaving->copy);
    sys_free(leaving->restore);
    sys_free(leaving);
}

/* The block was left by return, goto or the like: that ends what was under way, as on Windows. */
void
owdf_seh_finally_left(struct owdf_seh_finally *finally_block)
{
    void *after = finally_block->after;

    if (*(enum after_kind *)after == AFTER_EXIT) {
        exit_free(after);
    } else {
        sys_free(after);
    }
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
#define UNTOUCHED                                                                                  \
    __attribute__((noinline, disable_sanitizer_instrumentation,                                    \
                   no_sanitize("address", "thread", "undefined")))
#else
#define UNTOUCHED                                                                                  \
    __attribute__((noinline, no_sanitize_address, no_sanitize_thread, no_sanitize_undefined))
#endif

/* Which bytes of the function's frame have changed since they were copied. */
static UNTOUCHED void
find_changes(struct seh_exit *leaving)
{
    const volatile char *now = leaving->low;

    for (size_t i = 0; i < leaving->size; i++) {
        leaving->restore[i] = i < leaving->callee_size || now[i] != leaving->copy[i];
    }
}

/* Runs below the part of the stack that it puts back. */
static _Noreturn UNTOUCHED void
restore_and_jump(struct seh_exit *leaving)
{
    volatile char *to = leaving->low;

    for (size_t i = 0; i < leaving->size; i++) {
        if (leaving->restore[i]) {
            to[i] = leaving->copy[i];
        }
    }
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
owdf_seh_cleanup(struct owdf_seh_frame *frame)
{
    struct seh_exit *volatile leaving;
    const volatile char *from;
    char *low;

    if (frame->state != STATE_IN_BODY) {
        return;
    }
    leaving = sys_alloc(sizeof(*leaving));
    low = __builtin_alloca(16);
    if (leaving == NULL) {
        ke_bugcheck(NO_PAGES_AVAILABLE, 0, 0, 0, 0, NULL, NULL);
    }
    leaving->kind = AFTER_EXIT;
    leaving->low = low;
    leaving->callee_size = (size_t)(FRAME_END - low);
    leaving->size = (size_t)((char *)frame->function - low);
    leaving->copy = sys_alloc(leaving->size);
    leaving->restore = sys_alloc(leaving->size);
    if (leaving->copy == NULL || leaving->restore == NULL) {
        ke_bugcheck(NO_PAGES_AVAILABLE, 0, 0, 0, 0, NULL, NULL);
    }
    ke_thread_self()->seh_top = frame->outer;
    frame->state = STATE_LEAVING;
    frame->leaving = leaving;
    if (__builtin_setjmp(leaving->jump) == 0) {
        from = leaving->low;
        for (size_t i = 0; i < leaving->size; i++) {
            leaving->copy[i] = from[i];
        }
        jump_to(frame);
    }
    /* `frame` is not to be touched: its place may serve another variable since. */
    exit_free(leaving);
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

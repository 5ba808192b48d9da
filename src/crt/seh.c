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
#include <ntdef.h>
#include <ntstatus.h>
#include <excpt.h>
#include <string.h>

#include "crt/seh.h"

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
dispatch(struct crt_seh *thread)
{
    struct owdf_seh_frame *frame = thread->top;

    if (frame == NULL) {
        crt_seh_unhandled(&thread->record);
    }
    thread->top = frame->outer;
    frame->state = STATE_RAISED;
    jump_to(frame);
}

void
crt_seh_raise(NTSTATUS code, const void *address, ULONG parameter_count,
              const ULONG_PTR *parameters)
{
    struct crt_seh *thread = crt_seh_self();
    EXCEPTION_RECORD *record = &thread->record;

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

/* Called by the macros ------------------------------------------------------------------------- */

void
owdf_seh_enter(struct owdf_seh_frame *frame, void *function, int kind)
{
    struct crt_seh *thread = crt_seh_self();

    frame->outer = thread->top;
    frame->state = STATE_IN_BODY;
    frame->leaving = NULL;
    frame->function = function;
    frame->kind = kind;
    thread->top = frame;
}

/* A frame inside this one that is still on the list was jumped over. */
static void
leave_list(struct owdf_seh_frame *frame)
{
    frame->state = STATE_DONE;
    crt_seh_self()->top = frame->outer;
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
        dispatch(crt_seh_self());
    }
    if (disposition < 0) {
        crt_seh_raise(STATUS_NONCONTINUABLE_EXCEPTION, crt_seh_self()->record.ExceptionAddress, 0,
                      NULL);
    }
    return 1;
}

void
owdf_seh_end_finally(struct owdf_seh_frame *frame)
{
    struct crt_seh *thread = crt_seh_self();
    struct seh_exception *exception;

    thread->after = NULL;
    thread->abnormal = frame->state != STATE_IN_BODY;
    if (frame->state == STATE_IN_BODY) {
        leave_list(frame);
        return;
    }
    if (frame->state == STATE_LEAVING) {
        thread->after = frame->leaving;
    } else {
        exception = crt_seh_alloc(sizeof(*exception));
        exception->kind = AFTER_EXCEPTION;
        exception->record = thread->record;
        thread->after = exception;
    }
    frame->state = STATE_DONE;
}

struct owdf_seh_finally
owdf_seh_begin_finally(void)
{
    struct crt_seh *thread = crt_seh_self();
    struct owdf_seh_finally block = {
        .pending = 1, .abnormal = thread->abnormal, .after = thread->after};

    thread->after = NULL;
    if (block.after != NULL && *(enum after_kind *)block.after == AFTER_EXIT) {
        find_changes(block.after);
    }
    return block;
}

/* What was under way when the block began goes on. 0: nothing was. */
int
owdf_seh_end_finally_block(struct owdf_seh_finally *finally_block)
{
    struct crt_seh *thread = crt_seh_self();
    void *after = finally_block->after;

    if (after == NULL) {
        return 0;
    }
    finally_block->after = NULL;
    if (*(enum after_kind *)after == AFTER_EXIT) {
        exit_go_on(after);
    }
    thread->record = ((struct seh_exception *)after)->record;
    crt_seh_free(after);
    dispatch(thread);
}

static void
exit_free(struct seh_exit *leaving)
{
    crt_seh_free(leaving->copy);
    crt_seh_free(leaving->restore);
    crt_seh_free(leaving);
}

/* The block was left by return, goto or the like: that ends what was under way, as on Windows. */
void
owdf_seh_finally_left(struct owdf_seh_finally *finally_block)
{
    void *after = finally_block->after;

    if (*(enum after_kind *)after == AFTER_EXIT) {
        exit_free(after);
    } else {
        crt_seh_free(after);
    }
}

int
owdf_seh_code(void)
{
    return crt_seh_self()->record.ExceptionCode;
}

struct _EXCEPTION_POINTERS *
owdf_seh_pointers(void)
{
    struct crt_seh *thread = crt_seh_self();

    thread->pointers.ExceptionRecord = &thread->record;
    thread->pointers.ContextRecord = NULL;
    return &thread->pointers;
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
    leaving = crt_seh_alloc(sizeof(*leaving));
    low = __builtin_alloca(16);
    leaving->kind = AFTER_EXIT;
    leaving->low = low;
    leaving->callee_size = (size_t)(FRAME_END - low);
    leaving->size = (size_t)((char *)frame->function - low);
    leaving->copy = crt_seh_alloc(leaving->size);
    leaving->restore = crt_seh_alloc(leaving->size);
    crt_seh_self()->top = frame->outer;
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

VOID
RtlRaiseException(PEXCEPTION_RECORD ExceptionRecord)
{
    struct crt_seh *thread = crt_seh_self();

    thread->record = *ExceptionRecord;
    if (thread->record.ExceptionAddress == NULL) {
        thread->record.ExceptionAddress = __builtin_return_address(0);
    }
    dispatch(thread);
}

/* SPDX-License-Identifier: MIT */
/*
 * Structured exception handling: __try, __except, __finally, __leave.
 *
 * Each __try puts a frame with a jump buffer on the thread's frame list; ExRaiseStatus and access
 * violations jump to the innermost one. `return`, `goto`, `break` and `continue` may leave a block:
 * the frame is taken off, and a __finally block runs first. What differs from Windows:
 *
 * - The stack is unwound to a frame before its filter runs. Hence the __finally blocks of inner
 *   frames run before the filters of outer ones, EXCEPTION_CONTINUE_EXECUTION cannot be granted (it
 *   raises STATUS_NONCONTINUABLE_EXCEPTION), and no C++ destructor in between runs.
 * - Clang, when it optimizes, does not know that a call inside the block may jump: a local variable
 *   of the function that is changed inside the block and read in the handler or the __finally block
 *   may be found with an old value. Make it volatile, or compile that file with -O0. GCC knows.
 * - An access violation is noticed where it happens only as far as the compiler did not move the
 *   access: what is changed just before it may need a volatile with both compilers.
 *
 * How it is made: __try opens a statement expression inside an `if`, which gives the frame a scope
 * of its own and the whole construct the shape of one statement. __except or __finally closes it.
 */
#ifndef _INC_EXCPT
#define _INC_EXCPT

#include <openwdf_compiler.h>

#define EXCEPTION_EXECUTE_HANDLER    1
#define EXCEPTION_CONTINUE_SEARCH    0
#define EXCEPTION_CONTINUE_EXECUTION (-1)
#define EXCEPTION_NONCONTINUABLE     0x1
#define EXCEPTION_UNWINDING          0x2
#define EXCEPTION_EXIT_UNWIND        0x4
#define EXCEPTION_STACK_INVALID      0x8
#define EXCEPTION_NESTED_CALL        0x10
#define EXCEPTION_TARGET_UNWIND      0x20
#define EXCEPTION_COLLIDED_UNWIND    0x40
#define EXCEPTION_MAXIMUM_PARAMETERS 15

typedef enum _EXCEPTION_DISPOSITION {
    ExceptionContinueExecution,
    ExceptionContinueSearch,
    ExceptionNestedException,
    ExceptionCollidedUnwind
} EXCEPTION_DISPOSITION;

struct _EXCEPTION_POINTERS;
struct _EXCEPTION_RECORD;

#ifdef __cplusplus
extern "C" {
#endif

/* One open __try block, on the stack of the function that has it. */
struct owdf_seh_frame {
    struct owdf_seh_frame *outer;
    void *leaving;  /* What an early exit waits to go on with. */
    void *function; /* Where the function's own frame ends. */
    unsigned int state;
    int kind; /* Of the jump buffer. */
    unsigned long jump[40];
};

/* One running __finally block. */
struct owdf_seh_finally {
    int pending;  /* The block has not ended. */
    int abnormal; /* AbnormalTermination(). */
    void *after;  /* The exception, or the early exit, that goes on behind the block. */
};

OWDF_EXPORT void owdf_seh_enter(struct owdf_seh_frame *frame, void *function, int kind);
OWDF_EXPORT int owdf_seh_end_except(struct owdf_seh_frame *frame);
OWDF_EXPORT int owdf_seh_filter(int disposition);
OWDF_EXPORT void owdf_seh_end_finally(struct owdf_seh_frame *frame);
OWDF_EXPORT struct owdf_seh_finally owdf_seh_begin_finally(void);
OWDF_EXPORT int owdf_seh_end_finally_block(struct owdf_seh_finally *finally_block);
OWDF_EXPORT void owdf_seh_finally_left(struct owdf_seh_finally *finally_block);
OWDF_EXPORT int owdf_seh_code(void);
OWDF_EXPORT struct _EXCEPTION_POINTERS *owdf_seh_pointers(void);

/* Raises whatever the record says. ExRaiseStatus is the short form. */
OWDF_EXPORT void RtlRaiseException(struct _EXCEPTION_RECORD *ExceptionRecord);

/* Every way out of a __try block. It comes back after a __finally block has run in between: hence
 * the attribute, which makes the compiler keep all that it needs for leaving. */
OWDF_EXPORT void owdf_seh_cleanup(struct owdf_seh_frame *frame) __attribute__((returns_twice));

/*
 * GCC's own setjmp tells its optimizer where calls may jump to. The thread sanitizer knows the C
 * library's only; Clang learns nothing from either.
 */
#define OWDF_SEH_LIBRARY 0
#define OWDF_SEH_BUILTIN 1
#if defined(__clang__) || defined(__SANITIZE_THREAD__)
#define OWDF_SEH_KIND       OWDF_SEH_LIBRARY
#define OWDF_SEH_SETJMP(to) owdf_seh_setjmp((to), 0)
#else
#define OWDF_SEH_KIND       OWDF_SEH_BUILTIN
#define OWDF_SEH_SETJMP(to) __builtin_setjmp((void **)(to))
#endif

/* The C library's sigsetjmp under a name that cannot meet its own declaration. */
int owdf_seh_setjmp(void *jump, int save_mask) __asm__("__sigsetjmp")
    __attribute__((returns_twice, nothrow));

#ifdef __cplusplus
}
#endif

OWDF_INLINE void
owdf_seh_finally_cleanup(struct owdf_seh_finally *finally_block)
{
    if (finally_block->after != 0) {
        owdf_seh_finally_left(finally_block);
    }
}

#undef __try
#undef __except
#undef __finally
#undef __leave

/* Halves of blocks: */
/* clang-format off */
#define OWDF_SEH_TRY                                                                               \
    if (!__extension__({                                                                           \
            __label__ owdf_seh_leave;                                                              \
            struct owdf_seh_frame owdf_seh __attribute__((cleanup(owdf_seh_cleanup)));             \
            owdf_seh_enter(&owdf_seh, __builtin_frame_address(0), OWDF_SEH_KIND);                  \
            if (OWDF_SEH_SETJMP(owdf_seh.jump) == 0)

#define __except(...)                                                                              \
            owdf_seh_leave: __attribute__((unused));                                               \
            owdf_seh_end_except(&owdf_seh) ? owdf_seh_filter((__VA_ARGS__)) : 0;                   \
        })) {                                                                                      \
    } else

#define __finally                                                                                  \
            owdf_seh_leave: __attribute__((unused));                                               \
            owdf_seh_end_finally(&owdf_seh);                                                       \
            1;                                                                                     \
        })) {                                                                                      \
    } else                                                                                         \
        for (struct owdf_seh_finally owdf_seh_block                                                \
                 __attribute__((cleanup(owdf_seh_finally_cleanup))) = owdf_seh_begin_finally();    \
             owdf_seh_block.pending;                                                               \
             owdf_seh_block.pending = owdf_seh_end_finally_block(&owdf_seh_block))

#define __leave goto owdf_seh_leave
/* clang-format on */

/*
 * libstdc++'s headers use macros of the names __try and __catch for themselves. Let them define
 * theirs first; from then on __try is ours in a source file and in what it includes itself, and
 * theirs deeper down, where almost all of their uses are. (The few others are in <bitset>, <fstream>,
 * <future>, <iomanip>, which therefore go before a driver's headers.)
 */
#ifdef __cplusplus
#if __has_include(<bits/exception_defines.h>)
#include <bits/exception_defines.h>
#undef __try
#endif
#define __try OWDF_SEH_TRY_AT(__INCLUDE_LEVEL__)
#define OWDF_SEH_TRY_AT(level)  OWDF_SEH_TRY_AT_(level)
#define OWDF_SEH_TRY_AT_(level) OWDF_SEH_TRY_##level
#ifdef __cpp_exceptions
#define OWDF_LIBSTDCXX_TRY try
#else
#define OWDF_LIBSTDCXX_TRY if (true)
#endif
#define OWDF_SEH_TRY_0  OWDF_SEH_TRY
#define OWDF_SEH_TRY_1  OWDF_SEH_TRY
#define OWDF_SEH_TRY_2  OWDF_LIBSTDCXX_TRY
#define OWDF_SEH_TRY_3  OWDF_LIBSTDCXX_TRY
#define OWDF_SEH_TRY_4  OWDF_LIBSTDCXX_TRY
#define OWDF_SEH_TRY_5  OWDF_LIBSTDCXX_TRY
#define OWDF_SEH_TRY_6  OWDF_LIBSTDCXX_TRY
#define OWDF_SEH_TRY_7  OWDF_LIBSTDCXX_TRY
#define OWDF_SEH_TRY_8  OWDF_LIBSTDCXX_TRY
#define OWDF_SEH_TRY_9  OWDF_LIBSTDCXX_TRY
#define OWDF_SEH_TRY_10 OWDF_LIBSTDCXX_TRY
#define OWDF_SEH_TRY_11 OWDF_LIBSTDCXX_TRY
#define OWDF_SEH_TRY_12 OWDF_LIBSTDCXX_TRY
#define OWDF_SEH_TRY_13 OWDF_LIBSTDCXX_TRY
#define OWDF_SEH_TRY_14 OWDF_LIBSTDCXX_TRY
#define OWDF_SEH_TRY_15 OWDF_LIBSTDCXX_TRY
#define OWDF_SEH_TRY_16 OWDF_LIBSTDCXX_TRY
#define OWDF_SEH_TRY_17 OWDF_LIBSTDCXX_TRY
#define OWDF_SEH_TRY_18 OWDF_LIBSTDCXX_TRY
#define OWDF_SEH_TRY_19 OWDF_LIBSTDCXX_TRY
#define OWDF_SEH_TRY_20 OWDF_LIBSTDCXX_TRY
#define OWDF_SEH_TRY_21 OWDF_LIBSTDCXX_TRY
#define OWDF_SEH_TRY_22 OWDF_LIBSTDCXX_TRY
#define OWDF_SEH_TRY_23 OWDF_LIBSTDCXX_TRY
#define OWDF_SEH_TRY_24 OWDF_LIBSTDCXX_TRY
#define OWDF_SEH_TRY_25 OWDF_LIBSTDCXX_TRY
#define OWDF_SEH_TRY_26 OWDF_LIBSTDCXX_TRY
#define OWDF_SEH_TRY_27 OWDF_LIBSTDCXX_TRY
#define OWDF_SEH_TRY_28 OWDF_LIBSTDCXX_TRY
#define OWDF_SEH_TRY_29 OWDF_LIBSTDCXX_TRY
#define OWDF_SEH_TRY_30 OWDF_LIBSTDCXX_TRY
#define OWDF_SEH_TRY_31 OWDF_LIBSTDCXX_TRY
#define OWDF_SEH_TRY_32 OWDF_LIBSTDCXX_TRY
#else
#define __try OWDF_SEH_TRY
#endif

#define GetExceptionCode()        owdf_seh_code()
#define GetExceptionInformation() owdf_seh_pointers()
#define AbnormalTermination()     (owdf_seh_block.abnormal)
#define _exception_code()         owdf_seh_code()
#define _exception_info()         owdf_seh_pointers()
#define _abnormal_termination()   (owdf_seh_block.abnormal)
#define exception_code()          owdf_seh_code()
#define exception_info()          owdf_seh_pointers()
#define abnormal_termination()    (owdf_seh_block.abnormal)

/* The old spelling of kernel-mode C. */
#ifndef __cplusplus
#define try     __try
#define except  __except
#define finally __finally
#define leave   __leave
#endif

/* Every local variable of a function with __try would be named. */
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wclobbered"
#endif

#endif

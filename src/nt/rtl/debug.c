/* SPDX-License-Identifier: MIT */
/*
 * Debug output, assertions, break points. Every message passes: component and level filter nothing, since
 * there is no debugger whose session would have to be kept readable.
 *
 * As documented, one call transmits at most 512 bytes. Nothing is allocated and no lock taken, so that it
 * works at any IRQL.
 */
#include "nt/rtl/rtl.h"

#include <stdarg.h>
#include <stdbool.h>
#include <string.h>

#include "base/format.h"
#include "base/log.h"
#include "nt/rtl/rtl_priv.h"

#define MESSAGE_MAX 512

static struct {
    void (*output)(void *context, const char *text);
    void *context;
    void (*assert_hook)(const char *expression, const char *file, ULONG line);
    bool pass_breaks;
} hook;

void
rtl_set_debug_output(void (*output)(void *context, const char *text), void *context)
{
    hook.output = output;
    hook.context = context;
}

void
rtl_set_assert_hook(void (*assert_hook)(const char *expression, const char *file, ULONG line))
{
    hook.assert_hook = assert_hook;
}

void
rtl_set_pass_breaks(bool pass)
{
    hook.pass_breaks = pass;
}

static void
put(const char *text)
{
    if (hook.output != NULL) {
        hook.output(hook.context, text);
    } else {
        base_log_text(text);
    }
}

ULONG
vDbgPrintExWithPrefix(PCCH Prefix, ULONG ComponentId, ULONG Level, PCCH Format, va_list arglist)
{
    char text[MESSAGE_MAX + 1];
    size_t used = Prefix != NULL ? strnlen(Prefix, MESSAGE_MAX) : 0;

    UNREFERENCED_PARAMETER(ComponentId);
    UNREFERENCED_PARAMETER(Level);
    if (Format == NULL) {
        return (ULONG)STATUS_INVALID_PARAMETER;
    }
    memcpy(text, Prefix != NULL ? Prefix : "", used);
    (void)format_to_narrow(text + used, sizeof(text) - used, Format, arglist);
    put(text);
    return STATUS_SUCCESS;
}

ULONG
vDbgPrintEx(ULONG ComponentId, ULONG Level, PCCH Format, va_list arglist)
{
    return vDbgPrintExWithPrefix("", ComponentId, Level, Format, arglist);
}

ULONG
DbgPrintEx(ULONG ComponentId, ULONG Level, PCSTR Format, ...)
{
    va_list arguments;
    ULONG result;

    va_start(arguments, Format);
    result = vDbgPrintEx(ComponentId, Level, Format, arguments);
    va_end(arguments);
    return result;
}

ULONG
DbgPrint(PCSTR Format, ...)
{
    va_list arguments;
    ULONG result;

    va_start(arguments, Format);
    result = vDbgPrintEx(DPFLTR_DEFAULT_ID, DPFLTR_INFO_LEVEL, Format, arguments);
    va_end(arguments);
    return result;
}

ULONG
DbgPrintReturnControlC(PCCH Format, ...)
{
    va_list arguments;
    ULONG result;

    va_start(arguments, Format);
    result = vDbgPrintEx(DPFLTR_DEFAULT_ID, DPFLTR_INFO_LEVEL, Format, arguments);
    va_end(arguments);
    return result;
}

/* Nobody answers: the prompt is printed, and no characters are received. */
ULONG
DbgPrompt(PCCH Prompt, PCH Response, ULONG Length)
{
    UNREFERENCED_PARAMETER(Response);
    UNREFERENCED_PARAMETER(Length);
    put(Prompt);
    return 0;
}

/* TRUE: such messages are printed. */
NTSTATUS
DbgQueryDebugFilterState(ULONG ComponentId, ULONG Level)
{
    UNREFERENCED_PARAMETER(ComponentId);
    UNREFERENCED_PARAMETER(Level);
    return TRUE;
}

NTSTATUS
DbgSetDebugFilterState(ULONG ComponentId, ULONG Level, BOOLEAN State)
{
    UNREFERENCED_PARAMETER(ComponentId);
    UNREFERENCED_PARAMETER(Level);
    UNREFERENCED_PARAMETER(State);
    return STATUS_SUCCESS;
}

/* Break points and assertions ----------------------------------------------------------------- */

static inline void
stop(void)
{
#if defined(__x86_64__)
    __asm__ volatile("int3");
#elif defined(__aarch64__)
    __asm__ volatile("brk #0xf000");
#else
    __builtin_trap();
#endif
}

/*
 * Stops in the debugger that is attached; without one the process ends by SIGTRAP, as Windows does by a
 * bug check, unless whoever runs it wants break points passed over.
 */
VOID
DbgBreakPoint(VOID)
{
    if (hook.pass_breaks) {
        DbgPrint("*** Break point at %p passed over\n", __builtin_return_address(0));
        return;
    }
    stop();
}

VOID
DbgBreakPointWithStatus(ULONG Status)
{
    DbgPrint("Break point with status 0x%08x\n", Status);
    DbgBreakPoint();
}

VOID
RtlAssert(PVOID VoidFailedAssertion, PVOID VoidFileName, ULONG LineNumber, PSTR MutableMessage)
{
    DbgPrint("*** Assertion failed: %s%s%s\n***   Source file: %s, line %u\n",
             MutableMessage != NULL ? MutableMessage : "", MutableMessage != NULL ? ": " : "",
             VoidFailedAssertion, VoidFileName, LineNumber);
    if (hook.assert_hook != NULL) {
        hook.assert_hook(VoidFailedAssertion, VoidFileName, LineNumber);
    } else {
        stop();
    }
}

/* SPDX-License-Identifier: MIT */
/* A host's last words: see host_crash.h. Everything here runs in a signal handler. */
#include "host/host_crash.h"

#include <dlfcn.h>
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <ucontext.h>
#include <unistd.h>

#include <ntddk.h>

#include "base/atomic.h"
#include "base/format.h"
#include "nt/ke/ke.h"
#include "sys/memory.h"
#include "sys/thread.h"
#include "trace/trace.h"

#define REPORT_SIZE 1024

static const char *crash_driver = "";
static const char *crash_device = "";

struct fatal_signal {
    int number;
    const char *name;
    const char *meaning;
};

static const struct fatal_signal fatal_signals[] = {
    {SIGSEGV, "SIGSEGV", "access violation"},
    {SIGBUS, "SIGBUS", "bus error"},
    {SIGFPE, "SIGFPE", "arithmetic exception"},
    {SIGILL, "SIGILL", "illegal instruction"},
    {SIGTRAP, "SIGTRAP",
     "breakpoint without a debugger; OPENWDF_BREAKPOINTS=continue passes over them"},
    {SIGABRT, "SIGABRT", "abort"},
};

#define FATAL_SIGNALS (sizeof(fatal_signals) / sizeof(fatal_signals[0]))

/* ---- The report ---- */

struct report {
    char text[REPORT_SIZE];
    size_t length;
};

static void
report_add(struct report *report, const char *format, ...)
{
    size_t room = sizeof(report->text) - report->length;
    va_list arguments;
    size_t n;

    va_start(arguments, format);
    n = format_to_narrow(report->text + report->length, room, format, arguments);
    va_end(arguments);
    report->length += n < room ? n : room - 1;
}

static const char *
base_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash != NULL ? slash + 1 : path;
}

/* "echo.so+0x1234 (EchoEvtIoRead)" */
static void
report_add_code(struct report *report, const void *address)
{
    Dl_info info;

    if (address == NULL || dladdr(address, &info) == 0 || info.dli_fname == NULL) {
        report_add(report, "0x%I64x", (unsigned long)(uintptr_t)address);
        return;
    }
    report_add(report, "%s+0x%I64x", base_name(info.dli_fname),
               (unsigned long)((uintptr_t)address - (uintptr_t)info.dli_fbase));
    if (info.dli_sname != NULL) {
        report_add(report, " (%s)", info.dli_sname);
    }
}

static void
report_write(struct report *report)
{
    size_t done = 0;

    report_add(report, "; driver %s, device %s", crash_driver, crash_device);
    if (report->length > sizeof(report->text) - 2) {
        report->length = sizeof(report->text) - 2;
    }
    report->text[report->length] = '\0';
    trace_ends(report->text);
    report->text[report->length++] = '\n';
    while (done < report->length) {
        ssize_t n = write(STDERR_FILENO, report->text + done, report->length - done);

        if (n < 0 && errno != EINTR) {
            return;
        }
        done += n > 0 ? (size_t)n : 0;
    }
}

/* Only the first to fail reports; the others wait for the end. */
static void
report_begin(void)
{
    static uint32_t reporting;

    if (atomic_xchg_u32(&reporting, 1) != 0) {
        for (;;) {
            pause();
        }
    }
    /* Looking up names takes locks that the one who failed may hold: then this ends it. */
    (void)signal(SIGALRM, SIG_DFL);
    (void)alarm(2);
}

/* ---- Signals ---- */

/* More than a frame. */
#define STACK_REACH ((uintptr_t)64 << 10)

static const void *
register_of(const ucontext_t *context, bool stack)
{
#if defined(__x86_64__)
    return (const void *)(uintptr_t)context->uc_mcontext.gregs[stack ? REG_RSP : REG_RBP];
#elif defined(__aarch64__)
    return (const void *)(uintptr_t)(stack ? context->uc_mcontext.sp
                                           : context->uc_mcontext.regs[29]);
#else
    return NULL;
#endif
}

/* Everything so near the stack pointer is stack, but for the guard page at its end. */
static bool
is_stack_overflow(int number, const siginfo_t *info, const ucontext_t *context)
{
    uintptr_t address = (uintptr_t)info->si_addr;
    uintptr_t stack = (uintptr_t)register_of(context, true);

    return number == SIGSEGV && info->si_code > 0 && stack != 0 && address + STACK_REACH > stack &&
           address < stack + STACK_REACH && !sys_memory_readable((const void *)address, 1);
}

static const void *
program_counter(const ucontext_t *context)
{
#if defined(__x86_64__)
    return (const void *)(uintptr_t)context->uc_mcontext.gregs[REG_RIP];
#elif defined(__aarch64__)
    return (const void *)(uintptr_t)context->uc_mcontext.pc;
#else
    return NULL;
#endif
}

static void
die_of(int number)
{
    (void)signal(number, SIG_DFL);
    (void)raise(number);
    _exit(128 + number);
}

static void
on_fatal_signal(int number, siginfo_t *info, void *context)
{
    struct report report = {.length = 0};
    const void *place = program_counter(context);
    const void *call;
    sigset_t set;
    size_t i;

    report_begin();
    report_add(&report, HOST_CRASH_PREFIX);
    for (i = 0; i < FATAL_SIGNALS; i++) {
        if (fatal_signals[i].number == number) {
            report_add(&report, "%s (%s)", fatal_signals[i].name,
                       is_stack_overflow(number, info, context) ? "stack overflow"
                                                                : fatal_signals[i].meaning);
        }
    }
    if (number == SIGSEGV || number == SIGBUS) {
        report_add(&report, " at address 0x%I64x", (unsigned long)(uintptr_t)info->si_addr);
    }
    report_add(&report, " in ");
    report_add_code(&report, place);
    call = ke_driver_call(place, register_of(context, false));
    if (call != NULL && call != place) {
        report_add(&report, ", called from ");
        report_add_code(&report, call);
    }
    report_write(&report);

    (void)sigemptyset(&set);
    (void)sigaddset(&set, number);
    (void)sigprocmask(SIG_UNBLOCK, &set, NULL);
    die_of(number);
}

void
host_crash_install(const char *driver, const char *device)
{
    static uint8_t main_stack[SYS_SIGNAL_STACK_SIZE]; /* Other threads have theirs from sys. */
    stack_t old;
    size_t i;

    /* A sanitizer may have set one. */
    if (sigaltstack(NULL, &old) == 0 && (old.ss_flags & SS_DISABLE) != 0) {
        (void)sigaltstack(&(stack_t){.ss_sp = main_stack, .ss_size = sizeof(main_stack)}, NULL);
    }
    crash_driver = driver;
    crash_device = device;
    for (i = 0; i < FATAL_SIGNALS; i++) {
        struct sigaction action = {.sa_sigaction = on_fatal_signal,
                                   .sa_flags = SA_SIGINFO | SA_ONSTACK};
        struct sigaction old;

        if (sigaction(fatal_signals[i].number, NULL, &old) == 0 && old.sa_handler == SIG_DFL) {
            (void)sigaction(fatal_signals[i].number, &action, NULL);
        }
    }
}

void
host_crash_bugcheck(const struct ke_bugcheck *bugcheck, void *context)
{
    struct report report = {.length = 0};

    (void)context;
    report_begin();
    report_add(&report, HOST_CRASH_PREFIX "bug check %s (0x%x) 0x%I64x 0x%I64x 0x%I64x 0x%I64x in ",
               bugcheck->name, (unsigned)bugcheck->code, (unsigned long)bugcheck->parameter[0],
               (unsigned long)bugcheck->parameter[1], (unsigned long)bugcheck->parameter[2],
               (unsigned long)bugcheck->parameter[3]);
    report_add_code(&report, bugcheck->caller);
    report_write(&report);
    die_of(SIGABRT);
}

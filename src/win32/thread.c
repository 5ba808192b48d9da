/* SPDX-License-Identifier: MIT */
/* Threads, the process, the console's Ctrl-C. */
#include "win32/object.h"

#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/atomic.h"
#include "sys/thread.h"

struct w32_thread_object {
    struct w32_object object;
    LPTHREAD_START_ROUTINE start;
    LPVOID parameter;
    uint64_t id;
    DWORD number; /* GetThreadId */
    DWORD exit_code;
    bool ended;
    uint32_t suspended; /* 1 until ResumeThread. */
};

#define CURRENT_PROCESS ((HANDLE)(LONG_PTR)-1)
#define CURRENT_THREAD  ((HANDLE)(LONG_PTR)-2)

/* The object of a thread that CreateThread made, reachable for ExitThread through its stack. */
static struct list running = {&running, &running}; /* struct running.link; under w32_dispatcher. */

struct running {
    struct list link;
    struct w32_thread_object *thread;
};

static bool
thread_signaled(const struct w32_object *object, uint64_t thread)
{
    (void)thread;
    return container_of(object, const struct w32_thread_object, object)->ended;
}

static bool
thread_take(struct w32_object *object, uint64_t thread)
{
    (void)object;
    (void)thread;
    return false;
}

/* Says that the thread has ended, and gives back its own reference. */
static void
thread_end(struct w32_thread_object *thread, DWORD exit_code)
{
    sys_lock_acquire(&w32_dispatcher);
    thread->exit_code = exit_code;
    thread->ended = true;
    w32_wake_locked(&thread->object);
    sys_lock_release(&w32_dispatcher);
    w32_object_unref(&thread->object);
}

static void
thread_main(void *argument)
{
    struct running me = {.thread = argument};
    struct w32_thread_object *thread = argument;
    DWORD exit_code;

    w32_thread()->number = thread->number;
    sys_lock_acquire(&w32_dispatcher);
    thread->id = sys_thread_id(sys_thread_self());
    list_push_back(&running, &me.link);
    sys_lock_release(&w32_dispatcher);

    exit_code = thread->start(thread->parameter);

    sys_lock_acquire(&w32_dispatcher);
    list_remove(&me.link);
    sys_lock_release(&w32_dispatcher);
    thread_end(thread, exit_code);
}

/* Starts the thread behind the object, which holds a reference for it. */
static bool
thread_launch(struct w32_thread_object *thread)
{
    struct sys_thread *real;

    w32_object_ref(&thread->object);
    if (sys_thread_create(&real, "win32", thread_main, thread) != 0) {
        w32_object_unref(&thread->object);
        return false;
    }
    sys_thread_detach(real);
    return true;
}

HANDLE
CreateThread(LPSECURITY_ATTRIBUTES lpThreadAttributes, SIZE_T dwStackSize,
             LPTHREAD_START_ROUTINE lpStartAddress, LPVOID lpParameter, DWORD dwCreationFlags,
             LPDWORD lpThreadId)
{
    static DWORD next_number = 0x10000; /* Those of threads that are not ours stay below. */
    struct w32_thread_object *thread = w32_object_new(W32_THREAD, sizeof(*thread));

    (void)lpThreadAttributes;
    (void)dwStackSize;
    if (thread == NULL) {
        return NULL;
    }
    w32_order(NULL);
    thread->object.signaled = thread_signaled;
    thread->object.take = thread_take;
    thread->start = lpStartAddress;
    thread->parameter = lpParameter;
    thread->exit_code = STILL_ACTIVE;
    thread->number = atomic_fetch_add_u32(&next_number, 4);
    if (lpThreadId != NULL) {
        *lpThreadId = thread->number;
    }
    if ((dwCreationFlags & CREATE_SUSPENDED) != 0) {
        thread->suspended = 1;
    } else if (!thread_launch(thread)) {
        w32_object_unref(&thread->object);
        w32_fail(ERROR_NO_SYSTEM_RESOURCES);
        return NULL;
    }
    return w32_handle_new(&thread->object);
}

DWORD
ResumeThread(HANDLE hThread)
{
    struct w32_object *object = w32_handle_ref(hThread, 1u << W32_THREAD);
    struct w32_thread_object *thread;
    uint32_t suspended;

    if (object == NULL) {
        return (DWORD)-1;
    }
    thread = container_of(object, struct w32_thread_object, object);
    sys_lock_acquire(&w32_dispatcher);
    suspended = thread->suspended;
    thread->suspended = 0;
    sys_lock_release(&w32_dispatcher);
    if (suspended != 0 && !thread_launch(thread)) {
        w32_fail(ERROR_NO_SYSTEM_RESOURCES);
        suspended = (DWORD)-1;
    }
    w32_object_unref(object);
    return suspended;
}

VOID
ExitThread(DWORD dwExitCode)
{
    uint64_t id = sys_thread_id(sys_thread_self());
    struct w32_thread_object *thread = NULL;
    struct list *link;

    sys_lock_acquire(&w32_dispatcher);
    list_for_each(link, &running)
    {
        struct running *candidate = container_of(link, struct running, link);

        if (candidate->thread->id == id) {
            thread = candidate->thread;
            list_remove(&candidate->link);
            break;
        }
    }
    sys_lock_release(&w32_dispatcher);
    if (thread == NULL) {
        exit((int)dwExitCode); /* The first thread, or one that this library did not make. */
    }
    thread_end(thread, dwExitCode);
    sys_thread_exit();
}

BOOL
GetExitCodeThread(HANDLE hThread, LPDWORD lpExitCode)
{
    struct w32_object *object = w32_handle_ref(hThread, 1u << W32_THREAD);

    if (object == NULL) {
        return FALSE;
    }
    sys_lock_acquire(&w32_dispatcher);
    *lpExitCode = container_of(object, struct w32_thread_object, object)->exit_code;
    sys_lock_release(&w32_dispatcher);
    w32_object_unref(object);
    return TRUE;
}

/* Accepted and without effect: every thread runs at the process's priority. */
BOOL
SetThreadPriority(HANDLE hThread, int nPriority)
{
    (void)hThread;
    (void)nPriority;
    return TRUE;
}

HANDLE
GetCurrentThread(VOID)
{
    return CURRENT_THREAD;
}

DWORD
GetCurrentThreadId(VOID)
{
    return w32_thread()->number;
}

DWORD
GetThreadId(HANDLE Thread)
{
    struct w32_object *object;
    DWORD number;

    if (Thread == CURRENT_THREAD) {
        return GetCurrentThreadId();
    }
    object = w32_handle_ref(Thread, 1u << W32_THREAD);
    if (object == NULL) {
        return 0;
    }
    number = container_of(object, struct w32_thread_object, object)->number;
    w32_object_unref(object);
    return number;
}

/* Processors by number, as many as a mask has bits for. */
BOOL
GetProcessAffinityMask(HANDLE hProcess, PDWORD_PTR lpProcessAffinityMask,
                       PDWORD_PTR lpSystemAffinityMask)
{
    SYSTEM_INFO info;

    if (hProcess != CURRENT_PROCESS) {
        return w32_fail(ERROR_INVALID_HANDLE);
    }
    GetSystemInfo(&info);
    *lpProcessAffinityMask = *lpSystemAffinityMask = info.dwActiveProcessorMask;
    return TRUE;
}

/* Only for the calling thread; 0 when the mask names no processor that there is. */
DWORD_PTR
SetThreadAffinityMask(HANDLE hThread, DWORD_PTR dwThreadAffinityMask)
{
    cpu_set_t set, old;
    DWORD_PTR previous = 0;
    int cpu;

    if (hThread != CURRENT_THREAD) {
        w32_fail(ERROR_INVALID_HANDLE);
        return 0;
    }
    CPU_ZERO(&set);
    for (cpu = 0; cpu < 64; cpu++) {
        if ((dwThreadAffinityMask >> cpu & 1) != 0) {
            CPU_SET(cpu, &set);
        }
    }
    if (sched_getaffinity(0, sizeof(old), &old) != 0 ||
        sched_setaffinity(0, sizeof(set), &set) != 0) {
        w32_fail(ERROR_INVALID_PARAMETER);
        return 0;
    }
    for (cpu = 0; cpu < 64; cpu++) {
        previous |= CPU_ISSET(cpu, &old) ? (DWORD_PTR)1 << cpu : 0;
    }
    return previous;
}

HANDLE
GetCurrentProcess(VOID)
{
    return CURRENT_PROCESS;
}

DWORD
GetCurrentProcessId(VOID)
{
    return (DWORD)getpid();
}

VOID
ExitProcess(UINT uExitCode)
{
    exit((int)uExitCode);
}

VOID
GetSystemInfo(LPSYSTEM_INFO lpSystemInfo)
{
    unsigned cpus = sys_cpu_count();

    *lpSystemInfo = (SYSTEM_INFO){
        .dwPageSize = (DWORD)sysconf(_SC_PAGESIZE),
        .lpMinimumApplicationAddress = (LPVOID)0x10000,
        .lpMaximumApplicationAddress = (LPVOID)0x7ffffffeffff,
        .dwActiveProcessorMask = cpus >= 64 ? ~(DWORD_PTR)0 : ((DWORD_PTR)1 << cpus) - 1,
        .dwNumberOfProcessors = cpus,
        .dwAllocationGranularity = 0x10000,
    };
    lpSystemInfo->wProcessorArchitecture = 9; /* PROCESSOR_ARCHITECTURE_AMD64 */
}

/* --- Ctrl-C ---------------------------------------------------------------------------------- */

static PHANDLER_ROUTINE handlers[8]; /* The newest last; under w32_dispatcher. */
static unsigned handler_count;
static int signal_pipe[2] = {-1, -1};

static void
on_signal(int number)
{
    char byte = (char)number;

    (void)!write(signal_pipe[1], &byte, 1);
}

/* Handlers run on a thread of their own, as on Windows; unhandled, the process ends. */
static void
ctrl_main(void *argument)
{
    char byte;

    (void)argument;
    while (read(signal_pipe[0], &byte, 1) == 1) {
        DWORD event = byte == SIGINT ? CTRL_C_EVENT : CTRL_CLOSE_EVENT;
        PHANDLER_ROUTINE calls[8];
        unsigned i;

        sys_lock_acquire(&w32_dispatcher);
        i = handler_count;
        for (unsigned k = 0; k < i; k++) {
            calls[k] = handlers[k];
        }
        sys_lock_release(&w32_dispatcher);
        while (i > 0 && !calls[i - 1](event)) {
            i--;
        }
        if (i == 0) {
            _exit(128 + byte);
        }
    }
}

static bool
ctrl_start(void)
{
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
    struct sys_thread *thread;

    if (signal_pipe[0] >= 0) {
        return true;
    }
    if (pipe(signal_pipe) != 0 || sys_thread_create(&thread, "ctrl-c", ctrl_main, NULL) != 0) {
        return false;
    }
    sys_thread_detach(thread);
    return sigaction(SIGINT, &action, NULL) == 0 && sigaction(SIGTERM, &action, NULL) == 0;
}

BOOL
SetConsoleCtrlHandler(PHANDLER_ROUTINE HandlerRoutine, BOOL Add)
{
    bool done = false;
    unsigned i;

    if (HandlerRoutine == NULL) {
        return signal(SIGINT, Add ? SIG_IGN : SIG_DFL) != SIG_ERR ? TRUE
                                                                  : w32_fail(ERROR_GEN_FAILURE);
    }
    if (Add && !ctrl_start()) {
        return w32_fail(ERROR_NO_SYSTEM_RESOURCES);
    }
    sys_lock_acquire(&w32_dispatcher);
    if (Add && handler_count < sizeof(handlers) / sizeof(handlers[0])) {
        handlers[handler_count++] = HandlerRoutine;
        done = true;
    }
    for (i = 0; !Add && i < handler_count; i++) {
        if (handlers[i] == HandlerRoutine) {
            for (; i + 1 < handler_count; i++) {
                handlers[i] = handlers[i + 1];
            }
            handler_count--;
            done = true;
        }
    }
    sys_lock_release(&w32_dispatcher);
    return done ? TRUE : w32_fail(ERROR_INVALID_PARAMETER);
}

/* SPDX-License-Identifier: MIT */
/*
 * Win32 handles and the objects behind them.
 *
 * A handle is a number, a multiple of four, that indexes the process's table, so a wrong one is found out.
 * One lock, w32_dispatcher, guards the table's contents, every object's signal state and every wait
 * list; nothing blocks and no callback runs under it. Waiters are woken to look again, so a signal
 * that several wait for is given to whoever takes it first.
 */
#ifndef OPENWDF_WIN32_OBJECT_H
#define OPENWDF_WIN32_OBJECT_H

#include <windows.h>

#include <stdbool.h>
#include <stdint.h>

#include "base/list.h"
#include "crt/seh.h"
#include "sys/lock.h"

enum w32_type {
    W32_EVENT,
    W32_MUTEX,
    W32_SEMAPHORE,
    W32_THREAD,
    W32_FILE,
    W32_PORT,
    W32_TIMER,
    W32_KEY,
    W32_TYPE_COUNT,
};

struct w32_object {
    enum w32_type type;
    uint32_t refs;       /* Atomic: one for each handle and each user under way. */
    struct list waiters; /* struct w32_wait_block.link; under w32_dispatcher. */
    struct list named;   /* In the process's list of names; under w32_dispatcher. */
    char *name;          /* UTF-8; NULL: none. */

    /* Under w32_dispatcher: whether a wait by this thread would end now, and taking it. */
    bool (*signaled)(const struct w32_object *object, uint64_t thread);
    bool (*take)(struct w32_object *object, uint64_t thread); /* True: was abandoned. */

    /* The last handle has gone (what is under way may still hold references). May be NULL. */
    void (*closed)(struct w32_object *object);
    /* The last reference has gone: release what the object owns. May be NULL. */
    void (*destroy)(struct w32_object *object);

    uint32_t handles; /* Under w32_dispatcher. */
};

extern struct sys_lock w32_dispatcher;

#define W32_TLS_SLOTS 128

/* What a thread of this process has: its last error and its queue of completion routines. */
struct w32_thread_state {
    DWORD last_error;
    uint64_t id;  /* sys_thread_id */
    DWORD number; /* GetCurrentThreadId */
    LPVOID tls[W32_TLS_SLOTS];
    uint32_t com_depth;            /* CoInitialize calls not undone. */
    HANDLE undelivered;            /* The file of the last overlapped request, until w32_order. */
    struct list apcs;              /* struct w32_apc.link; under w32_dispatcher. */
    struct user_queue *user_queue; /* NULL: it has had no messages. */
    uint32_t *alert;    /* The word of an alertable wait under way; under w32_dispatcher. */
    struct crt_seh seh; /* Only in applications: in a host the kernel has it. */
};

struct w32_apc {
    struct list link;
    void (*run)(struct w32_apc *apc);
};

/* The calling thread's; made on first use. */
struct w32_thread_state *w32_thread(void);

/* Queues a routine that the thread runs in its next alertable wait. */
void w32_apc_queue(struct w32_thread_state *thread, struct w32_apc *apc);

/* Allocates a zeroed object of `size` bytes that starts with a w32_object; one reference. NULL: no memory. */
void *w32_object_new(enum w32_type type, size_t size);
void w32_object_ref(struct w32_object *object);
void w32_object_unref(struct w32_object *object);

/* A new handle, which takes over the caller's reference. NULL and the reference is gone: no memory. */
HANDLE w32_handle_new(struct w32_object *object);

/* The object with a reference, or NULL and ERROR_INVALID_HANDLE. `types`: bits 1 << enum w32_type. */
void *w32_handle_ref(HANDLE handle, unsigned types);
#define W32_ANY ((1u << W32_TYPE_COUNT) - 1)

/* Wakes who waits for the object, to look again. Under w32_dispatcher. */
void w32_wake_locked(struct w32_object *object);

/*
 * Waits for one or all of `count` objects. Returns WAIT_OBJECT_0 + i, WAIT_ABANDONED_0 + i,
 * WAIT_TIMEOUT or, alertable, WAIT_IO_COMPLETION after completion routines ran.
 */
DWORD w32_wait(struct w32_object **objects, DWORD count, bool all, DWORD milliseconds,
               bool alertable);

/* A time as in FILETIME: negative counts from now; as sys_now_ns has it. */
uint64_t w32_due_ns(int64_t due);

/* Windows' milliseconds as a deadline of sys_wait. */
uint64_t w32_deadline(DWORD milliseconds);

/*
 * On Windows an overlapped request has reached the driver when the call that starts it returns; here it
 * may still be on its way. Waits until those that this thread has started have arrived, unless they are on
 * `except` (on one file they arrive in order by themselves). Called before the thread does what others
 * can see.
 */
void w32_order(HANDLE except);

/* The Win32 error for an errno. */
DWORD w32_errno(int error);

/* Sets the last error; returns FALSE (so that a refusal is one line). */
BOOL w32_fail(DWORD error);

/* Sets an event from inside. Takes w32_dispatcher. */
void w32_event_set(struct w32_object *event);
void w32_event_reset(struct w32_object *event);

/* A completion port gets a packet. Takes w32_dispatcher; may fail for want of memory. */
BOOL w32_port_post(struct w32_object *port, ULONG_PTR key, DWORD bytes, OVERLAPPED *overlapped,
                   int32_t status);

/* A thread of this process ends: its fiber-local values go. */
void w32_local_end(struct w32_thread_state *thread);

/*
 * The path of a file here, from malloc: slashes for back-slashes, the file root for a drive ("C:\\x"); NULL for
 * NULL or no memory. Takes over `path`, which is from malloc too.
 */
char *w32_path(char *path);

/* Whether a library is one of Windows' own ("kernel32.dll"): its functions are this process's. */
bool w32_names_system(const char *name);

/* UTF-8 of a wide string, from malloc; NULL for NULL or no memory. */
char *w32_utf8(const WCHAR *text);
/* Wide string of a UTF-8 one, from malloc. */
WCHAR *w32_wide(const char *text);

#endif

/* SPDX-License-Identifier: MIT */
/* Events, mutexes, semaphores, critical sections. Names are the process's own. */
#include "win32/event.h"
#include "win32/object.h"

#include <stdlib.h>
#include <string.h>

#include "base/atomic.h"
#include "sys/thread.h"
#include "sys/wait.h"

struct w32_event {
    struct w32_object object;
    bool manual_reset;
    bool set;
};

struct w32_mutex {
    struct w32_object object;
    uint64_t owner; /* Thread id; 0: free. */
    uint32_t depth;
};

struct w32_semaphore {
    struct w32_object object;
    LONG count;
    LONG maximum;
};

static struct list names = {&names, &names}; /* Under w32_dispatcher. */

/*
 * Gives a handle for a fresh object, or for the one of that name that is already there (then
 * ERROR_ALREADY_EXISTS is the last error). Takes over the caller's reference and the name.
 */
static HANDLE
publish(struct w32_object *object, char *name)
{
    struct w32_object *found = NULL;
    struct list *link;
    HANDLE handle;

    if (name == NULL) {
        SetLastError(ERROR_SUCCESS);
        return w32_handle_new(object);
    }
    sys_lock_acquire(&w32_dispatcher);
    list_for_each(link, &names)
    {
        struct w32_object *candidate = container_of(link, struct w32_object, named);

        if (strcmp(candidate->name, name) == 0) {
            found = candidate;
            w32_object_ref(found);
            break;
        }
    }
    if (found == NULL) {
        object->name = name;
        list_push_back(&names, &object->named);
    }
    sys_lock_release(&w32_dispatcher);
    if (found == NULL) {
        SetLastError(ERROR_SUCCESS);
        return w32_handle_new(object);
    }
    free(name);
    if (found->type != object->type) {
        w32_object_unref(object);
        w32_object_unref(found);
        w32_fail(ERROR_INVALID_HANDLE);
        return NULL;
    }
    w32_object_unref(object);
    handle = w32_handle_new(found);
    if (handle != NULL) {
        SetLastError(ERROR_ALREADY_EXISTS);
    }
    return handle;
}

/* --- Events ---------------------------------------------------------------------------------- */

static bool
event_signaled(const struct w32_object *object, uint64_t thread)
{
    (void)thread;
    return container_of(object, const struct w32_event, object)->set;
}

static bool
event_take(struct w32_object *object, uint64_t thread)
{
    struct w32_event *event = container_of(object, struct w32_event, object);

    (void)thread;
    if (!event->manual_reset) {
        event->set = false;
    }
    return false;
}

static uint32_t event_count; /* Atomic. */

static void
event_destroy(struct w32_object *object)
{
    (void)object;
    (void)atomic_fetch_sub_u32(&event_count, 1);
}

uint32_t
w32_event_count(void)
{
    return atomic_load_relaxed_u32(&event_count);
}

void
w32_event_set_by_handle(void *handle)
{
    DWORD former = GetLastError();
    struct w32_object *event = w32_handle_ref(handle, 1u << W32_EVENT);

    if (event != NULL) {
        w32_event_set(event);
        w32_object_unref(event);
    }
    SetLastError(former);
}

static HANDLE
event_create(BOOL manual_reset, BOOL set, char *name)
{
    struct w32_event *event = w32_object_new(W32_EVENT, sizeof(*event));

    if (event == NULL) {
        free(name);
        return NULL;
    }
    event->object.signaled = event_signaled;
    event->object.take = event_take;
    event->object.destroy = event_destroy;
    (void)atomic_fetch_add_u32(&event_count, 1);
    event->manual_reset = manual_reset != 0;
    event->set = set != 0;
    return publish(&event->object, name);
}

HANDLE
CreateEventW(LPSECURITY_ATTRIBUTES lpEventAttributes, BOOL bManualReset, BOOL bInitialState,
             LPCWSTR lpName)
{
    (void)lpEventAttributes;
    return event_create(bManualReset, bInitialState, w32_utf8(lpName));
}

HANDLE
CreateEventA(LPSECURITY_ATTRIBUTES lpEventAttributes, BOOL bManualReset, BOOL bInitialState,
             LPCSTR lpName)
{
    (void)lpEventAttributes;
    return event_create(bManualReset, bInitialState, lpName == NULL ? NULL : strdup(lpName));
}

void
w32_event_set(struct w32_object *event)
{
    sys_lock_acquire(&w32_dispatcher);
    container_of(event, struct w32_event, object)->set = true;
    w32_wake_locked(event);
    sys_lock_release(&w32_dispatcher);
}

void
w32_event_reset(struct w32_object *event)
{
    sys_lock_acquire(&w32_dispatcher);
    container_of(event, struct w32_event, object)->set = false;
    sys_lock_release(&w32_dispatcher);
}

BOOL
SetEvent(HANDLE hEvent)
{
    struct w32_object *event = w32_handle_ref(hEvent, 1u << W32_EVENT);

    if (event == NULL) {
        return FALSE;
    }
    w32_order(NULL);
    w32_event_set(event);
    w32_object_unref(event);
    return TRUE;
}

BOOL
ResetEvent(HANDLE hEvent)
{
    struct w32_object *event = w32_handle_ref(hEvent, 1u << W32_EVENT);

    if (event == NULL) {
        return FALSE;
    }
    w32_event_reset(event);
    w32_object_unref(event);
    return TRUE;
}

/* As unreliable as documented: a waiter that is not asleep at this moment misses it. */
BOOL
PulseEvent(HANDLE hEvent)
{
    return SetEvent(hEvent) && (sys_thread_yield(), ResetEvent(hEvent));
}

/* --- Mutexes --------------------------------------------------------------------------------- */

static bool
mutex_signaled(const struct w32_object *object, uint64_t thread)
{
    const struct w32_mutex *mutex = container_of(object, const struct w32_mutex, object);

    return mutex->owner == 0 || mutex->owner == thread;
}

static bool
mutex_take(struct w32_object *object, uint64_t thread)
{
    struct w32_mutex *mutex = container_of(object, struct w32_mutex, object);

    mutex->owner = thread;
    mutex->depth++;
    return false;
}

static HANDLE
mutex_create(BOOL owned, char *name)
{
    struct w32_mutex *mutex = w32_object_new(W32_MUTEX, sizeof(*mutex));

    if (mutex == NULL) {
        free(name);
        return NULL;
    }
    mutex->object.signaled = mutex_signaled;
    mutex->object.take = mutex_take;
    if (owned) {
        (void)mutex_take(&mutex->object, w32_thread()->id);
    }
    return publish(&mutex->object, name);
}

HANDLE
CreateMutexW(LPSECURITY_ATTRIBUTES lpMutexAttributes, BOOL bInitialOwner, LPCWSTR lpName)
{
    (void)lpMutexAttributes;
    return mutex_create(bInitialOwner, w32_utf8(lpName));
}

HANDLE
CreateMutexA(LPSECURITY_ATTRIBUTES lpMutexAttributes, BOOL bInitialOwner, LPCSTR lpName)
{
    (void)lpMutexAttributes;
    return mutex_create(bInitialOwner, lpName == NULL ? NULL : strdup(lpName));
}

BOOL
ReleaseMutex(HANDLE hMutex)
{
    struct w32_object *object = w32_handle_ref(hMutex, 1u << W32_MUTEX);
    struct w32_mutex *mutex;
    bool owned;

    if (object == NULL) {
        return FALSE;
    }
    mutex = container_of(object, struct w32_mutex, object);
    w32_order(NULL);
    sys_lock_acquire(&w32_dispatcher);
    owned = mutex->owner == w32_thread()->id;
    if (owned && --mutex->depth == 0) {
        mutex->owner = 0;
        w32_wake_locked(object);
    }
    sys_lock_release(&w32_dispatcher);
    w32_object_unref(object);
    return owned ? TRUE : w32_fail(ERROR_NOT_OWNER);
}

/* --- Semaphores ------------------------------------------------------------------------------ */

static bool
semaphore_signaled(const struct w32_object *object, uint64_t thread)
{
    (void)thread;
    return container_of(object, const struct w32_semaphore, object)->count > 0;
}

static bool
semaphore_take(struct w32_object *object, uint64_t thread)
{
    (void)thread;
    container_of(object, struct w32_semaphore, object)->count--;
    return false;
}

static HANDLE
semaphore_create(LONG initial, LONG maximum, char *name)
{
    struct w32_semaphore *semaphore;

    if (maximum <= 0 || initial < 0 || initial > maximum) {
        free(name);
        w32_fail(ERROR_INVALID_PARAMETER);
        return NULL;
    }
    semaphore = w32_object_new(W32_SEMAPHORE, sizeof(*semaphore));
    if (semaphore == NULL) {
        free(name);
        return NULL;
    }
    semaphore->object.signaled = semaphore_signaled;
    semaphore->object.take = semaphore_take;
    semaphore->count = initial;
    semaphore->maximum = maximum;
    return publish(&semaphore->object, name);
}

HANDLE
CreateSemaphoreW(LPSECURITY_ATTRIBUTES lpSemaphoreAttributes, LONG lInitialCount,
                 LONG lMaximumCount, LPCWSTR lpName)
{
    (void)lpSemaphoreAttributes;
    return semaphore_create(lInitialCount, lMaximumCount, w32_utf8(lpName));
}

HANDLE
CreateSemaphoreA(LPSECURITY_ATTRIBUTES lpSemaphoreAttributes, LONG lInitialCount,
                 LONG lMaximumCount, LPCSTR lpName)
{
    (void)lpSemaphoreAttributes;
    return semaphore_create(lInitialCount, lMaximumCount, lpName == NULL ? NULL : strdup(lpName));
}

BOOL
ReleaseSemaphore(HANDLE hSemaphore, LONG lReleaseCount, LPLONG lpPreviousCount)
{
    struct w32_object *object = w32_handle_ref(hSemaphore, 1u << W32_SEMAPHORE);
    struct w32_semaphore *semaphore;
    bool fits;

    if (object == NULL) {
        return FALSE;
    }
    semaphore = container_of(object, struct w32_semaphore, object);
    w32_order(NULL);
    sys_lock_acquire(&w32_dispatcher);
    fits = lReleaseCount > 0 && lReleaseCount <= semaphore->maximum - semaphore->count;
    if (fits) {
        if (lpPreviousCount != NULL) {
            *lpPreviousCount = semaphore->count;
        }
        semaphore->count += lReleaseCount;
        w32_wake_locked(object);
    }
    sys_lock_release(&w32_dispatcher);
    w32_object_unref(object);
    return fits ? TRUE : w32_fail(ERROR_TOO_MANY_POSTS);
}

/* --- Critical sections ----------------------------------------------------------------------- */

/*
 * The lock's four bytes stand in LockCount; the owner's thread id in OwningThread, written only by
 * the owner, read by others only to compare it with their own.
 */
static struct sys_lock *
section_lock(LPCRITICAL_SECTION section)
{
    return (struct sys_lock *)(void *)&section->LockCount;
}

BOOL
InitializeCriticalSectionAndSpinCount(LPCRITICAL_SECTION lpCriticalSection, DWORD dwSpinCount)
{
    memset(lpCriticalSection, 0, sizeof(*lpCriticalSection));
    lpCriticalSection->SpinCount = dwSpinCount;
    return TRUE;
}

VOID
InitializeCriticalSection(LPCRITICAL_SECTION lpCriticalSection)
{
    (void)InitializeCriticalSectionAndSpinCount(lpCriticalSection, 0);
}

static bool
section_owned(LPCRITICAL_SECTION section)
{
    return atomic_load_relaxed_ptr(&section->OwningThread) == (void *)w32_thread()->id;
}

static void
section_entered(LPCRITICAL_SECTION section)
{
    atomic_store_relaxed_ptr(&section->OwningThread, (void *)w32_thread()->id);
    section->RecursionCount = 1;
}

VOID
EnterCriticalSection(LPCRITICAL_SECTION lpCriticalSection)
{
    if (section_owned(lpCriticalSection)) {
        lpCriticalSection->RecursionCount++;
        return;
    }
    sys_lock_acquire(section_lock(lpCriticalSection));
    section_entered(lpCriticalSection);
}

BOOL
TryEnterCriticalSection(LPCRITICAL_SECTION lpCriticalSection)
{
    if (section_owned(lpCriticalSection)) {
        lpCriticalSection->RecursionCount++;
        return TRUE;
    }
    if (!sys_lock_try(section_lock(lpCriticalSection))) {
        return FALSE;
    }
    section_entered(lpCriticalSection);
    return TRUE;
}

VOID
LeaveCriticalSection(LPCRITICAL_SECTION lpCriticalSection)
{
    if (--lpCriticalSection->RecursionCount > 0) {
        return;
    }
    w32_order(NULL);
    atomic_store_relaxed_ptr(&lpCriticalSection->OwningThread, NULL);
    sys_lock_release(section_lock(lpCriticalSection));
}

VOID
DeleteCriticalSection(LPCRITICAL_SECTION lpCriticalSection)
{
    memset(lpCriticalSection, 0, sizeof(*lpCriticalSection));
}

/* SPDX-License-Identifier: MIT */
/* The handle table, references, per-thread state. See object.h. */
#include "win32/object.h"

#include <stdlib.h>

#include "base/atomic.h"
#include "sys/thread.h"
#include "sys/wait.h"
#include "win32/user.h"

struct sys_lock w32_dispatcher;

/* Under w32_dispatcher. Grows by doubling; entries are never moved to another index. */
static struct w32_object **table;
static size_t table_size;
static size_t table_hint; /* No free entry below it. */

static void
thread_state_free(void *state)
{
    struct user_queue *queue = ((struct w32_thread_state *)state)->user_queue;

    if (queue != NULL) {
        user_thread_ends(queue);
    }
    /* The values' destructors may ask for their thread's state: it stays until they are done. */
    sys_slot_set(SYS_SLOT_CLIENT, state);
    w32_local_end(state);
    sys_slot_set(SYS_SLOT_CLIENT, NULL);
    free(state);
}

struct w32_thread_state *
w32_thread(void)
{
    static uint32_t registered;
    static DWORD numbers = 4;
    struct w32_thread_state *state = sys_slot_get(SYS_SLOT_CLIENT);

    if (state != NULL) {
        return state;
    }
    if (atomic_xchg_u32(&registered, 1) == 0) {
        sys_slot_set_destructor(SYS_SLOT_CLIENT, thread_state_free);
    }
    state = calloc(1, sizeof(*state));
    if (state == NULL) {
        abort(); /* Not even 64 bytes: there is no way to report it, for errors live there. */
    }
    state->id = sys_thread_id(sys_thread_self());
    state->number = atomic_fetch_add_u32(&numbers, 4);
    list_init(&state->apcs);
    sys_slot_set(SYS_SLOT_CLIENT, state);
    return state;
}

DWORD
GetLastError(VOID)
{
    return w32_thread()->last_error;
}

VOID
SetLastError(DWORD dwErrCode)
{
    w32_thread()->last_error = dwErrCode;
}

BOOL
w32_fail(DWORD error)
{
    SetLastError(error);
    return FALSE;
}

void *
w32_object_new(enum w32_type type, size_t size)
{
    struct w32_object *object = calloc(1, size);

    if (object == NULL) {
        w32_fail(ERROR_NOT_ENOUGH_MEMORY);
        return NULL;
    }
    object->type = type;
    object->refs = 1;
    list_init(&object->waiters);
    list_init(&object->named);
    return object;
}

void
w32_object_ref(struct w32_object *object)
{
    (void)atomic_fetch_add_u32(&object->refs, 1);
}

void
w32_object_unref(struct w32_object *object)
{
    if (object == NULL || atomic_fetch_sub_u32(&object->refs, 1) != 1) {
        return;
    }
    if (object->destroy != NULL) {
        object->destroy(object);
    }
    free(object->name);
    free(object);
}

/* Under w32_dispatcher: the index of a free entry, or (size_t)-1. */
static size_t
find_free_locked(void)
{
    struct w32_object **larger;
    size_t size, i;

    for (i = table_hint; i < table_size; i++) {
        if (table[i] == NULL) {
            return i;
        }
    }
    size = table_size == 0 ? 64 : table_size * 2;
    larger = realloc(table, size * sizeof(*table));
    if (larger == NULL) {
        return (size_t)-1;
    }
    for (i = table_size; i < size; i++) {
        larger[i] = NULL;
    }
    i = table_size;
    table = larger;
    table_size = size;
    return i;
}

HANDLE
w32_handle_new(struct w32_object *object)
{
    size_t index;

    sys_lock_acquire(&w32_dispatcher);
    index = find_free_locked();
    if (index != (size_t)-1) {
        table[index] = object;
        table_hint = index + 1;
        object->handles++;
    }
    sys_lock_release(&w32_dispatcher);
    if (index == (size_t)-1) {
        w32_object_unref(object);
        w32_fail(ERROR_NOT_ENOUGH_MEMORY);
        return NULL;
    }
    return (HANDLE)((index + 1) * 4);
}

void *
w32_handle_ref(HANDLE handle, unsigned types)
{
    size_t index = (size_t)handle / 4 - 1;
    struct w32_object *object = NULL;

    sys_lock_acquire(&w32_dispatcher);
    if ((size_t)handle % 4 == 0 && index < table_size && table[index] != NULL &&
        ((1u << table[index]->type) & types) != 0) {
        object = table[index];
        w32_object_ref(object);
    }
    sys_lock_release(&w32_dispatcher);
    if (object == NULL) {
        w32_fail(ERROR_INVALID_HANDLE);
    }
    return object;
}

BOOL
CloseHandle(HANDLE hObject)
{
    size_t index = (size_t)hObject / 4 - 1;
    struct w32_object *object = NULL;
    bool last = false;

    if (hObject == GetCurrentProcess() || hObject == GetCurrentThread()) {
        return TRUE;
    }
    sys_lock_acquire(&w32_dispatcher);
    if ((size_t)hObject % 4 == 0 && index < table_size && table[index] != NULL) {
        object = table[index];
        table[index] = NULL;
        table_hint = index < table_hint ? index : table_hint;
        last = --object->handles == 0;
        if (last) {
            list_remove(&object->named);
        }
    }
    sys_lock_release(&w32_dispatcher);
    if (object == NULL) {
        return w32_fail(ERROR_INVALID_HANDLE);
    }
    if (last && object->closed != NULL) {
        object->closed(object);
    }
    w32_object_unref(object);
    return TRUE;
}

BOOL
DuplicateHandle(HANDLE hSourceProcessHandle, HANDLE hSourceHandle, HANDLE hTargetProcessHandle,
                LPHANDLE lpTargetHandle, DWORD dwDesiredAccess, BOOL bInheritHandle,
                DWORD dwOptions)
{
    struct w32_object *object;

    (void)dwDesiredAccess;
    (void)bInheritHandle;
    if (hSourceProcessHandle != GetCurrentProcess() ||
        hTargetProcessHandle != GetCurrentProcess() || lpTargetHandle == NULL) {
        return w32_fail(ERROR_INVALID_PARAMETER);
    }
    object = w32_handle_ref(hSourceHandle, W32_ANY);
    if (object == NULL) {
        return FALSE;
    }
    *lpTargetHandle = w32_handle_new(object);
    if (*lpTargetHandle == NULL) {
        return FALSE;
    }
    if ((dwOptions & 1 /* DUPLICATE_CLOSE_SOURCE */) != 0) {
        CloseHandle(hSourceHandle);
    }
    return TRUE;
}

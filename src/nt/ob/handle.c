/* SPDX-License-Identifier: MIT */
/*
 * The handle table of the process. A handle is 4 * (index + 1); each holds a reference. Free
 * entries are used again, the one free longest last, so that a stale handle is likely to be
 * noticed.
 */
#include "nt/ob/ob_priv.h"

#include <string.h>

#include "base/log.h"
#include "nt/ke/ke.h"
#include "sys/memory.h"

#define FIRST_CAPACITY 64u
#define MAX_HANDLES    (1u << 20)
#define NO_ENTRY       UINT32_MAX

struct entry {
    struct ob_header *object; /* NULL: free. */
    ACCESS_MASK access;
    uint32_t next_free;
};

static struct {
    struct sys_lock lock; /* Guards all of it, and ob_header.handles. */
    struct entry *entries;
    uint32_t capacity;
    uint32_t count;
    uint32_t first_free;
    uint32_t last_free;
} table;

void
ob_handles_init(void)
{
    memset(&table, 0, sizeof(table));
    table.first_free = table.last_free = NO_ENTRY;
}

void
ob_close_handles(void)
{
    for (uint32_t i = 0; i < table.capacity; i++) {
        if (table.entries[i].object != NULL) {
            base_log(BASE_LOG_WARN, "nt", "handle 0x%x to an object of type %s was not closed",
                     4 * (i + 1), table.entries[i].object->type->name);
            ZwClose(ULongToHandle(4 * (i + 1)));
        }
    }
}

void
ob_handles_fini(void)
{
    sys_free(table.entries);
    ob_handles_init();
}

static void
push_free_locked(uint32_t index)
{
    table.entries[index] = (struct entry){.next_free = NO_ENTRY};
    if (table.last_free == NO_ENTRY) {
        table.first_free = index;
    } else {
        table.entries[table.last_free].next_free = index;
    }
    table.last_free = index;
}

static bool
grow_locked(void)
{
    uint32_t capacity = table.capacity != 0 ? table.capacity * 2 : FIRST_CAPACITY;
    uint32_t old = table.capacity;
    struct entry *entries;

    if (capacity > MAX_HANDLES) {
        return false;
    }
    entries = sys_alloc_zeroed(capacity * sizeof(*entries));
    if (entries == NULL) {
        return false;
    }
    if (old != 0) {
        memcpy(entries, table.entries, old * sizeof(*entries));
    }
    sys_free(table.entries);
    table.entries = entries;
    table.capacity = capacity;
    for (uint32_t i = old; i < capacity; i++) {
        push_free_locked(i);
    }
    return true;
}

NTSTATUS
ob_open_handle(void *body, ACCESS_MASK access, HANDLE *ret_handle)
{
    struct ob_header *header = ob_header_of(body);
    uint32_t index;

    ObReferenceObject(body);
    sys_lock_acquire(&table.lock);
    if (table.first_free == NO_ENTRY && !grow_locked()) {
        sys_lock_release(&table.lock);
        ObDereferenceObject(body);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    index = table.first_free;
    table.first_free = table.entries[index].next_free;
    if (table.first_free == NO_ENTRY) {
        table.last_free = NO_ENTRY;
    }
    table.entries[index] = (struct entry){.object = header, .access = access};
    table.count++;
    header->handles++;
    sys_lock_release(&table.lock);
    *ret_handle = ULongToHandle(4 * (index + 1));
    return STATUS_SUCCESS;
}

uint32_t
ob_handle_count(void)
{
    uint32_t count;

    sys_lock_acquire(&table.lock);
    count = table.count;
    sys_lock_release(&table.lock);
    return count;
}

static struct entry *
find_locked(HANDLE handle)
{
    uintptr_t value = (uintptr_t)handle;
    uintptr_t index = value / 4 - 1;

    if (value % 4 != 0 || value == 0 || index >= table.capacity ||
        table.entries[index].object == NULL) {
        return NULL;
    }
    return &table.entries[index];
}

/* The object behind a handle, referenced; NULL: no such handle. */
static void *
reference_by_handle(HANDLE handle, OBJECT_HANDLE_INFORMATION *information)
{
    struct ob_header *header = NULL;
    struct entry *entry;

    if (handle == ZwCurrentThread()) {
        void *thread = KeGetCurrentThread();

        ObReferenceObject(thread);
        return thread;
    }
    if (handle == ZwCurrentProcess()) {
        void *process = PsGetCurrentProcess();

        ObReferenceObject(process);
        return process;
    }
    sys_lock_acquire(&table.lock);
    entry = find_locked(handle);
    if (entry != NULL) {
        header = entry->object;
        atomic_fetch_add_u32(&header->references, 1);
        if (information != NULL) {
            information->HandleAttributes = 0;
            information->GrantedAccess = entry->access;
        }
    }
    sys_lock_release(&table.lock);
    return header != NULL ? ob_body_of(header) : NULL;
}

static void *(*user_handles)(HANDLE handle, POBJECT_TYPE type);

void
ob_set_user_handles(void *(*resolve)(HANDLE handle, POBJECT_TYPE type))
{
    user_handles = resolve;
}

/* Access rights are not checked: everything in the process is in the kernel's trust. */
NTSTATUS
ObReferenceObjectByHandle(HANDLE Handle, ACCESS_MASK DesiredAccess, POBJECT_TYPE ObjectType,
                          KPROCESSOR_MODE AccessMode, PVOID *Object,
                          POBJECT_HANDLE_INFORMATION HandleInformation)
{
    void *body = NULL;

    *Object = NULL;
    if (AccessMode == UserMode && user_handles != NULL) {
        body = user_handles(Handle, ObjectType);
        if (body != NULL) {
            *Object = body;
            return STATUS_SUCCESS;
        }
    }
    body = reference_by_handle(Handle, HandleInformation);
    if (body == NULL) {
        return STATUS_INVALID_HANDLE;
    }
    if (ObjectType != NULL && ob_header_of(body)->type != (void *)ObjectType) {
        ObDereferenceObject(body);
        return STATUS_OBJECT_TYPE_MISMATCH;
    }
    *Object = body;
    return STATUS_SUCCESS;
}

NTSTATUS
ObReferenceObjectByHandleWithTag(HANDLE Handle, ACCESS_MASK DesiredAccess, POBJECT_TYPE ObjectType,
                                 KPROCESSOR_MODE AccessMode, ULONG Tag, PVOID *Object,
                                 POBJECT_HANDLE_INFORMATION HandleInformation)
{
    return ObReferenceObjectByHandle(Handle, DesiredAccess, ObjectType, AccessMode, Object,
                                     HandleInformation);
}

NTSTATUS
ObOpenObjectByPointer(PVOID Object, ULONG HandleAttributes, PACCESS_STATE PassedAccessState,
                      ACCESS_MASK DesiredAccess, POBJECT_TYPE ObjectType,
                      KPROCESSOR_MODE AccessMode, PHANDLE Handle)
{
    struct ob_header *header = ob_header_checked(Object, __builtin_return_address(0));

    if (ObjectType != NULL && header->type != (void *)ObjectType) {
        return STATUS_OBJECT_TYPE_MISMATCH;
    }
    return ob_open_handle(Object, DesiredAccess, Handle);
}

NTSTATUS
ZwClose(HANDLE Handle)
{
    struct ob_header *header;
    struct entry *entry;
    bool last;

    sys_lock_acquire(&table.lock);
    entry = find_locked(Handle);
    if (entry == NULL) {
        sys_lock_release(&table.lock);
        return STATUS_INVALID_HANDLE;
    }
    header = entry->object;
    last = --header->handles == 0;
    push_free_locked((uint32_t)(entry - table.entries));
    table.count--;
    sys_lock_release(&table.lock);
    if (last && header->type->last_handle_closed != NULL) {
        header->type->last_handle_closed(ob_body_of(header));
    }
    ObDereferenceObject(ob_body_of(header));
    return STATUS_SUCCESS;
}

NTSTATUS
ObCloseHandle(HANDLE Handle, KPROCESSOR_MODE PreviousMode)
{
    return ZwClose(Handle);
}

NTSTATUS
ZwDuplicateObject(HANDLE SourceProcessHandle, HANDLE SourceHandle, HANDLE TargetProcessHandle,
                  PHANDLE TargetHandle, ACCESS_MASK DesiredAccess, ULONG HandleAttributes,
                  ULONG Options)
{
    OBJECT_HANDLE_INFORMATION information = {0};
    void *body = reference_by_handle(SourceHandle, &information);
    NTSTATUS status = STATUS_SUCCESS;

    if (body == NULL) {
        return STATUS_INVALID_HANDLE;
    }
    if (TargetHandle != NULL) {
        status = ob_open_handle(
            body, Options & DUPLICATE_SAME_ACCESS ? information.GrantedAccess : DesiredAccess,
            TargetHandle);
    }
    ObDereferenceObject(body);
    if (Options & DUPLICATE_CLOSE_SOURCE) {
        ZwClose(SourceHandle);
    }
    return status;
}

/* What a wait on the handle waits for, referenced through *ret_body. */
static NTSTATUS
waitable_by_handle(HANDLE handle, void **ret_body, void **ret_waitable)
{
    void *body = reference_by_handle(handle, NULL);
    struct ob_type *type;

    if (body == NULL) {
        return STATUS_INVALID_HANDLE;
    }
    type = ob_header_of(body)->type;
    if (type->not_waitable) {
        ObDereferenceObject(body);
        return STATUS_OBJECT_TYPE_MISMATCH;
    }
    *ret_body = body;
    *ret_waitable = type->waitable != NULL ? type->waitable(body) : body;
    return STATUS_SUCCESS;
}

NTSTATUS
ZwWaitForSingleObject(HANDLE Handle, BOOLEAN Alertable, PLARGE_INTEGER Timeout)
{
    void *waitable;
    void *body;
    NTSTATUS status = waitable_by_handle(Handle, &body, &waitable);

    if (status == STATUS_SUCCESS) {
        status = KeWaitForSingleObject(waitable, UserRequest, KernelMode, Alertable, Timeout);
        ObDereferenceObject(body);
    }
    return status;
}

NTSTATUS
ZwWaitForMultipleObjects(ULONG Count, HANDLE Handles[], WAIT_TYPE WaitType, BOOLEAN Alertable,
                         PLARGE_INTEGER Timeout)
{
    KWAIT_BLOCK blocks[MAXIMUM_WAIT_OBJECTS];
    void *waitables[MAXIMUM_WAIT_OBJECTS];
    void *bodies[MAXIMUM_WAIT_OBJECTS];
    NTSTATUS status = STATUS_SUCCESS;
    ULONG found = 0;

    if (Count == 0 || Count > MAXIMUM_WAIT_OBJECTS) {
        return STATUS_INVALID_PARAMETER_1;
    }
    while (found < Count && status == STATUS_SUCCESS) {
        status = waitable_by_handle(Handles[found], &bodies[found], &waitables[found]);
        found += status == STATUS_SUCCESS ? 1 : 0;
    }
    if (status == STATUS_SUCCESS) {
        status = KeWaitForMultipleObjects(Count, waitables, WaitType, UserRequest, KernelMode,
                                          Alertable, Timeout, blocks);
    }
    while (found > 0) {
        ObDereferenceObject(bodies[--found]);
    }
    return status;
}

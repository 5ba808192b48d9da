/* SPDX-License-Identifier: MIT */
/*
 * Reference counting. Whoever holds a reference may touch the object; the last one to give his back
 * deletes it, at PASSIVE_LEVEL if the type asks for it. Misuse is REFERENCE_BY_POINTER.
 */
#include "nt/ob/ob_priv.h"

#include "base/log.h"
#include "nt/ex/ex.h"
#include "nt/ke/ke.h"
#include "sys/memory.h"

#define CALLER __builtin_return_address(0)

/* Objects whose last reference went above PASSIVE_LEVEL, and the work that deletes them. */
static struct {
    struct sys_lock lock;
    struct ob_header *head; /* Guarded by lock. */
    bool queued;            /* Guarded by lock. */
    struct ex_work work;
} dying;

static struct ob_type *const counted_types[] = {&ob_directory_type, &ob_symbolic_link_type};

static void delete_dying(struct ex_work *work);

NTSTATUS
ob_init(void)
{
    dying.head = NULL;
    dying.queued = false;
    dying.lock = SYS_LOCK_INIT;
    dying.work.run = delete_dying;
    ob_handles_init();
    return ob_names_init();
}

void
ob_fini(void)
{
    ob_handles_fini();
    ob_names_fini();
    for (size_t i = 0; i < sizeof(counted_types) / sizeof(counted_types[0]); i++) {
        uint32_t count = atomic_load_u32(&counted_types[i]->count);

        if (count != 0) {
            base_log(BASE_LOG_WARN, "nt", "%u objects of type %s are left", count,
                     counted_types[i]->name);
        }
    }
}

NTSTATUS
ob_create(struct ob_type *type, size_t size, void **ret_body)
{
    struct ob_header *header = sys_alloc_zeroed(sizeof(*header) + size);

    if (header == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    header->type = type;
    header->references = 1;
    header->magic = OB_MAGIC_LIVE;
    atomic_fetch_add_u32(&type->count, 1);
    *ret_body = ob_body_of(header);
    return STATUS_SUCCESS;
}

bool
ob_is_object(const void *body)
{
    const struct ob_header *header = ob_header_of(body);

    return body != NULL && ((uintptr_t)body & 15) == 0 && header->magic == OB_MAGIC_LIVE;
}

struct ob_header *
ob_header_checked(const void *body, const void *caller)
{
    if (__builtin_expect(!ob_is_object(body), 0)) {
        ke_bugcheck(REFERENCE_BY_POINTER, 0, (ULONG_PTR)body, 0, 0, NULL, caller);
    }
    return ob_header_of(body);
}

struct ob_type *
ob_type_of(const void *body)
{
    return ob_header_checked(body, CALLER)->type;
}

uint32_t
ob_reference_count(const void *body)
{
    return atomic_load_u32(&ob_header_checked(body, CALLER)->references);
}

bool
ob_reference_if_live(struct ob_header *header)
{
    uint32_t references = atomic_load_u32(&header->references);

    while (references != 0) {
        if (atomic_cas_u32(&header->references, &references, references + 1)) {
            return true;
        }
    }
    return false;
}

static LONG_PTR
reference(PVOID body, const void *caller)
{
    struct ob_header *header = ob_header_checked(body, caller);
    uint32_t before = atomic_fetch_add_u32(&header->references, 1);

    if (__builtin_expect(before == 0, 0)) {
        ke_bugcheck(REFERENCE_BY_POINTER, (ULONG_PTR)header->type, (ULONG_PTR)body, 1, 0, NULL,
                    caller);
    }
    return (LONG_PTR)before + 1;
}

static void
destroy(struct ob_header *header)
{
    struct ob_type *type = header->type;

    ob_remove_name(ob_body_of(header));
    if (type->delete_object != NULL) {
        type->delete_object(ob_body_of(header));
    }
    header->magic = OB_MAGIC_DEAD;
    sys_free(header);
    atomic_fetch_sub_u32(&type->count, 1);
}

static void
delete_dying(struct ex_work *work)
{
    for (;;) {
        struct ob_header *header;

        sys_lock_acquire(&dying.lock);
        header = dying.head;
        if (header == NULL) {
            dying.queued = false;
            sys_lock_release(&dying.lock);
            return;
        }
        dying.head = header->dying_next;
        sys_lock_release(&dying.lock);
        destroy(header);
    }
}

static void
destroy_later(struct ob_header *header)
{
    bool queue;

    sys_lock_acquire(&dying.lock);
    header->dying_next = dying.head;
    dying.head = header;
    queue = !dying.queued;
    dying.queued = true;
    sys_lock_release(&dying.lock);
    if (queue) {
        ex_work_queue_insert(&dying.work);
    }
}

static LONG_PTR
dereference(PVOID body, bool later, const void *caller)
{
    struct ob_header *header = ob_header_checked(body, caller);
    struct ob_type *type = header->type;
    uint32_t before = atomic_fetch_sub_u32(&header->references, 1);

    if (__builtin_expect(before == 0, 0)) {
        ke_bugcheck(REFERENCE_BY_POINTER, (ULONG_PTR)type, (ULONG_PTR)body, 2, 0, NULL, caller);
    }
    if (before == 1) {
        if (type->delete_at_passive && (later || KeGetCurrentIrql() > PASSIVE_LEVEL)) {
            destroy_later(header);
        } else {
            destroy(header);
        }
    }
    return (LONG_PTR)before - 1;
}

/* The documented names that are macros over the exported ones get a body as well. */
#undef ObReferenceObject
#undef ObDereferenceObject
#undef ObReferenceObjectWithTag
#undef ObDereferenceObjectWithTag
#undef ObDereferenceObjectDeferDelete
#undef ObDereferenceObjectDeferDeleteWithTag

LONG_PTR
ObfReferenceObject(PVOID Object)
{
    return reference(Object, CALLER);
}

LONG_PTR
ObfDereferenceObject(PVOID Object)
{
    return dereference(Object, false, CALLER);
}

LONG_PTR
ObfReferenceObjectWithTag(PVOID Object, ULONG Tag)
{
    return reference(Object, CALLER);
}

LONG_PTR
ObfDereferenceObjectWithTag(PVOID Object, ULONG Tag)
{
    return dereference(Object, false, CALLER);
}

VOID
ObDereferenceObjectDeferDelete(PVOID Object)
{
    dereference(Object, true, CALLER);
}

VOID
ObDereferenceObjectDeferDeleteWithTag(PVOID Object, ULONG Tag)
{
    dereference(Object, true, CALLER);
}

NTSTATUS
ObReferenceObjectByPointer(PVOID Object, ACCESS_MASK DesiredAccess, POBJECT_TYPE ObjectType,
                           KPROCESSOR_MODE AccessMode)
{
    struct ob_header *header = ob_header_checked(Object, CALLER);

    if (ObjectType != NULL && header->type != (void *)ObjectType) {
        return STATUS_OBJECT_TYPE_MISMATCH;
    }
    reference(Object, CALLER);
    return STATUS_SUCCESS;
}

NTSTATUS
ObReferenceObjectByPointerWithTag(PVOID Object, ACCESS_MASK DesiredAccess, POBJECT_TYPE ObjectType,
                                  KPROCESSOR_MODE AccessMode, ULONG Tag)
{
    return ObReferenceObjectByPointer(Object, DesiredAccess, ObjectType, AccessMode);
}

/* SPDX-License-Identifier: MIT */
/*
 * Callback objects. Registered functions are called without a lock. Unregistering waits until no
 * call of the function is under way; a function that unregisters itself is not waited for.
 */
#include "nt/ex/ex_priv.h"

#include "nt/ke/ke.h"
#include "nt/ob/ob.h"
#include "sys/memory.h"
#include "sys/wait.h"

struct callback {
    struct sys_lock lock;
    struct list registrations; /* Guarded by lock. */
    bool allow_multiple;
};

struct registration {
    struct list link;
    struct callback *callback;
    PCALLBACK_FUNCTION function;
    PVOID context;
    uint32_t references; /* 1 for being registered, 1 for each call; guarded by the lock. */
    uint32_t ended;      /* Set and woken when the last reference went. */
    PKTHREAD caller;     /* The thread that calls it; the last, if several. */
    bool removed;
    bool nobody_waits; /* Who drops the last reference frees it. */
};

struct ob_type ex_callback_type = {.name = "Callback", .not_waitable = true};

NTSTATUS
ExCreateCallback(PCALLBACK_OBJECT *CallbackObject, POBJECT_ATTRIBUTES ObjectAttributes,
                 BOOLEAN Create, BOOLEAN AllowMultipleCallbacks)
{
    struct callback *callback;
    void *body;
    NTSTATUS status;

    ke_irql_check(APC_LEVEL, __builtin_return_address(0));
    /* "Unnamed callback objects are not permitted." */
    if (ObjectAttributes == NULL || ObjectAttributes->ObjectName == NULL ||
        ObjectAttributes->ObjectName->Length == 0) {
        return STATUS_UNSUCCESSFUL;
    }
    status = ob_lookup(ObjectAttributes->ObjectName, &ex_callback_type, &body, NULL, NULL);
    if (status == STATUS_SUCCESS || !Create) {
        *CallbackObject = status == STATUS_SUCCESS ? body : NULL;
        return status;
    }
    status = ob_create(&ex_callback_type, sizeof(*callback), &body);
    if (status != STATUS_SUCCESS) {
        return status;
    }
    callback = body;
    list_init(&callback->registrations);
    callback->allow_multiple = AllowMultipleCallbacks;
    status = ob_insert_name(ObjectAttributes->ObjectName, body);
    if (status != STATUS_SUCCESS) {
        ObDereferenceObject(body);
        return status;
    }
    *CallbackObject = body;
    return STATUS_SUCCESS;
}

PVOID
ExRegisterCallback(PCALLBACK_OBJECT CallbackObject, PCALLBACK_FUNCTION CallbackFunction,
                   PVOID CallbackContext)
{
    struct callback *callback = (struct callback *)(void *)CallbackObject;
    struct registration *registration = sys_alloc_zeroed(sizeof(*registration));

    if (registration == NULL) {
        return NULL;
    }
    registration->callback = callback;
    registration->function = CallbackFunction;
    registration->context = CallbackContext;
    registration->references = 1;
    ObReferenceObject(CallbackObject);
    sys_lock_acquire(&callback->lock);
    if (!callback->allow_multiple && !list_empty(&callback->registrations)) {
        sys_lock_release(&callback->lock);
        ObDereferenceObject(CallbackObject);
        sys_free(registration);
        return NULL;
    }
    list_push_back(&callback->registrations, &registration->link);
    sys_lock_release(&callback->lock);
    return registration;
}

/* The lock is held and given back. The last reference takes the registration out of the list. */
static void
unref_and_unlock(struct registration *registration)
{
    struct callback *callback = registration->callback;
    bool nobody_waits = registration->nobody_waits;
    uint32_t *ended = &registration->ended;

    if (--registration->references != 0) {
        sys_lock_release(&callback->lock);
        return;
    }
    list_remove(&registration->link);
    if (!nobody_waits) {
        atomic_store_u32(ended, 1);
    }
    sys_lock_release(&callback->lock);
    if (nobody_waits) {
        ObDereferenceObject(callback);
        sys_free(registration);
    } else {
        sys_wake(ended, 1);
    }
}

VOID
ExUnregisterCallback(PVOID CallbackRegistration)
{
    struct registration *registration = CallbackRegistration;
    struct callback *callback = registration->callback;
    bool myself;

    ke_irql_check(APC_LEVEL, __builtin_return_address(0));
    sys_lock_acquire(&callback->lock);
    registration->removed = true;
    myself = registration->references > 1 && registration->caller == KeGetCurrentThread();
    registration->nobody_waits = myself;
    unref_and_unlock(registration);
    if (myself) {
        return;
    }
    while (atomic_load_u32(&registration->ended) == 0) {
        sys_wait(&registration->ended, 0, SYS_FOREVER);
    }
    /* Who set it may still hold the lock. */
    sys_lock_acquire(&callback->lock);
    sys_lock_release(&callback->lock);
    ObDereferenceObject(callback);
    sys_free(registration);
}

/* The next one that is registered, referenced; NULL at the end. The lock is held. */
static struct registration *
next_locked(struct callback *callback, struct registration *current)
{
    struct list *link = current != NULL ? current->link.next : callback->registrations.next;

    for (; link != &callback->registrations; link = link->next) {
        struct registration *next = container_of(link, struct registration, link);

        if (!next->removed) {
            next->references++;
            next->caller = KeGetCurrentThread();
            return next;
        }
    }
    return NULL;
}

VOID
ExNotifyCallback(PVOID CallbackObject, PVOID Argument1, PVOID Argument2)
{
    struct callback *callback = CallbackObject;
    struct registration *current;

    ObReferenceObject(CallbackObject);
    sys_lock_acquire(&callback->lock);
    current = next_locked(callback, NULL);
    sys_lock_release(&callback->lock);
    while (current != NULL) {
        struct registration *next;

        current->function(current->context, Argument1, Argument2);
        sys_lock_acquire(&callback->lock);
        next = next_locked(callback, current);
        unref_and_unlock(current);
        current = next;
    }
    ObDereferenceObject(CallbackObject);
}

/* SPDX-License-Identifier: MIT */
/* Events behind handles. */
#include "nt/ex/ex_priv.h"

#include "nt/ke/ke.h"
#include "nt/ob/ob.h"

struct ob_type ex_event_type = {.name = "Event"};
struct ob_type ex_semaphore_type = {.name = "Semaphore"};

static POBJECT_TYPE event_type_handle = (POBJECT_TYPE)(void *)&ex_event_type;
static POBJECT_TYPE semaphore_type_handle = (POBJECT_TYPE)(void *)&ex_semaphore_type;
POBJECT_TYPE *ExEventObjectType = &event_type_handle;
POBJECT_TYPE *ExSemaphoreObjectType = &semaphore_type_handle;

static NTSTATUS
open_existing(POBJECT_ATTRIBUTES attributes, ACCESS_MASK access, PHANDLE ret_handle)
{
    void *body;
    NTSTATUS status = ob_lookup(attributes->ObjectName, &ex_event_type, &body, NULL, NULL);

    if (status != STATUS_SUCCESS) {
        return status;
    }
    status = ob_open_handle(body, access, ret_handle);
    ObDereferenceObject(body);
    return status;
}

/* STATUS_OBJECT_NAME_EXISTS, a success: the event was there, and OBJ_OPENIF asked to open it. */
NTSTATUS
ZwCreateEvent(PHANDLE EventHandle, ACCESS_MASK DesiredAccess, POBJECT_ATTRIBUTES ObjectAttributes,
              EVENT_TYPE EventType, BOOLEAN InitialState)
{
    bool named = ObjectAttributes != NULL && ObjectAttributes->ObjectName != NULL &&
                 ObjectAttributes->ObjectName->Length != 0;
    void *body;
    NTSTATUS status;

    ke_irql_check(PASSIVE_LEVEL, __builtin_return_address(0));
    if (EventType != NotificationEvent && EventType != SynchronizationEvent) {
        return STATUS_INVALID_PARAMETER;
    }
    status = ob_create(&ex_event_type, sizeof(KEVENT), &body);
    if (status != STATUS_SUCCESS) {
        return status;
    }
    KeInitializeEvent(body, EventType, InitialState);
    if (named) {
        status = ob_insert_name(ObjectAttributes->ObjectName, body);
    }
    if (status == STATUS_SUCCESS) {
        status = ob_open_handle(body, DesiredAccess, EventHandle);
    } else if (status == STATUS_OBJECT_NAME_COLLISION &&
               (ObjectAttributes->Attributes & OBJ_OPENIF)) {
        status = open_existing(ObjectAttributes, DesiredAccess, EventHandle);
        status = status == STATUS_SUCCESS ? STATUS_OBJECT_NAME_EXISTS : status;
    }
    ObDereferenceObject(body);
    return status;
}

NTSTATUS
ZwOpenEvent(PHANDLE EventHandle, ACCESS_MASK DesiredAccess, POBJECT_ATTRIBUTES ObjectAttributes)
{
    if (ObjectAttributes == NULL || ObjectAttributes->ObjectName == NULL) {
        return STATUS_INVALID_PARAMETER;
    }
    return open_existing(ObjectAttributes, DesiredAccess, EventHandle);
}

static NTSTATUS
change(HANDLE handle, LONG (*act)(PRKEVENT event), PLONG previous)
{
    PVOID event;
    LONG state;
    NTSTATUS status = ObReferenceObjectByHandle(handle, EVENT_MODIFY_STATE, *ExEventObjectType,
                                                KernelMode, &event, NULL);

    if (status != STATUS_SUCCESS) {
        return status;
    }
    state = act(event);
    if (previous != NULL) {
        *previous = state;
    }
    ObDereferenceObject(event);
    return STATUS_SUCCESS;
}

static LONG
set(PRKEVENT event)
{
    return KeSetEvent(event, EVENT_INCREMENT, FALSE);
}

NTSTATUS
ZwSetEvent(HANDLE EventHandle, PLONG PreviousState)
{
    return change(EventHandle, set, PreviousState);
}

NTSTATUS
ZwResetEvent(HANDLE EventHandle, PLONG PreviousState)
{
    return change(EventHandle, KeResetEvent, PreviousState);
}

NTSTATUS
ZwClearEvent(HANDLE EventHandle)
{
    return change(EventHandle, KeResetEvent, NULL);
}

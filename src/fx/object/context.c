/* SPDX-License-Identifier: MIT */
/*
 * Object attributes and typed contexts.
 *
 * An object's contexts form a list that only grows: readers need no lock. The first one usually
 * lies behind the object in the same allocation. A context without a type carries only the two
 * callbacks.
 */
#include "fx/object/object.h"

#include <string.h>

#include "fx/core/callback.h"
#include "fx/core/driver.h"
#include "fx/core/lock.h"
#include "fx/object/object_priv.h"
#include "fx_imports.h"
#include "sys/memory.h"

/*
 * The address that identifies the type in the whole driver; NULL when the information is damaged.
 */
static PCWDF_OBJECT_CONTEXT_TYPE_INFO
unique_type(PCWDF_OBJECT_CONTEXT_TYPE_INFO type)
{
    if (type->UniqueType == NULL && type->EvtDriverGetUniqueContextType != NULL) {
        return type->EvtDriverGetUniqueContextType();
    }
    return type->UniqueType;
}

static size_t
body_size(const WDF_OBJECT_ATTRIBUTES *attributes)
{
    if (attributes->ContextTypeInfo == NULL) {
        return 0;
    }
    return attributes->ContextSizeOverride != 0 ? attributes->ContextSizeOverride
                                                : attributes->ContextTypeInfo->ContextSize;
}

static NTSTATUS
check_context_type(struct fx_globals *globals, const WDF_OBJECT_ATTRIBUTES *attributes)
{
    PCWDF_OBJECT_CONTEXT_TYPE_INFO type = attributes->ContextTypeInfo;

    if (type == NULL) {
        if (attributes->ContextSizeOverride != 0) {
            fx_log(globals, "ContextSizeOverride %p is given without ContextTypeInfo",
                   (void *)attributes->ContextSizeOverride);
            return STATUS_WDF_OBJECT_ATTRIBUTES_INVALID;
        }
        return STATUS_SUCCESS;
    }
    if (type->Size != sizeof(*type)) {
        fx_log(globals, "WDF_OBJECT_CONTEXT_TYPE_INFO.Size is %u, not %u", type->Size,
               (unsigned)sizeof(*type));
        return STATUS_INFO_LENGTH_MISMATCH;
    }
    if (type->ContextName == NULL || unique_type(type) == NULL) {
        fx_log(globals, "WDF_OBJECT_CONTEXT_TYPE_INFO %p has no name or no unique type", type);
        return STATUS_WDF_OBJECT_ATTRIBUTES_INVALID;
    }
    if (type->ContextSize == 0) {
        fx_log(globals, "the context type %s has size 0", type->ContextName);
        return STATUS_WDF_OBJECT_ATTRIBUTES_INVALID;
    }
    if (attributes->ContextSizeOverride != 0 &&
        attributes->ContextSizeOverride < type->ContextSize) {
        fx_log(globals, "ContextSizeOverride is smaller than %s", type->ContextName);
        return STATUS_WDF_OBJECT_ATTRIBUTES_INVALID;
    }
    return STATUS_SUCCESS;
}

static NTSTATUS
check_levels(const struct fx_class *class, struct fx_globals *globals,
             const WDF_OBJECT_ATTRIBUTES *attributes)
{
    WDF_EXECUTION_LEVEL level = attributes->ExecutionLevel;
    WDF_SYNCHRONIZATION_SCOPE scope = attributes->SynchronizationScope;

    if (level <= WdfExecutionLevelInvalid || level > WdfExecutionLevelDispatch) {
        fx_log(globals, "%s: ExecutionLevel %d does not exist", class->name, (int)level);
        return STATUS_WDF_OBJECT_ATTRIBUTES_INVALID;
    }
    if (scope <= WdfSynchronizationScopeInvalid || scope > WdfSynchronizationScopeNone) {
        fx_log(globals, "%s: SynchronizationScope %d does not exist", class->name, (int)scope);
        return STATUS_WDF_OBJECT_ATTRIBUTES_INVALID;
    }
    if (level != WdfExecutionLevelInheritFromParent && !class->execution_level) {
        fx_log(globals, "%s: an ExecutionLevel cannot be set for this type", class->name);
        return STATUS_WDF_EXECUTION_LEVEL_INVALID;
    }
    if (level == WdfExecutionLevelDispatch && globals->is_umdf) {
        fx_log(globals, "%s: WdfExecutionLevelDispatch is not available in UMDF", class->name);
        return STATUS_WDF_EXECUTION_LEVEL_INVALID;
    }
    if (scope != WdfSynchronizationScopeInheritFromParent && !class->sync_scope) {
        fx_log(globals, "%s: a SynchronizationScope cannot be set for this type", class->name);
        return STATUS_WDF_SYNCHRONIZATION_SCOPE_INVALID;
    }
    return STATUS_SUCCESS;
}

NTSTATUS
fx_attributes_check(const struct fx_class *class, struct fx_globals *globals,
                    const WDF_OBJECT_ATTRIBUTES *attributes)
{
    NTSTATUS status;

    if (attributes == NULL) {
        return class->parent_rule == FX_PARENT_REQUIRED ? STATUS_WDF_PARENT_NOT_SPECIFIED
                                                        : STATUS_SUCCESS;
    }
    if (attributes->Size != sizeof(*attributes)) {
        fx_log(globals, "%s: WDF_OBJECT_ATTRIBUTES.Size is %u, not %u", class->name,
               attributes->Size, (unsigned)sizeof(*attributes));
        return STATUS_INFO_LENGTH_MISMATCH;
    }
    status = check_context_type(globals, attributes);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    if (attributes->ParentObject == NULL && class->parent_rule == FX_PARENT_REQUIRED) {
        fx_log(globals, "%s: ParentObject must be given", class->name);
        return STATUS_WDF_PARENT_NOT_SPECIFIED;
    }
    if (attributes->ParentObject != NULL && class->parent_rule == FX_PARENT_NOT_ALLOWED) {
        fx_log(globals, "%s: ParentObject must not be given", class->name);
        return STATUS_WDF_PARENT_ASSIGNMENT_NOT_ALLOWED;
    }
    return check_levels(class, globals, attributes);
}

struct fx_object *
fx_attributes_parent(struct fx_globals *globals, const WDF_OBJECT_ATTRIBUTES *attributes,
                     struct fx_object *default_parent)
{
    if (attributes != NULL && attributes->ParentObject != NULL) {
        return fx_handle_get(&globals->public, attributes->ParentObject, FX_TYPE_OBJECT);
    }
    if (default_parent != NULL) {
        return default_parent;
    }
    return globals->driver != NULL ? &globals->driver->object : NULL;
}

/* --- Contexts -------------------------------------------------------------------------------- */

size_t
fx_context_space(const WDF_OBJECT_ATTRIBUTES *attributes)
{
    size_t size;

    if (attributes == NULL ||
        (attributes->ContextTypeInfo == NULL && attributes->EvtCleanupCallback == NULL &&
         attributes->EvtDestroyCallback == NULL)) {
        return 0;
    }
    size = body_size(attributes);
    if (size > SIZE_MAX / 2) {
        return SIZE_MAX / 2; /* Too big for any allocation: the caller's refusal. */
    }
    return (sizeof(struct fx_context) + size + 15) & ~(size_t)15;
}

/* The memory is zeroed. */
static void
fill_context(struct fx_context *context, struct fx_object *object,
             const WDF_OBJECT_ATTRIBUTES *attributes, bool separate)
{
    context->type =
        attributes->ContextTypeInfo == NULL ? NULL : unique_type(attributes->ContextTypeInfo);
    context->object = object;
    context->cleanup = attributes->EvtCleanupCallback;
    context->destroy = attributes->EvtDestroyCallback;
    context->magic = FX_CONTEXT_MAGIC;
    context->separate = separate;
}

void
fx_context_init_first(struct fx_object *object, const WDF_OBJECT_ATTRIBUTES *attributes,
                      void *space)
{
    struct fx_context *context = space;

    memset(space, 0, fx_context_space(attributes));
    fill_context(context, object, attributes, false);
    if (context->cleanup != NULL || context->destroy != NULL) {
        object->flags |= FX_OBJECT_CALLBACKS;
    }
    object->contexts = context;
}

static struct fx_context *
find_context(const struct fx_object *object, PCWDF_OBJECT_CONTEXT_TYPE_INFO type)
{
    struct fx_context *context =
        atomic_load_ptr((const base_pointer *)(const void *)&object->contexts);

    while (context != NULL && context->type != type) {
        context = atomic_load_ptr((const base_pointer *)(const void *)&context->next);
    }
    return context;
}

void *
fx_context_find_slow(const struct fx_object *object, PCWDF_OBJECT_CONTEXT_TYPE_INFO type)
{
    struct fx_context *context = type == NULL ? NULL : find_context(object, type);

    return context == NULL ? NULL : context->body;
}

/* Appends, unless the type is there already or the object is going. */
static NTSTATUS
add_context(struct fx_object *object, struct fx_context *added, struct fx_context **ret_existing)
{
    base_pointer *place = (base_pointer *)(void *)&object->contexts;
    NTSTATUS status = STATUS_SUCCESS;

    fx_lock(&object->lock);
    if (fx_object_is_deleting(object)) {
        status = STATUS_DELETE_PENDING;
    } else {
        while (*place != NULL) {
            struct fx_context *context = *place;

            if (context->type == added->type) {
                *ret_existing = context;
                status = STATUS_OBJECT_NAME_EXISTS;
                break;
            }
            place = (base_pointer *)(void *)&context->next;
        }
    }
    if (status == STATUS_SUCCESS) {
        object->flags |= FX_OBJECT_MORE;
        if (added->cleanup != NULL || added->destroy != NULL) {
            object->flags |= FX_OBJECT_CALLBACKS;
        }
        atomic_store_ptr(place, added);
    }
    fx_unlock(&object->lock);
    return status;
}

NTSTATUS
imp_WdfObjectAllocateContext(PWDF_DRIVER_GLOBALS DriverGlobals, WDFOBJECT Handle,
                             PWDF_OBJECT_ATTRIBUTES ContextAttributes, PVOID *Context)
{
    struct fx_globals *globals = fx_globals_of(DriverGlobals);
    struct fx_object *object = fx_handle_get(DriverGlobals, Handle, FX_TYPE_OBJECT);
    struct fx_context *existing = NULL;
    struct fx_context *context;
    size_t space;
    NTSTATUS status;

    fx_require(DriverGlobals, ContextAttributes);
    if (ContextAttributes->Size != sizeof(*ContextAttributes)) {
        return STATUS_INFO_LENGTH_MISMATCH;
    }
    if (ContextAttributes->ParentObject != NULL) {
        fx_log(globals, "WdfObjectAllocateContext: a context has no parent of its own");
        return STATUS_WDF_PARENT_ASSIGNMENT_NOT_ALLOWED;
    }
    if (ContextAttributes->ContextTypeInfo == NULL) {
        fx_log(globals, "WdfObjectAllocateContext: ContextTypeInfo is missing");
        return STATUS_OBJECT_NAME_INVALID;
    }
    status = check_context_type(globals, ContextAttributes);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    space = fx_context_space(ContextAttributes);
    context = space > SIZE_MAX / 4 ? NULL : sys_alloc_zeroed(space);
    if (context == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    fill_context(context, object, ContextAttributes, true);
    status = add_context(object, context, &existing);
    if (status != STATUS_SUCCESS) {
        sys_free(context);
        context = existing;
    }
    if (Context != NULL && context != NULL) {
        *Context = context->body;
    }
    return status;
}

PVOID
imp_WdfObjectGetTypedContextWorker(PWDF_DRIVER_GLOBALS DriverGlobals, WDFOBJECT Handle,
                                   PCWDF_OBJECT_CONTEXT_TYPE_INFO TypeInfo)
{
    struct fx_object *object = fx_handle_get(DriverGlobals, Handle, FX_TYPE_OBJECT);

    return fx_context_find(object, TypeInfo);
}

WDFOBJECT
imp_WdfObjectContextGetObject(PWDF_DRIVER_GLOBALS DriverGlobals, PVOID ContextPointer)
{
    struct fx_context *context;

    fx_require(DriverGlobals, ContextPointer);
    context = container_of(ContextPointer, struct fx_context, body);
    if (context->magic != FX_CONTEXT_MAGIC) {
        fx_bugcheck(fx_globals_of(DriverGlobals), WDF_INVALID_HANDLE, (ULONG_PTR)ContextPointer, 0,
                    0, "WdfObjectContextGetObject: %p is no object context", ContextPointer);
    }
    return fx_object_handle(context->object);
}

/* --- Called by the object's life ------------------------------------------------------------- */

void
fx_contexts_run_cleanup(struct fx_object *object)
{
    struct fx_context *context;

    if ((object->flags & FX_OBJECT_CONSTRUCTING) != 0) {
        return;
    }
    for (context = object->contexts; context != NULL; context = context->next) {
        if (context->cleanup != NULL) {
            KIRQL irql = fx_callback_begin();

            context->cleanup(fx_object_handle(object));
            fx_callback_end(object->globals, irql, (const void *)context->cleanup);
        }
    }
}

void
fx_contexts_run_destroy(struct fx_object *object)
{
    struct fx_context *context;

    if ((object->flags & FX_OBJECT_CONSTRUCTING) != 0) {
        return;
    }
    for (context = object->contexts; context != NULL; context = context->next) {
        if (context->destroy != NULL) {
            KIRQL irql = fx_callback_begin();

            context->destroy(fx_object_handle(object));
            fx_callback_end(object->globals, irql, (const void *)context->destroy);
        }
    }
}

void
fx_contexts_free(struct fx_object *object)
{
    struct fx_context *context = object->contexts;

    while (context != NULL) {
        struct fx_context *next = context->next;

        context->magic = FX_CONTEXT_POISON;
        if (context->separate) {
            sys_free(context);
        }
        context = next;
    }
    object->contexts = NULL;
}

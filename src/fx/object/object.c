/* SPDX-License-Identifier: MIT */
/*
 * The life of framework objects. The rules and the locks are in object.h.
 *
 * A deletion is three walks over the subtree, none of which recurses and none of which waits:
 *   walk_down   marks every object Disposing that nobody else deletes already; clean_up    an
 *   object whose children are all disposed is stopped and cleaned up, then perhaps its
 *               parent;
 *   release     drops the creation references, once the root of the deletion is cleaned up.
 */
#include "fx/object/object.h"

#include "base/assert.h"
#include "fx/core/callback.h"
#include "fx/core/driver.h"
#include "fx/core/lock.h"
#include "fx/object/object_priv.h"
#include "sys/memory.h"
#include "sys/wait.h"

static const char *const type_names[FX_TYPE_COUNT] = {
    [FX_TYPE_OBJECT] = "WDFOBJECT",
    [FX_TYPE_DRIVER] = "WDFDRIVER",
    [FX_TYPE_DEVICE] = "WDFDEVICE",
    [FX_TYPE_QUEUE] = "WDFQUEUE",
    [FX_TYPE_REQUEST] = "WDFREQUEST",
    [FX_TYPE_FILEOBJECT] = "WDFFILEOBJECT",
    [FX_TYPE_MEMORY] = "WDFMEMORY",
    [FX_TYPE_LOOKASIDE] = "WDFLOOKASIDE",
    [FX_TYPE_IOTARGET] = "WDFIOTARGET",
    [FX_TYPE_TIMER] = "WDFTIMER",
    [FX_TYPE_DPC] = "WDFDPC",
    [FX_TYPE_WORKITEM] = "WDFWORKITEM",
    [FX_TYPE_INTERRUPT] = "WDFINTERRUPT",
    [FX_TYPE_SPINLOCK] = "WDFSPINLOCK",
    [FX_TYPE_WAITLOCK] = "WDFWAITLOCK",
    [FX_TYPE_STRING] = "WDFSTRING",
    [FX_TYPE_COLLECTION] = "WDFCOLLECTION",
    [FX_TYPE_KEY] = "WDFKEY",
    [FX_TYPE_CHILDLIST] = "WDFCHILDLIST",
    [FX_TYPE_IORESREQLIST] = "WDFIORESREQLIST",
    [FX_TYPE_IORESLIST] = "WDFIORESLIST",
    [FX_TYPE_CMRESLIST] = "WDFCMRESLIST",
    [FX_TYPE_USBDEVICE] = "WDFUSBDEVICE",
    [FX_TYPE_USBINTERFACE] = "WDFUSBINTERFACE",
    [FX_TYPE_USBPIPE] = "WDFUSBPIPE",
    [FX_TYPE_WMIPROVIDER] = "WDFWMIPROVIDER",
    [FX_TYPE_WMIINSTANCE] = "WDFWMIINSTANCE",
    [FX_TYPE_DMAENABLER] = "WDFDMAENABLER",
    [FX_TYPE_DMATRANSACTION] = "WDFDMATRANSACTION",
    [FX_TYPE_COMMONBUFFER] = "WDFCOMMONBUFFER",
    [FX_TYPE_COMPANIONTARGET] = "WDFCOMPANIONTARGET",
};

const char *
fx_type_name(enum fx_type type)
{
    return (unsigned)type < FX_TYPE_COUNT ? type_names[type] : "unknown";
}

static bool
cas_state(struct fx_object *object, enum fx_object_state from, enum fx_object_state to)
{
    uint32_t expected = from;

    return atomic_cas_u32(&object->state, &expected, to);
}

/* --- Handles --------------------------------------------------------------------------------- */

static uint32_t handle_numbers; /* Atomic. */

uintptr_t
fx_handle_number(void)
{
    return atomic_fetch_add_u32(&handle_numbers, 1) & ((1u << FX_HANDLE_NUMBER_BITS) - 1);
}

/* --- Making ---------------------------------------------------------------------------------- */

NTSTATUS
fx_object_set_parent(struct fx_object *child, struct fx_object *parent)
{
    NTSTATUS status = STATUS_SUCCESS;

    if (child == parent) {
        return STATUS_WDF_PARENT_IS_SELF;
    }
    if (child->parent != NULL) {
        return STATUS_WDF_PARENT_ALREADY_ASSIGNED;
    }
    fx_lock(&parent->lock);
    if (!fx_object_is_deleting(parent)) {
        child->parent = parent;
        list_push_front(&parent->children, &child->sibling);
        parent->child_count++;
    } else {
        status = STATUS_DELETE_PENDING;
    }
    fx_unlock(&parent->lock);
    return status;
}

NTSTATUS
fx_object_set_parent_of_new(struct fx_object *child, struct fx_object *parent)
{
    child->flags |= FX_OBJECT_CONSTRUCTING;
    atomic_store_relaxed_u32(&child->state, FX_OBJECT_NEW);
    return fx_object_set_parent(child, parent);
}

void
fx_object_list(struct fx_object *object)
{
    struct fx_globals *globals = object->globals;

    object->flags |= FX_OBJECT_LISTED;
    fx_lock(&globals->lock);
    list_push_back(&globals->objects, &object->listed);
    globals->object_count++;
    fx_unlock(&globals->lock);
}

static void
unlist(struct fx_object *object)
{
    struct fx_globals *globals = object->globals;

    if ((object->flags & FX_OBJECT_LISTED) == 0) {
        return;
    }
    fx_lock(&globals->lock);
    list_remove(&object->listed);
    globals->object_count--;
    fx_unlock(&globals->lock);
}

/* Inherited attributes become values, so that nobody walks the parents later. */
static void
resolve_attributes(struct fx_object *object, const WDF_OBJECT_ATTRIBUTES *attributes,
                   const struct fx_object *parent)
{
    const struct fx_class *class = object->class;
    WDF_EXECUTION_LEVEL level = WdfExecutionLevelInheritFromParent;
    WDF_SYNCHRONIZATION_SCOPE scope = WdfSynchronizationScopeInheritFromParent;

    if (attributes != NULL) {
        level = attributes->ExecutionLevel;
        scope = attributes->SynchronizationScope;
    }
    if (level == WdfExecutionLevelInheritFromParent) {
        if (parent != NULL) {
            level = parent->execution_level;
        } else {
            level = object->globals->is_umdf ? WdfExecutionLevelPassive : WdfExecutionLevelDispatch;
        }
    }
    if (scope == WdfSynchronizationScopeInheritFromParent) {
        scope = parent != NULL ? parent->sync_scope : WdfSynchronizationScopeNone;
    }
    object->execution_level = (uint8_t)level;
    object->sync_scope = (uint8_t)scope;
    if (class->execution_level && level == WdfExecutionLevelPassive) {
        object->flags |= FX_OBJECT_PASSIVE;
    }
}

NTSTATUS
fx_object_create(const struct fx_class *class, struct fx_globals *globals,
                 const WDF_OBJECT_ATTRIBUTES *attributes, struct fx_object *default_parent,
                 size_t extra_size, void *ret_object)
{
    struct fx_object *parent;
    struct fx_object *object;
    size_t own_size;
    size_t context_size;
    NTSTATUS status = fx_attributes_check(class, globals, attributes);

    if (!NT_SUCCESS(status)) {
        return status;
    }
    parent = fx_attributes_parent(globals, attributes, default_parent);
    if (parent == NULL && class->type != FX_TYPE_DRIVER) {
        fx_log(globals, "a %s cannot be created before WdfDriverCreate", class->name);
        return STATUS_WDF_PARENT_NOT_SPECIFIED;
    }
    context_size = fx_context_space(attributes);
    if (__builtin_add_overflow(class->size, extra_size, &own_size) || own_size > SIZE_MAX / 2 ||
        context_size > SIZE_MAX / 2 - 16) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    own_size = (own_size + 15) & ~(size_t)15;
    object = sys_alloc_zeroed(own_size + context_size);
    if (object == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    fx_object_init(object, class, globals);
    object->flags |= FX_OBJECT_CONSTRUCTING; /* Also without a parent. */
    atomic_store_relaxed_u32(&object->state, FX_OBJECT_NEW);
    resolve_attributes(object, attributes, parent);
    if (context_size != 0) {
        fx_context_init_first(object, attributes, (char *)object + own_size);
    }
    if (parent != NULL) {
        status = fx_object_set_parent_of_new(object, parent);
        if (!NT_SUCCESS(status)) {
            fx_log(globals, "a %s cannot be created: its parent, %s %p, is being deleted",
                   class->name, fx_type_name(parent->type), fx_object_handle(parent));
            fx_handle_end(object);
            sys_free(object);
            return status;
        }
    }
    fx_object_list(object);
    *(void **)ret_object = object;
    return STATUS_SUCCESS;
}

/*
 * A walk that deletes the parent passes by a new child. So whoever commits it looks whether that has
 * happened, under the parent's lock: the parent cannot go while it has an undisposed child, and
 * the walk sees the child either new, and then we see the parent dying, or alive.
 */
void *
fx_object_commit(struct fx_object *object)
{
    void *handle = fx_object_handle(object);
    struct fx_object *parent = object->parent;
    bool orphan;

    object->flags &= ~FX_OBJECT_CONSTRUCTING;
    if (parent == NULL) {
        atomic_store_u32(&object->state, FX_OBJECT_ALIVE);
        return handle;
    }
    fx_lock(&parent->lock);
    (void)atomic_xchg_u32(&object->state, FX_OBJECT_ALIVE);
    orphan = fx_object_is_deleting(parent);
    if (orphan) {
        fx_object_ref(object);
    }
    fx_unlock(&parent->lock);
    if (orphan) {
        (void)fx_object_delete(object);
        fx_object_unref(object);
    }
    return handle;
}

/* --- References ------------------------------------------------------------------------------ */

/* Nothing refers to the object any more. */
static void
destroy(struct fx_object *object)
{
    const struct fx_class *class = object->class;

    if ((object->flags & FX_OBJECT_CALLBACKS) != 0) {
        fx_contexts_run_destroy(object);
    }
    if (class->destroy != NULL) {
        class->destroy(object);
    }
    fx_tags_free(object);
    unlist(object);
    fx_handle_end(object);
    fx_contexts_free(object);
    if (class->free != NULL) {
        class->free(object);
    } else {
        sys_free(object);
    }
}

static bool
must_defer(const struct fx_object *object)
{
    return (object->flags & FX_OBJECT_PASSIVE) != 0 && KeGetCurrentIrql() != PASSIVE_LEVEL;
}

void
fx_object_last_unref(struct fx_object *object)
{
    if (atomic_load_u32(&object->state) != FX_OBJECT_RELEASED) {
        fx_bugcheck(object->globals, WDF_OBJECT_ERROR, (ULONG_PTR)fx_object_handle(object), 0, 0,
                    "the last reference of %s %p was dropped without WdfObjectDelete",
                    fx_type_name(object->type), fx_object_handle(object));
    }
    if (must_defer(object)) {
        fx_object_defer(object);
    } else {
        destroy(object);
    }
}

/* --- Deletion -------------------------------------------------------------------------------- */

/* Drops the creation references of a cleaned-up subtree, deepest first. */
static void
release(struct fx_object *root)
{
    struct fx_object *node = root;

    for (;;) {
        struct list *link = list_pop_front(&node->leaving);
        struct fx_object *parent;

        if (link != NULL) {
            node = container_of(link, struct fx_object, sibling);
            continue;
        }
        parent = node == root ? NULL : node->parent;
        atomic_store_u32(&node->state, FX_OBJECT_RELEASED);
        fx_object_unref(node);
        if (parent == NULL) {
            return;
        }
        node = parent;
    }
}

static void
signal_waiters(struct fx_disposal *waiter)
{
    while (waiter != NULL) {
        struct fx_disposal *next = waiter->next;
        uint32_t *word = &waiter->done;

        /* The waiter's frame may be gone after the store; the address is only a key then. */
        atomic_store_u32(word, 1);
        sys_wake(word, UINT32_MAX);
        waiter = next;
    }
}

/*
 * The clean-up of one object whose children are all disposed. Returns its parent when this was
 * the last child that the parent waited for.
 */
static struct fx_object *
clean_one(struct fx_object *object)
{
    const struct fx_class *class = object->class;
    struct fx_object *parent = object->parent;
    struct fx_object *next = NULL;
    struct fx_disposal *waiters;
    bool is_root = parent == NULL;

    if (class->dispose != NULL) {
        class->dispose(object);
    }
    if ((object->flags & FX_OBJECT_CALLBACKS) != 0) {
        fx_contexts_run_cleanup(object);
    }
    if (class->cleaned != NULL) {
        class->cleaned(object);
    }
    fx_lock(&object->lock);
    atomic_store_u32(&object->state, FX_OBJECT_DISPOSED);
    waiters = object->on_disposed;
    object->on_disposed = NULL;
    fx_unlock(&object->lock);

    if (parent != NULL) {
        fx_lock(&parent->lock);
        base_assert(parent->child_count > 0);
        parent->child_count--;
        if (!fx_object_is_deleting(parent)) {
            list_remove(&object->sibling);
            atomic_store_ptr((base_pointer *)&object->parent, NULL);
            is_root = true;
        } else if (parent->walked && parent->child_count == 0) {
            atomic_store_u32(&parent->state, FX_OBJECT_STOPPING);
            next = parent;
        }
        fx_unlock(&parent->lock);
    }
    if (is_root) {
        release(object);
    }
    signal_waiters(waiters);
    return next;
}

/* Goes on with an object in state Stopping or Cleaning, and upwards. */
static void
clean_up(struct fx_object *object)
{
    while (object != NULL) {
        if (must_defer(object)) {
            fx_object_defer(object);
            return;
        }
        if (atomic_load_u32(&object->state) == FX_OBJECT_STOPPING) {
            if (object->class->stop != NULL && !object->class->stop(object)) {
                return; /* fx_object_stopped goes on; perhaps it has already. */
            }
            atomic_store_u32(&object->state, FX_OBJECT_CLEANING);
        }
        object = clean_one(object);
    }
}

void
fx_object_stopped(struct fx_object *object)
{
    base_assert(atomic_load_u32(&object->state) == FX_OBJECT_STOPPING);
    atomic_store_u32(&object->state, FX_OBJECT_CLEANING);
    clean_up(object);
}

static void
tell_deleting(struct fx_object *object)
{
    if (object->class->deleting != NULL) {
        object->class->deleting(object);
    }
}

/*
 * Marks the subtree below `root`, which the caller has made Disposing. A parent that still has to
 * be walked is not cleaned up, however fast other threads finish its children: `walked` holds it.
 */
static void
walk_down(struct fx_object *root)
{
    struct fx_object *node = root;

    tell_deleting(node);
    for (;;) {
        struct fx_object *parent;
        struct list *link;
        bool ready = false;

        fx_lock(&node->lock);
        link = list_pop_front(&node->children);
        if (link != NULL) {
            list_push_back(&node->leaving, link);
        } else {
            node->walked = true;
            ready = node->child_count == 0;
            if (ready) {
                atomic_store_u32(&node->state, FX_OBJECT_STOPPING);
            }
        }
        parent = node == root ? NULL : node->parent;
        fx_unlock(&node->lock);

        if (link != NULL) {
            struct fx_object *child = container_of(link, struct fx_object, sibling);

            if (cas_state(child, FX_OBJECT_ALIVE, FX_OBJECT_DISPOSING)) {
                node = child;
                tell_deleting(node);
            }
            continue;
        }
        if (ready) {
            clean_up(node);
        }
        if (parent == NULL) {
            return;
        }
        node = parent;
    }
}

bool
fx_object_delete(struct fx_object *object)
{
    /* A new object is deleted by its maker, who gives up; nobody else knows it. */
    if (!cas_state(object, FX_OBJECT_ALIVE, FX_OBJECT_DISPOSING) &&
        !cas_state(object, FX_OBJECT_NEW, FX_OBJECT_DISPOSING)) {
        return false;
    }
    walk_down(object);
    return true;
}

void
fx_object_delete_and_wait(struct fx_object *object)
{
    struct fx_disposal disposal = {0};
    bool wait = false;

    base_assert(KeGetCurrentIrql() == PASSIVE_LEVEL);
    fx_object_ref(object);
    fx_lock(&object->lock);
    if (atomic_load_u32(&object->state) < FX_OBJECT_DISPOSED) {
        disposal.next = object->on_disposed;
        object->on_disposed = &disposal;
        wait = true;
    }
    fx_unlock(&object->lock);
    fx_object_delete(object);
    while (wait && atomic_load_u32(&disposal.done) == 0) {
        (void)sys_wait(&disposal.done, 0, SYS_FOREVER);
    }
    fx_object_unref(object);
}

/* --- Work deferred to PASSIVE_LEVEL ---------------------------------------------------------- */

void
fx_object_defer(struct fx_object *object)
{
    struct fx_globals *globals = object->globals;
    bool start;

    object->deferred = NULL;
    fx_lock(&globals->lock);
    if (globals->deferred_last != NULL) {
        globals->deferred_last->deferred = object;
    } else {
        globals->deferred_first = object;
    }
    globals->deferred_last = object;
    start = atomic_load_u32(&globals->deferred_active) == 0;
    if (start) {
        atomic_store_u32(&globals->deferred_active, 1);
    }
    fx_unlock(&globals->lock);
    if (start) {
        ex_work_queue_insert(&globals->deferred_work);
    }
}

/* The work item: goes on with whatever waits for PASSIVE_LEVEL. */
void
fx_object_run_deferred(struct ex_work *work)
{
    struct fx_globals *globals = container_of(work, struct fx_globals, deferred_work);

    for (;;) {
        struct fx_object *object;

        fx_lock(&globals->lock);
        object = globals->deferred_first;
        if (object == NULL) {
            atomic_store_u32(&globals->deferred_active, 0);
            fx_unlock(&globals->lock);
            sys_wake(&globals->deferred_active, UINT32_MAX);
            return;
        }
        globals->deferred_first = object->deferred;
        if (globals->deferred_first == NULL) {
            globals->deferred_last = NULL;
        }
        fx_unlock(&globals->lock);

        if (atomic_load_u32(&object->state) == FX_OBJECT_RELEASED) {
            destroy(object);
        } else {
            clean_up(object);
        }
    }
}

void
fx_object_flush_deferred(struct fx_globals *globals)
{
    base_assert(KeGetCurrentIrql() == PASSIVE_LEVEL);
    while (atomic_load_u32(&globals->deferred_active) != 0) {
        (void)sys_wait(&globals->deferred_active, 1, SYS_FOREVER);
    }
    /* The worker gives the lock back before it wakes: after this it touches nothing of ours. */
    fx_lock(&globals->lock);
    fx_unlock(&globals->lock);
}

/* --- Misuse and leaks ------------------------------------------------------------------------ */

void
fx_handle_invalid(PWDF_DRIVER_GLOBALS driver_globals, const void *handle, enum fx_type type,
                  const void *caller)
{
    struct fx_globals *globals = fx_globals_of(driver_globals);
    const char *gone = "";
    struct fx_glance glance;

    if (handle == NULL) {
        fx_bugcheck(globals, WDF_REQUIRED_PARAMETER_IS_NULL, 0, (ULONG_PTR)caller, 0,
                    "NULL was passed where a %s is required", fx_type_name(type));
    }
    if ((intptr_t)handle >= 0) {
        fx_bugcheck(globals, WDF_INVALID_HANDLE, (ULONG_PTR)handle, 0, 0,
                    "%p was passed where a %s is required; it is no handle", handle,
                    fx_type_name(type));
    }
    glance = fx_handle_glance(handle);
    if (glance.handle == handle) {
        fx_bugcheck(globals, WDF_INVALID_HANDLE, (ULONG_PTR)handle, 0, 0,
                    "the %s %p was passed where a %s is required", fx_type_name(glance.type),
                    handle, fx_type_name(type));
    }
    if (glance.handle != NULL && fx_handle_address(glance.handle) == fx_handle_address(handle)) {
        /* Its memory has not been given back, or holds another one already. */
        gone = fx_type_name(glance.type);
    }
    fx_bugcheck(globals, WDF_INVALID_HANDLE, (ULONG_PTR)handle, 0, 0,
                "%p was passed where a %s is required; that object is gone%s%s", handle,
                fx_type_name(type), gone[0] != '\0' ? ", its memory held or holds a " : "", gone);
}

unsigned
fx_object_report_leaks(struct fx_globals *globals)
{
    unsigned count = 0;
    struct list *link;

    fx_lock(&globals->lock);
    list_for_each(link, &globals->objects)
    {
        struct fx_object *object = container_of(link, struct fx_object, listed);
        const char *context = "";

        if (object->contexts != NULL && object->contexts->type != NULL) {
            context = object->contexts->type->ContextName;
        }
        fx_log(globals, "leaked: %s %p%s%s, %u references", fx_type_name(object->type),
               fx_object_handle(object), context[0] != '\0' ? " with context " : "", context,
               atomic_load_u32(&object->refs));
        fx_tags_report(object);
        count++;
    }
    fx_unlock(&globals->lock);
    return count;
}

void
fx_object_abandon(struct fx_object *object)
{
    fx_tags_free(object);
    fx_handle_end(object);
    fx_contexts_free(object);
    if (object->class->free == NULL) {
        sys_free(object);
    }
}

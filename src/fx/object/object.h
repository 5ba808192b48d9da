/* SPDX-License-Identifier: MIT */
/*
 * The framework object: what every WDF handle stands for.
 *
 * A framework object is a structure whose first member is a struct fx_object:
 *
 *     struct fx_queue { struct fx_object object; ... };
 *
 * Life: New -> Alive -> (delete) -> Disposing -> Stopping -> Cleaning -> Disposed -> Released.
 *
 *   - Deleting an object deletes its subtree. The parts of one deletion, in order:
 *       1. every object of the subtree becomes Disposing: it takes no more children and contexts;
 *       2. deepest first: class->stop (ends the object's activity), class->dispose, the contexts'
 *          EvtCleanupCallbacks, class->cleaned. A parent therefore exists in every child's
 *          cleanup;
 *       3. after the cleanup of the subtree's root: the creation references go, deepest first.
 *   - When the last reference goes, in whatever order: EvtDestroyCallbacks, class->destroy,
 *     memory.
 *   - An object that needs PASSIVE_LEVEL (FX_OBJECT_PASSIVE) and gets to 2. or to its end at a
 *     higher IRQL does so in a work item; its parents wait for it in 2. without anybody being
 *     blocked.
 *   - Nobody waits for another thread. When two threads delete a parent and its child at the same
 *     time, the one that finishes the last child goes on with the parent.
 *
 * Locks: fx_object.lock guards children, leaving, child_count, walked, the list of contexts
 * (additions) and the transitions out of Disposing. It is a leaf: nothing else is taken under it,
 * and no callback runs. A child's place in its parent's lists is guarded by the parent's lock.
 *
 * Why a linked child may touch its parent without a reference: a parent is released only after
 * all its linked children are disposed.
 */
#ifndef OPENWDF_FX_OBJECT_OBJECT_H
#define OPENWDF_FX_OBJECT_OBJECT_H

#include <ntddk.h>
#include <wdf.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/atomic.h"
#include "base/list.h"
#include "base/sanitizers.h"
#include "sys/lock.h"

#include "fx/core/globals.h"

#define FX_CONTEXT_MAGIC  0x7874436fu /* "oCtx" */
#define FX_CONTEXT_POISON 0xdeadf0b1u

/* What a handle can stand for. Order is free; the names are in object.c. */
enum fx_type {
    FX_TYPE_OBJECT, /* WdfObjectCreate. As an expected type: any object. */
    FX_TYPE_DRIVER,
    FX_TYPE_DEVICE,
    FX_TYPE_QUEUE,
    FX_TYPE_REQUEST,
    FX_TYPE_FILEOBJECT,
    FX_TYPE_MEMORY,
    FX_TYPE_LOOKASIDE,
    FX_TYPE_IOTARGET,
    FX_TYPE_TIMER,
    FX_TYPE_DPC,
    FX_TYPE_WORKITEM,
    FX_TYPE_INTERRUPT,
    FX_TYPE_SPINLOCK,
    FX_TYPE_WAITLOCK,
    FX_TYPE_STRING,
    FX_TYPE_COLLECTION,
    FX_TYPE_KEY,
    FX_TYPE_CHILDLIST,
    FX_TYPE_IORESREQLIST,
    FX_TYPE_IORESLIST,
    FX_TYPE_CMRESLIST,
    FX_TYPE_USBDEVICE,
    FX_TYPE_USBINTERFACE,
    FX_TYPE_USBPIPE,
    FX_TYPE_WMIPROVIDER,
    FX_TYPE_WMIINSTANCE,
    FX_TYPE_DMAENABLER,
    FX_TYPE_DMATRANSACTION,
    FX_TYPE_COMMONBUFFER,
    FX_TYPE_COMPANIONTARGET,
    FX_TYPE_COUNT,
};

struct fx_object;

/* Whether a driver may name a parent (WDF_OBJECT_ATTRIBUTES.ParentObject). */
enum fx_parent_rule {
    FX_PARENT_OPTIONAL,    /* A default exists; the driver may name another. */
    FX_PARENT_REQUIRED,    /* Else STATUS_WDF_PARENT_NOT_SPECIFIED. */
    FX_PARENT_NOT_ALLOWED, /* Else STATUS_WDF_PARENT_ASSIGNMENT_NOT_ALLOWED. */
};

/* What is common to all objects of one kind. Constant; several classes may share a type. */
struct fx_class {
    enum fx_type type;
    const char *name; /* As in the handle's type: "WDFQUEUE". */
    size_t size;      /* Of the structure that starts with the fx_object. */
    enum fx_parent_rule parent_rule;

    bool passive;         /* Clean-up and destruction need PASSIVE_LEVEL. */
    bool execution_level; /* The driver may set ExecutionLevel. */
    bool sync_scope;      /* The driver may set SynchronizationScope. */
    bool undeletable; /* WdfObjectDelete on it is a bugcheck, unless may_delete says otherwise. */

    /* Whether the driver may delete this one. NULL: as `undeletable` says. */
    bool (*may_delete)(struct fx_object *object);

    /* The object has become Disposing, its children are untouched yet. Short; any IRQL. */
    void (*deleting)(struct fx_object *object);

    /*
     * Asks what still runs for this object (a timer's callback, a work item) to end. True:
     * nothing runs any more. False: something does, and its end calls fx_object_stopped; the
     * clean-up waits for that without a thread, so that a callback may delete its own object.
     * Once per object.
     */
    bool (*stop)(struct fx_object *object);

    /* Just before EvtCleanupCallback; at PASSIVE_LEVEL when FX_OBJECT_PASSIVE. */
    void (*dispose)(struct fx_object *object);

    /* After EvtCleanupCallback. */
    void (*cleaned)(struct fx_object *object);

    /* After EvtDestroyCallback: releases what the object owns, not the object's own memory. */
    void (*destroy)(struct fx_object *object);

    /*
     * Takes the memory back. NULL: sys_free, for objects made by fx_object_create. Set by who
     * embeds an object in a bigger structure or keeps a cache. The object is dead when it is
     * called.
     */
    void (*free)(struct fx_object *object);

    /*
     * Devices and queues only. callback_lock: the lock that WdfObjectAcquireLock takes.
     * scope_lock: the one that synchronizes the callbacks of the object and of what is below it;
     * NULL when the scope is None.
     */
    struct fx_callback_lock *(*callback_lock)(struct fx_object *object);
    struct fx_callback_lock *(*scope_lock)(struct fx_object *object);
};

enum fx_object_state {
    FX_OBJECT_NEW, /* Being made: a deletion of its parent waits until it is committed. */
    FX_OBJECT_ALIVE,
    FX_OBJECT_DISPOSING, /* Waits for its children. */
    FX_OBJECT_STOPPING,  /* class->stop is due, or what it stopped has not ended. */
    FX_OBJECT_CLEANING,  /* Its own clean-up runs or is queued. */
    FX_OBJECT_DISPOSED,  /* Cleaned up; waits for its parent's clean-up. */
    FX_OBJECT_RELEASED,  /* The creation reference is gone or going. */
};

/* fx_object.flags: fixed before the handle becomes known. */
#define FX_OBJECT_PASSIVE 0x1u /* Clean-up and destruction at PASSIVE_LEVEL only. */
#define FX_OBJECT_CALLBACKS                                                                        \
    0x2u /* Some context has a cleanup or destroy callback. May be set later, under lock. */
#define FX_OBJECT_MORE   0x10u /* A context was added, or a tag remembered. Set under lock, stays. */
#define FX_OBJECT_LISTED 0x4u  /* In the globals' list of objects. */
#define FX_OBJECT_CONSTRUCTING                                                                     \
    0x8u /* Not yet the driver's: its deletion calls no driver callback. */

/*
 * One typed context; the driver's bytes follow it. The first one lies behind the object itself, in
 * the same allocation. Also carries the callbacks of attributes without a context type.
 */
struct fx_context {
    struct fx_context *next;             /* Written once, with release; read without the lock. */
    PCWDF_OBJECT_CONTEXT_TYPE_INFO type; /* The unique type; NULL: callbacks only. */
    struct fx_object *object;
    PFN_WDF_OBJECT_CONTEXT_CLEANUP cleanup;
    PFN_WDF_OBJECT_CONTEXT_DESTROY destroy;
    uint32_t magic;
    bool separate; /* In an allocation of its own: added later. */
    _Alignas(16) uint8_t body[];
};

/* A reference that the driver took (WdfObjectReference...). Newest first. */
struct fx_tag {
    struct fx_tag *next;
    const void *tag;
    const char *file;
    int line;
};

struct fx_object {
    _Alignas(16) void *handle; /* Atomic. What stands for it while it lives; see fx_handle_is. */
    uint8_t type;              /* enum fx_type, a copy of class->type. */
    uint8_t execution_level;   /* WDF_EXECUTION_LEVEL: Passive or Dispatch, resolved. */
    uint8_t sync_scope;        /* WDF_SYNCHRONIZATION_SCOPE: Device, Queue or None, resolved. */
    bool walked;               /* The deleting thread has visited all children. */
    uint32_t refs;             /* Atomic. One is the creation reference. */
    uint32_t state;            /* enum fx_object_state, atomic. */
    struct sys_lock lock;      /* See above; any IRQL up to DISPATCH_LEVEL; leaf. */
    uint32_t flags;
    uint32_t child_count; /* Linked children that are not disposed yet. */
    const struct fx_class *class;
    struct fx_context *contexts;
    struct fx_globals *globals;
    struct fx_object *parent; /* NULL: none, or not any more. */
    struct list sibling;      /* In parent->children or parent->leaving. */
    struct list children;
    struct list leaving;             /* Children that the walk of a deletion has visited. */
    struct list listed;              /* In globals->objects. */
    struct fx_object *deferred;      /* Next in the globals' queue of passive work. */
    struct fx_tag *tags;             /* Guarded by lock; only when reference tracking is on. */
    struct fx_disposal *on_disposed; /* Who waits for this object's clean-up. */
};

/* A wait for an object's disposal; on the waiter's stack. See fx_object_delete_and_wait. */
struct fx_disposal {
    struct fx_disposal *next;
    uint32_t done; /* Atomic; slept on. */
};

/* --- Handles --------------------------------------------------------------------------------- */

/*
 * A handle is made of the object's address, a multiple of 16 of 48 bits at the most, and of a number, of which there is
 * another each time that an object begins to live at the address:
 *
 *     bit 63: 1    62..44: the number    43..0: the address / 16; both inverted
 *
 * So a handle is an address in the kernel's half, which no driver can use by accident; no pointer
 * of a process is a handle; and the handle of an object that is gone stays wrong when its memory holds the
 * next one, as a request's does at once. The object knows its own handle, so that all of this
 * costs one comparison. An object that has ended keeps it with bit 63 clear.
 */
#define FX_HANDLE_NUMBER_BITS 19
#define FX_HANDLE_NUMBER_AT   44
#define FX_HANDLE_BIT         ((uintptr_t)1 << 63)

/* Where the object of a handle is, if it is one. */
static inline void *
fx_handle_address(const void *handle)
{
    return (void *)(~(uintptr_t)handle << (FX_HANDLE_NUMBER_BITS + 1) >>
                    (FX_HANDLE_NUMBER_BITS + 1 - 4));
}

/* The next number for an object in memory that holds none yet. */
uintptr_t fx_handle_number(void);

/* The handle of an object, for objects that are known not to be NULL. */
static inline void *
fx_object_handle(const struct fx_object *object)
{
    return atomic_load_relaxed_ptr(&object->handle);
}

/* `object` starts with a struct fx_object; NULL gives NULL. */
static inline void *
fx_handle_of(const void *object)
{
    return object == NULL ? NULL : fx_object_handle(object);
}

/* The object begins (another) life: a handle that none of those before has had. */
static inline void
fx_handle_renew(struct fx_object *object)
{
    uintptr_t old = (uintptr_t)fx_object_handle(object);
    uintptr_t number = (~old & ~FX_HANDLE_BIT) >> FX_HANDLE_NUMBER_AT;

    number = old == 0 ? fx_handle_number() : number + 1;
    atomic_store_relaxed_ptr(
        &object->handle,
        (void *)(~((uintptr_t)object / 16 | number << FX_HANDLE_NUMBER_AT) | FX_HANDLE_BIT));
}

/* The object's life is over. */
static inline void
fx_handle_end(struct fx_object *object)
{
    atomic_store_relaxed_ptr(&object->handle,
                             (void *)((uintptr_t)fx_object_handle(object) & ~FX_HANDLE_BIT));
}

/*
 * Names what is wrong with the handle and bugchecks (WDF_REQUIRED_PARAMETER_IS_NULL,
 * WDF_INVALID_HANDLE).
 */
_Noreturn void fx_handle_invalid(PWDF_DRIVER_GLOBALS driver_globals, const void *handle,
                                 enum fx_type type, const void *caller);

/*
 * A driver's mistake may name memory that was given back, or an object that another thread ends at this moment. The answer
 * is the bugcheck that the driver gets in every build, not a sanitizer's report about us: the address sanitizer is asked
 * before, the thread sanitizer does not see the look.
 */
#if BASE_ADDRESS_SANITIZER
int __asan_address_is_poisoned(const volatile void *address);
#define fx_memory_is_gone(address) (__asan_address_is_poisoned(address) != 0)
#else
#define fx_memory_is_gone(address) false
#endif
#if BASE_THREAD_SANITIZER
#define FX_UNSEEN __attribute__((no_sanitize_thread, noinline, unused))
#else
#define FX_UNSEEN inline
#endif

/* What stands where the object of a handle is or was; handle is NULL when it is known that nothing does. */
struct fx_glance {
    const void *handle;
    enum fx_type type;
};

static FX_UNSEEN struct fx_glance
fx_handle_glance(const void *handle)
{
    const struct fx_object *object = fx_handle_address(handle);

    if (fx_memory_is_gone(object)) {
        return (struct fx_glance){NULL, FX_TYPE_OBJECT};
    }
    return (struct fx_glance){*(void *const volatile *)&object->handle, (enum fx_type)object->type};
}

static inline bool
fx_handle_is(const void *handle, enum fx_type type)
{
    struct fx_glance glance;

    if ((intptr_t)handle >= 0) {
        return false;
    }
    glance = fx_handle_glance(handle);
    return glance.handle == handle && (glance.type == type || type == FX_TYPE_OBJECT);
}

/*
 * The object of a handle that a driver passed. Bugchecks when the handle is NULL, not a handle,
 * of another type (FX_TYPE_OBJECT accepts all), or of an object whose memory is gone. The result
 * points to the structure that starts with the fx_object.
 */
static inline __attribute__((always_inline)) void *
fx_handle_get(PWDF_DRIVER_GLOBALS driver_globals, const void *handle, enum fx_type type)
{
    if (__builtin_expect(!fx_handle_is(handle, type), 0)) {
        fx_handle_invalid(driver_globals, handle, type, __builtin_return_address(0));
    }
    return fx_handle_address(handle);
}

/* The same for an optional handle: NULL gives NULL. */
static inline __attribute__((always_inline)) void *
fx_handle_get_optional(PWDF_DRIVER_GLOBALS driver_globals, const void *handle, enum fx_type type)
{
    return handle == NULL ? NULL : fx_handle_get(driver_globals, handle, type);
}

/* --- Making objects -------------------------------------------------------------------------- */

/*
 * Checks attributes as documented for the class: sizes, context type, levels, scope, and whether
 * a parent may or must be given. NULL attributes are the defaults. STATUS_SUCCESS,
 * STATUS_INFO_LENGTH_MISMATCH, STATUS_WDF_OBJECT_ATTRIBUTES_INVALID,
 * STATUS_WDF_PARENT_NOT_SPECIFIED, STATUS_WDF_PARENT_ASSIGNMENT_NOT_ALLOWED,
 * STATUS_WDF_EXECUTION_LEVEL_INVALID, STATUS_WDF_SYNCHRONIZATION_SCOPE_INVALID.
 */
_Must_inspect_result_ NTSTATUS fx_attributes_check(const struct fx_class *class,
                                                   struct fx_globals *globals,
                                                   const WDF_OBJECT_ATTRIBUTES *attributes);

/* The parent that the attributes name (bugchecks on a bad handle), or default_parent. */
struct fx_object *fx_attributes_parent(struct fx_globals *globals,
                                       const WDF_OBJECT_ATTRIBUTES *attributes,
                                       struct fx_object *default_parent);

/*
 * Creates an object: one zeroed allocation for class->size + extra_size bytes and the context of
 * the attributes. default_parent (may be NULL: the driver) is used when the attributes name none.
 * The object holds FX_OBJECT_CONSTRUCTING: after finishing its own fields the creator calls
 * fx_object_commit, or fx_object_delete when it fails (EvtCleanup and EvtDestroy are not called
 * then). Errors: those of fx_attributes_check, STATUS_DELETE_PENDING when the parent is being
 * deleted, STATUS_INSUFFICIENT_RESOURCES.
 */
_Must_inspect_result_ NTSTATUS fx_object_create(const struct fx_class *class,
                                                struct fx_globals *globals,
                                                const WDF_OBJECT_ATTRIBUTES *attributes,
                                                struct fx_object *default_parent, size_t extra_size,
                                                void *ret_object);

/*
 * The object is complete; gives its handle. From here on its deletion calls the driver. When its
 * parent is being deleted meanwhile, the object may be gone when this returns: nothing but the
 * handle may be used afterwards.
 */
void *fx_object_commit(struct fx_object *object);

/*
 * For hot objects in memory of the caller's (class->free takes it back): the fields only, no
 * parent, no context, not listed. The memory is zeroed, or had an object of this kind before, whose
 * life is over.
 */
static inline void
fx_object_init(struct fx_object *object, const struct fx_class *class, struct fx_globals *globals)
{
    fx_handle_renew(object);
    object->type = (uint8_t) class->type;
    object->execution_level = WdfExecutionLevelDispatch;
    object->sync_scope = WdfSynchronizationScopeNone;
    object->walked = false;
    atomic_store_relaxed_u32(&object->refs, 1);
    atomic_store_relaxed_u32(&object->state, FX_OBJECT_ALIVE);
    object->lock = SYS_LOCK_INIT;
    object->flags = class->passive ? FX_OBJECT_PASSIVE : 0;
    object->child_count = 0;
    object->class = class;
    object->contexts = NULL;
    object->globals = globals;
    object->parent = NULL;
    list_init(&object->sibling);
    list_init(&object->children);
    list_init(&object->leaving);
    list_init(&object->listed);
    object->deferred = NULL;
    object->tags = NULL;
    object->on_disposed = NULL;
}

/*
 * Space for the context of these attributes, header included; 0 when they need none. A multiple
 * of 16.
 */
size_t fx_context_space(const WDF_OBJECT_ATTRIBUTES *attributes);

/*
 * Puts the first context into `space` (fx_context_space bytes, 16-byte aligned) of an object made
 * by fx_object_init; the driver's bytes are zeroed. For caches of hot objects.
 */
void fx_context_init_first(struct fx_object *object, const WDF_OBJECT_ATTRIBUTES *attributes,
                           void *space);

/*
 * Makes `child`, which has no parent, a child; as the last step, for a deletion of the parent may
 * take it at once. STATUS_DELETE_PENDING when the parent is being deleted,
 * STATUS_WDF_PARENT_ALREADY_ASSIGNED, STATUS_WDF_PARENT_IS_SELF.
 */
_Must_inspect_result_ NTSTATUS fx_object_set_parent(struct fx_object *child,
                                                    struct fx_object *parent);

/* The same for an object that is not complete yet: fx_object_commit or fx_object_delete follows. */
_Must_inspect_result_ NTSTATUS fx_object_set_parent_of_new(struct fx_object *child,
                                                           struct fx_object *parent);

/*
 * Puts an object made by fx_object_init into the leak report's list; once, before its handle is
 * known.
 */
void fx_object_list(struct fx_object *object);

/* --- Contexts -------------------------------------------------------------------------------- */

void *fx_context_find_slow(const struct fx_object *object, PCWDF_OBJECT_CONTEXT_TYPE_INFO type);

/* The driver's context of that unique type; NULL when there is none. */
static inline void *
fx_context_find(const struct fx_object *object, PCWDF_OBJECT_CONTEXT_TYPE_INFO type)
{
    struct fx_context *first = object->contexts;

    if (__builtin_expect(first != NULL && first->type == type && type != NULL, 1)) {
        return first->body;
    }
    return fx_context_find_slow(object, type);
}

/* --- References ------------------------------------------------------------------------------ */

static inline void
fx_object_ref(struct fx_object *object)
{
    (void)atomic_fetch_add_u32(&object->refs, 1);
}

/* The last reference went: destroys, or queues that when it needs PASSIVE_LEVEL. */
void fx_object_last_unref(struct fx_object *object);

static inline void
fx_object_unref(struct fx_object *object)
{
    if (atomic_fetch_sub_u32(&object->refs, 1) == 1) {
        fx_object_last_unref(object);
    }
}

/* --- Deletion -------------------------------------------------------------------------------- */

/*
 * Deletes the object and its subtree; see the top. May return before all of it has happened. Any
 * number of calls, from any threads: only the first acts. Returns whether this call was the
 * first.
 */
bool fx_object_delete(struct fx_object *object);

/*
 * The same, and returns when the object's clean-up has run, whoever runs it. PASSIVE_LEVEL; the
 * caller holds a reference or is the only one who may delete. Not from a callback of the same
 * subtree.
 */
void fx_object_delete_and_wait(struct fx_object *object);

/*
 * What class->stop found running has ended. Once, and only after stop returned (or returns)
 * false.
 */
void fx_object_stopped(struct fx_object *object);

static inline bool
fx_object_is_deleting(const struct fx_object *object)
{
    return atomic_load_u32(&object->state) > FX_OBJECT_ALIVE;
}

/*
 * The short way out for hot objects: when the object has no parent, no children, no callbacks, no added contexts
 * and only its creation reference, marks it dead and returns true: its memory is the caller's again
 * (class->dispose, destroy and free are not called). Else returns false and has done nothing:
 * call fx_object_delete. Plain loads suffice, for whoever could add a reference or a child now
 * would use a handle that its owner is giving up.
 */
static inline bool
fx_object_retire(struct fx_object *object)
{
    if (__builtin_expect(atomic_load_relaxed_u32(&object->refs) != 1 || object->parent != NULL ||
                             object->child_count != 0 ||
                             (object->flags & (FX_OBJECT_CALLBACKS | FX_OBJECT_MORE)) != 0 ||
                             atomic_load_relaxed_u32(&object->state) != FX_OBJECT_ALIVE,
                         0)) {
        return false;
    }
    fx_handle_end(object);
    return true;
}

/*
 * Lists what is still there on behalf of these globals, by type, handle and tag. Returns how
 * many.
 */
unsigned fx_object_report_leaks(struct fx_globals *globals);

/*
 * Frees the memory of a leaked object without any callback: the driver's code is about to go.
 * Nobody may use the object any more. What its class owns beyond the memory stays leaked.
 */
void fx_object_abandon(struct fx_object *object);

/* The routine of fx_globals.deferred_work. */
void fx_object_run_deferred(struct ex_work *work);

/* Waits for everything that deletions have deferred to PASSIVE_LEVEL. PASSIVE_LEVEL. */
void fx_object_flush_deferred(struct fx_globals *globals);

/* --- Bugchecks ------------------------------------------------------------------------------- */

/* "WDFQUEUE" and so on. */
const char *fx_type_name(enum fx_type type);

/* The driver passed NULL where the documentation demands a pointer. */
#define fx_require(driver_globals, pointer)                                                        \
    do {                                                                                           \
        if (__builtin_expect((pointer) == NULL, 0)) {                                              \
            fx_bugcheck_null((driver_globals), #pointer, __builtin_return_address(0));             \
        }                                                                                          \
    } while (0)

#endif

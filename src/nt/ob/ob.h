/* SPDX-License-Identifier: MIT */
/*
 * Reference-counted objects with a type, handles to them, and the object name space.
 *
 * An object is its body: what drivers hold is a pointer to it, and the header stands before it, as
 * on Windows. Whoever makes an object owns its first reference.
 */
#ifndef OPENWDF_NT_OB_OB_H
#define OPENWDF_NT_OB_OB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <ntddk.h>

/* One static, writable variable per type; &type is its POBJECT_TYPE. */
struct ob_type {
    const char *name;
    /* The last reference went; the memory goes when this returns. NULL: nothing to do. */
    void (*delete_object)(void *body);
    /* The last handle was closed; references may remain. PASSIVE_LEVEL. NULL: nothing to do. */
    void (*last_handle_closed)(void *body);
    /* What a wait on a handle waits for. NULL: the body itself, which is a dispatcher object. */
    void *(*waitable)(void *body);
    /* delete_object runs at PASSIVE_LEVEL: on a worker thread if the last reference went higher. */
    bool delete_at_passive;
    /* A path may go on below the object; the rest of it is for the object itself (devices). */
    bool takes_path;
    /* A wait on a handle is refused with STATUS_OBJECT_TYPE_MISMATCH. */
    bool not_waitable;
    /* Objects that outlive the executive are no leak. */
    bool may_outlive;
    /* Live objects. */
    uint32_t count;
};

NTSTATUS ob_init(void);

/* Reports names that are left. */
void ob_fini(void);

/* Reports and closes handles that are left: the first thing of the end. */
void ob_close_handles(void);

/* A zeroed body of `size` bytes, aligned to 16. STATUS_INSUFFICIENT_RESOURCES. IRQL <= DISPATCH. */
NTSTATUS ob_create(struct ob_type *type, size_t size, void **ret_body);

static inline POBJECT_TYPE
ob_type_handle(struct ob_type *type)
{
    return (POBJECT_TYPE)(void *)type;
}

/* The type of a live object. Bugchecks when the pointer is not an object. */
struct ob_type *ob_type_of(const void *body);

/* True when `body` is a live object of ours. Reads the memory before it. */
bool ob_is_object(const void *body);

/* References (handles included), for diagnostics and tests. */
uint32_t ob_reference_count(const void *body);

/* Handles ------------------------------------------------------------------------------------- */

/* Takes a reference of its own. PASSIVE_LEVEL. */
NTSTATUS ob_open_handle(void *body, ACCESS_MASK access, HANDLE *ret_handle);

/*
 * Who is asked first for the object behind a handle of an application (AccessMode is UserMode). It
 * returns a reference, or NULL when no application is served on this thread. NULL: nobody is asked.
 */
void ob_set_user_handles(void *(*resolve)(HANDLE handle, POBJECT_TYPE type));

/* Handles open in the process. */
uint32_t ob_handle_count(void);

/* Names --------------------------------------------------------------------------------------- */

/*
 * Gives the object a full name, `\Device\Echo`. The name does not hold a reference: it goes with
 * the object, or with ob_remove_name.
 *
 *   STATUS_OBJECT_NAME_INVALID       it does not begin with a backslash, or a part is empty
 *   STATUS_OBJECT_PATH_NOT_FOUND     its directory does not exist
 *   STATUS_OBJECT_NAME_COLLISION     it is taken
 *
 * PASSIVE_LEVEL, as all functions for names.
 */
NTSTATUS ob_insert_name(PCUNICODE_STRING name, void *body);

/* Does nothing when the object has no name. */
void ob_remove_name(void *body);

/*
 * Finds the object that a full name leads to, through symbolic links, and references it. `type`
 * NULL: any (STATUS_OBJECT_TYPE_MISMATCH otherwise). When the type takes paths, `ret_rest` gets
 * what follows the object's name, from its backslash on, as a part of a string that the caller
 * frees with ExFreePool(ret_path->Buffer); with ret_rest NULL such a name is
 * STATUS_OBJECT_NAME_NOT_FOUND.
 */
NTSTATUS ob_lookup(PCUNICODE_STRING name, struct ob_type *type, void **ret_body,
                   UNICODE_STRING *ret_path, UNICODE_STRING *ret_rest);

/* The object's full name in `buffer`; Length 0 when it has none. STATUS_BUFFER_TOO_SMALL. */
NTSTATUS ob_query_name(void *body, PUNICODE_STRING buffer);

/* A directory below an existing one. STATUS_OBJECT_NAME_EXISTS when it is there already. */
NTSTATUS ob_create_directory(PCUNICODE_STRING name);

/* The target is resolved at each use; it need not exist. The name keeps the link alive. */
NTSTATUS ob_create_symbolic_link(PCUNICODE_STRING name, PCUNICODE_STRING target);
NTSTATUS ob_delete_symbolic_link(PCUNICODE_STRING name);

/* Copies a link's target. STATUS_BUFFER_TOO_SMALL sets Length to what is needed. */
NTSTATUS ob_query_symbolic_link(PCUNICODE_STRING name, PUNICODE_STRING target);

/* Calls fn for each entry of a directory until it returns false. No ob function may be called. */
NTSTATUS ob_enumerate(PCUNICODE_STRING directory,
                      bool (*fn)(void *argument, PCUNICODE_STRING name, const char *type_name),
                      void *argument);

extern struct ob_type ob_directory_type;
extern struct ob_type ob_symbolic_link_type;

#endif

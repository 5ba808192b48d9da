/* SPDX-License-Identifier: MIT */
/*
 * The name space: directories, symbolic links, and names that lead to objects. Names compare
 * without regard to case. One lock guards the tree; it is not held while an object is deleted.
 *
 * A name of a directory or of a symbolic link holds a reference to it; any other name does not,
 * and goes with its object. So a name may be found whose object is dying: the look-up then finds
 * nothing.
 */
#include "nt/ob/ob_priv.h"

#include <string.h>

#include "base/log.h"
#include "nt/ex/ex.h"
#include "nt/ke/ke.h"
#include "sys/memory.h"

#define MAX_LINKS_FOLLOWED 32
#define PATH_TAG           'mNbO'

struct ob_directory {
    struct list names;
};

struct ob_symbolic_link {
    UNICODE_STRING target;
};

struct ob_name {
    struct list link; /* In the directory. */
    struct ob_directory *directory;
    struct ob_header *object;
    bool holds_reference;
    UNICODE_STRING text; /* Points behind the structure. */
};

static struct {
    struct sys_lock lock; /* Guards the tree and ob_header.name. */
    struct ob_directory *root;
} names;

static void
symbolic_link_delete(void *body)
{
    sys_free(((struct ob_symbolic_link *)body)->target.Buffer);
}

struct ob_type ob_directory_type = {.name = "Directory", .not_waitable = true};
struct ob_type ob_symbolic_link_type = {
    .name = "SymbolicLink", .delete_object = symbolic_link_delete, .not_waitable = true};

static NTSTATUS
directory_new(struct ob_directory **ret_directory)
{
    void *body;
    NTSTATUS status = ob_create(&ob_directory_type, sizeof(struct ob_directory), &body);

    if (status == STATUS_SUCCESS) {
        *ret_directory = body;
        list_init(&(*ret_directory)->names);
    }
    return status;
}

/* Parts of a path ------------------------------------------------------------------------------ */

static UNICODE_STRING
part_of(PCUNICODE_STRING text, size_t from, size_t to)
{
    return (UNICODE_STRING){.Length = (USHORT)((to - from) * sizeof(WCHAR)),
                            .MaximumLength = (USHORT)((to - from) * sizeof(WCHAR)),
                            .Buffer = text->Buffer + from};
}

static size_t
length_of(PCUNICODE_STRING text)
{
    return text->Length / sizeof(WCHAR);
}

/* The end of the part that begins at `from`. */
static size_t
end_of_part(PCUNICODE_STRING text, size_t from)
{
    while (from < length_of(text) && text->Buffer[from] != L'\\') {
        from++;
    }
    return from;
}

static struct ob_name *
find_in_directory(struct ob_directory *directory, PCUNICODE_STRING text)
{
    struct list *link;

    list_for_each(link, &directory->names)
    {
        struct ob_name *name = container_of(link, struct ob_name, link);

        if (RtlEqualUnicodeString(&name->text, text, TRUE)) {
            return name;
        }
    }
    return NULL;
}

/* Look-up -------------------------------------------------------------------------------------- */

struct walk {
    UNICODE_STRING path;      /* From the pool; changes when a link is followed. */
    size_t rest;              /* Where in it the rest begins. */
    struct ob_header *object; /* What was found. */
    unsigned links;
};

static NTSTATUS
path_new(PCUNICODE_STRING first, PCUNICODE_STRING second, UNICODE_STRING *ret_path)
{
    size_t size = (size_t)first->Length + second->Length;
    WCHAR *buffer;

    if (size > UINT16_MAX - sizeof(WCHAR)) {
        return STATUS_NAME_TOO_LONG;
    }
    buffer = ex_pool_allocate(&ex_pool_system, POOL_FLAG_NON_PAGED, size + sizeof(WCHAR), PATH_TAG,
                              __builtin_return_address(0));
    if (buffer == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    memcpy(buffer, first->Buffer, first->Length);
    if (second->Length != 0) {
        memcpy((char *)buffer + first->Length, second->Buffer, second->Length);
    }
    *ret_path = (UNICODE_STRING){
        .Length = (USHORT)size, .MaximumLength = (USHORT)(size + sizeof(WCHAR)), .Buffer = buffer};
    return STATUS_SUCCESS;
}

/* Puts the link's target in the place of the path up to `end`. */
static NTSTATUS
follow(struct walk *walk, const struct ob_symbolic_link *symbolic_link, size_t end)
{
    UNICODE_STRING rest = part_of(&walk->path, end, length_of(&walk->path));
    UNICODE_STRING target = symbolic_link->target;
    UNICODE_STRING path;
    NTSTATUS status;

    if (++walk->links > MAX_LINKS_FOLLOWED) {
        return STATUS_OBJECT_NAME_INVALID;
    }
    while (rest.Length != 0 && target.Length != 0 &&
           target.Buffer[length_of(&target) - 1] == L'\\') {
        target.Length -= sizeof(WCHAR);
    }
    status = path_new(&target, &rest, &path);
    if (status == STATUS_SUCCESS) {
        ExFreePool(walk->path.Buffer);
        walk->path = path;
    }
    return status;
}

/* One pass from the root; *ret_again: a link was followed, and the path begins anew. */
static NTSTATUS
walk_once_locked(struct walk *walk, struct ob_type *type, bool *ret_again)
{
    struct ob_directory *directory = names.root;
    size_t position = 0;
    size_t length = length_of(&walk->path);

    *ret_again = false;
    if (length == 0 || walk->path.Buffer[0] != L'\\') {
        return STATUS_OBJECT_NAME_INVALID;
    }
    walk->object = ob_header_of(names.root);
    walk->rest = length;
    if (length == 1) {
        return STATUS_SUCCESS;
    }
    while (position < length) {
        size_t end = end_of_part(&walk->path, position + 1);
        UNICODE_STRING part = part_of(&walk->path, position + 1, end);
        bool is_last = end == length;
        struct ob_name *name;

        if (part.Length == 0) {
            return STATUS_OBJECT_NAME_INVALID;
        }
        name = find_in_directory(directory, &part);
        if (name == NULL) {
            return is_last ? STATUS_OBJECT_NAME_NOT_FOUND : STATUS_OBJECT_PATH_NOT_FOUND;
        }
        walk->object = name->object;
        walk->rest = end;
        if (name->object->type == &ob_symbolic_link_type &&
            !(is_last && type == &ob_symbolic_link_type)) {
            *ret_again = true;
            return follow(walk, ob_body_of(name->object), end);
        }
        if (name->object->type != &ob_directory_type) {
            return STATUS_SUCCESS;
        }
        directory = ob_body_of(name->object);
        position = end;
    }
    return STATUS_SUCCESS;
}

/* On success the object is referenced and the path is the caller's. */
static NTSTATUS
look_up(PCUNICODE_STRING text, struct ob_type *type, struct walk *walk)
{
    UNICODE_STRING nothing = {0};
    bool again = true;
    NTSTATUS status;

    *walk = (struct walk){0};
    status = path_new(text, &nothing, &walk->path);
    if (status != STATUS_SUCCESS) {
        return status;
    }
    sys_lock_acquire(&names.lock);
    while (again && status == STATUS_SUCCESS) {
        status = walk_once_locked(walk, type, &again);
    }
    if (status == STATUS_SUCCESS && !ob_reference_if_live(walk->object)) {
        status = STATUS_OBJECT_NAME_NOT_FOUND;
    }
    sys_lock_release(&names.lock);
    if (status != STATUS_SUCCESS) {
        ExFreePool(walk->path.Buffer);
    }
    return status;
}

NTSTATUS
ob_lookup(PCUNICODE_STRING name, struct ob_type *type, void **ret_body, UNICODE_STRING *ret_path,
          UNICODE_STRING *ret_rest)
{
    struct walk walk;
    NTSTATUS status = look_up(name, type, &walk);
    bool has_rest;

    if (status != STATUS_SUCCESS) {
        return status;
    }
    has_rest = walk.rest < length_of(&walk.path);
    if (has_rest && !walk.object->type->takes_path) {
        status = STATUS_OBJECT_PATH_NOT_FOUND;
    } else if (has_rest && ret_rest == NULL) {
        status = STATUS_OBJECT_NAME_NOT_FOUND;
    } else if (type != NULL && walk.object->type != type) {
        status = STATUS_OBJECT_TYPE_MISMATCH;
    }
    if (status != STATUS_SUCCESS) {
        ObDereferenceObject(ob_body_of(walk.object));
        ExFreePool(walk.path.Buffer);
        return status;
    }
    *ret_body = ob_body_of(walk.object);
    if (ret_rest == NULL) {
        ExFreePool(walk.path.Buffer);
        return STATUS_SUCCESS;
    }
    *ret_path = walk.path;
    *ret_rest = part_of(&walk.path, walk.rest, length_of(&walk.path));
    return STATUS_SUCCESS;
}

/* Insertion, removal --------------------------------------------------------------------------- */

static struct ob_name *
name_new(PCUNICODE_STRING text, struct ob_header *object, bool holds_reference)
{
    struct ob_name *name = sys_alloc_zeroed(sizeof(*name) + text->Length);

    if (name == NULL) {
        return NULL;
    }
    name->object = object;
    name->holds_reference = holds_reference;
    name->text = (UNICODE_STRING){
        .Length = text->Length, .MaximumLength = text->Length, .Buffer = (WCHAR *)(name + 1)};
    memcpy(name->text.Buffer, text->Buffer, text->Length);
    list_init(&name->link);
    return name;
}

static NTSTATUS
insert_in_directory(struct ob_directory *directory, struct ob_name *name)
{
    NTSTATUS status = STATUS_SUCCESS;

    sys_lock_acquire(&names.lock);
    if (find_in_directory(directory, &name->text) != NULL) {
        status = STATUS_OBJECT_NAME_COLLISION;
    } else if (name->object->name != NULL) {
        status = STATUS_OBJECT_NAME_EXISTS;
    } else {
        name->directory = directory;
        name->object->name = name;
        list_push_back(&directory->names, &name->link);
    }
    sys_lock_release(&names.lock);
    return status;
}

static NTSTATUS
insert(PCUNICODE_STRING text, struct ob_header *object, bool holds_reference)
{
    size_t length = length_of(text);
    size_t last = length;
    UNICODE_STRING parent;
    UNICODE_STRING part;
    struct ob_name *name;
    void *directory;
    NTSTATUS status;

    while (last > 0 && text->Buffer[last - 1] != L'\\') {
        last--;
    }
    if (last == 0 || last == length) {
        return STATUS_OBJECT_NAME_INVALID;
    }
    parent = part_of(text, 0, last == 1 ? 1 : last - 1);
    part = part_of(text, last, length);
    status = ob_lookup(&parent, &ob_directory_type, &directory, NULL, NULL);
    if (status != STATUS_SUCCESS) {
        return status == STATUS_OBJECT_NAME_INVALID ? status : STATUS_OBJECT_PATH_NOT_FOUND;
    }
    name = name_new(&part, object, holds_reference);
    status = name != NULL ? insert_in_directory(directory, name) : STATUS_INSUFFICIENT_RESOURCES;
    if (status != STATUS_SUCCESS) {
        sys_free(name);
    }
    ObDereferenceObject(directory);
    return status;
}

NTSTATUS
ob_insert_name(PCUNICODE_STRING name, void *body)
{
    return insert(name, ob_header_checked(body, __builtin_return_address(0)), false);
}

void
ob_remove_name(void *body)
{
    struct ob_header *object = ob_header_of(body);
    struct ob_name *name;

    sys_lock_acquire(&names.lock);
    name = object->name;
    if (name != NULL) {
        object->name = NULL;
        list_remove(&name->link);
    }
    sys_lock_release(&names.lock);
    if (name != NULL && name->holds_reference) {
        ObDereferenceObject(body);
    }
    sys_free(name);
}

/* Full names are built from the far end. */
static NTSTATUS
query_name_locked(struct ob_header *object, PUNICODE_STRING buffer)
{
    size_t needed = 0;
    WCHAR *at;

    for (struct ob_name *name = object->name; name != NULL;
         name = ob_header_of(name->directory)->name) {
        needed += name->text.Length + sizeof(WCHAR);
    }
    if (needed > buffer->MaximumLength) {
        buffer->Length = (USHORT)needed;
        return STATUS_BUFFER_TOO_SMALL;
    }
    buffer->Length = (USHORT)needed;
    at = buffer->Buffer + needed / sizeof(WCHAR);
    for (struct ob_name *name = object->name; name != NULL;
         name = ob_header_of(name->directory)->name) {
        at -= length_of(&name->text);
        memcpy(at, name->text.Buffer, name->text.Length);
        *--at = L'\\';
    }
    return STATUS_SUCCESS;
}

NTSTATUS
ob_query_name(void *body, PUNICODE_STRING buffer)
{
    struct ob_header *object = ob_header_checked(body, __builtin_return_address(0));
    NTSTATUS status;

    sys_lock_acquire(&names.lock);
    status = query_name_locked(object, buffer);
    sys_lock_release(&names.lock);
    return status;
}

/* The string follows the structure. "STATUS_INFO_LENGTH_MISMATCH: ReturnLength says what it takes." */
NTSTATUS
ObQueryNameString(PVOID Object, POBJECT_NAME_INFORMATION ObjectNameInfo, ULONG Length,
                  PULONG ReturnLength)
{
    struct ob_header *object = ob_header_checked(Object, __builtin_return_address(0));
    UNICODE_STRING name = {0};
    ULONG needed = sizeof(OBJECT_NAME_INFORMATION);
    NTSTATUS status;

    sys_lock_acquire(&names.lock);
    status = query_name_locked(object, &name);
    needed += name.Length != 0 ? name.Length + (ULONG)sizeof(WCHAR) : 0;
    if (Length < needed) {
        status = STATUS_INFO_LENGTH_MISMATCH;
    } else {
        name.Buffer = (WCHAR *)(ObjectNameInfo + 1);
        name.MaximumLength = (USHORT)(needed - sizeof(OBJECT_NAME_INFORMATION));
        if (needed > sizeof(OBJECT_NAME_INFORMATION)) {
            status = query_name_locked(object, &name);
            name.Buffer[length_of(&name)] = 0;
        } else {
            name.Buffer = NULL;
        }
    }
    sys_lock_release(&names.lock);
    *ReturnLength = needed;
    if (status == STATUS_SUCCESS) {
        ObjectNameInfo->Name = name;
    }
    return status;
}

/* Directories, symbolic links ------------------------------------------------------------------ */

NTSTATUS
ob_create_directory(PCUNICODE_STRING name)
{
    struct ob_directory *directory;
    NTSTATUS status = directory_new(&directory);

    if (status != STATUS_SUCCESS) {
        return status;
    }
    status = insert(name, ob_header_of(directory), true);
    if (status != STATUS_SUCCESS) {
        ObDereferenceObject(directory);
    }
    return status == STATUS_OBJECT_NAME_COLLISION ? STATUS_OBJECT_NAME_EXISTS : status;
}

NTSTATUS
ob_create_symbolic_link(PCUNICODE_STRING name, PCUNICODE_STRING target)
{
    struct ob_symbolic_link *symbolic_link;
    void *body;
    NTSTATUS status;

    if (target->Length == 0) {
        return STATUS_INVALID_PARAMETER;
    }
    status = ob_create(&ob_symbolic_link_type, sizeof(*symbolic_link), &body);
    if (status != STATUS_SUCCESS) {
        return status;
    }
    symbolic_link = body;
    symbolic_link->target = (UNICODE_STRING){.Length = target->Length,
                                             .MaximumLength = target->Length,
                                             .Buffer = sys_alloc(target->Length)};
    if (symbolic_link->target.Buffer == NULL) {
        status = STATUS_INSUFFICIENT_RESOURCES;
    } else {
        memcpy(symbolic_link->target.Buffer, target->Buffer, target->Length);
        status = insert(name, ob_header_of(body), true);
    }
    if (status != STATUS_SUCCESS) {
        ObDereferenceObject(body);
    }
    return status;
}

NTSTATUS
ob_delete_symbolic_link(PCUNICODE_STRING name)
{
    void *body;
    NTSTATUS status = ob_lookup(name, &ob_symbolic_link_type, &body, NULL, NULL);

    if (status == STATUS_SUCCESS) {
        ob_remove_name(body);
        ObDereferenceObject(body);
    }
    return status;
}

NTSTATUS
ob_query_symbolic_link(PCUNICODE_STRING name, PUNICODE_STRING target)
{
    struct ob_symbolic_link *symbolic_link;
    void *body;
    NTSTATUS status = ob_lookup(name, &ob_symbolic_link_type, &body, NULL, NULL);

    if (status != STATUS_SUCCESS) {
        return status;
    }
    symbolic_link = body;
    target->Length = symbolic_link->target.Length;
    if (symbolic_link->target.Length > target->MaximumLength) {
        status = STATUS_BUFFER_TOO_SMALL;
    } else {
        memcpy(target->Buffer, symbolic_link->target.Buffer, symbolic_link->target.Length);
    }
    ObDereferenceObject(body);
    return status;
}

NTSTATUS
ob_enumerate(PCUNICODE_STRING directory,
             bool (*fn)(void *argument, PCUNICODE_STRING name, const char *type_name),
             void *argument)
{
    struct list *link;
    void *body;
    NTSTATUS status = ob_lookup(directory, &ob_directory_type, &body, NULL, NULL);

    if (status != STATUS_SUCCESS) {
        return status;
    }
    sys_lock_acquire(&names.lock);
    list_for_each(link, &((struct ob_directory *)body)->names)
    {
        struct ob_name *name = container_of(link, struct ob_name, link);

        if (!fn(argument, &name->text, name->object->type->name)) {
            break;
        }
    }
    sys_lock_release(&names.lock);
    ObDereferenceObject(body);
    return STATUS_SUCCESS;
}

/* Start and end -------------------------------------------------------------------------------- */

static UNICODE_STRING
literal(const WCHAR *text)
{
    UNICODE_STRING string;
    size_t length = 0;

    while (text[length] != 0) {
        length++;
    }
    string.Length = string.MaximumLength = (USHORT)(length * sizeof(WCHAR));
    string.Buffer = (WCHAR *)(uintptr_t)text;
    return string;
}

static const WCHAR *const directories[] = {
    L"\\??",       L"\\Device",        L"\\Driver",   L"\\FileSystem",
    L"\\Callback", L"\\KernelObjects", L"\\Registry", L"\\BaseNamedObjects",
};

static const struct {
    const WCHAR *name;
    const WCHAR *target;
} links[] = {
    {L"\\DosDevices", L"\\??"},
    {L"\\GLOBAL??", L"\\??"},
    {L"\\??\\Global", L"\\??"},
    {L"\\??\\GLOBALROOT", L"\\"},
};

NTSTATUS
ob_names_init(void)
{
    NTSTATUS status = directory_new(&names.root);

    names.lock = SYS_LOCK_INIT;
    for (size_t i = 0; i < sizeof(directories) / sizeof(directories[0]) && status == STATUS_SUCCESS;
         i++) {
        UNICODE_STRING name = literal(directories[i]);

        status = ob_create_directory(&name);
    }
    for (size_t i = 0; i < sizeof(links) / sizeof(links[0]) && status == STATUS_SUCCESS; i++) {
        UNICODE_STRING name = literal(links[i].name);
        UNICODE_STRING target = literal(links[i].target);

        status = ob_create_symbolic_link(&name, &target);
    }
    return status;
}

static void
empty(struct ob_directory *directory)
{
    while (!list_empty(&directory->names)) {
        struct ob_name *name = container_of(directory->names.next, struct ob_name, link);

        if (name->object->type == &ob_directory_type) {
            empty(ob_body_of(name->object));
        } else if (name->object->type != &ob_symbolic_link_type) {
            base_log(BASE_LOG_WARN, "nt", "a named object of type %s is left",
                     name->object->type->name);
        }
        ob_remove_name(ob_body_of(name->object));
    }
}

void
ob_names_fini(void)
{
    if (names.root != NULL) {
        empty(names.root);
        ObDereferenceObject(names.root);
        names.root = NULL;
    }
}

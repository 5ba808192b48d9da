/* SPDX-License-Identifier: MIT */
/*
 * Key objects: opening, making, deleting, naming, and the values one by one.
 *
 * A handle remembers the access it was opened with, and nothing checks it: as on Windows, where calls
 * from kernel mode are trusted. Drivers rely on that (the usual STANDARD_RIGHTS_ALL does not even
 * include KEY_QUERY_VALUE).
 */
#include <string.h>

#include "base/utf16.h"
#include "nt/cm/cm_priv.h"
#include "nt/ke/ke.h"

static void
delete_key(void *body)
{
    cm_notify_free(body);
}

static void
last_handle_closed(void *body)
{
    cm_notify_closed(body);
}

struct ob_type cm_key_type = {
    .name = "Key",
    .delete_object = delete_key,
    .last_handle_closed = last_handle_closed,
    .delete_at_passive = true,
    .not_waitable = true,
};

NTSTATUS
cm_reference(HANDLE handle, struct cm_key **ret_key)
{
    PVOID body;
    NTSTATUS status =
        ObReferenceObjectByHandle(handle, 0, ob_type_handle(&cm_key_type), KernelMode, &body, NULL);

    if (NT_SUCCESS(status)) {
        *ret_key = body;
    }
    return status;
}

/* The rights that generic ones stand for. */
static ACCESS_MASK
map_access(ACCESS_MASK access)
{
    access |= access & GENERIC_READ ? KEY_READ : 0;
    access |= access & GENERIC_WRITE ? KEY_WRITE : 0;
    access |= access & GENERIC_EXECUTE ? KEY_EXECUTE : 0;
    access |= access & (GENERIC_ALL | MAXIMUM_ALLOWED) ? KEY_ALL_ACCESS : 0;
    return access & ~(GENERIC_READ | GENERIC_WRITE | GENERIC_EXECUTE | GENERIC_ALL |
                      MAXIMUM_ALLOWED | KEY_WOW64_32KEY | KEY_WOW64_64KEY);
}

NTSTATUS
cm_open_key(reg_key key, ACCESS_MASK access, HANDLE *ret_handle)
{
    NTSTATUS status;
    void *body;

    status = ob_create(&cm_key_type, sizeof(struct cm_key), &body);
    if (NT_SUCCESS(status)) {
        ((struct cm_key *)body)->key = key;
        status = ob_open_handle(body, map_access(access), ret_handle);
        ObDereferenceObject(body);
    }
    return status;
}

/* ---- Names ---- */

/* "\Registry\A\B" to "A\B"; NULL: it is not below \Registry. */
static const char *
below_root(const char *path)
{
    static const char prefix[] = "\\REGISTRY";
    size_t i;

    for (i = 0; prefix[i] != '\0'; i++) {
        if ((char)utf16_upcase((unsigned char)path[i]) != prefix[i]) {
            return NULL;
        }
    }
    return path[i] == '\0' ? path + i : path[i] == '\\' ? path + i + 1 : NULL;
}

/*
 * Where OBJECT_ATTRIBUTES begin, and the path from there, in pool (*ret_text; *ret_path is inside
 * it).
 */
static NTSTATUS
decode(POBJECT_ATTRIBUTES attributes, reg_key *ret_base, char **ret_text, const char **ret_path)
{
    struct cm_key *root;
    NTSTATUS status;

    if (attributes == NULL || attributes->Length != sizeof(*attributes)) {
        return STATUS_INVALID_PARAMETER;
    }
    *ret_base = REG_ROOT;
    if (attributes->RootDirectory != NULL) {
        status = cm_reference(attributes->RootDirectory, &root);
        if (!NT_SUCCESS(status)) {
            return status;
        }
        *ret_base = root->key;
        ObDereferenceObject(root);
    } else if (attributes->ObjectName == NULL) {
        return STATUS_OBJECT_NAME_INVALID;
    }
    status = cm_text(attributes->ObjectName, ret_text);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    *ret_path = *ret_text;
    if (attributes->RootDirectory == NULL) {
        *ret_path = below_root(*ret_text);
    }
    if (*ret_path == NULL || **ret_path == '\\') {
        status = **ret_text == '\\' && attributes->RootDirectory == NULL
                     ? STATUS_OBJECT_NAME_NOT_FOUND
                     : STATUS_OBJECT_PATH_SYNTAX_BAD;
        ExFreePoolWithTag(*ret_text, CM_TAG);
    }
    return status;
}

/* ---- Opening ---- */

NTSTATUS
ZwOpenKeyEx(PHANDLE KeyHandle, ACCESS_MASK DesiredAccess, POBJECT_ATTRIBUTES ObjectAttributes,
            ULONG OpenOptions)
{
    struct reg_store *store = cm_store();
    const char *path;
    unsigned flags;
    NTSTATUS status;
    reg_key base;
    reg_key key;
    char *text;

    if (store == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    if ((OpenOptions & ~(REG_OPTION_OPEN_LINK | REG_OPTION_BACKUP_RESTORE)) != 0) {
        return STATUS_INVALID_PARAMETER;
    }
    status = decode(ObjectAttributes, &base, &text, &path);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    flags = (OpenOptions & REG_OPTION_OPEN_LINK) != 0 ||
                    (ObjectAttributes->Attributes & OBJ_OPENLINK) != 0
                ? REG_OPEN_LINK
                : 0;
    status = cm_status(reg_key_open(store, base, path, flags, &key));
    ExFreePoolWithTag(text, CM_TAG);
    return NT_SUCCESS(status) ? cm_open_key(key, DesiredAccess, KeyHandle) : status;
}

NTSTATUS
ZwOpenKey(PHANDLE KeyHandle, ACCESS_MASK DesiredAccess, POBJECT_ATTRIBUTES ObjectAttributes)
{
    return ZwOpenKeyEx(KeyHandle, DesiredAccess, ObjectAttributes, 0);
}

NTSTATUS
ZwCreateKey(PHANDLE KeyHandle, ACCESS_MASK DesiredAccess, POBJECT_ATTRIBUTES ObjectAttributes,
            ULONG TitleIndex, PUNICODE_STRING Class, ULONG CreateOptions, PULONG Disposition)
{
    struct reg_store *store = cm_store();
    char *class_name = NULL;
    char *text = NULL;
    unsigned flags = 0;
    const char *path;
    NTSTATUS status;
    reg_key base;
    reg_key key;
    bool created;

    if (store == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    if ((CreateOptions & ~(REG_OPTION_VOLATILE | REG_OPTION_CREATE_LINK |
                           REG_OPTION_BACKUP_RESTORE | REG_OPTION_OPEN_LINK)) != 0) {
        return STATUS_INVALID_PARAMETER;
    }
    flags |= (CreateOptions & REG_OPTION_VOLATILE) != 0 ? REG_VOLATILE : 0;
    flags |= (CreateOptions & REG_OPTION_CREATE_LINK) != 0 ? REG_LINK_KEY : 0;
    flags |= (CreateOptions & REG_OPTION_OPEN_LINK) != 0 ? REG_OPEN_LINK : 0;
    status = decode(ObjectAttributes, &base, &text, &path);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    status = cm_text(Class, &class_name);
    if (NT_SUCCESS(status)) {
        status = cm_status(reg_key_create(store, base, path, flags, class_name, &key, &created));
        ExFreePoolWithTag(class_name, CM_TAG);
    }
    ExFreePoolWithTag(text, CM_TAG);
    if (NT_SUCCESS(status)) {
        status = cm_open_key(key, DesiredAccess, KeyHandle);
    }
    if (NT_SUCCESS(status) && Disposition != NULL) {
        *Disposition = created ? REG_CREATED_NEW_KEY : REG_OPENED_EXISTING_KEY;
    }
    return status;
}

NTSTATUS
cm_open_path(const char *path, ACCESS_MASK access, bool create, HANDLE *ret_handle)
{
    struct reg_store *store = cm_store();
    const char *below = below_root(path);
    NTSTATUS status;
    reg_key key;

    if (store == NULL || below == NULL) {
        return store == NULL ? STATUS_INSUFFICIENT_RESOURCES : STATUS_OBJECT_PATH_SYNTAX_BAD;
    }
    status =
        cm_status(create ? reg_key_create(store, REG_ROOT, below, REG_CREATE_PATH, NULL, &key, NULL)
                         : reg_key_open(store, REG_ROOT, below, 0, &key));
    return NT_SUCCESS(status) ? cm_open_key(key, access, ret_handle) : status;
}

/* ---- The key itself ---- */

NTSTATUS
ZwDeleteKey(HANDLE KeyHandle)
{
    struct cm_key *key;
    NTSTATUS status = cm_reference(KeyHandle, &key);

    if (NT_SUCCESS(status)) {
        status = cm_status(reg_key_delete(cm_store(), key->key));
        ObDereferenceObject(key);
    }
    return status;
}

NTSTATUS
ZwRenameKey(HANDLE KeyHandle, PUNICODE_STRING NewName)
{
    struct cm_key *key;
    char *name;
    NTSTATUS status = cm_reference(KeyHandle, &key);

    if (!NT_SUCCESS(status)) {
        return status;
    }
    status = NewName == NULL ? STATUS_INVALID_PARAMETER : cm_text(NewName, &name);
    if (NT_SUCCESS(status)) {
        status = cm_status(reg_key_rename(cm_store(), key->key, name));
        ExFreePoolWithTag(name, CM_TAG);
    }
    ObDereferenceObject(key);
    return status;
}

NTSTATUS
ZwFlushKey(HANDLE KeyHandle)
{
    struct cm_key *key;
    NTSTATUS status = cm_reference(KeyHandle, &key);

    if (NT_SUCCESS(status)) {
        status = cm_status(reg_flush(cm_store()));
        ObDereferenceObject(key);
    }
    return status;
}

NTSTATUS
ZwSetInformationKey(HANDLE KeyHandle, KEY_SET_INFORMATION_CLASS KeySetInformationClass,
                    PVOID KeySetInformation, ULONG KeySetInformationLength)
{
    LARGE_INTEGER time;
    struct cm_key *key;
    NTSTATUS status = cm_reference(KeyHandle, &key);

    if (!NT_SUCCESS(status)) {
        return status;
    }
    if (KeySetInformationClass != KeyWriteTimeInformation) {
        status = STATUS_INVALID_INFO_CLASS;
    } else if (KeySetInformationLength < sizeof(time) || KeySetInformation == NULL) {
        status = STATUS_INFO_LENGTH_MISMATCH;
    } else {
        memcpy(&time, KeySetInformation, sizeof(time));
        status = cm_status(reg_key_set_written(cm_store(), key->key, (uint64_t)time.QuadPart));
    }
    ObDereferenceObject(key);
    return status;
}

/* ---- Values ---- */

NTSTATUS
ZwSetValueKey(HANDLE KeyHandle, PUNICODE_STRING ValueName, ULONG TitleIndex, ULONG Type, PVOID Data,
              ULONG DataSize)
{
    struct cm_key *key;
    char *name;
    NTSTATUS status;

    if (ValueName == NULL || (Data == NULL && DataSize != 0)) {
        return STATUS_INVALID_PARAMETER;
    }
    status = cm_reference(KeyHandle, &key);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    status = cm_text(ValueName, &name);
    if (NT_SUCCESS(status)) {
        status = cm_status(reg_value_set(cm_store(), key->key, name, Type, Data, DataSize));
        ExFreePoolWithTag(name, CM_TAG);
    }
    ObDereferenceObject(key);
    return status;
}

NTSTATUS
ZwDeleteValueKey(HANDLE KeyHandle, PUNICODE_STRING ValueName)
{
    struct cm_key *key;
    char *name;
    NTSTATUS status;

    if (ValueName == NULL) {
        return STATUS_INVALID_PARAMETER;
    }
    status = cm_reference(KeyHandle, &key);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    status = cm_text(ValueName, &name);
    if (NT_SUCCESS(status)) {
        status = cm_status(reg_value_delete(cm_store(), key->key, name));
        ExFreePoolWithTag(name, CM_TAG);
    }
    ObDereferenceObject(key);
    return status;
}

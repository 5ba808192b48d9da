/* SPDX-License-Identifier: MIT */
/*
 * The Rtl helpers over keys: one value, or a table of them, by a path relative to a known key.
 *
 * Where documentation is silent: a subkey or key that is missing and not required has no values, so
 * the table's defaults apply. Of environment variables there is only %SystemRoot%.
 */
#include <string.h>

#include "base/utf16.h"
#include "nt/cm/cm_priv.h"
#include "sys/memory.h"

#define SYSTEM_ROOT L"\\SystemRoot"

static const WCHAR *const bases[RTL_REGISTRY_MAXIMUM] = {
    [RTL_REGISTRY_ABSOLUTE] = L"",
    [RTL_REGISTRY_SERVICES] = L"\\Registry\\Machine\\System\\CurrentControlSet\\Services",
    [RTL_REGISTRY_CONTROL] = L"\\Registry\\Machine\\System\\CurrentControlSet\\Control",
    [RTL_REGISTRY_WINDOWS_NT] =
        L"\\Registry\\Machine\\Software\\Microsoft\\Windows NT\\CurrentVersion",
    [RTL_REGISTRY_DEVICEMAP] = L"\\Registry\\Machine\\Hardware\\DeviceMap",
    [RTL_REGISTRY_USER] = L"\\Registry\\User\\.Default",
};

static size_t
wide_length(const WCHAR *text)
{
    return utf16_length((const uint16_t *)text);
}

/* ---- Opening ---- */

static NTSTATUS
create_key(WCHAR *path, ULONG options, HANDLE *ret_handle)
{
    OBJECT_ATTRIBUTES attributes;
    UNICODE_STRING name;

    RtlInitUnicodeString(&name, path);
    InitializeObjectAttributes(&attributes, &name, OBJ_KERNEL_HANDLE | OBJ_CASE_INSENSITIVE, NULL,
                               NULL);
    return ZwCreateKey(ret_handle, KEY_ALL_ACCESS, &attributes, 0, NULL, options, NULL);
}

/* Makes the keys of a base, the first `length` characters of `path`, which Windows always has. */
static NTSTATUS
create_base(WCHAR *path, size_t length, ULONG options)
{
    NTSTATUS status = STATUS_SUCCESS;
    unsigned separators = 0;
    HANDLE handle;

    for (size_t i = 0; i <= length && NT_SUCCESS(status); i++) {
        WCHAR kept = path[i];

        if (i != length && kept != '\\') {
            continue;
        }
        if (++separators > 3) { /* Beyond \Registry\Machine. */
            path[i] = 0;
            status = create_key(path, options, &handle);
            path[i] = kept;
            if (NT_SUCCESS(status)) {
                (void)ZwClose(handle);
            }
        }
    }
    return status;
}

/* A handle to the key, which the caller closes unless *ret_borrowed. */
static NTSTATUS
open_relative(ULONG relative_to, PCWSTR path, bool create, HANDLE *ret_handle, bool *ret_borrowed)
{
    ULONG base = relative_to & ~(RTL_REGISTRY_HANDLE | RTL_REGISTRY_OPTIONAL);
    OBJECT_ATTRIBUTES attributes;
    UNICODE_STRING name;
    NTSTATUS status;
    size_t base_chars;
    size_t base_end;
    size_t path_chars;
    WCHAR *text;
    /* Of what is there while the machine runs. */
    ULONG options = base == RTL_REGISTRY_DEVICEMAP ? REG_OPTION_VOLATILE : REG_OPTION_NON_VOLATILE;

    *ret_borrowed = (relative_to & RTL_REGISTRY_HANDLE) != 0;
    if (*ret_borrowed) {
        *ret_handle = (HANDLE)(ULONG_PTR)path;
        return STATUS_SUCCESS;
    }
    if (base >= RTL_REGISTRY_MAXIMUM || (base == RTL_REGISTRY_ABSOLUTE && path == NULL)) {
        return STATUS_INVALID_PARAMETER;
    }
    base_chars = wide_length(bases[base]);
    path_chars = path != NULL ? wide_length(path) : 0;
    if ((base_chars + path_chars + 2) * sizeof(WCHAR) > UNICODE_STRING_MAX_BYTES) {
        return STATUS_NAME_TOO_LONG;
    }
    text = ExAllocatePool2(POOL_FLAG_PAGED, (base_chars + path_chars + 2) * sizeof(WCHAR), CM_TAG);
    if (text == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    memcpy(text, bases[base], base_chars * sizeof(WCHAR));
    base_end = base_chars;
    if (path_chars != 0) {
        if (base_chars != 0 && path[0] != '\\') {
            text[base_chars++] = '\\';
        }
        memcpy(text + base_chars, path, path_chars * sizeof(WCHAR));
    }
    text[base_chars + path_chars] = 0;
    if (create) {
        status = create_key(text, options, ret_handle);
        if (status == STATUS_OBJECT_NAME_NOT_FOUND && base_end != 0) {
            status = create_base(text, base_end, options);
            if (NT_SUCCESS(status)) {
                status = create_key(text, options, ret_handle);
            }
        }
    } else {
        RtlInitUnicodeString(&name, text);
        InitializeObjectAttributes(&attributes, &name, OBJ_KERNEL_HANDLE | OBJ_CASE_INSENSITIVE,
                                   NULL, NULL);
        status = ZwOpenKey(ret_handle, KEY_ALL_ACCESS, &attributes);
    }
    ExFreePoolWithTag(text, CM_TAG);
    return status;
}

static void
close_relative(HANDLE handle, bool borrowed)
{
    if (!borrowed) {
        (void)ZwClose(handle);
    }
}

NTSTATUS
RtlCreateRegistryKey(ULONG RelativeTo, PWSTR Path)
{
    bool borrowed;
    HANDLE handle;
    NTSTATUS status = open_relative(RelativeTo, Path, true, &handle, &borrowed);

    if (NT_SUCCESS(status)) {
        close_relative(handle, borrowed);
    }
    return status;
}

NTSTATUS
RtlCheckRegistryKey(ULONG RelativeTo, PWSTR Path)
{
    bool borrowed;
    HANDLE handle;
    NTSTATUS status = open_relative(RelativeTo, Path, false, &handle, &borrowed);

    if (NT_SUCCESS(status)) {
        /* Documented: a handle that was passed in is closed. */
        (void)ZwClose(handle);
    }
    return status;
}

NTSTATUS
RtlWriteRegistryValue(ULONG RelativeTo, PCWSTR Path, PCWSTR ValueName, ULONG ValueType,
                      PVOID ValueData, ULONG ValueLength)
{
    UNICODE_STRING name;
    bool borrowed;
    HANDLE handle;
    NTSTATUS status = open_relative(RelativeTo, Path, true, &handle, &borrowed);

    if (NT_SUCCESS(status)) {
        RtlInitUnicodeString(&name, ValueName);
        status = ZwSetValueKey(handle, &name, 0, ValueType, ValueData, ValueLength);
        close_relative(handle, borrowed);
    }
    return status;
}

NTSTATUS
RtlDeleteRegistryValue(ULONG RelativeTo, PCWSTR Path, PCWSTR ValueName)
{
    UNICODE_STRING name;
    bool borrowed;
    HANDLE handle;
    NTSTATUS status = open_relative(RelativeTo, Path, false, &handle, &borrowed);

    if (NT_SUCCESS(status)) {
        RtlInitUnicodeString(&name, ValueName);
        status = ZwDeleteValueKey(handle, &name);
        close_relative(handle, borrowed);
    }
    return status;
}

/* ---- The table ---- */

/* What an entry is about at the moment. */
struct query {
    HANDLE key; /* NULL: the subkey is not there. */
    PVOID context;
};

static NTSTATUS
store_string(PUNICODE_STRING string, const WCHAR *data, ULONG length)
{
    size_t chars = length / sizeof(WCHAR);

    /* Length counts no zero at the end, the buffer gets one. */
    if (chars != 0 && data[chars - 1] == 0) {
        chars--;
    }
    if ((chars + 1) * sizeof(WCHAR) > UNICODE_STRING_MAX_BYTES) {
        return STATUS_BUFFER_TOO_SMALL;
    }
    if (string->Buffer == NULL) {
        /* RtlFreeUnicodeString frees it. */
        string->Buffer = ExAllocatePool2(POOL_FLAG_PAGED, (chars + 1) * sizeof(WCHAR), CM_TAG);
        if (string->Buffer == NULL) {
            return STATUS_INSUFFICIENT_RESOURCES;
        }
        string->MaximumLength = (USHORT)((chars + 1) * sizeof(WCHAR));
    } else if (string->MaximumLength < (chars + 1) * sizeof(WCHAR)) {
        return STATUS_BUFFER_TOO_SMALL;
    }
    if (chars != 0) {
        memcpy(string->Buffer, data, chars * sizeof(WCHAR));
    }
    string->Buffer[chars] = 0;
    string->Length = (USHORT)(chars * sizeof(WCHAR));
    return STATUS_SUCCESS;
}

/* More than a ULONG: the buffer begins with its own size, negative for the data alone. */
static NTSTATUS
store_sized(PVOID buffer, ULONG type, const void *data, ULONG length)
{
    LONG size;
    ULONG room;
    unsigned char *out = buffer;

    memcpy(&size, buffer, sizeof(size));
    if (size < 0) {
        room = (ULONG) - (LONGLONG)size;
    } else {
        if ((ULONG)size < 2 * sizeof(ULONG)) {
            return STATUS_BUFFER_TOO_SMALL;
        }
        room = (ULONG)size - 2 * (ULONG)sizeof(ULONG);
        out += 2 * sizeof(ULONG);
    }
    if (length > room) {
        return STATUS_BUFFER_TOO_SMALL;
    }
    if (size >= 0) {
        memcpy(buffer, &length, sizeof(length));
        memcpy((unsigned char *)buffer + sizeof(ULONG), &type, sizeof(type));
    }
    memcpy(out, data, length);
    return STATUS_SUCCESS;
}

static NTSTATUS
store_direct(const RTL_QUERY_REGISTRY_TABLE *entry, ULONG type, const void *data, ULONG length)
{
    switch (type) {
    case REG_MULTI_SZ:
        if ((entry->Flags & RTL_QUERY_REGISTRY_NOEXPAND) == 0) {
            return STATUS_INVALID_PARAMETER;
        }
        return store_string(entry->EntryContext, data, length);
    case REG_SZ:
    case REG_EXPAND_SZ:
        return store_string(entry->EntryContext, data, length);
    default:
        if (length <= sizeof(ULONG)) {
            memcpy(entry->EntryContext, data, length);
            return STATUS_SUCCESS;
        }
        return store_sized(entry->EntryContext, type, data, length);
    }
}

/* The driver's routine; it may refuse for want of room without stopping the query. */
static NTSTATUS
call(const struct query *query, const RTL_QUERY_REGISTRY_TABLE *entry, const WCHAR *name,
     ULONG type, const void *data, ULONG length)
{
    NTSTATUS status = entry->QueryRoutine((PWSTR)(ULONG_PTR)name, type, (PVOID)(ULONG_PTR)data,
                                          length, query->context, entry->EntryContext);

    return status == STATUS_BUFFER_TOO_SMALL ? STATUS_SUCCESS : status;
}

/* Each string of a REG_MULTI_SZ as a REG_SZ. */
static NTSTATUS
call_each(const struct query *query, const RTL_QUERY_REGISTRY_TABLE *entry, const WCHAR *name,
          const WCHAR *data, ULONG length)
{
    size_t chars = length / sizeof(WCHAR);
    NTSTATUS status = STATUS_SUCCESS;
    size_t at = 0;

    while (NT_SUCCESS(status) && at < chars && data[at] != 0) {
        size_t count = utf16_length_most((const uint16_t *)data + at, chars - at);

        /* The copy in hand ends with zeros, so the last one has its own too. */
        status = call(query, entry, name, REG_SZ, data + at, (ULONG)((count + 1) * sizeof(WCHAR)));
        at += count + 1;
    }
    return status;
}

/* %SystemRoot% replaced, in pool; other variables stay, as those do that Windows does not know. */
static NTSTATUS
expand(const WCHAR *data, ULONG length, WCHAR **ret_text, ULONG *ret_length)
{
    static const uint16_t variable[] = u"%SYSTEMROOT%";
    const size_t variable_chars = sizeof(variable) / sizeof(variable[0]) - 1;
    const size_t value_chars = sizeof(SYSTEM_ROOT) / sizeof(WCHAR) - 1;
    size_t chars = utf16_length_most((const uint16_t *)data, length / sizeof(WCHAR));
    /* The value is no longer than the variable's name. */
    WCHAR *text = ExAllocatePool2(POOL_FLAG_PAGED, (chars + 1) * sizeof(WCHAR), CM_TAG);
    size_t used = 0;
    size_t i;

    if (text == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    _Static_assert(sizeof(SYSTEM_ROOT) <= sizeof(variable), "room for what stands in its place");
    for (i = 0; i < chars;) {
        if (chars - i >= variable_chars && utf16_compare((const uint16_t *)data + i, variable_chars,
                                                         variable, variable_chars, true) == 0) {
            memcpy(text + used, SYSTEM_ROOT, value_chars * sizeof(WCHAR));
            used += value_chars;
            i += variable_chars;
        } else {
            text[used++] = data[i++];
        }
    }
    text[used] = 0;
    *ret_text = text;
    *ret_length = (ULONG)((used + 1) * sizeof(WCHAR));
    return STATUS_SUCCESS;
}

/* One value to whoever wants it. `data` is followed by zeros. */
static NTSTATUS
deliver(const struct query *query, const RTL_QUERY_REGISTRY_TABLE *entry, const WCHAR *name,
        ULONG type, const void *data, ULONG length)
{
    bool raw = (entry->Flags & RTL_QUERY_REGISTRY_NOEXPAND) != 0;
    WCHAR *expanded = NULL;
    NTSTATUS status;

    if (type == REG_EXPAND_SZ && !raw) {
        status = expand(data, length, &expanded, &length);
        if (!NT_SUCCESS(status)) {
            return status;
        }
        data = expanded;
        type = REG_SZ;
    }
    if ((entry->Flags & RTL_QUERY_REGISTRY_DIRECT) != 0) {
        status = store_direct(entry, type, data, length);
    } else if (type == REG_MULTI_SZ && !raw) {
        status = call_each(query, entry, name, data, length);
    } else {
        status = call(query, entry, name, type, data, length);
    }
    if (expanded != NULL) {
        ExFreePoolWithTag(expanded, CM_TAG);
    }
    return status;
}

static ULONG
default_length(const RTL_QUERY_REGISTRY_TABLE *entry, ULONG type)
{
    const WCHAR *text = entry->DefaultData;
    size_t chars = 0;

    if (entry->DefaultLength != 0 || text == NULL ||
        (type != REG_SZ && type != REG_EXPAND_SZ && type != REG_MULTI_SZ)) {
        return entry->DefaultLength;
    }
    do {
        chars += wide_length(text + chars) + 1;
    } while (type == REG_MULTI_SZ && text[chars] != 0);
    return (ULONG)((chars + (type == REG_MULTI_SZ)) * sizeof(WCHAR));
}

static NTSTATUS
deliver_default(const struct query *query, const RTL_QUERY_REGISTRY_TABLE *entry)
{
    ULONG type = entry->DefaultType & 0xff;

    if ((entry->Flags & RTL_QUERY_REGISTRY_REQUIRED) != 0) {
        return STATUS_OBJECT_NAME_NOT_FOUND;
    }
    if (type == REG_NONE) {
        return STATUS_SUCCESS;
    }
    return deliver(query, entry, entry->Name, type, entry->DefaultData,
                   default_length(entry, type));
}

/* The key's number behind a handle; the value functions of nt would bring layouts along. */
static NTSTATUS
store_key(HANDLE handle, reg_key *ret_key)
{
    struct cm_key *key;
    NTSTATUS status = cm_reference(handle, &key);

    if (NT_SUCCESS(status)) {
        *ret_key = key->key;
        ObDereferenceObject(key);
    }
    return status;
}

static NTSTATUS
query_named(const struct query *query, const RTL_QUERY_REGISTRY_TABLE *entry)
{
    struct reg_value value;
    UNICODE_STRING name;
    reg_key key;
    char *text;
    NTSTATUS status;

    if (query->key == NULL) {
        return deliver_default(query, entry);
    }
    RtlInitUnicodeString(&name, entry->Name);
    status = store_key(query->key, &key);
    if (NT_SUCCESS(status)) {
        status = cm_text(&name, &text);
    }
    if (!NT_SUCCESS(status)) {
        return status;
    }
    status = cm_status(reg_value_get(cm_store(), key, text, &value));
    if (status == STATUS_OBJECT_NAME_NOT_FOUND) {
        status = deliver_default(query, entry);
    } else if (NT_SUCCESS(status)) {
        if ((entry->Flags & RTL_QUERY_REGISTRY_TYPECHECK) != 0 &&
            (entry->Flags & RTL_QUERY_REGISTRY_DIRECT) != 0 &&
            entry->DefaultType >> RTL_QUERY_REGISTRY_TYPECHECK_SHIFT != value.type) {
            status = STATUS_OBJECT_TYPE_MISMATCH;
        } else {
            status = deliver(query, entry, entry->Name, value.type, value.data, value.size);
        }
        if (NT_SUCCESS(status) && (entry->Flags & RTL_QUERY_REGISTRY_DELETE) != 0) {
            (void)reg_value_delete(cm_store(), key, text);
        }
        reg_value_free(&value);
    }
    ExFreePoolWithTag(text, CM_TAG);
    return status;
}

/* All values of the key. One that is deleted makes room for the next at the same place. */
static NTSTATUS
query_all(const struct query *query, const RTL_QUERY_REGISTRY_TABLE *entry)
{
    bool deletes = (entry->Flags & RTL_QUERY_REGISTRY_DELETE) != 0;
    NTSTATUS status = STATUS_SUCCESS;
    uint32_t index = 0;
    bool any = false;
    reg_key key;

    if (query->key != NULL) {
        status = store_key(query->key, &key);
    }
    while (query->key != NULL && NT_SUCCESS(status)) {
        struct reg_value value;
        ULONG chars;
        WCHAR *name;

        status = cm_status(reg_value_at(cm_store(), key, index, &value));
        if (status == STATUS_OBJECT_NAME_NOT_FOUND) {
            status = STATUS_SUCCESS;
            break;
        }
        if (!NT_SUCCESS(status)) {
            break;
        }
        any = true;
        status = cm_wide(value.name, &name, &chars);
        if (NT_SUCCESS(status)) {
            status = deliver(query, entry, name, value.type, value.data, value.size);
            ExFreePoolWithTag(name, CM_TAG);
        }
        if (NT_SUCCESS(status) && deletes) {
            status = cm_status(reg_value_delete(cm_store(), key, value.name));
        }
        index += !deletes;
        reg_value_free(&value);
    }
    if (NT_SUCCESS(status) && !any && (entry->Flags & RTL_QUERY_REGISTRY_REQUIRED) != 0) {
        status = STATUS_OBJECT_NAME_NOT_FOUND;
    }
    return status;
}

static NTSTATUS
check_entry(const RTL_QUERY_REGISTRY_TABLE *entry)
{
    bool direct = (entry->Flags & RTL_QUERY_REGISTRY_DIRECT) != 0;
    bool subkey = (entry->Flags & RTL_QUERY_REGISTRY_SUBKEY) != 0;

    if (direct && (entry->Name == NULL || subkey || entry->QueryRoutine != NULL ||
                   entry->EntryContext == NULL)) {
        return STATUS_INVALID_PARAMETER;
    }
    if (subkey && entry->Name == NULL) {
        return STATUS_INVALID_PARAMETER;
    }
    return !direct && !subkey && entry->QueryRoutine == NULL &&
                   (entry->Flags & RTL_QUERY_REGISTRY_TOPKEY) == 0
               ? STATUS_INVALID_PARAMETER
               : STATUS_SUCCESS;
}

/* Moves to the subkey that an entry names; a missing one is no key. */
static NTSTATUS
enter_subkey(struct query *query, HANDLE top, const RTL_QUERY_REGISTRY_TABLE *entry)
{
    OBJECT_ATTRIBUTES attributes;
    UNICODE_STRING name;
    NTSTATUS status;

    query->key = NULL;
    if (top == NULL) {
        status = STATUS_OBJECT_NAME_NOT_FOUND;
    } else {
        RtlInitUnicodeString(&name, entry->Name);
        InitializeObjectAttributes(&attributes, &name, OBJ_KERNEL_HANDLE | OBJ_CASE_INSENSITIVE,
                                   top, NULL);
        status = ZwOpenKey(&query->key, KEY_ALL_ACCESS, &attributes);
    }
    return status == STATUS_OBJECT_NAME_NOT_FOUND &&
                   (entry->Flags & RTL_QUERY_REGISTRY_REQUIRED) == 0
               ? STATUS_SUCCESS
               : status;
}

static NTSTATUS
run_entry(struct query *query, HANDLE top, const RTL_QUERY_REGISTRY_TABLE *entry)
{
    NTSTATUS status = check_entry(entry);

    if (!NT_SUCCESS(status)) {
        return status;
    }
    if ((entry->Flags & (RTL_QUERY_REGISTRY_TOPKEY | RTL_QUERY_REGISTRY_SUBKEY)) != 0 &&
        query->key != top) {
        if (query->key != NULL) {
            (void)ZwClose(query->key);
        }
        query->key = top;
    }
    if ((entry->Flags & RTL_QUERY_REGISTRY_SUBKEY) != 0) {
        status = enter_subkey(query, top, entry);
        return !NT_SUCCESS(status) || entry->QueryRoutine == NULL ? status
                                                                  : query_all(query, entry);
    }
    if ((entry->Flags & RTL_QUERY_REGISTRY_NOVALUE) != 0) {
        return call(query, entry, NULL, REG_NONE, NULL, 0);
    }
    if (entry->Name != NULL) {
        return query_named(query, entry);
    }
    return entry->QueryRoutine != NULL ? query_all(query, entry) : STATUS_SUCCESS;
}

NTSTATUS
RtlQueryRegistryValues(ULONG RelativeTo, PCWSTR Path, PRTL_QUERY_REGISTRY_TABLE QueryTable,
                       PVOID Context, PVOID Environment)
{
    struct query query = {.context = Context};
    const RTL_QUERY_REGISTRY_TABLE *entry;
    bool borrowed = false;
    HANDLE top = NULL;
    NTSTATUS status = open_relative(RelativeTo, Path, false, &top, &borrowed);

    if (status == STATUS_OBJECT_NAME_NOT_FOUND && (RelativeTo & RTL_REGISTRY_OPTIONAL) != 0) {
        top = NULL;
        borrowed = true;
        status = STATUS_SUCCESS;
    }
    if (!NT_SUCCESS(status)) {
        return status;
    }
    query.key = top;
    for (entry = QueryTable;
         NT_SUCCESS(status) && (entry->QueryRoutine != NULL || entry->Name != NULL); entry++) {
        status = run_entry(&query, top, entry);
    }
    if (query.key != NULL && query.key != top) {
        (void)ZwClose(query.key);
    }
    close_relative(top, borrowed);
    return status;
}

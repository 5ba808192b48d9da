/* SPDX-License-Identifier: MIT */
/*
 * WDFKEY: opening, making and removing keys, and writing values. Reading them is registry_query.c,
 * the keys of drivers and devices are registry_places.c.
 *
 * A KMDF driver's names are full ones or relative to a key; a UMDF driver's full names begin below
 * HKEY_LOCAL_MACHINE, and it may not remove keys.
 */
#include "fx/misc/registry.h"

#include <string.h>

#include "fx/mem/memory.h"
#include "fx/misc/string.h"
#include "fx_imports.h"
#include "nt/cm/cm.h"
#include "sys/memory.h"

static void
key_destroy(struct fx_object *object)
{
    struct fx_key *key = container_of(object, struct fx_key, object);

    if (key->handle != NULL) {
        (void)ZwClose(key->handle);
        key->handle = NULL;
    }
}

static const struct fx_class key_class = {
    .type = FX_TYPE_KEY,
    .name = "WDFKEY",
    .size = sizeof(struct fx_key),
    .parent_rule = FX_PARENT_OPTIONAL,
    .passive = true,
    .destroy = key_destroy,
};

bool
fx_key_passive(struct fx_globals *globals, const char *function)
{
    if (KeGetCurrentIrql() == PASSIVE_LEVEL) {
        return true;
    }
    fx_log(globals, "%s is called at IRQL %u", function, KeGetCurrentIrql());
    return false;
}

NTSTATUS
fx_key_create(struct fx_globals *globals, const char *function,
              const WDF_OBJECT_ATTRIBUTES *attributes, ACCESS_MASK access, struct fx_key **ret_key)
{
    NTSTATUS status;

    if (!fx_key_passive(globals, function)) {
        return STATUS_INVALID_DEVICE_REQUEST;
    }
    status = fx_object_create(&key_class, globals, attributes, NULL, 0, ret_key);
    if (NT_SUCCESS(status)) {
        (*ret_key)->handle = NULL;
        (*ret_key)->access = access;
    }
    return status;
}

NTSTATUS
fx_key_finish(struct fx_key *key, NTSTATUS status, WDFKEY *ret_key)
{
    if (NT_SUCCESS(status)) {
        *ret_key = fx_object_commit(&key->object);
    } else {
        (void)fx_object_delete(&key->object);
    }
    return status;
}

/* The rights that generic ones stand for. */
static ACCESS_MASK
specific(ACCESS_MASK access)
{
    access |= access & GENERIC_READ ? KEY_READ : 0;
    access |= access & GENERIC_WRITE ? KEY_WRITE : 0;
    return access & (GENERIC_ALL | MAXIMUM_ALLOWED) ? access | KEY_ALL_ACCESS : access;
}

NTSTATUS
fx_key_check(const struct fx_key *key, ACCESS_MASK needed)
{
    if (!key->object.globals->is_umdf || (specific(key->access) & needed) == needed) {
        return STATUS_SUCCESS;
    }
    fx_log(key->object.globals, "WDFKEY %p was opened with access 0x%x, 0x%x is needed",
           fx_object_handle((struct fx_object *)(uintptr_t)&key->object), key->access, needed);
    return STATUS_ACCESS_DENIED;
}

/* ---- Opening ---- */

static bool
is_string(const UNICODE_STRING *string)
{
    return string->Length % sizeof(WCHAR) == 0 && (string->Length == 0 || string->Buffer != NULL);
}

/* A UMDF driver's full name as the kernel's; freed by the caller. */
static NTSTATUS
full_name(const UNICODE_STRING *name, UNICODE_STRING *ret_full)
{
    static const WCHAR prefix[] = L"\\Registry\\Machine\\";
    const USHORT prefix_size = sizeof(prefix) - sizeof(WCHAR);
    USHORT length = name->Length;

    /* "System\CurrentControlSet\Control\": the documentation's own example ends so. */
    while (length >= sizeof(WCHAR) && name->Buffer[length / sizeof(WCHAR) - 1] == '\\') {
        length -= sizeof(WCHAR);
    }
    if (length > UNICODE_STRING_MAX_BYTES - prefix_size) {
        return STATUS_NAME_TOO_LONG;
    }
    ret_full->Buffer = sys_alloc((size_t)prefix_size + length + sizeof(WCHAR));
    if (ret_full->Buffer == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    memcpy(ret_full->Buffer, prefix, prefix_size);
    memcpy((char *)ret_full->Buffer + prefix_size, name->Buffer, length);
    ret_full->Length = ret_full->MaximumLength = (USHORT)(prefix_size + length);
    return STATUS_SUCCESS;
}

struct open_params {
    bool create;
    ULONG options;
    ULONG *ret_disposition;
};

static NTSTATUS
open_handle(struct fx_key *key, const struct fx_key *parent, const UNICODE_STRING *name,
            const struct open_params *params)
{
    UNICODE_STRING full = {.Buffer = NULL};
    UNICODE_STRING target = *name;
    OBJECT_ATTRIBUTES attributes;
    NTSTATUS status = STATUS_SUCCESS;

    if (parent == NULL && key->object.globals->is_umdf) {
        status = full_name(name, &full);
        target = full;
    }
    InitializeObjectAttributes(&attributes, &target, OBJ_CASE_INSENSITIVE | OBJ_KERNEL_HANDLE,
                               parent != NULL ? parent->handle : NULL, NULL);
    if (NT_SUCCESS(status)) {
        status = params->create ? ZwCreateKey(&key->handle, key->access, &attributes, 0, NULL,
                                              params->options, params->ret_disposition)
                                : ZwOpenKey(&key->handle, key->access, &attributes);
    }
    if (!NT_SUCCESS(status)) {
        key->handle = NULL;
    }
    sys_free(full.Buffer);
    return status;
}

static NTSTATUS
open_key(PWDF_DRIVER_GLOBALS driver_globals, const char *function, WDFKEY parent_handle,
         PCUNICODE_STRING name, ACCESS_MASK access, WDF_OBJECT_ATTRIBUTES *attributes,
         const struct open_params *params, WDFKEY *ret_key)
{
    struct fx_key *parent = fx_handle_get_optional(driver_globals, parent_handle, FX_TYPE_KEY);
    struct fx_globals *globals = fx_globals_of(driver_globals);
    struct fx_key *key;
    NTSTATUS status;

    fx_require(driver_globals, ret_key);
    *ret_key = NULL;
    fx_require(driver_globals, name);
    if (!is_string(name)) {
        fx_log(globals, "%s: the name has %u bytes at %p", function, name->Length,
               (void *)name->Buffer);
        return STATUS_INVALID_PARAMETER;
    }
    status = fx_key_create(globals, function, attributes, access, &key);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    return fx_key_finish(key, open_handle(key, parent, name, params), ret_key);
}

NTSTATUS
imp_WdfRegistryOpenKey(PWDF_DRIVER_GLOBALS DriverGlobals, WDFKEY ParentKey,
                       PCUNICODE_STRING KeyName, ACCESS_MASK DesiredAccess,
                       PWDF_OBJECT_ATTRIBUTES KeyAttributes, WDFKEY *Key)
{
    const struct open_params params = {.create = false};

    return open_key(DriverGlobals, "WdfRegistryOpenKey", ParentKey, KeyName, DesiredAccess,
                    KeyAttributes, &params, Key);
}

NTSTATUS
imp_WdfRegistryCreateKey(PWDF_DRIVER_GLOBALS DriverGlobals, WDFKEY ParentKey,
                         PCUNICODE_STRING KeyName, ACCESS_MASK DesiredAccess, ULONG CreateOptions,
                         PULONG CreateDisposition, PWDF_OBJECT_ATTRIBUTES KeyAttributes,
                         WDFKEY *Key)
{
    const struct open_params params = {
        .create = true, .options = CreateOptions, .ret_disposition = CreateDisposition};

    return open_key(DriverGlobals, "WdfRegistryCreateKey", ParentKey, KeyName, DesiredAccess,
                    KeyAttributes, &params, Key);
}

VOID
imp_WdfRegistryClose(PWDF_DRIVER_GLOBALS DriverGlobals, WDFKEY Key)
{
    struct fx_key *key = fx_handle_get(DriverGlobals, Key, FX_TYPE_KEY);

    (void)fx_object_delete(&key->object);
}

HANDLE
imp_WdfRegistryWdmGetHandle(PWDF_DRIVER_GLOBALS DriverGlobals, WDFKEY Key)
{
    struct fx_key *key = fx_handle_get(DriverGlobals, Key, FX_TYPE_KEY);

    return key->handle;
}

NTSTATUS
imp_WdfRegistryRemoveKey(PWDF_DRIVER_GLOBALS DriverGlobals, WDFKEY Key)
{
    struct fx_key *key = fx_handle_get(DriverGlobals, Key, FX_TYPE_KEY);
    struct fx_globals *globals = fx_globals_of(DriverGlobals);
    NTSTATUS status;

    if (!fx_key_passive(globals, "WdfRegistryRemoveKey")) {
        return STATUS_INVALID_DEVICE_REQUEST;
    }
    if (globals->is_umdf) {
        return STATUS_NOT_IMPLEMENTED; /* Documented so. */
    }
    status = ZwDeleteKey(key->handle);
    if (NT_SUCCESS(status)) {
        (void)fx_object_delete(&key->object);
    }
    return status;
}

NTSTATUS
imp_WdfRegistryRemoveValue(PWDF_DRIVER_GLOBALS DriverGlobals, WDFKEY Key,
                           PCUNICODE_STRING ValueName)
{
    struct fx_key *key = fx_handle_get(DriverGlobals, Key, FX_TYPE_KEY);
    NTSTATUS status;

    fx_require(DriverGlobals, ValueName);
    if (!fx_key_passive(fx_globals_of(DriverGlobals), "WdfRegistryRemoveValue")) {
        return STATUS_INVALID_DEVICE_REQUEST;
    }
    if (!is_string(ValueName)) {
        return STATUS_INVALID_PARAMETER;
    }
    status = fx_key_check(key, KEY_SET_VALUE);
    return NT_SUCCESS(status) ? ZwDeleteValueKey(key->handle, (PUNICODE_STRING)(uintptr_t)ValueName)
                              : status;
}

/* ---- Writing ---- */

static NTSTATUS
assign(PWDF_DRIVER_GLOBALS driver_globals, const char *function, struct fx_key *key,
       PCUNICODE_STRING name, ULONG type, const void *data, size_t size)
{
    struct fx_globals *globals = fx_globals_of(driver_globals);
    NTSTATUS status;

    fx_require(driver_globals, name);
    if (!fx_key_passive(globals, function)) {
        return STATUS_INVALID_DEVICE_REQUEST;
    }
    if (!is_string(name) || (data == NULL && size != 0) || size > UINT32_MAX) {
        fx_log(globals, "%s: a value of %zu bytes at %p, or its name, is invalid", function, size,
               data);
        return STATUS_INVALID_PARAMETER;
    }
    status = fx_key_check(key, KEY_SET_VALUE);
    return NT_SUCCESS(status) ? ZwSetValueKey(key->handle, (PUNICODE_STRING)(uintptr_t)name, 0,
                                              type, (PVOID)(uintptr_t)data, (ULONG)size)
                              : status;
}

NTSTATUS
imp_WdfRegistryAssignValue(PWDF_DRIVER_GLOBALS DriverGlobals, WDFKEY Key,
                           PCUNICODE_STRING ValueName, ULONG ValueType, ULONG ValueLength,
                           PVOID Value)
{
    struct fx_key *key = fx_handle_get(DriverGlobals, Key, FX_TYPE_KEY);

    fx_require(DriverGlobals, Value);
    return assign(DriverGlobals, "WdfRegistryAssignValue", key, ValueName, ValueType, Value,
                  ValueLength);
}

NTSTATUS
imp_WdfRegistryAssignMemory(PWDF_DRIVER_GLOBALS DriverGlobals, WDFKEY Key,
                            PCUNICODE_STRING ValueName, ULONG ValueType, WDFMEMORY Memory,
                            PWDFMEMORY_OFFSET MemoryOffsets)
{
    struct fx_key *key = fx_handle_get(DriverGlobals, Key, FX_TYPE_KEY);
    struct fx_memory *memory = fx_handle_get(DriverGlobals, Memory, FX_TYPE_MEMORY);
    void *buffer = memory->buffer;
    size_t length = memory->size;

    if (MemoryOffsets != NULL) {
        if (MemoryOffsets->BufferOffset > memory->size ||
            MemoryOffsets->BufferLength > memory->size - MemoryOffsets->BufferOffset) {
            fx_log(fx_globals_of(DriverGlobals),
                   "WdfRegistryAssignMemory: offset %zu and length %zu are not inside %zu bytes",
                   MemoryOffsets->BufferOffset, MemoryOffsets->BufferLength, memory->size);
            return STATUS_INTEGER_OVERFLOW;
        }
        buffer = (char *)buffer + MemoryOffsets->BufferOffset;
        length = MemoryOffsets->BufferLength;
    }
    return assign(DriverGlobals, "WdfRegistryAssignMemory", key, ValueName, ValueType, buffer,
                  length);
}

/* A REG_SZ ends with a zero in the registry, whether the string has one or not. */
static NTSTATUS
assign_string(PWDF_DRIVER_GLOBALS driver_globals, const char *function, struct fx_key *key,
              PCUNICODE_STRING name, const UNICODE_STRING *text)
{
    size_t chars = text->Length / sizeof(WCHAR);
    NTSTATUS status;
    WCHAR *copy;

    if (!is_string(text)) {
        return STATUS_INVALID_PARAMETER;
    }
    if (chars != 0 && text->Buffer[chars - 1] == 0) {
        chars--;
    }
    copy = sys_alloc((chars + 1) * sizeof(WCHAR));
    if (copy == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    if (chars != 0) {
        memcpy(copy, text->Buffer, chars * sizeof(WCHAR));
    }
    copy[chars] = 0;
    status = assign(driver_globals, function, key, name, REG_SZ, copy, (chars + 1) * sizeof(WCHAR));
    sys_free(copy);
    return status;
}

NTSTATUS
imp_WdfRegistryAssignUnicodeString(PWDF_DRIVER_GLOBALS DriverGlobals, WDFKEY Key,
                                   PCUNICODE_STRING ValueName, PCUNICODE_STRING Value)
{
    struct fx_key *key = fx_handle_get(DriverGlobals, Key, FX_TYPE_KEY);

    fx_require(DriverGlobals, Value);
    return assign_string(DriverGlobals, "WdfRegistryAssignUnicodeString", key, ValueName, Value);
}

NTSTATUS
imp_WdfRegistryAssignString(PWDF_DRIVER_GLOBALS DriverGlobals, WDFKEY Key,
                            PCUNICODE_STRING ValueName, WDFSTRING String)
{
    struct fx_key *key = fx_handle_get(DriverGlobals, Key, FX_TYPE_KEY);
    struct fx_string *string = fx_handle_get(DriverGlobals, String, FX_TYPE_STRING);

    return assign_string(DriverGlobals, "WdfRegistryAssignString", key, ValueName, &string->text);
}

NTSTATUS
imp_WdfRegistryAssignULong(PWDF_DRIVER_GLOBALS DriverGlobals, WDFKEY Key,
                           PCUNICODE_STRING ValueName, ULONG Value)
{
    struct fx_key *key = fx_handle_get(DriverGlobals, Key, FX_TYPE_KEY);

    return assign(DriverGlobals, "WdfRegistryAssignULong", key, ValueName, REG_DWORD, &Value,
                  sizeof(Value));
}

/* The strings of a collection, each with its zero, one behind the other; a last zero. */
static NTSTATUS
join_strings(PWDF_DRIVER_GLOBALS driver_globals, WDFCOLLECTION collection, WCHAR **ret_text,
             size_t *ret_size)
{
    ULONG count = imp_WdfCollectionGetCount(driver_globals, collection);
    size_t size = sizeof(WCHAR);
    size_t used = 0;
    WCHAR *text;
    ULONG i;

    for (i = 0; i < count; i++) {
        WDFOBJECT item = imp_WdfCollectionGetItem(driver_globals, collection, i);
        struct fx_string *string = fx_handle_get(driver_globals, item, FX_TYPE_STRING);

        size += string->text.Length + sizeof(WCHAR);
    }
    text = sys_alloc_zeroed(size);
    if (text == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    for (i = 0; i < count; i++) {
        WDFOBJECT item = imp_WdfCollectionGetItem(driver_globals, collection, i);
        struct fx_string *string = fx_handle_get(driver_globals, item, FX_TYPE_STRING);

        memcpy((char *)text + used, string->text.Buffer, string->text.Length);
        used += string->text.Length + sizeof(WCHAR);
    }
    *ret_text = text;
    *ret_size = size;
    return STATUS_SUCCESS;
}

NTSTATUS
imp_WdfRegistryAssignMultiString(PWDF_DRIVER_GLOBALS DriverGlobals, WDFKEY Key,
                                 PCUNICODE_STRING ValueName, WDFCOLLECTION StringsCollection)
{
    struct fx_key *key = fx_handle_get(DriverGlobals, Key, FX_TYPE_KEY);
    size_t size;
    WCHAR *text;
    NTSTATUS status = join_strings(DriverGlobals, StringsCollection, &text, &size);

    if (NT_SUCCESS(status)) {
        status = assign(DriverGlobals, "WdfRegistryAssignMultiString", key, ValueName, REG_MULTI_SZ,
                        text, size);
        sys_free(text);
    }
    return status;
}

/* SPDX-License-Identifier: MIT */
/* WdfRegistryQuery…: the values of a key, as bytes or as what their type says. */
#include <string.h>

#include "fx/mem/memory.h"
#include "fx/misc/registry.h"
#include "fx/misc/string.h"
#include "fx_imports.h"
#include "nt/cm/cm.h"

/* Decodes the arguments that all have in common and reads the value, for ExFreePool. */
static NTSTATUS
query(PWDF_DRIVER_GLOBALS driver_globals, const char *function, WDFKEY key_handle,
      PCUNICODE_STRING name, KEY_VALUE_PARTIAL_INFORMATION **ret_value)
{
    struct fx_key *key = fx_handle_get(driver_globals, key_handle, FX_TYPE_KEY);
    struct fx_globals *globals = fx_globals_of(driver_globals);
    NTSTATUS status;

    fx_require(driver_globals, name);
    if (!fx_key_passive(globals, function)) {
        return STATUS_INVALID_DEVICE_REQUEST;
    }
    if (name->Length % sizeof(WCHAR) != 0 || (name->Length != 0 && name->Buffer == NULL)) {
        fx_log(globals, "%s: the name has %u bytes at %p", function, name->Length,
               (void *)name->Buffer);
        return STATUS_INVALID_PARAMETER;
    }
    status = fx_key_check(key, KEY_QUERY_VALUE);
    return NT_SUCCESS(status) ? cm_query_value(key->handle, name, ret_value) : status;
}

/* The same for a value of one type. */
static NTSTATUS
query_typed(PWDF_DRIVER_GLOBALS driver_globals, const char *function, WDFKEY key,
            PCUNICODE_STRING name, ULONG type, KEY_VALUE_PARTIAL_INFORMATION **ret_value)
{
    NTSTATUS status = query(driver_globals, function, key, name, ret_value);

    if (NT_SUCCESS(status) && (*ret_value)->Type != type) {
        ExFreePool(*ret_value);
        status = STATUS_OBJECT_TYPE_MISMATCH;
    }
    return status;
}

NTSTATUS
imp_WdfRegistryQueryValue(PWDF_DRIVER_GLOBALS DriverGlobals, WDFKEY Key, PCUNICODE_STRING ValueName,
                          ULONG ValueLength, PVOID Value, PULONG ValueLengthQueried,
                          PULONG ValueType)
{
    KEY_VALUE_PARTIAL_INFORMATION *value;
    NTSTATUS status;

    if (Value == NULL && ValueLength != 0) {
        fx_log(fx_globals_of(DriverGlobals), "WdfRegistryQueryValue: %u bytes at NULL",
               ValueLength);
        return STATUS_INVALID_PARAMETER;
    }
    status = query(DriverGlobals, "WdfRegistryQueryValue", Key, ValueName, &value);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    if (Value != NULL) {
        memcpy(Value, value->Data,
               value->DataLength < ValueLength ? value->DataLength : ValueLength);
        status = value->DataLength > ValueLength ? STATUS_BUFFER_OVERFLOW : STATUS_SUCCESS;
    }
    if (ValueLengthQueried != NULL) {
        *ValueLengthQueried = value->DataLength;
    }
    if (ValueType != NULL) {
        *ValueType = value->Type;
    }
    ExFreePool(value);
    return status;
}

NTSTATUS
imp_WdfRegistryQueryMemory(PWDF_DRIVER_GLOBALS DriverGlobals, WDFKEY Key,
                           PCUNICODE_STRING ValueName, POOL_TYPE PoolType,
                           PWDF_OBJECT_ATTRIBUTES MemoryAttributes, WDFMEMORY *Memory,
                           PULONG ValueType)
{
    KEY_VALUE_PARTIAL_INFORMATION *value;
    struct fx_memory *memory;
    NTSTATUS status;

    fx_require(DriverGlobals, Memory);
    *Memory = NULL;
    status = query(DriverGlobals, "WdfRegistryQueryMemory", Key, ValueName, &value);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    status = value->DataLength == 0
                 ? STATUS_RESOURCE_DATA_NOT_FOUND
                 : fx_memory_create(fx_globals_of(DriverGlobals), MemoryAttributes, PoolType, 0,
                                    value->DataLength, __builtin_return_address(0), &memory);
    if (NT_SUCCESS(status)) {
        memcpy(memory->buffer, value->Data, value->DataLength);
        if (ValueType != NULL) {
            *ValueType = value->Type;
        }
        *Memory = fx_object_commit(&memory->object);
    }
    ExFreePool(value);
    return status;
}

NTSTATUS
imp_WdfRegistryQueryULong(PWDF_DRIVER_GLOBALS DriverGlobals, WDFKEY Key, PCUNICODE_STRING ValueName,
                          PULONG Value)
{
    KEY_VALUE_PARTIAL_INFORMATION *value;
    NTSTATUS status;

    fx_require(DriverGlobals, Value);
    status = query_typed(DriverGlobals, "WdfRegistryQueryULong", Key, ValueName, REG_DWORD, &value);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    if (value->DataLength != sizeof(*Value)) {
        status = STATUS_OBJECT_TYPE_MISMATCH;
    } else {
        memcpy(Value, value->Data, sizeof(*Value));
    }
    ExFreePool(value);
    return status;
}

/* The characters before the zero at the end, if there is one. */
static size_t
text_chars(const KEY_VALUE_PARTIAL_INFORMATION *value)
{
    const WCHAR *text = (const WCHAR *)(const void *)value->Data;
    size_t chars = value->DataLength / sizeof(WCHAR);

    return chars != 0 && text[chars - 1] == 0 ? chars - 1 : chars;
}

NTSTATUS
imp_WdfRegistryQueryString(PWDF_DRIVER_GLOBALS DriverGlobals, WDFKEY Key,
                           PCUNICODE_STRING ValueName, WDFSTRING String)
{
    KEY_VALUE_PARTIAL_INFORMATION *value;
    struct fx_string *string;
    NTSTATUS status;

    (void)fx_handle_get(DriverGlobals, Key, FX_TYPE_KEY);
    string = fx_handle_get(DriverGlobals, String, FX_TYPE_STRING);
    status = query_typed(DriverGlobals, "WdfRegistryQueryString", Key, ValueName, REG_SZ, &value);
    if (NT_SUCCESS(status)) {
        status = value->DataLength == 0
                     ? STATUS_RESOURCE_DATA_NOT_FOUND
                     : fx_string_set(string, (const WCHAR *)(const void *)value->Data,
                                     text_chars(value) * sizeof(WCHAR));
        ExFreePool(value);
    }
    return status;
}

NTSTATUS
imp_WdfRegistryQueryUnicodeString(PWDF_DRIVER_GLOBALS DriverGlobals, WDFKEY Key,
                                  PCUNICODE_STRING ValueName, PUSHORT ValueByteLength,
                                  PUNICODE_STRING Value)
{
    KEY_VALUE_PARTIAL_INFORMATION *value;
    size_t chars;
    size_t size;
    NTSTATUS status;

    if (Value != NULL && Value->MaximumLength != 0 && Value->Buffer == NULL) {
        fx_log(fx_globals_of(DriverGlobals), "WdfRegistryQueryUnicodeString: %u bytes at NULL",
               Value->MaximumLength);
        return STATUS_INVALID_PARAMETER;
    }
    status =
        query_typed(DriverGlobals, "WdfRegistryQueryUnicodeString", Key, ValueName, REG_SZ, &value);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    chars = text_chars(value);
    size = (chars + 1) * sizeof(WCHAR);
    if (size > UNICODE_STRING_MAX_BYTES) {
        status = STATUS_INTEGER_OVERFLOW;
    } else {
        if (ValueByteLength != NULL) {
            *ValueByteLength = (USHORT)size;
        }
        if (Value != NULL) {
            /* The zero is not part of the string, but there is one where there is room for it. */
            size_t room = Value->MaximumLength / sizeof(WCHAR);
            size_t count = chars < room ? chars : room;

            if (count != 0) {
                memcpy(Value->Buffer, value->Data, count * sizeof(WCHAR));
            }
            if (count < room) {
                Value->Buffer[count] = 0;
            }
            Value->Length = (USHORT)(count * sizeof(WCHAR));
            status = count < chars ? STATUS_BUFFER_OVERFLOW : STATUS_SUCCESS;
        }
    }
    ExFreePool(value);
    return status;
}

/* One string object for a piece of text, put into the collection. */
static NTSTATUS
add_string(PWDF_DRIVER_GLOBALS driver_globals, const WCHAR *text, size_t chars,
           PWDF_OBJECT_ATTRIBUTES attributes, WDFCOLLECTION collection)
{
    UNICODE_STRING string = {.Buffer = (WCHAR *)(uintptr_t)text};
    WDFSTRING object;
    NTSTATUS status;

    if (chars * sizeof(WCHAR) > UNICODE_STRING_MAX_BYTES) {
        return STATUS_INTEGER_OVERFLOW;
    }
    string.Length = string.MaximumLength = (USHORT)(chars * sizeof(WCHAR));
    status = imp_WdfStringCreate(driver_globals, &string, attributes, &object);
    if (NT_SUCCESS(status)) {
        status = imp_WdfCollectionAdd(driver_globals, collection, object);
        if (!NT_SUCCESS(status)) {
            imp_WdfObjectDelete(driver_globals, object);
        }
    }
    return status;
}

/* Takes back what a query that failed half-way has put there. */
static void
remove_strings(PWDF_DRIVER_GLOBALS driver_globals, WDFCOLLECTION collection, ULONG from)
{
    ULONG count = imp_WdfCollectionGetCount(driver_globals, collection);

    while (count-- > from) {
        WDFOBJECT string = imp_WdfCollectionGetItem(driver_globals, collection, count);

        imp_WdfCollectionRemoveItem(driver_globals, collection, count);
        imp_WdfObjectDelete(driver_globals, string);
    }
}

NTSTATUS
imp_WdfRegistryQueryMultiString(PWDF_DRIVER_GLOBALS DriverGlobals, WDFKEY Key,
                                PCUNICODE_STRING ValueName,
                                PWDF_OBJECT_ATTRIBUTES StringsAttributes, WDFCOLLECTION Collection)
{
    KEY_VALUE_PARTIAL_INFORMATION *value;
    const WCHAR *text;
    NTSTATUS status;
    ULONG before;
    size_t chars;
    size_t at = 0;

    (void)fx_handle_get(DriverGlobals, Key, FX_TYPE_KEY);
    before = imp_WdfCollectionGetCount(DriverGlobals, Collection);
    status = query_typed(DriverGlobals, "WdfRegistryQueryMultiString", Key, ValueName, REG_MULTI_SZ,
                         &value);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    text = (const WCHAR *)(const void *)value->Data;
    chars = value->DataLength / sizeof(WCHAR);
    if (chars == 0) {
        status = STATUS_RESOURCE_DATA_NOT_FOUND;
    }
    while (NT_SUCCESS(status) && at < chars && text[at] != 0) {
        size_t count = 0;

        while (at + count < chars && text[at + count] != 0) {
            count++;
        }
        status = add_string(DriverGlobals, text + at, count, StringsAttributes, Collection);
        at += count + 1;
    }
    if (!NT_SUCCESS(status)) {
        remove_strings(DriverGlobals, Collection, before);
    }
    ExFreePool(value);
    return status;
}

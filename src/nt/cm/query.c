/* SPDX-License-Identifier: MIT */
/*
 * What is asked about keys and values, in the layouts of the documented information classes.
 *
 * A buffer that does not hold the fixed part is STATUS_BUFFER_TOO_SMALL and gets nothing; one that
 * does not hold all gets what fits and STATUS_BUFFER_OVERFLOW. *ResultLength is what all takes.
 */
#include <string.h>

#include "base/utf16.h"
#include "nt/cm/cm_priv.h"
#include "sys/memory.h"

/* The reply in the making: bytes beyond the buffer are counted and not stored. */
struct reply {
    unsigned char *buffer;
    ULONG length;
    ULONG needed;
};

static void
put(struct reply *reply, ULONG offset, const void *data, size_t size)
{
    if (offset < reply->length) {
        size_t room = reply->length - offset;

        memcpy(reply->buffer + offset, data, size < room ? size : room);
    }
    if (offset + size > reply->needed) {
        reply->needed = (ULONG)(offset + size);
    }
}

static NTSTATUS
end(const struct reply *reply, ULONG fixed, PULONG ret_length)
{
    *ret_length = reply->needed;
    return reply->length < fixed           ? STATUS_BUFFER_TOO_SMALL
           : reply->length < reply->needed ? STATUS_BUFFER_OVERFLOW
                                           : STATUS_SUCCESS;
}

/* The fixed part only goes out whole. */
static void
put_fixed(struct reply *reply, const void *data, size_t size)
{
    if (reply->length >= size) {
        put(reply, 0, data, size);
    } else {
        reply->length = 0;
        put(reply, 0, data, size);
    }
}

static ULONG
align(ULONG offset, ULONG to)
{
    return (offset + to - 1) & ~(to - 1);
}

/* ---- Keys ---- */

struct key_texts {
    WCHAR *name;
    ULONG name_bytes;
    WCHAR *class_name;
    ULONG class_bytes;
};

static NTSTATUS
get_texts(reg_key key, struct key_texts *texts)
{
    char *class_name;
    char *name;
    ULONG chars;
    NTSTATUS status = cm_status(reg_key_name(cm_store(), key, &name, &class_name));

    if (!NT_SUCCESS(status)) {
        return status;
    }
    status = cm_wide(name, &texts->name, &chars);
    texts->name_bytes = chars * sizeof(WCHAR);
    if (NT_SUCCESS(status)) {
        status = cm_wide(class_name, &texts->class_name, &chars);
        texts->class_bytes = chars * sizeof(WCHAR);
        if (!NT_SUCCESS(status)) {
            ExFreePoolWithTag(texts->name, CM_TAG);
        }
    }
    sys_free(name);
    sys_free(class_name);
    return status;
}

static void
free_texts(struct key_texts *texts)
{
    ExFreePoolWithTag(texts->name, CM_TAG);
    ExFreePoolWithTag(texts->class_name, CM_TAG);
}

static ULONG
reply_basic(struct reply *reply, const struct reg_key_info *info, const struct key_texts *texts)
{
    const ULONG fixed = FIELD_OFFSET(KEY_BASIC_INFORMATION, Name);
    KEY_BASIC_INFORMATION basic = {.NameLength = texts->name_bytes};

    basic.LastWriteTime.QuadPart = (LONGLONG)info->written_100ns;
    put_fixed(reply, &basic, fixed);
    put(reply, fixed, texts->name, texts->name_bytes);
    return fixed;
}

static ULONG
reply_node(struct reply *reply, const struct reg_key_info *info, const struct key_texts *texts)
{
    const ULONG fixed = FIELD_OFFSET(KEY_NODE_INFORMATION, Name);
    ULONG class_offset = align(fixed + texts->name_bytes, sizeof(ULONG));
    KEY_NODE_INFORMATION node = {.NameLength = texts->name_bytes,
                                 .ClassLength = texts->class_bytes};

    node.LastWriteTime.QuadPart = (LONGLONG)info->written_100ns;
    node.ClassOffset = texts->class_bytes != 0 ? class_offset : (ULONG)-1;
    put_fixed(reply, &node, fixed);
    put(reply, fixed, texts->name, texts->name_bytes);
    if (texts->class_bytes != 0) {
        put(reply, class_offset, texts->class_name, texts->class_bytes);
    }
    return fixed;
}

static ULONG
reply_full(struct reply *reply, const struct reg_key_info *info, const struct key_texts *texts)
{
    const ULONG fixed = FIELD_OFFSET(KEY_FULL_INFORMATION, Class);
    KEY_FULL_INFORMATION full = {
        .ClassLength = texts->class_bytes,
        .SubKeys = info->subkeys,
        .MaxNameLen = info->max_name * (ULONG)sizeof(WCHAR),
        .MaxClassLen = info->max_class * (ULONG)sizeof(WCHAR),
        .Values = info->values,
        .MaxValueNameLen = info->max_value_name * (ULONG)sizeof(WCHAR),
        .MaxValueDataLen = info->max_data,
    };

    full.LastWriteTime.QuadPart = (LONGLONG)info->written_100ns;
    full.ClassOffset = texts->class_bytes != 0 ? fixed : (ULONG)-1;
    put_fixed(reply, &full, fixed);
    put(reply, fixed, texts->class_name, texts->class_bytes);
    return fixed;
}

static NTSTATUS
reply_path(struct reply *reply, reg_key key, PULONG ret_length)
{
    const ULONG fixed = FIELD_OFFSET(KEY_NAME_INFORMATION, Name);
    KEY_NAME_INFORMATION name;
    WCHAR *wide;
    ULONG chars;
    char *path;
    NTSTATUS status = cm_status(reg_key_path(cm_store(), key, &path));

    if (!NT_SUCCESS(status)) {
        return status;
    }
    status = cm_wide(path, &wide, &chars);
    sys_free(path);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    name.NameLength = chars * (ULONG)sizeof(WCHAR);
    put_fixed(reply, &name, fixed);
    put(reply, fixed, wide, name.NameLength);
    ExFreePoolWithTag(wide, CM_TAG);
    return end(reply, fixed, ret_length);
}

/* The values of the key's own flags are documented for callers of KeyFlagsInformation alone. */
static NTSTATUS
query_key(reg_key key, KEY_INFORMATION_CLASS class, PVOID buffer, ULONG length, PULONG ret_length)
{
    struct reply reply = {.buffer = buffer, .length = buffer != NULL ? length : 0};
    struct reg_key_info info;
    struct key_texts texts;
    NTSTATUS status;
    ULONG fixed;

    if (class == KeyNameInformation) {
        return reply_path(&reply, key, ret_length);
    }
    if (class != KeyBasicInformation && class != KeyNodeInformation &&
        class != KeyFullInformation) {
        return STATUS_INVALID_PARAMETER;
    }
    status = cm_status(reg_key_query(cm_store(), key, &info));
    if (NT_SUCCESS(status)) {
        status = get_texts(key, &texts);
    }
    if (!NT_SUCCESS(status)) {
        return status;
    }
    fixed = class == KeyBasicInformation  ? reply_basic(&reply, &info, &texts)
            : class == KeyNodeInformation ? reply_node(&reply, &info, &texts)
                                          : reply_full(&reply, &info, &texts);
    free_texts(&texts);
    return end(&reply, fixed, ret_length);
}

NTSTATUS
ZwQueryKey(HANDLE KeyHandle, KEY_INFORMATION_CLASS KeyInformationClass, PVOID KeyInformation,
           ULONG Length, PULONG ResultLength)
{
    struct cm_key *key;
    NTSTATUS status = cm_reference(KeyHandle, &key);

    if (NT_SUCCESS(status)) {
        status = query_key(key->key, KeyInformationClass, KeyInformation, Length, ResultLength);
        ObDereferenceObject(key);
    }
    return status;
}

NTSTATUS
ZwEnumerateKey(HANDLE KeyHandle, ULONG Index, KEY_INFORMATION_CLASS KeyInformationClass,
               PVOID KeyInformation, ULONG Length, PULONG ResultLength)
{
    struct cm_key *key;
    reg_key subkey;
    NTSTATUS status = cm_reference(KeyHandle, &key);
    int error;

    if (!NT_SUCCESS(status)) {
        return status;
    }
    error = reg_key_at(cm_store(), key->key, Index, &subkey);
    status = error == -ENOENT ? STATUS_NO_MORE_ENTRIES : cm_status(error);
    if (NT_SUCCESS(status) && KeyInformationClass == KeyNameInformation) {
        status = STATUS_INVALID_PARAMETER;
    }
    if (NT_SUCCESS(status)) {
        status = query_key(subkey, KeyInformationClass, KeyInformation, Length, ResultLength);
    }
    ObDereferenceObject(key);
    return status;
}

/* ---- Values ---- */

static ULONG
reply_value_full(struct reply *reply, const struct reg_value *value, const WCHAR *name,
                 ULONG name_bytes, ULONG alignment)
{
    const ULONG fixed = FIELD_OFFSET(KEY_VALUE_FULL_INFORMATION, Name);
    KEY_VALUE_FULL_INFORMATION full = {.Type = value->type,
                                       .DataLength = value->size,
                                       .NameLength = name_bytes,
                                       .DataOffset = align(fixed + name_bytes, alignment)};

    put_fixed(reply, &full, fixed);
    put(reply, fixed, name, name_bytes);
    if (value->size != 0) {
        put(reply, full.DataOffset, value->data, value->size);
    }
    return fixed;
}

static NTSTATUS
query_value(const struct reg_value *value, KEY_VALUE_INFORMATION_CLASS class, PVOID buffer,
            ULONG length, PULONG ret_length)
{
    struct reply reply = {.buffer = buffer, .length = buffer != NULL ? length : 0};
    KEY_VALUE_PARTIAL_INFORMATION_ALIGN64 aligned = {.Type = value->type,
                                                     .DataLength = value->size};
    KEY_VALUE_PARTIAL_INFORMATION partial = {.Type = value->type, .DataLength = value->size};
    KEY_VALUE_BASIC_INFORMATION basic = {.Type = value->type};
    ULONG fixed = 0;
    ULONG name_bytes;
    WCHAR *name;
    NTSTATUS status = cm_wide(value->name, &name, &name_bytes);

    if (!NT_SUCCESS(status)) {
        return status;
    }
    name_bytes *= sizeof(WCHAR);
    switch ((int)class) {
    case KeyValueBasicInformation:
        fixed = FIELD_OFFSET(KEY_VALUE_BASIC_INFORMATION, Name);
        basic.NameLength = name_bytes;
        put_fixed(&reply, &basic, fixed);
        put(&reply, fixed, name, name_bytes);
        break;
    case KeyValuePartialInformation:
        fixed = FIELD_OFFSET(KEY_VALUE_PARTIAL_INFORMATION, Data);
        put_fixed(&reply, &partial, fixed);
        put(&reply, fixed, value->data, value->size);
        break;
    case KeyValuePartialInformationAlign64:
        fixed = FIELD_OFFSET(KEY_VALUE_PARTIAL_INFORMATION_ALIGN64, Data);
        put_fixed(&reply, &aligned, fixed);
        put(&reply, fixed, value->data, value->size);
        break;
    case KeyValueFullInformation:
        fixed = reply_value_full(&reply, value, name, name_bytes, sizeof(ULONG));
        break;
    case KeyValueFullInformationAlign64:
        fixed = reply_value_full(&reply, value, name, name_bytes, sizeof(ULONG64));
        break;
    default:
        status = STATUS_INVALID_PARAMETER;
        break;
    }
    ExFreePoolWithTag(name, CM_TAG);
    return NT_SUCCESS(status) ? end(&reply, fixed, ret_length) : status;
}

NTSTATUS
ZwQueryValueKey(HANDLE KeyHandle, PUNICODE_STRING ValueName,
                KEY_VALUE_INFORMATION_CLASS KeyValueInformationClass, PVOID KeyValueInformation,
                ULONG Length, PULONG ResultLength)
{
    struct reg_value value;
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
        status = cm_status(reg_value_get(cm_store(), key->key, name, &value));
        ExFreePoolWithTag(name, CM_TAG);
    }
    ObDereferenceObject(key);
    if (NT_SUCCESS(status)) {
        status = query_value(&value, KeyValueInformationClass, KeyValueInformation, Length,
                             ResultLength);
        reg_value_free(&value);
    }
    return status;
}

NTSTATUS
ZwEnumerateValueKey(HANDLE KeyHandle, ULONG Index,
                    KEY_VALUE_INFORMATION_CLASS KeyValueInformationClass, PVOID KeyValueInformation,
                    ULONG Length, PULONG ResultLength)
{
    struct reg_value value;
    struct cm_key *key;
    NTSTATUS status = cm_reference(KeyHandle, &key);
    int error;

    if (!NT_SUCCESS(status)) {
        return status;
    }
    error = reg_value_at(cm_store(), key->key, Index, &value);
    ObDereferenceObject(key);
    if (error != 0) {
        return error == -ENOENT ? STATUS_NO_MORE_ENTRIES : cm_status(error);
    }
    status =
        query_value(&value, KeyValueInformationClass, KeyValueInformation, Length, ResultLength);
    reg_value_free(&value);
    return status;
}

NTSTATUS
cm_query_value(HANDLE handle, PCUNICODE_STRING name, KEY_VALUE_PARTIAL_INFORMATION **ret_value)
{
    const size_t fixed = FIELD_OFFSET(KEY_VALUE_PARTIAL_INFORMATION, Data);
    KEY_VALUE_PARTIAL_INFORMATION *copy;
    struct reg_value value;
    struct cm_key *key;
    char *text;
    NTSTATUS status = cm_reference(handle, &key);

    if (!NT_SUCCESS(status)) {
        return status;
    }
    status = cm_text(name, &text);
    if (NT_SUCCESS(status)) {
        status = cm_status(reg_value_get(cm_store(), key->key, text, &value));
        ExFreePoolWithTag(text, CM_TAG);
    }
    ObDereferenceObject(key);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    copy = ExAllocatePool2(POOL_FLAG_PAGED, fixed + value.size + 2 * sizeof(WCHAR), CM_TAG);
    if (copy == NULL) {
        status = STATUS_INSUFFICIENT_RESOURCES;
    } else {
        copy->Type = value.type;
        copy->DataLength = value.size;
        memcpy((unsigned char *)copy + fixed, value.data, value.size);
        *ret_value = copy;
    }
    reg_value_free(&value);
    return status;
}

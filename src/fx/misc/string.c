/* SPDX-License-Identifier: MIT */
#include "fx/misc/string.h"

#include <string.h>

#include "fx_imports.h"
#include "sys/memory.h"

static void
string_destroy(struct fx_object *object)
{
    struct fx_string *string = container_of(object, struct fx_string, object);

    sys_free(string->text.Buffer);
}

static const struct fx_class string_class = {
    .type = FX_TYPE_STRING,
    .name = "WDFSTRING",
    .size = sizeof(struct fx_string),
    .parent_rule = FX_PARENT_OPTIONAL,
    .passive = true,
    .destroy = string_destroy,
};

NTSTATUS
fx_string_set(struct fx_string *string, const WCHAR *text, size_t size)
{
    WCHAR *buffer;

    if (size > UNICODE_STRING_MAX_BYTES - sizeof(WCHAR)) {
        return STATUS_INVALID_PARAMETER;
    }
    buffer = sys_alloc_zeroed(size + sizeof(WCHAR));
    if (buffer == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    if (size != 0) {
        memcpy(buffer, text, size);
    }
    sys_free(string->text.Buffer);
    string->text.Buffer = buffer;
    string->text.Length = (USHORT)size;
    string->text.MaximumLength = (USHORT)(size + sizeof(WCHAR));
    return STATUS_SUCCESS;
}

NTSTATUS
imp_WdfStringCreate(PWDF_DRIVER_GLOBALS DriverGlobals, PCUNICODE_STRING UnicodeString,
                    PWDF_OBJECT_ATTRIBUTES StringAttributes, WDFSTRING *String)
{
    struct fx_globals *globals = fx_globals_of(DriverGlobals);
    struct fx_string *string;
    NTSTATUS status;

    fx_require(DriverGlobals, String);
    *String = NULL;
    if (KeGetCurrentIrql() != PASSIVE_LEVEL) {
        fx_log(globals, "WdfStringCreate is called at IRQL %u", KeGetCurrentIrql());
        return STATUS_INVALID_DEVICE_REQUEST;
    }
    if (UnicodeString != NULL && (UnicodeString->Length % sizeof(WCHAR) != 0 ||
                                  (UnicodeString->Length != 0 && UnicodeString->Buffer == NULL))) {
        fx_log(globals, "WdfStringCreate: the string has %u bytes at %p", UnicodeString->Length,
               (void *)UnicodeString->Buffer);
        return STATUS_INVALID_PARAMETER;
    }
    status = fx_object_create(&string_class, globals, StringAttributes, NULL, 0, &string);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    if (UnicodeString != NULL) {
        status = fx_string_set(string, UnicodeString->Buffer, UnicodeString->Length);
        if (!NT_SUCCESS(status)) {
            (void)fx_object_delete(&string->object);
            return status;
        }
    }
    *String = fx_object_commit(&string->object);
    return STATUS_SUCCESS;
}

VOID
imp_WdfStringGetUnicodeString(PWDF_DRIVER_GLOBALS DriverGlobals, WDFSTRING String,
                              PUNICODE_STRING UnicodeString)
{
    struct fx_string *string = fx_handle_get(DriverGlobals, String, FX_TYPE_STRING);

    fx_require(DriverGlobals, UnicodeString);
    *UnicodeString = string->text;
}

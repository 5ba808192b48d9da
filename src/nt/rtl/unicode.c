/* SPDX-License-Identifier: MIT */
/* UNICODE_STRING: making, copying, appending, comparing, case. Lengths are bytes throughout. */
#include "nt/rtl/rtl_priv.h"

#include <string.h>

#include "base/utf16.h"
#include "nt/ex/ex.h"

#define TAG_STRING        0x20727453 /* "Str " */
#define COUNT(string)     ((SIZE_T)((string)->Length / sizeof(WCHAR)))
#define X65599_MULTIPLIER 65599u

PVOID
rtl_allocate_string(SIZE_T size, const void *caller)
{
    return ex_pool_allocate(NULL, POOL_FLAG_PAGED | POOL_FLAG_UNINITIALIZED, size, TAG_STRING,
                            caller);
}

NTSTATUS
rtl_prepare_string(USHORT *maximum_length, PVOID *buffer, SIZE_T bytes, SIZE_T unit,
                   BOOLEAN allocate, const void *caller)
{
    if (bytes + unit > MAXUSHORT) {
        return STATUS_INVALID_PARAMETER_2;
    }
    if (!allocate) {
        return bytes + unit <= *maximum_length ? STATUS_SUCCESS : STATUS_BUFFER_OVERFLOW;
    }
    *buffer = rtl_allocate_string(bytes + unit, caller);
    if (*buffer == NULL) {
        return STATUS_NO_MEMORY;
    }
    *maximum_length = (USHORT)(bytes + unit);
    return STATUS_SUCCESS;
}

/* Longer strings are cut at what a counted string can hold. */
VOID
RtlInitUnicodeString(PUNICODE_STRING DestinationString, PCWSTR SourceString)
{
    SIZE_T bytes = 0;

    if (SourceString != NULL) {
        bytes = utf16_length(SourceString) * sizeof(WCHAR);
        if (bytes > UNICODE_STRING_MAX_BYTES - sizeof(WCHAR)) {
            bytes = UNICODE_STRING_MAX_BYTES - sizeof(WCHAR);
        }
    }
    DestinationString->Length = (USHORT)bytes;
    DestinationString->MaximumLength = SourceString == NULL ? 0 : (USHORT)(bytes + sizeof(WCHAR));
    DestinationString->Buffer = (PWCH)(ULONG_PTR)SourceString;
}

NTSTATUS
RtlInitUnicodeStringEx(PUNICODE_STRING DestinationString, PCWSTR SourceString)
{
    if (SourceString != NULL &&
        utf16_length(SourceString) * sizeof(WCHAR) > UNICODE_STRING_MAX_BYTES - sizeof(WCHAR)) {
        return STATUS_NAME_TOO_LONG;
    }
    RtlInitUnicodeString(DestinationString, SourceString);
    return STATUS_SUCCESS;
}

/* Cut off when the destination is short; terminated when there is room for it. */
VOID
RtlCopyUnicodeString(PUNICODE_STRING DestinationString, PCUNICODE_STRING SourceString)
{
    USHORT bytes;

    if (SourceString == NULL) {
        DestinationString->Length = 0;
        return;
    }
    bytes = min(SourceString->Length, DestinationString->MaximumLength);
    memmove(DestinationString->Buffer, SourceString->Buffer, bytes);
    DestinationString->Length = bytes;
    if (bytes + sizeof(WCHAR) <= DestinationString->MaximumLength) {
        DestinationString->Buffer[bytes / sizeof(WCHAR)] = 0;
    }
}

static NTSTATUS
append(PUNICODE_STRING destination, PCWSTR source, SIZE_T bytes)
{
    SIZE_T total = destination->Length + bytes;

    if (total > destination->MaximumLength) {
        return STATUS_BUFFER_TOO_SMALL;
    }
    memmove((PCHAR)destination->Buffer + destination->Length, source, bytes);
    destination->Length = (USHORT)total;
    if (total + sizeof(WCHAR) <= destination->MaximumLength) {
        destination->Buffer[total / sizeof(WCHAR)] = 0;
    }
    return STATUS_SUCCESS;
}

NTSTATUS
RtlAppendUnicodeStringToString(PUNICODE_STRING Destination, PCUNICODE_STRING Source)
{
    return Source->Length == 0 ? STATUS_SUCCESS
                               : append(Destination, Source->Buffer, Source->Length);
}

NTSTATUS
RtlAppendUnicodeToString(PUNICODE_STRING Destination, PCWSTR Source)
{
    return Source == NULL ? STATUS_SUCCESS
                          : append(Destination, Source, utf16_length(Source) * sizeof(WCHAR));
}

LONG
RtlCompareUnicodeStrings(PCWCH String1, SIZE_T String1Length, PCWCH String2, SIZE_T String2Length,
                         BOOLEAN CaseInSensitive)
{
    return utf16_compare(String1, String1Length, String2, String2Length, CaseInSensitive);
}

LONG
RtlCompareUnicodeString(PCUNICODE_STRING String1, PCUNICODE_STRING String2, BOOLEAN CaseInSensitive)
{
    return utf16_compare(String1->Buffer, COUNT(String1), String2->Buffer, COUNT(String2),
                         CaseInSensitive);
}

BOOLEAN
RtlEqualUnicodeString(PCUNICODE_STRING String1, PCUNICODE_STRING String2, BOOLEAN CaseInSensitive)
{
    return String1->Length == String2->Length &&
           RtlCompareUnicodeString(String1, String2, CaseInSensitive) == 0;
}

BOOLEAN
RtlPrefixUnicodeString(PCUNICODE_STRING String1, PCUNICODE_STRING String2, BOOLEAN CaseInSensitive)
{
    return String1->Length <= String2->Length &&
           utf16_compare(String1->Buffer, COUNT(String1), String2->Buffer, COUNT(String1),
                         CaseInSensitive) == 0;
}

BOOLEAN
RtlSuffixUnicodeString(PCUNICODE_STRING String1, PCUNICODE_STRING String2, BOOLEAN CaseInSensitive)
{
    return String1->Length <= String2->Length &&
           utf16_compare(String1->Buffer, COUNT(String1),
                         String2->Buffer + COUNT(String2) - COUNT(String1), COUNT(String1),
                         CaseInSensitive) == 0;
}

NTSTATUS
RtlHashUnicodeString(PCUNICODE_STRING String, BOOLEAN CaseInSensitive, ULONG HashAlgorithm,
                     PULONG HashValue)
{
    ULONG hash = 0;

    if (String == NULL || HashValue == NULL || HashAlgorithm > HASH_STRING_ALGORITHM_X65599) {
        return STATUS_INVALID_PARAMETER;
    }
    for (SIZE_T i = 0; i < COUNT(String); i++) {
        WCHAR c = String->Buffer[i];

        hash = hash * X65599_MULTIPLIER + (CaseInSensitive ? utf16_upcase(c) : c);
    }
    *HashValue = hash;
    return STATUS_SUCCESS;
}

WCHAR
RtlUpcaseUnicodeChar(WCHAR SourceCharacter)
{
    return utf16_upcase(SourceCharacter);
}

WCHAR
RtlDowncaseUnicodeChar(WCHAR SourceCharacter)
{
    return utf16_downcase(SourceCharacter);
}

static NTSTATUS
map_case(PUNICODE_STRING to, PCUNICODE_STRING from, BOOLEAN allocate, const void *caller,
         uint16_t (*map)(uint16_t))
{
    PVOID buffer = to->Buffer;
    NTSTATUS status;

    if (allocate) {
        status = rtl_prepare_string(&to->MaximumLength, &buffer, from->Length, 0, TRUE, caller);
    } else {
        status = from->Length <= to->MaximumLength ? STATUS_SUCCESS : STATUS_BUFFER_OVERFLOW;
    }
    if (!NT_SUCCESS(status)) {
        return status;
    }
    to->Buffer = buffer;
    for (SIZE_T i = 0; i < COUNT(from); i++) {
        to->Buffer[i] = map(from->Buffer[i]);
    }
    to->Length = from->Length;
    return STATUS_SUCCESS;
}

NTSTATUS
RtlUpcaseUnicodeString(PUNICODE_STRING DestinationString, PCUNICODE_STRING SourceString,
                       BOOLEAN AllocateDestinationString)
{
    return map_case(DestinationString, SourceString, AllocateDestinationString,
                    __builtin_return_address(0), utf16_upcase);
}

NTSTATUS
RtlDowncaseUnicodeString(PUNICODE_STRING DestinationString, PCUNICODE_STRING SourceString,
                         BOOLEAN AllocateDestinationString)
{
    return map_case(DestinationString, SourceString, AllocateDestinationString,
                    __builtin_return_address(0), utf16_downcase);
}

VOID
RtlFreeUnicodeString(PUNICODE_STRING UnicodeString)
{
    if (UnicodeString->Buffer != NULL) {
        ExFreePool(UnicodeString->Buffer);
    }
    memset(UnicodeString, 0, sizeof(*UnicodeString));
}

NTSTATUS
RtlValidateUnicodeString(ULONG Flags, PCUNICODE_STRING String)
{
    if (Flags != 0 ||
        (String != NULL &&
         ((String->Length % sizeof(WCHAR)) != 0 || (String->MaximumLength % sizeof(WCHAR)) != 0 ||
          String->Length > String->MaximumLength ||
          (String->Buffer == NULL && String->MaximumLength != 0)))) {
        return STATUS_INVALID_PARAMETER;
    }
    return STATUS_SUCCESS;
}

NTSTATUS
RtlDuplicateUnicodeString(ULONG Flags, PCUNICODE_STRING StringIn, PUNICODE_STRING StringOut)
{
    BOOLEAN terminate = (Flags & RTL_DUPLICATE_UNICODE_STRING_NULL_TERMINATE) != 0;
    BOOLEAN empty = (Flags & RTL_DUPLICATE_UNICODE_STRING_ALLOCATE_NULL_STRING) != 0;
    SIZE_T length = StringIn == NULL ? 0 : StringIn->Length;
    SIZE_T size = length + (terminate ? sizeof(WCHAR) : 0);

    if (StringOut == NULL || (Flags & ~3u) != 0 || (empty && !terminate) ||
        !NT_SUCCESS(RtlValidateUnicodeString(0, StringIn))) {
        return STATUS_INVALID_PARAMETER;
    }
    if (size > UNICODE_STRING_MAX_BYTES) {
        return STATUS_NAME_TOO_LONG;
    }
    memset(StringOut, 0, sizeof(*StringOut));
    if (length == 0 && !empty) {
        return STATUS_SUCCESS;
    }
    StringOut->Buffer = rtl_allocate_string(size, __builtin_return_address(0));
    if (StringOut->Buffer == NULL) {
        return STATUS_NO_MEMORY;
    }
    if (length != 0) {
        memcpy(StringOut->Buffer, StringIn->Buffer, length);
    }
    if (terminate) {
        StringOut->Buffer[length / sizeof(WCHAR)] = 0;
    }
    StringOut->Length = (USHORT)length;
    StringOut->MaximumLength = (USHORT)size;
    return STATUS_SUCCESS;
}

/* SPDX-License-Identifier: MIT */
/*
 * STRING, and its way to and from UNICODE_STRING. The narrow code page is UTF-8, so that nothing is lost; case
 * is that of ASCII, since no other byte of UTF-8 has one.
 */
#include "nt/rtl/rtl_priv.h"

#include <string.h>

#include "base/utf16.h"

VOID
RtlInitString(PSTRING DestinationString, PCSZ SourceString)
{
    SIZE_T length = 0;

    if (SourceString != NULL) {
        length = strlen(SourceString);
        if (length > MAXUSHORT - 1) {
            length = MAXUSHORT - 1;
        }
    }
    DestinationString->Length = (USHORT)length;
    DestinationString->MaximumLength = SourceString == NULL ? 0 : (USHORT)(length + 1);
    DestinationString->Buffer = (PCHAR)(ULONG_PTR)SourceString;
}

NTSTATUS
RtlInitStringEx(PSTRING DestinationString, PCSZ SourceString)
{
    if (SourceString != NULL && strlen(SourceString) > MAXUSHORT - 1) {
        return STATUS_NAME_TOO_LONG;
    }
    RtlInitString(DestinationString, SourceString);
    return STATUS_SUCCESS;
}

VOID
RtlInitAnsiString(PANSI_STRING DestinationString, PCSZ SourceString)
{
    RtlInitString(DestinationString, SourceString);
}

NTSTATUS
RtlInitAnsiStringEx(PANSI_STRING DestinationString, PCSZ SourceString)
{
    return RtlInitStringEx(DestinationString, SourceString);
}

VOID
RtlInitUTF8String(PUTF8_STRING DestinationString, PCSZ SourceString)
{
    RtlInitString(DestinationString, SourceString);
}

NTSTATUS
RtlInitUTF8StringEx(PUTF8_STRING DestinationString, PCSZ SourceString)
{
    return RtlInitStringEx(DestinationString, SourceString);
}

VOID
RtlCopyString(PSTRING DestinationString, const STRING *SourceString)
{
    USHORT length = 0;

    if (SourceString != NULL) {
        length = min(SourceString->Length, DestinationString->MaximumLength);
        memmove(DestinationString->Buffer, SourceString->Buffer, length);
    }
    DestinationString->Length = length;
}

static NTSTATUS
append(PSTRING destination, const CHAR *source, SIZE_T length)
{
    if (destination->Length + length > destination->MaximumLength) {
        return STATUS_BUFFER_TOO_SMALL;
    }
    memmove(destination->Buffer + destination->Length, source, length);
    destination->Length = (USHORT)(destination->Length + length);
    return STATUS_SUCCESS;
}

NTSTATUS
RtlAppendStringToString(PSTRING Destination, const STRING *Source)
{
    return Source->Length == 0 ? STATUS_SUCCESS
                               : append(Destination, Source->Buffer, Source->Length);
}

NTSTATUS
RtlAppendAsciizToString(PSTRING Destination, PCSZ Source)
{
    return Source == NULL ? STATUS_SUCCESS : append(Destination, Source, strlen(Source));
}

CHAR
RtlUpperChar(CHAR Character)
{
    return Character >= 'a' && Character <= 'z' ? (CHAR)(Character - 'a' + 'A') : Character;
}

VOID
RtlUpperString(PSTRING DestinationString, const STRING *SourceString)
{
    USHORT length = min(SourceString->Length, DestinationString->MaximumLength);

    for (USHORT i = 0; i < length; i++) {
        DestinationString->Buffer[i] = RtlUpperChar(SourceString->Buffer[i]);
    }
    DestinationString->Length = length;
}

LONG
RtlCompareString(const STRING *String1, const STRING *String2, BOOLEAN CaseInSensitive)
{
    USHORT length = min(String1->Length, String2->Length);

    for (USHORT i = 0; i < length; i++) {
        UCHAR a = (UCHAR)String1->Buffer[i], b = (UCHAR)String2->Buffer[i];

        if (CaseInSensitive) {
            a = (UCHAR)RtlUpperChar((CHAR)a);
            b = (UCHAR)RtlUpperChar((CHAR)b);
        }
        if (a != b) {
            return a - b;
        }
    }
    return String1->Length - String2->Length;
}

BOOLEAN
RtlEqualString(const STRING *String1, const STRING *String2, BOOLEAN CaseInSensitive)
{
    return String1->Length == String2->Length &&
           RtlCompareString(String1, String2, CaseInSensitive) == 0;
}

BOOLEAN
RtlPrefixString(const STRING *String1, const STRING *String2, BOOLEAN CaseInSensitive)
{
    STRING start = *String2;

    if (String1->Length > String2->Length) {
        return FALSE;
    }
    start.Length = String1->Length;
    return RtlCompareString(String1, &start, CaseInSensitive) == 0;
}

VOID
RtlFreeAnsiString(PANSI_STRING AnsiString)
{
    if (AnsiString->Buffer != NULL) {
        ExFreePool(AnsiString->Buffer);
    }
    memset(AnsiString, 0, sizeof(*AnsiString));
}

VOID
RtlFreeOemString(POEM_STRING OemString)
{
    RtlFreeAnsiString(OemString);
}

VOID
RtlFreeUTF8String(PUTF8_STRING Utf8String)
{
    RtlFreeAnsiString(Utf8String);
}

/* Sizes with the terminator, as documented. */
ULONG
RtlxAnsiStringToUnicodeSize(const STRING *AnsiString)
{
    return (ULONG)((utf8_to_utf16(NULL, 0, AnsiString->Buffer, AnsiString->Length) + 1) *
                   sizeof(WCHAR));
}

ULONG
RtlxUnicodeStringToAnsiSize(PCUNICODE_STRING UnicodeString)
{
    return (ULONG)utf16_to_utf8(NULL, 0, UnicodeString->Buffer,
                                UnicodeString->Length / sizeof(WCHAR)) +
           1;
}

static NTSTATUS
to_unicode(PUNICODE_STRING to, const STRING *from, BOOLEAN allocate, const void *caller)
{
    SIZE_T units = utf8_to_utf16(NULL, 0, from->Buffer, from->Length);
    PVOID buffer = to->Buffer;
    NTSTATUS status = rtl_prepare_string(&to->MaximumLength, &buffer, units * sizeof(WCHAR),
                                         sizeof(WCHAR), allocate, caller);

    if (!NT_SUCCESS(status)) {
        return status;
    }
    to->Buffer = buffer;
    utf8_to_utf16(to->Buffer, units, from->Buffer, from->Length);
    to->Length = (USHORT)(units * sizeof(WCHAR));
    if (to->Length + sizeof(WCHAR) <= to->MaximumLength) {
        to->Buffer[units] = 0;
    }
    return STATUS_SUCCESS;
}

static NTSTATUS
to_narrow(PSTRING to, PCUNICODE_STRING from, BOOLEAN allocate, const void *caller)
{
    SIZE_T count = from->Length / sizeof(WCHAR);
    SIZE_T length = utf16_to_utf8(NULL, 0, from->Buffer, count);
    PVOID buffer = to->Buffer;
    NTSTATUS status =
        rtl_prepare_string(&to->MaximumLength, &buffer, length, sizeof(CHAR), allocate, caller);

    if (!NT_SUCCESS(status)) {
        return status;
    }
    to->Buffer = buffer;
    utf16_to_utf8(to->Buffer, length, from->Buffer, count);
    to->Length = (USHORT)length;
    if (to->Length < to->MaximumLength) {
        to->Buffer[length] = 0;
    }
    return STATUS_SUCCESS;
}

NTSTATUS
RtlAnsiStringToUnicodeString(PUNICODE_STRING DestinationString, const STRING *SourceString,
                             BOOLEAN AllocateDestinationString)
{
    return to_unicode(DestinationString, SourceString, AllocateDestinationString,
                      __builtin_return_address(0));
}

NTSTATUS
RtlUTF8StringToUnicodeString(PUNICODE_STRING DestinationString, const STRING *SourceString,
                             BOOLEAN AllocateDestinationString)
{
    return to_unicode(DestinationString, SourceString, AllocateDestinationString,
                      __builtin_return_address(0));
}

NTSTATUS
RtlUnicodeStringToAnsiString(PANSI_STRING DestinationString, PCUNICODE_STRING SourceString,
                             BOOLEAN AllocateDestinationString)
{
    return to_narrow(DestinationString, SourceString, AllocateDestinationString,
                     __builtin_return_address(0));
}

NTSTATUS
RtlUnicodeStringToUTF8String(PUTF8_STRING DestinationString, PCUNICODE_STRING SourceString,
                             BOOLEAN AllocateDestinationString)
{
    return to_narrow(DestinationString, SourceString, AllocateDestinationString,
                     __builtin_return_address(0));
}

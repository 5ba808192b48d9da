/* SPDX-License-Identifier: MIT */
/* Integers and GUIDs to and from text. */
#include "nt/rtl/rtl_priv.h"

#include <stdbool.h>
#include <string.h>

#include "base/number.h"

#define GUID_CHARACTERS 38 /* {00000000-0000-0000-0000-000000000000} */

static bool
is_base(ULONG base)
{
    return base == 0 || base == 2 || base == 8 || base == 10 || base == 16;
}

static ULONGLONG
value_of(const struct number *number)
{
    return number->negative ? 0 - number->magnitude : number->magnitude;
}

/* White space, a sign and, with base 0, a prefix; text that is no number gives 0. Overflow wraps. */
NTSTATUS
RtlUnicodeStringToInteger(PCUNICODE_STRING String, ULONG Base, PULONG Value)
{
    struct number number;

    if (String->Length < sizeof(WCHAR) || !is_base(Base)) {
        return STATUS_INVALID_PARAMETER;
    }
    number =
        number_parse_wide(String->Buffer, String->Length / sizeof(WCHAR), Base, NUMBER_PREFIX_NT);
    *Value = (ULONG)value_of(&number);
    return STATUS_SUCCESS;
}

/* *EndPointer, when asked for, is the first character behind the number. */
NTSTATUS
RtlUnicodeStringToInt64(PCUNICODE_STRING String, ULONG Base, PLONG64 Number, PWSTR *EndPointer)
{
    struct number number;

    if (String->Length < sizeof(WCHAR) || !is_base(Base)) {
        return STATUS_INVALID_PARAMETER;
    }
    number =
        number_parse_wide(String->Buffer, String->Length / sizeof(WCHAR), Base, NUMBER_PREFIX_NT);
    *Number = (LONG64)value_of(&number);
    if (EndPointer != NULL) {
        *EndPointer = String->Buffer + number.used;
    }
    return STATUS_SUCCESS;
}

NTSTATUS
RtlCharToInteger(PCSZ String, ULONG Base, PULONG Value)
{
    struct number number;

    if (!is_base(Base)) {
        return STATUS_INVALID_PARAMETER;
    }
    number = number_parse_narrow(String, strlen(String), Base, NUMBER_PREFIX_NT);
    *Value = (ULONG)value_of(&number);
    return STATUS_SUCCESS;
}

NTSTATUS
RtlInt64ToUnicodeString(ULONGLONG Value, ULONG Base, PUNICODE_STRING String)
{
    char digits[64];
    size_t count, i;

    if (!is_base(Base)) {
        return STATUS_INVALID_PARAMETER;
    }
    count = number_digits(Value, Base == 0 ? 10 : Base, true, digits);
    if (count * sizeof(WCHAR) > String->MaximumLength) {
        return STATUS_BUFFER_OVERFLOW;
    }
    for (i = 0; i < count; i++) {
        String->Buffer[i] = (WCHAR)digits[i];
    }
    String->Length = (USHORT)(count * sizeof(WCHAR));
    if (String->Length + sizeof(WCHAR) <= String->MaximumLength) {
        String->Buffer[count] = 0;
    }
    return STATUS_SUCCESS;
}

NTSTATUS
RtlIntegerToUnicodeString(ULONG Value, ULONG Base, PUNICODE_STRING String)
{
    return RtlInt64ToUnicodeString(Value, Base, String);
}

/* GUIDs --------------------------------------------------------------------------------------- */

/* Where each byte of a GUID's text form comes from: Data1 to Data3 are little-endian. -1: a hyphen. */
static const signed char guid_bytes[] = {3,  2, 1, 0,  -1, 5,  4,  -1, 7,  6,
                                         -1, 8, 9, -1, 10, 11, 12, 13, 14, 15};

/* Exactly the form with braces, hexadecimal digits of either case. */
NTSTATUS
RtlGUIDFromString(PCUNICODE_STRING GuidString, GUID *Guid)
{
    const WCHAR *p = GuidString->Buffer;
    UCHAR bytes[sizeof(GUID)];
    size_t i;

    if (GuidString->Length / sizeof(WCHAR) != GUID_CHARACTERS || p[0] != '{' ||
        p[GUID_CHARACTERS - 1] != '}') {
        return STATUS_INVALID_PARAMETER;
    }
    p++;
    for (i = 0; i < sizeof(guid_bytes); i++) {
        if (guid_bytes[i] < 0) {
            if (*p++ != '-') {
                return STATUS_INVALID_PARAMETER;
            }
            continue;
        }
        if (number_digit(p[0]) > 15 || number_digit(p[1]) > 15) {
            return STATUS_INVALID_PARAMETER;
        }
        bytes[(UCHAR)guid_bytes[i]] = (UCHAR)(number_digit(p[0]) << 4 | number_digit(p[1]));
        p += 2;
    }
    memcpy(Guid, bytes, sizeof(*Guid));
    return STATUS_SUCCESS;
}

NTSTATUS
RtlStringFromGUID(REFGUID Guid, PUNICODE_STRING GuidString)
{
    static const char digits[] = "0123456789abcdef";
    UCHAR bytes[sizeof(GUID)];
    WCHAR *buffer, *p;
    size_t i;

    buffer =
        rtl_allocate_string((GUID_CHARACTERS + 1) * sizeof(WCHAR), __builtin_return_address(0));
    if (buffer == NULL) {
        return STATUS_NO_MEMORY;
    }
    memcpy(bytes, Guid, sizeof(bytes));
    p = buffer;
    *p++ = '{';
    for (i = 0; i < sizeof(guid_bytes); i++) {
        if (guid_bytes[i] < 0) {
            *p++ = '-';
        } else {
            *p++ = (WCHAR)digits[bytes[(UCHAR)guid_bytes[i]] >> 4];
            *p++ = (WCHAR)digits[bytes[(UCHAR)guid_bytes[i]] & 15];
        }
    }
    *p++ = '}';
    *p = 0;
    GuidString->Buffer = buffer;
    GuidString->Length = GUID_CHARACTERS * sizeof(WCHAR);
    GuidString->MaximumLength = (GUID_CHARACTERS + 1) * sizeof(WCHAR);
    return STATUS_SUCCESS;
}

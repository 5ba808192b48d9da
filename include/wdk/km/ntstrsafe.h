/* SPDX-License-Identifier: MIT */
/*
 * String functions that know how large the destination is. Every one of them leaves a terminated string
 * (RtlUnicodeString… a valid counted one). Statuses: STATUS_BUFFER_OVERFLOW, the result was cut off;
 * STATUS_INVALID_PARAMETER, a size of 0 or beyond the limit, or a NULL that is not allowed.
 *
 * Cch… functions count characters, Cb… bytes. …Ex functions also return where the string ends and what
 * remains, and take the STRSAFE_ flags.
 */
#ifndef _NTSTRSAFE_H_INCLUDED_
#define _NTSTRSAFE_H_INCLUDED_

#include <ntdef.h>
#include <openwdf_crt.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

typedef PCWSTR STRSAFE_LPCWSTR, STRSAFE_PCNZWCH;
typedef PCSTR STRSAFE_LPCSTR, STRSAFE_PCNZCH;

#define NTSTRSAFE_MAX_CCH                2147483647
#define NTSTRSAFE_MAX_LENGTH             (NTSTRSAFE_MAX_CCH - 1)
#define NTSTRSAFE_UNICODE_STRING_MAX_CCH (0xffff / sizeof(wchar_t))
#ifndef STRSAFE_IGNORE_NULLS
#define STRSAFE_IGNORE_NULLS           0x00000100
#define STRSAFE_FILL_BEHIND_NULL       0x00000200
#define STRSAFE_FILL_ON_FAILURE        0x00000400
#define STRSAFE_NULL_ON_FAILURE        0x00000800
#define STRSAFE_NO_TRUNCATION          0x00001000
#define STRSAFE_FILL_BEHIND            0x00000200
#define STRSAFE_ZERO_LENGTH_ON_FAILURE 0x00000800
#define STRSAFE_FILL_BYTE(x)           ((ULONG)(((x)&0x000000FF) | STRSAFE_FILL_BEHIND_NULL))
#define STRSAFE_FAILURE_BYTE(x)        ((ULONG)(((x)&0x000000FF) | STRSAFE_FILL_ON_FAILURE))
#endif

typedef char *NTSTRSAFE_PSTR;
typedef const char *NTSTRSAFE_PCSTR;
typedef wchar_t *NTSTRSAFE_PWSTR;
typedef const wchar_t *NTSTRSAFE_PCWSTR;
typedef const wchar_t *NTSTRSAFE_PCUWSTR;

#define OWDF_STRSAFE_FAILURE_FLAGS                                                                 \
    (STRSAFE_NO_TRUNCATION | STRSAFE_FILL_ON_FAILURE | STRSAFE_NULL_ON_FAILURE)

#ifdef __cplusplus
extern "C" {
#endif

/*
 * The workers, once per width. `start` characters of the destination are kept (0: copy; its length:
 * append). A source is at most `most` characters.
 */
#define OWDF_STRSAFE_WORKERS(S, C, PRINTF)                                                         \
    OWDF_INLINE NTSTATUS owdf_strsafe_length_##S(const C *text, size_t most, size_t *ret_length)   \
    {                                                                                              \
        size_t length = 0;                                                                         \
                                                                                                   \
        while (text != NULL && length < most && text[length] != 0) {                               \
            length++;                                                                              \
        }                                                                                          \
        if (ret_length != NULL) {                                                                  \
            *ret_length = (text == NULL || length == most) ? 0 : length;                           \
        }                                                                                          \
        return (text == NULL || length == most) ? STATUS_INVALID_PARAMETER : STATUS_SUCCESS;       \
    }                                                                                              \
    OWDF_INLINE NTSTATUS owdf_strsafe_end_##S(NTSTATUS status, C *to, size_t size, size_t start,   \
                                              size_t length, C **ret_end, size_t *ret_remaining,   \
                                              ULONG flags)                                         \
    {                                                                                              \
        int fill = (int)(flags & 0xff);                                                            \
                                                                                                   \
        if (size != 0 && NT_SUCCESS(status) && (flags & STRSAFE_FILL_BEHIND_NULL) != 0) {          \
            __builtin_memset(to + length + 1, fill, (size - length - 1) * sizeof(C));              \
        }                                                                                          \
        if (size != 0 && !NT_SUCCESS(status) && (flags & OWDF_STRSAFE_FAILURE_FLAGS) != 0) {       \
            if ((flags & STRSAFE_NO_TRUNCATION) != 0) {                                            \
                length = start;                                                                    \
            }                                                                                      \
            if ((flags & STRSAFE_FILL_ON_FAILURE) != 0) {                                          \
                __builtin_memset(to, fill, size * sizeof(C));                                      \
                length = fill == 0 ? 0 : size - 1;                                                 \
            }                                                                                      \
            if ((flags & STRSAFE_NULL_ON_FAILURE) != 0) {                                          \
                length = 0;                                                                        \
            }                                                                                      \
            to[length] = 0;                                                                        \
        }                                                                                          \
        if (NT_SUCCESS(status) || status == STATUS_BUFFER_OVERFLOW) {                              \
            if (ret_end != NULL) {                                                                 \
                *ret_end = to == NULL ? NULL : to + length;                                        \
            }                                                                                      \
            if (ret_remaining != NULL) {                                                           \
                *ret_remaining = size - length;                                                    \
            }                                                                                      \
        }                                                                                          \
        return status;                                                                             \
    }                                                                                              \
    OWDF_INLINE NTSTATUS owdf_strsafe_put_##S(C *to, size_t size, BOOLEAN append, const C *from,   \
                                              size_t most, C **ret_end, size_t *ret_remaining,     \
                                              ULONG flags)                                         \
    {                                                                                              \
        NTSTATUS status = STATUS_SUCCESS;                                                          \
        size_t start = 0, length;                                                                  \
                                                                                                   \
        if ((flags & STRSAFE_IGNORE_NULLS) != 0) {                                                 \
            if (to == NULL && size != 0) {                                                         \
                return STATUS_INVALID_PARAMETER;                                                   \
            }                                                                                      \
            most = from == NULL ? 0 : most;                                                        \
            if (size == 0) {                                                                       \
                return (most == 0 || *from == 0)                                                   \
                           ? owdf_strsafe_end_##S(STATUS_SUCCESS, to, 0, 0, 0, ret_end,            \
                                                  ret_remaining, 0)                                \
                           : (to == NULL ? STATUS_INVALID_PARAMETER : STATUS_BUFFER_OVERFLOW);     \
            }                                                                                      \
        }                                                                                          \
        if (size == 0 || size > NTSTRSAFE_MAX_CCH || (flags & 0xffffe000) != 0) {                  \
            return STATUS_INVALID_PARAMETER;                                                       \
        }                                                                                          \
        if (append && !NT_SUCCESS(owdf_strsafe_length_##S(to, size, &start))) {                    \
            return STATUS_INVALID_PARAMETER;                                                       \
        }                                                                                          \
        for (length = start; most != 0 && *from != 0; most--) {                                    \
            if (length == size - 1) {                                                              \
                status = STATUS_BUFFER_OVERFLOW;                                                   \
                break;                                                                             \
            }                                                                                      \
            to[length++] = *from++;                                                                \
        }                                                                                          \
        to[length] = 0;                                                                            \
        return owdf_strsafe_end_##S(status, to, size, start, length, ret_end, ret_remaining,       \
                                    flags);                                                        \
    }                                                                                              \
    OWDF_INLINE NTSTATUS owdf_strsafe_format_##S(C *to, size_t size, C **ret_end,                  \
                                                 size_t *ret_remaining, ULONG flags,               \
                                                 const C *format, va_list arguments)               \
    {                                                                                              \
        static const C empty[1] = {0};                                                             \
        NTSTATUS status = STATUS_SUCCESS;                                                          \
        int length;                                                                                \
                                                                                                   \
        if ((flags & STRSAFE_IGNORE_NULLS) != 0 && format == NULL) {                               \
            format = empty;                                                                        \
        }                                                                                          \
        if (size == 0 && (flags & STRSAFE_IGNORE_NULLS) != 0 && *format == 0) {                    \
            return owdf_strsafe_end_##S(STATUS_SUCCESS, to, 0, 0, 0, ret_end, ret_remaining, 0);   \
        }                                                                                          \
        if (size == 0 || size > NTSTRSAFE_MAX_CCH || to == NULL || (flags & 0xffffe000) != 0) {    \
            return STATUS_INVALID_PARAMETER;                                                       \
        }                                                                                          \
        length = PRINTF(to, size - 1, format, arguments);                                          \
        if (length < 0 || (size_t)length > size - 1) {                                             \
            length = (int)(size - 1);                                                              \
            status = STATUS_BUFFER_OVERFLOW;                                                       \
        }                                                                                          \
        to[length] = 0;                                                                            \
        return owdf_strsafe_end_##S(status, to, size, 0, (size_t)length, ret_end, ret_remaining,   \
                                    flags);                                                        \
    }

OWDF_STRSAFE_WORKERS(A, char, _vsnprintf)
OWDF_STRSAFE_WORKERS(W, wchar_t, _vsnwprintf)
#undef OWDF_STRSAFE_WORKERS

/* The documented functions, once per unit (U: Cch, Cb) and width. `B`: bytes in a unit. */
#define OWDF_STRSAFE_FUNCTIONS(U, S, C, B)                                                         \
    OWDF_INLINE NTSTATUS RtlString##U##Length##S(const C *psz, size_t Max, size_t *Length)         \
    {                                                                                              \
        size_t length = 0;                                                                         \
        NTSTATUS status = Max / (B) > NTSTRSAFE_MAX_CCH                                            \
                              ? STATUS_INVALID_PARAMETER                                           \
                              : owdf_strsafe_length_##S(psz, Max / (B), &length);                  \
                                                                                                   \
        if (Length != NULL) {                                                                      \
            *Length = length * (B);                                                                \
        }                                                                                          \
        return status;                                                                             \
    }                                                                                              \
    OWDF_INLINE NTSTATUS RtlString##U##Copy##S(C *Dest, size_t Size, const C *Src)                 \
    {                                                                                              \
        return owdf_strsafe_put_##S(Dest, Size / (B), FALSE, Src, NTSTRSAFE_MAX_CCH, NULL, NULL,   \
                                    0);                                                            \
    }                                                                                              \
    OWDF_INLINE NTSTATUS RtlString##U##CopyN##S(C *Dest, size_t Size, const C *Src, size_t ToCopy) \
    {                                                                                              \
        if (ToCopy / (B) > NTSTRSAFE_MAX_CCH) {                                                    \
            return STATUS_INVALID_PARAMETER;                                                       \
        }                                                                                          \
        return owdf_strsafe_put_##S(Dest, Size / (B), FALSE, Src, ToCopy / (B), NULL, NULL, 0);    \
    }                                                                                              \
    OWDF_INLINE NTSTATUS RtlString##U##Cat##S(C *Dest, size_t Size, const C *Src)                  \
    {                                                                                              \
        return owdf_strsafe_put_##S(Dest, Size / (B), TRUE, Src, NTSTRSAFE_MAX_CCH, NULL, NULL,    \
                                    0);                                                            \
    }                                                                                              \
    OWDF_INLINE NTSTATUS RtlString##U##CatN##S(C *Dest, size_t Size, const C *Src,                 \
                                               size_t ToAppend)                                    \
    {                                                                                              \
        if (ToAppend / (B) > NTSTRSAFE_MAX_CCH) {                                                  \
            return STATUS_INVALID_PARAMETER;                                                       \
        }                                                                                          \
        return owdf_strsafe_put_##S(Dest, Size / (B), TRUE, Src, ToAppend / (B), NULL, NULL, 0);   \
    }                                                                                              \
    OWDF_INLINE NTSTATUS owdf_strsafe_bytes_##U##S(NTSTATUS status, size_t Size,                   \
                                                   size_t *Remaining)                              \
    {                                                                                              \
        if (Remaining != NULL && (NT_SUCCESS(status) || status == STATUS_BUFFER_OVERFLOW)) {       \
            *Remaining = *Remaining * (B) + Size % (B);                                            \
        }                                                                                          \
        return status;                                                                             \
    }                                                                                              \
    OWDF_INLINE NTSTATUS RtlString##U##CopyEx##S(C *Dest, size_t Size, const C *Src, C **End,      \
                                                 size_t *Remaining, ULONG Flags)                   \
    {                                                                                              \
        return owdf_strsafe_bytes_##U##S(owdf_strsafe_put_##S(Dest, Size / (B), FALSE, Src,        \
                                                              NTSTRSAFE_MAX_CCH, End, Remaining,   \
                                                              Flags),                              \
                                         Size, Remaining);                                         \
    }                                                                                              \
    OWDF_INLINE NTSTATUS RtlString##U##CopyNEx##S(C *Dest, size_t Size, const C *Src,              \
                                                  size_t ToCopy, C **End, size_t *Remaining,       \
                                                  ULONG Flags)                                     \
    {                                                                                              \
        return owdf_strsafe_bytes_##U##S(owdf_strsafe_put_##S(Dest, Size / (B), FALSE, Src,        \
                                                              ToCopy / (B), End, Remaining,        \
                                                              Flags),                              \
                                         Size, Remaining);                                         \
    }                                                                                              \
    OWDF_INLINE NTSTATUS RtlString##U##CatEx##S(C *Dest, size_t Size, const C *Src, C **End,       \
                                                size_t *Remaining, ULONG Flags)                    \
    {                                                                                              \
        return owdf_strsafe_bytes_##U##S(owdf_strsafe_put_##S(Dest, Size / (B), TRUE, Src,         \
                                                              NTSTRSAFE_MAX_CCH, End, Remaining,   \
                                                              Flags),                              \
                                         Size, Remaining);                                         \
    }                                                                                              \
    OWDF_INLINE NTSTATUS RtlString##U##CatNEx##S(C *Dest, size_t Size, const C *Src,               \
                                                 size_t ToAppend, C **End, size_t *Remaining,      \
                                                 ULONG Flags)                                      \
    {                                                                                              \
        return owdf_strsafe_bytes_##U##S(owdf_strsafe_put_##S(Dest, Size / (B), TRUE, Src,         \
                                                              ToAppend / (B), End, Remaining,      \
                                                              Flags),                              \
                                         Size, Remaining);                                         \
    }                                                                                              \
    OWDF_INLINE NTSTATUS RtlString##U##VPrintf##S(C *Dest, size_t Size, const C *Format,           \
                                                  va_list Arguments)                               \
    {                                                                                              \
        return owdf_strsafe_format_##S(Dest, Size / (B), NULL, NULL, 0, Format, Arguments);        \
    }                                                                                              \
    OWDF_INLINE NTSTATUS RtlString##U##VPrintfEx##S(C *Dest, size_t Size, C **End,                 \
                                                    size_t *Remaining, ULONG Flags,                \
                                                    const C *Format, va_list Arguments)            \
    {                                                                                              \
        return owdf_strsafe_bytes_##U##S(                                                          \
            owdf_strsafe_format_##S(Dest, Size / (B), End, Remaining, Flags, Format, Arguments),   \
            Size, Remaining);                                                                      \
    }                                                                                              \
    OWDF_INLINE NTSTATUS RtlString##U##Printf##S(C *Dest, size_t Size, const C *Format, ...)       \
    {                                                                                              \
        NTSTATUS status;                                                                           \
        va_list arguments;                                                                         \
                                                                                                   \
        va_start(arguments, Format);                                                               \
        status = RtlString##U##VPrintf##S(Dest, Size, Format, arguments);                          \
        va_end(arguments);                                                                         \
        return status;                                                                             \
    }                                                                                              \
    OWDF_INLINE NTSTATUS RtlString##U##PrintfEx##S(                                                \
        C *Dest, size_t Size, C **End, size_t *Remaining, ULONG Flags, const C *Format, ...)       \
    {                                                                                              \
        NTSTATUS status;                                                                           \
        va_list arguments;                                                                         \
                                                                                                   \
        va_start(arguments, Format);                                                               \
        status = RtlString##U##VPrintfEx##S(Dest, Size, End, Remaining, Flags, Format, arguments); \
        va_end(arguments);                                                                         \
        return status;                                                                             \
    }

OWDF_STRSAFE_FUNCTIONS(Cch, A, char, 1)
OWDF_STRSAFE_FUNCTIONS(Cch, W, wchar_t, 1)
OWDF_STRSAFE_FUNCTIONS(Cb, A, char, sizeof(char))
OWDF_STRSAFE_FUNCTIONS(Cb, W, wchar_t, sizeof(wchar_t))
#undef OWDF_STRSAFE_FUNCTIONS

/* A counted string as the source. */
OWDF_INLINE NTSTATUS
RtlStringCchCopyUnicodeStringEx(wchar_t *Dest, size_t Size, PCUNICODE_STRING Source, wchar_t **End,
                                size_t *Remaining, ULONG Flags)
{
    if (Source == NULL || (Source->Length % sizeof(WCHAR)) != 0 ||
        Source->Length > Source->MaximumLength || (Source->Buffer == NULL && Source->Length != 0)) {
        return STATUS_INVALID_PARAMETER;
    }
    return owdf_strsafe_put_W(Dest, Size, FALSE, Source->Buffer, Source->Length / sizeof(WCHAR),
                              End, Remaining, Flags);
}

OWDF_INLINE NTSTATUS
RtlStringCchCopyUnicodeString(wchar_t *Dest, size_t Size, PCUNICODE_STRING Source)
{
    return RtlStringCchCopyUnicodeStringEx(Dest, Size, Source, NULL, NULL, 0);
}

OWDF_INLINE NTSTATUS
RtlStringCbCopyUnicodeStringEx(wchar_t *Dest, size_t Size, PCUNICODE_STRING Source, wchar_t **End,
                               size_t *Remaining, ULONG Flags)
{
    return owdf_strsafe_bytes_CbW(
        RtlStringCchCopyUnicodeStringEx(Dest, Size / sizeof(WCHAR), Source, End, Remaining, Flags),
        Size, Remaining);
}

OWDF_INLINE NTSTATUS
RtlStringCbCopyUnicodeString(wchar_t *Dest, size_t Size, PCUNICODE_STRING Source)
{
    return RtlStringCchCopyUnicodeString(Dest, Size / sizeof(WCHAR), Source);
}

/* Counted strings as the destination. */
OWDF_INLINE NTSTATUS
RtlUnicodeStringValidateEx(PCUNICODE_STRING SourceString, ULONG Flags)
{
    if (SourceString == NULL) {
        return (Flags & STRSAFE_IGNORE_NULLS) != 0 ? STATUS_SUCCESS : STATUS_INVALID_PARAMETER;
    }
    if ((SourceString->Length % sizeof(WCHAR)) != 0 ||
        (SourceString->MaximumLength % sizeof(WCHAR)) != 0 ||
        SourceString->Length > SourceString->MaximumLength ||
        (SourceString->Buffer == NULL &&
         (SourceString->Length != 0 || SourceString->MaximumLength != 0))) {
        return STATUS_INVALID_PARAMETER;
    }
    return STATUS_SUCCESS;
}

OWDF_INLINE NTSTATUS
RtlUnicodeStringValidate(PCUNICODE_STRING SourceString)
{
    return RtlUnicodeStringValidateEx(SourceString, 0);
}

OWDF_INLINE NTSTATUS
RtlUnicodeStringInitEx(PUNICODE_STRING DestinationString, const wchar_t *pszSrc, ULONG Flags)
{
    size_t length = 0;

    if (DestinationString == NULL || (Flags & ~(ULONG)STRSAFE_IGNORE_NULLS) != 0) {
        return STATUS_INVALID_PARAMETER;
    }
    if (pszSrc != NULL &&
        !NT_SUCCESS(owdf_strsafe_length_W(pszSrc, NTSTRSAFE_UNICODE_STRING_MAX_CCH, &length))) {
        return STATUS_INVALID_PARAMETER;
    }
    DestinationString->Length = (USHORT)(length * sizeof(WCHAR));
    DestinationString->MaximumLength = pszSrc == NULL ? 0 : (USHORT)((length + 1) * sizeof(WCHAR));
    DestinationString->Buffer = (PWSTR)(ULONG_PTR)pszSrc;
    return STATUS_SUCCESS;
}

OWDF_INLINE NTSTATUS
RtlUnicodeStringInit(PUNICODE_STRING DestinationString, const wchar_t *pszSrc)
{
    return RtlUnicodeStringInitEx(DestinationString, pszSrc, 0);
}

/* Puts at most `most` characters behind the first `start` ones. */
OWDF_INLINE NTSTATUS
owdf_strsafe_put_counted(PUNICODE_STRING to, BOOLEAN append, const wchar_t *from, size_t most)
{
    NTSTATUS status = RtlUnicodeStringValidate(to);
    size_t length, size;

    if (!NT_SUCCESS(status) || (from == NULL && most != 0)) {
        return STATUS_INVALID_PARAMETER;
    }
    size = to->MaximumLength / sizeof(WCHAR);
    for (length = append ? to->Length / sizeof(WCHAR) : 0; most != 0; most--) {
        if (length == size) {
            status = STATUS_BUFFER_OVERFLOW;
            break;
        }
        to->Buffer[length++] = *from++;
    }
    to->Length = (USHORT)(length * sizeof(WCHAR));
    return status;
}

OWDF_INLINE size_t
owdf_strsafe_wide_length(const wchar_t *text, size_t most)
{
    size_t length = 0;

    while (text != NULL && length < most && text[length] != 0) {
        length++;
    }
    return length;
}

OWDF_INLINE NTSTATUS
RtlUnicodeStringCopy(PUNICODE_STRING DestinationString, PCUNICODE_STRING SourceString)
{
    if (!NT_SUCCESS(RtlUnicodeStringValidate(SourceString))) {
        return STATUS_INVALID_PARAMETER;
    }
    return owdf_strsafe_put_counted(DestinationString, FALSE, SourceString->Buffer,
                                    SourceString->Length / sizeof(WCHAR));
}

OWDF_INLINE NTSTATUS
RtlUnicodeStringCopyString(PUNICODE_STRING DestinationString, const wchar_t *pszSrc)
{
    return owdf_strsafe_put_counted(DestinationString, FALSE, pszSrc,
                                    owdf_strsafe_wide_length(pszSrc, NTSTRSAFE_MAX_CCH));
}

OWDF_INLINE NTSTATUS
RtlUnicodeStringCat(PUNICODE_STRING DestinationString, PCUNICODE_STRING SourceString)
{
    if (!NT_SUCCESS(RtlUnicodeStringValidate(SourceString))) {
        return STATUS_INVALID_PARAMETER;
    }
    return owdf_strsafe_put_counted(DestinationString, TRUE, SourceString->Buffer,
                                    SourceString->Length / sizeof(WCHAR));
}

OWDF_INLINE NTSTATUS
RtlUnicodeStringCatString(PUNICODE_STRING DestinationString, const wchar_t *pszSrc)
{
    return owdf_strsafe_put_counted(DestinationString, TRUE, pszSrc,
                                    owdf_strsafe_wide_length(pszSrc, NTSTRSAFE_MAX_CCH));
}

#define OWDF_STRSAFE_COUNTED(U, B)                                                                 \
    OWDF_INLINE NTSTATUS RtlUnicodeString##U##CopyStringN(PUNICODE_STRING DestinationString,       \
                                                          const wchar_t *pszSrc, size_t ToCopy)    \
    {                                                                                              \
        return owdf_strsafe_put_counted(DestinationString, FALSE, pszSrc,                          \
                                        owdf_strsafe_wide_length(pszSrc, ToCopy / (B)));           \
    }                                                                                              \
    OWDF_INLINE NTSTATUS RtlUnicodeString##U##CatStringN(PUNICODE_STRING DestinationString,        \
                                                         const wchar_t *pszSrc, size_t ToAppend)   \
    {                                                                                              \
        return owdf_strsafe_put_counted(DestinationString, TRUE, pszSrc,                           \
                                        owdf_strsafe_wide_length(pszSrc, ToAppend / (B)));         \
    }                                                                                              \
    OWDF_INLINE NTSTATUS RtlUnicodeString##U##CopyN(PUNICODE_STRING DestinationString,             \
                                                    PCUNICODE_STRING SourceString, size_t ToCopy)  \
    {                                                                                              \
        size_t length;                                                                             \
                                                                                                   \
        if (!NT_SUCCESS(RtlUnicodeStringValidate(SourceString))) {                                 \
            return STATUS_INVALID_PARAMETER;                                                       \
        }                                                                                          \
        length = SourceString->Length / sizeof(WCHAR);                                             \
        return owdf_strsafe_put_counted(DestinationString, FALSE, SourceString->Buffer,            \
                                        length < ToCopy / (B) ? length : ToCopy / (B));            \
    }                                                                                              \
    OWDF_INLINE NTSTATUS RtlUnicodeString##U##CatN(PUNICODE_STRING DestinationString,              \
                                                   PCUNICODE_STRING SourceString, size_t ToAppend) \
    {                                                                                              \
        size_t length;                                                                             \
                                                                                                   \
        if (!NT_SUCCESS(RtlUnicodeStringValidate(SourceString))) {                                 \
            return STATUS_INVALID_PARAMETER;                                                       \
        }                                                                                          \
        length = SourceString->Length / sizeof(WCHAR);                                             \
        return owdf_strsafe_put_counted(DestinationString, TRUE, SourceString->Buffer,             \
                                        length < ToAppend / (B) ? length : ToAppend / (B));        \
    }
OWDF_STRSAFE_COUNTED(Cch, 1)
OWDF_STRSAFE_COUNTED(Cb, sizeof(WCHAR))
#undef OWDF_STRSAFE_COUNTED

OWDF_INLINE NTSTATUS
RtlUnicodeStringVPrintf(PUNICODE_STRING DestinationString, const wchar_t *pszFormat,
                        va_list argList)
{
    NTSTATUS status = RtlUnicodeStringValidate(DestinationString);
    size_t size;
    int length;

    if (!NT_SUCCESS(status) || pszFormat == NULL) {
        return STATUS_INVALID_PARAMETER;
    }
    size = DestinationString->MaximumLength / sizeof(WCHAR);
    length = _vsnwprintf(DestinationString->Buffer, size, pszFormat, argList);
    if (length < 0 || (size_t)length > size) {
        length = (int)size;
        status = STATUS_BUFFER_OVERFLOW;
    }
    DestinationString->Length = (USHORT)((size_t)length * sizeof(WCHAR));
    return status;
}

OWDF_INLINE NTSTATUS
RtlUnicodeStringPrintf(PUNICODE_STRING DestinationString, const wchar_t *pszFormat, ...)
{
    NTSTATUS status;
    va_list arguments;

    va_start(arguments, pszFormat);
    status = RtlUnicodeStringVPrintf(DestinationString, pszFormat, arguments);
    va_end(arguments);
    return status;
}

/*
 * The same with flags, and with what remains of the destination as a counted string of its own. With
 * STRSAFE_IGNORE_NULLS a NULL source is empty, and a NULL destination takes an empty source.
 */
OWDF_INLINE NTSTATUS
owdf_strsafe_end_counted(NTSTATUS status, PUNICODE_STRING to, size_t start,
                         PUNICODE_STRING remaining, ULONG flags)
{
    size_t size = to->MaximumLength / sizeof(WCHAR), length = to->Length / sizeof(WCHAR);
    int fill = (int)(flags & 0xff);

    if (NT_SUCCESS(status) && (flags & STRSAFE_FILL_BEHIND) != 0 && length < size) {
        __builtin_memset(to->Buffer + length, fill, (size - length) * sizeof(WCHAR));
    }
    if (!NT_SUCCESS(status)) {
        if ((flags & STRSAFE_NO_TRUNCATION) != 0) {
            length = start;
        }
        if ((flags & STRSAFE_FILL_ON_FAILURE) != 0 && size != 0) {
            __builtin_memset(to->Buffer, fill, size * sizeof(WCHAR));
            length = fill == 0 ? 0 : size;
        }
        if ((flags & STRSAFE_ZERO_LENGTH_ON_FAILURE) != 0) {
            length = 0;
        }
        to->Length = (USHORT)(length * sizeof(WCHAR));
    }
    if (remaining != NULL) {
        remaining->Length = 0;
        remaining->MaximumLength = (USHORT)((size - length) * sizeof(WCHAR));
        remaining->Buffer = to->Buffer == NULL ? NULL : to->Buffer + length;
    }
    return status;
}

OWDF_INLINE NTSTATUS
owdf_strsafe_put_counted_ex(PUNICODE_STRING to, BOOLEAN append, const wchar_t *from, size_t most,
                            PUNICODE_STRING remaining, ULONG flags)
{
    NTSTATUS status;
    size_t start;

    if ((flags & 0xffffe000) != 0) {
        return STATUS_INVALID_PARAMETER;
    }
    if ((flags & STRSAFE_IGNORE_NULLS) != 0) {
        most = from == NULL ? 0 : most;
        if (to == NULL) {
            return most == 0 ? STATUS_SUCCESS : STATUS_INVALID_PARAMETER;
        }
    }
    if (from == NULL && (flags & STRSAFE_IGNORE_NULLS) == 0) {
        return STATUS_INVALID_PARAMETER;
    }
    start = append && to != NULL ? to->Length / sizeof(WCHAR) : 0;
    status = owdf_strsafe_put_counted(to, append, from, most);
    if (status == STATUS_INVALID_PARAMETER) {
        return status;
    }
    return owdf_strsafe_end_counted(status, to, start, remaining, flags);
}

OWDF_INLINE NTSTATUS
owdf_strsafe_put_string_ex(PUNICODE_STRING to, BOOLEAN append, PCUNICODE_STRING from, size_t most,
                           PUNICODE_STRING remaining, ULONG flags)
{
    size_t length = 0;

    if (!NT_SUCCESS(RtlUnicodeStringValidateEx(from, flags & STRSAFE_IGNORE_NULLS))) {
        return STATUS_INVALID_PARAMETER;
    }
    if (from != NULL) {
        length = from->Length / sizeof(WCHAR);
    }
    /* A string without a buffer is empty: it is no NULL that would have to be allowed. */
    return owdf_strsafe_put_counted_ex(to, append, length == 0 ? L"" : from->Buffer,
                                       length < most ? length : most, remaining, flags);
}

#define OWDF_STRSAFE_COUNTED_EX(verb, append)                                                      \
    OWDF_INLINE NTSTATUS RtlUnicodeString##verb##Ex(                                               \
        PUNICODE_STRING DestinationString, PCUNICODE_STRING SourceString,                          \
        PUNICODE_STRING RemainingString, ULONG dwFlags)                                            \
    {                                                                                              \
        return owdf_strsafe_put_string_ex(DestinationString, append, SourceString,                 \
                                          NTSTRSAFE_MAX_CCH, RemainingString, dwFlags);            \
    }                                                                                              \
    OWDF_INLINE NTSTATUS RtlUnicodeString##verb##StringEx(                                         \
        PUNICODE_STRING DestinationString, const wchar_t *pszSrc, PUNICODE_STRING RemainingString, \
        ULONG dwFlags)                                                                             \
    {                                                                                              \
        return owdf_strsafe_put_counted_ex(DestinationString, append, pszSrc,                      \
                                           owdf_strsafe_wide_length(pszSrc, NTSTRSAFE_MAX_CCH),    \
                                           RemainingString, dwFlags);                              \
    }
#define OWDF_STRSAFE_COUNTED_N_EX(U, B, verb, append)                                              \
    OWDF_INLINE NTSTATUS RtlUnicodeString##U##verb##NEx(                                           \
        PUNICODE_STRING DestinationString, PCUNICODE_STRING SourceString, size_t Most,             \
        PUNICODE_STRING RemainingString, ULONG dwFlags)                                            \
    {                                                                                              \
        return owdf_strsafe_put_string_ex(DestinationString, append, SourceString, Most / (B),     \
                                          RemainingString, dwFlags);                               \
    }                                                                                              \
    OWDF_INLINE NTSTATUS RtlUnicodeString##U##verb##StringNEx(                                     \
        PUNICODE_STRING DestinationString, const wchar_t *pszSrc, size_t Most,                     \
        PUNICODE_STRING RemainingString, ULONG dwFlags)                                            \
    {                                                                                              \
        return owdf_strsafe_put_counted_ex(DestinationString, append, pszSrc,                      \
                                           owdf_strsafe_wide_length(pszSrc, Most / (B)),           \
                                           RemainingString, dwFlags);                              \
    }
OWDF_STRSAFE_COUNTED_EX(Copy, FALSE)
OWDF_STRSAFE_COUNTED_EX(Cat, TRUE)
OWDF_STRSAFE_COUNTED_N_EX(Cch, 1, Copy, FALSE)
OWDF_STRSAFE_COUNTED_N_EX(Cch, 1, Cat, TRUE)
OWDF_STRSAFE_COUNTED_N_EX(Cb, sizeof(WCHAR), Copy, FALSE)
OWDF_STRSAFE_COUNTED_N_EX(Cb, sizeof(WCHAR), Cat, TRUE)
#undef OWDF_STRSAFE_COUNTED_EX
#undef OWDF_STRSAFE_COUNTED_N_EX

OWDF_INLINE NTSTATUS
RtlUnicodeStringVPrintfEx(PUNICODE_STRING DestinationString, PUNICODE_STRING RemainingString,
                          ULONG dwFlags, const wchar_t *pszFormat, va_list argList)
{
    NTSTATUS status;

    if ((dwFlags & 0xffffe000) != 0) {
        return STATUS_INVALID_PARAMETER;
    }
    if ((dwFlags & STRSAFE_IGNORE_NULLS) != 0) {
        pszFormat = pszFormat == NULL ? L"" : pszFormat;
        if (DestinationString == NULL) {
            return *pszFormat == 0 ? STATUS_SUCCESS : STATUS_INVALID_PARAMETER;
        }
    }
    status = RtlUnicodeStringVPrintf(DestinationString, pszFormat, argList);
    if (status == STATUS_INVALID_PARAMETER) {
        return status;
    }
    return owdf_strsafe_end_counted(status, DestinationString, 0, RemainingString, dwFlags);
}

OWDF_INLINE NTSTATUS
RtlUnicodeStringPrintfEx(PUNICODE_STRING DestinationString, PUNICODE_STRING RemainingString,
                         ULONG dwFlags, const wchar_t *pszFormat, ...)
{
    NTSTATUS status;
    va_list arguments;

    va_start(arguments, pszFormat);
    status = RtlUnicodeStringVPrintfEx(DestinationString, RemainingString, dwFlags, pszFormat,
                                       arguments);
    va_end(arguments);
    return status;
}

/* Text at any address. */
OWDF_INLINE NTSTATUS
RtlUnalignedStringCchLengthW(const wchar_t *psz, size_t cchMax, size_t *pcchLength)
{
    const unsigned char *bytes = (const unsigned char *)psz;
    NTSTATUS status = STATUS_INVALID_PARAMETER;
    size_t length = 0;

    if (psz != NULL && cchMax <= NTSTRSAFE_MAX_CCH) {
        while (length < cchMax && (bytes[2 * length] != 0 || bytes[2 * length + 1] != 0)) {
            length++;
        }
        status = length < cchMax ? STATUS_SUCCESS : STATUS_INVALID_PARAMETER;
    }
    if (pcchLength != NULL) {
        *pcchLength = NT_SUCCESS(status) ? length : 0;
    }
    return status;
}

OWDF_INLINE NTSTATUS
RtlUnalignedStringCbLengthW(const wchar_t *psz, size_t cbMax, size_t *pcbLength)
{
    NTSTATUS status = RtlUnalignedStringCchLengthW(psz, cbMax / sizeof(WCHAR), pcbLength);

    if (pcbLength != NULL) {
        *pcbLength *= sizeof(WCHAR);
    }
    return status;
}

#ifdef __cplusplus
}
#endif

#endif

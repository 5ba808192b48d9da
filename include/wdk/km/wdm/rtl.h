/* SPDX-License-Identifier: MIT */
/* The run-time library: memory, counted strings, conversions, bitmaps, time, debug output, assertions. */
#ifndef OPENWDF_WDM_RTL_H
#define OPENWDF_WDM_RTL_H

#include <openwdf_osversion.h>
#include <wdm/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Memory. */
#define RtlEqualMemory(a, b, length)    (!__builtin_memcmp((a), (b), (length)))
#define RtlMoveMemory(to, from, length) ((void)__builtin_memmove((to), (from), (length)))
#define RtlCopyMemory(to, from, length) ((void)__builtin_memcpy((to), (from), (length)))
#define RtlFillMemory(to, length, fill) ((void)__builtin_memset((to), (fill), (length)))
#define RtlZeroMemory(to, length)       ((void)__builtin_memset((to), 0, (length)))
#define RtlCopyMemoryNonTemporal        RtlCopyMemory
#define RtlFillMemoryNonTemporal        RtlFillMemory
#define RtlCopyBytes                    RtlCopyMemory
#define RtlZeroBytes                    RtlZeroMemory
#define RtlFillBytes                    RtlFillMemory
#define RtlCopyVolatileMemory           RtlCopyMemory
#define RtlFillVolatileMemory           RtlFillMemory
#define RtlMoveVolatileMemory           RtlMoveMemory
#define RtlZeroVolatileMemory           RtlZeroMemory
#define RtlCopyDeviceMemory             RtlCopyMemory
#define RtlZeroDeviceMemory             RtlZeroMemory
NTSYSAPI SIZE_T RtlCompareMemory(const VOID *Source1, const VOID *Source2, SIZE_T Length);
NTSYSAPI SIZE_T RtlCompareMemoryUlong(PVOID Source, SIZE_T Length, ULONG Pattern);
#define RtlPrefetchMemoryNonTemporal(Source, Length) ((void)(Source), (void)(Length))

/* Zeroes in a way the compiler cannot leave out. */
OWDF_INLINE PVOID
RtlSecureZeroMemory(PVOID Pointer, SIZE_T Size)
{
    __builtin_memset(Pointer, 0, Size);
    __asm__ __volatile__("" : : "r"(Pointer) : "memory");
    return Pointer;
}
#define SecureZeroMemory RtlSecureZeroMemory

OWDF_INLINE BOOLEAN
RtlIsZeroMemory(const VOID *Buffer, SIZE_T Length)
{
    const UCHAR *byte = (const UCHAR *)Buffer;

    while (Length-- != 0) {
        if (*byte++ != 0) {
            return FALSE;
        }
    }
    return TRUE;
}

/* Byte order, and values at any alignment. */
OWDF_INLINE USHORT
RtlUshortByteSwap(USHORT Source)
{
    return __builtin_bswap16(Source);
}
OWDF_INLINE ULONG
RtlUlongByteSwap(ULONG Source)
{
    return __builtin_bswap32(Source);
}
OWDF_INLINE ULONGLONG
RtlUlonglongByteSwap(ULONGLONG Source)
{
    return __builtin_bswap64(Source);
}
#define RtlRetrieveUlong(to, from)  ((void)__builtin_memcpy((to), (from), sizeof(ULONG)))
#define RtlRetrieveUshort(to, from) ((void)__builtin_memcpy((to), (from), sizeof(USHORT)))
#define RtlStoreUlong(address, value)                                                              \
    do {                                                                                           \
        ULONG owdf_value_ = (value);                                                               \
        __builtin_memcpy((PVOID)(address), &owdf_value_, sizeof(owdf_value_));                     \
    } while (0)
#define RtlStoreUshort(address, value)                                                             \
    do {                                                                                           \
        USHORT owdf_value_ = (value);                                                              \
        __builtin_memcpy((PVOID)(address), &owdf_value_, sizeof(owdf_value_));                     \
    } while (0)
#define RtlStoreUlonglong(address, value)                                                          \
    do {                                                                                           \
        ULONGLONG owdf_value_ = (value);                                                           \
        __builtin_memcpy((PVOID)(address), &owdf_value_, sizeof(owdf_value_));                     \
    } while (0)
#define RtlStoreUlongPtr(address, value) RtlStoreUlonglong(address, value)
#define PopulationCount64(value)         ((ULONG64)__builtin_popcountll(value))

/* Arithmetic. */
#define RtlConvertLongToLargeInteger(v)  owdf_large_integer(v)
#define RtlConvertUlongToLargeInteger(v) owdf_large_integer((LONGLONG)(ULONG)(v))
OWDF_INLINE LARGE_INTEGER
owdf_large_integer(LONGLONG Value)
{
    LARGE_INTEGER result;

    result.QuadPart = Value;
    return result;
}
OWDF_INLINE LARGE_INTEGER
RtlLargeIntegerAdd(LARGE_INTEGER Addend1, LARGE_INTEGER Addend2)
{
    return owdf_large_integer(Addend1.QuadPart + Addend2.QuadPart);
}
OWDF_INLINE LARGE_INTEGER
RtlLargeIntegerSubtract(LARGE_INTEGER Minuend, LARGE_INTEGER Subtrahend)
{
    return owdf_large_integer(Minuend.QuadPart - Subtrahend.QuadPart);
}
OWDF_INLINE LARGE_INTEGER
RtlEnlargedIntegerMultiply(LONG Multiplicand, LONG Multiplier)
{
    return owdf_large_integer((LONGLONG)Multiplicand * Multiplier);
}
OWDF_INLINE LARGE_INTEGER
RtlEnlargedUnsignedMultiply(ULONG Multiplicand, ULONG Multiplier)
{
    return owdf_large_integer((LONGLONG)((ULONGLONG)Multiplicand * Multiplier));
}
OWDF_INLINE LARGE_INTEGER
RtlExtendedIntegerMultiply(LARGE_INTEGER Multiplicand, LONG Multiplier)
{
    return owdf_large_integer(Multiplicand.QuadPart * Multiplier);
}
OWDF_INLINE LARGE_INTEGER
RtlExtendedLargeIntegerDivide(LARGE_INTEGER Dividend, ULONG Divisor, PULONG Remainder)
{
    if (Remainder != NULL) {
        *Remainder = (ULONG)((ULONGLONG)Dividend.QuadPart % Divisor);
    }
    return owdf_large_integer((LONGLONG)((ULONGLONG)Dividend.QuadPart / Divisor));
}
OWDF_INLINE LARGE_INTEGER
RtlLargeIntegerDivide(LARGE_INTEGER Dividend, LARGE_INTEGER Divisor, PLARGE_INTEGER Remainder)
{
    if (Remainder != NULL) {
        Remainder->QuadPart =
            (LONGLONG)((ULONGLONG)Dividend.QuadPart % (ULONGLONG)Divisor.QuadPart);
    }
    return owdf_large_integer(
        (LONGLONG)((ULONGLONG)Dividend.QuadPart / (ULONGLONG)Divisor.QuadPart));
}
OWDF_INLINE ULONG
RtlEnlargedUnsignedDivide(ULARGE_INTEGER Dividend, ULONG Divisor, PULONG Remainder)
{
    if (Remainder != NULL) {
        *Remainder = (ULONG)(Dividend.QuadPart % Divisor);
    }
    return (ULONG)(Dividend.QuadPart / Divisor);
}
#define Int32x32To64(a, b)               ((LONGLONG)(LONG)(a) * (LONGLONG)(LONG)(b))
#define UInt32x32To64(a, b)              ((ULONGLONG)(ULONG)(a) * (ULONGLONG)(ULONG)(b))
#define Int64ShllMod32(a, b)             ((ULONGLONG)(a) << (b))
#define Int64ShraMod32(a, b)             ((LONGLONG)(a) >> (b))
#define Int64ShrlMod32(a, b)             ((ULONGLONG)(a) >> (b))
#define RtlLargeIntegerGreaterThan(X, Y) ((X).QuadPart > (Y).QuadPart)
#define RtlLargeIntegerLessThan(X, Y)    ((X).QuadPart < (Y).QuadPart)
#define RtlLargeIntegerEqualTo(X, Y)     ((X).QuadPart == (Y).QuadPart)

/* Counted strings. */
NTSYSAPI VOID RtlInitString(PSTRING DestinationString, PCSZ SourceString);
NTSYSAPI NTSTATUS RtlInitStringEx(PSTRING DestinationString, PCSZ SourceString);
NTSYSAPI VOID RtlInitAnsiString(PANSI_STRING DestinationString, PCSZ SourceString);
NTSYSAPI NTSTATUS RtlInitAnsiStringEx(PANSI_STRING DestinationString, PCSZ SourceString);
NTSYSAPI VOID RtlInitUnicodeString(PUNICODE_STRING DestinationString, PCWSTR SourceString);
NTSYSAPI NTSTATUS RtlInitUnicodeStringEx(PUNICODE_STRING DestinationString, PCWSTR SourceString);
NTSYSAPI VOID RtlInitUTF8String(PUTF8_STRING DestinationString, PCSZ SourceString);
NTSYSAPI NTSTATUS RtlInitUTF8StringEx(PUTF8_STRING DestinationString, PCSZ SourceString);
OWDF_INLINE VOID
RtlInitEmptyUnicodeString(PUNICODE_STRING UnicodeString, PWCHAR Buffer, USHORT BufferSize)
{
    UnicodeString->Length = 0;
    UnicodeString->MaximumLength = BufferSize;
    UnicodeString->Buffer = Buffer;
}
OWDF_INLINE VOID
RtlInitEmptyAnsiString(PANSI_STRING AnsiString, PCHAR Buffer, USHORT BufferSize)
{
    AnsiString->Length = 0;
    AnsiString->MaximumLength = BufferSize;
    AnsiString->Buffer = Buffer;
}
NTSYSAPI VOID RtlCopyString(PSTRING DestinationString, const STRING *SourceString);
NTSYSAPI VOID RtlCopyUnicodeString(PUNICODE_STRING DestinationString,
                                   PCUNICODE_STRING SourceString);
NTSYSAPI NTSTATUS RtlAppendUnicodeStringToString(PUNICODE_STRING Destination,
                                                 PCUNICODE_STRING Source);
NTSYSAPI NTSTATUS RtlAppendUnicodeToString(PUNICODE_STRING Destination, PCWSTR Source);
NTSYSAPI NTSTATUS RtlAppendStringToString(PSTRING Destination, const STRING *Source);
NTSYSAPI NTSTATUS RtlAppendAsciizToString(PSTRING Destination, PCSZ Source);
NTSYSAPI LONG RtlCompareString(const STRING *String1, const STRING *String2,
                               BOOLEAN CaseInSensitive);
NTSYSAPI LONG RtlCompareUnicodeString(PCUNICODE_STRING String1, PCUNICODE_STRING String2,
                                      BOOLEAN CaseInSensitive);
NTSYSAPI LONG RtlCompareUnicodeStrings(PCWCH String1, SIZE_T String1Length, PCWCH String2,
                                       SIZE_T String2Length, BOOLEAN CaseInSensitive);
NTSYSAPI BOOLEAN RtlEqualString(const STRING *String1, const STRING *String2,
                                BOOLEAN CaseInSensitive);
NTSYSAPI BOOLEAN RtlEqualUnicodeString(PCUNICODE_STRING String1, PCUNICODE_STRING String2,
                                       BOOLEAN CaseInSensitive);
NTSYSAPI BOOLEAN RtlPrefixString(const STRING *String1, const STRING *String2,
                                 BOOLEAN CaseInSensitive);
NTSYSAPI BOOLEAN RtlPrefixUnicodeString(PCUNICODE_STRING String1, PCUNICODE_STRING String2,
                                        BOOLEAN CaseInSensitive);
NTSYSAPI BOOLEAN RtlSuffixUnicodeString(PCUNICODE_STRING String1, PCUNICODE_STRING String2,
                                        BOOLEAN CaseInSensitive);
#define HASH_STRING_ALGORITHM_DEFAULT 0
#define HASH_STRING_ALGORITHM_X65599  1
#define HASH_STRING_ALGORITHM_INVALID 0xffffffff
NTSYSAPI NTSTATUS RtlHashUnicodeString(PCUNICODE_STRING String, BOOLEAN CaseInSensitive,
                                       ULONG HashAlgorithm, PULONG HashValue);
NTSYSAPI VOID RtlUpperString(PSTRING DestinationString, const STRING *SourceString);
NTSYSAPI NTSTATUS RtlUpcaseUnicodeString(PUNICODE_STRING DestinationString,
                                         PCUNICODE_STRING SourceString,
                                         BOOLEAN AllocateDestinationString);
NTSYSAPI NTSTATUS RtlDowncaseUnicodeString(PUNICODE_STRING DestinationString,
                                           PCUNICODE_STRING SourceString,
                                           BOOLEAN AllocateDestinationString);
NTSYSAPI WCHAR RtlUpcaseUnicodeChar(WCHAR SourceCharacter);
NTSYSAPI WCHAR RtlDowncaseUnicodeChar(WCHAR SourceCharacter);
NTSYSAPI CHAR RtlUpperChar(CHAR Character);
NTSYSAPI VOID RtlFreeUnicodeString(PUNICODE_STRING UnicodeString);
NTSYSAPI VOID RtlFreeAnsiString(PANSI_STRING AnsiString);
NTSYSAPI VOID RtlFreeOemString(POEM_STRING OemString);
NTSYSAPI VOID RtlFreeUTF8String(PUTF8_STRING Utf8String);
#define RTL_DUPLICATE_UNICODE_STRING_NULL_TERMINATE       (0x00000001)
#define RTL_DUPLICATE_UNICODE_STRING_ALLOCATE_NULL_STRING (0x00000002)
NTSYSAPI NTSTATUS RtlDuplicateUnicodeString(ULONG Flags, PCUNICODE_STRING StringIn,
                                            PUNICODE_STRING StringOut);
NTSYSAPI NTSTATUS RtlValidateUnicodeString(ULONG Flags, PCUNICODE_STRING String);

/* Conversions. The narrow code page is UTF-8. */
NTSYSAPI NTSTATUS RtlAnsiStringToUnicodeString(PUNICODE_STRING DestinationString,
                                               const STRING *SourceString,
                                               BOOLEAN AllocateDestinationString);
NTSYSAPI NTSTATUS RtlUnicodeStringToAnsiString(PANSI_STRING DestinationString,
                                               PCUNICODE_STRING SourceString,
                                               BOOLEAN AllocateDestinationString);
NTSYSAPI NTSTATUS RtlUnicodeStringToUTF8String(PUTF8_STRING DestinationString,
                                               PCUNICODE_STRING SourceString,
                                               BOOLEAN AllocateDestinationString);
NTSYSAPI NTSTATUS RtlUTF8StringToUnicodeString(PUNICODE_STRING DestinationString,
                                               const STRING *SourceString,
                                               BOOLEAN AllocateDestinationString);
NTSYSAPI ULONG RtlxAnsiStringToUnicodeSize(const STRING *AnsiString);
NTSYSAPI ULONG RtlxUnicodeStringToAnsiSize(PCUNICODE_STRING UnicodeString);
#define RtlAnsiStringToUnicodeSize(s) RtlxAnsiStringToUnicodeSize(s)
#define RtlUnicodeStringToAnsiSize(s) RtlxUnicodeStringToAnsiSize(s)
NTSYSAPI NTSTATUS RtlMultiByteToUnicodeN(PWCH UnicodeString, ULONG MaxBytesInUnicodeString,
                                         PULONG BytesInUnicodeString, const CHAR *MultiByteString,
                                         ULONG BytesInMultiByteString);
NTSYSAPI NTSTATUS RtlMultiByteToUnicodeSize(PULONG BytesInUnicodeString,
                                            const CHAR *MultiByteString,
                                            ULONG BytesInMultiByteString);
NTSYSAPI NTSTATUS RtlUnicodeToMultiByteN(PCHAR MultiByteString, ULONG MaxBytesInMultiByteString,
                                         PULONG BytesInMultiByteString, PCWCH UnicodeString,
                                         ULONG BytesInUnicodeString);
NTSYSAPI NTSTATUS RtlUnicodeToMultiByteSize(PULONG BytesInMultiByteString, PCWCH UnicodeString,
                                            ULONG BytesInUnicodeString);
NTSYSAPI NTSTATUS RtlUnicodeToUTF8N(PCHAR UTF8StringDestination, ULONG UTF8StringMaxByteCount,
                                    PULONG UTF8StringActualByteCount, PCWCH UnicodeStringSource,
                                    ULONG UnicodeStringByteCount);
NTSYSAPI NTSTATUS RtlUTF8ToUnicodeN(PWSTR UnicodeStringDestination, ULONG UnicodeStringMaxByteCount,
                                    PULONG UnicodeStringActualByteCount, PCCH UTF8StringSource,
                                    ULONG UTF8StringByteCount);
NTSYSAPI NTSTATUS RtlUnicodeStringToInteger(PCUNICODE_STRING String, ULONG Base, PULONG Value);
NTSYSAPI NTSTATUS RtlUnicodeStringToInt64(PCUNICODE_STRING String, ULONG Base, PLONG64 Number,
                                          PWSTR *EndPointer);
NTSYSAPI NTSTATUS RtlIntegerToUnicodeString(ULONG Value, ULONG Base, PUNICODE_STRING String);
NTSYSAPI NTSTATUS RtlInt64ToUnicodeString(ULONGLONG Value, ULONG Base, PUNICODE_STRING String);
NTSYSAPI NTSTATUS RtlCharToInteger(PCSZ String, ULONG Base, PULONG Value);
#define RtlIntPtrToUnicodeString(Value, Base, String) RtlInt64ToUnicodeString(Value, Base, String)
NTSYSAPI NTSTATUS RtlGUIDFromString(PCUNICODE_STRING GuidString, GUID *Guid);
NTSYSAPI NTSTATUS RtlStringFromGUID(REFGUID Guid, PUNICODE_STRING GuidString);

/* Bitmaps. */
typedef struct _RTL_BITMAP {
    ULONG SizeOfBitMap;
    PULONG Buffer;
} RTL_BITMAP, *PRTL_BITMAP;

typedef struct _RTL_BITMAP_RUN {
    ULONG StartingIndex;
    ULONG NumberOfBits;
} RTL_BITMAP_RUN, *PRTL_BITMAP_RUN;

NTSYSAPI VOID RtlInitializeBitMap(PRTL_BITMAP BitMapHeader, PULONG BitMapBuffer,
                                  ULONG SizeOfBitMap);
NTSYSAPI VOID RtlClearBit(PRTL_BITMAP BitMapHeader, ULONG BitNumber);
NTSYSAPI VOID RtlSetBit(PRTL_BITMAP BitMapHeader, ULONG BitNumber);
NTSYSAPI BOOLEAN RtlTestBit(PRTL_BITMAP BitMapHeader, ULONG BitNumber);
#define RtlCheckBit(Header, Number) RtlTestBit((Header), (Number))
NTSYSAPI VOID RtlClearAllBits(PRTL_BITMAP BitMapHeader);
NTSYSAPI VOID RtlSetAllBits(PRTL_BITMAP BitMapHeader);
NTSYSAPI VOID RtlClearBits(PRTL_BITMAP BitMapHeader, ULONG StartingIndex, ULONG NumberToClear);
NTSYSAPI VOID RtlSetBits(PRTL_BITMAP BitMapHeader, ULONG StartingIndex, ULONG NumberToSet);
NTSYSAPI BOOLEAN RtlAreBitsClear(PRTL_BITMAP BitMapHeader, ULONG StartingIndex, ULONG Length);
NTSYSAPI BOOLEAN RtlAreBitsSet(PRTL_BITMAP BitMapHeader, ULONG StartingIndex, ULONG Length);
NTSYSAPI ULONG RtlFindClearBits(PRTL_BITMAP BitMapHeader, ULONG NumberToFind, ULONG HintIndex);
NTSYSAPI ULONG RtlFindSetBits(PRTL_BITMAP BitMapHeader, ULONG NumberToFind, ULONG HintIndex);
NTSYSAPI ULONG RtlFindClearBitsAndSet(PRTL_BITMAP BitMapHeader, ULONG NumberToFind,
                                      ULONG HintIndex);
NTSYSAPI ULONG RtlFindSetBitsAndClear(PRTL_BITMAP BitMapHeader, ULONG NumberToFind,
                                      ULONG HintIndex);
NTSYSAPI ULONG RtlFindClearRuns(PRTL_BITMAP BitMapHeader, PRTL_BITMAP_RUN RunArray,
                                ULONG SizeOfRunArray, BOOLEAN LocateLongestRuns);
NTSYSAPI ULONG RtlFindFirstRunClear(PRTL_BITMAP BitMapHeader, PULONG StartingIndex);
NTSYSAPI ULONG RtlFindLongestRunClear(PRTL_BITMAP BitMapHeader, PULONG StartingIndex);
NTSYSAPI ULONG RtlFindNextForwardRunClear(PRTL_BITMAP BitMapHeader, ULONG FromIndex,
                                          PULONG StartingRunIndex);
NTSYSAPI ULONG RtlNumberOfClearBits(PRTL_BITMAP BitMapHeader);
NTSYSAPI ULONG RtlNumberOfSetBits(PRTL_BITMAP BitMapHeader);
NTSYSAPI CCHAR RtlFindLeastSignificantBit(ULONGLONG Set);
NTSYSAPI CCHAR RtlFindMostSignificantBit(ULONGLONG Set);

/* Time. */
typedef struct _TIME_FIELDS {
    CSHORT Year;
    CSHORT Month;
    CSHORT Day;
    CSHORT Hour;
    CSHORT Minute;
    CSHORT Second;
    CSHORT Milliseconds;
    CSHORT Weekday;
} TIME_FIELDS, *PTIME_FIELDS;
NTSYSAPI VOID RtlTimeToTimeFields(PLARGE_INTEGER Time, PTIME_FIELDS TimeFields);
NTSYSAPI BOOLEAN RtlTimeFieldsToTime(PTIME_FIELDS TimeFields, PLARGE_INTEGER Time);
NTSYSAPI BOOLEAN RtlTimeToSecondsSince1970(PLARGE_INTEGER Time, PULONG ElapsedSeconds);
NTSYSAPI VOID RtlSecondsSince1970ToTime(ULONG ElapsedSeconds, PLARGE_INTEGER Time);
NTSYSAPI BOOLEAN RtlTimeToSecondsSince1980(PLARGE_INTEGER Time, PULONG ElapsedSeconds);
NTSYSAPI VOID RtlSecondsSince1980ToTime(ULONG ElapsedSeconds, PLARGE_INTEGER Time);

/* Version, random numbers, hash, stack traces. */
NTSYSAPI ULONGLONG VerSetConditionMask(ULONGLONG ConditionMask, ULONG TypeMask, UCHAR Condition);
NTSYSAPI NTSTATUS RtlGetVersion(PRTL_OSVERSIONINFOW lpVersionInformation);
NTSYSAPI NTSTATUS RtlVerifyVersionInfo(PRTL_OSVERSIONINFOEXW VersionInfo, ULONG TypeMask,
                                       ULONGLONG ConditionMask);
NTSYSAPI BOOLEAN RtlIsNtDdiVersionAvailable(ULONG Version);
NTSYSAPI BOOLEAN RtlIsServicePackVersionInstalled(ULONG Version);
NTSYSAPI BOOLEAN PsGetVersion(PULONG MajorVersion, PULONG MinorVersion, PULONG BuildNumber,
                              PUNICODE_STRING CSDVersion);
NTSYSAPI ULONG RtlRandom(PULONG Seed);
NTSYSAPI ULONG RtlRandomEx(PULONG Seed);
NTSYSAPI ULONG RtlUniform(PULONG Seed);
NTSYSAPI ULONG RtlComputeCrc32(ULONG PartialCrc, const VOID *Buffer, ULONG Length);
NTSYSAPI ULONG RtlWalkFrameChain(PVOID *Callers, ULONG Count, ULONG Flags);
NTSYSAPI USHORT RtlCaptureStackBackTrace(ULONG FramesToSkip, ULONG FramesToCapture,
                                         PVOID *BackTrace, PULONG BackTraceHash);
NTSYSAPI VOID RtlGetCallersAddress(PVOID *CallersAddress, PVOID *CallersCaller);

/* Run once. */
NTSYSAPI VOID RtlRunOnceInitialize(PRTL_RUN_ONCE RunOnce);
NTSYSAPI NTSTATUS RtlRunOnceExecuteOnce(PRTL_RUN_ONCE RunOnce, PRTL_RUN_ONCE_INIT_FN InitFn,
                                        PVOID Parameter, PVOID *Context);
NTSYSAPI NTSTATUS RtlRunOnceBeginInitialize(PRTL_RUN_ONCE RunOnce, ULONG Flags, PVOID *Context);
NTSYSAPI NTSTATUS RtlRunOnceComplete(PRTL_RUN_ONCE RunOnce, ULONG Flags, PVOID Context);

/* Registry helpers. */
#define RTL_REGISTRY_ABSOLUTE              0
#define RTL_REGISTRY_SERVICES              1
#define RTL_REGISTRY_CONTROL               2
#define RTL_REGISTRY_WINDOWS_NT            3
#define RTL_REGISTRY_DEVICEMAP             4
#define RTL_REGISTRY_USER                  5
#define RTL_REGISTRY_MAXIMUM               6
#define RTL_REGISTRY_HANDLE                0x40000000
#define RTL_REGISTRY_OPTIONAL              0x80000000
#define RTL_QUERY_REGISTRY_SUBKEY          0x00000001
#define RTL_QUERY_REGISTRY_TOPKEY          0x00000002
#define RTL_QUERY_REGISTRY_REQUIRED        0x00000004
#define RTL_QUERY_REGISTRY_NOVALUE         0x00000008
#define RTL_QUERY_REGISTRY_NOEXPAND        0x00000010
#define RTL_QUERY_REGISTRY_DIRECT          0x00000020
#define RTL_QUERY_REGISTRY_DELETE          0x00000040
#define RTL_QUERY_REGISTRY_NOSTRING        0x00000080
#define RTL_QUERY_REGISTRY_TYPECHECK       0x00000100
#define RTL_QUERY_REGISTRY_TYPECHECK_SHIFT 24
#define RTL_QUERY_REGISTRY_TYPECHECK_MASK  (0xffU << RTL_QUERY_REGISTRY_TYPECHECK_SHIFT)

typedef NTSTATUS RTL_QUERY_REGISTRY_ROUTINE(PWSTR ValueName, ULONG ValueType, PVOID ValueData,
                                            ULONG ValueLength, PVOID Context, PVOID EntryContext);
typedef RTL_QUERY_REGISTRY_ROUTINE *PRTL_QUERY_REGISTRY_ROUTINE;
typedef struct _RTL_QUERY_REGISTRY_TABLE {
    PRTL_QUERY_REGISTRY_ROUTINE QueryRoutine;
    ULONG Flags;
    PWSTR Name;
    PVOID EntryContext;
    ULONG DefaultType;
    PVOID DefaultData;
    ULONG DefaultLength;
} RTL_QUERY_REGISTRY_TABLE, *PRTL_QUERY_REGISTRY_TABLE;
NTSYSAPI NTSTATUS RtlQueryRegistryValues(ULONG RelativeTo, PCWSTR Path,
                                         PRTL_QUERY_REGISTRY_TABLE QueryTable, PVOID Context,
                                         PVOID Environment);
NTSYSAPI NTSTATUS RtlWriteRegistryValue(ULONG RelativeTo, PCWSTR Path, PCWSTR ValueName,
                                        ULONG ValueType, PVOID ValueData, ULONG ValueLength);
NTSYSAPI NTSTATUS RtlDeleteRegistryValue(ULONG RelativeTo, PCWSTR Path, PCWSTR ValueName);
NTSYSAPI NTSTATUS RtlCreateRegistryKey(ULONG RelativeTo, PWSTR Path);
NTSYSAPI NTSTATUS RtlCheckRegistryKey(ULONG RelativeTo, PWSTR Path);

/* Security descriptors. */
NTSYSAPI NTSTATUS RtlCreateSecurityDescriptor(PSECURITY_DESCRIPTOR SecurityDescriptor,
                                              ULONG Revision);
NTSYSAPI BOOLEAN RtlValidSecurityDescriptor(PSECURITY_DESCRIPTOR SecurityDescriptor);
NTSYSAPI ULONG RtlLengthSecurityDescriptor(PSECURITY_DESCRIPTOR SecurityDescriptor);
NTSYSAPI BOOLEAN RtlValidRelativeSecurityDescriptor(PSECURITY_DESCRIPTOR SecurityDescriptorInput,
                                                    ULONG SecurityDescriptorLength,
                                                    SECURITY_INFORMATION RequiredInformation);
NTSYSAPI NTSTATUS RtlSetDaclSecurityDescriptor(PSECURITY_DESCRIPTOR SecurityDescriptor,
                                               BOOLEAN DaclPresent, PACL Dacl,
                                               BOOLEAN DaclDefaulted);

/* Linked, balanced tables. */
typedef enum _TABLE_SEARCH_RESULT {
    TableEmptyTree,
    TableFoundNode,
    TableInsertAsLeft,
    TableInsertAsRight
} TABLE_SEARCH_RESULT;
typedef enum _RTL_GENERIC_COMPARE_RESULTS {
    GenericLessThan,
    GenericGreaterThan,
    GenericEqual
} RTL_GENERIC_COMPARE_RESULTS;
typedef struct _RTL_SPLAY_LINKS {
    struct _RTL_SPLAY_LINKS *Parent;
    struct _RTL_SPLAY_LINKS *LeftChild;
    struct _RTL_SPLAY_LINKS *RightChild;
} RTL_SPLAY_LINKS, *PRTL_SPLAY_LINKS;
struct _RTL_GENERIC_TABLE;
typedef RTL_GENERIC_COMPARE_RESULTS RTL_GENERIC_COMPARE_ROUTINE(struct _RTL_GENERIC_TABLE *Table,
                                                                PVOID FirstStruct,
                                                                PVOID SecondStruct);
typedef RTL_GENERIC_COMPARE_ROUTINE *PRTL_GENERIC_COMPARE_ROUTINE;
typedef PVOID RTL_GENERIC_ALLOCATE_ROUTINE(struct _RTL_GENERIC_TABLE *Table, CLONG ByteSize);
typedef RTL_GENERIC_ALLOCATE_ROUTINE *PRTL_GENERIC_ALLOCATE_ROUTINE;
typedef VOID RTL_GENERIC_FREE_ROUTINE(struct _RTL_GENERIC_TABLE *Table, PVOID Buffer);
typedef RTL_GENERIC_FREE_ROUTINE *PRTL_GENERIC_FREE_ROUTINE;
typedef struct _RTL_GENERIC_TABLE {
    PRTL_SPLAY_LINKS TableRoot;
    LIST_ENTRY InsertOrderList;
    PLIST_ENTRY OrderedPointer;
    ULONG WhichOrderedElement;
    ULONG NumberGenericTableElements;
    PRTL_GENERIC_COMPARE_ROUTINE CompareRoutine;
    PRTL_GENERIC_ALLOCATE_ROUTINE AllocateRoutine;
    PRTL_GENERIC_FREE_ROUTINE FreeRoutine;
    PVOID TableContext;
} RTL_GENERIC_TABLE, *PRTL_GENERIC_TABLE;
NTSYSAPI VOID RtlInitializeGenericTable(PRTL_GENERIC_TABLE Table,
                                        PRTL_GENERIC_COMPARE_ROUTINE CompareRoutine,
                                        PRTL_GENERIC_ALLOCATE_ROUTINE AllocateRoutine,
                                        PRTL_GENERIC_FREE_ROUTINE FreeRoutine, PVOID TableContext);
NTSYSAPI PVOID RtlInsertElementGenericTable(PRTL_GENERIC_TABLE Table, PVOID Buffer,
                                            CLONG BufferSize, PBOOLEAN NewElement);
NTSYSAPI BOOLEAN RtlDeleteElementGenericTable(PRTL_GENERIC_TABLE Table, PVOID Buffer);
NTSYSAPI PVOID RtlLookupElementGenericTable(PRTL_GENERIC_TABLE Table, PVOID Buffer);
NTSYSAPI PVOID RtlEnumerateGenericTable(PRTL_GENERIC_TABLE Table, BOOLEAN Restart);
NTSYSAPI PVOID RtlEnumerateGenericTableWithoutSplaying(PRTL_GENERIC_TABLE Table, PVOID *RestartKey);
NTSYSAPI PVOID RtlGetElementGenericTable(PRTL_GENERIC_TABLE Table, ULONG I);
NTSYSAPI ULONG RtlNumberGenericTableElements(PRTL_GENERIC_TABLE Table);
NTSYSAPI BOOLEAN RtlIsGenericTableEmpty(PRTL_GENERIC_TABLE Table);

/* Debug output. Nothing is printed unless somebody listens. */
NTSYSAPI ULONG DbgPrint(PCSTR Format, ...);
NTSYSAPI ULONG DbgPrintEx(ULONG ComponentId, ULONG Level, PCSTR Format, ...);
NTSYSAPI ULONG vDbgPrintEx(ULONG ComponentId, ULONG Level, PCCH Format, va_list arglist);
NTSYSAPI ULONG vDbgPrintExWithPrefix(PCCH Prefix, ULONG ComponentId, ULONG Level, PCCH Format,
                                     va_list arglist);
NTSYSAPI ULONG DbgPrintReturnControlC(PCCH Format, ...);
NTSYSAPI ULONG DbgPrompt(PCCH Prompt, PCH Response, ULONG Length);
NTSYSAPI NTSTATUS DbgQueryDebugFilterState(ULONG ComponentId, ULONG Level);
NTSYSAPI NTSTATUS DbgSetDebugFilterState(ULONG ComponentId, ULONG Level, BOOLEAN State);
#define DPFLTR_ERROR_LEVEL   0
#define DPFLTR_WARNING_LEVEL 1
#define DPFLTR_TRACE_LEVEL   2
#define DPFLTR_INFO_LEVEL    3
#define DPFLTR_MASK          0x80000000
#include <dpfilter.h>

#if DBG
#define KdPrint(arguments)        DbgPrint arguments
#define KdPrintEx(arguments)      DbgPrintEx arguments
#define vKdPrintEx(arguments)     vDbgPrintEx arguments
#define KdBreakPoint()            DbgBreakPoint()
#define KdBreakPointWithStatus(s) DbgBreakPointWithStatus(s)
#else
#define KdPrint(arguments)        ((void)0)
#define KdPrintEx(arguments)      ((void)0)
#define vKdPrintEx(arguments)     ((void)0)
#define KdBreakPoint()            ((void)0)
#define KdBreakPointWithStatus(s) ((void)0)
#endif

/* Assertions. They speak in checked builds (DBG) and vanish in others. */
NTSYSAPI VOID RtlAssert(PVOID VoidFailedAssertion, PVOID VoidFileName, ULONG LineNumber,
                        PSTR MutableMessage);
#ifdef __cplusplus
/* Microsoft's C++ takes a literal for a PVOID. */
extern "C++" {
OWDF_INLINE VOID
RtlAssert(const VOID *FailedAssertion, const VOID *FileName, ULONG LineNumber, const CHAR *Message)
{
    RtlAssert((PVOID)(ULONG_PTR)FailedAssertion, (PVOID)(ULONG_PTR)FileName, LineNumber,
              (PSTR)(ULONG_PTR)Message);
}
}
#endif
#define OWDF_ASSERT_FAILED(text, message)                                                          \
    RtlAssert((PVOID)(ULONG_PTR)(text), (PVOID)(ULONG_PTR)__FILE__, __LINE__,                      \
              (PSTR)(ULONG_PTR)(message))
#define NT_VERIFY_(text, e, message) ((!(e)) ? (OWDF_ASSERT_FAILED(text, message), FALSE) : TRUE)
#if DBG
#define ASSERT(e)                 ((void)NT_VERIFY_(#e, e, NULL))
#define ASSERTMSG(message, e)     ((void)NT_VERIFY_(#e, e, message))
#define RTL_SOFT_ASSERT(e)        ((void)NT_VERIFY_(#e, e, NULL))
#define RTL_SOFT_ASSERTMSG(m, e)  ((void)NT_VERIFY_(#e, e, m))
#define NT_ASSERT(e)              ((void)NT_VERIFY_(#e, e, NULL))
#define NT_ASSERT_ASSUME(e)       ((void)NT_VERIFY_(#e, e, NULL))
#define NT_ASSERT_NOASSUME(e)     ((void)NT_VERIFY_(#e, e, NULL))
#define NT_ASSERTMSG(message, e)  ((void)NT_VERIFY_(#e, e, message))
#define NT_ASSERTMSGW(message, e) ((void)NT_VERIFY_(#e, e, NULL))
#define NT_FRE_ASSERT(e)          ((void)NT_VERIFY_(#e, e, NULL))
#define NT_VERIFY(e)              NT_VERIFY_(#e, e, NULL)
#define NT_VERIFYMSG(message, e)  NT_VERIFY_(#e, e, message)
#define RTL_VERIFY(e)             NT_VERIFY_(#e, e, NULL)
#define RTL_VERIFYMSG(message, e) NT_VERIFY_(#e, e, message)
#else
#define ASSERT(e)                 ((void)0)
#define ASSERTMSG(message, e)     ((void)0)
#define RTL_SOFT_ASSERT(e)        ((void)0)
#define RTL_SOFT_ASSERTMSG(m, e)  ((void)0)
#define NT_ASSERT(e)              ((void)0)
#define NT_ASSERT_ASSUME(e)       ((void)0)
#define NT_ASSERT_NOASSUME(e)     ((void)0)
#define NT_ASSERTMSG(message, e)  ((void)0)
#define NT_ASSERTMSGW(message, e) ((void)0)
#define NT_FRE_ASSERT(e)          ((void)0)
#define NT_VERIFY(e)              ((e) ? TRUE : FALSE)
#define NT_VERIFYMSG(message, e)  ((e) ? TRUE : FALSE)
#define RTL_VERIFY(e)             ((e) ? TRUE : FALSE)
#define RTL_VERIFYMSG(message, e) ((e) ? TRUE : FALSE)
#endif
#define NT_ANALYSIS_ASSUME(e)      ((void)0)
#define DbgRaiseAssertionFailure() __builtin_trap()
#define __int2c()                  __builtin_trap()
#define RtlFailFast(code)          RtlFailFast_(code)
#define __fastfail(code)           RtlFailFast_(code)
OWDF_INLINE DECLSPEC_NORETURN VOID
RtlFailFast_(ULONG Code)
{
    (void)Code;
    __builtin_trap();
}

#if DBG
#define PAGED_ASSERT(e) NT_ASSERT(e)
/* A block, as Windows' is: drivers leave the semicolon out. */
#define PAGED_CODE()                                                                               \
    {                                                                                              \
        if (KeGetCurrentIrql() > 1 /* APC_LEVEL */) {                                              \
            OWDF_ASSERT_FAILED("KeGetCurrentIrql() <= APC_LEVEL", NULL);                           \
        }                                                                                          \
    }
#else
#define PAGED_CODE()                                                                               \
    {                                                                                              \
    }
#define PAGED_ASSERT(e) ((void)0)
#endif
#define PAGED_CODE_LOCKED() ((void)0)
#define NONPAGED_CODE()     ((void)0)
#define ALLOC_PRAGMA        1
#define ALLOC_DATA_PRAGMA   1

#ifdef __cplusplus
}
#endif

#endif

/* SPDX-License-Identifier: MIT */
/*
 * TraceLogging: events that describe themselves. `wdf trace` shows them by their provider's name or GUID.
 *
 *     TRACELOGGING_DEFINE_PROVIDER(provider, "Contoso.Driver", (0x…, …, 11 numbers));
 *     TraceLoggingRegister(provider);
 *     TraceLoggingWrite(provider, "Started", TraceLoggingLevel(4), TraceLoggingUInt32(count, "Count"));
 *
 * Values are not looked at while the provider is off.
 */
#ifndef OPENWDF_TRACELOGGINGPROVIDER_H
#define OPENWDF_TRACELOGGINGPROVIDER_H

#include <openwdf/trace_events.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef const struct owdf_event_provider *TraceLoggingHProvider;

/* ---- Providers ---- */

#define OWDF_TLG_GUID_(a, b, c, d0, d1, d2, d3, d4, d5, d6, d7)                                    \
    {                                                                                              \
        (unsigned char)(a), (unsigned char)((a) >> 8), (unsigned char)((a) >> 16),                 \
            (unsigned char)((unsigned)(a) >> 24), (unsigned char)(b), (unsigned char)((b) >> 8),   \
            (unsigned char)(c), (unsigned char)((c) >> 8), d0, d1, d2, d3, d4, d5, d6, d7          \
    }
#define OWDF_TLG_GUID(list) OWDF_TLG_GUID_ list

/* The options (groups, as TraceLoggingOptionGroup) are for other systems' tools. */
#define TRACELOGGING_DEFINE_PROVIDER(handle, name, guid, ...)                                      \
    static struct owdf_event_provider owdf_tlg_##handle = {0, name, OWDF_TLG_GUID(guid), 0, 0};    \
    OWDF_TLG_EXTERN TraceLoggingHProvider const handle = &owdf_tlg_##handle
#define TRACELOGGING_DEFINE_PROVIDER_STORAGE(storage, name, guid, ...)                             \
    static struct owdf_event_provider storage = {0, name, OWDF_TLG_GUID(guid), 0, 0}

#ifdef __cplusplus
}
#define OWDF_TLG_EXTERN extern "C" __attribute__((visibility("hidden")))
#else
#define OWDF_TLG_EXTERN
#endif

#ifdef __cplusplus
#define TRACELOGGING_DECLARE_PROVIDER(handle)                                                      \
    extern "C" __attribute__((visibility("hidden"))) TraceLoggingHProvider const handle
#else
#define TRACELOGGING_DECLARE_PROVIDER(handle) extern TraceLoggingHProvider const handle
#endif

#define TraceLoggingOptionGroup(...)
#define TraceLoggingOptionMicrosoftTelemetry()
#define TraceLoggingOptionWindowsCoreTelemetry()

typedef void TLG_ENABLE_CALLBACK(const void *SourceId, unsigned ControlCode, unsigned char Level,
                                 unsigned long long MatchAnyKeyword,
                                 unsigned long long MatchAllKeyword, void *FilterData,
                                 void *CallbackContext);

/* An NTSTATUS or HRESULT: 0 or an error. PASSIVE_LEVEL. */
#define TraceLoggingRegister(provider)   owdf_provider_register(provider)
#define TraceLoggingUnregister(provider) owdf_provider_unregister(provider)

static __inline__ __attribute__((unused)) long
TraceLoggingRegisterEx(TraceLoggingHProvider provider, TLG_ENABLE_CALLBACK *callback, void *context)
{
    struct owdf_event_provider *own = (struct owdf_event_provider *)provider;

    own->callback = (void *)callback;
    own->context = context;
    return owdf_provider_register(provider);
}

#define TraceLoggingRegisterEx_EtwRegister_EtwSetInformation(p, c, x, ...)                         \
    TraceLoggingRegisterEx(p, c, x)
#define TraceLoggingRegisterEx_EventRegister_EventSetInformation(p, c, x, ...)                     \
    TraceLoggingRegisterEx(p, c, x)

#define TraceLoggingProviderEnabled(provider, level, keyword)                                      \
    owdf_event_enabled((provider)->switches, (unsigned char)(level), (keyword))
#define TraceLoggingProviderId(provider)   (*(const GUID *)(const void *)(provider)->guid)
#define TraceLoggingProviderName(provider) ((provider)->name)

/* ---- Events ---- */

#define TraceLoggingWrite(provider, event, ...)                                                    \
    ((void)((provider)->switches != 0 &&                                                           \
                    __atomic_load_n(&(provider)->switches->Control.Level, __ATOMIC_RELAXED) != 0   \
                ? (owdf_event_fields(provider, event, ##__VA_ARGS__,                               \
                                     (unsigned long long)OWDF_FIELD_END),                          \
                   0)                                                                              \
                : 0))
#define TraceLoggingWriteActivity(provider, event, activity, related, ...)                         \
    TraceLoggingWrite(provider, event, OWDF_TLG_BYTES(GUID, 16, 16, activity, "ActivityId"),       \
                      ##__VA_ARGS__)

/* ---- Fields: a type, the name's address and the value ---- */

#define OWDF_TLG_PICK(first, second, ...) second
#define OWDF_TLG_NAME(otherwise, ...)                                                              \
    ((unsigned long long)(const char *)OWDF_TLG_PICK(0, ##__VA_ARGS__, otherwise, 0))
#define OWDF_TLG_NUMBER(kind, size, value, ...)                                                    \
    OWDF_FIELD_TYPE(kind, size, NUMBER), OWDF_TLG_NAME(#value, ##__VA_ARGS__),                     \
        (unsigned long long)(long long)(value)
#define OWDF_TLG_TEXT(kind, size, value, ...)                                                      \
    OWDF_FIELD_TYPE(kind, size, TEXT), OWDF_TLG_NAME(#value, ##__VA_ARGS__),                       \
        (unsigned long long)(const void *)(value)
#define OWDF_TLG_COUNTED(kind, size, value, ...)                                                   \
    OWDF_FIELD_TYPE(kind, size, COUNTED), OWDF_TLG_NAME(#value, ##__VA_ARGS__),                    \
        (unsigned long long)(const void *)(value)
#define OWDF_TLG_BYTES(kind, size, bytes, value, ...)                                              \
    OWDF_FIELD_TYPE(kind, size, BYTES), OWDF_TLG_NAME(#value, ##__VA_ARGS__),                      \
        (unsigned long long)(const void *)(value), (unsigned long long)(bytes)
#define OWDF_TLG_ARRAY(kind, size, value, count, ...)                                              \
    OWDF_FIELD_TYPE(kind, size, BYTES) | OWDF_FIELD_IS_ARRAY,                                      \
        OWDF_TLG_NAME(#value, ##__VA_ARGS__), (unsigned long long)(const void *)(value),           \
        (unsigned long long)(count) * (size)
#define OWDF_TLG_ATTRIBUTE(kind, value)                                                            \
    OWDF_FIELD_TYPE(kind, 0, NUMBER), 0ull, (unsigned long long)(value)

#define TraceLoggingLevel(level)         OWDF_TLG_ATTRIBUTE(LEVEL, level)
#define TraceLoggingKeyword(keyword)     OWDF_TLG_ATTRIBUTE(KEYWORD, keyword)
#define TraceLoggingOpcode(opcode)       OWDF_TLG_ATTRIBUTE(IGNORED, opcode)
#define TraceLoggingChannel(channel)     OWDF_TLG_ATTRIBUTE(IGNORED, channel)
#define TraceLoggingEventTag(tag)        OWDF_TLG_ATTRIBUTE(IGNORED, tag)
#define TraceLoggingDescription(text)    OWDF_TLG_ATTRIBUTE(IGNORED, 0)
#define TraceLoggingCustomAttribute(...) OWDF_TLG_ATTRIBUTE(IGNORED, 0)
#define TraceLoggingStruct(count, ...)                                                             \
    OWDF_FIELD_TYPE(STRUCT, 0, NUMBER), OWDF_TLG_NAME("", ##__VA_ARGS__),                          \
        (unsigned long long)(count)

#define TraceLoggingInt8(value, ...)        OWDF_TLG_NUMBER(SIGNED, 1, value, ##__VA_ARGS__)
#define TraceLoggingUInt8(value, ...)       OWDF_TLG_NUMBER(UNSIGNED, 1, value, ##__VA_ARGS__)
#define TraceLoggingInt16(value, ...)       OWDF_TLG_NUMBER(SIGNED, 2, value, ##__VA_ARGS__)
#define TraceLoggingUInt16(value, ...)      OWDF_TLG_NUMBER(UNSIGNED, 2, value, ##__VA_ARGS__)
#define TraceLoggingInt32(value, ...)       OWDF_TLG_NUMBER(SIGNED, 4, value, ##__VA_ARGS__)
#define TraceLoggingUInt32(value, ...)      OWDF_TLG_NUMBER(UNSIGNED, 4, value, ##__VA_ARGS__)
#define TraceLoggingInt64(value, ...)       OWDF_TLG_NUMBER(SIGNED, 8, value, ##__VA_ARGS__)
#define TraceLoggingUInt64(value, ...)      OWDF_TLG_NUMBER(UNSIGNED, 8, value, ##__VA_ARGS__)
#define TraceLoggingIntPtr(value, ...)      OWDF_TLG_NUMBER(SIGNED, 8, value, ##__VA_ARGS__)
#define TraceLoggingUIntPtr(value, ...)     OWDF_TLG_NUMBER(UNSIGNED, 8, value, ##__VA_ARGS__)
#define TraceLoggingLong(value, ...)        OWDF_TLG_NUMBER(SIGNED, 4, value, ##__VA_ARGS__)
#define TraceLoggingULong(value, ...)       OWDF_TLG_NUMBER(UNSIGNED, 4, value, ##__VA_ARGS__)
#define TraceLoggingHexInt8(value, ...)     OWDF_TLG_NUMBER(HEX, 1, value, ##__VA_ARGS__)
#define TraceLoggingHexUInt8(value, ...)    OWDF_TLG_NUMBER(HEX, 1, value, ##__VA_ARGS__)
#define TraceLoggingHexInt16(value, ...)    OWDF_TLG_NUMBER(HEX, 2, value, ##__VA_ARGS__)
#define TraceLoggingHexUInt16(value, ...)   OWDF_TLG_NUMBER(HEX, 2, value, ##__VA_ARGS__)
#define TraceLoggingHexInt32(value, ...)    OWDF_TLG_NUMBER(HEX, 4, value, ##__VA_ARGS__)
#define TraceLoggingHexUInt32(value, ...)   OWDF_TLG_NUMBER(HEX, 4, value, ##__VA_ARGS__)
#define TraceLoggingHexInt64(value, ...)    OWDF_TLG_NUMBER(HEX, 8, value, ##__VA_ARGS__)
#define TraceLoggingHexUInt64(value, ...)   OWDF_TLG_NUMBER(HEX, 8, value, ##__VA_ARGS__)
#define TraceLoggingHexLong(value, ...)     OWDF_TLG_NUMBER(HEX, 4, value, ##__VA_ARGS__)
#define TraceLoggingHexULong(value, ...)    OWDF_TLG_NUMBER(HEX, 4, value, ##__VA_ARGS__)
#define TraceLoggingPointer(value, ...)     OWDF_TLG_NUMBER(POINTER, 8, value, ##__VA_ARGS__)
#define TraceLoggingCodePointer(value, ...) OWDF_TLG_NUMBER(POINTER, 8, value, ##__VA_ARGS__)
#define TraceLoggingBool(value, ...)        OWDF_TLG_NUMBER(BOOL, 4, value, ##__VA_ARGS__)
#define TraceLoggingBoolean(value, ...)     OWDF_TLG_NUMBER(BOOL, 1, value, ##__VA_ARGS__)
#define TraceLoggingChar(value, ...)        OWDF_TLG_NUMBER(CHAR, 1, value, ##__VA_ARGS__)
#define TraceLoggingChar16(value, ...)      OWDF_TLG_NUMBER(CHAR, 2, value, ##__VA_ARGS__)
#define TraceLoggingWChar(value, ...)       OWDF_TLG_NUMBER(CHAR, 2, value, ##__VA_ARGS__)
#define TraceLoggingPid(value, ...)         OWDF_TLG_NUMBER(UNSIGNED, 4, value, ##__VA_ARGS__)
#define TraceLoggingTid(value, ...)         OWDF_TLG_NUMBER(UNSIGNED, 4, value, ##__VA_ARGS__)
#define TraceLoggingPort(value, ...)        OWDF_TLG_NUMBER(PORT, 2, value, ##__VA_ARGS__)
#define TraceLoggingIPv4Address(value, ...) OWDF_TLG_NUMBER(IPV4, 4, value, ##__VA_ARGS__)
#define TraceLoggingWinError(value, ...)    OWDF_TLG_NUMBER(WIN32, 4, value, ##__VA_ARGS__)
#define TraceLoggingNTStatus(value, ...)    OWDF_TLG_NUMBER(STATUS, 4, value, ##__VA_ARGS__)
#define TraceLoggingNTSTATUS(value, ...)    OWDF_TLG_NUMBER(STATUS, 4, value, ##__VA_ARGS__)
#define TraceLoggingHResult(value, ...)     OWDF_TLG_NUMBER(HRESULT, 4, value, ##__VA_ARGS__)
#define TraceLoggingHRESULT(value, ...)     OWDF_TLG_NUMBER(HRESULT, 4, value, ##__VA_ARGS__)

#define TraceLoggingFloat32(value, ...)                                                            \
    OWDF_FIELD_TYPE(FLOAT, 4, NUMBER), OWDF_TLG_NAME(#value, ##__VA_ARGS__), owdf_tlg_float(value)
#define TraceLoggingFloat64(value, ...)                                                            \
    OWDF_FIELD_TYPE(FLOAT, 8, NUMBER), OWDF_TLG_NAME(#value, ##__VA_ARGS__),                       \
        owdf_trace_double(value)
#define OWDF_TLG_TIME(value, ...)                                                                  \
    OWDF_FIELD_TYPE(FILETIME, 8, NUMBER), OWDF_TLG_NAME(#value, ##__VA_ARGS__),                    \
        owdf_tlg_eight(&(value))
#define TraceLoggingFileTime(value, ...)    OWDF_TLG_TIME(value, ##__VA_ARGS__)
#define TraceLoggingFileTimeUtc(value, ...) OWDF_TLG_TIME(value, ##__VA_ARGS__)
#define TraceLoggingSystemTime(value, ...)                                                         \
    OWDF_TLG_BYTES(SYSTEMTIME, 16, 16, &(value), ##__VA_ARGS__)
#define TraceLoggingSystemTimeUtc(value, ...)                                                      \
    OWDF_TLG_BYTES(SYSTEMTIME, 16, 16, &(value), ##__VA_ARGS__)
#define TraceLoggingGuid(value, ...) OWDF_TLG_BYTES(GUID, 16, 16, &(value), ##__VA_ARGS__)
#define TraceLoggingSid(value, ...)                                                                \
    OWDF_TLG_BYTES(SID, 1, owdf_tlg_sid_size(value), value, ##__VA_ARGS__)
#define TraceLoggingIPv6Address(value, ...) OWDF_TLG_BYTES(IPV6, 16, 16, value, ##__VA_ARGS__)

#define TraceLoggingString(value, ...)        OWDF_TLG_TEXT(TEXT, 1, value, ##__VA_ARGS__)
#define TraceLoggingUtf8String(value, ...)    OWDF_TLG_TEXT(TEXT, 1, value, ##__VA_ARGS__)
#define TraceLoggingWideString(value, ...)    OWDF_TLG_TEXT(WIDE, 2, value, ##__VA_ARGS__)
#define TraceLoggingString16(value, ...)      OWDF_TLG_TEXT(WIDE, 2, value, ##__VA_ARGS__)
#define TraceLoggingUnicodeString(value, ...) OWDF_TLG_COUNTED(WIDE, 2, value, ##__VA_ARGS__)
#define TraceLoggingAnsiString(value, ...)    OWDF_TLG_COUNTED(TEXT, 1, value, ##__VA_ARGS__)
#define TraceLoggingCountedString(value, count, ...)                                               \
    OWDF_TLG_BYTES(TEXT, 1, count, value, ##__VA_ARGS__)
#define TraceLoggingCountedUtf8String(value, count, ...)                                           \
    OWDF_TLG_BYTES(TEXT, 1, count, value, ##__VA_ARGS__)
#define TraceLoggingCountedWideString(value, count, ...)                                           \
    OWDF_TLG_BYTES(WIDE, 2, 2 * (unsigned long long)(count), value, ##__VA_ARGS__)
#define TraceLoggingBinary(value, size, ...) OWDF_TLG_BYTES(BINARY, 1, size, value, ##__VA_ARGS__)
#define TraceLoggingBinaryBuffer(value, structure, ...)                                            \
    OWDF_TLG_BYTES(BINARY, 1, sizeof(structure), value, ##__VA_ARGS__)
#define TraceLoggingBinaryEx(value, size, type, ...)                                               \
    OWDF_TLG_BYTES(BINARY, 1, size, value, ##__VA_ARGS__)
#define TraceLoggingSocketAddress(value, size, ...)                                                \
    OWDF_TLG_BYTES(SOCKADDR, 1, size, value, ##__VA_ARGS__)

/* Arrays: of a number of elements, or of as many as the type has. */
#define TraceLoggingInt8Array(value, count, ...)                                                   \
    OWDF_TLG_ARRAY(SIGNED, 1, value, count, ##__VA_ARGS__)
#define TraceLoggingUInt8Array(value, count, ...)                                                  \
    OWDF_TLG_ARRAY(UNSIGNED, 1, value, count, ##__VA_ARGS__)
#define TraceLoggingInt16Array(value, count, ...)                                                  \
    OWDF_TLG_ARRAY(SIGNED, 2, value, count, ##__VA_ARGS__)
#define TraceLoggingUInt16Array(value, count, ...)                                                 \
    OWDF_TLG_ARRAY(UNSIGNED, 2, value, count, ##__VA_ARGS__)
#define TraceLoggingInt32Array(value, count, ...)                                                  \
    OWDF_TLG_ARRAY(SIGNED, 4, value, count, ##__VA_ARGS__)
#define TraceLoggingUInt32Array(value, count, ...)                                                 \
    OWDF_TLG_ARRAY(UNSIGNED, 4, value, count, ##__VA_ARGS__)
#define TraceLoggingInt64Array(value, count, ...)                                                  \
    OWDF_TLG_ARRAY(SIGNED, 8, value, count, ##__VA_ARGS__)
#define TraceLoggingUInt64Array(value, count, ...)                                                 \
    OWDF_TLG_ARRAY(UNSIGNED, 8, value, count, ##__VA_ARGS__)
#define TraceLoggingHexUInt8Array(value, count, ...)                                               \
    OWDF_TLG_ARRAY(HEX, 1, value, count, ##__VA_ARGS__)
#define TraceLoggingHexUInt16Array(value, count, ...)                                              \
    OWDF_TLG_ARRAY(HEX, 2, value, count, ##__VA_ARGS__)
#define TraceLoggingHexUInt32Array(value, count, ...)                                              \
    OWDF_TLG_ARRAY(HEX, 4, value, count, ##__VA_ARGS__)
#define TraceLoggingHexUInt64Array(value, count, ...)                                              \
    OWDF_TLG_ARRAY(HEX, 8, value, count, ##__VA_ARGS__)
#define TraceLoggingPointerArray(value, count, ...)                                                \
    OWDF_TLG_ARRAY(POINTER, 8, value, count, ##__VA_ARGS__)
#define TraceLoggingFloat32Array(value, count, ...)                                                \
    OWDF_TLG_ARRAY(FLOAT, 4, value, count, ##__VA_ARGS__)
#define TraceLoggingFloat64Array(value, count, ...)                                                \
    OWDF_TLG_ARRAY(FLOAT, 8, value, count, ##__VA_ARGS__)
#define TraceLoggingGuidArray(value, count, ...)                                                   \
    OWDF_TLG_ARRAY(GUID, 16, value, count, ##__VA_ARGS__)
#define OWDF_TLG_COUNT(value) (sizeof(value) / sizeof((value)[0]))
#define TraceLoggingInt32FixedArray(value, count, ...)                                             \
    OWDF_TLG_ARRAY(SIGNED, 4, value, count, ##__VA_ARGS__)
#define TraceLoggingUInt32FixedArray(value, count, ...)                                            \
    OWDF_TLG_ARRAY(UNSIGNED, 4, value, count, ##__VA_ARGS__)
#define TraceLoggingUInt8FixedArray(value, count, ...)                                             \
    OWDF_TLG_ARRAY(UNSIGNED, 1, value, count, ##__VA_ARGS__)
#define TraceLoggingUInt16FixedArray(value, count, ...)                                            \
    OWDF_TLG_ARRAY(UNSIGNED, 2, value, count, ##__VA_ARGS__)
#define TraceLoggingUInt64FixedArray(value, count, ...)                                            \
    OWDF_TLG_ARRAY(UNSIGNED, 8, value, count, ##__VA_ARGS__)

/* The type follows from the value. */
#define TraceLoggingValue(value, ...)                                                              \
    owdf_tlg_type(value), OWDF_TLG_NAME(#value, ##__VA_ARGS__), owdf_tlg_value(value)

static __inline__ __attribute__((unused)) unsigned long long
owdf_tlg_eight(const void *value)
{
    unsigned long long number;

    __builtin_memcpy(&number, value, sizeof(number));
    return number;
}

static __inline__ __attribute__((unused)) unsigned long long
owdf_tlg_float(float value)
{
    unsigned number;

    __builtin_memcpy(&number, &value, sizeof(number));
    return number;
}

static __inline__ __attribute__((unused)) unsigned long long
owdf_tlg_sid_size(const void *sid)
{
    return sid == 0 ? 0 : 8 + 4 * (unsigned long long)((const unsigned char *)sid)[1];
}

#ifdef __cplusplus

#define OWDF_TLG_OVERLOAD(c_type, type, expression)                                                \
    static inline __attribute__((unused)) unsigned long long owdf_tlg_type(c_type)                 \
    {                                                                                              \
        return type;                                                                               \
    }                                                                                              \
    static inline __attribute__((unused)) unsigned long long owdf_tlg_value(c_type value)          \
    {                                                                                              \
        return expression;                                                                         \
    }
#define OWDF_TLG_OVERLOAD_NUMBER(c_type, kind)                                                     \
    OWDF_TLG_OVERLOAD(c_type, OWDF_FIELD_TYPE(kind, sizeof(c_type), NUMBER),                       \
                      (unsigned long long)(long long)value)

OWDF_TLG_OVERLOAD_NUMBER(bool, BOOL)
OWDF_TLG_OVERLOAD_NUMBER(char, CHAR)
OWDF_TLG_OVERLOAD_NUMBER(wchar_t, CHAR)
OWDF_TLG_OVERLOAD_NUMBER(signed char, SIGNED)
OWDF_TLG_OVERLOAD_NUMBER(unsigned char, UNSIGNED)
OWDF_TLG_OVERLOAD_NUMBER(short, SIGNED)
OWDF_TLG_OVERLOAD_NUMBER(unsigned short, UNSIGNED)
OWDF_TLG_OVERLOAD_NUMBER(int, SIGNED)
OWDF_TLG_OVERLOAD_NUMBER(unsigned, UNSIGNED)
OWDF_TLG_OVERLOAD_NUMBER(long, SIGNED)
OWDF_TLG_OVERLOAD_NUMBER(unsigned long, UNSIGNED)
OWDF_TLG_OVERLOAD_NUMBER(long long, SIGNED)
OWDF_TLG_OVERLOAD_NUMBER(unsigned long long, UNSIGNED)
OWDF_TLG_OVERLOAD_NUMBER(const void *, POINTER)
OWDF_TLG_OVERLOAD(float, OWDF_FIELD_TYPE(FLOAT, 4, NUMBER), owdf_tlg_float(value))
OWDF_TLG_OVERLOAD(double, OWDF_FIELD_TYPE(FLOAT, 8, NUMBER), owdf_trace_double(value))
OWDF_TLG_OVERLOAD(const char *, OWDF_FIELD_TYPE(TEXT, 1, TEXT), (unsigned long long)value)
OWDF_TLG_OVERLOAD(const wchar_t *, OWDF_FIELD_TYPE(WIDE, 2, TEXT), (unsigned long long)value)

#else

#define owdf_tlg_type(value)                                                                       \
    _Generic((value), _Bool: OWDF_FIELD_TYPE(BOOL, 1, NUMBER),                                     \
             char: OWDF_FIELD_TYPE(CHAR, 1, NUMBER), signed char: OWDF_FIELD_TYPE(SIGNED, 1, NUMBER), \
             unsigned char: OWDF_FIELD_TYPE(UNSIGNED, 1, NUMBER),                                  \
             short: OWDF_FIELD_TYPE(SIGNED, 2, NUMBER),                                            \
             unsigned short: OWDF_FIELD_TYPE(UNSIGNED, 2, NUMBER),                                 \
             int: OWDF_FIELD_TYPE(SIGNED, 4, NUMBER), unsigned: OWDF_FIELD_TYPE(UNSIGNED, 4, NUMBER), \
             long: OWDF_FIELD_TYPE(SIGNED, 8, NUMBER),                                             \
             unsigned long: OWDF_FIELD_TYPE(UNSIGNED, 8, NUMBER),                                  \
             long long: OWDF_FIELD_TYPE(SIGNED, 8, NUMBER),                                        \
             unsigned long long: OWDF_FIELD_TYPE(UNSIGNED, 8, NUMBER),                             \
             float: OWDF_FIELD_TYPE(FLOAT, 4, NUMBER), double: OWDF_FIELD_TYPE(FLOAT, 8, NUMBER),  \
             char *: OWDF_FIELD_TYPE(TEXT, 1, TEXT), const char *: OWDF_FIELD_TYPE(TEXT, 1, TEXT), \
             __WCHAR_TYPE__ *: OWDF_FIELD_TYPE(WIDE, 2, TEXT),                                     \
             const __WCHAR_TYPE__ *: OWDF_FIELD_TYPE(WIDE, 2, TEXT),                               \
             default: OWDF_FIELD_TYPE(POINTER, 8, NUMBER))
#define owdf_tlg_value(value)                                                                      \
    _Generic((value), float                                                                        \
             : owdf_tlg_float, double                                                              \
             : owdf_trace_double, _Bool                                                            \
             : owdf_tlg_integer, char                                                              \
             : owdf_tlg_integer, signed char                                                       \
             : owdf_tlg_integer, unsigned char                                                     \
             : owdf_tlg_integer, short                                                             \
             : owdf_tlg_integer, unsigned short                                                    \
             : owdf_tlg_integer, int                                                               \
             : owdf_tlg_integer, unsigned                                                          \
             : owdf_tlg_integer, long                                                              \
             : owdf_tlg_integer, unsigned long                                                     \
             : owdf_tlg_integer, long long                                                         \
             : owdf_tlg_integer, unsigned long long                                                \
             : owdf_tlg_integer, default                                                           \
             : owdf_tlg_pointer)(value)

static __inline__ __attribute__((unused)) unsigned long long
owdf_tlg_integer(long long value)
{
    return (unsigned long long)value;
}

static __inline__ __attribute__((unused)) unsigned long long
owdf_tlg_pointer(const void *value)
{
    return (unsigned long long)value;
}

#endif

#endif

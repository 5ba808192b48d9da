/* SPDX-License-Identifier: MIT */
/* The basic types that kernel and user mode share, the list and string structures, and common macros. */
#ifndef _NTDEF_
#define _NTDEF_

#include <openwdf_compiler.h>
#include <stddef.h>
#include <stdarg.h>
#include <sal.h>
#include <specstrings.h>
#include <basetsd.h>
#include <guiddef.h>
#include <ntstatus.h>
#include <excpt.h>
#include <winapifamily.h>

/* Words of the language. */
#ifdef __cplusplus
#define EXTERN_C       extern "C"
#define EXTERN_C_START extern "C" {
#define EXTERN_C_END   }
#else
#define EXTERN_C extern
#define EXTERN_C_START
#define EXTERN_C_END
#endif
#define NTAPI
#define CDECL
#define FASTCALL
#define NTAPI_INLINE
#define NTSYSCALLAPI OWDF_EXPORT
#define NTSYSAPI     OWDF_EXPORT
#define NTKERNELAPI  OWDF_EXPORT
#define NTHALAPI     OWDF_EXPORT
#ifndef DECLSPEC_IMPORT
#define DECLSPEC_IMPORT OWDF_EXPORT
#endif
#define DECLSPEC_EXPORT     OWDF_EXPORT
#define DECLSPEC_ALIGN(n)   __attribute__((aligned(n)))
#define DECLSPEC_CACHEALIGN DECLSPEC_ALIGN(64)
#define DECLSPEC_NOINLINE   __attribute__((noinline))
#define DECLSPEC_NORETURN   __attribute__((noreturn))
#define DECLSPEC_NOTHROW    __attribute__((nothrow))
#define DECLSPEC_NOVTABLE
#define DECLSPEC_SELECTANY __attribute__((weak))
#define DECLSPEC_DEPRECATED
#define DECLSPEC_DEPRECATED_DDK
#define DECLSPEC_DEPRECATED_DDK_WINXP
#define DECLSPEC_DEPRECATED_DDK_WIN2003
#define DECLSPEC_SAFEBUFFERS
#define DECLSPEC_GUARDNOCF
#define DECLSPEC_UUID(x)
#define DECLSPEC_ADDRSAFE
#define DECLSPEC_NOINITALL
#ifndef FORCEINLINE
#define FORCEINLINE __forceinline
#endif
#ifndef PFORCEINLINE
#define PFORCEINLINE FORCEINLINE
#endif
#ifndef CFORCEINLINE
#define CFORCEINLINE FORCEINLINE
#endif
#define STKALIGN
#define UNALIGNED
#define UNALIGNED64
#define RESTRICTED_POINTER
#ifndef CONST
#define CONST const
#endif
#ifndef VOID
#define VOID void
#endif
#ifndef IN
#define IN
#endif
#ifndef OUT
#define OUT
#endif
#ifndef OPTIONAL
#define OPTIONAL
#endif
#ifndef FAR
#define FAR
#endif
#ifndef NEAR
#define NEAR
#endif
#ifndef NOP_FUNCTION
#define NOP_FUNCTION ((void)0)
#endif
#ifndef CRITICAL
#define CRITICAL
#endif
#define POINTER_ALIGNMENT           DECLSPEC_ALIGN(8)
#define MEMORY_ALLOCATION_ALIGNMENT 16
#define SYSTEM_CACHE_ALIGNMENT_SIZE 64
#define MAX_NATURAL_ALIGNMENT       sizeof(ULONGLONG)
#define PROBE_ALIGNMENT(s)          TYPE_ALIGNMENT(ULONG)
#define TYPE_ALIGNMENT(t)           __alignof__(t)
#define ALIGNMENT_MACHINE
#define ANYSIZE_ARRAY 1
#define DUMMYUNIONNAME
#define DUMMYUNIONNAME1
#define DUMMYUNIONNAME2
#define DUMMYUNIONNAME3
#define DUMMYUNIONNAME4
#define DUMMYUNIONNAME5
#define DUMMYUNIONNAME6
#define DUMMYUNIONNAME7
#define DUMMYUNIONNAME8
#define DUMMYUNIONNAME9
#define DUMMYSTRUCTNAME
#define DUMMYSTRUCTNAME2
#define DUMMYSTRUCTNAME3
#define DUMMYSTRUCTNAME4
#define DUMMYSTRUCTNAME5
#define DUMMYSTRUCTNAME6
#define _ANONYMOUS_UNION
#define _ANONYMOUS_STRUCT

/* Integers and characters. */
typedef char CHAR;
typedef signed char SCHAR, *PSCHAR;
typedef unsigned char UCHAR, *PUCHAR;
typedef short SHORT, *PSHORT;
typedef unsigned short USHORT, *PUSHORT;
typedef int INT, *PINT;
typedef unsigned int UINT, *PUINT;
typedef int LONG, *PLONG;
typedef unsigned int ULONG, *PULONG;
typedef long LONGLONG, *PLONGLONG;
typedef unsigned long ULONGLONG, *PULONGLONG;
typedef char CCHAR, *PCCHAR;
typedef short CSHORT, *PCSHORT;
typedef ULONG CLONG, *PCLONG;
typedef UCHAR FCHAR;
typedef USHORT FSHORT;
typedef ULONG FLONG;
typedef ULONG LOGICAL, *PLOGICAL;
typedef UCHAR BOOLEAN, *PBOOLEAN;
typedef ULONG LCID, *PLCID;
typedef USHORT LANGID;
typedef LONGLONG USN;
typedef wchar_t WCHAR;
typedef double DOUBLE;
typedef float FLOAT;

typedef void *PVOID;
typedef void *PVOID64;
typedef void *HANDLE, **PHANDLE;
typedef CHAR *PCHAR, *LPCH, *PCH, *NPSTR, *LPSTR, *PSTR;
typedef CONST CHAR *LPCCH, *PCCH, *LPCSTR, *PCSTR, *PCZPCSTR;
typedef CHAR *PZSTR;
typedef CHAR *PZZSTR;
typedef CONST CHAR *PCZZSTR;
typedef WCHAR *PZZWSTR;
typedef CONST WCHAR *PCZZWSTR;
typedef CONST CHAR *PCZPSTR, *PCSZ;
typedef PSTR *PZPSTR;
typedef WCHAR *PWCHAR, *LPWCH, *PWCH, *NWPSTR, *LPWSTR, *PWSTR, *PZWSTR;
typedef CONST WCHAR *LPCWCH, *PCWCH, *LPCWSTR, *PCWSTR, *PCZWSTR, *PCWCHAR;
typedef PWSTR *PZPWSTR;
typedef WCHAR UNALIGNED *LPUWSTR, *PUWSTR;
typedef CONST WCHAR UNALIGNED *LPCUWSTR, *PCUWSTR;
typedef WCHAR *PNZWCH;
typedef CONST WCHAR *PCNZWCH;
typedef CHAR *PNZCH;
typedef CONST CHAR *PCNZCH;
typedef ULONG UCSCHAR, *PUCSCHAR, *PUCSSTR;
typedef CONST UCHAR *PCUCHAR;
typedef CONST USHORT *PCUSHORT;
typedef CONST ULONG *PCULONG;
typedef CONST void *PCVOID;

#define UCSCHAR_INVALID_CHARACTER 0xffffffff
#define MIN_UCSCHAR               0
#define MAX_UCSCHAR               0x0010FFFF
#define UNICODE_NULL              ((WCHAR)0)
#define UNICODE_STRING_MAX_BYTES  ((USHORT)65534)
#define UNICODE_STRING_MAX_CHARS  (32767)
#define ANSI_NULL                 ((CHAR)0)
/* As documented for STRICT: with it, handles of different kinds are different types. */
#ifdef STRICT
#define DECLARE_HANDLE(name)                                                                       \
    struct name##__ {                                                                              \
        int unused;                                                                                \
    };                                                                                             \
    typedef struct name##__ *name
#else
#define DECLARE_HANDLE(name) typedef HANDLE name
#endif

#ifndef FALSE
#define FALSE 0
#endif
#ifndef TRUE
#define TRUE 1
#endif
#define NOTHING
#if !defined(__cplusplus) && !defined(NOMINMAX) && !defined(min)
#define min(a, b) (((a) < (b)) ? (a) : (b))
#define max(a, b) (((a) > (b)) ? (a) : (b))
#endif
#define MINCHAR      0x80
#define MAXCHAR      0x7f
#define MINSHORT     0x8000
#define MAXSHORT     0x7fff
#define MINLONG      0x80000000
#define MAXLONG      0x7fffffff
#define MAXUCHAR     0xff
#define MAXUSHORT    0xffff
#define MAXULONG     0xffffffff
#define MAXLONGLONG  (0x7fffffffffffffffL)
#define MINLONGLONG  ((LONGLONG)~MAXLONGLONG)
#define MAXULONGLONG ((ULONGLONG) ~((ULONGLONG)0))
#define MAXDWORD     0xffffffff
#define MAXBYTE      0xff
#define MAXWORD      0xffff

/* Tests of a status. */
#define NT_SUCCESS(Status)           (((NTSTATUS)(Status)) >= 0)
#define NT_INFORMATION(Status)       ((((ULONG)(Status)) >> 30) == 1)
#define NT_WARNING(Status)           ((((ULONG)(Status)) >> 30) == 2)
#define NT_ERROR(Status)             ((((ULONG)(Status)) >> 30) == 3)
#define APPLICATION_ERROR_MASK       0x20000000
#define ERROR_SEVERITY_SUCCESS       0x00000000
#define ERROR_SEVERITY_INFORMATIONAL 0x40000000
#define ERROR_SEVERITY_WARNING       0x80000000
#define ERROR_SEVERITY_ERROR         0xC0000000
#define FACILITY_NULL                0
#ifndef _HRESULT_DEFINED
#define _HRESULT_DEFINED
typedef LONG HRESULT;
#endif

/* 64-bit values with a view of their halves. */
typedef union _LARGE_INTEGER {
    struct {
        ULONG LowPart;
        LONG HighPart;
    };
    struct {
        ULONG LowPart;
        LONG HighPart;
    } u;
    LONGLONG QuadPart;
} LARGE_INTEGER, *PLARGE_INTEGER;

typedef union _ULARGE_INTEGER {
    struct {
        ULONG LowPart;
        ULONG HighPart;
    };
    struct {
        ULONG LowPart;
        ULONG HighPart;
    } u;
    ULONGLONG QuadPart;
} ULARGE_INTEGER, *PULARGE_INTEGER;

typedef struct _LUID {
    ULONG LowPart;
    LONG HighPart;
} LUID, *PLUID;

typedef struct _FLOAT128 {
    LONGLONG LowPart;
    LONGLONG HighPart;
} FLOAT128, *PFLOAT128;

typedef LARGE_INTEGER PHYSICAL_ADDRESS, *PPHYSICAL_ADDRESS;

/* Lists. */
typedef struct _LIST_ENTRY {
    struct _LIST_ENTRY *Flink;
    struct _LIST_ENTRY *Blink;
} LIST_ENTRY, *PLIST_ENTRY, *RESTRICTED_POINTER PRLIST_ENTRY;

typedef struct _SINGLE_LIST_ENTRY {
    struct _SINGLE_LIST_ENTRY *Next;
} SINGLE_LIST_ENTRY, *PSINGLE_LIST_ENTRY;

typedef struct LIST_ENTRY32 {
    ULONG Flink;
    ULONG Blink;
} LIST_ENTRY32, *PLIST_ENTRY32;

typedef struct LIST_ENTRY64 {
    ULONGLONG Flink;
    ULONGLONG Blink;
} LIST_ENTRY64, *PLIST_ENTRY64;

typedef struct DECLSPEC_ALIGN(16) _SLIST_ENTRY {
    struct _SLIST_ENTRY *Next;
} SLIST_ENTRY, *PSLIST_ENTRY;

typedef union DECLSPEC_ALIGN(16) _SLIST_HEADER {
    struct {
        ULONGLONG Alignment;
        ULONGLONG Region;
    };
    struct {
        ULONGLONG Depth : 16;
        ULONGLONG Sequence : 48;
        ULONGLONG Reserved : 4;
        ULONGLONG NextEntry : 60;
    } HeaderX64;
} SLIST_HEADER, *PSLIST_HEADER;

/* Counted strings. Lengths are bytes. */
typedef struct _STRING {
    USHORT Length;
    USHORT MaximumLength;
    PCHAR Buffer;
} STRING, *PSTRING, ANSI_STRING, *PANSI_STRING, OEM_STRING, *POEM_STRING, UTF8_STRING,
    *PUTF8_STRING;
typedef CONST STRING *PCOEM_STRING, *PCANSI_STRING, *PCUTF8_STRING;
typedef STRING CANSI_STRING;

typedef struct _CSTRING {
    USHORT Length;
    USHORT MaximumLength;
    CONST char *Buffer;
} CSTRING, *PCSTRING;

typedef struct _UNICODE_STRING {
    USHORT Length;
    USHORT MaximumLength;
    PWCH Buffer;
} UNICODE_STRING, *PUNICODE_STRING;
typedef const UNICODE_STRING *PCUNICODE_STRING;

#ifdef __cplusplus
/*
 * A literal, writable by type: what a C driver gets from `WCHAR *p = L"x"`. Drivers include these headers
 * inside `extern "C" { }`, where a template must say that it is C++.
 */
extern "C++" {
template <class T, size_t N>
constexpr T *
owdf_literal(const T (&literal)[N])
{
    return const_cast<T *>(literal);
}
}
#define OWDF_LITERAL(s) owdf_literal(s)
#else
#define OWDF_LITERAL(s) (s)
#endif
#define RTL_CONSTANT_STRING(s)                                                                     \
    {                                                                                              \
        sizeof(s) - sizeof((s)[0]), sizeof(s), OWDF_LITERAL(s)                                     \
    }
#define DECLARE_CONST_UNICODE_STRING(variable, string)                                             \
    const WCHAR variable##_buffer[] = string;                                                      \
    const UNICODE_STRING variable = {sizeof(string) - sizeof(WCHAR), sizeof(string),               \
                                     (PWCH)variable##_buffer}
#define DECLARE_GLOBAL_CONST_UNICODE_STRING(variable, string)                                      \
    extern const UNICODE_STRING variable __attribute__((weak));                                    \
    const UNICODE_STRING variable = RTL_CONSTANT_STRING(string)
#define DECLARE_UNICODE_STRING_SIZE(variable, size)                                                \
    WCHAR variable##_buffer[size];                                                                 \
    UNICODE_STRING variable = {0, (size) * sizeof(WCHAR), variable##_buffer}

typedef struct _OBJECT_ATTRIBUTES {
    ULONG Length;
    HANDLE RootDirectory;
    PUNICODE_STRING ObjectName;
    ULONG Attributes;
    PVOID SecurityDescriptor;
    PVOID SecurityQualityOfService;
} OBJECT_ATTRIBUTES, *POBJECT_ATTRIBUTES;
typedef CONST OBJECT_ATTRIBUTES *PCOBJECT_ATTRIBUTES;

#define OBJ_INHERIT                       0x00000002
#define OBJ_PERMANENT                     0x00000010
#define OBJ_EXCLUSIVE                     0x00000020
#define OBJ_CASE_INSENSITIVE              0x00000040
#define OBJ_OPENIF                        0x00000080
#define OBJ_OPENLINK                      0x00000100
#define OBJ_KERNEL_HANDLE                 0x00000200
#define OBJ_FORCE_ACCESS_CHECK            0x00000400
#define OBJ_IGNORE_IMPERSONATED_DEVICEMAP 0x00000800
#define OBJ_DONT_REPARSE                  0x00001000
#define OBJ_VALID_ATTRIBUTES              0x00001FF2
#define InitializeObjectAttributes(p, n, a, r, s)                                                  \
    do {                                                                                           \
        (p)->Length = sizeof(OBJECT_ATTRIBUTES);                                                   \
        (p)->RootDirectory = (r);                                                                  \
        (p)->Attributes = (a);                                                                     \
        (p)->ObjectName = (n);                                                                     \
        (p)->SecurityDescriptor = (s);                                                             \
        (p)->SecurityQualityOfService = NULL;                                                      \
    } while (0)
#define RTL_INIT_OBJECT_ATTRIBUTES(n, a)                                                           \
    {                                                                                              \
        sizeof(OBJECT_ATTRIBUTES), NULL, OWDF_CONST_CAST(PUNICODE_STRING, n), (a), NULL, NULL      \
    }
#define RTL_CONSTANT_OBJECT_ATTRIBUTES(n, a)                                                       \
    {                                                                                              \
        sizeof(OBJECT_ATTRIBUTES), NULL, OWDF_CONST_CAST(PUNICODE_STRING, n), (a), NULL, NULL      \
    }
#define OWDF_CONST_CAST(type, value) ((type)(ULONG_PTR)(value))

typedef enum _EVENT_TYPE {
    NotificationEvent,
    SynchronizationEvent
} EVENT_TYPE;

typedef enum _TIMER_TYPE {
    NotificationTimer,
    SynchronizationTimer
} TIMER_TYPE;

typedef enum _WAIT_TYPE {
    WaitAll,
    WaitAny,
    WaitNotification,
    WaitDequeue,
    WaitDpc
} WAIT_TYPE;

typedef struct _GROUP_AFFINITY {
    KAFFINITY Mask;
    USHORT Group;
    USHORT Reserved[3];
} GROUP_AFFINITY, *PGROUP_AFFINITY;

typedef struct _PROCESSOR_NUMBER {
    USHORT Group;
    UCHAR Number;
    UCHAR Reserved;
} PROCESSOR_NUMBER, *PPROCESSOR_NUMBER;

typedef enum _NT_PRODUCT_TYPE {
    NtProductWinNt = 1,
    NtProductLanManNt,
    NtProductServer
} NT_PRODUCT_TYPE, *PNT_PRODUCT_TYPE;

typedef enum _SUITE_TYPE {
    SmallBusiness,
    Enterprise,
    BackOffice,
    CommunicationServer,
    TerminalServer,
    SmallBusinessRestricted,
    EmbeddedNT,
    DataCenter,
    SingleUserTS,
    Personal,
    Blade,
    EmbeddedRestricted,
    SecurityAppliance,
    StorageServer,
    ComputeServer,
    WHServer,
    PhoneNT,
    MaxSuiteType
} SUITE_TYPE;

typedef struct _QUAD {
    union {
        LONGLONG UseThisFieldToCopy;
        double DoNotUseThisField;
    };
} QUAD, *PQUAD, UQUAD, *PUQUAD;

typedef enum _COMPARTMENT_ID {
    UNSPECIFIED_COMPARTMENT_ID = 0,
    DEFAULT_COMPARTMENT_ID
} COMPARTMENT_ID, *PCOMPARTMENT_ID;

/* What an exception filter sees. CONTEXT is the processor's state, which is not described here. */
#ifndef OPENWDF_HAVE_EXCEPTION_TYPES
#define OPENWDF_HAVE_EXCEPTION_TYPES
typedef struct _CONTEXT *PCONTEXT;

typedef struct _EXCEPTION_RECORD {
    NTSTATUS ExceptionCode;
    ULONG ExceptionFlags;
    struct _EXCEPTION_RECORD *ExceptionRecord;
    PVOID ExceptionAddress;
    ULONG NumberParameters;
    ULONG_PTR ExceptionInformation[EXCEPTION_MAXIMUM_PARAMETERS];
} EXCEPTION_RECORD, *PEXCEPTION_RECORD;

typedef struct _EXCEPTION_POINTERS {
    PEXCEPTION_RECORD ExceptionRecord;
    PCONTEXT ContextRecord;
} EXCEPTION_POINTERS, *PEXCEPTION_POINTERS;
#endif

/* Arithmetic on types. */
#define FIELD_OFFSET(type, field)   ((LONG) __builtin_offsetof(type, field))
#define UFIELD_OFFSET(type, field)  ((ULONG) __builtin_offsetof(type, field))
#define RTL_FIELD_SIZE(type, field) (sizeof(((type *)0)->field))
#define RTL_SIZEOF_THROUGH_FIELD(type, field)                                                      \
    (__builtin_offsetof(type, field) + RTL_FIELD_SIZE(type, field))
#define RTL_CONTAINS_FIELD(s, size, field)                                                         \
    ((((PCHAR)(&(s)->field)) + sizeof((s)->field)) <= (((PCHAR)(s)) + (size)))
#define RTL_NUMBER_OF_V1(a)              (sizeof(a) / sizeof((a)[0]))
#define RTL_NUMBER_OF_V2(a)              RTL_NUMBER_OF_V1(a)
#define RTL_NUMBER_OF(a)                 RTL_NUMBER_OF_V1(a)
#define ARRAYSIZE(a)                     RTL_NUMBER_OF_V1(a)
#define _ARRAYSIZE(a)                    RTL_NUMBER_OF_V1(a)
#define RTL_NUMBER_OF_FIELD(type, field) (RTL_NUMBER_OF(RTL_FIELD_TYPE(type, field)))
#define RTL_FIELD_TYPE(type, field)      (((type *)0)->field)
#define RTL_PADDING_BETWEEN_FIELDS(type, a, b)                                                     \
    ((FIELD_OFFSET(type, b) > FIELD_OFFSET(type, a))                                               \
         ? (FIELD_OFFSET(type, b) - FIELD_OFFSET(type, a) - RTL_FIELD_SIZE(type, a))               \
         : (FIELD_OFFSET(type, a) - FIELD_OFFSET(type, b) - RTL_FIELD_SIZE(type, b)))
#define CONTAINING_RECORD(address, type, field)                                                    \
    ((type *)(void *)((PCHAR)(address) - __builtin_offsetof(type, field)))
#define RTL_BITS_OF(sized)               (sizeof(sized) * 8)
#define RTL_BITS_OF_FIELD(type, field)   (RTL_BITS_OF(RTL_FIELD_TYPE(type, field)))
#define RTL_IS_POWER_OF_TWO(v)           (((v) != 0) && !((v) & ((v)-1)))
#define C_ASSERT(e)                      OWDF_STATIC_ASSERT(e)
#define ALIGN_DOWN(length, type)         ((ULONG)(length) & ~(sizeof(type) - 1))
#define ALIGN_UP(length, type)           (ALIGN_DOWN(((ULONG)(length) + sizeof(type) - 1), type))
#define ALIGN_DOWN_BY(length, alignment) ((ULONG_PTR)(length) & ~((ULONG_PTR)(alignment)-1))
#define ALIGN_UP_BY(length, alignment)                                                             \
    (ALIGN_DOWN_BY(((ULONG_PTR)(length) + (alignment)-1), alignment))
#define ALIGN_DOWN_POINTER_BY(address, alignment)                                                  \
    ((PVOID)((ULONG_PTR)(address) & ~((ULONG_PTR)(alignment)-1)))
#define ALIGN_UP_POINTER_BY(address, alignment)                                                    \
    (ALIGN_DOWN_POINTER_BY(((ULONG_PTR)(address) + (alignment)-1), alignment))
#define ALIGN_DOWN_POINTER(address, type) ALIGN_DOWN_POINTER_BY(address, sizeof(type))
#define ALIGN_UP_POINTER(address, type)   ALIGN_UP_POINTER_BY(address, sizeof(type))

#define ARGUMENT_PRESENT(p) ((CHAR *)((ULONG_PTR)(p)) != (CHAR *)(NULL))
#ifndef UNREFERENCED_PARAMETER
#define UNREFERENCED_PARAMETER(p)          ((void)(p))
#define DBG_UNREFERENCED_PARAMETER(p)      ((void)(p))
#define DBG_UNREFERENCED_LOCAL_VARIABLE(v) ((void)(v))
#endif
#define DEFAULT_UNREACHABLE                                                                        \
    default:                                                                                       \
        __builtin_unreachable()

/* Operators for flag enumerations of C++. */
#ifdef __cplusplus
#define DEFINE_ENUM_FLAG_OPERATORS(type)                                                           \
    extern "C++" {                                                                                 \
    inline constexpr type operator|(type a, type b)                                                \
    {                                                                                              \
        return type((__underlying_type(type))(a) | (__underlying_type(type))(b));                  \
    }                                                                                              \
    inline constexpr type operator&(type a, type b)                                                \
    {                                                                                              \
        return type((__underlying_type(type))(a) & (__underlying_type(type))(b));                  \
    }                                                                                              \
    inline constexpr type operator^(type a, type b)                                                \
    {                                                                                              \
        return type((__underlying_type(type))(a) ^ (__underlying_type(type))(b));                  \
    }                                                                                              \
    inline constexpr type operator~(type a)                                                        \
    {                                                                                              \
        return type(~(__underlying_type(type))(a));                                                \
    }                                                                                              \
    inline type &operator|=(type &a, type b)                                                       \
    {                                                                                              \
        return a = a | b;                                                                          \
    }                                                                                              \
    inline type &operator&=(type &a, type b)                                                       \
    {                                                                                              \
        return a = a & b;                                                                          \
    }                                                                                              \
    inline type &operator^=(type &a, type b)                                                       \
    {                                                                                              \
        return a = a ^ b;                                                                          \
    }                                                                                              \
    }
#else
#define DEFINE_ENUM_FLAG_OPERATORS(type)
#endif

/* Text that is wide in a Unicode project; every kernel driver is one. */
#if defined(_KERNEL_MODE) && !defined(TEXT)
#define __TEXT(quote) L##quote
#define TEXT(quote)   __TEXT(quote)
typedef WCHAR TCHAR, *PTCHAR;
typedef PWSTR PTSTR, LPTSTR;
typedef PCWSTR PCTSTR, LPCTSTR;
#endif

/* Language identifiers. */
#define LANG_NEUTRAL          0x00
#define SUBLANG_NEUTRAL       0x00
#define SUBLANG_DEFAULT       0x01
#define LANG_ENGLISH          0x09
#define SUBLANG_ENGLISH_US    0x01
#define MAKELANGID(p, s)      ((((USHORT)(s)) << 10) | (USHORT)(p))
#define PRIMARYLANGID(l)      ((USHORT)(l)&0x3ff)
#define SUBLANGID(l)          ((USHORT)(l) >> 10)
#define SORT_DEFAULT          0x0
#define MAKELCID(l, s)        ((ULONG)((((ULONG)((USHORT)(s))) << 16) | ((ULONG)((USHORT)(l)))))
#define LANG_SYSTEM_DEFAULT   (MAKELANGID(LANG_NEUTRAL, 0x02))
#define LOCALE_SYSTEM_DEFAULT (MAKELCID(LANG_SYSTEM_DEFAULT, SORT_DEFAULT))
#define LOCALE_NEUTRAL        (MAKELCID(MAKELANGID(LANG_NEUTRAL, SUBLANG_NEUTRAL), SORT_DEFAULT))

#include <openwdf_interlocked.h>

#if !defined(NOMINMAX) && defined(__cplusplus) && !defined(min) && !defined(max)
/* Microsoft's are macros, also for C++; as such they would break the C++ library's headers. */
extern "C++" {
template <class A, class B>
constexpr auto
min(const A &a, const B &b) -> decltype(true ? a + 0 : b + 0)
{
    return a < b ? a : b;
}
template <class A, class B>
constexpr auto
max(const A &a, const B &b) -> decltype(true ? a + 0 : b + 0)
{
    return a > b ? a : b;
}
}
#endif
#if !defined(NOMINMAX) && !defined(__cplusplus)
#ifndef min
#define min(a, b) (((a) < (b)) ? (a) : (b))
#endif
#ifndef max
#define max(a, b) (((a) > (b)) ? (a) : (b))
#endif
#endif

#endif

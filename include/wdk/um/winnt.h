/* SPDX-License-Identifier: MIT */
/* What user-mode Windows sources share with the kernel: access rights, file attributes, TEXT. */
#ifndef _WINNT_
#define _WINNT_

#include <windef.h>
#include <openwdf_interlocked.h>
#include <openwdf_osversion.h>
#include <openwdf_security.h>

typedef WCHAR *PZZWSTR;
typedef const WCHAR *PCZZWSTR;
typedef CHAR *PZZSTR;
typedef const CHAR *PCZZSTR;

#ifdef UNICODE
typedef WCHAR TCHAR, *PTCHAR, TBYTE, *PTBYTE;
typedef LPWSTR PTSTR, LPTSTR, LPTCH, PTCH;
typedef LPCWSTR PCTSTR, LPCTSTR;
#define __TEXT(quote) L##quote
#else
typedef char TCHAR, *PTCHAR;
typedef unsigned char TBYTE, *PTBYTE;
typedef LPSTR PTSTR, LPTSTR, LPTCH, PTCH;
typedef LPCSTR PCTSTR, LPCTSTR;
#define __TEXT(quote) quote
#endif
#define TEXT(quote) __TEXT(quote)
#define _TCHAR_DEFINED

#ifndef FILE_READ_DATA
#define FILE_READ_DATA        0x0001
#define FILE_LIST_DIRECTORY   0x0001
#define FILE_WRITE_DATA       0x0002
#define FILE_ADD_FILE         0x0002
#define FILE_APPEND_DATA      0x0004
#define FILE_READ_EA          0x0008
#define FILE_WRITE_EA         0x0010
#define FILE_EXECUTE          0x0020
#define FILE_READ_ATTRIBUTES  0x0080
#define FILE_WRITE_ATTRIBUTES 0x0100
#define FILE_ALL_ACCESS       (STANDARD_RIGHTS_REQUIRED | SYNCHRONIZE | 0x1FF)
#define FILE_GENERIC_READ                                                                          \
    (STANDARD_RIGHTS_READ | FILE_READ_DATA | FILE_READ_ATTRIBUTES | FILE_READ_EA | SYNCHRONIZE)
#define FILE_GENERIC_WRITE                                                                         \
    (STANDARD_RIGHTS_WRITE | FILE_WRITE_DATA | FILE_WRITE_ATTRIBUTES | FILE_WRITE_EA |             \
     FILE_APPEND_DATA | SYNCHRONIZE)
#define FILE_SHARE_READ          0x00000001
#define FILE_SHARE_WRITE         0x00000002
#define FILE_SHARE_DELETE        0x00000004
#define FILE_ATTRIBUTE_READONLY  0x00000001
#define FILE_ATTRIBUTE_HIDDEN    0x00000002
#define FILE_ATTRIBUTE_SYSTEM    0x00000004
#define FILE_ATTRIBUTE_DIRECTORY 0x00000010
#define FILE_ATTRIBUTE_ARCHIVE   0x00000020
#define FILE_ATTRIBUTE_DEVICE    0x00000040
#define FILE_ATTRIBUTE_NORMAL    0x00000080
#define FILE_ATTRIBUTE_TEMPORARY 0x00000100
#endif

/* Forty bytes, as on Windows; the words inside are the library's. All zero is not initialized. */
typedef struct _RTL_CRITICAL_SECTION {
    struct _RTL_CRITICAL_SECTION_DEBUG *DebugInfo;
    LONG LockCount;
    LONG RecursionCount;
    HANDLE OwningThread;
    HANDLE LockSemaphore;
    ULONG_PTR SpinCount;
} RTL_CRITICAL_SECTION, *PRTL_CRITICAL_SECTION;
typedef struct _RTL_CRITICAL_SECTION_DEBUG RTL_CRITICAL_SECTION_DEBUG, *PRTL_CRITICAL_SECTION_DEBUG;

#define SECTION_QUERY       0x0001
#define SECTION_MAP_WRITE   0x0002
#define SECTION_MAP_READ    0x0004
#define SECTION_MAP_EXECUTE 0x0008
#define SECTION_EXTEND_SIZE 0x0010
#define SECTION_ALL_ACCESS  (STANDARD_RIGHTS_REQUIRED | 0x1F)
#define SEC_RESERVE         0x04000000
#define SEC_COMMIT          0x08000000

#define IO_REPARSE_TAG_MOUNT_POINT ((DWORD)0xA0000003)
#define IO_REPARSE_TAG_SYMLINK     ((DWORD)0xA000000C)

#define MUTANT_QUERY_STATE 0x0001
#define MUTANT_ALL_ACCESS  (STANDARD_RIGHTS_REQUIRED | SYNCHRONIZE | MUTANT_QUERY_STATE)
#define EVENT_MODIFY_STATE 0x0002
#ifndef EVENT_ALL_ACCESS
#define EVENT_ALL_ACCESS (STANDARD_RIGHTS_REQUIRED | SYNCHRONIZE | 0x3)
#endif
#define SEMAPHORE_ALL_ACCESS (STANDARD_RIGHTS_REQUIRED | SYNCHRONIZE | 0x3)

#ifndef STATUS_WAIT_0
#define STATUS_WAIT_0           ((DWORD)0x00000000)
#define STATUS_ABANDONED_WAIT_0 ((DWORD)0x00000080)
#define STATUS_USER_APC         ((DWORD)0x000000C0)
#define STATUS_TIMEOUT          ((DWORD)0x00000102)
#define STATUS_PENDING          ((DWORD)0x00000103)
#endif
#define MAXIMUM_WAIT_OBJECTS 64

#define DLL_PROCESS_ATTACH 1
#define DLL_THREAD_ATTACH  2
#define DLL_THREAD_DETACH  3
#define DLL_PROCESS_DETACH 0

#define KEY_WOW64_64KEY                0x0100
#define KEY_WOW64_32KEY                0x0200
#define KEY_EXECUTE                    0x00020019
#define REG_OPTION_NON_VOLATILE        0x00000000
#define REG_OPTION_VOLATILE            0x00000001
#define REG_OPTION_CREATE_LINK         0x00000002
#define REG_OPTION_OPEN_LINK           0x00000008
#define REG_CREATED_NEW_KEY            0x00000001
#define REG_OPENED_EXISTING_KEY        0x00000002
#define REG_NOTIFY_CHANGE_NAME         0x00000001
#define REG_NOTIFY_CHANGE_LAST_SET     0x00000004
#define REG_DWORD_LITTLE_ENDIAN        4
#define REG_DWORD_BIG_ENDIAN           5
#define REG_LINK                       6
#define REG_RESOURCE_LIST              8
#define REG_FULL_RESOURCE_DESCRIPTOR   9
#define REG_RESOURCE_REQUIREMENTS_LIST 10
#define KEY_QUERY_VALUE                0x0001
#define KEY_SET_VALUE                  0x0002
#define KEY_CREATE_SUB_KEY             0x0004
#define KEY_ENUMERATE_SUB_KEYS         0x0008
#define KEY_NOTIFY                     0x0010
#define KEY_CREATE_LINK                0x0020
#define KEY_READ                       0x00020019
#define KEY_WRITE                      0x00020006
#define KEY_ALL_ACCESS                 0x000F003F
#define REG_NONE                       0
#define REG_SZ                         1
#define REG_EXPAND_SZ                  2
#define REG_BINARY                     3
#define REG_DWORD                      4
#define REG_MULTI_SZ                   7
#define REG_QWORD                      11

#define LANG_NEUTRAL    0x00
#define LANG_ENGLISH    0x09
#define SUBLANG_NEUTRAL 0x00
#define SUBLANG_DEFAULT 0x01

#define SERVICE_KERNEL_DRIVER       0x00000001
#define SERVICE_FILE_SYSTEM_DRIVER  0x00000002
#define SERVICE_WIN32_OWN_PROCESS   0x00000010
#define SERVICE_WIN32_SHARE_PROCESS 0x00000020
#define SERVICE_WIN32               0x00000030
#define SERVICE_DRIVER              0x0000000B
#define SERVICE_INTERACTIVE_PROCESS 0x00000100
#define SERVICE_BOOT_START          0x00000000
#define SERVICE_SYSTEM_START        0x00000001
#define SERVICE_AUTO_START          0x00000002
#define SERVICE_DEMAND_START        0x00000003
#define SERVICE_DISABLED            0x00000004
#define SERVICE_ERROR_IGNORE        0x00000000
#define SERVICE_ERROR_NORMAL        0x00000001

#define HEAP_GENERATE_EXCEPTIONS 0x00000004
#define HEAP_ZERO_MEMORY         0x00000008

/* --- Processes, tokens, memory --------------------------------------------------------------------- */

#define PROCESS_TERMINATE         0x0001
#define PROCESS_VM_READ           0x0010
#define PROCESS_VM_WRITE          0x0020
#define PROCESS_DUP_HANDLE        0x0040
#define PROCESS_QUERY_INFORMATION 0x0400
#define PROCESS_ALL_ACCESS        (STANDARD_RIGHTS_REQUIRED | SYNCHRONIZE | 0xFFFF)
#define THREAD_ALL_ACCESS         (STANDARD_RIGHTS_REQUIRED | SYNCHRONIZE | 0xFFFF)

#define TOKEN_ASSIGN_PRIMARY       0x0001
#define TOKEN_DUPLICATE            0x0002
#define TOKEN_IMPERSONATE          0x0004
#define TOKEN_QUERY                0x0008
#define TOKEN_ADJUST_PRIVILEGES    0x0020
#define SE_PRIVILEGE_ENABLED       0x00000002
#define SE_LOAD_DRIVER_NAME        TEXT("SeLoadDriverPrivilege")
#define SE_DEBUG_NAME              TEXT("SeDebugPrivilege")
#define SE_SYSTEM_ENVIRONMENT_NAME TEXT("SeSystemEnvironmentPrivilege")
#define SE_BACKUP_NAME             TEXT("SeBackupPrivilege")
#define SE_RESTORE_NAME            TEXT("SeRestorePrivilege")
#define SE_MANAGE_VOLUME_NAME      TEXT("SeManageVolumePrivilege")
#define SE_SHUTDOWN_NAME           TEXT("SeShutdownPrivilege")

#define FILE_NOTIFY_CHANGE_FILE_NAME   0x00000001
#define FILE_NOTIFY_CHANGE_DIR_NAME    0x00000002
#define FILE_NOTIFY_CHANGE_ATTRIBUTES  0x00000004
#define FILE_NOTIFY_CHANGE_SIZE        0x00000008
#define FILE_NOTIFY_CHANGE_LAST_WRITE  0x00000010
#define FILE_NOTIFY_CHANGE_LAST_ACCESS 0x00000020
#define FILE_NOTIFY_CHANGE_CREATION    0x00000040
#define FILE_NOTIFY_CHANGE_SECURITY    0x00000100

#define PAGE_NOACCESS          0x01
#define PAGE_READONLY          0x02
#define PAGE_READWRITE         0x04
#define PAGE_WRITECOPY         0x08
#define PAGE_EXECUTE           0x10
#define PAGE_EXECUTE_READ      0x20
#define PAGE_EXECUTE_READWRITE 0x40
#define PAGE_GUARD             0x100
#define PAGE_NOCACHE           0x200
#define MEM_COMMIT             0x00001000
#define MEM_RESERVE            0x00002000
#define MEM_DECOMMIT           0x00004000
#define MEM_RELEASE            0x00008000
#define MEM_FREE               0x00010000
#ifndef MEM_UNMAP_WITH_TRANSIENT_BOOST
#define MEM_UNMAP_WITH_TRANSIENT_BOOST 0x1
#endif

typedef PVOID PVOID64;

typedef struct _QUOTA_LIMITS {
    SIZE_T PagedPoolLimit;
    SIZE_T NonPagedPoolLimit;
    SIZE_T MinimumWorkingSetSize;
    SIZE_T MaximumWorkingSetSize;
    SIZE_T PagefileLimit;
    LARGE_INTEGER TimeLimit;
} QUOTA_LIMITS, *PQUOTA_LIMITS;

typedef struct _IO_COUNTERS {
    ULONGLONG ReadOperationCount;
    ULONGLONG WriteOperationCount;
    ULONGLONG OtherOperationCount;
    ULONGLONG ReadTransferCount;
    ULONGLONG WriteTransferCount;
    ULONGLONG OtherTransferCount;
} IO_COUNTERS, *PIO_COUNTERS;

typedef struct _MEMORY_BASIC_INFORMATION {
    PVOID BaseAddress;
    PVOID AllocationBase;
    DWORD AllocationProtect;
    WORD PartitionId;
    SIZE_T RegionSize;
    DWORD State;
    DWORD Protect;
    DWORD Type;
} MEMORY_BASIC_INFORMATION, *PMEMORY_BASIC_INFORMATION;

typedef struct _CFG_CALL_TARGET_INFO {
    ULONG_PTR Offset;
    ULONG_PTR Flags;
} CFG_CALL_TARGET_INFO, *PCFG_CALL_TARGET_INFO;

typedef struct DECLSPEC_ALIGN(8) MEM_EXTENDED_PARAMETER {
    struct {
        DWORD64 Type : 8;
        DWORD64 Reserved : 56;
    };
    union {
        DWORD64 ULong64;
        PVOID Pointer;
        SIZE_T Size;
        HANDLE Handle;
        DWORD ULong;
    };
} MEM_EXTENDED_PARAMETER, *PMEM_EXTENDED_PARAMETER;

typedef union _FILE_SEGMENT_ELEMENT {
    PVOID64 Buffer;
    ULONGLONG Alignment;
} FILE_SEGMENT_ELEMENT, *PFILE_SEGMENT_ELEMENT;

typedef struct _FILE_ID_128 {
    BYTE Identifier[16];
} FILE_ID_128, *PFILE_ID_128;

typedef struct _OBJECT_TYPE_LIST {
    WORD Level;
    WORD Sbz;
    GUID *ObjectType;
} OBJECT_TYPE_LIST, *POBJECT_TYPE_LIST;

typedef struct _TOKEN_GROUPS {
    DWORD GroupCount;
    SID_AND_ATTRIBUTES Groups[ANYSIZE_ARRAY];
} TOKEN_GROUPS, *PTOKEN_GROUPS;

typedef struct _TOKEN_PRIVILEGES {
    DWORD PrivilegeCount;
    LUID_AND_ATTRIBUTES Privileges[ANYSIZE_ARRAY];
} TOKEN_PRIVILEGES, *PTOKEN_PRIVILEGES;

typedef enum _TOKEN_TYPE {
    TokenPrimary = 1,
    TokenImpersonation
} TOKEN_TYPE;

typedef enum _TOKEN_INFORMATION_CLASS {
    TokenUser = 1,
    TokenGroups,
    TokenPrivileges,
    TokenOwner,
    TokenPrimaryGroup,
    TokenDefaultDacl,
    TokenSource,
    TokenType,
    TokenImpersonationLevel,
    TokenStatistics,
    TokenRestrictedSids,
    TokenSessionId,
    TokenElevationType = 18,
    TokenElevation = 20,
    TokenIntegrityLevel = 25,
} TOKEN_INFORMATION_CLASS, *PTOKEN_INFORMATION_CLASS;

typedef enum _SID_NAME_USE {
    SidTypeUser = 1,
    SidTypeGroup,
    SidTypeDomain,
    SidTypeAlias,
    SidTypeWellKnownGroup,
    SidTypeDeletedAccount,
    SidTypeInvalid,
    SidTypeUnknown,
    SidTypeComputer
} SID_NAME_USE, *PSID_NAME_USE;

typedef enum _ACL_INFORMATION_CLASS {
    AclRevisionInformation = 1,
    AclSizeInformation
} ACL_INFORMATION_CLASS;

typedef enum _AUDIT_EVENT_TYPE {
    AuditEventObjectAccess,
    AuditEventDirectoryServiceAccess
} AUDIT_EVENT_TYPE, *PAUDIT_EVENT_TYPE;

typedef enum _HEAP_INFORMATION_CLASS {
    HeapCompatibilityInformation = 0,
    HeapEnableTerminationOnCorruption = 1
} HEAP_INFORMATION_CLASS;

typedef enum _LOGICAL_PROCESSOR_RELATIONSHIP {
    RelationProcessorCore,
    RelationNumaNode,
    RelationCache,
    RelationProcessorPackage,
    RelationGroup,
    RelationAll = 0xffff
} LOGICAL_PROCESSOR_RELATIONSHIP;

#ifndef OPENWDF_POWER_REQUEST_TYPE
#define OPENWDF_POWER_REQUEST_TYPE
typedef enum _POWER_REQUEST_TYPE {
    PowerRequestDisplayRequired,
    PowerRequestSystemRequired,
    PowerRequestAwayModeRequired,
    PowerRequestExecutionRequired
} POWER_REQUEST_TYPE, *PPOWER_REQUEST_TYPE;
#endif

typedef enum _FIRMWARE_TYPE {
    FirmwareTypeUnknown,
    FirmwareTypeBios,
    FirmwareTypeUefi,
    FirmwareTypeMax
} FIRMWARE_TYPE, *PFIRMWARE_TYPE;

typedef enum {
    LT_DONT_CARE,
    LT_LOWEST_LATENCY
} LATENCY_TIME;

/* Of functions that are declared and not there: pointers to these only. */
typedef struct _WOW64_CONTEXT WOW64_CONTEXT, *PWOW64_CONTEXT;
typedef struct _WOW64_LDT_ENTRY WOW64_LDT_ENTRY, *PWOW64_LDT_ENTRY;
typedef struct _CONTEXT CONTEXT;
typedef struct _CLAIM_SECURITY_ATTRIBUTES_INFORMATION *PCLAIM_SECURITY_ATTRIBUTES_INFORMATION;
typedef struct _JOB_SET_ARRAY *PJOB_SET_ARRAY;
typedef struct _PERFORMANCE_DATA *PPERFORMANCE_DATA;
typedef struct _PROCESS_DYNAMIC_EH_CONTINUATION_TARGET *PPROCESS_DYNAMIC_EH_CONTINUATION_TARGET;
typedef struct _PROCESS_DYNAMIC_ENFORCED_ADDRESS_RANGE *PPROCESS_DYNAMIC_ENFORCED_ADDRESS_RANGE;
typedef struct _SYSTEM_LOGICAL_PROCESSOR_INFORMATION *PSYSTEM_LOGICAL_PROCESSOR_INFORMATION;
typedef struct _SYSTEM_LOGICAL_PROCESSOR_INFORMATION_EX *PSYSTEM_LOGICAL_PROCESSOR_INFORMATION_EX;
typedef struct _SYSTEM_PROCESSOR_CYCLE_TIME_INFORMATION *PSYSTEM_PROCESSOR_CYCLE_TIME_INFORMATION;
typedef int JOBOBJECTINFOCLASS;
typedef int PROCESS_MITIGATION_POLICY;
typedef int WELL_KNOWN_SID_TYPE;
typedef DWORD EXECUTION_STATE, *PEXECUTION_STATE;
#define ES_SYSTEM_REQUIRED ((DWORD)0x00000001)
#define ES_CONTINUOUS      ((DWORD)0x80000000)

/* --- Locks and thread pools ------------------------------------------------------------------------ */

typedef struct _RTL_SRWLOCK {
    PVOID Ptr;
} RTL_SRWLOCK, *PRTL_SRWLOCK;
#define RTL_SRWLOCK_INIT                                                                           \
    {                                                                                              \
        0                                                                                          \
    }

typedef struct _RTL_CONDITION_VARIABLE {
    PVOID Ptr;
} RTL_CONDITION_VARIABLE, *PRTL_CONDITION_VARIABLE;
#define RTL_CONDITION_VARIABLE_INIT                                                                \
    {                                                                                              \
        0                                                                                          \
    }
#define RTL_CONDITION_VARIABLE_LOCKMODE_SHARED 0x1

typedef struct _RTL_BARRIER {
    DWORD Reserved1;
    DWORD Reserved2;
    ULONG_PTR Reserved3[2];
    DWORD Reserved4;
    DWORD Reserved5;
} RTL_BARRIER, *PRTL_BARRIER;

typedef VOID (*PAPCFUNC)(ULONG_PTR Parameter);
typedef LONG (*PVECTORED_EXCEPTION_HANDLER)(struct _EXCEPTION_POINTERS *ExceptionInfo);
typedef VOID (*WAITORTIMERCALLBACKFUNC)(PVOID, BOOLEAN);
typedef WAITORTIMERCALLBACKFUNC WAITORTIMERCALLBACK;
typedef VOID (*PFLS_CALLBACK_FUNCTION)(PVOID lpFlsData);
typedef BOOLEAN (*PSECURE_MEMORY_CACHE_CALLBACK)(PVOID Addr, SIZE_T Range);

#define WT_EXECUTEDEFAULT            0x00000000
#define WT_EXECUTEINIOTHREAD         0x00000001
#define WT_EXECUTEINWAITTHREAD       0x00000004
#define WT_EXECUTEONLYONCE           0x00000008
#define WT_EXECUTELONGFUNCTION       0x00000010
#define WT_EXECUTEINTIMERTHREAD      0x00000020
#define WT_EXECUTEINPERSISTENTTHREAD 0x00000080

typedef DWORD TP_VERSION, *PTP_VERSION;
typedef DWORD TP_WAIT_RESULT;
typedef struct _TP_CALLBACK_INSTANCE TP_CALLBACK_INSTANCE, *PTP_CALLBACK_INSTANCE;
typedef struct _TP_POOL TP_POOL, *PTP_POOL;
typedef struct _TP_CLEANUP_GROUP TP_CLEANUP_GROUP, *PTP_CLEANUP_GROUP;
typedef struct _TP_WORK TP_WORK, *PTP_WORK;
typedef struct _TP_TIMER TP_TIMER, *PTP_TIMER;
typedef struct _TP_WAIT TP_WAIT, *PTP_WAIT;
typedef struct _TP_IO TP_IO, *PTP_IO;
typedef VOID (*PTP_SIMPLE_CALLBACK)(PTP_CALLBACK_INSTANCE Instance, PVOID Context);
typedef VOID (*PTP_CLEANUP_GROUP_CANCEL_CALLBACK)(PVOID ObjectContext, PVOID CleanupContext);
typedef VOID (*PTP_WORK_CALLBACK)(PTP_CALLBACK_INSTANCE Instance, PVOID Context, PTP_WORK Work);
typedef VOID (*PTP_TIMER_CALLBACK)(PTP_CALLBACK_INSTANCE Instance, PVOID Context, PTP_TIMER Timer);
typedef VOID (*PTP_WAIT_CALLBACK)(PTP_CALLBACK_INSTANCE Instance, PVOID Context, PTP_WAIT Wait,
                                  TP_WAIT_RESULT WaitResult);

typedef enum _TP_CALLBACK_PRIORITY {
    TP_CALLBACK_PRIORITY_HIGH,
    TP_CALLBACK_PRIORITY_NORMAL,
    TP_CALLBACK_PRIORITY_LOW,
    TP_CALLBACK_PRIORITY_INVALID,
    TP_CALLBACK_PRIORITY_COUNT = TP_CALLBACK_PRIORITY_INVALID
} TP_CALLBACK_PRIORITY;

typedef struct _TP_POOL_STACK_INFORMATION {
    SIZE_T StackReserve;
    SIZE_T StackCommit;
} TP_POOL_STACK_INFORMATION, *PTP_POOL_STACK_INFORMATION;

typedef struct _TP_CALLBACK_ENVIRON_V3 {
    TP_VERSION Version;
    PTP_POOL Pool;
    PTP_CLEANUP_GROUP CleanupGroup;
    PTP_CLEANUP_GROUP_CANCEL_CALLBACK CleanupGroupCancelCallback;
    PVOID RaceDll;
    struct _ACTIVATION_CONTEXT *ActivationContext;
    PTP_SIMPLE_CALLBACK FinalizationCallback;
    union {
        DWORD Flags;
        struct {
            DWORD LongFunction : 1;
            DWORD Persistent : 1;
            DWORD Private : 30;
        } s;
    } u;
    TP_CALLBACK_PRIORITY CallbackPriority;
    DWORD Size;
} TP_CALLBACK_ENVIRON_V3, TP_CALLBACK_ENVIRON, *PTP_CALLBACK_ENVIRON;

OWDF_INLINE VOID
TpInitializeCallbackEnviron(PTP_CALLBACK_ENVIRON environ)
{
    memset(environ, 0, sizeof(*environ));
    environ->Version = 3;
    environ->CallbackPriority = TP_CALLBACK_PRIORITY_NORMAL;
    environ->Size = sizeof(*environ);
}

OWDF_INLINE VOID
TpSetCallbackThreadpool(PTP_CALLBACK_ENVIRON environ, PTP_POOL pool)
{
    environ->Pool = pool;
}

OWDF_INLINE VOID
TpSetCallbackCleanupGroup(PTP_CALLBACK_ENVIRON environ, PTP_CLEANUP_GROUP group,
                          PTP_CLEANUP_GROUP_CANCEL_CALLBACK cancel)
{
    environ->CleanupGroup = group;
    environ->CleanupGroupCancelCallback = cancel;
}

OWDF_INLINE VOID
TpSetCallbackLongFunction(PTP_CALLBACK_ENVIRON environ)
{
    environ->u.s.LongFunction = 1;
}

OWDF_INLINE VOID
TpSetCallbackRaceWithDll(PTP_CALLBACK_ENVIRON environ, PVOID module)
{
    environ->RaceDll = module;
}

OWDF_INLINE VOID
TpSetCallbackPriority(PTP_CALLBACK_ENVIRON environ, TP_CALLBACK_PRIORITY priority)
{
    environ->CallbackPriority = priority;
}

OWDF_INLINE VOID
TpSetCallbackPersistent(PTP_CALLBACK_ENVIRON environ)
{
    environ->u.s.Persistent = 1;
}

OWDF_INLINE VOID
TpDestroyCallbackEnviron(PTP_CALLBACK_ENVIRON environ)
{
    (void)environ;
}

/* The first parameter of an access violation. */
#define EXCEPTION_READ_FAULT    0
#define EXCEPTION_WRITE_FAULT   1
#define EXCEPTION_EXECUTE_FAULT 8

#ifndef RtlCopyMemory
#define RtlEqualMemory(a, b, n)    (!memcmp((a), (b), (n)))
#define RtlMoveMemory(to, from, n) memmove((to), (from), (n))
#define RtlCopyMemory(to, from, n) memcpy((to), (from), (n))
#define RtlFillMemory(to, n, byte) memset((to), (byte), (n))
#define RtlZeroMemory(to, n)       memset((to), 0, (n))
#endif

#ifndef LANG_USER_DEFAULT
#define LANG_USER_DEFAULT   (MAKELANGID(LANG_NEUTRAL, SUBLANG_DEFAULT))
#define LOCALE_USER_DEFAULT (MAKELCID(LANG_USER_DEFAULT, SORT_DEFAULT))
#endif
#define LOCALE_INVARIANT (MAKELCID(MAKELANGID(0x7f, SUBLANG_NEUTRAL), SORT_DEFAULT))

#endif

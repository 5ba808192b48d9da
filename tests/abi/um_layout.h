/* SPDX-License-Identifier: MIT */
/*
 * Compares the user-mode headers with the published layout of 64-bit Windows, as C and as C++: Win32's structures
 * as applications see them, and the framework's as user-mode drivers do. Prints every difference.
 */
#include <windows.h>
#include <cfgmgr32.h>
#include <dbt.h>
#include <setupapi.h>

#include <wdf.h>

#include <gnssdriver.h>
#include <hidsdi.h>
#include <hidpi.h>

#include <stddef.h>
#include <stdio.h>

struct row {
    const char *what;
    long actual;
    long expected;
};

#define SIZE(type, size)         {"sizeof(" #type ")", (long)sizeof(type), size},
#define AT(type, member, offset) {#type "." #member, (long)offsetof(type, member), offset},
#define VALUE(name, value)       {#name, (long)name, (long)value},

static const struct row rows[] = {
    /* clang-format off */
    SIZE(OVERLAPPED, 32) AT(OVERLAPPED, Offset, 16) AT(OVERLAPPED, hEvent, 24)
    SIZE(OVERLAPPED_ENTRY, 32)
    SIZE(GNSS_DEVICE_CAPABILITY, 604) AT(GNSS_DEVICE_CAPABILITY, SupportedSuplVersion, 84)
    SIZE(GNSS_CHIPSETINFO, 660) AT(GNSS_CHIPSETINFO, Unused, 148)
    SIZE(GNSS_FIXSESSION_PARAM, 588) AT(GNSS_FIXSESSION_PARAM, SingleShotParam, 64)
    SIZE(GNSS_STOPFIXSESSION_PARAM, 524) SIZE(GNSS_FIXDATA_BASIC, 48)
    AT(GNSS_EVENT, FixData, 528) VALUE(GNSS_FixSession_LKG, 4)
    VALUE(IOCTL_GNSS_START_FIXSESSION, 2228288) VALUE(IOCTL_GNSS_STOP_FIXSESSION, 2228296) VALUE(IOCTL_GNSS_GET_FIXDATA, 2228300)
    VALUE(IOCTL_GNSS_GET_CHIPSETINFO, 2228504) VALUE(IOCTL_GNSS_INJECT_AGNSS, 2228352) VALUE(IOCTL_GNSS_LISTEN_DRIVER_REQUEST, 2228608) VALUE(IOCTL_GNSS_LISTEN_BREADCRUMBING_ALERT, 2228680)
    SIZE(SECURITY_ATTRIBUTES, 24)
    SIZE(CRITICAL_SECTION, 40)
    SIZE(SRWLOCK, 8)
    SIZE(CONDITION_VARIABLE, 8)
    SIZE(INIT_ONCE, 8)
    SIZE(SYSTEM_INFO, 48) AT(SYSTEM_INFO, dwNumberOfProcessors, 32)
    SIZE(SYSTEMTIME, 16)
    SIZE(FILETIME, 8)
    SIZE(WIN32_FIND_DATAW, 592) AT(WIN32_FIND_DATAW, cFileName, 44)
    SIZE(MEMORY_BASIC_INFORMATION, 48)
    SIZE(TP_CALLBACK_ENVIRON, 72) AT(TP_CALLBACK_ENVIRON, CallbackPriority, 60)
    SIZE(TOKEN_PRIVILEGES, 16)
    SIZE(SECURITY_DESCRIPTOR, 40)
    SIZE(SID, 12)
    SIZE(OSVERSIONINFOEXW, 284)
    SIZE(PROCESS_INFORMATION, 24)
    SIZE(STARTUPINFOW, 104)
    SIZE(COMMTIMEOUTS, 20)
    SIZE(DCB, 28)
    SIZE(MSG, 48)
    SIZE(SERVICE_STATUS, 28)
    SIZE(SERVICE_STATUS_PROCESS, 36)
    SIZE(SP_DEVINFO_DATA, 32) AT(SP_DEVINFO_DATA, DevInst, 20)
    SIZE(SP_DEVICE_INTERFACE_DATA, 32)
    SIZE(SP_DEVICE_INTERFACE_DETAIL_DATA_W, 8)
    SIZE(SP_DEVICE_INTERFACE_DETAIL_DATA_A, 8)
    SIZE(DEV_BROADCAST_DEVICEINTERFACE_W, 32)
    SIZE(CM_NOTIFY_FILTER, 416)
    SIZE(HIDD_ATTRIBUTES, 12)
    SIZE(HIDP_CAPS, 64)
    SIZE(DWORD, 4) SIZE(LONG, 4) SIZE(BOOL, 4) SIZE(HANDLE, 8) SIZE(WCHAR, 2) SIZE(LARGE_INTEGER, 8)
    VALUE(GENERIC_READ, 0x80000000u) VALUE(FILE_FLAG_OVERLAPPED, 0x40000000)
    VALUE(INFINITE, 0xffffffffu) VALUE(WAIT_TIMEOUT, 258) VALUE(MAXIMUM_WAIT_OBJECTS, 64)
    VALUE(ERROR_IO_PENDING, 997) VALUE(ERROR_SERVICE_MARKED_FOR_DELETE, 1072)

    SIZE(WDF_OBJECT_ATTRIBUTES, 56)
    SIZE(WDF_DRIVER_CONFIG, 32)
    SIZE(WDF_IO_QUEUE_CONFIG, 96)
    SIZE(WDF_PNPPOWER_EVENT_CALLBACKS, 144)
    SIZE(WDF_FILEOBJECT_CONFIG, 40)
    SIZE(WDF_DEVICE_INTERFACE_PROPERTY_DATA, 40)
    SIZE(WDF_REQUEST_PARAMETERS, 40)
    SIZE(WDF_TIMER_CONFIG, 40)
    VALUE(OWDF_UMDF, 1)
    VALUE(WdfDriverCreateTableIndex, 57)
    VALUE(WdfDeviceCreateTableIndex, 25)
    VALUE(WdfDeviceMapIoSpaceTableIndex, 45)
    VALUE(WdfIoQueueCreateTableIndex, 85)
    VALUE(WdfRequestImpersonateTableIndex, 178)
    VALUE(WdfDeviceIoBufferedOrDirect, 4)
    /* clang-format on */
};

int
main(void)
{
    size_t count = sizeof(rows) / sizeof(rows[0]);
    size_t wrong = 0;
    size_t i;

    for (i = 0; i < count; i++) {
        if (rows[i].actual != rows[i].expected) {
            (void)printf("%s is %ld, must be %ld\n", rows[i].what, rows[i].actual,
                         rows[i].expected);
            wrong++;
        }
    }
    /* In C++ these are declared twice: with and without const. */
    if (wcschr(L"ab:c", L':') == NULL || wcsrchr(L":b:c", L':')[1] != L'c' ||
        wcsstr(L"abc", L"bc") == NULL || wcspbrk(L"abc", L"xc") == NULL) {
        (void)printf("wide characters are not those of Windows\n");
        wrong++;
    }
    (void)printf("UMDF 2.%d: %u of %u right\n", UMDF_VERSION_MINOR, (unsigned)(count - wrong),
                 (unsigned)count);
    return wrong == 0 ? 0 : 1;
}

/* SPDX-License-Identifier: MIT */
/*
 * A user-mode driver in C++ that leans on Win32: threads, events, slim locks, the thread pool, timers,
 * thread-local slots, text, and opening a device with CreateFile (its own). Each check runs in a request,
 * on a thread of its own, and completes it with the line that failed, or 0.
 */
#include <windows.h>
#include <strsafe.h>
#include <tchar.h>

#include <initguid.h>

#include <wdf.h>

#include <hidclass.h>

#include "public.h"

static const GUID test_guid = UMDF_TEST_GUID;

extern "C" DRIVER_INITIALIZE DriverEntry;
static EVT_WDF_DRIVER_DEVICE_ADD on_device_add;
static EVT_WDF_IO_QUEUE_IO_DEVICE_CONTROL on_control;
static EVT_WDF_REQUEST_CANCEL on_cancel;
static EVT_WDF_OBJECT_CONTEXT_CLEANUP on_device_cleanup;

struct device_context {
    WCHAR link[256]; /* The interface's name, as an application sees it. */
    SRWLOCK lock;
    HANDLE
    threads[64]; /* Those that were started last; all are waited for before the module goes. */
    unsigned next;
};
WDF_DECLARE_CONTEXT_TYPE_WITH_NAME(device_context, get_context)

#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            return __LINE__;                                                                       \
        }                                                                                          \
    } while (0)

static DWORD WINAPI
set_after_get(LPVOID parameter)
{
    HANDLE *events = static_cast<HANDLE *>(parameter);

    if (WaitForSingleObject(events[0], INFINITE) != WAIT_OBJECT_0) {
        return 1;
    }
    SetLastError(1234);
    SetEvent(events[1]);
    return 7;
}

static unsigned
check_events(void)
{
    HANDLE events[2] = {CreateEvent(NULL, FALSE, FALSE, NULL),
                        CreateEvent(NULL, TRUE, FALSE, NULL)};
    DWORD id = 0, code = 0;
    HANDLE thread;

    CHECK(events[0] != NULL && events[1] != NULL);
    SetLastError(0);
    thread = CreateThread(NULL, 0, set_after_get, events, 0, &id);
    CHECK(thread != NULL && id != 0 && GetThreadId(thread) == id && id != GetCurrentThreadId());
    CHECK(WaitForSingleObject(events[1], 0) == WAIT_TIMEOUT);
    CHECK(SetEvent(events[0]));
    CHECK(WaitForSingleObject(events[1], INFINITE) == WAIT_OBJECT_0);
    CHECK(GetLastError() == 0);
    CHECK(WaitForSingleObject(thread, INFINITE) == WAIT_OBJECT_0);
    CHECK(GetExitCodeThread(thread, &code) && code == 7);
    CHECK(CloseHandle(thread) && CloseHandle(events[0]) && CloseHandle(events[1]));
    CHECK(!CloseHandle(events[0]) && GetLastError() == ERROR_INVALID_HANDLE);
    return 0;
}

struct counted {
    SRWLOCK lock;
    CONDITION_VARIABLE changed;
    unsigned value;
    LONG readers;
};

static DWORD WINAPI
count_up(LPVOID parameter)
{
    counted *shared = static_cast<counted *>(parameter);

    for (unsigned i = 0; i < 100; i++) {
        AcquireSRWLockExclusive(&shared->lock);
        shared->value++;
        ReleaseSRWLockExclusive(&shared->lock);
        AcquireSRWLockShared(&shared->lock);
        InterlockedIncrement(&shared->readers);
        ReleaseSRWLockShared(&shared->lock);
        WakeAllConditionVariable(&shared->changed);
    }
    return 0;
}

static unsigned
check_slim_locks(void)
{
    counted shared = {SRWLOCK_INIT, CONDITION_VARIABLE_INIT, 0, 0};
    HANDLE threads[3];

    for (HANDLE &thread : threads) {
        thread = CreateThread(NULL, 0, count_up, &shared, 0, NULL);
        CHECK(thread != NULL);
    }
    AcquireSRWLockExclusive(&shared.lock);
    while (shared.value < 300) {
        CHECK(SleepConditionVariableSRW(&shared.changed, &shared.lock, INFINITE, 0));
    }
    CHECK(!TryAcquireSRWLockShared(&shared.lock));
    ReleaseSRWLockExclusive(&shared.lock);
    CHECK(WaitForMultipleObjects(3, threads, TRUE, INFINITE) == WAIT_OBJECT_0);
    CHECK(shared.readers == 300);
    AcquireSRWLockExclusive(&shared.lock);
    CHECK(!SleepConditionVariableSRW(&shared.changed, &shared.lock, 1, 0));
    CHECK(GetLastError() == ERROR_TIMEOUT);
    ReleaseSRWLockExclusive(&shared.lock);
    for (HANDLE thread : threads) {
        CHECK(CloseHandle(thread));
    }
    return 0;
}

static VOID CALLBACK
on_work(PTP_CALLBACK_INSTANCE, PVOID context, PTP_WORK)
{
    InterlockedIncrement(static_cast<LONG *>(context));
}

static BOOL CALLBACK
initialize(PINIT_ONCE, PVOID parameter, PVOID *context)
{
    InterlockedIncrement(static_cast<LONG *>(parameter));
    *context = parameter;
    return TRUE;
}

static VOID CALLBACK
on_wait(PVOID context, BOOLEAN timed_out)
{
    InterlockedAdd(static_cast<LONG *>(context), timed_out ? 100 : 1);
}

static unsigned
check_pool(void)
{
    LONG runs = 0;
    PTP_WORK work = CreateThreadpoolWork(on_work, &runs, NULL);
    INIT_ONCE once = INIT_ONCE_STATIC_INIT;
    HANDLE event = CreateEvent(NULL, FALSE, FALSE, NULL);
    HANDLE wait = NULL;
    PVOID context = NULL;

    CHECK(work != NULL && event != NULL);
    for (unsigned i = 0; i < 20; i++) {
        SubmitThreadpoolWork(work);
    }
    WaitForThreadpoolWorkCallbacks(work, FALSE);
    CHECK(runs == 20);
    CloseThreadpoolWork(work);

    runs = 0;
    CHECK(InitOnceExecuteOnce(&once, initialize, &runs, &context) && context == &runs);
    CHECK(InitOnceExecuteOnce(&once, initialize, &runs, &context) && runs == 1);

    runs = 0;
    CHECK(RegisterWaitForSingleObject(&wait, event, on_wait, &runs, INFINITE, WT_EXECUTEONLYONCE));
    CHECK(SetEvent(event));
    while (InterlockedCompareExchange(&runs, 0, 0) == 0) {
        Sleep(1);
    }
    CHECK(runs == 1);
    CHECK(UnregisterWaitEx(wait, INVALID_HANDLE_VALUE));
    CHECK(RegisterWaitForSingleObject(&wait, event, on_wait, &runs, INFINITE, WT_EXECUTEDEFAULT));
    CHECK(UnregisterWaitEx(wait, INVALID_HANDLE_VALUE));
    CHECK(runs == 1);
    CHECK(CloseHandle(event));
    return 0;
}

static VOID CALLBACK
on_timer(PTP_CALLBACK_INSTANCE, PVOID context, PTP_TIMER)
{
    SetEvent(static_cast<HANDLE>(context));
}

static unsigned
check_timers(void)
{
    HANDLE event = CreateEvent(NULL, FALSE, FALSE, NULL);
    HANDLE waitable = CreateWaitableTimer(NULL, TRUE, NULL);
    PTP_TIMER timer = CreateThreadpoolTimer(on_timer, event, NULL);
    ULONGLONG before = GetTickCount64();
    LARGE_INTEGER due;
    FILETIME soon;

    CHECK(event != NULL && waitable != NULL && timer != NULL);
    due.QuadPart = -20 * 10000;
    soon.dwLowDateTime = due.LowPart;
    soon.dwHighDateTime = (DWORD)due.HighPart;
    SetThreadpoolTimer(timer, &soon, 0, 0);
    CHECK(WaitForSingleObject(event, INFINITE) == WAIT_OBJECT_0);
    CHECK(GetTickCount64() - before >= 19);
    CHECK(!IsThreadpoolTimerSet(timer));
    SetThreadpoolTimer(timer, &soon, 0, 0);
    SetThreadpoolTimer(timer, NULL, 0, 0);
    WaitForThreadpoolTimerCallbacks(timer, TRUE);
    CloseThreadpoolTimer(timer);

    CHECK(SetWaitableTimer(waitable, &due, 0, NULL, NULL, FALSE));
    CHECK(WaitForSingleObject(waitable, INFINITE) == WAIT_OBJECT_0);
    CHECK(WaitForSingleObject(waitable, 0) == WAIT_OBJECT_0); /* Manual reset. */
    due.QuadPart = -3600ll * 10000000;
    CHECK(SetWaitableTimer(waitable, &due, 0, NULL, NULL, FALSE));
    CHECK(WaitForSingleObject(waitable, 1) == WAIT_TIMEOUT);
    CHECK(CancelWaitableTimer(waitable));
    CHECK(CloseHandle(waitable) && CloseHandle(event));
    return 0;
}

static DWORD slot;

static DWORD WINAPI
own_slot(LPVOID)
{
    if (TlsGetValue(slot) != NULL) {
        return 1;
    }
    TlsSetValue(slot, &slot);
    return TlsGetValue(slot) == &slot ? 0 : 2;
}

static unsigned
check_local(void)
{
    CRITICAL_SECTION section;
    DWORD code = 99;
    HANDLE thread;
    char *pages;

    slot = TlsAlloc();
    CHECK(slot != TLS_OUT_OF_INDEXES);
    CHECK(TlsSetValue(slot, &code));
    thread = CreateThread(NULL, 0, own_slot, NULL, 0, NULL);
    CHECK(thread != NULL && WaitForSingleObject(thread, INFINITE) == WAIT_OBJECT_0);
    CHECK(GetExitCodeThread(thread, &code) && code == 0);
    CHECK(TlsGetValue(slot) == &code && TlsFree(slot));
    CHECK(CloseHandle(thread));

    InitializeCriticalSection(&section);
    EnterCriticalSection(&section);
    CHECK(TryEnterCriticalSection(&section));
    LeaveCriticalSection(&section);
    LeaveCriticalSection(&section);
    DeleteCriticalSection(&section);

    pages =
        static_cast<char *>(VirtualAlloc(NULL, 10000, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE));
    CHECK(pages != NULL && pages[0] == 0 && pages[9999] == 0);
    pages[9999] = 1;
    CHECK(VirtualFree(pages, 0, MEM_RELEASE));
    CHECK(!VirtualFree(pages, 0, MEM_RELEASE));
    return 0;
}

static unsigned
check_text(void)
{
    WCHAR wide[32], *rest = NULL;
    char narrow[32];

    CHECK(SUCCEEDED(StringCchPrintfW(wide, ARRAYSIZE(wide), L"%s-%u-%S", L"a", 7u, "b")));
    CHECK(wcscmp(wide, L"a-7-b") == 0);
    CHECK(StringCchCopyW(wide, 3, L"abcdef") == STRSAFE_E_INSUFFICIENT_BUFFER);
    CHECK(WideCharToMultiByte(CP_UTF8, 0, L"\u00e9", -1, narrow, sizeof(narrow), NULL, NULL) == 3);
    CHECK(wcstoul(L"0x10 ", &rest, 0) == 16 && *rest == L' ');
    CHECK(swprintf_s(wide, L"%ld", 0xffffffffu) == 2 && wcscmp(wide, L"-1") == 0);
    CHECK(reinterpret_cast<PVOID>(GetProcAddress(GetModuleHandleW(L"kernel32.dll"), "SetEvent")) ==
          reinterpret_cast<PVOID>(&SetEvent));
    CHECK(GetProcAddress(GetModuleHandleW(NULL), "NoSuchFunction") == NULL);
    return 0;
}

/* A driver is an application of other devices; this one's is the nearest. */
static unsigned
check_open_itself(device_context *context)
{
    HANDLE plain =
        CreateFileW(context->link, GENERIC_READ | GENERIC_WRITE, 0, NULL, OPEN_EXISTING, 0, NULL);
    HANDLE file = CreateFileW(context->link, GENERIC_READ | GENERIC_WRITE, 0, NULL, OPEN_EXISTING,
                              FILE_FLAG_OVERLAPPED, NULL);
    HANDLE event = CreateEvent(NULL, TRUE, FALSE, NULL);
    OVERLAPPED overlapped = {};
    DWORD value = 42, answer = 0, bytes = 0;

    CHECK(plain != INVALID_HANDLE_VALUE && file != INVALID_HANDLE_VALUE && event != NULL);
    CHECK(DeviceIoControl(plain, IOCTL_TEST_ECHO, &value, sizeof(value), &answer, sizeof(answer),
                          &bytes, NULL));
    CHECK(bytes == sizeof(answer) && answer == value);
    CHECK(DeviceIoControl(plain, IOCTL_TEST_WHO, NULL, 0, &answer, sizeof(answer), &bytes, NULL));
    CHECK(answer == 3);

    overlapped.hEvent = event;
    answer = 0;
    CHECK(!DeviceIoControl(file, IOCTL_TEST_ECHO, &value, sizeof(value), &answer, sizeof(answer),
                           NULL, &overlapped) &&
          GetLastError() == ERROR_IO_PENDING);
    CHECK(GetOverlappedResult(file, &overlapped, &bytes, TRUE) && answer == value);

    ResetEvent(event);
    CHECK(!DeviceIoControl(file, IOCTL_TEST_HOLD, NULL, 0, NULL, 0, NULL, &overlapped) &&
          GetLastError() == ERROR_IO_PENDING);
    CHECK(WaitForSingleObject(event, 1) == WAIT_TIMEOUT);
    while (!CancelIoEx(file, &overlapped)) {
        CHECK(GetLastError() == ERROR_NOT_FOUND);
        Sleep(1);
    }
    CHECK(!GetOverlappedResult(file, &overlapped, &bytes, TRUE));
    CHECK(GetLastError() == ERROR_OPERATION_ABORTED);

    /* Closing cancels what is under way. */
    CHECK(!DeviceIoControl(file, IOCTL_TEST_HOLD, NULL, 0, NULL, 0, NULL, &overlapped));
    CHECK(CloseHandle(file));
    CHECK(static_cast<LONG>(overlapped.Internal) == STATUS_CANCELLED);
    CHECK(CloseHandle(plain) && CloseHandle(event));
    CHECK(CreateFileW(L"\\\\.\\NoSuchDevice", GENERIC_READ, 0, NULL, OPEN_EXISTING, 0, NULL) ==
              INVALID_HANDLE_VALUE &&
          GetLastError() == ERROR_FILE_NOT_FOUND);
    return 0;
}

static VOID
while_impersonating(WDFREQUEST, PVOID context)
{
    *static_cast<DWORD *>(context) = GetCurrentThreadId();
}

/* What only UMDF's table has. */
static unsigned
check_framework(WDFREQUEST request, device_context *context)
{
    static const DEVPROPKEY key = {{0x1d2c3b4a, 0x1111, 0x2222, {0, 1, 2, 3, 4, 5, 6, 7}}, 2};
    static const GUID event = {0x5a5a5a5a, 1, 2, {3, 4, 5, 6, 7, 8, 9, 10}};
    WDFDEVICE device = static_cast<WDFDEVICE>(WdfObjectContextGetObject(context));
    WDF_DEVICE_INTERFACE_PROPERTY_DATA data;
    WDF_DEVICE_IO_TYPE transfers, controls;
    WDFMEMORY memory = NULL;
    DEVPROPTYPE type = 0;
    ULONG value = 77, answer = 0, length = 0;
    DWORD thread = 0;
    BYTE bytes[3] = {1, 2, 3};

    WDF_DEVICE_INTERFACE_PROPERTY_DATA_INIT(&data, &test_guid, &key);
    CHECK(WdfDeviceQueryInterfaceProperty(device, &data, sizeof(answer), &answer, &length, &type) ==
          STATUS_OBJECT_NAME_NOT_FOUND);
    CHECK(NT_SUCCESS(WdfDeviceAssignInterfaceProperty(device, &data, DEVPROP_TYPE_UINT32,
                                                      sizeof(value), &value)));
    CHECK(WdfDeviceQueryInterfaceProperty(device, &data, 1, &answer, &length, &type) ==
          STATUS_BUFFER_TOO_SMALL);
    CHECK(length == sizeof(value));
    CHECK(NT_SUCCESS(
        WdfDeviceQueryInterfaceProperty(device, &data, sizeof(answer), &answer, &length, &type)));
    CHECK(answer == value && type == DEVPROP_TYPE_UINT32);
    CHECK(NT_SUCCESS(WdfDeviceAllocAndQueryInterfaceProperty(
        device, &data, PagedPool, WDF_NO_OBJECT_ATTRIBUTES, &memory, &type)));
    CHECK(*static_cast<ULONG *>(WdfMemoryGetBuffer(memory, NULL)) == value);
    WdfObjectDelete(memory);
    data.InterfaceClassGUID = &event;
    CHECK(WdfDeviceAssignInterfaceProperty(device, &data, DEVPROP_TYPE_UINT32, sizeof(value),
                                           &value) == STATUS_OBJECT_NAME_NOT_FOUND);
    data.Size = 1;
    CHECK(WdfDeviceAssignInterfaceProperty(device, &data, DEVPROP_TYPE_UINT32, sizeof(value),
                                           &value) == STATUS_INFO_LENGTH_MISMATCH);

    WdfDeviceGetDeviceStackIoType(device, &transfers, &controls);
    CHECK(transfers == WdfDeviceIoBuffered);
    CHECK(WdfRequestGetEffectiveIoType(request) == WdfDeviceIoBuffered);
    CHECK(NT_SUCCESS(
        WdfRequestImpersonate(request, SecurityImpersonation, while_impersonating, &thread)));
    CHECK(thread == GetCurrentThreadId());
    CHECK(WdfRequestImpersonate(request, static_cast<SECURITY_IMPERSONATION_LEVEL>(9),
                                while_impersonating, &thread) == STATUS_INVALID_PARAMETER);
    CHECK(NT_SUCCESS(WdfDevicePostEvent(device, event, WdfEventBroadcast, bytes, sizeof(bytes))));
    CHECK(WdfDevicePostEvent(device, event, WdfEventReserved, bytes, sizeof(bytes)) ==
          STATUS_INVALID_PARAMETER);
    return 0;
}

struct job {
    WDFREQUEST request;
    device_context *context;
    ULONG code;
};

static DWORD WINAPI
run_job(LPVOID parameter)
{
    job work = *static_cast<job *>(parameter);
    unsigned *input = NULL, *output = NULL, number, result = 0;
    NTSTATUS status;

    HeapFree(GetProcessHeap(), 0, parameter);
    status = WdfRequestRetrieveInputBuffer(work.request, sizeof(*input),
                                           reinterpret_cast<PVOID *>(&input), NULL);
    if (NT_SUCCESS(status)) {
        status = WdfRequestRetrieveOutputBuffer(work.request, sizeof(*output),
                                                reinterpret_cast<PVOID *>(&output), NULL);
    }
    if (!NT_SUCCESS(status)) {
        WdfRequestComplete(work.request, status);
        return 0;
    }
    number = *input;
    if (work.code == IOCTL_TEST_ECHO) {
        result = number;
    } else {
        switch (number) {
        case UMDF_TEST_EVENTS:
            result = check_events();
            break;
        case UMDF_TEST_SLIM_LOCKS:
            result = check_slim_locks();
            break;
        case UMDF_TEST_POOL:
            result = check_pool();
            break;
        case UMDF_TEST_TIMERS:
            result = check_timers();
            break;
        case UMDF_TEST_LOCAL:
            result = check_local();
            break;
        case UMDF_TEST_TEXT:
            result = check_text();
            break;
        case UMDF_TEST_OPEN_ITSELF:
            result = check_open_itself(work.context);
            break;
        case UMDF_TEST_FRAMEWORK:
            result = check_framework(work.request, work.context);
            break;
        default:
            result = ~0u;
            break;
        }
    }
    *output = result;
    WdfRequestCompleteWithInformation(work.request, STATUS_SUCCESS, sizeof(*output));
    return 0;
}

static void
end_thread(HANDLE thread)
{
    if (thread != NULL) {
        WaitForSingleObject(thread, INFINITE);
        CloseHandle(thread);
    }
}

static void
keep_thread(device_context *context, HANDLE thread)
{
    HANDLE old;
    unsigned index;

    AcquireSRWLockExclusive(&context->lock);
    index = context->next++ % ARRAYSIZE(context->threads);
    old = context->threads[index];
    context->threads[index] = thread;
    ReleaseSRWLockExclusive(&context->lock);
    end_thread(old);
}

static VOID
on_device_cleanup(WDFOBJECT device)
{
    for (HANDLE thread : get_context(device)->threads) {
        end_thread(thread);
    }
}

static VOID
on_cancel(WDFREQUEST request)
{
    WdfRequestComplete(request, STATUS_CANCELLED);
}

static VOID
on_control(WDFQUEUE queue, WDFREQUEST request, size_t, size_t, ULONG code)
{
    NTSTATUS status = STATUS_INVALID_DEVICE_REQUEST;
    unsigned *output = NULL;

    if (code == IOCTL_TEST_HOLD) {
        status = WdfRequestMarkCancelableEx(request, on_cancel);
        if (NT_SUCCESS(status)) {
            return;
        }
    } else if (code == IOCTL_TEST_VERSION) {
        status = WdfRequestRetrieveOutputBuffer(request, sizeof(*output),
                                                reinterpret_cast<PVOID *>(&output), NULL);
        if (NT_SUCCESS(status)) {
            *output = UMDF_VERSION_MINOR;
            WdfRequestCompleteWithInformation(request, status, sizeof(*output));
            return;
        }
    } else if (code == IOCTL_TEST_WHO) {
        status = WdfRequestRetrieveOutputBuffer(request, sizeof(*output),
                                                reinterpret_cast<PVOID *>(&output), NULL);
        if (NT_SUCCESS(status)) {
            *output = (WdfRequestIsFromUserModeDriver(request) ? 1u : 0u) |
                      (WdfRequestGetUserModeDriverInitiatedIo(request) ? 2u : 0u);
            WdfRequestCompleteWithInformation(request, status, sizeof(*output));
            return;
        }
    } else if (code == IOCTL_HID_GET_COLLECTION_INFORMATION) {
        HID_COLLECTION_INFORMATION *information = NULL;

        status = WdfRequestRetrieveOutputBuffer(request, sizeof(*information),
                                                reinterpret_cast<PVOID *>(&information), NULL);
        if (NT_SUCCESS(status)) {
            *information = {};
            information->VendorID = 0x1234;
            information->ProductID = 0x5678;
            information->VersionNumber = 0x0102;
            WdfRequestCompleteWithInformation(request, status, sizeof(*information));
            return;
        }
    } else if (code == IOCTL_HID_GET_FEATURE) {
        UCHAR *id = NULL, *report = NULL;

        /* The report's id is what comes in. */
        status = WdfRequestRetrieveInputBuffer(request, 1, reinterpret_cast<PVOID *>(&id), NULL);
        if (NT_SUCCESS(status)) {
            status = WdfRequestRetrieveOutputBuffer(request, 2, reinterpret_cast<PVOID *>(&report),
                                                    NULL);
        }
        if (NT_SUCCESS(status)) {
            report[1] = static_cast<UCHAR>(*id + 1);
            WdfRequestCompleteWithInformation(request, status, 2);
            return;
        }
    } else if (code == IOCTL_TEST_RUN || code == IOCTL_TEST_ECHO) {
        job *work =
            static_cast<job *>(HeapAlloc(GetProcessHeap(), HEAP_ZERO_MEMORY, sizeof(*work)));
        HANDLE thread = NULL;

        if (work != NULL) {
            *work = {request, get_context(WdfIoQueueGetDevice(queue)), code};
            thread = CreateThread(NULL, 0, run_job, work, 0, NULL);
        }
        if (thread != NULL) {
            keep_thread(get_context(WdfIoQueueGetDevice(queue)), thread);
            return;
        }
        HeapFree(GetProcessHeap(), 0, work);
        status = STATUS_INSUFFICIENT_RESOURCES;
    }
    WdfRequestComplete(request, status);
}

static NTSTATUS
on_device_add(WDFDRIVER, PWDFDEVICE_INIT init)
{
    WDF_OBJECT_ATTRIBUTES attributes;
    WDF_IO_QUEUE_CONFIG config;
    device_context *context;
    WDFDEVICE device;
    WDFSTRING string;
    UNICODE_STRING link;
    NTSTATUS status;

    WDF_OBJECT_ATTRIBUTES_INIT_CONTEXT_TYPE(&attributes, device_context);
    attributes.EvtCleanupCallback = on_device_cleanup;
    status = WdfDeviceCreate(&init, &attributes, &device);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    WDF_IO_QUEUE_CONFIG_INIT_DEFAULT_QUEUE(&config, WdfIoQueueDispatchParallel);
    config.EvtIoDeviceControl = on_control;
    status = WdfIoQueueCreate(device, &config, WDF_NO_OBJECT_ATTRIBUTES, WDF_NO_HANDLE);
    if (NT_SUCCESS(status)) {
        status = WdfDeviceCreateDeviceInterface(device, &test_guid, NULL);
    }
    if (NT_SUCCESS(status)) {
        status = WdfStringCreate(NULL, WDF_NO_OBJECT_ATTRIBUTES, &string);
    }
    if (NT_SUCCESS(status)) {
        status = WdfDeviceRetrieveDeviceInterfaceString(device, &test_guid, NULL, string);
        if (NT_SUCCESS(status)) {
            WdfStringGetUnicodeString(string, &link);
            context = get_context(device);
            memcpy(context->link, link.Buffer, link.Length);
            /* A kernel name becomes an application's: \??\X is \\?\X there. */
            if (context->link[0] == L'\\' && context->link[1] == L'?') {
                context->link[1] = L'\\';
            }
        }
        WdfObjectDelete(string);
    }
    return status;
}

NTSTATUS
DriverEntry(PDRIVER_OBJECT driver_object, PUNICODE_STRING registry_path)
{
    WDF_DRIVER_CONFIG config;

    WDF_DRIVER_CONFIG_INIT(&config, on_device_add);
    return WdfDriverCreate(driver_object, registry_path, WDF_NO_OBJECT_ATTRIBUTES, &config,
                           WDF_NO_HANDLE);
}

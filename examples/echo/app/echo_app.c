/* SPDX-License-Identifier: MIT */
/*
 * Talks to the echo device: finds it by its interface, writes a message, reads it back, has it
 * reversed, waits for a message that another open connection writes, and gives up such a wait.
 *
 * Win32 calls only: the same source builds on Windows.
 */
#include <windows.h>
#include <initguid.h>
#include <winioctl.h>
#include <cfgmgr32.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../public.h"

static void
die(const char *what)
{
    fprintf(stderr, "echo_app: %s failed: error %u\n", what, (unsigned)GetLastError());
    exit(1);
}

/* The first echo device's path, or the program ends. */
static const WCHAR *
find_device(void)
{
    static WCHAR paths[1024];
    CONFIGRET result;

    result = CM_Get_Device_Interface_ListW((LPGUID)&GUID_DEVINTERFACE_OPENWDF_ECHO, NULL, paths,
                                           sizeof(paths) / sizeof(paths[0]),
                                           CM_GET_DEVICE_INTERFACE_LIST_PRESENT);
    if (result != CR_SUCCESS || paths[0] == 0) {
        fprintf(stderr, "echo_app: no echo device is started\n");
        exit(1);
    }
    return paths;
}

static HANDLE
open_device(const WCHAR *path, DWORD flags)
{
    HANDLE device =
        CreateFileW(path, GENERIC_READ | GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL,
                    OPEN_EXISTING, flags, NULL);

    if (device == INVALID_HANDLE_VALUE) {
        die("CreateFile");
    }
    return device;
}

static void
write_and_read_back(HANDLE device, const char *message)
{
    char answer[256] = {0};
    DWORD length = 0;

    if (!WriteFile(device, message, (DWORD)strlen(message), &length, NULL)) {
        die("WriteFile");
    }
    printf("wrote    \"%s\" (%u bytes)\n", message, (unsigned)length);
    if (!ReadFile(device, answer, sizeof(answer) - 1, &length, NULL)) {
        die("ReadFile");
    }
    printf("read     \"%.*s\" (%u bytes)\n", (int)length, answer, (unsigned)length);

    if (!DeviceIoControl(device, IOCTL_ECHO_REVERSE, (void *)message, (DWORD)strlen(message),
                         answer, sizeof(answer), &length, NULL)) {
        die("IOCTL_ECHO_REVERSE");
    }
    printf("reversed \"%.*s\"\n", (int)length, answer);
}

/* Starts a wait on one connection; a write on another ends it. */
static void
wait_for_message(const WCHAR *path, HANDLE writer)
{
    HANDLE waiter = open_device(path, FILE_FLAG_OVERLAPPED);
    OVERLAPPED overlapped = {0};
    ULONG message_length = 0;
    DWORD length = 0;

    overlapped.hEvent = CreateEventW(NULL, TRUE, FALSE, NULL);
    if (!DeviceIoControl(waiter, IOCTL_ECHO_WAIT_FOR_MESSAGE, NULL, 0, &message_length,
                         sizeof(message_length), NULL, &overlapped) &&
        GetLastError() != ERROR_IO_PENDING) {
        die("IOCTL_ECHO_WAIT_FOR_MESSAGE");
    }
    printf("waiting  for a message: the request is pending in the driver's manual queue\n");
    if (!WriteFile(writer, "ping", 4, &length, NULL)) {
        die("WriteFile");
    }
    if (!GetOverlappedResult(waiter, &overlapped, &length, TRUE)) {
        die("GetOverlappedResult");
    }
    printf("woken    by a message of %u bytes\n", (unsigned)message_length);

    /* Once more, but this time we lose patience. */
    ResetEvent(overlapped.hEvent);
    if (!DeviceIoControl(waiter, IOCTL_ECHO_WAIT_FOR_MESSAGE, NULL, 0, &message_length,
                         sizeof(message_length), NULL, &overlapped) &&
        GetLastError() != ERROR_IO_PENDING) {
        die("IOCTL_ECHO_WAIT_FOR_MESSAGE");
    }
    CancelIoEx(waiter, &overlapped);
    if (GetOverlappedResult(waiter, &overlapped, &length, TRUE) ||
        GetLastError() != ERROR_OPERATION_ABORTED) {
        die("cancellation");
    }
    printf("cancelled the second wait: ERROR_OPERATION_ABORTED\n");
    CloseHandle(overlapped.hEvent);
    CloseHandle(waiter);
}

/* Crashes the driver while a request is pending in it, and shows what both callers see. */
static void
crash(const WCHAR *path, HANDLE device)
{
    HANDLE waiter = open_device(path, FILE_FLAG_OVERLAPPED);
    OVERLAPPED overlapped = {0};
    ULONG message_length;
    DWORD length = 0;

    overlapped.hEvent = CreateEventW(NULL, TRUE, FALSE, NULL);
    DeviceIoControl(waiter, IOCTL_ECHO_WAIT_FOR_MESSAGE, NULL, 0, &message_length,
                    sizeof(message_length), NULL, &overlapped);
    if (DeviceIoControl(device, IOCTL_ECHO_CRASH, NULL, 0, NULL, 0, &length, NULL)) {
        die("IOCTL_ECHO_CRASH did not crash, which");
    }
    printf("crashed  the driver: the call failed with error %u\n", (unsigned)GetLastError());
    if (!GetOverlappedResult(waiter, &overlapped, &length, TRUE)) {
        printf("crashed  the request that was waiting failed with error %u (%s)\n",
               (unsigned)GetLastError(),
               GetLastError() == ERROR_DRIVER_PROCESS_TERMINATED ? "ERROR_DRIVER_PROCESS_TERMINATED"
                                                                 : "unexpected");
    }
    CloseHandle(overlapped.hEvent);
    CloseHandle(waiter);
}

int
main(int argc, char **argv)
{
    const WCHAR *path = find_device();
    HANDLE device = open_device(path, 0);

    if (argc > 1 && strcmp(argv[1], "--crash") == 0) {
        crash(path, device);
    } else {
        write_and_read_back(device, argc > 1 ? argv[1] : "Hello, driver");
        wait_for_message(path, device);
    }
    CloseHandle(device);
    return 0;
}

/* SPDX-License-Identifier: MIT */
/* Error texts, and output for a debugger. */
#include "win32/object.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openwdf/client.h>

#include "win32/error.h"

/* Texts of the errors that applications of devices meet; others get their name or number. */
static const struct {
    DWORD error;
    const char *text;
} texts[] = {
    {ERROR_SUCCESS, "The operation completed successfully."},
    {ERROR_INVALID_FUNCTION, "The device does not know this request."},
    {ERROR_FILE_NOT_FOUND, "There is no such file or device."},
    {ERROR_PATH_NOT_FOUND, "The path leads nowhere."},
    {ERROR_ACCESS_DENIED, "Access is denied."},
    {ERROR_INVALID_HANDLE, "The handle is not valid."},
    {ERROR_NOT_ENOUGH_MEMORY, "There is not enough memory."},
    {ERROR_NOT_READY, "The device is not ready."},
    {ERROR_GEN_FAILURE, "The device does not function."},
    {ERROR_NOT_SUPPORTED, "The request is not supported."},
    {ERROR_INVALID_PARAMETER, "A parameter is not correct."},
    {ERROR_INSUFFICIENT_BUFFER, "The buffer passed is too small."},
    {ERROR_BUSY, "The device is in use."},
    {ERROR_MORE_DATA, "There is more data."},
    {ERROR_IO_PENDING, "The request is under way."},
    {ERROR_IO_INCOMPLETE, "The request has not ended yet."},
    {ERROR_OPERATION_ABORTED, "The request was cancelled."},
    {ERROR_NOT_FOUND, "It was not found."},
    {ERROR_DRIVER_PROCESS_TERMINATED, "The driver's host process has ended."},
    {WAIT_TIMEOUT, "The wait timed out."},
};

void
w32_describe(uint32_t error, char text[W32_ERROR_TEXT])
{
    size_t i;
    const char *name;

    for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        if (texts[i].error == error) {
            snprintf(text, W32_ERROR_TEXT, "%s\r\n", texts[i].text);
            return;
        }
    }
    name = owdf_win32_name(error);
    if (name != NULL) {
        snprintf(text, W32_ERROR_TEXT, "%s (%u)\r\n", name, error);
    } else {
        snprintf(text, W32_ERROR_TEXT, "Error %u (0x%08x)\r\n", error, error);
    }
}

VOID
OutputDebugStringA(LPCSTR lpOutputString)
{
    fputs(lpOutputString, stderr);
}

VOID
OutputDebugStringW(LPCWSTR lpOutputString)
{
    char *text = w32_utf8(lpOutputString);

    if (text != NULL) {
        OutputDebugStringA(text);
        free(text);
    }
}

VOID
DebugBreak(VOID)
{
    raise(SIGTRAP);
}

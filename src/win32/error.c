/* SPDX-License-Identifier: MIT */
/* Error texts, and output for a debugger. */
#include "win32/object.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openwdf/client.h>

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

static void
describe(DWORD error, char text[160])
{
    size_t i;
    const char *name;

    for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        if (texts[i].error == error) {
            snprintf(text, 160, "%s\r\n", texts[i].text);
            return;
        }
    }
    name = owdf_win32_name(error);
    if (name != NULL) {
        snprintf(text, 160, "%s (%u)\r\n", name, error);
    } else {
        snprintf(text, 160, "Error %u (0x%08x)\r\n", error, error);
    }
}

/* Only system messages, without inserts: that is all this library has texts for. */
static bool
message(DWORD flags, DWORD error, char text[160])
{
    if ((flags & FORMAT_MESSAGE_FROM_SYSTEM) == 0) {
        return w32_fail(ERROR_NOT_SUPPORTED);
    }
    describe(error, text);
    return true;
}

DWORD
FormatMessageA(DWORD dwFlags, LPCVOID lpSource, DWORD dwMessageId, DWORD dwLanguageId,
               LPSTR lpBuffer, DWORD nSize, va_list *Arguments)
{
    char text[160];
    size_t length;

    (void)lpSource;
    (void)dwLanguageId;
    (void)Arguments;
    if (!message(dwFlags, dwMessageId, text)) {
        return 0;
    }
    length = strlen(text);
    if ((dwFlags & FORMAT_MESSAGE_ALLOCATE_BUFFER) != 0) {
        *(char **)(void *)lpBuffer = strdup(text);
        return (DWORD)length;
    }
    if (length >= nSize) {
        return (DWORD)w32_fail(ERROR_INSUFFICIENT_BUFFER);
    }
    memcpy(lpBuffer, text, length + 1);
    return (DWORD)length;
}

DWORD
FormatMessageW(DWORD dwFlags, LPCVOID lpSource, DWORD dwMessageId, DWORD dwLanguageId,
               LPWSTR lpBuffer, DWORD nSize, va_list *Arguments)
{
    char text[160];
    WCHAR *wide;
    DWORD length;

    (void)lpSource;
    (void)dwLanguageId;
    (void)Arguments;
    if (!message(dwFlags, dwMessageId, text)) {
        return 0;
    }
    wide = w32_wide(text);
    if (wide == NULL) {
        return (DWORD)w32_fail(ERROR_NOT_ENOUGH_MEMORY);
    }
    length = (DWORD)lstrlenW(wide);
    if ((dwFlags & FORMAT_MESSAGE_ALLOCATE_BUFFER) != 0) {
        *(WCHAR **)(void *)lpBuffer = wide;
        return length;
    }
    if (length >= nSize) {
        length = (DWORD)w32_fail(ERROR_INSUFFICIENT_BUFFER);
    } else {
        memcpy(lpBuffer, wide, (length + 1) * sizeof(WCHAR));
    }
    free(wide);
    return length;
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

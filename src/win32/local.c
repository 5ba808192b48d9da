/* SPDX-License-Identifier: MIT */
/* Thread-local and fiber-local slots. There are no fibers: both are a thread's. */
#include "win32/object.h"

#include <stdlib.h>
#include <string.h>

/* Under w32_dispatcher. */
static bool used[W32_TLS_SLOTS];
static PFLS_CALLBACK_FUNCTION callbacks[W32_TLS_SLOTS]; /* Of fiber-local ones. */

static DWORD
slot_alloc(PFLS_CALLBACK_FUNCTION callback)
{
    DWORD index;

    sys_lock_acquire(&w32_dispatcher);
    for (index = 0; index < W32_TLS_SLOTS && used[index]; index++) {
    }
    if (index < W32_TLS_SLOTS) {
        used[index] = true;
        callbacks[index] = callback;
    }
    sys_lock_release(&w32_dispatcher);
    if (index == W32_TLS_SLOTS) {
        w32_fail(ERROR_NO_SYSTEM_RESOURCES);
        return TLS_OUT_OF_INDEXES;
    }
    w32_thread()->tls[index] = NULL;
    return index;
}

static BOOL
slot_free(DWORD index)
{
    BOOL known = FALSE;

    sys_lock_acquire(&w32_dispatcher);
    if (index < W32_TLS_SLOTS && used[index]) {
        used[index] = false;
        callbacks[index] = NULL;
        known = TRUE;
    }
    sys_lock_release(&w32_dispatcher);
    return known ? TRUE : w32_fail(ERROR_INVALID_PARAMETER);
}

void
w32_local_end(struct w32_thread_state *thread)
{
    DWORD index;

    for (index = 0; index < W32_TLS_SLOTS; index++) {
        PFLS_CALLBACK_FUNCTION callback;
        LPVOID value = thread->tls[index];

        sys_lock_acquire(&w32_dispatcher);
        callback = callbacks[index];
        sys_lock_release(&w32_dispatcher);
        if (callback != NULL && value != NULL) {
            thread->tls[index] = NULL;
            callback(value);
        }
    }
}

DWORD
TlsAlloc(VOID)
{
    return slot_alloc(NULL);
}

BOOL
TlsFree(DWORD dwTlsIndex)
{
    return slot_free(dwTlsIndex);
}

LPVOID
TlsGetValue(DWORD dwTlsIndex)
{
    if (dwTlsIndex >= W32_TLS_SLOTS) {
        w32_fail(ERROR_INVALID_PARAMETER);
        return NULL;
    }
    SetLastError(ERROR_SUCCESS);
    return w32_thread()->tls[dwTlsIndex];
}

BOOL
TlsSetValue(DWORD dwTlsIndex, LPVOID lpTlsValue)
{
    if (dwTlsIndex >= W32_TLS_SLOTS) {
        return w32_fail(ERROR_INVALID_PARAMETER);
    }
    w32_thread()->tls[dwTlsIndex] = lpTlsValue;
    return TRUE;
}

DWORD
FlsAlloc(PFLS_CALLBACK_FUNCTION lpCallback)
{
    return slot_alloc(lpCallback);
}

BOOL
FlsFree(DWORD dwFlsIndex)
{
    return slot_free(dwFlsIndex);
}

PVOID
FlsGetValue(DWORD dwFlsIndex)
{
    return TlsGetValue(dwFlsIndex);
}

BOOL
FlsSetValue(DWORD dwFlsIndex, PVOID lpFlsData)
{
    return TlsSetValue(dwFlsIndex, lpFlsData);
}

/* SPDX-License-Identifier: MIT */
/* Raising structured exceptions by their Win32 name; <excpt.h> and crt/seh.c have what handles them. */
#include "win32/object.h"

/*
 * Raises an exception on the calling thread; it comes back only where Windows would: never, since no handler can ask
 * to continue (excpt.h).
 */
VOID
RaiseException(DWORD dwExceptionCode, DWORD dwExceptionFlags, DWORD nNumberOfArguments,
               CONST ULONG_PTR *lpArguments)
{
    (void)dwExceptionFlags;
    crt_seh_raise((LONG)dwExceptionCode, __builtin_return_address(0),
                  lpArguments != NULL ? nNumberOfArguments : 0, lpArguments);
}

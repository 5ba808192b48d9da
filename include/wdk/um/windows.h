/* SPDX-License-Identifier: MIT */
/*
 * The part of the Win32 API that applications of drivers use: devices and files, overlapped I/O and
 * completion ports, events and threads, errors, device interfaces. Implemented by libopenwdf-client.
 */
#ifndef _WINDOWS_
#define _WINDOWS_

#ifndef _WIN32_WINNT
#define _WIN32_WINNT 0x0A00
#endif

/* As in the SDK: procedures of windows and dialogs have their parameters. */
#if !defined(NO_STRICT) && !defined(STRICT)
#define STRICT 1
#endif

#include <ctype.h>
#include <stdarg.h>
#include <string.h>
#include <excpt.h>
#include <sdkddkver.h>
#include <windef.h>
#include <winerror.h>
#ifndef ERROR_DRIVER_PROCESS_TERMINATED
#define ERROR_DRIVER_PROCESS_TERMINATED 1291
#endif
/* openwdf_interlocked.h takes signed and unsigned alike. */
#define MICROSOFT_WINDOWS_WINBASE_H_DEFINE_INTERLOCKED_CPLUSPLUS_OVERLOADS 0
#pragma push_macro("InterlockedExchangePointer")
#undef InterlockedExchangePointer
#pragma push_macro("InterlockedCompareExchangePointer")
#undef InterlockedCompareExchangePointer
#pragma push_macro("InterlockedCompareExchangePointerAcquire")
#undef InterlockedCompareExchangePointerAcquire
#pragma push_macro("InterlockedCompareExchangePointerRelease")
#undef InterlockedCompareExchangePointerRelease
#include <winbase.h>
#undef InterlockedExchangePointer
#pragma pop_macro("InterlockedExchangePointer")
#undef InterlockedCompareExchangePointer
#pragma pop_macro("InterlockedCompareExchangePointer")
#undef InterlockedCompareExchangePointerAcquire
#pragma pop_macro("InterlockedCompareExchangePointerAcquire")
#undef InterlockedCompareExchangePointerRelease
#pragma pop_macro("InterlockedCompareExchangePointerRelease")
#include <wingdi.h>
#include <winuser.h>
#include <winnls.h>
#include <wincon.h>
#include <winver.h>
#include <winreg.h>
#ifndef WIN32_LEAN_AND_MEAN
#include <stdlib.h>
#include <winioctl.h>
#endif
#ifndef NOSERVICE
#include <winsvc.h>
#endif

#endif

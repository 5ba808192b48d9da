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

#include <stdarg.h>
#include <string.h>
#include <excpt.h>
#include <sdkddkver.h>
#include <windef.h>
#include <winerror.h>
#ifndef ERROR_DRIVER_PROCESS_TERMINATED
#define ERROR_DRIVER_PROCESS_TERMINATED 1291
#endif
#include <winbase.h>
#include <winreg.h>
#include <winsvc.h>

#endif

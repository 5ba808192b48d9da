/* SPDX-License-Identifier: MIT */
/*
 * The Windows Driver Frameworks. A driver includes it after <ntddk.h> (KMDF) or <windows.h> (UMDF
 * 2).
 *
 * Version: KMDF_VERSION_MAJOR and KMDF_VERSION_MINOR (1.33 when absent), or UMDF_VERSION_MAJOR (2)
 * and UMDF_VERSION_MINOR for a user-mode driver. Structures and functions are those of that
 * version.
 */
#ifndef OWDF_WDF_H
#define OWDF_WDF_H

#ifdef UMDF_VERSION_MAJOR
#if UMDF_VERSION_MAJOR != 2
#error "UMDF_VERSION_MAJOR must be 2: UMDF 1 drivers include wudfddi.h."
#endif
#ifndef UMDF_VERSION_MINOR
#define UMDF_VERSION_MINOR 33
#endif
#undef UMDF_DRIVER
#define UMDF_DRIVER 2
#else
#ifndef KMDF_VERSION_MAJOR
#define KMDF_VERSION_MAJOR 1
#endif
#ifndef KMDF_VERSION_MINOR
#define KMDF_VERSION_MINOR 33
#endif
#if KMDF_VERSION_MAJOR != 1
#error "KMDF_VERSION_MAJOR must be 1."
#endif
#endif

/* Microsoft's compiler takes a T ** for a PVOID * in C, and drivers count on it. */
#if !defined(__cplusplus) && (defined(_KERNEL_MODE) || defined(UMDF_VERSION_MAJOR))
#pragma GCC diagnostic ignored "-Wincompatible-pointer-types"
#endif

#include <driverspecs.h>
#ifdef UMDF_VERSION_MAJOR
#include <winioctl.h>
#include <ntstatus.h>
/* User-mode drivers that make security descriptors from text count on finding it here. */
#include <sddl.h>

#include "wudfwdm.h"
#endif

/* Their order matters: each uses what the earlier ones declare. */
/* clang-format off */
#include "wdftypes.h"
#include "wdfglobals.h"
#include "wdffuncenum.h"
#include "wdfstatus.h"
#include "wdfassert.h"
#include "wdfverifier.h"
#include "wdfpool.h"
#include "wdfobject.h"
#include "wdfsync.h"
#include "wdfcore.h"
#include "wdfdriver.h"
#include "wdfqueryinterface.h"
#include "wdfmemory.h"
#include "wdfchildlist.h"
#include "wdffileobject.h"
#include "wdfdevice.h"
#include "wdfcollection.h"
#if !OWDF_UMDF
#include "wdfdpc.h"
#endif
#include "wdftimer.h"
#include "wdfworkitem.h"
#include "wdfinterrupt.h"
#include "wdfresource.h"
#include "wdfrequest.h"
#include "wdfiotarget.h"
#include "wdfio.h"
#include "wdffdo.h"
#include "wdfpdo.h"
#include "wdfcontrol.h"
#include "wdfwmi.h"
#include "wdfstring.h"
#include "wdfregistry.h"
#if !OWDF_UMDF
#include "wdfdmaenabler.h"
#include "wdfdmatransaction.h"
#include "wdfcommonbuffer.h"
#include "wdfcompaniontarget.h"
#endif
#include "wdfbugcodes.h"
#include "wdfroletypes.h"
#include "wdfhwaccess.h"
#include "wdfcompanion.h"
/* clang-format on */

#if OWDF_UMDF
WDF_EXTERN_C_START

/* The module's entry point, in the library that every driver links. */
__declspec(dllexport) NTSTATUS
    FxDriverEntryUm(_In_ PVOID LoaderInterface, _In_ PVOID Context, _In_ PVOID DriverObject,
                    _In_ PUNICODE_STRING RegistryPath);

WDF_EXTERN_C_END
#endif

#endif

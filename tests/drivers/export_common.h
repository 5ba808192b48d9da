/* SPDX-License-Identifier: MIT */
/* What the two export drivers of the tests offer to the drivers that link them. */
#ifndef OPENWDF_TESTS_EXPORT_COMMON_H
#define OPENWDF_TESTS_EXPORT_COMMON_H

#include <ntddk.h>
#ifndef EXPORT_PLAIN_ONLY
#include <wdf.h>
#endif

/* In export_plain: how often DllInitialize was called, how many blocks it holds. */
LONG PlainInitialized(void);

#ifndef EXPORT_PLAIN_ONLY
/* In export_wdf, which needs export_plain. Each is called by a driver on its own behalf. */
NTSTATUS CommonMakeCollection(WDFCOLLECTION *Collection); /* Without naming a parent. */
NTSTATUS CommonMakeMemory(WDFOBJECT Parent, WDFMEMORY *Memory);
WDFDRIVER CommonDriver(void);    /* WdfGetDriver() inside. */
WDFDRIVER CommonOwnDriver(void); /* WdfGetDriver() in DllInitialize. */
VOID CommonComplete(WDFREQUEST Request, NTSTATUS Status);
WDFDRIVER CommonDriverThrough(WDFDRIVER (*Callback)(void)); /* Calls back, then asks. */
ULONG CommonTagOf(void);                                    /* The pool tag in force. */
#endif

#endif

/* SPDX-License-Identifier: MIT */
/* WdfVerifier…: how a driver stops the machine for its developer. */
#include "fx/core/globals.h"
#include "fx_imports.h"
#include "nt/ke/ke.h"

/* "Breaks into a kernel debugger" when the verifier is on for the driver. */
VOID
imp_WdfVerifierDbgBreakPoint(PWDF_DRIVER_GLOBALS DriverGlobals)
{
    if ((fx_globals_of(DriverGlobals)->debug_flags & FX_DEBUG_VERIFIER) != 0) {
        DbgBreakPoint();
    }
}

VOID
imp_WdfVerifierKeBugCheck(PWDF_DRIVER_GLOBALS DriverGlobals, ULONG BugCheckCode,
                          ULONG_PTR BugCheckParameter1, ULONG_PTR BugCheckParameter2,
                          ULONG_PTR BugCheckParameter3, ULONG_PTR BugCheckParameter4)
{
    ke_bugcheck(BugCheckCode, BugCheckParameter1, BugCheckParameter2, BugCheckParameter3,
                BugCheckParameter4, fx_globals_of(DriverGlobals)->public.DriverName,
                __builtin_return_address(0));
}

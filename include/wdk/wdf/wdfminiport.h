/* SPDX-License-Identifier: MIT */
/*
 * For drivers whose dispatch table belongs to a port driver: WdfDriverInitNoDispatchOverride in the
 * driver's configuration, WdfDeviceMiniportCreate instead of WdfDeviceCreate,
 * WdfDriverMiniportUnload from the driver's own unload routine. Not part of wdf.h.
 */
#ifndef OWDF_WDFMINIPORT_H
#define OWDF_WDFMINIPORT_H

#include "wdfminiport_calls.h"

#if !OWDF_UMDF
WDF_EXTERN_C_START

/*
 * Ends the framework's work for the module: the stub stands before the table's entry and unbinds
 * after it.
 */
OWDF_INLINE VOID
WdfDriverMiniportUnload(_In_ WDFDRIVER Driver)
{
    ((PFN_WDFDRIVERMINIPORTUNLOAD)WdfDriverMiniportUnloadOverride)(WdfDriverGlobals, Driver);
}

WDF_EXTERN_C_END
#endif

#endif

/* Declarations of @name@. */
#ifndef @NAME@_DRIVER_H
#define @NAME@_DRIVER_H

@kmdf
#include <ntddk.h>
@umdf
#include <windows.h>
@end
#include <wdf.h>

/* What belongs to one filtered device. The framework allocates it with the device, zeroed. */
typedef struct _@NAME@_DEVICE {
    volatile LONG BytesWritten; /* By completed writes; requests run in parallel. */
} @NAME@_DEVICE;

WDF_DECLARE_CONTEXT_TYPE_WITH_NAME(@NAME@_DEVICE, @Name@GetDevice)

EVT_WDF_DRIVER_DEVICE_ADD @Name@EvtDeviceAdd;

#endif

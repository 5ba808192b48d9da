/* Declarations of @name@. */
#ifndef @NAME@_DRIVER_H
#define @NAME@_DRIVER_H

#include <ntddk.h>
#include <wdf.h>

/* What tells one child from another. The header must come first. */
typedef struct _@NAME@_CHILD {
    WDF_CHILD_IDENTIFICATION_DESCRIPTION_HEADER Header;
    ULONG SerialNumber;
} @NAME@_CHILD;

EVT_WDF_DRIVER_DEVICE_ADD @Name@EvtDeviceAdd;

#endif

/* SPDX-License-Identifier: MIT */
/* USB function controllers (UFX): structures. */
#ifndef __UFXBASE_H__
#define __UFXBASE_H__

#include <wdm.h>
#include <usbfnbase.h>

typedef struct _UFX_DEVICE_CAPABILITIES {
    ULONG Size;
    USB_DEVICE_SPEED MaxSpeed;
    ULONG RemoteWakeSignalDelay;
    BOOLEAN PdcpSupported;
    USHORT InEndpointBitmap;
    USHORT OutEndpointBitmap;
    BOOLEAN SharesConnectors;
    ULONG GroupId;
} UFX_DEVICE_CAPABILITIES, *PUFX_DEVICE_CAPABILITIES;

typedef struct _UFX_HARDWARE_FAILURE_CONTEXT {
    ULONG Size;
    ULONG ExceptionCode;
    UCHAR Data[1];
} UFX_HARDWARE_FAILURE_CONTEXT, *PUFX_HARDWARE_FAILURE_CONTEXT;

typedef enum _USBFN_ACTION {
    UsbfnActionNone = 0,
    UsbfnActionNoCad,
    UsbfnActionDetectProprietaryCharger
} USBFN_ACTION, *PUSBFN_ACTION;

/* Only between UFX and a function's driver; the documentation has no number, this one is ours. */
#define IOCTL_INTERNAL_USBFN_DESCRIPTOR_UPDATE                                                     \
    CTL_CODE(FILE_DEVICE_BUS_EXTENDER, 0x50, METHOD_NEITHER, FILE_READ_DATA | FILE_WRITE_DATA)

#endif

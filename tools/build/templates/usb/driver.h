/* Declarations of @name@. */
#ifndef @NAME@_DRIVER_H
#define @NAME@_DRIVER_H

@kmdf
#include <ntddk.h>
@umdf
#include <windows.h>
@end
#include <usb.h>
@kmdf
#include <usbdlib.h>
@end
#include <wdf.h>
#include <wdfusb.h>

/* What belongs to one device. The framework allocates it with the device, zeroed. */
typedef struct _@NAME@_DEVICE {
    WDFUSBDEVICE UsbDevice; /* From the first time the hardware was there. */
    WDFUSBPIPE BulkIn;      /* The first bulk pipe in each direction. */
    WDFUSBPIPE BulkOut;
} @NAME@_DEVICE;

WDF_DECLARE_CONTEXT_TYPE_WITH_NAME(@NAME@_DEVICE, @Name@GetDevice)

EVT_WDF_DRIVER_DEVICE_ADD @Name@EvtDeviceAdd;

#endif

/* Declarations of @name@. */
#ifndef @NAME@_DRIVER_H
#define @NAME@_DRIVER_H

@kmdf
#include <ntddk.h>
@umdf
#include <windows.h>
@end
#include <wdf.h>
#include <hidport.h>

#define @NAME@_VENDOR_ID  0x1209 /* pid.codes, for experiments. Use your own. */
#define @NAME@_PRODUCT_ID 0x0001
#define @NAME@_VERSION    0x0100

/* The device's one report. */
#include <pshpack1.h>
typedef struct _@NAME@_REPORT {
    UCHAR Buttons; /* A bit for each of eight buttons. */
} @NAME@_REPORT;
#include <poppack.h>

/* What belongs to one device. The framework allocates it with the device, zeroed. */
typedef struct _@NAME@_DEVICE {
    WDFQUEUE Reads;         /* Manual: requests for the next input report. */
    @NAME@_REPORT Report; /* The present state. */
} @NAME@_DEVICE;

WDF_DECLARE_CONTEXT_TYPE_WITH_NAME(@NAME@_DEVICE, @Name@GetDevice)

EVT_WDF_DRIVER_DEVICE_ADD @Name@EvtDeviceAdd;

/* The hardware has news: answers a waiting read. At or below DISPATCH_LEVEL. */
VOID @Name@ReportChanged(_In_ WDFDEVICE Device, _In_ UCHAR Buttons);

#endif

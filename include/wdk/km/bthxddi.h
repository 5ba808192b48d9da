/* SPDX-License-Identifier: MIT */
/*
 * Bluetooth over other buses than USB: what the Bluetooth driver stack asks of a transport's driver. The documentation
 * has the structures; the numbers are as public code that uses them has them.
 */
#ifndef __BTHXDDI_H__
#define __BTHXDDI_H__

#include <wdm.h>

#ifndef FILE_DEVICE_BLUETOOTH
#define FILE_DEVICE_BLUETOOTH 0x41
#endif

#define BTHX_DDI_VERSION_1 1

#define BTHX_IOCTL_BASE 0
#define BTHX_CTL(id)    CTL_CODE(FILE_DEVICE_BLUETOOTH, (id), METHOD_NEITHER, FILE_ANY_ACCESS)

#define IOCTL_BTHX_GET_VERSION        BTHX_CTL(BTHX_IOCTL_BASE + 0x100)
#define IOCTL_BTHX_SET_VERSION        BTHX_CTL(BTHX_IOCTL_BASE + 0x101)
#define IOCTL_BTHX_QUERY_CAPABILITIES BTHX_CTL(BTHX_IOCTL_BASE + 0x102)
#define IOCTL_BTHX_WRITE_HCI          BTHX_CTL(BTHX_IOCTL_BASE + 0x103)
#define IOCTL_BTHX_READ_HCI           BTHX_CTL(BTHX_IOCTL_BASE + 0x104)

typedef enum _BTHX_HCI_PACKET_TYPE {
    HciPacketCommand = 0x01,
    HciPacketAclData = 0x02,
    HciPacketEvent = 0x04
} BTHX_HCI_PACKET_TYPE;

typedef enum _BTHX_SCO_SUPPORT {
    ScoSupportNone = 0,
    ScoSupportHCI = 1,
    ScoSupportHCIBypass = 2
} BTHX_SCO_SUPPORT, *PBTHX_SCO_SUPPORT;

typedef struct _BTHX_VERSION {
    ULONG Version;
} BTHX_VERSION, *PBTHX_VERSION;

/* One for the whole driver, wherever this header is included. */
extern BTHX_VERSION Microsoft_BTHX_DDI_Version __attribute__((weak, visibility("hidden")));
BTHX_VERSION Microsoft_BTHX_DDI_Version = {BTHX_DDI_VERSION_1};

typedef struct _BTHX_CAPABILITIES {
    ULONG MaxAclTransferInSize;
    BTHX_SCO_SUPPORT ScoSupport;
    ULONG MaxScoChannels;
    BOOLEAN IsDeviceIdleCapable;
    BOOLEAN IsDeviceWakeCapable;
} BTHX_CAPABILITIES, *PBTHX_CAPABILITIES;

#include <pshpack1.h>
typedef struct _BTHX_HCI_READ_WRITE_CONTEXT {
    ULONG DataLen;
    UCHAR Type;
    UCHAR Data[1];
} BTHX_HCI_READ_WRITE_CONTEXT, *PBTHX_HCI_READ_WRITE_CONTEXT;
#include <poppack.h>

#endif

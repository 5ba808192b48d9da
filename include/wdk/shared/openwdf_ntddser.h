/* SPDX-License-Identifier: MIT */
/* What is newer in <ntddser.h> than the header that the build lets through: requests of the class extension's
 * ports, and what their interfaces are known by. */
#ifndef OPENWDF_NTDDSER_H
#define OPENWDF_NTDDSER_H

#define IOCTL_SERIAL_APPLY_DEFAULT_CONFIGURATION                                                   \
    CTL_CODE(FILE_DEVICE_SERIAL_PORT, 40, METHOD_BUFFERED, FILE_ANY_ACCESS)
#define IOCTL_SERIAL_SET_INTERVAL_TIMER_RESOLUTION                                                 \
    CTL_CODE(FILE_DEVICE_SERIAL_PORT, 41, METHOD_BUFFERED, FILE_ANY_ACCESS)

#endif

/* Once more where <initguid.h> makes definitions of them. */
#if defined(DEFINE_DEVPROPKEY) &&                                                                  \
    (!defined(OPENWDF_NTDDSER_KEYS) || (defined(INITGUID) && !defined(OPENWDF_NTDDSER_KEYS_MADE)))
#define OPENWDF_NTDDSER_KEYS
#ifdef INITGUID
#define OPENWDF_NTDDSER_KEYS_MADE
#endif
DEFINE_DEVPROPKEY(DEVPKEY_DeviceInterface_Serial_UsbVendorId, 0x4c6bf15c, 0x4c03, 0x4aac, 0x91,
                  0xf5, 0x64, 0xc0, 0xf8, 0x52, 0xbc, 0xf4, 2);
DEFINE_DEVPROPKEY(DEVPKEY_DeviceInterface_Serial_UsbProductId, 0x4c6bf15c, 0x4c03, 0x4aac, 0x91,
                  0xf5, 0x64, 0xc0, 0xf8, 0x52, 0xbc, 0xf4, 3);
DEFINE_DEVPROPKEY(DEVPKEY_DeviceInterface_Serial_PortName, 0x4c6bf15c, 0x4c03, 0x4aac, 0x91, 0xf5,
                  0x64, 0xc0, 0xf8, 0x52, 0xbc, 0xf4, 4);
#endif

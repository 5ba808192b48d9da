/*
 * What @name@ and its applications agree on. Applications include <initguid.h> before it in one of
 * their files.
 */
#ifndef @NAME@_PUBLIC_H
#define @NAME@_PUBLIC_H

/* {@guid-interface@} */
DEFINE_GUID(GUID_DEVINTERFACE_@NAME@, @guid-interface-c@);

/* Output: a ULONG, how many requests the device has seen. */
#define IOCTL_@NAME@_GET_COUNT CTL_CODE(FILE_DEVICE_UNKNOWN, 0x800, METHOD_BUFFERED, FILE_READ_ACCESS)

#endif

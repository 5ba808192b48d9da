/*
 * What @name@, its applications and its children's drivers agree on. Applications include <initguid.h>
 * before it in one of their files.
 */
#ifndef @NAME@_PUBLIC_H
#define @NAME@_PUBLIC_H

/* {@guid-interface@} */
DEFINE_GUID(GUID_DEVINTERFACE_@NAME@, @guid-interface-c@);

/* Children have the hardware identifier @NAME@\Child. */
#define @NAME@_CHILD_HARDWARE_ID L"@NAME@\\Child"

/* Input of both: a ULONG, the child's serial number. */
#define IOCTL_@NAME@_PLUG_IN CTL_CODE(FILE_DEVICE_BUS_EXTENDER, 0x800, METHOD_BUFFERED, FILE_WRITE_ACCESS)
#define IOCTL_@NAME@_UNPLUG  CTL_CODE(FILE_DEVICE_BUS_EXTENDER, 0x801, METHOD_BUFFERED, FILE_WRITE_ACCESS)

#endif

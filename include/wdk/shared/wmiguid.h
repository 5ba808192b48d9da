/* SPDX-License-Identifier: MIT */
/* The GUIDs of data blocks that the system itself serves, and what may be done with a block. */
#ifndef _WMIGUID_
#define _WMIGUID_

#include <guiddef.h>

#ifndef WMIGUID_QUERY
#define WMIGUID_QUERY            0x0001
#define WMIGUID_SET              0x0002
#define WMIGUID_NOTIFICATION     0x0004
#define WMIGUID_READ_DESCRIPTION 0x0008
#define WMIGUID_EXECUTE          0x0010
#endif
#ifndef TRACELOG_CREATE_REALTIME
#define TRACELOG_CREATE_REALTIME      0x0020
#define TRACELOG_CREATE_ONDISK        0x0040
#define TRACELOG_GUID_ENABLE          0x0080
#define TRACELOG_ACCESS_KERNEL_LOGGER 0x0100
#define TRACELOG_LOG_EVENT            0x0200
#define TRACELOG_ACCESS_REALTIME      0x0400
#define TRACELOG_REGISTER_GUIDS       0x0800
#endif

/* The firmware's SMBIOS tables, as they are. */
#define SMBIOS_DATA_GUID                                                                           \
    {                                                                                              \
        0x8f680850, 0xa584, 0x11d1,                                                                \
        {                                                                                          \
            0xbf, 0x38, 0x00, 0xa0, 0xc9, 0x06, 0x29, 0x10                                         \
        }                                                                                          \
    }

#endif

/* SPDX-License-Identifier: MIT */
/* The device interface of smart card readers, which the header that the build lets through does not name. */
#include <guiddef.h>

DEFINE_GUID(SmartCardReaderGuid, 0x50dd5230, 0xba8a, 0x11d1, 0xbf, 0x5d, 0x00, 0x00, 0xf8, 0x05,
            0xf5, 0x30);

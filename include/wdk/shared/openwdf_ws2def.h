/* SPDX-License-Identifier: MIT */
/* What <ws2def.h> says to kernel drivers and the header that the build lets through does not. */
#ifndef OPENWDF_WS2DEF_H
#define OPENWDF_WS2DEF_H

#ifdef _KERNEL_MODE
#include <ntdef.h>

typedef USHORT ADDRESS_FAMILY;
#endif

#endif

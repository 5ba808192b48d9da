/* SPDX-License-Identifier: MIT */
/* What <ws2def.h> says to kernel drivers and the header that the build lets through does not: socket options. */
#ifndef OPENWDF_WS2DEF_H
#define OPENWDF_WS2DEF_H

#ifdef _KERNEL_MODE
#include <ntdef.h>

typedef USHORT ADDRESS_FAMILY;

#define SOL_SOCKET   0xffff
#define SO_DEBUG     0x0001
#define SO_REUSEADDR 0x0004
#define SO_KEEPALIVE 0x0008
#define SO_LINGER    0x0080
#define SO_SNDBUF    0x1001
#define SO_RCVBUF    0x1002
#define SO_SNDLOWAT  0x1003
#define SO_RCVLOWAT  0x1004
#define SO_SNDTIMEO  0x1005
#define SO_RCVTIMEO  0x1006
#define SO_ERROR     0x1007
#define SO_TYPE      0x1008

#define IOCPARM_MASK 0x7f
#ifndef IOC_VOID
#define IOC_VOID  0x20000000
#define IOC_OUT   0x40000000
#define IOC_IN    0x80000000
#define IOC_INOUT (IOC_IN | IOC_OUT)
#endif
#ifndef _IO
#define _IO(x, y) (IOC_VOID | ((x) << 8) | (y))
#define _IOR(x, y, t)                                                                              \
    (IOC_OUT | (((ULONG)sizeof(t) & IOCPARM_MASK) << 16) | ((ULONG)(x) << 8) | (y))
#define _IOW(x, y, t) (IOC_IN | (((ULONG)sizeof(t) & IOCPARM_MASK) << 16) | ((ULONG)(x) << 8) | (y))
#endif
#define FIONREAD                _IOR('f', 127, ULONG)
#define FIONBIO                 _IOW('f', 126, ULONG)
#define SIO_ADDRESS_LIST_QUERY  0x48000016
#define SIO_ADDRESS_LIST_CHANGE 0x28000017
#endif

#endif

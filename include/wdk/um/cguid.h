/* SPDX-License-Identifier: MIT */
/* The GUID of nothing. */
#ifndef __CGUID_H__
#define __CGUID_H__

#include <guiddef.h>

#ifdef __cplusplus
extern "C" {
#endif
extern const IID GUID_NULL;
#ifdef __cplusplus
}
#endif

#endif

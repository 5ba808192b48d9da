/* SPDX-License-Identifier: MIT */
/* Hardware resources: requirement lists and assigned lists. */
#ifndef OWDF_WDFRESOURCE_H
#define OWDF_WDFRESOURCE_H

WDF_EXTERN_C_START

#define WDF_INSERT_AT_END ((ULONG)-1)

WDF_EXTERN_C_END

#include "wdfresource_calls.h"

#endif

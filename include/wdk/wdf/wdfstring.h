/* SPDX-License-Identifier: MIT */
/* String objects. */
#ifndef OWDF_WDFSTRING_H
#define OWDF_WDFSTRING_H

WDF_EXTERN_C_START

WDF_EXTERN_C_END

#include "wdfstring_calls.h"

#endif

/* SPDX-License-Identifier: MIT */
/* Collections: ordered lists of references to framework objects. */
#ifndef OWDF_WDFCOLLECTION_H
#define OWDF_WDFCOLLECTION_H

WDF_EXTERN_C_START

WDF_EXTERN_C_END

#include "wdfcollection_calls.h"

#endif

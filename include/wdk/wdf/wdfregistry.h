/* SPDX-License-Identifier: MIT */
/* Registry keys and values. */
#ifndef OWDF_WDFREGISTRY_H
#define OWDF_WDFREGISTRY_H

WDF_EXTERN_C_START

/* Subkeys of a device's keys that the framework keeps for itself. */
#define WDF_REGKEY_DEVICE_SUBKEY 0

#define WDF_REGKEY_DRIVER_SUBKEY 0

WDF_EXTERN_C_END

#include "wdfregistry_calls.h"

#endif

/* SPDX-License-Identifier: MIT */
/* Wait locks, spin locks, and the lock of an object. */
#ifndef OWDF_WDFSYNC_H
#define OWDF_WDFSYNC_H

WDF_EXTERN_C_START

WDF_EXTERN_C_END

#include "wdfsync_calls.h"

#endif

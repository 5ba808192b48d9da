/* SPDX-License-Identifier: MIT */
/* Integer arithmetic that returns STATUS_INTEGER_OVERFLOW instead of a wrong result. */
#ifndef _NTINTSAFE_H_INCLUDED_
#define _NTINTSAFE_H_INCLUDED_

#include <ntdef.h>

#define OWDF_SAFE(name)    Rtl##name
#define OWDF_SAFE_RESULT   NTSTATUS
#define OWDF_SAFE_OK       STATUS_SUCCESS
#define OWDF_SAFE_OVERFLOW STATUS_INTEGER_OVERFLOW
#include <openwdf_intsafe.h>
#include <openwdf_limits.h>

#endif

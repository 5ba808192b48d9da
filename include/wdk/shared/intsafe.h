/* SPDX-License-Identifier: MIT */
/* Integer arithmetic that returns INTSAFE_E_ARITHMETIC_OVERFLOW instead of a wrong result. */
#ifndef _INTSAFE_H_INCLUDED_
#define _INTSAFE_H_INCLUDED_

#include <ntdef.h>

#define INTSAFE_E_ARITHMETIC_OVERFLOW ((HRESULT)0x80070216)
#define OWDF_SAFE(name)               name
#define OWDF_SAFE_RESULT              HRESULT
#define OWDF_SAFE_OK                  ((HRESULT)0)
#define OWDF_SAFE_OVERFLOW            INTSAFE_E_ARITHMETIC_OVERFLOW
#include <openwdf_intsafe.h>
#include <openwdf_limits.h>

#endif

/* SPDX-License-Identifier: MIT */
/* Power management's types; <wdm.h> has them. */
#ifndef _NTPOAPI_
#define _NTPOAPI_
#include <wdm.h>
#endif

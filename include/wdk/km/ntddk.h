/* SPDX-License-Identifier: MIT */
/* The kernel's interface beyond WDM. */
#ifndef _NTDDK_
#define _NTDDK_

#include <wdm.h>

#endif

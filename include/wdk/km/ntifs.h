/* SPDX-License-Identifier: MIT */
/* The subset of the file system kit that device drivers use. */
#ifndef _NTIFS_
#define _NTIFS_

#include <ntddk.h>

#endif

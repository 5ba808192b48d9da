/* SPDX-License-Identifier: MIT */
/* Kernel drivers include this one for DWORD, BYTE and kin. */
#ifndef _WINDEF_
#define _WINDEF_
#include <minwindef.h>
#endif

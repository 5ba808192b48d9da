/* SPDX-License-Identifier: MIT */
/* The registry of user-mode sources: declared; its functions come with the registry itself. */
#ifndef _WINREG_
#define _WINREG_

#include <windef.h>

#define HKEY_CLASSES_ROOT  ((HKEY)(ULONG_PTR)(LONG)0x80000000)
#define HKEY_CURRENT_USER  ((HKEY)(ULONG_PTR)(LONG)0x80000001)
#define HKEY_LOCAL_MACHINE ((HKEY)(ULONG_PTR)(LONG)0x80000002)

typedef LONG LSTATUS;
typedef ACCESS_MASK REGSAM;

#endif

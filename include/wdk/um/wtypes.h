/* SPDX-License-Identifier: MIT */
/* The types of COM's interface definitions that plain programs use too. */
#ifndef __wtypes_h__
#define __wtypes_h__

#include <windows.h>

typedef WCHAR OLECHAR, *LPOLESTR;
typedef const OLECHAR *LPCOLESTR;
typedef OLECHAR *BSTR;
typedef short VARIANT_BOOL;
typedef unsigned short VARTYPE;
typedef double DATE;
#define VARIANT_TRUE  ((VARIANT_BOOL)-1)
#define VARIANT_FALSE ((VARIANT_BOOL)0)

#endif

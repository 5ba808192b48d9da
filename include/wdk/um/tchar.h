/* SPDX-License-Identifier: MIT */
/* _t… names: the narrow or the wide run time, as UNICODE says. */
#ifndef _INC_TCHAR
#define _INC_TCHAR

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#if defined(UNICODE) || defined(_UNICODE)
#define _T(x)       L##x
#define _TEXT(x)    L##x
#define _tmain      wmain
#define _tprintf    wprintf
#define _ftprintf   fwprintf
#define _tcslen     wcslen
#define _tcscmp     wcscmp
#define _tcsicmp    _wcsicmp
#define _tcsnicmp   _wcsnicmp
#define _tcschr     wcschr
#define _tcsrchr    wcsrchr
#define _tcsstr     wcsstr
#define _tcstoul    wcstoul
#define _tcstol     wcstol
#define _ttoi       _wtoi
#define _tcscpy_s   wcscpy_s
#define _tcscat_s   wcscat_s
#define _stprintf_s swprintf_s
#define _TEOF       WEOF
#else
#define _T(x)       x
#define _TEXT(x)    x
#define _tmain      main
#define _tprintf    printf
#define _ftprintf   fprintf
#define _tcslen     strlen
#define _tcscmp     strcmp
#define _tcsicmp    _stricmp
#define _tcsnicmp   _strnicmp
#define _tcschr     strchr
#define _tcsrchr    strrchr
#define _tcsstr     strstr
#define _tcstoul    strtoul
#define _tcstol     strtol
#define _ttoi       atoi
#define _tcscpy_s   strcpy_s
#define _tcscat_s   strcat_s
#define _stprintf_s sprintf_s
#define _TEOF       EOF
#endif

#endif

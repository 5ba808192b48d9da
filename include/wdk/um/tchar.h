/* SPDX-License-Identifier: MIT */
/* _t… names: the narrow or the wide run time, as UNICODE says. */
#ifndef _INC_TCHAR
#define _INC_TCHAR

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>
#include <wctype.h>

#if defined(UNICODE) || defined(_UNICODE)
#define __T(x) L##x
#ifndef _TCHAR_DEFINED
#define _TCHAR_DEFINED
typedef wchar_t TCHAR, *PTCHAR;
#endif
typedef wchar_t _TCHAR;
typedef wchar_t _TSCHAR;
typedef wchar_t _TUCHAR;
#define _tmain        wmain
#define _tWinMain     wWinMain
#define _tprintf      wprintf
#define _tprintf_s    wprintf
#define _ftprintf     fwprintf
#define _vtprintf     vwprintf
#define _vftprintf    vfwprintf
#define _stprintf_s   swprintf_s
#define _sntprintf    _snwprintf
#define _sntprintf_s  _snwprintf_s
#define _vsntprintf   _vsnwprintf
#define _vsntprintf_s _vsnwprintf_s
#define _vstprintf_s  vswprintf_s
#define _stscanf      swscanf
#define _stscanf_s    swscanf_s
#define _tscanf_s     wscanf_s
#define _fgetts       fgetws
#define _fputts       fputws
#define _putts        _putws
#define _getts_s      _getws_s
#define _tfopen       _wfopen
#define _tfopen_s     _wfopen_s
#define _tcslen       wcslen
#define _tcsnlen      wcsnlen
#define _tcscmp       wcscmp
#define _tcsncmp      wcsncmp
#define _tcsicmp      _wcsicmp
#define _tcsnicmp     _wcsnicmp
#define _tcscpy       wcscpy
#define _tcsncpy      wcsncpy
#define _tcscat       wcscat
#define _tcscpy_s     wcscpy_s
#define _tcscat_s     wcscat_s
#define _tcsncpy_s    wcsncpy_s
#define _tcsncat_s    wcsncat_s
#define _tcschr       wcschr
#define _tcsrchr      wcsrchr
#define _tcsstr       wcsstr
#define _tcsspn       wcsspn
#define _tcscspn      wcscspn
#define _tcstok_s     wcstok_s
#define _tcsdup       _wcsdup
#define _tcslwr       _wcslwr
#define _tcsupr       _wcsupr
#define _tcstoul      wcstoul
#define _tcstol       wcstol
#define _tcstoui64    _wcstoui64
#define _ttoi         _wtoi
#define _ttol         _wtoi
#define _itot_s       _itow_s
#define _itot         _itow
#define _istdigit     iswdigit
#define _istspace     iswspace
#define _istalpha     iswalpha
#define _istalnum     iswalnum
#define _istxdigit    iswxdigit
#define _totupper     towupper
#define _totlower     towlower
#define _TEOF         WEOF
#define _TINT         wint_t
#else
#define __T(x) x
#ifndef _TCHAR_DEFINED
#define _TCHAR_DEFINED
typedef char TCHAR, *PTCHAR;
#endif
typedef char _TCHAR;
typedef signed char _TSCHAR;
typedef unsigned char _TUCHAR;
#define _tmain        main
#define _tWinMain     WinMain
#define _tprintf      printf
#define _tprintf_s    printf
#define _ftprintf     fprintf
#define _vtprintf     vprintf
#define _vftprintf    vfprintf
#define _stprintf_s   sprintf_s
#define _sntprintf    _snprintf
#define _sntprintf_s  _snprintf_s
#define _vsntprintf   _vsnprintf
#define _vsntprintf_s _vsnprintf_s
#define _vstprintf_s  vsprintf_s
#define _stscanf      sscanf
#define _stscanf_s    sscanf_s
#define _tscanf_s     scanf_s
#define _fgetts       fgets
#define _fputts       fputs
#define _putts        puts
#define _getts_s      gets_s
#define _tfopen       fopen
#define _tfopen_s     fopen_s
#define _tcslen       strlen
#define _tcsnlen      strnlen
#define _tcscmp       strcmp
#define _tcsncmp      strncmp
#define _tcsicmp      _stricmp
#define _tcsnicmp     _strnicmp
#define _tcscpy       strcpy
#define _tcsncpy      strncpy
#define _tcscat       strcat
#define _tcscpy_s     strcpy_s
#define _tcscat_s     strcat_s
#define _tcsncpy_s    strncpy_s
#define _tcsncat_s    strncat_s
#define _tcschr       strchr
#define _tcsrchr      strrchr
#define _tcsstr       strstr
#define _tcsspn       strspn
#define _tcscspn      strcspn
#define _tcstok_s     strtok_s
#define _tcsdup       _strdup
#define _tcslwr       _strlwr
#define _tcsupr       _strupr
#define _tcstoul      strtoul
#define _tcstol       strtol
#define _tcstoui64    _strtoui64
#define _ttoi         atoi
#define _ttol         atol
#define _itot_s       _itoa_s
#define _itot         _itoa
#define _istdigit     isdigit
#define _istspace     isspace
#define _istalpha     isalpha
#define _istalnum     isalnum
#define _istxdigit    isxdigit
#define _totupper     toupper
#define _totlower     tolower
#define _TEOF         EOF
#define _TINT         int
#endif
#define _T(x)    __T(x)
#define _TEXT(x) __T(x)

#endif

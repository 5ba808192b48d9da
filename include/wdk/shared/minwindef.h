/* SPDX-License-Identifier: MIT */
/* The integer names of the Win32 world. The kernel's own headers do not define them. */
#ifndef _MINWINDEF_
#define _MINWINDEF_

#include <ntdef.h>

typedef unsigned char BYTE, *PBYTE, *LPBYTE;
typedef unsigned short WORD, *PWORD, *LPWORD;
typedef unsigned int DWORD, *PDWORD, *LPDWORD;
typedef int BOOL, *PBOOL, *LPBOOL;
typedef ULONGLONG DWORDLONG, *PDWORDLONG;
typedef int *LPINT;
typedef LONG *LPLONG;
typedef void *LPVOID;
typedef const void *LPCVOID;
typedef UCHAR *LPUCHAR;

#define MAX_PATH            260
#define MAKEWORD(low, high) ((WORD)(((BYTE)(low)) | ((WORD)((BYTE)(high))) << 8))
#define MAKELONG(low, high) ((LONG)(((WORD)(low)) | ((DWORD)((WORD)(high))) << 16))
#define LOWORD(l)           ((WORD)((DWORD_PTR)(l)&0xffff))
#define HIWORD(l)           ((WORD)((DWORD_PTR)(l) >> 16))
#define LOBYTE(w)           ((BYTE)((DWORD_PTR)(w)&0xff))
#define HIBYTE(w)           ((BYTE)((DWORD_PTR)(w) >> 8))
#define WINAPI
#define CALLBACK
#define APIENTRY
#define WINAPIV
#define PASCAL

#endif

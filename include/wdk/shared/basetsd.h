/* SPDX-License-Identifier: MIT */
/* Integers that hold a pointer, and integers of a stated size. All 64-bit ones are `long`. */
#ifndef _BASETSD_H_
#define _BASETSD_H_

#include <openwdf_compiler.h>

typedef signed char INT8, *PINT8;
typedef signed short INT16, *PINT16;
typedef signed int INT32, *PINT32;
typedef signed long INT64, *PINT64;
typedef unsigned char UINT8, *PUINT8;
typedef unsigned short UINT16, *PUINT16;
typedef unsigned int UINT32, *PUINT32;
typedef unsigned long UINT64, *PUINT64;

typedef signed int LONG32, *PLONG32;
typedef unsigned int ULONG32, *PULONG32;
typedef unsigned int DWORD32, *PDWORD32;
typedef signed long LONG64, *PLONG64;
typedef unsigned long ULONG64, *PULONG64;
typedef unsigned long DWORD64, *PDWORD64;

typedef signed long INT_PTR, *PINT_PTR;
typedef unsigned long UINT_PTR, *PUINT_PTR;
typedef signed long LONG_PTR, *PLONG_PTR;
typedef unsigned long ULONG_PTR, *PULONG_PTR;
typedef ULONG_PTR DWORD_PTR, *PDWORD_PTR;
typedef int HALF_PTR, *PHALF_PTR;
typedef unsigned int UHALF_PTR, *PUHALF_PTR;
typedef ULONG_PTR SIZE_T, *PSIZE_T;
typedef LONG_PTR SSIZE_T, *PSSIZE_T;
typedef LONG_PTR SHANDLE_PTR;
typedef ULONG_PTR HANDLE_PTR;
typedef ULONG_PTR KAFFINITY, *PKAFFINITY;

#define __int3264       __int64
#define ADDRESS_TAG_BIT 0x40000000000UL
#define MAXUINT_PTR     (~((UINT_PTR)0))
#define MAXINT_PTR      ((INT_PTR)(MAXUINT_PTR >> 1))
#define MININT_PTR      (~MAXINT_PTR)
#define MAXULONG_PTR    (~((ULONG_PTR)0))
#define MAXLONG_PTR     ((LONG_PTR)(MAXULONG_PTR >> 1))
#define MINLONG_PTR     (~MAXLONG_PTR)
#define MAXSIZE_T       ((SIZE_T) ~((SIZE_T)0))
#define MAXSSIZE_T      ((SSIZE_T)(MAXSIZE_T >> 1))
#define MINSSIZE_T      (~MAXSSIZE_T)
#define MAXUINT8        ((UINT8) ~((UINT8)0))
#define MAXINT8         ((INT8)(MAXUINT8 >> 1))
#define MAXUINT16       ((UINT16) ~((UINT16)0))
#define MAXINT16        ((INT16)(MAXUINT16 >> 1))
#define MAXUINT32       ((UINT32) ~((UINT32)0))
#define MAXINT32        ((INT32)(MAXUINT32 >> 1))
#define MAXUINT64       ((UINT64) ~((UINT64)0))
#define MAXINT64        ((INT64)(MAXUINT64 >> 1))
#define MAXULONG32      ((ULONG32) ~((ULONG32)0))
#define MAXLONG32       ((LONG32)(MAXULONG32 >> 1))
#define MAXULONG64      ((ULONG64) ~((ULONG64)0))
#define MAXLONG64       ((LONG64)(MAXULONG64 >> 1))

#define HandleToULong(h)    ((ULONG)(ULONG_PTR)(h))
#define HandleToLong(h)     ((LONG)(LONG_PTR)(h))
#define HandleToUlong(h)    HandleToULong(h)
#define ULongToHandle(ul)   ((HANDLE)(ULONG_PTR)(ul))
#define LongToHandle(l)     ((HANDLE)(LONG_PTR)(l))
#define UlongToHandle(ul)   ULongToHandle(ul)
#define PtrToUlong(p)       ((ULONG)(ULONG_PTR)(p))
#define PtrToULong(p)       PtrToUlong(p)
#define PtrToLong(p)        ((LONG)(LONG_PTR)(p))
#define PtrToUint(p)        ((UINT)(UINT_PTR)(p))
#define PtrToUInt(p)        PtrToUint(p)
#define PtrToInt(p)         ((INT)(INT_PTR)(p))
#define PtrToUshort(p)      ((unsigned short)(ULONG_PTR)(p))
#define PtrToShort(p)       ((short)(LONG_PTR)(p))
#define UlongToPtr(ul)      ((void *)(ULONG_PTR)(unsigned int)(ul))
#define ULongToPtr(ul)      UlongToPtr(ul)
#define LongToPtr(l)        ((void *)(LONG_PTR)(int)(l))
#define UintToPtr(ui)       ((void *)(UINT_PTR)(unsigned int)(ui))
#define UIntToPtr(ui)       UintToPtr(ui)
#define IntToPtr(i)         ((void *)(INT_PTR)(int)(i))
#define Ptr64ToPtr(p)       ((void *)(p))
#define PtrToPtr64(p)       ((void *)(p))
#define Handle64ToHandle(h) ((void *)(h))
#define HandleToHandle64(h) ((void *)(h))
#define PtrToPtr32(p)       ((ULONG)(ULONG_PTR)(p))
#define Ptr32ToPtr(p)       ((void *)(ULONG_PTR)(p))

#define POINTER_32
#define POINTER_64
#define POINTER_SIGNED
#define POINTER_UNSIGNED
#define FIRMWARE_PTR

#define Handle32ToHandle(h) ((void *)(LONG_PTR)(INT)(ULONG_PTR)(h))
#define HandleToHandle32(h) ((void *)(ULONG_PTR)(ULONG32)(ULONG_PTR)(h))

#endif

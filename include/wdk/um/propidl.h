/* SPDX-License-Identifier: MIT */
/*
 * Values of any type (PROPVARIANT), as properties of devices and sensors have them: numbers, texts, GUIDs, times and
 * vectors of those. Streams, storages, arrays and interfaces, which belong to COM, are pointers to nothing known.
 */
#ifndef __propidl_h__
#define __propidl_h__

#include <windows.h>
#include <wtypes.h>
#include <objbase.h>

#ifndef PROPERTYKEY_DEFINED
#define PROPERTYKEY_DEFINED
typedef struct _tagpropertykey {
    GUID fmtid;
    DWORD pid;
} PROPERTYKEY;
#endif

/* What a value may be; VT_VECTOR goes with one of the others. */
enum VARENUM {
    VT_EMPTY = 0,
    VT_NULL = 1,
    VT_I2 = 2,
    VT_I4 = 3,
    VT_R4 = 4,
    VT_R8 = 5,
    VT_CY = 6,
    VT_DATE = 7,
    VT_BSTR = 8,
    VT_DISPATCH = 9,
    VT_ERROR = 10,
    VT_BOOL = 11,
    VT_VARIANT = 12,
    VT_UNKNOWN = 13,
    VT_DECIMAL = 14,
    VT_I1 = 16,
    VT_UI1 = 17,
    VT_UI2 = 18,
    VT_UI4 = 19,
    VT_I8 = 20,
    VT_UI8 = 21,
    VT_INT = 22,
    VT_UINT = 23,
    VT_VOID = 24,
    VT_HRESULT = 25,
    VT_PTR = 26,
    VT_LPSTR = 30,
    VT_LPWSTR = 31,
    VT_FILETIME = 64,
    VT_BLOB = 65,
    VT_STREAM = 66,
    VT_STORAGE = 67,
    VT_BLOB_OBJECT = 70,
    VT_CF = 71,
    VT_CLSID = 72,
    VT_VECTOR = 0x1000,
    VT_ARRAY = 0x2000,
    VT_BYREF = 0x4000,
    VT_ILLEGAL = 0xffff,
    VT_TYPEMASK = 0xfff
};

#define OWDF_COUNTED(name, type)                                                                   \
    typedef struct name {                                                                          \
        ULONG cElems;                                                                              \
        type *pElems;                                                                              \
    } name
typedef struct tagPROPVARIANT PROPVARIANT, *LPPROPVARIANT;
OWDF_COUNTED(CAC, CHAR);
OWDF_COUNTED(CAUB, UCHAR);
OWDF_COUNTED(CAI, SHORT);
OWDF_COUNTED(CAUI, USHORT);
OWDF_COUNTED(CAL, LONG);
OWDF_COUNTED(CAUL, ULONG);
OWDF_COUNTED(CAH, LARGE_INTEGER);
OWDF_COUNTED(CAUH, ULARGE_INTEGER);
OWDF_COUNTED(CAFLT, FLOAT);
OWDF_COUNTED(CADBL, DOUBLE);
OWDF_COUNTED(CABOOL, VARIANT_BOOL);
OWDF_COUNTED(CAFILETIME, FILETIME);
OWDF_COUNTED(CACLSID, CLSID);
OWDF_COUNTED(CALPSTR, LPSTR);
OWDF_COUNTED(CALPWSTR, LPWSTR);
OWDF_COUNTED(CAPROPVARIANT, PROPVARIANT);
#undef OWDF_COUNTED

#ifndef _BLOB_DEFINED
#define _BLOB_DEFINED
typedef struct tagBLOB {
    ULONG cbSize;
    BYTE *pBlobData;
} BLOB, *LPBLOB;
#endif

struct tagPROPVARIANT {
    VARTYPE vt;
    WORD wReserved1;
    WORD wReserved2;
    WORD wReserved3;
    union {
        CHAR cVal;
        UCHAR bVal;
        SHORT iVal;
        USHORT uiVal;
        LONG lVal;
        ULONG ulVal;
        INT intVal;
        UINT uintVal;
        LARGE_INTEGER hVal;
        ULARGE_INTEGER uhVal;
        FLOAT fltVal;
        DOUBLE dblVal;
        VARIANT_BOOL boolVal;
        HRESULT scode;
        DATE date;
        FILETIME filetime;
        CLSID *puuid;
        BLOB blob;
        BSTR bstrVal;
        LPSTR pszVal;
        LPWSTR pwszVal;
        PVOID punkVal;
        PVOID pStream;
        CAC cac;
        CAUB caub;
        CAI cai;
        CAUI caui;
        CAL cal;
        CAUL caul;
        CAH cah;
        CAUH cauh;
        CAFLT caflt;
        CADBL cadbl;
        CABOOL cabool;
        CAFILETIME cafiletime;
        CACLSID cauuid;
        CALPSTR calpstr;
        CALPWSTR calpwstr;
        CAPROPVARIANT capropvar;
    };
};
#ifdef __cplusplus
typedef const PROPVARIANT &REFPROPVARIANT;
#else
typedef const PROPVARIANT *REFPROPVARIANT;
#endif

#define PropVariantInit(pvar) RtlZeroMemory((pvar), sizeof(PROPVARIANT))

#ifdef __cplusplus
extern "C" {
#endif

/* Frees what a value owns and makes it empty; a copy owns what it has. */
OWDF_EXPORT HRESULT PropVariantClear(PROPVARIANT *pvar);
OWDF_EXPORT HRESULT PropVariantCopy(PROPVARIANT *pvarDest, const PROPVARIANT *pvarSrc);

#ifdef __cplusplus
}
#endif

#endif

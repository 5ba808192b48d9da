/* SPDX-License-Identifier: MIT */
/*
 * Makes values of any type (PROPVARIANT) of plain ones. What is behind a pointer is copied and belongs to the value:
 * PropVariantClear frees it. E_OUTOFMEMORY when it cannot be.
 */
#ifndef _PROPVARUTIL_H_
#define _PROPVARUTIL_H_

#include <propidl.h>
#include <string.h>

OWDF_INLINE HRESULT
InitPropVariantFromBoolean(BOOL fVal, PROPVARIANT *ppropvar)
{
    PropVariantInit(ppropvar);
    ppropvar->vt = VT_BOOL;
    ppropvar->boolVal = fVal ? VARIANT_TRUE : VARIANT_FALSE;
    return S_OK;
}

OWDF_INLINE HRESULT
InitPropVariantFromInt16(SHORT nVal, PROPVARIANT *ppropvar)
{
    PropVariantInit(ppropvar);
    ppropvar->vt = VT_I2;
    ppropvar->iVal = nVal;
    return S_OK;
}

OWDF_INLINE HRESULT
InitPropVariantFromUInt16(USHORT uiVal, PROPVARIANT *ppropvar)
{
    PropVariantInit(ppropvar);
    ppropvar->vt = VT_UI2;
    ppropvar->uiVal = uiVal;
    return S_OK;
}

OWDF_INLINE HRESULT
InitPropVariantFromInt32(LONG lVal, PROPVARIANT *ppropvar)
{
    PropVariantInit(ppropvar);
    ppropvar->vt = VT_I4;
    ppropvar->lVal = lVal;
    return S_OK;
}

OWDF_INLINE HRESULT
InitPropVariantFromUInt32(ULONG ulVal, PROPVARIANT *ppropvar)
{
    PropVariantInit(ppropvar);
    ppropvar->vt = VT_UI4;
    ppropvar->ulVal = ulVal;
    return S_OK;
}

OWDF_INLINE HRESULT
InitPropVariantFromInt64(LONGLONG llVal, PROPVARIANT *ppropvar)
{
    PropVariantInit(ppropvar);
    ppropvar->vt = VT_I8;
    ppropvar->hVal.QuadPart = llVal;
    return S_OK;
}

OWDF_INLINE HRESULT
InitPropVariantFromUInt64(ULONGLONG ullVal, PROPVARIANT *ppropvar)
{
    PropVariantInit(ppropvar);
    ppropvar->vt = VT_UI8;
    ppropvar->uhVal.QuadPart = ullVal;
    return S_OK;
}

OWDF_INLINE HRESULT
InitPropVariantFromDouble(DOUBLE dblVal, PROPVARIANT *ppropvar)
{
    PropVariantInit(ppropvar);
    ppropvar->vt = VT_R8;
    ppropvar->dblVal = dblVal;
    return S_OK;
}

OWDF_INLINE HRESULT
InitPropVariantFromFileTime(const FILETIME *pftIn, PROPVARIANT *ppropvar)
{
    PropVariantInit(ppropvar);
    ppropvar->vt = VT_FILETIME;
    ppropvar->filetime = *pftIn;
    return S_OK;
}

/* Copies bytes for a value; NULL when there is no memory. */
OWDF_INLINE PVOID
owdf_propvariant_copy(const VOID *from, SIZE_T bytes)
{
    PVOID copy = CoTaskMemAlloc(bytes ? bytes : 1);

    return copy ? memcpy(copy, from, bytes) : NULL;
}

OWDF_INLINE HRESULT
InitPropVariantFromString(PCWSTR psz, PROPVARIANT *ppropvar)
{
    SIZE_T length = 0;

    while (psz[length] != 0) {
        length++;
    }
    PropVariantInit(ppropvar);
    ppropvar->pwszVal = (LPWSTR)owdf_propvariant_copy(psz, (length + 1) * sizeof(WCHAR));
    ppropvar->vt = ppropvar->pwszVal ? VT_LPWSTR : VT_EMPTY;
    return ppropvar->pwszVal ? S_OK : E_OUTOFMEMORY;
}

OWDF_INLINE HRESULT
InitPropVariantFromCLSID(REFCLSID clsid, PROPVARIANT *ppropvar)
{
    PropVariantInit(ppropvar);
#ifdef __cplusplus
    ppropvar->puuid = (CLSID *)owdf_propvariant_copy(&clsid, sizeof(CLSID));
#else
    ppropvar->puuid = (CLSID *)owdf_propvariant_copy(clsid, sizeof(CLSID));
#endif
    ppropvar->vt = ppropvar->puuid ? VT_CLSID : VT_EMPTY;
    return ppropvar->puuid ? S_OK : E_OUTOFMEMORY;
}

OWDF_INLINE HRESULT
InitPropVariantFromBuffer(const VOID *pv, UINT cb, PROPVARIANT *ppropvar)
{
    PropVariantInit(ppropvar);
    ppropvar->caub.pElems = (UCHAR *)owdf_propvariant_copy(pv, cb);
    if (ppropvar->caub.pElems == NULL) {
        return E_OUTOFMEMORY;
    }
    ppropvar->vt = VT_VECTOR | VT_UI1;
    ppropvar->caub.cElems = cb;
    return S_OK;
}

OWDF_INLINE HRESULT
InitPropVariantFromUInt32Vector(const ULONG *prgn, ULONG cElems, PROPVARIANT *ppropvar)
{
    PropVariantInit(ppropvar);
    ppropvar->caul.pElems = (ULONG *)owdf_propvariant_copy(prgn, cElems * sizeof(ULONG));
    if (ppropvar->caul.pElems == NULL) {
        return E_OUTOFMEMORY;
    }
    ppropvar->vt = VT_VECTOR | VT_UI4;
    ppropvar->caul.cElems = cElems;
    return S_OK;
}

#endif

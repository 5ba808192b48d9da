/* SPDX-License-Identifier: MIT */
/* Of COM's run time, what plain programs use: GUIDs as text, the task allocator, the calls around them. */
#ifndef _OBJBASE_H_
#define _OBJBASE_H_

#include <windows.h>
#include <wtypes.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef GUID UUID;
#ifndef _REFCLSID_DEFINED
#define _REFCLSID_DEFINED
typedef enum tagCOINIT {
    COINIT_MULTITHREADED = 0x0,
    COINIT_APARTMENTTHREADED = 0x2,
    COINIT_DISABLE_OLE1DDE = 0x4,
    COINIT_SPEED_OVER_MEMORY = 0x8
} COINIT;
#endif

/* Threads need no preparation here: S_OK, and S_FALSE when this thread has called before. */
WINBASEAPI HRESULT CoInitialize(LPVOID pvReserved);
WINBASEAPI HRESULT CoInitializeEx(LPVOID pvReserved, DWORD dwCoInit);
WINBASEAPI VOID CoUninitialize(VOID);

WINBASEAPI HRESULT CoCreateGuid(GUID *pguid);
/* "{…}" with capital letters; returns characters with the final zero, 0 when cchMax is too small. */
WINBASEAPI int StringFromGUID2(REFGUID rguid, LPOLESTR lpsz, int cchMax);
/* The caller frees *lplpsz with CoTaskMemFree. */
WINBASEAPI HRESULT StringFromCLSID(REFCLSID rclsid, LPOLESTR *lplpsz);
WINBASEAPI HRESULT StringFromIID(REFIID rclsid, LPOLESTR *lplpsz);
/* CO_E_CLASSSTRING when the text is no GUID in braces. */
WINBASEAPI HRESULT CLSIDFromString(LPCOLESTR lpsz, LPCLSID pclsid);
WINBASEAPI HRESULT IIDFromString(LPCOLESTR lpsz, LPIID lpiid);
WINBASEAPI LPVOID CoTaskMemAlloc(SIZE_T cb);
WINBASEAPI LPVOID CoTaskMemRealloc(LPVOID pv, SIZE_T cb);
WINBASEAPI VOID CoTaskMemFree(LPVOID pv);

#ifdef __cplusplus
}
#endif

#endif

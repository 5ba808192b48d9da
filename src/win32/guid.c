/* SPDX-License-Identifier: MIT */
/* GUIDs as text, new ones, and COM's allocator: what plain programs use of objbase.h. */
#include "win32/object.h"

#include <objbase.h>

#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "sys/random.h"

const GUID GUID_NULL __attribute__((visibility("default"))) = {0, 0, 0, {0}};

#define GUID_CHARS 38 /* Braces, four hyphens, 32 digits. */

static void
put_hex(WCHAR **to, uint64_t value, unsigned digits)
{
    while (digits-- > 0) {
        *(*to)++ = L"0123456789ABCDEF"[(value >> (digits * 4)) & 0xf];
    }
}

int
StringFromGUID2(REFGUID rguid, LPOLESTR lpsz, int cchMax)
{
    WCHAR *to = lpsz;
    unsigned i;

    if (cchMax <= GUID_CHARS) {
        return 0;
    }
    *to++ = '{';
    put_hex(&to, rguid->Data1, 8);
    *to++ = '-';
    put_hex(&to, rguid->Data2, 4);
    *to++ = '-';
    put_hex(&to, rguid->Data3, 4);
    *to++ = '-';
    for (i = 0; i < 8; i++) {
        put_hex(&to, rguid->Data4[i], 2);
        if (i == 1) {
            *to++ = '-';
        }
    }
    *to++ = '}';
    *to = 0;
    return GUID_CHARS + 1;
}

/* Takes `digits` hexadecimal digits; false when there are not so many. */
static bool
get_hex(const WCHAR **from, unsigned digits, uint64_t *ret_value)
{
    uint64_t value = 0;

    while (digits-- > 0) {
        unsigned digit = number_digit(**from);

        if (digit >= 16) {
            return false;
        }
        value = value << 4 | digit;
        (*from)++;
    }
    *ret_value = value;
    return true;
}

static bool
get(const WCHAR **from, WCHAR c)
{
    if (**from != c) {
        return false;
    }
    (*from)++;
    return true;
}

HRESULT
CLSIDFromString(LPCOLESTR lpsz, LPCLSID pclsid)
{
    const WCHAR *at = lpsz;
    uint64_t a, b, c, byte[8];
    unsigned i;
    bool good;

    memset(pclsid, 0, sizeof(*pclsid));
    if (lpsz == NULL) {
        return S_OK;
    }
    good = get(&at, '{') && get_hex(&at, 8, &a) && get(&at, '-') && get_hex(&at, 4, &b) &&
           get(&at, '-') && get_hex(&at, 4, &c) && get(&at, '-');
    for (i = 0; good && i < 8; i++) {
        good = get_hex(&at, 2, &byte[i]) && (i != 1 || get(&at, '-'));
    }
    if (!good || !get(&at, '}') || *at != 0) {
        return CO_E_CLASSSTRING;
    }
    pclsid->Data1 = (ULONG)a;
    pclsid->Data2 = (USHORT)b;
    pclsid->Data3 = (USHORT)c;
    for (i = 0; i < 8; i++) {
        pclsid->Data4[i] = (UCHAR)byte[i];
    }
    return S_OK;
}

HRESULT
IIDFromString(LPCOLESTR lpsz, LPIID lpiid)
{
    return CLSIDFromString(lpsz, lpiid);
}

HRESULT
StringFromCLSID(REFCLSID rclsid, LPOLESTR *lplpsz)
{
    *lplpsz = CoTaskMemAlloc((GUID_CHARS + 1) * sizeof(WCHAR));
    if (*lplpsz == NULL) {
        return E_OUTOFMEMORY;
    }
    (void)StringFromGUID2(rclsid, *lplpsz, GUID_CHARS + 1);
    return S_OK;
}

HRESULT
StringFromIID(REFIID rclsid, LPOLESTR *lplpsz)
{
    return StringFromCLSID(rclsid, lplpsz);
}

HRESULT
CoCreateGuid(GUID *pguid)
{
    sys_random_bytes(pguid, sizeof(*pguid));
    pguid->Data3 = (USHORT)((pguid->Data3 & 0x0fff) | 0x4000); /* Version 4: random. */
    pguid->Data4[0] = (UCHAR)((pguid->Data4[0] & 0x3f) | 0x80);
    return S_OK;
}

HRESULT
CoInitializeEx(LPVOID pvReserved, DWORD dwCoInit)
{
    (void)pvReserved;
    (void)dwCoInit;
    return w32_thread()->com_depth++ == 0 ? S_OK : S_FALSE;
}

HRESULT
CoInitialize(LPVOID pvReserved)
{
    return CoInitializeEx(pvReserved, COINIT_APARTMENTTHREADED);
}

VOID
CoUninitialize(VOID)
{
    struct w32_thread_state *thread = w32_thread();

    thread->com_depth -= thread->com_depth != 0 ? 1 : 0;
}

LPVOID
CoTaskMemAlloc(SIZE_T cb)
{
    return malloc(cb != 0 ? cb : 1);
}

LPVOID
CoTaskMemRealloc(LPVOID pv, SIZE_T cb)
{
    return realloc(pv, cb);
}

VOID
CoTaskMemFree(LPVOID pv)
{
    free(pv);
}

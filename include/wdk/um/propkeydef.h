/* SPDX-License-Identifier: MIT */
/* Keys of properties: a GUID and a number. Defined where <initguid.h> came before, declared elsewhere. */
#ifndef PROPERTYKEY_DEFINED
#define PROPERTYKEY_DEFINED
#include <windows.h>

typedef struct _tagpropertykey {
    GUID fmtid;
    DWORD pid;
} PROPERTYKEY;
#endif

#ifndef PID_FIRST_USABLE
#define PID_FIRST_USABLE 2
#endif

#ifndef REFPROPERTYKEY
#ifdef __cplusplus
#define REFPROPERTYKEY const PROPERTYKEY &
#else
#define REFPROPERTYKEY const PROPERTYKEY *
#endif
#endif

/* Each inclusion judges anew. */
#undef DEFINE_PROPERTYKEY
#ifdef INITGUID
#ifdef __cplusplus
#define DEFINE_PROPERTYKEY(name, l, w1, w2, b1, b2, b3, b4, b5, b6, b7, b8, pid)                   \
    extern "C" {                                                                                   \
    extern const PROPERTYKEY name __attribute__((weak));                                           \
    const PROPERTYKEY name = {{l, w1, w2, {b1, b2, b3, b4, b5, b6, b7, b8}}, pid};                 \
    }                                                                                              \
    static_assert(true, "")
#else
#define DEFINE_PROPERTYKEY(name, l, w1, w2, b1, b2, b3, b4, b5, b6, b7, b8, pid)                   \
    extern const PROPERTYKEY name __attribute__((weak));                                           \
    const PROPERTYKEY name = {{l, w1, w2, {b1, b2, b3, b4, b5, b6, b7, b8}}, pid}
#endif
#else
#define DEFINE_PROPERTYKEY(name, l, w1, w2, b1, b2, b3, b4, b5, b6, b7, b8, pid)                   \
    EXTERN_C const PROPERTYKEY name
#endif

#ifndef IsEqualPropertyKey
#ifdef __cplusplus
#define IsEqualPropertyKey(a, b) ((a).pid == (b).pid && IsEqualGUID((a).fmtid, (b).fmtid))
#else
#define IsEqualPropertyKey(a, b) ((a).pid == (b).pid && IsEqualGUID(&(a).fmtid, &(b).fmtid))
#endif
#endif

#ifndef _PROPERTYKEY_EQUALITY_OPERATORS_
#define _PROPERTYKEY_EQUALITY_OPERATORS_
#ifdef __cplusplus
extern "C++" {
inline bool
operator==(REFPROPERTYKEY one, REFPROPERTYKEY other)
{
    return IsEqualPropertyKey(one, other);
}
inline bool
operator!=(REFPROPERTYKEY one, REFPROPERTYKEY other)
{
    return !(one == other);
}
}
#endif
#endif

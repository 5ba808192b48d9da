/* SPDX-License-Identifier: MIT */
/* Time-outs, alignment and pointer arithmetic. */
#ifndef OWDF_WDFCORE_H
#define OWDF_WDFCORE_H

WDF_EXTERN_C_START

/* Units of 100 ns in a second, a millisecond, a microsecond. */
#define WDF_TIMEOUT_TO_SEC ((LONGLONG)10000000)
#define WDF_TIMEOUT_TO_MS  ((LONGLONG)10000)
#define WDF_TIMEOUT_TO_US  ((LONGLONG)10)

/* Negative due times count from now, positive ones from 1601. */
OWDF_INLINE LONGLONG
WDF_REL_TIMEOUT_IN_SEC(_In_ ULONGLONG Time)
{
    return -(LONGLONG)Time * WDF_TIMEOUT_TO_SEC;
}

OWDF_INLINE LONGLONG
WDF_ABS_TIMEOUT_IN_SEC(_In_ ULONGLONG Time)
{
    return (LONGLONG)Time * WDF_TIMEOUT_TO_SEC;
}

OWDF_INLINE LONGLONG
WDF_REL_TIMEOUT_IN_MS(_In_ ULONGLONG Time)
{
    return -(LONGLONG)Time * WDF_TIMEOUT_TO_MS;
}

OWDF_INLINE LONGLONG
WDF_ABS_TIMEOUT_IN_MS(_In_ ULONGLONG Time)
{
    return (LONGLONG)Time * WDF_TIMEOUT_TO_MS;
}

OWDF_INLINE LONGLONG
WDF_REL_TIMEOUT_IN_US(_In_ ULONGLONG Time)
{
    return -(LONGLONG)Time * WDF_TIMEOUT_TO_US;
}

OWDF_INLINE LONGLONG
WDF_ABS_TIMEOUT_IN_US(_In_ ULONGLONG Time)
{
    return (LONGLONG)Time * WDF_TIMEOUT_TO_US;
}

/* AlignTo: a power of two. */
OWDF_INLINE size_t
WDF_ALIGN_SIZE_DOWN(_In_ size_t Length, _In_ size_t AlignTo)
{
    return Length & ~(AlignTo - 1);
}

OWDF_INLINE size_t
WDF_ALIGN_SIZE_UP(_In_ size_t Length, _In_ size_t AlignTo)
{
    return WDF_ALIGN_SIZE_DOWN(Length + AlignTo - 1, AlignTo);
}

#define WDF_PTR_ADD_OFFSET_TYPE(_ptr, _offset, _type) ((_type)((PUCHAR)(_ptr) + (_offset)))
#define WDF_PTR_ADD_OFFSET(_ptr, _offset)             WDF_PTR_ADD_OFFSET_TYPE(_ptr, _offset, PVOID)
#define WDF_PTR_GET_OFFSET(_base, _addr)              ((size_t)((PUCHAR)(_addr) - (PUCHAR)(_base)))

WDF_EXTERN_C_END

#endif

/* SPDX-License-Identifier: MIT */
/*
 * Integer conversions and arithmetic that refuse to overflow. <ntintsafe.h> (names RtlX, NTSTATUS) and
 * <intsafe.h> (names X, HRESULT) set OWDF_SAFE, OWDF_SAFE_RESULT, OWDF_SAFE_OK and OWDF_SAFE_OVERFLOW
 * and include this header. On overflow the result is the type's error value: -1, or all ones.
 */
/* clang-format off */

#define OWDF_SAFE_CONVERT(from, from_type, to, to_type)                                            \
    OWDF_INLINE OWDF_SAFE_RESULT OWDF_SAFE(from##To##to)(from_type Operand, to_type *Result)       \
    {                                                                                              \
        if (__builtin_add_overflow(Operand, (from_type)0, Result)) {                               \
            *Result = (to_type)-1;                                                                 \
            return OWDF_SAFE_OVERFLOW;                                                             \
        }                                                                                          \
        return OWDF_SAFE_OK;                                                                       \
    }
#define OWDF_SAFE_OPERATION(name, type, builtin)                                                   \
    OWDF_INLINE OWDF_SAFE_RESULT OWDF_SAFE(name)(type Left, type Right, type *Result)              \
    {                                                                                              \
        if (builtin(Left, Right, Result)) {                                                        \
            *Result = (type)-1;                                                                    \
            return OWDF_SAFE_OVERFLOW;                                                             \
        }                                                                                          \
        return OWDF_SAFE_OK;                                                                       \
    }
#define OWDF_SAFE_ARITHMETIC(name, type)                                                           \
    OWDF_SAFE_OPERATION(name##Add, type, __builtin_add_overflow)                                   \
    OWDF_SAFE_OPERATION(name##Sub, type, __builtin_sub_overflow)                                   \
    OWDF_SAFE_OPERATION(name##Mult, type, __builtin_mul_overflow)
#define OWDF_SAFE_FROM(from, from_type)                                                            \
    OWDF_SAFE_CONVERT(from, from_type, Char, CHAR)                                                 \
    OWDF_SAFE_CONVERT(from, from_type, Int8, INT8)                                                 \
    OWDF_SAFE_CONVERT(from, from_type, UInt8, UINT8)                                               \
    OWDF_SAFE_CONVERT(from, from_type, Short, SHORT)                                               \
    OWDF_SAFE_CONVERT(from, from_type, UShort, USHORT)                                             \
    OWDF_SAFE_CONVERT(from, from_type, Int, INT)                                                   \
    OWDF_SAFE_CONVERT(from, from_type, UInt, UINT)                                                 \
    OWDF_SAFE_CONVERT(from, from_type, Long, LONG)                                                 \
    OWDF_SAFE_CONVERT(from, from_type, ULong, ULONG)                                               \
    OWDF_SAFE_CONVERT(from, from_type, IntPtr, INT_PTR)                                            \
    OWDF_SAFE_CONVERT(from, from_type, UIntPtr, UINT_PTR)                                          \
    OWDF_SAFE_CONVERT(from, from_type, LongPtr, LONG_PTR)                                          \
    OWDF_SAFE_CONVERT(from, from_type, ULongPtr, ULONG_PTR)                                        \
    OWDF_SAFE_CONVERT(from, from_type, LongLong, LONGLONG)                                         \
    OWDF_SAFE_CONVERT(from, from_type, ULongLong, ULONGLONG)                                       \
    OWDF_SAFE_CONVERT(from, from_type, DWord, ULONG)                                               \
    OWDF_SAFE_CONVERT(from, from_type, Word, USHORT)                                               \
    OWDF_SAFE_CONVERT(from, from_type, Byte, UINT8)                                                \
    OWDF_SAFE_CONVERT(from, from_type, Int16, SHORT)                                               \
    OWDF_SAFE_CONVERT(from, from_type, UInt16, USHORT)                                             \
    OWDF_SAFE_CONVERT(from, from_type, Int32, INT)                                                 \
    OWDF_SAFE_CONVERT(from, from_type, UInt32, UINT)                                               \
    OWDF_SAFE_CONVERT(from, from_type, Int64, LONGLONG)                                            \
    OWDF_SAFE_CONVERT(from, from_type, UInt64, ULONGLONG)                                          \
    OWDF_SAFE_CONVERT(from, from_type, DWordPtr, ULONG_PTR)                                        \
    OWDF_SAFE_CONVERT(from, from_type, DWordLong, ULONGLONG)                                       \
    OWDF_SAFE_CONVERT(from, from_type, SizeT, SIZE_T)                                              \
    OWDF_SAFE_CONVERT(from, from_type, SSizeT, SSIZE_T)                                            \
    OWDF_SAFE_CONVERT(from, from_type, PtrdiffT, LONG_PTR)

OWDF_SAFE_FROM(Int8, INT8)
OWDF_SAFE_FROM(UInt8, UINT8)
OWDF_SAFE_FROM(Short, SHORT)
OWDF_SAFE_FROM(UShort, USHORT)
OWDF_SAFE_FROM(Int, INT)
OWDF_SAFE_FROM(UInt, UINT)
OWDF_SAFE_FROM(Long, LONG)
OWDF_SAFE_FROM(ULong, ULONG)
OWDF_SAFE_FROM(IntPtr, INT_PTR)
OWDF_SAFE_FROM(UIntPtr, UINT_PTR)
OWDF_SAFE_FROM(LongPtr, LONG_PTR)
OWDF_SAFE_FROM(ULongPtr, ULONG_PTR)
OWDF_SAFE_FROM(LongLong, LONGLONG)
OWDF_SAFE_FROM(ULongLong, ULONGLONG)
OWDF_SAFE_FROM(DWord64, ULONGLONG)
OWDF_SAFE_FROM(ULong64, ULONGLONG)
OWDF_SAFE_FROM(Long64, LONGLONG)
OWDF_SAFE_FROM(DWord, ULONG)
OWDF_SAFE_FROM(Word, USHORT)
OWDF_SAFE_FROM(Byte, UINT8)
OWDF_SAFE_FROM(Int16, SHORT)
OWDF_SAFE_FROM(UInt16, USHORT)
OWDF_SAFE_FROM(Int32, INT)
OWDF_SAFE_FROM(UInt32, UINT)
OWDF_SAFE_FROM(Int64, LONGLONG)
OWDF_SAFE_FROM(UInt64, ULONGLONG)
OWDF_SAFE_FROM(DWordPtr, ULONG_PTR)
OWDF_SAFE_FROM(DWordLong, ULONGLONG)
OWDF_SAFE_FROM(SizeT, SIZE_T)
OWDF_SAFE_FROM(SSizeT, SSIZE_T)
OWDF_SAFE_FROM(PtrdiffT, LONG_PTR)

OWDF_SAFE_ARITHMETIC(Int8, INT8)
OWDF_SAFE_ARITHMETIC(UInt8, UINT8)
OWDF_SAFE_ARITHMETIC(Short, SHORT)
OWDF_SAFE_ARITHMETIC(UShort, USHORT)
OWDF_SAFE_ARITHMETIC(Int, INT)
OWDF_SAFE_ARITHMETIC(UInt, UINT)
OWDF_SAFE_ARITHMETIC(Long, LONG)
OWDF_SAFE_ARITHMETIC(ULong, ULONG)
OWDF_SAFE_ARITHMETIC(IntPtr, INT_PTR)
OWDF_SAFE_ARITHMETIC(UIntPtr, UINT_PTR)
OWDF_SAFE_ARITHMETIC(LongPtr, LONG_PTR)
OWDF_SAFE_ARITHMETIC(ULongPtr, ULONG_PTR)
OWDF_SAFE_ARITHMETIC(LongLong, LONGLONG)
OWDF_SAFE_ARITHMETIC(ULongLong, ULONGLONG)
OWDF_SAFE_ARITHMETIC(DWord, ULONG)
OWDF_SAFE_ARITHMETIC(Word, USHORT)
OWDF_SAFE_ARITHMETIC(Byte, UINT8)
OWDF_SAFE_ARITHMETIC(Int16, SHORT)
OWDF_SAFE_ARITHMETIC(UInt16, USHORT)
OWDF_SAFE_ARITHMETIC(Int32, INT)
OWDF_SAFE_ARITHMETIC(UInt32, UINT)
OWDF_SAFE_ARITHMETIC(Int64, LONGLONG)
OWDF_SAFE_ARITHMETIC(UInt64, ULONGLONG)
OWDF_SAFE_ARITHMETIC(Long64, LONGLONG)
OWDF_SAFE_ARITHMETIC(ULong64, ULONGLONG)
OWDF_SAFE_ARITHMETIC(DWord64, ULONGLONG)
OWDF_SAFE_ARITHMETIC(DWordPtr, ULONG_PTR)
OWDF_SAFE_ARITHMETIC(DWordLong, ULONGLONG)
OWDF_SAFE_ARITHMETIC(SizeT, SIZE_T)
OWDF_SAFE_ARITHMETIC(SSizeT, SSIZE_T)
OWDF_SAFE_ARITHMETIC(PtrdiffT, LONG_PTR)

#undef OWDF_SAFE_CONVERT
#undef OWDF_SAFE_OPERATION
#undef OWDF_SAFE_ARITHMETIC
#undef OWDF_SAFE_FROM
#undef OWDF_SAFE
#undef OWDF_SAFE_RESULT
#undef OWDF_SAFE_OK
#undef OWDF_SAFE_OVERFLOW

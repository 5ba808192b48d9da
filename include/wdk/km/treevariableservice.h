/* SPDX-License-Identifier: MIT */
/*
 * The messages of the secure service that keeps UEFI variables (TrEE). CHAR16 is the includer's, as the documentation
 * wants it.
 */
#ifndef _TREEVARIABLESERVICE_H_
#define _TREEVARIABLESERVICE_H_

#include <ntdef.h>
#include <guiddef.h>

typedef struct _EFI_GET_VARIABLE_IN {
    GUID VendorGuid;
    CHAR16 VariableName[ANYSIZE_ARRAY];
} EFI_GET_VARIABLE_IN, *PEFI_GET_VARIABLE_IN;

typedef struct _EFI_GET_VARIABLE_OUT {
    ULONG64 EfiStatus;
    ULONG Attributes;
    ULONG DataSize;
    UCHAR Data[ANYSIZE_ARRAY];
} EFI_GET_VARIABLE_OUT, *PEFI_GET_VARIABLE_OUT;

typedef struct _EFI_GET_NEXT_VARIABLE_NAME_IN {
    GUID VendorGuid;
    CHAR16 VariableName[ANYSIZE_ARRAY];
} EFI_GET_NEXT_VARIABLE_NAME_IN, *PEFI_GET_NEXT_VARIABLE_NAME_IN;

typedef struct _EFI_GET_NEXT_VARIABLE_NAME_OUT {
    ULONG64 EfiStatus;
    GUID VendorGuid;
    ULONG NameLength;
    CHAR16 VariableName[ANYSIZE_ARRAY];
} EFI_GET_NEXT_VARIABLE_NAME_OUT, *PEFI_GET_NEXT_VARIABLE_NAME_OUT;

typedef struct _EFI_SET_VARIABLE_IN {
    ULONG VariableNameOffset;
    GUID VendorGuid;
    ULONG Attributes;
    ULONG DataSize;
    ULONG DataOffset;
    UCHAR Buffer[ANYSIZE_ARRAY]; /* The two offsets count from here. */
} EFI_SET_VARIABLE_IN, *PEFI_SET_VARIABLE_IN;

typedef struct _EFI_SET_VARIABLE_OUT {
    ULONG64 EfiStatus;
} EFI_SET_VARIABLE_OUT, *PEFI_SET_VARIABLE_OUT;

typedef struct _EFI_QUERY_VARIABLE_INFO_IN {
    ULONG Attributes;
} EFI_QUERY_VARIABLE_INFO_IN, *PEFI_QUERY_VARIABLE_INFO_IN;

typedef struct _EFI_QUERY_VARIABLE_INFO_OUT {
    ULONG64 EfiStatus;
    ULONG64 MaximumVariableStorageSize;
    ULONG64 RemainingVariableStorageSize;
    ULONG64 MaximumVariableSize;
} EFI_QUERY_VARIABLE_INFO_OUT, *PEFI_QUERY_VARIABLE_INFO_OUT;

#define EFI_SET_VARIABLE_GET_VARIABLE_NAME(_SetVariable)                                           \
    ((CHAR16 *)((_SetVariable)->Buffer + (_SetVariable)->VariableNameOffset))
#define EFI_SET_VARIABLE_GET_DATA(_SetVariable)                                                    \
    ((PVOID)((_SetVariable)->Buffer + (_SetVariable)->DataOffset))

#endif

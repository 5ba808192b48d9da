/* SPDX-License-Identifier: MIT */
/*
 * Requests to secure services of a trusted run time (TrEE): what applications and services exchange with it. The
 * documentation names the requests without their numbers; these are those of the header's published copies.
 */
#ifndef _TRUSTEDRT_H_
#define _TRUSTEDRT_H_

#include <devioctl.h>
#include <guiddef.h>
#ifdef _KERNEL_MODE
#include <ntdef.h>
#else
#include <windef.h>
#endif

/* A pointer of a requester of any width. */
#define OWDF_TR_POINTER PVOID

typedef struct _TR_SERVICE_INFORMATION_V1 {
    ULONG InterfaceVersion;
    ULONG ServiceMajorVersion;
    ULONG ServiceMinorVersion;
} TR_SERVICE_INFORMATION_V1, *PTR_SERVICE_INFORMATION_V1;

typedef struct _TR_SERVICE_REQUEST_V1 {
    ULONG InterfaceVersion;
    ULONG ServiceMajorVersion;
    ULONG ServiceMinorVersion;
    ULONG FunctionCode;
    OWDF_TR_POINTER InputBuffer;
    ULONG64 InputBufferSize;
    OWDF_TR_POINTER OutputBuffer;
    ULONG64 OutputBufferSize;
} TR_SERVICE_REQUEST_V1, *PTR_SERVICE_REQUEST_V1;

typedef struct _TR_SERVICE_REQUEST_RESPONSE_V1 {
    ULONG InterfaceVersion;
    ULONG64 BytesWritten;
} TR_SERVICE_REQUEST_RESPONSE_V1, *PTR_SERVICE_REQUEST_RESPONSE_V1;

typedef TR_SERVICE_INFORMATION_V1 TR_SERVICE_INFORMATION, *PTR_SERVICE_INFORMATION;
typedef TR_SERVICE_REQUEST_V1 TR_SERVICE_REQUEST, *PTR_SERVICE_REQUEST;
typedef TR_SERVICE_REQUEST_RESPONSE_V1 TR_SERVICE_REQUEST_RESPONSE, *PTR_SERVICE_REQUEST_RESPONSE;
#undef OWDF_TR_POINTER

#define FILE_DEVICE_TRUST_ENV  0x00000056
#define IOCTL_TR_SERVICE_QUERY CTL_CODE(FILE_DEVICE_TRUST_ENV, 0, METHOD_BUFFERED, FILE_ANY_ACCESS)
#define IOCTL_TR_EXECUTE_FUNCTION                                                                  \
    CTL_CODE(FILE_DEVICE_TRUST_ENV, 1, METHOD_BUFFERED, FILE_WRITE_ACCESS)
#define IOCTL_TR_ENUMERATE_SERVICES                                                                \
    CTL_CODE(FILE_DEVICE_TRUST_ENV, 2, METHOD_BUFFERED, FILE_ANY_ACCESS)

#endif

/* SPDX-License-Identifier: MIT */
/* Common buffers: memory that the processor and a bus master share. */
#ifndef OWDF_WDFCOMMONBUFFER_H
#define OWDF_WDFCOMMONBUFFER_H

WDF_EXTERN_C_START

typedef struct _WDF_COMMON_BUFFER_CONFIG {
    ULONG Size;
    ULONG AlignmentRequirement;
} WDF_COMMON_BUFFER_CONFIG, *PWDF_COMMON_BUFFER_CONFIG;

OWDF_INLINE VOID
WDF_COMMON_BUFFER_CONFIG_INIT(_Out_ PWDF_COMMON_BUFFER_CONFIG Config,
                              _In_ ULONG AlignmentRequirement)
{
    OWDF_INIT(Config);
    Config->AlignmentRequirement = AlignmentRequirement;
}

WDF_EXTERN_C_END

#include "wdfcommonbuffer_calls.h"

#endif

/* SPDX-License-Identifier: MIT */
/* An export driver without the framework. */
#define EXPORT_PLAIN_ONLY
#include "export_common.h"

NTSTATUS DllInitialize(PUNICODE_STRING RegistryPath);
NTSTATUS DllUnload(VOID);

static LONG initialized;
static PVOID block;

NTSTATUS
DllInitialize(PUNICODE_STRING RegistryPath)
{
    block = ExAllocatePool2(POOL_FLAG_NON_PAGED, 100, 'nalP');
    DbgPrint("plain: DllInitialize %wZ\n", RegistryPath);
    if (block == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    initialized++; /* A module that stays mapped keeps its variables. */
    return STATUS_SUCCESS;
}

NTSTATUS
DllUnload(VOID)
{
    DbgPrint("plain: DllUnload\n");
    ExFreePoolWithTag(block, 'nalP');
    initialized = 0;
    return STATUS_SUCCESS;
}

LONG
PlainInitialized(void)
{
    return initialized;
}

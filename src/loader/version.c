/* SPDX-License-Identifier: MIT */
/*
 * The framework's side of binding: checks the version a module was built for, picks the function
 * table, makes the module's globals. A module of a smaller minor version gets the same table:
 * places never change, tables only grow.
 */
#include "loader/version.h"

#include <stddef.h>
#include <string.h>

#include "base/log.h"
#include "base/utf16.h"
#include "fx/core/globals.h"
#include "fx_imports.h"

/* Size of the first form of WDF_BIND_INFO. */
#define BIND_INFO_SIZE_MIN sizeof(WDF_BIND_INFO)

struct framework {
    const char *name;
    ULONG major;
    ULONG minor;
    const WDFFUNC *table;
    ULONG length;
};

static const struct framework kmdf = {
    "KMDF", KMDF_OUR_MAJOR, KMDF_OUR_MINOR, fx_kmdf_table, FX_KMDF_TABLE_LENGTH,
};
static const struct framework umdf = {
    "UMDF", UMDF_OUR_MAJOR, UMDF_OUR_MINOR, fx_umdf_table, FX_UMDF_TABLE_LENGTH,
};

static NTSTATUS
refuse(const char *name, const WDF_BIND_INFO *info, const struct framework *ours)
{
    base_log(BASE_LOG_ERROR, "loader",
             "%s was built for %s %u.%u (%u functions, at least version %u.%u); "
             "this framework is %s %u.%u (%u functions)",
             name, ours->name, info->Major, info->Minor, info->FuncCount, info->Major,
             info->MinimumMinor, ours->name, ours->major, ours->minor, ours->length);
    return STATUS_OBJECT_TYPE_MISMATCH;
}

NTSTATUS
version_check(const char *name, PWDF_BIND_INFO info)
{
    const struct framework *ours;
    bool newer;

    if (info->Size < BIND_INFO_SIZE_MIN) {
        base_log(BASE_LOG_ERROR, "loader",
                 "%s: its stub speaks another form of binding (%u bytes, ours are %zu)", name,
                 info->Size, sizeof(*info));
        return STATUS_INVALID_PARAMETER;
    }
    ours = info->IsUmdf ? &umdf : &kmdf;
    newer = info->Minor > ours->minor;
    if (info->Major != ours->major || info->MinimumMinor > ours->minor ||
        (!newer && info->FuncCount > ours->length)) {
        return refuse(name, info, ours);
    }
    info->FuncTable = ours->table;
    info->AvailableFuncCount = ours->length;
    info->ClientVersionHigherThanFramework = newer;
    return STATUS_SUCCESS;
}

void
version_component_name(PCUNICODE_STRING registry_path, char *name, size_t size)
{
    const WCHAR *text = registry_path == NULL ? NULL : registry_path->Buffer;
    size_t end = text == NULL ? 0 : registry_path->Length / sizeof(WCHAR);
    size_t start;

    while (end > 0 && (text[end - 1] == L'\\' || text[end - 1] == L'\0')) {
        end--;
    }
    for (start = end; start > 0 && text[start - 1] != L'\\'; start--) {
    }
    memset(name, 0, size);
    if (end > start) {
        utf16_to_utf8(name, size - 1, (const uint16_t *)text + start, end - start);
    }
}

NTSTATUS NTAPI
WdfVersionBind(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath, PWDF_BIND_INFO BindInfo,
               PWDF_DRIVER_GLOBALS *ComponentGlobals)
{
    char name[WDF_DRIVER_GLOBALS_NAME_LEN];
    struct fx_bind_params params;
    struct fx_globals *globals;
    NTSTATUS status;

    version_component_name(RegistryPath, name, sizeof(name));
    status = version_check(name, BindInfo);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    params = (struct fx_bind_params){
        .component_name = name,
        .driver_object = DriverObject,
        .registry_path = RegistryPath,
        .major = BindInfo->Major,
        .minor = BindInfo->Minor,
        .table_length = BindInfo->FuncCount,
        .is_umdf = BindInfo->IsUmdf != 0,
        .is_export = BindInfo->IsExportDriver != FALSE,
    };
    status = fx_globals_create(&params, &globals);
    if (NT_SUCCESS(status)) {
        *ComponentGlobals = &globals->public;
    }
    return status;
}

VOID NTAPI
WdfVersionUnbind(PWDF_BIND_INFO BindInfo, PWDF_DRIVER_GLOBALS ComponentGlobals)
{
    BindInfo->FuncTable = NULL;
    fx_globals_delete(fx_globals_of(ComponentGlobals));
}

/* SPDX-License-Identifier: MIT */
/* Places of the functions in the jump table, and what is available at run time. */
#ifndef OWDF_WDFFUNCENUM_H
#define OWDF_WDFFUNCENUM_H

#include "wdf_index.h"

/* From this minor version on a driver may be built for a newer framework than it finds. */
#define WDF_FIRST_VERSION_SUPPORTING_CLIENT_VERSION_HIGHER_THAN_FRAMEWORK 25

#if OWDF_UMDF
#define OWDF_VERSION_MAJOR 2
#define OWDF_VERSION_MINOR UMDF_VERSION_MINOR
#ifdef UMDF_MINIMUM_VERSION_REQUIRED
#define OWDF_MINIMUM_MINOR UMDF_MINIMUM_VERSION_REQUIRED
#endif
#define WDF_ALWAYS_AVAILABLE_FUNCTION_COUNT 268
#else
#define OWDF_VERSION_MAJOR 1
#define OWDF_VERSION_MINOR KMDF_VERSION_MINOR
#ifdef KMDF_MINIMUM_VERSION_REQUIRED
#define OWDF_MINIMUM_MINOR KMDF_MINIMUM_VERSION_REQUIRED
#endif
#define WDF_ALWAYS_AVAILABLE_FUNCTION_COUNT 453
#endif

#ifndef OWDF_MINIMUM_MINOR
#define OWDF_MINIMUM_MINOR OWDF_VERSION_MINOR
#elif OWDF_MINIMUM_MINOR < WDF_FIRST_VERSION_SUPPORTING_CLIENT_VERSION_HIGHER_THAN_FRAMEWORK
#error "The minimum version required must be 25 or later."
#elif OWDF_MINIMUM_MINOR > OWDF_VERSION_MINOR
#error "The minimum version required is later than the version the driver is built for."
#endif

WDF_EXTERN_C_START

#ifndef OWDF_STUB
const OWDF_BUILT_FOR OwdfBuiltFor = {
    OWDF_VERSION_MAJOR, OWDF_VERSION_MINOR, OWDF_TABLE_LENGTH, OWDF_MINIMUM_MINOR, OWDF_UMDF,
};
#endif

/* The stub's: whether the framework is older than the driver, and how many functions it has. */
extern BOOLEAN WdfClientVersionHigherThanFramework;
extern ULONG WdfFunctionCount;

#define WDF_IS_FUNCTION_AVAILABLE(FunctionName)                                                    \
    (FunctionName##TableIndex < WDF_ALWAYS_AVAILABLE_FUNCTION_COUNT ||                             \
     !WdfClientVersionHigherThanFramework || (ULONG)FunctionName##TableIndex < WdfFunctionCount)

/*
 * An older framework reads the part of a structure that it knows; to the driver all of it is there.
 */
#define WDF_IS_STRUCTURE_AVAILABLE(StructName)        (sizeof(StructName) != 0)
#define WDF_IS_FIELD_AVAILABLE(StructName, FieldName) (sizeof(((StructName *)0)->FieldName) != 0)
#define WDF_STRUCTURE_SIZE(StructName)                ((ULONG)sizeof(StructName))

WDF_EXTERN_C_END

#endif
